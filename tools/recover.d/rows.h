/*
 * Sealed rows of an outbox, out of a phone's file or a server's database, and
 * their keys in a box for the organisation. Knows docs/formats/vault.md and
 * not what is in a row.
 */
#ifndef RECOVER_ROWS_H
#define RECOVER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/uuid.h"

enum { RECOVERED_ROW_MAX = 1 << 20 };

/* The newest and, while the phone's keys changed, the one before. */
struct recovered_keys {
	size_t n;
	uint8_t numbers[2];
	uint8_t keys[2][32];
};

struct outbox_row {
	uint8_t name[16];
	uint64_t rev;
	const uint8_t *sealed;
	size_t len;
};

typedef void rows_found_fn(void *user, const struct outbox_row *row);

/*
 * Opens the box, then gives every row to callback, by number. device: of the
 * wipe whose receipt is wanted, in a server's database; NULL: the file is a
 * phone's. Returns NULL, or what is wrong.
 */
const char *rows_read(struct recovered_keys *keys, const char *path,
		      const struct uuid *device, const uint8_t box_public[32],
		      const uint8_t box_secret[32], rows_found_fn *callback,
		      void *user);

/* The row's text. False: it isn't what was sealed, or is under another key. */
bool rows_open(uint8_t *out, size_t room, size_t *len,
	       const struct recovered_keys *keys, const struct outbox_row *row);

#endif
