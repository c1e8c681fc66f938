/*
 * Entries, buckets and sums: the vectors of docs/formats/sync.md, and that
 * everything that is said changes the entry, and only the record's name the
 * bucket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/proof.h"

#include <sodium.h>

static void hash(uint8_t out[PROOF_LEN], const uint8_t key[PROOF_KEY_LEN],
		 struct bytes front, struct bytes fields)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, PROOF_KEY_LEN, PROOF_LEN);
	crypto_generichash_update(&state, front.at, front.len);
	if (fields.len > 0)
		crypto_generichash_update(&state, fields.at, fields.len);
	crypto_generichash_final(&state, out, PROOF_LEN);
}

static const uint8_t key[PROOF_KEY_LEN] = { 0, 1, 2,  3,  4,  5,  6,  7,
					    8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t kim[] = { 0x52, 0x03, 'K', 'i', 'm' };

static struct uuid id_of(uint8_t byte)
{
	struct uuid id;

	memset(id.at, byte, sizeof(id.at));
	return id;
}

static void check_hex(const uint8_t *at, const char *expected)
{
	char hex[2 * PROOF_LEN + 1];

	sodium_bin2hex(hex, sizeof(hex), at, PROOF_LEN);
	assert_string_equal(hex, expected);
}

static void the_vectors_of_the_document(void **state)
{
	const struct uuid a = id_of(0xa1), b = id_of(0xb2);
	const struct bytes fields = { kim, sizeof(kim) }, none = { NULL, 0 };
	struct proof_sum sum = { 0, 0 };
	uint8_t out[PROOF_LEN];

	(void)state;
	proof_entry(out, hash, key, 7, &a, fields);
	check_hex(out, "fa67374973036e6df8ec2317cd30f591");
	proof_add_entry(&sum, out);
	proof_entry(out, hash, key, 9, &b, none);
	check_hex(out, "d6773cb633c2e10fa60f0bb47511b477");
	proof_add_entry(&sum, out);
	proof_sum_write(out, &sum);
	check_hex(out, "d0de73ffa6c64f7d9efb2ecc4242aa08");
	assert_int_equal(proof_bucket(hash, key, 7, &a), 148);
	assert_int_equal(proof_bucket(hash, key, 9, &b), 233);
}

static void everything_that_is_said_counts(void **state)
{
	const struct uuid a = id_of(0xa1), b = id_of(0xa2);
	uint8_t other_key[PROOF_KEY_LEN] = { 1 };
	uint8_t all[5][PROOF_LEN];

	(void)state;
	proof_entry(all[0], hash, key, 7, &a,
		    (struct bytes){ kim, sizeof(kim) });
	proof_entry(all[1], hash, key, 8, &a,
		    (struct bytes){ kim, sizeof(kim) });
	proof_entry(all[2], hash, key, 7, &b,
		    (struct bytes){ kim, sizeof(kim) });
	proof_entry(all[3], hash, key, 7, &a,
		    (struct bytes){ kim, sizeof(kim) - 1 });
	proof_entry(all[4], hash, other_key, 7, &a,
		    (struct bytes){ kim, sizeof(kim) });
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(all[i], all[k], PROOF_LEN);
}

static void sums_carry_and_wrap(void **state)
{
	const struct proof_sum all = { UINT64_MAX, UINT64_MAX };
	const struct proof_sum one = { 0, 1 }, zero = { 0, 0 };
	struct proof_sum sum = { 0, UINT64_MAX };

	(void)state;
	proof_add(&sum, &one);
	assert_int_equal(sum.high, 1);
	assert_int_equal(sum.low, 0);
	sum = all;
	proof_add(&sum, &one);
	assert_true(proof_sum_equal(&sum, &zero));
	assert_false(proof_sum_equal(&sum, &one));
	/* The same entries in any order, and twice is not once. */
	proof_add(&sum, &all);
	proof_add(&sum, &one);
	assert_true(proof_sum_equal(&sum, &zero));
	proof_add(&sum, &one);
	proof_add(&sum, &one);
	assert_false(proof_sum_equal(&sum, &one));
}

static void a_mask_has_what_was_added(void **state)
{
	uint8_t mask[PROOF_MASK_LEN] = { 0 };

	(void)state;
	proof_mask_add(mask, 0);
	proof_mask_add(mask, 9);
	proof_mask_add(mask, 255);
	assert_int_equal(mask[0], 1);
	assert_int_equal(mask[1], 2);
	assert_int_equal(mask[31], 128);
	for (unsigned i = 0; i < PROOF_BUCKETS; i++)
		assert_int_equal(proof_mask_has(mask, i),
				 i == 0 || i == 9 || i == 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_document),
		cmocka_unit_test(everything_that_is_said_counts),
		cmocka_unit_test(sums_carry_and_wrap),
		cmocka_unit_test(a_mask_has_what_was_added),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
