/*
 * Repeated fields that two people changed at once, element by element: sets,
 * and messages that a key names. Only merge uses it.
 */
#ifndef MODEL_MERGE_ELEMENTS_H
#define MODEL_MERGE_ELEMENTS_H

#include "model/arena.h"

/* Canonical occurrences of one field; base empty where nobody knows it. */
struct merge_sides {
	struct bytes standing, sent, base;
	uint32_t field;
	uint64_t hlc; /* of what was sent */
	/* Of the write that stands in a key's message. */
	uint64_t (*standing_hlc)(void *user, uint32_t field, struct bytes key);
	void *user;
};

/*
 * What was in the base stays if both sides kept it; what was not is there if
 * either side added it. False without memory.
 */
bool merge_sets(struct bytes *out, struct arena *arena,
		const struct merge_sides *sides);
/*
 * The same by key; a message that only one side changed or took away is as
 * that side left it, and of two changes the later stands.
 */
bool merge_keyed(struct bytes *out, struct arena *arena,
		 const struct merge_sides *sides);

#endif
