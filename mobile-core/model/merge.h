/*
 * What becomes of a write whose base is older than the row: one rule for the
 * server and for the phone that shows it (docs/formats/sync.md).
 */
#ifndef MODEL_MERGE_H
#define MODEL_MERGE_H

#include "model/record.h"

struct merge_patch {
	const struct row *values; /* values of the fields in which */
	struct field_set which;	  /* fields set or cleared */
	uint64_t base_rev;	  /* the revision that the author had seen */
	/*
	 * Of the write, clamped (hlc_clamp), and lifted (hlc_lift) above the
	 * clocks of all writes to the record up to base_rev: an author with a
	 * slow clock is still later than what they had seen. It becomes the
	 * standing clock of the fields in *changed.
	 */
	uint64_t hlc;
	/*
	 * MERGE_SET and MERGE_BY_KEY need the author's base: the value at
	 * base_rev, out of the change log; NULL takes the union.
	 */
	const struct row *base;
	/*
	 * MERGE_BY_KEY: the clock of the write that stands in the message of
	 * a key, which is the payload of its field 1. user is standing_hlc's.
	 * NULL: what is sent is later.
	 */
	uint64_t (*key_hlc)(void *user, uint32_t field, struct bytes key);
};

/*
 * Applies the patch to row (a private copy of the standing row) field by
 * field: where the row's frev of a field is not above base_rev the patch
 * applies; where it is, the field's merge policy decides. standing_hlc gives
 * for a field the clock of the write that stands.
 *
 * Both rows hold values as record_read makes them. Revisions in row are left
 * alone: the writer of the store gives them to the fields in *changed.
 *
 * *changed gets the fields whose value is now other than before, and those of
 * MERGE_LAST_WRITER to which the same value was written with a later clock;
 * *lost those whose patch value doesn't stand as sent. Two writes of one time
 * are ordered by their values, so that the result never depends on which came
 * first.
 *
 * Errors: RESOURCE_EXHAUSTED; the row is of no use then.
 */
MODEL_MUST_USE enum outrider_code
merge_apply(struct row *row, struct field_set *changed, struct field_set *lost,
	    struct arena *arena, const struct merge_patch *patch,
	    uint64_t (*standing_hlc)(void *user, uint32_t field), void *user,
	    struct outrider_err *err);

/*
 * Does the message of a key differ between the canonical bytes of two records?
 * For key_hlc: the newest change of which this is true has the clock.
 */
bool merge_key_differs(struct bytes a, struct bytes b, uint32_t field,
		       struct bytes key);

#endif
