/*
 * nearby: links in and out. The question is near.c's.
 */
#include "nearby.h"

#include <string.h>

#include "fields.h"
#include "model/wire.h"
#include "vault.h"

enum { DEAD_MIN = 256 }; /* fewer aren't worth a sweep */

static struct nearby_link *link_at(const struct nearby *nearby, size_t i)
{
	return (struct nearby_link *)nearby->links.at + i;
}

static struct nearby_kind kind_of(const char *name, const char *field)
{
	const struct entity *entity = schema_entity_named(name, strlen(name));

	return (struct nearby_kind){
		.number = entity->number,
		.field = message_field_named(entity->message, field,
					     strlen(field))
				 ->number,
	};
}

void nearby_init(struct nearby *nearby, const struct allocator *allocator)
{
	*nearby = (struct nearby){
		.place = kind_of("place", "company_id"),
		.company = kind_of("company", "place_ids"),
		.contact = kind_of("contact", "company_ids"),
	};
	locked_init(&nearby->links, allocator, sizeof(struct nearby_link));
	idmap_init(&nearby->map, allocator);
}

void nearby_wipe(struct nearby *nearby)
{
	locked_wipe(&nearby->links);
	idmap_free(&nearby->map);
	nearby->n_dead = 0;
}

/* Moves the living together once the dead take half of the room. */
static void sweep(struct nearby *nearby)
{
	size_t n = 0;

	if (nearby->n_dead < DEAD_MIN || nearby->n_dead < nearby->links.n / 2)
		return;
	for (size_t i = 0; i < nearby->links.n; i++) {
		const struct nearby_link link = *link_at(nearby, i);
		const struct nearby_link *before =
			n > 0 ? link_at(nearby, n - 1) : NULL;
		if (link.kind == 0)
			continue;
		/* The first of its card; is there already: takes no memory. */
		if (before == NULL || before->kind != link.kind ||
		    uuid_compare(&before->from, &link.from) != 0)
			(void)idmap_put(&nearby->map, link.kind, &link.from,
					(uint32_t)n);
		*link_at(nearby, n++) = link;
	}
	locked_cut(&nearby->links, n);
	nearby->n_dead = 0;
}

static void forget(struct nearby *nearby, uint32_t kind, const struct uuid *id)
{
	const uint32_t *first = idmap_get(&nearby->map, kind, id);

	if (first == NULL)
		return;
	for (size_t i = *first; i < nearby->links.n; i++) {
		struct nearby_link *link = link_at(nearby, i);
		if (link->kind != kind || uuid_compare(&link->from, id) != 0)
			break;
		vault_memory_wipe(link, sizeof(*link));
		nearby->n_dead++;
	}
	idmap_remove(&nearby->map, kind, id);
	sweep(nearby);
}

/* A pin at 0, 0 is one that was not set. */
static bool read_pin(struct geo_pin *out, const struct message *message,
		     struct bytes fields)
{
	const double latitude = fields_double(message, fields, "latitude");
	const double longitude = fields_double(message, fields, "longitude");

	return (latitude != 0 || longitude != 0) &&
	       geo_pin_from_degrees(out, latitude, longitude);
}

static bool add_place(struct nearby *nearby, struct nearby_link *link,
		      const struct message *message, struct bytes fields)
{
	struct wire_field in;

	if (!read_pin(&link->pin, message, fields))
		return true;
	if (!wire_find(&in, fields, nearby->place.field) ||
	    !uuid_parse(&link->to, (const char *)in.value.at, in.value.len))
		memset(&link->to, 0, sizeof(link->to));
	return locked_append(&nearby->links, link);
}

/* One link for each reference in the field. */
static bool add_references(struct nearby *nearby, struct nearby_link *link,
			   struct bytes fields, uint32_t field)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	/* A record's fields ascend. */
	while (wire_next(&reader, &in) > 0 && in.number <= field)
		if (in.number == field && in.type == WIRE_LEN &&
		    uuid_parse(&link->to, (const char *)in.value.at,
			       in.value.len) &&
		    !locked_append(&nearby->links, link))
			return false;
	return true;
}

static bool add_links(struct nearby *nearby, const struct entity *entity,
		      struct nearby_link *link, struct bytes fields)
{
	if (entity->number == nearby->place.number)
		return add_place(nearby, link, entity->message, fields);
	if (entity->number == nearby->company.number)
		return add_references(nearby, link, fields,
				      nearby->company.field);
	if (entity->number == nearby->contact.number)
		return add_references(nearby, link, fields,
				      nearby->contact.field);
	return true;
}

enum outrider_code nearby_follow(struct nearby *nearby,
				 const struct entity *entity,
				 const struct uuid *id, bool exists,
				 struct bytes fields, struct outrider_err *err)
{
	struct nearby_link link = { .from = *id, .kind = entity->number };
	size_t first;

	forget(nearby, entity->number, id);
	if (!exists)
		return OUTRIDER_OK;
	first = nearby->links.n;
	if (add_links(nearby, entity, &link, fields) &&
	    (nearby->links.n == first ||
	     idmap_put(&nearby->map, entity->number, id, (uint32_t)first)))
		return OUTRIDER_OK;
	locked_cut(&nearby->links, first);
	return err_no_memory(err);
}
