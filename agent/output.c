/*
 * See output.h.
 */
#include "output.h"

#include "digits.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

static void print_string(const char *text)
{
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20)
			printf("\\u%04x", *at);
		else
			putchar(*at);
	}
	putchar('"');
}

static void begin(struct json *json, const char *name)
{
	if (json->needs_comma)
		putchar(',');
	json->needs_comma = true;
	if (name != NULL) {
		print_string(name);
		putchar(':');
	}
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	putchar(bracket);
	json->needs_comma = false;
	json->depth++;
}

void json_close(struct json *json, char bracket)
{
	putchar(bracket);
	json->needs_comma = true;
	if (--json->depth == 0) {
		putchar('\n');
		json->needs_comma = false;
		fflush(stdout);
	}
}

void json_text(struct json *json, const char *name, const char *value)
{
	begin(json, name);
	print_string(value);
}

void json_number(struct json *json, const char *name, double value)
{
	begin(json, name);
	printf("%.10g", value);
}

void json_integer(struct json *json, const char *name, int64_t value)
{
	begin(json, name);
	printf("%lld", (long long)value);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", stdout);
}

void json_time(struct json *json, const char *name, int64_t time_us)
{
	char text[32];

	if (time_us == 0) {
		begin(json, name);
		fputs("null", stdout);
		return;
	}
	times_rfc3339(text, time_us);
	json_text(json, name, text);
}

void json_id(struct json *json, const char *name, const uint8_t id[16])
{
	char text[37];

	id_text(text, id);
	json_text(json, name, text);
}

void id_text(char out[37], const uint8_t id[16])
{
	char *at = out;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		snprintf(at, 3, "%02x", id[i]);
		at += 2;
	}
}

void id_short(char out[9], const uint8_t id[16])
{
	char text[37];

	id_text(text, id);
	memcpy(out, text + 28, 9);
}

bool id_parse(uint8_t out[16], const char *text)
{
	for (size_t i = 0; i < 16; i++) {
		const bool is_dashed = i == 4 || i == 6 || i == 8 || i == 10;

		if ((is_dashed && !digits_skip(&text, '-')) ||
		    !digits_byte(&out[i], &text))
			return false;
	}
	return *text == '\0';
}

/* How many bytes here steer a terminal: 2 of U+0080 to U+009F. */
static size_t steering(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
		return 2;
	return at[0] == 0x7f ||
	       (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n');
}

void text_tame(char *text)
{
	for (size_t n; *text; text += n > 0 ? n : 1) {
		n = steering(text);
		memset(text, '?', n);
	}
}

void print_column(const char *text, size_t width)
{
	size_t n = 0, n_steering;

	for (; *text; text += n_steering > 0 ? n_steering : 1) {
		n_steering = steering(text);
		/* Bytes 10xxxxxx go on with the character before. */
		if (((unsigned char)*text & 0xc0) != 0x80 && n++ == width)
			return;
		putchar(n_steering > 0 ? '?' : *text);
	}
	for (; n < width; n++)
		putchar(' ');
}
