/*
 * page_token: what a token carries, the list that it is bound to, and what is
 * made of damaged and forged ones.
 */
#include "app/page_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

enum { OWN_MEMORY = 1 << 20 };

static int start(void **state)
{
	static struct arena arena;

	if (sodium_init() < 0)
		return -1;
	arena_init(&arena, &allocator_libc, OWN_MEMORY);
	*state = &arena;
	return 0;
}

static int stop(void **state)
{
	arena_free(*state);
	return 0;
}

static struct bytes text(const char *words)
{
	return (struct bytes){ (const uint8_t *)words, strlen(words) };
}

static const struct entity *kind(const char *name)
{
	return schema_entity_named(name, strlen(name));
}

static const struct field *
field_of(const struct entity *entity, const char *name)
{
	const struct field *field =
		message_field_named(entity->message, name, strlen(name));

	assert_non_null(field);
	return field;
}

static struct page_list
list_of(const struct entity *entity, const struct query_order *order, size_t n)
{
	return (struct page_list){
		.epoch = { { 1 } },
		.caller = { { 2 } },
		.kind = entity->number,
		.filter = text("a"),
		.order_by = text("b"),
		.order = order,
		.n_order = n,
	};
}

static bool
reads(struct page_end *out, const struct page_list *list, const char *token)
{
	return page_token_read(out, list, text(token));
}

/* ------------------------------------------------------------- what it has */

static void values_come_back(void **state)
{
	const struct entity *deal = kind("deal");
	const struct query_order order[] = {
		{ .field = field_of(deal, "display_name") },
		{ .field = field_of(deal, "create_time") },
		{ .field = field_of(deal, "id"), .is_descending = true },
	};
	const struct page_list list = list_of(deal, order, 3);
	struct row *row = row_new(*state, deal);
	struct page_end end, read;
	char token[PAGE_TOKEN_TEXT_MAX];

	assert_non_null(row);
	row->id.at[3] = 7;
	row->created_us = -123456789;
	row_value(row, order[0].field->number)->bytes = text("Дом \"A\"");
	assert_true(page_end_set(&end, &list, row));
	page_token_write(token, &list, &end);
	assert_true(reads(&read, &list, token));
	assert_memory_equal(&read.id, &row->id, sizeof(row->id));
	assert_int_equal(read.values[0].bytes.len, strlen("Дом \"A\""));
	assert_memory_equal(read.values[0].bytes.at, "Дом \"A\"",
			    read.values[0].bytes.len);
	assert_true(read.values[1].i == -123456789);
	assert_int_equal(read.values[2].bytes.len, 16);
	assert_memory_equal(read.values[2].bytes.at, &row->id, 16);
}

static void what_is_not_set_comes_back(void **state)
{
	const struct entity *deal = kind("deal");
	const struct query_order order[] = {
		{ .field = field_of(deal, "display_name") },
		{ .field = field_of(deal, "update_time") },
		{ .field = field_of(deal, "owner_id") },
	};
	const struct page_list list = list_of(deal, order, 3);
	struct row *row = row_new(*state, deal);
	struct page_end end, read;
	char token[PAGE_TOKEN_TEXT_MAX];

	assert_non_null(row);
	assert_true(page_end_set(&end, &list, row));
	page_token_write(token, &list, &end);
	assert_true(reads(&read, &list, token));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(read.values[i].bytes.len, 0);
		assert_true(read.values[i].i == 0);
	}
}

/* A list of ids has the short token that it always had. */
static void without_an_order_it_is_short(void **state)
{
	const struct page_list list = list_of(kind("note"), NULL, 0);
	struct row *row = row_new(*state, kind("note"));
	struct page_end end, read;
	char token[PAGE_TOKEN_TEXT_MAX];

	assert_non_null(row);
	assert_true(page_end_set(&end, &list, row));
	page_token_write(token, &list, &end);
	assert_int_equal(strlen(token), 43);
	assert_true(reads(&read, &list, token));
}

/* The longest orderable field of those that aren't taken; NULL: none. */
static const struct field *longest_of_rest(const struct entity *entity,
					   const struct field *const *taken,
					   size_t n_taken)
{
	const struct field *longest = NULL;

	for (size_t i = 0; i < entity->message->n_fields; i++) {
		const struct field *field = &entity->message->fields[i];
		bool is_taken = !(field->flags & FIELD_IS_ORDERABLE);

		for (size_t k = 0; k < n_taken; k++)
			is_taken = is_taken || taken[k] == field;
		if (!is_taken &&
		    (!longest || field->max_bytes > longest->max_bytes))
			longest = field;
	}
	return longest;
}

/* Whatever a kind may be ordered by, its longest values fit. */
static void each_kind_fits(void **state)
{
	static char long_text[PAGE_VALUES_MAX];

	memset(long_text, 'x', sizeof(long_text));
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		const struct field *fields[QUERY_ORDER_MAX];
		struct query_order order[QUERY_ORDER_MAX];
		struct row *row = row_new(*state, entity);
		struct page_end end, read;
		struct page_list list;
		char token[PAGE_TOKEN_TEXT_MAX];
		size_t n = 0;

		assert_non_null(row);
		while (n < QUERY_ORDER_MAX &&
		       (fields[n] = longest_of_rest(entity, fields, n)))
			n++;
		for (size_t f = 0; f < n; f++) {
			struct value *value = row_value(row, fields[f]->number);

			order[f] = (struct query_order){ .field = fields[f] };
			if (value && fields[f]->max_bytes > 0)
				value->bytes = (struct bytes){
					(uint8_t *)long_text,
					fields[f]->max_bytes,
				};
		}
		list = list_of(entity, order, n);
		if (!page_end_set(&end, &list, row))
			fail_msg("%s doesn't fit", entity->name);
		page_token_write(token, &list, &end);
		assert_true(strlen(token) < PAGE_TOKEN_TEXT_MAX);
		assert_true(reads(&read, &list, token));
		assert_int_equal(read.len, end.len);
		arena_reset(*state);
	}
}

static void too_long_is_told(void **state)
{
	static char long_text[1000];
	struct query_order order[QUERY_ORDER_MAX];
	struct row *row = row_new(*state, kind("note"));
	const struct field *field = field_of(kind("note"), "text");
	struct page_end end;
	struct page_list list;

	assert_non_null(row);
	for (size_t i = 0; i < QUERY_ORDER_MAX; i++)
		order[i] = (struct query_order){ .field = field };
	row_value(row, field->number)->bytes =
		(struct bytes){ (uint8_t *)long_text, sizeof(long_text) };
	list = list_of(kind("note"), order, 3);
	assert_true(page_end_set(&end, &list, row));
	list.n_order = 4;
	assert_false(page_end_set(&end, &list, row));
}

/* ---------------------------------------------------------------- its list */

static void it_is_of_one_list(void **state)
{
	const struct page_list list = list_of(kind("note"), NULL, 0);
	struct row *row = row_new(*state, kind("note"));
	struct page_list others[8];
	struct page_end end, read;
	char token[PAGE_TOKEN_TEXT_MAX];

	assert_non_null(row);
	assert_true(page_end_set(&end, &list, row));
	page_token_write(token, &list, &end);
	for (size_t i = 0; i < 8; i++)
		others[i] = list;
	others[0].epoch.at[15] ^= 1;
	others[1].caller.at[15] ^= 1;
	others[2].kind ^= 1;
	others[3].with_deleted = true;
	others[4].filter = text("A");
	others[5].order_by = text("");
	others[6].filter = text("ab");
	others[6].order_by = text("");
	others[7].filter = text("");
	others[7].order_by = text("ab");
	assert_true(reads(&read, &list, token));
	for (size_t i = 0; i < 8; i++)
		if (reads(&read, &others[i], token))
			fail_msg("the token of another list: %zu", i);
}

static void damage_is_seen(void **state)
{
	const struct entity *deal = kind("deal");
	const struct query_order order[] = {
		{ .field = field_of(deal, "display_name") },
	};
	const struct page_list list = list_of(deal, order, 1);
	struct row *row = row_new(*state, deal);
	struct page_end end, read;
	char token[PAGE_TOKEN_TEXT_MAX], bad[PAGE_TOKEN_TEXT_MAX];
	size_t len;

	assert_non_null(row);
	row_value(row, order[0].field->number)->bytes = text("name");
	assert_true(page_end_set(&end, &list, row));
	page_token_write(token, &list, &end);
	len = strlen(token);
	for (size_t i = 0; i < len; i++) {
		memcpy(bad, token, len + 1);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_false(reads(&read, &list, bad));
		memcpy(bad, token, len + 1);
		bad[i] = 0;
		assert_false(reads(&read, &list, bad));
	}
	memset(bad, 'A', sizeof(bad) - 1);
	bad[sizeof(bad) - 1] = 0;
	assert_false(reads(&read, &list, bad));
	assert_false(reads(&read, &list, "no token, but words"));
}

/* The check is no secret: what a forger packs is looked at all the same. */
static void forged_values_are_refused(void **state)
{
	static const struct field number = { .number = 10,
					     .type = FIELD_DOUBLE };
	static const struct field name = { .number = 11, .type = FIELD_STRING };
	static const struct field target = { .number = 12, .type = FIELD_UUID };
	const struct {
		const struct field *field;
		size_t len;
		uint8_t packed[20];
	} forged[] = {
		{ &number, 0, { 0 } },
		{ &number, 7, { 0 } },
		{ &number, 9, { 0 } },
		{ &number, 8, { 0x7f, 0xf8 } },	   /* NaN */
		{ &number, 8, { 0xff, 0xf0 } },	   /* -inf */
		{ &name, 1, { 0 } },		   /* half a length */
		{ &name, 3, { 0, 2, 'x' } },	   /* longer than there is */
		{ &name, 4, { 0, 1, 'x', 'y' } },  /* more than there is */
		{ &name, 4, { 0xff, 0xff, 'x' } }, /* far out */
		{ &target, 17, { 0, 15 } },	   /* no id */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		const struct query_order order = { .field = forged[i].field };
		const struct page_list list = list_of(kind("note"), &order, 1);
		struct page_end end = { .len = forged[i].len }, read;
		char token[PAGE_TOKEN_TEXT_MAX];

		memcpy(end.packed, forged[i].packed, forged[i].len);
		page_token_write(token, &list, &end);
		if (reads(&read, &list, token))
			fail_msg("forged token %zu is taken", i);
	}
}

/* A value that says to be longer than the token must not lead out of it. */
static void no_value_leads_out(void **state)
{
	static const struct field name = { .number = 11, .type = FIELD_STRING };
	const struct query_order order[] = { { .field = &name },
					     { .field = &name } };
	const struct page_list list = list_of(kind("note"), order, 2);
	char token[PAGE_TOKEN_TEXT_MAX];

	(void)state;
	for (unsigned len = 0; len <= UINT16_MAX; len += len < 9 ? 1 : 509) {
		struct page_end end = { .len = 4 }, read;

		end.packed[0] = (uint8_t)(len >> 8);
		end.packed[1] = (uint8_t)len;
		page_token_write(token, &list, &end);
		assert_int_equal(reads(&read, &list, token), len == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(what_is_not_set_comes_back),
		cmocka_unit_test(without_an_order_it_is_short),
		cmocka_unit_test(each_kind_fits),
		cmocka_unit_test(too_long_is_told),
		cmocka_unit_test(it_is_of_one_list),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(forged_values_are_refused),
		cmocka_unit_test(no_value_leads_out),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
