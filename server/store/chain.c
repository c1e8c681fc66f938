/*
 * A record's changes one by one, the newest first: each has the revision of the
 * one before it, and the record's row that of the newest. Knows nothing of what
 * they changed.
 *
 * A record that was forgotten has no row; what it ended with is a deletion, and
 * of those there is an index.
 */
#include "store/parts.h"

_Static_assert(CHANGE_DELETE == 3, "as the index of deletions has it");

static enum outrider_code last_deletion(struct store_conn *conn, uint64_t *rev,
					uint32_t kind, const struct uuid *id,
					struct outrider_err *err)
{
	struct backend_value values[] = { value_int(kind), value_uuid(id) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_CHANGE_DELETION, values,
					      ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	*rev = code == OUTRIDER_OK && has_row ? (uint64_t)query_int(&query, 0)
					      : 0;
	query_end(&query);
	return code;
}

enum outrider_code chain_before(struct store_conn *conn, uint64_t *rev,
				const struct store_put *put,
				struct outrider_err *err)
{
	*rev = 0;
	if (!put->old)
		return last_deletion(conn, rev, put->row->entity->number,
				     &put->row->id, err);
	*rev = put->old->rev;
	return OUTRIDER_OK;
}

/* The newest of a record; 0: it has none. */
static enum outrider_code find_newest(struct store_conn *conn, uint64_t *rev,
				      uint32_t number, const struct uuid *id,
				      struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(id) };
	const struct store_kind *kind =
		store_kind_numbered(conn->store, number);
	struct query query;
	bool has_row = false;
	enum outrider_code code;

	*rev = 0;
	if (!kind)
		return OUTRIDER_OK;
	code = query_start_rows(&query, conn, kind->entity, ROW_HEAD, values,
				ARRAY_LEN(values), err);
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row)
		*rev = (uint64_t)query_int(&query, 0);
	query_end(&query);
	return code == OUTRIDER_OK && !has_row
		       ? last_deletion(conn, rev, number, id, err)
		       : code;
}

/* The change of a revision, whosever it is. */
static enum outrider_code read_at(struct chain *chain, bool *has_change,
				  uint64_t rev, struct outrider_err *err)
{
	struct backend_value value = value_int((int64_t)rev);
	enum outrider_code code = query_restart(&chain->query, &value, err);

	*has_change = false;
	return code == OUTRIDER_OK ? query_fetch(&chain->query, has_change, err)
				   : code;
}

static bool is_own(const struct chain *chain)
{
	struct uuid id;

	return query_int(&chain->query, CHANGE_KIND) == chain->kind &&
	       query_uuid(&id, &chain->query, CHANGE_ID) &&
	       uuid_compare(&id, &chain->id) == 0;
}

/* Downwards always, and a creation ends it: so it has an end. */
static bool follow(struct chain *chain, uint64_t rev)
{
	int64_t before = query_int(&chain->query, CHANGE_BEFORE_REV);

	chain->next = (uint64_t)before;
	if (before == 0)
		return query_int(&chain->query, CHANGE_OP) == CHANGE_CREATE;
	return before > 0 && (uint64_t)before < rev;
}

enum outrider_code
chain_next(struct chain *chain, bool *has_change, struct outrider_err *err)
{
	uint64_t rev = chain->next;
	enum outrider_code code;

	*has_change = false;
	if (rev == 0)
		return OUTRIDER_OK;
	code = read_at(chain, has_change, rev, err);
	if (code == OUTRIDER_OK &&
	    (!*has_change || !is_own(chain) || !follow(chain, rev)))
		code = store_damaged(chain->query.conn, "change", err);
	return code;
}

/*
 * Where the record's changes below a revision begin. Most who ask were told
 * that revision as one of this record's: its change knows.
 */
static enum outrider_code
find_below(struct chain *chain, uint64_t before_rev, struct outrider_err *err)
{
	bool has_change;
	enum outrider_code code = read_at(chain, &has_change, before_rev, err);

	if (code != OUTRIDER_OK)
		return code;
	if (has_change && is_own(chain)) {
		chain->next = before_rev;
		return chain_next(chain, &has_change, err);
	}
	code = find_newest(chain->query.conn, &chain->next, chain->kind,
			   &chain->id, err);
	while (code == OUTRIDER_OK && chain->next >= before_rev)
		code = chain_next(chain, &has_change, err);
	return code;
}

enum outrider_code
chain_start(struct chain *chain, struct store_conn *conn, enum statement which,
	    const struct store_history_query *asked, struct outrider_err *err)
{
	enum outrider_code code;

	*chain = (struct chain){ .id = asked->id, .kind = asked->kind };
	if (asked->before_rev == 0) {
		code = find_newest(conn, &chain->next, chain->kind, &chain->id,
				   err);
	} else {
		code = query_start(&chain->query, conn, STATEMENT_CHANGE_PAST,
				   NULL, 0, err);
		if (code == OUTRIDER_OK)
			code = find_below(chain, asked->before_rev, err);
		query_end(&chain->query);
	}
	return code == OUTRIDER_OK
		       ? query_start(&chain->query, conn, which, NULL, 0, err)
		       : code;
}

void chain_end(struct chain *chain)
{
	query_end(&chain->query);
}
