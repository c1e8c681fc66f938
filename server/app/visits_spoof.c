/*
 * What one entry says against others: see visits_spoof.h, docs/spoofing.md.
 */
#include "app/visits_spoof.h"

#include "app/alerts.h"
#include "app/kinds.h"
#include "model/track_match.h"

#include <string.h>

enum {
	COMPARED_MAX = 12, /* of anybody's, and of the rep's own */
	COMPARED_IN_CALL = 400,
	DEVICES_MAX = 8,
	/* A call of the phone has room for more entries than this, even of the
	 * longest: mobile-core/src/evidence_send.c. */
	FULL_CALL = 40,
	ENTRY_MEMORY = 1 << 20,
};

#define MINUTE_US     INT64_C(60000000)
#define DAY_US	      (INT64_C(24) * 60 * MINUTE_US)
#define CLOCK_JUMP_US (INT64_C(2) * MINUTE_US)
/* Longer than any call is under way. */
#define BEHIND_US     (INT64_C(10) * MINUTE_US)
#define NEW_DEVICE_US (INT64_C(3) * DAY_US)

/* Some kilometre each way. */
#define CELL_E7 100000

static int64_t cell_of(struct geo_pin pin)
{
	int64_t lat = ((int64_t)pin.lat_e7 + 900000000) / CELL_E7;
	int64_t lon = ((int64_t)pin.lon_e7 + 1800000000) / CELL_E7;

	return lat << 32 | lon;
}

/* ------------------------------------------------------------------ clocks */

/* While a device runs, both its clocks walk alike; when it was off, the wall
 * clock at least never goes back. */
static bool has_clock_gone_back(const struct spoof_case *about)
{
	const struct chain_header *now = &about->claim->header;
	struct chain_header last;
	int64_t wall_us, mono_us;

	if (!chain_header_read(&last, about->last_header.at,
			       about->last_header.len))
		return false;
	wall_us = (int64_t)((uint64_t)now->wall_us - (uint64_t)last.wall_us);
	if (memcmp(now->boot_id, last.boot_id, sizeof(now->boot_id)) != 0)
		return wall_us < -CLOCK_JUMP_US;
	mono_us = (int64_t)((uint64_t)now->mono_us - (uint64_t)last.mono_us);
	return mono_us < 0 || wall_us < mono_us - CLOCK_JUMP_US;
}

/*
 * A call takes all that waits: what comes after its receipt was signed later,
 * and says so by a clock that is right. Where the call was full, the rest may
 * have waited.
 */
static enum outrider_code
is_clock_behind(bool *is_behind, struct app_call *call,
		const struct spoof_case *about, struct arena *scratch)
{
	const struct chain_header *now = &about->claim->header;
	const struct receipt_query asked = {
		.device = about->device->id,
		.from = now->number - 1,
		.until = now->number - 1,
		.limit = 1,
	};
	struct evidence_receipt *receipt;
	struct evidence earlier;
	size_t n;
	enum outrider_code code;

	*is_behind = false;
	if (about->n_batch > 0 || now->number == 1)
		return OUTRIDER_OK;
	code = receipt_list(call_conn(call), &receipt, &n, &asked, scratch,
			    &call->err);
	if (code != OUTRIDER_OK || n == 0)
		return code;
	*is_behind = now->wall_us < receipt->at_us - BEHIND_US;
	if (!*is_behind || now->number <= FULL_CALL)
		return OUTRIDER_OK;
	code = evidence_get(call_conn(call), &earlier, &about->device->id,
			    now->number - FULL_CALL, scratch, &call->err);
	if (code == OUTRIDER_OK)
		*is_behind = earlier.received_us < receipt->at_us;
	/* The phone lost it: what waited can't be told. */
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(&call->err);
	*is_behind = false;
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- chain */

/* Was another chain of this device seen today or yesterday? Its alert has the
 * name of its day. */
static enum outrider_code was_chain_cut(bool *was_cut, struct app_call *call,
					const struct spoof_case *about,
					struct arena *scratch)
{
	enum outrider_code code = OUTRIDER_OK;

	*was_cut = false;
	for (int64_t days = 0; days < 2 && code == OUTRIDER_OK && !*was_cut;
	     days++) {
		struct alert alert;
		struct row *row;

		alert_of_chain_gap(&alert, about->device, 0, "",
				   call_now_us(call) - days * DAY_US);
		code = store_get(call_conn(call), &row,
				 schema_entity(KIND_ALERT), &alert.id, scratch,
				 &call->err);
		*was_cut = code == OUTRIDER_OK;
		if (code == OUTRIDER_NOT_FOUND) {
			err_clear(&call->err);
			code = OUTRIDER_OK;
		}
	}
	return code;
}

/* Enrolled just before, by somebody who had another. */
static enum outrider_code is_device_new(bool *is_new, struct app_call *call,
					const struct spoof_case *about,
					struct arena *scratch)
{
	const struct identity_device *device = about->device;
	struct identity_device *devices;
	size_t n = 0;
	enum outrider_code code;

	*is_new = false;
	if (about->claim->content.plan.start_us >
	    device->enrolled_us + NEW_DEVICE_US)
		return OUTRIDER_OK;
	code = identity_device_list(call_conn(call), &devices, &n,
				    &device->user, DEVICES_MAX, scratch,
				    &call->err);
	for (size_t i = 0; i < n; i++)
		*is_new |= devices[i].enrolled_us < device->enrolled_us;
	return code;
}

/* ----------------------------------------------------------------- replays */

/* Windows of one rep that overlap saw the same fixes. */
static bool is_same_moment(const struct evidence_content *a,
			   const struct evidence_content *b)
{
	return a->opened_us < b->closed_us && b->opened_us < a->closed_us;
}

static bool
is_replay_of(const struct spoof_case *about, struct bytes content, bool is_own)
{
	const struct evidence_content *mine = &about->claim->content;
	struct evidence_content other;
	struct track_match match;

	return evidence_content_read(&other, content.at, content.len) &&
	       !(is_own && is_same_moment(mine, &other)) &&
	       track_is_again(&match, mine, &other);
}

/* The newest of the place: rep NULL, of others; otherwise their own. */
static enum outrider_code compare_tracks(bool *is_replay, struct app_call *call,
					 const struct spoof_case *about,
					 const struct track_query *asked,
					 struct arena *scratch)
{
	struct track *tracks;
	size_t n;
	enum outrider_code code = track_list(call_conn(call), &tracks, &n,
					     asked, scratch, &call->err);

	for (size_t i = 0; i < n && code == OUTRIDER_OK && !*is_replay; i++) {
		bool is_own =
			uuid_compare(&tracks[i].rep, &about->device->user) == 0;
		struct evidence entry;

		if (is_own != (asked->rep != NULL))
			continue;
		code = evidence_get(call_conn(call), &entry, &tracks[i].device,
				    tracks[i].number, scratch, &call->err);
		if (code == OUTRIDER_OK)
			*is_replay = is_replay_of(about, entry.content, is_own);
	}
	return code;
}

/* A call of many is an entry's share: a worker has others to serve. */
static size_t most_compared(const struct spoof_case *about)
{
	size_t share = COMPARED_IN_CALL / (2 * about->n_call);

	return share < COMPARED_MAX ? share : COMPARED_MAX;
}

/* What came in the same call is newer than what is kept. */
static enum outrider_code find_replay(bool *is_replay, struct app_call *call,
				      const struct spoof_case *about,
				      struct arena *scratch)
{
	struct track_query asked = {
		.cell = cell_of(about->claim->content.plan.pin),
		.rep = &about->device->user,
		.limit = most_compared(about),
	};
	size_t most = asked.limit;
	enum outrider_code code;

	*is_replay = false;
	for (size_t i = about->n_batch; i > 0 && asked.limit > 0; i--) {
		const struct spoof_earlier *earlier = &about->batch[i - 1];

		if (earlier->cell != asked.cell)
			continue;
		*is_replay = is_replay_of(about, earlier->content, true);
		if (*is_replay)
			return OUTRIDER_OK;
		asked.limit--;
	}
	code = compare_tracks(is_replay, call, about, &asked, scratch);
	if (code != OUTRIDER_OK || *is_replay)
		return code;
	asked.rep = NULL;
	asked.limit = most;
	return compare_tracks(is_replay, call, about, &asked, scratch);
}

/* ------------------------------------------------------------------- score */

static void
add(struct visit_finding *finding, enum spoof_signal signal, bool is_shown)
{
	struct spoof_finding spoof = {
		.score_permille = finding->spoof_permille,
		.reasons = finding->spoof_reasons,
	};

	_Static_assert((int)SPOOF_SIGNALS <= (int)VISIT_SIGNALS_MAX,
		       "a finding has room for all");
	if (!is_shown)
		return;
	memcpy(spoof.weight_permille, finding->spoof_weights,
	       sizeof(spoof.weight_permille));
	spoof_add(&spoof, signal, 0);
	finding_set_spoof(finding, &spoof);
}

enum outrider_code visits_spoof_add(struct visit_finding *finding,
				    struct track *track, struct app_call *call,
				    const struct spoof_case *about)
{
	const struct evidence_content *content = &about->claim->content;
	int64_t now_us = call_now_us(call);
	bool is_replay = false, was_cut = false, is_new = false;
	bool is_behind = false;
	struct arena scratch;
	enum outrider_code code;

	*track = (struct track){
		.cell = cell_of(content->plan.pin),
		.rep = about->device->user,
		/* The newest are compared: none is for ever. */
		.at_us = content->closed_us < now_us ? content->closed_us
						     : now_us,
		.device = about->device->id,
		.number = about->claim->header.number,
	};
	arena_init(&scratch, &allocator_libc, ENTRY_MEMORY);
	code = find_replay(&is_replay, call, about, &scratch);
	if (code == OUTRIDER_OK)
		code = was_chain_cut(&was_cut, call, about, &scratch);
	if (code == OUTRIDER_OK)
		code = is_device_new(&is_new, call, about, &scratch);
	if (code == OUTRIDER_OK)
		code = is_clock_behind(&is_behind, call, about, &scratch);
	arena_free(&scratch);
	if (code != OUTRIDER_OK)
		return code;
	add(finding, SPOOF_REPLAY, is_replay);
	add(finding, SPOOF_CHAIN, was_cut || about->is_after_gap);
	add(finding, SPOOF_NEW_DEVICE, is_new);
	add(finding, SPOOF_CLOCK_BACK, is_behind || has_clock_gone_back(about));
	return OUTRIDER_OK;
}
