/*
 * A rep whose phone tells where it is: see position_acts.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "position_acts.h"

#include "outrider/v1/position.pb-c.h"

static Google__Protobuf__Timestamp timestamp(int64_t us)
{
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	time.seconds = us / SECOND_US;
	time.nanos = (int32_t)(us % SECOND_US) * 1000;
	return time;
}

int rep_tells(struct world *w, const struct harness_user *rep,
	      const struct report *reports, size_t n)
{
	enum { MAX = 200 };
	static Outrider__V1__PositionReport messages[MAX];
	static Outrider__V1__PositionReport *pointers[MAX];
	static Google__Protobuf__Timestamp times[MAX], expected[MAX];
	static char ids[MAX][UUID_TEXT_LEN + 1];
	Outrider__V1__ReportPositionRequest request =
		OUTRIDER__V1__REPORT_POSITION_REQUEST__INIT;
	const struct harness_reply *reply;

	for (size_t i = 0; i < n; i++) {
		const struct report *r = &reports[i];
		Outrider__V1__PositionReport *message = &messages[i];

		outrider__v1__position_report__init(message);
		times[i] = timestamp(r->at_us ? r->at_us : w->h.wall_us);
		message->fix_time = &times[i];
		message->latitude = r->latitude != 0
					    ? r->latitude
					    : PIN_LAT + r->km_north * KM_NORTH;
		message->longitude = PIN_LON;
		message->accuracy_m = 12;
		message->progress = (Outrider__V1__MeetingProgress)r->progress;
		if (r->expected_us) {
			expected[i] = timestamp(r->expected_us);
			message->expected_arrival_time = &expected[i];
		}
		if (r->meeting) {
			uuid_format(ids[i], r->meeting);
			message->meeting_id = ids[i];
		}
		pointers[i] = message;
	}
	request.reports = pointers;
	request.n_reports = n;
	reply = harness_call_message(&w->h, "PositionService/ReportPosition",
				     rep->device_token, &request.base);
	assert_int_equal(reply->code, OUTRIDER_OK);
	assert_int_equal(harness_scalar(reply->message, 1) +
				 harness_scalar(reply->message, 2),
			 n);
	return (int)harness_scalar(reply->message, 1);
}

int rep_tells_one(struct world *w, const struct harness_user *rep,
		  double km_north, int progress)
{
	const struct report report = { .km_north = km_north,
				       .progress = progress };

	return rep_tells(w, rep, &report, 1);
}

void where_read(struct where *out, struct bytes message)
{
	Outrider__V1__Whereabouts *w = outrider__v1__whereabouts__unpack(
		NULL, message.len, message.at);

	assert_non_null(w);
	out->is_at_work = w->is_at_work;
	out->has_position = w->has_position;
	out->latitude = w->latitude;
	out->age_s = w->age_s;
	out->late_s = w->running_late_s;
	out->progress = (int)w->progress;
	out->meeting = (struct uuid){ { 0 } };
	if (*w->meeting_id)
		assert_true(uuid_parse(&out->meeting, w->meeting_id,
				       strlen(w->meeting_id)));
	snprintf(out->sentence, sizeof(out->sentence), "%s", w->sentence);
	/* Where there is none, there is nothing of one. */
	if (!w->has_position) {
		assert_true(w->latitude == 0 && w->longitude == 0);
		assert_true(w->accuracy_m == 0 && !w->fix_time);
	}
	outrider__v1__whereabouts__free_unpacked(w, NULL);
}

struct where
where_is(struct world *w, const char *token, const struct uuid *rep)
{
	Outrider__V1__WhereIsRequest request =
		OUTRIDER__V1__WHERE_IS_REQUEST__INIT;
	const struct harness_reply *reply;
	char id[UUID_TEXT_LEN + 1];
	struct where out = { .code = OUTRIDER_OK };

	uuid_format(id, rep);
	request.rep_id = id;
	reply = harness_call_message(&w->h, "PositionService/WhereIs", token,
				     &request.base);
	out.code = reply->code;
	if (out.code == OUTRIDER_OK)
		where_read(&out, reply->message);
	return out;
}
