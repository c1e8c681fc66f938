/*
 * upcoming: which cards come up, and when. The questions are remind.c's.
 */
#include "upcoming.h"

#include <string.h>

#include "fields.h"
#include "model/calendar.h"
#include "model/wire.h"

static struct upcoming_item *item_at(const struct upcoming *upcoming, size_t i)
{
	return (struct upcoming_item *)upcoming->items.at + i;
}

/* Next steps: of whatever kind has them, meetings, calls, leads, deals. */
static enum upcoming_type type_of(const struct entity *entity)
{
	if (strcmp(entity->name, "contact") == 0)
		return UPCOMING_BIRTHDAY;
	if (strcmp(entity->name, "task") == 0)
		return UPCOMING_TASK;
	return message_field_named(entity->message, "next_step_time", 14) !=
			       NULL
		       ? UPCOMING_STEP
		       : UPCOMING_NONE;
}

static struct upcoming_birthday birthday_of(const struct message *contact)
{
	const struct field *field = message_field_named(contact, "birthday", 8);

	return (struct upcoming_birthday){
		.number = field->number,
		.year = message_field_named(field->message, "year", 4)->number,
		.month =
			message_field_named(field->message, "month", 5)->number,
		.day = message_field_named(field->message, "day", 3)->number,
	};
}

void upcoming_init(struct upcoming *upcoming, const struct allocator *allocator)
{
	const struct entity *contact = schema_entity_named("contact", 7);

	for (size_t i = 0; i < schema_n_entities; i++)
		upcoming->types[schema_entities[i]->number] =
			(uint8_t)type_of(schema_entities[i]);
	upcoming->birthday = birthday_of(contact->message);
	locked_init(&upcoming->items, allocator, sizeof(struct upcoming_item));
	idmap_init(&upcoming->map, allocator);
}

void upcoming_wipe(struct upcoming *upcoming)
{
	locked_wipe(&upcoming->items);
	idmap_free(&upcoming->map);
}

/* ------------------------------------------------------------ from a card */

static bool read_birthday(struct upcoming_item *out,
			  const struct upcoming_birthday *birthday,
			  struct bytes fields)
{
	struct wire_reader reader;
	struct wire_field in;
	int64_t year = 0, month = 0, day = 0;

	if (!wire_find(&in, fields, birthday->number) || in.type != WIRE_LEN)
		return false;
	reader = wire_read(in.value);
	while (wire_next(&reader, &in) > 0) {
		if (in.number == birthday->year)
			year = (int64_t)in.scalar;
		else if (in.number == birthday->month)
			month = (int64_t)in.scalar;
		else if (in.number == birthday->day)
			day = (int64_t)in.scalar;
	}
	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > calendar_days_of_month(year, month))
		return false;
	out->year = (uint16_t)year;
	out->month = (uint16_t)month;
	out->day = (uint16_t)day;
	return true;
}

/* States behind which nothing is to be done any more. */
static bool is_over(const struct message *message, struct bytes fields)
{
	static const char *const over[] = {
		"TASK_STATE_DONE",  "TASK_STATE_CANCELLED",
		"DEAL_STATE_WON",   "DEAL_STATE_LOST",
		"LEAD_STATUS_LOST", "LEAD_STATUS_CONVERTED",
	};
	const char *state = fields_enum(message, fields, "state");
	const char *status = fields_enum(message, fields, "status");

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (strcmp(state, over[i]) == 0 || strcmp(status, over[i]) == 0)
			return true;
	return false;
}

static bool read_task(struct upcoming_item *out, const struct message *message,
		      struct bytes fields)
{
	out->due_us = fields_time(message, fields, "due_time");
	return !is_over(message, fields);
}

static bool read_step(struct upcoming_item *out, const struct message *message,
		      struct bytes fields)
{
	out->due_us = fields_time(message, fields, "next_step_time");
	return out->due_us != 0 &&
	       fields_text(message, fields, "next_step").len > 0 &&
	       !is_over(message, fields);
}

static bool read_item(const struct upcoming *upcoming,
		      struct upcoming_item *out, const struct uuid *me,
		      const struct entity *entity, struct bytes fields)
{
	out->type = (enum upcoming_type)upcoming->types[entity->number];
	switch (out->type) {
	case UPCOMING_BIRTHDAY:
		return read_birthday(out, &upcoming->birthday, fields);
	case UPCOMING_TASK:
		return fields_refer_to(entity->message, fields, "owner_id",
				       me) &&
		       read_task(out, entity->message, fields);
	case UPCOMING_STEP:
		return fields_refer_to(entity->message, fields, "owner_id",
				       me) &&
		       read_step(out, entity->message, fields);
	case UPCOMING_NONE:
		break;
	}
	return false;
}

/* ---------------------------------------------------------------- the list */

static void
forget(struct upcoming *upcoming, uint32_t kind, const struct uuid *id)
{
	const uint32_t *found = idmap_get(&upcoming->map, kind, id);
	const size_t last = upcoming->items.n - 1;
	uint32_t i;

	if (found == NULL)
		return;
	i = *found;
	idmap_remove(&upcoming->map, kind, id);
	if (i != last) {
		const struct upcoming_item *moved = item_at(upcoming, last);
		*item_at(upcoming, i) = *moved;
		/* Is there already: takes no memory. */
		(void)idmap_put(&upcoming->map, moved->kind, &moved->id, i);
	}
	locked_cut(&upcoming->items, last);
}

enum outrider_code
upcoming_follow(struct upcoming *upcoming, const struct uuid *me,
		const struct entity *entity, const struct uuid *id, bool exists,
		struct bytes fields, struct outrider_err *err)
{
	struct upcoming_item item = { .id = *id, .kind = entity->number };

	forget(upcoming, entity->number, id);
	if (!exists || !read_item(upcoming, &item, me, entity, fields))
		return OUTRIDER_OK;
	if (!locked_append(&upcoming->items, &item))
		goto no_memory;
	if (idmap_put(&upcoming->map, item.kind, id,
		      (uint32_t)upcoming->items.n - 1))
		return OUTRIDER_OK;
	locked_cut(&upcoming->items, upcoming->items.n - 1);
no_memory:
	return err_no_memory(err);
}
