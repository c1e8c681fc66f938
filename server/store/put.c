/*
 * The one way a row is written: table, log, feeds and side tables in one act
 * and with one revision. Knows no permission; takes the row as it is given.
 */
#include "store/parts.h"

#include <assert.h>
#include <string.h>

/* What stands of a record, as a put must know it. */
struct head {
	uint64_t rev;
	bool is_there;
	struct bytes scopes; /* in the writer's scratch */
};

static enum outrider_code read_head(struct head *out, struct store_conn *tx,
				    const struct row *row,
				    struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(&row->id) };
	struct query query;
	enum outrider_code code = query_start_rows(&query, tx, row->entity,
						   ROW_HEAD, values,
						   ARRAY_LEN(values), err);

	*out = (struct head){ 0 };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &out->is_there, err);
	if (code == OUTRIDER_OK && out->is_there) {
		out->rev = (uint64_t)query_int(&query, 0);
		if (!query_copy(&out->scopes, &query, 1, &tx->scratch))
			code = store_no_memory(err);
	}
	query_end(&query);
	return code;
}

/* Is the row that the caller looked at the one that stands? */
static enum outrider_code check_head(const struct head *head,
				     const struct store_put *put,
				     struct outrider_err *err)
{
	const char *name = put->row->entity->name;

	if (!put->old && head->is_there)
		return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "there is a %s with this id already", name);
	if (put->old && (!head->is_there || head->rev != put->old->rev))
		return err_set(err, OUTRIDER_ABORTED, NULL,
			       "the %s was changed meanwhile", name);
	return OUTRIDER_OK;
}

/* The row's revision, and that of each field that changed. */
static void stamp(struct store_put *put, uint64_t rev)
{
	struct row *row = put->row;
	const struct entity *entity = row->entity;

	row->rev = rev;
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (field_set_has(&put->changed, entity->fields[i].number))
			row->frev[i] = rev;
	}
	if (field_set_has(&put->changed, FIELD_OWNER) ||
	    field_set_has(&put->changed, FIELD_TEAM))
		row->frev_owner = rev;
}

/*
 * Does the write leave alone what indexes hold, but for the time of change? A
 * database touches each index of which a column is named, changed or not; most
 * edits are of fields that have none.
 */
static bool is_of_rest(const struct store_put *put)
{
	const struct row *row = put->row, *old = put->old;

	if (!old || old->created_us != row->created_us ||
	    old->deleted_us != 0 || row->deleted_us != 0 ||
	    uuid_compare(&old->owner, &row->owner) != 0 ||
	    uuid_compare(&old->team, &row->team) != 0)
		return false;
	for (size_t i = 0; i < row->entity->n_fields; i++)
		if (!sql_is_rest(row->entity, COLUMN_FIRST_OWN + i) &&
		    !value_equal(&row->entity->fields[i], &old->values[i],
				 &row->values[i]))
			return false;
	return true;
}

/* Keeps the values that ROW_UPDATE_REST binds. */
static size_t
keep_rest(struct backend_value *values, size_t n, const struct entity *entity)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (sql_is_rest(entity, i))
			values[kept++] = values[i];
	return kept;
}

static enum outrider_code
write_row(struct store_conn *tx, int64_t *changes, enum row_statement which,
	  const struct store_put *put, struct bytes scopes,
	  struct outrider_err *err)
{
	struct backend_value values[ROW_VALUES_MAX];

	frev_write(&tx->build, put->row);
	if (tx->build.is_full)
		return store_no_memory(err);
	struct bytes frev = { tx->build.at, tx->build.len };
	size_t n = row_values(values, put->row, frev, scopes);
	if (which == ROW_UPDATE_REST) {
		n = keep_rest(values, n, put->row->entity);
		values[n++] = value_int((int64_t)put->old->rev);
		values[n++] = value_blob(scopes.at, scopes.len);
	}
	return store_run_rows(tx, changes, put->row->entity, which, values, n,
			      err);
}

/*
 * The row, and where it lay. Most updates leave a record where it is: whether
 * it is, and is the one that the caller looked at, the update itself asks.
 */
static enum outrider_code
replace_row(struct store_conn *tx, const struct store_put *put,
	    struct bytes scopes, struct bytes *old_scopes,
	    struct outrider_err *err)
{
	struct head head;
	int64_t changes = 0;
	enum outrider_code code = OUTRIDER_OK;

	*old_scopes = scopes;
	if (is_of_rest(put))
		code = write_row(tx, &changes, ROW_UPDATE_REST, put, scopes,
				 err);
	if (code != OUTRIDER_OK || changes == 1)
		return code;
	code = read_head(&head, tx, put->row, err);
	if (code == OUTRIDER_OK)
		code = check_head(&head, put, err);
	if (code != OUTRIDER_OK)
		return code;
	*old_scopes = head.scopes;
	/* Where a deleted record lay stays with it. */
	code = write_row(tx, &changes, put->old ? ROW_UPDATE : ROW_INSERT, put,
			 put->row->deleted_us == 0 ? scopes : head.scopes, err);
	/* The id is free: another key of the kind is taken. */
	if (code == OUTRIDER_OK && changes != 1)
		code = err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "another %s has the same key",
			       put->row->entity->name);
	return code;
}

/* What follows the row, all of it or the write is spoiled. */
static enum outrider_code
write_rest(struct store_conn *tx, const struct store_kind *kind,
	   const struct store_put *put, struct bytes old_scopes,
	   struct outrider_err *err)
{
	const struct row *row = put->row;
	struct feed_write feed = {
		.kind = row->entity->number,
		.id = &row->id,
		.rev = row->rev,
		.old_rev = put->old ? put->old->rev : 0,
		.device = put->author->seq > 0 ? &put->author->device : NULL,
		.stood = put->old && put->old->deleted_us == 0,
		.is_deleted = row->deleted_us != 0,
		.old_scopes = old_scopes,
		.scopes = put->scopes,
		.n_scopes = put->n_scopes,
	};
	enum outrider_code code = change_put(tx, put, err);

	if (code == OUTRIDER_OK)
		code = feed_put(tx, &feed, err);
	if (code == OUTRIDER_OK)
		code = agenda_put(tx, kind, put, old_scopes, err);
	if (code == OUTRIDER_OK)
		code = side_put(tx, kind, put->old, row, &put->changed, err);
	return code;
}

enum outrider_code store_put(struct store_conn *tx, struct store_put *put,
			     struct outrider_err *err)
{
	const struct row *row = put->row;
	const struct store_kind *kind = store_kind(tx->store, row->entity);
	const struct bytes scopes = {
		put->n_scopes ? put->scopes->at : NULL,
		put->n_scopes * SCOPE_LEN,
	};
	struct bytes old_scopes;
	struct outrider_err told;

	assert(row->entity->n_fields <= RECORD_FIELDS_MAX);
	if (!kind)
		return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
			       "this store holds no %s", row->entity->name);
	if (tx->rev >= FEED_REV_MAX)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "the database has no more numbers for changes");
	arena_reset(&tx->scratch);
	stamp(put, ++tx->rev);
	enum outrider_code code =
		replace_row(tx, put, scopes, &old_scopes, err);
	if (code != OUTRIDER_OK) {
		tx->rev--; /* nothing was done */
		return code;
	}
	code = write_rest(tx, kind, put, old_scopes, &told);
	if (code != OUTRIDER_OK) {
		conn_spoil(tx, BACKEND_DONE, &told);
		if (err)
			*err = told;
	}
	return code;
}
