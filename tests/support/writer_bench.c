/*
 * Writes straight through write_record: see writer_bench.h.
 */
#include "writer_bench.h"

#include "app/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OWN_MEMORY = 64 << 20 };

const struct entity *writer_kind(const char *name)
{
	return schema_entity_named(name, strlen(name));
}

static struct principal principal_of(struct writer_test *t, const char *token)
{
	struct principal p = { .rank = RANK_NONE };
	char authorization[64];

	snprintf(authorization, sizeof(authorization), "Bearer %s", token);
	assert_true(token_read(p.token_hash,
			       (struct bytes){ (uint8_t *)authorization,
					       strlen(authorization) }));
	assert_int_equal(principal_load(&p, t->harness.worker,
					t->harness.wall_us, &t->arena, &t->err),
			 OUTRIDER_OK);
	return p;
}

int writer_open(void **state)
{
	static struct writer_test test;

	harness_open(&test.harness);
	arena_init(&test.arena, &allocator_libc, OWN_MEMORY);
	test.rep = harness_add_user(&test.harness, "rep", RANK_REP, NULL);
	test.principal = principal_of(&test, test.rep.device_token);
	test.admin = principal_of(&test, test.harness.admin_token);
	*state = &test;
	return 0;
}

int writer_close(void **state)
{
	struct writer_test *t = *state;

	arena_free(&t->arena);
	harness_close(&t->harness);
	return 0;
}

/* ------------------------------------------------------------------ writes */

struct one_write {
	struct writer_test *t;
	const struct write_intent *intent;
	struct write_outcome outcome;
};

static enum outrider_code
run_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct one_write *w = user;

	return write_record(&w->outcome, w->t->harness.app, tx, w->intent,
			    &w->t->arena, err);
}

enum outrider_code writer_write(struct write_outcome *out,
				struct writer_test *t,
				const struct write_intent *intent)
{
	struct one_write w = { .t = t, .intent = intent };
	enum outrider_code code =
		store_write_now(t->harness.store, run_write, &w, &t->err);

	if (out)
		*out = w.outcome;
	return code;
}

void writer_expect_fault(struct writer_test *t, const char *field)
{
	assert_string_equal(t->err.field, field);
	assert_true(t->err.text[0] != 0);
}

struct row *writer_new_row(struct writer_test *t, const struct entity *entity)
{
	struct row *row = row_new(&t->arena, entity);

	assert_non_null(row);
	row->id = harness_new_uuid(&t->harness);
	return row;
}

void writer_set_text(struct row *row, uint32_t number, const char *text)
{
	kind_value(row, number)->bytes = (struct bytes){
		.at = (const uint8_t *)text,
		.len = strlen(text),
	};
}

void writer_set_id(struct writer_test *t, struct row *row, uint32_t number,
		   const struct uuid *id)
{
	kind_value(row, number)->bytes =
		arena_copy(&t->arena, id->at, sizeof(id->at));
}

struct row *writer_make_company(struct writer_test *t, const char *name)
{
	struct row *row = writer_new_row(t, writer_kind("company"));
	const struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_CREATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	writer_set_text(row, COMPANY_DISPLAY_NAME, name);
	assert_int_equal(writer_write(&outcome, t, &intent), OUTRIDER_OK);
	assert_true(outcome.is_changed);
	return outcome.row;
}

/* An update of one field of values. */
struct write_intent writer_patch_of(const struct writer_test *t,
				    const struct row *values, uint32_t number,
				    uint64_t base_rev)
{
	struct write_intent intent = {
		.principal = &t->principal,
		.op = CHANGE_UPDATE,
		.entity = values->entity,
		.id = values->id,
		.values = values,
		.base_rev = base_rev,
	};

	field_set_add(&intent.which, number);
	return intent;
}

struct change writer_change_at(struct writer_test *t, uint64_t rev)
{
	struct store_conn *conn;
	struct change change;

	assert_int_equal(store_reader_open(&conn, t->harness.store, &t->err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &t->err), OUTRIDER_OK);
	assert_int_equal(store_change(conn, &change, rev, &t->arena, &t->err),
			 OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	return change;
}
