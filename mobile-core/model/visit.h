/*
 * visit: did a planned meeting take place? Detection and verdict.
 *
 * Owns the detector of one meeting: a plain value of constant size that is fed
 * ticks in time order and can be asked for the verdict at any moment. Whoever
 * has the same plan and the same ticks gets the same bytes, on any processor.
 * Knows nothing of phones, clocks, storage or signatures. docs/visits.md tells
 * how it decides, and how well.
 */
#ifndef OUTRIDER_MODEL_VISIT_H
#define OUTRIDER_MODEL_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/area.h"
#include "model/geo.h"
#include "model/tick.h"

/* Recorded in evidence: a verdict is recomputed with what decided it. Earlier
 * parameters down to the oldest find the same stays, and choose another word
 * where there is none: see visit_judge_by. */
enum {
	VISIT_ALGORITHM = 2,
	VISIT_PARAMETERS = 4,
	VISIT_PARAMETERS_OLDEST = 3,
};

enum {
	VISIT_MARGIN_S = 900,	  /* a stay counts for a meeting if it
				      * touches its window, this much wider
				      * on either side */
	VISIT_LATE_AFTER_S = 600, /* later than start + this is LATE */
	VISIT_RADIUS_MIN_M = 10,
	VISIT_RADIUS_MAX_M = 1000,
	VISIT_RADIUS_DEFAULT_M = 100,
	VISIT_MIN_DWELL_MAX_S = 86400,
	VISIT_MIN_DWELL_DEFAULT_S = 180,
	VISIT_LENGTH_MAX_S = 7 * 86400,
	VISIT_STAYS_MAX = 12,
};

/* What was planned. */
struct visit_plan {
	uint8_t meeting_id[16];
	int64_t start_us; /* Unix time */
	int64_t end_us;	  /* after start_us */
	struct geo_pin pin;
	uint32_t radius_m;    /* size of the place, unless it has an outline */
	uint32_t min_dwell_s; /* a shorter stay is SHORT */
	struct area area;
};

/* In range: a real pin, a window that ends after it starts and lasts at most
 * VISIT_LENGTH_MAX_S, radius and dwell within the limits above, a valid
 * area. */
bool visit_plan_is_valid(const struct visit_plan *plan);

/* The plan's canonical bytes, as they stand in evidence and under its hash.
 * Write returns how many there are; read returns how many it took, 0 if they
 * are no valid plan. */
#define VISIT_PLAN_MAX_BYTES (48 + AREA_MAX_BYTES)
size_t visit_plan_write(uint8_t out[VISIT_PLAN_MAX_BYTES],
			const struct visit_plan *plan);
size_t
visit_plan_read(struct visit_plan *out, const uint8_t *bytes, size_t len);

/* Whether the phone lay within the place: inside its outline, else no further
 * from the pin than the radius. */
bool visit_plan_has(const struct visit_plan *plan, const struct tick *tick);

/* Numbers are stored and sent: never renumber. */
enum visit_word {
	VISIT_PRESENT = 1,   /* a long enough stay, begun in time */
	VISIT_LATE = 2,	     /* the same, begun late */
	VISIT_SHORT = 3,     /* at the place, but not long enough */
	VISIT_NEARBY = 4,    /* stayed close by, but not at the place */
	VISIT_ELSEWHERE = 5, /* stayed at another place most of the time */
	VISIT_ABSENT = 6,    /* none of these: on the move, or drove past */
	VISIT_NO_DATA = 7,   /* too few fixes to say anything */
};
enum { VISIT_WORDS = 7 };

/* "PRESENT" and so on; NULL if it is no word. Static storage. */
const char *visit_word_name(enum visit_word word);

enum visit_certainty {
	VISIT_DOUBTFUL = 1,
	VISIT_FIRM = 2,
};

/* A moment or a length with the interval that holds the truth in about 90 %;
 * lo <= at <= hi. Moments count from the opening of the window, 0.1 s. */
struct visit_span {
	uint32_t at_ds;
	uint32_t lo_ds;
	uint32_t hi_ds;
};

struct visit_stay {
	struct visit_span arrival;
	struct visit_span departure;
};

struct visit_verdict {
	enum visit_word word;
	enum visit_certainty certainty;
	int32_t log_odds_mnat;	   /* ln(P(was there) / P(was not)) * 1000 */
	struct visit_span arrival; /* of the stay that decided; 0 if none */
	struct visit_span departure;
	struct visit_span dwell;
	uint16_t coverage_permille; /* of the window that fixes reach */
	uint16_t contrary_permille; /* ... that fixes elsewhere reach */
	uint32_t ticks;		    /* that were taken into account */
};

/* Where the person was during a stay: the middle of its ticks about the pin,
 * how far they stray from it, and how many they are. */
struct visit_centre {
	int16_t east_dm;
	int16_t north_dm;
	uint16_t spread_dm; /* root of the mean square */
	uint16_t ticks;
};

/* The verdict's canonical bytes: what "byte-equal" means. */
#define VISIT_VERDICT_BYTES 50
void visit_verdict_write(uint8_t out[VISIT_VERDICT_BYTES],
			 const struct visit_verdict *verdict);
/* False if a field is out of range or out of order. */
bool visit_verdict_read(struct visit_verdict *out,
			const uint8_t bytes[VISIT_VERDICT_BYTES]);

#include "model/visit_state.h"

/* Begins the watch over a plan. opened_us is the origin of the ticks' times.
 * False if the plan is not valid or the opening lies more than a week from
 * the plan's start. */
bool visit_open(struct visit *visit, const struct visit_plan *plan,
		int64_t opened_us);

/* Decides from here on as a program with these did, whose evidence is to be
 * recomputed. False if this one doesn't know how. */
bool visit_judge_by(struct visit *visit, uint32_t algorithm,
		    uint32_t parameters);

/* Takes the next tick. One that is not valid, or not later than the one
 * before, is ignored. */
void visit_tick(struct visit *visit, const struct tick *tick);

/* How long from the last tick until another is worth its battery. */
uint32_t visit_wanted_interval_s(const struct visit *visit);

/* The verdict as of the last tick, as if the window closed there. The visit
 * goes on; call it as often as you like. */
void visit_decide(const struct visit *visit, struct visit_verdict *out);

/*
 * Why a verdict is no more than doubtful: a clause for people, "it may have
 * begun in time". NULL where it is firm, where fixes reach hardly any of the
 * window, and where only fixes that the phone called made up stand against it.
 * may_be_in_time: the arrival's interval begins no later than
 * VISIT_LATE_AFTER_S after the start. Reads the word, the certainty, the
 * log-odds, the dwell and the coverage. Static storage.
 */
const char *visit_doubt(const struct visit_verdict *verdict,
			uint32_t min_dwell_s, bool may_be_in_time);

/* The centre of the stay that decides. False if there is none. */
bool visit_centre(const struct visit *visit, struct visit_centre *out);

/* Every stay at the place, in time order, not overlapping; returns how many,
 * at most VISIT_STAYS_MAX. */
size_t
visit_stays(const struct visit *visit, struct visit_stay out[VISIT_STAYS_MAX]);

/*
 * How it stands after the last tick, at hardly any cost: by the detector's
 * thresholds, without edges. A stay that goes on may yet turn out to be a wait
 * at the lights.
 */
struct visit_standing {
	bool is_inside;
	uint32_t since_ds; /* where inside: the first tick that spoke for it */
	size_t n_closed;   /* stays that are over */
};

void visit_stand(const struct visit *visit, struct visit_standing *out);

/* Checkpoint: the same bytes on every processor. Save returns the number of
 * bytes. Load refuses bytes that save could not have written. */
#define VISIT_STATE_MAX_BYTES 2048
size_t
visit_save(const struct visit *visit, uint8_t out[VISIT_STATE_MAX_BYTES]);
bool visit_load(struct visit *visit, const uint8_t *bytes, size_t len);

#endif
