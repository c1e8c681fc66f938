/*
 * What must hold in the simulated world: the invariants of docs/formats/sync.md
 * and of the design, by their numbers.
 */
#include "world.h"

#include "app/access.h"
#include "app/cursor.h"
#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 200

/* A reader and an arena for one check. */
struct look {
	struct store_conn *conn;
	struct arena arena;
};

static bool look_begin(struct look *look, struct world *world)
{
	arena_init(&look->arena, &allocator_libc, 256 * 1024 * 1024);
	return store_reader_open(&look->conn, world->store, NULL) ==
		       OUTRIDER_OK &&
	       store_read_begin(look->conn, NULL, NULL) == OUTRIDER_OK;
}

static void look_end(struct look *look)
{
	store_read_end(look->conn);
	store_reader_close(look->conn);
	arena_free(&look->arena);
}

/* ------------------------------------------- 1: what the phone sees is true */

static void
compare_record(struct world *world, struct phone *phone, const struct row *row)
{
	struct outrider_card card;
	struct outrider_err err;
	struct buffer fields;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &row->id);
	if (outrider_card_get(phone->core, &card, row->entity->name, row->id.at,
			      &err) != OUTRIDER_OK) {
		world_break(world, "1: phone %u lacks %s %s (revision %llu)",
			    phone->number, row->entity->name, id,
			    (unsigned long long)row->rev);
		return;
	}
	buffer_init(&fields, &allocator_libc, 1024 * 1024);
	record_write(&fields, row, NULL);
	/* A parked edit is shown on purpose. */
	if (!card.is_parked && (card.len != fields.len ||
				memcmp(card.fields, fields.at, fields.len)))
		world_break(world,
			    "1: phone %u shows %s %s otherwise than the "
			    "server (revisions %llu, %llu)",
			    phone->number, row->entity->name, id,
			    (unsigned long long)card.rev,
			    (unsigned long long)row->rev);
	buffer_free(&fields);
}

static bool count_card(void *user, const struct outrider_card *card)
{
	size_t *n = user;

	*n += card->rev != 0 || !card->is_parked;
	return true;
}

void check_phone_equals_server(struct world *world, struct phone *phone)
{
	struct principal principal = { .user = phone->user, .role = ROLE_REP };
	struct look look;
	size_t n_server = 0, n_phone = 0;

	if (!look_begin(&look, world))
		abort();
	if (access_load_scopes(&principal, look.conn, &look.arena, NULL) !=
	    OUTRIDER_OK)
		abort();
	for (size_t k = 0; k < schema_n_entities; k++) {
		struct uuid after = { { 0 } };
		struct row **rows;
		size_t n;

		do {
			const struct store_list_query asked = {
				.entity = schema_entities[k],
				.scopes = principal.scopes,
				.n_scopes = principal.n_scopes,
				.after = after,
				.limit = PAGE,
			};
			if (store_list(look.conn, &rows, &n, &asked,
				       &look.arena, NULL) != OUTRIDER_OK)
				abort();
			for (size_t i = 0; i < n; i++)
				compare_record(world, phone, rows[i]);
			if (n > 0)
				after = rows[n - 1]->id;
			n_server += n;
		} while (n == PAGE);
	}
	if (outrider_card_find(phone->core, NULL, NULL, SIZE_MAX, count_card,
			       &n_phone, NULL) != OUTRIDER_OK)
		world_break(world, "phone %u can't list its cards",
			    phone->number);
	if (n_phone != n_server)
		world_break(world,
			    "1: phone %u has %zu cards, the server %zu for it",
			    phone->number, n_phone, n_server);
	look_end(&look);
}

/* --------------------------------------- 2, 8: what was promised is there */

void check_promises(struct world *world, struct phone *phone)
{
	struct outrider_status status;
	struct look look;

	if (!look_begin(&look, world))
		abort();
	for (size_t i = 0; i < phone->n_promises; i++) {
		const struct promise *promise = &phone->promises[i];
		const struct entity *entity = schema_entity_named(
			promise->kind, strlen(promise->kind));
		struct row *row;

		if (promise->is_deleted ||
		    store_get(look.conn, &row, entity, &promise->id,
			      &look.arena, NULL) == OUTRIDER_OK)
			continue;
		world_break(world,
			    "2: %s number %zu that phone %u made never "
			    "reached the server",
			    promise->kind, i, phone->number);
	}
	outrider_get_status(phone->core, &status);
	if (status.n_waiting > 0)
		world_break(world, "8: phone %u still has %llu edits to send",
			    phone->number,
			    (unsigned long long)status.n_waiting);
	look_end(&look);
}

/* ------------------------------------ 2: no mutation took effect twice */

struct effect {
	struct uuid device, id;
	uint64_t seq;
};

static int compare_effects(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct effect));
}

void check_once(struct world *world)
{
	struct look look;
	struct effect *effects;
	struct change change;
	uint64_t newest;
	size_t n = 0;

	if (!look_begin(&look, world))
		abort();
	store_read_end(look.conn);
	if (store_read_begin(look.conn, &newest, NULL) != OUTRIDER_OK)
		abort();
	effects = calloc(newest + 1, sizeof(*effects));
	if (effects == NULL)
		abort();
	for (uint64_t rev = 1; rev <= newest; rev++) {
		if (store_change(look.conn, &change, rev, &look.arena, NULL) !=
			    OUTRIDER_OK ||
		    change.author.seq == 0)
			continue;
		effects[n].device = change.author.device;
		effects[n].id = change.id;
		effects[n++].seq = change.author.seq;
	}
	qsort(effects, n, sizeof(*effects), compare_effects);
	for (size_t i = 1; i < n; i++)
		if (compare_effects(&effects[i - 1], &effects[i]) == 0)
			world_break(world,
				    "2: mutation %llu of a device took effect "
				    "twice",
				    (unsigned long long)effects[i].seq);
	free(effects);
	look_end(&look);
}

/* --------------------------------------------- 4: cursors never go back */

static struct bytes cursor_of(const uint8_t *request, size_t len)
{
	struct wire_reader reader = wire_read((struct bytes){ request, len });
	struct wire_field field;
	struct bytes cursor = { NULL, 0 };

	while (wire_next(&reader, &field) == 1)
		if (field.number == 1)
			cursor = field.value;
	return cursor;
}

static void compare_heads(struct phone *phone, const struct cursor *before,
			  const struct cursor *now)
{
	for (size_t i = 0; i < before->n_scopes; i++)
		for (size_t k = 0; k < now->n_scopes; k++)
			if (scope_compare(&before->scopes[i].scope,
					  &now->scopes[k].scope) == 0 &&
			    now->scopes[k].head < before->scopes[i].head)
				world_break(
					phone->world,
					"4: a head of phone %u went back "
					"from %llu to %llu",
					phone->number,
					(unsigned long long)before->scopes[i]
						.head,
					(unsigned long long)now->scopes[k].head);
}

void check_cursor(struct phone *phone, const uint8_t *request, size_t len)
{
	const struct bytes bytes = cursor_of(request, len);
	struct cursor before, now;
	struct outrider_err err;
	struct arena arena;

	arena_init(&arena, &allocator_libc, 1024 * 1024);
	if (cursor_read(&now, &arena, bytes, &err) != OUTRIDER_OK)
		world_break(phone->world, "4: phone %u sends no cursor: %s",
			    phone->number, err.text);
	else if (phone->cursor_len > 0 &&
		 cursor_read(&before, &arena,
			     (struct bytes){ phone->cursor, phone->cursor_len },
			     &err) == OUTRIDER_OK)
		compare_heads(phone, &before, &now);
	arena_free(&arena);
	free(phone->cursor);
	phone->cursor_len = bytes.len;
	phone->cursor = malloc(bytes.len + 1);
	if (phone->cursor == NULL)
		abort();
	if (bytes.len > 0)
		memcpy(phone->cursor, bytes.at, bytes.len);
}
