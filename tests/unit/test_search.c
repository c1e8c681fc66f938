/*
 * Search: what is found, by whom, in which order, and where.
 */
#include "search_box.h"

#include "model/utf8.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	CONTACT_GIVEN = 10,
	CONTACT_FAMILY = 11,
	CONTACT_POSITION = 13,
	CONTACT_PREFERENCES = 20,
	COMPANY_NAME = 10,
	COMPANY_DESCRIPTION = 19,
	NOTE_TEXT = 10,
	SHARED_USERS = 251,
};

static int open_firm(void **state)
{
	static struct app_harness harness;

	harness_open(&harness);
	*state = &harness;
	return 0;
}

static void put_behind(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s", more);
}

static int close_firm(void **state)
{
	harness_close(*state);
	return 0;
}

/* Letters that count as the same, in both directions. */
static void letters(void **state)
{
	static const struct {
		const char *name, *typed;
	} cases[] = {
		{ "Семёнов", "семенов" },
		{ "Семенова", "СЕМЁНОВА" },
		{ "Андрейченко", "андреиченко" },
		{ "Strauß", "strauss" },
		{ "Müller", "muller" },
		{ "Nguyễn", "nguyễn" },
		{ "Їжакевич", "іжакевич" },
		{ "Ґалаґан", "галаган" },
		{ "Євтушенко", "євтушенко" },
		{ "Сѝмов", "симов" },
		{ "О'Ніл", "оніл" },
		{ "Łukasz", "lukasz" },
		{ "Ångström", "angstrom" },
		{ "Ђорђевић", "ђорђевић" },
		{ "Αθήνα", "ΑΘΗΝΑ" },
	};
	struct app_harness *h = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		box_add(h, h->admin_token, "contact",
			BOX_FIELDS({ CONTACT_FAMILY, cases[i].name }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct box_hits hits =
				box_search(h, h->admin_token, cases[i].typed);
			assert_int_equal(hits.code, OUTRIDER_OK);
			assert_true(hits.n > 0);
			assert_string_equal(hits.at[0]->title, cases[i].name);
			assert_string_equal(hits.at[0]->field_path,
					    "family_name");
			assert_string_equal(hits.at[0]->text, cases[i].name);
			assert_string_equal(hits.at[0]->kind, "contact");
			assert_false(hits.at[0]->is_near);
		}
		box_index(h);
	}
}

/* Beginnings of words, in any order, in any field; all must be there. */
static void words(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;

	box_add(h, me, "contact",
		BOX_FIELDS({ CONTACT_GIVEN, "Olena" },
			   { CONTACT_FAMILY, "Koval" },
			   { CONTACT_POSITION, "agronomist" }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, me, "olena koval", "Olena Koval", NULL);
		box_expect(h, me, "KOV ol", "Olena Koval", NULL);
		box_expect(h, me, "o", "Olena Koval", NULL);
		box_expect(h, me, "agro olena", "Olena Koval", NULL);
		box_expect(h, me, "nomist", NULL);
		box_expect(h, me, "olena kovalenko", NULL);
		box_index(h);
	}
	assert_string_equal(box_search(h, me, "agronom").at[0]->field_path,
			    "position");
}

/* Whole words, then beginnings; titles, then texts; then the newest. */
static void order(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct uuid old = box_add(h, me, "company",
				  BOX_FIELDS({ COMPANY_NAME, "Orion" }));

	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "Orionis" }));
	box_add(h, me, "company",
		BOX_FIELDS({ COMPANY_NAME, "A" },
			   { COMPANY_DESCRIPTION, "sells to orion" }));
	box_add(h, me, "company",
		BOX_FIELDS({ COMPANY_NAME, "B" },
			   { COMPANY_DESCRIPTION, "sells to orionids" }));
	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "New Orion" }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, me, "orion", "New Orion", "Orion", "A", "Orionis",
			   "B", NULL);
		box_expect(h, me, "ori", "New Orion", "Orionis", "Orion", "B",
			   "A", NULL);
		box_index(h);
	}
	/* What was changed last comes first. */
	box_change(h, me, "company", &old,
		   BOX_FIELDS({ COMPANY_DESCRIPTION, "moved" }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, me, "orion", "Orion", "New Orion", "A", "Orionis",
			   "B", NULL);
		box_index(h);
	}
}

/* What ranks first is found behind pages of what is newer. */
static void buried(void **state)
{
	static const char *const first[] = { "Two Orion", "One Orion", "A",
					     "Orionis 199" };
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct box_hits hits;
	char name[32];

	box_add(h, me, "company",
		BOX_FIELDS({ COMPANY_NAME, "A" },
			   { COMPANY_DESCRIPTION, "sells to orion" }));
	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "One Orion" }));
	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "Two Orion" }));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "Orionis %d", i);
		box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, name }));
	}
	for (int i = 0; i < 200; i++)
		box_add(h, me, "note",
			BOX_FIELDS({ NOTE_TEXT, "see orionids" }));
	box_index(h);
	hits = box_search_kind(h, me, "orion", "company", 0);
	assert_int_equal(hits.n, 20);
	assert_true(hits.has_more);
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		assert_string_equal(hits.at[i]->title, first[i]);
	hits = box_search(h, me, "orion");
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]) - 1; i++)
		assert_string_equal(hits.at[i]->title, first[i]);
	/* Of two words: one whole, the other begun. */
	hits = box_search(h, me, "orion tw");
	assert_int_equal(hits.n, 1);
	hits = box_search(h, me, "see orion");
	assert_int_equal(hits.n, 20);
	assert_true(hits.has_more);
}

/* A page ends the same way wherever the hits come from. */
static void pages(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct box_hits hits;
	char name[32];

	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "Common %d", i);
		box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, name }));
	}
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		hits = box_search(h, me, "comm");
		assert_int_equal(hits.n, 20);
		assert_true(hits.has_more);
		assert_string_equal(hits.at[0]->title, "Common 29");
		assert_string_equal(hits.at[19]->title, "Common 10");
		hits = box_search_kind(h, me, "common", NULL, 30);
		assert_int_equal(hits.n, 30);
		assert_false(hits.has_more);
		hits = box_search_kind(h, me, "common 17", NULL, 5);
		assert_int_equal(hits.n, 1);
		assert_false(hits.has_more);
		hits = box_search_kind(h, me, "common", NULL, 1000000);
		assert_int_equal(hits.n, 30);
		box_index(h);
	}
}

static void kinds(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct box_hits hits;

	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "Vega" }));
	box_add(h, me, "note", BOX_FIELDS({ NOTE_TEXT, "call Vega" }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		assert_int_equal(box_search(h, me, "vega").n, 2);
		hits = box_search_kind(h, me, "vega", "note", 0);
		assert_int_equal(hits.n, 1);
		assert_string_equal(hits.at[0]->kind, "note");
		assert_int_equal(box_search_kind(h, me, "vega", "team", 0).n,
				 0);
		box_index(h);
	}
	hits = box_search_kind(h, me, "vega", "planet", 0);
	assert_int_equal(hits.code, OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(hits.field, "kinds[0]");
	assert_non_null(strstr(hits.text, "company, "));
}

/* Each number as it is written, and each way to type it. */
static void phones(void **state)
{
	static const char *const typed[] = {
		"+380 67 123-45-67",
		"0671234567",
		"067 123 45 67",
		"(067) 123-4567",
		"380671234567",
		"4567",
		"45-67",
		"1234567",
		"00380671234567",
	};
	struct app_harness *h = *state;
	const char *me = h->admin_token;

	box_add_phone(h, me, "Plus", "+380671234567");
	box_add_phone(h, me, "Zero", "067 123-45-67");
	box_add_phone(h, me, "Other", "+380671234568");
	box_add(h, me, "note", BOX_FIELDS({ NOTE_TEXT, "room 45, 67 people" }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
			struct box_hits hits =
				box_search_kind(h, me, typed[i], "contact", 0);
			assert_int_equal(hits.n, 2);
			assert_string_equal(hits.at[0]->title, "Zero");
			assert_string_equal(hits.at[1]->title, "Plus");
			assert_string_equal(hits.at[0]->field_path,
					    "phones.number");
			assert_string_equal(hits.at[0]->text, "067 123-45-67");
		}
		/* Two numbers of a text are no telephone number. */
		box_expect(h, me, "45 67", "room 45, 67 people", "Zero", "Plus",
			   NULL);
		/* Beginnings, in any writing that has the country in it. */
		box_expect(h, me, "+380 67", "Other", "Plus", NULL);
		box_expect(h, me, "plus 4567", "Plus", NULL);
		box_expect(h, me, "456", NULL);
		box_index(h);
	}
}

/* A zero before the area's code stands in no international number. */
static void trunk_zeros(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;

	box_add_phone(h, me, "Abroad", "+49 171 123456");
	box_add_phone(h, me, "Home", "0171/123456");
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, me, "0171 123456", "Home", "Abroad", NULL);
		box_expect(h, me, "+49 171 123456", "Abroad", NULL);
		box_expect(h, me, "171123456", "Home", "Abroad", NULL);
		box_index(h);
	}
}

static void slips(void **state)
{
	static const char *const typed[] = {
		"kowalenko", "kovaleko",	 "kovalennko",
		"kvoalenko", "oksana kovalemko", "коваленко",
	};
	struct app_harness *h = *state;
	const char *me = h->admin_token;

	box_add(h, me, "contact",
		BOX_FIELDS({ CONTACT_GIVEN, "Oksana" },
			   { CONTACT_FAMILY, "Kovalenko" }));
	box_add(h, me, "contact", BOX_FIELDS({ CONTACT_FAMILY, "Шевченко" }));
	box_index(h);
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		struct box_hits hits = box_search(h, me, typed[i]);
		if (i == 5) { /* other letters are no slip */
			assert_int_equal(hits.n, 0);
			continue;
		}
		assert_int_equal(hits.n, 1);
		assert_true(hits.at[0]->is_near);
		assert_string_equal(hits.at[0]->field_path,
				    i == 4 ? "given_name" : "family_name");
	}
	assert_true(box_search(h, me, "шевченок").at[0]->is_near);
	assert_true(box_search(h, me, "шивченко").at[0]->is_near);
	/* Two slips, a short word, a number. */
	assert_int_equal(box_search(h, me, "kowalemko").n, 0);
	assert_int_equal(box_search(h, me, "kob").n, 0);
	/* Who is found as typed isn't near, and comes first. */
	box_add(h, me, "contact", BOX_FIELDS({ CONTACT_FAMILY, "Kowalenko" }));
	box_index(h);
	struct box_hits hits = box_search(h, me, "kowalenko");
	assert_int_equal(hits.n, 2);
	assert_false(hits.at[0]->is_near);
	assert_string_equal(hits.at[0]->title, "Kowalenko");
	assert_true(hits.at[1]->is_near);
}

static void changes(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;

	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		struct uuid id =
			box_add(h, me, "company",
				BOX_FIELDS({ COMPANY_NAME, "Sirius" }));
		if (is_indexed)
			box_index(h);
		box_change(h, me, "company", &id,
			   BOX_FIELDS({ COMPANY_NAME, "Canopus" }));
		if (is_indexed)
			box_index(h);
		box_expect(h, me, "sirius", NULL);
		box_expect(h, me, "canopus", "Canopus", NULL);
		box_delete(h, me, "company", &id);
		if (is_indexed)
			box_index(h);
		box_expect(h, me, "canopus", NULL);
		box_undelete(h, me, "company", &id);
		if (is_indexed)
			box_index(h);
		box_expect(h, me, "canopus", "Canopus", NULL);
		box_delete(h, me, "company", &id);
	}
}

/* Owner, their manager, whom it is shared with; nobody else, by no word. */
static void scopes(void **state)
{
	struct app_harness *h = *state;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid south = harness_add_team(h, "South", NULL);
	struct harness_user rep = harness_add_user(h, "rep", RANK_REP, &north);
	struct harness_user other =
		harness_add_user(h, "other", RANK_REP, &south);
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, &north);
	struct harness_user stranger =
		harness_add_user(h, "stranger", RANK_MANAGER, &south);
	char id[UUID_TEXT_LEN + 1];
	struct uuid note = box_add(h, rep.token, "note",
				   BOX_FIELDS({ NOTE_TEXT, "arcturus" }));

	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, rep.token, "arct", "arcturus", NULL);
		box_expect(h, boss.token, "arct", "arcturus", NULL);
		box_expect(h, h->admin_token, "arct", "arcturus", NULL);
		box_expect(h, other.token, "arct", NULL);
		box_expect(h, stranger.token, "arct", NULL);
		box_expect(h, stranger.token, "arcturos", NULL);
		assert_false(box_search(h, other.token, "arct").has_more);
		box_index(h);
	}
	uuid_format(id, &other.id);
	box_change(h, rep.token, "note", &note,
		   BOX_FIELDS({ SHARED_USERS, id }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, other.token, "arct", "arcturus", NULL);
		box_expect(h, stranger.token, "arct", NULL);
		box_index(h);
	}
	/* The rep goes south, and the note with them. */
	uuid_format(id, &south);
	box_change(h, h->admin_token, "user", &rep.id, BOX_FIELDS({ 13, id }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, stranger.token, "arct", "arcturus", NULL);
		box_expect(h, boss.token, "arct", NULL);
		box_index(h);
	}
}

static struct uuid send_create(struct app_harness *h, const char *path,
			       const struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct uuid id;

	wire_put_bytes(&request, 1, record->at, record->len);
	reply = harness_call(h, path, h->admin_token, request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", path, reply->text);
	id = harness_uuid(reply->message, 1);
	buffer_free(&request);
	return id;
}

/* A text of a company that only managers know of. */
static struct uuid add_secret_field(struct app_harness *h)
{
	struct buffer record = harness_buffer();
	struct uuid id;

	harness_put_text(&record, 10, "company");
	harness_put_text(&record, 11, "nickname");
	harness_put_text(&record, 12, "Nickname");
	wire_put_scalar(&record, 13, 1); /* CUSTOM_TYPE_TEXT */
	wire_put_scalar(&record, 17, RANK_MANAGER);
	id = send_create(h, "CustomFieldService/CreateCustomField", &record);
	buffer_free(&record);
	return id;
}

static void add_with_secret(struct app_harness *h, const char *name,
			    const struct uuid *owner, const struct uuid *field,
			    const char *text)
{
	struct buffer record = harness_buffer(), value = harness_buffer();

	harness_put_uuid(&record, 6, owner);
	harness_put_text(&record, COMPANY_NAME, name);
	harness_put_uuid(&value, 1, field);
	harness_put_text(&value, 2, text);
	wire_put_bytes(&record, 250, value.at, value.len);
	send_create(h, "CompanyService/CreateCompany", &record);
	buffer_free(&record);
	buffer_free(&value);
}

/* Added fields are found by who sees them, and lead nobody else. */
static void added_fields(void **state)
{
	struct app_harness *h = *state;
	struct harness_user rep = harness_add_user(h, "rep", RANK_REP, NULL);
	struct uuid field = add_secret_field(h);
	char name[32];
	struct box_hits hits;

	add_with_secret(h, "Altair", &rep.id, &field, "golden goose");
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		box_expect(h, h->admin_token, "goose", "Altair", NULL);
		hits = box_search(h, h->admin_token, "golden altair");
		assert_int_equal(hits.n, 1);
		hits = box_search(h, h->admin_token, "gold");
		assert_string_equal(hits.at[0]->field_path, "custom.text");
		assert_string_equal(hits.at[0]->text, "golden goose");
		box_expect(h, rep.token, "goose", NULL);
		box_expect(h, rep.token, "golden altair", NULL);
		box_expect(h, rep.token, "goosee", NULL);
		box_expect(h, rep.token, "altair", "Altair", NULL);
		box_index(h);
	}
	/* Nor does it tell that a search was given up among them. */
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "Moon %d", i);
		add_with_secret(h, name, &rep.id, &field, "golden goose");
	}
	box_index(h);
	assert_true(box_search(h, h->admin_token, "goose").has_more);
	hits = box_search(h, rep.token, "goose");
	assert_int_equal(hits.n, 0);
	assert_false(hits.has_more);
}

/* What is far behind is told; the newest is found all the same. */
static void far_behind(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct box_hits hits;
	char name[32];

	box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, "Old" }));
	box_index(h);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "Comet %d", i);
		box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, name }));
	}
	/* As if nobody had indexed them. */
	box_forget(h, 300);
	hits = box_search(h, me, "comet 299");
	assert_int_equal(hits.n, 1);
	assert_true(hits.has_more);
	assert_int_equal(box_search(h, me, "old").n, 1);
	/* That search had it done. */
	box_index(h);
	hits = box_search_kind(h, me, "comet 0", NULL, 100);
	assert_int_equal(hits.n, 1);
	assert_false(hits.has_more);
}

/* Titles and texts are cut at a character. */
static void long_texts(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	struct box_hits hits;
	char text[3001] = "Начало:";

	while (strlen(text) + strlen(" слово") <= 2990)
		put_behind(text, sizeof(text), " слово");
	put_behind(text, sizeof(text), " конец");
	box_add(h, me, "note", BOX_FIELDS({ NOTE_TEXT, text }));
	for (int is_indexed = 0; is_indexed < 2; is_indexed++) {
		hits = box_search(h, me, "начало конец");
		assert_int_equal(hits.n, 1);
		assert_in_range(strlen(hits.at[0]->title), 998, 1000);
		assert_in_range(strlen(hits.at[0]->text), 398, 400);
		assert_memory_equal(hits.at[0]->text, text, 398);
		assert_true(utf8_is_valid_text(hits.at[0]->text,
					       strlen(hits.at[0]->text)));
		assert_true(utf8_is_valid_text(hits.at[0]->title,
					       strlen(hits.at[0]->title)));
		box_index(h);
	}
}

/* Nothing that is typed is read as a query of the database. */
static void hostile(void **state)
{
	static const char *const typed[] = {
		"\"",
		"*",
		"a*",
		"^a",
		"-a",
		"a NOT b",
		"NEAR(a b)",
		"words:a",
		"{words}:a",
		"a\" OR \"b",
		"('",
		"a AND",
		"OR",
		"\\",
		"+",
		"search_text : vega",
		"; DROP TABLE search_doc",
		"%",
		"_",
	};
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	char many[401] = { 0 };
	struct box_hits hits;

	box_add(h, me, "note",
		BOX_FIELDS({ NOTE_TEXT, "vega or not near and" }));
	box_index(h);
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		hits = box_search(h, me, typed[i]);
		assert_true(hits.code == OUTRIDER_OK ||
			    hits.code == OUTRIDER_INVALID_ARGUMENT);
	}
	assert_int_equal(box_search(h, me, "vega OR").n, 1);
	assert_int_equal(box_search(h, me, "planet OR vega").n, 0);
	assert_int_equal(box_search(h, me, "vega NOT near").n, 1);
	/* One-letter words, as many as fit. */
	for (size_t i = 0; i < 400; i++)
		many[i] = i % 2 ? ' ' : 'a';
	hits = box_search(h, me, many);
	assert_int_equal(hits.code, OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(hits.field, "query");
	many[31] = 0;
	assert_int_equal(box_search(h, me, many).code, OUTRIDER_OK);
	memset(many, 'a', 400);
	assert_int_equal(box_search(h, me, many).n, 0);
	hits = box_search(h, me, "?! ...");
	assert_int_equal(hits.code, OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(hits.field, "query");
}

/* The server stops in the middle, and goes on where it was. */
static void restarts(void **state)
{
	struct app_harness *h = *state;
	const char *me = h->admin_token;
	char name[32];

	for (int i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "Star %d", i);
		box_add(h, me, "company", BOX_FIELDS({ COMPANY_NAME, name }));
		if (i % 40 == 39)
			harness_restart(h);
	}
	assert_int_equal(box_search_kind(h, me, "star", NULL, 100).n, 100);
	box_expect(h, me, "star 3", "Star 3", "Star 39", "Star 38", "Star 37",
		   "Star 36", "Star 35", "Star 34", "Star 33", "Star 32",
		   "Star 31", "Star 30", NULL);
}

#define IN_FIRM(test) \
	cmocka_unit_test_setup_teardown(test, open_firm, close_firm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIRM(letters),    IN_FIRM(words),	    IN_FIRM(order),
		IN_FIRM(buried),     IN_FIRM(pages),	    IN_FIRM(kinds),
		IN_FIRM(phones),     IN_FIRM(trunk_zeros),  IN_FIRM(slips),
		IN_FIRM(changes),    IN_FIRM(scopes),	    IN_FIRM(hostile),
		IN_FIRM(restarts),   IN_FIRM(added_fields), IN_FIRM(far_behind),
		IN_FIRM(long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
