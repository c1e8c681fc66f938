/*
 * watch: one Watch call beside the calls of a sync, while the host wants it.
 *
 * Owns when that call is open, and when it is tried again. A word of it starts
 * a sync, and says nothing else; silence is fine, for as long as it lasts. It
 * refuses to know what a sync does.
 *
 *	      wanted, cards open, something was pulled
 *	CLOSED -----------------------------------------> OPEN --- a word: sync
 *	   ^                                                |
 *	   +---- not wanted, locked ------------------------+
 *	   +---- ended: again after 1 s, 2 s ... 5 min -----+
 *
 * Invariant: a call is open only while the cards are. Its id is of the same
 * count as those of the sync's calls.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/arena.h"
#include "model/err.h"

struct outrider;

struct watch {
	bool is_wanted;
	uint64_t call;	      /* open; 0: none */
	int64_t open_mono_us; /* since then */
	bool has_news;	      /* came while a sync was under way */
	unsigned n_failures;  /* in a row */
	int64_t retry_us;     /* wall time: not before */
};

void watch_want(struct outrider *core, bool is_wanted);
/* Opens it where it should be; *next_us: when to look again. */
void watch_step(struct outrider *core, int64_t *next_us);
bool watch_is_of(const struct outrider *core, uint64_t call);
/* Errors: DATA_LOSS (makes no sense; the call is given up). */
MODEL_MUST_USE enum outrider_code watch_heard(struct outrider *core,
					      struct bytes response,
					      struct outrider_err *err);
void watch_ended(struct outrider *core, enum outrider_code code);
/* A sync has ended well: another one, where something came meanwhile. */
void watch_sync_ended(struct outrider *core);
/* The cards close, or the core does. */
void watch_close(struct outrider *core);

#endif
