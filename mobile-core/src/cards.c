/*
 * cards: the rows of records, and the outbox's patches on top of them.
 */
#include "cards.h"

#include <stddef.h>
#include <string.h>

#include "model/wire.h"
#include "rows.h"

/* The row, as protobuf fields: never renumber. */
enum {
	CARD_KIND = 1,
	CARD_ID = 2,
	CARD_GENERATION = 3,
	CARD_SCOPE = 4,
	CARD_FIELDS = 5,
};

/* ------------------------------------------------------------------- rows */

static bool row_take(struct card *card, const struct wire_field *field)
{
	switch (field->number) {
	case CARD_KIND:
		card->kind = (uint32_t)field->scalar;
		break;
	case CARD_ID:
		return row_take_id(&card->id, field);
	case CARD_GENERATION:
		card->generation = field->scalar;
		break;
	case CARD_SCOPE:
		if (field->value.len != CARD_SCOPE_LEN ||
		    card->n_scopes == CARD_SCOPES_MAX)
			return false;
		memcpy(card->scopes[card->n_scopes++], field->value.at,
		       CARD_SCOPE_LEN);
		break;
	case CARD_FIELDS:
		card->fields = field->value;
		break;
	default:
		break;
	}
	return true;
}

static enum outrider_code damaged(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "A card's row is damaged.");
}

/* The card's bytes are borrowed from plain. */
static bool row_read(struct card *out, uint64_t rev, struct bytes plain)
{
	struct wire_reader reader = wire_read(plain);
	struct wire_field field;
	int more;

	out->kind = 0;
	out->rev = rev;
	out->generation = 0;
	out->n_scopes = 0;
	out->fields = (struct bytes){ .at = NULL, .len = 0 };
	while ((more = wire_next(&reader, &field)) > 0)
		if (!row_take(out, &field))
			return false;
	out->stored = out->fields;
	return more == 0 && out->kind != 0;
}

/* Where the card lies. Errors: LOCKED, NOT_FOUND. */
static enum outrider_code
find_row(const struct outrider *core, struct row_number *out, uint32_t kind,
	 const struct uuid *id, struct outrider_err *err)
{
	const uint32_t number = card_places_find(&core->places, kind, id);

	if (!vault_is_open(core->vault, VAULT_CARDS))
		return err_set(err, OUTRIDER_LOCKED, NULL,
			       "The vault is locked.");
	if (number == 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL, "Not found.");
	*out = row_number(number);
	return OUTRIDER_OK;
}

bool cards_has(const struct outrider *core, uint32_t kind,
	       const struct uuid *id)
{
	return card_places_find(&core->places, kind, id) != 0;
}

enum outrider_code cards_read(struct outrider *core, struct arena *arena,
			      struct card *out, uint32_t kind,
			      const struct uuid *id, struct outrider_err *err)
{
	struct row_number row;
	struct bytes plain;
	enum outrider_code code = find_row(core, &row, kind, id, err);
	uint64_t rev;

	if (code == OUTRIDER_OK)
		code = rows_get(core, arena, &plain, &rev, REPLICA_card, row.at,
				sizeof(row.at), err);
	if (code != OUTRIDER_OK)
		return code;
	/* It is sealed to its number, which another card may have had. */
	if (!row_read(out, rev, plain) || out->kind != kind ||
	    uuid_compare(&out->id, id) != 0)
		return damaged(err);
	return OUTRIDER_OK;
}

void cards_look_ahead(struct outrider *core, uint32_t kind,
		      const struct uuid *id)
{
	struct row_number row;
	struct outrider_err err;

	if (find_row(core, &row, kind, id, &err) == OUTRIDER_OK)
		rows_look_ahead(core, REPLICA_card, row);
}

static void row_write(struct outrider *core, const struct card *card)
{
	struct buffer *plain = rows_make(core);

	wire_put_scalar(plain, CARD_KIND, card->kind);
	row_put_id(plain, CARD_ID, &card->id);
	wire_put_scalar(plain, CARD_GENERATION, card->generation);
	for (size_t i = 0; i < card->n_scopes; i++)
		wire_put_bytes(plain, CARD_SCOPE, card->scopes[i],
			       CARD_SCOPE_LEN);
	wire_put_bytes(plain, CARD_FIELDS, card->fields.at, card->fields.len);
}

/* A row of its own for a card that has none. */
static enum outrider_code
make_row(struct outrider *core, struct row_number *out, const struct card *card,
	 struct outrider_err *err)
{
	const uint32_t number = card_places_next(&core->places);

	if (number == 0)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "The file has no more room for cards.");
	if (!card_places_put(&core->places, card->kind, &card->id, number))
		return err_no_memory(err);
	*out = row_number(number);
	return OUTRIDER_OK;
}

enum outrider_code cards_write(struct outrider *core, const struct card *card,
			       struct outrider_err *err)
{
	const uint32_t number =
		card_places_find(&core->places, card->kind, &card->id);
	struct row_number row = row_number(number);
	enum outrider_code code = OUTRIDER_OK;

	core_touch(core, CORE_CARDS);
	if (number == 0)
		code = make_row(core, &row, card, err);
	if (code != OUTRIDER_OK)
		return code;
	row_write(core, card);
	code = (number == 0 ? rows_put_new : rows_put_made)(
		core, REPLICA_card, row.at, sizeof(row.at), card->rev, err);
	if (code != OUTRIDER_OK)
		return code;
	return handles_follow(core, card->kind, &card->id, card->stored,
			      card->fields, err);
}

/* Who goes is found by no number any more. */
static enum outrider_code drop_handles(struct outrider *core, uint32_t kind,
				       const struct uuid *id,
				       struct outrider_err *err)
{
	static const struct bytes nothing = { NULL, 0 };
	struct card card;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_read(core, &arena, &card, kind, id, err);
	if (code == OUTRIDER_OK)
		code = handles_follow(core, kind, id, card.stored, nothing,
				      err);
	else if (code == OUTRIDER_DATA_LOSS)
		code = handles_forget(core, err);
	else if (code == OUTRIDER_NOT_FOUND)
		code = OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		err_clear(err);
	arena_free(&arena);
	return code;
}

enum outrider_code cards_drop(struct outrider *core, uint32_t kind,
			      const struct uuid *id, struct outrider_err *err)
{
	struct row_number row;
	enum outrider_code code = find_row(core, &row, kind, id, err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK && handles_follows(core, kind))
		code = drop_handles(core, kind, id, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_CARDS);
	card_places_remove(&core->places, kind, id);
	return rows_delete(core, REPLICA_card, row.at, sizeof(row.at), err);
}

struct walk {
	cards_fn *callback;
	void *user;
};

static enum outrider_code visit_row(void *user, uint64_t rev,
				    struct bytes plain,
				    struct outrider_err *err)
{
	const struct walk *walk = user;
	struct card card;

	return row_read(&card, rev, plain)
		       ? walk->callback(walk->user, &card, err)
		       : damaged(err);
}

enum outrider_code cards_each(struct outrider *core, cards_fn *callback,
			      void *user, struct outrider_err *err)
{
	struct walk walk = { .callback = callback, .user = user };

	return rows_each(core, REPLICA_card, 0, visit_row, &walk, err);
}

static enum outrider_code look_at_place(void *user, uint64_t number,
					uint64_t rev, struct bytes plain,
					struct outrider_err *err)
{
	const struct outrider *core = user;
	struct card card;

	if (!row_read(&card, rev, plain) ||
	    card_places_find(&core->places, card.kind, &card.id) != number)
		return damaged(err);
	return OUTRIDER_OK;
}

enum outrider_code cards_keep_sound(struct outrider *core, size_t *n_damaged,
				    struct tally *found,
				    struct outrider_err *err)
{
	return rows_audit(core, n_damaged, found, REPLICA_card, true,
			  look_at_place, core, err);
}

/* ------------------------------------------------------------------ shown */

/* Puts a mutation's patch on what is shown. */
static enum outrider_code
put_patch(struct outrider *core, struct arena *arena, struct shown *shown,
	  const struct mutation *mutation, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(mutation->kind);
	struct buffer spliced;
	enum outrider_code code;

	if (entity == NULL)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The outbox has a record of no known kind.");
	buffer_init(&spliced, &core->allocator, CARD_FIELDS_MAX);
	code = fields_splice(&spliced, entity->message, shown->card.fields,
			     mutation->fields, &mutation->cleared, err);
	if (code == OUTRIDER_OK) {
		shown->card.fields = arena_copy(arena, spliced.at, spliced.len);
		if (shown->card.fields.at == NULL)
			code = err_no_memory(err);
	}
	buffer_free(&spliced);
	return code;
}

/*
 * What one entry of the outbox does to what is shown. A refused edit of a card
 * that the server has shows by its flag alone; a refused new card would be
 * gone from sight, so it stays, with what was written on it since.
 */
static enum outrider_code
put_entry(struct outrider *core, struct arena *arena, struct shown *shown,
	  const struct outbox_entry *entry, struct outrider_err *err)
{
	struct mutation mutation;
	enum outrider_code code;

	shown->is_parked |= entry->is_parked;
	shown->is_pending |= !entry->is_parked;
	if (entry->is_parked && shown->card.rev > 0)
		return OUTRIDER_OK;
	if (entry->op == OUTBOX_DELETE) {
		shown->exists = shown->exists && entry->is_parked;
		return OUTRIDER_OK;
	}
	if (entry->op == OUTBOX_UPDATE && !shown->exists)
		return OUTRIDER_OK;
	code = outbox_read(core, arena, &mutation, entry->seq, err);
	if (code != OUTRIDER_OK)
		return code;
	shown->exists = true;
	return put_patch(core, arena, shown, &mutation, err);
}

/* Most of a card is room for scopes that it doesn't lie in. */
static void card_copy(struct card *to, const struct card *from)
{
	memcpy(to, from, offsetof(struct card, scopes));
	to->n_scopes = from->n_scopes;
	memcpy(to->scopes, from->scopes, from->n_scopes * CARD_SCOPE_LEN);
}

/* card NULL: the server's state has none. */
static enum outrider_code show(struct outrider *core, struct arena *arena,
			       struct shown *out, const struct card *card,
			       uint32_t kind, const struct uuid *id,
			       struct outrider_err *err)
{
	const struct outbox_entry *entry;
	enum outrider_code code = OUTRIDER_OK;
	size_t at = 0;

	out->exists = card != NULL;
	out->is_pending = out->is_parked = false;
	if (card != NULL) {
		card_copy(&out->card, card);
	} else {
		out->card.kind = kind;
		out->card.id = *id;
		out->card.rev = 0;
		out->card.n_scopes = 0;
		out->card.fields = (struct bytes){ .at = NULL, .len = 0 };
	}
	while (code == OUTRIDER_OK &&
	       (entry = outbox_next(core, &at, kind, id)) != NULL)
		code = put_entry(core, arena, out, entry, err);
	return code;
}

enum outrider_code cards_show(struct outrider *core, struct arena *arena,
			      struct shown *out, uint32_t kind,
			      const struct uuid *id, struct outrider_err *err)
{
	struct card card;
	enum outrider_code code = cards_read(core, arena, &card, kind, id, err);

	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	return show(core, arena, out, code == OUTRIDER_OK ? &card : NULL, kind,
		    id, err);
}

enum outrider_code cards_is_shown(struct outrider *core, bool *is_shown,
				  uint32_t kind, const struct uuid *id,
				  struct outrider_err *err)
{
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, kind, id, err);
	*is_shown = code == OUTRIDER_OK && shown.exists;
	arena_free(&arena);
	return code;
}

void cards_describe(struct outrider_card *out, const struct entity *entity,
		    const struct shown *shown)
{
	*out = (struct outrider_card){
		.kind = entity->name,
		.rev = shown->card.rev,
		.is_pending = shown->is_pending,
		.is_parked = shown->is_parked,
		.fields = shown->card.fields.at,
		.len = shown->card.fields.len,
	};
	memcpy(out->id, shown->card.id.at, sizeof(out->id));
}

enum outrider_code cards_lend(struct outrider *core, bool *goes_on,
			      const struct entity *entity,
			      const struct uuid *id, outrider_card_fn *callback,
			      void *user, struct outrider_err *err)
{
	struct outrider_card card;
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, entity->number, id, err);
	if (code == OUTRIDER_OK && shown.exists) {
		cards_describe(&card, entity, &shown);
		*goes_on = callback(user, &card);
	}
	arena_free(&arena);
	return code;
}

/* ------------------------------------------------------- what hangs on them */

static enum outrider_code follow(struct outrider *core,
				 const struct shown *shown,
				 struct outrider_err *err)
{
	const struct entity *entity = schema_entity(shown->card.kind);
	enum outrider_code code = OUTRIDER_OK;

	/* Of a kind that this build doesn't know: kept, and not shown. */
	if (entity == NULL)
		return OUTRIDER_OK;
	if (shown->exists)
		code = find_put(&core->find, entity, &shown->card.id,
				shown->card.fields, err);
	else
		find_remove(&core->find, shown->card.kind, &shown->card.id);
	if (code == OUTRIDER_OK)
		code = nearby_follow(&core->nearby, entity, &shown->card.id,
				     shown->exists, shown->card.fields, err);
	if (code == OUTRIDER_OK)
		code = upcoming_follow(&core->upcoming, &core->device.user_id,
				       entity, &shown->card.id, shown->exists,
				       shown->card.fields, err);
	if (code == OUTRIDER_OK && strcmp(entity->name, "meeting") == 0)
		code = agenda_follow(core, &shown->card.id, shown->exists,
				     shown->card.fields, err);
	return code;
}

enum outrider_code
cards_changed_to(struct outrider *core, const struct card *card, uint32_t kind,
		 const struct uuid *id, struct outrider_err *err)
{
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	core_touch(core, CORE_CARDS);
	code = show(core, &arena, &shown, card, kind, id, err);
	if (code == OUTRIDER_OK)
		code = follow(core, &shown, err);
	if (code == OUTRIDER_OK)
		code = files_follow(core, kind, id, shown.exists, err);
	if (code == OUTRIDER_OK)
		code = drafts_follow(core, kind, id, shown.exists, err);
	if (code == OUTRIDER_OK)
		code = conflicts_follow(core, card, kind, id, err);
	arena_free(&arena);
	return code;
}

enum outrider_code cards_caught_up(struct outrider *core,
				   const struct card *card,
				   struct outrider_err *err)
{
	return conflicts_follow(core, card, card->kind, &card->id, err);
}

enum outrider_code cards_changed(struct outrider *core, uint32_t kind,
				 const struct uuid *id,
				 struct outrider_err *err)
{
	struct card card;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_read(core, &arena, &card, kind, id, err);
	if (code == OUTRIDER_OK || code == OUTRIDER_NOT_FOUND)
		code = cards_changed_to(core,
					code == OUTRIDER_OK ? &card : NULL,
					kind, id, err);
	arena_free(&arena);
	return code;
}

struct load {
	struct outrider *core;
	struct arena arena;
};

static enum outrider_code load_one(void *user, uint64_t number, uint64_t rev,
				   struct bytes plain, struct outrider_err *err)
{
	struct load *load = user;
	struct outrider *core = load->core;
	struct shown shown;
	struct card card;
	enum outrider_code code;

	/* Of two rows of one card, which somebody put there, the last counts
	 * until the tally tells: cards_keep_sound. */
	if (!row_read(&card, rev, plain))
		return damaged(err);
	if (!card_places_put(&core->places, card.kind, &card.id,
			     (uint32_t)number))
		return err_no_memory(err);
	if (card.generation > core->newest_generation)
		core->newest_generation = card.generation;
	arena_reset(&load->arena);
	code = show(core, &load->arena, &shown, &card, card.kind, &card.id,
		    err);
	if (code == OUTRIDER_OK)
		code = follow(core, &shown, err);
	return code;
}

/* Those that only the outbox has: new cards. */
static enum outrider_code load_new(struct load *load, struct outrider_err *err)
{
	const struct outbox *outbox = &load->core->outbox;
	enum outrider_code code = OUTRIDER_OK;
	struct shown shown;

	for (size_t i = 0; i < outbox->n && code == OUTRIDER_OK; i++) {
		const struct outbox_entry *entry = &outbox->entries[i];
		if (entry->op != OUTBOX_CREATE)
			continue;
		arena_reset(&load->arena);
		code = cards_show(load->core, &load->arena, &shown, entry->kind,
				  &entry->id, err);
		if (code == OUTRIDER_OK)
			code = follow(load->core, &shown, err);
	}
	return code;
}

enum outrider_code cards_load(struct outrider *core, struct outrider_err *err)
{
	struct load load = { .core = core };
	enum outrider_code code;

	arena_init(&load.arena, &core->allocator, core->work.ceiling);
	core->newest_generation = 0;
	code = rows_audit(core, &core->n_damaged, &core->cards_found,
			  REPLICA_card, false, load_one, &load, err);
	if (code == OUTRIDER_OK)
		code = load_new(&load, err);
	arena_free(&load.arena);
	core->agenda.is_stale = true;
	return code;
}
