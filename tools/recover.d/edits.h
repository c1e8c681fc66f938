/*
 * An edit as it lies in the outbox, as a line of JSON. Knows the outbox's row
 * and the kinds.
 */
#ifndef RECOVER_EDITS_H
#define RECOVER_EDITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* False: the text is no edit. */
bool edits_print(FILE *out, uint64_t seq, const uint8_t *text, size_t len);

#endif
