/*
 * merge: what a write becomes when others wrote meanwhile, field by field.
 * Owns the policies; knows neither store nor log, and gives no revisions.
 */
#include "model/merge.h"

#include <string.h>

#include "model/canonical.h"
#include "model/wire.h"

struct merging {
	struct row *row;
	struct field_set *changed, *lost;
	struct arena *arena;
	const struct merge_patch *patch;
	uint64_t (*standing_hlc)(void *user, uint32_t field);
	void *user;
};

/* ------------------------------------------------------------------- sets */

/* Stands on an element of a canonical set: they ascend. */
struct elements {
	struct wire_reader reader;
	struct wire_field at;
	bool has_one;
};

static void elements_next(struct elements *e)
{
	e->has_one = wire_next(&e->reader, &e->at) > 0;
}

static struct elements elements_of(struct bytes occurrences)
{
	struct elements e = { .reader = wire_read(occurrences) };

	elements_next(&e);
	return e;
}

/* As bytes_compare; the end sorts behind everything. */
static int elements_compare(const struct elements *a, const struct elements *b)
{
	if (!a->has_one || !b->has_one)
		return (b->has_one ? 1 : 0) - (a->has_one ? 1 : 0);
	return bytes_compare(a->at.value, b->at.value);
}

/*
 * What was in the base stays if both sides kept it; what was not is there if
 * either side added it. Ascending sets in, an ascending set out.
 */
static bool merge_sets(struct bytes *out, struct arena *arena,
		       struct bytes standing, struct bytes sent,
		       struct bytes base)
{
	struct elements s = elements_of(standing), p = elements_of(sent);
	struct elements b = elements_of(base);
	uint8_t *at = arena_alloc(arena, standing.len + sent.len);
	size_t len = 0;

	if (!at)
		return false;
	while (s.has_one || p.has_one) {
		int order = elements_compare(&s, &p);
		struct elements least = order <= 0 ? s : p;
		bool was_there;
		while (b.has_one && elements_compare(&b, &least) < 0)
			elements_next(&b);
		was_there = b.has_one && elements_compare(&b, &least) == 0;
		if (order == 0 || !was_there) {
			memcpy(at + len, least.at.whole.at, least.at.whole.len);
			len += least.at.whole.len;
		}
		if (order <= 0)
			elements_next(&s);
		if (order >= 0)
			elements_next(&p);
	}
	*out = (struct bytes){ .at = len > 0 ? at : NULL, .len = len };
	return true;
}

/* ----------------------------------------------------------------- fields */

/* Sets one field; the others of its oneof become empty. */
static void put_value(struct merging *m, size_t i, struct value value)
{
	const struct entity *entity = m->row->entity;
	const struct field *field = &entity->fields[i];

	m->row->values[i] = value;
	field_set_add(m->changed, field->number);
	if (field->oneof < 0 || !value_is_set(&value))
		return;
	for (size_t j = 0; j < entity->n_fields; j++) {
		if (j == i || entity->fields[j].oneof != field->oneof ||
		    !value_is_set(&m->row->values[j]))
			continue;
		m->row->values[j] = (struct value){ .i = 0 };
		field_set_add(m->changed, entity->fields[j].number);
	}
}

static void lose(struct merging *m, size_t i)
{
	field_set_add(m->lost, m->row->entity->fields[i].number);
}

/* The later write stands; of two at the same time, the greater value. */
static bool is_later(const struct merging *m, size_t i)
{
	const struct field *field = &m->row->entity->fields[i];
	const struct value *standing = &m->row->values[i];
	const struct value *sent = &m->patch->values->values[i];
	uint64_t hlc = m->standing_hlc(m->user, field->number);
	int order;

	if (m->patch->hlc != hlc)
		return m->patch->hlc > hlc;
	order = bytes_compare(sent->bytes, standing->bytes);
	return order != 0 ? order > 0 : sent->i > standing->i;
}

static bool apply_set(struct merging *m, size_t i)
{
	const struct field *field = &m->row->entity->fields[i];
	const struct value *standing = &m->row->values[i];
	const struct value *sent = &m->patch->values->values[i];
	struct bytes base = { .at = NULL, .len = 0 };
	struct value merged = { .i = 0 };

	if (m->patch->base)
		base = m->patch->base->values[i].bytes;
	if (!merge_sets(&merged.bytes, m->arena, standing->bytes, sent->bytes,
			base))
		return false;
	if (!value_equal(field, &merged, sent))
		lose(m, i);
	if (!value_equal(field, &merged, standing))
		put_value(m, i, merged);
	return true;
}

/* A field that somebody else changed since the author's base. */
static bool apply_conflict(struct merging *m, size_t i)
{
	const struct value *sent = &m->patch->values->values[i];
	bool is_applied = false;

	switch (m->row->entity->fields[i].merge) {
	case MERGE_SET:
		return apply_set(m, i);
	case MERGE_LAST_WRITER:
		is_applied = is_later(m, i);
		break;
	case MERGE_INSERT_ONLY:
		is_applied = !value_is_set(&m->row->values[i]);
		break;
	case MERGE_SERVER:
	case MERGE_ASK:
		break;
	}
	if (is_applied)
		put_value(m, i, *sent);
	else
		lose(m, i);
	return true;
}

/*
 * The same value written later has the later clock: a third write must meet
 * it, whichever of the two came first.
 */
static void touch(struct merging *m, const struct field *field)
{
	if (field->merge == MERGE_LAST_WRITER &&
	    m->patch->hlc > m->standing_hlc(m->user, field->number))
		field_set_add(m->changed, field->number);
}

static bool apply_field(struct merging *m, size_t i)
{
	const struct field *field = &m->row->entity->fields[i];
	const struct value *sent = &m->patch->values->values[i];

	if (value_equal(field, &m->row->values[i], sent)) {
		touch(m, field);
		return true;
	}
	if (m->row->frev[i] > m->patch->base_rev)
		return apply_conflict(m, i);
	put_value(m, i, *sent);
	return true;
}

/* Owner and team: who may change them is not decided here. */
static void apply_owner(struct merging *m, uint32_t number,
			struct uuid *standing, const struct uuid *sent)
{
	if (!field_set_has(&m->patch->which, number) ||
	    uuid_compare(standing, sent) == 0)
		return;
	if (m->row->frev_owner > m->patch->base_rev) {
		field_set_add(m->lost, number);
		return;
	}
	*standing = *sent;
	field_set_add(m->changed, number);
}

enum outrider_code
merge_apply(struct row *row, struct field_set *changed, struct field_set *lost,
	    struct arena *arena, const struct merge_patch *patch,
	    uint64_t (*standing_hlc)(void *user, uint32_t field), void *user,
	    struct outrider_err *err)
{
	const struct entity *entity = row->entity;
	struct merging merging = {
		.row = row,
		.changed = changed,
		.lost = lost,
		.arena = arena,
		.patch = patch,
		.standing_hlc = standing_hlc,
		.user = user,
	};

	err_clear(err);
	*changed = *lost = (struct field_set){ .bits = { 0 } };
	apply_owner(&merging, FIELD_OWNER, &row->owner, &patch->values->owner);
	apply_owner(&merging, FIELD_TEAM, &row->team, &patch->values->team);
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (!field_set_has(&patch->which, entity->fields[i].number))
			continue;
		if (!apply_field(&merging, i))
			return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
				       "out of memory");
	}
	return OUTRIDER_OK;
}
