/*
 * WatchAlerts: the caller's open alerts, then each change of one as it comes.
 *
 * Alerts are found in the order of revisions, in two stretches:
 *
 *	OPEN   those that are open and not newer than the first snapshot
 *	NEWS   whatever is newer, open or closed
 *
 * An alert that changes while OPEN is under way is newer than the snapshot,
 * and so comes in NEWS. What is found goes out at once, or into a bag:
 *
 *	quiet  what isn't urgent, in quiet hours -- their end -> a digest
 *	burst  all of OPEN, and more than a burst -- room again -> one by one
 *	       where they are few, else a digest
 *
 * Before anything goes out a mark is committed: that this user was told of
 * this revision of this alert. So nothing comes twice to a stream that asked
 * for that, whatever is cut or restarted; what was under way when a stream was
 * cut is in the list of open alerts, and comes to no stream again.
 */
#include "app/visits_parts.h"

#include "app/alarms.h"
#include "app/alert_bag.h"
#include "app/news.h"
#include "app/parts.h"
#include "model/wire.h"

#include <string.h>

typedef Outrider__V1__WatchAlertsRequest Request;

enum {
	FOUND_SLICE = 50,  /* alerts looked at before others have their turn */
	MARKS_SLICE = 100, /* in one write: under 5 ms */
	ALERT_BYTES = 8 << 10,
	DIGEST_BYTES = 4 << 20,
	RESPONSE_ALERT = 1,
	RESPONSE_DIGEST = 2,
	DIGEST_SENTENCE = 1,
	DIGEST_ALERT = 2,
};

/* What is on its way out. */
enum sending {
	SENDING_NONE,
	SENDING_ONE,	/* watch->one */
	SENDING_DIGEST, /* all of watch->from, their marks first */
};

struct watch {
	struct news_ear ear;
	struct principal listener; /* the caller: hears their own acts too */
	struct alarm alarm;
	struct alert_delivery delivery;
	uint64_t snapshot_rev; /* of the beginning */
	uint64_t found_rev;    /* everything up to here was looked at */
	bool is_news;
	bool is_once; /* only_undelivered */

	struct alert_bag quiet, burst;
	struct burst sent;
	/* The burst bag is given out one by one until it is empty. */
	bool is_giving_out;

	enum sending sending;
	bool is_marked;
	struct held_alert one;
	bool is_known; /* one: told of by another stream meanwhile */
	struct alert_bag *from;
	size_t n_marked;
};

static size_t burst_of(const struct watch *watch)
{
	return watch->delivery.burst == 0 ? DELIVERY_BURST
					  : watch->delivery.burst;
}

/* ------------------------------------------------------------------- marks */

static enum outrider_code
run_mark_one(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct watch *watch = call->state;
	const struct uuid *who = &call->principal.user;
	uint64_t rev;
	enum outrider_code code =
		alert_mark_get(tx, &rev, who, &watch->one.id, err);

	if (code != OUTRIDER_OK)
		return code;
	watch->is_known = rev >= watch->one.rev;
	return alert_mark_put(tx, who, &watch->one.id, watch->one.rev, err);
}

static enum outrider_code
run_mark_some(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct watch *watch = call->state;
	const struct alert_bag *bag = watch->from;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = watch->n_marked; code == OUTRIDER_OK && i < bag->n &&
					 i < watch->n_marked + MARKS_SLICE;
	     i++)
		code = alert_mark_put(tx, &call->principal.user, &bag->at[i].id,
				      bag->at[i].rev, err);
	return code;
}

static enum outrider_code after_mark_one(struct app_call *call)
{
	((struct watch *)call->state)->is_marked = true;
	return OUTRIDER_OK;
}

static enum outrider_code after_mark_some(struct app_call *call)
{
	struct watch *watch = call->state;

	watch->n_marked += MARKS_SLICE;
	watch->is_marked = watch->n_marked >= watch->from->n;
	return OUTRIDER_OK;
}

/* Marks what is on its way out, or some more of it. */
static enum app_progress mark(struct app_call *call)
{
	const struct watch *watch = call->state;
	enum outrider_code code =
		watch->sending == SENDING_ONE
			? call_write(call, run_mark_one, after_mark_one)
			: call_write(call, run_mark_some, after_mark_some);

	return code == OUTRIDER_OK ? APP_WAIT : APP_END;
}

static enum outrider_code
begin_one(struct app_call *call, const struct held_alert *alert)
{
	struct watch *watch = call->state;

	watch->sending = SENDING_ONE;
	watch->is_marked = false;
	watch->one = *alert;
	return burst_add(&watch->sent, call_now_us(call), &call->arena)
		       ? OUTRIDER_OK
		       : err_no_memory(&call->err);
}

/* It counts as one of a burst. */
static enum outrider_code
begin_digest(struct app_call *call, struct alert_bag *bag)
{
	struct watch *watch = call->state;

	watch->sending = SENDING_DIGEST;
	watch->is_marked = false;
	watch->from = bag;
	watch->n_marked = 0;
	return burst_add(&watch->sent, call_now_us(call), &call->arena)
		       ? OUTRIDER_OK
		       : err_no_memory(&call->err);
}

/* ----------------------------------------------------------------- telling */

/* In a snapshot: appends the alert under that field, as the caller may see it;
 * nothing where it has changed or gone meanwhile: it comes as news. */
static enum outrider_code append_alert(struct buffer *out, uint32_t field,
				       struct app_call *call,
				       const struct held_alert *held)
{
	struct buffer bytes;
	struct row *row;
	enum outrider_code code = store_get(call_conn(call), &row,
					    schema_entity(KIND_ALERT),
					    &held->id, &call->page, &call->err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK || row->rev != held->rev ||
	    row->deleted_us != 0 || !access_may_see(&call->principal, row))
		return code;
	code = access_hide(row, &call->principal, &call->page, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&bytes, &allocator_libc, ALERT_BYTES);
	record_write_resource(&bytes, row);
	if (bytes.is_full)
		code = err_set(&call->err, OUTRIDER_INTERNAL, NULL,
			       "an alert that is too long");
	else
		wire_put_bytes(out, field, bytes.at, bytes.len);
	buffer_free(&bytes);
	return code;
}

/* In a snapshot. *is_sent: there is a message in the reply. */
static enum outrider_code send_one(struct app_call *call, bool *is_sent)
{
	struct watch *watch = call->state;
	enum outrider_code code;

	*is_sent = false;
	watch->sending = SENDING_NONE;
	if (watch->is_known && watch->is_once)
		return OUTRIDER_OK;
	code = append_alert(&call->reply, RESPONSE_ALERT, call, &watch->one);
	*is_sent = call->reply.len > 0;
	if (code != OUTRIDER_OK || !*is_sent)
		return code;
	return call_reply_written(call);
}

static enum outrider_code send_digest(struct app_call *call, bool *is_sent)
{
	struct watch *watch = call->state;
	struct alert_bag *bag = watch->from;
	char sentence[DIGEST_SENTENCE_MAX + 1];
	enum outrider_code code = OUTRIDER_OK;
	struct buffer digest;

	watch->sending = SENDING_NONE;
	buffer_init(&digest, &allocator_libc, DIGEST_BYTES);
	digest_sentence(sentence, &bag->counts, call_now_us(call));
	wire_put_bytes(&digest, DIGEST_SENTENCE, sentence, strlen(sentence));
	for (size_t i = bag->n; i > 0 && code == OUTRIDER_OK; i--) {
		arena_reset(&call->page);
		code = append_alert(&digest, DIGEST_ALERT, call,
				    &bag->at[i - 1]);
	}
	wire_put_bytes(&call->reply, RESPONSE_DIGEST, digest.at, digest.len);
	if (code == OUTRIDER_OK && digest.is_full)
		code = err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "a digest that is too long");
	buffer_free(&digest);
	bag_empty(bag);
	*is_sent = code == OUTRIDER_OK;
	return code == OUTRIDER_OK ? call_reply_written(call) : code;
}

/* ----------------------------------------------------------------- finding */

/* Into a bag, or *out: at once. */
static enum outrider_code sort_alert(struct app_call *call,
				     const struct row *row, bool is_quiet,
				     bool *is_now)
{
	struct watch *watch = call->state;
	const struct held_alert held = { .id = row->id, .rev = row->rev };
	int64_t type = kind_value(row, ALERT_FIELD_TYPE)->i;
	int64_t now_us = call_now_us(call);
	struct alert_bag *bag = &watch->burst;

	*is_now = false;
	if (is_quiet && !delivery_is_urgent(&watch->delivery, type))
		bag = &watch->quiet;
	else if (watch->is_news && watch->burst.n == 0 &&
		 burst_has_room(&watch->sent, burst_of(watch), now_us))
		*is_now = true;
	if (*is_now || bag_add(bag, &held, type, row->updated_us, &call->arena))
		return OUTRIDER_OK;
	return err_no_memory(&call->err);
}

/* Was the user told of it as it stands? */
static enum outrider_code
look_for_mark(struct app_call *call, bool *is_told, const struct row *row)
{
	const struct watch *watch = call->state;
	uint64_t rev = 0;
	enum outrider_code code = OUTRIDER_OK;

	if (watch->is_once)
		code = alert_mark_get(call_conn(call), &rev,
				      &call->principal.user, &row->id,
				      &call->err);
	*is_told = rev >= row->rev;
	return code;
}

/*
 * What has closed itself is no news to who wants each thing once: nobody has
 * to be told any more, and who was told has nothing to do.
 */
static bool is_let_go(struct watch *watch, const struct row *row)
{
	int64_t type = kind_value(row, ALERT_FIELD_TYPE)->i;

	if (!watch->is_once || !alert_is_over(row))
		return false;
	bag_remove(&watch->quiet, &row->id, type);
	bag_remove(&watch->burst, &row->id, type);
	return true;
}

/*
 * In a snapshot: looks at some more. *now gets one that is to go out at once;
 * *is_end: there are no more.
 */
static enum outrider_code find_some(struct app_call *call, bool is_quiet,
				    struct held_alert *now, bool *is_now,
				    bool *is_end)
{
	struct watch *watch = call->state;
	const struct store_alerts_query asked = {
		.scopes = call->principal.scopes,
		.n_scopes = call->principal.n_scopes,
		.above = watch->found_rev,
		.limit = FOUND_SLICE,
		.only_open = !watch->is_news,
	};
	struct row **rows;
	size_t n = 0, i = 0;
	enum outrider_code code = OUTRIDER_OK;

	if (access_knows_kind(&call->principal, schema_entity(KIND_ALERT)))
		code = store_alerts(call_conn(call), &rows, &n, &asked,
				    &call->page, &call->err);
	for (; code == OUTRIDER_OK && i < n && !*is_now; i++) {
		bool is_told;

		if (!watch->is_news && rows[i]->rev > watch->snapshot_rev) {
			n = i;
			break;
		}
		watch->found_rev = rows[i]->rev;
		if (is_let_go(watch, rows[i]))
			continue;
		code = look_for_mark(call, &is_told, rows[i]);
		if (code == OUTRIDER_OK && !is_told)
			code = sort_alert(call, rows[i], is_quiet, is_now);
		*now = (struct held_alert){ rows[i]->id, rows[i]->rev };
	}
	*is_end = i == n && n < FOUND_SLICE;
	return code;
}

/* -------------------------------------------------------------- the stream */

/* The bag that is due, or NULL. */
static struct alert_bag *find_due(struct app_call *call, bool is_quiet)
{
	struct watch *watch = call->state;

	if (!is_quiet && watch->quiet.n > 0)
		return &watch->quiet;
	if (watch->is_news && watch->burst.n > 0 &&
	    (watch->is_giving_out ||
	     burst_has_room(&watch->sent, burst_of(watch), call_now_us(call))))
		return &watch->burst;
	watch->is_giving_out = false;
	return NULL;
}

/* Few at a time come one by one; what was held for the night, together. */
static enum outrider_code
empty_bag(struct app_call *call, struct alert_bag *bag)
{
	struct watch *watch = call->state;
	struct held_alert oldest;

	if (bag == &watch->quiet ||
	    (!watch->is_giving_out && bag->counts.n > burst_of(watch)))
		return begin_digest(call, bag);
	oldest = bag_take(bag);
	watch->is_giving_out = bag->n > 0;
	if (bag->n == 0)
		bag_empty(bag);
	return begin_one(call, &oldest);
}

/* Until something is due, or there is news: of either the call is told. */
static enum app_progress
wait_for_more(struct app_call *call, bool is_quiet, int64_t loud_us)
{
	struct watch *watch = call->state;
	int64_t due_us = INT64_MAX;

	if (is_quiet && watch->quiet.n > 0)
		due_us = loud_us;
	if (watch->burst.n > 0) {
		int64_t room_us = burst_room_us(&watch->sent, burst_of(watch));

		if (room_us < due_us)
			due_us = room_us;
	}
	alarms_set(call->app->alarms, &watch->alarm, call_now_us(call), due_us);
	return APP_WAIT;
}

/* In a snapshot: finds what goes out next, if anything does. */
static enum app_progress go_on(struct app_call *call)
{
	struct watch *watch = call->state;
	struct alert_bag *due;
	struct held_alert now;
	int64_t loud_us = 0;
	bool is_quiet, is_now = false, is_end = false;
	enum outrider_code code =
		delivery_get(call_conn(call), &watch->delivery,
			     &call->principal.user, &call->err);

	if (code != OUTRIDER_OK)
		return APP_END;
	is_quiet = delivery_is_quiet(&watch->delivery, call_now_us(call),
				     &loud_us);
	due = find_due(call, is_quiet);
	if (due)
		code = empty_bag(call, due);
	else
		code = find_some(call, is_quiet, &now, &is_now, &is_end);
	if (code == OUTRIDER_OK && is_now)
		code = begin_one(call, &now);
	if (code != OUTRIDER_OK)
		return APP_END;
	if (due || is_now || !is_end)
		return call_yield(call);
	if (watch->is_news)
		return wait_for_more(call, is_quiet, loud_us);
	/* The open ones are through: once more, for the news. */
	watch->is_news = true;
	watch->found_rev = watch->snapshot_rev;
	return call_yield(call);
}

static enum app_progress send(struct app_call *call)
{
	const struct watch *watch = call->state;
	bool is_sent = false;
	enum outrider_code code = watch->sending == SENDING_ONE
					  ? send_one(call, &is_sent)
					  : send_digest(call, &is_sent);

	if (code != OUTRIDER_OK)
		return APP_END;
	return is_sent ? APP_MESSAGE : call_yield(call);
}

/* Each step is one of these: find, mark (again and again), send. */
static enum app_progress next_alert(struct app_call *call)
{
	const struct watch *watch = call->state;
	enum app_progress progress;

	if (watch->sending != SENDING_NONE && !watch->is_marked)
		return mark(call);
	if (store_read_begin(call_conn(call), NULL, &call->err) != OUTRIDER_OK)
		return APP_END;
	progress = watch->sending == SENDING_NONE ? go_on(call) : send(call);
	store_read_end(call_conn(call));
	return progress;
}

enum outrider_code visits_watch_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__watch_alerts_request__descriptor);
	struct watch *watch = arena_alloc(&call->arena, sizeof(*watch));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!watch)
		return err_no_memory(&call->err);
	watch->listener = call->principal;
	watch->listener.device = (struct uuid){ { 0 } };
	watch->ear.life = call->private;
	watch->ear.who = &watch->listener;
	watch->alarm.life = call->private;
	watch->alarm.user = call->principal.user;
	/* First the ear, then the snapshot: what comes between is heard. */
	if (!news_listen(call->app->news, &watch->ear, call->principal.scopes,
			 call->principal.n_scopes, &call->arena))
		return err_no_memory(&call->err);
	call->private->ear = &watch->ear;
	call->private->alarm = &watch->alarm;
	code = store_read_begin(call_conn(call), &watch->snapshot_rev,
				&call->err);
	if (code != OUTRIDER_OK)
		return code;
	store_read_end(call_conn(call));
	watch->is_once = request->only_undelivered;
	watch->is_news = request->only_new;
	if (watch->is_news)
		watch->found_rev = watch->snapshot_rev;
	call->state = watch;
	call->next = next_alert;
	return OUTRIDER_OK;
}
