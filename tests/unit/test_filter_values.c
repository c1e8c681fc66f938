/*
 * filter: values of every sort, and of every field of every kind.
 */
#include "filter_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ------------------------------------------------------------------- values */

static void texts_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "source = \"a b\"", "source = \"a b\"" },
		{ "deal", "source = 'a \"b\"'", "source = \"a \"b\"\"" },
		{ "deal", "source = \"a\\\"\\\\\\'b\"",
		  "source = \"a\"\\'b\"" },
		{ "deal", "source = Львів", "source = \"Львів\"" },
		{ "deal", "source = a-b.c@d:e/f", "source = \"a-b.c@d:e/f\"" },
		{ "deal", "source = \"fair*\"", "source begins \"fair\"" },
		{ "deal", "source = \"*fair\"", "source ends \"fair\"" },
		{ "deal", "source = \"*fair*\"", "source contains \"fair\"" },
		{ "deal", "source = fair*", "source begins \"fair\"" },
		{ "deal", "source = \"fair\\*\"", "source = \"fair*\"" },
		{ "deal", "source = \"\\**\"", "source begins \"*\"" },
		{ "deal", "source = \"*\"", "source is set" },
		{ "deal", "source = \"**\"", "source is set" },
		{ "deal", "source != \"fair*\"",
		  "not(source begins \"fair\")" },
		{ "deal", "source = \"\"", "not(source is set)" },
		{ "deal", "source != \"\"", "source is set" },
		{ "deal", "source != a", "source != \"a\"" },
		{ "deal", "source < m", "source < \"m\"" },
		{ "deal", "source <= m", "source <= \"m\"" },
		{ "deal", "source > m", "source > \"m\"" },
		{ "deal", "source >= m", "source >= \"m\"" },
		{ "deal", "source:fair", "source contains \"fair\"" },
		{ "deal", "source:*", "source is set" },
		{ "deal", "NOT source:*", "not(source is set)" },
		{ "deal", "source in (\"\", a)", "source in \"\", \"a\"" },
		/* != is NOT =, on other records too. */
		{ "deal", "company.industry != x",
		  "not(company_id>industry = \"x\")" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

/* One of several is enough. */
static void lists_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "company", "categories:retail", "categories = \"retail\"" },
		{ "company", "categories = retail", "categories = \"retail\"" },
		{ "company", "categories != retail",
		  "not(categories = \"retail\")" },
		{ "company", "categories:\"ret*\"",
		  "categories begins \"ret\"" },
		{ "company", "categories in (a, b)",
		  "categories in \"a\", \"b\"" },
		{ "company", "categories:*", "categories is set" },
		{ "deal", "contact_ids:" FILTER_ID,
		  "contact_ids = " FILTER_ID },
		{ "deal", "contact_ids != " FILTER_ID,
		  "not(contact_ids = " FILTER_ID ")" },
		{ "deal", "external_keys:\"ledger:00017\"",
		  "external_keys = \"ledger:00017\"" },
		{ "deal", "external_keys:ledger:*",
		  "external_keys begins \"ledger:\"" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void handles_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "contact", "phones:\"+380 (67) 123-45-67\"",
		  "phones = \"+380671234567\"" },
		{ "contact", "phones = \"067 123 45 67\"",
		  "phones = \"+380671234567\"" },
		{ "contact", "phones:\"+380 67*\"",
		  "phones begins \"+38067\"" },
		{ "contact", "phones:*", "phones is set" },
		{ "contact", "phones != \"+380671234567\"",
		  "not(phones = \"+380671234567\")" },
		{ "contact", "phones in (\"0671234567\", \"+4930123456\")",
		  "phones in \"+380671234567\", \"+4930123456\"" },
		{ "contact", "emails:Anna@Example.org",
		  "emails = \"anna@example.org\"" },
		{ "contact", "messengers:@Anna", "messengers = \"anna\"" },
		{ "contact", "phones = \"\"", "not(phones is set)" },
		{ "call", "e164 = \"067 123 45 67\"",
		  "e164 = \"+380671234567\"" },
		{ "call", "e164 = \"+380 67*\"", "e164 begins \"+38067\"" },
		{ "call", "e164:\"123-45\"", "e164 contains \"12345\"" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void plain_values_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "contact", "has_consented = true", "has_consented = 1" },
		{ "contact", "has_consented != true", "has_consented != 1" },
		{ "contact", "has_consented = false", "has_consented = 0" },
		{ "contact", "has_consented:*", "has_consented is set" },
		{ "deal", "state = WON", "state = 2" },
		{ "deal", "state = DEAL_STATE_WON", "state = 2" },
		{ "deal", "state = \"WON\"", "state = 2" },
		{ "deal", "state = UNSPECIFIED", "state = 0" },
		{ "deal", "state != LOST", "state != 3" },
		{ "task", "priority >= HIGH", "priority >= 3" },
		{ "deal", "probability >= -5", "probability >= -5" },
		{ "deal", "probability = +5", "probability = 5" },
		{ "deal", "probability = 2147483647",
		  "probability = 2147483647" },
		{ "deal", "probability in (1, 2)", "probability in 1, 2" },
		{ "attachment", "size_bytes < 9223372036854775807",
		  "size_bytes < 9223372036854775807" },
		{ "attachment", "size_bytes > -9223372036854775808",
		  "size_bytes > -9223372036854775808" },
		{ "place", "latitude > 48.5", "latitude > 48.5" },
		{ "place", "latitude = -1e-3", "latitude = -0.001" },
		{ "place", "latitude = 1e-999", "latitude = 0" },
		{ "deal", "owner_id = me", "owner_id = " FILTER_ME },
		{ "deal", "owner_id in (me, " FILTER_ID ")",
		  "owner_id in " FILTER_ME ", " FILTER_ID },
		{ "deal", "company_id = \"\"", "not(company_id is set)" },
		{ "deal", "company_id != \"\"", "company_id is set" },
		{ "deal", "company_id != " FILTER_ID,
		  "company_id != " FILTER_ID },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void times_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "close_time > \"2026-11-21\"",
		  "close_time > 1795219200000000" },
		{ "deal", "close_time > 2026-11-21T10:00:00Z",
		  "close_time > 1795255200000000" },
		{ "deal", "close_time > 2026-11-21T10:00:00+02:00",
		  "close_time > 1795248000000000" },
		{ "deal", "close_time > '2026-11-21t10:00:00.5-00:30'",
		  "close_time > 1795257000500000" },
		/* Below a microsecond it is cut off, as in records. */
		{ "deal", "close_time = 2026-11-21T10:00:00.123456789Z",
		  "close_time = 1795255200123456" },
		{ "deal", "close_time < 0001-01-01",
		  "close_time < -62135596800000000" },
		{ "deal", "close_time < 9999-12-31T23:59:59.999999Z",
		  "close_time < 253402300799999999" },
		{ "deal", "close_time < 2024-02-29",
		  "close_time < 1709164800000000" },
		{ "deal", "close_time < 1969-12-31",
		  "close_time < -86400000000" },
		{ "deal", "close_time < now", "close_time < 1780300800000000" },
		{ "deal", "close_time < now-7d",
		  "close_time < 1779696000000000" },
		{ "deal", "close_time < now+2h",
		  "close_time < 1780308000000000" },
		{ "deal", "close_time < \"now-90m\"",
		  "close_time < 1780295400000000" },
		{ "deal", "close_time:*", "close_time is set" },
	};
	static const char *const wrong[] = {
		"2026-11-21T10:00:00", /* of which place? */
		"2026-13-01",
		"2026-02-29",
		"2026-1-1",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:00:60Z",
		"2026-11-21T10:00Z",
		"2026-11-21T10:00:00.Z",
		"2026-11-21T10:00:00+2:00",
		"2026-11-21T10:00:00+24:00",
		"0000-12-31",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"now-7",
		"now-7w",
		"now7d",
		"now-99999999d",
		"now-7d7d",
		"yesterday",
		"2026*",
		"1795255200",
	};
	char text[96], said[256];

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		snprintf(text, sizeof(text), "close_time > %s", wrong[i]);
		snprintf(said, sizeof(said),
			 "at 14: %s is no time: write "
			 "\"2026-11-21T10:00:00Z\", \"2026-11-21\" (midnight "
			 "UTC), now or now-7d (d, h, m)",
			 wrong[i]);
		assert_string_equal(filter_answer(*state, filter_kind("deal"),
						  filter_bytes(text)),
				    said);
	}
}

static void amounts_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "amount_minor >= 125050", "amount_minor >= 125050" },
		{ "deal", "amount_minor >= \"1250.50 EUR\"",
		  "all(amount_minor >= 125050, currency_code = \"EUR\")" },
		{ "deal", "amount_minor = \"1250.5 EUR\"",
		  "all(amount_minor = 125050, currency_code = \"EUR\")" },
		{ "deal", "amount_minor = \"-3  EUR\"",
		  "all(amount_minor = -300, currency_code = \"EUR\")" },
		{ "deal", "amount_minor = \"500 JPY\"",
		  "all(amount_minor = 500, currency_code = \"JPY\")" },
		{ "deal", "amount_minor = \"0.125 KWD\"",
		  "all(amount_minor = 125, currency_code = \"KWD\")" },
		{ "deal", "amount_minor = \"1 CLF\"",
		  "all(amount_minor = 10000, currency_code = \"CLF\")" },
		{ "deal", "amount_minor != \"5 EUR\"",
		  "not(all(amount_minor = 500, currency_code = \"EUR\"))" },
		{ "deal", "amount_minor = \"92233720368547758.07 EUR\"",
		  "all(amount_minor = 9223372036854775807, currency_code = "
		  "\"EUR\")" },
		{ "order", "deal.amount_minor > \"1 UAH\"",
		  "all(deal_id>amount_minor > 100, deal_id>currency_code = "
		  "\"UAH\")" },
		{ "deal", "amount_minor = \"92233720368547758.08 EUR\"",
		  "at 16: \"92233720368547758.08 EUR\" is no amount, or too "
		  "large" },
		{ "deal", "amount_minor = \"1.005 EUR\"",
		  "at 16: EUR has 2 decimals at most" },
		{ "deal", "amount_minor = \"1.0 JPY\"",
		  "at 16: JPY has 0 decimals at most" },
		{ "deal", "amount_minor = \"1. EUR\"",
		  "at 16: \"1. EUR\" is no amount, or too large" },
		{ "deal", "amount_minor = \".5 EUR\"",
		  "at 16: \".5 EUR\" is no amount, or too large" },
		{ "deal", "amount_minor = \"1e3 EUR\"",
		  "at 16: \"1e3 EUR\" is no amount, or too large" },
		{ "deal", "amount_minor = 1250.50",
		  "at 16: 1250.50 is no amount: write \"1250.50 EUR\", or a "
		  "whole number in minor units" },
		{ "deal", "amount_minor = \"5 eur\"",
		  "at 16: \"5 eur\" is no amount: write \"1250.50 EUR\", or a "
		  "whole number in minor units" },
		{ "deal", "amount_minor = \"5* EUR\"",
		  "at 16: \"5* EUR\" is no amount: write \"1250.50 EUR\", or a "
		  "whole number in minor units" },
		{ "deal", "amount_minor in (5)",
		  "at 14: \"in\" doesn't fit amount_minor. Fitting: =, !=, <, "
		  "<=, >, >=, :*" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void values_that_do_not_fit_are_told(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "state = OPNE",
		  "at 9: state has no value OPNE; did you mean \"OPEN\"? "
		  "Values: UNSPECIFIED, OPEN, WON, LOST" },
		{ "deal", "state = open",
		  "at 9: state has no value open; did you mean \"OPEN\"? "
		  "Values: UNSPECIFIED, OPEN, WON, LOST" },
		{ "deal", "state in (OPEN, 2)",
		  "at 17: state has no value 2. Values: UNSPECIFIED, OPEN, "
		  "WON, LOST" },
		{ "deal", "state < WON",
		  "at 7: \"<\" doesn't fit state. Fitting: =, !=, in, :*" },
		{ "deal", "state:WON",
		  "at 6: \":\" doesn't fit state. Fitting: =, !=, in, :*" },
		{ "contact", "has_consented = yes",
		  "at 17: yes is neither true nor false" },
		{ "contact", "has_consented in (true)",
		  "at 15: \"in\" doesn't fit has_consented. Fitting: =, !=, "
		  ":*" },
		{ "deal", "probability = 2147483648",
		  "at 15: 2147483648 is no whole number that probability can "
		  "hold" },
		{ "deal", "probability = 5.0",
		  "at 15: 5.0 is no whole number that probability can hold" },
		{ "deal", "probability = \"\"",
		  "at 15: \"\" is no whole number that probability can hold" },
		{ "attachment", "size_bytes = 9223372036854775808",
		  "at 14: 9223372036854775808 is no whole number that "
		  "size_bytes can hold" },
		{ "place", "latitude = 1e999", "at 12: 1e999 is no number" },
		{ "place", "latitude = nan", "at 12: nan is no number" },
		{ "place", "latitude = inf", "at 12: inf is no number" },
		{ "place", "latitude = 0x10", "at 12: 0x10 is no number" },
		{ "place", "latitude = 1-2", "at 12: 1-2 is no number" },
		{ "place", "latitude = -", "at 12: - is no number" },
		{ "deal", "company_id = acme",
		  "at 14: acme is no id: write one such as "
		  "\"0192f0c1-7a00-7000-8000-000000000001\"" },
		{ "deal", "company_id = me",
		  "at 14: me is no id: write one such as "
		  "\"0192f0c1-7a00-7000-8000-000000000001\"" },
		{ "deal", "owner_id = 00000000-0000-0000-0000-000000000000",
		  "at 12: 00000000-0000-0000-0000-000000000000 is no id: write "
		  "one such as \"0192f0c1-7a00-7000-8000-000000000001\", or "
		  "me" },
		{ "deal", "company_id > " FILTER_ID,
		  "at 12: \">\" doesn't fit company_id. Fitting: =, !=, in, "
		  ":*" },
		{ "deal", "source = \"a*b\"",
		  "at 10: \"a*b\": a star stands at the beginning or the end; "
		  "\\* is the star itself" },
		{ "deal", "source:\"a*\"",
		  "at 8: \"a*\": a star has a meaning with = only; \\* is the "
		  "star itself" },
		{ "deal", "source < \"a*\"",
		  "at 10: \"a*\": a star has a meaning with = only; \\* is the "
		  "star itself" },
		{ "deal", "source in (a, \"b*\")",
		  "at 15: \"b*\": a star has a meaning with = only; \\* is the "
		  "star itself" },
		{ "deal", "source:\"\"",
		  "at 8: an empty text is in every one; write :* for any that "
		  "is set" },
		{ "company", "categories:\"*tail\"",
		  "at 12: \"*tail\": here a star stands at the end only; \\* "
		  "is "
		  "the star itself" },
		{ "company", "categories > a",
		  "at 12: \">\" doesn't fit categories. Fitting: =, !=, :, in, "
		  ":*" },
		{ "contact", "phones:\"---\"", "at 8: \"---\" reaches nobody" },
		{ "contact", "phones < 5",
		  "at 8: \"<\" doesn't fit phones. Fitting: =, !=, :, in, :*" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

/* --------------------------------------------------------------- every kind */

/* A value that the field takes in a filter; NULL: it takes none. */
static const char *value_for(const struct field *field)
{
	static char name[128];

	if (field->flags & FIELD_IS_CUSTOM)
		return NULL;
	switch (field->type) {
	case FIELD_STRING:
		return field->handle == HANDLE_PHONE ? "\"+380671234567\""
						     : "\"some text\"";
	case FIELD_BOOL:
		return "true";
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
		return "17";
	case FIELD_DOUBLE:
		return "1.5";
	case FIELD_ENUM:
		snprintf(name, sizeof(name), "%s",
			 field->values->values[1].name);
		return name;
	case FIELD_UUID:
		return FILTER_ID;
	case FIELD_TIMESTAMP:
		return "2026-11-21T10:00:00Z";
	case FIELD_MESSAGE:
		return "\"+380671234567\"";
	case FIELD_BYTES:
		break;
	}
	return NULL;
}

static void expect_read(struct filter_test *t, const struct entity *entity,
			const char *text, const char *name)
{
	const char *said = filter_answer(t, entity, filter_bytes(text));

	if (t->err.code != OUTRIDER_OK || !strstr(said, name))
		fail_msg("%s: %s\n  %s", entity->name, text, said);
}

static bool is_filterable(const struct field *field)
{
	return field->flags & FIELD_IS_FILTERABLE || field->number == FIELD_ID;
}

/* Each field of a kind that may be asked, with `prefix` before its name. */
static size_t read_each(struct filter_test *t, const struct entity *asked,
			const char *prefix, const struct entity *entity)
{
	char text[512];
	size_t n = 0;

	for (size_t i = 0; i < entity->message->n_fields; i++) {
		const struct field *field = &entity->message->fields[i];
		const char *value = value_for(field);

		if (field->number < FIELD_FIRST_OWN && !is_filterable(field))
			continue;
		if (field->flags & FIELD_IS_CUSTOM)
			continue;
		snprintf(text, sizeof(text), "%s%s:*", prefix, field->name);
		expect_read(t, asked, text, field->name);
		if (!is_filterable(field) || !value)
			continue;
		snprintf(text, sizeof(text), "%s%s = %s", prefix, field->name,
			 value);
		expect_read(t, asked, text, field->name);
		n++;
	}
	return n;
}

static void every_field_of_every_kind_is_read(void **state)
{
	size_t n = 0, n_far = 0;

	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];

		n += read_each(*state, entity, "", entity);
		for (size_t j = 0; j < entity->message->n_fields; j++) {
			const struct field *via = &entity->message->fields[j];
			char prefix[128];

			if (!via->reference || !is_filterable(via))
				continue;
			snprintf(prefix, sizeof(prefix), "%s.", via->name);
			n_far += read_each(*state, entity, prefix,
					   via->reference);
		}
	}
	print_message("%zu fields, %zu one reference away\n", n, n_far);
	assert_true(n > 10 * schema_n_entities);
}

static void every_order_of_every_kind_is_read(void **state)
{
	struct filter_test *t = *state;

	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct message *message = schema_entities[i]->message;

		for (size_t j = 0; j < message->n_fields; j++) {
			const struct field *field = &message->fields[j];
			bool is_fit = field->flags & FIELD_IS_ORDERABLE ||
				      field->number == FIELD_ID;
			const char *said =
				filter_order_answer(t, schema_entities[i],
						    filter_bytes(field->name));
			char wanted[96];

			snprintf(wanted, sizeof(wanted), "%s up", field->name);
			assert_int_equal(strcmp(said, wanted) == 0, is_fit);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read),
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(handles_are_read),
		cmocka_unit_test(plain_values_are_read),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(amounts_are_read),
		cmocka_unit_test(values_that_do_not_fit_are_told),
		cmocka_unit_test(every_field_of_every_kind_is_read),
		cmocka_unit_test(every_order_of_every_kind_is_read),
	};

	return cmocka_run_group_tests(tests, filter_open, filter_close);
}
