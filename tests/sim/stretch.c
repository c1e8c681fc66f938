/*
 * A simulated phone is switched on a hundred times a minute: its PIN is
 * stretched as cheaply as Argon2id can. The linker puts this in the place of
 * libsodium's function (--wrap); what it is given and gives is the same.
 */
#include <sodium.h>

/* The linker's names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c) */
int __real_crypto_pwhash(unsigned char *out, unsigned long long out_len,
			 const char *password, unsigned long long len,
			 const unsigned char *salt, unsigned long long passes,
			 size_t memory, int algorithm);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_len,
			 const char *password, unsigned long long len,
			 const unsigned char *salt, unsigned long long passes,
			 size_t memory, int algorithm);

int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_len,
			 const char *password, unsigned long long len,
			 const unsigned char *salt, unsigned long long passes,
			 size_t memory, int algorithm)
{
	(void)passes;
	(void)memory;
	return __real_crypto_pwhash(out, out_len, password, len, salt,
				    crypto_pwhash_OPSLIMIT_MIN,
				    crypto_pwhash_MEMLIMIT_MIN, algorithm);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */
