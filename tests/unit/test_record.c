/*
 * Records: the canonical bytes of docs/formats/record.md, whatever form they
 * come in, and the phone's splice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "outrider/v1/contact.pb-c.h"
#include "outrider/v1/meeting.pb-c.h"
#include "wire_parts.h"

static void expect_bytes(const struct buffer *got, const char *hex)
{
	struct buffer want = from_hex(hex);

	assert_int_equal(got->len, want.len);
	assert_memory_equal(got->at, want.at, want.len);
	buffer_free(&want);
}

static struct buffer written(const struct row *row)
{
	struct buffer out = new_buffer();

	record_write(&out, row, NULL);
	assert_false(out.is_full);
	return out;
}

/* Reads bytes of any form, writes them, and compares with the vector. */
static void
expect_canonical(const char *kind, struct buffer *bytes, const char *hex)
{
	struct arena arena;
	struct buffer out;

	assert_int_equal(wire_check(kind_of(kind)->message, bytes_of(bytes),
				    NULL),
			 OUTRIDER_OK);
	arena_init(&arena, &allocator_libc, 1 << 20);
	out = written(read_row(&arena, kind, bytes));
	expect_bytes(&out, hex);
	buffer_free(&out);
	arena_free(&arena);
}

/* --------------------------------------------------------------- canonical */

static void canonical_bytes_stay(void **state)
{
	struct buffer bytes = from_hex(CONTACT_HEX);

	(void)state;
	expect_canonical("contact", &bytes, CONTACT_HEX);
	bytes = from_hex(MEETING_HEX);
	expect_canonical("meeting", &bytes, MEETING_HEX);
	bytes = new_buffer();
	expect_canonical("meeting", &bytes, "");
}

/* The fields of the bytes, in an order by chance, with unknown ones. */
static struct buffer shuffled(const char *hex, uint64_t *seed)
{
	struct buffer bytes = from_hex(hex), out = new_buffer();
	struct wire_reader reader = wire_read(bytes_of(&bytes));
	struct wire_field fields[32];
	size_t n = 0;

	while (wire_next(&reader, &fields[n]) > 0)
		n++;
	for (size_t left = n; left > 0; left--) {
		size_t pick = (size_t)random_next(seed) % left;
		/* Elements of one field keep their order. */
		for (size_t i = 0; i < pick; i++)
			if (fields[i].number == fields[pick].number) {
				pick = i;
				break;
			}
		buffer_append(&out, fields[pick].whole.at,
			      fields[pick].whole.len);
		if (random_next(seed) % 3 == 0)
			put_text(&out, 300, "unknown");
		memmove(&fields[pick], &fields[pick + 1],
			(left - pick - 1) * sizeof(fields[0]));
	}
	buffer_free(&bytes);
	return out;
}

static void order_does_not_matter(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buffer bytes = shuffled(CONTACT_HEX, &seed);
		expect_canonical("contact", &bytes, CONTACT_HEX);
		bytes = shuffled(MEETING_HEX, &seed);
		expect_canonical("meeting", &bytes, MEETING_HEX);
	}
}

static void other_forms_become_canonical(void **state)
{
	struct buffer m = new_buffer(), part = new_buffer();

	(void)state;
	/* Defaults that are written out, -0.0, long varints, a time whose
	 * parts are turned round, fields without a meaning. */
	put_text(&m, 10, "Visit");
	put_text(&m, 22, "");
	wire_put_double(&m, 15, -0.0);
	wire_put_scalar(&m, 17, 0);
	wire_put_scalar(&part, 2, 123456000);
	wire_put_scalar(&part, 9, 5);
	wire_put_scalar(&part, 1, 1790000000);
	put_nested(&m, 11, &part);
	wire_put_scalar(&part, 1, 1790003600);
	wire_put_scalar(&part, 2, 0);
	put_nested(&m, 12, &part);
	wire_put_double(&m, 14, 52.52);
	buffer_append(&m, "\x80\x81\x00\x96\x81\x80\x00", 7); /* 16: 150 */
	buffer_append(&m, "\xa8\x01\x81\x00", 4);	      /* 21: 1 */
	put_text(&m, 13, "");
	put_text(&m, 99, "unknown");
	expect_canonical("meeting", &m, MEETING_HEX);
}

static void nested_forms_become_canonical(void **state)
{
	struct buffer c = new_buffer(), part = new_buffer();

	(void)state;
	put_text(&c, 21, "wine");
	put_text(&c, 6, "017F22E2-79B0-7CC3-98C4-DC0C0C073990");
	put_text(&c, 10, "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0");
	put_text(&c, 11, "Berg");
	put_text(&c, 14, "017F22e2-79b0-7cc3-98c4-dc0c0c07398F");
	put_text(&c, 14, ID_A);
	put_text(&part, 2, "work");
	put_text(&part, 7, "unknown");
	put_text(&part, 1, "+49 30 1234567");
	put_nested(&c, 15, &part);
	put_text(&c, 21, "chess");
	put_text(&part, 1, "+49 170 7654321");
	put_text(&part, 2, "");
	put_nested(&c, 15, &part);
	wire_put_scalar(&part, 3, 29);
	wire_put_scalar(&part, 1, 0);
	wire_put_scalar(&part, 2, 2);
	put_nested(&c, 18, &part);
	put_text(&c, 21, "wine");
	wire_put_scalar(&c, 22, 7); /* any number is true */
	expect_canonical("contact", &c, CONTACT_HEX);
}

static void an_empty_nested_message_is_none(void **state)
{
	struct buffer c = new_buffer(), part = new_buffer();

	(void)state;
	put_text(&c, 18, "");
	expect_canonical("contact", &c, "");
	wire_put_scalar(&part, 1, 0);
	put_nested(&c, 18, &part);
	expect_canonical("contact", &c, "");
	/* Among repeated ones it counts. */
	put_text(&c, 15, "");
	expect_canonical("contact", &c, "7a00");
}

/* A kind with what the contract's kinds don't have. */
static const struct message odd_message;
static const struct entity odd;
static const struct field odd_fields[] = {
	{ .number = 1, .name = "id", .type = FIELD_UUID, .oneof = -1 },
	{ .number = 10,
	  .name = "numbers",
	  .type = FIELD_INT32,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 100,
	  .oneof = -1 },
	{ .number = 11,
	  .name = "reals",
	  .type = FIELD_DOUBLE,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 100,
	  .oneof = -1 },
	{ .number = 12,
	  .name = "times",
	  .type = FIELD_TIMESTAMP,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 100,
	  .oneof = -1 },
	{ .number = 13,
	  .name = "self",
	  .type = FIELD_MESSAGE,
	  .oneof = -1,
	  .message = &odd_message },
	{ .number = 20, .name = "word", .type = FIELD_STRING, .oneof = 0 },
	{ .number = 21, .name = "count", .type = FIELD_INT64, .oneof = 0 },
	{ .number = 22, .name = "huge", .type = FIELD_UINT64, .oneof = -1 },
	{ .number = 23, .name = "at", .type = FIELD_TIMESTAMP, .oneof = -1 },
};
static const struct message odd_message = {
	.name = "odd",
	.fields = odd_fields,
	.n_fields = 9,
};
static const struct entity odd = {
	.number = 99,
	.name = "odd",
	.message = &odd_message,
	.fields = odd_fields + 1,
	.n_fields = 8,
};

static void expect_odd(struct buffer *bytes, const char *hex)
{
	struct arena arena;
	struct row *row;
	struct buffer out;

	assert_int_equal(wire_check(&odd_message, bytes_of(bytes), NULL),
			 OUTRIDER_OK);
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = row_new(&arena, &odd);
	assert_int_equal(record_read(row, NULL, &arena, bytes_of(bytes), NULL),
			 OUTRIDER_OK);
	buffer_free(bytes);
	out = written(row);
	expect_bytes(&out, hex);
	buffer_free(&out);
	arena_free(&arena);
}

static void numbers_are_packed(void **state)
{
	struct buffer b = new_buffer(), inner = new_buffer();

	(void)state;
	wire_put_scalar(&b, 10, 1);
	expect_odd(&b, "520101");
	wire_put_scalar(&b, 10, 1);
	wire_put_scalar(&b, 22, UINT64_MAX);
	wire_put_bytes(&b, 10, "\x02\x83\x00", 3);
	wire_put_scalar(&b, 10, (uint64_t)INT64_C(-1));
	wire_put_bytes(&b, 10, "", 0);
	expect_odd(&b, "520d010203ffffffffffffffffff01"
		       "b001ffffffffffffffffff01");
	wire_put_bytes(&b, 10, "", 0);
	expect_odd(&b, "");
	wire_put_double(&b, 11, -0.0);
	wire_put_double(&b, 11, 1.0);
	expect_odd(&b, "5a10"
		       "0000000000000000"
		       "000000000000f03f");
	put_text(&b, 12, "");
	put_text(&b, 12, "\x10\x01");
	put_text(&b, 12, "\x10\xe8\x07");
	expect_odd(&b, "6200"
		       "6200"
		       "620310e807");
	wire_put_scalar(&inner, 10, 5);
	put_nested(&b, 13, &inner);
	expect_odd(&b, "6a03520105");
}

/* One departure from the canonical form at a time. */
static void each_departure_is_mended(void **state)
{
	static const struct {
		const char *from, *to;
	} contacts[] = {
		/* phones: out of order, an unknown field, a default, long
		 * varints in tag, length and inside */
		{ "7a061201770a0131", "7a060a0131120177" },
		{ "7a050a01313801", "7a030a0131" },
		{ "7a050a01311200", "7a030a0131" },
		{ "fa00030a0131", "7a030a0131" },
		{ "7a83000a0131", "7a030a0131" },
		{ "7a040a810031", "7a030a0131" },
		{ "7a048a000131", "7a030a0131" },
		/* interests: out of order, twice, long varints */
		{ "aa010162aa010161", "aa010161aa010162" },
		{ "aa010161aa010161", "aa010161" },
		{ "aa01810061", "aa010161" },
		/* birthday: a default, a long varint */
		{ "920106080010021801", "92010410021801" },
		{ "9201051082001801", "92010410021801" },
	}, odds[] = {
		/* packed: a long varint, a single number, in two parts */
		{ "52028100", "520101" },
		{ "5001", "520101" },
		{ "520101520102", "52020102" },
		{ "5a080000000000000080", "5a080000000000000000" },
		/* times: a zero, turned round, an unknown field */
		{ "62020800", "6200" },
		{ "620510e8070801", "6205080110e807" },
		{ "620510e8073801", "620310e807" },
		{ "620310f507", "620310e807" },
		/* a nested message: a time and a number that are not set */
		{ "6a03ba0100", "" },
		{ "6a05ba01020800", "" },
		{ "6a03b00100", "" },
				{ "6a08b00100ba01020801", "6a05ba01020801" },
		{ "6a025200", "" },
		{ "6a05ba01020811", "6a05ba01020811" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(contacts) / sizeof(contacts[0]); i++) {
		struct buffer bytes = from_hex(contacts[i].from);
		expect_canonical("contact", &bytes, contacts[i].to);
	}
	for (size_t i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
		struct buffer bytes = from_hex(odds[i].from);
		expect_odd(&bytes, odds[i].to);
	}
}

/* Packing makes a hundred single numbers longer, so lengths grow a byte. */
static void lengths_may_grow(void **state)
{
	struct buffer b = new_buffer(), inner = new_buffer();
	struct arena arena;
	struct row *row;

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct buffer outer = new_buffer();
		wire_put_scalar(&inner, 10, 1);
		if (i == 0)
			put_text(&inner, 20,
				 "0123456789012345678901234567890"
				 "01234567890123456789012345678901"
				 "23456789012345678901234567890123"
				 "456789012");
		put_nested(&outer, 13, &inner);
		inner = outer;
	}
	buffer_append(&b, inner.at, inner.len);
	buffer_free(&inner);
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = row_new(&arena, &odd);
	assert_int_equal(record_read(row, NULL, &arena, bytes_of(&b), NULL),
			 OUTRIDER_OK);
	assert_true(row->values[3].bytes.len > b.len);
	assert_int_equal(wire_check(&odd_message, row->values[3].bytes, NULL),
			 OUTRIDER_OK);
	arena_free(&arena);
	buffer_free(&b);
}

static void a_choice_empties_the_others(void **state)
{
	struct buffer b = new_buffer();
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = row_new(&arena, &odd);
	put_text(&b, 20, "word");
	assert_int_equal(record_read(row, NULL, &arena, bytes_of(&b), NULL),
			 OUTRIDER_OK);
	buffer_clear(&b);
	wire_put_scalar(&b, 21, 5);
	assert_int_equal(record_read(row, NULL, &arena, bytes_of(&b), NULL),
			 OUTRIDER_OK);
	buffer_free(&b);
	b = written(row);
	expect_bytes(&b, "a80105");
	buffer_free(&b);
	arena_free(&arena);
}

/* ------------------------------------------------------------------ reading */

static void values_are_typed(void **state)
{
	struct buffer bytes = from_hex(CONTACT_HEX);
	struct arena arena;
	struct field_set present = { { 0 } };
	struct row *row;
	struct uuid a, b;

	(void)state;
	assert_true(uuid_parse(&a, ID_A, 36) && uuid_parse(&b, ID_B, 36));
	put_text(&bytes, 1, ID_A);
	put_text(&bytes, 7, ID_A);
	put_text(&bytes, 2, "r5");
	put_text(&bytes, 12, "");
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = row_new(&arena, kind_of("contact"));
	field_set_add(&present, 200);
	assert_int_equal(record_read(row, &present, &arena, bytes_of(&bytes),
				     NULL),
			 OUTRIDER_OK);
	assert_int_equal(uuid_compare(&row->id, &a), 0);
	assert_int_equal(uuid_compare(&row->owner, &b), 0);
	assert_true(uuid_is_zero(&row->team));
	assert_int_equal(row->rev, 0);
	assert_memory_equal(row_value(row, 11)->bytes.at, "Berg", 4);
	assert_int_equal(row_value(row, 22)->i, 1);
	assert_int_equal(row_value(row, 14)->bytes.len, 38);
	assert_false(value_is_set(row_value(row, 12)));
	assert_null(row_value(row, 6));
	assert_null(row_value(row, 9));
	assert_null(row_value(row, 200));
	static const uint8_t there[] = { 1,  2,	 6,  7,	 10, 11, 12,
					 14, 15, 18, 21, 22, 200 };
	for (uint32_t i = 0; i < 256; i++)
		assert_int_equal(field_set_has(&present, i),
				 memchr(there, (int)i, sizeof(there)) != NULL);
	uint32_t next = field_set_next(&present, 0);
	for (size_t i = 0; i < sizeof(there); i++) {
		assert_int_equal(next, there[i]);
		next = field_set_next(&present, next + 1);
	}
	assert_int_equal(next, FIELD_SET_END);
	field_set_add(&present, 255);
	assert_int_equal(field_set_next(&present, 201), 255);
	assert_int_equal(field_set_next(&present, 256), FIELD_SET_END);
	assert_false(field_set_has(&present, 256));
	buffer_free(&bytes);
	arena_free(&arena);
}

static void a_patch_changes_what_it_has(void **state)
{
	struct buffer bytes = from_hex(CONTACT_HEX);
	struct arena arena;
	struct row *row, *copy;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = read_row(&arena, "contact", &bytes);
	copy = row_copy(&arena, row);
	put_text(&bytes, 10, "");
	put_text(&bytes, 15, "");
	wire_put_scalar(&bytes, 22, 0);
	assert_int_equal(record_read(copy, NULL, &arena, bytes_of(&bytes),
				     NULL),
			 OUTRIDER_OK);
	buffer_free(&bytes);
	assert_false(value_is_set(row_value(copy, 10)));
	assert_int_equal(row_value(copy, 15)->bytes.len, 2);
	assert_false(value_is_set(row_value(copy, 22)));
	assert_memory_equal(row_value(copy, 11)->bytes.at, "Berg", 4);
	bytes = written(row);
	expect_bytes(&bytes, CONTACT_HEX); /* the first one stands */
	buffer_free(&bytes);
	arena_free(&arena);
}

static void unchecked_bytes_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "\x52", 1 },		   /* cut */
		{ "\x50\x01", 2 },	   /* text as a number */
		{ "\x72\x01x", 3 },	   /* not a UUID in company_ids */
		{ "\x7a\x02\x0a\x05", 4 }, /* cut inside */
		{ "\x0a\x01x", 3 },	   /* id */
		{ "\x32\x01x", 3 },	   /* owner_id */
		{ "\xb2\x01\x00", 3 },	   /* a number as text */
	};
	struct arena arena;
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outrider_err err;
		const struct bytes bytes = {
			.at = (const uint8_t *)cases[i].bytes,
			.len = cases[i].len,
		};
		row = row_new(&arena, kind_of("contact"));
		assert_int_equal(record_read(row, NULL, &arena, bytes, &err),
				 OUTRIDER_INVALID_ARGUMENT);
		assert_int_equal(err.code, OUTRIDER_INVALID_ARGUMENT);
	}
	arena_free(&arena);
}

static void memory_may_run_out_while_reading(void **state)
{
	size_t fail_at = 0;
	uint64_t seed = 3;

	(void)state;
	for (bool is_done = false; !is_done; fail_at++) {
		struct buffer bytes = shuffled(CONTACT_HEX, &seed);
		struct failing memory;
		struct arena arena;
		struct row *row;
		/* Many small ceilings find every allocation. */
		failing_start(&memory, FAILING_NEVER);
		arena_init(&arena, &memory.allocator, 200 + fail_at * 16);
		row = row_new(&arena, kind_of("contact"));
		if (row)
			is_done = record_read(row, NULL, &arena,
					      bytes_of(&bytes),
					      NULL) == OUTRIDER_OK;
		buffer_free(&bytes);
		arena_free(&arena);
		assert_int_equal(memory.live, 0);
	}
	assert_true(fail_at > 20);
}

/* ------------------------------------------------------------------ writing */

static void a_choice_of_fields_is_written(void **state)
{
	struct buffer bytes = from_hex(CONTACT_HEX), out = new_buffer();
	struct arena arena;
	struct field_set which = { { 0 } };
	struct row *row;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = read_row(&arena, "contact", &bytes);
	row->team = row->owner;
	record_write(&out, row, &which);
	assert_int_equal(out.len, 0);
	field_set_add(&which, 22);
	field_set_add(&which, 11);
	field_set_add(&which, 12);
	record_write(&out, row, &which);
	expect_bytes(&out, "5a0442657267b00101");
	buffer_clear(&out);
	which = (struct field_set){ { 0 } };
	field_set_add(&which, FIELD_TEAM);
	record_write(&out, row, &which);
	assert_int_equal(out.len, 38);
	assert_int_equal(out.at[0], 7 << 3 | WIRE_LEN);
	buffer_free(&out);
	arena_free(&arena);
}

static void a_resource_is_read_by_others(void **state)
{
	struct buffer bytes = from_hex(MEETING_HEX), out = new_buffer();
	struct arena arena;
	struct row *row;
	Outrider__V1__Meeting *meeting;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	row = read_row(&arena, "meeting", &bytes);
	row->rev = 42;
	row->created_us = 1000000;
	row->updated_us = INT64_C(1790000000123456);
	assert_true(uuid_parse(&row->id, ID_C, 36));
	assert_true(uuid_parse(&row->team, ID_A, 36));
	record_write_resource(&out, row);
	assert_int_equal(wire_check(kind_of("meeting")->message, bytes_of(&out),
				    NULL),
			 OUTRIDER_OK);
	meeting = outrider__v1__meeting__unpack(NULL, out.len, out.at);
	assert_non_null(meeting);
	assert_string_equal(meeting->id, ID_C);
	assert_string_equal(meeting->etag, "r42");
	assert_string_equal(meeting->owner_id, "");
	assert_string_equal(meeting->team_id, ID_A);
	assert_int_equal(meeting->create_time->seconds, 1);
	assert_int_equal(meeting->update_time->nanos, 123456000);
	assert_null(meeting->delete_time);
	assert_string_equal(meeting->subject, "Visit");
	assert_true(meeting->pin_latitude > 52.519 &&
		    meeting->pin_latitude < 52.521);
	assert_int_equal(meeting->radius_m, 150);
	assert_int_equal(meeting->state, 1);
	outrider__v1__meeting__free_unpacked(meeting, NULL);
	row->deleted_us = 5;
	buffer_clear(&out);
	record_write_resource(&out, row);
	meeting = outrider__v1__meeting__unpack(NULL, out.len, out.at);
	assert_non_null(meeting->delete_time);
	outrider__v1__meeting__free_unpacked(meeting, NULL);
	buffer_free(&out);
	arena_free(&arena);
}

static void etags_are_revisions(void **state)
{
	char etag[24];

	(void)state;
	record_etag(etag, UINT64_MAX);
	assert_string_equal(etag, "r18446744073709551615");
	assert_true(record_etag_rev(etag, strlen(etag)) == UINT64_MAX);
	record_etag(etag, 1);
	assert_int_equal(record_etag_rev(etag, 2), 1);
	assert_int_equal(record_etag_rev("r18446744073709551616", 21), 0);
	assert_int_equal(record_etag_rev("r99999999999999999999", 21), 0);
	assert_int_equal(record_etag_rev("r07", 3), 0);
	assert_int_equal(record_etag_rev("r", 1), 0);
	assert_int_equal(record_etag_rev("", 0), 0);
	assert_int_equal(record_etag_rev("x7", 2), 0);
	assert_int_equal(record_etag_rev("r7 ", 3), 0);
	assert_int_equal(record_etag_rev("r-7", 3), 0);
}

/* ------------------------------------------------------------------- splice */

static void expect_splice(const struct message *message, const char *base,
			  const char *delta, uint32_t cleared,
			  const char *result)
{
	struct buffer b = from_hex(base), d = from_hex(delta);
	struct buffer out = new_buffer();
	struct field_set set = { { 0 } };
	enum outrider_code code;

	if (cleared > 0)
		field_set_add(&set, cleared);
	code = fields_splice(&out, message, bytes_of(&b), bytes_of(&d), &set,
			     NULL);
	if (result) {
		assert_int_equal(code, OUTRIDER_OK);
		expect_bytes(&out, result);
	} else {
		assert_int_equal(code, OUTRIDER_INVALID_ARGUMENT);
	}
	buffer_free(&b);
	buffer_free(&d);
	buffer_free(&out);
}

static void fields_are_spliced(void **state)
{
	const struct message *contact = kind_of("contact")->message;

	(void)state;
	/* 10: "A", 21: "x", "y", 250: unknown */
	expect_splice(contact, "520141aa010178aa010179d20f0155", "", 0,
		      "520141aa010178aa010179d20f0155");
	expect_splice(contact, "", "520141", 0, "520141");
	expect_splice(contact, "520141aa010178aa010179d20f0155", "520142", 0,
		      "520142aa010178aa010179d20f0155");
	expect_splice(contact, "520141aa010178aa010179d20f0155", "aa01017a", 0,
		      "520141aa01017ad20f0155");
	expect_splice(contact, "520141aa010178d20f0155", "aa01017aaa01017b", 0,
		      "520141aa01017aaa01017bd20f0155");
	expect_splice(contact, "520141aa010178aa010179d20f0155", "5a0142", 21,
		      "5201415a0142d20f0155");
	expect_splice(contact, "520141", "520142", 10, "520142");
	expect_splice(contact, "520141", "", 10, "");
	/* An unknown field is replaced like any other. */
	expect_splice(contact, "520141d20f0155", "d20f0156", 0,
		      "520141d20f0156");
	expect_splice(contact, "5a0142520141", "", 0, NULL);
	expect_splice(contact, "520141", "5a0142520141", 0, NULL);
	expect_splice(contact, "52", "", 0, NULL);
	expect_splice(contact, "520141", "53", 0, NULL);
	/* Members of a choice clear together. */
	expect_splice(&odd_message, "a2010141b00105", "a80107", 0,
		      "a80107b00105");
	expect_splice(&odd_message, "a80107b00105", "a2010141", 0,
		      "a2010141b00105");
}

static void a_splice_may_be_too_large(void **state)
{
	struct buffer b = from_hex(CONTACT_HEX), out;

	(void)state;
	for (size_t ceiling = 0; ceiling < b.len; ceiling += 7) {
		buffer_init(&out, &allocator_libc, ceiling);
		assert_int_equal(
			fields_splice(&out, kind_of("contact")->message,
				      bytes_of(&b), (struct bytes){ NULL, 0 },
				      NULL, NULL),
			OUTRIDER_RESOURCE_EXHAUSTED);
		buffer_free(&out);
	}
	buffer_free(&b);
}

static void fields_are_found(void **state)
{
	struct buffer c = from_hex(CONTACT_HEX);
	struct bytes found = fields_find(bytes_of(&c), 11);

	(void)state;
	assert_int_equal(found.len, 4);
	assert_memory_equal(found.at, "Berg", 4);
	found = fields_find(bytes_of(&c), 21);
	assert_memory_equal(found.at, "chess", 5);
	assert_null(fields_find(bytes_of(&c), 12).at);
	assert_null(fields_find(bytes_of(&c), 22).at);
	buffer_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_bytes_stay),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(other_forms_become_canonical),
		cmocka_unit_test(nested_forms_become_canonical),
		cmocka_unit_test(an_empty_nested_message_is_none),
		cmocka_unit_test(numbers_are_packed),
		cmocka_unit_test(each_departure_is_mended),
		cmocka_unit_test(lengths_may_grow),
		cmocka_unit_test(a_choice_empties_the_others),
		cmocka_unit_test(values_are_typed),
		cmocka_unit_test(a_patch_changes_what_it_has),
		cmocka_unit_test(unchecked_bytes_are_refused),
		cmocka_unit_test(memory_may_run_out_while_reading),
		cmocka_unit_test(a_choice_of_fields_is_written),
		cmocka_unit_test(a_resource_is_read_by_others),
		cmocka_unit_test(etags_are_revisions),
		cmocka_unit_test(fields_are_spliced),
		cmocka_unit_test(a_splice_may_be_too_large),
		cmocka_unit_test(fields_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
