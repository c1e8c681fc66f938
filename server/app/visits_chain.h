/*
 * Where an entry belongs in its device's chain: docs/formats/evidence.md. Knows
 * neither what an entry says nor who is told; reads, and writes nothing.
 */
#ifndef APP_VISITS_CHAIN_H
#define APP_VISITS_CHAIN_H

#include "model/chain.h"
#include "store/visits.h"

/* An entry of a chain. number 0: none yet; zeros. */
struct chain_end {
	uint64_t number;
	uint8_t hash[CHAIN_HASH_LEN];
};

/* A device's chain as a call sees it: what is held, and what it adds. */
struct chain_view {
	struct uuid device;
	struct chain_end held;	       /* the end in the snapshot */
	const struct chain_end *added; /* behind it, in their order */
	size_t n_added;
};

/* With what was added. */
const struct chain_end *chain_view_end(const struct chain_view *view);

struct chain_place {
	bool is_held; /* byte for byte: nothing is to be done */
	/* Why it has no place; NULL: it has one. One of a few. */
	const char *reason;
	bool is_cut; /* the reason is that of a chain that was cut */
	/* It says itself that so many entries before it were lost. */
	uint64_t n_lost;
};

/*
 * In a snapshot. hash is the entry's own, of header and signature, which
 * verify. The scratch may go afterwards.
 */
MODEL_MUST_USE enum outrider_code
chain_find_place(struct chain_place *out, struct store_conn *conn,
		 const struct chain_view *view,
		 const struct chain_header *header,
		 const uint8_t hash[CHAIN_HASH_LEN], struct arena *scratch,
		 struct outrider_err *err);

#endif
