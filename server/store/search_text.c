/*
 * What of a record is found: walks its searchable texts. The index and
 * whoever judges what came out of it go by the same walk.
 */
#include "store/search.h"

#include "model/utf8.h"
#include "model/wire.h"

#include <string.h>

_Static_assert(SEARCH_PATH_MAX >= WIRE_DEPTH_MAX, "paths");

struct walk {
	search_text_fn *each;
	void *user;
	struct search_text text;
};

/* "+7 (916) 123-45-67", "2026/000123": digits, and what stands between. */
static bool is_number(struct bytes text)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (c >= '0' && c <= '9')
			n_digits++;
		else if (c == 0 || !strchr("+-()./ ", c))
			return false;
	}
	return n_digits >= SEARCH_DIGITS_MIN;
}

static void tell(struct walk *walk, const struct field *field, struct bytes in)
{
	struct search_text *text = &walk->text;
	bool is_phone = field->handle == HANDLE_PHONE;

	in.len = utf8_cut(in.at, in.len, SEARCH_TEXT_MAX);
	text->text = in;
	text->has_digits = is_number(in);
	text->has_words = field->flags & FIELD_IS_SEARCHABLE &&
			  !(is_phone && text->has_digits);
	text->has_digits = text->has_digits &&
			   (is_phone || field->flags & FIELD_IS_SEARCHABLE);
	if (in.len > 0 && (text->has_words || text->has_digits))
		walk->each(walk->user, text);
}

static void
walk_value(struct walk *walk, const struct field *field, struct bytes in)
{
	struct wire_reader reader = wire_read(in);
	struct wire_field inner;

	if (field->type == FIELD_STRING)
		tell(walk, field, in);
	if (field->type != FIELD_MESSAGE || !field->message)
		return;
	while (walk->text.depth < SEARCH_PATH_MAX &&
	       wire_next(&reader, &inner) > 0) {
		const struct field *of =
			message_field(field->message, inner.number);
		if (!of || inner.type != WIRE_LEN)
			continue;
		walk->text.path[walk->text.depth++] = of;
		walk_value(walk, of, inner.value);
		walk->text.depth--;
	}
}

/* Repeated and nested fields stand with their tags. */
static void walk_occurrences(struct walk *walk, const struct field *field,
			     struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.type == WIRE_LEN)
			walk_value(walk, field, in.value);
}

static bool names_record(const struct entity *entity, const struct field *field)
{
	for (size_t i = 0; i < entity->n_title; i++)
		if (entity->title[i] == field)
			return true;
	return false;
}

void search_texts(const struct row *row, search_text_fn *each, void *user)
{
	struct walk walk = { .each = each, .user = user };

	for (size_t i = 0; i < row->entity->n_fields; i++) {
		const struct field *field = &row->entity->fields[i];
		struct bytes value = row->values[i].bytes;
		if (value.len == 0)
			continue;
		walk.text = (struct search_text){
			.path = { field },
			.depth = 1,
			.is_title = names_record(row->entity, field),
		};
		if (field->type == FIELD_MESSAGE ||
		    field->flags & FIELD_IS_REPEATED)
			walk_occurrences(&walk, field, value);
		else
			walk_value(&walk, field, value);
	}
}

bool search_next_word(struct bytes *word, struct bytes *folded)
{
	size_t len;

	while (folded->len > 0 && *folded->at == ' ') {
		folded->at++;
		folded->len--;
	}
	if (folded->len == 0)
		return false;
	const uint8_t *space = memchr(folded->at, ' ', folded->len);
	len = space ? (size_t)(space - folded->at) : folded->len;
	*word = (struct bytes){ folded->at, len };
	folded->at += len;
	folded->len -= len;
	word->len = utf8_cut(word->at, word->len, SEARCH_WORD_MAX);
	return true;
}

/* ------------------------------------------------------------------ digits */

enum {
	NATIONAL_MAX = 10, /* countries' codes stand before these */
	ZEROS_BEFORE = 7,  /* digits that a zero in front is dropped from */
};

struct search_digits search_digits_of(struct bytes text)
{
	struct search_digits digits = { .len = 0 };

	for (size_t i = text.len; i > 0 && digits.len < SEARCH_DIGITS_MAX; i--)
		if (text.at[i - 1] >= '0' && text.at[i - 1] <= '9')
			digits.at[digits.len++] = text.at[i - 1];
	for (size_t i = 0; i < digits.len / 2; i++) {
		uint8_t c = digits.at[i];
		digits.at[i] = digits.at[digits.len - 1 - i];
		digits.at[digits.len - 1 - i] = c;
	}
	return digits;
}

struct search_digits search_digits_national(const struct search_digits *digits)
{
	struct search_digits national = { .len = digits->len };
	size_t skip = 0;

	if (digits->len > NATIONAL_MAX)
		skip = digits->len - NATIONAL_MAX;
	while (digits->len - skip > ZEROS_BEFORE && digits->at[skip] == '0')
		skip++;
	national.len -= skip;
	memcpy(national.at, digits->at + skip, national.len);
	return national;
}

bool search_digits_are_whole(const struct search_digits *digits)
{
	return digits->len >= NATIONAL_MAX;
}

bool search_digits_meet(const struct search_digits *number,
			const struct search_digits *digits)
{
	struct search_digits end = search_digits_national(digits);

	if (digits->len <= number->len &&
	    memcmp(number->at, digits->at, digits->len) == 0)
		return true;
	return end.len <= number->len &&
	       memcmp(number->at + number->len - end.len, end.at, end.len) == 0;
}
