/*
 * How the agent's own functions say what went wrong: the core's error record.
 */
#ifndef AGENT_FAIL_H
#define AGENT_FAIL_H

#include "outrider.h"

/* Fills err (may be NULL) and returns code. */
enum outrider_code
fail(struct outrider_err *err, enum outrider_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
