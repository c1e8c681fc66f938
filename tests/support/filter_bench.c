/*
 * Answers to filters: see filter_bench.h.
 */
#include "filter_bench.h"

#include "condition_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMORY = 4 << 20, TEXT_MAX = 1 << 16 };

static const struct uuid somebody = { { 1, 2, 3 } };

void filter_show_all(struct filter_test *t)
{
	for (size_t i = 0; i < schema_n_entities; i++)
		t->kinds[i] = (struct kind_rights){ .may_read = true };
}

int filter_open(void **state)
{
	static struct filter_test test;
	struct filter_test *t = &test;

	arena_init(&t->arena, &allocator_libc, MEMORY);
	t->kinds = calloc(schema_n_entities, sizeof(*t->kinds));
	assert_non_null(t->kinds);
	filter_show_all(t);
	t->rights = (struct rights){ .kinds = t->kinds };
	t->principal = (struct principal){
		.user = somebody,
		.owner = somebody,
		.rank = RANK_ADMINISTRATOR,
		.rights = &t->rights,
	};
	t->context = (struct filter_context){
		.principal = &t->principal,
		.arena = &t->arena,
		.now_us = FILTER_NOW_US,
		.region = "UA",
	};
	*state = t;
	return 0;
}

int filter_close(void **state)
{
	struct filter_test *t = *state;

	arena_free(&t->arena);
	free(t->kinds);
	return 0;
}

const struct entity *filter_kind(const char *name)
{
	const struct entity *entity = schema_entity_named(name, strlen(name));

	assert_non_null(entity);
	return entity;
}

struct kind_rights *
filter_rights_of(struct filter_test *t, const struct entity *entity)
{
	for (size_t i = 0; i < schema_n_entities; i++)
		if (schema_entities[i] == entity)
			return &t->kinds[i];
	fail_msg("%s is no kind", entity->name);
	return NULL;
}

struct bytes filter_bytes(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* The condition printed, or the message; both live until the next call. */
const char *filter_answer(struct filter_test *t, const struct entity *entity,
			  struct bytes text)
{
	static char printed[TEXT_MAX];
	struct condition *condition;

	arena_reset(&t->arena);
	t->context.entity = entity;
	if (filter_read(&condition, &t->context, text, &t->err) ==
	    OUTRIDER_OK) {
		assert_int_equal(t->err.code, OUTRIDER_OK);
		condition_text(printed, sizeof(printed), condition);
		return printed;
	}
	assert_null(condition);
	assert_int_equal(t->err.code, OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(t->err.field, "filter");
	return t->err.text;
}

const char *filter_order_answer(struct filter_test *t,
				const struct entity *entity, struct bytes text)
{
	static char printed[TEXT_MAX];
	struct query_order order[QUERY_ORDER_MAX];
	size_t n, len = 0;

	arena_reset(&t->arena);
	t->context.entity = entity;
	printed[0] = 0;
	if (order_read(order, &n, &t->context, text, &t->err) != OUTRIDER_OK) {
		assert_int_equal(t->err.code, OUTRIDER_INVALID_ARGUMENT);
		assert_string_equal(t->err.field, "order_by");
		return t->err.text;
	}
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
			printed + len, sizeof(printed) - len, "%s%s%s",
			i > 0 ? ", " : "", order[i].field->name,
			order[i].is_descending ? " down" : " up");
	return printed;
}

void filter_check_rows(struct filter_test *t, const struct filter_row *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *said = filter_answer(t, filter_kind(rows[i].kind),
						 filter_bytes(rows[i].text));

		if (strcmp(said, rows[i].answer) != 0)
			fail_msg("%s: %s\n  %s\n  is not\n  %s", rows[i].kind,
				 rows[i].text, said, rows[i].answer);
	}
}
