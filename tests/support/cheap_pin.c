/*
 * Argon2id at its cheapest, for tests that open a phone a thousand times: the
 * linker puts it in the library's place (cheap_pin in tests/CMakeLists.txt).
 * What the real cost does is test_vault's.
 */
#include <sodium.h>

typedef unsigned long long ull;

/* The linker's names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c) */
int __real_crypto_pwhash(unsigned char *out, ull out_len, const char *password,
			 ull len, const unsigned char *salt, ull passes,
			 size_t memory, int algorithm);
int __wrap_crypto_pwhash(unsigned char *out, ull out_len, const char *password,
			 ull len, const unsigned char *salt, ull passes,
			 size_t memory, int algorithm);

int __wrap_crypto_pwhash(unsigned char *out, ull out_len, const char *password,
			 ull len, const unsigned char *salt, ull passes,
			 size_t memory, int algorithm)
{
	(void)passes;
	(void)memory;
	return __real_crypto_pwhash(out, out_len, password, len, salt,
				    crypto_pwhash_OPSLIMIT_MIN,
				    crypto_pwhash_MEMLIMIT_MIN, algorithm);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */
