/*
 * rights: what a rank and a role come to, for every kind, field and standard
 * method of the contract.
 */
#include "record_maker.h"
#include "rights_acts.h"

#include "app/rights.h"

enum { OWN_MEMORY = 4 << 20 };

/* ------------------------------------------------------- kinds and methods */

enum { AS_RANKED, N_GRANTS = 4 };

/* What the methods of a kind answer a rep: OK stands for "not refused". */
struct answers {
	enum outrider_code list, get, write;
};

static struct answers answers_of(const struct entity *kind, int grant)
{
	const bool is_ranked = kind->write_rank <= RANK_REP;
	struct answers out = { OUTRIDER_OK, OUTRIDER_NOT_FOUND,
			       OUTRIDER_PERMISSION_DENIED };

	if (grant == GRANT_WRITE || (grant == AS_RANKED && is_ranked))
		out.write = OUTRIDER_OK;
	return out;
}

/* A batch of one. */
static const struct harness_reply *
batch_get(struct world *w, const struct entity *kind, const char *token,
	  const struct uuid *id)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	reply = harness_call(&w->h, path_of(kind, METHOD_BATCH_GET), token,
			     request.at, request.len);
	buffer_free(&request);
	return reply;
}

static void expect_write(const struct harness_reply *reply,
			 enum outrider_code wanted, const char *kind)
{
	bool is_denied = reply->code == OUTRIDER_PERMISSION_DENIED;

	if (is_denied != (wanted == OUTRIDER_PERMISSION_DENIED))
		fail_msg("%s: %s: %s", kind, code_name(reply->code),
			 reply->text);
}

/* On a record that isn't there, so that nothing but rights decides. */
static void try_methods(struct world *w, const struct entity *kind, int grant)
{
	static const enum method_verb by_ids[] = { METHOD_DELETE,
						   METHOD_UNDELETE };
	const char *token = w->anna.token;
	struct uuid nobody = harness_new_uuid(&w->h);
	struct answers wanted = answers_of(kind, grant);
	struct buffer record;

	harness_expect(harness_call(&w->h, path_of(kind, METHOD_LIST), token,
				    NULL, 0),
		       wanted.list);
	harness_expect(by_id(w, kind, METHOD_GET, token, &nobody), wanted.get);
	harness_expect(batch_get(w, kind, token, &nobody), wanted.get);
	for (size_t i = 0; i < sizeof(by_ids) / sizeof(by_ids[0]); i++)
		if (path_of(kind, by_ids[i]))
			expect_write(by_id(w, kind, by_ids[i], token, &nobody),
				     wanted.write, kind->name);
	if (path_of(kind, METHOD_UPDATE)) {
		record = harness_buffer();
		harness_put_uuid(&record, FIELD_ID, &nobody);
		expect_write(of_record(w, kind, METHOD_UPDATE, token, &record),
			     wanted.write, kind->name);
	}
	if (!path_of(kind, METHOD_CREATE))
		return;
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &nobody);
	expect_write(of_record(w, kind, METHOD_CREATE, token, &record),
		     wanted.write, kind->name);
}

/* Every kind, each thing that a role may say of it, every method. */
static void a_grant_decides_every_method(void **state)
{
	struct world *w = *state;
	struct role_draft draft = draft_role("tried");
	struct uuid role = make_role(w, &draft);

	give_role(w, &w->anna, &role);
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *kind = schema_entities[i];

		for (int grant = AS_RANKED; grant < N_GRANTS; grant++) {
			if (grant == GRANT_WRITE && rights_are_given_by(kind))
				continue;
			draft = draft_role("tried");
			if (grant != AS_RANKED)
				draft_grant(&draft, kind->name,
					    (unsigned)grant);
			change_role(w, &role, &draft);
			try_methods(w, kind, grant);
		}
	}
}

static size_t
count_listed(struct world *w, const struct entity *kind, const char *token)
{
	const struct harness_reply *reply =
		harness_call(&w->h, path_of(kind, METHOD_LIST), token, NULL, 0);
	size_t n = 0;

	harness_expect(reply, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	return n;
}

/* What is there is answered like what is not, in every byte. */
static void an_unknown_kind_has_no_records(void **state)
{
	struct world *w = *state;
	const struct entity *contact = kind_named("contact");
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid nobody = harness_new_uuid(&w->h);
	struct role_draft draft = draft_role("blind");
	const struct harness_reply *reply;
	struct buffer note = harness_buffer(), asked = harness_buffer();
	struct uuid role;
	uint8_t details[512];
	size_t len;

	draft_grant(&draft, "contact", GRANT_NONE);
	role = make_role(w, &draft);
	assert_int_equal(count_listed(w, contact, w->anna.token), 1);
	give_role(w, &w->anna, &role);
	assert_int_equal(count_listed(w, contact, w->anna.token), 0);
	reply = by_id(w, contact, METHOD_GET, w->anna.token, &id);
	harness_expect(reply, OUTRIDER_NOT_FOUND);
	len = reply->details.len;
	assert_true(len <= sizeof(details));
	memcpy(details, reply->details.at, len);
	reply = by_id(w, contact, METHOD_GET, w->anna.token, &nobody);
	harness_expect(reply, OUTRIDER_NOT_FOUND);
	assert_int_equal(reply->details.len, len);
	assert_memory_equal(reply->details.at, details, len);
	/* Nor by asking for it, or by referring to it. */
	harness_put_text(&asked, 4, "family_name = \"Alder\"");
	reply = harness_call(&w->h, path_of(contact, METHOD_LIST),
			     w->anna.token, asked.at, asked.len);
	harness_expect(reply, OUTRIDER_OK);
	assert_int_equal(reply->message.len, 0);
	buffer_free(&asked);
	harness_put_text(&note, 10, "whose?");
	harness_put_uuid(&note, number_of(kind_named("note"), "contact_id"),
			 &id);
	harness_expect(of_record(w, kind_named("note"), METHOD_CREATE,
				 w->anna.token, &note),
		       OUTRIDER_INVALID_ARGUMENT);
}

/* ------------------------------------------------------------------ fields */

static struct uuid target_of(void *user, const struct entity *entity)
{
	struct world *w = user;

	if (strcmp(entity->name, "user") == 0)
		return w->anna.id;
	if (strcmp(entity->name, "team") == 0)
		return w->north;
	return (struct uuid){ { 0 } };
}

/* A whole record of Anna's, in the server's own hand; zero: it can't be. */
static struct uuid make_whole(struct world *w, const struct entity *kind)
{
	const struct record_maker maker = {
		.seed = 6, /* a custom field for every rank */
		.reference = target_of,
		.user = w,
	};
	struct fields fields = fields_new();
	struct uuid id = harness_new_uuid(&w->h);
	enum outrider_code code;

	if (kind->visibility == VISIBLE_TO_OWNED)
		harness_put_uuid(&fields.bytes, FIELD_OWNER, &w->anna.id);
	else
		harness_put_uuid(&fields.bytes, FIELD_OWNER, &w->h.admin);
	maker_record(&fields.bytes, kind, &maker);
	code = world_try(w, CHANGE_CREATE, kind->number, &id, &fields, NULL, 0);
	fields_free(&fields);
	return code == OUTRIDER_OK ? id : (struct uuid){ { 0 } };
}

static bool has_field(struct bytes message, uint32_t number)
{
	struct wire_field found;

	return wire_find(&found, message, number);
}

/* The fields of one kind that a role may hide, with and without the role. */
static size_t
hide_all(struct world *w, const struct entity *kind, const struct uuid *role)
{
	struct uuid id = make_whole(w, kind);
	struct role_draft draft = draft_role("tried");
	bool was_there[256] = { false };
	struct bytes message;
	char name[128];
	size_t n = 0;

	for (size_t i = 0; i < kind->n_fields; i++) {
		snprintf(name, sizeof(name), "%s.%s", kind->name,
			 kind->fields[i].name);
		if (!rights_may_hide(kind, &kind->fields[i]))
			continue;
		draft_hide(&draft, name);
	}
	if (uuid_is_zero(&id)) {
		buffer_free(&draft.bytes);
		return 0;
	}
	message = by_id(w, kind, METHOD_GET, w->h.admin_token, &id)->message;
	for (size_t i = 0; i < kind->n_fields; i++)
		was_there[kind->fields[i].number] =
			has_field(message, kind->fields[i].number);
	change_role(w, role, &draft);
	harness_expect(by_id(w, kind, METHOD_GET, w->anna.token, &id),
		       OUTRIDER_OK);
	message = by_id(w, kind, METHOD_GET, w->anna.token, &id)->message;
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct field *field = &kind->fields[i];
		bool is_there = has_field(message, field->number);

		if (rights_may_hide(kind, field) && is_there)
			fail_msg("%s.%s is told", kind->name, field->name);
		if (!rights_may_hide(kind, field) &&
		    field->read_rank <= RANK_REP &&
		    is_there != was_there[field->number])
			fail_msg("%s.%s is missing", kind->name, field->name);
		n += was_there[field->number] && !is_there;
	}
	return n;
}

static void a_role_hides_each_field_of_each_kind(void **state)
{
	struct world *w = *state;
	struct role_draft draft = draft_role("tried");
	struct uuid role = make_role(w, &draft);
	size_t n_kinds = 0, n_fields = 0;

	give_role(w, &w->anna, &role);
	for (size_t i = 0; i < schema_n_entities; i++) {
		size_t n = hide_all(w, schema_entities[i], &role);

		n_kinds += n > 0;
		n_fields += n;
	}
	print_message("%zu fields of %zu kinds were hidden\n", n_fields,
		      n_kinds);
	assert_true(n_kinds >= schema_n_entities / 2);
}

/* Margins: fields that ask for a rank, and roles that lift it. */
static void a_rank_hides_and_a_role_shows(void **state)
{
	struct world *w = *state;
	const struct entity *product = kind_named("product");
	const uint32_t cost = number_of(product, "cost_minor");
	struct buffer record = harness_buffer();
	struct role_draft draft;
	struct uuid id, role;

	harness_put_text(&record, number_of(product, "display_name"), "Drill");
	harness_put_text(&record, number_of(product, "currency_code"), "EUR");
	wire_put_scalar(&record, cost, 7000);
	id = made(of_record(w, product, METHOD_CREATE, w->h.admin_token,
			    &record));
#define TOLD(token) \
	has_field(by_id(w, product, METHOD_GET, token, &id)->message, cost)
	assert_true(TOLD(w->h.admin_token));
	assert_true(TOLD(w->mia.token));
	assert_false(TOLD(w->anna.token));
	draft = draft_role("calculator");
	draft_show(&draft, "product.cost_minor");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	assert_true(TOLD(w->anna.token));
	assert_false(TOLD(w->ben.token));
	/* What is both shown and hidden is hidden. */
	draft = draft_role("calculator");
	draft_show(&draft, "product.cost_minor");
	draft_hide(&draft, "product.cost_minor");
	change_role(w, &role, &draft);
	assert_false(TOLD(w->anna.token));
	give_role(w, &w->mia, &role);
	assert_false(TOLD(w->mia.token));
	/* Taking a role out of the world gives nothing back. */
	harness_expect(by_id(w, kind_named("role"), METHOD_DELETE,
			     w->h.admin_token, &role),
		       OUTRIDER_OK);
	assert_false(TOLD(w->mia.token));
#undef TOLD
}

/* Reading what isn't shown is refused, and so is writing it. */
static void nobody_writes_what_they_dont_see(void **state)
{
	struct world *w = *state;
	const struct entity *contact = kind_named("contact");
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct role_draft draft = draft_role("half");
	struct buffer record = harness_buffer();
	const struct harness_reply *reply;
	struct uuid role;
	char text[64];

	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&record, CONTACT_POSITION, "owner");
	harness_put_text(&record, CONTACT_FAMILY_NAME, "Birch");
	reply = of_record(w, contact, METHOD_UPDATE, w->anna.token, &record);
	assert_true(reply->code == OUTRIDER_OK ||
		    reply->code == OUTRIDER_INVALID_ARGUMENT);
	assert_false(has_field(reply->message, CONTACT_POSITION));
	world_text(text, sizeof(text), w, CONTACT, &id, CONTACT_POSITION);
	assert_string_equal(text, "buyer");
	/* Nor do they take it away by writing the rest. */
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&record, CONTACT_FAMILY_NAME, "Cedar");
	harness_expect(of_record(w, contact, METHOD_UPDATE, w->anna.token,
				 &record),
		       OUTRIDER_OK);
	world_text(text, sizeof(text), w, CONTACT, &id, CONTACT_POSITION);
	assert_string_equal(text, "buyer");
}

/* ----------------------------------------------------------- custom fields */

/* Anna's contact, with the two fields that mia filled. */
struct custom_case {
	struct world *w;
	struct uuid id, size, class;
};

static void put_custom_by(const struct custom_case *c, const char *token,
			  const struct uuid *field, const char *text,
			  enum outrider_code code)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &c->id);
	put_custom(&record, field, text);
	harness_expect(of_record(c->w, kind_named("contact"), METHOD_UPDATE,
				 token, &record),
		       code);
}

static void sees(const struct custom_case *c, const char *token,
		 const struct uuid *field, const char *wanted)
{
	char text[64];

	custom_text(text,
		    by_id(c->w, kind_named("contact"), METHOD_GET, token,
			  &c->id)
			    ->message,
		    field);
	assert_string_equal(text, wanted);
}

static struct custom_case make_custom_case(struct world *w)
{
	struct custom_case c = {
		.w = w,
		.id = world_contact(w, &w->anna, "Alder"),
		.size = make_custom_field(w, "size", RANK_NONE),
		.class = make_custom_field(w, "class", RANK_MANAGER),
	};
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &c.id);
	put_custom(&record, &c.size, "XL");
	put_custom(&record, &c.class, "A");
	harness_expect(of_record(w, kind_named("contact"), METHOD_UPDATE,
				 w->mia.token, &record),
		       OUTRIDER_OK);
	return c;
}

static void custom_fields_have_a_rank_of_their_own(void **state)
{
	struct world *w = *state;
	const struct entity *custom = kind_named("custom_field");
	struct custom_case c = make_custom_case(w);

	sees(&c, w->mia.token, &c.class, "A");
	sees(&c, w->anna.token, &c.class, "");
	sees(&c, w->anna.token, &c.size, "XL");
	harness_expect(by_id(w, custom, METHOD_GET, w->mia.token, &c.class),
		       OUTRIDER_OK);
	harness_expect(by_id(w, custom, METHOD_GET, w->anna.token, &c.class),
		       OUTRIDER_NOT_FOUND);
	assert_int_equal(count_listed(w, custom, w->anna.token), 1);
	/* Who writes all they know of takes nothing else away. */
	put_custom_by(&c, w->anna.token, &c.size, "M", OUTRIDER_OK);
	sees(&c, w->mia.token, &c.class, "A");
	sees(&c, w->mia.token, &c.size, "M");
	/* And what they don't know of isn't there to be written. */
	put_custom_by(&c, w->anna.token, &c.class, "C",
		      OUTRIDER_INVALID_ARGUMENT);
	sees(&c, w->mia.token, &c.class, "A");
}

static void roles_and_ranks_of_custom_fields_change(void **state)
{
	struct world *w = *state;
	const struct entity *custom = kind_named("custom_field");
	struct custom_case c = make_custom_case(w);
	struct role_draft draft = draft_role("sees class, not size");
	struct buffer record = harness_buffer();
	struct uuid role;

	draft_show(&draft, "contact.custom.class");
	draft_hide(&draft, "contact.custom.size");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	sees(&c, w->anna.token, &c.class, "A");
	sees(&c, w->anna.token, &c.size, "");
	/* A rank that is lifted is lifted at once. */
	harness_put_uuid(&record, FIELD_ID, &c.class);
	wire_put_scalar(&record, 17, RANK_REP);
	harness_expect(of_record(w, custom, METHOD_UPDATE, w->h.admin_token,
				 &record),
		       OUTRIDER_OK);
	sees(&c, w->ben.token, &c.class, "");
	harness_expect(by_id(w, custom, METHOD_GET, w->ben.token, &c.class),
		       OUTRIDER_OK);
}

/* More than are read at once: the last one is hidden, and found, as well. */
static void there_are_many_custom_fields(void **state)
{
	enum { MANY = 450 };
	struct world *w = *state;
	const struct entity *custom = kind_named("custom_field");
	struct role_draft draft = draft_role("names the last one");
	struct uuid ids[MANY];
	char name[40];
	size_t last = 0;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		ids[i] = make_custom_field(w, name, RANK_MANAGER);
		if (uuid_compare(&ids[i], &ids[last]) > 0)
			last = i;
	}
	for (size_t i = 0; i < MANY; i++)
		harness_expect(by_id(w, custom, METHOD_GET, w->anna.token,
				     &ids[i]),
			       OUTRIDER_NOT_FOUND);
	snprintf(name, sizeof(name), "contact.custom.f%zu", last);
	draft_hide(&draft, name);
	(void)make_role(w, &draft);
}

/* ------------------------------------------------------------ laws of roles */

static void a_role_names_what_is_there(void **state)
{
	static const struct {
		const char *kind; /* granted... */
		unsigned access;
		enum outrider_code code;
		const char *hidden, *shown;
		const char *field;
	} cases[] = {
		{ "contact", GRANT_NONE, OUTRIDER_OK, NULL, NULL, "" },
		{ "user", GRANT_NONE, OUTRIDER_OK, NULL, NULL, "" },
		{ "user", GRANT_WRITE, OUTRIDER_INVALID_ARGUMENT, NULL, NULL,
		  "role.kinds" },
		{ "team", GRANT_WRITE, OUTRIDER_INVALID_ARGUMENT, NULL, NULL,
		  "role.kinds" },
		{ "role", GRANT_WRITE, OUTRIDER_INVALID_ARGUMENT, NULL, NULL,
		  "role.kinds" },
		{ "service_account", GRANT_WRITE, OUTRIDER_INVALID_ARGUMENT,
		  NULL, NULL, "role.kinds" },
		{ "custom_field", GRANT_WRITE, OUTRIDER_INVALID_ARGUMENT, NULL,
		  NULL, "role.kinds" },
		{ "spaceship", GRANT_READ, OUTRIDER_INVALID_ARGUMENT, NULL,
		  NULL, "role.kinds" },
		{ NULL, 0, OUTRIDER_OK, "contact.phones", NULL, "" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.id", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.owner_id", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "company.display_name",
		  NULL, "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.given_name",
		  NULL, "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "deal.stage_id", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.wings", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, ".phones", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.phones.number",
		  NULL, "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.custom.", NULL,
		  "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "contact.custom.wings",
		  NULL, "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_OK, "contact.custom.size", NULL, "" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, "company.custom.size",
		  NULL, "role.hidden_fields" },
		{ NULL, 0, OUTRIDER_OK, NULL, "deal.cost_minor", "" },
		{ NULL, 0, OUTRIDER_INVALID_ARGUMENT, NULL, "deal.wings",
		  "role.shown_fields" },
	};
	struct world *w = *state;

	make_custom_field(w, "size", RANK_NONE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct role_draft draft = draft_role("case");
		const struct harness_reply *reply;
		char field[96];

		if (cases[i].kind)
			draft_grant(&draft, cases[i].kind, cases[i].access);
		if (cases[i].hidden)
			draft_hide(&draft, cases[i].hidden);
		if (cases[i].shown)
			draft_show(&draft, cases[i].shown);
		reply = try_role(w, w->h.admin_token, &draft);
		harness_expect(reply, cases[i].code);
		harness_violation(field, reply);
		assert_string_equal(field, cases[i].field);
	}
}

/* Nobody below an administrator gives rights, to themself least of all. */
static void nobody_raises_themself(void **state)
{
	static const char *const kinds[] = { "user", "team", "role",
					     "service_account",
					     "custom_field" };
	struct world *w = *state;
	struct role_draft draft = draft_role("everything");
	const char *tokens[] = { w->anna.token, w->anna.device_token,
				 w->mia.token };
	struct uuid role;
	struct buffer record;

	for (size_t i = 0; i < schema_n_entities; i++)
		if (!rights_are_given_by(schema_entities[i]))
			draft_grant(&draft, schema_entities[i]->name,
				    GRANT_WRITE);
	draft_all_teams(&draft);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	give_role(w, &w->mia, &role);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			record = harness_buffer();
			harness_expect(of_record(w, kind_named(kinds[k]),
						 METHOD_CREATE, tokens[i],
						 &record),
				       OUTRIDER_PERMISSION_DENIED);
		}
		record = harness_buffer();
		harness_put_uuid(&record, FIELD_ID,
				 i < 2 ? &w->anna.id : &w->mia.id);
		wire_put_scalar(&record, USER_RANK, RANK_ADMINISTRATOR);
		harness_expect(of_record(w, kind_named("user"), METHOD_UPDATE,
					 tokens[i], &record),
			       OUTRIDER_PERMISSION_DENIED);
	}
}

/* An administrator who took everything away can still give it back. */
static void somebody_can_put_things_right(void **state)
{
	struct world *w = *state;
	const struct harness_user admin = { .id = w->h.admin };
	struct role_draft draft = draft_role("nothing");
	struct uuid role;

	for (size_t i = 0; i < schema_n_entities; i++)
		draft_grant(&draft, schema_entities[i]->name, GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &admin, &role);
	assert_int_equal(
		count_listed(w, kind_named("contact"), w->h.admin_token), 0);
	draft = draft_role("nothing");
	change_role(w, &role, &draft);
	give_role(w, &admin, &role);
	world_contact(w, &w->anna, "Alder");
	assert_int_equal(
		count_listed(w, kind_named("contact"), w->h.admin_token), 1);
}

/* ---------------------------------------------------------------- contract */

static size_t participants_of(const struct message *message)
{
	size_t n = 0;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		size_t times =
			field->flags & FIELD_IS_REPEATED ? field->max_items : 1;

		if (field->flags & FIELD_IS_PARTICIPANT)
			n += times;
		if (field->message)
			n += times * participants_of(field->message);
	}
	return n;
}

/* Owner and team beside all that the contract lets in. */
static void a_record_has_room_for_its_scopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_entities; i++)
		assert_true(2 + participants_of(schema_entities[i]->message) <=
			    ACCESS_SCOPES_MAX);
}

/* Whose rights nobody made sees nothing and writes nothing. */
static void without_rights_there_is_nothing(void **state)
{
	const struct principal nobody = { .rank = RANK_ADMINISTRATOR };
	struct outrider_err err;

	(void)state;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *kind = schema_entities[i];

		assert_false(access_knows_kind(&nobody, kind));
		assert_int_equal(access_may_write(&nobody, kind, NULL, &err),
				 OUTRIDER_PERMISSION_DENIED);
		for (size_t k = 0; k < kind->n_fields; k++)
			assert_true(field_set_has(access_hidden(&nobody, kind),
						  kind->fields[k].number));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_grant_decides_every_method),
		WITH_WORLD(an_unknown_kind_has_no_records),
		WITH_WORLD(a_role_hides_each_field_of_each_kind),
		WITH_WORLD(a_rank_hides_and_a_role_shows),
		WITH_WORLD(nobody_writes_what_they_dont_see),
		WITH_WORLD(custom_fields_have_a_rank_of_their_own),
		WITH_WORLD(roles_and_ranks_of_custom_fields_change),
		WITH_WORLD(there_are_many_custom_fields),
		WITH_WORLD(a_role_names_what_is_there),
		WITH_WORLD(nobody_raises_themself),
		WITH_WORLD(somebody_can_put_things_right),
		cmocka_unit_test(a_record_has_room_for_its_scopes),
		cmocka_unit_test(without_rights_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
