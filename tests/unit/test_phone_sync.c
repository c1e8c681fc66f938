/*
 * The phone's side of sync: what it asks, and what an answer does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"
#include "push.h"

static const struct bytes NOTHING = { NULL, 0 };

static bool count(void *user, const struct outrider_card *card)
{
	(void)card;
	++*(size_t *)user;
	return true;
}

/* How many contacts a search finds. */
static size_t n_found(struct phone *phone, const char *text)
{
	size_t n = 0;

	assert_int_equal(outrider_card_find(phone->core, "contact", text, 0,
					    count, &n, NULL),
			 OUTRIDER_OK);
	return n;
}

static void a_page_comes_in(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct outrider_status status;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Petrov");
	assert_string_equal(phone_shows(&phone, &id, "phones.number"),
			    "+7 916 123-45-67");
	outrider_get_status(phone.core, &status);
	assert_int_equal(status.n_cards, 1);
	assert_int_equal(status.synced_us, phone.wall_us);

	/* It is there after a restart, and only with the PIN. */
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "-");
	assert_int_equal(outrider_unlock(phone.core, "9999", NULL),
			 OUTRIDER_WRONG_PIN);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	phone_free(&phone);
}

static void an_edit_goes_out(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Pyotr");
	assert_int_equal(phone_status(&phone).n_waiting, 1);

	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_string_equal(phone.token, "token-of-the-device");
	assert_int_equal(phone_asked_number(&phone, 2), 1); /* first_seq */
	assert_int_equal(phone_asked_number(&phone, 3), 7); /* min_base_rev */
	phone_answer_push(&phone, APPLIED, 9, NOTHING, 0, NULL, NULL);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, "cursor-1"));
	assert_int_equal(phone_asked_number(&phone, 4), 1); /* acked_seq */
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Pyotr");
	assert_int_equal(n_found(&phone, "Pyotr"), 1);
	assert_int_equal(n_found(&phone, "Ivan"), 0);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	phone_answer_empty_pull(&phone);

	/* All of it is on the disk. */
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Pyotr");
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	phone_free(&phone);
}

static void an_answer_lost_is_asked_for_again(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	uint8_t first[4096];
	size_t len;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	len = phone.request.len;
	memcpy(first, phone.request.at, len);
	phone_end(&phone, 14, "cut");
	assert_int_equal(phone_status(&phone).n_waiting, 1);

	/* The same bytes, also after a restart: the server compares them. */
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone.request.len, len);
	assert_memory_equal(phone.request.at, first, len);
	phone_answer_push(&phone, APPLIED, 9, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	phone_free(&phone);
}

static void a_merged_edit_shows_what_stands(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct message_maker stands;
	struct outrider_event event;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "family_name", "Mine");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_contact(&stands, NULL, NULL, "Theirs", NULL);
	phone_answer_push(&phone, MERGED, 9, maker_bytes(&stands), 0, NULL,
			  NULL);
	maker_end(&stands);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Theirs");
	assert_int_equal(n_found(&phone, "Theirs"), 1);
	assert_int_equal(n_found(&phone, "Mine"), 0);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_MERGED, &event));
	assert_memory_equal(event.id, id.at, 16);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_int_equal(phone_status(&phone).n_parked, 0);
	phone_free(&phone);
}

struct seen {
	size_t n;
	uint64_t seq;
	char op[8], reason[80], field[40];
	bool is_parked, can_edit;
	enum outrider_code code;
};

static bool see(void *user, const struct outrider_outgoing *m)
{
	struct seen *seen = user;

	seen->n++;
	seen->seq = m->seq;
	seen->is_parked = m->is_parked;
	seen->can_edit = m->can_edit;
	seen->code = m->code;
	snprintf(seen->op, sizeof(seen->op), "%s", m->op);
	snprintf(seen->reason, sizeof(seen->reason), "%s", m->reason);
	snprintf(seen->field, sizeof(seen->field), "%s", m->field);
	return true;
}

static struct seen outbox_of(struct phone *phone)
{
	struct seen seen = { .n = 0 };

	assert_int_equal(outrider_outbox(phone->core, see, &seen, NULL),
			 OUTRIDER_OK);
	return seen;
}

static void a_refused_edit_is_parked(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct outrider_event event;
	struct outrider_card card;
	struct seen seen;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "family_name", "Bad");
	phone_edit(&phone, &id, "given_name", "Good");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	{
		struct message_maker answer;
		maker_begin(&answer);
		maker_result(&answer, REJECTED, 0, NOTHING, 3, "family_name",
			     "is not welcome");
		maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
		assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
				 OUTRIDER_OK);
		maker_end(&answer);
		phone_end(&phone, 0, NULL);
	}
	/* It didn't hold up the one behind it, and is shown with its reason. */
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Good");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Petrov");
	assert_true(phone_event(&phone, OUTRIDER_EVENT_PARKED, &event));
	assert_memory_equal(event.id, id.at, 16);
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_OK);
	assert_true(card.is_parked);
	assert_false(card.is_pending);
	seen = outbox_of(&phone);
	assert_int_equal(seen.n, 1);
	assert_true(seen.is_parked);
	assert_string_equal(seen.op, "update");
	assert_string_equal(seen.field, "family_name");
	assert_string_equal(seen.reason,
			    "Something in it can't be so: is not welcome");
	assert_int_equal(seen.code, OUTRIDER_INVALID_ARGUMENT);
	assert_true(seen.can_edit);
	assert_int_equal(phone_status(&phone).n_parked, 1);
	phone_answer_empty_pull(&phone);

	/* It isn't sent by itself; a person sends it once more, or drops it. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_empty_pull(&phone);
	assert_int_equal(outrider_outbox_retry(phone.core, seen.seq, NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Bad");
	assert_int_equal(phone_status(&phone).n_parked, 0);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_asked_number(&phone, 2), 3);
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "family_name", "no");
	phone_answer_empty_pull(&phone);
	seen = outbox_of(&phone);
	assert_int_equal(outrider_outbox_discard(phone.core, 77, NULL),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(outrider_outbox_discard(phone.core, seen.seq, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outbox_of(&phone).n, 0);
	phone_free(&phone);
}

/* The values as they were refused, to be changed, upon the card as it is. */
static void a_refused_edit_is_changed(void **state)
{
	struct outrider_edit *edit;
	struct phone phone;
	struct uuid id = phone_id(1);
	uint64_t seq;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "family_name", "Bad");
	assert_int_equal(outrider_outbox_edit(phone.core, 1, &edit, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "family_name", "no");
	phone_answer_empty_pull(&phone);
	phone_pull_contact(&phone, &id, 9, "Pyotr", "Petrov");
	seq = outbox_of(&phone).seq;
	assert_int_equal(outrider_outbox_edit(phone.core, 99, &edit, NULL),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(outrider_outbox_edit(phone.core, seq, &edit, NULL),
			 OUTRIDER_OK);
	/* Given up: it is parked as before. */
	outrider_edit_discard(edit);
	assert_int_equal(phone_status(&phone).n_parked, 1);
	assert_int_equal(outrider_outbox_edit(phone.core, seq, &edit, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "position", "Buyer", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
	assert_int_equal(phone_status(&phone).n_parked, 0);
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Bad");
	assert_string_equal(phone_shows(&phone, &id, "position"), "Buyer");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_asked_number(&phone, 2), 2);
	assert_int_equal(phone_asked_number(&phone, 3), 9); /* min_base_rev */
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "family_name", "no");
	phone_answer_empty_pull(&phone);

	/* Made to say what stands already: there is nothing left to send. */
	seq = outbox_of(&phone).seq;
	assert_int_equal(outrider_outbox_edit(phone.core, seq, &edit, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "family_name", "Petrov", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "position", "", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
	assert_int_equal(outbox_of(&phone).n, 0);

	/* A delete has nothing to be changed. */
	assert_int_equal(outrider_card_delete(phone.core, "contact", id.at,
					      NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 7, NULL, "no");
	phone_answer_empty_pull(&phone);
	assert_false(outbox_of(&phone).can_edit);
	assert_string_equal(outbox_of(&phone).reason,
			    "You may not do this: no");
	assert_int_equal(outrider_outbox_edit(phone.core, outbox_of(&phone).seq,
					      &edit, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	phone_free(&phone);
}

static void a_refused_new_card_is_changed(void **state)
{
	struct outrider_edit *edit;
	struct phone phone;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact", NULL,
					     NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "family_name", "New", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, id.at, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "family_name", "no");
	phone_answer_empty_pull(&phone);
	assert_true(outbox_of(&phone).can_edit);
	assert_int_equal(outrider_outbox_edit(phone.core, outbox_of(&phone).seq,
					      &edit, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "family_name", "Newer", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
	assert_int_equal(outbox_of(&phone).n, 1);
	assert_false(outbox_of(&phone).is_parked);
	assert_string_equal(outbox_of(&phone).op, "create");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Newer");
	phone_free(&phone);
}

static void a_refused_new_card_stays_in_sight(void **state)
{
	struct phone phone;
	struct outrider_edit *edit_of;
	struct outrider_card card;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(outrider_edit_begin(&edit_of, phone.core, "contact",
					     NULL, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit_of, "family_name", "New", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit_of, id.at, NULL),
			 OUTRIDER_OK);
	phone_edit(&phone, &id, "given_name", "Very");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	{
		struct message_maker answer;
		maker_begin(&answer);
		maker_result(&answer, REJECTED, 0, NOTHING, 7, NULL, "no");
		maker_result(&answer, REJECTED, 0, NOTHING, 5, NULL, "no");
		assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
				 OUTRIDER_OK);
		maker_end(&answer);
		phone_end(&phone, 0, NULL);
	}
	phone_answer_empty_pull(&phone);
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_OK);
	assert_int_equal(card.rev, 0);
	assert_true(card.is_parked);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "New");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Very");

	/* The next edit makes it anew, with all that was written. */
	phone_edit(&phone, &id, "position", "Buyer");
	assert_int_equal(outbox_of(&phone).n, 1);
	assert_string_equal(outbox_of(&phone).op, "create");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Very");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, APPLIED, 5, NOTHING, 0, NULL, NULL);
	assert_string_equal(phone_shows(&phone, &id, "position"), "Buyer");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "New");
	phone_free(&phone);
}

static struct uuid make_contact(struct phone *phone, const char *name)
{
	struct outrider_edit *edit_of;
	struct uuid id;

	assert_int_equal(outrider_edit_begin(&edit_of, phone->core, "contact",
					     NULL, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit_of, "family_name", name, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit_of, id.at, NULL),
			 OUTRIDER_OK);
	return id;
}

/* Taken, and out of sight before a pull could name it: it goes. */
static void a_new_card_is_named_or_goes(void **state)
{
	struct record_maker_args named = { .kind = 4, .rev = 2, .entered = 1 };
	struct message_maker page;
	struct phone phone;
	struct uuid unnamed;

	(void)state;
	phone_ready(&phone);
	named.id = make_contact(&phone, "Named");
	unnamed = make_contact(&phone, "Unnamed");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_begin(&page);
	maker_result(&page, APPLIED, 2, NOTHING, 0, NULL, NULL);
	maker_result(&page, APPLIED, 3, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_string_equal(phone_shows(&phone, &unnamed, "family_name"),
			    "Unnamed");

	maker_begin(&page);
	maker_record(&page, &named);
	maker_finish_page(&page, "cursor", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_string_equal(phone_shows(&phone, &named.id, "family_name"),
			    "Named");
	assert_string_equal(phone_shows(&phone, &unnamed, "family_name"), "-");
	assert_int_equal(phone_status(&phone).n_cards, 1);
	phone_free(&phone);
}

static void deltas(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1), other = phone_id(2);
	struct message_maker page, fields;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_pull_contact(&phone, &other, 8, "Olga", "Sidorova");

	/* One field new, one emptied; the edit that waits stays on top. */
	phone_edit(&phone, &id, "position", "Buyer");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 14, NULL);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, APPLIED, 9, NOTHING, 0, NULL, NULL);
	phone_edit(&phone, &id, "position", "Chief buyer");
	maker_begin(&page);
	maker_contact(&fields, NULL, NULL, "Petrov-Vodkin", NULL);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = id,
				    .rev = 10,
				    .fields = maker_bytes(&fields),
				    .cleared = 10,
			    });
	maker_end(&fields);
	maker_finish_page(&page, "cursor-3", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_string_equal(phone_shows(&phone, &id, "family_name"),
			    "Petrov-Vodkin");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "");
	assert_string_equal(phone_shows(&phone, &id, "position"),
			    "Chief buyer");
	assert_string_equal(phone_shows(&phone, &id, "phones.number"),
			    "+7 916 123-45-67");
	phone_free(&phone);
}

/* A page with one record that says only what happened to it. */
static void pull_fate(struct phone *phone, const struct record_maker_args *fate,
		      int lost_scope)
{
	struct message_maker page;
	uint8_t scope[17] = { 0 };

	maker_begin(&page);
	if (fate != NULL)
		maker_record(&page, fate);
	maker_finish_page(&page, "cursor-4", true);
	if (lost_scope > 0) {
		scope[0] = (uint8_t)lost_scope;
		maker_bytes_of(&page, 5, scope, sizeof(scope));
	}
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static void cards_go(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct record_maker_args fate = { .kind = CONTACT, .id = id };

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov"); /* by scope 2 */
	fate.rev = 8;
	fate.entered = 1;
	pull_fate(&phone, &fate, 0);
	fate.rev = 9;
	fate.entered = 0;
	fate.left = 2;
	pull_fate(&phone, &fate, 0); /* the other scope still holds it */
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Petrov");
	fate.rev = 10;
	fate.left = 1;
	pull_fate(&phone, &fate, 0);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "-");

	phone_pull_contact(&phone, &id, 11, "Ivan", "Petrov");
	fate = (struct record_maker_args){
		.kind = CONTACT, .id = id, .rev = 12, .is_deleted = true
	};
	pull_fate(&phone, &fate, 0);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "-");
	pull_fate(&phone, &fate, 0); /* again: changes nothing */

	phone_pull_contact(&phone, &id, 13, "Ivan", "Petrov");
	pull_fate(&phone, NULL, 1); /* not a scope of it */
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Petrov");
	pull_fate(&phone, NULL, 2);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "-");
	assert_int_equal(phone_status(&phone).n_cards, 0);
	phone_free(&phone);
}

static void pushes_have_limits(void **state)
{
	struct phone phone;
	struct outrider_edit *edit_of;
	struct message_maker answer;
	char text[15001];
	size_t n_pushes = 0, n_sent = 0;

	(void)state;
	phone_ready(&phone);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (int i = 0; i < 640; i++) {
		bool is_long = i < 20;
		assert_int_equal(outrider_edit_begin(&edit_of, phone.core,
						     "note", NULL, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit_of, "text",
						   is_long ? text : "short",
						   NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_commit(edit_of, NULL, NULL),
				 OUTRIDER_OK);
	}
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	while (phone_asks(&phone, "SyncService/Push")) {
		size_t n = phone_count_mutations(&phone);
		assert_in_range(n, 1, 500);
		assert_in_range(phone.request.len, 1, 64 * 1024);
		assert_int_equal(phone_asked_number(&phone, 2), n_sent + 1);
		n_pushes++;
		n_sent += n;
		maker_begin(&answer);
		for (size_t i = 0; i < n; i++)
			maker_result(&answer, APPLIED, n_sent + i, NOTHING, 0,
				     NULL, NULL);
		assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
				 OUTRIDER_OK);
		maker_end(&answer);
		phone_end(&phone, 0, NULL);
	}
	assert_int_equal(n_sent, 640);
	assert_in_range(n_pushes, 7, 9);
	assert_int_equal(phone_status(&phone).n_cards, 640);
	phone_free(&phone);
}

enum { PUSH_FIRST_SEQ = 2, PUSH_ACKED_SEQ = 5 };

static void answer_one(struct phone *phone, uint64_t rev)
{
	struct message_maker answer;

	maker_begin(&answer);
	maker_result(&answer, APPLIED, rev, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
}

static void assert_push(struct phone *phone, uint64_t first, uint64_t acked)
{
	assert_true(phone_asks(phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(phone), 1);
	assert_int_equal(phone_asked_number(phone, PUSH_FIRST_SEQ), first);
	assert_int_equal(phone_asked_number(phone, PUSH_ACKED_SEQ), acked);
}

/* It says nothing of the answer that isn't on the disk yet. */
static void a_push_goes_ahead_of_an_answer(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	push_set_page(phone.core, 1);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	phone_edit(&phone, &id, "given_name", "Pavel");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_push(&phone, 1, 0);
	/* Made too late to be ready. */
	phone_edit(&phone, &id, "given_name", "Prokop");
	answer_one(&phone, 8);
	assert_push(&phone, 2, 0);
	assert_int_equal(phone_status(&phone).n_waiting, 2);
	phone_end(&phone, 0, NULL); /* of the first */
	answer_one(&phone, 9);
	assert_push(&phone, 3, 1);
	phone_end(&phone, 0, NULL);
	phone_answer_push(&phone, APPLIED, 10, NOTHING, 0, NULL, NULL);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Prokop");
	phone_free(&phone);
}

static void an_answer_that_makes_no_sense_sends_nothing(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct message_maker answer;

	(void)state;
	phone_ready(&phone);
	push_set_page(phone.core, 1);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	phone_edit(&phone, &id, "given_name", "Pavel");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_begin(&answer); /* of none */
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_DATA_LOSS);
	maker_end(&answer);
	assert_int_equal(phone.call, 0);
	assert_int_equal(phone_status(&phone).n_waiting, 2);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_push(&phone, 1, 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_push_goes_ahead_of_an_answer),
		cmocka_unit_test(an_answer_that_makes_no_sense_sends_nothing),
		cmocka_unit_test(a_page_comes_in),
		cmocka_unit_test(an_edit_goes_out),
		cmocka_unit_test(an_answer_lost_is_asked_for_again),
		cmocka_unit_test(a_merged_edit_shows_what_stands),
		cmocka_unit_test(a_refused_edit_is_parked),
		cmocka_unit_test(a_refused_edit_is_changed),
		cmocka_unit_test(a_refused_new_card_is_changed),
		cmocka_unit_test(a_refused_new_card_stays_in_sight),
		cmocka_unit_test(a_new_card_is_named_or_goes),
		cmocka_unit_test(deltas),
		cmocka_unit_test(cards_go),
		cmocka_unit_test(pushes_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
