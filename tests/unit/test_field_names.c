/*
 * What hosts are told of the fields of a kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outrider.h"

static void every_path_has_a_form(void **state)
{
	size_t n_kinds = 0;
	const char *kind, *path;

	(void)state;
	for (; (kind = outrider_kind_name(n_kinds)) != NULL; n_kinds++) {
		bool is_any_written = false;

		for (size_t i = 0; (path = outrider_field_name(kind, i)); i++) {
			const enum outrider_field_type type =
				outrider_field_type(kind, path);

			/* Bytes have no text: a file's hash. */
			if (strcmp(path, "content_hash") != 0)
				assert_int_not_equal(type, OUTRIDER_FIELD_NONE);
			if (type == OUTRIDER_FIELD_CHOICE)
				assert_non_null(
					outrider_field_choice(kind, path, 0));
			else
				assert_null(
					outrider_field_choice(kind, path, 0));
			if (type != OUTRIDER_FIELD_REFERENCE)
				assert_null(
					outrider_field_reference(kind, path));
			if (outrider_field_is_written(kind, path))
				is_any_written = true;
		}
		assert_true(is_any_written);
	}
	assert_true(n_kinds > 30);
}

static void types(void **state)
{
	static const struct {
		const char *kind, *path;
		enum outrider_field_type type;
		bool is_written;
	} known[] = {
		{ "contact", "family_name", OUTRIDER_FIELD_TEXT, true },
		{ "contact", "birthday", OUTRIDER_FIELD_DATE, true },
		{ "contact", "phones.number", OUTRIDER_FIELD_TEXT, true },
		{ "contact", "company_ids", OUTRIDER_FIELD_REFERENCE, true },
		{ "contact", "phones", OUTRIDER_FIELD_NONE, true },
		{ "place", "latitude", OUTRIDER_FIELD_NUMBER, true },
		{ "meeting", "start_time", OUTRIDER_FIELD_TIME, true },
		{ "meeting", "verdict", OUTRIDER_FIELD_CHOICE, false },
		{ "meeting", "has_no_next_step", OUTRIDER_FIELD_BOOL, true },
		{ "meeting", "nonsense", OUTRIDER_FIELD_NONE, false },
		{ "contact", "phones.nonsense", OUTRIDER_FIELD_NONE, false },
		{ "contact", "family_name.x", OUTRIDER_FIELD_NONE, false },
		{ "contact", "", OUTRIDER_FIELD_NONE, false },
		{ "contact", "id", OUTRIDER_FIELD_REFERENCE, false },
		{ "nonsense", "id", OUTRIDER_FIELD_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(outrider_field_type(known[i].kind,
						     known[i].path),
				 known[i].type);
		assert_int_equal(outrider_field_is_written(known[i].kind,
							   known[i].path),
				 known[i].is_written);
	}
}

static void choices(void **state)
{
	size_t n = 0;

	(void)state;
	assert_string_equal(outrider_field_choice("call", "direction", 0),
			    "CALL_DIRECTION_IN");
	while (outrider_field_choice("call", "direction", n) != NULL)
		n++;
	assert_int_equal(n, 2);
	assert_null(outrider_field_choice("call", "nonsense", 0));
}

static void references(void **state)
{
	(void)state;
	assert_string_equal(outrider_field_reference("meeting", "contact_ids"),
			    "contact");
	assert_string_equal(outrider_field_reference("contact", "owner_id"),
			    "user");
	assert_string_equal(outrider_field_reference("order",
						     "lines.product_id"),
			    "product");
	assert_null(outrider_field_reference("contact", "family_name"));
	assert_null(outrider_field_reference("contact", "no.such"));
	assert_null(outrider_field_reference("nonsense", "owner_id"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_has_a_form),
		cmocka_unit_test(types),
		cmocka_unit_test(choices),
		cmocka_unit_test(references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
