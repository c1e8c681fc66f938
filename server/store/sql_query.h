/*
 * Conditions, orders and leads as SQL, with what is bound to it.
 *
 * A text depends on the shape of what is asked alone: every value is bound, so
 * that the same question about other values is the same text. Knows the tables
 * and no number of rows: query_plan.c chooses what leads.
 */
#ifndef STORE_SQL_QUERY_H
#define STORE_SQL_QUERY_H

#include "store/parts.h"
#include "store/query.h"
#include "store/sql_text.h"

/* A text and its parameters, in order. */
struct sql_query {
	struct text text;
	struct arena *arena; /* of the parameters */
	struct list values;  /* of struct backend_value */
	struct bytes scopes; /* the caller's, sorted, one behind the other */
	size_t scopes_at;    /* their parameter; 0: not bound yet */
	const struct condition *led; /* holds for all that the lead finds */
	bool is_full;		     /* no memory */
	bool is_refused; /* a comparison that its field doesn't have */
};

/* The kind's table is t everywhere, a leading side table is l. */
enum lead_type {
	LEAD_ORDER,   /* nothing: the index of the order, or of ids */
	LEAD_COLUMN,  /* an index of the kind's table */
	LEAD_LINK,    /* who refers to a record */
	LEAD_LABEL,   /* who has a text in a repeated field */
	LEAD_HANDLE,  /* who is reached by a handle */
	LEAD_CUSTOM,  /* who has a value in a field that was added */
	LEAD_HOP,     /* who refers to a record that an index leads to */
	LEAD_VISIBLE, /* who lies in the caller's scopes */
};

/* One way to find candidates; the whole condition is tried on each. */
struct lead {
	enum lead_type type;
	/* What it goes by; NULL for LEAD_ORDER by id and LEAD_VISIBLE. */
	const struct field *field;
	const struct condition *leaf; /* the comparison, or one of several */
	bool gives_order;	      /* what is asked for, without sorting */
};

/* -------------------------------------------------------------- questions */

void sql_query_init(struct sql_query *sql, const struct store_dialect *dialect,
		    const struct scope_set *scopes, struct arena *arena);
void sql_query_free(struct sql_query *sql);

/* The top-level comparisons of a condition, which must all hold. */
bool sql_conjuncts(struct list *out, const struct condition *condition,
		   struct arena *arena);

/* "SELECT count(*)" of what a lead finds, of at most that many. */
void sql_count(struct sql_query *sql, const struct store_query *asked,
	       const struct list *conjuncts, const struct lead *lead,
	       size_t limit);
/*
 * A page: the rows' columns where the lead gives the order, ids alone where
 * what was found is sorted.
 */
void sql_page(struct sql_query *sql, const struct store_query *asked,
	      const struct lead *lead, const char *columns, size_t limit);
/* The row of parameter 1, an id, if the condition holds for it. */
void sql_one(struct sql_query *sql, const struct store_query *asked,
	     const struct uuid *id, const char *columns);

/* How many fields of the order come before the id; 0: nothing else decides. */
size_t sql_order_fields(const struct store_query *asked);
/* The type of the handles in a field; HANDLE_NONE where there are several. */
enum field_handle sql_handle_of(const struct field *field);

/* ------------------------------------------------------------------ pieces */

/* Aliases: the kind, a lead's entries, the record one hop away, an entry of a
 * side table. */
#define ALIAS_KIND "t"
#define ALIAS_LEAD "l"
#define ALIAS_HOP  "r"
#define ALIAS_SIDE "s"

/* A column of an alias, and how values of it are compared. */
struct column {
	const char *alias, *name;
	enum field_type type;
	bool may_be_null;
};

/* sql_column.c */
struct column sql_column_of(const char *alias, const struct field *field);
void sql_name_column(struct sql_query *sql, const struct column *column);
void sql_bind(struct sql_query *sql, const struct backend_value *value);
void sql_bind_value(struct sql_query *sql, enum field_type type,
		    const struct condition_value *value);
void sql_is_set(struct sql_query *sql, const struct column *column, bool want);
/* A comparison of one column, whatever its path says. */
void sql_column_leaf(struct sql_query *sql, const struct column *column,
		     const struct condition *leaf);

/* sql_query.c */
extern const struct column sql_side_text;

/* A comparison of the kind's own field. */
void sql_leaf(struct sql_query *sql, const char *alias,
	      const struct condition *leaf);
/* What must hold of an entry of custom, as ALIAS_SIDE. */
void sql_custom_value(struct sql_query *sql, const struct condition *leaf);
void sql_condition(struct sql_query *sql, const struct condition *condition);
/* Does the record lie in the caller's scopes? */
void sql_visible(struct sql_query *sql, const char *alias);

#endif
