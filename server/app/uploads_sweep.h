/*
 * What nobody needs any more goes: uploads that were left, contents without an
 * attachment, the pieces of both. In small writes behind everybody else's.
 */
#ifndef APP_UPLOADS_SWEEP_H
#define APP_UPLOADS_SWEEP_H

#include "store/content.h"

struct app;
struct uploads_sweep;

struct uploads_sweep *uploads_sweep_open(struct app *app);
/* The store must be closed. NULL is fine. */
void uploads_sweep_close(struct uploads_sweep *sweep);
/*
 * Goes on if there may be something to do: after each commit, after an upload,
 * and when the app begins to serve. Any thread.
 */
void uploads_sweep_go_on(struct uploads_sweep *sweep);

/* Inside a write: nobody needs the blob, its pieces shall go. */
MODEL_MUST_USE enum outrider_code
uploads_doom_blob(struct uploads_sweep *sweep, struct store_conn *tx,
		  const struct uuid *blob, struct outrider_err *err);
/* Inside a write: an attachment has gone; its content goes if nobody else has
 * it. */
MODEL_MUST_USE enum outrider_code
uploads_drop_content(struct uploads_sweep *sweep, struct store_conn *tx,
		     const uint8_t hash[CONTENT_HASH_LEN],
		     struct outrider_err *err);
/*
 * Inside a write: the upload is forgotten, with its bytes, or with its content
 * where nobody else has that.
 */
MODEL_MUST_USE enum outrider_code
uploads_drop(struct uploads_sweep *sweep, struct store_conn *tx,
	     const struct upload *upload, struct outrider_err *err);

#endif
