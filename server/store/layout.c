/*
 * Databases of the layouts before ours: what makes each of them the next one.
 * It all happens in the transaction that opens a database, so it is of its old
 * layout or of ours, whatever comes between. What a later contract adds is no
 * matter of layouts: see tables.c.
 */
#include "store/parts.h"

#include "store/sql_text.h"

#include <inttypes.h>

/* 5: a record's changes are a chain (chain.c), and no longer an index. */
static const char *const from_4[] = {
	"ALTER TABLE change ADD COLUMN before_rev @I NOT NULL DEFAULT 0",
	"UPDATE change SET before_rev = (SELECT b.rev FROM change b"
	" WHERE b.id = change.id AND b.kind = change.kind"
	" AND b.rev < change.rev ORDER BY b.rev DESC LIMIT 1)"
	" WHERE EXISTS (SELECT 1 FROM change b WHERE b.id = change.id"
	" AND b.kind = change.kind AND b.rev < change.rev)",
	"DROP INDEX change_record",
	NULL,
};

/* By the layout that it is made from; NULL ends the texts of each. */
static const char *const *const steps[] = { from_4 };

_Static_assert(ARRAY_LEN(steps) == STORE_LAYOUT - STORE_LAYOUT_FIRST,
	       "a way from each layout to the next");

static enum outrider_code take_step(struct store_conn *conn,
				    const char *const *texts,
				    struct outrider_err *err)
{
	const struct store_dialect *dialect = conn->store->backend->dialect;
	enum outrider_code code = OUTRIDER_OK;

	for (; code == OUTRIDER_OK && *texts; texts++)
		code = tables_exec(conn,
				   text_expand(&conn->scratch, dialect, *texts),
				   err);
	arena_reset(&conn->scratch);
	return code;
}

enum outrider_code
layout_raise(struct store_conn *conn, int64_t from, struct outrider_err *err)
{
	const struct context *context = conn->store->context;
	struct backend_value values[] = { value_int(STORE_LAYOUT) };
	enum outrider_code code = OUTRIDER_OK;

	/* Of a large database it takes a while. */
	context_log(context, LOG_LEVEL_INFO, "store.layout_raising",
		    "from=%" PRId64 " to=%d", from, STORE_LAYOUT);
	for (int64_t n = from; code == OUTRIDER_OK && n < STORE_LAYOUT; n++)
		code = take_step(conn, steps[n - STORE_LAYOUT_FIRST], err);
	if (code == OUTRIDER_OK)
		code = store_run(conn, NULL, STATEMENT_META_LAYOUT, values,
				 ARRAY_LEN(values), err);
	return code;
}
