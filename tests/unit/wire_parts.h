/*
 * What the tests of wire, record and merge share: messages written field by
 * field, a seeded random number, and a row from bytes.
 */
#ifndef TESTS_WIRE_PARTS_H
#define TESTS_WIRE_PARTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/record.h"
#include "model/wire.h"

#define ID_A "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
#define ID_B "017f22e2-79b0-7cc3-98c4-dc0c0c073990"
#define ID_C "017f22e2-79b0-7cc3-98c4-dc0c0c073991"

/* SplitMix64. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline struct buffer new_buffer(void)
{
	struct buffer buffer;

	buffer_init(&buffer, &allocator_libc, 1 << 24);
	return buffer;
}

static inline struct bytes bytes_of(const struct buffer *buffer)
{
	return (struct bytes){ .at = buffer->at, .len = buffer->len };
}

static inline void
put_text(struct buffer *out, uint32_t number, const char *text)
{
	wire_put_bytes(out, number, text, strlen(text));
}

static inline void
put_nested(struct buffer *out, uint32_t number, struct buffer *nested)
{
	wire_put_bytes(out, number, nested->at, nested->len);
	buffer_free(nested);
}

/* outrider.v1.Phone. */
static inline void put_phone(struct buffer *out, uint32_t number,
			     const char *digits, const char *label)
{
	struct buffer phone = new_buffer();

	put_text(&phone, 1, digits);
	if (label)
		put_text(&phone, 2, label);
	put_nested(out, number, &phone);
}

static inline const struct entity *kind_of(const char *name)
{
	return schema_entity_named(name, strlen(name));
}

/* The vectors of docs/formats/record.md, made with another packer. */
#define CONTACT_HEX                                                        \
	"322430313766323265322d373962302d376363332d393863342d646330633063" \
	"3037333939305208d090d0bdd0bdd0b05a044265726772243031376632326532" \
	"2d373962302d376363332d393863342d6463306330633037333938667a160a0e" \
	"2b343920333020313233343536371204776f726b7a110a0f2b34392031373020" \
	"373635343332319201041002181daa01056368657373aa010477696e65b00101"
#define MEETING_HEX                                                        \
	"520556697369745a0b0880f7c4d506108094ef3a6206089093c5d50671c3f528" \
	"5c8f424a4080019601a80101"

static inline unsigned nibble(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static inline struct buffer from_hex(const char *hex)
{
	struct buffer out = new_buffer();

	for (; hex[0]; hex += 2) {
		uint8_t byte = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		buffer_append(&out, &byte, 1);
	}
	return out;
}

/* Reads checked bytes, frees them. */
static inline struct row *
read_row(struct arena *arena, const char *kind, struct buffer *bytes)
{
	struct row *row = row_new(arena, kind_of(kind));
	struct outrider_err err;

	assert_non_null(row);
	assert_int_equal(record_read(row, NULL, arena, bytes_of(bytes), &err),
			 OUTRIDER_OK);
	/* What was read needs the sender's bytes no more. */
	if (bytes->at)
		memset(bytes->at, 0xee, bytes->len);
	buffer_free(bytes);
	return row;
}

#endif
