/*
 * tally: what the vault's tables should hold.
 *
 * A sealed row proves where it lies and not that it is the newest there: an
 * older one put back opens as well, and a deleted one says nothing. So each
 * table has a tally: how many rows, and the sum of their entries (a keyed hash
 * of each row's tag, vault.h). All tallies of a compartment are one sealed row
 * in the keyring, written once a commit with the rows that they cover;
 * TRACKING's also has the tag of CARDS', so that neither half of a file can be
 * put back without the other.
 *
 * Owns the sums in memory and their rows. It refuses to know what a difference
 * leads to (mend.h). A whole file put back agrees with itself: that is found at
 * the next contact with the server.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "replica.h"

struct outrider;

struct tally {
	uint64_t high, low; /* the sum modulo 2^128 */
	uint64_t n;
};

struct tallies {
	struct tally now[REPLICA_TABLES_END], kept[REPLICA_TABLES_END];
	uint8_t cards_tag[VAULT_TAG_LEN]; /* of the row of CARDS' tallies */
	uint8_t cards_tag_kept[VAULT_TAG_LEN];
	/* What was read of CARDS' row comes of a program whose cards had names:
	 * replica.c drops those. */
	bool are_cards_named;
	unsigned changed; /* 1 << compartment, in this transaction */
};

/* Counts a row with this tag; the compartment is open. */
void tally_add(struct tally *tally, const struct outrider *core,
	       enum vault_compartment compartment,
	       const uint8_t tag[VAULT_TAG_LEN]);
bool tally_is(const struct tally *a, const struct tally *b);

/* A row came, went or was replaced, in the transaction: NULL for none. */
void tally_change(struct outrider *core, enum replica_table table,
		  const uint8_t *old_tag, const uint8_t *new_tag);
/* What a table holds was counted anew, in the transaction. */
void tally_set(struct outrider *core, enum replica_table table,
	       const struct tally *tally);
/* A compartment's row is to be written even if no table has changed. */
void tally_touch(struct outrider *core, enum vault_compartment compartment);

/*
 * Reads a compartment's row. *is_sound: it is what was last written there; no
 * row at all is sound where none was ever written. Where it isn't, the tallies
 * are empty.
 */
MODEL_MUST_USE enum outrider_code
tally_load(struct outrider *core, enum vault_compartment compartment,
	   bool *is_sound, struct outrider_err *err);
/* The cards are gone, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
tally_drop_cards(struct outrider *core, struct outrider_err *err);
/* Writes what has changed, before the commit. */
MODEL_MUST_USE enum outrider_code
tally_save(struct outrider *core, struct outrider_err *err);
/* How the transaction ended. */
void tally_end(struct outrider *core, bool is_committed);

#endif
