/*
 * The cast of docs/model.md, played by the real code: a server in memory and
 * the cores of two phones, anna's and her manager's, each with one call on the
 * line at most, which goes on only when it is told to.
 *
 * Fails the running cmocka test where something can't be.
 */
#ifndef MODEL_ACTORS_H
#define MODEL_ACTORS_H

#include "phone_host.h"
#include "sync_world.h"
#include "test_vfs.h"

struct side {
	struct phone phone;
	struct test_disk *disk;
	char vfs_name[32];
	uint64_t dice;
	const struct harness_user *user;
	int64_t ahead_us;
	size_t n_before; /* records that it has of before the play */
	/* What the server has of the call, and what is on its way back. */
	struct app_call *call;
	struct buffer message;
	bool has_message;
	bool is_first_page; /* of a phone that has nothing yet */
	/* The push that was sent last, to arrive once more. */
	struct buffer push;
};

struct cast {
	struct world world;
	struct side sides[2];
	struct uuid card, other;
	uint64_t before; /* the newest revision before the play */
	bool is_touched; /* the other one is no more of before */
};

void cast_open(struct cast *cast);
void cast_close(struct cast *cast);
/* A tenth of a second, for everybody. */
void cast_tick(struct cast *cast);

/* The phone begins to speak, as it likes. */
void side_sync(struct cast *cast, struct side *side);
/* Its push arrives, and the answer is on its way. */
void side_push(struct cast *cast, struct side *side);
/* Its pull arrives. */
void side_pull(struct cast *cast, struct side *side);
/* The server makes the next page. */
void side_page(struct cast *cast, struct side *side);
/* What is on its way comes. */
void side_take(struct cast *cast, struct side *side);
/* The line is cut, or the phone's power: how, is for choice to say. */
void side_cut(struct cast *cast, struct side *side, uint64_t choice);
/* The answer to its push sends the next one off, and then the power goes. */
void side_die(struct cast *cast, struct side *side);
/* The last push arrives once more, and nobody waits for what it says. */
void side_copy(struct cast *cast, struct side *side);
/* All of a sync, without trouble. */
void side_sync_all(struct cast *cast, struct side *side);

#endif
