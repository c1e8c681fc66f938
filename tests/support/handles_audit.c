/*
 * See handles_audit.h.
 */
#include "handles_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cards.h"
#include "handles.h"
#include "model/handle.h"
#include "rows.h"

uint64_t handles_rows(struct outrider *core)
{
	uint64_t n;

	assert_int_equal(replica_count(core->replica, &n, REPLICA_handle, 0,
				       NULL),
			 OUTRIDER_OK);
	return n;
}

/* ------------------------------------------------- the index and the cards */

struct audit {
	struct outrider *core;
	uint8_t keys[200][HANDLE_KEY_MAX];
	size_t lens[200], n_keys, n_owned;
};

static void audit_handle(struct audit *audit, const struct card *card,
			 const struct handle *handle)
{
	uint8_t key[HANDLE_KEY_MAX];
	const size_t len = handle_key(key, handle);
	struct handle_owner *owners;
	struct arena arena;
	bool is_known, is_owner = false;
	size_t n, i = 0;

	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(handles_find(audit->core, &arena, &is_known, &owners,
				      &n, handle, NULL),
			 OUTRIDER_OK);
	assert_true(is_known);
	for (size_t k = 0; k < n; k++)
		is_owner |= owners[k].kind == card->kind &&
			    uuid_compare(&owners[k].id, &card->id) == 0;
	assert_true(is_owner);
	while (i < audit->n_keys &&
	       (audit->lens[i] != len || memcmp(audit->keys[i], key, len) != 0))
		i++;
	if (i == audit->n_keys) {
		assert_true(audit->n_keys < 200);
		memcpy(audit->keys[i], key, len);
		audit->lens[audit->n_keys++] = len;
		audit->n_owned += n;
	}
	arena_free(&arena);
}

struct counted {
	struct audit *audit;
	size_t n; /* owners that the cards name: each card once a key */
};

static enum outrider_code
audit_card(void *user, const struct card *card, struct outrider_err *err)
{
	struct counted *counted = user;
	const struct entity *entity = schema_entity(card->kind);
	struct handles_walk walk = handles_walk(entity, card->fields);
	struct handle handle;
	uint8_t seen[40][HANDLE_KEY_MAX], key[HANDLE_KEY_MAX] = { 0 };
	size_t n_seen = 0;

	(void)err;
	while (handles_next(&walk, &handle)) {
		bool is_new = true;
		memset(key, 0, sizeof(key));
		(void)handle_key(key, &handle);
		for (size_t i = 0; i < n_seen; i++)
			is_new &= memcmp(seen[i], key, sizeof(key)) != 0;
		memcpy(seen[n_seen], key, sizeof(key));
		n_seen += is_new;
		counted->n += is_new;
		audit_handle(counted->audit, card, &handle);
	}
	return OUTRIDER_OK;
}

void handles_audit(struct outrider *core)
{
	static struct audit audit;
	struct counted counted = { .audit = &audit };

	memset(&audit, 0, sizeof(audit));
	audit.core = core;
	assert_true(core->handles.is_complete);
	assert_int_equal(cards_each(core, audit_card, &counted, NULL),
			 OUTRIDER_OK);
	assert_int_equal(handles_rows(core), audit.n_keys);
	assert_int_equal(audit.n_owned, counted.n);
}
