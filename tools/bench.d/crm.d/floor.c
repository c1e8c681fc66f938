/*
 * floor: prepared statements out of files, and who binds what to them.
 */
#include "floor.h"

#include "firm.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 64 /* inserts a commit */

#define STATEMENTS(X)       \
	X(get)              \
	X(list)             \
	X(search)           \
	X(timeline)         \
	X(timeline_changes) \
	X(call)             \
	X(message)          \
	X(company)          \
	X(identify)         \
	X(identify_company) \
	X(identify_last)    \
	X(create)           \
	X(create_change)    \
	X(create_feed)      \
	X(create_stay)      \
	X(create_link)      \
	X(create_link_of)   \
	X(create_handle)

struct floor {
	sqlite3 *db;
#define X(name) sqlite3_stmt *name;
	STATEMENTS(X)
#undef X
	size_t n_made; /* contacts made in all */
	int64_t rev;
};

static void need(struct floor *floor, bool is_well, const char *what)
{
	if (is_well)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, sqlite3_errmsg(floor->db));
	exit(1);
}

static sqlite3_stmt *
prepare(struct floor *floor, const char *folder, const char *name)
{
	char path[512], sql[2048];
	sqlite3_stmt *stmt = NULL;
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.sql", folder, name);
	file = fopen(path, "rb");
	if (file) {
		len = fread(sql, 1, sizeof(sql) - 1, file);
		fclose(file);
	}
	sql[len] = 0;
	need(floor,
	     len > 0 && sqlite3_prepare_v3(floor->db, sql, -1,
					   SQLITE_PREPARE_PERSISTENT, &stmt,
					   NULL) == SQLITE_OK,
	     path);
	return stmt;
}

struct floor *floor_open(const char *path, const char *sql_folder)
{
	/* Those of server/store/sqlite.c. */
	static const char pragmas[] =
		"PRAGMA page_size = 4096; PRAGMA trusted_schema = 0;"
		"PRAGMA cell_size_check = 1; PRAGMA temp_store = memory;"
		"PRAGMA journal_mode = wal; PRAGMA synchronous = full;"
		"PRAGMA wal_autocheckpoint = 2048; PRAGMA cache_size = -16384;";
	struct floor *floor = calloc(1, sizeof(*floor));

	if (!floor)
		abort();
	need(floor, sqlite3_open(path, &floor->db) == SQLITE_OK, path);
	sqlite3_busy_timeout(floor->db, 10000);
	need(floor, !sqlite3_exec(floor->db, pragmas, NULL, NULL, NULL),
	     "pragmas");
#define X(name) floor->name = prepare(floor, sql_folder, #name);
	STATEMENTS(X)
#undef X
	return floor;
}

void floor_close(struct floor *floor)
{
#define X(name) sqlite3_finalize(floor->name);
	STATEMENTS(X)
#undef X
	sqlite3_close(floor->db);
	free(floor);
}

/* Looks at each column, as whoever makes an answer of it must. */
static size_t read_columns(sqlite3_stmt *stmt)
{
	size_t len = 0;

	for (int i = 0; i < sqlite3_column_count(stmt); i++)
		switch (sqlite3_column_type(stmt, i)) {
		case SQLITE_BLOB:
			len += sqlite3_column_blob(stmt, i) != NULL;
			break;
		case SQLITE_TEXT:
			len += sqlite3_column_text(stmt, i) != NULL;
			break;
		default:
			len += sqlite3_column_int64(stmt, i) != 0;
		}
	return len;
}

static void bind_id(sqlite3_stmt *stmt, int n, const struct uuid *id)
{
	sqlite3_bind_blob(stmt, n, id->at, sizeof(id->at), SQLITE_TRANSIENT);
}

static void bind_text(sqlite3_stmt *stmt, int n, const char *text)
{
	sqlite3_bind_text(stmt, n, text, -1, SQLITE_TRANSIENT);
}

static bool column_id(struct uuid *out, sqlite3_stmt *stmt, int n)
{
	if (sqlite3_column_bytes(stmt, n) != sizeof(out->at))
		return false;
	memcpy(out->at, sqlite3_column_blob(stmt, n), sizeof(out->at));
	return true;
}

static size_t
read_row(struct floor *floor, sqlite3_stmt *stmt, const struct uuid *id)
{
	size_t n_rows = 0;

	bind_id(stmt, 1, id);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		read_columns(stmt);
		n_rows++;
	}
	need(floor, sqlite3_reset(stmt) == SQLITE_OK, "row");
	return n_rows;
}

static size_t
read_of_kind(struct floor *floor, int64_t kind, const struct uuid *id)
{
	switch (kind) {
	case FIRM_COMPANY:
		return read_row(floor, floor->company, id);
	case FIRM_CONTACT:
		return read_row(floor, floor->get, id);
	case FIRM_CALL:
		return read_row(floor, floor->call, id);
	case FIRM_MESSAGE:
		return read_row(floor, floor->message, id);
	default:
		return 0;
	}
}

/* ----------------------------------------------------------------- reading */

size_t floor_get(struct floor *floor, const struct uuid *contact)
{
	return read_row(floor, floor->get, contact);
}

size_t
floor_list(struct floor *floor, const char *industry, const char *from_name)
{
	sqlite3_stmt *stmt = floor->list;
	size_t n_rows = 0;

	bind_text(stmt, 1, industry);
	bind_text(stmt, 2, from_name);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		read_columns(stmt);
		n_rows++;
	}
	need(floor, sqlite3_reset(stmt) == SQLITE_OK, "list");
	return n_rows;
}

/* (kind, id) of a statement's rows from column on, and each one's row. */
static size_t read_found(struct floor *floor, sqlite3_stmt *stmt, int column)
{
	size_t n_rows = 0;
	struct uuid id;

	while (sqlite3_step(stmt) == SQLITE_ROW)
		if (column_id(&id, stmt, column + 1))
			n_rows += read_of_kind(
				floor, sqlite3_column_int64(stmt, column), &id);
	need(floor, sqlite3_reset(stmt) == SQLITE_OK, "found");
	return n_rows;
}

/* Words lie in the index in small letters, with a w in front. */
static void
put_word(struct buffer *out, const char *text, size_t len, const char *behind)
{
	buffer_append(out, "\"w", 2);
	for (size_t i = 0; i < len && text[i]; i++) {
		bool is_capital = text[i] >= 'A' && text[i] <= 'Z';
		char c = (char)(is_capital ? text[i] - 'A' + 'a' : text[i]);
		buffer_append(out, &c, 1);
	}
	buffer_append(out, behind, strlen(behind));
}

size_t floor_search(struct floor *floor, const char *family, const char *given)
{
	struct buffer match;
	size_t n_rows;

	buffer_init(&match, &allocator_libc, 256);
	put_word(&match, family, strlen(family), "\" AND ");
	put_word(&match, given, 3, "\"*");
	sqlite3_bind_text(floor->search, 1, (const char *)match.at,
			  (int)match.len, SQLITE_TRANSIENT);
	n_rows = read_found(floor, floor->search, 0);
	buffer_free(&match);
	return n_rows;
}

size_t floor_timeline(struct floor *floor, const struct uuid *contact)
{
	bind_id(floor->timeline, 1, contact);
	return read_row(floor, floor->get, contact) +
	       read_row(floor, floor->timeline_changes, contact) +
	       read_found(floor, floor->timeline, 1);
}

size_t floor_identify(struct floor *floor, const char *phone)
{
	struct uuid contact, company;
	size_t n_rows = 0;

	sqlite3_bind_int(floor->identify, 1, 1);
	bind_text(floor->identify, 2, phone);
	if (sqlite3_step(floor->identify) == SQLITE_ROW &&
	    column_id(&contact, floor->identify, 1)) {
		n_rows += read_row(floor, floor->get, &contact);
		bind_id(floor->identify_company, 1, &contact);
		if (sqlite3_step(floor->identify_company) == SQLITE_ROW &&
		    column_id(&company, floor->identify_company, 0)) {
			n_rows += read_row(floor, floor->company, &company);
			bind_id(floor->identify_last, 1, &company);
			n_rows += read_found(floor, floor->identify_last, 0);
		}
		sqlite3_reset(floor->identify_company);
		bind_id(floor->identify_last, 1, &contact);
		n_rows += read_found(floor, floor->identify_last, 0);
	}
	need(floor, sqlite3_reset(floor->identify) == SQLITE_OK, "identify");
	return n_rows;
}

/* ---------------------------------------------------------------- creating */

static void run(struct floor *floor, sqlite3_stmt *stmt)
{
	need(floor,
	     sqlite3_step(stmt) == SQLITE_DONE &&
		     sqlite3_reset(stmt) == SQLITE_OK,
	     "insert");
}

static void create_row(struct floor *floor, const struct uuid *id, size_t n,
		       const struct uuid *owner)
{
	/* Of the lengths that the server's are of. */
	static const uint8_t zeros[128];
	sqlite3_stmt *stmt = floor->create;

	bind_id(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, floor->rev);
	bind_id(stmt, 3, owner);
	bind_id(stmt, 4, owner);
	sqlite3_bind_int64(stmt, 5, 1780000000000000 + (int64_t)n);
	sqlite3_bind_blob(stmt, 6, zeros, 14, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 7, zeros, 34, SQLITE_STATIC);
	bind_text(stmt, 8, firm_given_name(n));
	bind_text(stmt, 9, firm_family_name(n));
	sqlite3_bind_blob(stmt, 10, zeros, 39, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 11, zeros, 32, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 12, zeros, 32, SQLITE_STATIC);
	run(floor, stmt);
}

static void create_log(struct floor *floor, const struct uuid *id, size_t n,
		       const struct uuid *owner)
{
	static const uint8_t patch[150];
	uint8_t scope[17] = { 2 };
	sqlite3_stmt *stmt = floor->create_change;

	sqlite3_bind_int64(stmt, 1, floor->rev);
	sqlite3_bind_int64(stmt, 2, 1780000000000000 + (int64_t)n);
	bind_id(stmt, 3, id);
	bind_id(stmt, 4, owner);
	sqlite3_bind_blob(stmt, 5, patch, sizeof(patch), SQLITE_STATIC);
	run(floor, stmt);
	memcpy(scope + 1, owner->at, 16);
	for (scope[0] = 2; scope[0] <= 3; scope[0]++) {
		stmt = floor->create_feed;
		sqlite3_bind_int64(stmt, 1,
				   (int64_t)scope[0] << 36 | floor->rev);
		bind_id(stmt, 2, id);
		sqlite3_bind_int64(stmt, 3, floor->rev);
		run(floor, stmt);
		stmt = floor->create_stay;
		sqlite3_bind_blob(stmt, 1, scope, sizeof(scope),
				  SQLITE_TRANSIENT);
		bind_id(stmt, 2, id);
		sqlite3_bind_int64(stmt, 3, floor->rev);
		run(floor, stmt);
	}
}

static void create_handle(struct floor *floor, const struct uuid *id, int field,
			  int type, const char *text)
{
	sqlite3_stmt *stmt = floor->create_handle;

	bind_id(stmt, 1, id);
	sqlite3_bind_int(stmt, 2, field);
	sqlite3_bind_int(stmt, 3, type);
	bind_text(stmt, 4, text);
	run(floor, stmt);
}

static void create_sides(struct floor *floor, const struct uuid *id, size_t n)
{
	struct uuid company = firm_id(FIRM_COMPANY, firm_mix(n) % 1000);
	char text[64];

	bind_id(floor->create_link, 1, &company);
	sqlite3_bind_int64(floor->create_link, 2,
			   1780000000000000 + (int64_t)n);
	bind_id(floor->create_link, 3, id);
	run(floor, floor->create_link);
	bind_id(floor->create_link_of, 1, id);
	bind_id(floor->create_link_of, 2, &company);
	run(floor, floor->create_link_of);
	firm_phone(text, n);
	create_handle(floor, id, 15, 1, text);
	create_handle(floor, id, 15, 1, text);
	snprintf(text, sizeof(text), "%s.%zu@example.com", firm_given_name(n),
		 n);
	create_handle(floor, id, 16, 2, text);
}

void floor_create(struct floor *floor, size_t n)
{
	sqlite3_stmt *last = NULL;

	need(floor,
	     sqlite3_prepare_v2(floor->db, "SELECT max(rev) FROM change", -1,
				&last, NULL) == SQLITE_OK &&
		     sqlite3_step(last) == SQLITE_ROW,
	     "revision");
	floor->rev = sqlite3_column_int64(last, 0);
	sqlite3_finalize(last);
	for (size_t i = 0; i < n; i++) {
		/* Behind what the server made. */
		size_t number = ((size_t)1 << 26) + floor->n_made++;
		struct uuid id = firm_id(FIRM_CONTACT, number);
		struct uuid owner =
			firm_id(FIRM_USER, firm_mix(number) % FIRM_REPS);
		if (i % GROUP == 0)
			need(floor,
			     !sqlite3_exec(floor->db, "BEGIN IMMEDIATE", NULL,
					   NULL, NULL),
			     "begin");
		floor->rev++;
		create_row(floor, &id, number, &owner);
		create_log(floor, &id, number, &owner);
		create_sides(floor, &id, number);
		if (i % GROUP == GROUP - 1 || i == n - 1)
			need(floor,
			     !sqlite3_exec(floor->db, "COMMIT", NULL, NULL,
					   NULL),
			     "commit");
	}
}
