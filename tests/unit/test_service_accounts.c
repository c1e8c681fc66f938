/*
 * service_accounts: programs that call in their own name: their one token,
 * what they own, what they may not, and how they end.
 */
#include "rights_acts.h"

#include "outrider/v1/auth.pb-c.h"

/* ------------------------------------------------------------------- acts */

static const struct harness_reply *
try_account(struct world *w, const char *token, const struct uuid *id,
	    enum rank rank, const struct harness_user *owner)
{
	struct buffer record = harness_buffer();

	if (id)
		harness_put_uuid(&record, FIELD_ID, id);
	harness_put_text(&record, 10, "The site");
	wire_put_scalar(&record, SERVICE_RANK, rank);
	harness_put_uuid(&record, SERVICE_DEFAULT_OWNER, &owner->id);
	return of_record(w, kind_named("service_account"), METHOD_CREATE, token,
			 &record);
}

static struct uuid
make_account(struct world *w, enum rank rank, const struct harness_user *owner)
{
	return made(try_account(w, w->h.admin_token, NULL, rank, owner));
}

static const struct harness_reply *
ask_token(struct world *w, const char *token, const struct uuid *account)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, account);
	reply = harness_call(&w->h, "AuthService/CreateServiceToken", token,
			     request.at, request.len);
	buffer_free(&request);
	return reply;
}

static void make_token(char out[TOKEN_TEXT_LEN + 1], struct world *w,
		       const struct uuid *account)
{
	const struct harness_reply *reply =
		ask_token(w, w->h.admin_token, account);

	harness_expect(reply, OUTRIDER_OK);
	harness_text(out, TOKEN_TEXT_LEN + 1, reply->message, 1);
	assert_int_equal(strlen(out), TOKEN_TEXT_LEN);
}

static void disable(struct world *w, const struct uuid *account, bool is_off)
{
	struct buffer request = harness_buffer(), record = harness_buffer();
	struct buffer mask = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, account);
	if (is_off)
		wire_put_scalar(&record, SERVICE_IS_DISABLED, 1);
	harness_put_text(&mask, 1, "is_disabled");
	wire_put_bytes(&request, 1, record.at, record.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	harness_expect(
		harness_call(&w->h,
			     "ServiceAccountService/UpdateServiceAccount",
			     w->h.admin_token, request.at, request.len),
		OUTRIDER_OK);
	buffer_free(&record);
	buffer_free(&mask);
	buffer_free(&request);
}

static enum outrider_code try_token(struct world *w, const char *token)
{
	return harness_call(&w->h, "ContactService/ListContacts", token, NULL,
			    0)
		->code;
}

static const struct harness_reply *
make_contact(struct world *w, const char *token, const struct uuid *owner)
{
	struct buffer record = harness_buffer();

	harness_put_text(&record, CONTACT_FAMILY_NAME, "Alder");
	if (owner)
		harness_put_uuid(&record, FIELD_OWNER, owner);
	return of_record(w, kind_named("contact"), METHOD_CREATE, token,
			 &record);
}

/* ------------------------------------------------------------------ tokens */

static void a_program_has_one_token(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct uuid other = make_account(w, RANK_REP, &w->ben);
	char first[TOKEN_TEXT_LEN + 1], second[TOKEN_TEXT_LEN + 1];
	char others[TOKEN_TEXT_LEN + 1];

	make_token(others, w, &other);
	make_token(first, w, &account);
	assert_int_equal(try_token(w, first), OUTRIDER_OK);
	/* It never runs out. */
	w->h.wall_us += INT64_C(365) * 24 * 3600 * 1000000;
	w->h.mono_us += INT64_C(365) * 24 * 3600 * 1000000;
	assert_int_equal(try_token(w, first), OUTRIDER_OK);
	harness_restart(&w->h);
	assert_int_equal(try_token(w, first), OUTRIDER_OK);
	make_token(second, w, &account);
	assert_int_equal(try_token(w, second), OUTRIDER_OK);
	assert_int_equal(try_token(w, first), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(w, others), OUTRIDER_OK);
	/* It may give it up itself. */
	harness_expect(harness_call(&w->h, "AuthService/Logout", second, NULL,
				    0),
		       OUTRIDER_OK);
	assert_int_equal(try_token(w, second), OUTRIDER_UNAUTHENTICATED);
}

static void who_may_make_a_token(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_ADMINISTRATOR, &w->anna);
	struct uuid nobody = harness_new_uuid(&w->h);
	char token[TOKEN_TEXT_LEN + 1];
	Outrider__V1__SetPasswordRequest password =
		OUTRIDER__V1__SET_PASSWORD_REQUEST__INIT;
	char anna[UUID_TEXT_LEN + 1];

	harness_expect(ask_token(w, w->anna.token, &account),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(ask_token(w, w->mia.token, &account),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(ask_token(w, w->h.admin_token, &nobody),
		       OUTRIDER_NOT_FOUND);
	/* A user is none. */
	harness_expect(ask_token(w, w->h.admin_token, &w->anna.id),
		       OUTRIDER_NOT_FOUND);
	/* A program of the highest rank makes neither tokens nor passwords. */
	make_token(token, w, &account);
	assert_int_equal(try_token(w, token), OUTRIDER_OK);
	harness_expect(ask_token(w, token, &account),
		       OUTRIDER_PERMISSION_DENIED);
	uuid_format(anna, &w->anna.id);
	password.user_id = anna;
	password.new_password = (char *)"long enough";
	harness_expect(harness_call_message(&w->h, "AuthService/SetPassword",
					    token, &password.base),
		       OUTRIDER_PERMISSION_DENIED);
}

static void a_program_that_ends_is_refused_at_once(void **state)
{
	struct world *w = *state;
	const struct entity *kind = kind_named("service_account");
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	char token[TOKEN_TEXT_LEN + 1];

	make_token(token, w, &account);
	assert_int_equal(try_token(w, token), OUTRIDER_OK);
	disable(w, &account, true);
	assert_int_equal(try_token(w, token), OUTRIDER_UNAUTHENTICATED);
	harness_expect(ask_token(w, w->h.admin_token, &account),
		       OUTRIDER_FAILED_PRECONDITION);
	/* Who comes back gets a new one. */
	disable(w, &account, false);
	assert_int_equal(try_token(w, token), OUTRIDER_UNAUTHENTICATED);
	make_token(token, w, &account);
	assert_int_equal(try_token(w, token), OUTRIDER_OK);
	harness_expect(by_id(w, kind, METHOD_DELETE, w->h.admin_token,
			     &account),
		       OUTRIDER_OK);
	assert_int_equal(try_token(w, token), OUTRIDER_UNAUTHENTICATED);
	harness_expect(ask_token(w, w->h.admin_token, &account),
		       OUTRIDER_NOT_FOUND);
	harness_expect(by_id(w, kind, METHOD_UNDELETE, w->h.admin_token,
			     &account),
		       OUTRIDER_OK);
	assert_int_equal(try_token(w, token), OUTRIDER_UNAUTHENTICATED);
}

/* No password, no code, no device; and no name to sign in with. */
static void a_program_signs_in_no_other_way(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct buffer request = harness_buffer();
	Outrider__V1__SetPasswordRequest password =
		OUTRIDER__V1__SET_PASSWORD_REQUEST__INIT;
	Outrider__V1__LoginRequest login = OUTRIDER__V1__LOGIN_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1], token[TOKEN_TEXT_LEN + 1];

	uuid_format(id, &account);
	password.user_id = id;
	password.new_password = (char *)"long enough";
	harness_expect(harness_call_message(&w->h, "AuthService/SetPassword",
					    w->h.admin_token, &password.base),
		       OUTRIDER_NOT_FOUND);
	login.login_name = (char *)"The site";
	login.password = (char *)"long enough";
	harness_expect(harness_call_message(&w->h, "AuthService/Login", NULL,
					    &login.base),
		       OUTRIDER_UNAUTHENTICATED);
	login.login_name = id;
	harness_expect(harness_call_message(&w->h, "AuthService/Login", NULL,
					    &login.base),
		       OUTRIDER_UNAUTHENTICATED);
	harness_put_uuid(&request, 1, &account);
	harness_expect(harness_call(&w->h, "AuthService/CreateEnrollmentCode",
				    w->h.admin_token, request.at, request.len),
		       OUTRIDER_NOT_FOUND);
	buffer_free(&request);
	/* An outbox is for devices. */
	make_token(token, w, &account);
	harness_expect(harness_call(&w->h, "SyncService/Push", token, NULL, 0),
		       OUTRIDER_PERMISSION_DENIED);
}

/* An id tells one from the other, so it is never both's. */
static void nobody_is_both_person_and_program(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct buffer user = harness_buffer();

	harness_expect(try_account(w, w->h.admin_token, &w->anna.id, RANK_REP,
				   &w->anna),
		       OUTRIDER_ALREADY_EXISTS);
	harness_put_uuid(&user, FIELD_ID, &account);
	harness_put_text(&user, USER_DISPLAY_NAME, "Eve");
	harness_put_text(&user, USER_LOGIN_NAME, "eve");
	wire_put_scalar(&user, USER_RANK, RANK_REP);
	harness_expect(of_record(w, kind_named("user"), METHOD_CREATE,
				 w->h.admin_token, &user),
		       OUTRIDER_ALREADY_EXISTS);
}

/* ------------------------------------------------------------------ records */

/* Who wrote the record's last change, as the log has it. */
static struct uuid last_actor(struct world *w, const struct uuid *contact)
{
	const struct row *row = world_row(w, CONTACT, contact);
	struct store_conn *conn;
	struct change change;
	struct arena arena;
	struct outrider_err err;

	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(store_reader_open(&conn, w->h.store, &err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &err), OUTRIDER_OK);
	assert_int_equal(store_change(conn, &change, row->rev, &arena, &err),
			 OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	arena_free(&arena);
	return change.author.actor;
}

/* It belongs to the default owner, and says who made it. */
static void what_a_program_makes(void **state)
{
	struct world *w = *state;
	const struct entity *contact = kind_named("contact");
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct uuid id, owner, actor;
	char token[TOKEN_TEXT_LEN + 1];
	struct buffer record = harness_buffer();

	make_token(token, w, &account);
	id = made(make_contact(w, token, NULL));
	owner = harness_uuid(by_id(w, contact, METHOD_GET, token, &id)->message,
			     FIELD_OWNER);
	assert_memory_equal(&owner, &w->anna.id, sizeof(owner));
	actor = last_actor(w, &id);
	assert_memory_equal(&actor, &account, sizeof(actor));
	/* It goes on with it, and with nobody else's. */
	harness_put_uuid(&record, FIELD_ID, &id);
	harness_put_text(&record, CONTACT_FAMILY_NAME, "Birch");
	harness_expect(of_record(w, contact, METHOD_UPDATE, token, &record),
		       OUTRIDER_OK);
	actor = last_actor(w, &id);
	assert_memory_equal(&actor, &account, sizeof(actor));
	harness_expect(make_contact(w, token, &w->ben.id),
		       OUTRIDER_PERMISSION_DENIED);
	id = world_contact(w, &w->ben, "Cedar");
	harness_expect(by_id(w, contact, METHOD_GET, token, &id),
		       OUTRIDER_NOT_FOUND);
	/* Anna's own stay Anna's: she sees what it made. */
	assert_non_null(
		harness_part(harness_call(&w->h, "ContactService/ListContacts",
					  w->anna.token, NULL, 0)
				     ->message,
			     1, 0)
			.at);
}

/* A role holds for a program as for a person, at once. */
static void a_role_holds_for_a_program(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct role_draft draft = draft_role("telephony");
	struct buffer record = harness_buffer();
	struct uuid role;
	char token[TOKEN_TEXT_LEN + 1];

	make_token(token, w, &account);
	harness_expect(make_contact(w, token, NULL), OUTRIDER_OK);
	draft_grant(&draft, "contact", GRANT_READ);
	role = make_role(w, &draft);
	harness_put_uuid(&record, FIELD_ID, &account);
	harness_put_uuid(&record, SERVICE_ROLE, &role);
	harness_expect(of_record(w, kind_named("service_account"),
				 METHOD_UPDATE, w->h.admin_token, &record),
		       OUTRIDER_OK);
	harness_expect(make_contact(w, token, NULL),
		       OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(try_token(w, token), OUTRIDER_OK);
}

static void an_owner_must_be_there(void **state)
{
	struct world *w = *state;
	struct harness_user gone =
		harness_add_user(&w->h, "gone", RANK_REP, &w->north);
	struct harness_user nobody = { .id = harness_new_uuid(&w->h) };

	harness_expect(try_account(w, w->h.admin_token, NULL, RANK_REP,
				   &nobody),
		       OUTRIDER_INVALID_ARGUMENT);
	harness_expect(by_id(w, kind_named("user"), METHOD_DELETE,
			     w->h.admin_token, &gone.id),
		       OUTRIDER_OK);
	harness_expect(try_account(w, w->h.admin_token, NULL, RANK_REP, &gone),
		       OUTRIDER_INVALID_ARGUMENT);
	harness_expect(try_account(w, w->mia.token, NULL, RANK_REP, &w->anna),
		       OUTRIDER_PERMISSION_DENIED);
}

static enum outrider_code where_is_anna(struct world *w, const char *token)
{
	struct buffer request = harness_buffer();
	enum outrider_code code;

	harness_put_uuid(&request, 1, &w->anna.id);
	code = harness_call(&w->h, "PositionService/WhereIs", token, request.at,
			    request.len)
		       ->code;
	buffer_free(&request);
	return code;
}

/* So that the rep reads a name, and not that of a machine. */
static void a_program_looks_in_its_owners_name(void **state)
{
	enum { LOOK_VIEWER = 10 };
	struct world *w = *state;
	struct uuid site = make_account(w, RANK_MANAGER, &w->mia);
	struct uuid clerk = make_account(w, RANK_REP, &w->anna);
	char token[TOKEN_TEXT_LEN + 1];
	const struct harness_reply *reply;
	struct uuid viewer;

	/* Anna's own program is not Anna. */
	make_token(token, w, &clerk);
	assert_int_equal(where_is_anna(w, token), OUTRIDER_PERMISSION_DENIED);
	make_token(token, w, &site);
	assert_int_equal(where_is_anna(w, token), OUTRIDER_OK);
	reply = harness_call(&w->h, "LookService/ListLooks", w->anna.token,
			     NULL, 0);
	harness_expect(reply, OUTRIDER_OK);
	viewer = harness_uuid(harness_part(reply->message, 1, 0), LOOK_VIEWER);
	assert_int_equal(uuid_compare(&viewer, &w->mia.id), 0);
	assert_int_equal(harness_part(reply->message, 1, 1).len, 0);
}

/* ------------------------------------------------------------------ changes */

/* Pulls both, and finds the same cards on both. */
static void see_the_same(struct model_phone *program, struct model_phone *phone)
{
	model_pull_all(program);
	model_pull_all(phone);
	model_check(phone);
	assert_int_equal(model_count(program), model_count(phone));
	for (size_t i = 0; i < phone->n_cards; i++) {
		const struct model_card *card = &phone->cards[i], *same;

		if (!card->is_there)
			continue;
		same = model_find(program, card->kind, &card->id);
		assert_non_null(same);
		assert_int_equal(same->fields.len, card->fields.len);
		assert_memory_equal(same->fields.at, card->fields.at,
				    card->fields.len);
	}
}

/* Who has no device follows the firm by Pull, as far as they see it. */
static void a_program_follows_changes(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct harness_user site = w->anna; /* sees what she does */
	struct model_phone program = world_phone(w, &site);
	struct model_phone phone = world_phone(w, &w->anna);
	struct uuid hers = world_contact(w, &w->anna, "Alder");
	struct uuid his = world_contact(w, &w->carl, "Birch");

	make_token(site.device_token, w, &account);
	world_small_pages(w, 2);
	see_the_same(&program, &phone);
	assert_non_null(model_find(&program, CONTACT, &hers));
	assert_null(model_find(&program, CONTACT, &his));
	/* What phones push comes, and what the program itself writes. */
	world_edit(&phone, MODEL_UPDATE, &hers, CONTACT_POSITION, "buyer");
	model_push_all(&phone);
	harness_expect(make_contact(w, site.device_token, NULL), OUTRIDER_OK);
	/* Nothing is its own, whatever it says. */
	program.acked_seq = 1000;
	see_the_same(&program, &phone);
	assert_int_equal(program.n_records, 2);
	/* What comes into sight, and goes out of it. */
	world_give(w, CONTACT, &his, &w->anna);
	world_give(w, CONTACT, &hers, &w->carl);
	see_the_same(&program, &phone);
	assert_null(model_find(&program, CONTACT, &hers));
	assert_non_null(model_find(&program, CONTACT, &his));
	/* With its token it ends. */
	(void)ask_token(w, w->h.admin_token, &account);
	assert_int_equal(model_pull(&program, 0, 1), OUTRIDER_UNAUTHENTICATED);
	model_close(&program);
	model_close(&phone);
}

/* A page empties what a phone may have written and sees no more; a program has
 * written nothing, and isn't told of it. */
static void a_program_is_told_nothing_of_what_is_hidden(void **state)
{
	struct world *w = *state;
	struct uuid account = make_account(w, RANK_REP, &w->anna);
	struct harness_user site = w->anna;
	struct model_phone program = world_phone(w, &site);
	struct uuid hers = world_contact(w, &w->anna, "Alder");
	struct role_draft draft = draft_role("telephony");
	struct buffer record = harness_buffer();
	struct uuid role;

	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	harness_put_uuid(&record, FIELD_ID, &account);
	harness_put_uuid(&record, SERVICE_ROLE, &role);
	harness_expect(of_record(w, kind_named("service_account"),
				 METHOD_UPDATE, w->h.admin_token, &record),
		       OUTRIDER_OK);
	make_token(site.device_token, w, &account);
	model_pull_all(&program);
	program.acked_seq = 1000;
	world_set(w, CONTACT, &hers, CONTACT_POSITION, "buyer");
	world_set(w, CONTACT, &hers, CONTACT_ADDRESS, "Elm Street");
	model_pull_all(&program);
	assert_int_equal(program.n_records, 1);
	assert_int_equal(program.n_cleared, 0);
	model_close(&program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_program_has_one_token),
		WITH_WORLD(who_may_make_a_token),
		WITH_WORLD(a_program_that_ends_is_refused_at_once),
		WITH_WORLD(a_program_signs_in_no_other_way),
		WITH_WORLD(nobody_is_both_person_and_program),
		WITH_WORLD(what_a_program_makes),
		WITH_WORLD(a_role_holds_for_a_program),
		WITH_WORLD(an_owner_must_be_there),
		WITH_WORLD(a_program_looks_in_its_owners_name),
		WITH_WORLD(a_program_follows_changes),
		WITH_WORLD(a_program_is_told_nothing_of_what_is_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
