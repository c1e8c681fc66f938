/*
 * laws: what a write may not do because of other records.
 */
#include "writer_bench.h"

#include "app/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	NOTE_TEXT = 10,
	NOTE_COMPANY = 11,
	COMPANY_PARENT = 17,
};

/* ------------------------------------------------------------------- trees */

static enum outrider_code
set_parent(struct writer_test *t, const struct principal *who,
	   const struct row *row, uint32_t number, const struct uuid *parent)
{
	struct row *patch = writer_new_row(t, row->entity);
	struct write_intent intent;

	patch->id = row->id;
	if (parent)
		writer_set_id(t, patch, number, parent);
	intent = writer_patch_of(t, patch, number, 0);
	intent.principal = who;
	return writer_write(NULL, t, &intent);
}

static void companies_stand_in_trees(void **state)
{
	struct writer_test *t = *state;
	struct row *chain[70];

	for (size_t i = 0; i < 3; i++)
		chain[i] = writer_make_company(t, "Acme");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(set_parent(t, &t->principal, chain[i],
					    COMPANY_PARENT, &chain[i + 1]->id),
				 OUTRIDER_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(set_parent(t, &t->principal, chain[2],
					    COMPANY_PARENT, &chain[i]->id),
				 OUTRIDER_INVALID_ARGUMENT);
		writer_expect_fault(t, "parent_id");
	}
	assert_int_equal(set_parent(t, &t->principal, chain[1], COMPANY_PARENT,
				    NULL),
			 OUTRIDER_OK);
	assert_int_equal(set_parent(t, &t->principal, chain[2], COMPANY_PARENT,
				    &chain[0]->id),
			 OUTRIDER_OK);
	/* However long the way up: it has an end. */
	chain[0] = writer_make_company(t, "Acme");
	for (size_t i = 1; i < 70; i++) {
		chain[i] = writer_make_company(t, "Acme");
		assert_int_equal(set_parent(t, &t->principal, chain[i],
					    COMPANY_PARENT, &chain[i - 1]->id),
				 i <= 64 ? OUTRIDER_OK
					 : OUTRIDER_INVALID_ARGUMENT);
		if (i > 64)
			break;
	}
}

static struct row *get_team(struct writer_test *t, const struct uuid *id)
{
	struct store_conn *conn;
	struct row *row;

	assert_int_equal(store_reader_open(&conn, t->harness.store, &t->err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &t->err), OUTRIDER_OK);
	assert_int_equal(store_get(conn, &row, writer_kind("team"), id,
				   &t->arena, &t->err),
			 OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	return row;
}

static enum outrider_code do_to(struct writer_test *t, const struct entity *e,
				const struct uuid *id, enum change_op op)
{
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = op,
		.entity = e,
		.id = *id,
	};

	return writer_write(NULL, t, &intent);
}

static void there_is_one_root_team(void **state)
{
	struct writer_test *t = *state;
	struct app_harness *h = &t->harness;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid fjord = harness_add_team(h, "Fjord", &north);
	struct row *root = get_team(t, &h->root), *team = get_team(t, &north);
	struct row *second = writer_new_row(t, writer_kind("team"));
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = CHANGE_CREATE,
		.entity = second->entity,
		.id = second->id,
		.values = second,
	};

	/* A new team that names none above it stands below the root. */
	writer_set_text(second, TEAM_DISPLAY_NAME, "Another root");
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	second = get_team(t, &second->id);
	assert_memory_equal(kind_value(second, TEAM_PARENT)->bytes.at,
			    h->root.at, sizeof(h->root.at));
	assert_int_equal(set_parent(t, &t->admin, team, TEAM_PARENT, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(set_parent(t, &t->admin, team, TEAM_PARENT, &fjord),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(set_parent(t, &t->admin, root, TEAM_PARENT, &fjord),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(do_to(t, writer_kind("team"), &h->root, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* Nobody is placed in it, no team is below it, and still. */
static void an_empty_root_stays(void **state)
{
	struct writer_test *t = *state;
	struct app_harness *h = &t->harness;
	const struct uuid *users[] = { &h->admin, &t->rep.id };

	for (size_t i = 0; i < 2; i++) {
		struct row *patch = writer_new_row(t, writer_kind("user"));
		struct write_intent intent;

		patch->id = *users[i];
		intent = writer_patch_of(t, patch, USER_MEMBER_OF_TEAM, 0);
		intent.principal = &t->admin;
		assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	}
	assert_int_equal(do_to(t, writer_kind("team"), &h->root, CHANGE_DELETE),
			 OUTRIDER_FAILED_PRECONDITION);
}

static void a_team_in_use_is_not_deleted(void **state)
{
	struct writer_test *t = *state;
	struct app_harness *h = &t->harness;
	const struct entity *team = writer_kind("team"),
			    *user = writer_kind("user");
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid fjord = harness_add_team(h, "Fjord", &north);
	struct harness_user anna =
		harness_add_user(h, "anna", RANK_REP, &fjord);
	struct row *patch = writer_new_row(t, user);
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
	writer_set_id(t, patch, USER_MEMBER_OF_TEAM, &fjord);
	intent = writer_patch_of(t, patch, USER_MEMBER_OF_TEAM, 0);
	intent.principal = &t->admin;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_INVALID_ARGUMENT);
	writer_expect_fault(t, "member_of_team_id");
	/* Nor does it come back below one. */
	assert_int_equal(do_to(t, team, &fjord, CHANGE_UNDELETE),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(do_to(t, team, &north, CHANGE_UNDELETE), OUTRIDER_OK);
	assert_int_equal(do_to(t, team, &fjord, CHANGE_UNDELETE), OUTRIDER_OK);
}

/* ------------------------------------------------------------------- users */

static enum outrider_code make_user(struct writer_test *t, const char *login,
				    enum rank rank, struct uuid *id)
{
	struct row *row = writer_new_row(t, writer_kind("user"));
	const struct write_intent intent = {
		.principal = &t->admin,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};

	writer_set_text(row, USER_DISPLAY_NAME, login);
	writer_set_text(row, USER_LOGIN_NAME, login);
	kind_value(row, USER_RANK)->i = rank;
	*id = row->id;
	return writer_write(NULL, t, &intent);
}

/* What looks like another's name must not be one. */
static void login_names_are_what_they_look_like(void **state)
{
	static const char *const bad[] = {
		" anna",
		"anna ",
		"an\nna",
		"an\x7fna",
		"an\xc2\x85na",
		"an\xe2\x80\x8bna", /* U+200B */
		"an\xe2\x80\xaena", /* U+202E: right to left */
		"an\xe2\x81\xa0na",
		("\xef\xbb\xbf"
		 "anna"),
		("\xc2\xa0"
		 "anna"),
		"anna\xe3\x80\x80",
	};
	static const char *const good[] = {
		"anna", "anna k", "Žofie", "安娜", "\xf0\x9f\x98\x80",
	};
	struct writer_test *t = *state;
	struct uuid id;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (make_user(t, bad[i], RANK_REP, &id) !=
		    OUTRIDER_INVALID_ARGUMENT)
			fail_msg("name %zu was taken", i);
		writer_expect_fault(t, "login_name");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(make_user(t, good[i], RANK_REP, &id),
				 OUTRIDER_OK);
}

static void login_names_are_given_once(void **state)
{
	struct writer_test *t = *state;
	const struct entity *user = writer_kind("user");
	struct uuid anna, other;
	struct row *patch;
	struct write_intent intent;

	assert_int_equal(make_user(t, "anna", RANK_REP, &anna), OUTRIDER_OK);
	assert_int_equal(make_user(t, "ANNA", RANK_REP, &other),
			 OUTRIDER_ALREADY_EXISTS);
	writer_expect_fault(t, "login_name");
	assert_int_equal(make_user(t, "bert", RANK_REP, &other), OUTRIDER_OK);
	patch = writer_new_row(t, user);
	patch->id = other;
	writer_set_text(patch, USER_LOGIN_NAME, "Anna");
	intent = writer_patch_of(t, patch, USER_LOGIN_NAME, 0);
	intent.principal = &t->admin;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_ALREADY_EXISTS);
	/* One's own in another case is one's own. */
	writer_set_text(patch, USER_LOGIN_NAME, "Bert");
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);

	/* Who is gone leaves the name; who comes back may find it taken. */
	assert_int_equal(do_to(t, user, &anna, CHANGE_DELETE), OUTRIDER_OK);
	writer_set_text(patch, USER_LOGIN_NAME, "anna");
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
	assert_int_equal(do_to(t, user, &anna, CHANGE_UNDELETE),
			 OUTRIDER_ALREADY_EXISTS);
	writer_expect_fault(t, "login_name");
}

static enum outrider_code set_number(struct writer_test *t,
				     const struct uuid *id, uint32_t number,
				     int64_t value)
{
	struct row *patch = writer_new_row(t, writer_kind("user"));
	struct write_intent intent;

	patch->id = *id;
	kind_value(patch, number)->i = value;
	intent = writer_patch_of(t, patch, number, 0);
	intent.principal = &t->admin;
	return writer_write(NULL, t, &intent);
}

static void the_last_administrator_stays(void **state)
{
	struct writer_test *t = *state;
	const struct entity *user = writer_kind("user");
	const struct uuid *admin = &t->harness.admin;
	struct uuid second;

	for (int round = 0; round < 2; round++) {
		assert_int_equal(set_number(t, admin, USER_IS_DISABLED, 1),
				 OUTRIDER_FAILED_PRECONDITION);
		assert_int_equal(set_number(t, admin, USER_RANK, RANK_MANAGER),
				 OUTRIDER_FAILED_PRECONDITION);
		assert_int_equal(do_to(t, user, admin, CHANGE_DELETE),
				 OUTRIDER_FAILED_PRECONDITION);
		if (round == 1)
			break;
		/* One who is disabled doesn't count. */
		assert_int_equal(make_user(t, "second", RANK_ADMINISTRATOR,
					   &second),
				 OUTRIDER_OK);
		assert_int_equal(set_number(t, &second, USER_IS_DISABLED, 1),
				 OUTRIDER_OK);
	}
	assert_int_equal(set_number(t, &second, USER_IS_DISABLED, 0),
			 OUTRIDER_OK);
	assert_int_equal(do_to(t, user, admin, CHANGE_DELETE), OUTRIDER_OK);
	assert_int_equal(set_number(t, &second, USER_RANK, RANK_REP),
			 OUTRIDER_FAILED_PRECONDITION);
}

/* -------------------------------------------------------------- references */

static void references_must_be_there(void **state)
{
	struct writer_test *t = *state;
	struct row *company = writer_make_company(t, "Acme");
	struct row *note = writer_new_row(t, writer_kind("note"));
	struct uuid nobody = harness_new_uuid(&t->harness);
	struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = note->entity,
		.id = note->id,
		.values = note,
	};

	writer_set_text(note, NOTE_TEXT, "text");
	writer_set_id(t, note, NOTE_COMPANY, &nobody);
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_INVALID_ARGUMENT);
	writer_expect_fault(t, "company_id");
	/* For the server too. */
	intent.principal = NULL;
	assert_int_equal(writer_write(NULL, t, &intent),
			 OUTRIDER_INVALID_ARGUMENT);
	/* One that was deleted meanwhile: what was written offline stands. */
	assert_int_equal(do_to(t, company->entity, &company->id, CHANGE_DELETE),
			 OUTRIDER_OK);
	writer_set_id(t, note, NOTE_COMPANY, &company->id);
	intent.principal = &t->principal;
	assert_int_equal(writer_write(NULL, t, &intent), OUTRIDER_OK);
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
		{ KIND_USER, USER_RANK, "user", "rank" },
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
#define FIRM(test) \
	cmocka_unit_test_setup_teardown(test, writer_open, writer_close)
	const struct CMUnitTest tests[] = {
		FIRM(companies_stand_in_trees),
		FIRM(there_is_one_root_team),
		FIRM(an_empty_root_stays),
		FIRM(a_team_in_use_is_not_deleted),
		FIRM(login_names_are_what_they_look_like),
		FIRM(login_names_are_given_once),
		FIRM(the_last_administrator_stays),
		FIRM(references_must_be_there),
		cmocka_unit_test(numbers_are_the_contracts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
