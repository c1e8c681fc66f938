/*
 * A call as its handler sees it. Dispatch has found the method, authenticated
 * and authorised the caller and checked the request's bytes against the
 * method's table before a handler runs.
 *
 * A handler of a unary method either replies at once, or hands a closure to
 * the writer and replies in `after`. A stream sets call->next.
 */
#ifndef APP_CALL_H
#define APP_CALL_H

#include "app/access.h"
#include "app/dispatch.h"
#include "model/schema.h"
#include <protobuf-c/protobuf-c.h>

struct app_call {
	struct app *app;
	struct app_worker *worker;
	const struct method *method;
	struct arena arena;
	/* For one page of a stream: emptied before each `next`. */
	struct arena page;
	ProtobufCAllocator proto_allocator; /* out of the arena */
	struct bytes request;		    /* in the arena */
	struct principal principal;	    /* zero on public methods */
	int64_t deadline_mono_us;
	struct outrider_err err;
	bool is_long_write;	 /* its write is: store_write.is_long */
	int64_t retry_after_us;	 /* goes into RetryInfo; 0: none */
	const char *reason;	 /* of ErrorInfo; NULL: the code's name */
	const struct wipe *wipe; /* that stands for the calling device */

	/* What the handler leaves for its later steps. */
	void *state;
	/*
	 * Streams: the next message into call->reply, and MESSAGE; WAIT after
	 * call_wait_for_news or call_yield; END with the code in call->err.
	 * Reads open a snapshot each time. Before each, dispatch asks whether
	 * the caller still has the same rights, and ends the stream if not. A
	 * unary method that takes long has one, too.
	 */
	enum app_progress (*next)(struct app_call *call);
	struct buffer reply;

	struct call_private *private; /* dispatch's own */
};

/* Starts a named method. What it returns other than OK ends the call. */
typedef enum outrider_code call_start_fn(struct app_call *call);

struct call_handler {
	const char *path;
	call_start_fn *start;
};

/* Each room's handlers, ending with a NULL path. Dispatch lists the rooms. */
extern const struct call_handler alert_handlers[];
extern const struct call_handler attachment_handlers[];
extern const struct call_handler auth_handlers[];
extern const struct call_handler identify_handlers[];
extern const struct call_handler position_handlers[];
extern const struct call_handler search_handlers[];
extern const struct call_handler selling_handlers[];
extern const struct call_handler sync_handlers[];
extern const struct call_handler task_handlers[];
extern const struct call_handler timeline_handlers[];
extern const struct call_handler visit_handlers[];

/* The reader of the call's worker. */
struct store_conn *call_conn(struct app_call *call);
const struct context *call_context(const struct app_call *call);
/* Sampled once a call. */
int64_t call_now_us(const struct app_call *call);

/*
 * Unpacks the (checked) request; NULL, and err, at the arena's ceiling.
 */
void *call_unpack(struct app_call *call,
		  const ProtobufCMessageDescriptor *descriptor);
/* Packs the reply: the call's only message, or the next of a stream. */
MODEL_MUST_USE enum outrider_code
call_reply(struct app_call *call, const ProtobufCMessage *message);
/* The same for a message whose bytes were appended to call->reply by hand. */
MODEL_MUST_USE enum outrider_code call_reply_written(struct app_call *call);
/* ...and for one of which some fields were: message has the others. */
MODEL_MUST_USE enum outrider_code
call_reply_rest(struct app_call *call, const ProtobufCMessage *message);

/*
 * Runs `run` on the writer, then `after` on this worker (only if run's
 * savepoint was committed; otherwise the call ends with run's error). run's
 * user is the call itself; state and whatever it points to live in the arena.
 * Return its result from start. From here to `after` the worker must not
 * touch the call. A write is not begun for a call that was cancelled or whose
 * deadline has passed.
 */
MODEL_MUST_USE enum outrider_code
call_write(struct app_call *call, store_run_fn *run,
	   enum outrider_code (*after)(struct app_call *call));

/*
 * Runs `run` on a thread for what reads much, whose connection call_conn gives
 * meanwhile, then `after` on this worker; otherwise as call_write. There are
 * such threads if call_may_read_long; call_reads_long: the caller has a read
 * that waits for one or runs on it.
 * Errors: RESOURCE_EXHAUSTED (too many of them; retry_after_us is set).
 */
bool call_may_read_long(const struct app_call *call);
bool call_reads_long(const struct app_call *call);
MODEL_MUST_USE enum outrider_code
call_read_long(struct app_call *call,
	       enum outrider_code (*run)(struct app_call *call),
	       enum outrider_code (*after)(struct app_call *call));

/*
 * For `next`: returns WAIT, and lets this call be woken after any commit above
 * rev, the newest revision of the snapshot that had nothing. What was
 * committed in between is not lost.
 */
enum app_progress call_wait_for_news(struct app_call *call, uint64_t rev);
/*
 * For `next`: returns WAIT, and has this call woken at once, behind whoever
 * else waits for its worker. What takes long is done in slices.
 */
enum app_progress call_yield(struct app_call *call);

#endif
