/*
 * outriderd serve: opens the rooms in their order, says that it listens, and
 * closes them in the opposite order when it is told to stop.
 */
#include "commands.h"
#include "config.h"
#include "db_lock.h"
#include "world.h"

#include "app/dispatch.h"
#include "app/keys.h"
#include "app/local_time.h"
#include "app/region.h"
#include "rpc/rpc.h"
#include "store/backend.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DAY_US (INT64_C(24) * 3600 * 1000000)

enum { PEM_MAX = 256 << 10, CALL_MEMORY = 8 << 20 };

struct serve {
	struct arena arena;
	struct config config;
	struct world world;
	char keys_path[1024];
	int lock; /* the database, held until it is closed; -1: not held */
	struct org_keys keys;
	const char *tls_cert, *tls_key, *tls_client_ca;
	struct store *store;
	struct app *app;
	struct rpc_server *rpc;
};

/* ------------------------------------------------------------------ checks */

static enum outrider_code refuse(struct outrider_err *err, const char *why)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL, "%s", why);
}

static enum outrider_code
check_listen(const struct config *config, struct outrider_err *err)
{
	bool has_tls = config->tls_cert != NULL;
	bool is_loopback;
	enum outrider_code code;

	code = rpc_listen_is_loopback(&is_loopback, config->listen, err);
	if (code != OUTRIDER_OK)
		return code;
	if (has_tls != (config->tls_key != NULL))
		return refuse(err, "--tls-cert and --tls-key go together");
	if (config->tls_client_ca && !has_tls)
		return refuse(err, "--tls-client-ca needs --tls-cert");
	if (config->is_insecure_plaintext && has_tls)
		return refuse(err,
			      "--insecure-plaintext is against --tls-cert");
	if (!is_loopback && !has_tls && !config->is_insecure_plaintext)
		return refuse(err, "other machines are served with TLS: give "
				   "--tls-cert and --tls-key, or say "
				   "--insecure-plaintext");
	if (!is_loopback && config->demo_clock)
		return refuse(err, "--demo-clock is for loopback only");
	return OUTRIDER_OK;
}

static enum outrider_code
read_tls(struct serve *serve, struct outrider_err *err)
{
	const struct config *config = &serve->config;
	const struct {
		const char *path;
		const char **text;
	} files[] = {
		{ config->tls_cert, &serve->tls_cert },
		{ config->tls_key, &serve->tls_key },
		{ config->tls_client_ca, &serve->tls_client_ca },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		enum outrider_code code;

		if (!files[i].path)
			continue;
		code = config_read_file(files[i].text, files[i].path, PEM_MAX,
					&serve->arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

static enum outrider_code lock_db(struct serve *serve, struct outrider_err *err)
{
	return db_lock(&serve->lock, serve->config.db, err);
}

static enum outrider_code
load_keys(struct serve *serve, struct outrider_err *err)
{
	int len = snprintf(serve->keys_path, sizeof(serve->keys_path),
			   "%s" KEYS_SUFFIX, serve->config.db);

	if (len < 0 || (size_t)len >= sizeof(serve->keys_path))
		return refuse(err, "the database's name is too long");
	if (sodium_init() < 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "the crypto library can't start");
	return keys_load(&serve->keys, serve->keys_path, err);
}

/* ------------------------------------------------------------------- rooms */

/* The app is there before the first write that could come here. */
static void on_commit(void *user, uint64_t rev)
{
	const struct serve *serve = user;

	if (serve->app)
		app_on_commit(serve->app, rev);
}

static enum outrider_code
open_store(struct serve *serve, struct outrider_err *err)
{
	const struct store_config config = {
		.context = &serve->world.context,
		.backend = &store_sqlite,
		.path = serve->config.db,
		.max_bytes = (int64_t)serve->config.max_db,
		.on_commit = on_commit,
		.user = serve,
	};

	struct outrider_err why;
	enum outrider_code code;

	code = store_open(&serve->store, &config, &why);
	if (code != OUTRIDER_OK)
		return err_set(err, code, NULL, "%s: %s", config.path,
			       why.text);
	return OUTRIDER_OK;
}

static enum outrider_code
open_app(struct serve *serve, struct outrider_err *err)
{
	size_t message = serve->config.max_message;
	struct app_config config = {
		.context = &serve->world.context,
		.store = serve->store,
		.keys = &serve->keys,
		.keep_evidence_us =
			(int64_t)serve->config.keep_evidence_days * DAY_US,
		.keep_removed_us =
			(int64_t)serve->config.keep_removed_days * DAY_US,
		/* The largest request, and as much to work on it. */
		.call_memory = 2 * message > CALL_MEMORY ? 2 * message
							 : CALL_MEMORY,
	};
	enum outrider_code code;

	code = region_read(config.region, serve->store, err);
	return code == OUTRIDER_OK ? app_open(&serve->app, &config, err) : code;
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)n;
}

static unsigned workers(const struct serve *serve)
{
	return serve->config.workers ? (unsigned)serve->config.workers
				     : processors();
}

/* Half as many threads as answer everybody. */
static enum outrider_code
open_long_reads(struct serve *serve, struct outrider_err *err)
{
	return app_open_long_reads(serve->app, (workers(serve) + 1) / 2, err);
}

static enum outrider_code
open_rpc(struct serve *serve, struct outrider_err *err)
{
	const struct config *given = &serve->config;
	const struct rpc_config config = {
		.context = &serve->world.context,
		.app = serve->app,
		.listen = given->listen,
		.tls_cert = serve->tls_cert,
		.tls_key = serve->tls_key,
		.tls_client_ca = serve->tls_client_ca,
		.workers = workers(serve),
		.max_message = given->max_message,
		.logs_calls = given->log_level == LOG_LEVEL_DEBUG,
	};

	return rpc_open(&serve->rpc, &config, err);
}

static enum outrider_code
open_rooms(struct serve *serve, struct outrider_err *err)
{
	enum outrider_code (*const steps[])(struct serve *,
					    struct outrider_err *) = {
		read_tls, lock_db,	   load_keys, open_store,
		open_app, open_long_reads, open_rpc,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum outrider_code code = steps[i](serve, err);

		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

static void close_rooms(struct serve *serve)
{
	rpc_close(serve->rpc);
	app_close_long_reads(serve->app);
	store_close(serve->store);
	app_close(serve->app);
	if (serve->lock >= 0)
		close(serve->lock);
	sodium_memzero(&serve->keys, sizeof(serve->keys));
}

/* ----------------------------------------------------------------- serving */

/* A connection is a descriptor: as many as we may have. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void signals_to_wait_for(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

static void say_listening(const struct serve *serve)
{
	const char *listen = serve->config.listen;
	int host_len = (int)(strrchr(listen, ':') - listen);
	unsigned port = rpc_port(serve->rpc);

	printf("outriderd: listening on %.*s:%u\n", host_len, listen, port);
	fflush(stdout);
	context_log(&serve->world.context, LOG_LEVEL_INFO, "server.start",
		    "port=%u tls=%s demo=%s", port,
		    serve->tls_cert ? "yes" : "no",
		    serve->config.demo_clock ? "yes" : "no");
}

static void serve_until_told(struct serve *serve)
{
	const struct context *context = &serve->world.context;
	/* A demonstration's hours take seconds. */
	const struct timespec tick = {
		.tv_sec = serve->config.demo_clock ? 0 : 1,
		.tv_nsec = serve->config.demo_clock ? 50000000 : 0,
	};
	int signal_number;
	sigset_t set;

	signals_to_wait_for(&set);
	/* Meanwhile somebody must say that time passes. */
	while ((signal_number = sigtimedwait(&set, NULL, &tick)) < 0)
		app_tick(serve->app);
	context_log(context, LOG_LEVEL_INFO, "server.drain",
		    "signal=%d grace_ms=%llu", signal_number,
		    (unsigned long long)serve->config.grace_ms);
	/* Who asks twice is in a hurry: the second one kills. */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	rpc_drain(serve->rpc, (int64_t)serve->config.grace_ms * 1000);
	context_log(context, LOG_LEVEL_INFO, "server.stop", "signal=%d",
		    signal_number);
}

enum outrider_code
command_serve(int n_args, char *const *args, struct outrider_err *err)
{
	struct serve serve = { .lock = -1 };
	enum outrider_code code;
	sigset_t set;

	arena_init(&serve.arena, &allocator_libc, 2 << 20);
	code = config_read(&serve.config, CONFIG_SERVE, &serve.arena, n_args,
			   args, err);
	if (code == OUTRIDER_OK)
		code = check_listen(&serve.config, err);
	if (code == OUTRIDER_OK)
		code = local_time_use_zone(serve.config.time_zone, err);
	if (code == OUTRIDER_OK)
		code = world_open(&serve.world, serve.config.log_level,
				  serve.config.demo_clock, err);
	if (code != OUTRIDER_OK)
		goto done;
	raise_descriptors();
	/* Before any thread begins: they all inherit it. */
	signals_to_wait_for(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	code = open_rooms(&serve, err);
	if (code == OUTRIDER_OK) {
		say_listening(&serve);
		serve_until_told(&serve);
	}
	close_rooms(&serve);
	world_close(&serve.world);
done:
	arena_free(&serve.arena);
	return code;
}
