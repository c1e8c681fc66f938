/*
 * tick_signals: what raw fixes show that made-up ones often show.
 *
 * Owns the counts and their canonical bytes. They are taken where the fixes
 * are still seen, since ticks no longer tell them; what they weigh is spoof.h's
 * to say. None of them proves anything alone: honest phones teleport, freeze
 * and lose their permission.
 */
#ifndef OUTRIDER_MODEL_TICK_SIGNALS_H
#define OUTRIDER_MODEL_TICK_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/* Why the host can't give fixes. */
enum tick_trouble {
	TICK_TROUBLE_NONE = 0,
	TICK_TROUBLE_GPS_OFF = 1,	/* location is switched off */
	TICK_TROUBLE_NO_PERMISSION = 2, /* ... not allowed to the app */
	TICK_TROUBLE_LOW_POWER = 3,	/* ... withheld to save the battery */
};
enum { TICK_TROUBLES = 4 };

/* What happens beside the fixes. */
enum tick_note {
	TICK_NOTE_CLOCK_JUMP, /* the wall clock was set on */
	TICK_NOTE_CLOCK_BACK, /* ... was set back */
	TICK_NOTE_ATTESTATION /* the platform found app or phone altered */
};

/* Counts of one window. They stop at 65535. */
struct tick_signals {
	uint16_t fixes;	       /* that were taken */
	uint16_t mock_fixes;   /* ... that the platform marked as made up */
	uint16_t teleports;    /* faster than 100 m/s between good fixes */
	uint16_t frozen_fixes; /* exactly the place of the fix before */
	uint16_t tiny_steps;   /* less than 0.3 m from it, but not 0 */
	uint16_t moving_steps; /* more than 1 m, after another step */
	uint16_t even_steps;   /* ... as if drawn with a ruler: the same speed
				   * and direction as the step before */
	uint16_t clock_jumps;  /* of the wall clock; fixes that came late */
	uint16_t clock_backs;
	uint16_t refused_fixes;	  /* not a place, or outside the window */
	uint16_t against_sensors; /* fixes that steps and motion contradict */
	uint16_t failed_attestations;
	uint16_t gps_off_s; /* of the window, as the host told */
	uint16_t no_permission_s;
	uint16_t low_power_s;
};

#define TICK_SIGNALS_BYTES 30
void tick_signals_write(uint8_t out[TICK_SIGNALS_BYTES],
			const struct tick_signals *signals);
void tick_signals_read(struct tick_signals *out,
		       const uint8_t bytes[TICK_SIGNALS_BYTES]);

void tick_signals_note(struct tick_signals *signals, enum tick_note note);

/* Seconds of trouble; TICK_TROUBLE_NONE counts nothing. */
void tick_signals_add_trouble(struct tick_signals *signals,
			      enum tick_trouble trouble, double seconds);

/* One step between two fixes, in metres and seconds. */
struct tick_step {
	double east_m, north_m, gap_s;
	double accuracy_m, last_accuracy_m;
};

/* The step before, for comparison: velocity in m/s. */
struct tick_pace {
	bool is_known;
	double east_m_s, north_m_s;
};

/* Counts what the step shows, and keeps its pace. gap_s is above 0. */
void tick_signals_step(struct tick_signals *signals, struct tick_pace *pace,
		       const struct tick_step *step);

#endif
