/*
 * rows: SQLite without writing more than its own log's recovery, and one AEAD.
 */
#include "rows.h"

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

enum {
	PHONES_FILE = 0x4f525031, /* application_id */
	OUTBOX_TABLE = 2,
	ROW_FORMAT = 1,
	NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	HEADER_LEN = 2 + NONCE_LEN,
	BLOCK = 64,
	ASIDE_LEN = 27,
	KEY_LEN = 33, /* number and key */
};

/* ---------------------------------------------------------------- opening */

static bool open_box(struct recovered_keys *keys, const uint8_t *box,
		     size_t len, const uint8_t box_public[32],
		     const uint8_t box_secret[32])
{
	uint8_t plain[2 * KEY_LEN];
	size_t n;

	if (box == NULL || len < crypto_box_SEALBYTES)
		return false;
	n = len - crypto_box_SEALBYTES;
	if ((n != KEY_LEN && n != sizeof(plain)) ||
	    crypto_box_seal_open(plain, box, len, box_public, box_secret) != 0)
		return false;
	keys->n = n / KEY_LEN;
	for (size_t i = 0; i < keys->n; i++) {
		keys->numbers[i] = plain[i * KEY_LEN];
		memcpy(keys->keys[i], plain + i * KEY_LEN + 1, 32);
	}
	sodium_memzero(plain, sizeof(plain));
	return true;
}

bool rows_open(uint8_t *out, size_t room, size_t *len,
	       const struct recovered_keys *keys, const struct outbox_row *row)
{
	uint8_t aside[ASIDE_LEN] = { ROW_FORMAT, 0, OUTBOX_TABLE };
	size_t padded;

	if (row->len < HEADER_LEN + BLOCK + TAG_LEN ||
	    row->sealed[0] != ROW_FORMAT)
		return false;
	padded = row->len - HEADER_LEN - TAG_LEN;
	if (padded % BLOCK != 0 || padded > room)
		return false;
	aside[1] = row->sealed[1];
	for (size_t i = 0; i < 8; i++)
		aside[3 + i] = (uint8_t)(row->rev >> 8 * (7 - i));
	memcpy(aside + 11, row->name, sizeof(row->name));
	for (size_t i = 0; i < keys->n; i++)
		if (keys->numbers[i] == row->sealed[1] &&
		    crypto_aead_xchacha20poly1305_ietf_decrypt(
			    out, NULL, NULL, row->sealed + HEADER_LEN,
			    padded + TAG_LEN, aside, sizeof(aside),
			    row->sealed + 2, keys->keys[i]) == 0)
			return sodium_unpad(len, out, padded, BLOCK) == 0;
	return false;
}

/* ---------------------------------------------------------------- reading */

static const char PHONES_BOX[] = "SELECT envelope FROM keyring WHERE name = "
				 "'outbox for the organisation'";
static const char PHONES_ROWS[] = "SELECT name, rev, sealed FROM outbox "
				  "ORDER BY rev";
static const char WIPES_BOX[] = "SELECT outbox_key FROM wipe WHERE "
				"device = ?1 AND wiped_us <> 0";
static const char WIPES_ROWS[] = "SELECT name, rev, sealed FROM wiped_row "
				 "WHERE device = ?1 ORDER BY rev";

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql, const struct uuid *device)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    device != NULL)
		(void)sqlite3_bind_blob(statement, 1, device->at,
					sizeof(device->at), SQLITE_STATIC);
	return statement;
}

/* A number that a pragma gives; -1: it gives none. */
static int64_t read_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = prepare(db, sql, NULL);
	int64_t n = -1;

	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return n;
}

static const char *
read_box(struct recovered_keys *keys, sqlite3 *db, const struct uuid *device,
	 const uint8_t box_public[32], const uint8_t box_secret[32])
{
	sqlite3_stmt *statement =
		prepare(db, device != NULL ? WIPES_BOX : PHONES_BOX, device);
	const char *trouble = NULL;

	if (statement == NULL)
		trouble = "it can't be read";
	else if (sqlite3_step(statement) != SQLITE_ROW)
		trouble = device != NULL
				  ? "it has no receipt of that device"
				  : "it has no key for an organisation: its "
				    "cards were never opened";
	else if (!open_box(keys, sqlite3_column_blob(statement, 0),
			   (size_t)sqlite3_column_bytes(statement, 0),
			   box_public, box_secret))
		trouble = "its key is not for this organisation";
	sqlite3_finalize(statement);
	return trouble;
}

static const char *read_rows(sqlite3 *db, const struct uuid *device,
			     rows_found_fn *callback, void *user)
{
	sqlite3_stmt *statement =
		prepare(db, device != NULL ? WIPES_ROWS : PHONES_ROWS, device);
	int result = statement != NULL ? SQLITE_ROW : SQLITE_ERROR;

	while (result == SQLITE_ROW) {
		struct outbox_row row;
		const void *name;

		result = sqlite3_step(statement);
		if (result != SQLITE_ROW)
			break;
		name = sqlite3_column_blob(statement, 0);
		if (sqlite3_column_bytes(statement, 0) != sizeof(row.name))
			continue;
		memcpy(row.name, name, sizeof(row.name));
		row.rev = (uint64_t)sqlite3_column_int64(statement, 1);
		row.sealed = sqlite3_column_blob(statement, 2);
		row.len = (size_t)sqlite3_column_bytes(statement, 2);
		callback(user, &row);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? NULL : "it is damaged: not all was read";
}

const char *rows_read(struct recovered_keys *keys, const char *path,
		      const struct uuid *device, const uint8_t box_public[32],
		      const uint8_t box_secret[32], rows_found_fn *callback,
		      void *user)
{
	sqlite3 *db = NULL;
	const char *trouble = NULL;

	if (sodium_init() < 0 ||
	    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) !=
		    SQLITE_OK) {
		trouble = "it can't be opened";
		goto done;
	}
	/* Its log stays where it is; no third file beside the two. */
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (device == NULL)
		(void)sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL,
				   NULL, NULL);
	if (device == NULL &&
	    read_number(db, "PRAGMA application_id") != PHONES_FILE) {
		trouble = "not a phone's file: --device ID for a server's";
		goto done;
	}
	trouble = read_box(keys, db, device, box_public, box_secret);
	if (trouble == NULL)
		trouble = read_rows(db, device, callback, user);
done:
	sqlite3_close(db);
	return trouble;
}
