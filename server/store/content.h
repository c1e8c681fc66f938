/*
 * Contents of attachments, kept once by their hash, and uploads on their way.
 *
 * A content's bytes lie in a blob: pieces of one length under an identifier
 * of its own. An upload fills a blob; when it is whole the blob becomes the
 * content's, so that nothing is copied. Who may read or name a content, and
 * what its hash is worth, is decided above.
 *
 *	upload --whole--> content --no attachment, no upload--> purged
 *	   `----left alone, or the wrong hash-----------------> purged
 */
#ifndef STORE_CONTENT_H
#define STORE_CONTENT_H

#include "store/store.h"

#define CONTENT_HASH_LEN  32
#define CONTENT_PIECE_LEN ((size_t)256 << 10)
/* Room for what the app keeps of a hash that is under way. */
#define UPLOAD_STATE_MAX 128

struct content {
	uint8_t hash[CONTENT_HASH_LEN];
	struct uuid blob;
	int64_t size_bytes;
};

/* NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
content_get(struct store_conn *conn, struct content *out,
	    const uint8_t hash[CONTENT_HASH_LEN], struct outrider_err *err);
/* *is_new false: there is one of this hash already, and it stays. */
MODEL_MUST_USE enum outrider_code
content_put(struct store_conn *tx, bool *is_new, const struct content *content,
	    struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
content_delete(struct store_conn *tx, const uint8_t hash[CONTENT_HASH_LEN],
	       struct outrider_err *err);
/* Does an attachment, deleted or not, or a whole upload have it? */
MODEL_MUST_USE enum outrider_code
content_is_used(struct store_conn *conn, bool *out,
		const uint8_t hash[CONTENT_HASH_LEN], struct outrider_err *err);
/* Attachments that have it, deleted ones too: by id, at most limit. */
MODEL_MUST_USE enum outrider_code
content_attachments(struct store_conn *conn, struct uuid **out, size_t *n,
		    const uint8_t hash[CONTENT_HASH_LEN], size_t limit,
		    struct arena *arena, struct outrider_err *err);

/* ------------------------------------------------------------------ blobs */

/* Writes behind the offset bytes that the blob has. */
MODEL_MUST_USE enum outrider_code
blob_append(struct store_conn *tx, const struct uuid *blob, int64_t offset,
	    struct bytes data, struct outrider_err *err);
/* Appends the bytes [offset, offset + len) to out. DATA_LOSS: they aren't
 * there. */
MODEL_MUST_USE enum outrider_code
blob_read(struct store_conn *conn, struct buffer *out, const struct uuid *blob,
	  int64_t offset, size_t len, struct outrider_err *err);
/* Deletes a mebibyte; *is_gone: nothing was left. */
MODEL_MUST_USE enum outrider_code
blob_purge(struct store_conn *tx, bool *is_gone, const struct uuid *blob,
	   struct outrider_err *err);

/* ---------------------------------------------------------------- uploads */

struct upload {
	struct uuid caller;
	uint8_t hash[CONTENT_HASH_LEN];
	int64_t size_bytes, received_bytes;
	/* It has the hash, and the content stands: the caller has shown that
	 * they have it. The blob is the content's then. */
	bool is_whole;
	struct uuid blob;
	uint8_t state[UPLOAD_STATE_MAX];
	size_t state_len;
	int64_t touched_us; /* when the last byte came */
};

/* NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
upload_get(struct store_conn *conn, struct upload *out,
	   const struct uuid *caller, const uint8_t hash[CONTENT_HASH_LEN],
	   struct outrider_err *err);
/* Inserts, or replaces the caller's of this hash. */
MODEL_MUST_USE enum outrider_code upload_put(struct store_conn *tx,
					     const struct upload *upload,
					     struct outrider_err *err);
MODEL_MUST_USE enum outrider_code upload_delete(struct store_conn *tx,
						const struct upload *upload,
						struct outrider_err *err);
/* What lies here for the caller's uploads alone. */
struct upload_load {
	size_t n_open; /* not whole */
	/* Sizes of those, and of whole contents that no attachment has. */
	int64_t size_bytes;
};
/* Of the caller's uploads that were touched since then. */
MODEL_MUST_USE enum outrider_code
upload_count(struct store_conn *conn, struct upload_load *out,
	     const struct uuid *caller, int64_t since_us,
	     struct outrider_err *err);
/* The one that nobody touched for longest, if before before_us; NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
upload_stalest(struct store_conn *conn, struct upload *out, int64_t before_us,
	       struct outrider_err *err);
/* Of the caller's that are not whole; touched since then, before before_us. */
MODEL_MUST_USE enum outrider_code
upload_idlest(struct store_conn *conn, struct upload *out,
	      const struct uuid *caller, int64_t since_us, int64_t before_us,
	      struct outrider_err *err);

#endif
