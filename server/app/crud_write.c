/*
 * The standard methods that write, one record or a batch: a closure for all of
 * a call's intents, its answer, and request_id. What a write means stands in
 * app/write.c.
 */
#include "app/crud_parts.h"
#include "app/digest.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/visits.h"
#include "store/identity.h"

#include <stdio.h>
#include <string.h>

/* Answers to a request_id are kept so long, and then some. */
#define REQUEST_LIFE_US (INT64_C(24) * 3600 * 1000000)

/* What a write's closure works on; in the call's arena. */
struct act {
	struct crud_writes writes;
	bool has_request_id;
	struct replay_key key;
	uint8_t content_hash[DIGEST_LEN];
};

/* --------------------------------------------------------------- request_id */

static enum outrider_code
read_request_id(struct act *act, struct app_call *call, struct bytes text)
{
	const struct bytes parts[] = {
		{ (const uint8_t *)call->method->path,
		  strlen(call->method->path) + 1 },
		call->request,
	};

	if (text.len == 0)
		return OUTRIDER_OK;
	act->has_request_id = true;
	act->key.who = call->principal.user;
	digest_of(act->content_hash, parts, sizeof(parts) / sizeof(parts[0]));
	return crud_read_uuid(&act->key.what, call, text, "request_id");
}

/* Was this request answered before? Then its answer is the reply. */
static enum outrider_code find_answer(bool *is_answered, struct app_call *call,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	const struct act *act = call->state;
	struct replay replay;
	enum outrider_code code;

	*is_answered = false;
	code = replay_get(tx, &replay, &act->key, &call->page, err);
	if (code == OUTRIDER_NOT_FOUND)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK)
		return code;
	if (memcmp(replay.content_hash, act->content_hash, DIGEST_LEN) != 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "request_id",
			       "this request_id was used for another request");
	buffer_append(&call->reply, replay.result.at, replay.result.len);
	*is_answered = true;
	return OUTRIDER_OK;
}

static enum outrider_code keep_answer(struct app_call *call,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	const struct act *act = call->state;
	struct replay replay = {
		.result = { .at = call->reply.at, .len = call->reply.len },
		.at_us = call_now_us(call),
	};

	enum outrider_code code = OUTRIDER_OK;

	memcpy(replay.content_hash, act->content_hash, DIGEST_LEN);
	/* Now and then the old ones go: looking at all costs something. */
	if (act->content_hash[0] == 0)
		code = replay_forget(tx, &act->key.who, &act->key.what, 0,
				     replay.at_us - REQUEST_LIFE_US, err);
	if (code != OUTRIDER_OK)
		return code;
	return replay_put(tx, &act->key, &replay, err);
}

/* ----------------------------------------------------------------- closure */

/* A field at fault is one of the request's resource. */
static void in_resource(const struct entity *entity, struct outrider_err *err)
{
	if (!err->field[0])
		return;
	crud_put_before(err->field, sizeof(err->field), ".");
	crud_put_before(err->field, sizeof(err->field), entity->name);
}

/* Evidence may have been waiting: then the meeting says so from the start. */
static enum outrider_code
tell_waiting(struct write_outcome *outcome, struct app_call *call,
	     struct store_conn *tx, const struct write_intent *intent,
	     struct outrider_err *err)
{
	enum outrider_code code;

	if (intent->entity->number != KIND_MEETING ||
	    (intent->op != CHANGE_CREATE && intent->op != CHANGE_UNDELETE))
		return OUTRIDER_OK;
	code = visit_meeting_came(call->app, tx, outcome->row,
				  intent->op == CHANGE_UNDELETE,
				  call_now_us(call), &call->page, err);
	if (code != OUTRIDER_OK)
		return code;
	return store_get(tx, &outcome->row, intent->entity, &intent->id,
			 &call->page, err);
}

static enum outrider_code
write_one(struct app_call *call, struct store_conn *tx,
	  const struct write_intent *intent, struct outrider_err *err)
{
	const struct act *act = call->state;
	struct write_outcome outcome;
	enum outrider_code code;

	code = write_record(&outcome, call->app, tx, intent, &call->page, err);
	if (code != OUTRIDER_OK) {
		if (!act->writes.is_flat)
			in_resource(intent->entity, err);
		return code;
	}
	code = tell_waiting(&outcome, call, tx, intent, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!act->writes.is_batch)
		return crud_tell_record(call, outcome.row, &call->page, err);
	return crud_tell_part(call, outcome.row, &call->page, err);
}

/* A batch that can't be answered must not be written. */
static enum outrider_code
check_size(const struct app_call *call, struct outrider_err *err)
{
	if (!call->reply.is_full && call->reply.len <= CRUD_BATCH_BYTES_MAX)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "the answer would be above %d MiB: send fewer at once",
		       CRUD_BATCH_BYTES_MAX >> 20);
}

static enum outrider_code
write_batch(struct app_call *call, struct store_conn *tx,
	    const struct crud_writes *writes, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < writes->n_intents && code == OUTRIDER_OK; i++) {
		arena_reset(&call->page);
		code = write_one(call, tx, &writes->intents[i], err);
		if (code != OUTRIDER_OK)
			return crud_in_part(writes->parts ? writes->parts
							  : "requests",
					    i, code, err);
		code = check_size(call, err);
	}
	return code;
}

/* On the writer; may run more than once. */
static enum outrider_code
run_act(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct act *act = call->state;
	bool is_answered = false;
	enum outrider_code code;

	buffer_clear(&call->reply);
	arena_reset(&call->page);
	if (act->has_request_id) {
		code = find_answer(&is_answered, call, tx, err);
		if (code != OUTRIDER_OK || is_answered)
			return code;
	}
	if (act->writes.run)
		code = act->writes.run(call, act->writes.user, tx, err);
	else if (act->writes.is_batch)
		code = write_batch(call, tx, &act->writes, err);
	else
		code = write_one(call, tx, &act->writes.intents[0], err);
	if (code == OUTRIDER_OK && act->has_request_id)
		code = keep_answer(call, tx, err);
	return code;
}

enum outrider_code
crud_submit(struct app_call *call, const struct crud_writes *writes)
{
	struct act *act = arena_alloc(&call->arena, sizeof(*act));
	enum outrider_code code;

	if (!act)
		return err_call_full(&call->err);
	act->writes = *writes;
	call->state = act;
	code = read_request_id(act, call, writes->request_id);
	if (code != OUTRIDER_OK)
		return code;
	return call_write(call, run_act, call_reply_written);
}

enum outrider_code
crud_write(struct app_call *call, const struct crud_request *request)
{
	struct write_intent *intent =
		arena_alloc(&call->arena, sizeof(*intent));
	enum outrider_code code;

	if (!intent)
		return err_call_full(&call->err);
	code = crud_read_intent(intent, call, call->method->verb, request);
	if (code != OUTRIDER_OK)
		return code;
	return crud_submit(
		call, &(struct crud_writes){
			      .intents = intent,
			      .n_intents = 1,
			      .request_id = request->value[SLOT_REQUEST_ID],
		      });
}
