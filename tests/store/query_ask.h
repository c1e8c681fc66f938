/* Contacts to be asked for, and questions written by hand. Everything that is
 * returned lies in the arena. */
#ifndef TESTS_STORE_QUERY_ASK_H
#define TESTS_STORE_QUERY_ASK_H

#include "suite.h"

#include "store/query.h"

#define ASK_CONTACTS 1200

/* The owner of all of them, and a company of none. */
extern const char one_user[17], one_company[17];

/*
 * A store with contacts "n0000", "n0001" and so on, created and changed in that
 * order. All lie in the first scope, every hundredth in the second, too.
 */
struct ask_world {
	struct suite suite;
	int n_contacts; /* 0: ASK_CONTACTS */
	struct scope all[3];
};

void ask_world_open(struct ask_world *world,
		    const struct store_backend *backend, int64_t max_steps);
void ask_world_free(struct ask_world *world);
/* Writes as many again: a store_run_fn over a struct ask_world. */
enum outrider_code
ask_world_write(void *user, struct store_conn *tx, struct outrider_err *err);
/* Ten of them, who sees all; order may be NULL. */
void ask_all(struct store_query *out, const struct ask_world *world,
	     const struct condition *condition, const char *order);

struct condition *new_condition(struct arena *arena, enum condition_type type);
/* Of a field, or of one beyond a reference: "company_ids.tax_number". text is
 * the value: for ids 16 bytes, for numbers none, which is 0. */
struct condition *new_leaf(struct arena *arena, const char *path,
			   enum condition_op op, const char *text);
void add_part(struct condition *to, struct condition *part);
const struct field *contact_field(const char *name);

#endif
