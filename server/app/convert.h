/*
 * A lead becomes a contact, with its company and a deal where they are wanted:
 * ConvertLead, in one transaction.
 */
#ifndef APP_CONVERT_H
#define APP_CONVERT_H

#include "app/call.h"
#include "outrider/v1/lead.pb-c.h"

struct conversion;

/* *out lives in the call's arena. Sets call->err. */
MODEL_MUST_USE enum outrider_code
conversion_read(struct conversion **out, struct app_call *call,
		const Outrider__V1__ConvertLeadRequest *request);

/* For crud_writes.run; user is the conversion. */
enum outrider_code conversion_run(struct app_call *call, void *user,
				  struct store_conn *tx,
				  struct outrider_err *err);

#endif
