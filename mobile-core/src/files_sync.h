/*
 * files_sync: contents on their way to the server and back.
 *
 * Owns the messages of AttachmentService that a phone sends and hears, and
 * which content's turn it is. What calls there are is sync.h's, what is kept
 * files.h's.
 *
 * The server takes an attachment only from whom it has its content from, and
 * keeps what is not attached for a day and up to a limit. So a content goes up
 * right before the CREATE of its card: the push ends before the first one whose
 * turn was not, and after some MiB the push comes first.
 *
 *	OFFER (StartUpload: how far did it come?) -> UPLOAD ... UPLOAD -> PUSH
 *
 * Nothing of an upload is kept here: the server knows how far it came.
 */
#ifndef CORE_FILES_SYNC_H
#define CORE_FILES_SYNC_H

#include "files.h"

struct outrider;

/* A sync begins. */
void files_sync_begin(struct outrider *core);

/* Each appends the request that it wants to send, or nothing. */
MODEL_MUST_USE enum outrider_code files_say_offer(struct outrider *core,
						  struct buffer *out,
						  struct outrider_err *err);
MODEL_MUST_USE enum outrider_code files_say_upload(struct outrider *core,
						   struct buffer *out,
						   struct outrider_err *err);
MODEL_MUST_USE enum outrider_code files_say_fetch(struct outrider *core,
						  struct buffer *out,
						  struct outrider_err *err);

/* Answers. Errors: DATA_LOSS (makes no sense), those of replica.h. */
MODEL_MUST_USE enum outrider_code files_hear_upload(struct outrider *core,
						    struct bytes response,
						    struct outrider_err *err);
MODEL_MUST_USE enum outrider_code files_hear_fetch(struct outrider *core,
						   struct bytes response,
						   struct outrider_err *err);

/*
 * The server refused the offer or chunk, or the part that was asked for; true:
 * the sync goes on, false: the refusal is the sync's. Of an upload *is_full
 * says that the server has no room now: its card and those behind it wait.
 */
bool files_upload_refused(struct outrider *core, bool *is_full,
			  enum outrider_code code, const char *text);
bool files_fetch_refused(struct outrider *core, enum outrider_code code,
			 const char *text);

/* The mutation is not to be pushed before its content is there. */
bool files_holds_back(const struct outrider *core,
		      const struct outbox_entry *entry);
/* A push is on its way: contents may go up again. */
void files_pushed(struct outrider *core);

#endif
