/*
 * Instants as text: RFC 3339 in UTC, and back. One reader for the phone, the
 * server's filters and whoever shows a time.
 */
#ifndef MODEL_INSTANT_H
#define MODEL_INSTANT_H

#include "model/arena.h"

/* Room for any int64_t of microseconds. */
enum { INSTANT_MAX = 48 };

/*
 * "2026-11-21T20:58:00Z" for microseconds since 1970; with a fraction of three
 * or six digits where there is one.
 */
void instant_print(char out[INSTANT_MAX], int64_t us);

/*
 * Reads "2026-11-21T20:58:00.25+02:00", with "Z", "z" or an offset, and "T",
 * "t" or a blank before the clock; what is finer than microseconds is cut off.
 * is_date_enough: "2026-11-21" is its midnight in UTC. False where the text is
 * no such time, or one outside the years 1 to 9999 in UTC.
 */
bool instant_parse(int64_t *out_us, struct bytes text, bool is_date_enough);

/*
 * Takes exactly n decimal digits (18 at most) from the front of a text; false,
 * and the text as it was, where it doesn't begin with so many.
 */
bool instant_take_number(int64_t *out, struct bytes *text, int n);

#endif
