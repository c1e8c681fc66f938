/*
 * lines: totals and sums, at the edges of what the contract lets in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/lines.h"
#include "wire_parts.h"

#define MOST INT64_C(9000000000000)

struct line {
	int64_t quantity, price, discount, tax;
};

static const struct field *lines_field(void)
{
	const struct entity *deal = schema_entity_named("deal", 4);

	return message_field_named(deal->message, "lines", 5);
}

static void
put_line(struct buffer *out, const struct line *line, const char *product)
{
	const struct {
		uint32_t number;
		int64_t value;
	} parts[] = { { 3, line->quantity },
		      { 5, line->price },
		      { 6, line->discount },
		      { 7, line->tax } };
	struct buffer one = new_buffer();

	if (product)
		wire_put_bytes(&one, 2, product, strlen(product));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].value != 0)
			wire_put_scalar(&one, parts[i].number,
					(uint64_t)parts[i].value);
	wire_put_bytes(out, lines_field()->number, one.at, one.len);
	buffer_free(&one);
}

static enum outrider_code settle(struct line_sums *sums, struct bytes *lines,
				 struct arena *arena, const struct line *line,
				 size_t n, struct outrider_err *err)
{
	struct buffer bytes = new_buffer();
	enum outrider_code code;

	for (size_t i = 0; i < n; i++)
		put_line(&bytes, &line[i], "x");
	*lines = bytes_of(&bytes);
	code = lines_settle(lines, sums, arena, lines_field(), err);
	if (code != OUTRIDER_OK)
		lines->at = NULL;
	buffer_free(&bytes);
	return code;
}

static int64_t total_of(struct bytes lines)
{
	struct wire_field line, total;

	assert_true(wire_find(&line, lines, lines_field()->number));
	return wire_find(&total, line.value, 8) ? (int64_t)total.scalar : 0;
}

static void one_line_comes_to_its_total(void **state)
{
	static const struct {
		struct line line;
		int64_t total, tax;
	} cases[] = {
		{ { 1000, 100, 0, 0 }, 100, 0 },
		{ { 2500, 199, 0, 200 }, 498, 100 }, /* 497.5, 99.6 */
		{ { 2500, -199, 0, 200 }, -498, -100 },
		{ { 1000, 1, 500, 0 }, 1, 0 }, /* a half goes away from 0 */
		{ { 1000, -1, 500, 0 }, -1, 0 },
		{ { 1000, 1, 501, 0 }, 0, 0 },
		{ { 333, 3, 0, 0 }, 1, 0 },
		{ { 0, 100, 0, 200 }, 0, 0 },
		{ { 1000, 100, 1000, 200 }, 0, 0 },
		{ { 1000, MOST, 0, 1000 }, MOST, MOST },
		{ { 1000, -MOST, 0, 1000 }, -MOST, -MOST },
		{ { MOST, 1000, 0, 0 }, MOST, 0 },
		{ { MOST, 1000000, 1, 0 }, MOST * 999, 0 },
		/* Just what 64 bits hold, in a product of 128. */
		{ { INT64_C(3037000500), INT64_C(3037000499), 0, 0 },
		  INT64_C(9223372033963250),
		  0 },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line_sums sums;
		struct bytes lines;

		assert_int_equal(settle(&sums, &lines, &arena, &cases[i].line,
					1, NULL),
				 OUTRIDER_OK);
		assert_true(total_of(lines) == cases[i].total);
		assert_true(sums.net_minor == cases[i].total);
		assert_true(sums.tax_minor == cases[i].tax);
		assert_true(sums.gross_minor == cases[i].total + cases[i].tax);
		assert_int_equal(sums.n, 1);
	}
	arena_free(&arena);
}

static void what_does_not_fit_is_refused(void **state)
{
	const struct line huge = { MOST, MOST, 0, 0 };
	const struct line half = { MOST, 1000000 * INT64_C(600), 0, 0 };
	const struct line taxed = { MOST, 1000000 * INT64_C(600), 0, 1000 };
	const struct line two[] = { half, half };
	struct line_sums sums;
	struct bytes lines;
	struct arena arena;
	struct outrider_err err;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(settle(&sums, &lines, &arena, &huge, 1, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "lines[0]");
	assert_int_equal(settle(&sums, &lines, &arena, two, 1, &err),
			 OUTRIDER_OK);
	assert_int_equal(settle(&sums, &lines, &arena, two, 2, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "lines[1]");
	assert_int_equal(settle(&sums, &lines, &arena, &taxed, 1, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	arena_free(&arena);
}

/* What a client says of the total is passed over, the rest stays. */
static void bytes_stay_canonical(void **state)
{
	const struct line line = { 2000, 5, 0, 0 };
	struct buffer bytes = new_buffer(), again = new_buffer();
	const struct entity *deal = schema_entity_named("deal", 4);
	struct row *row, *read;
	struct line_sums sums;
	struct arena arena;
	uint8_t wrong[] = { 0x12, 1, 'y', 0x18, 0xd0, 0x0f, 0x28, 5, 0x40, 7 };

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = row_new(&arena, deal);
	read = row_new(&arena, deal);
	put_line(&bytes, &line, "x");
	wire_put_bytes(&bytes, lines_field()->number, wrong, sizeof(wrong));
	row_value(row, lines_field()->number)->bytes = bytes_of(&bytes);
	assert_int_equal(
		lines_settle(&row_value(row, lines_field()->number)->bytes,
			     &sums, &arena, lines_field(), NULL),
		OUTRIDER_OK);
	assert_int_equal(sums.net_minor, 20);
	assert_int_equal(sums.n, 2);
	record_write(&again, row, NULL);
	assert_int_equal(record_read(read, NULL, &arena, bytes_of(&again),
				     NULL),
			 OUTRIDER_OK);
	assert_true(value_equal(lines_field(),
				row_value(row, lines_field()->number),
				row_value(read, lines_field()->number)));
	buffer_free(&again);
	buffer_free(&bytes);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_comes_to_its_total),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(bytes_stay_canonical),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
