/*
 * Error records: always defined, never overrun, and the codes' table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/err.h"

static void says_what_it_was_told(void **state)
{
	struct outrider_err err;

	(void)state;
	memset(&err, 0xee, sizeof(err));
	assert_int_equal(err_set(&err, OUTRIDER_NOT_FOUND, "contact.id",
				 "no contact %d", 7),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(err.code, OUTRIDER_NOT_FOUND);
	assert_string_equal(err.field, "contact.id");
	assert_string_equal(err.text, "no contact 7");
	err_clear(&err);
	assert_int_equal(err.code, OUTRIDER_OK);
	assert_string_equal(err.field, "");
	assert_string_equal(err.text, "");
}

static void cuts_what_is_too_long(void **state)
{
	char text[1000];
	struct outrider_err err;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	(void)err_set(&err, OUTRIDER_INTERNAL, text, "%s", text);
	assert_int_equal(strlen(err.field), sizeof(err.field) - 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, OUTRIDER_BUSY, NULL, "x"),
			 OUTRIDER_BUSY);
	err_clear(NULL);
}

static void codes_are_those_of_grpc(void **state)
{
	(void)state;
	for (int status = 0; status <= 16; status++)
		assert_int_equal(
			code_grpc_status(code_from_grpc_status(status)),
			status);
	assert_int_equal(code_from_grpc_status(9),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(code_from_grpc_status(17), OUTRIDER_UNKNOWN);
	assert_int_equal(code_from_grpc_status(-1), OUTRIDER_UNKNOWN);
	assert_int_equal(code_grpc_status(OUTRIDER_LOCKED), 9);
	assert_string_equal(code_name(OUTRIDER_UNAVAILABLE), "UNAVAILABLE");
	assert_string_equal(code_text(OUTRIDER_WRONG_PIN), "wrong PIN");
	assert_true(code_is_retryable(OUTRIDER_UNAVAILABLE));
	assert_false(code_is_retryable(OUTRIDER_INVALID_ARGUMENT));
	assert_string_equal(code_name((enum outrider_code)999), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_was_told),
		cmocka_unit_test(cuts_what_is_too_long),
		cmocka_unit_test(nobody_needs_to_listen),
		cmocka_unit_test(codes_are_those_of_grpc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
