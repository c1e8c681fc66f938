/*
 * Cards that are kept after the core's callback has ended, with what was said
 * beside each. Only then can the core be asked for the titles of those that
 * they refer to: the user isn't shown an id where the phone knows a name.
 */
#ifndef AGENT_FOUND_H
#define AGENT_FOUND_H

#include "output.h"
#include "session.h"

struct found {
	struct outrider_card card; /* its bytes are a copy */
	char *text;		   /* a promise; or NULL */
	double metres, latitude, longitude;
	uint8_t place_id[16];
	int64_t from_us, until_us;
	struct outrider_date date;
	int in_days, turns;
	bool is_flagged; /* missed, or overdue */
};

struct founds {
	struct found *at;
	size_t n, room;
	bool is_full; /* out of memory: the last ones are missing */
};

/* Zeroed but for the card; NULL without memory. */
struct found *
found_add(struct founds *founds, const struct outrider_card *card);
bool found_text(struct founds *founds, struct found *found, const char *text);
/* All meetings on this phone that touch [from, until), anybody's, by planned
 * start. */
OUTRIDER_CHECKED enum outrider_code
found_meetings(struct founds *founds, struct session *session, int64_t from_us,
	       int64_t until_us, struct outrider_err *err);
void found_free(struct founds *founds);
/* Says so where some are missing; returns an exit code. */
int found_end(struct founds *founds);

/* "Olena Koval"; false, and "", where the phone hasn't got the card. */
bool title_of(struct session *session, char *out, size_t size, const char *kind,
	      const uint8_t id[16]);
/* What a value of a field refers to; false where the field holds no id, or the
 * phone hasn't got that card. */
bool title_of_value(struct session *session, char *out, size_t size,
		    const char *kind, const char *field, const char *value);
/* Whom and what a card is about: "Zernoprom, Olena Koval"; "" at worst. */
void title_about(struct session *session, char *out, size_t size,
		 const struct outrider_card *card);
/* Whose card it is; their id where the phone hasn't got theirs. */
void title_of_owner(struct session *session, char *out, size_t size,
		    const struct outrider_card *card);
/* "titles": { ID: TITLE } of all that the card refers to. */
void title_json(struct json *json, struct session *session,
		const struct outrider_card *card);

#endif
