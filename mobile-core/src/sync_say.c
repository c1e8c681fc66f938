/*
 * sync_say: one function a stage.
 */
#include "sync_say.h"

#include "core.h"
#include "evidence.h"
#include "files_sync.h"
#include "pull.h"
#include "push.h"
#include "tracker.h"
#include "wipe.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* Each appends the request that it wants to send, or nothing. */
typedef enum outrider_code
stage_fn(struct outrider *core, struct buffer *out, struct outrider_err *err);

/* In memory alone: what isn't heard now may be too old the next time. */
static enum outrider_code say_positions(struct outrider *core,
					struct buffer *out,
					struct outrider_err *err)
{
	struct positions *positions = tracker_positions(core);

	if (positions == NULL || positions->n == 0 || wipe_is_due(core))
		return OUTRIDER_OK;
	return positions_request(positions, out, err);
}

/* With the cards locked nothing else tells the server that the phone lives:
 * ask once a day, or the lease would end though the phone is online. */
static enum outrider_code
say_contact(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	if (wipe_is_due(core) ||
	    (!core->sync.must_contact &&
	     (core_want_cards(core, NULL) == OUTRIDER_OK ||
	      device_lease_left_us(core) > DEVICE_LEASE_US - DAY_US)))
		return OUTRIDER_OK;
	return push_contact(core, out, err);
}

/* Nothing is worth sending for a card that doesn't go. */
static enum outrider_code
say_offer(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	if (core->sync.is_push_refused || wipe_is_due(core))
		return OUTRIDER_OK;
	return files_say_offer(core, out, err);
}

static enum outrider_code
say_upload(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	if (core->sync.is_push_refused || wipe_is_due(core))
		return OUTRIDER_OK;
	return files_say_upload(core, out, err);
}

static enum outrider_code
say_push(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	enum outrider_code code;
	bool is_held_back;

	if (core->sync.is_push_refused)
		return OUTRIDER_OK;
	code = pull_holds_back_push(core, &is_held_back, err);
	if (code != OUTRIDER_OK || is_held_back) {
		core->sync.pushes_again = true;
		return code;
	}
	return push_request(core, out, err);
}

static enum outrider_code
say_pull(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	if (core->sync.is_pull_over)
		return OUTRIDER_OK;
	return pull_request(core, out, err);
}

/* The phone stands where the server does, as far as it knows: is it so? */
static enum outrider_code
say_compare(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	const struct compare *compare = &core->sync.compare;
	enum outrider_code code;
	bool is_due;

	if (compare->is_over || compare->n_left > 0 || !core->sync.is_pull_over)
		return OUTRIDER_OK;
	code = pull_proof_is_due(core, &is_due, err);
	if (code != OUTRIDER_OK || !is_due)
		return code;
	return compare_request(core, out, err);
}

static enum outrider_code
say_repair(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	if (core->sync.compare.n_left == 0)
		return OUTRIDER_OK;
	return compare_request_repair(core, out, err);
}

static const struct {
	enum sync_state state;
	bool is_of_cards; /* silent while they are locked */
	stage_fn *say;
} stages[] = {
	{ SYNC_EVIDENCE, false, evidence_request },
	{ SYNC_POSITIONS, false, say_positions },
	{ SYNC_CONTACT, false, say_contact },
	{ SYNC_OFFER, true, say_offer },
	{ SYNC_UPLOAD, true, say_upload },
	{ SYNC_PUSH, true, say_push },
	{ SYNC_WIPE, false, wipe_say },
	{ SYNC_PULL, true, say_pull },
	{ SYNC_COMPARE, true, say_compare },
	{ SYNC_REPAIR, true, say_repair },
	{ SYNC_FETCH, true, files_say_fetch },
};

enum outrider_code sync_say(struct outrider *core, struct buffer *request,
			    enum sync_state *stage, struct outrider_err *err)
{
	enum sync_state from = *stage;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (stages[i].state < from ||
		    (stages[i].is_of_cards &&
		     core_want_cards(core, NULL) != OUTRIDER_OK))
			continue;
		*stage = stages[i].state;
		code = stages[i].say(core, request, err);
		if (code != OUTRIDER_OK || request->len > 0)
			break;
	}
	return code;
}
