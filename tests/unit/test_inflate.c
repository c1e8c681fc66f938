/*
 * Compressed requests: whole, in pieces, cut, damaged, and larger than they
 * may be.
 */
#include "rpc/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { LEN = 3000, MAX = 5000 };

/* A text that packs neither well nor badly. */
static void fill(uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (uint8_t)(i * i % 251);
}

/* windowBits as zlib has them: 15 "deflate", 31 "gzip". */
static size_t
pack(uint8_t *out, size_t room, const uint8_t *text, size_t len, int wrapping)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
		       .avail_in = (uInt)len,
		       .next_out = out,
		       .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, wrapping, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

/* In pieces of that size. */
static enum outrider_code
unpack(grpc_slice *out, const uint8_t *packed, size_t len, size_t piece)
{
	static grpc_slice slices[8000];
	struct outrider_err err;
	grpc_byte_buffer *buffer;
	enum outrider_code code;
	size_t n = 0;

	for (size_t at = 0; at < len; at += piece)
		slices[n++] = grpc_slice_from_copied_buffer(
			(const char *)packed + at,
			len - at < piece ? len - at : piece);
	buffer = grpc_raw_byte_buffer_create(slices, n);
	*out = grpc_empty_slice();
	code = rpc_inflate(out, buffer, MAX, &err);
	grpc_byte_buffer_destroy(buffer);
	for (size_t i = 0; i < n; i++)
		grpc_slice_unref(slices[i]);
	return code;
}

static void whole_and_in_pieces(void **state)
{
	static const int wrappings[] = { 15, 31 };
	uint8_t text[MAX], packed[MAX + 100];
	grpc_slice out;

	(void)state;
	fill(text, sizeof(text));
	for (size_t w = 0; w < 2; w++) {
		for (size_t len = 0; len <= MAX; len += MAX / 5) {
			size_t n = pack(packed, sizeof(packed), text, len,
					wrappings[w]);
			for (size_t piece = 1; piece <= n; piece += 1 + n / 7) {
				assert_int_equal(unpack(&out, packed, n, piece),
						 OUTRIDER_OK);
				assert_int_equal(GRPC_SLICE_LENGTH(out), len);
				assert_memory_equal(GRPC_SLICE_START_PTR(out),
						    text, len);
				grpc_slice_unref(out);
			}
		}
	}
}

static void cut_and_damaged(void **state)
{
	uint8_t text[LEN], packed[LEN + 100];
	grpc_slice out;
	size_t n;

	(void)state;
	fill(text, sizeof(text));
	n = pack(packed, sizeof(packed), text, LEN, 31);
	for (size_t len = 0; len < n; len += 1 + len / 10)
		assert_int_equal(unpack(&out, packed, len, 100),
				 OUTRIDER_INTERNAL);
	/* Something behind the end, in its slice and in another. */
	packed[n] = 0;
	assert_int_equal(unpack(&out, packed, n + 1, n + 1), OUTRIDER_INTERNAL);
	assert_int_equal(unpack(&out, packed, n + 1, n), OUTRIDER_INTERNAL);
	packed[n / 2] ^= 0x55;
	assert_int_equal(unpack(&out, packed, n, n), OUTRIDER_INTERNAL);
	assert_int_equal(unpack(&out, text, LEN, LEN), OUTRIDER_INTERNAL);
}

static void too_large(void **state)
{
	const size_t large = 64 << 20;
	uint8_t *zeros = calloc(1, large), *packed = malloc(1 << 20);
	grpc_slice out;
	size_t n;

	(void)state;
	assert_non_null(zeros);
	assert_non_null(packed);
	n = pack(packed, 1 << 20, zeros, large, 15);
	assert_int_equal(unpack(&out, packed, n, 4096),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	n = pack(packed, 1 << 20, zeros, MAX + 1, 15);
	assert_int_equal(unpack(&out, packed, n, n),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	free(packed);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_in_pieces),
		cmocka_unit_test(cut_and_damaged),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
