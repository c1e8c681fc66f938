/*
 * spoof: how much speaks for made-up positions.
 *
 * Owns the signals, their names and weights, and the score that one entry of
 * evidence makes by itself; whoever has the entry gets the same bytes. What
 * takes more than one entry is added by whoever has them. It is no part of the
 * verdict, and never rests on one soft signal alone. docs/spoofing.md tells
 * what each signal means and how often honest phones show it.
 */
#ifndef OUTRIDER_MODEL_SPOOF_H
#define OUTRIDER_MODEL_SPOOF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/evidence.h"

/* Bits of spoof_finding.reasons: stored and sent, never renumbered. */
enum spoof_signal {
	SPOOF_MOCK = 0,		/* the platform marked fixes as made up */
	SPOOF_ATTESTATION = 1,	/* ... found app or phone altered */
	SPOOF_CLOCK_BACK = 2,	/* the phone's clock was set back */
	SPOOF_CHAIN = 3,	/* an entry doesn't follow the one before */
	SPOOF_REPLAY = 4,	/* the noise of an earlier track, again */
	SPOOF_TELEPORT = 5,	/* jumps that nothing on wheels makes */
	SPOOF_FROZEN = 6,	/* the same coordinates, nearly always */
	SPOOF_NO_JITTER = 7,	/* moves, but never by more than a hand */
	SPOOF_STRAIGHT = 8,	/* moves as if drawn with a ruler */
	SPOOF_SENSORS = 9,	/* steps and motion say otherwise */
	SPOOF_OFF_DURING = 10,	/* no GPS while it mattered, on purpose or
				   * not: switched off or not allowed */
	SPOOF_NEW_DEVICE = 11,	/* another phone since just before */
	SPOOF_CLOCK_JUMPS = 12, /* the clock was set on, or fixes came late */
	SPOOF_NO_WAY = 13,	/* from afar into the seat and back, with no
				 * way there in between */
};
enum { SPOOF_SIGNALS = 14 };

/* From here on a person should ask. */
enum { SPOOF_ASK_PERMILLE = 500 };

/* A weight is what its signal would add alone: of soft signals with one cause
 * only the heaviest counts. */
struct spoof_finding {
	uint16_t score_permille; /* 0..1000 */
	uint32_t reasons; /* 1 << enum spoof_signal, each with a weight */
	uint16_t weight_permille[SPOOF_SIGNALS];
};

/* What one entry shows by itself. Deterministic, byte-equal. */
void spoof_score(struct spoof_finding *out,
		 const struct evidence_content *content);

/*
 * Adds a signal with its weight (0: spoof_weight), or raises it, and makes the
 * score anew.
 */
void spoof_add(struct spoof_finding *finding, enum spoof_signal signal,
	       uint16_t weight_permille);

/* By the host's word location was off, or not allowed, for most of the
 * window. Honest phones are so, too: it weighs nothing. */
bool spoof_is_dark(const struct evidence_content *content);

/* What the signal weighs when it is clear. */
uint16_t spoof_weight(enum spoof_signal signal);

/* "mock_provider" and so on; NULL if it is none. Static storage. */
const char *spoof_signal_name(enum spoof_signal signal);

/* Enough alone to ask; the others must come together. */
bool spoof_is_hard(enum spoof_signal signal);

/* "12 fixes were marked ..." for a person, into out; returns snprintf's
 * length. What the signal is of the content's own; content may be NULL for a
 * signal that isn't. */
int spoof_sentence(char *out, size_t len, enum spoof_signal signal,
		   const struct evidence_content *content);

#endif
