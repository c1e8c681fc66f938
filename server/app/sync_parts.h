/*
 * What the files of SyncService share: see docs/sync.md.
 */
#ifndef APP_SYNC_PARTS_H
#define APP_SYNC_PARTS_H

#include "app/call.h"
#include "app/cursor.h"
#include "app/digest.h"
#include "app/write.h"
#include "outrider/v1/sync.pb-c.h"

call_start_fn sync_pull_start;
call_start_fn sync_push_start;

/* -------------------------------------------------------------------- pull */

/* What a pull knows of its phone. */
struct sync_phone {
	struct store_conn *conn;
	const struct principal *principal;
	struct cursor at;
	uint64_t begun_rev; /* the newest revision when the pull began */
	/* Of its outbox; acked_seq 0: no write is known to be its own. */
	struct uuid incarnation;
	uint64_t acked_seq;

	struct arena scratch; /* for one record at a time */
	/* The revision looked up last: did the phone write it, and how? */
	uint64_t own_rev;
	bool is_own;
	enum change_op own_op;
	struct field_set own_settled; /* what the server put in it */
};

/*
 * Describes a record to the phone as it stands in the snapshot: group are the
 * feed's entries that lie side by side (same record, same revision). *out
 * lives in the arena; scopes are named by their place in phone->at.
 * *is_news: false where there is nothing to say, and *out is not filled.
 */
MODEL_MUST_USE enum outrider_code
sync_record_describe(Outrider__V1__Record *out, bool *is_news,
		     struct sync_phone *phone, const struct feed_entry *group,
		     size_t n, struct arena *arena, struct outrider_err *err);

/* -------------------------------------------------------------------- push */

struct sync_mutation {
	struct write_intent intent;
	uint8_t hash[DIGEST_LEN];    /* of its content, offsets resolved */
	struct outrider_err refusal; /* OK: the intent may be tried */
	struct bytes result;	     /* encoded, once it was run */
};

/*
 * Reads the i-th mutation, which lives as long as the call. What is wrong with
 * it becomes its refusal; false only where the call has no memory.
 */
bool sync_mutation_read(struct sync_mutation *out, struct app_call *call,
			const Outrider__V1__PushRequest *request, size_t i);

#endif
