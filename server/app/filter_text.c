/*
 * Comparisons of texts: stars, choices, and handles as the store has them.
 */
#include "app/filter_parts.h"

#include "phone/phone_number.h"

#include <stdio.h>
#include <string.h>

static enum outrider_code
fail_star(struct filter_reader *r, const struct token *token, const char *text)
{
	char shown[FILTER_SHOWN_MAX];

	return filter_fail(r, token->at, "%s: %s; \\* is the star itself",
			   filter_show(shown, token->text), text);
}

static bool has_star(const struct filter_text *text)
{
	return text->begins_with_star || text->ends_with_star ||
	       text->has_star_within;
}

/*
 * As the store has it. A whole phone number goes through the firm's region; a
 * piece of one can't.
 */
static enum outrider_code
read_handle(struct bytes *out, struct filter_reader *r,
	    const struct filter_field *field, const struct token *token,
	    struct bytes text, bool is_whole)
{
	const char *region = r->context->region ? r->context->region : "";
	char phone[PHONE_NUMBER_MAX], room[STORE_HANDLE_MAX];
	char shown[FILTER_SHOWN_MAX];
	size_t len;

	if (field->handle == HANDLE_PHONE && is_whole &&
	    phone_number_e164(phone, text, region))
		text = bytes_of(phone);
	len = store_handle_normalise(room, field->handle, text);
	if (len == 0)
		return filter_fail(r, token->at, "%s reaches nobody",
				   filter_show(shown, token->text));
	*out = arena_copy(r->context->arena, room, len);
	return out->at ? OUTRIDER_OK : filter_no_memory(r);
}

/* ----------------------------------------------------------------- matching */

/* What the stars of a text ask for; those of none: EQUAL. */
static enum outrider_code
choose_op(enum condition_op *out, struct filter_reader *r,
	  const struct comparison *c, const struct token *token,
	  const struct filter_text *text)
{
	bool is_list = c->field->sort == SORT_HANDLE ||
		       filter_is_repeated(c->field);

	*out = CONDITION_EQUAL;
	if (!has_star(text))
		return OUTRIDER_OK;
	if (text->has_star_within)
		return fail_star(r, token,
				 "a star stands at the beginning or the end");
	if (c->comparator != COMPARE_EQUAL &&
	    c->comparator != COMPARE_UNEQUAL &&
	    !(is_list && c->comparator == COMPARE_HAS))
		return fail_star(r, token, "a star has a meaning with = only");
	if (is_list && text->begins_with_star)
		return fail_star(r, token,
				 "here a star stands at the end only");
	*out = !text->begins_with_star ? CONDITION_BEGINS
	       : text->ends_with_star  ? CONDITION_CONTAINS
				       : CONDITION_ENDS;
	return OUTRIDER_OK;
}

static enum outrider_code
check_choice(struct filter_reader *r, const struct filter_field *field,
	     const struct token *token, struct bytes text)
{
	char head[160], shown[FILTER_SHOWN_MAX], key[FILTER_SHOWN_MAX];
	struct filter_names names;
	enum outrider_code code = filter_choices(&names, r, field->custom);

	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < names.n; i++)
		if (names.at[i].len == text.len &&
		    memcmp(names.at[i].at, text.at, text.len) == 0)
			return OUTRIDER_OK;
	snprintf(head, sizeof(head), "%s has no choice %s",
		 filter_show(key, field->name.text),
		 filter_show(shown, token->text));
	return filter_fail_names(r, &(struct filter_wrong){
					    .at = token->at,
					    .head = head,
					    .wanted = text,
					    .label = "Choices",
					    .names = &names,
				    });
}

/* One text as a value; where op is to be chosen, by its stars. */
static enum outrider_code
read_one(struct condition_value *out, enum condition_op *op,
	 struct filter_text *text, struct filter_reader *r,
	 const struct comparison *c, const struct token *token)
{
	bool is_inside = c->comparator == COMPARE_HAS &&
			 c->field->sort != SORT_HANDLE &&
			 !filter_is_repeated(c->field);
	enum outrider_code code = filter_read_text(text, r, token);

	if (code == OUTRIDER_OK)
		code = choose_op(op, r, c, token, text);
	if (code != OUTRIDER_OK)
		return code;
	if (is_inside)
		*op = CONDITION_CONTAINS;
	out->bytes = text->text;
	if (c->field->handle != HANDLE_NONE && text->text.len > 0)
		return read_handle(&out->bytes, r, c->field, token, text->text,
				   *op == CONDITION_EQUAL);
	if (c->field->sort == SORT_CHOICE && *op == CONDITION_EQUAL &&
	    text->text.len > 0)
		return check_choice(r, c->field, token, text->text);
	return OUTRIDER_OK;
}

static enum outrider_code compare_list(struct part *out,
				       struct filter_reader *r,
				       const struct comparison *c)
{
	struct condition_value *values =
		arena_alloc(r->context->arena, c->n_values * sizeof(*values));
	enum condition_op op;
	struct filter_text text;
	enum outrider_code code = OUTRIDER_OK;

	if (!values)
		return filter_no_memory(r);
	for (size_t i = 0; i < c->n_values && code == OUTRIDER_OK; i++)
		code = read_one(&values[i], &op, &text, r, c, &c->values[i]);
	return code == OUTRIDER_OK
		       ? part_compare_values(out, r, c->field, CONDITION_IN,
					     values, c->n_values)
		       : code;
}

enum outrider_code filter_compare_text(struct part *out,
				       struct filter_reader *r,
				       const struct comparison *c)
{
	struct condition_value value = { .i = 0 };
	struct filter_text text;
	enum condition_op op;
	enum outrider_code code;

	if (c->comparator == COMPARE_IN)
		return compare_list(out, r, c);
	code = read_one(&value, &op, &text, r, c, &c->values[0]);
	if (code != OUTRIDER_OK)
		return code;
	if (value.bytes.len > 0 || comparator_is_order(c->comparator))
		return part_compare_value(out, r, c->field,
					  comparator_op(c->comparator, op),
					  value);
	/* "*" is any text; "" is none. */
	if (has_star(&text))
		return part_compare(out, r, c->field, CONDITION_IS_SET);
	if (c->comparator == COMPARE_HAS)
		return filter_fail(
			r, c->values[0].at,
			"an empty text is in every one; write :* for "
			"any that is set");
	return part_compare_unset(out, r, c->field);
}
