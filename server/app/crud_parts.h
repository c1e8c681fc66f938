/*
 * What the files of the standard methods share: how a request is laid out,
 * what it asks of one record, and how a record is told.
 */
#ifndef APP_CRUD_PARTS_H
#define APP_CRUD_PARTS_H

#include "app/crud.h"
#include "app/write.h"

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
	SLOT_FILTER,
	SLOT_ORDER_BY,
	SLOT_PARTS, /* of a batch: its ids, or its requests */
	N_SLOTS,
};

/* Out of bytes that were checked against their table. */
struct crud_request {
	bool is_set[N_SLOTS];
	struct bytes value[N_SLOTS];
	uint64_t scalar[N_SLOTS];
};

/* A batch's parts have this number in its request, its records in its answer;
 * so have a list's records in a page. */
enum { CRUD_PARTS = 1 };

/* The request of that verb, which may be a part of a batch. */
MODEL_MUST_USE enum outrider_code
crud_read_request(struct crud_request *out, struct app_call *call,
		  enum method_verb verb, struct bytes bytes);

/* Sets call->err. */
enum outrider_code crud_malformed(struct app_call *call);
/* INVALID_ARGUMENT naming the field where the text is no UUID. */
MODEL_MUST_USE enum outrider_code
crud_read_uuid(struct uuid *out, struct app_call *call, struct bytes text,
	       const char *field);

/* Puts words before a text of that room; its end goes where there is none. */
void crud_put_before(char *text, size_t size, const char *words);

/* ----------------------------------------------------------------- reading */

/* One that the caller may see. */
MODEL_MUST_USE enum outrider_code
crud_find_visible(struct row **out, struct app_call *call,
		  const struct uuid *id, struct arena *arena);
/*
 * Appends to the reply what the caller may see of a record, which is hidden in
 * the row as well: as the reply itself, or as one of its records.
 */
MODEL_MUST_USE enum outrider_code
crud_tell_record(struct app_call *call, struct row *row, struct arena *arena,
		 struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
crud_tell_part(struct app_call *call, struct row *row, struct arena *arena,
	       struct outrider_err *err);

MODEL_MUST_USE enum outrider_code
crud_list(struct app_call *call, const struct crud_request *request);
MODEL_MUST_USE enum outrider_code crud_batch_get(struct app_call *call);

/* ----------------------------------------------------------------- writing */

/*
 * What the request of a Create, Update, Delete or Undelete asks for. Faults are
 * named as within that request.
 */
MODEL_MUST_USE enum outrider_code
crud_read_intent(struct write_intent *out, struct app_call *call,
		 enum method_verb verb, const struct crud_request *request);

/* A field that the caller doesn't see is one that isn't there. */
MODEL_MUST_USE enum outrider_code
crud_refuse_hidden(struct app_call *call, const struct entity *entity,
		   const struct field_set *present);

/* Empty: whatever stands is written upon. */
void crud_read_etag(struct write_intent *intent, struct bytes etag);
void crud_make_id(struct uuid *out, struct app_call *call);

/*
 * Hands intents to the writer, all or none. request_id may be empty. Faults of
 * a batch begin with their place in it.
 */
struct crud_writes {
	struct write_intent *intents; /* in the call's arena */
	size_t n_intents;
	bool is_batch;
	struct bytes request_id;
	/* What a fault in a batch is a part of; NULL: "requests". */
	const char *parts;
	/* The request has no resource: faults are named as laws name them. */
	bool is_flat;
	/* Instead of intents: writes, and appends the answer to the reply. On
	 * the writer, maybe more than once; call->page is scratch. */
	enum outrider_code (*run)(struct app_call *call, void *user,
				  struct store_conn *tx,
				  struct outrider_err *err);
	void *user;
};
MODEL_MUST_USE enum outrider_code
crud_submit(struct app_call *call, const struct crud_writes *writes);

/* A Create, Update, Delete or Undelete; a batch of the first two. */
MODEL_MUST_USE enum outrider_code
crud_write(struct app_call *call, const struct crud_request *request);
MODEL_MUST_USE enum outrider_code
crud_batch_write(struct app_call *call, const struct crud_request *request);

/*
 * A fault in a part of a batch: puts "ids[7]" or "requests[3]." before the
 * field, and where no field is told, before the text.
 */
enum outrider_code crud_in_part(const char *parts, size_t i,
				enum outrider_code code,
				struct outrider_err *err);

/* A batch's answer: clients take 4 MiB without being told otherwise. */
enum { CRUD_BATCH_BYTES_MAX = 3 << 20 };

#endif
