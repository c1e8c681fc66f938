/*
 * sharing: who sees what lies elsewhere, by hand or by a role that sees all
 * teams, and what that doesn't give: leading, visits, devices.
 */
#include "rights_acts.h"

static size_t
count_listed(struct world *w, const struct entity *kind, const char *token)
{
	const struct harness_reply *reply =
		harness_call(&w->h, path_of(kind, METHOD_LIST), token, NULL, 0);
	size_t n = 0;

	harness_expect(reply, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	return n;
}

/* --------------------------------------------------------------- all teams */

static const struct harness_reply *
rename_contact(struct world *w, const char *token, const struct uuid *id)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	harness_put_text(&record, CONTACT_FAMILY_NAME, "Renamed");
	return of_record(w, kind_named("contact"), METHOD_UPDATE, token,
			 &record);
}

static const struct harness_reply *
give_contact(struct world *w, const char *token, const struct uuid *id,
	     const struct harness_user *to)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	harness_put_uuid(&record, FIELD_OWNER, &to->id);
	return of_record(w, kind_named("contact"), METHOD_UPDATE, token,
			 &record);
}

/* Seeing every team is not leading one. */
static void who_sees_all_teams_leads_none(void **state)
{
	struct world *w = *state;
	const struct entity *contact = kind_named("contact");
	struct uuid north = world_contact(w, &w->ben, "Alder");
	struct uuid south = world_contact(w, &w->carl, "Birch");
	struct role_draft draft = draft_role("auditor");
	struct uuid role;

	draft_all_teams(&draft);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	give_role(w, &w->mia, &role);
	for (int i = 0; i < 2; i++) {
		const char *token = i == 0 ? w->anna.token : w->mia.token;

		harness_expect(by_id(w, contact, METHOD_GET, token, &north),
			       OUTRIDER_OK);
		harness_expect(by_id(w, contact, METHOD_GET, token, &south),
			       OUTRIDER_OK);
		harness_expect(rename_contact(w, token, &south),
			       OUTRIDER_PERMISSION_DENIED);
	}
	harness_expect(rename_contact(w, w->anna.token, &north),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(rename_contact(w, w->mia.token, &north), OUTRIDER_OK);
	/* Nobody else's records become theirs by it. */
	harness_expect(by_id(w, contact, METHOD_GET, w->ben.token, &south),
		       OUTRIDER_NOT_FOUND);

	draft = draft_role("clerk");
	draft_all_teams(&draft);
	draft_grant(&draft, "contact", GRANT_WRITE);
	change_role(w, &role, &draft);
	harness_expect(rename_contact(w, w->anna.token, &south), OUTRIDER_OK);
	/* But whose a record is remains for those who lead. */
	harness_expect(give_contact(w, w->anna.token, &south, &w->ben),
		       OUTRIDER_PERMISSION_DENIED);
	/* Without all teams a grant reaches one's own. */
	draft = draft_role("clerk");
	draft_grant(&draft, "contact", GRANT_WRITE);
	change_role(w, &role, &draft);
	harness_expect(rename_contact(w, w->anna.token, &south),
		       OUTRIDER_NOT_FOUND);
	/* READ takes the writing of one's own. */
	draft = draft_role("reader");
	draft_grant(&draft, "contact", GRANT_READ);
	change_role(w, &role, &draft);
	give_role(w, &w->ben, &role);
	harness_expect(by_id(w, contact, METHOD_GET, w->ben.token, &north),
		       OUTRIDER_OK);
	harness_expect(rename_contact(w, w->ben.token, &north),
		       OUTRIDER_PERMISSION_DENIED);
}

/* ------------------------------------------------------------------ sharing */

static void share(struct world *w, const char *token, const struct uuid *id,
		  uint32_t number, const struct uuid *with,
		  enum outrider_code code)
{
	struct buffer record = harness_buffer(), mask = harness_buffer();
	struct buffer request = harness_buffer();

	harness_put_uuid(&record, FIELD_ID, id);
	if (with)
		harness_put_uuid(&record, number, with);
	harness_put_text(&mask, 1,
			 number == FIELD_SHARED_USERS ? "shared_user_ids"
						      : "shared_team_ids");
	wire_put_bytes(&request, 1, record.at, record.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	harness_expect(harness_call(&w->h, "ContactService/UpdateContact",
				    token, request.at, request.len),
		       code);
	buffer_free(&record);
	buffer_free(&mask);
	buffer_free(&request);
}

static void shared_by_hand(void **state)
{
	struct world *w = *state;
	const struct entity *contact = kind_named("contact");
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct harness_user boss =
		harness_add_user(&w->h, "boss", RANK_MANAGER, &w->south);
	struct harness_user director =
		harness_add_user(&w->h, "director", RANK_MANAGER, NULL);
	struct harness_user sailor =
		harness_add_user(&w->h, "sailor", RANK_REP, NULL);
#define SEES(user, code) \
	harness_expect(by_id(w, contact, METHOD_GET, (user).token, &id), code)

	SEES(w->carl, OUTRIDER_NOT_FOUND);
	share(w, w->anna.token, &id, FIELD_SHARED_USERS, &w->carl.id,
	      OUTRIDER_OK);
	SEES(w->carl, OUTRIDER_OK);
	SEES(w->ben, OUTRIDER_NOT_FOUND);
	/* With a person, not with those above them. */
	SEES(boss, OUTRIDER_NOT_FOUND);
	harness_expect(rename_contact(w, w->carl.token, &id),
		       OUTRIDER_PERMISSION_DENIED);
	share(w, w->carl.token, &id, FIELD_SHARED_USERS, &w->ben.id,
	      OUTRIDER_PERMISSION_DENIED);
	share(w, w->anna.token, &id, FIELD_SHARED_USERS, NULL, OUTRIDER_OK);
	SEES(w->carl, OUTRIDER_NOT_FOUND);

	/* With a team: its members, and who leads it. */
	share(w, w->anna.token, &id, FIELD_SHARED_TEAMS, &w->south,
	      OUTRIDER_OK);
	SEES(w->carl, OUTRIDER_OK);
	SEES(boss, OUTRIDER_OK);
	SEES(director, OUTRIDER_OK);
	SEES(w->ben, OUTRIDER_NOT_FOUND);
	SEES(sailor, OUTRIDER_NOT_FOUND);
	assert_int_equal(count_listed(w, contact, w->carl.token), 1);
	harness_expect(rename_contact(w, boss.token, &id),
		       OUTRIDER_PERMISSION_DENIED);
	/* Who comes into the team sees it, who leaves does not. */
	world_move(w, &w->carl, &w->north);
	SEES(w->carl, OUTRIDER_NOT_FOUND);
	world_move(w, &w->ben, &w->south);
	SEES(w->ben, OUTRIDER_OK);
	/* The root's members are those of no other team. */
	share(w, w->anna.token, &id, FIELD_SHARED_TEAMS, &w->h.root,
	      OUTRIDER_OK);
	SEES(sailor, OUTRIDER_OK);
	SEES(w->ben, OUTRIDER_NOT_FOUND);
	SEES(boss, OUTRIDER_NOT_FOUND);
#undef SEES
}

/* A meeting that is shared is not one to have been at. */
static void who_is_shared_with_has_no_visit(void **state)
{
	struct world *w = *state;
	struct uuid id = world_meeting(w, &w->anna, w->h.wall_us, NULL);
	struct buffer request = harness_buffer();
	struct fields shared = fields_new();
	struct role_draft draft;
	struct uuid role;

	fields_id(&shared, FIELD_SHARED_USERS, &w->carl.id);
	fields_id(&shared, FIELD_SHARED_TEAMS, &w->south);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, &id, &shared,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&shared);
	harness_put_uuid(&request, 1, &id);
	harness_expect(harness_call(&w->h, "VisitService/GetVisit",
				    w->carl.token, request.at, request.len),
		       OUTRIDER_OK);
	harness_put_uuid(&request, 2, &w->carl.id);
	harness_expect(harness_call(&w->h, "VisitService/GetVisit",
				    w->carl.token, request.at, request.len),
		       OUTRIDER_NOT_FOUND);
	buffer_free(&request);

	/* Whose role hides the verdict, or the meeting, has no visits. */
	request = harness_buffer();
	harness_put_uuid(&request, 1, &id);
	for (int i = 0; i < 2; i++) {
		draft = draft_role("no visits");
		if (i == 0)
			draft_hide(&draft, "meeting.verdict");
		else
			draft_grant(&draft, "meeting", GRANT_NONE);
		role = make_role(w, &draft);
		give_role(w, &w->anna, &role);
		harness_expect(harness_call(&w->h, "VisitService/GetVisit",
					    w->anna.token, request.at,
					    request.len),
			       OUTRIDER_NOT_FOUND);
		assert_null(harness_part(harness_call(&w->h,
						      "VisitService/ListVisits",
						      w->anna.token, NULL, 0)
						 ->message,
					 1, 0)
				    .at);
	}
	buffer_free(&request);
}

/* ------------------------------------------------------------- enrolment */

/* A device acts as its user: nobody enrols one that may more than they. */
static void nobody_enrols_above_themself(void **state)
{
	struct world *w = *state;
	struct buffer request = harness_buffer();
	struct role_draft draft;
	struct uuid role;
#define ENROL(token)                                                   \
	harness_call(&w->h, "AuthService/CreateEnrollmentCode", token, \
		     request.at, request.len)

	harness_put_uuid(&request, 1, &w->anna.id);
	harness_expect(ENROL(w->mia.token), OUTRIDER_OK);
	draft = draft_role("less");
	draft_hide(&draft, "contact.phones");
	draft_grant(&draft, "payment", GRANT_NONE);
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	harness_expect(ENROL(w->mia.token), OUTRIDER_OK);
	draft = draft_role("more");
	draft_all_teams(&draft);
	change_role(w, &role, &draft);
	harness_expect(ENROL(w->mia.token), OUTRIDER_PERMISSION_DENIED);
	harness_expect(ENROL(w->h.admin_token), OUTRIDER_OK);
	give_role(w, &w->mia, &role);
	harness_expect(ENROL(w->mia.token), OUTRIDER_OK);
#undef ENROL
	buffer_free(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(who_sees_all_teams_leads_none),
		WITH_WORLD(shared_by_hand),
		WITH_WORLD(who_is_shared_with_has_no_visit),
		WITH_WORLD(nobody_enrols_above_themself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
