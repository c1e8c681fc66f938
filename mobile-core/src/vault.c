/*
 * vault: keys in locked memory, and XChaCha20-Poly1305 over rows. The layouts
 * here are those of docs/formats/vault.md; its test vectors run in
 * tests/unit/test_vault.c.
 */
#include "vault.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "model/octets.h"

enum {
	ENVELOPE_HEADER = 30,
	SALT_LEN = crypto_pwhash_SALTBYTES,
	NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	ROW_FORMAT = 1,
	ROW_HEADER = 2 + NONCE_LEN,
	ROW_BLOCK = 64,
	PLACE_LEN = 27,
	KEY_NUMBER = 1,
	/* What a phone can afford: 8 MiB three times, some 10 to 50 ms. */
	ARGON_PASSES = 3,
	ARGON_KIB = 8 * 1024,
	/* What an envelope may ask for: it comes from a file. */
	ARGON_PASSES_MAX = 16,
	ARGON_KIB_MAX = 256 * 1024,
};

/* Contexts of crypto_kdf: eight characters each. */
static const char CONTEXT_WRAP[] = "orv1wrap";
static const char CONTEXT_NAME[] = "orv1name";
static const char CONTEXT_ROWS[] = "orv1rows";

/* What an envelope holds. */
struct secrets {
	uint8_t data[VAULT_KEY_LEN];
	uint8_t sign_seed[VAULT_KEY_LEN];
	uint8_t box_seed[VAULT_KEY_LEN];
};

_Static_assert(sizeof(struct secrets) == 96, "goes to the file as it is");
_Static_assert(VAULT_ENVELOPE_LEN == ENVELOPE_HEADER + NONCE_LEN +
					     sizeof(struct secrets) + TAG_LEN,
	       "envelope");
_Static_assert(VAULT_SEALED_EXTRA == ROW_HEADER + TAG_LEN, "row");
_Static_assert(VAULT_BOX_EXTRA == crypto_box_SEALBYTES, "box");

/* A compartment that is open: all of it derived from its secrets. */
struct keys {
	struct secrets secrets;
	uint8_t name[VAULT_KEY_LEN];
	uint8_t rows[VAULT_TABLES_MAX][VAULT_KEY_LEN];
	uint8_t sign_public[crypto_sign_PUBLICKEYBYTES];
	uint8_t sign_secret[crypto_sign_SECRETKEYBYTES];
	uint8_t box_public[crypto_box_PUBLICKEYBYTES];
	uint8_t box_secret[crypto_box_SECRETKEYBYTES];
};

/* Lies in locked memory with a guard page on either side. */
struct page {
	uint8_t secret[VAULT_KEY_LEN]; /* the key store's */
	struct keys keys[VAULT_COMPARTMENTS];
	struct keys fresh; /* being opened */
	uint8_t stretched[VAULT_KEY_LEN];
	uint8_t wrap[VAULT_KEY_LEN];
};

struct vault {
	const struct outrider_host *host;
	struct page *page;
	bool is_open[VAULT_COMPARTMENTS];
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "Out of memory.");
}

static enum outrider_code fill_random(const struct vault *vault, void *out,
				      size_t len, struct outrider_err *err)
{
	if (vault->host->random(vault->host->user, out, len) != 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "The host gives no random bytes.");
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- life */

enum outrider_code
vault_new(struct vault **out, const struct outrider_host *host,
	  const uint8_t secret[VAULT_KEY_LEN], struct outrider_err *err)
{
	struct vault *vault;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "The crypto library doesn't start.");
	vault = sodium_malloc(sizeof(*vault));
	if (vault == NULL)
		return no_memory(err);
	*vault = (struct vault){ .host = host };
	vault->page = sodium_malloc(sizeof(*vault->page));
	/* sodium_malloc is silent where it can't lock: ask again. */
	if (vault->page == NULL ||
	    sodium_mlock(vault->page, sizeof(*vault->page)) != 0) {
		vault_free(vault);
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Memory for keys can't be locked.");
	}
	sodium_memzero(vault->page, sizeof(*vault->page));
	memcpy(vault->page->secret, secret, VAULT_KEY_LEN);
	*out = vault;
	return OUTRIDER_OK;
}

void vault_free(struct vault *vault)
{
	if (vault == NULL)
		return;
	sodium_free(vault->page); /* wipes */
	sodium_free(vault);
}

bool vault_is_open(const struct vault *vault,
		   enum vault_compartment compartment)
{
	return vault->is_open[compartment];
}

void vault_lock(struct vault *vault, enum vault_compartment compartment)
{
	vault->is_open[compartment] = false;
	sodium_memzero(&vault->page->keys[compartment], sizeof(struct keys));
}

/* ------------------------------------------------------------- envelopes */

struct envelope {
	uint32_t passes, kib;
	uint8_t salt[SALT_LEN];
	uint8_t nonce[NONCE_LEN];
};

static void envelope_write(uint8_t out[ENVELOPE_HEADER + NONCE_LEN],
			   enum vault_compartment compartment,
			   const struct envelope *envelope)
{
	struct octet_writer w = { .bytes = out, .room = ENVELOPE_HEADER };

	octets_put(&w, 0x4f525631, 4); /* "ORV1" */
	octets_put(&w, (uint64_t)compartment, 1);
	octets_put(&w, KEY_NUMBER, 1);
	octets_put(&w, envelope->passes, 4);
	octets_put(&w, envelope->kib, 4);
	memcpy(out + w.len, envelope->salt, SALT_LEN);
	memcpy(out + ENVELOPE_HEADER, envelope->nonce, NONCE_LEN);
}

static bool envelope_read(struct envelope *out,
			  enum vault_compartment compartment, const uint8_t *at,
			  size_t len)
{
	struct octet_reader r = { .next = at, .end = at + len };

	if (len != VAULT_ENVELOPE_LEN || octets_get(&r, 4) != 0x4f525631 ||
	    octets_get(&r, 1) != (uint64_t)compartment ||
	    octets_get(&r, 1) != KEY_NUMBER)
		return false;
	out->passes = (uint32_t)octets_get(&r, 4);
	out->kib = (uint32_t)octets_get(&r, 4);
	memcpy(out->salt, r.next, SALT_LEN);
	memcpy(out->nonce, at + ENVELOPE_HEADER, NONCE_LEN);
	if (compartment == VAULT_TRACKING)
		return out->passes == 0 && out->kib == 0;
	return out->passes >= 1 && out->passes <= ARGON_PASSES_MAX &&
	       out->kib >= 1024 && out->kib <= ARGON_KIB_MAX;
}

/* Leaves the key that wraps the compartment's secrets in page->wrap. */
static enum outrider_code derive_wrap(struct vault *vault,
				      enum vault_compartment compartment,
				      const struct envelope *envelope,
				      const char *pin, struct outrider_err *err)
{
	struct page *page = vault->page;

	crypto_kdf_derive_from_key(page->wrap, sizeof(page->wrap),
				   1 + (uint64_t)compartment, CONTEXT_WRAP,
				   page->secret);
	if (compartment == VAULT_TRACKING)
		return OUTRIDER_OK;
	if (crypto_pwhash(page->stretched, sizeof(page->stretched), pin,
			  strlen(pin), envelope->salt, envelope->passes,
			  (size_t)envelope->kib * 1024,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return no_memory(err);
	/* Both the phone and its owner: neither's half opens anything. */
	if (crypto_generichash(page->wrap, sizeof(page->wrap), page->stretched,
			       sizeof(page->stretched), page->wrap,
			       sizeof(page->wrap)) != 0)
		return no_memory(err);
	return OUTRIDER_OK;
}

/* What the secrets in page->fresh lead to, put in the compartment's place. */
static void open_fresh(struct vault *vault, enum vault_compartment compartment)
{
	struct keys *keys = &vault->page->fresh;

	crypto_kdf_derive_from_key(keys->name, VAULT_KEY_LEN, 0, CONTEXT_NAME,
				   keys->secrets.data);
	for (uint64_t i = 0; i < VAULT_TABLES_MAX; i++)
		crypto_kdf_derive_from_key(keys->rows[i], VAULT_KEY_LEN, i,
					   CONTEXT_ROWS, keys->secrets.data);
	crypto_sign_seed_keypair(keys->sign_public, keys->sign_secret,
				 keys->secrets.sign_seed);
	crypto_box_seed_keypair(keys->box_public, keys->box_secret,
				keys->secrets.box_seed);
	vault->page->keys[compartment] = *keys;
	vault->is_open[compartment] = true;
}

/* The page keeps nothing of an opening, whether it went well or not. */
static void wipe_work(struct vault *vault)
{
	struct page *page = vault->page;

	sodium_memzero(&page->fresh, sizeof(page->fresh));
	sodium_memzero(page->stretched, sizeof(page->stretched));
	sodium_memzero(page->wrap, sizeof(page->wrap));
}

static bool pin_has_length(const char *pin)
{
	size_t len = pin == NULL ? 0 : strlen(pin);

	return len >= VAULT_PIN_MIN && len <= VAULT_PIN_MAX;
}

enum outrider_code vault_create(struct vault *vault,
				uint8_t envelope[VAULT_ENVELOPE_LEN],
				enum vault_compartment compartment,
				const char *pin, struct outrider_err *err)
{
	struct envelope parts = { 0 };
	struct secrets *secrets = &vault->page->fresh.secrets;
	enum outrider_code code;

	if (compartment == VAULT_CARDS) {
		if (!pin_has_length(pin))
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, "pin",
				       "A PIN has %d to %d bytes.",
				       VAULT_PIN_MIN, VAULT_PIN_MAX);
		parts.passes = ARGON_PASSES;
		parts.kib = ARGON_KIB;
	}
	code = fill_random(vault, parts.salt, sizeof(parts.salt), err);
	if (code == OUTRIDER_OK)
		code = fill_random(vault, parts.nonce, sizeof(parts.nonce),
				   err);
	if (code == OUTRIDER_OK)
		code = fill_random(vault, secrets, sizeof(*secrets), err);
	if (code == OUTRIDER_OK)
		code = derive_wrap(vault, compartment, &parts, pin, err);
	if (code != OUTRIDER_OK)
		goto done;

	envelope_write(envelope, compartment, &parts);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		envelope + ENVELOPE_HEADER + NONCE_LEN, NULL,
		(const uint8_t *)secrets, sizeof(*secrets), envelope,
		ENVELOPE_HEADER, NULL, parts.nonce, vault->page->wrap);
	open_fresh(vault, compartment);
done:
	wipe_work(vault);
	return code;
}

enum outrider_code vault_unlock(struct vault *vault,
				enum vault_compartment compartment,
				const uint8_t *envelope, size_t len,
				const char *pin, struct outrider_err *err)
{
	struct envelope parts;
	enum outrider_code code;

	if (!envelope_read(&parts, compartment, envelope, len))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The wrapped keys are damaged.");
	/* Nothing else was ever set: spare the stretching. */
	if (compartment == VAULT_CARDS && !pin_has_length(pin))
		return err_set(err, OUTRIDER_WRONG_PIN, NULL, "Wrong PIN.");
	code = derive_wrap(vault, compartment, &parts, pin, err);
	if (code != OUTRIDER_OK)
		goto done;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    (uint8_t *)&vault->page->fresh.secrets, NULL, NULL,
		    envelope + ENVELOPE_HEADER + NONCE_LEN,
		    sizeof(struct secrets) + TAG_LEN, envelope, ENVELOPE_HEADER,
		    parts.nonce, vault->page->wrap) != 0) {
		code = compartment == VAULT_CARDS
			       ? err_set(err, OUTRIDER_WRONG_PIN, NULL,
					 "Wrong PIN.")
			       : err_set(err, OUTRIDER_DATA_LOSS, NULL,
					 "The files belong to another key "
					 "store, or are damaged.");
		goto done;
	}
	open_fresh(vault, compartment);
done:
	wipe_work(vault);
	return code;
}

/* ------------------------------------------------------------------- rows */

void vault_name(const struct vault *vault, uint8_t name[VAULT_NAME_LEN],
		enum vault_compartment compartment, uint8_t table,
		const void *id, size_t id_len)
{
	const struct keys *keys = &vault->page->keys[compartment];
	crypto_generichash_state state;

	assert(vault->is_open[compartment]);
	crypto_generichash_init(&state, keys->name, sizeof(keys->name),
				VAULT_NAME_LEN);
	crypto_generichash_update(&state, &table, 1);
	crypto_generichash_update(&state, id, id_len);
	crypto_generichash_final(&state, name, VAULT_NAME_LEN);
	sodium_memzero(&state, sizeof(state));
}

/* What is authenticated beside a row. */
static void place_write(uint8_t out[PLACE_LEN], const struct vault_place *place)
{
	struct octet_writer w = { .bytes = out, .room = PLACE_LEN };

	octets_put(&w, ROW_FORMAT, 1);
	octets_put(&w, KEY_NUMBER, 1);
	octets_put(&w, place->table, 1);
	octets_put(&w, place->rev, 8);
	memcpy(out + w.len, place->name, VAULT_NAME_LEN);
}

static enum outrider_code locked(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_LOCKED, NULL, "The vault is locked.");
}

enum outrider_code vault_seal(const struct vault *vault, struct buffer *sealed,
			      const struct vault_place *place,
			      const void *plain, size_t len,
			      struct outrider_err *err)
{
	const struct keys *keys = &vault->page->keys[place->compartment];
	size_t padded = (len / ROW_BLOCK + 1) * ROW_BLOCK;
	uint8_t aside[PLACE_LEN], *out;
	enum outrider_code code;

	assert(place->table < VAULT_TABLES_MAX);
	if (!vault->is_open[place->compartment])
		return locked(err);
	out = buffer_reserve(sealed, ROW_HEADER + padded + TAG_LEN);
	if (out == NULL)
		return no_memory(err);
	out[0] = ROW_FORMAT;
	out[1] = KEY_NUMBER;
	code = fill_random(vault, out + 2, NONCE_LEN, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Padding: a byte 0x80, then zeros (ISO/IEC 7816-4). */
	if (len > 0)
		memcpy(out + ROW_HEADER, plain, len);
	memset(out + ROW_HEADER + len, 0, padded - len);
	out[ROW_HEADER + len] = 0x80;
	place_write(aside, place);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		out + ROW_HEADER, NULL, out + ROW_HEADER, padded, aside,
		sizeof(aside), NULL, out + 2, keys->rows[place->table]);
	sealed->len += ROW_HEADER + padded + TAG_LEN;
	return OUTRIDER_OK;
}

enum outrider_code vault_unseal(const struct vault *vault, struct buffer *plain,
				const struct vault_place *place,
				const uint8_t *sealed, size_t len,
				struct outrider_err *err)
{
	const struct keys *keys = &vault->page->keys[place->compartment];
	uint8_t aside[PLACE_LEN], *out;
	size_t padded, text;

	assert(place->table < VAULT_TABLES_MAX);
	if (!vault->is_open[place->compartment])
		return locked(err);
	if (len < VAULT_SEALED_EXTRA + ROW_BLOCK || sealed[0] != ROW_FORMAT ||
	    sealed[1] != KEY_NUMBER ||
	    (len - VAULT_SEALED_EXTRA) % ROW_BLOCK != 0)
		goto damaged;
	padded = len - VAULT_SEALED_EXTRA;
	out = buffer_reserve(plain, padded);
	if (out == NULL)
		return no_memory(err);
	place_write(aside, place);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    out, NULL, NULL, sealed + ROW_HEADER, padded + TAG_LEN,
		    aside, sizeof(aside), sealed + 2,
		    keys->rows[place->table]) != 0 ||
	    sodium_unpad(&text, out, padded, ROW_BLOCK) != 0)
		goto damaged;
	plain->len += text;
	return OUTRIDER_OK;
damaged:
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "A sealed row is damaged or out of place.");
}

/* ------------------------------------------------------------- signatures */

void vault_signing_key(const struct vault *vault,
		       uint8_t public_key[VAULT_KEY_LEN])
{
	assert(vault->is_open[VAULT_TRACKING]);
	memcpy(public_key, vault->page->keys[VAULT_TRACKING].sign_public,
	       VAULT_KEY_LEN);
}

void vault_sign(const struct vault *vault,
		uint8_t signature[VAULT_SIGNATURE_LEN], const void *at,
		size_t len)
{
	assert(vault->is_open[VAULT_TRACKING]);
	crypto_sign_detached(signature, NULL, at, len,
			     vault->page->keys[VAULT_TRACKING].sign_secret);
}

/* ------------------------------------------------------------------ boxes */

void vault_box_key(const struct vault *vault, uint8_t public_key[VAULT_KEY_LEN])
{
	assert(vault->is_open[VAULT_CARDS]);
	memcpy(public_key, vault->page->keys[VAULT_CARDS].box_public,
	       VAULT_KEY_LEN);
}

/* crypto_box_seal, with the host's random bytes: a simulation repeats. */
enum outrider_code vault_box_seal(const struct vault *vault, struct buffer *box,
				  const uint8_t public_key[VAULT_KEY_LEN],
				  const void *plain, size_t len,
				  struct outrider_err *err)
{
	uint8_t seed[crypto_box_SEEDBYTES], secret[crypto_box_SECRETKEYBYTES];
	uint8_t nonce[crypto_box_NONCEBYTES];
	uint8_t *out = buffer_reserve(box, len + VAULT_BOX_EXTRA);
	crypto_generichash_state state;
	enum outrider_code code;

	if (out == NULL)
		return no_memory(err);
	code = fill_random(vault, seed, sizeof(seed), err);
	if (code != OUTRIDER_OK)
		return code;
	crypto_box_seed_keypair(out, secret, seed);
	crypto_generichash_init(&state, NULL, 0, sizeof(nonce));
	crypto_generichash_update(&state, out, VAULT_KEY_LEN);
	crypto_generichash_update(&state, public_key, VAULT_KEY_LEN);
	crypto_generichash_final(&state, nonce, sizeof(nonce));
	if (crypto_box_easy(out + VAULT_KEY_LEN, plain, len, nonce, public_key,
			    secret) != 0)
		code = err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "Not a key that a box can be closed with.");
	else
		box->len += len + VAULT_BOX_EXTRA;
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	return code;
}

enum outrider_code vault_box_open(const struct vault *vault,
				  struct buffer *plain, const uint8_t *box,
				  size_t len, struct outrider_err *err)
{
	const struct keys *keys = &vault->page->keys[VAULT_CARDS];
	uint8_t *out;

	if (!vault->is_open[VAULT_CARDS])
		return locked(err);
	if (len < VAULT_BOX_EXTRA)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "A box is damaged.");
	/* One more: an empty text has a place too. */
	out = buffer_reserve(plain, len - VAULT_BOX_EXTRA + 1);
	if (out == NULL)
		return no_memory(err);
	if (crypto_box_seal_open(out, box, len, keys->box_public,
				 keys->box_secret) != 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "A box is damaged.");
	plain->len += len - VAULT_BOX_EXTRA;
	return OUTRIDER_OK;
}

enum outrider_code
vault_escrow_table(const struct vault *vault, struct buffer *box,
		   enum vault_compartment compartment, uint8_t table,
		   const uint8_t public_key[VAULT_KEY_LEN],
		   struct outrider_err *err)
{
	assert(table < VAULT_TABLES_MAX);
	if (!vault->is_open[compartment])
		return locked(err);
	return vault_box_seal(vault, box, public_key,
			      vault->page->keys[compartment].rows[table],
			      VAULT_KEY_LEN, err);
}

/* ----------------------------------------------------------------- memory */

bool vault_memory_lock(void *at, size_t len)
{
	return len == 0 || sodium_mlock(at, len) == 0;
}

void vault_memory_unlock(void *at, size_t len)
{
	if (len > 0)
		sodium_munlock(at, len); /* wipes too */
}

void vault_memory_wipe(void *at, size_t len)
{
	if (len > 0)
		sodium_memzero(at, len);
}
