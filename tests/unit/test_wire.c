/*
 * The wire format from hostile bytes: what is well formed, what a message's
 * table allows, and how the fault is named. Whatever passes must be read by
 * protobuf-c as by us.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outrider/v1/contact.pb-c.h"
#include "wire_parts.h"

static const struct message *request(const char *path)
{
	const struct method *method = schema_method(path, strlen(path));

	assert_non_null(method);
	return method->request;
}

static int next_of(const void *bytes, size_t len, struct wire_field *out)
{
	struct wire_reader reader =
		wire_read((struct bytes){ .at = bytes, .len = len });

	return wire_next(&reader, out);
}

#define NEXT(literal, out) next_of(literal, sizeof(literal) - 1, out)

/* ------------------------------------------------------------------ reader */

static void varints_come_back(void **state)
{
	struct buffer out = new_buffer();

	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		for (int around = -1; around <= 1; around++) {
			uint64_t value =
				(UINT64_C(1) << shift) + (uint64_t)around;
			struct wire_field field;
			buffer_clear(&out);
			wire_put_scalar(&out, 300, value);
			assert_int_equal(next_of(out.at, out.len, &field), 1);
			assert_true(field.scalar == value);
			assert_int_equal(field.number, 300);
			assert_int_equal(field.whole.len, out.len);
			assert_int_equal(out.len, 2 + wire_varint_len(value));
			for (size_t cut = 1; cut < out.len; cut++)
				assert_int_equal(next_of(out.at, cut, &field),
						 -1);
		}
	}
	buffer_free(&out);
}

static void malformed_fields_are_refused(void **state)
{
	struct wire_field f;

	(void)state;
	assert_int_equal(NEXT("", &f), 0);
	assert_int_equal(NEXT("\x08\x01", &f), 1);
	assert_int_equal(NEXT("\x00\x01", &f), -1); /* number 0 */
	assert_int_equal(NEXT("\x02\x00", &f), -1);
	assert_int_equal(NEXT("\x0b\x0c", &f), -1); /* group */
	assert_int_equal(NEXT("\x0c", &f), -1);
	assert_int_equal(NEXT("\x0e\x01", &f), -1); /* no such type */
	assert_int_equal(NEXT("\x0f\x01", &f), -1);
	assert_int_equal(NEXT("\xf8\xff\xff\xff\x0f\x01", &f), 1);
	assert_int_equal(f.number, (1 << 29) - 1);
	assert_int_equal(NEXT("\x88\x80\x80\x80\x10\x01", &f), -1);
	/* Ten bytes of varint hold 64 bits and no more. */
	assert_int_equal(
		NEXT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", &f), 1);
	assert_true(f.scalar == UINT64_MAX);
	assert_int_equal(
		NEXT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", &f), -1);
	assert_int_equal(NEXT("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
			      "\x00",
			      &f),
			 -1);
	/* Longer than needed is legal, here. */
	assert_int_equal(NEXT("\x88\x00\x81\x80\x00", &f), 1);
	assert_int_equal(f.scalar, 1);
	/* A tag or a length of six bytes: protobuf-c stops at five. */
	assert_int_equal(NEXT("\x88\x80\x80\x80\x00\x01", &f), 1);
	assert_int_equal(NEXT("\x88\x80\x80\x80\x80\x00\x01", &f), -1);
	assert_int_equal(NEXT("\x0a\x81\x80\x80\x80\x00x", &f), 1);
	assert_int_equal(NEXT("\x0a\x81\x80\x80\x80\x80\x00x", &f), -1);
	/* Lengths beyond the end, also such as wrap around. */
	assert_int_equal(NEXT("\x0a\x02x", &f), -1);
	assert_int_equal(
		NEXT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", &f), -1);
	assert_int_equal(NEXT("\x09\x01\x02\x03\x04\x05\x06\x07", &f), -1);
	assert_int_equal(NEXT("\x09\x01\x02\x03\x04\x05\x06\x07\x08", &f), 1);
	assert_true(f.scalar == UINT64_C(0x0807060504030201));
	assert_int_equal(NEXT("\x0d\x01\x02\x03", &f), -1);
	assert_int_equal(NEXT("\x0d\x01\x02\x03\x04", &f), 1);
	assert_true(f.scalar == 0x04030201);
}

static void finds_a_field(void **state)
{
	const struct bytes bytes = {
		.at = (const uint8_t *)"\x08\x01\x12\x01x\x08\x02\x12\x01y\x0f",
		.len = 11,
	};
	struct wire_field field;

	(void)state;
	assert_true(wire_find(&field, bytes, 2));
	assert_memory_equal(field.value.at, "x", 1);
	assert_true(wire_find(&field, bytes, 1));
	assert_int_equal(field.scalar, 1);
	assert_false(wire_find(&field, bytes, 3));
}

static void times_come_back(void **state)
{
	static const int64_t times[] = { 0,
					 1,
					 -1,
					 999999,
					 -999999,
					 1000000,
					 -1000000,
					 INT64_C(1790000000123456),
					 -62135596800 * INT64_C(1000000),
					 253402300799 * INT64_C(1000000) +
						 999999 };
	struct buffer out = new_buffer();
	struct wire_field field;
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		buffer_clear(&out);
		wire_put_timestamp(&out, 3, times[i]);
		assert_true(wire_find(&field, bytes_of(&out), 3));
		assert_true(wire_timestamp(&us, field.value));
		assert_true(us == times[i]);
	}
	buffer_free(&out);
}

static bool is_time(const void *at, size_t len)
{
	int64_t us;

	return wire_timestamp(&us, (struct bytes){ .at = at, .len = len });
}

static void bad_times_are_refused(void **state)
{
	(void)state;
	assert_true(is_time("\x08\x01\x10\x01", 4));
	assert_false(is_time("\x08\x01\x08\x02", 4));
	assert_false(is_time("\x0a\x01x", 3));
	assert_false(is_time("\x08", 1));
	/* A second before the year 1, a second after 9999. */
	assert_false(
		is_time("\x08\xff\x91\xb8\xc3\x98\xfe\xff\xff\xff\x01", 11));
	assert_true(
		is_time("\x08\x80\x92\xb8\xc3\x98\xfe\xff\xff\xff\x01", 11));
	assert_true(is_time("\x08\xff\x82\xd1\xff\xaf\x07", 7));
	assert_false(is_time("\x08\x80\x83\xd1\xff\xaf\x07", 7));
	/* Nanoseconds of a whole second, and negative ones. */
	assert_true(is_time("\x10\xff\x93\xeb\xdc\x03", 6));
	assert_false(is_time("\x10\x80\x94\xeb\xdc\x03", 6));
	assert_false(
		is_time("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
}

/* ------------------------------------------------------------------- check */

static void expect(const struct message *message, struct buffer *bytes,
		   const char *field, const char *text)
{
	struct outrider_err err;
	enum outrider_code code = wire_check(message, bytes_of(bytes), &err);

	if (!text) {
		assert_string_equal(err.text, "");
		assert_int_equal(code, OUTRIDER_OK);
	} else {
		assert_int_equal(code, OUTRIDER_INVALID_ARGUMENT);
		assert_int_equal(err.code, code);
		assert_string_equal(err.field, field);
		assert_string_equal(err.text, text);
		assert_int_equal(wire_check(message, bytes_of(bytes), NULL),
				 code);
	}
	buffer_free(bytes);
}

static void
expect_contact(struct buffer *contact, const char *field, const char *text)
{
	struct buffer bytes = new_buffer();

	put_nested(&bytes, 1, contact);
	expect(request("/outrider.v1.ContactService/CreateContact"), &bytes,
	       field, text);
}

static void limits_of_text(void **state)
{
	char name[101];
	struct buffer contact = new_buffer();

	(void)state;
	memset(name, 'x', sizeof(name));
	wire_put_bytes(&contact, 10, name, 100);
	expect_contact(&contact, NULL, NULL);
	contact = new_buffer();
	wire_put_bytes(&contact, 10, name, 101);
	expect_contact(&contact, "contact.given_name",
		       "too long: at most 100 bytes");
	contact = new_buffer();
	put_text(&contact, 10, "a\xff");
	expect_contact(&contact, "contact.given_name",
		       "not valid UTF-8 text, or with a NUL in it");
	contact = new_buffer();
	wire_put_bytes(&contact, 10, "a\0b", 3);
	expect_contact(&contact, "contact.given_name",
		       "not valid UTF-8 text, or with a NUL in it");
}

static void paths_lead_to_the_fault(void **state)
{
	struct buffer contact = new_buffer();

	(void)state;
	put_phone(&contact, 15, "1", NULL);
	put_phone(&contact, 15, "2", NULL);
	put_phone(&contact, 15, "3\xc0", "work");
	expect_contact(&contact, "contact.phones[2].number",
		       "not valid UTF-8 text, or with a NUL in it");
	contact = new_buffer();
	for (int i = 0; i < 20; i++)
		put_phone(&contact, 15, "1", NULL);
	expect_contact(&contact, NULL, NULL);
	contact = new_buffer();
	for (int i = 0; i < 21; i++)
		put_phone(&contact, 15, "1", NULL);
	expect_contact(&contact, "contact.phones", "too many: at most 20");
	contact = new_buffer();
	put_text(&contact, 15, "\x0a");
	expect_contact(&contact, "contact.phones[0]", "damaged message");
	contact = new_buffer();
	put_text(&contact, 14, ID_A);
	put_text(&contact, 14, "");
	expect_contact(&contact, "contact.company_ids[1]", "not a UUID");
}

static void types_must_fit(void **state)
{
	struct buffer contact = new_buffer();

	(void)state;
	wire_put_scalar(&contact, 10, 7);
	expect_contact(&contact, "contact.given_name",
		       "not of the field's type");
	contact = new_buffer();
	put_text(&contact, 22, "x");
	expect_contact(&contact, "contact.has_consented",
		       "not of the field's type");
	contact = new_buffer();
	wire_put_scalar(&contact, 15, 7);
	expect_contact(&contact, "contact.phones[0]",
		       "not of the field's type");
}

static void nothing_comes_twice(void **state)
{
	struct buffer contact = new_buffer();

	(void)state;
	put_text(&contact, 10, "Anna");
	put_text(&contact, 11, "Berg");
	put_text(&contact, 10, "Anna");
	expect_contact(&contact, "contact.given_name",
		       "a field that is not repeated comes twice");
	contact = new_buffer();
	put_text(&contact, 200, "unknown");
	put_text(&contact, 200, "unknown");
	expect_contact(&contact, NULL, NULL);
}

static void identifiers_are_uuids(void **state)
{
	const struct message *get =
		request("/outrider.v1.ContactService/GetContact");
	struct buffer bytes = new_buffer();

	(void)state;
	put_text(&bytes, 1, ID_A);
	expect(get, &bytes, NULL, NULL);
	put_text(&bytes, 1, "");
	expect(get, &bytes, NULL, NULL);
	put_text(&bytes, 1, "017f22e2-79b0-7cc3-98c4-dc0c0c07398g");
	expect(get, &bytes, "id", "not a UUID");
	put_text(&bytes, 1, "1");
	expect(get, &bytes, "id", "not a UUID");
	put_text(&bytes, 1, ID_A "0");
	expect(get, &bytes, "id", "too long: at most 36 bytes");
}

static void
expect_meeting(struct buffer *meeting, const char *field, const char *text)
{
	expect(kind_of("meeting")->message, meeting, field, text);
}

static void numbers_stay_in_range(void **state)
{
	struct buffer m = new_buffer();
	static const double bad[] = { 90.1, -90.1, 1e300 };

	(void)state;
	wire_put_double(&m, 14, 90);
	wire_put_double(&m, 15, -180);
	wire_put_scalar(&m, 16, 1000);
	expect_meeting(&m, NULL, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wire_put_double(&m, 14, bad[i]);
		expect_meeting(&m, "pin_latitude",
			       "out of range: from -90 to 90");
	}
	wire_put_double(&m, 14, (double)NAN);
	expect_meeting(&m, "pin_latitude",
		       "not a number that the field can hold");
	wire_put_double(&m, 14, (double)-INFINITY);
	expect_meeting(&m, "pin_latitude",
		       "not a number that the field can hold");
	wire_put_scalar(&m, 16, 1001);
	expect_meeting(&m, "radius_m", "out of range: from 0 to 1000");
	wire_put_scalar(&m, 16, (uint64_t)INT64_C(-1));
	expect_meeting(&m, "radius_m", "out of range: from 0 to 1000");
	/* What protobuf readers would cut to 32 bits, to a legal 5. */
	wire_put_scalar(&m, 16, UINT64_C(1) << 32 | 5);
	expect_meeting(&m, "radius_m", "not a number that the field can hold");
	wire_put_scalar(&m, 16, UINT64_C(1) << 31);
	expect_meeting(&m, "radius_m", "not a number that the field can hold");
	wire_put_scalar(&m, 21, 3);
	expect_meeting(&m, NULL, NULL);
	wire_put_scalar(&m, 21, 4);
	expect_meeting(&m, "state", "not a known value");
	wire_put_scalar(&m, 21, (uint64_t)INT64_C(-1));
	expect_meeting(&m, "state", "not a known value");
	put_text(&m, 11, "\x10\x80\x94\xeb\xdc\x03");
	expect_meeting(&m, "start_time",
		       "not a time between the years 1 and 9999");
}

static void numbers_may_be_packed_or_not(void **state)
{
	const struct message *push = request("/outrider.v1.SyncService/Push");
	struct buffer bytes = new_buffer(), one = new_buffer();

	(void)state;
	wire_put_scalar(&one, 7, 10);
	wire_put_bytes(&one, 7, "\x0b\x0c\xff\x01", 4);
	wire_put_scalar(&one, 7, 13);
	put_nested(&bytes, 6, &one);
	expect(push, &bytes, NULL, NULL);
	wire_put_bytes(&one, 7, "\x0b\x8c", 2);
	put_nested(&bytes, 6, &one);
	expect(push, &bytes, "mutations[0].cleared[0]", "damaged message");
	wire_put_bytes(&one, 7, "\x01\x80\x80\x80\x80\x10", 6);
	put_nested(&bytes, 6, &one);
	expect(push, &bytes, "mutations[0].cleared[1]",
	       "not a number that the field can hold");
	for (int i = 0; i < 256; i++)
		wire_put_scalar(&one, 7, 1);
	wire_put_bytes(&one, 7, "", 0);
	put_nested(&bytes, 6, &one);
	expect(push, &bytes, NULL, NULL);
	for (int i = 0; i < 256; i++)
		wire_put_scalar(&one, 7, 1);
	wire_put_bytes(&one, 7, "\x01", 1);
	put_nested(&bytes, 6, &one);
	expect(push, &bytes, "mutations[0].cleared", "too many: at most 256");
}

/* ---------------------------------------------------- tables of our making */

static const struct message nest;
static const struct field nest_fields[] = {
	{ .number = 1,
	  .name = "inner",
	  .type = FIELD_MESSAGE,
	  .oneof = -1,
	  .message = &nest },
	{ .number = 2, .name = "this", .type = FIELD_BOOL, .oneof = 0 },
	{ .number = 3, .name = "that", .type = FIELD_INT64, .oneof = 0 },
	{ .number = 4,
	  .name = "reals",
	  .type = FIELD_DOUBLE,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 2,
	  .oneof = -1 },
};
static const struct message nest = {
	.name = "nest",
	.fields = nest_fields,
	.n_fields = 4,
};

static struct buffer nested(unsigned depth)
{
	struct buffer bytes = new_buffer();

	for (unsigned i = 0; i < depth; i++) {
		struct buffer outer = new_buffer();
		put_nested(&outer, 1, &bytes);
		bytes = outer;
	}
	return bytes;
}

static void depth_has_an_end(void **state)
{
	struct buffer bytes = nested(WIRE_DEPTH_MAX);

	(void)state;
	expect(&nest, &bytes, NULL, NULL);
	bytes = nested(WIRE_DEPTH_MAX + 1);
	expect(&nest, &bytes,
	       "inner.inner.inner.inner.inner.inner.inner.inner.inner",
	       "messages are nested too deep");
	bytes = nested(10000);
	expect(&nest, &bytes,
	       "inner.inner.inner.inner.inner.inner.inner.inner.inner",
	       "messages are nested too deep");
}

static void a_choice_is_made_once(void **state)
{
	struct buffer bytes = new_buffer();

	(void)state;
	wire_put_scalar(&bytes, 3, 1);
	expect(&nest, &bytes, NULL, NULL);
	wire_put_scalar(&bytes, 3, 1);
	wire_put_scalar(&bytes, 2, 1);
	expect(&nest, &bytes, "this",
	       "only one field of this choice may be set");
}

static void doubles_pack_too(void **state)
{
	struct buffer bytes = new_buffer();
	const double two[2] = { 1.5, -0.0 }, nan[1] = { (double)NAN };

	(void)state;
	wire_put_bytes(&bytes, 4, two, sizeof(two));
	expect(&nest, &bytes, NULL, NULL);
	wire_put_bytes(&bytes, 4, two, 15);
	expect(&nest, &bytes, "reals[0]", "damaged message");
	wire_put_bytes(&bytes, 4, nan, sizeof(nan));
	expect(&nest, &bytes, "reals[0]",
	       "not a number that the field can hold");
	wire_put_bytes(&bytes, 4, two, sizeof(two));
	wire_put_double(&bytes, 4, 1);
	expect(&nest, &bytes, "reals", "too many: at most 2");
}

/* ---------------------------------------------------------------- required */

static void expect_required(const struct message *message, struct buffer *bytes,
			    const char *field)
{
	struct outrider_err err;
	enum outrider_code code =
		wire_check_required(message, bytes_of(bytes), &err);

	assert_string_equal(err.field, field);
	assert_string_equal(err.text, field[0] ? "is required" : "");
	assert_int_equal(code,
			 field[0] ? OUTRIDER_INVALID_ARGUMENT : OUTRIDER_OK);
	buffer_free(bytes);
}

static void required_fields_are_asked_for(void **state)
{
	const struct message *get =
		request("/outrider.v1.ContactService/GetContact");
	const struct message *create =
		request("/outrider.v1.ContactService/CreateContact");
	const struct message *submit =
		request("/outrider.v1.VisitService/SubmitEvidence");
	struct buffer bytes = new_buffer(), inner = new_buffer();

	(void)state;
	expect_required(get, &bytes, "id");
	put_text(&bytes, 1, "");
	expect_required(get, &bytes, "id");
	put_text(&bytes, 1, ID_A);
	expect_required(get, &bytes, "");
	/* A record inside is the whole row's matter. */
	put_text(&inner, 10, "Anna");
	put_nested(&bytes, 1, &inner);
	expect_required(create, &bytes, "");
	expect_required(submit, &bytes, "entries");
	put_text(&inner, 1, "header");
	put_text(&inner, 2, "signature");
	put_nested(&bytes, 1, &inner);
	put_text(&inner, 1, "header");
	put_nested(&bytes, 1, &inner);
	expect_required(submit, &bytes, "entries[1].signature");
}

/* ------------------------------------------------------------ hostile bytes */

static struct buffer good_contact(void)
{
	struct buffer contact = new_buffer();

	put_text(&contact, 1, ID_A);
	put_text(&contact, 2, "r17");
	wire_put_timestamp(&contact, 3, INT64_C(1790000000123456));
	put_text(&contact, 6, ID_B);
	put_text(&contact, 10, "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0");
	put_text(&contact, 11, "Berg");
	put_text(&contact, 14, ID_A);
	put_text(&contact, 14, ID_B);
	put_phone(&contact, 15, "+49 30 1234567", "work");
	put_phone(&contact, 15, "+49 170 1234567", NULL);
	wire_put_bytes(&contact, 18, "\x08\xc4\x0f\x10\x02\x18\x1d", 7);
	put_text(&contact, 21, "chess");
	wire_put_scalar(&contact, 22, 1);
	return contact;
}

/* What passed must be legal for every other reader. */
static void expect_readable(struct bytes bytes)
{
	Outrider__V1__Contact *contact =
		outrider__v1__contact__unpack(NULL, bytes.len, bytes.at);
	struct row *row;
	struct arena arena;

	assert_non_null(contact);
	arena_init(&arena, &allocator_libc, 1 << 24);
	row = row_new(&arena, kind_of("contact"));
	assert_int_equal(record_read(row, NULL, &arena, bytes, NULL),
			 OUTRIDER_OK);
	assert_int_equal(row->values[5].bytes.len > 0, contact->n_phones > 0);
	assert_int_equal(row->values[0].bytes.len, strlen(contact->given_name));
	arena_free(&arena);
	outrider__v1__contact__free_unpacked(contact, NULL);
}

static void every_cut_is_harmless(void **state)
{
	struct buffer contact = good_contact();
	const struct message *message = kind_of("contact")->message;
	size_t n_good = 0;

	(void)state;
	assert_int_equal(wire_check(message, bytes_of(&contact), NULL),
			 OUTRIDER_OK);
	for (size_t len = 0; len < contact.len; len++) {
		/* A copy of its own, so that reading past it is seen. */
		struct arena arena;
		struct bytes cut;
		arena_init(&arena, &allocator_libc, 1 << 20);
		cut = arena_copy(&arena, contact.at, len);
		if (!wire_check(message, cut, NULL)) {
			n_good++;
			expect_readable(cut);
		}
		arena_free(&arena);
	}
	assert_int_equal(n_good, 13); /* at the fields' ends */
	buffer_free(&contact);
}

static void changed_bytes_are_harmless(void **state)
{
	struct buffer contact = good_contact();
	const struct message *message = kind_of("contact")->message;
	uint64_t seed = 20261121;
	size_t n_good = 0, n_bad = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		uint8_t bytes[400];
		size_t n = 1 + random_next(&seed) % 3;
		memcpy(bytes, contact.at, contact.len);
		for (size_t i = 0; i < n; i++)
			bytes[random_next(&seed) % contact.len] ^=
				(uint8_t)(1U << random_next(&seed) % 8);
		if (wire_check(message, (struct bytes){ bytes, contact.len },
			       NULL)) {
			n_bad++;
			continue;
		}
		n_good++;
		expect_readable((struct bytes){ bytes, contact.len });
	}
	assert_true(n_good > 5000);
	assert_true(n_bad > 5000);
	buffer_free(&contact);
}

static void noise_is_harmless(void **state)
{
	const struct message *message = kind_of("contact")->message;
	uint64_t seed = 7;
	size_t n_good = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint8_t bytes[24];
		size_t len = random_next(&seed) % sizeof(bytes);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(random_next(&seed) >> 56);
		if (wire_check(message, (struct bytes){ bytes, len }, NULL))
			continue;
		n_good++;
		expect_readable((struct bytes){ bytes, len });
	}
	assert_true(n_good > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_come_back),
		cmocka_unit_test(malformed_fields_are_refused),
		cmocka_unit_test(finds_a_field),
		cmocka_unit_test(times_come_back),
		cmocka_unit_test(bad_times_are_refused),
		cmocka_unit_test(limits_of_text),
		cmocka_unit_test(paths_lead_to_the_fault),
		cmocka_unit_test(types_must_fit),
		cmocka_unit_test(nothing_comes_twice),
		cmocka_unit_test(identifiers_are_uuids),
		cmocka_unit_test(numbers_stay_in_range),
		cmocka_unit_test(numbers_may_be_packed_or_not),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(a_choice_is_made_once),
		cmocka_unit_test(doubles_pack_too),
		cmocka_unit_test(required_fields_are_asked_for),
		cmocka_unit_test(every_cut_is_harmless),
		cmocka_unit_test(changed_bytes_are_harmless),
		cmocka_unit_test(noise_is_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
