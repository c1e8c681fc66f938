/*
 * A record that may answer: read, judged and kept. What the caller may not
 * see is gone from it before anything is compared, so no word of that leads
 * anybody here.
 */
#include "app/search_parts.h"

#include "model/utf8.h"

#include <string.h>

enum {
	SEEN_BITS = 12,
	SEEN_SLOTS = 1 << SEEN_BITS,
	/* Room for the hits of the log and of the index, twice. */
	HITS_MAX = 2 * (SEARCH_TAIL_MAX + 3 * SEARCH_PAGE_MAX),
	TITLE_MAX = 1000,
	PATH_BYTES_MAX = 100,
	TEXT_MAX = 400,
	FOLDED_MAX = 256 << 10,
	ROW_MEMORY = 8 << 20,
};

enum outrider_code search_look_open(struct search *s)
{
	struct arena *arena = &s->call->arena;

	buffer_init(&s->folded, &allocator_libc, FOLDED_MAX);
	arena_init(&s->row, &allocator_libc, ROW_MEMORY);
	s->hits = arena_alloc(arena, HITS_MAX * sizeof(s->hits[0]));
	s->seen = arena_alloc(arena, SEEN_SLOTS * sizeof(s->seen[0]));
	return s->hits && s->seen ? OUTRIDER_OK : err_call_full(&s->call->err);
}

void search_look_close(struct search *s)
{
	buffer_free(&s->folded);
	arena_free(&s->row);
}

/* False: it was looked at already. */
static bool is_unseen(struct search *s, uint64_t rev)
{
	size_t slot = rev * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SEEN_BITS);

	while (s->seen[slot] && s->seen[slot] != rev)
		slot = (slot + 1) % SEEN_SLOTS;
	if (s->seen[slot])
		return false;
	s->seen[slot] = rev;
	return true;
}

void search_look_again(struct search *s)
{
	memset(s->seen, 0, SEEN_SLOTS * sizeof(s->seen[0]));
	for (size_t i = 0; i < s->n_hits; i++)
		(void)is_unseen(s, s->hits[i].rev);
	s->n_looked = 0;
}

static bool is_wanted(const struct search *s, const struct entity *entity)
{
	if (!entity || !access_knows_kind(&s->call->principal, entity))
		return false;
	for (size_t i = 0; i < s->n_kinds; i++)
		if (s->kinds[i] == entity)
			return true;
	return s->n_kinds == 0;
}

/* ------------------------------------------------------------ what is told */

/* A copy of at most max bytes; NULL without memory. */
static char *keep(struct search *s, struct bytes text, size_t max)
{
	return (char *)(uintptr_t)arena_copy(&s->call->arena, text.at,
					     utf8_cut(text.at, text.len, max))
		.at;
}

static char *title_of(struct search *s, const struct row *row)
{
	char title[TITLE_MAX];
	size_t len = 0;

	for (size_t i = 0; i < row->entity->n_title; i++) {
		struct bytes part =
			row_value(row, row->entity->title[i]->number)->bytes;
		if (part.len == 0)
			continue;
		if (len > 0 && len < TITLE_MAX)
			title[len++] = ' ';
		part.len = utf8_cut(part.at, part.len, TITLE_MAX - len);
		memcpy(title + len, part.at, part.len);
		len += part.len;
	}
	return keep(s, (struct bytes){ (const uint8_t *)title, len },
		    TITLE_MAX);
}

static char *path_of(struct search *s, const struct search_text *where)
{
	char path[PATH_BYTES_MAX];
	size_t len = 0;

	for (size_t i = 0; i < where->depth; i++) {
		const char *name = where->path[i]->name;
		const struct bytes part = { (const uint8_t *)name,
					    strlen(name) };
		if (part.len + (i > 0) > sizeof(path) - len)
			break;
		if (i > 0)
			path[len++] = '.';
		memcpy(path + len, part.at, part.len);
		len += part.len;
	}
	return keep(s, (struct bytes){ (const uint8_t *)path, len },
		    PATH_BYTES_MAX);
}

static enum outrider_code add_hit(struct search *s, const struct row *row,
				  const struct search_match *match)
{
	struct hit *hit = &s->hits[s->n_hits];

	if (s->n_hits == HITS_MAX) {
		s->was_stopped = true;
		return OUTRIDER_OK;
	}
	s->n_hits++;
	*hit = (struct hit){
		.entity = row->entity,
		.id = row->id,
		.rev = row->rev,
		.n_near = match->n_near,
		.n_begun = match->n_begun,
		.n_untitled = match->n_untitled,
		.title = title_of(s, row),
		.path = path_of(s, &match->where),
		.text = keep(s, match->where.text, TEXT_MAX),
	};
	if (!hit->title || !hit->path || !hit->text)
		return err_call_full(&s->call->err);
	return OUTRIDER_OK;
}

enum outrider_code
search_look_at(struct search *s, const struct search_doc *doc)
{
	struct app_call *call = s->call;
	const struct entity *entity = schema_entity(doc->kind);
	struct search_match match;
	struct row *row;
	enum outrider_code code;

	if (!is_wanted(s, entity) || !is_unseen(s, doc->rev))
		return OUTRIDER_OK;
	s->n_looked++;
	arena_reset(&s->row);
	code = store_get(call_conn(call), &row, entity, &doc->id, &s->row,
			 &call->err);
	if (code == OUTRIDER_NOT_FOUND)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK)
		return code;
	/* Changed since: it is looked at as what it is now, and once. */
	if (row->rev != doc->rev && !is_unseen(s, row->rev))
		return OUTRIDER_OK;
	if (row->deleted_us != 0 || !access_may_see(&call->principal, row))
		return OUTRIDER_OK;
	code = access_hide(row, &call->principal, &s->row, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (search_match(&match, &s->typed, row, &s->folded))
		return add_hit(s, row, &match);
	return s->folded.is_full ? err_call_full(&s->call->err) : OUTRIDER_OK;
}
