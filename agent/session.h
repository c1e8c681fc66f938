/*
 * One run of the agent: the folder, the core, the line to the server and the
 * clock, wired together. Brings to the core what comes from the network, and
 * to the network what the core sends.
 */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include "home.h"
#include "options.h"
#include "transport.h"

struct session {
	const struct options *options;
	struct home home;
	struct outrider *core;
	struct transport *transport;
	int64_t *demo_clock; /* mapped; NULL: the real clock */
	uint8_t boot_id[16];
};

/* Opens folder and core. Errors are told on standard error: returns an exit
 * code, 0 if all is well. */
int session_open(struct session *session, const struct options *options);
void session_close(struct session *session);

/*
 * The core's files are one process's at a time. A command that goes on for
 * long gives them back while it has nothing to do, so that others can run:
 * session_rest closes the core (the cards are locked then), session_wake opens
 * it again, and waits for its turn. The line to the server stays.
 */
void session_rest(struct session *session);
bool session_wake(struct session *session, struct outrider_err *err);

/* Opens the cards with the PIN of --pin-file, $OUTRIDER_PIN or the keyboard. */
int session_unlock(struct session *session);
/* New: asked for twice. If given: without it less is done. */
enum pin_ask { PIN_WANTED, PIN_NEW, PIN_IF_GIVEN };

/* The PIN. False: none was given, and it was said why; only where it needn't be
 * given, and none was named, nothing is said. */
bool session_read_pin(struct session *session, char out[65], enum pin_ask ask);

/* A new one, out of a file (its first line), or asked for twice; likewise. */
bool session_read_new_pin(char out[65], const char *file);
/* Lets the core do what is due at once, until nothing is. */
void session_settle(struct session *session);

/* Now, by the demonstration's clock or the real one. */
int64_t session_now_us(struct session *session);
/* Moves the demonstration's clock; nothing where there is none. */
void session_set_clock(struct session *session, int64_t time_us);

/*
 * Carries messages between core and server for at most timeout_ms, then lets
 * the core do what is due. *next_us (may be NULL): when it wants to run next.
 */
void session_pump(struct session *session, int timeout_ms, int64_t *next_us);

/* The core's oldest event; false: there is none. What was damaged or lost is
 * said here, whichever command comes upon it; a command that looks at no
 * events says it at its end. */
bool session_next_event(struct session *session, struct outrider_event *out);

typedef void session_event_fn(void *user, const struct outrider_event *event);

/* Makes the line ready before the core may send. Connects at the first call. */
bool session_connect(struct session *session, struct outrider_err *err);
/*
 * Carries on until what outrider_sync or outrider_enroll began has ended.
 * True if it was complete; *err says why not. on_event (may be NULL) sees
 * every event.
 */
bool session_finish(struct session *session, session_event_fn *on_event,
		    void *user, struct outrider_err *err);
/* What became of a call in words for people: gRPC's own for a dead line are for
 * its developers. */
void session_fail_call(const struct session *session, struct outrider_err *err,
		       enum outrider_code code, const char *text);
/* Connects, asks for a sync, and finishes it. */
bool session_sync(struct session *session, session_event_fn *on_event,
		  void *user, struct outrider_err *err);

/* A call that is not the core's. */
struct session_request {
	const char *method;
	const char *token; /* NULL: none */
	const uint8_t *bytes;
	size_t len;
	int deadline_ms; /* 0: none */
};

/* Gets each answer's bytes, borrowed; return false to stop. */
typedef bool session_answer_fn(void *user, const uint8_t *message, size_t len);

/*
 * Makes the call and gives every message to callback, until the end. Returns
 * the gRPC status, -1 where there is no line; *err has the words.
 */
int session_call(struct session *session, const struct session_request *request,
		 session_answer_fn *callback, void *user,
		 struct outrider_err *err);

/* How a program ends: 2 is command_usage's. */
enum {
	EXIT_REFUSED = 1,
	/* The server, gpsd, the disk or the device's files can't be had: the
	 * same may work later. */
	EXIT_NOT_NOW = 3,
};

/* Says "outrider: TEXT" on standard error, and returns an exit code. */
int session_fail(const struct outrider_err *err);

#endif
