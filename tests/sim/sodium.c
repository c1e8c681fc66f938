/*
 * See sodium.h. Each nonce that something is sealed with is remembered, with
 * its key.
 */
#include "sodium.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* The linker's names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c) */
int __real_crypto_aead_xchacha20poly1305_ietf_encrypt(
	unsigned char *out, ull *out_len, const unsigned char *plain, ull len,
	const unsigned char *aside, ull aside_len, const unsigned char *secret,
	const unsigned char *nonce, const unsigned char *key);
int __wrap_crypto_aead_xchacha20poly1305_ietf_encrypt(
	unsigned char *out, ull *out_len, const unsigned char *plain, ull len,
	const unsigned char *aside, ull aside_len, const unsigned char *secret,
	const unsigned char *nonce, const unsigned char *key);

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

static void note(const unsigned char *nonce, const unsigned char *key)
{
	uint64_t mark;
	unsigned char both[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
			   crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	unsigned char hash[crypto_generichash_BYTES_MIN];

	memcpy(both, nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
	memcpy(both + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, key,
	       crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
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

/* NOLINTNEXTLINE(readability-function-size): the library's own form */
int __wrap_crypto_aead_xchacha20poly1305_ietf_encrypt(
	unsigned char *out, ull *out_len, const unsigned char *plain, ull len,
	const unsigned char *aside, ull aside_len, const unsigned char *secret,
	const unsigned char *nonce, const unsigned char *key)
{
	note(nonce, key);
	return __real_crypto_aead_xchacha20poly1305_ietf_encrypt(
		out, out_len, plain, len, aside, aside_len, secret, nonce, key);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */
