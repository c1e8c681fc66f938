/*
 * pull: one record at a time, inside the page's transaction.
 */
#include "pull.h"

#include <string.h>

#include "cards.h"
#include "conflicts.h"
#include "core.h"
#include "drafts.h"
#include "files.h"
#include "model/wire.h"
#include "rows.h"
#include "rpc.h"

static const char ROW_ID[] = "pull";

/* The row, as protobuf fields: never renumber. */
enum {
	PULL_CURSOR = 1,
	PULL_GENERATION = 2,
	PULL_IS_FILLING = 3,
	PULL_HAS_UNNAMED = 4,
	PULL_IS_ELSEWHERE = 5,
	PULL_PROVED = 6,
	PULL_IS_PROOF_WANTED = 7,
};

struct pull_state {
	struct bytes cursor; /* empty: from the beginning */
	uint64_t generation;
	bool is_filling;   /* its run hasn't reached the head */
	bool is_elsewhere; /* ... of what may be another history */
	/* The phone made cards that no pull has named yet. */
	bool has_unnamed;
	int64_t proved_us; /* the cards were those of the server */
	bool is_proof_wanted;
};

/* ------------------------------------------------------------------ cursor */

static enum outrider_code state_read(struct outrider *core,
				     struct pull_state *out,
				     struct outrider_err *err)
{
	struct bytes plain;
	struct wire_reader reader;
	struct wire_field field;
	enum outrider_code code;
	int more;

	*out = (struct pull_state){ .generation = 1, .is_filling = true };
	code = rows_get(core, &core->work, &plain, NULL, REPLICA_cards_state,
			ROW_ID, sizeof(ROW_ID), err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	reader = wire_read(plain);
	while ((more = wire_next(&reader, &field)) > 0) {
		if (field.number == PULL_CURSOR)
			out->cursor = field.value;
		else if (field.number == PULL_GENERATION)
			out->generation = field.scalar;
		else if (field.number == PULL_IS_FILLING)
			out->is_filling = field.scalar != 0;
		else if (field.number == PULL_HAS_UNNAMED)
			out->has_unnamed = field.scalar != 0;
		else if (field.number == PULL_IS_ELSEWHERE)
			out->is_elsewhere = field.scalar != 0;
		else if (field.number == PULL_PROVED)
			out->proved_us = (int64_t)field.scalar;
		else if (field.number == PULL_IS_PROOF_WANTED)
			out->is_proof_wanted = field.scalar != 0;
	}
	return more == 0 ? OUTRIDER_OK
			 : err_set(err, OUTRIDER_DATA_LOSS, NULL,
				   "The cursor's row is damaged.");
}

static enum outrider_code state_write(struct outrider *core,
				      const struct pull_state *state,
				      struct outrider_err *err)
{
	struct buffer *plain = rows_make(core);

	wire_put_bytes(plain, PULL_CURSOR, state->cursor.at, state->cursor.len);
	wire_put_scalar(plain, PULL_GENERATION, state->generation);
	wire_put_scalar(plain, PULL_IS_FILLING, state->is_filling);
	wire_put_scalar(plain, PULL_HAS_UNNAMED, state->has_unnamed);
	wire_put_scalar(plain, PULL_IS_ELSEWHERE, state->is_elsewhere);
	wire_put_scalar(plain, PULL_PROVED, (uint64_t)state->proved_us);
	wire_put_scalar(plain, PULL_IS_PROOF_WANTED, state->is_proof_wanted);
	return rows_put_made(core, REPLICA_cards_state, ROW_ID, sizeof(ROW_ID),
			     0, err);
}

enum outrider_code
pull_expect(struct outrider *core, uint64_t *out, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	*out = state.generation;
	if (code != OUTRIDER_OK || state.has_unnamed)
		return code;
	state.has_unnamed = true;
	return state_write(core, &state, err);
}

enum outrider_code pull_request(struct outrider *core, struct buffer *request,
				struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	if (code != OUTRIDER_OK)
		return code;
	return rpc_write_pull(request, state.cursor, core->device.incarnation,
			      core->device.acked_seq - core->device.seq_base,
			      err);
}

static enum outrider_code
begin_anew(struct outrider *core, bool is_elsewhere, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	if (code != OUTRIDER_OK)
		return code;
	state.cursor = (struct bytes){ NULL, 0 };
	/* A row that was lost or put back doesn't know of later ones. */
	if (state.generation < core->newest_generation)
		state.generation = core->newest_generation;
	state.generation++;
	state.is_filling = true;
	state.is_elsewhere |= is_elsewhere;
	return state_write(core, &state, err);
}

enum outrider_code
pull_begin_anew(struct outrider *core, struct outrider_err *err)
{
	return begin_anew(core, false, err);
}

enum outrider_code
pull_begin_elsewhere(struct outrider *core, struct outrider_err *err)
{
	return begin_anew(core, true, err);
}

enum outrider_code
pull_holds_back_push(struct outrider *core, bool *out, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	*out = state.is_elsewhere;
	return code;
}

enum outrider_code
pull_cursor(struct outrider *core, struct bytes *out, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	*out = state.cursor;
	return code;
}

/* ------------------------------------------------------------ when to prove */

/* 20 to 28 hours, by the device: not all of a firm's phones at once. */
static int64_t proof_pause_us(const struct outrider *core)
{
	const uint8_t *id = core->device.id.at;
	int64_t spread_s = (id[15] << 8 | id[14]) % (8 * 3600);

	return (INT64_C(20) * 3600 + spread_s) * 1000000;
}

enum outrider_code
pull_proof_is_due(struct outrider *core, bool *out, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);
	int64_t since_us = core->now_us - state.proved_us;

	/* A clock that was set back doesn't put it off. */
	*out = !state.is_filling && (state.is_proof_wanted || since_us < 0 ||
				     since_us >= proof_pause_us(core));
	return code;
}

enum outrider_code
pull_ask_proof(struct outrider *core, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	state.is_proof_wanted = true;
	return code == OUTRIDER_OK ? state_write(core, &state, err) : code;
}

enum outrider_code pull_proved(struct outrider *core, struct outrider_err *err)
{
	struct pull_state state;
	enum outrider_code code = state_read(core, &state, err);

	state.is_proof_wanted = false;
	state.proved_us = core->now_us;
	return code == OUTRIDER_OK ? state_write(core, &state, err) : code;
}

/* ------------------------------------------------------------- memberships */

static size_t scope_find(const struct card *card, const uint8_t *scope)
{
	size_t i = 0;

	while (i < card->n_scopes &&
	       memcmp(card->scopes[i], scope, CARD_SCOPE_LEN) != 0)
		i++;
	return i;
}

static bool scope_add(struct card *card, const uint8_t *scope)
{
	if (scope_find(card, scope) < card->n_scopes)
		return true;
	if (card->n_scopes == CARD_SCOPES_MAX)
		return false;
	memcpy(card->scopes[card->n_scopes++], scope, CARD_SCOPE_LEN);
	return true;
}

static bool scope_remove(struct card *card, const uint8_t *scope)
{
	size_t i = scope_find(card, scope);

	if (i == card->n_scopes)
		return false;
	card->n_scopes--;
	if (i < card->n_scopes)
		memcpy(card->scopes[i], card->scopes[card->n_scopes],
		       CARD_SCOPE_LEN);
	return true;
}

/* ----------------------------------------------------------------- records */

/* A page on its way in. */
struct intake {
	struct outrider *core;
	const struct rpc_page *page;
	struct pull_state state;
	struct pull_news *news;
	struct arena arena; /* for one record */
	bool has_swept;
};

static enum outrider_code no_fit(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_ABORTED, NULL,
		       "The server's page doesn't fit what is on the phone.");
}

static enum outrider_code splice(struct intake *intake, struct card *card,
				 const struct rpc_record *record,
				 struct outrider_err *err)
{
	static const struct message unknown = { .name = "" };
	const struct entity *entity = schema_entity(record->kind);
	struct buffer spliced;
	enum outrider_code code;

	buffer_init(&spliced, &intake->core->allocator, CARD_FIELDS_MAX);
	code = fields_splice(&spliced,
			     entity != NULL ? entity->message : &unknown,
			     card->fields, record->fields, &record->cleared,
			     err);
	if (code == OUTRIDER_OK) {
		card->fields =
			arena_copy(&intake->arena, spliced.at, spliced.len);
		if (card->fields.at == NULL)
			code = err_no_memory(err);
	} else if (code == OUTRIDER_INVALID_ARGUMENT) {
		code = no_fit(err);
	}
	buffer_free(&spliced);
	return code;
}

static bool set_memberships(struct intake *intake, struct card *card,
			    const struct rpc_record *record)
{
	const uint8_t *scopes = intake->page->scopes;

	for (size_t i = 0; i < record->n_left; i++)
		(void)scope_remove(card, scopes + (size_t)record->left[i] *
							  CARD_SCOPE_LEN);
	for (size_t i = 0; i < record->n_entered; i++)
		if (!scope_add(card, scopes + (size_t)record->entered[i] *
						      CARD_SCOPE_LEN))
			return false;
	return true;
}

static bool tells_fields(const struct rpc_record *record)
{
	return record->is_whole || record->fields.len > 0 ||
	       !field_set_is_empty(&record->cleared);
}

/*
 * The card as it is after the record; *stays false: it is gone.
 * Errors: ABORTED (a delta upon what the phone doesn't have).
 */
static enum outrider_code
apply(struct intake *intake, struct card *card, bool *stays, bool has_row,
      const struct rpc_record *record, struct outrider_err *err)
{
	bool is_older;
	enum outrider_code code = OUTRIDER_OK;

	*stays = false;
	if (record->is_deleted)
		return OUTRIDER_OK;
	if (!has_row) {
		/* It never was here, or has gone: nothing to take away. */
		if (!tells_fields(record) && record->n_entered == 0)
			return OUTRIDER_OK;
		if (!record->is_whole)
			return no_fit(err);
		card->kind = record->kind;
		card->id = record->id;
		card->rev = card->generation = 0;
		card->stored = (struct bytes){ NULL, 0 };
		card->n_scopes = 0;
	}
	if (record->is_whole)
		card->fields = record->fields;
	else
		code = splice(intake, card, record, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Those of another history end with it. */
	is_older = card->generation < intake->state.generation;
	if (record->is_whole && is_older) {
		card->n_scopes = 0;
		if (record->rev < card->rev)
			intake->state.is_elsewhere = true;
		card->rev = record->rev;
	}
	if (!set_memberships(intake, card, record))
		return no_fit(err);
	if (record->rev > card->rev)
		card->rev = record->rev;
	/* In a run that fills the phone anew what lies in a scope comes whole:
	 * else it is told of as left, and what it was before is swept. */
	if (record->is_whole || !is_older)
		card->generation = intake->state.generation;
	/* One's own new card waits without a scope until a pull names it. */
	*stays = card->n_scopes > 0 || record->n_left == 0;
	return OUTRIDER_OK;
}

static enum outrider_code take_record(void *user,
				      const struct rpc_record *record,
				      struct outrider_err *err)
{
	struct intake *intake = user;
	struct outrider *core = intake->core;
	struct card card;
	bool has_row, stays;
	enum outrider_code code = OUTRIDER_NOT_FOUND;

	if (cards_has(core, record->kind, &record->id)) {
		arena_reset(&intake->arena);
		code = cards_read(core, &intake->arena, &card, record->kind,
				  &record->id, err);
	}
	has_row = code == OUTRIDER_OK;
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	code = apply(intake, &card, &stays, has_row, record, err);
	if (code != OUTRIDER_OK)
		return code;
	if (stays)
		code = cards_write(core, &card, err);
	else if (has_row)
		code = cards_drop(core, record->kind, &record->id, err);
	if (code == OUTRIDER_OK && has_row && !stays)
		code = outbox_forget_seen(core, record->kind, &record->id, err);
	/* One's own edit come back shows as it did. */
	if (code != OUTRIDER_OK || (has_row && stays && !tells_fields(record)))
		return code;
	return cards_changed_to(core, stays ? &card : NULL, record->kind,
				&record->id, err);
}

/* ------------------------------------------------ cards that go all at once */

struct card_name {
	struct uuid id;
	uint32_t kind;
};

/* Which cards a walk has found; they are changed after it. */
struct found {
	const struct intake *intake;
	struct buffer names;
};

static enum outrider_code
note(struct found *found, const struct card *card, struct outrider_err *err)
{
	struct card_name name = { card->id, card->kind };

	buffer_append(&found->names, &name, sizeof(name));
	return found->names.is_full ? err_no_memory(err) : OUTRIDER_OK;
}

static enum outrider_code
note_lost(void *user, const struct card *card, struct outrider_err *err)
{
	struct found *found = user;
	const struct rpc_page *page = found->intake->page;

	for (size_t i = 0; i < page->n_lost_scopes; i++)
		if (scope_find(card, page->lost_scopes + i * CARD_SCOPE_LEN) <
		    card->n_scopes)
			return note(found, card, err);
	return OUTRIDER_OK;
}

static enum outrider_code
note_old(void *user, const struct card *card, struct outrider_err *err)
{
	struct found *found = user;

	if (card->generation >= found->intake->state.generation)
		return OUTRIDER_OK;
	return note(found, card, err);
}

/* A new card of one's own that a pull has not named by the head: somebody has
 * taken it out of sight since the server took it. */
static enum outrider_code
note_unnamed(void *user, const struct card *card, struct outrider_err *err)
{
	return card->n_scopes > 0 ? OUTRIDER_OK : note(user, card, err);
}

static enum outrider_code drop(struct outrider *core,
			       const struct card_name *name,
			       struct outrider_err *err)
{
	enum outrider_code code = cards_drop(core, name->kind, &name->id, err);

	if (code == OUTRIDER_OK)
		code = outbox_forget_seen(core, name->kind, &name->id, err);
	if (code != OUTRIDER_OK)
		return code;
	return cards_changed_to(core, NULL, name->kind, &name->id, err);
}

/* Ends the card's memberships in the lost scopes; without any left, it goes. */
static enum outrider_code lose(struct intake *intake,
			       const struct card_name *name,
			       struct outrider_err *err)
{
	const struct rpc_page *page = intake->page;
	struct card card;
	enum outrider_code code;

	arena_reset(&intake->arena);
	code = cards_read(intake->core, &intake->arena, &card, name->kind,
			  &name->id, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < page->n_lost_scopes; i++)
		(void)scope_remove(&card,
				   page->lost_scopes + i * CARD_SCOPE_LEN);
	return card.n_scopes > 0 ? cards_write(intake->core, &card, err)
				 : drop(intake->core, name, err);
}

static enum outrider_code for_each_found(struct intake *intake, cards_fn *look,
					 bool is_lost, struct outrider_err *err)
{
	struct found found = { .intake = intake };
	struct card_name name;
	enum outrider_code code;

	buffer_init(&found.names, &intake->core->allocator, SIZE_MAX / 4);
	code = cards_each(intake->core, look, &found, err);
	intake->has_swept |= found.names.len > 0;
	for (size_t i = 0; code == OUTRIDER_OK && i < found.names.len;
	     i += sizeof(name)) {
		memcpy(&name, found.names.at + i, sizeof(name));
		code = is_lost ? lose(intake, &name, err)
			       : drop(intake->core, &name, err);
	}
	buffer_free(&found.names);
	return code;
}

/* -------------------------------------------------------------------- page */

/* What hung on cards that the pull has taken away goes with them. A card may
 * come again by another scope before that, even on the same page. */
static enum outrider_code
sweep_gone(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code;

	core->is_taking_page = core->has_gone = false;
	code = files_sweep(core, err);
	if (code == OUTRIDER_OK)
		code = drafts_sweep(core, err);
	return code == OUTRIDER_OK ? conflicts_sweep(core, err) : code;
}

/* The phone is full: what wasn't in the run isn't on the server. */
static enum outrider_code
end_generation(struct intake *intake, struct outrider_err *err)
{
	struct pull_state *state = &intake->state;
	enum outrider_code code = OUTRIDER_OK;

	/* Of the first generation none is older. */
	if (state->generation > 1)
		code = for_each_found(intake, note_old, false, err);
	if (code == OUTRIDER_OK)
		code = sweep_gone(intake->core, err);
	if (code == OUTRIDER_OK && state->is_elsewhere)
		code = outbox_rebase(intake->core, &intake->news->has_renewed,
				     err);
	/* What has come for the first time was never changed here. */
	if (state->generation > 1)
		state->is_proof_wanted = true;
	else
		state->proved_us = intake->core->now_us;
	state->is_filling = state->is_elsewhere = false;
	return code;
}

static enum outrider_code
take_page(struct intake *intake, struct outrider_err *err)
{
	const struct rpc_page *page = intake->page;
	struct pull_state *state = &intake->state;
	struct outrider *core = intake->core;
	enum outrider_code code = OUTRIDER_OK;

	core_touch(core, CORE_CARDS);
	/* Before its records: they may have come in by another scope. */
	if (page->n_lost_scopes > 0)
		code = for_each_found(intake, note_lost, true, err);
	if (code == OUTRIDER_OK)
		code = rpc_each_record(page, &core->allocator, take_record,
				       intake, err);
	if (code == OUTRIDER_OK && page->is_head && state->has_unnamed) {
		code = for_each_found(intake, note_unnamed, false, err);
		state->has_unnamed = false;
	}
	/* What follows uses up the memory that the page was read into. */
	state->cursor =
		arena_copy(&intake->arena, page->cursor.at, page->cursor.len);
	if (code == OUTRIDER_OK && state->cursor.at == NULL)
		code = err_no_memory(err);
	if (code == OUTRIDER_OK && page->is_head && state->is_filling)
		code = end_generation(intake, err);
	else if (code == OUTRIDER_OK && page->is_head && core->has_gone)
		code = sweep_gone(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = state_write(core, state, err);
	if (code == OUTRIDER_OK && page->is_head) {
		core_touch(core, CORE_DEVICE);
		core->device.synced_us = core->now_us;
		device_renew_lease(core);
		code = device_save(core, err);
	}
	return code == OUTRIDER_OK ? agenda_set_windows(core, err) : code;
}

enum outrider_code pull_page(struct outrider *core, struct pull_news *news,
			     struct bytes response, struct outrider_err *err)
{
	struct rpc_page page;
	struct intake intake = { .core = core, .page = &page, .news = news };
	enum outrider_code code;

	code = rpc_read_page(&page, &core->work, response, err);
	*news = (struct pull_news){
		.n_records = page.n_records,
		.is_head = page.is_head,
	};
	/* Without a cursor it can't be the base of the next. */
	if (code == OUTRIDER_OK && page.cursor.len == 0)
		code = err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's page makes no sense.");
	if (code == OUTRIDER_OK)
		code = state_read(core, &intake.state, err);
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	arena_init(&intake.arena, &core->allocator, core->work.ceiling);
	core->is_taking_page = true;
	code = take_page(&intake, err);
	core->is_taking_page = false;
	arena_free(&intake.arena);
	code = core_finish(core, code, err);
	/* What its user may not see any more isn't left in the log either. */
	if (code == OUTRIDER_OK && intake.has_swept)
		(void)!replica_checkpoint(core->replica, NULL);
	return code;
}

/* ------------------------------------------------------------------ repair */

/* The card is what the record says, whatever it was. */
static enum outrider_code repair_record(void *user,
					const struct rpc_record *record,
					struct outrider_err *err)
{
	struct intake *intake = user;
	struct card card = { .kind = record->kind, .id = record->id };
	struct card_name name = { record->id, record->kind };
	enum outrider_code code;

	if (!record->is_exact)
		return no_fit(err);
	if (record->is_deleted || record->n_entered == 0)
		return drop(intake->core, &name, err);
	if (!record->is_whole || !set_memberships(intake, &card, record))
		return no_fit(err);
	card.rev = record->rev;
	card.generation = intake->state.generation;
	card.fields = record->fields;
	code = cards_write(intake->core, &card, err);
	return code == OUTRIDER_OK
		       ? cards_changed_to(intake->core, &card, record->kind,
					  &record->id, err)
		       : code;
}

enum outrider_code pull_repair(struct outrider *core, size_t *n_records,
			       struct bytes response, struct outrider_err *err)
{
	struct rpc_page page;
	struct intake intake = { .core = core, .page = &page };
	enum outrider_code code;

	code = rpc_read_page(&page, &core->work, response, err);
	*n_records = page.n_records;
	if (code == OUTRIDER_OK)
		code = state_read(core, &intake.state, err);
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_CARDS);
	arena_init(&intake.arena, &core->allocator, core->work.ceiling);
	code = rpc_each_record(&page, &core->allocator, repair_record, &intake,
			       err);
	if (code == OUTRIDER_OK)
		code = agenda_set_windows(core, err);
	arena_free(&intake.arena);
	return core_finish(core, code, err);
}
