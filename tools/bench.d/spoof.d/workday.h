/*
 * workday: a made-up day, lived by a rep with a real phone.
 *
 * Owns the day, its meetings on phone and server, and the phone's clocks from
 * second to second: what is true, and what the phone is made to believe. It
 * refuses to know what is made of it.
 */
#ifndef BENCH_SPOOF_WORKDAY_H
#define BENCH_SPOOF_WORKDAY_H

#include "attack.h"
#include "day_files.h"
#include "office.h"

struct workday {
	struct day day;
	struct attack_acts acts;
	struct sighting seen[SIGHT_MAX];
	size_t n_seen, next, next_act;
	struct files_frame frame;
	struct uuid meetings[DAY_MEETINGS];
	int64_t now_us;	 /* the truth */
	int64_t skew_us; /* what is added to it on the phone's wall clock */
};

/* How it is lived. */
struct manner {
	uint32_t late_s; /* than the sightings say */
	uint32_t set_s;	 /* when the wall clock is set, since midnight */
	int64_t set_by_us;
	bool is_time_the_phones; /* fixes bear the phone's time, not GPS's */
	uint32_t sync_every_s;	 /* 0: never */
};

/* False if no day of this seed is clear-cut. */
bool workday_make(struct workday *w, uint64_t seed, enum attack attack,
		  int64_t midnight_s);
/* Both clocks of the phone, and the server's, go on to that time. */
void workday_go_to(struct workday *w, struct office *office,
		   struct phone *phone, int64_t now_us);
/* The meetings of the day, on the phone and from there on the server. */
void workday_plan(struct workday *w, struct office *office,
		  struct phone *phone);
/* From the first second to an hour after the last. */
void workday_live(struct workday *w, struct office *office, struct phone *phone,
		  const struct manner *manner);
/* Another meeting in an hour, of ten minutes, of which nothing is seen; until
 * its entry stands and, if it is to be, was sent. */
void workday_live_little(struct workday *w, struct office *office,
			 struct phone *phone, bool is_sent);

int64_t workday_us(const struct workday *w, uint32_t at_s);

#endif
