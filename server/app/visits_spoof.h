/*
 * Signals of made-up positions that take more than one entry: a track that is
 * another one again, clocks that went back between two entries, a chain that
 * was cut, a phone that is new. model/spoof.h has those that one entry shows.
 */
#ifndef APP_VISITS_SPOOF_H
#define APP_VISITS_SPOOF_H

#include "app/visits_parts.h"
#include "store/tracks.h"

/* An entry that will be held, and what stands before it. */
struct spoof_case {
	const struct evidence_claim *claim;
	const struct identity_device *device;
	/* Of the entry before it in its chain; empty: it is the first. */
	struct bytes last_header;
	/* What came with it, before it, and how many came at all. */
	const struct spoof_earlier *batch;
	size_t n_batch, n_call;
	/* One that came with it declared a loss: that is told only later. */
	bool is_after_gap;
};

struct spoof_earlier {
	int64_t cell;
	struct bytes content;
};

/*
 * In a snapshot: adds what is found to the finding's score; *track is to be
 * kept (track_put) with the entry. At most 24 entries of the same place are
 * compared, and some 400 for all entries of a call.
 */
MODEL_MUST_USE enum outrider_code
visits_spoof_add(struct visit_finding *finding, struct track *track,
		 struct app_call *call, const struct spoof_case *about);

#endif
