/*
 * Edits that are put aside: a phone keeps them, sealed, until somebody takes
 * them up again. What it has promised about them, and whether it holds.
 */
#ifndef SIM_DRAFTS_H
#define SIM_DRAFTS_H

#include "world.h"

/* Begins to write on a card, or fills in a form, and puts that aside; or takes
 * up what was put aside before, where that is enough. */
void rep_keep_draft(struct phone *phone);
/* Takes one up and sends it, or drops it. */
void rep_take_up(struct phone *phone);

/* As in attach.h: a draft goes with its card. */
void drafts_look(struct phone *phone);
void drafts_forget(struct phone *phone);

/* At rest: those that were put aside are there, as they were. */
void check_drafts(struct phone *phone);

#endif
