/*
 * Wiping: what a device that a manager has given up may still do, what it is
 * told, and its receipt.
 */
#ifndef APP_WIPES_H
#define APP_WIPES_H

#include "app/call.h"
#include "store/wipe.h"

/*
 * Asked of every call of a device, after its token: one that is to be wiped may
 * push, hand in evidence and its receipt; one that was wiped may repeat its
 * receipt. Of one whose user is locked out nothing else is heard, and none of
 * its mutations is taken. call->wipe is the order that stands. Outside of
 * reads.
 * Errors: PERMISSION_DENIED with reason WIPE_ORDERED, UNAUTHENTICATED.
 */
MODEL_MUST_USE enum outrider_code wipes_admit(struct app_call *call);
/* The answer to a push has the order as this field, if there is one. */
void wipes_append_order(struct app_call *call, uint32_t field);

/* A device's order, wiped_us and so on; ordered_us 0 where there is none. */
MODEL_MUST_USE enum outrider_code
wipes_find(struct wipe *out, struct app_call *call, const struct uuid *device);

call_start_fn wipes_order, wipes_receipt;

#endif
