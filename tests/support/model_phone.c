/*
 * A phone in the fewest lines: see model_phone.h.
 */
#include "model_phone.h"

#include "app/kinds.h"
#include "app/rights.h"
#include "model/wire.h"
#include "outrider/v1/sync.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CARD_BYTES  (1 << 20)
#define TRUTH_BYTES (64 << 20)

typedef Outrider__V1__PullResponse Page;
typedef Outrider__V1__Record Record;
typedef Outrider__V1__MutationResult Result;

static void check(enum outrider_code code, const struct outrider_err *err)
{
	if (code != OUTRIDER_OK)
		fail_msg("%s: %s %s", code_name(code), err->field, err->text);
}

static void *grown(void *at, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return at;
	*room = *room > 0 ? *room * 2 : 64;
	at = realloc(at, *room * size);
	assert_non_null(at);
	return at;
}

static void set_bytes(struct buffer *out, const void *at, size_t len)
{
	buffer_clear(out);
	if (len > 0)
		buffer_append(out, at, len);
	assert_false(out->is_full);
}

void model_open(struct model_phone *p, struct app_harness *h,
		const struct harness_user *user)
{
	*p = (struct model_phone){ .h = h, .user = user, .next_seq = 1 };
	p->incarnation = harness_new_uuid(h);
	buffer_init(&p->cursor, &allocator_libc, CARD_BYTES);
}

void model_forget_cards(struct model_phone *p)
{
	for (size_t i = 0; i < p->n_cards; i++)
		buffer_free(&p->cards[i].fields);
	p->n_cards = 0;
	buffer_clear(&p->cursor);
}

void model_close(struct model_phone *p)
{
	model_forget_cards(p);
	for (size_t i = 0; i < p->n_outbox; i++)
		buffer_free(&p->outbox[i].fields);
	free(p->cards);
	free(p->outbox);
	buffer_free(&p->cursor);
}

/* ------------------------------------------------------------------- cards */

struct model_card *
model_find(struct model_phone *p, uint32_t kind, const struct uuid *id)
{
	for (size_t i = 0; i < p->n_cards; i++)
		if (p->cards[i].is_there && p->cards[i].kind == kind &&
		    uuid_compare(&p->cards[i].id, id) == 0)
			return &p->cards[i];
	return NULL;
}

size_t model_count(const struct model_phone *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_cards; i++)
		n += p->cards[i].is_there;
	return n;
}

static struct model_card *
add_card(struct model_phone *p, uint32_t kind, const struct uuid *id)
{
	struct model_card *card;

	p->cards =
		grown(p->cards, &p->room_cards, p->n_cards, sizeof(*p->cards));
	card = &p->cards[p->n_cards++];
	*card = (struct model_card){ .kind = kind,
				     .id = *id,
				     .is_there = true };
	buffer_init(&card->fields, &allocator_libc, CARD_BYTES);
	return card;
}

static void drop_card(struct model_card *card)
{
	card->is_there = false;
	buffer_clear(&card->fields);
}

static void enter(struct model_card *card, const struct scope *scope)
{
	for (size_t i = 0; i < card->n_in; i++)
		if (scope_compare(&card->in[i], scope) == 0)
			return;
	assert_true(card->n_in < MODEL_IN_MAX);
	card->in[card->n_in++] = *scope;
}

static void leave(struct model_card *card, const struct scope *scope)
{
	for (size_t i = 0; i < card->n_in; i++)
		if (scope_compare(&card->in[i], scope) == 0) {
			card->in[i] = card->in[--card->n_in];
			return;
		}
}

static void splice(struct model_card *card, struct bytes delta,
		   const uint32_t *cleared, size_t n_cleared)
{
	const struct bytes base = { card->fields.at, card->fields.len };
	struct field_set set = { { 0 } };
	struct outrider_err err;
	struct buffer out;

	for (size_t i = 0; i < n_cleared; i++)
		field_set_add(&set, cleared[i]);
	buffer_init(&out, &allocator_libc, CARD_BYTES);
	check(fields_splice(&out, schema_entity(card->kind)->message, base,
			    delta, &set, &err),
	      &err);
	set_bytes(&card->fields, out.at, out.len);
	buffer_free(&out);
}

/* ------------------------------------------------------------------- pages */

static struct scope scope_of(const ProtobufCBinaryData *bytes)
{
	struct scope scope;

	assert_int_equal(bytes->len, SCOPE_LEN);
	memcpy(scope.at, bytes->data, SCOPE_LEN);
	return scope;
}

static void
apply_record(struct model_phone *p, const Page *page, const Record *record)
{
	const struct bytes fields = { record->fields.data, record->fields.len };
	struct model_card *card;
	struct uuid id;
	bool is_news_only = record->n_left > 0 && !record->is_whole &&
			    fields.len == 0 && record->n_entered == 0;

	assert_int_equal(record->id.len, sizeof(id.at));
	memcpy(id.at, record->id.data, sizeof(id.at));
	card = model_find(p, record->kind, &id);
	p->n_records++;
	p->n_field_bytes += fields.len;
	p->n_whole += record->is_whole ? 1 : 0;
	p->n_cleared += record->n_cleared;
	if (record->is_deleted) {
		assert_int_equal(fields.len, 0);
		if (card)
			drop_card(card);
		return;
	}
	if (!card && is_news_only && !record->is_exact)
		return;
	if (record->is_exact && card)
		card->n_in = 0;
	if (record->is_exact && record->n_entered == 0) {
		if (card)
			drop_card(card);
		return;
	}
	if (!card && !record->is_whole)
		fail_msg("a delta of a record that the phone has not");
	if (!card)
		card = add_card(p, record->kind, &id);
	if (record->is_whole)
		set_bytes(&card->fields, fields.at, fields.len);
	else
		splice(card, fields, record->cleared, record->n_cleared);
	for (size_t i = 0; i < record->n_entered; i++) {
		const struct scope scope =
			scope_of(&page->scopes[record->entered[i]]);
		enter(card, &scope);
	}
	for (size_t i = 0; i < record->n_left; i++) {
		const struct scope scope =
			scope_of(&page->scopes[record->left[i]]);
		leave(card, &scope);
	}
	card->rev = record->rev;
	if (card->n_in == 0)
		drop_card(card);
}

static void apply_page(struct model_phone *p, struct bytes bytes)
{
	Page *page =
		outrider__v1__pull_response__unpack(NULL, bytes.len, bytes.at);

	assert_non_null(page);
	for (size_t i = 0; i < page->n_lost_scopes; i++) {
		const struct scope scope = scope_of(&page->lost_scopes[i]);

		for (size_t k = 0; k < p->n_cards; k++) {
			struct model_card *card = &p->cards[k];
			size_t n_in = card->n_in;

			leave(card, &scope);
			if (n_in > 0 && card->n_in == 0)
				drop_card(card);
		}
	}
	for (size_t i = 0; i < page->n_records; i++)
		apply_record(p, page, page->records[i]);
	/* A repair has none. */
	if (page->cursor.len > 0)
		set_bytes(&p->cursor, page->cursor.data, page->cursor.len);
	p->is_at_head = page->is_head;
	p->n_pages++;
	outrider__v1__pull_response__free_unpacked(page, NULL);
}

static struct buffer pack(const ProtobufCMessage *message)
{
	struct buffer out = harness_buffer();
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *at = buffer_reserve(&out, len + 1);

	assert_non_null(at);
	out.len = protobuf_c_message_pack(message, at);
	return out;
}

enum outrider_code model_take_pages(struct model_phone *p, const char *path,
				    const ProtobufCMessage *request,
				    size_t applied)
{
	struct buffer bytes = pack(request);
	struct app_status status;
	struct app_call *call;
	struct bytes message;
	enum outrider_code code = OUTRIDER_OK;
	int woken = 0;

	p->n_pages = p->n_records = p->n_field_bytes = p->n_whole = 0;
	p->n_cleared = 0;
	p->n_waits = 0;
	p->is_at_head = false;
	call = harness_begin(p->h, path, p->user->device_token, bytes.at,
			     bytes.len, &woken);
	while (p->n_pages < applied) {
		int woken_before = woken;
		enum app_progress progress =
			app_call_next(call, &message, &status);

		if (progress == APP_WAIT) {
			/* It writes nothing: it lets others go first. */
			assert_int_equal(woken, woken_before + 1);
			p->n_waits++;
			continue;
		}
		if (progress == APP_END) {
			code = status.code;
			break;
		}
		apply_page(p, message);
		if (p->on_page)
			p->on_page(p->user_of_page);
	}
	app_call_free(call);
	buffer_free(&bytes);
	return code;
}

enum outrider_code
model_pull(struct model_phone *p, unsigned max_pages, size_t applied)
{
	Outrider__V1__PullRequest request = OUTRIDER__V1__PULL_REQUEST__INIT;
	enum outrider_code code;

	assert_false(p->is_owed);
	request.cursor.data = p->cursor.at;
	request.cursor.len = p->cursor.len;
	request.max_pages = max_pages;
	request.incarnation.data = p->incarnation.at;
	request.incarnation.len = sizeof(p->incarnation.at);
	request.acked_seq = p->acked_seq;
	code = model_take_pages(p, "SyncService/Pull", &request.base, applied);
	assert_int_equal(p->n_waits, 0);
	return code;
}

void model_pull_all(struct model_phone *p)
{
	assert_int_equal(model_pull(p, 0, SIZE_MAX), OUTRIDER_OK);
	assert_true(p->is_at_head);
}

/* ------------------------------------------------------------------ outbox */

uint64_t model_edit(struct model_phone *p, enum model_op op, uint32_t kind,
		    const struct uuid *id, struct bytes fields,
		    const uint32_t *cleared, size_t n_cleared)
{
	const struct model_card *card = model_find(p, kind, id);
	uint64_t clock = (uint64_t)(p->h->wall_us / 1000) << 16;
	struct model_mutation *m;

	p->hlc = clock > p->hlc ? clock : p->hlc + 1;
	p->outbox = grown(p->outbox, &p->room_outbox, p->n_outbox,
			  sizeof(*p->outbox));
	m = &p->outbox[p->n_outbox++];
	*m = (struct model_mutation){
		.seq = p->next_seq++,
		.kind = kind,
		.id = *id,
		.op = op,
		.base_rev = card ? card->rev : 0,
		.hlc = p->hlc,
		.n_cleared = n_cleared,
	};
	buffer_init(&m->fields, &allocator_libc, CARD_BYTES);
	set_bytes(&m->fields, fields.at, fields.len);
	assert_true(n_cleared <= MODEL_CLEARED_MAX);
	for (size_t i = 0; i < n_cleared; i++)
		m->cleared[i] = cleared[i];
	return m->seq;
}

struct model_mutation *model_mutation(struct model_phone *p, uint64_t seq)
{
	assert_true(seq >= 1 && seq < p->next_seq);
	return &p->outbox[seq - 1];
}

void model_reword(struct model_mutation *mutation, struct bytes fields)
{
	buffer_clear(&mutation->fields);
	buffer_append(&mutation->fields, fields.at, fields.len);
}

void model_came_out(struct model_phone *p, uint64_t seq,
		    enum model_outcome outcome, int code)
{
	const struct model_mutation *m = model_mutation(p, seq);

	if (m->outcome != (int)outcome || m->code != code)
		fail_msg("mutation %u: outcome %d, code %d, %s: %s",
			 (unsigned)seq, m->outcome, m->code, m->field_path,
			 m->reason);
	assert_true((outcome == MODEL_REJECTED) == (m->reason[0] != 0));
}

size_t model_waiting(const struct model_phone *p)
{
	return (size_t)(p->next_seq - 1 - p->acked_seq);
}

/*
 * What was acknowledged becomes part of the card, unless a page has told of it
 * already. The card's revision is not raised: of other fields the phone knows
 * no more than before.
 */
static void take_in(struct model_phone *p, const struct model_mutation *m,
		    const Result *result)
{
	const struct bytes sent = { m->fields.at, m->fields.len };
	const struct bytes merged = { result->fields.data, result->fields.len };
	struct model_card *card = model_find(p, m->kind, &m->id);

	if ((int)result->outcome == MODEL_REJECTED)
		return;
	if (m->op == MODEL_DELETE) {
		if (card && card->rev <= result->rev)
			drop_card(card);
		return;
	}
	if (card && card->rev >= result->rev)
		return;
	if (!card && m->op != MODEL_CREATE)
		return;
	if (!card)
		card = add_card(p, m->kind, &m->id);
	splice(card, sent, m->cleared, m->n_cleared);
	splice(card, merged, result->cleared, result->n_cleared);
}

void model_take_answers(struct model_phone *p, struct bytes message, size_t n)
{
	Outrider__V1__PushResponse *response =
		outrider__v1__push_response__unpack(NULL, message.len,
						    message.at);
	uint64_t rev = 0;

	assert_non_null(response);
	assert_int_equal(response->n_results, n);
	assert_true(response->server_time_us > 0);
	for (size_t i = 0; i < n; i++) {
		Result *result = response->results[i];
		struct model_mutation *m = model_mutation(p, p->acked_seq + 1);

		if ((int)result->outcome != MODEL_REJECTED) {
			if (result->rev == 0)
				result->rev = rev + 1;
			rev = result->rev;
		}
		m->outcome = (int)result->outcome;
		m->code = result->code;
		assert_true(result->n_asked <= MODEL_CLEARED_MAX);
		m->n_asked = result->n_asked;
		for (size_t k = 0; k < result->n_asked; k++)
			m->asked[k] = result->asked[k];
		snprintf(m->reason, sizeof(m->reason), "%s", result->reason);
		snprintf(m->field_path, sizeof(m->field_path), "%s",
			 result->field_path);
		take_in(p, m, result);
		p->acked_seq = m->seq;
	}
	outrider__v1__push_response__free_unpacked(response, NULL);
}

void model_renew(struct model_phone *p)
{
	p->incarnation = harness_new_uuid(p->h);
	p->acked_seq = 0;
	p->is_owed = false;
}

struct buffer model_push_request(struct model_phone *p, size_t n)
{
	Outrider__V1__PushRequest request = OUTRIDER__V1__PUSH_REQUEST__INIT;
	Outrider__V1__Mutation sent[100], *list[100];
	struct model_mutation *m;

	assert_true(n <= 100 && n <= model_waiting(p));
	m = &p->outbox[p->acked_seq];
	request.incarnation.data = p->incarnation.at;
	request.incarnation.len = sizeof(p->incarnation.at);
	request.first_seq = p->acked_seq + 1;
	request.acked_seq = p->acked_seq;
	request.min_base_rev = n > 0 ? m[0].base_rev : 0;
	for (size_t i = 1; i < n; i++)
		if (m[i].base_rev < request.min_base_rev)
			request.min_base_rev = m[i].base_rev;
	request.first_hlc = n > 0 ? m[0].hlc : 0;
	request.mutations = list;
	request.n_mutations = n;
	for (size_t i = 0; i < n; i++) {
		outrider__v1__mutation__init(&sent[i]);
		list[i] = &sent[i];
		sent[i].kind = m[i].kind;
		sent[i].id.data = m[i].id.at;
		sent[i].id.len = sizeof(m[i].id.at);
		sent[i].op = (Outrider__V1__MutationOp)m[i].op;
		sent[i].base_rev_offset = m[i].base_rev - request.min_base_rev;
		sent[i].hlc_step = i > 0 ? m[i].hlc - m[i - 1].hlc : 0;
		sent[i].fields.data = m[i].fields.at;
		sent[i].fields.len = m[i].fields.len;
		sent[i].cleared = m[i].cleared;
		sent[i].n_cleared = m[i].n_cleared;
	}
	return pack(&request.base);
}

enum outrider_code model_push(struct model_phone *p, size_t n, bool is_lost)
{
	const size_t most = model_waiting(p) < n ? model_waiting(p) : n;
	struct buffer request = model_push_request(p, most);
	const struct harness_reply *reply =
		harness_call(p->h, "SyncService/Push", p->user->device_token,
			     request.at, request.len);

	buffer_free(&request);
	if (reply->code == OUTRIDER_OK && is_lost)
		p->is_owed = true;
	if (reply->code != OUTRIDER_OK || is_lost)
		return reply->code;
	model_take_answers(p, reply->message, most);
	p->is_owed = false;
	return OUTRIDER_OK;
}

void model_push_all(struct model_phone *p)
{
	while (model_waiting(p) > 0)
		assert_int_equal(model_push(p, 100, false), OUTRIDER_OK);
	p->is_owed = false;
}

/* ------------------------------------------------------------------- truth */

struct truth {
	struct model_phone *p;
	struct store_conn *conn;
	struct principal who;
	struct arena arena;
	size_t n;
};

static void check_scopes(struct truth *t, const struct row *row,
			 const struct model_card *card)
{
	const struct store_feed_query asked = {
		.id = row->id,
		.kind = row->entity->number,
		.scopes = t->who.scopes,
		.n_scopes = t->who.n_scopes,
	};
	struct feed_entry *entries;
	struct outrider_err err;
	size_t n, n_present = 0;

	check(store_feed_of(t->conn, &entries, &n, &asked, &t->arena, &err),
	      &err);
	for (size_t i = 0; i < n; i++) {
		const struct scope *scope = &t->who.scopes[entries[i].scope];
		bool is_held = false;

		for (size_t k = 0; k < card->n_in; k++)
			is_held = is_held ||
				  scope_compare(&card->in[k], scope) == 0;
		if (is_held != (entries[i].op == FEED_PRESENT))
			fail_msg("a scope of a %s is %s", row->entity->name,
				 is_held ? "held" : "missing");
		n_present += entries[i].op == FEED_PRESENT;
	}
	assert_int_equal(n_present, card->n_in);
}

static void check_row(struct truth *t, struct row *row)
{
	struct model_card *card =
		model_find(t->p, row->entity->number, &row->id);
	struct buffer fields;
	struct outrider_err err;

	if (!access_may_see(&t->who, row))
		return;
	check(access_hide(row, &t->who, &t->arena, &err), &err);
	if (!card)
		fail_msg("the phone lacks a %s of revision %llu",
			 row->entity->name, (unsigned long long)row->rev);
	buffer_init(&fields, &allocator_libc, CARD_BYTES);
	record_write(&fields, row, NULL);
	if (card->rev != row->rev)
		fail_msg("a %s has revision %llu, and %llu on the phone",
			 row->entity->name, (unsigned long long)row->rev,
			 (unsigned long long)card->rev);
	if (fields.len != card->fields.len ||
	    memcmp(fields.at, card->fields.at, fields.len) != 0)
		fail_msg("a %s of revision %llu differs on the phone",
			 row->entity->name, (unsigned long long)row->rev);
	buffer_free(&fields);
	check_scopes(t, row, card);
	t->n++;
}

static void check_kind(struct truth *t, const struct entity *entity)
{
	struct uuid after = { { 0 } };
	struct outrider_err err;
	struct row **rows;
	size_t n = 1;

	while (n > 0) {
		const struct store_list_query asked = {
			.entity = entity,
			.scopes = t->who.scopes,
			.n_scopes = t->who.n_scopes,
			.after = after,
			.limit = 200,
		};
		check(store_list(t->conn, &rows, &n, &asked, &t->arena, &err),
		      &err);
		for (size_t i = 0; i < n; i++)
			check_row(t, rows[i]);
		if (n > 0)
			after = rows[n - 1]->id;
	}
}

/* Who the phone's user is, as the store has it now. */
static void load_who(struct truth *t)
{
	struct outrider_err err;
	struct uuid role;
	struct row *user;

	check(store_get(t->conn, &user, schema_entity(KIND_USER),
			&t->p->user->id, &t->arena, &err),
	      &err);
	role = kind_reference(kind_value(user, USER_ROLE));
	t->who = (struct principal){
		.user = user->id,
		.owner = user->id,
		.rank = kind_user_rank(user),
		.team = kind_reference(kind_value(user, USER_MEMBER_OF_TEAM)),
	};
	check(rights_load(&t->who.rights, t->who.rank, &role, t->conn,
			  &t->arena, &err),
	      &err);
	check(access_load_scopes(&t->who, t->conn, &t->arena, &err), &err);
}

/* The server's own comparison comes to the same, unless it says "pull". */
static void check_proof(struct model_phone *p)
{
	enum outrider_code code = model_compare(p);

	if (code != OUTRIDER_OK)
		fail_msg("Compare: %s", code_name(code));
	if (p->n_differing > 0)
		fail_msg("Compare finds %zu scopes that differ",
			 p->n_differing);
}

void model_check(struct model_phone *p)
{
	struct truth t = { .p = p };
	struct outrider_err err;

	assert_int_equal(model_waiting(p), 0);
	arena_init(&t.arena, &allocator_libc, TRUTH_BYTES);
	check(store_reader_open(&t.conn, p->h->store, &err), &err);
	check(store_read_begin(t.conn, NULL, &err), &err);
	load_who(&t);
	for (size_t i = 0; i < schema_n_entities; i++)
		check_kind(&t, schema_entities[i]);
	if (t.n != model_count(p))
		fail_msg("the phone has %zu cards, and %zu too many",
			 model_count(p), model_count(p) - t.n);
	check_proof(p);
	store_read_end(t.conn);
	store_reader_close(t.conn);
	arena_free(&t.arena);
}
