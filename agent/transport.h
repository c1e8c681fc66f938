/*
 * Calls over the network: one channel to the server, any number of calls, all
 * answers pulled from one place. The only thing in the agent that knows gRPC.
 *
 * Threads: one.
 */
#ifndef AGENT_TRANSPORT_H
#define AGENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outrider.h"

struct transport;

struct transport_config {
	const char *address; /* "host:port" */
	/* PEM file of the authority to trust; NULL: the system's. */
	const char *tls_ca;
	/* No TLS. The caller has checked that this is allowed. */
	bool is_plaintext;
};

/* Connects at the first call. Errors: INVALID_ARGUMENT (the CA's file). */
OUTRIDER_CHECKED enum outrider_code
transport_open(struct transport **out, const struct transport_config *config,
	       struct outrider_err *err);
/* Cancels what is under way. NULL is fine. */
void transport_close(struct transport *transport);

/*
 * Starts a call with one request message. id is the caller's name for it, not
 * used by another call under way. token may be NULL. deadline_ms 0: none.
 */
void transport_start(struct transport *transport, uint64_t id,
		     const char *method, const char *token,
		     const uint8_t *request, size_t len, int deadline_ms);
/* The end comes still, as CANCELLED. Unknown ids are passed over. */
void transport_cancel(struct transport *transport, uint64_t id);

enum transport_event {
	TRANSPORT_NOTHING, /* the time ran out */
	TRANSPORT_MESSAGE,
	TRANSPORT_END,
};

struct transport_news {
	uint64_t id;
	/* MESSAGE: borrowed until the next poll or start. */
	const uint8_t *message;
	size_t len;
	int grpc_status;  /* END */
	const char *text; /* END: the words of server or gRPC; borrowed */
};

/* Waits for the next event of any call, at most timeout_ms. */
enum transport_event transport_poll(struct transport *transport,
				    struct transport_news *out, int timeout_ms);

#endif
