/*
 * Who may do what with a content: the question that the methods and the law of
 * attachments share.
 */
#ifndef APP_ATTACHMENTS_H
#define APP_ATTACHMENTS_H

#include "app/access.h"
#include "store/content.h"

/* An upload that nobody goes on with is dropped. */
#define UPLOAD_LIFE_US (INT64_C(24) * 3600 * 1000000)

/*
 * The size of a content that the principal has shown that they have: they
 * uploaded it, or see an attachment with it. NOT_FOUND in every other case,
 * also where the content is here.
 */
MODEL_MUST_USE enum outrider_code
attachments_may_use(int64_t *size_bytes, struct store_conn *conn,
		    const struct principal *who,
		    const uint8_t hash[CONTENT_HASH_LEN], struct arena *arena,
		    struct outrider_err *err);

#endif
