/*
 * The app of test_rpc. Methods: Echo, Fail, Slow (waits for leave), Many (a
 * stream as fast as it is pulled), News (a stream that waits for leave), and
 * a Login that holds its thread as hashing a password does.
 */
#include "rpc_app.h"

#include "model/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct message any_message = { .name = "test.v1.Any" };

const struct method schema_methods[] = {
	{ .path = "/test.v1.Test/Echo",
	  .service = "test.v1.Test",
	  .name = "Echo",
	  .permission = PERMIT_READ,
	  .request = &any_message,
	  .response = &any_message },
	{ .path = "/test.v1.Test/Fail",
	  .service = "test.v1.Test",
	  .name = "Fail",
	  .permission = PERMIT_READ,
	  .request = &any_message,
	  .response = &any_message },
	{ .path = "/test.v1.Test/Slow",
	  .service = "test.v1.Test",
	  .name = "Slow",
	  .permission = PERMIT_READ,
	  .request = &any_message,
	  .response = &any_message },
	{ .path = "/test.v1.Test/Many",
	  .service = "test.v1.Test",
	  .name = "Many",
	  .permission = PERMIT_READ,
	  .is_response_stream = true,
	  .request = &any_message,
	  .response = &any_message },
	{ .path = "/test.v1.Test/News",
	  .service = "test.v1.Test",
	  .name = "News",
	  .permission = PERMIT_READ,
	  .is_response_stream = true,
	  .request = &any_message,
	  .response = &any_message },
	{ .path = "/outrider.v1.AuthService/Login",
	  .service = "outrider.v1.AuthService",
	  .name = "Login",
	  .permission = PERMIT_PUBLIC,
	  .request = &any_message,
	  .response = &any_message },
};
const size_t schema_n_methods =
	sizeof(schema_methods) / sizeof(schema_methods[0]);

struct app_worker {
	struct app *app;
};

struct app_call {
	struct app *app;
	struct app_request request;
	char path[80];
	uint8_t *message;
	size_t len;
	int n_said;
	bool is_ready;
};

enum outrider_code app_worker_open(struct app_worker **out, struct app *app,
				   struct outrider_err *err)
{
	(void)err;
	*out = calloc(1, sizeof(**out));
	(*out)->app = app;
	return OUTRIDER_OK;
}

void app_worker_close(struct app_worker *worker)
{
	free(worker);
}

struct app_call *
app_call_begin(struct app_worker *worker, const struct app_request *request)
{
	struct app_call *call = calloc(1, sizeof(*call));

	call->app = worker->app;
	call->request = *request;
	snprintf(call->path, sizeof(call->path), "%.*s", (int)request->path_len,
		 request->path);
	call->len = request->message.len;
	call->message = malloc(call->len + 1);
	if (call->len > 0)
		memcpy(call->message, request->message.at, call->len);
	atomic_fetch_add(&call->app->n_open, 1);
	return call;
}

static enum app_progress say(struct app_call *call, struct bytes *message)
{
	call->n_said++;
	atomic_fetch_add(&call->app->n_said, 1);
	*message = (struct bytes){ .at = call->message, .len = call->len };
	return APP_MESSAGE;
}

static enum app_progress
end_with(struct app_status *status, enum outrider_code code, const char *text)
{
	static const uint8_t details[] = { 8, 9, 0, 255 };

	*status = (struct app_status){ .code = code,
				       .grpc_status = (int)code,
				       .text = text };
	if (code)
		status->details = (struct bytes){ details, sizeof(details) };
	return APP_END;
}

/* So that compression doesn't make it small. */
static void fill_with_noise(struct app_call *call)
{
	uint32_t noise = 1;

	free(call->message);
	call->len = MANY_BYTES;
	call->message = malloc(call->len);
	for (size_t i = 0; i < call->len; i++) {
		noise = noise * 1664525 + 1013904223;
		call->message[i] = (uint8_t)(noise >> 24);
	}
}

/* WAIT until the test calls app_release. */
static enum app_progress hold(struct app_call *call)
{
	pthread_mutex_lock(&call->app->lock);
	call->app->waiting = call;
	pthread_cond_broadcast(&call->app->on_change);
	pthread_mutex_unlock(&call->app->lock);
	atomic_fetch_add(&call->app->n_waiting, 1);
	return APP_WAIT;
}

static void sign_in(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	app->n_signing_in++;
	pthread_cond_broadcast(&app->on_change);
	while (!app->may_sign_in)
		pthread_cond_wait(&app->on_change, &app->lock);
	pthread_mutex_unlock(&app->lock);
}

enum app_progress app_call_next(struct app_call *call, struct bytes *message,
				struct app_status *status)
{
	const char *name = strrchr(call->path, '/');

	if (call->request.has_more_messages)
		return end_with(status, OUTRIDER_INVALID_ARGUMENT,
				"one message");
	if (strcmp(name, "/Echo") == 0)
		return call->n_said ? end_with(status, OUTRIDER_OK, "")
				    : say(call, message);
	if (strcmp(name, "/Login") == 0 && !call->n_said) {
		sign_in(call->app);
		return say(call, message);
	}
	if (strcmp(name, "/Login") == 0)
		return end_with(status, OUTRIDER_OK, "");
	if (strcmp(name, "/Fail") == 0)
		return end_with(status, OUTRIDER_NOT_FOUND, "none such");
	if (strcmp(name, "/Slow") == 0) {
		if (!call->is_ready)
			return hold(call);
		return call->n_said ? end_with(status, OUTRIDER_OK, "")
				    : say(call, message);
	}
	if (strcmp(name, "/Many") == 0) {
		atomic_fetch_add(&call->app->n_pulled, 1);
		fill_with_noise(call);
		return call->n_said == MANY ? end_with(status, OUTRIDER_OK, "")
					    : say(call, message);
	}
	if (strcmp(name, "/News") == 0) {
		if (call->n_said == 0 || call->is_ready) {
			call->is_ready = false;
			return say(call, message);
		}
		return hold(call);
	}
	return end_with(status, OUTRIDER_UNIMPLEMENTED, "no such method");
}

void app_call_cancel(struct app_call *call)
{
	atomic_fetch_add(&call->app->n_cancelled, 1);
}

void app_call_free(struct app_call *call)
{
	struct app *app = call->app;

	pthread_mutex_lock(&app->lock);
	if (app->waiting == call)
		app->waiting = NULL;
	atomic_fetch_sub(&app->n_open, 1);
	pthread_cond_broadcast(&app->on_change);
	pthread_mutex_unlock(&app->lock);
	free(call->message);
	free(call);
}

void app_release(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	while (!app->waiting)
		pthread_cond_wait(&app->on_change, &app->lock);
	app->waiting->is_ready = true;
	app->waiting->request.wake(app->waiting->request.user);
	app->waiting = NULL;
	pthread_mutex_unlock(&app->lock);
}

void app_await_waiting(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	while (!app->waiting)
		pthread_cond_wait(&app->on_change, &app->lock);
	pthread_mutex_unlock(&app->lock);
}

void app_await_none(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	while (atomic_load(&app->n_open) > 0)
		pthread_cond_wait(&app->on_change, &app->lock);
	pthread_mutex_unlock(&app->lock);
}

void app_await_sign_in(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	while (app->n_signing_in == 0)
		pthread_cond_wait(&app->on_change, &app->lock);
	pthread_mutex_unlock(&app->lock);
}

void app_let_sign_in(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	app->may_sign_in = true;
	pthread_cond_broadcast(&app->on_change);
	pthread_mutex_unlock(&app->lock);
}
