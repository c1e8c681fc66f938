/*
 * See drafts.h.
 */
#include "drafts.h"

#include "forms.h"
#include "look.h"
#include "reps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAFTS_ENOUGH 5
#define DRAFTS_MAX    16

/* What the phone has taken surely. */
struct draft {
	struct edit entry; /* as it would be promised */
	bool is_new;
};

struct kept {
	struct draft at[DRAFTS_MAX];
	size_t n;
};

static struct dice *dice_of(struct phone *phone)
{
	return &phone->world->dice;
}

/* ------------------------------------------------------------ what is known */

void drafts_forget(struct phone *phone)
{
	free(phone->kept);
	phone->kept = NULL;
}

static void forget(struct phone *phone, const struct uuid *id)
{
	struct kept *kept = phone->kept;

	for (size_t i = kept != NULL ? kept->n : 0; i > 0; i--)
		if (uuid_compare(&kept->at[i - 1].entry.id, id) == 0)
			kept->at[i - 1] = kept->at[--kept->n];
}

/* One a card: the last one stands. */
static void note(struct phone *phone, const struct draft *draft)
{
	forget(phone, &draft->entry.id);
	if (phone->kept == NULL)
		phone->kept = calloc(1, sizeof(*phone->kept));
	if (phone->kept == NULL)
		abort();
	if (phone->kept->n == DRAFTS_MAX)
		forget(phone, &phone->kept->at[0].entry.id);
	phone->kept->at[phone->kept->n++] = *draft;
}

void drafts_look(struct phone *phone)
{
	struct kept *kept = phone->kept;
	struct outrider_card card;

	if (kept == NULL || phone->core == NULL ||
	    test_disk_is_cut(phone->disk) || !phone_is_in_use(phone))
		return;
	for (size_t i = kept->n; i > 0; i--)
		if (!kept->at[i - 1].is_new &&
		    outrider_card_get(
			    phone->core, &card, kept->at[i - 1].entry.kind,
			    kept->at[i - 1].entry.id.at, NULL) != OUTRIDER_OK)
			kept->at[i - 1] = kept->at[--kept->n];
}

/* --------------------------------------------------------- the phone's list */

struct listed {
	struct uuid id;
	char kind[20];
	bool is_new, is_wanted; /* is_wanted: it has the words of the draft */
};

struct list {
	const struct phone *phone;
	struct listed at[DRAFTS_MAX];
	size_t n;
};

static const struct draft *
find(const struct phone *phone, const struct uuid *id)
{
	const struct kept *kept = phone->kept;

	for (size_t i = 0; kept != NULL && i < kept->n; i++)
		if (uuid_compare(&kept->at[i].entry.id, id) == 0)
			return &kept->at[i];
	return NULL;
}

static bool list_one(void *user, const struct outrider_draft *shown)
{
	struct list *list = user;
	struct listed *listed = &list->at[list->n++];
	const struct draft *draft;

	*listed = (struct listed){ .is_new = shown->is_new };
	memcpy(listed->id.at, shown->id, sizeof(listed->id.at));
	snprintf(listed->kind, sizeof(listed->kind), "%s", shown->kind);
	draft = find(list->phone, &listed->id);
	listed->is_wanted =
		draft != NULL && draft->is_new == shown->is_new &&
		look_holds((struct bytes){ shown->fields, shown->len },
			   draft->entry.values[0].text);
	return list->n < DRAFTS_MAX;
}

static bool list_drafts(struct phone *phone, struct list *out)
{
	*out = (struct list){ .phone = phone };
	return outrider_drafts(phone->core, list_one, out, NULL) == OUTRIDER_OK;
}

/* --------------------------------------------------------------------- acts */

static void
keep(struct phone *phone, struct outrider_edit *edit, struct draft *draft)
{
	struct outrider_err err;
	enum outrider_code code;

	(void)phone_had_fault(phone);
	code = outrider_edit_keep(edit, draft->entry.id.at, &err);
	if (code == OUTRIDER_OK) {
		note(phone, draft);
		world_say(phone->world, "puts aside a %s", draft->entry.kind);
		return;
	}
	/* The one before, or this one. */
	forget(phone, &draft->entry.id);
	if (!phone_had_fault(phone) && !test_disk_is_cut(phone->disk))
		world_break(phone->world, "draft: phone %u can't keep one: %s",
			    phone->number, err.text);
}

static void keep_contact(struct phone *phone)
{
	struct draft draft = {
		.entry = { .kind = "contact", .op = EDIT_UPDATE },
	};
	struct outrider_edit *edit;
	struct outrider_card card;
	char text[40];

	if (!rep_choose_card(phone, "contact", draft.entry.id.at) ||
	    outrider_card_get(phone->core, &card, "contact", draft.entry.id.at,
			      NULL) != OUTRIDER_OK ||
	    card.rev == 0 ||
	    outrider_edit_begin(&edit, phone->core, "contact",
				draft.entry.id.at, NULL) != OUTRIDER_OK)
		return;
	snprintf(text, sizeof(text), "text %016llx",
		 (unsigned long long)dice_throw(dice_of(phone)));
	edit_set(&draft.entry, "preferences", text, "");
	if (outrider_edit_set(edit, "preferences", text, NULL) == OUTRIDER_OK)
		keep(phone, edit, &draft);
	else
		outrider_edit_discard(edit);
}

static void keep_answer(struct phone *phone)
{
	struct draft draft = { .is_new = true };
	struct outrider_edit *edit = forms_begin(phone, &draft.entry);

	if (edit != NULL)
		keep(phone, edit, &draft);
}

void rep_keep_draft(struct phone *phone)
{
	struct list list;

	if (!list_drafts(phone, &list))
		return;
	if (list.n >= DRAFTS_ENOUGH)
		rep_take_up(phone);
	else if (dice_one_in(dice_of(phone), 3))
		keep_answer(phone);
	else
		keep_contact(phone);
}

/* What its author sees by now is what they write upon. */
static bool see(struct phone *phone, struct edit *entry)
{
	struct outrider_card card;

	if (entry->op == EDIT_CREATE)
		return true;
	if (outrider_card_get(phone->core, &card, entry->kind, entry->id.at,
			      NULL) != OUTRIDER_OK ||
	    card.rev == 0)
		return false;
	entry->is_upon_own = card.is_pending;
	entry->values[0].seen[0] = '\0';
	(void)outrider_card_text(entry->values[0].seen,
				 sizeof(entry->values[0].seen), entry->kind,
				 card.fields, card.len, entry->values[0].field,
				 0);
	return true;
}

static void drop(struct phone *phone, const struct listed *listed)
{
	enum outrider_code code;

	forget(phone, &listed->id);
	(void)phone_had_fault(phone);
	code = outrider_draft_drop(phone->core, listed->kind, listed->id.at,
				   NULL);
	if (code != OUTRIDER_OK && !phone_had_fault(phone) &&
	    !test_disk_is_cut(phone->disk))
		world_break(phone->world, "draft: phone %u can't drop one",
			    phone->number);
}

void rep_take_up(struct phone *phone)
{
	const struct listed *listed;
	const struct draft *draft;
	struct outrider_edit *edit;
	struct edit entry;
	struct list list;
	uint8_t id[16];

	if (!list_drafts(phone, &list) || list.n == 0)
		return;
	listed = &list.at[dice_below(dice_of(phone), list.n)];
	draft = find(phone, &listed->id);
	if (draft == NULL || dice_one_in(dice_of(phone), 4)) {
		drop(phone, listed);
		return;
	}
	entry = draft->entry;
	if (!see(phone, &entry) ||
	    outrider_edit_resume(&edit, phone->core, entry.kind, entry.id.at,
				 NULL) != OUTRIDER_OK)
		return;
	/* A form that asks for more by now refuses; the draft stays. */
	(void)phone_had_fault(phone);
	if (outrider_edit_commit(edit, id, NULL) == OUTRIDER_OK) {
		forget(phone, &entry.id);
		rep_promise(phone, &entry, id);
	} else if (phone_had_fault(phone) || test_disk_is_cut(phone->disk)) {
		forget(phone, &entry.id);
	}
}

/* ------------------------------------------------------------------ at rest */

void check_drafts(struct phone *phone)
{
	const struct kept *kept = phone->kept;
	struct list list;

	if (!list_drafts(phone, &list)) {
		world_break(phone->world, "draft: phone %u can't list them",
			    phone->number);
		return;
	}
	if (list.n == DRAFTS_MAX)
		return;
	for (size_t i = 0; kept != NULL && i < kept->n; i++) {
		size_t k = 0;

		while (k < list.n &&
		       uuid_compare(&list.at[k].id, &kept->at[i].entry.id) != 0)
			k++;
		if (k == list.n || !list.at[k].is_wanted)
			world_break(phone->world,
				    "draft: phone %u %s what was begun on a %s",
				    phone->number,
				    k == list.n ? "lost" : "changed",
				    kept->at[i].entry.kind);
	}
}
