/*
 * vault: the keys of the phone, and what is done with them.
 *
 * Owns two compartments of keys, sealing and opening of rows, the device's
 * signature, and the intake (what the tracking side writes for the cards
 * while they are locked). It refuses to know of SQLite, of records and of
 * where its envelopes are kept. docs/formats/vault.md has the bytes.
 *
 *	key store's secret ──────────────┬─> wraps TRACKING's keys
 *	                                 │
 *	PIN ── Argon2id(salt, cost) ─────┴─> wraps CARDS' keys
 *
 * Every key lies in memory that is locked, between two guard pages, or opening
 * fails.
 */
#ifndef CORE_VAULT_H
#define CORE_VAULT_H

#include "model/arena.h"
#include "model/err.h"

enum vault_compartment { VAULT_TRACKING, VAULT_CARDS };

enum {
	VAULT_COMPARTMENTS = 2,
	VAULT_TABLES_MAX = 16,	  /* table numbers are below this */
	VAULT_NAME_LEN = 16,	  /* of a row: keyed hash of table and id */
	VAULT_ENVELOPE_LEN = 231, /* wrapped keys of a compartment */
	VAULT_SEALED_EXTRA = 42,  /* a sealed row is longer by this + padding */
	VAULT_TAG_LEN = 16,	  /* a sealed row's last bytes */
	VAULT_BOX_EXTRA = 48,	  /* a box is longer by this */
	VAULT_KEY_LEN = 32,
	VAULT_SIGNATURE_LEN = 64,
	VAULT_PIN_MIN = 4,
	VAULT_PIN_MAX = 64,
};

struct vault;

/*
 * A closed vault in locked memory. Random bytes come from the
 * host, which must outlive it. The secret is copied.
 * Errors: RESOURCE_EXHAUSTED (memory, or it can't be locked).
 */
MODEL_MUST_USE enum outrider_code
vault_new(struct vault **out, const struct outrider_host *host,
	  const uint8_t secret[VAULT_KEY_LEN], struct outrider_err *err);
void vault_free(struct vault *vault); /* wipes; NULL is fine */

/*
 * Makes new keys for a compartment and opens it. The envelope is to be kept:
 * it is useless without the key store's secret and, for CARDS, the PIN (NULL
 * for TRACKING).
 * Errors: INVALID_ARGUMENT (PIN), RESOURCE_EXHAUSTED, INTERNAL (random).
 */
MODEL_MUST_USE enum outrider_code
vault_create(struct vault *vault, uint8_t envelope[VAULT_ENVELOPE_LEN],
	     enum vault_compartment compartment, const char *pin,
	     struct outrider_err *err);
/*
 * Errors: WRONG_PIN (CARDS), DATA_LOSS (TRACKING: another key store's, or
 * damaged; CARDS: not an envelope), RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
vault_unlock(struct vault *vault, enum vault_compartment compartment,
	     const uint8_t *envelope, size_t len, const char *pin,
	     struct outrider_err *err);
void vault_lock(struct vault *vault, enum vault_compartment compartment);
bool vault_is_open(const struct vault *vault,
		   enum vault_compartment compartment);

/*
 * Changes of an open compartment: another PIN (of CARDS), another data key (the
 * one before goes on opening its rows; there is no older one then), or the
 * older key's end. They hold at once, so that the caller's transaction can go
 * on with them; vault_change_end says whether the envelope became durable, and
 * takes them back where it didn't.
 * Errors: INVALID_ARGUMENT (PIN), RESOURCE_EXHAUSTED, INTERNAL (random):
 * nothing has changed then.
 */
enum vault_changes {
	VAULT_NEW_PIN = 1 << 0,
	VAULT_NEW_KEY = 1 << 1,
	VAULT_DROP_OLD = 1 << 2,
};
MODEL_MUST_USE enum outrider_code
vault_change(struct vault *vault, uint8_t envelope[VAULT_ENVELOPE_LEN],
	     enum vault_compartment compartment, unsigned changes,
	     const char *pin, struct outrider_err *err);
void vault_change_end(struct vault *vault, enum vault_compartment compartment,
		      bool is_kept);
/* Rows of an older key may be about. */
bool vault_has_old_key(const struct vault *vault,
		       enum vault_compartment compartment);
/* This row is one: sealed anew, it has the newest key. */
bool vault_is_of_old_key(const struct vault *vault,
			 enum vault_compartment compartment,
			 const uint8_t *sealed, size_t len);
/* CARDS are open: is this their PIN? As dear as unlocking. */
bool vault_pin_is(struct vault *vault, const char *pin);

/* Where a sealed row lies. All of it is authenticated with the row. */
struct vault_place {
	enum vault_compartment compartment;
	uint8_t table;
	uint8_t name[VAULT_NAME_LEN];
	uint64_t rev;
};

/* The name of a row: a keyed hash, so that it tells nothing of the id. The
 * compartment is open. */
void vault_name(const struct vault *vault, uint8_t name[VAULT_NAME_LEN],
		enum vault_compartment compartment, uint8_t table,
		const void *id, size_t id_len);
/* Appends the sealed row. Errors: LOCKED, RESOURCE_EXHAUSTED, INTERNAL. */
MODEL_MUST_USE enum outrider_code
vault_seal(const struct vault *vault, struct buffer *sealed,
	   const struct vault_place *place, const void *plain, size_t len,
	   struct outrider_err *err);
/* Appends what was sealed. Errors: LOCKED, RESOURCE_EXHAUSTED, DATA_LOSS (not
 * what was sealed there). */
MODEL_MUST_USE enum outrider_code
vault_unseal(const struct vault *vault, struct buffer *plain,
	     const struct vault_place *place, const uint8_t *sealed, size_t len,
	     struct outrider_err *err);

/* What a row with this tag counts in a tally: nobody can say without the key,
 * so nobody can find other rows with the same sum. The compartment is open. */
void vault_tally_entry(const struct vault *vault, uint8_t out[VAULT_TAG_LEN],
		       enum vault_compartment compartment,
		       const uint8_t tag[VAULT_TAG_LEN]);

/* The device's Ed25519 key: TRACKING's, and TRACKING is open. */
void vault_signing_key(const struct vault *vault,
		       uint8_t public_key[VAULT_KEY_LEN]);
void vault_sign(const struct vault *vault,
		uint8_t signature[VAULT_SIGNATURE_LEN], const void *at,
		size_t len);

/* Did this key's owner sign it? */
bool vault_is_signed(const uint8_t public_key[VAULT_KEY_LEN],
		     const uint8_t *signature, size_t signature_len,
		     const void *at, size_t len);
/* BLAKE2b, of 32 bytes. */
void vault_hash(uint8_t out[VAULT_KEY_LEN], const void *at, size_t len);

/*
 * Boxes: anyone who has the public key closes them, only the open cards read
 * them. vault_box_key wants CARDS open. Each box appends to its buffer.
 * Errors: RESOURCE_EXHAUSTED, INTERNAL; opening: LOCKED, DATA_LOSS.
 */
void vault_box_key(const struct vault *vault,
		   uint8_t public_key[VAULT_KEY_LEN]);
MODEL_MUST_USE enum outrider_code
vault_box_seal(const struct vault *vault, struct buffer *box,
	       const uint8_t public_key[VAULT_KEY_LEN], const void *plain,
	       size_t len, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
vault_box_open(const struct vault *vault, struct buffer *plain,
	       const uint8_t *box, size_t len, struct outrider_err *err);

/*
 * The keys of one table's rows in a box for somebody else (key number and key,
 * the newest first): unsent work can be read with them when the phone's owner
 * can't. The compartment is open.
 */
MODEL_MUST_USE enum outrider_code
vault_escrow_table(const struct vault *vault, struct buffer *box,
		   enum vault_compartment compartment, uint8_t table,
		   const uint8_t public_key[VAULT_KEY_LEN],
		   struct outrider_err *err);

/* Tries to keep memory out of swap and of core dumps; false if it can't. */
bool vault_memory_lock(void *at, size_t len);
/* Wipes it and lets it go. */
void vault_memory_unlock(void *at, size_t len);
void vault_memory_wipe(void *at, size_t len);

#endif
