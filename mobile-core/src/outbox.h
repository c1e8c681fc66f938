/*
 * outbox: edits that the server hasn't answered, in the order of their making.
 *
 * Owns the mutations' rows and their numbers. An edit, its mutation and the
 * clock commit together; a mutation leaves when its answer is durable, or is
 * parked when it was refused. It refuses to know how a mutation is sent.
 *
 * A mutation's content never changes once it has a number: the server tells a
 * repeated one by its bytes.
 */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "model/arena.h"
#include "model/err.h"
#include "model/record.h"
#include "model/uuid.h"

struct outrider;

/* As MutationOp on the wire. */
enum outbox_op { OUTBOX_CREATE = 1, OUTBOX_UPDATE = 2, OUTBOX_DELETE = 3 };

struct mutation {
	uint64_t seq;
	uint32_t kind;
	struct uuid id;
	enum outbox_op op;
	uint64_t base_rev; /* of the card when it was edited */
	uint64_t hlc;
	int64_t edited_us;
	struct bytes fields; /* what changed, whole fields */
	struct field_set cleared;
	struct bytes old_fields; /* what stood in those fields */
	/* Refused: why. */
	bool is_parked;
	enum outrider_code code;
	struct bytes field_path, reason;
};

/* Does it set the field, or empty it? */
bool mutation_has(const struct mutation *mutation, uint32_t number);

/* What is kept in memory of each while the cards are open. */
struct outbox_entry {
	uint64_t seq;
	uint32_t kind;
	struct uuid id;
	enum outbox_op op;
	bool is_parked;
};

struct outbox {
	struct outbox_entry *entries; /* ascending seq */
	size_t n, room;
	size_t n_parked;
};

MODEL_MUST_USE enum outrider_code
outbox_load(struct outrider *core, struct outrider_err *err);
void outbox_clear(struct outrider *core); /* forgets what load read */

/*
 * Gives the mutation its number and clock and appends it, in the caller's
 * transaction.
 */
MODEL_MUST_USE enum outrider_code outbox_append(struct outrider *core,
						struct mutation *mutation,
						struct outrider_err *err);
/* Its bytes live in the arena. Errors: NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
outbox_read(struct outrider *core, struct arena *arena, struct mutation *out,
	    uint64_t seq, struct outrider_err *err);
/* It will be read soon, and again: rows_look_ahead. */
void outbox_look_ahead(struct outrider *core, uint64_t seq);
MODEL_MUST_USE enum outrider_code
outbox_remove(struct outrider *core, uint64_t seq, struct outrider_err *err);
/* Keeps it, and says why it was refused (texts of the server's). */
MODEL_MUST_USE enum outrider_code
outbox_park(struct outrider *core, struct arena *arena, uint64_t seq,
	    enum outrider_code code, struct bytes field_path,
	    struct bytes reason, struct outrider_err *err);

/*
 * The outbox begins anew: another incarnation, whose numbers on the wire begin
 * at 1 without a gap; what waits, waits on, and what is parked stays. In the
 * caller's transaction; the work arena is used up.
 */
MODEL_MUST_USE enum outrider_code
outbox_renew(struct outrider *core, struct outrider_err *err);

/*
 * The server has another history than the cards and edits came from: bases move
 * to what the cards are now, where that is what the author saw; elsewhere to
 * before everything, so that the merge decides. Renews where it moves any:
 * *has_moved. In the caller's transaction.
 */
MODEL_MUST_USE enum outrider_code
outbox_rebase(struct outrider *core, bool *has_moved, struct outrider_err *err);
/* The card is gone from the phone: what the server had in the fields of edits
 * that are still here goes too. In the caller's transaction. */
MODEL_MUST_USE enum outrider_code
outbox_forget_seen(struct outrider *core, uint32_t kind, const struct uuid *id,
		   struct outrider_err *err);
/* Writes a mutation's row again; its content may not have been sent. */
MODEL_MUST_USE enum outrider_code outbox_rewrite(struct outrider *core,
						 const struct mutation *m,
						 struct outrider_err *err);

/* The next entry of a record at or behind index *at, or NULL; *at moves on. */
const struct outbox_entry *outbox_next(const struct outrider *core, size_t *at,
				       uint32_t kind, const struct uuid *id);
/* Mutations that wait for an answer, and parked ones; works locked. */
void outbox_counts(struct outrider *core, uint64_t *n_waiting,
		   uint64_t *n_parked);

#endif
