/* rep: see rep.h. */
#include "rep.h"

#include <dirent.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/geo.h"
#include "model/wire.h"

static const double DOOR_LAT = 52.37, DOOR_LON = 4.9;

enum { UNAVAILABLE = 14 };
enum { DEVICE_KEY = 4 }; /* of EnrollDeviceRequest */

/* ------------------------------------------------------------------- life */

/* What the server learns at enrolment. */
static void take_device_key(struct rep *rep)
{
	struct bytes key = phone_asked(&rep->phone, DEVICE_KEY);

	assert_int_equal(key.len, 32);
	memcpy(rep->device_key, key.at, 32);
}

static void enroll(struct rep *rep)
{
	struct message_maker answer;
	struct outrider_event event;
	uint8_t box_key[32] = { 9 }; /* a point of the curve */

	assert_int_equal(outrider_enroll(rep->phone.core, "K7QM-4XPA-9D2T",
					 "a test", PHONE_PIN, NULL),
			 OUTRIDER_OK);
	take_device_key(rep);
	maker_begin(&answer);
	maker_text(&answer, 1, "token-of-the-device");
	maker_id(&answer, 2, &rep->phone.user);
	maker_text(&answer, 3, "Anna Rep");
	maker_number(&answer, 4, 1);
	maker_bytes_of(&answer, 5, rep->organization_key, 32);
	maker_bytes_of(&answer, 6, box_key, 32);
	assert_int_equal(phone_answer(&rep->phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	phone_end(&rep->phone, 0, NULL);
	maker_end(&answer);
	assert_true(phone_event(&rep->phone, OUTRIDER_EVENT_ENROLLED, &event));
}

void rep_ready_on(struct rep *rep, const char *vfs)
{
	uint8_t seed[crypto_sign_SEEDBYTES] = { 0x0c };

	assert_true(sodium_init() >= 0);
	memset(rep, 0, sizeof(*rep));
	rep->entries = calloc(REP_ENTRIES_MAX, sizeof(rep->entries[0]));
	assert_non_null(rep->entries);
	crypto_sign_seed_keypair(rep->organization_key,
				 rep->organization_secret, seed);
	phone_make(&rep->phone);
	rep->phone.vfs = vfs;
	assert_int_equal(phone_open(&rep->phone, NULL), OUTRIDER_OK);
	enroll(rep);
	assert_int_equal(outrider_unlock(rep->phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

void rep_ready(struct rep *rep)
{
	rep_ready_on(rep, NULL);
}

void rep_free(struct rep *rep)
{
	phone_free(&rep->phone);
	free(rep->entries);
}

static void copy_file(const char *to, const char *from)
{
	uint8_t part[4096];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(part, 1, sizeof(part), in)) > 0)
		assert_int_equal(fwrite(part, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	(void)fclose(in);
}

/* Copies every file, or removes every file where to is NULL. */
static void each_file(const char *from, const char *to)
{
	DIR *folder = opendir(from);
	struct dirent *entry;
	char source[400], target[400];

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(source, sizeof(source), "%s/%s", from,
			       entry->d_name);
		(void)snprintf(target, sizeof(target), "%s/%s", to ? to : "",
			       entry->d_name);
		if (to)
			copy_file(target, source);
		else
			(void)unlink(source);
	}
	(void)closedir(folder);
}

void rep_crash(struct rep *rep)
{
	struct phone *phone = &rep->phone;
	char left[sizeof(phone->folder)];

	memcpy(left, phone->folder, sizeof(left));
	(void)snprintf(phone->folder, sizeof(phone->folder), "phone-XXXXXX");
	assert_non_null(mkdtemp(phone->folder));
	(void)snprintf(phone->path, sizeof(phone->path), "%s/core",
		       phone->folder);
	each_file(left, phone->folder);
	phone_close(phone);
	each_file(left, NULL);
	(void)rmdir(left);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
}

void rep_reboot(struct rep *rep)
{
	phone_close(&rep->phone);
	rep->phone.boot_id[0]++;
	rep->phone.mono_us = 20 * REP_S;
	assert_int_equal(phone_open(&rep->phone, NULL), OUTRIDER_OK);
}

/* ------------------------------------------------------------------- plans */

struct uuid rep_plan(struct rep *rep, int64_t start_us, int64_t length_us)
{
	const struct outrider_plan plan = {
		.subject = "An offer",
		.start_us = start_us,
		.end_us = start_us + length_us,
		.latitude = DOOR_LAT,
		.longitude = DOOR_LON,
	};
	struct outrider_err err;
	struct uuid id;

	if (outrider_plan_meeting(rep->phone.core, id.at, &plan, &err) !=
	    OUTRIDER_OK)
		fail_msg("not planned: %s: %s", err.field, err.text);
	return id;
}

void rep_edit(struct rep *rep, const struct uuid *meeting, const char *field,
	      const char *text)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;

	assert_int_equal(outrider_edit_begin(&edit, rep->phone.core, "meeting",
					     meeting->at, NULL),
			 OUTRIDER_OK);
	if (outrider_edit_set(edit, field, text, &err) != OUTRIDER_OK ||
	    outrider_edit_commit(edit, NULL, &err) != OUTRIDER_OK)
		fail_msg("%s: %s", err.field, err.text);
}

void rep_edit_time(struct rep *rep, const struct uuid *meeting,
		   const char *field, int64_t us)
{
	char text[40];
	time_t seconds = (time_t)(us / REP_S);
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	assert_true(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
	rep_edit(rep, meeting, field, text);
}

/* -------------------------------------------------------------------- time */

void rep_wait(struct rep *rep, int64_t us)
{
	int64_t next_us;
	struct outrider_err err;

	rep->phone.wall_us += us;
	rep->phone.mono_us += us;
	if (outrider_step(rep->phone.core, &next_us, &err) != OUTRIDER_OK)
		fail_msg("step: %s", err.text);
}

enum outrider_code rep_fix(struct rep *rep, double east_m)
{
	struct geo_pin door;
	struct geo_plane plane;

	assert_true(geo_pin_from_degrees(&door, DOOR_LAT, DOOR_LON));
	geo_plane_about(&plane, door);
	const struct outrider_fix fix = {
		.time_us = rep->phone.wall_us,
		.latitude = DOOR_LAT,
		.longitude = DOOR_LON + east_m / plane.east_m_per_deg,
		.accuracy_m = 8,
	};
	return outrider_add_fix(rep->phone.core, &fix, NULL);
}

void rep_stay(struct rep *rep, int64_t until_us, double east_m)
{
	while (rep->phone.wall_us + 15 * REP_S <= until_us) {
		rep_wait(rep, 15 * REP_S);
		/* A little movement, as of a person. */
		double sway_m = (double)(rep->phone.wall_us / REP_S % 7) - 3.0;
		assert_int_equal(rep_fix(rep, east_m + sway_m), OUTRIDER_OK);
	}
	rep_wait(rep, until_us - rep->phone.wall_us);
}

/* ------------------------------------------------------------------ visits */

struct search {
	const struct uuid *meeting;
	struct outrider_visit found;
	size_t n;
};

static bool look(void *user, const struct outrider_visit *visit)
{
	struct search *search = user;

	if (!search->meeting ||
	    memcmp(visit->meeting_id, search->meeting->at, 16) == 0) {
		search->found = *visit;
		search->n++;
	}
	return true;
}

struct outrider_visit
rep_visit(struct rep *rep, const struct uuid *meeting, size_t *n)
{
	struct search search = { .meeting = meeting };

	assert_int_equal(outrider_visits(rep->phone.core, look, &search, NULL),
			 OUTRIDER_OK);
	assert_true(search.n > 0);
	if (n)
		*n = search.n;
	return search.found;
}

size_t rep_count_visits(struct rep *rep)
{
	struct search search = { .meeting = NULL };

	assert_int_equal(outrider_visits(rep->phone.core, look, &search, NULL),
			 OUTRIDER_OK);
	return search.n;
}

/* ------------------------------------------------------------------ server */

static void take_part(void *out, size_t size, size_t *len, struct bytes message,
		      uint32_t number)
{
	struct wire_field field;

	*len = 0;
	if (!wire_find(&field, message, number))
		return;
	assert_true(field.type == WIRE_LEN && field.value.len <= size);
	memcpy(out, field.value.at, field.value.len);
	*len = field.value.len;
}

static void take_entry(struct rep *rep, struct bytes message)
{
	struct rep_entry entry = { .content_len = 0 };
	struct chain_header header;
	size_t len;

	rep->n_offered++;
	take_part(entry.header, CHAIN_HEADER_LEN, &len, message, 1);
	assert_int_equal(len, CHAIN_HEADER_LEN);
	take_part(entry.signature, 64, &len, message, 2);
	assert_int_equal(len, 64);
	take_part(entry.salt, CHAIN_SALT_LEN, &len, message, 3);
	take_part(entry.content, EVIDENCE_MAX_BYTES, &entry.content_len,
		  message, 4);
	assert_true(chain_header_read(&header, entry.header, CHAIN_HEADER_LEN));
	rep->last_offered = header;
	if (header.number != rep->n_entries + 1)
		return; /* held, or a gap */
	assert_true(rep->n_entries < REP_ENTRIES_MAX);
	rep->entries[rep->n_entries++] = entry;
}

static void take_entries(struct rep *rep)
{
	struct wire_reader reader = wire_read((struct bytes){
		.at = rep->phone.request.at, .len = rep->phone.request.len });
	struct wire_field field;

	rep->n_offered = 0;
	while (wire_next(&reader, &field) > 0)
		if (field.number == 1)
			take_entry(rep, field.value);
	assert_true(rep->n_offered > 0);
}

bool rep_take_request(struct rep *rep)
{
	assert_int_equal(outrider_sync(rep->phone.core, NULL), OUTRIDER_OK);
	if (!phone_asks(&rep->phone, "VisitService/SubmitEvidence")) {
		if (rep->phone.call != 0)
			phone_end(&rep->phone, UNAVAILABLE, "cut");
		return false;
	}
	take_entries(rep);
	return true;
}

static void
hash_head(uint8_t out[CHAIN_HASH_LEN], const struct rep_entry *entry)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHAIN_HASH_LEN);
	crypto_generichash_update(&state, entry->header, CHAIN_HEADER_LEN);
	crypto_generichash_update(&state, entry->signature, 64);
	crypto_generichash_final(&state, out, CHAIN_HASH_LEN);
}

static void
put_receipt(struct message_maker *out, struct rep *rep, uint64_t number)
{
	const struct rep_entry *entry = &rep->entries[number - 1];
	struct chain_statement statement = { .number = number,
					     .at_us = rep->phone.wall_us };
	struct chain_header header;

	assert_true(
		chain_header_read(&header, entry->header, CHAIN_HEADER_LEN));
	memcpy(statement.device_id, header.device_id, 16);
	hash_head(statement.head, entry);
	chain_statement_write(rep->receipt, &statement);
	crypto_sign_detached(rep->receipt_signature, NULL, rep->receipt,
			     CHAIN_STATEMENT_LEN, rep->organization_secret);
	rep->receipt_number = number;
	maker_bytes_of(out, 1, rep->receipt, CHAIN_STATEMENT_LEN);
	maker_bytes_of(out, 2, rep->receipt_signature, 64);
}

static enum outrider_code
answer(struct rep *rep, uint64_t receipt, uint64_t refused, const char *reason)
{
	struct message_maker message, part;
	enum outrider_code code;

	maker_begin(&message);
	if (refused > 0) {
		maker_begin(&part);
		maker_number(&part, 1, refused);
		maker_text(&part, 3, reason);
		maker_bytes_of(&message, 1, maker_bytes(&part).at,
			       maker_bytes(&part).len);
		maker_end(&part);
	}
	if (receipt > 0) {
		maker_begin(&part);
		put_receipt(&part, rep, receipt);
		maker_bytes_of(&message, 2, maker_bytes(&part).at,
			       maker_bytes(&part).len);
		maker_end(&part);
	}
	code = phone_answer(&rep->phone, maker_bytes(&message));
	if (code == OUTRIDER_OK)
		phone_end(&rep->phone, 0, NULL);
	maker_end(&message);
	return code;
}

enum outrider_code rep_answer(struct rep *rep, uint64_t number)
{
	return answer(rep, number ? number : rep->n_entries, 0, NULL);
}

enum outrider_code
rep_refuse(struct rep *rep, uint64_t number, const char *reason)
{
	return answer(rep, number - 1, number, reason);
}

void rep_sync(struct rep *rep)
{
	if (!rep_take_request(rep))
		return;
	assert_int_equal(rep_answer(rep, 0), OUTRIDER_OK);
	while (phone_asks(&rep->phone, "VisitService/SubmitEvidence")) {
		take_entries(rep);
		assert_int_equal(rep_answer(rep, 0), OUTRIDER_OK);
	}
	if (rep->phone.call != 0)
		phone_end(&rep->phone, UNAVAILABLE, "cut");
}

/* ------------------------------------------------------------------ bundles */

void rep_write_bundle(struct buffer *out, const struct rep *rep)
{
	struct chain_header header;
	struct buffer part;

	assert_true(rep->n_entries > 0 &&
		    chain_header_read(&header, rep->entries[0].header,
				      CHAIN_HEADER_LEN));
	wire_put_bytes(out, 1, header.device_id, 16);
	wire_put_bytes(out, 3, rep->device_key, 32);
	wire_put_bytes(out, 4, rep->organization_key, 32);
	buffer_init(&part, &allocator_libc, 16384);
	for (size_t i = 0; i < rep->n_entries; i++) {
		const struct rep_entry *entry = &rep->entries[i];

		buffer_clear(&part);
		wire_put_bytes(&part, 1, entry->header, CHAIN_HEADER_LEN);
		wire_put_bytes(&part, 2, entry->signature, 64);
		if (i + 1 == rep->n_entries && entry->content_len > 0) {
			wire_put_bytes(&part, 3, entry->salt, CHAIN_SALT_LEN);
			wire_put_bytes(&part, 4, entry->content,
				       entry->content_len);
		}
		wire_put_bytes(out, 5, part.at, part.len);
	}
	if (rep->receipt_number > 0) {
		buffer_clear(&part);
		wire_put_bytes(&part, 1, rep->receipt, CHAIN_STATEMENT_LEN);
		wire_put_bytes(&part, 2, rep->receipt_signature, 64);
		wire_put_bytes(out, 6, part.at, part.len);
	}
	buffer_free(&part);
}

struct evidence_content rep_content(const struct rep *rep, size_t i)
{
	struct evidence_content content;

	assert_true(i < rep->n_entries);
	assert_true(evidence_content_read(&content, rep->entries[i].content,
					  rep->entries[i].content_len));
	return content;
}
