/*
 * evidence: the canonical bytes of what was seen of one meeting.
 *
 * Owns the content of an evidence entry: plan, ticks, signals and verdict, as
 * docs/formats/evidence-content.md lays them out. It refuses to know of keys,
 * hashes, chains and files: src/evidence signs, the server keeps.
 */
#ifndef OUTRIDER_MODEL_EVIDENCE_H
#define OUTRIDER_MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tick.h"
#include "model/visit.h"

enum {
	EVIDENCE_FORMAT = 2,
	EVIDENCE_MAX_BYTES = 4096, /* a finished entry is never longer */
};

/* An entry being written: begin, append a tick at a time, finish. Its bytes
 * are in the caller's buffer and are a checkpoint at any moment: see
 * evidence_draft_resume. */
struct evidence_draft {
	uint8_t *bytes; /* EVIDENCE_MAX_BYTES of the caller's */
	size_t len;
	size_t front;	  /* bytes before the first tick */
	struct tick last; /* what the next tick's differences are to */
	uint32_t ticks;
	bool is_finished;
};

/* Starts an entry in the caller's buffer, which must hold EVIDENCE_MAX_BYTES
 * and outlive the draft. False if the plan is not valid. */
bool evidence_draft_begin(struct evidence_draft *draft, uint8_t *buffer,
			  const struct visit_plan *plan, int64_t opened_us);

/* The block to ask of tick_quantiser_add. Each half of the room that is left
 * is spent twice as slowly as the one before, so that a window is never cut
 * off for want of room. */
uint32_t evidence_block_ds(const struct evidence_draft *draft);

/* Adds a tick. False, and nothing written, if it is not valid, not later than
 * the last one, or has no room left; such a tick must not go to the detector
 * either. */
bool evidence_draft_append(struct evidence_draft *draft,
			   const struct tick *tick);

/* Ends the entry: draft->bytes, draft->len are the content. False if it has
 * ended already, or closed_us lies before the opening or the last tick. */
bool evidence_draft_finish(struct evidence_draft *draft, int64_t closed_us,
			   const struct tick_signals *signals,
			   const struct visit_verdict *verdict);

/* Takes an unfinished draft up again from the bytes kept (len of them, at the
 * front of buffer). False if they are not what begin and append write. */
bool evidence_draft_resume(struct evidence_draft *draft, uint8_t *buffer,
			   size_t len);

/* The same of a draft that a program with another algorithm or parameters
 * began: the ticks stand, what judges them from here on is this program's, and
 * visit has seen them all. */
bool evidence_draft_adopt(struct evidence_draft *draft, struct visit *visit,
			  uint8_t *buffer, size_t len);

/* A finished entry, read. Ticks stay in the entry's bytes, which are borrowed:
 * walk them with evidence_tick_next. */
struct evidence_content {
	uint32_t algorithm;
	uint32_t parameters;
	struct visit_plan plan;
	int64_t opened_us;
	int64_t closed_us;
	uint32_t ticks;
	struct tick_signals signals;
	struct visit_verdict verdict;
	const uint8_t *tick_bytes;
	size_t tick_len;
};

/* Reads an entry from hostile bytes. False unless they are exactly what the
 * writer would have written for the same content. */
bool evidence_content_read(struct evidence_content *out, const uint8_t *bytes,
			   size_t len);

struct evidence_cursor {
	const uint8_t *next;
	const uint8_t *end;
	struct tick last;
	bool has_last;
};

void evidence_cursor_start(struct evidence_cursor *cursor,
			   const struct evidence_content *content);
/* False after the last tick. */
bool evidence_cursor_next(struct evidence_cursor *cursor, struct tick *out);

enum evidence_finding {
	EVIDENCE_EQUAL = 1,	/* the verdict follows from the ticks */
	EVIDENCE_DIFFERENT = 2, /* it does not */
	EVIDENCE_UNKNOWN = 3,	/* made by an algorithm or parameters that
				   * this build does not have */
};

/* The detector as the entry's ticks leave it, for whoever wants more than the
 * verdict. False where the finding would be EVIDENCE_UNKNOWN. */
bool evidence_replay(struct visit *out, const struct evidence_content *content);

/* Runs the detector over the entry's ticks. *recomputed is written unless
 * the finding is EVIDENCE_UNKNOWN. */
enum evidence_finding evidence_recompute(const struct evidence_content *content,
					 struct visit_verdict *recomputed);

#endif
