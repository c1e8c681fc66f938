/*
 * The fields that the simulated firm added to contacts, one of each type, and
 * what stands in them: a number for each value, so that two can be compared.
 */
#ifndef SIM_CUSTOMS_H
#define SIM_CUSTOMS_H

#include "world.h"

#include "outrider/v1/contact.pb-c.h"

bool customs_found(struct world *world);

/* Of a contact's fields, or of the value that stands in its field "custom". */
void customs_read(struct customs *out, const struct world *world,
		  struct bytes fields);

/* A contact's values, one of them another or taken out. */
struct custom_draft {
	Outrider__V1__CustomValue *list[CUSTOMS + 1], made;
	Google__Protobuf__Timestamp time;
	char id[UUID_TEXT_LEN + 1], text[40];
	size_t n;
};

/* Borrows from the contact, if there is one. */
void customs_draft(struct custom_draft *out, struct world *world,
		   const Outrider__V1__Contact *contact);
/* A rep's edit. The entry gets what they wrote. */
bool customs_edit(struct phone *phone, struct outrider_edit *edit,
		  struct edit *entry);
/* To be called once the edit is made: what it came to. */
void customs_note(struct phone *phone, struct edit *entry);

#endif
