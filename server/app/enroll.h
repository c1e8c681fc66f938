/*
 * Enrolling devices with one-time codes.
 */
#ifndef APP_ENROLL_H
#define APP_ENROLL_H

#include "app/call.h"

/* "K7QM-4XPA-9D2T" */
#define ENROLL_CODE_SYMBOLS 12
#define ENROLL_CODE_TEXT    (ENROLL_CODE_SYMBOLS + 2)

/* Groups of four, with a NUL, out of the context's random source. */
void enroll_code_make(char out[ENROLL_CODE_TEXT + 1],
		      const struct context *context);
/*
 * The symbols of a code as it was typed: dashes, spaces and case don't
 * matter, I and L are 1, O is 0. False where it is no code.
 */
bool enroll_code_read(char out[ENROLL_CODE_SYMBOLS + 1], const char *typed);

call_start_fn enroll_create_code, enroll_device;

#endif
