/*
 * Keeps the index of words close behind the change log, in small writes
 * behind everybody else's. A search reads what is not indexed yet from the
 * log itself, so nothing waits for this.
 */
#ifndef APP_INDEXER_H
#define APP_INDEXER_H

#include "store/search.h"

struct app;
struct indexer;

struct indexer *indexer_open(struct app *app);
/* The store must be closed. NULL is fine. */
void indexer_close(struct indexer *indexer);
/* After each commit: there are changes up to rev. Any thread. */
void indexer_tell(struct indexer *indexer, uint64_t rev);
/* Goes on with whatever is left: a search had to read it. Any thread. */
void indexer_go_on(struct indexer *indexer);

#endif
