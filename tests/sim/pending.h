/*
 * A copy of what a phone's outbox holds: the core reads and opens each of its
 * rows for one that asks, so who asks about many asks a copy.
 */
#ifndef SIM_PENDING_H
#define SIM_PENDING_H

#include "world.h"

struct pending_edit {
	uint64_t seq;
	uint8_t id[16]; /* of the record */
	bool is_parked;
};

struct pending_edits {
	struct pending_edit *at; /* ascending seq */
	size_t n, room;
	bool is_unknown; /* and empty: the phone couldn't say */
};

/*
 * As it was read last: until the phone's user does something, it is begun anew,
 * or the server answers it. Forgotten with pending_forget.
 */
const struct pending_edits *pending_of(struct phone *phone);
void pending_forget(struct phone *phone);

/* False where the phone can't say. Freed in both cases. */
bool pending_read(struct pending_edits *out, struct phone *phone);
void pending_free(struct pending_edits *edits);
/* NULL: none has that number. */
const struct pending_edit *
pending_find(const struct pending_edits *edits, uint64_t seq);
/* Does one of them touch that record? */
bool pending_touches(const struct pending_edits *edits, const uint8_t id[16]);

#endif
