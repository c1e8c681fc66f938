/*
 * What the administrator changes, without a phone. The phone given is that of
 * whom it is about, if it is about somebody.
 */
#ifndef SIM_DESK_H
#define SIM_DESK_H

#include "world.h"

void desk_new_contact(struct phone *phone);
void desk_change_contact(struct phone *phone);
void desk_change_customs(struct phone *phone);
void desk_change_meeting(struct phone *phone);
/* An attachment: its name, its owner, who else sees it; deleted, or back. */
void desk_change_file(struct phone *phone);
/* A call that is refused in the middle of other people's writes. */
void desk_ask_in_vain(struct phone *phone);
void desk_move(struct phone *phone);
void desk_give_role(struct phone *phone);
/* What a role hides. */
void desk_change_role(struct phone *phone);
void desk_lock_out(struct phone *phone);

#endif
