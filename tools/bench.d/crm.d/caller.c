/*
 * caller: one completion queue, one batch of operations a call.
 */
#include "caller.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUEST_MAX ((size_t)4 << 20)

struct caller {
	grpc_channel *channel;
	grpc_completion_queue *queue;
	grpc_metadata token;
	bool has_token;
};

/* A call under way; used anew when it is through. */
struct turn {
	grpc_call *call;
	grpc_byte_buffer *sent, *got;
	grpc_metadata_array initial, trailing;
	grpc_status_code status;
	grpc_slice text;
	size_t n;
	double begun_us;
};

double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct caller *caller_open(const char *target, const char *token)
{
	struct caller *caller = calloc(1, sizeof(*caller));
	grpc_channel_credentials *plain;
	char bearer[128];

	if (!caller)
		abort();
	grpc_init();
	plain = grpc_insecure_credentials_create();
	caller->channel = grpc_channel_create(target, plain, NULL);
	grpc_channel_credentials_release(plain);
	caller->queue = grpc_completion_queue_create_for_next(NULL);
	if (token) {
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
		caller->has_token = true;
		caller->token.key =
			grpc_slice_from_static_string("authorization");
		caller->token.value = grpc_slice_from_copied_string(bearer);
	}
	return caller;
}

void caller_close(struct caller *caller)
{
	grpc_channel_destroy(caller->channel);
	grpc_completion_queue_shutdown(caller->queue);
	while (grpc_completion_queue_next(
		       caller->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL)
		       .type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(caller->queue);
	if (caller->has_token)
		grpc_slice_unref(caller->token.value);
	free(caller);
	grpc_shutdown();
}

static void start(struct caller *caller, struct turn *turn, const char *path,
		  const struct buffer *request)
{
	grpc_slice message = grpc_slice_from_copied_buffer(
		(const char *)request->at, request->len);
	grpc_op ops[6] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA },
		{ .op = GRPC_OP_SEND_MESSAGE },
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA },
		{ .op = GRPC_OP_RECV_MESSAGE },
		{ .op = GRPC_OP_RECV_STATUS_ON_CLIENT },
	};

	turn->sent = grpc_raw_byte_buffer_create(&message, 1);
	grpc_slice_unref(message);
	turn->got = NULL;
	grpc_metadata_array_init(&turn->initial);
	grpc_metadata_array_init(&turn->trailing);
	if (caller->has_token) {
		ops[0].data.send_initial_metadata.count = 1;
		ops[0].data.send_initial_metadata.metadata = &caller->token;
	}
	ops[1].data.send_message.send_message = turn->sent;
	ops[3].data.recv_initial_metadata.recv_initial_metadata =
		&turn->initial;
	ops[4].data.recv_message.recv_message = &turn->got;
	ops[5].data.recv_status_on_client.trailing_metadata = &turn->trailing;
	ops[5].data.recv_status_on_client.status = &turn->status;
	ops[5].data.recv_status_on_client.status_details = &turn->text;
	turn->begun_us = now_us();
	turn->call = grpc_channel_create_call(
		caller->channel, NULL, GRPC_PROPAGATE_DEFAULTS, caller->queue,
		grpc_slice_from_static_string(path), NULL,
		gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
	if (grpc_call_start_batch(turn->call, ops, 6, turn, NULL) !=
	    GRPC_CALL_OK)
		abort();
}

static void
finish(struct turn *turn, const char *path, caller_read_fn *read, void *user)
{
	double took_us = now_us() - turn->begun_us;
	grpc_byte_buffer_reader reader;
	grpc_slice whole;

	if (turn->status != GRPC_STATUS_OK) {
		fprintf(stderr, "%s: %d %.*s\n", path, turn->status,
			(int)GRPC_SLICE_LENGTH(turn->text),
			(const char *)GRPC_SLICE_START_PTR(turn->text));
		exit(1);
	}
	if (read && grpc_byte_buffer_reader_init(&reader, turn->got)) {
		whole = grpc_byte_buffer_reader_readall(&reader);
		read(user,
		     (struct bytes){ GRPC_SLICE_START_PTR(whole),
				     GRPC_SLICE_LENGTH(whole) },
		     took_us, turn->n);
		grpc_slice_unref(whole);
		grpc_byte_buffer_reader_destroy(&reader);
	}
	grpc_byte_buffer_destroy(turn->sent);
	grpc_byte_buffer_destroy(turn->got);
	grpc_metadata_array_destroy(&turn->initial);
	grpc_metadata_array_destroy(&turn->trailing);
	grpc_slice_unref(turn->text);
	grpc_call_unref(turn->call);
}

double caller_run(struct caller *caller, const char *path, size_t n,
		  size_t n_at_once, caller_write_fn *write,
		  caller_read_fn *read, void *user)
{
	struct turn *turns = calloc(n_at_once, sizeof(*turns));
	double begun_us = now_us();
	struct buffer request;
	size_t n_begun = 0;

	if (!turns)
		abort();
	buffer_init(&request, &allocator_libc, REQUEST_MAX);
	for (; n_begun < n && n_begun < n_at_once; n_begun++) {
		buffer_clear(&request);
		write(user, &request, n_begun);
		turns[n_begun].n = n_begun;
		start(caller, &turns[n_begun], path, &request);
	}
	for (size_t n_done = 0; n_done < n; n_done++) {
		grpc_event event = grpc_completion_queue_next(
			caller->queue, gpr_inf_future(GPR_CLOCK_REALTIME),
			NULL);
		struct turn *turn = event.tag;
		finish(turn, path, read, user);
		if (n_begun == n)
			continue;
		buffer_clear(&request);
		write(user, &request, n_begun);
		turn->n = n_begun++;
		start(caller, turn, path, &request);
	}
	buffer_free(&request);
	free(turns);
	return (now_us() - begun_us) / 1e6;
}
