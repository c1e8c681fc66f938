/*
 * watch: see watch.h.
 */
#include "watch.h"

#include "core.h"
#include "model/wire.h"
#include "pull.h"

#define SECOND_US INT64_C(1000000)

enum {
	RETRY_FIRST_S = 1,
	RETRY_MAX_S = 300,
	RETRY_UNKNOWN_S = 3600, /* a server that knows no Watch */
	HELD_WELL_S = 60,	/* whoever lasted so long begins anew */
	REQUEST_MAX = 70000,
	REQUEST_CURSOR = 1,
	RESPONSE_REV = 1,
};

static const char METHOD[] = "/outrider.v1.SyncService/Watch";

void watch_close(struct outrider *core)
{
	struct watch *watch = &core->sync.watch;
	uint64_t call = watch->call;

	watch->call = 0;
	watch->has_news = false;
	if (call != 0 && core->host.cancel != NULL)
		core->host.cancel(core->host.user, call);
}

/* Shortened by chance: phones that lost the server together come back one by
 * one. */
static void wait_longer(struct outrider *core, int64_t least_s)
{
	struct watch *watch = &core->sync.watch;
	struct outrider_err err;
	int64_t wait_s = RETRY_FIRST_S;
	uint16_t chance = 0;

	for (unsigned i = 0; i < watch->n_failures && wait_s < RETRY_MAX_S; i++)
		wait_s *= 2;
	if (wait_s > RETRY_MAX_S)
		wait_s = RETRY_MAX_S;
	if (wait_s < least_s)
		wait_s = least_s;
	watch->n_failures++;
	if (core_random(core, &chance, sizeof(chance), &err) != OUTRIDER_OK)
		chance = 0;
	watch->retry_us = core->now_us + wait_s * SECOND_US / 2 +
			  wait_s * SECOND_US / 2 * chance / 65536;
}

/* ------------------------------------------------------------------ opening */

static enum outrider_code
open_call(struct outrider *core, struct bytes cursor, struct outrider_err *err)
{
	struct watch *watch = &core->sync.watch;
	struct buffer request;

	buffer_init(&request, &core->allocator, REQUEST_MAX);
	wire_put_bytes(&request, REQUEST_CURSOR, cursor.at, cursor.len);
	if (request.is_full) {
		buffer_free(&request);
		return err_no_memory(err);
	}
	watch->call = ++core->sync.last_call;
	watch->open_mono_us = core->host.mono_us(core->host.user);
	core->sync.n_calls++;
	core->host.send(core->host.user, watch->call, METHOD,
			core->device.token, request.at, request.len);
	buffer_free(&request);
	return OUTRIDER_OK;
}

static void try_to_open(struct outrider *core)
{
	struct outrider_err err;
	struct bytes cursor;
	enum outrider_code code = pull_cursor(core, &cursor, &err);

	/* Of what was never pulled all is new. */
	if (code == OUTRIDER_OK && cursor.len == 0) {
		wait_longer(core, 0);
		(void)!sync_start(core, &err);
		return;
	}
	if (code == OUTRIDER_OK)
		code = open_call(core, cursor, &err);
	if (code != OUTRIDER_OK) {
		core_log(core, OUTRIDER_LOG_WARNING, "watch: %s", err.text);
		wait_longer(core, 0);
	}
}

void watch_step(struct outrider *core, int64_t *next_us)
{
	struct watch *watch = &core->sync.watch;

	*next_us = INT64_MAX;
	/* A sync moves the cursor: it is watched from its end on. */
	if (!watch->is_wanted || watch->call != 0 ||
	    core->sync.state != SYNC_IDLE ||
	    core_want_cards(core, NULL) != OUTRIDER_OK)
		return;
	/* A clock that was set back doesn't keep it waiting. */
	if (watch->retry_us > core->now_us + RETRY_UNKNOWN_S * SECOND_US)
		watch->retry_us = 0;
	if (core->now_us >= watch->retry_us)
		try_to_open(core);
	if (watch->call == 0 && core->sync.state == SYNC_IDLE)
		*next_us = watch->retry_us;
}

void watch_want(struct outrider *core, bool is_wanted)
{
	struct watch *watch = &core->sync.watch;
	int64_t next_us;

	watch->is_wanted = is_wanted;
	watch->n_failures = 0;
	watch->retry_us = 0;
	if (is_wanted)
		watch_step(core, &next_us);
	else
		watch_close(core);
}

/* ------------------------------------------------------------------- words */

bool watch_is_of(const struct outrider *core, uint64_t call)
{
	return call != 0 && call == core->sync.watch.call;
}

static void sync_now(struct outrider *core)
{
	struct watch *watch = &core->sync.watch;
	struct outrider_err err;

	watch->has_news = core->sync.state != SYNC_IDLE;
	if (!watch->has_news && sync_start(core, &err) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_WARNING, "watch: %s", err.text);
}

enum outrider_code watch_heard(struct outrider *core, struct bytes response,
			       struct outrider_err *err)
{
	struct watch *watch = &core->sync.watch;
	struct wire_field rev;

	if (!wire_find(&rev, response, RESPONSE_REV) ||
	    rev.type != WIRE_VARINT) {
		watch_close(core);
		wait_longer(core, 0);
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's answer makes no sense.");
	}
	watch->n_failures = 0;
	sync_now(core);
	return OUTRIDER_OK;
}

void watch_ended(struct outrider *core, enum outrider_code code)
{
	struct watch *watch = &core->sync.watch;
	int64_t held_us =
		core->host.mono_us(core->host.user) - watch->open_mono_us;

	watch->call = 0;
	if (held_us >= HELD_WELL_S * SECOND_US)
		watch->n_failures = 0;
	wait_longer(core, code == OUTRIDER_UNIMPLEMENTED ? RETRY_UNKNOWN_S : 0);
	/* Other rights, another history, a cursor that it doesn't know: the
	 * pull sorts it out. */
	if (code == OUTRIDER_ABORTED || code == OUTRIDER_FAILED_PRECONDITION ||
	    code == OUTRIDER_INVALID_ARGUMENT ||
	    code == OUTRIDER_UNAUTHENTICATED)
		sync_now(core);
}

void watch_sync_ended(struct outrider *core)
{
	struct watch *watch = &core->sync.watch;
	struct outrider_err err;
	int64_t next_us;

	if (!watch->has_news) {
		watch_step(core, &next_us);
		return;
	}
	watch->has_news = false;
	if (sync_start(core, &err) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_WARNING, "watch: %s", err.text);
}

/* --------------------------------------------------------------- outrider.h */

enum outrider_code
outrider_watch(struct outrider *core, bool is_wanted, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (is_wanted && !core->device.is_enrolled)
		code = err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This device is not enrolled.");
	else
		watch_want(core, is_wanted);
	core_leave(core);
	return code;
}
