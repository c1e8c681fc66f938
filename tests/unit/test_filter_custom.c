/*
 * filter: fields that a firm added, and filters that it keeps, over a store.
 */
#include "app_harness.h"
#include "condition_text.h"

#include "app/filter.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { MEMORY = 4 << 20, TEXT_MAX = 4096 };

/* CustomType */
enum { TYPE_TEXT = 1, TYPE_NUMBER, TYPE_YES_NO, TYPE_CHOICE, TYPE_TIME };

struct custom_test {
	struct app_harness harness;
	struct harness_user rep;
	struct arena arena;
};

/* Ids that end in their number, so that a printed condition says which. */
static struct uuid numbered(uint8_t n)
{
	struct uuid id = { { 0x01, 0x92, 0xf0, 0xc1, 0x7a, 0, 0x70, 0, 0x80 } };

	id.at[15] = n;
	return id;
}

struct custom {
	const char *kind, *key;
	int type;
	enum rank read_rank;
	bool is_archived;
	uint8_t n;	    /* of its id */
	const char *choice; /* beside the usual ones */
};

static void expect_ok(const struct harness_reply *reply)
{
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(reply->code), reply->text);
}

static void add_custom(struct custom_test *t, const struct custom *custom)
{
	struct buffer record = harness_buffer(), request = harness_buffer();
	struct uuid id = numbered(custom->n);

	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&record, 10, custom->kind);
	harness_put_text(&record, 11, custom->key);
	harness_put_text(&record, 12, custom->key);
	wire_put_scalar(&record, 13, (uint64_t)custom->type);
	if (custom->type == TYPE_CHOICE) {
		harness_put_text(&record, 14, "red");
		harness_put_text(&record, 14, "dark red");
		if (custom->choice)
			harness_put_text(&record, 14, custom->choice);
	}
	if (custom->is_archived)
		wire_put_scalar(&record, 15, 1);
	if (custom->read_rank != RANK_NONE)
		wire_put_scalar(&record, 17, custom->read_rank);
	wire_put_bytes(&request, 1, record.at, record.len);
	expect_ok(harness_call(
		&t->harness, "CustomFieldService/CreateCustomField",
		t->harness.admin_token, request.at, request.len));
	buffer_free(&record);
	buffer_free(&request);
}

static int open_test(void **state)
{
	static struct custom_test test;
	static const struct custom fields[] = {
		{ "contact", "nickname", TYPE_TEXT, RANK_NONE, false, 1, NULL },
		{ "contact", "shoe_size", TYPE_NUMBER, RANK_NONE, false, 2,
		  NULL },
		{ "contact", "is_vip", TYPE_YES_NO, RANK_NONE, false, 3, NULL },
		{ "contact", "colour", TYPE_CHOICE, RANK_NONE, false, 4, NULL },
		{ "contact", "anniversary", TYPE_TIME, RANK_NONE, false, 5,
		  NULL },
		{ "company", "segment", TYPE_TEXT, RANK_NONE, false, 6, NULL },
		{ "contact", "old_code", TYPE_TEXT, RANK_NONE, true, 7, NULL },
	};
	struct custom_test *t = &test;

	harness_open(&t->harness);
	arena_init(&t->arena, &allocator_libc, MEMORY);
	t->rep = harness_add_user(&t->harness, "rep", RANK_REP, NULL);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		add_custom(t, &fields[i]);
	*state = t;
	return 0;
}

static int close_test(void **state)
{
	struct custom_test *t = *state;

	arena_free(&t->arena);
	harness_close(&t->harness);
	return 0;
}

/* ------------------------------------------------------------------ reading */

static void
load(struct principal *out, struct custom_test *t, const char *token)
{
	char authorization[64];
	struct outrider_err err;

	*out = (struct principal){ .rank = RANK_NONE };
	snprintf(authorization, sizeof(authorization), "Bearer %s", token);
	assert_true(token_read(out->token_hash,
			       (struct bytes){ (uint8_t *)authorization,
					       strlen(authorization) }));
	assert_int_equal(principal_load(out, t->harness.worker,
					t->harness.wall_us, &t->arena, &err),
			 OUTRIDER_OK);
}

/* What a filter, or an order, comes to for who has the token. */
static const char *answer_of(struct custom_test *t, const char *token,
			     const struct entity *entity, bool is_order,
			     const char *text)
{
	static char printed[TEXT_MAX];
	static struct outrider_err err;
	struct principal principal;
	struct condition *condition = NULL;
	struct query_order order[QUERY_ORDER_MAX];
	struct filter_context context = {
		.entity = entity,
		.principal = &principal,
		.arena = &t->arena,
		.now_us = t->harness.wall_us,
		.region = "UA",
	};
	struct bytes bytes = { (const uint8_t *)text, strlen(text) };
	enum outrider_code code;
	size_t n;

	arena_reset(&t->arena);
	load(&principal, t, token);
	assert_int_equal(store_reader_open(&context.conn, t->harness.store,
					   &err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(context.conn, NULL, &err),
			 OUTRIDER_OK);
	code = is_order ? order_read(order, &n, &context, bytes, &err)
			: filter_read(&condition, &context, bytes, &err);
	store_read_end(context.conn);
	store_reader_close(context.conn);
	if (code != OUTRIDER_OK)
		return err.text;
	condition_text(printed, sizeof(printed), condition);
	return printed;
}

/* A filter of contacts. */
static const char *
answer(struct custom_test *t, const char *token, const char *text)
{
	return answer_of(t, token,
			 schema_entity_named("contact", strlen("contact")),
			 false, text);
}

static void keys_are_found(void **state)
{
	static const struct {
		const char *text, *answer;
	} rows[] = {
		{ "custom.nickname = Bob", "custom[0001] = \"Bob\"" },
		{ "custom.nickname = \"B*\"", "custom[0001] begins \"B\"" },
		{ "custom.nickname:ob", "custom[0001] contains \"ob\"" },
		{ "custom.nickname != Bob", "not(custom[0001] = \"Bob\")" },
		{ "custom.nickname in (Bob, Rob)",
		  "custom[0001] in \"Bob\", \"Rob\"" },
		{ "custom.nickname:*", "custom[0001] is set" },
		{ "custom.nickname = \"\"", "not(custom[0001] is set)" },
		{ "custom.shoe_size >= 43.5", "custom[0002] >= 43.5" },
		{ "custom.is_vip = true", "custom[0003] = 1" },
		{ "custom.is_vip != false", "custom[0003] = 1" },
		{ "custom.is_vip = false", "not(custom[0003] = 1)" },
		{ "custom.is_vip != true", "not(custom[0003] = 1)" },
		{ "custom.colour = \"dark red\"",
		  "custom[0004] = \"dark red\"" },
		{ "custom.colour in (red)", "custom[0004] in \"red\"" },
		{ "custom.colour:gone", "custom[0004] contains \"gone\"" },
		{ "custom.anniversary < now+30d",
		  "custom[0005] < 1782892800000000" },
		{ "company.custom.segment = A",
		  "company_ids>custom[0006] = \"A\"" },
		{ "custom.old_code = x", "custom[0007] = \"x\"" },
		{ "custom.nickname = a OR custom.nickname = b",
		  "any(custom[0001] = \"a\", custom[0001] = \"b\")" },
		{ "custom.nikname = Bob",
		  "at 8: there is no custom field \"nikname\" in contact; did "
		  "you mean \"nickname\"? Keys: nickname, shoe_size, is_vip, "
		  "colour, anniversary, old_code" },
		{ "custom.segment = A",
		  "at 8: there is no custom field \"segment\" in contact. "
		  "Keys: "
		  "nickname, shoe_size, is_vip, colour, anniversary, "
		  "old_code" },
		{ "custom. = A",
		  "at 8: there is no custom field \"\" in contact. Keys: "
		  "nickname, shoe_size, is_vip, colour, anniversary, "
		  "old_code" },
		{ "custom.colour = reed",
		  "at 17: custom.colour has no choice reed; did you mean "
		  "\"red\"? Choices: dark red, red" },
		{ "custom.colour > red",
		  "at 15: \">\" doesn't fit custom.colour. Fitting: =, !=, :, "
		  "in, :*" },
		{ "custom.shoe_size = big", "at 20: big is no number" },
		{ "custom.is_vip = 1", "at 17: 1 is neither true nor false" },
		{ "custom.nickname.x = 1",
		  "at 1: \"custom.nickname.x\" names a piece of custom, which "
		  "is "
		  "filtered as a whole" },
	};
	struct custom_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *said = answer(t, t->rep.token, rows[i].text);

		if (strncmp(said, rows[i].answer, strlen(rows[i].answer)) != 0)
			fail_msg("%s\n  %s\n  is not\n  %s", rows[i].text, said,
				 rows[i].answer);
	}
}

/* A message is cut between names, and between letters. */
static void a_choice_may_be_long(void **state)
{
	static const struct custom size = {
		.kind = "contact",
		.key = "size",
		.type = TYPE_CHOICE,
		.n = 9,
		/* It stands before the others: sets are sorted. */
		.choice = "a величезний величезний величезний величезний "
			  "величезний величезний величезний величезний "
			  "величезний вели",
	};
	struct custom_test *t = *state;

	add_custom(t, &size);
	assert_string_equal(
		answer(t, t->rep.token, "custom.size = blue"),
		"at 15: custom.size has no choice blue. Choices: 3 of them");
	assert_string_equal(
		answer(t, t->rep.token, "custom.size = \"a величезний\""),
		"at 15: custom.size has no choice \"a величезний\". Choices: 3 "
		"of them");
	assert_string_equal(
		answer(t, t->rep.token,
		       "custom.size = \"a величезний величезний величезний "
		       "величезний величезний\""),
		"at 15: custom.size has no choice \"a величезний "
		"величезн...; did you mean \"a величезний величезн...\"? "
		"Choices: 3 of them");
}

/* Before it is there, and when it is there for managers. */
static void hidden_keys_are_like_none(void **state)
{
	static const char *const texts[] = {
		"custom.grade = 1",   "custom.grade",	   "custom.grade:*",
		"custom.grade < now", "custom.grad = 1",   "custom.rade = 1",
		"custom.grade.x = 1", "custom.grade in (", "custom.zzz = 1",
		"-custom.grade = *",
	};
	static const struct custom grade = { "contact",	   "grade", TYPE_NUMBER,
					     RANK_MANAGER, false,   8,
					     NULL };
	struct custom_test *t = *state;
	char before[ARRAY_LEN(texts)][256];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		snprintf(before[i], sizeof(before[i]), "%s",
			 answer(t, t->rep.token, texts[i]));
	add_custom(t, &grade);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_string_equal(answer(t, t->rep.token, texts[i]),
				    before[i]);
	assert_string_equal(answer(t, t->harness.admin_token,
				   "custom.grade = 1"),
			    "custom[0008] = 1");
}

/* ------------------------------------------------------------------- lists */

static void add_contact(struct custom_test *t, const char *name,
			const char *phone, uint8_t custom, double number)
{
	struct buffer record = harness_buffer(), request = harness_buffer();
	struct buffer part = harness_buffer();
	struct uuid id = numbered(custom);

	harness_put_text(&record, 11, name);
	harness_put_text(&part, 1, phone);
	wire_put_bytes(&record, 15, part.at, part.len);
	buffer_clear(&part);
	harness_put_uuid(&part, 1, &id);
	wire_put_double(&part, 3, number);
	wire_put_bytes(&record, 250, part.at, part.len);
	wire_put_bytes(&request, 1, record.at, record.len);
	expect_ok(harness_call(&t->harness, "ContactService/CreateContact",
			       t->rep.token, request.at, request.len));
	buffer_free(&record);
	buffer_free(&request);
	buffer_free(&part);
}

/* Family names of what a list answers, in its order. */
static const char *
list(struct custom_test *t, const char *filter, const char *order_by)
{
	static char names[TEXT_MAX];
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct bytes contact;
	char name[64];

	harness_put_text(&request, 4, filter);
	harness_put_text(&request, 5, order_by);
	reply = harness_call(&t->harness, "ContactService/ListContacts",
			     t->rep.token, request.at, request.len);
	buffer_free(&request);
	names[0] = 0;
	if (reply->code != OUTRIDER_OK)
		return reply->text;
	for (size_t i = 0; (contact = harness_part(reply->message, 1, i)).at;
	     i++) {
		harness_text(name, sizeof(name), contact, 11);
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
			 "%s%s", i > 0 ? " " : "", name);
	}
	return names;
}

static void lists_follow(void **state)
{
	static const struct {
		const char *filter, *order_by, *names;
	} rows[] = {
		{ "", "family_name", "Adams Baker Clark Davis" },
		{ "", "family_name desc", "Davis Clark Baker Adams" },
		{ "custom.shoe_size > 40", "family_name", "Baker Clark" },
		{ "NOT custom.shoe_size > 40", "family_name", "Adams Davis" },
		{ "custom.is_vip = true", "", "Davis" },
		{ "custom.is_vip = false", "family_name", "Adams Baker Clark" },
		{ "phones:\"+380 67 000-00-02\"", "", "Baker" },
		{ "phones:\"+380670000*\"", "family_name",
		  "Adams Baker Clark Davis" },
		{ "family_name = \"*a*\" AND owner_id = me", "family_name",
		  "Adams Baker Clark Davis" },
		{ "family_name = \"*er\" OR family_name in (Clark, Nobody)",
		  "family_name", "Baker Clark" },
		{ "create_time > now-1d", "family_name",
		  "Adams Baker Clark Davis" },
		{ "create_time < now-1d", "", "" },
		{ "owner.login_name = rep", "family_name",
		  "Adams Baker Clark Davis" },
		{ "owner.login_name = admin", "", "" },
		{ "family_name", "",
		  "filter: at 1: family_name stands alone: write "
		  "what it is compared with, or "
		  "family_name:* where it is set" },
	};
	struct custom_test *t = *state;

	add_contact(t, "Adams", "+380670000001", 2, 39);
	add_contact(t, "Baker", "+380670000002", 2, 43);
	add_contact(t, "Clark", "+380670000003", 2, 45.5);
	add_contact(t, "Davis", "+380670000004", 3, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *names = list(t, rows[i].filter, rows[i].order_by);

		if (strcmp(names, rows[i].names) != 0)
			fail_msg("%s\n  %s\n  is not\n  %s", rows[i].filter,
				 names, rows[i].names);
	}
}

/* ---------------------------------------------------------------- segments */

static const struct harness_reply *
add_segment(struct custom_test *t, const char *of_kind, const char *filter,
	    const char *order_by)
{
	struct buffer record = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&record, 10, "kept");
	harness_put_text(&record, 11, of_kind);
	harness_put_text(&record, 12, filter);
	harness_put_text(&record, 13, order_by);
	wire_put_bytes(&request, 1, record.at, record.len);
	reply = harness_call(&t->harness, "SegmentService/CreateSegment",
			     t->rep.token, request.at, request.len);
	buffer_free(&record);
	buffer_free(&request);
	return reply;
}

static void segments_are_checked(void **state)
{
	static const struct {
		const char *of_kind, *filter, *order_by, *fault;
	} rows[] = {
		{ "contact", "custom.shoe_size > 40", "family_name", "" },
		{ "deal", "amount_minor > \"5 EUR\" AND close_time > now-7d",
		  "amount_minor desc", "" },
		{ "contact", "", "", "" },
		{ "thing", "", "", "segment.of_kind" },
		{ "deal", "custom.shoe_size > 40", "", "segment.filter" },
		{ "deal", "cost_minor > 5", "", "segment.filter" },
		{ "deal", "", "amount desc", "segment.order_by" },
	};
	char fault[96];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct harness_reply *reply =
			add_segment(*state, rows[i].of_kind, rows[i].filter,
				    rows[i].order_by);

		harness_violation(fault, reply);
		assert_string_equal(fault, rows[i].fault);
		assert_int_equal(reply->code,
				 rows[i].fault[0] ? OUTRIDER_INVALID_ARGUMENT
						  : OUTRIDER_OK);
	}
}

/* --------------------------------------------------------------------- docs */

/* One example of docs/filters.md; wanted: what is said of a wrong one. */
static void run_example(struct custom_test *t, const char *kind,
			const char *what, const char *line, const char *wanted)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	const char *said;

	if (!entity)
		fail_msg("docs/filters.md: %s is no kind", kind);
	said = answer_of(t, t->harness.admin_token, entity,
			 strcmp(what, "order") == 0, line);
	if (wanted && strcmp(said, wanted) != 0)
		fail_msg("docs/filters.md: %s\n  %s\n  is not\n  %s", line,
			 said, wanted);
	if (!wanted && strncmp(said, "at ", 3) == 0)
		fail_msg("docs/filters.md: %s\n  %s", line, said);
}

static void the_examples_of_the_docs_hold(void **state)
{
	FILE *file = fopen(OUTRIDER_TEST_DATA "/../../docs/filters.md", "r");
	char line[1024], before[1024] = "", what[16] = "", kind[32] = "";
	size_t n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "```", 3) == 0) {
			if (sscanf(line, "```%15s %31s", what, kind) != 2)
				what[0] = 0;
			before[0] = 0;
			continue;
		}
		if (!what[0])
			continue;
		if (strcmp(what, "wrong") != 0)
			run_example(*state, kind, what, line, NULL);
		else if (before[0])
			run_example(*state, kind, what, before, line);
		snprintf(before, sizeof(before), "%s", line);
		n++;
	}
	fclose(file);
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found),
		cmocka_unit_test(a_choice_may_be_long),
		cmocka_unit_test(hidden_keys_are_like_none),
		cmocka_unit_test(lists_follow),
		cmocka_unit_test(segments_are_checked),
		cmocka_unit_test(the_examples_of_the_docs_hold),
	};

	return cmocka_run_group_tests(tests, open_test, close_test);
}
