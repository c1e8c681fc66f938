/*
 * A database's life on SQLite: made once, opened by the program that knows
 * it, healed where the contract has grown, refused with one line where it is
 * none of ours; and its files: for nobody else to read, and bounded.
 */
#include "suite.h"

#include "schema_ddl.h"
#include "store/sql.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
	struct suite *suite = malloc(sizeof(*suite));

	assert_non_null(suite);
	suite_init(suite, &store_sqlite);
	suite->config.is_inline = true;
	*state = suite;
	return 0;
}

static int teardown(void **state)
{
	suite_free(*state);
	free(*state);
	return 0;
}

static enum outrider_code
try_open(struct suite *suite, struct outrider_err *err)
{
	struct store *store = NULL;
	enum outrider_code code = store_open(&store, &suite->config, err);

	/* One line, for a person; nothing of the database's own. */
	assert_null(strchr(err->text, '\n'));
	assert_null(strstr(err->text, "SQL"));
	if (code != OUTRIDER_OK)
		assert_null(store);
	store_close(store);
	return code;
}

static void execute(struct suite *suite, const char *sql)
{
	struct backend_open how = { .path = suite->path, .use = BACKEND_WRITE };
	struct backend_conn *conn = NULL;

	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&conn, suite->backend, &how));
	assert_int_equal(BACKEND_DONE, suite->backend->exec(conn, sql));
	suite->backend->close(conn);
}

static void test_created_once(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct uuid epoch;

	assert_code(OUTRIDER_NOT_FOUND, try_open(suite, &err), err);
	assert_int_equal(-1, access(suite->path, F_OK)); /* made nothing */
	suite_open(suite, true);
	epoch = store_epoch(suite->store);
	assert_false(uuid_is_zero(&epoch));
	suite_reopen(suite);
	struct uuid again = store_epoch(suite->store);
	assert_memory_equal(&epoch, &again, sizeof(epoch));
	assert_code(OUTRIDER_ALREADY_EXISTS, store_create(&suite->config, &err),
		    err);
	suite_check(suite);
}

static void test_safe_and_for_us_alone(void **state)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	struct suite *suite = *state;
	struct stat info;

	umask(0022);
	suite_open(suite, true);
	/* 2 is FULL: no answer before the disk has it. */
	assert_int_equal(2, suite_number(suite, "PRAGMA synchronous"));
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		char path[256];
		snprintf(path, sizeof(path), "%s%s", suite->path, endings[i]);
		assert_int_equal(0, stat(path, &info));
		assert_int_equal(0600, info.st_mode & 0777);
	}
}

static void test_foreign_files(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	static const char text[] = "not a database, but long enough to hold"
				   " what could be a header of a hundred bytes"
				   " if somebody read it as one, you see";
	int fd = open(suite->path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(sizeof(text), write(fd, text, sizeof(text)));
	close(fd);
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	assert_code(OUTRIDER_FAILED_PRECONDITION,
		    store_create(&suite->config, &err), err);
	/* A database, but somebody else's. */
	unlink(suite->path);
	struct backend_open how = { .path = suite->path,
				    .use = BACKEND_CREATE };
	struct backend_conn *conn = NULL;
	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&conn, suite->backend, &how));
	suite->backend->close(conn);
	execute(suite, "CREATE TABLE recipes (id INTEGER PRIMARY KEY)");
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	assert_code(OUTRIDER_FAILED_PRECONDITION,
		    store_create(&suite->config, &err), err);
	assert_int_equal(1, suite_number(suite,
					 "SELECT count(*) FROM sqlite_schema"));
}

static void test_other_versions(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;

	suite_open(suite, true);
	suite_close(suite);
	execute(suite, "UPDATE meta SET layout = 6");
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	assert_non_null(strstr(err.text, "layout 6"));
	execute(suite, "UPDATE meta SET layout = 3");
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	execute(suite, "UPDATE meta SET layout = 5, schema = schema + 1,"
		       " size = size + 1");
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	assert_non_null(strstr(err.text, "newer"));
	execute(suite, "UPDATE meta SET schema = schema - 1,"
		       " size = size - 1");
	assert_ok(try_open(suite, &err), err);
}

/* ---------------------------------------------------------------- healing */

/* The contract without its last kinds, and contact without its last fields. */
struct small {
	struct entity contact;
	const struct entity *entities[8];
	const char *tables[9];
	char contact_table[4096];
	struct store_schema schema;
};

#define FIELDS_LESS 2

/* The generated table without its last columns. */
static void cut_table(char *out, size_t room, const char *whole, size_t less)
{
	const char *tail = strstr(whole, "\n)");
	size_t len = (size_t)(tail - whole);

	for (size_t i = 0; i < less; i++) {
		while (whole[len - 1] != ',')
			len--;
		len--;
	}
	assert_true((size_t)snprintf(out, room, "%.*s%s", (int)len, whole,
				     tail) < room);
}

static void make_small(struct small *small)
{
	const struct entity *contact = contact_entity();
	size_t n = 0;

	for (; schema_entities[n] != contact; n++) {
		small->entities[n] = schema_entities[n];
		small->tables[n] = schema_ddl_sqlite[n];
	}
	small->contact = *contact;
	small->contact.n_fields -= FIELDS_LESS;
	cut_table(small->contact_table, sizeof(small->contact_table),
		  schema_ddl_sqlite[n], FIELDS_LESS);
	small->entities[n] = &small->contact;
	small->tables[n] = small->contact_table;
	small->schema = (struct store_schema){
		.entities = small->entities,
		.n_entities = n + 1,
		.tables = small->tables,
		/* It sorts above: only the size says what is newer. */
		.version = schema_version + 1,
		.size = schema_size - 1,
	};
}

static void test_grows_with_the_contract(void **state)
{
	struct suite *suite = *state;
	struct small *small = calloc(1, sizeof(*small));
	struct outrider_err err;
	struct row *row = NULL;
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = &small->contact,
		.id = suite_uuid(suite),
		.name = "Kovač",
		.phone = "112",
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};

	assert_non_null(small);
	make_small(small);
	suite->config.schema = &small->schema;
	suite_open(suite, true);
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(0, suite_number(suite,
					 "SELECT count(*) FROM sqlite_schema"
					 " WHERE name = 'meetings'"));
	suite_close(suite);

	suite->config.schema = NULL; /* the program of today */
	assert_ok(store_open(&suite->store, &suite->config, &err), err);
	assert_ok(store_reader_open(&suite->reader, suite->store, &err), err);
	assert_int_equal(schema_version,
			 suite_number(suite, "SELECT schema FROM meta"));
	assert_ok(store_get(suite->reader, &row, contact_entity(), &act.id,
			    &suite->arena, &err),
		  err);
	assert_memory_equal("Kovač", row_value(row, 11)->bytes.at, 6);
	assert_int_equal(1, row->frev[1]);
	size_t n_fields = contact_entity()->n_fields;
	for (size_t i = n_fields - FIELDS_LESS; i < n_fields; i++) {
		assert_false(value_is_set(&row->values[i]));
		assert_int_equal(0, row->frev[i]);
	}
	act.entity = contact_entity();
	act.op = CHANGE_UPDATE;
	act.name = "Novak";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	suite_check(suite);
	suite_close(suite);

	/* What was healed is the same as what is made anew. */
	int64_t healed =
		suite_number(suite, "SELECT count(*) FROM sqlite_schema");
	struct suite fresh;
	suite_init(&fresh, &store_sqlite);
	suite_open(&fresh, true);
	assert_int_equal(suite_number(&fresh,
				      "SELECT count(*) FROM sqlite_schema"),
			 healed);
	suite_free(&fresh);

	/* The program of yesterday refuses it now. */
	suite->config.schema = &small->schema;
	assert_code(OUTRIDER_FAILED_PRECONDITION, try_open(suite, &err), err);
	free(small);
}

/* ------------------------------------------------------------------- log */

static int64_t log_bytes(const struct suite *suite)
{
	char path[256];
	struct stat info;

	snprintf(path, sizeof(path), "%s-wal", suite->path);
	return stat(path, &info) == 0 ? (int64_t)info.st_size : 0;
}

static void write_much(struct suite *suite, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct act act = {
			.op = CHANGE_CREATE,
			.entity = contact_entity(),
			.id = suite_uuid(suite),
			.name = "a",
			.padding = 50000,
			.scopes = { suite_scope(1) },
			.n_scopes = 1,
		};
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	}
}

/*
 * A reader that keeps its snapshot sees what it saw; the log grows for as
 * long, and is short again soon after.
 */
static void test_long_reader(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct store_conn *other = NULL;
	struct feed_position from = { .scope = suite_scope(1) };
	struct feed_entry *entries = NULL;
	uint64_t rev = 0;
	size_t n = 0;

	suite_open(suite, true);
	write_much(suite, 10);
	assert_ok(store_reader_open(&other, suite->store, &err), err);
	assert_ok(store_read_begin(other, &rev, &err), err);
	assert_int_equal(10, rev);
	write_much(suite, 600);
	assert_true(log_bytes(suite) > (int64_t)48 << 20);
	assert_ok(store_feed(other, &entries, &n, &from, 1, 1000, &suite->arena,
			     &err),
		  err);
	assert_int_equal(10, n);
	store_read_end(other);
	assert_ok(store_read_begin(other, &rev, &err), err);
	assert_int_equal(610, rev);
	store_reader_close(other);
	write_much(suite, 200);
	assert_true(log_bytes(suite) < (int64_t)40 << 20);
	suite_check(suite);
}

/* ------------------------------------------------------------------ plans */

/*
 * Fails where the plan reads a whole table, sorts, or searches by a range
 * alone; is_range: where it may.
 */
static void check_plan(struct suite *suite, struct backend_conn *conn,
		       const char *sql, bool is_range)
{
	const struct store_backend *backend = suite->backend;
	struct backend_stmt *stmt = NULL;
	char text[8192], step[200];

	snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(BACKEND_DONE, backend->prepare(conn, &stmt, text));
	while (backend->step(stmt) == BACKEND_ROW) {
		struct bytes said = backend->column(stmt, 3).bytes;
		snprintf(step, sizeof(step), "%.*s", (int)said.len,
			 (const char *)said.at);
		bool is_search = strncmp(step, "SEARCH", 6) == 0;
		/* The index of words answers out of its own lists. */
		bool is_scan = strncmp(step, "SCAN", 4) == 0 &&
			       !strstr(step, "VIRTUAL TABLE INDEX");
		if (is_scan || strstr(step, "TEMP B-TREE") ||
		    (is_search && !is_range && !strstr(step, "=?")))
			fail_msg("%s: %s", step, sql);
	}
	backend->finish(stmt);
}

/* Statements that read on from where somebody was. */
static bool reads_a_range(enum statement which)
{
	return which == STATEMENT_REV || which == STATEMENT_LANE_PUT ||
	       which == STATEMENT_TOKENS_EXPIRE ||
	       which == STATEMENT_STAY_GONE || which == STATEMENT_FEED_NEXT ||
	       which == STATEMENT_CHANGE_TIME ||
	       which == STATEMENT_UPLOAD_STALEST ||
	       which == STATEMENT_EVIDENCE_PURGE ||
	       which == STATEMENT_TRACKS_PURGE ||
	       which == STATEMENT_MARK_BEHIND ||
	       which == STATEMENT_MARKS_FORGET ||
	       which == STATEMENT_LOOKS_BEFORE ||
	       which == STATEMENT_POSITIONS_SINCE ||
	       which == STATEMENT_SEARCH_NEWS ||
	       which == STATEMENT_SEARCH_WORDS;
}

/* A small table that is swept by the hour: one row a rep. */
static bool sweeps_a_table(enum statement which)
{
	return which == STATEMENT_POSITIONS_FORGET;
}

/* Nothing but those, the teams' tree and the backend's own tables is read
 * whole. */
static void test_no_statement_reads_a_table(void **state)
{
	struct suite *suite = *state;
	struct backend_open how = { .use = BACKEND_WRITE };
	struct backend_conn *conn = NULL;
	const struct store_dialect *dialect = suite->backend->dialect;
	unsigned n = 0;

	suite_open(suite, true);
	how.path = suite->path;
	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&conn, suite->backend, &how));
	for (enum statement i = STATEMENT_REV; i < STATEMENT_COUNT; i++, n++)
		if (!sweeps_a_table(i))
			check_plan(suite, conn,
				   sql_statement(&suite->arena, dialect, i),
				   reads_a_range(i));
	for (size_t k = 0; k < schema_n_entities; k++) {
		for (enum row_statement i = 0; i < ROW_STATEMENT_COUNT; i++) {
			const char *sql = sql_row_statement(
				&suite->arena, dialect, schema_entities[k], i);
			if (sql && i != ROW_TEAMS) {
				check_plan(suite, conn, sql,
					   i == ROW_ALERTS ||
						   i == ROW_ALERTS_OPEN ||
						   i == ROW_PLACES_ABOUT);
				n++;
			}
		}
	}
	assert_true(n > 80);
	suite->backend->close(conn);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_created_once),
		TEST(test_safe_and_for_us_alone),
		TEST(test_foreign_files),
		TEST(test_other_versions),
		TEST(test_grows_with_the_contract),
		TEST(test_long_reader),
		TEST(test_no_statement_reads_a_table),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
