/*
 * Orders of every kind: each orderable field in both directions, alone and with
 * another, compared with sorting the records. Out of the tables: no line per
 * kind.
 */
#include "kind_filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	struct uuid left = filters_id_of(x->item),
		    right = filters_id_of(y->item);
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
	reply = filters_list(f, p->entity, LIST_ORDER, &order);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < p->n; i++) {
		struct uuid id = filters_id_of(sorted[i].item);
		size_t at;

		if (!filters_has(reply, &id, &at) || at != i)
			fail_msg("%s by %.*s: place %zu", p->entity->name,
				 (int)order.len, (const char *)order.at, i);
	}
	buffer_free(&order);
}

static void run_orders(struct filters *f, const struct entity *entity)
{
	const struct population *p = &f->p.of[entity->number];
	struct subject by[FILTERS_SUBJECTS_MAX];
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

static void each_order(void **state)
{
	filters_run(state, run_orders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_order),
	};

	return cmocka_run_group_tests(tests, filters_open, filters_close);
}
