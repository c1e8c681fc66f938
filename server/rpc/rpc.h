/*
 * The server's gRPC face: listens, carries calls between the wire and the
 * app, and goes down in order. Knows no kind and no permission; what a method
 * means is behind app/dispatch.h.
 *
 * Threads: open, drain and close belong to one thread; calls live on the
 * worker threads that open starts.
 */
#ifndef RPC_RPC_H
#define RPC_RPC_H

#include "app/dispatch.h"

struct rpc_server;

struct rpc_config {
	const struct context *context;
	struct app *app;
	const char *listen; /* "HOST:PORT", "[::1]:7443"; port 0: any */
	/* PEM texts. Without a certificate the server speaks plain text. */
	const char *tls_cert, *tls_key;
	const char *tls_client_ca; /* set: clients must show a certificate */
	/* Threads, each with its own queue; one more is for signing in. */
	unsigned workers;
	size_t max_message; /* bytes of a request; 0: 4 MiB */
	unsigned max_calls; /* under way at once; 0: 10,000 */
	bool logs_calls;    /* each call, not only those that failed */
};

#define RPC_MAX_MESSAGE (4u << 20)
#define RPC_MAX_CALLS	10000u

/*
 * Does every address that the name stands for belong to this machine alone?
 * Errors: INVALID_ARGUMENT (not HOST:PORT, or nobody knows the host).
 */
MODEL_MUST_USE enum outrider_code
rpc_listen_is_loopback(bool *out, const char *listen, struct outrider_err *err);

/*
 * Starts to serve. Errors: UNAVAILABLE (the port is taken, the certificate or
 * the key is not usable), INVALID_ARGUMENT, and what app_worker_open says.
 */
MODEL_MUST_USE enum outrider_code rpc_open(struct rpc_server **out,
					   const struct rpc_config *config,
					   struct outrider_err *err);

/* The port that it listens on. */
unsigned rpc_port(const struct rpc_server *server);

/*
 * Says in health that it goes, answers new calls with UNAVAILABLE, ends the
 * streams that wait for news, lets the others end by themselves for grace_us
 * and then cancels them. Returns when no call is left.
 */
void rpc_drain(struct rpc_server *server, int64_t grace_us);

/* Drains without grace if that was not done. NULL is fine. */
void rpc_close(struct rpc_server *server);

#endif
