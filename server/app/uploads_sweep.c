/*
 * One small write at a time:
 *
 *	idle --go_on--> a mebibyte of a blob, or one upload --done--> ... idle
 *
 * A content stands while an attachment has it or a whole upload does; the last
 * of both to go takes it along in the same write. So nothing has to be searched
 * for what is left over.
 */
#include "app/uploads_sweep.h"

#include "app/attachments.h"
#include "app/parts.h"
#include "store/jobs.h"

#include <stdlib.h>

/* How often old uploads are looked for. */
#define SWEEP_EVERY_US (INT64_C(600) * 1000000)

struct uploads_sweep {
	struct app *app;
	struct store_write write;
	bool is_idle;		/* the writer's alone: nothing was left */
	atomic_bool is_wanted;	/* there may be a blob to purge */
	atomic_bool is_running; /* a write is with the writer */
	_Atomic(int64_t) next_us;
};

enum outrider_code
uploads_doom_blob(struct uploads_sweep *sweep, struct store_conn *tx,
		  const struct uuid *blob, struct outrider_err *err)
{
	/* Early is harmless: the writer is busy with this very group. */
	atomic_store(&sweep->is_wanted, true);
	return job_put(tx, JOB_BLOB_PURGE, blob, err);
}

enum outrider_code uploads_drop_content(struct uploads_sweep *sweep,
					struct store_conn *tx,
					const uint8_t hash[CONTENT_HASH_LEN],
					struct outrider_err *err)
{
	struct content content;
	bool is_used;
	enum outrider_code code = content_is_used(tx, &is_used, hash, err);

	if (code != OUTRIDER_OK || is_used)
		return code;
	code = content_get(tx, &content, hash, err);
	if (code == OUTRIDER_OK)
		code = content_delete(tx, hash, err);
	if (code == OUTRIDER_OK)
		code = uploads_doom_blob(sweep, tx, &content.blob, err);
	return code;
}

enum outrider_code
uploads_drop(struct uploads_sweep *sweep, struct store_conn *tx,
	     const struct upload *upload, struct outrider_err *err)
{
	enum outrider_code code = upload_delete(tx, upload, err);

	if (code != OUTRIDER_OK)
		return code;
	if (upload->is_whole)
		return uploads_drop_content(sweep, tx, upload->hash, err);
	return uploads_doom_blob(sweep, tx, &upload->blob, err);
}

/* A mebibyte of what is to go; NOT_FOUND: nothing is. */
static enum outrider_code
purge_some(struct store_conn *tx, struct outrider_err *err)
{
	struct uuid blob;
	bool is_gone;
	enum outrider_code code = job_next(tx, &blob, JOB_BLOB_PURGE, err);

	if (code == OUTRIDER_OK)
		code = blob_purge(tx, &is_gone, &blob, err);
	if (code == OUTRIDER_OK && is_gone)
		code = job_done(tx, JOB_BLOB_PURGE, &blob, err);
	return code;
}

/* On the writer; may run more than once. */
static enum outrider_code
run_sweep(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct uploads_sweep *sweep = user;
	const struct context *context = sweep->app->context;
	struct upload upload;
	enum outrider_code code = purge_some(tx, err);

	sweep->is_idle = false;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	code = upload_stalest(tx, &upload,
			      context->wall_us(context->user) - UPLOAD_LIFE_US,
			      err);
	if (code == OUTRIDER_OK)
		return uploads_drop(sweep, tx, &upload, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	sweep->is_idle = true;
	return OUTRIDER_OK;
}

static void submit(struct uploads_sweep *sweep);

static void sweep_done(void *user, struct store_write *write)
{
	struct uploads_sweep *sweep = user;
	const struct context *context = sweep->app->context;

	if (write->code != OUTRIDER_OK)
		context_log(context, LOG_LEVEL_WARNING, "app.sweep_failed",
			    "code=%s", code_name(write->code));
	if (write->code == OUTRIDER_OK && !sweep->is_idle) {
		submit(sweep);
		return;
	}
	/* What failed is tried again then, too. */
	atomic_store(&sweep->next_us,
		     context->wall_us(context->user) + SWEEP_EVERY_US);
	atomic_store(&sweep->is_running, false);
}

/* is_running was taken. A store that is closing refuses: that is the end. */
static void submit(struct uploads_sweep *sweep)
{
	struct outrider_err err;

	sweep->write = (struct store_write){
		.run = run_sweep,
		.done = sweep_done,
		.user = sweep,
	};
	if (store_submit(sweep->app->store, &sweep->write, &err) == OUTRIDER_OK)
		return;
	atomic_store(&sweep->is_wanted, true);
	atomic_store(&sweep->is_running, false);
}

void uploads_sweep_go_on(struct uploads_sweep *sweep)
{
	const struct context *context = sweep->app->context;

	if (!atomic_load(&sweep->is_wanted) &&
	    context->wall_us(context->user) < atomic_load(&sweep->next_us))
		return;
	if (atomic_exchange(&sweep->is_running, true))
		return;
	atomic_store(&sweep->is_wanted, false);
	submit(sweep);
}

struct uploads_sweep *uploads_sweep_open(struct app *app)
{
	struct uploads_sweep *sweep = calloc(1, sizeof(*sweep));

	if (!sweep)
		return NULL;
	sweep->app = app;
	/* Of an earlier life. */
	atomic_store(&sweep->is_wanted, true);
	return sweep;
}

void uploads_sweep_close(struct uploads_sweep *sweep)
{
	free(sweep);
}
