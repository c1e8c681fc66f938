/*
 * handles: who has this telephone number or this e-mail address.
 *
 * Owns the blind index: a sealed row for each handle (model/handle.h) that a
 * card in the vault has, named by a keyed hash of it, which holds the cards.
 * It follows the cards' rows in their transaction; what waits in the outbox is
 * not in it. During the first pull it isn't kept; it is built behind that, a
 * slice a step, and again where it can't be trusted any more. A number is
 * found meanwhile too, by the search's texts.
 */
#ifndef CORE_HANDLES_H
#define CORE_HANDLES_H

#include "model/arena.h"
#include "model/err.h"
#include "model/schema.h"
#include "model/uuid.h"

struct outrider;

struct handles {
	bool is_complete; /* every card's handles are in it */
	bool is_building;
	bool is_given_up; /* building failed; the next unlocking tries again */
	size_t next;	  /* entry of the search's that is indexed next */
	size_t n_moves;	  /* of the search's when that was */
};

/* As the cards open: whether the index is whole. */
MODEL_MUST_USE enum outrider_code
handles_load(struct outrider *core, struct outrider_err *err);
/*
 * A card's row had these fields and has those now; none where there is no row.
 * In the caller's transaction.
 */
MODEL_MUST_USE enum outrider_code
handles_follow(struct outrider *core, uint32_t kind, const struct uuid *id,
	       struct bytes before, struct bytes now, struct outrider_err *err);
/* Changes of this kind's rows are to be told to handles_follow. */
bool handles_follows(const struct outrider *core, uint32_t kind);
/* Begins anew, in the caller's transaction: rows came or went by themselves. */
MODEL_MUST_USE enum outrider_code
handles_forget(struct outrider *core, struct outrider_err *err);
/* Builds one slice, if there is something to build and the last sync was some
 * seconds ago. *next_us: when it wants to go on, if it does before that. */
void handles_step(struct outrider *core, int64_t *next_us);

/* A card that may have the handle. */
struct handle_owner {
	struct uuid id;
	uint32_t kind;
};

struct handle;

/*
 * Those in the vault that may have it, into the arena: by one look where the
 * index is whole, *is_known false where it isn't (or there are too many).
 */
MODEL_MUST_USE enum outrider_code
handles_find(struct outrider *core, struct arena *arena, bool *is_known,
	     struct handle_owner **out, size_t *n, const struct handle *handle,
	     struct outrider_err *err);

/* Kinds whose cards are people and firms, in the order in which they are told:
 * NULL behind the last. */
extern const char *const handles_kinds[];

/* One after the other the handles in a card's fields. */
struct handles_walk {
	const struct message *message;
	const uint8_t *at, *end;
};

struct handles_walk
handles_walk(const struct entity *entity, struct bytes fields);
bool handles_next(struct handles_walk *walk, struct handle *out);

#endif
