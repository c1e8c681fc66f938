/*
 * The tree of conditions as it grows: how many comparisons it has and how
 * deep it is. Knows no field.
 */
#include "app/filter_parts.h"

#include <string.h>

void group_add(struct group *group, struct part part)
{
	struct condition *first = part.condition, *last = part.condition;

	if (first->type == group->type) {
		first = first->first;
		for (last = first; last && last->next;)
			last = last->next;
		part.depth--;
	}
	if (!first)
		return;
	if (group->last)
		group->last->next = first;
	else
		group->first = first;
	group->last = last;
	if (part.depth > group->depth)
		group->depth = part.depth;
}

static enum outrider_code
make_part(struct part *out, struct filter_reader *r, enum condition_type type,
	  struct condition *first, unsigned depth, size_t at)
{
	out->depth = depth;
	if (depth > QUERY_DEPTH_MAX)
		return filter_fail(r, at,
				   "conditions stand within each other %d deep "
				   "at most",
				   QUERY_DEPTH_MAX);
	out->condition =
		arena_alloc(r->context->arena, sizeof(*out->condition));
	if (!out->condition)
		return filter_no_memory(r);
	out->condition->type = type;
	out->condition->first = first;
	return OUTRIDER_OK;
}

enum outrider_code
group_end(struct part *out, struct filter_reader *r, const struct group *group)
{
	if (group->first && group->first == group->last) {
		*out = (struct part){ group->first, group->depth };
		return OUTRIDER_OK;
	}
	return make_part(out, r, group->type, group->first, group->depth + 1,
			 group->at);
}

enum outrider_code part_negate(struct part *out, struct filter_reader *r,
			       struct part part, size_t at)
{
	if (part.condition->type == CONDITION_NOT) {
		*out = (struct part){ part.condition->first, part.depth - 1 };
		return OUTRIDER_OK;
	}
	return make_part(out, r, CONDITION_NOT, part.condition, part.depth + 1,
			 at);
}

enum outrider_code part_compare(struct part *out, struct filter_reader *r,
				const struct filter_field *field,
				enum condition_op op)
{
	enum outrider_code code;

	if (r->n_terms++ == QUERY_TERMS_MAX)
		return filter_fail(r, field->name.at,
				   "a filter has %d comparisons at most",
				   QUERY_TERMS_MAX);
	code = make_part(out, r, CONDITION_COMPARE, NULL, 1, field->name.at);
	if (code == OUTRIDER_OK) {
		out->condition->path = field->path;
		out->condition->op = op;
	}
	return code;
}

enum outrider_code
part_compare_values(struct part *out, struct filter_reader *r,
		    const struct filter_field *field, enum condition_op op,
		    const struct condition_value *values, size_t n)
{
	enum outrider_code code = part_compare(out, r, field, op);
	size_t size = n * sizeof(*values);
	struct condition_value *kept;

	if (code != OUTRIDER_OK)
		return code;
	kept = arena_alloc(r->context->arena, size);
	if (!kept)
		return filter_no_memory(r);
	memcpy(kept, values, size);
	out->condition->values = kept;
	out->condition->n_values = n;
	return OUTRIDER_OK;
}

enum outrider_code part_compare_value(struct part *out, struct filter_reader *r,
				      const struct filter_field *field,
				      enum condition_op op,
				      struct condition_value value)
{
	return part_compare_values(out, r, field, op, &value, 1);
}

enum outrider_code part_compare_unset(struct part *out, struct filter_reader *r,
				      const struct filter_field *field)
{
	enum outrider_code code = part_compare(out, r, field, CONDITION_IS_SET);

	return code == OUTRIDER_OK ? part_negate(out, r, *out, field->name.at)
				   : code;
}
