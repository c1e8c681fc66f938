/*
 * identify: who calls or writes. Owns the question: who may be it (the blind
 * index, or the search's texts while there is none, and whoever has edits that
 * wait), and who really is.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "handles.h"
#include "model/handle.h"

enum { SEARCH_MAX = 2000 };

struct suspects {
	struct handle_owner *at;
	size_t n;
};

/* The place of a kind in the order in which they are told; -1: in none. */
static int rank_of(uint32_t kind)
{
	const struct entity *entity = schema_entity(kind);

	for (int i = 0; entity != NULL && handles_kinds[i] != NULL; i++)
		if (strcmp(entity->name, handles_kinds[i]) == 0)
			return i;
	return -1;
}

static int compare(const void *a, const void *b)
{
	const struct handle_owner *x = a, *y = b;

	if (x->kind != y->kind)
		return rank_of(x->kind) < rank_of(y->kind) ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

/* By the words of an address, or the digits that all writings share. */
static enum outrider_code search(struct outrider *core, struct find_hit **hits,
				 size_t *n, const struct handle *handle,
				 struct outrider_err *err)
{
	char text[HANDLE_KEY_MAX + 1];
	uint8_t key[HANDLE_KEY_MAX];
	const size_t len = handle_key(key, handle) - 1;

	memcpy(text, key + 1, len);
	text[len] = 0;
	return find_search(&core->find, &core->work, hits, n, 0, text,
			   SEARCH_MAX, err);
}

static enum outrider_code gather(struct outrider *core, struct suspects *out,
				 const struct handle *handle,
				 struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	struct handle_owner *known;
	struct find_hit *hits = NULL;
	size_t n_known, n_hits = 0;
	bool is_known;
	enum outrider_code code = handles_find(core, &core->work, &is_known,
					       &known, &n_known, handle, err);

	if (code == OUTRIDER_OK && !is_known)
		code = search(core, &hits, &n_hits, handle, err);
	if (code != OUTRIDER_OK)
		return code;
	out->at = arena_alloc(&core->work, (n_known + n_hits + outbox->n + 1) *
						   sizeof(*out->at));
	if (out->at == NULL)
		return err_no_memory(err);
	memcpy(out->at, known, n_known * sizeof(*known));
	out->n = n_known;
	for (size_t i = 0; i < n_hits; i++)
		if (rank_of(hits[i].kind) >= 0)
			out->at[out->n++] =
				(struct handle_owner){ hits[i].id,
						       hits[i].kind };
	for (size_t i = 0; i < outbox->n; i++)
		if (rank_of(outbox->entries[i].kind) >= 0)
			out->at[out->n++] = (struct handle_owner){
				outbox->entries[i].id, outbox->entries[i].kind
			};
	qsort(out->at, out->n, sizeof(*out->at), compare);
	return OUTRIDER_OK;
}

static bool has_handle(const struct entity *entity, struct bytes fields,
		       const struct handle *handle)
{
	struct handles_walk walk = handles_walk(entity, fields);
	struct handle one;

	while (handles_next(&walk, &one))
		if (handle_is_same(&one, handle))
			return true;
	return false;
}

static enum outrider_code
question(struct outrider *core, bool *goes_on,
	 const struct handle_owner *suspect, const struct handle *handle,
	 outrider_card_fn *callback, void *user, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(suspect->kind);
	struct outrider_card card;
	struct shown shown;
	enum outrider_code code;

	arena_reset(&core->lent);
	code = cards_show(core, &core->lent, &shown, suspect->kind,
			  &suspect->id, err);
	if (code != OUTRIDER_OK || !shown.exists ||
	    !has_handle(entity, shown.card.fields, handle))
		return code;
	cards_describe(&card, entity, &shown);
	*goes_on = callback(user, &card);
	return OUTRIDER_OK;
}

static enum outrider_code identify(struct outrider *core, const char *text,
				   outrider_card_fn *callback, void *user,
				   struct outrider_err *err)
{
	const struct bytes bytes = { (const uint8_t *)text, strlen(text) };
	struct suspects suspects = { .n = 0 };
	struct handle handle;
	bool goes_on = true;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK && !handle_read(&handle, bytes))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "That is neither a telephone number nor an "
			       "e-mail address.");
	if (code == OUTRIDER_OK)
		code = gather(core, &suspects, &handle, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < suspects.n;
	     i++)
		if (i == 0 ||
		    compare(&suspects.at[i - 1], &suspects.at[i]) != 0)
			code = question(core, &goes_on, &suspects.at[i],
					&handle, callback, user, err);
	return code;
}

enum outrider_code outrider_identify(struct outrider *core, const char *text,
				     outrider_card_fn *callback, void *user,
				     struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = identify(core, text != NULL ? text : "", callback, user, err);
	core_leave(core);
	return code;
}
