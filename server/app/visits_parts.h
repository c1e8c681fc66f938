/*
 * What the files of VisitService share: see docs/sync.md, "Evidence".
 */
#ifndef APP_VISITS_PARTS_H
#define APP_VISITS_PARTS_H

#include "app/alerts.h"
#include "app/call.h"
#include "app/evidence_check.h"
#include "app/visit_kinds.h"
#include "app/visits.h"
#include "app/visits_group.h"
#include "model/spoof.h"
#include "model/visit.h"
#include "outrider/v1/visit.pb-c.h"

call_start_fn visits_submit_start;
call_start_fn visits_get_start;
call_start_fn visits_list_start;
call_start_fn visits_meeting_start;
call_start_fn visits_evidence_start;
call_start_fn visits_watch_start;

/* The contract's number of a certainty; the model counts the other way. */
Outrider__V1__Certainty visit_certainty_on_wire(uint8_t certainty);

/* Names the shape of a plan's place; 0: it has none. */
int64_t plan_area_hash(const struct visit_plan *plan);

/* Of an entry that was checked and found good; plan and receipt apart. */
void finding_of_claim(struct visit_finding *out,
		      const struct evidence_claim *claim,
		      const struct identity_device *device, int64_t now_us);

/* The score, its reasons and their weights; raised by who knows more. */
void finding_set_spoof(struct visit_finding *out,
		       const struct spoof_finding *spoof);

/*
 * Sees the meeting, and every field of it that a visit tells: whose role hides
 * one has no visits.
 */
bool visits_may_see(const struct principal *principal,
		    const struct row *meeting);

/* Is the user the meeting's owner, or one of its participants? */
bool meeting_has_rep(const struct row *meeting, const struct uuid *rep);

/* The owner, then the participants; returns how many. */
size_t
meeting_reps(struct uuid out[VISIT_GROUP_MAX], const struct row *meeting);
/* The times that count: those that were agreed on, or else the record's. */
void meeting_planned(int64_t *start_us, int64_t *end_us,
		     const struct row *meeting);
/* The visit of each of the meeting's reps, with or without evidence. */
MODEL_MUST_USE enum outrider_code
visits_read_group(struct visit_finding **out, size_t *n,
		  struct store_conn *conn, const struct row *meeting,
		  struct arena *arena, struct outrider_err *err);

/*
 * In a snapshot: is the rep the caller, or somebody whom the caller leads? A
 * visit of a colleague says where they were: who takes part in a meeting, or
 * asked them to, learns nothing of it.
 */
MODEL_MUST_USE enum outrider_code
visits_is_own_or_led(bool *out, struct app_call *call, const struct uuid *rep);

/* Is the visit told to all who see the meeting? Its owner's is, unless
 * colleagues take part: then the common verdict is. */
bool visits_is_everybodys(const struct row *meeting, const struct uuid *rep);

/*
 * In a snapshot: finds the visit that a request names, rep_id empty being the
 * meeting's owner. Errors:
 * INVALID_ARGUMENT; NOT_FOUND (no such meeting that the caller may see, or no
 * such rep of it); PERMISSION_DENIED (a colleague's visit).
 */
MODEL_MUST_USE enum outrider_code
visits_find(struct app_call *call, struct row **meeting, struct uuid *rep,
	    const char *meeting_id, const char *rep_id);
/* In a snapshot: the meeting alone. Errors as above. */
MODEL_MUST_USE enum outrider_code visits_find_meeting(struct app_call *call,
						      struct row **meeting,
						      const char *meeting_id);
/*
 * In a snapshot: what is known of one meeting and one rep, in the call's
 * arena. Without a finding it says so.
 */
MODEL_MUST_USE enum outrider_code
visits_describe(Outrider__V1__Visit **out, bool *has_finding,
		struct app_call *call, const struct row *meeting,
		const struct uuid *rep);

#endif
