/*
 * Texts to values of a field, by its sort and its type's range. Knows no
 * comparator.
 */
#include "app/filter_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES_MAX = 64 };

bool filter_is_star(const struct token *token)
{
	return token_is_word(token, "*");
}

/* -------------------------------------------------------------------- texts */

/* One character of a token between its ends. */
static enum outrider_code
put_character(struct filter_text *out, uint8_t *room, struct filter_reader *r,
	      const struct token *token, size_t *i, size_t end)
{
	uint8_t c = token->text.at[*i];
	bool is_first = out->text.len == 0 && !out->begins_with_star;

	if (c == '*') {
		if (*i + 1 == end)
			out->ends_with_star = true;
		else if (is_first)
			out->begins_with_star = true;
		else
			out->has_star_within = true;
		++*i;
		return OUTRIDER_OK;
	}
	if (c == '\\') {
		++*i;
		if (*i == end || !strchr("\"'\\*", token->text.at[*i]))
			return filter_fail(r, token->at + *i - 1,
					   "a backslash stands before a quote, "
					   "a star or a backslash only");
		c = token->text.at[*i];
	}
	++*i;
	room[out->text.len++] = c;
	return OUTRIDER_OK;
}

enum outrider_code filter_read_text(struct filter_text *out,
				    struct filter_reader *r,
				    const struct token *token)
{
	size_t quote = token->type == TOKEN_STRING;
	size_t end = token->text.len - quote;
	uint8_t *room = arena_alloc(r->context->arena, token->text.len + 1);
	enum outrider_code code = OUTRIDER_OK;

	*out = (struct filter_text){ .text = { .at = room } };
	if (!room)
		return filter_no_memory(r);
	for (size_t i = quote; i < end && code == OUTRIDER_OK;)
		code = put_character(out, room, r, token, &i, end);
	return code;
}

enum outrider_code filter_read_starless(struct bytes *out,
					struct filter_reader *r,
					const struct token *token)
{
	struct filter_text text;
	enum outrider_code code = filter_read_text(&text, r, token);
	bool has_star = text.begins_with_star || text.ends_with_star ||
			text.has_star_within;

	*out = has_star ? token->text : text.text;
	return code;
}

/* ------------------------------------------------------------------ numbers */

static bool fits_type(enum field_type type, int64_t i)
{
	if (type == FIELD_INT32)
		return i >= INT32_MIN && i <= INT32_MAX;
	if (type == FIELD_UINT32)
		return i >= 0 && i <= UINT32_MAX;
	return type != FIELD_UINT64 || i >= 0;
}

static enum outrider_code
read_integer(struct condition_value *out, struct filter_reader *r,
	     const struct filter_field *field, const struct token *token,
	     struct bytes text)
{
	char shown[FILTER_SHOWN_MAX];

	if (filter_parse_integer(&out->i, text) &&
	    fits_type(field->path.field->type, out->i))
		return OUTRIDER_OK;
	return filter_fail(r, token->at,
			   "%s is no whole number that %s can hold",
			   filter_show(shown, token->text),
			   field->path.field->name);
}

/* Digits, a point, an exponent: nothing else that strtod would take. */
static bool looks_like_number(struct bytes text)
{
	bool has_digit = false;

	for (size_t i = 0; i < text.len; i++) {
		has_digit |= text.at[i] >= '0' && text.at[i] <= '9';
		if (!text.at[i] || !strchr("+-.0123456789eE", text.at[i]))
			return false;
	}
	return has_digit && text.len < NUMBER_BYTES_MAX;
}

static enum outrider_code
read_number(struct condition_value *out, struct filter_reader *r,
	    const struct token *token, struct bytes text)
{
	char number[NUMBER_BYTES_MAX] = "", shown[FILTER_SHOWN_MAX];
	char *end = number;

	if (looks_like_number(text)) {
		memcpy(number, text.at, text.len);
		errno = 0;
		out->d = strtod(number, &end);
		/* Too small to hold is nearly 0, and 0 will do. */
		if (errno == ERANGE && (out->d > 1 || out->d < -1))
			end = number;
	}
	if (end != number && *end == 0)
		return OUTRIDER_OK;
	return filter_fail(r, token->at, "%s is no number",
			   filter_show(shown, token->text));
}

static enum outrider_code
read_bool(struct condition_value *out, struct filter_reader *r,
	  const struct token *token, struct bytes text)
{
	char shown[FILTER_SHOWN_MAX];
	bool is_true = text.len == 4 && memcmp(text.at, "true", 4) == 0;
	bool is_false = text.len == 5 && memcmp(text.at, "false", 5) == 0;

	out->i = is_true;
	if (is_true || is_false)
		return OUTRIDER_OK;
	return filter_fail(r, token->at, "%s is neither true nor false",
			   filter_show(shown, token->text));
}

/* -------------------------------------------------------------------- enums */

static bool is_text(struct bytes text, const char *name)
{
	return strlen(name) == text.len && memcmp(name, text.at, text.len) == 0;
}

static enum outrider_code
fail_enum(struct filter_reader *r, const struct filter_field *field,
	  const struct token *token, struct bytes text)
{
	const struct enum_type *type = field->path.field->values;
	size_t prefix = enum_prefix_len(type);
	char head[160], shown[FILTER_SHOWN_MAX];
	struct filter_names names;
	enum outrider_code code = filter_names_make(&names, r, type->n_values);

	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < type->n_values; i++)
		filter_names_add(&names,
				 bytes_of(type->values[i].name + prefix));
	snprintf(head, sizeof(head), "%s has no value %s",
		 field->path.field->name, filter_show(shown, token->text));
	return filter_fail_names(r, &(struct filter_wrong){
					    .at = token->at,
					    .head = head,
					    .wanted = text,
					    .label = "Values",
					    .names = &names,
				    });
}

static enum outrider_code
read_enum(struct condition_value *out, struct filter_reader *r,
	  const struct filter_field *field, const struct token *token,
	  struct bytes text)
{
	const struct enum_type *type = field->path.field->values;
	size_t prefix = enum_prefix_len(type);

	for (size_t i = 0; i < type->n_values; i++) {
		const struct enum_value *value = &type->values[i];

		if (is_text(text, value->name) ||
		    is_text(text, value->name + prefix)) {
			out->i = value->number;
			return OUTRIDER_OK;
		}
	}
	return fail_enum(r, field, token, text);
}

/* --------------------------------------------------------------- references */

enum { KIND_OF_CALLERS = 1 }; /* user.proto */

static enum outrider_code
read_reference(struct condition_value *out, struct filter_reader *r,
	       const struct filter_field *field, const struct token *token,
	       struct bytes text)
{
	const struct principal *who = r->context->principal;
	const struct entity *target = field->path.field->reference;
	bool may_be_me = target && target->number == KIND_OF_CALLERS;
	char shown[FILTER_SHOWN_MAX];
	struct uuid id;

	if (may_be_me && is_text(text, "me"))
		/* A service account is nobody's colleague: its owner is. */
		id = uuid_is_zero(&who->owner) ? who->user : who->owner;
	else if (!uuid_parse(&id, (const char *)text.at, text.len) ||
		 uuid_is_zero(&id))
		return filter_fail(r, token->at,
				   "%s is no id: write one such as "
				   "\"0192f0c1-7a00-7000-8000-000000000001\"%s",
				   filter_show(shown, token->text),
				   may_be_me ? ", or me" : "");
	out->bytes = arena_copy(r->context->arena, id.at, sizeof(id.at));
	return out->bytes.at ? OUTRIDER_OK : filter_no_memory(r);
}

enum outrider_code
filter_read_value(struct condition_value *out, struct filter_reader *r,
		  const struct filter_field *field, const struct token *token)
{
	struct bytes text;
	enum outrider_code code = filter_read_starless(&text, r, token);

	*out = (struct condition_value){ .i = 0 };
	if (code != OUTRIDER_OK)
		return code;
	switch (field->sort) {
	case SORT_BOOL:
		return read_bool(out, r, token, text);
	case SORT_INTEGER:
		return read_integer(out, r, field, token, text);
	case SORT_NUMBER:
		return read_number(out, r, token, text);
	case SORT_ENUM:
		return read_enum(out, r, field, token, text);
	case SORT_REFERENCE:
		return read_reference(out, r, field, token, text);
	case SORT_TIME:
		return filter_read_time(&out->i, r, token, text);
	case SORT_TEXT:
	case SORT_CHOICE:
	case SORT_MONEY:
	case SORT_HANDLE:
	case SORT_OTHER:
		break;
	}
	out->bytes = text;
	return OUTRIDER_OK;
}
