/*
 * Records follow their owner into another team, in chunks behind the write
 * that moved the user. What is left to move is kept in the store: a server
 * that stops goes on when it starts.
 */
#ifndef APP_MOVES_H
#define APP_MOVES_H

#include "store/store.h"

struct app;
struct moves;

struct moves *moves_open(struct app *app);
/* The store must be closed. NULL is fine. */
void moves_close(struct moves *moves);

/*
 * Inside the write that puts a user into another team: their records shall
 * follow.
 */
MODEL_MUST_USE enum outrider_code
moves_add(struct moves *moves, struct store_conn *tx, const struct uuid *user,
	  struct outrider_err *err);
/*
 * Goes on with what is left, if anything may be: after each commit, and when
 * the app begins to serve. Any thread.
 */
void moves_go_on(struct moves *moves);

#endif
