/*
 * What the files of SyncService share: see docs/sync.md.
 */
#ifndef APP_SYNC_PARTS_H
#define APP_SYNC_PARTS_H

#include "app/call.h"
#include "app/cursor.h"
#include "app/digest.h"
#include "app/write.h"
#include "model/wire.h"
#include "outrider/v1/sync.pb-c.h"
#include "store/identity.h"

call_start_fn sync_pull_start;
call_start_fn sync_push_start;
call_start_fn sync_compare_start;
call_start_fn sync_repair_start;
call_start_fn sync_watch_start;

enum {
	SYNC_PAGE_RECORDS = 500,
	SYNC_RECORD_MEMORY = 4 << 20,	  /* while one is looked at */
	SYNC_AHEAD_MEMORY = 1 << 20,	  /* of what is read ahead */
	SYNC_SCOPE_BYTES = SCOPE_LEN + 2, /* with tag and length */
};

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
	/* Records that were read before they are looked at. */
	struct arena ahead;
	struct row *rows[STORE_GET_MOST];
	size_t n_rows;
	/* The revision looked up last: did the phone write it, and how? */
	uint64_t own_rev;
	bool is_own;
	enum change_op own_op;
	struct field_set own_settled; /* what the server put in it */
};

/*
 * Reads a phone's cursor against what its caller may see, as Pull begins: fills
 * conn, principal, at and begun_rev. *lost: see cursor_begin. Both live in the
 * arena.
 * Errors: those of Pull, the call's reason set.
 */
MODEL_MUST_USE enum outrider_code
sync_phone_stand(struct sync_phone *phone, struct scope **lost, size_t *n_lost,
		 struct app_call *call, struct bytes cursor,
		 struct arena *arena);
/* In a snapshot: what lies above the cursor, as store_feed has it. */
MODEL_MUST_USE enum outrider_code
sync_phone_read_feed(struct sync_phone *phone, struct feed_entry **entries,
		     size_t *n, size_t most, struct arena *arena,
		     struct outrider_err *err);

/*
 * Reads the first of these entries' records into phone->ahead, as many as are
 * read at once; sync_phone_row has them then, in the same snapshot. More than
 * the memory for them is read one by one.
 */
void sync_phone_read_ahead(struct sync_phone *phone,
			   const struct feed_entry *entries, size_t n);
/* As store_get, into the scratch: the row is the caller's to change. */
MODEL_MUST_USE enum outrider_code
sync_phone_row(struct sync_phone *phone, struct row **out, uint32_t kind,
	       const struct uuid *id, struct outrider_err *err);

/*
 * Describes a record to the phone as it stands in the snapshot: group are the
 * feed's entries that lie side by side (same record, same revision). *out
 * lives in the scratch until the next; scopes are named by their place in
 * phone->at.
 * *is_news: false where there is nothing to say, and *out is not filled.
 */
MODEL_MUST_USE enum outrider_code
sync_record_describe(Outrider__V1__Record *out, bool *is_news,
		     struct sync_phone *phone, const struct feed_entry *group,
		     size_t n, struct outrider_err *err);

/* A record as it was looked at, to be told whatever the phone has of it. */
struct sync_exact {
	uint32_t kind;
	struct uuid id;
	const struct row *row; /* NULL: the caller may not know of it */
	struct bytes fields;   /* of a row that stands: all that may be seen */
	const struct scope *asked; /* NULL: none of the caller's */
};

/*
 * Describes a record whole with all its memberships among the caller's scopes;
 * one that lies in none of them as deleted, if it was when it was deleted, else
 * as gone: without memberships, and from the scope that was asked about. *out
 * lives in the arena; its scopes are named as in sync_record_describe.
 */
MODEL_MUST_USE enum outrider_code
sync_record_exact(Outrider__V1__Record *out, struct sync_phone *phone,
		  const struct sync_exact *exact, struct arena *arena,
		  struct outrider_err *err);

/*
 * A page in the making: it and what it points to live in the arena, the cursor
 * as long as it.
 */
struct sync_page {
	struct buffer *out; /* the message: its records, so far */
	size_t most;
	size_t n;
	size_t bytes; /* of what will stand behind the records */
	const struct cursor *at;
	/* For each scope of the cursor its place among `scopes` + 1. */
	uint32_t *places;
	ProtobufCBinaryData *scopes;
	size_t n_scopes;
	bool is_head;
};

/* most 0: as many as a page may have. out is emptied. NULL without memory. */
struct sync_page *sync_page_open(const struct cursor *at, size_t most,
				 struct buffer *out, struct arena *arena);
/*
 * False where the page is full, and the record is for the next one. Its scopes
 * are named by their place in the cursor, and on the page by theirs there.
 * Nothing of it is kept.
 */
bool sync_page_add(struct sync_page *page, Outrider__V1__Record *record);
/* The scopes; what else isn't records is the caller's. call_reply_rest. */
void sync_page_fill(Outrider__V1__PullResponse *response,
		    const struct sync_page *page);

/* -------------------------------------------------------------------- push */

struct sync_mutation {
	struct write_intent intent;
	uint8_t hash[DIGEST_LEN];    /* of its content, offsets resolved */
	struct outrider_err refusal; /* OK: the intent may be tried */
	struct bytes result;	     /* encoded, once it was run */
};

/*
 * A write of this device upon what others wrote since, or of a record that is
 * there: it may have been done before, and its outbox come back from a backup.
 *
 * *is_done: it has been, and *out says what stands of it; nothing is written.
 * Otherwise the intent may be tried; the creation of a record that this device
 * made is an update upon it then, of what it didn't say before.
 */
MODEL_MUST_USE enum outrider_code
sync_again(bool *is_done, struct write_outcome *out,
	   struct write_intent *intent, struct store_conn *tx,
	   struct arena *arena, struct outrider_err *err);

/*
 * Once that is written: of what was sent with it, and said before, what
 * doesn't stand any more is lost.
 */
void sync_tell_rest(struct write_outcome *out,
		    const struct write_intent *intent,
		    const struct field_set *sent);

/*
 * Says a change of the log what the mutation says, in a field at least, and
 * nothing else in any? What the server put in, or what stood so already, is no
 * evidence; what the mutation says and the change didn't is: it is another
 * mutation then. Of deletes one is as good as the other.
 */
MODEL_MUST_USE enum outrider_code
sync_says_same(bool *out, const struct change *change,
	       const struct write_intent *intent, struct store_conn *tx,
	       struct arena *arena, struct outrider_err *err);

/*
 * Reads the i-th mutation, which lives as long as the call. What is wrong with
 * it becomes its refusal; false only where the call has no memory.
 */
bool sync_mutation_read(struct sync_mutation *out, struct app_call *call,
			const Outrider__V1__PushRequest *request, size_t i);

/*
 * The answers to the mutations of one write, to be kept as one (replay_put)
 * under the number of the last. Adding is false where the buffer is full, which
 * it isn't before it has enough.
 */
void sync_kept_init(struct buffer *kept);
bool sync_kept_add(struct buffer *kept, const struct sync_mutation *m);
bool sync_kept_is_enough(const struct buffer *kept);

/* Zeroed at first: numbers are asked for upward, and seldom one by one. */
struct sync_kept_reader {
	struct wire_reader rest;
	uint64_t next_seq, last_seq;
};

/*
 * The hash of the mutation that came under the number, and what was answered;
 * both in the arena. NOT_FOUND: forgotten.
 */
MODEL_MUST_USE enum outrider_code
sync_kept_read(struct sync_kept_reader *reader, struct bytes *hash,
	       struct bytes *answer, struct store_conn *tx,
	       const struct replay_key *key, struct arena *arena,
	       struct outrider_err *err);

#endif
