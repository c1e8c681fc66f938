/*
 * See cards.h.
 */
#include "cards.h"

#include "times.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 20000

/* As it was written. */
static bool raw_field(char *out, size_t size, const struct outrider_card *card,
		      const char *field, size_t element)
{
	const int len = outrider_card_text(out, size, card->kind, card->fields,
					   card->len, field, element);

	if (len <= 0 && size > 0)
		out[0] = '\0';
	return len >= 0;
}

bool card_field(char *out, size_t size, const struct outrider_card *card,
		const char *field, size_t element)
{
	const bool is_there = raw_field(out, size, card, field, element);

	if (size > 0)
		text_tame(out);
	return is_there;
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
	text_tame(out);
}

/* ------------------------------------------------------------------ print */

void card_print(struct session *session, const struct outrider_card *card)
{
	char value[VALUE_MAX], room[VALUE_SHOWN_MAX];
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
			printf(" %s\n", values_show(session, room, card->kind,
						    name, value));
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
		if (!raw_field(value, sizeof(value), card, name, 0) ||
		    !value[0])
			continue;
		json_open(json, name, '[');
		for (size_t element = 0;
		     raw_field(value, sizeof(value), card, name, element) &&
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
