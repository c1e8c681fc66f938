/*
 * Cards by name: text forms of every type, nested and repeated fields, and
 * edits through the public face.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "form.h"
#include "model/schema.h"
#include "phone_host.h"

struct fixture {
	struct phone phone;
	struct outrider_edit *edit;
};

static int setup(void **state)
{
	static struct fixture fixture;

	phone_ready(&fixture.phone);
	fixture.edit = NULL;
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	phone_free(&((struct fixture *)*state)->phone);
	return 0;
}

static void begin(struct fixture *f, const char *kind)
{
	assert_int_equal(outrider_edit_begin(&f->edit, f->phone.core, kind,
					     NULL, NULL),
			 OUTRIDER_OK);
}

static void set(struct fixture *f, const char *field, const char *text)
{
	struct outrider_err err;

	if (outrider_edit_set(f->edit, field, text, &err) != OUTRIDER_OK) {
		print_message("%s = %s: %s %s\n", field, text, err.field,
			      err.text);
		fail();
	}
}

static void refused(struct fixture *f, const char *field, const char *text)
{
	struct outrider_err err;

	assert_int_equal(outrider_edit_set(f->edit, field, text, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_true(err.text[0] != 0);
}

static const char *committed(struct fixture *f, const char *kind,
			     const char *field, size_t element)
{
	static char text[200];
	static uint8_t id[16];
	struct outrider_card card;
	struct outrider_err err;

	if (f->edit != NULL &&
	    outrider_edit_commit(f->edit, id, &err) != OUTRIDER_OK) {
		print_message("%s: %s\n", err.field, err.text);
		fail();
	}
	f->edit = NULL;
	assert_int_equal(outrider_card_get(f->phone.core, &card, kind, id,
					   NULL),
			 OUTRIDER_OK);
	if (outrider_card_text(text, sizeof(text), kind, card.fields, card.len,
			       field, element) < 0)
		return NULL;
	return text;
}

static void types(void **state)
{
	struct fixture *f = *state;

	begin(f, "contact");
	set(f, "family_name", "Petrov");
	set(f, "birthday", "1985-04-12");
	set(f, "has_consented", "true");
	set(f, "company_ids", "019a0000-0000-7000-8000-000000000001");
	set(f, "company_ids", "019a0000-0000-7000-8000-000000000002");
	set(f, "interests", "chess");
	set(f, "interests", "lilies");
	assert_string_equal(committed(f, "contact", "birthday", 0),
			    "1985-04-12");
	assert_string_equal(committed(f, "contact", "has_consented", 0),
			    "true");
	assert_string_equal(committed(f, "contact", "company_ids", 1),
			    "019a0000-0000-7000-8000-000000000002");
	assert_string_equal(committed(f, "contact", "company_ids", 2), "");
	assert_string_equal(committed(f, "contact", "interests", 0), "chess");
	assert_string_equal(committed(f, "contact", "position", 0), "");
	assert_null(committed(f, "contact", "nothing", 0));
	assert_null(committed(f, "contact", "position.part", 0));
	assert_null(committed(f, "contact", "phones.nothing", 0));
	assert_string_equal(committed(f, "contact", "phones.number", 7), "");

	begin(f, "place");
	set(f, "display_name", "Yard");
	set(f, "latitude", "50.0875001");
	set(f, "longitude", "-0.1");
	set(f, "radius_m", "250");
	assert_string_equal(committed(f, "place", "latitude", 0), "50.0875001");
	assert_string_equal(committed(f, "place", "longitude", 0), "-0.1");
	assert_string_equal(committed(f, "place", "radius_m", 0), "250");
	assert_string_equal(committed(f, "place", "owner_id", 0),
			    "019a0000-0000-7000-8000-0000000000aa");

	begin(f, "meeting");
	set(f, "subject", "x");
	set(f, "start_time", "2026-06-01T08:00:00Z");
	set(f, "end_time", "2026-06-01T11:00:00+02:00");
	set(f, "pin_latitude", "50");
	set(f, "pin_longitude", "14");
	set(f, "state", "MEETING_STATE_HELD");
	assert_string_equal(committed(f, "meeting", "end_time", 0),
			    "2026-06-01T09:00:00Z");
	assert_string_equal(committed(f, "meeting", "state", 0),
			    "MEETING_STATE_HELD");
}

static void parts_of_elements(void **state)
{
	struct fixture *f = *state;

	begin(f, "contact");
	set(f, "family_name", "Petrov");
	set(f, "phones.number", "+7 916 1");
	set(f, "phones.label", "work");
	set(f, "phones.number", "+7 916 2"); /* another one */
	set(f, "phones", "+7 916 3");
	set(f, "phones.label", "home");
	assert_string_equal(committed(f, "contact", "phones.number", 0),
			    "+7 916 1");
	assert_string_equal(committed(f, "contact", "phones.label", 0), "work");
	assert_string_equal(committed(f, "contact", "phones.number", 1),
			    "+7 916 2");
	assert_string_equal(committed(f, "contact", "phones.label", 1), "");
	assert_string_equal(committed(f, "contact", "phones", 2), "+7 916 3");
	assert_string_equal(committed(f, "contact", "phones.label", 2), "home");
	assert_string_equal(committed(f, "contact", "phones.number", 3), "");
}

static void what_is_refused(void **state)
{
	struct fixture *f = *state;
	struct outrider_err err;
	char long_text[202];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	begin(f, "contact");
	refused(f, "nothing", "x");
	refused(f, "id", "019a0000-0000-7000-8000-000000000001");
	refused(f, "create_time", "2026-06-01T08:00:00Z");
	refused(f, "team_id", "019a0000-0000-7000-8000-000000000001");
	refused(f, "family_name", long_text);
	refused(f, "family_name", "\xff");
	refused(f, "company_ids", "not an id");
	refused(f, "birthday", "1985-02-30");
	refused(f, "birthday", "yesterday");
	refused(f, "has_consented", "yes");
	refused(f, "phones.nothing", "x");
	/* A law of the record is asked at the end; the edit is gone then. */
	assert_int_equal(outrider_edit_commit(f->edit, NULL, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "family_name");
	assert_int_equal(phone_status(&f->phone).n_waiting, 0);

	begin(f, "place");
	refused(f, "latitude", "91");
	refused(f, "latitude", "nan");
	refused(f, "latitude", "0x1p3");
}

static void whose_edits(void **state)
{
	struct fixture *f = *state;
	struct outrider_edit *edit;
	uint8_t nobody[16] = { 1 };

	assert_int_equal(outrider_edit_begin(&edit, f->phone.core, "team", NULL,
					     NULL),
			 OUTRIDER_PERMISSION_DENIED);
	assert_null(edit);
	assert_int_equal(outrider_edit_begin(&edit, f->phone.core, "alert",
					     NULL, NULL),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(outrider_edit_begin(&edit, f->phone.core, "starship",
					     NULL, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(outrider_edit_begin(&edit, f->phone.core, "contact",
					     nobody, NULL),
			 OUTRIDER_NOT_FOUND);
	/* Locking ends it; closing too. */
	begin(f, "contact");
	outrider_lock(f->phone.core);
	assert_int_equal(outrider_edit_begin(&edit, f->phone.core, "contact",
					     NULL, NULL),
			 OUTRIDER_LOCKED);
	assert_int_equal(outrider_unlock(f->phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	begin(f, "contact");
	begin(f, "contact");
	outrider_edit_discard(f->edit);
	begin(f, "contact");
}

static void nothing_new_is_no_edit(void **state)
{
	struct fixture *f = *state;
	struct uuid id = phone_id(1);

	phone_pull_contact(&f->phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&f->phone, &id, "given_name", "Ivan");
	assert_int_equal(phone_status(&f->phone).n_waiting, 0);
	phone_edit(&f->phone, &id, "given_name", "");
	assert_int_equal(phone_status(&f->phone).n_waiting, 1);
	assert_string_equal(phone_shows(&f->phone, &id, "given_name"), "");
	assert_string_equal(phone_shows(&f->phone, &id, "family_name"),
			    "Petrov");
}

static void whole_fields(void **state)
{
	struct fixture *f = *state;
	struct message_maker fields;
	struct uuid id = phone_id(1);

	begin(f, "contact");
	maker_contact(&fields, NULL, "Ivan", "Petrov", "+7 1");
	assert_int_equal(outrider_edit_fields(f->edit, fields.bytes.at,
					      fields.bytes.len, NULL),
			 OUTRIDER_OK);
	assert_string_equal(committed(f, "contact", "phones.number", 0),
			    "+7 1");
	for (size_t len = 1; len < fields.bytes.len; len++) {
		enum outrider_code code;
		begin(f, "contact");
		code = outrider_edit_fields(f->edit, fields.bytes.at, len,
					    NULL);
		assert_true(code == OUTRIDER_OK ||
			    code == OUTRIDER_INVALID_ARGUMENT);
		outrider_edit_discard(f->edit);
	}
	f->edit = NULL;
	maker_end(&fields);
	/* What the server alone sets, and what nobody knows. */
	begin(f, "contact");
	maker_begin(&fields);
	maker_id(&fields, 7, &id);
	assert_int_equal(outrider_edit_fields(f->edit, fields.bytes.at,
					      fields.bytes.len, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	maker_end(&fields);
	maker_begin(&fields);
	maker_number(&fields, 200, 1);
	assert_int_equal(outrider_edit_fields(f->edit, fields.bytes.at,
					      fields.bytes.len, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	maker_end(&fields);
}

/* The length is told as snprintf tells it. */
static void lengths(void **state)
{
	struct fixture *f = *state;
	struct message_maker fields;
	char text[4] = "???";

	(void)f;
	maker_contact(&fields, NULL, "Ivan", NULL, NULL);
	assert_int_equal(outrider_card_text(text, sizeof(text), "contact",
					    fields.bytes.at, fields.bytes.len,
					    "given_name", 0),
			 4);
	assert_string_equal(text, "Iva");
	assert_int_equal(outrider_card_text(NULL, 0, "contact", fields.bytes.at,
					    fields.bytes.len, "given_name", 0),
			 4);
	assert_int_equal(outrider_card_text(text, sizeof(text), "contact", NULL,
					    0, "given_name", 0),
			 0);
	assert_string_equal(text, "");
	assert_int_equal(outrider_card_text(text, sizeof(text), "starship",
					    NULL, 0, "given_name", 0),
			 -1);
	maker_end(&fields);
}

/* Whatever the bytes: no read past their end (the sanitizers watch). */
static void hostile_fields(void **state)
{
	struct message_maker fields;
	char text[100];

	(void)state;
	maker_contact(&fields, NULL, "Ivan", "Petrov", "+7 1");
	for (size_t i = 0; i < fields.bytes.len * 8; i++) {
		fields.bytes.at[i / 8] ^= (uint8_t)(1U << i % 8);
		for (size_t len = 0; len <= fields.bytes.len; len++)
			(void)outrider_card_text(text, sizeof(text), "contact",
						 fields.bytes.at, len,
						 "phones.number", 0);
		fields.bytes.at[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	maker_end(&fields);
}

/* The names that hosts list are all there, and each reads. */
static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		size_t n = 0, parts = 0;
		const char *name;

		for (size_t k = 0; k < entity->message->n_fields; k++) {
			const struct field *field = &entity->message->fields[k];
			bool is_nested = field->type == FIELD_MESSAGE &&
					 strcmp(field->message->name,
						"outrider.v1.Date") != 0;
			bool is_hidden = field->flags & FIELD_IS_SYSTEM &&
					 field->number < FIELD_OWNER;
			if (!is_hidden)
				parts += is_nested ? field->message->n_fields
						   : 1;
		}
		for (; (name = outrider_field_name(entity->name, n)) != NULL;
		     n++)
			assert_int_equal(outrider_card_text(NULL, 0,
							    entity->name, NULL,
							    0, name, 0),
					 0);
		assert_int_equal(n, parts);
	}
	assert_null(outrider_field_name("starship", 0));
}

static void plans(void **state)
{
	struct fixture *f = *state;
	struct outrider_plan plan = { .subject = "Spring order" };
	struct outrider_card card;
	struct uuid place, company = phone_id(9);
	uint8_t id[16];
	char text[100];

	begin(f, "place");
	set(f, "display_name", "Yard");
	set(f, "latitude", "50.0875001");
	set(f, "longitude", "14.4213001");
	set(f, "radius_m", "250");
	set(f, "company_id", "019a0000-0000-7000-8000-000000000009");
	assert_int_equal(outrider_edit_commit(f->edit, place.at, NULL),
			 OUTRIDER_OK);
	f->edit = NULL;
	plan.start_us = f->phone.wall_us;
	plan.end_us = plan.start_us + INT64_C(1800000000);
	plan.place_id = place.at;
	assert_int_equal(outrider_plan_meeting(f->phone.core, id, &plan, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_card_get(f->phone.core, &card, "meeting", id,
					   NULL),
			 OUTRIDER_OK);
#define FIELD(name)                                                     \
	(outrider_card_text(text, sizeof(text), "meeting", card.fields, \
			    card.len, name, 0),                         \
	 text)
	assert_string_equal(FIELD("pin_latitude"), "50.0875001");
	assert_string_equal(FIELD("radius_m"), "250");
	assert_string_equal(FIELD("state"), "MEETING_STATE_PLANNED");
	assert_string_equal(FIELD("company_id"),
			    "019a0000-0000-7000-8000-000000000009");
	/* A later move of the place changes no plan. */
	phone_edit_kind(&f->phone, "place", &place, "latitude", "51");
	assert_int_equal(outrider_card_get(f->phone.core, &card, "meeting", id,
					   NULL),
			 OUTRIDER_OK);
	assert_string_equal(FIELD("pin_latitude"), "50.0875001");
	/* The same place, and nowhere; before it begins. */
	plan.place_id = company.at;
	assert_int_equal(outrider_plan_meeting(f->phone.core, id, &plan, NULL),
			 OUTRIDER_NOT_FOUND);
	plan.place_id = NULL;
	assert_int_equal(outrider_plan_meeting(f->phone.core, id, &plan, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	plan.latitude = 50;
	plan.end_us = plan.start_us;
	assert_int_equal(outrider_plan_meeting(f->phone.core, id, &plan, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(types, setup, teardown),
		cmocka_unit_test_setup_teardown(parts_of_elements, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(whose_edits, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_new_is_no_edit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(whole_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(lengths, setup, teardown),
		cmocka_unit_test(hostile_fields),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(plans, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
