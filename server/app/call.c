/*
 * What a handler may do with its call: read the request, reply, send it out to
 * the writer or to a thread of long reads, wait for news. Owns waking: who
 * waits is woken once, and never after its end. Knows no method and no kind.
 */
#include "app/alarms.h"
#include "app/forgetter.h"
#include "app/indexer.h"
#include "app/moves.h"
#include "app/news.h"
#include "app/parts.h"
#include "app/silence.h"
#include "app/uploads_sweep.h"

/* Who has too many long reads is told to come again then. */
#define LONG_READ_RETRY_US 2000000

struct store_conn *call_conn(struct app_call *call)
{
	return call->worker->conn;
}

const struct context *call_context(const struct app_call *call)
{
	return call->app->context;
}

int64_t call_now_us(const struct app_call *call)
{
	struct call_private *life = call->private;

	if (life->now_us == 0)
		life->now_us =
			call->app->context->wall_us(call->app->context->user);
	return life->now_us;
}

void *
call_unpack(struct app_call *call, const ProtobufCMessageDescriptor *descriptor)
{
	void *message =
		protobuf_c_message_unpack(descriptor, &call->proto_allocator,
					  call->request.len, call->request.at);

	if (!message)
		err_call_full(&call->err);
	return message;
}

struct reply_sink {
	ProtobufCBuffer base;
	struct buffer *out;
};

static void reply_append(ProtobufCBuffer *base, size_t len, const uint8_t *at)
{
	buffer_append(((struct reply_sink *)base)->out, at, len);
}

enum outrider_code
call_reply(struct app_call *call, const ProtobufCMessage *message)
{
	buffer_clear(&call->reply);
	return call_reply_rest(call, message);
}

enum outrider_code
call_reply_rest(struct app_call *call, const ProtobufCMessage *message)
{
	struct reply_sink sink = {
		.base = { .append = reply_append },
		.out = &call->reply,
	};

	protobuf_c_message_pack_to_buffer(message, &sink.base);
	return call_reply_written(call);
}

enum outrider_code call_reply_written(struct app_call *call)
{
	if (call->reply.is_full)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "the answer is larger than a message may be");
	if (call->private->phase != CALL_STREAMING)
		call->private->phase = CALL_REPLIED;
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- errands */

/* Nothing is begun for who has gone. */
static enum outrider_code
check_wanted(const struct app_call *call, struct outrider_err *err)
{
	const struct context *context = call->app->context;

	if (atomic_load(&call->private->is_cancelled))
		return err_set(err, OUTRIDER_CANCELLED, NULL,
			       "cancelled before anything was done");
	if (context->mono_us(context->user) >= call->deadline_mono_us)
		return err_set(err, OUTRIDER_DEADLINE_EXCEEDED, NULL,
			       "the deadline passed before anything was "
			       "done");
	return OUTRIDER_OK;
}

/* On the other thread, once: call->err says why, where the code isn't OK. */
static void errand_done(struct app_call *call, enum outrider_code code)
{
	struct call_private *life = call->private;
	bool is_orphaned;

	life->errand_code = code;
	pthread_mutex_lock(&life->lock);
	is_orphaned = life->errand == ERRAND_ORPHANED;
	life->errand = ERRAND_DONE;
	life->is_signalled = true;
	if (life->is_waiting) {
		life->is_waiting = false;
		life->wake(life->user);
	}
	pthread_mutex_unlock(&life->lock);
	/* Not orphaned: from here on the worker may free it any time. */
	if (is_orphaned)
		call_destroy(life);
}

static void send_out(struct call_private *life,
		     enum outrider_code (*after)(struct app_call *))
{
	life->after = after;
	life->phase = CALL_AWAY;
	life->errand = ERRAND_OUT;
}

static enum outrider_code
run_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	enum outrider_code code = check_wanted(call, err);

	return code == OUTRIDER_OK ? call->private->run_write(call, tx, err)
				   : code;
}

static void write_done(void *user, struct store_write *write)
{
	struct app_call *call = user;

	if (write->code != OUTRIDER_OK)
		call->err = write->err;
	errand_done(call, write->code);
}

enum outrider_code call_write(struct app_call *call, store_run_fn *run,
			      enum outrider_code (*after)(struct app_call *))
{
	struct call_private *life = call->private;
	enum outrider_code code = check_wanted(call, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	send_out(life, after);
	life->run_write = run;
	life->write = (struct store_write){
		.run = run_write,
		.done = write_done,
		.user = call,
		.is_long = call->is_long_write,
	};
	code = store_submit(call->app->store, &life->write, &life->end);
	if (code == OUTRIDER_OK)
		return OUTRIDER_OK;
	life->errand = ERRAND_NONE;
	call->err = life->end;
	return code;
}

bool call_may_read_long(const struct app_call *call)
{
	return call->app->long_reads != NULL;
}

bool call_reads_long(const struct app_call *call)
{
	return call->app->long_reads &&
	       long_reads_has(call->app->long_reads, &call->principal.user);
}

static enum outrider_code run_long_read(struct app_call *call)
{
	struct call_private *life = call->private;
	enum outrider_code code = check_wanted(call, &call->err);

	pthread_mutex_lock(&life->lock);
	if (life->errand == ERRAND_ORPHANED)
		code = OUTRIDER_CANCELLED;
	pthread_mutex_unlock(&life->lock);
	arena_reset(&call->page);
	buffer_clear(&call->reply);
	return code == OUTRIDER_OK ? life->run_read(call) : code;
}

enum outrider_code
call_read_long(struct app_call *call,
	       enum outrider_code (*run)(struct app_call *),
	       enum outrider_code (*after)(struct app_call *))
{
	struct call_private *life = call->private;
	enum outrider_code code;

	send_out(life, after);
	life->run_read = run;
	life->long_read = (struct long_read){
		.call = call,
		.run = run_long_read,
		.done = errand_done,
	};
	code = long_reads_submit(call->app->long_reads, &life->long_read,
				 &life->end);
	if (code == OUTRIDER_OK)
		return OUTRIDER_OK;
	life->errand = ERRAND_NONE;
	call->err = life->end;
	call->retry_after_us = LONG_READ_RETRY_US;
	return code;
}

/* ------------------------------------------------------------------- news */

enum app_progress call_wait_for_news(struct app_call *call, uint64_t rev)
{
	struct call_private *life = call->private;
	struct app *app = call->app;
	bool is_late;

	pthread_mutex_lock(&app->news_lock);
	is_late = app->news_rev > rev;
	life->news_rev = rev;
	if (!is_late && !life->is_listening) {
		life->news_prev = NULL;
		life->news_next = app->listeners;
		if (app->listeners)
			app->listeners->news_prev = life;
		app->listeners = life;
		life->is_listening = true;
	}
	pthread_mutex_unlock(&app->news_lock);
	if (is_late)
		call_signal(life);
	return APP_WAIT;
}

/* Holding news_lock. */
static void unlist(struct app *app, struct call_private *life)
{
	if (life->news_next)
		life->news_next->news_prev = life->news_prev;
	if (life->news_prev)
		life->news_prev->news_next = life->news_next;
	else
		app->listeners = life->news_next;
	life->news_prev = NULL;
	life->news_next = NULL;
	life->is_listening = false;
}

void call_stop_listening(struct call_private *life)
{
	struct app *app = life->call->app;

	pthread_mutex_lock(&app->news_lock);
	if (life->is_listening)
		unlist(app, life);
	pthread_mutex_unlock(&app->news_lock);
	if (life->ear)
		news_stop(life->ear);
	if (life->alarm)
		alarms_stop(app->alarms, life->alarm);
}

/* Those whose scopes were touched; and all, where rights were given. */
static void tell_news(struct app *app, uint64_t rev)
{
	size_t n;
	bool all;
	const struct store_touch *touched = store_touched(app->store, &n, &all);
	uint64_t people_rev = atomic_load(&app->people_rev);

	if (all)
		news_tell_all(app->news, rev);
	else
		news_tell(app->news, touched, n);
	if (people_rev > app->people_told_rev && people_rev <= rev) {
		app->people_told_rev = people_rev;
		news_tell_all(app->news, 0);
	}
}

void app_on_commit(void *user, uint64_t rev)
{
	struct app *app = user;

	pthread_mutex_lock(&app->news_lock);
	if (rev > app->news_rev)
		app->news_rev = rev;
	for (struct call_private *p = app->listeners, *next; p; p = next) {
		next = p->news_next;
		if (p->news_rev < rev) {
			unlist(app, p);
			call_signal(p);
		}
	}
	pthread_mutex_unlock(&app->news_lock);
	tell_news(app, rev);
	moves_go_on(app->moves);
	indexer_tell(app->indexer, rev);
	uploads_sweep_go_on(app->uploads_sweep);
	forgetter_go_on(app->forgetter);
}

void app_tick(struct app *app)
{
	alarms_ring(app->alarms, app->context->wall_us(app->context->user));
	forgetter_go_on(app->forgetter);
	silence_go_on(app->silence);
}

void call_signal(struct call_private *life)
{
	pthread_mutex_lock(&life->lock);
	life->is_signalled = true;
	if (life->is_waiting) {
		life->is_waiting = false;
		life->wake(life->user);
	}
	pthread_mutex_unlock(&life->lock);
}

enum app_progress call_yield(struct app_call *call)
{
	call->private->has_yielded = true;
	return APP_WAIT;
}

void call_go_on(struct call_private *life)
{
	if (!life->has_yielded)
		return;
	life->has_yielded = false;
	pthread_mutex_lock(&life->lock);
	/* Not signalled: nothing has happened that a WAIT would end for. */
	if (life->is_waiting) {
		life->is_waiting = false;
		life->wake(life->user);
	}
	pthread_mutex_unlock(&life->lock);
}

bool call_park(struct call_private *life)
{
	bool is_parked;

	pthread_mutex_lock(&life->lock);
	is_parked = !life->is_signalled;
	life->is_signalled = false;
	life->is_waiting = is_parked;
	pthread_mutex_unlock(&life->lock);
	return is_parked;
}
