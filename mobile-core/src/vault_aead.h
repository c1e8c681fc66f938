/*
 * vault_aead: XChaCha20-Poly1305 (IETF), the vault's one cipher.
 *
 * Owns how its steps are taken. The bytes are those of libsodium's
 * crypto_aead_xchacha20poly1305_ietf_*, either way round. It refuses to know
 * what is sealed, and where nonces come from.
 */
#ifndef CORE_VAULT_AEAD_H
#define CORE_VAULT_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VAULT_AEAD_KEY_LEN = 32,
	VAULT_AEAD_NONCE_LEN = 24,
	VAULT_AEAD_TAG_LEN = 16,
};

/* Writes len + VAULT_AEAD_TAG_LEN bytes. The text may lie where they go. A key
 * seals once with a nonce. sodium_init has been called. */
void vault_aead_seal(uint8_t *sealed, const uint8_t *text, size_t len,
		     const uint8_t *aside, size_t aside_len,
		     const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
		     const uint8_t key[VAULT_AEAD_KEY_LEN]);

/* The text's len bytes from len + VAULT_AEAD_TAG_LEN that lie elsewhere; false
 * if it isn't what was sealed, and there is no text then. */
bool vault_aead_open(uint8_t *text, const uint8_t *sealed, size_t len,
		     const uint8_t *aside, size_t aside_len,
		     const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
		     const uint8_t key[VAULT_AEAD_KEY_LEN]);

#endif
