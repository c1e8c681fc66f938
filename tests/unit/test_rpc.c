/*
 * rpc/ against an app of this test's own, over real sockets: one call's life
 * in all its ways, cancellation, back-pressure, health, reflection, drain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rpc/rpc.h"
#include "rpc_app.h"
#include "rpc_client.h"

#include <stdio.h>
#include <time.h>

/* --------------------------------------------------------------- the bench */

static int64_t mono_us(void *user)
{
	struct timespec now;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void log_nothing(void *user, enum log_level level, const char *event,
			const char *fields)
{
	(void)user;
	(void)level;
	(void)event;
	(void)fields;
}

void context_log(const struct context *context, enum log_level level,
		 const char *event, const char *format, ...)
{
	context->log(context->user, level, event, format);
}

struct bench {
	struct app app;
	struct context context;
	struct rpc_server *server;
	struct client_channel via;
};

static int bench_open(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct rpc_config config = {
		.context = &bench->context,
		.app = &bench->app,
		.listen = "127.0.0.1:0",
		.workers = 2,
		.logs_calls = true,
	};
	struct outrider_err err;

	bench->context = (struct context){ .mono_us = mono_us,
					   .wall_us = mono_us,
					   .log = log_nothing };
	pthread_mutex_init(&bench->app.lock, NULL);
	pthread_cond_init(&bench->app.on_change, NULL);
	assert_int_equal(rpc_open(&bench->server, &config, &err), OUTRIDER_OK);
	client_connect(&bench->via, rpc_port(bench->server));
	*state = bench;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *bench = *state;

	client_disconnect(&bench->via);
	rpc_close(bench->server);
	assert_int_equal(atomic_load(&bench->app.n_open), 0);
	pthread_mutex_destroy(&bench->app.lock);
	pthread_cond_destroy(&bench->app.on_change);
	free(bench);
	return 0;
}

static grpc_status_code client_unary(struct client *c, struct bench *bench,
				     const char *path, const char *message)
{
	client_begin(c, &bench->via, path, -1);
	client_send(c, message, strlen(message));
	client_half_close(c);
	client_read(c);
	return client_end(c);
}

static void assert_still_answers(struct bench *bench)
{
	struct client c;

	assert_int_equal(client_unary(&c, bench, "/test.v1.Test/Echo", "well"),
			 GRPC_STATUS_OK);
	assert_int_equal(c.got_len, 4);
	assert_memory_equal(c.got_at, "well", 4);
}

/* ------------------------------------------------------------------- tests */

static void unary_answers(void **state)
{
	struct bench *bench = *state;
	struct client c;

	for (int i = 0; i < 200; i++)
		assert_still_answers(bench);
	assert_int_equal(client_unary(&c, bench, "/test.v1.Test/Echo", ""),
			 GRPC_STATUS_OK);
	assert_int_equal(c.got_len, 0);
}

static void an_error_has_its_details(void **state)
{
	static const uint8_t details[] = { 8, 9, 0, 255 };
	struct client c;

	assert_int_equal(client_unary(&c, *state, "/test.v1.Test/Fail", "x"),
			 GRPC_STATUS_NOT_FOUND);
	assert_int_equal(c.details_len, sizeof(details));
	assert_memory_equal(c.details, details, sizeof(details));
}

static void an_unknown_method_is_answered(void **state)
{
	struct bench *bench = *state;
	struct client c;

	assert_int_equal(client_unary(&c, bench, "/test.v1.Test/Nil", "x"),
			 GRPC_STATUS_UNIMPLEMENTED);
	assert_still_answers(bench);
}

static void a_wrong_number_of_messages_is_refused(void **state)
{
	struct bench *bench = *state;
	struct client c;

	client_begin(&c, &bench->via, "/test.v1.Test/Echo", -1);
	client_send(&c, "one", 3);
	client_send(&c, "two", 3);
	client_half_close(&c);
	assert_int_equal(client_end(&c), GRPC_STATUS_INVALID_ARGUMENT);

	client_begin(&c, &bench->via, "/test.v1.Test/Echo", -1);
	client_half_close(&c);
	assert_int_equal(client_end(&c), GRPC_STATUS_INVALID_ARGUMENT);
	assert_still_answers(bench);
}

static void a_large_message_is_refused(void **state)
{
	struct bench *bench = *state;
	size_t len = RPC_MAX_MESSAGE + 1;
	char *large = calloc(1, len);
	struct client c;

	client_begin(&c, &bench->via, "/test.v1.Test/Echo", -1);
	client_send(&c, large, len);
	client_half_close(&c);
	assert_int_equal(client_end(&c), GRPC_STATUS_RESOURCE_EXHAUSTED);
	free(large);
	assert_still_answers(bench);
}

static void a_call_that_waits_is_woken(void **state)
{
	struct bench *bench = *state;
	struct client c;

	for (int i = 0; i < 100; i++) {
		client_begin(&c, &bench->via, "/test.v1.Test/Slow", -1);
		client_send(&c, "slow", 4);
		client_half_close(&c);
		app_release(&bench->app);
		assert_true(client_read(&c));
		assert_int_equal(c.got_len, 4);
		assert_int_equal(client_end(&c), GRPC_STATUS_OK);
	}
}

static void signing_in_holds_up_nobody_else(void **state)
{
	struct bench *bench = *state;
	struct client logins[6];

	for (int i = 0; i < 6; i++) {
		client_begin(&logins[i], &bench->via,
			     "/outrider.v1.AuthService/Login", -1);
		client_send(&logins[i], "x", 1);
		client_half_close(&logins[i]);
	}
	app_await_sign_in(&bench->app);
	for (int i = 0; i < 50; i++)
		assert_still_answers(bench);
	app_let_sign_in(&bench->app);
	for (int i = 0; i < 6; i++)
		assert_int_equal(client_end(&logins[i]), GRPC_STATUS_OK);
}

static void a_stream_waits_for_its_reader(void **state)
{
	struct bench *bench = *state;
	struct client c;
	int pulled, n = 1;

	client_begin(&c, &bench->via, "/test.v1.Test/Many", -1);
	client_send(&c, "", 0);
	client_half_close(&c);
	assert_true(client_read(&c));
	/* Long enough for an app that is not held back to say all of it. */
	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	pulled = atomic_load(&bench->app.n_pulled);
	assert_true(pulled < MANY / 2);
	while (client_read(&c))
		n++;
	assert_int_equal(n, MANY);
	assert_int_equal(c.got_len, MANY_BYTES);
	assert_int_equal(client_end(&c), GRPC_STATUS_OK);
}

static void a_stream_waits_for_news(void **state)
{
	struct bench *bench = *state;
	struct client c;

	client_begin(&c, &bench->via, "/test.v1.Test/News", -1);
	client_send(&c, "news", 4);
	client_half_close(&c);
	assert_true(client_read(&c));
	for (int i = 0; i < 20; i++) {
		app_release(&bench->app);
		assert_true(client_read(&c));
	}
	grpc_call_cancel(c.call, NULL);
	assert_int_equal(client_end(&c), GRPC_STATUS_CANCELLED);
	app_await_none(&bench->app);
	assert_int_equal(atomic_load(&bench->app.n_cancelled), 1);
}

static void a_client_that_goes_frees_its_call(void **state)
{
	static const char *const paths[] = { "/test.v1.Test/Slow",
					     "/test.v1.Test/News",
					     "/test.v1.Test/Many" };
	struct bench *bench = *state;
	struct client c;

	for (int i = 0; i < 60; i++) {
		client_begin(&c, &bench->via, paths[i % 3], -1);
		client_send(&c, "x", 1);
		if (i % 2)
			client_half_close(&c);
		if (i % 5 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 },
				  NULL);
		grpc_call_cancel(c.call, NULL);
		assert_int_equal(client_end(&c), GRPC_STATUS_CANCELLED);
	}
	app_await_none(&bench->app);
	assert_still_answers(bench);
}

static void a_call_that_was_not_finished_is_not_done(void **state)
{
	struct bench *bench = *state;
	struct client c;

	for (int i = 0; i < 20; i++) {
		client_begin(&c, &bench->via, "/test.v1.Test/Echo", -1);
		client_send(&c, "x", 1);
		if (i % 2)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 },
				  NULL);
		grpc_call_cancel(c.call, NULL);
		assert_int_equal(client_end(&c), GRPC_STATUS_CANCELLED);
	}
	rpc_drain(bench->server, 0);
	assert_int_equal(atomic_load(&bench->app.n_said), 0);
}

static void a_deadline_ends_a_call(void **state)
{
	struct bench *bench = *state;
	struct client c;

	client_begin(&c, &bench->via, "/test.v1.Test/Slow", 50);
	client_send(&c, "x", 1);
	client_half_close(&c);
	assert_int_equal(client_end(&c), GRPC_STATUS_DEADLINE_EXCEEDED);
	app_await_none(&bench->app);
	assert_still_answers(bench);
}

/* A message of one text of less than 128 bytes. */
static void send_text(struct client *c, uint8_t field, const char *text)
{
	size_t len = strlen(text);
	uint8_t message[130] = { (uint8_t)(field << 3 | 2), (uint8_t)len };

	for (size_t i = 0; i < len; i++)
		message[2 + i] = (uint8_t)text[i];
	client_send(c, message, 2 + len);
}

static void send_health(struct client *c, const char *service)
{
	send_text(c, 1, service);
	client_half_close(c);
}

static void health_answers(void **state)
{
	struct bench *bench = *state;
	static const uint8_t serving[] = { 8, 1 }, unknown[] = { 8, 3 };
	struct client c;

	client_begin(&c, &bench->via, "/grpc.health.v1.Health/Check", -1);
	send_health(&c, "test.v1.Test");
	assert_true(client_read(&c));
	assert_memory_equal(c.got_at, serving, 2);
	assert_int_equal(client_end(&c), GRPC_STATUS_OK);

	client_begin(&c, &bench->via, "/grpc.health.v1.Health/Check", -1);
	send_health(&c, "test.v1.None");
	assert_int_equal(client_end(&c), GRPC_STATUS_NOT_FOUND);

	client_begin(&c, &bench->via, "/grpc.health.v1.Health/Watch", -1);
	send_health(&c, "test.v1.None");
	assert_true(client_read(&c));
	assert_memory_equal(c.got_at, unknown, 2);
	grpc_call_cancel(c.call, NULL);
	assert_int_equal(client_end(&c), GRPC_STATUS_CANCELLED);
}

static bool contains(const struct client *c, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= c->got_len; i++)
		if (memcmp(c->got_at + i, text, len) == 0)
			return true;
	return false;
}

static void ask(struct client *c, uint8_t field, const char *text)
{
	send_text(c, field, text);
	assert_true(client_read(c));
	assert_true(c->got_len <= sizeof(c->got_at));
}

static void reflection_answers(void **state)
{
	struct bench *bench = *state;
	static const struct {
		uint8_t field;
		const char *asked, *found; /* NULL: not found */
	} cases[] = {
		{ 3, "outrider/v1/note.proto", "NoteService" },
		{ 3, "outrider/v1/none.proto", NULL },
		{ 4, "grpc.health.v1.Health", "HealthCheckRequest" },
		{ 4, "grpc.health.v1.Health.Check", "HealthCheckRequest" },
		{ 4, "grpc.health.v1.HealthCheckResponse.SERVING",
		  "HealthCheckRequest" },
		{ 4, "grpc.health.v1.HealthCheckResponse.ServingStatus",
		  "HealthCheckRequest" },
		{ 4, "grpc.health.v1.HealthCheckResponse.status",
		  "HealthCheckRequest" },
		{ 4, "grpc.health.v1", NULL },
		{ 4, "grpc.health.v1.Healt", NULL },
		{ 4, "", NULL },
		{ 4, "outrider.v1.kind", "FieldRules" },
		{ 6, "google.protobuf.MethodOptions",
		  "google.protobuf.MethodOptions" },
		{ 7, "*", "test.v1.Test" },
		{ 7, "*", "grpc.reflection.v1.ServerReflection" },
	};
	/* FieldOptions, 51001. */
	static const char extension[] = "\x2a\x22\x0a\x1c"
					"google.protobuf.FieldOptions"
					"\x10\xb9\x8e\x03";
	struct client c;

	client_begin(
		&c, &bench->via,
		"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
		-1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(&c, cases[i].field, cases[i].asked);
		if (cases[i].found)
			assert_true(contains(&c, cases[i].found));
		else
			assert_true(contains(&c, "not in this contract"));
	}
	client_send(&c, extension, sizeof(extension) - 1);
	assert_true(client_read(&c));
	assert_true(contains(&c, "FieldRules"));
	client_half_close(&c);
	assert_false(client_read(&c));
	assert_int_equal(client_end(&c), GRPC_STATUS_OK);
}

static void *drain(void *user)
{
	rpc_drain(((struct bench *)user)->server, 20000000);
	return NULL;
}

static void a_drain_lets_calls_end(void **state)
{
	static const uint8_t not_serving[] = { 8, 2 };
	struct bench *bench = *state;
	struct client slow, news, watch;
	pthread_t thread;

	client_begin(&watch, &bench->via, "/grpc.health.v1.Health/Watch", -1);
	send_health(&watch, "");
	assert_true(client_read(&watch));
	client_begin(&news, &bench->via, "/test.v1.Test/News", -1);
	client_send(&news, "n", 1);
	client_half_close(&news);
	assert_true(client_read(&news));
	app_await_waiting(&bench->app);
	client_begin(&slow, &bench->via, "/test.v1.Test/Slow", -1);
	client_send(&slow, "slow", 4);
	client_half_close(&slow);
	while (atomic_load(&bench->app.n_waiting) < 2)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);

	assert_int_equal(pthread_create(&thread, NULL, drain, bench), 0);
	/* Whoever waits for news is told, ... */
	assert_true(client_read(&watch));
	assert_memory_equal(watch.got_at, not_serving, 2);
	assert_int_equal(client_end(&watch), GRPC_STATUS_UNAVAILABLE);
	assert_false(client_read(&news));
	assert_int_equal(client_end(&news), GRPC_STATUS_UNAVAILABLE);
	/* ... and whose act is under way has it done. */
	app_release(&bench->app);
	assert_true(client_read(&slow));
	assert_int_equal(client_end(&slow), GRPC_STATUS_OK);
	pthread_join(thread, NULL);
}

static void a_drain_has_an_end(void **state)
{
	struct bench *bench = *state;
	struct client slow;

	client_begin(&slow, &bench->via, "/test.v1.Test/Slow", -1);
	client_send(&slow, "slow", 4);
	client_half_close(&slow);
	app_await_waiting(&bench->app);
	rpc_drain(bench->server, 10000);
	assert_int_not_equal(client_end(&slow), GRPC_STATUS_OK);
	assert_int_equal(atomic_load(&bench->app.n_open), 0);
}

static void a_taken_port_is_named(void **state)
{
	struct bench *bench = *state;
	struct rpc_server *second;
	struct outrider_err err;
	char listen[40];
	struct rpc_config config = {
		.context = &bench->context,
		.app = &bench->app,
		.listen = listen,
		.workers = 1,
	};

	snprintf(listen, sizeof(listen), "127.0.0.1:%u",
		 rpc_port(bench->server));
	assert_int_equal(rpc_open(&second, &config, &err),
			 OUTRIDER_UNAVAILABLE);
	assert_non_null(strstr(err.text, "in use"));
	config.listen = "127.0.0.1";
	assert_int_equal(rpc_open(&second, &config, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	config.listen = "127.0.0.1:0";
	config.tls_cert = config.tls_key = "not a certificate";
	assert_int_equal(rpc_open(&second, &config, &err),
			 OUTRIDER_UNAVAILABLE);
	assert_still_answers(bench);
}

static void loopback_is_known(void **state)
{
	static const struct {
		const char *listen;
		bool is_loopback;
	} cases[] = {
		{ "127.0.0.1:1", true },  { "127.3.2.1:1", true },
		{ "[::1]:1", true },	  { "localhost:1", true },
		{ "0.0.0.0:1", false },	  { "[::]:1", false },
		{ "192.0.2.1:1", false },
	};
	static const char *const wrong[] = { "",
					     "127.0.0.1",
					     ":1",
					     "127.0.0.1:",
					     "127.0.0.1:x",
					     "127.0.0.1:65536",
					     "127.0.0.1:-1" };
	struct outrider_err err;
	bool is_loopback;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(rpc_listen_is_loopback(&is_loopback,
							cases[i].listen, &err),
				 OUTRIDER_OK);
		assert_int_equal(is_loopback, cases[i].is_loopback);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(rpc_listen_is_loopback(&is_loopback, wrong[i],
							&err),
				 OUTRIDER_INVALID_ARGUMENT);
}

#define RPC_TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RPC_TEST(unary_answers),
		RPC_TEST(an_error_has_its_details),
		RPC_TEST(an_unknown_method_is_answered),
		RPC_TEST(a_wrong_number_of_messages_is_refused),
		RPC_TEST(a_large_message_is_refused),
		RPC_TEST(a_call_that_waits_is_woken),
		RPC_TEST(signing_in_holds_up_nobody_else),
		RPC_TEST(a_stream_waits_for_its_reader),
		RPC_TEST(a_stream_waits_for_news),
		RPC_TEST(a_client_that_goes_frees_its_call),
		RPC_TEST(a_call_that_was_not_finished_is_not_done),
		RPC_TEST(a_deadline_ends_a_call),
		RPC_TEST(health_answers),
		RPC_TEST(reflection_answers),
		RPC_TEST(a_drain_lets_calls_end),
		RPC_TEST(a_drain_has_an_end),
		RPC_TEST(a_taken_port_is_named),
		cmocka_unit_test(loopback_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
