/*
 * Feeds and lists against a model that is a plain array and a sort.
 */
#include "contract.h"
#include "suite.h"

#define SCOPES	6
#define RECORDS 60

/* ------------------------------------------------------------------ model */

struct model_entry {
	unsigned scope;
	struct uuid id;
	uint64_t rev, entered_rev;
	enum feed_op op;
};

struct model_record {
	struct uuid id;
	bool is_deleted;
	bool lies_in[SCOPES]; /* of a deleted one: where it lay */
};

struct model {
	struct model_record records[RECORDS];
	size_t n_records;
	struct model_entry entries[RECORDS * SCOPES];
	size_t n_entries;
	uint64_t rev;
};

static struct model_entry *
model_entry(struct model *model, unsigned scope, const struct uuid *id)
{
	for (size_t i = 0; i < model->n_entries; i++) {
		struct model_entry *entry = &model->entries[i];
		if (entry->scope == scope && uuid_compare(&entry->id, id) == 0)
			return entry;
	}
	return NULL;
}

static void model_set(struct model *model, unsigned scope,
		      const struct uuid *id, enum feed_op op)
{
	struct model_entry *entry = model_entry(model, scope, id);

	if (!entry) {
		entry = &model->entries[model->n_entries++];
		*entry = (struct model_entry){ .scope = scope, .id = *id };
	}
	if (op == FEED_PRESENT && entry->op != FEED_PRESENT)
		entry->entered_rev = model->rev;
	entry->op = op;
	entry->rev = model->rev;
}

/* What an accepted act does. */
static void model_apply(struct model *model, struct model_record *record,
			enum change_op op, const bool lies_in[SCOPES])
{
	model->rev++;
	for (unsigned s = 0; s < SCOPES; s++) {
		bool lay = record->lies_in[s];
		if (op == CHANGE_DELETE && lay)
			model_set(model, s, &record->id, FEED_DELETED);
		else if (op != CHANGE_DELETE && lies_in[s])
			model_set(model, s, &record->id, FEED_PRESENT);
		else if (op != CHANGE_DELETE && lay)
			model_set(model, s, &record->id, FEED_LEFT);
		if (op != CHANGE_DELETE)
			record->lies_in[s] = lies_in[s];
	}
	record->is_deleted = op == CHANGE_DELETE;
}

/* ------------------------------------------------------------ comparisons */

/* Is the entry above where the reader stands? */
static bool
is_above(const struct model_entry *entry, const struct feed_position *from)
{
	return entry->rev > from->rev ||
	       (entry->rev == from->rev &&
		uuid_compare(&entry->id, &from->id) > 0);
}

static void compare_entry(const struct feed_entry *got,
			  const struct model_entry *want, size_t scope)
{
	assert_int_equal(scope, got->scope);
	assert_int_equal(4, got->kind);
	assert_int_equal(want->rev, got->rev);
	assert_int_equal(want->entered_rev, got->entered_rev);
	assert_int_equal(want->op, got->op);
	assert_memory_equal(&want->id, &got->id, 16);
}

/*
 * One revision is of one record, so revisions alone are the order, and each is
 * one record's.
 */
static void compare_feed(const struct feed_entry *got, size_t n_got,
			 const struct model *model,
			 const struct feed_position *positions,
			 const unsigned *scopes, size_t n, size_t limit)
{
	size_t at = 0;

	for (uint64_t rev = 1; rev <= model->rev && limit > 0; rev++) {
		size_t before = at;
		for (size_t p = 0; p < n; p++) {
			for (size_t i = 0; i < model->n_entries; i++) {
				const struct model_entry *entry =
					&model->entries[i];
				if (entry->rev != rev ||
				    entry->scope != scopes[p] ||
				    !is_above(entry, &positions[p]))
					continue;
				assert_true(at < n_got);
				compare_entry(&got[at++], entry, p);
			}
		}
		limit -= at > before;
	}
	assert_int_equal(at, n_got);
}

static size_t some_scopes(struct suite *suite, unsigned out[SCOPES])
{
	size_t n = 0;

	for (unsigned s = 0; s < SCOPES; s++) {
		if (suite_random(suite) % 2)
			out[n++] = s;
	}
	return n;
}

static void check_feed(struct suite *suite, const struct model *model)
{
	struct feed_position positions[SCOPES];
	unsigned scopes[SCOPES];
	size_t n = some_scopes(suite, scopes), n_got = 0;
	size_t limit = 1 + suite_random(suite) % 20;
	struct feed_entry *got = NULL;
	struct outrider_err err;

	for (size_t i = 0; i < n; i++) {
		uint64_t r = suite_random(suite);
		size_t of = r % (model->n_records + 1);
		positions[i] = (struct feed_position){
			.scope = suite_scope(scopes[i]),
			.rev = r % 3 ? suite_random(suite) % (model->rev + 1)
				     : 0,
		};
		if (of < model->n_records)
			positions[i].id = model->records[of].id;
	}
	assert_ok(store_feed(suite->reader, &got, &n_got, positions, n, limit,
			     &suite->arena, &err),
		  err);
	compare_feed(got, n_got, model, positions, scopes, n, limit);
}

/* Pages from the start until there is no more: each entry exactly once. */
static void check_whole_feed(struct suite *suite, const struct model *model)
{
	struct feed_position positions[SCOPES] = { 0 };
	size_t limit = 1 + suite_random(suite) % 7, n = 0, n_seen = 0;
	struct feed_entry *got = NULL;
	struct outrider_err err;

	for (unsigned s = 0; s < SCOPES; s++)
		positions[s].scope = suite_scope(s);
	do {
		assert_ok(store_feed(suite->reader, &got, &n, positions, SCOPES,
				     limit, &suite->arena, &err),
			  err);
		for (unsigned s = 0; n > 0 && s < SCOPES; s++) {
			positions[s].rev = got[n - 1].rev;
			positions[s].id = got[n - 1].id;
		}
		n_seen += n;
	} while (n > 0);
	assert_int_equal(model->n_entries, n_seen);
}

static int compare_records(const void *a, const void *b)
{
	const struct model_record *x = a, *y = b;

	return uuid_compare(&x->id, &y->id);
}

static bool
lies_in_any(const struct model_record *record, const unsigned *scopes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (record->lies_in[scopes[i]])
			return true;
	}
	return false;
}

static void check_list(struct suite *suite, const struct model *model)
{
	struct model_record sorted[RECORDS];
	struct scope given[SCOPES];
	unsigned scopes[SCOPES];
	size_t n = some_scopes(suite, scopes), n_rows = 0, at = 0;
	size_t limit = 1 + suite_random(suite) % 9;
	bool with_deleted = suite_random(suite) % 2;
	struct uuid after = { { 0 } };
	struct row **rows = NULL;
	struct outrider_err err;

	for (size_t i = 0; i < n; i++)
		given[i] = suite_scope(scopes[i]);
	struct store_list_query asked = {
		.entity = contact_entity(),
		.scopes = given,
		.n_scopes = n,
		.limit = limit,
		.with_deleted = with_deleted,
	};
	memcpy(sorted, model->records, sizeof(sorted));
	qsort(sorted, model->n_records, sizeof(*sorted), compare_records);
	do {
		asked.after = after;
		assert_ok(store_list(suite->reader, &rows, &n_rows, &asked,
				     &suite->arena, &err),
			  err);
		assert_true(n_rows <= limit);
		for (size_t i = 0; i < n_rows; i++) {
			while (at < model->n_records &&
			       (!lies_in_any(&sorted[at], scopes, n) ||
				(sorted[at].is_deleted && !with_deleted)))
				at++;
			assert_true(at < model->n_records);
			assert_memory_equal(&sorted[at].id, &rows[i]->id, 16);
			after = rows[i]->id;
			at++;
		}
	} while (n_rows == limit);
	for (; at < model->n_records; at++)
		assert_true(!lies_in_any(&sorted[at], scopes, n) ||
			    (sorted[at].is_deleted && !with_deleted));
}

static void check_one(struct suite *suite, struct model *model)
{
	const struct model_record *record =
		&model->records[suite_random(suite) % model->n_records];
	struct scope given[SCOPES];
	unsigned scopes[SCOPES];
	size_t n = some_scopes(suite, scopes), n_got = 0, at = 0;
	struct feed_entry *got = NULL;
	struct outrider_err err;
	bool is_in = false;

	for (size_t i = 0; i < n; i++)
		given[i] = suite_scope(scopes[i]);
	const struct store_feed_query asked = {
		.id = record->id,
		.kind = 4,
		.scopes = given,
		.n_scopes = n,
	};
	assert_ok(store_feed_of(suite->reader, &got, &n_got, &asked,
				&suite->arena, &err),
		  err);
	for (size_t i = 0; i < n; i++) {
		const struct model_entry *entry =
			model_entry(model, scopes[i], &record->id);
		if (!entry)
			continue;
		assert_true(at < n_got);
		assert_int_equal(i, got[at].scope);
		assert_int_equal(0, got[at].rev);
		assert_int_equal(entry->entered_rev, got[at].entered_rev);
		assert_int_equal(entry->op, got[at].op);
		at++;
	}
	assert_int_equal(at, n_got);
	assert_ok(store_is_in_scopes(suite->reader, &is_in, contact_entity(),
				     &record->id, given, n, &err),
		  err);
	assert_int_equal(lies_in_any(record, scopes, n), is_in);
}

/* ------------------------------------------------------------------ tests */

/* One random act, applied to the store and the model. */
static void act_at_random(struct suite *suite, struct model *model)
{
	bool lies_in[SCOPES] = { false };
	struct model_record *record = NULL;
	struct act act = {
		.entity = contact_entity(),
		.name = suite_random(suite) % 2 ? "a" : "b",
		.op = CHANGE_CREATE,
	};

	if (model->n_records < RECORDS &&
	    (model->n_records == 0 || suite_random(suite) % 5 == 0)) {
		record = &model->records[model->n_records++];
		record->id = suite_uuid(suite);
	} else {
		record =
			&model->records[suite_random(suite) % model->n_records];
		act.op = suite_random(suite) % 4 ? CHANGE_UPDATE
						 : CHANGE_DELETE;
		if (record->is_deleted)
			act.op = CHANGE_UNDELETE;
	}
	act.id = record->id;
	for (unsigned s = 0; s < SCOPES; s++) {
		lies_in[s] = suite_random(suite) % 3 == 0;
		if (lies_in[s])
			act.scopes[act.n_scopes++] = suite_scope(s);
	}
	/* Every now and then a write that comes to nothing. */
	act.then_fail = suite_random(suite) % 10 == 0;
	enum outrider_code code = suite_do(suite, &act);
	if (act.then_fail) {
		assert_int_equal(OUTRIDER_ABORTED, code);
		if (act.op == CHANGE_CREATE)
			model->n_records--;
		return;
	}
	assert_int_equal(OUTRIDER_OK, code);
	model_apply(model, record, act.op, lies_in);
	assert_int_equal(model->rev, act.rev);
}

void test_feed_equals_model(void **state)
{
	struct suite *suite = *state;
	struct model *model = calloc(1, sizeof(*model));
	struct outrider_err err;
	uint64_t rev = 0;

	assert_non_null(model);
	for (unsigned step = 0; step < 1500; step++) {
		act_at_random(suite, model);
		if (step % 10 || model->n_records == 0)
			continue;
		assert_ok(store_read_begin(suite->reader, &rev, &err), err);
		assert_int_equal(model->rev, rev);
		check_feed(suite, model);
		check_list(suite, model);
		check_one(suite, model);
		if (step % 100 == 0)
			check_whole_feed(suite, model);
		store_read_end(suite->reader);
		arena_reset(&suite->arena);
		if (step % 500 == 0)
			suite_check(suite);
	}
	suite_reopen(suite);
	suite_check(suite);
	free(model);
}

static struct feed_entry
feed_of(struct suite *suite, const struct uuid *id, unsigned scope)
{
	struct feed_position position = { .scope = suite_scope(scope) };
	struct feed_entry *got = NULL;
	struct outrider_err err;
	size_t n = 0;

	assert_ok(store_feed(suite->reader, &got, &n, &position, 1, 1000,
			     &suite->arena, &err),
		  err);
	for (size_t i = 0; i < n; i++)
		if (uuid_compare(&got[i].id, id) == 0)
			return got[i];
	return (struct feed_entry){ 0 };
}

static void assert_entry(struct suite *suite, const struct uuid *id,
			 unsigned scope, uint64_t rev, uint64_t entered_rev,
			 enum feed_op op)
{
	struct feed_entry entry = feed_of(suite, id, scope);

	assert_int_equal(rev, entry.rev);
	assert_int_equal(entered_rev, entry.entered_rev);
	assert_int_equal(op, entry.op);
}

/* The life that the design tells, by hand. */
void test_feed_enter_leave_delete_undelete(void **state)
{
	struct suite *suite = *state;
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.scopes = { suite_scope(1), suite_scope(2) },
		.n_scopes = 2,
	};
	const struct uuid *id = &act.id;

	suite_do(suite, &act); /* 1 */
	assert_entry(suite, id, 1, 1, 1, FEED_PRESENT);
	act.op = CHANGE_UPDATE;
	act.name = "b";
	suite_do(suite, &act); /* 2: stays */
	assert_entry(suite, id, 1, 2, 1, FEED_PRESENT);
	act.scopes[1] = suite_scope(3);
	suite_do(suite, &act); /* 3: from 2 to 3 */
	assert_entry(suite, id, 1, 3, 1, FEED_PRESENT);
	assert_entry(suite, id, 2, 3, 1, FEED_LEFT);
	assert_entry(suite, id, 3, 3, 3, FEED_PRESENT);
	suite_do(suite, &act); /* 4: what left stays as it left */
	assert_entry(suite, id, 2, 3, 1, FEED_LEFT);
	act.scopes[1] = suite_scope(2);
	suite_do(suite, &act); /* 5: back again */
	assert_entry(suite, id, 2, 5, 5, FEED_PRESENT);
	assert_entry(suite, id, 3, 5, 3, FEED_LEFT);
	act.op = CHANGE_DELETE;
	suite_do(suite, &act); /* 6 */
	assert_entry(suite, id, 1, 6, 1, FEED_DELETED);
	assert_entry(suite, id, 2, 6, 5, FEED_DELETED);
	assert_entry(suite, id, 3, 5, 3, FEED_LEFT);
	act.op = CHANGE_UNDELETE;
	act.n_scopes = 1;
	suite_do(suite, &act); /* 7: in 1 alone */
	assert_entry(suite, id, 1, 7, 7, FEED_PRESENT);
	assert_entry(suite, id, 2, 7, 5, FEED_LEFT);
	suite_check(suite);
}

/*
 * One record in each of three hundred scopes, and one scope with many: in
 * order, and in memory that follows the page and not the feeds.
 */
void test_feed_three_hundred_scopes(void **state)
{
	struct suite *suite = *state;
	struct feed_position positions[300] = { 0 };
	struct feed_entry *got = NULL;
	struct outrider_err err;
	uint64_t last = 0;
	size_t n = 0, n_seen = 0;

	for (unsigned i = 0; i < 900; i++) {
		struct act act = {
			.op = CHANGE_CREATE,
			.entity = contact_entity(),
			.id = suite_uuid(suite),
			.name = "a",
			/* 299, 298 ... 0, then 600 more in scope 7 */
			.scopes = { suite_scope(i < 300 ? 299 - i : 7) },
			.n_scopes = 1,
		};
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	}
	for (unsigned i = 0; i < 300; i++)
		positions[i].scope = suite_scope(i);
	do {
		arena_free(&suite->arena);
		assert_ok(store_feed(suite->reader, &got, &n, positions, 300,
				     50, &suite->arena, &err),
			  err);
		assert_true(suite->arena.used < 400000);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(++last, got[i].rev);
			assert_int_equal(last <= 300 ? 300 - last : 7,
					 got[i].scope);
		}
		for (unsigned i = 0; n > 0 && i < 300; i++) {
			positions[i].rev = got[n - 1].rev;
			positions[i].id = got[n - 1].id;
		}
		n_seen += n;
	} while (n > 0);
	assert_int_equal(900, n_seen);
}

static struct act in_scope(struct suite *suite, unsigned n)
{
	return (struct act){
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.scopes = { suite_scope(n) },
		.n_scopes = 1,
	};
}

/* A revision that is too large would be one of the next scope's feed. */
void test_feed_ends_with_its_numbers(void **state)
{
	const uint64_t last = (UINT64_C(1) << 36) - 1;
	struct suite *suite = *state;
	struct act act = in_scope(suite, 1), other = in_scope(suite, 2);

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &other));
	suite_exec(suite, "UPDATE change SET rev = 68719476734 WHERE rev = 2");
	act.op = CHANGE_UPDATE;
	act.name = "b";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(last, act.rev);
	assert_entry(suite, &act.id, 1, last, 1, FEED_PRESENT);
	act.name = "c";
	assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, suite_do(suite, &act));
	assert_entry(suite, &act.id, 1, last, 1, FEED_PRESENT);
	assert_int_equal(2, suite_number(suite, "SELECT count(*) FROM feed"));
	assert_int_equal(3, suite_number(suite, "SELECT count(*) FROM change"));
}

/* Those who have a lane go on. */
void test_feed_ends_with_its_lanes(void **state)
{
	struct suite *suite = *state;
	struct act act = in_scope(suite, 1), other = in_scope(suite, 2);

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	suite_exec(suite, "INSERT INTO lane (number, scope)"
			  " VALUES (134217727, x'00')");
	assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, suite_do(suite, &other));
	assert_int_equal(1, suite_number(suite, "SELECT count(*) FROM feed"));
	act.op = CHANGE_UPDATE;
	act.name = "b";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_entry(suite, &act.id, 1, 2, 1, FEED_PRESENT);
}
