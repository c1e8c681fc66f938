/*
 * Lists of every kind: each filterable field with each comparator, by itself,
 * joined, and one reference away; each order. What the server finds is compared
 * with what going through the records finds. Out of the tables: no line per
 * kind.
 */
#include "field_oracle.h"

#include "model/wire.h"
#include "store/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	N_RECORDS = 26,
	N_OPERANDS = 3,
	N_JOINED = 24, /* sentences of a kind */
	SUBJECTS_MAX = 48,
	LIST_FILTER = 4,
	LIST_ORDER = 5,
};

struct filters {
	struct every_kind *firm;
	struct populations p;
	size_t n_asked, n_found, n_refused;
	unsigned random;
};

/* One firm for all: nothing here writes. */
static struct filters filters;

static int open_filters(void **state)
{
	void *firm;

	every_open(&firm);
	filters.firm = firm;
	filters.random = 1;
	populate(&filters.p, firm, N_RECORDS);
	print_message("%zu fields left out, %zu records whole\n",
		      filters.p.n_dropped, filters.p.n_whole);
	*state = &filters;
	return 0;
}

static int close_filters(void **state)
{
	struct filters *f = *state;
	void *firm = f->firm;

	print_message("%zu questions, %zu records found, %zu refused\n",
		      f->n_asked, f->n_found, f->n_refused);
	populations_free(&f->p);
	return every_close(&firm);
}

/* ------------------------------------------------------------------- asking */

static const struct harness_reply *
list(struct filters *f, const struct entity *entity, uint32_t number,
     const struct buffer *text)
{
	struct buffer request = harness_buffer();

	wire_put_scalar(&request, 1, 1000);
	wire_put_bytes(&request, number, text->at, text->len);
	f->n_asked++;
	return every_call(f->firm, entity, METHOD_LIST, &request);
}

static struct uuid id_of(struct bytes item)
{
	return harness_uuid(item, FIELD_ID);
}

static bool
has_item(const struct harness_reply *reply, const struct uuid *id, size_t *at)
{
	struct bytes item;

	for (*at = 0; (item = harness_part(reply->message, 1, *at)).at; ++*at) {
		struct uuid found = id_of(item);

		if (uuid_compare(&found, id) == 0)
			return true;
	}
	return false;
}

/* Takes the filter: each record that should be there is, and no other. */
static void expect_found(struct filters *f, const struct entity *entity,
			 struct buffer *filter, const bool *is_wanted)
{
	const struct population *of = &f->p.of[entity->number];
	const struct harness_reply *reply =
		list(f, entity, LIST_FILTER, filter);

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %.*s: %s", entity->name, (int)filter->len,
			 (const char *)filter->at, reply->text);
	for (size_t i = 0; i < of->n; i++) {
		struct uuid id = id_of(of->items[i]);
		size_t at;

		if (has_item(reply, &id, &at) != is_wanted[i])
			fail_msg("%s: %.*s: record %zu %s", entity->name,
				 (int)filter->len, (const char *)filter->at, i,
				 is_wanted[i] ? "is missing" : "is there");
		f->n_found += is_wanted[i];
	}
	buffer_free(filter);
}

static void expect_refused(struct filters *f, const struct entity *entity,
			   uint32_t number, struct buffer *text)
{
	const struct harness_reply *reply = list(f, entity, number, text);
	char field[96];

	harness_violation(field, reply);
	if (reply->code != OUTRIDER_INVALID_ARGUMENT ||
	    strcmp(field, number == LIST_FILTER ? "filter" : "order_by") != 0)
		fail_msg("%s: %.*s: %s %s", entity->name, (int)text->len,
			 (const char *)text->at, code_name(reply->code), field);
	f->n_refused++;
	buffer_free(text);
}

static struct buffer text_of(const char *text)
{
	struct buffer out = harness_buffer();

	buffer_append(&out, text, strlen(text));
	return out;
}

/* ----------------------------------------------------------------- subjects */

static size_t
subjects_of(struct subject out[SUBJECTS_MAX], const struct population *p)
{
	const struct message *message = p->entity->message;
	size_t n = 0;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		if (!(field->flags & FIELD_IS_FILTERABLE) &&
		    field->number != FIELD_ID)
			continue;
		if (!(field->flags & FIELD_IS_CUSTOM)) {
			assert_true(n < SUBJECTS_MAX);
			out[n++] = subject_of(p->entity, field);
			continue;
		}
		for (int type = 1; type <= POPULATION_CUSTOM; type++) {
			assert_true(n < SUBJECTS_MAX);
			out[n++] = subject_of_custom(p, field, type);
		}
	}
	return n;
}

/* What no record has, but where there are few values. */
static struct cell stranger(const struct subject *s)
{
	static const char id[] = "0192f0c1-7a00-7000-8000-00000000ffff";
	static const char word[] = "None Such";
	static const char digits[] = "98989898989";
	struct cell cell = { .i = 77777, .d = 77777.5, .is_set = true };
	bool is_id = s->sort == ORACLE_REFERENCE ||
		     s->sort == ORACLE_REFERENCES;
	const char *text = is_id ? id : word;

	if (s->sort == ORACLE_HANDLES) {
		text = digits;
		cell.i = HANDLE_PHONE;
	}
	if (s->field->handle == HANDLE_PHONE)
		text = digits;
	if (s->sort == ORACLE_CHOICE)
		text = "blue";
	if (s->sort == ORACLE_TIME)
		cell.i = HARNESS_START_US + INT64_C(12345678);
	if (s->sort == ORACLE_ENUM || s->sort == ORACLE_ORDERED_ENUM)
		cell.i = s->field->values->values[1].number;
	if (s->sort == ORACLE_BOOL)
		cell.i = 0;
	cell.text = (struct bytes){ (const uint8_t *)text, strlen(text) };
	return cell;
}

/* The handle that the field is of, whatever its messages have. */
static int64_t handle_of(const struct subject *s)
{
	const struct message *message = s->field->message;

	for (size_t i = 0; message && i < message->n_fields; i++)
		if (message->fields[i].handle != HANDLE_NONE)
			return message->fields[i].handle;
	return HANDLE_NONE;
}

/* The first value from record `from` on; what no record has, where none. */
static struct cell
value_from(const struct population *p, const struct subject *s, size_t from)
{
	struct cell cells[CELLS_MAX];

	for (size_t i = 0; i < p->n; i++) {
		size_t n = oracle_cells(cells, s, p->items[(from + i) % p->n]);

		if (n > 0)
			return cells[from % n];
	}
	cells[0] = stranger(s);
	if (s->sort == ORACLE_HANDLES)
		cells[0].i = handle_of(s);
	return cells[0];
}

/* Operand k: of records here and there, and of none. */
static void choose_operands(struct cell out[2], const struct population *p,
			    const struct subject *s, size_t k)
{
	out[0] = value_from(p, s, k * 7 + 1);
	out[1] = value_from(p, s, k * 11 + 4);
	if (k == N_OPERANDS - 1) {
		out[0] = stranger(s);
		if (s->sort == ORACLE_HANDLES)
			out[0].i = handle_of(s);
	}
}

/* A piece of the text, where that is what the sign is about: of a number what
 * is dialled. */
static void cut_operand(struct filters *f, const struct subject *s,
			struct cell *cell, enum oracle_op op)
{
	char room[STORE_HANDLE_MAX];
	size_t half;

	if (s->sort == ORACLE_HANDLES)
		cell->text = arena_copy(
			&f->p.arena, room,
			store_handle_normalise(room, (enum field_handle)cell->i,
					       cell->text));
	half = cell->text.len / 2;
	if (half == 0)
		return;
	if (op == ORACLE_BEGINS)
		cell->text.len -= half;
	if (op == ORACLE_ENDS || op == ORACLE_CONTAINS) {
		cell->text.at += half;
		cell->text.len -= half;
	}
}

/* -------------------------------------------------------------- comparisons */

/* Takes the filter. */
static void ask_one(struct filters *f, const struct population *p,
		    const struct subject *s, enum oracle_op op,
		    const struct cell operands[2])
{
	struct buffer filter = harness_buffer();
	bool is_wanted[POPULATION_MAX] = { false };

	oracle_write(&filter, "", s, op, operands);
	if (!oracle_fits(s, op)) {
		expect_refused(f, p->entity, LIST_FILTER, &filter);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		is_wanted[i] = oracle_holds(s, p->items[i], op, operands);
	expect_found(f, p->entity, &filter, is_wanted);
}

/* A star is a sign in quotes alone. */
static bool is_written(const struct subject *s, enum oracle_op op)
{
	if (op != ORACLE_BEGINS && op != ORACLE_ENDS && op != ORACLE_CONTAINS)
		return true;
	return s->sort != ORACLE_BOOL && s->sort != ORACLE_NUMBER &&
	       s->sort != ORACLE_MONEY && s->sort != ORACLE_ENUM &&
	       s->sort != ORACLE_ORDERED_ENUM && s->sort != ORACLE_TIME;
}

static void ask_field(struct filters *f, const struct population *p,
		      const struct subject *s)
{
	struct cell operands[2];

	for (enum oracle_op op = 0; op < ORACLE_N_OPS; op++)
		for (size_t k = 0; k < N_OPERANDS && is_written(s, op); k++) {
			choose_operands(operands, p, s, k);
			cut_operand(f, s, &operands[0], op);
			ask_one(f, p, s, op, operands);
			if (op == ORACLE_IS_SET)
				break;
		}
}

static void run_comparisons(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject subjects[SUBJECTS_MAX];
	size_t n = subjects_of(subjects, p);

	for (size_t i = 0; i < n; i++)
		ask_field(f, p, &subjects[i]);
}

/* ------------------------------------------------------------------ refused */

/* What isn't filterable, and values that are none of the field's. */
static void run_refusals(struct filters *f, const struct entity *entity)
{
	const struct message *message = entity->message;
	struct subject subjects[SUBJECTS_MAX];
	size_t n = subjects_of(subjects, &f->p.of[entity->number]);
	struct buffer text;
	char words[160];

	for (size_t i = 0; i < n; i++) {
		if (subjects[i].sort == ORACLE_TEXT ||
		    subjects[i].sort == ORACLE_TEXTS)
			continue;
		snprintf(words, sizeof(words), "%s = \"such a thing!\"",
			 subjects[i].name);
		if (subjects[i].sort == ORACLE_HANDLES)
			snprintf(words, sizeof(words), "%s < 5",
				 subjects[i].name);
		text = text_of(words);
		expect_refused(f, entity, LIST_FILTER, &text);
	}
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		snprintf(words, sizeof(words), "%s:*", field->name);
		text = text_of(words);
		if (!(field->flags & FIELD_IS_FILTERABLE) &&
		    field->number != FIELD_ID)
			expect_refused(f, entity, LIST_FILTER, &text);
		else
			buffer_free(&text);
		text = text_of(field->name);
		if (!(field->flags & FIELD_IS_ORDERABLE) &&
		    field->number != FIELD_ID)
			expect_refused(f, entity, LIST_ORDER, &text);
		else
			buffer_free(&text);
	}
}

/* ------------------------------------------------------------------- joined */

static unsigned next_random(struct filters *f, size_t below)
{
	f->random = f->random * 1103515245U + 12345U;
	return f->random / 65536U % (unsigned)below;
}

struct sentence {
	struct buffer text;
	bool is_wanted[POPULATION_MAX];
};

static void say_random(struct sentence *out, struct filters *f,
		       const struct population *p,
		       const struct subject *subjects, size_t n)
{
	const struct subject *s = &subjects[next_random(f, n)];
	enum oracle_op op = next_random(f, ORACLE_N_OPS);
	struct cell operands[2];

	while (!oracle_fits(s, op))
		op = next_random(f, ORACLE_N_OPS);
	choose_operands(operands, p, s, next_random(f, N_OPERANDS));
	cut_operand(f, s, &operands[0], op);
	out->text = harness_buffer();
	oracle_write(&out->text, "", s, op, operands);
	for (size_t i = 0; i < p->n; i++)
		out->is_wanted[i] = oracle_holds(s, p->items[i], op, operands);
}

static bool and_or(bool a, bool b, bool c)
{
	return a && (b || c);
}

static bool or_and(bool a, bool b, bool c)
{
	return (a || b) && c;
}

static bool bracketed(bool a, bool b, bool c)
{
	return (a && b) || c;
}

static bool negated(bool a, bool b, bool c)
{
	return !a && !(b && c);
}

static bool side_by_side(bool a, bool b, bool c)
{
	return !a && b && c;
}

/* OR binds tighter than AND, a minus and NOT tightest, brackets as ever. */
static const struct shape {
	const char *words[4];
	bool (*holds)(bool a, bool b, bool c);
} shapes[] = {
	{ { "", " AND ", " OR ", "" }, and_or },
	{ { "", " OR ", " AND ", "" }, or_and },
	{ { "(", " AND ", ") OR ", "" }, bracketed },
	{ { "NOT ", " AND NOT (", " AND ", ")" }, negated },
	{ { "-", " ", " ", "" }, side_by_side },
};

static void run_joined(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject subjects[SUBJECTS_MAX];
	size_t n = subjects_of(subjects, p);

	for (size_t k = 0; k < N_JOINED; k++) {
		const struct shape *shape =
			&shapes[k % (sizeof(shapes) / sizeof(shapes[0]))];
		struct buffer filter = text_of(shape->words[0]);
		struct sentence said[3];
		bool is_wanted[POPULATION_MAX] = { false };

		for (size_t i = 0; i < 3; i++) {
			const char *behind = shape->words[i + 1];

			say_random(&said[i], f, p, subjects, n);
			buffer_append(&filter, said[i].text.at,
				      said[i].text.len);
			buffer_append(&filter, behind, strlen(behind));
			buffer_free(&said[i].text);
		}
		for (size_t i = 0; i < p->n; i++)
			is_wanted[i] = shape->holds(said[0].is_wanted[i],
						    said[1].is_wanted[i],
						    said[2].is_wanted[i]);
		expect_found(f, entity, &filter, is_wanted);
	}
}

/* ------------------------------------------------------- one reference away */

static const struct bytes *
find_item(const struct population *p, struct bytes id)
{
	for (size_t i = 0; i < p->n; i++) {
		struct bytes found = harness_part(p->items[i], FIELD_ID, 0);

		if (found.len == id.len && memcmp(found.at, id.at, id.len) == 0)
			return &p->items[i];
	}
	return NULL;
}

/* Of what a record refers to: one that fits is enough. */
static bool fits_beyond(struct filters *f, const struct subject *via,
			struct bytes record, const struct subject *s,
			enum oracle_op op, const struct cell *operands)
{
	const struct population *p = &f->p.of[s->entity->number];
	struct cell ids[CELLS_MAX];
	size_t n = oracle_cells(ids, via, record);

	bool is_false = s->custom_type && s->sort == ORACLE_BOOL &&
			op == ORACLE_EQUAL && !operands->i;
	bool has_fit = false;

	if (op == ORACLE_UNEQUAL)
		return !fits_beyond(f, via, record, s, ORACLE_EQUAL, operands);
	for (size_t i = 0; i < n; i++) {
		const struct bytes *item = find_item(p, ids[i].text);

		if (!item)
			continue;
		/* False where a firm added the field: true of none. */
		if (is_false && !oracle_holds(s, *item, op, operands))
			return false;
		has_fit = has_fit || oracle_holds(s, *item, op, operands);
	}
	return has_fit;
}

/* "company." of company_id and of company_ids. */
static void name_prefix(char out[80], const struct field *field)
{
	size_t len = strlen(field->name);

	if (len > 4 && strcmp(field->name + len - 4, "_ids") == 0)
		len -= 4;
	else if (len > 3 && strcmp(field->name + len - 3, "_id") == 0)
		len -= 3;
	snprintf(out, 80, "%.*s.", (int)len, field->name);
}

static void ask_beyond(struct filters *f, const struct population *p,
		       const struct subject *via, const struct subject *s,
		       unsigned turn)
{
	const struct population *beyond = &f->p.of[s->entity->number];
	enum oracle_op op = turn % ORACLE_N_OPS;
	struct buffer filter = harness_buffer();
	bool is_wanted[POPULATION_MAX] = { false };
	struct cell operands[2];
	char prefix[80];

	while (!oracle_fits(s, op))
		op = (op + 1) % ORACLE_N_OPS;
	choose_operands(operands, beyond, s, turn % N_OPERANDS);
	cut_operand(f, s, &operands[0], op);
	name_prefix(prefix, via->field);
	oracle_write(&filter, prefix, s, op, operands);
	for (size_t i = 0; i < p->n; i++)
		is_wanted[i] =
			fits_beyond(f, via, p->items[i], s, op, operands);
	expect_found(f, p->entity, &filter, is_wanted);
}

static void run_beyond(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject vias[SUBJECTS_MAX], subjects[SUBJECTS_MAX];
	size_t n_vias = subjects_of(vias, p);
	unsigned turn = entity->number;

	for (size_t v = 0; v < n_vias; v++) {
		const struct entity *target = vias[v].field->reference;
		size_t n;

		if (!target)
			continue;
		n = subjects_of(subjects, &f->p.of[target->number]);
		for (size_t i = 0; i < n; i++)
			for (int k = 0; k < 2; k++)
				ask_beyond(f, p, &vias[v], &subjects[i],
					   turn += 5);
	}
}

/* ------------------------------------------------------------------- orders */

struct sorted {
	struct bytes item;
	const struct subject *by[2];
	bool is_descending[2];
	size_t n_by;
};

static int by_value(const struct subject *s, struct bytes a, struct bytes b)
{
	static const struct cell nothing;
	struct cell left[CELLS_MAX], right[CELLS_MAX];
	size_t n_left = oracle_cells(left, s, a);
	size_t n_right = oracle_cells(right, s, b);

	return oracle_compare(s, n_left ? left : &nothing,
			      n_right ? right : &nothing);
}

static int compare_sorted(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	struct uuid left = id_of(x->item), right = id_of(y->item);
	int order = 0;

	for (size_t i = 0; i < x->n_by && order == 0; i++) {
		order = by_value(x->by[i], x->item, y->item);
		order = x->is_descending[i] ? -order : order;
	}
	if (order != 0)
		return order;
	order = uuid_compare(&left, &right);
	return x->is_descending[x->n_by - 1] ? -order : order;
}

static void ask_order(struct filters *f, const struct population *p,
		      const struct sorted *wanted)
{
	struct sorted sorted[POPULATION_MAX];
	const struct harness_reply *reply;
	struct buffer order = harness_buffer();

	for (size_t i = 0; i < wanted->n_by; i++) {
		char words[120];
		int len = snprintf(words, sizeof(words), "%s%s%s",
				   i > 0 ? ", " : "", wanted->by[i]->name,
				   wanted->is_descending[i] ? " desc" : "");

		buffer_append(&order, words, (size_t)len);
	}
	for (size_t i = 0; i < p->n; i++) {
		sorted[i] = *wanted;
		sorted[i].item = p->items[i];
	}
	qsort(sorted, p->n, sizeof(sorted[0]), compare_sorted);
	reply = list(f, p->entity, LIST_ORDER, &order);
	every_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < p->n; i++) {
		struct uuid id = id_of(sorted[i].item);
		size_t at;

		if (!has_item(reply, &id, &at) || at != i)
			fail_msg("%s by %.*s: place %zu", p->entity->name,
				 (int)order.len, (const char *)order.at, i);
	}
	buffer_free(&order);
}

static void run_orders(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject by[SUBJECTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < entity->message->n_fields; i++) {
		const struct field *field = &entity->message->fields[i];

		if (field->flags & FIELD_IS_ORDERABLE ||
		    field->number == FIELD_ID)
			by[n++] = subject_of(entity, field);
	}
	for (size_t i = 0; i < n; i++)
		for (int down = 0; down < 2; down++) {
			struct sorted one = { .by = { &by[i] },
					      .is_descending = { down },
					      .n_by = 1 };

			ask_order(f, p, &one);
			one.by[1] = &by[(i + 1) % n];
			one.is_descending[1] = !down;
			one.n_by = n > 1 && by[i].field->number != FIELD_ID ? 2
									    : 1;
			ask_order(f, p, &one);
		}
}

/* --------------------------------------------------------------------- main */

static void
runs(void **state, void (*run)(struct filters *, const struct entity *))
{
	struct filters *f = *state;

	for (size_t i = 0; i < schema_n_entities; i++)
		run(f, schema_entities[i]);
}

static void each_comparator_on_each_field(void **state)
{
	runs(state, run_comparisons);
}

static void wrong_ones_are_refused(void **state)
{
	runs(state, run_refusals);
}

static void joined_as_the_grammar_has_it(void **state)
{
	runs(state, run_joined);
}

static void each_field_one_reference_away(void **state)
{
	runs(state, run_beyond);
}

static void each_order(void **state)
{
	runs(state, run_orders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_comparator_on_each_field),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(joined_as_the_grammar_has_it),
		cmocka_unit_test(each_field_one_reference_away),
		cmocka_unit_test(each_order),
	};

	return cmocka_run_group_tests(tests, open_filters, close_filters);
}
