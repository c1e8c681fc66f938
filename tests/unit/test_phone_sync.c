/*
 * The phone's side of sync: what it asks, what an answer does, and what a
 * hostile or broken one does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/wire.h"
#include "phone_host.h"

enum { CONTACT = 4, APPLIED = 1, MERGED = 2, REJECTED = 3 };

static const struct bytes NOTHING = { NULL, 0 };

/* A contact's text field as it is shown; "-" where there is no such card. */
static const char *shown(struct phone *phone, const struct uuid *id,
			 const char *field)
{
	static char text[200];
	struct outrider_card card;

	if (outrider_card_get(phone->core, &card, "contact", id->at, NULL) !=
	    OUTRIDER_OK)
		return "-";
	assert_true(outrider_card_text(text, sizeof(text), "contact",
				       card.fields, card.len, field, 0) >= 0);
	return text;
}

static void pull_contact(struct phone *phone, const struct uuid *id,
			 uint64_t rev, const char *given, const char *family)
{
	struct message_maker page, fields;

	maker_begin(&page);
	maker_contact(&fields, &phone->user, given, family, "+7 916 123-45-67");
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
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

static void a_page_comes_in(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct outrider_status status;

	(void)state;
	phone_ready(&phone);
	pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_string_equal(shown(&phone, &id, "family_name"), "Petrov");
	assert_string_equal(shown(&phone, &id, "phones.number"),
			    "+7 916 123-45-67");
	outrider_get_status(phone.core, &status);
	assert_int_equal(status.n_cards, 1);
	assert_int_equal(status.synced_us, phone.wall_us);

	/* It is there after a restart, and only with the PIN. */
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_string_equal(shown(&phone, &id, "family_name"), "-");
	assert_int_equal(outrider_unlock(phone.core, "9999", NULL),
			 OUTRIDER_WRONG_PIN);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_string_equal(shown(&phone, &id, "given_name"), "Ivan");
	phone_free(&phone);
}

static void edit(struct phone *phone, const struct uuid *id, const char *field,
		 const char *text)
{
	struct outrider_edit *edit;

	assert_int_equal(outrider_edit_begin(&edit, phone->core, "contact",
					     id->at, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, field, text, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
}

static void an_edit_goes_out(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct message_maker answer;
	struct outrider_status status;

	(void)state;
	phone_ready(&phone);
	pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	edit(&phone, &id, "given_name", "Pyotr");
	assert_string_equal(shown(&phone, &id, "given_name"), "Pyotr");
	outrider_get_status(phone.core, &status);
	assert_int_equal(status.n_waiting, 1);

	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	assert_string_equal(phone.token, "token-of-the-device");
	maker_begin(&answer);
	maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(&phone, 0, NULL);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_string_equal(shown(&phone, &id, "given_name"), "Pyotr");
	outrider_get_status(phone.core, &status);
	assert_int_equal(status.n_waiting, 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_comes_in),
		cmocka_unit_test(an_edit_goes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
