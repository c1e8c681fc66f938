/*
 * What the files of the standard methods share.
 */
#ifndef APP_CRUD_PARTS_H
#define APP_CRUD_PARTS_H

#include "app/crud.h"

/* What a field of a request is, whatever the verb and the kind. */
enum slot {
	SLOT_NONE,
	SLOT_RESOURCE,
	SLOT_ID,
	SLOT_ETAG,
	SLOT_UPDATE_MASK,
	SLOT_REQUEST_ID,
	SLOT_PAGE_SIZE,
	SLOT_PAGE_TOKEN,
	SLOT_SHOW_DELETED,
	N_SLOTS,
};

/* Out of call->request, which was checked against its table. */
struct crud_request {
	bool is_set[N_SLOTS];
	struct bytes value[N_SLOTS];
	uint64_t scalar[N_SLOTS];
};

/* Sets call->err. */
enum outrider_code crud_no_memory(struct app_call *call);
enum outrider_code crud_malformed(struct app_call *call);
/* INVALID_ARGUMENT naming the field where the text is no UUID. */
MODEL_MUST_USE enum outrider_code
crud_read_uuid(struct uuid *out, struct app_call *call, struct bytes text,
	       const char *field);

/* Starts a Create, Update, Delete or Undelete. */
MODEL_MUST_USE enum outrider_code
crud_write(struct app_call *call, const struct crud_request *request);

#endif
