/*
 * Laws of records, and what a record points at.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire_parts.h"

/* --------------------------------------------------------------------- laws */

static void expect_law(const struct row *row, const char *field)
{
	struct outrider_err err;
	enum outrider_code code = record_check(row, &err);

	assert_string_equal(err.field, field);
	assert_int_equal(code,
			 field[0] ? OUTRIDER_INVALID_ARGUMENT : OUTRIDER_OK);
	assert_int_equal(err.text[0] == 0, code == OUTRIDER_OK);
}

static void laws_of_meetings(void **state)
{
	struct buffer bytes = from_hex(MEETING_HEX);
	struct arena arena;
	struct row *row;
	struct value *start, *end, *latitude, *longitude, *subject;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = read_row(&arena, "meeting", &bytes);
	start = row_value(row, 11);
	end = row_value(row, 12);
	latitude = row_value(row, 14);
	longitude = row_value(row, 15);
	subject = row_value(row, 10);
	expect_law(row, "pin_longitude"); /* forgotten */
	longitude->d = 13.4;
	expect_law(row, "");
	end->i = start->i;
	expect_law(row, "end_time");
	end->i = start->i - 1;
	expect_law(row, "end_time");
	end->i = start->i + INT64_C(86400000000);
	expect_law(row, "");
	end->i++;
	expect_law(row, "end_time");
	end->i = 0;
	expect_law(row, "end_time");
	end->i = start->i + 1;
	latitude->d = 0;
	expect_law(row, "pin_latitude"); /* forgotten */
	longitude->d = 0;
	expect_law(row, "pin_latitude"); /* no pin at all */
	latitude->d = longitude->d = 1e-7;
	expect_law(row, "");
	subject->bytes.len = 0;
	expect_law(row, "subject");
	arena_free(&arena);
}

static void laws_of_places(void **state)
{
	static const struct {
		double latitude, longitude;
		const char *field;
	} pins[] = {
		{ 0, 0, "" }, /* none */
		{ 50.45, 30.52, "" },
		{ -33.9, -180, "" },
		{ 50.45, 0, "longitude" },
		{ 0, 30.52, "latitude" },
		{ 90, 30.52, "latitude" },
		{ -90, 30.52, "latitude" },
		{ 91, 30.52, "latitude" },
		{ 50.45, 180.1, "longitude" },
		{ NAN, 30.52, "latitude" },
		{ 50.45, NAN, "longitude" },
		{ INFINITY, 30.52, "latitude" },
		{ NAN, 0, "latitude" },
	};
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		struct buffer bytes = new_buffer();

		put_text(&bytes, 10, "Yard");
		row = read_row(&arena, "place", &bytes);
		row_value(row, 13)->d = pins[i].latitude;
		row_value(row, 14)->d = pins[i].longitude;
		expect_law(row, pins[i].field);
	}
	arena_free(&arena);
}

static void expect_birthday(const char *hex, const char *field)
{
	struct buffer bytes = from_hex("5a0442657267");
	struct buffer date = from_hex(hex);
	struct arena arena;

	put_nested(&bytes, 18, &date);
	arena_init(&arena, &allocator_libc, 1 << 20);
	expect_law(read_row(&arena, "contact", &bytes), field);
	arena_free(&arena);
}

static void laws_of_birthdays(void **state)
{
	(void)state;
	expect_birthday("", "");
	expect_birthday("08c40f1002181d", ""); /* 29 February 1988 */
	expect_birthday("1002181d", "");       /* of an unknown year */
	expect_birthday("08c50f1002181d", "birthday.day"); /* 1989 */
	expect_birthday("08ec0e1002181d", "birthday.day"); /* 1900 */
	expect_birthday("08d00f1002181d", "");		   /* 2000 */
	expect_birthday("1004181f", "birthday.day");	   /* 31 April */
	expect_birthday("100c181f", "");
	expect_birthday("100c", "birthday.day");
	expect_birthday("1801", "birthday.month");
	expect_birthday("100d1801", "birthday.month");
}

static void laws_of_every_record(void **state)
{
	struct buffer bytes = new_buffer(), part = new_buffer();
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	expect_law(row_new(&arena, kind_of("contact")), "family_name");
	expect_law(row_new(&arena, kind_of("user")), "display_name");
	put_text(&bytes, 10, "Anna");
	put_text(&bytes, 11, "anna");
	row = read_row(&arena, "user", &bytes);
	expect_law(row, "rank");
	row_value(row, 12)->i = RANK_REP;
	expect_law(row, "");
	/* A required field inside. */
	put_text(&bytes, 11, "Berg");
	put_phone(&bytes, 15, "1", NULL);
	put_text(&part, 2, "work");
	put_nested(&bytes, 15, &part);
	expect_law(read_row(&arena, "contact", &bytes), "phones[1].number");
	/* More than the contract allows, as two merged sets may be. */
	put_text(&bytes, 11, "Berg");
	for (char tag[] = "0"; tag[0] <= '0' + 50; tag[0]++)
		put_text(&bytes, 21, tag);
	expect_law(read_row(&arena, "contact", &bytes), "interests");
	/* A record that refers to itself. */
	put_text(&bytes, 1, ID_A);
	put_text(&bytes, 10, "Shop");
	put_text(&bytes, 17, ID_A);
	row = read_row(&arena, "company", &bytes);
	expect_law(row, "parent_id");
	row->id.at[0]++;
	expect_law(row, "");
	arena_free(&arena);
}

/* A law that names a field which the contract no longer has would be silent. */
static void currencies_have_three_capitals(void **state)
{
	static const struct {
		const char *code;
		bool is_sound;
	} cases[] = {
		{ "EUR", true }, { "", true },	    { "eur", false },
		{ "EU", false }, { "EURO", false }, { "E1R", false },
	};
	const struct entity *deal = kind_of("deal");
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 16);
	row = row_new(&arena, deal);
	for (size_t i = 0; i < deal->n_fields; i++)
		if (deal->fields[i].flags & FIELD_IS_REQUIRED)
			row->values[i].bytes = (struct bytes){
				.at = (const uint8_t *)"0123456789abcdef",
				.len = 16,
			};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct field *field =
			message_field_named(deal->message, "currency_code", 13);

		row_value(row, field->number)->bytes = (struct bytes){
			.at = (const uint8_t *)cases[i].code,
			.len = strlen(cases[i].code),
		};
		expect_law(row, cases[i].is_sound ? "" : "currency_code");
	}
	arena_free(&arena);
}

static void fields_of_the_laws_exist(void **state)
{
	static const char *const names[] = { "start_time", "end_time",
					     "pin_latitude", "pin_longitude" };
	const struct message *meeting = kind_of("meeting")->message;
	const struct field *birthday =
		message_field_named(kind_of("contact")->message, "birthday", 8);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_non_null(message_field_named(meeting, names[i],
						    strlen(names[i])));
	assert_string_equal(birthday->message->fields[0].name, "year");
	assert_string_equal(birthday->message->fields[1].name, "month");
	assert_string_equal(birthday->message->fields[2].name, "day");
}

/* --------------------------------------------------------------- pointed at */

struct seen {
	char text[400];
};

static void
see_reference(void *user, const struct field *field, const struct uuid *target)
{
	struct seen *seen = user;
	char text[UUID_TEXT_LEN + 1];
	size_t len = strlen(seen->text);

	uuid_format(text, target);
	snprintf(seen->text + len, sizeof(seen->text) - len, "%s %s\n",
		 field->name, text + 30);
}

static void see_handle(void *user, const struct field *field, struct bytes text)
{
	struct seen *seen = user;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s %.*s\n",
		 field->name, (int)text.len, (const char *)text.at);
}

static void what_a_record_points_at(void **state)
{
	struct buffer bytes = from_hex(CONTACT_HEX), part = new_buffer();
	struct seen seen = { "" };
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	put_text(&part, 1, "telegram");
	put_text(&part, 2, "@anna");
	put_nested(&bytes, 17, &part);
	row = read_row(&arena, "contact", &bytes);
	record_references(row, see_reference, &seen);
	assert_string_equal(seen.text, "company_ids 07398f\n");
	seen.text[0] = 0;
	record_handles(row, see_handle, &seen);
	assert_string_equal(seen.text, "number +49 30 1234567\n"
				       "number +49 170 7654321\n"
				       "account @anna\n");
	put_text(&bytes, 13, ID_B);
	put_text(&bytes, 20, ID_C);
	put_text(&bytes, 20, ID_A);
	row = read_row(&arena, "meeting", &bytes);
	seen.text[0] = 0;
	record_references(row, see_reference, &seen);
	assert_string_equal(seen.text, "place_id 073990\n"
				       "participant_ids 07398f\n"
				       "participant_ids 073991\n");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laws_of_meetings),
		cmocka_unit_test(laws_of_places),
		cmocka_unit_test(laws_of_birthdays),
		cmocka_unit_test(laws_of_every_record),
		cmocka_unit_test(currencies_have_three_capitals),
		cmocka_unit_test(fields_of_the_laws_exist),
		cmocka_unit_test(what_a_record_points_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
