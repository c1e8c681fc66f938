/*
 * The blind index against the cards' rows, for the tests of the phone.
 */
#ifndef HANDLES_AUDIT_H
#define HANDLES_AUDIT_H

#include "core.h"

/* How many rows the index has. */
uint64_t handles_rows(struct outrider *core);
/* Fails unless it is complete, and each handle of each row of a card is in it,
 * and nothing else is: at most 200 different ones. */
void handles_audit(struct outrider *core);

#endif
