/*
 * For the tests of writing: a firm with a rep, and writes straight through
 * write_record, without a call around them.
 */
#ifndef WRITER_BENCH_H
#define WRITER_BENCH_H

#include "app_harness.h"

#include "app/write.h"

enum { COMPANY_DISPLAY_NAME = 10 };

struct writer_test {
	struct app_harness harness;
	struct arena arena;
	struct harness_user rep;
	struct principal principal; /* the rep's, with a device */
	struct principal admin;
	struct outrider_err err; /* of the last write */
};

/* A cmocka test's setup and teardown. */
int writer_open(void **state);
int writer_close(void **state);

/* "note" */
const struct entity *writer_kind(const char *name);
/* An empty row with an id; texts and ids that are set live in the test. */
struct row *writer_new_row(struct writer_test *t, const struct entity *entity);
void writer_set_text(struct row *row, uint32_t number, const char *text);
void writer_set_id(struct writer_test *t, struct row *row, uint32_t number,
		   const struct uuid *id);

/* One write in its own transaction; out may be NULL. */
enum outrider_code writer_write(struct write_outcome *out,
				struct writer_test *t,
				const struct write_intent *intent);
/* The last write was refused because of this field. */
void writer_expect_fault(struct writer_test *t, const char *field);

/* The rep's. */
struct row *writer_make_company(struct writer_test *t, const char *name);
/* The rep's update of one field of values. */
struct write_intent writer_patch_of(const struct writer_test *t,
				    const struct row *values, uint32_t number,
				    uint64_t base_rev);
/* The change log's entry of a revision. */
struct change writer_change_at(struct writer_test *t, uint64_t rev);

#endif
