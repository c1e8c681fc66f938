/*
 * Days and dates of the proleptic Gregorian calendar, without a time zone:
 * Howard Hinnant, "chrono-compatible low-level date algorithms".
 */
#ifndef MODEL_CALENDAR_H
#define MODEL_CALENDAR_H

#include <stdint.h>

/* Days since 1970-01-01 of a date that exists; months and days from 1 on. */
int64_t calendar_days(int64_t year, int64_t month, int64_t day);
/* And back. */
void calendar_date(int64_t *year, int64_t *month, int64_t *day, int64_t days);
/* Of a month from 1 to 12. Year 0 is a leap year. */
int64_t calendar_days_of_month(int64_t year, int64_t month);

#endif
