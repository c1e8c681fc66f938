/*
 * An outbox that comes again under another incarnation, because its phone was
 * restored from a backup: what was done isn't done twice, what others did since
 * stays, whatever a field's policy; and fields whose policy is to ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world_text.h"

enum { ORDER = 16, CLAIM = 18, CLAIM_COMPENSATION = 19, CONTACT_CUSTOM = 250 };
enum { ALREADY_EXISTS = 6, FAILED_PRECONDITION = 9 };

/*
 * The phone of the backup: it has nothing yet but what it pulls, and pushes
 * everything once more. Afterwards it holds what it should.
 */
static void restore(struct model_phone *p)
{
	model_forget_cards(p);
	model_renew(p);
	model_push_all(p);
	model_pull_all(p);
	model_check(p);
}

/* ----------------------------------------------------------- done, and over */

static void a_whole_outbox_again_changes_nothing(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid old = world_contact(w, &w->anna, "Alder");
	struct uuid made = harness_new_uuid(&w->h), gone = made;
	uint64_t rev;

	gone.at[15] ^= 1;
	model_pull_all(&anna);
	world_say(&anna, MODEL_CREATE, CONTACT, &made,
		  "family_name: \"Birch\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &made, "position: \"buyer\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &made,
		  "interests: \"golf\" interests: \"opera\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &made, "interests: \"opera\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &made, "position: \"owner\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &old,
		  "address: \"Elm Street\"");
	world_say(&anna, MODEL_CREATE, CONTACT, &gone,
		  "family_name: \"Cedar\"");
	world_say(&anna, MODEL_DELETE, CONTACT, &gone, "");
	model_push_all(&anna);
	rev = harness_rev(&w->h);
	for (int i = 0; i < 3; i++) {
		restore(&anna);
		assert_int_equal(harness_rev(&w->h), rev);
		model_came_out(&anna, 1, MODEL_APPLIED, 0);
		/* What she wrote after it stands. */
		model_came_out(&anna, 2, MODEL_MERGED, 0);
		model_came_out(&anna, 3, MODEL_MERGED, 0);
		model_came_out(&anna, 4, MODEL_APPLIED, 0);
		model_came_out(&anna, 5, MODEL_APPLIED, 0);
		model_came_out(&anna, 6, MODEL_APPLIED, 0);
		/* It was made, and is a tombstone, which stays one. */
		model_came_out(&anna, 7, MODEL_APPLIED, 0);
		assert_true(world_row(w, CONTACT, &gone)->deleted_us != 0);
		assert_null(model_find(&anna, CONTACT, &gone));
		model_came_out(&anna, 8, MODEL_APPLIED, 0);
	}
	world_stands(w, CONTACT, &made, "position", "owner");
	world_stands(w, CONTACT, &made, "interests[0]", "opera");
	world_stands(w, CONTACT, &made, "interests[1]", "");
	model_close(&anna);
}

static void the_last_writer_stays(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	uint64_t rev;

	model_pull_all(&anna);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	model_push_all(&anna);
	world_others_say(w, CONTACT, &id, "position: \"seller\"", 0);
	/* Others wrote later by arrival, and earlier by the clock. */
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "address: \"Elm Street\"");
	model_push_all(&anna);
	w->h.wall_us -= 3600 * INT64_C(1000000);
	world_others_say(w, CONTACT, &id, "address: \"Oak Street\"", 0);
	w->h.wall_us += 3600 * INT64_C(1000000);
	rev = harness_rev(&w->h);
	restore(&anna);
	assert_int_equal(harness_rev(&w->h), rev);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	model_came_out(&anna, 2, MODEL_MERGED, 0);
	world_stands(w, CONTACT, &id, "position", "seller");
	world_stands(w, CONTACT, &id, "address", "Oak Street");
	model_close(&anna);
}

/* What she added and somebody took away stays away, and the reverse. */
static void sets_stay(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	world_others_say(w, CONTACT, &id, "interests: \"chess\"", 0);
	model_pull_all(&anna);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "interests: \"golf\"");
	model_push_all(&anna);
	world_stands(w, CONTACT, &id, "interests[0]", "golf");
	world_others_say(w, CONTACT, &id, "interests: \"chess\"", 0);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	world_stands(w, CONTACT, &id, "interests[0]", "chess");
	world_stands(w, CONTACT, &id, "interests[1]", "");
	model_close(&anna);
}

/* Of messages with keys each has its own fate. */
static void keys_stay(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid size =
		world_desk(w, "CustomFieldService/CreateCustomField",
			   "custom_field { display_name: \"Size\" key: \"size\""
			   " of_kind: \"contact\" type: TEXT }");
	char name[UUID_TEXT_LEN + 1], text[160];

	uuid_format(name, &size);
	model_pull_all(&anna);
	snprintf(text, sizeof(text),
		 "custom { custom_field_id: \"%s\" text: \"hers\" }", name);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, text);
	model_push_all(&anna);
	world_stands(w, CONTACT, &id, "custom[0].text", "hers");
	snprintf(text, sizeof(text),
		 "custom { custom_field_id: \"%s\" text: \"theirs\" }", name);
	world_others_say(w, CONTACT, &id, text, 0);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	world_stands(w, CONTACT, &id, "custom[0].text", "theirs");
	/* Emptied by them, it stays empty. */
	world_others_say(w, CONTACT, &id, "", CONTACT_CUSTOM);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	world_stands(w, CONTACT, &id, "custom[0].text", "");
	model_close(&anna);
}

static void what_somebody_brought_back_stays(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_say(&anna, MODEL_DELETE, CONTACT, &id, "");
	model_push_all(&anna);
	world_undelete(w, CONTACT, &id);
	model_pull_all(&anna);
	model_renew(&anna);
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	assert_int_equal(world_row(w, CONTACT, &id)->deleted_us, 0);
	/* The phone knew of that; one that didn't is told. */
	assert_non_null(model_find(&anna, CONTACT, &id));
	model_pull_all(&anna);
	model_check(&anna);
	restore(&anna);
	assert_non_null(model_find(&anna, CONTACT, &id));
	model_close(&anna);
}

/*
 * A clock that is an hour ahead is clamped, and two edits with it: they are
 * told apart by what they say.
 */
static void clamped_clocks_are_told_apart(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid made = harness_new_uuid(&w->h);
	uint64_t rev;

	model_pull_all(&anna);
	anna.hlc = (uint64_t)(w->h.wall_us / 1000 + 3600000) << 16;
	world_say(&anna, MODEL_CREATE, CONTACT, &made,
		  "family_name: \"Birch\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "address: \"Elm Street\"");
	model_push_all(&anna);
	world_others_say(w, CONTACT, &id, "position: \"seller\"", 0);
	rev = harness_rev(&w->h);
	model_forget_cards(&anna);
	model_renew(&anna);
	/* One that was never sent before. */
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "address: \"Oak Street\"");
	model_push_all(&anna);
	assert_int_equal(harness_rev(&w->h), rev + 1);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_MERGED, 0);
	model_came_out(&anna, 3, MODEL_APPLIED, 0);
	model_came_out(&anna, 4, MODEL_APPLIED, 0);
	world_stands(w, CONTACT, &id, "position", "seller");
	world_stands(w, CONTACT, &id, "address", "Oak Street");
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* A phone whose wall clock stands counts on from the backup's: what it says
 * then isn't what it said with that clock before. */
static void a_clock_given_out_twice(void **state)
{
	static const char *const news[] = { "address: \"Oak Street\"",
					    "position: \"zookeeper\"" };
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	uint64_t seq;

	model_pull_all(&anna);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	model_push_all(&anna);
	for (size_t i = 0; i < 2; i++) {
		model_forget_cards(&anna);
		model_renew(&anna);
		seq = world_say(&anna, MODEL_UPDATE, CONTACT, &id, news[i]);
		model_mutation(&anna, seq)->hlc = model_mutation(&anna, 1)->hlc;
		model_push_all(&anna);
		model_came_out(&anna, seq, MODEL_APPLIED, 0);
	}
	world_stands(w, CONTACT, &id, "address", "Oak Street");
	world_stands(w, CONTACT, &id, "position", "zookeeper");
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/*
 * Part of it was said before with that clock, and part is new: a mutation of
 * its own, which must not be taken for done.
 */
static void what_was_half_said_is_new(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	uint64_t seq;

	model_pull_all(&anna);
	anna.hlc = (uint64_t)(w->h.wall_us / 1000 + 3600000) << 16;
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &id,
		  "given_name: \"Ann\" address: \"Elm Street\"");
	model_push_all(&anna);
	world_others_say(w, CONTACT, &id, "given_name: \"Hannah\"", 0);
	model_renew(&anna);
	/* With a field more, and with one less: her clock is ahead. */
	seq = world_say(&anna, MODEL_UPDATE, CONTACT, &id,
			"position: \"buyer\" preferences: \"by mail\"");
	model_mutation(&anna, seq)->hlc = model_mutation(&anna, 1)->hlc;
	seq = world_say(&anna, MODEL_UPDATE, CONTACT, &id,
			"given_name: \"Ann\"");
	model_push_all(&anna);
	model_came_out(&anna, 2, MODEL_MERGED, 0);
	model_came_out(&anna, seq, MODEL_APPLIED, 0);
	world_stands(w, CONTACT, &id, "given_name", "Ann");
	world_stands(w, CONTACT, &id, "preferences", "by mail");
	world_stands(w, CONTACT, &id, "position", "buyer");
	world_stands(w, CONTACT, &id, "address", "Elm Street");
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* What stood as it was sent wasn't written, and is no mark of another. */
static void what_stood_so_was_said(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	uint64_t rev;

	world_others_say(
		w, CONTACT, &id,
		"position: \"buyer\" phones { number: \"+7 495 1234567\" }", 0);
	model_pull_all(&anna);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id,
		  "position: \"buyer\" phones { number: \"+7 495 1234567\" }"
		  " address: \"Elm Street\"");
	model_push_all(&anna);
	world_others_say(w, CONTACT, &id, "position: \"seller\"", 0);
	rev = harness_rev(&w->h);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	assert_int_equal(harness_rev(&w->h), rev);
	world_stands(w, CONTACT, &id, "position", "seller");
	model_close(&anna);
}

/* ---------------------------------------------------------- creations again */

/*
 * A phone whose clock is an hour ahead made a card; the backup's creation was
 * refused, and its user went on with it: what they wrote then is no part of
 * what was done.
 */
static void a_creation_with_more_in_it_is_an_update(void **state)
{
	static const char *const mores[] = {
		"family_name: \"Birch\" position: \"buyer\"",
		"family_name: \"Birch\" phones { number: \"+7 495 1112233\" }",
		"family_name: \"Birch\" phones { number: \"+7 495 4445566\" }",
	};
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields more;
	struct model_mutation *made;
	uint64_t rev;

	anna.hlc = (uint64_t)(w->h.wall_us / 1000 + 3600000) << 16;
	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	model_push_all(&anna);
	for (size_t i = 0; i < 3; i++) {
		more = world_said(CONTACT, mores[i]);
		made = model_mutation(&anna, 1);
		model_reword(made, fields_bytes(&more));
		made->hlc += 5;
		fields_free(&more);
		/* What she doesn't say anew is the others' to change. */
		world_others_say(w, CONTACT, &id, "family_name: \"Cedar\"", 0);
		rev = harness_rev(&w->h);
		restore(&anna);
		model_came_out(&anna, 1, MODEL_MERGED, 0);
		assert_int_equal(harness_rev(&w->h), rev + 1);
		world_stands(w, CONTACT, &id, "family_name", "Cedar");
	}
	world_stands(w, CONTACT, &id, "position", "buyer");
	world_stands(w, CONTACT, &id, "phones[0].number", "+7 495 4445566");
	model_close(&anna);
}

/* The server puts the totals into lines: they were said all the same. */
static void lines_with_their_totals_were_said(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields other = world_said(
		ORDER, "lines { quantity_milli: 3000 unit_price_minor: 200 }"
		       " comment: \"by noon\"");
	struct model_mutation *made;
	uint64_t rev;

	world_say(&anna, MODEL_CREATE, ORDER, &id,
		  "lines { quantity_milli: 2000 unit_price_minor: 200 }"
		  " comment: \"by noon\"");
	model_push_all(&anna);
	world_stands(w, ORDER, &id, "lines[0].total_minor", "400");
	world_others_say(w, ORDER, &id, "comment: \"by ten\"", 0);
	rev = harness_rev(&w->h);
	restore(&anna);
	assert_int_equal(harness_rev(&w->h), rev);
	made = model_mutation(&anna, 1);
	model_reword(made, fields_bytes(&other));
	restore(&anna);
	world_stands(w, ORDER, &id, "lines[0].total_minor", "600");
	fields_free(&other);
	model_close(&anna);
}

/* A number that the server put in its one form is what was said, or isn't. */
static void a_creation_whose_numbers_differ_is_an_update(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields other = world_said(CONTACT,
					 "family_name: \"Birch\" phones {"
					 " number: \"+7 495 4445566\" }");
	struct model_mutation *made;
	uint64_t rev;

	anna.hlc = (uint64_t)(w->h.wall_us / 1000 + 3600000) << 16;
	world_say(
		&anna, MODEL_CREATE, CONTACT, &id,
		"family_name: \"Birch\" phones { number: \"+7 495 1112233\" }");
	model_push_all(&anna);
	rev = harness_rev(&w->h);
	restore(&anna);
	assert_int_equal(harness_rev(&w->h), rev);
	made = model_mutation(&anna, 1);
	model_reword(made, fields_bytes(&other));
	restore(&anna);
	world_stands(w, CONTACT, &id, "phones[0].number", "+7 495 4445566");
	fields_free(&other);
	model_close(&anna);
}

/* The backup's creation says other things: an edit of its time. */
static void a_creation_that_differs_is_an_update(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct model_mutation *made;
	struct fields other = world_said(
		CONTACT, "given_name: \"Ann\" family_name: \"Birch\"");
	uint64_t rev;

	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	model_push_all(&anna);
	world_others_say(w, CONTACT, &id, "position: \"seller\"", 0);
	made = model_mutation(&anna, 1);
	model_reword(made, fields_bytes(&other));
	made->hlc += 5;
	rev = harness_rev(&w->h);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	assert_int_equal(harness_rev(&w->h), rev + 1);
	world_stands(w, CONTACT, &id, "given_name", "Ann");
	world_stands(w, CONTACT, &id, "position", "seller");
	fields_free(&other);
	/* Upon a tombstone it is nothing. */
	world_delete(w, CONTACT, &id);
	made = model_mutation(&anna, 1);
	made->hlc += 5;
	restore(&anna);
	model_came_out(&anna, 1, MODEL_REJECTED, FAILED_PRECONDITION);
	model_close(&anna);
}

static void a_taken_id_is_taken(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone ben = world_phone(w, &w->ben);
	struct uuid id = harness_new_uuid(&w->h);

	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	/* By the same outbox once more: a fault of the phone's. */
	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_REJECTED, ALREADY_EXISTS);
	/* By somebody else, who even has the clock right. */
	ben.hlc = model_mutation(&anna, 1)->hlc - 1;
	world_say(&ben, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	model_mutation(&ben, 1)->hlc = model_mutation(&anna, 1)->hlc;
	model_push_all(&ben);
	model_came_out(&ben, 1, MODEL_REJECTED, ALREADY_EXISTS);
	model_close(&anna);
	model_close(&ben);
}

/* Given away since: it was done, and that is all that is said. */
static void what_is_out_of_sight_was_done(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	model_push_all(&anna);
	world_give(w, CONTACT, &id, &w->carl);
	world_others_say(w, CONTACT, &id, "position: \"his\"", 0);
	restore(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_APPLIED, 0);
	world_stands(w, CONTACT, &id, "position", "his");
	assert_null(model_find(&anna, CONTACT, &id));
	model_close(&anna);
}

/* Who made it doesn't hold it any more, and sees it all the same. */
static void whose_it_is_by_now_is_told(void **state)
{
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = harness_new_uuid(&w->h);
	char owner[UUID_TEXT_LEN + 1], text[120];

	uuid_format(owner, &w->mia.id);
	snprintf(text, sizeof(text), "owner_id: \"%s\" family_name: \"Birch\"",
		 owner);
	world_say(&mia, MODEL_CREATE, CONTACT, &id, text);
	model_push_all(&mia);
	world_give(w, CONTACT, &id, &w->anna);
	model_forget_cards(&mia);
	model_renew(&mia);
	model_pull_all(&mia);
	model_push_all(&mia);
	model_came_out(&mia, 1, MODEL_MERGED, 0);
	model_check(&mia);
	model_close(&mia);
}

/* What the backup didn't have yet is new, and goes its way. */
static void new_work_goes_on(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	world_say(&anna, MODEL_CREATE, CONTACT, &id, "family_name: \"Birch\"");
	model_push_all(&anna);
	model_forget_cards(&anna);
	model_renew(&anna);
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"buyer\"");
	world_say(&anna, MODEL_UPDATE, CONTACT, &id, "position: \"owner\"");
	model_push_all(&anna);
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	model_came_out(&anna, 2, MODEL_APPLIED, 0);
	model_came_out(&anna, 3, MODEL_APPLIED, 0);
	model_pull_all(&anna);
	model_check(&anna);
	world_stands(w, CONTACT, &id, "position", "owner");
	model_close(&anna);
}

/* ------------------------------------------------------------------- asked */

static void asked_about(struct model_phone *p, uint64_t seq, uint32_t field)
{
	const struct model_mutation *m = model_mutation(p, seq);

	assert_int_equal(m->n_asked, field != 0);
	if (field != 0)
		assert_int_equal(m->asked[0], field);
}

static struct uuid claim(struct world *w)
{
	struct fields fields = world_said(
		CLAIM, "subject: \"The door\" compensation_minor: 100"
		       " currency_code: \"EUR\"");
	struct uuid id = world_create(w, CLAIM, &w->anna, &fields);

	fields_free(&fields);
	return id;
}

static void money_is_asked_about(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = claim(w);
	uint64_t seq;

	model_pull_all(&anna);
	world_others_say(w, CLAIM, &id, "compensation_minor: 200", 0);
	seq = world_say(&anna, MODEL_UPDATE, CLAIM, &id,
			"subject: \"The gate\" compensation_minor: 300");
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	asked_about(&anna, seq, CLAIM_COMPENSATION);
	world_stands(w, CLAIM, &id, "compensation_minor", "200");
	world_stands(w, CLAIM, &id, "subject", "The gate");
	model_pull_all(&anna);
	model_check(&anna);
	/* Asked, she decides: upon what stands, and nobody is asked again. */
	seq = world_say(&anna, MODEL_UPDATE, CLAIM, &id,
			"compensation_minor: 300");
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_APPLIED, 0);
	asked_about(&anna, seq, 0);
	world_stands(w, CLAIM, &id, "compensation_minor", "300");
	/* The same thing said by both is no question. */
	world_others_say(w, CLAIM, &id, "compensation_minor: 400", 0);
	seq = world_say(&anna, MODEL_UPDATE, CLAIM, &id,
			"compensation_minor: 400");
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_APPLIED, 0);
	asked_about(&anna, seq, 0);
	model_close(&anna);
}

/* A field of another policy is lost without a question. */
static void only_money_is_asked_about(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = claim(w);
	uint64_t seq;

	model_pull_all(&anna);
	seq = world_say(&anna, MODEL_UPDATE, CLAIM, &id,
			"subject: \"The gate\"");
	world_others_say(w, CLAIM, &id, "subject: \"The roof\"", 0);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	asked_about(&anna, seq, 0);
	world_stands(w, CLAIM, &id, "subject", "The roof");
	model_close(&anna);
}

/* Asked before the backup, she is asked again; what was applied isn't. */
static void a_question_comes_again(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid asked = claim(w), applied = claim(w);
	uint64_t rev;

	model_pull_all(&anna);
	world_others_say(w, CLAIM, &asked, "compensation_minor: 200", 0);
	world_say(&anna, MODEL_UPDATE, CLAIM, &asked,
		  "compensation_minor: 300");
	world_say(&anna, MODEL_UPDATE, CLAIM, &applied,
		  "compensation_minor: 300");
	model_push_all(&anna);
	world_others_say(w, CLAIM, &applied, "compensation_minor: 500", 0);
	rev = harness_rev(&w->h);
	restore(&anna);
	assert_int_equal(harness_rev(&w->h), rev);
	model_came_out(&anna, 1, MODEL_MERGED, 0);
	asked_about(&anna, 1, CLAIM_COMPENSATION);
	model_came_out(&anna, 2, MODEL_MERGED, 0);
	asked_about(&anna, 2, 0);
	world_stands(w, CLAIM, &asked, "compensation_minor", "200");
	world_stands(w, CLAIM, &applied, "compensation_minor", "500");
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_whole_outbox_again_changes_nothing),
		WITH_WORLD(the_last_writer_stays),
		WITH_WORLD(sets_stay),
		WITH_WORLD(keys_stay),
		WITH_WORLD(what_somebody_brought_back_stays),
		WITH_WORLD(clamped_clocks_are_told_apart),
		WITH_WORLD(a_clock_given_out_twice),
		WITH_WORLD(what_was_half_said_is_new),
		WITH_WORLD(what_stood_so_was_said),
		WITH_WORLD(a_creation_with_more_in_it_is_an_update),
		WITH_WORLD(lines_with_their_totals_were_said),
		WITH_WORLD(a_creation_whose_numbers_differ_is_an_update),
		WITH_WORLD(a_creation_that_differs_is_an_update),
		WITH_WORLD(a_taken_id_is_taken),
		WITH_WORLD(what_is_out_of_sight_was_done),
		WITH_WORLD(whose_it_is_by_now_is_told),
		WITH_WORLD(new_work_goes_on),
		WITH_WORLD(money_is_asked_about),
		WITH_WORLD(only_money_is_asked_about),
		WITH_WORLD(a_question_comes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
