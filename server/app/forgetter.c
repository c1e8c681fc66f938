/*
 * What was removed is forgotten: see forgetter.h.
 *
 *	idle --an hour--> a few removals --there are more--> ... idle
 */
#include "app/forgetter.h"

#include "app/kinds.h"
#include "app/looks.h"
#include "app/parts.h"
#include "app/uploads_sweep.h"
#include "store/delivery.h"
#include "store/forget.h"
#include "store/positions.h"
#include "store/visits.h"

#include <stdlib.h>

#define LOOK_EVERY_US	 (INT64_C(3600) * 1000000)
#define KEEP_POSITION_US (INT64_C(24) * 3600 * 1000000)

enum { MEMORY = 16 << 20, MARKS = 500, PURGES = 200 };

struct forgetter {
	struct app *app;
	struct store_write write;
	/* The writer's alone: of the round under way. */
	uint64_t done_rev, next_rev, up_to_rev;
	size_t n_gone, n_purged, n_looks;
	struct alert_mark done_mark, next_mark; /* zero: from the start */
	atomic_bool is_running;
	_Atomic(int64_t) next_us;
};

/* What other rooms kept for a record that has gone. */
static enum outrider_code let_go(struct app *app, struct store_conn *tx,
				 const struct row *row,
				 struct outrider_err *err)
{
	struct bytes hash;

	if (row->entity->number != KIND_ATTACHMENT)
		return OUTRIDER_OK;
	hash = kind_value(row, ATTACHMENT_CONTENT_HASH)->bytes;
	if (hash.len != CONTENT_HASH_LEN)
		return OUTRIDER_OK;
	return uploads_drop_content(app->uploads_sweep, tx, hash.at, err);
}

static enum outrider_code begin_round(struct forgetter *forgetter,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	const struct app *app = forgetter->app;
	int64_t now_us = app->context->wall_us(app->context->user);

	if (forgetter->up_to_rev > 0)
		return OUTRIDER_OK;
	return forget_find_rev(tx, &forgetter->up_to_rev,
			       now_us - app->config.keep_removed_us, err);
}

/* Positions are of the day, looks of a season, and marks of alerts that are
 * open. */
static enum outrider_code
forget_told(struct forgetter *forgetter, struct store_conn *tx,
	    struct arena *arena, struct outrider_err *err)
{
	struct app *app = forgetter->app;
	int64_t now_us = app->context->wall_us(app->context->user);
	enum outrider_code code =
		positions_forget(tx, now_us - KEEP_POSITION_US, err);

	if (code == OUTRIDER_OK)
		code = looks_forget(app, tx, &forgetter->n_looks, now_us, arena,
				    err);
	return code == OUTRIDER_OK
		       ? alert_marks_forget(tx, &forgetter->next_mark,
					    &forgetter->done_mark, MARKS, err)
		       : code;
}

/* Content and salt of old evidence; its chain stays. */
static enum outrider_code purge_evidence(struct forgetter *forgetter,
					 struct store_conn *tx,
					 struct outrider_err *err)
{
	const struct app *app = forgetter->app;
	int64_t now_us = app->context->wall_us(app->context->user);

	return evidence_forget_content(tx, &forgetter->n_purged,
				       now_us - app->config.keep_evidence_us,
				       PURGES, err);
}

/* On the writer; may run more than once. */
static enum outrider_code
run_round(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct forgetter *forgetter = user;
	struct arena arena;
	struct row **gone;
	size_t n_gone = 0;
	enum outrider_code code;

	arena_init(&arena, &allocator_libc, MEMORY);
	code = forget_told(forgetter, tx, &arena, err);
	if (code == OUTRIDER_OK)
		code = purge_evidence(forgetter, tx, err);
	if (code == OUTRIDER_OK)
		code = begin_round(forgetter, tx, err);
	if (code == OUTRIDER_OK)
		code = forget_some(tx, &forgetter->next_rev, &gone, &n_gone,
				   forgetter->done_rev, forgetter->up_to_rev,
				   &arena, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n_gone; i++)
		code = let_go(forgetter->app, tx, gone[i], err);
	forgetter->n_gone = n_gone;
	arena_free(&arena);
	return code;
}

static void submit(struct forgetter *forgetter);

static void round_done(void *user, struct store_write *write)
{
	struct forgetter *forgetter = user;
	const struct context *context = forgetter->app->context;

	if (write->code == OUTRIDER_OK) {
		forgetter->done_rev = forgetter->next_rev;
		forgetter->done_mark = forgetter->next_mark;
		if (forgetter->n_gone > 0)
			context_log(context, LOG_LEVEL_INFO, "app.forgot",
				    "records=%zu up_to=%llu", forgetter->n_gone,
				    (unsigned long long)forgetter->done_rev);
		if (forgetter->n_purged > 0)
			context_log(context, LOG_LEVEL_INFO, "app.purged",
				    "entries=%zu", forgetter->n_purged);
		if (forgetter->done_rev < forgetter->up_to_rev ||
		    forgetter->n_purged == PURGES ||
		    forgetter->n_looks == LOOKS_FORGET ||
		    !uuid_is_zero(&forgetter->done_mark.user)) {
			submit(forgetter);
			return;
		}
	} else {
		context_log(context, LOG_LEVEL_WARNING, "app.forget_failed",
			    "code=%s", code_name(write->code));
	}
	/* What failed is tried again then, too. */
	forgetter->up_to_rev = 0;
	forgetter->done_mark = (struct alert_mark){ .user = { { 0 } } };
	atomic_store(&forgetter->next_us,
		     context->wall_us(context->user) + LOOK_EVERY_US);
	atomic_store(&forgetter->is_running, false);
}

/* is_running was taken. A store that is closing refuses: that is the end. */
static void submit(struct forgetter *forgetter)
{
	struct outrider_err err;

	forgetter->write = (struct store_write){
		.run = run_round,
		.done = round_done,
		.user = forgetter,
		.is_patient = true,
	};
	if (store_submit(forgetter->app->store, &forgetter->write, &err) !=
	    OUTRIDER_OK)
		atomic_store(&forgetter->is_running, false);
}

void forgetter_go_on(struct forgetter *forgetter)
{
	const struct context *context = forgetter->app->context;
	int64_t now_us = context->wall_us(context->user);
	int64_t next_us = atomic_load(&forgetter->next_us);

	/* A clock that was put back has nobody wait until it is there again. */
	if ((now_us < next_us && now_us >= next_us - LOOK_EVERY_US) ||
	    atomic_exchange(&forgetter->is_running, true))
		return;
	submit(forgetter);
}

struct forgetter *forgetter_open(struct app *app)
{
	struct forgetter *forgetter = calloc(1, sizeof(*forgetter));

	if (forgetter)
		forgetter->app = app;
	return forgetter;
}

void forgetter_close(struct forgetter *forgetter)
{
	free(forgetter);
}
