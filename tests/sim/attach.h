/*
 * Attached files on the phones: what their users do with them, and what a phone
 * has promised about them. Contents are contents.h's.
 */
#ifndef SIM_ATTACH_H
#define SIM_ATTACH_H

#include "world.h"

/* Hangs a new file on a card, or deletes one where there are many. */
void rep_attach(struct phone *phone);
/* Wants one on this phone, or no longer. */
void rep_want_file(struct phone *phone);
/* Opens one that is here. */
void rep_read_file(struct phone *phone);

/* A card's end is its content's: what was wanted of it isn't any more. To be
 * called whenever a card may have gone from the phone. */
void wishes_look(struct phone *phone);
/* Nobody knows what the phone has been told to keep. */
void wishes_forget(struct phone *phone);

/* Does the server lack one that was attached here? */
bool phone_has_file_to_send(struct phone *phone);

/* At rest: what is wanted is here and right, and nothing else is. */
void check_files(struct phone *phone);

#endif
