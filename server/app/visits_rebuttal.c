/*
 * See visits_rebuttal.h.
 */
#include "app/visits_rebuttal.h"

#include "app/visit_kinds.h"
#include "store/query.h"

/* Words on one meeting that are looked through. */
enum { REBUTTALS_MAX = 200 };

enum outrider_code rebuttal_newest(struct row **out, struct store_conn *conn,
				   const struct uuid *meeting,
				   const struct uuid *rep, struct arena *arena,
				   struct outrider_err *err)
{
	const struct store_link_query asked = {
		.target = *meeting,
		.before_us = INT64_MAX,
		.only_kind = KIND_REBUTTAL,
		.limit = REBUTTALS_MAX,
	};
	struct store_link *links;
	size_t n;
	enum outrider_code code =
		store_links(conn, &links, &n, &asked, arena, err);

	*out = NULL;
	for (size_t i = 0; i < n && code == OUTRIDER_OK && !*out; i++) {
		struct row *row;

		code = store_get(conn, &row, schema_entity(KIND_REBUTTAL),
				 &links[i].id, arena, err);
		if (code == OUTRIDER_OK && row->deleted_us == 0 &&
		    uuid_compare(&row->owner, rep) == 0)
			*out = row;
	}
	return code;
}
