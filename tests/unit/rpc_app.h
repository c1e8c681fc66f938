/*
 * An app for test_rpc: it echoes, fails, waits for leave, streams, and counts
 * what is done to its calls.
 */
#ifndef RPC_APP_H
#define RPC_APP_H

#include "app/dispatch.h"

#include <pthread.h>
#include <stdatomic.h>

#define MANY	   400
#define MANY_BYTES 50000

struct app {
	atomic_int n_said, n_open, n_cancelled, n_pulled;
	atomic_int n_waiting;
	pthread_mutex_t lock;
	pthread_cond_t on_change;
	struct app_call *waiting; /* one at a time is enough */
	bool may_sign_in;	  /* until then, Login holds its thread */
	int n_signing_in;
};

/* Until a call waits; then gives it leave, from the caller's thread. */
void app_release(struct app *app);
void app_await_waiting(struct app *app);
/* Until every call was freed. */
void app_await_none(struct app *app);

/* Until a Login holds its thread; then lets them all go on. */
void app_await_sign_in(struct app *app);
void app_let_sign_in(struct app *app);

#endif
