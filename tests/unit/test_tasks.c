/*
 * Tasks: when they were done, who made them, and one given to many.
 */
#include "desk_test.h"

#include "app/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *id_of(const struct uuid *id)
{
	static char texts[8][UUID_TEXT_LEN + 1];
	static unsigned next;
	char *out = texts[next++ % 8];

	uuid_format(out, id);
	return out;
}

static size_t n_given(const struct desk_test *t)
{
	return text_count(t->answer, (struct bytes){ t->kept.at, t->kept.len },
			  "tasks");
}

static const char *kept_at(const struct desk_test *t, const char *path)
{
	return text_at(t->answer, (struct bytes){ t->kept.at, t->kept.len },
		       path);
}

static void done_is_a_time(void **state)
{
	struct desk_test *t = *state;
	const char *task = desk_make(t, &t->rep, "TaskService/CreateTask",
				     "task { subject: \"call\" done_time: 1 "
				     "group_key: \"x\" }");
	char now[32];

	desk_expect(t, "state", "TASK_STATE_OPEN");
	desk_expect(t, "done_time", "");
	desk_expect(t, "group_key", "");
	desk_expect(t, "author_id", id_of(&t->rep.id));
	snprintf(now, sizeof(now), "%lld", (long long)t->harness.wall_us);
	desk_make(t, &t->rep, "TaskService/UpdateTask",
		  "task { id: \"%s\" state: DONE }", task);
	desk_expect(t, "done_time", now);
	t->harness.wall_us += 1000000;
	desk_make(t, &t->rep, "TaskService/UpdateTask",
		  "task { id: \"%s\" result: \"reached\" }", task);
	desk_expect(t, "done_time", now);
	desk_make(t, &t->rep, "TaskService/UpdateTask",
		  "task { id: \"%s\" state: WORKING }", task);
	desk_expect(t, "done_time", "");
}

/* Each once, whether named or a member; nobody who has left. */
static void one_task_is_given_to_many(void **state)
{
	struct desk_test *t = *state;
	struct app_harness *h = &t->harness;
	struct harness_user anna =
		harness_add_user(h, "anna", RANK_REP, &t->north);
	struct harness_user gone =
		harness_add_user(h, "gone", RANK_REP, &t->north);
	struct uuid below = harness_add_team(h, "Fjord", &t->north);
	struct harness_user deep =
		harness_add_user(h, "deep", RANK_REP, &below);
	const char *task;

	desk_make(t, NULL, "UserService/UpdateUser",
		  "user { id: \"%s\" is_disabled: true }", id_of(&gone.id));
	desk_make(t, &t->manager, "TaskService/AssignTasks",
		  "task { subject: \"stocktaking\" due_time: 5 } "
		  "user_ids: \"%s\" user_ids: \"%s\" user_ids: \"%s\" "
		  "team_ids: \"%s\"",
		  id_of(&t->rep.id), id_of(&deep.id), id_of(&t->rep.id),
		  id_of(&t->north));
	assert_int_equal(n_given(t), 4); /* rep, deep, manager, anna */
	desk_expect(t, "tasks[0].owner_id", id_of(&t->rep.id));
	desk_expect(t, "tasks[1].owner_id", id_of(&deep.id));
	desk_expect(t, "tasks[0].subject", "stocktaking");
	desk_expect(t, "tasks[0].author_id", id_of(&t->manager.id));
	assert_int_equal(strlen(kept_at(t, "tasks[0].group_key")),
			 UUID_TEXT_LEN);
	for (size_t i = 1; i < 4; i++) {
		char path[32];

		snprintf(path, sizeof(path), "tasks[%zu].group_key", i);
		desk_expect(t, path, kept_at(t, "tasks[0].group_key"));
		snprintf(path, sizeof(path), "tasks[%zu].owner_id", i);
		assert_string_not_equal(kept_at(t, path), id_of(&gone.id));
	}
	/* Each is a task of its own. */
	task = kept_at(t, "tasks[0].id");
	desk_make(t, &t->rep, "TaskService/UpdateTask",
		  "task { id: \"%s\" state: DONE }", task);
	(void)anna;
}

/* More members than are read at once. */
static void a_large_team_is_given_it_whole(void **state)
{
	enum { MANY = 510 };
	struct desk_test *t = *state;

	for (int i = 0; i < MANY; i++) {
		char login[20];

		snprintf(login, sizeof(login), "member%d", i);
		(void)harness_add_user(&t->harness, login, RANK_REP, &t->north);
	}
	desk_make(t, &t->manager, "TaskService/AssignTasks",
		  "task { subject: \"stocktaking\" due_time: 5 } "
		  "team_ids: \"%s\"",
		  id_of(&t->north));
	assert_int_equal(n_given(t), MANY + 2); /* rep and manager, too */
}

static void nobody_gives_what_they_may_not(void **state)
{
	struct desk_test *t = *state;
	const char *rep = id_of(&t->rep.id), *other = id_of(&t->other.id);
	const struct {
		const struct harness_user *who;
		char more[160];
		enum outrider_code code;
		const char *field;
	} cases[] = {
		/* A rep to themself only, a manager to those they lead. */
		{ &t->rep, "user_ids: \"OTHER\"", OUTRIDER_PERMISSION_DENIED,
		  "" },
		{ &t->manager, "user_ids: \"REP\" user_ids: \"OTHER\"",
		  OUTRIDER_PERMISSION_DENIED, "" },
		{ &t->manager, "", OUTRIDER_INVALID_ARGUMENT, "user_ids" },
		{ &t->manager, "user_ids: \"x\"", OUTRIDER_INVALID_ARGUMENT,
		  "user_ids[0]" },
		{ &t->manager,
		  "user_ids: \"REP\" "
		  "user_ids: \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"",
		  OUTRIDER_INVALID_ARGUMENT, "user_ids[1]" },
		{ &t->manager, "team_ids: \"REP\"", OUTRIDER_INVALID_ARGUMENT,
		  "team_ids[0]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char more[256] = "";
		const char *at = cases[i].more;

		while (*at) {
			size_t len = strlen(more);

			if (strncmp(at, "OTHER", 5) == 0) {
				snprintf(more + len, sizeof(more) - len, "%s",
					 other);
				at += 5;
			} else if (strncmp(at, "REP", 3) == 0) {
				snprintf(more + len, sizeof(more) - len, "%s",
					 rep);
				at += 3;
			} else {
				snprintf(more + len, sizeof(more) - len, "%c",
					 *at++);
			}
		}
		desk_call(t, cases[i].who, "TaskService/AssignTasks",
			  "task { subject: \"x\" } %s", more);
		desk_expect_fault(t, cases[i].code, cases[i].field);
	}
	/* All or none. */
	desk_make(t, NULL, "TaskService/ListTasks", " ");
	assert_int_equal(n_given(t), 0);
	desk_make(t, &t->rep, "TaskService/AssignTasks",
		  "task { subject: \"x\" } user_ids: \"%s\"", rep);
	assert_int_equal(n_given(t), 1);
	desk_call(t, &t->rep, "TaskService/AssignTasks",
		  "task { subject: \"x\" owner_id: \"%s\" } user_ids: \"%s\"",
		  rep, rep);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "task.owner_id");
	desk_call(t, &t->rep, "TaskService/AssignTasks",
		  "task { text: \"x\" } user_ids: \"%s\"", rep);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "tasks[0].subject");
}

static void a_repeated_assignment_is_one(void **state)
{
	struct desk_test *t = *state;
	struct uuid id = harness_new_uuid(&t->harness);
	char first[UUID_TEXT_LEN + 1] = "";

	for (int i = 0; i < 2; i++) {
		desk_make(t, &t->rep, "TaskService/AssignTasks",
			  "task { subject: \"x\" } user_ids: \"%s\" "
			  "request_id: \"%s\"",
			  id_of(&t->rep.id), id_of(&id));
		if (i == 1)
			desk_expect(t, "tasks[0].id", first);
		snprintf(first, sizeof(first), "%s", kept_at(t, "tasks[0].id"));
	}
}

static void a_plan_is_somebodys(void **state)
{
	struct desk_test *t = *state;

	desk_make(t, &t->manager, "TargetService/CreateTarget",
		  "target { measure: CALLS start_time: 1 end_time: 2 }");
	desk_expect(t, "user_id", id_of(&t->manager.id));
	desk_make(t, &t->manager, "TargetService/CreateTarget",
		  "target { measure: CALLS start_time: 1 end_time: 2 "
		  "of_team_id: \"%s\" }",
		  id_of(&t->north));
	desk_expect(t, "user_id", "");
	desk_call(t, &t->manager, "TargetService/CreateTarget",
		  "target { measure: CALLS start_time: 1 end_time: 2 "
		  "user_id: \"%s\" of_team_id: \"%s\" }",
		  id_of(&t->rep.id), id_of(&t->north));
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "target.of_team_id");
	desk_call(t, &t->manager, "TargetService/CreateTarget",
		  "target { measure: CALLS start_time: 2 end_time: 2 }");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "target.end_time");
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(done_is_a_time),
		DESK(one_task_is_given_to_many),
		DESK(a_large_team_is_given_it_whole),
		DESK(nobody_gives_what_they_may_not),
		DESK(a_repeated_assignment_is_one),
		DESK(a_plan_is_somebodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
