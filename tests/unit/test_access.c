/*
 * access: who sees and who changes what, through the calls that ask for it.
 * Each kind that lies in people's scopes, each of eight people.
 */
#include "app_harness.h"
#include "every_kind.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 *	root: director, admin
 *	 |- north: north_boss
 *	 |   `- fjord: fjord_boss, anna, bert
 *	 `- south: south_boss, cleo
 */
enum who {
	ANNA,
	BERT,
	CLEO,
	FJORD_BOSS,
	NORTH_BOSS,
	SOUTH_BOSS,
	DIRECTOR,
	N_PEOPLE,
};

struct access_test {
	struct app_harness harness;
	struct uuid north, fjord, south;
	struct harness_user people[N_PEOPLE];
	/* One record of each kind of the organisation's. */
	struct uuid targets[256];
	uint8_t content_hash[32]; /* everybody uploaded it */
	unsigned seed;
};

static int open_firm(void **state)
{
	static struct access_test test;
	struct access_test *t = &test;
	struct app_harness *h = &t->harness;
	struct harness_user *p = t->people;

	memset(t, 0, sizeof(*t));
	harness_open(h);
	t->seed = 1;
	t->north = harness_add_team(h, "North", NULL);
	t->fjord = harness_add_team(h, "Fjord", &t->north);
	t->south = harness_add_team(h, "South", NULL);
	p[ANNA] = harness_add_user(h, "anna", RANK_REP, &t->fjord);
	p[BERT] = harness_add_user(h, "bert", RANK_REP, &t->fjord);
	p[CLEO] = harness_add_user(h, "cleo", RANK_REP, &t->south);
	p[FJORD_BOSS] = harness_add_user(h, "fjord", RANK_MANAGER, &t->fjord);
	p[NORTH_BOSS] = harness_add_user(h, "north", RANK_MANAGER, &t->north);
	p[SOUTH_BOSS] = harness_add_user(h, "south", RANK_MANAGER, &t->south);
	p[DIRECTOR] = harness_add_user(h, "director", RANK_MANAGER, NULL);
	harness_upload(t->content_hash, h, h->admin_token, "a price list");
	for (int i = 0; i < N_PEOPLE; i++)
		harness_upload(t->content_hash, h, p[i].token, "a price list");
	*state = t;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(&((struct access_test *)*state)->harness);
	return 0;
}

/* ------------------------------------------------------------------- calls */

/* "NoteService/GetNote" */
static const char *path_of(const struct entity *entity, enum method_verb verb)
{
	for (size_t i = 0; i < schema_n_methods; i++)
		if (schema_methods[i].entity == entity &&
		    schema_methods[i].verb == verb)
			return schema_methods[i].path + strlen("/outrider.v1.");
	fail_msg("no such method");
	return NULL;
}

static const struct harness_reply *
by_id(struct access_test *t, const struct entity *entity, enum method_verb verb,
      const char *token, const struct uuid *id)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	reply = harness_call(&t->harness, path_of(entity, verb), token,
			     request.at, request.len);
	buffer_free(&request);
	return reply;
}

/* Create or Update of the record's bytes. */
static const struct harness_reply *
of_record(struct access_test *t, const struct entity *entity,
	  enum method_verb verb, const char *token, struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, record->at, record->len);
	reply = harness_call(&t->harness, path_of(entity, verb), token,
			     request.at, request.len);
	buffer_free(&request);
	buffer_free(record);
	return reply;
}

static struct uuid created(const struct harness_reply *reply);
static const struct harness_reply *
create(struct access_test *t, const struct entity *entity, const char *token,
       const struct uuid *owner);

/* What everybody sees may be referred to; nothing of one person's is. */
static struct uuid target_of(void *user, const struct entity *entity)
{
	struct access_test *t = user;
	struct uuid *target = &t->targets[entity->number];

	if (strcmp(entity->name, "user") == 0 ||
	    strcmp(entity->name, "team") == 0 ||
	    entity->visibility != VISIBLE_TO_ORGANIZATION)
		return (struct uuid){ { 0 } };
	if (uuid_is_zero(target)) {
		/* Not of itself, while it is being made. */
		target->at[0] = 0xff;
		*target = created(
			create(t, entity, t->harness.admin_token, NULL));
	}
	return target->at[0] == 0xff ? (struct uuid){ { 0 } } : *target;
}

static struct record_maker make(struct access_test *t)
{
	return (struct record_maker){ .seed = t->seed++,
				      .reference = target_of,
				      .content_hash = t->content_hash,
				      .rank = RANK_REP,
				      .user = t };
}

static const struct harness_reply *
create(struct access_test *t, const struct entity *entity, const char *token,
       const struct uuid *owner)
{
	struct record_maker maker = make(t);
	struct buffer record = harness_buffer();

	if (owner)
		harness_put_uuid(&record, FIELD_OWNER, owner);
	maker_record(&record, entity, &maker);
	return of_record(t, entity, METHOD_CREATE, token, &record);
}

static struct uuid created(const struct harness_reply *reply)
{
	char field[96];

	harness_violation(field, reply);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s %s", code_name(reply->code), field,
			 reply->text);
	return harness_uuid(reply->message, FIELD_ID);
}

/* An update that sets a field of another user's choosing. */
static const struct harness_reply *
touch(struct access_test *t, const struct entity *entity, const char *token,
      const struct uuid *id)
{
	struct record_maker maker = make(t);
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	maker_field(&record, &entity->fields[0], &maker);
	return of_record(t, entity, METHOD_UPDATE, token, &record);
}

static const struct harness_reply *
give(struct access_test *t, const struct entity *entity, const char *token,
     const struct uuid *id, const struct uuid *owner)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	harness_put_uuid(&record, FIELD_OWNER, owner);
	return of_record(t, entity, METHOD_UPDATE, token, &record);
}

static bool is_listed(struct access_test *t, const struct entity *entity,
		      const char *token, const struct uuid *id)
{
	const struct harness_reply *reply = harness_call(
		&t->harness, path_of(entity, METHOD_LIST), token, NULL, 0);
	struct bytes item;

	assert_int_equal(reply->code, OUTRIDER_OK);
	for (size_t n = 0; (item = harness_part(reply->message, 1, n)).at;
	     n++) {
		struct uuid found = harness_uuid(item, FIELD_ID);

		if (uuid_compare(&found, id) == 0)
			return true;
	}
	return false;
}

/* The kinds that lie in people's scopes and that every client makes. */
static void
each_owned_kind(struct access_test *t,
		void (*run)(struct access_test *, const struct entity *))
{
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];

		if (entity->visibility != VISIBLE_TO_OWNED ||
		    entity->is_server_made || entity->write_rank > RANK_REP ||
		    every_stands(entity))
			continue;
		print_message("  %s\n", entity->name);
		run(t, entity);
	}
}

/* ----------------------------------------------------------------- seeing */

/* Whoever can't see it is answered as if it weren't there, byte for byte. */
static void expect_nothing(struct access_test *t, const struct entity *entity,
			   const char *token, const struct uuid *id)
{
	static const enum method_verb verbs[] = { METHOD_GET, METHOD_DELETE,
						  METHOD_UNDELETE };
	struct uuid nobody = harness_new_uuid(&t->harness);
	uint8_t details[1024];
	size_t len;

	for (size_t i = 0; i < 4; i++) {
		const struct harness_reply *reply =
			i < 3 ? by_id(t, entity, verbs[i], token, id)
			      : touch(t, entity, token, id);

		harness_expect(reply, OUTRIDER_NOT_FOUND);
		len = reply->details.len;
		assert_true(len <= sizeof(details));
		memcpy(details, reply->details.at, len);
		reply = i < 3 ? by_id(t, entity, verbs[i], token, &nobody)
			      : touch(t, entity, token, &nobody);
		harness_expect(reply, OUTRIDER_NOT_FOUND);
		assert_int_equal(reply->details.len, len);
		assert_memory_equal(reply->details.at, details, len);
	}
	assert_false(is_listed(t, entity, token, id));
}

static void run_sight(struct access_test *t, const struct entity *entity)
{
	static const bool sees[N_PEOPLE] = {
		[ANNA] = true,
		[FJORD_BOSS] = true,
		[NORTH_BOSS] = true,
		[DIRECTOR] = true,
	};
	struct uuid id =
		created(create(t, entity, t->people[ANNA].token, NULL));

	for (int i = 0; i < N_PEOPLE; i++) {
		const char *token = t->people[i].token;

		if (!sees[i]) {
			expect_nothing(t, entity, token, &id);
			continue;
		}
		harness_expect(by_id(t, entity, METHOD_GET, token, &id),
			       OUTRIDER_OK);
		assert_true(is_listed(t, entity, token, &id));
		harness_expect(touch(t, entity, token, &id), OUTRIDER_OK);
		harness_expect(by_id(t, entity, METHOD_DELETE, token, &id),
			       OUTRIDER_OK);
		harness_expect(by_id(t, entity, METHOD_UNDELETE, token, &id),
			       OUTRIDER_OK);
	}
	assert_true(is_listed(t, entity, t->harness.admin_token, &id));
	/* A device sees what its user sees. */
	assert_true(is_listed(t, entity, t->people[ANNA].device_token, &id));
	assert_false(is_listed(t, entity, t->people[BERT].device_token, &id));
}

static void scopes_decide_what_is_seen(void **state)
{
	each_owned_kind(*state, run_sight);
}

/* A deleted record is not easier to see. */
static void
run_deleted_sight(struct access_test *t, const struct entity *entity)
{
	struct uuid id =
		created(create(t, entity, t->people[ANNA].token, NULL));

	harness_expect(by_id(t, entity, METHOD_DELETE, t->people[ANNA].token,
			     &id),
		       OUTRIDER_OK);
	expect_nothing(t, entity, t->people[BERT].token, &id);
	harness_expect(by_id(t, entity, METHOD_GET, t->people[FJORD_BOSS].token,
			     &id),
		       OUTRIDER_OK);
}

static void deleted_ones_stay_hidden(void **state)
{
	each_owned_kind(*state, run_deleted_sight);
}

static void a_manager_who_moves_sees_otherwise(void **state)
{
	struct access_test *t = *state;
	const struct entity *note = schema_entity_named("note", 4);
	const struct harness_user *boss = &t->people[FJORD_BOSS];
	struct uuid id = created(create(t, note, t->people[ANNA].token, NULL));
	struct buffer record = harness_buffer();

	assert_true(is_listed(t, note, boss->token, &id));
	harness_put_uuid(&record, FIELD_ID, &boss->id);
	harness_put_uuid(&record, 13, &t->south);
	harness_expect(of_record(t, schema_entity_named("user", 4),
				 METHOD_UPDATE, t->harness.admin_token,
				 &record),
		       OUTRIDER_OK);
	expect_nothing(t, note, boss->token, &id);

	/* A team that moves is seen from elsewhere at once. */
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &t->fjord);
	harness_put_uuid(&record, 11, &t->south);
	harness_expect(of_record(t, schema_entity_named("team", 4),
				 METHOD_UPDATE, t->harness.admin_token,
				 &record),
		       OUTRIDER_OK);
	harness_expect(by_id(t, note, METHOD_GET, boss->token, &id),
		       OUTRIDER_OK);
	expect_nothing(t, note, t->people[NORTH_BOSS].token, &id);
}

/* ------------------------------------------------------------- ownership */

static void
run_making_for_others(struct access_test *t, const struct entity *entity)
{
	static const struct {
		enum who maker, owner;
		enum outrider_code code;
	} cases[] = {
		{ ANNA, ANNA, OUTRIDER_OK },
		{ ANNA, BERT, OUTRIDER_PERMISSION_DENIED },
		{ FJORD_BOSS, ANNA, OUTRIDER_OK },
		{ FJORD_BOSS, FJORD_BOSS, OUTRIDER_OK },
		{ FJORD_BOSS, NORTH_BOSS, OUTRIDER_PERMISSION_DENIED },
		{ NORTH_BOSS, BERT, OUTRIDER_OK },
		{ NORTH_BOSS, CLEO, OUTRIDER_PERMISSION_DENIED },
		{ SOUTH_BOSS, ANNA, OUTRIDER_PERMISSION_DENIED },
		{ DIRECTOR, CLEO, OUTRIDER_OK },
	};
	struct uuid nobody = harness_new_uuid(&t->harness), team;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct harness_user *owner = &t->people[cases[i].owner];
		const struct harness_reply *reply = create(
			t, entity, t->people[cases[i].maker].token, &owner->id);

		harness_expect(reply, cases[i].code);
		if (reply->code != OUTRIDER_OK)
			continue;
		team = harness_uuid(reply->message, FIELD_TEAM);
		assert_memory_equal(&team, &owner->team, sizeof(team));
	}
	harness_expect(create(t, entity, t->harness.admin_token, &nobody),
		       OUTRIDER_INVALID_ARGUMENT);
	harness_expect(create(t, entity, t->people[ANNA].token, &nobody),
		       OUTRIDER_INVALID_ARGUMENT);
}

/* Who is gone gets nothing more. */
static void nobody_makes_for_the_gone(void **state)
{
	struct access_test *t = *state;
	const struct entity *note = schema_entity_named("note", 4);
	const struct harness_user *anna = &t->people[ANNA];

	harness_expect(by_id(t, schema_entity_named("user", 4), METHOD_DELETE,
			     t->harness.admin_token, &anna->id),
		       OUTRIDER_OK);
	harness_expect(create(t, note, t->people[FJORD_BOSS].token, &anna->id),
		       OUTRIDER_INVALID_ARGUMENT);
	harness_expect(create(t, note, t->harness.admin_token, &anna->id),
		       OUTRIDER_INVALID_ARGUMENT);
}

static void who_may_make_for_whom(void **state)
{
	each_owned_kind(*state, run_making_for_others);
}

/* Who gave a task to somebody goes on seeing it. */
static bool keeps_its_maker(const struct entity *entity)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].flags & FIELD_IS_PARTICIPANT &&
		    entity->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			return true;
	return false;
}

static void run_giving(struct access_test *t, const struct entity *entity)
{
	static const struct {
		enum who giver, owner, next;
		enum outrider_code code;
	} cases[] = {
		{ ANNA, ANNA, BERT, OUTRIDER_PERMISSION_DENIED },
		{ ANNA, ANNA, ANNA, OUTRIDER_OK },
		{ BERT, ANNA, BERT, OUTRIDER_NOT_FOUND },
		{ FJORD_BOSS, ANNA, BERT, OUTRIDER_OK },
		{ FJORD_BOSS, ANNA, FJORD_BOSS, OUTRIDER_OK },
		{ FJORD_BOSS, ANNA, CLEO, OUTRIDER_PERMISSION_DENIED },
		{ SOUTH_BOSS, ANNA, CLEO, OUTRIDER_NOT_FOUND },
		{ DIRECTOR, ANNA, CLEO, OUTRIDER_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uuid id = created(create(
			t, entity, t->people[cases[i].owner].token, NULL));

		harness_expect(give(t, entity, t->people[cases[i].giver].token,
				    &id, &t->people[cases[i].next].id),
			       cases[i].code);
		if (cases[i].code != OUTRIDER_OK || cases[i].next != CLEO)
			continue;
		/* It lies with its new owner's team now. */
		expect_nothing(t, entity, t->people[NORTH_BOSS].token, &id);
		if (!keeps_its_maker(entity))
			expect_nothing(t, entity, t->people[ANNA].token, &id);
		harness_expect(by_id(t, entity, METHOD_GET,
				     t->people[SOUTH_BOSS].token, &id),
			       OUTRIDER_OK);
	}
}

static void who_may_give_to_whom(void **state)
{
	each_owned_kind(*state, run_giving);
}

static void an_owner_is_never_cleared(void **state)
{
	struct access_test *t = *state;
	const struct entity *note = schema_entity_named("note", 4);
	struct uuid id = created(create(t, note, t->people[ANNA].token, NULL));
	struct buffer record = harness_buffer(), mask = harness_buffer();
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char field[96];

	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&mask, 1, "owner_id");
	wire_put_bytes(&request, 1, record.at, record.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	reply = harness_call(&t->harness, "NoteService/UpdateNote",
			     t->people[ANNA].token, request.at, request.len);
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "note.owner_id");
	buffer_free(&record);
	buffer_free(&mask);
	buffer_free(&request);
}

/* ---------------------------------------------------------- participants */

static const struct harness_reply *
set_participants(struct access_test *t, const struct uuid *meeting,
		 const struct uuid *participant)
{
	struct buffer record = harness_buffer(), mask = harness_buffer();
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&record, FIELD_ID, meeting);
	if (participant)
		harness_put_uuid(&record, 20, participant);
	harness_put_text(&mask, 1, "participant_ids");
	wire_put_bytes(&request, 1, record.at, record.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	reply = harness_call(&t->harness, "MeetingService/UpdateMeeting",
			     t->people[ANNA].token, request.at, request.len);
	buffer_free(&record);
	buffer_free(&mask);
	buffer_free(&request);
	return reply;
}

static void who_takes_part_sees_and_no_more(void **state)
{
	struct access_test *t = *state;
	const struct entity *meeting = schema_entity_named("meeting", 7);
	const char *cleo = t->people[CLEO].token;
	struct uuid id =
		created(create(t, meeting, t->people[ANNA].token, NULL));

	expect_nothing(t, meeting, cleo, &id);
	harness_expect(set_participants(t, &id, &t->people[CLEO].id),
		       OUTRIDER_OK);
	harness_expect(by_id(t, meeting, METHOD_GET, cleo, &id), OUTRIDER_OK);
	assert_true(is_listed(t, meeting, cleo, &id));
	harness_expect(touch(t, meeting, cleo, &id),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(by_id(t, meeting, METHOD_DELETE, cleo, &id),
		       OUTRIDER_PERMISSION_DENIED);
	/* Cleo's manager takes no part. */
	expect_nothing(t, meeting, t->people[SOUTH_BOSS].token, &id);
	harness_expect(set_participants(t, &id, NULL), OUTRIDER_OK);
	expect_nothing(t, meeting, cleo, &id);
}

/* ------------------------------------------------------------ references */

static const struct harness_reply *
refer(struct access_test *t, const char *token, const struct uuid *company)
{
	struct buffer note = harness_buffer();

	harness_put_text(&note, 10, "text");
	harness_put_uuid(&note, 11, company);
	return of_record(t, schema_entity_named("note", 4), METHOD_CREATE,
			 token, &note);
}

static void a_reference_tells_nothing(void **state)
{
	struct access_test *t = *state;
	const struct entity *company = schema_entity_named("company", 7);
	struct uuid nobody = harness_new_uuid(&t->harness);
	struct uuid id =
		created(create(t, company, t->people[ANNA].token, NULL));
	const struct harness_reply *reply;
	uint8_t details[1024];
	size_t len;
	char field[96];

	harness_expect(refer(t, t->people[ANNA].token, &id), OUTRIDER_OK);
	harness_expect(refer(t, t->people[FJORD_BOSS].token, &id), OUTRIDER_OK);
	reply = refer(t, t->people[BERT].token, &id);
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "note.company_id");
	len = reply->details.len;
	assert_true(len <= sizeof(details));
	memcpy(details, reply->details.at, len);
	reply = refer(t, t->people[BERT].token, &nobody);
	assert_int_equal(reply->details.len, len);
	assert_memory_equal(reply->details.at, details, len);
	/* Of another kind is as good as not there. */
	harness_expect(refer(t, t->people[ANNA].token, &t->people[ANNA].id),
		       OUTRIDER_INVALID_ARGUMENT);
}

/* What was set by somebody who sees more doesn't bind who sees less. */
static void an_old_reference_may_stay(void **state)
{
	struct access_test *t = *state;
	const struct entity *note = schema_entity_named("note", 4);
	const struct entity *company = schema_entity_named("company", 7);
	struct uuid far =
		created(create(t, company, t->people[CLEO].token, NULL));
	struct uuid id = created(create(t, note, t->people[ANNA].token, NULL));
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_uuid(&record, 11, &far);
	harness_expect(of_record(t, note, METHOD_UPDATE,
				 t->people[DIRECTOR].token, &record),
		       OUTRIDER_OK);
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&record, 10, "other words");
	harness_put_uuid(&record, 11, &far);
	harness_expect(of_record(t, note, METHOD_UPDATE, t->people[ANNA].token,
				 &record),
		       OUTRIDER_OK);
}

/* ------------------------------------------------------------ page tokens */

static void page_token(struct access_test *t, char out[256], const char *path,
		       const char *token, const char *sent, bool show_deleted,
		       enum outrider_code wanted)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_scalar(&request, 1, 1);
	if (sent)
		harness_put_text(&request, 2, sent);
	if (show_deleted)
		wire_put_scalar(&request, 3, 1);
	reply = harness_call(&t->harness, path, token, request.at, request.len);
	harness_expect(reply, wanted);
	harness_text(out, 256, reply->message, 2);
	buffer_free(&request);
}

static void a_page_token_fits_its_list_only(void **state)
{
	struct access_test *t = *state;
	static const char users[] = "UserService/ListUsers";
	const char *anna = t->people[ANNA].token;
	char token[256], out[256];

	page_token(t, token, users, anna, NULL, false, OUTRIDER_OK);
	assert_true(token[0]);
	page_token(t, out, users, anna, token, false, OUTRIDER_OK);
	/* Another person, kind, or question. */
	page_token(t, out, users, t->people[BERT].token, token, false,
		   OUTRIDER_INVALID_ARGUMENT);
	page_token(t, out, "TeamService/ListTeams", anna, token, false,
		   OUTRIDER_INVALID_ARGUMENT);
	page_token(t, out, users, anna, token, true, OUTRIDER_INVALID_ARGUMENT);
	/* Each character counts. */
	for (size_t i = 0; token[i]; i++) {
		char kept = token[i];

		token[i] = kept == 'A' ? 'B' : 'A';
		page_token(t, out, users, anna, token, false,
			   OUTRIDER_INVALID_ARGUMENT);
		token[i] = kept;
	}
	/* It outlives the server. */
	harness_restart(&t->harness);
	page_token(t, out, users, anna, token, false, OUTRIDER_OK);
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(scopes_decide_what_is_seen),
		FIRM(deleted_ones_stay_hidden),
		FIRM(a_manager_who_moves_sees_otherwise),
		FIRM(who_may_make_for_whom),
		FIRM(nobody_makes_for_the_gone),
		FIRM(who_may_give_to_whom),
		FIRM(an_owner_is_never_cleared),
		FIRM(who_takes_part_sees_and_no_more),
		FIRM(a_reference_tells_nothing),
		FIRM(an_old_reference_may_stay),
		FIRM(a_page_token_fits_its_list_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
