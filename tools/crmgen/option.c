/*
 * option: our own words in a contract's options. They are extensions that the
 * generated code for descriptor.proto doesn't know, so that they lie among
 * the unknown fields.
 */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of our extensions in each kind of options. */
#define OPTION_NUMBER 51001

/*
 * Our option's payload: every occurrence behind the other, which is how
 * protobuf merges messages. Unknown fields of length-delimited type keep
 * their length prefix in protobuf-c.
 */
static struct bytes
option_payload(struct contract *c, const ProtobufCMessage *options)
{
	size_t n = options ? options->n_unknown_fields : 0, total = 0;
	uint8_t *at;

	for (size_t i = 0; i < n; i++)
		total += options->unknown_fields[i].len;
	at = contract_alloc(c, total);
	total = 0;
	for (size_t i = 0; i < n; i++) {
		const ProtobufCMessageUnknownField *unknown =
			&options->unknown_fields[i];
		size_t prefix = 0;
		if (unknown->tag != OPTION_NUMBER ||
		    unknown->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
			continue;
		while (prefix < unknown->len && unknown->data[prefix] >= 0x80)
			prefix++;
		prefix++;
		memcpy(at + total, unknown->data + prefix,
		       unknown->len - prefix);
		total += unknown->len - prefix;
	}
	return (struct bytes){ .at = at, .len = total };
}

bool contract_has_option(const void *message)
{
	const ProtobufCMessage *options = message;

	for (size_t i = 0; options && i < options->n_unknown_fields; i++)
		if (options->unknown_fields[i].tag == OPTION_NUMBER)
			return true;
	return false;
}

static void *arena_hand_out(void *user, size_t size)
{
	return contract_alloc(user, size);
}

static void arena_take_back(void *user, void *at)
{
	(void)user, (void)at;
}

void *contract_unpack(struct contract *c,
		      const ProtobufCMessageDescriptor *descriptor,
		      struct bytes bytes)
{
	ProtobufCAllocator allocator = {
		.alloc = arena_hand_out,
		.free = arena_take_back,
		.allocator_data = c,
	};
	void *message = protobuf_c_message_unpack(descriptor, &allocator,
						  bytes.len, bytes.at);

	if (!message) {
		fputs("crmgen: damaged descriptor set\n", stderr);
		exit(2);
	}
	return message;
}

void *contract_option(struct contract *c,
		      const ProtobufCMessageDescriptor *descriptor,
		      const void *options)
{
	return contract_unpack(c, descriptor, option_payload(c, options));
}
