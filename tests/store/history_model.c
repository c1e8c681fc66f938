/* See history_model.h. */
#include "history_model.h"

#include "store/forget.h"
#include "store/past.h"

void history_model_init(struct history_model *model, struct suite *suite)
{
	*model = (struct history_model){ .suite = suite };
	for (size_t i = 0; i < HISTORY_RECORDS; i++) {
		model->records[i].entity = contact_entity();
		model->records[i].id = suite_uuid(suite);
	}
	model->records[0].entity = schema_entity_named("company", 7);
	model->records[0].id = model->records[1].id;
}

/* ------------------------------------------------------------------ writing */

struct history_put {
	const struct history_record *record;
	enum change_op op;
};

static enum outrider_code
run_put(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct history_put *wanted = user;
	struct store_author author = { .at_us = 1 };
	struct scope scope = suite_scope(1);
	struct store_put put = {
		.op = wanted->op,
		.scopes = &scope,
		.n_scopes = wanted->op != CHANGE_DELETE,
		.author = &author,
	};
	struct row *old = NULL;
	struct arena arena;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&arena, &allocator_libc, 1 << 20);
	if (wanted->op != CHANGE_CREATE)
		code = store_get(tx, &old, wanted->record->entity,
				 &wanted->record->id, &arena, err);
	if (code == OUTRIDER_OK) {
		put.old = old;
		put.row = old ? row_copy(&arena, old)
			      : row_new(&arena, wanted->record->entity);
		put.row->id = wanted->record->id;
		put.row->deleted_us = wanted->op == CHANGE_DELETE ? 9 : 0;
		put.row->owner.at[0]++;
		field_set_add(&put.changed, FIELD_OWNER);
		code = store_put(tx, &put, err);
	}
	arena_free(&arena);
	return code;
}

/* All that is deleted. */
static enum outrider_code
run_forget(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct history_model *model = user;
	struct arena arena;
	uint64_t done = 0;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&arena, &allocator_libc, 1 << 20);
	while (code == OUTRIDER_OK && done < model->last_rev) {
		struct row **gone;
		size_t n_gone;

		code = forget_some(tx, &done, &gone, &n_gone, done,
				   model->last_rev, &arena, err);
	}
	arena_free(&arena);
	return code;
}

static void forget(struct history_model *model)
{
	struct outrider_err err;

	assert_ok(store_write_now(model->suite->store, run_forget, model, &err),
		  err);
	for (size_t i = 0; i < HISTORY_RECORDS; i++) {
		struct history_record *record = &model->records[i];

		if (record->state != HISTORY_DELETED)
			continue;
		record->state = HISTORY_ABSENT;
		record->was_forgotten = true;
	}
}

static enum change_op
choose_op(struct history_model *model, struct history_record *record)
{
	switch (record->state) {
	case HISTORY_ABSENT:
		model->n_back += record->was_forgotten;
		record->state = HISTORY_STANDS;
		return CHANGE_CREATE;
	case HISTORY_DELETED:
		record->state = HISTORY_STANDS;
		return CHANGE_UNDELETE;
	case HISTORY_STANDS:
		break;
	}
	if (suite_random(model->suite) % 5 != 0)
		return CHANGE_UPDATE;
	record->state = HISTORY_DELETED;
	return CHANGE_DELETE;
}

void history_model_write(struct history_model *model, unsigned n)
{
	struct outrider_err err;

	for (unsigned i = 0; i < n; i++) {
		size_t which = suite_random(model->suite) % HISTORY_RECORDS;
		struct history_record *record = &model->records[which];
		struct history_put put = { .record = record };

		if (suite_random(model->suite) % 8 == 0)
			forget(model);
		put.op = choose_op(model, record);
		assert_ok(store_write_now(model->suite->store, run_put, &put,
					  &err),
			  err);
		assert_true(++model->last_rev < HISTORY_REVS_MAX);
		model->whose[model->last_rev] = which;
		model->op[model->last_rev] = put.op;
	}
}

/* ----------------------------------------------------------------- checking */

static void check_page(struct history_model *model, size_t which,
		       uint64_t before_rev, size_t limit)
{
	struct suite *suite = model->suite;
	const struct store_history_query asked = {
		.id = model->records[which].id,
		.kind = model->records[which].entity->number,
		.before_rev = before_rev,
		.limit = limit,
	};
	struct past past[HISTORY_REVS_MAX];
	struct change *changes;
	struct outrider_err err;
	size_t n_changes, n_past, n = 0;
	uint64_t rev = before_rev && before_rev <= model->last_rev
			       ? before_rev - 1
			       : model->last_rev;

	assert_ok(store_history(suite->reader, &changes, &n_changes, &asked,
				&suite->arena, &err),
		  err);
	assert_ok(store_past(suite->reader, past, &n_past, &asked, &err), err);
	for (; rev > 0 && n < limit; rev--) {
		if (model->whose[rev] != which)
			continue;
		assert_true(n < n_changes && n < n_past);
		assert_int_equal(rev, changes[n].rev);
		assert_int_equal(model->op[rev], changes[n].op);
		assert_int_equal(asked.kind, changes[n].kind);
		assert_memory_equal(&asked.id, &changes[n].id, 16);
		assert_int_equal(rev, past[n].rev);
		assert_int_equal(model->op[rev], past[n].op);
		n++;
	}
	assert_int_equal(n, n_changes);
	assert_int_equal(n, n_past);
	arena_reset(&suite->arena);
}

void history_model_check(struct history_model *model)
{
	static const size_t limits[] = { 1, 4, HISTORY_REVS_MAX };

	for (size_t i = 0; i < HISTORY_RECORDS; i++)
		for (uint64_t rev = 0; rev <= model->last_rev + 2; rev++)
			for (size_t k = 0; k < ARRAY_LEN(limits); k++)
				check_page(model, i, rev, limits[k]);
}
