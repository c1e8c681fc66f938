/*
 * Cards as the agent's commands speak of them: titles and fields as text.
 */
#ifndef AGENT_CARDS_H
#define AGENT_CARDS_H

#include "output.h"
#include "session.h"

/* "Anna Kovač", "Café Central", the first words of a note. */
void card_title(char *out, size_t size, const struct outrider_card *card);
/* One field, tamed; "" where it is empty. False: no such field. */
bool card_field(char *out, size_t size, const struct outrider_card *card,
		const char *field, size_t element);
/* A time field; 0 where it is empty. */
int64_t card_time(const struct outrider_card *card, const char *field);

/* "  outcome due": what the rep has still to say of a meeting that is over, or
 * that it was called off; "" where that is nothing. */
const char *card_what_is_due(const struct outrider_card *card, int64_t now_us);

/*
 * Prints every field that is set: for people, as values_show has it (the card's
 * bytes are a copy: the core is asked); or into an open JSON object.
 */
void card_print(struct session *session, const struct outrider_card *card);
void card_json(struct json *json, const struct outrider_card *card);
/* The fields alone, as an object of that name. */
void card_json_fields(struct json *json, const char *name,
		      const struct outrider_card *card);

#endif
