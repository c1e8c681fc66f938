/*
 * Pages of timelines stay right while more is written; and all of it against
 * a model that knows no lanes and no pages.
 */
#include "card_world.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const only_changes[] = { "change", NULL };

/* ------------------------------------------------------------------ pages */

static void test_pages_while_writing(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct uuid person = card_add_contact(t, rep, "Bondar", &firm);
	struct card_page *page = &t->all, *before = &t->page;

	for (int i = 0; i < 40; i++) {
		card_add_note(t, rep, "n", i % 2 ? NOTE_CONTACT : NOTE_COMPANY,
			      i % 2 ? &person : &firm, 5 * SECOND_US * (i % 3));
		if (i % 4 == 0)
			card_update(t, rep, "Contact", &person,
				    card_named(CONTACT_FAMILY_NAME,
					       i % 8 ? "Bondar"
						     : "Bondarenko"));
	}
	card_first(t, rep, "company", &firm, NULL, 200);
	assert_int_equal(before->n, 52);
	page->n = 0;
	page->token[0] = 0;
	do {
		char from[128];

		snprintf(from, sizeof(from), "%s", page->token);
		card_read_page(page, card_ask(t, rep, "company", &firm, NULL, 7,
					      from[0] ? from : NULL));
		/* Newer than all that was told: they stand above. */
		card_add_note(t, rep, "new", NOTE_COMPANY, &firm, 0);
		card_update(t, rep, "Company", &firm,
			    card_named(COMPANY_NAME,
				       page->n % 2 ? "Agro" : "Agra"));
	} while (page->token[0]);
	assert_int_equal(page->n, before->n);
	for (size_t i = 0; i < page->n; i++) {
		card_assert_entry(&page->entries[i], before->entries[i].kind,
				  &before->entries[i].id,
				  before->entries[i].change);
		assert_int_equal(page->entries[i].at_us,
				 before->entries[i].at_us);
	}
}

/* A clock that is set back loses no change and repeats none. */
static void test_clock_set_back(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct card_page *page;

	/* Many lanes are short: they are filled again and again. */
	for (int i = 0; i < 10; i++)
		card_add_contact(t, rep, "Bondar", &firm);
	for (int i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof(name), "Agro %d", i);
		card_update(t, rep, "Company", &firm,
			    card_named(COMPANY_NAME, name));
		card_add_note(t, rep, "n", NOTE_COMPANY, &firm, 0);
		if (i % 3 == 2)
			t->harness.wall_us -= 7 * SECOND_US;
	}
	for (uint64_t size = 1; size < 19; size++) {
		page = card_all(t, rep, "company", &firm, only_changes, size);
		assert_int_equal(page->n, 23);
		for (int i = 0; i < 12; i++) {
			char name[32];

			snprintf(name, sizeof(name), "Agro %d", 11 - i);
			assert_string_equal(page->entries[i].fields[0].after,
					    name);
		}
		assert_int_equal(
			card_all(t, rep, "company", &firm, NULL, size)->n, 35);
	}
}

static void test_newest_linked(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro"), people[70];
	static const char *const notes[] = { "note", NULL };
	struct card_page *page;

	for (size_t i = 0; i < 70; i++) {
		people[i] = card_add_contact(t, rep, "B", &firm);
		/* Those that nobody sees take nobody's place. */
		card_add_contact(t, t->boss.token, "C", NULL);
	}
	for (size_t i = 0; i < 70; i++)
		card_add_note(t, rep, "n", NOTE_CONTACT, &people[i], 0);
	page = card_all(t, rep, "company", &firm, notes, 30);
	assert_int_equal(page->n, 64);
	for (size_t i = 0; i < page->n; i++)
		card_assert_by(&page->entries[i], "contact", &people[69 - i]);
}

/* Thousands that the caller may not see end a page, and not the timeline. */
static void test_much_unseen(void **state)
{
	struct card_test *t = *state;
	struct uuid firm = card_create(t, t->rep.token, "Company",
				       card_named(COMPANY_NAME, "Agro"));
	static const char *const notes[] = { "note", NULL };
	struct uuid deep =
		card_add_note(t, t->rep.token, "deep", NOTE_COMPANY, &firm, 0);
	size_t n_pages = 0;

	for (size_t i = 0; i < 4100; i++)
		card_add_note(t, t->boss.token, "n", NOTE_COMPANY, &firm, 0);
	t->page.n = 0;
	t->page.token[0] = 0;
	do {
		char from[128];

		snprintf(from, sizeof(from), "%s", t->page.token);
		card_read_page(&t->page,
			       card_ask(t, t->rep.token, "company", &firm,
					notes, 0, from[0] ? from : NULL));
		n_pages++;
	} while (t->page.token[0]);
	assert_int_equal(n_pages, 3);
	assert_int_equal(t->page.n, 1);
	card_assert_entry(&t->page.entries[0], "note", &deep, 0);
}

/* ------------------------------------------------------------------ model */

enum { THINGS_MAX = 400, EVENTS_MAX = 1200, LINKS_MAX = 6 };

enum thing_kind { FIRM, PERSON, SALE, NOTE, TASK };

static const struct {
	const char *name, *service;
	uint32_t title;
	bool is_entry;
} thing_kinds[] = {
	[FIRM] = { "company", "Company", COMPANY_NAME, false },
	[PERSON] = { "contact", "Contact", CONTACT_FAMILY_NAME, false },
	[SALE] = { "deal", "Deal", DEAL_NAME, true },
	[NOTE] = { "note", "Note", NOTE_TEXT, true },
	[TASK] = { "task", "Task", TASK_SUBJECT, true },
};

/* A record as the model remembers it. */
struct thing {
	enum thing_kind kind;
	struct uuid id;
	uint32_t number; /* of the kind */
	bool is_theirs;	 /* owned by the other rep */
	bool is_deleted;
	int64_t at_us, created_us;
	size_t links[LINKS_MAX];
	size_t n_links;
};

struct event {
	size_t thing;
	uint64_t change;
	int64_t at_us;
};

struct model {
	struct card_test *t;
	uint64_t seed;
	struct thing things[THINGS_MAX];
	struct event events[EVENTS_MAX]; /* in the order of revisions */
	size_t n_things, n_events;
};

static size_t roll(struct model *m, size_t n)
{
	m->seed = m->seed * UINT64_C(6364136223846793005) +
		  UINT64_C(1442695040888963407);
	return (size_t)(m->seed >> 33) % n;
}

static void remember(struct model *m, size_t thing, uint64_t change)
{
	assert_true(m->n_events < EVENTS_MAX);
	m->events[m->n_events++] = (struct event){
		.thing = thing,
		.change = change,
		.at_us = m->t->harness.wall_us,
	};
}

/* Some thing of a kind, or none. */
static size_t pick(struct model *m, enum thing_kind kind)
{
	for (int tries = 0; tries < 20 && m->n_things > 0; tries++) {
		size_t i = roll(m, m->n_things);

		if (m->things[i].kind == kind)
			return i;
	}
	return THINGS_MAX;
}

/* In some of its fields: single ones for one target, others for more. */
static void refer(struct model *m, struct thing *thing, struct buffer *record,
		  enum thing_kind kind, uint32_t field, size_t most)
{
	size_t n = roll(m, most + 1);

	for (size_t i = 0; i < n; i++) {
		size_t target = pick(m, kind);
		bool is_there = target == THINGS_MAX;

		for (size_t k = 0; k < thing->n_links; k++)
			is_there |= thing->links[k] == target;
		if (is_there)
			continue;
		harness_put_uuid(record, field, &m->things[target].id);
		thing->links[thing->n_links++] = target;
	}
}

static const char *author(const struct model *m, const struct thing *thing)
{
	/* The boss sees all that one may refer to. */
	(void)thing;
	return m->t->boss.token;
}

static void add_thing(struct model *m)
{
	size_t i = m->n_things;
	struct thing *thing = &m->things[i];
	struct card_test *t = m->t;
	int64_t own_us =
		t->harness.wall_us + SECOND_US * ((int64_t)roll(m, 400) - 300);
	struct buffer record;
	static const enum thing_kind kinds[] = { FIRM, PERSON, PERSON, SALE,
						 NOTE, NOTE,   NOTE,   TASK };

	*thing = (struct thing){
		.kind = i == 0 ? FIRM : kinds[roll(m, 8)],
		.is_theirs = roll(m, 4) == 0,
	};
	thing->number =
		schema_entity_named(thing_kinds[thing->kind].name,
				    strlen(thing_kinds[thing->kind].name))
			->number;
	record = thing->kind == SALE
			 ? card_deal(t, "x")
			 : card_named(thing_kinds[thing->kind].title, "x");
	harness_put_uuid(&record, FIELD_OWNER,
			 thing->is_theirs ? &t->other.id : &t->rep.id);
	switch (thing->kind) {
	case FIRM:
		break;
	case PERSON:
		refer(m, thing, &record, FIRM, CONTACT_COMPANIES, 2);
		break;
	case SALE:
		refer(m, thing, &record, FIRM, DEAL_COMPANY, 1);
		refer(m, thing, &record, PERSON, DEAL_CONTACTS, 2);
		break;
	case NOTE:
		refer(m, thing, &record, FIRM, NOTE_COMPANY, 1);
		refer(m, thing, &record, PERSON, NOTE_CONTACT, 1);
		refer(m, thing, &record, SALE, NOTE_DEAL, 1);
		wire_put_timestamp(&record, NOTE_TIME, own_us);
		break;
	case TASK:
		refer(m, thing, &record, FIRM, TASK_COMPANY, 1);
		refer(m, thing, &record, PERSON, TASK_CONTACTS, 3);
		if (own_us % 2 == 0)
			wire_put_timestamp(&record, TASK_DUE, own_us);
		break;
	}
	thing->id = card_create(t, author(m, thing),
				thing_kinds[thing->kind].service, record);
	thing->created_us = t->harness.wall_us;
	thing->at_us = thing->created_us;
	if (thing->kind == NOTE || (thing->kind == TASK && own_us % 2 == 0))
		thing->at_us = own_us;
	m->n_things++;
	remember(m, i, 1);
}

static void change_thing(struct model *m)
{
	size_t i = roll(m, m->n_things);
	struct thing *thing = &m->things[i];
	const char *service = thing_kinds[thing->kind].service;
	char name[32];

	if (thing->is_deleted || roll(m, 8) == 0) {
		card_act(m->t, author(m, thing),
			 thing->is_deleted ? "Undelete" : "Delete", service,
			 &thing->id);
		remember(m, i, thing->is_deleted ? 4 : 3);
		thing->is_deleted = !thing->is_deleted;
		return;
	}
	snprintf(name, sizeof(name), "%zu", m->n_events);
	card_update(m->t, author(m, thing), service, &thing->id,
		    card_named(thing_kinds[thing->kind].title, name));
	remember(m, i, 2);
}

/* What is expected of one entry. */
struct expected {
	int64_t at_us;
	uint32_t number;
	struct uuid id;
	uint64_t change;
};

static bool
is_linked(const struct model *m, size_t card, const struct thing *thing)
{
	bool is_kind = (m->things[card].kind == FIRM &&
			(thing->kind == PERSON || thing->kind == SALE)) ||
		       (m->things[card].kind == PERSON && thing->kind == SALE);

	for (size_t k = 0; is_kind && k < thing->n_links; k++)
		if (thing->links[k] == card)
			return true;
	return false;
}

static int compare_expected(const void *left, const void *right)
{
	const struct expected *a = left, *b = right;

	if (a->at_us != b->at_us)
		return a->at_us > b->at_us ? -1 : 1;
	if (a->number != b->number)
		return a->number > b->number ? -1 : 1;
	return -uuid_compare(&a->id, &b->id);
}

/* Records first, then changes, then both as they meet. */
static size_t
expect(struct expected *out, const struct model *m, size_t card, bool sees_all)
{
	static struct expected records[THINGS_MAX], changes[EVENTS_MAX];
	bool is_target[THINGS_MAX] = { false };
	size_t n_records = 0, n_changes = 0, n = 0, i = 0, k = 0;

	for (i = 0; i < m->n_things; i++)
		is_target[i] = i == card ||
			       (is_linked(m, card, &m->things[i]) &&
				(sees_all || !m->things[i].is_theirs));
	for (i = 0; i < m->n_things; i++) {
		const struct thing *thing = &m->things[i];
		bool is_here = false;

		for (k = 0; k < thing->n_links; k++)
			is_here |= is_target[thing->links[k]];
		if (is_here && i != card && !thing->is_deleted &&
		    thing_kinds[thing->kind].is_entry &&
		    (sees_all || !thing->is_theirs))
			records[n_records++] =
				(struct expected){ thing->at_us, thing->number,
						   thing->id, 0 };
	}
	qsort(records, n_records, sizeof(records[0]), compare_expected);
	for (i = m->n_events; i-- > 0;)
		if (is_target[m->events[i].thing])
			changes[n_changes++] = (struct expected){
				m->events[i].at_us,
				m->things[m->events[i].thing].number,
				m->things[m->events[i].thing].id,
				m->events[i].change
			};
	for (i = 0, k = 0; i < n_records || k < n_changes;)
		out[n++] =
			k == n_changes || (i < n_records &&
					   records[i].at_us >= changes[k].at_us)
				? records[i++]
				: changes[k++];
	return n;
}

static void
compare_card(struct model *m, size_t card, bool sees_all, uint64_t size)
{
	static struct expected expected[THINGS_MAX + EVENTS_MAX];
	struct card_test *t = m->t;
	const struct thing *thing = &m->things[card];
	const char *token = sees_all ? t->boss.token : t->rep.token;
	struct card_page *page;
	size_t n = expect(expected, m, card, sees_all);

	if (thing->is_theirs && !sees_all) {
		assert_int_equal(card_ask(t, token,
					  thing_kinds[thing->kind].name,
					  &thing->id, NULL, 0, NULL)
					 ->code,
				 OUTRIDER_NOT_FOUND);
		return;
	}
	page = card_all(t, token, thing_kinds[thing->kind].name, &thing->id,
			NULL, size);
	assert_int_equal(page->n, n);
	for (size_t i = 0; i < n; i++) {
		const struct card_entry *entry = &page->entries[i];

		card_assert_entry(entry,
				  schema_entity(expected[i].number)->name,
				  &expected[i].id, expected[i].change);
		assert_int_equal(entry->at_us, expected[i].at_us);
	}
}

static void test_model(void **state)
{
	static struct model model;
	struct model *m = &model;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		*m = (struct model){ .t = *state, .seed = seed };
		for (int i = 0; i < 300; i++) {
			if (m->n_things < 12 || roll(m, 3) == 0)
				add_thing(m);
			else
				change_thing(m);
		}
		for (size_t card = 0; card < m->n_things; card++) {
			compare_card(m, card, true, 1 + roll(m, 60));
			compare_card(m, card, false, 1 + roll(m, 9));
		}
	}
}

int main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, card_open_firm, card_close_firm)
	const struct CMUnitTest tests[] = {
		TEST(test_pages_while_writing),
		TEST(test_clock_set_back),
		TEST(test_newest_linked),
		TEST(test_much_unseen),
		TEST(test_model),
	};

	return cmocka_run_group_tests_name("timeline_pages", tests, NULL, NULL);
}
