/*
 * A statement's text, piece by piece. Knows the dialect's words and no table.
 */
#include "store/sql_text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 16384

void text_init(struct text *text, const struct store_dialect *dialect)
{
	text->dialect = dialect;
	buffer_init(&text->buffer, &allocator_libc, TEXT_MAX);
}

void text_word(struct text *text, const char *word)
{
	buffer_append(&text->buffer, word, strlen(word));
}

void text_number(struct text *text, size_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", number);
	text_word(text, digits);
}

void text_name(struct text *text, const char *name)
{
	text_word(text, "\"");
	text_word(text, name);
	text_word(text, "\"");
}

void text_parameter(struct text *text, size_t number)
{
	buffer_append(&text->buffer, &text->dialect->parameter, 1);
	text_number(text, number);
}

void text_template(struct text *text, const char *template)
{
	const struct store_dialect *dialect = text->dialect;

	for (const char *at = template; *at; at++) {
		if (*at == '$') {
			buffer_append(&text->buffer, &dialect->parameter, 1);
			continue;
		}
		if (*at != '@') {
			buffer_append(&text->buffer, at, 1);
			continue;
		}
		switch (*++at) {
		case 'I':
			text_word(text, dialect->types[BACKEND_INTEGER]);
			break;
		case 'R':
			text_word(text, dialect->types[BACKEND_REAL]);
			break;
		case 'T':
			text_word(text, dialect->types[BACKEND_TEXT]);
			break;
		case 'B':
			text_word(text, dialect->types[BACKEND_BLOB]);
			break;
		case 'C':
			text_word(text, dialect->clustered);
			break;
		}
	}
}

const char *text_end(struct text *text, struct arena *arena)
{
	const char *made = NULL;

	if (!text->buffer.is_full)
		made = (const char *)arena_copy(arena, text->buffer.at,
						text->buffer.len)
			       .at;
	buffer_free(&text->buffer);
	return made;
}

const char *text_expand(struct arena *arena,
			const struct store_dialect *dialect,
			const char *template)
{
	struct text text;

	text_init(&text, dialect);
	text_template(&text, template);
	return text_end(&text, arena);
}
