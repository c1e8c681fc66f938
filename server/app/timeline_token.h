/*
 * Where a timeline goes on, opaque to the caller and bound to the timeline that
 * it came from: its card, its types, the caller and the store.
 */
#ifndef APP_TIMELINE_TOKEN_H
#define APP_TIMELINE_TOKEN_H

#include "app/timeline_parts.h"

#define TIMELINE_TOKEN_MAX 96

/* Base64url, with a NUL. */
void timeline_token_write(char out[TIMELINE_TOKEN_MAX],
			  const struct timeline *timeline);
/* Fills the position; false where it is not a token of this timeline. */
bool timeline_token_read(struct timeline *timeline, struct bytes text);

#endif
