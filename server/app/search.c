/*
 * Search: one box over all kinds, from the request to the reply. Owns the
 * order of hits, and when it is said that there are more: see search_parts.h
 * for the rest.
 */
#include "app/indexer.h"
#include "app/search_parts.h"
#include "outrider/v1/search.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 20 };

#define BUDGET_US 50000

/* ------------------------------------------------------------------- reply */

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->n_near != y->n_near)
		return x->n_near < y->n_near ? -1 : 1;
	if (x->n_begun != y->n_begun)
		return x->n_begun < y->n_begun ? -1 : 1;
	if (x->n_untitled != y->n_untitled)
		return x->n_untitled < y->n_untitled ? -1 : 1;
	return x->rev > y->rev ? -1 : x->rev < y->rev;
}

/*
 * Would it tell of what the caller may not see that a search was stopped?
 * Records that only hidden texts led to were looked at, too.
 */
static bool hides_texts(const struct principal *who)
{
	if (who->rights && who->rights->n_hidden_custom > 0)
		return true;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		const struct field_set *hidden = access_hidden(who, entity);
		for (size_t j = 0; hidden && j < entity->n_fields; j++) {
			const struct field *field = &entity->fields[j];
			if (field_set_has(hidden, field->number) &&
			    (field->type == FIELD_MESSAGE ||
			     field->flags & FIELD_IS_SEARCHABLE))
				return true;
		}
	}
	return false;
}

static bool has_more(const struct search *s)
{
	bool is_far_behind = s->rev > s->reached + SEARCH_TAIL_MAX;

	return s->n_hits > s->page_size || is_far_behind ||
	       (s->was_stopped && !hides_texts(&s->call->principal));
}

static enum outrider_code reply(struct search *s)
{
	Outrider__V1__SearchResponse response =
		OUTRIDER__V1__SEARCH_RESPONSE__INIT;
	struct arena *arena = &s->call->arena;
	size_t n = s->n_hits < s->page_size ? s->n_hits : s->page_size;
	Outrider__V1__SearchHit *hits =
		arena_alloc(arena, n * sizeof(*hits) + 1);
	char(*ids)[UUID_TEXT_LEN + 1] =
		arena_alloc(arena, n * sizeof(*ids) + 1);

	response.hits = arena_alloc(arena, n * sizeof(void *) + 1);
	if (!hits || !ids || !response.hits)
		return err_call_full(&s->call->err);
	if (s->n_hits > 1)
		qsort(s->hits, s->n_hits, sizeof(*s->hits), compare_hits);
	for (size_t i = 0; i < n; i++) {
		struct hit *from = &s->hits[i];
		outrider__v1__search_hit__init(&hits[i]);
		uuid_format(ids[i], &from->id);
		hits[i].kind = (char *)(uintptr_t)from->entity->name;
		hits[i].id = ids[i];
		hits[i].title = from->title;
		hits[i].field_path = from->path;
		hits[i].text = from->text;
		hits[i].is_near = from->n_near > 0;
		response.hits[response.n_hits++] = &hits[i];
	}
	response.has_more = has_more(s);
	return call_reply(s->call, &response.base);
}

/* ----------------------------------------------------------------- request */

static enum outrider_code refuse_kind(struct search *s, size_t i)
{
	struct app_call *call = s->call;
	char names[600], field[32];
	size_t len = 0;

	for (size_t j = 0; j < schema_n_entities; j++) {
		const char *name = schema_entities[j]->name;
		if (!access_knows_kind(&call->principal, schema_entities[j]) ||
		    strlen(name) + 3 > sizeof(names) - len)
			continue;
		len += (size_t)snprintf(names + len, sizeof(names) - len,
					"%s%s", len > 0 ? ", " : "", name);
	}
	names[len] = '\0';
	snprintf(field, sizeof(field), "kinds[%zu]", i);
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field,
		       "there is no such kind; there are %s", names);
}

static enum outrider_code
read_kinds(struct search *s, const Outrider__V1__SearchRequest *request)
{
	s->kinds = arena_alloc(&s->call->arena,
			       request->n_kinds * sizeof(void *) + 1);
	if (!s->kinds)
		return err_call_full(&s->call->err);
	for (size_t i = 0; i < request->n_kinds; i++) {
		const char *name = request->kinds[i];
		const struct entity *entity =
			schema_entity_named(name, strlen(name));
		if (!entity || !access_knows_kind(&s->call->principal, entity))
			return refuse_kind(s, i);
		s->kinds[s->n_kinds++] = entity;
	}
	return OUTRIDER_OK;
}

static enum outrider_code read_request(struct search *s)
{
	struct app_call *call = s->call;
	Outrider__V1__SearchRequest *request =
		call_unpack(call, &outrider__v1__search_request__descriptor);
	enum outrider_code code;

	if (!request)
		return call->err.code;
	s->page_size = request->page_size ? (size_t)request->page_size
					  : PAGE_DEFAULT;
	if (s->page_size > SEARCH_PAGE_MAX)
		s->page_size = SEARCH_PAGE_MAX;
	const struct bytes query = { (const uint8_t *)request->query,
				     strlen(request->query) };
	code = typed_read(&s->typed, query, &call->arena, &call->err);
	return code == OUTRIDER_OK ? read_kinds(s, request) : code;
}

static enum outrider_code find(struct search *s)
{
	struct app_call *call = s->call;
	const struct context *context = call_context(call);
	enum outrider_code code = search_look_open(s);

	if (code == OUTRIDER_OK) {
		s->until_us = context->mono_us(context->user) + BUDGET_US;
		code = store_read_begin(call_conn(call), &s->rev, &call->err);
	}
	if (code == OUTRIDER_OK)
		code = search_ask(s);
	store_read_end(call_conn(call));
	if (s->rev > s->reached)
		indexer_go_on(call->app->indexer);
	if (code == OUTRIDER_OK)
		code = reply(s);
	search_look_close(s);
	return code;
}

static enum outrider_code start_search(struct app_call *call)
{
	struct search *s = arena_alloc(&call->arena, sizeof(*s));
	enum outrider_code code;

	if (!s)
		return err_call_full(&call->err);
	s->call = call;
	code = read_request(s);
	return code == OUTRIDER_OK ? find(s) : code;
}

const struct call_handler search_handlers[] = {
	{ "/outrider.v1.SearchService/Search", start_search },
	{ NULL, NULL },
};
