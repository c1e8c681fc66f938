/*
 * See values.h.
 */
#include "values.h"

#include "asked.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <ctype.h>
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

/* How many characters all choices of a field begin with: "CALL_DIRECTION_". */
static size_t common_prefix(const char *kind, const char *field)
{
	const char *first = outrider_field_choice(kind, field, 0), *other;
	size_t len;

	if (first == NULL)
		return 0;
	len = strlen(first);
	for (size_t i = 1; (other = outrider_field_choice(kind, field, i)); i++)
		while (strncmp(first, other, len) != 0)
			len--;
	while (len > 0 && (first[len - 1] != '_' || first[len] == '\0'))
		len--;
	return len;
}

const char *values_choice(char room[VALUE_CHOICE_MAX], const char *kind,
			  const char *field, const char *choice)
{
	const size_t prefix = common_prefix(kind, field);
	size_t n = 0;

	/* One that this agent is too old to know has its own beginning. */
	if (strlen(choice) <= prefix ||
	    strncmp(choice, outrider_field_choice(kind, field, 0), prefix) != 0)
		return choice;
	for (choice += prefix; *choice && n + 1 < VALUE_CHOICE_MAX; choice++)
		room[n++] = (char)tolower((unsigned char)*choice);
	room[n] = '\0';
	return room;
}

const char *values_show(struct session *session, char room[VALUE_SHOWN_MAX],
			const char *kind, const char *field, const char *value)
{
	const enum outrider_field_type type = outrider_field_type(kind, field);
	char title[400];
	int64_t at_us;

	if (title_of_value(session, title, sizeof(title), kind, field, value)) {
		snprintf(room, VALUE_SHOWN_MAX, "%s  (%s)", title, value + 28);
		return room;
	}
	if (type == OUTRIDER_FIELD_CHOICE)
		return values_choice(room, kind, field, value);
	if (type != OUTRIDER_FIELD_TIME || !times_parse(&at_us, value))
		return value;
	times_shown(room, at_us);
	return room;
}
