/*
 * SubmitEvidence: entries of the calling device's chain.
 *
 * Everything is decided on the worker, against one snapshot: which entries
 * verify and follow each other, what they say, which is refused and why, and
 * the receipt for the head that will stand. The write then only asks whether
 * the chain still ends where the snapshot saw it end; if another call of the
 * same device was faster, this one is ABORTED and may be sent again. So a
 * closure signs and verifies nothing, and the receipt is in the same commit as
 * what it vouches for.
 */
#include "app/visits_parts.h"

#include "app/evidence_check.h"
#include "app/keys.h"
#include "app/parts.h"
#include "app/visits_chain.h"
#include "app/visits_near.h"
#include "app/visits_spoof.h"

#include <stdio.h>
#include <string.h>

typedef Outrider__V1__SubmitEvidenceRequest Request;
typedef Outrider__V1__SubmitEvidenceResponse Response;
typedef Outrider__V1__EvidenceResult Result;

enum {
	CHUNK = 8, /* entries of one closure: under 5 ms */
	ENTRY_MEMORY = 2 << 20,
	REASON_MAX = 100,
};

/* A phone's clock may be ahead by this much. */
#define AHEAD_MAX_US (INT64_C(5) * 60 * 1000000)

/* An entry that will be held. */
struct taken {
	struct evidence entry;
	struct visit_finding finding;
	struct track track;
};

struct submission {
	struct identity_device device;
	struct chain_view chain;  /* as it is, and as it will be */
	struct chain_end *added;  /* the chain's */
	struct bytes last_header; /* at that end; empty: of none */
	struct taken *taken;
	struct spoof_earlier *earlier; /* the same, to be compared with */
	size_t n_sent;
	size_t n_taken, written;
	bool has_gap; /* a loss was declared */
	Result **results;
	size_t n_results;
	/* What the managers are shown beside the findings. */
	struct alert *alerts;
	size_t n_alerts;
	struct evidence_receipt receipt;
	bool has_new_receipt;
};

static struct bytes bytes_of(ProtobufCBinaryData data)
{
	return (struct bytes){ .at = data.data, .len = data.len };
}

/* --------------------------------------------------------------- decisions */

/* The snapshot's own memory is small, and goes at once. */
static enum outrider_code find_place(struct app_call *call,
				     struct chain_place *out,
				     const struct evidence_claim *claim)
{
	struct submission *s = call->state;
	struct arena scratch;
	enum outrider_code code;

	arena_init(&scratch, &allocator_libc, ENTRY_MEMORY);
	code = chain_find_place(out, call_conn(call), &s->chain, &claim->header,
				claim->hash, &scratch, &call->err);
	arena_free(&scratch);
	return code;
}

static enum outrider_code judge_plan(struct app_call *call,
				     struct visit_finding *finding,
				     int64_t opened_us)
{
	struct row *meeting;
	struct arena scratch;
	enum outrider_code code;

	arena_init(&scratch, &allocator_libc, ENTRY_MEMORY);
	code = store_get(call_conn(call), &meeting, schema_entity(KIND_MEETING),
			 &finding->meeting, &scratch, &call->err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		meeting = NULL;
		code = OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		code = plan_judge(finding, call_conn(call), meeting, opened_us,
				  &scratch, &call->err);
	/* A stranger's evidence finds out nothing about the place. */
	if (code == OUTRIDER_OK && meeting &&
	    meeting_has_rep(meeting, &finding->rep))
		code = visit_find_neighbours(finding, call_conn(call), meeting,
					     &scratch, &call->err);
	arena_free(&scratch);
	return code;
}

/* Against what came before it, and beside it. */
static enum outrider_code look_for_spoofing(struct app_call *call,
					    struct taken *taken,
					    const struct evidence_claim *claim)
{
	struct submission *s = call->state;
	size_t number = s->n_taken - 1;
	const struct spoof_case about = {
		.claim = claim,
		.device = &s->device,
		.last_header = s->last_header,
		.batch = s->earlier,
		.n_batch = number,
		.n_call = s->n_sent,
		.is_after_gap = s->has_gap,
	};
	enum outrider_code code =
		visits_spoof_add(&taken->finding, &taken->track, call, &about);

	s->earlier[number] = (struct spoof_earlier){
		.cell = taken->track.cell,
		.content = taken->entry.content,
	};
	s->last_header = taken->entry.header;
	return code;
}

static enum outrider_code take(struct app_call *call,
			       const struct evidence_claim *claim,
			       const struct evidence_bytes *bytes)
{
	struct submission *s = call->state;
	struct taken *taken = &s->taken[s->n_taken++];
	int64_t opened_us = claim->content.opened_us;
	const char *fault = NULL;

	/* The phone says when it opened: never later than it should have. */
	if (opened_us > claim->content.plan.start_us)
		opened_us = claim->content.plan.start_us;
	taken->entry = (struct evidence){
		.device = s->device.id,
		.number = claim->header.number,
		.header = bytes->header,
		.signature = bytes->signature,
		.salt = bytes->salt,
		.content = bytes->content,
		.received_us = call_now_us(call),
	};
	memcpy(taken->entry.meeting.at, claim->header.meeting_id,
	       sizeof(taken->entry.meeting.at));
	memcpy(taken->entry.hash, claim->hash, sizeof(claim->hash));
	finding_of_claim(&taken->finding, claim, &s->device, call_now_us(call));
	s->added[s->chain.n_added].number = claim->header.number;
	memcpy(s->added[s->chain.n_added++].hash, claim->hash,
	       sizeof(claim->hash));
	if (claim->finding == EVIDENCE_DIFFERENT)
		fault = "its verdict doesn't follow from its fixes";
	if (claim->content.closed_us > call_now_us(call) + AHEAD_MAX_US) {
		fault = "it tells of a time that had not come yet";
		taken->finding.certainty = VISIT_DOUBTFUL;
	}
	if (fault)
		alert_of_bad_evidence(&s->alerts[s->n_alerts++], &s->device,
				      claim->header.number, fault,
				      call_now_us(call));
	if (judge_plan(call, &taken->finding, opened_us) != OUTRIDER_OK)
		return call->err.code;
	return look_for_spoofing(call, taken, claim);
}

/*
 * A number that the device didn't sign is worth nothing: what doesn't verify
 * is told of the entry that was due. How many alerts there may be is alerts.h's
 * to say.
 */
static void refuse(struct app_call *call, const struct evidence_claim *claim,
		   const char *reason, bool is_cut)
{
	struct submission *s = call->state;
	uint64_t number = chain_view_end(&s->chain)->number + 1;
	char device[UUID_TEXT_LEN + 1];

	if (claim->is_signed && claim->header.number < number)
		number = claim->header.number;
	if (is_cut)
		alert_of_chain_gap(&s->alerts[s->n_alerts++], &s->device,
				   number, reason, call_now_us(call));
	else
		alert_of_bad_evidence(&s->alerts[s->n_alerts++], &s->device,
				      number, reason, call_now_us(call));
	uuid_format(device, &s->device.id);
	context_log(call_context(call), LOG_LEVEL_WARNING,
		    "visits.evidence_refused", "device=%s number=%llu", device,
		    (unsigned long long)number);
}

/* Taken, and told as any cut of the chain is. */
static enum outrider_code tell_loss(struct app_call *call, Result *result,
				    const struct evidence_claim *claim,
				    uint64_t n_lost)
{
	static const char form[] = "it says itself that the phone lost %llu "
				   "entr%s before it";
	const char *end = n_lost == 1 ? "y" : "ies";
	struct submission *s = call->state;
	char *reason = arena_alloc(&call->arena, REASON_MAX);

	if (!reason)
		return err_call_full(&call->err);
	snprintf(reason, REASON_MAX, form, (unsigned long long)n_lost, end);
	result->reason = reason;
	s->has_gap = true;
	alert_of_chain_gap(&s->alerts[s->n_alerts++], &s->device,
			   claim->header.number, reason, call_now_us(call));
	return OUTRIDER_OK;
}

/* *is_refused: nothing behind it is looked at. */
static enum outrider_code decide(struct app_call *call, bool *is_refused,
				 const Outrider__V1__EvidenceEntry *sent)
{
	struct submission *s = call->state;
	const struct evidence_bytes bytes = {
		.header = bytes_of(sent->header),
		.signature = bytes_of(sent->signature),
		.salt = bytes_of(sent->salt),
		.content = bytes_of(sent->content),
	};
	struct evidence_claim claim;
	Result *result = arena_alloc(&call->arena, sizeof(*result));
	struct chain_place place = { .reason = NULL };
	const char *reason;
	enum outrider_code code;

	if (!result)
		return err_call_full(&call->err);
	outrider__v1__evidence_result__init(result);
	s->results[s->n_results++] = result;
	reason = evidence_check(&claim, &bytes, &s->device.id,
				s->device.signing_key);
	if (!reason) {
		code = find_place(call, &place, &claim);
		if (code != OUTRIDER_OK)
			return code;
		reason = place.reason;
	}
	result->number = claim.header.number;
	result->is_taken = !reason;
	*is_refused = reason != NULL;
	if (reason) {
		result->reason = (char *)(uintptr_t)reason;
		refuse(call, &claim, reason, place.is_cut);
		return OUTRIDER_OK;
	}
	if (place.n_lost > 0) {
		code = tell_loss(call, result, &claim, place.n_lost);
		if (code != OUTRIDER_OK)
			return code;
	}
	return place.is_held ? OUTRIDER_OK : take(call, &claim, &bytes);
}

/* The receipt for the chain as it will stand, or that which it has. */
static enum outrider_code make_receipt(struct app_call *call)
{
	struct submission *s = call->state;
	const struct chain_end *end = chain_view_end(&s->chain);
	struct chain_statement statement = { .number = end->number };
	struct evidence_receipt *given;
	uint8_t *bytes;
	size_t n;
	enum outrider_code code;

	if (end->number == 0)
		return OUTRIDER_OK;
	const struct receipt_query asked = {
		.device = s->device.id,
		.from = end->number,
		.until = end->number,
		.limit = 1,
	};
	code = receipt_list(call_conn(call), &given, &n, &asked, &call->arena,
			    &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (n > 0) {
		s->receipt = given[0];
		return OUTRIDER_OK;
	}
	bytes = arena_alloc(&call->arena,
			    CHAIN_STATEMENT_LEN + EVIDENCE_SIGNATURE_LEN);
	if (!bytes)
		return err_call_full(&call->err);
	if (call_context(call)->is_demo)
		statement.flags = CHAIN_DEMO_CLOCK;
	statement.at_us = call_now_us(call);
	memcpy(statement.device_id, s->device.id.at,
	       sizeof(statement.device_id));
	memcpy(statement.head, end->hash, sizeof(statement.head));
	chain_statement_write(bytes, &statement);
	evidence_sign_statement(bytes + CHAIN_STATEMENT_LEN, bytes,
				call->app->config.keys->sign_secret);
	s->receipt = (struct evidence_receipt){
		.device = s->device.id,
		.number = end->number,
		.at_us = statement.at_us,
		.statement = { .at = bytes, .len = CHAIN_STATEMENT_LEN },
		.signature = { .at = bytes + CHAIN_STATEMENT_LEN,
			       .len = EVIDENCE_SIGNATURE_LEN },
	};
	s->has_new_receipt = true;
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------------- writing */

static enum outrider_code check_end(const struct submission *s,
				    struct store_conn *tx, struct arena *arena,
				    struct outrider_err *err)
{
	const struct chain_end *end = s->written > 0 ? &s->added[s->written - 1]
						     : &s->chain.held;
	struct evidence head;
	enum outrider_code code;

	code = evidence_head(tx, &head, &s->device.id, arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	if (head.number == end->number &&
	    memcmp(head.hash, end->hash, sizeof(head.hash)) == 0)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_ABORTED, NULL,
		       "another call of this device was at work: send the "
		       "evidence again");
}

enum weight {
	WEIGHT_TELLS,	 /* takes the place of what stands */
	WEIGHT_NONE,	 /* is kept in its chain, and no more */
	WEIGHT_DISPUTES, /* makes what stands doubtful */
};

/*
 * A phone can sign any plan that suits it: what was judged by one that the
 * server never saw doesn't replace what was judged by one that it saw, and what
 * was judged by the plan that was agreed on stays, whatever it was changed to
 * when it was too late. And whoever enrols a second device for a user can sign
 * in their name: where two devices tell different things, neither is certain.
 */
static enum weight
weigh(const struct visit_finding *standing, const struct visit_finding *finding)
{
	bool is_other = uuid_compare(&standing->device, &finding->device) != 0;

	if (standing->plan_seen_us == 0)
		return WEIGHT_TELLS;
	if (finding->plan_seen_us == 0)
		return WEIGHT_NONE;
	if (standing->is_plan_agreed && !finding->is_plan_agreed &&
	    standing->word != VISIT_NO_DATA)
		return WEIGHT_NONE;
	if (!is_other || standing->word == VISIT_NO_DATA)
		return WEIGHT_TELLS;
	if (finding->word == VISIT_NO_DATA || finding->word == standing->word)
		return WEIGHT_NONE;
	return WEIGHT_DISPUTES;
}

static enum outrider_code
tell_finding(struct app_call *call, struct store_conn *tx,
	     const struct visit_finding *finding, struct arena *arena,
	     struct outrider_err *err)
{
	enum outrider_code code = visit_put(tx, finding, err);

	if (code == OUTRIDER_OK)
		code = visit_announce(call->app, tx, finding, arena, err);
	return code;
}

static enum outrider_code dispute(struct app_call *call, struct store_conn *tx,
				  struct visit_finding *standing,
				  const struct visit_finding *finding,
				  struct arena *arena, struct outrider_err *err)
{
	const struct submission *s = call->state;
	struct alert *alert = arena_alloc(arena, sizeof(*alert));

	if (!alert)
		return err_call_full(err);
	alert_of_bad_evidence(alert, &s->device, finding->number,
			      "another device of the same user tells otherwise "
			      "of the meeting",
			      call_now_us(call));
	standing->certainty = VISIT_DOUBTFUL;
	if (alert_raise(call->app, tx, alert, arena, err) != OUTRIDER_OK)
		return err->code;
	return tell_finding(call, tx, standing, arena, err);
}

static enum outrider_code
write_entry(struct app_call *call, struct store_conn *tx,
	    const struct taken *taken, struct arena *arena,
	    struct outrider_err *err)
{
	const struct visit_finding *finding = &taken->finding;
	enum weight weight = WEIGHT_TELLS;
	struct visit_finding standing;
	enum outrider_code code = evidence_put(tx, &taken->entry, err);

	if (code == OUTRIDER_OK)
		code = track_put(tx, &taken->track, err);
	if (code != OUTRIDER_OK)
		return code;
	code = visit_get(tx, &standing, &finding->meeting, &finding->rep, err);
	if (code == OUTRIDER_OK)
		weight = weigh(&standing, finding);
	else if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	switch (weight) {
	case WEIGHT_TELLS:
		return tell_finding(call, tx, finding, arena, err);
	case WEIGHT_DISPUTES:
		return dispute(call, tx, &standing, finding, arena, err);
	case WEIGHT_NONE:
		break;
	}
	return OUTRIDER_OK;
}

/* What is said once everything else stands. */
static enum outrider_code write_end(struct app_call *call,
				    struct store_conn *tx, struct arena *arena,
				    struct outrider_err *err)
{
	const struct submission *s = call->state;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < s->n_alerts && code == OUTRIDER_OK; i++)
		code = alert_raise(call->app, tx, &s->alerts[i], arena, err);
	if (code == OUTRIDER_OK && s->has_new_receipt)
		code = receipt_put(tx, &s->receipt, err);
	return code;
}

static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct submission *s = call->state;
	size_t until = s->written + CHUNK;
	struct arena scratch;
	enum outrider_code code;

	arena_init(&scratch, &allocator_libc, ENTRY_MEMORY);
	code = check_end(s, tx, &scratch, err);
	for (size_t i = s->written;
	     code == OUTRIDER_OK && i < until && i < s->n_taken; i++) {
		arena_reset(&scratch);
		code = write_entry(call, tx, &s->taken[i], &scratch, err);
	}
	arena_reset(&scratch);
	if (code == OUTRIDER_OK && until >= s->n_taken)
		code = write_end(call, tx, &scratch, err);
	arena_free(&scratch);
	return code;
}

/* ------------------------------------------------------------------ answer */

static enum outrider_code reply(struct app_call *call)
{
	const struct submission *s = call->state;
	Outrider__V1__Receipt receipt = OUTRIDER__V1__RECEIPT__INIT;
	Response response = OUTRIDER__V1__SUBMIT_EVIDENCE_RESPONSE__INIT;

	response.results = s->results;
	response.n_results = s->n_results;
	if (chain_view_end(&s->chain)->number > 0) {
		receipt.statement.data =
			(uint8_t *)(uintptr_t)s->receipt.statement.at;
		receipt.statement.len = s->receipt.statement.len;
		receipt.signature.data =
			(uint8_t *)(uintptr_t)s->receipt.signature.at;
		receipt.signature.len = s->receipt.signature.len;
		response.receipt = &receipt;
	}
	return call_reply(call, &response.base);
}

static enum outrider_code after_chunk(struct app_call *call)
{
	struct submission *s = call->state;

	s->written += CHUNK;
	if (s->written < s->n_taken)
		return call_write(call, run_chunk, after_chunk);
	return reply(call);
}

/* In one snapshot: the device, its chain, and what becomes of each entry. */
static enum outrider_code look_at(struct app_call *call, const Request *request)
{
	struct submission *s = call->state;
	struct evidence head;
	bool is_refused = false;
	enum outrider_code code;

	code = identity_device_get(call_conn(call), &s->device,
				   &call->principal.device, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	s->chain.device = s->device.id;
	code = evidence_head(call_conn(call), &head, &s->device.id,
			     &call->arena, &call->err);
	if (code == OUTRIDER_OK) {
		s->chain.held.number = head.number;
		memcpy(s->chain.held.hash, head.hash, sizeof(head.hash));
		s->last_header = head.header;
	} else if (code != OUTRIDER_NOT_FOUND) {
		return code;
	}
	err_clear(&call->err);
	code = OUTRIDER_OK;
	for (size_t i = 0;
	     i < request->n_entries && code == OUTRIDER_OK && !is_refused; i++)
		code = decide(call, &is_refused, request->entries[i]);
	return code == OUTRIDER_OK ? make_receipt(call) : code;
}

enum outrider_code visits_submit_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__submit_evidence_request__descriptor);
	struct submission *s = arena_alloc(&call->arena, sizeof(*s));
	uint64_t rev;
	size_t n;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!s)
		return err_call_full(&call->err);
	n = request->n_entries;
	s->taken = arena_alloc(&call->arena, n * sizeof(s->taken[0]) + 1);
	s->earlier = arena_alloc(&call->arena, n * sizeof(s->earlier[0]) + 1);
	s->added = arena_alloc(&call->arena, n * sizeof(s->added[0]) + 1);
	s->chain.added = s->added;
	s->n_sent = n;
	s->results = arena_alloc(&call->arena, n * sizeof(Result *) + 1);
	/* A loss, and a fault of the same entry. */
	s->alerts = arena_alloc(&call->arena, 2 * n * sizeof(s->alerts[0]) + 1);
	if (!s->taken || !s->added || !s->earlier || !s->results || !s->alerts)
		return err_call_full(&call->err);
	call->state = s;
	code = store_read_begin(call_conn(call), &rev, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = look_at(call, request);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	if (s->n_taken == 0 && s->n_alerts == 0 && !s->has_new_receipt)
		return reply(call);
	return call_write(call, run_chunk, after_chunk);
}
