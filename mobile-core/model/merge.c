/*
 * merge: what a write becomes when others wrote meanwhile, field by field.
 * Owns the policies; knows neither store nor log, and gives no revisions.
 */
#include "model/merge.h"

#include "model/canonical.h"
#include "model/merge_elements.h"

struct merging {
	struct row *row;
	struct field_set *changed, *lost;
	struct arena *arena;
	const struct merge_patch *patch;
	uint64_t (*standing_hlc)(void *user, uint32_t field);
	void *user;
};

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

/* A repeated field whose elements are values of their own. */
static bool apply_elements(struct merging *m, size_t i)
{
	const struct field *field = &m->row->entity->fields[i];
	const struct value *standing = &m->row->values[i];
	const struct value *sent = &m->patch->values->values[i];
	struct merge_sides sides = {
		.standing = standing->bytes,
		.sent = sent->bytes,
		.field = field->number,
		.hlc = m->patch->hlc,
		.standing_hlc = m->patch->key_hlc,
		.user = m->user,
	};
	struct value merged = { .i = 0 };
	bool is_merged;

	if (m->patch->base)
		sides.base = m->patch->base->values[i].bytes;
	if (field->merge == MERGE_SET)
		is_merged = merge_sets(&merged.bytes, m->arena, &sides);
	else
		is_merged = merge_keyed(&merged.bytes, m->arena, &sides);
	if (!is_merged)
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
	case MERGE_BY_KEY:
		return apply_elements(m, i);
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
			return err_no_memory(err);
	}
	return OUTRIDER_OK;
}
