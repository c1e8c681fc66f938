/*
 * What the people with the phones do.
 */
#ifndef SIM_REPS_H
#define SIM_REPS_H

#include "world.h"

void rep_new_contact(struct phone *phone);
void rep_plan_meeting(struct phone *phone);
void rep_new_meeting(struct phone *phone);
void rep_new_note(struct phone *phone);
void rep_edit_contact(struct phone *phone);
void rep_edit_meeting(struct phone *phone);
void rep_edit_note(struct phone *phone);
void rep_delete(struct phone *phone);
/* About the oldest edit that was refused. */
void rep_decide(struct phone *phone);
void rep_set_clock(struct phone *phone);
/* Opens the app, or leaves it. */
void rep_watch(struct phone *phone);

#endif
