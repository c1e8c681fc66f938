/*
 * Repair: what a phone holds wrongly in some buckets of a scope, made right.
 *
 *	WALK   what lies in the scope, and isn't held as it is: whole
 *	HELD   what is held, and doesn't lie there
 *
 * Each page is true by itself. What a record's line says is sync_record.c's.
 */
#include "app/parts.h"
#include "app/sync_walk.h"

#include <stdlib.h>
#include <string.h>

typedef Outrider__V1__RepairRequest Request;
typedef Outrider__V1__PullResponse Response;
typedef Outrider__V1__Record Record;

struct held {
	uint32_t kind;
	struct uuid id;
	uint8_t entry[PROOF_LEN];
	bool is_met; /* the walk came by */
};

struct repair {
	struct sync_walk walk;
	bool is_behind;
	struct scope scope;
	bool is_foreign; /* not the caller's: nothing lies there */
	uint8_t mask[PROOF_MASK_LEN];
	struct held *held; /* sorted */
	size_t n_held;
	size_t next; /* HELD: the first that was not looked at */
};

static int compare_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

static struct held *
find_held(struct repair *repair, uint32_t kind, const struct uuid *id)
{
	const struct held key = { .kind = kind, .id = *id };

	return repair->n_held == 0 ? NULL
				   : bsearch(&key, repair->held, repair->n_held,
					     sizeof(key), compare_held);
}

/* ------------------------------------------------------------------- a page */

/* What a phone should hold of a record, if anything: *is_full as in Pull. */
static enum outrider_code tell(struct repair *repair, bool *is_full,
			       struct sync_page *page,
			       const struct sync_sight *seen, uint32_t kind,
			       const struct uuid *id, struct app_call *call)
{
	const struct sync_exact exact = {
		.kind = kind,
		.id = *id,
		.row = seen->row,
		.fields = seen->fields,
		.asked = repair->is_foreign ? NULL : &repair->scope,
	};
	Record record;
	enum outrider_code code;

	code = sync_record_exact(&record, &repair->walk.phone, &exact,
				 &call->page, &call->err);
	if (code == OUTRIDER_OK)
		*is_full = !sync_page_add(page, &record);
	return code;
}

static enum outrider_code
check_entry(struct repair *repair, bool *is_full, struct sync_page *page,
	    const struct feed_entry *entry, struct app_call *call)
{
	struct sync_walk *walk = &repair->walk;
	struct held *held = find_held(repair, entry->kind, &entry->id);
	struct sync_sight seen;
	enum outrider_code code;

	if (!proof_mask_has(repair->mask,
			    sync_walk_bucket(walk, entry->kind, &entry->id)) ||
	    !access_knows_record(walk->phone.principal,
				 schema_entity(entry->kind), &entry->id))
		return OUTRIDER_OK;
	code = sync_walk_see(&seen, walk, entry->kind, &entry->id, &call->err);
	if (code == OUTRIDER_NOT_FOUND)
		return err_set(&call->err, OUTRIDER_DATA_LOSS, NULL,
			       "a feed has a record that is not there");
	if (code != OUTRIDER_OK)
		return code;
	if (held) {
		held->is_met = true;
		if (memcmp(held->entry, seen.entry, PROOF_LEN) == 0)
			return OUTRIDER_OK;
	}
	return tell(repair, is_full, page, &seen, entry->kind, &entry->id,
		    call);
}

static enum outrider_code walk_on(struct repair *repair, bool *is_full,
				  struct sync_page *page, struct app_call *call)
{
	struct sync_walk *walk = &repair->walk;
	struct feed_entry *entries;
	size_t n;
	enum outrider_code code = sync_walk_next(
		walk, &entries, &n, &repair->scope, 1, &call->page, &call->err);

	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		code = check_entry(repair, is_full, page, &entries[i], call);
		if (code != OUTRIDER_OK || *is_full)
			break;
		walk->after = entries[i].id;
	}
	return code;
}

static enum outrider_code check_held(struct repair *repair, bool *is_full,
				     struct sync_page *page,
				     struct app_call *call)
{
	struct sync_walk *walk = &repair->walk;
	const struct held *held = &repair->held[repair->next];
	const struct entity *entity = schema_entity(held->kind);
	struct sync_sight seen = { .row = NULL };
	enum outrider_code code = OUTRIDER_OK;

	walk->work++;
	if (!held->is_met) {
		if (entity && access_knows_record(walk->phone.principal, entity,
						  &held->id))
			code = sync_walk_see(&seen, walk, held->kind, &held->id,
					     &call->err);
		if (code == OUTRIDER_NOT_FOUND)
			err_clear(&call->err);
		else if (code != OUTRIDER_OK)
			return code;
		code = tell(repair, is_full, page, &seen, held->kind, &held->id,
			    call);
	}
	repair->next += !*is_full;
	return code;
}

static bool is_walked(const struct repair *repair)
{
	return repair->is_foreign || sync_walk_is_over(&repair->walk);
}

static bool is_over(const struct repair *repair)
{
	return is_walked(repair) && repair->next == repair->n_held;
}

static enum outrider_code
fill_page(struct repair *repair, struct sync_page *page, struct app_call *call)
{
	bool is_full = false;
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK && !is_full && !is_over(repair) &&
	       !sync_walk_is_long(&repair->walk))
		code = is_walked(repair)
			       ? check_held(repair, &is_full, page, call)
			       : walk_on(repair, &is_full, page, call);
	return code;
}

static enum outrider_code refuse_behind(struct app_call *call)
{
	call->reason = "BEHIND";
	return err_set(&call->err, OUTRIDER_ABORTED, "cursor",
		       "something lies above the cursor: pull first");
}

static enum outrider_code
read_page(struct repair *repair, struct sync_page *page, struct app_call *call)
{
	bool is_behind;
	enum outrider_code code =
		sync_walk_slice(&repair->walk, &is_behind, call);

	if (code == OUTRIDER_OK && (is_behind || repair->is_behind))
		code = refuse_behind(call);
	if (code == OUTRIDER_OK)
		code = fill_page(repair, page, call);
	sync_walk_rest(&repair->walk);
	return code;
}

static enum app_progress next_page(struct app_call *call)
{
	struct repair *repair = call->state;
	Response response = OUTRIDER__V1__PULL_RESPONSE__INIT;
	struct sync_page *page;

	if (is_over(repair))
		return APP_END;
	page = sync_page_open(&repair->walk.phone.at,
			      call->app->config.page_records, &call->reply,
			      &call->page);
	if (!page) {
		(void)err_call_full(&call->err);
		return APP_END;
	}
	if (read_page(repair, page, call) != OUTRIDER_OK)
		return APP_END;
	if (page->n == 0)
		return is_over(repair) ? APP_END : call_yield(call);
	sync_page_fill(&response, page);
	return call_reply_rest(call, &response.base) == OUTRIDER_OK
		       ? APP_MESSAGE
		       : APP_END;
}

/* ------------------------------------------------------------------ request */

static enum outrider_code read_held(struct repair *repair, struct held *out,
				    const Outrider__V1__HeldRecord *sent,
				    struct outrider_err *err)
{
	if (sent->id.len != sizeof(out->id.at) || sent->entry.len != PROOF_LEN)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "held",
			       "an id and an entry have 16 bytes");
	out->kind = sent->kind;
	memcpy(out->id.at, sent->id.data, sizeof(out->id.at));
	memcpy(out->entry, sent->entry.data, PROOF_LEN);
	if (!proof_mask_has(repair->mask,
			    sync_walk_bucket(&repair->walk, out->kind,
					     &out->id)))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "held",
			       "a record is of none of the buckets");
	return OUTRIDER_OK;
}

static enum outrider_code
read_request(struct repair *repair, const Request *request, struct arena *arena,
	     struct outrider_err *err)
{
	if (request->scope.len != SCOPE_LEN ||
	    request->buckets.len != PROOF_MASK_LEN)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "scope",
			       "a scope has 17 bytes, its buckets 32");
	memcpy(repair->scope.at, request->scope.data, SCOPE_LEN);
	memcpy(repair->mask, request->buckets.data, PROOF_MASK_LEN);
	repair->is_foreign =
		!cursor_find(&repair->walk.phone.at, &repair->scope);
	repair->n_held = request->n_held;
	repair->held = arena_alloc(
		arena, repair->n_held * sizeof(repair->held[0]) + 1);
	if (!repair->held)
		return err_call_full(err);
	for (size_t i = 0; i < repair->n_held; i++) {
		enum outrider_code code = read_held(repair, &repair->held[i],
						    request->held[i], err);

		if (code != OUTRIDER_OK)
			return code;
	}
	qsort(repair->held, repair->n_held, sizeof(repair->held[0]),
	      compare_held);
	for (size_t i = 1; i < repair->n_held; i++)
		if (compare_held(&repair->held[i - 1], &repair->held[i]) == 0)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, "held",
				       "a record is named twice");
	return OUTRIDER_OK;
}

enum outrider_code sync_repair_start(struct app_call *call)
{
	const Request *request =
		call_unpack(call, &outrider__v1__repair_request__descriptor);
	struct repair *repair = arena_alloc(&call->arena, sizeof(*repair));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!repair)
		return err_call_full(&call->err);
	code = sync_walk_begin(
		&repair->walk, &repair->is_behind, call,
		(struct bytes){ request->cursor.data, request->cursor.len },
		(struct bytes){ request->key.data, request->key.len });
	if (code == OUTRIDER_OK)
		code = read_request(repair, request, &call->arena, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	call->state = repair;
	call->next = next_page;
	return OUTRIDER_OK;
}
