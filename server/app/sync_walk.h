/*
 * A walk over all that lies in a caller's scopes, for the proof of equality
 * (docs/formats/sync.md).
 *
 * It may take seconds, so it goes in slices, each in a snapshot of its own;
 * that nothing of the scopes lies above the phone's cursor is asked in each,
 * and so all of them see one state.
 */
#ifndef APP_SYNC_WALK_H
#define APP_SYNC_WALK_H

#include "app/sync_parts.h"
#include "model/proof.h"

struct sync_walk {
	struct sync_phone phone;
	uint8_t key[PROOF_KEY_LEN];
	/* Of the newest snapshot in which nothing lay above the cursor. */
	uint64_t seen_rev;
	size_t kind; /* place in schema_entities */
	/* Of that kind the record that was looked at last: the walker moves it
	 * on. */
	struct uuid after;
	size_t work; /* of this slice: records, and lanes begun */
	struct buffer build;
};

/*
 * Where the walk begins. *is_behind: scopes have been lost since the cursor.
 * Errors: those of Pull, the call's reason set; INVALID_ARGUMENT (the key).
 */
MODEL_MUST_USE enum outrider_code
sync_walk_begin(struct sync_walk *walk, bool *is_behind, struct app_call *call,
		struct bytes cursor, struct bytes key);

/*
 * Opens a slice: a snapshot, and room to look at a record. *is_behind:
 * something lies above the cursor. sync_walk_rest ends it, after an error too.
 */
MODEL_MUST_USE enum outrider_code
sync_walk_slice(struct sync_walk *walk, bool *is_behind, struct app_call *call);
void sync_walk_rest(struct sync_walk *walk);
/* Enough for one slice: others wait for this worker. */
bool sync_walk_is_long(const struct sync_walk *walk);

/*
 * What comes next in these scopes: entries of one kind, those of a record side
 * by side. Where a kind is at its end *n is 0, and the walk stands at the next
 * one; sync_walk_is_over.
 */
MODEL_MUST_USE enum outrider_code
sync_walk_next(struct sync_walk *walk, struct feed_entry **entries, size_t *n,
	       const struct scope *scopes, size_t n_scopes, struct arena *arena,
	       struct outrider_err *err);
bool sync_walk_is_over(const struct sync_walk *walk);

/* A record as its phone should hold it; until the next is looked at. */
struct sync_sight {
	struct row *row;     /* what is hidden is taken out */
	struct bytes fields; /* as a page sends them whole */
	uint8_t entry[PROOF_LEN];
};

/* Errors: NOT_FOUND (or deleted: row is set then, else NULL). */
MODEL_MUST_USE enum outrider_code
sync_walk_see(struct sync_sight *out, struct sync_walk *walk, uint32_t kind,
	      const struct uuid *id, struct outrider_err *err);
unsigned sync_walk_bucket(const struct sync_walk *walk, uint32_t kind,
			  const struct uuid *id);

#endif
