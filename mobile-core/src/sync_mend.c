/*
 * sync_mend: what a sync does where phone and server disagree: on the history,
 * on the outbox's numbers, on what the cards are.
 */
#include "core.h"
#include "pull.h"
#include "sync_parts.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)

enum { PROOF_BEHIND_MAX = 3 }; /* a comparison is tried again so often */

/* ------------------------------------------------------------ the history */

/* Tombstones are kept for 90 days: whoever was away for about as long is told
 * to begin anew by a server whose history is the same. */
static bool was_long_away(const struct outrider *core)
{
	return core->now_us - core->device.synced_us > 80 * DAY_US;
}

/*
 * The server has another history than the cursor's, or the phone another state
 * than the server thinks: everything is pulled anew, once in a sync. Edits
 * that wait are kept; is_elsewhere: and set upon what comes.
 */
void sync_pull_anew(struct outrider *core, bool is_elsewhere, const char *text)
{
	struct outrider_err err;
	enum outrider_code code;

	if (core->sync.has_begun_anew) {
		sync_end_with(core, OUTRIDER_FAILED_PRECONDITION, text);
		return;
	}
	core->sync.has_begun_anew = true;
	core->sync.is_pull_over = false;
	code = core_begin(core, &err);
	if (code == OUTRIDER_OK)
		code = core_finish(core,
				   is_elsewhere
					   ? pull_begin_elsewhere(core, &err)
					   : pull_begin_anew(core, &err),
				   &err);
	if (code != OUTRIDER_OK)
		sync_end_with(core, code, err.text);
	else
		sync_go_on(core, SYNC_PULL);
}

void sync_pull_refused(struct outrider *core, const char *text)
{
	core_log(core, OUTRIDER_LOG_WARNING, "sync: RESYNC");
	sync_pull_anew(core, !was_long_away(core), text);
}

/* ------------------------------------------------------------- the outbox */

const char *sync_push_trouble(enum outrider_code code)
{
	return code == OUTRIDER_ABORTED		      ? "RESTORED_BACKUP"
	       : code == OUTRIDER_FAILED_PRECONDITION ? "GAP"
						      : "push";
}

void sync_tell_renewed(struct outrider *core)
{
	uint64_t n_waiting, n_parked;

	core->sync.pushes_again = true;
	core->sync.has_renewed = true;
	outbox_counts(core, &n_waiting, &n_parked);
	events_push(&core->events, OUTRIDER_EVENT_OUTBOX_RENEWED, NULL,
		    OUTRIDER_OK, "%llu edits are sent again.",
		    (unsigned long long)n_waiting);
}

/*
 * The server and the phone disagree on the outbox's numbers. One of them was
 * restored from a backup: the server (GAP) has another history then, the phone
 * an older state of its own. The outbox begins anew under new numbers, the
 * cards too, in one transaction; when all has come, what waits goes.
 */
static void renew(struct outrider *core, enum outrider_code refusal)
{
	struct outrider_err err;
	enum outrider_code code = core_begin(core, &err);

	core->sync.has_begun_anew = true;
	if (code == OUTRIDER_OK) {
		code = outbox_renew(core, &err);
		if (code == OUTRIDER_OK && refusal == OUTRIDER_ABORTED)
			code = pull_begin_anew(core, &err);
		else if (code == OUTRIDER_OK)
			code = pull_begin_elsewhere(core, &err);
		code = core_finish(core, code, &err);
	}
	if (code != OUTRIDER_OK) {
		sync_end_with(core, code, err.text);
		return;
	}
	core_log(core, OUTRIDER_LOG_WARNING, "sync: the outbox begins anew");
	sync_tell_renewed(core);
	sync_go_on(core, SYNC_PULL);
}

void sync_push_refused(struct outrider *core, enum outrider_code code,
		       const char *text)
{
	struct sync *sync = &core->sync;
	bool disagrees = code == OUTRIDER_ABORTED ||
			 code == OUTRIDER_FAILED_PRECONDITION;

	if (disagrees && !sync->has_renewed) {
		renew(core, code);
		return;
	}
	/* Nothing leaves the outbox; what others did still comes. */
	sync->is_push_refused = true;
	sync_note_trouble(
		core,
		code == OUTRIDER_ABORTED ? OUTRIDER_FAILED_PRECONDITION : code,
		sync_push_trouble(code), text);
	sync_go_on(core, SYNC_PULL);
}

/* -------------------------------------------------------------- the proof */

/* Another time: nothing is wrong with what was synced. */
static void leave_proof(struct outrider *core)
{
	core->sync.compare.is_over = true;
	core->sync.compare.n_left = 0;
	sync_go_on(core, SYNC_FETCH);
}

/* Something was written meanwhile: pull, and compare anew. */
static void proof_is_behind(struct outrider *core)
{
	struct sync *sync = &core->sync;

	sync->compare.n_left = 0;
	if (sync->compare.n_behind > PROOF_BEHIND_MAX) {
		leave_proof(core);
		return;
	}
	sync->is_pull_over = false;
	sync_go_on(core, SYNC_PULL);
}

static void proof_is_equal(struct outrider *core)
{
	struct compare *compare = &core->sync.compare;
	struct outrider_err err;
	enum outrider_code code = core_begin(core, &err);

	if (code == OUTRIDER_OK)
		code = core_finish(core, pull_proved(core, &err), &err);
	if (code != OUTRIDER_OK) {
		sync_end_with(core, code, err.text);
		return;
	}
	if (compare->n_repaired > 0)
		events_count(&core->events, OUTRIDER_EVENT_REPAIRED,
			     compare->n_repaired, 0);
	leave_proof(core);
}

void sync_compared(struct outrider *core)
{
	static const char text[] =
		"The cards weren't as they should be, and could not be "
		"repaired: they are fetched anew.";
	struct compare *compare = &core->sync.compare;

	switch (compare->verdict) {
	case COMPARE_EQUAL:
		proof_is_equal(core);
		break;
	case COMPARE_BEHIND:
		proof_is_behind(core);
		break;
	case COMPARE_DIFFERS:
		core_log(core, OUTRIDER_LOG_WARNING,
			 "sync: the cards differ in %zu scopes",
			 compare->n_left);
		if (compare->n_differed == 1) {
			sync_go_on(core, SYNC_REPAIR);
			break;
		}
		compare->is_over = true;
		compare->n_left = 0;
		sync_note_trouble(core, OUTRIDER_DATA_LOSS, "proof", text);
		sync_pull_anew(core, false, text);
		break;
	}
}

/* True: the refusal of a comparison is dealt with. */
bool sync_proof_refused(struct outrider *core, enum outrider_code code,
			const char *text)
{
	if (code == OUTRIDER_ABORTED) {
		core->sync.compare.n_behind++;
		proof_is_behind(core);
	} else if (code == OUTRIDER_FAILED_PRECONDITION) {
		sync_pull_refused(core, text);
	} else if (code == OUTRIDER_INVALID_ARGUMENT ||
		   code == OUTRIDER_OUT_OF_RANGE ||
		   code == OUTRIDER_UNIMPLEMENTED) {
		core_log(core, OUTRIDER_LOG_WARNING, "sync: no proof: %s",
			 code_name(code));
		leave_proof(core);
	} else {
		return false;
	}
	return true;
}
