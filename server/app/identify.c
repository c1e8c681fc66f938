/*
 * IdentifyCaller: an address to the card, what is open, who spoke with them
 * last, what they bring, and where the call should go (docs/reach.md).
 *
 * Owns who it is, and the reply; what is found of them is identify_find.c's.
 * What the caller may not see is neither told nor counted.
 */
#include "app/identify_parts.h"

#include "app/call.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "model/wire.h"
#include "outrider/v1/call.pb-c.h"

#include <string.h>

/* Fields of the reply: call.proto. */
enum {
	REPLY_NORMALIZED = 1,
	REPLY_CONTACTS,
	REPLY_LEADS,
	REPLY_COMPANIES,
	REPLY_DEALS,
	REPLY_LAST_USER,
	REPLY_LAST_TIME,
	REPLY_TURNOVER,
	REPLY_CURRENCY,
	REPLY_DESK,
	REPLY_SENTENCE,
};

/* --------------------------------------------------------------------- who */

static bool has_company(const struct reached *who, const struct uuid *id)
{
	for (size_t i = 0; i < who->n_companies; i++)
		if (uuid_compare(&who->companies[i]->id, id) == 0)
			return true;
	return false;
}

/* The firms that a contact works for. */
static enum outrider_code
add_companies(struct identify *it, const struct row *contact)
{
	struct wire_reader reader =
		wire_read(kind_value(contact, CONTACT_COMPANIES)->bytes);
	struct reached *who = &it->found.who;
	struct wire_field in;
	struct uuid id;

	while (who->n_companies < REACH_MAX && wire_next(&reader, &in) > 0) {
		struct row *company;
		enum outrider_code code;

		if (!uuid_parse(&id, (const char *)in.value.at, in.value.len) ||
		    has_company(who, &id))
			continue;
		code = identify_get(&company, it, KIND_COMPANY, &id);
		if (code != OUTRIDER_OK)
			return code;
		if (company)
			who->companies[who->n_companies++] = company;
	}
	return OUTRIDER_OK;
}

static void add_targets(struct identify *it, struct row *const *rows, size_t n)
{
	for (size_t i = 0; i < n && it->n_targets < IDENTIFY_TARGETS_MAX; i++)
		it->targets[it->n_targets++] = rows[i];
}

static enum outrider_code find_who(struct identify *it)
{
	struct reached *who = &it->found.who;
	enum outrider_code code;

	code = reach_find(who, it->conn, it->who, &it->found.address,
			  &it->call->arena, &it->call->err);
	if (code == OUTRIDER_OK &&
	    identify_knows(it, KIND_CONTACT, CONTACT_COMPANIES))
		for (size_t i = 0; code == OUTRIDER_OK && i < who->n_contacts;
		     i++)
			code = add_companies(it, who->contacts[i]);
	add_targets(it, who->contacts, who->n_contacts);
	add_targets(it, who->leads, who->n_leads);
	add_targets(it, who->companies, who->n_companies);
	return code;
}

/* -------------------------------------------------------------------- reply */

static enum outrider_code
hide_all(struct identify *it, struct row *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum outrider_code code = access_hide(
			rows[i], it->who, &it->call->arena, &it->call->err);

		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

/* Before the sentence is made: it must not tell either. */
static enum outrider_code hide(struct identify *it)
{
	struct identified *found = &it->found;
	const struct {
		struct row *const *rows;
		size_t n;
	} lists[] = {
		{ found->who.contacts, found->who.n_contacts },
		{ found->who.leads, found->who.n_leads },
		{ found->who.companies, found->who.n_companies },
		{ found->deals, found->n_deals },
		{ &found->last_user, found->last_user ? 1 : 0 },
	};
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0;
	     code == OUTRIDER_OK && i < sizeof(lists) / sizeof(lists[0]); i++)
		code = hide_all(it, lists[i].rows, lists[i].n);
	return code;
}

static void put_rows(struct buffer *reply, uint32_t number,
		     struct row *const *rows, size_t n)
{
	struct buffer one;

	buffer_init(&one, &allocator_libc, reply->ceiling);
	for (size_t i = 0; i < n; i++) {
		buffer_clear(&one);
		record_write_resource(&one, rows[i]);
		reply->is_full |= one.is_full;
		wire_put_bytes(reply, number, one.at, one.len);
	}
	buffer_free(&one);
}

static void
put_uuid(struct buffer *reply, uint32_t number, const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, id);
	wire_put_bytes(reply, number, text, UUID_TEXT_LEN);
}

static void put_text(struct buffer *reply, uint32_t number, const char *text)
{
	if (*text)
		wire_put_bytes(reply, number, text, strlen(text));
}

static void put_reply(struct buffer *reply, const struct identified *found)
{
	char sentence[IDENTIFY_SENTENCE_MAX + 1];

	identify_sentence(sentence, found);
	wire_put_bytes(reply, REPLY_NORMALIZED, found->address.text.at,
		       found->address.text.len);
	put_rows(reply, REPLY_CONTACTS, found->who.contacts,
		 found->who.n_contacts);
	put_rows(reply, REPLY_LEADS, found->who.leads, found->who.n_leads);
	put_rows(reply, REPLY_COMPANIES, found->who.companies,
		 found->who.n_companies);
	put_rows(reply, REPLY_DEALS, found->deals, found->n_deals);
	if (found->last_user)
		put_uuid(reply, REPLY_LAST_USER, &found->last_user->id);
	if (found->last_us != 0)
		wire_put_timestamp(reply, REPLY_LAST_TIME, found->last_us);
	wire_put_scalar(reply, REPLY_TURNOVER, (uint64_t)found->turnover_minor);
	put_text(reply, REPLY_CURRENCY, found->currency);
	if (found->desk)
		put_uuid(reply, REPLY_DESK, &found->desk->id);
	put_text(reply, REPLY_SENTENCE, sentence);
}

static enum outrider_code identify(struct identify *it)
{
	static enum outrider_code (*const steps[])(struct identify *) = {
		find_who,	    identify_find_deals,
		identify_find_last, identify_find_turnover,
		identify_find_desk, hide,
	};
	enum outrider_code code;

	code = store_read_begin(it->conn, NULL, &it->call->err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0;
	     code == OUTRIDER_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		code = steps[i](it);
	store_read_end(it->conn);
	return code;
}

static enum outrider_code identify_start(struct app_call *call)
{
	const Outrider__V1__IdentifyCallerRequest *request = call_unpack(
		call, &outrider__v1__identify_caller_request__descriptor);
	struct identify *it = arena_alloc(&call->arena, sizeof(*it));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!it)
		return err_call_full(&call->err);
	it->call = call;
	it->who = &call->principal;
	it->conn = call_conn(call);
	it->found.now_us = call_now_us(call);
	address_read(&it->found.address,
		     (struct bytes){ (const uint8_t *)request->address,
				     strlen(request->address) },
		     call->app->config.region);
	if (it->found.address.text.len == 0)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "address",
			       "a telephone number, an e-mail address or an "
			       "account of a messenger");
	code = identify(it);
	if (code != OUTRIDER_OK)
		return code;
	put_reply(&call->reply, &it->found);
	return call_reply_written(call);
}

const struct call_handler identify_handlers[] = {
	{ "/outrider.v1.CallService/IdentifyCaller", identify_start },
	{ NULL, NULL },
};
