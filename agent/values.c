/*
 * See values.h.
 */
#include "values.h"

#include "asked.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

/* A birthday has no year sometimes; that and the rest is the core's to read. */
static bool
read_date(char room[VALUE_READ_MAX], const char *text, int64_t now_us)
{
	int year, month, day, days;

	if (!times_day_word(&days, &text) || *text != '\0')
		return false;
	times_date(&year, &month, &day, times_day(now_us, days));
	snprintf(room, VALUE_READ_MAX, "%04d-%02d-%02d", year, month, day);
	return true;
}

const char *values_read(struct session *session, char room[VALUE_READ_MAX],
			const char *kind, const char *field, const char *text)
{
	const enum outrider_field_type type = outrider_field_type(kind, field);
	const char *refers_to = outrider_field_reference(kind, field);
	const int64_t now_us = session_now_us(session);
	uint8_t id[16];
	int64_t at_us;

	if (type == OUTRIDER_FIELD_TIME) {
		if (!asked_time(&at_us, text, now_us))
			return NULL;
		times_exact(room, at_us);
		return room;
	}
	if (type == OUTRIDER_FIELD_DATE)
		return read_date(room, text, now_us) ? room : text;
	if (refers_to == NULL || id_parse(id, text))
		return text;
	return resolve_id(session, refers_to, text, room) ? room : NULL;
}

const char *values_show(struct session *session, char room[VALUE_SHOWN_MAX],
			const char *kind, const char *field, const char *value)
{
	char title[400];
	int64_t at_us;

	if (title_of_value(session, title, sizeof(title), kind, field, value)) {
		snprintf(room, VALUE_SHOWN_MAX, "%s  (%s)", title, value + 28);
		return room;
	}
	if (outrider_field_type(kind, field) != OUTRIDER_FIELD_TIME ||
	    !times_parse(&at_us, value))
		return value;
	times_shown(room, at_us);
	return room;
}
