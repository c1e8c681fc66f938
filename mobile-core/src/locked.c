/*
 * locked: see locked.h.
 */
#include "locked.h"

#include <string.h>

#include "vault.h"

enum { ROOM_FIRST = 64, BYTES_MAX = 1 << 30 };

void locked_init(struct locked *array, const struct allocator *allocator,
		 size_t size)
{
	*array = (struct locked){ .allocator = allocator, .size = size };
}

static void let_go(struct locked *array)
{
	vault_memory_unlock(array->at, array->room * array->size);
	if (array->at != NULL)
		array->allocator->resize(array->allocator->user, array->at, 0);
}

void locked_wipe(struct locked *array)
{
	let_go(array);
	locked_init(array, array->allocator, array->size);
}

static bool grow(struct locked *array)
{
	const size_t room = array->room > 0 ? array->room * 2 : ROOM_FIRST;
	void *at;

	if (room > BYTES_MAX / array->size)
		return false;
	at = array->allocator->resize(array->allocator->user, NULL,
				      room * array->size);
	if (at == NULL)
		return false;
	array->is_in_swap = !vault_memory_lock(at, room * array->size);
	if (array->n > 0)
		memcpy(at, array->at, array->n * array->size);
	let_go(array);
	array->at = at;
	array->room = room;
	return true;
}

bool locked_append(struct locked *array, const void *element)
{
	if (array->n == array->room && !grow(array))
		return false;
	memcpy((char *)array->at + array->n * array->size, element,
	       array->size);
	array->n++;
	return true;
}

void locked_cut(struct locked *array, size_t n)
{
	if (n == array->n)
		return;
	vault_memory_wipe((char *)array->at + n * array->size,
			  (array->n - n) * array->size);
	array->n = n;
}
