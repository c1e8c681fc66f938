/*
 * rows: sealed rows by table and id. Vault and replica in one hand, so that
 * nothing reaches the file that wasn't sealed.
 *
 * Owns nothing but the way between the two. Puts and deletes want a
 * transaction (core_begin).
 */
#ifndef CORE_ROWS_H
#define CORE_ROWS_H

#include "core.h"
#include "replica.h"
#include "row_parts.h"
#include "tally.h"

enum { ROWS_MAX = 1 << 20 }; /* bytes of one row */

/*
 * A row's id, in all below: what its table knows it by, of any length, hashed
 * on the way to the file. In a table by number (replica.h) it is that number,
 * as row_number makes it.
 */

/* Table numbers have gaps. */
bool rows_has_table(enum replica_table table);
enum vault_compartment rows_compartment(enum replica_table table);

/* Errors of all: those of replica.h, LOCKED, DATA_LOSS (a row that isn't what
 * was sealed there). */
MODEL_MUST_USE enum outrider_code
rows_put(struct outrider *core, enum replica_table table, const void *id,
	 size_t id_len, uint64_t rev, struct bytes plain,
	 struct outrider_err *err);
/* Begins a row: its parts are appended to the buffer, which is the caller's
 * until rows_put_made, or until another row is begun or read. */
struct buffer *rows_make(struct outrider *core);
/* Errors: RESOURCE_EXHAUSTED too, where the row didn't fit. */
MODEL_MUST_USE enum outrider_code
rows_put_made(struct outrider *core, enum replica_table table, const void *id,
	      size_t id_len, uint64_t rev, struct outrider_err *err);
/* The same where no row lies, without a look at what does. */
MODEL_MUST_USE enum outrider_code
rows_put_new(struct outrider *core, enum replica_table table, const void *id,
	     size_t id_len, uint64_t rev, struct outrider_err *err);
/* The row's bytes into the arena. rev may be NULL. Errors: NOT_FOUND too. */
MODEL_MUST_USE enum outrider_code
rows_get(struct outrider *core, struct arena *arena, struct bytes *plain,
	 uint64_t *rev, enum replica_table table, const void *id, size_t id_len,
	 struct outrider_err *err);
/* Opens it now, so that rows_get finds it open (row_ahead.h). Not in a
 * transaction. What can't be opened is told to who asks for it. */
void rows_look_ahead(struct outrider *core, enum replica_table table,
		     struct row_number id);
/* Well even where there is none. */
MODEL_MUST_USE enum outrider_code
rows_delete(struct outrider *core, enum replica_table table, const void *id,
	    size_t id_len, struct outrider_err *err);

/* plain is borrowed for the call. Anything but OK stops the walk and is its
 * result. */
typedef enum outrider_code
rows_fn(void *user, uint64_t rev, struct bytes plain, struct outrider_err *err);
/* Rows with rev >= from_rev, ascending in ordered tables. The callback may
 * read rows; it writes none of this table. */
MODEL_MUST_USE enum outrider_code
rows_each(struct outrider *core, enum replica_table table, uint64_t from_rev,
	  rows_fn *callback, void *user, struct outrider_err *err);

/* number: of the row, in a table by number. DATA_LOSS: it opens, and is no row
 * of this table's all the same. */
typedef enum outrider_code rows_audit_fn(void *user, uint64_t number,
					 uint64_t rev, struct bytes plain,
					 struct outrider_err *err);
/*
 * The same over all rows, but those that don't open, or that the callback says
 * DATA_LOSS of, are passed over; *n_damaged: how many there were; *found: the
 * tally of the others. Where remove is set they are deleted behind the walk, in
 * the caller's transaction. callback may be NULL.
 */
MODEL_MUST_USE enum outrider_code
rows_audit(struct outrider *core, size_t *n_damaged, struct tally *found,
	   enum replica_table table, bool remove, rows_audit_fn *callback,
	   void *user, struct outrider_err *err);
/* The tally of a table by its tags alone: no row is opened. */
MODEL_MUST_USE enum outrider_code
rows_count(struct outrider *core, struct tally *found, enum replica_table table,
	   struct outrider_err *err);
/* Deletes all of a table, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code rows_clear(struct outrider *core,
					     enum replica_table table,
					     struct outrider_err *err);
/*
 * Seals anew, with the newest key, up to *n rows of an older one that lie
 * behind name, in the caller's transaction; name moves to the last one looked
 * at, *n is how many were. *is_over: the table's end was reached.
 */
MODEL_MUST_USE enum outrider_code
rows_reseal(struct outrider *core, enum replica_table table,
	    uint8_t name[VAULT_NAME_LEN], size_t *n, bool *is_over,
	    struct outrider_err *err);

#endif
