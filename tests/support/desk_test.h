/*
 * For the tests of named methods and laws: a firm with a few people, and calls
 * written as text (text_form.h).
 */
#ifndef DESK_TEST_H
#define DESK_TEST_H

#include "app_harness.h"
#include "text_form.h"

struct desk_test {
	struct app_harness harness;
	struct uuid north;		   /* a team */
	struct harness_user rep;	   /* of it */
	struct harness_user other;	   /* a rep of another team */
	struct harness_user manager;	   /* of north */
	const struct harness_reply *reply; /* the last */
	const struct message *answer;	   /* its table */
	struct buffer kept;		   /* its bytes */
};

int desk_open(void **state);
int desk_close(void **state);

/*
 * Calls a method such as "DealService/MoveStage" as the user (NULL: the
 * administrator) with a request in text; the answer stays until the next.
 */
enum outrider_code
desk_call(struct desk_test *t, const struct harness_user *who, const char *path,
	  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, of which OK is expected; returns the answer's id, for printing. */
const char *desk_make(struct desk_test *t, const struct harness_user *who,
		      const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A value of the last answer is that. */
void desk_expect(struct desk_test *t, const char *path, const char *value);
/* The last call was refused with the code because of the field ("": none). */
void desk_expect_fault(struct desk_test *t, enum outrider_code code,
		       const char *field);

#endif
