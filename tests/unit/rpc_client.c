/*
 * A blocking gRPC client for tests.
 */
#include "rpc_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>

void client_connect(struct client_channel *via, unsigned port)
{
	grpc_channel_credentials *plain = grpc_insecure_credentials_create();
	char target[40];

	grpc_init();
	snprintf(target, sizeof(target), "127.0.0.1:%u", port);
	via->channel = grpc_channel_create(target, plain, NULL);
	grpc_channel_credentials_release(plain);
	via->queue = grpc_completion_queue_create_for_pluck(NULL);
}

void client_disconnect(struct client_channel *via)
{
	grpc_channel_destroy(via->channel);
	grpc_completion_queue_shutdown(via->queue);
	grpc_completion_queue_destroy(via->queue);
	grpc_shutdown_blocking();
}

static int pluck(struct client *c, void *tag)
{
	return grpc_completion_queue_pluck(
		       c->queue, tag, gpr_inf_future(GPR_CLOCK_REALTIME), NULL)
		.success;
}

static void batch(struct client *c, grpc_op *ops, size_t n, void *tag)
{
	assert_int_equal(grpc_call_start_batch(c->call, ops, n, tag, NULL),
			 GRPC_CALL_OK);
}

void client_begin(struct client *c, const struct client_channel *via,
		  const char *path, int64_t deadline_ms)
{
	gpr_timespec deadline =
		deadline_ms < 0
			? gpr_inf_future(GPR_CLOCK_REALTIME)
			: gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
				       gpr_time_from_millis(deadline_ms,
							    GPR_TIMESPAN));
	grpc_op ops[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA },
	};
	grpc_slice name = grpc_slice_from_copied_string(path);

	*c = (struct client){ .queue = via->queue, .text = grpc_empty_slice() };
	grpc_metadata_array_init(&c->initial);
	grpc_metadata_array_init(&c->trailing);
	c->call = grpc_channel_create_call(via->channel, NULL,
					   GRPC_PROPAGATE_DEFAULTS, via->queue,
					   name, NULL, deadline, NULL);
	grpc_slice_unref(name);
	batch(c, ops, 1, &ops);
	pluck(c, &ops);
}

void client_send(struct client *c, const void *at, size_t len)
{
	grpc_slice slice = grpc_slice_from_copied_buffer(at, len);
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_op op = { .op = GRPC_OP_SEND_MESSAGE,
		       .data.send_message.send_message = buffer };

	batch(c, &op, 1, &op);
	pluck(c, &op);
	grpc_byte_buffer_destroy(buffer);
	grpc_slice_unref(slice);
}

void client_half_close(struct client *c)
{
	grpc_op op = { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };

	batch(c, &op, 1, &op);
	pluck(c, &op);
}

bool client_read(struct client *c)
{
	grpc_op ops[] = {
		{ .op = GRPC_OP_RECV_MESSAGE,
		  .data.recv_message.recv_message = &c->got },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata =
			  &c->initial },
	};
	grpc_byte_buffer_reader reader;
	grpc_slice all;

	batch(c, ops, c->has_begun ? 1 : 2, ops);
	c->has_begun = true;
	pluck(c, ops);
	if (!c->got)
		return false;
	assert_true(grpc_byte_buffer_reader_init(&reader, c->got));
	all = grpc_byte_buffer_reader_readall(&reader);
	c->got_len = GRPC_SLICE_LENGTH(all);
	memcpy(c->got_at, GRPC_SLICE_START_PTR(all),
	       c->got_len < sizeof(c->got_at) ? c->got_len : sizeof(c->got_at));
	grpc_slice_unref(all);
	grpc_byte_buffer_reader_destroy(&reader);
	grpc_byte_buffer_destroy(c->got);
	c->got = NULL;
	return true;
}

grpc_status_code client_end(struct client *c)
{
	grpc_op op = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT };

	op.data.recv_status_on_client.trailing_metadata = &c->trailing;
	op.data.recv_status_on_client.status = &c->status;
	op.data.recv_status_on_client.status_details = &c->text;
	while (client_read(c))
		;
	batch(c, &op, 1, &op);
	pluck(c, &op);
	for (size_t i = 0; i < c->trailing.count; i++) {
		const grpc_metadata *m = &c->trailing.metadata[i];

		if (grpc_slice_str_cmp(m->key, "grpc-status-details-bin") != 0)
			continue;
		c->details_len = GRPC_SLICE_LENGTH(m->value);
		assert_true(c->details_len <= sizeof(c->details));
		memcpy(c->details, GRPC_SLICE_START_PTR(m->value),
		       c->details_len);
	}
	grpc_metadata_array_destroy(&c->initial);
	grpc_metadata_array_destroy(&c->trailing);
	grpc_slice_unref(c->text);
	grpc_call_unref(c->call);
	return c->status;
}
