/*
 * Conditions as text, for tests that compare them with what was meant:
 *
 *	all(state = 1, not(company_id>industry begins "ret"))
 */
#ifndef CONDITION_TEXT_H
#define CONDITION_TEXT_H

#include "store/query.h"

/* "none" for NULL. Fails the test where it doesn't fit. */
void condition_text(char *out, size_t size, const struct condition *condition);

#endif
