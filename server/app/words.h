/*
 * Words that the sentences of several rooms have in common: what a meeting is
 * called, and moments by the organisation's clocks. What is said with them is
 * the rooms' own.
 */
#ifndef APP_WORDS_H
#define APP_WORDS_H

#include "model/record.h"
#include "model/sentence.h"

/* "\"Spring offer\"" */
void words_add_subject(struct sentence *text, const struct row *meeting);
/* "2026-03-02 14:05 EET" */
void words_add_moment(struct sentence *text, int64_t at_us);
/* "14:05 EET", with the day where it is another than now's. */
void words_add_time(struct sentence *text, int64_t at_us, int64_t now_us);

#endif
