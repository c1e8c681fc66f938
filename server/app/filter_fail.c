/*
 * How a filter says what is wrong: where, what stands there, and what would
 * be right. Knows no field: the names come in.
 */
#include "app/filter_parts.h"

#include "model/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	/* Longer names are compared by their beginnings. */
	NEAR_BYTES_MAX = 48,
	/* What ends a list that is cut. */
	AND_MORE_ROOM = sizeof(" and 9999 more"),
};

/* A whole message, as an err holds it. */
struct message_text {
	char at[sizeof(((struct outrider_err *)0)->text)];
};

enum outrider_code
filter_fail(struct filter_reader *r, size_t at, const char *format, ...)
{
	struct message_text text;
	va_list args;

	va_start(args, format);
	vsnprintf(text.at, sizeof(text.at), format, args);
	va_end(args);
	return err_set(r->err, OUTRIDER_INVALID_ARGUMENT, r->argument,
		       "at %zu: %s", at + 1, text.at);
}

enum outrider_code filter_no_memory(struct filter_reader *r)
{
	return err_set(r->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "the %s needs more memory than a call has", r->argument);
}

const char *filter_show(char out[FILTER_SHOWN_MAX], struct bytes text)
{
	size_t len = utf8_cut(text.at, text.len, FILTER_SHOWN_MAX - 4);
	bool is_cut = len < text.len;

	for (size_t i = 0; i < len; i++)
		out[i] = text.at[i] < ' ' || text.at[i] == 0x7f
				 ? '?'
				 : (char)text.at[i];
	memcpy(out + len, is_cut ? "..." : "", is_cut ? 4 : 1);
	return out;
}

/* ------------------------------------------------------------------- names */

enum outrider_code filter_names_make(struct filter_names *out,
				     struct filter_reader *r, size_t room)
{
	*out = (struct filter_names){ .room = room };
	if (room == 0)
		return OUTRIDER_OK;
	out->at = arena_alloc(r->context->arena, room * sizeof(*out->at));
	return out->at ? OUTRIDER_OK : filter_no_memory(r);
}

void filter_names_add(struct filter_names *names, struct bytes name)
{
	if (names->n < names->room)
		names->at[names->n++] = name;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static uint8_t small_at(struct bytes text, size_t i)
{
	uint8_t c = text.at[i];

	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/*
 * Edits from a to b, two letters changing places counted as one: optimal
 * string alignment, by rows (Damerau 1964; Wagner and Fischer 1974).
 */
static unsigned distance(struct bytes a, struct bytes b)
{
	unsigned rows[3][NEAR_BYTES_MAX + 1];
	unsigned *two_up = rows[0], *up = rows[1], *row = rows[2], *spare;

	a.len = a.len < NEAR_BYTES_MAX ? a.len : NEAR_BYTES_MAX;
	b.len = b.len < NEAR_BYTES_MAX ? b.len : NEAR_BYTES_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		spare = two_up;
		two_up = up;
		up = row;
		row = spare;
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			uint8_t x = small_at(a, i - 1), y = small_at(b, j - 1);

			row[j] = least(least(up[j], row[j - 1]) + 1,
				       up[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == small_at(b, j - 2) &&
			    y == small_at(a, i - 2))
				row[j] = least(row[j], two_up[j - 2] + 1);
		}
	}
	return row[b.len];
}

/* NULL where none is near: a third of its letters may be wrong. */
static const struct bytes *
find_nearest(const struct filter_names *names, struct bytes wanted)
{
	const struct bytes *nearest = NULL;
	unsigned best = 1 + (unsigned)least((unsigned)wanted.len, 30) / 3;

	for (size_t i = 0; i < names->n; i++) {
		unsigned edits = distance(wanted, names->at[i]);

		if (edits <= best && (!nearest || edits < best) &&
		    edits < names->at[i].len) {
			nearest = &names->at[i];
			best = edits;
		}
	}
	return nearest;
}

/* "a, b and 7 more"; "7 of them" where the first is too long already. */
static void list_names(char *out, size_t room, const struct filter_names *names)
{
	size_t len = 0;

	out[0] = 0;
	for (size_t i = 0; i < names->n; i++) {
		size_t needed = names->at[i].len + (i > 0 ? 2 : 0);
		size_t kept = i + 1 < names->n ? AND_MORE_ROOM : 1;

		if (len + needed + kept > room) {
			snprintf(out + len, room - len,
				 i > 0 ? " and %zu more" : "%zu of them",
				 names->n - i);
			return;
		}
		len += (size_t)snprintf(out + len, room - len, "%s%.*s",
					i > 0 ? ", " : "",
					(int)names->at[i].len,
					(const char *)names->at[i].at);
	}
}

enum outrider_code
filter_fail_names(struct filter_reader *r, const struct filter_wrong *wrong)
{
	const struct bytes *nearest = find_nearest(wrong->names, wrong->wanted);
	struct message_text text, list;
	char shown[FILTER_SHOWN_MAX];
	int len;

	if (nearest)
		len = snprintf(text.at, sizeof(text.at),
			       "at %zu: %s; did you mean \"%s\"? %s: ",
			       wrong->at + 1, wrong->head,
			       filter_show(shown, *nearest), wrong->label);
	else
		len = snprintf(text.at, sizeof(text.at),
			       "at %zu: %s. %s: ", wrong->at + 1, wrong->head,
			       wrong->label);
	if (len < 0 || (size_t)len + AND_MORE_ROOM > sizeof(text.at))
		return filter_fail(r, wrong->at, "%s", wrong->head);
	list_names(list.at, sizeof(list.at) - (size_t)len, wrong->names);
	return err_set(r->err, OUTRIDER_INVALID_ARGUMENT, r->argument, "%s%s",
		       text.at, wrong->names->n > 0 ? list.at : "none");
}
