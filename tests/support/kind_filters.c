/*
 * Questions to lists of every kind: see kind_filters.h.
 */
#include "kind_filters.h"

#include "model/wire.h"
#include "store/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N_RECORDS = 26 };

int filters_open(void **state)
{
	static struct filters filters;
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

int filters_close(void **state)
{
	struct filters *f = *state;
	void *firm = f->firm;

	print_message("%zu questions, %zu records found, %zu refused\n",
		      f->n_asked, f->n_found, f->n_refused);
	populations_free(&f->p);
	return every_close(&firm);
}

/* ------------------------------------------------------------------- asking */

const struct harness_reply *
filters_list(struct filters *f, const struct entity *entity, uint32_t number,
	     const struct buffer *text)
{
	struct buffer request = harness_buffer();

	wire_put_scalar(&request, 1, 1000);
	wire_put_bytes(&request, number, text->at, text->len);
	f->n_asked++;
	return every_call(f->firm, entity, METHOD_LIST, &request);
}

struct uuid filters_id_of(struct bytes item)
{
	return harness_uuid(item, FIELD_ID);
}

bool filters_has(const struct harness_reply *reply, const struct uuid *id,
		 size_t *at)
{
	struct bytes item;

	for (*at = 0; (item = harness_part(reply->message, 1, *at)).at; ++*at) {
		struct uuid found = filters_id_of(item);

		if (uuid_compare(&found, id) == 0)
			return true;
	}
	return false;
}

void filters_expect(struct filters *f, const struct entity *entity,
		    struct buffer *filter, const bool *is_wanted)
{
	const struct population *of = &f->p.of[entity->number];
	const struct harness_reply *reply =
		filters_list(f, entity, LIST_FILTER, filter);

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %.*s: %s", entity->name, (int)filter->len,
			 (const char *)filter->at, reply->text);
	for (size_t i = 0; i < of->n; i++) {
		struct uuid id = filters_id_of(of->items[i]);
		size_t at;

		if (filters_has(reply, &id, &at) != is_wanted[i])
			fail_msg("%s: %.*s: record %zu %s", entity->name,
				 (int)filter->len, (const char *)filter->at, i,
				 is_wanted[i] ? "is missing" : "is there");
		f->n_found += is_wanted[i];
	}
	buffer_free(filter);
}

void filters_expect_refused(struct filters *f, const struct entity *entity,
			    uint32_t number, struct buffer *text)
{
	const struct harness_reply *reply =
		filters_list(f, entity, number, text);
	char field[96];

	harness_violation(field, reply);
	if (reply->code != OUTRIDER_INVALID_ARGUMENT ||
	    strcmp(field, number == LIST_FILTER ? "filter" : "order_by") != 0)
		fail_msg("%s: %.*s: %s %s", entity->name, (int)text->len,
			 (const char *)text->at, code_name(reply->code), field);
	f->n_refused++;
	buffer_free(text);
}

/* ----------------------------------------------------------------- subjects */

size_t filters_subjects(struct subject out[FILTERS_SUBJECTS_MAX],
			const struct population *p)
{
	const struct message *message = p->entity->message;
	size_t n = 0;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		if (!(field->flags & FIELD_IS_FILTERABLE) &&
		    field->number != FIELD_ID &&
		    field->number < FIELD_FIRST_OWN)
			continue;
		if (!(field->flags & FIELD_IS_CUSTOM)) {
			assert_true(n < FILTERS_SUBJECTS_MAX);
			out[n++] = subject_of(p->entity, field);
			continue;
		}
		for (int type = 1; type <= POPULATION_CUSTOM; type++) {
			assert_true(n < FILTERS_SUBJECTS_MAX);
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

void filters_choose(struct cell out[2], const struct population *p,
		    const struct subject *s, size_t k)
{
	out[0] = value_from(p, s, k * 7 + 1);
	out[1] = value_from(p, s, k * 11 + 4);
	if (k == FILTERS_N_OPERANDS - 1) {
		out[0] = stranger(s);
		if (s->sort == ORACLE_HANDLES)
			out[0].i = handle_of(s);
	}
}

void filters_cut(struct filters *f, const struct subject *s, struct cell *cell,
		 enum oracle_op op)
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

void filters_run(void **state,
		 void (*run)(struct filters *, const struct entity *))
{
	struct filters *f = *state;

	for (size_t i = 0; i < schema_n_entities; i++)
		run(f, schema_entities[i]);
}
