/*
 * What visits taught about places, one lesson for each visit, and which places
 * lie about one. Draws no conclusions: that is app/places_learn.c's.
 */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include "store/store.h"

/* Where the person of a confirmed visit stayed. */
struct place_lesson {
	struct uuid meeting, rep; /* what it is of: one a visit */
	struct uuid place;
	int64_t at_us;
	int32_t lat_e7, lon_e7;
	uint32_t spread_dm;
};

/*
 * Inserts, or replaces what the visit taught before. *before gets the place
 * that lost a lesson by that, or zero.
 */
MODEL_MUST_USE enum outrider_code
place_lesson_put(struct store_conn *tx, struct uuid *before,
		 const struct place_lesson *lesson, struct outrider_err *err);
/* The visit teaches nothing. *before as above. */
MODEL_MUST_USE enum outrider_code
place_lesson_drop(struct store_conn *tx, struct uuid *before,
		  const struct uuid *meeting, const struct uuid *rep,
		  struct outrider_err *err);
/* The newest first, at most limit of them. */
MODEL_MUST_USE enum outrider_code
place_lessons(struct store_conn *conn, struct place_lesson **out, size_t *n,
	      const struct uuid *place, size_t limit, struct arena *arena,
	      struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
place_lessons_forget(struct store_conn *tx, const struct uuid *place,
		     struct outrider_err *err);

/*
 * Places whose own pins lie in a box; limit of them at most. Whoever
 * sees them: that is asked elsewhere. A box across the date line is given as
 * all longitudes.
 */
struct places_query {
	double south, north, west, east; /* degrees */
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
store_places_about(struct store_conn *conn, struct row ***rows, size_t *n,
		   const struct places_query *asked, struct arena *arena,
		   struct outrider_err *err);

#endif
