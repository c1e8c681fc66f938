/*
 * See places.h.
 */
#include "store/places.h"

#include "store/parts.h"

static enum outrider_code lesson_place(struct store_conn *tx, struct uuid *out,
				       const struct backend_value key[2],
				       struct outrider_err *err)
{
	struct query query;
	bool has_row = false;
	enum outrider_code code =
		query_start(&query, tx, STATEMENT_LESSON_GET, key, 2, err);

	*out = (struct uuid){ { 0 } };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row && !query_uuid(out, &query, 0))
		code = store_damaged(tx, "place_lesson", err);
	query_end(&query);
	return code;
}

enum outrider_code place_lesson_put(struct store_conn *tx, struct uuid *before,
				    const struct place_lesson *lesson,
				    struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&lesson->meeting), value_uuid(&lesson->rep),
		value_uuid(&lesson->place),   value_int(lesson->at_us),
		value_int(lesson->lat_e7),    value_int(lesson->lon_e7),
		value_int(lesson->spread_dm),
	};
	enum outrider_code code = lesson_place(tx, before, values, err);

	if (code != OUTRIDER_OK)
		return code;
	return store_run(tx, NULL, STATEMENT_LESSON_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code place_lesson_drop(struct store_conn *tx, struct uuid *before,
				     const struct uuid *meeting,
				     const struct uuid *rep,
				     struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(meeting),
					  value_uuid(rep) };
	enum outrider_code code = lesson_place(tx, before, values, err);

	if (code != OUTRIDER_OK || uuid_is_zero(before))
		return code;
	return store_run(tx, NULL, STATEMENT_LESSON_DROP, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code place_lessons(struct store_conn *conn,
				 struct place_lesson **out, size_t *n,
				 const struct uuid *place, size_t limit,
				 struct arena *arena, struct outrider_err *err)
{
	struct list lessons = { .size = sizeof(struct place_lesson) };
	struct backend_value values[] = { value_uuid(place),
					  value_int((int64_t)limit) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_LESSON_LIST, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct place_lesson *lesson = list_add(&lessons, arena);
		if (!lesson) {
			code = store_no_memory(err);
			break;
		}
		lesson->place = *place;
		lesson->at_us = query_int(&query, 2);
		lesson->lat_e7 = (int32_t)query_int(&query, 3);
		lesson->lon_e7 = (int32_t)query_int(&query, 4);
		lesson->spread_dm = (uint32_t)query_int(&query, 5);
		if (!query_uuid(&lesson->meeting, &query, 0) ||
		    !query_uuid(&lesson->rep, &query, 1))
			code = store_damaged(conn, "place_lesson", err);
	}
	query_end(&query);
	*out = lessons.at;
	*n = lessons.n;
	return code;
}

enum outrider_code place_lessons_forget(struct store_conn *tx,
					const struct uuid *place,
					struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(place) };

	return store_run(tx, NULL, STATEMENT_LESSONS_FORGET, values, 1, err);
}
