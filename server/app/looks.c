/*
 * Looks: see looks.h.
 */
#include "app/looks.h"

#include "app/digest.h"
#include "app/kinds.h"
#include "app/local_time.h"
#include "model/octets.h"
#include "store/positions.h"

#include <stdio.h>
#include <string.h>

enum {
	KIND_LOOK = 33,
	LOOK_VIEWER = 10,
	LOOK_SENTENCE = 11,
	LOOK_TIME = 12,
	LOOK_WAS_TOLD = 13,
	LOOK_IS_WATCH = 14,
	SENTENCE_MAX = 500,
};

#define MINUTE_US INT64_C(60000000)
#define HOUR_US	  (60 * MINUTE_US)
#define KEEP_US	  (HOUR_US * 24 * 90)

bool look_viewer(struct uuid *out, const struct principal *who)
{
	*out = who->is_service ? who->owner : who->user;
	return !uuid_is_zero(out);
}

int64_t look_hour(int64_t at_us)
{
	return at_us / HOUR_US;
}

static struct uuid name_look(const struct look *look)
{
	static const uint8_t label[] = "outrider look";
	uint8_t when[1 + 8 + 1];
	struct octet_writer to = { .bytes = when, .room = sizeof(when) };
	const struct bytes parts[] = {
		{ .at = label, .len = sizeof(label) },
		{ .at = look->viewer.at, .len = sizeof(look->viewer.at) },
		{ .at = look->rep.at, .len = sizeof(look->rep.at) },
		{ .at = when, .len = sizeof(when) },
	};

	octets_put(&to, look->is_watch, 1);
	octets_put(&to,
		   (uint64_t)(look->is_watch ? look_hour(look->at_us)
					     : look->at_us / MINUTE_US),
		   8);
	/* That one was told is another thing than that none was. */
	octets_put(&to, look->was_told, 1);
	return digest_uuid(parts, sizeof(parts) / sizeof(parts[0]));
}

static enum outrider_code
write_sentence(char out[SENTENCE_MAX + 1], struct store_conn *tx,
	       const struct look *look, struct arena *arena,
	       struct outrider_err *err)
{
	struct bytes name = { .at = NULL };
	struct local_time at;
	struct row *viewer;
	enum outrider_code code = store_get(tx, &viewer,
					    schema_entity(KIND_USER),
					    &look->viewer, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	name = kind_value(viewer, USER_DISPLAY_NAME)->bytes;
	local_time(&at, look->at_us);
	snprintf(out, SENTENCE_MAX + 1, "%.*s %s at %s %s %s; %s.",
		 (int)name.len, name.at ? (const char *)name.at : "",
		 look->is_watch ? "watched where you are"
				: "looked where you are",
		 at.date, at.clock, at.zone,
		 !look->was_told  ? "there was no position to tell"
		 : look->is_watch ? "positions were told in this hour"
				  : "your position was told");
	return OUTRIDER_OK;
}

enum outrider_code look_write(struct app *app, struct store_conn *tx,
			      const struct look *look, struct arena *arena,
			      struct outrider_err *err)
{
	const struct entity *entity = schema_entity(KIND_LOOK);
	struct row *row = row_new(arena, entity);
	char *sentence = arena_alloc(arena, SENTENCE_MAX + 1);
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = entity,
		.id = name_look(look),
		.values = row,
	};
	struct write_outcome outcome;
	enum outrider_code code;

	if (!row || !sentence)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a look");
	code = write_sentence(sentence, tx, look, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	row->owner = look->rep;
	kind_value(row, LOOK_VIEWER)->bytes =
		(struct bytes){ .at = look->viewer.at,
				.len = sizeof(look->viewer.at) };
	kind_value(row, LOOK_SENTENCE)->bytes =
		(struct bytes){ .at = (const uint8_t *)sentence,
				.len = strlen(sentence) };
	kind_value(row, LOOK_TIME)->i = look->at_us;
	kind_value(row, LOOK_WAS_TOLD)->i = look->was_told;
	kind_value(row, LOOK_IS_WATCH)->i = look->is_watch;
	code = write_record(&outcome, app, tx, &intent, arena, err);
	if (code != OUTRIDER_ALREADY_EXISTS)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

enum outrider_code looks_forget(struct app *app, struct store_conn *tx,
				size_t *n, int64_t now_us, struct arena *arena,
				struct outrider_err *err)
{
	struct uuid ids[LOOKS_FORGET];
	enum outrider_code code =
		looks_before(tx, ids, n, now_us - KEEP_US, LOOKS_FORGET, err);

	for (size_t i = 0; i < *n && code == OUTRIDER_OK; i++) {
		struct write_intent intent = {
			.op = CHANGE_DELETE,
			.entity = schema_entity(KIND_LOOK),
			.id = ids[i],
		};
		struct write_outcome outcome;

		code = write_record(&outcome, app, tx, &intent, arena, err);
	}
	return code;
}
