/*
 * record_check: laws of records, and what a record points at. A law that a
 * table can state stands in the contract; this file has the others.
 */
#include "model/record.h"

#include "model/calendar.h"
#include "model/place_pin.h"
#include "model/questions.h"
#include "model/wire.h"

#include <string.h>

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* ------------------------------------------------------- laws of the kinds */

typedef enum outrider_code
law_fn(const struct row *row, struct outrider_err *err);

/* A kind that has the law has the field: test_record.c sees to it. */
static struct value value_named(const struct row *row, const char *name)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (strcmp(entity->fields[i].name, name) == 0)
			return row->values[i];
	return (struct value){ .i = 0 };
}

static enum outrider_code
broken(struct outrider_err *err, const char *field, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field, "%s", text);
}

static enum outrider_code
meeting_law(const struct row *row, struct outrider_err *err)
{
	int64_t start_us = value_named(row, "start_time").i;
	int64_t end_us = value_named(row, "end_time").i;
	const struct pin_fields pin = {
		.latitude = value_named(row, "pin_latitude").d,
		.longitude = value_named(row, "pin_longitude").d,
		.latitude_name = "pin_latitude",
		.longitude_name = "pin_longitude",
	};
	enum outrider_code code;

	if (end_us <= start_us)
		return broken(err, "end_time",
			      "a meeting ends after it starts");
	if (end_us - start_us > DAY_US)
		return broken(err, "end_time",
			      "a meeting lasts 24 hours at most");
	if (pin.latitude == 0 && pin.longitude == 0)
		return broken(err, "pin_latitude",
			      "a meeting needs the place where it is held: "
			      "place_id, or a pin");
	code = pin_check(&pin, err);
	if (code != OUTRIDER_OK)
		return code;
	const struct place_shape shape = {
		.latitude = pin.latitude,
		.longitude = pin.longitude,
		.outline = value_named(row, "pin_outline").bytes,
		.entrances = value_named(row, "pin_entrances").bytes,
		.outline_name = "pin_outline",
		.entrances_name = "pin_entrances",
	};
	return place_shape_check(&shape, err);
}

static enum outrider_code
place_law(const struct row *row, struct outrider_err *err)
{
	const struct pin_fields pin = {
		.latitude = value_named(row, "latitude").d,
		.longitude = value_named(row, "longitude").d,
		.latitude_name = "latitude",
		.longitude_name = "longitude",
	};
	const struct place_shape shape = {
		.latitude = pin.latitude,
		.longitude = pin.longitude,
		.outline = value_named(row, "outline").bytes,
		.entrances = value_named(row, "entrances").bytes,
		.outline_name = "outline",
		.entrances_name = "entrances",
	};
	enum outrider_code code = pin_check(&pin, err);

	return code == OUTRIDER_OK ? place_shape_check(&shape, err) : code;
}

/* The number of an int32 field of a nested message. */
static int64_t number_in(struct bytes message, uint32_t number)
{
	struct wire_field field;

	return wire_find(&field, message, number) ? (int64_t)field.scalar : 0;
}

static enum outrider_code
contact_law(const struct row *row, struct outrider_err *err)
{
	enum { YEAR = 1, MONTH = 2, DAY = 3 }; /* outrider.v1.Date */
	struct bytes whole = value_named(row, "birthday").bytes;
	struct wire_reader reader = wire_read(whole);
	struct wire_field date;
	int64_t month, day;

	if (wire_next(&reader, &date) <= 0)
		return OUTRIDER_OK;
	month = number_in(date.value, MONTH);
	day = number_in(date.value, DAY);
	if (month < 1 || month > 12)
		return broken(err, "birthday.month",
			      "a date has a month of 1 to 12");
	/* Year 0 is a birthday without a year: it may be a leap one. */
	if (day < 1 ||
	    day > calendar_days_of_month(number_in(date.value, YEAR), month))
		return broken(err, "birthday.day", "the month has no such day");
	return OUTRIDER_OK;
}

/* A period has a beginning and an end; where one is open, it is none. */
static enum outrider_code
check_period(const struct row *row, struct outrider_err *err)
{
	int64_t start_us = value_named(row, "start_time").i;
	int64_t end_us = value_named(row, "end_time").i;

	if (start_us != 0 && end_us != 0 && end_us <= start_us)
		return broken(err, "end_time", "it ends after it starts");
	return OUTRIDER_OK;
}

static enum outrider_code
target_law(const struct row *row, struct outrider_err *err)
{
	struct value user = value_named(row, "user_id");
	struct value team = value_named(row, "of_team_id");

	if (value_is_set(&user) && value_is_set(&team))
		return broken(err, "of_team_id",
			      "a plan is a person's or a team's");
	return check_period(row, err);
}

static enum outrider_code
form_law(const struct row *row, struct outrider_err *err)
{
	return questions_check(value_named(row, "questions").bytes, err);
}

static const struct {
	const char *kind;
	law_fn *check;
} laws[] = {
	{ "meeting", meeting_law }, { "contact", contact_law },
	{ "price", check_period },  { "target", target_law },
	{ "form", form_law },	    { "place", place_law },
};

/* ---------------------------------------------------- laws of every record */

/* ISO 4217, as far as letters go: which of them are in use changes. */
static bool is_currency(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 'A' || text.at[i] > 'Z')
			return false;
	return text.len == 3;
}

static enum outrider_code
check_field(const struct row *row, const struct field *field,
	    const struct value *value, struct outrider_err *err)
{
	bool is_nested = field->flags & FIELD_IS_REPEATED ||
			 field->type == FIELD_MESSAGE;

	if (!value_is_set(value)) {
		if (field->flags & FIELD_IS_REQUIRED)
			return broken(err, field->name, "is required");
		return OUTRIDER_OK;
	}
	if (is_nested)
		return wire_check_occurrences(field, value->bytes, err);
	if (strcmp(field->name, "currency_code") == 0 &&
	    !is_currency(value->bytes))
		return broken(err, field->name,
			      "a currency is three capital letters, such as "
			      "EUR");
	if (field->reference == row->entity && value->bytes.len == 16 &&
	    memcmp(value->bytes.at, row->id.at, 16) == 0)
		return broken(err, field->name,
			      "a record can't refer to itself");
	return OUTRIDER_OK;
}

enum outrider_code record_check(const struct row *row, struct outrider_err *err)
{
	const struct entity *entity = row->entity;
	enum outrider_code code = OUTRIDER_OK;

	err_clear(err);
	for (size_t i = 0; !code && i < entity->n_fields; i++)
		code = check_field(row, &entity->fields[i], &row->values[i],
				   err);
	for (size_t i = 0; !code && i < sizeof(laws) / sizeof(laws[0]); i++)
		if (strcmp(laws[i].kind, entity->name) == 0)
			code = laws[i].check(row, err);
	return code;
}

/* ------------------------------------------------ what a record points at */

/* What is looked for, and whom to tell. */
struct search {
	void (*reference)(void *user, const struct field *field,
			  const struct uuid *target);
	void (*handle)(void *user, const struct field *field,
		       struct bytes text);
	void *user;
};

/* Can the field, or one of a message in it, be what is looked for? */
static bool is_wanted(const struct search *visit, const struct field *field)
{
	const struct message *inside = field->message;

	if (field->type != FIELD_MESSAGE)
		return (visit->reference && field->reference) ||
		       (visit->handle && field->handle != HANDLE_NONE);
	/* The contract has no message in itself: this ends. */
	for (size_t i = 0; i < inside->n_fields; i++)
		if (is_wanted(visit, &inside->fields[i]))
			return true;
	return false;
}

static void visit_text(const struct search *visit, const struct field *field,
		       struct bytes text)
{
	struct uuid target;

	if (visit->handle && field->handle != HANDLE_NONE && text.len > 0)
		visit->handle(visit->user, field, text);
	if (visit->reference && field->reference &&
	    uuid_parse(&target, (const char *)text.at, text.len))
		visit->reference(visit->user, field, &target);
}

/* The occurrences of a field, or of all fields of a message in it. */
static void visit_bytes(const struct search *visit,
			const struct message *message, struct bytes bytes,
			unsigned depth)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;

	while (depth <= WIRE_DEPTH_MAX && wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		if (!field || in.type != WIRE_LEN)
			continue;
		if (field->type == FIELD_MESSAGE)
			visit_bytes(visit, field->message, in.value, depth + 1);
		else
			visit_text(visit, field, in.value);
	}
}

static void visit_row(const struct search *visit, const struct row *row)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		struct bytes bytes = row->values[i].bytes;
		struct uuid target;
		if (bytes.len == 0 || !is_wanted(visit, field))
			continue;
		if (field->flags & FIELD_IS_REPEATED ||
		    field->type == FIELD_MESSAGE) {
			visit_bytes(visit, entity->message, bytes, 0);
		} else if (field->type != FIELD_UUID) {
			visit_text(visit, field, bytes);
		} else if (visit->reference && field->reference &&
			   bytes.len == sizeof(target.at)) {
			memcpy(target.at, bytes.at, sizeof(target.at));
			visit->reference(visit->user, field, &target);
		}
	}
}

void record_references(const struct row *row,
		       void (*callback)(void *user, const struct field *field,
					const struct uuid *target),
		       void *user)
{
	const struct search visit = { .reference = callback, .user = user };

	visit_row(&visit, row);
}

void record_handles(const struct row *row,
		    void (*callback)(void *user, const struct field *field,
				     struct bytes text),
		    void *user)
{
	const struct search visit = { .handle = callback, .user = user };

	visit_row(&visit, row);
}
