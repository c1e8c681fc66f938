/*
 * One story again and again, each time with a later operation of the database
 * failing, until it goes through: whatever fails, and however much of the
 * transaction goes with it, the tables agree, what was answered is there, what
 * was refused is not, and one failure costs one write.
 */
#include "fail_backend.h"
#include "suite.h"

#define STORY	    10
#define ACTS	    3
#define GROUP_FIRST 1 /* writes 1 to 7 are submitted as a group */
#define GROUP_LAST  7

/* One write of up to three acts. */
struct told {
	struct act acts[ACTS];
	struct store_write write;
	/* The closure takes errors of its acts as they come, and ends well. */
	bool is_tolerant;
	unsigned n_done;
};

static enum outrider_code
run_told(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct told *told = user;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < ACTS; i++)
		told->acts[i].rev = 0;
	for (size_t i = 0; i < ACTS && told->acts[i].op != 0; i++) {
		code = act_run(&told->acts[i], tx, err);
		if (code != OUTRIDER_OK && !told->is_tolerant)
			return code;
	}
	err_clear(err);
	return OUTRIDER_OK;
}

static void told_done(void *user, struct store_write *write)
{
	struct told *told = user;

	assert_ptr_equal(write, &told->write);
	told->n_done++;
}

static void make_story(struct suite *suite, struct told story[STORY],
		       const struct uuid *company)
{
	struct uuid a = suite_uuid(suite), b = suite_uuid(suite);
	struct uuid c = suite_uuid(suite), d = suite_uuid(suite);
	struct uuid e = suite_uuid(suite);
	const struct act acts[STORY] = {
		{ .op = CHANGE_CREATE,
		  .id = a,
		  .name = "a",
		  .phone = "1",
		  .company = company,
		  .n_scopes = 2,
		  .scopes = { suite_scope(1), suite_scope(2) } },
		/* the group */
		{ .op = CHANGE_CREATE,
		  .id = b,
		  .name = "b",
		  .phone = "2",
		  .n_scopes = 1,
		  .scopes = { suite_scope(3) } },
		{ .op = CHANGE_UPDATE,
		  .id = a,
		  .name = "aa",
		  .phone = "11",
		  .n_scopes = 2,
		  .scopes = { suite_scope(1), suite_scope(3) } },
		{ .op = CHANGE_CREATE,
		  .id = c,
		  .name = "c",
		  .then_fail = true,
		  .n_scopes = 1,
		  .scopes = { suite_scope(1) } },
		{ .op = CHANGE_DELETE, .id = b },
		{ .op = CHANGE_UNDELETE,
		  .id = b,
		  .n_scopes = 1,
		  .scopes = { suite_scope(2) } },
		{ .op = CHANGE_CREATE,
		  .id = d,
		  .name = "d",
		  .n_scopes = 1,
		  .scopes = { suite_scope(1) } },
		{ .op = CHANGE_CREATE,
		  .id = e,
		  .name = "e",
		  .n_scopes = 1,
		  .scopes = { suite_scope(1) } },
		/* one by one again */
		{ .op = CHANGE_UPDATE,
		  .id = a,
		  .name = "aaa",
		  .n_scopes = 1,
		  .scopes = { suite_scope(2) } },
		{ .op = CHANGE_DELETE, .id = a },
	};

	for (size_t i = 0; i < STORY; i++) {
		story[i] = (struct told){
			.acts = { acts[i] },
			.write = {
				.run = run_told,
				.done = told_done,
				.user = &story[i],
			},
		};
		story[i].acts[0].entity = contact_entity();
	}
	struct told *tolerant = &story[GROUP_LAST];
	tolerant->is_tolerant = true;
	tolerant->acts[1] = tolerant->acts[0]; /* ALREADY_EXISTS */
	tolerant->acts[2] = tolerant->acts[0];
	tolerant->acts[2].op = CHANGE_UPDATE;
	tolerant->acts[2].name = "ee";
}

static void tell_story(struct suite *suite, struct told story[STORY])
{
	struct outrider_err err;

	for (size_t i = 0; i < STORY; i++) {
		assert_ok(store_submit(suite->store, &story[i].write, &err),
			  err);
		if (i < GROUP_FIRST || i >= GROUP_LAST)
			store_run_writes(suite->store);
	}
}

static bool is_trouble(enum outrider_code code)
{
	return code == OUTRIDER_UNAVAILABLE ||
	       code == OUTRIDER_RESOURCE_EXHAUSTED;
}

/* An act that went well is in the log, with its revision. */
static bool check_kept(struct suite *suite, const struct act *act)
{
	char sql[128];

	if (act->rev == 0)
		return false;
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM change WHERE rev = %llu AND op = %d",
		 (unsigned long long)act->rev, (int)act->op);
	assert_int_equal(1, suite_number(suite, sql));
	return true;
}

static void check_story(struct suite *suite, const struct fail_backend *fail,
			const struct told story[STORY])
{
	size_t n_ok = 0, n_trouble = 0;

	for (size_t i = 0; i < STORY; i++) {
		enum outrider_code code = story[i].write.code;
		assert_int_equal(1, story[i].n_done);
		assert_int_equal(code, story[i].write.err.code);
		n_trouble += is_trouble(code);
		for (size_t k = 0; code == OUTRIDER_OK && k < ACTS; k++)
			n_ok += check_kept(suite, &story[i].acts[k]);
	}
	assert_int_equal(n_ok,
			 suite_number(suite, "SELECT count(*) FROM change"));
	/*
	 * A group that can't begin is answered as a whole; a COMMIT of many has
	 * no culprit, and all are run again; else one write pays.
	 */
	bool is_begin = strncmp(fail->failed_sql, "BEGIN", 5) == 0 ||
			strncmp(fail->failed_sql, "SELECT coalesce", 15) == 0;
	assert_true(n_trouble <= (is_begin ? GROUP_LAST - GROUP_FIRST + 1 : 1));
	suite_check(suite);
}

/* Who came before the culprit has run again, upon nothing that stood then. */
static void check_group(const struct told story[STORY])
{
	size_t culprit = GROUP_FIRST;

	while (culprit <= GROUP_LAST && !is_trouble(story[culprit].write.code))
		culprit++;
	for (size_t i = GROUP_FIRST; culprit <= GROUP_LAST && i < culprit; i++)
		assert_int_equal(2, story[i].acts[0].n_runs);
}

/* True while there was an operation to fail. */
static bool fail_once(enum fail_how how, uint64_t fail_at)
{
	struct fail_backend fail;
	struct suite suite;
	struct told story[STORY], again;
	struct uuid company;

	fail_backend_init(&fail, &store_sqlite_memory);
	suite_init(&suite, &fail.backend);
	suite_keep_small(&suite);
	suite_open(&suite, true);
	company = suite_uuid(&suite);
	make_story(&suite, story, &company);
	fail.how = how;
	fail.n_operations = 0;
	fail.fail_at = fail_at;
	tell_story(&suite, story);
	bool has_failed = fail.has_failed;
	fail.has_failed = true; /* no more of it */
	check_story(&suite, &fail, story);
	if (how == FAIL_OPERATION)
		check_group(story);

	/* The next write is as good as any, and so is the next process. */
	again = story[6];
	again.acts[0].id = suite_uuid(&suite);
	again.n_done = 0;
	again.write.user = &again;
	struct outrider_err err;
	assert_ok(store_submit(suite.store, &again.write, &err), err);
	store_run_writes(suite.store);
	assert_int_equal(OUTRIDER_OK, again.write.code);
	suite_check(&suite);
	suite_reopen(&suite);
	suite_check(&suite);
	suite_free(&suite);
	return has_failed;
}

static void fail_everywhere(enum fail_how how)
{
	uint64_t n = 1;

	while (fail_once(how, n))
		n++;
	print_message("%llu operations failed in turn\n",
		      (unsigned long long)n - 1);
	assert_true(n > 4); /* the story has four commits */
}

static void test_operations(void **state)
{
	(void)state;
	fail_everywhere(FAIL_OPERATION);
}

static void test_transactions(void **state)
{
	(void)state;
	fail_everywhere(FAIL_TRANSACTION);
}

static void test_commits(void **state)
{
	(void)state;
	fail_everywhere(FAIL_COMMITS);
}

/* A database that could not be made whole is made at the next try. */
static void test_creating(void **state)
{
	bool has_failed = true;

	(void)state;
	for (uint64_t n = 1; has_failed; n++) {
		struct fail_backend fail;
		struct suite suite;
		struct outrider_err err;
		enum outrider_code code;
		struct backend_open how = { .use = BACKEND_CREATE };

		fail_backend_init(&fail, &store_sqlite_memory);
		suite_init(&suite, &fail.backend);
		suite_keep_small(&suite);
		how.path = suite.path;
		suite.config.is_inline = true;
		/* Keeps what was made between the tries. */
		assert_int_equal(BACKEND_DONE,
				 suite.backend->open(&suite.anchor,
						     suite.backend, &how));
		fail.n_operations = 0;
		fail.fail_at = n;
		code = store_create(&suite.config, &err);
		if (code == OUTRIDER_OK) {
			code = store_open(&suite.store, &suite.config, &err);
			has_failed = code != OUTRIDER_OK;
		} else {
			fail.has_failed = true;
			assert_ok(store_create(&suite.config, &err), err);
		}
		fail.has_failed = true;
		if (!suite.store)
			assert_ok(store_open(&suite.store, &suite.config, &err),
				  err);
		assert_ok(store_reader_open(&suite.reader, suite.store, &err),
			  err);
		suite_check(&suite);
		suite_free(&suite);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_commits),
		cmocka_unit_test(test_creating),
	};

	return cmocka_run_group_tests_name("fail", tests, NULL, NULL);
}
