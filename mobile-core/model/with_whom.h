/*
 * with_whom: no call, message or answer without a person.
 *
 * Owns the part of that law that a record can be judged by alone, so that a
 * phone tells its user at once. Whom an address leads to is the server's.
 */
#ifndef MODEL_WITH_WHOM_H
#define MODEL_WITH_WHOM_H

#include "model/record.h"

/* Contacts, a lead or a company are named; true for every other kind. */
bool with_whom_is_named(const struct row *row);
/*
 * They are, or there is an address to look for them by.
 * Errors: INVALID_ARGUMENT, with the field of the address.
 */
MODEL_MUST_USE enum outrider_code
with_whom_check(const struct row *row, struct outrider_err *err);

#endif
