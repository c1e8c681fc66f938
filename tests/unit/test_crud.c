/*
 * crud: every kind is made, listed, deleted and brought back, out of the
 * tables, alone and in batches.
 */
#include "every_kind.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* name NULL: there is no such field. */
static void
expect_field(const struct method *m, uint32_t number, const char *name)
{
	const struct field *field = message_field(m->request, number);

	assert_int_equal(!name, !field);
	if (name && name[0] == 0)
		name = m->entity->name;
	if (field)
		assert_string_equal(field->name, name);
}

/* The engine reads requests by number: the contract must say the same. */
static void requests_are_laid_out_alike(void **state)
{
	static const struct {
		enum method_verb verb;
		/* From number 1 on; "": the kind's own name. */
		const char *names[5];
	} layouts[] = {
		{ METHOD_CREATE, { "", "request_id" } },
		{ METHOD_GET, { "id" } },
		{ METHOD_LIST,
		  { "page_size", "page_token", "show_deleted", "filter",
		    "order_by" } },
		{ METHOD_UPDATE, { "", "update_mask", "request_id" } },
		{ METHOD_DELETE, { "id", "etag", "request_id" } },
		{ METHOD_UNDELETE, { "id", "etag", "request_id" } },
		{ METHOD_BATCH_GET, { "ids" } },
		{ METHOD_BATCH_CREATE, { "requests", "request_id" } },
		{ METHOD_BATCH_UPDATE, { "requests", "request_id" } },
	};
	size_t n_found = 0;

	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++) {
		const struct method *m = &schema_methods[i];

		for (size_t l = 0; l < sizeof(layouts) / sizeof(*layouts);
		     l++) {
			if (layouts[l].verb != m->verb)
				continue;
			n_found++;
			for (uint32_t n = 0; n < 5; n++)
				expect_field(m, n + 1, layouts[l].names[n]);
		}
		n_found += m->verb == METHOD_NAMED;
	}
	assert_int_equal(n_found, schema_n_methods);
}

/* Answers are written by number as well. */
static void answers_are_laid_out_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++) {
		const struct method *m = &schema_methods[i];
		const struct field *first = message_field(m->response, 1);

		switch (m->verb) {
		case METHOD_LIST:
			assert_string_equal(message_field(m->response, 2)->name,
					    "next_page_token");
			assert_string_equal(message_field(m->response, 3)->name,
					    "is_scan");
			assert_ptr_equal(first->message, m->entity->message);
			break;
		case METHOD_BATCH_GET:
		case METHOD_BATCH_CREATE:
		case METHOD_BATCH_UPDATE:
			assert_ptr_equal(first->message, m->entity->message);
			break;
		case METHOD_CREATE:
		case METHOD_GET:
		case METHOD_UPDATE:
		case METHOD_DELETE:
		case METHOD_UNDELETE:
			assert_ptr_equal(m->response, m->entity->message);
			break;
		case METHOD_NAMED:
			break;
		}
	}
}

static void run_create(struct every_kind *t, const struct entity *entity)
{
	struct record_maker m = every_maker(t);
	struct buffer record = harness_buffer(), request;
	const struct harness_reply *reply;
	struct row *sent, *got;
	struct bytes whole;
	struct uuid id;

	if (!every_method(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return;
	}
	maker_record(&record, entity, &m);
	whole = arena_copy(&t->arena, record.at, record.len);
	sent = every_read_row(t, entity, whole);
	request = every_request(&record, NULL);
	reply = every_call(t, entity, METHOD_CREATE, &request);
	harness_expect(reply, OUTRIDER_OK);
	whole = arena_copy(&t->arena, reply->message.at, reply->message.len);
	got = every_read_row(t, entity, whole);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (!every_is_servers(&entity->fields[i]) &&
		    !value_equal(&entity->fields[i], &sent->values[i],
				 &got->values[i]))
			fail_msg("%s is not as sent", entity->fields[i].name);
	assert_memory_equal(&got->owner, &t->harness.admin, 16);
	assert_true(harness_part(whole, FIELD_CREATE_TIME, 0).len > 0);

	id = harness_uuid(whole, FIELD_ID);
	request = every_request_by_id(&id);
	reply = every_call(t, entity, METHOD_GET, &request);
	harness_expect(reply, OUTRIDER_OK);
	assert_int_equal(reply->message.len, whole.len);
	assert_memory_equal(reply->message.at, whole.at, whole.len);
}

static void created_is_what_was_sent(void **state)
{
	every_kind_runs(*state, run_create);
}

static void run_taken_id(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity);
	struct record_maker m = every_maker(t);
	struct buffer record = harness_buffer(), request;

	if (!every_method(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return;
	}
	harness_put_uuid(&record, FIELD_ID, &id);
	maker_record(&record, entity, &m);
	request = every_request(&record, NULL);
	harness_expect(every_call(t, entity, METHOD_CREATE, &request),
		       OUTRIDER_ALREADY_EXISTS);
}

static void an_id_is_taken_once(void **state)
{
	every_kind_runs(*state, run_taken_id);
}

static void run_list(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity), other = every_make(t, entity);

	for (int page_size = 0; page_size < 4; page_size++) {
		assert_int_equal(every_count_listed(t, entity, &id, page_size,
						    false),
				 1);
		assert_int_equal(every_count_listed(t, entity, &other,
						    page_size, true),
				 1);
	}
	assert_int_equal(every_count_listed(t, entity, &id, 2000000000, false),
			 1);
}

static void each_is_listed_once(void **state)
{
	every_kind_runs(*state, run_list);
}

static void run_delete(struct every_kind *t, const struct entity *entity)
{
	struct uuid id;
	struct buffer request, record;
	const struct harness_reply *reply;

	if (!every_method(entity, METHOD_DELETE))
		return;
	id = every_make(t, entity);
	request = every_request_by_id(&id);
	harness_expect(every_call(t, entity, METHOD_UNDELETE, &request),
		       OUTRIDER_FAILED_PRECONDITION);
	request = every_request_by_id(&id);
	reply = every_call(t, entity, METHOD_DELETE, &request);
	harness_expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len > 0);

	request = every_request_by_id(&id);
	harness_expect(every_call(t, entity, METHOD_DELETE, &request),
		       OUTRIDER_FAILED_PRECONDITION);
	request = every_request_by_id(&id);
	reply = every_call(t, entity, METHOD_GET, &request);
	harness_expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len > 0);
	assert_int_equal(every_count_listed(t, entity, &id, 2, false), 0);
	assert_int_equal(every_count_listed(t, entity, &id, 2, true), 1);
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &id);
	request = every_request(&record, NULL);
	harness_expect(every_call(t, entity, METHOD_UPDATE, &request),
		       OUTRIDER_FAILED_PRECONDITION);

	request = every_request_by_id(&id);
	reply = every_call(t, entity, METHOD_UNDELETE, &request);
	harness_expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len ==
		    0);
	assert_int_equal(every_count_listed(t, entity, &id, 2, false), 1);
}

static void deleted_comes_back(void **state)
{
	every_kind_runs(*state, run_delete);
}

static void run_request_id(struct every_kind *t, const struct entity *entity)
{
	struct record_maker m = every_maker(t);
	struct uuid request_id = harness_new_uuid(&t->harness), first, again;
	const struct harness_reply *reply;

	if (!every_method(entity, METHOD_CREATE))
		return;
	for (int i = 0; i < 3; i++) {
		struct buffer record = harness_buffer(), request;

		maker_record(&record, entity, &m);
		request = every_request(&record, NULL);
		harness_put_uuid(&request, 2, &request_id);
		reply = every_call(t, entity, METHOD_CREATE, &request);
		if (i == 2) {
			harness_expect_violation(reply, "request_id");
			return;
		}
		harness_expect(reply, OUTRIDER_OK);
		again = harness_uuid(reply->message, FIELD_ID);
		if (i == 0)
			first = again;
		assert_memory_equal(&first, &again, sizeof(first));
		/* The third time with other content. */
		if (i == 1)
			m.seed = t->seed++;
	}
}

static void a_repeated_request_is_one(void **state)
{
	every_kind_runs(*state, run_request_id);
}

/* What Create makes alone, two at once; updated, and read. */
static void run_batches(struct every_kind *t, const struct entity *entity)
{
	struct buffer request = harness_buffer(), part, record;
	const struct harness_reply *reply;
	struct record_maker m;
	struct uuid ids[2];

	if (!every_method(entity, METHOD_BATCH_CREATE))
		goto done;
	for (int i = 0; i < 2; i++) {
		record = harness_buffer();
		m = every_maker(t);
		maker_record(&record, entity, &m);
		part = every_request(&record, NULL);
		wire_put_bytes(&request, 1, part.at, part.len);
		buffer_free(&part);
	}
	reply = every_call(t, entity, METHOD_BATCH_CREATE, &request);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < 2; i++)
		ids[i] = harness_uuid(harness_part(reply->message, 1, i),
				      FIELD_ID);
	request = harness_buffer();
	for (size_t i = 0; i < 2; i++) {
		record = harness_buffer();
		harness_put_uuid(&record, FIELD_ID, &ids[i]);
		part = every_request(&record, NULL);
		wire_put_bytes(&request, 1, part.at, part.len);
		buffer_free(&part);
	}
	harness_expect(every_call(t, entity, METHOD_BATCH_UPDATE, &request),
		       OUTRIDER_OK);
	request = harness_buffer();
	for (size_t i = 0; i < 2; i++)
		harness_put_uuid(&request, 1, &ids[i]);
	reply = every_call(t, entity, METHOD_BATCH_GET, &request);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < 2; i++) {
		struct uuid found = harness_uuid(
			harness_part(reply->message, 1, i), FIELD_ID);

		assert_memory_equal(&found, &ids[i], sizeof(found));
	}
	return;
done:
	buffer_free(&request);
}

static void batches_of_each_kind(void **state)
{
	every_kind_runs(*state, run_batches);
}

/* ------------------------------------------------------------------ orders */

enum { N_ORDERED = 5 };

/* The ids of a list in an order, page by page. */
static size_t take_list(struct every_kind *t, const struct entity *entity,
			const char *order_by, int page_size, struct uuid *ids,
			size_t room)
{
	char token[4097] = "";
	size_t n = 0;

	do {
		struct buffer request = harness_buffer();
		const struct harness_reply *reply;
		struct bytes item;

		wire_put_scalar(&request, 1, (uint64_t)page_size);
		if (token[0])
			harness_put_text(&request, 2, token);
		harness_put_text(&request, 5, order_by);
		reply = every_call(t, entity, METHOD_LIST, &request);
		harness_expect(reply, OUTRIDER_OK);
		for (size_t i = 0;
		     (item = harness_part(reply->message, 1, i)).at; i++) {
			assert_true(n < room);
			ids[n++] = harness_uuid(item, FIELD_ID);
		}
		harness_text(token, sizeof(token), reply->message, 2);
	} while (token[0]);
	return n;
}

/* Each order that the contract allows, in both directions. */
static void run_orders(struct every_kind *t, const struct entity *entity)
{
	struct uuid whole[64], pages[64];
	char order_by[128];

	for (int i = 0; i < N_ORDERED; i++)
		every_make(t, entity);
	for (size_t f = 0; f < 2 * entity->message->n_fields; f++) {
		const struct field *field = &entity->message->fields[f / 2];
		size_t n;

		if (!(field->flags & FIELD_IS_ORDERABLE))
			continue;
		snprintf(order_by, sizeof(order_by), "%s%s", field->name,
			 f % 2 ? " desc" : "");
		n = take_list(t, entity, order_by, 1000, whole, 64);
		assert_true(n >= N_ORDERED);
		for (int size = 1; size < 4; size++) {
			assert_int_equal(take_list(t, entity, order_by, size,
						   pages, 64),
					 n);
			if (memcmp(pages, whole, n * sizeof(whole[0])) != 0)
				fail_msg("%s, by %d", order_by, size);
		}
	}
}

static void pages_make_up_each_order(void **state)
{
	every_kind_runs(*state, run_orders);
}

int main(void)
{
#define FIRM(test) \
	cmocka_unit_test_setup_teardown(test, every_open, every_close)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_laid_out_alike),
		cmocka_unit_test(answers_are_laid_out_alike),
		FIRM(created_is_what_was_sent),
		FIRM(an_id_is_taken_once),
		FIRM(each_is_listed_once),
		FIRM(deleted_comes_back),
		FIRM(a_repeated_request_is_one),
		FIRM(batches_of_each_kind),
		FIRM(pages_make_up_each_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
