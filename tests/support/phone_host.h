/*
 * A host for the phone's core without a phone: a clock and random bytes that
 * the test holds, a folder of its own, one call to the server at a time that
 * the test answers by hand, and memory that can run out.
 */
#ifndef PHONE_HOST_H
#define PHONE_HOST_H

#include "model/arena.h"
#include "model/uuid.h"
#include "outrider.h"
#include "wire_kinds.h"

#define PHONE_PIN "2468"

struct message_maker;

struct phone {
	struct outrider *core;
	struct outrider_host host;
	const char *vfs; /* or NULL */
	char folder[64], path[80];
	uint8_t secret[32];
	int64_t wall_us, mono_us;
	uint8_t boot_id[16];
	uint64_t seed;

	/* Allocations: which fails (0: none), how many were asked for, how
	 * many live. */
	size_t fail_at, n_asked, n_alive;

	uint64_t watch; /* the Watch under way; 0: none */
	size_t n_watched;
	/* The call under way beside it; 0: none. A push may go out once the one
	 * before it was answered, whose end is still to come. */
	uint64_t call, answered;
	bool is_answering;
	char method[80];
	char token[80];
	bool has_token;
	struct buffer request;
	size_t n_sent, n_cancelled;
	/* Called inside the send hook, to try what a host must not do. */
	void (*in_send)(struct phone *phone);

	size_t page_most; /* mutations a push, from the next start; 0: many */

	struct uuid user;
};

/* A folder and a host; the core is opened by phone_open. */
void phone_make(struct phone *phone);
void phone_free(struct phone *phone); /* closes, and removes the folder */
enum outrider_code phone_open(struct phone *phone, struct outrider_err *err);
void phone_close(struct phone *phone);

/* The answer to an enrolment under way; the call isn't ended. */
void phone_answer_enroll(struct phone *phone);
/* Enrolled as a rep, and unlocked; these fail the test. */
void phone_enroll(struct phone *phone);
void phone_ready(struct phone *phone); /* make, open, enroll, unlock */

/* The n-th allocation from now fails; 0: none. */
void phone_starve(struct phone *phone, size_t n);
/* There is memory again: did one fail? Cards that its lack has closed are
 * opened again. */
bool phone_feed(struct phone *phone);

/* An answer to the call under way, and its end. */
enum outrider_code phone_answer(struct phone *phone, struct bytes response);
void phone_end(struct phone *phone, int grpc_status, const char *text);
/* Both, where the phone may be at its end: a call that it didn't take is cut.
 * Ends the maker. */
void phone_try(struct phone *phone, struct message_maker *answer);
/* The next event of a type; false where there is none. Others are dropped. */
bool phone_event(struct phone *phone, enum outrider_event_type type,
		 struct outrider_event *out);

/* ------------------------------------------------------- messages by hand */

struct message_maker {
	struct buffer bytes;
};

void maker_begin(struct message_maker *maker);
void maker_end(struct message_maker *maker);
struct bytes maker_bytes(const struct message_maker *maker);
void maker_text(struct message_maker *maker, uint32_t number, const char *text);
void maker_bytes_of(struct message_maker *maker, uint32_t number,
		    const void *at, size_t len);
void maker_number(struct message_maker *maker, uint32_t number, uint64_t value);
void maker_id(struct message_maker *maker, uint32_t number,
	      const struct uuid *id);

/* One record of a page. */
struct record_maker_args {
	uint32_t kind;
	struct uuid id;
	uint64_t rev;
	struct bytes fields;
	uint32_t cleared;  /* a number, or 0 */
	int entered, left; /* index of a scope + 1, or 0 */
	bool is_whole, is_deleted;
};
void maker_record(struct message_maker *page,
		  const struct record_maker_args *record);
/* The two scopes that tests use, "org" and the user's; then the cursor. */
void maker_finish_page(struct message_maker *page, const char *cursor,
		       bool is_head);

/* What a push may come to. */
enum { APPLIED = 1, MERGED, REJECTED };

/* A result of a push. */
void maker_result(struct message_maker *answer, int outcome, uint64_t rev,
		  struct bytes fields, int grpc_code, const char *field,
		  const char *reason);

/* A contact's fields in canonical form; NULL leaves one out. */
void maker_contact(struct message_maker *maker, const struct uuid *owner,
		   const char *given, const char *family, const char *phone);

/* Where the phone compares what it holds: all of it is as it should be. */
void phone_pass_proof(struct phone *phone);
/* A sync of the unlocked phone that pulls this one page, all well. */
void phone_pull(struct phone *phone, struct bytes page);

/* "call 3 /outrider.v1.SyncService/Push": what the phone asks. */
bool phone_asks(const struct phone *phone, const char *method);

/* ------------------------------------------------- what most tests do */

/* A contact's field as it is shown, until the next call; "-" where there is
 * no such card. */
const char *
phone_shows(struct phone *phone, const struct uuid *id, const char *field);
/* One contact with a phone number comes in by the user's scope. */
void phone_pull_contact(struct phone *phone, const struct uuid *id,
			uint64_t rev, const char *given, const char *family);
void phone_edit_kind(struct phone *phone, const char *kind,
		     const struct uuid *id, const char *field,
		     const char *text);
/* A contact. */
void phone_edit(struct phone *phone, const struct uuid *id, const char *field,
		const char *text);
void phone_answer_push(struct phone *phone, int outcome, uint64_t rev,
		       struct bytes fields, int grpc_code, const char *field,
		       const char *reason);
void phone_answer_empty_pull(struct phone *phone);
struct outrider_status phone_status(struct phone *phone);
/* Fields of the request under way. */
struct bytes phone_asked(const struct phone *phone, uint32_t number);
uint64_t phone_asked_number(const struct phone *phone, uint32_t number);
bool phone_asked_cursor(const struct phone *phone, const char *text);
size_t phone_count_mutations(const struct phone *phone);
/* A page with the contacts 1 and 2. */
void phone_make_page(struct phone *phone, struct message_maker *page);

struct uuid phone_id(uint8_t n); /* a valid id that ends in n */

#endif
