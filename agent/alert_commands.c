/*
 * Alerts, for managers: listed, followed, closed.
 */
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/visit.pb-c.h"

enum { CANCELLED = 1, ABORTED = 10 }; /* of gRPC */

/* ------------------------------------------------------------- list, follow */

struct watch {
	struct run *run;
	long n, count; /* count 0: no end */
};

/* "LATE", wherever the alert comes from. */
static void tell_alert(struct watch *watch, const uint8_t alert_id[16],
		       const char *type, bool is_closed, int64_t at_us,
		       const char *meeting_id, const char *sentence)
{
	char when[32], id[9];

	watch->n++;
	if (watch->run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_id(&json, "id", alert_id);
		json_text(&json, "type", type);
		json_bool(&json, "is_closed", is_closed);
		json_time(&json, "event_time", at_us);
		json_text(&json, "meeting_id", meeting_id);
		json_text(&json, "sentence", sentence);
		json_close(&json, '}');
		return;
	}
	times_date_clock(when, at_us);
	id_short(id, alert_id);
	printf("%s  %s  %-12s %s%s\n", when, id, type,
	       is_closed ? "(closed) " : "", sentence);
	fflush(stdout);
}

static void tell_rebuttal(const struct watch *watch, const char *rebuttal)
{
	if (rebuttal[0] && !watch->run->options.is_json)
		printf("    the rep says: %s\n", rebuttal);
}

/* How it ended: by somebody, or because it was over. */
static void
tell_resolution(const struct watch *watch, const Outrider__V1__Alert *alert)
{
	if (alert->resolution[0] && !watch->run->options.is_json)
		printf("    %s: %s\n",
		       alert->is_self_closed ? "over by itself" : "closed",
		       alert->resolution);
}

static void tell_message(struct watch *watch, const Outrider__V1__Alert *alert)
{
	uint8_t id[16] = { 0 };

	(void)id_parse(id, alert->id);
	if (!watch->run->options.is_json) {
		text_tame(alert->sentence);
		text_tame(alert->rebuttal);
		text_tame(alert->resolution);
	}
	tell_alert(watch, id,
		   call_enum_name(&outrider__v1__alert_type__descriptor,
				  (int)alert->type, "ALERT_TYPE_"),
		   alert->state ==
			   OUTRIDER__V1__ALERT_STATE__ALERT_STATE_CLOSED,
		   call_time_us(alert->event_time), alert->meeting_id,
		   alert->sentence);
	tell_rebuttal(watch, alert->rebuttal);
	tell_resolution(watch, alert);
}

/* Several at once instead of a flood: one line, and what it stands for. */
static void
tell_digest(struct watch *watch, const Outrider__V1__AlertDigest *digest)
{
	if (!watch->run->options.is_json) {
		text_tame(digest->sentence);
		puts(digest->sentence);
	}
	for (size_t i = 0; i < digest->n_alerts; i++)
		tell_message(watch, digest->alerts[i]);
}

static bool take_alert(void *user, const uint8_t *message, size_t len)
{
	struct watch *watch = user;
	Outrider__V1__WatchAlertsResponse *response =
		outrider__v1__watch_alerts_response__unpack(NULL, len, message);

	if (response != NULL && response->alert != NULL)
		tell_message(watch, response->alert);
	if (response != NULL && response->digest != NULL)
		tell_digest(watch, response->digest);
	if (response != NULL)
		outrider__v1__watch_alerts_response__free_unpacked(response,
								   NULL);
	fflush(stdout);
	return watch->count == 0 || watch->n < watch->count;
}

static void
tell_alert_card(struct watch *watch, const struct outrider_card *card)
{
	char type[48], state[48], sentence[1001], meeting[40];

	(void)card_field(type, sizeof(type), card, "type", 0);
	(void)card_field(state, sizeof(state), card, "state", 0);
	(void)card_field(sentence, sizeof(sentence), card, "sentence", 0);
	(void)card_field(meeting, sizeof(meeting), card, "meeting_id", 0);
	if (strcmp(state, "ALERT_STATE_CLOSED") == 0 ||
	    strlen(type) <= strlen("ALERT_TYPE_"))
		return;
	tell_alert(watch, card->id, type + strlen("ALERT_TYPE_"), false,
		   card_time(card, "event_time"), meeting, sentence);
	(void)card_field(sentence, sizeof(sentence), card, "rebuttal", 0);
	tell_rebuttal(watch, sentence);
}

static bool keep_alert(void *user, const struct outrider_card *card)
{
	struct found *found = found_add(user, card);

	if (found == NULL)
		return false;
	found->from_us = card_time(card, "event_time");
	return true;
}

static int compare_alerts(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

/* The oldest first, as they come to who watches. */
static int list_alerts(struct watch *watch)
{
	struct founds founds = { .n = 0 };
	struct outrider_err err;

	if (!session_sync(&watch->run->session, NULL, NULL, &err))
		fprintf(stderr, "outrider: as of the last sync: %s\n",
			err.text);
	if (outrider_card_find(watch->run->session.core, "alert", NULL,
			       SIZE_MAX, keep_alert, &founds,
			       &err) != OUTRIDER_OK) {
		found_free(&founds);
		return session_fail(&err);
	}
	if (founds.n > 0)
		qsort(founds.at, founds.n, sizeof(founds.at[0]),
		      compare_alerts);
	for (size_t i = 0; i < founds.n; i++)
		tell_alert_card(watch, &founds.at[i].card);
	if (watch->n == 0 && !watch->run->options.is_json)
		puts("No open alerts.");
	return found_end(&founds);
}

/* The stream may go on for days: the core's files are for others meanwhile. */
static int follow_alerts(struct watch *watch, bool is_only_undelivered)
{
	Outrider__V1__WatchAlertsRequest request =
		OUTRIDER__V1__WATCH_ALERTS_REQUEST__INIT;
	struct session *session = &watch->run->session;
	const char *device_token = outrider_device_token(session->core);
	struct outrider_err err;
	char token[80];
	int status;

	request.only_undelivered = is_only_undelivered;
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
	bool is_following = false, is_watching = false;
	const struct flag flags[] = {
		{ "--count", &count_text, NULL },
		{ "--follow", NULL, &is_following },
		{ "--watch", NULL, &is_watching },
	};
	struct run run;
	struct watch watch = { .run = &run };
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (!options_number(&watch.count, count_text, 0, 1000000))
		return command_end(&run, command_usage(command));
	code = is_following || is_watching ? follow_alerts(&watch, is_watching)
					   : list_alerts(&watch);
	return command_end(&run, code);
}

/* ------------------------------------------------------------------- close */

/* An alert on its way to be closed: as it was shown. */
struct closing {
	char etag[32];
	bool is_known, is_closed;
};

static bool show_alert(void *user, const uint8_t *message, size_t len)
{
	struct closing *closing = user;
	Outrider__V1__Alert *alert =
		outrider__v1__alert__unpack(NULL, len, message);
	char when[32];

	if (alert == NULL)
		return false;
	closing->is_known = true;
	closing->is_closed = alert->state ==
			     OUTRIDER__V1__ALERT_STATE__ALERT_STATE_CLOSED;
	snprintf(closing->etag, sizeof(closing->etag), "%s", alert->etag);
	text_tame(alert->sentence);
	text_tame(alert->rebuttal);
	fprintf(stderr, "%s\n", alert->sentence);
	if (alert->rebuttal[0]) {
		times_date_clock(when, call_time_us(alert->rebuttal_time));
		fprintf(stderr, "%s, the rep says: %s\n", when,
			alert->rebuttal);
	}
	outrider__v1__alert__free_unpacked(alert, NULL);
	return true;
}

static bool take_nothing(void *user, const uint8_t *message, size_t len)
{
	(void)user;
	(void)message;
	(void)len;
	return true;
}

/* By the etag that came with what was shown: who closes it has read it. */
static int close_alert(struct run *run, char *id, char *text)
{
	Outrider__V1__GetAlertRequest get =
		OUTRIDER__V1__GET_ALERT_REQUEST__INIT;
	Outrider__V1__UpdateAlertRequest update =
		OUTRIDER__V1__UPDATE_ALERT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Outrider__V1__Alert alert = OUTRIDER__V1__ALERT__INIT;
	char *paths[] = { "state", "resolution" };
	struct closing closing = { .is_known = false };
	struct outrider_err err;
	int status;

	get.id = id;
	if (call_method(&run->session, "/outrider.v1.AlertService/GetAlert",
			NULL, &get.base, CALL_DEADLINE_MS, show_alert, &closing,
			&err) != 0)
		return session_fail(&err);
	if (!closing.is_known || closing.is_closed) {
		fputs("outrider: it is closed already\n", stderr);
		return 1;
	}
	alert.id = id;
	alert.etag = closing.etag;
	alert.state = OUTRIDER__V1__ALERT_STATE__ALERT_STATE_CLOSED;
	alert.resolution = text;
	mask.n_paths = 2;
	mask.paths = paths;
	update.alert = &alert;
	update.update_mask = &mask;
	status = call_method(&run->session,
			     "/outrider.v1.AlertService/UpdateAlert", NULL,
			     &update.base, CALL_DEADLINE_MS, take_nothing, NULL,
			     &err);
	if (status == ABORTED)
		fputs("outrider: it has changed just now, perhaps the rep has "
		      "answered: read it again\n",
		      stderr);
	return status == 0 ? 0 : session_fail(&err);
}

int close_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	uint8_t id[16];
	char kind[32], text[37], resolution[1001];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n < 1)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, "alert", run.words.at[0], id, kind))
		return command_end(&run, 1);
	command_join_words(resolution, sizeof(resolution), &run.words, 1);
	id_text(text, id);
	code = close_alert(&run, text, resolution);
	if (code == 0 && !run.options.is_json)
		puts("Closed.");
	return command_end(&run, code);
}
