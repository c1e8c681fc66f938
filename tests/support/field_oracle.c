/*
 * Comparisons by brute force: see field_oracle.h.
 */
#include "field_oracle.h"

#include "model/wire.h"
#include "store/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define OP(op) (1U << (op))
enum {
	OPS_EQUAL = OP(ORACLE_EQUAL) | OP(ORACLE_UNEQUAL),
	OPS_ORDER = OP(ORACLE_LESS) | OP(ORACLE_LESS_EQUAL) |
		    OP(ORACLE_GREATER) | OP(ORACLE_GREATER_EQUAL),
	OPS_IN = OP(ORACLE_IN),
	OPS_HAS = OP(ORACLE_HAS),
	OPS_BEGINS = OP(ORACLE_BEGINS),
	OPS_STARS = OPS_BEGINS | OP(ORACLE_ENDS) | OP(ORACLE_CONTAINS),
};

/* The table of docs/filters.md; :* fits all. */
static const unsigned fitting[] = {
	[ORACLE_TEXT] = OPS_EQUAL | OPS_ORDER | OPS_HAS | OPS_IN | OPS_STARS,
	[ORACLE_TEXTS] = OPS_EQUAL | OPS_HAS | OPS_IN | OPS_BEGINS,
	[ORACLE_CHOICE] = OPS_EQUAL | OPS_HAS | OPS_IN | OPS_STARS,
	[ORACLE_BOOL] = OPS_EQUAL,
	[ORACLE_NUMBER] = OPS_EQUAL | OPS_ORDER | OPS_IN,
	[ORACLE_MONEY] = OPS_EQUAL | OPS_ORDER,
	[ORACLE_ENUM] = OPS_EQUAL | OPS_IN,
	[ORACLE_ORDERED_ENUM] = OPS_EQUAL | OPS_ORDER | OPS_IN,
	[ORACLE_REFERENCE] = OPS_EQUAL | OPS_IN,
	[ORACLE_REFERENCES] = OPS_EQUAL | OPS_HAS | OPS_IN,
	[ORACLE_TIME] = OPS_EQUAL | OPS_ORDER,
	[ORACLE_HANDLES] = OPS_EQUAL | OPS_HAS | OPS_IN | OPS_BEGINS,
	[ORACLE_OTHER] = 0,
};

bool oracle_fits(const struct subject *s, enum oracle_op op)
{
	return op == ORACLE_IS_SET ||
	       (!s->is_set_only && fitting[s->sort] & OP(op));
}

/* ----------------------------------------------------------------- subjects */

static bool has_handle(const struct message *message)
{
	for (size_t i = 0; message && i < message->n_fields; i++)
		if (message->fields[i].handle != HANDLE_NONE)
			return true;
	return false;
}

static enum oracle_sort sort_of(const struct field *field)
{
	bool is_list = field->flags & FIELD_IS_REPEATED;

	switch (field->type) {
	case FIELD_STRING:
		return is_list ? ORACLE_TEXTS : ORACLE_TEXT;
	case FIELD_UUID:
		return is_list ? ORACLE_REFERENCES : ORACLE_REFERENCE;
	case FIELD_MESSAGE:
		return has_handle(field->message) ? ORACLE_HANDLES
						  : ORACLE_OTHER;
	case FIELD_BYTES:
		return ORACLE_OTHER;
	case FIELD_BOOL:
		return is_list ? ORACLE_OTHER : ORACLE_BOOL;
	case FIELD_ENUM:
		if (is_list)
			return ORACLE_OTHER;
		return field->flags & FIELD_IS_ORDERABLE ? ORACLE_ORDERED_ENUM
							 : ORACLE_ENUM;
	case FIELD_TIMESTAMP:
		return is_list ? ORACLE_OTHER : ORACLE_TIME;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		break;
	}
	if (is_list)
		return ORACLE_OTHER;
	return field->flags & FIELD_IS_MONEY ? ORACLE_MONEY : ORACLE_NUMBER;
}

struct subject
subject_of(const struct entity *entity, const struct field *field)
{
	struct subject s = {
		.entity = entity,
		.field = field,
		.sort = field->number == FIELD_ID ? ORACLE_REFERENCE
						  : sort_of(field),
		.is_set_only = field->number != FIELD_ID &&
			       !(field->flags & FIELD_IS_FILTERABLE),
	};

	snprintf(s.name, sizeof(s.name), "%s", field->name);
	return s;
}

struct subject subject_of_custom(const struct population *p,
				 const struct field *field, int type)
{
	static const enum oracle_sort sorts[] = {
		ORACLE_OTHER, ORACLE_TEXT,   ORACLE_NUMBER,
		ORACLE_BOOL,  ORACLE_CHOICE, ORACLE_TIME,
	};
	struct subject s = {
		.entity = p->entity,
		.field = field,
		.custom_type = type,
		.custom = p->custom[type],
		.sort = sorts[type],
	};
	char key[32];

	population_custom_key(key, type);
	snprintf(s.name, sizeof(s.name), "%s.%s", field->name, key);
	return s;
}

/* -------------------------------------------------------------------- cells */

struct cells {
	struct cell *out;
	size_t n;
};

static void add_cell(struct cells *cells, struct cell cell)
{
	assert_true(cells->n < CELLS_MAX);
	cell.is_set = true;
	cells->out[cells->n++] = cell;
}

static void
add_number(struct cells *cells, const struct field *field, uint64_t scalar)
{
	struct cell cell = { .i = (int64_t)scalar };

	if (field->type == FIELD_DOUBLE)
		memcpy(&cell.d, &scalar, sizeof(cell.d));
	else
		cell.d = (double)cell.i;
	add_cell(cells, cell);
}

static void add_handles(struct cells *cells, const struct message *message,
			struct bytes record)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		struct bytes text = harness_part(record, field->number, 0);

		if (field->handle != HANDLE_NONE && text.len > 0)
			add_cell(cells, (struct cell){ .i = field->handle,
						       .text = text });
	}
}

static void
add_part(struct cells *cells, const struct subject *s, struct bytes part)
{
	const struct field *field = s->field;
	struct cell cell = { .text = part };

	switch (field->type) {
	case FIELD_TIMESTAMP:
		assert_true(wire_timestamp(&cell.i, part));
		add_cell(cells, cell);
		return;
	case FIELD_MESSAGE:
		if (s->sort == ORACLE_HANDLES)
			add_handles(cells, field->message, part);
		else if (part.len > 0)
			add_cell(cells, cell);
		return;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_BOOL: /* several, packed */
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
	case FIELD_ENUM:
		add_cell(cells, cell);
		return;
	}
}

static void
add_custom(struct cells *cells, const struct subject *s, struct bytes part)
{
	struct uuid id = harness_uuid(part, 1);
	struct cell cell = { .text = harness_part(part, 2, 0) };
	uint64_t bits = harness_scalar(part, 3);
	struct bytes time = harness_part(part, 4, 0);

	if (uuid_compare(&id, &s->custom) != 0)
		return;
	memcpy(&cell.d, &bits, sizeof(bits));
	if (s->sort == ORACLE_TIME)
		assert_true(wire_timestamp(&cell.i, time));
	if (s->sort == ORACLE_BOOL)
		cell.i = cell.d != 0;
	add_cell(cells, cell);
}

size_t oracle_cells(struct cell out[CELLS_MAX], const struct subject *s,
		    struct bytes record)
{
	struct wire_reader reader = wire_read(record);
	struct cells cells = { .out = out };
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		if (in.number != s->field->number)
			continue;
		if (s->custom_type)
			add_custom(&cells, s, in.value);
		else if (in.type == WIRE_LEN)
			add_part(&cells, s, in.value);
		else
			add_number(&cells, s->field, in.scalar);
	}
	return cells.n;
}

/* -------------------------------------------------------------- comparisons */

static int compare_bytes(struct bytes a, struct bytes b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least > 0 ? memcmp(a.at, b.at, least) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int oracle_compare(const struct subject *s, const struct cell *a,
		   const struct cell *b)
{
	switch (s->sort) {
	case ORACLE_NUMBER:
		if (s->custom_type || s->field->type == FIELD_DOUBLE)
			return (a->d > b->d) - (a->d < b->d);
		return (a->i > b->i) - (a->i < b->i);
	case ORACLE_BOOL:
	case ORACLE_MONEY:
	case ORACLE_ENUM:
	case ORACLE_ORDERED_ENUM:
	case ORACLE_TIME:
		return (a->i > b->i) - (a->i < b->i);
	case ORACLE_TEXT:
	case ORACLE_TEXTS:
	case ORACLE_CHOICE:
	case ORACLE_REFERENCE:
	case ORACLE_REFERENCES:
	case ORACLE_HANDLES:
	case ORACLE_OTHER:
		break;
	}
	return compare_bytes(a->text, b->text);
}

/* How a handle is written down where it is looked for. */
static struct bytes
normal(char room[STORE_HANDLE_MAX], int64_t handle, struct bytes text)
{
	size_t len =
		store_handle_normalise(room, (enum field_handle)handle, text);

	return (struct bytes){ (const uint8_t *)room, len };
}

static uint8_t small(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool
stands_at(struct bytes text, size_t at, struct bytes piece, bool is_exact)
{
	if (at + piece.len > text.len)
		return false;
	for (size_t i = 0; i < piece.len; i++)
		if (is_exact ? text.at[at + i] != piece.at[i]
			     : small(text.at[at + i]) != small(piece.at[i]))
			return false;
	return true;
}

static bool stands_anywhere(struct bytes text, struct bytes piece)
{
	for (size_t at = 0; at + piece.len <= text.len; at++)
		if (stands_at(text, at, piece, false))
			return true;
	return false;
}

/* Of one value that is there. */
static bool holds_of(const struct subject *s, const struct cell *a,
		     enum oracle_op op, const struct cell *b)
{
	char left[STORE_HANDLE_MAX], right[STORE_HANDLE_MAX];
	struct cell x = *a, y = *b;
	int order;

	if (s->sort == ORACLE_HANDLES) {
		if (a->i != b->i)
			return false;
		x.text = normal(left, a->i, a->text);
		y.text = normal(right, b->i, b->text);
	}
	order = oracle_compare(s, &x, &y);
	switch (op) {
	case ORACLE_LESS:
		return order < 0;
	case ORACLE_LESS_EQUAL:
		return order <= 0;
	case ORACLE_GREATER:
		return order > 0;
	case ORACLE_GREATER_EQUAL:
		return order >= 0;
	case ORACLE_HAS:
		if (s->sort == ORACLE_TEXT || s->sort == ORACLE_CHOICE)
			return stands_anywhere(x.text, y.text);
		return order == 0;
	case ORACLE_BEGINS:
		return stands_at(x.text, 0, y.text, true);
	case ORACLE_ENDS:
		return x.text.len >= y.text.len &&
		       stands_at(x.text, x.text.len - y.text.len, y.text, true);
	case ORACLE_CONTAINS:
		return stands_anywhere(x.text, y.text);
	case ORACLE_EQUAL:
	case ORACLE_IN:
	case ORACLE_UNEQUAL:
	case ORACLE_IS_SET:
	case ORACLE_N_OPS:
		break;
	}
	return order == 0;
}

/*
 * What isn't set is 0 or empty; but no time, no element of a list, and nothing
 * where a firm added the field: false alone is what nobody said.
 */
static bool unset_is_something(const struct subject *s)
{
	if (s->sort == ORACLE_BOOL)
		return true;
	return s->sort != ORACLE_TIME && !s->custom_type &&
	       !(s->field->flags & FIELD_IS_REPEATED);
}

/* One operand, nothing but what is so. */
static bool holds(const struct subject *s, struct bytes record,
		  enum oracle_op op, const struct cell *operand)
{
	static const struct cell nothing;
	struct cell cells[CELLS_MAX];
	size_t n = oracle_cells(cells, s, record);

	if (op == ORACLE_IS_SET)
		return n > 0;
	for (size_t i = 0; i < n; i++)
		if (holds_of(s, &cells[i], op, operand))
			return true;
	return n == 0 && unset_is_something(s) &&
	       holds_of(s, &nothing, op, operand);
}

bool oracle_holds(const struct subject *s, struct bytes record,
		  enum oracle_op op, const struct cell *operand)
{
	if (op == ORACLE_IN)
		return holds(s, record, ORACLE_EQUAL, operand) ||
		       holds(s, record, ORACLE_EQUAL, operand + 1);
	if (op == ORACLE_UNEQUAL)
		return !holds(s, record, ORACLE_EQUAL, operand);
	return holds(s, record, op, operand);
}

/* ------------------------------------------------------------------ writing */

static void put(struct buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text));
}

static void put_quoted(struct buffer *out, struct bytes text, const char *head,
		       const char *tail)
{
	put(out, "\"");
	put(out, head);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"' || text.at[i] == '\\' ||
		    text.at[i] == '*')
			put(out, "\\");
		buffer_append(out, &text.at[i], 1);
	}
	put(out, tail);
	put(out, "\"");
}

static void put_time(struct buffer *out, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[64], day[40];
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "\"%s.%06dZ\"", day, (int)(us % 1000000));
	put(out, text);
}

static void
put_enum(struct buffer *out, const struct enum_type *type, int64_t number)
{
	for (size_t i = 0; i < type->n_values; i++)
		if (type->values[i].number == number) {
			put(out, type->values[i].name);
			return;
		}
	fail_msg("%s has no %d", type->name, (int)number);
}

static void put_operand(struct buffer *out, const struct subject *s,
			enum oracle_op op, const struct cell *operand)
{
	bool is_ends = op == ORACLE_ENDS || op == ORACLE_CONTAINS;
	bool is_begins = op == ORACLE_BEGINS || op == ORACLE_CONTAINS;
	char text[64];

	switch (s->sort) {
	case ORACLE_TEXT:
	case ORACLE_TEXTS:
	case ORACLE_CHOICE:
	case ORACLE_REFERENCE:
	case ORACLE_REFERENCES:
	case ORACLE_HANDLES:
	case ORACLE_OTHER:
		put_quoted(out, operand->text, is_ends ? "*" : "",
			   is_begins ? "*" : "");
		return;
	case ORACLE_BOOL:
		put(out, operand->i ? "true" : "false");
		return;
	case ORACLE_NUMBER:
		if (s->custom_type || s->field->type == FIELD_DOUBLE) {
			snprintf(text, sizeof(text), "%.17g", operand->d);
			put(out, text);
			return;
		}
		break;
	case ORACLE_ENUM:
	case ORACLE_ORDERED_ENUM:
		put_enum(out, s->field->values, operand->i);
		return;
	case ORACLE_TIME:
		put_time(out, operand->i);
		return;
	case ORACLE_MONEY:
		break;
	}
	snprintf(text, sizeof(text), "%lld", (long long)operand->i);
	put(out, text);
}

void oracle_write(struct buffer *out, const char *prefix,
		  const struct subject *s, enum oracle_op op,
		  const struct cell *operand)
{
	static const char *const signs[] = {
		[ORACLE_EQUAL] = " = ",	  [ORACLE_UNEQUAL] = " != ",
		[ORACLE_LESS] = " < ",	  [ORACLE_LESS_EQUAL] = " <= ",
		[ORACLE_GREATER] = " > ", [ORACLE_GREATER_EQUAL] = " >= ",
		[ORACLE_HAS] = ":",	  [ORACLE_IN] = " in (",
		[ORACLE_IS_SET] = ":*",	  [ORACLE_BEGINS] = " = ",
		[ORACLE_ENDS] = " = ",	  [ORACLE_CONTAINS] = " = ",
	};

	put(out, prefix);
	put(out, s->name);
	put(out, signs[op]);
	if (op == ORACLE_IS_SET)
		return;
	put_operand(out, s, op, operand);
	if (op == ORACLE_IN) {
		put(out, ", ");
		put_operand(out, s, op, operand + 1);
		put(out, ")");
	}
}
