/*
 * Named reads of single kinds, over indexes of their own.
 */
#include "contract.h"
#include "suite.h"

/* One value of a row by its field's name. */
struct setting {
	const char *field;
	int64_t i;
	const char *text;
	const struct uuid *uuid;
};

struct named_put {
	const char *kind;
	struct uuid id, owner;
	struct setting settings[4];
	size_t n_settings;
	struct scope scopes[2];
	size_t n_scopes;
	bool is_update;
	bool is_deleted;
};

static enum outrider_code
run_named(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct named_put *wanted = user;
	const struct entity *entity =
		schema_entity_named(wanted->kind, strlen(wanted->kind));
	struct store_author author = { .at_us = 1 };
	struct store_put put = {
		.op = CHANGE_CREATE,
		.scopes = wanted->scopes,
		.n_scopes = wanted->n_scopes,
		.author = &author,
	};
	struct row *old = NULL;
	struct arena arena;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&arena, &allocator_libc, 1 << 20);
	if (wanted->is_update)
		code = store_get(tx, &old, entity, &wanted->id, &arena, err);
	if (code != OUTRIDER_OK)
		goto done;
	put.old = old;
	put.row = old ? row_copy(&arena, old) : row_new(&arena, entity);
	put.row->id = wanted->id;
	put.row->owner = wanted->owner;
	put.row->deleted_us = wanted->is_deleted ? 9 : 0;
	for (size_t i = 0; i < wanted->n_settings; i++) {
		const struct setting *setting = &wanted->settings[i];
		const struct field *field =
			message_field_named(entity->message, setting->field,
					    strlen(setting->field));
		assert_non_null(field);
		struct value *value = row_value(put.row, field->number);
		if (setting->text)
			value->bytes = text_bytes(setting->text);
		else if (setting->uuid)
			value->bytes = (struct bytes){ setting->uuid->at, 16 };
		else
			value->i = setting->i;
		field_set_add(&put.changed, field->number);
	}
	if (wanted->is_update)
		put.op = wanted->is_deleted ? CHANGE_DELETE : CHANGE_UPDATE;
	code = store_put(tx, &put, err);
done:
	arena_free(&arena);
	return code;
}

static enum outrider_code
put_named(struct suite *suite, struct named_put *wanted)
{
	struct outrider_err err;

	return store_write_now(suite->store, run_named, wanted, &err);
}

static enum outrider_code
by_login(struct suite *suite, struct row **out, const char *login)
{
	struct outrider_err err;

	return store_user_by_login(suite->reader, out, login, strlen(login),
				   &suite->arena, &err);
}

/* Two users with one login and one more, in a closure that goes on. */
struct three_users {
	struct named_put *users[3];
	enum outrider_code codes[3];
};

static enum outrider_code
run_three(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct three_users *three = user;

	for (size_t i = 0; i < 3; i++)
		three->codes[i] = run_named(three->users[i], tx, err);
	err_clear(err);
	return OUTRIDER_OK;
}

void test_named_login_refused_amid_others(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct named_put first = {
		.kind = "user",
		.id = suite_uuid(suite),
		.settings = { { "login_name", .text = "eva" } },
		.n_settings = 1,
		.scopes = { suite_scope(0) },
		.n_scopes = 1,
	};
	struct named_put twin = first, third = first;
	struct three_users three = { .users = { &first, &twin, &third } };

	twin.id = suite_uuid(suite);
	third.id = suite_uuid(suite);
	third.settings[0].text = "ivo";
	assert_ok(store_write_now(suite->store, run_three, &three, &err), err);
	assert_int_equal(OUTRIDER_OK, three.codes[0]);
	assert_int_equal(OUTRIDER_ALREADY_EXISTS, three.codes[1]);
	assert_int_equal(OUTRIDER_OK, three.codes[2]);
	/* An update to a taken login, too. */
	third.is_update = true;
	third.settings[0].text = "EVA";
	first.is_update = true;
	first.settings[0].text = "eva2";
	three = (struct three_users){ .users = { &third, &first, &third } };
	assert_ok(store_write_now(suite->store, run_three, &three, &err), err);
	assert_int_equal(OUTRIDER_ALREADY_EXISTS, three.codes[0]);
	assert_int_equal(OUTRIDER_OK, three.codes[1]);
	assert_int_equal(OUTRIDER_OK, three.codes[2]);
	/* A refusal takes no revision. */
	assert_int_equal(4, suite_number(suite, "SELECT max(rev) FROM change"));
	assert_int_equal(4, suite_number(suite, "SELECT count(*) FROM change"));
	assert_int_equal(2, suite_number(suite, "SELECT count(*) FROM feed"));
}

void test_named_login(void **state)
{
	struct suite *suite = *state;
	struct row *row = NULL;
	struct named_put user = {
		.kind = "user",
		.id = suite_uuid(suite),
		.settings = { { "login_name", .text = "Eva@example.org" } },
		.n_settings = 1,
		.scopes = { suite_scope(0) },
		.n_scopes = 1,
	};
	struct named_put twin = user;

	twin.id = suite_uuid(suite);
	twin.settings[0].text = "eva@EXAMPLE.org";
	assert_int_equal(OUTRIDER_OK, put_named(suite, &user));
	assert_int_equal(OUTRIDER_OK, by_login(suite, &row, "EVA@example.ORG"));
	assert_memory_equal(&user.id, &row->id, 16);
	assert_int_equal(OUTRIDER_NOT_FOUND, by_login(suite, &row, "eva"));
	assert_null(row);
	assert_int_equal(OUTRIDER_NOT_FOUND, by_login(suite, &row, ""));
	/* A login is a person's own, in whatever case it is written. */
	assert_int_equal(OUTRIDER_ALREADY_EXISTS, put_named(suite, &twin));
	user.is_update = user.is_deleted = true;
	assert_int_equal(OUTRIDER_OK, put_named(suite, &user));
	assert_int_equal(OUTRIDER_NOT_FOUND,
			 by_login(suite, &row, "eva@example.org"));
	assert_int_equal(OUTRIDER_OK, put_named(suite, &twin));
	assert_int_equal(OUTRIDER_OK, by_login(suite, &row, "eva@example.org"));
	assert_memory_equal(&twin.id, &row->id, 16);
	/* Undeleting the first one would make two of them. */
	user.is_deleted = false;
	assert_int_equal(OUTRIDER_ALREADY_EXISTS, put_named(suite, &user));
	assert_int_equal(3, suite_number(suite, "SELECT count(*) FROM change"));
}

void test_named_teams_and_owned(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct named_put team = {
		.kind = "team",
		.scopes = { suite_scope(0) },
		.n_scopes = 1,
	};
	struct uuid ids[10], owner = suite_uuid(suite), after = { { 0 } };
	struct team_edge *edges = NULL;
	struct row **rows = NULL;
	size_t n = 0, n_seen = 0;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		team.id = ids[i] = suite_uuid(suite);
		team.owner = i % 2 ? owner : ids[0];
		team.settings[0] = (struct setting){
			"parent_id",
			.uuid = &ids[i ? i - 1 : 0],
		};
		team.n_settings = i > 0;
		assert_int_equal(OUTRIDER_OK, put_named(suite, &team));
	}
	team.is_update = team.is_deleted = true; /* the last */
	assert_int_equal(OUTRIDER_OK, put_named(suite, &team));
	assert_ok(store_teams(suite->reader, &edges, &n, &suite->arena, &err),
		  err);
	assert_int_equal(9, n);
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		while (uuid_compare(&ids[at], &edges[i].id) != 0)
			at++;
		if (at == 0)
			assert_true(uuid_is_zero(&edges[i].parent));
		else
			assert_memory_equal(&ids[at - 1], &edges[i].parent, 16);
	}
	struct store_owned_query asked = {
		.entity = schema_entity_named("team", 4),
		.owner = owner,
		.limit = 2,
	};
	do {
		asked.after = after;
		assert_ok(store_owned(suite->reader, &rows, &n, &asked,
				      &suite->arena, &err),
			  err);
		for (size_t i = 0; i < n; i++) {
			assert_memory_equal(&owner, &rows[i]->owner, 16);
			assert_true(uuid_compare(&after, &rows[i]->id) < 0);
			after = rows[i]->id;
		}
		n_seen += n;
	} while (n == 2);
	assert_int_equal(5, n_seen); /* the deleted one too */
}

/* The agenda is the standing meetings by their scopes, and nothing else. */
static void check_agenda(struct suite *suite)
{
	assert_int_equal(
		0, suite_number(suite, "SELECT count(*) FROM agenda a WHERE"
				       " NOT EXISTS (SELECT 1 FROM meetings m"
				       " WHERE m.id = a.id AND m.deleted_us = 0"
				       " AND m.start_time = a.start_us)"));
	assert_int_equal(
		0, suite_number(suite,
				"SELECT (SELECT count(*) FROM agenda) -"
				" (SELECT coalesce(sum(length(scopes) / 17), 0)"
				" FROM meetings WHERE deleted_us = 0)"));
}

/* Pages through; each is in order, inside the window and visible once. */
static size_t
count_meetings(struct suite *suite, struct store_meetings_query asked)
{
	struct outrider_err err;
	struct row **rows = NULL;
	size_t n = 0, n_seen = 0;

	asked.after_us = INT64_MIN;
	asked.limit = 3;
	do {
		assert_ok(store_meetings(suite->reader, &rows, &n, &asked,
					 &suite->arena, &err),
			  err);
		for (size_t i = 0; i < n; i++) {
			int64_t start = row_value(rows[i], 11)->i;
			assert_true(start >= asked.from_us &&
				    start < asked.until_us);
			assert_true(
				start > asked.after_us ||
				(start == asked.after_us &&
				 uuid_compare(&asked.after, &rows[i]->id) < 0));
			asked.after_us = start;
			asked.after = rows[i]->id;
		}
		n_seen += n;
	} while (n == asked.limit);
	return n_seen;
}

void test_named_meetings(void **state)
{
	struct suite *suite = *state;
	struct uuid none = { { 0 } }, rep = suite_uuid(suite);
	struct scope scopes[] = { suite_scope(2), suite_scope(1) };
	struct named_put meeting;
	struct store_meetings_query asked = {
		.scopes = scopes,
		.n_scopes = 2,
		.from_us = 20,
		.until_us = 250,
	};

	/* Starts 0, 0, 10, 10, 20 ...; scopes 1, 2, 3 in turn. */
	for (unsigned i = 0; i < 60; i++) {
		meeting = (struct named_put){
			.kind = "meeting",
			.id = suite_uuid(suite),
			.owner = i < 30 ? rep : none,
			.settings = { { "start_time",
					.i = 10 * (int64_t)(i / 2) } },
			.n_settings = 1,
			.scopes = { suite_scope(1 + i % 3) },
			.n_scopes = 1,
		};
		assert_int_equal(OUTRIDER_OK, put_named(suite, &meeting));
		meeting.is_update = meeting.is_deleted = true;
		if (i == 4)
			put_named(suite, &meeting);
	}
	check_agenda(suite);
	/* 4..49 are in the window; 4 is deleted, a third is out of sight. */
	assert_int_equal(46 - 1 - 15, count_meetings(suite, asked));
	asked.from_us = 0;
	asked.until_us = INT64_MAX;
	asked.owner = rep;
	assert_int_equal(30 - 1 - 10, count_meetings(suite, asked));
	asked.owner = none;
	assert_int_equal(60 - 1 - 20, count_meetings(suite, asked));
	asked.n_scopes = 0;
	assert_int_equal(0, count_meetings(suite, asked));

	/* The last one, of scope 3 at 290, moves about. */
	asked.n_scopes = 2;
	meeting.is_deleted = false;
	meeting.n_scopes = 2; /* seen once in two scopes */
	meeting.scopes[0] = suite_scope(1);
	meeting.scopes[1] = suite_scope(2);
	assert_int_equal(OUTRIDER_OK, put_named(suite, &meeting));
	check_agenda(suite);
	assert_int_equal(60 - 1 - 20 + 1, count_meetings(suite, asked));
	meeting.settings[0].i = 5;
	assert_int_equal(OUTRIDER_OK, put_named(suite, &meeting));
	check_agenda(suite);
	asked.until_us = 10;
	assert_int_equal(3, count_meetings(suite, asked));
	meeting.is_deleted = true;
	assert_int_equal(OUTRIDER_OK, put_named(suite, &meeting));
	check_agenda(suite);
	assert_int_equal(2, count_meetings(suite, asked));
	meeting.is_deleted = false;
	assert_int_equal(OUTRIDER_OK, put_named(suite, &meeting));
	check_agenda(suite);
	assert_int_equal(3, count_meetings(suite, asked));
}

void test_named_alerts(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct scope scope = suite_scope(1);
	struct row **rows = NULL;
	uint64_t above = 0;
	size_t n = 0, n_seen = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct named_put alert = {
			.kind = "alert",
			.id = suite_uuid(suite),
			.settings = { { "state", .i = i % 4 ? 1 : 2 } },
			.n_settings = 1,
			.scopes = { suite_scope(1 + i % 2) },
			.n_scopes = 1,
		};
		assert_int_equal(OUTRIDER_OK, put_named(suite, &alert));
	}
	struct store_alerts_query asked = {
		.scopes = &scope,
		.n_scopes = 1,
		.only_open = true,
		.limit = 2,
	};
	do {
		asked.above = above;
		assert_ok(store_alerts(suite->reader, &rows, &n, &asked,
				       &suite->arena, &err),
			  err);
		for (size_t i = 0; i < n; i++) {
			assert_true(rows[i]->rev > above);
			above = rows[i]->rev;
		}
		n_seen += n;
	} while (n == 2);
	assert_int_equal(5, n_seen); /* 2, 6, 10, 14, 18 are open and ours */
	asked = (struct store_alerts_query){
		.scopes = &scope,
		.n_scopes = 1,
		.above = 10,
		.limit = 100,
	};
	assert_ok(store_alerts(suite->reader, &rows, &n, &asked, &suite->arena,
			       &err),
		  err);
	assert_int_equal(5, n);
	assert_int_equal(11, rows[0]->rev);
}
