/*
 * day_core: a made-up day in the words of outrider.h, for whoever lives it with
 * a real phone. Refuses to know a core: the caller has it.
 */
#ifndef REPDAY_DAY_CORE_H
#define REPDAY_DAY_CORE_H

#include <outrider.h>

#include "day_files.h"

/* Microseconds since 1970 of a second of the day. */
int64_t day_us(const struct files_frame *frame, uint32_t at_s);
/* A meeting as it was planned; the subject is the meeting's. */
struct outrider_plan
day_plan(const struct day_meeting *meeting, const struct files_frame *frame);
/* What the phone saw, at the time at which it did. */
struct outrider_fix
day_fix(const struct sighting *seen, const struct files_frame *frame);

#endif
