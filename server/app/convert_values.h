/*
 * What a lead says, carried into other records.
 */
#ifndef APP_CONVERT_VALUES_H
#define APP_CONVERT_VALUES_H

#include "model/arena.h"
#include "model/record.h"

/*
 * Copies values of the lead, field by field: { the other's number, the lead's
 * }, which both kinds hold alike. Bytes are the lead's or the arena's; false:
 * no memory.
 */
bool convert_copy(struct row *to, const struct row *lead,
		  const uint32_t pairs[][2], size_t n, struct arena *arena);
/* A reference to a record (NULL: none), or a set with it alone; false: no
 * memory. */
bool convert_refer(struct row *row, uint32_t number, const struct row *target,
		   struct arena *arena);
/*
 * "Olena Koval" becomes a contact's name: the last word is the family name. A
 * number, and a name of one word, are one. Bytes are the name's.
 */
void convert_name(struct row *contact, struct bytes name);

#endif
