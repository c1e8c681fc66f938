/*
 * quiet: when a manager is told of alerts, and how. The server keeps it for
 * the user; what isn't said stays as it is.
 */
#include "calls.h"
#include "command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "outrider/v1/alert_delivery.pb-c.h"

#define SERVICE	      "/outrider.v1.AlertDeliveryService/"
#define TYPE_PREFIX   "ALERT_TYPE_"
#define DEFAULT_BURST 5
#define TYPES_MAX     32

static const char *const weekdays[] = { "mon", "tue", "wed", "thu",
					"fri", "sat", "sun" };

#define N_WEEKDAYS (sizeof(weekdays) / sizeof(weekdays[0]))

/* --------------------------------------------------------- what was written */

/* "20:00", and what ends it: minutes after midnight, or -1. */
static int32_t read_clock(const char **at, char end)
{
	char *colon, *behind;
	const unsigned long hour = strtoul(*at, &colon, 10);
	unsigned long minute;

	if (!isdigit((unsigned char)**at) || *colon != ':' ||
	    !isdigit((unsigned char)colon[1]))
		return -1;
	minute = strtoul(colon + 1, &behind, 10);
	if (*behind != end || hour > 23 || minute > 59)
		return -1;
	*at = behind + (end != '\0');
	return (int32_t)(hour * 60 + minute);
}

/* "20:00-08:00", or "off": no quiet hours. */
static bool read_hours(Outrider__V1__AlertDelivery *out, const char *text)
{
	const char *at = text;

	out->quiet_from_minute = out->quiet_until_minute = 0;
	if (strcmp(text, "off") == 0)
		return true;
	out->quiet_from_minute = read_clock(&at, '-');
	if (out->quiet_from_minute >= 0)
		out->quiet_until_minute = read_clock(&at, '\0');
	if (out->quiet_from_minute >= 0 && out->quiet_until_minute >= 0)
		return true;
	fprintf(stderr, "outrider: '%s' is not HH:MM-HH:MM, nor off\n", text);
	return false;
}

/* The next of "sat,sun"; false at the end. */
static bool next_word(char *out, size_t size, const char **at)
{
	size_t len = strcspn(*at, ",");

	if (**at == '\0')
		return false;
	snprintf(out, size, "%.*s", (int)len, *at);
	*at += len + ((*at)[len] == ',');
	return true;
}

static bool read_weekdays(int32_t days[N_WEEKDAYS], size_t *n, const char *text)
{
	char word[32];

	*n = 0;
	if (strcmp(text, "none") == 0)
		return true;
	while (next_word(word, sizeof(word), &text)) {
		size_t day = 0;

		while (day < N_WEEKDAYS && strcasecmp(word, weekdays[day]) != 0)
			day++;
		if (day == N_WEEKDAYS || *n == N_WEEKDAYS) {
			fprintf(stderr,
				"outrider: '%s' is none of mon, tue, wed, thu, "
				"fri, sat, sun\n",
				word);
			return false;
		}
		days[(*n)++] = (int32_t)day + 1;
	}
	return true;
}

static bool read_types(Outrider__V1__AlertType types[TYPES_MAX], size_t *n,
		       const char *text)
{
	char word[32], name[sizeof(TYPE_PREFIX) + sizeof(word)];

	*n = 0;
	if (strcmp(text, "none") == 0)
		return true;
	while (next_word(word, sizeof(word), &text)) {
		const ProtobufCEnumValue *value;

		snprintf(name, sizeof(name), TYPE_PREFIX "%s", word);
		value = protobuf_c_enum_descriptor_get_value_by_name(
			&outrider__v1__alert_type__descriptor, name);
		if (value == NULL || value->value == 0 || *n == TYPES_MAX) {
			fprintf(stderr,
				"outrider: '%s' is no type of alert; they are "
				"such as ABSENT and SPOOFING\n",
				word);
			return false;
		}
		types[(*n)++] = (Outrider__V1__AlertType)value->value;
	}
	return true;
}

/* ----------------------------------------------------------- what it tells */

static const char *type_name(Outrider__V1__AlertType type)
{
	return call_enum_name(&outrider__v1__alert_type__descriptor, (int)type,
			      TYPE_PREFIX);
}

static const char *day_name(int32_t day)
{
	return day >= 1 && day <= (int32_t)N_WEEKDAYS ? weekdays[day - 1] : "?";
}

static void print_delivery(const Outrider__V1__AlertDelivery *d)
{
	const int from = (int)d->quiet_from_minute;
	const int until = (int)d->quiet_until_minute;

	if (from == until)
		puts("No quiet hours.");
	else
		printf("Quiet %02d:%02d-%02d:%02d, by the firm's clocks.\n",
		       from / 60, from % 60, until / 60, until % 60);
	for (size_t i = 0; i < d->n_quiet_weekdays; i++)
		printf("%s%s", i == 0 ? "Quiet all day: " : ", ",
		       day_name(d->quiet_weekdays[i]));
	fputs(d->n_quiet_weekdays > 0 ? ".\n" : "", stdout);
	for (size_t i = 0; i < d->n_urgent_types; i++)
		printf("%s%s", i == 0 ? "At once all the same: " : ", ",
		       type_name(d->urgent_types[i]));
	fputs(d->n_urgent_types > 0 ? ".\n" : "", stdout);
	printf("More than %d within ten minutes come as one digest.\n",
	       d->burst > 0 ? (int)d->burst : DEFAULT_BURST);
}

static void json_delivery(const Outrider__V1__AlertDelivery *d)
{
	struct json json = { false };

	json_open(&json, NULL, '{');
	json_integer(&json, "quiet_from_minute", d->quiet_from_minute);
	json_integer(&json, "quiet_until_minute", d->quiet_until_minute);
	json_open(&json, "quiet_weekdays", '[');
	for (size_t i = 0; i < d->n_quiet_weekdays; i++)
		json_integer(&json, NULL, d->quiet_weekdays[i]);
	json_close(&json, ']');
	json_open(&json, "urgent_types", '[');
	for (size_t i = 0; i < d->n_urgent_types; i++)
		json_text(&json, NULL, type_name(d->urgent_types[i]));
	json_close(&json, ']');
	json_integer(&json, "burst", d->burst > 0 ? d->burst : DEFAULT_BURST);
	json_close(&json, '}');
}

/* ------------------------------------------------------------------ asking */

static bool take_delivery(void *user, const uint8_t *message, size_t len)
{
	Outrider__V1__AlertDelivery **delivery = user;

	if (*delivery == NULL)
		*delivery = outrider__v1__alert_delivery__unpack(NULL, len,
								 message);
	return *delivery != NULL;
}

static void forget(Outrider__V1__AlertDelivery *delivery)
{
	if (delivery != NULL)
		outrider__v1__alert_delivery__free_unpacked(delivery, NULL);
}

/* Returns an exit code; *out is NULL where it isn't 0. */
static int ask(struct run *run, Outrider__V1__AlertDelivery **out,
	       const char *method, const ProtobufCMessage *request)
{
	struct outrider_err err;

	*out = NULL;
	if (call_method(&run->session, method, NULL, request, CALL_DEADLINE_MS,
			take_delivery, out, &err) == 0 &&
	    *out != NULL)
		return 0;
	forget(*out);
	*out = NULL;
	return session_fail(&err);
}

/* What was said on the line; NULL: stays as it is. */
struct quiet_line {
	const char *hours, *days, *urgent, *burst;
};

/* Takes it over into a copy of what stands; the lists are the caller's. */
static bool change(Outrider__V1__AlertDelivery *wanted,
		   const struct quiet_line *line, int32_t days[N_WEEKDAYS],
		   Outrider__V1__AlertType types[TYPES_MAX])
{
	long burst;

	if (line->hours != NULL && !read_hours(wanted, line->hours))
		return false;
	if (line->days != NULL) {
		wanted->quiet_weekdays = days;
		if (!read_weekdays(days, &wanted->n_quiet_weekdays, line->days))
			return false;
	}
	if (line->urgent != NULL) {
		wanted->urgent_types = types;
		if (!read_types(types, &wanted->n_urgent_types, line->urgent))
			return false;
	}
	if (line->burst == NULL)
		return true;
	if (!options_number(&burst, line->burst, 1, 1000)) {
		fprintf(stderr, "outrider: --burst is 1 to 1000\n");
		return false;
	}
	wanted->burst = (int32_t)burst;
	return true;
}

static int quiet(struct run *run, const struct quiet_line *line)
{
	const bool is_change = line->hours || line->days || line->urgent ||
			       line->burst;
	Outrider__V1__GetAlertDeliveryRequest get =
		OUTRIDER__V1__GET_ALERT_DELIVERY_REQUEST__INIT;
	Outrider__V1__SetAlertDeliveryRequest set =
		OUTRIDER__V1__SET_ALERT_DELIVERY_REQUEST__INIT;
	Outrider__V1__AlertType types[TYPES_MAX];
	Outrider__V1__AlertDelivery *stands, *now = NULL, wanted;
	int32_t days[N_WEEKDAYS];
	int code = ask(run, &stands, SERVICE "GetAlertDelivery", &get.base);

	if (stands == NULL)
		return code;
	wanted = *stands;
	set.delivery = &wanted;
	if (!is_change)
		now = stands;
	else if (change(&wanted, line, days, types))
		code = ask(run, &now, SERVICE "SetAlertDelivery", &set.base);
	else
		code = 2;
	if (now != NULL && run->options.is_json)
		json_delivery(now);
	else if (now != NULL)
		print_delivery(now);
	if (now != stands)
		forget(now);
	forget(stands);
	return code;
}

int quiet_command(const struct command *command, int argc, char **argv)
{
	struct quiet_line line = { .hours = NULL };
	const struct flag flags[] = {
		{ "--days", &line.days, NULL },
		{ "--urgent", &line.urgent, NULL },
		{ "--burst", &line.burst, NULL },
	};
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n > 1)
		return command_end(&run, command_usage(command));
	line.hours = run.words.n == 1 ? run.words.at[0] : NULL;
	return command_end(&run, quiet(&run, &line));
}
