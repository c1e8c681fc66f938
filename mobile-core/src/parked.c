/*
 * parked: the outbox as the host sees it: what waits, and of what the server
 * refused why, in a person's words, and the ways on: drop it, send it once
 * more, or change it first. Owns nothing but the words.
 */
#include <stdio.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"

/* ------------------------------------------------------------------ words */

static const struct {
	enum outrider_code code;
	const char *words;
} words[] = {
	{ OUTRIDER_INVALID_ARGUMENT, "Something in it can't be so" },
	{ OUTRIDER_NOT_FOUND,
	  "The card, or one that it names, is gone or not yours to see" },
	{ OUTRIDER_ALREADY_EXISTS, "There is such a one already" },
	{ OUTRIDER_PERMISSION_DENIED, "You may not do this" },
	{ OUTRIDER_FAILED_PRECONDITION,
	  "The card is in a state that doesn't allow it" },
	{ OUTRIDER_OUT_OF_RANGE, "A value is out of its bounds" },
	{ OUTRIDER_UNIMPLEMENTED,
	  "The server doesn't know this yet: send it again when it is newer" },
};

/* Our words for the code and the server's own behind them, ended by NUL. */
static struct bytes
say_reason(struct arena *arena, enum outrider_code code, struct bytes servers)
{
	const char *own = "The server refused it";
	char text[640];
	int len;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].code == code)
			own = words[i].words;
	/* The server's is at most 500 bytes; utf-8 was checked. */
	len = snprintf(text, sizeof(text), "%s%s%.*s", own,
		       servers.len > 0 ? ": " : ".",
		       servers.len > 500 ? 500 : (int)servers.len,
		       servers.len > 0 ? (const char *)servers.at : "");
	return arena_copy(arena, text, (size_t)len);
}

/* ------------------------------------------------------------------- list */

static enum outrider_code show(struct outrider *core, bool *goes_on,
			       uint64_t seq, outrider_outgoing_fn *callback,
			       void *user, struct outrider_err *err)
{
	static const char *const ops[] = {
		[OUTBOX_CREATE] = "create",
		[OUTBOX_UPDATE] = "update",
		[OUTBOX_DELETE] = "delete",
	};
	const struct entity *entity;
	struct outrider_outgoing out;
	struct mutation m;
	struct bytes field, reason = { (const uint8_t *)"", 0 };
	enum outrider_code code;

	arena_reset(&core->lent);
	code = outbox_read(core, &core->lent, &m, seq, err);
	if (code != OUTRIDER_OK)
		return code;
	field = arena_copy(&core->lent, m.field_path.at, m.field_path.len);
	if (m.is_parked)
		reason = say_reason(&core->lent, m.code, m.reason);
	if (field.at == NULL || reason.at == NULL)
		return err_no_memory(err);
	entity = schema_entity(m.kind);
	out = (struct outrider_outgoing){
		.seq = m.seq,
		.kind = entity != NULL ? entity->name : "",
		.op = ops[m.op],
		.edited_us = m.edited_us,
		.is_parked = m.is_parked,
		.reason = (const char *)reason.at,
		.field = (const char *)field.at,
		.code = m.code,
	};
	memcpy(out.id, m.id.at, sizeof(out.id));
	/* The card that it is upon, or would be, is in sight. */
	out.can_edit = m.is_parked && m.op != OUTBOX_DELETE && entity != NULL &&
		       find_has(&core->find, m.kind, &m.id);
	*goes_on = callback(user, &out);
	return OUTRIDER_OK;
}

enum outrider_code outrider_outbox(struct outrider *core,
				   outrider_outgoing_fn *callback, void *user,
				   struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);
	bool goes_on = true;

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < core->outbox.n;
	     i++)
		code = show(core, &goes_on, core->outbox.entries[i].seq,
			    callback, user, err);
	core_leave(core);
	return code;
}

/* ------------------------------------------------------------------- ways */

/* The parked mutation of that number, in the work arena. */
static enum outrider_code find_parked(struct outrider *core,
				      struct mutation *out, uint64_t seq,
				      struct outrider_err *err)
{
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = outbox_read(core, &core->work, out, seq, err);
	if (code == OUTRIDER_NOT_FOUND)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no edit of that number.");
	if (code == OUTRIDER_OK && !out->is_parked)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "The edit waits to be sent.");
	return code;
}

/* As it was, with a new number, upon the card as it is now. */
static enum outrider_code append_again(struct outrider *core,
				       struct mutation *m,
				       struct outrider_err *err)
{
	struct card card = { .rev = 0 };
	enum outrider_code code =
		cards_read(core, &core->work, &card, m->kind, &m->id, err);

	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	m->is_parked = false;
	m->base_rev = card.rev;
	return outbox_append(core, m, err);
}

static enum outrider_code settle(struct outrider *core, struct mutation *m,
				 bool again, struct outrider_err *err)
{
	enum outrider_code code = outbox_remove(core, m->seq, err);

	if (code == OUTRIDER_OK && again)
		code = append_again(core, m, err);
	if (code == OUTRIDER_OK)
		code = cards_changed(core, m->kind, &m->id, err);
	if (code == OUTRIDER_OK)
		code = agenda_set_windows(core, err);
	return code;
}

static enum outrider_code
run(struct outrider *core, uint64_t seq, bool again, struct outrider_err *err)
{
	struct mutation mutation = { .seq = 0 };
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = find_parked(core, &mutation, seq, err);
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, settle(core, &mutation, again, err),
				   err);
	core_leave(core);
	return code;
}

enum outrider_code outrider_outbox_discard(struct outrider *core, uint64_t seq,
					   struct outrider_err *err)
{
	return run(core, seq, false, err);
}

enum outrider_code outrider_outbox_retry(struct outrider *core, uint64_t seq,
					 struct outrider_err *err)
{
	return run(core, seq, true, err);
}

static enum outrider_code open_edit(struct outrider *core,
				    struct outrider_edit **out, uint64_t seq,
				    struct outrider_err *err)
{
	const struct entity *entity;
	struct mutation m = { .seq = 0 };
	enum outrider_code code = find_parked(core, &m, seq, err);

	if (code != OUTRIDER_OK)
		return code;
	entity = schema_entity(m.kind);
	if (m.op == OUTBOX_DELETE || entity == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "There is nothing in it to be changed.");
	code = edit_open(out, core, entity->name, &m.id, err);
	if (code != OUTRIDER_OK)
		return code;
	(*out)->replaces = seq;
	/* A refused new card is shown with all that was written on it. */
	if (!(*out)->is_new)
		code = edit_patch(*out, m.fields, &m.cleared, err);
	if (code != OUTRIDER_OK) {
		edit_free(*out);
		*out = NULL;
	}
	return code;
}

enum outrider_code outrider_outbox_edit(struct outrider *core, uint64_t seq,
					struct outrider_edit **out,
					struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	*out = NULL;
	if (code != OUTRIDER_OK)
		return code;
	code = open_edit(core, out, seq, err);
	core_leave(core);
	return code;
}
