/*
 * memory: each piece has its size in front, for the wipe.
 */
#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "vault.h"

#define HEADER alignof(max_align_t)

_Static_assert(HEADER >= sizeof(size_t), "the size fits in front");

static void *host_resize(const struct outrider_host *host, void *p, size_t size)
{
	if (host->resize != NULL)
		return host->resize(host->user, p, size);
	if (size > 0)
		return realloc(p, size);
	free(p);
	return NULL;
}

/* Always moves what grows: the host's resize would leave a copy behind. */
static void *resize(void *user, void *p, size_t size)
{
	const struct outrider_host *host = user;
	uint8_t *old = p == NULL ? NULL : (uint8_t *)p - HEADER, *fresh = NULL;
	size_t old_size = 0;

	if (old != NULL)
		memcpy(&old_size, old, sizeof(old_size));
	if (size > 0) {
		if (size > SIZE_MAX - HEADER)
			return NULL;
		fresh = host_resize(host, NULL, HEADER + size);
		if (fresh == NULL)
			return NULL;
		memcpy(fresh, &size, sizeof(size));
		if (old_size > 0)
			memcpy(fresh + HEADER, p,
			       old_size < size ? old_size : size);
	}
	if (old != NULL) {
		vault_memory_wipe(p, old_size);
		(void)host_resize(host, old, 0);
	}
	return fresh == NULL ? NULL : fresh + HEADER;
}

struct allocator memory_allocator(const struct outrider_host *host)
{
	union {
		const struct outrider_host *in;
		void *out;
	} user = { .in = host };

	return (struct allocator){ .resize = resize, .user = user.out };
}
