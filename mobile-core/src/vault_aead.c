/*
 * vault_aead: see vault_aead.h.
 *
 * ChaCha20's key stream comes in blocks of 64 bytes. The first makes the key of
 * Poly1305, the text begins with the second (RFC 8439, 2.8). Where libsodium
 * has vectors it makes four blocks or eight in little more time than one, but
 * only if they are asked for together: its own function asks for the first
 * apart from the others, and has those behind the last four made singly. For a
 * card that is half of the work. So the stream of a short text is made here at
 * once, first block and all, up to a multiple of four. Longer texts, and
 * machines without vectors, take libsodium's function as it is.
 */
#include "vault_aead.h"

#include <sodium.h>
#include <string.h>

enum {
	BLOCK = 64,
	FOUR = 4 * BLOCK,
	EIGHT = 8 * BLOCK,
	STREAM_MAX = 2048,
	SHORT_MAX = STREAM_MAX - BLOCK,
};

_Static_assert(STREAM_MAX % FOUR == 0, "a stream fits when rounded up");
_Static_assert(VAULT_AEAD_KEY_LEN ==
		       crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	       "key");
_Static_assert(VAULT_AEAD_NONCE_LEN ==
		       crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	       "nonce");
_Static_assert(VAULT_AEAD_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES,
	       "tag");
_Static_assert(VAULT_AEAD_KEY_LEN == crypto_stream_xchacha20_KEYBYTES &&
		       VAULT_AEAD_NONCE_LEN ==
			       crypto_stream_xchacha20_NONCEBYTES &&
		       VAULT_AEAD_TAG_LEN == crypto_onetimeauth_poly1305_BYTES,
	       "its parts");

/* A text on its way, behind the block that the key of its tag comes from. */
struct stream {
	uint8_t first[BLOCK];
	uint8_t text[SHORT_MAX];
};

static bool is_made_at_once(size_t len)
{
	return len <= SHORT_MAX && sodium_runtime_has_ssse3();
}

/* One block behind eight is made singly sooner than with three more. */
static size_t stream_len(size_t least)
{
	return least % EIGHT <= BLOCK ? least
				      : (least + FOUR - 1) / FOUR * FOUR;
}

/* Returns how much of the stream was used: wipe it. */
static size_t stream_pass(struct stream *stream, const uint8_t *text,
			  size_t len, const uint8_t *nonce, const uint8_t *key)
{
	const size_t used = stream_len(BLOCK + len);

	memset(stream->first, 0, BLOCK);
	if (len > 0)
		memcpy(stream->text, text, len);
	memset(stream->text + len, 0, used - BLOCK - len);
	crypto_stream_xchacha20_xor((uint8_t *)stream, (const uint8_t *)stream,
				    used, nonce, key);
	return used;
}

/* To a multiple of 16, as what is authenticated is put together. */
static void add_padded(crypto_onetimeauth_poly1305_state *state,
		       const uint8_t *at, size_t len)
{
	static const uint8_t zeros[16];

	crypto_onetimeauth_poly1305_update(state, at, len);
	crypto_onetimeauth_poly1305_update(state, zeros, (16 - len % 16) % 16);
}

static void put_len(uint8_t at[8], size_t len)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)((uint64_t)len >> 8 * i);
}

static void make_tag(uint8_t tag[VAULT_AEAD_TAG_LEN],
		     const struct stream *stream, const uint8_t *sealed,
		     size_t len, const uint8_t *aside, size_t aside_len)
{
	crypto_onetimeauth_poly1305_state state;
	uint8_t lens[16];

	put_len(lens, aside_len);
	put_len(lens + 8, len);
	crypto_onetimeauth_poly1305_init(&state, stream->first);
	add_padded(&state, aside, aside_len);
	add_padded(&state, sealed, len);
	crypto_onetimeauth_poly1305_update(&state, lens, sizeof(lens));
	crypto_onetimeauth_poly1305_final(&state, tag);
	sodium_memzero(&state, sizeof(state));
}

void vault_aead_seal(uint8_t *sealed, const uint8_t *text, size_t len,
		     const uint8_t *aside, size_t aside_len,
		     const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
		     const uint8_t key[VAULT_AEAD_KEY_LEN])
{
	struct stream stream;
	size_t used;

	if (!is_made_at_once(len)) {
		crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, text,
							   len, aside,
							   aside_len, NULL,
							   nonce, key);
		return;
	}
	used = stream_pass(&stream, text, len, nonce, key);
	make_tag(sealed + len, &stream, stream.text, len, aside, aside_len);
	if (len > 0)
		memcpy(sealed, stream.text, len);
	sodium_memzero(&stream, used);
}

bool vault_aead_open(uint8_t *text, const uint8_t *sealed, size_t len,
		     const uint8_t *aside, size_t aside_len,
		     const uint8_t nonce[VAULT_AEAD_NONCE_LEN],
		     const uint8_t key[VAULT_AEAD_KEY_LEN])
{
	uint8_t tag[VAULT_AEAD_TAG_LEN];
	struct stream stream;
	bool is_sealed;
	size_t used;

	if (!is_made_at_once(len))
		return crypto_aead_xchacha20poly1305_ietf_decrypt(
			       text, NULL, NULL, sealed,
			       len + VAULT_AEAD_TAG_LEN, aside, aside_len,
			       nonce, key) == 0;
	used = stream_pass(&stream, sealed, len, nonce, key);
	make_tag(tag, &stream, sealed, len, aside, aside_len);
	is_sealed = crypto_verify_16(tag, sealed + len) == 0;
	/* Nothing of a text leaves here before its tag is known to be right. */
	if (is_sealed && len > 0)
		memcpy(text, stream.text, len);
	sodium_memzero(&stream, used);
	sodium_memzero(tag, sizeof(tag));
	return is_sealed;
}
