/*
 * report: the manager's meetings, planned and as they were. It asks the
 * server; with the server away it reads the cards of the last sync, and says
 * so.
 */
#include "asked.h"
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "found.h"
#include "output.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/visit.pb-c.h"

#define SECOND_US   INT64_C(1000000)
#define PAGE_MAX    200
#define UNAVAILABLE 14

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

/* One line of the report, wherever it comes from. */
struct finding {
	char meeting_id[37], rep[120], subject[301], sentence[1001];
	char rebuttal[2001];
	int64_t start_us, end_us, arrived_us, departed_us;
	char word[48], certainty[48];
	bool is_agreed, is_reproduced;
	int32_t dwell_s;
};

/* In the order in which they are summed up. */
static const char *const sum_words[] = { "PRESENT", "LATE",	 "SHORT",
					 "NEARBY",  "ELSEWHERE", "ABSENT",
					 "NO_DATA", "AWAITED" };
enum { N_SUM_WORDS = sizeof(sum_words) / sizeof(sum_words[0]) };

struct report {
	struct run *run;
	unsigned n_of_word[N_SUM_WORDS];
	unsigned n_doubtful;
	struct listing listing;
	char page_token[600];
	bool is_several_days;
	bool is_broken;
};

static void print_finding(struct report *report, const struct finding *f)
{
	char from[32], until[8], arrived[8] = "", left[8] = "";

	/* Of several days each says which. */
	if (report->is_several_days)
		times_date_clock(from, f->start_us);
	else
		times_clock(from, f->start_us);
	times_clock(until, f->end_us);
	if (f->arrived_us != 0) {
		times_clock(arrived, f->arrived_us);
		times_clock(left, f->departed_us);
	}
	printf("%s-%s  %s  ", from, until, f->meeting_id + 28);
	print_column(f->rep, 18);
	putchar(' ');
	print_column(f->subject, 30);
	if (f->arrived_us != 0)
		printf(" %-9s %-8s %s-%s\n", f->word, f->certainty, arrived,
		       left);
	else if (f->certainty[0])
		printf(" %-9s %s\n", f->word, f->certainty);
	else
		printf(" %s\n", f->word);
	if (f->sentence[0])
		printf("             %s\n", f->sentence);
	if (f->rebuttal[0])
		printf("             the rep says: %s\n", f->rebuttal);
	report->listing.n++;
}

static void count_finding(struct report *report, const struct finding *f)
{
	for (size_t i = 0; i < N_SUM_WORDS; i++)
		if (strcmp(f->word, sum_words[i]) == 0)
			report->n_of_word[i]++;
	/* What tells nothing is neither certain nor uncertain. */
	if (strcmp(f->certainty, "DOUBTFUL") == 0 &&
	    strcmp(f->word, "NO_DATA") != 0)
		report->n_doubtful++;
}

/* The evening at a glance; two lines need no sum. */
static void print_sum(const struct report *report)
{
	const char *before = ": ";

	if (report->listing.n < 3)
		return;
	printf("%zu meetings", report->listing.n);
	for (size_t i = 0; i < N_SUM_WORDS; i++) {
		if (report->n_of_word[i] == 0)
			continue;
		printf("%s%u %s", before, report->n_of_word[i], sum_words[i]);
		before = ", ";
	}
	if (report->n_doubtful > 0)
		printf("; of %u it is not certain", report->n_doubtful);
	puts(".");
}

static void json_finding(struct report *report, const struct finding *f)
{
	struct json *json = &report->listing.json;

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
	json_text(json, "rebuttal", f->rebuttal);
	json_close(json, '}');
	report->listing.n++;
}

static void tell_finding(struct report *report, struct finding *f)
{
	if (report->listing.is_json) {
		json_finding(report, f);
		return;
	}
	text_tame(f->subject);
	text_tame(f->sentence);
	text_tame(f->rebuttal);
	print_finding(report, f);
	count_finding(report, f);
}

static const char *word_of(int verdict)
{
	return verdict == 0 ? "AWAITED"
			    : call_enum_name(&outrider__v1__verdict__descriptor,
					     verdict, "VERDICT_");
}

static const char *certainty_of(int certainty)
{
	return certainty == 0
		       ? ""
		       : call_enum_name(&outrider__v1__certainty__descriptor,
					certainty, "CERTAINTY_");
}

static void tell_visit(struct report *report, const Outrider__V1__Visit *visit)
{
	struct finding f = {
		.start_us = call_time_us(visit->planned_start_time),
		.end_us = call_time_us(visit->planned_end_time),
		.arrived_us =
			visit->arrival ? call_time_us(visit->arrival->best) : 0,
		.departed_us = visit->departure
				       ? call_time_us(visit->departure->best)
				       : 0,
		.is_agreed = visit->is_plan_agreed,
		.is_reproduced = visit->is_reproduced,
		.dwell_s = visit->dwell_s,
	};

	snprintf(f.word, sizeof(f.word), "%s", word_of((int)visit->verdict));
	snprintf(f.certainty, sizeof(f.certainty), "%s",
		 certainty_of((int)visit->certainty));
	snprintf(f.meeting_id, sizeof(f.meeting_id), "%s", visit->meeting_id);
	snprintf(f.subject, sizeof(f.subject), "%s", visit->subject);
	snprintf(f.sentence, sizeof(f.sentence), "%s", visit->sentence);
	snprintf(f.rebuttal, sizeof(f.rebuttal), "%s", visit->rebuttal);
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

/* As the cards of the last sync have it. */
static void tell_card(struct report *report, const struct outrider_card *card,
		      const struct founds *rebuttals)
{
	struct finding f = {
		.start_us = card_time(card, "start_time"),
		.end_us = card_time(card, "end_time"),
		.word = "AWAITED",
		.certainty = "",
	};
	char verdict[48], certainty[48], meeting[40];

	id_text(f.meeting_id, card->id);
	card_title(f.subject, sizeof(f.subject), card);
	(void)card_field(f.sentence, sizeof(f.sentence), card, "visit_sentence",
			 0);
	if (card_field(verdict, sizeof(verdict), card, "verdict", 0) &&
	    strlen(verdict) > strlen("VERDICT_"))
		snprintf(f.word, sizeof(f.word), "%s",
			 verdict + strlen("VERDICT_"));
	if (card_field(certainty, sizeof(certainty), card, "certainty", 0) &&
	    strlen(certainty) > strlen("CERTAINTY_"))
		snprintf(f.certainty, sizeof(f.certainty), "%s",
			 certainty + strlen("CERTAINTY_"));
	for (size_t i = 0; i < rebuttals->n; i++) {
		const struct outrider_card *said = &rebuttals->at[i].card;

		(void)card_field(meeting, sizeof(meeting), said, "meeting_id",
				 0);
		if (strcmp(meeting, f.meeting_id) == 0)
			(void)card_field(f.rebuttal, sizeof(f.rebuttal), said,
					 "text", 0);
	}
	title_of_owner(&report->run->session, f.rep, sizeof(f.rep), card);
	tell_finding(report, &f);
}

static bool keep_rebuttal(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

static int
report_offline(struct report *report, int64_t from_us, int64_t until_us)
{
	struct founds meetings = { .n = 0 }, rebuttals = { .n = 0 };
	struct outrider *core = report->run->session.core;
	struct outrider_status status;
	struct outrider_err err;
	char synced[32] = "never";
	int code = 0;

	outrider_get_status(core, &status);
	if (status.synced_us != 0)
		times_date_clock(synced, status.synced_us);
	fprintf(stderr,
		"outrider: the server can't be reached; this is as of the "
		"last sync (%s)\n",
		synced);
	if (found_meetings(&meetings, &report->run->session, from_us, until_us,
			   &err) != OUTRIDER_OK ||
	    outrider_card_find(core, "rebuttal", NULL, SIZE_MAX, keep_rebuttal,
			       &rebuttals, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	for (size_t i = 0; i < meetings.n; i++)
		tell_card(report, &meetings.at[i].card, &rebuttals);
	return found_end(&meetings) | found_end(&rebuttals) | code;
}

static int report_days(struct report *report, int64_t from_us, int64_t until_us)
{
	struct outrider_err err;
	int status, code = 0;

	/* New colleagues' names come with a sync; else ids are shown. */
	(void)session_sync(&report->run->session, NULL, NULL, &err);
	listing_begin(&report->listing, report->run);
	status = report_online(report, from_us, until_us, &err);
	if (status == UNAVAILABLE)
		code = report_offline(report, from_us, until_us);
	else if (status != 0)
		code = session_fail(&err);
	if (!report->listing.is_json)
		print_sum(report);
	listing_end(&report->listing, code, "No meetings.");
	return code;
}

int report_command(const struct command *command, int argc, char **argv)
{
	const char *date = NULL, *days = "1";
	const struct flag flags[] = {
		{ "--date", &date, NULL },
		{ "--days", &days, NULL },
	};
	struct run run;
	struct report report = { .run = &run };
	int64_t from_us, until_us;
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (!command_day(&run, &date))
		return command_end(&run, command_usage(command));
	if (!asked_days(&from_us, &until_us, date, days,
			session_now_us(&run.session)))
		return command_end(&run, 2);
	report.is_several_days = until_us > times_day(from_us, 1);
	return command_end(&run, report_days(&report, from_us, until_us));
}
