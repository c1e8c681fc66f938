/*
 * The store's SQL: every statement's text, and the tables.
 *
 * Texts are made once per store, from the entity tables and the backend's
 * dialect; a connection prepares each when it first needs it. In them $1 is
 * a parameter and @I @R @T @B are the types, @C the clause of a clustered
 * table.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "model/record.h"
#include "store/backend.h"

/* Statements over the tables that don't depend on the kinds. */
/* Of a place in the feed, the lower ones: see sql_tables.c. */
#define FEED_REV_BITS 36

enum statement {
	STATEMENT_BEGIN_READ,
	STATEMENT_BEGIN_WRITE,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_SAVEPOINT,
	STATEMENT_RELEASE,
	STATEMENT_ROLLBACK_TO,

	STATEMENT_META_GET,
	STATEMENT_META_PUT,
	STATEMENT_META_SCHEMA,
	STATEMENT_META_LAYOUT,
	STATEMENT_META_EPOCH,
	STATEMENT_COUNT_TABLES,
	STATEMENT_COLUMNS,

	STATEMENT_REV,
	STATEMENT_CHANGE_PUT,
	STATEMENT_CHANGE_GET,
	STATEMENT_CHANGE_PAST,
	STATEMENT_CHANGE_DELETION,

	STATEMENT_LANE_GET,
	STATEMENT_LANE_PUT,
	STATEMENT_FEED_PUT,
	STATEMENT_FEED_MOVE,
	STATEMENT_FEED_AGAIN,
	STATEMENT_FEED_NEXT,
	STATEMENT_STAY_BEGIN,
	STATEMENT_STAY_AGAIN,
	STATEMENT_STAY_END,
	STATEMENT_STAY_OF,
	STATEMENT_LIST_PRESENT,
	STATEMENT_LIST_ALL,
	STATEMENT_STAY_GONE,
	STATEMENT_STAY_FORGET,
	STATEMENT_FEED_FORGET,
	STATEMENT_CHANGE_TIME,

	STATEMENT_AGENDA_PUT,
	STATEMENT_AGENDA_DELETE,
	STATEMENT_AGENDA_NEXT,
	STATEMENT_LINK_PUT,
	STATEMENT_LINK_DELETE,
	STATEMENT_LINK_LANE,
	STATEMENT_LINK_NEXT,
	STATEMENT_LINK_OF_PUT,
	STATEMENT_LINK_OF_DELETE,
	STATEMENT_LABEL_PUT,
	STATEMENT_LABEL_DELETE,
	STATEMENT_HANDLE_PUT,
	STATEMENT_HANDLE_DELETE,
	STATEMENT_HANDLE_FIND,
	STATEMENT_CUSTOM_PUT,
	STATEMENT_CUSTOM_DELETE,

	STATEMENT_PASSWORD_GET,
	STATEMENT_PASSWORD_PUT,
	STATEMENT_TOKEN_PUT,
	STATEMENT_TOKEN_GET,
	STATEMENT_TOKEN_DELETE,
	STATEMENT_TOKENS_DELETE_OF,
	STATEMENT_TOKENS_DELETE_DEVICE,
	STATEMENT_TOKENS_EXPIRE,
	STATEMENT_CODE_PUT,
	STATEMENT_CODE_GET,
	STATEMENT_DEVICE_PUT,
	STATEMENT_DEVICE_GET,
	STATEMENT_DEVICE_COUNT,
	STATEMENT_DEVICE_LIST,
	STATEMENT_WIPE_PUT,
	STATEMENT_WIPE_GET,
	STATEMENT_WIPED_ROW_PUT,

	STATEMENT_REPLAY_GET,
	STATEMENT_REPLAY_PUT,
	STATEMENT_REPLAY_FORGET,
	STATEMENT_REPLAY_FORGET_OTHERS,
	STATEMENT_REPLAY_LAST,

	STATEMENT_COUNTER_NEXT,

	STATEMENT_SETTING_GET,
	STATEMENT_SETTING_PUT,

	STATEMENT_JOB_PUT,
	STATEMENT_JOB_NEXT,
	STATEMENT_JOB_DONE,

	STATEMENT_EVIDENCE_PUT,
	STATEMENT_EVIDENCE_GET,
	STATEMENT_EVIDENCE_HEAD,
	STATEMENT_EVIDENCE_CHAIN,
	STATEMENT_EVIDENCE_PURGE,
	STATEMENT_RECEIPT_PUT,
	STATEMENT_RECEIPT_LIST,
	STATEMENT_VISIT_PUT,
	STATEMENT_VISIT_DELETE,
	STATEMENT_VISIT_GET,
	STATEMENT_TRACK_PUT,
	STATEMENT_TRACKS,
	STATEMENT_TRACKS_OF_REP,
	STATEMENT_TRACKS_PURGE,
	STATEMENT_LESSON_GET,
	STATEMENT_LESSON_PUT,
	STATEMENT_LESSON_DROP,
	STATEMENT_LESSON_LIST,
	STATEMENT_LESSONS_FORGET,

	/* The index of words: their texts stand in sql_search.c. */
	STATEMENT_SEARCH_FIRST,
	STATEMENT_SEARCH_STATE_GET = STATEMENT_SEARCH_FIRST,
	STATEMENT_SEARCH_STATE_PUT,
	STATEMENT_SEARCH_NEWS,
	STATEMENT_SEARCH_DOC_GET,
	STATEMENT_SEARCH_DOC_PUT,
	STATEMENT_SEARCH_DOC_DELETE,
	STATEMENT_SEARCH_WORD_PUT,
	STATEMENT_SEARCH_WORDS,
	STATEMENT_SEARCH_INDEX_PUT,
	STATEMENT_SEARCH_INDEX_DELETE,
	STATEMENT_SEARCH_INDEX_FIND,
	STATEMENT_SEARCH_INDEX_TIDY,
	STATEMENT_SEARCH_LAST = STATEMENT_SEARCH_INDEX_TIDY,

	/* Those whose texts stand in sql_content.c. */
	STATEMENT_CONTENT_FIRST,
	STATEMENT_CONTENT_GET = STATEMENT_CONTENT_FIRST,
	STATEMENT_CONTENT_PUT,
	STATEMENT_CONTENT_DELETE,
	STATEMENT_CONTENT_IS_USED,
	STATEMENT_CONTENT_ATTACHMENTS,
	STATEMENT_PIECE_GET,
	STATEMENT_PIECE_PUT,
	STATEMENT_PIECES_READ,
	STATEMENT_PIECES_PURGE,
	STATEMENT_UPLOAD_GET,
	STATEMENT_UPLOAD_PUT,
	STATEMENT_UPLOAD_DELETE,
	STATEMENT_UPLOAD_COUNT,
	STATEMENT_UPLOAD_STALEST,
	STATEMENT_UPLOAD_IDLEST,

	/* Behind them, those whose texts stand in sql_told.c. */
	STATEMENT_TOLD_FIRST,
	STATEMENT_POSITION_PUT = STATEMENT_TOLD_FIRST,
	STATEMENT_POSITION_GET,
	STATEMENT_POSITIONS_SINCE,
	STATEMENT_POSITIONS_FORGET,
	STATEMENT_DELIVERY_GET,
	STATEMENT_DELIVERY_PUT,
	STATEMENT_MARK_GET,
	STATEMENT_MARK_PUT,
	STATEMENT_MARK_BEHIND,
	STATEMENT_MARKS_FORGET,
	STATEMENT_LOOKS_BEFORE,

	STATEMENT_COUNT
};

/* Statements that each kind has, and those that only a few do. */
enum row_statement {
	ROW_GET,
	ROW_GET_SOME, /* STORE_GET_MOST ids */
	ROW_HEAD,
	ROW_FORGET,
	ROW_INSERT,
	ROW_UPDATE,
	ROW_UPDATE_REST, /* what no index holds, and updated_us */
	ROW_OWNED,
	ROW_BY_LOGIN,
	ROW_TEAMS,
	ROW_ALERTS,
	ROW_ALERTS_OPEN,
	ROW_PLACES_ABOUT,
	ROW_STATEMENT_COUNT
};

/* Columns that every statement over a kind begins with, in this order. */
enum row_column {
	COLUMN_ID,
	COLUMN_REV,
	COLUMN_OWNER,
	COLUMN_TEAM,
	COLUMN_CREATED_US,
	COLUMN_UPDATED_US,
	COLUMN_DELETED_US,
	COLUMN_FREV,
	COLUMN_SCOPES,
	COLUMN_FIRST_OWN
};

/* Is the column, by its place, one of ROW_UPDATE_REST? The id is. */
bool sql_is_rest(const struct entity *entity, size_t column);

/* Columns that every read of a change begins with, in this order. */
enum change_column {
	CHANGE_REV,
	CHANGE_AT_US,
	CHANGE_KIND,
	CHANGE_ID,
	CHANGE_OP,
	CHANGE_BEFORE_REV,
	CHANGE_FIRST_MORE
};

/* The type of a field's column. */
enum backend_type sql_field_type(const struct field *field);
/* The name of a field's column; NULL for an etag. */
const char *sql_column(const struct field *field);

/* The index that a kind's table has of a field and the id; of ids the primary
 * key's. */
enum sql_index {
	SQL_NO_INDEX,
	SQL_INDEX,
	SQL_INDEX_OF_SET, /* leaves out the rows where it isn't set */
};
enum sql_index sql_index_of(const struct field *field);
/* The columns of a kind, by enum row_column, of the table's alias "t". */
const char *sql_row_columns(struct arena *arena,
			    const struct store_dialect *dialect,
			    const struct entity *entity);

/* The text, or NULL without memory or where the kind has no such statement. */
const char *sql_statement(struct arena *arena,
			  const struct store_dialect *dialect,
			  enum statement which);
const char *
sql_row_statement(struct arena *arena, const struct store_dialect *dialect,
		  const struct entity *entity, enum row_statement which);
/*
 * The n-th text that makes the store's own tables, and the n-th index of a
 * kind's table; NULL behind the last. They leave standing ones be.
 */
const char *sql_make_table(struct arena *arena,
			   const struct store_dialect *dialect, size_t n);
const char *sql_make_index(struct arena *arena,
			   const struct store_dialect *dialect,
			   const struct entity *entity, size_t n);
/* definition is a column as CREATE TABLE has it, in the words of templates. */
const char *
sql_add_column(struct arena *arena, const struct store_dialect *dialect,
	       const struct entity *entity, const char *definition, size_t len);
/* The column that the store adds to every kind's table: see COLUMN_SCOPES. */
extern const char sql_scopes_column[];

#endif
