/*
 * The index of words in the store's tests: chunks of it, counts out of it,
 * and what must hold between it and the rows once it has come to the end.
 */
#ifndef TESTS_STORE_SEARCH_CHECK_H
#define TESTS_STORE_SEARCH_CHECK_H

#include "store/search.h"
#include "suite.h"

/* One chunk; false when nothing is left. */
bool search_index_some(struct suite *suite, size_t limit);
void search_index_all(struct suite *suite, size_t limit);

/* Records that the index says have a word, or one that begins so. */
size_t search_count(struct suite *suite, const char *word, bool is_beginning);
size_t
search_count_in(struct suite *suite, const char *word, struct scope scope);

/*
 * Of an index that has come to the end: a document for each standing contact
 * and no other, under its last revision, and found by the words of its name.
 */
void search_check(struct suite *suite);

#endif
