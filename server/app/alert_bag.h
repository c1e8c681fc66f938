/*
 * Alerts that a stream holds back, and how many it has sent lately: what makes
 * digests out of floods. Memory is bounded whatever comes: of more than a
 * digest carries the oldest are counted and forgotten.
 *
 * Knows no stream, no user and no clock of its own.
 */
#ifndef APP_ALERT_BAG_H
#define APP_ALERT_BAG_H

#include "app/alert_delivery.h"

struct held_alert {
	struct uuid id;
	uint64_t rev;
};

struct alert_bag {
	struct held_alert *at; /* DIGEST_ALERTS of them, or NULL */
	size_t n;	       /* the oldest first */
	struct digest_counts counts;
};

/* What comes again counts once; since_us is when it came up. False without
 * memory. */
bool bag_add(struct alert_bag *bag, const struct held_alert *alert,
	     int64_t type, int64_t since_us, struct arena *arena);
/* Takes it out, if it is in, as if it had never come. */
void bag_remove(struct alert_bag *bag, const struct uuid *id, int64_t type);
/* Gives the oldest, which leaves. It must not be empty. */
struct held_alert bag_take(struct alert_bag *bag);
/* Keeps its memory. */
void bag_empty(struct alert_bag *bag);

/* ------------------------------------------------------------------- bursts */

enum { BURST_MAX = 1000 };

/* Ten minutes of what was sent one by one. */
struct burst {
	int64_t *sent_us; /* BURST_MAX of them, or NULL; the oldest first */
	size_t n;
};

/* May one more be sent now? A clock that was put back forgets what it sent. */
bool burst_has_room(struct burst *burst, size_t limit, int64_t now_us);
/* False without memory. */
bool burst_add(struct burst *burst, int64_t now_us, struct arena *arena);
/* When there will be room. Only where there is none. */
int64_t burst_room_us(const struct burst *burst, size_t limit);

#endif
