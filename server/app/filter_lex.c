/*
 * A filter's bytes as tokens. Knows no field and no grammar, but that a value
 * stands otherwise than a name does: "2026-11-21T10:00:00Z" is one word only
 * behind a comparator.
 */
#include "app/filter_parts.h"

#include "model/utf8.h"

#include <string.h>

struct sign {
	const char *text;
	enum comparator comparator;
	const char *instead; /* of a sign that others have */
};

/* The longest first. */
static const struct sign signs[] = {
	{ .text = "==", .instead = "=" },
	{ .text = "=~", .instead = ":" },
	{ .text = "=<", .instead = "<=" },
	{ .text = "=>", .instead = ">=" },
	{ .text = "<>", .instead = "!=" },
	{ .text = "&&", .instead = "AND" },
	{ .text = "||", .instead = "OR" },
	{ .text = "!=", .comparator = COMPARE_UNEQUAL },
	{ .text = "<=", .comparator = COMPARE_LESS_EQUAL },
	{ .text = ">=", .comparator = COMPARE_GREATER_EQUAL },
	{ .text = "=", .comparator = COMPARE_EQUAL },
	{ .text = "<", .comparator = COMPARE_LESS },
	{ .text = ">", .comparator = COMPARE_GREATER },
	{ .text = ":", .comparator = COMPARE_HAS },
	{ .text = "!", .instead = "NOT" },
	{ .text = "&", .instead = "AND" },
	{ .text = "|", .instead = "OR" },
	{ .text = "~", .instead = ":" },
};

const char *comparator_text(enum comparator comparator)
{
	if (comparator == COMPARE_IN)
		return "in";
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!signs[i].instead && signs[i].comparator == comparator)
			return signs[i].text;
	return "";
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whatever is no sign may be in a word: letters of any script, too. */
static bool ends_word(uint8_t c, bool is_value)
{
	if (c <= ' ' || c == 0x7f)
		return true;
	return strchr(is_value ? "()[],\"'\\=<>!" : "()[],\"'\\=<>!:&|~;", c) !=
	       NULL;
}

static void take(struct filter_reader *r, enum token_type type, size_t len)
{
	r->token = (struct token){
		.type = type,
		.at = r->next,
		.text = { r->text.at + r->next, len },
	};
	r->next += len;
}

static enum outrider_code take_string(struct filter_reader *r)
{
	size_t i = r->next + 1;
	uint8_t quote = r->text.at[r->next];

	while (i < r->text.len && r->text.at[i] != quote)
		i += r->text.at[i] == '\\' ? 2 : 1;
	if (i >= r->text.len)
		return filter_fail(r, r->next,
				   "the text that begins here has no closing "
				   "%c",
				   quote);
	take(r, TOKEN_STRING, i + 1 - r->next);
	return OUTRIDER_OK;
}

/* False: no sign stands there. */
static bool take_sign(enum outrider_code *code, struct filter_reader *r)
{
	const uint8_t *at = r->text.at + r->next;
	size_t left = r->text.len - r->next;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const struct sign *sign = &signs[i];
		size_t len = strlen(sign->text);

		if (len > left || memcmp(at, sign->text, len) != 0)
			continue;
		*code = OUTRIDER_OK;
		if (sign->instead)
			*code = filter_fail(r, r->next,
					    "\"%s\" is written \"%s\" here",
					    sign->text, sign->instead);
		take(r, TOKEN_COMPARATOR, len);
		r->token.comparator = sign->comparator;
		return true;
	}
	return false;
}

static enum outrider_code next_token(struct filter_reader *r, bool is_value)
{
	static const struct {
		uint8_t c;
		enum token_type type;
	} single[] = {
		{ '(', TOKEN_OPEN },
		{ ')', TOKEN_CLOSE },
		{ ',', TOKEN_COMMA },
	};
	enum outrider_code code;
	size_t end;
	uint8_t c;

	while (r->next < r->text.len && is_space(r->text.at[r->next]))
		r->next++;
	if (r->next == r->text.len) {
		take(r, TOKEN_END, 0);
		return OUTRIDER_OK;
	}
	c = r->text.at[r->next];
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (single[i].c == c) {
			take(r, single[i].type, 1);
			return OUTRIDER_OK;
		}
	}
	if (c == '"' || c == '\'')
		return take_string(r);
	if (c == '-' && !is_value) {
		take(r, TOKEN_MINUS, 1);
		return OUTRIDER_OK;
	}
	for (end = r->next; end < r->text.len; end++)
		if (ends_word(r->text.at[end], is_value))
			break;
	if (end > r->next) {
		take(r, TOKEN_WORD, end - r->next);
		return OUTRIDER_OK;
	}
	if (take_sign(&code, r))
		return code;
	take(r, TOKEN_OTHER, 1);
	return OUTRIDER_OK;
}

enum outrider_code filter_next(struct filter_reader *r)
{
	return next_token(r, false);
}

enum outrider_code filter_next_value(struct filter_reader *r)
{
	return next_token(r, true);
}

bool token_is_word(const struct token *token, const char *word)
{
	return token->type == TOKEN_WORD && token->text.len == strlen(word) &&
	       memcmp(token->text.at, word, token->text.len) == 0;
}

static uint8_t small(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool bytes_are_like(struct bytes text, const char *word)
{
	if (text.len != strlen(word))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (small(text.at[i]) != small((uint8_t)word[i]))
			return false;
	return true;
}

/* Bytes of the character that begins with c, were it a good one. */
static size_t character_len(uint8_t c)
{
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static enum outrider_code check_text(struct filter_reader *r)
{
	if (r->text.len > FILTER_BYTES_MAX)
		return filter_fail(r, FILTER_BYTES_MAX,
				   "it is longer than %d bytes",
				   FILTER_BYTES_MAX);
	for (size_t i = 0; i < r->text.len;) {
		const char *at = (const char *)r->text.at + i;
		size_t len = character_len(r->text.at[i]);

		if (len > r->text.len - i || !utf8_is_valid_text(at, len))
			return filter_fail(r, i, "this byte is no UTF-8 text");
		i += len;
	}
	return OUTRIDER_OK;
}

enum outrider_code
filter_begin(struct filter_reader *r, const struct filter_context *context,
	     const char *argument, struct bytes text, struct outrider_err *err)
{
	enum outrider_code code;

	err_clear(err);
	*r = (struct filter_reader){
		.context = context,
		.argument = argument,
		.text = text,
		.err = err,
	};
	/* There is no way from NULL on, not even by 0 bytes. */
	if (text.len == 0)
		r->text.at = (const uint8_t *)"";
	code = check_text(r);
	return code == OUTRIDER_OK ? filter_next(r) : code;
}
