/*
 * Push: a device's mutations, each at most once.
 *
 * Owns their numbering, what is answered to a repeated one, and how an outcome
 * is told. What a write means, may and merges is decided by write_record, the
 * same for the standard methods.
 */
#include "app/kinds.h"
#include "app/parts.h"
#include "app/sync_parts.h"
#include "app/visits.h"
#include "app/wipes.h"
#include "model/wire.h"
#include "store/identity.h"
#include "store/past.h"

#include <string.h>

typedef Outrider__V1__PushRequest Request;
typedef Outrider__V1__MutationResult Result;

enum {
	REQUEST_BYTES = 64 << 10,
	/* A closure takes no mutation more after the first of them, where
	 * somebody waits; else after the second. */
	CHUNK_US = 4000,
	CHUNK_MAX_US = 20000,
	WRITE_MEMORY = 8 << 20,	 /* of one mutation */
	MERGED_BYTES = 32 << 10, /* larger ones wait for the pull */
	RESULT_REV = 2,		 /* a field of MutationResult */
	RESPONSE_RESULTS = 1,	 /* fields of PushResponse */
	RESPONSE_SERVER_TIME_US = 2,
	RESPONSE_WIPE = 3,
};

#define SEQ_MAX (UINT64_MAX >> 2)
/* Other incarnations of the device are forgotten after this. */
#define FORGET_US (INT64_C(90) * 24 * 3600 * 1000000)

struct push {
	struct uuid incarnation;
	uint64_t first_seq, acked_seq;
	struct sync_mutation *mutations;
	size_t n;
	size_t done;	/* those before it are written */
	size_t reached; /* by the closure that runs */
};

/* ----------------------------------------------------------- on the writer */

/*
 * The author has seen what the same outbox wrote before, though it had no
 * revision then: where only such writes stand above the base, it moves up to
 * them. A base of 0 is a record that the phone made itself. *is_unseen: others
 * wrote what this is about.
 */
static enum outrider_code
raise_base(struct write_intent *intent, bool *is_unseen, struct store_conn *tx,
	   struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = intent->entity;
	uint64_t base_rev = intent->base_rev > 0 ? intent->base_rev : 1;
	uint64_t seen_rev = base_rev;
	struct row *row;
	enum outrider_code code;

	*is_unseen = true;
	intent->base_rev = base_rev;
	code = store_get(tx, &row, entity, &intent->id, arena, err);
	intent->standing = row;
	for (size_t i = 0; code == OUTRIDER_OK && i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		const struct store_author *by;
		struct change change;

		if (!field_set_has(&intent->which, field->number) ||
		    row->frev[i] <= base_rev ||
		    (row->frev[i] == seen_rev && field->merge != MERGE_SET))
			continue;
		code = store_change(tx, &change, row->frev[i], arena, err);
		if (code != OUTRIDER_OK)
			break;
		by = &change.author;
		/* What the server put into a set, the author doesn't know. */
		if (field->merge == MERGE_SET &&
		    field_set_has(&change.settled, field->number))
			return OUTRIDER_OK;
		if (!by->is_verbatim || by->seq == 0 ||
		    by->seq >= intent->seq ||
		    uuid_compare(&by->device, &intent->principal->device) ||
		    uuid_compare(&by->incarnation, &intent->incarnation))
			return OUTRIDER_OK;
		if (change.rev > seen_rev)
			seen_rev = change.rev;
	}
	/* What isn't there any more may have been written, too. */
	*is_unseen = code == OUTRIDER_NOT_FOUND;
	if (code == OUTRIDER_OK)
		intent->base_rev = seen_rev;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* What the phone is told of, and can do something about. */
static bool is_rejection(enum outrider_code code)
{
	static const enum outrider_code rejections[] = {
		OUTRIDER_INVALID_ARGUMENT,    OUTRIDER_NOT_FOUND,
		OUTRIDER_ALREADY_EXISTS,      OUTRIDER_PERMISSION_DENIED,
		OUTRIDER_FAILED_PRECONDITION, OUTRIDER_OUT_OF_RANGE,
		OUTRIDER_UNIMPLEMENTED,
	};

	for (size_t i = 0; i < sizeof(rejections) / sizeof(rejections[0]); i++)
		if (rejections[i] == code)
			return true;
	return false;
}

static enum outrider_code pack(struct bytes *out, const Result *result,
			       struct arena *arena, struct outrider_err *err)
{
	uint8_t *at = arena_alloc(
		arena,
		outrider__v1__mutation_result__get_packed_size(result) + 1);

	if (!at)
		return err_call_full(err);
	out->at = at;
	out->len = outrider__v1__mutation_result__pack(result, at);
	return OUTRIDER_OK;
}

static enum outrider_code
pack_rejection(struct bytes *out, struct outrider_err *why, struct arena *arena,
	       struct outrider_err *err)
{
	Result result = OUTRIDER__V1__MUTATION_RESULT__INIT;

	result.outcome =
		OUTRIDER__V1__MUTATION_OUTCOME__MUTATION_OUTCOME_REJECTED;
	result.code = code_grpc_status(why->code);
	result.field_path = why->field;
	result.reason = why->text;
	return pack(out, &result, arena, err);
}

static size_t list_fields(uint32_t out[RECORD_FIELDS_MAX],
			  const struct entity *entity,
			  const struct field_set *which)
{
	size_t n = 0;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(which, entity->fields[i].number))
			out[n++] = entity->fields[i].number;
	return n;
}

/* Values that stand instead of those that were sent. */
static enum outrider_code pack_merged(struct bytes *out, Result *result,
				      const struct write_outcome *outcome,
				      struct arena *arena,
				      struct outrider_err *err)
{
	const struct row *row = outcome->row;
	const struct entity *entity = row->entity;
	uint32_t cleared[RECORD_FIELDS_MAX], asked[RECORD_FIELDS_MAX];
	struct buffer fields;
	enum outrider_code code;

	result->outcome =
		OUTRIDER__V1__MUTATION_OUTCOME__MUTATION_OUTCOME_MERGED;
	result->cleared = cleared;
	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(&outcome->lost, entity->fields[i].number) &&
		    !value_is_set(&row->values[i]))
			cleared[result->n_cleared++] = entity->fields[i].number;
	result->asked = asked;
	result->n_asked = list_fields(asked, entity, &outcome->asked);
	buffer_init(&fields, &allocator_libc, MERGED_BYTES);
	record_write(&fields, row, &outcome->lost);
	if (!fields.is_full) {
		result->fields.data = fields.at;
		result->fields.len = fields.len;
	}
	code = pack(out, result, arena, err);
	buffer_free(&fields);
	result->cleared = NULL;
	result->asked = NULL;
	result->fields.data = NULL;
	return code;
}

static enum outrider_code
pack_outcome(struct bytes *out, const struct write_outcome *outcome,
	     struct arena *arena, struct outrider_err *err)
{
	Result result = OUTRIDER__V1__MUTATION_RESULT__INIT;

	result.rev = outcome->row->rev;
	if (!field_set_is_empty(&outcome->lost))
		return pack_merged(out, &result, outcome, arena, err);
	result.outcome =
		OUTRIDER__V1__MUTATION_OUTCOME__MUTATION_OUTCOME_APPLIED;
	return pack(out, &result, arena, err);
}

/* Two people deleted the same record: both have what they wanted. */
static bool is_deleted_already(struct write_outcome *out,
			       const struct write_intent *intent,
			       enum outrider_code code, struct store_conn *tx,
			       struct arena *arena, struct outrider_err *err)
{
	struct outrider_err why = *err;

	if (intent->op == CHANGE_DELETE &&
	    code == OUTRIDER_FAILED_PRECONDITION &&
	    store_get(tx, &out->row, intent->entity, &intent->id, arena, err) ==
		    OUTRIDER_OK &&
	    out->row->deleted_us != 0)
		return true;
	*err = why;
	return false;
}

/* It is written: from here on a failure is no rejection but the call's. */
static enum outrider_code finish(struct sync_mutation *m, struct app_call *call,
				 const struct write_outcome *outcome,
				 struct arena *scratch,
				 struct outrider_err *err)
{
	enum outrider_code code =
		access_hide(outcome->row, &call->principal, scratch, err);

	return code == OUTRIDER_OK
		       ? pack_outcome(&m->result, outcome, &call->arena, err)
		       : code;
}

/* A record that was deleted and forgotten has a history, and no row. */
static enum outrider_code
is_forgotten(bool *out, const struct write_intent *intent,
	     struct store_conn *tx, struct arena *arena,
	     struct outrider_err *err)
{
	const struct store_history_query asked = {
		.id = intent->id,
		.kind = intent->entity->number,
		.limit = 1,
	};
	struct past past;
	struct row *row;
	size_t n;
	enum outrider_code code = store_past(tx, &past, &n, &asked, err);

	*out = false;
	if (code != OUTRIDER_OK || n == 0)
		return code;
	code = store_get(tx, &row, intent->entity, &intent->id, arena, err);
	*out = code == OUTRIDER_NOT_FOUND;
	if (*out)
		err_clear(err);
	return *out ? OUTRIDER_OK : code;
}

/* Does it meet what others wrote? */
static enum outrider_code
look_before(bool *is_unseen, struct write_intent *intent, struct store_conn *tx,
	    struct arena *arena, struct outrider_err *err)
{
	struct row *row;
	enum outrider_code code;

	if (intent->op == CHANGE_UPDATE)
		return raise_base(intent, is_unseen, tx, arena, err);
	if (intent->op != CHANGE_DELETE)
		return is_forgotten(is_unseen, intent, tx, arena, err);
	code = store_get(tx, &row, intent->entity, &intent->id, arena, err);
	if (code == OUTRIDER_OK)
		*is_unseen = row->rev > intent->base_rev;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* Out of an old backup nothing comes back that was deleted and forgotten. */
static enum outrider_code
write_upon(struct write_outcome *out, struct app *app, struct store_conn *tx,
	   const struct write_intent *intent, struct arena *scratch,
	   struct outrider_err *err)
{
	bool is_gone = false;
	enum outrider_code code = OUTRIDER_OK;

	if (intent->op == CHANGE_CREATE)
		code = is_forgotten(&is_gone, intent, tx, scratch, err);
	if (code == OUTRIDER_OK && is_gone)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this %s was deleted long ago",
			       intent->entity->name);
	return code == OUTRIDER_OK
		       ? write_record(out, app, tx, intent, scratch, err)
		       : code;
}

/*
 * write_record refuses before it writes, so a rejected one leaves no trace but
 * its result.
 */
static enum outrider_code
write_mutation(struct write_outcome *out, struct app_call *call,
	       struct write_intent *intent, struct store_conn *tx,
	       struct arena *scratch, struct outrider_err *err)
{
	const struct field_set sent = intent->which;
	bool is_unseen = false, is_done = false;
	enum outrider_code code;

	code = look_before(&is_unseen, intent, tx, scratch, err);
	if (code == OUTRIDER_OK && !is_unseen)
		code = write_record(out, call->app, tx, intent, scratch, err);
	if (code == OUTRIDER_ALREADY_EXISTS && intent->op == CHANGE_CREATE) {
		is_unseen = true;
		code = OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK && is_unseen) {
		code = sync_again(&is_done, out, intent, tx, scratch, err);
		if (code == OUTRIDER_OK && !is_done)
			code = write_upon(out, call->app, tx, intent, scratch,
					  err);
		if (code == OUTRIDER_OK && !is_done)
			sync_tell_rest(out, intent, &sent);
	}
	if (is_deleted_already(out, intent, code, tx, scratch, err))
		return OUTRIDER_OK;
	return code;
}

/* A meeting may come behind its own evidence. */
static bool is_new_meeting(const struct write_intent *intent,
			   const struct write_outcome *outcome)
{
	return intent->op == CHANGE_CREATE &&
	       intent->entity->number == KIND_MEETING && outcome->is_changed;
}

static enum outrider_code
try_mutation(struct sync_mutation *m, struct app_call *call,
	     struct store_conn *tx, struct arena *scratch,
	     struct outrider_err *err)
{
	struct write_intent intent = m->intent; /* it may have to run again */
	struct write_outcome outcome = { .row = NULL };
	enum outrider_code code;

	if (m->refusal.code != OUTRIDER_OK)
		return pack_rejection(&m->result, &m->refusal, &call->arena,
				      err);
	code = write_mutation(&outcome, call, &intent, tx, scratch, err);
	if (is_rejection(code))
		return pack_rejection(&m->result, err, &call->arena, err);
	if (code == OUTRIDER_OK && is_new_meeting(&intent, &outcome))
		code = visit_meeting_came(call->app, tx, outcome.row, false,
					  call_now_us(call), scratch, err);
	return code == OUTRIDER_OK ? finish(m, call, &outcome, scratch, err)
				   : code;
}

static enum outrider_code
restored_backup(struct app_call *call, struct outrider_err *err)
{
	call->reason = "RESTORED_BACKUP";
	return err_set(err, OUTRIDER_ABORTED, "first_seq",
		       "a number came again with another mutation: begin the "
		       "outbox anew");
}

static struct replay_key
key_of(const struct app_call *call, const struct sync_mutation *m)
{
	return (struct replay_key){
		.who = call->principal.device,
		.what = m->intent.incarnation,
		.seq = m->intent.seq,
	};
}

/* What was answered to it the first time. */
static enum outrider_code
answer_again(struct sync_mutation *m, struct sync_kept_reader *reader,
	     struct app_call *call, struct store_conn *tx,
	     struct outrider_err *err)
{
	const struct replay_key key = key_of(call, m);
	struct bytes hash;
	enum outrider_code code = sync_kept_read(reader, &hash, &m->result, tx,
						 &key, &call->arena, err);

	if (code == OUTRIDER_NOT_FOUND)
		return restored_backup(call, err);
	if (code != OUTRIDER_OK)
		return code;
	if (memcmp(hash.at, m->hash, sizeof(m->hash)) != 0)
		return restored_backup(call, err);
	return OUTRIDER_OK;
}

/* All that this write gave, under the number of the last one. */
static enum outrider_code
keep_answers(const struct sync_mutation *last, const struct buffer *kept,
	     struct app_call *call, struct store_conn *tx,
	     struct outrider_err *err)
{
	const struct replay_key key = key_of(call, last);
	const struct replay replay = {
		.at_us = call_now_us(call),
		.result = { kept->at, kept->len },
	};

	return replay_put(tx, &key, &replay, err);
}

static enum outrider_code check_gap(struct app_call *call, uint64_t next_seq,
				    uint64_t last_seq, struct outrider_err *err)
{
	const struct push *push = call->state;

	/* It asks whether it is to be wiped, and what became of its numbers in
	 * a backup doesn't matter any more. */
	if (call->wipe && push->n == 0)
		return OUTRIDER_OK;
	if (next_seq <= last_seq + 1 && push->acked_seq <= last_seq)
		return OUTRIDER_OK;
	call->reason = "GAP";
	return err_set(err, OUTRIDER_FAILED_PRECONDITION, "first_seq",
		       "this server has seen the mutations up to number %llu",
		       (unsigned long long)last_seq);
}

/* Has the closure had its time, or as many answers as are kept together? */
static bool is_enough(const struct app_call *call, int64_t begun_us,
		      const struct buffer *kept, struct store_conn *tx)
{
	const struct context *context = call_context(call);
	const int64_t took_us = context->mono_us(context->user) - begun_us;

	return took_us >= CHUNK_MAX_US || sync_kept_is_enough(kept) ||
	       (took_us >= CHUNK_US && store_is_awaited(tx));
}

/* Runs those that are next, or answers them again. */
static enum outrider_code run_some(struct app_call *call, struct buffer *kept,
				   struct store_conn *tx, uint64_t last_seq,
				   struct outrider_err *err)
{
	struct push *push = call->state;
	const struct context *context = call_context(call);
	const int64_t begun_us = context->mono_us(context->user);
	struct sync_kept_reader reader = { .next_seq = 0 };
	struct arena scratch;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&scratch, &allocator_libc, WRITE_MEMORY);
	push->reached = push->done; /* it may have to run again */
	while (code == OUTRIDER_OK && push->reached < push->n) {
		struct sync_mutation *m = &push->mutations[push->reached++];

		if (m->intent.seq <= last_seq) {
			code = answer_again(m, &reader, call, tx, err);
		} else {
			code = try_mutation(m, call, tx, &scratch, err);
			if (code == OUTRIDER_OK && !sync_kept_add(kept, m))
				code = err_call_full(err);
		}
		arena_reset(&scratch);
		if (is_enough(call, begun_us, kept, tx))
			break;
	}
	arena_free(&scratch);
	return code;
}

static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct push *push = call->state;
	const struct uuid *device = &call->principal.device;
	struct buffer kept;
	uint64_t last_seq;
	enum outrider_code code;

	code = replay_last_seq(tx, &last_seq, device, &push->incarnation, err);
	if (code == OUTRIDER_OK)
		code = check_gap(call, push->first_seq + push->done, last_seq,
				 err);
	if (code == OUTRIDER_OK && push->done == 0)
		code = replay_forget(tx, device, &push->incarnation,
				     push->acked_seq,
				     call_now_us(call) - FORGET_US, err);
	sync_kept_init(&kept);
	if (code == OUTRIDER_OK)
		code = run_some(call, &kept, tx, last_seq, err);
	if (code == OUTRIDER_OK && kept.len > 0)
		code = keep_answers(&push->mutations[push->reached - 1], &kept,
				    call, tx, err);
	buffer_free(&kept);
	return code;
}

/* ----------------------------------------------------- on the worker again */

/* A revision that follows the one before it goes without saying: the results
 * of a full outbox are mostly that. */
static void
append_result(struct buffer *reply, struct bytes result, uint64_t *before)
{
	struct wire_field rev = { .number = 0 };
	bool has_rev = wire_find(&rev, result, RESULT_REV);
	size_t head = result.len, skip = 0;

	if (has_rev && *before > 0 && rev.scalar == *before + 1) {
		head = (size_t)(rev.whole.at - result.at);
		skip = rev.whole.len;
	}
	if (has_rev)
		*before = rev.scalar;
	wire_put_varint(reply, RESPONSE_RESULTS << 3 | WIRE_LEN);
	wire_put_varint(reply, result.len - skip);
	buffer_append(reply, result.at, head);
	buffer_append(reply, result.at + head + skip, result.len - head - skip);
}

static enum outrider_code reply(struct app_call *call)
{
	const struct push *push = call->state;
	uint64_t rev = 0;

	buffer_clear(&call->reply);
	for (size_t i = 0; i < push->n; i++)
		append_result(&call->reply, push->mutations[i].result, &rev);
	wire_put_scalar(&call->reply, RESPONSE_SERVER_TIME_US,
			(uint64_t)call_now_us(call));
	wipes_append_order(call, RESPONSE_WIPE);
	return call_reply_written(call);
}

static enum outrider_code after_chunk(struct app_call *call)
{
	struct push *push = call->state;

	push->done = push->reached;
	if (push->done < push->n)
		return call_write(call, run_chunk, after_chunk);
	return reply(call);
}

static enum outrider_code check_limits(const struct app_call *call,
				       const Request *request,
				       struct outrider_err *err)
{
	if (request->incarnation.len != sizeof(struct uuid))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "incarnation",
			       "an incarnation has 16 bytes");
	if (request->first_seq == 0 || request->first_seq > SEQ_MAX ||
	    request->acked_seq >= request->first_seq)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "first_seq",
			       "numbers begin at 1 and follow those that were "
			       "answered");
	if (request->n_mutations > 1 && call->request.len > REQUEST_BYTES)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "mutations",
			       "more than 64 KiB of mutations in one call");
	return OUTRIDER_OK;
}

enum outrider_code sync_push_start(struct app_call *call)
{
	const Request *request =
		call_unpack(call, &outrider__v1__push_request__descriptor);
	struct push *push = arena_alloc(&call->arena, sizeof(*push));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = check_limits(call, request, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (!push)
		return err_call_full(&call->err);
	memcpy(push->incarnation.at, request->incarnation.data,
	       sizeof(push->incarnation.at));
	push->first_seq = request->first_seq;
	push->acked_seq = request->acked_seq;
	push->n = request->n_mutations;
	push->mutations = arena_alloc(&call->arena,
				      push->n * sizeof(*push->mutations) + 1);
	if (!push->mutations)
		return err_call_full(&call->err);
	for (size_t i = 0; i < push->n; i++) {
		if (!sync_mutation_read(&push->mutations[i], call, request, i))
			return err_call_full(&call->err);
		if (call->principal.is_locked_out)
			err_set(&push->mutations[i].refusal,
				OUTRIDER_PERMISSION_DENIED, NULL,
				"this user is locked out");
	}
	call->state = push;
	return call_write(call, run_chunk, after_chunk);
}
