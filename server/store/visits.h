/*
 * Evidence as it came, receipts as they were given, and what was found.
 */
#ifndef STORE_VISITS_H
#define STORE_VISITS_H

#include "store/store.h"

/* An entry of a device's chain. */
struct evidence {
	struct uuid device;
	uint64_t number; /* from 1; gaps are declared ones */
	struct uuid meeting;
	uint8_t hash[32]; /* of header and signature: the next one's prev */
	struct bytes header, signature, salt, content;
	int64_t received_us;
};

/* ALREADY_EXISTS if (device, number) is taken. */
MODEL_MUST_USE enum outrider_code evidence_put(struct store_conn *tx,
					       const struct evidence *entry,
					       struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
evidence_get(struct store_conn *conn, struct evidence *out,
	     const struct uuid *device, uint64_t number, struct arena *arena,
	     struct outrider_err *err);
/* The newest of the device; NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
evidence_head(struct store_conn *conn, struct evidence *out,
	      const struct uuid *device, struct arena *arena,
	      struct outrider_err *err);
/* Numbers [from, until], content and salt only of with_content (0: none). */
struct evidence_query {
	struct uuid device;
	uint64_t from, until;
	uint64_t with_content;
};
MODEL_MUST_USE enum outrider_code
evidence_chain(struct store_conn *conn, struct evidence **out, size_t *n,
	       const struct evidence_query *asked, struct arena *arena,
	       struct outrider_err *err);

/*
 * Takes salt and content from entries that came before before_us, at most limit
 * of them, the oldest first, and with them their tracks (tracks.h); what chains
 * them stays. *n is how many.
 */
MODEL_MUST_USE enum outrider_code
evidence_forget_content(struct store_conn *tx, size_t *n, int64_t before_us,
			size_t limit, struct outrider_err *err);

struct evidence_receipt {
	struct uuid device;
	uint64_t number;
	int64_t at_us;
	struct bytes statement, signature;
};

MODEL_MUST_USE enum outrider_code
receipt_put(struct store_conn *tx, const struct evidence_receipt *receipt,
	    struct outrider_err *err);
/* Numbers [from, until], the lowest first, at most limit of them. */
struct receipt_query {
	struct uuid device;
	uint64_t from, until;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
receipt_list(struct store_conn *conn, struct evidence_receipt **out, size_t *n,
	     const struct receipt_query *asked, struct arena *arena,
	     struct outrider_err *err);

/* Signals of spoofing that there is room for. */
enum { VISIT_SIGNALS_MAX = 32 };
/* Places beside that are remembered one by one. */
enum { VISIT_NEIGHBOURS_MAX = 5 };

/* What the server found for one meeting and one rep. */
struct visit_finding {
	struct uuid meeting, rep;
	struct uuid device;
	uint64_t number;
	/* The plan as judged. */
	int64_t start_us, end_us;
	int64_t area_hash; /* of its outline and entrances; 0: none */
	int32_t pin_lat_e7, pin_lon_e7;
	uint32_t radius_m, min_dwell_s;
	/* us since 1970; 0 where there was no stay. */
	int64_t arrived_us, arrived_lo_us, arrived_hi_us;
	int64_t departed_us, departed_lo_us, departed_hi_us;
	uint32_t dwell_ds, dwell_lo_ds, dwell_hi_ds; /* 0.1 s */
	int32_t log_odds_milli;
	uint32_t coverage_permille;
	uint32_t mock_fixes; /* that the phone's platform marked as made up */
	int64_t plan_seen_us;
	int64_t received_us;
	/* Of the stay that decided: where the person was about the pin, and the
	 * root mean square of the distances from there; if has_centre. */
	int32_t centre_east_dm, centre_north_dm;
	uint32_t centre_spread_dm;
	/* As model/spoof.h numbers signals and bits. */
	uint32_t spoof_reasons;
	uint16_t spoof_permille;
	uint16_t spoof_weights[VISIT_SIGNALS_MAX];
	/* The verdict, as model/visit.h numbers words and certainty. */
	uint8_t word, certainty;
	uint8_t late_change; /* LateChange of the contract */
	bool is_reproduced;
	bool is_plan_agreed;
	bool is_unplanned;
	bool has_centre;
	/* Other customers' places that the GPS can't tell from this one: how
	 * many, and the nearest of them; zero: none, or not known which. */
	uint8_t n_neighbours;
	struct uuid neighbours[VISIT_NEIGHBOURS_MAX];
};

/* Inserts, or replaces what stood for (meeting, rep). */
MODEL_MUST_USE enum outrider_code visit_put(struct store_conn *tx,
					    const struct visit_finding *visit,
					    struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
visit_get(struct store_conn *conn, struct visit_finding *out,
	  const struct uuid *meeting, const struct uuid *rep,
	  struct outrider_err *err);

#endif
