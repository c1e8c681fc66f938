/*
 * watch: what a phone would sign of a meeting.
 *
 * Owns one window over recorded or made-up fixes: the phone's own quantiser,
 * detector and evidence, and the fixes that they ask for. It refuses to know
 * of signatures.
 */
#ifndef REPDAY_WATCH_H
#define REPDAY_WATCH_H

#include <stddef.h>

#include "model/evidence.h"

struct watch {
	uint8_t bytes[EVIDENCE_MAX_BYTES];
	size_t len;
	struct evidence_content content; /* borrows bytes */
};

/*
 * fixes in order of time, n of them; interval_s 0: those that the detector
 * asks for. is_off: the host says that location was off for as long as no fix
 * came. False if the plan is not valid.
 */
bool watch_meeting(struct watch *out, const struct visit_plan *plan,
		   const struct fix *fixes, size_t n, uint32_t interval_s,
		   bool is_off);

#endif
