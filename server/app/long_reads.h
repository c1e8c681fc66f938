/*
 * Searches that read much, on threads of their own: the workers, which answer
 * everybody, only try a search, and hand on what would hold them up.
 *
 * Who has several waits for those of the others: the first of each caller go
 * before the second of any. A caller has few at once, and all together have
 * not many; who comes with more is refused and told to come again.
 */
#ifndef APP_LONG_READS_H
#define APP_LONG_READS_H

#include "app/call.h"

enum {
	LONG_READS_OF_CALLER = 4, /* waiting and under way */
	LONG_READS_MAX = 64,
};

struct long_reads;

/* One of them; part of the call, which is its own until `done`. */
struct long_read {
	struct app_call *call;
	/* On a thread for them, whose reader call_conn is meanwhile. */
	enum outrider_code (*run)(struct app_call *call);
	/* The last thing that happens to it, on the same thread. */
	void (*done)(struct app_call *call, enum outrider_code code);
	/* long_reads.c's: how many of the caller's are before it. */
	size_t n_before;
	struct long_read *next;
};

/* Errors: RESOURCE_EXHAUSTED, and those of app_worker_open. */
MODEL_MUST_USE enum outrider_code
long_reads_open(struct long_reads **out, struct app *app, unsigned n_threads,
		struct outrider_err *err);
/* Runs what waits (cancelled calls end at once). NULL is fine. */
void long_reads_close(struct long_reads *reads);

/* Has the caller one that waits or is under way? */
bool long_reads_has(struct long_reads *reads, const struct uuid *caller);
/* Errors: RESOURCE_EXHAUSTED (the caller has too many, or all have). */
MODEL_MUST_USE enum outrider_code long_reads_submit(struct long_reads *reads,
						    struct long_read *read,
						    struct outrider_err *err);

#endif
