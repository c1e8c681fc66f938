/*
 * What was removed is forgotten once every phone had time to hear of it: in
 * small writes behind everybody else's. A phone that was away for longer pulls
 * everything anew (docs/sync.md). Where reps were a day ago goes with it, and
 * which closed alerts somebody was told of.
 */
#ifndef APP_FORGETTER_H
#define APP_FORGETTER_H

struct app;
struct forgetter;

struct forgetter *forgetter_open(struct app *app);
/* The store must be closed. NULL is fine. */
void forgetter_close(struct forgetter *forgetter);
/* Looks now and then: after each commit, and when the app begins to serve. Any
 * thread. */
void forgetter_go_on(struct forgetter *forgetter);

#endif
