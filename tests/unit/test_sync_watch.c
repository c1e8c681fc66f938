/*
 * Watch: whoever waits hears of what concerns them, once, and of nothing else;
 * and who they are is asked again before each word.
 */
#include "rights_acts.h"

#include "store/identity.h"

#include "outrider/v1/auth.pb-c.h"
#include "outrider/v1/sync.pb-c.h"

/* A stream under way. */
struct watching {
	struct app_call *call;
	size_t n_messages;
	uint64_t rev; /* of the last message */
	int woken;
	enum app_progress progress;
	struct app_status status;
	char reason[64];
};

/* Takes it on until it waits or ends. */
static void take_on(struct watching *t)
{
	struct bytes message;
	struct wire_field rev;

	while ((t->progress = app_call_next(t->call, &message, &t->status)) ==
	       APP_MESSAGE) {
		assert_true(wire_find(&rev, message, 1));
		t->rev = rev.scalar;
		t->n_messages++;
	}
	t->reason[0] = 0;
	if (t->progress == APP_END) {
		const struct harness_reply reply = {
			.details = t->status.details,
		};

		harness_reason(t->reason, &reply);
	}
}

static void watch(struct watching *t, struct model_phone *p)
{
	Outrider__V1__WatchRequest request = OUTRIDER__V1__WATCH_REQUEST__INIT;
	struct buffer bytes = harness_buffer();
	uint8_t *at;

	request.cursor.data = p->cursor.at;
	request.cursor.len = p->cursor.len;
	at = buffer_reserve(
		&bytes,
		outrider__v1__watch_request__get_packed_size(&request) + 1);
	assert_non_null(at);
	bytes.len = outrider__v1__watch_request__pack(&request, at);
	*t = (struct watching){ .woken = 0 };
	t->call = harness_begin(p->h, "SyncService/Watch",
				p->user->device_token, bytes.at, bytes.len,
				&t->woken);
	take_on(t);
	buffer_free(&bytes);
}

static void leave(struct watching *t)
{
	app_call_free(t->call);
}

/* It was woken since, and says one thing. */
static void hears(struct watching *t)
{
	size_t before = t->n_messages;

	assert_int_equal(t->woken, 1);
	t->woken = 0;
	take_on(t);
	assert_int_equal(t->n_messages, before + 1);
	assert_int_equal(t->progress, APP_WAIT);
}

static void hears_nothing(struct watching *t)
{
	assert_int_equal(t->woken, 0);
}

static void news_wakes_whom_it_concerns(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone carl = world_phone(w, &w->carl);
	struct uuid hers = world_contact(w, &w->anna, "Alder");
	struct uuid his = world_contact(w, &w->carl, "Cedar");
	struct watching a, c;

	model_pull_all(&anna);
	model_pull_all(&carl);
	watch(&a, &anna);
	watch(&c, &carl);
	assert_int_equal(a.n_messages + c.n_messages, 0);
	assert_int_equal(a.progress, APP_WAIT);
	world_set(w, CONTACT, &hers, CONTACT_POSITION, "buyer");
	hears_nothing(&c);
	hears(&a);
	assert_int_equal(a.rev, harness_rev(&w->h));
	world_set(w, CONTACT, &his, CONTACT_POSITION, "buyer");
	hears_nothing(&a);
	hears(&c);
	/* It leaves him, and comes to her. */
	world_give(w, CONTACT, &his, &w->anna);
	hears(&a);
	hears(&c);
	world_delete(w, CONTACT, &hers);
	hears(&a);
	/* Many commits are one word. */
	for (int i = 0; i < 5; i++)
		world_contact(w, &w->anna, "Elm");
	hears(&a);
	assert_int_equal(a.rev, harness_rev(&w->h));
	leave(&a);
	/* Nobody is there any more. */
	world_contact(w, &w->anna, "Fir");
	assert_int_equal(a.woken, 0);
	leave(&c);
	model_close(&anna);
	model_close(&carl);
}

static void what_one_pushed_is_no_news(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct watching a, m;

	model_pull_all(&anna);
	model_pull_all(&mia);
	watch(&a, &anna);
	watch(&m, &mia);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	hears_nothing(&a);
	hears(&m);
	/* At her desk she is somebody else. */
	world_set(w, CONTACT, &id, CONTACT_POSITION, "seller");
	hears(&a);
	leave(&a);
	leave(&m);
	/* Above the cursor lies what she pushed, and nothing else. */
	model_pull_all(&anna);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "owner");
	model_push_all(&anna);
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 0);
	leave(&a);
	/* Under her own write lies somebody else's. */
	world_set(w, CONTACT, &id, CONTACT_ADDRESS, "Elm Street");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "boss");
	model_push_all(&anna);
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 1);
	leave(&a);
	model_close(&anna);
	model_close(&mia);
}

/* Who has no device hears of all writes, one's own among them. */
static void a_desk_hears_of_every_write(void **state)
{
	struct world *w = *state;
	struct harness_user desk = w->anna;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone page = world_phone(w, &desk);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct watching t;

	memcpy(desk.device_token, w->anna.token, sizeof(desk.device_token));
	model_pull_all(&page);
	model_pull_all(&anna);
	watch(&t, &page);
	assert_int_equal(t.n_messages, 0);
	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	hears(&t);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "seller");
	model_push_all(&anna);
	hears(&t);
	leave(&t);
	/* So it is where the stream begins. */
	watch(&t, &page);
	assert_int_equal(t.n_messages, 1);
	leave(&t);
	model_close(&anna);
	model_close(&page);
}

static void what_lies_above_the_cursor_is_said_at_once(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct watching a;

	watch(&a, &anna);
	assert_int_equal(a.n_messages, 1);
	assert_int_equal(a.progress, APP_WAIT);
	leave(&a);
	model_pull_all(&anna);
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 0);
	leave(&a);
	world_contact(w, &w->anna, "Alder");
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 1);
	leave(&a);
	anna.cursor.at[4] ^= 1;
	watch(&a, &anna);
	assert_int_equal(a.status.code, OUTRIDER_INVALID_ARGUMENT);
	leave(&a);
	model_close(&anna);
}

/* With somebody else's cursor she hears that it isn't hers, and no more. */
static void a_foreign_cursor_tells_nothing(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone carl = world_phone(w, &w->carl);
	struct uuid his = world_contact(w, &w->carl, "Cedar");
	struct watching a;

	model_pull_all(&anna);
	model_pull_all(&carl);
	buffer_clear(&anna.cursor);
	buffer_append(&anna.cursor, carl.cursor.at, carl.cursor.len);
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 1);
	world_set(w, CONTACT, &his, CONTACT_POSITION, "buyer");
	hears_nothing(&a);
	leave(&a);
	model_close(&anna);
	model_close(&carl);
}

/* A write that was taken back was never there. */
static void what_was_refused_is_no_news(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct watching a;

	model_pull_all(&anna);
	watch(&a, &anna);
	assert_int_equal(world_try(w, CHANGE_UNDELETE, CONTACT, &id, NULL, NULL,
				   0),
			 OUTRIDER_FAILED_PRECONDITION);
	hears_nothing(&a);
	leave(&a);
	model_close(&anna);
}

static void new_rights_end_it(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct role_draft draft = draft_role("half");
	struct watching a, m;
	struct uuid role;

	model_pull_all(&anna);
	model_pull_all(&mia);
	watch(&a, &anna);
	watch(&m, &mia);
	world_move(w, &w->anna, &w->south);
	assert_int_equal(a.woken, 1);
	take_on(&a);
	assert_int_equal(a.status.code, OUTRIDER_ABORTED);
	assert_string_equal(a.reason, "ACCESS_CHANGED");
	/* She is told of it as of a change, and is who she was. */
	hears(&m);
	leave(&a);
	model_pull_all(&anna);
	watch(&a, &anna);
	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	take_on(&a);
	assert_int_equal(a.status.code, OUTRIDER_ABORTED);
	leave(&a);
	leave(&m);
	model_close(&anna);
	model_close(&mia);
}

/* She doesn't see people; what becomes of her reaches her all the same. */
static void rights_reach_who_sees_no_people(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct role_draft draft = draft_role("alone");
	struct watching a;
	struct uuid role;

	draft_grant(&draft, "user", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	watch(&a, &anna);
	world_move(w, &w->anna, &w->south);
	assert_int_equal(a.woken, 1);
	take_on(&a);
	assert_int_equal(a.status.code, OUTRIDER_ABORTED);
	leave(&a);
	/* Of others she hears nothing, though she is asked who she is. */
	model_pull_all(&anna);
	watch(&a, &anna);
	world_move(w, &w->ben, &w->south);
	take_on(&a);
	assert_int_equal(a.progress, APP_WAIT);
	assert_int_equal(a.n_messages, 0);
	leave(&a);
	model_close(&anna);
}

/* Not even that there is something is told. */
static void what_one_may_not_know_is_no_news(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct role_draft draft = draft_role("blind");
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct watching a;
	struct uuid role;

	draft_grant(&draft, "contact", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&anna);
	watch(&a, &anna);
	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	hears_nothing(&a);
	leave(&a);
	watch(&a, &anna);
	assert_int_equal(a.n_messages, 0);
	leave(&a);
	model_close(&anna);
}

static enum outrider_code
run_delete_token(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct harness_user *u = user;

	return identity_tokens_delete_device(tx, &u->id, &u->device, err);
}

/* With the token gone nothing more is said, though something is there. */
static void a_lost_device_hears_nothing(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct outrider_err err;
	struct watching a;

	model_pull_all(&anna);
	watch(&a, &anna);
	assert_int_equal(store_write_now(w->h.store, run_delete_token, &w->anna,
					 &err),
			 OUTRIDER_OK);
	world_contact(w, &w->anna, "Alder");
	assert_int_equal(a.woken, 1);
	take_on(&a);
	assert_int_equal(a.n_messages, 0);
	assert_int_equal(a.status.code, OUTRIDER_UNAUTHENTICATED);
	leave(&a);
	model_close(&anna);
}

/* A phone that is to be wiped is called, and no other. */
static void an_order_to_wipe_is_a_word(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone ben = world_phone(w, &w->ben);
	Outrider__V1__WipeDeviceRequest request =
		OUTRIDER__V1__WIPE_DEVICE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];
	struct watching a, b;

	model_pull_all(&anna);
	model_pull_all(&ben);
	watch(&a, &anna);
	watch(&b, &ben);
	uuid_format(id, &w->anna.device);
	request.device_id = id;
	harness_expect(harness_call_message(&w->h, "AuthService/WipeDevice",
					    w->h.admin_token, &request.base),
		       OUTRIDER_OK);
	hears(&a);
	hears_nothing(&b);
	leave(&a);
	leave(&b);
	model_close(&anna);
	model_close(&ben);
}

/* Hundreds wait; the table of who waits grows, and each hears their own. */
static void many_wait_and_each_hears_their_own(void **state)
{
	enum { MANY = 300 };
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone carl = world_phone(w, &w->carl);
	static struct watching all[MANY];

	model_pull_all(&anna);
	model_pull_all(&carl);
	for (size_t i = 0; i < MANY; i++)
		watch(&all[i], i % 3 == 0 ? &carl : &anna);
	world_contact(w, &w->anna, "Alder");
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(all[i].woken, i % 3 != 0);
	for (size_t i = 0; i < MANY; i += 2)
		leave(&all[i]);
	world_contact(w, &w->carl, "Cedar");
	for (size_t i = 1; i < MANY; i += 2) {
		take_on(&all[i]);
		assert_int_equal(all[i].n_messages, 1);
		leave(&all[i]);
	}
	model_close(&anna);
	model_close(&carl);
}

static void the_server_may_go(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct watching a;

	model_pull_all(&anna);
	watch(&a, &anna);
	app_call_cancel(a.call);
	assert_int_equal(a.woken, 1);
	take_on(&a);
	assert_int_equal(a.progress, APP_END);
	assert_int_equal(a.status.code, OUTRIDER_CANCELLED);
	leave(&a);
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(news_wakes_whom_it_concerns),
		WITH_WORLD(what_one_pushed_is_no_news),
		WITH_WORLD(a_desk_hears_of_every_write),
		WITH_WORLD(what_lies_above_the_cursor_is_said_at_once),
		WITH_WORLD(a_foreign_cursor_tells_nothing),
		WITH_WORLD(what_was_refused_is_no_news),
		WITH_WORLD(new_rights_end_it),
		WITH_WORLD(rights_reach_who_sees_no_people),
		WITH_WORLD(what_one_may_not_know_is_no_news),
		WITH_WORLD(a_lost_device_hears_nothing),
		WITH_WORLD(an_order_to_wipe_is_a_word),
		WITH_WORLD(many_wait_and_each_hears_their_own),
		WITH_WORLD(the_server_may_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
