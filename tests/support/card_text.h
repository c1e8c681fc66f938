/*
 * Cards for the phone's tests as a rep would write them, "field=value", and a
 * server that takes whatever it is sent.
 */
#ifndef CARD_TEXT_H
#define CARD_TEXT_H

#include "phone_host.h"

/* A new card that waits in the outbox; NULL ends the fields. */
struct uuid card_new(struct phone *phone, const char *kind, ...);
/* Changes fields of one: those that are named are cleared first. */
void card_edit(struct phone *phone, const char *kind, const struct uuid *id,
	       ...);
void card_delete(struct phone *phone, const char *kind, const struct uuid *id);
/* A sync: everything that waits is applied, nothing comes. */
void card_settle(struct phone *phone);
/* Lets the core do what is due in 20 seconds, until there is nothing more. */
void card_step(struct phone *phone);
/* Closes, opens and unlocks. */
void card_reopen(struct phone *phone);
/* "contact_ids=..." */
const char *card_ref(char out[128], const char *field, const struct uuid *id);

#endif
