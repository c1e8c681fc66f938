/*
 * See uploads.h.
 */
#include "uploads.h"

#include "app/uploads_room.h"
#include "attach.h"
#include "model/wire.h"

#include <string.h>

#define SECOND_US    INT64_C(1000000)
#define UPLOADS_LEFT 16
#define SIZE_BYTES   1000
#define CHUNK_BYTES  100

/* Numbers of attachment.proto, the same in both requests. */
enum { UPLOAD_HASH = 1, UPLOAD_SIZE = 2, UPLOAD_OFFSET = 2, UPLOAD_DATA = 3 };

static void ask(struct phone *phone, const char *path, struct buffer *request)
{
	struct buffer reply;

	/* Refused where others are under way: then those are too many. */
	(void)server_call(phone->world, path,
			  outrider_device_token(phone->core), request->at,
			  request->len, &reply);
	buffer_free(&reply);
	buffer_clear(request);
}

/* A hash that nothing has: nobody will ever send the rest. */
static void leave_one(struct phone *phone, uint8_t number)
{
	static const uint8_t chunk[CHUNK_BYTES] = { 0 };
	uint8_t hash[CONTENT_HASH_LEN] = { 'l', 'e', 'f', 't', number };
	struct buffer request;

	memcpy(hash + 8, &phone->world->now_us, sizeof(phone->world->now_us));
	buffer_init(&request, &allocator_libc, 4096);
	wire_put_bytes(&request, UPLOAD_HASH, hash, sizeof(hash));
	wire_put_scalar(&request, UPLOAD_SIZE, SIZE_BYTES);
	ask(phone, "/outrider.v1.AttachmentService/StartUpload", &request);
	wire_put_bytes(&request, UPLOAD_HASH, hash, sizeof(hash));
	wire_put_scalar(&request, UPLOAD_OFFSET, 0);
	wire_put_bytes(&request, UPLOAD_DATA, chunk, sizeof(chunk));
	ask(phone, "/outrider.v1.AttachmentService/UploadChunk", &request);
	buffer_free(&request);
}

void uploads_leave_many(struct phone *phone)
{
	if (outrider_device_token(phone->core) == NULL ||
	    !phone_has_file_to_send(phone))
		return;
	for (uint8_t i = 0; i < UPLOADS_LEFT; i++)
		leave_one(phone, i);
	phone->world->now_us += UPLOAD_BUSY_US + SECOND_US;
}
