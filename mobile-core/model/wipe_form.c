/*
 * wipe_form: two layouts of fixed length, told apart by their first bytes.
 */
#include "model/wipe_form.h"

#include "model/octets.h"

static const uint64_t ORDER = 0x4f525731;   /* "ORW1" */
static const uint64_t RECEIPT = 0x4f525831; /* "ORX1" */

static void put_bytes(struct octet_writer *w, const uint8_t *at, size_t len)
{
	memcpy(w->bytes + w->len, at, len);
	w->len += len;
}

static void get_bytes(struct octet_reader *r, uint8_t *out, size_t len)
{
	memcpy(out, r->next, len);
	r->next += len;
}

void wipe_order_write(uint8_t out[WIPE_ORDER_LEN],
		      const struct wipe_order *order)
{
	struct octet_writer w = { .bytes = out, .room = WIPE_ORDER_LEN };

	octets_put(&w, ORDER, 4);
	octets_put(&w, 1, 1);
	put_bytes(&w, order->device.at, sizeof(order->device.at));
	put_bytes(&w, order->number, sizeof(order->number));
	octets_put(&w, (uint64_t)order->ordered_us, 8);
}

bool wipe_order_read(struct wipe_order *out, const uint8_t *at, size_t len)
{
	struct octet_reader r = { .next = at, .end = at + len };

	if (len != WIPE_ORDER_LEN || octets_get(&r, 4) != ORDER ||
	    octets_get(&r, 1) != 1)
		return false;
	get_bytes(&r, out->device.at, sizeof(out->device.at));
	get_bytes(&r, out->number, sizeof(out->number));
	out->ordered_us = (int64_t)octets_get(&r, 8);
	return true;
}

void wipe_receipt_write(uint8_t out[WIPE_RECEIPT_LEN],
			const struct wipe_receipt *receipt)
{
	struct octet_writer w = { .bytes = out, .room = WIPE_RECEIPT_LEN };

	octets_put(&w, RECEIPT, 4);
	octets_put(&w, 1, 1);
	put_bytes(&w, receipt->device.at, sizeof(receipt->device.at));
	put_bytes(&w, receipt->order, sizeof(receipt->order));
	octets_put(&w, (uint64_t)receipt->wiped_us, 8);
	octets_put(&w, receipt->n_edits, 4);
	octets_put(&w, receipt->n_enclosed, 4);
	put_bytes(&w, receipt->enclosed, sizeof(receipt->enclosed));
}

bool wipe_receipt_read(struct wipe_receipt *out, const uint8_t *at, size_t len)
{
	struct octet_reader r = { .next = at, .end = at + len };

	if (len != WIPE_RECEIPT_LEN || octets_get(&r, 4) != RECEIPT ||
	    octets_get(&r, 1) != 1)
		return false;
	get_bytes(&r, out->device.at, sizeof(out->device.at));
	get_bytes(&r, out->order, sizeof(out->order));
	out->wiped_us = (int64_t)octets_get(&r, 8);
	out->n_edits = (uint32_t)octets_get(&r, 4);
	out->n_enclosed = (uint32_t)octets_get(&r, 4);
	get_bytes(&r, out->enclosed, sizeof(out->enclosed));
	return true;
}
