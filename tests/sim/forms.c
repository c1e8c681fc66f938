/*
 * See forms.h.
 */
#include "forms.h"

#include "people.h"
#include "reps.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/form.pb-c.h"

#define TEXT_LEN 21 /* "text " and sixteen digits */
/* Of cards on a phone. */
#define CARDS_ENOUGH 70

/* The last one is there, or isn't. */
enum { WHY, TONS, VISIT, TOOLS, MOOD, EXTRA, QUESTIONS };

static const struct {
	const char *key;
	Outrider__V1__QuestionType type;
} asked[QUESTIONS] = {
	[WHY] = { "why", OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_TEXT },
	[TONS] = { "tons", OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_NUMBER },
	[VISIT] = { "visit",
		    OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_YES_NO },
	[TOOLS] = { "tools",
		    OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_CHOICES },
	[MOOD] = { "mood", OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_RATING },
	[EXTRA] = { "extra",
		    OUTRIDER__V1__QUESTION_TYPE__QUESTION_TYPE_NUMBER },
};

static char *tools[] = { (char[]){ "plough" }, (char[]){ "seeder" },
			 (char[]){ "sprayer" } };

#define TOOLS_N (sizeof(tools) / sizeof(tools[0]))

static struct dice *dice_of(struct phone *phone)
{
	return &phone->world->dice;
}

/* ---------------------------------------------------------------- the desk */

/* What it asks: a bit each for what is insisted upon, and one for the last. */
struct draft {
	Outrider__V1__Form form;
	Outrider__V1__Question made[QUESTIONS], *list[QUESTIONS];
};

static void write_form(struct draft *draft, uint64_t bits)
{
	const size_t n = bits >> EXTRA & 1 ? QUESTIONS : EXTRA;

	outrider__v1__form__init(&draft->form);
	for (size_t i = 0; i < n; i++) {
		Outrider__V1__Question *question = &draft->made[i];

		outrider__v1__question__init(question);
		question->key = question->text = (char *)asked[i].key;
		question->type = asked[i].type;
		question->is_required = i != EXTRA && (bits >> i & 1);
		question->n_choices = i == TOOLS ? TOOLS_N : 0;
		question->choices = tools;
		draft->list[i] = question;
	}
	draft->form.n_questions = n;
	draft->form.questions = draft->list;
}

bool forms_found(struct world *world)
{
	Outrider__V1__CreateFormRequest request =
		OUTRIDER__V1__CREATE_FORM_REQUEST__INIT;
	Outrider__V1__Form *made = NULL;
	struct draft draft;
	struct buffer reply;
	bool is_made;

	write_form(&draft, 1 << VISIT);
	draft.form.display_name = (char[]){ "After the fair" };
	request.form = &draft.form;
	if (people_call(world, "/outrider.v1.FormService/CreateForm",
			&request.base, &reply) == 0)
		made = outrider__v1__form__unpack(NULL, reply.len, reply.at);
	is_made = made != NULL &&
		  uuid_parse(&world->form, made->id, strlen(made->id));
	if (made != NULL)
		outrider__v1__form__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made;
}

void desk_change_form(struct phone *phone)
{
	Outrider__V1__UpdateFormRequest request =
		OUTRIDER__V1__UPDATE_FORM_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *path = (char[]){ "questions" };
	struct world *world = phone->world;
	char id[UUID_TEXT_LEN + 1];
	struct draft draft;
	struct buffer reply;
	int status;

	write_form(&draft, dice_throw(&world->dice));
	uuid_format(id, &world->form);
	draft.form.id = id;
	mask.n_paths = 1;
	mask.paths = &path;
	request.form = &draft.form;
	request.update_mask = &mask;
	status = people_call(world, "/outrider.v1.FormService/UpdateForm",
			     &request.base, &reply);
	buffer_free(&reply);
	world->n_desk_acts++;
	world->n_desk_refusals += status != 0;
}

/* ---------------------------------------------------------------- the reps */

void form_text(char out[40], struct bytes answers)
{
	out[0] = '\0';
	for (size_t i = 0; i + TEXT_LEN <= answers.len; i++) {
		if (memcmp(answers.at + i, "text ", 5) != 0)
			continue;
		memcpy(out, answers.at + i, TEXT_LEN);
		out[TEXT_LEN] = '\0';
		return;
	}
}

static bool answer(struct outrider_edit *edit, size_t which, const char *text)
{
	return outrider_form_answer(edit, asked[which].key, &text, 1, NULL) ==
	       OUTRIDER_OK;
}

/* Whoever was asked doesn't answer all; what the form doesn't ask any more, or
 * not yet, is refused, and the rest stands. */
static bool answer_some(struct phone *phone, struct outrider_edit *edit)
{
	const uint64_t value = dice_throw(dice_of(phone));
	char number[20], mood[20];

	snprintf(number, sizeof(number), "%u", (unsigned)(value % 1000));
	snprintf(mood, sizeof(mood), "%u", (unsigned)(1 + value % 5));
	if (value & 1 << 10)
		(void)answer(edit, EXTRA, number);
	return (!(value & 1 << 11) || answer(edit, TONS, number)) &&
	       (!(value & 1 << 12) || answer(edit, MOOD, mood)) &&
	       (!(value & 1 << 13) ||
		answer(edit, TOOLS, tools[value % TOOLS_N])) &&
	       answer(edit, VISIT, value & 1 << 14 ? "yes" : "no");
}

static void some_text(struct phone *phone, char out[40])
{
	snprintf(out, 40, "text %016llx",
		 (unsigned long long)dice_throw(dice_of(phone)));
}

/* What its author has before them. */
struct before {
	char outcome[40], words[40];
};

/* The outcome, which is merged as a whole, tells an edit from others; what was
 * answered in words comes again where something else is merged with it. */
static bool write_answers(struct phone *phone, struct outrider_edit *edit,
			  struct edit *entry, const struct before *seen)
{
	char why[40], outcome[40];

	some_text(phone, outcome);
	edit_set(entry, "outcome", outcome, seen->outcome);
	some_text(phone, why);
	edit_set(entry, "answers", why, seen->words);
	return outrider_edit_set(edit, "outcome", outcome, NULL) ==
		       OUTRIDER_OK &&
	       answer(edit, WHY, why) && answer_some(phone, edit);
}

/* The form's law may refuse: a role, or the desk, asks for more by now. */
static void
send(struct phone *phone, struct outrider_edit *edit, struct edit *entry)
{
	uint8_t id[16];

	if (outrider_edit_commit(edit, id, NULL) == OUTRIDER_OK)
		rep_promise(phone, entry, id);
}

struct outrider_edit *forms_begin(struct phone *phone, struct edit *entry)
{
	const struct before nothing = { .outcome = "" };
	char of[UUID_TEXT_LEN + 1];
	struct outrider_edit *edit;
	struct uuid contact;

	*entry = (struct edit){ .kind = "answer", .op = EDIT_CREATE };
	if (!rep_choose_card(phone, "contact", contact.at) ||
	    outrider_form_begin(&edit, phone->core, phone->world->form.at,
				NULL) != OUTRIDER_OK)
		return NULL;
	uuid_format(of, &contact);
	if (outrider_edit_set(edit, "contact_ids", of, NULL) == OUTRIDER_OK &&
	    write_answers(phone, edit, entry, &nothing))
		return edit;
	outrider_edit_discard(edit);
	return NULL;
}

void rep_fill_form(struct phone *phone)
{
	struct outrider_status status;
	struct outrider_edit *edit;
	struct edit entry;
	uint8_t id[16];

	outrider_get_status(phone->core, &status);
	if (status.n_cards > CARDS_ENOUGH + phone->world->n_enrolled) {
		if (rep_choose_card(phone, "answer", id))
			rep_delete_card(phone, "answer", id);
		return;
	}
	edit = forms_begin(phone, &entry);
	if (edit != NULL)
		send(phone, edit, &entry);
}

/* One that was refused is left alone. */
static bool see(struct phone *phone, struct edit *entry, struct before *seen)
{
	struct outrider_card card;

	if (outrider_card_get(phone->core, &card, "answer", entry->id.at,
			      NULL) != OUTRIDER_OK ||
	    (card.rev == 0 && !card.is_pending))
		return false;
	entry->is_upon_own = card.is_pending;
	form_text(seen->words, (struct bytes){ card.fields, card.len });
	(void)outrider_card_text(seen->outcome, sizeof(seen->outcome), "answer",
				 card.fields, card.len, "outcome", 0);
	return true;
}

void rep_change_answer(struct phone *phone)
{
	struct edit entry = { .kind = "answer", .op = EDIT_UPDATE };
	struct outrider_edit *edit;
	struct before seen = { .outcome = "" };

	if (!rep_choose_card(phone, "answer", entry.id.at) ||
	    !see(phone, &entry, &seen) ||
	    outrider_edit_begin(&edit, phone->core, "answer", entry.id.at,
				NULL) != OUTRIDER_OK)
		return;
	if (write_answers(phone, edit, &entry, &seen))
		send(phone, edit, &entry);
	else
		outrider_edit_discard(edit);
}
