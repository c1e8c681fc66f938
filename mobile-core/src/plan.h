/*
 * plan: a meeting put together from what the rep says and what cards know: the
 * place with its pin, outline and company, or the meeting before it.
 *
 * Owns the defaults and what is copied from where. The meeting itself goes the
 * way of any edit. It refuses to know of windows and fixes.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "edit.h"
#include "model/meeting_plan.h"
#include "model/schema.h"

/* A meeting before it is an edit. */
struct plan_draft {
	const char *subject;
	int64_t start_us, end_us;
	double latitude, longitude;    /* the pin; plan_take_place sets it */
	int64_t radius_m, min_dwell_s; /* 0: the defaults */
	struct uuid place, company;    /* zeros: none */
	const uint8_t *contact_id;     /* or NULL */
	struct bytes place_fields;     /* outline and entrances are in it */
	/* A meeting's fields: whom and what the next one is about; and where,
	 * if it has no place of its own. */
	struct bytes like;
	bool is_unplanned;
};

/* A place's card, as its pin, size and shape are planned with: where visits
 * have taught better, by what they say. */
void plan_read_place(struct meeting_fields *out, struct bytes fields);

/* The corners and doors of a message's fields; more than a plan takes: none. */
void plan_read_area(struct meeting_fields *out, const struct message *message,
		    struct bytes fields, const char *outline,
		    const char *entrances);

/*
 * Fills pin, radius and company from the place, where they aren't set. The
 * card's fields lie in the core's working memory.
 * Errors: NOT_FOUND.
 */
MODEL_MUST_USE enum outrider_code
plan_take_place(struct outrider *core, struct plan_draft *draft,
		const struct uuid *place, struct outrider_err *err);

/* An edit of the new meeting, to be saved and freed by the caller. */
MODEL_MUST_USE enum outrider_code
plan_open(struct outrider_edit **out, struct outrider *core,
	  const struct plan_draft *draft, struct outrider_err *err);

#endif
