/*
 * sync_rights: what a phone gets, keeps and may send when a rank or a role
 * hides something from its user. The truth is model_check's: the store's
 * records, through access_hide, byte for byte.
 */
#include "rights_acts.h"

static bool card_has(struct model_phone *p, uint32_t kind,
		     const struct uuid *id, uint32_t number)
{
	const struct model_card *card = model_find(p, kind, id);
	struct wire_field found;

	assert_non_null(card);
	return wire_find(&found,
			 (struct bytes){ card->fields.at, card->fields.len },
			 number);
}

/* A role that hides a field empties it on the phone, and gives it back. */
static void a_role_reaches_the_phone(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct model_phone anna = world_phone(w, &w->anna);
	struct role_draft draft = draft_role("half");
	struct uuid role;

	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	model_pull_all(&anna);
	model_check(&anna);
	assert_true(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	model_check(&anna);
	assert_false(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	/* A change of what is hidden comes without it. */
	world_set(w, CONTACT, &id, CONTACT_POSITION, "owner");
	world_set(w, CONTACT, &id, CONTACT_FAMILY_NAME, "Birch");
	model_pull_all(&anna);
	model_check(&anna);
	assert_false(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	/* Nor does it show by being emptied, or by a number of its own. */
	world_clear(w, CONTACT, &id, CONTACT_POSITION);
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_field_bytes, 0);
	assert_int_equal(anna.n_cleared, 0);
	draft = draft_role("whole");
	world_set(w, CONTACT, &id, CONTACT_POSITION, "seller");
	change_role(w, &role, &draft);
	model_pull_all(&anna);
	model_check(&anna);
	assert_true(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	model_close(&anna);
}

static void
show_custom_field(struct world *w, const struct uuid *id, uint64_t rank)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	wire_put_scalar(&record, 17, rank);
	harness_expect(of_record(w, kind_named("custom_field"), METHOD_UPDATE,
				 w->h.admin_token, &record),
		       OUTRIDER_OK);
}

/* Rights that came and went between two pulls: the view is what it was, and
 * what was pushed meanwhile goes from the phone again. */
static void what_was_sent_while_it_showed_is_hidden_again(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid other = world_contact(w, &w->anna, "Birch");
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	struct role_draft draft = draft_role("half");
	struct fields fields = fields_new();
	struct uuid role;

	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	model_check(&anna);
	draft = draft_role("whole");
	change_role(w, &role, &draft);
	show_custom_field(w, &class, RANK_REP);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	put_custom(&fields.bytes, &class, "A");
	model_edit(&anna, MODEL_UPDATE, CONTACT, &other, fields_bytes(&fields),
		   NULL, 0);
	fields_free(&fields);
	model_push_all(&anna);
	assert_true(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	assert_true(card_has(&anna, CONTACT, &other, FIELD_CUSTOM));
	/* Others write over it: it isn't the phone's own any more. */
	world_set(w, CONTACT, &id, CONTACT_POSITION, "owner");
	draft = draft_role("half");
	draft_hide(&draft, "contact.position");
	change_role(w, &role, &draft);
	show_custom_field(w, &class, RANK_MANAGER);
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_whole, 0);
	assert_false(card_has(&anna, CONTACT, &id, CONTACT_POSITION));
	assert_false(card_has(&anna, CONTACT, &other, FIELD_CUSTOM));
	model_close(&anna);
}

/* A value that was written blindly, and is the one that stands there: the phone
 * holds it, and may not. */
static void what_was_guessed_is_hidden(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	struct fields fields = fields_new();
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &id);
	put_custom(&record, &class, "A");
	harness_expect(of_record(w, kind_named("contact"), METHOD_UPDATE,
				 w->mia.token, &record),
		       OUTRIDER_OK);
	model_pull_all(&anna);
	assert_false(card_has(&anna, CONTACT, &id, FIELD_CUSTOM));
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	put_custom(&fields.bytes, &class, "A");
	model_edit(&anna, MODEL_UPDATE, CONTACT, &id, fields_bytes(&fields),
		   NULL, 0);
	fields_free(&fields);
	model_push_all(&anna);
	assert_true(card_has(&anna, CONTACT, &id, FIELD_CUSTOM));
	model_pull_all(&anna);
	assert_false(card_has(&anna, CONTACT, &id, FIELD_CUSTOM));
	model_check(&anna);
	model_close(&anna);
}

/* Cards of a kind that isn't known any more leave the phone. */
static void a_kind_leaves_and_comes_back(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid other = world_contact(w, &w->ben, "Birch");
	struct model_phone anna = world_phone(w, &w->anna);
	struct role_draft draft = draft_role("blind");
	struct fields note = fields_new();
	struct uuid role, kept;

	fields_text(&note, NOTE_TEXT, "stays");
	kept = world_create(w, NOTE, &w->anna, &note);
	fields_free(&note);
	world_small_pages(w, 2);
	model_pull_all(&anna);
	model_check(&anna);
	draft_grant(&draft, "contact", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	model_check(&anna);
	assert_null(model_find(&anna, CONTACT, &id));
	assert_non_null(model_find(&anna, NOTE, &kept));
	/* What happens to them meanwhile is not told. */
	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	world_delete(w, CONTACT, &id);
	world_undelete(w, CONTACT, &id);
	world_give(w, CONTACT, &other, &w->anna);
	model_pull_all(&anna);
	model_check(&anna);
	assert_null(model_find(&anna, CONTACT, &other));
	draft = draft_role("seeing");
	change_role(w, &role, &draft);
	model_pull_all(&anna);
	model_check(&anna);
	assert_non_null(model_find(&anna, CONTACT, &id));
	assert_non_null(model_find(&anna, CONTACT, &other));
	model_close(&anna);
}

/* An unsent edit outlives the going and coming of its card. */
static void what_was_made_here_is_not_lost(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid made_here = harness_new_uuid(&w->h);
	struct role_draft draft = draft_role("blind");
	struct uuid role;

	world_edit(&anna, MODEL_CREATE, &made_here, CONTACT_FAMILY_NAME,
		   "Alder");
	model_push_all(&anna);
	draft_grant(&draft, "contact", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	draft = draft_role("seeing");
	change_role(w, &role, &draft);
	model_pull_all(&anna);
	model_check(&anna);
	assert_non_null(model_find(&anna, CONTACT, &made_here));
	model_close(&anna);
}

/* Margins never reach a rep's phone, and a manager's has them. */
static void a_rank_hides_from_phones(void **state)
{
	struct world *w = *state;
	const struct entity *product = kind_named("product");
	const uint32_t cost = number_of(product, "cost_minor");
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, number_of(product, "display_name"), "Drill");
	fields_text(&fields, number_of(product, "currency_code"), "EUR");
	fields_number(&fields, cost, 7000);
	id = world_create(w, product->number, &w->mia, &fields);
	fields_free(&fields);
	model_pull_all(&anna);
	model_pull_all(&mia);
	model_check(&anna);
	model_check(&mia);
	assert_false(card_has(&anna, product->number, &id, cost));
	assert_true(card_has(&mia, product->number, &id, cost));
	model_close(&anna);
	model_close(&mia);
}

static void custom_values_are_hidden_one_by_one(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid size = make_custom_field(w, "size", RANK_NONE);
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	struct buffer record = harness_buffer();
	const struct model_card *card;
	char text[64];

	harness_put_uuid(&record, FIELD_ID, &id);
	put_custom(&record, &size, "XL");
	put_custom(&record, &class, "A");
	harness_expect(of_record(w, kind_named("contact"), METHOD_UPDATE,
				 w->mia.token, &record),
		       OUTRIDER_OK);
	model_pull_all(&anna);
	model_check(&anna);
	card = model_find(&anna, CONTACT, &id);
	custom_text(text, (struct bytes){ card->fields.at, card->fields.len },
		    &size);
	assert_string_equal(text, "XL");
	custom_text(text, (struct bytes){ card->fields.at, card->fields.len },
		    &class);
	assert_string_equal(text, "");
	/* The field's own record is not sent either. */
	assert_null(
		model_find(&anna, kind_named("custom_field")->number, &class));
	/* Its rank is lifted: now it is, and so are its values. */
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &class);
	wire_put_scalar(&record, 17, RANK_REP);
	harness_expect(of_record(w, kind_named("custom_field"), METHOD_UPDATE,
				 w->h.admin_token, &record),
		       OUTRIDER_OK);
	model_pull_all(&anna);
	model_check(&anna);
	card = model_find(&anna, CONTACT, &id);
	custom_text(text, (struct bytes){ card->fields.at, card->fields.len },
		    &class);
	assert_string_equal(text, "A");
	model_close(&anna);
}

/* What a manager says of a contact in the added fields. */
static void say_custom(struct world *w, const struct uuid *id,
		       const struct uuid *shown, const struct uuid *hidden,
		       const char *text)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	put_custom(&record, shown, text);
	put_custom(&record, hidden, "A");
	harness_expect(of_record(w, kind_named("contact"), METHOD_UPDATE,
				 w->mia.token, &record),
		       OUTRIDER_OK);
}

static void share(struct world *w, const struct uuid *id)
{
	struct fields shared = fields_new();

	fields_id(&shared, FIELD_SHARED_TEAMS, &w->north);
	assert_int_equal(world_try(w, CHANGE_UPDATE, CONTACT, id, &shared, NULL,
				   0),
			 OUTRIDER_OK);
	fields_free(&shared);
}

/* A page tells of a record where it left a scope, and again where it was
 * changed since, others between them: each with what is its own. */
static void what_comes_up_twice_is_hidden_twice(void **state)
{
	static const char *const texts[] = { "ash", "elm", "fir" };
	struct world *w = *state;
	struct uuid size = make_custom_field(w, "size", RANK_NONE);
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	const struct model_card *card;
	struct uuid ids[3];
	char text[64];

	for (size_t i = 0; i < 3; i++) {
		ids[i] = world_contact(w, &w->anna, "Alder");
		share(w, &ids[i]);
	}
	model_pull_all(&anna);
	for (size_t i = 0; i < 3; i++)
		say_custom(w, &ids[i], &size, &class, texts[i]);
	for (size_t i = 0; i < 3; i++)
		world_clear(w, CONTACT, &ids[i], FIELD_SHARED_TEAMS);
	for (size_t i = 0; i < 3; i++)
		world_set(w, CONTACT, &ids[i], CONTACT_POSITION, "buyer");
	model_pull_all(&anna);
	model_check(&anna);
	for (size_t i = 0; i < 3; i++) {
		card = model_find(&anna, CONTACT, &ids[i]);
		custom_text(text,
			    (struct bytes){ card->fields.at, card->fields.len },
			    &size);
		assert_string_equal(text, texts[i]);
	}
	model_close(&anna);
}

/* Sent or emptied, what isn't seen is parked like what isn't known. */
static void a_push_names_nothing_hidden(void **state)
{
	enum { UNIMPLEMENTED = 12, INVALID_ARGUMENT = 3 };
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	const uint32_t position = CONTACT_POSITION;
	struct role_draft draft = draft_role("half");
	struct fields fields = fields_new();
	struct uuid role;
	uint64_t seq;

	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	draft_hide(&draft, "contact.position");
	draft_grant(&draft, "note", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	seq = world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "owner");
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_REJECTED, UNIMPLEMENTED);
	seq = model_edit(&anna, MODEL_UPDATE, CONTACT, &id,
			 (struct bytes){ .len = 0 }, &position, 1);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_REJECTED, UNIMPLEMENTED);
	fields_text(&fields, NOTE_TEXT, "no such kind");
	id = harness_new_uuid(&w->h);
	seq = model_edit(&anna, MODEL_CREATE, NOTE, &id, fields_bytes(&fields),
			 NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_REJECTED, UNIMPLEMENTED);
	seq = model_edit(&anna, MODEL_DELETE, NOTE, &id,
			 (struct bytes){ .len = 0 }, NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_REJECTED, UNIMPLEMENTED);
	fields_free(&fields);
	fields = fields_new();
	fields_text(&fields, CONTACT_FAMILY_NAME, "Birch");
	put_custom(&fields.bytes, &class, "A");
	id = harness_new_uuid(&w->h);
	seq = model_edit(&anna, MODEL_CREATE, CONTACT, &id,
			 fields_bytes(&fields), NULL, 0);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_REJECTED, INVALID_ARGUMENT);
	fields_free(&fields);
	model_close(&anna);
}

/* A merge tells its author what stands, and nothing that they don't see. */
static void a_merge_reveals_nothing(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid size = make_custom_field(w, "size", RANK_NONE);
	struct uuid class = make_custom_field(w, "class", RANK_MANAGER);
	struct model_phone anna = world_phone(w, &w->anna);
	struct buffer record = harness_buffer();
	struct fields fields = fields_new();
	const struct model_card *card;
	uint64_t seq;
	char text[64];

	model_pull_all(&anna);
	put_custom(&fields.bytes, &size, "S");
	seq = model_edit(&anna, MODEL_UPDATE, CONTACT, &id,
			 fields_bytes(&fields), NULL, 0);
	fields_free(&fields);
	world_tick(w);
	harness_put_uuid(&record, FIELD_ID, &id);
	put_custom(&record, &size, "XL");
	put_custom(&record, &class, "A");
	harness_expect(of_record(w, kind_named("contact"), METHOD_UPDATE,
				 w->mia.token, &record),
		       OUTRIDER_OK);
	model_push_all(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	card = model_find(&anna, CONTACT, &id);
	custom_text(text, (struct bytes){ card->fields.at, card->fields.len },
		    &class);
	assert_string_equal(text, "");
	model_pull_all(&anna);
	model_check(&anna);
	/* Mia's value is still there. */
	custom_text(text,
		    by_id(w, kind_named("contact"), METHOD_GET, w->mia.token,
			  &id)
			    ->message,
		    &class);
	assert_string_equal(text, "A");
	model_close(&anna);
}

/* Shared with a team: comes to its members' phones, and goes. */
static void sharing_reaches_phones(void **state)
{
	struct world *w = *state;
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct model_phone carl = world_phone(w, &w->carl);
	struct fields shared = fields_new();

	model_pull_all(&carl);
	assert_null(model_find(&carl, CONTACT, &id));
	fields_id(&shared, FIELD_SHARED_TEAMS, &w->south);
	assert_int_equal(world_try(w, CHANGE_UPDATE, CONTACT, &id, &shared,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&shared);
	model_pull_all(&carl);
	model_check(&carl);
	assert_non_null(model_find(&carl, CONTACT, &id));
	world_clear(w, CONTACT, &id, FIELD_SHARED_TEAMS);
	model_pull_all(&carl);
	model_check(&carl);
	assert_null(model_find(&carl, CONTACT, &id));
	model_close(&carl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_role_reaches_the_phone),
		WITH_WORLD(what_was_sent_while_it_showed_is_hidden_again),
		WITH_WORLD(what_was_guessed_is_hidden),
		WITH_WORLD(a_kind_leaves_and_comes_back),
		WITH_WORLD(what_was_made_here_is_not_lost),
		WITH_WORLD(a_rank_hides_from_phones),
		WITH_WORLD(custom_values_are_hidden_one_by_one),
		WITH_WORLD(what_comes_up_twice_is_hidden_twice),
		WITH_WORLD(a_push_names_nothing_hidden),
		WITH_WORLD(a_merge_reveals_nothing),
		WITH_WORLD(sharing_reaches_phones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
