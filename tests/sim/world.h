/*
 * The simulated world: one server (the real app and store), phones (the real
 * core), a network that cuts, delays and repeats, disks that lose their power,
 * one clock. Everything that happens is decided by the dice, and the dice by
 * the seed.
 *
 * Threads: none.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "app/dispatch.h"
#include "app/keys.h"
#include "ledger.h"
#include "outrider.h"
#include "test_vfs.h"

#include <stdio.h>

#define PHONES_MAX 8
#define TEAMS	   3
#define ROLES	   3

/* splitmix64 (Steele, Lea, Flood 2014). */
struct dice {
	uint64_t state;
};

uint64_t dice_throw(struct dice *dice);
/* A number below n, and: does something of 1 in n happen? */
uint64_t dice_below(struct dice *dice, uint64_t n);
bool dice_one_in(struct dice *dice, uint64_t n);

struct world;
struct torn_page;     /* pages.c */
struct pending_edits; /* pending.h */
struct remains;	      /* remains.h */
struct wishes;	      /* attach.h */
struct kept;	      /* drafts.h */
struct attached;      /* contents.h */
struct flight;	      /* a call under way over the network */
struct stray;	      /* a request that the network still has */

/* A device that a phone is, or was: lives.h. What was answered of it, and
 * whether the server, restored, has never heard of it. */
struct life {
	struct uuid device;
	char authorization[80]; /* as it stands in its calls */
	bool is_withdrawn, is_ordered, is_wiped, is_unknown;
	bool was_ordered, was_wiped; /* once, whatever was restored since */
	bool was_refused;	     /* a receipt of it, and rightly */
	bool is_read;		     /* what came with its receipt */
	uint8_t receipt[32];	     /* hash of what the phone hands in */
	bool has_stored;
	uint8_t stored[64]; /* the signature that the server keeps */
};

/* What is known of how long the cards open: lease.h. */
struct lease {
	int64_t until_us;
	bool is_over;	    /* and the phone has seen it */
	bool is_maybe_over; /* or its disk kept it from that */
	bool is_doubtful;   /* the disk may have kept it from a renewal */
	uint64_t faults;    /* of the disk */
};

/* Who a phone is: what a backup has of it, too. */
struct identity {
	bool is_enrolled;
	bool is_wiping;	 /* its receipt was made */
	bool is_leaving; /* its user gives it up, and wants none */
	size_t life;	 /* of its lives, if it is enrolled */
	struct lease lease;
};

struct phone {
	struct world *world;
	unsigned number;
	struct test_disk *disk;
	char vfs_name[32];
	uint8_t secret[32];
	struct uuid user;
	struct outrider *core; /* NULL while it is off */
	struct life *lives;
	size_t n_lives;
	struct identity who, who_in_backup;
	char code[40]; /* to be enrolled with, or "" */
	/* What must be gone after a wipe, after the lease's end; or NULL. */
	struct remains *remains, *leased;
	int64_t skew_us; /* of its wall clock */
	int64_t boot_us; /* when it was switched on, by the world's clock */
	uint8_t boot_id[16];
	uint64_t n_syncs, n_failed_syncs, n_crashes, n_parked, n_merged;
	struct test_backup *backup;
	size_t n_backed_up; /* edits that the backup has */
	bool is_managers;
	bool is_enrolling;  /* a call says so */
	bool is_locked_out; /* its user, or may be */
	bool had_role;	    /* that may have hidden something */
	bool was_altered;   /* a page, since it was compared last */
	bool is_backup_altered;
	bool was_fast, is_syncing;
	/* Unlocks in a row that the disk or the power ended. */
	unsigned n_broken_off, n_broken_in_backup;
	bool must_wait; /* until it may be unlocked again */
	/* Phone or server were restored: all is pulled anew, until a rest; the
	 * outbox may begin anew, until it did or, where the phone wasn't
	 * restored itself, was found to be known. */
	bool is_anew, may_renew, was_restored;
	char failure[300]; /* why its last sync failed, if one did */
	uint64_t faults;   /* of its disk, that somebody was told of */
	uint64_t faults_when_opened; /* before its file was read, last */
	struct uuid opened[4]; /* the card of each kind that was edited last */
	struct wishes *wishes; /* as attach.c keeps them; or NULL */
	struct kept *kept;     /* as drafts.c does */
	bool was_deceived;     /* a content came altered, once */
	struct ledger ledger;
	struct pending_edits *pending; /* as pending.c keeps it; or NULL */
	/* The cursor that it sent last, as bytes. */
	uint8_t *cursor;
	size_t cursor_len;
	/* The page during which the power went last; NULL: no page. */
	struct torn_page *torn;
	size_t heap, heap_most; /* bytes that the core has, had at most */
};

struct world {
	struct dice dice;
	uint64_t seed;
	int64_t server_late_us; /* what its own clock is ahead by */
	int64_t now_us;
	bool is_calm; /* nothing goes wrong any more */
	char directory[64];

	struct context context;
	struct org_keys keys;
	struct test_disk *disk; /* the server's */
	struct test_backup *backup;
	bool is_restored; /* the next start is from a backup */
	struct store *store;
	struct store_conn *reader; /* the simulation's own */
	struct app *app;
	struct app_worker *worker;
	size_t page_records; /* of the server's pages */
	char admin_token[80];
	struct uuid teams[TEAMS];     /* the root, and two below it */
	struct uuid roles[ROLES];     /* each hides something else */
	struct uuid customs[CUSTOMS]; /* fields that the firm added */
	struct uuid form;	      /* its questionnaire */

	struct phone phones[PHONES_MAX];
	unsigned n_phones;
	struct flight *flights;
	struct stray *strays;

	uint64_t n_steps, n_cuts, n_replays, n_strays, n_restarts;
	uint64_t n_server_cuts, n_desk_acts, n_desk_refusals, n_pages;
	uint64_t n_restored, n_renewed, n_altered, n_repaired;
	uint64_t n_torn_pages, n_kills, n_silences, n_orphans;
	uint64_t n_words; /* of Watch */
	uint64_t n_enrolled, n_withdrawn, n_wiped, n_receipts, n_recovered;
	uint64_t n_leases_ended;
	uint64_t n_fetched, n_twins; /* files that came; uploads sent twice */
	struct attached *attached;   /* what was ever attached */
	size_t n_attached;
	/* Where to say what happens, or NULL; and: was anything, this step? */
	FILE *tale;
	bool has_said;
	uint64_t course; /* which way everything went, as a number */
	/* The invariant that was seen broken, or "". */
	char broken[400];
};

/* A firm, a server, and that many people with an enrolled phone each. */
bool world_begin(struct world *world, uint64_t seed, unsigned n_phones);
void world_end(struct world *world);

/* Those who are still up notice what happened. */
void world_look_around(struct world *world);
/* Peace: nothing goes wrong, everything is synced to the end. */
bool world_rest(struct world *world);

/* Says once what broke; the first one stays. */
void world_break(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Tells people what a step does. */
void world_say(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ----------------------------------------------------------------- parts */

/* server.c: a call by somebody who is not a phone. Returns the gRPC status;
 * the reply's first message goes to *reply (freed by the caller). */
int server_call(struct world *world, const char *path, const char *token,
		const void *request, size_t len, struct buffer *reply);
/* A call of the administrator's who has gone before the writer came to it. */
void server_leave_call(struct world *world, const char *path,
		       const void *request, size_t len);
bool server_start(struct world *world, bool is_new);
void server_stop(struct world *world);
void server_remove(struct world *world); /* its files */
/* The store's newest revision. */
uint64_t server_newest_rev(struct world *world);
/* To read it with; until the server stops. */
struct store_conn *server_reader(struct world *world);
/* Its disk doesn't fail any more, and has room. */
void server_mend(struct world *world);
/* Its files, copied while it is down; and those of that copy put back. */
void server_back_up(struct world *world);
void server_restore(struct world *world);
/* Stops and starts, in order or, where its power has gone, without. */
void server_restart(struct world *world);

/* network.c */
void network_send(struct phone *phone, uint64_t call, const char *method,
		  const char *token, const uint8_t *request, size_t len);
void network_cancel(struct phone *phone, uint64_t call);
/* One call goes one step on. False if none is under way. */
bool network_step(struct world *world);
/* A request that was sent long ago arrives, maybe once more. */
void network_stray(struct world *world);
void network_forget(struct world *world); /* the strays */
/* The server's power has gone: answers that had left it still arrive. */
void network_last_words(struct world *world);
/* The calls of a phone that has gone, or (NULL) of a server that has. */
void network_drop(struct world *world, const struct phone *phone);

/* phone.c */
/* The same of a phone. */
void phone_back_up(struct phone *phone);
void phone_restore(struct phone *phone);
/* Switched on, or only its app begun anew. */
void phone_boot(struct phone *phone);
/* False: it stays off, until its disk is well again. */
bool phone_start(struct phone *phone);
void phone_stop(struct phone *phone);
/* The power had gone: what the disk holds is for the dice to say. Or its
 * process was killed. */
void phone_recover(struct phone *phone);
/* Has the disk failed a call since this was asked last? */
bool phone_had_fault(struct phone *phone);
/* Is it somebody's, and are its cards open? */
bool phone_is_in_use(struct phone *phone);
/* What its user can do about it where it isn't: the PIN, a sync, a new code. */
void phone_get_ready(struct phone *phone);
/* Asks to be enrolled; the event tells. */
void phone_ask_in(struct phone *phone);
void phone_sync(struct phone *phone);
/* Takes what the core has to say. */
void phone_listen(struct phone *phone);

/* Numbers are those of docs/simulation.md. */
void check_sealed(struct phone *phone, size_t n_seen); /* 5 */
void check_cursor(struct phone *phone, const uint8_t *request,
		  size_t len); /* 4 */
/* Forgets the page during which the power went. */
void check_forget(struct phone *phone);
/* Passes a page on to its phone: 4, 8, 12. */
void check_page(struct phone *phone, uint64_t call, struct bytes message);

#endif
