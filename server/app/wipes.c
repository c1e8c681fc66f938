/*
 * Orders and receipts: docs/formats/wipe.md has the bytes. Both are signed:
 * whoever has the wire or the server's database alone wipes no phone, and
 * whoever has a phone's token alone can't say that it was wiped.
 */
#include "app/wipes.h"

#include "app/devices.h"
#include "app/keys.h"
#include "app/news.h"
#include "app/parts.h"
#include "app/token.h"
#include "model/wipe_form.h"
#include "model/wire.h"
#include "outrider/v1/auth.pb-c.h"
#include "store/identity.h"

#include <sodium.h>
#include <string.h>

static const char PUSH[] = "/outrider.v1.SyncService/Push";
static const char EVIDENCE[] = "/outrider.v1.VisitService/SubmitEvidence";
static const char RECEIPT[] = "/outrider.v1.AuthService/SubmitWipeReceipt";

enum { ORDER_BYTES = 1, ORDER_SIGNATURE = 2, ROW_NAME_LEN = 16 };

/* ------------------------------------------------------------------ gates */

enum outrider_code
wipes_find(struct wipe *out, struct app_call *call, const struct uuid *device)
{
	enum outrider_code code = wipe_get(call_conn(call), out, device,
					   &call->arena, &call->err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		code = OUTRIDER_OK;
	}
	return code;
}

static enum outrider_code judge(struct app_call *call)
{
	const char *path = call->method->path;

	if (strcmp(path, RECEIPT) == 0)
		return OUTRIDER_OK;
	if (call->principal.is_withdrawn || call->wipe->wiped_us != 0)
		return token_refuse(&call->err);
	if (strcmp(path, PUSH) == 0 ||
	    (strcmp(path, EVIDENCE) == 0 && !call->principal.is_locked_out))
		return OUTRIDER_OK;
	call->reason = "WIPE_ORDERED";
	return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "this device is to be wiped");
}

enum outrider_code wipes_admit(struct app_call *call)
{
	const struct principal *who = &call->principal;
	struct wipe *wipe;
	enum outrider_code code;

	err_clear(&call->err); /* of one who is locked out */
	if (uuid_is_zero(&who->device))
		return OUTRIDER_OK;
	wipe = arena_alloc(&call->arena, sizeof(*wipe));
	if (!wipe)
		return err_call_full(&call->err);
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = wipes_find(wipe, call, &who->device);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	if (wipe->ordered_us == 0)
		return who->is_withdrawn || who->is_locked_out
			       ? token_refuse(&call->err)
			       : OUTRIDER_OK;
	call->wipe = wipe;
	return judge(call);
}

void wipes_append_order(struct app_call *call, uint32_t field)
{
	struct buffer order;

	if (!call->wipe)
		return;
	buffer_init(&order, &allocator_libc, 256);
	wire_put_bytes(&order, ORDER_BYTES, call->wipe->order.at,
		       call->wipe->order.len);
	wire_put_bytes(&order, ORDER_SIGNATURE, call->wipe->signature.at,
		       call->wipe->signature.len);
	if (order.is_full)
		call->reply.is_full = true;
	else
		wire_put_bytes(&call->reply, field, order.at, order.len);
	buffer_free(&order);
}

/* ------------------------------------------------------------- WipeDevice */

struct ordering {
	struct identity_device device;
	struct wipe wipe;
	uint8_t order[WIPE_ORDER_LEN], signature[WIPE_SIGNATURE_LEN];
};

static enum outrider_code
run_order(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct ordering *o = call->state;
	struct wipe before;
	enum outrider_code code =
		wipe_get(tx, &before, &o->wipe.device, &call->arena, err);

	if (code == OUTRIDER_OK) {
		o->wipe.ordered_us = before.ordered_us;
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return wipe_put(tx, &o->wipe, err);
}

static enum outrider_code after_order(struct app_call *call)
{
	const struct ordering *o = call->state;
	char id[UUID_TEXT_LEN + 1], by[UUID_TEXT_LEN + 1];
	Google__Protobuf__Timestamp since = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Outrider__V1__WipeDeviceResponse reply =
		OUTRIDER__V1__WIPE_DEVICE_RESPONSE__INIT;

	uuid_format(id, &o->wipe.device);
	uuid_format(by, &call->principal.user);
	context_log(call_context(call), LOG_LEVEL_INFO,
		    "auth.device_wipe_ordered", "device=%s by=%s", id, by);
	since.seconds = o->wipe.ordered_us / 1000000;
	since.nanos = (int32_t)(o->wipe.ordered_us % 1000000 * 1000);
	reply.wipe_order_time = &since;
	/* A phone that is looked at right now hears of it at once. */
	news_call_device(call->app->news, &o->wipe.device);
	return call_reply(call, &reply.base);
}

static void make_order(struct ordering *o, struct app_call *call)
{
	const struct context *context = call_context(call);
	struct wipe_order order = {
		.device = o->device.id,
		.ordered_us = call_now_us(call),
	};

	context->random(context->user, order.number, sizeof(order.number));
	wipe_order_write(o->order, &order);
	crypto_sign_detached(o->signature, NULL, o->order, sizeof(o->order),
			     call->app->config.keys->sign_secret);
	o->wipe = (struct wipe){
		.device = order.device,
		.by = call->principal.user,
		.ordered_us = order.ordered_us,
		.order = { o->order, sizeof(o->order) },
		.signature = { o->signature, sizeof(o->signature) },
	};
}

enum outrider_code wipes_order(struct app_call *call)
{
	const Outrider__V1__WipeDeviceRequest *request = call_unpack(
		call, &outrider__v1__wipe_device_request__descriptor);
	struct ordering *o = arena_alloc(&call->arena, sizeof(*o));
	enum outrider_code code;

	if (!request || !o)
		return err_call_full(&call->err);
	code = devices_find(&o->device, call, request->device_id);
	if (code != OUTRIDER_OK)
		return code;
	if (o->device.revoked_us != 0)
		return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this device is withdrawn: it is not heard any "
			       "more");
	make_order(o, call);
	call->state = o;
	return call_write(call, run_order, after_order);
}

/* ------------------------------------------------------ SubmitWipeReceipt */

typedef Outrider__V1__SubmitWipeReceiptRequest Request;

struct receiving {
	const Request *request;
	struct identity_device device;
	struct wipe wipe;
	struct wipe_receipt receipt;
};

static struct bytes bytes_of(ProtobufCBinaryData data)
{
	return (struct bytes){ data.data, data.len };
}

static void
hash_number(crypto_generichash_state *state, uint64_t value, size_t n)
{
	uint8_t at[8];

	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> 8 * (n - 1 - i));
	crypto_generichash_update(state, at, n);
}

/* Of what comes with the receipt. */
static void hash_enclosed(uint8_t out[WIPE_HASH_LEN], const Request *request)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, WIPE_HASH_LEN);
	hash_number(&state, request->outbox_key.len, 4);
	crypto_generichash_update(&state, request->outbox_key.data,
				  request->outbox_key.len);
	for (size_t i = 0; i < request->n_outbox; i++) {
		const Outrider__V1__SealedRow *row = request->outbox[i];

		crypto_generichash_update(&state, row->name.data,
					  row->name.len);
		hash_number(&state, row->rev, 8);
		hash_number(&state, row->sealed.len, 4);
		crypto_generichash_update(&state, row->sealed.data,
					  row->sealed.len);
	}
	crypto_generichash_final(&state, out, WIPE_HASH_LEN);
}

static bool is_signed(const struct receiving *r)
{
	const Request *request = r->request;

	return request->signature.len == WIPE_SIGNATURE_LEN &&
	       crypto_sign_verify_detached(request->signature.data,
					   request->receipt.data,
					   request->receipt.len,
					   r->device.signing_key) == 0;
}

/*
 * A device is ordered to be wiped once, so the number says nothing that the
 * device doesn't. It is not asked: a server that was restored may have
 * forgotten the order, or have been given another.
 */
static bool is_of_device(const struct receiving *r)
{
	return uuid_compare(&r->device.id, &r->receipt.device) == 0;
}

static bool is_enclosed_whole(const struct receiving *r)
{
	uint8_t hash[WIPE_HASH_LEN];

	for (size_t i = 0; i < r->request->n_outbox; i++)
		if (r->request->outbox[i]->name.len != ROW_NAME_LEN)
			return false;
	hash_enclosed(hash, r->request);
	return r->request->n_outbox == r->receipt.n_enclosed &&
	       memcmp(hash, r->receipt.enclosed, sizeof(hash)) == 0;
}

static enum outrider_code
check_receipt(struct receiving *r, struct app_call *call)
{
	const struct bytes receipt = bytes_of(r->request->receipt);

	if (!is_signed(r))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "signature",
			       "the receipt isn't signed by this device");
	if (!wipe_receipt_read(&r->receipt, receipt.at, receipt.len) ||
	    !is_of_device(r))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "receipt",
			       "not a receipt of this device");
	if (!is_enclosed_whole(r))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "outbox",
			       "what came with the receipt isn't what was "
			       "signed");
	return OUTRIDER_OK;
}

static enum outrider_code put_rows(struct store_conn *tx,
				   const struct receiving *r,
				   struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < r->request->n_outbox && code == OUTRIDER_OK;
	     i++) {
		const Outrider__V1__SealedRow *given = r->request->outbox[i];
		const struct wiped_row row = {
			.name = bytes_of(given->name),
			.rev = given->rev,
			.sealed = bytes_of(given->sealed),
		};

		code = wipe_put_row(tx, &r->device.id, &row, err);
	}
	return code;
}

/* The order that the receipt is for; one that a restored server has forgotten
 * counts from now on, and nobody's name stands by it but the device's user. */
static enum outrider_code find_order(struct receiving *r, struct store_conn *tx,
				     struct app_call *call,
				     struct outrider_err *err)
{
	const struct uuid id = r->device.id;
	enum outrider_code code =
		wipe_get(tx, &r->wipe, &id, &call->arena, err);

	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	r->wipe.by = call->principal.user;
	r->wipe.ordered_us = call_now_us(call);
	return OUTRIDER_OK;
}

/* The device keeps its token, which is good for repeating this alone. */
static enum outrider_code
run_receipt(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct receiving *r = call->state;
	const struct uuid id = r->device.id;
	enum outrider_code code;

	code = find_order(r, tx, call, err);
	if (code == OUTRIDER_OK && r->wipe.wiped_us != 0)
		return OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		code = identity_device_get(tx, &r->device, &id, err);
	if (code == OUTRIDER_OK && r->device.revoked_us == 0) {
		r->device.revoked_us = call_now_us(call);
		code = identity_device_put(tx, &r->device, err);
	}
	if (code != OUTRIDER_OK)
		return code;
	r->wipe.wiped_us = r->receipt.wiped_us > 0 ? r->receipt.wiped_us : 1;
	r->wipe.n_edits = r->receipt.n_edits;
	r->wipe.receipt = bytes_of(r->request->receipt);
	r->wipe.receipt_signature = bytes_of(r->request->signature);
	r->wipe.outbox_key = bytes_of(r->request->outbox_key);
	code = wipe_put(tx, &r->wipe, err);
	return code == OUTRIDER_OK ? put_rows(tx, r, err) : code;
}

static enum outrider_code after_receipt(struct app_call *call)
{
	const struct receiving *r = call->state;
	char id[UUID_TEXT_LEN + 1];
	Outrider__V1__SubmitWipeReceiptResponse reply =
		OUTRIDER__V1__SUBMIT_WIPE_RECEIPT_RESPONSE__INIT;

	uuid_format(id, &r->device.id);
	context_log(call_context(call), LOG_LEVEL_INFO, "auth.device_wiped",
		    "device=%s unsent=%u", id, (unsigned)r->receipt.n_edits);
	return call_reply(call, &reply.base);
}

enum outrider_code wipes_receipt(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__submit_wipe_receipt_request__descriptor);
	struct receiving *r = arena_alloc(&call->arena, sizeof(*r));
	enum outrider_code code;

	if (!request || !r)
		return err_call_full(&call->err);
	if (uuid_is_zero(&call->principal.device))
		return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "the caller is no device");
	r->request = request;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = identity_device_get(call_conn(call), &r->device,
				   &call->principal.device, &call->err);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK)
		code = check_receipt(r, call);
	if (code != OUTRIDER_OK)
		return code;
	call->state = r;
	return call_write(call, run_receipt, after_receipt);
}
