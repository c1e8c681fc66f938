/*
 * floor: the least that cards can cost: plain SQLite, and sealing alone.
 *
 *	bench_sync floor CARDS SQL-FOLDER DATABASE
 *
 * CARDS is a file of cards: 4 bytes of length (little-endian), 16 of the id,
 * the card's fields. Prints insert_us and seal_us with what they took.
 */
#include "parts.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUP = 500, /* inserts a transaction */
	SQL_MAX = 2000,
	ID_LEN = 16,
	BLOCK = 64, /* as the vault pads */
	CARD_MAX = 64 * 1024,
	ABYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
};

struct cards {
	uint8_t *at;
	size_t len;
};

struct card {
	const uint8_t *id, *fields;
	size_t len;
};

static void fail(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

static struct cards read_whole(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct cards out = { .at = NULL };
	long size = 0;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
	    (size = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET) != 0)
		fail(path);
	out.len = (size_t)size;
	out.at = malloc(out.len + 1);
	if (out.at == NULL || fread(out.at, 1, out.len, file) != out.len)
		fail(path);
	out.at[out.len] = 0;
	fclose(file);
	return out;
}

/* False: that was the last. */
static int next(struct card *out, size_t *at, const struct cards *cards)
{
	const uint8_t *head = cards->at + *at;

	if (*at + 4 + ID_LEN > cards->len)
		return 0;
	out->len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
	out->id = head + 4;
	out->fields = head + 4 + ID_LEN;
	*at += 4 + ID_LEN + out->len;
	return *at <= cards->len && out->len < CARD_MAX;
}

static void need(sqlite3 *db, int result)
{
	if (result != SQLITE_OK && result != SQLITE_DONE)
		fail(sqlite3_errmsg(db));
}

static sqlite3 *open_database(const char *folder, const char *path)
{
	char name[4200];
	sqlite3 *db = NULL;

	snprintf(name, sizeof(name), "%s/open.sql", folder);
	need(db, sqlite3_open(path, &db));
	need(db, sqlite3_exec(db, (const char *)read_whole(name).at, NULL, NULL,
			      NULL));
	return db;
}

static uint64_t
insert_all(const struct cards *cards, const char *folder, const char *path)
{
	sqlite3 *db = open_database(folder, path);
	sqlite3_stmt *insert = NULL;
	char name[4200];
	struct card card;
	size_t at = 0, n = 0;
	uint64_t begun;

	snprintf(name, sizeof(name), "%s/insert.sql", folder);
	need(db, sqlite3_prepare_v2(db, (const char *)read_whole(name).at, -1,
				    &insert, NULL));
	begun = now_us();
	while (next(&card, &at, cards)) {
		if (n++ % GROUP == 0)
			need(db, sqlite3_exec(db, "BEGIN", 0, 0, 0));
		need(db, sqlite3_bind_blob(insert, 1, card.id, ID_LEN,
					   SQLITE_STATIC));
		need(db, sqlite3_bind_blob64(insert, 2, card.fields, card.len,
					     SQLITE_STATIC));
		need(db, sqlite3_step(insert));
		need(db, sqlite3_reset(insert));
		if (n % GROUP == 0)
			need(db, sqlite3_exec(db, "COMMIT", 0, 0, 0));
	}
	if (n % GROUP != 0)
		need(db, sqlite3_exec(db, "COMMIT", 0, 0, 0));
	begun = now_us() - begun;
	sqlite3_finalize(insert);
	sqlite3_close(db);
	return begun;
}

/* A random nonce, padding and a tag for each. */
static uint64_t seal_all(const struct cards *cards)
{
	static uint8_t plain[CARD_MAX + BLOCK], sealed[sizeof(plain) + ABYTES];
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], nonce[NONCE];
	struct card card;
	size_t at = 0;
	uint64_t begun;

	if (sodium_init() < 0)
		fail("libsodium");
	randombytes_buf(key, sizeof(key));
	begun = now_us();
	while (next(&card, &at, cards)) {
		const size_t padded = (card.len / BLOCK + 1) * BLOCK;

		randombytes_buf(nonce, sizeof(nonce));
		memcpy(plain, card.fields, card.len);
		memset(plain + card.len, 0, padded - card.len);
		plain[card.len] = 0x80;
		crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, plain,
							   padded, card.id,
							   ID_LEN, NULL, nonce,
							   key);
	}
	return now_us() - begun;
}

int floor_main(int argc, char **argv)
{
	struct cards cards;

	if (argc != 4)
		return 2;
	cards = read_whole(argv[1]);
	printf("insert_us=%llu ",
	       (unsigned long long)insert_all(&cards, argv[2], argv[3]));
	printf("seal_us=%llu\n", (unsigned long long)seal_all(&cards));
	free(cards.at);
	return 0;
}
