/*
 * See world_text.h.
 */
#include "world_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fields world_said(uint32_t kind, const char *text)
{
	struct fields fields = fields_new();

	text_write(&fields.bytes, schema_entity(kind)->message, "%s", text);
	return fields;
}

uint64_t world_say(struct model_phone *p, enum model_op op, uint32_t kind,
		   const struct uuid *id, const char *text)
{
	struct fields fields = world_said(kind, text);
	uint64_t seq;

	/* A phone's clock is its own, and no two edits share a time. */
	p->h->wall_us += 1000;
	seq = model_edit(p, op, kind, id, fields_bytes(&fields), NULL, 0);
	fields_free(&fields);
	return seq;
}

void world_others_say(struct world *w, uint32_t kind, const struct uuid *id,
		      const char *text, uint32_t cleared)
{
	struct fields fields = world_said(kind, text);

	world_tick(w);
	assert_int_equal(world_try(w, CHANGE_UPDATE, kind, id, &fields,
				   &cleared, cleared != 0),
			 OUTRIDER_OK);
	world_tick(w);
	fields_free(&fields);
}

void world_stands(struct world *w, uint32_t kind, const struct uuid *id,
		  const char *path, const char *value)
{
	struct buffer bytes = harness_buffer();
	const char *found;

	record_write(&bytes, world_row(w, kind, id), NULL);
	found = text_at(schema_entity(kind)->message,
			(struct bytes){ bytes.at, bytes.len }, path);
	if (strcmp(found, value) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", path, found, value);
	buffer_free(&bytes);
}

struct uuid world_desk(struct world *w, const char *path, const char *text)
{
	char whole[96];
	const struct method *method;
	const struct harness_reply *reply;
	struct buffer request = harness_buffer();

	snprintf(whole, sizeof(whole), "/outrider.v1.%s", path);
	method = schema_method(whole, strlen(whole));
	assert_non_null(method);
	text_write(&request, method->request, "%s", text);
	reply = harness_call(&w->h, path, w->h.admin_token, request.at,
			     request.len);
	buffer_free(&request);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", path, reply->text);
	if (!method->response->entity)
		return (struct uuid){ { 0 } };
	return harness_uuid(reply->message, FIELD_ID);
}
