/*
 * The organisation's keys: one signs receipts, the other receives what
 * phones seal for recovery. Kept in a file of mode 0600 beside the database.
 */
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include "context.h"
#include "model/err.h"

struct org_keys {
	uint8_t sign_public[32], sign_secret[64]; /* Ed25519 */
	uint8_t box_public[32], box_secret[32];	  /* X25519 */
};

/* Out of the context's random source. */
void keys_make(struct org_keys *keys, const struct context *context);
/* Refuses to overwrite. */
MODEL_MUST_USE enum outrider_code keys_save(const struct org_keys *keys,
					    const char *path,
					    struct outrider_err *err);
/* Refuses a file that others may read. */
MODEL_MUST_USE enum outrider_code
keys_load(struct org_keys *keys, const char *path, struct outrider_err *err);

#endif
