/*
 * bundle_maker: bundles of evidence for tests, with keys of a fixed seed.
 *
 * Owns a small chain that a test may spoil before it becomes a file. Every
 * entry is about a meeting of half an hour at which the phone was present.
 */
#ifndef SUPPORT_BUNDLE_MAKER_H
#define SUPPORT_BUNDLE_MAKER_H

#include "model/arena.h"
#include "model/chain.h"
#include "model/evidence.h"

enum { MAKER_ENTRIES_MAX = 8, MAKER_RECEIPTS_MAX = 4 };

struct maker_key {
	uint8_t public_key[32];
	uint8_t secret_key[64];
};

struct maker_entry {
	struct chain_header header;
	uint8_t header_bytes[CHAIN_HEADER_LEN];
	uint8_t signature[64];
	uint8_t salt[CHAIN_SALT_LEN];
	uint8_t content[EVIDENCE_MAX_BYTES];
	size_t content_len; /* 0: not shown */
};

struct maker_receipt {
	uint8_t statement[CHAIN_STATEMENT_LEN];
	uint8_t signature[64];
};

struct maker {
	uint8_t device_id[16];
	const char *name;
	struct maker_key device, organization;
	struct maker_entry entries[MAKER_ENTRIES_MAX];
	size_t n_entries;
	struct maker_receipt receipts[MAKER_RECEIPTS_MAX];
	size_t n_receipts;
};

/* Keys from one byte each, an empty chain. */
void maker_begin(struct maker *maker, uint8_t device_seed,
		 uint8_t organization_seed);
/* Appends an entry with its content. */
void maker_add_entry(struct maker *maker, uint8_t meeting);
/* Signs the header anew after a test changed it, or the content. */
void maker_sign(struct maker *maker, size_t i);
/* Hash and length of the content into the header, and maker_sign. */
void maker_seal(struct maker *maker, size_t i);
/* H(header || signature). */
void maker_head(uint8_t out[CHAIN_HASH_LEN], const struct maker_entry *entry);
/* A receipt for the newest entry at that second. */
void maker_add_receipt(struct maker *maker, int64_t at_s);
/* Leaves out the content of all entries but one. */
void maker_show_only(struct maker *maker, size_t i);
/* The bytes of the file; the buffer is the caller's. */
void maker_write(struct buffer *out, const struct maker *maker);

#endif
