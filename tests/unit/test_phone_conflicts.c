/*
 * Conflicts on the phone: what the rep wrote is kept when a merge decides
 * otherwise, and each way in which it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"

enum { DEAL = 13 };

static const struct bytes NOTHING = { NULL, 0 };

struct seen {
	size_t n, n_fields;
	uint64_t number;
	int64_t edited_us;
	char kind[16], fields[100], mine[100], theirs[100];
	bool is_question;
};

static bool see(void *user, const struct outrider_conflict *conflict)
{
	struct seen *seen = user;
	const char *field = conflict->fields[0].name;

	seen->n++;
	seen->number = conflict->number;
	seen->edited_us = conflict->edited_us;
	seen->is_question = conflict->is_question;
	seen->n_fields = conflict->n_fields;
	snprintf(seen->kind, sizeof(seen->kind), "%s", conflict->kind);
	seen->fields[0] = 0;
	for (size_t i = 0; i < conflict->n_fields; i++)
		snprintf(seen->fields + strlen(seen->fields),
			 sizeof(seen->fields) - strlen(seen->fields), "%s%s ",
			 conflict->fields[i].name,
			 conflict->fields[i].is_question ? "?" : "");
	(void)outrider_card_text(seen->mine, sizeof(seen->mine), conflict->kind,
				 conflict->mine, conflict->mine_len, field, 0);
	(void)outrider_card_text(seen->theirs, sizeof(seen->theirs),
				 conflict->kind, conflict->theirs,
				 conflict->theirs_len, field, 0);
	return true;
}

static struct seen look(struct phone *phone)
{
	struct seen seen = { .n = 0 };

	assert_int_equal(outrider_conflicts(phone->core, see, &seen, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(phone).n_conflicts, seen.n);
	return seen;
}

/* The family name is pushed, and another one stands instead. */
static void lose(struct phone *phone, const struct uuid *id, const char *mine,
		 const char *theirs, uint64_t rev)
{
	struct message_maker stands;

	phone_edit(phone, id, "family_name", mine);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	maker_contact(&stands, NULL, NULL, theirs, NULL);
	phone_answer_push(phone, MERGED, rev, maker_bytes(&stands), 0, NULL,
			  NULL);
	maker_end(&stands);
	phone_answer_empty_pull(phone);
}

static void begin(struct phone *phone, struct uuid *id)
{
	*id = phone_id(1);
	phone_ready(phone);
	phone_pull_contact(phone, id, 7, "Ivan", "Petrov");
}

static void what_lost_is_kept(void **state)
{
	struct outrider_event event;
	struct phone phone;
	struct uuid id;
	struct seen seen;

	(void)state;
	begin(&phone, &id);
	assert_int_equal(look(&phone).n, 0);
	lose(&phone, &id, "Mine", "Theirs", 9);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_MERGED, &event));
	assert_string_equal(event.text, "family_name");
	for (int i = 0; i < 2; i++) {
		seen = look(&phone);
		assert_int_equal(seen.n, 1);
		assert_string_equal(seen.kind, "contact");
		assert_string_equal(seen.fields, "family_name ");
		assert_string_equal(seen.mine, "Mine");
		assert_string_equal(seen.theirs, "Theirs");
		assert_false(seen.is_question);
		assert_true(seen.edited_us == phone.wall_us);
		/* After a restart too; counted, and shut, while locked. */
		phone_close(&phone);
		assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
		assert_int_equal(phone_status(&phone).n_conflicts, 1);
		assert_int_equal(outrider_conflicts(phone.core, see, &seen,
						    NULL),
				 OUTRIDER_LOCKED);
		assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
				 OUTRIDER_OK);
	}
	phone_free(&phone);
}

static void mine_is_put_back(void **state)
{
	struct phone phone;
	struct uuid id;
	struct seen seen;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	seen = look(&phone);
	assert_int_equal(outrider_conflict_put_back(phone.core, seen.number + 1,
						    NULL),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(outrider_conflict_put_back(phone.core, seen.number,
						    NULL),
			 OUTRIDER_OK);
	assert_int_equal(look(&phone).n, 0);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Mine");
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_count_mutations(&phone), 1);
	phone_answer_push(&phone, APPLIED, 11, NOTHING, 0, NULL, NULL);
	phone_answer_empty_pull(&phone);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Mine");
	/* A number is given once. */
	lose(&phone, &id, "Mine again", "Theirs", 12);
	assert_true(look(&phone).number > seen.number);
	phone_free(&phone);
}

static void an_emptied_field_is_put_back(void **state)
{
	struct message_maker stands;
	struct phone phone;
	struct uuid id;
	struct seen seen;

	(void)state;
	begin(&phone, &id);
	phone_edit(&phone, &id, "given_name", "");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_contact(&stands, NULL, "Theirs", NULL, NULL);
	phone_answer_push(&phone, MERGED, 9, maker_bytes(&stands), 0, NULL,
			  NULL);
	maker_end(&stands);
	seen = look(&phone);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.mine, "");
	assert_string_equal(seen.theirs, "Theirs");
	assert_int_equal(outrider_conflict_put_back(phone.core, seen.number,
						    NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "");
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

static void theirs_is_let_stand(void **state)
{
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	assert_int_equal(outrider_conflict_dismiss(phone.core,
						   look(&phone).number, NULL),
			 OUTRIDER_OK);
	assert_int_equal(look(&phone).n, 0);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Theirs");
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	phone_free(&phone);
}

/* What stands is the card's, as it changes; where it is the rep's value in the
 * end there is nothing to decide. */
static void it_goes_with_what_stands(void **state)
{
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	phone_pull_contact(&phone, &id, 10, "Ivan", "Third");
	assert_string_equal(look(&phone).theirs, "Third");
	phone_pull_contact(&phone, &id, 11, "Ivan", "Mine");
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

static void it_goes_when_the_rep_writes_anew(void **state)
{
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	phone_edit(&phone, &id, "given_name", "Pyotr");
	assert_int_equal(look(&phone).n, 1);
	phone_edit(&phone, &id, "family_name", "Newer");
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

static void a_later_edit_has_the_last_word(void **state)
{
	struct message_maker answer, stands;
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	phone_edit(&phone, &id, "family_name", "First");
	phone_edit(&phone, &id, "family_name", "Second");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_contact(&stands, NULL, NULL, "Theirs", NULL);
	maker_begin(&answer);
	maker_result(&answer, MERGED, 9, maker_bytes(&stands), 0, NULL, NULL);
	maker_result(&answer, APPLIED, 10, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	phone_end(&phone, 0, NULL);
	assert_int_equal(look(&phone).n, 0);
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Second");
	maker_end(&answer);
	maker_end(&stands);
	phone_free(&phone);
}

static void it_goes_with_its_card(void **state)
{
	struct message_maker page;
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	maker_begin(&page);
	maker_record(&page,
		     &(struct record_maker_args){
			     .kind = CONTACT, .id = id, .rev = 10, .left = 2 });
	maker_finish_page(&page, "cursor-9", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

/* Whose team or role changes gets cards anew, on the page that takes them. */
static void it_stays_where_its_card_comes_again(void **state)
{
	struct message_maker page, fields;
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	maker_begin(&page);
	maker_record(&page,
		     &(struct record_maker_args){
			     .kind = CONTACT, .id = id, .rev = 10, .left = 2 });
	maker_contact(&fields, &phone.user, "Ivan", "Theirs", NULL);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = id,
				    .rev = 10,
				    .fields = maker_bytes(&fields),
				    .entered = 1,
				    .is_whole = true,
			    });
	maker_finish_page(&page, "cursor-9", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&fields);
	maker_end(&page);
	assert_int_equal(look(&phone).n, 1);
	assert_string_equal(look(&phone).mine, "Mine");
	phone_free(&phone);
}

static void two_fields_of_one_card_are_one_conflict(void **state)
{
	struct message_maker stands;
	struct phone phone;
	struct uuid id;
	struct seen seen;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Theirs", 9);
	phone_edit(&phone, &id, "given_name", "My");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_contact(&stands, NULL, "Their", NULL, NULL);
	phone_answer_push(&phone, MERGED, 10, maker_bytes(&stands), 0, NULL,
			  NULL);
	maker_end(&stands);
	phone_answer_empty_pull(&phone);
	seen = look(&phone);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.fields, "given_name family_name ");
	assert_int_equal(outrider_conflict_put_back(phone.core, seen.number,
						    NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "My");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Mine");
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	phone_free(&phone);
}

/* Sets are united: both got what they wanted. */
static void a_united_set_is_no_conflict(void **state)
{
	struct outrider_event event;
	struct message_maker stands;
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	phone_edit(&phone, &id, "interests", "ski");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_begin(&stands);
	maker_text(&stands, 21, "chess");
	maker_text(&stands, 21, "ski");
	phone_answer_push(&phone, MERGED, 10, maker_bytes(&stands), 0, NULL,
			  NULL);
	maker_end(&stands);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_MERGED, &event));
	assert_string_equal(event.text, "");
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

/* MERGED, but the fields that it names stand as they were sent: what made the
 * server say so is hidden from the rep. */
static void what_stands_as_sent_is_not_told(void **state)
{
	struct outrider_event event;
	struct phone phone;
	struct uuid id;

	(void)state;
	begin(&phone, &id);
	lose(&phone, &id, "Mine", "Mine", 9);
	assert_false(phone_event(&phone, OUTRIDER_EVENT_MERGED, &event));
	assert_int_equal(look(&phone).n, 0);
	phone_free(&phone);
}

/* ------------------------------------------------------------------- money */

static void pull_deal(struct phone *phone, const struct uuid *id, uint64_t rev,
		      uint64_t amount)
{
	struct message_maker page, fields;
	struct uuid other = phone_id(200);

	maker_begin(&page);
	maker_begin(&fields);
	maker_id(&fields, 6, &phone->user);
	maker_text(&fields, 10, "Harvest");
	maker_id(&fields, 13, &other);
	maker_id(&fields, 14, &other);
	maker_number(&fields, 16, amount);
	maker_text(&fields, 17, "EUR");
	maker_record(&page, &(struct record_maker_args){
				    .kind = DEAL,
				    .id = *id,
				    .rev = rev,
				    .fields = maker_bytes(&fields),
				    .entered = 2,
				    .is_whole = true,
			    });
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
	maker_end(&fields);
}

/* MERGED: this amount stands, and the field is a question. */
static void answer_asked(struct phone *phone, uint64_t amount)
{
	struct message_maker answer, result, fields;
	uint8_t asked[] = { 16 };

	maker_begin(&fields);
	maker_number(&fields, 16, amount);
	maker_begin(&result);
	maker_number(&result, 1, MERGED);
	maker_number(&result, 2, 9);
	maker_bytes_of(&result, 3, fields.bytes.at, fields.bytes.len);
	maker_bytes_of(&result, 8, asked, sizeof(asked));
	maker_begin(&answer);
	maker_bytes_of(&answer, 1, result.bytes.at, result.bytes.len);
	assert_true(phone_asks(phone, "SyncService/Push"));
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	phone_end(phone, 0, NULL);
	maker_end(&answer);
	maker_end(&result);
	maker_end(&fields);
}

static void money_is_asked_about(void **state)
{
	struct outrider_event event;
	struct outrider_card card;
	struct phone phone;
	struct uuid id = phone_id(1);
	struct seen seen;
	char amount[32];

	(void)state;
	phone_ready(&phone);
	pull_deal(&phone, &id, 7, 100);
	phone_edit_kind(&phone, "deal", &id, "amount_minor", "300");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	answer_asked(&phone, 200);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_ASKED, &event));
	assert_memory_equal(event.id, id.at, 16);
	assert_string_equal(event.text, "amount_minor");
	seen = look(&phone);
	assert_string_equal(seen.fields, "amount_minor? ");
	assert_string_equal(seen.mine, "300");
	assert_string_equal(seen.theirs, "200");
	assert_true(seen.is_question);
	assert_int_equal(outrider_card_get(phone.core, &card, "deal", id.at,
					   NULL),
			 OUTRIDER_OK);
	assert_true(outrider_card_text(amount, sizeof(amount), "deal",
				       card.fields, card.len, "amount_minor",
				       0) > 0);
	assert_string_equal(amount, "200");
	assert_int_equal(outrider_conflict_put_back(phone.core, seen.number,
						    NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	phone_free(&phone);
}

/* -------------------------------------------------------- without memory */

/* A sync with a server where another name stands, as far as the phone comes. */
static void lose_again(struct phone *phone)
{
	(void)!outrider_sync(phone->core, NULL);
	while (phone->call != 0) {
		struct message_maker answer, stands;

		maker_begin(&answer);
		if (phone_asks(phone, "SyncService/Push")) {
			maker_contact(&stands, NULL, NULL, "Theirs", NULL);
			maker_result(&answer, MERGED, 9, maker_bytes(&stands),
				     0, NULL, NULL);
			maker_end(&stands);
		} else if (phone_asks(phone, "SyncService/Pull")) {
			maker_finish_page(&answer, "cursor-1", true);
		}
		phone_try(phone, &answer);
	}
}

static bool note_number(void *user, const struct outrider_conflict *conflict)
{
	*(uint64_t *)user = conflict->number;
	return true;
}

/* What was lost is told, listed and put back, or the call says why not. */
static void put_back(struct phone *phone)
{
	uint64_t number = 0;
	enum outrider_code code =
		outrider_conflicts(phone->core, note_number, &number, NULL);

	if (code == OUTRIDER_OK && number != 0)
		code = outrider_conflict_put_back(phone->core, number, NULL);
	assert_true(code == OUTRIDER_OK ||
		    code == OUTRIDER_RESOURCE_EXHAUSTED ||
		    code == OUTRIDER_LOCKED);
}

/* Each in turn: what the rep wrote is in the outbox, in the conflict, or back
 * in the outbox, and never in two of them or in none. */
static void each_allocation_fails(void **state)
{
	bool has_failed = true;

	(void)state;
	for (size_t n = 1; has_failed; n++) {
		struct outrider_status status;
		struct phone phone;
		struct uuid id;

		begin(&phone, &id);
		phone_edit(&phone, &id, "family_name", "Mine");
		phone_starve(&phone, n);
		lose_again(&phone);
		put_back(&phone);
		has_failed = phone_feed(&phone);
		status = phone_status(&phone);
		assert_int_equal(status.n_waiting + status.n_conflicts, 1);
		if (status.n_conflicts == 0 && has_failed)
			assert_string_equal(phone_shows(&phone, &id,
							"family_name"),
					    "Mine");
		/* It lost, or loses now; then it is put back. */
		if (status.n_conflicts == 0)
			lose_again(&phone);
		assert_int_equal(look(&phone).n, 1);
		put_back(&phone);
		assert_int_equal(look(&phone).n, 0);
		assert_int_equal(phone_status(&phone).n_waiting, 1);
		assert_string_equal(phone_shows(&phone, &id, "family_name"),
				    "Mine");
		phone_free(&phone); /* and no memory is left over */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lost_is_kept),
		cmocka_unit_test(mine_is_put_back),
		cmocka_unit_test(an_emptied_field_is_put_back),
		cmocka_unit_test(theirs_is_let_stand),
		cmocka_unit_test(it_goes_with_what_stands),
		cmocka_unit_test(it_goes_when_the_rep_writes_anew),
		cmocka_unit_test(a_later_edit_has_the_last_word),
		cmocka_unit_test(it_goes_with_its_card),
		cmocka_unit_test(it_stays_where_its_card_comes_again),
		cmocka_unit_test(two_fields_of_one_card_are_one_conflict),
		cmocka_unit_test(a_united_set_is_no_conflict),
		cmocka_unit_test(what_stands_as_sent_is_not_told),
		cmocka_unit_test(money_is_asked_about),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
