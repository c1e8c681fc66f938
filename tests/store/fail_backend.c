/* The failing backend: every function but `due` passes on. */
#include "fail_backend.h"

#include <stdlib.h>
#include <string.h>

struct backend_conn {
	struct fail_backend *fail;
	struct backend_conn *inner;
	bool is_writer;
};

struct backend_stmt {
	struct backend_conn *conn;
	struct backend_stmt *inner;
	char sql[64];
};

static void copy_start(char out[64], const char *sql)
{
	size_t len = strlen(sql);

	len = len < 63 ? len : 63;
	memcpy(out, sql, len);
	out[len] = '\0';
}

/* Counts an operation; true if this is the one that fails. */
static bool due(struct backend_conn *conn, const char *sql)
{
	struct fail_backend *fail = conn->fail;

	if (!conn->is_writer || fail->has_failed)
		return false;
	if (fail->how == FAIL_COMMITS && strcmp(sql, "COMMIT") != 0)
		return false;
	fail->n_operations++;
	if (fail->fail_at == 0 || fail->n_operations < fail->fail_at)
		return false;
	fail->has_failed = true;
	copy_start(fail->failed_sql, sql);
	if (fail->how != FAIL_OPERATION &&
	    fail->inner->in_transaction(conn->inner))
		fail->inner->exec(conn->inner, "ROLLBACK");
	return true;
}

static enum backend_result failure(const struct fail_backend *fail)
{
	return fail->how == FAIL_OPERATION ? BACKEND_FAILED : BACKEND_FULL;
}

static enum backend_result fail_open(struct backend_conn **out,
				     const struct store_backend *self,
				     const struct backend_open *how)
{
	/* The backend is the first member. */
	struct fail_backend *fail = (struct fail_backend *)(uintptr_t)self;
	struct backend_conn *conn = calloc(1, sizeof(*conn));

	*out = conn;
	if (!conn)
		return BACKEND_FULL;
	conn->fail = fail;
	conn->is_writer = how->use != BACKEND_READ;
	if (due(conn, "open"))
		return failure(fail);
	return fail->inner->open(&conn->inner, fail->inner, how);
}

static void fail_close(struct backend_conn *conn)
{
	if (!conn)
		return;
	conn->fail->inner->close(conn->inner);
	free(conn);
}

static enum backend_result fail_exec(struct backend_conn *conn, const char *sql)
{
	if (due(conn, sql))
		return failure(conn->fail);
	return conn->fail->inner->exec(conn->inner, sql);
}

static enum backend_result fail_prepare(struct backend_conn *conn,
					struct backend_stmt **out,
					const char *sql)
{
	struct backend_stmt *stmt;

	*out = NULL;
	if (due(conn, sql))
		return failure(conn->fail);
	stmt = calloc(1, sizeof(*stmt));
	if (!stmt)
		return BACKEND_FULL;
	stmt->conn = conn;
	copy_start(stmt->sql, sql);
	enum backend_result result =
		conn->fail->inner->prepare(conn->inner, &stmt->inner, sql);
	if (result != BACKEND_DONE)
		free(stmt);
	else
		*out = stmt;
	return result;
}

static void fail_finish(struct backend_stmt *stmt)
{
	stmt->conn->fail->inner->finish(stmt->inner);
	free(stmt);
}

static enum backend_result fail_bind(struct backend_stmt *stmt, unsigned n,
				     const struct backend_value *value)
{
	/* One of them stands for all. */
	if (n == 1 && due(stmt->conn, stmt->sql))
		return failure(stmt->conn->fail);
	return stmt->conn->fail->inner->bind(stmt->inner, n, value);
}

static enum backend_result fail_step(struct backend_stmt *stmt)
{
	if (due(stmt->conn, stmt->sql))
		return failure(stmt->conn->fail);
	return stmt->conn->fail->inner->step(stmt->inner);
}

static struct backend_value fail_column(struct backend_stmt *stmt, unsigned n)
{
	return stmt->conn->fail->inner->column(stmt->inner, n);
}

static void fail_reset(struct backend_stmt *stmt)
{
	stmt->conn->fail->inner->reset(stmt->inner);
}

static int64_t fail_changes(struct backend_conn *conn)
{
	return conn->fail->inner->changes(conn->inner);
}

static bool fail_in_transaction(struct backend_conn *conn)
{
	return conn->inner && conn->fail->inner->in_transaction(conn->inner);
}

static void fail_set_budget(struct backend_conn *conn, int64_t steps)
{
	conn->fail->inner->set_budget(conn->inner, steps);
}

static int fail_log_pages(struct backend_conn *conn)
{
	return conn->fail->inner->log_pages(conn->inner);
}

static enum backend_result fail_copy_log(struct backend_conn *conn,
					 struct backend_log *out,
					 enum backend_copy how)
{
	return conn->fail->inner->copy_log(conn->inner, out, how);
}

static const char *fail_last_error(struct backend_conn *conn)
{
	(void)conn;
	return "as planned";
}

void fail_backend_init(struct fail_backend *fail,
		       const struct store_backend *inner)
{
	*fail = (struct fail_backend){
		.inner = inner,
		.backend = {
			.dialect = inner->dialect,
			.open = fail_open,
			.close = fail_close,
			.exec = fail_exec,
			.prepare = fail_prepare,
			.finish = fail_finish,
			.bind = fail_bind,
			.step = fail_step,
			.column = fail_column,
			.reset = fail_reset,
			.changes = fail_changes,
			.in_transaction = fail_in_transaction,
			.set_budget = fail_set_budget,
			.log_pages = fail_log_pages,
			.copy_log = fail_copy_log,
			.last_error = fail_last_error,
		},
	};
}
