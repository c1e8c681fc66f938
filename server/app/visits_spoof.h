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
	/* Contents of the entries that came with it, before it. */
	const struct bytes *batch;
	size_t n_batch;
};

/*
 * In a snapshot: adds what is found to the finding's score; *track is to be
 * kept (track_put) with the entry. At most 24 entries are compared, and those
 * of the batch.
 */
MODEL_MUST_USE enum outrider_code
visits_spoof_add(struct visit_finding *finding, struct track *track,
		 struct app_call *call, const struct spoof_case *about);

#endif
