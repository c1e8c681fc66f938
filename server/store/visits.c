/*
 * Evidence, receipts and findings as rows. Verifies nothing.
 */
#include "store/visits.h"

#include "model/octets.h"
#include "store/parts.h"

#include <string.h>

/* --------------------------------------------------------------- evidence */

enum outrider_code evidence_put(struct store_conn *tx,
				const struct evidence *entry,
				struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&entry->device),
		value_int((int64_t)entry->number),
		value_uuid(&entry->meeting),
		value_blob(entry->hash, sizeof(entry->hash)),
		value_blob(entry->header.at, entry->header.len),
		value_blob(entry->signature.at, entry->signature.len),
		value_blob(entry->salt.at, entry->salt.len),
		value_blob(entry->content.at, entry->content.len),
		value_int(entry->received_us),
	};
	int64_t changes = 0;
	enum outrider_code code = store_run(tx, &changes,
					    STATEMENT_EVIDENCE_PUT, values,
					    ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK && changes != 1)
		code = err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "there is an entry with this number already");
	return code;
}

static enum outrider_code
evidence_of_query(struct evidence *out, const struct query *query,
		  bool with_content, struct arena *arena,
		  struct outrider_err *err)
{
	struct bytes hash = query_bytes(query, 3);

	*out = (struct evidence){
		.number = (uint64_t)query_int(query, 1),
		.received_us = query_int(query, 8),
	};
	if (!query_uuid(&out->device, query, 0) ||
	    !query_uuid(&out->meeting, query, 2) ||
	    hash.len != sizeof(out->hash))
		return store_damaged(query->conn, "evidence", err);
	memcpy(out->hash, hash.at, hash.len);
	if (!query_copy(&out->header, query, 4, arena) ||
	    !query_copy(&out->signature, query, 5, arena))
		return store_no_memory(err);
	if (with_content && (!query_copy(&out->salt, query, 6, arena) ||
			     !query_copy(&out->content, query, 7, arena)))
		return store_no_memory(err);
	return OUTRIDER_OK;
}

static enum outrider_code
evidence_one(struct store_conn *conn, struct evidence *out,
	     enum statement which, const struct backend_value *values,
	     size_t n_values, struct arena *arena, struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = query_first(&query, conn, which, values,
					      n_values,
					      "there is no such evidence", err);

	*out = (struct evidence){ 0 };
	if (code == OUTRIDER_OK)
		code = evidence_of_query(out, &query, true, arena, err);
	query_end(&query);
	return code;
}

enum outrider_code evidence_get(struct store_conn *conn, struct evidence *out,
				const struct uuid *device, uint64_t number,
				struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(device),
		value_int((int64_t)number),
	};

	return evidence_one(conn, out, STATEMENT_EVIDENCE_GET, values,
			    ARRAY_LEN(values), arena, err);
}

enum outrider_code evidence_head(struct store_conn *conn, struct evidence *out,
				 const struct uuid *device, struct arena *arena,
				 struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(device) };

	return evidence_one(conn, out, STATEMENT_EVIDENCE_HEAD, values,
			    ARRAY_LEN(values), arena, err);
}

enum outrider_code evidence_chain(struct store_conn *conn,
				  struct evidence **out, size_t *n,
				  const struct evidence_query *asked,
				  struct arena *arena, struct outrider_err *err)
{
	struct list entries = { .size = sizeof(struct evidence) };
	struct backend_value values[] = {
		value_uuid(&asked->device),
		value_int((int64_t)asked->from),
		value_int((int64_t)asked->until),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_EVIDENCE_CHAIN, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		bool is_whole = (uint64_t)query_int(&query, 1) ==
				asked->with_content;
		struct evidence *entry = list_add(&entries, arena);
		code = entry ? evidence_of_query(entry, &query, is_whole, arena,
						 err)
			     : store_no_memory(err);
	}
	query_end(&query);
	*out = entries.at;
	*n = entries.n;
	return code;
}

enum outrider_code evidence_forget_content(struct store_conn *tx, size_t *n,
					   int64_t before_us, size_t limit,
					   struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob((const uint8_t *)"", 0),
		value_int(before_us),
		value_int((int64_t)limit),
	};
	int64_t changes = 0;
	/* First, and over the same index: the same entries are found. */
	enum outrider_code code =
		store_run(tx, NULL, STATEMENT_TRACKS_PURGE, values + 1, 2, err);

	if (code == OUTRIDER_OK)
		code = store_run(tx, &changes, STATEMENT_EVIDENCE_PURGE, values,
				 ARRAY_LEN(values), err);
	*n = (size_t)changes;
	return code;
}

/* --------------------------------------------------------------- receipts */

enum outrider_code receipt_put(struct store_conn *tx,
			       const struct evidence_receipt *receipt,
			       struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&receipt->device),
		value_int((int64_t)receipt->number),
		value_int(receipt->at_us),
		value_blob(receipt->statement.at, receipt->statement.len),
		value_blob(receipt->signature.at, receipt->signature.len),
	};

	return store_run(tx, NULL, STATEMENT_RECEIPT_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code receipt_list(struct store_conn *conn,
				struct evidence_receipt **out, size_t *n,
				const struct receipt_query *asked,
				struct arena *arena, struct outrider_err *err)
{
	struct list receipts = { .size = sizeof(struct evidence_receipt) };
	struct backend_value values[] = {
		value_uuid(&asked->device),
		value_int((int64_t)asked->from),
		value_int((int64_t)asked->until),
		value_int((int64_t)asked->limit),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_RECEIPT_LIST, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct evidence_receipt *receipt = list_add(&receipts, arena);
		if (!receipt) {
			code = store_no_memory(err);
			break;
		}
		receipt->device = asked->device;
		receipt->number = (uint64_t)query_int(&query, 0);
		receipt->at_us = query_int(&query, 1);
		if (!query_copy(&receipt->statement, &query, 2, arena) ||
		    !query_copy(&receipt->signature, &query, 3, arena))
			code = store_no_memory(err);
	}
	query_end(&query);
	*out = receipts.at;
	*n = receipts.n;
	return code;
}

/* --------------------------------------------------------------- findings */

/* Columns of numbers behind the three ids and the entry's number. */
enum {
	VISIT_MEETING,
	VISIT_REP,
	VISIT_DEVICE,
	VISIT_NUMBER,
	VISIT_START_US,
	VISIT_END_US,
	VISIT_PIN_LAT_E7,
	VISIT_PIN_LON_E7,
	VISIT_RADIUS_M,
	VISIT_MIN_DWELL_S,
	VISIT_WORD,
	VISIT_CERTAINTY,
	VISIT_LOG_ODDS_MILLI,
	VISIT_ARRIVED_US,
	VISIT_ARRIVED_LO_US,
	VISIT_ARRIVED_HI_US,
	VISIT_DEPARTED_US,
	VISIT_DEPARTED_LO_US,
	VISIT_DEPARTED_HI_US,
	VISIT_DWELL_DS,
	VISIT_DWELL_LO_DS,
	VISIT_DWELL_HI_DS,
	VISIT_COVERAGE_PERMILLE,
	VISIT_IS_REPRODUCED,
	VISIT_IS_PLAN_AGREED,
	VISIT_PLAN_SEEN_US,
	VISIT_RECEIVED_US,
	VISIT_MOCK_FIXES,
	VISIT_HAS_CENTRE,
	VISIT_CENTRE_EAST_DM,
	VISIT_CENTRE_NORTH_DM,
	VISIT_CENTRE_SPREAD_DM,
	VISIT_SPOOF_PERMILLE,
	VISIT_SPOOF_REASONS,
	VISIT_IS_UNPLANNED,
	VISIT_LATE_CHANGE,
	VISIT_AREA_HASH,
	VISIT_SPOOF_WEIGHTS, /* behind all numbers */
	VISIT_NEIGHBOURS,
	VISIT_COLUMNS
};

/* Weights of signals as they are stored: two bytes each, without the zeros at
 * the end. */
static struct bytes weights_write(uint8_t out[2 * VISIT_SIGNALS_MAX],
				  const struct visit_finding *visit)
{
	struct octet_writer to = { .bytes = out,
				   .room = 2 * (size_t)VISIT_SIGNALS_MAX };
	size_t n = VISIT_SIGNALS_MAX;

	while (n > 0 && visit->spoof_weights[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		octets_put(&to, visit->spoof_weights[i], 2);
	return (struct bytes){ .at = out, .len = to.len };
}

static void weights_read(struct visit_finding *out, struct bytes bytes)
{
	struct octet_reader from = { .next = bytes.at,
				     .end = bytes.at + bytes.len };

	for (size_t i = 0; i < VISIT_SIGNALS_MAX && from.next < from.end; i++)
		out->spoof_weights[i] = (uint16_t)octets_get(&from, 2);
}

/*
 * Places beside: a zero, how many, and the ids of the nearest. Findings of
 * before have their names instead, with a NUL behind each: only how many there
 * are is taken from those, as a name is not everybody's to read.
 */
enum { PLACES_LEN = 2 + VISIT_NEIGHBOURS_MAX * 16 };

static struct bytes
places_write(uint8_t out[PLACES_LEN], const struct visit_finding *visit)
{
	if (visit->n_neighbours == 0)
		return (struct bytes){ .at = out };
	out[0] = 0;
	out[1] = visit->n_neighbours;
	for (size_t i = 0; i < VISIT_NEIGHBOURS_MAX; i++)
		memcpy(out + 2 + 16 * i, visit->neighbours[i].at, 16);
	return (struct bytes){ .at = out, .len = PLACES_LEN };
}

static void places_read(struct visit_finding *out, struct bytes bytes)
{
	if (bytes.len == PLACES_LEN && bytes.at[0] == 0) {
		out->n_neighbours = bytes.at[1];
		for (size_t i = 0; i < VISIT_NEIGHBOURS_MAX; i++)
			memcpy(out->neighbours[i].at, bytes.at + 2 + 16 * i,
			       16);
		return;
	}
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] == 0 &&
		    out->n_neighbours < VISIT_NEIGHBOURS_MAX)
			out->n_neighbours++;
}

enum outrider_code visit_put(struct store_conn *tx,
			     const struct visit_finding *visit,
			     struct outrider_err *err)
{
	uint8_t weights[2 * VISIT_SIGNALS_MAX];
	uint8_t places[PLACES_LEN];
	const struct bytes written = weights_write(weights, visit);
	const struct bytes beside = places_write(places, visit);
	struct backend_value values[VISIT_COLUMNS] = {
		[VISIT_MEETING] = value_uuid(&visit->meeting),
		[VISIT_REP] = value_uuid(&visit->rep),
		[VISIT_DEVICE] = value_uuid(&visit->device),
		[VISIT_NUMBER] = value_int((int64_t)visit->number),
		[VISIT_START_US] = value_int(visit->start_us),
		[VISIT_END_US] = value_int(visit->end_us),
		[VISIT_PIN_LAT_E7] = value_int(visit->pin_lat_e7),
		[VISIT_PIN_LON_E7] = value_int(visit->pin_lon_e7),
		[VISIT_RADIUS_M] = value_int(visit->radius_m),
		[VISIT_MIN_DWELL_S] = value_int(visit->min_dwell_s),
		[VISIT_WORD] = value_int(visit->word),
		[VISIT_CERTAINTY] = value_int(visit->certainty),
		[VISIT_LOG_ODDS_MILLI] = value_int(visit->log_odds_milli),
		[VISIT_ARRIVED_US] = value_int(visit->arrived_us),
		[VISIT_ARRIVED_LO_US] = value_int(visit->arrived_lo_us),
		[VISIT_ARRIVED_HI_US] = value_int(visit->arrived_hi_us),
		[VISIT_DEPARTED_US] = value_int(visit->departed_us),
		[VISIT_DEPARTED_LO_US] = value_int(visit->departed_lo_us),
		[VISIT_DEPARTED_HI_US] = value_int(visit->departed_hi_us),
		[VISIT_DWELL_DS] = value_int(visit->dwell_ds),
		[VISIT_DWELL_LO_DS] = value_int(visit->dwell_lo_ds),
		[VISIT_DWELL_HI_DS] = value_int(visit->dwell_hi_ds),
		[VISIT_COVERAGE_PERMILLE] = value_int(visit->coverage_permille),
		[VISIT_IS_REPRODUCED] = value_int(visit->is_reproduced),
		[VISIT_IS_PLAN_AGREED] = value_int(visit->is_plan_agreed),
		[VISIT_PLAN_SEEN_US] = value_int(visit->plan_seen_us),
		[VISIT_RECEIVED_US] = value_int(visit->received_us),
		[VISIT_MOCK_FIXES] = value_int(visit->mock_fixes),
		[VISIT_HAS_CENTRE] = value_int(visit->has_centre),
		[VISIT_CENTRE_EAST_DM] = value_int(visit->centre_east_dm),
		[VISIT_CENTRE_NORTH_DM] = value_int(visit->centre_north_dm),
		[VISIT_CENTRE_SPREAD_DM] = value_int(visit->centre_spread_dm),
		[VISIT_SPOOF_PERMILLE] = value_int(visit->spoof_permille),
		[VISIT_SPOOF_REASONS] = value_int(visit->spoof_reasons),
		[VISIT_IS_UNPLANNED] = value_int(visit->is_unplanned),
		[VISIT_LATE_CHANGE] = value_int(visit->late_change),
		[VISIT_AREA_HASH] = value_int(visit->area_hash),
		[VISIT_SPOOF_WEIGHTS] = value_blob(written.at, written.len),
		[VISIT_NEIGHBOURS] = value_blob(beside.at, beside.len),
	};
	/* Its key comes first in the order of the columns. */
	enum outrider_code code =
		store_run(tx, NULL, STATEMENT_VISIT_DELETE, values, 2, err);

	if (code != OUTRIDER_OK)
		return code;
	return store_run(tx, NULL, STATEMENT_VISIT_PUT, values, VISIT_COLUMNS,
			 err);
}

static void numbers_read(struct visit_finding *out, const int64_t *got)
{
	out->number = (uint64_t)got[VISIT_NUMBER];
	out->start_us = got[VISIT_START_US];
	out->end_us = got[VISIT_END_US];
	out->pin_lat_e7 = (int32_t)got[VISIT_PIN_LAT_E7];
	out->pin_lon_e7 = (int32_t)got[VISIT_PIN_LON_E7];
	out->radius_m = (uint32_t)got[VISIT_RADIUS_M];
	out->min_dwell_s = (uint32_t)got[VISIT_MIN_DWELL_S];
	out->word = (uint8_t)got[VISIT_WORD];
	out->certainty = (uint8_t)got[VISIT_CERTAINTY];
	out->log_odds_milli = (int32_t)got[VISIT_LOG_ODDS_MILLI];
	out->arrived_us = got[VISIT_ARRIVED_US];
	out->arrived_lo_us = got[VISIT_ARRIVED_LO_US];
	out->arrived_hi_us = got[VISIT_ARRIVED_HI_US];
	out->departed_us = got[VISIT_DEPARTED_US];
	out->departed_lo_us = got[VISIT_DEPARTED_LO_US];
	out->departed_hi_us = got[VISIT_DEPARTED_HI_US];
	out->dwell_ds = (uint32_t)got[VISIT_DWELL_DS];
	out->dwell_lo_ds = (uint32_t)got[VISIT_DWELL_LO_DS];
	out->dwell_hi_ds = (uint32_t)got[VISIT_DWELL_HI_DS];
	out->coverage_permille = (uint32_t)got[VISIT_COVERAGE_PERMILLE];
	out->is_reproduced = got[VISIT_IS_REPRODUCED] != 0;
	out->is_plan_agreed = got[VISIT_IS_PLAN_AGREED] != 0;
	out->plan_seen_us = got[VISIT_PLAN_SEEN_US];
	out->received_us = got[VISIT_RECEIVED_US];
	out->mock_fixes = (uint32_t)got[VISIT_MOCK_FIXES];
	out->has_centre = got[VISIT_HAS_CENTRE] != 0;
	out->centre_east_dm = (int32_t)got[VISIT_CENTRE_EAST_DM];
	out->centre_north_dm = (int32_t)got[VISIT_CENTRE_NORTH_DM];
	out->centre_spread_dm = (uint32_t)got[VISIT_CENTRE_SPREAD_DM];
	out->spoof_permille = (uint16_t)got[VISIT_SPOOF_PERMILLE];
	out->spoof_reasons = (uint32_t)got[VISIT_SPOOF_REASONS];
	out->is_unplanned = got[VISIT_IS_UNPLANNED] != 0;
	out->area_hash = got[VISIT_AREA_HASH];
	out->late_change = (uint8_t)got[VISIT_LATE_CHANGE];
}

enum outrider_code visit_get(struct store_conn *conn, struct visit_finding *out,
			     const struct uuid *meeting, const struct uuid *rep,
			     struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(meeting),
		value_uuid(rep),
	};
	struct query query;
	int64_t got[VISIT_COLUMNS] = { 0 };
	enum outrider_code code = query_first(
		&query, conn, STATEMENT_VISIT_GET, values, ARRAY_LEN(values),
		"there is no finding on this meeting", err);

	*out = (struct visit_finding){ .meeting = *meeting, .rep = *rep };
	if (code == OUTRIDER_OK && !query_uuid(&out->device, &query, 2))
		code = store_damaged(conn, "visit", err);
	if (code == OUTRIDER_OK) {
		for (unsigned i = VISIT_NUMBER; i < VISIT_SPOOF_WEIGHTS; i++)
			got[i] = query_int(&query, i);
		numbers_read(out, got);
		weights_read(out, query_bytes(&query, VISIT_SPOOF_WEIGHTS));
		places_read(out, query_bytes(&query, VISIT_NEIGHBOURS));
	}
	query_end(&query);
	return code;
}
