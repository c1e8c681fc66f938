/* Edits are tried on the bundle as read, where bytes aren't what is edited. */
#include "bundles.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "check.h"
#include "dice.h"

enum { BITS = 200, PAIRS = 10 };

static struct check check;

static bool is_bundle_verified(const struct bundle *bundle)
{
	check_bundle(&check, bundle);
	return check.outcome == CHECK_VERIFIED;
}

bool bundle_is_verified(struct bytes file)
{
	struct bundle bundle;
	const char *why;
	bool is_verified = bundle_read(&bundle, &why, file) &&
			   is_bundle_verified(&bundle);

	bundle_close(&bundle);
	return is_verified;
}

static void
try_bits(struct bundle_tally *tally, struct bytes file, struct dice *dice)
{
	uint8_t *copy = malloc(file.len);

	if (!copy)
		abort();
	memcpy(copy, file.at, file.len);
	for (int i = 0; i < BITS; i++) {
		uint32_t bit = dice_below(dice, 8 * (uint32_t)file.len);

		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		count(&tally->bits,
		      !bundle_is_verified((struct bytes){ copy, file.len }));
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(copy);
}

/* The last is what the bundle is about. */
static void
try_order(struct bundle_tally *tally, struct bundle *bundle, struct dice *dice)
{
	for (int i = 0; i < PAIRS && bundle->n_entries > 2; i++) {
		uint32_t n = (uint32_t)bundle->n_entries;
		uint32_t at = dice_below(dice, n - 1);
		struct bundle_entry *entries = bundle->entries;
		struct bundle_entry held = entries[at];

		entries[at] = entries[at + 1];
		entries[at + 1] = held;
		count(&tally->swapped, !is_bundle_verified(bundle));
		entries[at + 1] = entries[at];
		entries[at] = held;

		memmove(&entries[at], &entries[at + 1],
			(n - 1 - at) * sizeof(held));
		bundle->n_entries--;
		count(&tally->dropped, !is_bundle_verified(bundle));
		memmove(&entries[at + 1], &entries[at],
			(n - 1 - at) * sizeof(held));
		entries[at] = held;
		bundle->n_entries++;
	}
}

/* ------------------------------------------------------- a key of one's own */

static void hash(uint8_t out[CHAIN_HASH_LEN], struct bytes a, struct bytes b)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHAIN_HASH_LEN);
	crypto_generichash_update(&state, a.at, a.len);
	crypto_generichash_update(&state, b.at, b.len);
	crypto_generichash_final(&state, out, CHAIN_HASH_LEN);
}

struct forged {
	uint8_t header[CHAIN_HEADER_LEN];
	uint8_t signature[BUNDLE_SIGNATURE_LEN];
};

/* An hour is taken from the time at which each was signed. */
static bool forge(struct bundle *bundle, struct forged *forged,
		  const uint8_t secret[crypto_sign_SECRETKEYBYTES])
{
	uint8_t head[CHAIN_HASH_LEN] = { 0 };

	for (size_t i = 0; i < bundle->n_entries; i++) {
		struct bundle_entry *entry = &bundle->entries[i];
		struct chain_header header;

		if (!chain_header_read(&header, entry->header.at,
				       entry->header.len))
			return false;
		header.wall_us -= INT64_C(3600000000);
		memcpy(header.previous, head, sizeof(head));
		chain_header_write(forged[i].header, &header);
		crypto_sign_detached(forged[i].signature, NULL,
				     forged[i].header, CHAIN_HEADER_LEN,
				     secret);
		entry->header.at = forged[i].header;
		entry->signature.at = forged[i].signature;
		hash(head, entry->header, entry->signature);
	}
	return true;
}

/* The receipts are left out: they are of another chain. */
static void try_own_key(struct bundle_tally *tally, struct bundle *bundle)
{
	struct forged *forged = calloc(bundle->n_entries, sizeof(*forged));
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct bytes known_key = bundle->device_key;
	uint8_t known[CHECK_FINGERPRINT_LEN];
	bool is_verified;

	if (!forged)
		abort();
	check_fingerprint(known, bundle->device_key);
	crypto_sign_keypair(public_key, secret);
	bundle->device_key.at = public_key;
	bundle->n_receipts = 0;
	if (forge(bundle, forged, secret)) {
		is_verified = is_bundle_verified(bundle);
		count(&tally->resigned, !is_verified);
		count(&tally->compared,
		      !is_verified || memcmp(known, check.device_fingerprint,
					     sizeof(known)) != 0);
	}
	bundle->device_key = known_key;
	free(forged);
}

void bundle_try_edits(struct bundle_tally *tally, struct bytes file,
		      uint64_t seed)
{
	struct bundle bundle;
	struct dice dice;
	const char *why;

	dice_seed(&dice, seed, 4713);
	count(&tally->whole, !bundle_is_verified(file));
	try_bits(tally, file, &dice);
	if (bundle_read(&bundle, &why, file)) {
		try_order(tally, &bundle, &dice);
		try_own_key(tally, &bundle);
	}
	bundle_close(&bundle);
}

void bundle_print(const struct bundle_tally *tally)
{
	print_share("bundle_whole_refused", tally->whole);
	print_share("bundle_one_bit_refused", tally->bits);
	print_share("bundle_entry_dropped_refused", tally->dropped);
	print_share("bundle_entries_swapped_refused", tally->swapped);
	print_share("bundle_signed_by_another_key_refused", tally->resigned);
	print_share("bundle_signed_by_another_key_fingerprint_differs",
		    tally->compared);
}
