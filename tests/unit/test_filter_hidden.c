/*
 * filter: what the caller may not see is answered like what does not exist,
 * byte for byte.
 */
#include "filter_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ------------------------------------------------------------------- hidden */

/*
 * A kind without one of its fields. Access is asked as if it were the kind
 * itself: the linker wraps the question (tests/unit/filter.cmake).
 */
static struct {
	struct field fields[128];
	struct message message;
	struct entity entity;
	const struct entity *original;
} lacking;

bool __real_access_knows_field(const struct principal *principal,
			       const struct entity *entity,
			       const struct field *field);
bool __wrap_access_knows_field(const struct principal *principal,
			       const struct entity *entity,
			       const struct field *field);

bool __wrap_access_knows_field(const struct principal *principal,
			       const struct entity *entity,
			       const struct field *field)
{
	return __real_access_knows_field(
		principal,
		entity == &lacking.entity ? lacking.original : entity, field);
}

static const struct entity *
take_out(const struct entity *entity, const struct field *out)
{
	size_t n = 0;

	for (size_t i = 0; i < entity->message->n_fields; i++)
		if (&entity->message->fields[i] != out)
			lacking.fields[n++] = entity->message->fields[i];
	lacking.message = *entity->message;
	lacking.message.fields = lacking.fields;
	lacking.message.n_fields = n;
	lacking.entity = *entity;
	lacking.entity.message = &lacking.message;
	lacking.original = entity;
	return &lacking.entity;
}

typedef const char *answer_fn(struct filter_test *t,
			      const struct entity *entity, struct bytes text);

/* A hidden field, and one that isn't there. */
static void expect_alike(struct filter_test *t, const struct entity *entity,
			 const struct field *field, answer_fn *say,
			 const char *text)
{
	struct kind_rights *rights = filter_rights_of(t, entity);
	char hidden[sizeof(t->err.text)];

	field_set_add(&rights->hidden, field->number);
	snprintf(hidden, sizeof(hidden), "%s",
		 say(t, entity, filter_bytes(text)));
	assert_int_equal(t->err.code, OUTRIDER_INVALID_ARGUMENT);
	filter_show_all(t);
	assert_string_equal(say(t, take_out(entity, field), filter_bytes(text)),
			    hidden);
}

static const struct field *
money_beside(const struct entity *entity, const struct field *field)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (&entity->fields[i] != field &&
		    entity->fields[i].flags & FIELD_IS_MONEY)
			return &entity->fields[i];
	return NULL;
}

/* Each @ of the pattern is the name. */
static void
put_name(char *out, size_t size, const char *pattern, const char *name)
{
	size_t len = 0;

	for (; *pattern; pattern++)
		len += (size_t)snprintf(out + len, size - len, "%.*s",
					*pattern == '@' ? (int)strlen(name) : 1,
					*pattern == '@' ? name : pattern);
}

static void hide_from(struct filter_test *t, const struct entity *entity,
		      const struct field *field, answer_fn *say,
		      const char *pattern, const char *name)
{
	char text[256];

	put_name(text, sizeof(text), pattern, name);
	expect_alike(t, entity, field, say, text);
}

static void hide_one(struct filter_test *t, const struct entity *entity,
		     const struct field *field)
{
	static const char *const filters[] = {
		"@",	   "@ = 1",	     "@ < now",	 "@:*",
		"@ = ",	   "@ in (",	     "@(1)",	 "NOT @ != \"*a*b\"",
		"-@:\"\"", "@.id = 1",	     "@ = true", "id:* AND @ = 1",
		"x@ = 1",  "@.custom.x = 1",
	};
	static const char *const orders[] = { "@", "@ desc", "id, @", "@, @",
					      "x@" };
	const struct field *money = money_beside(entity, field);
	const char *name = field->name;
	size_t stem = strlen(name);
	char short_name[64];

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		hide_from(t, entity, field, filter_answer, filters[i], name);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		hide_from(t, entity, field, filter_order_answer, orders[i],
			  name);
	if (stem > 3 && strcmp(name + stem - 3, "_id") == 0) {
		snprintf(short_name, sizeof(short_name), "%.*s", (int)stem - 3,
			 name);
		hide_from(t, entity, field, filter_answer, "@.id = " FILTER_ID,
			  short_name);
	}
	if (money && strcmp(name, "currency_code") == 0)
		hide_from(t, entity, field, filter_answer, "@ > \"5 EUR\"",
			  money->name);
}

static void hidden_fields_are_like_none(void **state)
{
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];

		for (size_t j = 0; j < entity->n_fields; j++)
			hide_one(*state, entity, &entity->fields[j]);
	}
}

/* One reference away: the field, and the whole kind. */
static void hidden_ones_far_away_are_like_none(void **state)
{
	struct filter_test *t = *state;
	const struct entity *product = filter_kind("product"),
			    *price = filter_kind("price");
	const struct field *cost =
		message_field_named(product->message, "cost_minor", 10);

	assert_string_equal(
		filter_answer(t, price, filter_bytes("product.cost_minor > 5")),
		"product_id>cost_minor > 5");
	field_set_add(&filter_rights_of(t, product)->hidden, cost->number);
	assert_string_equal(
		filter_answer(t, price, filter_bytes("product.cost_minor > 5")),
		"at 9: there is no field \"cost_minor\" in product. "
		"Filterable: display_name, sku, category, currency_code, "
		"is_archived, external_keys, custom.KEY, id, create_time, "
		"update_time, owner_id, team_id");
	filter_rights_of(t, product)->may_read = false;
	assert_string_equal(
		filter_answer(t, filter_kind("team"),
			      filter_bytes("product.sku = 5")),
		"at 1: there is no field \"product\" in team. Filterable: "
		"display_name, parent_id, id, create_time, update_time, "
		"owner_id, team_id");
	assert_non_null(strstr(
		filter_answer(t, price, filter_bytes("product.cost_minor > 5")),
		"at 1: there is no field \"product\" in price"));
	filter_show_all(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_fields_are_like_none),
		cmocka_unit_test(hidden_ones_far_away_are_like_none),
	};

	return cmocka_run_group_tests(tests, filter_open, filter_close);
}
