/*
 * Laws of attachments: whoever makes one has shown that they have its content.
 * To know a hash is not to have what it is of.
 */
#include "app/laws_rooms.h"

#include "app/attachments.h"
#include "app/kinds.h"

static enum outrider_code find_size(int64_t *size_bytes, struct writing *w,
				    const uint8_t *hash,
				    struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	struct content content;
	enum outrider_code code;

	if (who)
		return attachments_may_use(size_bytes, w->tx, who, hash,
					   w->arena, err);
	code = content_get(w->tx, &content, hash, err);
	*size_bytes = code == OUTRIDER_OK ? content.size_bytes : 0;
	return code;
}

enum outrider_code
laws_attachment_settle(struct writing *w, struct outrider_err *err)
{
	struct bytes hash = kind_value(w->row, ATTACHMENT_CONTENT_HASH)->bytes;
	int64_t size_bytes = 0;
	enum outrider_code code;

	/* The content is set at creation; where there is none is asked later.
	 */
	if (w->intent->op != CHANGE_CREATE || hash.len == 0)
		return OUTRIDER_OK;
	if (hash.len != CONTENT_HASH_LEN)
		return laws_refuse(err, "content_hash",
				   "a SHA-256 has 32 bytes");
	code = find_size(&size_bytes, w, hash.at, err);
	if (code == OUTRIDER_NOT_FOUND)
		return laws_refuse(err, "content_hash",
				   "you have not uploaded this content");
	kind_value(w->row, ATTACHMENT_SIZE_BYTES)->i = size_bytes;
	return code;
}
