/*
 * The cursor of a pull: see cursor.h.
 */
#include "app/cursor.h"

#include "model/octets.h"

#include <string.h>

enum {
	FRONT_LEN = 1 + 16 + 4 + 2,
	SCOPE_ENTRY_LEN = SCOPE_LEN + 8 + 8 + 16 + 8 + 8,
	/* The format before, which had no `since`. */
	FORMAT_1 = 1,
	SCOPE_ENTRY_LEN_1 = SCOPE_ENTRY_LEN - 8,
	CHECK_LEN = 4,
};

/* ------------------------------------------------------------------- bytes */

/* CRC-32 (IEEE 802.3), four bits at a time: finds damage, not forgers. */
static uint32_t crc32_of(const uint8_t *at, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static void put_bytes(struct octet_writer *to, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		octets_put(to, at[i], 1);
}

static void get_bytes(uint8_t *out, struct octet_reader *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)octets_get(from, 1);
}

size_t cursor_size(size_t n_scopes)
{
	return FRONT_LEN + n_scopes * SCOPE_ENTRY_LEN + CHECK_LEN;
}

struct bytes cursor_write(const struct cursor *cursor, struct arena *arena)
{
	const size_t len = cursor_size(cursor->n_scopes);
	struct octet_writer to = {
		.bytes = arena_alloc(arena, len),
		.room = len,
	};

	if (!to.bytes)
		return (struct bytes){ .at = NULL };
	octets_put(&to, CURSOR_FORMAT, 1);
	put_bytes(&to, cursor->epoch.at, sizeof(cursor->epoch.at));
	octets_put(&to, cursor->schema, 4);
	octets_put(&to, cursor->n_scopes, 2);
	for (size_t i = 0; i < cursor->n_scopes; i++) {
		const struct cursor_scope *at = &cursor->scopes[i];

		put_bytes(&to, at->scope.at, SCOPE_LEN);
		octets_put(&to, at->head, 8);
		octets_put(&to, at->rev, 8);
		put_bytes(&to, at->id.at, sizeof(at->id.at));
		octets_put(&to, at->view, 8);
		octets_put(&to, at->since, 8);
	}
	octets_put(&to, crc32_of(to.bytes, to.len), CHECK_LEN);
	return (struct bytes){ .at = to.bytes, .len = to.len };
}

static enum outrider_code refuse(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, "cursor",
		       "this is not a cursor of this server, or it was damaged "
		       "since");
}

/* False for what cursor_write never writes. */
static bool
read_scope(struct cursor_scope *out, struct octet_reader *from, uint8_t format)
{
	get_bytes(out->scope.at, from, SCOPE_LEN);
	out->head = octets_get(from, 8);
	out->rev = octets_get(from, 8);
	get_bytes(out->id.at, from, sizeof(out->id.at));
	out->view = octets_get(from, 8);
	out->since = format == FORMAT_1 ? out->head : octets_get(from, 8);
	return out->head <= out->rev;
}

enum outrider_code cursor_read(struct cursor *out, struct arena *arena,
			       struct bytes bytes, struct outrider_err *err)
{
	struct octet_reader from = { .next = bytes.at };
	size_t body, entry_len;
	uint8_t format;

	*out = (struct cursor){ .n_scopes = 0 };
	if (bytes.len == 0)
		return OUTRIDER_OK;
	if (bytes.len < FRONT_LEN + CHECK_LEN)
		return refuse(err);
	body = bytes.len - CHECK_LEN;
	from.next = bytes.at + body;
	from.end = bytes.at + bytes.len;
	if (octets_get(&from, CHECK_LEN) != crc32_of(bytes.at, body))
		return refuse(err);

	from.next = bytes.at;
	from.end = bytes.at + body;
	format = (uint8_t)octets_get(&from, 1);
	if (format != CURSOR_FORMAT && format != FORMAT_1)
		return refuse(err);
	entry_len = format == FORMAT_1 ? SCOPE_ENTRY_LEN_1 : SCOPE_ENTRY_LEN;
	get_bytes(out->epoch.at, &from, sizeof(out->epoch.at));
	out->schema = (uint32_t)octets_get(&from, 4);
	out->n_scopes = (size_t)octets_get(&from, 2);
	if (out->n_scopes > CURSOR_SCOPES_MAX ||
	    FRONT_LEN + out->n_scopes * entry_len + CHECK_LEN != bytes.len)
		return refuse(err);
	out->scopes =
		arena_alloc(arena, out->n_scopes * sizeof(out->scopes[0]) + 1);
	if (!out->scopes)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for the cursor");
	for (size_t i = 0; i < out->n_scopes; i++) {
		const struct cursor_scope *at = &out->scopes[i];

		if (!read_scope(&out->scopes[i], &from, format) ||
		    (i > 0 && scope_compare(&at[-1].scope, &at->scope) >= 0))
			return refuse(err);
	}
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- movement */

/* Something may be on the phone of whose removal nobody knows any more. */
static bool is_stale(const struct cursor_scope *at, uint64_t horizon)
{
	return at->since < horizon && at->rev < horizon;
}

enum outrider_code cursor_begin(struct cursor *out, struct scope **lost,
				size_t *n_lost, const struct cursor *sent,
				const struct cursor_caller *caller,
				struct arena *arena, struct outrider_err *err)
{
	const struct scope *scopes = caller->scopes;
	const size_t n = caller->n_scopes;
	size_t next = 0;

	*n_lost = 0;
	if (n > CURSOR_SCOPES_MAX)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "a device can follow %d scopes at most",
			       CURSOR_SCOPES_MAX);
	out->n_scopes = n;
	out->scopes = arena_alloc(arena, n * sizeof(out->scopes[0]) + 1);
	*lost = arena_alloc(arena, sent->n_scopes * sizeof(**lost) + 1);
	if (!out->scopes || !*lost)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for the cursor");
	for (size_t i = 0; i < n; i++)
		out->scopes[i] = (struct cursor_scope){
			.scope = scopes[i],
			.view = caller->view,
			.since = caller->newest_rev,
			.is_new = true,
		};
	for (size_t i = 0; i < sent->n_scopes; i++) {
		const struct cursor_scope *from = &sent->scopes[i];

		if (from->rev > caller->newest_rev)
			return err_set(err, OUTRIDER_FAILED_PRECONDITION,
				       "cursor",
				       "the cursor is ahead of this server");
		while (next < n &&
		       scope_compare(&scopes[next], &from->scope) < 0)
			next++;
		if (next == n || scope_compare(&scopes[next], &from->scope) ||
		    from->view >> 32 != caller->view >> 32) {
			(*lost)[(*n_lost)++] = from->scope;
			continue;
		}
		if (is_stale(from, caller->horizon))
			return err_set(err, OUTRIDER_FAILED_PRECONDITION,
				       "cursor",
				       "the cursor is older than what is "
				       "remembered of removals");
		if (sent->schema == out->schema && from->view == caller->view) {
			out->scopes[next] = *from;
			continue;
		}
		out->scopes[next].is_new = false;
		out->scopes[next].since = from->since > from->rev ? from->since
								  : from->rev;
	}
	return OUTRIDER_OK;
}

const struct cursor_scope *
cursor_find(const struct cursor *cursor, const struct scope *scope)
{
	size_t low = 0, high = cursor->n_scopes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct cursor_scope *at = &cursor->scopes[middle];
		int order = scope_compare(&at->scope, scope);

		if (order == 0)
			return at;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool cursor_covers(const struct cursor_scope *at, uint64_t rev,
		   const struct uuid *id)
{
	return at->rev > rev ||
	       (at->rev == rev && uuid_compare(&at->id, id) >= 0);
}

void cursor_advance(struct cursor *cursor, uint64_t rev, const struct uuid *id)
{
	for (size_t i = 0; i < cursor->n_scopes; i++) {
		struct cursor_scope *at = &cursor->scopes[i];

		if (cursor_covers(at, rev, id))
			continue;
		at->rev = rev;
		at->id = *id;
	}
}

void cursor_reach_head(struct cursor *cursor, uint64_t rev)
{
	for (size_t i = 0; i < cursor->n_scopes; i++) {
		struct cursor_scope *at = &cursor->scopes[i];

		at->head = rev;
		at->rev = rev;
		at->since = rev;
		memset(at->id.at, 0xff, sizeof(at->id.at));
	}
}
