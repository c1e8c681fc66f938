/*
 * For the tests of filters: a caller who sees everything but what a test
 * hides, and what filters and orders come to as text.
 */
#ifndef FILTER_BENCH_H
#define FILTER_BENCH_H

#include "app/filter.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define FILTER_NOW_US INT64_C(1780300800000000) /* 2026-06-01 08:00 UTC */
#define FILTER_ME     "01020300-0000-0000-0000-000000000000"
#define FILTER_ID     "0192f0c1-7a00-7000-8000-0000000000ff"

struct filter_test {
	struct arena arena;
	struct kind_rights *kinds;
	struct rights rights;
	struct principal principal;
	struct filter_context context;
	struct outrider_err err; /* of the last answer */
};

/* A cmocka group's setup and teardown. */
int filter_open(void **state);
int filter_close(void **state);

const struct entity *filter_kind(const char *name);
struct bytes filter_bytes(const char *text);

/* To change what the caller sees; and back again. */
struct kind_rights *
filter_rights_of(struct filter_test *t, const struct entity *entity);
void filter_show_all(struct filter_test *t);

/*
 * The condition as text (condition_text.h), or the message; lives until the
 * next call. Fails the test where the error's other parts are wrong.
 */
const char *filter_answer(struct filter_test *t, const struct entity *entity,
			  struct bytes text);
/* The same of order_by: "amount_minor down, id up". */
const char *filter_order_answer(struct filter_test *t,
				const struct entity *entity, struct bytes text);

struct filter_row {
	const char *kind, *text, *answer;
};
void filter_check_rows(struct filter_test *t, const struct filter_row *rows,
		       size_t n);

#endif
