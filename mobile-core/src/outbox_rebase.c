/*
 * outbox_rebase: what an edit's author had seen, when the server's history or
 * the card's presence is another than it was.
 */
#include <string.h>

#include "cards.h"
#include "conflicts.h"
#include "core.h"

/* Everything on the server is newer than this. */
#define BASE_BEFORE_ALL UINT64_C(1)

static bool same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static enum outrider_code
put_patch(struct outrider *core, struct arena *arena, struct bytes *fields,
	  const struct mutation *m, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(m->kind);
	struct buffer spliced;
	enum outrider_code code = OUTRIDER_OK;

	if (entity == NULL)
		return OUTRIDER_OK;
	buffer_init(&spliced, &core->allocator, CARD_FIELDS_MAX);
	code = fields_splice(&spliced, entity->message, *fields, m->fields,
			     &m->cleared, err);
	if (code == OUTRIDER_OK) {
		*fields = arena_copy(arena, spliced.at, spliced.len);
		if (fields->at == NULL)
			code = err_no_memory(err);
	}
	buffer_free(&spliced);
	return code;
}

/* The card's fields with the edits on it that were made before this one. */
static enum outrider_code
fields_before(struct outrider *core, struct arena *arena, struct bytes *fields,
	      const struct mutation *than, struct outrider_err *err)
{
	const struct outbox_entry *entry;
	enum outrider_code code = OUTRIDER_OK;
	struct mutation m;
	size_t at = 0;

	while (code == OUTRIDER_OK &&
	       (entry = outbox_next(core, &at, than->kind, &than->id)) !=
		       NULL &&
	       entry->seq < than->seq) {
		if (entry->is_parked || entry->op == OUTBOX_DELETE)
			continue;
		code = outbox_read(core, arena, &m, entry->seq, err);
		if (code == OUTRIDER_OK)
			code = put_patch(core, arena, fields, &m, err);
	}
	return code;
}

/* In each field that the edit touches stands what its author saw, or what they
 * wrote: an answer can have been lost. */
static bool saw_what_stands(const struct mutation *m, struct bytes card,
			    struct bytes before)
{
	for (uint32_t number = 1; number < 256; number++)
		if (mutation_has(m, number) &&
		    !same(conflicts_slice(m->old_fields, number),
			  conflicts_slice(before, number)) &&
		    !same(conflicts_slice(m->fields, number),
			  conflicts_slice(card, number)))
			return false;
	return true;
}

static enum outrider_code find_base(struct outrider *core, struct arena *arena,
				    uint64_t *out, const struct mutation *m,
				    struct outrider_err *err)
{
	struct card card;
	struct bytes before;
	enum outrider_code code =
		cards_read(core, arena, &card, m->kind, &m->id, err);

	*out = m->base_rev;
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK; /* the server will say what it thinks */
	}
	if (code != OUTRIDER_OK)
		return code;
	before = card.fields;
	code = fields_before(core, arena, &before, m, err);
	if (code != OUTRIDER_OK)
		return code;
	*out = saw_what_stands(m, card.fields, before) ? card.rev
						       : BASE_BEFORE_ALL;
	return OUTRIDER_OK;
}

enum outrider_code
outbox_rebase(struct outrider *core, bool *has_moved, struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	enum outrider_code code = OUTRIDER_OK;
	struct arena arena;
	struct mutation m;
	uint64_t base_rev;

	*has_moved = false;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	for (size_t i = 0; code == OUTRIDER_OK && i < outbox->n; i++) {
		const struct outbox_entry *entry = &outbox->entries[i];

		if (entry->is_parked || entry->op == OUTBOX_CREATE)
			continue;
		arena_reset(&arena);
		code = outbox_read(core, &arena, &m, entry->seq, err);
		if (code == OUTRIDER_OK)
			code = find_base(core, &arena, &base_rev, &m, err);
		if (code != OUTRIDER_OK || base_rev == m.base_rev)
			continue;
		*has_moved = true;
		m.base_rev = base_rev;
		code = outbox_rewrite(core, &m, err);
	}
	arena_free(&arena);
	/* They can have been sent as they were: a number has one content. */
	if (code == OUTRIDER_OK && *has_moved)
		code = outbox_renew(core, err);
	return code;
}

enum outrider_code outbox_forget_seen(struct outrider *core, uint32_t kind,
				      const struct uuid *id,
				      struct outrider_err *err)
{
	const struct outbox_entry *entry;
	enum outrider_code code = OUTRIDER_OK;
	struct arena arena;
	struct mutation m;
	size_t at = 0;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	while (code == OUTRIDER_OK &&
	       (entry = outbox_next(core, &at, kind, id)) != NULL) {
		arena_reset(&arena);
		code = outbox_read(core, &arena, &m, entry->seq, err);
		if (code != OUTRIDER_OK || m.old_fields.len == 0)
			continue;
		m.old_fields = (struct bytes){ NULL, 0 };
		code = outbox_rewrite(core, &m, err);
	}
	arena_free(&arena);
	return code;
}
