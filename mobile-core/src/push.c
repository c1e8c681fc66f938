/*
 * push: pages of the outbox, and their answers.
 */
#include "push.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "pull.h"
#include "rpc.h"

enum {
	PAGE_MUTATIONS = 100,
	PAGE_BYTES = 64 * 1024,
	PAGE_FRAME = 256, /* of the request beside its mutations */
};

/* ---------------------------------------------------------------- request */

/* Reads the mutations of the next page into the work arena. */
static enum outrider_code collect(struct outrider *core, struct mutation **out,
				  size_t *n, struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	struct mutation *page;
	size_t bytes = PAGE_FRAME;

	*n = 0;
	page = arena_alloc(&core->work, PAGE_MUTATIONS * sizeof(*page));
	*out = page;
	if (page == NULL)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory.");
	for (size_t i = 0; i < outbox->n && *n < PAGE_MUTATIONS; i++) {
		enum outrider_code code;
		if (outbox->entries[i].seq <= core->device.acked_seq)
			continue;
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

enum outrider_code push_request(struct outrider *core, struct buffer *request,
				size_t *n, struct outrider_err *err)
{
	struct rpc_push push = {
		.incarnation = core->device.incarnation,
		.acked_seq = core->device.acked_seq,
	};
	struct mutation *page;
	enum outrider_code code = collect(core, &page, n, err);

	if (code != OUTRIDER_OK || *n == 0)
		return code;
	push.mutations = page;
	push.n = *n;
	return rpc_write_push(request, &push, err);
}

enum outrider_code push_contact(struct outrider *core, struct buffer *request,
				struct outrider_err *err)
{
	struct rpc_push push = {
		.incarnation = core->device.incarnation,
		.acked_seq = core->device.acked_seq,
	};

	return rpc_write_push(request, &push, err);
}

/* ----------------------------------------------------------------- answer */

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
			code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
				       "Out of memory.");
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
settle_card(struct outrider *core, struct arena *arena,
	    const struct mutation *m, const struct rpc_result *result,
	    struct outrider_err *err)
{
	struct card card;
	enum outrider_code code =
		cards_read(core, arena, &card, m->kind, &m->id, err);
	bool has_row = code == OUTRIDER_OK;
	bool tells = result->fields.len > 0 ||
		     !field_set_is_empty(&result->cleared);

	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	if (m->op == OUTBOX_DELETE)
		return cards_drop(core, m->kind, &m->id, err);
	/* A pull has brought it already, or has taken the card away. */
	if (has_row ? card.rev >= result->rev : m->op != OUTBOX_CREATE)
		return OUTRIDER_OK;
	/* What stands instead was too large for an answer: the pull tells. */
	if (result->outcome == RPC_MERGED && !tells)
		return OUTRIDER_OK;
	if (!has_row) {
		card = (struct card){
			.kind = m->kind,
			.id = m->id,
			.rev = result->rev,
		};
		code = pull_generation(core, &card.generation, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	code = splice(core, arena, &card, m->fields, &m->cleared, err);
	if (code == OUTRIDER_OK && result->outcome == RPC_MERGED)
		code = splice(core, arena, &card, result->fields,
			      &result->cleared, err);
	return code == OUTRIDER_OK ? cards_write(core, &card, err) : code;
}

static enum outrider_code settle(struct outrider *core, uint64_t seq,
				 const struct rpc_result *result,
				 struct arena *arena, struct outrider_err *err)
{
	struct mutation m;
	enum outrider_code code = outbox_read(core, arena, &m, seq, err);

	if (code != OUTRIDER_OK)
		return code;
	if (result->outcome == RPC_REJECTED) {
		code = outbox_park(core, arena, seq, result->code,
				   result->field_path, result->reason, err);
	} else {
		code = settle_card(core, arena, &m, result, err);
		if (code == OUTRIDER_OK)
			code = outbox_remove(core, seq, err);
	}
	return code == OUTRIDER_OK ? cards_changed(core, m.kind, &m.id, err)
				   : code;
}

static enum outrider_code settle_all(struct outrider *core,
				     const struct rpc_result *results, size_t n,
				     struct outrider_err *err)
{
	struct arena arena;
	enum outrider_code code = OUTRIDER_OK;
	uint64_t seq = core->device.acked_seq;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		arena_reset(&arena);
		code = settle(core, ++seq, &results[i], &arena, err);
	}
	arena_free(&arena);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	core->device.acked_seq = seq;
	code = device_save(core, err);
	return code == OUTRIDER_OK ? agenda_set_windows(core, err) : code;
}

/* Who is told of what: after it is durable. */
struct notice {
	struct uuid id;
	enum outrider_event_type type;
};

static size_t list_notices(const struct outrider *core, struct notice *out,
			   const struct rpc_result *results, size_t n)
{
	const struct outbox *outbox = &core->outbox;
	size_t n_out = 0, at = 0;

	while (at < outbox->n &&
	       outbox->entries[at].seq <= core->device.acked_seq)
		at++;
	for (size_t i = 0; i < n && at + i < outbox->n; i++) {
		if (results[i].outcome == RPC_APPLIED)
			continue;
		out[n_out++] = (struct notice){
			.id = outbox->entries[at + i].id,
			.type = results[i].outcome == RPC_MERGED
					? OUTRIDER_EVENT_MERGED
					: OUTRIDER_EVENT_PARKED,
		};
	}
	return n_out;
}

enum outrider_code push_answered(struct outrider *core, size_t n,
				 struct bytes response,
				 struct outrider_err *err)
{
	struct notice notices[PAGE_MUTATIONS];
	struct rpc_result *results;
	enum outrider_code code;
	size_t n_results, n_notices;

	code = rpc_read_pushed(&results, &n_results, &core->work, response,
			       err);
	if (code != OUTRIDER_OK)
		return code;
	if (n_results != n)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server answered %zu of %zu mutations.",
			       n_results, n);
	n_notices = list_notices(core, notices, results, n);
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, settle_all(core, results, n, err),
				   err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n_notices; i++)
		events_push(&core->events, notices[i].type, notices[i].id.at,
			    OUTRIDER_OK, NULL);
	return code;
}
