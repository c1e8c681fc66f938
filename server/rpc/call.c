/*
 * One call's life, from the wire to its source of answers and back. Owns the
 * call's gRPC objects and the order of its batches; knows nothing of what
 * the messages say.
 *
 *	ARMED ──arrived──► READING ──► (begin, then step)
 *
 *	            ┌── READ ───► READING ──received──┐
 *	            │                                 │
 *	step ◄──────┼── WAIT ───► WAITING ──woken─────┤
 *	(next)      │                                 │
 *	            ├── MESSAGE ► WRITING ──sent──────┘   of a stream of answers
 *	            │
 *	            └── END ────► ENDING ───sent──► over
 *
 *	READING, WAITING, WRITING ──the peer has gone, a send failed──► GONE
 *
 * A stream's next message is asked for only when the one before was written:
 * that is the back-pressure. A unary call's message is held until END, and
 * goes out in one batch with its status.
 *
 * Each batch under way, and each wake on its way through the queue, is one
 * `pending`. Invariant: a call past ARMED with nothing pending is over; it is
 * taken apart there and nowhere else.
 */
#include "rpc/parts.h"

#include <assert.h>
#include <grpc/support/alloc.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMPRESS_MIN = 512,
	/* Answers under way; above it the slowest peers lose theirs. */
	UNSENT_MAX = 256 << 20,
};

enum call_state {
	CALL_ARMED,
	CALL_READING,
	CALL_WAITING,
	CALL_WRITING,
	CALL_ENDING,
	CALL_GONE,
	CALL_STATES
};

enum call_event {
	EVENT_ARRIVED,
	EVENT_RECEIVED,
	EVENT_WOKEN,
	EVENT_SENT,
	EVENT_CLOSED,
	CALL_EVENTS
};

struct call_tag {
	struct rpc_call *call;
	enum call_event event;
};

struct rpc_call {
	struct rpc_worker *worker;
	const struct rpc_method *method;
	enum call_state state;
	struct call_tag tags[CALL_EVENTS];
	atomic_uint pending;
	atomic_bool is_woken; /* by the source, and not yet stepped */
	bool is_owed;	      /* to be armed again when it is over */

	grpc_call *grpc;
	grpc_call_details details; /* of an unknown method */
	gpr_timespec deadline;
	grpc_metadata_array metadata;
	grpc_metadata encoding;	    /* of the answers, where we pack them */
	grpc_byte_buffer *payload;  /* the first request */
	grpc_byte_buffer *incoming; /* the one being received */
	int was_cancelled;

	void *source; /* the source's state, from begin to END */
	bool has_begun_answer, has_asked_close;
	bool takes_deflate; /* for it spoke so itself */
	grpc_byte_buffer *reply;
	grpc_slice status_text, status_details;
	grpc_metadata trailer;

	int64_t began_us;
	int status;
	size_t bytes_in, bytes_out;
	size_t unsent; /* of them, counted at the server */

	struct rpc_call *next, *prev; /* waiting streams, or spare calls */
	struct rpc_peer peer;
};

static const bool may_move[CALL_STATES][CALL_STATES] = {
	[CALL_ARMED] = { [CALL_READING] = true,
			 [CALL_WAITING] = true,
			 [CALL_WRITING] = true,
			 [CALL_ENDING] = true },
	[CALL_READING] = { [CALL_READING] = true,
			   [CALL_WAITING] = true,
			   [CALL_WRITING] = true,
			   [CALL_ENDING] = true,
			   [CALL_GONE] = true },
	[CALL_WAITING] = { [CALL_READING] = true,
			   [CALL_WAITING] = true,
			   [CALL_WRITING] = true,
			   [CALL_ENDING] = true,
			   [CALL_GONE] = true },
	[CALL_WRITING] = { [CALL_READING] = true,
			   [CALL_WAITING] = true,
			   [CALL_WRITING] = true,
			   [CALL_ENDING] = true,
			   [CALL_GONE] = true },
};

static void call_move(struct rpc_call *call, enum call_state to)
{
	bool is_legal = may_move[call->state][to];

	assert(is_legal);
	(void)is_legal;
	call->state = to;
}

/* ----------------------------------------------------------------- arming */

static struct rpc_call *call_new(struct rpc_worker *worker)
{
	struct rpc_call *call = worker->spare;

	if (call) {
		worker->spare = call->next;
		return call;
	}
	return malloc(sizeof(*call));
}

static void call_recycle(struct rpc_call *call)
{
	call->next = call->worker->spare;
	call->worker->spare = call;
}

bool rpc_call_arm(struct rpc_worker *worker, const struct rpc_method *method)
{
	struct rpc_call *call = call_new(worker);
	grpc_server *grpc = worker->server->grpc;
	grpc_call_error error;
	void *tag;

	if (!call)
		return false;
	*call = (struct rpc_call){ .worker = worker, .method = method };
	for (int event = 0; event < CALL_EVENTS; event++)
		call->tags[event] = (struct call_tag){
			.call = call,
			.event = (enum call_event)event,
		};
	call->status_text = grpc_empty_slice();
	call->status_details = grpc_empty_slice();
	grpc_metadata_array_init(&call->metadata);
	grpc_call_details_init(&call->details);
	atomic_init(&call->pending, 1);
	atomic_fetch_add(&worker->server->n_armed, 1);
	tag = &call->tags[EVENT_ARRIVED];
	if (method->registered)
		error = grpc_server_request_registered_call(
			grpc, method->registered, &call->grpc, &call->deadline,
			&call->metadata,
			method->is_request_stream ? NULL : &call->payload,
			worker->queue, worker->queue, tag);
	else
		error = grpc_server_request_call(grpc, &call->grpc,
						 &call->details,
						 &call->metadata, worker->queue,
						 worker->queue, tag);
	assert(error == GRPC_CALL_OK);
	(void)error;
	return true;
}

void rpc_call_free_spare(struct rpc_worker *worker)
{
	struct rpc_call *call;

	while ((call = worker->spare)) {
		worker->spare = call->next;
		free(call);
	}
}

/* ---------------------------------------------------------------- batches */

static void call_start(struct rpc_call *call, const grpc_op *ops, size_t n_ops,
		       enum call_event event)
{
	grpc_call_error error;

	atomic_fetch_add(&call->pending, 1);
	error = grpc_call_start_batch(call->grpc, ops, n_ops,
				      &call->tags[event], NULL);
	/* Anything else is an order of batches that gRPC forbids: our bug. */
	assert(error == GRPC_CALL_OK);
	(void)error;
}

static grpc_op op_close(struct rpc_call *call)
{
	call->has_asked_close = true;
	return (grpc_op){
		.op = GRPC_OP_RECV_CLOSE_ON_SERVER,
		.data.recv_close_on_server.cancelled = &call->was_cancelled,
	};
}

static grpc_op op_begin_answer(struct rpc_call *call)
{
	grpc_op op = { .op = GRPC_OP_SEND_INITIAL_METADATA };

	call->has_begun_answer = true;
	if (call->method->is_compressed && call->takes_deflate) {
		call->encoding = (grpc_metadata){
			.key = grpc_slice_from_static_string(
				GRPC_COMPRESSION_REQUEST_ALGORITHM_MD_KEY),
			.value = grpc_slice_from_static_string("deflate"),
		};
		op.data.send_initial_metadata.metadata = &call->encoding;
		op.data.send_initial_metadata.count = 1;
	} else if (call->method->is_compressed) {
		/* gRPC takes what the client accepts, or nothing. */
		op.data.send_initial_metadata.maybe_compression_level.is_set =
			1;
		op.data.send_initial_metadata.maybe_compression_level.level =
			GRPC_COMPRESS_LEVEL_MED;
	}
	return op;
}

/* A small message would cost more than it saves; ours is packed by now. */
static grpc_op op_message(struct rpc_call *call)
{
	bool is_small = grpc_byte_buffer_length(call->reply) < COMPRESS_MIN ||
			call->takes_deflate;

	return (grpc_op){
		.op = GRPC_OP_SEND_MESSAGE,
		.flags = is_small ? GRPC_WRITE_NO_COMPRESS : 0,
		.data.send_message.send_message = call->reply,
	};
}

/* From now on the end of the peer is an event of its own. */
static void call_ask_close(struct rpc_call *call)
{
	grpc_op op;

	if (call->has_asked_close)
		return;
	op = op_close(call);
	call_start(call, &op, 1, EVENT_CLOSED);
}

static int64_t call_now_us(const struct rpc_call *call)
{
	const struct context *context = call->worker->server->context;

	return context->mono_us(context->user);
}

static void call_read(struct rpc_call *call)
{
	const grpc_op op = {
		.op = GRPC_OP_RECV_MESSAGE,
		.data.recv_message.recv_message = &call->incoming,
	};

	call_move(call, CALL_READING);
	rpc_peer_wait(&call->worker->askers, &call->peer, call->grpc,
		      call_now_us(call));
	call_start(call, &op, 1, EVENT_RECEIVED);
}

static void call_send(struct rpc_call *call)
{
	grpc_op ops[2];
	size_t n = 0;

	call_move(call, CALL_WRITING);
	rpc_peer_wait(&call->worker->takers, &call->peer, call->grpc,
		      call_now_us(call));
	call_ask_close(call);
	if (!call->has_begun_answer)
		ops[n++] = op_begin_answer(call);
	ops[n++] = op_message(call);
	call_start(call, ops, n, EVENT_SENT);
}

static void source_end(struct rpc_call *call)
{
	if (call->source)
		call->method->source->free(call->source);
	call->source = NULL;
}

/* Status, details and a held answer leave together. */
static void call_end(struct rpc_call *call, const struct app_status *status)
{
	grpc_op ops[4];
	struct grpc_op_send_status_from_server *end;
	size_t n = 0;

	call->status = status->grpc_status;
	if (status->text)
		call->status_text = grpc_slice_from_copied_string(status->text);
	if (status->details.len > 0) {
		call->status_details = grpc_slice_from_copied_buffer(
			(const char *)status->details.at, status->details.len);
		call->trailer = (grpc_metadata){
			.key = grpc_slice_from_static_string(
				"grpc-status-details-bin"),
			.value = call->status_details,
		};
	}
	source_end(call); /* status was borrowed from it */

	call_move(call, CALL_ENDING);
	rpc_peer_wait(&call->worker->takers, &call->peer, call->grpc,
		      call_now_us(call));
	if (!call->has_begun_answer)
		ops[n++] = op_begin_answer(call);
	if (call->reply && call->status == GRPC_STATUS_OK)
		ops[n++] = op_message(call);
	ops[n] = (grpc_op){ .op = GRPC_OP_SEND_STATUS_FROM_SERVER };
	end = &ops[n++].data.send_status_from_server;
	end->status = (grpc_status_code)call->status;
	end->status_details = &call->status_text;
	end->trailing_metadata = &call->trailer;
	end->trailing_metadata_count = GRPC_SLICE_LENGTH(call->status_details) >
				       0;
	if (!call->has_asked_close)
		ops[n++] = op_close(call);
	call_start(call, ops, n, EVENT_SENT);
}

/* rpc's own refusals: what the app never hears of. */
static void
call_refuse(struct rpc_call *call, enum outrider_code code, const char *text)
{
	call_end(call, &(struct app_status){
			       .code = code,
			       .grpc_status = code_grpc_status(code),
			       .text = text,
		       });
}

/* ------------------------------------------------------- waiting and waking */

/* From any thread. */
static void call_wake(void *user)
{
	struct rpc_call *call = user;

	atomic_store_explicit(&call->is_woken, true, memory_order_release);
	call_start(call, NULL, 0, EVENT_WOKEN);
}

/* False: the server drains, nobody may wait any more. */
static bool waiting_add(struct rpc_call *call)
{
	struct rpc_server *server = call->worker->server;
	bool may_wait;

	pthread_mutex_lock(&server->lock);
	may_wait = !atomic_load(&server->is_draining);
	if (may_wait) {
		call->prev = NULL;
		call->next = server->waiting;
		if (call->next)
			call->next->prev = call;
		server->waiting = call;
	}
	pthread_mutex_unlock(&server->lock);
	return may_wait;
}

static void waiting_remove(struct rpc_call *call)
{
	struct rpc_server *server = call->worker->server;

	pthread_mutex_lock(&server->lock);
	if (call->prev)
		call->prev->next = call->next;
	else
		server->waiting = call->next;
	if (call->next)
		call->next->prev = call->prev;
	pthread_mutex_unlock(&server->lock);
}

void rpc_call_wake_waiting(struct rpc_server *server)
{
	for (struct rpc_call *call = server->waiting; call; call = call->next)
		call_start(call, NULL, 0, EVENT_WOKEN);
}

static const char *const going_down = "the server is going down";

/* A unary call's answer is on its way and is waited for to the end. */
static void call_wait(struct rpc_call *call)
{
	if (call->method->is_response_stream && !waiting_add(call)) {
		call_refuse(call, OUTRIDER_UNAVAILABLE, going_down);
		return;
	}
	call_move(call, CALL_WAITING);
	if (call->method->is_response_stream)
		rpc_peer_wait(&call->worker->listeners, &call->peer, call->grpc,
			      call_now_us(call));
	call_ask_close(call);
}

/* --------------------------------------------------------------- the source */

static void call_keep_reply(struct rpc_call *call, const struct bytes *message)
{
	atomic_size_t *unsent = &call->worker->server->unsent;

	assert(!call->reply);
	if (call->method->is_compressed && call->takes_deflate &&
	    message->len >= COMPRESS_MIN)
		call->reply = rpc_pack(call->worker->packer, *message);
	if (!call->reply)
		call->reply = rpc_message_make(*message);
	call->bytes_out += message->len;
	call->unsent = grpc_byte_buffer_length(call->reply);
	if (atomic_fetch_add(unsent, call->unsent) > UNSENT_MAX)
		(void)rpc_peers_drop_oldest(&call->worker->takers);
}

static void call_drop_reply(struct rpc_call *call)
{
	/* gRPC has emptied the buffer by now. */
	atomic_fetch_sub(&call->worker->server->unsent, call->unsent);
	call->unsent = 0;
	grpc_byte_buffer_destroy(call->reply);
	call->reply = NULL;
}

static void call_step(struct rpc_call *call)
{
	struct app_status status = { .code = OUTRIDER_INTERNAL };
	struct bytes message;

	for (;;) {
		switch (call->method->source->next(call->source, &message,
						   &status)) {
		case RPC_MESSAGE:
			call_keep_reply(call, &message);
			if (!call->method->is_response_stream)
				continue;
			call_send(call);
			return;
		case RPC_WAIT:
			call_wait(call);
			return;
		case RPC_READ:
			call_ask_close(call);
			call_read(call);
			return;
		case RPC_END:
			call_end(call, &status);
			return;
		}
	}
}

/*
 * A request's bytes, as long as the caller has *hold. False: they can't be had,
 * and the call is refused.
 */
static bool call_message(struct rpc_call *call, struct bytes *out,
			 grpc_slice *hold, grpc_byte_buffer *buffer)
{
	struct outrider_err err;

	/* Told with the first of them, before the answers' head is. */
	if (!call->has_begun_answer && rpc_message_is_deflated(buffer))
		call->takes_deflate = true;
	if (rpc_message_read(out, hold, buffer,
			     call->worker->server->max_message,
			     &err) == OUTRIDER_OK)
		return true;
	call_refuse(call, err.code, err.text);
	return false;
}

static void call_begin(struct rpc_call *call)
{
	const struct rpc_method *method = call->method;
	grpc_slice hold = grpc_empty_slice();
	char *peer = NULL;
	struct app_request request = {
		.authorization =
			rpc_metadata_value(&call->metadata, "authorization"),
		.deadline_mono_us =
			rpc_deadline_us(call->deadline, call_now_us(call)),
		.has_more_messages = method->registered &&
				     (!call->payload || call->incoming),
		.wake = call_wake,
		.user = call,
	};

	if (method->path) {
		request.path = method->path;
		request.path_len = strlen(method->path);
	} else {
		const grpc_slice *path = &call->details.method;

		request.path = (const char *)GRPC_SLICE_START_PTR(*path);
		request.path_len = GRPC_SLICE_LENGTH(*path);
	}
	if (call->payload &&
	    !call_message(call, &request.message, &hold, call->payload))
		return;
	if (method->is_told_peer) {
		peer = grpc_call_get_peer(call->grpc);
		request.peer = rpc_address_of(peer);
	}
	call->bytes_in += request.message.len;
	call->source = method->source->begin(call->worker, &request);
	grpc_slice_unref(hold);
	gpr_free(peer);
	if (call->source)
		call_step(call);
	else
		call_refuse(call, OUTRIDER_RESOURCE_EXHAUSTED,
			    "no memory for this call");
}

/* ----------------------------------------------------------------- events */

static void call_arrived(struct rpc_call *call)
{
	struct rpc_server *server = call->worker->server;
	const struct rpc_method *method = call->method;

	call->is_owed = !rpc_call_arm(call->worker, method);
	call->began_us = server->context->mono_us(server->context->user);
	if (!method->registered)
		call->deadline = call->details.deadline;
	/* Who only waits makes room for others. */
	if (atomic_fetch_add(&server->n_live, 1) >= server->max_calls &&
	    !rpc_peers_drop_oldest(&call->worker->askers) &&
	    !rpc_peers_drop_oldest(&call->worker->listeners))
		call_refuse(call, OUTRIDER_RESOURCE_EXHAUSTED,
			    "too many calls at once");
	else if (atomic_load(&server->is_draining) &&
		 !method->source->knows_drain)
		call_refuse(call, OUTRIDER_UNAVAILABLE, going_down);
	else if (!call->payload)
		call_begin(call);
	else
		/* One message is all: the end must be seen before the act. */
		call_read(call);
}

/* Gives up what the peer will never see. */
static void call_lose(struct rpc_call *call)
{
	rpc_peer_done(&call->peer);
	if (call->state == CALL_ENDING || call->state == CALL_GONE)
		return;
	if (call->state == CALL_WAITING && call->method->is_response_stream)
		waiting_remove(call);
	call->status = GRPC_STATUS_CANCELLED;
	if (call->source && call->method->source->cancel)
		call->method->source->cancel(call->source);
	source_end(call);
	call_move(call, CALL_GONE);
}

static void call_received(struct rpc_call *call, bool ok)
{
	grpc_slice hold = grpc_empty_slice();
	struct bytes message = { .at = NULL };

	rpc_peer_done(&call->peer);
	if (call->state != CALL_READING)
		return;
	/* The end of the requests, or an end in the middle of one? */
	if (!ok || grpc_call_failed_before_recv_message(call->grpc)) {
		call_lose(call);
	} else if (!call->source) {
		call_begin(call);
	} else if (!call->incoming) {
		call->method->source->receive(call->source, NULL);
		call_step(call);
	} else {
		if (!call_message(call, &message, &hold, call->incoming))
			return;
		call->bytes_in += message.len;
		call->method->source->receive(call->source, &message);
		grpc_slice_unref(hold);
		grpc_byte_buffer_destroy(call->incoming);
		call->incoming = NULL;
		call_step(call);
	}
}

static void call_woken(struct rpc_call *call)
{
	bool is_stream = call->method->is_response_stream;

	if (call->state != CALL_WAITING)
		return;
	rpc_peer_done(&call->peer);
	if (is_stream)
		waiting_remove(call);
	if (atomic_exchange_explicit(&call->is_woken, false,
				     memory_order_acquire) ||
	    call->method->source->knows_drain)
		call_step(call);
	else
		call_refuse(call, OUTRIDER_UNAVAILABLE, going_down);
}

static void call_sent(struct rpc_call *call, bool ok)
{
	rpc_peer_done(&call->peer);
	if (call->state != CALL_WRITING)
		return;
	call_drop_reply(call);
	if (ok)
		call_step(call);
	else
		call_lose(call);
}

static void call_log(const struct rpc_call *call)
{
	const struct rpc_server *server = call->worker->server;
	const struct context *context = server->context;
	enum log_level level = LOG_LEVEL_DEBUG;

	if (call->status == GRPC_STATUS_INTERNAL ||
	    call->status == GRPC_STATUS_DATA_LOSS)
		level = LOG_LEVEL_ERROR;
	else if (call->status != GRPC_STATUS_OK)
		level = LOG_LEVEL_INFO;
	else if (!server->logs_calls)
		return;
	/* A path that is no method is the caller's text, and stays out. */
	context_log(
		context, level, "rpc.call",
		"method=%s status=%s duration_us=%lld bytes_in=%zu "
		"bytes_out=%zu",
		call->method->path ? call->method->path : "unknown",
		code_name(code_from_grpc_status(call->status)),
		(long long)(context->mono_us(context->user) - call->began_us),
		call->bytes_in, call->bytes_out);
}

/* One less of n_live or n_armed; who drains may wait for the last. */
static void count_down(struct rpc_server *server, atomic_uint *count)
{
	if (atomic_fetch_sub(count, 1) > 1 ||
	    !atomic_load(&server->is_draining))
		return;
	pthread_mutex_lock(&server->lock);
	pthread_cond_broadcast(&server->on_idle);
	pthread_mutex_unlock(&server->lock);
}

/* Nothing is pending: the only place where a call is taken apart. */
static void call_over(struct rpc_call *call)
{
	struct rpc_server *server = call->worker->server;
	bool was_live = call->state != CALL_ARMED;

	assert(!call->source);
	if (was_live)
		call_log(call);
	grpc_byte_buffer_destroy(call->payload);
	grpc_byte_buffer_destroy(call->incoming);
	rpc_peer_done(&call->peer);
	call_drop_reply(call);
	grpc_slice_unref(call->status_text);
	grpc_slice_unref(call->status_details);
	grpc_metadata_array_destroy(&call->metadata);
	grpc_call_details_destroy(&call->details);
	if (call->grpc)
		grpc_call_unref(call->grpc);
	call_recycle(call);
	if (call->is_owed)
		(void)rpc_call_arm(call->worker, call->method);
	/* Only now may the queue be shut. */
	if (was_live)
		count_down(server, &server->n_live);
}

void rpc_call_handle(void *tag, bool ok)
{
	struct rpc_call *call = ((struct call_tag *)tag)->call;
	const enum call_event event = ((struct call_tag *)tag)->event;
	struct rpc_server *server = call->worker->server;

	switch (event) {
	case EVENT_ARRIVED:
		if (ok) /* otherwise the server goes down */
			call_arrived(call);
		break;
	case EVENT_RECEIVED:
		call_received(call, ok);
		break;
	case EVENT_WOKEN:
		call_woken(call);
		break;
	case EVENT_SENT:
		call_sent(call, ok);
		break;
	case EVENT_CLOSED:
		if (!ok || call->was_cancelled)
			call_lose(call);
		break;
	case CALL_EVENTS:
		break;
	}
	if (atomic_fetch_sub(&call->pending, 1) == 1)
		call_over(call);
	/* It is live by now, or over; what is armed in its place is counted. */
	if (event == EVENT_ARRIVED)
		count_down(server, &server->n_armed);
}
