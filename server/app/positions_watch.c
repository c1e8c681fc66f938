/*
 * WatchPositions: where all are whom the caller leads, and then what changes.
 *
 *	LISTING   finds out who they are, some hundreds a slice
 *	TELLING   whoever is dirty is looked at, and told where that says
 *	          anything new; nobody is: waits for a report or a minute
 *
 * A report makes its rep dirty. Windows open and close, and plans change,
 * without one: so everybody is looked at once a minute. What is kept of a rep
 * is a few words, whatever is told; there is no queue that could grow: who
 * reads slowly is told where somebody is when they read on.
 */
#include "app/positions_parts.h"

#include "app/alarms.h"
#include "app/looks.h"
#include "app/news.h"
#include "app/parts.h"
#include "app/visit_kinds.h"

#include <stdlib.h>
#include <string.h>

typedef Outrider__V1__WatchPositionsRequest Request;

#define MINUTE_US INT64_C(60000000)

enum {
	REPS_MAX = 1000,
	USERS_SLICE = 200,   /* listed before others have their turn */
	LOOKS_SLICE = 25,    /* reps looked at, the same */
	REPORTS_SLICE = 200, /* reports read at once */
	LOOK_MEMORY = 1 << 20,
};

struct watched {
	struct uuid rep;
	uint64_t told;	   /* what was told last, hashed; 0: nothing */
	int64_t look_hour; /* of the newest look; -1: none */
	bool is_dirty, is_gone;
};

struct watch {
	struct news_ear ear;
	struct alarm alarm;
	struct uuid viewer;
	struct watched *reps; /* sorted */
	size_t n_reps, at;
	size_t n_dirty;
	struct uuid listed; /* up to here */
	bool is_listed;
	uint64_t seq; /* reports were read up to here */
	int64_t checked_us;
	/* The one that is told now, while its look is written. */
	struct whereabouts found;
	struct look look;
};

/* --------------------------------------------------------------- who it is */

static enum outrider_code add_rep(struct app_call *call, const struct uuid *rep)
{
	struct watch *watch = call->state;

	if (watch->n_reps == REPS_MAX)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED,
			       "rep_ids",
			       "more than %d people: name those whom you want",
			       REPS_MAX);
	watch->reps[watch->n_reps++] =
		(struct watched){ .rep = *rep, .look_hour = -1 };
	return OUTRIDER_OK;
}

static int compare_reps(const void *a, const void *b)
{
	return uuid_compare(&((const struct watched *)a)->rep,
			    &((const struct watched *)b)->rep);
}

static void make_dirty(struct watch *watch, struct watched *rep)
{
	if (rep->is_dirty || rep->is_gone)
		return;
	rep->is_dirty = true;
	watch->n_dirty++;
}

static void make_all_dirty(struct watch *watch, int64_t now_us)
{
	for (size_t i = 0; i < watch->n_reps; i++)
		make_dirty(watch, &watch->reps[i]);
	watch->checked_us = now_us;
}

/* One after the other, without those who stand there twice. */
static void end_listing(struct watch *watch)
{
	size_t n = 0;

	qsort(watch->reps, watch->n_reps, sizeof(watch->reps[0]), compare_reps);
	for (size_t i = 0; i < watch->n_reps; i++)
		if (n == 0 ||
		    compare_reps(&watch->reps[n - 1], &watch->reps[i]) != 0)
			watch->reps[n++] = watch->reps[i];
	watch->n_reps = n;
	watch->is_listed = true;
}

/* In a snapshot: some more of the firm's users. */
static enum outrider_code list_some(struct app_call *call)
{
	static const struct uuid zero;
	struct watch *watch = call->state;
	const struct scope scope = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = schema_entity(KIND_USER),
		.scopes = &scope,
		.n_scopes = 1,
		.after = watch->listed,
		.limit = USERS_SLICE,
	};
	struct row **rows;
	size_t n;
	enum outrider_code code = store_list(call_conn(call), &rows, &n, &asked,
					     &call->page, &call->err);

	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		const struct uuid *rep = &rows[i]->id;

		watch->listed = *rep;
		if (uuid_compare(rep, &watch->viewer) == 0)
			continue;
		code = positions_admit(call, rep, &call->page);
		if (code == OUTRIDER_OK)
			code = add_rep(call, rep);
		else if (code == OUTRIDER_PERMISSION_DENIED ||
			 code == OUTRIDER_NOT_FOUND)
			code = OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	err_clear(&call->err);
	if (n < USERS_SLICE)
		end_listing(watch);
	return OUTRIDER_OK;
}

/* In a snapshot: those whom the request names. */
static enum outrider_code
list_named(struct app_call *call, const Request *request)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < request->n_rep_ids; i++) {
		const char *text = request->rep_ids[i];
		struct uuid rep;

		arena_reset(&call->page);
		if (!uuid_parse(&rep, text, strlen(text)))
			return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
				       "rep_ids", "not an id");
		code = positions_admit(call, &rep, &call->page);
		if (code == OUTRIDER_OK)
			code = add_rep(call, &rep);
	}
	if (code == OUTRIDER_OK)
		end_listing(call->state);
	return code;
}

/* ------------------------------------------------------------- what is new */

/* FNV-1a over what a reader would see change: all but ages. */
static uint64_t hash_of(const struct whereabouts *w)
{
	const int64_t words[] = {
		w->is_at_work,
		w->has_position,
		w->has_position ? w->position.fix_us : 0,
		(int64_t)w->progress,
		w->expected_us,
		w->meeting ? (int64_t)w->meeting->rev : 0,
	};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (unsigned shift = 0; shift < 64; shift += 8)
			hash = (hash ^ ((uint64_t)words[i] >> shift & 0xff)) *
			       UINT64_C(0x100000001b3);
	for (size_t i = 0; w->meeting && i < sizeof(w->meeting->id.at); i++)
		hash = (hash ^ w->meeting->id.at[i]) * UINT64_C(0x100000001b3);
	return hash == 0 ? 1 : hash;
}

/* In a snapshot: who was seen since. */
static enum outrider_code read_reports(struct app_call *call)
{
	struct watch *watch = call->state;
	struct position *reports;
	size_t n = REPORTS_SLICE;

	while (n == REPORTS_SLICE) {
		enum outrider_code code;

		arena_reset(&call->page);
		code = positions_since(call_conn(call), &reports, &n,
				       watch->seq, REPORTS_SLICE, &call->page,
				       &call->err);
		if (code != OUTRIDER_OK)
			return code;
		for (size_t i = 0; i < n; i++) {
			const struct watched key = { .rep = reports[i].rep };
			struct watched *rep =
				bsearch(&key, watch->reps, watch->n_reps,
					sizeof(key), compare_reps);

			watch->seq = reports[i].seq;
			if (rep)
				make_dirty(watch, rep);
		}
	}
	return OUTRIDER_OK;
}

/*
 * In a snapshot: looks at one. *is_new: there is something to tell, in
 * watch->found, whose meeting goes with the page.
 */
static enum outrider_code
look_at(struct app_call *call, struct watched *rep, bool *is_new)
{
	struct watch *watch = call->state;
	uint64_t hash;
	enum outrider_code code;

	*is_new = false;
	rep->is_dirty = false;
	watch->n_dirty--;
	arena_reset(&call->page);
	code = positions_admit(call, &rep->rep, &call->page);
	if (code == OUTRIDER_PERMISSION_DENIED || code == OUTRIDER_NOT_FOUND) {
		/* Led by somebody else from now on. */
		err_clear(&call->err);
		rep->is_gone = true;
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		code = whereabouts_find(&watch->found, call_conn(call),
					&rep->rep, call_now_us(call),
					&call->page, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	hash = hash_of(&watch->found);
	*is_new = hash != rep->told;
	rep->told = hash;
	return OUTRIDER_OK;
}

/* Some of the dirty ones; *found: the one that is to be told, or NULL. */
static enum outrider_code
look_at_some(struct app_call *call, struct watched **found)
{
	struct watch *watch = call->state;
	enum outrider_code code = OUTRIDER_OK;
	bool is_new = false;
	size_t n = 0;

	*found = NULL;
	while (code == OUTRIDER_OK && watch->n_dirty > 0 && n < LOOKS_SLICE &&
	       !is_new) {
		struct watched *rep = &watch->reps[watch->at];

		watch->at = (watch->at + 1) % watch->n_reps;
		if (!rep->is_dirty)
			continue;
		code = look_at(call, rep, &is_new);
		n++;
		if (is_new)
			*found = rep;
	}
	return code;
}

/* ----------------------------------------------------------------- telling */

static enum outrider_code
run_look(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct watch *watch = call->state;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &allocator_libc, LOOK_MEMORY);
	code = look_write(call->app, tx, &watch->look, &arena, err);
	arena_free(&arena);
	return code;
}

/* Where a position is told the rep learns of it first: once an hour. */
static enum app_progress tell(struct app_call *call, struct watched *rep)
{
	struct watch *watch = call->state;
	int64_t now_us = call_now_us(call);

	watch->look = (struct look){
		.viewer = watch->viewer,
		.rep = rep->rep,
		.at_us = now_us,
		.was_told = true,
		.is_watch = true,
	};
	if (!watch->found.has_position || rep->look_hour == look_hour(now_us) ||
	    uuid_compare(&rep->rep, &watch->viewer) == 0)
		return positions_reply(call, &rep->rep, &watch->found,
				       now_us) == OUTRIDER_OK
			       ? APP_MESSAGE
			       : APP_END;
	rep->look_hour = look_hour(now_us);
	/* It is looked at again when its look stands. */
	rep->told = 0;
	make_dirty(watch, rep);
	watch->at = (size_t)(rep - watch->reps);
	return call_write(call, run_look, NULL) == OUTRIDER_OK ? APP_WAIT
							       : APP_END;
}

static enum app_progress wait_for_more(struct app_call *call)
{
	struct watch *watch = call->state;

	alarms_set(call->app->alarms, &watch->alarm, call_now_us(call),
		   watch->checked_us + MINUTE_US);
	return APP_WAIT;
}

static enum outrider_code advance(struct app_call *call, struct watched **found)
{
	struct watch *watch = call->state;
	int64_t now_us = call_now_us(call);
	enum outrider_code code;

	*found = NULL;
	if (!watch->is_listed) {
		code = list_some(call);
		if (code != OUTRIDER_OK || !watch->is_listed)
			return code;
	}
	code = read_reports(call);
	if (code != OUTRIDER_OK)
		return code;
	if (now_us >= watch->checked_us + MINUTE_US ||
	    now_us < watch->checked_us)
		make_all_dirty(watch, now_us);
	return look_at_some(call, found);
}

static enum app_progress next_whereabouts(struct app_call *call)
{
	struct watch *watch = call->state;
	struct watched *found = NULL;
	enum outrider_code code;

	if (store_read_begin(call_conn(call), NULL, &call->err) != OUTRIDER_OK)
		return APP_END;
	code = advance(call, &found);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return APP_END;
	if (found)
		return tell(call, found);
	if (!watch->is_listed || watch->n_dirty > 0)
		return call_yield(call);
	return wait_for_more(call);
}

enum outrider_code positions_watch_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__watch_positions_request__descriptor);
	struct watch *watch = arena_alloc(&call->arena, sizeof(*watch));
	const struct principal *who = &call->principal;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!watch)
		return err_no_memory(&call->err);
	code = positions_admit_role(who, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	watch->reps =
		arena_alloc(&call->arena, REPS_MAX * sizeof(watch->reps[0]));
	if (!watch->reps)
		return err_no_memory(&call->err);
	call->state = watch;
	call->next = next_whereabouts;
	watch->checked_us = INT64_MIN / 2;
	(void)look_viewer(&watch->viewer, who);
	watch->ear.life = call->private;
	watch->ear.who = who;
	watch->alarm.life = call->private;
	watch->alarm.user = who->user;
	/* First the ear, then the look: what comes between is heard. */
	if (!news_listen(call->app->position_news, &watch->ear, who->scopes,
			 who->n_scopes, &call->arena))
		return err_no_memory(&call->err);
	call->private->ear = &watch->ear;
	call->private->alarm = &watch->alarm;
	if (request->n_rep_ids == 0)
		return OUTRIDER_OK;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = list_named(call, request);
	store_read_end(call_conn(call));
	return code;
}
