/*
 * The firm of the tests of reach: see reach_world.h.
 */
#include "reach_world.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int reach_setup(void **state)
{
	world_setup(state);
	struct world *w = *state;

	memcpy(w->h.config.region, "UA", 3);
	harness_restart(&w->h);
	return 0;
}

void put_nested(struct fields *f, uint32_t number, const char *first,
		const char *second, const char *third)
{
	const char *const texts[] = { first, second, third };
	struct buffer one = harness_buffer();

	for (uint32_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i])
			harness_put_text(&one, i + 1, texts[i]);
	wire_put_bytes(&f->bytes, number, one.at, one.len);
	buffer_free(&one);
}

const struct harness_reply *send_record(struct world *w, const char *path,
					const struct harness_user *who,
					const struct fields *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, record->bytes.at, record->bytes.len);
	world_tick(w);
	reply = harness_call(&w->h, path, who->token, request.at, request.len);
	buffer_free(&request);
	return reply;
}

struct uuid must_send(struct world *w, const char *path,
		      const struct harness_user *who, struct fields *record)
{
	const struct harness_reply *reply = send_record(w, path, who, record);

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s %s", path, code_name(reply->code),
			 reply->text);
	fields_free(record);
	return harness_uuid(reply->message, 1);
}

struct fields call_fields(const char *number)
{
	struct fields f = fields_new();

	fields_number(&f, CALL_DIRECTION, 1);
	if (number)
		fields_text(&f, CALL_PHONE_NUMBER, number);
	fields_time(&f, CALL_START, HARNESS_START_US);
	return f;
}

struct uuid
make_call(struct world *w, const struct harness_user *who, const char *number)
{
	struct fields f = call_fields(number);

	return must_send(w, "CallService/CreateCall", who, &f);
}

struct fields message_fields(unsigned channel, const char *address)
{
	struct fields f = fields_new();

	fields_number(&f, MESSAGE_CHANNEL, channel);
	fields_number(&f, MESSAGE_DIRECTION, 1);
	fields_text(&f, MESSAGE_ADDRESS, address);
	fields_time(&f, MESSAGE_SEND_TIME, HARNESS_START_US);
	return f;
}

struct uuid make_message(struct world *w, const struct harness_user *who,
			 unsigned channel, const char *address)
{
	struct fields f = message_fields(channel, address);

	return must_send(w, "MessageService/CreateMessage", who, &f);
}

struct uuid make_contact(struct world *w, const struct harness_user *who,
			 const char *phone, const struct uuid *company)
{
	struct fields f = fields_new();

	fields_text(&f, CONTACT_FAMILY_NAME, "Koval");
	if (company)
		fields_id(&f, CONTACT_COMPANIES, company);
	if (phone)
		put_nested(&f, CONTACT_PHONES, phone, "work", NULL);
	return must_send(w, "ContactService/CreateContact", who, &f);
}

struct uuid
make_company(struct world *w, const struct harness_user *who, const char *phone)
{
	struct fields f = fields_new();

	fields_text(&f, COMPANY_NAME, "Zernoprom");
	if (phone)
		put_nested(&f, COMPANY_PHONES, phone, NULL, NULL);
	return must_send(w, "CompanyService/CreateCompany", who, &f);
}

struct uuid make_lead(struct world *w, const struct harness_user *who,
		      const char *phone, uint64_t status)
{
	struct fields f = fields_new();

	fields_text(&f, LEAD_DISPLAY_NAME, "Somebody");
	put_nested(&f, LEAD_PHONES, phone, NULL, NULL);
	if (status)
		fields_number(&f, LEAD_STATUS, status);
	return must_send(w, "LeadService/CreateLead", who, &f);
}

struct uuid referred(struct world *w, uint32_t kind, const struct uuid *id,
		     uint32_t field, size_t n)
{
	const struct row *row = world_row(w, kind, id);
	const struct value *value = row_value(row, field);
	struct uuid found = { { 0 } };
	struct bytes text;

	if (!(message_field(row->entity->message, field)->flags &
	      FIELD_IS_REPEATED)) {
		if (value->bytes.len == sizeof(found.at))
			memcpy(found.at, value->bytes.at, sizeof(found.at));
		return found;
	}
	text = harness_part(value->bytes, field, n);
	if (text.len > 0)
		assert_true(
			uuid_parse(&found, (const char *)text.at, text.len));
	return found;
}

void expect_id(struct uuid got, const struct uuid *want)
{
	static const struct uuid none;

	assert_int_equal(uuid_compare(&got, want ? want : &none), 0);
}

void expect_call(struct world *w, const struct uuid *call,
		 const struct uuid *contact, const struct uuid *lead,
		 const struct uuid *company)
{
	expect_id(referred(w, KIND_CALL, call, CALL_CONTACTS, 0), contact);
	expect_id(referred(w, KIND_CALL, call, CALL_CONTACTS, 1), NULL);
	expect_id(referred(w, KIND_CALL, call, CALL_LEAD, 0), lead);
	expect_id(referred(w, KIND_CALL, call, CALL_COMPANY, 0), company);
}

void expect_text(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field, const char *want)
{
	char text[300];

	world_text(text, sizeof(text), w, kind, id, field);
	assert_string_equal(text, want);
}

void expect_e164(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field, size_t n, const char *want)
{
	const struct row *row = world_row(w, kind, id);
	char text[300];

	harness_text(text, sizeof(text),
		     harness_part(row_value(row, field)->bytes, field, n),
		     PHONE_E164);
	assert_string_equal(text, want);
}
