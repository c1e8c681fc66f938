/*
 * What lies in a phone's files, read without its keys: as a thief would look
 * for what should have gone, and as the firm reads what was not sent.
 */
#ifndef SIM_REMAINS_H
#define SIM_REMAINS_H

#include "world.h"

/* The lease ran out; a wipe's receipt goes out; the wipe is over. */
enum remains_when { REMAINS_LEASED, REMAINS_HANDED_IN, REMAINS_WIPED };

/* Notes pieces of all that is sealed there, and of what it is sealed with. */
struct remains *remains_note(struct phone *phone);
/* How many pieces of what must be gone by then can still be found in the
 * phone's files, log and all; *what: the table of one of them. */
size_t remains_found(const struct remains *remains, struct phone *phone,
		     enum remains_when when, const char **what);
void remains_free(struct remains *remains); /* NULL is fine */

/* Rows of a table in the phone's file; -1: it can't be read. */
int64_t remains_count(struct phone *phone, const char *table);
int64_t remains_count_of_server(struct world *world, const char *table);
/* A text that somebody wrote, in the clear, anywhere in its files. */
bool remains_is_plain(struct phone *phone);

/*
 * Opens the outbox with the firm's key, out of the phone's file or (device)
 * what came with a receipt. Marks the edits of that life in the ledger as
 * recovered. Returns how many rows opened; -1: there was nothing to open them
 * with. Breaks the world where one doesn't open.
 */
int64_t
remains_recover(struct phone *phone, size_t life, const struct uuid *device);

#endif
