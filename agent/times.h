/*
 * Times as people and files write them.
 */
#ifndef AGENT_TIMES_H
#define AGENT_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Seconds since 1970, or RFC 3339 ("2026-11-23T14:00:00Z", with an offset or
 * fractions), or local "2026-11-23 14:00". Microseconds since 1970.
 */
bool times_parse(int64_t *out_us, const char *text);
/*
 * What people say: RFC 3339, "2026-11-23 14:00", "14:00" of now's day,
 * "tomorrow 14:00"; local but for RFC 3339 with its offset. No bare number: a
 * year and seconds since 1970 look alike. False, too, for a time that there is
 * not: 31 February, the hour in which the clocks are put forward.
 */
bool times_parse_near(int64_t *out_us, const char *text, int64_t now_us);
/* "yesterday", "today", "tomorrow" as days from today; *at moves behind it. */
bool times_day_word(int *days, const char **at);
/* The local date of a time; months and days from 1 on. */
void times_date(int *year, int *month, int *day, int64_t time_us);
/* "Mon 23 Nov" of a date. */
void times_day_name(char out[32], int year, int month, int day);
/* Midnight, local, of the day that holds the time, plus a number of days. */
int64_t times_day(int64_t time_us, int days);

/* "Mon 2026-11-23 14:05", local; with its seconds where it has some. What is
 * behind the day's name is what times_parse_near takes. */
void times_shown(char out[40], int64_t time_us);
/* "2026-11-23T14:00:00Z", and with the part of a second that it has. */
void times_exact(char out[40], int64_t time_us);
/* "2026-11-23T14:00:00Z"; "14:00" and "Mon 23 Nov 14:00", local. */
void times_rfc3339(char out[32], int64_t time_us);
void times_clock(char out[8], int64_t time_us);
void times_date_clock(char out[32], int64_t time_us);

#endif
