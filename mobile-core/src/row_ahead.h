/*
 * row_ahead: rows opened before they are asked for, while the phone waits for
 * somebody and has nothing else to do.
 *
 * Owns the copies, of tables whose ids are numbers, and their bound. They are
 * true: whoever writes a row drops its copy first (rows.c), and none is made
 * while a transaction is open, so that a rollback leaves them as they are. It
 * refuses to know who will ask. A copy that isn't there costs a look into the
 * file.
 */
#ifndef CORE_ROW_AHEAD_H
#define CORE_ROW_AHEAD_H

#include "model/arena.h"
#include "row_parts.h"
#include "vault.h"

/* One row, in one piece of memory. */
struct ahead_row {
	struct row_number id;
	struct vault_place place;
	uint8_t tag[VAULT_TAG_LEN];
	size_t len;
	uint8_t plain[];
};

struct row_ahead {
	const struct allocator *allocator;
	struct ahead_row **slots; /* NULL: nothing is kept */
	size_t bytes;		  /* of what is kept */
};

/* Takes no memory until something is kept. */
void row_ahead_init(struct row_ahead *ahead, const struct allocator *allocator);

/* Keeps a copy, where there is room for it and memory. */
void row_ahead_keep(struct row_ahead *ahead, struct row_number id,
		    const struct vault_place *place,
		    const uint8_t tag[VAULT_TAG_LEN], struct bytes plain);
/* NULL: there is none. Until the row is dropped. */
const struct ahead_row *row_ahead_find(const struct row_ahead *ahead,
				       uint8_t table, const void *id,
				       size_t id_len);

/* Wiped, as all of the core's memory is. */
void row_ahead_drop(struct row_ahead *ahead, uint8_t table, const void *id,
		    size_t id_len);
void row_ahead_clear(struct row_ahead *ahead);

#endif
