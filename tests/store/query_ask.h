/* Questions about contacts, written by hand. Everything in the arena. */
#ifndef TESTS_STORE_QUERY_ASK_H
#define TESTS_STORE_QUERY_ASK_H

#include "suite.h"

#include "store/query.h"

struct condition *new_condition(struct arena *arena, enum condition_type type);
/* Of a field, or of one beyond a reference: "company_ids.tax_number". text is
 * the value: for ids 16 bytes, for numbers none, which is 0. */
struct condition *new_leaf(struct arena *arena, const char *path,
			   enum condition_op op, const char *text);
void add_part(struct condition *to, struct condition *part);
const struct field *contact_field(const char *name);

#endif
