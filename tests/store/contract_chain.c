/*
 * A record's history as a chain: from anywhere, over deletions and what was
 * forgotten, and where it is broken.
 */
#include "contract.h"
#include "history_model.h"
#include "store/past.h"

void test_chain_from_anywhere(void **state)
{
	struct suite *suite = *state;
	struct history_model *model = malloc(sizeof(*model));
	unsigned n_without_row = 0;

	assert_non_null(model);
	history_model_init(model, suite);
	for (int i = 0; i < 20; i++) {
		history_model_write(model, 8);
		history_model_check(model);
		for (size_t k = 0; k < HISTORY_RECORDS; k++)
			n_without_row += model->records[k].was_forgotten &&
					 model->records[k].state ==
						 HISTORY_ABSENT;
	}
	assert_true(model->n_back > 3 && n_without_row > 3);
	free(model);
}

/* Behind each page of its own, down to where it began. */
void test_chain_is_deep(void **state)
{
	enum { DEEP = 700, PAGE = 9 };
	struct suite *suite = *state;
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};
	struct store_history_query asked = {
		.id = act.id,
		.kind = act.entity->number,
		.limit = PAGE,
	};
	struct outrider_err err;
	struct past past[PAGE];
	uint64_t rev = DEEP;
	size_t n = 0;

	for (int i = 0; i < DEEP; i++) {
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
		act.op = CHANGE_UPDATE;
		act.name = i % 2 ? "a" : "b";
	}
	do {
		assert_ok(store_past(suite->reader, past, &n, &asked, &err),
			  err);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(rev--, past[i].rev);
		asked.before_rev = rev + 1;
	} while (n == PAGE);
	assert_int_equal(0, rev);
	suite_check(suite);
}

/* ------------------------------------------------------------------- damage */

static enum outrider_code
ask_all(struct suite *suite, const struct act *act, uint64_t before_rev)
{
	const struct store_history_query asked = {
		.id = act->id,
		.kind = act->entity->number,
		.before_rev = before_rev,
		.limit = 100,
	};
	const struct store_device_query of_device = {
		.id = act->id,
		.kind = act->entity->number,
		.device = act->id,
	};
	struct past past[100];
	struct change *changes, change;
	struct outrider_err err;
	size_t n;
	enum outrider_code code = store_history(suite->reader, &changes, &n,
						&asked, &suite->arena, &err);

	assert_int_equal(code,
			 store_past(suite->reader, past, &n, &asked, &err));
	if (before_rev == 0)
		assert_int_equal(code == OUTRIDER_OK ? OUTRIDER_NOT_FOUND
						     : code,
				 store_change_of_device(suite->reader, &change,
							&of_device,
							&suite->arena, &err));
	return code;
}

/* Of a contact with the revisions 1, 3, 4, 5; 2 is another's. */
static const char *const breaks[] = {
	"UPDATE change SET before_rev = 5 WHERE rev = 4",
	"UPDATE change SET before_rev = 4 WHERE rev = 4",
	"UPDATE change SET before_rev = 77 WHERE rev = 4",
	"UPDATE change SET before_rev = -1 WHERE rev = 4",
	"UPDATE change SET before_rev = 2 WHERE rev = 4",
	"UPDATE change SET before_rev = 0 WHERE rev = 4",
	"UPDATE change SET before_rev = 'three' WHERE rev = 4",
	"UPDATE change SET kind = 5 WHERE rev = 3",
	"UPDATE change SET id = zeroblob(16) WHERE rev = 3",
	"UPDATE change SET op = 2 WHERE rev = 1",
	"DELETE FROM change WHERE rev = 3",
	"DELETE FROM change WHERE rev = 1",
	"DELETE FROM change WHERE rev = 5",
	"UPDATE contacts SET rev = 77 WHERE rev = 5",
	"UPDATE contacts SET rev = 2 WHERE rev = 5",
};

void test_chain_is_broken(void **state)
{
	struct suite *suite = *state;
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};
	struct act other = act;

	other.id = suite_uuid(suite);
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &other));
	act.op = CHANGE_UPDATE;
	for (int i = 0; i < 3; i++) {
		act.name = i % 2 ? "a" : "b";
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	}
	suite_exec(suite, "CREATE TABLE change_whole AS SELECT * FROM change");
	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		unsigned n_logged = suite->n_logged;

		assert_int_equal(OUTRIDER_OK, ask_all(suite, &act, 0));
		suite_exec(suite, breaks[i]);
		if (ask_all(suite, &act, 0) != OUTRIDER_DATA_LOSS ||
		    ask_all(suite, &act, 6) != OUTRIDER_DATA_LOSS)
			fail_msg("unseen: %s", breaks[i]);
		assert_true(suite->n_logged > n_logged);
		assert_int_equal(OUTRIDER_OK, ask_all(suite, &other, 0));
		suite_exec(suite, "DELETE FROM change; INSERT INTO change"
				  " SELECT * FROM change_whole;"
				  " UPDATE contacts SET rev = 5 WHERE rev = 77"
				  " OR (rev = 2 AND family_name = 'b')");
	}
	suite_check(suite);
}
