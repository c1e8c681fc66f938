/*
 * GetTimeline: what was asked for, and a page of it. Time and memory of a page
 * don't grow with its number, nor with what the card has: steps come out of a
 * merge that begins at the page's position, and are loaded one by one.
 */
#include "app/timeline_parts.h"
#include "app/timeline_token.h"

#include "model/wire.h"
#include "outrider/v1/timeline.pb-c.h"

#include <stdio.h>
#include <string.h>

typedef Outrider__V1__GetTimelineRequest Request;

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 200,
	/* A page ends early above it: answers stay far below 4 MiB. */
	PAGE_BYTES_MAX = 1 << 20,
	/* And above so many that the caller may not see. */
	LOOKED_AT_MAX = 2000,

	REPLY_ENTRIES = 1,
	REPLY_NEXT_PAGE_TOKEN = 2,
};

static const char change_word[] = "change";

/* ------------------------------------------------------------ the request */

/* Has it entries, and does the caller know when they were? */
static bool
is_entry_kind(const struct app_call *call, const struct entity *entity)
{
	return entity->timeline &&
	       access_knows_kind(&call->principal, entity) &&
	       access_knows_field(&call->principal, entity, entity->timeline);
}

static enum outrider_code refuse_type(struct app_call *call, size_t i)
{
	char field[32], words[200] = "";
	size_t len = 0;

	for (size_t k = 0; k < schema_n_entities; k++)
		if (is_entry_kind(call, schema_entities[k]) &&
		    len < sizeof(words))
			len += (size_t)snprintf(words + len,
						sizeof(words) - len, "%s, ",
						schema_entities[k]->name);
	snprintf(field, sizeof(field), "types[%zu]", i);
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field,
		       "a timeline has %s%s", words, change_word);
}

static enum outrider_code
read_type(struct timeline *timeline, const char *type, size_t i)
{
	const struct entity *entity = schema_entity_named(type, strlen(type));

	if (strcmp(type, change_word) == 0) {
		timeline->with_changes = true;
		return OUTRIDER_OK;
	}
	if (!entity || !is_entry_kind(timeline->call, entity))
		return refuse_type(timeline->call, i);
	field_set_add(&timeline->kinds, entity->number);
	return OUTRIDER_OK;
}

static enum outrider_code
read_types(struct timeline *timeline, const Request *request)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < request->n_types; i++)
		code = read_type(timeline, request->types[i], i);
	/* A number that no kind has stands for the changes. */
	timeline->asked = timeline->kinds;
	if (timeline->with_changes)
		field_set_add(&timeline->asked, 0);
	if (request->n_types > 0)
		return code;
	timeline->with_changes = true;
	for (size_t k = 0; k < schema_n_entities; k++)
		if (is_entry_kind(timeline->call, schema_entities[k]))
			field_set_add(&timeline->kinds,
				      schema_entities[k]->number);
	return code;
}

static enum outrider_code read_card(const struct entity **entity,
				    struct uuid *id, struct app_call *call,
				    const Request *request)
{
	*entity = schema_entity_named(request->kind, strlen(request->kind));
	if (!*entity || !access_knows_kind(&call->principal, *entity))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "kind",
			       "there is no kind of this name");
	if (!uuid_parse(id, request->id, strlen(request->id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "id",
			       "id is not a UUID");
	return OUTRIDER_OK;
}

static enum outrider_code
read_position(struct timeline *timeline, const Request *request)
{
	const struct bytes token = {
		.at = (const uint8_t *)request->page_token,
		.len = strlen(request->page_token),
	};

	timeline->position = (struct timeline_position){ .at_us = INT64_MAX };
	if (token.len == 0 || timeline_token_read(timeline, token))
		return OUTRIDER_OK;
	return err_set(&timeline->call->err, OUTRIDER_INVALID_ARGUMENT,
		       "page_token",
		       "the page token is not one of this timeline");
}

/* --------------------------------------------------------------- the page */

/* Puts entries into the reply; *has_more: there are some behind them. */
static enum outrider_code
fill_page(bool *has_more, struct timeline *timeline, size_t n_wanted)
{
	struct app_call *call = timeline->call;
	struct timeline_merge *merge;
	struct buffer entry;
	size_t n_written = 0;
	bool has_step = true;
	enum outrider_code code;

	*has_more = false;
	code = timeline_merge_open(&merge, timeline, n_wanted);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&entry, &allocator_libc, call->reply.ceiling);
	for (size_t n = 0; n < LOOKED_AT_MAX && n_written < n_wanted &&
			   call->reply.len < PAGE_BYTES_MAX;
	     n++) {
		struct timeline_step step;

		code = timeline_merge_next(merge, &step, &has_step);
		if (code != OUTRIDER_OK || !has_step)
			break;
		buffer_clear(&entry);
		code = timeline_write_entry(&entry, timeline, &step);
		call->reply.is_full |= entry.is_full;
		if (code != OUTRIDER_OK)
			break;
		if (entry.len == 0)
			continue;
		wire_put_bytes(&call->reply, REPLY_ENTRIES, entry.at,
			       entry.len);
		n_written++;
	}
	buffer_free(&entry);
	*has_more = code == OUTRIDER_OK && timeline_merge_has_more(merge);
	return code;
}

static enum outrider_code tell(struct timeline *timeline,
			       const struct entity *entity,
			       const struct uuid *id, const Request *request)
{
	struct app_call *call = timeline->call;
	size_t n_wanted = request->page_size == 0 ? PAGE_DEFAULT
						  : (size_t)request->page_size;
	char token[TIMELINE_TOKEN_MAX];
	bool has_more;
	enum outrider_code code = timeline_find_targets(timeline, entity, id);

	if (code == OUTRIDER_OK)
		code = read_position(timeline, request);
	if (code == OUTRIDER_OK)
		code = fill_page(&has_more, timeline,
				 n_wanted < PAGE_MAX ? n_wanted : PAGE_MAX);
	if (code != OUTRIDER_OK || !has_more)
		return code;
	timeline_token_write(token, timeline);
	wire_put_bytes(&call->reply, REPLY_NEXT_PAGE_TOKEN, token,
		       strlen(token));
	return OUTRIDER_OK;
}

static enum outrider_code get_timeline(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__get_timeline_request__descriptor);
	struct timeline *timeline =
		arena_alloc(&call->arena, sizeof(*timeline));
	const struct entity *entity;
	struct uuid id;
	enum outrider_code code;

	if (!request || !timeline)
		return err_call_full(&call->err);
	timeline->call = call;
	code = read_card(&entity, &id, call, request);
	if (code == OUTRIDER_OK)
		code = read_types(timeline, request);
	if (code == OUTRIDER_OK)
		code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_clear(&call->reply);
	code = tell(timeline, entity, &id, request);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? call_reply_written(call) : code;
}

const struct call_handler timeline_handlers[] = {
	{ "/outrider.v1.TimelineService/GetTimeline", get_timeline },
	{ NULL, NULL },
};
