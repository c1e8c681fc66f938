/*
 * Calls that wait for a time of day: the end of somebody's quiet hours, a
 * window that opens. Somebody outside says now and then that time has passed
 * (app_tick); the room has no thread and no clock of its own.
 *
 * An alarm is one call's. Threads: any.
 */
#ifndef APP_ALARMS_H
#define APP_ALARMS_H

#include "model/uuid.h"

#include <stdint.h>

struct call_private;
struct alarms;

struct alarm {
	struct call_private *life; /* whom to wake */
	struct uuid user;	   /* whose stream it is */
	/* From here on the alarms' own, under their lock. */
	int64_t set_us, at_us;
	struct alarm *next, **link;
};

struct alarms *alarms_open(void);
/* NULL is fine. */
void alarms_close(struct alarms *alarms);

/* Instead of what was set before. */
void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t now_us,
		int64_t at_us);
/* Any time, also twice, also for one that was never set. */
void alarms_stop(struct alarms *alarms, struct alarm *alarm);
/*
 * Wakes those whose time has come, and those that were set at a time that
 * hasn't: the clock was put back, and they have to think again.
 */
void alarms_ring(struct alarms *alarms, int64_t now_us);
/* Wakes the user's, whatever the time: how they want to be told has changed. */
void alarms_call(struct alarms *alarms, const struct uuid *user);

#endif
