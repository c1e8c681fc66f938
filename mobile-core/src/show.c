/*
 * show: cards for the host: one by id, those that words find, and their
 * fields as text. Owns nothing.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "path.h"

enum { FIND_DEFAULT = 50, TEXT_MAX = 256 * 1024 };

static enum outrider_code get(struct outrider *core, struct outrider_card *out,
			      const char *kind, const uint8_t id[16],
			      struct outrider_err *err)
{
	const struct entity *entity;
	struct shown shown;
	struct uuid uuid;
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	entity = schema_entity_named(kind, strlen(kind));
	if (entity == NULL)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no kind of card of that name.");
	memcpy(uuid.at, id, sizeof(uuid.at));
	code = cards_show(core, &core->lent, &shown, entity->number, &uuid,
			  err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such %s.", entity->name);
	cards_describe(out, entity, &shown);
	return OUTRIDER_OK;
}

enum outrider_code outrider_card_get(struct outrider *core,
				     struct outrider_card *out,
				     const char *kind, const uint8_t id[16],
				     struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	*out = (struct outrider_card){ .kind = NULL };
	if (code != OUTRIDER_OK)
		return code;
	code = get(core, out, kind, id, err);
	core_leave(core);
	return code;
}

static enum outrider_code
search(struct outrider *core, const char *kind, const char *text, size_t limit,
       outrider_card_fn *callback, void *user, struct outrider_err *err)
{
	const struct entity *entity = NULL;
	struct find_hit *found;
	enum outrider_code code = core_want_cards(core, err);
	bool goes_on = true;
	size_t n;

	if (code != OUTRIDER_OK)
		return code;
	if (kind != NULL)
		entity = schema_entity_named(kind, strlen(kind));
	if (kind != NULL && entity == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "There is no kind of card of that name.");
	code = find_search(&core->find, &core->lent, &found, &n,
			   entity != NULL ? entity->number : 0,
			   text != NULL ? text : "",
			   limit > 0 ? limit : FIND_DEFAULT, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < n; i++)
		code = cards_lend(core, &goes_on, schema_entity(found[i].kind),
				  &found[i].id, callback, user, err);
	return code;
}

enum outrider_code outrider_card_find(struct outrider *core, const char *kind,
				      const char *text, size_t limit,
				      outrider_card_fn *callback, void *user,
				      struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = search(core, kind, text, limit, callback, user, err);
	core_leave(core);
	return code;
}

int outrider_card_text(char *out, size_t size, const char *kind,
		       const uint8_t *fields, size_t len, const char *field,
		       size_t element)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	struct buffer text;
	int result = -1;

	if (size > 0)
		out[0] = 0;
	if (entity == NULL)
		return -1;
	buffer_init(&text, &allocator_libc, TEXT_MAX);
	if (path_print(&text, entity->message, (struct bytes){ fields, len },
		       field, element)) {
		size_t fits = text.len < size ? text.len : size - 1;
		if (size > 0 && fits > 0)
			memcpy(out, text.at, fits);
		if (size > 0)
			out[fits] = 0;
		result = (int)text.len;
	}
	buffer_free(&text);
	return result;
}
