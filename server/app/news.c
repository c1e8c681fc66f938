/*
 * Who waits for news of which scopes: see news.h. A table of links, one for
 * each scope of each ear.
 */
#include "app/news.h"

#include "app/parts.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 256 };

struct news_link {
	struct scope scope;
	struct news_ear *ear;
	struct news_link *next, **link;
};

struct news {
	pthread_mutex_t lock; /* taken before a call's own lock */
	struct news_link **buckets;
	size_t n_buckets; /* a power of two */
	size_t n_links;
	struct news_ear *ears;
};

struct news *news_open(void)
{
	struct news *news = calloc(1, sizeof(*news));

	if (!news)
		return NULL;
	news->n_buckets = BUCKETS_FIRST;
	news->buckets = calloc(news->n_buckets, sizeof(struct news_link *));
	if (!news->buckets) {
		free(news);
		return NULL;
	}
	pthread_mutex_init(&news->lock, NULL);
	return news;
}

void news_close(struct news *news)
{
	if (!news)
		return;
	pthread_mutex_destroy(&news->lock);
	free(news->buckets);
	free(news);
}

/* ---------------------------------------------------------------- the table */

/* FNV-1a: identifiers are random, their types few. */
static size_t bucket_of(const struct news *news, const uint8_t *scope)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < SCOPE_LEN; i++)
		hash = (hash ^ scope[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (news->n_buckets - 1);
}

static void link_in(struct news *news, struct news_link *link)
{
	struct news_link **head =
		&news->buckets[bucket_of(news, link->scope.at)];

	link->next = *head;
	link->link = head;
	if (link->next)
		link->next->link = &link->next;
	*head = link;
}

static void link_out(struct news_link *link)
{
	*link->link = link->next;
	if (link->next)
		link->next->link = link->link;
}

/* Without memory it stays as it is, and chains get longer. */
static void grow(struct news *news)
{
	struct news_link **buckets =
		calloc(news->n_buckets * 2, sizeof(struct news_link *));

	if (!buckets)
		return;
	free(news->buckets);
	news->buckets = buckets;
	news->n_buckets *= 2;
	for (struct news_ear *ear = news->ears; ear; ear = ear->next)
		for (size_t i = 0; i < ear->n_links; i++)
			link_in(news, &ear->links[i]);
}

/* ------------------------------------------------------------------ hearing */

bool news_listen(struct news *news, struct news_ear *ear,
		 const struct scope *scopes, size_t n, struct arena *arena)
{
	ear->links = arena_alloc(arena, n * sizeof(ear->links[0]) + 1);
	if (!ear->links)
		return false;
	ear->n_links = n;
	ear->news = news;
	pthread_mutex_lock(&news->lock);
	for (size_t i = 0; i < n; i++) {
		ear->links[i].scope = scopes[i];
		ear->links[i].ear = ear;
		link_in(news, &ear->links[i]);
	}
	ear->next = news->ears;
	ear->link = &news->ears;
	if (ear->next)
		ear->next->link = &ear->next;
	news->ears = ear;
	news->n_links += n;
	if (news->n_links > news->n_buckets)
		grow(news);
	pthread_mutex_unlock(&news->lock);
	return true;
}

void news_stop(struct news_ear *ear)
{
	struct news *news = ear->news;

	if (!news)
		return;
	pthread_mutex_lock(&news->lock);
	if (ear->link) {
		for (size_t i = 0; i < ear->n_links; i++)
			link_out(&ear->links[i]);
		news->n_links -= ear->n_links;
		*ear->link = ear->next;
		if (ear->next)
			ear->next->link = ear->link;
		ear->link = NULL;
	}
	pthread_mutex_unlock(&news->lock);
}

uint64_t news_heard(struct news *news, const struct news_ear *ear)
{
	uint64_t rev;

	pthread_mutex_lock(&news->lock);
	rev = ear->heard_rev;
	pthread_mutex_unlock(&news->lock);
	return rev;
}

bool news_take_call(struct news *news, struct news_ear *ear)
{
	bool is_called;

	pthread_mutex_lock(&news->lock);
	is_called = ear->is_called;
	ear->is_called = false;
	pthread_mutex_unlock(&news->lock);
	return is_called;
}

/* ------------------------------------------------------------------ telling */

static void hear(struct news_ear *ear, uint64_t rev)
{
	if (rev > ear->heard_rev)
		ear->heard_rev = rev;
	call_signal(ear->life);
}

static bool concerns(const struct news_link *link,
		     const struct store_touch *touch,
		     const struct entity *entity)
{
	const struct principal *who = link->ear->who;

	return scope_compare(&link->scope, &touch->scope) == 0 &&
	       (uuid_is_zero(&touch->device) ||
		uuid_compare(&who->device, &touch->device) != 0) &&
	       entity && access_knows_kind(who, entity);
}

static void tell_one(struct news *news, const struct store_touch *touch)
{
	const struct entity *entity = schema_entity(touch->kind);
	struct news_link *link =
		news->buckets[bucket_of(news, touch->scope.at)];

	for (; link; link = link->next)
		if (concerns(link, touch, entity))
			hear(link->ear, touch->rev);
}

void news_tell(struct news *news, const struct store_touch *touched, size_t n)
{
	pthread_mutex_lock(&news->lock);
	for (size_t i = 0; i < n && news->ears; i++)
		tell_one(news, &touched[i]);
	pthread_mutex_unlock(&news->lock);
}

void news_tell_all(struct news *news, uint64_t rev)
{
	pthread_mutex_lock(&news->lock);
	for (struct news_ear *ear = news->ears; ear; ear = ear->next)
		hear(ear, rev);
	pthread_mutex_unlock(&news->lock);
}

void news_call_device(struct news *news, const struct uuid *device)
{
	pthread_mutex_lock(&news->lock);
	for (struct news_ear *ear = news->ears; ear; ear = ear->next) {
		if (uuid_compare(&ear->who->device, device) != 0)
			continue;
		ear->is_called = true;
		call_signal(ear->life);
	}
	pthread_mutex_unlock(&news->lock);
}
