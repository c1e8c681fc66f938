/*
 * The vault: its vectors, what opens and what doesn't, and memory that can't
 * be locked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault.h"
#include "vault_aead.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER true
#endif
#endif
#ifndef HAS_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER false
#endif

static const uint8_t SECRET[VAULT_KEY_LEN] = "the key store's own 32 bytes ...";
static const char PIN[] = "2468";

/* Bytes 0, 1, 2...: vectors need the same "random" bytes each time. */
static int counting_bytes(void *user, void *out, size_t len)
{
	uint8_t *next = user, *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (*next)++;
	return 0;
}

static int no_bytes(void *user, void *out, size_t len)
{
	(void)user, (void)out, (void)len;
	return -1;
}

struct fixture {
	struct outrider_host host;
	uint8_t next;
	struct vault *vault;
	struct buffer out, back;
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	*f = (struct fixture){ .host = { .random = counting_bytes } };
	f->host.user = &f->next;
	buffer_init(&f->out, &allocator_libc, 1 << 20);
	buffer_init(&f->back, &allocator_libc, 1 << 20);
	*state = f;
	return vault_new(&f->vault, &f->host, SECRET, NULL) == OUTRIDER_OK ? 0
									   : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vault_free(f->vault);
	buffer_free(&f->out);
	buffer_free(&f->back);
	return 0;
}

static void assert_hex(const uint8_t *at, size_t len, const char *hex)
{
	char text[1024];

	assert_true(2 * len < sizeof(text));
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	assert_string_equal(text, hex);
}

static struct vault_place place(const struct vault *vault,
				enum vault_compartment compartment,
				uint8_t table, const char *id, uint64_t rev)
{
	struct vault_place place = {
		.compartment = compartment,
		.table = table,
		.rev = rev,
	};

	vault_name(vault, place.name, compartment, table, id, strlen(id));
	return place;
}

#define VECTOR_ENVELOPE                                              \
	"4f5256320101000000000300002000000102030405060708090a0b0c0d" \
	"0e0f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a75244b7" \
	"03ed6049bde0439d37cdabb7f2ab621489c7220e590900481184628a2b" \
	"7d61ec98528f60d9d5d637782902c6b9b3d53659cfded8b09bd91b209b" \
	"8bce5faa3ace12c58f8e87a0c86a5fac611942e9e0ea378618fcec8535" \
	"3cab47770a0d94c34feb71c1a9762eea0a6f8a0c01e1b286d229e0c5f1" \
	"11a1ded37112920134a3dfef069eaa365582924a9b92e67867736c58c0" \
	"a8d9ff5d03902160eebaef12966d47ed14d79c787802acf76b9708fd"
#define VECTOR_NAME "b4c8ef28c477d940d971914fadccd6f9"
#define VECTOR_ROW                                                   \
	"0101a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfe39387" \
	"70a0146c50daa66140ecbe2839e2f261975d60cc9c9e252773c7f12060" \
	"88763ac6774ebfd3f4c8eef182f9fd7f562b27e9c30189b27b18b549cf" \
	"9112d14305c01fa0b6a978842e5218c5c8b5a5"
#define VECTOR_ENTRY "c96ab8b2c02e22c38493550278055de2"
#define VECTOR_BOX_KEY                                               \
	"1084f97dcc3125bdd2c3ccbe57dc872fe246539a43565830f47e6e7825" \
	"7b3a72"
#define VECTOR_SIGNING_KEY                                           \
	"c14bda4c093cb1cc095a55ddbced70d474b4b37d1ec742836ae0094df9" \
	"0afcd3"

/* docs/formats/vault.md has the same vectors. */
static void vectors(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN], key[VAULT_KEY_LEN];
	uint8_t entry[VAULT_TAG_LEN];
	struct vault_place at;

	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	assert_hex(envelope, sizeof(envelope), VECTOR_ENVELOPE);
	at = place(f->vault, VAULT_CARDS, 1, "a card", 7);
	assert_hex(at.name, sizeof(at.name), VECTOR_NAME);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "Petrov", 6, NULL),
			 OUTRIDER_OK);
	assert_hex(f->out.at, f->out.len, VECTOR_ROW);
	vault_tally_entry(f->vault, entry, VAULT_CARDS,
			  f->out.at + f->out.len - VAULT_TAG_LEN);
	assert_hex(entry, sizeof(entry), VECTOR_ENTRY);
	vault_box_key(f->vault, key);
	assert_hex(key, sizeof(key), VECTOR_BOX_KEY);
	/* The vectors count the bytes that are used; nonces are drawn ahead. */
	f->next = 168 + 24;
	assert_int_equal(vault_create(f->vault, envelope, VAULT_TRACKING, NULL,
				      NULL),
			 OUTRIDER_OK);
	vault_signing_key(f->vault, key);
	assert_hex(key, sizeof(key), VECTOR_SIGNING_KEY);
}

static void keys_open_with_their_secrets(void **state)
{
	struct fixture *f = *state;
	uint8_t cards[VAULT_ENVELOPE_LEN], tracking[VAULT_ENVELOPE_LEN];
	uint8_t other[VAULT_KEY_LEN] = { 1 };
	struct vault *vault;

	assert_int_equal(vault_create(f->vault, cards, VAULT_CARDS, PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(vault_create(f->vault, tracking, VAULT_TRACKING, NULL,
				      NULL),
			 OUTRIDER_OK);
	vault_lock(f->vault, VAULT_CARDS);
	assert_false(vault_is_open(f->vault, VAULT_CARDS));
	assert_int_equal(vault_unlock(f->vault, VAULT_CARDS, cards,
				      sizeof(cards), "2469", NULL),
			 OUTRIDER_WRONG_PIN);
	assert_false(vault_is_open(f->vault, VAULT_CARDS));
	assert_int_equal(vault_unlock(f->vault, VAULT_CARDS, cards,
				      sizeof(cards), PIN, NULL),
			 OUTRIDER_OK);
	/* One compartment's envelope doesn't open the other. */
	assert_int_equal(vault_unlock(f->vault, VAULT_CARDS, tracking,
				      sizeof(tracking), PIN, NULL),
			 OUTRIDER_DATA_LOSS);
	/* Another phone: neither opens. */
	assert_int_equal(vault_new(&vault, &f->host, other, NULL), OUTRIDER_OK);
	assert_int_equal(vault_unlock(vault, VAULT_CARDS, cards, sizeof(cards),
				      PIN, NULL),
			 OUTRIDER_WRONG_PIN);
	assert_int_equal(vault_unlock(vault, VAULT_TRACKING, tracking,
				      sizeof(tracking), NULL, NULL),
			 OUTRIDER_DATA_LOSS);
	vault_free(vault);
}

static void a_damaged_envelope_opens_nothing(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN];

	assert_int_equal(vault_create(f->vault, envelope, VAULT_TRACKING, NULL,
				      NULL),
			 OUTRIDER_OK);
	vault_lock(f->vault, VAULT_TRACKING);
	for (size_t i = 0; i < sizeof(envelope); i++) {
		envelope[i] ^= 1;
		assert_int_equal(vault_unlock(f->vault, VAULT_TRACKING,
					      envelope, sizeof(envelope), NULL,
					      NULL),
				 OUTRIDER_DATA_LOSS);
		envelope[i] ^= 1;
		assert_int_equal(vault_unlock(f->vault, VAULT_TRACKING,
					      envelope, i, NULL, NULL),
				 OUTRIDER_DATA_LOSS);
	}
	assert_int_equal(vault_unlock(f->vault, VAULT_TRACKING, envelope,
				      sizeof(envelope), NULL, NULL),
			 OUTRIDER_OK);
}

static enum outrider_code
open_cards(struct fixture *f, const uint8_t *envelope, const char *pin)
{
	vault_lock(f->vault, VAULT_CARDS);
	return vault_unlock(f->vault, VAULT_CARDS, envelope, VAULT_ENVELOPE_LEN,
			    pin, NULL);
}

static enum outrider_code
unseal(struct fixture *f, const struct vault_place *at);

static void another_pin_opens_the_same(void **state)
{
	struct fixture *f = *state;
	uint8_t before[VAULT_ENVELOPE_LEN], after[VAULT_ENVELOPE_LEN];
	struct vault_place at;

	assert_int_equal(vault_create(f->vault, before, VAULT_CARDS, PIN, NULL),
			 OUTRIDER_OK);
	at = place(f->vault, VAULT_CARDS, 1, "a card", 7);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "Petrov", 6, NULL),
			 OUTRIDER_OK);
	assert_true(vault_pin_is(f->vault, PIN));
	assert_false(vault_pin_is(f->vault, "2469"));
	assert_false(vault_pin_is(f->vault, ""));
	assert_int_equal(vault_change(f->vault, after, VAULT_CARDS,
				      VAULT_NEW_PIN, "x", NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(vault_change(f->vault, after, VAULT_CARDS,
				      VAULT_NEW_PIN, "8642", NULL),
			 OUTRIDER_OK);
	vault_change_end(f->vault, VAULT_CARDS, true);
	assert_true(vault_pin_is(f->vault, "8642"));
	assert_int_equal(open_cards(f, after, PIN), OUTRIDER_WRONG_PIN);
	assert_int_equal(open_cards(f, after, "8642"), OUTRIDER_OK);
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	/* Nothing of one envelope is in the other. */
	assert_memory_not_equal(before + 15, after + 15, 16);
}

static void another_key_opens_both(void **state)
{
	struct fixture *f = *state;
	uint8_t before[VAULT_ENVELOPE_LEN], after[VAULT_ENVELOPE_LEN];
	struct vault_place at;
	struct buffer old;

	buffer_init(&old, &allocator_libc, 1 << 20);
	assert_int_equal(vault_create(f->vault, before, VAULT_CARDS, PIN, NULL),
			 OUTRIDER_OK);
	at = place(f->vault, VAULT_CARDS, 1, "a card", 7);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "Petrov", 6, NULL),
			 OUTRIDER_OK);
	buffer_append(&old, f->out.at, f->out.len);

	/* Not kept: as if it had never been. */
	assert_int_equal(vault_change(f->vault, after, VAULT_CARDS,
				      VAULT_NEW_KEY, NULL, NULL),
			 OUTRIDER_OK);
	assert_true(vault_has_old_key(f->vault, VAULT_CARDS));
	vault_change_end(f->vault, VAULT_CARDS, false);
	assert_false(vault_has_old_key(f->vault, VAULT_CARDS));

	assert_int_equal(vault_change(f->vault, after, VAULT_CARDS,
				      VAULT_NEW_KEY, NULL, NULL),
			 OUTRIDER_OK);
	vault_change_end(f->vault, VAULT_CARDS, true);
	assert_int_equal(open_cards(f, after, PIN), OUTRIDER_OK);
	assert_true(
		vault_is_of_old_key(f->vault, VAULT_CARDS, old.at, old.len));
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	buffer_clear(&f->out);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "Petrov", 6, NULL),
			 OUTRIDER_OK);
	assert_false(vault_is_of_old_key(f->vault, VAULT_CARDS, f->out.at,
					 f->out.len));
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	/* The name stays, or nothing would be found. */
	assert_memory_equal(place(f->vault, VAULT_CARDS, 1, "a card", 7).name,
			    at.name, sizeof(at.name));

	assert_int_equal(vault_change(f->vault, after, VAULT_CARDS,
				      VAULT_DROP_OLD, NULL, NULL),
			 OUTRIDER_OK);
	vault_change_end(f->vault, VAULT_CARDS, true);
	assert_int_equal(open_cards(f, after, PIN), OUTRIDER_OK);
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	buffer_clear(&f->out);
	buffer_append(&f->out, old.at, old.len);
	assert_int_equal(unseal(f, &at), OUTRIDER_DATA_LOSS);
	/* The forerunner of the new key doesn't open what is new. */
	assert_int_equal(open_cards(f, before, PIN), OUTRIDER_OK);
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	buffer_free(&old);
}

static void pins_have_a_length(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	char pin[70];

	memset(pin, '1', sizeof(pin));
	pin[65] = 0;
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, pin,
				      NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, "123",
				      NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, NULL,
				      NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	pin[64] = 0;
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, pin,
				      NULL),
			 OUTRIDER_OK);
}

static enum outrider_code
unseal(struct fixture *f, const struct vault_place *at)
{
	buffer_clear(&f->back);
	return vault_unseal(f->vault, &f->back, at, f->out.at, f->out.len,
			    NULL);
}

static void a_row_opens_in_its_place_alone(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	struct vault_place at, other;

	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	assert_int_equal(vault_create(f->vault, envelope, VAULT_TRACKING, NULL,
				      NULL),
			 OUTRIDER_OK);
	at = place(f->vault, VAULT_CARDS, 1, "a", 7);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "Petrov", 6, NULL),
			 OUTRIDER_OK);
	assert_int_equal(unseal(f, &at), OUTRIDER_OK);
	assert_int_equal(f->back.len, 6);
	assert_memory_equal(f->back.at, "Petrov", 6);

	other = place(f->vault, VAULT_CARDS, 1, "b", 7);
	assert_int_equal(unseal(f, &other), OUTRIDER_DATA_LOSS);
	other = at;
	other.table = 2;
	assert_int_equal(unseal(f, &other), OUTRIDER_DATA_LOSS);
	other = at;
	other.rev = 8;
	assert_int_equal(unseal(f, &other), OUTRIDER_DATA_LOSS);
	other = at;
	other.compartment = VAULT_TRACKING;
	assert_int_equal(unseal(f, &other), OUTRIDER_DATA_LOSS);

	for (size_t i = 0; i < f->out.len; i++) {
		f->out.at[i] ^= 0x80;
		assert_int_equal(unseal(f, &at), OUTRIDER_DATA_LOSS);
		f->out.at[i] ^= 0x80;
	}
	for (size_t len = f->out.len; f->out.len-- > 0;) {
		assert_int_equal(unseal(f, &at), OUTRIDER_DATA_LOSS);
		assert_true(f->out.len < len);
		if (f->out.len == 0)
			break;
	}
	vault_lock(f->vault, VAULT_CARDS);
	assert_int_equal(unseal(f, &at), OUTRIDER_LOCKED);
}

static void lengths_are_padded(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN], plain[200] = { 0x80 };
	struct vault_place at;

	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	at = place(f->vault, VAULT_CARDS, 1, "a", 1);
	for (size_t len = 0; len <= sizeof(plain); len++) {
		buffer_clear(&f->out);
		assert_int_equal(vault_seal(f->vault, &f->out, &at, plain, len,
					    NULL),
				 OUTRIDER_OK);
		assert_int_equal((f->out.len - VAULT_SEALED_EXTRA) % 64, 0);
		assert_int_equal(f->out.len,
				 VAULT_SEALED_EXTRA + (len / 64 + 1) * 64);
		assert_int_equal(unseal(f, &at), OUTRIDER_OK);
		assert_int_equal(f->back.len, len);
	}
}

/* A row of one block with this text and padding, sealed with the table's own
 * key, which the vault gives out in a box. */
static void seal_block(struct fixture *f, const struct vault_place *at,
		       const uint8_t block[64])
{
	static const uint8_t nonce[VAULT_AEAD_NONCE_LEN] = { 1 };
	uint8_t public_key[VAULT_KEY_LEN], row[VAULT_SEALED_EXTRA + 64];
	uint8_t aside[27] = { 1, 1, at->table };
	struct buffer box, keys;

	buffer_init(&box, &allocator_libc, 1 << 10);
	buffer_init(&keys, &allocator_libc, 1 << 10);
	vault_box_key(f->vault, public_key);
	assert_int_equal(vault_escrow_table(f->vault, &box, VAULT_CARDS,
					    at->table, public_key, NULL),
			 OUTRIDER_OK);
	assert_int_equal(vault_box_open(f->vault, &keys, box.at, box.len, NULL),
			 OUTRIDER_OK);
	for (size_t i = 0; i < 8; i++)
		aside[3 + i] = (uint8_t)(at->rev >> (56 - 8 * i));
	memcpy(aside + 11, at->name, VAULT_NAME_LEN);
	row[0] = row[1] = 1;
	memcpy(row + 2, nonce, sizeof(nonce));
	vault_aead_seal(row + 2 + sizeof(nonce), block, 64, aside,
			sizeof(aside), nonce, keys.at + 1);
	buffer_clear(&f->out);
	buffer_append(&f->out, row, sizeof(row));
	buffer_free(&box);
	buffer_free(&keys);
}

static void padding_has_an_end(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN], block[64] = { 0 };
	struct vault_place at;

	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	at = place(f->vault, VAULT_CARDS, 1, "a", 1);
	seal_block(f, &at, block);
	assert_int_equal(unseal(f, &at), OUTRIDER_DATA_LOSS);
	block[20] = 0x81;
	seal_block(f, &at, block);
	assert_int_equal(unseal(f, &at), OUTRIDER_DATA_LOSS);
	for (size_t len = 0; len < sizeof(block); len++) {
		memset(block, 0, sizeof(block));
		block[len] = 0x80;
		seal_block(f, &at, block);
		assert_int_equal(unseal(f, &at), OUTRIDER_OK);
		assert_int_equal(f->back.len, len);
	}
}

static void boxes(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN], key[VAULT_KEY_LEN];

	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	vault_box_key(f->vault, key);
	vault_lock(f->vault, VAULT_CARDS);
	/* Closed while the cards are locked ... */
	assert_int_equal(vault_box_seal(f->vault, &f->out, key, "for later", 9,
					NULL),
			 OUTRIDER_OK);
	assert_int_equal(f->out.len, 9 + VAULT_BOX_EXTRA);
	assert_int_equal(vault_box_open(f->vault, &f->back, f->out.at,
					f->out.len, NULL),
			 OUTRIDER_LOCKED);
	/* ... and read when they open: libsodium's own form. */
	assert_int_equal(vault_unlock(f->vault, VAULT_CARDS, envelope,
				      sizeof(envelope), PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(vault_box_open(f->vault, &f->back, f->out.at,
					f->out.len, NULL),
			 OUTRIDER_OK);
	assert_memory_equal(f->back.at, "for later", 9);
	f->out.at[40] ^= 1;
	assert_int_equal(vault_box_open(f->vault, &f->back, f->out.at,
					f->out.len, NULL),
			 OUTRIDER_DATA_LOSS);
	/* A key of small order is no key. */
	memset(key, 0, sizeof(key));
	assert_int_equal(vault_box_seal(f->vault, &f->out, key, "x", 1, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
}

static void random_that_fails(void **state)
{
	struct fixture *f = *state;
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	struct vault_place at;

	f->host.random = no_bytes;
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_INTERNAL);
	assert_false(vault_is_open(f->vault, VAULT_CARDS));
	f->host.random = counting_bytes;
	assert_int_equal(vault_create(f->vault, envelope, VAULT_CARDS, PIN,
				      NULL),
			 OUTRIDER_OK);
	f->host.random = no_bytes;
	at = place(f->vault, VAULT_CARDS, 1, "a", 1);
	assert_int_equal(vault_seal(f->vault, &f->out, &at, "x", 1, NULL),
			 OUTRIDER_INTERNAL);
	assert_int_equal(f->out.len, 0);
}

/* In a process of its own that may lock nothing: root could. */
static int try_without_locked_memory(const struct outrider_host *host)
{
	const struct rlimit none = { 0, 0 };
	struct outrider_err err;
	struct vault *vault;

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
	    (getuid() == 0 && setuid(65534) != 0))
		return 2;
	return vault_new(&vault, host, SECRET, &err) ==
				       OUTRIDER_RESOURCE_EXHAUSTED &&
			       vault == NULL
		       ? 0
		       : 1;
}

static void memory_that_cannot_be_locked(void **state)
{
	struct fixture *f = *state;
	pid_t child;
	int status;

	if (HAS_ADDRESS_SANITIZER)
		skip(); /* its mlock does nothing, and says that it did */
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(try_without_locked_memory(&f->host));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(vectors, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_open_with_their_secrets,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_damaged_envelope_opens_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(another_pin_opens_the_same,
						setup, teardown),
		cmocka_unit_test_setup_teardown(another_key_opens_both, setup,
						teardown),
		cmocka_unit_test_setup_teardown(pins_have_a_length, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_row_opens_in_its_place_alone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(lengths_are_padded, setup,
						teardown),
		cmocka_unit_test_setup_teardown(padding_has_an_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(boxes, setup, teardown),
		cmocka_unit_test_setup_teardown(random_that_fails, setup,
						teardown),
		cmocka_unit_test_setup_teardown(memory_that_cannot_be_locked,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
