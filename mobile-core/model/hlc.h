/*
 * Hybrid logical clock (Kulkarni et al. 2014): orders concurrent writes, and
 * nothing else. 48 bits of milliseconds since 1970 above 16 bits of counter.
 */
#ifndef MODEL_HLC_H
#define MODEL_HLC_H

#include <stdint.h>

/* The next value after last at the wall clock's time; never goes back. */
uint64_t hlc_next(uint64_t last, int64_t wall_us);
/* The later of own and seen, where seen is clamped to wall + 5 minutes. */
uint64_t hlc_observe(uint64_t last, uint64_t seen, int64_t wall_us);
/* value, or the first one above seen. */
uint64_t hlc_lift(uint64_t value, uint64_t seen);
/* value, clamped to wall + 5 minutes. */
uint64_t hlc_clamp(uint64_t value, int64_t wall_us);

#endif
