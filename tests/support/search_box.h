/*
 * The search box of a firm in a test: records in, hits out.
 */
#ifndef SEARCH_BOX_H
#define SEARCH_BOX_H

#include "app_harness.h"

#include "outrider/v1/search.pb-c.h"

/* Texts of a record; number 0 ends them. */
struct box_field {
	uint32_t number;
	const char *text;
};
#define BOX_FIELDS(...) ((const struct box_field[]){ __VA_ARGS__, { 0, NULL } })

/* Returns its id. */
struct uuid box_add(struct app_harness *h, const char *token, const char *kind,
		    const struct box_field *fields);
/* Upon a record that stands. */
void box_change(struct app_harness *h, const char *token, const char *kind,
		const struct uuid *id, const struct box_field *fields);
void box_delete(struct app_harness *h, const char *token, const char *kind,
		const struct uuid *id);
void box_undelete(struct app_harness *h, const char *token, const char *kind,
		  const struct uuid *id);
/* A contact of one name with one phone, as it is written. */
struct uuid box_add_phone(struct app_harness *h, const char *token,
			  const char *name, const char *number);

/* What a search found; valid until the next one. */
struct box_hits {
	enum outrider_code code;
	size_t n;
	Outrider__V1__SearchHit *const *at;
	bool has_more;
	char text[256]; /* of an error */
	char field[96];
};

struct box_hits
box_search(struct app_harness *h, const char *token, const char *query);
/* kind NULL: all; page_size 0: the default. */
struct box_hits box_search_kind(struct app_harness *h, const char *token,
				const char *query, const char *kind,
				int32_t page_size);

/* Fails unless exactly these titles came out, in this order; NULL ends them. */
#define box_expect(h, token, query, ...) \
	box_expect_titles(h, token, query, (const char *const[]){ __VA_ARGS__ })
void box_expect_titles(struct app_harness *h, const char *token,
		       const char *query, const char *const *titles);
/* Sets the index back by so many changes, as if it had not come to them. */
void box_forget(struct app_harness *h, uint64_t n);
/* Has everything indexed. */
void box_index(struct app_harness *h);

#endif
