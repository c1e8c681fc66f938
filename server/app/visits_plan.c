/*
 * Plans: what a meeting's visit is judged by, and since when the server knew
 * it. Reads the change log backwards; writes nothing.
 */
#include "app/visits_parts.h"

#include "app/digest.h"
#include "model/octets.h"
#include "model/place_pin.h"

#include <string.h>

/* Changes of one meeting that are looked through; older ones are as if they
 * had never been. */
#define HISTORY_MAX 200

bool plan_of_meeting(struct visit_plan *out, const struct row *meeting)
{
	struct meeting_fields fields = {
		.start_us = kind_value(meeting, MEETING_START_TIME)->i,
		.end_us = kind_value(meeting, MEETING_END_TIME)->i,
		.pin_latitude = kind_value(meeting, MEETING_PIN_LATITUDE)->d,
		.pin_longitude = kind_value(meeting, MEETING_PIN_LONGITUDE)->d,
		.radius_m = kind_value(meeting, MEETING_RADIUS_M)->i,
		.min_dwell_s = kind_value(meeting, MEETING_MIN_DWELL_S)->i,
	};

	fields.n_outline = place_points_read(
		fields.outline, AREA_CORNERS_MAX,
		kind_value(meeting, MEETING_PIN_OUTLINE)->bytes);
	fields.n_entrances = place_points_read(
		fields.entrances, AREA_ENTRANCES_MAX,
		kind_value(meeting, MEETING_PIN_ENTRANCES)->bytes);
	return meeting_plan_make(out, meeting->id.at, &fields);
}

int64_t plan_area_hash(const struct visit_plan *plan)
{
	uint8_t bytes[AREA_MAX_BYTES], digest[DIGEST_LEN];
	struct bytes area = { .at = bytes };
	struct octet_reader from = { .next = digest, .end = digest + 8 };

	if (plan->area.n_corners == 0 && plan->area.n_entrances == 0)
		return 0;
	area.len = area_write(bytes, &plan->area);
	digest_of(digest, &area, 1);
	return octets_get_signed(&from, 8);
}

void plan_mark(struct visit_finding *visit, const struct row *meeting)
{
	visit->is_unplanned = kind_value(meeting, MEETING_IS_UNPLANNED)->i != 0;
	visit->late_change =
		(uint8_t)kind_value(meeting, MEETING_LATE_CHANGE)->i;
	if (visit->is_unplanned && visit->word == VISIT_LATE)
		visit->word = VISIT_PRESENT;
}

bool plan_is_judged(const struct row *meeting,
		    const struct visit_finding *visit)
{
	struct visit_plan plan;

	return plan_of_meeting(&plan, meeting) &&
	       plan.start_us == visit->start_us &&
	       plan.end_us == visit->end_us &&
	       plan.pin.lat_e7 == visit->pin_lat_e7 &&
	       plan.pin.lon_e7 == visit->pin_lon_e7 &&
	       plan.radius_m == visit->radius_m &&
	       plan.min_dwell_s == visit->min_dwell_s &&
	       plan_area_hash(&plan) == visit->area_hash;
}

/* Takes a change back: row is as it was before. */
static enum outrider_code undo(struct row *row, const struct change *change,
			       struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = row->entity;
	struct row *before = row_new(arena, entity);
	enum outrider_code code;

	if (!before)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a meeting's history");
	code = record_read(before, NULL, arena, change->old_fields, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(&change->changed, entity->fields[i].number))
			row->values[i] = before->values[i];
	return OUTRIDER_OK;
}

/* Known before its own window opened, but other times had been agreed on, and
 * their window was open. */
static bool
is_put_off(const struct row *meeting, const struct visit_finding *visit)
{
	int64_t start_us = kind_value(meeting, MEETING_AGREED_START)->i;
	int64_t end_us = kind_value(meeting, MEETING_AGREED_END)->i;

	return start_us != 0 &&
	       (start_us != visit->start_us || end_us != visit->end_us);
}

/*
 * Walks back from today to where the plan that stood when the window opened
 * began. seen_us follows the beginning of the stretch in which the plan is the
 * judged one, so it ends at the earliest that counts:
 *
 *	          |<- judged ->|        |<- judged ->|
 *	----------+------------+--------+------------+---->
 *	                ^ opened                     today
 *	          seen, agreed
 */
enum outrider_code plan_judge(struct visit_finding *visit,
			      struct store_conn *conn,
			      const struct row *meeting, int64_t opened_us,
			      struct arena *arena, struct outrider_err *err)
{
	struct change *changes;
	struct row *row;
	size_t n;
	enum outrider_code code;

	visit->is_plan_agreed = false;
	visit->plan_seen_us = 0;
	if (!meeting)
		return OUTRIDER_OK;
	plan_mark(visit, meeting);
	row = row_copy(arena, meeting);
	if (!row)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a meeting");
	const struct store_history_query asked = {
		.id = meeting->id,
		.kind = meeting->entity->number,
		.limit = HISTORY_MAX,
	};
	code = store_history(conn, &changes, &n, &asked, arena, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		bool is_judged = plan_is_judged(row, visit);
		bool is_before = changes[i].at_us < opened_us;

		if (is_judged)
			visit->plan_seen_us = changes[i].at_us;
		if (is_judged && is_before)
			visit->is_plan_agreed = true;
		if (!is_judged && is_before)
			break;
		code = undo(row, &changes[i], arena, err);
	}
	if (is_put_off(meeting, visit))
		visit->is_plan_agreed = false;
	return code;
}
