/*
 * A call's way from its first byte to its end: finds the method's row, asks
 * who calls and whether they may, checks the request against its table, and
 * hands it to the handler. Owns the life of a call. Knows no kind and no
 * protocol.
 */
#include "app/dispatch.h"

#include "app/crud.h"
#include "app/parts.h"
#include "app/status.h"
#include "app/token.h"
#include "app/wipes.h"
#include "model/wire.h"

#include <string.h>

enum {
	/* What clients take without being told otherwise. */
	REPLY_MAX = 4 << 20,
	DETAILS_MAX = 2048,
};

/* The rooms of the house that have methods of their own. */
static const struct call_handler *const rooms[] = {
	alert_handlers,	   position_handlers, attachment_handlers,
	auth_handlers,	   identify_handlers, search_handlers,
	selling_handlers,  sync_handlers,     task_handlers,
	timeline_handlers, visit_handlers,
};

/* ----------------------------------------------------------- a call's life */

static void *proto_alloc(void *user, size_t size)
{
	return arena_alloc(user, size);
}

static void proto_free(void *user, void *p)
{
	(void)user;
	(void)p;
}

struct app_call *
app_call_begin(struct app_worker *worker, const struct app_request *request)
{
	struct app *app = worker->app;
	struct arena arena;
	struct app_call *call;
	struct call_private *life;

	arena_init(&arena, &allocator_libc, app->config.call_memory);
	call = arena_alloc(&arena, sizeof(*call));
	life = arena_alloc(&arena, sizeof(*life));
	if (!call || !life) {
		arena_free(&arena);
		return NULL;
	}
	*life = (struct call_private){
		.call = call,
		.peer = arena_copy(&arena, request->peer.at, request->peer.len),
		.has_more_messages = request->has_more_messages,
		.wake = request->wake,
		.user = request->user,
	};
	pthread_mutex_init(&life->lock, NULL);
	buffer_init(&life->details, &allocator_libc, DETAILS_MAX);

	call->app = app;
	call->worker = worker;
	call->private = life;
	call->method = schema_method(request->path, request->path_len);
	call->deadline_mono_us = request->deadline_mono_us;
	call->request =
		arena_copy(&arena, request->message.at, request->message.len);
	life->is_too_large = !call->request.at;
	life->has_token =
		token_read(call->principal.token_hash, request->authorization);
	buffer_init(&call->reply, &allocator_libc, REPLY_MAX);
	arena_init(&call->page, &allocator_libc, app->config.call_memory);
	call->arena = arena;
	call->proto_allocator = (ProtobufCAllocator){
		.alloc = proto_alloc,
		.free = proto_free,
		.allocator_data = &call->arena,
	};
	return call;
}

void call_destroy(struct call_private *life)
{
	struct app_call *call = life->call;
	struct arena arena = call->arena;

	pthread_mutex_destroy(&life->lock);
	buffer_free(&life->details);
	buffer_free(&call->reply);
	arena_free(&call->page);
	arena_free(&arena);
}

void app_call_free(struct app_call *call)
{
	struct call_private *life;
	bool is_orphaned;

	if (!call)
		return;
	life = call->private;
	call_stop_listening(life);
	pthread_mutex_lock(&life->lock);
	is_orphaned = life->errand == ERRAND_OUT;
	if (is_orphaned)
		life->errand = ERRAND_ORPHANED;
	life->is_waiting = false;
	pthread_mutex_unlock(&life->lock);
	if (!is_orphaned)
		call_destroy(life);
}

void app_call_cancel(struct app_call *call)
{
	atomic_store(&call->private->is_cancelled, true);
	call_stop_listening(call->private);
	call_signal(call->private);
}

/* ------------------------------------------------------------------ gates */

static bool is_late(const struct app_call *call)
{
	const struct context *context = call->app->context;

	return context->mono_us(context->user) >= call->deadline_mono_us;
}

static enum outrider_code
authorise(const struct app_call *call, struct outrider_err *err)
{
	const struct principal *who = &call->principal;
	bool may = false;

	switch (call->method->permission) {
	case PERMIT_PUBLIC:
	case PERMIT_READ:
		may = true;
		break;
	case PERMIT_WRITE:
		/* A named method's handler asks for the kind itself. */
		if (call->method->entity)
			return access_may_write(who, call->method->entity, NULL,
						err);
		may = who->rank > RANK_NONE;
		break;
	case PERMIT_DEVICE:
		if (uuid_is_zero(&who->device))
			return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
				       "only an enrolled device may do this");
		may = true;
		break;
	case PERMIT_MANAGE:
		may = who->rank >= RANK_MANAGER;
		break;
	case PERMIT_ADMINISTER:
		may = who->rank >= RANK_ADMINISTRATOR;
		break;
	}
	if (may)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "your rank may not do this");
}

/* A patch has few of a record's required fields: Update doesn't ask. */
static enum outrider_code
check_request(const struct app_call *call, struct outrider_err *err)
{
	const struct method *method = call->method;
	enum outrider_code code;

	code = wire_check(method->request, call->request, err);
	if (code != OUTRIDER_OK || method->verb == METHOD_UPDATE)
		return code;
	return wire_check_required(method->request, call->request, err);
}

/* Everything that is asked before a handler runs, the cheap first. */
static enum outrider_code admit(struct app_call *call)
{
	struct call_private *life = call->private;
	struct outrider_err *err = &call->err;
	enum outrider_code code;

	if (!call->method)
		return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
			       "there is no such method");
	if (life->has_more_messages)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s takes one message", call->method->name);
	if (life->is_too_large)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "the request needs more memory than a call "
			       "has");
	if (is_late(call))
		return err_set(err, OUTRIDER_DEADLINE_EXCEEDED, NULL,
			       "the deadline had passed before the call "
			       "began");
	if (call->method->permission != PERMIT_PUBLIC) {
		if (!life->has_token)
			return token_refuse(err);
		code = principal_load(&call->principal, call->worker,
				      call_now_us(call), &call->arena, err);
		if (code != OUTRIDER_OK && !call->principal.is_locked_out)
			return code;
		code = wipes_admit(call);
		if (code == OUTRIDER_OK)
			code = authorise(call, err);
		if (code != OUTRIDER_OK)
			return code;
		life->is_checked = true;
	}
	return check_request(call, err);
}

/*
 * A kind that the caller doesn't know has no records for them. Writing it was
 * refused before, whatever the record: authorise.
 */
static enum outrider_code start_unknown(struct app_call *call)
{
	buffer_clear(&call->reply);
	if (call->method->verb == METHOD_LIST)
		return call_reply_written(call);
	return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
		       "there is no such %s", call->method->entity->name);
}

static call_start_fn *find_handler(const struct app_call *call)
{
	const struct method *method = call->method;

	if (method->verb != METHOD_NAMED)
		return access_knows_kind(&call->principal, method->entity)
			       ? crud_start
			       : start_unknown;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		for (const struct call_handler *h = rooms[i]; h->path; h++)
			if (strcmp(h->path, method->path) == 0)
				return h->start;
	return NULL;
}

/* A stream outlives much: does its caller still have the same rights? */
static enum outrider_code check_again(struct app_call *call)
{
	struct principal fresh = { .rank = RANK_NONE };
	enum outrider_code code;

	if (call->method->permission == PERMIT_PUBLIC)
		return OUTRIDER_OK;
	if (call->private->is_checked) {
		call->private->is_checked = false;
		return OUTRIDER_OK;
	}
	memcpy(fresh.token_hash, call->principal.token_hash,
	       sizeof(fresh.token_hash));
	code = principal_load(&fresh, call->worker, call_now_us(call),
			      &call->page, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (principal_equal(&fresh, &call->principal))
		return OUTRIDER_OK;
	call->reason = "ACCESS_CHANGED";
	return err_set(&call->err, OUTRIDER_ABORTED, NULL,
		       "what you may see has changed: call again");
}

/* --------------------------------------------------------------- progress */

static enum app_progress
end(struct app_call *call, const struct outrider_err *err)
{
	call->private->end = *err;
	call->private->phase = CALL_ENDED;
	return APP_END;
}

static enum app_progress end_cancelled(struct app_call *call)
{
	struct outrider_err err;

	if (is_late(call))
		err_set(&err, OUTRIDER_DEADLINE_EXCEEDED, NULL,
			"the deadline passed");
	else
		err_set(&err, OUTRIDER_CANCELLED, NULL, "cancelled");
	return end(call, &err);
}

static enum app_progress page(struct app_call *call)
{
	enum app_progress progress;

	arena_reset(&call->page);
	err_clear(&call->err);
	call->private->now_us = 0;
	if (check_again(call) != OUTRIDER_OK)
		return end(call, &call->err);
	arena_reset(&call->page);
	buffer_clear(&call->reply);
	progress = call->next(call);
	if (progress == APP_END)
		return end(call, &call->err);
	if (progress == APP_WAIT) {
		/* Thousands wait: they hold no more than they must. */
		arena_free(&call->page);
		buffer_free(&call->reply);
	}
	return progress;
}

/* The handler, or its `after`, has returned. */
static enum app_progress proceed(struct app_call *call, enum outrider_code code)
{
	struct call_private *life = call->private;
	const struct outrider_err ok = { .code = OUTRIDER_OK };

	if (code != OUTRIDER_OK) {
		if (call->err.code != code)
			err_set(&call->err, code, NULL, "%s", code_text(code));
		return end(call, &call->err);
	}
	if (life->phase == CALL_AWAY)
		return APP_WAIT;
	if (life->phase == CALL_REPLIED) {
		end(call, &ok);
		return APP_MESSAGE;
	}
	if (call->next) {
		life->phase = CALL_STREAMING;
		return page(call);
	}
	err_set(&call->err, OUTRIDER_INTERNAL, NULL,
		"the method came to no answer");
	return end(call, &call->err);
}

static enum app_progress begin(struct app_call *call)
{
	call_start_fn *start;

	if (admit(call) != OUTRIDER_OK)
		return end(call, &call->err);
	start = find_handler(call);
	if (!start) {
		err_set(&call->err, OUTRIDER_UNIMPLEMENTED, NULL,
			"%s is not served here", call->method->name);
		return end(call, &call->err);
	}
	return proceed(call, start(call));
}

static enum app_progress come_back(struct app_call *call)
{
	struct call_private *life = call->private;
	enum errand_state errand;

	pthread_mutex_lock(&life->lock);
	errand = life->errand;
	pthread_mutex_unlock(&life->lock);
	if (errand == ERRAND_OUT)
		return APP_WAIT;
	/* `after` may send it out once more. */
	life->phase = CALL_NEW;
	if (life->errand_code != OUTRIDER_OK || !life->after)
		return proceed(call, life->errand_code);
	return proceed(call, life->after(call));
}

static enum app_progress take_on(struct app_call *call)
{
	struct call_private *life = call->private;

	if (life->phase != CALL_ENDED && atomic_load(&life->is_cancelled))
		return end_cancelled(call);
	switch (life->phase) {
	case CALL_NEW:
		return begin(call);
	case CALL_AWAY:
		return come_back(call);
	case CALL_STREAMING:
		return page(call);
	case CALL_REPLIED:
	case CALL_ENDED:
		break;
	}
	return APP_END;
}

static void fill_status(struct app_call *call, struct app_status *status)
{
	struct call_private *life = call->private;
	enum outrider_code code = life->end.code;
	/* Another thread may still own a call that was cancelled. */
	bool is_ours = code != OUTRIDER_CANCELLED &&
		       code != OUTRIDER_DEADLINE_EXCEEDED;

	*status = (struct app_status){
		.code = code,
		.grpc_status = code_grpc_status(code),
		.text = life->text,
	};
	status_text(life->text, &life->end);
	if (code == OUTRIDER_OK)
		return;
	buffer_clear(&life->details);
	status_write(&life->details, &life->end, is_ours ? call->reason : NULL,
		     is_ours ? call->retry_after_us : 0);
	if (!life->details.is_full)
		status->details = (struct bytes){ .at = life->details.at,
						  .len = life->details.len };
	if (code == OUTRIDER_INTERNAL || code == OUTRIDER_DATA_LOSS)
		context_log(call->app->context, LOG_LEVEL_ERROR,
			    "app.call_failed", "method=%s code=%s",
			    call->method ? call->method->path : "-",
			    code_name(code));
}

enum app_progress app_call_next(struct app_call *call, struct bytes *message,
				struct app_status *status)
{
	enum app_progress progress;

	do
		progress = take_on(call);
	while (progress == APP_WAIT && !call_park(call->private));
	call_go_on(call->private);
	if (progress == APP_MESSAGE)
		*message = (struct bytes){ .at = call->reply.at,
					   .len = call->reply.len };
	if (progress == APP_END)
		fill_status(call, status);
	return progress;
}
