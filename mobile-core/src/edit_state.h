/*
 * edit_state: an edit that was begun. Its members belong to edit*.c.
 */
#ifndef CORE_EDIT_STATE_H
#define CORE_EDIT_STATE_H

#include "edit.h"
#include "model/record.h"

struct outrider_edit {
	struct outrider *core;
	struct outrider_edit *next; /* of the core's list */
	const struct entity *entity;
	struct uuid id;
	bool is_new; /* the server will hear of it by a CREATE */
	uint64_t base_rev;
	uint64_t replaces; /* a parked mutation that goes with it; 0: none */
	bool is_draft;	   /* its draft goes with it, too */
	struct arena arena;
	struct bytes before, now; /* fields, sound */
	struct field_set touched;
};

/* RESOURCE_EXHAUSTED: of memory, or of the arena of an edit. */
enum outrider_code edit_no_memory(struct outrider_err *err);
/* May this person change records of the kind, and make or delete them? */
MODEL_MUST_USE enum outrider_code
edit_check_kind(const struct outrider *core, const struct entity **out,
		const char *kind, bool is_new, struct outrider_err *err);
/* Each public call on an edit enters its core. Errors: INVALID_ARGUMENT (no
 * edit), BUSY. */
MODEL_MUST_USE enum outrider_code
edit_enter(struct outrider_edit *edit, struct outrider_err *err);
/*
 * What public calls on edits have in common. The one enters the core and opens
 * an edit by such a way; the other puts it where such a way says, and frees it,
 * also on error, but where it wasn't entered.
 */
typedef enum outrider_code
edit_opener(struct outrider_edit **out, struct outrider *core, const char *kind,
	    const struct uuid *id, struct outrider_err *err);
typedef enum outrider_code
edit_saver(struct outrider_edit *edit, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
edit_begin(struct outrider_edit **out, struct outrider *core, edit_opener *open,
	   const char *kind, const uint8_t id[16], struct outrider_err *err);
MODEL_MUST_USE enum outrider_code edit_end(struct outrider_edit *edit,
					   edit_saver *save, uint8_t id_out[16],
					   struct outrider_err *err);
/* As edit_save, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
edit_save_in(struct outrider_edit *edit, struct outrider_err *err);
/* Deletes a card by way of the outbox. */
MODEL_MUST_USE enum outrider_code
edit_delete(struct outrider *core, const char *kind, const struct uuid *id,
	    struct outrider_err *err);

#endif
