/*
 * Tracks as rows. Knows not what is compared.
 */
#include "store/tracks.h"

#include "store/parts.h"

enum outrider_code track_put(struct store_conn *tx, const struct track *track,
			     struct outrider_err *err)
{
	struct backend_value values[] = {
		value_int(track->cell),
		value_uuid(&track->rep),
		value_int(track->at_us),
		value_uuid(&track->device),
		value_int((int64_t)track->number),
	};

	return store_run(tx, NULL, STATEMENT_TRACK_PUT, values,
			 ARRAY_LEN(values), err);
}

static enum outrider_code
track_of_query(struct track *out, const struct query *query,
	       const struct track_query *asked, struct outrider_err *err)
{
	*out = (struct track){
		.cell = asked->cell,
		.at_us = query_int(query, 1),
		.number = (uint64_t)query_int(query, 3),
	};
	if (!query_uuid(&out->rep, query, 0) ||
	    !query_uuid(&out->device, query, 2))
		return store_damaged(query->conn, "track", err);
	return OUTRIDER_OK;
}

enum outrider_code track_list(struct store_conn *conn, struct track **out,
			      size_t *n, const struct track_query *asked,
			      struct arena *arena, struct outrider_err *err)
{
	struct list tracks = { .size = sizeof(struct track) };
	struct backend_value values[] = {
		value_int(asked->cell),
		value_int((int64_t)asked->limit),
		asked->rep ? value_uuid(asked->rep) : value_int(0),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(
		&query, conn,
		asked->rep ? STATEMENT_TRACKS_OF_REP : STATEMENT_TRACKS, values,
		asked->rep ? 3 : 2, err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct track *track = list_add(&tracks, arena);
		code = track ? track_of_query(track, &query, asked, err)
			     : store_no_memory(err);
	}
	query_end(&query);
	*out = tracks.at;
	*n = tracks.n;
	return code;
}
