/*
 * sync_parts: what the files of sync share. Their own: sync.c drives the table,
 * sync_say.c has what is said, sync_hear.c what is heard, and sync_mend.c what
 * follows where phone and server disagree.
 */
#ifndef CORE_SYNC_PARTS_H
#define CORE_SYNC_PARTS_H

#include <stdbool.h>

#include "sync.h"

/* From a stage on: the first that has something to say says it. */
void sync_go_on(struct outrider *core, enum sync_state from);
/* The page of a push that is ready, if there is one, goes out. */
void sync_send_ready(struct outrider *core);
/* The sync is over, and not well. */
void sync_end_with(struct outrider *core, enum outrider_code code,
		   const char *text);
/* A stage can't go on, but those behind it can: told at the end. */
void sync_note_trouble(struct outrider *core, enum outrider_code code,
		       const char *reason, const char *text);

/* The server knows the cursor no more: RESYNC. */
void sync_pull_refused(struct outrider *core, const char *text);
/* A page doesn't fit what is on the phone. */
void sync_pull_anew(struct outrider *core, bool is_elsewhere, const char *text);
/* RESTORED_BACKUP, GAP, and whatever else a push may be refused for. */
void sync_push_refused(struct outrider *core, enum outrider_code code,
		       const char *text);
const char *sync_push_trouble(enum outrider_code code);
/* A comparison was answered. */
void sync_compared(struct outrider *core);
/* False: the refusal of a comparison is not of that sort. */
bool sync_proof_refused(struct outrider *core, enum outrider_code code,
			const char *text);

#endif
