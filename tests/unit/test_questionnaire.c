/*
 * Questionnaires filled in on the phone, and drafts: asked the form's law in
 * the server's words, put aside and taken up again, changed before they were
 * sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "model/wire.h"
#include "phone_host.h"

enum { FORM = 23 };

/* ---------------------------------------------------------------- support */

struct asked {
	const char *key;
	int type;
	bool is_required;
	const char *choices[4];
};

static const struct asked fair[] = {
	{ "why", OUTRIDER_QUESTION_TEXT, false, { NULL } },
	{ "tons", OUTRIDER_QUESTION_NUMBER, true, { NULL } },
	{ "visit", OUTRIDER_QUESTION_YES_NO, true, { NULL } },
	{ "crop", OUTRIDER_QUESTION_CHOICE, false, { "wheat", "rape" } },
	{ "tools",
	  OUTRIDER_QUESTION_CHOICES,
	  false,
	  { "plough", "seeder", "sprayer" } },
	{ "when", OUTRIDER_QUESTION_DATE, false, { NULL } },
	{ "mood", OUTRIDER_QUESTION_RATING, false, { NULL } },
};

#define N_FAIR (sizeof(fair) / sizeof(fair[0]))

static void put_form(struct message_maker *page, const struct uuid *id,
		     uint64_t rev, const struct asked *asked, size_t n)
{
	struct message_maker fields, question;

	maker_begin(&fields);
	maker_text(&fields, 10, "After the fair");
	for (size_t i = 0; i < n; i++) {
		maker_begin(&question);
		maker_text(&question, 1, asked[i].key);
		maker_text(&question, 2, "?");
		maker_number(&question, 3, (uint64_t)asked[i].type);
		for (size_t k = 0; asked[i].choices[k] != NULL; k++)
			maker_text(&question, 4, asked[i].choices[k]);
		if (asked[i].is_required)
			maker_number(&question, 5, 1);
		maker_bytes_of(&fields, 12, maker_bytes(&question).at,
			       maker_bytes(&question).len);
		maker_end(&question);
	}
	maker_record(page, &(struct record_maker_args){
				   .kind = FORM,
				   .id = *id,
				   .rev = rev,
				   .fields = maker_bytes(&fields),
				   .entered = 1,
				   .is_whole = true,
			   });
	maker_end(&fields);
}

static void pull_form(struct phone *phone, const struct uuid *id, uint64_t rev,
		      const struct asked *asked, size_t n)
{
	struct message_maker page;

	maker_begin(&page);
	put_form(&page, id, rev, asked, n);
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static void begin(struct phone *phone, struct uuid *form)
{
	*form = phone_id(3);
	phone_ready(phone);
	pull_form(phone, form, 5, fair, N_FAIR);
}

static struct outrider_edit *fill(struct phone *phone, const struct uuid *form)
{
	struct outrider_edit *edit;

	assert_int_equal(outrider_form_begin(&edit, phone->core, form->at,
					     NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "address",
					   "petro@agro.example", NULL),
			 OUTRIDER_OK);
	return edit;
}

/* Answers with one text; NULL takes back. */
static enum outrider_code say(struct outrider_edit *edit, const char *key,
			      const char *text, struct outrider_err *err)
{
	return outrider_form_answer(edit, key, &text, text != NULL, err);
}

static void says(struct outrider_edit *edit, const char *key, const char *text)
{
	struct outrider_err err;

	if (say(edit, key, text, &err) != OUTRIDER_OK)
		fail_msg("%s: %s", key, err.text);
}

/* "key=answer,answer;" for each that is answered. */
struct seen {
	char text[400];
	size_t n, n_required;
};

static bool look(void *user, const struct outrider_question *question)
{
	struct seen *seen = user;
	size_t len = strlen(seen->text);

	seen->n++;
	seen->n_required += question->is_required;
	if (question->n_answers == 0)
		return true;
	len += (size_t)snprintf(seen->text + len, sizeof(seen->text) - len,
				"%s=", question->key);
	for (size_t i = 0; i < question->n_answers; i++)
		len += (size_t)snprintf(seen->text + len,
					sizeof(seen->text) - len, "%s%s",
					i > 0 ? "," : "", question->answers[i]);
	snprintf(seen->text + len, sizeof(seen->text) - len, ";");
	return true;
}

static void assert_seen(struct outrider_edit *edit, const char *text)
{
	struct seen seen = { .n = 0 };

	assert_int_equal(outrider_form_questions(edit, look, &seen, NULL),
			 OUTRIDER_OK);
	assert_int_equal(seen.n, N_FAIR);
	assert_int_equal(seen.n_required, 2);
	assert_string_equal(seen.text, text);
}

static struct uuid commit(struct outrider_edit *edit)
{
	struct outrider_err err;
	struct uuid id;

	if (outrider_edit_commit(edit, id.at, &err) != OUTRIDER_OK)
		fail_msg("%s (%s)", err.text, err.field);
	return id;
}

static void restart(struct phone *phone)
{
	phone_close(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* --------------------------------------------------------------- answering */

static void every_type(void **state)
{
	static const char *const tools[] = { "sprayer", "plough" };
	static const char whole[] =
		"why=Good soil;tons=12.5;visit=no;crop=wheat;"
		"tools=sprayer,plough;when=2026-11-21;mood=5;";
	struct outrider_edit *edit;
	struct phone phone;
	struct uuid form, id;

	(void)state;
	begin(&phone, &form);
	edit = fill(&phone, &form);
	assert_seen(edit, "");
	says(edit, "mood", "4");
	says(edit, "why", "Good soil");
	says(edit, "tons", "12.5");
	says(edit, "visit", "no");
	says(edit, "crop", "rape");
	assert_int_equal(outrider_form_answer(edit, "tools", tools, 2, NULL),
			 OUTRIDER_OK);
	says(edit, "when", "2026-11-21");
	/* Once more, and taken back. */
	says(edit, "mood", "5");
	says(edit, "crop", "wheat");
	assert_seen(edit, whole);
	says(edit, "why", NULL);
	says(edit, "why", NULL);
	says(edit, "why", "Good soil");
	assert_seen(edit, whole);
	assert_int_equal(outrider_edit_check(edit, NULL), OUTRIDER_OK);
	id = commit(edit);

	/* Killed, read again, and changed before it was sent. */
	restart(&phone);
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "answer", id.at,
					     NULL),
			 OUTRIDER_OK);
	assert_seen(edit, whole);
	says(edit, "tons", "0");
	says(edit, "visit", "yes");
	says(edit, "when", NULL);
	(void)commit(edit);
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "answer", id.at,
					     NULL),
			 OUTRIDER_OK);
	assert_seen(edit, "why=Good soil;tons=0;visit=yes;crop=wheat;"
			  "tools=sprayer,plough;mood=5;");
	outrider_edit_discard(edit);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(&phone), 2);
	phone_free(&phone);
}

/* What doesn't fit is told at once, and changes nothing. */
static void what_does_not_fit(void **state)
{
	static const struct {
		const char *key, *text, *wrong;
	} cases[] = {
		{ "tons", "many", "the question asks for a number" },
		{ "tons", "0x10", "the question asks for a number" },
		{ "visit", "maybe",
		  "the question asks for yes (1) or no (0), in number" },
		{ "visit", "2",
		  "the question asks for yes (1) or no (0), in number" },
		{ "crop", "maize",
		  "the question asks for one of its choices, in text" },
		{ "tools", "spade",
		  "the question asks for some of its choices, each once, in "
		  "texts" },
		{ "when", "2026-02-29",
		  "the question asks for a date such as 2026-11-21, in text" },
		{ "mood", "6", "the question asks for 1 to 5, in number" },
		{ "mood", "1.5", "the question asks for 1 to 5, in number" },
		{ "name", "x", "the form has no such question" },
	};
	static const char *const twice[] = { "plough", "plough" };
	struct outrider_edit *edit;
	struct outrider_err err;
	struct phone phone;
	struct uuid form, nobody = phone_id(9);

	(void)state;
	begin(&phone, &form);
	edit = fill(&phone, &form);
	says(edit, "mood", "3");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(say(edit, cases[i].key, cases[i].text, &err),
				 OUTRIDER_INVALID_ARGUMENT);
		assert_string_equal(err.field, cases[i].key);
		assert_string_equal(err.text, cases[i].wrong);
	}
	assert_int_equal(outrider_form_answer(edit, "tools", twice, 2, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(outrider_form_answer(edit, "crop", twice, 2, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(outrider_form_answer(edit, "mood", twice, 2, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_seen(edit, "mood=3;");
	outrider_edit_discard(edit);
	assert_int_equal(outrider_form_begin(&edit, phone.core, nobody.at,
					     &err),
			 OUTRIDER_NOT_FOUND);
	assert_null(edit);
	phone_pull_contact(&phone, &nobody, 7, "Ivan", "Petrov");
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact",
					     nobody.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(say(edit, "tons", "1", &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.text, "A contact is no answer to a form.");
	phone_free(&phone);
}

/* The law that the server has, in its words, before anything waits. */
static void what_is_missing(void **state)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	struct phone phone;
	struct uuid form;

	(void)state;
	begin(&phone, &form);
	edit = fill(&phone, &form);
	says(edit, "tons", "0");
	/* As often as a page likes. */
	for (size_t i = 0; i < 10000; i++) {
		assert_int_equal(outrider_edit_check(edit, &err),
				 OUTRIDER_INVALID_ARGUMENT);
		assert_string_equal(err.text, "the question \"visit\" is to be "
					      "answered");
		assert_string_equal(err.field, "answers");
	}
	assert_seen(edit, "tons=0;");
	assert_int_equal(outrider_edit_commit(edit, NULL, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	edit = fill(&phone, &form);
	says(edit, "tons", "1");
	says(edit, "visit", "yes");
	assert_int_equal(outrider_edit_set(edit, "address", " ", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "address");
	assert_string_equal(err.text,
			    "an answer is somebody's: contact_ids, lead_id or "
			    "company_id names them, or address says whom to "
			    "look for");
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	phone_free(&phone);
}

/* Generic edits are asked the same law; what the phone can't know passes. */
static void plain_edits_are_asked_too(void **state)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	char id[UUID_TEXT_LEN + 1];
	struct uuid form, other = phone_id(9);
	struct phone phone;

	(void)state;
	begin(&phone, &form);
	for (size_t i = 0; i < 2; i++) {
		uuid_format(id, i == 0 ? &form : &other);
		assert_int_equal(outrider_edit_begin(&edit, phone.core,
						     "answer", NULL, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "form_id", id, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "answer_time",
						   "2026-11-22T10:00:00Z",
						   NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "address", "x@y.z",
						   NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "answers.key", "tons",
						   NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "answers.text",
						   "a lot", NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_commit(edit, NULL, &err),
				 i == 0 ? OUTRIDER_INVALID_ARGUMENT
					: OUTRIDER_OK);
		if (i == 0) {
			assert_string_equal(err.field, "answers[0].text");
			assert_string_equal(err.text,
					    "the question asks for a number");
		}
	}
	phone_free(&phone);
}

/* ------------------------------------------------------------------ drafts */

struct drafts_seen {
	struct uuid id;
	size_t n;
	bool is_new;
	int64_t kept_us;
};

static bool look_at_draft(void *user, const struct outrider_draft *draft)
{
	struct drafts_seen *seen = user;

	seen->n++;
	memcpy(seen->id.at, draft->id, 16);
	seen->is_new = draft->is_new;
	seen->kept_us = draft->kept_us;
	return true;
}

static struct drafts_seen drafts(struct phone *phone)
{
	struct drafts_seen seen = { .n = 0 };

	assert_int_equal(outrider_drafts(phone->core, look_at_draft, &seen,
					 NULL),
			 OUTRIDER_OK);
	return seen;
}

/* Half a questionnaire outlives the app, and is never sent. */
static void half_a_questionnaire(void **state)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	struct uuid form, id, same;
	struct phone phone;

	(void)state;
	begin(&phone, &form);
	edit = fill(&phone, &form);
	says(edit, "tons", "7");
	assert_int_equal(outrider_edit_keep(edit, id.at, NULL), OUTRIDER_OK);
	restart(&phone);
	assert_int_equal(drafts(&phone).n, 1);
	assert_true(drafts(&phone).is_new);
	assert_int_equal(drafts(&phone).kept_us, phone.wall_us);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_end(&phone, 14, "cut");

	assert_int_equal(outrider_edit_resume(&edit, phone.core, "answer",
					      id.at, NULL),
			 OUTRIDER_OK);
	assert_seen(edit, "tons=7;");
	says(edit, "visit", "yes");
	assert_int_equal(outrider_edit_keep(edit, same.at, NULL), OUTRIDER_OK);
	assert_memory_equal(id.at, same.at, 16);
	assert_int_equal(drafts(&phone).n, 1);
	/* A refused commit leaves the draft as it was. */
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "answer",
					      id.at, NULL),
			 OUTRIDER_OK);
	says(edit, "visit", NULL);
	assert_int_equal(outrider_edit_commit(edit, NULL, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "answer",
					      id.at, NULL),
			 OUTRIDER_OK);
	assert_seen(edit, "tons=7;visit=yes;");
	same = commit(edit);
	assert_memory_equal(id.at, same.at, 16);
	assert_int_equal(drafts(&phone).n, 0);
	restart(&phone);
	assert_int_equal(drafts(&phone).n, 0);
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "answer",
					      id.at, &err),
			 OUTRIDER_NOT_FOUND);
	phone_free(&phone);
}

/* The form has changed since: what it asks now is what counts here. */
static void the_form_changes(void **state)
{
	static const struct asked fewer[] = {
		{ "visit", OUTRIDER_QUESTION_YES_NO, true, { NULL } },
	};
	struct outrider_edit *edit;
	struct outrider_err err;
	struct uuid form, id;
	struct phone phone;

	(void)state;
	begin(&phone, &form);
	edit = fill(&phone, &form);
	says(edit, "tons", "7");
	says(edit, "visit", "yes");
	assert_int_equal(outrider_edit_keep(edit, id.at, NULL), OUTRIDER_OK);
	pull_form(&phone, &form, 6, fewer, 1);
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "answer",
					      id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_check(edit, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "answers[0].key");
	assert_string_equal(err.text, "the form has no such question");
	assert_int_equal(say(edit, "tons", NULL, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	outrider_edit_discard(edit);
	assert_int_equal(outrider_draft_drop(phone.core, "answer", id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(drafts(&phone).n, 0);
	assert_int_equal(outrider_draft_drop(phone.core, "answer", id.at, &err),
			 OUTRIDER_NOT_FOUND);
	phone_free(&phone);
}

/* A draft stands on the card as it is when it is taken up, and goes with it. */
static void drafts_of_cards(void **state)
{
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	struct message_maker page;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact",
					     id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "position", "Buyer", NULL),
			 OUTRIDER_OK);
	/* No law is asked of it. */
	assert_int_equal(outrider_edit_clear(edit, "given_name", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_clear(edit, "family_name", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_keep(edit, NULL, NULL), OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "position"), "");
	assert_false(drafts(&phone).is_new);
	phone_pull_contact(&phone, &id, 8, "Pyotr", "Sidorov");
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "contact",
					      id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "family_name", "Petrov", NULL),
			 OUTRIDER_OK);
	(void)commit(edit);
	assert_string_equal(phone_shows(&phone, &id, "position"), "Buyer");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "");
	assert_string_equal(phone_shows(&phone, &id, "family_name"), "Petrov");
	assert_int_equal(drafts(&phone).n, 0);

	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact",
					     id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "position", "Head", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_keep(edit, NULL, NULL), OUTRIDER_OK);
	/* Another edit of the card is none of the draft's business. */
	phone_edit(&phone, &id, "given_name", "Ivan");
	assert_int_equal(drafts(&phone).n, 1);
	assert_int_equal(outrider_outbox_discard(phone.core, 1, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 9, "no push today");
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = id,
				    .rev = 20,
				    .left = 2,
				    .is_deleted = true,
			    });
	maker_finish_page(&page, "cursor-3", true);
	if (phone_asks(&phone, "SyncService/Pull"))
		assert_int_equal(phone_answer(&phone, maker_bytes(&page)),
				 OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_int_equal(drafts(&phone).n, 0);
	phone_free(&phone);
}

/* The first page of a pull takes the card away. */
static void answer_leaving(struct phone *phone, const struct uuid *id)
{
	struct message_maker page;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = *id,
				    .rev = 8,
				    .left = 2,
			    });
	maker_finish_page(&page, "cursor-2", false);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
}

/* Whose team or role changes has cards that go and come again in one pull: what
 * somebody has begun to write on them stays. Cut in between, it stays until the
 * pull is at its end. */
static void drafts_of_cards_that_come_again(void **state)
{
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	struct message_maker page, fields;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact",
					     id.at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, "position", "Buyer", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_keep(edit, NULL, NULL), OUTRIDER_OK);
	answer_leaving(&phone, &id);
	maker_begin(&page);
	maker_contact(&fields, &phone.user, "Ivan", "Petrov", NULL);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = id,
				    .rev = 8,
				    .fields = maker_bytes(&fields),
				    .entered = 2,
				    .is_whole = true,
			    });
	maker_finish_page(&page, "cursor-3", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&fields);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_int_equal(drafts(&phone).n, 1);
	/* It doesn't come. */
	answer_leaving(&phone, &id);
	phone_end(&phone, 14, "cut");
	restart(&phone);
	phone.call = 0;
	assert_int_equal(drafts(&phone).n, 1);
	assert_int_equal(outrider_edit_resume(&edit, phone.core, "contact",
					      id.at, NULL),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_empty_pull(&phone);
	assert_int_equal(drafts(&phone).n, 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(what_is_missing),
		cmocka_unit_test(plain_edits_are_asked_too),
		cmocka_unit_test(half_a_questionnaire),
		cmocka_unit_test(the_form_changes),
		cmocka_unit_test(drafts_of_cards),
		cmocka_unit_test(drafts_of_cards_that_come_again),
	};

	return cmocka_run_group_tests_name("questionnaire", tests, NULL, NULL);
}
