/*
 * Pins that are none: half of one, one on a pole, one that is no number. Each
 * way into the server refuses them and names the field; and what stood before
 * there was such a law stands in nobody's way.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain_maker.h"
#include "desk_test.h"
#include "sync_world.h"

#include "app/kinds.h"
#include "app/visits.h"

enum {
	PLACE = 5,
	PLACE_DISPLAY_NAME = 10,
	PLACE_LATITUDE = 13,
	PLACE_LONGITUDE = 14,
	MEETING_VERDICT = 30,
};

/* ------------------------------------------------------------------- calls */

static void refused(struct desk_test *t, const char *path, const char *request,
		    const char *field)
{
	desk_call(t, &t->rep, path, "%s", request);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, field);
}

static void creations_are_refused(void **state)
{
	static const struct {
		const char *pin, *field;
	} wrong[] = {
		{ "latitude: 50.1", "place.longitude" },
		{ "longitude: 14.4", "place.latitude" },
		{ "latitude: 90 longitude: 14.4", "place.latitude" },
		{ "latitude: 90.001 longitude: 14.4", "place.latitude" },
		{ "latitude: 50.1 longitude: -180.001", "place.longitude" },
		{ "latitude: 50.1 longitude: 1e308", "place.longitude" },
	};
	struct desk_test *t = *state;
	char request[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(request, sizeof(request),
			 "place { display_name: \"Plant\" %s }", wrong[i].pin);
		refused(t, "PlaceService/CreatePlace", request, wrong[i].field);
	}
	refused(t, "PlaceService/BatchCreatePlaces",
		"requests { place { display_name: \"A\" latitude: 50.1 "
		"longitude: 14.4 } } "
		"requests { place { display_name: \"B\" latitude: 50.1 } }",
		"requests[1].place.longitude");
	refused(t, "MeetingService/CreateMeeting",
		"meeting { subject: \"x\" start_time: 1 end_time: 2000000 "
		"pin_longitude: 14.4 }",
		"meeting.pin_latitude");
	/* All of a batch or none of it. */
	desk_call(t, &t->rep, "PlaceService/ListPlaces", " ");
	desk_expect(t, "places[0].id", "");
}

static void updates_are_refused(void **state)
{
	struct desk_test *t = *state;
	const char *id = desk_make(t, &t->rep, "PlaceService/CreatePlace",
				   "place { display_name: \"Plant\" latitude: "
				   "50.1 longitude: 14.4 }");
	char request[300];

	/* Named by the mask and left out: cleared, and half a pin is left. */
	snprintf(request, sizeof(request),
		 "place { id: \"%s\" } update_mask { paths: \"longitude\" }",
		 id);
	refused(t, "PlaceService/UpdatePlace", request, "place.longitude");
	snprintf(request, sizeof(request), "place { id: \"%s\" latitude: -90 }",
		 id);
	refused(t, "PlaceService/UpdatePlace", request, "place.latitude");
	snprintf(request, sizeof(request),
		 "requests { place { id: \"%s\" longitude: 14.5 } "
		 "update_mask { paths: \"latitude\" paths: \"longitude\" } }",
		 id);
	refused(t, "PlaceService/BatchUpdatePlaces", request,
		"requests[0].place.latitude");
	/* Both go together, and come together. */
	desk_make(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" } "
		  "update_mask { paths: \"latitude\" paths: \"longitude\" }",
		  id);
	desk_expect(t, "latitude", "");
	snprintf(request, sizeof(request),
		 "place { id: \"%s\" latitude: 50.2 }", id);
	refused(t, "PlaceService/UpdatePlace", request, "place.longitude");
	desk_make(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" latitude: 50.2 longitude: 14.4 }", id);
	desk_expect(t, "latitude", "50.2");
}

/* ------------------------------------------------------------------ phones */

static struct bytes
pin_fields(struct fields *fields, double latitude, double longitude)
{
	*fields = fields_new();
	fields_text(fields, PLACE_DISPLAY_NAME, "Plant");
	if (latitude != 0)
		fields_double(fields, PLACE_LATITUDE, latitude);
	if (longitude != 0)
		fields_double(fields, PLACE_LONGITUDE, longitude);
	return fields_bytes(fields);
}

/* Parked, with a sentence that a rep understands; the others go on. */
static void pushes_are_parked(void **state)
{
	static const struct {
		double latitude, longitude;
		const char *field;
	} wrong[] = {
		{ 50.1, 0, "longitude" },
		{ 0, 14.4, "latitude" },
		{ 90, 14.4, "latitude" },
		{ 91, 14.4, "latitude" },
		{ 50.1, 181, "longitude" },
		{ (double)NAN, 14.4, "latitude" },
		{ 50.1, (double)NAN, "longitude" },
		{ (double)INFINITY, 14.4, "latitude" },
	};
	enum { N = sizeof(wrong) / sizeof(wrong[0]) };
	struct world *w = *state;
	struct model_phone phone = world_phone(w, &w->anna);
	struct uuid good = harness_new_uuid(&w->h);
	struct fields fields;
	uint64_t seqs[N];

	model_pull_all(&phone);
	for (size_t i = 0; i < N; i++) {
		struct uuid id = harness_new_uuid(&w->h);

		seqs[i] = model_edit(&phone, MODEL_CREATE, PLACE, &id,
				     pin_fields(&fields, wrong[i].latitude,
						wrong[i].longitude),
				     NULL, 0);
		fields_free(&fields);
	}
	model_edit(&phone, MODEL_CREATE, PLACE, &good,
		   pin_fields(&fields, 50.1, 14.4), NULL, 0);
	fields_free(&fields);
	model_push_all(&phone);
	for (size_t i = 0; i < N; i++) {
		const struct model_mutation *m =
			model_mutation(&phone, seqs[i]);

		model_came_out(&phone, seqs[i], MODEL_REJECTED,
			       OUTRIDER_INVALID_ARGUMENT);
		assert_string_equal(m->field_path, wrong[i].field);
	}
	assert_non_null(world_row(w, PLACE, &good));
	model_pull_all(&phone);
	model_check(&phone);
	model_close(&phone);
}

/* ------------------------------------------------------ from before the law */

static enum outrider_code
run_put(void *user, struct store_conn *tx, struct outrider_err *err)
{
	return store_put(tx, user, err);
}

/* Takes a field away behind the laws' back. */
static void
spoil(struct world *w, uint32_t kind, const struct uuid *id, uint32_t field)
{
	const struct store_author author = { .at_us = w->h.wall_us };
	struct scope scopes[ACCESS_SCOPES_MAX];
	struct arena arena;
	struct outrider_err err;
	struct row *old, *row;

	arena_init(&arena, &allocator_libc, 1 << 20);
	old = row_copy(&arena, world_row(w, kind, id));
	row = row_copy(&arena, old);
	assert_non_null(row);
	kind_value(row, field)->d = 0;
	struct store_put put = { .op = CHANGE_UPDATE,
				 .old = old,
				 .row = row,
				 .scopes = scopes,
				 .author = &author };

	field_set_add(&put.changed, field);
	put.n_scopes = access_record_scopes(scopes, row);
	assert_int_equal(store_write_now(w->h.store, run_put, &put, &err),
			 OUTRIDER_OK);
	arena_free(&arena);
}

/* Else one such record would keep a phone's whole chain from the server. */
static void what_stood_before_stops_no_evidence(void **state)
{
	struct world *w = *state;
	struct uuid id = world_meeting(
		w, &w->anna, w->h.wall_us + INT64_C(3600000000), NULL);
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;

	spoil(w, MEETING, &id, MEETING_LONGITUDE);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	w->h.wall_us = plan.end_us;
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
	assert_int_not_equal(
		kind_value(world_row(w, MEETING, &id), MEETING_VERDICT)->i, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(creations_are_refused,
						desk_open, desk_close),
		cmocka_unit_test_setup_teardown(updates_are_refused, desk_open,
						desk_close),
		WITH_WORLD(pushes_are_parked),
		WITH_WORLD(what_stood_before_stops_no_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
