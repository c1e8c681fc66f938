/*
 * Thousands of phones on one thread: each has a TLS connection of its own and
 * makes one call. Requests come as lines "TOKEN HEX" on standard input.
 *
 *	bench_rush pull ADDRESS CA SECONDS    each begins within that time
 *	bench_rush watch ADDRESS CA SECONDS   all stay; says "ready", and ends
 *	                                      when asked to by a further line
 *
 * Owns the calls and their times. What the requests say is the script's.
 */
#include <ctype.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../../usage.h"

#define PHONES_MAX   20000
#define LINE_MAX_LEN 4096
#define PEM_MAX_LEN  65536
#define DEADLINE_S   120
#define RETRY_MS     200
#define GPR_US(us)   gpr_time_from_micros(us, GPR_TIMESPAN)

struct phone {
	char bearer[120];
	uint8_t request[LINE_MAX_LEN / 2];
	size_t len;
	gpr_timespec due, begun;
	grpc_channel *channel;
	grpc_call *call;
	grpc_metadata said;
	grpc_metadata_array head, tail;
	grpc_byte_buffer *sent, *message;
	grpc_status_code code;
	grpc_slice details;
	size_t n_batches, n_messages, n_bytes;
	int64_t took_us;
	bool has_status;
};

struct rush {
	struct phone *phones;
	size_t n, n_begun, n_done, n_failed, n_waiting, n_bytes;
	grpc_completion_queue *queue;
	grpc_channel_credentials *credentials;
	const char *address, *method;
	bool is_watch;
};

/* A tag is a phone, and in its lowest bit whether a message is meant. */
static void *tag_of(struct phone *phone, bool is_message)
{
	return (char *)phone + is_message;
}

static void
begin(struct phone *phone, const grpc_op *ops, size_t n, bool is_message)
{
	if (grpc_call_start_batch(phone->call, ops, n,
				  tag_of(phone, is_message),
				  NULL) != GRPC_CALL_OK)
		abort();
	phone->n_batches++;
}

static void ask_for_message(struct phone *phone)
{
	const grpc_op op = {
		.op = GRPC_OP_RECV_MESSAGE,
		.data.recv_message.recv_message = &phone->message,
	};

	begin(phone, &op, 1, true);
}

/* A subchannel pool of its own: or gRPC would share one connection. */
static grpc_channel *connect_to(const struct rush *rush)
{
	grpc_arg args[] = {
		{ .type = GRPC_ARG_INTEGER,
		  .key = GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
		  .value.integer = 1 },
		{ .type = GRPC_ARG_STRING,
		  .key = GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
		  .value.string = (char[]){ "localhost" } },
	};
	const grpc_channel_args all = { .num_args = 2, .args = args };

	return grpc_channel_create(rush->address, rush->credentials, &all);
}

static void start(struct rush *rush, struct phone *phone)
{
	grpc_slice path = grpc_slice_from_static_string(rush->method);
	grpc_slice body = grpc_slice_from_copied_buffer(
		(const char *)phone->request, phone->len);
	gpr_timespec until =
		gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
			     gpr_time_from_seconds(DEADLINE_S, GPR_TIMESPAN));

	phone->begun = gpr_now(GPR_CLOCK_MONOTONIC);
	phone->channel = connect_to(rush);
	phone->call = grpc_channel_create_call(
		phone->channel, NULL, 0, rush->queue, path, NULL,
		rush->is_watch ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : until,
		NULL);
	phone->sent = grpc_raw_byte_buffer_create(&body, 1);
	phone->said = (grpc_metadata){
		.key = grpc_slice_from_static_string("authorization"),
		.value = grpc_slice_from_static_string(phone->bearer),
	};
	phone->details = grpc_empty_slice();
	grpc_metadata_array_init(&phone->head);
	grpc_metadata_array_init(&phone->tail);
	const grpc_op end = {
		.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
		.data.recv_status_on_client = {
			.trailing_metadata = &phone->tail,
			.status = &phone->code,
			.status_details = &phone->details,
		},
	};
	const grpc_op ops[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA,
		  .flags = GRPC_INITIAL_METADATA_WAIT_FOR_READY,
		  .data.send_initial_metadata = { .count = 1,
						  .metadata = &phone->said } },
		{ .op = GRPC_OP_SEND_MESSAGE,
		  .data.send_message.send_message = phone->sent },
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata =
			  &phone->head },
	};

	begin(phone, &end, 1, false);
	begin(phone, ops, sizeof(ops) / sizeof(ops[0]), false);
	ask_for_message(phone);
	grpc_slice_unref(path);
	grpc_slice_unref(body);
}

static void end(struct rush *rush, struct phone *phone)
{
	const gpr_timespec took =
		gpr_time_sub(gpr_now(GPR_CLOCK_MONOTONIC), phone->begun);

	phone->took_us = took.tv_sec * 1000000 + took.tv_nsec / 1000;
	rush->n_done++;
	rush->n_bytes += phone->n_bytes;
	if (phone->code != GRPC_STATUS_OK || phone->n_messages == 0) {
		char *text = grpc_slice_to_c_string(phone->details);

		if (rush->n_failed++ < 5)
			fprintf(stderr, "bench_rush: status %d %s\n",
				(int)phone->code, text);
		gpr_free(text);
	}
	grpc_metadata_array_destroy(&phone->head);
	grpc_metadata_array_destroy(&phone->tail);
	grpc_byte_buffer_destroy(phone->sent);
	grpc_slice_unref(phone->details);
	grpc_call_unref(phone->call);
	grpc_channel_destroy(phone->channel);
	phone->call = NULL;
}

static void take(struct rush *rush, const grpc_event *event)
{
	char *tag = event->tag;
	const bool is_message = ((uintptr_t)tag & 1) != 0;
	struct phone *phone = (void *)(tag - is_message);

	phone->n_batches--;
	if (is_message && phone->message != NULL) {
		phone->n_messages++;
		phone->n_bytes += grpc_byte_buffer_length(phone->message);
		grpc_byte_buffer_destroy(phone->message);
		phone->message = NULL;
		ask_for_message(phone);
	}
	if (phone->n_batches == 0)
		end(rush, phone);
}

/* One event, if one comes before `until`. */
static bool step(struct rush *rush, gpr_timespec until)
{
	grpc_event event = grpc_completion_queue_next(rush->queue, until, NULL);

	if (event.type != GRPC_OP_COMPLETE)
		return false;
	take(rush, &event);
	return true;
}

/* Each begins at a time of its own, evenly spread in an order of chance. */
static void run(struct rush *rush, int64_t window_us)
{
	const gpr_timespec begun = gpr_now(GPR_CLOCK_MONOTONIC);
	const int64_t between_us = window_us / (int64_t)rush->n;

	for (size_t i = 0; i < rush->n; i++) {
		const gpr_timespec due =
			gpr_time_add(begun, GPR_US((int64_t)i * between_us));

		while (step(rush, due))
			continue;
		start(rush, &rush->phones[i]);
	}
}

static int compare_times(const void *a, const void *b)
{
	const struct phone *left = a, *right = b;

	return (left->took_us > right->took_us) -
	       (left->took_us < right->took_us);
}

static void tell(struct rush *rush)
{
	const size_t middle = rush->n / 2, late = rush->n * 99 / 100;

	qsort(rush->phones, rush->n, sizeof(rush->phones[0]), compare_times);
	printf("rush_phones %zu 1\n", rush->n);
	printf("rush_errors %zu 1\n", rush->n_failed);
	printf("rush_p50 %.1f ms\n",
	       (double)rush->phones[middle].took_us / 1000);
	printf("rush_p99 %.1f ms\n", (double)rush->phones[late].took_us / 1000);
	printf("rush_max %.1f ms\n",
	       (double)rush->phones[rush->n - 1].took_us / 1000);
	printf("rush_bytes_a_phone %zu bytes\n", rush->n_bytes / rush->n);
}

/* ------------------------------------------------------------------- input */

static size_t read_hex(uint8_t *out, const char *hex)
{
	size_t n = 0;

	for (; isxdigit((unsigned char)hex[2 * n]); n++) {
		const char digits[3] = { hex[2 * n], hex[2 * n + 1], '\0' };

		out[n] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

/* An empty line ends it. */
static bool read_phones(struct rush *rush)
{
	static char line[LINE_MAX_LEN + 200];

	rush->phones = calloc(PHONES_MAX, sizeof(*rush->phones));
	while (rush->phones != NULL && rush->n < PHONES_MAX &&
	       fgets(line, sizeof(line), stdin) != NULL && line[0] != '\n') {
		struct phone *phone = &rush->phones[rush->n++];
		char *hex = strchr(line, ' ');

		if (hex == NULL)
			return false;
		*hex++ = 0;
		hex[strcspn(hex, "\n")] = 0;
		snprintf(phone->bearer, sizeof(phone->bearer), "Bearer %.100s",
			 line);
		phone->len = read_hex(phone->request, hex);
	}
	return rush->n > 0;
}

static char *read_file(const char *path)
{
	static char text[PEM_MAX_LEN];
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return NULL;
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

/* Each phone is a socket. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void hold(struct rush *rush)
{
	char line[8];

	/* What comes is a first word that something is new, or nothing. */
	while (step(rush, gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
				       gpr_time_from_seconds(5, GPR_TIMESPAN))))
		continue;
	printf("watch_streams %zu 1\n", rush->n - rush->n_done);
	printf("ready\n");
	fflush(stdout);
	(void)!fgets(line, sizeof(line), stdin);
}

int main(int argc, char **argv)
{
	struct rush rush = { .n = 0 };
	uint64_t spread_s;
	char *roots;

	if (usage_has_flag(argc, argv) || argc != 5 ||
	    !usage_number(&spread_s, argv[4], 0, 86400))
		return usage_say("usage: bench_rush pull|watch HOST:PORT "
				 "ROOTS.pem SPREAD_SECONDS <PHONES\n",
				 usage_is_asked(argc, argv));
	if ((roots = read_file(argv[3])) == NULL)
		return 2;
	raise_limit();
	rush.is_watch = strcmp(argv[1], "watch") == 0;
	rush.method = rush.is_watch ? "/outrider.v1.SyncService/Watch"
				    : "/outrider.v1.SyncService/Pull";
	rush.address = argv[2];
	if (!read_phones(&rush)) {
		free(rush.phones);
		return 2;
	}
	grpc_init();
	rush.queue = grpc_completion_queue_create_for_next(NULL);
	rush.credentials = grpc_ssl_credentials_create(roots, NULL, NULL, NULL);
	run(&rush, (int64_t)spread_s * 1000000);
	if (rush.is_watch) {
		hold(&rush);
		_Exit(0); /* the server sees them all go at once */
	}
	while (rush.n_done < rush.n)
		(void)step(&rush, gpr_inf_future(GPR_CLOCK_MONOTONIC));
	tell(&rush);
	free(rush.phones);
	return rush.n_failed != 0;
}
