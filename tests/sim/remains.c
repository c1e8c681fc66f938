/*
 * See remains.h.
 */
#include "remains.h"

#include "lives.h"
#include "look.h"

#include "app/keys.h"
#include "model/wire.h"
#include "rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY	  "sim-copy"
#define PIECE_LEN 16
/* A text that somebody wrote, and where its blank is. */
#define TEXT_LEN   21
#define TEXT_BLANK 4

/* A piece of something sealed: no two seals have the same. */
struct piece {
	uint8_t at[PIECE_LEN];
	unsigned table; /* of the list below */
};

struct remains {
	struct piece *pieces; /* in order */
	size_t n, room;
};

enum {
	LEASED = 1 << REMAINS_LEASED,
	HANDED_IN = 1 << REMAINS_HANDED_IN,
	WIPED = 1 << REMAINS_WIPED
};

/* The vault's tables, and by when a row of each must be gone. */
static const struct {
	const char *name, *sealed;
	unsigned when;
} tables[] = {
	{ "card", "sealed", LEASED | HANDED_IN | WIPED },
	{ "cards_state", "sealed", LEASED | HANDED_IN | WIPED },
	{ "conflict", "sealed", LEASED | HANDED_IN | WIPED },
	{ "handle", "sealed", LEASED | HANDED_IN | WIPED },
	{ "keyring WHERE name = 'cards'", "envelope", HANDED_IN | WIPED },
	{ "draft", "sealed", HANDED_IN | WIPED },
	{ "content", "sealed", HANDED_IN | WIPED },
	{ "piece", "sealed", HANDED_IN | WIPED },
	/* They travel with the receipt, sealed as they lay there. */
	{ "outbox", "sealed", WIPED },
	{ "keyring WHERE name <> 'cards'", "envelope", WIPED },
	{ "device", "sealed", WIPED },
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* ----------------------------------------------------- a copy of the files */

struct copy {
	struct test_disk *disk;
	sqlite3 *db;
};

static uint64_t no_dice(void *user)
{
	(void)user;
	return 0;
}

static struct test_disk *copy_disk(const struct test_disk *original)
{
	struct test_backup *files = test_disk_back_up(original);
	struct test_disk *disk = test_disk_make(COPY, no_dice, NULL);

	test_disk_put_back(disk, files);
	test_backup_free(files);
	return disk;
}

/* What can't be opened gives no rows. */
static void
copy_open(struct copy *copy, const struct test_disk *disk, const char *path)
{
	copy->disk = copy_disk(disk);
	copy->db = NULL;
	(void)sqlite3_open_v2(path, &copy->db,
			      SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
			      COPY);
}

static void copy_close(struct copy *copy)
{
	(void)sqlite3_close(copy->db);
	test_disk_free(copy->disk);
}

static int64_t
count(const struct test_disk *disk, const char *path, const char *table)
{
	sqlite3_stmt *statement = NULL;
	struct copy copy;
	char sql[300];
	int64_t n = -1;

	copy_open(&copy, disk, path);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	if (sqlite3_prepare_v2(copy.db, sql, -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	copy_close(&copy);
	return n;
}

int64_t remains_count(struct phone *phone, const char *table)
{
	return count(phone->disk, "phone.db", table);
}

int64_t remains_count_of_server(struct world *world, const char *table)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/db", world->directory);
	return count(world->disk, path, table);
}

/* ------------------------------------------------------------------- pieces */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(((const struct piece *)a)->at,
		      ((const struct piece *)b)->at, PIECE_LEN);
}

static void
add_piece(struct remains *remains, const uint8_t *at, unsigned table)
{
	if (remains->n == remains->room) {
		remains->room = remains->room * 2 + 128;
		remains->pieces =
			realloc(remains->pieces,
				remains->room * sizeof(remains->pieces[0]));
		if (remains->pieces == NULL)
			abort();
	}
	memcpy(remains->pieces[remains->n].at, at, PIECE_LEN);
	remains->pieces[remains->n++].table = table;
}

/* Out of the middle, which is cipher in rows and envelopes, and the end. */
static void note_table(struct remains *remains, sqlite3 *db, unsigned table)
{
	sqlite3_stmt *statement = NULL;
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s", tables[table].sealed,
		 tables[table].name);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const uint8_t *at = sqlite3_column_blob(statement, 0);
		const size_t len = (size_t)sqlite3_column_bytes(statement, 0);

		if (len < (size_t)4 * PIECE_LEN)
			continue;
		add_piece(remains, at + len / 2, table);
		add_piece(remains, at + len - PIECE_LEN, table);
	}
	(void)sqlite3_finalize(statement);
}

struct remains *remains_note(struct phone *phone)
{
	struct remains *remains = calloc(1, sizeof(*remains));
	struct copy copy;

	if (remains == NULL)
		abort();
	copy_open(&copy, phone->disk, "phone.db");
	for (unsigned i = 0; i < TABLES; i++)
		note_table(remains, copy.db, i);
	copy_close(&copy);
	if (remains->n > 0)
		qsort(remains->pieces, remains->n, sizeof(remains->pieces[0]),
		      by_bytes);
	return remains;
}

void remains_free(struct remains *remains)
{
	if (remains != NULL)
		free(remains->pieces);
	free(remains);
}

/* ---------------------------------------------------------------- searching */

static const char *const files[] = { "phone.db", "phone.db-wal",
				     "phone.db-journal" };

/* Which two bytes a piece may begin with: most places are passed over. */
struct beginnings {
	uint8_t bits[8192];
};

static unsigned beginning(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static size_t find_in(const struct remains *remains,
		      const struct beginnings *begin, const uint8_t *at,
		      size_t len, enum remains_when when, const char **what)
{
	size_t n = 0;

	for (size_t i = 0; i + PIECE_LEN <= len; i++) {
		const unsigned two = beginning(at + i);
		struct piece wanted = { .table = 0 };
		const struct piece *found;

		if (!(begin->bits[two / 8] >> two % 8 & 1))
			continue;
		memcpy(wanted.at, at + i, PIECE_LEN);
		found = bsearch(&wanted, remains->pieces, remains->n,
				sizeof(remains->pieces[0]), by_bytes);
		if (found == NULL || !(tables[found->table].when >> when & 1))
			continue;
		*what = tables[found->table].name;
		n++;
	}
	return n;
}

size_t remains_found(const struct remains *remains, struct phone *phone,
		     enum remains_when when, const char **what)
{
	struct beginnings begin = { { 0 } };
	size_t n = 0;

	for (size_t i = 0; i < remains->n; i++) {
		const unsigned two = beginning(remains->pieces[i].at);

		begin.bits[two / 8] |= (uint8_t)(1 << two % 8);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len;
		const uint8_t *at = test_disk_file(phone->disk, files[i], &len);

		if (at != NULL && remains->n > 0)
			n += find_in(remains, &begin, at, len, when, what);
	}
	return n;
}

/* Texts are "text " or "desk " and sixteen digits. */
static bool is_text(const uint8_t *at)
{
	if (memcmp(at, "text ", 5) != 0 && memcmp(at, "desk ", 5) != 0)
		return false;
	for (size_t i = TEXT_BLANK + 1; i < TEXT_LEN; i++)
		if (!(at[i] >= '0' && at[i] <= '9') &&
		    !(at[i] >= 'a' && at[i] <= 'f'))
			return false;
	return true;
}

/* Blanks are found faster than anything else is looked at. */
static bool has_text(const uint8_t *at, size_t len)
{
	const uint8_t *const end = at + len, *blank = at;

	while ((blank = memchr(blank, ' ', (size_t)(end - blank))) != NULL) {
		if (blank - at >= TEXT_BLANK &&
		    end - blank >= TEXT_LEN - TEXT_BLANK &&
		    is_text(blank - TEXT_BLANK))
			return true;
		blank++;
	}
	return false;
}

bool remains_is_plain(struct phone *phone)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len;
		const uint8_t *at = test_disk_file(phone->disk, files[i], &len);

		if (at != NULL && has_text(at, len))
			return true;
	}
	return false;
}

/* ----------------------------------------------------------------- recovery */

enum { MUTATION_ID = 2, MUTATION_OP = 3, OP_DELETE = 3 };

struct recovery {
	struct phone *phone;
	size_t life;
	struct recovered_keys keys;
	int64_t n;
};

/* Numbers begin anew where a phone was restored: what it says counts, too. */
static bool is_of(const struct edit *edit, uint64_t seq, struct bytes text,
		  const struct uuid *id, uint64_t op)
{
	if (uuid_compare(&edit->id, id) != 0)
		return false;
	if (edit->op == EDIT_DELETE)
		return op == OP_DELETE;
	return edit->n_values > 0 ? look_holds(text, edit->values[0].text)
				  : edit->seq == seq;
}

static void
mark(const struct recovery *recovery, uint64_t seq, struct bytes text)
{
	const struct ledger *ledger = &recovery->phone->ledger;
	struct wire_reader reader = wire_read(text);
	struct wire_field field;
	struct uuid id = { { 0 } };
	uint64_t op = 0;

	while (wire_next(&reader, &field) > 0) {
		if (field.number == MUTATION_ID && field.value.len == 16)
			memcpy(id.at, field.value.at, 16);
		else if (field.number == MUTATION_OP)
			op = field.scalar;
	}
	for (size_t i = 0; i < ledger->n; i++)
		if (ledger->edits[i].life == recovery->life &&
		    is_of(&ledger->edits[i], seq, text, &id, op))
			ledger->edits[i].is_recovered = true;
}

static void take_row(void *user, const struct outbox_row *row)
{
	static uint8_t text[RECOVERED_ROW_MAX];
	struct recovery *recovery = user;
	size_t len;

	if (!rows_open(text, sizeof(text), &len, &recovery->keys, row)) {
		world_break(recovery->phone->world,
			    "outbox: edit %llu of phone %u doesn't open with "
			    "the firm's key",
			    (unsigned long long)row->rev,
			    recovery->phone->number);
		return;
	}
	recovery->n++;
	mark(recovery, row->rev, (struct bytes){ text, len });
}

int64_t
remains_recover(struct phone *phone, size_t life, const struct uuid *device)
{
	const struct org_keys *keys = &phone->world->keys;
	struct recovery recovery = { .phone = phone, .life = life };
	struct test_disk *copy = NULL;
	const char *trouble;
	char path[80] = "phone.db";

	if (device == NULL) {
		copy = copy_disk(phone->disk);
		test_disk_make_default(copy);
	} else {
		snprintf(path, sizeof(path), "%s/db", phone->world->directory);
	}
	trouble = rows_read(&recovery.keys, path, device, keys->box_public,
			    keys->box_secret, take_row, &recovery);
	if (copy != NULL) {
		test_disk_make_default(phone->world->disk);
		test_disk_free(copy);
	}
	if (trouble != NULL)
		world_say(phone->world, "%s", trouble);
	return trouble != NULL ? -1 : recovery.n;
}
