/*
 * A part of outrider.h, which includes it: what a rep asks on the road. Who is
 * near, the driving order, birthdays, promises, who calls.
 */
#ifndef OUTRIDER_HELPERS_H
#define OUTRIDER_HELPERS_H

#include "outrider.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a rep asks on the road, answered by the cards and the edits that wait,
 * without the network. Distances are metres along the earth as the crow flies:
 * no roads. Coordinates are degrees, WGS 84; a pin at 0, 0 is none.
 *
 * What a callback gets is borrowed for its call; it returns false to stop.
 * Errors of all: LOCKED, RESOURCE_EXHAUSTED.
 */

/* A card, and the nearest of the pins that it is found by. */
struct outrider_neighbour {
	const struct outrider_card *card;
	double distance_m;
	double latitude, longitude;
	uint8_t place_id[16]; /* the place whose pin it is */
};

typedef bool
outrider_neighbour_fn(void *user, const struct outrider_neighbour *neighbour);

struct outrider_around {
	double latitude, longitude;
	double radius_m;  /* 0: any distance */
	size_t limit;	  /* 0: 50 */
	const char *kind; /* "place", "company", "contact"; NULL: all three */
};

/*
 * Visits places, companies and contacts by their distance, the nearest first. A
 * company is where its places are (those that name it, and those that it
 * names), a contact where its companies are.
 * Errors: INVALID_ARGUMENT (not on earth, another kind).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_near(struct outrider *core, const struct outrider_around *around,
	      outrider_neighbour_fn *callback, void *user,
	      struct outrider_err *err);

/* Which meetings to put in a driving order, and from where to where. */
struct outrider_trip {
	int64_t from_us, until_us; /* those whose hours touch [from, until) */
	bool has_start, has_end;   /* else: wherever is best */
	double start_latitude, start_longitude;
	double end_latitude, end_longitude;
};

struct outrider_stop {
	const struct outrider_card *meeting;
	size_t number; /* 1, 2, ... */
	double latitude, longitude;
	double leg_m;		  /* from the stop before, or the start */
	int64_t start_us, end_us; /* as planned */
	/* Its hours are over before one of the stops in front of it begins, so
	 * that in this order one of the two is missed. Driving counts as no
	 * time: more of them may be. */
	bool is_missed;
};

typedef bool outrider_stop_fn(void *user, const struct outrider_stop *stop);

struct outrider_drive_sum {
	double length_m, last_leg_m; /* last: to the end, where there is one */
	size_t n_stops, n_without_pin;
	bool is_shortest; /* of all orders: up to 12 stops */
};

/*
 * Puts one's own meetings, without those that were held or cancelled, into the
 * order of the shortest way and visits them in it. The order ignores the agreed
 * hours: is_missed says what doesn't fit. Those without a pin are counted and
 * left out. *sum is filled before the first visit.
 * Errors: INVALID_ARGUMENT (not on earth), OUT_OF_RANGE (over 100 stops).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_drive(struct outrider *core, struct outrider_drive_sum *sum,
	       const struct outrider_trip *asked, outrider_stop_fn *callback,
	       void *user, struct outrider_err *err);

struct outrider_date {
	int year, month, day; /* months and days from 1 on */
};

struct outrider_birthday {
	const struct outrider_card *card;
	struct outrider_date date; /* the next one; of 29 February it is
				    * 1 March in a year without that day */
	int in_days;		   /* 0: today */
	int turns;		   /* years; 0: not known */
};

typedef bool
outrider_birthday_fn(void *user, const struct outrider_birthday *birthday);

/*
 * Visits contacts whose birthday is within n_days (1 to 366) from today on, in
 * the order of the days. today is the date where the rep is.
 * Errors: INVALID_ARGUMENT.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_birthdays(struct outrider *core, struct outrider_date today,
		   unsigned n_days, outrider_birthday_fn *callback, void *user,
		   struct outrider_err *err);

/* An open task, or the next step of a communication, a lead or a deal. */
struct outrider_promise {
	const struct outrider_card *card;
	const char *text; /* the task's subject, or the step */
	int64_t due_us;	  /* 0: no time was said */
	bool is_overdue;
};

typedef bool
outrider_promise_fn(void *user, const struct outrider_promise *promise);

/*
 * Visits what the user owes, by when it is due, what has no time last: their
 * own open tasks due before until_us, however long ago, and the next steps of
 * what they own with a time in [from_us, until_us). Nothing says that a next
 * step was taken, so from_us is how long one looks back.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_promises(struct outrider *core, int64_t from_us, int64_t until_us,
		  outrider_promise_fn *callback, void *user,
		  struct outrider_err *err);

/*
 * Visits the contacts, leads and companies, in this order, that have a
 * telephone number or an e-mail address, in whatever writing: with the country
 * ("+380 50 222 33 44") or as it is dialled at home ("050 222 33 44").
 * Errors: INVALID_ARGUMENT (neither of the two).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_identify(struct outrider *core, const char *text,
		  outrider_card_fn *callback, void *user,
		  struct outrider_err *err);

/*
 * What names a card to people: "Olena Koval". Needs no core. Returns the length
 * (snprintf's way, cut between characters), 0 where it has no name, -1 for an
 * unknown kind.
 */
OUTRIDER_API int outrider_card_title(char *out, size_t size, const char *kind,
				     const uint8_t *fields, size_t len);

/*
 * What the fields of a kind hold, for hosts that make forms and lists of them:
 * with the paths of outrider_field_name. None of these needs a core; what they
 * return is static.
 */

enum outrider_field_type {
	OUTRIDER_FIELD_NONE = 0, /* no such field, or one without a text form */
	OUTRIDER_FIELD_TEXT = 1,
	OUTRIDER_FIELD_NUMBER = 2,    /* decimal */
	OUTRIDER_FIELD_BOOL = 3,      /* "true", "false" */
	OUTRIDER_FIELD_CHOICE = 4,    /* outrider_field_choice has them */
	OUTRIDER_FIELD_TIME = 5,      /* RFC 3339 */
	OUTRIDER_FIELD_DATE = 6,      /* "1985-04-12", "--04-12" */
	OUTRIDER_FIELD_REFERENCE = 7, /* an id: outrider_field_reference's */
};

/* The kinds of cards by index from 0 on; NULL behind the last. */
OUTRIDER_API const char *outrider_kind_name(size_t index);
OUTRIDER_API enum outrider_field_type
outrider_field_type(const char *kind, const char *field);
/* May an app set it, if only on a new card? What remains is the server's. */
OUTRIDER_API bool
outrider_field_is_written(const char *kind, const char *field);
/* The values of a choice by index from 0 on, without the one that says
 * nothing; NULL behind the last. */
OUTRIDER_API const char *
outrider_field_choice(const char *kind, const char *field, size_t index);
/* The kind of card whose id is in a field ("contact_ids": "contact"); NULL
 * where it holds none. */
OUTRIDER_API const char *
outrider_field_reference(const char *kind, const char *field);

#ifdef __cplusplus
}
#endif

#endif
