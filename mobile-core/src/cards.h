/*
 * cards: records as the server has them, and as they are to be shown.
 *
 * Owns the card's row: the server's state alone, with the scopes that it lies
 * in. What is shown is that and the edits that wait, put together when asked
 * for. It refuses to know how a page came, and how an edit is made.
 */
#ifndef CORE_CARDS_H
#define CORE_CARDS_H

#include "core.h"
#include "model/record.h"

enum {
	CARD_SCOPES_MAX = 64,
	CARD_SCOPE_LEN = 17, /* a type and an id */
	CARD_FIELDS_MAX = 256 * 1024,
};

struct card {
	uint32_t kind;
	struct uuid id;
	uint64_t rev;
	uint64_t generation; /* of the run of pages that it was last seen in */
	struct bytes fields;
	struct bytes stored; /* the fields of its row; none: it has no row */
	uint8_t scopes[CARD_SCOPES_MAX][CARD_SCOPE_LEN];
	size_t n_scopes;
};

/* It has a row. */
bool cards_has(const struct outrider *core, uint32_t kind,
	       const struct uuid *id);
/* Into the arena. Errors: NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
cards_read(struct outrider *core, struct arena *arena, struct card *out,
	   uint32_t kind, const struct uuid *id, struct outrider_err *err);
/* It will be read soon: rows_look_ahead. */
void cards_look_ahead(struct outrider *core, uint32_t kind,
		      const struct uuid *id);
/* In the caller's transaction, like all that writes. */
MODEL_MUST_USE enum outrider_code cards_write(struct outrider *core,
					      const struct card *card,
					      struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
cards_drop(struct outrider *core, uint32_t kind, const struct uuid *id,
	   struct outrider_err *err);
typedef enum outrider_code
cards_fn(void *user, const struct card *card, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code cards_each(struct outrider *core,
					     cards_fn *callback, void *user,
					     struct outrider_err *err);

/* Deletes rows that don't open, and where a card has two, the other one; counts
 * as rows_audit does. */
MODEL_MUST_USE enum outrider_code
cards_keep_sound(struct outrider *core, size_t *n_damaged, struct tally *found,
		 struct outrider_err *err);

/*
 * Bytes of a record from the server are well formed: ascending fields, texts
 * in UTF-8, known fields of their type. Limits and enum values are not asked
 * for: a newer server may have others, and its cards must still be kept.
 */
bool cards_fields_are_sound(const struct message *message, struct bytes fields);

/* A card with what waits in the outbox on it. */
struct shown {
	struct card card; /* rev 0 where the server hasn't seen it */
	bool exists;	  /* false: deleted here, or not there at all */
	bool is_pending, is_parked;
};

MODEL_MUST_USE enum outrider_code
cards_show(struct outrider *core, struct arena *arena, struct shown *out,
	   uint32_t kind, const struct uuid *id, struct outrider_err *err);
/* Is anything shown of it? */
MODEL_MUST_USE enum outrider_code
cards_is_shown(struct outrider *core, bool *is_shown, uint32_t kind,
	       const struct uuid *id, struct outrider_err *err);
/* In the host's terms; the fields are borrowed. */
void cards_describe(struct outrider_card *out, const struct entity *entity,
		    const struct shown *shown);
/* Shows a card to the host's callback, in memory of its own; *goes_on gets its
 * answer, and is left alone where nothing is to be shown. */
MODEL_MUST_USE enum outrider_code
cards_lend(struct outrider *core, bool *goes_on, const struct entity *entity,
	   const struct uuid *id, outrider_card_fn *callback, void *user,
	   struct outrider_err *err);

/*
 * What is shown of a card has changed: search and agenda follow. In the
 * caller's transaction, after the rows; agenda_set_windows comes behind the
 * last of them.
 */
MODEL_MUST_USE enum outrider_code
cards_changed(struct outrider *core, uint32_t kind, const struct uuid *id,
	      struct outrider_err *err);
/* The same, where the row is at hand; NULL: there is none. */
MODEL_MUST_USE enum outrider_code
cards_changed_to(struct outrider *core, const struct card *card, uint32_t kind,
		 const struct uuid *id, struct outrider_err *err);
/* The same, where what is shown stays as it was: the card has become what an
 * edit had made of it, and the edit is gone. */
MODEL_MUST_USE enum outrider_code cards_caught_up(struct outrider *core,
						  const struct card *card,
						  struct outrider_err *err);
/* Fills search and agenda from the rows and the outbox. */
MODEL_MUST_USE enum outrider_code
cards_load(struct outrider *core, struct outrider_err *err);

#endif
