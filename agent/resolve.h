/*
 * The card that a person means: by its id, by digits of it, by its name. One
 * rule for every command and for every field that refers to another card.
 */
#ifndef AGENT_RESOLVE_H
#define AGENT_RESOLVE_H

#include "session.h"

/*
 * Finds the one card that text names; kind NULL: of any kind. What fits whole
 * comes first: its id, four or more digits from the end or the beginning of it
 * or of what id_short shows of it, its whole name, a user's login name. Where
 * nothing does, what `find` finds by the words, and it is said on standard
 * error which one that is.
 *
 * False where there is none or more than one: that is said, with the
 * candidates.
 */
bool resolve_card(struct session *session, const char *kind, const char *text,
		  uint8_t id[16], char kind_out[32]);
/* The same, as text. */
bool resolve_id(struct session *session, const char *kind, const char *text,
		char id_out[37]);

#endif
