/*
 * Mutations that come again under another incarnation: a phone was restored
 * from a backup, and its outbox with it. What was done isn't done twice.
 *
 * A change of the record by the same device with the same clock that says the
 * same is this very mutation. The clock alone doesn't tell: one that was far
 * ahead was clamped, and a phone whose wall clock stands counts on from the
 * backup's, and so gives a clock out twice. What came of it since is others'
 * work, and stays.
 */
#include "app/sync_parts.h"

#include "model/hlc.h"

/* Of one record, by one device: further back nothing is looked for. */
enum { LOOK_CHANGES = 50 };

/* The first above a revision; hlc 0: whatever the clock. */
static enum outrider_code
ask_log(struct change *out, const struct write_intent *intent,
	uint64_t above_rev, uint64_t hlc, struct store_conn *tx,
	struct arena *arena, struct outrider_err *err)
{
	const struct store_device_query asked = {
		.id = intent->id,
		.kind = intent->entity->number,
		.above_rev = above_rev,
		.device = intent->principal->device,
		.incarnation = intent->incarnation,
		.hlc = hlc,
		.op = intent->op,
	};

	return store_change_of_device(tx, out, &asked, arena, err);
}

/*
 * A clock that was far ahead was clamped when the change was written, and so
 * may be that of several mutations: what they say decides.
 */
static enum outrider_code
find_clamped(struct change *out, const struct write_intent *intent,
	     uint64_t above_rev, struct store_conn *tx, struct arena *arena,
	     struct outrider_err *err)
{
	bool is_same = false;
	enum outrider_code code = OUTRIDER_OK;

	for (int n = 0; code == OUTRIDER_OK && !is_same; n++) {
		if (n == LOOK_CHANGES)
			return err_set(err, OUTRIDER_NOT_FOUND, NULL,
				       "too far back");
		code = ask_log(out, intent, above_rev, 0, tx, arena, err);
		if (code != OUTRIDER_OK)
			break;
		above_rev = out->rev;
		if (hlc_clamp(intent->hlc, out->at_us) == out->author.hlc)
			code = sync_says_same(&is_same, out, intent, tx, arena,
					      err);
	}
	return code;
}

/* NOT_FOUND: this device has never done that. */
static enum outrider_code
find_change(struct change *out, const struct write_intent *intent,
	    struct store_conn *tx, struct arena *arena,
	    struct outrider_err *err)
{
	uint64_t above_rev = intent->op == CHANGE_CREATE ? 0 : intent->base_rev;
	bool is_same = false;
	enum outrider_code code;

	/* No clock would be any clock. */
	if (intent->hlc == 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL, "no clock");
	code = ask_log(out, intent, above_rev, intent->hlc, tx, arena, err);
	if (code == OUTRIDER_OK)
		code = sync_says_same(&is_same, out, intent, tx, arena, err);
	if (code == OUTRIDER_NOT_FOUND || (code == OUTRIDER_OK && !is_same))
		return find_clamped(out, intent, above_rev, tx, arena, err);
	return code;
}

/* It was given away since, or came to somebody else at once. */
static bool
is_anothers(const struct row *row, const struct write_intent *intent)
{
	return uuid_compare(&row->owner, &intent->values->owner) != 0;
}

/* What stands of it by now, as far as its author may know. */
static void judge(struct write_outcome *out, const struct write_intent *intent,
		  struct row *row, const struct change *done)
{
	const struct entity *entity = intent->entity;

	out->row = row;
	if (field_set_has(&intent->which, FIELD_OWNER) &&
	    is_anothers(row, intent))
		field_set_add(&out->lost, FIELD_OWNER);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!field_set_has(&intent->which, field->number) ||
		    value_equal(field, &row->values[i],
				&intent->values->values[i]))
			continue;
		field_set_add(&out->lost, field->number);
		/* Its author was asked, and the backup knows nothing of it. */
		if (field->merge == MERGE_ASK &&
		    !field_set_has(&done->changed, field->number))
			field_set_add(&out->asked, field->number);
	}
}

/*
 * It was done, at that revision, and what became of the record is told by
 * pulls: it has gone, or was deleted, or deleted and brought back.
 */
static enum outrider_code
say_done(struct write_outcome *out, const struct write_intent *intent,
	 const struct change *done, struct arena *arena,
	 struct outrider_err *err)
{
	out->row = row_new(arena, intent->entity);
	if (!out->row)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "out of the call's memory");
	out->row->id = intent->id;
	out->row->rev = done->rev;
	return OUTRIDER_OK;
}

/* What it said already when it made the record isn't said anew: others may have
 * written since. */
static enum outrider_code
keep_news(struct write_intent *intent, const struct change *made,
	  struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = intent->entity;
	const struct row *sent = intent->values;
	struct row *then = row_new(arena, entity);
	enum outrider_code code;

	if (!then)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "out of the call's memory");
	code = record_read(then, NULL, arena, made->new_fields, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < entity->n_fields; i++)
		if (value_equal(&entity->fields[i], &then->values[i],
				&sent->values[i]))
			field_set_remove(&intent->which,
					 entity->fields[i].number);
	if (uuid_compare(&then->owner, &sent->owner) == 0)
		field_set_remove(&intent->which, FIELD_OWNER);
	return OUTRIDER_OK;
}

/* It made the record, and says something else of it now. */
static enum outrider_code
make_update(struct write_intent *intent, struct store_conn *tx,
	    struct arena *arena, struct outrider_err *err)
{
	struct change made;
	enum outrider_code code = ask_log(&made, intent, 0, 0, tx, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	intent->op = CHANGE_UPDATE;
	intent->base_rev = made.rev;
	return keep_news(intent, &made, arena, err);
}

void sync_tell_rest(struct write_outcome *out,
		    const struct write_intent *intent,
		    const struct field_set *sent)
{
	const struct entity *entity = intent->entity;

	if (field_set_has(sent, FIELD_OWNER) &&
	    !field_set_has(&intent->which, FIELD_OWNER) &&
	    is_anothers(out->row, intent))
		field_set_add(&out->lost, FIELD_OWNER);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (field_set_has(sent, field->number) &&
		    !field_set_has(&intent->which, field->number) &&
		    !value_equal(field, &out->row->values[i],
				 &intent->values->values[i]))
			field_set_add(&out->lost, field->number);
	}
}

enum outrider_code sync_again(bool *is_done, struct write_outcome *out,
			      struct write_intent *intent,
			      struct store_conn *tx, struct arena *arena,
			      struct outrider_err *err)
{
	struct row *row = NULL;
	struct change done = { .rev = 0 };
	enum outrider_code code = find_change(&done, intent, tx, arena, err);

	*is_done = code == OUTRIDER_OK;
	*out = (struct write_outcome){ .row = NULL };
	if (code == OUTRIDER_NOT_FOUND && intent->op == CHANGE_CREATE)
		code = make_update(intent, tx, arena, err);
	else if (code == OUTRIDER_OK)
		code = store_get(tx, &row, intent->entity, &intent->id, arena,
				 err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK || !*is_done)
		return code;
	if (!row || row->deleted_us != 0 || intent->op == CHANGE_DELETE ||
	    !access_may_see(intent->principal, row))
		return say_done(out, intent, &done, arena, err);
	judge(out, intent, row, &done);
	return OUTRIDER_OK;
}
