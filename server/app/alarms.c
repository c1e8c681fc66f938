/*
 * Calls that wait for a time of day: see alarms.h. A list: a tick looks at all
 * of them, a few thousand at most, once a second.
 */
#include "app/alarms.h"

#include "app/parts.h"

#include <stdlib.h>

struct alarms {
	pthread_mutex_t lock; /* taken before a call's own lock */
	struct alarm *first;
};

struct alarms *alarms_open(void)
{
	struct alarms *alarms = calloc(1, sizeof(*alarms));

	if (alarms)
		pthread_mutex_init(&alarms->lock, NULL);
	return alarms;
}

void alarms_close(struct alarms *alarms)
{
	if (!alarms)
		return;
	pthread_mutex_destroy(&alarms->lock);
	free(alarms);
}

/* Holding the lock. */
static void take_out(struct alarm *alarm)
{
	if (!alarm->link)
		return;
	*alarm->link = alarm->next;
	if (alarm->next)
		alarm->next->link = alarm->link;
	alarm->link = NULL;
}

void alarms_set(struct alarms *alarms, struct alarm *alarm, int64_t now_us,
		int64_t at_us)
{
	pthread_mutex_lock(&alarms->lock);
	take_out(alarm);
	alarm->set_us = now_us;
	alarm->at_us = at_us;
	alarm->next = alarms->first;
	alarm->link = &alarms->first;
	if (alarm->next)
		alarm->next->link = &alarm->next;
	alarms->first = alarm;
	pthread_mutex_unlock(&alarms->lock);
}

void alarms_stop(struct alarms *alarms, struct alarm *alarm)
{
	pthread_mutex_lock(&alarms->lock);
	take_out(alarm);
	pthread_mutex_unlock(&alarms->lock);
}

void alarms_call(struct alarms *alarms, const struct uuid *user)
{
	struct alarm *next;

	pthread_mutex_lock(&alarms->lock);
	for (struct alarm *a = alarms->first; a; a = next) {
		next = a->next;
		if (uuid_compare(&a->user, user) != 0)
			continue;
		take_out(a);
		call_signal(a->life);
	}
	pthread_mutex_unlock(&alarms->lock);
}

void alarms_ring(struct alarms *alarms, int64_t now_us)
{
	struct alarm *next;

	pthread_mutex_lock(&alarms->lock);
	for (struct alarm *a = alarms->first; a; a = next) {
		next = a->next;
		if (now_us < a->at_us && now_us >= a->set_us)
			continue;
		take_out(a);
		call_signal(a->life);
	}
	pthread_mutex_unlock(&alarms->lock);
}
