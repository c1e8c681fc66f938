/*
 * The one writer: many calls' writes in one transaction, a savepoint each,
 * answers after the commit. A write that has a transaction for itself needs
 * none, and spares SQLite the copies of all pages that it changes.
 *
 *	submit -> queue -> group --+-- committed: every write is answered
 *	                           |
 *	                           +-- gone: the culprit is answered, the others
 *	                               run again, each in its own transaction
 *
 * An error of one write rolls back to its savepoint and the group goes on, but
 * where the disk was full or failed. And a database may answer an error by
 * rolling back all of it (SQLite mostly does then), so after each write the
 * writer asks whether the transaction still stands, and runs nothing more of a
 * group that is gone: it would be committed statement by statement. Revisions
 * are counted from the log at the start of each transaction and set back with
 * each savepoint, so that they stay in the order of commits and without a gap.
 */
#include "store/parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* A closure that holds up everybody else's is worth a line, now and then. */
#define SLOW_WRITE_US	   5000
#define SLOW_WRITE_LINE_US 10000000
/* Nobody has written for so long: those who give way may go. Who writes again
 * and again, such as a phone with a full outbox, is back sooner. */
#define QUIET_NS 50000000L

static enum outrider_code
exec(struct store_conn *conn, enum statement which, struct outrider_err *err)
{
	return store_run(conn, NULL, which, NULL, 0, err);
}

static enum outrider_code
begin(struct store_conn *conn, struct outrider_err *err)
{
	struct query query;
	bool has_row = false;

	conn->spoiled.code = OUTRIDER_OK;
	conn->spoiled_by = BACKEND_DONE;
	conn_rollback(conn); /* a rollback that failed is asked for again */
	touched_cut(&conn->touched, 0, 0);
	conn->lanes.has_new = false;
	enum outrider_code code = exec(conn, STATEMENT_BEGIN_WRITE, err);
	if (code == OUTRIDER_OK)
		code = query_start(&query, conn, STATEMENT_REV, NULL, 0, err);
	if (code != OUTRIDER_OK)
		return code;
	code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK)
		conn->rev = (uint64_t)query_int(&query, 0);
	query_end(&query);
	return code;
}

bool store_is_awaited(struct store_conn *tx)
{
	struct store *store = tx->store;
	bool is_awaited;

	pthread_mutex_lock(&store->lock);
	is_awaited = store->is_group || store->writes.first ||
		     store->long_writes.first;
	pthread_mutex_unlock(&store->lock);
	return is_awaited;
}

static bool stands(struct store_conn *conn)
{
	return conn->store->backend->in_transaction(conn->db);
}

/*
 * The disk was full, or failed: nothing more is put upon what was written till
 * then. SQLite may undo the one statement and let the rest be committed; a log
 * whose pages were written over in vain can end before such a commit, and a
 * process that opens it next doesn't find it.
 */
static bool is_shaken(const struct store_conn *conn)
{
	return conn->spoiled_by == BACKEND_FULL ||
	       conn->spoiled_by == BACKEND_FAILED;
}

/*
 * The closure and how long it took. It may live with an error of one of several
 * records; it may not with one that left a record half written.
 */
static void run_closure(struct store_conn *conn, struct store_write *write)
{
	const struct context *context = conn->store->context;
	int64_t start_us = context->mono_us(context->user);

	conn->is_in_closure = true;
	write->code = write->run(write->user, conn, &write->err);
	conn->is_in_closure = false;
	if (conn->spoiled.code != OUTRIDER_OK) {
		write->err = conn->spoiled;
		write->code = conn->spoiled.code;
	}
	int64_t took_us = context->mono_us(context->user) - start_us;
	if (took_us > SLOW_WRITE_US && store_is_awaited(conn) &&
	    start_us >= conn->slow_told_us + SLOW_WRITE_LINE_US) {
		conn->slow_told_us = start_us;
		context_log(context, LOG_LEVEL_WARNING, "store.slow_write",
			    "us=%lld", (long long)took_us);
	}
}

/* Runs the closure and keeps or undoes what it did. */
static void run_in_savepoint(struct store_conn *conn, struct store_write *write)
{
	uint64_t rev = conn->rev;
	size_t n_touched = conn->touched.n;

	write->code = exec(conn, STATEMENT_SAVEPOINT, &write->err);
	if (write->code != OUTRIDER_OK)
		return;
	run_closure(conn, write);
	if (!stands(conn))
		return;
	struct outrider_err err;
	if (write->code != OUTRIDER_OK) {
		conn->rev = rev;
		touched_cut(&conn->touched, n_touched, rev);
		if (exec(conn, STATEMENT_ROLLBACK_TO, &err) != OUTRIDER_OK) {
			/* What it did can't be told from the others' work. */
			conn_rollback(conn);
			return;
		}
	}
	if (exec(conn, STATEMENT_RELEASE, &err) != OUTRIDER_OK) {
		conn_rollback(conn);
		write->err = err;
		write->code = err.code;
	}
}

/*
 * One write of a transaction; false if the transaction is gone for it. What it
 * did is undone unless it is OK; of one that is alone, by the caller.
 */
static bool
run_write(struct store_conn *conn, struct store_write *write, bool is_alone)
{
	conn->spoiled.code = OUTRIDER_OK;
	conn->spoiled_by = BACKEND_DONE;
	err_clear(&write->err);
	if (is_alone)
		run_closure(conn, write);
	else
		run_in_savepoint(conn, write);
	if (is_shaken(conn))
		conn_rollback(conn);
	if (stands(conn))
		return true;
	if (write->code == OUTRIDER_OK)
		write->code = err_set(&write->err, OUTRIDER_UNAVAILABLE, NULL,
				      "the transaction is gone");
	return false;
}

/* Calls done; the write may be freed by it. */
static void answer(struct store_write *write)
{
	write->done(write->user, write);
}

static void tell_committed(struct store *store, uint64_t before)
{
	struct store_conn *conn = store->writer;

	log_copy_settle(store);
	if (store->on_commit && conn->rev > before)
		store->on_commit(store->user, conn->rev);
}

/* In its own transaction; the write is answered. */
static void run_alone(struct store *store, struct store_write *write)
{
	struct store_conn *conn = store->writer;
	bool is_committed = false;

	write->code = begin(conn, &write->err);
	uint64_t before = conn->rev;
	if (write->code == OUTRIDER_OK && run_write(conn, write, true) &&
	    write->code == OUTRIDER_OK) {
		write->code = exec(conn, STATEMENT_COMMIT, &write->err);
		is_committed = write->code == OUTRIDER_OK;
	}
	conn_rollback(conn);
	if (conn->spoiled_by == BACKEND_FULL)
		log_copy_cut(store);
	answer(write);
	if (is_committed)
		tell_committed(store, before);
}

static void answer_all(struct store_write *group)
{
	while (group) {
		struct store_write *next = group->next;
		answer(group);
		group = next;
	}
}

static void fail_all(struct store_write *group, const struct outrider_err *err)
{
	for (struct store_write *write = group; write; write = write->next) {
		write->code = err->code;
		write->err = *err;
	}
	answer_all(group);
}

/*
 * Runs all of the group in the transaction that stands, and commits. False if
 * nothing of it was kept; *culprit gets the write that did it, if one did.
 */
static bool run_together(struct store_conn *conn, struct store_write *group,
			 struct store_write **culprit)
{
	struct outrider_err err;

	*culprit = NULL;
	for (struct store_write *write = group; write; write = write->next) {
		if (!run_write(conn, write, false)) {
			*culprit = write;
			return false;
		}
	}
	if (exec(conn, STATEMENT_COMMIT, &err) == OUTRIDER_OK)
		return true;
	conn_rollback(conn);
	return false;
}

static void run_group(struct store *store, struct store_write *group)
{
	struct store_conn *conn = store->writer;
	struct store_write *culprit = NULL;
	struct outrider_err err;

	store->is_group = group->next != NULL;
	if (!group->next) {
		run_alone(store, group);
		return;
	}
	if (begin(conn, &err) != OUTRIDER_OK) {
		conn_rollback(conn);
		fail_all(group, &err);
		return;
	}
	uint64_t before = conn->rev;
	if (run_together(conn, group, &culprit)) {
		answer_all(group);
		tell_committed(store, before);
		return;
	}
	context_log(store->context, LOG_LEVEL_WARNING, "store.group_gone",
		    "has_culprit=%d", culprit != NULL);
	if (conn->spoiled_by == BACKEND_FULL)
		log_copy_cut(store);
	while (group) {
		struct store_write *next = group->next;
		if (group == culprit)
			answer(group);
		else
			run_alone(store, group);
		group = next;
	}
}

/* ------------------------------------------------------------------ queue */

static void enqueue(struct write_queue *queue, struct store_write *write)
{
	write->next = NULL;
	*queue->last = write;
	queue->last = &write->next;
}

/* The first ones, at most so many, taken off; NULL: none waits. */
static struct store_write *
dequeue(size_t *n, struct write_queue *queue, size_t most)
{
	struct store_write *group = queue->first, *last = group;

	*n = 0;
	if (!group)
		return NULL;
	for (*n = 1; last->next && *n < most; ++*n)
		last = last->next;
	queue->first = last->next;
	last->next = NULL;
	if (!queue->first)
		queue->last = &queue->first;
	return group;
}

/*
 * The next group; NULL if nothing waits. Of the long ones one, and only if the
 * last group was none or nobody else waits: who writes little waits for one
 * batch at most, however many there are. Locked.
 */
static struct store_write *take_group(struct store *store)
{
	bool is_long = store->long_writes.first &&
		       (!store->was_long || !store->writes.first);
	struct store_write *group;
	size_t n;

	if (is_long)
		group = dequeue(&n, &store->long_writes, 1);
	else
		group = dequeue(&n, &store->writes, store->max_group);
	store->was_long = is_long;
	store->n_queued -= n;
	return group;
}

/* One of those who give way; NULL: none. Locked. */
static struct store_write *take_patient(struct store *store)
{
	struct store_write *write = store->patient;

	if (write) {
		store->patient = write->next;
		write->next = NULL;
	}
	return write;
}

bool writer_wait_quiet(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += QUIET_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	return pthread_cond_timedwait(cond, lock, &until) == ETIMEDOUT;
}

static void *writer_main(void *user)
{
	struct store *store = user;
	bool is_quiet = false;

	pthread_mutex_lock(&store->lock);
	for (;;) {
		struct store_write *group = take_group(store);
		if (group) {
			is_quiet = false;
		} else if (store->patient && !is_quiet && !store->is_closing) {
			is_quiet =
				writer_wait_quiet(&store->work, &store->lock);
			continue;
		} else {
			group = take_patient(store);
		}
		if (!group && store->is_closing)
			break;
		if (!group) {
			pthread_cond_wait(&store->work, &store->lock);
			continue;
		}
		pthread_mutex_unlock(&store->lock);
		run_group(store, group);
		pthread_mutex_lock(&store->lock);
	}
	pthread_mutex_unlock(&store->lock);
	return NULL;
}

enum outrider_code store_submit(struct store *store, struct store_write *write,
				struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	write->next = NULL;
	pthread_mutex_lock(&store->lock);
	if (store->is_closing)
		code = OUTRIDER_UNAVAILABLE;
	else if (store->n_queued >= store->max_queue)
		code = OUTRIDER_RESOURCE_EXHAUSTED;
	if (code == OUTRIDER_OK && write->is_patient && !store->is_inline) {
		write->next = store->patient;
		store->patient = write;
		pthread_cond_signal(&store->work);
	} else if (code == OUTRIDER_OK) {
		enqueue(write->is_long ? &store->long_writes : &store->writes,
			write);
		if (store->n_queued++ == 0)
			pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->lock);
	if (code == OUTRIDER_UNAVAILABLE)
		return err_set(err, code, NULL, "the server is shutting down");
	if (code == OUTRIDER_RESOURCE_EXHAUSTED)
		return err_set(err, code, NULL, "too many writes wait already");
	return OUTRIDER_OK;
}

bool store_run_writes(struct store *store)
{
	bool had_any = false;

	assert(store->is_inline);
	for (;;) {
		pthread_mutex_lock(&store->lock);
		struct store_write *group = take_group(store);
		pthread_mutex_unlock(&store->lock);
		if (!group)
			return had_any;
		had_any = true;
		run_group(store, group);
	}
}

/* ---------------------------------------------------------- waiting writes */

struct waiting {
	store_run_fn *run;
	void *user;
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
};

static enum outrider_code
run_waiting(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct waiting *waiting = user;

	return waiting->run(waiting->user, tx, err);
}

static void waiting_done(void *user, struct store_write *write)
{
	struct waiting *waiting = user;

	(void)write;
	pthread_mutex_lock(&waiting->lock);
	waiting->is_done = true;
	pthread_cond_signal(&waiting->done);
	pthread_mutex_unlock(&waiting->lock);
}

enum outrider_code store_write_now(struct store *store, store_run_fn *run,
				   void *user, struct outrider_err *err)
{
	struct waiting waiting = { .run = run, .user = user };
	struct store_write write = {
		.run = run_waiting,
		.done = waiting_done,
		.user = &waiting,
	};
	pthread_mutex_init(&waiting.lock, NULL);
	pthread_cond_init(&waiting.done, NULL);
	enum outrider_code code = store_submit(store, &write, err);
	if (code == OUTRIDER_OK) {
		if (store->is_inline)
			store_run_writes(store);
		pthread_mutex_lock(&waiting.lock);
		while (!waiting.is_done)
			pthread_cond_wait(&waiting.done, &waiting.lock);
		pthread_mutex_unlock(&waiting.lock);
		code = write.code;
		if (err)
			*err = write.err;
	}
	pthread_cond_destroy(&waiting.done);
	pthread_mutex_destroy(&waiting.lock);
	return code;
}

/* ------------------------------------------------------------------- life */

enum outrider_code writer_start(struct store *store, struct outrider_err *err)
{
	if (pthread_create(&store->thread, NULL, writer_main, store) != 0)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "there is no room for another thread");
	store->has_thread = true;
	return OUTRIDER_OK;
}

void writer_stop(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->is_closing = true;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
	if (store->has_thread)
		pthread_join(store->thread, NULL);
	else if (store->writer && store->is_inline)
		store_run_writes(store);
}
