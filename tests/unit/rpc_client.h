/*
 * A blocking gRPC client for tests: every step waits until it is done.
 */
#ifndef RPC_CLIENT_H
#define RPC_CLIENT_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_channel {
	grpc_completion_queue *queue;
	grpc_channel *channel;
};

void client_connect(struct client_channel *via, unsigned port);
void client_disconnect(struct client_channel *via);

/* A client's call; what it learns stands in it until client_end. */
struct client {
	grpc_completion_queue *queue;
	grpc_call *call;
	grpc_metadata_array initial, trailing;
	bool has_begun; /* to read */
	grpc_status_code status;
	grpc_slice text;
	grpc_byte_buffer *got;
	size_t got_len;
	uint8_t got_at[4096];
	uint8_t details[64];
	size_t details_len;
};

/* deadline_ms below 0: none. */
void client_begin(struct client *c, const struct client_channel *via,
		  const char *path, int64_t deadline_ms);
void client_send(struct client *c, const void *at, size_t len);
void client_half_close(struct client *c);
/* True if a message came. */
bool client_read(struct client *c);
/* Passes over messages that were not read: a status comes behind them. */
grpc_status_code client_end(struct client *c);

#endif
