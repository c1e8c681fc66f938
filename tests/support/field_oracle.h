/*
 * What a comparison of a field means, told from a record's bytes alone: the
 * tests' own reading of docs/filters.md, which shares no code with the
 * server's.
 */
#ifndef FIELD_ORACLE_H
#define FIELD_ORACLE_H

#include "kind_population.h"

/* Signs of the language, and the stars of texts. */
enum oracle_op {
	ORACLE_EQUAL,
	ORACLE_UNEQUAL,
	ORACLE_LESS,
	ORACLE_LESS_EQUAL,
	ORACLE_GREATER,
	ORACLE_GREATER_EQUAL,
	ORACLE_HAS,
	ORACLE_IN,
	ORACLE_IS_SET, /* :* */
	ORACLE_BEGINS, /* = "x*" */
	ORACLE_ENDS,
	ORACLE_CONTAINS,
	ORACLE_N_OPS,
};

enum oracle_sort {
	ORACLE_TEXT,
	ORACLE_TEXTS, /* one element is enough */
	ORACLE_CHOICE,
	ORACLE_BOOL,
	ORACLE_NUMBER, /* whole or not */
	ORACLE_MONEY,
	ORACLE_ENUM,
	ORACLE_ORDERED_ENUM,
	ORACLE_REFERENCE,
	ORACLE_REFERENCES,
	ORACLE_TIME,
	ORACLE_HANDLES,
	ORACLE_OTHER, /* only whether it is set */
};

/* One value. */
struct cell {
	int64_t i;
	double d;
	struct bytes text;
	bool is_set;
};

/* What is asked of: a field of the kind, or a field that was added. */
struct subject {
	const struct entity *entity;
	const struct field *field;
	int custom_type; /* 0: none */
	struct uuid custom;
	enum oracle_sort sort;
	bool is_set_only; /* not filterable: only whether it is set */
	char name[80];	  /* as a filter names it */
};

struct subject
subject_of(const struct entity *entity, const struct field *field);
struct subject subject_of_custom(const struct population *p,
				 const struct field *field, int type);

/* Does the language have it? */
bool oracle_fits(const struct subject *s, enum oracle_op op);

enum { CELLS_MAX = 64 };
/* The values that a record has; 0: none is set. */
size_t oracle_cells(struct cell out[CELLS_MAX], const struct subject *s,
		    struct bytes record);
/* Below, equal, above 0: the order of the sort. */
int oracle_compare(const struct subject *s, const struct cell *a,
		   const struct cell *b);
/* Of a record: is it so? Of IN there are two operands, of IS_SET none. */
bool oracle_holds(const struct subject *s, struct bytes record,
		  enum oracle_op op, const struct cell *operands);

/* The sentence that asks it; prefix: "" or "company.". */
void oracle_write(struct buffer *out, const char *prefix,
		  const struct subject *s, enum oracle_op op,
		  const struct cell *operands);

#endif
