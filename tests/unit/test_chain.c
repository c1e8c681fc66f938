/*
 * The fixed layouts of evidence headers and receipts against the bytes that
 * stand in docs/formats/evidence.md, and against hostile ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/chain.h"

static struct chain_header sample_header(void)
{
	struct chain_header header = {
		.sig_alg = CHAIN_ED25519,
		.number = 7,
		.wall_us = INT64_C(1767250800000000),
		.mono_us = 5000000,
		.content_len = 300,
	};

	memset(header.device_id, 0xd1, sizeof(header.device_id));
	memset(header.meeting_id, 0xd2, sizeof(header.meeting_id));
	memset(header.previous, 0xd3, sizeof(header.previous));
	memset(header.content, 0xd4, sizeof(header.content));
	memset(header.boot_id, 0xd5, sizeof(header.boot_id));
	return header;
}

static void header_has_its_published_bytes(void **state)
{
	const struct chain_header header = sample_header();
	uint8_t bytes[CHAIN_HEADER_LEN];
	static const uint8_t front[] = { 'O', 'R', 'E', '1', 1, 0, 0,	0,
					 0,   0,   0,	0,   0, 7, 0xd1 };
	static const uint8_t back[] = { 0xd5, 0x00, 0x06, 0x47, 0x4e, 0x24,
					0x29, 0xbc, 0x00, 0x00, 0x00, 0x00,
					0x00, 0x00, 0x4c, 0x4b, 0x40, 0x00,
					0x00, 0x01, 0x2c };

	(void)state;
	chain_header_write(bytes, &header);
	assert_memory_equal(bytes, front, sizeof(front));
	assert_memory_equal(bytes + sizeof(bytes) - sizeof(back), back,
			    sizeof(back));
}

static void header_comes_back(void **state)
{
	const struct chain_header header = sample_header();
	struct chain_header again;
	uint8_t bytes[CHAIN_HEADER_LEN], twice[CHAIN_HEADER_LEN];

	(void)state;
	chain_header_write(bytes, &header);
	assert_true(chain_header_read(&again, bytes, sizeof(bytes)));
	chain_header_write(twice, &again);
	assert_memory_equal(bytes, twice, sizeof(bytes));
	assert_int_equal(again.number, 7);
	assert_int_equal(again.mono_us, 5000000);
}

static void header_is_refused(const uint8_t *good, size_t at, uint8_t value)
{
	struct chain_header out;
	uint8_t bad[CHAIN_HEADER_LEN];

	memcpy(bad, good, sizeof(bad));
	bad[at] = value;
	assert_false(chain_header_read(&out, bad, sizeof(bad)));
}

static void bad_headers_are_refused(void **state)
{
	const struct chain_header header = sample_header();
	struct chain_header out;
	uint8_t bytes[CHAIN_HEADER_LEN];

	(void)state;
	chain_header_write(bytes, &header);
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_false(chain_header_read(&out, bytes, len));
	header_is_refused(bytes, 0, 'X'); /* magic */
	header_is_refused(bytes, 4, 0);	  /* no such algorithm */
	header_is_refused(bytes, 4, 2);
	header_is_refused(bytes, 5, 1);	 /* unknown flag */
	header_is_refused(bytes, 13, 0); /* number 0 */
}

static void statement_comes_back(void **state)
{
	struct chain_statement statement = { .flags = CHAIN_DEMO_CLOCK,
					     .number = 9,
					     .at_us = 12345 };
	struct chain_statement again;
	uint8_t bytes[CHAIN_STATEMENT_LEN];

	(void)state;
	memset(statement.head, 0xee, sizeof(statement.head));
	chain_statement_write(bytes, &statement);
	assert_true(chain_statement_read(&again, bytes, sizeof(bytes)));
	assert_int_equal(again.flags, CHAIN_DEMO_CLOCK);
	assert_int_equal(again.number, 9);
	assert_int_equal(again.at_us, 12345);
	assert_memory_equal(again.head, statement.head, sizeof(again.head));
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_false(chain_statement_read(&again, bytes, len));
	bytes[4] = 2;
	assert_false(chain_statement_read(&again, bytes, sizeof(bytes)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_has_its_published_bytes),
		cmocka_unit_test(header_comes_back),
		cmocka_unit_test(bad_headers_are_refused),
		cmocka_unit_test(statement_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
