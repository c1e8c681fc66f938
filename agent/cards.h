/*
 * Cards as the agent's commands speak of them: titles, fields as text, and
 * finding the one that a person means by a few digits.
 */
#ifndef AGENT_CARDS_H
#define AGENT_CARDS_H

#include "output.h"
#include "session.h"

/* "Anna Kovač", "Café Central", the first words of a note. */
void card_title(char *out, size_t size, const struct outrider_card *card);
/* One field; "" where it is empty. False: no such field. */
bool card_field(char *out, size_t size, const struct outrider_card *card,
		const char *field, size_t element);
/* A time field; 0 where it is empty. */
int64_t card_time(const struct outrider_card *card, const char *field);

/* "  outcome due": what the rep has still to say of a meeting that is over, or
 * that it was called off; "" where that is nothing. */
const char *card_what_is_due(const struct outrider_card *card, int64_t now_us);

/*
 * Finds the one card that text names: its id, or the last four or more digits
 * of it. kind NULL: any. Says on standard error what went wrong; false then.
 */
bool card_resolve(struct session *session, const char *kind, const char *text,
		  uint8_t id[16], char kind_out[32]);

/*
 * Prints every field that is set: for people, an id as the title of what it
 * refers to (the card's bytes are a copy: the core is asked); or into an open
 * JSON object.
 */
void card_print(struct session *session, const struct outrider_card *card);
void card_json(struct json *json, const struct outrider_card *card);
/* The fields alone, as an object of that name. */
void card_json_fields(struct json *json, const char *name,
		      const struct outrider_card *card);

#endif
