/*
 * The cipher's own steps give the bytes of libsodium's function, at each length
 * around the border of what is made at once, and the other way round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "vault_aead.h"

enum {
	LEN_MAX = 2300, /* above what is made at once */
	ASIDE_MAX = 48,
};

struct fixture {
	uint8_t key[VAULT_AEAD_KEY_LEN], nonce[VAULT_AEAD_NONCE_LEN];
	uint8_t text[LEN_MAX], aside[ASIDE_MAX];
	uint8_t sealed[LEN_MAX + VAULT_AEAD_TAG_LEN];
	uint8_t theirs[LEN_MAX + VAULT_AEAD_TAG_LEN];
	uint8_t back[LEN_MAX];
};

static int setup(void **state)
{
	static struct fixture fixture;
	static const uint8_t seed[randombytes_SEEDBYTES] = "vault_aead";

	randombytes_buf_deterministic(&fixture, sizeof(fixture), seed);
	*state = &fixture;
	return 0;
}

/* draft-irtf-cfrg-xchacha-03, A.3.1. */
static void the_published_vector(void **state)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer "
		"you only one tip for the future, sunscreen would be it.";
	static const uint8_t aside[] = { 0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1,
					 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
	static const char wanted[] =
		"bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c2139"
		"6cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e"
		"1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2"
		"383565d3fff921f9664c97637da9768812f615c68b13b52e"
		"c0875924c1c7987947deafd8780acf49";
	const size_t len = sizeof(text) - 1;
	uint8_t sealed[sizeof(text) - 1 + VAULT_AEAD_TAG_LEN];
	char hex[2 * sizeof(sealed) + 1];
	struct fixture *f = *state;
	uint8_t key[VAULT_AEAD_KEY_LEN], nonce[VAULT_AEAD_NONCE_LEN];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0x80 + i);
	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x40 + i);
	vault_aead_seal(sealed, (const uint8_t *)text, len, aside,
			sizeof(aside), nonce, key);
	sodium_bin2hex(hex, sizeof(hex), sealed, sizeof(sealed));
	assert_string_equal(hex, wanted);
	assert_true(vault_aead_open(f->back, sealed, len, aside, sizeof(aside),
				    nonce, key));
	assert_memory_equal(f->back, text, len);
}

static void is_libsodium_s(struct fixture *f, size_t len, size_t aside_len)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(f->theirs, NULL, f->text,
						   len, f->aside, aside_len,
						   NULL, f->nonce, f->key);
	vault_aead_seal(f->sealed, f->text, len, f->aside, aside_len, f->nonce,
			f->key);
	assert_memory_equal(f->sealed, f->theirs, len + VAULT_AEAD_TAG_LEN);
	memset(f->back, 0xaa, sizeof(f->back));
	assert_true(vault_aead_open(f->back, f->theirs, len, f->aside,
				    aside_len, f->nonce, f->key));
	assert_true(len == 0 || memcmp(f->back, f->text, len) == 0);
	/* A text that lies where it is sealed. */
	memcpy(f->back, f->text, len);
	memcpy(f->sealed, f->text, len);
	vault_aead_seal(f->sealed, f->sealed, len, f->aside, aside_len,
			f->nonce, f->key);
	assert_memory_equal(f->sealed, f->theirs, len + VAULT_AEAD_TAG_LEN);
}

static void both_ways_at_each_length(void **state)
{
	struct fixture *f = *state;

	for (size_t len = 0; len <= LEN_MAX; len++) {
		sodium_increment(f->nonce, sizeof(f->nonce));
		is_libsodium_s(f, len, len % (ASIDE_MAX + 1));
	}
	for (size_t aside_len = 0; aside_len <= ASIDE_MAX; aside_len++)
		is_libsodium_s(f, 384, aside_len);
}

static bool opens(struct fixture *f, size_t len)
{
	return vault_aead_open(f->back, f->sealed, len, f->aside, 27, f->nonce,
			       f->key);
}

/* One bit of anything that goes in, and nothing comes out. */
static void
refuses_changes_of(struct fixture *f, size_t len, uint8_t *at, size_t at_len)
{
	for (size_t i = 0; i < at_len; i++) {
		memset(f->back, 0xaa, sizeof(f->back));
		at[i] ^= (uint8_t)(1U << i % 8);
		assert_false(opens(f, len));
		at[i] ^= (uint8_t)(1U << i % 8);
		assert_true(len == 0 ||
			    memcmp(f->back, f->text, len < 16 ? len : 16) != 0);
	}
}

static void what_was_changed_does_not_open(void **state)
{
	static const size_t lens[] = { 0, 1, 64, 384, 1984, 1985 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		const size_t len = lens[i];

		vault_aead_seal(f->sealed, f->text, len, f->aside, 27, f->nonce,
				f->key);
		assert_true(opens(f, len));
		refuses_changes_of(f, len, f->sealed, len + VAULT_AEAD_TAG_LEN);
		refuses_changes_of(f, len, f->aside, 27);
		refuses_changes_of(f, len, f->nonce, sizeof(f->nonce));
		refuses_changes_of(f, len, f->key, sizeof(f->key));
		assert_true(opens(f, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_published_vector, setup),
		cmocka_unit_test_setup(both_ways_at_each_length, setup),
		cmocka_unit_test_setup(what_was_changed_does_not_open, setup),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
