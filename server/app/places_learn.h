/*
 * What confirmed visits say of a place: its pin, its size, and how sure that
 * is. docs/places.md tells why each bound is what it is.
 *
 * Owns the estimate and the write of it. Refuses to know how a visit came to
 * be confirmed but by its finding, and of meetings but where they were held.
 */
#ifndef APP_PLACES_LEARN_H
#define APP_PLACES_LEARN_H

#include "app/write.h"
#include "store/places.h"
#include "store/visits.h"

enum {
	PLACE_VISITS_MIN = 3,	   /* fewer say nothing */
	PLACE_VISITS_OF_REP = 20,  /* the newest of one rep that count */
	PLACE_SHIFT_OF_REP_M = 40, /* so far one rep's word moves a pin */
	PLACE_SHIFT_MAX_M = 250,   /* and so far that of any number */
	PLACE_AGREEING_M = 75,	   /* reps so close to the estimate back it */
	PLACE_RADIUS_LEAST_M = 25,
	PLACE_RADIUS_MOST_M = 150,
};

struct place_estimate {
	bool is_known; /* else the rest is zero */
	double latitude, longitude;
	int32_t radius_m;
	int32_t uncertainty_m; /* 68 % radius */
	int32_t visits, reps;
};

/* latitude and longitude are the place's own pin; lessons newest first. */
void place_estimate(struct place_estimate *out, double latitude,
		    double longitude, const struct place_lesson *lessons,
		    size_t n);

/* Does the visit say where the place is? */
bool place_visit_teaches(const struct visit_finding *visit);

/*
 * Inside the finding's write: what the visit of this meeting says goes into
 * the place's record; what it said before and says no longer goes out. Any
 * number of times the same.
 */
MODEL_MUST_USE enum outrider_code
place_learn(struct app *app, struct store_conn *tx,
	    const struct visit_finding *visit, const struct row *meeting,
	    struct arena *arena, struct outrider_err *err);

#endif
