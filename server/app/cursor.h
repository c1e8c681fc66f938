/*
 * The cursor of a pull: how far one phone has come in each of its scopes.
 *
 * Owns its bytes (docs/formats/sync.md) and how it moves. Opaque to phones,
 * kept by them, and trusted in nothing: whoever forges one can only make its
 * owner see less. Knows no store and no record.
 */
#ifndef APP_CURSOR_H
#define APP_CURSOR_H

#include "model/arena.h"
#include "model/err.h"
#include "store/scope.h"

enum {
	CURSOR_FORMAT = 2,
	CURSOR_SCOPES_MAX = 1000,
};

/*
 * Invariant: head <= rev. What lies at or below (rev, id) was sent; what lies
 * at or below head was sent, and nothing was left above it then. What was
 * removed up to since is not on the phone: since the run under way began, it
 * has nothing older, or it was told.
 */
struct cursor_scope {
	struct scope scope;
	uint64_t head;
	uint64_t rev;
	struct uuid id;
	uint64_t view;
	uint64_t since;
	bool is_new; /* not on the wire: the phone has nothing of it */
};

struct cursor {
	struct uuid epoch;
	uint32_t schema;	     /* schema_version */
	struct cursor_scope *scopes; /* ascending */
	size_t n_scopes;
};

/*
 * Reads what a phone sent; the scopes lie in the arena. No bytes at all are
 * the cursor of a phone that has nothing.
 * Errors: INVALID_ARGUMENT (not made by cursor_write, or damaged since),
 * RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
cursor_read(struct cursor *out, struct arena *arena, struct bytes bytes,
	    struct outrider_err *err);
/* An array in the arena; at NULL without memory. */
struct bytes cursor_write(const struct cursor *cursor, struct arena *arena);
size_t cursor_size(size_t n_scopes);

/* Who pulls, and from what. */
struct cursor_caller {
	const struct scope *scopes; /* ascending */
	size_t n_scopes;
	/* Above which kinds the caller knows, below which of their fields:
	 * struct rights' fingerprint. */
	uint64_t view;
	uint64_t newest_rev; /* of the store */
	/* Removals up to here are forgotten: store_horizon. */
	uint64_t horizon;
};

/*
 * Where a pull begins. *out has epoch and schema, and gets one entry for each
 * of the caller's scopes: `sent`'s where that has it with the same
 * schema and view, else one that begins at the first revision. *lost gets the
 * scopes of `sent` that the caller has no more, and those in which they know
 * other kinds now: the phone empties these before they are filled anew, or it
 * would keep what is not sent again.
 * Errors: FAILED_PRECONDITION (the cursor has seen revisions above newest_rev:
 * the store was restored from a backup; or removals that it hasn't heard of are
 * forgotten), RESOURCE_EXHAUSTED (more scopes than a cursor holds).
 */
MODEL_MUST_USE enum outrider_code
cursor_begin(struct cursor *out, struct scope **lost, size_t *n_lost,
	     const struct cursor *sent, const struct cursor_caller *caller,
	     struct arena *arena, struct outrider_err *err);

/* Everything up to (rev, id) was sent, in every scope. */
void cursor_advance(struct cursor *cursor, uint64_t rev, const struct uuid *id);
/* Nothing lay above in the snapshot whose newest revision is rev. */
void cursor_reach_head(struct cursor *cursor, uint64_t rev);
/* NULL where the cursor has no such scope. */
const struct cursor_scope *
cursor_find(const struct cursor *cursor, const struct scope *scope);
/* Was (rev, id) sent in this scope? */
bool cursor_covers(const struct cursor_scope *at, uint64_t rev,
		   const struct uuid *id);

#endif
