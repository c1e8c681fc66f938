/*
 * What the files of app/ share and nobody else includes: the app, its
 * workers, and the life of a call.
 */
#ifndef APP_PARTS_H
#define APP_PARTS_H

#include "app/call.h"
#include "app/long_reads.h"
#include "app/status.h"

#include <pthread.h>
#include <stdatomic.h>

struct alarm;
struct alarms;	  /* app/alarms.h */
struct forgetter; /* app/forgetter.h */
struct indexer;	  /* app/indexer.h */
struct moves;	  /* app/moves.h */
struct news;	  /* app/news.h */
struct news_ear;
struct silence;	      /* app/silence.h */
struct people;	      /* app/people.h */
struct throttle;      /* app/throttle.h */
struct uploads_sweep; /* app/uploads_sweep.h */

struct app {
	struct app_config config; /* defaults filled in */
	const struct context *context;
	struct store *store;
	struct throttle *throttle;
	struct moves *moves;
	struct indexer *indexer;
	struct uploads_sweep *uploads_sweep;
	struct forgetter *forgetter;
	struct silence *silence;
	struct long_reads *long_reads; /* NULL: they run where they are */
	uint64_t last_hlc;	       /* the writer's alone */
	/* Of the newest write by which rights are given: see app/people.h. */
	_Atomic(uint64_t) people_rev;

	pthread_mutex_t news_lock; /* taken before a call's own lock */
	uint64_t news_rev;	   /* the newest that was committed */
	struct call_private *listeners;
	struct news *news;
	struct news *position_news; /* who waits for reps' positions */
	struct alarms *alarms;
	uint64_t people_told_rev; /* the writer's alone */
};

struct app_worker {
	struct app *app;
	struct store_conn *conn;
	struct people *people;
};

/*
 *	NEW -> REPLIED -----------------> ENDED
 *	 |  -> AWAY -> REPLIED
 *	 |  -> STREAMING, again and again
 *	 `---------------- any error ---^
 *
 * Invariant: while the phase is AWAY and the errand is OUT, the writer, or a
 * thread of long reads, owns the call; the worker touches nothing but what
 * `lock` guards, `end` and `details`.
 */
enum call_phase {
	CALL_NEW,
	CALL_AWAY,    /* an errand on another thread */
	CALL_REPLIED, /* its only message stands in call->reply */
	CALL_STREAMING,
	CALL_ENDED, /* END is all that is left to say */
};

enum errand_state {
	ERRAND_NONE,
	ERRAND_OUT,
	ERRAND_DONE,
	ERRAND_ORPHANED, /* the call was freed meanwhile: done frees it */
};

struct call_private {
	struct app_call *call;
	enum call_phase phase;
	struct bytes peer;
	bool has_token; /* its hash stands in the principal */
	bool has_more_messages;
	bool is_too_large; /* the request doesn't fit into the arena */
	bool is_checked;   /* a stream whose caller was asked for just now */
	bool has_yielded;  /* it only waits to let others go first */
	int64_t now_us;	   /* 0: not asked yet */
	enum outrider_code (*after)(struct app_call *call);
	store_run_fn *run_write;
	enum outrider_code (*run_read)(struct app_call *call);
	struct store_write write;
	struct long_read long_read;
	enum outrider_code errand_code;
	atomic_bool is_cancelled;

	pthread_mutex_t lock;
	enum errand_state errand;
	bool is_signalled; /* something happened that a WAIT ends for */
	bool is_waiting;   /* WAIT was answered, wake not called yet */
	void (*wake)(void *user);
	void *user;

	/* Under app->news_lock. */
	struct call_private *news_prev, *news_next;
	uint64_t news_rev;
	bool is_listening;
	struct news_ear *ear; /* of a call that waits for its scopes' news */
	struct alarm *alarm;  /* of one that waits for a time */

	struct outrider_err end;
	char text[STATUS_TEXT_MAX]; /* of `end`, and its details */
	struct buffer details;
};

/*
 * A call came to something: if it waits, wake it; if it doesn't yet, its
 * next park fails.
 */
void call_signal(struct call_private *life);
/* Before answering WAIT; false if there is something to do already. */
bool call_park(struct call_private *life);
/* After parking: wakes a call that has yielded. */
void call_go_on(struct call_private *life);
/* No news any more for this call. */
void call_stop_listening(struct call_private *life);
/* Frees the call's memory whole. */
void call_destroy(struct call_private *life);

#endif
