/* The phone asks for its fixes itself: see workday.h. */
#include "workday.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "day_core.h"

enum {
	NO_FIX_S = 15, /* after one that the GPS couldn't give */
	HOUR_S = 3600,
	MINUTE_S = 60,
};

static const int64_t US_PER_S = 1000000;
static const struct geo_pin CITY = { 523700000, 49000000 };

int64_t workday_us(const struct workday *w, uint32_t at_s)
{
	return day_us(&w->frame, at_s);
}

bool workday_make(struct workday *w, uint64_t seed, enum attack attack,
		  int64_t midnight_s)
{
	w->frame =
		(struct files_frame){ .seed = seed, .midnight_s = midnight_s };
	geo_plane_about(&w->frame.city, CITY);
	w->skew_us = 0;
	w->next = w->next_act = 0;
	if (!day_live(&w->day, seed))
		return false;
	w->n_seen =
		attack_observe(w->seen, &w->acts, &w->day, attack, seed, 1.0);
	return true;
}

static void step(struct phone *phone)
{
	int64_t next_us;

	assert_int_equal(outrider_step(phone->core, &next_us, NULL),
			 OUTRIDER_OK);
}

static void set_clocks(struct workday *w, struct office *office,
		       struct phone *phone, int64_t now_us)
{
	phone->mono_us += now_us - w->now_us;
	phone->wall_us = now_us + w->skew_us;
	office_set_time(office, now_us);
	w->now_us = now_us;
}

void workday_go_to(struct workday *w, struct office *office,
		   struct phone *phone, int64_t now_us)
{
	set_clocks(w, office, phone, now_us);
	step(phone);
}

/* ------------------------------------------------------------------- plans */

void workday_plan(struct workday *w, struct office *office, struct phone *phone)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct outrider_plan plan =
			day_plan(&w->day.meetings[i], &w->frame);

		assert_int_equal(outrider_plan_meeting(phone->core,
						       w->meetings[i].at, &plan,
						       NULL),
				 OUTRIDER_OK);
	}
	office_sync(office, phone);
}

void workday_live_little(struct workday *w, struct office *office,
			 struct phone *phone, bool is_sent)
{
	int64_t start_us = w->now_us + HOUR_S * US_PER_S;
	struct outrider_plan plan = {
		.subject = "A word in between",
		.start_us = start_us,
		.end_us = start_us + 600 * US_PER_S,
		.latitude = 52.3,
		.longitude = 4.8,
	};
	uint8_t id[16];

	assert_int_equal(outrider_plan_meeting(phone->core, id, &plan, NULL),
			 OUTRIDER_OK);
	for (int minutes = 0; minutes < 120; minutes++)
		workday_go_to(w, office, phone,
			      w->now_us + MINUTE_S * US_PER_S);
	if (is_sent)
		office_sync(office, phone);
}

/* ------------------------------------------------------------------ living */

/* What the GPS shows at that second of the sightings, if anything. */
static bool ask_gps(struct workday *w, struct phone *phone, uint32_t shown_s,
		    const struct manner *manner)
{
	struct outrider_fix fix;

	while (w->next < w->n_seen && w->seen[w->next].at_s < shown_s)
		w->next++;
	if (w->next == w->n_seen ||
	    w->seen[w->next].at_s >= shown_s + SIGHT_EVERY_S)
		return false;
	fix = day_fix(&w->seen[w->next], &w->frame);
	fix.time_us = manner->is_time_the_phones ? phone->wall_us : w->now_us;
	assert_int_equal(outrider_add_fix(phone->core, &fix, NULL),
			 OUTRIDER_OK);
	return true;
}

/* Before this second it has not been asked again. */
static uint32_t live_second(struct workday *w, struct phone *phone,
			    uint32_t asked_s, uint32_t at_s,
			    const struct manner *manner)
{
	int64_t until_us;
	uint32_t wanted_s = outrider_wanted_interval(phone->core, &until_us);

	if (wanted_s == 0 || at_s < asked_s + wanted_s ||
	    at_s < w->day.begins_s + manner->late_s)
		return asked_s;
	if (ask_gps(w, phone, at_s - manner->late_s, manner) ||
	    wanted_s <= NO_FIX_S)
		return at_s;
	return at_s - wanted_s + NO_FIX_S;
}

/* Location that is switched off or on by now. */
static void act(struct workday *w, struct phone *phone, uint32_t at_s)
{
	for (;
	     w->next_act < w->acts.n && w->acts.acts[w->next_act].at_s <= at_s;
	     w->next_act++) {
		const struct attack_act *act = &w->acts.acts[w->next_act];
		bool is_off = strcmp(act->value, "off") == 0;

		if (strcmp(act->what, "location") != 0)
			continue;
		assert_int_equal(
			outrider_set_trouble(phone->core,
					     is_off ? OUTRIDER_TROUBLE_GPS_OFF
						    : OUTRIDER_TROUBLE_NONE,
					     NULL),
			OUTRIDER_OK);
	}
}

void workday_live(struct workday *w, struct office *office, struct phone *phone,
		  const struct manner *manner)
{
	uint32_t ends_s = w->day.ends_s + manner->late_s, asked_s = 0;

	for (uint32_t s = w->day.begins_s; s < ends_s; s += SIGHT_EVERY_S) {
		if (s >= manner->set_s)
			w->skew_us = manner->set_by_us;
		set_clocks(w, office, phone, workday_us(w, s));
		act(w, phone, s);
		if (s % MINUTE_S == 0)
			step(phone);
		asked_s = live_second(w, phone, asked_s, s, manner);
		if (manner->sync_every_s && s % manner->sync_every_s == 0)
			office_sync(office, phone);
	}
	workday_go_to(w, office, phone, workday_us(w, ends_s + HOUR_S));
}
