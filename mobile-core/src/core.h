/*
 * core: the object behind struct outrider, and what its modules share.
 *
 * Owns the host's hooks, the one transaction, the queue of events and the
 * guard against calls from inside a hook. What a module means is in its own
 * header; this one only says where it hangs.
 */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "agenda.h"
#include "card_places.h"
#include "conflicts.h"
#include "device.h"
#include "drafts.h"
#include "events.h"
#include "files.h"
#include "find.h"
#include "handles.h"
#include "keys.h"
#include "model/arena.h"
#include "model/err.h"
#include "nearby.h"
#include "outbox.h"
#include "push.h"
#include "replica.h"
#include "row_ahead.h"
#include "sync.h"
#include "tally.h"
#include "upcoming.h"
#include "vault.h"

struct tracker;

/* Which modules have changed their memory in the transaction that is open:
 * they read it anew if it is rolled back. */
enum core_part {
	CORE_CARDS = 1 << 0,   /* outbox, index, meetings */
	CORE_TRACKER = 1 << 1, /* windows, chain */
	CORE_DEVICE = 1 << 2,
	CORE_AGENDA = 1 << 3, /* what tracker was told of the meetings */
};

/* What the file was last seen to hold in one place: rows.c. */
struct rows_seen {
	bool is_known, exists;
	uint8_t table;
	uint8_t name[VAULT_NAME_LEN], tag[VAULT_TAG_LEN];
};

struct outrider {
	struct outrider_host host;
	struct allocator allocator; /* the host's */
	bool is_busy;		    /* inside a call */
	int64_t now_us;		    /* wall clock, sampled at the call */

	struct vault *vault;
	struct replica *replica;
	unsigned touched;  /* of enum core_part, in this transaction */
	struct arena lent; /* what the last call gave out, until the next */
	struct arena work; /* for the time of one call */
	struct buffer sealed, open; /* one row on its way: rows.c */
	struct rows_seen seen;
	struct row_ahead ahead;
	struct tallies tallies;
	struct keys_work keys;
	int64_t lock_after_us; /* 0: not by themselves */
	int64_t used_mono_us;  /* when somebody last used the open cards */

	/* Of the cards' rows, when they were last read. */
	size_t n_damaged; /* don't open */
	struct tally cards_found;
	uint64_t newest_generation;
	bool is_device_mended; /* its row wasn't the newest: mend.h */
	struct device device;
	struct events events;
	struct outbox outbox;	   /* while the cards are open */
	struct card_places places; /* the same */
	struct find find;	   /* the same */
	struct agenda agenda;	   /* the same */
	struct nearby nearby;
	struct upcoming upcoming;
	struct handles handles;
	struct files files;   /* the same */
	struct drafts drafts; /* the same */
	struct sync sync;
	struct push push;
	struct tracker *tracker;
	struct conflicts conflicts;  /* while the cards are open */
	struct outrider_edit *edits; /* a list of those begun */
	bool is_wiping; /* locked in this call: its memory goes at the end */
	/* A page is being taken: what hangs on a card that goes (a content, a
	 * draft, a conflict) stays until the pull's end, for the card may come
	 * again. Something may have lost its card so: pull.c. */
	bool is_taking_page, has_gone;
};

/*
 * Every public function enters first and leaves last. Entering samples the
 * clock and takes back what the call before lent out; cards that nobody used
 * for long are locked then.
 * Errors: BUSY (inside a hook), INVALID_ARGUMENT (core NULL).
 */
MODEL_MUST_USE enum outrider_code
core_enter(struct outrider *core, struct outrider_err *err);
/* The same without a person behind it: it is no use of the cards, and doesn't
 * lock them. */
MODEL_MUST_USE enum outrider_code
core_enter_aside(struct outrider *core, struct outrider_err *err);
/* With an edit at hand, which locking would free. */
MODEL_MUST_USE enum outrider_code
core_enter_edit(struct outrider *core, struct outrider_err *err);
void core_leave(struct outrider *core);
/* Errors: LOCKED. */
MODEL_MUST_USE enum outrider_code
core_want_cards(const struct outrider *core, struct outrider_err *err);

/*
 * The transaction. One at a time; a module that changes its memory with it
 * says core_touch first. A rollback has the touched modules read anew; where
 * that fails for the cards, they are locked.
 */
MODEL_MUST_USE enum outrider_code
core_begin(struct outrider *core, struct outrider_err *err);
void core_touch(struct outrider *core, enum core_part part);
MODEL_MUST_USE enum outrider_code
core_commit(struct outrider *core, struct outrider_err *err);
void core_rollback(struct outrider *core);
/* Commits where code is OK, else rolls back; err keeps the first message. */
MODEL_MUST_USE enum outrider_code core_finish(struct outrider *core,
					      enum outrider_code code,
					      struct outrider_err *err);

/* Forgets the cards' keys and what was open. */
void core_lock_cards(struct outrider *core);
MODEL_MUST_USE enum outrider_code
core_load_cards(struct outrider *core, struct outrider_err *err);

/* Random bytes from the host. Errors: INTERNAL. */
MODEL_MUST_USE enum outrider_code core_random(struct outrider *core, void *out,
					      size_t len,
					      struct outrider_err *err);
/* A text without personal data. */
void core_log(struct outrider *core, enum outrider_log_level level,
	      const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
