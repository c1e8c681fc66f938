/*
 * Rights, computed once for each caller that a worker has not in mind: a table
 * of kinds by rank, then what the role says otherwise, then the custom fields
 * that stay hidden. Knows no record; what a role may say at all is settled when
 * it is written (laws_rights.c).
 */
#include "app/rights.h"

#include "app/kinds.h"
#include "app/org_records.h"
#include "model/wire.h"

#include <stdlib.h>
#include <string.h>

enum kind_access { ACCESS_AS_RANKED, ACCESS_NONE, ACCESS_READ, ACCESS_WRITE };

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* Rights in the making. */
struct making {
	struct rights *rights;
	struct kind_rights *kinds;
	struct uuid *custom;
	size_t n_custom, room;
	bool is_full; /* there was no memory for one more */
	enum rank rank;
	const struct row *role; /* or NULL */
	struct store_conn *conn;
	struct arena *arena;
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "more rights than a call has memory for");
}

/* ------------------------------------------------------------------ asking */

/* schema_n_entities where the tables have none such. */
static size_t place_of(const struct entity *entity)
{
	size_t place = entity->number - 1;

	/* Kinds are few and numbered from 1 on: mostly the first guess. */
	if (place < schema_n_entities && schema_entities[place] == entity)
		return place;
	place = 0;
	while (place < schema_n_entities && schema_entities[place] != entity)
		place++;
	return place;
}

const struct kind_rights *
rights_of_kind(const struct rights *rights, const struct entity *entity)
{
	size_t place = place_of(entity);

	return place < schema_n_entities ? &rights->kinds[place] : NULL;
}

static int compare_uuids(const void *a, const void *b)
{
	return uuid_compare(a, b);
}

bool rights_hide_custom(const struct rights *rights, const struct uuid *custom)
{
	return rights->n_hidden_custom > 0 &&
	       bsearch(custom, rights->hidden_custom, rights->n_hidden_custom,
		       sizeof(*custom), compare_uuids) != NULL;
}

bool rights_hide_record(const struct rights *rights,
			const struct entity *entity, const struct uuid *id)
{
	return entity->number == KIND_CUSTOM_FIELD &&
	       rights_hide_custom(rights, id);
}

bool rights_are_given_by(const struct entity *entity)
{
	static const uint32_t kinds[] = { KIND_USER, KIND_TEAM, KIND_ROLE,
					  KIND_SERVICE_ACCOUNT,
					  KIND_CUSTOM_FIELD };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i] == entity->number)
			return true;
	return false;
}

bool rights_may_hide(const struct entity *entity, const struct field *field)
{
	for (size_t i = 0; i < entity->n_title; i++)
		if (entity->title[i] == field)
			return false;
	return !(field->flags & (FIELD_IS_SYSTEM | FIELD_IS_REQUIRED));
}

static bool
kind_covers(const struct kind_rights *a, const struct kind_rights *b)
{
	if (b->may_write && !a->may_write)
		return false;
	if (b->is_granted && !a->is_granted)
		return false;
	if (!b->may_read)
		return true;
	for (size_t i = 0; i < sizeof(a->hidden.bits) / sizeof(uint64_t); i++)
		if (a->hidden.bits[i] & ~b->hidden.bits[i])
			return false;
	return a->may_read;
}

bool rights_cover(const struct rights *a, const struct rights *b)
{
	if (b->sees_all_teams && !a->sees_all_teams)
		return false;
	for (size_t i = 0; i < schema_n_entities; i++)
		if (!kind_covers(&a->kinds[i], &b->kinds[i]))
			return false;
	for (size_t i = 0; i < a->n_hidden_custom; i++)
		if (!rights_hide_custom(b, &a->hidden_custom[i]))
			return false;
	return true;
}

/* ------------------------------------------------------------------- names */

/* Up to the dot, which is left out; false where there is none. */
static bool cut_at_dot(struct bytes *head, struct bytes *text)
{
	const uint8_t *dot = memchr(text->at, '.', text->len);

	if (!dot)
		return false;
	*head = (struct bytes){ .at = text->at,
				.len = (size_t)(dot - text->at) };
	text->at += head->len + 1;
	text->len -= head->len + 1;
	return true;
}

bool rights_read_name(struct rights_name *out, struct bytes text)
{
	static const char custom[] = "custom";
	struct bytes head;

	*out = (struct rights_name){ .entity = NULL };
	if (text.len == 0 || !cut_at_dot(&head, &text))
		return false;
	out->entity = schema_entity_named((const char *)head.at, head.len);
	if (!out->entity || text.len == 0)
		return false;
	if (!cut_at_dot(&head, &text)) {
		out->field = message_field_named(
			out->entity->message, (const char *)text.at, text.len);
		return out->field != NULL;
	}
	out->key = text;
	return head.len == sizeof(custom) - 1 &&
	       memcmp(head.at, custom, head.len) == 0 && text.len > 0;
}

/* ------------------------------------------------------- by rank and role */

static void rank_kinds(struct making *m)
{
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		struct kind_rights *kind = &m->kinds[i];

		kind->may_read = m->rank > RANK_NONE;
		kind->may_write = m->rank > RANK_NONE &&
				  m->rank >= entity->write_rank;
		for (size_t k = 0; k < entity->n_fields; k++)
			if (entity->fields[k].read_rank > m->rank)
				field_set_add(&kind->hidden,
					      entity->fields[k].number);
	}
}

static void
grant_kind(struct making *m, const struct entity *entity, uint64_t access)
{
	struct kind_rights *kind = &m->kinds[place_of(entity)];

	/* Somebody must be left who can put things right. */
	if (rights_are_given_by(entity) && m->rank >= RANK_ADMINISTRATOR)
		return;
	switch (access) {
	case ACCESS_NONE:
		kind->may_read = kind->may_write = false;
		break;
	case ACCESS_READ:
		kind->may_write = false;
		break;
	case ACCESS_WRITE:
		kind->may_write = m->rank > RANK_NONE;
		kind->is_granted = m->rights->sees_all_teams;
		break;
	default:
		break;
	}
}

static void grant_kinds(struct making *m)
{
	enum { GRANT_KIND = 1, GRANT_ACCESS = 2 };
	struct wire_reader reader =
		wire_read(kind_value(m->role, ROLE_KINDS)->bytes);
	struct wire_field grant, name, access;

	while (wire_next(&reader, &grant) > 0) {
		const struct entity *entity;

		if (!wire_find(&name, grant.value, GRANT_KIND) ||
		    !wire_find(&access, grant.value, GRANT_ACCESS))
			continue;
		entity = schema_entity_named((const char *)name.value.at,
					     name.value.len);
		if (entity)
			grant_kind(m, entity, access.scalar);
	}
}

/* An alert's sentence names its meeting and its times: who isn't told of
 * meetings isn't told of alerts. */
static void silence_alerts(struct making *m)
{
	struct kind_rights *alert =
		&m->kinds[place_of(schema_entity(KIND_ALERT))];

	if (!m->kinds[place_of(schema_entity(KIND_MEETING))].may_read)
		alert->may_read = alert->may_write = false;
}

/* What is both shown and hidden is hidden. */
static void name_fields(struct making *m, uint32_t list, bool is_hidden)
{
	struct wire_reader reader = wire_read(kind_value(m->role, list)->bytes);
	struct wire_field item;

	while (wire_next(&reader, &item) > 0) {
		struct rights_name name;
		struct field_set *hidden;

		if (!rights_read_name(&name, item.value) || !name.field)
			continue;
		hidden = &m->kinds[place_of(name.entity)].hidden;
		if (!is_hidden)
			field_set_remove(hidden, name.field->number);
		else
			field_set_add(hidden, name.field->number);
	}
}

static enum outrider_code
read_role(struct making *m, const struct uuid *id, struct outrider_err *err)
{
	struct row *role;
	enum outrider_code code;

	if (uuid_is_zero(id))
		return OUTRIDER_OK;
	code = store_get(m->conn, &role, schema_entity(KIND_ROLE), id, m->arena,
			 err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		m->role = role;
	return code;
}

/* ----------------------------------------------------------- custom fields */

static bool is_text(const struct value *value, const void *at, size_t len)
{
	return value->bytes.len == len && memcmp(value->bytes.at, at, len) == 0;
}

bool rights_name_is(const struct rights_name *name, const struct row *custom)
{
	return !name->field &&
	       is_text(kind_value(custom, CUSTOM_OF_KIND), name->entity->name,
		       strlen(name->entity->name)) &&
	       is_text(kind_value(custom, CUSTOM_KEY), name->key.at,
		       name->key.len);
}

/* Does this list of the role name the custom field? */
static bool
names_custom(const struct making *m, uint32_t list, const struct row *custom)
{
	struct wire_reader reader;
	struct wire_field item;

	if (!m->role)
		return false;
	reader = wire_read(kind_value(m->role, list)->bytes);
	while (wire_next(&reader, &item) > 0) {
		struct rights_name name;

		if (rights_read_name(&name, item.value) &&
		    rights_name_is(&name, custom))
			return true;
	}
	return false;
}

static bool is_hidden_custom(const struct making *m, const struct row *custom)
{
	if (names_custom(m, ROLE_HIDDEN_FIELDS, custom))
		return true;
	return kind_value(custom, CUSTOM_READ_RANK)->i > (int64_t)m->rank &&
	       !names_custom(m, ROLE_SHOWN_FIELDS, custom);
}

static bool add_custom(struct making *m, const struct uuid *id)
{
	if (m->n_custom == m->room) {
		size_t room = m->room > 0 ? 2 * m->room : 16;
		struct uuid *grown =
			arena_alloc(m->arena, room * sizeof(grown[0]));

		if (!grown)
			return false;
		if (m->n_custom > 0)
			memcpy(grown, m->custom,
			       m->n_custom * sizeof(grown[0]));
		m->custom = grown;
		m->room = room;
	}
	m->custom[m->n_custom++] = *id;
	return true;
}

static bool see_custom(void *user, const struct row *custom)
{
	struct making *m = user;

	m->is_full = is_hidden_custom(m, custom) && !add_custom(m, &custom->id);
	return !m->is_full;
}

static enum outrider_code
hide_custom(struct making *m, struct outrider_err *err)
{
	/* Deleted ones too: their values still stand in records. */
	enum outrider_code code = org_records_each(m->conn, KIND_CUSTOM_FIELD,
						   true, see_custom, m, err);

	/* They come by id: sorted as they came. */
	m->rights->hidden_custom = m->custom;
	m->rights->n_hidden_custom = m->n_custom;
	return code == OUTRIDER_OK && m->is_full ? no_memory(err) : code;
}

/* ------------------------------------------------------------- fingerprint */

static void mix(uint64_t *hash, uint64_t word)
{
	*hash = (*hash ^ word) * FNV_PRIME;
}

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

/*
 * Two halves: which records are known at all stands above, what is seen of
 * them below: see cursor_begin.
 */
static uint64_t fingerprint(const struct rights *rights)
{
	uint64_t records = FNV_BASIS, fields = FNV_BASIS;

	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		const struct kind_rights *kind = &rights->kinds[i];

		if (!kind->may_read)
			continue;
		mix(&records, entity->number);
		for (size_t k = 0; k < entity->n_fields; k++)
			if (!field_set_has(&kind->hidden,
					   entity->fields[k].number))
				mix(&fields, (uint64_t)entity->number << 32 |
						     entity->fields[k].number);
	}
	for (size_t i = 0; i < rights->n_hidden_custom; i++)
		for (size_t k = 0; k < sizeof(rights->hidden_custom->at); k++)
			mix(&records, rights->hidden_custom[i].at[k]);
	return (uint64_t)fold(records) << 32 | fold(fields);
}

/* ------------------------------------------------------------------ making */

enum outrider_code rights_load(const struct rights **out, enum rank rank,
			       const struct uuid *role, struct store_conn *conn,
			       struct arena *arena, struct outrider_err *err)
{
	struct making m = { .rank = rank, .conn = conn, .arena = arena };
	enum outrider_code code;

	*out = NULL;
	m.rights = arena_alloc(arena, sizeof(*m.rights));
	m.kinds = arena_alloc(arena, schema_n_entities * sizeof(m.kinds[0]));
	if (!m.rights || !m.kinds)
		return no_memory(err);
	m.rights->kinds = m.kinds;
	code = read_role(&m, role, err);
	if (code != OUTRIDER_OK)
		return code;
	rank_kinds(&m);
	if (m.role) {
		m.rights->sees_all_teams =
			kind_value(m.role, ROLE_SEES_ALL_TEAMS)->i != 0;
		grant_kinds(&m);
		silence_alerts(&m);
		name_fields(&m, ROLE_SHOWN_FIELDS, false);
		name_fields(&m, ROLE_HIDDEN_FIELDS, true);
	}
	code = hide_custom(&m, err);
	if (code != OUTRIDER_OK)
		return code;
	m.rights->fingerprint = fingerprint(m.rights);
	*out = m.rights;
	return OUTRIDER_OK;
}

const struct rights *
rights_copy(const struct rights *rights, struct arena *arena)
{
	struct rights *copy = arena_alloc(arena, sizeof(*copy));
	struct bytes kinds =
		arena_copy(arena, rights->kinds,
			   schema_n_entities * sizeof(rights->kinds[0]));
	struct bytes custom = arena_copy(
		arena, rights->hidden_custom,
		rights->n_hidden_custom * sizeof(rights->hidden_custom[0]));

	if (!copy || !kinds.at || !custom.at)
		return NULL;
	*copy = *rights;
	copy->kinds = (const struct kind_rights *)(const void *)kinds.at;
	copy->hidden_custom = (const struct uuid *)(const void *)custom.at;
	return copy;
}
