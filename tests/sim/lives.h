/*
 * The devices that a phone has been, one after the other: each enrolment makes
 * another. What was answered of them (withdrawn, ordered to be wiped, wiped)
 * and what the server must do about that from then on; what a phone that ends
 * has to leave, and what must be gone.
 */
#ifndef SIM_LIVES_H
#define SIM_LIVES_H

#include "world.h"

/* ---------------------------------------------------------------- the acts */

void desk_withdraw(struct phone *phone);
void desk_order_wipe(struct phone *phone);
/* Whose device is nobody's any more: its user gives it up, and is enrolled. */
void rep_begin_anew(struct phone *phone);

/* --------------------------------------------------------- the phone's side */

/* Its core is a new device from now on. */
void life_begin(struct phone *phone);
/* Its core is nobody's: what it must have left, and what must be gone. */
void life_end(struct phone *phone);
/* The device that the phone is. */
struct life *life_of(const struct phone *phone);
/* A device of the phone's; -1: none of them. */
long life_index(const struct phone *phone, const struct uuid *device);
/* No call of it is answered any more but the receipt's. */
bool life_is_over(const struct life *life);
/* The firm reads what was not sent out of the file of a phone that has its
 * files but is heard no more. */
void life_recover(struct phone *phone);
/* A push is about to be answered: what must be gone after a wipe is noted. */
void life_note_remains(struct phone *phone);

/* -------------------------------------------------------- the server's side */

/* May this call, which arrives now, be answered? */
bool life_may_be_heard(const struct phone *phone, size_t life,
		       const char *method);
/* And one that is under way: an order to wipe lets it come to its end. */
bool life_is_cut_off(const struct phone *phone, size_t life);
/* A receipt may be refused: the server hears neither the device nor, without
 * an order that it knows, its user. */
bool life_may_be_refused(const struct phone *phone, size_t life);
/* A receipt goes out; one was taken, or not: it might have been refused when it
 * arrived. */
void life_hand_in(struct phone *phone, const uint8_t *request, size_t len);
void life_receipt_taken(struct phone *phone, size_t life,
			const uint8_t *request, size_t len);
void life_receipt_refused(struct phone *phone, size_t life, bool might_be);
/* After a start of the server: what was answered still stands (wipe). Where it
 * was restored, the flags become what it knows. */
void lives_check(struct world *world);
void lives_learn(struct world *world);
/* At rest: what came with receipts is opened with the firm's key. */
void lives_read_receipts(struct world *world);
void lives_free(struct phone *phone);

#endif
