/*
 * lines: sums over lines, in whole numbers of up to 128 bits. Knows no record
 * and no currency.
 */
#include "model/lines.h"

#include <stdio.h>
#include <string.h>

#include "model/wire.h"

/* Fields of outrider.v1.Line. */
enum {
	LINE_QUANTITY_MILLI = 3,
	LINE_UNIT_PRICE_MINOR = 5,
	LINE_DISCOUNT_PERMILLE = 6,
	LINE_TAX_PERMILLE = 7,
	LINE_TOTAL_MINOR = 8, /* the last */
};

enum {
	/* A total brings a tag and ten bytes, and may lengthen the length. */
	LINE_GROWTH_MAX = 13,
	QUANTITY_UNIT = 1000,
	PERMILLE = 1000,
};

/* ----------------------------------------------------------------- numbers */

/* Four digits of 32 bits, the least first. */
struct wide {
	uint64_t digits[4];
};

static struct wide multiply(uint64_t a, uint64_t b)
{
	const uint64_t low = UINT32_MAX;
	const uint64_t a0 = a & low, a1 = a >> 32, b0 = b & low, b1 = b >> 32;
	const uint64_t second =
		(a0 * b0 >> 32) + (a0 * b1 & low) + (a1 * b0 & low);
	const uint64_t third = (second >> 32) + (a0 * b1 >> 32) +
			       (a1 * b0 >> 32) + (a1 * b1 & low);

	return (struct wide){ {
		a0 * b0 & low,
		second & low,
		third & low,
		(third >> 32) + (a1 * b1 >> 32),
	} };
}

/* Divides by less than 2^31; returns the remainder. */
static uint64_t divide(struct wide *number, uint32_t divisor)
{
	uint64_t rest = 0;

	for (int i = 3; i >= 0; i--) {
		rest = rest << 32 | number->digits[i];
		number->digits[i] = rest / divisor;
		rest %= divisor;
	}
	return rest;
}

static uint64_t magnitude(int64_t number)
{
	return number < 0 ? ~(uint64_t)number + 1 : (uint64_t)number;
}

/* a times b by divisor, half away from zero; false where it doesn't fit. */
static bool scale(int64_t *out, int64_t a, uint64_t b, uint32_t divisor)
{
	struct wide product = multiply(magnitude(a), b);
	uint64_t rest = divide(&product, divisor);
	uint64_t whole = product.digits[1] << 32 | product.digits[0];

	if (product.digits[2] > 0 || product.digits[3] > 0 ||
	    whole >= INT64_MAX)
		return false;
	whole += rest * 2 >= divisor;
	*out = a < 0 ? -(int64_t)whole : (int64_t)whole;
	return true;
}

static bool add(int64_t *sum, int64_t more)
{
	if (more > 0 ? *sum > INT64_MAX - more : *sum < INT64_MIN - more)
		return false;
	*sum += more;
	return true;
}

/* ------------------------------------------------------------------- lines */

static int64_t number_in(struct bytes line, uint32_t number)
{
	struct wire_field field;

	return wire_find(&field, line, number) ? (int64_t)field.scalar : 0;
}

static bool take(struct line_sums *sums, int64_t *total, struct bytes line)
{
	int64_t price = number_in(line, LINE_UNIT_PRICE_MINOR), tax;
	uint64_t quantity = (uint64_t)number_in(line, LINE_QUANTITY_MILLI);
	uint64_t kept =
		(uint64_t)(PERMILLE - number_in(line, LINE_DISCOUNT_PERMILLE));

	if (!scale(total, price, quantity * kept, QUANTITY_UNIT * PERMILLE) ||
	    !scale(&tax, *total, (uint64_t)number_in(line, LINE_TAX_PERMILLE),
		   PERMILLE))
		return false;
	sums->n++;
	return add(&sums->net_minor, *total) && add(&sums->tax_minor, tax) &&
	       add(&sums->gross_minor, *total) && add(&sums->gross_minor, tax);
}

/* The same line with that total. */
static void
put_line(struct buffer *out, uint32_t number, struct bytes line, int64_t total)
{
	struct wire_reader reader = wire_read(line);
	struct wire_field in;
	size_t kept = 0, len;

	while (wire_next(&reader, &in) > 0 && in.number < LINE_TOTAL_MINOR)
		kept += in.whole.len;
	len = kept;
	if (total != 0)
		len += 1 + wire_varint_len((uint64_t)total);
	wire_put_varint(out, (uint64_t)number << 3 | WIRE_LEN);
	wire_put_varint(out, len);
	buffer_append(out, line.at, kept);
	if (total != 0)
		wire_put_scalar(out, LINE_TOTAL_MINOR, (uint64_t)total);
}

static enum outrider_code
too_large(const struct field *field, size_t i, struct outrider_err *err)
{
	char path[96];

	snprintf(path, sizeof(path), "%s[%zu]", field->name, i);
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, path,
		       "its total, or the sum, is too large");
}

enum outrider_code lines_settle(struct bytes *lines, struct line_sums *sums,
				struct arena *arena, const struct field *field,
				struct outrider_err *err)
{
	struct wire_reader reader = wire_read(*lines);
	struct wire_field in;
	struct buffer out = { 0 };
	size_t n = 0, i = 0;

	err_clear(err);
	*sums = (struct line_sums){ .n = 0 };
	while (wire_next(&reader, &in) > 0)
		n++;
	if (n == 0)
		return OUTRIDER_OK;
	out.room = out.ceiling = lines->len + n * LINE_GROWTH_MAX;
	out.at = arena_alloc(arena, out.room);
	if (!out.at)
		return err_no_memory(err);
	reader = wire_read(*lines);
	while (wire_next(&reader, &in) > 0) {
		int64_t total;

		if (!take(sums, &total, in.value))
			return too_large(field, i, err);
		put_line(&out, field->number, in.value, total);
		i++;
	}
	*lines = (struct bytes){ .at = out.at, .len = out.len };
	return OUTRIDER_OK;
}
