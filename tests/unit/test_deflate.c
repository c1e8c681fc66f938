/*
 * What crosses the line packed: the agent's side, the server's, and both.
 */
#include "deflate.h"
#include "rpc/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

enum { MAX = 1 << 20, SWOLLEN = 8 << 20 };

/* Text-like bytes, or noise. */
static uint8_t *bytes_of(size_t len, bool is_noise)
{
	uint8_t *out = malloc(len + 1);
	uint32_t state = 12345;

	assert_non_null(out);
	for (size_t i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		out[i] = is_noise ? (uint8_t)(state >> 24)
				  : (uint8_t)('a' + (state >> 30));
	}
	return out;
}

/* The caller's copy: what is borrowed ends with the next call. */
static uint8_t *pack(struct deflate *deflate, size_t *len,
		     const uint8_t *message, size_t message_len)
{
	const uint8_t *packed;
	uint8_t *copy;

	assert_true(deflate_pack(deflate, &packed, len, message, message_len));
	copy = malloc(*len);
	assert_non_null(copy);
	memcpy(copy, packed, *len);
	return copy;
}

static void what_is_packed_comes_out_again(void **state)
{
	static const size_t sizes[] = { 0,	1,	511,	 512,
					100000, 300000, MAX - 1, MAX };
	struct deflate *deflate = deflate_open();

	(void)state;
	assert_non_null(deflate);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (int is_noise = 0; is_noise < 2; is_noise++) {
			uint8_t *message = bytes_of(sizes[i], is_noise);
			uint8_t *packed;
			const uint8_t *out;
			size_t len, out_len;

			packed = pack(deflate, &len, message, sizes[i]);
			assert_true(deflate_unpack(deflate, &out, &out_len,
						   packed, len, MAX));
			assert_int_equal(out_len, sizes[i]);
			assert_memory_equal(out, message, sizes[i]);
			free(packed);
			free(message);
		}
	}
	deflate_close(deflate);
}

/* A thousandth of it comes over the line. */
static void what_swells_is_refused(void **state)
{
	struct deflate *deflate = deflate_open();
	uint8_t *zeros = calloc(1, SWOLLEN), *packed;
	const uint8_t *out;
	size_t len, out_len;

	(void)state;
	assert_non_null(zeros);
	packed = pack(deflate, &len, zeros, SWOLLEN);
	assert_true(len < SWOLLEN / 500);
	assert_false(deflate_unpack(deflate, &out, &out_len, packed, len, MAX));
	assert_false(deflate_unpack(deflate, &out, &out_len, packed, len,
				    SWOLLEN - 1));
	assert_true(
		deflate_unpack(deflate, &out, &out_len, packed, len, SWOLLEN));
	free(packed);
	free(zeros);
	deflate_close(deflate);
}

static void what_is_broken_is_refused(void **state)
{
	struct deflate *deflate = deflate_open();
	uint8_t *message = bytes_of(2000, false), *packed;
	const uint8_t *out;
	size_t len, out_len, n_refused = 0;

	(void)state;
	packed = pack(deflate, &len, message, 2000);
	for (size_t cut = 0; cut < len; cut++)
		assert_false(deflate_unpack(deflate, &out, &out_len, packed,
					    cut, MAX));
	/* The sum at its end tells, but of bits that mean nothing. */
	for (size_t i = 2; i < len; i++) {
		packed[i] ^= 0x10;
		if (deflate_unpack(deflate, &out, &out_len, packed, len, MAX))
			assert_memory_equal(out, message, 2000);
		else
			n_refused++;
		packed[i] ^= 0x10;
	}
	assert_true(n_refused >= len - 4);
	free(packed);
	free(message);
	deflate_close(deflate);
}

static void the_server_reads_the_agent(void **state)
{
	struct deflate *deflate = deflate_open();
	uint8_t *message = bytes_of(50000, false), *packed;
	struct outrider_err err;
	grpc_byte_buffer *buffer;
	grpc_slice slice, out;
	size_t len;

	(void)state;
	packed = pack(deflate, &len, message, 50000);
	slice = grpc_slice_from_copied_buffer((const char *)packed, len);
	buffer = grpc_raw_compressed_byte_buffer_create(&slice, 1,
							GRPC_COMPRESS_DEFLATE);
	assert_int_equal(rpc_inflate(&out, buffer, MAX, &err), OUTRIDER_OK);
	assert_int_equal(GRPC_SLICE_LENGTH(out), 50000);
	assert_memory_equal(GRPC_SLICE_START_PTR(out), message, 50000);
	grpc_slice_unref(out);
	grpc_slice_unref(slice);
	grpc_byte_buffer_destroy(buffer);
	free(packed);
	free(message);
	deflate_close(deflate);
}

static void the_agent_reads_the_server(void **state)
{
	static const size_t sizes[] = { 512, 32 << 10, 250000 };
	struct deflate *deflate = deflate_open();
	struct rpc_packer *packer = rpc_packer_open();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *message = bytes_of(sizes[i], false);
		grpc_byte_buffer *buffer =
			rpc_pack(packer, (struct bytes){ message, sizes[i] });
		const grpc_slice *slice;
		const uint8_t *out;
		size_t len;

		assert_non_null(buffer);
		assert_int_equal(buffer->data.raw.compression,
				 GRPC_COMPRESS_DEFLATE);
		assert_int_equal(buffer->data.raw.slice_buffer.count, 1);
		slice = &buffer->data.raw.slice_buffer.slices[0];
		assert_true(GRPC_SLICE_LENGTH(*slice) < sizes[i] / 2);
		assert_true(deflate_unpack(deflate, &out, &len,
					   GRPC_SLICE_START_PTR(*slice),
					   GRPC_SLICE_LENGTH(*slice), MAX));
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(out, message, sizes[i]);
		grpc_byte_buffer_destroy(buffer);
		free(message);
	}
	rpc_packer_close(packer);
	deflate_close(deflate);
}

static void what_does_not_get_smaller_goes_plain(void **state)
{
	struct rpc_packer *packer = rpc_packer_open();
	uint8_t *noise = bytes_of(100000, true);

	(void)state;
	assert_null(rpc_pack(packer, (struct bytes){ noise, 600 }));
	assert_null(rpc_pack(packer, (struct bytes){ noise, 100000 }));
	free(noise);
	rpc_packer_close(packer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out_again),
		cmocka_unit_test(what_swells_is_refused),
		cmocka_unit_test(what_is_broken_is_refused),
		cmocka_unit_test(the_server_reads_the_agent),
		cmocka_unit_test(the_agent_reads_the_server),
		cmocka_unit_test(what_does_not_get_smaller_goes_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
