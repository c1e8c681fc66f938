/*
 * Positions as rows. Knows not who may ask for one.
 */
#include "store/positions.h"

#include "store/counter.h"
#include "store/parts.h"

enum outrider_code position_put(struct store_conn *tx, bool *is_newer,
				const struct position *position,
				struct outrider_err *err)
{
	uint64_t seq = 0;
	int64_t changes = 0;
	enum outrider_code code =
		counter_next(tx, &seq, COUNTER_POSITIONS, err);
	struct backend_value values[] = {
		value_uuid(&position->rep),
		value_int((int64_t)seq),
		value_int(position->fix_us),
		value_int(position->received_us),
		value_int(position->at.lat_e7),
		value_int(position->at.lon_e7),
		value_int(position->accuracy_dm),
		value_uuid_or_null(&position->meeting),
		value_int(position->progress),
		value_int(position->expected_us),
	};

	if (code == OUTRIDER_OK)
		code = store_run(tx, &changes, STATEMENT_POSITION_PUT, values,
				 ARRAY_LEN(values), err);
	*is_newer = changes > 0;
	return code;
}

static enum outrider_code position_of_query(struct position *out,
					    const struct query *query,
					    struct outrider_err *err)
{
	*out = (struct position){
		.seq = (uint64_t)query_int(query, 1),
		.fix_us = query_int(query, 2),
		.received_us = query_int(query, 3),
		.at = { (int32_t)query_int(query, 4),
			(int32_t)query_int(query, 5) },
		.accuracy_dm = (uint32_t)query_int(query, 6),
		.progress = (uint32_t)query_int(query, 8),
		.expected_us = query_int(query, 9),
	};
	if (!query_uuid(&out->rep, query, 0) ||
	    !query_uuid(&out->meeting, query, 7) || !geo_pin_is_valid(out->at))
		return store_damaged(query->conn, "position", err);
	return OUTRIDER_OK;
}

enum outrider_code position_get(struct store_conn *conn, struct position *out,
				const struct uuid *rep,
				struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(rep) };
	struct query query;
	enum outrider_code code =
		query_first(&query, conn, STATEMENT_POSITION_GET, values,
			    ARRAY_LEN(values), "there is no position", err);

	*out = (struct position){ .seq = 0 };
	if (code == OUTRIDER_OK)
		code = position_of_query(out, &query, err);
	query_end(&query);
	return code;
}

enum outrider_code
positions_since(struct store_conn *conn, struct position **out, size_t *n,
		uint64_t seq, size_t limit, struct arena *arena,
		struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct position) };
	struct backend_value values[] = {
		value_int((int64_t)seq),
		value_int((int64_t)limit),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_POSITIONS_SINCE, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct position *position = list_add(&found, arena);
		code = position ? position_of_query(position, &query, err)
				: store_no_memory(err);
	}
	query_end(&query);
	*out = found.at;
	*n = found.n;
	return code;
}

enum outrider_code positions_forget(struct store_conn *tx, int64_t before_us,
				    struct outrider_err *err)
{
	struct backend_value values[] = { value_int(before_us) };

	return store_run(tx, NULL, STATEMENT_POSITIONS_FORGET, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code looks_before(struct store_conn *conn, struct uuid *out,
				size_t *n, int64_t before_us, size_t limit,
				struct outrider_err *err)
{
	struct backend_value values[] = {
		value_int(before_us),
		value_int((int64_t)limit),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_LOOKS_BEFORE, values,
					      ARRAY_LEN(values), err);

	*n = 0;
	while (code == OUTRIDER_OK && *n < limit) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (!query_uuid(&out[(*n)++], &query, 0))
			code = store_damaged(conn, "look", err);
	}
	query_end(&query);
	return code;
}
