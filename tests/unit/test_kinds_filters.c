/*
 * Filters of every kind: each filterable field with each comparator, by itself,
 * joined, and one reference away. What the server finds is compared with what
 * going through the records finds. Out of the tables: no line per kind.
 */
#include "kind_filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_JOINED = 24 }; /* sentences of a kind */

static struct buffer text_of(const char *text)
{
	struct buffer out = harness_buffer();

	buffer_append(&out, text, strlen(text));
	return out;
}

/* -------------------------------------------------------------------- money */

/* "12.30 EUR" is an amount and a currency. */
static void ask_money(struct filters *f, const struct population *p,
		      const struct subject *s, enum oracle_op op,
		      const char *currency)
{
	static const char *const signs[] = { " = ",  " != ", " < ",
					     " <= ", " > ",  " >= " };
	const struct field *field = message_field_named(
		p->entity->message, "currency_code", strlen("currency_code"));
	const struct subject of = subject_of(p->entity, field);
	const struct cell code = {
		.text = { (const uint8_t *)currency, strlen(currency) },
	};
	bool is_wanted[POPULATION_MAX] = { false };
	struct buffer filter;
	struct cell operands[2];
	char words[160];
	long long minor;

	filters_choose(operands, p, s, (size_t)op % 2);
	for (size_t i = 0; i < p->n; i++) {
		bool fits =
			oracle_holds(s, p->items[i],
				     op == ORACLE_UNEQUAL ? ORACLE_EQUAL : op,
				     operands) &&
			oracle_holds(&of, p->items[i], ORACLE_EQUAL, &code);

		is_wanted[i] = fits != (op == ORACLE_UNEQUAL);
	}
	minor = llabs(operands[0].i);
	snprintf(words, sizeof(words), "%s%s\"%s%lld.%02lld %s\"", s->name,
		 signs[op], operands[0].i < 0 ? "-" : "", minor / 100,
		 minor % 100, currency);
	filter = text_of(words);
	filters_expect(f, p->entity, &filter, is_wanted);
}

static void run_money(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject subjects[FILTERS_SUBJECTS_MAX];
	size_t n = filters_subjects(subjects, p);

	for (size_t i = 0; i < n; i++)
		for (enum oracle_op op = ORACLE_EQUAL;
		     op <= ORACLE_GREATER_EQUAL &&
		     subjects[i].sort == ORACLE_MONEY &&
		     !subjects[i].is_set_only;
		     op++) {
			ask_money(f, p, &subjects[i], op, "EUR");
			ask_money(f, p, &subjects[i], op, "USD");
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
		filters_expect_refused(f, p->entity, LIST_FILTER, &filter);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		is_wanted[i] = oracle_holds(s, p->items[i], op, operands);
	filters_expect(f, p->entity, &filter, is_wanted);
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
		for (size_t k = 0; k < FILTERS_N_OPERANDS && is_written(s, op);
		     k++) {
			filters_choose(operands, p, s, k);
			filters_cut(f, s, &operands[0], op);
			ask_one(f, p, s, op, operands);
			if (op == ORACLE_IS_SET)
				break;
		}
}

static void run_comparisons(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject subjects[FILTERS_SUBJECTS_MAX];
	size_t n = filters_subjects(subjects, p);

	for (size_t i = 0; i < n; i++)
		ask_field(f, p, &subjects[i]);
}

/* ------------------------------------------------------------------ refused */

/* What isn't filterable, and values that are none of the field's. */
static void run_refusals(struct filters *f, const struct entity *entity)
{
	const struct message *message = entity->message;
	struct subject subjects[FILTERS_SUBJECTS_MAX];
	size_t n = filters_subjects(subjects, &f->p.of[entity->number]);
	struct buffer text;
	char words[160];

	for (size_t i = 0; i < n; i++) {
		if (!subjects[i].is_set_only &&
		    (subjects[i].sort == ORACLE_TEXT ||
		     subjects[i].sort == ORACLE_TEXTS))
			continue;
		snprintf(words, sizeof(words), "%s = \"such a thing!\"",
			 subjects[i].name);
		if (subjects[i].sort == ORACLE_HANDLES)
			snprintf(words, sizeof(words), "%s < 5",
				 subjects[i].name);
		text = text_of(words);
		filters_expect_refused(f, entity, LIST_FILTER, &text);
	}
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		snprintf(words, sizeof(words), "%s:*", field->name);
		text = text_of(words);
		if (!(field->flags & FIELD_IS_FILTERABLE) &&
		    field->number != FIELD_ID &&
		    field->number < FIELD_FIRST_OWN)
			filters_expect_refused(f, entity, LIST_FILTER, &text);
		else
			buffer_free(&text);
		text = text_of(field->name);
		if (!(field->flags & FIELD_IS_ORDERABLE) &&
		    field->number != FIELD_ID)
			filters_expect_refused(f, entity, LIST_ORDER, &text);
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
	filters_choose(operands, p, s, next_random(f, FILTERS_N_OPERANDS));
	filters_cut(f, s, &operands[0], op);
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
	struct subject subjects[FILTERS_SUBJECTS_MAX];
	size_t n = filters_subjects(subjects, p);

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
		filters_expect(f, entity, &filter, is_wanted);
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
	filters_choose(operands, beyond, s, turn % FILTERS_N_OPERANDS);
	filters_cut(f, s, &operands[0], op);
	name_prefix(prefix, via->field);
	oracle_write(&filter, prefix, s, op, operands);
	for (size_t i = 0; i < p->n; i++)
		is_wanted[i] =
			fits_beyond(f, via, p->items[i], s, op, operands);
	filters_expect(f, p->entity, &filter, is_wanted);
}

static void run_beyond(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject vias[FILTERS_SUBJECTS_MAX],
		subjects[FILTERS_SUBJECTS_MAX];
	size_t n_vias = filters_subjects(vias, p);
	unsigned turn = entity->number;

	for (size_t v = 0; v < n_vias; v++) {
		const struct entity *target = vias[v].field->reference;
		size_t n;

		if (!target || vias[v].is_set_only)
			continue;
		n = filters_subjects(subjects, &f->p.of[target->number]);
		for (size_t i = 0; i < n; i++)
			for (int k = 0; k < 2; k++)
				ask_beyond(f, p, &vias[v], &subjects[i],
					   turn += 5);
	}
}

/* --------------------------------------------------------------------- main */

static void each_comparator_on_each_field(void **state)
{
	filters_run(state, run_comparisons);
}

static void each_amount_in_its_currency(void **state)
{
	filters_run(state, run_money);
}

static void wrong_ones_are_refused(void **state)
{
	filters_run(state, run_refusals);
}

static void joined_as_the_grammar_has_it(void **state)
{
	filters_run(state, run_joined);
}

static void each_field_one_reference_away(void **state)
{
	filters_run(state, run_beyond);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_comparator_on_each_field),
		cmocka_unit_test(each_amount_in_its_currency),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(joined_as_the_grammar_has_it),
		cmocka_unit_test(each_field_one_reference_away),
	};

	return cmocka_run_group_tests(tests, filters_open, filters_close);
}
