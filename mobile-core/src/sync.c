/*
 * sync: the state machine of sync.h as a table, and what comes next when a call
 * has ended. What is said in each state is sync_say's, what is heard
 * sync_hear's.
 */
#include "sync.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "evidence.h"
#include "files_sync.h"
#include "pull.h"
#include "push.h"
#include "rpc.h"
#include "sync_hear.h"
#include "sync_parts.h"
#include "sync_say.h"
#include "tracker.h"
#include "wipe.h"

#define SECOND_US INT64_C(1000000)

enum {
	REQUEST_MAX = 1 << 20,
	RETRY_FIRST_S = 5,
	RETRY_MAX_S = 900,
	SILENCE_MAX_S = 120, /* a call without a word is given up */
};

/* moves[from]: a bit for each state that may follow. */
#define TO(state) (1U << (state))
/* The stages of the cards, from the first one that has something to say. */
#define CARDS                                                               \
	(TO(SYNC_OFFER) | TO(SYNC_UPLOAD) | TO(SYNC_PUSH) | TO(SYNC_PULL) | \
	 TO(SYNC_COMPARE) | TO(SYNC_REPAIR) | TO(SYNC_FETCH))
/* Where a phone that is to be wiped is refused: it asks why. */
#define MAY_BE_WIPED (TO(SYNC_EVIDENCE) | TO(SYNC_POSITIONS) | CARDS)
static const unsigned moves[SYNC_STATES] = {
	[SYNC_WIPE] = TO(SYNC_IDLE),
	[SYNC_IDLE] = TO(SYNC_IDLE) | TO(SYNC_WIPE) | TO(SYNC_ENROLL) |
		      TO(SYNC_EVIDENCE) | TO(SYNC_POSITIONS) |
		      TO(SYNC_CONTACT) | CARDS,
	[SYNC_ENROLL] = TO(SYNC_IDLE),
	[SYNC_EVIDENCE] = TO(SYNC_EVIDENCE) | TO(SYNC_POSITIONS) |
			  TO(SYNC_CONTACT) | CARDS | TO(SYNC_IDLE),
	[SYNC_POSITIONS] = TO(SYNC_CONTACT) | CARDS | TO(SYNC_IDLE),
	[SYNC_CONTACT] = TO(SYNC_IDLE) | TO(SYNC_PUSH) | TO(SYNC_WIPE),
	[SYNC_OFFER] = CARDS | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_UPLOAD] = CARDS | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_PUSH] = CARDS | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_PULL] = CARDS | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_COMPARE] = TO(SYNC_PULL) | TO(SYNC_REPAIR) | TO(SYNC_FETCH) |
			 TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_REPAIR] = TO(SYNC_PULL) | TO(SYNC_COMPARE) | TO(SYNC_REPAIR) |
			TO(SYNC_FETCH) | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
	[SYNC_FETCH] = TO(SYNC_FETCH) | TO(SYNC_CONTACT) | TO(SYNC_IDLE),
};

static const char *const methods[SYNC_STATES] = {
	[SYNC_ENROLL] = "/outrider.v1.AuthService/EnrollDevice",
	[SYNC_EVIDENCE] = "/outrider.v1.VisitService/SubmitEvidence",
	[SYNC_POSITIONS] = "/outrider.v1.PositionService/ReportPosition",
	[SYNC_CONTACT] = "/outrider.v1.SyncService/Push",
	[SYNC_OFFER] = "/outrider.v1.AttachmentService/StartUpload",
	[SYNC_UPLOAD] = "/outrider.v1.AttachmentService/UploadChunk",
	[SYNC_PUSH] = "/outrider.v1.SyncService/Push",
	[SYNC_WIPE] = "/outrider.v1.AuthService/SubmitWipeReceipt",
	[SYNC_PULL] = "/outrider.v1.SyncService/Pull",
	[SYNC_COMPARE] = "/outrider.v1.SyncService/Compare",
	[SYNC_REPAIR] = "/outrider.v1.SyncService/Repair",
	[SYNC_FETCH] = "/outrider.v1.AttachmentService/ReadContent",
};

static void move(struct outrider *core, enum sync_state to)
{
	bool may = moves[core->sync.state] & TO(to);

	assert(may);
	(void)may;
	if (to != SYNC_PUSH)
		push_forget_wait(core);
	core->sync.state = to;
}

/* ------------------------------------------------------------------- calls */

/* The call that belongs to the state. */
static void
send(struct outrider *core, enum sync_state state, const struct buffer *request)
{
	struct sync *sync = &core->sync;

	move(core, state);
	sync->call = ++sync->last_call;
	sync->n_calls++;
	sync->n_answers = 0;
	sync->call_mono_us = core->host.mono_us(core->host.user);
	core->host.send(core->host.user, sync->call, methods[state],
			state == SYNC_ENROLL ? NULL : core->device.token,
			request->at, request->len);
}

void sync_send_ready(struct outrider *core)
{
	struct buffer request;

	if (!push_take_ready(core, &request))
		return;
	send(core, SYNC_PUSH, &request);
	buffer_free(&request);
}

static void cancel(struct outrider *core)
{
	uint64_t call = core->sync.call;

	core->sync.call = 0;
	if (call != 0 && core->host.cancel != NULL)
		core->host.cancel(core->host.user, call);
}

/* ----------------------------------------------------------------- the end */

/* Five seconds, ten, twenty..., each shortened by chance so that phones that
 * lost the server together don't come back together. */
static int64_t retry_wait_us(struct outrider *core)
{
	int64_t wait_s = RETRY_FIRST_S;
	uint32_t chance = 0;
	struct outrider_err err;

	for (unsigned i = 1; i < core->sync.n_failures && wait_s < RETRY_MAX_S;
	     i++)
		wait_s *= 2;
	if (wait_s > RETRY_MAX_S)
		wait_s = RETRY_MAX_S;
	if (core_random(core, &chance, sizeof(chance), &err) != OUTRIDER_OK)
		chance = 0;
	return wait_s * SECOND_US / 2 +
	       wait_s * SECOND_US / 2 * (int64_t)(chance % 1024) / 1024;
}

void sync_end_with(struct outrider *core, enum outrider_code code,
		   const char *text)
{
	struct sync *sync = &core->sync;
	bool was_enrolling = sync->state == SYNC_ENROLL;

	if (sync->state == SYNC_PUSH && (code == OUTRIDER_DEADLINE_EXCEEDED ||
					 code == OUTRIDER_RESOURCE_EXHAUSTED))
		push_came_to_nothing(core);
	cancel(core);
	move(core, SYNC_IDLE);
	sync->retry_us = 0;
	if (was_enrolling) {
		events_push(&core->events, OUTRIDER_EVENT_ENROLL_FAILED, NULL,
			    code, "%s", text);
		return;
	}
	/* What a later try may mend is tried again by itself. */
	if (code_is_retryable(code) || code == OUTRIDER_UNKNOWN ||
	    code == OUTRIDER_INTERNAL) {
		sync->n_failures++;
		sync->retry_us = core->now_us + retry_wait_us(core);
	}
	events_push(&core->events, OUTRIDER_EVENT_SYNC_FAILED, NULL, code, "%s",
		    text);
}

/* The server has answered to this device: its lease runs anew. */
static void renew_lease(struct outrider *core)
{
	struct outrider_err err;
	enum outrider_code code = core_begin(core, &err);

	if (code == OUTRIDER_OK) {
		core_touch(core, CORE_DEVICE);
		device_renew_lease(core);
		code = core_finish(core, device_save(core, &err), &err);
	}
	/* The next sync renews it: not worth failing this one. */
	if (code != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_WARNING, "lease: %s",
			 code_name(code));
}

static void end_well(struct outrider *core)
{
	struct sync *sync = &core->sync;

	/* The last page did it already. */
	if (sync->was_heard && !sync->is_pull_over)
		renew_lease(core);
	if (sync->trouble != OUTRIDER_OK) {
		sync_end_with(core, sync->trouble, sync->trouble_text);
		return;
	}
	move(core, SYNC_IDLE);
	push_came_through(core);
	sync->n_failures = 0;
	sync->retry_us = 0;
	events_count(&core->events, OUTRIDER_EVENT_SYNC_DONE, sync->pulled,
		     sync->pushed);
	watch_sync_ended(core);
}

/* A stage can't go on, but those behind it can: told at the end. */
void sync_note_trouble(struct outrider *core, enum outrider_code code,
		       const char *reason, const char *text)
{
	struct sync *sync = &core->sync;

	if (sync->trouble != OUTRIDER_OK)
		return;
	sync->trouble = code;
	snprintf(sync->trouble_text, sizeof(sync->trouble_text), "%s%s%s",
		 reason, reason[0] != 0 ? ": " : "", text);
}

/* --------------------------------------------------------------- the stages */

void sync_go_on(struct outrider *core, enum sync_state from)
{
	struct outrider_err err;
	struct buffer request;
	enum outrider_code code;

	buffer_init(&request, &core->allocator, REQUEST_MAX);
	code = sync_say(core, &request, &from, &err);
	if (code != OUTRIDER_OK)
		sync_end_with(core, code, err.text);
	else if (request.len > 0)
		send(core, from, &request);
	else
		end_well(core);
	buffer_free(&request);
	if (core->sync.state == SYNC_PUSH)
		push_use_wait(core);
}

/* ------------------------------------------------------------------ outside */

enum outrider_code sync_start(struct outrider *core, struct outrider_err *err)
{
	struct sync *sync = &core->sync;

	if (!core->device.is_enrolled)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This device is not enrolled.");
	/* The answer has come, its end hasn't: right behind it. */
	sync->is_asked = sync->state == SYNC_ENROLL;
	if (sync->state != SYNC_IDLE)
		return OUTRIDER_OK;
	sync->pushed = sync->pulled = 0;
	sync->was_heard = sync->is_push_refused = sync->is_pull_over = false;
	sync->has_begun_anew = sync->has_renewed = sync->pushes_again = false;
	sync->must_contact = false;
	sync->trouble = OUTRIDER_OK;
	sync->compare = (struct compare){ .is_over = false };
	files_sync_begin(core);
	sync_go_on(core, SYNC_EVIDENCE);
	/* The first request is on its way, and all is ready for its answer. */
	if (sync->call != 0)
		replica_use_wait(core->replica);
	return OUTRIDER_OK;
}

enum outrider_code sync_check(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, pull_ask_proof(core, err), err);
	return code == OUTRIDER_OK ? sync_start(core, err) : code;
}

enum outrider_code sync_enroll(struct outrider *core, const char *code,
			       const char *device_name,
			       struct outrider_err *err)
{
	uint8_t signing_key[VAULT_KEY_LEN];
	struct buffer request;
	enum outrider_code result;

	buffer_init(&request, &core->allocator, REQUEST_MAX);
	vault_signing_key(core->vault, signing_key);
	result = rpc_write_enroll(&request, code, &core->device.id, device_name,
				  signing_key, err);
	if (result == OUTRIDER_OK)
		send(core, SYNC_ENROLL, &request);
	buffer_free(&request);
	return result;
}

/* ------------------------------------------------------------------ answers */

/* An answer that can't be taken ends the call. */
static void
give_up(struct outrider *core, enum outrider_code code, const char *text)
{
	if ((core->sync.state != SYNC_PULL &&
	     core->sync.state != SYNC_REPAIR) ||
	    code != OUTRIDER_ABORTED) {
		sync_end_with(core, code, text);
		return;
	}
	core_log(core, OUTRIDER_LOG_WARNING, "sync: a page doesn't fit");
	cancel(core);
	sync_pull_anew(core, false, text);
}

enum outrider_code sync_received(struct outrider *core, uint64_t call,
				 const uint8_t *response, size_t len,
				 struct outrider_err *err)
{
	struct sync *sync = &core->sync;
	struct outrider_err local;
	enum outrider_code code;

	if (watch_is_of(core, call))
		return watch_heard(core, (struct bytes){ response, len }, err);
	if (call == 0 || call != sync->call)
		return OUTRIDER_OK;
	sync->call_mono_us = core->host.mono_us(core->host.user);
	code = sync_hear(core, (struct bytes){ response, len }, &local);
	if (code != OUTRIDER_OK) {
		/* Where the cards were locked on the way, it has ended; and of
		 * a push, the next one may be under way. */
		if (sync->call != 0)
			give_up(core, code, local.text);
		return err_set(err,
			       code == OUTRIDER_ABORTED ? OUTRIDER_DATA_LOSS
							: code,
			       NULL, "%s", local.text);
	}
	if (TO(sync->state) & CARDS)
		events_count(&core->events, OUTRIDER_EVENT_SYNC_PROGRESS,
			     sync->pulled, sync->pushed);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------ ends of calls */

/* The head was reached. */
static void pull_is_over(struct outrider *core)
{
	struct sync *sync = &core->sync;

	if (!sync->pushes_again) {
		sync_go_on(core, SYNC_COMPARE);
		return;
	}
	sync->pushes_again = sync->is_pull_over = false;
	sync_go_on(core, SYNC_OFFER);
}

/* The server has the receipt. */
static void wiped(struct outrider *core)
{
	struct outrider_err err;
	enum outrider_code code;

	move(core, SYNC_IDLE);
	core->sync.n_failures = 0;
	core->sync.retry_us = 0;
	code = wipe_end(core, &err);
	/* Wiped as far as the disk let it: whoever waits is told. */
	if (code != OUTRIDER_OK)
		sync_end_with(core, code, err.text);
}

/* The call is over. Who asked for a sync meanwhile gets it. */
static void enrolled(struct outrider *core)
{
	struct outrider_err err;

	move(core, SYNC_IDLE);
	if (core->sync.is_asked && sync_start(core, &err) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_WARNING, "sync: %s", err.text);
}

static void ended_well(struct outrider *core)
{
	struct sync *sync = &core->sync;
	enum sync_state state = sync->state;

	sync->was_heard = true;
	if ((sync->n_answers == 0 && state != SYNC_REPAIR) ||
	    (state == SYNC_PULL && !sync->is_pull_over)) {
		sync_end_with(core, OUTRIDER_UNAVAILABLE,
			      "The server's answer ended too soon.");
		return;
	}
	switch (state) {
	case SYNC_ENROLL:
		enrolled(core);
		break;
	case SYNC_EVIDENCE:
		sync_go_on(core, sync->evidence_goes_on ? SYNC_EVIDENCE
							: SYNC_POSITIONS);
		break;
	case SYNC_POSITIONS:
		positions_answered(tracker_positions(core));
		sync_go_on(core, SYNC_CONTACT);
		break;
	case SYNC_CONTACT:
		if (wipe_is_due(core))
			sync_go_on(core, SYNC_OFFER);
		else
			end_well(core);
		break;
	case SYNC_WIPE:
		wiped(core);
		break;
	case SYNC_OFFER:
	case SYNC_UPLOAD:
	case SYNC_PUSH:
		sync_go_on(core, SYNC_OFFER);
		break;
	case SYNC_PULL:
		pull_is_over(core);
		break;
	case SYNC_COMPARE:
		sync_compared(core);
		break;
	case SYNC_REPAIR:
		compare_repaired(core);
		sync_go_on(core, sync->compare.n_left > 0 ? SYNC_REPAIR
							  : SYNC_COMPARE);
		break;
	case SYNC_FETCH:
		sync_go_on(core, SYNC_FETCH);
		break;
	case SYNC_IDLE:
		break;
	}
}

/*
 * Which refusals stop one stage only. The contract gives each of these codes
 * one meaning a method: docs/formats/sync.md.
 */
static void
ended_badly(struct outrider *core, enum outrider_code code, const char *text)
{
	struct sync *sync = &core->sync;
	bool is_refusal = code == OUTRIDER_INVALID_ARGUMENT ||
			  code == OUTRIDER_FAILED_PRECONDITION ||
			  code == OUTRIDER_ABORTED ||
			  code == OUTRIDER_OUT_OF_RANGE ||
			  code == OUTRIDER_UNIMPLEMENTED;
	bool is_full;

	if (sync->state == SYNC_WIPE && code == OUTRIDER_UNAUTHENTICATED) {
		/* Withdrawn: by an answer that was lost, or by hand. */
		wiped(core);
	} else if (code == OUTRIDER_PERMISSION_DENIED &&
		   TO(sync->state) & MAY_BE_WIPED && !sync->must_contact) {
		sync->must_contact = true;
		sync_note_trouble(core, code, "", text);
		sync_go_on(core, SYNC_CONTACT);
	} else if (sync->state == SYNC_EVIDENCE && is_refusal) {
		sync_note_trouble(core, code, "evidence", text);
		sync_go_on(core, SYNC_POSITIONS);
	} else if (sync->state == SYNC_POSITIONS && is_refusal) {
		/* Nobody's loss but the manager's curiosity. */
		core_log(core, OUTRIDER_LOG_WARNING, "positions: refused");
		positions_answered(tracker_positions(core));
		sync_go_on(core, SYNC_CONTACT);
	} else if (sync->state == SYNC_CONTACT && is_refusal) {
		/* It was heard; the outbox can wait until the cards open. */
		sync->was_heard = true;
		sync_note_trouble(core, code, sync_push_trouble(code), text);
		end_well(core);
	} else if (sync->state == SYNC_PUSH && is_refusal) {
		sync_push_refused(core, code, text);
	} else if ((sync->state == SYNC_OFFER || sync->state == SYNC_UPLOAD) &&
		   files_upload_refused(core, &is_full, code, text)) {
		if (is_full)
			sync_note_trouble(core, code, "upload", text);
		sync_go_on(core, SYNC_OFFER);
	} else if ((sync->state == SYNC_COMPARE ||
		    sync->state == SYNC_REPAIR) &&
		   sync_proof_refused(core, code, text)) {
		return;
	} else if (sync->state == SYNC_FETCH &&
		   files_fetch_refused(core, code, text)) {
		sync_go_on(core, SYNC_FETCH);
	} else if (sync->state == SYNC_PULL &&
		   code == OUTRIDER_FAILED_PRECONDITION) {
		sync_pull_refused(core, text);
	} else {
		sync_end_with(core, code, text);
	}
}

void sync_ended(struct outrider *core, uint64_t call, int grpc_status,
		const char *text)
{
	enum outrider_code code = code_from_grpc_status(grpc_status);

	if (watch_is_of(core, call)) {
		watch_ended(core, code);
		return;
	}
	if (call == 0 || call != core->sync.call)
		return;
	core->sync.call = 0;
	if (code == OUTRIDER_OK)
		ended_well(core);
	else if (core->sync.state == SYNC_ENROLL && core->device.is_enrolled)
		enrolled(core); /* the answer came before the cut */
	else
		ended_badly(core, code,
			    text != NULL && text[0] != 0 ? text
							 : code_text(code));
}

/* -------------------------------------------------------------------- time */

/* An enrolment whose answer has come is one, and who asked for a sync behind it
 * gets that. */
static void fall_silent(struct outrider *core)
{
	if (core->sync.state == SYNC_ENROLL && core->device.is_enrolled) {
		cancel(core);
		enrolled(core);
		return;
	}
	sync_end_with(core, OUTRIDER_DEADLINE_EXCEEDED,
		      "The server is silent.");
}

void sync_step(struct outrider *core, int64_t *next_us)
{
	struct sync *sync = &core->sync;
	struct outrider_err err;
	int64_t silent_us;

	watch_step(core, next_us);
	if (sync->call != 0) {
		silent_us = core->host.mono_us(core->host.user) -
			    sync->call_mono_us;
		if (silent_us >= SILENCE_MAX_S * SECOND_US)
			fall_silent(core);
		else
			*next_us = core->now_us + SILENCE_MAX_S * SECOND_US -
				   silent_us;
	}
	if (sync->state == SYNC_IDLE && sync->retry_us != 0 &&
	    core->now_us >= sync->retry_us && core->device.is_enrolled) {
		sync->retry_us = 0;
		if (sync_start(core, &err) == OUTRIDER_OK && sync->call != 0)
			*next_us = core->now_us + SILENCE_MAX_S * SECOND_US;
	}
	if (sync->retry_us != 0 && sync->retry_us < *next_us)
		*next_us = sync->retry_us;
}

void sync_cards_closed(struct outrider *core)
{
	watch_close(core);
	if (TO(core->sync.state) & CARDS)
		sync_end_with(core, OUTRIDER_LOCKED, "The cards were locked.");
}

void sync_abandon(struct outrider *core)
{
	watch_close(core);
	cancel(core);
	push_forget_wait(core);
	core->sync.state = SYNC_IDLE;
}

bool sync_is_wanted(struct outrider *core)
{
	const struct positions *positions = tracker_positions(core);
	uint64_t n_waiting, n_parked, n_evidence, newest;

	if (!core->device.is_enrolled)
		return false;
	outbox_counts(core, &n_waiting, &n_parked);
	evidence_counts(core, &n_evidence, &newest);
	return core->device.synced_us == 0 || wipe_is_due(core) ||
	       n_waiting > 0 || n_evidence > 0 || core->sync.retry_us != 0 ||
	       files_are_missing(core) ||
	       (positions != NULL && positions->is_urgent);
}

/* --------------------------------------------------------------- outrider.h */

enum outrider_code
outrider_sync(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = sync_start(core, err);
	core_leave(core);
	return code;
}

enum outrider_code
outrider_sync_check(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = sync_check(core, err);
	core_leave(core);
	return code;
}

enum outrider_code outrider_received(struct outrider *core, uint64_t call,
				     const uint8_t *response, size_t len,
				     struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = sync_received(core, call, response, len, err);
	core_leave(core);
	return code;
}

void outrider_ended(struct outrider *core, uint64_t call, int grpc_status,
		    const char *text)
{
	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return;
	sync_ended(core, call, grpc_status, text);
	core_leave(core);
}
