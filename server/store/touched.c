/*
 * Which scopes a transaction touched, so that only those are woken who have
 * something to hear. Owns the list; knows no feed.
 */
#include "store/parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	TOUCHED_MAX = 4096, /* above it, everybody is told */
	LOOK_BACK = 32,	    /* for the same scope once more */
};

static bool is_same(const struct store_touch *a, const struct store_touch *b)
{
	return a->kind == b->kind && scope_compare(&a->scope, &b->scope) == 0 &&
	       uuid_compare(&a->device, &b->device) == 0;
}

static struct store_touch *
find(struct touched *touched, const struct store_touch *same)
{
	size_t last = touched->n > LOOK_BACK ? touched->n - LOOK_BACK : 0;

	for (size_t i = touched->n; i-- > last;)
		if (is_same(&touched->at[i], same))
			return &touched->at[i];
	return NULL;
}

static struct store_touch *append(struct touched *touched)
{
	size_t room = touched->room > 0 ? touched->room * 2 : 64;
	struct store_touch *at;

	if (touched->n < touched->room)
		return &touched->at[touched->n++];
	if (touched->n == TOUCHED_MAX)
		return NULL;
	at = realloc(touched->at, room * sizeof(*at));
	if (!at)
		return NULL;
	touched->at = at;
	touched->room = room;
	return &at[touched->n++];
}

void touched_add(struct touched *touched, const uint8_t *scope,
		 const struct feed_write *write)
{
	struct store_touch now = { .kind = write->kind, .rev = write->rev };
	struct store_touch *touch;

	memcpy(now.scope.at, scope, SCOPE_LEN);
	if (write->device)
		now.device = *write->device;
	touch = find(touched, &now);
	if (!touch)
		touch = append(touched);
	if (touch)
		*touch = now;
	else
		touched->is_all = true;
}

/* is_all stays: what was too much before may still stand. */
void touched_cut(struct touched *touched, size_t n, uint64_t rev)
{
	if (n < touched->n)
		touched->n = n;
	if (n == 0 && rev == 0)
		touched->is_all = false;
	for (size_t i = 0; i < touched->n; i++)
		if (touched->at[i].rev > rev)
			touched->at[i].rev = rev;
}

void touched_free(struct touched *touched)
{
	free(touched->at);
	*touched = (struct touched){ .n = 0 };
}

const struct store_touch *
store_touched(const struct store *store, size_t *n, bool *all)
{
	const struct touched *touched = &store->writer->touched;

	*n = touched->n;
	*all = touched->is_all;
	return touched->at;
}
