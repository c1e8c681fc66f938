/*
 * Histories inside a record: repeated messages to which the server appends, of
 * which the oldest go when there is no more room.
 */
#ifndef APP_LAWS_STEPS_H
#define APP_LAWS_STEPS_H

#include "app/laws.h"

/*
 * Appends a message (its payload) to a repeated field of the row. leave, if
 * not 0, is the number of a time that the message before it gets, where it
 * has none: until when it held.
 */
MODEL_MUST_USE enum outrider_code
steps_append(struct writing *w, uint32_t field, struct bytes payload,
	     uint32_t leave, struct outrider_err *err);

#endif
