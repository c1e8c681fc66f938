/*
 * The process is killed in the middle of writes, again and again on one
 * database, and in the middle of copying the log: each write that was answered
 * is there afterwards, whole, and the tables agree.
 */
#include "search_check.h"
#include "suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	    20
#define IN_FLIGHT   16
#define ANSWERS_MAX 20000

struct answer {
	struct uuid id;
	uint64_t rev;
	enum change_op op;
};

/* Between the answers: the log begins to be copied. */
#define REV_COPY UINT64_MAX
/* The log is long soon. */
#define PADDING_COPY ((size_t)16 << 10)
#define ROUNDS_COPY  10

struct flight {
	struct act act;
	struct store_write write;
	int pipe;
	struct store *store;
	struct suite *suite;
	unsigned n; /* acts so far: creates and updates in turn */
};

static enum outrider_code
run_flight(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct flight *flight = user;

	return act_run(&flight->act, tx, err);
}

static void start_act(struct flight *flight)
{
	struct outrider_err err;

	flight->act.op = flight->n % 3 ? CHANGE_UPDATE : CHANGE_CREATE;
	flight->act.name = flight->n % 2 ? "a" : "b";
	if (flight->n % 3 == 0)
		flight->act.id = suite_uuid(flight->suite);
	flight->act.n_scopes = flight->n % 3;
	flight->act.scopes[0] = suite_scope(1);
	flight->act.scopes[1] = suite_scope(2 + flight->n % 4);
	flight->n++;
	if (store_submit(flight->store, &flight->write, &err) != OUTRIDER_OK)
		_exit(3);
}

static ssize_t put(int fd, const void *at, size_t len)
{
	return write(fd, at, len);
}

/* On the writer's thread: tells the parent, and goes on. */
static void flight_done(void *user, struct store_write *write)
{
	struct flight *flight = user;
	struct answer answer = {
		.id = flight->act.id,
		.rev = flight->act.rev,
		.op = flight->act.op,
	};

	if (write->code != OUTRIDER_OK)
		_exit(4);
	/* Less than PIPE_BUF: whole or not at all. */
	if (put(flight->pipe, &answer, sizeof(answer)) != sizeof(answer))
		_exit(5);
	start_act(flight);
}

/* Beside them one that indexes, again and again. */
struct indexing {
	struct store_write write;
	struct store *store;
	struct search_known known;
	struct arena arena;
};

static enum outrider_code
run_indexing(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct indexing *indexing = user;
	uint64_t reached;
	bool is_behind;

	arena_reset(&indexing->arena);
	return store_search_index(tx, &reached, &is_behind, &indexing->known, 7,
				  &indexing->arena, err);
}

static void indexing_done(void *user, struct store_write *write)
{
	struct indexing *indexing = user;
	struct outrider_err err;

	if (write->code != OUTRIDER_OK)
		_exit(6);
	if (store_submit(indexing->store, write, &err) != OUTRIDER_OK)
		_exit(7);
}

static void start_indexing(struct indexing *indexing, struct store *store)
{
	indexing->store = store;
	indexing->write = (struct store_write){
		.run = run_indexing,
		.done = indexing_done,
		.user = indexing,
	};
	arena_init(&indexing->arena, &allocator_libc, (size_t)16 << 20);
	indexing_done(indexing, &indexing->write);
}

static int copy_pipe;

static enum backend_result told_copy(struct backend_conn *conn,
				     struct backend_log *out,
				     enum backend_copy how)
{
	struct answer answer = { .rev = REV_COPY };

	if (put(copy_pipe, &answer, sizeof(answer)) != sizeof(answer))
		_exit(8);
	return store_sqlite.copy_log(conn, out, how);
}

static _Noreturn void
be_the_server(struct suite *suite, int pipe, size_t padding)
{
	struct store_backend telling = store_sqlite;
	struct flight *flights = calloc(IN_FLIGHT, sizeof(*flights));
	struct outrider_err err;
	struct store *store = NULL;
	static struct indexing indexing;

	copy_pipe = pipe;
	telling.copy_log = told_copy;
	suite->config.backend = &telling;
	if (!flights || store_open(&store, &suite->config, &err) != OUTRIDER_OK)
		_exit(2);
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		flights[i] = (struct flight){
			.act = { .entity = contact_entity(),
				 .padding = padding },
			.write = {
				.run = run_flight,
				.done = flight_done,
				.user = &flights[i],
			},
			.pipe = pipe,
			.store = store,
			.suite = suite,
		};
		start_act(&flights[i]);
	}
	start_indexing(&indexing, store);
	for (;;)
		pause();
}

/*
 * Kills the server once it has given a number of answers, or while it copies,
 * a moment later, and reads what else it said before it was dead.
 */
static size_t kill_after(struct suite *suite, pid_t server, int pipe,
			 struct answer *answers, bool is_copying)
{
	size_t n = 0, n_kill = 20 + suite_random(suite) % 400;
	bool is_killed = false;
	struct timespec moment = {
		.tv_nsec = (long)(suite_random(suite) % 2000000),
	};
	int status = 0;

	while (n < ANSWERS_MAX &&
	       read(pipe, &answers[n], sizeof(*answers)) == sizeof(*answers)) {
		bool is_copy = answers[n].rev == REV_COPY;
		n += !is_copy;
		if (is_killed || (is_copying ? !is_copy : n < n_kill))
			continue;
		nanosleep(&moment, NULL);
		assert_int_equal(0, kill(server, SIGKILL));
		is_killed = true;
	}
	assert_int_equal(server, waitpid(server, &status, 0));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(SIGKILL, WTERMSIG(status));
	assert_true(is_killed);
	return n;
}

static void
check_answers(struct suite *suite, const struct answer *answers, size_t n)
{
	struct outrider_err err;
	struct change change;

	for (size_t i = 0; i < n; i++) {
		assert_ok(store_change(suite->reader, &change, answers[i].rev,
				       &suite->arena, &err),
			  err);
		assert_memory_equal(&answers[i].id, &change.id, 16);
		assert_int_equal(answers[i].op, change.op);
		arena_reset(&suite->arena);
	}
}

static void check_kills(unsigned n_rounds, size_t padding)
{
	struct answer *answers = calloc(ANSWERS_MAX, sizeof(*answers));
	struct outrider_err err;
	struct suite suite;
	size_t n_answers = 0;

	assert_non_null(answers);
	suite_init(&suite, &store_sqlite);
	assert_ok(store_create(&suite.config, &err), err);
	for (unsigned round = 0; round < n_rounds; round++) {
		int pipes[2];
		assert_int_equal(0, pipe(pipes));
		suite.random += 1000003; /* other ids in each child */
		pid_t server = fork();
		assert_true(server >= 0);
		if (server == 0) {
			close(pipes[0]);
			be_the_server(&suite, pipes[1], padding);
		}
		close(pipes[1]);
		size_t n = kill_after(&suite, server, pipes[0], answers,
				      padding > 0);
		close(pipes[0]);
		n_answers += n;
		assert_ok(store_open(&suite.store, &suite.config, &err), err);
		assert_ok(store_reader_open(&suite.reader, suite.store, &err),
			  err);
		check_answers(&suite, answers, n);
		suite_check(&suite);
		/* From where the last one died. */
		search_index_all(&suite, 1000);
		search_check(&suite);
		suite_close(&suite);
	}
	print_message("%zu answered writes stood %u kills\n", n_answers,
		      n_rounds);
	suite_free(&suite);
	free(answers);
}

static void test_kill_nine(void **state)
{
	(void)state;
	check_kills(ROUNDS, 0);
}

static void test_kill_copying(void **state)
{
	(void)state;
	check_kills(ROUNDS_COPY, PADDING_COPY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kill_nine),
		cmocka_unit_test(test_kill_copying),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
