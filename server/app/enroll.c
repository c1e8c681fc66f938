/*
 * One-time codes and enrolled devices. A code is 60 random bits, kept as a
 * hash, good for a day and for one device; the same device may come again
 * with it, because an answer can get lost on the road.
 */
#include "app/enroll.h"

#include "app/alerts.h"
#include "app/devices.h"
#include "app/digest.h"
#include "app/keys.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/rights.h"
#include "app/throttle.h"
#include "app/token.h"
#include "outrider/v1/auth.pb-c.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Crockford's: no I, L, O, U. */
static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { GROUP = 4 };

_Static_assert(sizeof(symbols) == 33, "five bits a symbol");

void enroll_code_make(char out[ENROLL_CODE_TEXT + 1],
		      const struct context *context)
{
	uint8_t random[ENROLL_CODE_SYMBOLS];
	size_t n = 0;

	context->random(context->user, random, sizeof(random));
	for (size_t i = 0; i < ENROLL_CODE_SYMBOLS; i++) {
		if (i > 0 && i % GROUP == 0)
			out[n++] = '-';
		out[n++] = symbols[random[i] % 32];
	}
	out[n] = 0;
}

/* The symbol that a typed character means, or 0. */
static char symbol_of(char c)
{
	const char *found;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	found = c ? strchr(symbols, c) : NULL;
	return found ? *found : 0;
}

bool enroll_code_read(char out[ENROLL_CODE_SYMBOLS + 1], const char *typed)
{
	size_t n = 0;

	for (; *typed; typed++) {
		char symbol;

		if (*typed == '-' || *typed == ' ')
			continue;
		symbol = symbol_of(*typed);
		if (!symbol || n == ENROLL_CODE_SYMBOLS)
			return false;
		out[n++] = symbol;
	}
	out[n] = 0;
	return n == ENROLL_CODE_SYMBOLS;
}

static bool hash_code(uint8_t hash[SECRET_HASH_LEN], const char *typed)
{
	char code[ENROLL_CODE_SYMBOLS + 1];
	struct bytes part = { (const uint8_t *)code, ENROLL_CODE_SYMBOLS };

	if (!enroll_code_read(code, typed))
		return false;
	digest_of(hash, &part, 1);
	return true;
}

static void fill_time(Google__Protobuf__Timestamp *out, int64_t us)
{
	google__protobuf__timestamp__init(out);
	out->seconds = us / 1000000;
	out->nanos = (int32_t)(us % 1000000 * 1000);
}

/* --------------------------------------------------- CreateEnrollmentCode */

struct new_code {
	struct identity_code code;
	char text[ENROLL_CODE_TEXT + 1];
};

static enum outrider_code
run_create_code(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct new_code *new = ((struct app_call *)user)->state;

	return identity_code_put(tx, &new->code, err);
}

static enum outrider_code after_create_code(struct app_call *call)
{
	struct new_code *new = call->state;
	Google__Protobuf__Timestamp expires;
	Outrider__V1__CreateEnrollmentCodeResponse reply =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_RESPONSE__INIT;

	fill_time(&expires, new->code.expires_us);
	reply.code = new->text;
	reply.expire_time = &expires;
	return call_reply(call, &reply.base);
}

/* A device acts as its user, whose role may give more than the caller has. */
static enum outrider_code
has_their_rights(bool *out, struct app_call *call, const struct row *user)
{
	const struct principal *who = &call->principal;
	const struct uuid role = kind_reference(kind_value(user, USER_ROLE));
	const struct rights *theirs;
	enum outrider_code code;

	*out = uuid_compare(&who->user, &user->id) == 0 ||
	       who->rank >= RANK_ADMINISTRATOR;
	if (*out)
		return OUTRIDER_OK;
	code = rights_load(&theirs, kind_user_rank(user), &role,
			   call_conn(call), &call->arena, &call->err);
	*out = code == OUTRIDER_OK && rights_cover(who->rights, theirs);
	return code;
}

static enum outrider_code
may_enroll(struct app_call *call, const struct row *user)
{
	bool may;
	enum outrider_code code = devices_may_manage(&may, call, user);

	if (code == OUTRIDER_OK && may) {
		code = has_their_rights(&may, call, user);
		if (code == OUTRIDER_OK && !may)
			return err_set(&call->err, OUTRIDER_PERMISSION_DENIED,
				       NULL,
				       "this user's role may more than yours");
	}
	if (code != OUTRIDER_OK || may)
		return code;
	return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "you may enrol devices for members of your teams");
}

static enum outrider_code
check_enrollee(struct app_call *call, const struct uuid *id)
{
	struct row *user;
	enum outrider_code code;

	code = store_get(call_conn(call), &user, schema_entity(KIND_USER), id,
			 &call->arena, &call->err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && user->deleted_us != 0))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such user");
	if (code == OUTRIDER_OK)
		code = may_enroll(call, user);
	if (code != OUTRIDER_OK || kind_user_is_active(user))
		return code;
	return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, NULL,
		       "this user is disabled");
}

enum outrider_code enroll_create_code(struct app_call *call)
{
	const Outrider__V1__CreateEnrollmentCodeRequest *request = call_unpack(
		call,
		&outrider__v1__create_enrollment_code_request__descriptor);
	struct new_code *new = arena_alloc(&call->arena, sizeof(*new));
	enum outrider_code code;

	if (!request || !new)
		return err_call_full(&call->err);
	if (!uuid_parse(&new->code.user, request->user_id,
			strlen(request->user_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "user_id",
			       "user_id is not a UUID");
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = check_enrollee(call, &new->code.user);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	enroll_code_make(new->text, call_context(call));
	new->code.expires_us =
		call_now_us(call) + call->app->config.code_life_us;
	if (!hash_code(new->code.hash, new->text))
		return err_set(&call->err, OUTRIDER_INTERNAL, NULL,
			       "a code that can't be read back");
	call->state = new;
	return call_write(call, run_create_code, after_create_code);
}

/* ----------------------------------------------------------- EnrollDevice */

struct enrolment {
	uint8_t code_hash[SECRET_HASH_LEN];
	struct identity_device device;
	struct identity_token token;
	char token_text[TOKEN_TEXT_LEN + 1];
	struct alert alert;
	struct row *user;
};

static enum outrider_code refuse_code(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_UNAUTHENTICATED, NULL,
		       "the code is unknown, used or expired");
}

/*
 * Whom the code is for. A used one is good only for the device that used it,
 * with the same key.
 */
static enum outrider_code
check_code(struct enrolment *e, struct identity_code *code_out,
	   struct store_conn *tx, int64_t now_us, struct outrider_err *err)
{
	struct identity_device standing;
	bool is_used, is_known;
	enum outrider_code code;

	code = identity_code_get(tx, code_out, e->code_hash, err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && code_out->expires_us <= now_us))
		return refuse_code(err);
	if (code != OUTRIDER_OK)
		return code;
	is_used = !uuid_is_zero(&code_out->used_by);
	if (is_used && uuid_compare(&code_out->used_by, &e->device.id) != 0)
		return refuse_code(err);
	code = identity_device_get(tx, &standing, &e->device.id, err);
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	is_known = code == OUTRIDER_OK;
	if (is_known && !is_used)
		return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "this device_id is taken: make a new one");
	if (is_known && (standing.revoked_us != 0 ||
			 memcmp(standing.signing_key, e->device.signing_key,
				sizeof(standing.signing_key)) != 0))
		return refuse_code(err);
	return OUTRIDER_OK;
}

/* The device, its token and the used code, in one transaction. */
static enum outrider_code
put_device(struct app_call *call, struct store_conn *tx,
	   struct identity_code *used, struct outrider_err *err)
{
	struct enrolment *e = call->state;
	bool is_again = !uuid_is_zero(&used->used_by);
	size_t n_devices = 0;
	enum outrider_code code = OUTRIDER_OK;

	e->device.user = used->user;
	e->token.user = used->user;
	e->token.device = e->device.id;
	code = identity_token_put(tx, &e->token, err);
	if (code != OUTRIDER_OK || is_again)
		return code;
	code = identity_device_count(tx, &n_devices, &used->user, err);
	if (code == OUTRIDER_OK)
		code = identity_device_put(tx, &e->device, err);
	used->used_by = e->device.id;
	if (code == OUTRIDER_OK)
		code = identity_code_put(tx, used, err);
	if (code != OUTRIDER_OK || n_devices == 0)
		return code;
	alert_of_new_device(&e->alert, &e->device);
	return alert_raise(call->app, tx, &e->alert, &call->arena, err);
}

static enum outrider_code
run_enroll(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct enrolment *e = call->state;
	struct identity_code used;
	enum outrider_code code;

	code = check_code(e, &used, tx, call_now_us(call), err);
	if (code != OUTRIDER_OK)
		return code;
	code = store_get(tx, &e->user, schema_entity(KIND_USER), &used.user,
			 &call->arena, err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && !kind_user_is_active(e->user)))
		return refuse_code(err);
	if (code != OUTRIDER_OK)
		return code;
	return put_device(call, tx, &used, err);
}

static enum outrider_code after_enroll(struct app_call *call)
{
	struct enrolment *e = call->state;
	const struct org_keys *keys = call->app->config.keys;
	const struct value *name = kind_value(e->user, USER_DISPLAY_NAME);
	struct bytes name_text =
		arena_copy(&call->arena, name->bytes.at, name->bytes.len);
	char user_id[UUID_TEXT_LEN + 1];
	Google__Protobuf__Timestamp now;
	Outrider__V1__EnrollDeviceResponse reply =
		OUTRIDER__V1__ENROLL_DEVICE_RESPONSE__INIT;

	if (!name_text.at)
		return err_call_full(&call->err);
	throttle_forgive(call->app->throttle, THROTTLE_PEER,
			 call->private->peer);
	uuid_format(user_id, &e->user->id);
	fill_time(&now, call_now_us(call));
	reply.device_token = e->token_text;
	reply.user_id = user_id;
	reply.user_display_name = (char *)name_text.at;
	reply.rank = (Outrider__V1__Rank)kind_user_rank(e->user);
	reply.organization_signing_key.data = (uint8_t *)keys->sign_public;
	reply.organization_signing_key.len = sizeof(keys->sign_public);
	reply.organization_box_key.data = (uint8_t *)keys->box_public;
	reply.organization_box_key.len = sizeof(keys->box_public);
	reply.server_time = &now;
	return call_reply(call, &reply.base);
}

static enum outrider_code
read_device(struct enrolment *e, struct app_call *call,
	    const Outrider__V1__EnrollDeviceRequest *request)
{
	struct identity_device *device = &e->device;

	if (request->device_id.len != sizeof(device->id.at))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "device_id", "a device_id has 16 bytes");
	memcpy(device->id.at, request->device_id.data, sizeof(device->id.at));
	if (uuid_is_zero(&device->id))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "device_id", "a device_id is not all zeros");
	if (request->signing_key.len != sizeof(device->signing_key) ||
	    !crypto_core_ed25519_is_valid_point(request->signing_key.data))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "signing_key", "not an Ed25519 public key");
	memcpy(device->signing_key, request->signing_key.data,
	       sizeof(device->signing_key));
	snprintf(device->display_name, sizeof(device->display_name), "%s",
		 request->display_name);
	device->enrolled_us = call_now_us(call);
	return OUTRIDER_OK;
}

enum outrider_code enroll_device(struct app_call *call)
{
	const Outrider__V1__EnrollDeviceRequest *request = call_unpack(
		call, &outrider__v1__enroll_device_request__descriptor);
	struct enrolment *e = arena_alloc(&call->arena, sizeof(*e));
	enum outrider_code code;

	if (!request || !e)
		return err_call_full(&call->err);
	code = read_device(e, call, request);
	if (code != OUTRIDER_OK)
		return code;
	call->retry_after_us = throttle_attempt(
		call->app->throttle, THROTTLE_PEER, call->private->peer);
	if (call->retry_after_us > 0) {
		call->reason = "TOO_MANY_ATTEMPTS";
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "too many failed attempts: wait before the "
			       "next");
	}
	if (!hash_code(e->code_hash, request->code))
		return refuse_code(&call->err);
	token_make(e->token_text, e->token.hash, call_context(call));
	call->state = e;
	return call_write(call, run_enroll, after_enroll);
}
