/*
 * When a user is told of an alert: see alert_delivery.h. And the methods that
 * set it.
 */
#include "app/alert_delivery.h"

#include "app/alarms.h"
#include "app/call.h"
#include "app/local_time.h"
#include "app/parts.h"
#include "app/words.h"
#include "outrider/v1/alert_delivery.pb-c.h"

#include <string.h>

typedef Outrider__V1__AlertDelivery Delivery;

enum { WEEKDAYS = 7, EVERY_WEEKDAY = 0xfe };

/* ------------------------------------------------------------- quiet hours */

static bool has_hours(const struct alert_delivery *delivery)
{
	return delivery->quiet_from != delivery->quiet_until;
}

static bool
is_quiet(const struct alert_delivery *delivery, const struct local_time *at)
{
	uint32_t minute = (uint32_t)at->minute;
	uint32_t from = delivery->quiet_from, until = delivery->quiet_until;

	if (delivery->quiet_weekdays >> at->weekday & 1)
		return true;
	if (from < until)
		return minute >= from && minute < until;
	return from != until && (minute >= from || minute < until);
}

/* The first moment after this one at which it may end: at the end of the
 * hours, or of the day. */
static int64_t next_edge(const struct alert_delivery *delivery, int64_t at_us)
{
	int64_t midnight_us = local_time_next(at_us, 0);
	int64_t until_us;

	if (!has_hours(delivery))
		return midnight_us;
	until_us = local_time_next(at_us, (int)delivery->quiet_until);
	return until_us < midnight_us ? until_us : midnight_us;
}

bool delivery_is_quiet(const struct alert_delivery *delivery, int64_t at_us,
		       int64_t *until_us)
{
	struct local_time at;
	int64_t moment_us = at_us;

	local_time(&at, at_us);
	if (!is_quiet(delivery, &at))
		return false;
	/* At most two edges a day, and a week without a loud one is for good:
	 * asked again behind it. */
	for (int i = 0; i < 2 * (WEEKDAYS + 1); i++) {
		moment_us = next_edge(delivery, moment_us);
		local_time(&at, moment_us);
		if (!is_quiet(delivery, &at))
			break;
	}
	*until_us = moment_us;
	return true;
}

bool delivery_is_urgent(const struct alert_delivery *delivery, int64_t type)
{
	return type >= 0 && type < 32 && delivery->urgent_types >> type & 1;
}

/* ----------------------------------------------------------------- digests */

static const char *const names[ALERT_TYPES] = {
	[0] = "other",
	[ALERT_ABSENT] = "absent",
	[ALERT_ELSEWHERE] = "elsewhere",
	[ALERT_LATE] = "late",
	[ALERT_SHORT] = "too short",
	[ALERT_NEARBY] = "nearby",
	[ALERT_NO_DATA] = "without data",
	[ALERT_BAD_EVIDENCE] = "bad evidence",
	[ALERT_NEW_DEVICE] = "new device",
	[ALERT_SPOOFING] = "suspected spoofing",
	[ALERT_CHAIN_GAP] = "gap in a chain",
	[ALERT_RUNNING_LATE] = "running late",
	[ALERT_LATE_CHANGE] = "changed late",
};

/* The most frequent first. */
static void
add_counts(struct sentence *text, const struct digest_counts *counts)
{
	bool is_said[ALERT_TYPES] = { false };
	const char *separator = ": ";

	for (;;) {
		size_t most = ALERT_TYPES;

		for (size_t i = 0; i < ALERT_TYPES; i++)
			if (!is_said[i] && counts->of_type[i] > 0 &&
			    (most == ALERT_TYPES ||
			     counts->of_type[i] > counts->of_type[most]))
				most = i;
		if (most == ALERT_TYPES)
			return;
		is_said[most] = true;
		sentence_add(text, "%s%llu %s", separator,
			     (unsigned long long)counts->of_type[most],
			     names[most]);
		separator = ", ";
	}
}

void digest_sentence(char out[DIGEST_SENTENCE_MAX + 1],
		     const struct digest_counts *counts, int64_t now_us)
{
	struct sentence text = { .at = out, .room = DIGEST_SENTENCE_MAX + 1 };

	sentence_add(&text, "%llu alert%s since ",
		     (unsigned long long)counts->n, counts->n == 1 ? "" : "s");
	words_add_time(&text, counts->since_us, now_us);
	add_counts(&text, counts);
	if (counts->n > DIGEST_ALERTS)
		sentence_add(
			&text,
			"; the newest %d are here, all that are open in the "
			"list",
			DIGEST_ALERTS);
	sentence_add(&text, ".");
}

/* ----------------------------------------------------------------- methods */

static enum outrider_code
refuse(struct app_call *call, const char *field, const char *text)
{
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field, "%s",
		       text);
}

/* The message was checked against its table: ranges hold. */
static enum outrider_code read_delivery(struct app_call *call,
					struct alert_delivery *out,
					const Delivery *sent)
{
	*out = (struct alert_delivery){
		.quiet_from = (uint32_t)sent->quiet_from_minute,
		.quiet_until = (uint32_t)sent->quiet_until_minute,
		.burst = (uint32_t)sent->burst,
	};
	for (size_t i = 0; i < sent->n_quiet_weekdays; i++)
		out->quiet_weekdays |= UINT32_C(1) << sent->quiet_weekdays[i];
	for (size_t i = 0; i < sent->n_urgent_types; i++) {
		int type = (int)sent->urgent_types[i];

		if (type <= 0 || type >= ALERT_TYPES)
			return refuse(call, "delivery.urgent_types",
				      "not a type of alert");
		out->urgent_types |= UINT32_C(1) << type;
	}
	if (out->quiet_weekdays == EVERY_WEEKDAY)
		return refuse(call, "delivery.quiet_weekdays",
			      "one day at least must not be quiet, or nothing "
			      "would ever be told");
	return OUTRIDER_OK;
}

static enum outrider_code
reply(struct app_call *call, const struct alert_delivery *delivery)
{
	Delivery message = OUTRIDER__V1__ALERT_DELIVERY__INIT;
	int32_t weekdays[WEEKDAYS];
	Outrider__V1__AlertType urgent[ALERT_TYPES];

	message.quiet_from_minute = (int32_t)delivery->quiet_from;
	message.quiet_until_minute = (int32_t)delivery->quiet_until;
	message.burst = (int32_t)delivery->burst;
	message.quiet_weekdays = weekdays;
	message.urgent_types = urgent;
	for (int day = 1; day <= WEEKDAYS; day++)
		if (delivery->quiet_weekdays >> day & 1)
			weekdays[message.n_quiet_weekdays++] = day;
	for (int type = 1; type < ALERT_TYPES; type++)
		if (delivery->urgent_types >> type & 1)
			urgent[message.n_urgent_types++] =
				(Outrider__V1__AlertType)type;
	return call_reply(call, &message.base);
}

static enum outrider_code get_start(struct app_call *call)
{
	struct alert_delivery delivery;
	enum outrider_code code =
		store_read_begin(call_conn(call), NULL, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	code = delivery_get(call_conn(call), &delivery, &call->principal.user,
			    &call->err);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? reply(call, &delivery) : code;
}

static enum outrider_code
run_set(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;

	return delivery_put(tx, &call->principal.user, call->state, err);
}

static enum outrider_code after_set(struct app_call *call)
{
	alarms_call(call->app->alarms, &call->principal.user);
	return reply(call, call->state);
}

static enum outrider_code set_start(struct app_call *call)
{
	static const Delivery defaults = OUTRIDER__V1__ALERT_DELIVERY__INIT;
	const Outrider__V1__SetAlertDeliveryRequest *request = call_unpack(
		call, &outrider__v1__set_alert_delivery_request__descriptor);
	struct alert_delivery *delivery =
		arena_alloc(&call->arena, sizeof(*delivery));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!delivery)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a delivery");
	code = read_delivery(call, delivery,
			     request->delivery ? request->delivery : &defaults);
	if (code != OUTRIDER_OK)
		return code;
	call->state = delivery;
	return call_write(call, run_set, after_set);
}

const struct call_handler alert_handlers[] = {
	{ "/outrider.v1.AlertDeliveryService/GetAlertDelivery", get_start },
	{ "/outrider.v1.AlertDeliveryService/SetAlertDelivery", set_start },
	{ .path = NULL },
};
