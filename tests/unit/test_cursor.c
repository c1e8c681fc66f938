/*
 * Cursors that were damaged, forged, made by another history or for another
 * view: none makes an honest phone skip a record, none opens a foreign one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#include "app/cursor.h"

static enum outrider_code
pull_with(struct world *w, const struct harness_user *user,
	  const uint8_t *cursor, size_t len, char reason[64])
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	buffer_append(&request, "\x0a", 1);
	for (size_t n = len;; n >>= 7) {
		uint8_t byte = (uint8_t)(n & 0x7f);

		if (n < 0x80) {
			buffer_append(&request, &byte, 1);
			break;
		}
		byte |= 0x80;
		buffer_append(&request, &byte, 1);
	}
	buffer_append(&request, cursor, len);
	reply = harness_call(&w->h, "SyncService/Pull", user->device_token,
			     request.at, request.len);
	harness_reason(reason, reply);
	buffer_free(&request);
	return reply->code;
}

static void every_damaged_cursor_is_refused(void **state)
{
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);
	uint8_t cursor[1024];
	char reason[64];
	size_t len;

	world_contact(w, &w->anna, "Alder");
	model_pull_all(&mia);
	len = mia.cursor.len;
	assert_true(len < sizeof(cursor));
	for (size_t bit = 0; bit < len * 8; bit++) {
		memcpy(cursor, mia.cursor.at, len);
		cursor[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(pull_with(w, &w->mia, cursor, len, reason),
				 OUTRIDER_INVALID_ARGUMENT);
	}
	for (size_t cut = 1; cut < len; cut++)
		assert_int_equal(pull_with(w, &w->mia, mia.cursor.at, cut,
					   reason),
				 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(pull_with(w, &w->mia, mia.cursor.at, len, reason),
			 OUTRIDER_OK);
	model_close(&mia);
}

/* Another rep's cursor, or one made by hand, opens nothing. */
static void forged_cursor_opens_nothing(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone carl = world_phone(w, &w->carl);

	world_contact(w, &w->anna, "Alder");
	world_contact(w, &w->carl, "Cedar");
	model_pull_all(&anna);
	buffer_append(&carl.cursor, anna.cursor.at, anna.cursor.len);
	model_pull_all(&carl);
	/* Org is covered by the forged head; her own scope begins at 0. */
	for (size_t i = 0; i < carl.n_cards; i++)
		assert_int_equal(carl.cards[i].in[0].at[0], SCOPE_USER);
	assert_int_equal(model_count(&carl), 1);
	model_close(&anna);
	model_close(&carl);
}

static void cursor_of_another_history_means_resync(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct arena arena;
	struct cursor cursor;
	struct bytes bytes;
	struct outrider_err err;
	char reason[64];

	world_contact(w, &w->anna, "Alder");
	model_pull_all(&anna);
	bytes = (struct bytes){ anna.cursor.at, anna.cursor.len };
	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(cursor_read(&cursor, &arena, bytes, &err),
			 OUTRIDER_OK);
	cursor.epoch.at[3] ^= 1;
	bytes = cursor_write(&cursor, &arena);
	assert_int_equal(pull_with(w, &w->anna, bytes.at, bytes.len, reason),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_string_equal(reason, "RESYNC");
	/* The store was restored from an older backup. */
	cursor.epoch.at[3] ^= 1;
	cursor_reach_head(&cursor, 1000000);
	bytes = cursor_write(&cursor, &arena);
	assert_int_equal(pull_with(w, &w->anna, bytes.at, bytes.len, reason),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_string_equal(reason, "RESYNC");
	arena_free(&arena);
	model_close(&anna);
}

/* Another view of a scope fills it anew, and takes away what has gone. */
static void changed_view_fills_the_scope_anew(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid gone = world_contact(w, &w->anna, "Alder");
	struct arena arena;
	struct cursor cursor;
	struct bytes bytes;
	struct outrider_err err;

	world_contact(w, &w->anna, "Birch");
	model_pull_all(&anna);
	arena_init(&arena, &allocator_libc, 1 << 20);
	bytes = (struct bytes){ anna.cursor.at, anna.cursor.len };
	assert_int_equal(cursor_read(&cursor, &arena, bytes, &err),
			 OUTRIDER_OK);
	for (size_t i = 0; i < cursor.n_scopes; i++)
		cursor.scopes[i].view ^= 1;
	bytes = cursor_write(&cursor, &arena);
	buffer_clear(&anna.cursor);
	buffer_append(&anna.cursor, bytes.at, bytes.len);
	world_delete(w, CONTACT, &gone);
	model_pull_all(&anna);
	model_check(&anna);
	assert_true(anna.n_whole > 0);
	arena_free(&arena);
	model_close(&anna);
}

/* docs/formats/sync.md, "Test vector". */
static void cursor_has_its_published_bytes(void **state)
{
	static const uint8_t back[] = {
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0xb3, 0xb3,
		0xb3, 0xb3, 0xb3, 0xb3, 0xb3, 0xb3, 0xb3, 0xb3, 0xb3,
		0xb3, 0xb3, 0xb3, 0xb3, 0xb3, 0x11, 0x22, 0x33, 0x44,
		0x55, 0x66, 0x77, 0x88, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x06, 0xec, 0xf4, 0xc4, 0xf2,
	};
	/* The check of the same cursor in format 1. */
	static const uint8_t check_1[] = { 0xc4, 0x8d, 0x8b, 0x70 };
	struct cursor_scope scope = {
		.head = 5,
		.rev = 7,
		.since = 6,
		.view = UINT64_C(0x1122334455667788),
	};
	struct cursor cursor = {
		.schema = 0x01020304,
		.scopes = &scope,
		.n_scopes = 1,
	};
	struct cursor again;
	struct uuid id;
	struct arena arena;
	struct bytes bytes;
	struct outrider_err err;
	uint8_t old[84];

	(void)state;
	memset(cursor.epoch.at, 0xe1, 16);
	memset(id.at, 0xa2, 16);
	memset(scope.id.at, 0xb3, 16);
	scope.scope = scope_make(SCOPE_USER, &id);
	arena_init(&arena, &allocator_libc, 1 << 16);
	bytes = cursor_write(&cursor, &arena);
	assert_int_equal(bytes.len, 92);
	assert_int_equal(bytes.at[0], 2);
	assert_memory_equal(bytes.at + bytes.len - sizeof(back), back,
			    sizeof(back));
	assert_int_equal(cursor_read(&again, &arena, bytes, &err), OUTRIDER_OK);
	assert_int_equal(again.n_scopes, 1);
	assert_int_equal(again.scopes[0].head, 5);
	assert_int_equal(again.scopes[0].view, scope.view);
	assert_int_equal(again.scopes[0].since, 6);
	/* Format 1 is read as well: removals are known up to the head. */
	memcpy(old, bytes.at, 80);
	old[0] = 1;
	memcpy(old + 80, check_1, sizeof(check_1));
	assert_int_equal(cursor_read(&again, &arena,
				     (struct bytes){ old, sizeof(old) }, &err),
			 OUTRIDER_OK);
	assert_int_equal(again.scopes[0].view, scope.view);
	assert_int_equal(again.scopes[0].since, 5);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_has_its_published_bytes),
		WITH_WORLD(every_damaged_cursor_is_refused),
		WITH_WORLD(forged_cursor_opens_nothing),
		WITH_WORLD(cursor_of_another_history_means_resync),
		WITH_WORLD(changed_view_fills_the_scope_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
