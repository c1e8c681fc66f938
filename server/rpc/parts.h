/*
 * What the files of rpc/ share: the server, its workers, a method, and the
 * sources that calls draw their answers from.
 */
#ifndef RPC_PARTS_H
#define RPC_PARTS_H

#include "rpc/rpc.h"

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

struct rpc_call;
struct rpc_worker;

/* ---------------------------------------------------------------- sources */

enum rpc_progress {
	RPC_MESSAGE, /* one message */
	RPC_WAIT,    /* nothing until wake was called */
	RPC_READ,    /* wants the next request of a stream of them */
	RPC_END,     /* the status is filled */
};

/*
 * Where a call's answers come from: the app, or one of rpc's own services.
 * All of it runs on the call's worker. Pointers handed out stay good until
 * the next call of a function of the same state.
 */
struct rpc_source {
	/* The call's state; NULL without memory. */
	void *(*begin)(struct rpc_worker *worker,
		       const struct app_request *request);
	enum rpc_progress (*next)(void *state, struct bytes *message,
				  struct app_status *status);
	/* After RPC_READ; NULL: the client has no more. */
	void (*receive)(void *state, const struct bytes *message);
	/* The peer has gone before the end; may be NULL. free follows. */
	void (*cancel)(void *state);
	/* Any time. wake is not called any more. */
	void (*free)(void *state);
	/*
	 * Calls are taken while the server drains, too, and a stream that
	 * waits is stepped once more when that begins.
	 */
	bool knows_drain;
};

extern const struct rpc_source rpc_app_source;
extern const struct rpc_source rpc_health_check, rpc_health_list,
	rpc_health_watch;
extern const struct rpc_source rpc_reflection;

/* The contract's files as a FileDescriptorSet (build tree). */
extern const unsigned char rpc_descriptors[];
extern const size_t rpc_descriptors_len;

/*
 * Names of the services that the server speaks, in no order; NULL above the
 * last. Borrowed for ever.
 */
const char *rpc_service_name(size_t index);
bool rpc_service_exists(struct bytes name);

/* ---------------------------------------------------------------- methods */

struct rpc_method {
	const char *path; /* NULL: any other */
	const struct rpc_source *source;
	bool is_request_stream;
	bool is_response_stream;
	/* Answers may be large and hold many records. */
	bool is_compressed;
	/* Anybody may call it, so who does is counted by address. */
	bool is_told_peer;
	/* Slow by design: runs on the worker that has no other work. */
	bool is_slow;
	void *registered; /* gRPC's handle */
};

/* All of them, but for `registered`; the caller frees it. NULL: no memory. */
struct rpc_method *rpc_methods_make(size_t *n);

/* ------------------------------------------------------------------ bytes */

bool rpc_message_is_deflated(const grpc_byte_buffer *buffer);
/*
 * A message's bytes in one piece, unpacked: *out lives as long as the caller
 * has *hold, which is empty before. Errors: those of rpc_inflate.
 */
MODEL_MUST_USE enum outrider_code
rpc_message_read(struct bytes *out, grpc_slice *hold, grpc_byte_buffer *buffer,
		 size_t max, struct outrider_err *err);
/* A message as it is, copied; the caller's. */
grpc_byte_buffer *rpc_message_make(struct bytes message);
/* The first value of a key, borrowed; at NULL: none. */
struct bytes
rpc_metadata_value(const grpc_metadata_array *metadata, const char *key);
/* gRPC's deadline on our monotonic clock; INT64_MAX: none. */
int64_t rpc_deadline_us(gpr_timespec deadline, int64_t now_mono_us);
/* "ipv4:192.0.2.1:5000" without the port; borrowed. */
struct bytes rpc_address_of(const char *peer);

/* ---------------------------------------------------------------- inflate */

/*
 * Unpacks a compressed message. *out is the caller's. Errors:
 * RESOURCE_EXHAUSTED (more than max bytes, or no memory), INTERNAL (broken).
 */
MODEL_MUST_USE enum outrider_code
rpc_inflate(grpc_slice *out, const grpc_byte_buffer *packed, size_t max,
	    struct outrider_err *err);

/* ---------------------------------------------------------------- deflate */

struct rpc_packer;

/* One thread's; NULL: no memory. */
struct rpc_packer *rpc_packer_open(void);
void rpc_packer_close(struct rpc_packer *packer);
/* The message, deflated; the caller's. NULL: it doesn't get smaller. */
grpc_byte_buffer *rpc_pack(struct rpc_packer *packer, struct bytes message);

/* --------------------------------------------------------------- patience */

struct rpc_peers;

/* A call that waits; part of the call. `in` NULL: it doesn't. */
struct rpc_peer {
	struct rpc_peers *in;
	struct rpc_peer *next, *prev;
	grpc_call *grpc;
	int64_t since_us;
};

/* In the order in which they began to wait. */
struct rpc_peers {
	struct rpc_peer *first, *last;
	int64_t longest_us;
	/* What those that are cancelled are told. */
	grpc_status_code status;
	const char *text;
};

/* It waits from now on; before, perhaps, for something else. */
void rpc_peer_wait(struct rpc_peers *peers, struct rpc_peer *peer,
		   grpc_call *grpc, int64_t now_us);
/* It waits no more. Legal for one that doesn't. */
void rpc_peer_done(struct rpc_peer *peer);
/* Cancels the call that has waited longest; false: there is none. */
bool rpc_peers_drop_oldest(struct rpc_peers *peers);
/* Cancels those that have waited too long. */
void rpc_peers_expire(struct rpc_peers *peers, int64_t now_us);

/* ---------------------------------------------------------------- threads */

struct rpc_worker {
	struct rpc_server *server;
	struct app_worker *app;
	struct rpc_packer *packer;
	grpc_completion_queue *queue;
	pthread_t thread;
	bool is_started;
	bool is_slow;		/* takes the slow methods, and only those */
	struct rpc_call *spare; /* for reuse */
	/* Who has yet to end a request, to take an answer, to hear news. */
	struct rpc_peers askers, takers, listeners;
};

struct rpc_server {
	const struct context *context;
	struct app *app;
	size_t max_message;
	unsigned max_calls;
	bool logs_calls;

	grpc_server *grpc;
	unsigned port;
	struct rpc_method *methods;
	size_t n_methods;
	struct rpc_method unknown; /* whatever else is called */
	struct rpc_worker *workers;
	size_t n_workers;
	bool is_serving; /* gRPC's server was started */

	atomic_uint n_live;   /* calls between arrival and their last event */
	atomic_uint n_armed;  /* calls whose arrival is to be handled yet */
	atomic_size_t unsent; /* bytes of answers that peers have yet to take */
	atomic_bool is_draining;

	pthread_mutex_t lock;
	pthread_cond_t on_idle; /* one of both fell to 0 while draining */
	/* Streams that wait for news; under the lock, as is_draining rises. */
	struct rpc_call *waiting;
};

/* Asks gRPC for one more call of a method; false without memory. */
bool rpc_call_arm(struct rpc_worker *worker, const struct rpc_method *method);
/* Hands an event of the worker's queue to its call. */
void rpc_call_handle(void *tag, bool ok);
/* Wakes the streams that wait; under the server's lock. */
void rpc_call_wake_waiting(struct rpc_server *server);
/* The worker's queue is empty and shut. */
void rpc_call_free_spare(struct rpc_worker *worker);

/* A gRPC server with its limits; nothing is registered, bound or started. */
grpc_server *rpc_listen_create(const struct rpc_config *config);
/* Binds it, with TLS if there is a certificate, and says to which port. */
MODEL_MUST_USE enum outrider_code
rpc_listen_bind(unsigned *port, grpc_server *grpc,
		const struct rpc_config *config, struct outrider_err *err);

#endif
