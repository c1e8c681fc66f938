/*
 * write: one record written, straight through write_record: merge, and what
 * the change log says of its author. Laws are test_laws.c's; what calls make
 * of it is test_crud.c's and test_access.c's.
 */
#include "writer_bench.h"

#include "app/kinds.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	COMPANY_LEGAL_NAME = 11,
	COMPANY_INDUSTRY = 13,
	COMPANY_CATEGORIES = 18,
	ALERT_TYPE = 10,
	ALERT_SENTENCE = 12,
	ALERT_STATE = 14,
};

/* A set of short strings, as a repeated field stands in a row. */
static void set_words(struct writer_test *t, struct row *row, uint32_t number,
		      const char *words)
{
	uint8_t bytes[64];
	size_t n = 0;

	for (; *words; words++) {
		uint32_t tag = number << 3 | 2;

		bytes[n++] = (uint8_t)(tag | 0x80);
		bytes[n++] = (uint8_t)(tag >> 7);
		bytes[n++] = 1;
		bytes[n++] = (uint8_t)*words;
	}
	kind_value(row, number)->bytes = arena_copy(&t->arena, bytes, n);
}

static void
assert_words(const struct row *row, uint32_t number, const char *words)
{
	struct bytes bytes = kind_value(row, number)->bytes;
	char found[64] = "";

	for (size_t i = 3; i < bytes.len; i += 4)
		found[i / 4] = (char)bytes.at[i];
	assert_string_equal(found, words);
}

static void
assert_text(const struct row *row, uint32_t number, const char *text)
{
	struct bytes bytes = kind_value(row, number)->bytes;

	assert_int_equal(bytes.len, strlen(text));
	assert_memory_equal(bytes.at, text, bytes.len);
}

/* ------------------------------------------------------------------ merge */

static void fields_apart_both_survive(void **state)
{
	struct writer_test *t = *state;
	struct row *base = writer_make_company(t, "Acme");
	struct row *a = writer_new_row(t, base->entity),
		   *b = writer_new_row(t, base->entity);
	struct write_intent first, second;
	struct write_outcome outcome;

	a->id = b->id = base->id;
	writer_set_text(a, COMPANY_LEGAL_NAME, "Acme GmbH");
	writer_set_text(b, COMPANY_INDUSTRY, "anvils");
	first = writer_patch_of(t, a, COMPANY_LEGAL_NAME, base->rev);
	second = writer_patch_of(t, b, COMPANY_INDUSTRY, base->rev);
	assert_int_equal(writer_write(&outcome, t, &first), OUTRIDER_OK);
	assert_int_equal(writer_write(&outcome, t, &second), OUTRIDER_OK);
	assert_true(field_set_is_empty(&outcome.lost));
	assert_text(outcome.row, COMPANY_LEGAL_NAME, "Acme GmbH");
	assert_text(outcome.row, COMPANY_INDUSTRY, "anvils");
	assert_true(writer_change_at(t, outcome.row->rev).author.is_verbatim);
}

/* The later clock wins, in whichever order they arrive. */
static void run_same_field(struct writer_test *t, uint64_t first_hlc,
			   uint64_t second_hlc, const char *winner)
{
	struct row *base = writer_make_company(t, "Acme");
	struct row *a = writer_new_row(t, base->entity),
		   *b = writer_new_row(t, base->entity);
	struct write_intent first, second;
	struct write_outcome outcome;
	struct change change;

	a->id = b->id = base->id;
	writer_set_text(a, COMPANY_INDUSTRY, "first");
	writer_set_text(b, COMPANY_INDUSTRY, "second");
	first = writer_patch_of(t, a, COMPANY_INDUSTRY, base->rev);
	second = writer_patch_of(t, b, COMPANY_INDUSTRY, base->rev);
	first.hlc = first_hlc;
	second.hlc = second_hlc;
	assert_int_equal(writer_write(&outcome, t, &first), OUTRIDER_OK);
	assert_int_equal(writer_write(&outcome, t, &second), OUTRIDER_OK);
	assert_text(outcome.row, COMPANY_INDUSTRY, winner);
	assert_int_equal(field_set_has(&outcome.lost, COMPANY_INDUSTRY),
			 strcmp(winner, "first") == 0);
	change = writer_change_at(t, outcome.row->rev);
	assert_int_equal(change.author.is_verbatim,
			 strcmp(winner, "second") == 0);
	/* What lost is in the history. */
	if (strcmp(winner, "first") == 0) {
		struct bytes lost =
			fields_find(change.lost_fields, COMPANY_INDUSTRY);

		assert_true(lost.len >= 6);
		assert_memory_equal(lost.at + lost.len - 6, "second", 6);
	}
}

static void the_later_clock_wins(void **state)
{
	const uint64_t hour = UINT64_C(3600000) << 16;
	uint64_t now = (uint64_t)(HARNESS_START_US / 1000) << 16;

	run_same_field(*state, now, now - hour, "first");
	run_same_field(*state, now - hour, now, "second");
}

/* A clock from next week counts for five minutes from now, and no more. */
static void a_clock_from_the_future_passes(void **state)
{
	const uint64_t hour = UINT64_C(3600000) << 16;
	struct writer_test *t = *state;
	uint64_t now = (uint64_t)(HARNESS_START_US / 1000) << 16;
	struct row *base = writer_make_company(t, "Acme");
	struct row *patch = writer_new_row(t, base->entity);
	struct write_intent intent;
	struct write_outcome outcome;

	patch->id = base->id;
	intent = writer_patch_of(t, patch, COMPANY_INDUSTRY, base->rev);
	intent.hlc = now + 200 * hour;
	writer_set_text(patch, COMPANY_INDUSTRY, "early bird");
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	t->harness.wall_us += INT64_C(3600) * 1000000;
	intent.hlc = now + hour;
	writer_set_text(patch, COMPANY_INDUSTRY, "an hour later");
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, COMPANY_INDUSTRY, "an hour later");
}

static void sets_take_what_both_did(void **state)
{
	struct writer_test *t = *state;
	struct row *base = writer_make_company(t, "Acme");
	struct row *a = writer_new_row(t, base->entity),
		   *b = writer_new_row(t, base->entity);
	struct write_outcome outcome;
	struct write_intent intent;
	uint64_t rev;

	a->id = b->id = base->id;
	set_words(t, a, COMPANY_CATEGORIES, "abc");
	intent = writer_patch_of(t, a, COMPANY_CATEGORIES, base->rev);
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	rev = outcome.row->rev;
	/* One drops b, the other, from the same base, drops a and adds d. */
	set_words(t, a, COMPANY_CATEGORIES, "ac");
	intent = writer_patch_of(t, a, COMPANY_CATEGORIES, rev);
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	set_words(t, b, COMPANY_CATEGORIES, "bcd");
	intent = writer_patch_of(t, b, COMPANY_CATEGORIES, rev);
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_words(outcome.row, COMPANY_CATEGORIES, "cd");
	/* Not as it was sent: the author is told. */
	assert_true(field_set_has(&outcome.lost, COMPANY_CATEGORIES));
}

static void saying_nothing_new_writes_nothing(void **state)
{
	struct writer_test *t = *state;
	struct row *base = writer_make_company(t, "Acme");
	uint64_t rev = harness_rev(&t->harness);
	struct write_intent intent =
		writer_patch_of(t, base, COMPANY_DISPLAY_NAME, base->rev);
	struct write_outcome outcome;

	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_false(outcome.is_changed);
	assert_int_equal(outcome.row->rev, base->rev);
	assert_int_equal(harness_rev(&t->harness), rev);
}

static void an_exact_base_is_not_merged(void **state)
{
	struct writer_test *t = *state;
	struct row *base = writer_make_company(t, "Acme");
	struct row *patch = writer_new_row(t, base->entity);
	struct write_intent intent;

	patch->id = base->id;
	writer_set_text(patch, COMPANY_INDUSTRY, "x");
	intent = writer_patch_of(t, patch, COMPANY_INDUSTRY, base->rev);
	intent.is_exact = true;
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	writer_set_text(patch, COMPANY_INDUSTRY, "y");
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_ABORTED);
	intent.op = CHANGE_DELETE;
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_ABORTED);
	intent.is_exact = false;
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* --------------------------------------------------------------- authors */

static void the_log_knows_the_author(void **state)
{
	struct writer_test *t = *state;
	struct row *row = writer_new_row(t, writer_kind("company"));
	struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
		.incarnation = { { 7 } },
		.seq = 42,
	};
	struct write_outcome outcome;
	struct change change;

	writer_set_text(row, COMPANY_DISPLAY_NAME, "Acme");
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	change = writer_change_at(t, outcome.row->rev);
	assert_memory_equal(&change.author.actor, &t->rep.id, 16);
	assert_memory_equal(&change.author.device, &t->rep.device, 16);
	assert_int_equal(change.author.incarnation.at[0], 7);
	assert_int_equal(change.author.seq, 42);
	assert_int_equal(change.author.at_us, HARNESS_START_US);
	assert_int_equal(change.op, CHANGE_CREATE);
	/* Owner and team are the server's in any case. */
	assert_true(change.author.is_verbatim);
}

static void output_only_fields_are_the_servers(void **state)
{
	struct writer_test *t = *state;
	struct row *row = writer_new_row(t, writer_kind("alert"));
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	row->owner = t->rep.id;
	kind_value(row, ALERT_TYPE)->i = 3;
	writer_set_text(row, ALERT_SENTENCE, "It was so.");
	kind_value(row, ALERT_STATE)->i = 1;
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was so.");

	intent.principal = &t->admin;
	intent.id = row->id = harness_new_uuid(&t->harness);
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);
	intent.id = row->id = outcome.row->id;
	intent.op = CHANGE_DELETE;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);

	intent.op = CHANGE_UPDATE;
	writer_set_text(row, ALERT_SENTENCE, "It was otherwise.");
	kind_value(row, ALERT_STATE)->i = 2;
	field_set_add(&intent.which, ALERT_SENTENCE);
	field_set_add(&intent.which, ALERT_STATE);
	intent.principal = &t->principal;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);
	intent.principal = &t->admin;
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was so.");
	assert_int_equal(kind_value(outcome.row, ALERT_STATE)->i, 2);
	intent.principal = NULL;
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was otherwise.");
}

static void a_meeting_is_planned_first(void **state)
{
	struct writer_test *t = *state;
	struct row *row = writer_new_row(t, writer_kind("meeting"));
	const struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;
	struct change change;

	writer_set_text(row, 10, "coffee");
	kind_value(row, 11)->i = HARNESS_START_US;
	kind_value(row, 12)->i = HARNESS_START_US;
	kind_value(row, 14)->d = 59.9;
	kind_value(row, 15)->d = 30.3;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_INVALID_ARGUMENT);
	writer_expect_fault(t, "end_time");
	kind_value(row, 12)->i += 3600000000;
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_int_equal(kind_value(outcome.row, MEETING_STATE)->i,
			 MEETING_STATE_PLANNED);
	/* What the server filled in was not sent; the rest stands as it was. */
	change = writer_change_at(t, outcome.row->rev);
	assert_true(change.author.is_verbatim);
	assert_true(field_set_has(&change.settled, MEETING_STATE));
	field_set_remove(&change.settled, MEETING_STATE);
	assert_true(field_set_is_empty(&change.settled));
}

/* ------------------------------------------------------------------- keys */

static struct uuid add_field(struct writer_test *t, const char *key)
{
	struct row *row = writer_new_row(t, writer_kind("custom_field"));
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};

	writer_set_text(row, 10, "company");
	writer_set_text(row, 11, key);
	writer_set_text(row, 12, key);
	kind_value(row, 13)->i = 1; /* TEXT */
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	return row->id;
}

/* Custom values of a company: of the fields in order, one letter each. */
static void set_custom(struct writer_test *t, struct row *row,
		       const struct uuid *fields, const char *letters)
{
	struct buffer bytes = harness_buffer();
	struct row *read = row_new(&t->arena, row->entity);

	for (size_t i = 0; letters[i]; i++) {
		struct buffer one = harness_buffer();
		char text[2] = { letters[i], 0 };

		harness_put_uuid(&one, 1, &fields[i]);
		harness_put_text(&one, 2, text);
		wire_put_bytes(&bytes, FIELD_CUSTOM, one.at, one.len);
		buffer_free(&one);
	}
	assert_int_equal(record_read(read, NULL, &t->arena,
				     (struct bytes){ bytes.at, bytes.len },
				     &t->err),
			 OUTRIDER_OK);
	*kind_value(row, FIELD_CUSTOM) = *kind_value(read, FIELD_CUSTOM);
	buffer_free(&bytes);
}

/*
 * One changes the first field at noon, another the second in the morning, and
 * a third the first, a little later in the morning: noon stays, whoever wrote
 * the record last.
 */
static void each_key_has_a_clock_of_its_own(void **state)
{
	static const struct {
		const char *letters;
		uint64_t minute;
		const char *stands;
	} writes[] = {
		{ "Bb", 30, "Bb" },
		{ "ac", 10, "Bc" },
		{ "Db", 20, "Bc" },
	};
	struct writer_test *t = *state;
	uint64_t now = (uint64_t)(HARNESS_START_US / 1000) << 16;
	struct uuid fields[] = { add_field(t, "one"), add_field(t, "two") };
	struct row *base = writer_make_company(t, "Acme");
	struct row *patch = writer_new_row(t, base->entity);
	struct row *wanted = writer_new_row(t, base->entity);
	struct write_intent intent;
	struct write_outcome outcome;

	t->harness.wall_us += INT64_C(3600) * 1000000;
	patch->id = base->id;
	set_custom(t, patch, fields, "ab");
	intent = writer_patch_of(t, patch, FIELD_CUSTOM, base->rev);
	intent.hlc = now;
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	base = outcome.row;
	for (size_t i = 0; i < 3; i++) {
		patch = writer_new_row(t, base->entity);
		patch->id = base->id;
		set_custom(t, patch, fields, writes[i].letters);
		intent = writer_patch_of(t, patch, FIELD_CUSTOM, base->rev);
		intent.hlc = now + (writes[i].minute * 60000 << 16);
		assert_int_equal(writer_write(&outcome, t, &intent),
				 OUTRIDER_OK);
		set_custom(t, wanted, fields, writes[i].stands);
		assert_true(value_equal(message_field(base->entity->message,
						      FIELD_CUSTOM),
					kind_value(outcome.row, FIELD_CUSTOM),
					kind_value(wanted, FIELD_CUSTOM)));
	}
}

int main(void)
{
#define FIRM(test) \
	cmocka_unit_test_setup_teardown(test, writer_open, writer_close)
	const struct CMUnitTest tests[] = {
		FIRM(fields_apart_both_survive),
		FIRM(the_later_clock_wins),
		FIRM(a_clock_from_the_future_passes),
		FIRM(sets_take_what_both_did),
		FIRM(saying_nothing_new_writes_nothing),
		FIRM(an_exact_base_is_not_merged),
		FIRM(the_log_knows_the_author),
		FIRM(output_only_fields_are_the_servers),
		FIRM(a_meeting_is_planned_first),
		FIRM(each_key_has_a_clock_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
