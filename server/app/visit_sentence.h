/*
 * What a finding says in words: one sentence for a manager, in plain English,
 * that holds what was expected, what was seen and how sure that is. Times are
 * those of the organisation's zone and say so. Owns the words alone; accuses
 * nobody of anything that the finding doesn't hold.
 */
#ifndef APP_VISIT_SENTENCE_H
#define APP_VISIT_SENTENCE_H

#include "app/visits_group.h"

#define VISIT_SENTENCE_MAX 1000

/*
 * Writes the sentence with a NUL; returns its length. It is kept, and read by
 * several: other customers' places are counted, none is named.
 */
size_t visit_sentence(char out[VISIT_SENTENCE_MAX + 1],
		      const struct visit_finding *visit);
/* For one reader, who may see n of the places beside; n 0: as above. */
#define VISIT_NAME_MAX 80 /* bytes of each, within a sentence */
size_t visit_sentence_named(char out[VISIT_SENTENCE_MAX + 1],
			    const struct visit_finding *visit,
			    const char *const *names, size_t n);
/* For a meeting that no evidence has come for. */
size_t visit_sentence_none(char out[VISIT_SENTENCE_MAX + 1], int64_t start_us,
			   int64_t end_us, bool is_unplanned);

/* For a meeting of several: says nothing of any one of them. */
size_t visit_sentence_group(char out[VISIT_SENTENCE_MAX + 1],
			    const struct visit_group *group);

/* "2026-03-02 14:05 EET" */
#define MOMENT_TEXT_LEN 24
void moment_text(char out[MOMENT_TEXT_LEN + 1], int64_t at_us);

#endif
