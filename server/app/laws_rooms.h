/*
 * The rooms of the laws, and what they share. Only laws*.c include this.
 */
#ifndef APP_LAWS_ROOMS_H
#define APP_LAWS_ROOMS_H

#include "app/laws.h"

/* laws.c */
enum outrider_code
laws_refuse(struct outrider_err *err, const char *field, const char *text);
/* Sets a number that is not set. */
void laws_default(struct row *row, uint32_t number, int64_t value);

/* laws_attachment.c */
law_fn laws_attachment_settle;

/* laws_references.c: of every kind */
law_fn laws_check_references, laws_check_trees;

/* laws_people.c */
law_fn laws_user_check, laws_user_follow;
law_fn laws_team_settle, laws_team_check, laws_team_follow;

/* laws_segment.c */
law_fn laws_segment_check;

/* laws_reach.c: calls, messages, answers */
law_fn laws_reach_settle, laws_reach_check;

/* laws_visits.c */
law_fn laws_meeting_settle;
law_fn laws_alert_settle, laws_alert_check;

#endif
