/*
 * near: who is where, against a look at every card; and what changes it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "card_text.h"
#include "model/geo.h"

enum { NEAR_MAX = 400 };

struct found {
	char kind[16];
	struct uuid id, place;
	double metres, latitude, longitude;
};

struct finds {
	struct found at[NEAR_MAX];
	size_t n, stop_at;
};

static bool take(void *user, const struct outrider_neighbour *neighbour)
{
	struct finds *finds = user;
	struct found *found = &finds->at[finds->n++];

	assert_true(finds->n <= NEAR_MAX);
	snprintf(found->kind, sizeof(found->kind), "%s", neighbour->card->kind);
	memcpy(found->id.at, neighbour->card->id, 16);
	memcpy(found->place.at, neighbour->place_id, 16);
	found->metres = neighbour->distance_m;
	found->latitude = neighbour->latitude;
	found->longitude = neighbour->longitude;
	return finds->n != finds->stop_at;
}

/* About the middle of Kyiv. */
static struct outrider_around
around(double radius_m, size_t limit, const char *kind)
{
	return (struct outrider_around){ .latitude = 50.45,
					 .longitude = 30.52,
					 .radius_m = radius_m,
					 .limit = limit,
					 .kind = kind };
}

static enum outrider_code ask(struct finds *finds, struct phone *phone,
			      const struct outrider_around *asked)
{
	finds->n = 0;
	return outrider_near(phone->core, asked, take, finds, NULL);
}

static struct finds
look(struct phone *phone, double radius_m, size_t limit, const char *kind)
{
	const struct outrider_around asked = around(radius_m, limit, kind);
	static struct finds finds;

	finds.stop_at = 0;
	assert_int_equal(ask(&finds, phone, &asked), OUTRIDER_OK);
	return finds;
}

static void
assert_hit(const struct found *found, const struct uuid *id, double metres)
{
	assert_memory_equal(found->id.at, id->at, 16);
	assert_true(fabs(found->metres - metres) < 0.5);
}

static void a_place_leads_to_who_is_there(void **state)
{
	char ref[128];
	struct phone phone;
	struct uuid place, company, contact, branch, far;
	struct outrider_around asked;
	struct finds finds;

	(void)state;
	phone_ready(&phone);
	company = card_new(&phone, "company", "display_name=Zernoprom", NULL);
	contact = card_new(&phone, "contact", "family_name=Koval",
			   card_ref(ref, "company_ids", &company), NULL);
	assert_int_equal(look(&phone, 0, 0, NULL).n, 0);
	/* 0.01 of a degree north: 1111.95 m. */
	place = card_new(&phone, "place", "display_name=Head office",
			 card_ref(ref, "company_id", &company),
			 "latitude=50.46", "longitude=30.52", NULL);
	(void)card_new(&phone, "place", "display_name=Nowhere",
		       card_ref(ref, "company_id", &company), NULL);
	finds = look(&phone, 0, 0, NULL);
	assert_int_equal(finds.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(fabs(finds.at[i].metres - 1111.95) < 0.01);
		assert_true(fabs(finds.at[i].latitude - 50.46) < 1e-9);
		assert_true(fabs(finds.at[i].longitude - 30.52) < 1e-9);
		assert_memory_equal(finds.at[i].place.at, place.at, 16);
	}
	assert_string_equal(finds.at[0].kind, "company");
	assert_string_equal(finds.at[1].kind, "contact");
	assert_string_equal(finds.at[2].kind, "place");
	assert_memory_equal(finds.at[1].id.at, contact.at, 16);

	/* A branch names a nearer place that names nobody. */
	far = card_new(&phone, "place", "display_name=Market",
		       "latitude=50.455", "longitude=30.52", NULL);
	branch = card_new(&phone, "company", "display_name=Branch",
			  card_ref(ref, "place_ids", &far), NULL);
	finds = look(&phone, 0, 0, "company");
	assert_int_equal(finds.n, 2);
	assert_hit(&finds.at[0], &branch, 555.97);
	assert_hit(&finds.at[1], &company, 1111.95);
	/* A contact of both is where the nearer of them is. */
	{
		char other[128];
		card_edit(&phone, "contact", &contact,
			  card_ref(ref, "company_ids", &company),
			  card_ref(other, "company_ids", &branch), NULL);
	}
	finds = look(&phone, 0, 0, "contact");
	assert_int_equal(finds.n, 1);
	assert_hit(&finds.at[0], &contact, 555.97);

	/* The radius and the limit end it, and so does the host. */
	assert_int_equal(look(&phone, 556, 0, NULL).n, 3);
	assert_int_equal(look(&phone, 555, 0, NULL).n, 0);
	assert_int_equal(look(&phone, 0, 2, NULL).n, 2);
	asked = around(0, 0, NULL);
	finds.stop_at = 1;
	assert_int_equal(ask(&finds, &phone, &asked), OUTRIDER_OK);
	assert_int_equal(finds.n, 1);

	/* It moves, it goes; and all of it is there after a restart. */
	card_settle(&phone);
	card_edit(&phone, "place", &far, "latitude=50.48", NULL);
	finds = look(&phone, 0, 0, "contact");
	assert_hit(&finds.at[0], &contact, 1111.95);
	card_reopen(&phone);
	finds = look(&phone, 0, 0, "company");
	assert_hit(&finds.at[0], &company, 1111.95);
	assert_hit(&finds.at[1], &branch, 3335.85);
	card_delete(&phone, "place", &place);
	finds = look(&phone, 0, 0, NULL);
	assert_int_equal(finds.n, 3);
	assert_hit(&finds.at[0], &branch, 3335.85);
	phone_free(&phone);
}

static void what_is_refused(void **state)
{
	const struct outrider_around good = around(0, 0, NULL);
	struct outrider_around asked[3] = { good, good, good };
	struct finds finds = { .n = 0 };
	struct phone phone;

	(void)state;
	asked[0].latitude = 91;
	asked[1].longitude = (double)NAN;
	asked[2].kind = "meeting";
	phone_ready(&phone);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask(&finds, &phone, &asked[i]),
				 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(ask(&finds, &phone, &good), OUTRIDER_OK);
	outrider_lock(phone.core);
	assert_int_equal(ask(&finds, &phone, &good), OUTRIDER_LOCKED);
	phone_free(&phone);
}

/* ------------------------------------------ against every card there is */

enum { PLACES = 24, COMPANIES = 16, CONTACTS = 24 };

struct card_of_model {
	struct uuid id;
	bool exists, has_pin;
	double latitude, longitude;
	int refs[3]; /* indexes of what it names, or -1 */
};

struct model {
	struct phone phone;
	struct card_of_model places[PLACES], companies[COMPANIES],
		contacts[CONTACTS];
	uint64_t seed;
};

static uint32_t draw(struct model *model, uint32_t below)
{
	model->seed = model->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((model->seed >> 33) % below);
}

static double far_from_here(const struct card_of_model *place)
{
	struct geo_pin here, pin;

	assert_true(geo_pin_from_degrees(&here, 50.45, 30.52));
	assert_true(
		geo_pin_from_degrees(&pin, place->latitude, place->longitude));
	return geo_distance_m(geo_vector_of(here), geo_vector_of(pin));
}

/* How near a company is; -1: it is nowhere. */
static double company_metres(const struct model *model, int company)
{
	double best = -1;

	for (int i = 0; i < PLACES; i++) {
		const struct card_of_model *place = &model->places[i];
		bool is_its = place->refs[0] == company;
		for (int k = 0; k < 3; k++)
			is_its |= model->companies[company].exists &&
				  model->companies[company].refs[k] == i;
		if (is_its && place->exists && place->has_pin &&
		    (best < 0 || far_from_here(place) < best))
			best = far_from_here(place);
	}
	return best;
}

static double metres_of(const struct model *model, const char *kind, int i)
{
	double best = -1;

	if (strcmp(kind, "place") == 0) {
		const struct card_of_model *place = &model->places[i];
		return place->exists && place->has_pin ? far_from_here(place)
						       : -1;
	}
	if (strcmp(kind, "company") == 0)
		return model->companies[i].exists ? company_metres(model, i)
						  : -1;
	for (int k = 0; k < 3 && model->contacts[i].exists; k++) {
		int company = model->contacts[i].refs[k];
		double metres = company < 0 ? -1
					    : company_metres(model, company);
		if (metres >= 0 && (best < 0 || metres < best))
			best = metres;
	}
	return best;
}

static void check_kind(struct model *model, const char *kind,
		       const struct card_of_model *cards, int n)
{
	const double radius_m = draw(model, 2) == 0 ? 0 : 4000;
	struct finds finds = look(&model->phone, radius_m, NEAR_MAX, kind);
	size_t n_wanted = 0;

	for (int i = 0; i < n; i++) {
		double metres = metres_of(model, kind, i);
		size_t k = 0;
		while (k < finds.n &&
		       memcmp(finds.at[k].id.at, cards[i].id.at, 16) != 0)
			k++;
		if (metres < 0 || (radius_m > 0 && metres > radius_m)) {
			assert_int_equal(k, finds.n);
			continue;
		}
		n_wanted++;
		assert_true(k < finds.n);
		assert_true(fabs(finds.at[k].metres - metres) < 1e-6);
	}
	assert_int_equal(finds.n, n_wanted);
	for (size_t k = 1; k < finds.n; k++)
		assert_true(finds.at[k - 1].metres <= finds.at[k].metres);
}

/* Deleted: it doesn't come again. */
static bool is_gone(const struct card_of_model *card)
{
	return !card->exists && !uuid_is_zero(&card->id);
}

static void write_place(struct model *model, int i)
{
	struct card_of_model *place = &model->places[i];
	char latitude[40] = "latitude=", longitude[40] = "longitude=";
	char company[128] = "company_id=";
	struct uuid id;

	if (is_gone(place))
		return;
	place->has_pin = draw(model, 8) != 0;
	place->latitude = 50.40 + draw(model, 1000) / 1e4;
	place->longitude = 30.47 + draw(model, 1000) / 1e4;
	place->refs[0] = (int)draw(model, COMPANIES + 4) - 4;
	if (place->has_pin) {
		snprintf(latitude, sizeof(latitude), "latitude=%.4f",
			 place->latitude);
		snprintf(longitude, sizeof(longitude), "longitude=%.4f",
			 place->longitude);
	}
	if (place->refs[0] >= 0)
		card_ref(company, "company_id",
			 &model->companies[place->refs[0]].id);
	if (place->exists) {
		card_edit(&model->phone, "place", &place->id, latitude,
			  longitude, company, NULL);
		return;
	}
	id = card_new(&model->phone, "place", "display_name=P", latitude,
		      longitude, company, NULL);
	place->id = id;
	place->exists = true;
}

/* A company with its places, or a contact with its companies. */
static void write_references(struct model *model, const char *kind,
			     struct card_of_model *card, const char *field,
			     const struct card_of_model *others, uint32_t n)
{
	char refs[3][128];
	const char *words[4] = { NULL };
	size_t n_words = 0;

	if (is_gone(card))
		return;
	for (int k = 0; k < 3; k++) {
		card->refs[k] = (int)draw(model, n * 2) - (int)n;
		/* One that was never written has no id. */
		if (card->refs[k] >= 0 &&
		    uuid_is_zero(&others[card->refs[k]].id))
			card->refs[k] = -1;
		for (int j = 0; j < k; j++)
			if (card->refs[j] == card->refs[k])
				card->refs[k] = -1;
		if (card->refs[k] >= 0)
			words[n_words++] = card_ref(refs[k], field,
						    &others[card->refs[k]].id);
	}
	if (n_words == 0) {
		snprintf(refs[0], sizeof(refs[0]), "%s=", field);
		words[0] = refs[0];
	}
	if (card->exists)
		card_edit(&model->phone, kind, &card->id, words[0], words[1],
			  words[2], NULL);
	else
		card->id = card_new(&model->phone, kind,
				    strcmp(kind, "company") == 0
					    ? "display_name=C"
					    : "family_name=K",
				    words[0], words[1], words[2], NULL);
	card->exists = true;
}

static void act(struct model *model)
{
	const uint32_t i = draw(model, 64), what = draw(model, 20);

	if (what < 7)
		write_place(model, (int)(i % PLACES));
	else if (what < 10)
		write_references(model, "company",
				 &model->companies[i % COMPANIES], "place_ids",
				 model->places, PLACES);
	else if (what < 15)
		write_references(model, "contact",
				 &model->contacts[i % CONTACTS], "company_ids",
				 model->companies, COMPANIES);
	else if (what < 16 && model->places[i % PLACES].exists) {
		card_delete(&model->phone, "place",
			    &model->places[i % PLACES].id);
		model->places[i % PLACES].exists = false;
	} else if (what < 17 && model->contacts[i % CONTACTS].exists) {
		card_delete(&model->phone, "contact",
			    &model->contacts[i % CONTACTS].id);
		model->contacts[i % CONTACTS].exists = false;
	} else if (what < 18) {
		card_settle(&model->phone);
	} else if (what < 19 && draw(model, 4) == 0) {
		card_reopen(&model->phone);
	}
}

static void as_a_look_at_every_card_says(void **state)
{
	static struct model model;

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		memset(&model, 0, sizeof(model));
		model.seed = seed;
		phone_ready(&model.phone);
		for (int i = 0; i < PLACES; i++)
			model.places[i].refs[0] = -1;
		for (int i = 0; i < COMPANIES; i++) {
			write_references(&model, "company", &model.companies[i],
					 "place_ids", model.places, PLACES);
		}
		for (int i = 0; i < 250; i++) {
			act(&model);
			check_kind(&model, "place", model.places, PLACES);
			check_kind(&model, "company", model.companies,
				   COMPANIES);
			check_kind(&model, "contact", model.contacts, CONTACTS);
		}
		phone_free(&model.phone);
	}
}

/* Enough of them that those which are gone are swept up. */
static void many_places_come_and_go(void **state)
{
	static struct uuid places[700];
	char latitude[40];
	struct phone phone;
	struct finds finds;

	(void)state;
	phone_ready(&phone);
	for (int i = 0; i < 700; i++) {
		snprintf(latitude, sizeof(latitude), "latitude=%.4f",
			 50.45 + i / 1e4);
		places[i] = card_new(&phone, "place", "display_name=P",
				     latitude, "longitude=30.52", NULL);
	}
	for (int i = 0; i < 700; i++)
		if (i % 7 != 3)
			card_delete(&phone, "place", &places[i]);
	finds = look(&phone, 0, NEAR_MAX, NULL);
	assert_int_equal(finds.n, 100);
	for (int i = 0; i < 100; i++)
		assert_memory_equal(finds.at[i].id.at, places[i * 7 + 3].at,
				    16);
	/* Those that are left are still each known by its own. */
	for (int i = 0; i < 100; i++)
		card_edit(&phone, "place", &places[i * 7 + 3],
			  "longitude=30.53", NULL);
	finds = look(&phone, 0, NEAR_MAX, NULL);
	assert_int_equal(finds.n, 100);
	for (int i = 0; i < 100; i++)
		assert_true(finds.at[i].longitude > 30.525);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_leads_to_who_is_there),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(as_a_look_at_every_card_says),
		cmocka_unit_test(many_places_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
