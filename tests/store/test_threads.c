/*
 * Eight threads that write and two that read, on one store with its writer's
 * thread: every write is answered once, readers see what was answered before
 * they began and never half of a write, and the log stays bounded although
 * there is always a reader. And a write that gives way: behind those that
 * wait, and answered all the same. Meant for the thread sanitizer too.
 */
#include "suite.h"

#include <pthread.h>

#define SUBMITTERS 8
#define READERS	   2
#define EACH	   400
/* The writer waits a tenth of a second for readers, then for the next mark: a
 * machine that lets a reader lie so long is asked again. */
#define LOG_TRIES 3
#define LOG_MAX	  ((int64_t)64 << 20)

struct shared {
	struct suite suite;
	pthread_mutex_t ids_lock;
	atomic_ullong answered; /* the newest revision that was answered */
	atomic_bool is_over;
	atomic_uint n_reads;
};

struct submitter {
	struct shared *shared;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered;
	struct act act;
	struct store_write write;
};

static struct uuid next_id(struct shared *shared)
{
	pthread_mutex_lock(&shared->ids_lock);
	struct uuid id = suite_uuid(&shared->suite);
	pthread_mutex_unlock(&shared->ids_lock);
	return id;
}

static enum outrider_code
run_submitter(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct submitter *submitter = user;

	return act_run(&submitter->act, tx, err);
}

static void submitter_done(void *user, struct store_write *write)
{
	struct submitter *submitter = user;
	struct shared *shared = submitter->shared;

	(void)write;
	/* The one writer's thread: nobody else stores it. */
	if (submitter->act.rev > atomic_load(&shared->answered))
		atomic_store(&shared->answered, submitter->act.rev);
	pthread_mutex_lock(&submitter->lock);
	submitter->is_answered = true;
	pthread_cond_signal(&submitter->answered);
	pthread_mutex_unlock(&submitter->lock);
}

static void *submitter_main(void *user)
{
	struct submitter *submitter = user;
	struct shared *shared = submitter->shared;
	struct outrider_err err;

	for (unsigned i = 0; i < EACH; i++) {
		submitter->is_answered = false;
		submitter->act = (struct act){
			.op = CHANGE_CREATE,
			.entity = contact_entity(),
			.id = next_id(shared),
			.name = "a",
			.padding = 600,
			.scopes = { suite_scope(1), suite_scope(2 + i % 3) },
			.n_scopes = 2,
		};
		submitter->write = (struct store_write){
			.run = run_submitter,
			.done = submitter_done,
			.user = submitter,
		};
		if (store_submit(shared->suite.store, &submitter->write,
				 &err) != OUTRIDER_OK)
			return "submit";
		pthread_mutex_lock(&submitter->lock);
		while (!submitter->is_answered)
			pthread_cond_wait(&submitter->answered,
					  &submitter->lock);
		pthread_mutex_unlock(&submitter->lock);
		if (submitter->write.code != OUTRIDER_OK)
			return "answer";
	}
	return NULL;
}

/* One page from a fresh snapshot, which stays open; a word if it is wrong. */
static char *read_page(struct shared *shared, struct store_conn *conn,
		       struct feed_position *position, struct arena *arena)
{
	struct feed_entry *entries = NULL;
	struct outrider_err err;
	uint64_t answered = atomic_load(&shared->answered), rev = 0;
	size_t n = 0;

	if (store_read_begin(conn, &rev, &err) != OUTRIDER_OK)
		return "begin";
	if (rev < answered)
		return "a snapshot older than an answer";
	if (store_feed(conn, &entries, &n, position, 1, 50, arena, &err) !=
	    OUTRIDER_OK)
		return "feed";
	/* All lie in scope 1: one entry a revision, without a hole. */
	for (size_t i = 0; i < n; i++) {
		struct row *row = NULL;
		if (entries[i].rev != ++position->rev || position->rev > rev)
			return "a hole in the feed";
		position->id = entries[i].id;
		if (store_get(conn, &row, contact_entity(), &entries[i].id,
			      arena, &err) != OUTRIDER_OK ||
		    row->rev != entries[i].rev)
			return "half of a write";
	}
	if (n < 50 && position->rev != rev)
		return "an end before the end";
	atomic_fetch_add(&shared->n_reads, 1);
	return NULL;
}

/* It begins on one connection before it ends on the other: the log is never
 * without a reader. */
static void *reader_main(void *user)
{
	struct shared *shared = user;
	struct store_conn *conns[2] = { NULL, NULL };
	struct feed_position position = { .scope = suite_scope(1) };
	struct outrider_err err;
	struct arena arena;
	char *wrong = NULL;

	for (size_t i = 0; i < ARRAY_LEN(conns); i++)
		if (store_reader_open(&conns[i], shared->suite.store, &err) !=
		    OUTRIDER_OK)
			return "open";
	arena_init(&arena, &allocator_libc, 8 << 20);
	for (size_t i = 0; !wrong && !atomic_load(&shared->is_over); i ^= 1) {
		wrong = read_page(shared, conns[i], &position, &arena);
		store_read_end(conns[i ^ 1]);
		arena_reset(&arena);
		if (position.rev >= (uint64_t)SUBMITTERS * EACH)
			position.rev = 0;
	}
	arena_free(&arena);
	for (size_t i = 0; i < ARRAY_LEN(conns); i++) {
		store_read_end(conns[i]);
		store_reader_close(conns[i]);
	}
	return wrong;
}

static void join(pthread_t thread)
{
	void *wrong = NULL;

	assert_int_equal(0, pthread_join(thread, &wrong));
	if (wrong)
		fail_msg("%s", (const char *)wrong);
}

/* What the log came to. */
static int64_t run_many(void)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	struct submitter *submitters = calloc(SUBMITTERS, sizeof(*submitters));
	pthread_t threads[SUBMITTERS], readers[READERS];
	int64_t n_bytes;

	assert_non_null(shared);
	assert_non_null(submitters);
	pthread_mutex_init(&shared->ids_lock, NULL);
	suite_init(&shared->suite, &store_sqlite);
	suite_open(&shared->suite, false);
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(0, pthread_create(&readers[i], NULL,
						   reader_main, shared));
	for (size_t i = 0; i < SUBMITTERS; i++) {
		submitters[i].shared = shared;
		pthread_mutex_init(&submitters[i].lock, NULL);
		pthread_cond_init(&submitters[i].answered, NULL);
		assert_int_equal(0, pthread_create(&threads[i], NULL,
						   submitter_main,
						   &submitters[i]));
	}
	for (size_t i = 0; i < SUBMITTERS; i++)
		join(threads[i]);
	/* A reader that has seen all starts anew: one more look for each. */
	unsigned n_reads = atomic_load(&shared->n_reads);
	while (atomic_load(&shared->n_reads) < n_reads + 200)
		;
	atomic_store(&shared->is_over, true);
	for (size_t i = 0; i < READERS; i++)
		join(readers[i]);
	n_bytes = suite_file_bytes(&shared->suite, "-wal");
	print_message("log of %lld KiB\n", (long long)n_bytes / 1024);
	suite_check(&shared->suite);
	suite_free(&shared->suite);
	free(submitters);
	free(shared);
	return n_bytes;
}

static void test_many(void **state)
{
	int64_t n_bytes = run_many();

	(void)state;
	/* The second mark, and what was written while it was waited for. */
	for (int i = 1; i < LOG_TRIES && n_bytes >= LOG_MAX; i++)
		n_bytes = run_many();
	assert_true(n_bytes < LOG_MAX);
}

/* ------------------------------------------------------------ giving way */

/* A write that says when it ran, and may be held up inside. */
struct polite {
	struct store_write write;
	struct polite_world *world;
	unsigned ran_as; /* the how-manyth; 0: not yet */
	bool is_held, was_awaited, is_answered;
};

struct polite_world {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned n_run;
	bool is_inside, is_let_go; /* the one that is held */
};

static enum outrider_code
run_polite(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct polite *polite = user;
	struct polite_world *world = polite->world;

	(void)err;
	pthread_mutex_lock(&world->lock);
	polite->ran_as = ++world->n_run;
	world->is_inside = world->is_inside || polite->is_held;
	pthread_cond_broadcast(&world->changed);
	while (polite->is_held && !world->is_let_go)
		pthread_cond_wait(&world->changed, &world->lock);
	pthread_mutex_unlock(&world->lock);
	polite->was_awaited = store_is_awaited(tx);
	return OUTRIDER_OK;
}

static void polite_done(void *user, struct store_write *write)
{
	struct polite *polite = user;

	(void)write;
	pthread_mutex_lock(&polite->world->lock);
	polite->is_answered = true;
	pthread_cond_broadcast(&polite->world->changed);
	pthread_mutex_unlock(&polite->world->lock);
}

static void submit_polite(struct suite *suite, struct polite *polite,
			  struct polite_world *world)
{
	polite->world = world;
	polite->write.run = run_polite;
	polite->write.done = polite_done;
	polite->write.user = polite;
	assert_int_equal(OUTRIDER_OK,
			 store_submit(suite->store, &polite->write, NULL));
}

static void wait_until(struct polite_world *world, const bool *is_so)
{
	pthread_mutex_lock(&world->lock);
	while (!*is_so)
		pthread_cond_wait(&world->changed, &world->lock);
	pthread_mutex_unlock(&world->lock);
}

/* A store whose writer is inside of a write, until let_go. */
static void hold_writer(struct suite *suite, struct polite_world *world,
			struct polite *held)
{
	pthread_mutex_init(&world->lock, NULL);
	pthread_cond_init(&world->changed, NULL);
	suite_init(suite, &store_sqlite);
	suite_open(suite, false);
	submit_polite(suite, held, world);
	wait_until(world, &world->is_inside);
}

static void polite_end(struct polite_world *world)
{
	pthread_cond_destroy(&world->changed);
	pthread_mutex_destroy(&world->lock);
}

static void let_go(struct polite_world *world)
{
	pthread_mutex_lock(&world->lock);
	world->is_let_go = true;
	pthread_cond_broadcast(&world->changed);
	pthread_mutex_unlock(&world->lock);
}

static void test_giving_way(void **state)
{
	struct polite_world world = { .n_run = 0 };
	struct polite held = { .is_held = true }, next = { .ran_as = 0 };
	struct polite patient = { .write.is_patient = true };
	struct polite last = { .write.is_patient = true };
	struct suite suite;

	(void)state;
	hold_writer(&suite, &world, &held);
	/* Before the next one, and yet behind it. */
	submit_polite(&suite, &patient, &world);
	submit_polite(&suite, &next, &world);
	let_go(&world);
	wait_until(&world, &patient.is_answered);
	assert_int_equal(1, held.ran_as);
	assert_int_equal(2, next.ran_as);
	assert_int_equal(3, patient.ran_as);
	/* Those that give way are not waited for. */
	assert_true(held.was_awaited);
	assert_false(next.was_awaited);
	/* Closing leaves nobody without an answer. */
	submit_polite(&suite, &last, &world);
	suite_free(&suite);
	assert_true(last.is_answered);
	assert_int_equal(4, last.ran_as);
	polite_end(&world);
}

/* Whoever writes little waits for one batch, not for all that queue. */
static void test_long_ones(void **state)
{
	static const unsigned order[] = { 2, 5, 6, 3, 4 };
	struct polite_world world = { .n_run = 0 };
	struct polite held = { .is_held = true };
	struct polite writes[] = {
		{ .write.is_long = true },  { .write.is_long = true },
		{ .write.is_long = true },  { .write.is_long = false },
		{ .write.is_long = false },
	};
	struct suite suite;

	(void)state;
	hold_writer(&suite, &world, &held);
	for (size_t i = 0; i < ARRAY_LEN(writes); i++)
		submit_polite(&suite, &writes[i], &world);
	let_go(&world);
	suite_free(&suite);
	for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
		assert_true(writes[i].is_answered);
		assert_int_equal(order[i], writes[i].ran_as);
	}
	polite_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_giving_way),
		cmocka_unit_test(test_long_ones),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
