/*
 * The manager's commands but for report: alerts, invite, evidence.
 */
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "output.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/visit.pb-c.h"

#define CANCELLED 1

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

static void take_one(struct watch *watch, const Outrider__V1__Alert *alert)
{
	tell_alert(watch,
		   call_enum_name(&outrider__v1__alert_type__descriptor,
				  (int)alert->type, "ALERT_TYPE_"),
		   alert->state ==
			   OUTRIDER__V1__ALERT_STATE__ALERT_STATE_CLOSED,
		   call_time_us(alert->event_time), alert->meeting_id,
		   alert->sentence);
}

static bool take_alert(void *user, const uint8_t *message, size_t len)
{
	struct watch *watch = user;
	Outrider__V1__WatchAlertsResponse *response =
		outrider__v1__watch_alerts_response__unpack(NULL, len, message);
	const Outrider__V1__AlertDigest *digest = response ? response->digest
							   : NULL;

	if (response != NULL && response->alert != NULL)
		take_one(watch, response->alert);
	if (digest != NULL && !watch->run->options.is_json)
		printf("%s\n", digest->sentence);
	for (size_t i = 0; digest != NULL && i < digest->n_alerts; i++)
		take_one(watch, digest->alerts[i]);
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

bool command_resolve_user(struct session *session, const char *text,
			  char id_out[37])
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
	if (!command_resolve_user(&run.session, run.words.at[0], id))
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
