/*
 * One record written: found, asked for, merged, settled, checked, put. Owns
 * the order of these steps. Knows no protocol; which laws there are stands
 * in app/laws.c and model/.
 */
#include "app/write.h"

#include "app/kinds.h"
#include "app/laws.h"
#include "app/moves.h"
#include "app/parts.h"
#include "app/teams.h"
#include "model/hlc.h"
#include "store/identity.h"

#include <string.h>

/* How far back a set's base is looked for; further, sets are united. */
#define HISTORY_MAX 100

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "out of the call's memory");
}

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
	code = store_get(w->tx, &w->old, intent->entity, &intent->id, w->arena,
			 err);
	if (code == OUTRIDER_NOT_FOUND)
		w->old = NULL;
	else if (code != OUTRIDER_OK)
		return code;
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

/* ------------------------------------------------------------------ merge */

static bool
may_set(const struct write_intent *intent, const struct field *field)
{
	return !intent->principal || !(field->flags & FIELD_IS_OUTPUT_ONLY);
}

/* The fields of the intent that a write may bring; others are passed over. */
static struct field_set writable(const struct write_intent *intent)
{
	const struct entity *entity = intent->entity;
	struct field_set set = { { 0 } };

	if (field_set_has(&intent->which, FIELD_OWNER))
		field_set_add(&set, FIELD_OWNER);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(&intent->which, entity->fields[i].number) &&
		    may_set(intent, &entity->fields[i]))
			field_set_add(&set, entity->fields[i].number);
	return set;
}

struct clock_of_fields {
	struct writing *w;
	uint64_t rev, hlc; /* the entry asked for last */
	struct outrider_err err;
};

static uint64_t frev_of(const struct row *row, uint32_t number)
{
	size_t i = kind_index(row->entity, number);

	return i < row->entity->n_fields ? row->frev[i] : row->frev_owner;
}

/* The clock of the write that stands in a field, out of the change log. */
static uint64_t standing_hlc(void *user, uint32_t number)
{
	struct clock_of_fields *clock = user;
	uint64_t rev = frev_of(clock->w->old, number);
	struct change change;
	enum outrider_code code;

	if (rev == clock->rev)
		return clock->hlc;
	code = store_change(clock->w->tx, &change, rev, clock->w->arena,
			    &clock->err);
	/* Forgotten history: what stands is older than anything remembered. */
	if (code == OUTRIDER_NOT_FOUND)
		err_clear(&clock->err);
	clock->rev = rev;
	clock->hlc = code == OUTRIDER_OK ? change.author.hlc : 0;
	return clock->hlc;
}

/* What the same outbox wrote before, and stands in the log as it was sent. */
static bool
is_own(const struct write_intent *intent, const struct change *change)
{
	const struct store_author *by = &change->author;

	return by->is_verbatim && by->seq > 0 && by->seq < intent->seq &&
	       uuid_compare(&by->device, &intent->principal->device) == 0 &&
	       uuid_compare(&by->incarnation, &intent->incarnation) == 0;
}

static void add_all(struct field_set *set, const struct field_set *more)
{
	for (size_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		set->bits[i] |= more->bits[i];
}

/* Puts a row's fields, but for those kept, back to before a change. */
static enum outrider_code undo(struct row *row, const struct change *change,
			       const struct field_set *kept,
			       struct arena *arena, struct outrider_err *err)
{
	struct row *before = row_new(arena, row->entity);
	enum outrider_code code;

	if (!before)
		return no_memory(err);
	code = record_read(before, NULL, arena, change->old_fields, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < row->entity->n_fields; i++)
		if (field_set_has(&change->changed,
				  row->entity->fields[i].number) &&
		    !field_set_has(kept, row->entity->fields[i].number))
			row->values[i] = before->values[i];
	return OUTRIDER_OK;
}

static bool needs_base(const struct writing *w, const struct field_set *which,
		       uint64_t base_rev)
{
	const struct entity *entity = w->old->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].merge == MERGE_SET &&
		    field_set_has(which, entity->fields[i].number) &&
		    w->old->frev[i] > base_rev)
			return true;
	return false;
}

/*
 * The record as its author saw it: as it was at base_rev, and with what they
 * wrote upon that. NULL where history doesn't reach it.
 */
static enum outrider_code row_at(const struct row **out, struct writing *w,
				 uint64_t base_rev, struct outrider_err *err)
{
	struct row *row = row_copy(w->arena, w->old);
	struct field_set own = { { 0 } };
	struct change *changes;
	size_t n;
	enum outrider_code code;

	*out = NULL;
	if (!row)
		return no_memory(err);
	const struct store_history_query asked = {
		.id = w->old->id,
		.kind = w->old->entity->number,
		.limit = HISTORY_MAX,
	};
	code = store_history(w->tx, &changes, &n, &asked, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < n; i++) {
		if (changes[i].rev <= base_rev) {
			*out = row;
			return OUTRIDER_OK;
		}
		if (is_own(w->intent, &changes[i]))
			add_all(&own, &changes[i].changed);
		code = undo(row, &changes[i], &own, w->arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

static enum outrider_code merge(struct writing *w, struct field_set *lost,
				uint64_t hlc, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	struct clock_of_fields clock = { .w = w };
	struct merge_patch patch = {
		.values = intent->values,
		.which = writable(intent),
		.base_rev = intent->base_rev,
		.hlc = hlc,
	};
	struct field_set changed;
	enum outrider_code code;

	if (patch.base_rev == 0 || patch.base_rev > w->old->rev)
		patch.base_rev = w->old->rev;
	if (needs_base(w, &patch.which, patch.base_rev)) {
		code = row_at(&patch.base, w, patch.base_rev, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	code = merge_apply(w->row, &changed, lost, w->arena, &patch,
			   standing_hlc, &clock, err);
	if (code == OUTRIDER_OK && clock.err.code != OUTRIDER_OK) {
		*err = clock.err;
		return clock.err.code;
	}
	return code;
}

/* ------------------------------------------------------ what it comes to */

static void default_values(struct row *row)
{
	static const struct {
		uint32_t kind, field;
		int64_t value;
	} defaults[] = {
		{ KIND_MEETING, MEETING_STATE, MEETING_STATE_PLANNED },
		{ KIND_ALERT, ALERT_FIELD_STATE, ALERT_STATE_OPEN },
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		struct value *value;

		if (row->entity->number != defaults[i].kind)
			continue;
		value = kind_value(row, defaults[i].field);
		if (value->i == 0)
			value->i = defaults[i].value;
	}
}

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
		return no_memory(err);
	w->row->updated_us = w->now_us;
	switch (intent->op) {
	case CHANGE_CREATE:
		w->row->id = intent->id;
		w->row->team = (struct uuid){ { 0 } };
		w->row->created_us = w->now_us;
		w->row->deleted_us = 0;
		for (size_t i = 0; i < entity->n_fields; i++)
			if (!may_set(intent, &entity->fields[i]))
				w->row->values[i] = (struct value){ .i = 0 };
		return OUTRIDER_OK;
	case CHANGE_UPDATE:
		return merge(w, lost, hlc, err);
	case CHANGE_DELETE:
		w->row->deleted_us = w->now_us;
		return OUTRIDER_OK;
	case CHANGE_UNDELETE:
		w->row->deleted_us = 0;
		return OUTRIDER_OK;
	}
	return err_set(err, OUTRIDER_INTERNAL, NULL, "unknown act");
}

/* A new team that names none above it stands below the root. */
static enum outrider_code
default_parent(struct writing *w, struct outrider_err *err)
{
	struct value *parent;
	struct uuid root;
	enum outrider_code code;

	if (w->row->entity->number != KIND_TEAM ||
	    w->intent->op != CHANGE_CREATE)
		return OUTRIDER_OK;
	parent = kind_value(w->row, TEAM_PARENT);
	if (value_is_set(parent))
		return OUTRIDER_OK;
	code = team_root(&root, w->tx, w->arena, err);
	if (code != OUTRIDER_OK || uuid_is_zero(&root))
		return code;
	parent->bytes = arena_copy(w->arena, root.at, sizeof(root.at));
	if (!parent->bytes.at)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "a write needs more memory than a call has");
	return OUTRIDER_OK;
}

static enum outrider_code settle(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code;

	if (w->intent->op != CHANGE_DELETE) {
		default_values(w->row);
		code = default_parent(w, err);
		if (code != OUTRIDER_OK)
			return code;
		code = laws_settle_owner(w, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	w->changed = difference(w->old, w->row);
	if (w->intent->op != CHANGE_DELETE) {
		code = check_immutable(w, err);
		if (code == OUTRIDER_OK)
			code = record_check(w->row, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return laws_check(w, err);
}

/*
 * Every own field that changed was sent, and stands as it was. Owner and team
 * are settled here, whoever wrote: a pull tells them in any case.
 */
static bool is_verbatim(const struct writing *w, const struct field_set *lost)
{
	const struct write_intent *intent = w->intent;
	struct field_set sent = intent->which;

	if (intent->op == CHANGE_CREATE)
		sent = difference(NULL, intent->values);
	field_set_add(&sent, FIELD_OWNER);
	field_set_add(&sent, FIELD_TEAM);
	if (!field_set_is_empty(lost))
		return false;
	for (size_t i = 0; i < sizeof(sent.bits) / sizeof(sent.bits[0]); i++)
		if (w->changed.bits[i] & ~sent.bits[i])
			return false;
	return true;
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
		.is_verbatim = is_verbatim(w, lost),
	};
	struct store_put put = {
		.op = intent->op,
		.old = w->old,
		.row = w->row,
		.changed = w->changed,
		.lost = field_set_is_empty(lost) ? NULL : intent->values,
		.lost_fields = *lost,
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

/*
 * Who comes back signs in anew: no session waits for them. Their devices do
 * wait: a vault is enrolled once, and what it has not sent would be lost.
 */
static enum outrider_code
forget_sessions(const struct writing *w, struct outrider_err *err)
{
	if (!kind_user_is_active(w->old) || kind_user_is_active(w->row))
		return OUTRIDER_OK;
	return identity_tokens_delete_of(w->tx, &w->row->id, NULL, err);
}

/*
 * What a write of people brings with it: what workers remember is stale, who
 * leaves is signed out, and who works in another team takes their
 * records along.
 */
static enum outrider_code
follow(const struct writing *w, struct app *app, struct outrider_err *err)
{
	enum outrider_code code;

	if (w->row->entity->number == KIND_USER ||
	    w->row->entity->number == KIND_TEAM)
		atomic_store(&app->people_rev, w->row->rev);
	if (w->row->entity->number != KIND_USER || !w->old)
		return OUTRIDER_OK;
	code = forget_sessions(w, err);
	if (code != OUTRIDER_OK ||
	    !field_set_has(&w->changed, USER_MEMBER_OF_TEAM))
		return code;
	return moves_add(app->moves, w->tx, &w->row->id, err);
}

enum outrider_code write_record(struct write_outcome *out, struct app *app,
				struct store_conn *tx,
				const struct write_intent *intent,
				struct arena *arena, struct outrider_err *err)
{
	struct writing w = { .tx = tx, .intent = intent, .arena = arena };
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
	if (code == OUTRIDER_OK)
		code = settle(&w, err);
	if (code != OUTRIDER_OK)
		return code;
	out->lost = lost;
	if (intent->op == CHANGE_UPDATE && field_set_is_empty(&w.changed) &&
	    field_set_is_empty(&lost)) {
		out->row = w.old;
		return OUTRIDER_OK;
	}
	code = put(&w, &lost, hlc, err);
	if (code == OUTRIDER_OK)
		code = follow(&w, app, err);
	if (code != OUTRIDER_OK)
		return code;
	out->row = w.row;
	out->is_changed = true;
	return OUTRIDER_OK;
}
