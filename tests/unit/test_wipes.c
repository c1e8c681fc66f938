/*
 * wipes: who may order that a device be wiped, what the device may do then,
 * and which receipts are taken. Keys are real ones.
 */
#include "auth_acts.h"

#include "app/enroll.h"
#include "app/kinds.h"
#include "model/wipe_form.h"
#include "model/wire.h"
#include "outrider/v1/sync.pb-c.h"

#include <sodium.h>

struct phone {
	struct uuid id;
	uint8_t key[32], secret[64];
	char token[64];
};

/* A phone of the user's with a key that the test knows. */
static struct phone enrol(struct app_harness *h, const struct uuid *user)
{
	Outrider__V1__CreateEnrollmentCodeRequest invite =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	Outrider__V1__EnrollDeviceRequest request =
		OUTRIDER__V1__ENROLL_DEVICE_REQUEST__INIT;
	struct phone phone = { .id = harness_new_uuid(h) };
	char id[UUID_TEXT_LEN + 1], code[ENROLL_CODE_TEXT + 1];
	const struct harness_reply *reply;
	uint8_t seed[32];

	h->context.random(h->context.user, seed, sizeof(seed));
	crypto_sign_seed_keypair(phone.key, phone.secret, seed);
	uuid_format(id, user);
	invite.user_id = id;
	reply = harness_call_message(h, "AuthService/CreateEnrollmentCode",
				     h->admin_token, &invite.base);
	harness_expect(reply, OUTRIDER_OK);
	harness_text(code, sizeof(code), reply->message, 1);
	request.code = code;
	request.display_name = (char *)"a phone";
	request.device_id.data = phone.id.at;
	request.device_id.len = sizeof(phone.id.at);
	request.signing_key.data = phone.key;
	request.signing_key.len = sizeof(phone.key);
	reply = harness_call_message(h, "AuthService/EnrollDevice", NULL,
				     &request.base);
	harness_expect(reply, OUTRIDER_OK);
	harness_text(phone.token, sizeof(phone.token), reply->message, 1);
	return phone;
}

static const struct harness_reply *about(struct app_harness *h,
					 const char *method, const char *token,
					 const struct uuid *device)
{
	Outrider__V1__WipeDeviceRequest request =
		OUTRIDER__V1__WIPE_DEVICE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, device);
	request.device_id = id;
	return harness_call_message(h, method, token, &request.base);
}

static const struct harness_reply *
wipe(struct app_harness *h, const char *token, const struct uuid *device)
{
	return about(h, "AuthService/WipeDevice", token, device);
}

/* Nothing, under that number; whoever has sent some says how many. */
static const struct harness_reply *
push_from(struct app_harness *h, const char *token, uint64_t first_seq)
{
	Outrider__V1__PushRequest request = OUTRIDER__V1__PUSH_REQUEST__INIT;
	uint8_t incarnation[16] = { 1 };

	request.incarnation.data = incarnation;
	request.incarnation.len = sizeof(incarnation);
	request.first_seq = first_seq;
	request.acked_seq = first_seq - 1;
	return harness_call_message(h, "SyncService/Push", token,
				    &request.base);
}

static const struct harness_reply *
push(struct app_harness *h, const char *token)
{
	return push_from(h, token, 1);
}

/* The order that the device is answered with; false: none. */
static bool
hear_order(struct wipe_order *out, struct app_harness *h, const char *token)
{
	const struct harness_reply *reply = push(h, token);
	struct bytes order, bytes, signature;

	*out = (struct wipe_order){ 0 };
	harness_expect(reply, OUTRIDER_OK);
	order = harness_part(reply->message, 3, 0);
	if (!order.at)
		return false;
	bytes = harness_part(order, 1, 0);
	signature = harness_part(order, 2, 0);
	assert_int_equal(signature.len, WIPE_SIGNATURE_LEN);
	assert_int_equal(crypto_sign_verify_detached(signature.at, bytes.at,
						     bytes.len,
						     h->keys.sign_public),
			 0);
	assert_true(wipe_order_read(out, bytes.at, bytes.len));
	return true;
}

/* What a phone hands in; each part can be spoilt before it is sent. */
struct handed {
	Outrider__V1__SubmitWipeReceiptRequest request;
	uint8_t receipt[WIPE_RECEIPT_LEN], signature[WIPE_SIGNATURE_LEN];
	uint8_t key[80], name[16], sealed[106];
	Outrider__V1__SealedRow row, *rows[1];
};

static void put_number(uint8_t *at, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> 8 * (n - 1 - i));
}

static void hand_in(struct handed *out, const struct phone *phone,
		    const struct wipe_order *order, uint32_t n_edits)
{
	uint8_t all[4 + 80 + 16 + 8 + 4 + 106];
	struct wipe_receipt receipt = {
		.device = phone->id,
		.wiped_us = order->ordered_us + 7,
		.n_edits = n_edits,
		.n_enclosed = 1,
	};

	memset(out, 0, sizeof(*out));
	memset(out->key, 'k', sizeof(out->key));
	memset(out->name, 'n', sizeof(out->name));
	memset(out->sealed, 's', sizeof(out->sealed));
	put_number(all, 80, 4);
	memcpy(all + 4, out->key, 80);
	memcpy(all + 84, out->name, 16);
	put_number(all + 100, 9, 8);
	put_number(all + 108, 106, 4);
	memcpy(all + 112, out->sealed, 106);
	crypto_generichash(receipt.enclosed, WIPE_HASH_LEN, all, sizeof(all),
			   NULL, 0);
	memcpy(receipt.order, order->number, sizeof(receipt.order));
	wipe_receipt_write(out->receipt, &receipt);
	crypto_sign_detached(out->signature, NULL, out->receipt,
			     sizeof(out->receipt), phone->secret);

	outrider__v1__submit_wipe_receipt_request__init(&out->request);
	outrider__v1__sealed_row__init(&out->row);
	out->request.receipt.data = out->receipt;
	out->request.receipt.len = sizeof(out->receipt);
	out->request.signature.data = out->signature;
	out->request.signature.len = sizeof(out->signature);
	out->request.outbox_key.data = out->key;
	out->request.outbox_key.len = sizeof(out->key);
	out->row.name.data = out->name;
	out->row.name.len = sizeof(out->name);
	out->row.rev = 9;
	out->row.sealed.data = out->sealed;
	out->row.sealed.len = sizeof(out->sealed);
	out->rows[0] = &out->row;
	out->request.outbox = out->rows;
	out->request.n_outbox = 1;
}

static const struct harness_reply *
submit(struct app_harness *h, const char *token, const struct handed *handed)
{
	return harness_call_message(h, "AuthService/SubmitWipeReceipt", token,
				    &handed->request.base);
}

/* ------------------------------------------------------------------- tests */

static void a_device_is_wiped(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phone;
	struct wipe_order order, same;
	const struct harness_reply *reply;
	int64_t since_us;
	struct handed handed;
	int64_t at_us;
	char reason[64];
	struct bytes item;

	pass_time(h, HOUR_US);
	since_us = h->wall_us;
	phone = enrol(h, &anna.id);
	assert_false(hear_order(&order, h, phone.token));
	/* Again is harmless, and the first order stands. */
	for (int i = 0; i < 2; i++) {
		reply = wipe(h, anna.token, &phone.id);
		harness_expect(reply, OUTRIDER_OK);
		assert_true(wire_timestamp(&at_us,
					   harness_part(reply->message, 1, 0)));
		assert_int_equal(at_us, since_us);
		pass_time(h, HOUR_US);
	}
	/* The device is told with each push, and may do nothing else ... */
	assert_true(hear_order(&order, h, phone.token));
	assert_memory_equal(&order.device, &phone.id, sizeof(phone.id));
	assert_int_equal(order.ordered_us, since_us);
	assert_true(hear_order(&same, h, phone.token));
	assert_memory_equal(order.number, same.number, sizeof(same.number));
	reply = harness_call(h, "SyncService/Pull", phone.token, NULL, 0);
	harness_expect(reply, OUTRIDER_PERMISSION_DENIED);
	harness_reason(reason, reply);
	assert_string_equal(reason, "WIPE_ORDERED");
	harness_expect(harness_call(h, "ContactService/ListContacts",
				    phone.token, NULL, 0),
		       OUTRIDER_PERMISSION_DENIED);
	/* ... and other devices hear nothing of it. */
	assert_false(hear_order(&same, h, anna.device_token));
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);

	/* The receipt withdraws it; only that can be said again. */
	hand_in(&handed, &phone, &order, 3);
	for (int i = 0; i < 2; i++) {
		harness_expect(submit(h, phone.token, &handed), OUTRIDER_OK);
		harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);
	}
	reply = about(h, "AuthService/ListDevices", anna.token, &anna.id);
	harness_expect(reply, OUTRIDER_OK);
	item = harness_part(reply->message, 1, 0);
	assert_non_null(harness_part(item, 4, 0).at);
	assert_true(wire_timestamp(&at_us, harness_part(item, 5, 0)));
	assert_int_equal(at_us, since_us);
	assert_true(wire_timestamp(&at_us, harness_part(item, 6, 0)));
	assert_int_equal(at_us, since_us + 7);
	assert_int_equal(harness_scalar(item, 7), 3);
	/* hers: never ordered */
	item = harness_part(reply->message, 1, 1);
	assert_null(harness_part(item, 5, 0).at);
	harness_expect(wipe(h, anna.token, &phone.id),
		       OUTRIDER_FAILED_PRECONDITION);
}

static void who_may_wipe_whose(void **state)
{
	struct app_harness *h = *state;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid south = harness_add_team(h, "South", NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, &north);
	struct harness_user anna =
		harness_add_user(h, "anna", RANK_REP, &north);
	struct harness_user ben = harness_add_user(h, "ben", RANK_REP, &north);
	struct harness_user cleo =
		harness_add_user(h, "cleo", RANK_REP, &south);
	struct harness_user chief =
		harness_add_user(h, "chief", RANK_ADMINISTRATOR, &north);
	struct uuid nobody = harness_new_uuid(h);
	struct wipe_order order;

	harness_expect(wipe(h, ben.token, &anna.device), OUTRIDER_NOT_FOUND);
	harness_expect(wipe(h, anna.token, &boss.device), OUTRIDER_NOT_FOUND);
	harness_expect(wipe(h, boss.token, &cleo.device), OUTRIDER_NOT_FOUND);
	harness_expect(wipe(h, boss.token, &chief.device), OUTRIDER_NOT_FOUND);
	harness_expect(wipe(h, boss.token, &nobody), OUTRIDER_NOT_FOUND);
	harness_expect(wipe(h, NULL, &anna.device), OUTRIDER_UNAUTHENTICATED);
	assert_false(hear_order(&order, h, anna.device_token));
	assert_false(hear_order(&order, h, chief.device_token));
	harness_expect(wipe(h, boss.token, &anna.device), OUTRIDER_OK);
	assert_true(hear_order(&order, h, anna.device_token));
	harness_expect(wipe(h, h->admin_token, &cleo.device), OUTRIDER_OK);
	assert_true(hear_order(&order, h, cleo.device_token));
	/* A withdrawn one is not heard any more. */
	harness_expect(about(h, "AuthService/WithdrawDevice", ben.token,
			     &ben.device),
		       OUTRIDER_OK);
	harness_expect(wipe(h, boss.token, &ben.device),
		       OUTRIDER_FAILED_PRECONDITION);
}

static void receipts_that_are_not_taken(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phone = enrol(h, &anna.id), other = enrol(h, &anna.id);
	struct wipe_order order, others;
	struct handed handed;

	/* A person is no device. */
	memset(&order, 0, sizeof(order));
	hand_in(&handed, &phone, &order, 0);
	harness_expect(submit(h, anna.token, &handed),
		       OUTRIDER_PERMISSION_DENIED);

	harness_expect(wipe(h, anna.token, &phone.id), OUTRIDER_OK);
	harness_expect(wipe(h, anna.token, &other.id), OUTRIDER_OK);
	assert_true(hear_order(&order, h, phone.token));
	assert_true(hear_order(&others, h, other.token));

	/* Each bit of the receipt and of its signature counts. */
	for (size_t i = 0; i < WIPE_RECEIPT_LEN; i++) {
		hand_in(&handed, &phone, &order, 0);
		handed.receipt[i] ^= 1;
		harness_expect(submit(h, phone.token, &handed),
			       OUTRIDER_INVALID_ARGUMENT);
	}
	for (size_t i = 0; i < WIPE_SIGNATURE_LEN; i += 7) {
		hand_in(&handed, &phone, &order, 0);
		handed.signature[i] ^= 1;
		harness_expect(submit(h, phone.token, &handed),
			       OUTRIDER_INVALID_ARGUMENT);
	}
	/* Another device's receipt, one that another key signed. */
	hand_in(&handed, &other, &others, 0);
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	memcpy(other.id.at, phone.id.at, sizeof(phone.id.at));
	hand_in(&handed, &other, &order, 0);
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	/* What comes with it was changed, left out, said twice. */
	hand_in(&handed, &phone, &order, 0);
	handed.sealed[20] ^= 1;
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	hand_in(&handed, &phone, &order, 0);
	handed.key[3] ^= 1;
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	hand_in(&handed, &phone, &order, 0);
	handed.row.rev++;
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	hand_in(&handed, &phone, &order, 0);
	handed.request.n_outbox = 0;
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);
	hand_in(&handed, &phone, &order, 0);
	handed.row.name.len = 15;
	harness_expect(submit(h, phone.token, &handed),
		       OUTRIDER_INVALID_ARGUMENT);

	/* None of them has wiped anything. */
	assert_true(hear_order(&order, h, phone.token));
	hand_in(&handed, &phone, &order, 0);
	harness_expect(submit(h, phone.token, &handed), OUTRIDER_OK);
	harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);
	assert_true(hear_order(&others, h, enrol(h, &anna.id).token) == false);
}

/* A server that was restored doesn't know the order, or knows another one:
 * the phone has forgotten everything, and says so. */
static void receipts_for_forgotten_orders(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phone = enrol(h, &anna.id), other = enrol(h, &anna.id);
	struct wipe_order forgotten;
	struct handed handed;

	memset(&forgotten, 7, sizeof(forgotten));
	forgotten.device = phone.id;
	hand_in(&handed, &phone, &forgotten, 0);
	harness_expect(submit(h, phone.token, &handed), OUTRIDER_OK);
	harness_expect(submit(h, phone.token, &handed), OUTRIDER_OK);
	harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);

	/* One whose numbers are ahead of what was restored hears of an order
	 * all the same; it may do nothing else, not even begin anew. */
	harness_expect(push_from(h, other.token, 9),
		       OUTRIDER_FAILED_PRECONDITION);
	harness_expect(wipe(h, anna.token, &other.id), OUTRIDER_OK);
	harness_expect(push_from(h, other.token, 9), OUTRIDER_OK);
	forgotten.device = other.id;
	hand_in(&handed, &other, &forgotten, 0);
	harness_expect(submit(h, other.token, &handed), OUTRIDER_OK);
	harness_expect(push(h, other.token), OUTRIDER_UNAUTHENTICATED);
}

/* A contact that its author makes offline; answers what became of it. */
static struct bytes push_contact(struct app_harness *h, const char *token)
{
	Outrider__V1__PushRequest request = OUTRIDER__V1__PUSH_REQUEST__INIT;
	Outrider__V1__Mutation mutation = OUTRIDER__V1__MUTATION__INIT;
	Outrider__V1__Mutation *mutations[] = { &mutation };
	struct buffer fields = harness_buffer();
	const struct harness_reply *reply;
	struct uuid id = harness_new_uuid(h);
	uint8_t incarnation[16] = { 1 };

	harness_put_text(&fields, 11, "Petrov"); /* family_name */
	mutation.kind = KIND_CONTACT;
	mutation.id.data = id.at;
	mutation.id.len = sizeof(id.at);
	mutation.op = OUTRIDER__V1__MUTATION_OP__MUTATION_OP_CREATE;
	mutation.fields.data = fields.at;
	mutation.fields.len = fields.len;
	request.incarnation.data = incarnation;
	request.incarnation.len = sizeof(incarnation);
	request.first_seq = 1;
	request.n_mutations = 1;
	request.mutations = mutations;
	reply = harness_call_message(h, "SyncService/Push", token,
				     &request.base);
	harness_expect(reply, OUTRIDER_OK);
	buffer_free(&fields);
	return harness_part(reply->message, 1, 0);
}

/* Fired first and thought of the phone afterwards: it hears of it, and nothing
 * that its user writes is taken. */
static void whose_user_is_locked_out(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phone = enrol(h, &anna.id);
	struct wipe_order order;
	struct handed handed;
	char reason[64];

	harness_lock_out(h, &anna.id, true);
	harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);
	harness_expect(wipe(h, h->admin_token, &phone.id), OUTRIDER_OK);
	harness_reason(reason, harness_call(h, "SyncService/Pull", phone.token,
					    NULL, 0));
	assert_string_equal(reason, "WIPE_ORDERED");
	harness_reason(reason, harness_call(h, "VisitService/SubmitEvidence",
					    phone.token, NULL, 0));
	assert_string_equal(reason, "WIPE_ORDERED");
	assert_true(hear_order(&order, h, phone.token));
	assert_int_equal(harness_scalar(push_contact(h, phone.token), 5),
			 7); /* PERMISSION_DENIED */
	/* Their other devices and their own token are as dead as before. */
	harness_expect(push(h, anna.device_token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_UNAUTHENTICATED);
	hand_in(&handed, &phone, &order, 1);
	harness_expect(submit(h, phone.token, &handed), OUTRIDER_OK);
	harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);
	/* Let in again they write with another phone, not with this one. */
	harness_lock_out(h, &anna.id, false);
	harness_expect(push(h, phone.token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(harness_scalar(push_contact(h, anna.device_token), 5),
			 0);
}

/* docs/formats/wipe.md has the same vectors. */
#define VECTOR_ORDER                                                 \
	"4f52573101019000000000700080000000000000010001020304050607" \
	"08090a0b0c0d0e0f00065bfeda25e000"
#define VECTOR_ORDER_SIGNATURE                                       \
	"e02bd4d5e999110267e38f6ff4a119822b11fab88f33473153519ad8f4" \
	"a9593f7f747bbc756179e02d8b90e1e2a71b1db07a0e764c8430bb4b33" \
	"b743e9c60f01"
#define VECTOR_RECEIPT                                               \
	"4f52583101019000000000700080000000000000010001020304050607" \
	"08090a0b0c0d0e0f00065bfeda25e0070000000300000001fc0c0d49a6" \
	"fe2aceee8065baac97fef45d5ee9d7f7f88d6c595e97482aae6d4f"
#define VECTOR_RECEIPT_SIGNATURE                                     \
	"acdbebc178dfe6ffbb5a796bd240da8f2a3b10ee576799879615678b96" \
	"8fb81e70b34f21ba3224c5604402e43fb888a8ca750cd6ec7484f1f483" \
	"5f775bcbe301"

static void assert_hex(const uint8_t *at, size_t len, const char *hex)
{
	char text[512];

	sodium_bin2hex(text, sizeof(text), at, len);
	assert_string_equal(text, hex);
}

static void vectors(void **state)
{
	const struct uuid device = { { 0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0,
				       0, 0, 0, 0, 0, 1 } };
	struct wipe_order order = { .device = device,
				    .ordered_us = 1790000000000000 };
	struct phone phone = { .id = device };
	uint8_t seed[32], key[32], secret[64], bytes[WIPE_ORDER_LEN];
	uint8_t signature[WIPE_SIGNATURE_LEN];
	struct handed handed;

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		seed[i] = i;
	crypto_sign_seed_keypair(key, secret, seed);
	memcpy(order.number, seed, sizeof(order.number));
	wipe_order_write(bytes, &order);
	crypto_sign_detached(signature, NULL, bytes, sizeof(bytes), secret);
	assert_hex(bytes, sizeof(bytes), VECTOR_ORDER);
	assert_hex(signature, sizeof(signature), VECTOR_ORDER_SIGNATURE);
	for (uint8_t i = 0; i < 32; i++)
		seed[i] = 32 + i;
	crypto_sign_seed_keypair(phone.key, phone.secret, seed);
	hand_in(&handed, &phone, &order, 3);
	assert_hex(handed.receipt, sizeof(handed.receipt), VECTOR_RECEIPT);
	assert_hex(handed.signature, sizeof(handed.signature),
		   VECTOR_RECEIPT_SIGNATURE);
}

static void forms_have_one_reading(void **state)
{
	uint8_t bytes[WIPE_RECEIPT_LEN + 1];
	struct wipe_order order = { .ordered_us = 5 };
	struct wipe_receipt receipt = { .wiped_us = 6, .n_edits = 7 };
	struct wipe_order o;
	struct wipe_receipt r;

	(void)state;
	wipe_order_write(bytes, &order);
	assert_true(wipe_order_read(&o, bytes, WIPE_ORDER_LEN));
	assert_int_equal(o.ordered_us, 5);
	assert_false(wipe_order_read(&o, bytes, WIPE_ORDER_LEN - 1));
	assert_false(wipe_receipt_read(&r, bytes, WIPE_ORDER_LEN));
	bytes[4] = 2;
	assert_false(wipe_order_read(&o, bytes, WIPE_ORDER_LEN));
	wipe_receipt_write(bytes, &receipt);
	assert_true(wipe_receipt_read(&r, bytes, WIPE_RECEIPT_LEN));
	assert_int_equal(r.n_edits, 7);
	assert_false(wipe_receipt_read(&r, bytes, WIPE_RECEIPT_LEN + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_device_is_wiped, open_firm,
						close_firm),
		cmocka_unit_test_setup_teardown(who_may_wipe_whose, open_firm,
						close_firm),
		cmocka_unit_test_setup_teardown(receipts_that_are_not_taken,
						open_firm, close_firm),
		cmocka_unit_test_setup_teardown(receipts_for_forgotten_orders,
						open_firm, close_firm),
		cmocka_unit_test_setup_teardown(whose_user_is_locked_out,
						open_firm, close_firm),
		cmocka_unit_test(vectors),
		cmocka_unit_test(forms_have_one_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
