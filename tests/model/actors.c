/*
 * See actors.h.
 */
#include "actors.h"

#include "app/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "outrider/v1/auth.pb-c.h"

#define TICK_US 100000

/* Mutations a push: as walks tells the model. */
enum { PAGE_MOST = 2 };

enum { GRPC_UNAVAILABLE = 14, IS_HEAD = 3, LINE_BYTES = 4 << 20 };

/* -------------------------------------------------------------- the server */

static const char *path_of(const struct phone *phone)
{
	return phone->method + strlen("/outrider.v1.");
}

static struct app_call *arrive(struct cast *cast, struct side *side,
			       const struct buffer *request, const char *path)
{
	static int woken; /* the next step asks again */
	struct phone *phone = &side->phone;

	return harness_begin(&cast->world.h, path,
			     phone->has_token ? phone->token : NULL,
			     request->at, request->len, &woken);
}

/* The next message into *out; false at the end, whose status is *end. */
static bool
go_on(struct cast *cast, struct app_call *call, struct buffer *out, int *end)
{
	struct app_status status;
	struct bytes message;

	for (;;) {
		switch (app_call_next(call, &message, &status)) {
		case APP_WAIT:
			assert_true(store_run_writes(cast->world.h.store));
			break;
		case APP_MESSAGE:
			buffer_clear(out);
			buffer_append(out, message.at, message.len);
			return true;
		case APP_END:
			*end = status.grpc_status;
			return false;
		}
	}
}

static void end_call(struct cast *cast, struct side *side)
{
	int status = -1;

	assert_false(go_on(cast, side->call, &side->message, &status));
	app_call_free(side->call);
	side->call = NULL;
	phone_end(&side->phone, status, "");
}

/* Calls that the model knows nothing of end as soon as they have begun. */
static void run_others(struct cast *cast, struct side *side)
{
	struct phone *phone = &side->phone;

	while (phone->call != 0 && !phone_asks(phone, "SyncService/Push") &&
	       !phone_asks(phone, "SyncService/Pull")) {
		int status = -1;

		side->call =
			arrive(cast, side, &phone->request, path_of(phone));
		while (phone->call != 0 &&
		       go_on(cast, side->call, &side->message, &status))
			(void)!phone_answer(
				phone, (struct bytes){ side->message.at,
						       side->message.len });
		app_call_free(side->call);
		side->call = NULL;
		if (phone->call != 0)
			phone_end(phone, status, "");
	}
}

/* What the phone has just begun to send. */
static void note_request(struct cast *cast, struct side *side)
{
	struct phone *phone = &side->phone;

	run_others(cast, side);
	if (!phone_asks(phone, "SyncService/Push"))
		return;
	buffer_clear(&side->push);
	buffer_append(&side->push, phone->request.at, phone->request.len);
}

/* ------------------------------------------------------------------- calls */

void side_sync(struct cast *cast, struct side *side)
{
	assert_int_equal(side->phone.call, 0);
	assert_int_equal(outrider_sync(side->phone.core, NULL), OUTRIDER_OK);
	note_request(cast, side);
}

void side_push(struct cast *cast, struct side *side)
{
	int status = -1;

	assert_true(phone_asks(&side->phone, "SyncService/Push"));
	side->call =
		arrive(cast, side, &side->phone.request, "SyncService/Push");
	if (!go_on(cast, side->call, &side->message, &status))
		fail_msg("the push was refused with status %d", status);
	side->has_message = true;
}

void side_pull(struct cast *cast, struct side *side)
{
	assert_true(phone_asks(&side->phone, "SyncService/Pull"));
	side->is_first_page = phone_asked(&side->phone, 1).len == 0;
	side->call =
		arrive(cast, side, &side->phone.request, "SyncService/Pull");
}

/* What was before the play is one page, and then each record has its own. */
void side_page(struct cast *cast, struct side *side)
{
	int status = -1;

	cast->world.h.app->config.page_records =
		side->is_first_page ? side->n_before - cast->is_touched : 1;
	side->is_first_page = false;
	if (!go_on(cast, side->call, &side->message, &status))
		fail_msg("the pull ended with status %d", status);
	side->has_message = true;
}

void side_take(struct cast *cast, struct side *side)
{
	const struct bytes message = { side->message.at, side->message.len };
	bool is_page = phone_asks(&side->phone, "SyncService/Pull");
	bool goes_on = is_page && harness_scalar(message, IS_HEAD) == 0;

	assert_true(side->has_message);
	assert_int_equal(phone_answer(&side->phone, message), OUTRIDER_OK);
	side->has_message = false;
	if (goes_on)
		return;
	end_call(cast, side);
	note_request(cast, side);
}

/* The push that was ready has left, and the answer that let it go is lost. */
static void keep_ahead(struct side *side, size_t n_sent)
{
	if (side->phone.n_sent == n_sent)
		fail_msg("no push was ready");
	buffer_clear(&side->push);
	buffer_append(&side->push, side->phone.request.at,
		      side->phone.request.len);
}

static void drop_call(struct side *side)
{
	if (side->call != NULL)
		app_call_free(side->call);
	side->call = NULL;
	side->has_message = false;
}

static void lose_power(struct side *side, uint64_t at)
{
	const struct bytes message = { side->message.at, side->message.len };
	struct outrider_err err;

	/* In the middle of the transaction, if there is one to come. */
	if (side->has_message && at > 0) {
		test_disk_cut_after(side->disk, at);
		assert_int_not_equal(phone_answer(&side->phone, message),
				     OUTRIDER_OK);
	} else {
		test_disk_cut_after(side->disk, 1);
	}
	phone_close(&side->phone);
	test_disk_power_on(side->disk);
	side->phone.boot_id[0]++;
	if (phone_open(&side->phone, &err) != OUTRIDER_OK ||
	    outrider_unlock(side->phone.core, PHONE_PIN, &err) != OUTRIDER_OK)
		fail_msg("after a power cut: %s", err.text);
}

void side_cut(struct cast *cast, struct side *side, uint64_t choice)
{
	(void)cast;
	if (choice % 2 == 0)
		phone_end(&side->phone, GRPC_UNAVAILABLE, "connection reset");
	else
		lose_power(side, choice / 2 % 3);
	drop_call(side);
}

void side_die(struct cast *cast, struct side *side)
{
	const size_t n_sent = side->phone.n_sent;

	(void)cast;
	assert_true(side->has_message);
	lose_power(side, 1);
	keep_ahead(side, n_sent);
	drop_call(side);
}

void side_copy(struct cast *cast, struct side *side)
{
	struct app_call *call =
		arrive(cast, side, &side->push, "SyncService/Push");
	struct buffer unheard = harness_buffer();
	int status;

	while (go_on(cast, call, &unheard, &status))
		continue;
	app_call_free(call);
	buffer_free(&unheard);
}

void side_sync_all(struct cast *cast, struct side *side)
{
	side_sync(cast, side);
	while (side->phone.call != 0) {
		if (phone_asks(&side->phone, "SyncService/Push")) {
			side_push(cast, side);
		} else {
			if (side->call == NULL)
				side_pull(cast, side);
			side_page(cast, side);
		}
		side_take(cast, side);
	}
}

/* ------------------------------------------------------------------ people */

static uint64_t throw_dice(void *user)
{
	struct side *side = user;
	uint64_t z = side->dice += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
make_code(char out[40], struct cast *cast, const struct harness_user *user)
{
	Outrider__V1__CreateEnrollmentCodeRequest request =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	const struct harness_reply *reply;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &user->id);
	request.user_id = id;
	reply = harness_call_message(&cast->world.h,
				     "AuthService/CreateEnrollmentCode",
				     cast->world.h.admin_token, &request.base);
	assert_int_equal(reply->code, OUTRIDER_OK);
	harness_text(out, 40, reply->message, 1);
}

static void
enrol(struct cast *cast, struct side *side, const struct harness_user *user)
{
	struct phone *phone = &side->phone;
	struct outrider_event event;
	struct outrider_err err;
	char code[40];

	phone_make(phone);
	side->user = user;
	side->dice = (uint64_t)(side - cast->sides) + 1;
	snprintf(side->vfs_name, sizeof(side->vfs_name), "model-%zu",
		 (size_t)(side - cast->sides));
	side->disk = test_disk_make(side->vfs_name, throw_dice, side);
	phone->vfs = side->vfs_name;
	phone->seed = side->dice;
	phone->page_most = PAGE_MOST;
	buffer_init(&side->message, &allocator_libc, LINE_BYTES);
	buffer_init(&side->push, &allocator_libc, LINE_BYTES);
	make_code(code, cast, user);
	if (phone_open(phone, &err) != OUTRIDER_OK ||
	    outrider_enroll(phone->core, code, "model", PHONE_PIN, &err) !=
		    OUTRIDER_OK)
		fail_msg("%s", err.text);
	run_others(cast, side);
	assert_true(phone_event(phone, OUTRIDER_EVENT_ENROLLED, &event));
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* What the phone has to fetch before the play begins. */
static void count_before(struct cast *cast, struct side *side)
{
	struct harness_user user = *side->user;
	struct model_phone phone;

	/* The device that the user had before is nobody's now. */
	snprintf(user.device_token, sizeof(user.device_token), "%s",
		 outrider_device_token(side->phone.core));
	phone = world_phone(&cast->world, &user);
	model_pull_all(&phone);
	side->n_before = phone.n_records;
	model_close(&phone);
}

void cast_open(struct cast *cast)
{
	struct world *world = &cast->world;

	memset(cast, 0, sizeof(*cast));
	world_open(world);
	enrol(cast, &cast->sides[0], &world->anna);
	enrol(cast, &cast->sides[1], &world->mia);
	cast->other = world_contact(world, &world->anna, "The other");
	cast->before = harness_rev(&world->h);
	count_before(cast, &cast->sides[0]);
	count_before(cast, &cast->sides[1]);
	cast_tick(cast);
}

static void side_close(struct side *side)
{
	drop_call(side);
	phone_free(&side->phone);
	test_disk_free(side->disk);
	buffer_free(&side->message);
	buffer_free(&side->push);
}

void cast_close(struct cast *cast)
{
	side_close(&cast->sides[0]);
	side_close(&cast->sides[1]);
	world_close(&cast->world);
}

void cast_tick(struct cast *cast)
{
	struct app_harness *h = &cast->world.h;

	h->wall_us += TICK_US;
	h->mono_us += TICK_US;
	for (size_t i = 0; i < 2; i++) {
		struct side *side = &cast->sides[i];

		side->phone.wall_us = h->wall_us + side->ahead_us;
		side->phone.mono_us += TICK_US;
	}
}
