/*
 * write: one record written, straight through write_record: merge, laws, the
 * change log's author. What calls make of it is test_crud.c's and
 * test_access.c's.
 */
#include "app_harness.h"

#include "app/kinds.h"
#include "app/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OWN_MEMORY = 64 << 20 };

enum {
	NOTE_TEXT = 10,
	NOTE_COMPANY = 11,
	COMPANY_DISPLAY_NAME = 10,
	COMPANY_LEGAL_NAME = 11,
	COMPANY_INDUSTRY = 13,
	COMPANY_PARENT = 17,
	COMPANY_CATEGORIES = 18,
	ALERT_TYPE = 10,
	ALERT_SENTENCE = 12,
	ALERT_STATE = 14,
};

struct write_test {
	struct app_harness harness;
	struct arena arena;
	struct harness_user rep;
	struct principal principal; /* the rep's, with a device */
	struct principal admin;
	struct outrider_err err;
};

static const struct entity *kind(const char *name)
{
	return schema_entity_named(name, strlen(name));
}

static struct principal principal_of(struct write_test *t, const char *token)
{
	struct principal p = { .role = ROLE_NONE };
	char authorization[64];

	snprintf(authorization, sizeof(authorization), "Bearer %s", token);
	assert_true(token_read(p.token_hash,
			       (struct bytes){ (uint8_t *)authorization,
					       strlen(authorization) }));
	assert_int_equal(principal_load(&p, t->harness.worker,
					t->harness.wall_us, &t->arena, &t->err),
			 OUTRIDER_OK);
	return p;
}

static int open_firm(void **state)
{
	static struct write_test test;

	harness_open(&test.harness);
	arena_init(&test.arena, &allocator_libc, OWN_MEMORY);
	test.rep = harness_add_user(&test.harness, "rep", ROLE_REP, NULL);
	test.principal = principal_of(&test, test.rep.device_token);
	test.admin = principal_of(&test, test.harness.admin_token);
	*state = &test;
	return 0;
}

static int close_firm(void **state)
{
	struct write_test *t = *state;

	arena_free(&t->arena);
	harness_close(&t->harness);
	return 0;
}

/* ------------------------------------------------------------------ writes */

struct one_write {
	struct write_test *t;
	const struct write_intent *intent;
	struct write_outcome outcome;
};

static enum outrider_code
run_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct one_write *w = user;

	return write_record(&w->outcome, w->t->harness.app, tx, w->intent,
			    &w->t->arena, err);
}

static enum outrider_code write_it(struct write_outcome *out,
				   struct write_test *t,
				   const struct write_intent *intent)
{
	struct one_write w = { .t = t, .intent = intent };
	enum outrider_code code =
		store_write_now(t->harness.store, run_write, &w, &t->err);

	if (out)
		*out = w.outcome;
	return code;
}

static void expect_fault(struct write_test *t, const char *field)
{
	assert_string_equal(t->err.field, field);
	assert_true(t->err.text[0] != 0);
}

static struct row *new_row(struct write_test *t, const struct entity *entity)
{
	struct row *row = row_new(&t->arena, entity);

	assert_non_null(row);
	row->id = harness_new_uuid(&t->harness);
	return row;
}

static void set_text(struct row *row, uint32_t number, const char *text)
{
	kind_value(row, number)->bytes = (struct bytes){
		.at = (const uint8_t *)text,
		.len = strlen(text),
	};
}

static void set_id(struct write_test *t, struct row *row, uint32_t number,
		   const struct uuid *id)
{
	kind_value(row, number)->bytes =
		arena_copy(&t->arena, id->at, sizeof(id->at));
}

/* A set of short strings, as a repeated field stands in a row. */
static void set_words(struct write_test *t, struct row *row, uint32_t number,
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

static struct row *make_company(struct write_test *t, const char *name)
{
	struct row *row = new_row(t, kind("company"));
	const struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	set_text(row, COMPANY_DISPLAY_NAME, name);
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_true(outcome.is_changed);
	return outcome.row;
}

/* An update of one field of values. */
static struct write_intent patch_of(const struct write_test *t,
				    const struct row *values, uint32_t number,
				    uint64_t base_rev)
{
	struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_UPDATE,
		.entity = values->entity,
		.id = values->id,
		.values = values,
		.base_rev = base_rev,
	};

	field_set_add(&intent.which, number);
	return intent;
}

static struct change change_at(struct write_test *t, uint64_t rev)
{
	struct store_conn *conn;
	struct change change;

	assert_int_equal(store_reader_open(&conn, t->harness.store, &t->err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &t->err), OUTRIDER_OK);
	assert_int_equal(store_change(conn, &change, rev, &t->arena, &t->err),
			 OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	return change;
}

/* ------------------------------------------------------------------ merge */

static void fields_apart_both_survive(void **state)
{
	struct write_test *t = *state;
	struct row *base = make_company(t, "Acme");
	struct row *a = new_row(t, base->entity), *b = new_row(t, base->entity);
	struct write_intent first, second;
	struct write_outcome outcome;

	a->id = b->id = base->id;
	set_text(a, COMPANY_LEGAL_NAME, "Acme GmbH");
	set_text(b, COMPANY_INDUSTRY, "anvils");
	first = patch_of(t, a, COMPANY_LEGAL_NAME, base->rev);
	second = patch_of(t, b, COMPANY_INDUSTRY, base->rev);
	assert_int_equal(write_it(&outcome, t, &first), OUTRIDER_OK);
	assert_int_equal(write_it(&outcome, t, &second), OUTRIDER_OK);
	assert_true(field_set_is_empty(&outcome.lost));
	assert_text(outcome.row, COMPANY_LEGAL_NAME, "Acme GmbH");
	assert_text(outcome.row, COMPANY_INDUSTRY, "anvils");
	assert_true(change_at(t, outcome.row->rev).author.is_verbatim);
}

/* The later clock wins, in whichever order they arrive. */
static void run_same_field(struct write_test *t, uint64_t first_hlc,
			   uint64_t second_hlc, const char *winner)
{
	struct row *base = make_company(t, "Acme");
	struct row *a = new_row(t, base->entity), *b = new_row(t, base->entity);
	struct write_intent first, second;
	struct write_outcome outcome;
	struct change change;

	a->id = b->id = base->id;
	set_text(a, COMPANY_INDUSTRY, "first");
	set_text(b, COMPANY_INDUSTRY, "second");
	first = patch_of(t, a, COMPANY_INDUSTRY, base->rev);
	second = patch_of(t, b, COMPANY_INDUSTRY, base->rev);
	first.hlc = first_hlc;
	second.hlc = second_hlc;
	assert_int_equal(write_it(&outcome, t, &first), OUTRIDER_OK);
	assert_int_equal(write_it(&outcome, t, &second), OUTRIDER_OK);
	assert_text(outcome.row, COMPANY_INDUSTRY, winner);
	assert_int_equal(field_set_has(&outcome.lost, COMPANY_INDUSTRY),
			 strcmp(winner, "first") == 0);
	change = change_at(t, outcome.row->rev);
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
	struct write_test *t = *state;
	uint64_t now = (uint64_t)(HARNESS_START_US / 1000) << 16;
	struct row *base = make_company(t, "Acme");
	struct row *patch = new_row(t, base->entity);
	struct write_intent intent;
	struct write_outcome outcome;

	patch->id = base->id;
	intent = patch_of(t, patch, COMPANY_INDUSTRY, base->rev);
	intent.hlc = now + 200 * hour;
	set_text(patch, COMPANY_INDUSTRY, "early bird");
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	t->harness.wall_us += INT64_C(3600) * 1000000;
	intent.hlc = now + hour;
	set_text(patch, COMPANY_INDUSTRY, "an hour later");
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, COMPANY_INDUSTRY, "an hour later");
}

static void sets_take_what_both_did(void **state)
{
	struct write_test *t = *state;
	struct row *base = make_company(t, "Acme");
	struct row *a = new_row(t, base->entity), *b = new_row(t, base->entity);
	struct write_outcome outcome;
	struct write_intent intent;
	uint64_t rev;

	a->id = b->id = base->id;
	set_words(t, a, COMPANY_CATEGORIES, "abc");
	intent = patch_of(t, a, COMPANY_CATEGORIES, base->rev);
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	rev = outcome.row->rev;
	/* One drops b, the other, from the same base, drops a and adds d. */
	set_words(t, a, COMPANY_CATEGORIES, "ac");
	intent = patch_of(t, a, COMPANY_CATEGORIES, rev);
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	set_words(t, b, COMPANY_CATEGORIES, "bcd");
	intent = patch_of(t, b, COMPANY_CATEGORIES, rev);
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_words(outcome.row, COMPANY_CATEGORIES, "cd");
	/* Not as it was sent: the author is told. */
	assert_true(field_set_has(&outcome.lost, COMPANY_CATEGORIES));
}

static void saying_nothing_new_writes_nothing(void **state)
{
	struct write_test *t = *state;
	struct row *base = make_company(t, "Acme");
	uint64_t rev = harness_rev(&t->harness);
	struct write_intent intent =
		patch_of(t, base, COMPANY_DISPLAY_NAME, base->rev);
	struct write_outcome outcome;

	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_false(outcome.is_changed);
	assert_int_equal(outcome.row->rev, base->rev);
	assert_int_equal(harness_rev(&t->harness), rev);
}

static void an_exact_base_is_not_merged(void **state)
{
	struct write_test *t = *state;
	struct row *base = make_company(t, "Acme");
	struct row *patch = new_row(t, base->entity);
	struct write_intent intent;

	patch->id = base->id;
	set_text(patch, COMPANY_INDUSTRY, "x");
	intent = patch_of(t, patch, COMPANY_INDUSTRY, base->rev);
	intent.is_exact = true;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
	set_text(patch, COMPANY_INDUSTRY, "y");
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_ABORTED);
	intent.op = CHANGE_DELETE;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_ABORTED);
	intent.is_exact = false;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
	assert_int_equal(write_it(NULL, t, &intent),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* --------------------------------------------------------------- authors */

static void the_log_knows_the_author(void **state)
{
	struct write_test *t = *state;
	struct row *row = new_row(t, kind("company"));
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

	set_text(row, COMPANY_DISPLAY_NAME, "Acme");
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	change = change_at(t, outcome.row->rev);
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
	struct write_test *t = *state;
	struct row *row = new_row(t, kind("alert"));
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	row->owner = t->rep.id;
	kind_value(row, ALERT_TYPE)->i = 3;
	set_text(row, ALERT_SENTENCE, "It was so.");
	kind_value(row, ALERT_STATE)->i = 1;
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was so.");

	intent.principal = &t->admin;
	intent.id = row->id = harness_new_uuid(&t->harness);
	assert_int_equal(write_it(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);
	intent.id = row->id = outcome.row->id;
	intent.op = CHANGE_DELETE;
	assert_int_equal(write_it(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);

	intent.op = CHANGE_UPDATE;
	set_text(row, ALERT_SENTENCE, "It was otherwise.");
	kind_value(row, ALERT_STATE)->i = 2;
	field_set_add(&intent.which, ALERT_SENTENCE);
	field_set_add(&intent.which, ALERT_STATE);
	intent.principal = &t->principal;
	assert_int_equal(write_it(NULL, t, &intent),
			 OUTRIDER_PERMISSION_DENIED);
	intent.principal = &t->admin;
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was so.");
	assert_int_equal(kind_value(outcome.row, ALERT_STATE)->i, 2);
	intent.principal = NULL;
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_text(outcome.row, ALERT_SENTENCE, "It was otherwise.");
}

static void a_meeting_is_planned_first(void **state)
{
	struct write_test *t = *state;
	struct row *row = new_row(t, kind("meeting"));
	const struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	set_text(row, 10, "coffee");
	kind_value(row, 11)->i = HARNESS_START_US;
	kind_value(row, 12)->i = HARNESS_START_US;
	kind_value(row, 14)->d = 59.9;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_INVALID_ARGUMENT);
	expect_fault(t, "end_time");
	kind_value(row, 12)->i += 3600000000;
	assert_int_equal(write_it(&outcome, t, &intent), OUTRIDER_OK);
	assert_int_equal(kind_value(outcome.row, MEETING_STATE)->i,
			 MEETING_STATE_PLANNED);
	/* What the server filled in was not sent. */
	assert_false(change_at(t, outcome.row->rev).author.is_verbatim);
}

/* ------------------------------------------------------------------- trees */

static enum outrider_code
set_parent(struct write_test *t, const struct principal *who,
	   const struct row *row, uint32_t number, const struct uuid *parent)
{
	struct row *patch = new_row(t, row->entity);
	struct write_intent intent;

	patch->id = row->id;
	if (parent)
		set_id(t, patch, number, parent);
	intent = patch_of(t, patch, number, 0);
	intent.principal = who;
	return write_it(NULL, t, &intent);
}

static void companies_stand_in_trees(void **state)
{
	struct write_test *t = *state;
	struct row *chain[70];

	for (size_t i = 0; i < 3; i++)
		chain[i] = make_company(t, "Acme");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(set_parent(t, &t->principal, chain[i],
					    COMPANY_PARENT, &chain[i + 1]->id),
				 OUTRIDER_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(set_parent(t, &t->principal, chain[2],
					    COMPANY_PARENT, &chain[i]->id),
				 OUTRIDER_INVALID_ARGUMENT);
		expect_fault(t, "parent_id");
	}
	assert_int_equal(set_parent(t, &t->principal, chain[1], COMPANY_PARENT,
				    NULL),
			 OUTRIDER_OK);
	assert_int_equal(set_parent(t, &t->principal, chain[2], COMPANY_PARENT,
				    &chain[0]->id),
			 OUTRIDER_OK);
	/* However long the way up: it has an end. */
	chain[0] = make_company(t, "Acme");
	for (size_t i = 1; i < 70; i++) {
		chain[i] = make_company(t, "Acme");
		assert_int_equal(set_parent(t, &t->principal, chain[i],
					    COMPANY_PARENT, &chain[i - 1]->id),
				 i <= 64 ? OUTRIDER_OK
					 : OUTRIDER_INVALID_ARGUMENT);
		if (i > 64)
			break;
	}
}

static struct row *get_team(struct write_test *t, const struct uuid *id)
{
	struct store_conn *conn;
	struct row *row;

	assert_int_equal(store_reader_open(&conn, t->harness.store, &t->err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &t->err), OUTRIDER_OK);
	assert_int_equal(store_get(conn, &row, kind("team"), id, &t->arena,
				   &t->err),
			 OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	return row;
}

static enum outrider_code do_to(struct write_test *t, const struct entity *e,
				const struct uuid *id, enum change_op op)
{
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = op,
		.entity = e,
		.id = *id,
	};

	return write_it(NULL, t, &intent);
}

static void there_is_one_root_team(void **state)
{
	struct write_test *t = *state;
	struct app_harness *h = &t->harness;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid fjord = harness_add_team(h, "Fjord", &north);
	struct row *root = get_team(t, &h->root), *team = get_team(t, &north);
	struct row *second = new_row(t, kind("team"));
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = CHANGE_CREATE,
		.entity = second->entity,
		.id = second->id,
		.values = second,
	};

	/* A new team that names none above it stands below the root. */
	set_text(second, TEAM_DISPLAY_NAME, "Another root");
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
	second = get_team(t, &second->id);
	assert_memory_equal(kind_value(second, TEAM_PARENT)->bytes.at,
			    h->root.at, sizeof(h->root.at));
	assert_int_equal(set_parent(t, &t->admin, team, TEAM_PARENT, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(set_parent(t, &t->admin, team, TEAM_PARENT, &fjord),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(set_parent(t, &t->admin, root, TEAM_PARENT, &fjord),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(do_to(t, kind("team"), &h->root, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* Nobody is placed in it, no team is below it, and still. */
static void an_empty_root_stays(void **state)
{
	struct write_test *t = *state;
	struct app_harness *h = &t->harness;
	const struct uuid *users[] = { &h->admin, &t->rep.id };

	for (size_t i = 0; i < 2; i++) {
		struct row *patch = new_row(t, kind("user"));
		struct write_intent intent;

		patch->id = *users[i];
		intent = patch_of(t, patch, USER_MEMBER_OF_TEAM, 0);
		intent.principal = &t->admin;
		assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
	}
	assert_int_equal(do_to(t, kind("team"), &h->root, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
}

static void a_team_in_use_is_not_deleted(void **state)
{
	struct write_test *t = *state;
	struct app_harness *h = &t->harness;
	const struct entity *team = kind("team"), *user = kind("user");
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid fjord = harness_add_team(h, "Fjord", &north);
	struct harness_user anna =
		harness_add_user(h, "anna", ROLE_REP, &fjord);
	struct row *patch = new_row(t, user);
	struct write_intent intent;

	assert_int_equal(do_to(t, team, &north, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(do_to(t, team, &fjord, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(do_to(t, user, &anna.id, CHANGE_DELETE), OUTRIDER_OK);
	assert_int_equal(do_to(t, team, &fjord, CHANGE_DELETE), OUTRIDER_OK);
	assert_int_equal(do_to(t, team, &north, CHANGE_DELETE), OUTRIDER_OK);

	/* Nobody comes into a team that is gone. */
	patch->id = t->rep.id;
	set_id(t, patch, USER_MEMBER_OF_TEAM, &fjord);
	intent = patch_of(t, patch, USER_MEMBER_OF_TEAM, 0);
	intent.principal = &t->admin;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_INVALID_ARGUMENT);
	expect_fault(t, "member_of_team_id");
	/* Nor does it come back below one. */
	assert_int_equal(do_to(t, team, &fjord, CHANGE_UNDELETE),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(do_to(t, team, &north, CHANGE_UNDELETE), OUTRIDER_OK);
	assert_int_equal(do_to(t, team, &fjord, CHANGE_UNDELETE), OUTRIDER_OK);
}

/* ------------------------------------------------------------------- users */

static enum outrider_code make_user(struct write_test *t, const char *login,
				    enum role role, struct uuid *id)
{
	struct row *row = new_row(t, kind("user"));
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};

	set_text(row, USER_DISPLAY_NAME, login);
	set_text(row, USER_LOGIN_NAME, login);
	kind_value(row, USER_ROLE)->i = role;
	*id = row->id;
	return write_it(NULL, t, &intent);
}

static void login_names_are_given_once(void **state)
{
	struct write_test *t = *state;
	const struct entity *user = kind("user");
	struct uuid anna, other;
	struct row *patch;
	struct write_intent intent;

	assert_int_equal(make_user(t, "anna", ROLE_REP, &anna), OUTRIDER_OK);
	assert_int_equal(make_user(t, "ANNA", ROLE_REP, &other),
			 OUTRIDER_ALREADY_EXISTS);
	expect_fault(t, "login_name");
	assert_int_equal(make_user(t, "bert", ROLE_REP, &other), OUTRIDER_OK);
	patch = new_row(t, user);
	patch->id = other;
	set_text(patch, USER_LOGIN_NAME, "Anna");
	intent = patch_of(t, patch, USER_LOGIN_NAME, 0);
	intent.principal = &t->admin;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_ALREADY_EXISTS);
	/* One's own in another case is one's own. */
	set_text(patch, USER_LOGIN_NAME, "Bert");
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);

	/* Who is gone leaves the name; who comes back may find it taken. */
	assert_int_equal(do_to(t, user, &anna, CHANGE_DELETE), OUTRIDER_OK);
	set_text(patch, USER_LOGIN_NAME, "anna");
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
	assert_int_equal(do_to(t, user, &anna, CHANGE_UNDELETE),
			 OUTRIDER_ALREADY_EXISTS);
	expect_fault(t, "login_name");
}

static enum outrider_code set_number(struct write_test *t,
				     const struct uuid *id, uint32_t number,
				     int64_t value)
{
	struct row *patch = new_row(t, kind("user"));
	struct write_intent intent;

	patch->id = *id;
	kind_value(patch, number)->i = value;
	intent = patch_of(t, patch, number, 0);
	intent.principal = &t->admin;
	return write_it(NULL, t, &intent);
}

static void the_last_administrator_stays(void **state)
{
	struct write_test *t = *state;
	const struct entity *user = kind("user");
	const struct uuid *admin = &t->harness.admin;
	struct uuid second;

	for (int round = 0; round < 2; round++) {
		assert_int_equal(set_number(t, admin, USER_IS_DISABLED, 1),
				 OUTRIDER_FAILED_PRECONDITION);
		assert_int_equal(set_number(t, admin, USER_ROLE, ROLE_MANAGER),
				 OUTRIDER_FAILED_PRECONDITION);
		assert_int_equal(do_to(t, user, admin, CHANGE_DELETE),
				 OUTRIDER_FAILED_PRECONDITION);
		if (round == 1)
			break;
		/* One who is disabled doesn't count. */
		assert_int_equal(make_user(t, "second", ROLE_ADMINISTRATOR,
					   &second),
				 OUTRIDER_OK);
		assert_int_equal(set_number(t, &second, USER_IS_DISABLED, 1),
				 OUTRIDER_OK);
	}
	assert_int_equal(set_number(t, &second, USER_IS_DISABLED, 0),
			 OUTRIDER_OK);
	assert_int_equal(do_to(t, user, admin, CHANGE_DELETE), OUTRIDER_OK);
	assert_int_equal(set_number(t, &second, USER_ROLE, ROLE_REP),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* -------------------------------------------------------------- references */

static void references_must_be_there(void **state)
{
	struct write_test *t = *state;
	struct row *company = make_company(t, "Acme");
	struct row *note = new_row(t, kind("note"));
	struct uuid nobody = harness_new_uuid(&t->harness);
	struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = note->entity,
		.id = note->id,
		.values = note,
	};

	set_text(note, NOTE_TEXT, "text");
	set_id(t, note, NOTE_COMPANY, &nobody);
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_INVALID_ARGUMENT);
	expect_fault(t, "company_id");
	/* For the server too. */
	intent.principal = NULL;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_INVALID_ARGUMENT);
	/* One that was deleted meanwhile: what was written offline stands. */
	assert_int_equal(do_to(t, company->entity, &company->id, CHANGE_DELETE),
			 OUTRIDER_OK);
	set_id(t, note, NOTE_COMPANY, &company->id);
	intent.principal = &t->principal;
	assert_int_equal(write_it(NULL, t, &intent), OUTRIDER_OK);
}

/* The numbers that laws stand on are those of the contract. */
static void numbers_are_the_contracts(void **state)
{
	static const struct {
		uint32_t kind, field;
		const char *kind_name, *name;
	} known[] = {
		{ KIND_USER, USER_DISPLAY_NAME, "user", "display_name" },
		{ KIND_USER, USER_LOGIN_NAME, "user", "login_name" },
		{ KIND_USER, USER_ROLE, "user", "role" },
		{ KIND_USER, USER_MEMBER_OF_TEAM, "user", "member_of_team_id" },
		{ KIND_USER, USER_IS_DISABLED, "user", "is_disabled" },
		{ KIND_TEAM, TEAM_DISPLAY_NAME, "team", "display_name" },
		{ KIND_TEAM, TEAM_PARENT, "team", "parent_id" },
		{ KIND_MEETING, MEETING_STATE, "meeting", "state" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct entity *entity = schema_entity(known[i].kind);

		assert_string_equal(entity->name, known[i].kind_name);
		assert_string_equal(
			message_field(entity->message, known[i].field)->name,
			known[i].name);
	}
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
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
		FIRM(companies_stand_in_trees),
		FIRM(there_is_one_root_team),
		FIRM(an_empty_root_stays),
		FIRM(a_team_in_use_is_not_deleted),
		FIRM(login_names_are_given_once),
		FIRM(the_last_administrator_stays),
		FIRM(references_must_be_there),
		cmocka_unit_test(numbers_are_the_contracts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
