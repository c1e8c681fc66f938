/*
 * tell: the outcome of a check for a person, or for a program.
 *
 * Owns words and JSON, and says what was not proven beside what was. It
 * refuses to judge.
 */
#ifndef VERIFY_TELL_H
#define VERIFY_TELL_H

#include <stdio.h>

#include "check.h"

void tell_person(FILE *out, const struct check *check,
		 const struct bundle *bundle);
void tell_program(FILE *out, const struct check *check,
		  const struct bundle *bundle);

#endif
