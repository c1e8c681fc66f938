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
#include "vault_aead.h"

enum {
	ENVELOPE_HEADER = 31,
	SALT_LEN = crypto_pwhash_SALTBYTES,
	NONCE_LEN = VAULT_AEAD_NONCE_LEN,
	TAG_LEN = VAULT_AEAD_TAG_LEN,
	ROW_FORMAT = 1,
	ROW_HEADER = 2 + NONCE_LEN,
	ROW_BLOCK = 64,
	PLACE_LEN = 27,
	KEY_NUMBER_MAX = 255,
	TALLY_KEY_LEN = crypto_shorthash_siphashx24_KEYBYTES,
	/* What a phone can afford: 8 MiB three times, some 10 to 50 ms. */
	ARGON_PASSES = 3,
	ARGON_KIB = 8 * 1024,
	/* What an envelope may ask for: it comes from a file. */
	ARGON_PASSES_MAX = 16,
	ARGON_KIB_MAX = 256 * 1024,
	NONCES_DRAWN = 10, /* in 240 bytes: the kernel gives 256 at once */
};

/* Contexts of crypto_kdf: eight characters each. */
static const char CONTEXT_WRAP[] = "orv1wrap";
static const char CONTEXT_NAME[] = "orv1name";
static const char CONTEXT_ROWS[] = "orv1rows";
static const char CONTEXT_TALLY[] = "orv1tall";

/* What an envelope holds. */
struct secrets {
	uint8_t data[VAULT_KEY_LEN];
	uint8_t sign_seed[VAULT_KEY_LEN];
	uint8_t box_seed[VAULT_KEY_LEN];
	uint8_t root[VAULT_KEY_LEN]; /* of names and tallies: they stay */
	uint8_t old[VAULT_KEY_LEN];  /* data's forerunner, or zeros */
};

_Static_assert(sizeof(struct secrets) == 160, "goes to the file as it is");
_Static_assert(VAULT_ENVELOPE_LEN == ENVELOPE_HEADER + NONCE_LEN +
					     sizeof(struct secrets) + TAG_LEN,
	       "envelope");
_Static_assert(VAULT_SEALED_EXTRA == ROW_HEADER + TAG_LEN, "row");
_Static_assert(VAULT_BOX_EXTRA == crypto_box_SEALBYTES, "box");
_Static_assert(VAULT_TAG_LEN == (int)VAULT_AEAD_TAG_LEN, "tag");
_Static_assert(VAULT_KEY_LEN == (int)VAULT_AEAD_KEY_LEN, "key");
_Static_assert(VAULT_TAG_LEN == crypto_shorthash_siphashx24_BYTES, "entry");

/* The head of an envelope. */
struct envelope {
	uint8_t number, old_number; /* of the keys; old 0: there is none */
	uint32_t passes, kib;
	uint8_t salt[SALT_LEN];
	uint8_t nonce[NONCE_LEN];
};

/* A compartment that is open: all of it derived from its secrets. */
struct keys {
	struct secrets secrets;
	struct envelope envelope;
	uint8_t wrap[VAULT_KEY_LEN]; /* what wraps the secrets */
	uint8_t name[VAULT_KEY_LEN];
	uint8_t tally[TALLY_KEY_LEN];
	uint8_t rows[VAULT_TABLES_MAX][VAULT_KEY_LEN];
	uint8_t old_rows[VAULT_TABLES_MAX][VAULT_KEY_LEN];
	uint8_t sign_public[crypto_sign_PUBLICKEYBYTES];
	uint8_t sign_secret[crypto_sign_SECRETKEYBYTES];
	uint8_t box_public[crypto_box_PUBLICKEYBYTES];
	uint8_t box_secret[crypto_box_SECRETKEYBYTES];
};

/* Lies in locked memory with a guard page on either side. */
struct page {
	uint8_t secret[VAULT_KEY_LEN]; /* the key store's */
	struct keys keys[VAULT_COMPARTMENTS];
	struct keys fresh; /* being opened, or made */
	/* What changes replaced, until they are kept. */
	struct keys before[VAULT_COMPARTMENTS];
	uint8_t stretched[VAULT_KEY_LEN];
	/* For rows: the last n were not used yet. */
	uint8_t nonces[NONCES_DRAWN][NONCE_LEN];
	size_t n_nonces;
};

struct vault {
	const struct outrider_host *host;
	struct page *page;
	bool is_open[VAULT_COMPARTMENTS];
};

static enum outrider_code fill_random(const struct vault *vault, void *out,
				      size_t len, struct outrider_err *err)
{
	if (vault->host->random(vault->host->user, out, len) != 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "The host gives no random bytes.");
	return OUTRIDER_OK;
}

/*
 * Asking for each alone is a system call a row, a tenth of what a first pull
 * seals. A process that was forked off would have its parent's nonces, but the
 * file is one process's.
 */
static enum outrider_code next_nonce(const struct vault *vault,
				     uint8_t out[NONCE_LEN],
				     struct outrider_err *err)
{
	struct page *page = vault->page;
	enum outrider_code code;

	if (page->n_nonces == 0) {
		code = fill_random(vault, page->nonces, sizeof(page->nonces),
				   err);
		if (code != OUTRIDER_OK)
			return code;
		page->n_nonces = NONCES_DRAWN;
	}
	memcpy(out, page->nonces[NONCES_DRAWN - page->n_nonces--], NONCE_LEN);
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
		return err_no_memory(err);
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

static void envelope_write(uint8_t out[ENVELOPE_HEADER + NONCE_LEN],
			   enum vault_compartment compartment,
			   const struct envelope *envelope)
{
	struct octet_writer w = { .bytes = out, .room = ENVELOPE_HEADER };

	octets_put(&w, 0x4f525632, 4); /* "ORV2" */
	octets_put(&w, (uint64_t)compartment, 1);
	octets_put(&w, envelope->number, 1);
	octets_put(&w, envelope->old_number, 1);
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

	if (len != VAULT_ENVELOPE_LEN || octets_get(&r, 4) != 0x4f525632 ||
	    octets_get(&r, 1) != (uint64_t)compartment)
		return false;
	out->number = (uint8_t)octets_get(&r, 1);
	out->old_number = (uint8_t)octets_get(&r, 1);
	if (out->number == 0 || out->number == out->old_number)
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

/* The key that wraps the secrets in page->fresh, by its envelope. */
static enum outrider_code derive_wrap(struct vault *vault,
				      enum vault_compartment compartment,
				      const char *pin, struct outrider_err *err)
{
	struct page *page = vault->page;
	const struct envelope *envelope = &page->fresh.envelope;
	uint8_t *wrap = page->fresh.wrap;

	crypto_kdf_derive_from_key(wrap, VAULT_KEY_LEN,
				   1 + (uint64_t)compartment, CONTEXT_WRAP,
				   page->secret);
	if (compartment == VAULT_TRACKING)
		return OUTRIDER_OK;
	if (crypto_pwhash(page->stretched, sizeof(page->stretched), pin,
			  strlen(pin), envelope->salt, envelope->passes,
			  (size_t)envelope->kib * 1024,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_no_memory(err);
	/* Both the phone and its owner: neither's half opens anything. */
	if (crypto_generichash(wrap, VAULT_KEY_LEN, page->stretched,
			       sizeof(page->stretched), wrap,
			       VAULT_KEY_LEN) != 0)
		return err_no_memory(err);
	return OUTRIDER_OK;
}

static void derive_rows(uint8_t out[VAULT_TABLES_MAX][VAULT_KEY_LEN],
			const uint8_t data[VAULT_KEY_LEN])
{
	for (uint64_t i = 0; i < VAULT_TABLES_MAX; i++)
		crypto_kdf_derive_from_key(out[i], VAULT_KEY_LEN, i,
					   CONTEXT_ROWS, data);
}

/* What the secrets in page->fresh lead to, put in the compartment's place. */
static void open_fresh(struct vault *vault, enum vault_compartment compartment)
{
	struct keys *keys = &vault->page->fresh;

	crypto_kdf_derive_from_key(keys->name, VAULT_KEY_LEN, 0, CONTEXT_NAME,
				   keys->secrets.root);
	crypto_kdf_derive_from_key(keys->tally, TALLY_KEY_LEN, 0, CONTEXT_TALLY,
				   keys->secrets.root);
	derive_rows(keys->rows, keys->secrets.data);
	derive_rows(keys->old_rows, keys->secrets.old);
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
}

static bool pin_has_length(const char *pin)
{
	size_t len = pin == NULL ? 0 : strlen(pin);

	return len >= VAULT_PIN_MIN && len <= VAULT_PIN_MAX;
}

/* A new way to wrap page->fresh: a salt, and for CARDS a PIN. */
static enum outrider_code set_wrap(struct vault *vault,
				   enum vault_compartment compartment,
				   const char *pin, struct outrider_err *err)
{
	struct envelope *envelope = &vault->page->fresh.envelope;
	enum outrider_code code;

	if (compartment == VAULT_CARDS) {
		if (!pin_has_length(pin))
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, "pin",
				       "A PIN has %d to %d bytes.",
				       VAULT_PIN_MIN, VAULT_PIN_MAX);
		envelope->passes = ARGON_PASSES;
		envelope->kib = ARGON_KIB;
	}
	code = fill_random(vault, envelope->salt, SALT_LEN, err);
	return code == OUTRIDER_OK ? derive_wrap(vault, compartment, pin, err)
				   : code;
}

/* Wraps page->fresh, and puts it in the compartment's place. */
static enum outrider_code
close_envelope(struct vault *vault, uint8_t out[VAULT_ENVELOPE_LEN],
	       enum vault_compartment compartment, struct outrider_err *err)
{
	struct keys *fresh = &vault->page->fresh;
	enum outrider_code code =
		fill_random(vault, fresh->envelope.nonce, NONCE_LEN, err);

	if (code != OUTRIDER_OK)
		return code;
	envelope_write(out, compartment, &fresh->envelope);
	vault_aead_seal(out + ENVELOPE_HEADER + NONCE_LEN,
			(const uint8_t *)&fresh->secrets,
			sizeof(fresh->secrets), out, ENVELOPE_HEADER,
			fresh->envelope.nonce, fresh->wrap);
	open_fresh(vault, compartment);
	return OUTRIDER_OK;
}

enum outrider_code vault_create(struct vault *vault,
				uint8_t envelope[VAULT_ENVELOPE_LEN],
				enum vault_compartment compartment,
				const char *pin, struct outrider_err *err)
{
	struct secrets *secrets = &vault->page->fresh.secrets;
	enum outrider_code code;

	vault->page->fresh.envelope.number = 1;
	code = set_wrap(vault, compartment, pin, err);
	if (code == OUTRIDER_OK)
		code = fill_random(vault, secrets,
				   offsetof(struct secrets, old), err);
	if (code == OUTRIDER_OK)
		code = close_envelope(vault, envelope, compartment, err);
	wipe_work(vault);
	return code;
}

enum outrider_code vault_unlock(struct vault *vault,
				enum vault_compartment compartment,
				const uint8_t *envelope, size_t len,
				const char *pin, struct outrider_err *err)
{
	struct keys *fresh = &vault->page->fresh;
	enum outrider_code code;

	if (!envelope_read(&fresh->envelope, compartment, envelope, len)) {
		code = err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The wrapped keys are damaged.");
		goto done;
	}
	/* Nothing else was ever set: spare the stretching. */
	if (compartment == VAULT_CARDS && !pin_has_length(pin)) {
		code = err_set(err, OUTRIDER_WRONG_PIN, NULL, "Wrong PIN.");
		goto done;
	}
	code = derive_wrap(vault, compartment, pin, err);
	if (code != OUTRIDER_OK)
		goto done;
	if (!vault_aead_open((uint8_t *)&fresh->secrets,
			     envelope + ENVELOPE_HEADER + NONCE_LEN,
			     sizeof(struct secrets), envelope, ENVELOPE_HEADER,
			     fresh->envelope.nonce, fresh->wrap)) {
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

/* ---------------------------------------------------------------- changes */

/* Data's successor; the old one goes on opening what it sealed. */
static enum outrider_code
replace_key(struct vault *vault, struct outrider_err *err)
{
	struct keys *fresh = &vault->page->fresh;
	struct envelope *envelope = &fresh->envelope;

	assert(envelope->old_number == 0);
	envelope->old_number = envelope->number;
	envelope->number = envelope->number == KEY_NUMBER_MAX
				   ? 1
				   : (uint8_t)(envelope->number + 1);
	memcpy(fresh->secrets.old, fresh->secrets.data, VAULT_KEY_LEN);
	return fill_random(vault, fresh->secrets.data, VAULT_KEY_LEN, err);
}

enum outrider_code
vault_change(struct vault *vault, uint8_t envelope[VAULT_ENVELOPE_LEN],
	     enum vault_compartment compartment, unsigned changes,
	     const char *pin, struct outrider_err *err)
{
	struct page *page = vault->page;
	enum outrider_code code = OUTRIDER_OK;

	assert(vault->is_open[compartment]);
	page->before[compartment] = page->keys[compartment];
	page->fresh = page->keys[compartment];
	if (changes & VAULT_DROP_OLD) {
		page->fresh.envelope.old_number = 0;
		sodium_memzero(page->fresh.secrets.old, VAULT_KEY_LEN);
	}
	if (changes & VAULT_NEW_KEY)
		code = replace_key(vault, err);
	if (code == OUTRIDER_OK && changes & VAULT_NEW_PIN)
		code = set_wrap(vault, compartment, pin, err);
	if (code == OUTRIDER_OK)
		code = close_envelope(vault, envelope, compartment, err);
	if (code != OUTRIDER_OK)
		sodium_memzero(&page->before[compartment], sizeof(struct keys));
	wipe_work(vault);
	return code;
}

void vault_change_end(struct vault *vault, enum vault_compartment compartment,
		      bool is_kept)
{
	struct keys *before = &vault->page->before[compartment];

	/* One that was never changed, or is locked since, has none. */
	if (!is_kept && vault->is_open[compartment] &&
	    before->envelope.number != 0)
		vault->page->keys[compartment] = *before;
	sodium_memzero(before, sizeof(*before));
}

bool vault_has_old_key(const struct vault *vault,
		       enum vault_compartment compartment)
{
	return vault->is_open[compartment] &&
	       vault->page->keys[compartment].envelope.old_number != 0;
}

bool vault_is_of_old_key(const struct vault *vault,
			 enum vault_compartment compartment,
			 const uint8_t *sealed, size_t len)
{
	return len > 1 &&
	       sealed[1] != vault->page->keys[compartment].envelope.number;
}

bool vault_pin_is(struct vault *vault, const char *pin)
{
	struct page *page = vault->page;
	struct outrider_err err;
	bool is_so;

	assert(vault->is_open[VAULT_CARDS]);
	if (!pin_has_length(pin))
		return false;
	page->fresh.envelope = page->keys[VAULT_CARDS].envelope;
	is_so = derive_wrap(vault, VAULT_CARDS, pin, &err) == OUTRIDER_OK &&
		sodium_memcmp(page->fresh.wrap, page->keys[VAULT_CARDS].wrap,
			      VAULT_KEY_LEN) == 0;
	wipe_work(vault);
	return is_so;
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
static void place_write(uint8_t out[PLACE_LEN], const struct vault_place *place,
			uint8_t key_number)
{
	struct octet_writer w = { .bytes = out, .room = PLACE_LEN };

	octets_put(&w, ROW_FORMAT, 1);
	octets_put(&w, key_number, 1);
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
		return err_no_memory(err);
	out[0] = ROW_FORMAT;
	out[1] = keys->envelope.number;
	code = next_nonce(vault, out + 2, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Padding: a byte 0x80, then zeros (ISO/IEC 7816-4). */
	if (len > 0)
		memcpy(out + ROW_HEADER, plain, len);
	memset(out + ROW_HEADER + len, 0, padded - len);
	out[ROW_HEADER + len] = 0x80;
	place_write(aside, place, keys->envelope.number);
	vault_aead_seal(out + ROW_HEADER, out + ROW_HEADER, padded, aside,
			sizeof(aside), out + 2, keys->rows[place->table]);
	sealed->len += ROW_HEADER + padded + TAG_LEN;
	return OUTRIDER_OK;
}

/* The key that a row names, or NULL. */
static const uint8_t *
row_key(const struct keys *keys, uint8_t table, uint8_t number)
{
	if (number == keys->envelope.number)
		return keys->rows[table];
	if (number != 0 && number == keys->envelope.old_number)
		return keys->old_rows[table];
	return NULL;
}

/* Where the padding begins. Not in constant time: it is authenticated. */
static bool find_end(size_t *text, const uint8_t *at, size_t padded)
{
	const size_t least = padded - ROW_BLOCK;

	while (padded > least + 1 && at[padded - 1] == 0)
		padded--;
	*text = padded - 1;
	return at[padded - 1] == 0x80;
}

enum outrider_code vault_unseal(const struct vault *vault, struct buffer *plain,
				const struct vault_place *place,
				const uint8_t *sealed, size_t len,
				struct outrider_err *err)
{
	const struct keys *keys = &vault->page->keys[place->compartment];
	const uint8_t *key;
	uint8_t aside[PLACE_LEN], *out;
	size_t padded, text;

	assert(place->table < VAULT_TABLES_MAX);
	if (!vault->is_open[place->compartment])
		return locked(err);
	if (len < VAULT_SEALED_EXTRA + ROW_BLOCK || sealed[0] != ROW_FORMAT ||
	    (key = row_key(keys, place->table, sealed[1])) == NULL ||
	    (len - VAULT_SEALED_EXTRA) % ROW_BLOCK != 0)
		goto damaged;
	padded = len - VAULT_SEALED_EXTRA;
	out = buffer_reserve(plain, padded);
	if (out == NULL)
		return err_no_memory(err);
	place_write(aside, place, sealed[1]);
	if (!vault_aead_open(out, sealed + ROW_HEADER, padded, aside,
			     sizeof(aside), sealed + 2, key) ||
	    !find_end(&text, out, padded))
		goto damaged;
	plain->len += text;
	return OUTRIDER_OK;
damaged:
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "A sealed row is damaged or out of place.");
}

void vault_tally_entry(const struct vault *vault, uint8_t out[VAULT_TAG_LEN],
		       enum vault_compartment compartment,
		       const uint8_t tag[VAULT_TAG_LEN])
{
	assert(vault->is_open[compartment]);
	crypto_shorthash_siphashx24(out, tag, VAULT_TAG_LEN,
				    vault->page->keys[compartment].tally);
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

bool vault_is_signed(const uint8_t public_key[VAULT_KEY_LEN],
		     const uint8_t *signature, size_t signature_len,
		     const void *at, size_t len)
{
	return signature_len == crypto_sign_BYTES &&
	       crypto_sign_verify_detached(signature, at, len, public_key) == 0;
}

void vault_hash(uint8_t out[VAULT_KEY_LEN], const void *at, size_t len)
{
	crypto_generichash(out, VAULT_KEY_LEN, at, len, NULL, 0);
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
		return err_no_memory(err);
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
		return err_no_memory(err);
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
	const struct keys *keys = &vault->page->keys[compartment];
	uint8_t plain[2 * (1 + VAULT_KEY_LEN)];
	size_t len = 1 + VAULT_KEY_LEN;
	enum outrider_code code;

	assert(table < VAULT_TABLES_MAX);
	if (!vault->is_open[compartment])
		return locked(err);
	plain[0] = keys->envelope.number;
	memcpy(plain + 1, keys->rows[table], VAULT_KEY_LEN);
	if (keys->envelope.old_number != 0) {
		plain[len] = keys->envelope.old_number;
		memcpy(plain + len + 1, keys->old_rows[table], VAULT_KEY_LEN);
		len = sizeof(plain);
	}
	code = vault_box_seal(vault, box, public_key, plain, len, err);
	sodium_memzero(plain, sizeof(plain));
	return code;
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
