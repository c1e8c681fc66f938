/*
 * What makes tables, indexes and columns. Owns the store's own tables word by
 * word; a kind's table is the generator's, but for the column of scopes.
 */
#include "store/sql_content.h"
#include "store/sql_text.h"

#include <string.h>

/* ------------------------------------------------------------ own tables */

/*
 * change: a record's changes are a chain, and not an index, in which each write
 * would have an entry at a random place: see chain.c.
 *
 * feed: what a pull reads, in its order. Most writes move entries, and a number
 * is found and compared for a third of what a scope and a revision cost: the
 * scope's lane in 27 bits above the revision's 36.
 *
 * stay: where a record is or was, which lists go over; a write that leaves a
 * record where it is doesn't touch it.
 *
 * link: who refers to a target, a lane for each referring field, in the order
 * of a timeline. The other side tables lie by the record that they are of, so
 * that a write touches one place and a condition is tried on one record by one
 * seek; their indexes find records by what they have. A custom value is of one
 * type, the others' columns are empty, and so one index serves all three.
 */
static const char *const own_tables[] = {
	"CREATE TABLE IF NOT EXISTS meta (one @I NOT NULL PRIMARY KEY,"
	" layout @I NOT NULL, schema @I NOT NULL, size @I NOT NULL,"
	" epoch @B NOT NULL,"
	" created_us @I NOT NULL)",

	"CREATE TABLE IF NOT EXISTS change (rev @I PRIMARY KEY,"
	" at_us @I NOT NULL, kind @I NOT NULL, id @B NOT NULL, op @I NOT NULL,"
	" actor @B, device @B, incarnation @B, seq @I NOT NULL,"
	" hlc @I NOT NULL,"
	" verbatim @I NOT NULL, patch @B NOT NULL,"
	" before_rev @I NOT NULL DEFAULT 0)",
	"CREATE INDEX IF NOT EXISTS change_deletion ON change (kind, id, rev)"
	" WHERE op = 3",

	"CREATE TABLE IF NOT EXISTS lane (number @I PRIMARY KEY"
	" CHECK (number < 134217728), scope @B NOT NULL UNIQUE)",
	"CREATE TABLE IF NOT EXISTS feed (place @I PRIMARY KEY,"
	" id @B NOT NULL, kind @I NOT NULL, entered_rev @I NOT NULL,"
	" op @I NOT NULL)",
	"CREATE TABLE IF NOT EXISTS stay (scope @B NOT NULL, kind @I NOT NULL,"
	" id @B NOT NULL, entered_rev @I NOT NULL, op @I NOT NULL,"
	" gone_rev @I NOT NULL, PRIMARY KEY (scope, kind, id))@C",
	"CREATE INDEX IF NOT EXISTS stay_gone ON stay (gone_rev) WHERE op <> 1",

	"CREATE TABLE IF NOT EXISTS agenda (scope @B NOT NULL,"
	" start_us @I NOT NULL, id @B NOT NULL,"
	" PRIMARY KEY (scope, start_us, id))@C",
	"CREATE TABLE IF NOT EXISTS link (target @B NOT NULL, kind @I NOT NULL,"
	" field @I NOT NULL, at_us @I NOT NULL, id @B NOT NULL,"
	" PRIMARY KEY (target, kind, field, at_us, id))@C",
	"CREATE TABLE IF NOT EXISTS link_of (id @B NOT NULL, field @I NOT NULL,"
	" target @B NOT NULL, PRIMARY KEY (id, field, target))@C",
	"CREATE TABLE IF NOT EXISTS label (id @B NOT NULL, field @I NOT NULL,"
	" text @T NOT NULL, kind @I NOT NULL, PRIMARY KEY (id, field, text))@C",
	"CREATE INDEX IF NOT EXISTS label_text ON label"
	" (kind, field, text, id)",
	"CREATE TABLE IF NOT EXISTS handle (id @B NOT NULL, field @I NOT NULL,"
	" type @I NOT NULL, text @T NOT NULL, kind @I NOT NULL,"
	" PRIMARY KEY (id, field, type, text))@C",
	"CREATE INDEX IF NOT EXISTS handle_text ON handle"
	" (type, text, kind, id, field)",
	"CREATE TABLE IF NOT EXISTS custom (id @B NOT NULL,"
	" field_id @B NOT NULL, text @T NOT NULL, number @R NOT NULL,"
	" time_us @I NOT NULL, PRIMARY KEY (id, field_id))@C",
	"CREATE INDEX IF NOT EXISTS custom_value ON custom"
	" (field_id, text, number, time_us, id)",

	"CREATE TABLE IF NOT EXISTS password (user_id @B NOT NULL PRIMARY KEY,"
	" encoded @T NOT NULL)@C",
	"CREATE TABLE IF NOT EXISTS token (hash @B NOT NULL PRIMARY KEY,"
	" user_id @B NOT NULL, device @B, expires_us @I NOT NULL)@C",
	"CREATE INDEX IF NOT EXISTS token_user ON token (user_id)",
	"CREATE INDEX IF NOT EXISTS token_expiry ON token (expires_us)"
	" WHERE expires_us > 0",
	"CREATE TABLE IF NOT EXISTS enrolment_code ("
	" hash @B NOT NULL PRIMARY KEY, user_id @B NOT NULL,"
	" expires_us @I NOT NULL, used_by @B)@C",
	"CREATE TABLE IF NOT EXISTS device (id @B NOT NULL PRIMARY KEY,"
	" user_id @B NOT NULL, display_name @T NOT NULL,"
	" signing_key @B NOT NULL, enrolled_us @I NOT NULL,"
	" revoked_us @I NOT NULL)@C",
	"CREATE INDEX IF NOT EXISTS device_of_user ON device"
	" (user_id, enrolled_us, id)",
	"CREATE TABLE IF NOT EXISTS wipe (device @B NOT NULL PRIMARY KEY,"
	" by_user @B NOT NULL, ordered_us @I NOT NULL, the_order @B NOT NULL,"
	" signature @B NOT NULL, wiped_us @I NOT NULL, n_edits @I NOT NULL,"
	" receipt @B NOT NULL, receipt_signature @B NOT NULL,"
	" outbox_key @B NOT NULL)@C",
	"CREATE TABLE IF NOT EXISTS wiped_row (device @B NOT NULL,"
	" name @B NOT NULL, rev @I NOT NULL, sealed @B NOT NULL,"
	" PRIMARY KEY (device, name))",

	"CREATE TABLE IF NOT EXISTS replay (who @B NOT NULL, what @B NOT NULL,"
	" seq @I NOT NULL, content_hash @B NOT NULL, result @B NOT NULL,"
	" at_us @I NOT NULL, PRIMARY KEY (who, what, seq))@C",

	"CREATE TABLE IF NOT EXISTS counter (kind @I NOT NULL PRIMARY KEY,"
	" last @I NOT NULL)",

	"CREATE TABLE IF NOT EXISTS setting (name @T NOT NULL PRIMARY KEY,"
	" value @T NOT NULL)@C",

	"CREATE TABLE IF NOT EXISTS job (type @I NOT NULL,"
	" subject @B NOT NULL, PRIMARY KEY (type, subject))@C",

	"CREATE TABLE IF NOT EXISTS evidence (device @B NOT NULL,"
	" number @I NOT NULL, meeting @B NOT NULL, hash @B NOT NULL,"
	" header @B NOT NULL, signature @B NOT NULL, salt @B NOT NULL,"
	" content @B NOT NULL, received_us @I NOT NULL,"
	" kept_us @I NOT NULL, PRIMARY KEY (device, number))",
	"CREATE INDEX IF NOT EXISTS evidence_kept ON evidence (kept_us)"
	" WHERE kept_us > 0",
	"CREATE TABLE IF NOT EXISTS track (cell @I NOT NULL,"
	" rep @B NOT NULL, at_us @I NOT NULL, device @B NOT NULL,"
	" number @I NOT NULL, PRIMARY KEY (cell, rep, at_us, device, number)"
	")@C",
	"CREATE INDEX IF NOT EXISTS track_time ON track (cell, at_us)",
	"CREATE INDEX IF NOT EXISTS track_entry ON track (device, number)",
	"CREATE TABLE IF NOT EXISTS receipt (device @B NOT NULL,"
	" number @I NOT NULL, at_us @I NOT NULL, statement @B NOT NULL,"
	" signature @B NOT NULL, PRIMARY KEY (device, number, at_us))@C",
	"CREATE TABLE IF NOT EXISTS visit (meeting @B NOT NULL,"
	" rep @B NOT NULL, device @B NOT NULL, number @I NOT NULL,"
	" start_us @I NOT NULL, end_us @I NOT NULL,"
	" pin_lat_e7 @I NOT NULL, pin_lon_e7 @I NOT NULL,"
	" radius_m @I NOT NULL, min_dwell_s @I NOT NULL,"
	" word @I NOT NULL, certainty @I NOT NULL,"
	" log_odds_milli @I NOT NULL,"
	" arrived_us @I NOT NULL, arrived_lo_us @I NOT NULL,"
	" arrived_hi_us @I NOT NULL, departed_us @I NOT NULL,"
	" departed_lo_us @I NOT NULL, departed_hi_us @I NOT NULL,"
	" dwell_ds @I NOT NULL, dwell_lo_ds @I NOT NULL,"
	" dwell_hi_ds @I NOT NULL, coverage_permille @I NOT NULL,"
	" is_reproduced @I NOT NULL, is_plan_agreed @I NOT NULL,"
	" plan_seen_us @I NOT NULL, received_us @I NOT NULL,"
	" mock_fixes @I NOT NULL, has_centre @I NOT NULL,"
	" centre_east_dm @I NOT NULL, centre_north_dm @I NOT NULL,"
	" centre_spread_dm @I NOT NULL, spoof_permille @I NOT NULL,"
	" spoof_reasons @I NOT NULL, is_unplanned @I NOT NULL,"
	" late_change @I NOT NULL, area_hash @I NOT NULL,"
	" spoof_weights @B NOT NULL, neighbours @B NOT NULL,"
	" PRIMARY KEY (meeting, rep))@C",
	"CREATE TABLE IF NOT EXISTS place_lesson (meeting @B NOT NULL,"
	" rep @B NOT NULL, place @B NOT NULL, at_us @I NOT NULL,"
	" lat_e7 @I NOT NULL, lon_e7 @I NOT NULL, spread_dm @I NOT NULL,"
	" PRIMARY KEY (meeting, rep))@C",
	"CREATE INDEX IF NOT EXISTS place_lesson_place ON place_lesson"
	" (place, at_us)",
};

const char *sql_make_table(struct arena *arena,
			   const struct store_dialect *dialect, size_t n)
{
	const size_t n_own = sizeof(own_tables) / sizeof(own_tables[0]);
	const char *template = n < n_own ? own_tables[n]
					 : sql_content_table(n - n_own);

	return template ? text_expand(arena, dialect, template) : NULL;
}

/* ----------------------------------------------------- kinds' tables */

/* Where a record lies, sorted; of a deleted one, where it lay. */
const char sql_scopes_column[] = "scopes @B";

static const struct {
	const char *entity;
	const char *text;
} named_indexes[] = {
	{ "user", "CREATE UNIQUE INDEX IF NOT EXISTS users_login"
		  " ON users (lower(login_name)) WHERE deleted_us = 0" },
	{ "alert", "CREATE INDEX IF NOT EXISTS alerts_rev"
		   " ON alerts (rev) WHERE deleted_us = 0" },
	{ "alert", "CREATE INDEX IF NOT EXISTS alerts_open"
		   " ON alerts (rev) WHERE state = 1 AND deleted_us = 0" },
	{ "look", "CREATE INDEX IF NOT EXISTS looks_standing"
		  " ON looks (look_time, id) WHERE deleted_us = 0" },
	{ "place", "CREATE INDEX IF NOT EXISTS places_about"
		   " ON places (latitude, longitude)"
		   " WHERE latitude <> 0 AND deleted_us = 0" },
	{ "attachment", "CREATE INDEX IF NOT EXISTS attachments_content"
			" ON attachments (content_hash, id)" },
};

const char *
sql_add_column(struct arena *arena, const struct store_dialect *dialect,
	       const struct entity *entity, const char *definition, size_t len)
{
	struct text text;
	struct bytes word = arena_copy(arena, definition, len);

	if (!word.at)
		return NULL;
	text_init(&text, dialect);
	text_word(&text, "ALTER TABLE ");
	text_name(&text, entity->table);
	text_word(&text, " ADD COLUMN ");
	text_template(&text, (const char *)word.at);
	return text_end(&text, arena);
}

enum sql_index sql_index_of(const struct field *field)
{
	switch (field->number) {
	case FIELD_ID:
	case FIELD_CREATE_TIME:
	case FIELD_UPDATE_TIME:
	case FIELD_OWNER:
	case FIELD_TEAM:
		return SQL_INDEX;
	}
	if (field->number < FIELD_FIRST_OWN || !field->column ||
	    field->flags & FIELD_IS_REPEATED ||
	    sql_field_type(field) == BACKEND_BLOB)
		return SQL_NO_INDEX;
	if (field->flags & FIELD_IS_ORDERABLE)
		return SQL_INDEX;
	return field->flags & FIELD_IS_INDEXED ? SQL_INDEX_OF_SET
					       : SQL_NO_INDEX;
}

static const char *
make_index(struct arena *arena, const struct store_dialect *dialect,
	   const struct entity *entity, const struct field *field)
{
	const char *column = sql_column(field);
	bool is_text = sql_field_type(field) == BACKEND_TEXT;
	bool is_order = sql_index_of(field) == SQL_INDEX &&
			sql_field_type(field) != BACKEND_BLOB;
	struct text text;

	text_init(&text, dialect);
	text_word(&text, "CREATE INDEX IF NOT EXISTS \"");
	text_word(&text, entity->table);
	text_word(&text, "_");
	text_word(&text, column);
	text_word(&text, "\" ON ");
	text_name(&text, entity->table);
	text_word(&text, " (");
	text_name(&text, column);
	/* Of an order who sees little passes over most entries: without a look
	 * at the record, if the entry says where it lies. */
	text_word(&text, is_order ? ", id, scopes)" : ", id)");
	if (sql_index_of(field) == SQL_INDEX_OF_SET) {
		text_word(&text, " WHERE ");
		text_name(&text, column);
		text_word(&text, is_text ? " <> ''" : " <> 0");
	}
	return text_end(&text, arena);
}

const char *sql_make_index(struct arena *arena,
			   const struct store_dialect *dialect,
			   const struct entity *entity, size_t n)
{
	const struct message *message = entity->message;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (field->number != FIELD_ID &&
		    sql_index_of(field) != SQL_NO_INDEX && n-- == 0)
			return make_index(arena, dialect, entity, field);
	}
	for (size_t i = 0; i < sizeof(named_indexes) / sizeof(*named_indexes);
	     i++) {
		if (strcmp(named_indexes[i].entity, entity->name) == 0 &&
		    n-- == 0)
			return text_expand(arena, dialect,
					   named_indexes[i].text);
	}
	return NULL;
}
