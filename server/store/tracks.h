/*
 * Where entries of evidence are about, so that a new one can be compared with
 * those of the same place. Holds no track: the entries' own content does, for
 * as long as it is kept.
 */
#ifndef STORE_TRACKS_H
#define STORE_TRACKS_H

#include "store/store.h"

struct track {
	int64_t cell; /* which part of the earth, as the caller names it */
	struct uuid rep;
	int64_t at_us; /* when its window closed */
	struct uuid device;
	uint64_t number;
};

MODEL_MUST_USE enum outrider_code track_put(struct store_conn *tx,
					    const struct track *track,
					    struct outrider_err *err);
/* The newest of a cell, at most limit; rep NULL: anybody's. */
struct track_query {
	int64_t cell;
	const struct uuid *rep;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
track_list(struct store_conn *conn, struct track **out, size_t *n,
	   const struct track_query *asked, struct arena *arena,
	   struct outrider_err *err);

#endif
