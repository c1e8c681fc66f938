/*
 * The writer: groups, savepoints, answers, the queue's bound.
 */
#include "contract.h"
#include "suite.h"

#define GROUP 12

struct submitted {
	struct store_write write;
	struct act act;
	unsigned *order; /* counts answers */
	unsigned answered_as, n_done;
};

static void submitted_done(void *user, struct store_write *write)
{
	struct submitted *submitted = user;

	assert_ptr_equal(write, &submitted->write);
	submitted->n_done++;
	submitted->answered_as = (*submitted->order)++;
}

static enum outrider_code
run_submitted(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct submitted *submitted = user;

	return act_run(&submitted->act, tx, err);
}

static void submit_all(struct suite *suite, struct submitted *all, size_t n,
		       unsigned *order)
{
	struct outrider_err err;

	for (size_t i = 0; i < n; i++) {
		all[i] = (struct submitted){
			.order = order,
			.act = {
				.op = CHANGE_CREATE,
				.entity = contact_entity(),
				.id = suite_uuid(suite),
				.name = "a",
				.scopes = { suite_scope(1) },
				.n_scopes = 1,
			},
			.write = {
				.run = run_submitted,
				.done = submitted_done,
				.user = &all[i],
			},
		};
		assert_ok(store_submit(suite->store, &all[i].write, &err), err);
	}
}

void test_writer_groups(void **state)
{
	struct suite *suite = *state;
	struct submitted all[GROUP];
	unsigned order = 0;
	uint64_t rev = 0;

	submit_all(suite, all, GROUP, &order);
	all[3].act.then_fail = true;
	all[7].act.op = CHANGE_UPDATE; /* of nothing: NOT_FOUND */
	assert_int_equal(0, order);
	assert_int_equal(0, suite->committed_rev);
	assert_true(store_run_writes(suite->store));
	assert_false(store_run_writes(suite->store));
	assert_int_equal(GROUP, order);
	for (unsigned i = 0; i < GROUP; i++) {
		enum outrider_code want = i == 3   ? OUTRIDER_ABORTED
					  : i == 7 ? OUTRIDER_NOT_FOUND
						   : OUTRIDER_OK;
		assert_int_equal(want, all[i].write.code);
		assert_int_equal(want, all[i].write.err.code);
		assert_int_equal(1, all[i].n_done);
		assert_int_equal(1, all[i].act.n_runs);
		assert_int_equal(i, all[i].answered_as);
		if (want == OUTRIDER_OK)
			assert_int_equal(++rev, all[i].act.rev);
	}
	assert_int_equal(GROUP - 2, suite->committed_rev);
	suite_check(suite);
}

void test_writer_failed_write_leaves_nothing(void **state)
{
	struct suite *suite = *state;
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.phone = "112",
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
		.then_fail = true,
	};

	assert_int_equal(OUTRIDER_ABORTED, suite_do(suite, &act));
	assert_int_equal(0, suite->committed_rev);
	assert_int_equal(0, suite_number(suite, "SELECT (SELECT count(*) FROM"
						" contacts) + (SELECT count(*)"
						" FROM change) + (SELECT"
						" count(*) FROM feed) +"
						" (SELECT count(*) FROM link) +"
						" (SELECT count(*) FROM"
						" handle)"));
	act.then_fail = false;
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(1, act.rev);
	suite_check(suite);
}

void test_writer_queue_is_bounded(void **state)
{
	struct suite *suite = *state;
	struct submitted all[4], more;
	struct outrider_err err;
	unsigned order = 0;

	suite_close(suite);
	suite->config.max_queue = 4;
	assert_ok(store_open(&suite->store, &suite->config, &err), err);
	assert_ok(store_reader_open(&suite->reader, suite->store, &err), err);
	submit_all(suite, all, 4, &order);
	more = all[0];
	assert_code(OUTRIDER_RESOURCE_EXHAUSTED,
		    store_submit(suite->store, &more.write, &err), err);
	store_run_writes(suite->store);
	assert_int_equal(4, order);
	assert_int_equal(0, more.n_done);
	submit_all(suite, all, 4, &order); /* there is room again */
	store_run_writes(suite->store);
	assert_int_equal(8, order);
	suite_check(suite);
}

struct late {
	struct store *store;
	struct store_write write;
	struct submitted after;
	unsigned n_done;
	enum outrider_code code;
};

static enum outrider_code
run_nothing(void *user, struct store_conn *tx, struct outrider_err *err)
{
	(void)user;
	(void)tx;
	err_clear(err);
	return OUTRIDER_OK;
}

static void late_done(void *user, struct store_write *write)
{
	struct late *late = user;
	struct outrider_err err;

	(void)write;
	late->n_done++;
	late->code = store_submit(late->store, &late->after.write, &err);
}

void test_writer_close_finishes(void **state)
{
	struct suite *suite = *state;
	struct submitted all[GROUP];
	struct outrider_err err;
	unsigned order = 0;
	struct late late = {
		.store = suite->store,
		.write = { .run = run_nothing, .done = late_done },
	};

	late.write.user = &late;
	submit_all(suite, all, GROUP, &order);
	assert_ok(store_submit(suite->store, &late.write, &err), err);
	suite_close(suite);
	assert_int_equal(GROUP, order);
	assert_int_equal(1, late.n_done);
	assert_int_equal(OUTRIDER_UNAVAILABLE, late.code);
	assert_ok(store_open(&suite->store, &suite->config, &err), err);
	assert_ok(store_reader_open(&suite->reader, suite->store, &err), err);
	assert_int_equal(GROUP,
			 suite_number(suite, "SELECT count(*) FROM contacts"));
	suite_check(suite);
}

static void count_commits(void *user, uint64_t rev)
{
	uint64_t *commits = user;

	commits[0]++;
	assert_true(rev > commits[1]);
	commits[1] = rev;
}

void test_writer_commits_are_told(void **state)
{
	struct suite *suite = *state;
	struct submitted all[GROUP];
	struct outrider_err err;
	uint64_t commits[2] = { 0, 0 };
	unsigned order = 0;

	suite_close(suite);
	suite->config.max_group = 5;
	suite->config.on_commit = count_commits;
	suite->config.user = commits;
	assert_ok(store_open(&suite->store, &suite->config, &err), err);
	assert_ok(store_reader_open(&suite->reader, suite->store, &err), err);
	submit_all(suite, all, GROUP, &order);
	store_run_writes(suite->store);
	assert_int_equal(3, commits[0]); /* 5, 5, 2 */
	assert_int_equal(GROUP, commits[1]);
	/* What gives no revision is no news. */
	assert_ok(store_write_now(suite->store, run_nothing, NULL, &err), err);
	assert_int_equal(3, commits[0]);
	suite_check(suite);
}
