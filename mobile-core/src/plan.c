/*
 * plan: a meeting put together from what the rep says and what the place's
 * card knows. Owns the defaults; the meeting itself goes the way of any edit.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit.h"
#include "fields.h"
#include "model/wire.h"

enum { PLAN_BYTES_MAX = 4096 };

/* A meeting before it is bytes. */
struct draft {
	const struct outrider_plan *plan;
	double latitude, longitude;
	int64_t radius_m;
	struct uuid company;
	bool has_company;
};

static uint32_t number_of(const char *name)
{
	const struct entity *entity = schema_entity_named("meeting", 7);

	return message_field_named(entity->message, name, strlen(name))->number;
}

static void put_id(struct buffer *out, const char *name, const uint8_t *id)
{
	char text[UUID_TEXT_LEN + 1];
	struct uuid uuid;

	if (id == NULL)
		return;
	memcpy(uuid.at, id, sizeof(uuid.at));
	uuid_format(text, &uuid);
	wire_put_bytes(out, number_of(name), text, UUID_TEXT_LEN);
}

/* The number of MEETING_STATE_PLANNED. */
static int64_t state_planned(void)
{
	const struct entity *entity = schema_entity_named("meeting", 7);
	const struct field *state =
		message_field_named(entity->message, "state", 5);

	for (size_t i = 0; i < state->values->n_values; i++)
		if (strcmp(state->values->values[i].name,
			   "MEETING_STATE_PLANNED") == 0)
			return state->values->values[i].number;
	return 0;
}

/* In ascending order of the fields' numbers. */
static void write_draft(struct buffer *out, const struct draft *draft)
{
	const struct outrider_plan *plan = draft->plan;

	wire_put_bytes(out, number_of("subject"), plan->subject,
		       strlen(plan->subject));
	wire_put_timestamp(out, number_of("start_time"), plan->start_us);
	wire_put_timestamp(out, number_of("end_time"), plan->end_us);
	put_id(out, "place_id", plan->place_id);
	wire_put_double(out, number_of("pin_latitude"), draft->latitude);
	wire_put_double(out, number_of("pin_longitude"), draft->longitude);
	wire_put_scalar(out, number_of("radius_m"), (uint64_t)draft->radius_m);
	wire_put_scalar(out, number_of("min_dwell_s"),
			(uint64_t)plan->min_dwell_s);
	put_id(out, "company_id",
	       draft->has_company ? draft->company.at : NULL);
	put_id(out, "contact_ids", plan->contact_id);
	wire_put_scalar(out, number_of("state"), (uint64_t)state_planned());
}

/* Pin, radius and company as the place has them. */
static enum outrider_code
ask_place(struct outrider *core, struct draft *draft, struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named("place", 5);
	struct bytes fields, company;
	struct shown shown;
	struct uuid id;
	enum outrider_code code;

	memcpy(id.at, draft->plan->place_id, sizeof(id.at));
	code = cards_show(core, &core->work, &shown, entity->number, &id, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, "place_id",
			       "There is no such place.");
	fields = shown.card.fields;
	draft->latitude = fields_double(entity->message, fields, "latitude");
	draft->longitude = fields_double(entity->message, fields, "longitude");
	if (draft->radius_m == 0)
		draft->radius_m =
			fields_number(entity->message, fields, "radius_m");
	if (draft->has_company)
		return OUTRIDER_OK;
	company = fields_text(entity->message, fields, "company_id");
	draft->has_company = uuid_parse(&draft->company,
					(const char *)company.at, company.len);
	return OUTRIDER_OK;
}

static enum outrider_code make(struct outrider *core, struct uuid *id,
			       const struct outrider_plan *plan,
			       struct outrider_err *err)
{
	struct draft draft = {
		.plan = plan,
		.latitude = plan->latitude,
		.longitude = plan->longitude,
		.radius_m = plan->radius_m,
		.has_company = plan->company_id != NULL,
	};
	struct outrider_edit *edit = NULL;
	struct buffer fields;
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (plan->subject == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "subject",
			       "is required");
	if (draft.has_company)
		memcpy(draft.company.at, plan->company_id,
		       sizeof(draft.company.at));
	if (plan->place_id != NULL)
		code = ask_place(core, &draft, err);
	if (code != OUTRIDER_OK)
		return code;

	buffer_init(&fields, &core->allocator, PLAN_BYTES_MAX);
	write_draft(&fields, &draft);
	if (fields.is_full)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or a subject too long.");
	if (code == OUTRIDER_OK)
		code = edit_open(&edit, core, "meeting", NULL, err);
	if (code == OUTRIDER_OK)
		code = edit_take(edit, (struct bytes){ fields.at, fields.len },
				 err);
	if (code == OUTRIDER_OK)
		code = edit_save(edit, err);
	if (code == OUTRIDER_OK)
		*id = *edit_id(edit);
	/* Where the cards were locked meanwhile, the edit is gone already. */
	if (edit != NULL && core->edits == edit)
		edit_free(edit);
	buffer_free(&fields);
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
