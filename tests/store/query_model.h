/*
 * A model of questions: random records of a few kinds, kept beside the store
 * that they are written to, and what a condition, an order, a link and a
 * handle mean, said again in plain loops over all of them. Shares no line with
 * the store's way of answering.
 */
#ifndef TESTS_STORE_QUERY_MODEL_H
#define TESTS_STORE_QUERY_MODEL_H

#include "suite.h"

#include "store/query.h"

enum {
	MODEL_USER,
	MODEL_COMPANY,
	MODEL_CONTACT,
	MODEL_DEAL,
	MODEL_CALL,
	MODEL_TASK,
	MODEL_KINDS
};

#define MODEL_SCOPES 8 /* that records lie in; the first is the firm's */

struct model_record {
	struct row *row;
	struct scope scopes[4];
	size_t n_scopes;
};

struct model_kind {
	const struct entity *entity;
	struct model_record *records;
	size_t n;
};

struct model {
	struct suite *suite;
	struct arena arena; /* rows, as long as the model */
	struct model_kind kinds[MODEL_KINDS];
	struct uuid custom[3]; /* fields: a text, a number, a time */
	unsigned one_in_hot;   /* how many refer to the first of a kind */
};

void model_init(struct model *model, struct suite *suite);
void model_free(struct model *model);
/* Writes n new ones. */
void model_add(struct model *model, size_t kind, size_t n);
/* Writes one of them anew; deletes and undeletes, too. */
void model_change(struct model *model, size_t kind);

/* A number below n. */
size_t model_random(struct model *model, size_t n);

/* A random condition of a kind; NULL at times. Lives in the arena. */
struct condition *
model_condition(struct model *model, size_t kind, struct arena *arena);
/* Random fields, n of them at most. */
size_t model_order(struct model *model, struct query_order *out, size_t kind,
		   size_t n);

/* Would the record be on some page? */
bool model_holds(const struct model *model, const struct store_query *asked,
		 const struct model_record *record);
/* In the order asked for; 0 for one record alone, changed or not. */
int model_compare(const struct store_query *asked, const struct row *a,
		  const struct row *b);
/* The values of a record in the order, for the page behind it. */
void model_after(struct condition_value out[QUERY_ORDER_MAX],
		 const struct store_query *asked, const struct row *row);

/* Says what was asked, for whoever looks why a test failed. */
void model_print(const struct store_query *asked);

/* Does the record have the handle? */
bool model_has_handle(const struct model_record *record, enum field_handle type,
		      struct bytes text);
/* The least own field that refers to the target; 0: none does. */
uint32_t
model_refers(const struct model_record *record, const struct uuid *target);
int64_t model_timeline_us(const struct row *row);

#endif
