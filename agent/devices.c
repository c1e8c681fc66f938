/*
 * See devices.h.
 */
#include "devices.h"

#include "calls.h"
#include "cards.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/auth.pb-c.h"

/* As gRPC numbers them. */
enum { STATUS_NOT_FOUND = 5, STATUS_PERMISSION_DENIED = 7 };

/* Those that fit, the first of them kept. */
struct fits {
	struct device_found at[RESOLVE_SHOWN_MAX];
	size_t n;
};

struct look {
	struct resolve_words words;
	struct fits in_use, gone;
	const struct outrider_card *user; /* whose devices come now */
};

/* ------------------------------------------------------------- what fits */

static void
add(struct fits *fits, const struct look *look, const Outrider__V1__Device *it)
{
	struct device_found *kept = &fits->at[fits->n];

	if (fits->n++ >= RESOLVE_SHOWN_MAX)
		return;
	snprintf(kept->id, sizeof(kept->id), "%s", it->id);
	snprintf(kept->name, sizeof(kept->name), "%s", it->display_name);
	text_tame(kept->name);
	card_title(kept->user, sizeof(kept->user), look->user);
	id_text(kept->user_id, look->user->id);
	kept->enrolled_us = call_time_us(it->enroll_time);
}

static bool take_devices(void *user, const uint8_t *message, size_t len)
{
	struct look *look = user;
	Outrider__V1__ListDevicesResponse *response =
		outrider__v1__list_devices_response__unpack(NULL, len, message);

	if (response == NULL)
		return false;
	for (size_t i = 0; i < response->n_devices; i++) {
		const Outrider__V1__Device *it = response->devices[i];
		uint8_t id[16];

		if (id_parse(id, it->id) &&
		    resolve_is(&look->words, id, it->display_name))
			add(it->withdraw_time == NULL ? &look->in_use
						      : &look->gone,
			    look, it);
	}
	outrider__v1__list_devices_response__free_unpacked(response, NULL);
	return true;
}

/* Not everybody's devices are one's to see; a user can be newer than what the
 * server has. */
static int look_at_user(struct session *session, struct look *look,
			const struct outrider_card *user)
{
	Outrider__V1__ListDevicesRequest request =
		OUTRIDER__V1__LIST_DEVICES_REQUEST__INIT;
	struct outrider_err err;
	char id[37];
	int status;

	id_text(id, user->id);
	request.user_id = id;
	look->user = user;
	status = call_method(session, "/outrider.v1.AuthService/ListDevices",
			     NULL, &request.base, CALL_DEADLINE_MS,
			     take_devices, look, &err);
	return status == 0 || status == STATUS_NOT_FOUND ||
			       status == STATUS_PERMISSION_DENIED
		       ? 0
		       : session_fail(&err);
}

/* ---------------------------------------------------------------- whose */

static bool keep_user(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

static int
read_users(struct session *session, struct founds *users, const char *user)
{
	struct outrider_card card;
	struct outrider_err err;
	enum outrider_code code;
	uint8_t id[16];
	char kind[32];

	if (user == NULL) {
		code = outrider_card_find(session->core, "user", NULL, SIZE_MAX,
					  keep_user, users, &err);
		return code == OUTRIDER_OK ? 0 : session_fail(&err);
	}
	if (!resolve_card(session, "user", user, id, kind))
		return EXIT_REFUSED;
	code = outrider_card_get(session->core, &card, kind, id, &err);
	if (code != OUTRIDER_OK)
		return session_fail(&err);
	return found_add(users, &card) != NULL ? 0 : EXIT_REFUSED;
}

/* ---------------------------------------------------------------- telling */

void devices_words(char out[DEVICE_WORDS_MAX],
		   const struct device_found *device)
{
	char when[32], short_id[9] = "";
	uint8_t id[16];

	if (device->user_id[0] == '\0') {
		snprintf(out, DEVICE_WORDS_MAX,
			 "%s, of nobody who is known here", device->id);
		return;
	}
	if (id_parse(id, device->id))
		id_short(short_id, id);
	times_date_clock(when, device->enrolled_us);
	snprintf(out, DEVICE_WORDS_MAX, "%s (%s) of %s, enrolled %s",
		 device->name[0] ? device->name : "device", short_id,
		 device->user, when);
}

static void tell_many(const struct look *look, const struct fits *fits)
{
	char words[DEVICE_WORDS_MAX];

	resolve_tell_many(&look->words, fits->n);
	for (size_t i = 0; i < fits->n && i < RESOLVE_SHOWN_MAX; i++) {
		devices_words(words, &fits->at[i]);
		fprintf(stderr, "  %s\n", words);
	}
	if (fits->n > RESOLVE_SHOWN_MAX)
		fprintf(stderr, "  and %zu more: outrider devices USER\n",
			fits->n - RESOLVE_SHOWN_MAX);
}

static int
choose(struct device_found *out, const struct look *look, const char *text)
{
	const struct fits *fits = look->in_use.n > 0 ? &look->in_use
						     : &look->gone;
	uint8_t id[16];

	if (fits->n == 1) {
		*out = fits->at[0];
		return 0;
	}
	if (fits->n > 1) {
		tell_many(look, fits);
		return EXIT_REFUSED;
	}
	if (id_parse(id, text)) {
		id_text(out->id, id);
		return 0;
	}
	fprintf(stderr,
		"outrider: no device that you may see is called '%s'%s; "
		"outrider devices USER lists a user's\n",
		text, look->words.digits[0] ? ", or has such digits" : "");
	return EXIT_REFUSED;
}

int devices_find(struct session *session, struct device_found *out,
		 const char *user, const char *text)
{
	struct founds users = { .n = 0 };
	struct look look = { .in_use = { .n = 0 } };
	int code = read_users(session, &users, user);

	*out = (struct device_found){ .id = "" };
	resolve_read(&look.words, text);
	for (size_t i = 0; i < users.n && code == 0; i++)
		code = look_at_user(session, &look, &users.at[i].card);
	code |= found_end(&users);
	return code == 0 ? choose(out, &look, text) : code;
}
