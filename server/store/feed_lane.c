/*
 * The lanes of the feed: each scope's number. Owns how it is given, and the few
 * that the writer remembers.
 *
 * A lane is for ever once it is committed. So none is remembered any more when
 * this transaction made one: it may be undone.
 */
#include "store/parts.h"

#include <string.h>

static enum outrider_code no_more(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "the database has no more room for users and teams");
}

static enum outrider_code read_lane(struct store_conn *tx, int64_t *number,
				    const uint8_t *scope,
				    struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(scope, SCOPE_LEN) };
	struct query query;
	enum outrider_code code = query_first(&query, tx, STATEMENT_LANE_GET,
					      values, ARRAY_LEN(values),
					      "no such lane", err);

	*number = code == OUTRIDER_OK ? query_int(&query, 0) : 0;
	query_end(&query);
	return code;
}

static enum outrider_code make_lane(struct store_conn *tx, int64_t *number,
				    const uint8_t *scope,
				    struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(scope, SCOPE_LEN) };
	enum outrider_code code;

	err_clear(err);
	tx->lanes.has_new = true;
	code = store_run(tx, NULL, STATEMENT_LANE_PUT, values,
			 ARRAY_LEN(values), err);
	/* The table refuses what has no room above a revision. */
	if (code == OUTRIDER_ALREADY_EXISTS)
		return no_more(err);
	return code == OUTRIDER_OK ? read_lane(tx, number, scope, err) : code;
}

static void
remember(struct feed_lanes *lanes, const uint8_t *scope, int64_t number)
{
	struct feed_lane *lane = &lanes->known[lanes->next++ % FEED_LANES];

	memcpy(lane->scope, scope, SCOPE_LEN);
	lane->number = number;
}

enum outrider_code feed_lane(struct store_conn *tx, int64_t *start,
			     const uint8_t *scope, struct outrider_err *err)
{
	struct feed_lanes *lanes = &tx->lanes;
	int64_t number = 0;
	enum outrider_code code;

	for (size_t i = 0; i < FEED_LANES && number == 0; i++)
		if (memcmp(lanes->known[i].scope, scope, SCOPE_LEN) == 0)
			number = lanes->known[i].number;
	if (number == 0) {
		code = read_lane(tx, &number, scope, err);
		if (code == OUTRIDER_NOT_FOUND)
			code = make_lane(tx, &number, scope, err);
		if (code != OUTRIDER_OK)
			return code;
		if (!lanes->has_new)
			remember(lanes, scope, number);
	}
	*start = number << FEED_REV_BITS;
	return OUTRIDER_OK;
}
