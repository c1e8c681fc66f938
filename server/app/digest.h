/*
 * BLAKE2b-256 without a key, over parts laid one behind the other: hashes of
 * chains, of mutations as they came, and identifiers made of what they name.
 */
#ifndef APP_DIGEST_H
#define APP_DIGEST_H

#include "model/arena.h"
#include "model/uuid.h"

#define DIGEST_LEN 32

/* Parts of varying length need their lengths among them: the caller's work. */
void digest_of(uint8_t out[DIGEST_LEN], const struct bytes *parts, size_t n);

/*
 * The identifier that always comes out for the same parts (UUID version 8):
 * whoever names a thing twice finds it there.
 */
struct uuid digest_uuid(const struct bytes *parts, size_t n);

#endif
