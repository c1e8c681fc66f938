/*
 * replica: the phone's file.
 *
 * Owns the SQLite database: tables of sealed rows, envelopes of keys, and
 * transactions. It refuses to know what is in a row: bytes come sealed and go
 * sealed. Whoever wants to read or write a row's meaning uses rows.h. The only
 * file with sqlite3.h.
 *
 * Every write happens inside a transaction: replica_begin, puts and deletes,
 * replica_commit. After any error but NOT_FOUND, roll back.
 */
#ifndef CORE_REPLICA_H
#define CORE_REPLICA_H

#include "model/arena.h"
#include "model/err.h"
#include "vault.h"

/* How the rows of a table lie, and are found. */
enum replica_form {
	REPLICA_NAMED,	/* in the order they came; by an index of names */
	REPLICA_SORTED, /* in the order of names, not as they came */
	REPLICA_QUEUED, /* as NAMED, and walks go in the order of rev */
	/* By number, and no index leads there: whoever put a row remembers its
	 * number. Names are numbers from 1 on, in eight bytes, big-endian, and
	 * zeros behind. */
	REPLICA_NUMBERED,
};

/*
 * X(NAME, number, compartment, form). The number is sealed into the rows: never
 * renumber. rev is in the clear: the record's revision, a number in a queue, or
 * 0.
 */
#define REPLICA_TABLES(X)                              \
	X(card, 1, VAULT_CARDS, REPLICA_NUMBERED)      \
	X(outbox, 2, VAULT_CARDS, REPLICA_QUEUED)      \
	X(cards_state, 3, VAULT_CARDS, REPLICA_NAMED)  \
	X(device, 4, VAULT_TRACKING, REPLICA_NAMED)    \
	X(window, 5, VAULT_TRACKING, REPLICA_QUEUED)   \
	X(evidence, 6, VAULT_TRACKING, REPLICA_QUEUED) \
	X(receipt, 7, VAULT_TRACKING, REPLICA_QUEUED)  \
	X(intake, 8, VAULT_TRACKING, REPLICA_QUEUED)   \
	X(conflict, 9, VAULT_CARDS, REPLICA_QUEUED)    \
	X(handle, 10, VAULT_CARDS, REPLICA_SORTED)     \
	X(piece, 11, VAULT_CARDS, REPLICA_NAMED)       \
	X(content, 12, VAULT_CARDS, REPLICA_NAMED)     \
	X(draft, 13, VAULT_CARDS, REPLICA_NAMED)       \
	X(ledger, 14, VAULT_TRACKING, REPLICA_QUEUED)

enum replica_table {
#define REPLICA_TABLE_ENUM(name, number, compartment, form) \
	REPLICA_##name = (number),
	REPLICA_TABLES(REPLICA_TABLE_ENUM)
#undef REPLICA_TABLE_ENUM
		REPLICA_TABLES_END
};

struct replica;

/*
 * Opens path.db, made where there is none. vfs may be NULL. The database's own
 * texts go to the host's log and nowhere else.
 * Errors: UNAVAILABLE (another process has it open), DATA_LOSS (not ours, or
 * damaged), RESOURCE_EXHAUSTED, FAILED_PRECONDITION (of a newer version).
 */
MODEL_MUST_USE enum outrider_code
replica_open(struct replica **out, const struct allocator *allocator,
	     const struct outrider_host *host, const char *path,
	     const char *vfs, struct outrider_err *err);
void replica_close(struct replica *replica); /* NULL is fine */

/* Errors of all below: RESOURCE_EXHAUSTED (disk, memory), UNAVAILABLE (the
 * disk fails), DATA_LOSS (the file is damaged). */
MODEL_MUST_USE enum outrider_code
replica_begin(struct replica *replica, struct outrider_err *err);
/* Durable when it returns OK; otherwise rolled back. */
MODEL_MUST_USE enum outrider_code
replica_commit(struct replica *replica, struct outrider_err *err);
void replica_rollback(struct replica *replica);
bool replica_is_writing(const struct replica *replica);

/* A row as it lies in the file; sealed is borrowed for the call. */
struct replica_row {
	uint8_t name[VAULT_NAME_LEN];
	uint64_t rev;
	struct bytes sealed;
};

/* The number that a name is in a table by number. */
uint64_t replica_number(const uint8_t name[VAULT_NAME_LEN]);

MODEL_MUST_USE enum outrider_code
replica_put(struct replica *replica, enum replica_table table,
	    const struct replica_row *row, struct outrider_err *err);
/* Appends the row to sealed. Errors: NOT_FOUND too. */
MODEL_MUST_USE enum outrider_code
replica_get(struct replica *replica, uint64_t *rev, struct buffer *sealed,
	    enum replica_table table, const uint8_t name[VAULT_NAME_LEN],
	    struct outrider_err *err);
/* Its last bytes alone: what a tally counts. Errors: NOT_FOUND too. */
MODEL_MUST_USE enum outrider_code
replica_tag(struct replica *replica, uint8_t tag[VAULT_TAG_LEN],
	    enum replica_table table, const uint8_t name[VAULT_NAME_LEN],
	    struct outrider_err *err);
/* Well even where there is none. */
MODEL_MUST_USE enum outrider_code
replica_delete(struct replica *replica, enum replica_table table,
	       const uint8_t name[VAULT_NAME_LEN], struct outrider_err *err);
/* Makes a table's indexes anew, which may hide rows if somebody wrote into
 * them, and drops what has no name of ours. */
MODEL_MUST_USE enum outrider_code replica_tidy(struct replica *replica,
					       enum replica_table table,
					       struct outrider_err *err);
MODEL_MUST_USE enum outrider_code replica_clear(struct replica *replica,
						enum replica_table table,
						struct outrider_err *err);

/* Anything but OK stops the walk and is its result. CANCELLED: a wanted stop,
 * for the caller to tell from an error. */
typedef enum outrider_code replica_row_fn(void *user,
					  const struct replica_row *row,
					  struct outrider_err *err);
/*
 * Walks rows with rev >= from_rev; ascending by rev in tables that are kept in
 * its order. The callback may read other rows, and write none of this table.
 */
MODEL_MUST_USE enum outrider_code
replica_each(struct replica *replica, enum replica_table table,
	     uint64_t from_rev, replica_row_fn *callback, void *user,
	     struct outrider_err *err);
/* All rows, in any order, with their tags in the place of what is sealed. */
MODEL_MUST_USE enum outrider_code
replica_each_tag(struct replica *replica, enum replica_table table,
		 replica_row_fn *callback, void *user,
		 struct outrider_err *err);
/* Those behind a name, ascending by it. */
MODEL_MUST_USE enum outrider_code
replica_each_from(struct replica *replica, enum replica_table table,
		  const uint8_t name[VAULT_NAME_LEN], replica_row_fn *callback,
		  void *user, struct outrider_err *err);
/* How many have rev >= from_rev. */
MODEL_MUST_USE enum outrider_code
replica_count(struct replica *replica, uint64_t *out, enum replica_table table,
	      uint64_t from_rev, struct outrider_err *err);

/* What isn't sealed because it holds the keys' envelopes. Names are ours. */
MODEL_MUST_USE enum outrider_code
replica_keyring_put(struct replica *replica, const char *name, const void *at,
		    size_t len, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
replica_keyring_get(struct replica *replica, struct buffer *out,
		    const char *name, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
replica_keyring_delete(struct replica *replica, const char *name,
		       struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
replica_keyring_clear(struct replica *replica, struct outrider_err *err);

/* Are a table's pages and those of its indexes sound? Errors: DATA_LOSS. */
MODEL_MUST_USE enum outrider_code replica_check(struct replica *replica,
						enum replica_table table,
						struct outrider_err *err);
/* SQLite found the file itself damaged, since it was opened or salvaged. */
bool replica_is_damaged(const struct replica *replica);
/*
 * After DATA_LOSS: the file is made anew, with what can still be read of its
 * keyring and of the tables that `keeps` says; the others are empty. In memory
 * meanwhile: a power cut just then loses it all. Not in a transaction. Errors:
 * DATA_LOSS where not even that is possible.
 */
MODEL_MUST_USE enum outrider_code
replica_salvage(struct replica *replica, bool (*keeps)(enum replica_table),
		struct outrider_err *err);

/* Copies the log into the file and empties it: so what was deleted is nowhere.
 * Where it fails the log has what the file lacks, and the other way about. */
MODEL_MUST_USE enum outrider_code
replica_checkpoint(struct replica *replica, struct outrider_err *err);

/*
 * The caller waits for somebody, and the disk is free: copies the log into the
 * file if it has grown so far that a later commit would have to. Two syncs of
 * the disk and up to a thousand pages. The log keeps its room, and is whole
 * whatever fails.
 */
void replica_use_wait(struct replica *replica);
/* With how many pages a commit copies the log, and from how many on a wait is
 * used for it: for worlds with few rows. */
void replica_set_log(struct replica *replica, int most, int worth);

#endif
