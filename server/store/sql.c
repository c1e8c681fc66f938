/*
 * Statement texts over the store's own tables and over rows. Knows the kinds
 * by their tables alone; the few named reads name the columns that they need.
 */
#include "store/sql_content.h"
#include "store/sql_search.h"
#include "store/sql_text.h"

#include <string.h>

/* -------------------------------------------------------- own statements */

/* An entry's place in the feed: its scope's lane, and in it its revision. */
#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)
#define REV_BITS	TEXT(FEED_REV_BITS)
#define REV_MASK	"((1 << " REV_BITS ") - 1)"
/* What a merge of lanes reads has its order first; by ids it has none. */
#define STAY_COLUMNS "0, id, kind, entered_rev, op"
#define PAST_COLUMNS "rev, at_us, kind, id, op, before_rev"
#define CHANGE_COLUMNS \
	PAST_COLUMNS   \
	", actor, device, incarnation, seq, hlc, verbatim, patch"
#define EVIDENCE_COLUMNS                                          \
	"device, number, meeting, hash, header, signature, salt," \
	" content, received_us"
#define VISIT_COLUMNS                                                  \
	"meeting, rep, device, number, start_us, end_us, pin_lat_e7,"  \
	" pin_lon_e7, radius_m, min_dwell_s, word, certainty,"         \
	" log_odds_milli, arrived_us, arrived_lo_us, arrived_hi_us,"   \
	" departed_us, departed_lo_us, departed_hi_us, dwell_ds,"      \
	" dwell_lo_ds, dwell_hi_ds, coverage_permille, is_reproduced," \
	" is_plan_agreed, plan_seen_us, received_us, mock_fixes,"      \
	" has_centre, centre_east_dm, centre_north_dm,"                \
	" centre_spread_dm, spoof_permille, spoof_reasons,"            \
	" is_unplanned, late_change, area_hash, spoof_weights,"        \
	" neighbours"

static const char *const own_statements[STATEMENT_CONTENT_FIRST] = {
	/* The two BEGINs are the dialect's. */
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_SAVEPOINT] = "SAVEPOINT one_write",
	[STATEMENT_RELEASE] = "RELEASE SAVEPOINT one_write",
	[STATEMENT_ROLLBACK_TO] = "ROLLBACK TO SAVEPOINT one_write",

	[STATEMENT_META_GET] =
		"SELECT layout, schema, size, epoch FROM meta WHERE one = 1",
	[STATEMENT_META_PUT] = "INSERT INTO meta"
			       " (one, layout, schema, size, epoch, created_us)"
			       " VALUES (1, $1, $2, $3, $4, $5)",
	[STATEMENT_META_SCHEMA] = "UPDATE meta SET schema = $1, size = $2"
				  " WHERE one = 1",
	[STATEMENT_META_LAYOUT] = "UPDATE meta SET layout = $1 WHERE one = 1",
	[STATEMENT_META_EPOCH] = "UPDATE meta SET epoch = $1 WHERE one = 1",

	[STATEMENT_REV] = "SELECT coalesce(max(rev), 0) FROM change",
	[STATEMENT_CHANGE_PUT] =
		"INSERT INTO change (" CHANGE_COLUMNS ") VALUES"
		" ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	[STATEMENT_CHANGE_GET] = "SELECT " CHANGE_COLUMNS
				 " FROM change WHERE rev = $1",
	[STATEMENT_CHANGE_PAST] = "SELECT " PAST_COLUMNS
				  " FROM change WHERE rev = $1",
	/* 3 is CHANGE_DELETE. */
	[STATEMENT_CHANGE_DELETION] = "SELECT max(rev) FROM change"
				      " WHERE kind = $1 AND id = $2 AND op = 3",

	[STATEMENT_LANE_GET] = "SELECT number FROM lane WHERE scope = $1",
	[STATEMENT_LANE_PUT] = "INSERT INTO lane (number, scope)"
			       " SELECT coalesce(max(number), 0) + 1, $1"
			       " FROM lane",
	[STATEMENT_FEED_PUT] =
		"INSERT INTO feed (place, id, kind, entered_rev, op)"
		" VALUES ($1, $2, $3, $4, 1)",
	[STATEMENT_FEED_MOVE] = "UPDATE feed SET place = $2, op = $3"
				" WHERE place = $1",
	[STATEMENT_FEED_AGAIN] =
		"UPDATE feed SET place = $1 + $5, entered_rev = $5, op = 1"
		" WHERE place = $1 + (SELECT gone_rev FROM stay"
		" WHERE scope = $2 AND kind = $3 AND id = $4)",
	/* A revision is one record's, so its id decides next to nothing. */
	[STATEMENT_FEED_NEXT] =
		"SELECT place & " REV_MASK ", id, kind, entered_rev, op"
		" FROM lane JOIN feed"
		" ON place BETWEEN (number << " REV_BITS ") + $2"
		" AND (number << " REV_BITS ") + " REV_MASK
		" WHERE scope = $1 AND (place & " REV_MASK ", id) > ($2, $3)"
		" ORDER BY place LIMIT $4",
	[STATEMENT_FEED_FORGET] = "DELETE FROM feed"
				  " WHERE place = $1 AND op <> 1",

	[STATEMENT_STAY_BEGIN] =
		"INSERT INTO stay (scope, kind, id, entered_rev, op, gone_rev)"
		" VALUES ($1, $2, $3, $4, 1, 0) ON CONFLICT DO NOTHING",
	[STATEMENT_STAY_AGAIN] =
		"UPDATE stay SET entered_rev = $4, op = 1, gone_rev = 0"
		" WHERE scope = $1 AND kind = $2 AND id = $3",
	[STATEMENT_STAY_END] = "UPDATE stay SET gone_rev = $4, op = $5"
			       " WHERE scope = $1 AND kind = $2 AND id = $3",
	[STATEMENT_STAY_OF] = "SELECT " STAY_COLUMNS " FROM stay"
			      " WHERE scope = $1 AND kind = $2 AND id = $3",
	[STATEMENT_LIST_PRESENT] =
		"SELECT " STAY_COLUMNS " FROM stay WHERE scope = $1"
		" AND kind = $2 AND id > $3 AND op = 1 ORDER BY id LIMIT $4",
	[STATEMENT_LIST_ALL] =
		"SELECT " STAY_COLUMNS " FROM stay WHERE scope = $1"
		" AND kind = $2 AND id > $3 AND op <> 2 ORDER BY id LIMIT $4",
	[STATEMENT_STAY_GONE] =
		"SELECT gone_rev, id, kind, entered_rev, op, scope FROM stay"
		" WHERE op <> 1 AND gone_rev > $1 AND gone_rev <= $2"
		" ORDER BY gone_rev LIMIT $3",
	[STATEMENT_STAY_FORGET] = "DELETE FROM stay WHERE scope = $1"
				  " AND kind = $2 AND id = $3 AND op <> 1",

	[STATEMENT_CHANGE_TIME] = "SELECT rev, at_us FROM change"
				  " WHERE rev >= $1 ORDER BY rev LIMIT 1",

	[STATEMENT_AGENDA_PUT] =
		"INSERT INTO agenda (scope, start_us, id) VALUES ($1, $2, $3)"
		" ON CONFLICT DO NOTHING",
	[STATEMENT_AGENDA_DELETE] =
		"DELETE FROM agenda WHERE scope = $1 AND start_us = $2"
		" AND id = $3",
	[STATEMENT_AGENDA_NEXT] =
		"SELECT start_us, id, 0, 0, 1 FROM agenda WHERE scope = $1"
		" AND (start_us, id) > ($2, $3) ORDER BY start_us, id"
		" LIMIT $4",

	[STATEMENT_LINK_PUT] =
		"INSERT INTO link (target, kind, field, at_us, id)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	[STATEMENT_LINK_DELETE] =
		"DELETE FROM link WHERE target = $1 AND kind = $2"
		" AND field = $3 AND at_us = $4 AND id = $5",
	[STATEMENT_LINK_LANE] =
		"SELECT kind, field FROM link WHERE target = $1"
		" AND (kind, field) >= ($2, $3) ORDER BY kind, field LIMIT 1",
	[STATEMENT_LINK_NEXT] =
		"SELECT at_us, id FROM link WHERE target = $1 AND kind = $2"
		" AND field = $3 AND (at_us, id) < ($4, $5)"
		" ORDER BY at_us DESC, id DESC LIMIT $6",
	[STATEMENT_LINK_OF_PUT] =
		"INSERT INTO link_of (id, field, target) VALUES ($1, $2, $3)"
		" ON CONFLICT DO NOTHING",
	[STATEMENT_LINK_OF_DELETE] =
		"DELETE FROM link_of WHERE id = $1 AND field = $2",
	[STATEMENT_LABEL_PUT] =
		"INSERT INTO label (id, field, text, kind)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
	[STATEMENT_LABEL_DELETE] =
		"DELETE FROM label WHERE id = $1 AND field = $2",
	[STATEMENT_HANDLE_PUT] =
		"INSERT INTO handle (id, field, type, text, kind)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	[STATEMENT_HANDLE_DELETE] =
		"DELETE FROM handle WHERE id = $1 AND field = $2",
	[STATEMENT_HANDLE_FIND] =
		"SELECT kind, id, min(field) FROM handle WHERE type = $1"
		" AND text = $2 GROUP BY kind, id ORDER BY kind, id LIMIT $3",
	/* Of a key that stands twice the last counts. */
	[STATEMENT_CUSTOM_PUT] =
		"INSERT INTO custom (id, field_id, text, number, time_us)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id, field_id)"
		" DO UPDATE SET text = excluded.text,"
		" number = excluded.number, time_us = excluded.time_us",
	[STATEMENT_CUSTOM_DELETE] = "DELETE FROM custom WHERE id = $1",

	[STATEMENT_PASSWORD_GET] =
		"SELECT encoded FROM password WHERE user_id = $1",
	[STATEMENT_PASSWORD_PUT] =
		"INSERT INTO password (user_id, encoded) VALUES ($1, $2)"
		" ON CONFLICT (user_id) DO UPDATE SET"
		" encoded = excluded.encoded",
	[STATEMENT_TOKEN_PUT] =
		"INSERT INTO token (hash, user_id, device, expires_us)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
	[STATEMENT_TOKEN_GET] =
		"SELECT user_id, device, expires_us FROM token WHERE hash = $1",
	[STATEMENT_TOKEN_DELETE] = "DELETE FROM token WHERE hash = $1",
	[STATEMENT_TOKENS_DELETE_OF] =
		"DELETE FROM token WHERE user_id = $1 AND device IS NULL"
		" AND hash <> $2",
	/* The user's too: there is an index of those. */
	[STATEMENT_TOKENS_DELETE_DEVICE] =
		"DELETE FROM token WHERE user_id = $1 AND device = $2",
	[STATEMENT_TOKENS_EXPIRE] =
		"DELETE FROM token WHERE expires_us > 0 AND expires_us < $1",
	[STATEMENT_CODE_PUT] =
		"INSERT INTO enrolment_code"
		" (hash, user_id, expires_us, used_by) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id,"
		" expires_us = excluded.expires_us, used_by = excluded.used_by",
	[STATEMENT_CODE_GET] =
		"SELECT user_id, expires_us, used_by FROM enrolment_code"
		" WHERE hash = $1",
	[STATEMENT_DEVICE_PUT] =
		"INSERT INTO device (id, user_id, display_name, signing_key,"
		" enrolled_us, revoked_us) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id,"
		" display_name = excluded.display_name,"
		" signing_key = excluded.signing_key,"
		" enrolled_us = excluded.enrolled_us,"
		" revoked_us = excluded.revoked_us",
	[STATEMENT_DEVICE_GET] =
		"SELECT user_id, display_name, signing_key, enrolled_us,"
		" revoked_us FROM device WHERE id = $1",
	[STATEMENT_DEVICE_COUNT] =
		"SELECT count(*) FROM device WHERE user_id = $1",
	[STATEMENT_DEVICE_LIST] =
		"SELECT user_id, display_name, signing_key, enrolled_us,"
		" revoked_us, id FROM device WHERE user_id = $1"
		" ORDER BY enrolled_us DESC, id DESC LIMIT $2",
	[STATEMENT_WIPE_PUT] =
		"INSERT INTO wipe (device, by_user, ordered_us, the_order,"
		" signature, wiped_us, n_edits, receipt, receipt_signature,"
		" outbox_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		" ON CONFLICT (device) DO UPDATE SET"
		" wiped_us = excluded.wiped_us, n_edits = excluded.n_edits,"
		" receipt = excluded.receipt,"
		" receipt_signature = excluded.receipt_signature,"
		" outbox_key = excluded.outbox_key",
	[STATEMENT_WIPE_GET] =
		"SELECT by_user, ordered_us, the_order, signature, wiped_us,"
		" n_edits, receipt, receipt_signature, outbox_key FROM wipe"
		" WHERE device = $1",
	[STATEMENT_WIPED_ROW_PUT] =
		"INSERT INTO wiped_row (device, name, rev, sealed)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",

	[STATEMENT_REPLAY_GET] =
		"SELECT content_hash, result, at_us, seq FROM replay"
		" WHERE who = $1 AND what = $2 AND seq >= $3"
		" ORDER BY seq LIMIT 1",
	[STATEMENT_REPLAY_PUT] =
		"INSERT INTO replay (who, what, seq, content_hash, result,"
		" at_us) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT DO NOTHING",
	[STATEMENT_REPLAY_FORGET] =
		"DELETE FROM replay WHERE who = $1 AND what = $2 AND seq <= $3"
		" AND seq < (SELECT max(seq) FROM replay"
		" WHERE who = $1 AND what = $2)",
	/* Number 0 is a request_id's: it keeps no place in a sequence. */
	[STATEMENT_REPLAY_FORGET_OTHERS] =
		"DELETE FROM replay WHERE who = $1 AND what <> $2"
		" AND at_us < $3 AND (seq = 0 OR seq < (SELECT max(r.seq)"
		" FROM replay r WHERE r.who = $1 AND r.what = replay.what))",
	[STATEMENT_REPLAY_LAST] = "SELECT coalesce(max(seq), 0) FROM replay"
				  " WHERE who = $1 AND what = $2",

	[STATEMENT_COUNTER_NEXT] =
		"INSERT INTO counter (kind, last) VALUES ($1, 1)"
		" ON CONFLICT (kind) DO UPDATE SET last = counter.last + 1"
		" RETURNING last",

	[STATEMENT_SETTING_GET] = "SELECT value FROM setting WHERE name = $1",
	[STATEMENT_SETTING_PUT] =
		"INSERT INTO setting (name, value) VALUES ($1, $2)"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value",

	[STATEMENT_JOB_PUT] = "INSERT INTO job (type, subject) VALUES ($1, $2)"
			      " ON CONFLICT DO NOTHING",
	[STATEMENT_JOB_NEXT] = "SELECT subject FROM job WHERE type = $1"
			       " ORDER BY subject LIMIT 1",
	[STATEMENT_JOB_DONE] = "DELETE FROM job"
			       " WHERE type = $1 AND subject = $2",

	[STATEMENT_EVIDENCE_PUT] = "INSERT INTO evidence (" EVIDENCE_COLUMNS
				   ", kept_us) VALUES"
				   " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
				   " ON CONFLICT DO NOTHING",
	[STATEMENT_EVIDENCE_PURGE] =
		"UPDATE evidence SET salt = $1, content = $1, kept_us = 0"
		" WHERE (device, number) IN (SELECT device, number"
		" FROM evidence WHERE kept_us > 0 AND kept_us < $2"
		" ORDER BY kept_us LIMIT $3)",
	[STATEMENT_TRACKS_PURGE] =
		"DELETE FROM track"
		" WHERE (device, number) IN (SELECT device, number"
		" FROM evidence WHERE kept_us > 0 AND kept_us < $1"
		" ORDER BY kept_us LIMIT $2)",
	[STATEMENT_EVIDENCE_GET] = "SELECT " EVIDENCE_COLUMNS " FROM evidence"
				   " WHERE device = $1 AND number = $2",
	[STATEMENT_EVIDENCE_HEAD] =
		"SELECT " EVIDENCE_COLUMNS " FROM evidence"
		" WHERE device = $1 ORDER BY number DESC LIMIT 1",
	[STATEMENT_EVIDENCE_CHAIN] =
		"SELECT " EVIDENCE_COLUMNS " FROM evidence WHERE device = $1"
		" AND number BETWEEN $2 AND $3 ORDER BY number",
	[STATEMENT_RECEIPT_PUT] =
		"INSERT INTO receipt"
		" (device, number, at_us, statement, signature)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	[STATEMENT_RECEIPT_LIST] =
		"SELECT number, at_us, statement, signature FROM receipt"
		" WHERE device = $1 AND number BETWEEN $2 AND $3"
		" ORDER BY number, at_us LIMIT $4",
	[STATEMENT_VISIT_PUT] =
		"INSERT INTO visit (" VISIT_COLUMNS ") VALUES ($1, $2, $3, $4,"
		" $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
		" $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,"
		" $30, $31, $32, $33, $34, $35, $36, $37, $38, $39)",
	[STATEMENT_VISIT_DELETE] =
		"DELETE FROM visit WHERE meeting = $1 AND rep = $2",
	[STATEMENT_VISIT_GET] = "SELECT " VISIT_COLUMNS " FROM visit"
				" WHERE meeting = $1 AND rep = $2",
	[STATEMENT_TRACK_PUT] =
		"INSERT INTO track (cell, rep, at_us, device, number)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	[STATEMENT_TRACKS] = "SELECT rep, at_us, device, number FROM track"
			     " WHERE cell = $1 ORDER BY at_us DESC LIMIT $2",
	[STATEMENT_TRACKS_OF_REP] =
		"SELECT rep, at_us, device, number FROM track"
		" WHERE cell = $1 AND rep = $3 ORDER BY at_us DESC LIMIT $2",
	[STATEMENT_LESSON_GET] = "SELECT place FROM place_lesson"
				 " WHERE meeting = $1 AND rep = $2",
	[STATEMENT_LESSON_PUT] =
		"INSERT INTO place_lesson"
		" (meeting, rep, place, at_us, lat_e7, lon_e7, spread_dm)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)"
		" ON CONFLICT (meeting, rep) DO UPDATE SET"
		" place = excluded.place, at_us = excluded.at_us,"
		" lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7,"
		" spread_dm = excluded.spread_dm",
	[STATEMENT_LESSON_DROP] = "DELETE FROM place_lesson"
				  " WHERE meeting = $1 AND rep = $2",
	[STATEMENT_LESSON_LIST] =
		"SELECT meeting, rep, at_us, lat_e7, lon_e7, spread_dm"
		" FROM place_lesson WHERE place = $1"
		" ORDER BY at_us DESC LIMIT $2",
	[STATEMENT_LESSONS_FORGET] = "DELETE FROM place_lesson"
				     " WHERE place = $1",
};

const char *sql_statement(struct arena *arena,
			  const struct store_dialect *dialect,
			  enum statement which)
{
	const char *template = which < STATEMENT_CONTENT_FIRST
				       ? own_statements[which]
				       : sql_content_statement(which);

	if (which >= STATEMENT_SEARCH_FIRST && which <= STATEMENT_SEARCH_LAST)
		template = sql_search_statement(dialect, which);
	else if (which == STATEMENT_BEGIN_READ)
		template = dialect->begin_read;
	else if (which == STATEMENT_BEGIN_WRITE)
		template = dialect->begin_write;
	else if (which == STATEMENT_COUNT_TABLES)
		template = dialect->count_tables;
	else if (which == STATEMENT_COLUMNS)
		template = dialect->columns_of;
	return text_expand(arena, dialect, template);
}

/* ----------------------------------------------------------------- kinds */

static const char *const row_columns[COLUMN_FIRST_OWN] = {
	[COLUMN_ID] = "id",
	[COLUMN_REV] = "rev",
	[COLUMN_OWNER] = "owner",
	[COLUMN_TEAM] = "team",
	[COLUMN_CREATED_US] = "created_us",
	[COLUMN_UPDATED_US] = "updated_us",
	[COLUMN_DELETED_US] = "deleted_us",
	[COLUMN_FREV] = "frev",
	[COLUMN_SCOPES] = "scopes",
};

/* Reads of one kind by what its name promises. */
static const struct {
	enum row_statement which;
	const char *entity;
	const char *tail;
} named_reads[] = {
	{ ROW_GET, NULL, "WHERE id = $1" },
	{ ROW_GET_SOME, NULL,
	  "WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
	  " $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,"
	  " $25, $26, $27, $28, $29, $30, $31, $32)" },
	{ ROW_OWNED, NULL,
	  "WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3" },
	{ ROW_BY_LOGIN, "user",
	  "WHERE lower(login_name) = lower($1) AND deleted_us = 0" },
	/* State 1 is ALERT_STATE_OPEN. */
	{ ROW_ALERTS, "alert",
	  "WHERE rev > $1 AND deleted_us = 0 ORDER BY rev" },
	{ ROW_ALERTS_OPEN, "alert",
	  "WHERE rev > $1 AND state = 1 AND deleted_us = 0 ORDER BY rev" },
	{ ROW_PLACES_ABOUT, "place",
	  "WHERE latitude BETWEEN $1 AND $2 AND longitude BETWEEN $3 AND $4"
	  " AND latitude <> 0 AND deleted_us = 0 LIMIT $5" },
};

enum backend_type sql_field_type(const struct field *field)
{
	if (field->flags & FIELD_IS_REPEATED)
		return BACKEND_BLOB;
	switch (field->type) {
	case FIELD_STRING:
		return BACKEND_TEXT;
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_MESSAGE:
		return BACKEND_BLOB;
	case FIELD_DOUBLE:
		return BACKEND_REAL;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
	case FIELD_TIMESTAMP:
		return BACKEND_INTEGER;
	}
	return BACKEND_NULL;
}

const char *sql_column(const struct field *field)
{
	switch (field->number) {
	case FIELD_ID:
		return row_columns[COLUMN_ID];
	case FIELD_CREATE_TIME:
		return row_columns[COLUMN_CREATED_US];
	case FIELD_UPDATE_TIME:
		return row_columns[COLUMN_UPDATED_US];
	case FIELD_DELETE_TIME:
		return row_columns[COLUMN_DELETED_US];
	case FIELD_OWNER:
		return row_columns[COLUMN_OWNER];
	case FIELD_TEAM:
		return row_columns[COLUMN_TEAM];
	}
	return field->column;
}

/* prefix: of each name. */
static void
text_columns(struct text *text, const struct entity *entity, const char *prefix)
{
	for (size_t i = 0; i < COLUMN_FIRST_OWN; i++) {
		text_word(text, i == 0 ? "" : ", ");
		text_word(text, prefix);
		text_word(text, row_columns[i]);
	}
	for (size_t i = 0; i < entity->n_fields; i++) {
		text_word(text, ", ");
		text_word(text, prefix);
		text_name(text, entity->fields[i].column);
	}
}

const char *sql_row_columns(struct arena *arena,
			    const struct store_dialect *dialect,
			    const struct entity *entity)
{
	struct text text;

	text_init(&text, dialect);
	text_columns(&text, entity, "t.");
	return text_end(&text, arena);
}

static void text_insert(struct text *text, const struct entity *entity)
{
	text_word(text, "INSERT INTO ");
	text_name(text, entity->table);
	text_word(text, " (");
	text_columns(text, entity, "");
	for (size_t i = 0; i < COLUMN_FIRST_OWN + entity->n_fields; i++) {
		text_word(text, i == 0 ? ") VALUES (" : ", ");
		text_parameter(text, i + 1);
	}
	text_word(text, ") ON CONFLICT DO NOTHING");
}

bool sql_is_rest(const struct entity *entity, size_t column)
{
	switch (column) {
	case COLUMN_OWNER:
	case COLUMN_TEAM:
	case COLUMN_CREATED_US:
	case COLUMN_DELETED_US:
	case COLUMN_SCOPES:
		return false;
	}
	return column < COLUMN_FIRST_OWN ||
	       sql_index_of(&entity->fields[column - COLUMN_FIRST_OWN]) ==
		       SQL_NO_INDEX;
}

/* Parameters in the order of the columns, as in the insert. */
static void
text_update(struct text *text, const struct entity *entity, bool is_rest)
{
	size_t n = 1;

	text_word(text, "UPDATE ");
	text_name(text, entity->table);
	for (size_t i = 1; i < COLUMN_FIRST_OWN + entity->n_fields; i++) {
		if (is_rest && !sql_is_rest(entity, i))
			continue;
		text_word(text, n == 1 ? " SET " : ", ");
		text_name(
			text,
			i < COLUMN_FIRST_OWN
				? row_columns[i]
				: entity->fields[i - COLUMN_FIRST_OWN].column);
		text_word(text, " = ");
		text_parameter(text, ++n);
	}
	text_word(text, " WHERE id = ");
	text_parameter(text, 1);
	if (!is_rest)
		return;
	text_word(text, " AND rev = ");
	text_parameter(text, ++n);
	text_word(text, " AND scopes = ");
	text_parameter(text, ++n);
}

/* Any read of whole rows; false if the kind has none of that name. */
static bool text_read(struct text *text, const struct entity *entity,
		      enum row_statement which)
{
	for (size_t i = 0; i < sizeof(named_reads) / sizeof(*named_reads);
	     i++) {
		const char *of = named_reads[i].entity;
		if (named_reads[i].which != which ||
		    (of && strcmp(of, entity->name) != 0))
			continue;
		text_word(text, "SELECT ");
		text_columns(text, entity, "");
		text_word(text, " FROM ");
		text_name(text, entity->table);
		text_word(text, " ");
		text_template(text, named_reads[i].tail);
		return true;
	}
	return false;
}

const char *
sql_row_statement(struct arena *arena, const struct store_dialect *dialect,
		  const struct entity *entity, enum row_statement which)
{
	struct text text;
	bool is_known = true;

	text_init(&text, dialect);
	switch (which) {
	case ROW_INSERT:
		text_insert(&text, entity);
		break;
	case ROW_UPDATE:
		text_update(&text, entity, false);
		break;
	case ROW_UPDATE_REST:
		text_update(&text, entity, true);
		break;
	case ROW_HEAD:
		text_word(&text, "SELECT rev, scopes FROM ");
		text_name(&text, entity->table);
		text_template(&text, " WHERE id = $1");
		break;
	case ROW_FORGET:
		text_word(&text, "DELETE FROM ");
		text_name(&text, entity->table);
		text_template(&text, " WHERE id = $1 AND deleted_us <> 0");
		break;
	case ROW_TEAMS:
		is_known = strcmp(entity->name, "team") == 0;
		text_word(&text, "SELECT id, parent_id FROM teams"
				 " WHERE deleted_us = 0");
		break;
	case ROW_GET:
	case ROW_GET_SOME:
	case ROW_OWNED:
	case ROW_BY_LOGIN:
	case ROW_ALERTS:
	case ROW_ALERTS_OPEN:
	case ROW_PLACES_ABOUT:
		is_known = text_read(&text, entity, which);
		break;
	case ROW_STATEMENT_COUNT:
		is_known = false;
		break;
	}
	const char *made = text_end(&text, arena);
	return is_known ? made : NULL;
}
