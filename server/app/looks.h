/*
 * Looks: that somebody asked where a rep is. Records of the rep's, made by the
 * server, so that who is looked at sees by whom and when.
 *
 * A look's identifier is made of who looked at whom and in which minute (of a
 * stream: which hour), so that a page that reloads makes one and no flood.
 */
#ifndef APP_LOOKS_H
#define APP_LOOKS_H

#include "app/write.h"

struct look {
	struct uuid viewer, rep;
	int64_t at_us;
	bool was_told; /* a position; otherwise there was none */
	bool is_watch; /* a stream, that may tell more for an hour */
};

/*
 * Who looks, as a user: a service account looks for its owner. False where it
 * has none: it may not look.
 */
bool look_viewer(struct uuid *out, const struct principal *who);

/* The hour of a moment: what one look of a stream stands for. */
int64_t look_hour(int64_t at_us);

/* Inside a write; nothing where it stands already. arena may go with it. */
MODEL_MUST_USE enum outrider_code
look_write(struct app *app, struct store_conn *tx, const struct look *look,
	   struct arena *arena, struct outrider_err *err);

/* A write's share of a round that deletes what is older than 90 days. */
enum { LOOKS_FORGET = 20 };
/* Inside a write; *n: how many there were, LOOKS_FORGET at most. */
MODEL_MUST_USE enum outrider_code
looks_forget(struct app *app, struct store_conn *tx, size_t *n, int64_t now_us,
	     struct arena *arena, struct outrider_err *err);

#endif
