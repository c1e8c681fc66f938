/*
 * Devices listed and withdrawn. A withdrawn one keeps its row, because the
 * evidence that it signed is checked with its key; it loses its tokens and
 * never gets another.
 */
#include "app/devices.h"

#include "app/digest.h"
#include "app/keys.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/teams.h"
#include "app/wipes.h"
#include "outrider/v1/auth.pb-c.h"
#include "store/identity.h"

#include <sodium.h>
#include <string.h>

typedef Outrider__V1__Device Device;

enum { LIST_MAX = 100, KEY_BYTES = 32, FINGERPRINT_BYTES = 16 };

#define FINGERPRINT_TEXT ((size_t)FINGERPRINT_BYTES * 2 + 1)

static void fill_time(Google__Protobuf__Timestamp *out, int64_t us)
{
	google__protobuf__timestamp__init(out);
	out->seconds = us / 1000000;
	out->nanos = (int32_t)(us % 1000000 * 1000);
}

enum outrider_code
devices_may_manage(bool *out, struct app_call *call, const struct row *user)
{
	const struct principal *who = &call->principal;
	struct uuid team;
	enum outrider_code code;

	*out = uuid_compare(&who->user, &user->id) == 0 ||
	       who->rank >= RANK_ADMINISTRATOR;
	if (*out)
		return OUTRIDER_OK;
	code = team_of_user(&team, call_conn(call), user, &call->arena,
			    &call->err);
	*out = code == OUTRIDER_OK && kind_user_rank(user) <= who->rank &&
	       access_leads(who, &team);
	return code;
}

/* Deleted users' too: what they carried may still be about. */
static enum outrider_code
may_manage_of(bool *out, struct app_call *call, const struct uuid *id)
{
	struct row *user;
	enum outrider_code code = store_get(call_conn(call), &user,
					    schema_entity(KIND_USER), id,
					    &call->arena, &call->err);

	*out = false;
	return code == OUTRIDER_OK ? devices_may_manage(out, call, user) : code;
}

/* ------------------------------------------------------------ ListDevices */

struct listed {
	struct identity_device *devices;
	struct wipe *wipes; /* of each, if there is one */
	size_t n;
};

static enum outrider_code
read_wipes(struct listed *listed, struct app_call *call)
{
	enum outrider_code code = OUTRIDER_OK;

	listed->wipes = arena_alloc(&call->arena,
				    listed->n * sizeof(listed->wipes[0]) + 1);
	if (!listed->wipes)
		return err_call_full(&call->err);
	for (size_t i = 0; i < listed->n && code == OUTRIDER_OK; i++)
		code = wipes_find(&listed->wipes[i], call,
				  &listed->devices[i].id);
	return code;
}

static enum outrider_code
read_list(struct listed *out, struct app_call *call, const struct uuid *user)
{
	bool may;
	enum outrider_code code = may_manage_of(&may, call, user);

	if (code == OUTRIDER_NOT_FOUND)
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such user");
	if (code == OUTRIDER_OK && !may)
		return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "you may list the devices of members of your "
			       "teams");
	if (code != OUTRIDER_OK)
		return code;
	code = identity_device_list(call_conn(call), &out->devices, &out->n,
				    user, LIST_MAX, &call->arena, &call->err);
	return code == OUTRIDER_OK ? read_wipes(out, call) : code;
}

/* As tools/verify says it of a bundle's keys. */
static void
fingerprint(char out[FINGERPRINT_TEXT], const uint8_t key[KEY_BYTES])
{
	const struct bytes part = { key, KEY_BYTES };
	uint8_t whole[DIGEST_LEN];

	digest_of(whole, &part, 1);
	(void)sodium_bin2hex(out, FINGERPRINT_TEXT, whole, FINGERPRINT_BYTES);
}

struct told {
	Device device;
	Google__Protobuf__Timestamp enrolled, withdrawn, ordered, wiped;
	char id[UUID_TEXT_LEN + 1], key[FINGERPRINT_TEXT];
};

static void
tell(struct told *out, struct identity_device *device, const struct wipe *wipe)
{
	outrider__v1__device__init(&out->device);
	uuid_format(out->id, &device->id);
	fill_time(&out->enrolled, device->enrolled_us);
	fill_time(&out->withdrawn, device->revoked_us);
	out->device.id = out->id;
	out->device.display_name = device->display_name;
	out->device.enroll_time = &out->enrolled;
	if (device->revoked_us != 0)
		out->device.withdraw_time = &out->withdrawn;
	fill_time(&out->ordered, wipe->ordered_us);
	fill_time(&out->wiped, wipe->wiped_us);
	if (wipe->ordered_us != 0)
		out->device.wipe_order_time = &out->ordered;
	if (wipe->wiped_us != 0)
		out->device.wipe_time = &out->wiped;
	out->device.wiped_edits = (uint32_t)wipe->n_edits;
	fingerprint(out->key, device->signing_key);
	out->device.key_fingerprint = out->key;
}

static enum outrider_code
reply_list(struct app_call *call, const struct listed *listed)
{
	const size_t n = listed->n;
	Outrider__V1__ListDevicesResponse reply =
		OUTRIDER__V1__LIST_DEVICES_RESPONSE__INIT;
	struct told *told = arena_alloc(&call->arena, n * sizeof(told[0]) + 1);
	Device **list = arena_alloc(&call->arena, n * sizeof(void *) + 1);
	char key[FINGERPRINT_TEXT];

	if (!told || !list)
		return err_call_full(&call->err);
	for (size_t i = 0; i < n; i++) {
		tell(&told[i], &listed->devices[i], &listed->wipes[i]);
		list[i] = &told[i].device;
	}
	reply.devices = list;
	reply.n_devices = n;
	fingerprint(key, call->app->config.keys->sign_public);
	reply.organization_key_fingerprint = key;
	return call_reply(call, &reply.base);
}

enum outrider_code devices_list(struct app_call *call)
{
	const Outrider__V1__ListDevicesRequest *request = call_unpack(
		call, &outrider__v1__list_devices_request__descriptor);
	struct uuid user = call->principal.user;
	struct listed listed = { .n = 0 };
	enum outrider_code code;

	if (!request)
		return err_call_full(&call->err);
	if (request->user_id[0] &&
	    !uuid_parse(&user, request->user_id, strlen(request->user_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "user_id",
			       "user_id is not a UUID");
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = read_list(&listed, call, &user);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? reply_list(call, &listed) : code;
}

/* --------------------------------------------------------- WithdrawDevice */

static enum outrider_code
run_withdraw(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct identity_device *device = call->state;
	struct uuid id = device->id;
	enum outrider_code code = identity_device_get(tx, device, &id, err);

	if (code == OUTRIDER_OK && device->revoked_us == 0) {
		device->revoked_us = call_now_us(call);
		code = identity_device_put(tx, device, err);
	}
	if (code != OUTRIDER_OK)
		return code;
	return identity_tokens_delete_device(tx, &device->user, &id, err);
}

static enum outrider_code after_withdraw(struct app_call *call)
{
	const struct identity_device *device = call->state;
	char id[UUID_TEXT_LEN + 1], by[UUID_TEXT_LEN + 1];
	Google__Protobuf__Timestamp withdrawn;
	Outrider__V1__WithdrawDeviceResponse reply =
		OUTRIDER__V1__WITHDRAW_DEVICE_RESPONSE__INIT;

	uuid_format(id, &device->id);
	uuid_format(by, &call->principal.user);
	context_log(call_context(call), LOG_LEVEL_INFO, "auth.device_withdrawn",
		    "device=%s by=%s", id, by);
	fill_time(&withdrawn, device->revoked_us);
	reply.withdraw_time = &withdrawn;
	return call_reply(call, &reply.base);
}

/* What isn't there and what isn't the caller's get the same answer. */
static enum outrider_code
find_device(struct identity_device *out, struct app_call *call)
{
	struct uuid id = out->id;
	bool may = false;
	enum outrider_code code =
		identity_device_get(call_conn(call), out, &id, &call->err);

	if (code == OUTRIDER_OK)
		code = may_manage_of(&may, call, &out->user);
	if (code == OUTRIDER_NOT_FOUND || (code == OUTRIDER_OK && !may))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such device");
	return code;
}

enum outrider_code devices_find(struct identity_device *out,
				struct app_call *call, const char *device_id)
{
	enum outrider_code code;

	if (!uuid_parse(&out->id, device_id, strlen(device_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "device_id", "device_id is not a UUID");
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find_device(out, call);
	store_read_end(call_conn(call));
	return code;
}

enum outrider_code devices_withdraw(struct app_call *call)
{
	const Outrider__V1__WithdrawDeviceRequest *request = call_unpack(
		call, &outrider__v1__withdraw_device_request__descriptor);
	struct identity_device *device =
		arena_alloc(&call->arena, sizeof(*device));
	enum outrider_code code;

	if (!request || !device)
		return err_call_full(&call->err);
	code = devices_find(device, call, request->device_id);
	if (code != OUTRIDER_OK)
		return code;
	call->state = device;
	return call_write(call, run_withdraw, after_withdraw);
}
