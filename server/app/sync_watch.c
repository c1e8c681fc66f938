/*
 * Watch: says that there is something to pull, and nothing of what.
 *
 * Who waits holds a few kilobytes, no snapshot and no question to the
 * database: a commit says which scopes it touched, and wakes those who have
 * them (app/news.h). Only the beginning looks into the feeds: what lies above
 * the cursor already.
 */
#include "app/news.h"
#include "app/parts.h"
#include "app/sync_parts.h"
#include "model/wire.h"

enum {
	LOOK_RECORDS = 64, /* that may all be the phone's own */
	LOOK_CHANGES = 16, /* of one of them */
	REQUEST_CURSOR = 1,
	RESPONSE_REV = 1,
};

struct watch {
	struct news_ear ear;
	uint64_t told_rev;
	bool is_owed; /* a message, before any waiting */
};

/* ---------------------------------------------------------- the phone's own */

/* Is all that befell the record above base the device's own mutations? */
static enum outrider_code is_own(bool *out, struct sync_phone *phone,
				 const struct feed_entry *entry, uint64_t base,
				 struct outrider_err *err)
{
	const struct store_history_query asked = {
		.id = entry->id,
		.kind = entry->kind,
		.limit = LOOK_CHANGES,
	};
	struct change *changes;
	size_t n;
	enum outrider_code code;

	*out = false;
	arena_reset(&phone->scratch);
	code = store_history(phone->conn, &changes, &n, &asked, &phone->scratch,
			     err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < n && changes[i].rev > base; i++)
		if (changes[i].author.seq == 0 ||
		    uuid_compare(&changes[i].author.device,
				 &phone->principal->device) != 0)
			return OUTRIDER_OK;
	*out = n < LOOK_CHANGES || changes[n - 1].rev <= base;
	return OUTRIDER_OK;
}

/* In a snapshot: does anything lie above the cursor that others wrote? */
static enum outrider_code look_for_news(bool *is_news, struct sync_phone *phone,
					struct arena *arena,
					struct outrider_err *err)
{
	struct feed_entry *entries;
	size_t n;
	bool is_mine = true;
	enum outrider_code code = sync_phone_read_feed(
		phone, &entries, &n, LOOK_RECORDS, arena, err);

	*is_news = code == OUTRIDER_OK && n >= LOOK_RECORDS;
	for (size_t i = 0; code == OUTRIDER_OK && i < n && !*is_news; i++) {
		const struct feed_entry *entry = &entries[i];
		const struct entity *entity = schema_entity(entry->kind);

		if (!entity ||
		    !access_knows_record(phone->principal, entity, &entry->id))
			continue;
		code = is_own(&is_mine, phone, entry,
			      phone->at.scopes[entry->scope].rev, err);
		*is_news = !is_mine;
	}
	return code;
}

static enum outrider_code
begin(struct app_call *call, struct watch *watch, struct sync_phone *phone)
{
	bool is_news;
	enum outrider_code code =
		store_read_begin(phone->conn, &watch->told_rev, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	arena_init(&phone->scratch, &allocator_libc, SYNC_RECORD_MEMORY);
	code = look_for_news(&is_news, phone, &call->page, &call->err);
	arena_free(&phone->scratch);
	store_read_end(phone->conn);
	watch->is_owed = watch->is_owed || is_news;
	return code;
}

/* --------------------------------------------------------------- the stream */

static enum app_progress next_news(struct app_call *call)
{
	struct watch *watch = call->state;
	uint64_t heard_rev = news_heard(call->app->news, &watch->ear);
	bool is_called = news_take_call(call->app->news, &watch->ear);

	if (!is_called && !watch->is_owed && heard_rev <= watch->told_rev)
		return APP_WAIT;
	watch->is_owed = false;
	if (heard_rev > watch->told_rev)
		watch->told_rev = heard_rev;
	wire_put_scalar(&call->reply, RESPONSE_REV, watch->told_rev);
	return call_reply_written(call) == OUTRIDER_OK ? APP_MESSAGE : APP_END;
}

enum outrider_code sync_watch_start(struct app_call *call)
{
	struct watch *watch = arena_alloc(&call->arena, sizeof(*watch));
	struct wire_field cursor = { .value = { .at = NULL } };
	const struct principal *who = &call->principal;
	/* Needed here only, and so in the page, which goes. */
	struct sync_phone *phone = arena_alloc(&call->page, sizeof(*phone));
	struct scope *lost;
	size_t n_lost = 0;
	enum outrider_code code;

	if (!watch || !phone)
		return err_no_memory(&call->err);
	(void)wire_find(&cursor, call->request, REQUEST_CURSOR);
	code = sync_phone_stand(phone, &lost, &n_lost, call, cursor.value,
				&call->page);
	if (code != OUTRIDER_OK)
		return code;
	watch->is_owed = n_lost > 0;
	watch->ear.life = call->private;
	watch->ear.who = who;
	/* First the ear, then the look: what comes between is heard. */
	if (!news_listen(call->app->news, &watch->ear, who->scopes,
			 who->n_scopes, &call->arena))
		return err_no_memory(&call->err);
	call->private->ear = &watch->ear;
	/* The same for rights: they are looked at once more. */
	call->private->is_checked = false;
	code = begin(call, watch, phone);
	if (code != OUTRIDER_OK)
		return code;
	call->state = watch;
	call->next = next_news;
	return OUTRIDER_OK;
}
