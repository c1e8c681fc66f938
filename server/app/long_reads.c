/*
 * The threads of long reads and the queue before them. Knows callers and
 * turns; what is read is the handler's.
 *
 *	submit -> queue, by turns -> under way -> done
 */
#include "app/long_reads.h"

#include "app/parts.h"

#include <stdlib.h>

struct thread {
	struct long_reads *reads;
	struct app_worker *worker;
	struct long_read *under_way; /* or NULL; under the lock */
	pthread_t thread;
	bool is_started;
};

struct long_reads {
	pthread_mutex_t lock;
	pthread_cond_t has_work;
	struct long_read *first; /* of those that wait */
	bool is_closing;
	size_t n_threads;
	struct thread threads[];
};

/* ------------------------------------------------------------------- turns */

static bool is_of(const struct long_read *read, const struct uuid *caller)
{
	return read && uuid_compare(&read->call->principal.user, caller) == 0;
}

/* Of one caller, or of all: NULL. Under the lock. */
static size_t count(const struct long_reads *reads, const struct uuid *caller)
{
	size_t n = 0;

	for (const struct long_read *r = reads->first; r; r = r->next)
		n += !caller || is_of(r, caller);
	for (size_t i = 0; i < reads->n_threads; i++) {
		const struct long_read *r = reads->threads[i].under_way;
		n += caller ? is_of(r, caller) : r != NULL;
	}
	return n;
}

/* Behind the last one that has no more of its caller's before it. */
static void line_up(struct long_reads *reads, struct long_read *read)
{
	struct long_read **place = &reads->first;

	for (struct long_read **at = place; *at; at = &(*at)->next) {
		if ((*at)->n_before <= read->n_before)
			place = &(*at)->next;
	}
	read->next = *place;
	*place = read;
}

static void move_up(struct long_reads *reads, const struct uuid *caller)
{
	for (struct long_read *r = reads->first; r; r = r->next)
		r->n_before -= is_of(r, caller) && r->n_before > 0;
}

bool long_reads_has(struct long_reads *reads, const struct uuid *caller)
{
	bool has;

	pthread_mutex_lock(&reads->lock);
	has = count(reads, caller) > 0;
	pthread_mutex_unlock(&reads->lock);
	return has;
}

enum outrider_code long_reads_submit(struct long_reads *reads,
				     struct long_read *read,
				     struct outrider_err *err)
{
	bool is_taken;

	pthread_mutex_lock(&reads->lock);
	read->n_before = count(reads, &read->call->principal.user);
	is_taken = read->n_before < LONG_READS_OF_CALLER &&
		   count(reads, NULL) < LONG_READS_MAX;
	if (is_taken) {
		line_up(reads, read);
		pthread_cond_signal(&reads->has_work);
	}
	pthread_mutex_unlock(&reads->lock);
	if (is_taken)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, "filter",
		       "too many searches that no index serves are under way; "
		       "come again, or narrow it by a field with an index");
}

/* ----------------------------------------------------------------- threads */

/* The next one, under way now; NULL: all are done, and it closes. */
static struct long_read *take(struct thread *thread)
{
	struct long_reads *reads = thread->reads;
	struct long_read *read;

	pthread_mutex_lock(&reads->lock);
	while (!reads->first && !reads->is_closing)
		pthread_cond_wait(&reads->has_work, &reads->lock);
	read = reads->first;
	if (read)
		reads->first = read->next;
	thread->under_way = read;
	pthread_mutex_unlock(&reads->lock);
	return read;
}

static void run(struct thread *thread, struct long_read *read)
{
	struct long_reads *reads = thread->reads;
	struct app_call *call = read->call;
	struct app_worker *its_own = call->worker;
	enum outrider_code code;

	call->worker = thread->worker;
	code = read->run(call);
	call->worker = its_own;
	pthread_mutex_lock(&reads->lock);
	thread->under_way = NULL;
	move_up(reads, &call->principal.user);
	pthread_mutex_unlock(&reads->lock);
	read->done(call, code);
}

static void *run_all(void *user)
{
	struct thread *thread = user;
	struct long_read *read;

	while ((read = take(thread)))
		run(thread, read);
	return NULL;
}

static enum outrider_code
start(struct thread *thread, struct app *app, struct outrider_err *err)
{
	enum outrider_code code = app_worker_open(&thread->worker, app, err);

	if (code != OUTRIDER_OK)
		return code;
	thread->is_started =
		pthread_create(&thread->thread, NULL, run_all, thread) == 0;
	if (thread->is_started)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "no thread for searches");
}

enum outrider_code long_reads_open(struct long_reads **out, struct app *app,
				   unsigned n_threads, struct outrider_err *err)
{
	struct long_reads *reads = calloc(
		1, sizeof(*reads) + n_threads * sizeof(reads->threads[0]));
	enum outrider_code code = OUTRIDER_OK;

	*out = NULL;
	if (!reads)
		return err_no_memory(err);
	pthread_mutex_init(&reads->lock, NULL);
	pthread_cond_init(&reads->has_work, NULL);
	reads->n_threads = n_threads;
	for (size_t i = 0; i < n_threads && code == OUTRIDER_OK; i++) {
		reads->threads[i].reads = reads;
		code = start(&reads->threads[i], app, err);
	}
	if (code != OUTRIDER_OK)
		long_reads_close(reads);
	else
		*out = reads;
	return code;
}

void long_reads_close(struct long_reads *reads)
{
	if (!reads)
		return;
	pthread_mutex_lock(&reads->lock);
	reads->is_closing = true;
	pthread_cond_broadcast(&reads->has_work);
	pthread_mutex_unlock(&reads->lock);
	for (size_t i = 0; i < reads->n_threads; i++) {
		if (reads->threads[i].is_started)
			pthread_join(reads->threads[i].thread, NULL);
		app_worker_close(reads->threads[i].worker);
	}
	pthread_cond_destroy(&reads->has_work);
	pthread_mutex_destroy(&reads->lock);
	free(reads);
}
