/*
 * order_by: fields, comma separated, each with "desc" behind it or not, as
 * API improvement proposal 132 has it. Shares the words and the manners of
 * filters.
 */
#include "app/filter_parts.h"

static bool
is_taken(const struct query_order *order, size_t n, const struct field *field)
{
	for (size_t i = 0; i < n; i++)
		if (order[i].field == field)
			return true;
	return false;
}

static enum outrider_code read_direction(bool *out, struct filter_reader *r)
{
	char shown[FILTER_SHOWN_MAX];
	enum outrider_code code = OUTRIDER_OK;
	bool is_said;

	*out = token_is_word(&r->token, "desc");
	is_said = *out || token_is_word(&r->token, "asc");
	if (is_said)
		code = filter_next(r);
	if (code != OUTRIDER_OK || r->token.type == TOKEN_COMMA ||
	    r->token.type == TOKEN_END)
		return code;
	return filter_fail(r, r->token.at,
			   "\"%s\" stands where %sa comma or the end belongs",
			   filter_show(shown, r->token.text),
			   is_said ? "" : "\"desc\", ");
}

static enum outrider_code read_one(struct query_order *out,
				   struct filter_reader *r,
				   const struct query_order *before, size_t n)
{
	const struct entity *entity = r->context->entity;
	struct token name = r->token;
	char shown[FILTER_SHOWN_MAX];
	enum outrider_code code;

	if (name.type != TOKEN_WORD)
		return filter_fail(r, name.at, "a field's name belongs here");
	out->field =
		filter_find_field(r, entity, name.text, FIELD_IS_ORDERABLE);
	if (!out->field)
		return filter_fail_field(r, entity, name.text, name.at,
					 FIELD_IS_ORDERABLE);
	if (is_taken(before, n, out->field))
		return filter_fail(r, name.at, "\"%s\" stands there twice",
				   filter_show(shown, name.text));
	if (n == QUERY_ORDER_MAX)
		return filter_fail(r, name.at, "an order has %d fields at most",
				   QUERY_ORDER_MAX);
	code = filter_next(r);
	return code == OUTRIDER_OK ? read_direction(&out->is_descending, r)
				   : code;
}

enum outrider_code order_read(struct query_order out[QUERY_ORDER_MAX],
			      size_t *n, const struct filter_context *context,
			      struct bytes text, struct outrider_err *err)
{
	struct filter_reader r;
	enum outrider_code code =
		filter_begin(&r, context, "order_by", text, err);

	*n = 0;
	for (size_t i = 0; i < QUERY_ORDER_MAX; i++)
		out[i] = (struct query_order){ .field = NULL };
	while (code == OUTRIDER_OK && (*n > 0 || r.token.type != TOKEN_END)) {
		struct query_order one;

		code = read_one(&one, &r, out, *n);
		if (code != OUTRIDER_OK)
			break;
		out[(*n)++] = one;
		if (r.token.type == TOKEN_END)
			break;
		code = filter_next(&r);
	}
	return code;
}
