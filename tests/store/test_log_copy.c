/*
 * Who copies the log when: the copier when nobody writes or beside the writer,
 * the writer what came meanwhile, and at the second mark; never two at once.
 * Copies are watched, held up and made to fail between the store and SQLite.
 * Marks are written here as the store's page says them, in pages.
 */
#include "suite.h"

#include <pthread.h>
#include <time.h>

#define MARK_QUIET  1024
#define MARK	    3072
#define MARK_SECOND 8192
/* About 130 pages a write: text, its copy in the change log, the rest. */
#define PADDING	   ((size_t)256 << 10)
#define WRITES_MAX 400
/* Of the 60 writes of two marks and a half. */
#define RETRIES_MAX 9
#define HANG_S	    120

enum { COPIER = BACKEND_COPY_CUT + 1, COPY_KINDS };

/* Between the store and SQLite. */
static struct watch {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct backend_conn *writer;
	int pages; /* as the writer was told last */
	unsigned n_settled;
	unsigned n_begun[COPY_KINDS], n_done[COPY_KINDS];
	/* The copier stays inside, before it copies or after it did. */
	bool is_held, is_kept;
	unsigned n_copied; /* so far that it may be kept */
	bool is_inside, was_twice;
	enum backend_result fails_with; /* DONE: it doesn't */
	atomic_uint n_told_bad, n_told_good;
} watch;

static int watched_pages(struct backend_conn *conn)
{
	pthread_mutex_lock(&watch.lock);
	watch.writer = conn;
	watch.pages = store_sqlite.log_pages(conn);
	watch.n_settled++;
	int pages = watch.pages;
	pthread_cond_broadcast(&watch.changed);
	pthread_mutex_unlock(&watch.lock);
	return pages;
}

static enum backend_result watched_copy(struct backend_conn *conn,
					struct backend_log *out,
					enum backend_copy how)
{
	*out = (struct backend_log){ 0 };
	pthread_mutex_lock(&watch.lock);
	unsigned kind = conn == watch.writer ? (unsigned)how : COPIER;
	watch.was_twice |= watch.is_inside;
	watch.is_inside = true;
	watch.n_begun[kind]++;
	pthread_cond_broadcast(&watch.changed);
	while (kind == COPIER && watch.is_held)
		pthread_cond_wait(&watch.changed, &watch.lock);
	enum backend_result result = watch.fails_with;
	pthread_mutex_unlock(&watch.lock);
	if (result == BACKEND_DONE)
		result = store_sqlite.copy_log(conn, out, how);
	pthread_mutex_lock(&watch.lock);
	watch.n_copied += kind == COPIER;
	pthread_cond_broadcast(&watch.changed);
	while (kind == COPIER && watch.is_kept)
		pthread_cond_wait(&watch.changed, &watch.lock);
	watch.is_inside = false;
	watch.n_done[kind]++;
	pthread_cond_broadcast(&watch.changed);
	pthread_mutex_unlock(&watch.lock);
	return result;
}

static void
watch_log(void *user, enum log_level level, const char *event, const char *text)
{
	(void)user;
	(void)text;
	if (strcmp(event, "store.log_not_copied") == 0) {
		assert_int_equal(LOG_LEVEL_WARNING, level);
		atomic_fetch_add(&watch.n_told_bad, 1);
	}
	if (strcmp(event, "store.log_copied") == 0)
		atomic_fetch_add(&watch.n_told_good, 1);
}

static void open_watched(struct suite *suite, bool is_inline)
{
	static struct store_backend backend;

	memset(&watch, 0, sizeof(watch));
	pthread_mutex_init(&watch.lock, NULL);
	pthread_cond_init(&watch.changed, NULL);
	backend = store_sqlite;
	backend.log_pages = watched_pages;
	backend.copy_log = watched_copy;
	suite_init(suite, &backend);
	suite_keep_small(suite);
	suite->context.log = watch_log;
	suite_open(suite, is_inline);
}

static void close_watched(struct suite *suite)
{
	assert_false(watch.was_twice);
	suite_check(suite);
	suite_free(suite);
	pthread_cond_destroy(&watch.changed);
	pthread_mutex_destroy(&watch.lock);
}

/* Until it is more; a hang fails the test. */
static void wait_above(const unsigned *value, unsigned n)
{
	struct timespec until;
	int code = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HANG_S;
	pthread_mutex_lock(&watch.lock);
	while (*value <= n && code == 0)
		code = pthread_cond_timedwait(&watch.changed, &watch.lock,
					      &until);
	pthread_mutex_unlock(&watch.lock);
	assert_int_equal(0, code);
}

static void set(bool *what, bool is_so)
{
	pthread_mutex_lock(&watch.lock);
	*what = is_so;
	pthread_cond_broadcast(&watch.changed);
	pthread_mutex_unlock(&watch.lock);
}

static void set_failing(enum backend_result result)
{
	pthread_mutex_lock(&watch.lock);
	watch.fails_with = result;
	pthread_mutex_unlock(&watch.lock);
}

static int log_pages(void)
{
	pthread_mutex_lock(&watch.lock);
	int pages = watch.pages;
	pthread_mutex_unlock(&watch.lock);
	return pages;
}

static unsigned n_of(const unsigned *value)
{
	pthread_mutex_lock(&watch.lock);
	unsigned n = *value;
	pthread_mutex_unlock(&watch.lock);
	return n;
}

/* Answered, and the log looked at: how long it is. */
static int write_one(struct suite *suite)
{
	unsigned n_settled = n_of(&watch.n_settled);
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.padding = PADDING,
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	wait_above(&watch.n_settled, n_settled);
	return log_pages();
}

static void write_until(struct suite *suite, int mark)
{
	for (int i = 0; write_one(suite) < mark; i++)
		assert_true(i < WRITES_MAX);
}

/* How long the log was when it began anew. */
static int write_until_anew(struct suite *suite)
{
	int before = log_pages();

	for (int i = 0; i < WRITES_MAX; i++) {
		int pages = write_one(suite);
		if (pages < before)
			return before;
		before = pages;
	}
	fail_msg("a log of %d pages doesn't begin anew", before);
	return 0;
}

/* Long before much has come: as soon as nobody writes. */
static void test_quiet(void **state)
{
	struct suite suite;

	(void)state;
	open_watched(&suite, false);
	write_until(&suite, MARK_QUIET);
	wait_above(&watch.n_done[COPIER], 0);
	assert_true(write_until_anew(&suite) < MARK);
	assert_int_equal(0, n_of(&watch.n_begun[BACKEND_COPY_BESIDE]));
	close_watched(&suite);
}

static void test_beside(void **state)
{
	struct suite suite;

	(void)state;
	open_watched(&suite, false);
	set(&watch.is_held, true);
	write_until(&suite, MARK);
	wait_above(&watch.n_begun[COPIER], 0);
	/* Nobody waits for it, and nobody does its work. */
	write_until(&suite, 2 * MARK);
	assert_int_equal(1, n_of(&watch.n_begun[COPIER]));
	set(&watch.is_held, false);
	wait_above(&watch.n_done[COPIER], 0);
	assert_true(write_until_anew(&suite) < MARK_SECOND);
	assert_int_equal(0, n_of(&watch.n_begun[BACKEND_COPY_BESIDE]));
	assert_int_equal(0, n_of(&watch.n_begun[BACKEND_COPY_ANEW]));
	close_watched(&suite);
}

/* What came while the copier copied: the writer sees to it, at once. */
static void test_rest(void **state)
{
	struct outrider_err err;
	struct suite suite;
	uint64_t rev;

	(void)state;
	open_watched(&suite, false);
	set(&watch.is_held, true);
	write_until(&suite, MARK);
	wait_above(&watch.n_begun[COPIER], 0);
	/* So that the log doesn't begin anew under the copier. */
	assert_ok(store_read_begin(suite.reader, &rev, &err), err);
	set(&watch.is_kept, true);
	set(&watch.is_held, false);
	wait_above(&watch.n_copied, 0);
	write_one(&suite);
	write_one(&suite);
	set(&watch.is_kept, false);
	wait_above(&watch.n_done[COPIER], 0);
	store_read_end(suite.reader);
	assert_true(write_until_anew(&suite) < 2 * MARK);
	assert_int_equal(1, n_of(&watch.n_begun[COPIER]));
	assert_int_equal(1, n_of(&watch.n_done[BACKEND_COPY_BESIDE]));
	close_watched(&suite);
}

static enum outrider_code
run_act(void *user, struct store_conn *tx, struct outrider_err *err)
{
	return act_run(user, tx, err);
}

static void no_answer(void *user, struct store_write *write)
{
	(void)user;
	(void)write;
}

/* The copier is waited for, and what it left is copied. */
static void test_second_mark(void **state)
{
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.name = "a",
	};
	struct store_write write = {
		.run = run_act,
		.done = no_answer,
		.user = &act,
	};
	struct outrider_err err;
	struct suite suite;

	(void)state;
	open_watched(&suite, false);
	act.id = suite_uuid(&suite);
	set(&watch.is_held, true);
	write_until(&suite, MARK_SECOND);
	assert_int_equal(1, n_of(&watch.n_begun[COPIER]));
	unsigned n_settled = n_of(&watch.n_settled);
	assert_ok(store_submit(suite.store, &write, &err), err);
	set(&watch.is_held, false);
	wait_above(&watch.n_settled, n_settled);
	assert_int_equal(OUTRIDER_OK, write.code);
	assert_int_equal(1, n_of(&watch.n_done[COPIER]));
	assert_int_equal(1, n_of(&watch.n_done[BACKEND_COPY_ANEW]));
	assert_true(write_one(&suite) < MARK);
	close_watched(&suite);
}

/* Tried again, told once, and nothing is lost. */
static void check_trouble(bool is_inline, unsigned kind)
{
	struct suite suite;

	open_watched(&suite, is_inline);
	set_failing(BACKEND_FULL);
	for (unsigned i = 0; i < 2; i++) {
		write_until(&suite, (int)(i + 1) * MARK + MARK / 2);
		wait_above(&watch.n_done[kind], i);
	}
	assert_true(n_of(&watch.n_done[kind]) <= RETRIES_MAX);
	assert_int_equal(1, atomic_load(&watch.n_told_bad));
	/* The second mark fails as well. */
	write_until(&suite, MARK_SECOND + MARK / 2);
	assert_int_equal(1, n_of(&watch.n_done[BACKEND_COPY_ANEW]));
	/* Another sort of trouble is worth a line. */
	set_failing(BACKEND_FAILED);
	write_until(&suite, MARK_SECOND + 5 * MARK / 2);
	assert_int_equal(0, atomic_load(&watch.n_told_good));
	set_failing(BACKEND_DONE);
	write_until_anew(&suite);
	assert_int_equal(2, atomic_load(&watch.n_told_bad));
	assert_int_equal(1, atomic_load(&watch.n_told_good));
	close_watched(&suite);
}

static void test_trouble(void **state)
{
	(void)state;
	check_trouble(false, COPIER);
}

static void test_trouble_inline(void **state)
{
	(void)state;
	check_trouble(true, BACKEND_COPY_BESIDE);
}

/* Somebody reads old pages: no copy comes to its end, none is tried at once. */
static void test_reader(void **state)
{
	struct outrider_err err;
	struct suite suite;
	uint64_t rev;

	(void)state;
	open_watched(&suite, false);
	write_until(&suite, MARK / 2);
	assert_ok(store_read_begin(suite.reader, &rev, &err), err);
	write_until(&suite, MARK);
	wait_above(&watch.n_done[COPIER], 0);
	write_until(&suite, 2 * MARK + MARK / 2);
	wait_above(&watch.n_done[COPIER], 1);
	assert_true(n_of(&watch.n_done[COPIER]) <= RETRIES_MAX);
	store_read_end(suite.reader);
	write_until_anew(&suite);
	close_watched(&suite);
}

static void test_inline(void **state)
{
	struct suite suite;

	(void)state;
	open_watched(&suite, true);
	write_until(&suite, MARK);
	assert_int_equal(1, n_of(&watch.n_done[BACKEND_COPY_BESIDE]));
	assert_true(write_one(&suite) < MARK);
	assert_int_equal(0, n_of(&watch.n_begun[COPIER]));
	assert_int_equal(0, n_of(&watch.n_begun[BACKEND_COPY_ANEW]));
	close_watched(&suite);
}

static void *close_main(void *user)
{
	suite_close(user);
	return NULL;
}

/* Closing waits until the copier has left its connection. */
static void test_close(void **state)
{
	struct outrider_err err;
	struct suite suite;
	pthread_t closer;

	(void)state;
	open_watched(&suite, false);
	for (unsigned i = 0; i < 3; i++) {
		set(&watch.is_held, true);
		unsigned n = n_of(&watch.n_begun[COPIER]);
		write_until(&suite, MARK);
		wait_above(&watch.n_begun[COPIER], n);
		assert_int_equal(0, pthread_create(&closer, NULL, close_main,
						   &suite));
		set(&watch.is_held, false);
		assert_int_equal(0, pthread_join(closer, NULL));
		assert_int_equal(n + 1, n_of(&watch.n_done[COPIER]));
		assert_ok(store_open(&suite.store, &suite.config, &err), err);
		assert_ok(store_reader_open(&suite.reader, suite.store, &err),
			  err);
	}
	close_watched(&suite);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_second_mark),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_trouble_inline),
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests_name("log copy", tests, NULL, NULL);
}
