/*
 * The card that a person means: by its id, by digits of it, by its name. One
 * rule for every command and for every field that refers to another card.
 */
#ifndef AGENT_RESOLVE_H
#define AGENT_RESOLVE_H

#include "session.h"

/* As many are listed where several are meant. */
#define RESOLVE_SHOWN_MAX 8

/* What a person said. */
struct resolve_words {
	const char *text;
	char digits[33]; /* of an id: lower case, no dashes; "": none */
};

void resolve_read(struct resolve_words *out, const char *text);
/* Do they name whole what has this id and this name? By its id, by four or more
 * digits from the end or the beginning of it or of what id_short shows of it,
 * by its name. */
bool resolve_is(const struct resolve_words *words, const uint8_t id[16],
		const char *name);
/* Says that several are meant; their lines are the caller's to print. */
void resolve_tell_many(const struct resolve_words *words, size_t n);

/*
 * Finds the one card that text names; kind NULL: of any kind. What fits whole
 * comes first: what resolve_is takes, and a user's login name. Where nothing
 * does, what `find` finds by the words, and it is said on standard
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
