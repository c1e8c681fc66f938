/*
 * near: places, companies and contacts by how far they are. Owns the question;
 * what it reads is nearby.h's.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "nearby.h"

enum { NEAR_DEFAULT = 50 };

/* A card, and the nearest of the pins that it is found by. */
struct hit {
	double metres;
	struct uuid id;
	uint32_t kind, place; /* index of the place's link */
};

struct hits {
	struct hit *at;
	size_t n;
};

struct question {
	const struct nearby *nearby;
	struct geo_vector here;
	double radius_m;
	uint32_t place, company, contact; /* kinds */
	uint32_t kind;			  /* the one that is asked for, or 0 */
	struct hits hits, companies;
	struct idmap map; /* to companies */
};

static bool is_wanted(const struct question *question, uint32_t kind)
{
	return question->kind == 0 || question->kind == kind;
}

static const struct nearby_link *
link_at(const struct question *question, size_t i)
{
	return (const struct nearby_link *)question->nearby->links.at + i;
}

/* --------------------------------------------------------------- distances */

static bool
measure(const struct question *question, double *metres, uint32_t place)
{
	const struct geo_pin pin = link_at(question, place)->pin;

	*metres = geo_distance_m(question->here, geo_vector_of(pin));
	return *metres <= question->radius_m;
}

/* A company is found by the nearest of its places. False without memory. */
static bool add_company(struct question *question, const struct uuid *id,
			uint32_t place, double metres)
{
	const uint32_t *known =
		idmap_get(&question->map, question->company, id);
	struct hit hit = { metres, *id, question->company, place };

	if (known != NULL) {
		if (metres < question->companies.at[*known].metres)
			question->companies.at[*known] = hit;
		return true;
	}
	if (!idmap_put(&question->map, question->company, id,
		       (uint32_t)question->companies.n))
		return false;
	question->companies.at[question->companies.n++] = hit;
	return true;
}

static bool look_at_places(struct question *question)
{
	for (size_t i = 0; i < question->nearby->links.n; i++) {
		const struct nearby_link *link = link_at(question, i);
		double metres;
		if (link->kind != question->place ||
		    !measure(question, &metres, (uint32_t)i))
			continue;
		if (is_wanted(question, question->place))
			question->hits.at[question->hits.n++] =
				(struct hit){ metres, link->from, link->kind,
					      (uint32_t)i };
		if (question->kind != question->place &&
		    !uuid_is_zero(&link->to) &&
		    !add_company(question, &link->to, (uint32_t)i, metres))
			return false;
	}
	return true;
}

static bool look_at_companies(struct question *question)
{
	for (size_t i = 0; i < question->nearby->links.n; i++) {
		const struct nearby_link *link = link_at(question, i);
		const uint32_t *place;
		double metres;
		if (link->kind != question->company)
			continue;
		place = idmap_get(&question->nearby->map, question->place,
				  &link->to);
		if (place == NULL || !measure(question, &metres, *place))
			continue;
		if (!add_company(question, &link->from, *place, metres))
			return false;
	}
	return true;
}

/* A contact is found by the nearest of its companies. */
static void look_at_contacts(struct question *question)
{
	struct hits *hits = &question->hits;
	struct hit *last = NULL;

	for (size_t i = 0; i < question->nearby->links.n; i++) {
		const struct nearby_link *link = link_at(question, i);
		const struct hit *company;
		const uint32_t *known;
		if (link->kind != question->contact)
			continue;
		known = idmap_get(&question->map, question->company, &link->to);
		if (known == NULL)
			continue;
		company = &question->companies.at[*known];
		/* Links of one contact lie side by side. */
		if (last == NULL || uuid_compare(&last->id, &link->from) != 0) {
			last = &hits->at[hits->n++];
			*last = *company;
		} else if (company->metres < last->metres) {
			*last = *company;
		}
		last->id = link->from;
		last->kind = question->contact;
	}
}

static bool look(struct question *question)
{
	if (!look_at_places(question))
		return false;
	if (question->kind == question->place)
		return true;
	if (!look_at_companies(question))
		return false;
	if (is_wanted(question, question->contact))
		look_at_contacts(question);
	for (size_t i = 0; i < question->companies.n; i++)
		if (is_wanted(question, question->company))
			question->hits.at[question->hits.n++] =
				question->companies.at[i];
	return true;
}

/* ------------------------------------------------------------ nearest first */

static bool is_before(const struct hit *a, const struct hit *b)
{
	if (a->metres != b->metres)
		return a->metres < b->metres;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return uuid_compare(&a->id, &b->id) < 0;
}

static void sift_down(struct hits *hits, size_t i)
{
	for (;;) {
		size_t first = i, child = 2 * i + 1;
		struct hit kept = hits->at[i];

		for (size_t k = child; k < child + 2 && k < hits->n; k++)
			if (is_before(&hits->at[k], &hits->at[first]))
				first = k;
		if (first == i)
			return;
		hits->at[i] = hits->at[first];
		hits->at[first] = kept;
		i = first;
	}
}

static struct hit take_nearest(struct hits *hits)
{
	const struct hit nearest = hits->at[0];

	hits->at[0] = hits->at[--hits->n];
	sift_down(hits, 0);
	return nearest;
}

/* The card in memory of its own; *goes_on stays where it isn't on the phone:
 * a company that only a place's card names. */
static enum outrider_code
lend(struct outrider *core, bool *goes_on, size_t *n_left,
     const struct question *question, const struct hit *hit,
     outrider_neighbour_fn *callback, void *user, struct outrider_err *err)
{
	const struct nearby_link *place = link_at(question, hit->place);
	struct outrider_card card;
	struct outrider_neighbour out = {
		.card = &card,
		.distance_m = hit->metres,
		.latitude = place->pin.lat_e7 / 1e7,
		.longitude = place->pin.lon_e7 / 1e7,
	};
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, hit->kind, &hit->id, err);
	if (code == OUTRIDER_OK && shown.exists) {
		cards_describe(&card, schema_entity(hit->kind), &shown);
		memcpy(out.place_id, place->from.at, sizeof(out.place_id));
		*goes_on = callback(user, &out);
		--*n_left;
	}
	arena_free(&arena);
	return code;
}

static enum outrider_code tell(struct outrider *core, struct question *question,
			       size_t limit, outrider_neighbour_fn *callback,
			       void *user, struct outrider_err *err)
{
	struct hits *hits = &question->hits;
	enum outrider_code code = OUTRIDER_OK;
	bool goes_on = true;

	for (size_t i = hits->n / 2; i > 0; i--)
		sift_down(hits, i - 1);
	while (code == OUTRIDER_OK && goes_on && limit > 0 && hits->n > 0) {
		struct hit nearest = take_nearest(hits);
		code = lend(core, &goes_on, &limit, question, &nearest,
			    callback, user, err);
	}
	return code;
}

/* ----------------------------------------------------------------- question */

static enum outrider_code ask(struct outrider *core, struct question *question,
			      struct geo_pin here, const char *kind,
			      struct outrider_err *err)
{
	const struct entity *entity =
		kind != NULL ? schema_entity_named(kind, strlen(kind)) : NULL;
	const size_t n = core->nearby.links.n;

	question->nearby = &core->nearby;
	question->here = geo_vector_of(here);
	question->place = core->nearby.place.number;
	question->company = core->nearby.company.number;
	question->contact = core->nearby.contact.number;
	question->kind = entity != NULL ? entity->number : 0;
	if (kind != NULL &&
	    (entity == NULL || (question->kind != question->place &&
				question->kind != question->company &&
				question->kind != question->contact)))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "Places, companies and contacts are near or "
			       "far.");
	/* A place's link gives the place and a company. */
	question->hits.at = arena_alloc(
		&core->work, (2 * n + 1) * sizeof(*question->hits.at));
	question->companies.at = arena_alloc(
		&core->work, (n + 1) * sizeof(*question->companies.at));
	if (question->hits.at == NULL || question->companies.at == NULL ||
	    !look(question))
		return err_no_memory(err);
	return OUTRIDER_OK;
}

enum outrider_code outrider_near(struct outrider *core,
				 const struct outrider_around *around,
				 outrider_neighbour_fn *callback, void *user,
				 struct outrider_err *err)
{
	const double radius_m = around->radius_m;
	const size_t limit = around->limit;
	struct question question = { .radius_m = radius_m > 0 ? radius_m
							      : 1e9 };
	struct geo_pin here;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK &&
	    !geo_pin_from_degrees(&here, around->latitude, around->longitude))
		code = err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "That is no place on the earth.");
	idmap_init(&question.map, &core->allocator);
	if (code == OUTRIDER_OK)
		code = ask(core, &question, here, around->kind, err);
	if (code == OUTRIDER_OK)
		code = tell(core, &question, limit > 0 ? limit : NEAR_DEFAULT,
			    callback, user, err);
	idmap_free(&question.map);
	core_leave(core);
	return code;
}
