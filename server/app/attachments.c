/*
 * Contents sent in chunks and read in parts. Owns the steps of an upload: it
 * begins, takes chunks each upon the one before, and is whole when it has the
 * hash that it was announced with. Knows nothing of what attachments hang on.
 */
#include "app/attachments.h"

#include "app/kinds.h"
#include "app/parts.h"
#include "app/upload_hash.h"
#include "app/uploads_room.h"
#include "app/uploads_sweep.h"
#include "model/wire.h"
#include "outrider/v1/attachment.pb-c.h"

#include <inttypes.h>
#include <string.h>

enum {
	READ_MAX = 1 << 20,
	/* With one content: looked at for one that the caller sees. */
	LOOKED_AT_MAX = 64,
};

static enum outrider_code read_hash(uint8_t out[CONTENT_HASH_LEN],
				    struct app_call *call,
				    const ProtobufCBinaryData *hash)
{
	if (hash->len != CONTENT_HASH_LEN)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "content_hash", "a SHA-256 has 32 bytes");
	memcpy(out, hash->data, CONTENT_HASH_LEN);
	return OUTRIDER_OK;
}

static struct uuid new_uuid(const struct app_call *call)
{
	const struct context *context = call_context(call);
	uint8_t random[10];

	context->random(context->user, random, sizeof(random));
	return uuid_make(call_now_us(call) / 1000, random);
}

/* ------------------------------------------------------------- who has it */

static enum outrider_code
sees_one(bool *out, struct store_conn *conn, const struct principal *who,
	 const uint8_t hash[CONTENT_HASH_LEN], struct arena *arena,
	 struct outrider_err *err)
{
	struct uuid *ids;
	size_t n;
	enum outrider_code code = content_attachments(
		conn, &ids, &n, hash, LOOKED_AT_MAX, arena, err);

	*out = false;
	for (size_t i = 0; code == OUTRIDER_OK && !*out && i < n; i++) {
		struct row *row;

		code = store_get(conn, &row, schema_entity(KIND_ATTACHMENT),
				 &ids[i], arena, err);
		*out = code == OUTRIDER_OK && access_may_see(who, row);
	}
	return code;
}

enum outrider_code
attachments_may_use(int64_t *size_bytes, struct store_conn *conn,
		    const struct principal *who,
		    const uint8_t hash[CONTENT_HASH_LEN], struct arena *arena,
		    struct outrider_err *err)
{
	struct content content;
	struct upload upload;
	bool may = false;
	enum outrider_code code = content_get(conn, &content, hash, err);

	*size_bytes = 0;
	if (code != OUTRIDER_OK)
		return code;
	code = upload_get(conn, &upload, &who->user, hash, err);
	if (code == OUTRIDER_OK)
		may = upload.is_whole;
	else if (code != OUTRIDER_NOT_FOUND)
		return code;
	code = OUTRIDER_OK;
	if (!may)
		code = sees_one(&may, conn, who, hash, arena, err);
	if (code == OUTRIDER_OK && !may)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such content");
	if (code == OUTRIDER_OK)
		*size_bytes = content.size_bytes;
	return code;
}

/* ----------------------------------------------------------------- uploads */

/* What the closures work on; in the call's arena. */
struct upload_act {
	struct upload upload; /* as it shall stand */
	/* The chunk, and where it goes: the blob is the upload's, unless that
	 * begins anew. */
	struct bytes data;
	int64_t offset;
	struct uuid blob;
	bool is_wrong; /* whole, and it doesn't have the hash */
};

static bool is_stale(const struct app_call *call, const struct upload *upload)
{
	return upload->touched_us < call_now_us(call) - UPLOAD_LIFE_US;
}

static void begin_anew(struct upload *upload, const struct app_call *call)
{
	struct upload_hash hash;

	upload_hash_begin(&hash);
	upload->state_len = upload_hash_save(&hash, upload->state);
	upload->blob = new_uuid(call);
	upload->received_bytes = 0;
	upload->is_whole = false;
	upload->touched_us = call_now_us(call);
}

/* ------------------------------------------------------------- StartUpload */

static enum outrider_code reply_started(struct app_call *call, int64_t offset)
{
	Outrider__V1__StartUploadResponse reply =
		OUTRIDER__V1__START_UPLOAD_RESPONSE__INIT;

	reply.offset = offset;
	return call_reply(call, &reply.base);
}

static enum outrider_code after_start(struct app_call *call)
{
	const struct upload_act *act = call->state;

	uploads_sweep_go_on(call->app->uploads_sweep);
	return reply_started(call, act->offset);
}

static enum outrider_code
run_start(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct upload_act *act = call->state;
	const struct upload *wanted = &act->upload;
	struct upload standing;
	enum outrider_code code =
		upload_get(tx, &standing, &wanted->caller, wanted->hash, err);

	if (code == OUTRIDER_OK && !is_stale(call, &standing) &&
	    standing.size_bytes == wanted->size_bytes) {
		/* Another connection was faster. */
		act->offset = standing.received_bytes;
		return OUTRIDER_OK;
	}
	act->offset = 0;
	if (code == OUTRIDER_OK)
		code = uploads_drop(call->app->uploads_sweep, tx, &standing,
				    err);
	else if (code == OUTRIDER_NOT_FOUND)
		code = OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		code = uploads_make_room(call->app->uploads_sweep, tx, wanted,
					 err);
	return code == OUTRIDER_OK ? upload_put(tx, wanted, err) : code;
}

/* What the caller has of it, *offset; or -1: it is to begin. */
static enum outrider_code
find_offset(int64_t *offset, struct app_call *call, const struct upload *wanted)
{
	struct upload standing;
	int64_t size_bytes;
	enum outrider_code code = attachments_may_use(
		&size_bytes, call_conn(call), &call->principal, wanted->hash,
		&call->arena, &call->err);

	*offset = -1;
	if (code == OUTRIDER_OK && size_bytes != wanted->size_bytes)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "size_bytes",
			       "this content has %" PRId64 " bytes",
			       size_bytes);
	if (code == OUTRIDER_OK)
		*offset = size_bytes;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	code = upload_get(call_conn(call), &standing, &wanted->caller,
			  wanted->hash, &call->err);
	if (code == OUTRIDER_OK && !is_stale(call, &standing) &&
	    standing.size_bytes == wanted->size_bytes)
		*offset = standing.received_bytes;
	return code == OUTRIDER_NOT_FOUND ? OUTRIDER_OK : code;
}

static enum outrider_code start_upload(struct app_call *call)
{
	const Outrider__V1__StartUploadRequest *request = call_unpack(
		call, &outrider__v1__start_upload_request__descriptor);
	struct upload_act *act = arena_alloc(&call->arena, sizeof(*act));
	int64_t offset;
	enum outrider_code code;

	if (!request || !act)
		return err_call_full(&call->err);
	act->upload = (struct upload){
		.caller = call->principal.user,
		.size_bytes = request->size_bytes,
	};
	begin_anew(&act->upload, call);
	code = read_hash(act->upload.hash, call, &request->content_hash);
	if (code == OUTRIDER_OK)
		code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find_offset(&offset, call, &act->upload);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	if (offset >= 0)
		return reply_started(call, offset);
	call->state = act;
	return call_write(call, run_start, after_start);
}

/* ------------------------------------------------------------- UploadChunk */

static enum outrider_code
refuse_offset(const struct upload *upload, struct outrider_err *err)
{
	return err_set(err, OUTRIDER_FAILED_PRECONDITION, "offset",
		       "the server has %" PRId64
		       " bytes of it: go on from there",
		       upload->received_bytes);
}

/* The upload as its caller left it, where the chunk is the next one. */
static enum outrider_code find_upload(struct upload *out, struct app_call *call,
				      const uint8_t hash[CONTENT_HASH_LEN],
				      int64_t offset)
{
	enum outrider_code code = upload_get(
		call_conn(call), out, &call->principal.user, hash, &call->err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && is_stale(call, out)))
		return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this upload was not started, or was dropped: "
			       "start it anew");
	if (code == OUTRIDER_OK &&
	    (out->is_whole || out->received_bytes != offset))
		return refuse_offset(out, &call->err);
	return code;
}

/* The upload with the chunk upon it. */
static enum outrider_code
add_chunk(struct upload_act *act, struct app_call *call)
{
	struct upload *upload = &act->upload;
	struct upload_hash hash;

	if ((int64_t)act->data.len >
	    upload->size_bytes - upload->received_bytes)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "data",
			       "it was to have %" PRId64 " bytes in all",
			       upload->size_bytes);
	if (!upload_hash_load(&hash, upload->received_bytes,
			      (struct bytes){ upload->state,
					      upload->state_len }))
		return err_set(&call->err, OUTRIDER_DATA_LOSS, NULL,
			       "the upload is damaged");
	upload_hash_add(&hash, act->data);
	act->blob = upload->blob;
	upload->received_bytes += (int64_t)act->data.len;
	upload->touched_us = call_now_us(call);
	upload->state_len = upload_hash_save(&hash, upload->state);
	if (upload->received_bytes < upload->size_bytes)
		return OUTRIDER_OK;
	act->is_wrong = !upload_hash_is(&hash, upload->hash);
	if (act->is_wrong) {
		begin_anew(upload, call);
	} else {
		upload->is_whole = true;
		upload->state_len = 0;
	}
	return OUTRIDER_OK;
}

/* The blob is the content's, or goes where there is the same content. */
static enum outrider_code
adopt(struct app_call *call, struct store_conn *tx, struct outrider_err *err)
{
	const struct upload_act *act = call->state;
	struct content content = {
		.blob = act->blob,
		.size_bytes = act->upload.size_bytes,
	};
	bool is_new;
	enum outrider_code code;

	memcpy(content.hash, act->upload.hash, sizeof(content.hash));
	code = content_put(tx, &is_new, &content, err);
	if (code == OUTRIDER_OK && !is_new)
		code = uploads_doom_blob(call->app->uploads_sweep, tx,
					 &act->blob, err);
	return code;
}

static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct upload_act *act = call->state;
	const struct upload *upload = &act->upload;
	int64_t offset = act->offset;
	struct upload standing;
	enum outrider_code code =
		upload_get(tx, &standing, &upload->caller, upload->hash, err);

	/* Another connection was faster, or it gave way, or was swept. */
	if (code == OUTRIDER_NOT_FOUND)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this upload was dropped: start it anew");
	if (code == OUTRIDER_OK &&
	    (standing.is_whole || standing.received_bytes != offset ||
	     uuid_compare(&standing.blob, &act->blob) != 0))
		return refuse_offset(&standing, err);
	if (code == OUTRIDER_OK && act->is_wrong)
		code = uploads_doom_blob(call->app->uploads_sweep, tx,
					 &act->blob, err);
	else if (code == OUTRIDER_OK)
		code = blob_append(tx, &act->blob, offset, act->data, err);
	if (code == OUTRIDER_OK && upload->is_whole)
		code = adopt(call, tx, err);
	return code == OUTRIDER_OK ? upload_put(tx, upload, err) : code;
}

static enum outrider_code after_chunk(struct app_call *call)
{
	const struct upload_act *act = call->state;
	Outrider__V1__UploadChunkResponse reply =
		OUTRIDER__V1__UPLOAD_CHUNK_RESPONSE__INIT;

	uploads_sweep_go_on(call->app->uploads_sweep);
	if (act->is_wrong)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "content_hash",
			       "the whole doesn't have this hash: send it "
			       "anew from the beginning");
	reply.offset = act->upload.received_bytes;
	return call_reply(call, &reply.base);
}

static enum outrider_code upload_chunk(struct app_call *call)
{
	const Outrider__V1__UploadChunkRequest *request = call_unpack(
		call, &outrider__v1__upload_chunk_request__descriptor);
	struct upload_act *act = arena_alloc(&call->arena, sizeof(*act));
	uint8_t hash[CONTENT_HASH_LEN];
	enum outrider_code code;

	if (!request || !act)
		return err_call_full(&call->err);
	act->data = (struct bytes){ request->data.data, request->data.len };
	act->offset = request->offset;
	code = read_hash(hash, call, &request->content_hash);
	if (code == OUTRIDER_OK)
		code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find_upload(&act->upload, call, hash, act->offset);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK)
		code = add_chunk(act, call);
	if (code != OUTRIDER_OK)
		return code;
	call->state = act;
	return call_write(call, run_chunk, after_chunk);
}

/* ------------------------------------------------------------- ReadContent */

static enum outrider_code
find_content(struct content *out, struct app_call *call, const struct uuid *id)
{
	const struct entity *entity = schema_entity(KIND_ATTACHMENT);
	struct row *row;
	struct bytes hash;
	enum outrider_code code = store_get(call_conn(call), &row, entity, id,
					    &call->arena, &call->err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && !access_may_see(&call->principal, row)))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such attachment");
	if (code != OUTRIDER_OK)
		return code;
	hash = kind_value(row, ATTACHMENT_CONTENT_HASH)->bytes;
	if (hash.len == CONTENT_HASH_LEN)
		code = content_get(call_conn(call), out, hash.at, &call->err);
	if (hash.len != CONTENT_HASH_LEN || code == OUTRIDER_NOT_FOUND)
		return err_set(&call->err, OUTRIDER_DATA_LOSS, NULL,
			       "the attachment's content is not here");
	return code;
}

/* The bytes go from the database's page into the answer at once. */
static enum outrider_code
read_part(struct app_call *call, const struct content *content,
	  const Outrider__V1__ReadContentRequest *request)
{
	int64_t n_left = content->size_bytes - request->offset;
	size_t len = request->length > 0 && request->length < READ_MAX
			     ? (size_t)request->length
			     : READ_MAX;
	struct buffer *reply = &call->reply;

	if (n_left < 0)
		return err_set(&call->err, OUTRIDER_OUT_OF_RANGE, "offset",
			       "the content has %" PRId64 " bytes",
			       content->size_bytes);
	if (n_left < (int64_t)len)
		len = (size_t)n_left;
	buffer_clear(reply);
	if (len > 0) {
		wire_put_varint(reply, 1 << 3 | WIRE_LEN);
		wire_put_varint(reply, len);
	}
	return len == 0 ? OUTRIDER_OK
			: blob_read(call_conn(call), reply, &content->blob,
				    request->offset, len, &call->err);
}

static enum outrider_code read_content(struct app_call *call)
{
	const Outrider__V1__ReadContentRequest *request = call_unpack(
		call, &outrider__v1__read_content_request__descriptor);
	struct content content = { .size_bytes = 0 };
	struct uuid id;
	enum outrider_code code;

	if (!request)
		return err_call_full(&call->err);
	if (!uuid_parse(&id, request->id, strlen(request->id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "id",
			       "id is not a UUID");
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find_content(&content, call, &id);
	if (code == OUTRIDER_OK)
		code = read_part(call, &content, request);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	wire_put_scalar(&call->reply, 2, (uint64_t)content.size_bytes);
	return call_reply_written(call);
}

const struct call_handler attachment_handlers[] = {
	{ "/outrider.v1.AttachmentService/StartUpload", start_upload },
	{ "/outrider.v1.AttachmentService/UploadChunk", upload_chunk },
	{ "/outrider.v1.AttachmentService/ReadContent", read_content },
	{ NULL, NULL },
};
