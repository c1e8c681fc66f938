/*
 * Meetings that nothing was heard of: a day and a half after the planned start
 * a manager is asked to look. Offline is normal, so it is a question and no
 * accusation; evidence that comes later speaks for itself.
 */
#ifndef APP_SILENCE_H
#define APP_SILENCE_H

struct app;
struct silence;

struct silence *silence_open(struct app *app);
/* The store must be closed. NULL is fine. */
void silence_close(struct silence *silence);
/* Looks now and then. Any thread. */
void silence_go_on(struct silence *silence);

#endif
