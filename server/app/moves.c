/*
 * One job at a time, one chunk of one kind a write:
 *
 *	idle --go_on--> chunk --done--> chunk ... --nothing left--> idle
 *
 * Where a chunk stands is in memory only: after a restart, and when the user
 * moves once more meanwhile, the job begins anew and finds what has moved
 * already in its place. Deleted records stay where they lay; they find their
 * team when they are undeleted.
 */
#include "app/moves.h"

#include "app/access.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/teams.h"
#include "model/hlc.h"
#include "store/jobs.h"

#include <stdlib.h>

enum {
	/* Some milliseconds of the writer's time. */
	CHUNK = 32,
	MOVES_MEMORY = 8 << 20,
};

/* How far the job has come. */
struct progress {
	struct uuid user;  /* zero: none is chosen */
	uint64_t user_rev; /* of the user's record when it began */
	size_t entity;	   /* index of the kind */
	struct uuid after; /* of its records */
	bool is_idle;	   /* nothing was left */
};

struct moves {
	struct app *app;
	struct arena arena; /* a chunk's */
	struct store_write write;
	/* The writer's alone; `next` is what a chunk comes to if it commits. */
	struct progress at, next;
	atomic_bool is_wanted;	/* there may be work */
	atomic_bool is_running; /* a chunk is with the writer */
};

static enum outrider_code
move_row(struct moves *m, struct store_conn *tx, const struct row *old,
	 const struct uuid *team, struct outrider_err *err)
{
	const struct context *context = m->app->context;
	int64_t now_us = context->wall_us(context->user);
	struct scope scopes[ACCESS_SCOPES_MAX];
	struct store_author author = { .at_us = now_us };
	struct store_put put = {
		.op = CHANGE_UPDATE,
		.old = old,
		.row = row_copy(&m->arena, old),
		.scopes = scopes,
		.author = &author,
	};

	if (!put.row)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "out of memory for moving records");
	author.hlc = m->app->last_hlc = hlc_next(m->app->last_hlc, now_us);
	put.row->team = *team;
	put.row->updated_us = now_us;
	field_set_add(&put.changed, FIELD_TEAM);
	put.n_scopes = access_record_scopes(scopes, put.row);
	return store_put(tx, &put, err);
}

static enum outrider_code move_chunk(struct moves *m, struct store_conn *tx,
				     const struct uuid *team,
				     struct outrider_err *err)
{
	struct row **rows;
	size_t n;
	enum outrider_code code;

	const struct store_owned_query asked = {
		.entity = schema_entities[m->next.entity],
		.owner = m->next.user,
		.after = m->next.after,
		.limit = CHUNK,
	};
	code = store_owned(tx, &rows, &n, &asked, &m->arena, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
		if (rows[i]->deleted_us == 0 &&
		    uuid_compare(&rows[i]->team, team) != 0)
			code = move_row(m, tx, rows[i], team, err);
	if (code != OUTRIDER_OK)
		return code;
	if (n == CHUNK) {
		m->next.after = rows[n - 1]->id;
	} else {
		m->next.after = (struct uuid){ { 0 } };
		m->next.entity++;
	}
	return OUTRIDER_OK;
}

/* Chooses whose records to move next, or says that none are left. */
static enum outrider_code
choose(struct moves *m, struct store_conn *tx, struct outrider_err *err)
{
	enum outrider_code code;

	if (!uuid_is_zero(&m->next.user))
		return OUTRIDER_OK;
	code = job_next(tx, &m->next.user, JOB_TEAM_MOVE, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	m->next.is_idle = true;
	return OUTRIDER_OK;
}

/* On the writer; may run more than once. */
static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct moves *m = user;
	struct row *owner;
	struct uuid team;
	enum outrider_code code;

	arena_reset(&m->arena);
	m->next = m->at;
	m->next.is_idle = false;
	code = choose(m, tx, err);
	if (code != OUTRIDER_OK || m->next.is_idle)
		return code;
	code = store_get(tx, &owner, schema_entity(KIND_USER), &m->next.user,
			 &m->arena, err);
	if (code == OUTRIDER_OK)
		code = team_of_user(&team, tx, owner, &m->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (owner->rev != m->next.user_rev) {
		m->next.user_rev = owner->rev;
		m->next.entity = 0;
		m->next.after = (struct uuid){ { 0 } };
	}
	code = move_chunk(m, tx, &team, err);
	if (code != OUTRIDER_OK || m->next.entity < schema_n_entities)
		return code;
	code = job_done(tx, JOB_TEAM_MOVE, &m->next.user, err);
	m->next = (struct progress){ .entity = 0 };
	return code;
}

static void submit(struct moves *m);

static void chunk_done(void *user, struct store_write *write)
{
	struct moves *m = user;

	if (write->code == OUTRIDER_OK) {
		m->at = m->next;
	} else {
		/* Goes on after some later commit. */
		context_log(m->app->context, LOG_LEVEL_WARNING,
			    "app.move_failed", "code=%s",
			    code_name(write->code));
		atomic_store(&m->is_wanted, true);
		m->at.is_idle = true;
	}
	arena_reset(&m->arena);
	if (!m->at.is_idle) {
		submit(m);
		return;
	}
	atomic_store(&m->is_running, false);
	/* Wanted in the very group that found nothing left. */
	if (write->code == OUTRIDER_OK)
		moves_go_on(m);
}

/* is_running was taken. A store that is closing refuses: that is the end. */
static void submit(struct moves *m)
{
	struct outrider_err err;

	m->write = (struct store_write){
		.run = run_chunk,
		.done = chunk_done,
		.user = m,
	};
	if (store_submit(m->app->store, &m->write, &err) == OUTRIDER_OK)
		return;
	atomic_store(&m->is_wanted, true);
	atomic_store(&m->is_running, false);
}

void moves_go_on(struct moves *m)
{
	if (!atomic_load(&m->is_wanted) ||
	    atomic_exchange(&m->is_running, true))
		return;
	atomic_store(&m->is_wanted, false);
	submit(m);
}

enum outrider_code moves_add(struct moves *m, struct store_conn *tx,
			     const struct uuid *user, struct outrider_err *err)
{
	/* Early is harmless: the writer is busy with this very group. */
	atomic_store(&m->is_wanted, true);
	return job_put(tx, JOB_TEAM_MOVE, user, err);
}

struct moves *moves_open(struct app *app)
{
	struct moves *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->app = app;
	arena_init(&m->arena, &allocator_libc, MOVES_MEMORY);
	/* Of an earlier life. */
	atomic_store(&m->is_wanted, true);
	return m;
}

void moves_close(struct moves *m)
{
	if (!m)
		return;
	arena_free(&m->arena);
	free(m);
}
