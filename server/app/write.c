/*
 * One record written: found, asked for, merged, settled, checked, put. Owns
 * the order of these steps. Knows no protocol; which laws there are stands
 * in app/laws.c and model/.
 */
#include "app/write.h"

#include "app/laws.h"
#include "app/parts.h"
#include "app/write_merge.h"
#include "model/hlc.h"

static enum outrider_code
no_such(const struct write_intent *intent, struct outrider_err *err)
{
	return err_set(err, OUTRIDER_NOT_FOUND, NULL, "there is no such %s",
		       intent->entity->name);
}

/* ---------------------------------------------------- what stands, and may */

/* Reads what stands and asks whether the caller may touch it. */
static enum outrider_code
find_standing(struct writing *w, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	const struct principal *who = intent->principal;
	enum outrider_code code;

	if (who && intent->entity->is_server_made &&
	    intent->op != CHANGE_UPDATE)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "only the server makes and deletes a %s",
			       intent->entity->name);
	w->old = intent->standing;
	if (!w->old) {
		code = store_get(w->tx, &w->old, intent->entity, &intent->id,
				 w->arena, err);
		if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
			return code;
	}
	if (intent->op == CHANGE_CREATE) {
		if (who)
			code = access_may_write(who, intent->entity, NULL, err);
		else
			code = OUTRIDER_OK;
		if (code == OUTRIDER_OK && w->old)
			return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
				       "this id is taken");
		return code;
	}
	if (!w->old || (who && !access_may_see(who, w->old)))
		return no_such(intent, err);
	return who ? access_may_write(who, intent->entity, w->old, err)
		   : OUTRIDER_OK;
}

static enum outrider_code
check_state(const struct writing *w, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	bool is_deleted;

	if (!w->old)
		return OUTRIDER_OK;
	is_deleted = w->old->deleted_us != 0;
	if (is_deleted && intent->op != CHANGE_UNDELETE)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this %s is deleted", intent->entity->name);
	if (!is_deleted && intent->op == CHANGE_UNDELETE)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this %s is not deleted", intent->entity->name);
	if (intent->is_exact && intent->base_rev != 0 &&
	    intent->base_rev != w->old->rev)
		return err_set(err, OUTRIDER_ABORTED, NULL,
			       "this %s was changed meanwhile: read it again",
			       intent->entity->name);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------ what it comes to */

/* Fields in which row is other than what stood before. */
static struct field_set difference(const struct row *old, const struct row *row)
{
	static const struct value unset;
	static const struct uuid nobody;
	const struct entity *entity = row->entity;
	struct field_set set = { { 0 } };

	if (uuid_compare(old ? &old->owner : &nobody, &row->owner) != 0)
		field_set_add(&set, FIELD_OWNER);
	if (uuid_compare(old ? &old->team : &nobody, &row->team) != 0)
		field_set_add(&set, FIELD_TEAM);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (!value_equal(&entity->fields[i],
				 old ? &old->values[i] : &unset,
				 &row->values[i]))
			field_set_add(&set, entity->fields[i].number);
	return set;
}

static enum outrider_code
check_immutable(const struct writing *w, struct outrider_err *err)
{
	const struct entity *entity = w->row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!(field->flags & FIELD_IS_IMMUTABLE) || !w->old ||
		    !field_set_has(&w->changed, field->number))
			continue;
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, field->name,
			       "%s is set at creation only", field->name);
	}
	return OUTRIDER_OK;
}

/* Makes row out of old and the intent; *lost are fields not as sent. */
static enum outrider_code shape(struct writing *w, struct field_set *lost,
				uint64_t hlc, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	const struct entity *entity = intent->entity;
	bool is_new = intent->op == CHANGE_CREATE;

	w->row = row_copy(w->arena, is_new ? intent->values : w->old);
	if (!w->row)
		return err_call_full(err);
	w->row->updated_us = w->now_us;
	switch (intent->op) {
	case CHANGE_CREATE:
		w->row->id = intent->id;
		w->row->team = (struct uuid){ { 0 } };
		w->row->created_us = w->now_us;
		w->row->deleted_us = 0;
		for (size_t i = 0; i < entity->n_fields; i++)
			if (!write_may_set(intent, &entity->fields[i]))
				w->row->values[i] = (struct value){ .i = 0 };
		return OUTRIDER_OK;
	case CHANGE_UPDATE:
		return write_merge(w, lost, hlc, err);
	case CHANGE_DELETE:
		w->row->deleted_us = w->now_us;
		return OUTRIDER_OK;
	case CHANGE_UNDELETE:
		w->row->deleted_us = 0;
		return OUTRIDER_OK;
	}
	return err_set(err, OUTRIDER_INTERNAL, NULL, "unknown act");
}

/*
 * A law that is younger than the record is for people to meet. The server, that
 * says something of its own about it (a verdict, a learned pin), mends nothing:
 * one such record would keep all of a phone's evidence out.
 */
static enum outrider_code
check_record(const struct writing *w, struct outrider_err *err)
{
	struct outrider_err before;
	enum outrider_code code = record_check(w->row, err);

	if (code == OUTRIDER_OK || w->intent->principal || !w->old ||
	    record_check(w->old, &before) == OUTRIDER_OK)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

static enum outrider_code settle(struct writing *w, struct outrider_err *err)
{
	bool is_buried = w->intent->op == CHANGE_DELETE;
	enum outrider_code code = is_buried ? laws_bury(w, err)
					    : laws_settle_owner(w, err);

	if (code == OUTRIDER_OK && !is_buried)
		code = laws_settle(w, err);
	if (code != OUTRIDER_OK)
		return code;
	w->changed = difference(w->old, w->row);
	if (!is_buried) {
		code = check_immutable(w, err);
		if (code == OUTRIDER_OK)
			code = check_record(w, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return laws_check(w, err);
}

/* A message in which the server has a field of its own. */
static bool has_server_part(const struct field *field)
{
	const struct message *message = field->message;

	for (size_t i = 0; message && i < message->n_fields; i++)
		if (message->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			return true;
	return false;
}

/* The fields that a caller brought; what they may not bring isn't heard. */
static struct field_set sent_fields(const struct write_intent *intent)
{
	const struct entity *entity = intent->entity;
	struct field_set sent = intent->which;

	if (intent->op == CHANGE_CREATE)
		sent = difference(NULL, intent->values);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (!write_may_set(intent, &entity->fields[i]))
			field_set_remove(&sent, entity->fields[i].number);
	return sent;
}

/*
 * Of the fields that stand otherwise than they were sent: settled gets those
 * that changed, which nobody but the server has said, and lost those in which
 * the caller said something else. Where the server only completes what was
 * sent (a line's total, a number's E.164, what the caller doesn't see of
 * `custom`), nothing is lost.
 */
static void compare_with_sent(struct writing *w, struct field_set *lost)
{
	const struct write_intent *intent = w->intent;
	const struct entity *entity = intent->entity;
	struct field_set sent;

	if (intent->op != CHANGE_CREATE && intent->op != CHANGE_UPDATE)
		return;
	sent = sent_fields(intent);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		uint32_t number = field->number;
		bool is_sent = field_set_has(&sent, number);
		bool is_as_sent = is_sent &&
				  value_equal(field, &w->row->values[i],
					      &intent->values->values[i]);

		if (field_set_has(&w->changed, number) &&
		    (!is_as_sent || field_set_has(&intent->completed, number)))
			field_set_add(&w->settled, number);
		if (is_sent && !is_as_sent && !has_server_part(field) &&
		    !(field->flags & FIELD_IS_CUSTOM))
			field_set_add(lost, number);
	}
}

/*
 * Of what was completed, what stood so already: no new revision tells a phone
 * that it doesn't stand as it was sent, so the answer has to.
 */
static void add_untold(struct field_set *lost, const struct writing *w)
{
	const struct write_intent *intent = w->intent;
	struct field_set sent;

	if (intent->op != CHANGE_UPDATE ||
	    field_set_is_empty(&intent->completed))
		return;
	sent = sent_fields(intent);
	for (size_t i = 0; i < sizeof(sent.bits) / sizeof(sent.bits[0]); i++)
		lost->bits[i] |= intent->completed.bits[i] & sent.bits[i] &
				 ~w->changed.bits[i];
}

static enum outrider_code put(struct writing *w, const struct field_set *lost,
			      uint64_t hlc, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	const struct principal *who = intent->principal;
	struct scope scopes[ACCESS_SCOPES_MAX];
	struct store_author author = {
		.incarnation = intent->incarnation,
		.seq = intent->seq,
		.hlc = hlc,
		.at_us = w->now_us,
		.is_verbatim = w->is_verbatim,
	};
	struct store_put put = {
		.op = intent->op,
		.old = w->old,
		.row = w->row,
		.changed = w->changed,
		.lost = field_set_is_empty(lost) ? NULL : intent->values,
		.lost_fields = *lost,
		.settled = w->settled,
		.scopes = scopes,
		.author = &author,
	};

	if (who) {
		author.actor = who->user;
		author.device = who->device;
	}
	if (w->row->deleted_us == 0)
		put.n_scopes = access_record_scopes(scopes, w->row);
	return store_put(w->tx, &put, err);
}

/* Of what a merge refused, the fields whose policy is to ask. */
static struct field_set
asked_fields(const struct field_set *lost, const struct entity *entity)
{
	struct field_set asked = { { 0 } };

	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].merge == MERGE_ASK &&
		    field_set_has(lost, entity->fields[i].number))
			field_set_add(&asked, entity->fields[i].number);
	return asked;
}

/* The caller sees in the answer what became of it: no history is needed. */
static bool is_answered_at_once(const struct writing *w)
{
	return w->is_verbatim && w->intent->seq == 0;
}

enum outrider_code write_record(struct write_outcome *out, struct app *app,
				struct store_conn *tx,
				const struct write_intent *intent,
				struct arena *arena, struct outrider_err *err)
{
	struct writing w = {
		.tx = tx,
		.intent = intent,
		.arena = arena,
		.app = app,
	};
	struct field_set lost = { { 0 } };
	uint64_t hlc;
	enum outrider_code code;

	*out = (struct write_outcome){ .row = NULL };
	w.now_us = app->context->wall_us(app->context->user);
	hlc = intent->hlc;
	if (hlc == 0)
		hlc = app->last_hlc = hlc_next(app->last_hlc, w.now_us);
	else
		hlc = hlc_clamp(hlc, w.now_us);
	code = find_standing(&w, err);
	if (code == OUTRIDER_OK)
		code = check_state(&w, err);
	if (code == OUTRIDER_OK)
		code = shape(&w, &lost, hlc, err);
	w.is_verbatim = field_set_is_empty(&lost);
	out->asked = asked_fields(&lost, intent->entity);
	if (code == OUTRIDER_OK)
		code = settle(&w, err);
	if (code != OUTRIDER_OK)
		return code;
	compare_with_sent(&w, &lost);
	out->lost = lost;
	add_untold(&out->lost, &w);
	if (intent->op == CHANGE_UPDATE && field_set_is_empty(&w.changed) &&
	    (field_set_is_empty(&lost) || is_answered_at_once(&w))) {
		out->row = w.old;
		return OUTRIDER_OK;
	}
	code = put(&w, &lost, hlc, err);
	if (code == OUTRIDER_OK)
		code = laws_follow(&w, err);
	if (code != OUTRIDER_OK)
		return code;
	out->row = w.row;
	out->is_changed = true;
	return OUTRIDER_OK;
}
