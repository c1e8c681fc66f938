/*
 * Lists of every kind of a populated firm: fields, operands for them, and what
 * the server finds beside what going through the records finds.
 */
#ifndef KIND_FILTERS_H
#define KIND_FILTERS_H

#include "field_oracle.h"

enum {
	FILTERS_N_OPERANDS = 3, /* of records here and there, and of none */
	FILTERS_SUBJECTS_MAX = 80,
	LIST_FILTER = 4,
	LIST_ORDER = 5,
};

/* One firm for all tests of a program: they don't write. */
struct filters {
	struct every_kind *firm;
	struct populations p;
	size_t n_asked, n_found, n_refused;
	unsigned random;
};

/* A cmocka group's setup and teardown. */
int filters_open(void **state);
int filters_close(void **state);
void filters_run(void **state,
		 void (*run)(struct filters *, const struct entity *));

/* The first 1,000, by a filter or an order. */
const struct harness_reply *
filters_list(struct filters *f, const struct entity *entity, uint32_t number,
	     const struct buffer *text);
struct uuid filters_id_of(struct bytes item);
/* Is the record in the list, and where? */
bool filters_has(const struct harness_reply *reply, const struct uuid *id,
		 size_t *at);
/* Take the text: each record of the population that should be there is, and
 * no other; or none, for the text is wrong. */
void filters_expect(struct filters *f, const struct entity *entity,
		    struct buffer *filter, const bool *is_wanted);
void filters_expect_refused(struct filters *f, const struct entity *entity,
			    uint32_t number, struct buffer *text);

/* Whatever may stand in a filter, added fields too. */
size_t filters_subjects(struct subject out[FILTERS_SUBJECTS_MAX],
			const struct population *p);
/* The k-th, below FILTERS_N_OPERANDS; two of them, for IN. */
void filters_choose(struct cell out[2], const struct population *p,
		    const struct subject *s, size_t k);
/* A piece of the text, where that is what the sign is about: of a number what
 * is dialled. */
void filters_cut(struct filters *f, const struct subject *s, struct cell *cell,
		 enum oracle_op op);

#endif
