/*
 * Meetings that nothing was heard of: a day and a half after the planned start
 * a manager is asked to look. Offline is normal, so it is a question and no
 * accusation; evidence that comes later speaks for itself.
 */
#ifndef APP_SILENCE_H
#define APP_SILENCE_H

#include <stdint.h>

/* So long after its planned start a meeting is looked at. */
#define SILENCE_US (INT64_C(36) * 3600 * 1000000)

struct app;
struct silence;

struct silence *silence_open(struct app *app);
/* The store must be closed. NULL is fine. */
void silence_close(struct silence *silence);
/* Looks now and then. Any thread. */
void silence_go_on(struct silence *silence);

#endif
