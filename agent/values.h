/*
 * The values of fields as people write and read them: times by the clocks here,
 * other cards by their names. What the core takes and gives stays as it is for
 * programs.
 */
#ifndef AGENT_VALUES_H
#define AGENT_VALUES_H

#include "session.h"

/* Room for an id, a time, a date; for a name with its digits; for a choice. */
enum { VALUE_READ_MAX = 64, VALUE_SHOWN_MAX = 420, VALUE_CHOICE_MAX = 100 };

/*
 * What a person wrote, in the form that the core takes: another card by any way
 * that resolve_card knows (a whole id is taken even where this device hasn't
 * got the card), a time as asked_time reads it, a day by its word. The text
 * itself, or what was put into room; NULL: it was said why not.
 */
const char *values_read(struct session *session, char room[VALUE_READ_MAX],
			const char *kind, const char *field, const char *text);

/* "out" of CALL_DIRECTION_OUT: without what all choices of the field begin
 * with. */
const char *values_choice(char room[VALUE_CHOICE_MAX], const char *kind,
			  const char *field, const char *choice);

/* What the core gave, for a person: "Zernoprom  (2de96dea)",
 * "Mon 2026-11-23 14:05", "out"; anything else as it is. Not inside a
 * callback. */
const char *values_show(struct session *session, char room[VALUE_SHOWN_MAX],
			const char *kind, const char *field, const char *value);

#endif
