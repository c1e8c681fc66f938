/*
 * push: pages of the outbox, and their answers.
 */
#include "push.h"

#include <stdio.h>
#include <string.h>

#include "cards.h"
#include "conflicts.h"
#include "core.h"
#include "files_sync.h"
#include "pull.h"
#include "rpc.h"

enum {
	PAGE_MUTATIONS = 500,
	PAGE_LEAST = 16, /* no failure makes pages smaller */
	PAGE_BYTES = 64 * 1024,
	PAGE_FRAME = 256, /* of the request beside its mutations */
	REQUEST_MAX = 1 << 20,
};

/* ---------------------------------------------------------------- request */

void push_init(struct push *push, const struct allocator *allocator)
{
	*push = (struct push){
		.page_most = PAGE_MUTATIONS,
		.page_now = PAGE_MUTATIONS,
	};
	buffer_init(&push->request, allocator, REQUEST_MAX);
}

void push_set_page(struct outrider *core, size_t most)
{
	core->push.page_most = core->push.page_now = most;
}

void push_came_to_nothing(struct outrider *core)
{
	struct push *push = &core->push;
	const size_t half = push->under_way.n / 2;

	push->page_now = half > PAGE_LEAST ? half : PAGE_LEAST;
	if (push->page_now > push->page_most)
		push->page_now = push->page_most;
}

void push_came_through(struct outrider *core)
{
	core->push.page_now = core->push.page_most;
}

/* Reads a page of the mutations behind a number into the work arena. */
static enum outrider_code collect(struct outrider *core, struct mutation **out,
				  size_t *n, uint64_t behind_seq,
				  struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	const size_t most = core->push.page_now;
	struct mutation *page;
	size_t bytes = PAGE_FRAME;

	*n = 0;
	page = arena_alloc(&core->work, most * sizeof(*page));
	*out = page;
	if (page == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < outbox->n && *n < most; i++) {
		enum outrider_code code;
		if (outbox->entries[i].seq <= behind_seq)
			continue;
		/* Its content goes up first. */
		if (files_holds_back(core, &outbox->entries[i]))
			break;
		outbox_look_ahead(core, outbox->entries[i].seq);
		code = outbox_read(core, &core->work, &page[*n],
				   outbox->entries[i].seq, err);
		if (code != OUTRIDER_OK)
			return code;
		bytes += rpc_mutation_bound(&page[*n]);
		if (*n > 0 && bytes > PAGE_BYTES)
			break;
		++*n;
	}
	return OUTRIDER_OK;
}

/* What is said of the outbox: answers up to where they are on the disk. */
static struct rpc_push head_of(const struct outrider *core)
{
	return (struct rpc_push){
		.incarnation = core->device.incarnation,
		.acked_seq = core->device.acked_seq,
		.seq_base = core->device.seq_base,
	};
}

/* Of no mutations where none waits behind the number. */
static enum outrider_code
write_page(struct outrider *core, struct push_page *out, struct buffer *request,
	   uint64_t behind_seq, struct outrider_err *err)
{
	struct rpc_push push = head_of(core);
	struct mutation *mutations;
	enum outrider_code code;

	*out = (struct push_page){ .n = 0 };
	code = collect(core, &mutations, &push.n, behind_seq, err);
	if (code != OUTRIDER_OK || push.n == 0)
		return code;
	push.mutations = mutations;
	code = rpc_write_push(request, &push, err);
	if (code == OUTRIDER_OK)
		*out = (struct push_page){
			.n = push.n,
			.last_seq = mutations[push.n - 1].seq,
		};
	return code;
}

enum outrider_code push_request(struct outrider *core, struct buffer *request,
				struct outrider_err *err)
{
	enum outrider_code code = write_page(core, &core->push.under_way,
					     request, core->device.acked_seq,
					     err);

	if (core->push.under_way.n > 0)
		files_pushed(core);
	return code;
}

enum outrider_code push_contact(struct outrider *core, struct buffer *request,
				struct outrider_err *err)
{
	struct rpc_push push = head_of(core);

	core->push.under_way = (struct push_page){ .n = 0 };
	return rpc_write_push(request, &push, err);
}

/* The rows of its mutations are open already, since they were written into the
 * request. */
static void look_ahead(struct outrider *core)
{
	const struct outbox *outbox = &core->outbox;

	for (size_t i = 0; i < outbox->n; i++) {
		const struct outbox_entry *entry = &outbox->entries[i];

		if (entry->seq > core->push.under_way.last_seq)
			break;
		if (entry->seq > core->device.acked_seq)
			cards_look_ahead(core, entry->kind, &entry->id);
	}
}

/* ------------------------------------------------------- the one behind it */

static void drop_ready(struct push *push)
{
	buffer_free(&push->request);
	push->next = (struct push_page){ .n = 0 };
}

void push_use_wait(struct outrider *core)
{
	struct push *push = &core->push;
	struct outrider_err err;

	drop_ready(push);
	if (push->under_way.n == 0)
		return;
	if (write_page(core, &push->next, &push->request,
		       push->under_way.last_seq, &err) != OUTRIDER_OK)
		drop_ready(push);
	look_ahead(core);
}

bool push_take_ready(struct outrider *core, struct buffer *request)
{
	struct push *push = &core->push;

	if (push->next.n == 0)
		return false;
	*request = push->request;
	push->under_way = push->next;
	push->next = (struct push_page){ .n = 0 };
	buffer_init(&push->request, request->allocator, REQUEST_MAX);
	files_pushed(core);
	return true;
}

void push_forget_wait(struct outrider *core)
{
	drop_ready(&core->push);
	row_ahead_clear(&core->ahead);
}

/* ----------------------------------------------------------------- answer */

/* MERGED: what stands instead is in the answer; else the pull tells. */
static bool result_tells(const struct rpc_result *result)
{
	return result->fields.len > 0 || !field_set_is_empty(&result->cleared);
}

/* Puts one more patch on the card's fields, in the arena. */
static enum outrider_code splice(struct outrider *core, struct arena *arena,
				 struct card *card, struct bytes fields,
				 const struct field_set *cleared,
				 struct outrider_err *err)
{
	const struct entity *entity = schema_entity(card->kind);
	struct buffer spliced;
	enum outrider_code code;

	if (entity == NULL)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The outbox has a record of no known kind.");
	buffer_init(&spliced, &core->allocator, CARD_FIELDS_MAX);
	code = fields_splice(&spliced, entity->message, card->fields, fields,
			     cleared, err);
	if (code == OUTRIDER_OK) {
		card->fields = arena_copy(arena, spliced.at, spliced.len);
		if (card->fields.at == NULL)
			code = err_no_memory(err);
	} else if (code == OUTRIDER_INVALID_ARGUMENT) {
		code = err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's answer makes no sense.");
	}
	buffer_free(&spliced);
	return code;
}

/*
 * The server's state of the card after the mutation. Its revision stays what
 * the pulls made it: others may have written between that and the result's,
 * and the phone hasn't seen it. Only a card that is new has no "between".
 */
static enum outrider_code
settle_card(struct outrider *core, struct card *card, bool *is_written,
	    struct arena *arena, const struct mutation *m,
	    const struct rpc_result *result, struct outrider_err *err)
{
	enum outrider_code code =
		cards_read(core, arena, card, m->kind, &m->id, err);
	bool has_row = code == OUTRIDER_OK;

	*is_written = false;
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	/* Somebody brought it back since, and a page has told of that. */
	if (m->op == OUTBOX_DELETE && has_row && card->rev > result->rev)
		return OUTRIDER_OK;
	if (m->op == OUTBOX_DELETE)
		return cards_drop(core, m->kind, &m->id, err);
	/* A pull has brought it already, or has taken the card away. */
	if (has_row ? card->rev >= result->rev : m->op != OUTBOX_CREATE)
		return OUTRIDER_OK;
	/* What stands instead was too large for an answer: the pull tells. */
	if (result->outcome == RPC_MERGED && !result_tells(result))
		return OUTRIDER_OK;
	if (!has_row) {
		*card = (struct card){
			.kind = m->kind,
			.id = m->id,
			.rev = result->rev,
		};
		code = pull_expect(core, &card->generation, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	code = splice(core, arena, card, m->fields, &m->cleared, err);
	if (code == OUTRIDER_OK && result->outcome == RPC_MERGED)
		code = splice(core, arena, card, result->fields,
			      &result->cleared, err);
	if (code == OUTRIDER_OK)
		code = cards_write(core, card, err);
	*is_written = code == OUTRIDER_OK;
	return code;
}

/* Who is told of what: after it is durable. */
struct notice {
	enum outrider_event_type type; /* NONE: nobody */
	struct uuid id;
	uint32_t kind;
	struct field_set lost, asked; /* MERGED */
};

static bool same_bytes(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

/* The fields that the server says don't stand as they were sent; where its
 * words would have been too large for an answer, all that were sent. */
static struct field_set
lost_fields(const struct mutation *m, const struct rpc_result *result)
{
	struct field_set lost = { { 0 } };

	for (uint32_t number = 1; number < 256; number++) {
		struct bytes stands = conflicts_slice(result->fields, number);
		bool is_told = stands.len > 0 ||
			       field_set_has(&result->cleared, number);
		/* What the rep may not see of a field made it another. */
		if (is_told &&
		    same_bytes(stands, conflicts_slice(m->fields, number)))
			continue;
		if (is_told || field_set_has(&result->asked, number) ||
		    (!result_tells(result) && mutation_has(m, number)))
			field_set_add(&lost, number);
	}
	return lost;
}

/* After the card's row: the rep's words that lost are kept. */
static enum outrider_code
settle_merged(struct outrider *core, struct arena *arena, struct notice *notice,
	      const struct mutation *m, const struct rpc_result *result,
	      struct outrider_err *err)
{
	const struct conflict_news news = {
		.mutation = m,
		.lost = lost_fields(m, result),
		.asked = result->asked,
		.is_known = result_tells(result),
	};
	struct field_set kept;
	enum outrider_code code;

	if (m->op == OUTBOX_DELETE || field_set_is_empty(&news.lost))
		return OUTRIDER_OK;
	code = conflicts_keep(core, &kept, arena, &news, err);
	notice->type = OUTRIDER_EVENT_MERGED;
	notice->lost = kept;
	for (size_t i = 0; i < 4; i++)
		notice->asked.bits[i] = kept.bits[i] & result->asked.bits[i];
	return code;
}

static enum outrider_code settle(struct outrider *core, uint64_t seq,
				 struct notice *notice,
				 const struct rpc_result *result,
				 struct arena *arena, struct outrider_err *err)
{
	struct mutation m;
	struct card card;
	bool is_written = false;
	enum outrider_code code = outbox_read(core, arena, &m, seq, err);

	if (code != OUTRIDER_OK)
		return code;
	*notice = (struct notice){ .kind = m.kind, .id = m.id };
	if (result->outcome == RPC_REJECTED) {
		notice->type = OUTRIDER_EVENT_PARKED;
		code = outbox_park(core, arena, seq, result->code,
				   result->field_path, result->reason, err);
	} else {
		/* At once: what its row's tag is was just seen. */
		code = outbox_remove(core, seq, err);
		if (code == OUTRIDER_OK)
			code = settle_card(core, &card, &is_written, arena, &m,
					   result, err);
		if (code == OUTRIDER_OK && result->outcome == RPC_MERGED)
			code = settle_merged(core, arena, notice, &m, result,
					     err);
	}
	if (code != OUTRIDER_OK)
		return code;
	if (!is_written)
		return cards_changed(core, m.kind, &m.id, err);
	/* What was shown was the card with the edit on it. */
	if (m.op == OUTBOX_UPDATE && result->outcome == RPC_APPLIED)
		return cards_caught_up(core, &card, err);
	return cards_changed_to(core, &card, m.kind, &m.id, err);
}

static enum outrider_code
settle_all(struct outrider *core, struct notice *notices,
	   const struct rpc_result *results, size_t n, struct outrider_err *err)
{
	struct arena arena;
	enum outrider_code code = OUTRIDER_OK;
	uint64_t seq = core->device.acked_seq;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		arena_reset(&arena);
		code = settle(core, ++seq, &notices[i], &results[i], &arena,
			      err);
	}
	arena_free(&arena);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	core->device.acked_seq = seq;
	code = device_save(core, err);
	return code == OUTRIDER_OK ? agenda_set_windows(core, err) : code;
}

/* "amount_minor, title" */
static void name_fields(char *out, size_t size, uint32_t kind,
			const struct field_set *which)
{
	const struct entity *entity = schema_entity(kind);
	size_t len = 0;

	out[0] = 0;
	for (uint32_t number = 1; entity != NULL && number < 256; number++) {
		const struct field *field =
			message_field(entity->message, number);
		if (field == NULL || !field_set_has(which, number) ||
		    len + strlen(field->name) + 3 > size)
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s",
					len > 0 ? ", " : "", field->name);
	}
}

static void tell(struct outrider *core, const struct notice *notice)
{
	char names[256];

	if (notice->type == OUTRIDER_EVENT_NONE)
		return;
	name_fields(names, sizeof(names), notice->kind, &notice->lost);
	events_push(&core->events, notice->type, notice->id.at, OUTRIDER_OK,
		    "%s", names);
	if (field_set_is_empty(&notice->asked))
		return;
	name_fields(names, sizeof(names), notice->kind, &notice->asked);
	events_push(&core->events, OUTRIDER_EVENT_ASKED, notice->id.at,
		    OUTRIDER_OK, "%s", names);
}

enum outrider_code push_read(struct outrider *core, struct push_answer *out,
			     size_t n, struct bytes response,
			     struct outrider_err *err)
{
	enum outrider_code code = rpc_read_pushed(&out->results, &out->n,
						  &core->work, response, err);

	if (code != OUTRIDER_OK || out->n == n)
		return code;
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "The server answered %zu of %zu mutations.", out->n, n);
}

enum outrider_code push_settle(struct outrider *core,
			       const struct push_answer *answer,
			       struct outrider_err *err)
{
	struct notice *notices;
	enum outrider_code code;

	notices = arena_alloc(&core->work, (answer->n + 1) * sizeof(*notices));
	if (notices == NULL)
		return err_no_memory(err);
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core,
				   settle_all(core, notices, answer->results,
					      answer->n, err),
				   err);
	for (size_t i = 0; code == OUTRIDER_OK && i < answer->n; i++)
		tell(core, &notices[i]);
	return code;
}
