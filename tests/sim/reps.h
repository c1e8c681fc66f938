/*
 * What the people with the phones do.
 */
#ifndef SIM_REPS_H
#define SIM_REPS_H

#include "world.h"

/* What the rest of this room needs: a card that the phone shows, and an edit
 * that its core has taken. */
bool rep_choose_card(struct phone *phone, const char *kind, uint8_t id[16]);
void rep_promise(struct phone *phone, struct edit *edit, const uint8_t *id);
/* Was it done, or may it have been? */
bool rep_was_done(struct phone *phone, enum outrider_code code);
/* A card goes, or what was refused of it is taken back. */
void rep_delete_card(struct phone *phone, const char *kind, const uint8_t *id);

void rep_new_contact(struct phone *phone);
void rep_plan_meeting(struct phone *phone);
void rep_new_meeting(struct phone *phone);
void rep_new_note(struct phone *phone);
void rep_edit_contact(struct phone *phone);
void rep_edit_meeting(struct phone *phone);
void rep_edit_note(struct phone *phone);
void rep_rename_file(struct phone *phone);
void rep_delete(struct phone *phone);
/* About the oldest edit that was refused. */
void rep_decide(struct phone *phone);
void rep_set_clock(struct phone *phone);
/* Opens the app, or leaves it. */
void rep_watch(struct phone *phone);

#endif
