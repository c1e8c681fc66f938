/*
 * A statement's text under construction: what the files that make SQL share.
 * Nobody else in the store includes this.
 */
#ifndef STORE_SQL_TEXT_H
#define STORE_SQL_TEXT_H

#include "store/sql.h"

struct text {
	const struct store_dialect *dialect;
	struct buffer buffer;
};

void text_init(struct text *text, const struct store_dialect *dialect);
void text_word(struct text *text, const char *word);
void text_number(struct text *text, size_t number);
/* In quotes. */
void text_name(struct text *text, const char *name);
/* The number-th parameter, from 1 on. */
void text_parameter(struct text *text, size_t number);
/* A template: $n, @I, @R, @T, @B and @C in the dialect's words. */
void text_template(struct text *text, const char *template);
/* The text in the arena; NULL where it was too long, or without memory. */
const char *text_end(struct text *text, struct arena *arena);
/* A text that is one template. */
const char *text_expand(struct arena *arena,
			const struct store_dialect *dialect,
			const char *template);

#endif
