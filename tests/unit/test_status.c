/*
 * status: byte for byte what another implementation makes of the same
 * messages. The vectors are google.rpc.Status as Python's protobuf 4.21
 * serialises it, with its details packed by Any.Pack.
 */
#include "app/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void write_hex(char *out, size_t size, const struct buffer *bytes)
{
	assert_true(bytes->len * 2 < size);
	for (size_t i = 0; i < bytes->len; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes->at[i]);
}

static void known_answers(void **state)
{
	static const struct {
		struct outrider_err err;
		const char *reason;
		int64_t retry_after_us;
		const char *hex;
	} cases[] = {
		{ { .code = OUTRIDER_NOT_FOUND,
		    .field = "",
		    .text = "there is no such note" },
		  NULL,
		  0,
		  "080512157468657265206973206e6f2073756368206e6f74651a410a"
		  "28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e"
		  "7270632e4572726f72496e666f12150a094e4f545f464f554e441208"
		  "6f75747269646572" },
		{ { .code = OUTRIDER_INVALID_ARGUMENT,
		    .field = "note.text",
		    .text = "is required" },
		  NULL,
		  0,
		  "080312166e6f74652e746578743a2069732072657175697265641a48"
		  "0a28747970652e676f6f676c65617069732e636f6d2f676f6f676c65"
		  "2e7270632e4572726f7249"
		  "6e666f121c0a10494e56414c49445f415247554d454e5412086f7574"
		  "72696465721a470a29747970652e676f6f676c65617069732e636f6d"
		  "2f676f6f676c652e7270632e42616452657175657374121a0a180a09"
		  "6e6f74652e74657874120b6973207265717569726564" },
		{ { .code = OUTRIDER_RESOURCE_EXHAUSTED,
		    .field = "",
		    .text = "wait" },
		  "TOO_MANY_ATTEMPTS",
		  2500000,
		  "08081204776169741a490a28747970652e676f6f676c65617069732e"
		  "636f6d2f676f6f676c652e7270632e4572726f72496e666f121d0a11"
		  "544f4f5f4d414e595f415454454d50545312086f757472696465721a"
		  "360a28747970652e676f6f676c65617069732e636f6d2f676f6f676c"
		  "652e7270632e5265747279496e666f120a0a0808021080cab5ee01" },
		{ { .code = OUTRIDER_ABORTED, .field = "", .text = "again" },
		  "ACCESS_CHANGED",
		  7000000,
		  "080a1205616761696e1a460a28747970652e676f6f676c6561706973"
		  "2e636f6d2f676f6f676c652e7270632e4572726f72496e666f121a0a"
		  "0e4143434553535f4348414e47454412086f757472696465721a300a"
		  "28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e"
		  "7270632e5265747279496e666f12040a020807" },
	};
	char hex[2048] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer out;

		buffer_init(&out, &allocator_libc, sizeof(hex));
		status_write(&out, &cases[i].err, cases[i].reason,
			     cases[i].retry_after_us);
		assert_false(out.is_full);
		write_hex(hex, sizeof(hex), &out);
		assert_string_equal(hex, cases[i].hex);
		buffer_free(&out);
	}
}

/* What doesn't apply is left out; what is longest still fits. */
static void details_fit_the_error(void **state)
{
	struct outrider_err err = { .code = OUTRIDER_NOT_FOUND };
	struct buffer plain, same;

	(void)state;
	buffer_init(&plain, &allocator_libc, 2048);
	buffer_init(&same, &allocator_libc, 2048);
	snprintf(err.text, sizeof(err.text), "text");
	status_write(&plain, &err, NULL, 0);
	/* Nobody retries what is not there, nor blames a field for it. */
	snprintf(err.field, sizeof(err.field), "note.text");
	status_write(&same, &err, "NOT_FOUND", 1000000);
	assert_int_equal(plain.len, same.len);
	assert_memory_equal(plain.at, same.at, plain.len);

	buffer_clear(&plain);
	memset(err.text, 'x', sizeof(err.text) - 1);
	memset(err.field, 'y', sizeof(err.field) - 1);
	err.code = OUTRIDER_INVALID_ARGUMENT;
	status_write(&plain, &err, NULL, 0);
	assert_false(plain.is_full);
	buffer_free(&plain);
	buffer_free(&same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(details_fit_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
