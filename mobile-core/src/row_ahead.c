/*
 * row_ahead: a table of two places for each number, so that nothing has to move
 * when one goes. Who finds both taken isn't kept.
 */
#include "row_ahead.h"

#include <string.h>

enum {
	SLOT_BITS = 12,
	SLOTS = 1
		<< SLOT_BITS, /* a page of a push and its cards fill a third */
	WAYS = 2,
	BYTES_MAX = 1 << 20,
};

void row_ahead_init(struct row_ahead *ahead, const struct allocator *allocator)
{
	*ahead = (struct row_ahead){ .allocator = allocator };
}

/* Numbers that follow each other lie apart. */
static size_t first_slot(uint8_t table, const struct row_number *id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(id->at); i++)
		number = number << 8 | id->at[i];
	return (size_t)((number << 8 ^ table) * UINT64_C(0x9e3779b97f4a7c15) >>
			(64 - SLOT_BITS));
}

/* The row's own, or NULL. */
static struct ahead_row **find_slot(const struct row_ahead *ahead,
				    uint8_t table, const struct row_number *id)
{
	const size_t first = first_slot(table, id);

	for (size_t i = 0; i < WAYS; i++) {
		struct ahead_row **slot = &ahead->slots[first ^ i];

		if (*slot != NULL && (*slot)->place.table == table &&
		    memcmp(&(*slot)->id, id, sizeof(*id)) == 0)
			return slot;
	}
	return NULL;
}

static bool is_number(struct row_number *out, const void *id, size_t id_len)
{
	if (id_len != sizeof(*out))
		return false;
	memcpy(out, id, sizeof(*out));
	return true;
}

static size_t size_of(size_t len)
{
	return sizeof(struct ahead_row) + len;
}

static void drop_slot(struct row_ahead *ahead, struct ahead_row **slot)
{
	ahead->bytes -= size_of((*slot)->len);
	ahead->allocator->resize(ahead->allocator->user, *slot, 0);
	*slot = NULL;
}

static struct ahead_row **empty_slot(const struct row_ahead *ahead,
				     uint8_t table, const struct row_number *id)
{
	const size_t first = first_slot(table, id);

	for (size_t i = 0; i < WAYS; i++)
		if (ahead->slots[first ^ i] == NULL)
			return &ahead->slots[first ^ i];
	return NULL;
}

static bool make_slots(struct row_ahead *ahead)
{
	const size_t size = SLOTS * sizeof(struct ahead_row *);

	if (ahead->slots == NULL) {
		ahead->slots = ahead->allocator->resize(ahead->allocator->user,
							NULL, size);
		if (ahead->slots != NULL)
			memset(ahead->slots, 0, size);
	}
	return ahead->slots != NULL;
}

void row_ahead_keep(struct row_ahead *ahead, struct row_number id,
		    const struct vault_place *place,
		    const uint8_t tag[VAULT_TAG_LEN], struct bytes plain)
{
	const size_t size = size_of(plain.len);
	struct ahead_row **slot;

	row_ahead_drop(ahead, place->table, &id, sizeof(id));
	if (size > BYTES_MAX - ahead->bytes || !make_slots(ahead))
		return;
	slot = empty_slot(ahead, place->table, &id);
	if (slot != NULL)
		*slot = ahead->allocator->resize(ahead->allocator->user, NULL,
						 size);
	if (slot == NULL || *slot == NULL)
		return;
	(*slot)->id = id;
	(*slot)->place = *place;
	memcpy((*slot)->tag, tag, VAULT_TAG_LEN);
	(*slot)->len = plain.len;
	memcpy((*slot)->plain, plain.at, plain.len);
	ahead->bytes += size;
}

const struct ahead_row *row_ahead_find(const struct row_ahead *ahead,
				       uint8_t table, const void *id,
				       size_t id_len)
{
	struct row_number number;
	struct ahead_row **slot = NULL;

	if (ahead->slots != NULL && is_number(&number, id, id_len))
		slot = find_slot(ahead, table, &number);
	return slot == NULL ? NULL : *slot;
}

void row_ahead_drop(struct row_ahead *ahead, uint8_t table, const void *id,
		    size_t id_len)
{
	struct row_number number;
	struct ahead_row **slot = NULL;

	if (ahead->slots != NULL && is_number(&number, id, id_len))
		slot = find_slot(ahead, table, &number);
	if (slot != NULL)
		drop_slot(ahead, slot);
}

void row_ahead_clear(struct row_ahead *ahead)
{
	if (ahead->slots == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		if (ahead->slots[i] != NULL)
			drop_slot(ahead, &ahead->slots[i]);
	ahead->allocator->resize(ahead->allocator->user, ahead->slots, 0);
	ahead->slots = NULL;
}
