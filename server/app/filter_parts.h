/*
 * What the files of the filter share and nobody else includes: the reader,
 * its tokens, fields as they were resolved, and how it says what is wrong.
 *
 *	filter_lex.c		bytes to tokens
 *	filter.c		tokens to a tree
 *	filter_field.c		names to fields
 *	filter_custom.c		keys to the fields that a firm added
 *	filter_compare.c, filter_text.c
 *				a field, a comparator and values to conditions
 *	filter_tree.c		how conditions are joined
 *	filter_value.c, filter_time.c, filter_money.c	texts to values
 *	filter_fail.c		what stands there, and what would be right
 *	filter_order.c		order_by
 */
#ifndef APP_FILTER_PARTS_H
#define APP_FILTER_PARTS_H

#include "app/filter.h"

/* ------------------------------------------------------------------ tokens */

enum token_type {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING, /* with its quotes */
	TOKEN_COMPARATOR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_MINUS,
	TOKEN_OTHER, /* a character that nothing begins with */
};

enum comparator {
	COMPARE_EQUAL,
	COMPARE_UNEQUAL,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_GREATER,
	COMPARE_GREATER_EQUAL,
	COMPARE_HAS, /* : */
	COMPARE_IN,
	N_COMPARATORS,
};

struct token {
	enum token_type type;
	enum comparator comparator;
	size_t at; /* its first byte, from 0 */
	struct bytes text;
};

struct filter_custom;

/* One text under way. */
struct filter_reader {
	const struct filter_context *context;
	const char *argument; /* "filter", "order_by" */
	struct bytes text;
	size_t next;	    /* behind the token */
	struct token token; /* the one looked at */
	size_t n_terms;
	size_t n_open;		      /* parentheses */
	struct token *list;	      /* room for the values of an `in` */
	struct filter_custom *custom; /* those that were looked up */
	struct outrider_err *err;
};

/*
 * Takes the text; looks at the first token. Errors: INVALID_ARGUMENT where it
 * is too long, or no text.
 */
MODEL_MUST_USE enum outrider_code
filter_begin(struct filter_reader *r, const struct filter_context *context,
	     const char *argument, struct bytes text, struct outrider_err *err);
/* The next token where a name or a sign may stand: a minus stands alone. */
MODEL_MUST_USE enum outrider_code filter_next(struct filter_reader *r);
/* Where a value may stand: a word may have colons and begin with a minus. */
MODEL_MUST_USE enum outrider_code filter_next_value(struct filter_reader *r);

bool token_is_word(const struct token *token, const char *word);
/* The same, but for the case of ASCII letters. */
bool bytes_are_like(struct bytes text, const char *word);
/* < <= > >= */
bool comparator_is_order(enum comparator comparator);
/* How a comparator is written. */
const char *comparator_text(enum comparator comparator);

/* ------------------------------------------------------------------ errors */

/*
 * INVALID_ARGUMENT: "at 17: " and the text. at counts from 0. What a caller
 * wrote goes through filter_show first.
 */
enum outrider_code
filter_fail(struct filter_reader *r, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
enum outrider_code filter_no_memory(struct filter_reader *r);

#define FILTER_SHOWN_MAX 44
/* A beginning of it that is fit for a message; out is returned. */
const char *filter_show(char out[FILTER_SHOWN_MAX], struct bytes text);

/* What would have been right. */
struct filter_names {
	struct bytes *at;
	size_t n, room;
};
MODEL_MUST_USE enum outrider_code filter_names_make(struct filter_names *out,
						    struct filter_reader *r,
						    size_t room);
void filter_names_add(struct filter_names *names, struct bytes name);

/*
 * "at 17: HEAD; did you mean "x"? LABEL: x, y, z", the nearest to what was
 * wanted, if one is near, and as many as the message holds.
 */
struct filter_wrong {
	size_t at;
	const char *head;
	struct bytes wanted;
	const char *label;
	const struct filter_names *names;
};
enum outrider_code
filter_fail_names(struct filter_reader *r, const struct filter_wrong *wrong);

static inline struct bytes bytes_of(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	return (struct bytes){ (const uint8_t *)text, len };
}

/* ------------------------------------------------------------------ fields */

/* What a field's values look like in a filter. */
enum value_sort {
	SORT_TEXT,
	SORT_CHOICE, /* a custom field's: one of its texts */
	SORT_BOOL,
	SORT_INTEGER,
	SORT_NUMBER,
	SORT_MONEY,
	SORT_ENUM,
	SORT_REFERENCE, /* ids */
	SORT_TIME,
	SORT_HANDLE, /* messages that are found by a handle */
	SORT_OTHER,  /* nothing but whether it is set */
};

/* A name as it was resolved. */
struct filter_field {
	struct condition_path path;
	const struct entity *entity; /* of path.field */
	struct token name;
	enum value_sort sort;
	enum field_handle handle;
	const struct row *custom; /* the CustomField, where it is one */
};

/*
 * Resolves "field", "reference.field", "custom.KEY" and
 * "reference.custom.KEY". Hidden ones are answered like those that don't
 * exist.
 */
MODEL_MUST_USE enum outrider_code filter_resolve(struct filter_field *out,
						 struct filter_reader *r,
						 const struct token *name);
/* A visible field of the kind that has the flag, or the id; NULL. */
const struct field *filter_find_field(const struct filter_reader *r,
				      const struct entity *entity,
				      struct bytes name, unsigned flag);
/*
 * What may stand in a filter: that, with FIELD_IS_FILTERABLE, and whatever the
 * kind has of its own: of anything one may ask whether it is set. NULL.
 */
const struct field *filter_find_asked(const struct filter_reader *r,
				      const struct entity *entity,
				      struct bytes name);
/*
 * Says that there is no such field, or that it lacks the flag, with a list of
 * those that have it.
 */
enum outrider_code
filter_fail_field(struct filter_reader *r, const struct entity *entity,
		  struct bytes name, size_t at, unsigned flag);

/*
 * The custom field of a kind by its key, in *out; NULL where there is none
 * that the caller sees.
 */
MODEL_MUST_USE enum outrider_code
filter_find_custom(const struct row **out, struct filter_reader *r,
		   const struct entity *of, struct bytes key);
enum outrider_code filter_fail_custom(struct filter_reader *r,
				      const struct entity *of, struct bytes key,
				      size_t at);
/* What the type of the custom field makes of the field. */
void filter_set_custom(struct filter_field *field, const struct row *custom);
/* The texts that it may have; no names where it is no choice. */
MODEL_MUST_USE enum outrider_code filter_choices(struct filter_names *out,
						 struct filter_reader *r,
						 const struct row *custom);

/* -------------------------------------------------------------- conditions */

/* A piece of the tree and how deep it is: 1 for a comparison. */
struct part {
	struct condition *condition;
	unsigned depth;
};

/* Everything about one comparison. */
struct comparison {
	const struct filter_field *field;
	struct token sign; /* the comparator, or `in` */
	enum comparator comparator;
	const struct token *values;
	size_t n_values;
};

MODEL_MUST_USE enum outrider_code filter_compare(struct part *out,
						 struct filter_reader *r,
						 const struct comparison *c);

/* Texts, choices, and messages that are found by a handle. */
MODEL_MUST_USE enum outrider_code
filter_compare_text(struct part *out, struct filter_reader *r,
		    const struct comparison *c);
bool filter_is_repeated(const struct filter_field *field);
/* A comparator of order as the condition's; `instead` of any other. */
enum condition_op
comparator_op(enum comparator comparator, enum condition_op instead);

/* Parts that are joined by ALL or ANY. A group of the same type melts in. */
struct group {
	enum condition_type type;
	struct condition *first, *last;
	unsigned depth;
	size_t at; /* where it begins in the text */
};
void group_add(struct group *group, struct part part);
MODEL_MUST_USE enum outrider_code
group_end(struct part *out, struct filter_reader *r, const struct group *group);
MODEL_MUST_USE enum outrider_code part_negate(struct part *out,
					      struct filter_reader *r,
					      struct part part, size_t at);
/* A comparison without values; counts it. */
MODEL_MUST_USE enum outrider_code
part_compare(struct part *out, struct filter_reader *r,
	     const struct filter_field *field, enum condition_op op);
/* With values, which are copied; with one. */
MODEL_MUST_USE enum outrider_code
part_compare_values(struct part *out, struct filter_reader *r,
		    const struct filter_field *field, enum condition_op op,
		    const struct condition_value *values, size_t n);
MODEL_MUST_USE enum outrider_code
part_compare_value(struct part *out, struct filter_reader *r,
		   const struct filter_field *field, enum condition_op op,
		   struct condition_value value);
/* That it isn't set. */
MODEL_MUST_USE enum outrider_code
part_compare_unset(struct part *out, struct filter_reader *r,
		   const struct filter_field *field);

/* ------------------------------------------------------------------ values */

/* A text as it is meant: without quotes and escapes. */
struct filter_text {
	struct bytes text; /* in the arena */
	/* Stars that are no letters; those at the ends are not in the text. */
	bool begins_with_star, ends_with_star, has_star_within;
};
MODEL_MUST_USE enum outrider_code filter_read_text(struct filter_text *out,
						   struct filter_reader *r,
						   const struct token *token);
/* A star without quotes: `x:*`. */
bool filter_is_star(const struct token *token);

/* As it stands, quotes and all, where a star is in it: it will fit nothing. */
MODEL_MUST_USE enum outrider_code
filter_read_starless(struct bytes *out, struct filter_reader *r,
		     const struct token *token);
/* By the field's sort: all but TEXT, MONEY and HANDLE. */
MODEL_MUST_USE enum outrider_code
filter_read_value(struct condition_value *out, struct filter_reader *r,
		  const struct filter_field *field, const struct token *token);

/* RFC 3339, a date, `now`, `now-7d`. Says itself what is wrong. */
MODEL_MUST_USE enum outrider_code
filter_read_time(int64_t *out_us, struct filter_reader *r,
		 const struct token *token, struct bytes text);

/*
 * "1250.50 EUR" in minor units, by the decimals that ISO 4217 gives to the
 * currency; a whole number without a currency leaves the code empty.
 */
struct filter_money {
	int64_t minor;
	char currency[4];
};
MODEL_MUST_USE enum outrider_code
filter_read_money(struct filter_money *out, struct filter_reader *r,
		  const struct token *token, struct bytes text);

/* A whole number; false where it is none, or beyond int64_t. */
bool filter_parse_integer(int64_t *out, struct bytes text);

#endif
