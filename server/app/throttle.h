/*
 * Counts failed attempts and makes who failed often wait: bounded memory,
 * nothing kept but keyed hashes and times.
 */
#ifndef APP_THROTTLE_H
#define APP_THROTTLE_H

#include "context.h"
#include "model/arena.h"

struct throttle;

/* What is counted; each has its own patience. */
enum throttle_by { THROTTLE_LOGIN_NAME, THROTTLE_PEER };

struct throttle *throttle_open(const struct context *context);
void throttle_close(struct throttle *throttle);

/*
 * Books an attempt beforehand, so that many at once don't slip through.
 * Returns 0, or for how many microseconds it is refused (and not booked). An
 * empty subject is never refused.
 */
int64_t throttle_attempt(struct throttle *throttle, enum throttle_by by,
			 struct bytes subject);
/* The attempt was good: takes the booking back, and for a name all of them. */
void throttle_forgive(struct throttle *throttle, enum throttle_by by,
		      struct bytes subject);

#endif
