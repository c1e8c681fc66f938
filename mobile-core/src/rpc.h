/*
 * rpc: the messages of SyncService and AuthService, between bytes and structs.
 *
 * Owns the envelopes (nanopb); records inside them stay bytes. Reads hostile
 * bytes: what it gives out is in range, and what it can't give out is an error
 * of the whole message. It refuses to know what a message leads to.
 * Evidence's messages are evidence_send.c's.
 */
#ifndef CORE_RPC_H
#define CORE_RPC_H

#include "cards.h"
#include "model/arena.h"
#include "model/err.h"
#include "model/proof.h"
#include "outbox.h"

/* Errors of every reader: DATA_LOSS (no such message), RESOURCE_EXHAUSTED;
 * of every writer: RESOURCE_EXHAUSTED. Writers append. */

/* ------------------------------------------------------------------ enrol */

MODEL_MUST_USE enum outrider_code
rpc_write_enroll(struct buffer *out, const char *code,
		 const struct uuid *device_id, const char *device_name,
		 const uint8_t signing_key[32], struct outrider_err *err);

struct rpc_enrolled {
	char token[65];
	char user_name[201];
	struct uuid user_id;
	uint8_t rank;
	uint8_t organization_signing_key[32];
	uint8_t organization_box_key[32];
};

MODEL_MUST_USE enum outrider_code rpc_read_enrolled(struct rpc_enrolled *out,
						    struct bytes response,
						    struct outrider_err *err);

/* ------------------------------------------------------------------- push */

struct rpc_push {
	const uint8_t *incarnation; /* 16 bytes */
	uint64_t acked_seq;
	uint64_t seq_base; /* on the wire, numbers are smaller by this */
	/* Behind acked_seq, without a gap; none: only to be heard of. */
	const struct mutation *mutations;
	size_t n;
};

MODEL_MUST_USE enum outrider_code rpc_write_push(struct buffer *out,
						 const struct rpc_push *push,
						 struct outrider_err *err);
/* No more than this many bytes of one mutation in a push. */
size_t rpc_mutation_bound(const struct mutation *mutation);

/* As MutationOutcome on the wire. */
enum rpc_outcome { RPC_APPLIED = 1, RPC_MERGED = 2, RPC_REJECTED = 3 };

struct rpc_result {
	enum rpc_outcome outcome;
	uint64_t rev;
	/* MERGED: what stands instead; neither: the pull will tell. */
	struct bytes fields;
	struct field_set cleared;
	struct field_set asked; /* of those: the author decides */
	/* REJECTED */
	enum outrider_code code;
	struct bytes field_path, reason;
};

/* Results in the arena, in order. */
MODEL_MUST_USE enum outrider_code
rpc_read_pushed(struct rpc_result **out, size_t *n, struct arena *arena,
		struct bytes response, struct outrider_err *err);

/* ------------------------------------------------------------------- pull */

MODEL_MUST_USE enum outrider_code
rpc_write_pull(struct buffer *out, struct bytes cursor,
	       const uint8_t incarnation[16], uint64_t acked_seq,
	       struct outrider_err *err);

/* A page but for its records: scopes lie end to end. Repairs have no cursor. */
struct rpc_page {
	struct bytes response;
	struct bytes cursor;
	bool is_head;
	const uint8_t *scopes, *lost_scopes;
	size_t n_scopes, n_lost_scopes;
	size_t n_records;
};

/* Lives in the arena and in response. */
MODEL_MUST_USE enum outrider_code
rpc_read_page(struct rpc_page *out, struct arena *arena, struct bytes response,
	      struct outrider_err *err);

struct rpc_record {
	uint32_t kind;
	struct uuid id;
	uint64_t rev;
	struct bytes fields; /* sound */
	struct field_set cleared;
	/* Indexes into the page's scopes, in range. */
	const uint32_t *entered, *left;
	size_t n_entered, n_left;
	bool is_whole, is_deleted;
	bool is_exact; /* of a repair: entered is all there is */
};

typedef enum outrider_code rpc_record_fn(void *user,
					 const struct rpc_record *record,
					 struct outrider_err *err);
/* The records of the page one by one; each is borrowed for the call. */
MODEL_MUST_USE enum outrider_code
rpc_each_record(const struct rpc_page *page, const struct allocator *allocator,
		rpc_record_fn *callback, void *user, struct outrider_err *err);

/* ----------------------------------------------------------------- proof */

struct rpc_scope_sum {
	uint8_t scope[CARD_SCOPE_LEN];
	struct proof_sum sum;
};

MODEL_MUST_USE enum outrider_code
rpc_write_compare(struct buffer *out, struct bytes cursor,
		  const uint8_t key[PROOF_KEY_LEN],
		  const struct rpc_scope_sum *sums, size_t n,
		  struct outrider_err *err);
/* A scope that differs, and what its buckets should be: PROOF_LEN bytes each,
 * borrowed for the call. */
typedef enum outrider_code rpc_differing_fn(void *user, const uint8_t *scope,
					    const uint8_t *sums,
					    struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
rpc_read_compared(bool *is_behind, struct bytes response,
		  rpc_differing_fn *callback, void *user,
		  struct outrider_err *err);

struct rpc_held {
	uint32_t kind;
	struct uuid id;
	uint8_t entry[PROOF_LEN];
};

struct rpc_repair {
	struct bytes cursor;
	const uint8_t *key, *scope;
	const uint8_t *buckets; /* PROOF_MASK_LEN bytes */
	const struct rpc_held *held;
	size_t n;
};

MODEL_MUST_USE enum outrider_code
rpc_write_repair(struct buffer *out, const struct rpc_repair *repair,
		 struct outrider_err *err);

#endif
