/*
 * How long a phone's cards open without the server: an oracle of the lease,
 * which knows the clock that the phone shows and who has answered it.
 */
#ifndef SIM_LEASE_H
#define SIM_LEASE_H

#include "world.h"

enum opening { OPENS, OPENS_NOT, OPENS_OR_NOT };

/* What must come of unlocking now? Only the lease's say. */
enum opening lease_expects(const struct phone *phone);
/* The phone was begun anew, or came back from a power cut. */
void lease_read(struct phone *phone);
/* The core is about to look at its clock. */
void lease_look(struct phone *phone);
/* The core had an answer: the lease is what it was, or was renewed by that. Or
 * it had its time: where it is over the cards are closed, and gone. */
void lease_watch(struct phone *phone, bool was_answered);
/* A sync ended well. */
void lease_check_renewed(struct phone *phone);

/* The act: the phone's clock is two weeks on, for a while or for good. */
void rep_lose_time(struct phone *phone);

#endif
