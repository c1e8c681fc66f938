/*
 * Contents on disks that lie, are full or lose their power, and without memory:
 * what was promised is there, and what is damaged is told.
 */
#include "file_acts.h"

#include <sqlite3.h>

#include "powered.h"

/* ------------------------------------------------------------------ damage */

/* Writes into the file behind the core's back. */
static void damage(struct phone *phone, const char *sql)
{
	char path[100];
	sqlite3 *db;

	phone_close(phone);
	snprintf(path, sizeof(path), "%s.db", phone->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* What the server has comes anew; what it never had is told. */
static void damaged_pieces(void **state)
{
	static const char *const blows[] = {
		"UPDATE piece SET sealed = zeroblob(length(sealed)) "
		"WHERE rowid = (SELECT max(rowid) FROM piece)",
		"DELETE FROM piece "
		"WHERE rowid = (SELECT max(rowid) FROM piece)",
	};
	struct content content = make_content((size_t)2 * PIECE, 1);
	struct outrider_event event;
	struct outrider_err err;
	struct phone phone;
	struct uuid id;
	uint8_t *out = malloc(content.len);
	size_t n;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		id = phone_id(5);
		phone_ready(&phone);
		pull_card(&phone, &id, &content);
		want(&phone, &id, true);
		fetch(&phone, &id, &content, 0);
		damage(&phone, blows[i]);
		assert_state(&phone, &id, OUTRIDER_FILE_WANTED, 0);
		assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
		fetch(&phone, &id, &content, 0);
		assert_content(&phone, &id, &content, PIECE);
		phone_free(&phone);

		phone_ready(&phone);
		id = attach(&phone, &content);
		damage(&phone, blows[i]);
		assert_int_equal(outrider_file_read(phone.core, &n, out,
						    content.len, id.at, 0,
						    &err),
				 OUTRIDER_DATA_LOSS);
		sync_now(&phone);
		assert_offers(&phone, &content);
		answer_offset(&phone, 0);
		(void)take_chunk(&phone, &content, 0);
		assert_true(phone_event(&phone, OUTRIDER_EVENT_FILE_FAILED,
					&event));
		assert_true(phone_asks(&phone, "SyncService/Push"));
		phone_free(&phone);
	}
	free(out);
	free(content.at);
}

static enum outrider_code
take_name(void *user, const struct replica_row *row, struct outrider_err *err)
{
	(void)err;
	memcpy(user, row->name, VAULT_NAME_LEN);
	return OUTRIDER_OK;
}

/* The disk lies while the file is open: the reader is told. */
static void a_piece_that_goes_bad(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1);
	struct uuid id = phone_id(5);
	struct replica_row bad = { .sealed = { (const uint8_t *)"bad", 3 } };
	enum outrider_code code = OUTRIDER_OK;
	struct phone phone;
	uint8_t out[10];
	size_t n;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	assert_int_equal(replica_each(phone.core->replica, REPLICA_piece, 0,
				      take_name, bad.name, NULL),
			 OUTRIDER_OK);
	assert_int_equal(replica_begin(phone.core->replica, NULL), OUTRIDER_OK);
	assert_int_equal(replica_put(phone.core->replica, REPLICA_piece, &bad,
				     NULL),
			 OUTRIDER_OK);
	assert_int_equal(replica_commit(phone.core->replica, NULL),
			 OUTRIDER_OK);
	for (size_t at = 0; code == OUTRIDER_OK && at < content.len;
	     at += PIECE)
		code = outrider_file_read(phone.core, &n, out, 10, id.at,
					  (int64_t)at, NULL);
	assert_int_equal(code, OUTRIDER_DATA_LOSS);
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	fetch(&phone, &id, &content, 0);
	assert_content(&phone, &id, &content, PIECE);
	phone_free(&phone);
	free(content.at);
}

/* Without its row a content isn't known, and leaves nothing behind. */
static void a_damaged_row(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1),
		       other = make_content(PIECE, 2);
	struct uuid id = phone_id(5), mine;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	mine = attach(&phone, &other);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 3);
	damage(&phone, "UPDATE content SET sealed = zeroblob(200) WHERE rowid "
		       "= (SELECT min(rowid) FROM content)");
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 1);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 1);
	assert_content(&phone, &mine, &other, PIECE);
	phone_free(&phone);
	free(content.at);
	free(other.at);
}

/* Its card was lost, and the server doesn't name it any more. */
static void a_content_without_its_card(void **state)
{
	struct content content = make_content(PIECE, 1);
	struct uuid id = phone_id(5);
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	damage(&phone, "DELETE FROM card");
	assert_int_equal(count_rows(&phone, REPLICA_content), 1);
	/* It is asked for anew, and comes or goes with its card. */
	pull_card(&phone, &id, &content);
	assert_content(&phone, &id, &content, PIECE);
	damage(&phone, "DELETE FROM card");
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	phone_free(&phone);
	free(content.at);
}

/* A phone that an earlier program enrolled gets the tables that it lacks. */
static void a_file_of_before(void **state)
{
	struct content content = make_content(100, 1);
	struct phone phone;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	damage(&phone, "UPDATE keyring SET name = name WHERE name = 'cards'; "
		       "DROP TABLE piece; DROP TABLE content; "
		       "DROP TABLE draft");
	id = attach(&phone, &content);
	restart(&phone);
	assert_content(&phone, &id, &content, PIECE);
	phone_free(&phone);
	free(content.at);
}

static bool file_has(const char *path, const uint8_t *what, size_t len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *all = malloc(1 << 22);
	bool has = false;
	size_t n;

	assert_non_null(all);
	if (file != NULL) {
		n = fread(all, 1, 1 << 22, file);
		for (size_t i = 0; !has && i + len <= n; i++)
			has = all[i] == what[0] &&
			      memcmp(all + i, what, len) == 0;
		fclose(file);
	}
	free(all);
	return has;
}

/* Neither bytes, hash nor name are to be read in the files. */
static void nothing_to_read(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1);
	static const char *const ends[] = { ".db", ".db-wal" };
	struct phone phone;
	struct uuid id;
	char path[100];

	(void)state;
	phone_ready(&phone);
	id = attach(&phone, &content);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", phone.path, ends[i]);
		for (size_t at = 0; at < content.len; at += PIECE / 4)
			assert_false(file_has(path, content.at + at, 16));
		assert_false(file_has(path, content.hash, 16));
		assert_false(file_has(path, id.at, 16));
		assert_false(file_has(path, (const uint8_t *)"offer", 5));
	}
	phone_free(&phone);
	free(content.at);
}

/* The data key changes under contents, whole and half here. */
static void another_key(void **state)
{
	struct content content = make_content(2 * PIECE + 17, 1),
		       other = make_content(PIECE, 2);
	struct uuid id = phone_id(5), mine;
	struct phone phone;
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	give_part(&phone, &content);
	phone_end(&phone, 14, "cut");
	mine = attach(&phone, &other);
	assert_int_equal(outrider_rotate_keys(phone.core, NULL), OUTRIDER_OK);
	assert_content(&phone, &mine, &other, PIECE);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(outrider_step(phone.core, &next_us, NULL),
				 OUTRIDER_OK);
	restart(&phone);
	assert_content(&phone, &mine, &other, PIECE);
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, PIECE);
	sync_now(&phone);
	take_upload(&phone, &other, 0);
	applied(&phone, 11);
	phone_answer_empty_pull(&phone);
	for (size_t at = PIECE; at < content.len; at += PIECE) {
		assert_fetches(&phone, &id, at);
		give_part(&phone, &content);
	}
	assert_content(&phone, &id, &content, PIECE);
	want(&phone, &id, false);
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);
	phone_free(&phone);
	free(content.at);
	free(other.at);
}

struct meddler {
	struct outrider *core;
	enum outrider_code code;
};

static ptrdiff_t read_and_call(void *user, uint8_t *out, size_t room)
{
	struct meddler *meddler = user;

	(void)out, (void)room;
	meddler->code = outrider_sync(meddler->core, NULL);
	return -1;
}

/* Reading a file is a hook. */
static void a_hook_calls_no_core(void **state)
{
	const struct outrider_attachment about = { .name = "offer.pdf" };
	struct meddler meddler;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	meddler.core = phone.core;
	assert_int_equal(outrider_attach(phone.core, NULL, &about,
					 read_and_call, &meddler, NULL),
			 OUTRIDER_UNAVAILABLE);
	assert_int_equal(meddler.code, OUTRIDER_BUSY);
	phone_free(&phone);
}

/* ------------------------------------------------------- disks and memory */

/* All of a content, and nothing else; or nothing at all. */
static bool is_there(struct phone *phone, const struct uuid *id,
		     const struct content *content)
{
	if (phone_status(phone).n_waiting == 0) {
		assert_int_equal(count_rows(phone, REPLICA_piece), 0);
		assert_int_equal(count_rows(phone, REPLICA_content), 0);
		assert_int_equal(find(phone, id).n_all, 0);
		return false;
	}
	assert_content(phone, id, content, PIECE);
	return true;
}

static void attaching_and_a_power_cut(void **state)
{
	struct powered f;
	struct content content = make_content(PIECE + 17, 1);
	size_t n_old = 0, n_new = 0;

	(void)state;
	powered_begin(&f);
	f.is_wide = true;
	while (powered_next(&f)) {
		enum outrider_code code;
		struct uuid id;

		powered_ready(&f);
		powered_cut(&f);
		code = attach_to(&f.phone, &id, &content, NULL, NULL, NULL);
		powered_restart(&f);
		if (is_there(&f.phone, &id, &content))
			n_new++;
		else if (code == OUTRIDER_OK)
			fail_msg("promised and lost at write %d", (int)f.n);
		else
			n_old++;
	}
	assert_true(n_old > 0 && n_new > 0);
	free(content.at);
}

static void fetching_and_a_power_cut(void **state)
{
	struct powered f;
	struct content content = make_content(2 * PIECE + 17, 1);
	struct uuid id = phone_id(5);
	size_t n_old = 0, n_new = 0;

	(void)state;
	powered_begin(&f);
	f.is_wide = true;
	while (powered_next(&f)) {
		struct found found;

		powered_ready(&f);
		pull_card(&f.phone, &id, &content);
		want(&f.phone, &id, true);
		sync_now(&f.phone);
		phone_answer_empty_pull(&f.phone);
		give_part(&f.phone, &content);
		assert_fetches(&f.phone, &id, PIECE);
		powered_cut(&f);
		(void)answer_part(&f.phone, content.at + PIECE, PIECE,
				  content.len);
		powered_restart(&f);
		found = find(&f.phone, &id);
		n_old += found.file.here_bytes == PIECE;
		n_new += found.file.here_bytes == INT64_C(2) * PIECE;
		fetch(&f.phone, &id, &content, (size_t)found.file.here_bytes);
		assert_content(&f.phone, &id, &content, PIECE);
	}
	assert_true(n_old > 0 && n_new > 0);
	free(content.at);
}

/* A full disk says so, and nothing is lost. */
static void a_full_disk(void **state)
{
	struct content small = make_content(1000, 1),
		       large = make_content((size_t)4 * PIECE, 2);
	struct uuid mine, theirs = phone_id(5), id;
	struct outrider_event event;
	struct outrider_err err;
	struct powered f;

	(void)state;
	powered_make(&f, 1);
	powered_ready(&f);
	pull_card(&f.phone, &theirs, &large);
	mine = attach(&f.phone, &small);
	test_disk_set_room(f.disk, PIECE);
	assert_int_equal(attach_to(&f.phone, &id, &large, NULL, NULL, &err),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	assert_string_equal(err.text, "The disk is full.");
	assert_int_equal(phone_status(&f.phone).n_waiting, 1);
	assert_content(&f.phone, &mine, &small, PIECE);
	assert_int_equal(count_rows(&f.phone, REPLICA_piece), 1);

	test_disk_set_size(f.disk, 0);
	want(&f.phone, &theirs, true);
	sync_now(&f.phone);
	take_upload(&f.phone, &small, 0);
	applied(&f.phone, 11);
	phone_answer_empty_pull(&f.phone);
	phone_end(&f.phone, 14, "cut");
	restart(&f.phone); /* which empties the log */
	sync_now(&f.phone);
	phone_answer_empty_pull(&f.phone);
	test_disk_set_room(f.disk, PIECE / 2);
	assert_fetches(&f.phone, &theirs, 0);
	assert_int_equal(answer_part(&f.phone, large.at, PIECE, large.len),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	assert_true(phone_event(&f.phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_state(&f.phone, &theirs, OUTRIDER_FILE_WANTED, 0);
	test_disk_set_size(f.disk, 0);
	fetch(&f.phone, &theirs, &large, 0);
	assert_content(&f.phone, &theirs, &large, PIECE);
	powered_free(&f);
	free(small.at);
	free(large.at);
}

/* Each allocation fails in turn: attached, or not at all. */
static void attaching_without_memory(void **state)
{
	struct content content = make_content(PIECE + 17, 1);
	enum outrider_code code = OUTRIDER_RESOURCE_EXHAUSTED;
	size_t n_failed = 0;

	(void)state;
	for (size_t n = 1; code != OUTRIDER_OK; n++) {
		struct phone phone;
		struct uuid id;

		phone_ready(&phone);
		phone_starve(&phone, n);
		code = attach_to(&phone, &id, &content, NULL, NULL, NULL);
		(void)phone_feed(&phone);
		if (code != OUTRIDER_OK) {
			assert_int_equal(code, OUTRIDER_RESOURCE_EXHAUSTED);
			n_failed++;
		}
		assert_int_equal(is_there(&phone, &id, &content),
				 code == OUTRIDER_OK);
		phone_free(&phone);
	}
	assert_true(n_failed > 5);
	free(content.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_pieces),
		cmocka_unit_test(a_piece_that_goes_bad),
		cmocka_unit_test(a_damaged_row),
		cmocka_unit_test(a_content_without_its_card),
		cmocka_unit_test(a_file_of_before),
		cmocka_unit_test(nothing_to_read),
		cmocka_unit_test(another_key),
		cmocka_unit_test(a_hook_calls_no_core),
		cmocka_unit_test(attaching_and_a_power_cut),
		cmocka_unit_test(fetching_and_a_power_cut),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(attaching_without_memory),
	};

	return cmocka_run_group_tests_name("files_trouble", tests, NULL, NULL);
}
