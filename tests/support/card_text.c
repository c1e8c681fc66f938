/*
 * See card_text.h.
 */
#include "card_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/schema.h"

/* "phones.number=..." empties the phones, the first time. */
static void set_all(struct outrider_edit *edit, va_list fields)
{
	const char *word;
	char name[64], whole[64], before[64] = "";

	while ((word = va_arg(fields, const char *)) != NULL) {
		const char *equals = strchr(word, '=');
		assert_non_null(equals);
		snprintf(name, sizeof(name), "%.*s", (int)(equals - word),
			 word);
		snprintf(whole, sizeof(whole), "%.*s", (int)strcspn(name, "."),
			 name);
		if (strcmp(whole, before) != 0)
			assert_int_equal(outrider_edit_clear(edit, whole, NULL),
					 OUTRIDER_OK);
		snprintf(before, sizeof(before), "%s", whole);
		if (equals[1] != 0)
			assert_int_equal(outrider_edit_set(edit, name,
							   equals + 1, NULL),
					 OUTRIDER_OK);
	}
}

struct uuid card_new(struct phone *phone, const char *kind, ...)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	struct uuid id;
	va_list fields;

	assert_int_equal(outrider_edit_begin(&edit, phone->core, kind, NULL,
					     &err),
			 OUTRIDER_OK);
	va_start(fields, kind);
	set_all(edit, fields);
	va_end(fields);
	if (outrider_edit_commit(edit, id.at, &err) != OUTRIDER_OK)
		fail_msg("%s: %s %s", kind, err.field, err.text);
	return id;
}

void card_edit(struct phone *phone, const char *kind, const struct uuid *id,
	       ...)
{
	struct outrider_edit *edit;
	va_list fields;

	assert_int_equal(outrider_edit_begin(&edit, phone->core, kind, id->at,
					     NULL),
			 OUTRIDER_OK);
	va_start(fields, id);
	set_all(edit, fields);
	va_end(fields);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
}

void card_delete(struct phone *phone, const char *kind, const struct uuid *id)
{
	assert_int_equal(outrider_card_delete(phone->core, kind, id->at, NULL),
			 OUTRIDER_OK);
}

/* What waits, as the server will name it in its next page. */
struct waiting {
	struct record_maker_args records[1000];
	size_t n;
};

static bool note(void *user, const struct outrider_outgoing *mutation)
{
	struct waiting *waiting = user;
	struct record_maker_args *record = &waiting->records[waiting->n];
	const struct entity *entity =
		schema_entity_named(mutation->kind, strlen(mutation->kind));

	if (strcmp(mutation->op, "create") != 0)
		return true;
	assert_true(waiting->n++ < 1000);
	*record = (struct record_maker_args){ .kind = entity->number,
					      .rev = 1,
					      .entered = 2 };
	memcpy(record->id.at, mutation->id, 16);
	return true;
}

static void answer_push(struct phone *phone)
{
	static const struct bytes nothing = { NULL, 0 };
	static uint64_t rev = 100;
	struct message_maker answer;

	maker_begin(&answer);
	for (size_t n = phone_count_mutations(phone); n > 0; n--)
		maker_result(&answer, APPLIED, ++rev, nothing, 0, NULL, NULL);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

/* Those that were deleted meanwhile aren't there to be named. */
static void answer_pull(struct phone *phone, const struct waiting *waiting)
{
	struct message_maker page;
	struct outrider_card card;
	struct outrider_event event;

	maker_begin(&page);
	for (size_t i = 0; i < waiting->n; i++)
		if (outrider_card_get(
			    phone->core, &card,
			    schema_entity(waiting->records[i].kind)->name,
			    waiting->records[i].id.at, NULL) == OUTRIDER_OK)
			maker_record(&page, &waiting->records[i]);
	maker_finish_page(&page, "cursor-next", true);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(phone, 0, NULL);
	assert_true(phone_event(phone, OUTRIDER_EVENT_SYNC_DONE, &event));
}

void card_settle(struct phone *phone)
{
	static struct waiting waiting;

	waiting.n = 0;
	assert_int_equal(outrider_outbox(phone->core, note, &waiting, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	while (phone_asks(phone, "SyncService/Push"))
		answer_push(phone);
	answer_pull(phone, &waiting);
	assert_int_equal(phone_status(phone).n_waiting, 0);
}

void card_step(struct phone *phone)
{
	int64_t next_us;

	phone->wall_us += 20000000;
	phone->mono_us += 20000000;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(outrider_step(phone->core, &next_us, NULL),
				 OUTRIDER_OK);
		if (next_us > phone->wall_us)
			return;
	}
	fail_msg("There is no end to what is due.");
}

void card_reopen(struct phone *phone)
{
	phone_close(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

const char *card_ref(char out[128], const char *field, const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, id);
	snprintf(out, 128, "%s=%s", field, text);
	return out;
}
