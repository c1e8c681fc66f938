/*
 * device: who this phone is to the server.
 *
 * Owns identity, token, the organisation's keys, lease and the count of wrong
 * PINs: one sealed row of the TRACKING compartment, so that evidence goes up
 * while the cards are locked.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "model/err.h"
#include "model/uuid.h"

struct outrider;

enum { DEVICE_TOKEN_MAX = 64 };

#define DEVICE_LEASE_US (INT64_C(14) * 24 * 3600 * 1000000)

struct device {
	bool is_enrolled;
	struct uuid id; /* made when enrolling begins */
	char code[33];	/* enrolling: an answer that was lost is asked for
			   * again by the same code and id */
	struct uuid user_id;
	char user_name[201];
	uint8_t rank; /* enum rank */
	char token[DEVICE_TOKEN_MAX + 1];
	uint8_t organization_signing_key[32];
	uint8_t organization_box_key[32];
	uint8_t intake_key[32]; /* boxes for the cards are closed with it */

	uint8_t incarnation[16]; /* of the outbox */
	uint64_t next_seq, acked_seq;
	uint64_t seq_base; /* on the wire, numbers are smaller by this */
	uint64_t hlc;	   /* the last clock given */

	int64_t lease_until_us;
	bool is_lease_ended; /* the cards went with it */
	int64_t seen_us;   /* the latest time known: a clock set back is late */
	int64_t synced_us; /* the last complete pull */

	/* Wrong PINs in a row, and when the last one was. */
	uint32_t pin_failures;
	uint8_t pin_boot_id[16];
	int64_t pin_mono_us, pin_wall_us;

	int64_t keys_made_us; /* the newest data keys */

	/* A manager's order, and that it was carried out. */
	bool is_wipe_ordered, is_wiping;
	uint8_t wipe_order[45];
};

/* Reads the row; a device that has none is new. */
MODEL_MUST_USE enum outrider_code
device_load(struct outrider *core, struct outrider_err *err);
/* Writes it, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
device_save(struct outrider *core, struct outrider_err *err);

/* The lease runs from now on; in memory, for the caller to save. */
void device_renew_lease(struct outrider *core);
/* By the latest time that was seen, whatever the clock shows now. */
int64_t device_lease_left_us(const struct outrider *core);
bool device_lease_is_over(const struct outrider *core);
/* Keeps that it is as late as now: a clock that is set back later doesn't
 * bring an ended lease to life. */
MODEL_MUST_USE enum outrider_code
device_note_time(struct outrider *core, struct outrider_err *err);

/*
 * Counts an attempt at the PIN before it is made, durably, so that nobody gets
 * another by killing the process. Errors: WRONG_PIN (too soon after the last
 * ones), those of replica.h.
 */
MODEL_MUST_USE enum outrider_code
device_pin_attempt(struct outrider *core, struct outrider_err *err);
/* It came to no answer: it doesn't count. */
MODEL_MUST_USE enum outrider_code
device_pin_forget(struct outrider *core, struct outrider_err *err);
/* It was the right one. */
MODEL_MUST_USE enum outrider_code
device_pin_right(struct outrider *core, struct outrider_err *err);

#endif
