/*
 * A host that has the process for itself says so, and SQLite counts its memory
 * no more. That holds for a whole process, from before SQLite begins: each case
 * has a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "phone_host.h"

enum saying { NEVER, FIRST, TOO_LATE };

/* What SQLite counts while a core is open. */
static int64_t counted(enum saying saying)
{
	struct phone phone;
	int64_t n;

	if (saying == FIRST)
		outrider_own_process();
	phone_make(&phone);
	if (phone_open(&phone, NULL) != OUTRIDER_OK)
		return -1;
	if (saying == TOO_LATE)
		outrider_own_process();
	n = sqlite3_memory_used();
	phone_free(&phone);
	return n;
}

/* The same in a new process: 0, 1 where it counts, 2 where it went wrong. */
static int counts(enum saying saying)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		int64_t n = counted(saying);

		_exit(n < 0 ? 2 : n > 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void whose_process_it_is(void **state)
{
	(void)state;
	assert_int_equal(counts(NEVER), 1);
	assert_int_equal(counts(FIRST), 0);
	assert_int_equal(counts(TOO_LATE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_process_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
