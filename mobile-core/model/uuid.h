/*
 * Record identifiers: UUID version 7 (RFC 9562), made on the device.
 */
#ifndef MODEL_UUID_H
#define MODEL_UUID_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UUID_TEXT_LEN 36

struct uuid {
	uint8_t at[16];
};

/* Of a time in milliseconds since 1970 and ten random bytes. */
struct uuid uuid_make(int64_t time_ms, const uint8_t random[10]);
/* Takes the 36-character form in either case; anything else is refused. */
bool uuid_parse(struct uuid *out, const char *text, size_t len);
/* Lower case, with a NUL. */
void uuid_format(char out[UUID_TEXT_LEN + 1], const struct uuid *uuid);
bool uuid_is_zero(const struct uuid *uuid);
/* Here and not in uuid.c: with 0 it is compared for nearly every look into a
 * list, and is two words then. */
static inline int uuid_compare(const struct uuid *a, const struct uuid *b)
{
	/* The analyser looks in here, and doesn't know that what couldn't be
	 * read came with an error. */
	assert(a != NULL && b != NULL);
	return memcmp(a->at, b->at, sizeof(a->at));
}

#endif
