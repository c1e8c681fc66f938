/*
 * See cards.h.
 */
#include "cards.h"

#include "found.h"
#include "times.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define EVERY_CARD SIZE_MAX
#define SHORT_MIN  4
#define VALUE_MAX  20000

bool card_field(char *out, size_t size, const struct outrider_card *card,
		const char *field, size_t element)
{
	const int len = outrider_card_text(out, size, card->kind, card->fields,
					   card->len, field, element);

	if (len <= 0 && size > 0)
		out[0] = '\0';
	return len >= 0;
}

int64_t card_time(const struct outrider_card *card, const char *field)
{
	char text[64];
	int64_t time_us;

	if (!card_field(text, sizeof(text), card, field, 0) || !text[0] ||
	    !times_parse(&time_us, text))
		return 0;
	return time_us;
}

void card_title(char *out, size_t size, const struct outrider_card *card)
{
	if (outrider_card_title(out, size, card->kind, card->fields,
				card->len) <= 0)
		snprintf(out, size, "%s", card->kind);
	/* A note's text may have lines. */
	out[strcspn(out, "\r\n")] = '\0';
}

/* ---------------------------------------------------------------- resolve */

struct search {
	char digits[37]; /* lower case, without dashes */
	uint8_t id[16];
	char kind[32];
	size_t n;
};

static void bare_digits(char out[37], const char *text)
{
	size_t n = 0;

	for (; *text && n < 36; text++)
		if (*text != '-')
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
}

static bool compare_card(void *user, const struct outrider_card *card)
{
	struct search *search = user;
	char text[37], digits[37];
	const size_t len = strlen(search->digits);

	id_text(text, card->id);
	bare_digits(digits, text);
	if (strcmp(digits + strlen(digits) - len, search->digits) != 0)
		return true;
	memcpy(search->id, card->id, 16);
	snprintf(search->kind, sizeof(search->kind), "%s", card->kind);
	return ++search->n < 2;
}

bool card_resolve(struct session *session, const char *kind, const char *text,
		  uint8_t id[16], char kind_out[32])
{
	struct search search = { .n = 0 };
	struct outrider_err err;

	bare_digits(search.digits, text);
	if (strlen(search.digits) < SHORT_MIN || strlen(search.digits) > 32 ||
	    strspn(search.digits, "0123456789abcdef") !=
		    strlen(search.digits)) {
		fprintf(stderr,
			"outrider: '%s' is no id: give four or more of its "
			"last digits\n",
			text);
		return false;
	}
	if (outrider_card_find(session->core, kind, NULL, EVERY_CARD,
			       compare_card, &search, &err) != OUTRIDER_OK) {
		(void)session_fail(&err);
		return false;
	}
	if (search.n != 1) {
		fprintf(stderr, "outrider: %s %s has an id that ends in %s\n",
			search.n == 0 ? "no" : "more than one",
			kind != NULL ? kind : "card", text);
		return false;
	}
	memcpy(id, search.id, 16);
	snprintf(kind_out, 32, "%s", search.kind);
	return true;
}

/* ------------------------------------------------------------------ print */

static bool is_time(const char *field)
{
	const char ending[] = "_time";
	const size_t len = strlen(field), end = sizeof(ending) - 1;

	return len > end && strcmp(field + len - end, ending) == 0;
}

/* An id as the name of what it refers to, where the phone has that; a time by
 * the clocks here as well. */
static void print_value(struct session *session,
			const struct outrider_card *card, const char *field,
			const char *value)
{
	char title[400], local[32];
	int64_t at_us;

	if (title_of_value(session, title, sizeof(title), card->kind, field,
			   value)) {
		printf(" %s  (%s)\n", title, value + 28);
	} else if (is_time(field) && times_parse(&at_us, value)) {
		times_date_clock(local, at_us);
		printf(" %s  (%s)\n", value, local);
	} else {
		printf(" %s\n", value);
	}
}

void card_print(struct session *session, const struct outrider_card *card)
{
	char value[VALUE_MAX];
	const char *name;
	char id[37];

	id_text(id, card->id);
	printf("%s %s%s%s\n", card->kind, id,
	       card->is_pending ? "  (not sent yet)" : "",
	       card->is_parked ? "  (an edit was refused)" : "");
	for (size_t i = 0; (name = outrider_field_name(card->kind, i)); i++)
		for (size_t element = 0;
		     card_field(value, sizeof(value), card, name, element) &&
		     value[0];
		     element++) {
			printf("  ");
			print_column(name,
				     strlen(name) > 20 ? strlen(name) : 20);
			print_value(session, card, name, value);
		}
}

void card_json(struct json *json, const struct outrider_card *card)
{
	json_text(json, "kind", card->kind);
	json_id(json, "id", card->id);
	json_integer(json, "rev", (int64_t)card->rev);
	json_bool(json, "is_pending", card->is_pending);
	json_bool(json, "is_parked", card->is_parked);
	card_json_fields(json, "fields", card);
}

void card_json_fields(struct json *json, const char *title,
		      const struct outrider_card *card)
{
	char value[VALUE_MAX];
	const char *name;

	json_open(json, title, '{');
	for (size_t i = 0; (name = outrider_field_name(card->kind, i)); i++) {
		if (!card_field(value, sizeof(value), card, name, 0) ||
		    !value[0])
			continue;
		json_open(json, name, '[');
		for (size_t element = 0;
		     card_field(value, sizeof(value), card, name, element) &&
		     value[0];
		     element++)
			json_text(json, NULL, value);
		json_close(json, ']');
	}
	json_close(json, '}');
}

const char *card_what_is_due(const struct outrider_card *card, int64_t now_us)
{
	char outcome[8], step[8], next[40], none[8], state[48];

	(void)card_field(state, sizeof(state), card, "state", 0);
	if (strcmp(state, "MEETING_STATE_CANCELLED") == 0)
		return "  cancelled";
	(void)card_field(outcome, sizeof(outcome), card, "outcome", 0);
	(void)card_field(step, sizeof(step), card, "next_step", 0);
	(void)card_field(next, sizeof(next), card, "next_meeting_id", 0);
	(void)card_field(none, sizeof(none), card, "has_no_next_step", 0);
	if (card_time(card, "end_time") > now_us)
		return "";
	if (!outcome[0])
		return "  outcome due";
	return step[0] || next[0] || strcmp(none, "true") == 0 ||
			       card_time(card, "next_step_time") != 0
		       ? ""
		       : "  next step due";
}
