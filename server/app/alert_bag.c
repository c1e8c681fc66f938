/*
 * Alerts held back: see alert_bag.h.
 */
#include "app/alert_bag.h"

#include <string.h>

#define BURST_US (INT64_C(600) * 1000000)

static void drop(struct alert_bag *bag, size_t place)
{
	bag->n--;
	memmove(&bag->at[place], &bag->at[place + 1],
		(bag->n - place) * sizeof(bag->at[0]));
}

static size_t find(const struct alert_bag *bag, const struct uuid *id)
{
	size_t i = 0;

	while (i < bag->n && uuid_compare(&bag->at[i].id, id) != 0)
		i++;
	return i;
}

/* An unknown type counts as 0. */
static uint64_t *count_of(struct alert_bag *bag, int64_t type)
{
	bool is_known = type >= 0 && type < ALERT_TYPES;

	return &bag->counts.of_type[is_known ? type : 0];
}

bool bag_add(struct alert_bag *bag, const struct held_alert *alert,
	     int64_t type, int64_t since_us, struct arena *arena)
{
	size_t place = find(bag, &alert->id);

	if (!bag->at)
		bag->at =
			arena_alloc(arena, DIGEST_ALERTS * sizeof(bag->at[0]));
	if (!bag->at)
		return false;
	if (place < bag->n) {
		drop(bag, place);
	} else {
		if (bag->counts.n++ == 0 || since_us < bag->counts.since_us)
			bag->counts.since_us = since_us;
		++*count_of(bag, type);
	}
	if (bag->n == DIGEST_ALERTS)
		drop(bag, 0);
	bag->at[bag->n++] = *alert;
	return true;
}

void bag_remove(struct alert_bag *bag, const struct uuid *id, int64_t type)
{
	size_t place = find(bag, id);

	if (place == bag->n)
		return;
	drop(bag, place);
	bag->counts.n--;
	--*count_of(bag, type);
}

struct held_alert bag_take(struct alert_bag *bag)
{
	struct held_alert first = bag->at[0];

	drop(bag, 0);
	return first;
}

void bag_empty(struct alert_bag *bag)
{
	bag->n = 0;
	bag->counts = (struct digest_counts){ .n = 0 };
}

/* ------------------------------------------------------------------ bursts */

static void forget(struct burst *burst, size_t n)
{
	burst->n -= n;
	memmove(burst->sent_us, burst->sent_us + n,
		burst->n * sizeof(burst->sent_us[0]));
}

bool burst_has_room(struct burst *burst, size_t limit, int64_t now_us)
{
	size_t n = 0;

	if (burst->n > 0 && burst->sent_us[burst->n - 1] > now_us)
		burst->n = 0;
	while (n < burst->n && burst->sent_us[n] <= now_us - BURST_US)
		n++;
	if (n > 0)
		forget(burst, n);
	return burst->n < limit;
}

bool burst_add(struct burst *burst, int64_t now_us, struct arena *arena)
{
	if (!burst->sent_us)
		burst->sent_us =
			arena_alloc(arena, BURST_MAX * sizeof(int64_t));
	if (!burst->sent_us)
		return false;
	if (burst->n == BURST_MAX)
		forget(burst, 1);
	burst->sent_us[burst->n++] = now_us;
	return true;
}

int64_t burst_room_us(const struct burst *burst, size_t limit)
{
	/* The limit may have been lowered meanwhile. */
	return burst->sent_us[burst->n - limit] + BURST_US;
}
