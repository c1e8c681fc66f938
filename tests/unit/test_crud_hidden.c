/*
 * crud: what a role doesn't see. No method tells it, none takes it, none loses
 * it; a kind that a role is without has no method at all.
 */
#include "app_harness.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	FAMILY_NAME = 11, /* contact */
	POSITION = 13,
	ROLE_OF_USER = 16,
	ROLE_NAME = 10,
	ROLE_KINDS = 11,
	ROLE_HIDDEN_FIELDS = 12,
	ACCESS_NONE = 1,
	PAYMENT_AMOUNT = 14,
	PAYMENT_CURRENCY = 15,
	CUSTOM_OF_KIND = 10,
	CUSTOM_KEY = 11,
	CUSTOM_NAME = 12,
	CUSTOM_TYPE = 13,
	CUSTOM_READ_RANK = 17,
	DEAL_NAME = 10,
	DEAL_COST = 18,
};

#define SECRET "a very secret position"

struct hidden_test {
	struct app_harness harness;
	struct harness_user dealer; /* a rep that doesn't see positions */
	struct uuid contact;	    /* the dealer's, with a position */
};

static void
put_message(struct buffer *out, uint32_t number, const struct buffer *message)
{
	wire_put_bytes(out, number, message->at, message->len);
}

/* Frees the request. */
static const struct harness_reply *call(struct hidden_test *t, const char *path,
					const char *token,
					struct buffer *request)
{
	const struct harness_reply *reply = harness_call(
		&t->harness, path, token, request->at, request->len);

	buffer_free(request);
	return reply;
}

/* A request of one message, which is freed; mask NULL: none. */
static struct buffer request_of(struct buffer *record, const char *mask)
{
	struct buffer request = harness_buffer(), paths = harness_buffer();

	put_message(&request, 1, record);
	if (mask) {
		harness_put_text(&paths, 1, mask);
		put_message(&request, 2, &paths);
	}
	buffer_free(&paths);
	buffer_free(record);
	return request;
}

/* The admin's. */
static struct uuid
make(struct hidden_test *t, const char *path, struct buffer *record)
{
	struct buffer request = request_of(record, NULL);
	const struct harness_reply *reply =
		call(t, path, t->harness.admin_token, &request);

	harness_expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

static void give_role(struct hidden_test *t)
{
	struct buffer role = harness_buffer(), grant = harness_buffer();
	struct buffer user = harness_buffer();
	struct uuid id;

	harness_put_text(&grant, 1, "payment");
	wire_put_scalar(&grant, 2, ACCESS_NONE);
	harness_put_text(&role, ROLE_NAME, "dealer");
	put_message(&role, ROLE_KINDS, &grant);
	harness_put_text(&role, ROLE_HIDDEN_FIELDS, "contact.position");
	buffer_free(&grant);
	id = make(t, "RoleService/CreateRole", &role);
	harness_put_uuid(&user, FIELD_ID, &t->dealer.id);
	harness_put_uuid(&user, ROLE_OF_USER, &id);
	make(t, "UserService/UpdateUser", &user);
}

static int open_firm(void **state)
{
	static struct hidden_test test;
	struct hidden_test *t = &test;
	struct buffer contact = harness_buffer();

	harness_open(&t->harness);
	t->dealer = harness_add_user(&t->harness, "dealer", RANK_REP, NULL);
	give_role(t);
	harness_put_uuid(&contact, FIELD_OWNER, &t->dealer.id);
	harness_put_text(&contact, FAMILY_NAME, "Berg");
	harness_put_text(&contact, POSITION, SECRET);
	t->contact = make(t, "ContactService/CreateContact", &contact);
	*state = t;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(&((struct hidden_test *)*state)->harness);
	return 0;
}

static bool has_secret(struct bytes message)
{
	const size_t len = strlen(SECRET);

	for (size_t i = 0; i + len <= message.len; i++)
		if (memcmp(message.at + i, SECRET, len) == 0)
			return true;
	return false;
}

/* What stands in the field, as the admin sees it. */
static bool is_secret_kept(struct hidden_test *t)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, &t->contact);
	reply = call(t, "ContactService/GetContact", t->harness.admin_token,
		     &request);
	harness_expect(reply, OUTRIDER_OK);
	return has_secret(reply->message);
}

/* The contact, its family name changed. */
static struct buffer patch(const struct hidden_test *t, const char *position)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, &t->contact);
	harness_put_text(&record, FAMILY_NAME, "Berger");
	if (position)
		harness_put_text(&record, POSITION, position);
	return record;
}

/* ------------------------------------------------------------------- tests */

enum shape { EMPTY, BY_ID, PATCH, PATCH_BATCH };

static const struct {
	const char *path;
	enum shape shape;
} telling[] = {
	{ "ContactService/GetContact", BY_ID },
	{ "ContactService/ListContacts", EMPTY },
	{ "ContactService/BatchGetContacts", BY_ID },
	{ "ContactService/UpdateContact", PATCH },
	{ "ContactService/BatchUpdateContacts", PATCH_BATCH },
	{ "ContactService/DeleteContact", BY_ID },
	{ "ContactService/UndeleteContact", BY_ID },
};

static struct buffer shaped(const struct hidden_test *t, enum shape shape)
{
	struct buffer request = harness_buffer(), record;

	switch (shape) {
	case EMPTY:
		break;
	case BY_ID:
		harness_put_uuid(&request, 1, &t->contact);
		break;
	case PATCH:
	case PATCH_BATCH:
		buffer_free(&request);
		record = patch(t, NULL);
		request = request_of(&record, NULL);
		if (shape == PATCH_BATCH)
			request = request_of(&request, NULL);
		break;
	}
	return request;
}

static void no_method_tells_it(void **state)
{
	struct hidden_test *t = *state;
	const char *const tokens[] = { t->harness.admin_token,
				       t->dealer.token };

	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
		/* Deleted and undeleted by one of them, told to both. */
		for (int who = 0; who < 2; who++) {
			struct buffer request = shaped(t, telling[i].shape);
			const struct harness_reply *reply =
				call(t, telling[i].path, tokens[who], &request);

			if (reply->code == OUTRIDER_FAILED_PRECONDITION)
				continue;
			harness_expect(reply, OUTRIDER_OK);
			if (has_secret(reply->message) != (who == 0))
				fail_msg("%s tells it to %d", telling[i].path,
					 who);
		}
	}
	/* And the two that went to the admin alone, the other way about. */
	for (size_t i = 5; i < 7; i++) {
		struct buffer request = shaped(t, telling[i].shape);
		const struct harness_reply *reply =
			call(t, telling[i].path, t->dealer.token, &request);

		harness_expect(reply, OUTRIDER_OK);
		assert_false(has_secret(reply->message));
	}
	assert_true(is_secret_kept(t));
}

/* A mask that names it is one that names nothing. */
static void a_mask_can_not_name_it(void **state)
{
	struct hidden_test *t = *state;
	static const char *const paths[] = { "position", "no_such_field" };
	struct harness_reply replies[2];
	uint8_t details[2][512];

	for (int i = 0; i < 2; i++) {
		struct buffer record = patch(t, NULL);
		struct buffer request = request_of(&record, paths[i]);

		replies[i] = *call(t, "ContactService/UpdateContact",
				   t->dealer.token, &request);
		harness_expect_violation(&replies[i], "update_mask.paths[0]");
		assert_true(replies[i].details.len <= sizeof(details[i]));
		memcpy(details[i], replies[i].details.at,
		       replies[i].details.len);
	}
	assert_string_equal(replies[0].text, replies[1].text);
	assert_int_equal(replies[0].details.len, replies[1].details.len);
	assert_memory_equal(details[0], details[1], replies[0].details.len);
}

static void a_record_can_not_bring_it(void **state)
{
	struct hidden_test *t = *state;

	for (int is_batch = 0; is_batch < 2; is_batch++) {
		struct buffer record = patch(t, "other"), request;
		const char *path = is_batch ? "requests[0].contact.position"
					    : "contact.position";

		request = request_of(&record, NULL);
		if (is_batch)
			request = request_of(&request, NULL);
		harness_expect_violation(call(t,
					      is_batch ? "ContactService/"
							 "BatchUpdateContacts"
						       : "ContactService/"
							 "UpdateContact",
					      t->dealer.token, &request),
					 path);
		record = harness_buffer();
		harness_put_text(&record, FAMILY_NAME, "New");
		harness_put_text(&record, POSITION, "other");
		request = request_of(&record, NULL);
		if (is_batch)
			request = request_of(&request, NULL);
		harness_expect_violation(call(t,
					      is_batch ? "ContactService/"
							 "BatchCreateContacts"
						       : "ContactService/"
							 "CreateContact",
					      t->dealer.token, &request),
					 path);
	}
	assert_true(is_secret_kept(t));
}

static void whole_updates_leave_it(void **state)
{
	struct hidden_test *t = *state;
	static const char *const masks[] = { "*", NULL, "family_name" };

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		struct buffer record = patch(t, NULL);
		struct buffer request = request_of(&record, masks[i]);

		harness_expect(call(t, "ContactService/UpdateContact",
				    t->dealer.token, &request),
			       OUTRIDER_OK);
		assert_true(is_secret_kept(t));
	}
}

static void an_order_can_not_name_it(void **state)
{
	struct hidden_test *t = *state;
	struct buffer request = harness_buffer();

	harness_put_text(&request, 4, "position = \"" SECRET "\"");
	harness_expect_violation(call(t, "ContactService/ListContacts",
				      t->dealer.token, &request),
				 "filter");
	request = harness_buffer();
	harness_put_text(&request, 5, "position");
	harness_expect_violation(call(t, "ContactService/ListContacts",
				      t->dealer.token, &request),
				 "order_by");
}

/* A rank hides what the contract says, without any role. */
static void a_rank_hides_as_well(void **state)
{
	struct hidden_test *t = *state;
	struct harness_user rep =
		harness_add_user(&t->harness, "rep", RANK_REP, NULL);
	struct buffer record = harness_buffer(), request;

	harness_put_text(&record, DEAL_NAME, "A deal");
	wire_put_scalar(&record, DEAL_COST, 100);
	request = request_of(&record, NULL);
	harness_expect_violation(call(t, "DealService/CreateDeal", rep.token,
				      &request),
				 "deal.cost_minor");
}

/* A field that was added is a record, and hidden as one. */
static void an_added_field_is_hidden(void **state)
{
	struct hidden_test *t = *state;
	const char *const tokens[] = { t->harness.admin_token,
				       t->dealer.token };
	struct buffer field = harness_buffer(), request;
	struct uuid id;

	harness_put_text(&field, CUSTOM_OF_KIND, "contact");
	harness_put_text(&field, CUSTOM_KEY, "credit");
	harness_put_text(&field, CUSTOM_NAME, SECRET);
	wire_put_scalar(&field, CUSTOM_TYPE, 1);
	wire_put_scalar(&field, CUSTOM_READ_RANK, RANK_MANAGER);
	id = make(t, "CustomFieldService/CreateCustomField", &field);
	for (int who = 0; who < 2; who++) {
		const struct harness_reply *reply;

		for (int is_ordered = 0; is_ordered < 2; is_ordered++) {
			request = harness_buffer();
			if (is_ordered)
				harness_put_text(&request, 5, "display_name");
			reply = call(t, "CustomFieldService/ListCustomFields",
				     tokens[who], &request);
			harness_expect(reply, OUTRIDER_OK);
			assert_int_equal(has_secret(reply->message), who == 0);
		}
		for (int is_batch = 0; is_batch < 2; is_batch++) {
			request = harness_buffer();
			harness_put_uuid(&request, 1, &id);
			harness_expect(call(t,
					    is_batch ? "CustomFieldService/"
						       "BatchGetCustomFields"
						     : "CustomFieldService/"
						       "GetCustomField",
					    tokens[who], &request),
				       who == 0 ? OUTRIDER_OK
						: OUTRIDER_NOT_FOUND);
		}
	}
}

/* It has no records, and none can be made. */
static void a_kind_that_is_not_there(void **state)
{
	struct hidden_test *t = *state;
	static const struct {
		const char *path;
		enum shape shape;
		enum outrider_code code;
	} cases[] = {
		{ "PaymentService/GetPayment", BY_ID, OUTRIDER_NOT_FOUND },
		{ "PaymentService/ListPayments", EMPTY, OUTRIDER_OK },
		{ "PaymentService/BatchGetPayments", BY_ID,
		  OUTRIDER_NOT_FOUND },
		{ "PaymentService/CreatePayment", PATCH,
		  OUTRIDER_PERMISSION_DENIED },
		{ "PaymentService/UpdatePayment", PATCH,
		  OUTRIDER_PERMISSION_DENIED },
		{ "PaymentService/DeletePayment", BY_ID,
		  OUTRIDER_PERMISSION_DENIED },
		{ "PaymentService/UndeletePayment", BY_ID,
		  OUTRIDER_PERMISSION_DENIED },
		{ "PaymentService/BatchCreatePayments", PATCH_BATCH,
		  OUTRIDER_PERMISSION_DENIED },
		{ "PaymentService/BatchUpdatePayments", PATCH_BATCH,
		  OUTRIDER_PERMISSION_DENIED },
	};
	struct buffer payment = harness_buffer();

	harness_put_uuid(&payment, FIELD_ID, &t->contact);
	harness_put_uuid(&payment, FIELD_OWNER, &t->dealer.id);
	wire_put_scalar(&payment, PAYMENT_AMOUNT, 100);
	harness_put_text(&payment, PAYMENT_CURRENCY, "EUR");
	make(t, "PaymentService/CreatePayment", &payment);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer request = shaped(t, cases[i].shape);
		const struct harness_reply *reply =
			call(t, cases[i].path, t->dealer.token, &request);

		harness_expect(reply, cases[i].code);
		assert_int_equal(reply->message.len, 0);
	}
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(no_method_tells_it),	 FIRM(a_mask_can_not_name_it),
		FIRM(a_record_can_not_bring_it), FIRM(whole_updates_leave_it),
		FIRM(an_order_can_not_name_it),	 FIRM(a_rank_hides_as_well),
		FIRM(an_added_field_is_hidden),	 FIRM(a_kind_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
