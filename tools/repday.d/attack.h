/*
 * attack: a rep's day as a cheat would have it seen.
 *
 * Owns how each known way to fake a visit changes what the phone is shown, and
 * what is done to the phone beside its fixes; docs/spoofing.md tells which are
 * noticed. It refuses to know how they are noticed.
 */
#ifndef REPDAY_ATTACK_H
#define REPDAY_ATTACK_H

#include <stddef.h>

#include "day.h"
#include "sight.h"

enum attack {
	ATTACK_NONE,
	ATTACK_MOCK,	   /* an app makes fixes up, and the platform says so */
	ATTACK_REPLAY,	   /* the fixes of an earlier day; nobody says so */
	ATTACK_CONSTANT,   /* the pin, all through the meeting */
	ATTACK_STRAIGHT,   /* from home to the pin with a ruler */
	ATTACK_CLOCK_BACK, /* an hour late by a clock that is an hour slow */
	ATTACK_GPS_OFF,	   /* while the rep is away */
	ATTACK_CHAIN_CUT,  /* the old phone's entries kept back, a new phone */
	ATTACK_DISK_EDIT,  /* the evidence changed on the phone's disk */
	ATTACKS,
};

const char *attack_name(enum attack attack);
/* One line for a person. */
const char *attack_story(enum attack attack);

/* Something done to the phone. */
struct attack_act {
	uint32_t at_s; /* since midnight */
	const char *what, *value;
};

struct attack_acts {
	size_t n;
	struct attack_act acts[2 * DAY_MEETINGS];
};

/*
 * What the phone is shown of the day, ATTACK_NONE being the honest truth; the
 * day becomes what truly happens. Returns how many fixes, in order of time.
 * A replay's recording is the honest day of the same seed and noise.
 */
size_t attack_observe(struct sighting out[SIGHT_MAX], struct attack_acts *acts,
		      struct day *day, enum attack attack, uint64_t seed,
		      double noise);

#endif
