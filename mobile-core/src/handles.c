/*
 * handles: the rows of the blind index. A row's id is the handle's key; it
 * holds that key, so that it can be told from a row of another, and the cards.
 */
#include "handles.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "model/handle.h"
#include "model/wire.h"
#include "rows.h"

enum {
	OWNERS_MAX = 200, /* of one handle; more are left to the search */
	OWNER_LEN = 17,	  /* a kind and an id */
	SLICE = 128,	  /* cards that are indexed in one transaction */
	FORM = 1,	  /* of keys and rows: others are built anew */
};

/* The row, as protobuf fields: never renumber. */
enum { ROW_OWNER = 1, ROW_IS_OVERFULL = 2 };

#define SETTLE_US INT64_C(10000000) /* how long a sync is left alone */

static const char STATE_ID[] = "handles";

const char *const handles_kinds[] = { "contact", "lead", "company", NULL };

/* ------------------------------------------------------ a card's handles */

static bool is_indexed(const struct entity *entity)
{
	for (size_t i = 0; handles_kinds[i] != NULL; i++)
		if (strcmp(entity->name, handles_kinds[i]) == 0)
			return true;
	return false;
}

struct handles_walk
handles_walk(const struct entity *entity, struct bytes fields)
{
	return (struct handles_walk){
		.message = entity->message,
		.at = fields.at,
		.end = fields.len > 0 ? fields.at + fields.len : fields.at,
	};
}

/* Phone and Email; of a number as it was written and as the server made it,
 * what the server made. */
static bool read_nested(struct handle *out, const struct message *message,
			struct bytes fields)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;
	bool is_found = false;

	while (wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		struct handle handle;
		if (field == NULL || in.type != WIRE_LEN)
			continue;
		if ((field->handle == HANDLE_PHONE &&
		     handle_read_phone(&handle, in.value)) ||
		    (field->handle == HANDLE_EMAIL &&
		     handle_read_email(&handle, in.value))) {
			if (!is_found || field->flags & FIELD_IS_OUTPUT_ONLY)
				*out = handle;
			is_found = true;
		}
	}
	return is_found;
}

bool handles_next(struct handles_walk *walk, struct handle *out)
{
	struct wire_reader reader = { walk->at, walk->end };
	struct wire_field in;
	bool is_found = false;

	while (!is_found && wire_next(&reader, &in) > 0) {
		const struct field *field =
			message_field(walk->message, in.number);
		if (field != NULL && field->type == FIELD_MESSAGE &&
		    in.type == WIRE_LEN)
			is_found = read_nested(out, field->message, in.value);
	}
	walk->at = reader.at;
	return is_found;
}

/* ------------------------------------------------------------------- rows */

struct row_key {
	uint8_t at[HANDLE_KEY_MAX];
	size_t len;
};

struct owners {
	uint8_t at[OWNERS_MAX][OWNER_LEN];
	size_t n;
	bool is_overfull;
};

static struct row_key key_of(const struct handle *handle)
{
	struct row_key key;

	key.len = handle_key(key.at, handle);
	return key;
}

static enum outrider_code read_owners(struct outrider *core, struct owners *out,
				      const struct row_key *key,
				      struct outrider_err *err)
{
	struct wire_reader reader;
	struct wire_field in;
	struct arena arena;
	struct bytes plain;
	enum outrider_code code;

	out->n = 0;
	out->is_overfull = false;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = rows_get(core, &arena, &plain, NULL, REPLICA_handle, key->at,
			key->len, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	reader = wire_read(plain);
	while (code == OUTRIDER_OK && wire_next(&reader, &in) > 0) {
		if (in.number == ROW_IS_OVERFULL)
			out->is_overfull = true;
		else if (in.number == ROW_OWNER && in.value.len == OWNER_LEN &&
			 out->n < OWNERS_MAX)
			memcpy(out->at[out->n++], in.value.at, OWNER_LEN);
	}
	arena_free(&arena);
	return code;
}

static enum outrider_code
write_owners(struct outrider *core, const struct owners *owners,
	     const struct row_key *key, struct outrider_err *err)
{
	struct buffer *plain;

	if (owners->n == 0 && !owners->is_overfull)
		return rows_delete(core, REPLICA_handle, key->at, key->len,
				   err);
	plain = rows_make(core);
	for (size_t i = 0; i < owners->n; i++)
		wire_put_bytes(plain, ROW_OWNER, owners->at[i], OWNER_LEN);
	if (owners->is_overfull)
		wire_put_scalar(plain, ROW_IS_OVERFULL, 1);
	return rows_put_made(core, REPLICA_handle, key->at, key->len, 0, err);
}

static size_t find_owner(const struct owners *owners, const uint8_t *owner)
{
	size_t i = 0;

	while (i < owners->n && memcmp(owners->at[i], owner, OWNER_LEN) != 0)
		i++;
	return i;
}

static enum outrider_code
set_owner(struct outrider *core, const struct handle *handle,
	  const uint8_t owner[OWNER_LEN], bool has_it, struct outrider_err *err)
{
	const struct row_key key = key_of(handle);
	struct owners owners;
	size_t i;
	enum outrider_code code = read_owners(core, &owners, &key, err);

	if (code != OUTRIDER_OK)
		return code;
	i = find_owner(&owners, owner);
	if ((i < owners.n) == has_it)
		return OUTRIDER_OK;
	if (!has_it)
		memcpy(owners.at[i], owners.at[--owners.n], OWNER_LEN);
	else if (owners.n < OWNERS_MAX)
		memcpy(owners.at[owners.n++], owner, OWNER_LEN);
	else if (owners.is_overfull)
		return OUTRIDER_OK;
	else
		owners.is_overfull = true;
	return write_owners(core, &owners, &key, err);
}

/* ------------------------------------------------------------------ follow */

static bool has_key(struct handles_walk walk, const struct handle *handle)
{
	const struct row_key wanted = key_of(handle);
	struct handle other;

	while (handles_next(&walk, &other)) {
		const struct row_key key = key_of(&other);
		if (key.len == wanted.len &&
		    memcmp(key.at, wanted.at, key.len) == 0)
			return true;
	}
	return false;
}

/* Those of `some` that aren't among `others`. */
static enum outrider_code
set_difference(struct outrider *core, const uint8_t owner[OWNER_LEN],
	       struct handles_walk some, struct handles_walk others,
	       bool has_it, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	struct handle handle;

	while (code == OUTRIDER_OK && handles_next(&some, &handle))
		if (!has_key(others, &handle))
			code = set_owner(core, &handle, owner, has_it, err);
	return code;
}

bool handles_follows(const struct outrider *core, uint32_t kind)
{
	const struct entity *entity = schema_entity(kind);

	return (core->handles.is_complete || core->handles.is_building) &&
	       entity != NULL && is_indexed(entity);
}

enum outrider_code handles_follow(struct outrider *core, uint32_t kind,
				  const struct uuid *id, struct bytes before,
				  struct bytes now, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(kind);
	uint8_t owner[OWNER_LEN];
	enum outrider_code code;

	if (!handles_follows(core, kind))
		return OUTRIDER_OK;
	owner[0] = (uint8_t)kind;
	memcpy(owner + 1, id->at, sizeof(id->at));
	code = set_difference(core, owner, handles_walk(entity, before),
			      handles_walk(entity, now), false, err);
	if (code == OUTRIDER_OK)
		code = set_difference(core, owner, handles_walk(entity, now),
				      handles_walk(entity, before), true, err);
	if (code != OUTRIDER_DATA_LOSS)
		return code;
	/* A row of the index is damaged, and no card's. */
	err_clear(err);
	return handles_forget(core, err);
}

/* ---------------------------------------------------------------- building */

enum outrider_code handles_load(struct outrider *core, struct outrider_err *err)
{
	struct arena arena;
	struct bytes plain;
	enum outrider_code code;

	core->handles = (struct handles){ .is_complete = false };
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = rows_get(core, &arena, &plain, NULL, REPLICA_cards_state,
			STATE_ID, sizeof(STATE_ID), err);
	if (code == OUTRIDER_OK)
		core->handles.is_complete = plain.len == 1 &&
					    plain.at[0] == FORM;
	arena_free(&arena);
	if (code != OUTRIDER_NOT_FOUND && code != OUTRIDER_DATA_LOSS)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

enum outrider_code
handles_forget(struct outrider *core, struct outrider_err *err)
{
	core_touch(core, CORE_CARDS);
	core->handles = (struct handles){ .is_complete = false };
	return rows_delete(core, REPLICA_cards_state, STATE_ID,
			   sizeof(STATE_ID), err);
}

static enum outrider_code index_card(struct outrider *core, uint32_t kind,
				     const struct uuid *id,
				     struct outrider_err *err)
{
	static const struct bytes nothing = { NULL, 0 };
	struct arena arena;
	struct card card;
	enum outrider_code code;

	if (!handles_follows(core, kind))
		return OUTRIDER_OK;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_read(core, &arena, &card, kind, id, err);
	if (code == OUTRIDER_OK)
		code = handles_follow(core, kind, id, nothing, card.fields,
				      err);
	/* Only the outbox has it. */
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	arena_free(&arena);
	return code;
}

/* The search doesn't show what is deleted here and not yet on the server; it
 * comes back where that is refused. */
static enum outrider_code
index_deleted(struct outrider *core, struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < outbox->n; i++)
		if (outbox->entries[i].op == OUTBOX_DELETE)
			code = index_card(core, outbox->entries[i].kind,
					  &outbox->entries[i].id, err);
	return code;
}

static enum outrider_code
finish(struct outrider *core, struct outrider_err *err)
{
	static const uint8_t form = FORM;
	enum outrider_code code = index_deleted(core, err);

	if (code != OUTRIDER_OK)
		return code;
	core->handles.is_building = false;
	core->handles.is_complete = true;
	return rows_put(core, REPLICA_cards_state, STATE_ID, sizeof(STATE_ID),
			0, (struct bytes){ &form, 1 }, err);
}

static enum outrider_code
build_slice(struct outrider *core, struct outrider_err *err)
{
	struct handles *handles = &core->handles;
	enum outrider_code code = OUTRIDER_OK;

	if (!handles->is_building) {
		handles->is_building = true;
		code = rows_clear(core, REPLICA_handle, err);
	}
	/* Its entries were moved together: some may have been passed over. */
	if (handles->n_moves != core->find.n_moves)
		handles->next = 0;
	handles->n_moves = core->find.n_moves;
	for (size_t i = 0;
	     code == OUTRIDER_OK && i < SLICE && handles->next < core->find.n;
	     i++) {
		const struct find_entry *entry =
			&core->find.entries[handles->next++];
		if (entry->kind != 0)
			code = index_card(core, entry->kind, &entry->id, err);
	}
	if (code == OUTRIDER_OK && handles->is_building &&
	    handles->next >= core->find.n)
		code = finish(core, err);
	return code;
}

/* Nothing to build before the first pull is over, and none beside a sync. */
static bool is_wanted(const struct outrider *core)
{
	return !core->handles.is_complete && !core->handles.is_given_up &&
	       core->device.synced_us > 0 && core->sync.state == SYNC_IDLE;
}

/* When whatever the sync was for has had its turn. */
static int64_t due_us(const struct outrider *core)
{
	const int64_t synced_us = core->device.synced_us;

	/* A clock that was set back doesn't hold it up. */
	return core->now_us < synced_us ? core->now_us : synced_us + SETTLE_US;
}

void handles_step(struct outrider *core, int64_t *next_us)
{
	struct outrider_err err;
	enum outrider_code code;

	if (!is_wanted(core))
		return;
	if (core->now_us < due_us(core)) {
		if (due_us(core) < *next_us)
			*next_us = due_us(core);
		return;
	}
	code = core_begin(core, &err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, build_slice(core, &err), &err);
	if (code != OUTRIDER_OK) {
		/* The search finds numbers too: no reason to fail a step. */
		core_log(core, OUTRIDER_LOG_WARNING, "handles: %s", err.text);
		core->handles = (struct handles){ .is_given_up = true };
	}
	if (is_wanted(core))
		*next_us = core->now_us;
}

/* -------------------------------------------------------------------- find */

static enum outrider_code
give_owners(struct arena *arena, struct handle_owner **out, size_t *n,
	    const struct owners *owners, struct outrider_err *err)
{
	*out = arena_alloc(arena, (owners->n + 1) * sizeof(**out));
	if (*out == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < owners->n; i++) {
		(*out)[i].kind = owners->at[i][0];
		memcpy((*out)[i].id.at, owners->at[i] + 1,
		       sizeof((*out)[i].id.at));
	}
	*n = owners->n;
	return OUTRIDER_OK;
}

enum outrider_code handles_find(struct outrider *core, struct arena *arena,
				bool *is_known, struct handle_owner **out,
				size_t *n, const struct handle *handle,
				struct outrider_err *err)
{
	const struct row_key key = key_of(handle);
	struct owners owners = { .n = 0 };
	enum outrider_code code = OUTRIDER_OK;

	*is_known = core->handles.is_complete;
	if (*is_known)
		code = read_owners(core, &owners, &key, err);
	if (code == OUTRIDER_DATA_LOSS) {
		*is_known = false;
		owners.n = 0;
		err_clear(err);
		code = core_begin(core, err);
		if (code == OUTRIDER_OK)
			code = core_finish(core, handles_forget(core, err),
					   err);
	}
	if (code != OUTRIDER_OK)
		return code;
	*is_known = *is_known && !owners.is_overfull;
	return give_owners(arena, out, n, &owners, err);
}
