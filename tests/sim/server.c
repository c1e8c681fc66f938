/*
 * The server of the simulated world: the real app over the real store, on a
 * disk that can lose its power, with its writer run by hand.
 */
#include "lives.h"
#include "pending.h"
#include "world.h"

#include "app/firm.h"
#include "store/backend.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outrider/v1/auth.pb-c.h"

#define PASSWORD "a password for simulations"

/* ---------------------------------------------------------------- context */

static int64_t world_now(void *user)
{
	return ((const struct world *)user)->now_us;
}

/* Every other world's server is slow: a look at the clock takes so long that a
 * push is written two mutations at a time, and others come between. */
static int64_t server_mono_us(void *user)
{
	enum { SLOW_US = 12000 };
	struct world *world = user;

	if (world->seed % 2 == 1)
		world->server_late_us += SLOW_US;
	return world->now_us + world->server_late_us;
}

static void world_random(void *user, void *out, size_t len)
{
	struct world *world = user;
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)dice_throw(&world->dice);
}

static void world_log(void *user, enum log_level level, const char *event,
		      const char *fields)
{
	const struct world *world = user;
	const bool is_bad = level >= LOG_LEVEL_ERROR &&
			    !test_disk_is_cut(world->disk) &&
			    test_disk_faults(world->disk) == 0;

	if (is_bad || getenv("OUTRIDER_DEBUG") != NULL)
		fprintf(stderr, "server: %s %s\n", event, fields);
}

static void forward_commit(void *user, uint64_t rev)
{
	struct world *world = user;

	if (world->app != NULL)
		app_on_commit(world->app, rev);
}

static uint64_t disk_dice(void *user)
{
	return dice_throw(&((struct world *)user)->dice);
}

/* ------------------------------------------------------------------- life */

/*
 * The store looks for its file and its lock in the real file system first;
 * what SQLite puts into the file goes to the simulated disk.
 */
static bool server_make_room(struct world *world)
{
	char path[80];

	snprintf(world->directory, sizeof(world->directory), "%s",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm/outrider-sim-XXXXXX"
					       : "/tmp/outrider-sim-XXXXXX");
	if (mkdtemp(world->directory) == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/db", world->directory);
	world->disk = test_disk_make("sim-server", disk_dice, world);
	test_disk_make_default(world->disk);
	test_disk_touch(world->disk, path);
	return true;
}

void server_remove(struct world *world)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	char path[128];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s/db%s", world->directory,
			 ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(world->directory);
	if (world->disk != NULL)
		test_disk_free(world->disk);
	world->disk = NULL;
	test_backup_free(world->backup);
	world->backup = NULL;
}

static bool sign_in(struct world *world)
{
	Outrider__V1__LoginRequest request = OUTRIDER__V1__LOGIN_REQUEST__INIT;
	Outrider__V1__LoginResponse *response;
	struct buffer reply;
	uint8_t bytes[256];
	int status;

	request.login_name = (char[]){ "admin" };
	request.password = (char[]){ PASSWORD };
	status = server_call(world, "/outrider.v1.AuthService/Login", NULL,
			     bytes,
			     outrider__v1__login_request__pack(&request, bytes),
			     &reply);
	response =
		outrider__v1__login_response__unpack(NULL, reply.len, reply.at);
	if (status == 0 && response != NULL)
		snprintf(world->admin_token, sizeof(world->admin_token), "%s",
			 response->access_token);
	if (response != NULL)
		outrider__v1__login_response__free_unpacked(response, NULL);
	buffer_free(&reply);
	return status == 0;
}

bool server_start(struct world *world, bool is_new)
{
	static const struct firm firm = {
		.display_name = "Simulated",
		.admin_login_name = "admin",
		.admin_display_name = "Admin",
		.admin_password = PASSWORD,
		.cost = { .memory = crypto_pwhash_MEMLIMIT_MIN,
			  .passes = crypto_pwhash_OPSLIMIT_MIN },
	};
	struct outrider_err err;
	char path[80];

	world->context = (struct context){ .user = world,
					   .wall_us = world_now,
					   .mono_us = server_mono_us,
					   .random = world_random,
					   .log = world_log };
	if (is_new) {
		if (!server_make_room(world))
			return false;
		keys_make(&world->keys, &world->context);
	}
	snprintf(path, sizeof(path), "%s/db", world->directory);
	const struct store_config store = {
		.context = &world->context,
		.backend = &store_sqlite,
		.path = path,
		.is_inline = true,
		.on_commit = forward_commit,
		.user = world,
	};
	if ((is_new && store_create(&store, &err) != OUTRIDER_OK) ||
	    store_open(&world->store, &store, &err) != OUTRIDER_OK)
		goto failed;
	if (world->is_restored &&
	    store_begin_epoch(world->store, &err) != OUTRIDER_OK)
		goto failed;
	world->is_restored = false;
	if (is_new &&
	    app_found_firm(&world->teams[0], NULL, world->store,
			   &world->context, &firm, &err) != OUTRIDER_OK)
		goto failed;
	/* Pages that a day's work doesn't fit on, or does. */
	world->page_records = dice_below(&world->dice, 6);
	const struct app_config app = { .context = &world->context,
					.store = world->store,
					.keys = &world->keys,
					.password_memory = firm.cost.memory,
					.password_passes = firm.cost.passes,
					/* Runs may last weeks. */
					.token_life_us = INT64_MAX / 4,
					.page_records = world->page_records };
	if (app_open(&world->app, &app, &err) != OUTRIDER_OK ||
	    app_worker_open(&world->worker, world->app, &err) != OUTRIDER_OK)
		goto failed;
	if (!is_new)
		return true;
	return sign_in(world);
failed:
	if (!test_disk_is_cut(world->disk) &&
	    test_disk_faults(world->disk) == 0)
		fprintf(stderr, "simulation: %s\n", err.text);
	return false;
}

void server_stop(struct world *world)
{
	if (world->worker != NULL)
		app_worker_close(world->worker);
	if (world->reader != NULL)
		store_reader_close(world->reader);
	world->reader = NULL;
	/* What the app still has to write ends with the store. */
	store_close(world->store);
	app_close(world->app);
	world->worker = NULL;
	world->app = NULL;
	world->store = NULL;
}

/* The power may go, or go again, on the way down and on the way up; a disk may
 * fail just then, too. Each happens once: power_on and mend end it. */
static bool start_again(struct world *world)
{
	for (;;) {
		const uint64_t faults = test_disk_faults(world->disk);

		if (test_disk_is_cut(world->disk))
			test_disk_power_on(world->disk);
		if (server_start(world, false))
			return true;
		if (!test_disk_is_cut(world->disk) &&
		    test_disk_faults(world->disk) == faults)
			return false;
		server_stop(world);
		server_mend(world);
	}
}

void server_mend(struct world *world)
{
	test_disk_fail_after(world->disk, 0, 0);
	test_disk_set_size(world->disk, 0);
}

void server_restart(struct world *world)
{
	const bool is_cut = test_disk_is_cut(world->disk);
	const bool is_kill = is_cut && test_disk_is_kill(world->disk);

	world_say(world, is_kill  ? "the server is killed"
			 : is_cut ? "the server loses its power"
				  : "the server restarts");
	if (is_kill)
		world->n_kills++;
	else if (is_cut)
		world->n_server_cuts++;
	else
		world->n_restarts++;
	network_drop(world, NULL);
	server_stop(world);
	if (start_again(world))
		lives_check(world);
	else
		world_break(world, "8: the server can't be started again");
}

void server_back_up(struct world *world)
{
	network_drop(world, NULL);
	server_stop(world);
	if (!test_disk_is_cut(world->disk)) {
		test_backup_free(world->backup);
		world->backup = test_disk_back_up(world->disk);
	}
	if (start_again(world))
		lives_check(world);
	else
		world_break(world, "8: the server can't be started again");
}

/* What the outbox still has comes again; what was answered is lost. */
static void lose_answered(struct phone *phone)
{
	struct ledger *ledger = &phone->ledger;
	struct pending_edits pending = { .n = 0 };

	if (phone->core != NULL || phone_start(phone))
		(void)pending_read(&pending, phone);
	for (size_t i = 0; i < ledger->n; i++) {
		ledger->edits[i].is_lost |=
			ledger->edits[i].life != phone->who.life ||
			!pending_find(&pending, ledger->edits[i].seq);
		ledger->edits[i].is_rebased = true;
	}
	pending_free(&pending);
	phone->is_anew = phone->may_renew = true;
	phone->is_locked_out = true; /* it may be, in what was put back */
}

void server_restore(struct world *world)
{
	if (world->backup == NULL)
		return;
	world_say(world, "the server is as it was");
	network_drop(world, NULL);
	network_forget(world);
	server_stop(world);
	test_disk_cut_after(world->disk, 0);
	test_disk_put_back(world->disk, world->backup);
	world->is_restored = true;
	world->n_restored++;
	for (unsigned i = 0; i < world->n_phones; i++)
		lose_answered(&world->phones[i]);
	if (start_again(world))
		lives_learn(world);
	else
		world_break(world, "8: the server can't be started again");
}

static void no_wake(void *user)
{
	(void)user;
}

static struct app_call *begin(const struct world *world, const char *path,
			      const char *token, const void *bytes, size_t len)
{
	struct app_worker *worker = world->worker;
	char bearer[100] = "";

	if (token != NULL)
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	const struct app_request request = {
		.path = path,
		.path_len = strlen(path),
		.authorization = { (const uint8_t *)bearer, strlen(bearer) },
		.deadline_mono_us = INT64_MAX,
		.message = { bytes, len },
		.wake = no_wake,
	};

	return app_call_begin(worker, &request);
}

void server_leave_call(struct world *world, const char *path,
		       const void *request, size_t len)
{
	struct app_call *call =
		begin(world, path, world->admin_token, request, len);
	struct app_status status;
	struct bytes message;

	(void)app_call_next(call, &message, &status);
	app_call_free(call);
}

int server_call(struct world *world, const char *path, const char *token,
		const void *request_bytes, size_t len, struct buffer *reply)
{
	struct app_status status = { .grpc_status = 2 };
	struct bytes message;
	struct app_call *call;
	enum app_progress progress;
	int result;

	buffer_init(reply, &allocator_libc, (size_t)16 << 20);
	call = begin(world, path, token, request_bytes, len);
	do {
		progress = app_call_next(call, &message, &status);
		if (progress == APP_WAIT)
			(void)store_run_writes(world->store);
		else if (progress == APP_MESSAGE && reply->len == 0)
			buffer_append(reply, message.at, message.len);
	} while (progress != APP_END);
	result = status.grpc_status;
	if (result != 0 && getenv("OUTRIDER_DEBUG") != NULL)
		fprintf(stderr, "%s: %s\n", path, status.text);
	app_call_free(call);
	return result;
}

struct store_conn *server_reader(struct world *world)
{
	if (world->reader == NULL &&
	    store_reader_open(&world->reader, world->store, NULL) !=
		    OUTRIDER_OK)
		abort();
	return world->reader;
}

uint64_t server_newest_rev(struct world *world)
{
	struct store_conn *conn = server_reader(world);
	uint64_t rev = 0;

	if (store_read_begin(conn, &rev, NULL) != OUTRIDER_OK)
		abort();
	store_read_end(conn);
	return rev;
}
