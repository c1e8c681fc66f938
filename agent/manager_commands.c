/*
 * The manager's commands: report, alerts, invite, evidence. They ask the
 * server; report and alerts fall back on the cards of the last sync, and say
 * so.
 */
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "output.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/visit.pb-c.h"

#define SECOND_US   INT64_C(1000000)
#define PAGE_MAX    200
#define UNAVAILABLE 14
#define CANCELLED   1

static int64_t timestamp_us(const Google__Protobuf__Timestamp *at)
{
	return at == NULL ? 0 : at->seconds * SECOND_US + at->nanos / 1000;
}

/* The name that stands behind an enum's prefix. */
static const char *
bare_name(const ProtobufCEnumDescriptor *type, int value, const char *prefix)
{
	const ProtobufCEnumValue *known =
		protobuf_c_enum_descriptor_get_value(type, value);

	return known == NULL ? "?" : known->name + strlen(prefix);
}

static void
user_name(struct session *session, char *out, size_t size, const char *user_id)
{
	struct outrider_card card;
	uint8_t id[16];

	snprintf(out, size, "%s", user_id);
	if (id_parse(id, user_id) &&
	    outrider_card_get(session->core, &card, "user", id, NULL) ==
		    OUTRIDER_OK)
		card_title(out, size, &card);
}

/* ----------------------------------------------------------------- report */

/* One line of the report, wherever it comes from. */
struct finding {
	char meeting_id[37], rep[120], subject[301], sentence[1001];
	int64_t start_us, end_us, arrived_us, departed_us;
	const char *word, *certainty;
	bool is_agreed, is_reproduced;
	int32_t dwell_s;
};

struct report {
	struct run *run;
	struct json json;
	size_t n;
	char page_token[600];
	bool is_broken;
};

static void print_finding(struct report *report, const struct finding *f)
{
	char from[8], until[8], arrived[8] = "", left[8] = "";

	times_clock(from, f->start_us);
	times_clock(until, f->end_us);
	if (f->arrived_us != 0) {
		times_clock(arrived, f->arrived_us);
		times_clock(left, f->departed_us);
	}
	printf("%s-%s  ", from, until);
	print_column(f->rep, 18);
	putchar(' ');
	print_column(f->subject, 30);
	printf(" %-9s %-8s", f->word, f->certainty);
	if (f->arrived_us != 0)
		printf(" %s-%s", arrived, left);
	putchar('\n');
	if (f->sentence[0])
		printf("             %s\n", f->sentence);
	report->n++;
}

static void json_finding(struct report *report, const struct finding *f)
{
	struct json *json = &report->json;

	json_open(json, NULL, '{');
	json_text(json, "meeting_id", f->meeting_id);
	json_text(json, "rep", f->rep);
	json_text(json, "subject", f->subject);
	json_time(json, "planned_start", f->start_us);
	json_time(json, "planned_end", f->end_us);
	json_text(json, "verdict", f->word);
	json_text(json, "certainty", f->certainty);
	json_time(json, "arrived", f->arrived_us);
	json_time(json, "departed", f->departed_us);
	json_integer(json, "dwell_s", f->dwell_s);
	json_bool(json, "is_plan_agreed", f->is_agreed);
	json_bool(json, "is_reproduced", f->is_reproduced);
	json_text(json, "sentence", f->sentence);
	json_close(json, '}');
	report->n++;
}

static void tell_finding(struct report *report, const struct finding *f)
{
	if (report->run->options.is_json)
		json_finding(report, f);
	else
		print_finding(report, f);
}

static const char *word_of(int verdict)
{
	return verdict == 0 ? "AWAITED"
			    : bare_name(&outrider__v1__verdict__descriptor,
					verdict, "VERDICT_");
}

static const char *certainty_of(int certainty)
{
	return certainty == 0 ? ""
			      : bare_name(&outrider__v1__certainty__descriptor,
					  certainty, "CERTAINTY_");
}

static void tell_visit(struct report *report, const Outrider__V1__Visit *visit)
{
	struct finding f = {
		.start_us = timestamp_us(visit->planned_start_time),
		.end_us = timestamp_us(visit->planned_end_time),
		.arrived_us =
			visit->arrival ? timestamp_us(visit->arrival->best) : 0,
		.departed_us = visit->departure
				       ? timestamp_us(visit->departure->best)
				       : 0,
		.word = word_of((int)visit->verdict),
		.certainty = certainty_of((int)visit->certainty),
		.is_agreed = visit->is_plan_agreed,
		.is_reproduced = visit->is_reproduced,
		.dwell_s = visit->dwell_s,
	};

	snprintf(f.meeting_id, sizeof(f.meeting_id), "%s", visit->meeting_id);
	snprintf(f.subject, sizeof(f.subject), "%s", visit->subject);
	snprintf(f.sentence, sizeof(f.sentence), "%s", visit->sentence);
	user_name(&report->run->session, f.rep, sizeof(f.rep), visit->rep_id);
	tell_finding(report, &f);
}

static bool take_visits(void *user, const uint8_t *message, size_t len)
{
	struct report *report = user;
	Outrider__V1__ListVisitsResponse *page =
		outrider__v1__list_visits_response__unpack(NULL, len, message);

	if (page == NULL) {
		report->is_broken = true;
		return false;
	}
	for (size_t i = 0; i < page->n_visits; i++)
		tell_visit(report, page->visits[i]);
	snprintf(report->page_token, sizeof(report->page_token), "%s",
		 page->next_page_token);
	outrider__v1__list_visits_response__free_unpacked(page, NULL);
	return true;
}

static int report_online(struct report *report, int64_t from_us,
			 int64_t until_us, struct outrider_err *err)
{
	Outrider__V1__ListVisitsRequest request =
		OUTRIDER__V1__LIST_VISITS_REQUEST__INIT;
	Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char token[sizeof(report->page_token)];
	int status;

	from.seconds = from_us / SECOND_US;
	until.seconds = until_us / SECOND_US;
	request.start_time = &from;
	request.end_time = &until;
	request.page_size = PAGE_MAX;
	do {
		memcpy(token, report->page_token, sizeof(token));
		request.page_token = token;
		status = call_method(&report->run->session,
				     "/outrider.v1.VisitService/ListVisits",
				     NULL, &request.base, CALL_DEADLINE_MS,
				     take_visits, report, err);
	} while (status == 0 && report->page_token[0] && !report->is_broken);
	return status;
}

static bool tell_card(void *user, const struct outrider_card *card)
{
	struct report *report = user;
	struct finding f = {
		.start_us = card_time(card, "start_time"),
		.end_us = card_time(card, "end_time"),
		.word = "AWAITED",
		.certainty = "",
	};
	char verdict[48], certainty[48], owner[40];

	id_text(f.meeting_id, card->id);
	card_title(f.subject, sizeof(f.subject), card);
	(void)card_field(f.sentence, sizeof(f.sentence), card, "visit_sentence",
			 0);
	(void)card_field(owner, sizeof(owner), card, "owner_id", 0);
	if (card_field(verdict, sizeof(verdict), card, "verdict", 0) &&
	    strlen(verdict) > strlen("VERDICT_"))
		f.word = verdict + strlen("VERDICT_");
	if (card_field(certainty, sizeof(certainty), card, "certainty", 0) &&
	    strlen(certainty) > strlen("CERTAINTY_"))
		f.certainty = certainty + strlen("CERTAINTY_");
	/* The card is borrowed: names are looked up when it has been used. */
	snprintf(f.rep, sizeof(f.rep), "%s", owner);
	tell_finding(report, &f);
	return true;
}

static int
report_offline(struct report *report, int64_t from_us, int64_t until_us)
{
	struct outrider_status status;
	struct outrider_err err;
	char synced[32] = "never";

	outrider_get_status(report->run->session.core, &status);
	if (status.synced_us != 0)
		times_date_clock(synced, status.synced_us);
	fprintf(stderr,
		"outrider: the server can't be reached; this is as of the "
		"last sync (%s)\n",
		synced);
	if (outrider_agenda(report->run->session.core, from_us, until_us,
			    tell_card, report, &err) != OUTRIDER_OK)
		return session_fail(&err);
	return 0;
}

static int report_days(struct report *report, int64_t from_us, int64_t until_us)
{
	struct outrider_err err;
	int status, code = 0;

	/* New colleagues' names come with a sync; else ids are shown. */
	(void)session_sync(&report->run->session, NULL, NULL, &err);
	if (report->run->options.is_json)
		json_open(&report->json, NULL, '[');
	status = report_online(report, from_us, until_us, &err);
	if (status == UNAVAILABLE)
		code = report_offline(report, from_us, until_us);
	else if (status != 0)
		code = session_fail(&err);
	if (report->run->options.is_json)
		json_close(&report->json, ']');
	else if (report->n == 0 && code == 0)
		puts("No meetings.");
	return code;
}

int report_command(const struct command *command, int argc, char **argv)
{
	const char *date = NULL, *days_text = "1";
	const struct flag flags[] = {
		{ "--date", &date, NULL },
		{ "--days", &days_text, NULL },
	};
	struct run run;
	struct report report = { .run = &run };
	int64_t day;
	char text[64];
	long days;
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	day = session_now_us(&run.session);
	snprintf(text, sizeof(text), "%.16s 00:00", date ? date : "");
	if ((date && !times_parse(&day, text)) ||
	    !options_number(&days, days_text, 1, 366))
		return command_end(&run, command_usage(command));
	code = report_days(&report, times_day(day, 0),
			   times_day(day, (int)days));
	return command_end(&run, code);
}

/* ----------------------------------------------------------------- alerts */

struct watch {
	struct run *run;
	long n, count; /* count 0: no end */
};

/* "LATE", wherever the alert comes from. */
static void tell_alert(struct watch *watch, const char *type, bool is_closed,
		       int64_t at_us, const char *meeting_id,
		       const char *sentence)
{
	char when[32];

	watch->n++;
	if (watch->run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "type", type);
		json_bool(&json, "is_closed", is_closed);
		json_time(&json, "event_time", at_us);
		json_text(&json, "meeting_id", meeting_id);
		json_text(&json, "sentence", sentence);
		json_close(&json, '}');
		return;
	}
	times_date_clock(when, at_us);
	printf("%s  %-12s %s%s\n", when, type, is_closed ? "(closed) " : "",
	       sentence);
	fflush(stdout);
}

static bool take_alert(void *user, const uint8_t *message, size_t len)
{
	struct watch *watch = user;
	Outrider__V1__WatchAlertsResponse *response =
		outrider__v1__watch_alerts_response__unpack(NULL, len, message);
	const Outrider__V1__Alert *alert = response ? response->alert : NULL;

	if (alert != NULL)
		tell_alert(
			watch,
			bare_name(&outrider__v1__alert_type__descriptor,
				  (int)alert->type, "ALERT_TYPE_"),
			alert->state ==
				OUTRIDER__V1__ALERT_STATE__ALERT_STATE_CLOSED,
			timestamp_us(alert->event_time), alert->meeting_id,
			alert->sentence);
	if (response != NULL)
		outrider__v1__watch_alerts_response__free_unpacked(response,
								   NULL);
	return watch->count == 0 || watch->n < watch->count;
}

static bool tell_alert_card(void *user, const struct outrider_card *card)
{
	struct watch *watch = user;
	char type[48], state[48], sentence[1001], meeting[40];

	(void)card_field(type, sizeof(type), card, "type", 0);
	(void)card_field(state, sizeof(state), card, "state", 0);
	(void)card_field(sentence, sizeof(sentence), card, "sentence", 0);
	(void)card_field(meeting, sizeof(meeting), card, "meeting_id", 0);
	if (strcmp(state, "ALERT_STATE_CLOSED") == 0 ||
	    strlen(type) <= strlen("ALERT_TYPE_"))
		return true;
	tell_alert(watch, type + strlen("ALERT_TYPE_"), false,
		   card_time(card, "event_time"), meeting, sentence);
	return true;
}

static int list_alerts(struct watch *watch)
{
	struct outrider_err err;

	if (!session_sync(&watch->run->session, NULL, NULL, &err))
		fprintf(stderr, "outrider: as of the last sync: %s\n",
			err.text);
	if (outrider_card_find(watch->run->session.core, "alert", NULL,
			       SIZE_MAX, tell_alert_card, watch,
			       &err) != OUTRIDER_OK)
		return session_fail(&err);
	if (watch->n == 0 && !watch->run->options.is_json)
		puts("No open alerts.");
	return 0;
}

/* The stream may go on for days: the core's files are for others meanwhile. */
static int follow_alerts(struct watch *watch)
{
	Outrider__V1__WatchAlertsRequest request =
		OUTRIDER__V1__WATCH_ALERTS_REQUEST__INIT;
	struct session *session = &watch->run->session;
	const char *device_token = outrider_device_token(session->core);
	struct outrider_err err;
	char token[80];
	int status;

	snprintf(token, sizeof(token), "%s",
		 device_token != NULL ? device_token : "");
	session_rest(session);
	status = call_method(session, "/outrider.v1.VisitService/WatchAlerts",
			     token, &request.base, 0, take_alert, watch, &err);
	memset(token, 0, sizeof(token));
	if (status == CANCELLED || status == 0)
		return 0;
	return session_fail(&err);
}

int alerts_command(const struct command *command, int argc, char **argv)
{
	const char *count_text = "0";
	bool is_following = false;
	const struct flag flags[] = {
		{ "--count", &count_text, NULL },
		{ "--follow", NULL, &is_following },
	};
	struct run run;
	struct watch watch = { .run = &run };
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (!options_number(&watch.count, count_text, 0, 1000000))
		return command_end(&run, command_usage(command));
	code = is_following ? follow_alerts(&watch) : list_alerts(&watch);
	return command_end(&run, code);
}

/* ----------------------------------------------------------------- invite */

/* A user by login name. */
struct user_search {
	const char *login;
	uint8_t id[16];
	bool is_found;
};

static bool compare_login(void *user, const struct outrider_card *card)
{
	struct user_search *search = user;
	char login[128];

	if (card_field(login, sizeof(login), card, "login_name", 0) &&
	    strcmp(login, search->login) == 0) {
		memcpy(search->id, card->id, 16);
		search->is_found = true;
	}
	return !search->is_found;
}

static bool
resolve_user(struct session *session, const char *text, char id_out[37])
{
	struct user_search search = { .login = text };
	struct outrider_err err;
	char kind[32];

	if (outrider_card_find(session->core, "user", NULL, SIZE_MAX,
			       compare_login, &search, &err) != OUTRIDER_OK) {
		(void)session_fail(&err);
		return false;
	}
	if (!search.is_found &&
	    !card_resolve(session, "user", text, search.id, kind))
		return false;
	id_text(id_out, search.id);
	return true;
}

int invite_command(const struct command *command, int argc, char **argv)
{
	char id[37], invitation[33], until[32];
	struct outrider_err err;
	int64_t expires_us;
	struct run run;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1)
		return command_end(&run, command_usage(command));
	if (!resolve_user(&run.session, run.words.at[0], id))
		return command_end(&run, 1);
	if (!call_invite(&run.session, invitation, &expires_us, id, NULL, &err))
		return command_end(&run, session_fail(&err));
	times_date_clock(until, expires_us);
	if (run.options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "code", invitation);
		json_time(&json, "expires", expires_us);
		json_close(&json, '}');
	} else {
		printf("%s  (good once, until %s)\n", invitation, until);
	}
	return command_end(&run, 0);
}

/* --------------------------------------------------------------- evidence */

static bool save_bundle(void *user, const uint8_t *message, size_t len)
{
	FILE *file = user;

	return fwrite(message, 1, len, file) == len && fflush(file) == 0;
}

int evidence_command(const struct command *command, int argc, char **argv)
{
	Outrider__V1__GetEvidenceRequest request =
		OUTRIDER__V1__GET_EVIDENCE_REQUEST__INIT;
	struct outrider_err err;
	struct run run;
	uint8_t id[16];
	char text[37], kind[32];
	FILE *file;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 2)
		return command_end(&run, command_usage(command));
	if (!card_resolve(&run.session, "meeting", run.words.at[0], id, kind))
		return command_end(&run, 1);
	file = fopen(run.words.at[1], "wb");
	if (file == NULL) {
		fprintf(stderr, "outrider: %s can't be written\n",
			run.words.at[1]);
		return command_end(&run, 1);
	}
	id_text(text, id);
	request.meeting_id = text;
	if (call_method(&run.session, "/outrider.v1.VisitService/GetEvidence",
			NULL, &request.base, CALL_DEADLINE_MS, save_bundle,
			file, &err) != 0)
		code = session_fail(&err);
	if (fclose(file) != 0 || code != 0) {
		(void)remove(run.words.at[1]);
		code = 1;
	}
	return command_end(&run, code);
}
