/*
 * See look.h.
 */
#include "look.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MEMORY (256 << 20)

void look_begin(struct look *look, struct world *world)
{
	*look = (struct look){ .n_log = 0 };
	arena_init(&look->arena, &allocator_libc, LOOK_MEMORY);
	if (store_reader_open(&look->conn, world->store, NULL) != OUTRIDER_OK ||
	    store_read_begin(look->conn, &look->newest_rev, NULL) !=
		    OUTRIDER_OK)
		abort();
}

void look_end(struct look *look)
{
	store_read_end(look->conn);
	store_reader_close(look->conn);
	arena_free(&look->arena);
}

void look_read_log(struct look *look, struct world *world)
{
	look->log = arena_alloc(&look->arena,
				look->newest_rev * sizeof(look->log[0]) + 1);
	if (look->log == NULL)
		abort();
	for (uint64_t rev = 1; rev <= look->newest_rev; rev++) {
		if (store_change(look->conn, &look->log[look->n_log], rev,
				 &look->arena, NULL) == OUTRIDER_OK)
			look->n_log++;
		else
			world_break(world, "8: revision %llu is missing",
				    (unsigned long long)rev);
	}
}

bool look_holds(struct bytes bytes, const char *text)
{
	const size_t len = strlen(text);

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
