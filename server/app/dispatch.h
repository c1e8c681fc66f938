/*
 * The app's face towards every transport: bytes in; bytes out, or a stream
 * that is pulled. gRPC, the web gateway and the simulation share every line
 * behind it.
 *
 *	app_call_begin -> app_call_next ... END -> app_call_free
 *	                      | WAIT: nothing until wake() was called
 *	                      | MESSAGE: one response message
 *
 * A unary method is a stream of one message.
 *
 * Threads: a worker and its calls belong to one thread; wake comes from any.
 */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

#include "context.h"
#include "model/arena.h"
#include "model/err.h"
#include "store/store.h"

struct app;	   /* the server's whole meaning */
struct app_worker; /* one thread's part: its read connection */
struct app_call;   /* one call under way */

struct org_keys; /* app/keys.h */

struct app_config {
	const struct context *context;
	struct store *store;
	const struct org_keys *keys;
	size_t call_memory;    /* ceiling of a call's arena; 0: 8 MiB */
	int64_t token_life_us; /* 0: 12 hours */
	int64_t code_life_us;  /* enrolment codes; 0: 24 hours */
	/* Argon2id for passwords; 0: 64 MiB and 3 passes. */
	size_t password_memory;
	unsigned password_passes;
	/* How long phones may be away before removals are forgotten: 0: 90
	 * days. */
	int64_t keep_removed_us;
	int64_t keep_evidence_us; /* salt and content of it; 0: 60 days */
	size_t page_records;	  /* at most; 0 or above 500: 500 */
	/* The organisation's, ISO 3166 alpha-2, which phone numbers without a
	 * + belong to; empty: none. */
	char region[3];
};

MODEL_MUST_USE enum outrider_code app_open(struct app **out,
					   const struct app_config *config,
					   struct outrider_err *err);
/* All workers must be closed, and then the store. NULL is fine. */
void app_close(struct app *app);

/*
 * From now on searches that read much are finished on threads of their own;
 * without it they run where they are, as in the simulation. Closed after the
 * workers and before the store: what waits is run then. NULL is fine.
 */
MODEL_MUST_USE enum outrider_code app_open_long_reads(struct app *app,
						      unsigned n_threads,
						      struct outrider_err *err);
void app_close_long_reads(struct app *app);

/* For store_config.on_commit: wakes the streams that wait for news. */
void app_on_commit(void *app, uint64_t rev);

/*
 * Time has passed: wakes the streams that wait for an hour of the day. About
 * once a second; any thread.
 */
void app_tick(struct app *app);

MODEL_MUST_USE enum outrider_code app_worker_open(struct app_worker **out,
						  struct app *app,
						  struct outrider_err *err);
void app_worker_close(struct app_worker *worker);

struct app_request {
	const char *path; /* "/outrider.v1.ContactService/GetContact" */
	size_t path_len;
	struct bytes authorization; /* the metadata's value, or empty */
	/*
	 * Whom failed sign-ins are counted against, such as the peer's address
	 * without its port; empty: nobody.
	 */
	struct bytes peer;
	int64_t deadline_mono_us; /* INT64_MAX: none */
	struct bytes message;	  /* borrowed while app_call_begin runs */
	/* A second message came on a method that takes one. */
	bool has_more_messages;
	/*
	 * Called from any thread, at most once for each WAIT: take the call on
	 * with app_call_next, later and on its own thread. It must not call
	 * back into the app.
	 */
	void (*wake)(void *user);
	void *user;
};

/* Never fails but for memory (NULL): every error is the call's end. */
struct app_call *
app_call_begin(struct app_worker *worker, const struct app_request *request);

enum app_progress { APP_MESSAGE, APP_WAIT, APP_END };

/* How a call ended. Borrowed until app_call_free. */
struct app_status {
	enum outrider_code code;
	int grpc_status;
	const char *text;
	/* A google.rpc.Status for `grpc-status-details-bin`, or empty. */
	struct bytes details;
};

/*
 * Takes the call on. MESSAGE: *message is borrowed until the next call of
 * this function. END: *status is filled, and nothing more may be called but
 * app_call_free.
 */
enum app_progress app_call_next(struct app_call *call, struct bytes *message,
				struct app_status *status);

/*
 * The peer has gone or the deadline passed: the next app_call_next says END.
 * Where the call waits, it is woken for that.
 */
void app_call_cancel(struct app_call *call);

/*
 * Frees the call. Where a write of it is under way the memory stays until
 * the writer is through; wake is not called any more.
 */
void app_call_free(struct app_call *call);

#endif
