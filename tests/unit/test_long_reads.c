/*
 * Searches that no index serves, on one worker with a thread for what reads
 * much: the worker is free at once, others are answered before, a caller has
 * few at a time and each has a turn. Run it under the thread sanitizer too.
 */
#include "app/parts.h"
#include "model/wire.h"
#include "thread_firm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* So few steps that a thousand records are much, and enough for them. */
#define STEPS INT64_C(640000)

enum {
	CONTACTS = 1000,
	FAMILY_NAME = 11,
	LIST_FILTER = 4,
	LIST_CONTACTS = 1,
	LIST_IS_SCAN = 3,
};

static const char create_contacts[] =
	"/outrider.v1.ContactService/BatchCreateContacts";
static const char list_contacts[] = "/outrider.v1.ContactService/ListContacts";
static const char create_user[] = "/outrider.v1.UserService/CreateUser";
static const char slow[] = "position != \"a\" AND NOT family_name = \"C*\"";

struct long_test {
	struct thread_firm firm;
	struct app_worker *worker;
	char ben_token[TOKEN_TEXT_LEN + 1];
};

/* ------------------------------------------------------------------- a gate */

/*
 * Whoever asks what time it is on another thread than the test's waits here
 * while it is shut: a long read does before it begins.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t opens;
	bool is_shut;
	pthread_t outside;
	int64_t (*mono_us)(void *user);
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.opens = PTHREAD_COND_INITIALIZER,
};

static int64_t mono_at_gate(void *user)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.is_shut && !pthread_equal(pthread_self(), gate.outside))
		pthread_cond_wait(&gate.opens, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return gate.mono_us(user);
}

static void shut_gate(bool is_shut)
{
	pthread_mutex_lock(&gate.lock);
	gate.is_shut = is_shut;
	pthread_cond_broadcast(&gate.opens);
	pthread_mutex_unlock(&gate.lock);
}

/* -------------------------------------------------------------------- calls */

struct asked {
	struct bell bell;
	struct app_call *call;
	enum app_progress progress;
	struct bytes message;
	struct app_status status;
};

static void take_on(struct asked *asked)
{
	asked->progress =
		app_call_next(asked->call, &asked->message, &asked->status);
}

static void ask(struct asked *asked, struct long_test *t, const char *token,
		const char *path, const struct buffer *request)
{
	bell_init(&asked->bell, &t->firm);
	asked->call = bell_begin(t->worker, &asked->bell, token, path, request);
	take_on(asked);
}

static void ask_list(struct asked *asked, struct long_test *t,
		     const char *token, const char *filter)
{
	struct buffer request;

	buffer_init(&request, &allocator_libc, 1024);
	wire_put_bytes(&request, LIST_FILTER, filter, strlen(filter));
	ask(asked, t, token, list_contacts, &request);
	buffer_free(&request);
}

static void wait_for(struct asked *asked)
{
	while (asked->progress == APP_WAIT) {
		bell_wait(&asked->bell);
		take_on(asked);
	}
}

static void end(struct asked *asked)
{
	bell_end(asked->call, &asked->bell);
}

/* A page that a scan found: nothing fits, and all was read. */
static void expect_scanned(struct asked *asked)
{
	struct wire_field field;

	assert_int_equal(asked->progress, APP_MESSAGE);
	assert_true(wire_find(&field, asked->message, LIST_IS_SCAN));
	assert_false(wire_find(&field, asked->message, LIST_CONTACTS));
}

static void expect_answered(struct long_test *t, const char *token)
{
	struct asked asked;
	struct wire_field field;

	ask_list(&asked, t, token, "");
	assert_int_equal(asked.progress, APP_MESSAGE);
	assert_true(wire_find(&field, asked.message, LIST_CONTACTS));
	end(&asked);
}

/* --------------------------------------------------------------------- firm */

static void add_contacts(struct long_test *t)
{
	struct buffer contact, one, all;
	struct asked asked;

	buffer_init(&contact, &allocator_libc, 256);
	buffer_init(&one, &allocator_libc, 256);
	buffer_init(&all, &allocator_libc, 1 << 20);
	wire_put_bytes(&contact, FAMILY_NAME, "Cedar", 5);
	wire_put_bytes(&one, 1, contact.at, contact.len);
	for (int i = 0; i < CONTACTS; i++)
		wire_put_bytes(&all, 1, one.at, one.len);
	ask(&asked, t, t->firm.token, create_contacts, &all);
	wait_for(&asked);
	if (asked.progress != APP_MESSAGE)
		fail_msg("%s", asked.status.text);
	end(&asked);
	buffer_free(&contact);
	buffer_free(&one);
	buffer_free(&all);
}

/* Another administrator, who sees as much. */
static void add_ben(struct long_test *t)
{
	struct buffer user, request;
	struct wire_field id;
	struct uuid ben;
	struct asked asked;

	buffer_init(&user, &allocator_libc, 256);
	buffer_init(&request, &allocator_libc, 256);
	wire_put_bytes(&user, 10, "Ben", 3);
	wire_put_bytes(&user, 11, "ben", 3);
	wire_put_scalar(&user, 12, 3);
	wire_put_bytes(&request, 1, user.at, user.len);
	ask(&asked, t, t->firm.token, create_user, &request);
	wait_for(&asked);
	if (asked.progress != APP_MESSAGE)
		fail_msg("%s", asked.status.text);
	assert_true(wire_find(&id, asked.message, FIELD_ID));
	assert_true(uuid_parse(&ben, (const char *)id.value.at, id.value.len));
	end(&asked);
	buffer_free(&user);
	buffer_free(&request);
	thread_firm_token(t->ben_token, &t->firm, &ben, NULL);
}

static int open_firm(void **state)
{
	static struct long_test test;
	struct outrider_err err;

	memset(&test, 0, sizeof(test));
	thread_firm_open(&test.firm, STEPS);
	assert_int_equal(app_worker_open(&test.worker, test.firm.app, &err),
			 OUTRIDER_OK);
	add_contacts(&test);
	add_ben(&test);
	gate.outside = pthread_self();
	gate.mono_us = test.firm.context.mono_us;
	test.firm.context.mono_us = mono_at_gate;
	assert_int_equal(app_open_long_reads(test.firm.app, 1, &err),
			 OUTRIDER_OK);
	*state = &test;
	return 0;
}

static int close_firm(void **state)
{
	struct long_test *t = *state;

	shut_gate(false);
	app_worker_close(t->worker);
	app_close_long_reads(t->firm.app);
	assert_int_equal(atomic_load(&t->firm.n_late_wakes), 0);
	thread_firm_close(&t->firm);
	return 0;
}

/* -------------------------------------------------------------------- tests */

static void others_are_answered_meanwhile(void **state)
{
	struct long_test *t = *state;
	struct asked scan;

	shut_gate(true);
	ask_list(&scan, t, t->firm.token, slow);
	assert_int_equal(scan.progress, APP_WAIT);
	expect_answered(t, t->firm.token);
	expect_answered(t, t->ben_token);
	shut_gate(false);
	wait_for(&scan);
	expect_scanned(&scan);
	end(&scan);
	/* What takes little is done at once. */
	ask_list(&scan, t, t->firm.token, "position = \"a\" AND id = \"\"");
	assert_int_equal(scan.progress, APP_MESSAGE);
	end(&scan);
}

static void a_caller_has_few_at_once(void **state)
{
	struct long_test *t = *state;
	struct asked scans[LONG_READS_OF_CALLER], more, bens;

	shut_gate(true);
	for (size_t i = 0; i < LONG_READS_OF_CALLER; i++) {
		ask_list(&scans[i], t, t->firm.token, slow);
		assert_int_equal(scans[i].progress, APP_WAIT);
	}
	ask_list(&more, t, t->firm.token, slow);
	assert_int_equal(more.progress, APP_END);
	assert_int_equal(more.status.code, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_true(more.status.details.len > 0);
	end(&more);
	expect_answered(t, t->firm.token);
	/* Another caller has as many, */
	ask_list(&bens, t, t->ben_token, slow);
	assert_int_equal(bens.progress, APP_WAIT);
	shut_gate(false);
	for (size_t i = 0; i < LONG_READS_OF_CALLER; i++) {
		wait_for(&scans[i]);
		expect_scanned(&scans[i]);
		end(&scans[i]);
	}
	wait_for(&bens);
	expect_scanned(&bens);
	end(&bens);
	/* and whose are done may have as many again. */
	ask_list(&more, t, t->firm.token, slow);
	wait_for(&more);
	expect_scanned(&more);
	end(&more);
}

enum { READS = 6 };

/* Turns, as the thread took them. */
static struct {
	const struct app_call *at[READS];
	size_t n;
} turns;

static enum outrider_code take_turn(struct app_call *call)
{
	const struct context *context = call->app->context;

	(void)context->mono_us(context->user);
	turns.at[turns.n++] = call;
	return OUTRIDER_OK;
}

static void turn_done(struct app_call *call, enum outrider_code code)
{
	(void)call;
	(void)code;
}

/* The first one is held; then each caller's first is before the second of
 * any. */
static void each_caller_has_a_turn(void **state)
{
	static const uint8_t callers[READS] = { 1, 1, 1, 2, 3, 2 };
	static const size_t order[READS] = { 0, 3, 4, 1, 5, 2 };
	struct long_test *t = *state;
	struct app_call calls[READS] = { 0 };
	struct long_read reads[READS];
	struct long_reads *line;
	struct outrider_err err;

	turns.n = 0;
	assert_int_equal(long_reads_open(&line, t->firm.app, 1, &err),
			 OUTRIDER_OK);
	shut_gate(true);
	for (size_t i = 0; i < READS; i++) {
		calls[i].app = t->firm.app;
		calls[i].principal.user.at[0] = callers[i];
		reads[i] = (struct long_read){ .call = &calls[i],
					       .run = take_turn,
					       .done = turn_done };
		assert_int_equal(long_reads_submit(line, &reads[i], &err),
				 OUTRIDER_OK);
		assert_true(long_reads_has(line, &calls[i].principal.user));
	}
	shut_gate(false);
	long_reads_close(line);
	assert_int_equal(turns.n, READS);
	for (size_t i = 0; i < READS; i++)
		assert_ptr_equal(turns.at[i], &calls[order[i]]);
}

static void who_leaves_is_passed_over(void **state)
{
	struct long_test *t = *state;
	struct asked first, second, third;

	shut_gate(true);
	ask_list(&first, t, t->firm.token, slow);
	ask_list(&second, t, t->firm.token, slow);
	ask_list(&third, t, t->ben_token, slow);
	assert_int_equal(third.progress, APP_WAIT);
	/* With a word, and without one. */
	app_call_cancel(first.call);
	wait_for(&first);
	assert_int_equal(first.progress, APP_END);
	assert_int_equal(first.status.code, OUTRIDER_CANCELLED);
	end(&first);
	end(&second);
	shut_gate(false);
	wait_for(&third);
	expect_scanned(&third);
	end(&third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_answered_meanwhile),
		cmocka_unit_test(a_caller_has_few_at_once),
		cmocka_unit_test(each_caller_has_a_turn),
		cmocka_unit_test(who_leaves_is_passed_over),
	};

	return cmocka_run_group_tests(tests, open_firm, close_firm);
}
