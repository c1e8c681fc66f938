/*
 * Each type of alert: when it is raised, and that it says what to do.
 */
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
#include "app/visits.h"
#include "model/spoof.h"
#include "model/wire.h"

#define HOUR_US INT64_C(3600000000)

enum { ALERT_TYPE_FIELD = 10 };

/* A meeting of the user's, lived and told. */
static void live(struct world *w, const struct harness_user *user,
		 struct chain_maker *chain, enum day day)
{
	struct uuid id = world_meeting(w, user, w->h.wall_us + HOUR_US, NULL);
	struct made_entry entry;
	struct visit_plan plan;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	chain_add(&entry, chain, &plan, day);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, user, &entry, 1).is_taken[0]);
}

enum { ALERTS_MAX = 16 };

/* What the manager's list has, the newest last. */
struct told {
	size_t n;
	uint64_t types[ALERTS_MAX], certainties[ALERTS_MAX];
	char sentences[ALERTS_MAX][1001];
};

static void list_alerts(struct told *out, struct world *w)
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);
	struct bytes alert;

	assert_int_equal(reply->code, OUTRIDER_OK);
	out->n = 0;
	while ((alert = harness_part(reply->message, 1, out->n)).len > 0) {
		assert_true(out->n < ALERTS_MAX);
		out->types[out->n] = harness_scalar(alert, ALERT_TYPE_FIELD);
		out->certainties[out->n] = harness_scalar(alert, 16);
		harness_text(out->sentences[out->n], sizeof(out->sentences[0]),
			     alert, 12);
		out->n++;
	}
}

/* The place of the only alert of the type; fails where it isn't one. */
static size_t only(const struct told *told, enum alert_type type)
{
	size_t found = told->n;

	for (size_t i = 0; i < told->n; i++) {
		if (told->types[i] != (uint64_t)type)
			continue;
		assert_int_equal(found, told->n);
		found = i;
	}
	assert_true(found < told->n);
	return found;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* One sentence, with a name in it and something to do. */
static void each_word_says_what_to_do(void **state)
{
	static const struct {
		enum day day;
		enum alert_type type;
		const char *end;
	} days[] = {
		{ DAY_LATE, ALERT_LATE, ": ask anna what was in the way." },
		{ DAY_NEARBY, ALERT_NEARBY,
		  ": check the pin of the place, or ask anna at which door it "
		  "was." },
		{ DAY_ELSEWHERE, ALERT_ELSEWHERE,
		  ": ask anna where it was held, or look at the pin of the "
		  "place." },
		{ DAY_NO_FIXES, ALERT_NO_DATA,
		  ": ask anna, and see that the phone is on and may use "
		  "GPS." },
	};
	static const char meeting[] = "\"Spring offer\" of 2026-06-01: ";
	struct world *w = *state;
	struct chain_maker chain;
	struct told told = { .n = 0 };

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		size_t at;

		live(w, &w->anna, &chain, days[i].day);
		list_alerts(&told, w);
		at = only(&told, days[i].type);
		assert_true(ends_with(told.sentences[at], days[i].end));
		/* Which meeting, and of which day. */
		assert_memory_equal(told.sentences[at], meeting,
				    strlen(meeting));
		assert_in_range(told.sentences[at][strlen(meeting)], 'a', 'z');
		/* Nothing but the clause's own full stop. */
		assert_null(strstr(told.sentences[at], ".:"));
		assert_null(strstr(told.sentences[at], ". "));
		assert_true(told.certainties[at] != 0);
	}
	assert_int_equal(told.n, sizeof(days) / sizeof(days[0]));
	assert_non_null(strstr(told.sentences[only(&told, ALERT_NO_DATA)],
			       "told of no trouble"));
}

/* A window in which the phone saw nothing, and said so. */
static void be_dark(struct world *w, struct chain_maker *chain,
		    uint16_t gps_off_s, uint16_t low_power_s)
{
	struct uuid meeting =
		world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, NULL);
	struct evidence_content content;
	struct made_entry entry;
	struct visit_plan plan;
	uint8_t *at;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &meeting)));
	chain_add(&entry, chain, &plan, DAY_NO_FIXES);
	/* They stand before the verdict, which ends the content. */
	assert_true(evidence_content_read(&content, entry.content,
					  entry.content_len));
	at = entry.content + entry.content_len - VISIT_VERDICT_BYTES -
	     TICK_SIGNALS_BYTES;
	content.signals.gps_off_s = gps_off_s;
	content.signals.low_power_s = low_power_s;
	tick_signals_write(at, &content.signals);
	made_sign(&entry, &w->anna);
	made_hash(chain->head, &entry);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
}

/* What the phone told of itself stands beside "no data". */
static void no_data_says_why(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct told told = { .n = 0 };

	chain_begin(&chain, &w->anna);
	be_dark(w, &chain, 601, 60);
	list_alerts(&told, w);
	assert_non_null(strstr(told.sentences[only(&told, ALERT_NO_DATA)],
			       "; location was switched off for 11 min; the "
			       "phone saved its battery for 1 min: ask anna"));
}

static bool
is_told(const struct told *told, enum alert_type type, const char *words)
{
	for (size_t i = 0; i < told->n; i++)
		if (told->types[i] == type && strstr(told->sentences[i], words))
			return true;
	return false;
}

static size_t count_told(const struct told *told, const char *words)
{
	size_t n = 0;

	for (size_t i = 0; i < told->n; i++)
		n += strstr(told->sentences[i], words) != NULL;
	return n;
}

/* Not suspected: told, with how often. */
static void location_that_is_off_again_and_again_is_told(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct told told = { .n = 0 };

	chain_begin(&chain, &w->anna);
	be_dark(w, &chain, 3000, 0);
	live(w, &w->anna, &chain, DAY_PRESENT);
	be_dark(w, &chain, 3000, 0);
	list_alerts(&told, w);
	assert_false(is_told(&told, ALERT_NO_DATA, "so it was in"));
	be_dark(w, &chain, 3000, 0);
	list_alerts(&told, w);
	assert_true(is_told(&told, ALERT_NO_DATA,
			    "; location was switched off for 50 min; so it "
			    "was in 2 of the 3 windows before this one: ask"));
	assert_false(is_told(&told, ALERT_SPOOFING, ""));
}

/* A window in which the phone saw so much, and no more. */
static void glimpse(struct world *w, struct chain_maker *chain,
		    const struct uuid *meeting, const struct tick *ticks,
		    size_t n, const struct tick_signals *signals)
{
	const int64_t margin_us = (int64_t)VISIT_MARGIN_S * 1000000;
	struct evidence_draft draft;
	struct made_entry entry;
	struct visit_plan plan;
	struct visit visit;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, meeting)));
	chain_add(&entry, chain, &plan, DAY_NO_FIXES);
	assert_true(visit_open(&visit, &plan, plan.start_us - margin_us));
	assert_true(evidence_draft_begin(&draft, entry.content, &plan,
					 plan.start_us - margin_us));
	for (size_t i = 0; i < n; i++) {
		assert_true(evidence_draft_append(&draft, &ticks[i]));
		visit_tick(&visit, &ticks[i]);
	}
	visit_decide(&visit, &entry.verdict);
	assert_int_equal(entry.verdict.word, VISIT_NO_DATA);
	assert_true(evidence_draft_finish(&draft, plan.end_us + margin_us,
					  signals, &entry.verdict));
	entry.content_len = draft.len;
	made_sign(&entry, chain->user);
	made_hash(chain->head, &entry);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, chain->user, &entry, 1).is_taken[0]);
}

/* On the way there and back it was on; or it was seen at the place, and for
 * no length of time. */
static void the_few_positions_are_told(void **state)
{
	static const struct {
		struct tick ticks[2];
		size_t n;
		uint16_t gps_off_s;
		bool is_there;
		const char *words;
	} days[] = {
		{ { { .at_ds = 600, .ring = 2 },
		    { .at_ds = 35700, .ring = 2 } },
		  2,
		  2000,
		  false,
		  "off for 34 min; positions came before the meeting and after "
		  "it: ask" },
		{ { { .at_ds = 15000, .accuracy_m = 10, .east_dm = 900 } },
		  1,
		  0,
		  true,
		  "roof; the only position in that time lay at the place: "
		  "ask" },
		{ { { .at_ds = 15000, .accuracy_m = 10 },
		    { .at_ds = 15200, .accuracy_m = 10, .north_dm = 100 } },
		  2,
		  0,
		  true,
		  "roof; 2 of the 2 positions in that time lay at the place: "
		  "ask" },
		/* Beyond the radius, and one that the phone made up. */
		{ { { .at_ds = 15000, .accuracy_m = 10, .east_dm = 1010 } },
		  1,
		  0,
		  false,
		  NULL },
		{ { { .at_ds = 15000, .flags = TICK_MOCK } },
		  1,
		  0,
		  false,
		  NULL },
	};
	struct world *w = *state;
	struct chain_maker chain;
	struct told told = { .n = 0 };
	size_t n_there = 0;

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		const struct tick_signals signals = {
			.gps_off_s = days[i].gps_off_s
		};
		struct uuid meeting = world_meeting(
			w, &w->anna, w->h.wall_us + HOUR_US, NULL);

		glimpse(w, &chain, &meeting, days[i].ticks, days[i].n,
			&signals);
		list_alerts(&told, w);
		assert_int_equal(told.n, i + 1);
		if (days[i].words)
			assert_int_equal(count_told(&told, days[i].words), 1);
		n_there += days[i].is_there;
		assert_int_equal(count_told(&told, "lay at the place"),
				 n_there);
	}
}

static void made_up_positions_are_told_with_their_signs(void **state)
{
	struct visit_finding visit = {
		.word = VISIT_PRESENT,
		.is_reproduced = true,
		.start_us = HARNESS_START_US,
		.spoof_reasons = 1 << SPOOF_MOCK | 1 << SPOOF_TELEPORT,
	};
	struct alert alert, again;

	(void)state;
	visit.spoof_weights[SPOOF_MOCK] = 800;
	visit.spoof_weights[SPOOF_TELEPORT] = 150;
	visit.spoof_permille = SPOOF_ASK_PERMILLE - 1;
	assert_false(alert_of_spoofing(&alert, &visit));
	visit.spoof_permille = 830;
	assert_true(alert_of_spoofing(&alert, &visit));
	assert_int_equal(alert.type, ALERT_SPOOFING);
	assert_int_equal(alert.certainty, VISIT_FIRM);
	assert_non_null(
		strstr(alert.sentence,
		       "The positions should be the GPS "
		       "receiver's, but signs of made-up ones weigh 830 "
		       "of 1000 (mock provider 800, "));
	assert_non_null(strstr(alert.sentence, " 150); "));
	/* Soft ones alone are never certain, and it is the same alert. */
	visit.spoof_reasons = 1 << SPOOF_TELEPORT | 1 << SPOOF_FROZEN;
	assert_true(alert_of_spoofing(&again, &visit));
	assert_int_equal(again.certainty, VISIT_DOUBTFUL);
	assert_int_equal(uuid_compare(&alert.id, &again.id), 0);
}

static void cut_chain_is_a_gap(void **state)
{
	struct world *w = *state;
	struct chain_maker chain, anew;
	struct made_entry entries[3];
	struct visit_plan plan;
	struct uuid meeting;
	struct told told = { .n = 0 };

	meeting = world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, NULL);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &meeting)));
	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < 3; i++)
		chain_add(&entries[i], &chain, &plan, DAY_PRESENT);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, &w->anna, &entries[0], 1).is_taken[0]);
	for (int i = 0; i < 3; i++)
		assert_false(chain_submit(&w->h, &w->anna, &entries[2], 1)
				     .is_taken[0]);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_non_null(
		strstr(told.sentences[only(&told, ALERT_CHAIN_GAP)],
		       "should have no gap, but there is one at entry "
		       "2 (entries before it are missing); certain, and "
		       "it doesn't say why: ask anna whether the phone "
		       "was reset"));
	/* The phone was set up anew, the next day. */
	w->h.wall_us += 24 * HOUR_US;
	chain_begin(&anew, &w->anna);
	chain_add(&entries[1], &anew, &plan, DAY_LATE);
	assert_false(chain_submit(&w->h, &w->anna, &entries[1], 1).is_taken[0]);
	list_alerts(&told, w);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.types[1], ALERT_CHAIN_GAP);
	assert_true(strstr(told.sentences[0], "begins anew") ||
		    strstr(told.sentences[1], "begins anew"));
}

static enum outrider_code move_meeting(struct world *w, const char *token,
				       const struct uuid *id, int64_t start_us,
				       int state)
{
	struct fields meeting = fields_new(), request = fields_new();
	enum outrider_code code;

	fields_id(&meeting, FIELD_ID, id);
	if (start_us) {
		fields_time(&meeting, MEETING_START, start_us);
		fields_time(&meeting, MEETING_END, start_us + HOUR_US / 2);
	}
	if (state)
		fields_number(&meeting, MEETING_VISIT_STATE, (uint64_t)state);
	wire_put_bytes(&request.bytes, 1, meeting.bytes.at, meeting.bytes.len);
	code = harness_call(&w->h, "MeetingService/UpdateMeeting", token,
			    request.bytes.at, request.bytes.len)
		       ->code;
	fields_free(&meeting);
	fields_free(&request);
	return code;
}

static void late_change_is_told_once_and_not_of_managers(void **state)
{
	enum { STATE_CANCELLED = 3 };
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct uuid own = world_meeting(w, &w->anna, start_us, NULL);
	struct uuid other = world_meeting(w, &w->anna, start_us, NULL);
	struct told told = { .n = 0 };

	/* In time: nobody needs to look. */
	assert_int_equal(move_meeting(w, w->anna.token, &own,
				      start_us + HOUR_US / 2, 0),
			 OUTRIDER_OK);
	w->h.wall_us = start_us + HOUR_US / 2;
	assert_int_equal(move_meeting(w, w->mia.token, &other, 0,
				      STATE_CANCELLED),
			 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 0);
	for (int i = 1; i < 4; i++)
		assert_int_equal(move_meeting(w, w->anna.token, &own,
					      start_us + i * HOUR_US, 0),
				 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_string_equal(
		told.sentences[only(&told, ALERT_LATE_CHANGE)],
		"\"Spring offer\" was agreed for 2026-06-01 09:30 UTC, and the "
		"server heard that it was planned otherwise only at 2026-06-01 "
		"09:30 UTC, less than 15 min before the start, or after it; "
		"certain, and the plan "
		"that was agreed counts: ask anna why.");
	assert_int_equal(move_meeting(w, w->anna.token, &own, 0,
				      STATE_CANCELLED),
			 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 2);
}

static enum outrider_code
delete_meeting(struct world *w, const char *token, const struct uuid *id)
{
	struct fields request = fields_new();
	char text[UUID_TEXT_LEN + 1];
	enum outrider_code code;

	uuid_format(text, id);
	fields_text(&request, FIELD_ID, text);
	code = harness_call(&w->h, "MeetingService/DeleteMeeting", token,
			    request.bytes.at, request.bytes.len)
		       ->code;
	fields_free(&request);
	return code;
}

/* By whichever way, and not by who may: see test_meetings for what is late. */
static void late_deletion_is_told_once_and_not_of_managers(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct uuid by_call = world_meeting(w, &w->anna, start_us, NULL);
	struct uuid by_phone = world_meeting(w, &w->anna, start_us, NULL);
	struct uuid by_manager = world_meeting(w, &w->anna, start_us, NULL);
	struct model_phone phone = world_phone(w, &w->anna);
	struct told told = { .n = 0 };

	model_pull_all(&phone);
	/* The phone was offline: what counts is when the server heard. */
	model_edit(&phone, MODEL_DELETE, MEETING, &by_phone,
		   (struct bytes){ .len = 0 }, NULL, 0);
	w->h.wall_us = start_us;
	assert_int_equal(delete_meeting(w, w->mia.token, &by_manager),
			 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 0);
	assert_int_equal(delete_meeting(w, w->anna.token, &by_call),
			 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_string_equal(
		told.sentences[only(&told, ALERT_LATE_CHANGE)],
		"\"Spring offer\" was agreed for 2026-06-01 09:00 UTC, and the "
		"server heard that it was deleted only at 2026-06-01 09:00 "
		"UTC, less than 15 min before the start, or after it; certain, "
		"and the plan that "
		"was agreed counts: ask anna why.");
	world_undelete(w, MEETING, &by_call);
	assert_int_equal(delete_meeting(w, w->anna.token, &by_call),
			 OUTRIDER_OK);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	model_push_all(&phone);
	list_alerts(&told, w);
	assert_int_equal(told.n, 2);
	/* The phone that deleted it gets it back whole, and marked. */
	world_undelete(w, MEETING, &by_phone);
	model_pull_all(&phone);
	model_check(&phone);
	model_close(&phone);
}

/* Time passes, and what is due is done. */
static void pass(struct world *w, int64_t us)
{
	w->h.wall_us += us;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
}

/* A phone that is off for good is told of, once, and only by what is known. */
static void silence_is_told_after_a_day_and_a_half(void **state)
{
	enum { STATE_CANCELLED = 3, MANY = 45 };
	struct world *w = *state;
	struct chain_maker chain;
	struct uuid off;
	const struct harness_reply *reply;
	struct told told = { .n = 0 };
	int64_t start_us;
	size_t n = 0;

	/* What was before the server first looked is nobody's to answer for. */
	world_meeting(w, &w->anna, w->h.wall_us - 48 * HOUR_US, NULL);
	pass(w, 0);
	start_us = w->h.wall_us + HOUR_US;
	world_meeting(w, &w->anna, start_us, NULL);
	off = world_meeting(w, &w->anna, start_us, NULL);
	assert_int_equal(move_meeting(w, w->anna.token, &off, 0,
				      STATE_CANCELLED),
			 OUTRIDER_OK);
	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_PRESENT);
	pass(w, start_us + 36 * HOUR_US - 1 - w->h.wall_us);
	list_alerts(&told, w);
	assert_int_equal(told.n, 0);
	pass(w, HOUR_US);
	pass(w, HOUR_US);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.types[0], ALERT_NO_DATA);
	assert_string_equal(
		told.sentences[0],
		"\"Spring offer\" was planned for 2026-06-01 09:00 "
		"UTC to 09:30, and in a day and a half the phone "
		"has told nothing of it (it may be off, lost or "
		"without network): ask anna, and see that the phone "
		"is on and may use GPS.");
	/* Behind the restart it goes on where it was. */
	harness_restart(&w->h);
	pass(w, 24 * HOUR_US);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	/* More than one write looks at. */
	for (int i = 0; i < MANY; i++)
		world_meeting(w, &w->carl, w->h.wall_us + HOUR_US, NULL);
	pass(w, 40 * HOUR_US);
	reply = harness_call(&w->h, "AlertService/ListAlerts", w->carl.token,
			     NULL, 0);
	while (harness_part(reply->message, 1, n).len > 0)
		n++;
	assert_int_equal(n, MANY);
}

/* Nobody is asked about who has left, and the others' are told all the same. */
static void silence_passes_over_who_is_gone(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct fields request = fields_new();
	struct told told = { .n = 0 };

	pass(w, 0);
	world_meeting(w, &w->ben, start_us, NULL);
	world_meeting(w, &w->anna, start_us + HOUR_US, NULL);
	fields_id(&request, 1, &w->ben.id);
	assert_int_equal(harness_call(&w->h, "UserService/DeleteUser",
				      w->h.admin_token, request.bytes.at,
				      request.bytes.len)
				 ->code,
			 OUTRIDER_OK);
	fields_free(&request);
	pass(w, 40 * HOUR_US);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.types[0], ALERT_NO_DATA);
	assert_non_null(strstr(told.sentences[0], "anna"));
}

/* Of the only alert about the meeting. */
static void expect_alert(struct world *w, const struct uuid *meeting,
			 uint64_t state, const char *resolution)
{
	enum { MEETING_FIELD = 11, STATE = 14, RESOLUTION = 15 };
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);
	struct bytes alert;
	char text[1001];
	size_t n = 0;

	for (size_t i = 0; (alert = harness_part(reply->message, 1, i)).len > 0;
	     i++) {
		struct uuid about = harness_uuid(alert, MEETING_FIELD);

		if (uuid_compare(&about, meeting) != 0)
			continue;
		n++;
		assert_int_equal(harness_scalar(alert, STATE), state);
		harness_text(text, sizeof(text), alert, RESOLUTION);
		assert_string_equal(text, resolution);
	}
	assert_int_equal(n, 1);
}

/* What the rep said to it somebody has to read all the same. */
static void evidence_ends_the_silence(void **state)
{
	enum { REBUTTAL = 34, REBUTTAL_MEETING = 10, REBUTTAL_TEXT = 11 };
	enum { OPEN = 1, CLOSED = 2 };
	struct world *w = *state;
	struct fields said = fields_new();
	struct made_entry entries[2];
	struct chain_maker chain;
	struct visit_plan plan;
	struct uuid ids[2];

	pass(w, 0);
	for (size_t i = 0; i < 2; i++)
		ids[i] = world_meeting(
			w, &w->anna, w->h.wall_us + (1 + (int64_t)i) * HOUR_US,
			NULL);
	pass(w, 40 * HOUR_US);
	expect_alert(w, &ids[0], OPEN, "");
	fields_id(&said, REBUTTAL_MEETING, &ids[1]);
	fields_text(&said, REBUTTAL_TEXT, "I had no network.");
	world_create(w, REBUTTAL, &w->anna, &said);
	fields_free(&said);
	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < 2; i++) {
		assert_true(
			plan_of_meeting(&plan, world_row(w, MEETING, &ids[i])));
		chain_add(&entries[i], &chain, &plan, DAY_PRESENT);
	}
	assert_true(chain_submit(&w->h, &w->anna, entries, 2).is_taken[1]);
	expect_alert(w, &ids[0], CLOSED,
		     "The phone's evidence has come since, and the visit tells "
		     "what it shows.");
	expect_alert(w, &ids[1], OPEN, "");
}

/* A server that began with a clock years ahead isn't silent for years. */
static void silence_is_told_by_a_clock_that_was_put_back(void **state)
{
	const int64_t years_us = INT64_C(3) * 365 * 24 * HOUR_US;
	struct world *w = *state;
	int64_t now_us = w->h.wall_us;
	struct told told = { .n = 0 };

	pass(w, years_us);
	pass(w, now_us - w->h.wall_us);
	world_meeting(w, &w->anna, now_us + HOUR_US, NULL);
	pass(w, 40 * HOUR_US);
	list_alerts(&told, w);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.types[0], ALERT_NO_DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(each_word_says_what_to_do),
		WITH_WORLD(no_data_says_why),
		WITH_WORLD(location_that_is_off_again_and_again_is_told),
		WITH_WORLD(the_few_positions_are_told),
		cmocka_unit_test(made_up_positions_are_told_with_their_signs),
		WITH_WORLD(cut_chain_is_a_gap),
		WITH_WORLD(late_change_is_told_once_and_not_of_managers),
		WITH_WORLD(late_deletion_is_told_once_and_not_of_managers),
		WITH_WORLD(silence_is_told_after_a_day_and_a_half),
		WITH_WORLD(evidence_ends_the_silence),
		WITH_WORLD(silence_passes_over_who_is_gone),
		WITH_WORLD(silence_is_told_by_a_clock_that_was_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
