/*
 * Who waits for news of which scopes: a commit wakes those whom it concerns,
 * and nobody else, however many wait.
 *
 * An ear is one call's. Its memory is the call's own, and it listens until
 * news_stop. Threads: any; telling is the writer's.
 */
#ifndef APP_NEWS_H
#define APP_NEWS_H

#include "app/access.h"
#include "model/arena.h"
#include "store/store.h"

struct call_private;
struct news;
struct news_link;

struct news_ear {
	struct call_private *life; /* whom to wake */
	/* What its device pushed itself is no news to it, nor what is of a
	 * kind that it doesn't know. */
	const struct principal *who;
	struct news *news; /* whose news it hears; NULL: none */
	/* From here on the news' own, under its lock. */
	struct news_link *links;
	size_t n_links;
	uint64_t heard_rev;
	bool is_called; /* by name, though nothing is there */
	struct news_ear *next, **link;
};

struct news *news_open(void);
/* Nobody listens any more. NULL is fine. */
void news_close(struct news *news);

/* False without memory. */
bool news_listen(struct news *news, struct news_ear *ear,
		 const struct scope *scopes, size_t n, struct arena *arena);
/* Any time, also twice, also for one that never listened. */
void news_stop(struct news_ear *ear);
/* The newest revision that was told to it; 0: nothing yet. */
uint64_t news_heard(struct news *news, const struct news_ear *ear);

/* Was it called since it was asked last? */
bool news_take_call(struct news *news, struct news_ear *ear);

void news_tell(struct news *news, const struct store_touch *touched, size_t n);
/* Wakes everybody; rev 0: not for news, but to look who they are now. */
void news_tell_all(struct news *news, uint64_t rev);
/* A device is to call, whatever lies in its scopes. */
void news_call_device(struct news *news, const struct uuid *device);

#endif
