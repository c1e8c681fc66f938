/*
 * See sodium.h. Each nonce that something is sealed with is remembered, with
 * its key; that it is what libsodium is given says test_vault_aead.
 */
#include "sodium.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/vault_aead.h"

/* The linker's names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c) */
void __real_vault_aead_seal(uint8_t *sealed, const uint8_t *text, size_t len,
			    const uint8_t *aside, size_t aside_len,
			    const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
			    const uint8_t key[VAULT_AEAD_KEY_LEN]);
void __wrap_vault_aead_seal(uint8_t *sealed, const uint8_t *text, size_t len,
			    const uint8_t *aside, size_t aside_len,
			    const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
			    const uint8_t key[VAULT_AEAD_KEY_LEN]);

/* What was seen: of each key and nonce eight bytes; 0 is a free place. */
static struct {
	uint64_t *at;
	size_t n, room;
	bool was_twice;
} seen;

static bool put(uint64_t mark)
{
	size_t i = (size_t)mark & (seen.room - 1);

	while (seen.at[i] != 0 && seen.at[i] != mark)
		i = (i + 1) & (seen.room - 1);
	if (seen.at[i] == mark)
		return false;
	seen.at[i] = mark;
	return true;
}

static void grow(void)
{
	uint64_t *old = seen.at;
	const size_t room = seen.room;

	seen.room = room > 0 ? room * 2 : 4096;
	seen.at = calloc(seen.room, sizeof(*seen.at));
	if (seen.at == NULL)
		abort();
	for (size_t i = 0; i < room; i++)
		if (old[i] != 0)
			(void)put(old[i]);
	free(old);
}

static void note(const uint8_t *nonce, const uint8_t *key)
{
	uint64_t mark;
	uint8_t both[VAULT_AEAD_NONCE_LEN + VAULT_AEAD_KEY_LEN];
	uint8_t hash[crypto_generichash_BYTES_MIN];

	memcpy(both, nonce, VAULT_AEAD_NONCE_LEN);
	memcpy(both + VAULT_AEAD_NONCE_LEN, key, VAULT_AEAD_KEY_LEN);
	(void)crypto_generichash(hash, sizeof(hash), both, sizeof(both), NULL,
				 0);
	memcpy(&mark, hash, sizeof(mark));
	if (seen.n * 2 >= seen.room)
		grow();
	seen.was_twice |= !put(mark | 1);
	seen.n++;
}

bool sodium_saw_nonce_twice(void)
{
	return seen.was_twice;
}

void __wrap_vault_aead_seal(uint8_t *sealed, const uint8_t *text, size_t len,
			    const uint8_t *aside, size_t aside_len,
			    const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
			    const uint8_t key[VAULT_AEAD_KEY_LEN])
{
	note(nonce, key);
	__real_vault_aead_seal(sealed, text, len, aside, aside_len, nonce, key);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */
