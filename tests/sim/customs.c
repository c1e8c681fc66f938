/*
 * See customs.h.
 */
#include "customs.h"

#include "model/wire.h"
#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/custom_field.pb-c.h"

/* The contract's numbers. */
enum { CONTACT_CUSTOM = 250, CUSTOM_ID = 1 };

enum { A_TEXT, A_NUMBER, A_YES_NO, A_CHOICE, A_TIME };

static const Outrider__V1__CustomType types[CUSTOMS] = {
	[A_TEXT] = OUTRIDER__V1__CUSTOM_TYPE__CUSTOM_TYPE_TEXT,
	[A_NUMBER] = OUTRIDER__V1__CUSTOM_TYPE__CUSTOM_TYPE_NUMBER,
	[A_YES_NO] = OUTRIDER__V1__CUSTOM_TYPE__CUSTOM_TYPE_YES_NO,
	[A_CHOICE] = OUTRIDER__V1__CUSTOM_TYPE__CUSTOM_TYPE_CHOICE,
	[A_TIME] = OUTRIDER__V1__CUSTOM_TYPE__CUSTOM_TYPE_TIME,
};

static char *choices[] = { (char[]){ "amber" }, (char[]){ "green" },
			   (char[]){ "red" } };

#define CHOICES (sizeof(choices) / sizeof(choices[0]))

/* ----------------------------------------------------------------- founding */

static bool make_field(struct world *world, size_t which)
{
	Outrider__V1__CreateCustomFieldRequest request =
		OUTRIDER__V1__CREATE_CUSTOM_FIELD_REQUEST__INIT;
	Outrider__V1__CustomField field = OUTRIDER__V1__CUSTOM_FIELD__INIT;
	Outrider__V1__CustomField *made = NULL;
	struct buffer reply;
	char key[20];
	bool is_made;

	snprintf(key, sizeof(key), "field_%zu", which);
	field.of_kind = (char[]){ "contact" };
	field.key = field.display_name = key;
	field.type = types[which];
	if (which == A_CHOICE) {
		field.choices = choices;
		field.n_choices = CHOICES;
	}
	request.custom_field = &field;
	if (people_call(world,
			"/outrider.v1.CustomFieldService/CreateCustomField",
			&request.base, &reply) == 0)
		made = outrider__v1__custom_field__unpack(NULL, reply.len,
							  reply.at);
	is_made = made != NULL && uuid_parse(&world->customs[which], made->id,
					     strlen(made->id));
	if (made != NULL)
		outrider__v1__custom_field__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made;
}

bool customs_found(struct world *world)
{
	for (size_t i = 0; i < CUSTOMS; i++)
		if (!make_field(world, i))
			return false;
	return true;
}

/* ------------------------------------------------------------------ reading */

static size_t find(const struct world *world, struct bytes id)
{
	struct uuid uuid;
	size_t i = 0;

	if (id.len != UUID_TEXT_LEN ||
	    !uuid_parse(&uuid, (const char *)id.at, id.len))
		return CUSTOMS;
	while (i < CUSTOMS && uuid_compare(&world->customs[i], &uuid) != 0)
		i++;
	return i;
}

/* FNV-1a (Fowler, Noll, Vo), never 0. */
static uint64_t hash(struct bytes bytes)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < bytes.len; i++)
		sum = (sum ^ bytes.at[i]) * UINT64_C(0x100000001b3);
	return sum | 1;
}

void customs_read(struct customs *out, const struct world *world,
		  struct bytes fields)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field field, id;

	*out = (struct customs){ { 0 } };
	while (wire_next(&reader, &field) == 1) {
		size_t which;

		if (field.number != CONTACT_CUSTOM ||
		    !wire_find(&id, field.value, CUSTOM_ID))
			continue;
		which = find(world, id.value);
		if (which < CUSTOMS)
			out->at[which] = hash(field.value);
	}
}

/* ------------------------------------------------------------------ writing */

static void fill(struct custom_draft *draft, struct world *world, size_t which)
{
	const uint64_t value = dice_throw(&world->dice);

	outrider__v1__custom_value__init(&draft->made);
	uuid_format(draft->id, &world->customs[which]);
	draft->made.custom_field_id = draft->id;
	if (which == A_NUMBER) {
		draft->made.number = (double)(value % 1000) / 8;
	} else if (which == A_YES_NO) {
		draft->made.number = (double)(value % 2);
	} else if (which == A_CHOICE) {
		draft->made.text = choices[value % CHOICES];
	} else if (which == A_TIME) {
		google__protobuf__timestamp__init(&draft->time);
		draft->time.seconds = (int64_t)(value % 2000000000);
		draft->made.time = &draft->time;
	} else {
		snprintf(draft->text, sizeof(draft->text), "custom %016llx",
			 (unsigned long long)value);
		draft->made.text = draft->text;
	}
}

void customs_draft(struct custom_draft *out, struct world *world,
		   const Outrider__V1__Contact *contact)
{
	const size_t which = dice_below(&world->dice, CUSTOMS);
	const bool is_taken_out = dice_one_in(&world->dice, 4);
	const size_t n = contact != NULL ? contact->n_custom : 0;

	*out = (struct custom_draft){ .n = 0 };
	for (size_t i = 0; i < n; i++) {
		const char *id = contact->custom[i]->custom_field_id;
		const struct bytes text = { (const uint8_t *)id, strlen(id) };

		if (find(world, text) != which && out->n < CUSTOMS)
			out->list[out->n++] = contact->custom[i];
	}
	if (is_taken_out)
		return;
	fill(out, world, which);
	out->list[out->n++] = &out->made;
}

static bool send(struct outrider_edit *edit, struct custom_draft *draft)
{
	Outrider__V1__Contact contact = OUTRIDER__V1__CONTACT__INIT;
	uint8_t *bytes;
	size_t len;
	bool is_good;

	if (draft->n == 0)
		return outrider_edit_clear(edit, "custom", NULL) == OUTRIDER_OK;
	contact.n_custom = draft->n;
	contact.custom = draft->list;
	bytes = malloc(outrider__v1__contact__get_packed_size(&contact));
	if (bytes == NULL)
		abort();
	len = outrider__v1__contact__pack(&contact, bytes);
	is_good = outrider_edit_fields(edit, bytes, len, NULL) == OUTRIDER_OK;
	free(bytes);
	return is_good;
}

/* False where the phone has no such card to show. */
static bool
see(struct phone *phone, const struct edit *entry, struct outrider_card *card)
{
	return outrider_card_get(phone->core, card, entry->kind, entry->id.at,
				 NULL) == OUTRIDER_OK;
}

bool customs_edit(struct phone *phone, struct outrider_edit *edit,
		  struct edit *entry)
{
	Outrider__V1__Contact *contact = NULL;
	struct custom_draft draft;
	struct outrider_card card;
	bool is_good;

	if (entry->op == EDIT_UPDATE && see(phone, entry, &card)) {
		customs_read(&entry->customs_seen, phone->world,
			     (struct bytes){ card.fields, card.len });
		entry->is_upon_own = card.is_pending;
		contact = outrider__v1__contact__unpack(NULL, card.len,
							card.fields);
	}
	customs_draft(&draft, phone->world, contact);
	is_good = send(edit, &draft);
	entry->has_customs = is_good;
	snprintf(entry->custom_text, sizeof(entry->custom_text), "%s",
		 draft.text);
	if (contact != NULL)
		outrider__v1__contact__free_unpacked(contact, NULL);
	return is_good;
}

void customs_note(struct phone *phone, struct edit *entry)
{
	struct outrider_card card;

	if (!entry->has_customs)
		return;
	entry->has_customs = see(phone, entry, &card);
	if (entry->has_customs)
		customs_read(&entry->customs_sent, phone->world,
			     (struct bytes){ card.fields, card.len });
}
