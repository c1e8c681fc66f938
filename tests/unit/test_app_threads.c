/*
 * Calls on several workers over a store with a writer of its own: nobody
 * waits for ever, nothing is woken after its end, and whoever was answered
 * finds what they wrote, with the index of words behind them. Run it under the
 * thread sanitizer too.
 */
#include "app/dispatch.h"
#include "app/firm.h"
#include "app/keys.h"
#include "app/token.h"
#include "model/wire.h"
#include "store/backend.h"
#include "store/identity.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORKERS		((size_t)4)
#define CALLS		((size_t)150)
#define ABANDONED_EVERY ((size_t)5)

struct thread_test {
	struct context context;
	struct org_keys keys;
	struct store_config store_config;
	struct store *store;
	struct app *app;
	_Atomic(struct app *) listener; /* app, once it is open */
	char folder[64], path[80];
	char token[TOKEN_TEXT_LEN + 1];
	char device_token[TOKEN_TEXT_LEN + 1];
	atomic_uint_fast64_t last_rev; /* of the last write; 0: not yet */
	atomic_size_t n_words;
	atomic_size_t n_answered, n_abandoned, n_late_wakes;
	atomic_size_t n_named, n_unfound;
};

static void
quiet(void *user, enum log_level level, const char *event, const char *fields)
{
	(void)user;
	if (level >= LOG_LEVEL_ERROR)
		fprintf(stderr, "%s %s\n", event, fields);
}

static void on_commit(void *user, uint64_t rev)
{
	struct app *app = atomic_load(&((struct thread_test *)user)->listener);

	if (app)
		app_on_commit(app, rev);
}

static enum outrider_code
run_token(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct identity_token *token = user;
	const struct identity_device device = {
		.id = token->device,
		.user = token->user,
		.display_name = "phone",
		.enrolled_us = 1,
	};
	enum outrider_code code = identity_token_put(tx, token, err);

	if (code == OUTRIDER_OK && !uuid_is_zero(&token->device))
		code = identity_device_put(tx, &device, err);
	return code;
}

static void check(enum outrider_code code, const struct outrider_err *err)
{
	if (code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(code), err->text);
}

static int open_firm(void **state)
{
	static struct thread_test test;
	struct thread_test *t = &test;
	const struct firm firm = {
		.display_name = "Firm",
		.admin_login_name = "admin",
		.admin_display_name = "Admin",
		.admin_password = "long enough",
		.cost = { .memory = 8192, .passes = 1 },
	};
	struct app_config config;
	struct identity_token token = { .expires_us = 0 };
	struct outrider_err err;

	memset(t, 0, sizeof(*t));
	context_init_real(&t->context);
	t->context.log = quiet;
	snprintf(t->folder, sizeof(t->folder), "/tmp/test_threads.XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->path, sizeof(t->path), "%.60s/db", t->folder);
	t->store_config = (struct store_config){
		.context = &t->context,
		.backend = &store_sqlite,
		.path = t->path,
		.on_commit = on_commit,
		.user = t,
	};
	check(store_create(&t->store_config, &err), &err);
	check(store_open(&t->store, &t->store_config, &err), &err);
	config = (struct app_config){
		.context = &t->context,
		.store = t->store,
		.keys = &t->keys,
	};
	check(app_found_firm(NULL, &token.user, t->store, &t->context, &firm,
			     &err),
	      &err);
	check(app_open(&t->app, &config, &err), &err);
	atomic_store(&t->listener, t->app);
	keys_make(&t->keys, &t->context);
	token_make(t->token, token.hash, &t->context);
	check(store_write_now(t->store, run_token, &token, &err), &err);
	token.device.at[0] = 7;
	token_make(t->device_token, token.hash, &t->context);
	check(store_write_now(t->store, run_token, &token, &err), &err);
	*state = t;
	return 0;
}

static int close_firm(void **state)
{
	struct thread_test *t = *state;

	store_close(t->store);
	app_close(t->app);
	unlink(t->path);
	return rmdir(t->folder);
}

/* ------------------------------------------------------------------ calls */

/* One WAIT's end, as a transport would have it. */
struct bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool is_rung;
	bool is_over; /* the call was freed */
	struct thread_test *t;
};

static void ring(void *user)
{
	struct bell *bell = user;

	pthread_mutex_lock(&bell->lock);
	if (bell->is_over)
		atomic_fetch_add(&bell->t->n_late_wakes, 1);
	bell->is_rung = true;
	pthread_cond_signal(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
}

static void wait_for(struct bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	while (!bell->is_rung)
		pthread_cond_wait(&bell->rung, &bell->lock);
	bell->is_rung = false;
	pthread_mutex_unlock(&bell->lock);
}

static struct app_call *begin_as(struct app_worker *worker, struct bell *bell,
				 const char *token, const char *path,
				 const struct buffer *request)
{
	char authorization[64];
	struct app_request r = {
		.path = path,
		.path_len = strlen(path),
		.deadline_mono_us = INT64_MAX,
		.message = { request->at, request->len },
		.wake = ring,
		.user = bell,
	};

	snprintf(authorization, sizeof(authorization), "Bearer %s", token);
	r.authorization = (struct bytes){ (uint8_t *)authorization,
					  strlen(authorization) };
	return app_call_begin(worker, &r);
}

static struct app_call *begin(struct app_worker *worker, struct bell *bell,
			      const char *path, const struct buffer *request)
{
	return begin_as(worker, bell, bell->t->token, path, request);
}

static void end(struct app_call *call, struct bell *bell)
{
	app_call_free(call);
	pthread_mutex_lock(&bell->lock);
	bell->is_over = true;
	pthread_mutex_unlock(&bell->lock);
}

/* Somebody who was answered looks for their note at once. */
static void
find_note(struct thread_test *t, struct app_worker *worker, const char *text)
{
	static const char path[] = "/outrider.v1.SearchService/Search";
	struct bell bell = { .t = t };
	struct buffer request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	struct wire_field hit, where;

	buffer_init(&request, &allocator_libc, 256);
	wire_put_bytes(&request, 1, text, strlen(text));
	call = begin(worker, &bell, path, &request);
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
	bell->is_over = false;
	bell->is_rung = false;
	call = begin(worker, bell, path, &request);
	buffer_free(&note);
	buffer_free(&request);
	while ((progress = app_call_next(call, &message, &status)) ==
	       APP_WAIT) {
		/* Some peers leave, some of those say so. */
		if (i % ABANDONED_EVERY == 0) {
			if (i % (2 * ABANDONED_EVERY) == 0)
				app_call_cancel(call);
			atomic_fetch_add(&t->n_abandoned, 1);
			end(call, bell);
			return;
		}
		wait_for(bell);
	}
	if (progress == APP_MESSAGE)
		progress = app_call_next(call, &message, &status);
	if (progress == APP_END && status.code == OUTRIDER_OK) {
		atomic_fetch_add(&t->n_answered, 1);
		find_note(t, worker, text);
	} else {
		fprintf(stderr, "%s\n", status.text);
	}
	end(call, bell);
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
	if (app_worker_open(&worker, t->app, &err) != OUTRIDER_OK) {
		free(bells);
		return NULL;
	}
	for (size_t i = 0; i < CALLS; i++) {
		bells[i].t = t;
		pthread_mutex_init(&bells[i].lock, NULL);
		pthread_cond_init(&bells[i].rung, NULL);
		create_note(t, worker, &bells[i], i);
	}
	app_worker_close(worker);
	return bells;
}

static size_t count_notes(struct thread_test *t)
{
	static const char path[] = "/outrider.v1.NoteService/ListNotes";
	struct app_worker *worker;
	struct bell bell = { .t = t };
	struct buffer request;
	struct app_call *call;
	struct bytes message;
	struct app_status status;
	struct outrider_err err;
	struct wire_reader reader;
	struct wire_field field;
	size_t n = 0;

	check(app_worker_open(&worker, t->app, &err), &err);
	buffer_init(&request, &allocator_libc, 256);
	wire_put_scalar(&request, 1, 1000);
	call = begin(worker, &bell, path, &request);
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
	store_close(t->store);
	t->store = NULL;
	assert_int_equal(atomic_load(&t->n_late_wakes), 0);
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
		begin_as(worker, bell, t->device_token, path, &nothing);
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
			wait_for(bell);
		} else if (wire_find(&rev, message, 1)) {
			n++;
			atomic_fetch_add(&t->n_words, 1);
		}
		last_rev = atomic_load(&t->last_rev);
	}
	end(call, bell);
	return progress != APP_END;
}

enum { WATCHES = 40 };

static void *watch_all(void *user)
{
	struct thread_test *t = user;
	struct app_worker *worker;
	struct outrider_err err;
	struct bell *bells = calloc(WATCHES, sizeof(*bells));

	if (!bells || app_worker_open(&worker, t->app, &err) != OUTRIDER_OK) {
		free(bells);
		return NULL;
	}
	for (size_t i = 0; i < WATCHES; i++) {
		bells[i].t = t;
		pthread_mutex_init(&bells[i].lock, NULL);
		pthread_cond_init(&bells[i].rung, NULL);
		if (!watch_once(t, worker, &bells[i], i == WATCHES - 1))
			atomic_fetch_add(&t->n_late_wakes, 1);
	}
	app_worker_close(worker);
	return bells;
}

static void write_one(struct thread_test *t)
{
	struct bell bell = { .t = t };
	struct app_worker *worker;
	struct outrider_err err;

	pthread_mutex_init(&bell.lock, NULL);
	pthread_cond_init(&bell.rung, NULL);
	check(app_worker_open(&worker, t->app, &err), &err);
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
	check(store_reader_open(&conn, t->store, &err), &err);
	check(store_read_begin(conn, &rev, &err), &err);
	store_read_end(conn);
	store_reader_close(conn);
	/* Whoever waits now is woken by this one and no other. */
	atomic_store(&t->last_rev, rev);
	write_one(t);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(watchers[i], (void **)&bells[2 + i]);
	assert_true(atomic_load(&t->n_words) >= WORKERS);
	store_close(t->store);
	t->store = NULL;
	assert_int_equal(atomic_load(&t->n_late_wakes), 0);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
