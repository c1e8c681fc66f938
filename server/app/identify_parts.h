/*
 * What the files of IdentifyCaller share.
 */
#ifndef APP_IDENTIFY_PARTS_H
#define APP_IDENTIFY_PARTS_H

#include "app/call.h"
#include "app/reach.h"

enum {
	IDENTIFY_DEALS_MAX = 10,
	/* Cards whose deals and communications are looked at. */
	IDENTIFY_TARGETS_MAX = 12,
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

struct identify {
	struct app_call *call;
	const struct principal *who;
	struct store_conn *conn; /* in a snapshot */
	struct identified found;
	const struct row *targets[IDENTIFY_TARGETS_MAX];
	size_t n_targets;
};

/* Does the caller know of this field? */
bool identify_knows(const struct identify *it, uint32_t kind, uint32_t number);
/* *out is NULL where it isn't there for the caller, or is deleted. */
MODEL_MUST_USE enum outrider_code
identify_get(struct row **out, struct identify *it, uint32_t kind,
	     const struct uuid *id);

/* Into it->found, of the targets. Errors are the call's. */
MODEL_MUST_USE enum outrider_code identify_find_deals(struct identify *it);
MODEL_MUST_USE enum outrider_code identify_find_last(struct identify *it);
/* Of the companies. */
MODEL_MUST_USE enum outrider_code identify_find_turnover(struct identify *it);
/* By the turnover. */
MODEL_MUST_USE enum outrider_code identify_find_desk(struct identify *it);

/* Who it is, in one line; with a NUL. Times are UTC. */
void identify_sentence(char out[IDENTIFY_SENTENCE_MAX + 1],
		       const struct identified *found);

#endif
