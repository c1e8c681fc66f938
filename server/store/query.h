/*
 * Questions over the records of a kind: conditions, an order, a page of it.
 *
 * Compiles them to bound SQL, chooses what leads the search, and stops what
 * takes too long. Knows no syntax: app/filter.h makes conditions out of text.
 * Who may see what comes in as scopes; a condition on a record one hop away
 * holds only where that record lies in them too.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/store.h"

enum {
	QUERY_TERMS_MAX = 256, /* comparisons in a condition */
	QUERY_DEPTH_MAX = 16,
	QUERY_VALUES_MAX = 4096, /* of all comparisons together */
	QUERY_ORDER_MAX = 4,
};

enum condition_type {
	CONDITION_ALL, /* of its parts; none: always */
	CONDITION_ANY, /* of its parts; none: never */
	CONDITION_NOT, /* its one part */
	CONDITION_COMPARE,
};

/*
 * What a comparison asks of a field. Texts are compared byte by byte, but for
 * CONTAINS, which passes over the case of ASCII letters. What isn't set is 0
 * or empty, and compares as that; but a time that isn't set is neither before
 * nor after any. Each comparison is true or false, so NOT means the others.
 */
enum condition_op {
	CONDITION_EQUAL,
	CONDITION_UNEQUAL, /* holds where nothing is set, too */
	CONDITION_LESS,
	CONDITION_LESS_EQUAL,
	CONDITION_GREATER,
	CONDITION_GREATER_EQUAL,
	CONDITION_IN,	    /* equal to one of the values */
	CONDITION_CONTAINS, /* text: has the value in it */
	CONDITION_BEGINS,   /* text */
	CONDITION_ENDS,	    /* text */
	CONDITION_IS_SET,   /* no value */
};

/* By the field's type; texts and ids in bytes. Borrowed. */
struct condition_value {
	union {
		int64_t i;
		double d;
	};
	struct bytes bytes;
};

/*
 * A field: the kind's own, or owner, team, create_time, update_time, id; or
 * that of the record that `via`, a reference of the kind, names. Of repeated
 * fields and of via that is repeated, one element that fits is enough:
 *
 *	repeated texts		EQUAL, IN, BEGINS, ENDS, CONTAINS, IS_SET
 *	repeated references	EQUAL, IN, IS_SET
 *	messages with a handle	EQUAL, IN, BEGINS, the handle normalised; IS_SET
 *	custom values		by custom_type: all that a single one has
 *
 * A record without the custom value, or without a standing record beyond via
 * that the caller sees, equals nothing: of such a value only UNEQUAL holds, and
 * beyond via nothing does.
 */
struct condition_path {
	const struct field *via; /* or NULL */
	const struct field *field;
	struct uuid custom;	     /* which one, of FIELD_IS_CUSTOM */
	enum field_type custom_type; /* STRING, DOUBLE, TIMESTAMP */
};

struct condition {
	enum condition_type type;
	struct condition *first, *next; /* parts; the next part of the same */
	struct condition_path path;
	enum condition_op op;
	const struct condition_value *values;
	size_t n_values;
};

/* How much of the budget a search may take. */
enum query_effort {
	QUERY_WHOLE,
	QUERY_TRY,     /* a small part; then the page is_long */
	QUERY_INDEXED, /* so, and is_long at once where no index leads */
};

/* Only orderable fields, or the id. */
struct query_order {
	const struct field *field;
	bool is_descending;
};

struct store_query {
	const struct entity *entity;
	const struct scope *scopes; /* sorted: the caller's */
	size_t n_scopes;
	/* The caller sees most of the kind: scopes don't narrow. A hint, which
	 * decides what leads and never what is found. */
	bool sees_most;
	const struct condition *condition; /* NULL: all */
	/* The id comes last by itself, in the direction of the last field. */
	struct query_order order[QUERY_ORDER_MAX];
	size_t n_order;
	/* The last record of the page before, or NULL: its values of the order,
	 * one for each of its fields, and its id. */
	const struct condition_value *after;
	const struct uuid *after_id;
	size_t limit;
	bool with_deleted;
	enum query_effort effort;
	/* What the message about a search that was too long must not name;
	 * NULL: nothing. */
	const struct field_set *hidden;
};

struct store_page {
	struct row **rows; /* in the arena */
	size_t n_rows;
	bool has_more;
	/*
	 * There is a condition, and no index of a comparison in it led the
	 * search: all records of the kind, or all that the caller sees, were
	 * tried one by one in the order asked for, until the page was full.
	 */
	bool is_scan;
	/* It takes more effort than was asked for: there are no rows. */
	bool is_long;
};

/*
 * A page. It begins where the one before ended, whatever was written between:
 * time and memory don't grow with its number. How it is found depends on the
 * question and on bounded counts alone: see query_plan.c. What it may take is
 * store_config.max_query_steps. The writer may ask, too.
 * Errors: RESOURCE_EXHAUSTED (the arena, field empty; or it read too much,
 * field "filter": the message names fields that have an index),
 * INVALID_ARGUMENT (more than the limits above; a comparison that its field
 * doesn't have; an order by a field that isn't orderable).
 */
MODEL_MUST_USE enum outrider_code
store_query(struct store_conn *conn, struct store_page *out,
	    const struct store_query *asked, struct arena *arena,
	    struct outrider_err *err);

/*
 * Records that refer to a target by an own field, by their kinds' timeline
 * time, the newest first; records of kinds without one, and those where it is
 * not set, come by their creation.
 * One that refers by several fields comes once, with the least of them. Deleted
 * ones come too, and whether the caller may see them is not asked.
 */
struct store_link {
	int64_t at_us; /* store_by_handle: 0 */
	uint32_t kind;
	struct uuid id;
	uint32_t field; /* the reference's number, or the handle's */
};

struct store_link_query {
	struct uuid target;
	/* Begins below (at_us, kind, id), all of them as they sort; zeros and
	 * INT64_MAX: from the newest. */
	int64_t before_us;
	uint32_t before_kind;
	struct uuid before_id;
	uint32_t only_kind;	       /* 0: all */
	const struct field_set *kinds; /* these alone, by number; NULL: all */
	size_t limit;
};

MODEL_MUST_USE enum outrider_code
store_links(struct store_conn *conn, struct store_link **out, size_t *n,
	    const struct store_link_query *asked, struct arena *arena,
	    struct outrider_err *err);

/*
 * Records that have a normalised handle, each once, by (kind, id), at most
 * limit; deleted ones too.
 */
MODEL_MUST_USE enum outrider_code
store_by_handle(struct store_conn *conn, struct store_link **out, size_t *n,
		enum field_handle type, struct bytes text, size_t limit,
		struct arena *arena, struct outrider_err *err);

#define STORE_HANDLE_MAX 254

/*
 * How a handle stands in its table, so that what is looked for can be written
 * alike: a phone is its digits with a leading + kept, an address or account
 * its text with ASCII letters small, without spaces and a leading @. Returns
 * the length; what is longer than the room is cut.
 */
size_t store_handle_normalise(char out[STORE_HANDLE_MAX],
			      enum field_handle type, struct bytes text);

#endif
