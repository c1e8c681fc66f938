/*
 * keys: the vault's envelopes in the file, and how they change.
 *
 * Owns the keyring's names, another PIN, another data key (lazily: rows are
 * sealed anew as they are written, the others a few hundred a step), what the
 * organisation gets of the outbox's keys, when cards close by themselves, and
 * the lease's end. It refuses to know how a key wraps another (vault.h).
 */
#ifndef CORE_KEYS_H
#define CORE_KEYS_H

#include "model/err.h"
#include "replica.h"

struct outrider;

#define KEYS_AGE_US	   (INT64_C(90) * 24 * 3600 * 1000000)
#define KEYS_LOCK_AFTER_US (INT64_C(300) * 1000000)

/* How far the rows have been sealed anew, of each compartment: in memory; a
 * new run begins at the first row again. */
struct keys_work {
	int table[VAULT_COMPARTMENTS];
	uint8_t name[VAULT_COMPARTMENTS][VAULT_NAME_LEN];
};

/* The tracking compartment, made at the first opening. */
MODEL_MUST_USE enum outrider_code
keys_open_tracking(struct outrider *core, struct outrider_err *err);
/* New cards' keys in place of any others, whose rows go; open then. In the
 * caller's transaction. */
MODEL_MUST_USE enum outrider_code keys_make_cards(struct outrider *core,
						  const char *pin,
						  struct outrider_err *err);
/* Errors: WRONG_PIN, DATA_LOSS (only wiping and enrolling anew helps). */
MODEL_MUST_USE enum outrider_code keys_open_cards(struct outrider *core,
						  const char *pin,
						  struct outrider_err *err);
/* Whoever finds the phone's owner gone can still save unsent work. In the
 * caller's transaction; is_anew: the keys have changed. */
MODEL_MUST_USE enum outrider_code
keys_escrow(struct outrider *core, bool is_anew, struct outrider_err *err);
/* What was put away there; empty: nothing yet. */
MODEL_MUST_USE enum outrider_code keys_escrowed(struct outrider *core,
						struct buffer *out,
						struct outrider_err *err);
/* The cards' keys are gone, in the caller's transaction; CARDS are locked. */
MODEL_MUST_USE enum outrider_code
keys_drop_cards(struct outrider *core, struct outrider_err *err);
/* CARDS were just opened: old keys get successors. */
MODEL_MUST_USE enum outrider_code
keys_look_at_age(struct outrider *core, struct outrider_err *err);
/* Some rows more. *next_us: when it wants to go on. */
MODEL_MUST_USE enum outrider_code
keys_step(struct outrider *core, int64_t *next_us, struct outrider_err *err);

/* Nobody has used the open cards for as long as is allowed; how much is left
 * of that. */
bool keys_are_idle(const struct outrider *core);
int64_t keys_idle_left_us(const struct outrider *core);

/*
 * The lease has run out: the cards and the cursor go, open or not; unsent edits
 * stay sealed for their author and the organisation. Once.
 */
MODEL_MUST_USE enum outrider_code
keys_end_lease(struct outrider *core, struct outrider_err *err);
/* Its rows go with the lease. */
bool keys_is_leased(enum replica_table table);

#endif
