/*
 * What people say on the command line, read the same way by each command, with
 * a word about what can't be read.
 */
#ifndef AGENT_ASKED_H
#define AGENT_ASKED_H

#include <stdbool.h>
#include <stdint.h>

/* Each says on standard error why not, where it returns false. */

/* Whole days: from "2026-11-23", "today", "yesterday" or "tomorrow" (NULL:
 * today) on, so many ("1" to "366"). */
bool asked_days(int64_t *from_us, int64_t *until_us, const char *day,
		const char *n_days, int64_t now_us);
/* "14:00" of today, "tomorrow 14:00", or a whole one. */
bool asked_time(int64_t *out_us, const char *text, int64_t now_us);
/* Is a spot meant, and not a name or digits? A number with a comma behind it,
 * or with a point in it. */
bool asked_is_spot(const char *text);
/* Is it wanted? is_yes: --yes has said so; else the terminal is asked, with
 * "outrider: ACT? ". */
bool asked_yes(bool is_yes, const char *act);
/* "50.45,30.52". */
bool asked_spot(double *latitude, double *longitude, const char *text);

#endif
