/*
 * The card of a timeline and what is linked to it: whose entries are told
 * there too, and who of them the caller sees. A link through a field that is
 * hidden from the caller is none to them.
 */
#include "app/timeline_parts.h"

#include "store/query.h"

#include <string.h>

/* Linked records that are looked at for those that the caller sees. */
#define LOOKED_AT_MAX 256

/* Which kinds, referring to the card's, are linked to it. */
static const struct {
	const char *card, *linked;
} linked_kinds[] = {
	{ "company", "contact" }, { "company", "deal" }, { "company", "lead" },
	{ "contact", "deal" },	  { "contact", "lead" }, { "deal", "lead" },
};

struct looking_for {
	const struct uuid *target;
	bool is_found;
};

static void
look(void *user, const struct field *field, const struct uuid *target)
{
	struct looking_for *looking = user;

	(void)field;
	if (uuid_compare(target, looking->target) == 0)
		looking->is_found = true;
}

bool timeline_refers(const struct row *row, const struct uuid *target)
{
	struct looking_for looking = { .target = target };

	record_references(row, look, &looking);
	return looking.is_found;
}

enum outrider_code timeline_load(struct row **out, struct app_call *call,
				 const struct entity *entity,
				 const struct uuid *id)
{
	enum outrider_code code = store_get(call_conn(call), out, entity, id,
					    &call->page, &call->err);

	if (code == OUTRIDER_OK && !access_may_see(&call->principal, *out))
		code = OUTRIDER_NOT_FOUND;
	if (code == OUTRIDER_NOT_FOUND) {
		*out = NULL;
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	return access_hide(*out, &call->principal, &call->page, &call->err);
}

static enum outrider_code
add_target(struct timeline *timeline, const struct row *row)
{
	struct app_call *call = timeline->call;
	struct timeline_target *target =
		&timeline->targets[timeline->n_targets];

	target->entity = row->entity;
	target->id = row->id;
	target->title = arena_alloc(&call->arena, sizeof(*target->title));
	if (!target->title)
		return err_call_full(&call->err);
	timeline_text_init(target->title, TIMELINE_TEXT_MAX);
	timeline_text_title(target->title, row);
	timeline_text_end(target->title);
	timeline->n_targets++;
	return OUTRIDER_OK;
}

/* Adds the record if the caller sees it, and that it refers to the card. */
static enum outrider_code
add_linked(struct timeline *timeline, const struct store_link *link)
{
	struct row *row;
	enum outrider_code code;

	arena_reset(&timeline->call->page);
	code = timeline_load(&row, timeline->call, schema_entity(link->kind),
			     &link->id);
	if (code == OUTRIDER_OK && row &&
	    timeline_refers(row, &timeline->targets[0].id))
		code = add_target(timeline, row);
	return code;
}

static enum outrider_code
find_linked(struct timeline *timeline, const struct field_set *kinds)
{
	struct app_call *call = timeline->call;
	const struct store_link_query asked = {
		.target = timeline->targets[0].id,
		.before_us = INT64_MAX,
		.kinds = kinds,
		.limit = LOOKED_AT_MAX,
	};
	struct store_link *links;
	size_t n;
	enum outrider_code code = store_links(call_conn(call), &links, &n,
					      &asked, &call->arena, &call->err);

	for (size_t i = 0; code == OUTRIDER_OK && i < n &&
			   timeline->n_targets < TIMELINE_TARGETS_MAX;
	     i++)
		code = add_linked(timeline, &links[i]);
	return code;
}

static struct field_set kinds_linked_to(const struct entity *entity)
{
	struct field_set kinds = { { 0 } };

	for (size_t i = 0; i < sizeof(linked_kinds) / sizeof(*linked_kinds);
	     i++) {
		const char *name = linked_kinds[i].linked;
		const struct entity *linked =
			schema_entity_named(name, strlen(name));

		if (strcmp(linked_kinds[i].card, entity->name) == 0)
			field_set_add(&kinds, linked->number);
	}
	return kinds;
}

enum outrider_code timeline_find_targets(struct timeline *timeline,
					 const struct entity *entity,
					 const struct uuid *id)
{
	struct app_call *call = timeline->call;
	struct field_set kinds;
	struct row *row;
	enum outrider_code code = timeline_load(&row, call, entity, id);

	if (code == OUTRIDER_OK && !row)
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such %s", entity->name);
	if (code == OUTRIDER_OK)
		code = add_target(timeline, row);
	if (code != OUTRIDER_OK)
		return code;
	kinds = kinds_linked_to(entity);
	return field_set_is_empty(&kinds) ? OUTRIDER_OK
					  : find_linked(timeline, &kinds);
}
