/*
 * Acts of giving rights that the tests of rights, of service accounts and of
 * sync share.
 */
#ifndef SUPPORT_RIGHTS_ACTS_H
#define SUPPORT_RIGHTS_ACTS_H

#include "sync_world.h"

#include "app/kinds.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { GRANT_NONE = 1, GRANT_READ, GRANT_WRITE };

static inline const struct entity *kind_named(const char *name)
{
	const struct entity *entity = schema_entity_named(name, strlen(name));

	assert_non_null(entity);
	return entity;
}

static inline uint32_t number_of(const struct entity *kind, const char *name)
{
	const struct field *field =
		message_field_named(kind->message, name, strlen(name));

	assert_non_null(field);
	return field->number;
}

/* "NoteService/GetNote"; NULL where the kind has no such method. */
static inline const char *
path_of(const struct entity *entity, enum method_verb verb)
{
	for (size_t i = 0; i < schema_n_methods; i++)
		if (schema_methods[i].entity == entity &&
		    schema_methods[i].verb == verb)
			return schema_methods[i].path + strlen("/outrider.v1.");
	return NULL;
}

/* Get, Delete, Undelete. */
static inline const struct harness_reply *
by_id(struct world *w, const struct entity *entity, enum method_verb verb,
      const char *token, const struct uuid *id)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	reply = harness_call(&w->h, path_of(entity, verb), token, request.at,
			     request.len);
	buffer_free(&request);
	return reply;
}

/* Create, Update; takes the record. */
static inline const struct harness_reply *
of_record(struct world *w, const struct entity *entity, enum method_verb verb,
	  const char *token, struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, record->at, record->len);
	reply = harness_call(&w->h, path_of(entity, verb), token, request.at,
			     request.len);
	buffer_free(&request);
	buffer_free(record);
	return reply;
}

static inline struct uuid made(const struct harness_reply *reply)
{
	harness_expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

/* -------------------------------------------------------------------- roles */

struct role_draft {
	struct buffer bytes;
};

static inline struct role_draft draft_role(const char *name)
{
	struct role_draft draft = { .bytes = harness_buffer() };

	harness_put_text(&draft.bytes, 10, name);
	return draft;
}

static inline void
draft_grant(struct role_draft *draft, const char *kind, unsigned access)
{
	struct buffer grant = harness_buffer();

	harness_put_text(&grant, 1, kind);
	wire_put_scalar(&grant, 2, access);
	wire_put_bytes(&draft->bytes, ROLE_KINDS, grant.at, grant.len);
	buffer_free(&grant);
}

static inline void draft_hide(struct role_draft *draft, const char *name)
{
	harness_put_text(&draft->bytes, ROLE_HIDDEN_FIELDS, name);
}

static inline void draft_show(struct role_draft *draft, const char *name)
{
	harness_put_text(&draft->bytes, ROLE_SHOWN_FIELDS, name);
}

static inline void draft_all_teams(struct role_draft *draft)
{
	wire_put_scalar(&draft->bytes, ROLE_SEES_ALL_TEAMS, 1);
}

static inline const struct harness_reply *
try_role(struct world *w, const char *token, struct role_draft *draft)
{
	return of_record(w, kind_named("role"), METHOD_CREATE, token,
			 &draft->bytes);
}

static inline struct uuid make_role(struct world *w, struct role_draft *draft)
{
	return made(try_role(w, w->h.admin_token, draft));
}

/* The role becomes what the draft says, and nothing else. */
static inline void
change_role(struct world *w, const struct uuid *id, struct role_draft *draft)
{
	static const char *const paths[] = { "display_name", "kinds",
					     "hidden_fields", "shown_fields",
					     "sees_all_teams" };
	struct buffer request = harness_buffer(), mask = harness_buffer();

	harness_put_uuid(&draft->bytes, FIELD_ID, id);
	for (size_t i = 0; i < 5; i++)
		harness_put_text(&mask, 1, paths[i]);
	wire_put_bytes(&request, 1, draft->bytes.at, draft->bytes.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	harness_expect(harness_call(&w->h, "RoleService/UpdateRole",
				    w->h.admin_token, request.at, request.len),
		       OUTRIDER_OK);
	buffer_free(&draft->bytes);
	buffer_free(&request);
	buffer_free(&mask);
}

static inline void give_role(struct world *w, const struct harness_user *user,
			     const struct uuid *role)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &user->id);
	harness_put_uuid(&record, USER_ROLE, role);
	harness_expect(of_record(w, kind_named("user"), METHOD_UPDATE,
				 w->h.admin_token, &record),
		       OUTRIDER_OK);
}

/* ---------------------------------------------------------- custom fields */

/* A text field of contacts. */
static inline struct uuid
make_custom_field(struct world *w, const char *key, enum rank read_rank)
{
	struct buffer record = harness_buffer();

	harness_put_text(&record, 10, "contact");
	harness_put_text(&record, 11, key);
	harness_put_text(&record, 12, key);
	wire_put_scalar(&record, 13, 1);
	if (read_rank != RANK_NONE)
		wire_put_scalar(&record, 17, read_rank);
	return made(of_record(w, kind_named("custom_field"), METHOD_CREATE,
			      w->h.admin_token, &record));
}

static inline void
put_custom(struct buffer *record, const struct uuid *field, const char *text)
{
	struct buffer value = harness_buffer();

	harness_put_uuid(&value, 1, field);
	harness_put_text(&value, 2, text);
	wire_put_bytes(record, FIELD_CUSTOM, value.at, value.len);
	buffer_free(&value);
}

/* Its text in a contact; empty where it isn't there. */
static inline void
custom_text(char out[64], struct bytes contact, const struct uuid *field)
{
	struct bytes value;

	out[0] = 0;
	for (size_t n = 0; (value = harness_part(contact, FIELD_CUSTOM, n)).at;
	     n++) {
		struct uuid id = harness_uuid(value, 1);

		if (uuid_compare(&id, field) == 0)
			harness_text(out, 64, value, 2);
	}
}

#endif
