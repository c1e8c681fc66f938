/*
 * Reading the few fields that the app's laws know by number.
 */
#include "app/kinds.h"

#include <assert.h>
#include <string.h>

size_t kind_index(const struct entity *entity, uint32_t number)
{
	size_t i = 0;

	while (i < entity->n_fields && entity->fields[i].number != number)
		i++;
	return i;
}

struct value *kind_value(const struct row *row, uint32_t number)
{
	size_t i = kind_index(row->entity, number);

	assert(i < row->entity->n_fields);
	return &row->values[i];
}

struct uuid kind_reference(const struct value *value)
{
	struct uuid id = { { 0 } };

	if (value->bytes.len == sizeof(id.at))
		memcpy(id.at, value->bytes.at, sizeof(id.at));
	return id;
}

enum rank kind_rank(const struct value *value)
{
	int64_t rank = value->i;

	return rank >= RANK_NONE && rank <= RANK_ADMINISTRATOR ? (enum rank)rank
							       : RANK_NONE;
}

enum rank kind_user_rank(const struct row *user)
{
	return kind_rank(kind_value(user, USER_RANK));
}

bool kind_user_is_active(const struct row *user)
{
	return user->deleted_us == 0 &&
	       kind_value(user, USER_IS_DISABLED)->i == 0;
}

bool kind_takes_part(const struct field *field)
{
	return field->flags & FIELD_IS_PARTICIPANT &&
	       field->number != FIELD_SHARED_USERS &&
	       field->number != FIELD_SHARED_TEAMS;
}
