/*
 * See contents.h.
 */
#include "contents.h"

#include "remains.h"

#include "app/kinds.h"
#include "model/wire.h"
#include "store/content.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line as remains.h looks for it: "text ", sixteen digits, an end. */
#define LINE_LEN 22
#define PIECE	 ((uint64_t)CONTENT_PIECE_LEN)
/* Contents that go on being sent to people. */
#define LATELY 8

/* ------------------------------------------------------------- their bytes */

static uint64_t mix(uint64_t number, uint64_t which)
{
	struct dice dice = { .state = number ^ (which << 32 | which) };

	return dice_throw(&dice);
}

uint64_t content_draw(struct world *world)
{
	const size_t n = world->n_attached;

	if (n > 0 && dice_one_in(&world->dice, 3)) {
		const size_t ago =
			dice_below(&world->dice, n < LATELY ? n : LATELY);

		return world->attached[n - 1 - ago].number;
	}
	return dice_throw(&world->dice);
}

/* Most are small; of pieces there are one or two, and some bytes. */
int64_t content_size(uint64_t number)
{
	const uint64_t size = mix(number, UINT32_MAX);

	if (size % 8 != 0)
		return 1 + (int64_t)(size / 8 % 4000);
	switch (size / 8 % 6) {
	case 0:
		return (int64_t)PIECE;
	case 1:
		return (int64_t)(2 * PIECE);
	case 2:
		return (int64_t)(PIECE + 1);
	default:
		return (int64_t)(PIECE + size / 64 % (PIECE + PIECE / 4));
	}
}

static void write_line(uint8_t out[LINE_LEN], uint64_t number, uint64_t line)
{
	static const char digits[] = "0123456789abcdef";
	static const uint8_t begin[] = { 't', 'e', 'x', 't', ' ' };
	uint64_t value = mix(number, line);

	memcpy(out, begin, sizeof(begin));
	for (size_t i = sizeof(begin); i < LINE_LEN - 1; i++, value >>= 4)
		out[i] = (uint8_t)digits[value & 15];
	out[LINE_LEN - 1] = '\n';
}

void content_write(uint8_t *out, size_t len, uint64_t number, int64_t offset)
{
	uint8_t line[LINE_LEN];

	while (len > 0) {
		const size_t from = (size_t)(offset % LINE_LEN);
		const size_t n = len < LINE_LEN - from ? len : LINE_LEN - from;

		write_line(line, number, (uint64_t)(offset / LINE_LEN));
		memcpy(out, line + from, n);
		out += n;
		offset += (int64_t)n;
		len -= n;
	}
}

bool content_is(const uint8_t *at, size_t len, uint64_t number, int64_t offset)
{
	uint8_t *wanted = malloc(len + 1);
	bool is_same;

	if (wanted == NULL)
		abort();
	content_write(wanted, len, number, offset);
	is_same = len == 0 || memcmp(wanted, at, len) == 0;
	free(wanted);
	return is_same;
}

/* ---------------------------------------------------------- what there was */

static void hash_content(uint8_t out[32], uint64_t number)
{
	const size_t len = (size_t)content_size(number);
	uint8_t *bytes = malloc(len);

	if (bytes == NULL)
		abort();
	content_write(bytes, len, number, 0);
	crypto_hash_sha256(out, bytes, len);
	free(bytes);
}

struct attached *content_note(struct world *world, uint64_t number)
{
	struct attached *attached;

	world->attached =
		realloc(world->attached,
			(world->n_attached + 1) * sizeof(world->attached[0]));
	if (world->attached == NULL)
		abort();
	attached = &world->attached[world->n_attached++];
	*attached = (struct attached){ .number = number };
	hash_content(attached->hash, number);
	return attached;
}

const struct attached *content_find(const struct world *world,
				    const struct uuid *id, struct bytes hash)
{
	const struct attached *found = NULL;

	if (hash.len != sizeof(found->hash))
		return NULL;
	for (size_t i = 0; i < world->n_attached; i++) {
		const struct attached *attached = &world->attached[i];
		const bool is_same =
			memcmp(attached->hash, hash.at, hash.len) == 0;

		if (attached->has_id && uuid_compare(&attached->id, id) == 0)
			return is_same ? attached : NULL;
		if (is_same)
			found = attached;
	}
	return found;
}

bool content_is_common(const struct world *world, uint64_t number)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n_attached; i++)
		n += world->attached[i].number == number;
	return n > 1;
}

void contents_free(struct world *world)
{
	free(world->attached);
	world->attached = NULL;
	world->n_attached = 0;
}

/* ----------------------------------------------------------- at the server */

static void check_content(struct look *look, struct world *world,
			  const struct attached *attached)
{
	const int64_t size_bytes = content_size(attached->number);
	struct content content;
	struct buffer bytes;

	if (content_get(look->conn, &content, attached->hash, NULL) !=
	    OUTRIDER_OK) {
		world_break(world, "file: the server lost the content of %llx",
			    (unsigned long long)attached->number);
		return;
	}
	buffer_init(&bytes, &allocator_libc, (size_t)4 << 20);
	if (content.size_bytes != size_bytes ||
	    blob_read(look->conn, &bytes, &content.blob, 0, (size_t)size_bytes,
		      NULL) != OUTRIDER_OK ||
	    !content_is(bytes.at, bytes.len, attached->number, 0))
		world_break(world,
			    "file: the server's %lld bytes are not the %lld of "
			    "content %llx",
			    (long long)content.size_bytes,
			    (long long)size_bytes,
			    (unsigned long long)attached->number);
	buffer_free(&bytes);
}

/* Many cards may have one content: it is read once. */
static void
check_card(struct look *look, struct world *world, size_t at, bool *is_read)
{
	const struct look_record *record = &look->records[at];
	const struct row *row = record->row;
	const struct attached *attached =
		content_find(world, &record->id,
			     kind_value(row, ATTACHMENT_CONTENT_HASH)->bytes);

	if (attached == NULL) {
		world_break(world, "file: the server has a card of a content "
				   "that nobody attached to it");
		return;
	}
	if (kind_value(row, ATTACHMENT_SIZE_BYTES)->i !=
	    content_size(attached->number))
		world_break(world, "file: content %llx has the wrong size",
			    (unsigned long long)attached->number);
	for (size_t i = 0; i < world->n_attached; i++) {
		if (world->attached[i].number != attached->number)
			continue;
		if (!is_read[i])
			check_content(look, world, attached);
		is_read[i] = true;
		break;
	}
}

/* Pieces that neither a content nor an upload has, and no job takes away. */
static void check_orphans(struct world *world)
{
	const int64_t n = remains_count_of_server(
		world, "piece WHERE blob NOT IN (SELECT blob FROM content) AND "
		       "blob NOT IN (SELECT blob FROM upload) AND "
		       "blob NOT IN (SELECT subject FROM job)");

	if (n != 0)
		world_break(world,
			    "file: the server has %lld pieces of nothing",
			    (long long)n);
}

void check_contents(struct look *look, struct world *world)
{
	bool *is_read = calloc(world->n_attached + 1, sizeof(*is_read));

	if (is_read == NULL)
		abort();
	for (size_t i = 0; i < look->n_records && !world->broken[0]; i++)
		if (look->records[i].entity == schema_entity(KIND_ATTACHMENT))
			check_card(look, world, i, is_read);
	free(is_read);
	if (world->n_attached > 0)
		check_orphans(world);
}

/* ---------------------------------------------------------- a chunk, again */

enum { CHUNK_HASH = 1, CHUNK_OFFSET = 2 }; /* the contract's numbers */

void content_mark_upload(struct upload_mark *out, const struct phone *phone,
			 struct bytes request)
{
	struct store_conn *conn = server_reader(phone->world);
	struct wire_field hash, offset;
	struct upload upload;
	uint64_t rev;

	*out = (struct upload_mark){ .is_there = false };
	if (wire_find(&offset, request, CHUNK_OFFSET))
		out->offset = (int64_t)offset.scalar;
	if (!wire_find(&hash, request, CHUNK_HASH) ||
	    hash.value.len != CONTENT_HASH_LEN)
		return;
	if (store_read_begin(conn, &rev, NULL) != OUTRIDER_OK)
		abort();
	out->is_there = upload_get(conn, &upload, &phone->user, hash.value.at,
				   NULL) == OUTRIDER_OK;
	if (out->is_there) {
		out->is_whole = upload.is_whole;
		out->received_bytes = upload.received_bytes;
		out->blob = upload.blob;
	}
	store_read_end(conn);
}

void check_upload_again(const struct upload_mark *before,
			const struct phone *phone, struct bytes request)
{
	struct upload_mark after;

	/* Begun anew meanwhile, it is what the server waits for. */
	if (test_disk_is_cut(phone->world->disk) ||
	    (before->is_there && !before->is_whole &&
	     before->received_bytes == before->offset))
		return;
	content_mark_upload(&after, phone, request);
	if (after.is_there != before->is_there ||
	    after.is_whole != before->is_whole ||
	    after.received_bytes != before->received_bytes ||
	    uuid_compare(&after.blob, &before->blob) != 0)
		world_break(phone->world,
			    "file: a chunk of phone %u at %lld, repeated, made "
			    "%lld bytes of %lld",
			    phone->number, (long long)before->offset,
			    (long long)after.received_bytes,
			    (long long)before->received_bytes);
}
