/*
 * No communication without a person: a call, a message or an answer that names
 * nobody is linked to whoever has its number or address, and where nobody has
 * it, a lead is made in the same transaction (docs/reach.md).
 *
 * Only what the author may see is linked: a colleague's contact whom they
 * can't see is like one that isn't there.
 */
#include "app/laws_rooms.h"

#include "app/complete.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/reach.h"
#include "model/utf8.h"
#include "model/wire.h"
#include "model/with_whom.h"
#include "store/store.h"

#include <string.h>

/* Where a kind says with whom it was, and how that one is reached. */
static const struct reach_kind {
	uint32_t kind;
	uint32_t company, contacts, lead, address;
	const char *source; /* of the leads that come of it */
} kinds[] = {
	{ KIND_CALL, 17, 18, 19, CALL_PHONE_NUMBER, "call" },
	{ KIND_MESSAGE, 20, 21, 22, MESSAGE_ADDRESS, "message" },
	{ KIND_ANSWER, 11, 12, 13, ANSWER_ADDRESS, "form" },
};

/* What networks are called on a lead's card, by channel. */
static const char *const networks[] = {
	[MESSAGE_CHANNEL_CHAT] = "chat",
	[MESSAGE_CHANNEL_SOCIAL] = "social",
};

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

static const struct reach_kind *kind_of(const struct row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == row->entity->number)
			return &kinds[i];
	return NULL;
}

/* -------------------------------------------------------- its normal form */

static bool is_same(const struct row *a, const struct row *b, uint32_t number)
{
	return value_equal(message_field(a->entity->message, number),
			   kind_value(a, number), kind_value(b, number));
}

/* Are the texts that the form is made of the same in both? */
static bool has_same_address(const struct row *a, const struct row *b)
{
	const struct reach_kind *kind = kind_of(a);

	return is_same(a, b, kind->address) &&
	       (a->entity->number != KIND_MESSAGE ||
		is_same(a, b, MESSAGE_CHANNEL));
}

/*
 * Call.e164, Message.normalized_address: the worker made it of what was sent;
 * what a merge made of that and what stood may ask for another.
 */
static enum outrider_code
settle_address(struct writing *w, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	uint32_t number = complete_address_field(w->row->entity);

	if (number == 0)
		return OUTRIDER_OK;
	if (field_set_has(&intent->completed, number) &&
	    has_same_address(w->row, intent->values))
		*kind_value(w->row, number) =
			*kind_value(intent->values, number);
	else if (w->old && has_same_address(w->row, w->old))
		*kind_value(w->row, number) = *kind_value(w->old, number);
	else
		return complete_address(w->row, w->app->config.region, w->arena,
					err);
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- linking */

/* The field's value, of these records' ids. */
static enum outrider_code link_rows(struct writing *w, uint32_t number,
				    struct row *const *rows, size_t n,
				    struct outrider_err *err)
{
	const struct field *field =
		message_field(w->row->entity->message, number);
	struct value *value = kind_value(w->row, number);
	char text[UUID_TEXT_LEN + 1];
	struct buffer ids;

	*value = (struct value){ .i = 0 };
	if (!(field->flags & FIELD_IS_REPEATED)) {
		value->bytes = arena_copy(w->arena, rows[0]->id.at,
					  sizeof(rows[0]->id.at));
		return value->bytes.at ? OUTRIDER_OK : err_call_full(err);
	}
	buffer_init(&ids, &allocator_libc,
		    (size_t)REACH_MAX * (UUID_TEXT_LEN + 8));
	/* By id, as handles come: a set's one form. */
	for (size_t i = 0; i < n; i++) {
		uuid_format(text, &rows[i]->id);
		wire_put_bytes(&ids, number, text, UUID_TEXT_LEN);
	}
	if (!ids.is_full)
		value->bytes = arena_copy(w->arena, ids.at, ids.len);
	buffer_free(&ids);
	return value->bytes.at ? OUTRIDER_OK : err_call_full(err);
}

/* Contacts before leads before companies. */
static enum outrider_code link_reached(struct writing *w,
				       const struct reach_kind *kind,
				       struct outrider_err *err)
{
	struct address address;
	struct reached reached;
	enum outrider_code code;

	address_of_row(&address, w->row, w->app->config.region);
	code = reach_find(&reached, w->tx, w->intent->principal, &address,
			  w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (reached.n_contacts > 0)
		return link_rows(w, kind->contacts, reached.contacts,
				 reached.n_contacts, err);
	if (reached.n_leads > 0)
		return link_rows(w, kind->lead, reached.leads, 1, err);
	if (reached.n_companies > 0)
		return link_rows(w, kind->company, reached.companies, 1, err);
	return OUTRIDER_OK;
}

/* The only id in a set of references. */
static bool only_one(struct uuid *out, const struct value *set)
{
	struct wire_reader reader = wire_read(set->bytes);
	struct wire_field in, more;

	return wire_next(&reader, &in) > 0 && wire_next(&reader, &more) == 0 &&
	       uuid_parse(out, (const char *)in.value.at, in.value.len);
}

static enum outrider_code get_visible(struct row **out, struct writing *w,
				      uint32_t kind, const struct uuid *id,
				      struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	enum outrider_code code =
		store_get(w->tx, out, schema_entity(kind), id, w->arena, err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && who && !access_may_see(who, *out))) {
		err_clear(err);
		*out = NULL;
		code = OUTRIDER_OK;
	}
	return code;
}

/*
 * Who speaks for one firm speaks for it here: so that it shows in the firm's
 * timeline. Only when the contact is new to the record: somebody may have
 * taken the company out.
 */
static enum outrider_code settle_company(struct writing *w,
					 const struct reach_kind *kind,
					 struct outrider_err *err)
{
	const struct value *contacts = kind_value(w->row, kind->contacts);
	struct row *contact, *company;
	struct uuid id;
	enum outrider_code code;

	if (value_is_set(kind_value(w->row, kind->company)) ||
	    !only_one(&id, contacts) ||
	    (w->old && is_same(w->row, w->old, kind->contacts)))
		return OUTRIDER_OK;
	code = get_visible(&contact, w, KIND_CONTACT, &id, err);
	if (code != OUTRIDER_OK || !contact ||
	    !only_one(&id, kind_value(contact, CONTACT_COMPANIES)))
		return code;
	code = get_visible(&company, w, KIND_COMPANY, &id, err);
	if (code != OUTRIDER_OK || !company || company->deleted_us != 0)
		return code;
	return link_rows(w, kind->company, &company, 1, err);
}

enum outrider_code
laws_reach_settle(struct writing *w, struct outrider_err *err)
{
	const struct reach_kind *kind = kind_of(w->row);
	enum outrider_code code = settle_address(w, err);

	if (code == OUTRIDER_OK && !with_whom_is_named(w->row))
		code = link_reached(w, kind, err);
	return code == OUTRIDER_OK ? settle_company(w, kind, err) : code;
}

/* ---------------------------------------------------------------- the lead */

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static struct bytes cut(struct bytes text, size_t max)
{
	text.len = utf8_cut(text.at, text.len, max);
	return text;
}

/* One nested message of two texts as the field's value. */
static bool set_pair(struct row *lead, uint32_t field, struct arena *arena,
		     const struct bytes parts[2], const uint32_t numbers[2])
{
	struct value *value = kind_value(lead, field);
	struct buffer one, all;

	buffer_init(&one, &allocator_libc, 1024);
	buffer_init(&all, &allocator_libc, 1024);
	for (size_t i = 0; i < 2; i++)
		if (parts[i].len > 0)
			wire_put_bytes(&one, numbers[i], parts[i].at,
				       parts[i].len);
	wire_put_bytes(&all, field, one.at, one.len);
	if (!one.is_full && !all.is_full)
		value->bytes = arena_copy(arena, all.at, all.len);
	buffer_free(&one);
	buffer_free(&all);
	return value->bytes.at != NULL;
}

/* How the lead is reached: what the next call will find it by. */
static bool set_reach(struct row *lead, const struct writing *w,
		      const struct reach_kind *kind,
		      const struct address *address, struct bytes written)
{
	static const struct bytes none;
	const struct row *row = w->row;
	size_t channel = 0;

	if (kind->kind == KIND_MESSAGE)
		channel = (size_t)kind_value(row, MESSAGE_CHANNEL)->i;
	if (address->type == HANDLE_PHONE)
		return set_pair(lead, LEAD_PHONES, w->arena,
				(struct bytes[]){ cut(written, 64),
						  address->is_e164
							  ? address->text
							  : none },
				(uint32_t[]){ PHONE_NUMBER, PHONE_E164 });
	if (address->type == HANDLE_EMAIL)
		return set_pair(lead, LEAD_EMAILS, w->arena,
				(struct bytes[]){ written, none },
				(uint32_t[]){ EMAIL_ADDRESS, 0 });
	if (address->type == HANDLE_MESSENGER) {
		const char *network = channel < ARRAY_LEN(networks)
					      ? networks[channel]
					      : NULL;

		return set_pair(
			lead, LEAD_MESSENGERS, w->arena,
			(struct bytes[]){ bytes_of(network ? network : "other"),
					  cut(written, 128) },
			(uint32_t[]){ MESSENGER_NETWORK, MESSENGER_ACCOUNT });
	}
	/* A letter's. */
	kind_value(lead, LEAD_ADDRESS)->bytes = written;
	return true;
}

static enum outrider_code shape_lead(struct row **out, const struct writing *w,
				     const struct reach_kind *kind,
				     struct bytes written,
				     struct outrider_err *err)
{
	const struct context *context = w->app->context;
	struct row *lead = row_new(w->arena, schema_entity(KIND_LEAD));
	struct address address;
	uint8_t random[10];

	*out = lead;
	if (!lead)
		return err_call_full(err);
	context->random(context->user, random, sizeof(random));
	lead->id = uuid_make(w->now_us / 1000, random);
	lead->owner = w->row->owner;
	kind_value(lead, LEAD_DISPLAY_NAME)->bytes = cut(written, 200);
	kind_value(lead, LEAD_SOURCE)->bytes = bytes_of(kind->source);
	address_of_row(&address, w->row, w->app->config.region);
	if (!set_reach(lead, w, kind, &address, written))
		return err_call_full(err);
	return OUTRIDER_OK;
}

/*
 * The server makes it, whatever the author may make: it is how their call can
 * stand at all. A lead has no address to look for, so this ends here.
 */
static enum outrider_code
make_lead(struct writing *w, const struct reach_kind *kind,
	  struct bytes written, struct outrider_err *err)
{
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = schema_entity(KIND_LEAD),
	};
	struct write_outcome outcome;
	struct row *lead;
	enum outrider_code code = shape_lead(&lead, w, kind, written, err);

	if (code != OUTRIDER_OK)
		return code;
	intent.id = lead->id;
	intent.values = lead;
	code = write_record(&outcome, w->app, w->tx, &intent, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	field_set_add(&w->changed, kind->lead);
	return link_rows(w, kind->lead, &outcome.row, 1, err);
}

/*
 * The last law of all, and the only one that writes: a communication that is
 * refused leaves no lead behind.
 */
enum outrider_code laws_reach_check(struct writing *w, struct outrider_err *err)
{
	const struct reach_kind *kind = kind_of(w->row);
	struct bytes written;
	enum outrider_code code;

	if (w->intent->op == CHANGE_DELETE || with_whom_is_named(w->row))
		return OUTRIDER_OK;
	code = with_whom_check(w->row, err);
	if (code != OUTRIDER_OK)
		return code;
	written = address_trim(kind_value(w->row, kind->address)->bytes);
	return make_lead(w, kind, written, err);
}
