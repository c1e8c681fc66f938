/*
 * A phone on a disk in memory whose power can go, and the loop that lets it go
 * at each write of an act in turn:
 *
 *	struct powered p;
 *
 *	powered_begin(&p);
 *	while (powered_next(&p)) {
 *		powered_ready(&p);
 *		... what goes before ...
 *		powered_cut(&p);
 *		... the act ...
 *		powered_restart(&p);
 *		... the old state, or the new one ...
 *	}
 *
 * The last run is the one in which the power stayed. Fails the running cmocka
 * test where something that must work doesn't. Knows nothing of any act.
 */
#ifndef POWERED_H
#define POWERED_H

#include "phone_host.h"
#include "test_vfs.h"

struct powered {
	struct phone phone;
	struct test_disk *disk;
	uint64_t n; /* the power goes at this write, from 1 */
	/* Each step leaves out an eighth of the writes before it: where an act
	 * writes hundreds of the same. */
	bool is_wide;
	bool is_made, was_cut;
	uint64_t dice;
};

/* A disk, and a phone on it that isn't open yet; powered_free ends both. What
 * a power cut does to the disk depends on the seed. */
void powered_make(struct powered *p, uint64_t seed);
void powered_free(struct powered *p);
/* Opened, enrolled as a rep, and unlocked. */
void powered_ready(struct powered *p);

void powered_begin(struct powered *p);
/* Frees the last run's phone, and makes the next one's; false when the last
 * run wasn't cut. */
bool powered_next(struct powered *p);

/* The power goes at the p->n-th write from now. */
void powered_cut(struct powered *p);
/* The process dies with the power, which then comes back: p->was_cut says
 * whether it had gone. The phone is closed. */
void powered_return(struct powered *p);
/* As powered_return, and the phone is opened and unlocked. */
void powered_restart(struct powered *p);

#endif
