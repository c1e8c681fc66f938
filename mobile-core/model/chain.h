/*
 * The fixed layouts that evidence is chained, signed and receipted with.
 *
 * Owns: the bytes of an entry's header and of a receipt's statement
 * (docs/formats/evidence.md). Calls no crypto: hashes and signatures are made
 * by whoever holds keys, over the bytes that are made here.
 */
#ifndef MODEL_CHAIN_H
#define MODEL_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_HASH_LEN	    32 /* BLAKE2b-256 */
#define CHAIN_SALT_LEN	    16
#define CHAIN_HEADER_LEN    146
#define CHAIN_STATEMENT_LEN 70

enum chain_sig_alg { CHAIN_ED25519 = 1 };

/* More entries than that no device loses at once: it is no loss, then. */
enum { CHAIN_LOST_MAX = 500 };

/* One entry of a device's chain. */
struct chain_header {
	uint8_t sig_alg; /* enum chain_sig_alg */
	uint64_t number; /* from 1; each is given once */
	uint8_t device_id[16];
	uint8_t meeting_id[16];
	/* H(previous header || previous signature); zeros at the first. Where
	 * the device lost entries, of the one before those: a number that is
	 * further on says so. */
	uint8_t previous[CHAIN_HASH_LEN];
	/* H(salt || content) */
	uint8_t content[CHAIN_HASH_LEN];
	uint8_t boot_id[16];
	int64_t wall_us; /* both clocks at signing */
	int64_t mono_us;
	uint32_t content_len;
};

void chain_header_write(uint8_t out[CHAIN_HEADER_LEN],
			const struct chain_header *header);
/* False unless the bytes are what chain_header_write makes. */
bool chain_header_read(struct chain_header *out, const uint8_t *at, size_t len);

enum chain_statement_flag { CHAIN_DEMO_CLOCK = 1 << 0 };

/* "I held this chain up to this entry at this time." */
struct chain_statement {
	uint8_t flags; /* enum chain_statement_flag */
	uint8_t device_id[16];
	uint64_t number;
	uint8_t head[CHAIN_HASH_LEN]; /* H(header || signature) of number */
	int64_t at_us;		      /* the server's clock */
};

void chain_statement_write(uint8_t out[CHAIN_STATEMENT_LEN],
			   const struct chain_statement *statement);
bool chain_statement_read(struct chain_statement *out, const uint8_t *at,
			  size_t len);

#endif
