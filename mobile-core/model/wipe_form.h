/*
 * wipe_form: the bytes of an order to wipe a phone, and of the phone's receipt.
 * docs/formats/wipe.md has them; server and phone make and read the same ones.
 * Owns no key: whoever reads asks for the signature first.
 */
#ifndef OUTRIDER_MODEL_WIPE_FORM_H
#define OUTRIDER_MODEL_WIPE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/uuid.h"

enum {
	WIPE_ORDER_LEN = 45,
	WIPE_RECEIPT_LEN = 85,
	WIPE_HASH_LEN = 32,
	WIPE_SIGNATURE_LEN = 64,
};

struct wipe_order {
	struct uuid device;
	uint8_t number[16]; /* random: which order a receipt answers */
	int64_t ordered_us;
};

struct wipe_receipt {
	struct uuid device;
	uint8_t order[16];   /* its number */
	int64_t wiped_us;    /* by the phone's clock */
	uint32_t n_edits;    /* that were not sent */
	uint32_t n_enclosed; /* sealed rows of them that come with it */
	uint8_t enclosed[WIPE_HASH_LEN];
};

void wipe_order_write(uint8_t out[WIPE_ORDER_LEN],
		      const struct wipe_order *order);
bool wipe_order_read(struct wipe_order *out, const uint8_t *at, size_t len);
void wipe_receipt_write(uint8_t out[WIPE_RECEIPT_LEN],
			const struct wipe_receipt *receipt);
bool wipe_receipt_read(struct wipe_receipt *out, const uint8_t *at, size_t len);

#endif
