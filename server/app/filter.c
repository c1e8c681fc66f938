/*
 * The grammar of filters, after API improvement proposal 160:
 *
 *	expression = factor {["AND"] factor}
 *	factor	   = term {"OR" term}
 *	term	   = ["NOT" | "-"] simple
 *	simple	   = restriction | "(" expression ")"
 *	restriction = name comparator value
 *		   | name "in" "(" value {"," value} ")"
 *
 * OR binds tighter than AND. Comes back into itself through parentheses only,
 * QUERY_DEPTH_MAX deep.
 */
#include "app/filter_parts.h"

static enum outrider_code
read_expression(struct part *out, struct filter_reader *r);

/* ------------------------------------------------------------- restrictions */

static bool is_keyword(const struct token *token)
{
	return token_is_word(token, "AND") || token_is_word(token, "OR") ||
	       token_is_word(token, "NOT");
}

/* `and`, which is a word like any other. */
static const char *meant_keyword(const struct token *token)
{
	static const char *const keywords[] = { "AND", "OR", "NOT" };

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (token->type == TOKEN_WORD &&
		    bytes_are_like(token->text, keywords[i]))
			return keywords[i];
	return NULL;
}

/* A name, and nothing behind it that compares. */
static enum outrider_code
fail_alone(struct filter_reader *r, const struct token *name)
{
	const struct entity *entity = r->context->entity;
	const struct field *field = NULL;
	char shown[FILTER_SHOWN_MAX];

	filter_show(shown, name->text);
	if (name->type == TOKEN_WORD)
		field = filter_find_asked(r, entity, name->text);
	if (field && field->number >= FIELD_FIRST_OWN &&
	    !(field->flags & FIELD_IS_FILTERABLE))
		return filter_fail(r, name->at,
				   "%s stands alone: write %s:* where it is "
				   "set",
				   shown, shown);
	if (field && field->type == FIELD_BOOL)
		return filter_fail(r, name->at,
				   "%s stands alone: write %s = true", shown,
				   shown);
	if (field)
		return filter_fail(r, name->at,
				   "%s stands alone: write what it is compared "
				   "with, or %s:* where it is set",
				   shown, shown);
	return filter_fail(r, name->at,
			   "%s stands alone: a filter compares fields, as in "
			   "%s = \"...\"; to find a word anywhere, call Search",
			   shown,
			   entity->title ? entity->title[0]->name : "id");
}

static bool stands_value(const struct filter_reader *r)
{
	return r->token.type == TOKEN_STRING ||
	       (r->token.type == TOKEN_WORD && !is_keyword(&r->token));
}

static enum outrider_code
check_value(struct filter_reader *r, const struct token *sign)
{
	char shown[FILTER_SHOWN_MAX], what[FILTER_SHOWN_MAX];

	filter_show(shown, sign->text);
	if (stands_value(r))
		return OUTRIDER_OK;
	if (r->token.type == TOKEN_END)
		return filter_fail(r, r->token.at,
				   "the end, where a value belongs behind %s",
				   shown);
	filter_show(what, r->token.text);
	if (r->token.type == TOKEN_OPEN)
		return filter_fail(r, r->token.at,
				   "\"(\", where a value belongs behind %s; "
				   "several ones follow \"in\"",
				   shown);
	return filter_fail(r, r->token.at,
			   "\"%s\", where a value belongs behind %s", what,
			   shown);
}

/* "(NEW, WORKING)": from behind `in` to the closing parenthesis. */
static enum outrider_code
read_list(struct comparison *c, struct filter_reader *r)
{
	enum outrider_code code = filter_next(r);

	if (code != OUTRIDER_OK)
		return code;
	if (r->token.type != TOKEN_OPEN)
		return filter_fail(r, r->token.at,
				   "\"in\" is followed by (value, value)");
	if (!r->list)
		r->list = arena_alloc(r->context->arena,
				      FILTER_VALUES_MAX * sizeof(*r->list));
	if (!r->list)
		return filter_no_memory(r);
	do {
		code = filter_next_value(r);
		if (code == OUTRIDER_OK)
			code = check_value(r, &c->sign);
		if (code != OUTRIDER_OK)
			return code;
		if (c->n_values == FILTER_VALUES_MAX)
			return filter_fail(r, r->token.at,
					   "a list has %d values at most",
					   FILTER_VALUES_MAX);
		r->list[c->n_values++] = r->token;
		code = filter_next(r);
	} while (code == OUTRIDER_OK && r->token.type == TOKEN_COMMA);
	if (code == OUTRIDER_OK && r->token.type != TOKEN_CLOSE)
		return filter_fail(r, r->token.at,
				   "the list of \"in\" goes on with a comma or "
				   "ends with \")\"");
	c->values = r->list;
	return code;
}

/* What stands behind the name, up to the last token of it. */
static enum outrider_code read_comparison(struct comparison *c,
					  struct filter_reader *r,
					  struct token *value)
{
	enum outrider_code code;

	c->sign = r->token;
	if (r->token.type != TOKEN_COMPARATOR) {
		c->comparator = COMPARE_IN;
		return read_list(c, r);
	}
	c->comparator = r->token.comparator;
	code = filter_next_value(r);
	if (code == OUTRIDER_OK)
		code = check_value(r, &c->sign);
	*value = r->token;
	c->values = value;
	c->n_values = 1;
	return code;
}

/* Whether it may begin one, and the token behind it. */
static enum outrider_code
read_name(struct filter_reader *r, const struct token *name)
{
	const char *keyword = meant_keyword(name);
	char shown[FILTER_SHOWN_MAX];
	bool is_sign;
	enum outrider_code code = filter_next(r);

	if (code != OUTRIDER_OK)
		return code;
	is_sign = r->token.type == TOKEN_COMPARATOR;
	filter_show(shown, name->text);
	if (keyword && !is_sign)
		return filter_fail(r, name->at, "\"%s\" is written %s", shown,
				   keyword);
	if (name->type == TOKEN_WORD && r->token.type == TOKEN_OPEN &&
	    r->token.at == name->at + name->text.len)
		return filter_fail(r, name->at,
				   "%s( is a call: filters have no functions",
				   shown);
	if (!is_sign && r->token.type == TOKEN_WORD &&
	    bytes_are_like(r->token.text, "in")) {
		if (token_is_word(&r->token, "in"))
			is_sign = true;
		else
			return filter_fail(r, r->token.at,
					   "\"in\" is written small");
	}
	if (!is_sign)
		return fail_alone(r, name);
	if (name->type == TOKEN_STRING)
		return filter_fail(r, name->at,
				   "%s: a field's name has no quotes", shown);
	return OUTRIDER_OK;
}

static enum outrider_code
read_restriction(struct part *out, struct filter_reader *r)
{
	struct token name = r->token, value;
	struct filter_field field;
	struct comparison c = { .field = &field };
	enum outrider_code code = read_name(r, &name);

	/* Before anything else is looked at: a hidden field says no more. */
	if (code == OUTRIDER_OK)
		code = filter_resolve(&field, r, &name);
	if (code == OUTRIDER_OK)
		code = read_comparison(&c, r, &value);
	if (code == OUTRIDER_OK)
		code = filter_compare(out, r, &c);
	return code == OUTRIDER_OK ? filter_next(r) : code;
}

/* -------------------------------------------------------------- expressions */

static enum outrider_code fail_simple(struct filter_reader *r)
{
	char shown[FILTER_SHOWN_MAX];

	if (r->token.type == TOKEN_END)
		return filter_fail(r, r->token.at,
				   "the end, where a condition belongs");
	return filter_fail(r, r->token.at, "\"%s\", where a condition belongs",
			   filter_show(shown, r->token.text));
}

static enum outrider_code read_group(struct part *out, struct filter_reader *r)
{
	struct token open = r->token;
	enum outrider_code code;

	if (r->n_open == QUERY_DEPTH_MAX)
		return filter_fail(r, open.at,
				   "parentheses stand within each other %d "
				   "deep at most",
				   QUERY_DEPTH_MAX);
	r->n_open++;
	code = filter_next(r);
	if (code == OUTRIDER_OK)
		code = read_expression(out, r);
	if (code != OUTRIDER_OK)
		return code;
	r->n_open--;
	if (r->token.type == TOKEN_END)
		return filter_fail(r, open.at, "this \"(\" is never closed");
	if (r->token.type != TOKEN_CLOSE)
		return fail_simple(r);
	return filter_next(r);
}

static enum outrider_code read_simple(struct part *out, struct filter_reader *r)
{
	if (r->token.type == TOKEN_OPEN)
		return read_group(out, r);
	if (stands_value(r))
		return read_restriction(out, r);
	return fail_simple(r);
}

static enum outrider_code read_term(struct part *out, struct filter_reader *r)
{
	struct token first = r->token;
	bool is_negated = first.type == TOKEN_MINUS ||
			  token_is_word(&first, "NOT");
	enum outrider_code code = is_negated ? filter_next(r) : OUTRIDER_OK;

	if (code == OUTRIDER_OK)
		code = read_simple(out, r);
	if (code == OUTRIDER_OK && is_negated)
		code = part_negate(out, r, *out, first.at);
	return code;
}

static enum outrider_code read_factor(struct part *out, struct filter_reader *r)
{
	struct group any = { .type = CONDITION_ANY, .at = r->token.at };
	struct part part = { .condition = NULL };
	enum outrider_code code = read_term(&part, r);

	while (code == OUTRIDER_OK) {
		group_add(&any, part);
		if (!token_is_word(&r->token, "OR"))
			return group_end(out, r, &any);
		code = filter_next(r);
		if (code == OUTRIDER_OK)
			code = read_term(&part, r);
	}
	return code;
}

/* Factors side by side are joined as by AND. */
static bool begins_factor(const struct filter_reader *r)
{
	return stands_value(r) || r->token.type == TOKEN_OPEN ||
	       r->token.type == TOKEN_MINUS || token_is_word(&r->token, "NOT");
}

static enum outrider_code
read_expression(struct part *out, struct filter_reader *r)
{
	struct group all = { .type = CONDITION_ALL, .at = r->token.at };
	struct part part = { .condition = NULL };
	enum outrider_code code = read_factor(&part, r);

	while (code == OUTRIDER_OK) {
		group_add(&all, part);
		if (token_is_word(&r->token, "AND"))
			code = filter_next(r);
		else if (!begins_factor(r))
			return group_end(out, r, &all);
		if (code == OUTRIDER_OK)
			code = read_factor(&part, r);
	}
	return code;
}

static enum outrider_code fail_behind(struct filter_reader *r)
{
	char shown[FILTER_SHOWN_MAX];

	if (r->token.type == TOKEN_CLOSE)
		return filter_fail(r, r->token.at, "this \")\" closes nothing");
	return filter_fail(r, r->token.at,
			   "\"%s\", where AND, OR or the end belongs",
			   filter_show(shown, r->token.text));
}

enum outrider_code filter_read(struct condition **out,
			       const struct filter_context *context,
			       struct bytes text, struct outrider_err *err)
{
	struct filter_reader r;
	struct part part = { .condition = NULL };
	enum outrider_code code =
		filter_begin(&r, context, "filter", text, err);

	*out = NULL;
	if (code == OUTRIDER_OK && r.token.type == TOKEN_END)
		return OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		code = read_expression(&part, &r);
	if (code == OUTRIDER_OK && r.token.type != TOKEN_END)
		code = fail_behind(&r);
	if (code == OUTRIDER_OK)
		*out = part.condition;
	return code;
}
