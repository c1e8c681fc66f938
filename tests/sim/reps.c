/*
 * What the people with the phones do: they make, edit and delete cards, plan
 * meetings, decide about what was refused, sync, set their clocks wrong and
 * run out of battery.
 */
#include "reps.h"

#include "customs.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US	  (3600 * SECOND_US)
#define DAY_US	  (24 * HOUR_US)
#define CHOICES	  40
/* Of cards on a phone. */
#define CARDS_ENOUGH 70
/* Refused edits on a phone, and decisions about them in one go. */
#define PARKED_ENOUGH 8
#define DECISIONS     20

/* ----------------------------------------------------------------- choosing */

static struct dice *dice_of(struct phone *phone)
{
	return &phone->world->dice;
}

/* One of the first cards that the phone shows; false where it has none. */
struct choice {
	uint8_t ids[CHOICES][16];
	size_t n, wanted;
};

/* Looks no further than the one that is wanted. */
static bool see(void *user, const struct outrider_card *card)
{
	struct choice *choice = user;

	memcpy(choice->ids[choice->n], card->id, 16);
	return choice->n++ < choice->wanted;
}

bool rep_choose_card(struct phone *phone, const char *kind, uint8_t id[16])
{
	struct choice choice = { .wanted =
					 dice_below(dice_of(phone), CHOICES) };

	if (outrider_card_find(phone->core, kind, NULL, CHOICES, see, &choice,
			       NULL) != OUTRIDER_OK ||
	    choice.n == 0)
		return false;
	memcpy(id, choice.ids[choice.wanted % choice.n], 16);
	return true;
}

/* ------------------------------------------------------------------ ledger */

static bool note_last(void *user, const struct outrider_outgoing *mutation)
{
	*(uint64_t *)user = mutation->seq;
	return true;
}

/* The number of the edit that was taken last; 0 where the power has gone. */
static uint64_t last_seq(struct phone *phone)
{
	uint64_t seq = 0;

	if (outrider_outbox(phone->core, note_last, &seq, NULL) != OUTRIDER_OK)
		return 0;
	return seq;
}

void rep_promise(struct phone *phone, struct edit *edit, const uint8_t *id)
{
	static const char *const ops[] = { "makes", "edits", "deletes" };
	char text[UUID_TEXT_LEN + 1];

	memcpy(edit->id.at, id, 16);
	edit->seq = last_seq(phone);
	edit->life = phone->who.life;
	edit->is_maybe_blind = phone->had_role;
	edit->is_clamped = phone->was_fast;
	/* Upon what another history had. */
	edit->is_rebased |= phone->is_anew || phone->may_renew ||
			    phone->was_altered;
	customs_note(phone, edit);
	(void)ledger_add(&phone->ledger, edit);
	uuid_format(text, &edit->id);
	world_say(phone->world, "%s %s %s, number %llu", ops[edit->op],
		  edit->kind, text, (unsigned long long)edit->seq);
	for (size_t i = 0; i < edit->n_values; i++)
		world_say(phone->world, "%s: %s -> %s", edit->values[i].field,
			  edit->values[i].seen, edit->values[i].text);
	if (edit->has_people)
		world_say(phone->world, "people: %x -> %x", edit->people_seen,
			  edit->people_sent);
}

/* ------------------------------------------------------------------- edits */

/* What a text of its own is written to, by kind. */
static const struct {
	const char *kind;
	const char *first; /* a new card must have it */
	const char *fields[4];
} texts[] = {
	{ "contact",
	  "family_name",
	  { "given_name", "position", "address", "preferences" } },
	{ "meeting",
	  "subject",
	  { "subject", "trigger", "outcome", "next_step" } },
	{ "note", "text", { "text", "text", "text", "text" } },
	{ "attachment",
	  "display_name",
	  { "display_name", "display_name", "media_type", "media_type" } },
};

enum { CONTACT, MEETING, NOTE, ATTACHMENT };

/* What the author of an edit has before them; a new card is empty. */
static bool
read_card(struct phone *phone, struct outrider_card *card, struct edit *entry)
{
	if (entry->op == EDIT_CREATE ||
	    outrider_card_get(phone->core, card, entry->kind, entry->id.at,
			      NULL) != OUTRIDER_OK)
		return false;
	entry->is_upon_own = card->is_pending;
	return true;
}

static bool set_text(struct phone *phone, struct outrider_edit *edit,
		     struct edit *entry, const char *field)
{
	struct outrider_card card;
	char text[40], seen[40] = "";

	if (read_card(phone, &card, entry))
		(void)outrider_card_text(seen, sizeof(seen), entry->kind,
					 card.fields, card.len, field, 0);
	snprintf(text, sizeof(text), "text %016llx",
		 (unsigned long long)dice_throw(dice_of(phone)));
	edit_set(entry, field, text, seen);
	return outrider_edit_set(edit, field, text, NULL) == OUTRIDER_OK;
}

/* The last of the addresses is the only one. */
static bool
set_email(struct phone *phone, struct outrider_edit *edit, struct edit *entry)
{
	struct outrider_card card;
	char text[40], seen[40] = "";

	if (read_card(phone, &card, entry))
		(void)outrider_card_text(seen, sizeof(seen), entry->kind,
					 card.fields, card.len,
					 "emails.address", 0);
	snprintf(text, sizeof(text), "t%016llx@example.com",
		 (unsigned long long)dice_throw(dice_of(phone)));
	edit_set(entry, "emails", text, seen);
	return outrider_edit_clear(edit, "emails", NULL) == OUTRIDER_OK &&
	       outrider_edit_set(edit, "emails.address", text, NULL) ==
		       OUTRIDER_OK;
}

static unsigned see_people(struct phone *phone, struct edit *entry)
{
	const struct world *world = phone->world;
	char text[UUID_TEXT_LEN + 1], id[UUID_TEXT_LEN + 1];
	struct outrider_card card;
	unsigned people = 0;

	if (!read_card(phone, &card, entry))
		return 0;
	for (size_t k = 0;
	     outrider_card_text(text, sizeof(text), entry->kind, card.fields,
				card.len, "participant_ids", k) > 0;
	     k++)
		for (unsigned i = 0; i < world->n_phones; i++) {
			uuid_format(id, &world->phones[i].user);
			if (strcmp(id, text) == 0)
				people |= 1U << i;
		}
	return people;
}

/* A set that others change too: some of the people. */
static bool set_participants(struct phone *phone, struct outrider_edit *edit,
			     struct edit *entry)
{
	const struct world *world = phone->world;
	char id[UUID_TEXT_LEN + 1];

	entry->has_people = true;
	entry->people_seen = see_people(phone, entry);
	if (outrider_edit_clear(edit, "participant_ids", NULL) != OUTRIDER_OK)
		return false;
	for (unsigned i = 0; i < world->n_phones; i++) {
		if (dice_one_in(dice_of(phone), 2))
			continue;
		entry->people_sent |= 1U << i;
		uuid_format(id, &world->phones[i].user);
		if (outrider_edit_set(edit, "participant_ids", id, NULL) !=
		    OUTRIDER_OK)
			return false;
	}
	return true;
}

/* Only the dice know whether a rep may do that; the server does, too. */
static bool set_owner(struct phone *phone, struct outrider_edit *edit)
{
	const struct world *world = phone->world;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id,
		    &world->phones[dice_below(dice_of(phone), world->n_phones)]
			     .user);
	return outrider_edit_set(edit, "owner_id", id, NULL) == OUTRIDER_OK;
}

/* A meeting without a state: that is for the server to settle. */
static bool set_plan(struct outrider_edit *edit)
{
	static const char *const plan[][2] = {
		{ "start_time", "2026-09-01T10:00:00Z" },
		{ "end_time", "2026-09-01T11:00:00Z" },
		{ "pin_latitude", "55.75" },
		{ "pin_longitude", "37.62" },
	};

	for (size_t i = 0; i < sizeof(plan) / sizeof(plan[0]); i++)
		if (outrider_edit_set(edit, plan[i][0], plan[i][1], NULL) !=
		    OUTRIDER_OK)
			return false;
	return true;
}

static bool fill(struct phone *phone, struct outrider_edit *edit,
		 struct edit *entry, size_t kind, bool is_new)
{
	if (is_new && !set_text(phone, edit, entry, texts[kind].first))
		return false;
	if (is_new && kind == MEETING && !set_plan(edit))
		return false;
	for (uint64_t n = dice_below(dice_of(phone), 3) + 1; n > 0; n--) {
		const uint64_t which = dice_below(dice_of(phone), 4);

		if (kind == CONTACT && dice_one_in(dice_of(phone), 6) &&
		    !set_email(phone, edit, entry))
			return false;
		if (!set_text(phone, edit, entry, texts[kind].fields[which]))
			return false;
	}
	if (kind == CONTACT && dice_one_in(dice_of(phone), 3) &&
	    !customs_edit(phone, edit, entry))
		return false;
	if (kind == MEETING && dice_one_in(dice_of(phone), 2) &&
	    !set_participants(phone, edit, entry))
		return false;
	return is_new || !dice_one_in(dice_of(phone), 12) ||
	       set_owner(phone, edit);
}

/* A card that the server refused: what is done to it replaces what was
 * written, or takes it back, and nobody need be told of that. */
static bool is_refused(struct phone *phone, const char *kind, const uint8_t *id)
{
	struct outrider_card card;

	return outrider_card_get(phone->core, &card, kind, id, NULL) ==
		       OUTRIDER_OK &&
	       card.rev == 0 && !card.is_pending;
}

static void withdraw_all(struct phone *phone, const uint8_t *id)
{
	struct ledger *ledger = &phone->ledger;

	for (size_t i = 0; i < ledger->n; i++)
		if (memcmp(ledger->edits[i].id.at, id, 16) == 0)
			ledger->edits[i].is_withdrawn = true;
}

bool rep_was_done(struct phone *phone, enum outrider_code code)
{
	return code == OUTRIDER_OK || test_disk_is_cut(phone->disk) ||
	       phone_had_fault(phone);
}

/* id NULL: a new card. */
static void edit_card(struct phone *phone, size_t kind, const uint8_t *id)
{
	struct edit entry = { .kind = texts[kind].kind,
			      .op = id == NULL ? EDIT_CREATE : EDIT_UPDATE };
	const bool replaces = id != NULL && is_refused(phone, entry.kind, id);
	struct outrider_edit *edit;
	enum outrider_code code;
	uint8_t written[16];

	if (id != NULL)
		memcpy(entry.id.at, id, 16);
	if (outrider_edit_begin(&edit, phone->core, entry.kind, id, NULL) !=
	    OUTRIDER_OK)
		return;
	if (!fill(phone, edit, &entry, kind, id == NULL)) {
		outrider_edit_discard(edit);
		return;
	}
	(void)phone_had_fault(phone);
	code = outrider_edit_commit(edit, written, NULL);
	if (replaces && rep_was_done(phone, code)) {
		withdraw_all(phone, id);
		entry.op = EDIT_CREATE;
		entry.people_seen = 0;
		entry.customs_seen = (struct customs){ { 0 } };
	}
	if (code != OUTRIDER_OK)
		return;
	memcpy(phone->opened[kind].at, written, 16);
	rep_promise(phone, &entry, written);
}

/* One who has a card open often goes on with it. */
static bool choose_again(struct phone *phone, size_t kind, uint8_t id[16])
{
	struct outrider_card card;

	memcpy(id, phone->opened[kind].at, 16);
	return dice_one_in(dice_of(phone), 3) &&
	       outrider_card_get(phone->core, &card, texts[kind].kind, id,
				 NULL) == OUTRIDER_OK;
}

static void edit_some(struct phone *phone, size_t kind)
{
	uint8_t id[16];

	if (choose_again(phone, kind, id) ||
	    rep_choose_card(phone, texts[kind].kind, id))
		edit_card(phone, kind, id);
}

/* Far enough ahead that no window opens. */
void rep_plan_meeting(struct phone *phone)
{
	const int64_t start_us =
		phone->world->now_us + 30 * DAY_US +
		(int64_t)dice_below(dice_of(phone), 100) * HOUR_US;
	struct edit entry = { .kind = "meeting", .op = EDIT_CREATE };
	struct outrider_plan plan = {
		.start_us = start_us,
		.end_us = start_us + HOUR_US,
		.latitude = 55.75,
		.longitude = 37.62,
	};
	uint8_t id[16];
	char text[40];

	snprintf(text, sizeof(text), "text %016llx",
		 (unsigned long long)dice_throw(dice_of(phone)));
	plan.subject = text;
	edit_set(&entry, "subject", text, "");
	if (outrider_plan_meeting(phone->core, id, &plan, NULL) == OUTRIDER_OK)
		rep_promise(phone, &entry, id);
}

void rep_delete_card(struct phone *phone, const char *kind, const uint8_t *id)
{
	struct edit entry = { .kind = kind, .op = EDIT_DELETE };
	const bool takes_back = is_refused(phone, kind, id);
	enum outrider_code code;

	(void)phone_had_fault(phone);
	code = outrider_card_delete(phone->core, kind, id, NULL);
	if (takes_back && rep_was_done(phone, code))
		withdraw_all(phone, id);
	if (!takes_back && code == OUTRIDER_OK)
		rep_promise(phone, &entry, id);
}

void rep_delete(struct phone *phone)
{
	const char *kind = texts[dice_below(dice_of(phone), 3)].kind;
	uint8_t id[16];

	if (rep_choose_card(phone, kind, id))
		rep_delete_card(phone, kind, id);
}

/* --------------------------------------------------------- what was refused */

static bool note_parked(void *user, const struct outrider_outgoing *mutation)
{
	if (!mutation->is_parked)
		return true;
	*(uint64_t *)user = mutation->seq;
	return false;
}

/* The oldest refused edit is dropped, or sent once more. */
static void decide_one(struct phone *phone)
{
	const bool again = dice_one_in(dice_of(phone), 2);
	enum outrider_code code;
	struct edit *edit, copy;
	uint64_t seq = 0;

	if (outrider_outbox(phone->core, note_parked, &seq, NULL) !=
		    OUTRIDER_OK ||
	    seq == 0)
		return;
	(void)phone_had_fault(phone);
	code = again ? outrider_outbox_retry(phone->core, seq, NULL)
		     : outrider_outbox_discard(phone->core, seq, NULL);
	edit = ledger_find(&phone->ledger, phone->who.life, seq);
	if (edit == NULL)
		return;
	/* Where the power went, or the disk failed and the power goes later,
	 * it may have happened, or not; and was it sent anew, then upon what
	 * its author didn't see. */
	edit->is_withdrawn = rep_was_done(phone, code);
	edit->is_rebased |= again && edit->is_withdrawn;
	if (code != OUTRIDER_OK || !again)
		return;
	copy = *edit;
	copy.is_withdrawn = false;
	copy.is_rebased = true;
	copy.is_copy = true;
	copy.has_customs = false;
	rep_promise(phone, &copy, copy.id.at);
}

/* Nobody leaves more lying about than they can read. */
void rep_decide(struct phone *phone)
{
	struct outrider_status status;

	for (int i = 0; i < DECISIONS && phone->core != NULL; i++) {
		decide_one(phone);
		outrider_get_status(phone->core, &status);
		if (status.n_parked <= PARKED_ENOUGH)
			break;
	}
}

/* --------------------------------------------------------------------- acts */

/* A clock is set: rightly, or up to a day and a half wrong. */
void rep_set_clock(struct phone *phone)
{
	phone->skew_us = 0;
	if (dice_one_in(dice_of(phone), 2))
		phone->skew_us =
			(int64_t)dice_below(dice_of(phone), 72) * HOUR_US -
			36 * HOUR_US;
	/* A phone's clock of edits never goes back. */
	phone->was_fast |= phone->skew_us > 0;
}

void rep_watch(struct phone *phone)
{
	const bool is_on = !dice_one_in(dice_of(phone), 3);

	world_say(phone->world, is_on ? "on" : "off");
	if (outrider_watch(phone->core, is_on, NULL) != OUTRIDER_OK)
		world_break(phone->world, "phone %u can't watch",
			    phone->number);
}

/* A firm that runs for weeks doesn't grow without end. */
static void make_card(struct phone *phone, size_t kind)
{
	struct outrider_status status;

	outrider_get_status(phone->core, &status);
	/* Managers are told of each device that is enrolled anew. */
	if (status.n_cards > CARDS_ENOUGH + phone->world->n_enrolled)
		rep_delete(phone);
	else
		edit_card(phone, kind, NULL);
}

void rep_new_contact(struct phone *phone)
{
	make_card(phone, CONTACT);
}

void rep_new_meeting(struct phone *phone)
{
	make_card(phone, MEETING);
}

void rep_new_note(struct phone *phone)
{
	make_card(phone, NOTE);
}

void rep_edit_contact(struct phone *phone)
{
	edit_some(phone, CONTACT);
}

void rep_edit_meeting(struct phone *phone)
{
	edit_some(phone, MEETING);
}

void rep_edit_note(struct phone *phone)
{
	edit_some(phone, NOTE);
}

void rep_rename_file(struct phone *phone)
{
	edit_some(phone, ATTACHMENT);
}
