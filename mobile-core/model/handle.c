/*
 * handle: see handle.h.
 */
#include "model/handle.h"

#include <string.h>

enum { COUNTRY_DIGITS_MAX = 3, RUSSIAN_DIGITS = 11 };

static struct bytes trim(struct bytes text)
{
	while (text.len > 0 && text.at[0] <= ' ') {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && text.at[text.len - 1] <= ' ')
		text.len--;
	return text;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Ends a number once it has begun; dashes and spaces of Unicode don't. */
static bool is_end(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '#' ||
	       c == ';' || c == ',' || c == '*';
}

/* "+44 (0)20": the zero is dialled at home alone. */
static size_t skip_home_zero(struct bytes text, size_t at)
{
	return text.len - at >= 3 && memcmp(text.at + at, "(0)", 3) == 0 ? 2
									 : 0;
}

static void drop_front(struct handle *handle, size_t n)
{
	handle->len -= n;
	memmove(handle->text, handle->text + n, handle->len + 1);
}

bool handle_read_phone(struct handle *out, struct bytes text)
{
	*out = (struct handle){ .type = HANDLE_PHONE };
	for (size_t i = 0; i < text.len; i++) {
		if (is_end(text.at[i]) && out->len > 0)
			break;
		if (text.at[i] == '+' && out->len == 0)
			out->is_whole = true;
		if (out->is_whole && out->len > 0)
			i += skip_home_zero(text, i);
		if (!is_digit(text.at[i]))
			continue;
		if (out->len == HANDLE_DIGITS_MAX)
			return false;
		out->text[out->len++] = (char)text.at[i];
	}
	if (!out->is_whole && strncmp(out->text, "00", 2) == 0) {
		out->is_whole = true;
		drop_front(out, 2);
	} else if (!out->is_whole &&
		   (out->text[0] == '0' ||
		    (out->text[0] == '8' && out->len == RUSSIAN_DIGITS))) {
		drop_front(out, 1);
	}
	return out->len >= HANDLE_DIGITS_MIN;
}

bool handle_read_email(struct handle *out, struct bytes text)
{
	*out = (struct handle){ .type = HANDLE_EMAIL };
	text = trim(text);
	if (text.len == 0 || text.len > HANDLE_TEXT_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.at[i];
		out->text[i] = c >= 'A' && c <= 'Z' ? (char)(c + 0x20) : c;
	}
	out->len = text.len;
	return memchr(text.at, '@', text.len) != NULL;
}

bool handle_read(struct handle *out, struct bytes text)
{
	if (text.len > 0 && memchr(text.at, '@', text.len) != NULL)
		return handle_read_email(out, text);
	return handle_read_phone(out, text);
}

/* The home part is the end of the whole number, behind the country. */
static bool is_end_of(const struct handle *home, const struct handle *whole)
{
	return home->len >= HANDLE_DIGITS_SURE && home->len <= whole->len &&
	       whole->len - home->len <= COUNTRY_DIGITS_MAX &&
	       memcmp(whole->text + whole->len - home->len, home->text,
		      home->len) == 0;
}

bool handle_is_same(const struct handle *a, const struct handle *b)
{
	if (a->type != b->type)
		return false;
	if (a->len == b->len && memcmp(a->text, b->text, a->len) == 0)
		return true;
	if (a->type != HANDLE_PHONE || a->is_whole == b->is_whole)
		return false;
	return a->is_whole ? is_end_of(b, a) : is_end_of(a, b);
}

size_t handle_key(uint8_t key[HANDLE_KEY_MAX], const struct handle *handle)
{
	size_t skip = 0;

	if (handle->type == HANDLE_PHONE && handle->len > HANDLE_DIGITS_SURE)
		skip = handle->len - HANDLE_DIGITS_SURE;
	key[0] = (uint8_t)handle->type;
	memcpy(key + 1, handle->text + skip, handle->len - skip);
	return 1 + handle->len - skip;
}
