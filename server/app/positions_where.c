/*
 * WhereIs: where a rep is, to those who may ask, and never without a look.
 * Owns the question who may, and the message.
 */
#include "app/positions_parts.h"

#include "app/access.h"
#include "app/looks.h"
#include "app/teams.h"
#include "app/visit_kinds.h"

#include <string.h>

typedef Outrider__V1__WhereIsRequest Request;
typedef Outrider__V1__Whereabouts Whereabouts;
typedef Google__Protobuf__Timestamp Timestamp;

enum { LOOK_MEMORY = 1 << 20 };

/* ------------------------------------------------------------------ rights */

enum outrider_code
positions_admit_role(const struct principal *who, struct outrider_err *err)
{
	/* What a position tells of a meeting. */
	static const uint32_t told[] = {
		MEETING_SUBJECT,	  MEETING_START_TIME,
		MEETING_END_TIME,	  MEETING_PIN_LATITUDE,
		MEETING_PIN_LONGITUDE,	  MEETING_PROGRESS,
		MEETING_EXPECTED_ARRIVAL,
	};
	const struct entity *entity = schema_entity(KIND_MEETING);
	const struct field_set *hidden = access_hidden(who, entity);
	struct uuid viewer;
	bool is_hidden = !access_knows_kind(who, entity);

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		is_hidden = is_hidden || field_set_has(hidden, told[i]);
	if (is_hidden)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "your role doesn't see where meetings are");
	if (!look_viewer(&viewer, who))
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "a program looks for its owner, and this one "
			       "has none");
	return OUTRIDER_OK;
}

enum outrider_code positions_admit(struct app_call *call,
				   const struct uuid *rep, struct arena *arena)
{
	const struct principal *who = &call->principal;
	struct row *user;
	struct uuid team;
	enum outrider_code code = store_get(call_conn(call), &user,
					    schema_entity(KIND_USER), rep,
					    arena, &call->err);

	if (code == OUTRIDER_OK &&
	    (user->deleted_us != 0 || !access_may_see(who, user)))
		code = OUTRIDER_NOT_FOUND;
	if (code == OUTRIDER_NOT_FOUND)
		return err_set(&call->err, code, "rep_id",
			       "there is no such user");
	if (code != OUTRIDER_OK)
		return code;
	if (who->rank >= RANK_ADMINISTRATOR ||
	    (!who->is_service && uuid_compare(&who->user, rep) == 0))
		return OUTRIDER_OK;
	code = team_of_user(&team, call_conn(call), user, arena, &call->err);
	if (code != OUTRIDER_OK || access_leads(who, &team))
		return code;
	return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "where somebody is, is for them and for those who lead "
		       "their team");
}

/* ----------------------------------------------------------------- message */

static Timestamp *set_time(Timestamp *out, int64_t at_us)
{
	google__protobuf__timestamp__init(out);
	out->seconds = at_us / 1000000;
	out->nanos = (int32_t)(at_us % 1000000) * 1000;
	return out;
}

static int32_t age_s(int64_t fix_us, int64_t now_us)
{
	int64_t age_us = now_us - fix_us;

	return age_us > 0 ? (int32_t)(age_us / 1000000) : 0;
}

enum outrider_code positions_reply(struct app_call *call,
				   const struct uuid *rep,
				   const struct whereabouts *w, int64_t now_us)
{
	Whereabouts message = OUTRIDER__V1__WHEREABOUTS__INIT;
	char rep_id[UUID_TEXT_LEN + 1], meeting_id[UUID_TEXT_LEN + 1];
	Timestamp fix_time, expected_time;

	uuid_format(rep_id, rep);
	message.rep_id = rep_id;
	message.is_at_work = w->is_at_work;
	message.has_position = w->has_position;
	message.sentence = (char *)(uintptr_t)w->sentence;
	if (w->has_position) {
		message.latitude = w->position.at.lat_e7 / 1e7;
		message.longitude = w->position.at.lon_e7 / 1e7;
		message.accuracy_m = w->position.accuracy_dm / 10.0;
		message.fix_time = set_time(&fix_time, w->position.fix_us);
		message.age_s = age_s(w->position.fix_us, now_us);
	}
	if (w->meeting) {
		uuid_format(meeting_id, &w->meeting->id);
		message.meeting_id = meeting_id;
	}
	message.progress = (Outrider__V1__MeetingProgress)w->progress;
	if (w->expected_us != 0)
		message.expected_arrival_time =
			set_time(&expected_time, w->expected_us);
	message.running_late_s = w->late_s;
	return call_reply(call, &message.base);
}

/* ---------------------------------------------------------------- the call */

struct asking {
	struct uuid rep;
	struct whereabouts found;
	struct look look;
};

/* The look stands before the answer goes out. */
static enum outrider_code
run_look(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct asking *asking = call->state;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &allocator_libc, LOOK_MEMORY);
	code = look_write(call->app, tx, &asking->look, &arena, err);
	arena_free(&arena);
	return code;
}

static enum outrider_code answer(struct app_call *call)
{
	const struct asking *asking = call->state;

	return positions_reply(call, &asking->rep, &asking->found,
			       call_now_us(call));
}

static enum outrider_code find(struct app_call *call, struct asking *asking)
{
	enum outrider_code code =
		positions_admit_role(&call->principal, &call->err);

	if (code == OUTRIDER_OK)
		code = positions_admit(call, &asking->rep, &call->arena);
	if (code != OUTRIDER_OK)
		return code;
	return whereabouts_find(&asking->found, call_conn(call), &asking->rep,
				call_now_us(call), &call->arena, &call->err);
}

enum outrider_code positions_where_start(struct app_call *call)
{
	const Request *request =
		call_unpack(call, &outrider__v1__where_is_request__descriptor);
	struct asking *asking = arena_alloc(&call->arena, sizeof(*asking));
	struct uuid viewer;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!asking)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory to look");
	if (!uuid_parse(&asking->rep, request->rep_id, strlen(request->rep_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "rep_id",
			       "not an id");
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find(call, asking);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	call->state = asking;
	(void)look_viewer(&viewer, &call->principal);
	asking->look = (struct look){
		.viewer = viewer,
		.rep = asking->rep,
		.at_us = call_now_us(call),
		.was_told = asking->found.has_position,
	};
	if (uuid_compare(&viewer, &asking->rep) == 0)
		return answer(call);
	return call_write(call, run_look, answer);
}
