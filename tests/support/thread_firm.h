/*
 * A firm on a real store with a writer of its own, for tests of calls on real
 * threads: the app, an administrator's token and a device's; and a bell, by
 * which a call that waits is taken on. Fails the running cmocka test where
 * something that must work doesn't.
 */
#ifndef THREAD_FIRM_H
#define THREAD_FIRM_H

#include "app/dispatch.h"
#include "app/keys.h"
#include "app/token.h"

#include <pthread.h>
#include <stdatomic.h>

struct thread_firm {
	struct context context;
	struct org_keys keys;
	struct store_config store_config;
	struct store *store;
	struct app *app;
	_Atomic(struct app *) listener; /* app, once it is open */
	char folder[64], path[80];
	char token[TOKEN_TEXT_LEN + 1];	       /* an administrator's */
	char device_token[TOKEN_TEXT_LEN + 1]; /* of a device of theirs */
	atomic_size_t n_late_wakes;	       /* of calls that were freed */
};

/* max_query_steps as in store_config. */
void thread_firm_open(struct thread_firm *firm, int64_t max_query_steps);
/* Of a user, or of a device of theirs. */
void thread_firm_token(char out[TOKEN_TEXT_LEN + 1], struct thread_firm *firm,
		       const struct uuid *user, const struct uuid *device);
/* Workers must be closed. The store may be: it is NULL then. */
void thread_firm_close(struct thread_firm *firm);

/* One call's WAITs, as a transport would have them. A late wake may come to
 * any: it outlives the call. */
struct bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool is_rung;
	bool is_over; /* the call was freed */
	struct thread_firm *firm;
};

void bell_init(struct bell *bell, struct thread_firm *firm);
void bell_wait(struct bell *bell);

struct app_call *bell_begin(struct app_worker *worker, struct bell *bell,
			    const char *token, const char *path,
			    const struct buffer *request);
/* Frees the call. */
void bell_end(struct app_call *call, struct bell *bell);

#endif
