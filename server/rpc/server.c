/*
 * The server from its first port to its last call: registers every method,
 * runs the workers, and goes down in order. Owns threads and queues; a call's
 * life is in call.c.
 */
#include "rpc/parts.h"

#include <errno.h>
#include <grpc/support/log.h>
#include <stdlib.h>
#include <time.h>

enum {
	/*
	 * Calls of one method that a queue takes before the next queue is
	 * asked. More than one keeps a connection on its worker.
	 */
	ARMED_CALLS = 4,
};

#define SECOND_US INT64_C(1000000)
/* A request's end comes with its message; a page may be long on the road. */
#define ASK_MAX_US  (20 * SECOND_US)
#define TAKE_MAX_US (300 * SECOND_US)
#define SECOND_NS   1000000000L
/* Between the last call's end and the end of the connections. */
#define LAME_US INT64_C(100000)

/* gRPC's own log has no structure and no use unless it was asked for. */
static void log_nothing(gpr_log_func_args *args)
{
	(void)args;
}

static void quiet_grpc(void)
{
	if (!getenv("GRPC_VERBOSITY"))
		gpr_set_log_function(log_nothing);
}

/* ---------------------------------------------------------------- opening */

/*
 * While somebody is waited for, the worker looks once a second who is late.
 * Who listens for news may do so for ever.
 */
static gpr_timespec worker_rest(struct rpc_worker *worker)
{
	const struct context *context = worker->server->context;
	int64_t now_us;

	if (!worker->askers.first && !worker->takers.first)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	now_us = context->mono_us(context->user);
	rpc_peers_expire(&worker->askers, now_us);
	rpc_peers_expire(&worker->takers, now_us);
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
			    gpr_time_from_seconds(1, GPR_TIMESPAN));
}

static void *worker_run(void *user)
{
	struct rpc_worker *worker = user;

	for (;;) {
		grpc_event event = grpc_completion_queue_next(
			worker->queue, worker_rest(worker), NULL);

		if (event.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		if (event.type == GRPC_OP_COMPLETE)
			rpc_call_handle(event.tag, event.success != 0);
	}
}

static enum outrider_code
methods_register(struct rpc_server *server, struct outrider_err *err)
{
	server->methods = rpc_methods_make(&server->n_methods);
	if (!server->methods)
		return err_no_memory(err);
	for (size_t i = 0; i < server->n_methods; i++) {
		struct rpc_method *method = &server->methods[i];

		method->registered = grpc_server_register_method(
			server->grpc, method->path, NULL,
			method->is_request_stream
				? GRPC_SRM_PAYLOAD_NONE
				: GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER,
			0);
		if (!method->registered)
			return err_set(err, OUTRIDER_INTERNAL, NULL,
				       "gRPC doesn't take %s", method->path);
	}
	/* Without it, a method that is not ours would hang its caller. */
	server->unknown = (struct rpc_method){ .source = &rpc_app_source };
	return OUTRIDER_OK;
}

static enum outrider_code worker_open(struct rpc_worker *worker,
				      struct rpc_server *server,
				      struct outrider_err *err)
{
	worker->server = server;
	worker->askers = (struct rpc_peers){
		.longest_us = ASK_MAX_US,
		.status = GRPC_STATUS_DEADLINE_EXCEEDED,
		.text = "the request did not end in time",
	};
	worker->takers = (struct rpc_peers){
		.longest_us = TAKE_MAX_US,
		.status = GRPC_STATUS_DEADLINE_EXCEEDED,
		.text = "the answer was not taken in time",
	};
	worker->listeners = (struct rpc_peers){
		.status = GRPC_STATUS_UNAVAILABLE,
		.text = "the server needs the room of this stream",
	};
	worker->queue = grpc_completion_queue_create_for_next(NULL);
	grpc_server_register_completion_queue(server->grpc, worker->queue,
					      NULL);
	worker->packer = rpc_packer_open();
	if (!worker->packer)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for the workers");
	return app_worker_open(&worker->app, server->app, err);
}

static bool worker_arm(struct rpc_worker *worker)
{
	struct rpc_server *server = worker->server;
	bool is_armed = true;

	for (int n = 0; n < ARMED_CALLS; n++) {
		for (size_t i = 0; i < server->n_methods; i++) {
			struct rpc_method *method = &server->methods[i];

			if (method->is_slow == worker->is_slow)
				is_armed &= rpc_call_arm(worker, method);
		}
		if (!worker->is_slow)
			is_armed &= rpc_call_arm(worker, &server->unknown);
	}
	return is_armed;
}

static enum outrider_code
workers_start(struct rpc_server *server, struct outrider_err *err)
{
	bool is_started = true;

	grpc_server_start(server->grpc);
	server->is_serving = true;
	for (size_t i = 0; i < server->n_workers && is_started; i++) {
		struct rpc_worker *worker = &server->workers[i];

		is_started = worker_arm(worker) &&
			     pthread_create(&worker->thread, NULL, worker_run,
					    worker) == 0;
		worker->is_started = is_started;
	}
	if (is_started)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "no memory or threads for the workers");
}

static struct rpc_server *server_new(const struct rpc_config *config)
{
	struct rpc_server *server = calloc(1, sizeof(*server));
	pthread_condattr_t monotonic;

	if (!server)
		return NULL;
	/* One more, for what is slow. */
	server->n_workers = config->workers + 1;
	server->workers = calloc(server->n_workers, sizeof(*server->workers));
	if (!server->workers) {
		free(server);
		return NULL;
	}
	server->workers[config->workers].is_slow = true;
	server->context = config->context;
	server->app = config->app;
	server->logs_calls = config->logs_calls;
	server->max_message = config->max_message ? config->max_message
						  : RPC_MAX_MESSAGE;
	server->max_calls = config->max_calls ? config->max_calls
					      : RPC_MAX_CALLS;
	pthread_mutex_init(&server->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&server->on_idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return server;
}

enum outrider_code rpc_open(struct rpc_server **out,
			    const struct rpc_config *config,
			    struct outrider_err *err)
{
	struct rpc_server *server = server_new(config);
	enum outrider_code code;

	*out = NULL;
	if (!server)
		return err_no_memory(err);
	quiet_grpc();
	grpc_init();
	server->grpc = rpc_listen_create(config);
	code = methods_register(server, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < server->n_workers; i++)
		code = worker_open(&server->workers[i], server, err);
	if (code == OUTRIDER_OK)
		code = rpc_listen_bind(&server->port, server->grpc, config,
				       err);
	if (code == OUTRIDER_OK)
		code = workers_start(server, err);
	if (code != OUTRIDER_OK) {
		rpc_close(server);
		return code;
	}
	*out = server;
	return OUTRIDER_OK;
}

unsigned rpc_port(const struct rpc_server *server)
{
	return server->port;
}

/* ------------------------------------------------------------- going down */

static void drain_begin(struct rpc_server *server)
{
	pthread_mutex_lock(&server->lock);
	atomic_store(&server->is_draining, true);
	rpc_call_wake_waiting(server);
	pthread_mutex_unlock(&server->lock);
}

/* Waits until no call of ours is left, at most for grace_us. */
static bool drain_wait(struct rpc_server *server, int64_t grace_us)
{
	struct timespec until;
	int waited = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(grace_us / SECOND_US);
	until.tv_nsec += (long)(grace_us % SECOND_US) * 1000;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	pthread_mutex_lock(&server->lock);
	while (atomic_load(&server->n_live) > 0 && waited != ETIMEDOUT)
		waited = pthread_cond_timedwait(&server->on_idle, &server->lock,
						&until);
	pthread_mutex_unlock(&server->lock);
	return waited != ETIMEDOUT;
}

/*
 * gRPC has shut down: what was armed comes back as failed, and a call that had
 * arrived may lie in a worker's queue still. The queues stay open for both.
 */
static void await_last(struct rpc_server *server)
{
	pthread_mutex_lock(&server->lock);
	while (atomic_load(&server->n_live) > 0 ||
	       atomic_load(&server->n_armed) > 0)
		pthread_cond_wait(&server->on_idle, &server->lock);
	pthread_mutex_unlock(&server->lock);
}

/*
 * Whoever calls now is told in words. gRPC itself would cut them off, and a
 * client takes that for its own doing.
 */
static void be_lame(struct rpc_server *server, int64_t grace_us)
{
	int64_t lame_us = grace_us < LAME_US ? grace_us : LAME_US;
	const struct timespec rest = { .tv_nsec = (long)lame_us * 1000 };

	if (drain_wait(server, grace_us))
		nanosleep(&rest, NULL);
}

void rpc_drain(struct rpc_server *server, int64_t grace_us)
{
	const gpr_timespec never = gpr_inf_future(GPR_CLOCK_REALTIME);
	grpc_completion_queue *queue;

	if (!server->is_serving)
		return;
	server->is_serving = false;
	drain_begin(server);
	be_lame(server, grace_us);
	queue = grpc_completion_queue_create_for_next(NULL);
	grpc_server_shutdown_and_notify(server->grpc, queue, server);
	/* Calls that outlast the grace, and connections that idle. */
	grpc_server_cancel_all_calls(server->grpc);
	(void)grpc_completion_queue_next(queue, never, NULL);
	await_last(server);
	grpc_completion_queue_shutdown(queue);
	(void)grpc_completion_queue_next(queue, never, NULL);
	grpc_completion_queue_destroy(queue);
}

static void worker_close(struct rpc_worker *worker)
{
	if (!worker->queue)
		return;
	grpc_completion_queue_shutdown(worker->queue);
	if (worker->is_started)
		pthread_join(worker->thread, NULL);
	else
		(void)worker_run(worker); /* what was armed comes back */
	rpc_call_free_spare(worker);
	rpc_packer_close(worker->packer);
	app_worker_close(worker->app);
}

void rpc_close(struct rpc_server *server)
{
	if (!server)
		return;
	rpc_drain(server, 0);
	for (size_t i = 0; i < server->n_workers; i++)
		worker_close(&server->workers[i]);
	grpc_server_destroy(server->grpc);
	for (size_t i = 0; i < server->n_workers; i++)
		if (server->workers[i].queue)
			grpc_completion_queue_destroy(server->workers[i].queue);
	grpc_shutdown_blocking();
	pthread_cond_destroy(&server->on_idle);
	pthread_mutex_destroy(&server->lock);
	free(server->workers);
	free(server->methods);
	free(server);
}
