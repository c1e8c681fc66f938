/*
 * bundle: an EvidenceBundle as it stands in a file.
 *
 * Owns the reading of hostile bytes (proto/outrider/v1/visit.proto): every
 * byte must belong to a known field of the right kind and length. It refuses
 * to know what the fields are good for. Parts borrow from the file's bytes.
 */
#ifndef VERIFY_BUNDLE_H
#define VERIFY_BUNDLE_H

#include "model/arena.h"
#include "model/chain.h"

enum {
	BUNDLE_KEY_LEN = 32,
	BUNDLE_SIGNATURE_LEN = 64,
	BUNDLE_FILE_MAX = 64 << 20,
};

struct bundle_entry {
	struct bytes header, signature;
	struct bytes salt, content; /* empty where not shown, or purged */
};

struct bundle_receipt {
	struct bytes statement, signature;
};

struct bundle {
	struct bytes device_id, device_name;
	struct bytes device_key, organization_key;
	struct bundle_entry *entries;
	size_t n_entries;
	struct bundle_receipt *receipts;
	size_t n_receipts;
};

/* True, or *why says what is wrong with the bytes. Close it in both cases. */
bool bundle_read(struct bundle *bundle, const char **why, struct bytes file);
void bundle_close(struct bundle *bundle);

#endif
