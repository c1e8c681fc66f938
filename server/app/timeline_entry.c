/*
 * One entry: a record that refers to the card or to what is linked to it, or
 * a change of one of those. Decides whether the caller sees it, and writes it.
 */
#include "app/timeline_parts.h"

#include "model/wire.h"

#include <string.h>

enum {
	ENTRY_TIME = 1,
	ENTRY_KIND = 2,
	ENTRY_ID = 3,
	ENTRY_TITLE = 4,
	ENTRY_USER_ID = 5,
	ENTRY_BY_KIND = 6,
	ENTRY_BY_ID = 7,
	ENTRY_CHANGE = 8,

	CHANGE_TYPE = 1,
	CHANGE_FIELDS = 2,
	CHANGE_DEVICE_ID = 3,

	FIELD_CHANGE_PATH = 1,
	FIELD_CHANGE_OLD = 2,
	FIELD_CHANGE_NEW = 3,

	FIELD_CHANGES_MAX = 64,
	FIELD_TEXT_MAX = 400,
};

/* ChangeType of timeline.proto. */
static const uint64_t change_types[] = {
	[CHANGE_CREATE] = 1,
	[CHANGE_UPDATE] = 2,
	[CHANGE_DELETE] = 3,
	[CHANGE_UNDELETE] = 4,
};

static void put_text(struct buffer *out, uint32_t number, const char *text)
{
	wire_put_bytes(out, number, text, strlen(text));
}

static void put_uuid(struct buffer *out, uint32_t number, const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	if (uuid_is_zero(id))
		return;
	uuid_format(text, id);
	wire_put_bytes(out, number, text, UUID_TEXT_LEN);
}

static void put_timeline_text(struct buffer *out, uint32_t number,
			      struct timeline_text *text)
{
	timeline_text_end(text);
	if (text->len > 0)
		wire_put_bytes(out, number, text->at, text->len);
}

/* The card itself is nobody's "by". */
static void
put_by(struct buffer *out, const struct timeline *timeline, size_t via)
{
	const struct timeline_target *target = &timeline->targets[via];

	if (via == 0)
		return;
	put_text(out, ENTRY_BY_KIND, target->entity->name);
	put_uuid(out, ENTRY_BY_ID, &target->id);
}

/* ---------------------------------------------------------------- records */

static bool
is_card(const struct timeline *timeline, const struct timeline_step *step)
{
	const struct timeline_target *card = &timeline->targets[0];

	return step->kind == card->entity->number &&
	       uuid_compare(&step->id, &card->id) == 0;
}

static enum outrider_code write_record_entry(struct buffer *out,
					     const struct timeline *timeline,
					     const struct timeline_step *step)
{
	struct timeline_text title;
	struct row *row;
	size_t i = 0;
	enum outrider_code code;

	/* What is linked may refer to the card in its turn. */
	if (is_card(timeline, step))
		return OUTRIDER_OK;
	code = timeline_load(&row, timeline->call, schema_entity(step->kind),
			     &step->id);
	if (code != OUTRIDER_OK || !row || row->deleted_us != 0)
		return code;
	while (i < step->n_via &&
	       !timeline_refers(row, &timeline->targets[step->via[i]].id))
		i++;
	if (i == step->n_via)
		return OUTRIDER_OK;
	timeline_text_init(&title, TIMELINE_TEXT_MAX);
	timeline_text_title(&title, row);
	wire_put_timestamp(out, ENTRY_TIME, step->at_us);
	put_text(out, ENTRY_KIND, row->entity->name);
	put_uuid(out, ENTRY_ID, &row->id);
	put_timeline_text(out, ENTRY_TITLE, &title);
	put_uuid(out, ENTRY_USER_ID, &row->owner);
	put_by(out, timeline, step->via[i]);
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- changes */

/* The fields before or after, as the caller sees them. */
static enum outrider_code read_fields(struct row **out, struct app_call *call,
				      const struct entity *entity,
				      struct bytes fields)
{
	struct row *row = row_new(&call->page, entity);
	struct bytes team;
	enum outrider_code code;

	*out = row;
	if (!row)
		return err_call_full(&call->err);
	code = record_read(row, NULL, &call->page, fields, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	/* A client never says the team: record_read passes over it. */
	team = fields_find(fields, FIELD_TEAM);
	if (team.len > 0 &&
	    !uuid_parse(&row->team, (const char *)team.at, team.len))
		return err_set(&call->err, OUTRIDER_DATA_LOSS, NULL,
			       "the change log is damaged");
	return access_hide(row, &call->principal, &call->page, &call->err);
}

struct differing {
	struct buffer *out;
	struct buffer one;
	size_t n;
	struct timeline_text before, after;
};

static void begin_field(struct differing *d)
{
	timeline_text_init(&d->before, FIELD_TEXT_MAX);
	timeline_text_init(&d->after, FIELD_TEXT_MAX);
}

static void end_field(struct differing *d, const char *name)
{
	buffer_clear(&d->one);
	put_text(&d->one, FIELD_CHANGE_PATH, name);
	put_timeline_text(&d->one, FIELD_CHANGE_OLD, &d->before);
	put_timeline_text(&d->one, FIELD_CHANGE_NEW, &d->after);
	wire_put_bytes(d->out, CHANGE_FIELDS, d->one.at, d->one.len);
	d->n++;
}

static void differ_in_uuid(struct differing *d, const char *name,
			   const struct uuid *before, const struct uuid *after)
{
	if (uuid_compare(before, after) == 0)
		return;
	begin_field(d);
	timeline_text_uuid(&d->before, before);
	timeline_text_uuid(&d->after, after);
	end_field(d, name);
}

/*
 * A field that is hidden is empty on both sides by now, and custom values that
 * are hidden are gone from both: what differs still is what the caller sees.
 */
static void write_fields(struct differing *d, const struct row *before,
			 const struct row *after)
{
	const struct entity *entity = before->entity;

	differ_in_uuid(d, "owner_id", &before->owner, &after->owner);
	differ_in_uuid(d, "team_id", &before->team, &after->team);
	for (size_t i = 0; i < entity->n_fields && d->n < FIELD_CHANGES_MAX;
	     i++) {
		const struct field *field = &entity->fields[i];

		if (value_equal(field, &before->values[i], &after->values[i]))
			continue;
		begin_field(d);
		timeline_text_value(&d->before, field, &before->values[i]);
		timeline_text_value(&d->after, field, &after->values[i]);
		end_field(d, field->name);
	}
}

/* *n gets how many fields of an update the caller sees. */
static enum outrider_code
write_update(struct buffer *out, size_t *n, struct app_call *call,
	     const struct entity *entity, const struct change *change)
{
	struct differing d = { .out = out };
	struct row *before, *after;
	enum outrider_code code =
		read_fields(&before, call, entity, change->old_fields);

	if (code == OUTRIDER_OK)
		code = read_fields(&after, call, entity, change->new_fields);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&d.one, &allocator_libc, (size_t)4 * FIELD_TEXT_MAX);
	write_fields(&d, before, after);
	out->is_full |= d.one.is_full;
	buffer_free(&d.one);
	*n = d.n;
	return OUTRIDER_OK;
}

static enum outrider_code write_change_entry(struct buffer *out,
					     const struct timeline *timeline,
					     const struct timeline_step *step)
{
	struct app_call *call = timeline->call;
	const struct timeline_target *target = &timeline->targets[step->via[0]];
	struct change change;
	struct buffer said;
	size_t n_fields = 0;
	enum outrider_code code = store_change(
		call_conn(call), &change, step->rev, &call->page, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&said, &allocator_libc, out->ceiling);
	wire_put_scalar(&said, CHANGE_TYPE, change_types[change.op]);
	if (change.op == CHANGE_UPDATE)
		code = write_update(&said, &n_fields, call, target->entity,
				    &change);
	put_uuid(&said, CHANGE_DEVICE_ID, &change.author.device);
	if (code == OUTRIDER_OK &&
	    (change.op != CHANGE_UPDATE || n_fields > 0)) {
		wire_put_timestamp(out, ENTRY_TIME, change.at_us);
		put_text(out, ENTRY_KIND, target->entity->name);
		put_uuid(out, ENTRY_ID, &target->id);
		put_timeline_text(out, ENTRY_TITLE, target->title);
		put_uuid(out, ENTRY_USER_ID, &change.author.actor);
		put_by(out, timeline, step->via[0]);
		wire_put_bytes(out, ENTRY_CHANGE, said.at, said.len);
		out->is_full |= said.is_full;
	}
	buffer_free(&said);
	return code;
}

enum outrider_code timeline_write_entry(struct buffer *out,
					const struct timeline *timeline,
					const struct timeline_step *step)
{
	arena_reset(&timeline->call->page);
	return step->is_change ? write_change_entry(out, timeline, step)
			       : write_record_entry(out, timeline, step);
}
