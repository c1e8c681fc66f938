/*
 * The devices of people: who may manage them, which there are, and taking
 * one back.
 */
#ifndef APP_DEVICES_H
#define APP_DEVICES_H

#include "app/call.h"

/*
 * May the caller enrol, list and withdraw this user's devices? In a read of
 * the call's. A device acts as its user, so nobody may for somebody above
 * them, nor for people whose records they don't see.
 */
MODEL_MUST_USE enum outrider_code
devices_may_manage(bool *out, struct app_call *call, const struct row *user);

/* A device of the request by its id as text, for who may manage it. Errors:
 * NOT_FOUND, INVALID_ARGUMENT. Outside of reads. */
struct identity_device;
MODEL_MUST_USE enum outrider_code devices_find(struct identity_device *out,
					       struct app_call *call,
					       const char *device_id);

call_start_fn devices_list, devices_withdraw;

#endif
