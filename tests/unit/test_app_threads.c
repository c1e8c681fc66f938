/*
 * Calls on several workers over a store with a writer of its own: nobody
 * waits for ever, nothing is woken after its end, and whoever was answered
 * finds what they wrote, with the index of words behind them. Run it under the
 * thread sanitizer too.
 */
#include "model/wire.h"
#include "thread_firm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORKERS		((size_t)4)
#define CALLS		((size_t)150)
#define ABANDONED_EVERY ((size_t)5)

struct thread_test {
	struct thread_firm firm;
	atomic_uint_fast64_t last_rev; /* of the last write; 0: not yet */
	atomic_size_t n_words;
	atomic_size_t n_answered, n_abandoned;
	atomic_size_t n_named, n_unfound;
};

static void check(enum outrider_code code, const struct outrider_err *err)
{
	if (code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(code), err->text);
}

static int open_firm(void **state)
{
	static struct thread_test test;

	memset(&test, 0, sizeof(test));
	thread_firm_open(&test.firm, 0);
	*state = &test;
	return 0;
}

static int close_firm(void **state)
{
	thread_firm_close(&((struct thread_test *)*state)->firm);
	return 0;
}

/* ------------------------------------------------------------------ calls */

/* Somebody who was answered looks for their note at once. */
static void
find_note(struct thread_test *t, struct app_worker *worker, const char *text)
{
	static const char path[] = "/outrider.v1.SearchService/Search";
	struct bell bell;
	struct buffer request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	struct wire_field hit, where;

	bell_init(&bell, &t->firm);
	buffer_init(&request, &allocator_libc, 256);
	wire_put_bytes(&request, 1, text, strlen(text));
	call = bell_begin(worker, &bell, t->firm.token, path, &request);
	if (app_call_next(call, &message, &status) != APP_MESSAGE ||
	    !wire_find(&hit, message, 1) || !wire_find(&where, hit.value, 5) ||
	    where.value.len != strlen(text) ||
	    memcmp(where.value.at, text, where.value.len) != 0)
		atomic_fetch_add(&t->n_unfound, 1);
	app_call_free(call);
	buffer_free(&request);
}

static void create_note(struct thread_test *t, struct app_worker *worker,
			struct bell *bell, size_t i)
{
	static const char path[] = "/outrider.v1.NoteService/CreateNote";
	struct buffer note, request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	enum app_progress progress;
	char text[32];

	snprintf(text, sizeof(text), "note%zuth",
		 atomic_fetch_add(&t->n_named, 1));
	buffer_init(&note, &allocator_libc, 256);
	buffer_init(&request, &allocator_libc, 256);
	wire_put_bytes(&note, 10, text, strlen(text));
	wire_put_bytes(&request, 1, note.at, note.len);
	call = bell_begin(worker, bell, t->firm.token, path, &request);
	buffer_free(&note);
	buffer_free(&request);
	while ((progress = app_call_next(call, &message, &status)) ==
	       APP_WAIT) {
		/* Some peers leave, some of those say so. */
		if (i % ABANDONED_EVERY == 0) {
			if (i % (2 * ABANDONED_EVERY) == 0)
				app_call_cancel(call);
			atomic_fetch_add(&t->n_abandoned, 1);
			bell_end(call, bell);
			return;
		}
		bell_wait(bell);
	}
	if (progress == APP_MESSAGE)
		progress = app_call_next(call, &message, &status);
	if (progress == APP_END && status.code == OUTRIDER_OK) {
		atomic_fetch_add(&t->n_answered, 1);
		find_note(t, worker, text);
	} else {
		fprintf(stderr, "%s\n", status.text);
	}
	bell_end(call, bell);
}

static void *write_notes(void *user)
{
	struct thread_test *t = user;
	struct app_worker *worker;
	struct outrider_err err;
	/* A late wake may come to any of them: they live to the end. */
	struct bell *bells = calloc(CALLS, sizeof(*bells));

	if (!bells)
		return NULL;
	if (app_worker_open(&worker, t->firm.app, &err) != OUTRIDER_OK) {
		free(bells);
		return NULL;
	}
	for (size_t i = 0; i < CALLS; i++) {
		bell_init(&bells[i], &t->firm);
		create_note(t, worker, &bells[i], i);
	}
	app_worker_close(worker);
	return bells;
}

static size_t count_notes(struct thread_test *t)
{
	static const char path[] = "/outrider.v1.NoteService/ListNotes";
	struct app_worker *worker;
	struct bell bell;
	struct buffer request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	struct outrider_err err;
	struct wire_reader reader;
	struct wire_field field;
	size_t n = 0;

	check(app_worker_open(&worker, t->firm.app, &err), &err);
	bell_init(&bell, &t->firm);
	buffer_init(&request, &allocator_libc, 256);
	wire_put_scalar(&request, 1, 1000);
	call = bell_begin(worker, &bell, t->firm.token, path, &request);
	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	reader = wire_read(message);
	while (wire_next(&reader, &field) > 0)
		n += field.number == 1;
	app_call_free(call);
	buffer_free(&request);
	app_worker_close(worker);
	return n;
}

static void many_write_and_some_leave(void **state)
{
	struct thread_test *t = *state;
	pthread_t threads[WORKERS];
	struct bell *bells[WORKERS];
	size_t n_answered, n_notes;

	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, write_notes, t), 0);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], (void **)&bells[i]);
	n_answered = atomic_load(&t->n_answered);
	n_notes = count_notes(t);
	assert_int_equal(n_answered + atomic_load(&t->n_abandoned),
			 WORKERS * CALLS);
	assert_true(n_notes >= n_answered);
	assert_int_equal(atomic_load(&t->n_unfound), 0);
	/* A peer that left without a word has its note all the same. */
	assert_true(n_notes <= WORKERS * CALLS);
	store_close(t->firm.store);
	t->firm.store = NULL;
	assert_int_equal(atomic_load(&t->firm.n_late_wakes), 0);
	for (size_t i = 0; i < WORKERS; i++)
		free(bells[i]);
}

/* -------------------------------------------------------------------- push */

enum { PUSHES = 12, MUTATIONS = 60 };

/* One device's outbox up to its n-th mutation, none of it answered. */
static void put_outbox(struct buffer *out, size_t n)
{
	uint8_t id[16] = { 0x01, 0x9a, 1, 2, 3, 4, 0x70, 1, 0x80 };
	struct buffer text, mutation;

	buffer_init(&text, &allocator_libc, 256);
	buffer_init(&mutation, &allocator_libc, 256);
	wire_put_bytes(out, 1, "an outbox's name", 16);
	wire_put_scalar(out, 2, 1);
	for (size_t i = 0; i < n; i++) {
		id[15] = (uint8_t)(i + 1);
		buffer_clear(&text);
		buffer_clear(&mutation);
		wire_put_bytes(&text, 10, "pushed", 6);
		wire_put_scalar(&mutation, 1, 7); /* a note */
		wire_put_bytes(&mutation, 2, id, sizeof(id));
		wire_put_scalar(&mutation, 3, 1);
		wire_put_bytes(&mutation, 6, text.at, text.len);
		wire_put_bytes(out, 6, mutation.at, mutation.len);
	}
	buffer_free(&text);
	buffer_free(&mutation);
}

static void push_once(struct thread_test *t, struct app_worker *worker,
		      struct bell *bell, size_t n, bool is_abandoned)
{
	struct buffer request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	enum app_progress progress;

	buffer_init(&request, &allocator_libc, 64 << 10);
	put_outbox(&request, n);
	call = bell_begin(worker, bell, t->firm.device_token,
			  "/outrider.v1.SyncService/Push", &request);
	buffer_free(&request);
	while ((progress = app_call_next(call, &message, &status)) ==
		       APP_WAIT &&
	       !is_abandoned)
		bell_wait(bell);
	if (progress == APP_MESSAGE) {
		struct wire_reader reader = wire_read(message);
		struct wire_field field;

		while (wire_next(&reader, &field) > 0)
			n -= field.number == 1;
		if (app_call_next(call, &message, &status) == APP_END &&
		    status.code == OUTRIDER_OK && n == 0)
			atomic_fetch_add(&t->n_answered, 1);
	} else if (progress == APP_WAIT) {
		atomic_fetch_add(&t->n_abandoned, 1);
	}
	bell_end(call, bell);
}

static void *push_outbox(void *user)
{
	struct thread_test *t = user;
	struct app_worker *worker;
	struct outrider_err err;
	struct bell *bells = calloc(PUSHES, sizeof(*bells));

	if (!bells)
		return NULL;
	if (app_worker_open(&worker, t->firm.app, &err) != OUTRIDER_OK) {
		free(bells);
		return NULL;
	}
	for (size_t i = 0; i < PUSHES; i++) {
		bell_init(&bells[i], &t->firm);
		push_once(t, worker, &bells[i], (i + 1) * MUTATIONS / PUSHES,
			  i % 4 == 2);
	}
	app_worker_close(worker);
	return bells;
}

/* Each worker sends the same outbox, further each time. */
static void one_outbox_by_all_workers(void **state)
{
	struct thread_test *t = *state;
	pthread_t threads[WORKERS];
	struct bell *bells[WORKERS];

	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, push_outbox, t), 0);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], (void **)&bells[i]);
	assert_int_equal(atomic_load(&t->n_answered) +
				 atomic_load(&t->n_abandoned),
			 WORKERS * PUSHES);
	assert_true(atomic_load(&t->n_answered) >= WORKERS * PUSHES / 4 * 3);
	assert_int_equal(count_notes(t), MUTATIONS);
	store_close(t->firm.store);
	t->firm.store = NULL;
	assert_int_equal(atomic_load(&t->firm.n_late_wakes), 0);
	for (size_t i = 0; i < WORKERS; i++)
		free(bells[i]);
}

/* ------------------------------------------------------------------- watch */

/*
 * One stream: to its third word or the last write, whichever comes first; the
 * last one of a worker until it has heard of the last write.
 */
static bool watch_once(struct thread_test *t, struct app_worker *worker,
		       struct bell *bell, bool is_last)
{
	static const char path[] = "/outrider.v1.SyncService/Watch";
	const struct buffer nothing = { .at = NULL };
	struct app_call *call =
		bell_begin(worker, bell, t->firm.device_token, path, &nothing);
	struct app_status status;
	struct wire_field rev = { .number = 0 };
	struct bytes message;
	enum app_progress progress = APP_WAIT;
	uint64_t last_rev = 0;
	size_t n = 0;

	while (is_last ? last_rev == 0 || rev.scalar < last_rev
		       : last_rev == 0 && n < 3) {
		progress = app_call_next(call, &message, &status);
		if (progress == APP_END)
			break;
		if (progress == APP_WAIT) {
			bell_wait(bell);
		} else if (wire_find(&rev, message, 1)) {
			n++;
			atomic_fetch_add(&t->n_words, 1);
		}
		last_rev = atomic_load(&t->last_rev);
	}
	bell_end(call, bell);
	return progress != APP_END;
}

enum { WATCHES = 40 };

static void *watch_all(void *user)
{
	struct thread_test *t = user;
	struct app_worker *worker;
	struct outrider_err err;
	struct bell *bells = calloc(WATCHES, sizeof(*bells));

	if (!bells ||
	    app_worker_open(&worker, t->firm.app, &err) != OUTRIDER_OK) {
		free(bells);
		return NULL;
	}
	for (size_t i = 0; i < WATCHES; i++) {
		bell_init(&bells[i], &t->firm);
		if (!watch_once(t, worker, &bells[i], i == WATCHES - 1))
			atomic_fetch_add(&t->firm.n_late_wakes, 1);
	}
	app_worker_close(worker);
	return bells;
}

static void write_one(struct thread_test *t)
{
	struct bell bell;
	struct app_worker *worker;
	struct outrider_err err;

	bell_init(&bell, &t->firm);
	check(app_worker_open(&worker, t->firm.app, &err), &err);
	create_note(t, worker, &bell, 1);
	app_worker_close(worker);
}

/* Streams come and go while others write: none misses the last word. */
static void watchers_hear_all_to_the_last(void **state)
{
	struct thread_test *t = *state;
	pthread_t writers[2], watchers[WORKERS];
	struct bell *bells[2 + WORKERS];
	struct store_conn *conn;
	struct outrider_err err;
	uint64_t rev;

	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(
			pthread_create(&watchers[i], NULL, watch_all, t), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&writers[i], NULL, write_notes, t), 0);
	for (size_t i = 0; i < 2; i++)
		pthread_join(writers[i], (void **)&bells[i]);
	check(store_reader_open(&conn, t->firm.store, &err), &err);
	check(store_read_begin(conn, &rev, &err), &err);
	store_read_end(conn);
	store_reader_close(conn);
	/* Whoever waits now is woken by this one and no other. */
	atomic_store(&t->last_rev, rev);
	write_one(t);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(watchers[i], (void **)&bells[2 + i]);
	assert_true(atomic_load(&t->n_words) >= WORKERS);
	store_close(t->firm.store);
	t->firm.store = NULL;
	assert_int_equal(atomic_load(&t->firm.n_late_wakes), 0);
	for (size_t i = 0; i < 2 + WORKERS; i++)
		free(bells[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(watchers_hear_all_to_the_last,
						open_firm, close_firm),
		cmocka_unit_test_setup_teardown(many_write_and_some_leave,
						open_firm, close_firm),
		cmocka_unit_test_setup_teardown(one_outbox_by_all_workers,
						open_firm, close_firm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
