/*
 * identify: who calls, with the blind index and without it; and that the index
 * holds what the cards' rows hold, no more and no less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "card_text.h"
#include "cards.h"
#include "core.h"
#include "handles.h"
#include "handles_audit.h"
#include "model/handle.h"
#include "rows.h"

enum { FOUND_MAX = 400 };

struct found {
	char kinds[FOUND_MAX][12];
	struct uuid ids[FOUND_MAX];
	size_t n;
};

static bool take(void *user, const struct outrider_card *card)
{
	struct found *found = user;

	assert_true(found->n < FOUND_MAX);
	snprintf(found->kinds[found->n], sizeof(found->kinds[0]), "%s",
		 card->kind);
	memcpy(found->ids[found->n++].at, card->id, 16);
	return true;
}

static const struct found *who(struct phone *phone, const char *text)
{
	static struct found found;

	found.n = 0;
	assert_int_equal(outrider_identify(phone->core, text, take, &found,
					   NULL),
			 OUTRIDER_OK);
	return &found;
}

static void
assert_one(struct phone *phone, const char *text, const struct uuid *id)
{
	const struct found *found = who(phone, text);

	assert_int_equal(found->n, 1);
	assert_memory_equal(found->ids[0].at, id->at, 16);
}

static uint64_t n_rows(struct phone *phone)
{
	return handles_rows(phone->core);
}

static void audit(struct phone *phone)
{
	handles_audit(phone->core);
}

/* ------------------------------------------------------------------- tests */

/* A contact comes in by a page, its number as written and as the server made
 * it. */
static void pull_contact(struct phone *phone, const struct uuid *id,
			 uint64_t rev, const char *number, const char *e164)
{
	struct message_maker page, fields, part;

	maker_begin(&page);
	maker_contact(&fields, &phone->user, "Olena", "Koval", NULL);
	maker_begin(&part);
	maker_text(&part, 1, number);
	if (e164 != NULL)
		maker_text(&part, 3, e164);
	maker_bytes_of(&fields, 15, part.bytes.at, part.bytes.len);
	maker_end(&part);
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
	maker_end(&fields);
	maker_end(&page);
}

static void in_any_writing(struct phone *phone, const struct uuid *id)
{
	assert_one(phone, "+380 50 222 33 44", id);
	assert_one(phone, "050 222-33-44", id);
	assert_one(phone, "00380502223344", id);
	assert_int_equal(who(phone, "+380 50 222 33 45")->n, 0);
	assert_int_equal(who(phone, "+7 50 222 33 44")->n, 0);
	assert_int_equal(who(phone, "2223344")->n, 0);
}

static void a_caller_is_known(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct found found = { .n = 0 };
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(who(&phone, "+380502223344")->n, 0);
	/* The first pull writes no row of the index; the search knows. */
	pull_contact(&phone, &id, 7, "(050) 222 33 44", "+380502223344");
	assert_int_equal(n_rows(&phone), 0);
	assert_false(phone.core->handles.is_complete);
	in_any_writing(&phone, &id);
	/* Some time behind it, and not before, the index is built; one row
	 * for both writings. */
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_int_equal(n_rows(&phone), 0);
	assert_true(next_us > phone.wall_us &&
		    next_us <= phone.wall_us + 10000000);
	card_step(&phone);
	assert_true(phone.core->handles.is_complete);
	assert_int_equal(n_rows(&phone), 1);
	in_any_writing(&phone, &id);
	card_reopen(&phone);
	assert_true(phone.core->handles.is_complete);
	in_any_writing(&phone, &id);
	audit(&phone);

	/* It follows the card, in the page's transaction. */
	pull_contact(&phone, &id, 8, "+44 20 7946 0958", NULL);
	assert_int_equal(n_rows(&phone), 1);
	assert_int_equal(who(&phone, "+380502223344")->n, 0);
	assert_one(&phone, "020 7946 0958", &id);
	audit(&phone);

	assert_int_equal(outrider_identify(phone.core, "Koval", take, &found,
					   NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	outrider_lock(phone.core);
	assert_int_equal(outrider_identify(phone.core, "+380502223344", take,
					   &found, NULL),
			 OUTRIDER_LOCKED);
	phone_free(&phone);
}

static void what_waits_counts_too(void **state)
{
	struct phone phone;
	struct uuid contact, lead, company;
	const struct found *found;

	(void)state;
	phone_ready(&phone);
	company = card_new(&phone, "company", "display_name=Zernoprom",
			   "phones.number=+380 44 111 22 33",
			   "emails.address=Office@Zernoprom.example", NULL);
	lead = card_new(&phone, "lead", "display_name=Petro",
			"phones.number=044 111 22 33", NULL);
	contact = card_new(&phone, "contact", "family_name=Koval",
			   "phones.number=+380441112233",
			   "phones.number=+380 50 222 33 44", NULL);
	/* Contacts before leads before companies; waiting, and settled. */
	for (int i = 0; i < 2; i++) {
		found = who(&phone, "+380 44 111-22-33");
		assert_int_equal(found->n, 3);
		assert_memory_equal(found->ids[0].at, contact.at, 16);
		assert_memory_equal(found->ids[1].at, lead.at, 16);
		assert_memory_equal(found->ids[2].at, company.at, 16);
		assert_one(&phone, "office@zernoprom.EXAMPLE", &company);
		assert_int_equal(who(&phone, "of@zernoprom.example")->n, 0);
		card_settle(&phone);
		card_step(&phone);
		audit(&phone);
	}
	/* An edit that waits takes a number away, and gives one. */
	card_edit(&phone, "contact", &contact, "phones.number=+380671234567",
		  NULL);
	assert_int_equal(who(&phone, "0502223344")->n, 0);
	assert_int_equal(who(&phone, "0441112233")->n, 2);
	assert_one(&phone, "067 123 45 67", &contact);
	audit(&phone);
	card_settle(&phone);
	assert_one(&phone, "067 123 45 67", &contact);
	assert_int_equal(who(&phone, "0502223344")->n, 0);
	audit(&phone);
	card_delete(&phone, "contact", &contact);
	assert_int_equal(who(&phone, "0671234567")->n, 0);
	card_settle(&phone);
	assert_int_equal(who(&phone, "0671234567")->n, 0);
	audit(&phone);
	phone_free(&phone);
}

static void a_number_of_very_many(void **state)
{
	struct phone phone;
	struct uuid ids[205];

	(void)state;
	phone_ready(&phone);
	for (int i = 0; i < 205; i++)
		ids[i] = card_new(&phone, "contact", "family_name=Koval",
				  "phones.number=+380441112233", NULL);
	card_settle(&phone);
	card_step(&phone);
	assert_true(phone.core->handles.is_complete);
	assert_int_equal(n_rows(&phone), 1);
	assert_int_equal(who(&phone, "0441112233")->n, 205);
	for (int i = 0; i < 204; i++)
		card_delete(&phone, "contact", &ids[i]);
	card_settle(&phone);
	assert_one(&phone, "0441112233", &ids[204]);
	phone_free(&phone);
}

/* Somebody writes into the file: the answer stays right, and the index is made
 * anew. */
static void a_damaged_index_heals(void **state)
{
	static const uint8_t noise[120] = { 7 };
	struct phone phone;
	struct uuid id = phone_id(1);
	struct vault_place place = { .compartment = VAULT_CARDS };
	struct replica_row row = { .sealed = { noise, sizeof(noise) } };
	struct handle handle;
	uint8_t key[HANDLE_KEY_MAX];
	size_t len;

	(void)state;
	phone_ready(&phone);
	pull_contact(&phone, &id, 7, "+380502223344", NULL);
	card_step(&phone);
	assert_true(handle_read(
		&handle,
		(struct bytes){ (const uint8_t *)"+380502223344", 13 }));
	len = handle_key(key, &handle);
	vault_name(phone.core->vault, place.name, VAULT_CARDS, REPLICA_handle,
		   key, len);
	memcpy(row.name, place.name, sizeof(row.name));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(replica_begin(phone.core->replica, NULL),
				 OUTRIDER_OK);
		assert_int_equal(replica_put(phone.core->replica,
					     REPLICA_handle, &row, NULL),
				 OUTRIDER_OK);
		assert_int_equal(replica_commit(phone.core->replica, NULL),
				 OUTRIDER_OK);
		/* Found by a look, and by a page that changes the card. */
		if (i == 0)
			assert_one(&phone, "+380502223344", &id);
		else
			pull_contact(&phone, &id, 8, "+380671234567", NULL);
		assert_false(phone.core->handles.is_complete);
		assert_one(&phone, i == 0 ? "0502223344" : "067 123 45 67",
			   &id);
		card_step(&phone);
		audit(&phone);
	}
	phone_free(&phone);
}

/* ------------------------------------------- anything that happens to them */

enum { PEOPLE = 12, NUMBERS = 10 };

/* Some of them have one key and are two numbers. */
static const char *const numbers[NUMBERS] = {
	"+7 916 123 45 67",
	"+1 916 123 45 67",
	"8 916 123-45-67",
	"+380 50 222 33 44",
	"050 222 33 44",
	"+48 50 222 33 44",
	"101",
	"2223344",
	"olena@zernoprom.example",
	"Olena@Zernoprom.example",
};

struct person {
	struct uuid id;
	bool exists;
	bool has[NUMBERS];
};

struct world {
	struct phone phone;
	struct person people[PEOPLE];
	uint64_t seed;
};

static uint32_t draw(struct world *world, uint32_t below)
{
	world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((world->seed >> 33) % below);
}

static void write_person(struct world *world, struct person *person)
{
	char words[NUMBERS][64];
	const char *all[NUMBERS + 1] = { NULL };
	size_t n = 0;

	if (!person->exists && !uuid_is_zero(&person->id))
		return;
	for (int i = 0; i < NUMBERS; i++) {
		bool is_email = strchr(numbers[i], '@') != NULL;
		person->has[i] = draw(world, 4) == 0;
		snprintf(words[n], sizeof(words[0]), "%s=%s",
			 is_email ? "emails.address" : "phones.number",
			 numbers[i]);
		if (person->has[i]) {
			all[n] = words[n];
			n++;
		}
	}
	if (!person->exists) {
		person->id = card_new(&world->phone, "contact", "family_name=K",
				      all[0], all[1], all[2], all[3], all[4],
				      all[5], all[6], all[7], all[8], all[9],
				      NULL);
		person->exists = true;
		return;
	}
	/* Both lists are emptied first. */
	card_edit(&world->phone, "contact", &person->id,
		  "phones.number=", NULL);
	card_edit(&world->phone, "contact", &person->id,
		  "emails.address=", NULL);
	if (n > 0)
		card_edit(&world->phone, "contact", &person->id, all[0], all[1],
			  all[2], all[3], all[4], all[5], all[6], all[7],
			  all[8], all[9], NULL);
}

static void act(struct world *world)
{
	struct person *person = &world->people[draw(world, PEOPLE)];
	const uint32_t what = draw(world, 20);

	if (what < 9) {
		write_person(world, person);
	} else if (what < 10 && person->exists) {
		card_delete(&world->phone, "contact", &person->id);
		person->exists = false;
	} else if (what < 14) {
		card_settle(&world->phone);
	} else if (what < 17) {
		card_step(&world->phone);
	} else if (what < 18) {
		card_reopen(&world->phone);
	} else if (what < 19) {
		/* As after a newer program that makes keys in another way. */
		assert_int_equal(core_begin(world->phone.core, NULL),
				 OUTRIDER_OK);
		assert_int_equal(handles_forget(world->phone.core, NULL),
				 OUTRIDER_OK);
		assert_int_equal(core_commit(world->phone.core, NULL),
				 OUTRIDER_OK);
	}
}

static struct handle read_number(const char *text)
{
	struct handle handle;

	assert_true(handle_read(&handle, (struct bytes){ (const uint8_t *)text,
							 strlen(text) }));
	return handle;
}

static void check(struct world *world)
{
	for (int i = 0; i < NUMBERS; i++) {
		const struct handle asked = read_number(numbers[i]);
		const struct found *found = who(&world->phone, numbers[i]);
		size_t n_wanted = 0;
		for (int p = 0; p < PEOPLE; p++) {
			const struct person *person = &world->people[p];
			bool has_it = false, is_found = false;
			for (int k = 0; k < NUMBERS; k++) {
				struct handle other = read_number(numbers[k]);
				has_it |= person->exists && person->has[k] &&
					  handle_is_same(&other, &asked);
			}
			for (size_t k = 0; k < found->n; k++)
				is_found |= uuid_compare(&found->ids[k],
							 &person->id) == 0;
			assert_int_equal(is_found, has_it);
			n_wanted += has_it;
		}
		assert_int_equal(found->n, n_wanted);
	}
	if (world->phone.core->handles.is_complete)
		audit(&world->phone);
}

static void as_a_look_at_every_card_says(void **state)
{
	static struct world world;

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		memset(&world, 0, sizeof(world));
		world.seed = seed;
		phone_ready(&world.phone);
		for (int i = 0; i < 200; i++) {
			act(&world);
			check(&world);
		}
		phone_free(&world.phone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caller_is_known),
		cmocka_unit_test(what_waits_counts_too),
		cmocka_unit_test(a_number_of_very_many),
		cmocka_unit_test(a_damaged_index_heals),
		cmocka_unit_test(as_a_look_at_every_card_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
