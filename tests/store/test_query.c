/*
 * Questions over records, against a model that goes through all of them: any
 * condition, any order, callers who see little and much, records that change
 * between two pages. Then how questions are answered: by which index, within
 * which budget.
 */
#include "query_ask.h"
#include "query_model.h"

#include "model/wire.h"

struct world {
	struct suite suite;
	struct model model;
};

static int open_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	suite_init(&world->suite, &store_sqlite);
	suite_open(&world->suite, true);
	model_init(&world->model, &world->suite);
	*state = world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	model_free(&world->model);
	suite_free(&world->suite);
	free(world);
	return 0;
}

static void fill_world(struct world *world, size_t scale)
{
	struct model *model = &world->model;

	model_add(model, MODEL_USER, 6);
	model_add(model, MODEL_COMPANY, 4 * scale);
	model_add(model, MODEL_CONTACT, 10 * scale);
	model_add(model, MODEL_DEAL, 12 * scale);
	model_add(model, MODEL_CALL, 16 * scale);
	model_add(model, MODEL_TASK, 12 * scale);
}

/* ------------------------------------------------------------------- pages */

static const struct store_query *sorted_by; /* qsort knows no context */

static int compare_rows(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return model_compare(sorted_by, *x, *y);
}

/* All that the question finds behind a row, in order; how many. */
static size_t expect(const struct row ***out, const struct model *model,
		     size_t kind, const struct store_query *asked,
		     const struct row *behind)
{
	const struct model_kind *k = &model->kinds[kind];
	const struct row **rows = malloc((k->n + 1) * sizeof(struct row *));
	size_t n = 0;

	assert_non_null(rows);
	for (size_t i = 0; i < k->n; i++) {
		const struct row *row = k->records[i].row;
		if ((!behind || model_compare(asked, row, behind) > 0) &&
		    model_holds(model, asked, &k->records[i]))
			rows[n++] = row;
	}
	sorted_by = asked;
	qsort(rows, n, sizeof(struct row *), compare_rows);
	*out = rows;
	return n;
}

static enum outrider_code ask(struct world *world, struct store_page *page,
			      const struct store_query *asked,
			      struct outrider_err *err)
{
	struct store_conn *reader = world->suite.reader;

	assert_ok(store_read_begin(reader, NULL, err), *err);
	enum outrider_code code =
		store_query(reader, page, asked, &world->suite.arena, err);
	store_read_end(reader);
	return code;
}

/* One page as the model has it; the last row of it, in the model's memory. */
static const struct row *check_page(struct world *world, size_t kind,
				    const struct store_query *asked,
				    const struct row *behind, bool *has_more)
{
	const struct row **want = NULL, *last = NULL;
	struct store_page page;
	struct outrider_err err;
	size_t n = expect(&want, &world->model, kind, asked, behind);
	size_t n_page = n < asked->limit ? n : asked->limit;

	enum outrider_code code = ask(world, &page, asked, &err);
	if (code != OUTRIDER_OK || n_page != page.n_rows ||
	    (n > asked->limit) != page.has_more)
		model_print(asked);
	assert_ok(code, err);
	assert_int_equal(n_page, page.n_rows);
	assert_int_equal(n > asked->limit, page.has_more);
	for (size_t i = 0; i < n_page; i++) {
		if (uuid_compare(&want[i]->id, &page.rows[i]->id) != 0)
			model_print(asked);
		assert_memory_equal(&want[i]->id, &page.rows[i]->id, 16);
		assert_int_equal(want[i]->rev, page.rows[i]->rev);
		last = want[i];
	}
	*has_more = page.has_more;
	free(want);
	return last;
}

static void check_pages(struct world *world, size_t kind,
			const struct store_query *question, size_t n_pages)
{
	struct store_query asked = *question;
	struct model *model = &world->model;
	struct condition_value after[QUERY_ORDER_MAX];
	const struct row *last = NULL;
	bool has_more = true;

	for (size_t i = 0; i < n_pages && has_more; i++) {
		last = check_page(world, kind, &asked, last, &has_more);
		if (!last)
			break;
		model_after(after, &asked, last);
		asked.after = after;
		asked.after_id = &last->id;
		if (model_random(model, 2) == 0)
			model_change(model, kind);
		if (model_random(model, 4) == 0)
			model_change(model, model_random(model, MODEL_KINDS));
	}
}

/* A caller of some scopes; more than can be asked one by one, at times. */
static size_t random_scopes(struct model *model, struct scope scopes[100])
{
	size_t n = 0;
	bool sees_little = model_random(model, 2) == 0;

	for (unsigned i = 0; i < MODEL_SCOPES; i++) {
		if (model_random(model, sees_little ? 6 : 2) == 0)
			scopes[n++] = suite_scope(i);
	}
	if (model_random(model, 5) == 0) {
		for (unsigned i = 0; i < 80; i++)
			scopes[n++] = suite_scope(1000 + i);
	}
	return n;
}

static void check_questions(struct world *world, size_t n, size_t n_pages)
{
	struct model *model = &world->model;
	struct arena *arena = &world->suite.arena;
	struct scope scopes[100];

	for (size_t i = 0; i < n; i++) {
		size_t kind = model_random(model, MODEL_KINDS);
		struct store_query asked = {
			.entity = model->kinds[kind].entity,
			.scopes = scopes,
			.n_scopes = random_scopes(model, scopes),
			.sees_most = model_random(model, 2) == 0,
			.limit = 1 + model_random(model, 20),
			.with_deleted = model_random(model, 4) == 0,
		};
		asked.condition = model_condition(model, kind, arena);
		asked.n_order = model_order(model, asked.order, kind, 3);
		check_pages(world, kind, &asked, n_pages);
		arena_reset(arena);
	}
}

static void test_any_question(void **state)
{
	struct world *world = *state;

	fill_world(world, 12);
	check_questions(world, 3000, 8);
}

/* So many that nothing may be sorted: other plans. */
static void test_many_records(void **state)
{
	struct world *world = *state;

	world->model.one_in_hot = 8;
	fill_world(world, 20);
	model_add(&world->model, MODEL_DEAL, 6000);
	check_questions(world, 400, 4);
}

/* -------------------------------------------------------- links, handles */

static int compare_links(const void *a, const void *b)
{
	const struct store_link *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? 1 : -1;
	return -uuid_compare(&x->id, &y->id);
}

static size_t expect_links(struct store_link *out, const struct model *model,
			   const struct uuid *target, uint32_t only_kind)
{
	size_t n = 0;

	for (size_t kind = 0; kind < MODEL_KINDS; kind++) {
		const struct model_kind *k = &model->kinds[kind];
		for (size_t i = 0; i < k->n; i++) {
			const struct row *row = k->records[i].row;
			uint32_t field = model_refers(&k->records[i], target);
			if (!field ||
			    (only_kind && only_kind != k->entity->number))
				continue;
			out[n++] = (struct store_link){
				.at_us = model_timeline_us(row),
				.kind = k->entity->number,
				.id = row->id,
				.field = field,
			};
		}
	}
	qsort(out, n, sizeof(*out), compare_links);
	return n;
}

static void
check_links(struct world *world, const struct uuid *target, uint32_t only_kind)
{
	static struct store_link want[2000];
	size_t n_want = expect_links(want, &world->model, target, only_kind);
	struct store_link_query asked = {
		.target = *target,
		.before_us = INT64_MAX,
		.only_kind = only_kind,
		.limit = 1 + model_random(&world->model, 12),
	};
	struct store_conn *reader = world->suite.reader;
	struct store_link *links = NULL;
	struct outrider_err err;
	size_t n = 0, at = 0;

	do {
		assert_ok(store_read_begin(reader, NULL, &err), err);
		assert_ok(store_links(reader, &links, &n, &asked,
				      &world->suite.arena, &err),
			  err);
		store_read_end(reader);
		for (size_t i = 0; i < n; i++, at++) {
			assert_true(at < n_want);
			assert_int_equal(want[at].at_us, links[i].at_us);
			assert_int_equal(want[at].kind, links[i].kind);
			assert_int_equal(want[at].field, links[i].field);
			assert_memory_equal(&want[at].id, &links[i].id, 16);
		}
		if (n > 0) {
			asked.before_us = links[n - 1].at_us;
			asked.before_kind = links[n - 1].kind;
			asked.before_id = links[n - 1].id;
		}
	} while (n == asked.limit);
	assert_int_equal(n_want, at);
	arena_reset(&world->suite.arena);
}

static void test_links(void **state)
{
	struct world *world = *state;
	struct model *model = &world->model;

	fill_world(world, 8);
	for (size_t i = 0; i < 600; i++) {
		struct model_kind *kind =
			&model->kinds[model_random(model, MODEL_KINDS)];
		size_t at = i % 3 ? model_random(model, kind->n) : 0;
		struct uuid target = kind->records[at].row->id;
		size_t other = model_random(model, MODEL_KINDS);
		check_links(world, &target,
			    i % 4 ? 0 : model->kinds[other].entity->number);
		model_change(model, other);
	}
}

static void
check_handle(struct world *world, enum field_handle type, const char *text)
{
	struct model *model = &world->model;
	struct store_link *found = NULL;
	struct outrider_err err;
	size_t n = 0, n_want = 0, n_few = 0;

	assert_ok(store_by_handle(world->suite.reader, &found, &n, type,
				  text_bytes(text), 10000, &world->suite.arena,
				  &err),
		  err);
	for (size_t kind = 0; kind < MODEL_KINDS; kind++) {
		const struct model_kind *k = &model->kinds[kind];
		for (size_t i = 0; i < k->n; i++)
			n_want += model_has_handle(&k->records[i], type,
						   text_bytes(text));
	}
	assert_int_equal(n_want, n);
	for (size_t i = 1; i < n; i++)
		assert_true(found[i - 1].kind < found[i].kind ||
			    (found[i - 1].kind == found[i].kind &&
			     uuid_compare(&found[i - 1].id, &found[i].id) < 0));
	assert_ok(store_by_handle(world->suite.reader, &found, &n_few, type,
				  text_bytes(text), 3, &world->suite.arena,
				  &err),
		  err);
	assert_int_equal(n < 3 ? n : 3, n_few);
}

static void test_handles(void **state)
{
	struct world *world = *state;

	fill_world(world, 8);
	for (size_t i = 0; i < 30; i++) {
		model_change(&world->model, MODEL_CONTACT);
		model_change(&world->model, MODEL_COMPANY);
	}
	check_handle(world, HANDLE_PHONE, "+380671");
	check_handle(world, HANDLE_PHONE, "+38067");
	check_handle(world, HANDLE_PHONE, "0671");
	check_handle(world, HANDLE_PHONE, "nobody's");
	check_handle(world, HANDLE_EMAIL, "a@x.y");
	check_handle(world, HANDLE_EMAIL, "ab@x");
	check_handle(world, HANDLE_EMAIL, "A@x.y");
}

static void test_normalising(void **state)
{
	char out[STORE_HANDLE_MAX];

	(void)state;
	size_t n = store_handle_normalise(out, HANDLE_PHONE,
					  text_bytes(" +38 (067) 12-3+4"));
	assert_int_equal(10, n);
	assert_memory_equal("+380671234", out, n);
	n = store_handle_normalise(out, HANDLE_MESSENGER,
				   text_bytes("@Some One"));
	assert_int_equal(7, n);
	assert_memory_equal("someone", out, n);
}

/* ------------------------------------------------------------------ hostile */

static void test_limits(void **state)
{
	struct world *world = *state;
	struct arena *arena = &world->suite.arena;
	struct scope org = suite_scope(0);
	struct store_query asked = {
		.entity = contact_entity(),
		.scopes = &org,
		.n_scopes = 1,
		.sees_most = true,
		.limit = 3,
	};
	struct condition *any = new_condition(arena, CONDITION_ANY);
	struct store_page page;
	struct outrider_err err;

	model_add(&world->model, MODEL_CONTACT, 40);
	for (size_t i = 0; i < QUERY_TERMS_MAX; i++) {
		struct condition *leaf =
			new_leaf(arena, "given_name", CONDITION_CONTAINS, "nn");
		leaf->path.via = contact_field("company_ids");
		leaf->path.field = message_field_named(
			leaf->path.via->reference->message, "categories", 10);
		add_part(any, leaf);
	}
	asked.condition = any;
	assert_ok(ask(world, &page, &asked, &err), err);
	assert_int_equal(0, page.n_rows);
	assert_true(page.is_scan);
	add_part(any, new_leaf(arena, "given_name", CONDITION_EQUAL, "x"));
	assert_code(OUTRIDER_INVALID_ARGUMENT, ask(world, &page, &asked, &err),
		    err);

	struct condition *deep =
		new_leaf(arena, "given_name", CONDITION_EQUAL, "nobody");
	for (size_t depth = 1; depth < QUERY_DEPTH_MAX; depth++) {
		struct condition *not = new_condition(arena, CONDITION_NOT);
		add_part(not, deep);
		deep = not ;
	}
	asked.condition = deep;
	assert_ok(ask(world, &page, &asked, &err), err);
	assert_int_equal(3, page.n_rows);
	struct condition *deeper = new_condition(arena, CONDITION_NOT);
	add_part(deeper, deep);
	asked.condition = deeper;
	assert_code(OUTRIDER_INVALID_ARGUMENT, ask(world, &page, &asked, &err),
		    err);

	struct condition *in = new_leaf(arena, "given_name", CONDITION_IN, "x");
	in->n_values = QUERY_VALUES_MAX;
	in->values = arena_alloc(arena,
				 (QUERY_VALUES_MAX + 1) * sizeof(*in->values));
	asked.condition = in;
	assert_ok(ask(world, &page, &asked, &err), err);
	in->n_values++;
	assert_code(OUTRIDER_INVALID_ARGUMENT, ask(world, &page, &asked, &err),
		    err);
}

/* What a field doesn't have is refused, not answered wrongly. */
static void test_refused(void **state)
{
	struct world *world = *state;
	struct arena *arena = &world->suite.arena;
	struct scope org = suite_scope(0);
	struct store_query asked = {
		.entity = contact_entity(),
		.scopes = &org,
		.n_scopes = 1,
		.limit = 3,
	};
	struct store_page page;
	struct outrider_err err;
	static const struct {
		const char *field;
		enum condition_op op;
	} wrong[] = {
		{ "interests", CONDITION_UNEQUAL },
		{ "phones", CONDITION_UNEQUAL },
		{ "birthday", CONDITION_EQUAL },
		{ "has_consented", CONDITION_BEGINS },
		{ "consent_time", CONDITION_CONTAINS },
		{ "etag", CONDITION_EQUAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		asked.condition =
			new_leaf(arena, wrong[i].field, wrong[i].op, "a");
		assert_code(OUTRIDER_INVALID_ARGUMENT,
			    ask(world, &page, &asked, &err), err);
	}
	asked.condition = NULL;
	asked.order[0].field = contact_field("position");
	asked.n_order = 1;
	assert_code(OUTRIDER_INVALID_ARGUMENT, ask(world, &page, &asked, &err),
		    err);
	asked.order[0].field = contact_field("owner_id");
	assert_code(OUTRIDER_INVALID_ARGUMENT, ask(world, &page, &asked, &err),
		    err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_question, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(test_many_records, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(test_links, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(test_handles, open_world,
						close_world),
		cmocka_unit_test(test_normalising),
		cmocka_unit_test_setup_teardown(test_limits, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(test_refused, open_world,
						close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
