/*
 * Alerts: see alerts.h.
 */
#include "app/alerts.h"

#include "app/digest.h"
#include "app/kinds.h"
#include "app/visit_sentence.h"
#include "model/octets.h"
#include "model/visit.h"

#include <stdio.h>
#include <string.h>

_Static_assert(ALERT_SENTENCE_MAX == VISIT_SENTENCE_MAX, "one sentence");

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* Fields of the kind. */
enum {
	ALERT_FIELD_MEETING = 11,
	ALERT_FIELD_SENTENCE = 12,
	ALERT_FIELD_EVENT_TIME = 13,
};

/* The same thing is named the same each time. */
static struct uuid name_alert(enum alert_type type, const struct uuid *about,
			      const void *more, size_t len)
{
	static const uint8_t label[] = "outrider alert";
	const uint8_t type_byte = (uint8_t)type;
	const struct bytes parts[] = {
		{ .at = label, .len = sizeof(label) },
		{ .at = &type_byte, .len = 1 },
		{ .at = about->at, .len = sizeof(about->at) },
		{ .at = more, .len = len },
	};

	return digest_uuid(parts, sizeof(parts) / sizeof(parts[0]));
}

/* ---------------------------------------------------- what there is to say */

bool alert_of_visit(struct alert *out, const struct visit_finding *visit)
{
	/* NEARBY and NO_DATA ask a question; the others accuse. */
	static const struct {
		enum visit_word word;
		enum alert_type type;
		bool is_accusing;
	} table[] = {
		{ VISIT_LATE, ALERT_LATE, true },
		{ VISIT_SHORT, ALERT_SHORT, true },
		{ VISIT_NEARBY, ALERT_NEARBY, false },
		{ VISIT_ELSEWHERE, ALERT_ELSEWHERE, true },
		{ VISIT_ABSENT, ALERT_ABSENT, true },
		{ VISIT_NO_DATA, ALERT_NO_DATA, false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].word != visit->word)
			continue;
		if (table[i].is_accusing &&
		    (visit->certainty != VISIT_FIRM || !visit->is_reproduced))
			return false;
		*out = (struct alert){
			.id = name_alert(table[i].type, &visit->meeting,
					 visit->rep.at, sizeof(visit->rep.at)),
			.type = table[i].type,
			.rep = visit->rep,
			.meeting = visit->meeting,
			.event_us = visit->start_us,
		};
		if (visit->word == VISIT_LATE)
			out->event_us = visit->arrived_us;
		if (visit->word == VISIT_SHORT)
			out->event_us = visit->departed_us;
		visit_sentence(out->sentence, visit);
		return true;
	}
	return false;
}

void alert_of_bad_evidence(struct alert *out,
			   const struct identity_device *device,
			   uint64_t number, const char *reason, int64_t now_us)
{
	uint8_t more[8 + ALERT_SENTENCE_MAX];
	struct octet_writer to = { .bytes = more, .room = sizeof(more) };
	size_t len = strnlen(reason, ALERT_SENTENCE_MAX);

	octets_put(&to, (uint64_t)(now_us / DAY_US), 8);
	memcpy(more + to.len, reason, len);
	*out = (struct alert){
		.id = name_alert(ALERT_BAD_EVIDENCE, &device->id, more,
				 to.len + len),
		.type = ALERT_BAD_EVIDENCE,
		.rep = device->user,
		.event_us = now_us,
	};
	snprintf(out->sentence, sizeof(out->sentence),
		 "Entry %llu of the evidence of the device \"%s\" should be "
		 "whole, signed by it, the next of its chain and judged by its "
		 "fixes, but %s; certain. It is the first of its day of which "
		 "this is so; there may be others.",
		 (unsigned long long)number, device->display_name, reason);
}

void alert_of_new_device(struct alert *out,
			 const struct identity_device *device)
{
	char moment[MOMENT_TEXT_LEN + 1];

	moment_text(moment, device->enrolled_us);
	*out = (struct alert){
		.id = name_alert(ALERT_NEW_DEVICE, &device->id, NULL, 0),
		.type = ALERT_NEW_DEVICE,
		.rep = device->user,
		.event_us = device->enrolled_us,
	};
	snprintf(out->sentence, sizeof(out->sentence),
		 "Another device, \"%s\", was enrolled at %s for a user who "
		 "has one already: ask whether it is theirs.",
		 device->display_name, moment);
}

/* ----------------------------------------------------------------- raising */

static void set_number(const struct row *row, uint32_t field, int64_t number)
{
	kind_value(row, field)->i = number;
}

static void
set_bytes(const struct row *row, uint32_t field, const void *at, size_t len)
{
	kind_value(row, field)->bytes = (struct bytes){ .at = at, .len = len };
}

enum outrider_code alert_raise(struct app *app, struct store_conn *tx,
			       const struct alert *alert, struct arena *arena,
			       struct outrider_err *err)
{
	const struct entity *entity = schema_entity(KIND_ALERT);
	struct row *row = row_new(arena, entity);
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = entity,
		.id = alert->id,
		.values = row,
	};
	struct write_outcome outcome;
	enum outrider_code code;

	if (!row)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for an alert");
	row->owner = alert->rep;
	set_number(row, ALERT_FIELD_TYPE, (int64_t)alert->type);
	set_number(row, ALERT_FIELD_STATE, ALERT_STATE_OPEN);
	set_number(row, ALERT_FIELD_EVENT_TIME, alert->event_us);
	set_bytes(row, ALERT_FIELD_SENTENCE, alert->sentence,
		  strnlen(alert->sentence, sizeof(alert->sentence)));
	if (!uuid_is_zero(&alert->meeting))
		set_bytes(row, ALERT_FIELD_MEETING, alert->meeting.at,
			  sizeof(alert->meeting.at));
	code = write_record(&outcome, app, tx, &intent, arena, err);
	if (code != OUTRIDER_ALREADY_EXISTS)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}
