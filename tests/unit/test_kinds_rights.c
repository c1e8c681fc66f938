/*
 * Who may do what: every kind, every verb, everybody who stands to a record in
 * some way, under everything that a role says of the kind. What is expected is
 * computed from the contract's words by the table of docs/app.md: no line per
 * kind.
 */
#include "kind_firm.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ------------------------------------------------------------ what is right */

struct expected {
	bool knows;	   /* the kind */
	bool is_able;	   /* to write the kind at all */
	bool sees, writes; /* the record */
};

static bool
has_scope(const struct kind_firm *f, enum who who, const struct entity *entity)
{
	switch (who) {
	case OWNER:
	case PROGRAM:
	case LEADER:
	case ABOVE:
	case CHIEF:
		return true;
	case SHARED:
		return f->is_shared[entity->number];
	case MEMBER:
	case HEAD:
		return f->is_shared_with_team[entity->number];
	case MATE:
	case BESIDE:
	case STRANGER:
	case N_WHO:
		break;
	}
	return false;
}

/*
 * The one law of a kind that takes a right away (docs/app.md): an alert isn't
 * for whom it is about.
 */
static bool is_about(enum who who, const struct entity *entity)
{
	return strcmp(entity->name, "alert") == 0 &&
	       (who == OWNER || who == PROGRAM);
}

static bool is_above(enum who who)
{
	return who == OWNER || who == PROGRAM || who == LEADER ||
	       who == ABOVE || who == CHIEF;
}

static struct expected expect_of(const struct kind_firm *f, enum who who,
				 const struct entity *entity,
				 const struct role_text *role)
{
	const enum rank rank = f->people[who].rank;
	bool is_public = entity->visibility == VISIBLE_TO_ORGANIZATION;
	struct expected out = { .knows = true,
				.is_able = rank >= entity->write_rank };
	bool is_granted = false;

	/* Some administrator must be left who can put things right. */
	if (!(kind_firm_gives_rights(entity) && rank == RANK_ADMINISTRATOR)) {
		if (role->grant == GRANT_NONE)
			out.knows = out.is_able = false;
		if (role->grant == GRANT_READ)
			out.is_able = false;
		if (role->grant == GRANT_WRITE &&
		    !kind_firm_gives_rights(entity)) {
			out.is_able = true;
			is_granted = role->sees_all_teams;
		}
	}
	out.sees = out.knows && (is_public || role->sees_all_teams ||
				 has_scope(f, who, entity));
	out.writes = out.is_able && out.sees &&
		     (is_public || is_above(who) || is_granted) &&
		     !is_about(who, entity);
	return out;
}

static enum outrider_code for_reading(const struct expected *e)
{
	return e->sees ? OUTRIDER_OK : OUTRIDER_NOT_FOUND;
}

static enum outrider_code for_writing(const struct expected *e)
{
	if (!e->is_able)
		return OUTRIDER_PERMISSION_DENIED;
	if (!e->sees)
		return OUTRIDER_NOT_FOUND;
	return e->writes ? OUTRIDER_OK : OUTRIDER_PERMISSION_DENIED;
}

/* ------------------------------------------------------------------- trying */

struct trial {
	struct kind_firm *f;
	enum who who;
	const struct entity *entity;
	const struct role_text *role;
	struct expected expected;
	struct uuid id;
};

static void check(const struct trial *t, const char *verb,
		  enum outrider_code code, enum outrider_code wanted,
		  const char *text)
{
	if (code != wanted)
		fail_msg("%s %ss a %s, role %d%s: %s, not %s: %s",
			 t->f->people[t->who].name, verb, t->entity->name,
			 (int)t->role->grant,
			 t->role->sees_all_teams ? " of all teams" : "",
			 code_name(code), code_name(wanted), text);
}

static void try_verb(const struct trial *t, enum method_verb verb,
		     const char *name, struct buffer request,
		     enum outrider_code wanted)
{
	const struct harness_reply *reply;

	if (!every_method(t->entity, verb)) {
		buffer_free(&request);
		return;
	}
	reply = kind_firm_call(t->f, t->who, t->entity, verb, &request);
	check(t, name, reply->code, wanted, reply->text);
}

static void try_list(const struct trial *t)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char id[UUID_TEXT_LEN + 1], filter[64];
	bool is_there;

	uuid_format(id, &t->id);
	snprintf(filter, sizeof(filter), "id = \"%s\"", id);
	harness_put_text(&request, 4, filter);
	reply = kind_firm_call(t->f, t->who, t->entity, METHOD_LIST, &request);
	check(t, "list", reply->code, OUTRIDER_OK, reply->text);
	is_there = harness_part(reply->message, 1, 0).at != NULL;
	check(t, "list", is_there ? OUTRIDER_OK : OUTRIDER_NOT_FOUND,
	      for_reading(&t->expected), "");
}

static void try_timeline(const struct trial *t)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&request, 1, t->entity->name);
	harness_put_uuid(&request, 2, &t->id);
	reply = harness_call(&t->f->every->harness,
			     "TimelineService/GetTimeline",
			     t->f->people[t->who].token, request.at,
			     request.len);
	buffer_free(&request);
	/* A kind that isn't known is a word that names none. */
	check(t, "get the timeline of", reply->code,
	      t->expected.knows ? for_reading(&t->expected)
				: OUTRIDER_INVALID_ARGUMENT,
	      reply->text);
}

/* Its name, where it may be another. */
static struct buffer renaming(const struct trial *t)
{
	struct record_maker maker = every_maker(t->f->every);
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &t->id);
	for (size_t i = 0; i < t->entity->n_title; i++)
		if (maker_may_set(t->entity->title[i]))
			maker_field(&record, t->entity->title[i], &maker);
	return every_request(&record, NULL);
}

static struct buffer batch_of(struct buffer part)
{
	struct buffer request = harness_buffer();

	wire_put_bytes(&request, 1, part.at, part.len);
	buffer_free(&part);
	return request;
}

static void try_deleting(const struct trial *t)
{
	enum outrider_code wanted = for_writing(&t->expected);
	struct buffer request;

	if (!every_method(t->entity, METHOD_DELETE))
		return;
	try_verb(t, METHOD_DELETE, "delete", every_request_by_id(&t->id),
		 wanted);
	if (wanted != OUTRIDER_OK) {
		request = every_request_by_id(&t->id);
		harness_expect(every_call(t->f->every, t->entity, METHOD_DELETE,
					  &request),
			       OUTRIDER_OK);
	}
	try_verb(t, METHOD_GET, "get the deleted", every_request_by_id(&t->id),
		 for_reading(&t->expected));
	try_verb(t, METHOD_UNDELETE, "undelete", every_request_by_id(&t->id),
		 wanted);
	if (wanted == OUTRIDER_OK)
		return;
	request = every_request_by_id(&t->id);
	harness_expect(every_call(t->f->every, t->entity, METHOD_UNDELETE,
				  &request),
		       OUTRIDER_OK);
}

/* What they refer to, they must see. */
static void try_creating(const struct trial *t)
{
	struct buffer draft, request;
	const struct harness_reply *reply;
	struct uuid id;

	if (!every_method(t->entity, METHOD_CREATE))
		return;
	draft = kind_firm_draft(t->f, t->entity, t->who);
	request = every_request(&draft, NULL);
	reply = kind_firm_call(t->f, t->who, t->entity, METHOD_CREATE,
			       &request);
	if (!t->expected.is_able) {
		check(t, "create", reply->code, OUTRIDER_PERMISSION_DENIED,
		      reply->text);
		return;
	}
	if (is_above(t->who) || reply->code != OUTRIDER_INVALID_ARGUMENT)
		check(t, "create", reply->code, OUTRIDER_OK, reply->text);
	if (reply->code != OUTRIDER_OK)
		return;
	id = harness_uuid(reply->message, FIELD_ID);
	request = every_request_by_id(&id);
	reply = kind_firm_call(t->f, t->who, t->entity, METHOD_GET, &request);
	check(t, "get what they create of", reply->code, OUTRIDER_OK,
	      reply->text);
}

static void try_all(const struct trial *t)
{
	const enum outrider_code reading = for_reading(&t->expected);
	const enum outrider_code writing = for_writing(&t->expected);

	try_verb(t, METHOD_GET, "get", every_request_by_id(&t->id), reading);
	try_verb(t, METHOD_BATCH_GET, "batch-get", every_request_by_id(&t->id),
		 reading);
	try_list(t);
	try_timeline(t);
	try_verb(t, METHOD_UPDATE, "update", renaming(t), writing);
	try_verb(t, METHOD_BATCH_UPDATE, "batch-update", batch_of(renaming(t)),
		 writing);
	try_deleting(t);
	try_creating(t);
}

static void run_role(struct kind_firm *f, const struct role_text *role)
{
	kind_firm_set_role(f, role);
	for (size_t i = 0; i < schema_n_entities; i++)
		for (enum who who = 0; who < N_WHO; who++) {
			const struct entity *entity = schema_entities[i];
			if (every_stands(entity))
				continue;
			struct trial t = {
				.f = f,
				.who = who,
				.entity = entity,
				.role = role,
				.expected = expect_of(f, who, entity, role),
				.id = f->records[entity->number],
			};

			try_all(&t);
			arena_reset(&f->every->arena);
		}
}

#define ROLE_TEST(name, ...)                                                \
	static void name(void **state)                                      \
	{                                                                   \
		run_role(*state, &(const struct role_text){ __VA_ARGS__ }); \
	}
ROLE_TEST(by_rank_alone, .grant = GRANT_AS_RANKED)
ROLE_TEST(by_a_role_that_knows_nothing, .grant = GRANT_NONE)
ROLE_TEST(by_a_role_that_reads, .grant = GRANT_READ)
ROLE_TEST(by_a_role_that_writes, .grant = GRANT_WRITE)
ROLE_TEST(by_a_role_that_sees_all, .sees_all_teams = true)
ROLE_TEST(by_a_role_that_reads_all, .grant = GRANT_READ, .sees_all_teams = true)
ROLE_TEST(by_a_role_that_writes_all, .grant = GRANT_WRITE,
	  .sees_all_teams = true)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_rank_alone),
		cmocka_unit_test(by_a_role_that_knows_nothing),
		cmocka_unit_test(by_a_role_that_reads),
		cmocka_unit_test(by_a_role_that_writes),
		cmocka_unit_test(by_a_role_that_sees_all),
		cmocka_unit_test(by_a_role_that_reads_all),
		cmocka_unit_test(by_a_role_that_writes_all),
	};

	return cmocka_run_group_tests(tests, kind_firm_open, kind_firm_close);
}
