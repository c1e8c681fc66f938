/*
 * visit_state: the detector's memory of one meeting. Its fields belong to
 * visit_*.c; everyone else keeps, copies and saves the struct whole.
 */
#ifndef OUTRIDER_MODEL_VISIT_STATE_H
#define OUTRIDER_MODEL_VISIT_STATE_H

#ifndef OUTRIDER_MODEL_VISIT_H
#error "include model/visit.h"
#endif

enum { VISIT_TRACK = 48 };

/* The newest VISIT_TRACK ticks, oldest first. */
struct visit_track {
	uint32_t count;
	struct tick ticks[VISIT_TRACK];
};

/* A closed stay. */
struct visit_record {
	struct visit_stay stay;
	struct visit_span dwell;
	int32_t log_odds_mnat;
	bool is_mock;
	struct visit_centre centre;
};

struct visit {
	struct visit_plan plan;
	uint32_t parameters; /* that choose the word */
	int64_t opened_us;
	int64_t start_ds; /* the plan's window in ticks' time */
	int64_t end_ds;

	/* Two-sided sequential test: evidence in nats. */
	bool is_inside;
	double enter_evidence;
	double leave_evidence;
	double stay_evidence;  /* sum since the stay began */
	double stay_peak;      /* the most it has been */
	double brush_peak;     /* the most for it, stay or not, about the
				  * window */
	uint32_t ticks;	       /* taken so far */
	uint32_t run_began_ds; /* first tick of the run that opened it */

	struct visit_track recent;  /* the newest ticks */
	struct visit_track arrival; /* about the opening of the stay */

	/* Where the person really sits: mean and mean square. */
	uint32_t centre_n;
	double centre_east_m, centre_north_m, centre_spread_m2;
	uint32_t last_near_ds, first_far_ds;
	bool has_far;
	bool is_mock;

	uint32_t record_count;
	struct visit_record records[VISIT_STAYS_MAX];

	/* What fixes reach of the window, and what stays elsewhere fill. */
	bool may_hide; /* a gap in which a visit had room */
	double last_distance_m;
	int64_t covered_to_ds, contrary_to_ds;
	uint32_t covered_ds, contrary_ds, elsewhere_ds;

	/* The place the person stays at now, wherever it is. */
	uint32_t haunt_n, haunt_misfits;
	bool haunt_is_far;
	double haunt_east_m, haunt_north_m;
	uint32_t haunt_began_ds, haunt_seen_ds;
	uint32_t nearby_ds; /* longest such stay close by */
};

#endif
