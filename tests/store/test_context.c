/*
 * The real context: one JSON line a call on standard error, whatever is in
 * the fields; clocks and random numbers that come from the system.
 */
#include "suite.h"

#include <fcntl.h>
#include <unistd.h>

/* What a line says behind its time. */
static void logged(char *out, size_t room, enum log_level level,
		   const char *event, const char *fields)
{
	static char line[16384];
	struct context context;
	int pipes[2], stderr_before = dup(STDERR_FILENO);

	context_init_real(&context);
	assert_int_equal(0, pipe(pipes));
	assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
	context_log(&context, level, event, "%s", fields);
	assert_true(dup2(stderr_before, STDERR_FILENO) >= 0);
	close(stderr_before);
	close(pipes[1]);
	ssize_t len = read(pipes[0], line, sizeof(line) - 1);
	close(pipes[0]);
	assert_true(len > 0);
	line[len] = '\0';
	assert_memory_equal("{\"time\":\"20", line, 11);
	char *behind = strstr(line, "Z\",");
	assert_non_null(behind);
	assert_int_equal(strlen("{\"time\":\"2026-11-21T20:45:01.123456"),
			 behind - line);
	assert_true((size_t)snprintf(out, room, "%s", behind + 3) < room);
}

static void assert_logged(const char *want, const char *fields)
{
	char got[8192];

	logged(got, sizeof(got), LOG_LEVEL_INFO, "a.b", fields);
	assert_string_equal(want, got);
}

static void test_lines(void **state)
{
	(void)state;
	assert_logged("\"level\":\"info\",\"event\":\"a.b\"}\n", "");
	assert_logged("\"level\":\"info\",\"event\":\"a.b\",\"n\":12,"
		      "\"code\":\"NOT_FOUND\"}\n",
		      "n=12 code=NOT_FOUND");
	assert_logged("\"level\":\"info\",\"event\":\"a.b\",\"n\":-1,"
		      "\"id\":\"007\",\"empty\":\"\",\"flag\":\"\"}\n",
		      "n=-1 id=007 empty= flag");
	/* Somebody else's text, with quotes, a line's end and a backslash. */
	assert_logged("\"level\":\"info\",\"event\":\"a.b\",\"text\":"
		      "\"near \\\"x\\\":\\u000a\\\\ \"}\n",
		      "text=\"near \"x\":\n\\ \"");
}

static void test_long_lines(void **state)
{
	char fields[4096], got[16384];

	(void)state;
	/* All of it must be escaped, and it is cut: the line is whole. */
	memset(fields, '\1', sizeof(fields) - 1);
	memcpy(fields, "text=\"", 6);
	fields[sizeof(fields) - 1] = '\0';
	logged(got, sizeof(got), LOG_LEVEL_ERROR, "a.b", fields);
	size_t len = strlen(got);
	assert_true(len > 6000);
	assert_string_equal("\\u0001\"}\n", got + len - 9);
	assert_int_equal(1, strspn(got + len - 1, "\n"));
	assert_null(memchr(got, '\n', len - 1));
}

static void test_sources(void **state)
{
	struct context context;
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	(void)state;
	context_init_real(&context);
	context.random(context.user, a, sizeof(a));
	context.random(context.user, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, a + 32, 32);
	int64_t mono_us = context.mono_us(context.user);
	assert_true(context.mono_us(context.user) >= mono_us);
	/* Microseconds: this year is between 2020 and 2200. */
	assert_in_range(context.wall_us(context.user), 1577836800000000,
			7258118400000000);
	assert_false(context.is_demo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
