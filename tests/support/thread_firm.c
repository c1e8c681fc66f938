/*
 * See thread_firm.h.
 */
#include "thread_firm.h"

#include "app/firm.h"
#include "store/backend.h"
#include "store/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
quiet(void *user, enum log_level level, const char *event, const char *fields)
{
	(void)user;
	if (level >= LOG_LEVEL_ERROR)
		fprintf(stderr, "%s %s\n", event, fields);
}

static void on_commit(void *user, uint64_t rev)
{
	struct app *app = atomic_load(&((struct thread_firm *)user)->listener);

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

void thread_firm_token(char out[TOKEN_TEXT_LEN + 1], struct thread_firm *f,
		       const struct uuid *user, const struct uuid *device)
{
	struct identity_token token = { .user = *user };
	struct outrider_err err;

	if (device)
		token.device = *device;
	token_make(out, token.hash, &f->context);
	check(store_write_now(f->store, run_token, &token, &err), &err);
}

void thread_firm_open(struct thread_firm *f, int64_t max_query_steps)
{
	const struct firm firm = {
		.display_name = "Firm",
		.admin_login_name = "admin",
		.admin_display_name = "Admin",
		.admin_password = "long enough",
		.cost = { .memory = 8192, .passes = 1 },
	};
	struct app_config config;
	struct uuid admin, device = { { 7 } };
	struct outrider_err err;

	memset(f, 0, sizeof(*f));
	context_init_real(&f->context);
	f->context.log = quiet;
	snprintf(f->folder, sizeof(f->folder), "/tmp/test_threads.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%.60s/db", f->folder);
	f->store_config = (struct store_config){
		.context = &f->context,
		.backend = &store_sqlite,
		.path = f->path,
		.max_query_steps = max_query_steps,
		.on_commit = on_commit,
		.user = f,
	};
	check(store_create(&f->store_config, &err), &err);
	check(store_open(&f->store, &f->store_config, &err), &err);
	config = (struct app_config){
		.context = &f->context,
		.store = f->store,
		.keys = &f->keys,
	};
	check(app_found_firm(NULL, &admin, f->store, &f->context, &firm, &err),
	      &err);
	check(app_open(&f->app, &config, &err), &err);
	atomic_store(&f->listener, f->app);
	keys_make(&f->keys, &f->context);
	thread_firm_token(f->token, f, &admin, NULL);
	thread_firm_token(f->device_token, f, &admin, &device);
}

void thread_firm_close(struct thread_firm *f)
{
	store_close(f->store);
	app_close(f->app);
	unlink(f->path);
	assert_int_equal(rmdir(f->folder), 0);
}

/* -------------------------------------------------------------------- bells */

void bell_init(struct bell *bell, struct thread_firm *firm)
{
	*bell = (struct bell){ .firm = firm };
	pthread_mutex_init(&bell->lock, NULL);
	pthread_cond_init(&bell->rung, NULL);
}

static void ring(void *user)
{
	struct bell *bell = user;

	pthread_mutex_lock(&bell->lock);
	if (bell->is_over)
		atomic_fetch_add(&bell->firm->n_late_wakes, 1);
	bell->is_rung = true;
	pthread_cond_signal(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
}

void bell_wait(struct bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	while (!bell->is_rung)
		pthread_cond_wait(&bell->rung, &bell->lock);
	bell->is_rung = false;
	pthread_mutex_unlock(&bell->lock);
}

struct app_call *bell_begin(struct app_worker *worker, struct bell *bell,
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

void bell_end(struct app_call *call, struct bell *bell)
{
	app_call_free(call);
	pthread_mutex_lock(&bell->lock);
	bell->is_over = true;
	pthread_mutex_unlock(&bell->lock);
}
