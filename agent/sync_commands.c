/*
 * The commands between this device and the server: enroll, sync, status.
 */
#include "calls.h"
#include "command.h"
#include "fail.h"
#include "output.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

/* ----------------------------------------------------------------- enroll */

static int enroll(struct run *run, const char *code, const char *device)
{
	struct session *session = &run->session;
	struct outrider_status status;
	struct outrider_err err;
	enum outrider_code result;
	char pin[65];

	if (!session_read_pin(session, pin, PIN_NEW))
		return EXIT_REFUSED;
	result = session_connect(session, &err)
			 ? outrider_enroll(session->core, code, device, pin,
					   &err)
			 : err.code;
	if (result != OUTRIDER_OK ||
	    !session_finish(session, NULL, NULL, &err)) {
		memset(pin, 0, sizeof(pin));
		return session_fail(&err);
	}
	result = outrider_unlock(session->core, pin, &err);
	memset(pin, 0, sizeof(pin));
	outrider_get_status(session->core, &status);
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_id(&json, "user_id", status.user_id);
		json_id(&json, "device_id", status.device_id);
		json_text(&json, "user", status.user_name);
		json_close(&json, '}');
	} else {
		printf("Enrolled as %s. The cards open with your PIN.\n",
		       status.user_name);
	}
	/* The first sync fills the cards; without it the next one will. */
	if (result != OUTRIDER_OK || !session_sync(session, NULL, NULL, &err))
		fprintf(stderr, "outrider: no first sync: %s\n", err.text);
	return 0;
}

/* An administrator's or manager's own password stands for a code. */
static bool code_by_password(struct run *run, char code[33], const char *login,
			     const char *password_file,
			     struct outrider_err *err)
{
	char password[256] = "", token[65], user_id[37];
	int64_t expires_us;
	FILE *file = fopen(password_file, "r");
	bool is_done;

	if (file != NULL && fgets(password, sizeof(password), file) == NULL)
		password[0] = '\0';
	if (file != NULL)
		fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	if (password[0] == '\0') {
		(void)fail(err, OUTRIDER_INVALID_ARGUMENT, "no password in %s",
			   password_file);
		return false;
	}
	is_done = call_login(&run->session, token, user_id, login, password,
			     err) &&
		  call_invite(&run->session, code, &expires_us, user_id, token,
			      err);
	memset(password, 0, sizeof(password));
	return is_done;
}

/* Before anything is written: where its server is stays known. */
static int
say_enrolled(const struct run *run, const struct outrider_status *status)
{
	fprintf(stderr,
		"outrider: this device is %s's already, at %s; another --home "
		"is another device\n",
		status->user_name, run->session.home.address);
	return EXIT_REFUSED;
}

int enroll_command(const struct command *command, int argc, char **argv)
{
	const char *server = NULL, *tls_ca = NULL, *name = "outrider agent";
	const char *login = NULL, *password_file = NULL;
	char invitation[33];
	bool is_plaintext = false;
	const struct flag flags[] = {
		{ "--server", &server, NULL },
		{ "--tls-ca", &tls_ca, NULL },
		{ "--name", &name, NULL },
		{ "--login", &login, NULL },
		{ "--password-file", &password_file, NULL },
		{ "--plaintext", NULL, &is_plaintext },
	};
	struct outrider_status status;
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 6, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != (login == NULL) || server == NULL ||
	    (login == NULL) != (password_file == NULL))
		return command_end(&run, command_usage(command));
	outrider_get_status(run.session.core, &status);
	if (status.is_enrolled)
		return command_end(&run, say_enrolled(&run, &status));
	if (home_set_server(&run.session.home, server, tls_ca, is_plaintext,
			    &err) != OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	if (login != NULL &&
	    !code_by_password(&run, invitation, login, password_file, &err))
		return command_end(&run, session_fail(&err));
	return command_end(
		&run, enroll(&run, login != NULL ? invitation : run.words.at[0],
			     name));
}

/* ------------------------------------------------------------------- sync */

struct tally {
	uint64_t pulled, pushed, merged, lost, asked, parked, repaired;
};

static void count_event(void *user, const struct outrider_event *event)
{
	struct tally *tally = user;

	if (event->type == OUTRIDER_EVENT_REPAIRED) {
		tally->repaired = event->pulled;
		return;
	}
	if (event->type == OUTRIDER_EVENT_OUTBOX_RENEWED)
		fprintf(stderr,
			"outrider: phone or server was restored from a "
			"backup: %s\n",
			event->text);
	if (event->pulled > tally->pulled)
		tally->pulled = event->pulled;
	if (event->pushed > tally->pushed)
		tally->pushed = event->pushed;
	if (event->type == OUTRIDER_EVENT_MERGED)
		tally->merged++;
	if (event->type == OUTRIDER_EVENT_MERGED && event->text[0])
		tally->lost++;
	if (event->type == OUTRIDER_EVENT_ASKED)
		tally->asked++;
	if (event->type == OUTRIDER_EVENT_PARKED)
		tally->parked++;
	if (event->type == OUTRIDER_EVENT_FILE_FAILED)
		fprintf(stderr, "outrider: a file: %s\n", event->text);
	if (event->type == OUTRIDER_EVENT_WIPED)
		fputs("outrider: a manager has had this device wiped\n",
		      stderr);
	if (event->type == OUTRIDER_EVENT_EVIDENCE_REFUSED)
		fprintf(stderr, "outrider: evidence was refused: %s\n",
			event->text);
}

static void print_tally(const struct run *run, const struct tally *tally,
			bool is_check, bool has_cards)
{
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_integer(&json, "pulled", (int64_t)tally->pulled);
		json_integer(&json, "pushed", (int64_t)tally->pushed);
		json_integer(&json, "merged", (int64_t)tally->merged);
		json_integer(&json, "asked", (int64_t)tally->asked);
		json_integer(&json, "parked", (int64_t)tally->parked);
		json_integer(&json, "repaired", (int64_t)tally->repaired);
		json_bool(&json, "is_evidence_only", !has_cards);
		json_close(&json, '}');
		return;
	}
	if (!has_cards) {
		puts("Without the PIN: no cards came, no edits went; evidence "
		     "alone goes up.");
		return;
	}
	printf("Synced: %llu card%s came, %llu edit%s went",
	       (unsigned long long)tally->pulled, tally->pulled == 1 ? "" : "s",
	       (unsigned long long)tally->pushed,
	       tally->pushed == 1 ? "" : "s");
	if (tally->parked > 0)
		printf(", %llu refused", (unsigned long long)tally->parked);
	puts(".");
	if (tally->merged > 0)
		printf("%llu of them met somebody else's change%s\n",
		       (unsigned long long)tally->merged,
		       tally->lost > 0 ? ": outrider conflicts" : ".");
	if (tally->repaired > 0)
		printf("%llu cards weren't as the server has them, and were "
		       "repaired.\n",
		       (unsigned long long)tally->repaired);
	else if (is_check)
		puts("All cards are as the server has them.");
}

static bool is_enrolled(const struct run *run)
{
	struct outrider_status status;

	outrider_get_status(run->session.core, &status);
	return status.is_enrolled;
}

/*
 * Cards whose lease is over don't open before a sync, nor does a phone that was
 * wiped and still owes its receipt: one without them comes first.
 */
static enum outrider_code unlock(struct run *run, struct tally *tally,
				 const char *pin, struct outrider_err *err)
{
	enum outrider_code code = outrider_unlock(run->session.core, pin, err);

	if (code != OUTRIDER_FAILED_PRECONDITION)
		return code;
	if (!session_sync(&run->session, count_event, tally, err))
		return err->code;
	return is_enrolled(run) ? outrider_unlock(run->session.core, pin, err)
				: OUTRIDER_OK;
}

/* Opens the cards where there is a PIN; without one evidence goes up alone. */
static int
unlock_if_given(struct run *run, struct tally *tally, bool *has_cards)
{
	struct outrider_err err;
	enum outrider_code code;
	char pin[65];

	*has_cards = session_read_pin(&run->session, pin, PIN_IF_GIVEN);
	if (!*has_cards)
		return run->options.pin_file != NULL ? EXIT_REFUSED : 0;
	code = unlock(run, tally, pin, &err);
	memset(pin, 0, sizeof(pin));
	return code == OUTRIDER_OK ? 0 : session_fail(&err);
}

int sync_command(const struct command *command, int argc, char **argv)
{
	bool is_check = false, has_cards = false;
	const struct flag flags[] = { { "--check", NULL, &is_check } };
	struct tally tally = { 0 };
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	code = unlock_if_given(&run, &tally, &has_cards);
	if (code != 0 || !is_enrolled(&run)) /* wiped: it was said */
		return command_end(&run, code);
	if (is_check &&
	    (!session_connect(&run.session, &err) ||
	     outrider_sync_check(run.session.core, &err) != OUTRIDER_OK))
		code = session_fail(&err);
	if (code == 0 && !session_sync(&run.session, count_event, &tally, &err))
		code = session_fail(&err);
	if (code == 0)
		print_tally(&run, &tally, is_check, has_cards);
	return command_end(&run, code);
}

/* ----------------------------------------------------------------- status */

static const char *const rank_names[] = { "nobody", "rep", "manager",
					  "administrator" };

static const char *rank_name(uint8_t rank)
{
	return rank < sizeof(rank_names) / sizeof(rank_names[0])
		       ? rank_names[rank]
		       : "unknown";
}

static void
print_status(const struct run *run, const struct outrider_status *status)
{
	char synced[32] = "never", device[37];

	id_text(device, status->device_id);
	if (status->synced_us != 0)
		times_date_clock(synced, status->synced_us);
	if (!status->is_enrolled) {
		puts("Not enrolled: outrider enroll CODE --server HOST:PORT");
		return;
	}
	printf("%s (%s) on device %s, server %s\n", status->user_name,
	       rank_name(status->rank), device, run->session.home.address);
	printf("Last synced: %s\n", synced);
	if (status->is_wiping)
		puts("To be wiped: sync hands in what waits, and the receipt.");
	printf("Evidence chain: %llu entr%s, %llu without a receipt\n",
	       (unsigned long long)status->chain_number,
	       status->chain_number == 1 ? "y" : "ies",
	       (unsigned long long)status->n_evidence_waiting);
}

static void
json_status(const struct run *run, const struct outrider_status *status)
{
	struct json json = { false };

	json_open(&json, NULL, '{');
	json_bool(&json, "is_enrolled", status->is_enrolled);
	json_id(&json, "device_id", status->device_id);
	json_id(&json, "user_id", status->user_id);
	json_text(&json, "user", status->user_name);
	json_text(&json, "rank", rank_name(status->rank));
	json_text(&json, "server", run->session.home.address);
	json_integer(&json, "waiting", (int64_t)status->n_waiting);
	json_integer(&json, "parked", (int64_t)status->n_parked);
	json_integer(&json, "conflicts", (int64_t)status->n_conflicts);
	json_integer(&json, "evidence_waiting",
		     (int64_t)status->n_evidence_waiting);
	json_integer(&json, "chain_number", (int64_t)status->chain_number);
	json_time(&json, "synced", status->synced_us);
	json_time(&json, "lease_until", status->lease_until_us);
	json_bool(&json, "is_wiping", status->is_wiping);
	json_close(&json, '}');
}

int status_command(const struct command *command, int argc, char **argv)
{
	struct outrider_status status;
	struct run run;
	int code;

	if (command_begin(&run, command, NULL, 0, argc, argv, &code)) {
		outrider_get_status(run.session.core, &status);
		if (run.options.is_json)
			json_status(&run, &status);
		else
			print_status(&run, &status);
	}
	return command_end(&run, code);
}
