/*
 * A ledger of the edits that a phone's core has taken: what it has promised.
 * Owns what was written in each; what became of it is history.c's to judge.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "model/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDIT_VALUES_MAX 6
#define CUSTOMS		5

enum edit_op { EDIT_CREATE, EDIT_UPDATE, EDIT_DELETE };

/* A value as it stands in a record's bytes: no two edits write the same. */
struct edit_value {
	const char *field; /* of a static table */
	char text[40];
	char seen[40]; /* what the author saw there before */
};

/* What stands in each added field, as a number; 0: nothing. */
struct customs {
	uint64_t at[CUSTOMS];
};

struct edit {
	struct uuid id;
	const char *kind;
	enum edit_op op;
	size_t life; /* of the phone's: which of its devices wrote it */
	/* Its number; 0 where the power went before the core could say. */
	uint64_t seq;
	struct edit_value values[EDIT_VALUES_MAX];
	size_t n_values;
	/* Who took part, as the author saw it, and as they wrote it: a bit for
	 * each phone's user. */
	bool has_people;
	unsigned people_seen, people_sent;
	/* The same for the added fields; what was written into the one with
	 * text, or "". */
	bool has_customs;
	struct customs customs_seen, customs_sent;
	char custom_text[40];
	/* What the author saw came from an earlier edit that waited. */
	bool is_upon_own;
	/* Refused once, and sent anew upon what stood then. */
	bool is_rebased;
	bool is_clamped;     /* its clock was too fast to be believed */
	bool is_copy;	     /* of one that was refused */
	bool is_maybe_blind; /* a role hid some of it from the author */
	/* A backup was put back that doesn't have it, on the phone or on the
	 * server after that had answered. */
	bool is_lost;
	bool is_withdrawn; /* by hand, after it was parked */
	bool is_recovered; /* the firm has read it, with its key */
};

struct ledger {
	struct edit *edits;
	size_t n, room;
};

/* A copy of the edit; the returned one lives until the next is added. */
struct edit *ledger_add(struct ledger *ledger, const struct edit *edit);
/* NULL: that device has none of that number. */
struct edit *
ledger_find(const struct ledger *ledger, size_t life, uint64_t seq);
/* Sets a field's value, in place of an earlier one of the same edit. */
void edit_set(struct edit *edit, const char *field, const char *text,
	      const char *seen);
void ledger_free(struct ledger *ledger);

#endif
