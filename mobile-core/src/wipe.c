/*
 * wipe: keys first, in transactions so small that a full disk takes them.
 */
#include "wipe.h"

#include <string.h>

#include "core.h"
#include "model/wipe_form.h"
#include "model/wire.h"
#include "rows.h"
#include "tracker.h"

enum {
	RESPONSE_WIPE = 3, /* of PushResponse */
	ORDER_BYTES = 1,
	ORDER_SIGNATURE = 2,
	/* of SubmitWipeReceiptRequest, and of its SealedRow */
	REQUEST_RECEIPT = 1,
	REQUEST_SIGNATURE = 2,
	REQUEST_OUTBOX_KEY = 3,
	REQUEST_OUTBOX = 4,
	ROW_NAME = 1,
	ROW_REV = 2,
	ROW_SEALED = 3,
	ENCLOSED_MAX = 1000,
	ENCLOSED_BYTES_MAX = 768 * 1024,
	REQUEST_MAX = 1 << 20,
};

static const char KEPT[] = "wipe receipt";

_Static_assert(sizeof(((struct device *)NULL)->wipe_order) == WIPE_ORDER_LEN,
	       "the order as it came");

/* ------------------------------------------------------------------- order */

static bool part(struct bytes *out, struct bytes message, uint32_t number)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;
	bool is_there = false;

	while (wire_next(&reader, &field) > 0)
		if (field.number == number && field.type == WIRE_LEN) {
			*out = field.value;
			is_there = true;
		}
	return is_there;
}

static bool
is_ours(const struct outrider *core, struct bytes bytes, struct bytes signature)
{
	const struct device *device = &core->device;
	struct wipe_order order;

	return vault_is_signed(device->organization_signing_key, signature.at,
			       signature.len, bytes.at, bytes.len) &&
	       wipe_order_read(&order, bytes.at, bytes.len) &&
	       uuid_compare(&order.device, &device->id) == 0;
}

enum outrider_code wipe_hear_order(struct outrider *core, struct bytes response,
				   struct outrider_err *err)
{
	struct device *device = &core->device;
	struct bytes order, bytes = { NULL, 0 }, signature = { NULL, 0 };
	enum outrider_code code;

	if (device->is_wipe_ordered || !part(&order, response, RESPONSE_WIPE))
		return OUTRIDER_OK;
	if (!part(&bytes, order, ORDER_BYTES) ||
	    !part(&signature, order, ORDER_SIGNATURE) ||
	    !is_ours(core, bytes, signature)) {
		core_log(core, OUTRIDER_LOG_WARNING,
			 "wipe: an order that isn't for this device");
		return OUTRIDER_OK;
	}
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	device->is_wipe_ordered = true;
	memcpy(device->wipe_order, bytes.at, WIPE_ORDER_LEN);
	return core_finish(core, device_save(core, err), err);
}

bool wipe_is_due(const struct outrider *core)
{
	return core->device.is_wipe_ordered;
}

/* ----------------------------------------------------------------- receipt */

/* The outbox's rows, sealed as they lie there. */
struct enclosing {
	struct outrider *core;
	struct buffer request, row;
	struct buffer hashed; /* what the receipt vouches for */
	uint32_t n_edits, n_enclosed;
};

static void put_number(struct buffer *out, uint64_t value, size_t n)
{
	uint8_t at[8];

	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> 8 * (n - 1 - i));
	buffer_append(out, at, n);
}

static enum outrider_code
enclose(void *user, const struct replica_row *row, struct outrider_err *err)
{
	struct enclosing *e = user;

	e->n_edits++;
	if (e->n_enclosed == ENCLOSED_MAX ||
	    e->request.len + row->sealed.len > ENCLOSED_BYTES_MAX)
		return OUTRIDER_OK;
	e->n_enclosed++;
	buffer_clear(&e->row);
	wire_put_bytes(&e->row, ROW_NAME, row->name, sizeof(row->name));
	wire_put_scalar(&e->row, ROW_REV, row->rev);
	wire_put_bytes(&e->row, ROW_SEALED, row->sealed.at, row->sealed.len);
	wire_put_bytes(&e->request, REQUEST_OUTBOX, e->row.at, e->row.len);
	buffer_append(&e->hashed, row->name, sizeof(row->name));
	put_number(&e->hashed, row->rev, 8);
	put_number(&e->hashed, row->sealed.len, 4);
	buffer_append(&e->hashed, row->sealed.at, row->sealed.len);
	return e->row.is_full || e->request.is_full || e->hashed.is_full
		       ? err_no_memory(err)
		       : OUTRIDER_OK;
}

static void put_receipt(struct enclosing *e)
{
	struct outrider *core = e->core;
	struct wipe_receipt receipt = {
		.device = core->device.id,
		.wiped_us = core->now_us,
		.n_edits = e->n_edits,
		.n_enclosed = e->n_enclosed,
	};
	struct wipe_order order;
	uint8_t bytes[WIPE_RECEIPT_LEN], signature[VAULT_SIGNATURE_LEN];

	if (wipe_order_read(&order, core->device.wipe_order, WIPE_ORDER_LEN))
		memcpy(receipt.order, order.number, sizeof(receipt.order));
	vault_hash(receipt.enclosed, e->hashed.at, e->hashed.len);
	wipe_receipt_write(bytes, &receipt);
	vault_sign(core->vault, signature, bytes, sizeof(bytes));
	wire_put_bytes(&e->request, REQUEST_RECEIPT, bytes, sizeof(bytes));
	wire_put_bytes(&e->request, REQUEST_SIGNATURE, signature,
		       sizeof(signature));
}

/* The whole request, with the box that opens what is enclosed. */
static enum outrider_code
make_request(struct enclosing *e, struct outrider_err *err)
{
	struct outrider *core = e->core;
	struct buffer box;
	enum outrider_code code;

	buffer_init(&box, &core->allocator, 4096);
	code = keys_escrowed(core, &box, err);
	if (code != OUTRIDER_OK)
		goto done;
	put_number(&e->hashed, box.len, 4);
	if (box.len > 0)
		buffer_append(&e->hashed, box.at, box.len);
	wire_put_bytes(&e->request, REQUEST_OUTBOX_KEY, box.at, box.len);
	code = replica_each(core->replica, REPLICA_outbox, 0, enclose, e, err);
	if (code == OUTRIDER_OK)
		put_receipt(e);
	if (code == OUTRIDER_OK && (e->request.is_full || e->hashed.is_full))
		code = err_no_memory(err);
done:
	buffer_free(&box);
	return code;
}

/* ------------------------------------------------------------------- wiping */

/* The cards' keys, and in the same transaction the receipt. */
static enum outrider_code
drop_keys(struct outrider *core, struct outrider_err *err)
{
	struct enclosing e = { .core = core };
	enum outrider_code code;

	buffer_init(&e.request, &core->allocator, REQUEST_MAX);
	buffer_init(&e.row, &core->allocator, REQUEST_MAX);
	buffer_init(&e.hashed, &core->allocator, REQUEST_MAX);
	code = make_request(&e, err);
	if (code == OUTRIDER_OK)
		code = replica_keyring_put(core->replica, KEPT, e.request.at,
					   e.request.len, err);
	if (code == OUTRIDER_OK)
		code = keys_drop_cards(core, err);
	if (code == OUTRIDER_OK) {
		core_touch(core, CORE_DEVICE);
		core->device.is_wiping = true;
		code = device_save(core, err);
	}
	buffer_free(&e.request);
	buffer_free(&e.row);
	buffer_free(&e.hashed);
	return code;
}

static enum outrider_code
clear_table(struct outrider *core, int table, struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (rows_compartment((enum replica_table)table) == VAULT_CARDS)
		code = replica_clear(core->replica, (enum replica_table)table,
				     err);
	else
		code = rows_clear(core, (enum replica_table)table, err);
	return core_finish(core, code, err);
}

/* Everything but who the device is. */
static enum outrider_code
clear_rows(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++)
		if (rows_has_table((enum replica_table)i) &&
		    i != REPLICA_device)
			code = clear_table(core, i, err);
	/* No receipt before the keys are nowhere, the log included. */
	if (code == OUTRIDER_OK)
		code = replica_checkpoint(core->replica, err);
	if (code == OUTRIDER_OK)
		code = tracker_reload(core, err);
	tracker_forget_sights(core);
	return code;
}

enum outrider_code
wipe_say(struct outrider *core, struct buffer *out, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (!wipe_is_due(core))
		return OUTRIDER_OK;
	if (!core->device.is_wiping) {
		/* No call is under way: locking ends none. */
		core->sync.state = SYNC_IDLE;
		core_lock_cards(core);
		code = core_begin(core, err);
		if (code == OUTRIDER_OK)
			code = core_finish(core, drop_keys(core, err), err);
	}
	if (code == OUTRIDER_OK)
		code = wipe_go_on(core, err);
	return code == OUTRIDER_OK
		       ? replica_keyring_get(core->replica, out, KEPT, err)
		       : code;
}

enum outrider_code wipe_go_on(struct outrider *core, struct outrider_err *err)
{
	return core->device.is_wiping ? clear_rows(core, err) : OUTRIDER_OK;
}

/* Nothing opens any more from here on; the rows follow. */
static enum outrider_code
begin_anew(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code == OUTRIDER_OK)
		code = core_finish(
			core, replica_keyring_clear(core->replica, err), err);
	if (code != OUTRIDER_OK)
		return code;
	(void)!replica_checkpoint(core->replica, NULL);
	vault_lock(core->vault, VAULT_TRACKING);
	vault_memory_wipe(&core->device, sizeof(core->device));
	core->seen.is_known = false;
	code = keys_open_tracking(core, err);
	if (code == OUTRIDER_OK)
		code = device_load(core, err);
	if (code == OUTRIDER_OK)
		code = tracker_reload(core, err);
	tracker_forget_sights(core);
	if (code == OUTRIDER_OK)
		code = replica_checkpoint(core->replica, err);
	if (code == OUTRIDER_OK)
		events_push(&core->events, OUTRIDER_EVENT_WIPED, NULL,
			    OUTRIDER_OK, NULL);
	return code;
}

enum outrider_code wipe_end(struct outrider *core, struct outrider_err *err)
{
	return begin_anew(core, err);
}

/* ------------------------------------------------------------- outrider.h */

enum outrider_code
outrider_wipe(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	sync_abandon(core);
	core_lock_cards(core);
	code = begin_anew(core, err);
	core_leave(core);
	return code;
}
