/*
 * See stages.h.
 */
#include "app/stages.h"

#include "app/selling_kinds.h"
#include "store/query.h"

enum { STAGES_MAX = 1000 }; /* of a pipeline: more are not looked at */

enum outrider_code stage_get(struct row **out, struct store_conn *conn,
			     const struct uuid *id, struct arena *arena,
			     struct outrider_err *err)
{
	enum outrider_code code =
		store_get(conn, out, schema_entity(KIND_STAGE), id, arena, err);

	if (code != OUTRIDER_NOT_FOUND &&
	    (code != OUTRIDER_OK || (*out)->deleted_us == 0))
		return code;
	*out = NULL;
	err_clear(err);
	return OUTRIDER_OK;
}

static bool is_before(const struct row *a, const struct row *b)
{
	int64_t x = kind_value(a, STAGE_POSITION)->i;
	int64_t y = kind_value(b, STAGE_POSITION)->i;

	return x != y ? x < y : uuid_compare(&a->id, &b->id) < 0;
}

enum outrider_code stage_first(struct row **out, struct store_conn *conn,
			       const struct uuid *pipeline, struct arena *arena,
			       struct outrider_err *err)
{
	const struct store_link_query asked = {
		.target = *pipeline,
		.before_us = INT64_MAX,
		.only_kind = KIND_STAGE,
		.limit = STAGES_MAX,
	};
	struct store_link *links;
	size_t n;
	enum outrider_code code =
		store_links(conn, &links, &n, &asked, arena, err);

	*out = NULL;
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		struct row *stage;

		code = stage_get(&stage, conn, &links[i].id, arena, err);
		if (code == OUTRIDER_OK && stage &&
		    (!*out || is_before(stage, *out)))
			*out = stage;
	}
	return code;
}
