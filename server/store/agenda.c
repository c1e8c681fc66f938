/*
 * The agenda: each standing meeting in each scope where it lies, by its start.
 * Owns that side table and the read over it, so that a day's or a rep's
 * meetings cost what they are and not what the firm has.
 */
#include "store/lanes.h"

#include <string.h>

void agenda_field(struct store_kind *kind)
{
	const struct entity *entity = kind->entity;

	kind->start = entity->n_fields;
	if (strcmp(entity->name, "meeting") != 0)
		return;
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (strcmp(entity->fields[i].name, "start_time") == 0)
			kind->start = i;
	}
}

/* Where a row stands in the agenda: nowhere without scopes. */
struct place {
	int64_t start_us;
	struct bytes scopes; /* one behind the other */
};

static bool
is_at(const struct place *place, int64_t start_us, const uint8_t *scope)
{
	if (place->start_us != start_us)
		return false;
	for (size_t i = 0; i < place->scopes.len; i += SCOPE_LEN) {
		if (memcmp(place->scopes.at + i, scope, SCOPE_LEN) == 0)
			return true;
	}
	return false;
}

/* Runs the statement for each entry of one place that isn't of the other. */
static enum outrider_code
write_difference(struct store_conn *conn, enum statement which,
		 const struct uuid *id, const struct place *of,
		 const struct place *but, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < of->scopes.len && code == OUTRIDER_OK;
	     i += SCOPE_LEN) {
		const uint8_t *scope = of->scopes.at + i;
		struct backend_value values[] = {
			value_blob(scope, SCOPE_LEN),
			value_int(of->start_us),
			value_uuid(id),
		};
		if (!is_at(but, of->start_us, scope))
			code = store_run(conn, NULL, which, values,
					 ARRAY_LEN(values), err);
	}
	return code;
}

static struct place place_of(const struct store_kind *kind,
			     const struct row *row, struct bytes scopes)
{
	if (!row || row->deleted_us != 0)
		return (struct place){ 0 };
	return (struct place){ row->values[kind->start].i, scopes };
}

enum outrider_code agenda_put(struct store_conn *conn,
			      const struct store_kind *kind,
			      const struct store_put *put,
			      struct bytes old_scopes, struct outrider_err *err)
{
	struct bytes scopes = {
		put->n_scopes ? put->scopes->at : NULL,
		put->n_scopes * SCOPE_LEN,
	};
	const struct uuid *id = &put->row->id;

	if (kind->start == kind->entity->n_fields)
		return OUTRIDER_OK;
	struct place old = place_of(kind, put->old, old_scopes);
	struct place now = place_of(kind, put->row, scopes);
	enum outrider_code code = write_difference(
		conn, STATEMENT_AGENDA_DELETE, id, &old, &now, err);
	if (code != OUTRIDER_OK)
		return code;
	return write_difference(conn, STATEMENT_AGENDA_PUT, id, &now, &old,
				err);
}

/* ---------------------------------------------------------------- reading */

/* Adds the meeting, unless it is another owner's. */
static enum outrider_code
add_meeting(struct list *found, struct store_conn *conn,
	    const struct entity *entity, const struct uuid *id,
	    const struct store_meetings_query *asked, struct arena *arena,
	    struct outrider_err *err)
{
	struct row *row = NULL;
	enum outrider_code code = store_get(conn, &row, entity, id, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!uuid_is_zero(&asked->owner) &&
	    uuid_compare(&asked->owner, &row->owner) != 0)
		return OUTRIDER_OK;
	struct row **added = list_add(found, arena);
	if (!added)
		return store_no_memory(err);
	*added = row;
	return OUTRIDER_OK;
}

enum outrider_code store_meetings(struct store_conn *conn, struct row ***rows,
				  size_t *n_rows,
				  const struct store_meetings_query *asked,
				  struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity =
		store_entity_named(conn->store, "meeting");
	struct lanes lanes = {
		.conn = conn,
		.arena = arena,
		.which = STATEMENT_AGENDA_NEXT,
	};
	struct list found = { .size = sizeof(struct row *) };
	const struct lane_entry *least = NULL;
	/* From the start of the window, or from behind the last page. */
	bool is_first = asked->after_us < asked->from_us;
	int64_t above_us = is_first ? asked->from_us : asked->after_us;
	struct uuid above = { { 0 } }, last = { { 0 } };

	*rows = NULL;
	*n_rows = 0;
	if (!entity)
		return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
			       "this store holds no meetings");
	if (!is_first)
		above = asked->after;
	enum outrider_code code =
		lanes_open(&lanes, asked->n_scopes, asked->limit, err);
	for (size_t i = 0; i < asked->n_scopes && code == OUTRIDER_OK; i++)
		code = lanes_add(&lanes, &asked->scopes[i], above_us, &above,
				 err);
	while (code == OUTRIDER_OK && found.n < asked->limit &&
	       (least = lanes_least(&lanes)) &&
	       least->order < asked->until_us) {
		struct uuid id = least->feed.id;
		code = lanes_next(&lanes, err);
		if (code != OUTRIDER_OK || uuid_compare(&id, &last) == 0)
			continue;
		last = id;
		code = add_meeting(&found, conn, entity, &id, asked, arena,
				   err);
	}
	if (code != OUTRIDER_OK)
		return code;
	*rows = found.at;
	*n_rows = found.n;
	return OUTRIDER_OK;
}
