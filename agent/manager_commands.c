/*
 * The manager's commands but for report and alerts: invite, evidence, where.
 */
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/position.pb-c.h"
#include "outrider/v1/visit.pb-c.h"

/* ----------------------------------------------------------------- invite */

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
	if (!resolve_id(&run.session, "user", run.words.at[0], id))
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

/* A part of the bundle; one behind the other they are the file. */
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
	if (!resolve_card(&run.session, "meeting", run.words.at[0], id, kind))
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
	if (fclose(file) != 0 && code == 0) {
		fprintf(stderr, "outrider: %s can't be written\n",
			run.words.at[1]);
		code = EXIT_NOT_NOW;
	}
	if (code != 0) {
		(void)remove(run.words.at[1]);
	} else if (!run.options.is_json) {
		printf("Saved; tools/verify %s checks it, and asks nobody.\n",
		       run.words.at[1]);
	}
	return command_end(&run, code);
}

/* ------------------------------------------------------------------- where */

static bool tell_whereabouts(void *user, const uint8_t *message, size_t len)
{
	const struct run *run = user;
	Outrider__V1__Whereabouts *at =
		outrider__v1__whereabouts__unpack(NULL, len, message);

	if (at == NULL)
		return false;
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_bool(&json, "is_at_work", at->is_at_work);
		json_bool(&json, "has_position", at->has_position);
		if (at->has_position) {
			json_number(&json, "latitude", at->latitude);
			json_number(&json, "longitude", at->longitude);
			json_number(&json, "accuracy_m", at->accuracy_m);
			json_time(&json, "fix_time",
				  call_time_us(at->fix_time));
			json_integer(&json, "age_s", at->age_s);
		}
		json_text(&json, "meeting_id", at->meeting_id);
		json_integer(&json, "running_late_s", at->running_late_s);
		json_text(&json, "sentence", at->sentence);
		json_close(&json, '}');
	} else {
		puts(at->sentence);
		if (at->has_position)
			printf("%.5f,%.5f  within %.0f m\n", at->latitude,
			       at->longitude, at->accuracy_m);
	}
	outrider__v1__whereabouts__free_unpacked(at, NULL);
	return true;
}

int where_command(const struct command *command, int argc, char **argv)
{
	Outrider__V1__WhereIsRequest request =
		OUTRIDER__V1__WHERE_IS_REQUEST__INIT;
	struct outrider_err err;
	struct run run;
	char id[37];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1)
		return command_end(&run, command_usage(command));
	if (!resolve_id(&run.session, "user", run.words.at[0], id))
		return command_end(&run, 1);
	request.rep_id = id;
	if (call_method(&run.session, "/outrider.v1.PositionService/WhereIs",
			NULL, &request.base, CALL_DEADLINE_MS, tell_whereabouts,
			&run, &err) != 0)
		code = session_fail(&err);
	return command_end(&run, code);
}
