/*
 * ledger: what was taken of the rep's whereabouts, for the rep to read.
 *
 * Owns a page a window: which minutes have a fix, how many there were, why. It
 * is a part of the window's row while that is open, and a row of table `ledger`
 * under the number of the entry that the window became, for good: purging
 * evidence leaves it. It refuses to know where anybody was.
 */
#ifndef CORE_LEDGER_H
#define CORE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/arena.h"
#include "model/err.h"
#include "model/octets.h"
#include "model/visit.h"

struct outrider;

enum {
	/* The longest window, with what lies about it. */
	LEDGER_MINUTES_MAX = (VISIT_LENGTH_MAX_S + 2 * VISIT_MARGIN_S) / 60 + 1,
	LEDGER_MAP_MAX = (LEDGER_MINUTES_MAX + 7) / 8,
};

struct ledger_page {
	int64_t opened_us, closes_us;
	uint32_t n_fixes, n_ticks, n_positions;
	bool is_check_in;
	uint16_t map_len;	     /* bytes up to the last minute sampled */
	uint8_t map[LEDGER_MAP_MAX]; /* a bit a minute, the lowest first */
};

/* A fix was taken in at that time. */
void ledger_note_fix(struct ledger_page *page, int64_t time_us);
bool ledger_is_sampled(const struct ledger_page *page, size_t minute);

#define LEDGER_PAGE_MAX (1 + 2 * 8 + 3 * 4 + 2 + LEDGER_MAP_MAX)
void ledger_page_write(struct octet_writer *w, const struct ledger_page *page);
/* False where they are no page's. */
bool ledger_page_read(struct ledger_page *page, struct octet_reader *r);

/* Keeps a closed window's page, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
ledger_keep(struct outrider *core, uint64_t entry, const uint8_t meeting_id[16],
	    const struct ledger_page *page, struct outrider_err *err);

typedef enum outrider_code ledger_fn(void *user, const uint8_t meeting_id[16],
				     const struct ledger_page *page,
				     struct outrider_err *err);
/* Walks the closed ones in their order. CANCELLED stops, and is the result. */
MODEL_MUST_USE enum outrider_code ledger_each(struct outrider *core,
					      ledger_fn *callback, void *user,
					      struct outrider_err *err);

#endif
