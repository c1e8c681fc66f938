/*
 * Any bytes as a record of any kind. The first byte chooses the kind, the
 * second where the rest is split into a base and a delta.
 *
 * What wire_check lets through, protobuf-c must unpack (of the kinds in the
 * table: they have every type between them) and record_read must read; what
 * record_write makes of it must be read as the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"
#include "model/wire.h"
#include "outrider/v1/alert.pb-c.h"
#include "outrider/v1/company.pb-c.h"
#include "outrider/v1/contact.pb-c.h"
#include "outrider/v1/meeting.pb-c.h"
#include "outrider/v1/note.pb-c.h"
#include "outrider/v1/place.pb-c.h"
#include "outrider/v1/team.pb-c.h"
#include "outrider/v1/user.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const ProtobufCMessageDescriptor *const packers[] = {
	&outrider__v1__user__descriptor,    &outrider__v1__team__descriptor,
	&outrider__v1__company__descriptor, &outrider__v1__contact__descriptor,
	&outrider__v1__place__descriptor,   &outrider__v1__meeting__descriptor,
	&outrider__v1__note__descriptor,    &outrider__v1__alert__descriptor,
};

static void must(int condition)
{
	if (!condition)
		abort();
}

static void write_canonical(struct buffer *out, const struct entity *entity,
			    struct bytes bytes)
{
	struct arena arena;
	struct row *row;

	arena_init(&arena, &allocator_libc, 1 << 24);
	row = row_new(&arena, entity);
	must(record_read(row, NULL, &arena, bytes, NULL) == OUTRIDER_OK);
	record_write(out, row, NULL);
	must(!out->is_full);
	must(record_check(row, NULL) != OUTRIDER_INTERNAL);
	arena_free(&arena);
}

static void check_record(const struct entity *entity,
			 const ProtobufCMessageDescriptor *packer,
			 struct bytes bytes)
{
	ProtobufCMessage *unpacked;
	struct buffer once, twice;
	struct bytes written;

	if (wire_check(entity->message, bytes, NULL) != OUTRIDER_OK)
		return;
	if (packer) {
		unpacked = protobuf_c_message_unpack(packer, NULL, bytes.len,
						     bytes.at);
		must(unpacked != NULL);
		protobuf_c_message_free_unpacked(unpacked, NULL);
	}
	buffer_init(&once, &allocator_libc, 1 << 24);
	buffer_init(&twice, &allocator_libc, 1 << 24);
	write_canonical(&once, entity, bytes);
	written = (struct bytes){ .at = once.at, .len = once.len };
	must(wire_check(entity->message, written, NULL) == OUTRIDER_OK);
	write_canonical(&twice, entity, written);
	must(once.len == twice.len);
	must(once.len == 0 || memcmp(once.at, twice.at, once.len) == 0);
	buffer_free(&once);
	buffer_free(&twice);
}

/* The phone's splice takes what it was given: unchecked bytes. */
static void
check_splice(const struct entity *entity, struct bytes bytes, size_t split)
{
	struct bytes base = { .at = bytes.at, .len = split };
	struct bytes delta = { .at = bytes.at + split,
			       .len = bytes.len - split };
	struct field_set cleared = { { 0 } };
	struct buffer out;

	field_set_add(&cleared, 12);
	buffer_init(&out, &allocator_libc, 1 << 24);
	if (fields_splice(&out, entity->message, base, delta, &cleared, NULL) ==
	    OUTRIDER_OK)
		must(out.len <= bytes.len);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t n = sizeof(packers) / sizeof(packers[0]), kind, split;
	const ProtobufCMessageDescriptor *packer;
	struct bytes rest;

	if (len < 2)
		return 0;
	kind = bytes[0] % schema_n_entities;
	packer = kind < n ? packers[kind] : NULL;
	rest = (struct bytes){ .at = bytes + 2, .len = len - 2 };
	split = bytes[1] < rest.len ? bytes[1] : rest.len;
	check_record(schema_entities[kind], packer, rest);
	check_splice(schema_entities[kind], rest, split);
	return 0;
}
