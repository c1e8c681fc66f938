/*
 * Mutations that come again under another incarnation: a phone was restored
 * from a backup, and its outbox with it. What was done isn't done twice.
 *
 * A device's clock never says the same twice, so a change of the record by the
 * same device with the same clock is this very mutation. What came of it since
 * is others' work, and stays.
 */
#include "app/sync_parts.h"

/* NOT_FOUND: this device has never done that. */
static enum outrider_code
find_change(struct change *out, const struct write_intent *intent, uint64_t hlc,
	    struct store_conn *tx, struct arena *arena,
	    struct outrider_err *err)
{
	const struct store_device_query asked = {
		.id = intent->id,
		.kind = intent->entity->number,
		.above_rev = intent->op == CHANGE_CREATE ? 0 : intent->base_rev,
		.device = intent->principal->device,
		.incarnation = intent->incarnation,
		.hlc = hlc,
		.op = intent->op,
	};

	return store_change_of_device(tx, out, &asked, arena, err);
}

/* What stands of it by now. */
static void judge(struct write_outcome *out, const struct write_intent *intent,
		  struct row *row, const struct change *done)
{
	const struct entity *entity = intent->entity;

	*out = (struct write_outcome){ .row = row };
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

static enum outrider_code
refuse_delete(const struct write_intent *intent, struct outrider_err *err)
{
	return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
		       "this phone deleted the %s before, and somebody has "
		       "brought it back since",
		       intent->entity->name);
}

/* It made the record, and says something else of it now. */
static enum outrider_code
make_update(struct write_intent *intent, struct store_conn *tx,
	    struct arena *arena, struct outrider_err *err)
{
	struct change made;
	enum outrider_code code = find_change(&made, intent, 0, tx, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	intent->op = CHANGE_UPDATE;
	intent->base_rev = made.rev;
	return OUTRIDER_OK;
}

enum outrider_code sync_again(bool *is_done, struct write_outcome *out,
			      struct write_intent *intent,
			      struct store_conn *tx, struct arena *arena,
			      struct outrider_err *err)
{
	struct row *row;
	struct change done;
	enum outrider_code code;

	*is_done = false;
	code = store_get(tx, &row, intent->entity, &intent->id, arena, err);
	/* No clock would be any clock. */
	if (code == OUTRIDER_OK && intent->hlc == 0)
		return OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		code = find_change(&done, intent, intent->hlc, tx, arena, err);
	if (code == OUTRIDER_OK && intent->op == CHANGE_DELETE)
		return row->deleted_us == 0 ? refuse_delete(intent, err)
					    : OUTRIDER_OK;
	if (code == OUTRIDER_OK && row->deleted_us == 0 &&
	    access_may_see(intent->principal, row)) {
		*is_done = true;
		judge(out, intent, row, &done);
		return OUTRIDER_OK;
	}
	/* Gone, or out of sight: write_record says so of an update. */
	if ((code == OUTRIDER_OK || code == OUTRIDER_NOT_FOUND) &&
	    intent->op == CHANGE_CREATE)
		code = make_update(intent, tx, arena, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}
