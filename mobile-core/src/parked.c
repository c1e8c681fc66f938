/*
 * parked: what a person does with an edit that the server refused: drop it, or
 * send it once more. Owns nothing.
 */
#include "cards.h"
#include "core.h"

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
