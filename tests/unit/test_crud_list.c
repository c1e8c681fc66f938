/*
 * crud: lists in an order. Pages go on where the one before ended, whatever
 * happened meanwhile, and a token is of its list alone.
 */
#include "app_harness.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	GIVEN_NAME = 10, /* contact */
	FAMILY_NAME = 11,
	DISPLAY_NAME = 10, /* form */
	QUESTIONS = 12,
	PAGE_BYTES_MAX = 1 << 20,
	N_STABLE = 30,
	N_VOLATILE = 15,
};

struct list_test {
	struct app_harness harness;
	unsigned random;
};

static int open_firm(void **state)
{
	static struct list_test test;

	harness_open(&test.harness);
	test.random = 1;
	*state = &test;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(&((struct list_test *)*state)->harness);
	return 0;
}

static unsigned random_below(struct list_test *t, unsigned n)
{
	t->random = t->random * 1103515245 + 12345;
	return (t->random >> 16) % n;
}

/* ---------------------------------------------------------------- requests */

/* Frees the request. */
static const struct harness_reply *
call(struct list_test *t, const char *path, struct buffer *request)
{
	const struct harness_reply *reply =
		harness_call(&t->harness, path, t->harness.admin_token,
			     request->at, request->len);

	buffer_free(request);
	return reply;
}

/* A Create or Update of the record in the buffer, which is freed. */
static struct uuid
write_record_of(struct list_test *t, const char *path, struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, record->at, record->len);
	buffer_free(record);
	/* Times differ. */
	t->harness.wall_us += 1000;
	reply = call(t, path, &request);
	harness_expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

/* id NULL: a new one. */
static struct uuid put_contact(struct list_test *t, const struct uuid *id,
			       const char *family_name, const char *given_name)
{
	struct buffer record = harness_buffer();

	if (id)
		harness_put_uuid(&record, FIELD_ID, id);
	harness_put_text(&record, FAMILY_NAME, family_name);
	harness_put_text(&record, GIVEN_NAME, given_name);
	return write_record_of(t,
			       id ? "ContactService/UpdateContact"
				  : "ContactService/CreateContact",
			       &record);
}

static void delete_contact(struct list_test *t, const struct uuid *id)
{
	struct buffer request = harness_buffer();

	harness_put_uuid(&request, 1, id);
	harness_expect(call(t, "ContactService/DeleteContact", &request),
		       OUTRIDER_OK);
}

struct asked {
	const char *path; /* NULL: contacts */
	const char *filter, *order_by;
	const char *token; /* page; NULL: the first */
	const char *caller;
	int page_size;
	bool show_deleted;
};

static const struct harness_reply *
list(struct list_test *t, const struct asked *asked)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_scalar(&request, 1, (uint64_t)asked->page_size);
	if (asked->token && asked->token[0])
		harness_put_text(&request, 2, asked->token);
	if (asked->show_deleted)
		wire_put_scalar(&request, 3, 1);
	if (asked->filter)
		harness_put_text(&request, 4, asked->filter);
	if (asked->order_by)
		harness_put_text(&request, 5, asked->order_by);
	reply = harness_call(
		&t->harness,
		asked->path ? asked->path : "ContactService/ListContacts",
		asked->caller ? asked->caller : t->harness.admin_token,
		request.at, request.len);
	buffer_free(&request);
	return reply;
}

/* The ids of a page go behind *n; the next token replaces the token. */
static void take_page(struct list_test *t, const struct asked *asked,
		      struct uuid *ids, size_t *n, size_t room,
		      char token[4097])
{
	struct asked next = *asked;
	const struct harness_reply *reply;
	struct bytes item;

	next.token = token;
	reply = list(t, &next);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; (item = harness_part(reply->message, 1, i)).at;
	     i++) {
		assert_true(*n < room);
		ids[(*n)++] = harness_uuid(item, FIELD_ID);
	}
	harness_text(token, 4097, reply->message, 2);
}

/* All pages; returns how many records. */
static size_t take_all(struct list_test *t, const struct asked *asked,
		       struct uuid *ids, size_t room)
{
	char token[4097] = "";
	size_t n = 0, n_pages = 0;

	do {
		size_t before = n;

		take_page(t, asked, ids, &n, room, token);
		/* No page but the first is empty. */
		assert_true(n > before || n_pages == 0);
		assert_true(++n_pages < 1000);
	} while (token[0]);
	return n;
}

static size_t count(const struct uuid *ids, size_t n, const struct uuid *id)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += uuid_compare(&ids[i], id) == 0;
	return found;
}

/* ------------------------------------------------------------------ orders */

static const char *const orders[] = {
	"family_name",
	"family_name desc",
	"family_name, given_name desc",
	"given_name desc, family_name",
	"create_time desc",
	"update_time",
	"family_name, create_time desc, given_name",
	"id",
	"id desc",
};

enum { N_ORDERS = sizeof(orders) / sizeof(orders[0]) };

/* Many have the same names, some have no given name. */
static struct uuid put_any(struct list_test *t, const struct uuid *id)
{
	static const char *const families[] = { "Abel", "Berg",	 "Berg",
						"abel", "Ёлкин", "Zaun" };
	static const char *const given[] = { "", "Ada", "Bo", "Cleo" };

	return put_contact(t, id, families[random_below(t, 6)],
			   given[random_below(t, 4)]);
}

/* Whatever the size of the pages, the list is the same. */
static void pages_make_up_the_list(void **state)
{
	struct list_test *t = *state;
	static const int sizes[] = { 1, 2, 3, 7, 39, 40, 41 };
	struct uuid whole[64], pages[64];

	for (size_t i = 0; i < 40; i++)
		whole[i] = put_any(t, NULL);
	/* The order of changes is another one than that of creation. */
	for (size_t i = 0; i < 40; i += 3)
		put_any(t, &whole[39 - i]);
	for (size_t o = 0; o < N_ORDERS; o++) {
		struct asked asked = { .order_by = orders[o],
				       .page_size = 1000 };

		assert_int_equal(take_all(t, &asked, whole, 64), 40);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(count(whole, 40, &whole[i]), 1);
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			asked.page_size = sizes[s];
			assert_int_equal(take_all(t, &asked, pages, 64), 40);
			assert_memory_equal(pages, whole,
					    sizeof(whole[0]) * 40);
		}
	}
}

static void an_order_is_what_it_says(void **state)
{
	struct list_test *t = *state;
	struct uuid made[4], found[8];
	struct asked asked = { .page_size = 3 };
	static const struct {
		const char *order_by;
		size_t order[4];
	} cases[] = {
		{ "family_name, given_name", { 1, 2, 3, 0 } },
		{ "family_name desc, given_name", { 0, 1, 2, 3 } },
		{ "family_name, given_name desc", { 3, 2, 1, 0 } },
		{ "create_time", { 0, 1, 2, 3 } },
		{ "create_time desc", { 3, 2, 1, 0 } },
	};

	made[0] = put_contact(t, NULL, "Zaun", "Ada");
	made[1] = put_contact(t, NULL, "Abel", "");
	made[2] = put_contact(t, NULL, "Abel", "Ada");
	made[3] = put_contact(t, NULL, "Abel", "Bo");
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		asked.order_by = cases[c].order_by;
		assert_int_equal(take_all(t, &asked, found, 8), 4);
		for (size_t i = 0; i < 4; i++)
			if (uuid_compare(&found[i], &made[cases[c].order[i]]) !=
			    0)
				fail_msg("%s: place %zu", asked.order_by, i);
	}
}

/* ------------------------------------------------------------ while it goes */

/* Somebody makes, renames and deletes others between two pages. */
static void disturb(struct list_test *t, struct uuid ids[N_VOLATILE])
{
	for (int i = 0; i < 3; i++) {
		struct uuid *id = &ids[random_below(t, N_VOLATILE)];

		if (uuid_is_zero(id)) {
			*id = put_any(t, NULL);
		} else if (random_below(t, 2) == 0) {
			put_any(t, id);
		} else {
			delete_contact(t, id);
			*id = (struct uuid){ { 0 } };
		}
	}
}

static void what_stays_is_listed_once(void **state)
{
	struct list_test *t = *state;
	struct uuid stable[N_STABLE], changing[N_VOLATILE] = { { { 0 } } };
	static struct uuid found[1000];

	for (size_t i = 0; i < N_STABLE; i++)
		stable[i] = put_any(t, NULL);
	for (unsigned round = 0; round < 6 * N_ORDERS; round++) {
		const struct asked asked = {
			.order_by = orders[round % N_ORDERS],
			.page_size = 1 + (int)random_below(t, 9),
		};
		char token[4097] = "";
		size_t n = 0;

		do {
			take_page(t, &asked, found, &n, 1000, token);
			disturb(t, changing);
		} while (token[0]);
		for (size_t i = 0; i < N_STABLE; i++)
			if (count(found, n, &stable[i]) != 1)
				fail_msg("%s, round %u: listed %zu times",
					 asked.order_by, round,
					 count(found, n, &stable[i]));
	}
}

/* The record that a page ended with is renamed, and is gone. */
static void the_last_one_may_change(void **state)
{
	struct list_test *t = *state;
	const struct asked asked = { .order_by = "family_name",
				     .page_size = 2 };
	char name[24];
	struct uuid made[6], found[16];

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		made[i] = put_contact(t, NULL, name, "");
	}
	for (int is_gone = 0; is_gone < 2; is_gone++) {
		char token[4097] = "";
		size_t n = 0;

		take_page(t, &asked, found, &n, 16, token);
		if (is_gone)
			delete_contact(t, &made[1]);
		else
			put_contact(t, &made[1], "zzz", "");
		while (token[0])
			take_page(t, &asked, found, &n, 16, token);
		/* Renamed it is met again, where it is now. */
		assert_int_equal(n, is_gone ? 6 : 7);
		for (size_t i = 2; i < 6; i++)
			assert_int_equal(count(found, n, &made[i]), 1);
		put_contact(t, is_gone ? NULL : &made[1], "name-1", "");
	}
}

/* ------------------------------------------------------------------- tokens */

static void a_token_is_of_its_list(void **state)
{
	struct list_test *t = *state;
	struct harness_user other = harness_add_user(&t->harness, "other",
						     RANK_ADMINISTRATOR, NULL);
	const struct asked asked = { .order_by = "family_name",
				     .page_size = 1 };
	struct asked others[6];
	char token[4097] = "";
	struct uuid found[4];
	size_t n = 0;

	for (int i = 0; i < 3; i++)
		put_any(t, NULL);
	take_page(t, &asked, found, &n, 4, token);
	for (size_t i = 0; i < 6; i++) {
		others[i] = asked;
		others[i].token = token;
	}
	others[0].order_by = "family_name desc";
	others[1].order_by = NULL;
	others[2].filter = "family_name != \"x\"";
	others[3].caller = other.token;
	others[4].show_deleted = true;
	others[5].path = "LeadService/ListLeads";
	others[5].order_by = "display_name";
	for (size_t i = 0; i < 6; i++)
		harness_expect_violation(list(t, &others[i]), "page_token");

	/* The size may differ, and the server may have started anew. */
	others[0] = asked;
	others[0].page_size = 1000;
	harness_restart(&t->harness);
	take_page(t, &others[0], found, &n, 4, token);
	assert_int_equal(n, 3);
	assert_int_equal(token[0], 0);
}

static void what_is_wrong_is_named(void **state)
{
	struct list_test *t = *state;

	harness_expect_violation(
		list(t, &(struct asked){ .order_by = "no_such_field" }),
		"order_by");
	harness_expect_violation(
		list(t, &(struct asked){ .filter = "family_name =" }),
		"filter");
	harness_expect_violation(list(t, &(struct asked){ .token = "bogus" }),
				 "page_token");
}

/* ------------------------------------------------------------------ filters */

static void a_filter_lets_through(void **state)
{
	struct list_test *t = *state;
	struct asked asked = { .filter = "family_name = \"Berg\"",
			       .order_by = "create_time desc",
			       .page_size = 2 };
	struct uuid bergs[5], found[8];

	for (size_t i = 0; i < 5; i++) {
		bergs[i] = put_contact(t, NULL, "Berg", "Ada");
		put_contact(t, NULL, "Zaun", "Ada");
	}
	assert_int_equal(take_all(t, &asked, found, 8), 5);
	for (size_t i = 0; i < 5; i++)
		assert_memory_equal(&found[i], &bergs[4 - i], sizeof(found[0]));
	asked.order_by = NULL;
	assert_int_equal(take_all(t, &asked, found, 8), 5);
	asked.filter = "family_name = \"Nobody\"";
	assert_int_equal(take_all(t, &asked, found, 8), 0);
}

static void a_scan_says_so(void **state)
{
	struct list_test *t = *state;
	const struct harness_reply *reply;

	put_contact(t, NULL, "Berg", "Ada");
	reply = list(t, &(struct asked){ .filter = "position = \"x\"" });
	harness_expect(reply, OUTRIDER_OK);
	assert_int_equal(harness_scalar(reply->message, 3), 1);
	reply = list(t, &(struct asked){ .order_by = "family_name" });
	harness_expect(reply, OUTRIDER_OK);
	assert_int_equal(harness_scalar(reply->message, 3), 0);
	reply = list(t, &(struct asked){ .page_size = 0 });
	assert_int_equal(harness_scalar(reply->message, 3), 0);
}

static void deleted_ones_have_their_place(void **state)
{
	struct list_test *t = *state;
	struct asked asked = { .order_by = "family_name", .page_size = 1 };
	struct uuid made[3], found[4];

	made[0] = put_contact(t, NULL, "Abel", "");
	made[1] = put_contact(t, NULL, "Berg", "");
	made[2] = put_contact(t, NULL, "Cohn", "");
	delete_contact(t, &made[1]);
	assert_int_equal(take_all(t, &asked, found, 4), 2);
	asked.show_deleted = true;
	assert_int_equal(take_all(t, &asked, found, 4), 3);
	assert_memory_equal(found, made, sizeof(made));
}

/* -------------------------------------------------------------------- sizes */

/* A form of some 200 KB. */
static void put_form(struct list_test *t, int i)
{
	static char text[1001], choice[201];
	struct buffer record = harness_buffer();
	char name[32];

	memset(text, 't', sizeof(text) - 1);
	memset(choice, 'c', sizeof(choice) - 1);
	snprintf(name, sizeof(name), "form-%03d", i);
	harness_put_text(&record, DISPLAY_NAME, name);
	for (int q = 0; q < 100; q++) {
		struct buffer question = harness_buffer();

		snprintf(name, sizeof(name), "q%d", q);
		harness_put_text(&question, 1, name);
		harness_put_text(&question, 2, text);
		wire_put_scalar(&question, 3, 4);
		for (int c = 0; c < 5; c++) {
			choice[0] = (char)('a' + c);
			harness_put_text(&question, 4, choice);
		}
		wire_put_bytes(&record, QUESTIONS, question.at, question.len);
		buffer_free(&question);
	}
	write_record_of(t, "FormService/CreateForm", &record);
}

/* More than a call has memory for lies in the next rows. */
static void long_records_make_short_pages(void **state)
{
	struct list_test *t = *state;
	struct asked asked = { .path = "FormService/ListForms",
			       .page_size = 1000 };
	struct uuid found[64];

	for (int i = 0; i < 50; i++)
		put_form(t, i);
	for (int is_ordered = 0; is_ordered < 2; is_ordered++) {
		const struct harness_reply *reply;

		asked.order_by = is_ordered ? "display_name desc" : NULL;
		reply = list(t, &asked);
		harness_expect(reply, OUTRIDER_OK);
		assert_true(reply->message.len > PAGE_BYTES_MAX / 2);
		assert_true(reply->message.len / 2 < PAGE_BYTES_MAX);
		assert_int_equal(take_all(t, &asked, found, 64), 50);
		for (size_t i = 0; i < 50; i++)
			assert_int_equal(count(found, 50, &found[i]), 1);
	}
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(pages_make_up_the_list),
		FIRM(an_order_is_what_it_says),
		FIRM(what_stays_is_listed_once),
		FIRM(the_last_one_may_change),
		FIRM(a_token_is_of_its_list),
		FIRM(what_is_wrong_is_named),
		FIRM(a_filter_lets_through),
		FIRM(a_scan_says_so),
		FIRM(deleted_ones_have_their_place),
		FIRM(long_records_make_short_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
