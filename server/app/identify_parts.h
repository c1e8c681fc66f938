/*
 * What the two files of IdentifyCaller share.
 */
#ifndef APP_IDENTIFY_PARTS_H
#define APP_IDENTIFY_PARTS_H

#include "app/reach.h"

enum {
	IDENTIFY_DEALS_MAX = 10,
	IDENTIFY_SENTENCE_MAX = 1000,
};

enum {
	CONTACT_GIVEN_NAME = 10,
	CONTACT_FAMILY_NAME = 11,
	CONTACT_POSITION = 13,
	COMPANY_DISPLAY_NAME = 10,
};

/* What is told of an address: rows without what the caller may not see. */
struct identified {
	struct address address;
	/* Companies, and those of the contacts. */
	struct reached who;
	struct row *deals[IDENTIFY_DEALS_MAX]; /* open, the newest first */
	size_t n_deals;
	bool has_more_deals;
	struct row *last_user; /* NULL: nobody that the caller sees */
	struct uuid last_user_id;
	int64_t last_us; /* 0: never */
	int64_t turnover_minor;
	char currency[4]; /* empty: no turnover */
	const struct row *desk;
	int64_t now_us;
};

/* Who it is, in one line; with a NUL. Times are UTC. */
void identify_sentence(char out[IDENTIFY_SENTENCE_MAX + 1],
		       const struct identified *found);

#endif
