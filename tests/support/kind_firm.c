/*
 * One record of each kind and everybody who stands to it in some way: see
 * kind_firm.h.
 */
#include "kind_firm.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	ROLE_NAME = 10,
	ROLE_KINDS = 11,
	ROLE_HIDDEN_FIELDS = 12,
	ROLE_SHOWN_FIELDS = 13,
	ROLE_SEES_ALL_TEAMS = 14,
	ROLE_OF_USER = 16,
	ACCOUNT_NAME = 10,
	ACCOUNT_RANK = 11,
	ACCOUNT_ROLE = 12,
	ACCOUNT_TEAM = 13,
	ACCOUNT_OWNER = 15,
};

static const struct entity *kind_named(const char *name)
{
	const struct entity *entity = schema_entity_named(name, strlen(name));

	assert_non_null(entity);
	return entity;
}

static const struct harness_reply *
by_admin(struct kind_firm *f, const char *kind, enum method_verb verb,
	 struct buffer *record)
{
	struct buffer request = every_request(record, NULL);
	const struct harness_reply *reply =
		every_call(f->every, kind_named(kind), verb, &request);

	harness_expect(reply, OUTRIDER_OK);
	return reply;
}

/* ------------------------------------------------------------------- people */

static void hire(struct kind_firm *f, enum who who, const char *name,
		 enum rank rank, const struct uuid *team)
{
	struct harness_user user =
		harness_add_user(&f->every->harness, name, rank, team);
	struct buffer record = harness_buffer();

	f->people[who] =
		(struct person){ .name = name, .rank = rank, .id = user.id };
	memcpy(f->people[who].token, user.token, sizeof(user.token));
	harness_put_uuid(&record, FIELD_ID, &user.id);
	harness_put_uuid(&record, ROLE_OF_USER, &f->role);
	by_admin(f, "user", METHOD_UPDATE, &record);
}

static void add_program(struct kind_firm *f, const struct uuid *team)
{
	struct person *program = &f->people[PROGRAM];
	struct buffer record = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	*program = (struct person){ .name = "program", .rank = RANK_REP };
	harness_put_text(&record, ACCOUNT_NAME, "a site");
	wire_put_scalar(&record, ACCOUNT_RANK, RANK_REP);
	harness_put_uuid(&record, ACCOUNT_ROLE, &f->role);
	harness_put_uuid(&record, ACCOUNT_TEAM, team);
	harness_put_uuid(&record, ACCOUNT_OWNER, &f->people[OWNER].id);
	reply = by_admin(f, "service_account", METHOD_CREATE, &record);
	program->id = harness_uuid(reply->message, FIELD_ID);
	harness_put_uuid(&request, 1, &program->id);
	reply = harness_call(&f->every->harness,
			     "AuthService/CreateServiceToken",
			     f->every->harness.admin_token, request.at,
			     request.len);
	harness_expect(reply, OUTRIDER_OK);
	harness_text(program->token, sizeof(program->token), reply->message, 1);
	buffer_free(&request);
}

static void hire_all(struct kind_firm *f)
{
	struct app_harness *h = &f->every->harness;
	struct buffer role = harness_buffer();
	struct uuid north, kyiv, south;

	harness_put_text(&role, ROLE_NAME, "tried");
	f->role = harness_uuid(
		by_admin(f, "role", METHOD_CREATE, &role)->message, FIELD_ID);
	north = harness_add_team(h, "north", NULL);
	kyiv = harness_add_team(h, "kyiv", &north);
	south = harness_add_team(h, "south", NULL);
	f->west = harness_add_team(h, "west", NULL);
	hire(f, OWNER, "owner", RANK_REP, &kyiv);
	hire(f, MATE, "mate", RANK_REP, &kyiv);
	hire(f, LEADER, "leader", RANK_MANAGER, &kyiv);
	hire(f, ABOVE, "above", RANK_MANAGER, &north);
	hire(f, BESIDE, "beside", RANK_MANAGER, &south);
	hire(f, STRANGER, "stranger", RANK_REP, &south);
	hire(f, SHARED, "shared", RANK_REP, &south);
	hire(f, MEMBER, "member", RANK_REP, &f->west);
	hire(f, HEAD, "head", RANK_MANAGER, &f->west);
	hire(f, CHIEF, "chief", RANK_ADMINISTRATOR, NULL);
	add_program(f, &kyiv);
}

/* ------------------------------------------------------------------ records */

static void make_record(struct kind_firm *f, const struct entity *entity);

/* The firm's record of the kind. */
static struct uuid refer(void *user, const struct entity *entity)
{
	struct kind_firm *f = user;
	struct uuid *record = &f->records[entity->number];

	if (strcmp(entity->name, "user") == 0)
		return f->every->harness.admin;
	if (strcmp(entity->name, "team") == 0)
		return f->every->harness.root;
	if (uuid_is_zero(record)) {
		/* Not of itself, while it is being made. */
		record->at[0] = 0xff;
		make_record(f, entity);
	}
	return record->at[0] == 0xff ? (struct uuid){ { 0 } } : *record;
}

static struct record_maker maker_of(struct kind_firm *f)
{
	struct record_maker maker = every_maker(f->every);

	maker.reference = refer;
	maker.user = f;
	return maker;
}

/* Participants are SHARED and west; of one team, nobody. */
static void share(struct kind_firm *f, struct buffer *record,
		  const struct entity *entity, const struct field *field)
{
	bool is_team = strcmp(field->reference->name, "team") == 0;

	if (!is_team) {
		harness_put_uuid(record, field->number, &f->people[SHARED].id);
		f->is_shared[entity->number] = true;
	} else if (field->flags & FIELD_IS_REPEATED) {
		harness_put_uuid(record, field->number, &f->west);
		f->is_shared_with_team[entity->number] = true;
	}
}

bool kind_firm_leaves_out(const struct field *field)
{
	return strcmp(field->name, "read_rank") == 0;
}

struct buffer
kind_firm_draft(struct kind_firm *f, const struct entity *entity, enum who who)
{
	struct record_maker maker = maker_of(f);
	struct buffer whole = harness_buffer(), record = harness_buffer();

	maker.rank = f->people[who].rank;
	maker_record(&whole, entity, &maker);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (field->flags & FIELD_IS_PARTICIPANT)
			share(f, &record, entity, field);
		else if (!kind_firm_leaves_out(field))
			maker_take(&record, &whole, field);
	}
	buffer_free(&whole);
	return record;
}

static struct uuid
put_by_server(struct kind_firm *f, const struct entity *entity)
{
	struct record_maker maker = maker_of(f);
	struct buffer record = harness_buffer();
	struct outrider_err err;
	struct uuid id;
	struct row *row;

	/* An alert about a new device would have a law of its own. */
	maker.seed = 1;
	for (size_t i = 0; i < entity->n_fields; i++)
		maker_field(&record, &entity->fields[i], &maker);
	row = every_read_row(f->every, entity,
			     arena_copy(&f->every->arena, record.at,
					record.len));
	row->owner = f->people[OWNER].id;
	buffer_free(&record);
	if (every_write(f->every, &id, row, &err))
		fail_msg("%s: %s", entity->name, err.text);
	return id;
}

static void make_record(struct kind_firm *f, const struct entity *entity)
{
	struct buffer draft, record = harness_buffer();

	if (!every_method(entity, METHOD_CREATE) || every_stands(entity)) {
		f->records[entity->number] = put_by_server(f, entity);
		buffer_free(&record);
		return;
	}
	draft = kind_firm_draft(f, entity, CHIEF);
	harness_put_uuid(&record, FIELD_OWNER, &f->people[OWNER].id);
	buffer_append(&record, draft.at, draft.len);
	buffer_free(&draft);
	f->records[entity->number] = harness_uuid(
		by_admin(f, entity->name, METHOD_CREATE, &record)->message,
		FIELD_ID);
}

/* --------------------------------------------------------------------- life */

int kind_firm_open(void **state)
{
	static struct kind_firm firm;
	struct kind_firm *f = &firm;
	void *every;

	memset(f, 0, sizeof(*f));
	every_open(&every);
	f->every = every;
	hire_all(f);
	for (size_t i = 0; i < schema_n_entities; i++)
		if (uuid_is_zero(&f->records[schema_entities[i]->number]))
			make_record(f, schema_entities[i]);
	*state = f;
	return 0;
}

int kind_firm_close(void **state)
{
	void *every = ((struct kind_firm *)*state)->every;

	return every_close(&every);
}

const struct harness_reply *
kind_firm_call(struct kind_firm *f, enum who who, const struct entity *entity,
	       enum method_verb verb, struct buffer *request)
{
	const char *path =
		every_method(entity, verb)->path + strlen("/outrider.v1.");
	const struct harness_reply *reply =
		harness_call(&f->every->harness, path, f->people[who].token,
			     request->at, request->len);

	buffer_free(request);
	return reply;
}

/* --------------------------------------------------------------------- role */

bool kind_firm_gives_rights(const struct entity *entity)
{
	static const char *const kinds[] = { "user", "team", "role",
					     "service_account",
					     "custom_field" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], entity->name) == 0)
			return true;
	return false;
}

bool kind_firm_may_hide(const struct entity *entity, const struct field *field)
{
	for (size_t i = 0; i < entity->n_title; i++)
		if (entity->title[i] == field)
			return false;
	return !(field->flags & (FIELD_IS_SYSTEM | FIELD_IS_REQUIRED));
}

static void
put_grant(struct buffer *role, const struct entity *entity, enum grant grant)
{
	struct buffer message = harness_buffer();

	harness_put_text(&message, 1, entity->name);
	wire_put_scalar(&message, 2, grant);
	wire_put_bytes(role, ROLE_KINDS, message.at, message.len);
	buffer_free(&message);
}

static void put_name(struct buffer *role, uint32_t list,
		     const struct entity *entity, const struct field *field)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", entity->name, field->name);
	harness_put_text(role, list, name);
}

void kind_firm_set_role(struct kind_firm *f, const struct role_text *text)
{
	struct buffer role = harness_buffer(), request;
	const struct entity *hides = text->hides, *shows = text->shows;

	harness_put_uuid(&role, FIELD_ID, &f->role);
	harness_put_text(&role, ROLE_NAME, "tried");
	for (size_t i = 0; i < schema_n_entities; i++)
		if (text->grant != GRANT_AS_RANKED &&
		    !(text->grant == GRANT_WRITE &&
		      kind_firm_gives_rights(schema_entities[i])))
			put_grant(&role, schema_entities[i], text->grant);
	for (size_t i = 0; hides && i < hides->n_fields; i++)
		if (kind_firm_may_hide(hides, &hides->fields[i]))
			put_name(&role, ROLE_HIDDEN_FIELDS, hides,
				 &hides->fields[i]);
	for (size_t i = 0; shows && i < shows->n_fields; i++)
		if (shows->fields[i].read_rank > RANK_REP)
			put_name(&role, ROLE_SHOWN_FIELDS, shows,
				 &shows->fields[i]);
	if (text->sees_all_teams)
		wire_put_scalar(&role, ROLE_SEES_ALL_TEAMS, 1);
	request = every_request(&role, "*");
	harness_expect(every_call(f->every, kind_named("role"), METHOD_UPDATE,
				  &request),
		       OUTRIDER_OK);
}
