/*
 * The change log: what is kept of each write, and how it is read.
 */
#include "contract.h"
#include "suite.h"

static struct act contact_act(struct suite *suite, const char *name)
{
	return (struct act){
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = name,
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};
}

struct merge_put {
	struct uuid id;
	struct store_author author;
};

/* An update in which one value stands and another lost. */
static enum outrider_code
run_merge(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct merge_put *merge = user;
	struct scope scope = suite_scope(1);
	struct arena arena;
	struct row *old = NULL;

	arena_init(&arena, &allocator_libc, 1 << 20);
	enum outrider_code code =
		store_get(tx, &old, contact_entity(), &merge->id, &arena, err);
	if (code == OUTRIDER_OK) {
		struct row *row = row_copy(&arena, old);
		struct row *lost = row_copy(&arena, old);
		struct store_put put = {
			.op = CHANGE_UPDATE,
			.old = old,
			.row = row,
			.lost = lost,
			.scopes = &scope,
			.n_scopes = 1,
			.author = &merge->author,
		};
		row_value(row, 10)->bytes = text_bytes("Ana");
		row_value(lost, 11)->bytes = text_bytes("Zajc");
		field_set_add(&put.changed, 10);
		field_set_add(&put.lost_fields, 11);
		code = store_put(tx, &put, err);
	}
	arena_free(&arena);
	return code;
}

static void assert_bytes(const char *want, size_t len, struct bytes got)
{
	assert_int_equal(len, got.len);
	if (len > 0)
		assert_memory_equal(want, got.at, len);
}

void test_log_keeps_old_new_and_lost(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct change change;
	struct act act = contact_act(suite, "Kovač");
	struct merge_put merge = {
		.author = {
			.actor = suite_uuid(suite),
			.device = suite_uuid(suite),
			.incarnation = suite_uuid(suite),
			.seq = 17,
			.hlc = UINT64_C(0x0123456789abcdef),
			.at_us = 1234567,
			.is_verbatim = true,
		},
	};

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	merge.id = act.id;
	assert_ok(store_write_now(suite->store, run_merge, &merge, &err), err);
	assert_ok(store_change(suite->reader, &change, 1, &suite->arena, &err),
		  err);
	assert_int_equal(CHANGE_CREATE, change.op);
	assert_int_equal(4, change.kind);
	assert_memory_equal(&act.id, &change.id, sizeof(act.id));
	assert_bytes("", 0, change.old_fields);
	assert_bytes("\x5a\6Kovač", 8, change.new_fields);
	assert_true(field_set_has(&change.changed, 11));
	assert_true(field_set_has(&change.changed, FIELD_OWNER));
	assert_false(field_set_has(&change.changed, 10));

	assert_ok(store_change(suite->reader, &change, 2, &suite->arena, &err),
		  err);
	assert_int_equal(CHANGE_UPDATE, change.op);
	assert_int_equal(1234567, change.at_us);
	assert_memory_equal(&merge.author.actor, &change.author.actor, 16);
	assert_memory_equal(&merge.author.device, &change.author.device, 16);
	assert_memory_equal(&merge.author.incarnation,
			    &change.author.incarnation, 16);
	assert_int_equal(17, change.author.seq);
	assert_int_equal(merge.author.hlc, change.author.hlc);
	assert_int_equal(1234567, change.author.at_us);
	assert_true(change.author.is_verbatim);
	assert_bytes("", 0, change.old_fields);
	assert_bytes("\x52\3Ana", 5, change.new_fields);
	assert_bytes("\x5a\4Zajc", 6, change.lost_fields);
	assert_true(field_set_has(&change.changed, 10));
	assert_false(field_set_has(&change.changed, 11));
	assert_code(OUTRIDER_NOT_FOUND,
		    store_change(suite->reader, &change, 3, &suite->arena,
				 &err),
		    err);
	suite_check(suite);
}

void test_log_history_pages(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct act act = contact_act(suite, "a"), other;
	struct change *changes = NULL;
	uint64_t before = 0;
	size_t n = 0, n_seen = 0;

	suite_do(suite, &act);
	for (int i = 0; i < 10; i++) {
		other = contact_act(suite, "b");
		suite_do(suite, &other);
		act.op = CHANGE_UPDATE;
		act.name = i % 2 ? "a" : "c";
		suite_do(suite, &act);
	}
	struct store_history_query asked = {
		.id = act.id,
		.kind = 4,
		.limit = 4,
	};
	do {
		asked.before_rev = before;
		assert_ok(store_history(suite->reader, &changes, &n, &asked,
					&suite->arena, &err),
			  err);
		for (size_t i = 0; i < n; i++) {
			assert_memory_equal(&act.id, &changes[i].id, 16);
			assert_int_equal(21 - 2 * n_seen, changes[i].rev);
			before = changes[i].rev;
			n_seen++;
		}
	} while (n == 4);
	assert_int_equal(11, n_seen);
	asked.before_rev = 0;
	asked.kind = 5;
	assert_ok(store_history(suite->reader, &changes, &n, &asked,
				&suite->arena, &err),
		  err);
	assert_int_equal(0, n);
}

/* The n-th block of hexadecimal digits in the page of the format. */
static void read_vector(char *out, size_t room, unsigned n)
{
	FILE *file = fopen(OUTRIDER_DOCS "/formats/change-log.md", "r");
	char line[512];
	size_t len = 0;
	bool is_in = false;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		bool is_fence = strncmp(line, "```", 3) == 0;
		if (is_fence)
			is_in = strncmp(line, "```hex", 6) == 0 && n-- == 0;
		for (char *at = line; is_in && !is_fence && *at; at++) {
			if (*at == ' ' || *at == '\n')
				continue;
			assert_true(len + 1 < room);
			out[len++] = *at;
		}
	}
	fclose(file);
	out[len] = '\0';
	assert_true(len > 0);
}

static enum outrider_code
run_vector(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct uuid *id = user;
	struct scope scope = suite_scope(1);
	struct store_author author = { .at_us = 1 };
	struct arena arena;
	struct store_put put = {
		.op = CHANGE_CREATE,
		.scopes = &scope,
		.n_scopes = 1,
		.author = &author,
	};

	arena_init(&arena, &allocator_libc, 1 << 20);
	struct row *old = row_new(&arena, contact_entity());
	old->id = *id;
	row_value(old, 10)->bytes = text_bytes("Ana");
	row_value(old, 11)->bytes = text_bytes("Kovač");
	field_set_add(&put.changed, 10);
	field_set_add(&put.changed, 11);
	put.row = old;
	enum outrider_code code = store_put(tx, &put, err);
	struct row *row = row_copy(&arena, old), *lost = row_copy(&arena, old);
	row_value(row, 10)->bytes = (struct bytes){ 0 };
	row_value(row, 11)->bytes = text_bytes("Novak");
	row_value(lost, 13)->bytes = text_bytes("buyer");
	put.op = CHANGE_UPDATE;
	put.old = old;
	put.row = row;
	put.lost = lost;
	field_set_add(&put.lost_fields, 13);
	if (code == OUTRIDER_OK)
		code = store_put(tx, &put, err);
	arena_free(&arena);
	return code;
}

/* The page's vectors are what is written. */
void test_log_vectors(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct uuid id = suite_uuid(suite);
	struct act act = contact_act(suite, "a");
	char vector[256], sql[400];

	assert_ok(store_write_now(suite->store, run_vector, &id, &err), err);
	read_vector(vector, sizeof(vector), 0);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM change WHERE rev = 2 AND patch = x'%s'",
		 vector);
	assert_int_equal(1, suite_number(suite, sql));

	act.phone = "112"; /* fields 11 and 15, and the owner */
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	read_vector(vector, sizeof(vector), 1);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM contacts WHERE rev = 3 AND frev = x'%s'",
		 vector);
	assert_int_equal(1, suite_number(suite, sql));
}
