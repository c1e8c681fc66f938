/*
 * See convert.h. Each record is written as the caller, so that what they may
 * not make is not made; the lead's owner owns them all.
 */
#include "app/convert.h"

#include "app/convert_values.h"
#include "app/crud_parts.h"
#include "app/parts.h"
#include "app/selling_kinds.h"
#include "model/wire.h"

#include <assert.h>
#include <string.h>

/* Fields of contacts and companies: kinds.h has CONTACT_COMPANIES. */
enum {
	CONTACT_POSITION = 13,
	CONTACT_PHONES = 15,
	CONTACT_EMAILS = 16,
	CONTACT_MESSENGERS = 17,
	CONTACT_ADDRESS = 19,

	COMPANY_DISPLAY_NAME = 10,
	COMPANY_INDUSTRY = 13,

	LEAD_INDUSTRY = 20,
};

/* Fields of ConvertLeadResponse. */
enum {
	TOLD_LEAD = 1,
	TOLD_CONTACT = 2,
	TOLD_COMPANY = 3,
	TOLD_DEAL = 4,
};

struct conversion {
	struct write_intent lead;		/* its id, its etag */
	struct uuid contact, company, pipeline; /* named; or zero */
	struct uuid new_contact, new_company, new_deal;
	struct bytes company_name, deal_name;
};

/* One under way, on the writer: the records as they stand. */
struct converting {
	struct app_call *call;
	const struct conversion *asked;
	struct store_conn *tx;
	struct arena *arena;
	const struct row *lead;
	struct row *contact, *company, *deal;
};

/* ------------------------------------------------------------- the request */

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static enum outrider_code read_named(struct uuid *out, struct app_call *call,
				     const char *text, const char *field)
{
	*out = (struct uuid){ { 0 } };
	if (!text[0])
		return OUTRIDER_OK;
	return crud_read_uuid(out, call, bytes_of(text), field);
}

static enum outrider_code
read_names(struct conversion *asked, struct app_call *call,
	   const Outrider__V1__ConvertLeadRequest *request)
{
	enum outrider_code code = crud_read_uuid(&asked->lead.id, call,
						 bytes_of(request->id), "id");

	if (code == OUTRIDER_OK)
		code = read_named(&asked->contact, call, request->contact_id,
				  "contact_id");
	if (code == OUTRIDER_OK)
		code = read_named(&asked->company, call, request->company_id,
				  "company_id");
	if (code == OUTRIDER_OK)
		code = read_named(&asked->pipeline, call, request->pipeline_id,
				  "pipeline_id");
	return code;
}

enum outrider_code
conversion_read(struct conversion **out, struct app_call *call,
		const Outrider__V1__ConvertLeadRequest *request)
{
	struct conversion *asked = arena_alloc(&call->arena, sizeof(*asked));
	enum outrider_code code;

	*out = asked;
	if (!asked)
		return err_call_full(&call->err);
	code = read_names(asked, call, request);
	if (code != OUTRIDER_OK)
		return code;
	asked->company_name = bytes_of(request->company_name);
	asked->deal_name = bytes_of(request->deal_name);
	if (!uuid_is_zero(&asked->company) && asked->company_name.len > 0)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "company_name",
			       "company_id names the company already");
	if (uuid_is_zero(&asked->pipeline) && asked->deal_name.len > 0)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "deal_name",
			       "a deal is made in a pipeline: pipeline_id "
			       "names it");
	crud_read_etag(&asked->lead, bytes_of(request->etag));
	crud_make_id(&asked->new_contact, call);
	crud_make_id(&asked->new_company, call);
	crud_make_id(&asked->new_deal, call);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- parts */

static enum outrider_code write_one(struct row **out, struct converting *c,
				    const struct write_intent *intent,
				    struct outrider_err *err)
{
	struct write_outcome outcome;
	enum outrider_code code = write_record(&outcome, c->call->app, c->tx,
					       intent, c->arena, err);

	*out = outcome.row;
	return code;
}

/* An empty record that is the lead's owner's and shared like the lead. */
static struct row *
new_row(struct converting *c, uint32_t kind, const struct uuid *id)
{
	static const uint32_t shared[] = { FIELD_SHARED_USERS,
					   FIELD_SHARED_TEAMS };
	struct row *row = row_new(c->arena, schema_entity(kind));

	assert(c->lead);
	if (!row)
		return NULL;
	row->id = *id;
	row->owner = c->lead->owner;
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		*kind_value(row, shared[i]) = *kind_value(c->lead, shared[i]);
	return row;
}

static enum outrider_code create(struct row **out, struct converting *c,
				 const struct row *values,
				 struct outrider_err *err)
{
	const struct write_intent intent = {
		.principal = &c->call->principal,
		.op = CHANGE_CREATE,
		.entity = values->entity,
		.id = values->id,
		.values = values,
	};

	return write_one(out, c, &intent, err);
}

/* One that the request names: it stands, and the caller sees it. */
static enum outrider_code
find_named(struct row **out, struct converting *c, uint32_t kind,
	   const struct uuid *id, const char *field, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(kind);
	enum outrider_code code =
		store_get(c->tx, out, entity, id, c->arena, err);

	if (code == OUTRIDER_OK && (*out)->deleted_us == 0 &&
	    access_may_see(&c->call->principal, *out))
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field,
		       "there is no such %s", entity->name);
}

/* ----------------------------------------------------------------- company */

/* Named, or new by the name that is given, or by the lead's. */
static enum outrider_code
settle_company(struct converting *c, struct outrider_err *err)
{
	const struct conversion *asked = c->asked;
	struct value name = { .bytes = asked->company_name };
	struct row *row;

	if (!uuid_is_zero(&asked->company))
		return find_named(&c->company, c, KIND_COMPANY, &asked->company,
				  "company_id", err);
	/* Somebody whom we know has the firm that we know. */
	if (name.bytes.len == 0 && uuid_is_zero(&asked->contact))
		name = *kind_value(c->lead, LEAD_COMPANY_NAME);
	if (name.bytes.len == 0)
		return OUTRIDER_OK;
	row = new_row(c, KIND_COMPANY, &asked->new_company);
	if (!row)
		return err_call_full(err);
	*kind_value(row, COMPANY_DISPLAY_NAME) = name;
	*kind_value(row, COMPANY_INDUSTRY) =
		*kind_value(c->lead, LEAD_INDUSTRY);
	return create(&c->company, c, row, err);
}

/* ----------------------------------------------------------------- contact */

static enum outrider_code
make_contact(struct converting *c, struct outrider_err *err)
{
	static const uint32_t pairs[][2] = {
		{ CONTACT_POSITION, LEAD_POSITION },
		{ CONTACT_PHONES, LEAD_PHONES },
		{ CONTACT_EMAILS, LEAD_EMAILS },
		{ CONTACT_MESSENGERS, LEAD_MESSENGERS },
		{ CONTACT_ADDRESS, LEAD_ADDRESS },
	};
	struct row *row = new_row(c, KIND_CONTACT, &c->asked->new_contact);

	if (!row)
		return err_call_full(err);
	convert_name(row, kind_value(c->lead, LEAD_DISPLAY_NAME)->bytes);
	if (!convert_copy(row, c->lead, pairs, sizeof(pairs) / sizeof(pairs[0]),
			  c->arena) ||
	    !convert_refer(row, CONTACT_COMPANIES, c->company, c->arena))
		return err_call_full(err);
	return create(&c->contact, c, row, err);
}

/* The company that was named becomes one of the contact's. */
static enum outrider_code
join_company(struct converting *c, struct outrider_err *err)
{
	const struct entity *entity = c->contact->entity;
	struct row *values = row_new(c->arena, entity);
	struct write_intent intent = {
		.principal = &c->call->principal,
		.op = CHANGE_UPDATE,
		.entity = entity,
		.id = c->contact->id,
		.values = values,
	};
	struct buffer all;
	struct bytes before = kind_value(c->contact, CONTACT_COMPANIES)->bytes;
	enum outrider_code code;

	if (!values ||
	    !convert_refer(values, CONTACT_COMPANIES, c->company, c->arena))
		return err_call_full(err);
	buffer_init(&all, &allocator_libc, 1 << 16);
	buffer_append(&all, before.at, before.len);
	before = kind_value(values, CONTACT_COMPANIES)->bytes;
	buffer_append(&all, before.at, before.len);
	/* Read again, it is a set. */
	code = record_read(values, &intent.which, c->arena,
			   (struct bytes){ all.at, all.len }, err);
	if (all.is_full)
		code = err_call_full(err);
	buffer_free(&all);
	return code == OUTRIDER_OK ? write_one(&c->contact, c, &intent, err)
				   : code;
}

static enum outrider_code
settle_contact(struct converting *c, struct outrider_err *err)
{
	enum outrider_code code;

	if (uuid_is_zero(&c->asked->contact))
		return make_contact(c, err);
	code = find_named(&c->contact, c, KIND_CONTACT, &c->asked->contact,
			  "contact_id", err);
	if (code != OUTRIDER_OK || !c->company)
		return code;
	return join_company(c, err);
}

/* -------------------------------------------------------------------- deal */

static enum outrider_code
settle_deal(struct converting *c, struct outrider_err *err)
{
	static const uint32_t pairs[][2] = {
		{ DEAL_NAME, LEAD_DISPLAY_NAME },
		{ DEAL_AMOUNT, LEAD_AMOUNT },
		{ DEAL_CURRENCY, LEAD_CURRENCY },
		{ DEAL_SOURCE, LEAD_SOURCE },
		{ DEAL_CAMPAIGN, LEAD_CAMPAIGN },
		{ DEAL_DESCRIPTION, LEAD_WISH },
	};
	const struct conversion *asked = c->asked;
	struct row *row, *pipeline;
	enum outrider_code code;

	if (uuid_is_zero(&asked->pipeline))
		return OUTRIDER_OK;
	code = find_named(&pipeline, c, KIND_PIPELINE, &asked->pipeline,
			  "pipeline_id", err);
	if (code != OUTRIDER_OK)
		return code;
	row = new_row(c, KIND_DEAL, &asked->new_deal);
	if (!row)
		return err_call_full(err);
	if (!convert_copy(row, c->lead, pairs, sizeof(pairs) / sizeof(pairs[0]),
			  c->arena))
		return err_call_full(err);
	if (asked->deal_name.len > 0)
		kind_value(row, DEAL_NAME)->bytes = asked->deal_name;
	/* The laws find its first stage. */
	if (!convert_refer(row, DEAL_PIPELINE, pipeline, c->arena) ||
	    !convert_refer(row, DEAL_LEAD, c->lead, c->arena) ||
	    !convert_refer(row, DEAL_COMPANY, c->company, c->arena) ||
	    !convert_refer(row, DEAL_CONTACTS, c->contact, c->arena))
		return err_call_full(err);
	code = create(&c->deal, c, row, err);
	if (code == OUTRIDER_INVALID_ARGUMENT &&
	    strcmp(err->field, "stage_id") == 0)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "pipeline_id",
			       "the pipeline has no stage");
	return code;
}

/* -------------------------------------------------------------------- lead */

/* What the caller doesn't see of it stays in it, and is not carried over. */
static enum outrider_code
find_lead(struct converting *c, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(KIND_LEAD);
	struct row *lead;
	enum outrider_code code = store_get(c->tx, &lead, entity,
					    &c->asked->lead.id, c->arena, err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && !access_may_see(&c->call->principal, lead)))
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such lead");
	if (code != OUTRIDER_OK)
		return code;
	c->lead = lead;
	code = access_may_write(&c->call->principal, entity, lead, err);
	if (code != OUTRIDER_OK)
		return code;
	if (kind_value(lead, LEAD_STATUS)->i == LEAD_STATUS_CONVERTED)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this lead was converted before");
	return access_hide(lead, &c->call->principal, c->arena, err);
}

static enum outrider_code
close_lead(struct row **out, struct converting *c, struct outrider_err *err)
{
	static const uint32_t granted[] = {
		LEAD_CONVERTED_CONTACT,
		LEAD_CONVERTED_COMPANY,
		LEAD_CONVERTED_DEAL,
		LEAD_CONVERT_TIME,
	};
	struct write_intent intent = c->asked->lead;
	struct row *values = row_new(c->arena, c->lead->entity);

	if (!values ||
	    !convert_refer(values, LEAD_CONVERTED_CONTACT, c->contact,
			   c->arena) ||
	    !convert_refer(values, LEAD_CONVERTED_COMPANY, c->company,
			   c->arena) ||
	    !convert_refer(values, LEAD_CONVERTED_DEAL, c->deal, c->arena))
		return err_call_full(err);
	kind_value(values, LEAD_STATUS)->i = LEAD_STATUS_CONVERTED;
	kind_value(values, LEAD_CONVERT_TIME)->i = call_now_us(c->call);
	intent.principal = &c->call->principal;
	intent.op = CHANGE_UPDATE;
	intent.entity = c->lead->entity;
	intent.values = values;
	field_set_add(&intent.which, LEAD_STATUS);
	for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++) {
		field_set_add(&intent.which, granted[i]);
		field_set_add(&intent.granted, granted[i]);
	}
	return write_one(out, c, &intent, err);
}

/* ------------------------------------------------------------------ answer */

static enum outrider_code tell(struct converting *c, uint32_t number,
			       struct row *row, struct outrider_err *err)
{
	struct buffer one;
	enum outrider_code code;

	if (!row)
		return OUTRIDER_OK;
	code = access_hide(row, &c->call->principal, c->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&one, &allocator_libc, CRUD_BATCH_BYTES_MAX);
	record_write_resource(&one, row);
	if (one.is_full)
		code = err_call_full(err);
	else
		wire_put_bytes(&c->call->reply, number, one.at, one.len);
	buffer_free(&one);
	return code;
}

enum outrider_code conversion_run(struct app_call *call, void *user,
				  struct store_conn *tx,
				  struct outrider_err *err)
{
	struct converting c = {
		.call = call,
		.asked = user,
		.tx = tx,
		.arena = &call->page,
	};
	struct row *lead = NULL;
	enum outrider_code code = find_lead(&c, err);

	if (code == OUTRIDER_OK)
		code = settle_company(&c, err);
	if (code == OUTRIDER_OK)
		code = settle_contact(&c, err);
	if (code == OUTRIDER_OK)
		code = settle_deal(&c, err);
	if (code == OUTRIDER_OK)
		code = close_lead(&lead, &c, err);
	if (code == OUTRIDER_OK)
		code = tell(&c, TOLD_LEAD, lead, err);
	if (code == OUTRIDER_OK)
		code = tell(&c, TOLD_CONTACT, c.contact, err);
	if (code == OUTRIDER_OK)
		code = tell(&c, TOLD_COMPANY, c.company, err);
	if (code == OUTRIDER_OK)
		code = tell(&c, TOLD_DEAL, c.deal, err);
	return code;
}
