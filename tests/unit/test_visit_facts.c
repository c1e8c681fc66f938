/*
 * What a visit leads to beside its own word: a place that learns, neighbours
 * that are named, colleagues who agree, a rep who answers, a plan that counts.
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
#include "sync_world.h"

#include "app/alerts.h"
#include "app/kinds.h"
#include "app/visits.h"
#include "model/wire.h"
#include "outrider/v1/visit.pb-c.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US	  (60 * MINUTE_US)
#define DAY_US	  (24 * HOUR_US)

enum {
	PLACE = 5,
	REBUTTAL = 34,
	PLACE_NAME = 10,
	PLACE_LATITUDE = 13,
	PLACE_LONGITUDE = 14,
	PLACE_IS_FIXED = 19,
	PLACE_LEARNED_LATITUDE = 20,
	PLACE_UNCERTAINTY = 23,
	PLACE_VISITS = 24,
	PLACE_REPS = 25,
	MEETING_PLACE = 13,
	MEETING_COMPANY = 18,
	MEETING_WORD = 30,
	MEETING_CERTAINTY = 31,
	MEETING_SENTENCE = 32,
	MEETING_UNPLANNED = 35,
	MEETING_PROGRESS = 36,
	REBUTTAL_MEETING = 10,
	REBUTTAL_TEXT = 11,
	ALERT_REBUTTAL = 17,
	STATE_CANCELLED = 3,
	STATE_CLOSED = 2,
	OUTCOME_REJECTED = 3,
};

#define LATITUDE  50.1
#define LONGITUDE 14.4
/* 1 m to the north, about. */
#define METRE_DEG (1 / 111200.0)

typedef Outrider__V1__Visit Visit;
typedef Outrider__V1__MeetingVisit MeetingVisit;

/* ------------------------------------------------------------------- acts */

static struct uuid make_place(struct world *w, const struct harness_user *owner,
			      const char *name, double north_m)
{
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, PLACE_NAME, name);
	fields_double(&fields, PLACE_LATITUDE, LATITUDE + north_m * METRE_DEG);
	fields_double(&fields, PLACE_LONGITUDE, LONGITUDE);
	id = world_create(w, PLACE, owner, &fields);
	fields_free(&fields);
	return id;
}

struct wish {
	const struct uuid *place;
	const struct harness_user *with;
	double north_m; /* where its pin lies; NAN: at the place's */
	bool is_unplanned;
};

/* A meeting of half an hour, tomorrow or from now on. */
static struct uuid make_meeting(struct world *w,
				const struct harness_user *owner,
				const struct wish *wish)
{
	int64_t start_us =
		w->h.wall_us + (wish->is_unplanned ? 0 : 24 * HOUR_US);
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, MEETING_SUBJECT, "Spring offer");
	fields_time(&fields, MEETING_START, start_us);
	fields_time(&fields, MEETING_END, start_us + HOUR_US / 2);
	if (wish->place)
		fields_id(&fields, MEETING_PLACE, wish->place);
	if (!isnan(wish->north_m)) {
		fields_double(&fields, MEETING_LATITUDE,
			      LATITUDE + wish->north_m * METRE_DEG);
		fields_double(&fields, MEETING_LONGITUDE, LONGITUDE);
	}
	if (wish->with)
		fields_id(&fields, MEETING_PARTICIPANTS, &wish->with->id);
	if (wish->is_unplanned)
		fields_number(&fields, MEETING_UNPLANNED, 1);
	id = world_create(w, MEETING, owner, &fields);
	fields_free(&fields);
	return id;
}

/* The user's phone lives through it, and says so. */
static void live(struct world *w, struct chain_maker *chain,
		 const struct uuid *meeting, enum day day)
{
	struct made_entry entry;
	struct visit_plan plan;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, meeting)));
	chain_add(&entry, chain, &plan, day);
	if (w->h.wall_us < plan.end_us + HOUR_US)
		w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, chain->user, &entry, 1).is_taken[0]);
}

static const struct harness_reply *
ask(struct world *w, const char *path, const struct harness_user *who,
    const struct uuid *meeting, const struct uuid *rep)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;

	fields_id(&request, 1, meeting);
	if (rep)
		fields_id(&request, 2, rep);
	reply = harness_call(&w->h, path, who->token, request.bytes.at,
			     request.bytes.len);
	fields_free(&request);
	return reply;
}

static Visit *get_visit(struct world *w, const struct harness_user *who,
			const struct uuid *meeting, const struct uuid *rep)
{
	const struct harness_reply *reply =
		ask(w, "VisitService/GetVisit", who, meeting, rep);
	Visit *visit;

	assert_int_equal(reply->code, OUTRIDER_OK);
	visit = outrider__v1__visit__unpack(NULL, reply->message.len,
					    reply->message.at);
	assert_non_null(visit);
	return visit;
}

static void free_visit(Visit *visit)
{
	outrider__v1__visit__free_unpacked(visit, NULL);
}

static MeetingVisit *get_meeting_visit(struct world *w,
				       const struct harness_user *who,
				       const struct uuid *meeting)
{
	const struct harness_reply *reply =
		ask(w, "VisitService/GetMeetingVisit", who, meeting, NULL);
	MeetingVisit *visit;

	assert_int_equal(reply->code, OUTRIDER_OK);
	visit = outrider__v1__meeting_visit__unpack(NULL, reply->message.len,
						    reply->message.at);
	assert_non_null(visit);
	return visit;
}

static void free_meeting_visit(MeetingVisit *visit)
{
	outrider__v1__meeting_visit__free_unpacked(visit, NULL);
}

static int64_t
number_of(struct world *w, uint32_t kind, const struct uuid *id, uint32_t field)
{
	return kind_value(world_row(w, kind, id), field)->i;
}

/* ------------------------------------------------------------------ places */

static double learned_north_m(struct world *w, const struct uuid *place)
{
	double latitude =
		kind_value(world_row(w, PLACE, place), PLACE_LEARNED_LATITUDE)
			->d;

	return latitude == 0 ? NAN : (latitude - LATITUDE) / METRE_DEG;
}

static void visits_teach_a_place_where_it_is(void **state)
{
	struct world *w = *state;
	struct uuid place = make_place(w, &w->anna, "Mill", 0);
	struct wish wish = { .place = &place, .north_m = 30 };
	struct chain_maker anna, ben;
	struct uuid id;
	struct visit_plan plan;
	uint64_t rev;

	chain_begin(&anna, &w->anna);
	chain_begin(&ben, &w->ben);
	for (int i = 0; i < 3; i++) {
		assert_true(isnan(learned_north_m(w, &place)));
		id = make_meeting(w, &w->anna, &wish);
		live(w, &anna, &id, DAY_PRESENT);
	}
	assert_true(fabs(learned_north_m(w, &place) - 30) < 8);
	assert_int_equal(number_of(w, PLACE, &place, PLACE_VISITS), 3);
	assert_int_equal(number_of(w, PLACE, &place, PLACE_REPS), 1);
	assert_in_range(number_of(w, PLACE, &place, PLACE_UNCERTAINTY), 1, 40);
	id = make_meeting(w, &w->ben, &wish);
	live(w, &ben, &id, DAY_PRESENT);
	assert_int_equal(number_of(w, PLACE, &place, PLACE_REPS), 2);
	/* The same visit told again counts once. */
	rev = world_row(w, PLACE, &place)->rev;
	live(w, &ben, &id, DAY_PRESENT);
	assert_int_equal(world_row(w, PLACE, &place)->rev, rev);
	/* What proves nothing teaches nothing. */
	id = make_meeting(w, &w->ben, &wish);
	live(w, &ben, &id, DAY_MADE_UP);
	id = make_meeting(w, &w->ben, &wish);
	live(w, &ben, &id, DAY_NEARBY);
	assert_int_equal(number_of(w, PLACE, &place, PLACE_VISITS), 4);
	/* The next plan is made with the learned pin. */
	wish.north_m = NAN;
	id = make_meeting(w, &w->anna, &wish);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	assert_true(fabs((plan.pin.lat_e7 / 1e7 - LATITUDE) / METRE_DEG - 30) <
		    8);
}

static void a_fixed_or_moved_pin_forgets(void **state)
{
	struct world *w = *state;
	struct uuid place = make_place(w, &w->anna, "Mill", 0);
	struct wish wish = { .place = &place, .north_m = 30 };
	struct fields moved = fields_new(), fixed = fields_new();
	struct chain_maker anna;
	struct uuid id;

	chain_begin(&anna, &w->anna);
	for (int i = 0; i < 3; i++) {
		id = make_meeting(w, &w->anna, &wish);
		live(w, &anna, &id, DAY_PRESENT);
	}
	assert_true(fabs(learned_north_m(w, &place) - 30) < 8);
	fields_double(&moved, PLACE_LONGITUDE, LONGITUDE + METRE_DEG);
	assert_int_equal(world_try(w, CHANGE_UPDATE, PLACE, &place, &moved,
				   NULL, 0),
			 OUTRIDER_OK);
	assert_true(isnan(learned_north_m(w, &place)));
	/* It begins anew. */
	id = make_meeting(w, &w->anna, &wish);
	live(w, &anna, &id, DAY_PRESENT);
	assert_true(isnan(learned_north_m(w, &place)));
	fields_number(&fixed, PLACE_IS_FIXED, 1);
	assert_int_equal(world_try(w, CHANGE_UPDATE, PLACE, &place, &fixed,
				   NULL, 0),
			 OUTRIDER_OK);
	for (int i = 0; i < 3; i++) {
		id = make_meeting(w, &w->anna, &wish);
		live(w, &anna, &id, DAY_PRESENT);
	}
	assert_true(isnan(learned_north_m(w, &place)));
	fields_free(&moved);
	fields_free(&fixed);
}

static void neighbours_are_named(void **state)
{
	struct world *w = *state;
	struct uuid mill = make_place(w, &w->anna, "Mill", 0);
	const struct wish wish = { .place = &mill, .north_m = NAN };
	struct chain_maker anna;
	char kept[1001];
	struct uuid id;
	Visit *visit;

	make_place(w, &w->anna, "Bakery", 20);
	make_place(w, &w->ben, "Bank", -30);
	make_place(w, &w->anna, "Far", 60);
	/* Another team's customer is not told. */
	make_place(w, &w->carl, "Secret", 5);
	id = make_meeting(w, &w->anna, &wish);
	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_PRESENT);
	visit = get_visit(w, &w->mia, &id, NULL);
	assert_int_equal(visit->n_shares_place_with, 2);
	assert_string_equal(visit->shares_place_with[0], "Bakery");
	assert_string_equal(visit->shares_place_with[1], "Bank");
	assert_non_null(strstr(visit->sentence,
			       "the GPS can't tell it from Bakery and Bank "
			       "next door: the plan says that it was this "
			       "one"));
	free_visit(visit);
	/* Ben's customer is not Anna's to know. */
	visit = get_visit(w, &w->anna, &id, NULL);
	assert_int_equal(visit->n_shares_place_with, 1);
	assert_string_equal(visit->shares_place_with[0], "Bakery");
	assert_non_null(
		strstr(visit->sentence, "from Bakery and 1 more next door"));
	free_visit(visit);
	/* What is kept is read by several. */
	world_text(kept, sizeof(kept), w, MEETING, &id, MEETING_SENTENCE);
	assert_non_null(strstr(kept, "from 2 other customers' places next"));
	assert_null(strstr(kept, "Bakery"));
}

/* Evidence of a meeting that isn't one's own says nothing of who is there. */
static void neighbours_are_not_for_strangers(void **state)
{
	const struct wish wish = { .north_m = 0 };
	struct world *w = *state;
	struct harness_user admin = { .id = { { 0 } } };
	struct chain_maker anna;
	struct uuid id;
	Visit *visit;

	snprintf(admin.token, sizeof(admin.token), "%s", w->h.admin_token);
	make_place(w, &w->carl, "Secret", 5);
	id = make_meeting(w, &w->carl, &wish);
	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_PRESENT);
	visit = get_visit(w, &admin, &id, &w->anna.id);
	assert_int_equal(visit->n_shares_place_with, 0);
	assert_null(strstr(visit->sentence, "Secret"));
	free_visit(visit);
}

/* ------------------------------------------------------------------ groups */

static void colleagues_make_one_verdict(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = &w->ben };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	char sentence[1001];
	struct chain_maker anna, ben;
	MeetingVisit *visit;

	chain_begin(&anna, &w->anna);
	chain_begin(&ben, &w->ben);
	live(w, &anna, &id, DAY_ELSEWHERE);
	/* The owner was elsewhere, of Ben nothing is known: none is accused. */
	assert_int_equal(number_of(w, MEETING, &id, MEETING_WORD),
			 VISIT_ELSEWHERE);
	assert_int_equal(number_of(w, MEETING, &id, MEETING_CERTAINTY),
			 OUTRIDER__V1__CERTAINTY__CERTAINTY_DOUBTFUL);
	live(w, &ben, &id, DAY_PRESENT);
	assert_int_equal(number_of(w, MEETING, &id, MEETING_WORD),
			 VISIT_PRESENT);
	assert_int_equal(number_of(w, MEETING, &id, MEETING_CERTAINTY),
			 OUTRIDER__V1__CERTAINTY__CERTAINTY_FIRM);
	world_text(sentence, sizeof(sentence), w, MEETING, &id,
		   MEETING_SENTENCE);
	assert_non_null(strstr(sentence, "Took place"));
	assert_non_null(strstr(sentence, "1 of 2 reps was seen at the place"));

	visit = get_meeting_visit(w, &w->mia, &id);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	assert_int_equal(visit->n_visits, 2);
	assert_int_equal(visit->visits[0]->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_ELSEWHERE);
	assert_int_equal(visit->visits[1]->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	assert_int_equal(visit->n_corroborations, 0);
	assert_string_equal(visit->sentence, sentence);
	free_meeting_visit(visit);
	/* A participant sees their own, and what all of them make together. */
	visit = get_meeting_visit(w, &w->ben, &id);
	assert_int_equal(visit->n_visits, 1);
	assert_int_equal(visit->visits[0]->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	free_meeting_visit(visit);
	/* Nor by another way. */
	assert_int_equal(
		ask(w, "VisitService/GetVisit", &w->ben, &id, NULL)->code,
		OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(ask(w, "VisitService/GetMeetingVisit", &w->carl, &id,
			     NULL)
				 ->code,
			 OUTRIDER_NOT_FOUND);
}

static void phones_that_were_together_say_so(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = &w->ben };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	struct chain_maker anna, ben;
	MeetingVisit *visit;

	visit = get_meeting_visit(w, &w->mia, &id);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_UNSPECIFIED);
	assert_int_equal(visit->n_visits, 2);
	assert_int_equal(visit->visits[1]->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_NO_DATA);
	free_meeting_visit(visit);
	chain_begin(&anna, &w->anna);
	chain_begin(&ben, &w->ben);
	live(w, &anna, &id, DAY_PRESENT);
	live(w, &ben, &id, DAY_LATE);
	visit = get_meeting_visit(w, &w->mia, &id);
	assert_int_equal(visit->n_corroborations, 1);
	assert_in_range(visit->corroborations[0]->together_s, 300, 1000);
	assert_non_null(strstr(visit->sentence, "there together for"));
	free_meeting_visit(visit);
	/* Ben is not told how long Anna was there. */
	visit = get_meeting_visit(w, &w->ben, &id);
	assert_int_equal(visit->n_corroborations, 0);
	free_meeting_visit(visit);
}

/* --------------------------------------------------------------- unplanned */

static void who_checks_in_is_never_late(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .is_unplanned = true };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	struct chain_maker anna;
	Visit *visit;

	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_LATE);
	visit = get_visit(w, &w->mia, &id, NULL);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	assert_true(visit->is_unplanned);
	assert_true(visit->is_reproduced);
	assert_non_null(strstr(visit->sentence, "checked in, not planned"));
	assert_null(strstr(visit->sentence, "first saw"));
	free_visit(visit);
	assert_int_equal(number_of(w, MEETING, &id, MEETING_PROGRESS), 4);
}

/* Meetings that are over and lead to nothing yet, as a manager asks. */
static size_t count_due(struct world *w)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;
	size_t n = 0;

	fields_text(&request, 4,
		    "progress = MEETING_PROGRESS_ENDED AND "
		    "has_no_next_step = false AND next_meeting_id = \"\"");
	reply = harness_call(&w->h, "MeetingService/ListMeetings", w->mia.token,
			     request.bytes.at, request.bytes.len);
	fields_free(&request);
	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	return n;
}

static void what_ended_asks_what_comes_next(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = NULL };
	struct fields none = fields_new();
	struct chain_maker anna;
	struct uuid ids[2];

	chain_begin(&anna, &w->anna);
	for (size_t i = 0; i < 2; i++) {
		ids[i] = make_meeting(w, &w->anna, &wish);
		assert_int_equal(count_due(w), i);
		live(w, &anna, &ids[i], i == 0 ? DAY_PRESENT : DAY_ELSEWHERE);
		assert_int_equal(count_due(w), i + 1);
	}
	fields_number(&none, 44, 1);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, &ids[0], &none,
				   NULL, 0),
			 OUTRIDER_OK);
	assert_int_equal(count_due(w), 1);
	fields_free(&none);
}

/* ------------------------------------------------------------ agreed plans */

static void the_agreed_plan_is_the_one_that_counts(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = NULL };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	struct fields moved = fields_new();
	struct visit_plan agreed, later;
	struct chain_maker anna;
	struct made_entry entry;
	Visit *visit;

	assert_true(plan_of_meeting(&agreed, world_row(w, MEETING, &id)));
	w->h.wall_us = agreed.start_us + 5 * MINUTE_US;
	fields_time(&moved, MEETING_START, agreed.start_us + 3 * HOUR_US);
	fields_time(&moved, MEETING_END, agreed.end_us + 3 * HOUR_US);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, &id, &moved, NULL,
				   0),
			 OUTRIDER_OK);
	fields_free(&moved);
	visit = get_visit(w, &w->mia, &id, NULL);
	assert_int_equal(visit->planned_start_time->seconds,
			 agreed.start_us / 1000000);
	assert_int_equal(visit->late_change,
			 OUTRIDER__V1__LATE_CHANGE__LATE_CHANGE_MOVED);
	free_visit(visit);
	assert_true(plan_of_meeting(&later, world_row(w, MEETING, &id)));
	chain_begin(&anna, &w->anna);
	w->h.wall_us = later.end_us + HOUR_US;
	chain_add(&entry, &anna, &agreed, DAY_ELSEWHERE);
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
	chain_add(&entry, &anna, &later, DAY_PRESENT);
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
	visit = get_visit(w, &w->mia, &id, NULL);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_ELSEWHERE);
	assert_true(visit->is_plan_agreed);
	assert_non_null(strstr(visit->sentence,
			       "the plan was changed less than 15 min before "
			       "the start, or after it"));
	free_visit(visit);
}

/* -------------------------------------------------------------- rebuttals */

static enum outrider_code answer(struct world *w,
				 const struct harness_user *who,
				 const struct uuid *meeting, const char *text)
{
	struct fields rebuttal = fields_new(), request = fields_new();
	const struct harness_reply *reply;

	fields_id(&rebuttal, REBUTTAL_MEETING, meeting);
	fields_text(&rebuttal, REBUTTAL_TEXT, text);
	fields_text(&request, 2, "");
	wire_put_bytes(&request.bytes, 1, rebuttal.bytes.at,
		       rebuttal.bytes.len);
	reply = harness_call(&w->h, "RebuttalService/CreateRebuttal",
			     who->token, request.bytes.at, request.bytes.len);
	fields_free(&rebuttal);
	fields_free(&request);
	return reply->code;
}

/* The first alert that the manager sees. */
static struct bytes first_alert(struct world *w)
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);

	assert_int_equal(reply->code, OUTRIDER_OK);
	return harness_part(reply->message, 1, 0);
}

/* Their word alone, which is asked about and not doubted: a phone on which
 * somebody checks in isn't off. */
static void who_checks_in_unseen_is_asked_how_it_went(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .is_unplanned = true };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	char sentence[ALERT_SENTENCE_MAX + 1];
	struct chain_maker anna;

	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_NO_FIXES);
	harness_text(sentence, sizeof(sentence), first_alert(w), 12);
	assert_string_equal(sentence,
			    "\"Spring offer\" of 2026-06-01: checked in at "
			    "08:00 UTC, not planned, and too few GPS fixes "
			    "came to confirm it; GPS covered 0 % of the time; "
			    "the phone told of no trouble, and may have been "
			    "under a roof: ask anna how it went, and see that "
			    "the phone may use GPS.");
}

static enum outrider_code close_alert(struct world *w, const char *etag)
{
	struct uuid id = harness_uuid(first_alert(w), FIELD_ID);
	struct fields alert = fields_new(), request = fields_new();
	const struct harness_reply *reply;

	fields_id(&alert, FIELD_ID, &id);
	fields_text(&alert, 2, etag);
	fields_number(&alert, 14, STATE_CLOSED);
	wire_put_bytes(&request.bytes, 1, alert.bytes.at, alert.bytes.len);
	reply = harness_call(&w->h, "AlertService/UpdateAlert", w->mia.token,
			     request.bytes.at, request.bytes.len);
	fields_free(&alert);
	fields_free(&request);
	return reply->code;
}

static void nobody_closes_an_alert_unread(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = &w->ben };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	struct chain_maker anna;
	char etag[32], before[32], text[200];
	Visit *visit;

	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_ELSEWHERE);
	harness_text(before, sizeof(before), first_alert(w), 2);
	/* Ben takes part, and says his own; Carl has nothing to say. */
	assert_int_equal(answer(w, &w->ben, &id, "I was ill."), OUTRIDER_OK);
	harness_text(text, sizeof(text), first_alert(w), ALERT_REBUTTAL);
	assert_string_equal(text, "");
	assert_int_equal(answer(w, &w->carl, &id, "x"),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(answer(w, &w->mia, &id, "x"),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(answer(w, &w->anna, &id, "The gate was shut."),
			 OUTRIDER_OK);
	harness_text(text, sizeof(text), first_alert(w), ALERT_REBUTTAL);
	assert_string_equal(text, "The gate was shut.");
	visit = get_visit(w, &w->mia, &id, NULL);
	assert_string_equal(visit->rebuttal, "The gate was shut.");
	free_visit(visit);
	visit = get_visit(w, &w->mia, &id, &w->ben.id);
	assert_string_equal(visit->rebuttal, "I was ill.");
	free_visit(visit);
	/* Without an etag, with an old one, and having read. */
	assert_int_equal(close_alert(w, ""), OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(close_alert(w, before), OUTRIDER_ABORTED);
	harness_text(etag, sizeof(etag), first_alert(w), 2);
	assert_int_equal(close_alert(w, etag), OUTRIDER_OK);
	/* What comes later is shown, and reopens nothing. */
	assert_int_equal(answer(w, &w->anna, &id, "Ask the porter."),
			 OUTRIDER_OK);
	harness_text(text, sizeof(text), first_alert(w), ALERT_REBUTTAL);
	assert_string_equal(text, "Ask the porter.");
	assert_int_equal(harness_scalar(first_alert(w), 14), STATE_CLOSED);
}

static void a_rebuttal_stands_as_it_was_written(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = NULL };
	struct uuid id = make_meeting(w, &w->anna, &wish);
	struct model_phone phone = world_phone(w, &w->anna);
	struct fields other = fields_new();
	struct chain_maker anna;
	struct uuid rebuttal;
	uint64_t seq[2];
	char text[200];

	assert_int_equal(answer(w, &w->anna, &id, "The gate was shut."),
			 OUTRIDER_OK);
	/* Said before there was an alert: it has it from the start. */
	chain_begin(&anna, &w->anna);
	live(w, &anna, &id, DAY_ELSEWHERE);
	harness_text(text, sizeof(text), first_alert(w), ALERT_REBUTTAL);
	assert_string_equal(text, "The gate was shut.");
	/* No method alters it, and no phone. */
	rebuttal = harness_uuid(
		harness_part(harness_call(&w->h,
					  "RebuttalService/ListRebuttals",
					  w->anna.token, NULL, 0)
				     ->message,
			     1, 0),
		FIELD_ID);
	fields_text(&other, REBUTTAL_TEXT, "I was there.");
	model_pull_all(&phone);
	seq[0] = model_edit(&phone, MODEL_UPDATE, REBUTTAL, &rebuttal,
			    fields_bytes(&other), NULL, 0);
	seq[1] = model_edit(&phone, MODEL_DELETE, REBUTTAL, &rebuttal,
			    (struct bytes){ .len = 0 }, NULL, 0);
	model_push_all(&phone);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(model_mutation(&phone, seq[i])->outcome,
				 OUTCOME_REJECTED);
	world_text(text, sizeof(text), w, REBUTTAL, &rebuttal, REBUTTAL_TEXT);
	assert_string_equal(text, "The gate was shut.");
	fields_free(&other);
	model_close(&phone);
}

/* --------------------------------------------------------------- retention */

static Outrider__V1__EvidenceBundle *
get_bundle(struct world *w, const struct uuid *meeting)
{
	const struct harness_reply *reply =
		ask(w, "VisitService/GetEvidence", &w->mia, meeting, NULL);
	Outrider__V1__EvidenceBundle *bundle;

	assert_int_equal(reply->code, OUTRIDER_OK);
	bundle = outrider__v1__evidence_bundle__unpack(NULL, reply->message.len,
						       reply->message.at);
	assert_non_null(bundle);
	return bundle;
}

/* Hashes and signatures stay, and what they are of goes. */
static void old_content_goes_and_its_chain_stays(void **state)
{
	struct world *w = *state;
	const struct wish wish = { .with = NULL };
	Outrider__V1__EvidenceBundle *before, *after;
	struct chain_maker anna;
	struct uuid ids[2];
	Visit *visit;

	chain_begin(&anna, &w->anna);
	for (size_t i = 0; i < 2; i++) {
		w->h.wall_us += (int64_t)i * 40 * DAY_US;
		ids[i] = make_meeting(w, &w->anna, &wish);
		live(w, &anna, &ids[i], DAY_PRESENT);
	}
	before = get_bundle(w, &ids[0]);
	assert_true(before->entries[0]->content.len > 0);
	/* 60 days are over for the first one. */
	w->h.wall_us += 30 * DAY_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	after = get_bundle(w, &ids[0]);
	assert_int_equal(after->entries[0]->content.len, 0);
	assert_int_equal(after->entries[0]->salt.len, 0);
	assert_int_equal(after->entries[0]->header.len,
			 before->entries[0]->header.len);
	assert_memory_equal(after->entries[0]->header.data,
			    before->entries[0]->header.data,
			    before->entries[0]->header.len);
	assert_memory_equal(after->entries[0]->signature.data,
			    before->entries[0]->signature.data, 64);
	assert_int_equal(after->n_receipts, before->n_receipts);
	outrider__v1__evidence_bundle__free_unpacked(before, NULL);
	outrider__v1__evidence_bundle__free_unpacked(after, NULL);
	after = get_bundle(w, &ids[1]);
	assert_true(after->entries[1]->content.len > 0);
	outrider__v1__evidence_bundle__free_unpacked(after, NULL);
	/* The finding stays, too. */
	visit = get_visit(w, &w->mia, &ids[0], NULL);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	free_visit(visit);
}

/* As many as a page may have fit into what a call may take. */
static void the_largest_page_of_visits(void **state)
{
	enum { MANY = 1000, PAGE_SIZE = 4 };
	struct world *w = *state;
	const struct wish wish = { .north_m = 0, .with = &w->ben };
	struct fields request = fields_new();
	const struct harness_reply *reply;
	size_t n = 0;

	for (int i = 0; i < MANY; i++)
		make_meeting(w, &w->anna, &wish);
	fields_number(&request, PAGE_SIZE, MANY);
	reply = harness_call(&w->h, "VisitService/ListVisits", w->mia.token,
			     request.bytes.at, request.bytes.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).len > 0)
		n++;
	assert_int_equal(n, MANY);
	fields_free(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(visits_teach_a_place_where_it_is),
		WITH_WORLD(a_fixed_or_moved_pin_forgets),
		WITH_WORLD(the_largest_page_of_visits),
		WITH_WORLD(neighbours_are_named),
		WITH_WORLD(neighbours_are_not_for_strangers),
		WITH_WORLD(colleagues_make_one_verdict),
		WITH_WORLD(phones_that_were_together_say_so),
		WITH_WORLD(who_checks_in_is_never_late),
		WITH_WORLD(what_ended_asks_what_comes_next),
		WITH_WORLD(the_agreed_plan_is_the_one_that_counts),
		WITH_WORLD(who_checks_in_unseen_is_asked_how_it_went),
		WITH_WORLD(nobody_closes_an_alert_unread),
		WITH_WORLD(a_rebuttal_stands_as_it_was_written),
		WITH_WORLD(old_content_goes_and_its_chain_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
