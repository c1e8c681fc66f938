/*
 * The rooms of the laws, and what they share. Only laws*.c include this.
 */
#ifndef APP_LAWS_ROOMS_H
#define APP_LAWS_ROOMS_H

#include "app/laws.h"

/* laws.c */
enum outrider_code
laws_refuse(struct outrider_err *err, const char *field, const char *text);
/* Sets a reference; its bytes are the arena's. */
enum outrider_code laws_set_id(struct value *value, const struct uuid *id,
			       struct arena *arena, struct outrider_err *err);
/* The user who writes, or for whom a service account does; zero: the server. */
struct uuid laws_acting_user(const struct writing *w);

/* laws_lines.c: of every kind with lines */
law_fn laws_lines_settle;

/* laws_deal.c */
law_fn laws_deal_settle, laws_deal_check;

/* laws_order.c */
law_fn laws_order_settle, laws_quote_settle, laws_invoice_settle;
law_fn laws_claim_settle, laws_payment_follow;

/* laws_work.c */
law_fn laws_task_settle, laws_lead_settle, laws_lead_check;
law_fn laws_target_settle;

/* laws_form.c */
law_fn laws_answer_check;

/* laws_custom.c: values of every kind, and the fields themselves */
law_fn laws_custom_values_check, laws_custom_field_check;

/* laws_attachment.c */
law_fn laws_attachment_settle;

/* laws_references.c: of every kind */
law_fn laws_check_references, laws_check_trees;

/* laws_people.c */
law_fn laws_user_check, laws_user_follow;
law_fn laws_team_settle, laws_team_check;

/* laws_rights.c */
law_fn laws_role_check;
law_fn laws_service_account_check, laws_service_account_follow;
law_fn laws_identity_check; /* of users and of service accounts */
/* What workers remember of people is stale, where this is why. */
void laws_rights_changed(const struct writing *w);

/* laws_reach.c: calls, messages, answers */
law_fn laws_reach_settle, laws_reach_check;

/* laws_segment.c */
law_fn laws_segment_check;

/* laws_place.c */
law_fn laws_place_settle, laws_place_check, laws_place_follow;

/* laws_meeting.c */
law_fn laws_meeting_settle, laws_meeting_bury, laws_meeting_check;

/* laws_check_in.c: of meetings that nobody planned, as parts of theirs */
law_fn laws_check_in_settle, laws_check_in_check, laws_check_in_follow;

/* laws_late.c */
law_fn laws_meeting_follow;

/* laws_visits.c */
law_fn laws_alert_settle, laws_alert_check;
law_fn laws_rebuttal_check, laws_rebuttal_follow;

#endif
