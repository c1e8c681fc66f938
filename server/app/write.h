/*
 * The one way a record is written, whoever asks: the standard methods, Push,
 * and the server itself. Permission, ownership, references, laws of the kind,
 * merge, scopes, change log. Runs inside a store transaction.
 */
#ifndef APP_WRITE_H
#define APP_WRITE_H

#include "app/access.h"
#include "model/merge.h"

struct app;

/* What is wanted of one record. Everything is parsed and checked before. */
struct write_intent {
	const struct principal *principal; /* NULL: the server itself */
	enum change_op op;
	const struct entity *entity;
	struct uuid id;
	/* CREATE: the record; UPDATE: the patch's values. */
	const struct row *values;
	struct field_set which; /* UPDATE: fields set or cleared */
	/* Fields whose values aren't as they were sent: app/complete.h. */
	struct field_set completed;
	/* UPDATE, DELETE, UNDELETE: 0 writes upon whatever stands. */
	uint64_t base_rev;
	/* A stale base is ABORTED (etag) instead of merged (Push). */
	bool is_exact;
	/* Output_only fields that this act of the caller's sets: see named
	 * methods. */
	struct field_set granted;
	/* What stands, if the caller has read it in this transaction. */
	struct row *standing;
	/* The device's mutation, and the outbox that numbers it; or zeros. */
	struct uuid incarnation;
	uint64_t seq;
	uint64_t hlc; /* 0: now */
};

struct write_outcome {
	struct row *row;       /* as it stands now, in the arena */
	struct field_set lost; /* fields that don't stand as sent */
	/* Of those: others wrote meanwhile, and the author is to decide. */
	struct field_set asked;
	bool is_changed; /* false: the write said nothing new */
};

/*
 * Errors: NOT_FOUND (none, or not visible), ALREADY_EXISTS, ABORTED,
 * PERMISSION_DENIED, INVALID_ARGUMENT (a law or a reference; one to what the
 * caller can't see looks the same as one to what does not exist),
 * FAILED_PRECONDITION (deleted, or not deleted).
 */
MODEL_MUST_USE enum outrider_code
write_record(struct write_outcome *out, struct app *app, struct store_conn *tx,
	     const struct write_intent *intent, struct arena *arena,
	     struct outrider_err *err);

#endif
