/*
 * Search against a model of a few lines: random records of a small firm,
 * random queries of people who see different parts of it. The same hits, each
 * found as well as the model says, in the model's order, wherever they come
 * from: the index, the log behind it, or both.
 */
#include "search_box.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	FAMILY = 11,
	POSITION = 13,
	PREFERENCES = 20,
	SHARED_USERS = 251,
	USER_ROLE = 16,
	ROLE_NAME = 10,
	ROLE_HIDDEN_FIELDS = 12,

	N_RECORDS = 60,
	N_STEPS = 400,
	N_WORDS = 40,
	WORDS_MAX = 3,
	TEXT_ROOM = 64,
	FEW = 10,
};

enum who { ADMIN, BOSS, REP, CLERK, N_PEOPLE };

struct record {
	struct uuid id;
	bool is_there, is_deleted, is_shared; /* with the other of the two */
	enum who owner;
	/* The title's one, one that the clerk doesn't see, and another. */
	char texts[3][TEXT_ROOM];
	uint64_t rev;
};

enum { TEXT_TITLE, TEXT_HIDDEN, TEXT_OTHER };

struct model {
	struct app_harness harness;
	struct harness_user people[N_PEOPLE]; /* but the first */
	struct record records[N_RECORDS];
	char words[N_WORDS][12];
	unsigned seed;
};

static unsigned any(struct model *m, unsigned n)
{
	m->seed = m->seed * 1103515245 + 12345;
	return (m->seed >> 8) % n;
}

static const char *token_of(struct model *m, enum who who)
{
	return who == ADMIN ? m->harness.admin_token : m->people[who].token;
}

/* ------------------------------------------------------------ what is true */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Is b a slip away from a, or less? Tries every way, byte by byte. */
static bool is_slip(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t same = 0, most = smaller(a_len, b_len);

	while (same < most && a[same] == b[same])
		same++;
	a += same, a_len -= same, b += same, b_len -= same;
	if (a_len == b_len)
		return a_len == 0 || memcmp(a + 1, b + 1, a_len - 1) == 0 ||
		       (a_len > 1 && a[0] == b[1] && a[1] == b[0] &&
			memcmp(a + 2, b + 2, a_len - 2) == 0);
	if (a_len == b_len + 1)
		return memcmp(a + 1, b, b_len) == 0;
	return b_len == a_len + 1 && memcmp(b + 1, a, a_len) == 0;
}

enum level { NONE, NEAR, BEGUN, WHOLE };

static enum level level_of(const char *typed, const char *word, size_t len)
{
	size_t typed_len = strlen(typed);

	if (len >= typed_len && memcmp(typed, word, typed_len) == 0)
		return len == typed_len ? WHOLE : BEGUN;
	for (size_t i = 1; typed_len >= 4 && i <= len; i++)
		if (is_slip(typed, typed_len, word, i))
			return NEAR;
	return NONE;
}

static enum level level_in(const char *typed, const char *text)
{
	enum level best = NONE;

	while (*text) {
		size_t len = strcspn(text, " ");
		enum level level = level_of(typed, text, len);
		if (level > best)
			best = level;
		text += len + strspn(text + len, " ");
	}
	return best;
}

struct expected {
	const struct record *record;
	unsigned near, begun, untitled;
};

/* Does the record answer to the words, for who may see these texts of it? */
static bool answers(struct expected *out, const struct record *record,
		    char typed[WORDS_MAX][12], size_t n, bool is_clerk)
{
	*out = (struct expected){ .record = record };
	for (size_t i = 0; i < n; i++) {
		enum level best = NONE, in_title;
		for (size_t j = 0; j < 3; j++) {
			enum level level = level_in(typed[i], record->texts[j]);
			if (is_clerk && j == TEXT_HIDDEN)
				continue;
			if (level > best)
				best = level;
		}
		if (best == NONE)
			return false;
		in_title = level_in(typed[i], record->texts[TEXT_TITLE]);
		out->near += best == NEAR;
		out->begun += best == BEGUN;
		out->untitled += in_title != best;
	}
	return true;
}

static bool sees(enum who who, const struct record *record)
{
	if (!record->is_there || record->is_deleted)
		return false;
	/* The boss's team has the rep in it, and not the clerk. */
	return who == ADMIN || who == record->owner ||
	       (who == BOSS && record->owner == REP) ||
	       (record->is_shared && (who == REP || who == CLERK));
}

static int compare(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	if (x->near != y->near)
		return x->near < y->near ? -1 : 1;
	if (x->begun != y->begun)
		return x->begun < y->begun ? -1 : 1;
	if (x->untitled != y->untitled)
		return x->untitled < y->untitled ? -1 : 1;
	return x->record->rev > y->record->rev ? -1 : 1;
}

/* Slips count where few are found as typed. */
static size_t expect(struct expected *out, struct model *m, enum who who,
		     char typed[WORDS_MAX][12], size_t n_typed)
{
	size_t n = 0, n_exact = 0, kept = 0;

	for (size_t i = 0; i < N_RECORDS; i++) {
		if (!sees(who, &m->records[i]) ||
		    !answers(&out[n], &m->records[i], typed, n_typed,
			     who == CLERK))
			continue;
		n_exact += out[n].near == 0;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		if (n_exact < FEW || out[i].near == 0)
			out[kept++] = out[i];
	qsort(out, kept, sizeof(out[0]), compare);
	return kept;
}

/* ------------------------------------------------------------ what is done */

static void make_words(struct model *m)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		size_t len = 1 + any(m, 7);
		for (size_t j = 0; j < len; j++)
			m->words[i][j] = (char)('a' + any(m, 3));
	}
}

static void make_text(struct model *m, char out[TEXT_ROOM])
{
	size_t n = 1 + any(m, 4), len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, TEXT_ROOM - len, "%s%s",
					i ? " " : "",
					m->words[any(m, N_WORDS)]);
}

static void share(struct model *m, struct record *record)
{
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &m->people[record->owner == REP ? CLERK : REP].id);
	box_change(&m->harness, m->harness.admin_token, "contact", &record->id,
		   BOX_FIELDS({ SHARED_USERS, id }));
	record->is_shared = true;
}

/* The administrator writes what the clerk doesn't know of. */
static void write_texts(struct model *m, const struct record *record)
{
	box_change(&m->harness, m->harness.admin_token, "contact", &record->id,
		   BOX_FIELDS({ FAMILY, record->texts[TEXT_TITLE] },
			      { POSITION, record->texts[TEXT_HIDDEN] },
			      { PREFERENCES, record->texts[TEXT_OTHER] }));
}

static void act(struct model *m)
{
	struct record *record = &m->records[any(m, N_RECORDS)];
	struct app_harness *h = &m->harness;
	const char *token = token_of(m, record->owner);
	uint64_t rev = harness_rev(h);

	if (record->is_there && !record->is_deleted && any(m, 6) == 0) {
		box_delete(h, token, "contact", &record->id);
		record->is_deleted = true;
		return;
	}
	for (size_t i = 0; i < 3; i++)
		if (!record->is_there || any(m, 2))
			make_text(m, record->texts[i]);
	if (!record->is_there) {
		record->owner = any(m, 2) ? REP : CLERK;
		record->id = box_add(h, token_of(m, record->owner), "contact",
				     BOX_FIELDS({ FAMILY, "new" }));
		record->is_there = true;
	} else if (record->is_deleted) {
		box_undelete(h, token, "contact", &record->id);
		record->is_deleted = false;
	} else if (any(m, 6) == 0) {
		share(m, record);
	}
	write_texts(m, record);
	/* What is written as it stands is no change. */
	if (harness_rev(h) != rev)
		record->rev = harness_rev(h);
}

static void tell(const struct record *record, unsigned near, unsigned begun,
		 unsigned untitled)
{
	print_message("  %u %u %u at %u: \"%s\" \"%s\" \"%s\"\n", near, begun,
		      untitled, (unsigned)record->rev, record->texts[0],
		      record->texts[1], record->texts[2]);
}

static void tell_hits(struct model *m, const struct expected *expected,
		      size_t n, const struct box_hits *hits)
{
	for (size_t i = 0; i < n; i++)
		tell(expected[i].record, expected[i].near, expected[i].begun,
		     expected[i].untitled);
	print_message("but there were\n");
	for (size_t i = 0; i < hits->n; i++) {
		for (size_t j = 0; j < N_RECORDS; j++) {
			char id[UUID_TEXT_LEN + 1];
			uuid_format(id, &m->records[j].id);
			if (strcmp(id, hits->at[i]->id) == 0)
				tell(&m->records[j],
				     hits->at[i]->is_near ? 1 : 0, 0, 0);
		}
	}
}

static void check_search(struct model *m)
{
	char typed[WORDS_MAX][12] = { { 0 } }, query[TEXT_ROOM] = { 0 };
	struct expected expected[N_RECORDS];
	enum who who = (enum who)any(m, N_PEOPLE);
	size_t n_typed = 1 + any(m, WORDS_MAX), len = 0, n;
	struct box_hits hits;

	for (size_t i = 0; i < n_typed; i++) {
		memcpy(typed[i], m->words[any(m, N_WORDS)], sizeof(typed[i]));
		/* A beginning, or a slip. */
		if (any(m, 3) == 0)
			typed[i][1 + any(m, (unsigned)strlen(typed[i]))] = 0;
		else if (any(m, 3) == 0)
			typed[i][any(m, (unsigned)strlen(typed[i]))] =
				(char)('a' + any(m, 4));
		len += (size_t)snprintf(query + len, sizeof(query) - len, "%s ",
					typed[i]);
	}
	n = expect(expected, m, who, typed, n_typed);
	hits = box_search_kind(&m->harness, token_of(m, who), query, "contact",
			       100);
	assert_int_equal(hits.code, OUTRIDER_OK);
	for (size_t i = 0; i < n && i < hits.n; i++) {
		char id[UUID_TEXT_LEN + 1];
		uuid_format(id, &expected[i].record->id);
		if (strcmp(id, hits.at[i]->id) != 0 ||
		    hits.at[i]->is_near != (expected[i].near > 0)) {
			tell_hits(m, expected, n, &hits);
			fail_msg("%s for %d: hit %zu is \"%s\", not \"%s\"",
				 query, (int)who, i, hits.at[i]->title,
				 expected[i].record->texts[0]);
		}
	}
	if (n != hits.n) {
		tell_hits(m, expected, n, &hits);
		fail_msg("%s for %d: %zu hits, not %zu", query, (int)who,
			 hits.n, n);
	}
	assert_false(hits.has_more);
}

static void open_model(struct model *m, unsigned seed)
{
	struct app_harness *h = &m->harness;
	struct uuid north, south, role;
	char id[UUID_TEXT_LEN + 1];

	*m = (struct model){ .seed = seed };
	harness_open(h);
	north = harness_add_team(h, "North", NULL);
	south = harness_add_team(h, "South", NULL);
	m->people[BOSS] = harness_add_user(h, "boss", RANK_MANAGER, &north);
	m->people[REP] = harness_add_user(h, "rep", RANK_REP, &north);
	m->people[CLERK] = harness_add_user(h, "clerk", RANK_REP, &south);
	role = box_add(h, h->admin_token, "role",
		       BOX_FIELDS({ ROLE_NAME, "Clerk" },
				  { ROLE_HIDDEN_FIELDS, "contact.position" }));
	uuid_format(id, &role);
	box_change(h, h->admin_token, "user", &m->people[CLERK].id,
		   BOX_FIELDS({ USER_ROLE, id }));
	make_words(m);
}

static void same_as_the_model(void **state)
{
	static struct model model;
	struct model *m = &model;

	(void)state;
	for (unsigned seed = 1; seed <= 6; seed++) {
		print_message("seed %u\n", seed);
		open_model(m, seed);
		for (unsigned i = 0; i < N_STEPS; i++) {
			act(m);
			if (any(m, 25) == 0)
				box_index(&m->harness);
			if (any(m, 60) == 0)
				harness_restart(&m->harness);
			check_search(m);
			check_search(m);
		}
		harness_close(&m->harness);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
