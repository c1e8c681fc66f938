/*
 * filter: sentences, names and orders to conditions, what is said where they
 * are none, and how much of them is taken.
 */
#include "failing.h"
#include "filter_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ----------------------------------------------------------------- grammar */

static void sentences_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "", "none" },
		{ "deal", " \t\r\n ", "none" },
		{ "deal", "probability = 5", "probability = 5" },
		{ "deal", "probability=5", "probability = 5" },
		{ "deal", "(((probability = 5)))", "probability = 5" },
		{ "deal", "probability = 1 AND state = WON",
		  "all(probability = 1, state = 2)" },
		{ "deal", "probability = 1 state = WON",
		  "all(probability = 1, state = 2)" },
		{ "deal", "probability = 1 OR state = WON",
		  "any(probability = 1, state = 2)" },
		/* OR binds tighter. */
		{ "deal", "source = a OR source = b AND source = c",
		  "all(any(source = \"a\", source = \"b\"), source = \"c\")" },
		{ "deal", "source = a AND source = b OR source = c",
		  "all(source = \"a\", any(source = \"b\", source = \"c\"))" },
		{ "deal", "source = a OR (source = b AND source = c)",
		  "any(source = \"a\", all(source = \"b\", source = \"c\"))" },
		{ "deal", "source = a source = b OR source = c",
		  "all(source = \"a\", any(source = \"b\", source = \"c\"))" },
		/* Groups of one kind are one group. */
		{ "deal", "source = a AND (source = b AND source = c)",
		  "all(source = \"a\", source = \"b\", source = \"c\")" },
		{ "deal", "(source = a OR source = b) OR source = c",
		  "any(source = \"a\", source = \"b\", source = \"c\")" },
		{ "deal", "NOT source = a", "not(source = \"a\")" },
		{ "deal", "-source = a", "not(source = \"a\")" },
		{ "deal", "NOT (NOT source = a)", "source = \"a\"" },
		{ "deal", "NOT(source = a)", "not(source = \"a\")" },
		{ "deal", "-(source = a OR state = WON)",
		  "not(any(source = \"a\", state = 2))" },
		{ "deal", "NOT source = a OR NOT source = b",
		  "any(not(source = \"a\"), not(source = \"b\"))" },
		{ "deal", "source=a OR -source=b",
		  "any(source = \"a\", not(source = \"b\"))" },
		{ "deal", "source in (a)", "source in \"a\"" },
		{ "deal", "source in(a,'b' , \"c d\")",
		  "source in \"a\", \"b\", \"c d\"" },
		{ "deal", "NOT state in (OPEN, WON)", "not(state in 1, 2)" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
	/* What isn't set in a message. */
	assert_string_equal(filter_answer(*state, filter_kind("deal"),
					  (struct bytes){ .at = NULL }),
			    "none");
}

/* Of what isn't filterable: whether it is set, and no more. */
static void presence_is_asked_of_anything(void **state)
{
	static const struct filter_row rows[] = {
		{ "meeting", "outcome:*", "outcome is set" },
		{ "meeting", "NOT outcome:*", "not(outcome is set)" },
		{ "meeting", "pin_outline:*", "pin_outline is set" },
		{ "meeting", "outcome",
		  "at 1: outcome stands alone: write outcome:* where it is "
		  "set" },
		{ "meeting", "outcome = x",
		  "at 9: \"=\" doesn't fit outcome. Fitting: :*" },
		{ "meeting", "outcome:x",
		  "at 8: \":\" doesn't fit outcome. Fitting: :*" },
		{ "meeting", "outcome in (x)",
		  "at 9: \"in\" doesn't fit outcome. Fitting: :*" },
		{ "meeting", "outcome.x:*",
		  "at 1: \"outcome.x\" names a piece of outcome, which is "
		  "filtered as a whole" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void what_is_no_sentence_is_told(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "source",
		  "at 1: source stands alone: write what it "
		  "is compared with, or source:* where it is "
		  "set" },
		{ "contact", "state = 1 has_consented",
		  "at 1: there is no field \"state\" in contact. Filterable: "
		  "given_name, family_name, position, company_ids, phones, "
		  "emails, messengers, interests, has_consented, consent_time, "
		  "external_keys, custom.KEY, shared_user_ids, "
		  "shared_team_ids, "
		  "id and 4 more" },
		{ "contact", "has_consented",
		  "at 1: has_consented stands alone: write has_consented = "
		  "true" },
		{ "deal", "source = a Smith",
		  "at 12: Smith stands alone: a filter compares fields, as in "
		  "display_name = \"...\"; to find a word anywhere, call "
		  "Search" },
		{ "deal", "\"John Smith\"",
		  "at 1: \"John Smith\" stands alone: a filter compares "
		  "fields, as in display_name = \"...\"; to find a word "
		  "anywhere, call Search" },
		{ "deal", "\"source\" = a",
		  "at 1: \"source\": a field's name has no quotes" },
		{ "deal",
		  "source =", "at 9: the end, where a value belongs behind =" },
		{ "deal", "source = AND",
		  "at 10: \"AND\", where a value belongs behind =" },
		{ "deal", "source = (a OR b)",
		  "at 10: \"(\", where a value belongs behind =; several ones "
		  "follow \"in\"" },
		{ "deal", "source = a AND",
		  "at 15: the end, where a condition belongs" },
		{ "deal", "AND source = a",
		  "at 1: \"AND\", where a condition belongs" },
		{ "deal", "source = a OR OR source = b",
		  "at 15: \"OR\", where a condition belongs" },
		{ "deal", "NOT NOT source = a",
		  "at 5: \"NOT\", where a condition belongs" },
		{ "deal", "()", "at 2: \")\", where a condition belongs" },
		{ "deal", "(source = a", "at 1: this \"(\" is never closed" },
		{ "deal", "source = a)", "at 11: this \")\" closes nothing" },
		{ "deal", "(source = a, b)",
		  "at 12: \",\", where a condition belongs" },
		{ "deal", "source = a, source = b",
		  "at 11: \",\", where AND, OR or the end belongs" },
		{ "deal", "source = a and source = b",
		  "at 12: \"and\" is written AND" },
		{ "deal", "source = a Or source = b",
		  "at 12: \"Or\" is written OR" },
		{ "deal", "not source = a", "at 1: \"not\" is written NOT" },
		{ "deal", "not (source = a)", "at 1: \"not\" is written NOT" },
		{ "deal", "source == a", "at 8: \"==\" is written \"=\" here" },
		{ "deal", "source <> a",
		  "at 8: \"<>\" is written \"!=\" here" },
		{ "deal", "source = a && source = b",
		  "at 12: \"&&\" is written \"AND\" here" },
		{ "deal", "!source = a",
		  "at 1: \"!\" is written \"NOT\" here" },
		{ "deal", "source IN (a)", "at 8: \"in\" is written small" },
		{ "deal", "source in a",
		  "at 11: \"in\" is followed by (value, value)" },
		{ "deal", "source in [a]",
		  "at 11: \"in\" is followed by (value, value)" },
		{ "deal", "source in ()",
		  "at 12: \")\", where a value belongs behind in" },
		{ "deal", "source in (a b)",
		  "at 14: the list of \"in\" goes on with a comma or ends with "
		  "\")\"" },
		{ "deal", "source in (a,)",
		  "at 14: \")\", where a value belongs behind in" },
		{ "deal", "regex(source, a)",
		  "at 1: regex( is a call: filters have no functions" },
		{ "deal", "source = \"a",
		  "at 10: the text that begins here has no closing \"" },
		{ "deal", "source = 'a\\'",
		  "at 10: the text that begins here has no closing '" },
		{ "deal", "source = \"a\\n\"",
		  "at 12: a backslash stands before a quote, a star or a "
		  "backslash only" },
		{ "deal", "source = a ; DROP TABLE deals",
		  "at 12: \";\", where AND, OR or the end belongs" },
		{ "deal", "= a", "at 1: \"=\", where a condition belongs" },
		{ "deal", "source = a\x01\x02",
		  "at 11: \"?\", where AND, OR or the end belongs" },
		{ "deal", "source \xff", "at 8: this byte is no UTF-8 text" },
		{ "deal", "source = \"\xd1\"",
		  "at 11: this byte is no UTF-8 text" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
	/* A NUL is none either. */
	assert_string_equal(
		filter_answer(*state, filter_kind("deal"),
			      (struct bytes){ (const uint8_t *)"source\0=",
					      8 }),
		"at 7: this byte is no UTF-8 text");
}

/* ------------------------------------------------------------------- fields */

static void names_are_resolved(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "company.industry = x",
		  "company_id>industry = \"x\"" },
		{ "deal", "company_id.industry = x",
		  "company_id>industry = \"x\"" },
		{ "contact", "company.industry = x",
		  "company_ids>industry = \"x\"" },
		{ "contact", "company_ids.industry = x",
		  "company_ids>industry = \"x\"" },
		{ "deal", "owner.rank = MANAGER", "owner_id>rank = 2" },
		{ "deal", "team.display_name = North",
		  "team_id>display_name = \"North\"" },
		{ "company", "parent.parent_id = " FILTER_ID,
		  "parent_id>parent_id = " FILTER_ID },
		{ "deal", "contact.phones:\"+380671234567\"",
		  "contact_ids>phones = \"+380671234567\"" },
		{ "deal", "id in (" FILTER_ID ", " FILTER_ME ")",
		  "id in " FILTER_ID ", " FILTER_ME },
		{ "deal", "company.id = " FILTER_ID,
		  "company_id>id = " FILTER_ID },
		{ "deal", "create_time > 2026-01-01",
		  "create_time > 1767225600000000" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

static void names_of_nothing_are_told(void **state)
{
	static const struct filter_row rows[] = {
		{ "desk", "display_name = a AND curency_code = EUR",
		  "at 22: there is no field \"curency_code\" in desk; did you "
		  "mean \"currency_code\"? Filterable: display_name, "
		  "min_turnover_minor, currency_code, handled_by_team_id, id, "
		  "create_time, update_time, owner_id, team_id" },
		{ "desk", "xyzzy = 1",
		  "at 1: there is no field \"xyzzy\" in desk. Filterable: "
		  "display_name, min_turnover_minor, currency_code, "
		  "handled_by_team_id, id, create_time, update_time, owner_id, "
		  "team_id" },
		{ "desk", "etag:*",
		  "at 1: desk can't be filtered by \"etag\". Filterable: "
		  "display_name, min_turnover_minor, currency_code, "
		  "handled_by_team_id, id, create_time, update_time, owner_id, "
		  "team_id" },
		{ "desk", "etag = 1",
		  "at 1: desk can't be filtered by \"etag\". Filterable: "
		  "display_name, min_turnover_minor, currency_code, "
		  "handled_by_team_id, id, create_time, update_time, owner_id, "
		  "team_id" },
		{ "desk", "handled_by_team.dispaly_name = x",
		  "at 17: there is no field \"dispaly_name\" in team; did you "
		  "mean \"display_name\"? Filterable: display_name, parent_id, "
		  "id, create_time, update_time, owner_id, team_id" },
		{ "desk", "handled_by_team.parent.display_name = x",
		  "at 1: \"handled_by_team.parent.display_name\" goes too far: "
		  "a filter follows one reference" },
		{ "desk", "x.y.z = 1",
		  "at 1: there is no field \"x\" in desk. Filterable: "
		  "display_name, min_turnover_minor, currency_code, "
		  "handled_by_team_id, id, create_time, update_time, owner_id, "
		  "team_id" },
		{ "desk", ".display_name = 1",
		  "at 1: there is no field \"\" in desk. Filterable: "
		  "display_name, min_turnover_minor, currency_code, "
		  "handled_by_team_id, id, create_time, update_time, owner_id, "
		  "team_id" },
		{ "contact", "phones.number = 1",
		  "at 1: \"phones.number\" names a piece of phones, which is "
		  "filtered as a whole" },
		{ "contact", "custom = 1",
		  "at 1: \"custom\" needs a key, as in custom.KEY" },
		{ "contact", "custom.size = 1",
		  "at 8: there is no custom field \"size\" in contact. Keys: "
		  "none" },
		{ "deal",
		  "a_name_that_is_much_longer_than_what_a_message_shows = 1",
		  "at 1: there is no field "
		  "\"a_name_that_is_much_longer_than_what_a_m...\" in deal. "
		  "Filterable: display_name, company_id, contact_ids, "
		  "pipeline_id, stage_id, state, amount_minor, currency_code, "
		  "cost_minor, margin_minor, probability and 17 more" },
	};

	filter_check_rows(*state, rows, ARRAY_LEN(rows));
}

/* ------------------------------------------------------------------- orders */

static void orders_are_read(void **state)
{
	static const struct filter_row rows[] = {
		{ "deal", "", "" },
		{ "deal", " ", "" },
		{ "deal", "amount_minor", "amount_minor up" },
		{ "deal", "amount_minor desc, create_time",
		  "amount_minor down, create_time up" },
		{ "deal", "amount_minor asc,id desc",
		  "amount_minor up, id down" },
		{ "deal", "id,create_time,update_time,probability desc",
		  "id up, create_time up, update_time up, probability down" },
		{ "desk", "display_name, display_name desc",
		  "at 15: \"display_name\" stands there twice" },
		{ "deal", "id,create_time,update_time,probability,stage_time",
		  "at 40: an order has 4 fields at most" },
		{ "desk", "curency",
		  "at 1: there is no field \"curency\" in desk. Orderable: "
		  "display_name, min_turnover_minor, id, create_time, "
		  "update_time" },
		{ "desk", "id, dislay_name",
		  "at 5: there is no field \"dislay_name\" in desk; did you "
		  "mean \"display_name\"? Orderable: display_name, "
		  "min_turnover_minor, id, create_time, update_time" },
		{ "desk", "currency_code",
		  "at 1: desk can't be ordered by \"currency_code\". "
		  "Orderable: display_name, min_turnover_minor, id, "
		  "create_time, update_time" },
		{ "desk", "id DESC",
		  "at 4: \"DESC\" stands where \"desc\", a comma or the end "
		  "belongs" },
		{ "desk", "id,", "at 4: a field's name belongs here" },
		{ "desk", ",id", "at 1: a field's name belongs here" },
		{ "desk", "-id", "at 1: a field's name belongs here" },
		{ "desk", "id desc desc",
		  "at 9: \"desc\" stands where a comma or the end belongs" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *said =
			filter_order_answer(*state, filter_kind(rows[i].kind),
					    filter_bytes(rows[i].text));

		if (strcmp(said, rows[i].answer) != 0)
			fail_msg("%s\n  %s\n  is not\n  %s", rows[i].text, said,
				 rows[i].answer);
	}
}

/* ------------------------------------------------------------------- limits */

static char big[3 * FILTER_BYTES_MAX];

static void repeat(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strncat(big, text, sizeof(big) - strlen(big) - 1);
}

static const char *answer_to_big(struct filter_test *t)
{
	return filter_answer(t, filter_kind("deal"), filter_bytes(big));
}

static void depth_has_a_limit(void **state)
{
	big[0] = 0;
	repeat("(", QUERY_DEPTH_MAX);
	repeat("source:a", 1);
	repeat(")", QUERY_DEPTH_MAX);
	assert_string_equal(answer_to_big(*state), "source contains \"a\"");
	big[0] = 0;
	repeat("(", QUERY_DEPTH_MAX + 1);
	assert_string_equal(answer_to_big(*state),
			    "at 17: parentheses stand within each other 16 "
			    "deep at most");
	big[0] = 0;
	repeat("(", FILTER_BYTES_MAX);
	assert_string_equal(answer_to_big(*state),
			    "at 17: parentheses stand within each other 16 "
			    "deep at most");
	/* Each pair of parentheses is two levels here. */
	big[0] = 0;
	repeat("source:a OR (source:b AND (", 7);
	repeat("source:c", 1);
	repeat("))", 7);
	assert_non_null(strstr(answer_to_big(*state), "contains \"c\""));
	big[0] = 0;
	repeat("source:a OR (source:b AND (", 8);
	repeat("source:c", 1);
	repeat("))", 8);
	assert_string_equal(answer_to_big(*state),
			    "at 1: conditions stand within each other 16 deep "
			    "at most");
}

static void comparisons_have_a_limit(void **state)
{
	big[0] = 0;
	repeat("source:a ", QUERY_TERMS_MAX);
	assert_non_null(strstr(answer_to_big(*state), "all(source contains"));
	repeat("source:a", 1);
	assert_string_equal(answer_to_big(*state),
			    "at 2305: a filter has 256 comparisons at most");
	/* An amount with a currency is two. */
	big[0] = 0;
	repeat("amount_minor=\"1 EUR\" ", QUERY_TERMS_MAX / 2 + 1);
	assert_string_equal(answer_to_big(*state),
			    "at 2689: a filter has 256 comparisons at most");
}

static void lists_have_a_limit(void **state)
{
	big[0] = 0;
	repeat("source in (a", 1);
	repeat(",a", FILTER_VALUES_MAX - 1);
	repeat(")", 1);
	assert_non_null(strstr(answer_to_big(*state), "source in \"a\", "));
	big[strlen(big) - 1] = 0;
	repeat(",b)", 1);
	assert_string_equal(answer_to_big(*state),
			    "at 524: a list has 256 values at most");
	/* Of each list, and not of all together. */
	big[0] = 0;
	for (size_t i = 0; i < 15; i++) {
		repeat("source in (a", 1);
		repeat(",a", FILTER_VALUES_MAX - 1);
		repeat(") ", 1);
	}
	big[FILTER_BYTES_MAX] = 0;
	assert_int_equal(strstr(answer_to_big(*state), "at most") != NULL, 0);
}

static void length_has_a_limit(void **state)
{
	big[0] = 0;
	repeat("source:a", 1);
	repeat(" ", FILTER_BYTES_MAX - strlen(big));
	assert_string_equal(answer_to_big(*state), "source contains \"a\"");
	repeat(" ", 1);
	assert_string_equal(answer_to_big(*state),
			    "at 8193: it is longer than 8192 bytes");
	big[0] = 0;
	repeat("source = \"", 1);
	repeat("*", FILTER_BYTES_MAX - strlen(big) - 1);
	repeat("\"", 1);
	assert_non_null(strstr(answer_to_big(*state),
			       "a star stands at the beginning or the end"));
}

/* Each allocation fails in turn. */
static void memory_may_run_out(void **state)
{
	static const char *const texts[] = {
		"company.industry = \"retail*\" AND state in (OPEN, WON)",
		"amount_minor > \"5 EUR\" OR NOT source:a OR owner_id = me",
		"indutsry = x",
		"state = OPNE",
	};
	struct filter_test *t = *state;
	struct filter_context context = t->context;
	struct condition *condition;
	struct failing memory;
	struct arena arena;

	context.entity = filter_kind("deal");
	context.arena = &arena;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		enum outrider_code code = OUTRIDER_RESOURCE_EXHAUSTED;
		size_t ceiling = 0;

		for (; code == OUTRIDER_RESOURCE_EXHAUSTED; ceiling += 16) {
			failing_start(&memory, FAILING_NEVER);
			arena_init(&arena, &memory.allocator, ceiling);
			code = filter_read(&condition, &context,
					   filter_bytes(texts[i]), &t->err);
			assert_int_equal(condition != NULL,
					 code == OUTRIDER_OK);
			arena_free(&arena);
			assert_int_equal(memory.live, 0);
		}
		assert_true(ceiling > 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_read),
		cmocka_unit_test(presence_is_asked_of_anything),
		cmocka_unit_test(what_is_no_sentence_is_told),
		cmocka_unit_test(names_are_resolved),
		cmocka_unit_test(names_of_nothing_are_told),
		cmocka_unit_test(orders_are_read),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(comparisons_have_a_limit),
		cmocka_unit_test(lists_have_a_limit),
		cmocka_unit_test(length_has_a_limit),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, filter_open, filter_close);
}
