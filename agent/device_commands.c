/*
 * The commands about devices: devices, withdraw, wipe; and this one's PIN.
 */
#include "asked.h"
#include "calls.h"
#include "cards.h"
#include "command.h"
#include "devices.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outrider/v1/auth.pb-c.h"

/* ----------------------------------------------------------------- devices */

static void tell_json(struct json *json, const Outrider__V1__Device *device)
{
	json_open(json, NULL, '{');
	json_text(json, "id", device->id);
	json_text(json, "name", device->display_name);
	json_time(json, "enrolled", call_time_us(device->enroll_time));
	json_time(json, "withdrawn", call_time_us(device->withdraw_time));
	json_time(json, "wipe_ordered", call_time_us(device->wipe_order_time));
	json_time(json, "wiped", call_time_us(device->wipe_time));
	json_integer(json, "wiped_edits", device->wiped_edits);
	json_text(json, "key_fingerprint", device->key_fingerprint);
	json_close(json, '}');
}

static void tell_text(const Outrider__V1__Device *device)
{
	char when[32];

	times_date_clock(when, call_time_us(device->enroll_time));
	printf("%s  ", device->id);
	print_column(device->display_name, 20);
	printf(" enrolled %s", when);
	if (device->wipe_time != NULL) {
		times_date_clock(when, call_time_us(device->wipe_time));
		printf(", wiped %s with %u edit%s not sent", when,
		       device->wiped_edits,
		       device->wiped_edits == 1 ? "" : "s");
	} else if (device->withdraw_time != NULL) {
		times_date_clock(when, call_time_us(device->withdraw_time));
		printf(", withdrawn %s", when);
	} else if (device->wipe_order_time != NULL) {
		times_date_clock(when, call_time_us(device->wipe_order_time));
		printf(", to be wiped since %s", when);
	}
	putchar('\n');
}

static bool take_devices(void *user, const uint8_t *message, size_t len)
{
	const struct run *run = user;
	struct listing listing;
	Outrider__V1__ListDevicesResponse *response =
		outrider__v1__list_devices_response__unpack(NULL, len, message);

	if (response == NULL)
		return false;
	listing_begin(&listing, run);
	for (size_t i = 0; i < response->n_devices; i++) {
		listing.n++;
		if (listing.is_json)
			tell_json(&listing.json, response->devices[i]);
		else
			tell_text(response->devices[i]);
	}
	listing_end(&listing, 0, "No devices.");
	outrider__v1__list_devices_response__free_unpacked(response, NULL);
	return true;
}

int devices_command(const struct command *command, int argc, char **argv)
{
	Outrider__V1__ListDevicesRequest request =
		OUTRIDER__V1__LIST_DEVICES_REQUEST__INIT;
	struct outrider_err err;
	struct run run;
	char id[37] = "";
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n > 1)
		return command_end(&run, command_usage(command));
	if (run.words.n == 1 &&
	    !resolve_id(&run.session, "user", run.words.at[0], id))
		return command_end(&run, 1);
	request.user_id = id;
	if (call_method(&run.session, "/outrider.v1.AuthService/ListDevices",
			NULL, &request.base, CALL_DEADLINE_MS, take_devices,
			&run, &err) != 0)
		return command_end(&run, session_fail(&err));
	return command_end(&run, 0);
}

/* --------------------------------------------------------- withdraw, wipe */

static bool ignore(void *user, const uint8_t *message, size_t len)
{
	(void)user, (void)message, (void)len;
	return true;
}

/* "Withdrawn: Tablet (5e30976d) of Paul, enrolled Mon 23 Nov 08:00" */
static void say_done(const struct run *run, const struct device_found *device,
		     const char *done)
{
	struct json json = { false };
	char words[DEVICE_WORDS_MAX];

	if (!run->options.is_json) {
		devices_words(words, device);
		printf("%s: %s\n", done, words);
		return;
	}
	json_open(&json, NULL, '{');
	json_text(&json, "device_id", device->id);
	json_text(&json, "name", device->name);
	json_text(&json, "user_id", device->user_id);
	json_text(&json, "user", device->user);
	json_close(&json, '}');
}

int withdraw_command(const struct command *command, int argc, char **argv)
{
	const char *user = NULL;
	const struct flag flags[] = { { "--of", &user, NULL } };
	Outrider__V1__WithdrawDeviceRequest request =
		OUTRIDER__V1__WITHDRAW_DEVICE_REQUEST__INIT;
	struct device_found device;
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1)
		return command_end(&run, command_usage(command));
	code = devices_find(&run.session, &device, user, run.words.at[0]);
	if (code != 0)
		return command_end(&run, code);
	request.device_id = device.id;
	if (call_method(&run.session, "/outrider.v1.AuthService/WithdrawDevice",
			NULL, &request.base, CALL_DEADLINE_MS, ignore, NULL,
			&err) != 0)
		return command_end(&run, session_fail(&err));
	say_done(&run, &device, "Withdrawn");
	return command_end(&run, 0);
}

/* Works without the PIN, which may be what was forgotten. */
static int wipe_own(struct run *run, bool is_yes)
{
	struct outrider_status status;
	struct outrider_err err;
	uint64_t n_edits;
	char id[9], lost[64] = "", act[400];

	outrider_get_status(run->session.core, &status);
	n_edits = status.n_waiting + status.n_parked;
	id_short(id, status.device_id);
	if (n_edits > 0)
		snprintf(lost, sizeof(lost),
			 ", and %" PRIu64 " edit%s not sent", n_edits,
			 n_edits == 1 ? " that was" : "s that were");
	snprintf(act, sizeof(act), "this device (%s)%s%s%s: wipe it", id,
		 status.user_name[0] ? " of " : "", status.user_name, lost);
	text_tame(act);
	if (!asked_yes(is_yes, act))
		return EXIT_REFUSED;
	if (outrider_wipe(run->session.core, &err) != OUTRIDER_OK)
		return session_fail(&err);
	printf("Wiped. %" PRIu64 " edit%s not sent.\n", n_edits,
	       n_edits == 1 ? " was" : "s were");
	return 0;
}

static int order_wipe(struct run *run, const char *user, bool is_yes)
{
	Outrider__V1__WipeDeviceRequest request =
		OUTRIDER__V1__WIPE_DEVICE_REQUEST__INIT;
	struct device_found device;
	struct outrider_err err;
	char words[DEVICE_WORDS_MAX], act[DEVICE_WORDS_MAX + 32];
	int code = session_unlock(&run->session);

	if (code == 0)
		code = devices_find(&run->session, &device, user,
				    run->words.at[0]);
	if (code != 0)
		return code;
	devices_words(words, &device);
	snprintf(act, sizeof(act), "%s: wipe it", words);
	if (!asked_yes(is_yes, act))
		return EXIT_REFUSED;
	request.device_id = device.id;
	if (call_method(&run->session, "/outrider.v1.AuthService/WipeDevice",
			NULL, &request.base, CALL_DEADLINE_MS, ignore, NULL,
			&err) != 0)
		return session_fail(&err);
	say_done(run, &device, "Ordered, it is wiped at its next contact");
	return 0;
}

int wipe_command(const struct command *command, int argc, char **argv)
{
	bool is_own = false, is_yes = false;
	const char *user = NULL;
	const struct flag flags[] = {
		{ "--this-device", NULL, &is_own },
		{ "--of", &user, NULL },
		{ "--yes", NULL, &is_yes },
	};
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != !is_own || (is_own && user != NULL))
		return command_end(&run, command_usage(command));
	return command_end(&run, is_own ? wipe_own(&run, is_yes)
					: order_wipe(&run, user, is_yes));
}

/* --------------------------------------------------------------------- pin */

static int change_pin(struct run *run, const char *new_pin_file)
{
	struct session *session = &run->session;
	char old_pin[65], new_pin[65];
	struct outrider_err err;
	enum outrider_code code;

	if (!session_read_pin(session, old_pin, PIN_WANTED))
		return EXIT_REFUSED;
	if (!session_read_new_pin(new_pin, new_pin_file))
		return EXIT_REFUSED;
	code = outrider_unlock(session->core, old_pin, &err);
	if (code == OUTRIDER_OK)
		code = outrider_change_pin(session->core, old_pin, new_pin,
					   &err);
	memset(old_pin, 0, sizeof(old_pin));
	memset(new_pin, 0, sizeof(new_pin));
	if (code != OUTRIDER_OK)
		return session_fail(&err);
	/* The new data key reaches every row before the command ends. */
	session_settle(session);
	if (!run->options.is_json)
		puts("The PIN is changed.");
	return 0;
}

int pin_command(const struct command *command, int argc, char **argv)
{
	const char *file = NULL;
	const struct flag flags[] = { { "--new-pin-file", &file, NULL } };
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 0)
		return command_end(&run, command_usage(command));
	return command_end(&run, change_pin(&run, file));
}
