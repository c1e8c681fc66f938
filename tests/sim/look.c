/*
 * See look.h.
 */
#include "look.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MEMORY ((size_t)512 << 20)

static void *room(struct look *look, size_t n, size_t size)
{
	void *at = arena_alloc(&look->arena, n * size + 1);

	if (at == NULL)
		abort();
	return at;
}

static int by_id(const void *a, const void *b)
{
	const struct look_record *one = a, *other = b;

	return uuid_compare(&one->id, &other->id);
}

static void read_log(struct look *look, struct world *world)
{
	look->log = room(look, look->newest_rev, sizeof(look->log[0]));
	look->n_log = 0;
	for (uint64_t rev = 1; rev <= look->newest_rev; rev++) {
		if (store_change(look->conn, &look->log[look->n_log], rev,
				 &look->arena, NULL) == OUTRIDER_OK)
			look->n_log++;
		else
			world_break(world, "8: revision %llu is missing",
				    (unsigned long long)rev);
	}
}

static void read_records(struct look *look)
{
	struct look_record *records =
		room(look, look->n_log, sizeof(records[0]));
	struct row *row;
	size_t n = 0;

	for (size_t i = 0; i < look->n_log; i++) {
		const struct change *change = &look->log[i];
		const struct entity *entity = schema_entity(change->kind);

		if (change->op != CHANGE_CREATE)
			continue;
		if (store_get(look->conn, &row, entity, &change->id,
			      &look->arena, NULL) != OUTRIDER_OK)
			abort();
		records[n++] = (struct look_record){ .id = change->id,
						     .entity = entity,
						     .row = row };
	}
	qsort(records, n, sizeof(records[0]), by_id);
	look->records = records;
	look->n_records = n;
	for (size_t i = 0; i < look->n_log; i++)
		if (look->log[i].op == CHANGE_DELETE &&
		    look_find(look, &look->log[i].id) != NULL)
			look_find(look, &look->log[i].id)->was_deleted = true;
}

static void begin(struct look *look, struct world *world)
{
	arena_init(&look->arena, &allocator_libc, LOOK_MEMORY);
	look->conn = server_reader(world);
	if (store_read_begin(look->conn, &look->newest_rev, NULL) !=
	    OUTRIDER_OK)
		abort();
	read_log(look, world);
	read_records(look);
}

void look_begin(struct look *look, struct world *world)
{
	*look = (struct look){ .n_log = 0 };
	begin(look, world);
}

void look_again(struct look *look, struct world *world)
{
	uint64_t rev;

	store_read_end(look->conn);
	if (store_read_begin(look->conn, &rev, NULL) != OUTRIDER_OK)
		abort();
	if (rev == look->newest_rev)
		return;
	look_end(look);
	begin(look, world);
}

void look_end(struct look *look)
{
	store_read_end(look->conn);
	arena_free(&look->arena);
}

struct look_record *look_find(const struct look *look, const struct uuid *id)
{
	const struct look_record key = { .id = *id };

	if (look->n_records == 0)
		return NULL;
	return bsearch(&key, look->records, look->n_records, sizeof(key),
		       by_id);
}

bool look_holds(struct bytes bytes, const char *text)
{
	const size_t len = strlen(text);

	if (len == 0)
		return true;
	for (size_t i = 0; i + len <= bytes.len; i++)
		if (memcmp(bytes.at + i, text, len) == 0)
			return true;
	return false;
}

bool look_is_of(const struct change *change, const struct edit *edit)
{
	const char *text = edit->values[0].text;

	if (uuid_compare(&change->id, &edit->id) != 0)
		return false;
	if (edit->op == EDIT_DELETE)
		return change->op == CHANGE_DELETE;
	return change->op != CHANGE_DELETE && edit->n_values > 0 &&
	       (look_holds(change->new_fields, text) ||
		look_holds(change->lost_fields, text));
}

struct uuid look_device_of(const struct phone *phone)
{
	struct outrider_status status;
	struct uuid device;

	outrider_get_status(phone->core, &status);
	memcpy(device.at, status.device_id, sizeof(device.at));
	return device;
}
