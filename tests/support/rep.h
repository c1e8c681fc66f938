/*
 * rep: a rep with a phone, for tests of what the phone says of meetings.
 *
 * Owns an enrolled core, a clock, one door with a way to it, and the
 * organisation's key, so that a test can give receipts. Fails the running
 * cmocka test where something that must work doesn't.
 */
#ifndef SUPPORT_REP_H
#define SUPPORT_REP_H

#include "model/chain.h"
#include "model/evidence.h"
#include "phone_host.h"

#define REP_S	 INT64_C(1000000)
#define REP_MIN	 (60 * REP_S)
#define REP_HOUR (60 * REP_MIN)

enum { REP_ENTRIES_MAX = 200 };

/* An entry as the phone sent it. */
struct rep_entry {
	uint8_t header[CHAIN_HEADER_LEN];
	uint8_t signature[64];
	uint8_t salt[CHAIN_SALT_LEN];
	uint8_t content[EVIDENCE_MAX_BYTES];
	size_t content_len; /* 0: purged */
};

struct rep {
	struct phone phone;
	uint8_t organization_key[32], organization_secret[64];
	uint8_t device_key[32];
	/* What the server holds of the chain: rep_take_request appends. */
	struct rep_entry *entries;
	size_t n_entries;
	size_t n_offered; /* in the last request */
	struct chain_header last_offered;
	/* The last receipt; number 0: none yet. */
	uint64_t receipt_number;
	uint8_t receipt[CHAIN_STATEMENT_LEN], receipt_signature[64];
};

/* Enrolled and unlocked; on a registered SQLite VFS, or NULL. */
void rep_ready_on(struct rep *rep, const char *vfs);
void rep_ready(struct rep *rep);
void rep_free(struct rep *rep);
/* As after kill -9: the core is opened anew over a copy of its files as they
 * lie there now; the old one is left to be closed by rep_free. */
void rep_crash(struct rep *rep);
/* Switched off and on: closes, a new boot, opens. */
void rep_reboot(struct rep *rep);

/* A meeting at the door from start to start + length, on the phone's clock. */
struct uuid rep_plan(struct rep *rep, int64_t start_us, int64_t length_us);
/* One text field of a meeting's card, through the outbox. */
void rep_edit(struct rep *rep, const struct uuid *meeting, const char *field,
	      const char *text);
void rep_edit_time(struct rep *rep, const struct uuid *meeting,
		   const char *field, int64_t us);

/* Both clocks move; the core does what is due. */
void rep_wait(struct rep *rep, int64_t us);
/* A fix now, so far east of the door. */
enum outrider_code rep_fix(struct rep *rep, double east_m);
/* Both clocks move to that time in steps of 15 s, with a fix at each. */
void rep_stay(struct rep *rep, int64_t until_us, double east_m);

/* The visit of a meeting, as the core lists it: the last one, if there are
 * more; *n, which may be NULL, says how many. Fails if there is none. */
struct outrider_visit
rep_visit(struct rep *rep, const struct uuid *meeting, size_t *n);
size_t rep_count_visits(struct rep *rep);

/* Starts a sync and takes the entries that are offered; false if none are. */
bool rep_take_request(struct rep *rep);
/* Answers it with a receipt for the entry of this number (0: for all that are
 * held), at the phone's time. */
enum outrider_code rep_answer(struct rep *rep, uint64_t number);
/* Says instead that an entry was not taken. */
enum outrider_code
rep_refuse(struct rep *rep, uint64_t number, const char *reason);
/* Everything to the server; the rest of the sync is broken off. */
void rep_sync(struct rep *rep);

/* The chain that the server holds, as a file for tools/verify: the last entry
 * with its content, and the last receipt. */
void rep_write_bundle(struct buffer *out, const struct rep *rep);
/* The content of an entry; fails if there is none. */
struct evidence_content rep_content(const struct rep *rep, size_t i);

#endif
