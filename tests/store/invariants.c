/*
 * What must hold between the tables at any time, asked in SQL over all of
 * them, and in C for what only the engine can say of a row.
 */
#include "suite.h"

#include "store/parts.h"

/* The feed with its places as what they mean. */
#define FEED                                                                   \
	"(SELECT scope, place & 68719476735 AS rev, id, kind, entered_rev, op" \
	" FROM feed JOIN lane ON number = place >> 36)"

/* Each must give 0. */
static const struct {
	const char *what;
	const char *sql;
} laws[] = {
	{ "the log has no gap",
	  "SELECT coalesce(max(rev), 0) - count(*) FROM change" },
	{ "a change knows the one before it",
	  "SELECT count(*) FROM change h WHERE before_rev <> coalesce((SELECT"
	  " max(rev) FROM change b WHERE b.kind = h.kind AND b.id = h.id"
	  " AND b.rev < h.rev), 0)" },
	{ "a row's revision is its last change",
	  "SELECT count(*) FROM contacts c WHERE rev <>"
	  " coalesce((SELECT max(rev) FROM change h WHERE h.id = c.id), -1)" },
	{ "a change is of a row",
	  "SELECT count(*) FROM change h WHERE NOT EXISTS"
	  " (SELECT 1 FROM contacts c WHERE c.id = h.id)" },
	{ "a feed entry is of a row, and not newer",
	  "SELECT count(*) FROM " FEED " f WHERE NOT EXISTS"
	  " (SELECT 1 FROM contacts c WHERE c.id = f.id AND f.rev <= c.rev)" },
	{ "a record entered before its last entry",
	  "SELECT count(*) FROM " FEED " WHERE entered_rev > rev" },
	{ "present entries are of standing rows, of their revision",
	  "SELECT count(*) FROM " FEED " f JOIN contacts c ON c.id = f.id"
	  " WHERE f.op = 1 AND (c.deleted_us <> 0 OR f.rev <> c.rev)" },
	{ "a scope of a row and its entry say the same",
	  "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL"
	  " SELECT i + 1 FROM n WHERE i < 15)"
	  " SELECT count(*) FROM contacts c, n"
	  " WHERE i * 17 < length(c.scopes) AND NOT EXISTS (SELECT 1"
	  " FROM " FEED " f WHERE f.scope = substr(c.scopes, i * 17 + 1, 17)"
	  " AND f.kind = 4 AND f.id = c.id AND f.rev = c.rev"
	  " AND f.op = CASE c.deleted_us WHEN 0 THEN 1 ELSE 3 END)" },
	{ "a present entry is in the row's scopes",
	  "SELECT (SELECT count(*) FROM feed WHERE op = 1) -"
	  " (SELECT coalesce(sum(length(scopes) / 17), 0) FROM contacts"
	  " WHERE deleted_us = 0)" },
	{ "each stay has its entry, and says the same",
	  "SELECT count(*) FROM stay s WHERE NOT EXISTS (SELECT 1"
	  " FROM " FEED " f WHERE f.scope = s.scope AND f.kind = s.kind"
	  " AND f.id = s.id AND f.entered_rev = s.entered_rev"
	  " AND f.op = s.op AND (s.op = 1 OR f.rev = s.gone_rev))" },
	{ "each entry has its lane and its stay",
	  "SELECT (SELECT count(*) FROM feed) - (SELECT count(*) FROM stay)" },
	{ "a handle is of a row",
	  "SELECT count(*) FROM handle l WHERE"
	  " NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = l.id)" },
};

/* Rows of one or two columns, through the backend alone. */
struct scan {
	const struct store_backend *backend;
	struct backend_conn *conn;
	struct backend_stmt *stmt;
};

static void scan_start(struct scan *scan, const char *sql)
{
	assert_int_equal(BACKEND_DONE,
			 scan->backend->prepare(scan->conn, &scan->stmt, sql));
}

static struct backend_conn *open_conn(struct suite *suite)
{
	struct backend_open how = { .path = suite->path, .use = BACKEND_READ };
	struct backend_conn *conn = NULL;

	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&conn, suite->backend, &how));
	return conn;
}

static int64_t number_of(struct scan *scan, const char *sql)
{
	scan_start(scan, sql);
	assert_int_equal(BACKEND_ROW, scan->backend->step(scan->stmt));
	int64_t number = scan->backend->column(scan->stmt, 0).i;
	scan->backend->finish(scan->stmt);
	return number;
}

int64_t suite_number(struct suite *suite, const char *sql)
{
	struct scan scan = { .backend = suite->backend };

	scan.conn = open_conn(suite);
	int64_t number = number_of(&scan, sql);
	suite->backend->close(scan.conn);
	return number;
}

void suite_exec(struct suite *suite, const char *sql)
{
	struct backend_open how = { .path = suite->path, .use = BACKEND_WRITE };
	struct backend_conn *conn = NULL;

	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&conn, suite->backend, &how));
	assert_int_equal(BACKEND_DONE, suite->backend->exec(conn, sql));
	suite->backend->close(conn);
}

struct counted {
	size_t n;
};

static void count_reference(void *user, const struct field *field,
			    const struct uuid *target)
{
	struct counted *counted = user;

	(void)target;
	counted->n += field->number >= FIELD_FIRST_OWN;
}

static void
count_handle(void *user, const struct field *field, struct bytes text)
{
	struct counted *counted = user;

	(void)field;
	(void)text;
	counted->n++;
}

/* As many links and handles as the rows have; none is written twice. */
static void check_sides(struct suite *suite, struct scan *scan)
{
	struct counted links = { 0 }, handles = { 0 };
	struct outrider_err err;
	struct store_conn *reader = suite->reader;
	struct arena arena;

	arena_init(&arena, &allocator_libc, (size_t)64 << 20);
	int64_t n_links = number_of(scan, "SELECT count(*) FROM link");
	int64_t n_handles = number_of(scan, "SELECT count(*) FROM handle");
	assert_ok(store_read_begin(reader, NULL, &err), err);
	scan_start(scan, "SELECT id FROM contacts");
	while (scan->backend->step(scan->stmt) == BACKEND_ROW) {
		struct backend_value id = scan->backend->column(scan->stmt, 0);
		struct uuid uuid;
		struct row *row = NULL;
		memcpy(uuid.at, id.bytes.at, sizeof(uuid.at));
		assert_ok(store_get(reader, &row, contact_entity(), &uuid,
				    &arena, &err),
			  err);
		record_references(row, count_reference, &links);
		record_handles(row, count_handle, &handles);
		arena_reset(&arena);
	}
	scan->backend->finish(scan->stmt);
	store_read_end(reader);
	arena_free(&arena);
	assert_int_equal(n_links, links.n);
	assert_int_equal(n_handles, handles.n);
}

void suite_check(struct suite *suite)
{
	struct scan scan = { .backend = suite->backend };
	struct outrider_err err;
	uint64_t rev = 0;

	scan.conn = open_conn(suite);
	for (size_t i = 0; i < ARRAY_LEN(laws); i++) {
		int64_t broken = number_of(&scan, laws[i].sql);
		if (broken != 0)
			fail_msg("%s: %lld", laws[i].what, (long long)broken);
	}
	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	store_read_end(suite->reader);
	assert_int_equal(rev, number_of(&scan, "SELECT coalesce(max(rev), 0)"
					       " FROM change"));
	assert_int_equal(0, number_of(&scan, "SELECT count(*) FROM"
					     " pragma_integrity_check WHERE"
					     " integrity_check <> 'ok'"));
	check_sides(suite, &scan);
	suite->backend->close(scan.conn);
}
