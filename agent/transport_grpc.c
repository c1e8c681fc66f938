/*
 * The transport over gRPC's C core: see transport.h.
 *
 * Every call is treated as a server stream: messages are received until there
 * is none, then the status is known. A unary answer is a stream of one.
 *
 *	STARTED -> (message read -> next message asked for)* -> status -> gone
 *
 * Messages go out and come in deflated, by us (deflate.h) and not by gRPC's
 * own filters: these are slower and have no limit to what they unpack. A server
 * that is spoken to in deflate may answer in it.
 */
#include "transport.h"

#include "deflate.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/byte_buffer_reader.h>
#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>

#define PEM_MAX	    1048576
#define MESSAGE_MAX (4 << 20)
/*
 * What may be under way beside the message that was asked for: enough that the
 * next page is here when the phone is done with one, and what a cut line loses.
 * The server's largest pages of ordinary cards fit (server/app/sync_pull.c).
 */
#define AHEAD_BYTES (52 * 1024)

struct call;

/* What a completed batch belongs to. */
struct tag {
	struct call *call;
	enum { TAG_SENT, TAG_RECEIVED, TAG_STATUS } what;
};

struct call {
	struct call *next;
	uint64_t id;
	grpc_call *grpc;
	struct tag sent, received, status;
	unsigned n_batches; /* under way */
	bool has_status;    /* the end is to be told */

	grpc_metadata said[2]; /* with the request: encoding, authorization */
	grpc_metadata_array head, tail;
	grpc_byte_buffer *request, *message;
	grpc_status_code code;
	grpc_slice details;
};

struct transport {
	grpc_channel *channel;
	grpc_completion_queue *queue;
	struct call *calls;
	struct call *taken; /* whose message was the last poll's */
	struct deflate *deflate;
	grpc_slice message; /* of the last poll, as it came */
	char *text;	    /* of the last poll */
};

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 &&
	    size < PEM_MAX && fseek(file, 0, SEEK_SET) == 0) {
		text = calloc(1, (size_t)size + 1);
		if (text != NULL &&
		    fread(text, 1, (size_t)size, file) != (size_t)size) {
			free(text);
			text = NULL;
		}
	}
	fclose(file);
	return text;
}

static grpc_channel_credentials *
make_credentials(const struct transport_config *config)
{
	grpc_channel_credentials *credentials;
	char *roots = NULL;

	if (config->is_plaintext)
		return grpc_insecure_credentials_create();
	if (config->tls_ca != NULL) {
		roots = read_file(config->tls_ca);
		if (roots == NULL)
			return NULL;
	}
	credentials = grpc_ssl_credentials_create(roots, NULL, NULL, NULL);
	free(roots);
	return credentials;
}

/* gRPC's own log is for its developers: what went wrong is in the status. */
static void drop_log(gpr_log_func_args *args)
{
	(void)args;
}

enum outrider_code transport_open(struct transport **out,
				  const struct transport_config *config,
				  struct outrider_err *err)
{
	grpc_channel_credentials *credentials;
	struct transport *transport;
	/* A phone comes back from a tunnel: try again soon, not in minutes. */
	grpc_arg args[] = {
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
		  .value.integer = MESSAGE_MAX },
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION,
		  .value.integer = 0 },
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
		  .value.integer = 1 << GRPC_COMPRESS_NONE |
				   1 << GRPC_COMPRESS_DEFLATE },
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
		  .value.integer = 200 },
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
		  .value.integer = 5000 },
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES,
		  .value.integer = AHEAD_BYTES },
		/* It would let in as much as the line carries. */
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_HTTP2_BDP_PROBE,
		  .value.integer = 0 },
	};
	const grpc_channel_args channel_args = {
		.num_args = sizeof(args) / sizeof(args[0]), .args = args
	};

	*out = NULL;
	credentials = make_credentials(config);
	if (credentials == NULL)
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "no certificates can be read from %s",
			    config->tls_ca);
	transport = calloc(1, sizeof(*transport));
	if (transport != NULL)
		transport->deflate = deflate_open();
	if (transport == NULL || transport->deflate == NULL) {
		free(transport);
		grpc_channel_credentials_release(credentials);
		return fail(err, OUTRIDER_RESOURCE_EXHAUSTED, "out of memory");
	}
	if (getenv("OUTRIDER_DEBUG") == NULL)
		gpr_set_log_function(drop_log);
	grpc_init();
	transport->queue = grpc_completion_queue_create_for_next(NULL);
	transport->channel = grpc_channel_create(config->address, credentials,
						 &channel_args);
	transport->message = grpc_empty_slice();
	grpc_channel_credentials_release(credentials);
	*out = transport;
	return fail(err, OUTRIDER_OK, "ok");
}

static void call_free(struct transport *transport, struct call *call)
{
	for (struct call **at = &transport->calls; *at != NULL;
	     at = &(*at)->next) {
		if (*at == call) {
			*at = call->next;
			break;
		}
	}
	grpc_metadata_array_destroy(&call->head);
	grpc_metadata_array_destroy(&call->tail);
	grpc_byte_buffer_destroy(call->request);
	grpc_byte_buffer_destroy(call->message);
	grpc_slice_unref(call->details);
	grpc_slice_unref(call->said[1].value);
	grpc_call_unref(call->grpc);
	free(call);
}

void transport_close(struct transport *transport)
{
	struct transport_news news;

	if (transport == NULL)
		return;
	for (struct call *call = transport->calls; call; call = call->next)
		(void)grpc_call_cancel(call->grpc, NULL);
	while (transport->calls != NULL)
		(void)transport_poll(transport, &news, 1000);
	grpc_channel_destroy(transport->channel);
	grpc_completion_queue_shutdown(transport->queue);
	while (grpc_completion_queue_next(transport->queue,
					  gpr_inf_future(GPR_CLOCK_MONOTONIC),
					  NULL)
		       .type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(transport->queue);
	grpc_slice_unref(transport->message);
	deflate_close(transport->deflate);
	free(transport->text);
	free(transport);
	grpc_shutdown();
}

/* A batch that gRPC refuses is our own mistake, not the world's. */
static void
begin(struct call *call, const grpc_op *ops, size_t n, struct tag *tag)
{
	if (grpc_call_start_batch(call->grpc, ops, n, tag, NULL) !=
	    GRPC_CALL_OK)
		abort();
	call->n_batches++;
}

static void ask_for_message(struct call *call)
{
	const grpc_op op = {
		.op = GRPC_OP_RECV_MESSAGE,
		.data.recv_message.recv_message = &call->message,
	};

	begin(call, &op, 1, &call->received);
}

static void send_request(struct call *call)
{
	const bool has_token = GRPC_SLICE_LENGTH(call->said[1].value) > 0;
	const grpc_op ops[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA,
		  .data.send_initial_metadata.count = 1 + has_token,
		  .data.send_initial_metadata.metadata = call->said },
		{ .op = GRPC_OP_SEND_MESSAGE,
		  .data.send_message.send_message = call->request },
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata =
			  &call->head },
	};
	const grpc_op end = {
		.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
		.data.recv_status_on_client = {
			.trailing_metadata = &call->tail,
			.status = &call->code,
			.status_details = &call->details,
		},
	};

	begin(call, &end, 1, &call->status);
	begin(call, ops, sizeof(ops) / sizeof(ops[0]), &call->sent);
	ask_for_message(call);
}

static gpr_timespec in_ms(int ms)
{
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
			    gpr_time_from_millis(ms, GPR_TIMESPAN));
}

/* Small ones, too: that says what we read. */
static grpc_byte_buffer *
pack_request(struct transport *transport, const uint8_t *request, size_t len)
{
	const uint8_t *packed;
	size_t packed_len;
	grpc_byte_buffer *out;
	grpc_slice body;

	if (!deflate_pack(transport->deflate, &packed, &packed_len, request,
			  len))
		abort();
	body = grpc_slice_from_copied_buffer((const char *)packed, packed_len);
	out = grpc_raw_compressed_byte_buffer_create(&body, 1,
						     GRPC_COMPRESS_DEFLATE);
	grpc_slice_unref(body);
	return out;
}

void transport_start(struct transport *transport, uint64_t id,
		     const char *method, const char *token,
		     const uint8_t *request, size_t len, int deadline_ms)
{
	struct call *call = calloc(1, sizeof(*call));
	grpc_slice path = grpc_slice_from_copied_string(method);
	char bearer[160] = "";

	if (call == NULL)
		abort();
	call->id = id;
	call->sent = (struct tag){ call, TAG_SENT };
	call->received = (struct tag){ call, TAG_RECEIVED };
	call->status = (struct tag){ call, TAG_STATUS };
	call->request = pack_request(transport, request, len);
	call->details = grpc_empty_slice();
	if (token != NULL && token[0])
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	/* Every gRPC server can read it. */
	call->said[0] = (grpc_metadata){
		.key = grpc_slice_from_static_string(
			GRPC_COMPRESSION_REQUEST_ALGORITHM_MD_KEY),
		.value = grpc_slice_from_static_string("deflate"),
	};
	call->said[1] = (grpc_metadata){
		.key = grpc_slice_from_static_string("authorization"),
		.value = grpc_slice_from_copied_string(bearer),
	};
	grpc_metadata_array_init(&call->head);
	grpc_metadata_array_init(&call->tail);
	call->grpc = grpc_channel_create_call(
		transport->channel, NULL, 0, transport->queue, path, NULL,
		deadline_ms > 0 ? in_ms(deadline_ms)
				: gpr_inf_future(GPR_CLOCK_MONOTONIC),
		NULL);
	call->next = transport->calls;
	transport->calls = call;
	send_request(call);
	grpc_slice_unref(path);
}

void transport_cancel(struct transport *transport, uint64_t id)
{
	for (struct call *call = transport->calls; call; call = call->next)
		if (call->id == id)
			(void)grpc_call_cancel(call->grpc, NULL);
}

/* The message's bytes in one piece, as they came. */
static void keep_message(struct transport *transport, struct call *call)
{
	grpc_byte_buffer_reader reader;

	grpc_slice_unref(transport->message);
	transport->message = grpc_empty_slice();
	if (grpc_byte_buffer_reader_init(&reader, call->message)) {
		transport->message = grpc_byte_buffer_reader_readall(&reader);
		grpc_byte_buffer_reader_destroy(&reader);
	}
}

/* True if there is a message to tell of. What can't be read ends the call. */
static bool take_message(struct transport *transport, struct call *call,
			 struct transport_news *out)
{
	bool is_packed, is_read = true;

	if (call->message == NULL)
		return false;
	is_packed = call->message->data.raw.compression != GRPC_COMPRESS_NONE;
	keep_message(transport, call);
	grpc_byte_buffer_destroy(call->message);
	call->message = NULL;
	out->id = call->id;
	out->message = GRPC_SLICE_START_PTR(transport->message);
	out->len = GRPC_SLICE_LENGTH(transport->message);
	if (is_packed)
		is_read = deflate_unpack(transport->deflate, &out->message,
					 &out->len, out->message, out->len,
					 MESSAGE_MAX);
	if (is_read)
		transport->taken = call;
	else
		(void)grpc_call_cancel_with_status(
			call->grpc, GRPC_STATUS_INTERNAL,
			"The answer can't be unpacked.", NULL);
	return is_read;
}

/* The end is told once the status is known and all that came was read. */
static bool take_end(struct transport *transport, struct call *call,
		     struct transport_news *out)
{
	if (!call->has_status || call->n_batches > 0)
		return false;
	free(transport->text);
	transport->text = grpc_slice_to_c_string(call->details);
	out->id = call->id;
	out->grpc_status = (int)call->code;
	out->text = transport->text;
	call_free(transport, call);
	return true;
}

enum transport_event transport_poll(struct transport *transport,
				    struct transport_news *out, int timeout_ms)
{
	const gpr_timespec until = in_ms(timeout_ms);

	memset(out, 0, sizeof(*out));
	/* Only now: what was told has been dealt with. */
	if (transport->taken != NULL)
		ask_for_message(transport->taken);
	transport->taken = NULL;
	for (;;) {
		grpc_event event = grpc_completion_queue_next(transport->queue,
							      until, NULL);
		struct tag *tag = event.tag;

		if (event.type != GRPC_OP_COMPLETE)
			return TRANSPORT_NOTHING;
		tag->call->n_batches--;
		if (tag->what == TAG_STATUS)
			tag->call->has_status = true;
		if (tag->what == TAG_RECEIVED &&
		    take_message(transport, tag->call, out))
			return TRANSPORT_MESSAGE;
		if (take_end(transport, tag->call, out))
			return TRANSPORT_END;
	}
}
