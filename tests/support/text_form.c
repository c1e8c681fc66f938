/*
 * See text_form.h. Fails the test at what it doesn't understand.
 */
#include "text_form.h"

#include "model/wire.h"

#include <ctype.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	TEXT_MAX = 1 << 16,
	NESTED_MAX = 1 << 16,
	WORD_MAX = 128,
	VALUE_MAX = 1024,
};

static const struct field *
field_named(const struct message *message, const char *name, size_t len)
{
	const struct field *field = message_field_named(message, name, len);

	if (!field) {
		fail_msg("%s has no field %.*s", message->name, (int)len, name);
		abort();
	}
	return field;
}

/* ----------------------------------------------------------------- writing */

struct reading {
	const char *at;
};

static void skip_space(struct reading *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

static bool take(struct reading *r, char c)
{
	skip_space(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* A name, a number, a word: up to what can't be in one. */
static void take_word(char out[WORD_MAX], struct reading *r)
{
	size_t n = 0;

	skip_space(r);
	while (*r->at && !isspace((unsigned char)*r->at) &&
	       !strchr("{}:\"", *r->at)) {
		assert_true(n + 1 < WORD_MAX);
		out[n++] = *r->at++;
	}
	out[n] = 0;
	if (n == 0)
		fail_msg("a word is missing at: %s", r->at);
}

static void write_string(struct buffer *out, uint32_t number, struct reading *r)
{
	const char *end;

	if (!take(r, '"'))
		fail_msg("a text is missing at: %s", r->at);
	end = strchr(r->at, '"');
	if (!end)
		fail_msg("a text has no end: %s", r->at);
	wire_put_bytes(out, number, r->at, (size_t)(end - r->at));
	r->at = end + 1;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return n <= len && strcmp(text + len - n, end) == 0 &&
	       (n == len || text[len - n - 1] == '_');
}

static uint64_t enumerator(const struct enum_type *type, const char *word)
{
	for (size_t i = 0; i < type->n_values; i++)
		if (ends_with(type->values[i].name, word))
			return (uint64_t)type->values[i].number;
	fail_msg("%s has no %s", type->name, word);
	return 0;
}

static void
write_word(struct buffer *out, const struct field *field, const char *word)
{
	if (field->type == FIELD_DOUBLE)
		wire_put_double(out, field->number, strtod(word, NULL));
	else if (field->type == FIELD_ENUM)
		wire_put_scalar(out, field->number,
				enumerator(field->values, word));
	else if (field->type == FIELD_TIMESTAMP)
		wire_put_timestamp(out, field->number, strtoll(word, NULL, 10));
	else if (field->type == FIELD_BOOL)
		wire_put_scalar(out, field->number, strcmp(word, "true") == 0);
	else
		wire_put_scalar(out, field->number,
				(uint64_t)strtoll(word, NULL, 10));
}

static void write_fields(struct buffer *out, const struct message *message,
			 struct reading *r, unsigned depth);

static void write_field(struct buffer *out, const struct message *message,
			struct reading *r, unsigned depth)
{
	char word[WORD_MAX];
	const struct field *field;
	struct buffer nested;

	take_word(word, r);
	field = field_named(message, word, strlen(word));
	if (take(r, '{')) {
		buffer_init(&nested, &allocator_libc, NESTED_MAX);
		write_fields(&nested, field->message, r, depth + 1);
		wire_put_bytes(out, field->number, nested.at, nested.len);
		buffer_free(&nested);
		return;
	}
	if (!take(r, ':'))
		fail_msg("a colon is missing at: %s", r->at);
	if (field->type == FIELD_STRING || field->type == FIELD_BYTES ||
	    field->type == FIELD_UUID) {
		write_string(out, field->number, r);
		return;
	}
	take_word(word, r);
	write_word(out, field, word);
}

static void write_fields(struct buffer *out, const struct message *message,
			 struct reading *r, unsigned depth)
{
	assert_true(depth < 8);
	for (skip_space(r); *r->at && *r->at != '}'; skip_space(r))
		write_field(out, message, r, depth);
	if (depth > 0 && !take(r, '}'))
		fail_msg("a brace is missing at: %s", r->at);
}

void text_write(struct buffer *out, const struct message *message,
		const char *format, ...)
{
	static char text[TEXT_MAX];
	struct reading reading = { .at = text };
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(len >= 0 && (size_t)len < sizeof(text));
	write_fields(out, message, &reading, 0);
	if (*reading.at)
		fail_msg("too much: %s", reading.at);
}

/* ----------------------------------------------------------------- reading */

static bool find(struct wire_field *out, const struct field *field,
		 struct bytes bytes, size_t which)
{
	struct wire_reader reader = wire_read(bytes);

	while (wire_next(&reader, out) > 0)
		if (out->number == field->number && which-- == 0)
			return true;
	return false;
}

static const char *name_of(const struct enum_type *type, int64_t number)
{
	const char *name = enum_value_name(type, number);

	return name ? name : "?";
}

static void
print(char *out, const struct field *field, const struct wire_field *in)
{
	double number;
	int64_t us;

	if (field->type == FIELD_TIMESTAMP && wire_timestamp(&us, in->value))
		snprintf(out, VALUE_MAX, "%" PRId64, us);
	else if (in->type == WIRE_LEN)
		snprintf(out, VALUE_MAX, "%.*s", (int)in->value.len,
			 (const char *)in->value.at);
	else if (field->type == FIELD_ENUM)
		snprintf(out, VALUE_MAX, "%s",
			 name_of(field->values, (int64_t)in->scalar));
	else if (field->type == FIELD_DOUBLE) {
		memcpy(&number, &in->scalar, sizeof(number));
		snprintf(out, VALUE_MAX, "%g", number);
	} else
		snprintf(out, VALUE_MAX, "%" PRId64, (int64_t)in->scalar);
}

const char *
text_at(const struct message *message, struct bytes bytes, const char *path)
{
	static char rooms[4][VALUE_MAX];
	static unsigned next;
	char *out = rooms[next++ % 4];
	struct wire_field in;

	out[0] = 0;
	for (;;) {
		size_t len = strcspn(path, ".["), which = 0;
		const struct field *field = field_named(message, path, len);

		path += len;
		if (*path == '[') {
			which = strtoul(path + 1, NULL, 10);
			path = strchr(path, ']') + 1;
		}
		if (!find(&in, field, bytes, which))
			return out;
		if (*path != '.') {
			print(out, field, &in);
			return out;
		}
		path++;
		message = field->message;
		bytes = in.value;
	}
}

size_t
text_count(const struct message *message, struct bytes bytes, const char *name)
{
	const struct field *field =
		message_field_named(message, name, strlen(name));
	struct wire_field in;
	size_t n = 0;

	assert_non_null(field);
	while (find(&in, field, bytes, n))
		n++;
	return n;
}
