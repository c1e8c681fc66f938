/* Two passes: the first counts what the second stores. */
#include "bundle.h"

#include <stdlib.h>
#include <string.h>

#include "model/wire.h"

/* Field numbers of the contract. */
enum {
	DEVICE_ID = 1,
	DEVICE_NAME = 2,
	DEVICE_KEY = 3,
	ORGANIZATION_KEY = 4,
	ENTRIES = 5,
	RECEIPTS = 6,
};

/* A field that holds bytes: where it goes, and how long it must be. */
struct part {
	uint32_t number;
	size_t len_min, len_max;
	struct bytes *out;
};

enum { CONTENT_MAX = 8192 };

/* Takes one field; false if it is none of the parts, has come before, or has
 * the wrong length. */
static bool
take_part(const struct part *parts, size_t n, const struct wire_field *field)
{
	for (size_t i = 0; i < n; i++) {
		if (parts[i].number != field->number)
			continue;
		if (field->type != WIRE_LEN || parts[i].out->at ||
		    field->value.len < parts[i].len_min ||
		    field->value.len > parts[i].len_max)
			return false;
		*parts[i].out = field->value;
		return true;
	}
	return false;
}

static bool read_parts(const struct part *parts, size_t n, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;
	int more;

	while ((more = wire_next(&reader, &field)) > 0)
		if (!take_part(parts, n, &field))
			return false;
	return more == 0;
}

static bool read_entry(struct bundle_entry *entry, struct bytes message)
{
	const struct part parts[] = {
		{ 1, CHAIN_HEADER_LEN, CHAIN_HEADER_LEN, &entry->header },
		{ 2, BUNDLE_SIGNATURE_LEN, BUNDLE_SIGNATURE_LEN,
		  &entry->signature },
		{ 3, CHAIN_SALT_LEN, CHAIN_SALT_LEN, &entry->salt },
		{ 4, 1, CONTENT_MAX, &entry->content },
	};
	return read_parts(parts, sizeof(parts) / sizeof(parts[0]), message) &&
	       entry->header.at && entry->signature.at &&
	       !entry->salt.at == !entry->content.at;
}

static bool read_receipt(struct bundle_receipt *receipt, struct bytes message)
{
	const struct part parts[] = {
		{ 1, CHAIN_STATEMENT_LEN, CHAIN_STATEMENT_LEN,
		  &receipt->statement },
		{ 2, BUNDLE_SIGNATURE_LEN, BUNDLE_SIGNATURE_LEN,
		  &receipt->signature },
	};
	return read_parts(parts, sizeof(parts) / sizeof(parts[0]), message) &&
	       receipt->statement.at && receipt->signature.at;
}

/* Counts the repeated fields; false if the bytes are no message. */
static bool count(struct bundle *bundle, struct bytes file)
{
	struct wire_reader reader = wire_read(file);
	struct wire_field field;
	int more;

	while ((more = wire_next(&reader, &field)) > 0) {
		bundle->n_entries += field.number == ENTRIES;
		bundle->n_receipts += field.number == RECEIPTS;
	}
	return more == 0;
}

static bool read_fields(struct bundle *bundle, struct bytes file)
{
	const struct part parts[] = {
		{ DEVICE_ID, 16, 16, &bundle->device_id },
		{ DEVICE_NAME, 1, 400, &bundle->device_name },
		{ DEVICE_KEY, BUNDLE_KEY_LEN, BUNDLE_KEY_LEN,
		  &bundle->device_key },
		{ ORGANIZATION_KEY, BUNDLE_KEY_LEN, BUNDLE_KEY_LEN,
		  &bundle->organization_key },
	};
	struct wire_reader reader = wire_read(file);
	struct wire_field field;
	size_t entries = 0, receipts = 0;
	bool is_well = true;

	while (is_well && wire_next(&reader, &field) > 0) {
		if (field.number == ENTRIES)
			is_well = field.type == WIRE_LEN &&
				  read_entry(&bundle->entries[entries++],
					     field.value);
		else if (field.number == RECEIPTS)
			is_well = field.type == WIRE_LEN &&
				  read_receipt(&bundle->receipts[receipts++],
					       field.value);
		else
			is_well = take_part(parts,
					    sizeof(parts) / sizeof(parts[0]),
					    &field);
	}
	return is_well;
}

bool bundle_read(struct bundle *bundle, const char **why, struct bytes file)
{
	*bundle = (struct bundle){ 0 };
	if (!count(bundle, file)) {
		*why = "it is no protobuf message, or cut off";
		return false;
	}
	bundle->entries =
		calloc(bundle->n_entries + 1, sizeof(bundle->entries[0]));
	bundle->receipts =
		calloc(bundle->n_receipts + 1, sizeof(bundle->receipts[0]));
	if (!bundle->entries || !bundle->receipts) {
		*why = "there is not enough memory";
		return false;
	}
	if (!read_fields(bundle, file)) {
		*why = "a field is unknown, repeated or of the wrong length";
		return false;
	}
	if (!bundle->device_id.at || !bundle->device_key.at ||
	    !bundle->organization_key.at || bundle->n_entries == 0) {
		*why = "a key, the device or the entries are missing";
		return false;
	}
	return true;
}

void bundle_close(struct bundle *bundle)
{
	free(bundle->entries);
	free(bundle->receipts);
	*bundle = (struct bundle){ 0 };
}
