/*
 * liboutrider: the core of a phone that sells on the road.
 *
 * Encrypted cards, an outbox, delta sync and meetings verified by GPS, as one
 * object that does no I/O of its own but its database. No threads, no
 * sockets, no sleeping: the host brings time, random numbers, memory and a
 * way to send; it passes on what comes back and calls outrider_step() when
 * asked to.
 *
 *	outrider_open -> outrider_enroll (once) -> outrider_unlock
 *	     -> cards, plans, outrider_sync, outrider_add_fix ...
 *	     -> outrider_lock
 *
 * Threads: one at a time per core. A call made from inside a hook or a callback
 * is refused with OUTRIDER_BUSY.
 *
 * Strings are UTF-8 and end with NUL; a length beside a pointer counts bytes.
 * Times are microseconds since 1970 UTC. Identifiers are UUIDs of 16 bytes.
 *
 * Ownership: a returned const pointer is borrowed and lives until the next
 * call on the same core, unless said otherwise; a T **out is the caller's.
 *
 * Errors: every function that can fail returns a code and fills *err, which
 * may be NULL, on each return. What a comment lists is what its call means by
 * them; besides, whatever touches the file may find that the disk is full or
 * memory gone (RESOURCE_EXHAUSTED), that the disk fails (UNAVAILABLE) or that
 * a row was damaged (DATA_LOSS).
 *
 * Three parts lie beside it and come with it: outrider_visits.h (meetings in
 * the field), outrider_helpers.h (near, route, birthdays, promises, who calls),
 * outrider_files.h (questionnaires, files).
 */
#ifndef OUTRIDER_H
#define OUTRIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OUTRIDER_ABI_VERSION 1

#if defined(_WIN32)
#define OUTRIDER_API
#else
#define OUTRIDER_API __attribute__((visibility("default")))
#endif
#define OUTRIDER_CHECKED OUTRIDER_API __attribute__((warn_unused_result))

/* ------------------------------------------------------------------ codes */

/* X(name, gRPC status, the same call may work later, text) */
#define OUTRIDER_CODES(X)                                               \
	X(OK, 0, false, "ok")                                           \
	X(CANCELLED, 1, true, "cancelled")                              \
	X(UNKNOWN, 2, false, "unknown error")                           \
	X(INVALID_ARGUMENT, 3, false, "invalid argument")               \
	X(DEADLINE_EXCEEDED, 4, true, "deadline exceeded")              \
	X(NOT_FOUND, 5, false, "not found")                             \
	X(ALREADY_EXISTS, 6, false, "already exists")                   \
	X(PERMISSION_DENIED, 7, false, "permission denied")             \
	X(RESOURCE_EXHAUSTED, 8, true, "out of memory, space or quota") \
	X(FAILED_PRECONDITION, 9, false, "not possible in this state")  \
	X(ABORTED, 10, true, "changed meanwhile")                       \
	X(OUT_OF_RANGE, 11, false, "out of range")                      \
	X(UNIMPLEMENTED, 12, false, "not implemented")                  \
	X(INTERNAL, 13, false, "internal error")                        \
	X(UNAVAILABLE, 14, true, "unavailable")                         \
	X(DATA_LOSS, 15, false, "damaged data")                         \
	X(UNAUTHENTICATED, 16, false, "not signed in")                  \
	X(LOCKED, 9, false, "the vault is locked")                      \
	X(BUSY, 9, false, "called from inside a hook")                  \
	X(WRONG_PIN, 16, false, "wrong PIN")

enum outrider_code {
#define OUTRIDER_CODE_ENUM(name, grpc, retryable, text) OUTRIDER_##name,
	OUTRIDER_CODES(OUTRIDER_CODE_ENUM)
#undef OUTRIDER_CODE_ENUM
};

struct outrider_err {
	enum outrider_code code;
	char field[96]; /* path of the field at fault, or "" */
	char text[256]; /* for a person; of what field names, if it is set:
			 * show both ("birthday": "is not a date ...") */
};

/* ------------------------------------------------------------------- host */

struct outrider; /* the core */

enum outrider_log_level {
	OUTRIDER_LOG_DEBUG,
	OUTRIDER_LOG_INFO,
	OUTRIDER_LOG_WARNING,
	OUTRIDER_LOG_ERROR,
};

/*
 * What the host supplies. All hooks get user, run on the calling thread
 * inside a call on the core, and must not call the core.
 */
struct outrider_host {
	size_t size; /* sizeof(struct outrider_host): room to grow */
	void *user;

	/* The device's wall clock. It may jump. */
	int64_t (*wall_us)(void *user);
	/* Microseconds since boot, sleep included. Never goes back. */
	int64_t (*mono_us)(void *user);
	/* Sixteen bytes that change with every boot. */
	void (*boot_id)(void *user, uint8_t out[16]);
	/* Cryptographically strong random bytes. 0, or -1 to fail the call. */
	int (*random)(void *user, void *out, size_t len);
	/* As realloc; size 0 frees. NULL: the C library's. */
	void *(*resize)(void *user, void *p, size_t size);
	/* text holds no personal data. NULL: no log. */
	void (*log)(void *user, enum outrider_log_level level,
		    const char *text);
	/*
	 * Start the gRPC call `method` ("/outrider.v1.SyncService/Pull") with
	 * this one request message and, unless token is NULL, the metadata
	 * "authorization: Bearer <token>". Copy what is kept. Later, from
	 * outside the hook, pass every response message to
	 * outrider_received() and the end of the call to outrider_ended().
	 * At most two calls are under way per core: one of a sync, and, where
	 * outrider_watch asked for it, ".../Watch". That one goes on until it
	 * is cancelled: it gets no deadline, and no impatience over silence.
	 */
	void (*send)(void *user, uint64_t call, const char *method,
		     const char *token, const uint8_t *request, size_t len);
	/* Give up the call: no more outrider_received() for it is awaited. */
	void (*cancel)(void *user, uint64_t call);
};

/* ------------------------------------------------------------------- life */

/*
 * For a host whose process uses SQLite through the core alone, once and before
 * anything else: SQLite stops counting its memory, which takes one lock of the
 * whole process at each allocation, a tenth of a sync's time. After SQLite has
 * begun it does nothing.
 */
OUTRIDER_API void outrider_own_process(void);
/*
 * Opens the core over the files `path`.* (made where there are none) with the
 * secret of the platform's key store: 32 bytes, the same at each open. The
 * tracking compartment opens with it alone; the cards stay locked. vfs names
 * a registered SQLite VFS, or NULL.
 * Errors: DATA_LOSS (files of another key store, or damaged), UNAVAILABLE
 * (another process has them open), INVALID_ARGUMENT (host), RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_open(struct outrider **out, const struct outrider_host *host,
	      const char *path, const char *vfs,
	      const uint8_t keystore_secret[32], struct outrider_err *err);
/* Locks, checkpoints and frees. NULL is fine. */
OUTRIDER_API void outrider_close(struct outrider *core);

/*
 * Starts to enrol this device with a one-time code; the end comes as the
 * event ENROLLED or ENROLL_FAILED. pin protects the cards from then on: 4 to
 * 64 bytes.
 * Errors: FAILED_PRECONDITION (enrolled already), INVALID_ARGUMENT.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_enroll(struct outrider *core, const char *code,
		const char *device_name, const char *pin,
		struct outrider_err *err);

/*
 * Opens the cards. After five wrong PINs each further try, right or wrong, has
 * to wait: 30 seconds, then twice as long each time, up to four hours; the
 * text says how long.
 * Errors: WRONG_PIN, FAILED_PRECONDITION (not enrolled, or the lease ran out:
 * outrider_sync() renews it), RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code outrider_unlock(struct outrider *core,
						    const char *pin,
						    struct outrider_err *err);
/*
 * Another PIN: the old envelope of the keys is gone when this returns, and a
 * new data key follows (outrider_rotate_keys). Wrong old PINs count like those
 * of outrider_unlock.
 * Errors: LOCKED, WRONG_PIN, INVALID_ARGUMENT (the new one's length),
 * RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_change_pin(struct outrider *core, const char *old_pin,
		    const char *new_pin, struct outrider_err *err);
/*
 * New data keys. Rows get them as they are written, the others from
 * outrider_step, some hundreds a call; the old keys go with the last. It
 * happens by itself with a new PIN, and at unlocking every 90 days; does
 * nothing while it is under way.
 * Errors: LOCKED, RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_rotate_keys(struct outrider *core, struct outrider_err *err);
/*
 * Forgets everything now: keys first, then rows; the core is as if it had just
 * been made (event WIPED). What was not sent is lost. A manager's order
 * (is_wiping in the status) is carried out by outrider_sync, with a receipt.
 * Works locked.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_wipe(struct outrider *core, struct outrider_err *err);
/*
 * Cards that no call has used for that long are locked, by outrider_step or the
 * next call (event LOCKED): 300 seconds unless this sets another; 0: never.
 * Syncs, fixes and asking for the status or events are no use. Edits that were
 * begun go with it, as with outrider_lock.
 */
OUTRIDER_API void
outrider_set_lock_timeout(struct outrider *core, uint32_t seconds);
/* Forgets the cards' keys and wipes what was open. Tracking goes on. */
OUTRIDER_API void outrider_lock(struct outrider *core);

struct outrider_status {
	bool is_enrolled, is_unlocked;
	bool is_online_wanted; /* something waits: a sync is worth its radio */
	uint8_t device_id[16], user_id[16];
	char user_name[201];
	uint8_t rank;		      /* 1 rep, 2 manager, 3 administrator */
	uint64_t n_waiting, n_parked; /* mutations in the outbox */
	uint64_t n_evidence_waiting;  /* chain entries without a receipt */
	uint64_t chain_number;	      /* the newest entry */
	uint64_t n_cards;	      /* 0 while locked */
	int64_t synced_us;	      /* the last complete pull; 0: never */
	int64_t lease_until_us;
	bool is_search_in_swap; /* texts, pins, dates: not all locked */
	bool is_wiping; /* a manager has ordered it: the next sync does it, or
			 * hands in the receipt */
	uint64_t n_conflicts; /* cards in which an edit lost */
	/* Positions that wait for a sync; is_position_urgent: progress changed,
	 * or the rep runs late, so that somebody waits for it. */
	uint64_t n_positions_waiting;
	bool is_position_urgent;
	/* What the battery paid for, since the core was opened. */
	uint64_t n_fixes, n_fixes_outside; /* passed on; of them dropped */
	uint64_t n_calls;		   /* begun: the radio woke up */
};

OUTRIDER_API void
outrider_get_status(struct outrider *core, struct outrider_status *out);

/*
 * The token that the server gave this device, for calls that the host makes
 * itself (reports, alerts); NULL where it is not enrolled. Works locked. Keep
 * it in memory only.
 */
OUTRIDER_API const char *outrider_device_token(struct outrider *core);

/* ------------------------------------------------------------------ cards */

/*
 * A card is the protobuf message of its kind (outrider/v1/<kind>.proto),
 * without the system fields id, etag and times. Kinds are named as there:
 * "contact", "company", "place", "meeting", "note", "user", "team", "alert".
 */
struct outrider_card {
	const char *kind;
	uint8_t id[16];
	uint64_t rev;	 /* 0: the server has not seen it yet */
	bool is_pending; /* has edits in the outbox */
	bool is_parked;	 /* an edit of it was rejected */
	const uint8_t *fields;
	size_t len;
};

/*
 * Reads one card as it is to be shown: the server's state and the edits that
 * wait. Errors: LOCKED, NOT_FOUND.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_card_get(struct outrider *core, struct outrider_card *out,
		  const char *kind, const uint8_t id[16],
		  struct outrider_err *err);

/* Return false to stop. The card is borrowed for the call. */
typedef bool outrider_card_fn(void *user, const struct outrider_card *card);

/*
 * Visits the cards in whose searchable texts each word of text begins a word,
 * case and diacritics folded; digits find phone numbers in any writing. kind
 * NULL searches all; text NULL or "" lists all. At most limit (0: 50), in the
 * order of their texts.
 * Errors: LOCKED, INVALID_ARGUMENT (no such kind).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_card_find(struct outrider *core, const char *kind, const char *text,
		   size_t limit, outrider_card_fn *callback, void *user,
		   struct outrider_err *err);

/*
 * Reads a field of a card's bytes by name. Needs no core. Scalars come as
 * text, numbers as decimal, times as RFC 3339 in UTC, enums by name,
 * references as UUIDs; element chooses in repeated fields. "phones.number"
 * reaches into nested messages.
 * Returns the length of the text (snprintf's way), 0 where the field is
 * empty, -1 where the kind has no such field.
 */
OUTRIDER_API int outrider_card_text(char *out, size_t size, const char *kind,
				    const uint8_t *fields, size_t len,
				    const char *field, size_t element);

/*
 * The field names of a kind that outrider_card_text takes, by index from 0:
 * in the order of the contract, nested fields as paths ("phones.number").
 * NULL behind the last, and for an unknown kind. Static storage.
 */
OUTRIDER_API const char *outrider_field_name(const char *kind, size_t index);

/*
 * An edit of one card: begin, set fields, then commit or discard. id NULL
 * makes a new card. The edit lives until commit or discard, or until the core
 * is locked or closed (it is freed then).
 * Errors of begin: LOCKED, NOT_FOUND, INVALID_ARGUMENT (no such kind),
 * PERMISSION_DENIED (the rank, or a kind that only the server makes).
 */
struct outrider_edit;

OUTRIDER_CHECKED enum outrider_code
outrider_edit_begin(struct outrider_edit **out, struct outrider *core,
		    const char *kind, const uint8_t id[16],
		    struct outrider_err *err);
/*
 * Sets a field from its text form (as outrider_card_text gives it); "" empties
 * it; a repeated field takes one call an element, after outrider_edit_clear. A
 * part of a nested field ("phones.label") goes into the last element, or begins
 * another where that has this part already.
 * Errors: INVALID_ARGUMENT (no such field, wrong form, over the limit).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_set(struct outrider_edit *edit, const char *field,
		  const char *text, struct outrider_err *err);
OUTRIDER_CHECKED enum outrider_code
outrider_edit_clear(struct outrider_edit *edit, const char *field,
		    struct outrider_err *err);
/* Takes whole protobuf fields of the kind instead, as an app makes them; they
 * are copied. Errors: INVALID_ARGUMENT (no message of the kind, over a limit,
 * a field that is the server's). */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_fields(struct outrider_edit *edit, const uint8_t *fields,
		     size_t len, struct outrider_err *err);
/*
 * Writes the edit into the outbox: durable when this returns, sent with the
 * next sync. The edit is gone afterwards, also on error. id_out may be NULL.
 * Errors: INVALID_ARGUMENT (a law of the kind), LOCKED, RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_commit(struct outrider_edit *edit, uint8_t id_out[16],
		     struct outrider_err *err);
/*
 * Would commit take it? Asks the laws of the kind that a phone knows, and
 * changes nothing. Errors: as commit's.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_check(struct outrider_edit *edit, struct outrider_err *err);
OUTRIDER_API void outrider_edit_discard(struct outrider_edit *edit);
/*
 * Puts the edit aside as it is, asked for no law: durable when this returns,
 * sealed, never sent. One a card: the last one kept stands. The edit is gone
 * afterwards, also on error. id_out may be NULL.
 * Errors: LOCKED, RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_keep(struct outrider_edit *edit, uint8_t id_out[16],
		   struct outrider_err *err);
/*
 * Takes a draft up again, upon the card as it is now. It stays until that edit
 * is committed, or kept anew, or it is dropped; or until the card is taken from
 * this phone. Errors: NOT_FOUND (no such draft), LOCKED, those of
 * outrider_edit_begin.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_edit_resume(struct outrider_edit **out, struct outrider *core,
		     const char *kind, const uint8_t id[16],
		     struct outrider_err *err);

struct outrider_draft {
	const char *kind;
	uint8_t id[16];
	int64_t kept_us;
	bool is_new;	       /* there is no such card yet */
	const uint8_t *fields; /* those that were touched */
	size_t len;
};

/* The draft is borrowed for the call. Return false to stop. */
typedef bool outrider_draft_fn(void *user, const struct outrider_draft *draft);

/* Visits all drafts. Errors: LOCKED. */
OUTRIDER_CHECKED enum outrider_code
outrider_drafts(struct outrider *core, outrider_draft_fn *callback, void *user,
		struct outrider_err *err);
/* Errors: NOT_FOUND, LOCKED. */
OUTRIDER_CHECKED enum outrider_code
outrider_draft_drop(struct outrider *core, const char *kind,
		    const uint8_t id[16], struct outrider_err *err);
/* Deletes a card, by way of the outbox. Errors: LOCKED, NOT_FOUND,
 * INVALID_ARGUMENT (no such kind), PERMISSION_DENIED. */
OUTRIDER_CHECKED enum outrider_code
outrider_card_delete(struct outrider *core, const char *kind,
		     const uint8_t id[16], struct outrider_err *err);

/* ----------------------------------------------------------------- agenda */

/* Visits one's own meetings that touch [from, until), by planned start.
 * Errors: LOCKED. */
OUTRIDER_CHECKED enum outrider_code
outrider_agenda(struct outrider *core, int64_t from_us, int64_t until_us,
		outrider_card_fn *callback, void *user,
		struct outrider_err *err);

struct outrider_plan {
	const char *subject;
	int64_t start_us, end_us;
	const uint8_t *place_id;    /* the pin is copied from it; or NULL */
	double latitude, longitude; /* the pin where place_id is NULL: degrees,
				     * WGS 84 */
	int32_t radius_m;	    /* up to 1000; 0: the place's, or 100 */
	int32_t min_dwell_s;	    /* up to 43200; 0: 180 */
	const uint8_t *company_id;  /* or NULL: the place's */
	const uint8_t *contact_id;  /* or NULL */
};

/*
 * Plans a meeting: a card of kind "meeting" by way of the outbox. id_out may be
 * NULL; what plan points to is copied.
 * Errors: LOCKED, NOT_FOUND (the place), INVALID_ARGUMENT (subject, times,
 * ranges), RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_plan_meeting(struct outrider *core, uint8_t id_out[16],
		      const struct outrider_plan *plan,
		      struct outrider_err *err);

/* ----------------------------------------------------------------- outbox */

struct outrider_outgoing {
	uint64_t seq;
	const char *kind;
	uint8_t id[16];
	const char *op; /* "create", "update", "delete" */
	int64_t edited_us;
	bool is_parked;
	/* Parked: why, in words for a person, the server's behind them. */
	const char *reason;
	const char *field; /* the field at fault, or "" */
	enum outrider_code code;
	bool can_edit; /* outrider_outbox_edit has something to open */
};

/* The mutation is borrowed for the call. Return false to stop. */
typedef bool
outrider_outgoing_fn(void *user, const struct outrider_outgoing *mutation);

/* Visits what waits and what was refused, by number. Errors: LOCKED. */
OUTRIDER_CHECKED enum outrider_code
outrider_outbox(struct outrider *core, outrider_outgoing_fn *callback,
		void *user, struct outrider_err *err);
/*
 * What a person does with a parked edit: drops it, sends it once more upon the
 * card as it is now (it gets a new number), or changes it first: that opens an
 * edit of the card as it is now in which the parked values are set; committing
 * it takes the parked one away.
 * Errors: NOT_FOUND, FAILED_PRECONDITION (it waits to be sent), LOCKED; edit:
 * NOT_FOUND too where the card is gone, INVALID_ARGUMENT (it deletes).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_outbox_discard(struct outrider *core, uint64_t seq,
			struct outrider_err *err);
OUTRIDER_CHECKED enum outrider_code
outrider_outbox_retry(struct outrider *core, uint64_t seq,
		      struct outrider_err *err);
OUTRIDER_CHECKED enum outrider_code
outrider_outbox_edit(struct outrider *core, uint64_t seq,
		     struct outrider_edit **out, struct outrider_err *err);

/* -------------------------------------------------------------- conflicts */

/* A field in which what the rep wrote doesn't stand. */
struct outrider_conflict_field {
	const char *name;
	bool is_question; /* the old value stands until the rep decides */
};

/* The fields of one card in which an edit met somebody else's and lost. */
struct outrider_conflict {
	uint64_t number;
	const char *kind;
	uint8_t id[16];
	int64_t edited_us; /* when the rep wrote it */
	bool is_question;  /* one of its fields is */
	const struct outrider_conflict_field *fields;
	size_t n_fields;
	/* As a card's fields, for outrider_card_text: what the rep wrote, and
	 * what stands now. A field that isn't in them is empty there. */
	const uint8_t *mine, *theirs;
	size_t mine_len, theirs_len;
};

/* The conflict is borrowed for the call. Return false to stop. */
typedef bool
outrider_conflict_fn(void *user, const struct outrider_conflict *conflict);

/*
 * Visits the conflicts, oldest first. One goes when nothing differs any more:
 * the rep writes its fields anew, decides, or sees the value come to stand;
 * and with its card. Errors: LOCKED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_conflicts(struct outrider *core, outrider_conflict_fn *callback,
		   void *user, struct outrider_err *err);
/*
 * Puts the rep's values back, as an edit of the card as it is now; or lets
 * stand what stands. Errors: NOT_FOUND, LOCKED; those of an edit's commit.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_conflict_put_back(struct outrider *core, uint64_t number,
			   struct outrider_err *err);
OUTRIDER_CHECKED enum outrider_code
outrider_conflict_dismiss(struct outrider *core, uint64_t number,
			  struct outrider_err *err);

/* ------------------------------------------------------------------- sync */

/*
 * Asks for a sync now: evidence and positions, then push, then pull, as far as
 * the compartments are open (locked: evidence, positions, and a word to the
 * server that renews the lease). Progress and the end come as events. Nothing
 * happens where one is under way. A sync that failed for want of a network is
 * tried again from outrider_step().
 * Errors: FAILED_PRECONDITION (not enrolled).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_sync(struct outrider *core, struct outrider_err *err);

/*
 * The same, and at its end all cards are compared with what the server has for
 * this device, and what differs is repaired (event REPAIRED). It happens by
 * itself about once a day, and whenever everything was fetched anew.
 * Errors: LOCKED; those of outrider_sync.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_sync_check(struct outrider *core, struct outrider_err *err);

/*
 * While it is on (the app is in the foreground) and the cards are open, the
 * core keeps a call open over which the server says when there is something
 * new, and syncs when it does. It comes back by itself where it is cut; that
 * takes outrider_step(). Off until it is asked for; it stays on while locked,
 * and silent. Errors: FAILED_PRECONDITION (not enrolled).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_watch(struct outrider *core, bool is_on, struct outrider_err *err);

/*
 * A response message of a call. Errors are the message's own: DATA_LOSS
 * where it makes no sense; the core has given the call up then.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_received(struct outrider *core, uint64_t call, const uint8_t *response,
		  size_t len, struct outrider_err *err);
/*
 * The call has ended with a gRPC status; OK or not, cut or refused. text may
 * be NULL. A call that the core doesn't wait for is passed over.
 */
OUTRIDER_API void outrider_ended(struct outrider *core, uint64_t call,
				 int grpc_status, const char *text);

/*
 * Does what is due: closes windows, ends a sync, retries. *next_us is the
 * wall time at which it wants to be called again at the latest.
 */
OUTRIDER_CHECKED enum outrider_code outrider_step(struct outrider *core,
						  int64_t *next_us,
						  struct outrider_err *err);

/* ----------------------------------------------------------------- events */

enum outrider_event_type {
	OUTRIDER_EVENT_NONE,
	OUTRIDER_EVENT_ENROLLED,
	OUTRIDER_EVENT_ENROLL_FAILED, /* code, text */
	OUTRIDER_EVENT_SYNC_PROGRESS, /* pulled, pushed so far */
	OUTRIDER_EVENT_SYNC_DONE,
	OUTRIDER_EVENT_SYNC_FAILED,   /* code, text */
	OUTRIDER_EVENT_PARKED,	      /* id: the card whose edit was refused */
	OUTRIDER_EVENT_MERGED,	      /* id: the card that now differs; text:
				       * the fields, where the rep's lost */
	OUTRIDER_EVENT_WINDOW_OPENED, /* id: the meeting */
	OUTRIDER_EVENT_VERDICT,	      /* id: the meeting; text: the word */
	OUTRIDER_EVENT_LOCKED,
	OUTRIDER_EVENT_EVIDENCE_REFUSED, /* text */
	OUTRIDER_EVENT_PLAN_CHANGED, /* id: a meeting under way; it is judged by
				      * the plan that was known before */
	OUTRIDER_EVENT_FILE_HERE,    /* id: the attachment; it is whole */
	OUTRIDER_EVENT_FILE_FAILED,  /* id: the attachment; code, text */
	OUTRIDER_EVENT_WIPED,	     /* the device is nobody's any more */
	OUTRIDER_EVENT_OUTBOX_DAMAGED, /* lost: edits that were not sent and
					* can't be read any more */
	OUTRIDER_EVENT_VAULT_DAMAGED,  /* text: what was changed or lost, and
					* what becomes of it */
	OUTRIDER_EVENT_ASKED, /* id: a card; text: fields that keep their old
			       * value until the rep decides */
	OUTRIDER_EVENT_OUTBOX_RENEWED, /* text: phone or server was restored
					* from a backup; all that waits is
					* sent again */
	OUTRIDER_EVENT_REPAIRED,       /* pulled: records that were not as the
				  * server has them, and now are */
	OUTRIDER_EVENT_PROGRESS,       /* id: a meeting; text: its progress by
					* name, or "RUNNING_LATE". Sync now:
					* somebody waits for it */
	OUTRIDER_EVENT_OUTCOME_WANTED, /* id: a meeting that ended; text asks
					* for outcome and next step */
};

struct outrider_event {
	enum outrider_event_type type;
	uint8_t id[16];
	enum outrider_code code;
	uint64_t pulled, pushed;
	char text[256];
	uint64_t lost;
};

/* Takes the oldest event; false, and type NONE, where there is none. */
OUTRIDER_API bool
outrider_next_event(struct outrider *core, struct outrider_event *out);

/* "NOT_FOUND" for OUTRIDER_NOT_FOUND; its text for a person. */
OUTRIDER_API const char *outrider_code_name(enum outrider_code code);
OUTRIDER_API const char *outrider_code_text(enum outrider_code code);

#ifdef __cplusplus
}
#endif

#include "outrider_files.h"
#include "outrider_helpers.h"
#include "outrider_visits.h"

#endif
