/*
 * files: the contents of attachments on this phone.
 *
 * Owns which contents are wanted, how much of each is here, and their pieces,
 * each a sealed row. A content is here for its attachment's sake: it goes in
 * the transaction that takes the card away; where a pull does, in the one that
 * ends the pull, for the card may come again with another scope. It refuses to
 * know of calls (files_sync.h), and of a card more than its name, type, size
 * and hash.
 *
 *	(none) --want--> WANTED --piece by piece, the hash is right--> HERE
 *	                    ^ \--the hash is wrong--> WRONG --want--> WANTED
 *	                    '--a piece doesn't open any more-- HERE
 *	(none) --attach--> HERE, and TO_SEND while the outbox has its CREATE
 *	any --the card goes, or it is unwanted and the server has it--> (none)
 *
 * A piece is FILES_PIECE_LEN bytes, the last one of a content fewer. Pieces
 * lie under a random name, their blob, so that contents with the same hash
 * share them.
 */
#ifndef CORE_FILES_H
#define CORE_FILES_H

#include "digest.h"
#include "model/arena.h"
#include "model/err.h"
#include "model/uuid.h"

struct outrider;
struct outbox_entry;

enum {
	FILES_PIECE_LEN = 256 << 10, /* whole blocks of the hash */
	FILES_BLOB_LEN = 16,
	FILES_MAX_BYTES = 64 << 20, /* of one: the contract's limit */
};

struct file {
	struct uuid id; /* of the attachment's card */
	uint8_t hash[DIGEST_LEN];
	uint8_t blob[FILES_BLOB_LEN];
	int64_t size_bytes; /* 0: not known yet */
	int64_t here_bytes; /* whole pieces, until all of it is here */
	uint8_t digest[DIGEST_STATE_LEN]; /* of those, until then */
	bool is_wanted;
	bool is_wrong; /* what came didn't have the hash */
	/* In memory only. */
	bool is_skipped;     /* not again in this sync */
	int64_t found_bytes; /* while mending: in pieces that open */
};

/* Where a sync stands; files_sync.c's. */
struct files_run {
	uint64_t sent_seq;   /* CREATEs up to here may be pushed */
	uint64_t offer_seq;  /* of the content under way; 0: none */
	int64_t offset;	     /* of it the server has; -1: ask */
	int64_t unpushed;    /* bytes that went up since the last push */
	unsigned n_restarts; /* of the content under way */
	bool is_full;	     /* the server takes no more now */
	struct uuid fetched; /* the content that was asked for */
	int64_t fetched_at;
};

struct files {
	struct file *list;
	size_t n, room;
	struct files_run run;
};

MODEL_MUST_USE enum outrider_code
files_load(struct outrider *core, struct outrider_err *err);
void files_clear(struct outrider *core); /* forgets what load read */

/* NULL: nothing is known of it. */
struct file *files_find(const struct outrider *core, const struct uuid *id);
bool file_is_whole(const struct file *file);
/* The outbox has the CREATE of its card. */
bool files_is_to_send(const struct outrider *core, const struct uuid *id);
/* Another content with its hash is whole. */
bool files_has_twin(const struct outrider *core, const struct file *file);
/* Contents are wanted that are not here, and were not refused just now. */
bool files_are_missing(const struct outrider *core);

/*
 * All below are for the caller's transaction; a pointer to a file is good
 * until the list changes.
 */

/* What is shown of the card has changed. */
MODEL_MUST_USE enum outrider_code
files_follow(struct outrider *core, uint32_t kind, const struct uuid *id,
	     bool exists, struct outrider_err *err);
/* Rows of contents or pieces were lost or put back: mend.h. */
MODEL_MUST_USE enum outrider_code
files_mend(struct outrider *core, struct outrider_err *err);
/* Contents whose cards went with a pull, or unseen, go. */
MODEL_MUST_USE enum outrider_code
files_sweep(struct outrider *core, struct outrider_err *err);

MODEL_MUST_USE enum outrider_code files_put(struct outrider *core,
					    const struct file *file,
					    struct outrider_err *err);
/* Takes the content's pieces away, unless another has them too, and gives it
 * an empty blob. */
MODEL_MUST_USE enum outrider_code files_begin_anew(struct outrider *core,
						   struct file *file,
						   struct outrider_err *err);
/* Shares the pieces of another content with the same hash, if one is whole. */
MODEL_MUST_USE enum outrider_code
files_adopt(struct outrider *core, struct file *file, struct outrider_err *err);
/* The nth piece of a blob. */
MODEL_MUST_USE enum outrider_code
files_put_piece(struct outrider *core, const uint8_t blob[FILES_BLOB_LEN],
		uint32_t n, struct bytes data, struct outrider_err *err);
/* Into the arena. Errors: DATA_LOSS (it isn't there as it was). Wants no
 * transaction. */
MODEL_MUST_USE enum outrider_code
files_get_piece(struct outrider *core, struct arena *arena, struct bytes *data,
		const struct file *file, uint32_t n, struct outrider_err *err);

#endif
