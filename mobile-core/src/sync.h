/*
 * sync: the conversation with the server, one call at a time (watch.h has
 * another beside it).
 *
 * Owns which call is under way, what comes after it, and when to try again. It
 * refuses to know the bytes of a message (wire.h), of a row, and of a socket.
 *
 *	        enroll            sync
 *	ENROLL <------ IDLE ------------------> EVIDENCE (entries wait)
 *	   |            ^                          |  ^ until none does
 *	   +----------->|                          v  |
 *	    answered    |                       POSITIONS (some wait)
 *	                |        cards locked      |
 *	                |<---- CONTACT <-----------+
 *	                |     (lease grows old)    | cards open
 *	                |                          v
 *	                |   (contents wait)  OFFER <--> UPLOAD
 *	                |                       ^  |
 *	                |                       |  v
 *	                |                       PUSH (mutations wait)
 *	                |                          |  ^ until none does
 *	                |                          v  |
 *	                |                        PULL <-----------+
 *	                |                          |  head reached | behind
 *	                |                          v              |
 *	                |                       COMPARE (due) ----+
 *	                |                          |  ^ differs
 *	                |                          |  v
 *	                |                          | REPAIR
 *	                |                          v
 *	                +<---------------------- FETCH (contents are wanted)
 *	    any state -- failed, cut, locked --> IDLE, with a time to try again
 *
 * PULL goes back to PUSH once, where the outbox has begun anew: the server
 * takes its numbers for another's (the phone was restored from a backup), or
 * misses some (the server was). Everything is pulled first, edits are set upon
 * what came, and then sent again.
 *
 * COMPARE is due after a run that filled the phone anew, once a day, and when
 * asked for. A difference is repaired and compared again; a second one in the
 * same sync is told as trouble, and everything is pulled anew.
 *
 * WIPE comes in the place of PULL and all behind it where the device is to be
 * wiped (wipe.h), from CONTACT too. Who is refused anything but a push and
 * makes CONTACT hears why.
 *
 * Invariant: a call of the sync is under way exactly when the state is not
 * IDLE, and its id was never used before. What comes for any other id is
 * passed over. A response takes effect in one transaction, before what comes
 * for a later call is looked at.
 *
 * It takes effect before the next call starts, too, but where mutations wait
 * behind those of a push: the next push was made ready while the last one was
 * under way, and goes once its answer has been read, so that server and phone
 * work at once. It says of answers only what is on the disk; so a phone that
 * dies in between finds both pushes in its outbox, asks for them again under
 * the same numbers, and the server has kept its answers to both. What the
 * first answer does to a card doesn't matter to the second push: a mutation's
 * content never changes (outbox.h), and what the same outbox wrote before, the
 * server counts as seen.
 */
#ifndef CORE_SYNC_H
#define CORE_SYNC_H

#include <stddef.h>

#include "compare.h"
#include "model/err.h"
#include "watch.h"

struct outrider;

enum sync_state {
	SYNC_IDLE,
	SYNC_ENROLL,
	SYNC_EVIDENCE,
	SYNC_POSITIONS,
	SYNC_CONTACT,
	SYNC_OFFER,
	SYNC_UPLOAD,
	SYNC_PUSH,
	SYNC_WIPE,
	SYNC_PULL,
	SYNC_COMPARE,
	SYNC_REPAIR,
	SYNC_FETCH,
};

enum { SYNC_STATES = 13 };

struct sync {
	enum sync_state state;
	uint64_t call;	      /* under way; 0: none */
	uint64_t last_call;   /* the last id given */
	uint64_t n_calls;     /* begun, with those of the watch */
	int64_t call_mono_us; /* when something last came for it */
	unsigned n_answers;   /* messages of this call so far */

	/* Of this sync. */
	uint64_t pushed, pulled;
	bool was_heard;		    /* the server has answered to our token */
	bool is_asked;		    /* for after ENROLL */
	bool evidence_goes_on;	    /* more entries wait */
	bool is_push_refused;	    /* nothing leaves the outbox in this sync */
	bool is_pull_over;	    /* the head was reached */
	bool has_begun_anew;	    /* the cursor was forgotten */
	bool has_renewed;	    /* the outbox began anew */
	bool must_contact;	    /* the server has something to say */
	bool pushes_again;	    /* ... and goes once the pull is over */
	enum outrider_code trouble; /* of a stage; told at the end */
	char trouble_text[200];
	struct compare compare;

	struct watch watch; /* beside it */

	unsigned n_failures; /* in a row, of calls worth another try */
	int64_t retry_us;    /* wall time; 0: not by itself */
};

/* Starts a sync unless one is under way. */
MODEL_MUST_USE enum outrider_code
sync_start(struct outrider *core, struct outrider_err *err);
/* Asks the server for an identity; the cards' keys are made by then. */
MODEL_MUST_USE enum outrider_code
sync_enroll(struct outrider *core, const char *code, const char *device_name,
	    struct outrider_err *err);
/* The same, and the cards are compared with the server's. */
MODEL_MUST_USE enum outrider_code
sync_check(struct outrider *core, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
sync_received(struct outrider *core, uint64_t call, const uint8_t *response,
	      size_t len, struct outrider_err *err);
void sync_ended(struct outrider *core, uint64_t call, int grpc_status,
		const char *text);
/* Tries again what is due; gives up a call that has been silent for long. */
void sync_step(struct outrider *core, int64_t *next_us);
/* The cards close: a push or pull under way is given up. */
void sync_cards_closed(struct outrider *core);
/* Gives up what is under way, silently: the core closes. */
void sync_abandon(struct outrider *core);
/* The outbox has begun anew, durably. */
void sync_tell_renewed(struct outrider *core);
/* A sync would have something to say. */
bool sync_is_wanted(struct outrider *core);

#endif
