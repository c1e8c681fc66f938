/*
 * Push: each mutation takes effect at most once, a rejected one stops nobody,
 * and concurrent edits end as the fields' policies say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#include "app/kinds.h"
#include "outrider/v1/sync.pb-c.h"

static void expect_text(struct world *w, const struct uuid *id, uint32_t field,
			const char *text)
{
	char found[256];

	world_text(found, sizeof(found), w, CONTACT, id, field);
	assert_string_equal(found, text);
}

/* The phone forgets that it was answered, and sends again. */
static void forget_answers(struct model_phone *p, uint64_t n)
{
	p->acked_seq -= n;
}

static struct bytes no_fields(void)
{
	return (struct bytes){ .at = NULL };
}

/* ------------------------------------------------------------ at most once */

static void mutations_are_applied_in_their_turn(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_APPLIED, 0);
	expect_text(w, &id, CONTACT_POSITION, "buyer");
	assert_memory_equal(&world_row(w, CONTACT, &id)->owner, &w->anna.id,
			    16);
	model_edit(&anna, MODEL_DELETE, CONTACT, &id, no_fields(), NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, 3, MODEL_APPLIED, 0);
	assert_true(world_row(w, CONTACT, &id)->deleted_us != 0);
	model_close(&anna);
}

static void repeated_mutation_is_answered_and_not_applied(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t rev;

	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	world_edit(&anna, MODEL_UPDATE, &id, 0xffff, "");
	assert_int_equal(model_push(&anna, 3, true), OUTRIDER_OK);
	world_set(w, CONTACT, &id, CONTACT_POSITION, "seller");
	rev = harness_rev(&w->h);
	/* In another batch, and so with other offsets. */
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_APPLIED, 0);
	model_came_out(&anna, 3, MODEL_REJECTED, 12);
	assert_int_equal(harness_rev(&w->h), rev);
	expect_text(w, &id, CONTACT_POSITION, "seller");
	model_close(&anna);
}

/* Whatever came in between, and after the server was started anew. */
static void repeated_batch_takes_up_where_it_was_cut(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid ids[60];

	for (size_t i = 0; i < 60; i++) {
		ids[i] = harness_new_uuid(&w->h);
		world_edit(&anna, MODEL_CREATE, &ids[i], CONTACT_FAMILY_NAME,
			   "Alder");
	}
	assert_int_equal(model_push(&anna, 30, true), OUTRIDER_OK);
	harness_restart(&w->h);
	/* Cut otherwise than they came first. */
	assert_int_equal(model_push(&anna, 7, false), OUTRIDER_OK);
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	assert_int_equal(model_push(&anna, 40, true), OUTRIDER_OK);
	model_push_all(&anna);
	for (uint64_t seq = 1; seq <= 60; seq++)
		model_came_out(&anna, seq, MODEL_APPLIED, 0);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* What one write's answers may come to is bounded: they are kept in two. */
static void large_answers_are_kept_in_parts(void **state)
{
	enum { CONTACT_PREFERENCES = 20, RECORDS = 20, EDITS = 100 };
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid ids[RECORDS];
	char text[2001];
	uint64_t rev;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < RECORDS; i++)
		ids[i] = world_contact(w, &w->anna, "Alder");
	model_pull_all(&anna);
	for (size_t i = 0; i < EDITS; i++)
		world_edit(&anna, MODEL_UPDATE, &ids[i % RECORDS],
			   CONTACT_PREFERENCES, "tea");
	for (size_t i = 0; i < RECORDS; i++)
		world_set(w, CONTACT, &ids[i], CONTACT_PREFERENCES, text);
	assert_int_equal(model_push(&anna, EDITS, true), OUTRIDER_OK);
	rev = harness_rev(&w->h);
	harness_restart(&w->h);
	assert_int_equal(model_push(&anna, 75, false), OUTRIDER_OK);
	model_push_all(&anna);
	for (uint64_t seq = 1; seq <= EDITS; seq++)
		model_came_out(&anna, seq, MODEL_MERGED, 0);
	assert_int_equal(harness_rev(&w->h), rev);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

static void expect_refusal(struct model_phone *p, uint64_t acked_seq,
			   enum outrider_code code, const char *reason)
{
	Outrider__V1__PushRequest request = OUTRIDER__V1__PUSH_REQUEST__INIT;
	Outrider__V1__Mutation one = OUTRIDER__V1__MUTATION__INIT;
	Outrider__V1__Mutation *list[] = { &one };
	const struct model_mutation *m = &p->outbox[p->acked_seq];
	const struct harness_reply *reply;
	char found[64];

	one.kind = m->kind;
	one.id.data = (uint8_t *)(uintptr_t)m->id.at;
	one.id.len = sizeof(m->id.at);
	one.op = (Outrider__V1__MutationOp)m->op;
	one.fields.data = m->fields.at;
	one.fields.len = m->fields.len;
	request.incarnation.data = p->incarnation.at;
	request.incarnation.len = sizeof(p->incarnation.at);
	request.first_seq = p->acked_seq + 1;
	request.acked_seq = acked_seq;
	request.min_base_rev = m->base_rev;
	request.first_hlc = m->hlc;
	request.mutations = list;
	request.n_mutations = 1;
	reply = harness_call_message(p->h, "SyncService/Push",
				     p->user->device_token, &request.base);
	assert_int_equal(reply->code, code);
	harness_reason(found, reply);
	assert_string_equal(found, reason);
}

static void same_number_with_other_content_is_a_restored_backup(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t rev;

	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	/* Each by itself: what came together is kept and forgotten so. */
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	rev = harness_rev(&w->h);
	forget_answers(&anna, 1);
	model_mutation(&anna, 2)->hlc++;
	expect_refusal(&anna, anna.acked_seq, OUTRIDER_ABORTED,
		       "RESTORED_BACKUP");
	model_mutation(&anna, 2)->hlc--;
	model_mutation(&anna, 2)->fields.at[3] ^= 1;
	expect_refusal(&anna, anna.acked_seq, OUTRIDER_ABORTED,
		       "RESTORED_BACKUP");
	/* Answers that were acknowledged are forgotten, but for the last. */
	model_mutation(&anna, 2)->fields.at[3] ^= 1;
	anna.acked_seq = 2;
	assert_int_equal(model_push(&anna, 0, false), OUTRIDER_OK);
	forget_answers(&anna, 2);
	expect_refusal(&anna, anna.acked_seq, OUTRIDER_ABORTED,
		       "RESTORED_BACKUP");
	anna.acked_seq = 1;
	assert_int_equal(harness_rev(&w->h), rev);
	/* A new incarnation begins at 1. */
	anna.incarnation = harness_new_uuid(&w->h);
	expect_refusal(&anna, anna.acked_seq, OUTRIDER_FAILED_PRECONDITION,
		       "GAP");
	anna.acked_seq = 0;
	model_mutation(&anna, 1)->id = harness_new_uuid(&w->h);
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_close(&anna);
}

static void missing_number_is_a_gap(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t rev = harness_rev(&w->h);

	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	anna.acked_seq = 1; /* it says so; the server never answered */
	expect_refusal(&anna, 0, OUTRIDER_FAILED_PRECONDITION, "GAP");
	expect_refusal(&anna, anna.acked_seq, OUTRIDER_FAILED_PRECONDITION,
		       "GAP");
	assert_int_equal(harness_rev(&w->h), rev);
	anna.acked_seq = 0;
	model_push_all(&anna);
	expect_text(w, &id, CONTACT_POSITION, "buyer");
	model_close(&anna);
}

/* Two devices number their mutations apart. */
static void numbers_are_each_devices_own(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone ben = world_phone(w, &w->ben);
	struct uuid a = harness_new_uuid(&w->h), b = harness_new_uuid(&w->h);

	ben.incarnation = anna.incarnation;
	world_edit(&anna, MODEL_CREATE, &a, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&ben, MODEL_CREATE, &b, CONTACT_FAMILY_NAME, "Birch");
	model_push_all(&anna);
	model_push_all(&ben);
	expect_text(w, &b, CONTACT_FAMILY_NAME, "Birch");
	model_close(&anna);
	model_close(&ben);
}

/* -------------------------------------------------------------- rejections */

static void rejected_mutation_stops_nobody_and_leaves_no_trace(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid mine = world_contact(w, &w->anna, "Alder");
	struct uuid gone = world_contact(w, &w->anna, "Birch");
	struct uuid foreign = world_contact(w, &w->carl, "Cedar");
	struct uuid other = harness_new_uuid(&w->h), zero = { { 0 } };
	struct fields fields = fields_new(), bad = fields_new(),
		      name = fields_new();
	uint64_t rev;

	world_delete(w, CONTACT, &gone);
	rev = harness_rev(&w->h);
	fields_text(&fields, CONTACT_POSITION, "buyer");
	fields_text(&bad, CONTACT_FAMILY_NAME, "\xff");
	fields_text(&name, 10, "Anna the Great");
	/* No such kind; the server's alone; above a rep. */
	model_edit(&anna, MODEL_CREATE, 200, &other, no_fields(), NULL, 0);
	model_edit(&anna, MODEL_CREATE, ALERT, &other, no_fields(), NULL, 0);
	model_edit(&anna, MODEL_UPDATE, USER, &w->anna.id, fields_bytes(&name),
		   NULL, 0);
	/* Required field; bad text; zero id; id that is taken. */
	model_edit(&anna, MODEL_CREATE, CONTACT, &other, fields_bytes(&fields),
		   NULL, 0);
	model_edit(&anna, MODEL_UPDATE, CONTACT, &mine, fields_bytes(&bad),
		   NULL, 0);
	world_edit(&anna, MODEL_CREATE, &zero, CONTACT_FAMILY_NAME, "Alder");
	world_edit(&anna, MODEL_CREATE, &mine, CONTACT_FAMILY_NAME, "Alder");
	/* Not there; not to be seen, which is the same; deleted. */
	world_edit(&anna, MODEL_UPDATE, &other, CONTACT_POSITION, "buyer");
	world_edit(&anna, MODEL_UPDATE, &foreign, CONTACT_POSITION, "buyer");
	world_edit(&anna, MODEL_UPDATE, &gone, CONTACT_POSITION, "buyer");
	/* No act at all; a field that this server doesn't know. */
	world_edit(&anna, (enum model_op)0, &mine, CONTACT_POSITION, "buyer");
	world_edit(&anna, MODEL_UPDATE, &mine, 99, "from the future");
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_REJECTED, 12);
	model_came_out(&anna, 2, MODEL_REJECTED, 7);
	model_came_out(&anna, 3, MODEL_REJECTED, 7);
	model_came_out(&anna, 4, MODEL_REJECTED, 3);
	model_came_out(&anna, 5, MODEL_REJECTED, 3);
	model_came_out(&anna, 6, MODEL_REJECTED, 3);
	model_came_out(&anna, 7, MODEL_REJECTED, 6);
	model_came_out(&anna, 8, MODEL_REJECTED, 5);
	model_came_out(&anna, 9, MODEL_REJECTED, 5);
	assert_string_equal(model_mutation(&anna, 8)->reason,
			    model_mutation(&anna, 9)->reason);
	model_came_out(&anna, 10, MODEL_REJECTED, 9);
	model_came_out(&anna, 11, MODEL_REJECTED, 3);
	model_came_out(&anna, 12, MODEL_REJECTED, 12);
	assert_int_equal(harness_rev(&w->h), rev);
	world_edit(&anna, MODEL_UPDATE, &mine, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	model_came_out(&anna, 13, MODEL_APPLIED, 0);
	fields_free(&fields);
	fields_free(&bad);
	fields_free(&name);
	model_close(&anna);
}

/* One bad mutation in the middle of a batch: those around it stand. */
static void neighbours_of_a_rejected_one_stand(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid ids[40], nobody = harness_new_uuid(&w->h);

	for (size_t i = 0; i < 40; i++) {
		ids[i] = harness_new_uuid(&w->h);
		if (i % 3 == 1)
			world_edit(&anna, MODEL_UPDATE, &nobody,
				   CONTACT_POSITION, "buyer");
		else
			world_edit(&anna, MODEL_CREATE, &ids[i],
				   CONTACT_FAMILY_NAME, "Alder");
	}
	model_push_all(&anna);
	for (size_t i = 0; i < 40; i++) {
		bool is_bad = i % 3 == 1;

		model_came_out(&anna, i + 1,
			       is_bad ? MODEL_REJECTED : MODEL_APPLIED,
			       is_bad ? 5 : 0);
		assert_true(is_bad == !world_row(w, CONTACT, &ids[i]));
	}
	model_close(&anna);
}

/* Deleting what somebody deleted is no quarrel. */
static void both_may_delete(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_delete(w, CONTACT, &id);
	model_edit(&anna, MODEL_DELETE, CONTACT, &id, no_fields(), NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* ------------------------------------------------------------------ merges */

static void edits_of_different_fields_both_survive(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	model_pull_all(&mia);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	world_edit(&mia, MODEL_UPDATE, &id, CONTACT_ADDRESS, "Elm Street");
	model_push_all(&mia);
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&mia, 1, MODEL_APPLIED, 0);
	model_pull_all(&anna);
	model_pull_all(&mia);
	model_check(&anna);
	model_check(&mia);
	expect_text(w, &id, CONTACT_POSITION, "buyer");
	expect_text(w, &id, CONTACT_ADDRESS, "Elm Street");
	model_close(&anna);
	model_close(&mia);
}

/* The later edit wins, in whichever order they arrive. */
static void later_edit_of_a_field_wins(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	model_pull_all(&mia);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	world_edit(&mia, MODEL_UPDATE, &id, CONTACT_POSITION, "seller");
	model_push_all(&mia);
	model_push_all(&anna);
	model_came_out(&mia, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	expect_text(w, &id, CONTACT_POSITION, "seller");
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
	model_close(&mia);
}

/* A clock an hour ahead wins no more than five minutes. */
static void clock_that_is_ahead_is_clamped(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	model_pull_all(&mia);
	anna.hlc = (uint64_t)(w->h.wall_us / 1000 + 3600000) << 16;
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	w->h.wall_us += 600 * INT64_C(1000000);
	world_edit(&mia, MODEL_UPDATE, &id, CONTACT_POSITION, "seller");
	model_push_all(&mia);
	expect_text(w, &id, CONTACT_POSITION, "seller");
	model_close(&anna);
	model_close(&mia);
}

/*
 * What the same outbox wrote before was seen by the author, though the base
 * that the mutation names is older: what is added and taken away again is
 * gone, and what a colleague added meanwhile stays.
 */
static void own_edits_in_a_row_are_no_conflict(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields none = fields_new(), golf = fields_new(),
		      both = fields_new();
	uint32_t interests = CONTACT_INTERESTS;

	fields_text(&none, CONTACT_FAMILY_NAME, "Alder");
	fields_text(&golf, CONTACT_INTERESTS, "golf");
	fields_text(&both, CONTACT_INTERESTS, "golf");
	fields_text(&both, CONTACT_INTERESTS, "opera");
	model_edit(&anna, MODEL_CREATE, CONTACT, &id, fields_bytes(&none), NULL,
		   0);
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, fields_bytes(&both), NULL,
		   0);
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, fields_bytes(&golf), NULL,
		   0);
	model_push_all(&anna);
	for (uint64_t seq = 1; seq <= 3; seq++)
		model_came_out(&anna, seq, MODEL_APPLIED, 0);
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, no_fields(), &interests,
		   1);
	model_push_all(&anna);
	model_came_out(&anna, 4, MODEL_APPLIED, 0);
	model_pull_all(&anna);
	model_check(&anna);
	fields_free(&none);
	fields_free(&golf);
	fields_free(&both);
	model_close(&anna);
}

static bool
has_interest(struct world *w, const struct uuid *id, const char *interest)
{
	const struct row *row = world_row(w, CONTACT, id);
	const struct value *value;
	struct bytes part;

	assert_non_null(row);
	value = kind_value(row, CONTACT_INTERESTS);
	for (size_t n = 0;
	     (part = harness_part(value->bytes, CONTACT_INTERESTS, n)).at; n++)
		if (part.len == strlen(interest) &&
		    memcmp(part.at, interest, part.len) == 0)
			return true;
	return false;
}

static void colleagues_addition_survives_own_edits(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct fields golf = fields_new(), chess = fields_new();

	model_pull_all(&anna);
	fields_text(&golf, CONTACT_INTERESTS, "golf");
	fields_text(&chess, CONTACT_INTERESTS, "chess");
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, fields_bytes(&golf), NULL,
		   0);
	world_set(w, CONTACT, &id, CONTACT_INTERESTS, "opera");
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, fields_bytes(&chess),
		   NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	model_came_out(&anna, 2, MODEL_MERGED, 0);
	model_pull_all(&anna);
	model_check(&anna);
	assert_true(has_interest(w, &id, "opera"));
	assert_true(has_interest(w, &id, "chess"));
	fields_free(&golf);
	fields_free(&chess);
	model_close(&anna);
}

/* ------------------------------------------------------------------ limits */

static void whole_hundred_goes_in_one_call(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);

	for (size_t i = 0; i < 100; i++) {
		struct uuid id = harness_new_uuid(&w->h);

		world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME,
			   "Alder");
	}
	assert_int_equal(model_push(&anna, 100, false), OUTRIDER_OK);
	assert_int_equal(model_waiting(&anna), 0);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

static void large_batch_is_refused_and_a_large_mutation_is_not(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct fields fields = fields_new();
	char text[16000];

	memset(text, 'n', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	fields_text(&fields, NOTE_TEXT, text);
	for (size_t i = 0; i < 5; i++) {
		struct uuid id = harness_new_uuid(&w->h);

		model_edit(&anna, MODEL_CREATE, NOTE, &id,
			   fields_bytes(&fields), NULL, 0);
	}
	assert_int_equal(model_push(&anna, 5, false),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(model_push(&anna, 4, false), OUTRIDER_OK);
	assert_int_equal(model_push(&anna, 1, false), OUTRIDER_OK);
	model_came_out(&anna, 5, MODEL_APPLIED, 0);
	fields_free(&fields);
	model_close(&anna);
}

static void incarnation_and_numbers_are_checked(void **state)
{
	struct world *w = *state;
	Outrider__V1__PushRequest request = OUTRIDER__V1__PUSH_REQUEST__INIT;
	uint8_t incarnation[16] = { 1 };
	const char *token = w->anna.device_token;

	request.incarnation.data = incarnation;
	request.incarnation.len = 15;
	request.first_seq = 1;
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push", token,
					      &request.base)
				 ->code,
			 OUTRIDER_INVALID_ARGUMENT);
	request.incarnation.len = 16;
	request.first_seq = 0;
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push", token,
					      &request.base)
				 ->code,
			 OUTRIDER_INVALID_ARGUMENT);
	request.first_seq = 3;
	request.acked_seq = 3;
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push", token,
					      &request.base)
				 ->code,
			 OUTRIDER_INVALID_ARGUMENT);
	request.first_seq = UINT64_MAX;
	request.acked_seq = 0;
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push", token,
					      &request.base)
				 ->code,
			 OUTRIDER_INVALID_ARGUMENT);
	request.first_seq = 1;
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push", token,
					      &request.base)
				 ->code,
			 OUTRIDER_OK);
	/* Who signed in by password has no outbox. */
	assert_int_equal(harness_call_message(&w->h, "SyncService/Push",
					      w->anna.token, &request.base)
				 ->code,
			 OUTRIDER_PERMISSION_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(mutations_are_applied_in_their_turn),
		WITH_WORLD(repeated_mutation_is_answered_and_not_applied),
		WITH_WORLD(repeated_batch_takes_up_where_it_was_cut),
		WITH_WORLD(large_answers_are_kept_in_parts),
		WITH_WORLD(same_number_with_other_content_is_a_restored_backup),
		WITH_WORLD(missing_number_is_a_gap),
		WITH_WORLD(numbers_are_each_devices_own),
		WITH_WORLD(rejected_mutation_stops_nobody_and_leaves_no_trace),
		WITH_WORLD(neighbours_of_a_rejected_one_stand),
		WITH_WORLD(both_may_delete),
		WITH_WORLD(edits_of_different_fields_both_survive),
		WITH_WORLD(later_edit_of_a_field_wins),
		WITH_WORLD(clock_that_is_ahead_is_clamped),
		WITH_WORLD(own_edits_in_a_row_are_no_conflict),
		WITH_WORLD(colleagues_addition_survives_own_edits),
		WITH_WORLD(whole_hundred_goes_in_one_call),
		WITH_WORLD(large_batch_is_refused_and_a_large_mutation_is_not),
		WITH_WORLD(incarnation_and_numbers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
