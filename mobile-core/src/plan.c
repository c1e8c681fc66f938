/*
 * plan: see plan.h; fields are copied as they stand on the wire.
 */
#include "plan.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "fields.h"
#include "model/place_pin.h"
#include "model/wire.h"

enum { PLAN_BYTES_MAX = 16 * 1024 };

static const struct message *message_of(const char *kind)
{
	return schema_entity_named(kind, strlen(kind))->message;
}

static uint32_t number_of(const char *name)
{
	return message_field_named(message_of("meeting"), name, strlen(name))
		->number;
}

/* ---------------------------------------------------------------- places */

/* The points of a repeated field; returns how many there are, of which at most
 * max are written: too many are no outline. */
static size_t read_points(struct meeting_point *out, size_t max,
			  const struct message *message, struct bytes fields,
			  const char *name)
{
	const struct field *field =
		message_field_named(message, name, strlen(name));
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;
	size_t n = 0;

	while (wire_next(&reader, &in) > 0) {
		if (in.number != field->number || in.type != WIRE_LEN)
			continue;
		if (n < max)
			out[n] = (struct meeting_point){
				fields_double(field->message, in.value,
					      "latitude"),
				fields_double(field->message, in.value,
					      "longitude"),
			};
		n++;
	}
	return n <= max ? n : 0;
}

void plan_read_area(struct meeting_fields *out, const struct message *message,
		    struct bytes fields, const char *outline,
		    const char *entrances)
{
	out->n_outline = read_points(out->outline, AREA_CORNERS_MAX, message,
				     fields, outline);
	out->n_entrances = read_points(out->entrances, AREA_ENTRANCES_MAX,
				       message, fields, entrances);
}

void plan_read_place(struct meeting_fields *out, struct bytes fields)
{
	const struct message *place = message_of("place");
	struct place_fields known = {
		.latitude = fields_double(place, fields, "latitude"),
		.longitude = fields_double(place, fields, "longitude"),
		.radius_m = fields_number(place, fields, "radius_m"),
		.learned_latitude =
			fields_double(place, fields, "learned_latitude"),
		.learned_longitude =
			fields_double(place, fields, "learned_longitude"),
		.learned_radius_m =
			fields_number(place, fields, "learned_radius_m"),
		.is_pin_fixed = fields_number(place, fields, "is_pin_fixed") !=
				0,
	};
	struct place_pin pin;

	*out = (struct meeting_fields){ .start_us = 0 };
	plan_read_area(out, place, fields, "outline", "entrances");
	known.has_shape = out->n_outline > 0 || out->n_entrances > 0;
	place_pin_of(&pin, &known);
	out->pin_latitude = pin.latitude;
	out->pin_longitude = pin.longitude;
	out->radius_m = pin.radius_m;
}

enum outrider_code
plan_take_place(struct outrider *core, struct plan_draft *draft,
		const struct uuid *place, struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named("place", 5);
	struct meeting_fields known;
	struct bytes company;
	struct shown shown;
	enum outrider_code code;

	code = cards_show(core, &core->work, &shown, entity->number, place,
			  err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, "place_id",
			       "There is no such place.");
	draft->place = *place;
	draft->place_fields = shown.card.fields;
	plan_read_place(&known, shown.card.fields);
	draft->latitude = known.pin_latitude;
	draft->longitude = known.pin_longitude;
	if (draft->radius_m == 0)
		draft->radius_m = known.radius_m;
	if (!uuid_is_zero(&draft->company))
		return OUTRIDER_OK;
	company = fields_text(entity->message, shown.card.fields, "company_id");
	if (!uuid_parse(&draft->company, (const char *)company.at, company.len))
		draft->company = (struct uuid){ { 0 } };
	return OUTRIDER_OK;
}

/* -------------------------------------------------------------- the bytes */

static void put_id(struct buffer *out, const char *name, const uint8_t *id)
{
	char text[UUID_TEXT_LEN + 1];
	struct uuid uuid;

	memcpy(uuid.at, id, sizeof(uuid.at));
	if (uuid_is_zero(&uuid))
		return;
	uuid_format(text, &uuid);
	wire_put_bytes(out, number_of(name), text, UUID_TEXT_LEN);
}

/* A field of texts or messages, from another message's bytes. */
static void put_copies(struct buffer *out, const char *name, struct bytes from,
		       const struct message *message, const char *from_name)
{
	const uint32_t number =
		message_field_named(message, from_name, strlen(from_name))
			->number;
	struct wire_reader reader = wire_read(from);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.number == number && in.type == WIRE_LEN)
			wire_put_bytes(out, number_of(name), in.value.at,
				       in.value.len);
}

/* The same of the meeting before. */
static void
put_like(struct buffer *out, const struct plan_draft *draft, const char *name)
{
	put_copies(out, name, draft->like, message_of("meeting"), name);
}

static void put_shape(struct buffer *out, const struct plan_draft *draft,
		      const char *name, const char *of_place)
{
	if (draft->place_fields.len > 0)
		put_copies(out, name, draft->place_fields, message_of("place"),
			   of_place);
	else
		put_like(out, draft, name);
}

/* The number of MEETING_STATE_PLANNED. */
static int64_t state_planned(void)
{
	const struct field *state =
		message_field_named(message_of("meeting"), "state", 5);
	const struct enum_value *planned =
		enum_value_named(state->values, "PLANNED", 7);

	return planned != NULL ? planned->number : 0;
}

/* In ascending order of the fields' numbers. */
static void write_draft(struct buffer *out, const struct plan_draft *draft)
{
	wire_put_bytes(out, number_of("subject"), draft->subject,
		       strlen(draft->subject));
	wire_put_timestamp(out, number_of("start_time"), draft->start_us);
	wire_put_timestamp(out, number_of("end_time"), draft->end_us);
	put_id(out, "place_id", draft->place.at);
	wire_put_double(out, number_of("pin_latitude"), draft->latitude);
	wire_put_double(out, number_of("pin_longitude"), draft->longitude);
	wire_put_scalar(out, number_of("radius_m"), (uint64_t)draft->radius_m);
	wire_put_scalar(out, number_of("min_dwell_s"),
			(uint64_t)draft->min_dwell_s);
	put_id(out, "company_id", draft->company.at);
	if (draft->contact_id != NULL)
		put_id(out, "contact_ids", draft->contact_id);
	put_like(out, draft, "contact_ids");
	put_like(out, draft, "participant_ids");
	wire_put_scalar(out, number_of("state"), (uint64_t)state_planned());
	put_like(out, draft, "lead_id");
	put_like(out, draft, "deal_id");
	put_shape(out, draft, "pin_outline", "outline");
	put_shape(out, draft, "pin_entrances", "entrances");
	if (draft->is_unplanned)
		wire_put_scalar(out, number_of("is_unplanned"), 1);
}

enum outrider_code plan_open(struct outrider_edit **out, struct outrider *core,
			     const struct plan_draft *draft,
			     struct outrider_err *err)
{
	struct buffer fields;
	enum outrider_code code = OUTRIDER_OK;

	*out = NULL;
	if (draft->subject == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "subject",
			       "is required");
	buffer_init(&fields, &core->allocator, PLAN_BYTES_MAX);
	write_draft(&fields, draft);
	if (fields.is_full)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or a subject too long.");
	if (code == OUTRIDER_OK)
		code = edit_open(out, core, "meeting", NULL, err);
	if (code == OUTRIDER_OK)
		code = edit_take(*out, (struct bytes){ fields.at, fields.len },
				 err);
	if (code != OUTRIDER_OK && *out != NULL) {
		edit_free(*out);
		*out = NULL;
	}
	buffer_free(&fields);
	return code;
}

/* --------------------------------------------------------------- outrider.h */

static enum outrider_code make(struct outrider *core, struct uuid *id,
			       const struct outrider_plan *plan,
			       struct outrider_err *err)
{
	struct plan_draft draft = {
		.subject = plan->subject,
		.start_us = plan->start_us,
		.end_us = plan->end_us,
		.latitude = plan->latitude,
		.longitude = plan->longitude,
		.radius_m = plan->radius_m,
		.min_dwell_s = plan->min_dwell_s,
		.contact_id = plan->contact_id,
	};
	struct outrider_edit *edit = NULL;
	struct uuid place;
	enum outrider_code code = core_want_cards(core, err);

	if (plan->company_id != NULL)
		memcpy(draft.company.at, plan->company_id,
		       sizeof(draft.company.at));
	if (code == OUTRIDER_OK && plan->place_id != NULL) {
		memcpy(place.at, plan->place_id, sizeof(place.at));
		code = plan_take_place(core, &draft, &place, err);
	}
	if (code == OUTRIDER_OK)
		code = plan_open(&edit, core, &draft, err);
	if (code == OUTRIDER_OK)
		code = edit_save(edit, err);
	if (code == OUTRIDER_OK)
		*id = *edit_id(edit);
	/* Where the cards were locked meanwhile, the edit is gone already. */
	if (edit != NULL && core->edits == edit)
		edit_free(edit);
	return code;
}

enum outrider_code outrider_plan_meeting(struct outrider *core,
					 uint8_t id_out[16],
					 const struct outrider_plan *plan,
					 struct outrider_err *err)
{
	struct uuid id = { { 0 } };
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = make(core, &id, plan, err);
	if (code == OUTRIDER_OK && id_out != NULL)
		memcpy(id_out, id.at, sizeof(id.at));
	core_leave(core);
	return code;
}
