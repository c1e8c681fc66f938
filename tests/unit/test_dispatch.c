/*
 * dispatch: the life of a call, its gates and its waits, whatever the method.
 */
#include "app_harness.h"

#include "app/call.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int open_firm(void **state)
{
	static struct app_harness harness;

	harness_open(&harness);
	*state = &harness;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(*state);
	return 0;
}

static void get_answers(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char name[64];

	harness_put_uuid(&request, 1, &h->admin);
	reply = harness_call(h, "UserService/GetUser", h->admin_token,
			     request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	assert_int_equal(reply->n_messages, 1);
	harness_text(name, sizeof(name), reply->message, 10);
	assert_string_equal(name, "Ada Administrator");
	buffer_free(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(get_answers, open_firm,
						close_firm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
