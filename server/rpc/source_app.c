/*
 * The app as a source of answers. Owns nothing.
 */
#include "rpc/parts.h"

static void *
app_begin(struct rpc_worker *worker, const struct app_request *request)
{
	return app_call_begin(worker->app, request);
}

static enum rpc_progress
app_next(void *state, struct bytes *message, struct app_status *status)
{
	switch (app_call_next(state, message, status)) {
	case APP_MESSAGE:
		return RPC_MESSAGE;
	case APP_WAIT:
		return RPC_WAIT;
	case APP_END:
		break;
	}
	return RPC_END;
}

static void app_cancel(void *state)
{
	app_call_cancel(state);
}

static void app_free(void *state)
{
	app_call_free(state);
}

const struct rpc_source rpc_app_source = {
	.begin = app_begin,
	.next = app_next,
	.cancel = app_cancel,
	.free = app_free,
};
