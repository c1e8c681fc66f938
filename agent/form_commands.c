/*
 * The commands on questionnaires: fill and drafts. Both work with the server
 * away.
 */
#include "cards.h"
#include "command.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LEN = 4096, CHOICES_MAX = 50, KEY_LEN = 41, SHORT_MIN = 4 };

/* ----------------------------------------------------------------- drafts */

/* A draft by the last digits of its id. */
struct draft_search {
	const char *digits;
	uint8_t id[16];
	char kind[32];
	size_t n;
};

static bool compare_draft(void *user, const struct outrider_draft *draft)
{
	struct draft_search *search = user;
	const size_t len = strlen(search->digits);
	char text[37];

	id_text(text, draft->id);
	if (len < SHORT_MIN || len > 36 ||
	    strcmp(text + 36 - len, search->digits) != 0)
		return true;
	search->n++;
	memcpy(search->id, draft->id, 16);
	snprintf(search->kind, sizeof(search->kind), "%s", draft->kind);
	return true;
}

static bool find_draft(struct session *session, struct draft_search *search,
		       const char *digits)
{
	*search = (struct draft_search){ .digits = digits };
	return outrider_drafts(session->core, compare_draft, search, NULL) ==
		       OUTRIDER_OK &&
	       search->n == 1;
}

static bool list_draft(void *user, const struct outrider_draft *draft)
{
	struct listing *listing = user;
	char id[9], when[32];

	listing->n++;
	if (listing->is_json) {
		json_open(&listing->json, NULL, '{');
		json_text(&listing->json, "kind", draft->kind);
		json_id(&listing->json, "id", draft->id);
		json_time(&listing->json, "kept", draft->kept_us);
		json_bool(&listing->json, "is_new", draft->is_new);
		json_close(&listing->json, '}');
		return true;
	}
	id_short(id, draft->id);
	times_date_clock(when, draft->kept_us);
	printf("%s  %-8s %s%s\n", when, draft->kind, id,
	       draft->is_new ? "" : "  (of a card that is there)");
	return true;
}

static int drop_draft(struct run *run, const char *digits)
{
	struct draft_search search;
	struct outrider_err err;

	if (!find_draft(&run->session, &search, digits)) {
		fprintf(stderr, "outrider: no draft ends in %s\n", digits);
		return 1;
	}
	return outrider_draft_drop(run->session.core, search.kind, search.id,
				   &err) == OUTRIDER_OK
		       ? 0
		       : session_fail(&err);
}

int drafts_command(const struct command *command, int argc, char **argv)
{
	struct listing listing;
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n == 2 && strcmp(run.words.at[0], "drop") == 0)
		return command_end(&run, drop_draft(&run, run.words.at[1]));
	if (run.words.n != 0)
		return command_end(&run, command_usage(command));
	listing_begin(&listing, &run);
	if (outrider_drafts(run.session.core, list_draft, &listing, &err) !=
	    OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&listing, code, "No drafts.");
	return command_end(&run, code);
}

/* -------------------------------------------------------------- questions */

static const char *const types[] = {
	[OUTRIDER_QUESTION_UNKNOWN] = "unknown",
	[OUTRIDER_QUESTION_TEXT] = "text",
	[OUTRIDER_QUESTION_NUMBER] = "number",
	[OUTRIDER_QUESTION_YES_NO] = "yes or no",
	[OUTRIDER_QUESTION_CHOICE] = "one of",
	[OUTRIDER_QUESTION_CHOICES] = "some of",
	[OUTRIDER_QUESTION_DATE] = "date",
	[OUTRIDER_QUESTION_RATING] = "1 to 5",
};

static void print_texts(const char *before, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i == 0 ? before : ", ", texts[i]);
}

static void print_question(const struct outrider_question *question)
{
	printf("%s%s  %s (%s", question->key, question->is_required ? "*" : "",
	       question->text, types[question->type]);
	print_texts(": ", question->choices, question->n_choices);
	printf(")");
	print_texts("  = ", question->answers, question->n_answers);
	printf("\n");
}

static void json_texts(struct json *json, const char *name,
		       const char *const *texts, size_t n)
{
	json_open(json, name, '[');
	for (size_t i = 0; i < n; i++)
		json_text(json, NULL, texts[i]);
	json_close(json, ']');
}

static bool list_question(void *user, const struct outrider_question *question)
{
	struct listing *listing = user;
	struct json *json = &listing->json;

	listing->n++;
	if (!listing->is_json) {
		print_question(question);
		return true;
	}
	json_open(json, NULL, '{');
	json_text(json, "key", question->key);
	json_text(json, "text", question->text);
	json_text(json, "type", types[question->type]);
	json_bool(json, "is_required", question->is_required);
	json_texts(json, "choices", question->choices, question->n_choices);
	json_texts(json, "answers", question->answers, question->n_answers);
	json_close(json, '}');
	return true;
}

static int list_questions(struct run *run, struct outrider_edit *edit)
{
	struct listing listing;
	struct outrider_err err;
	int code = 0;

	listing_begin(&listing, run);
	if (outrider_form_questions(edit, list_question, &listing, &err) !=
	    OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&listing, code, "The form asks nothing.");
	outrider_edit_discard(edit);
	return code;
}

/* -------------------------------------------------------------- answering */

/* Texts of one answer, cut out of a line. */
struct answer {
	char line[LINE_LEN];
	const char *texts[CHOICES_MAX];
	size_t n;
};

/* Several choices are separated by commas, on the keyboard. */
static void cut_line(struct answer *answer, bool is_several)
{
	char *at = answer->line;

	answer->line[strcspn(answer->line, "\r\n")] = '\0';
	while (*at != '\0' && answer->n < CHOICES_MAX) {
		const size_t len = is_several ? strcspn(at, ",") : strlen(at);
		const bool is_last = at[len] == '\0';

		at += strspn(at, " ");
		answer->texts[answer->n++] = at;
		at += strcspn(at, is_several ? "," : "");
		if (is_last)
			break;
		*at++ = '\0';
	}
}

/* The keys that are asked one after the other; a form may change, but not
 * while it is asked. */
struct interview {
	char (*keys)[KEY_LEN];
	bool *are_several;
	size_t n, room;
};

static bool note_key(void *user, const struct outrider_question *question)
{
	struct interview *interview = user;

	if (interview->n == interview->room)
		return false;
	snprintf(interview->keys[interview->n], KEY_LEN, "%s", question->key);
	interview->are_several[interview->n++] = question->type ==
						 OUTRIDER_QUESTION_CHOICES;
	return true;
}

struct shown_key {
	const char *key;
};

static bool show_key(void *user, const struct outrider_question *question)
{
	const struct shown_key *shown = user;

	if (strcmp(shown->key, question->key) != 0)
		return true;
	print_question(question);
	return false;
}

/* Asks until the answer fits; an empty line leaves it as it is, "-" takes it
 * back. False at the end of the input. */
static bool ask(struct outrider_edit *edit, const char *key, bool is_several)
{
	struct shown_key shown = { key };
	struct answer answer;
	struct outrider_err err;

	for (;;) {
		if (outrider_form_questions(edit, show_key, &shown, &err) !=
		    OUTRIDER_OK)
			return false;
		printf("> ");
		fflush(stdout);
		answer.n = 0;
		if (fgets(answer.line, sizeof(answer.line), stdin) == NULL)
			return false;
		cut_line(&answer, is_several);
		if (answer.n == 0)
			return true;
		if (answer.n == 1 && strcmp(answer.texts[0], "-") == 0)
			answer.n = 0;
		if (outrider_form_answer(edit, key, answer.texts, answer.n,
					 &err) == OUTRIDER_OK)
			return true;
		printf("  %s\n", err.text);
	}
}

static void interview(struct outrider_edit *edit)
{
	enum { QUESTIONS_MAX = 100 };
	struct interview asked = {
		.keys = calloc(QUESTIONS_MAX, KEY_LEN),
		.are_several = calloc(QUESTIONS_MAX, sizeof(bool)),
		.room = QUESTIONS_MAX,
	};
	bool goes_on = asked.keys != NULL && asked.are_several != NULL;

	if (goes_on)
		goes_on = outrider_form_questions(edit, note_key, &asked,
						  NULL) == OUTRIDER_OK;
	for (size_t i = 0; goes_on && i < asked.n; i++)
		goes_on = ask(edit, asked.keys[i], asked.are_several[i]);
	free(asked.keys);
	free(asked.are_several);
}

/* Takes "question=answer" words; one question several times: several
 * choices; nothing behind it: taken back. */
static bool take_words(struct outrider_edit *edit, const struct words *words,
		       struct outrider_err *err)
{
	for (size_t i = 1; i < words->n; i++) {
		const char *equals = strchr(words->at[i], '=');
		const size_t len = equals ? (size_t)(equals - words->at[i]) : 0;
		const char *texts[WORDS_MAX];
		char key[KEY_LEN];
		size_t n = 0;

		if (len == 0 || len >= sizeof(key)) {
			fprintf(stderr,
				"outrider: '%s' is not QUESTION=ANSWER\n",
				words->at[i]);
			err->text[0] = '\0';
			return false;
		}
		memcpy(key, words->at[i], len);
		key[len] = '\0';
		for (size_t k = 1; k < words->n; k++)
			if (strncmp(words->at[k], words->at[i], len + 1) == 0 &&
			    words->at[k][len + 1] != '\0')
				texts[n++] = words->at[k] + len + 1;
		if (outrider_form_answer(edit, key, texts, n, err) !=
		    OUTRIDER_OK)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- fill */

struct fill {
	const char *about, *address, *place;
	bool is_draft;
};

/* Whom it is of, and where. */
static bool set_fields(struct run *run, struct outrider_edit *edit,
		       const struct fill *fill, struct outrider_err *err)
{
	char kind[32], field[48], id_of[37];
	uint8_t id[16];

	err->text[0] = '\0';
	if (fill->address != NULL &&
	    outrider_edit_set(edit, "address", fill->address, err) !=
		    OUTRIDER_OK)
		return false;
	if (fill->place != NULL &&
	    outrider_edit_set(edit, "place", fill->place, err) != OUTRIDER_OK)
		return false;
	if (fill->about == NULL)
		return true;
	if (!resolve_card(&run->session, NULL, fill->about, id, kind))
		return false;
	id_text(id_of, id);
	snprintf(field, sizeof(field), "%s_id%s", kind,
		 strcmp(kind, "contact") == 0 ? "s" : "");
	return outrider_edit_set(edit, field, id_of, err) == OUTRIDER_OK;
}

/* A draft, an answer that exists, or a form to begin with. */
static bool open_answer(struct run *run, struct outrider_edit **edit,
			const char *text, struct outrider_err *err)
{
	struct outrider *core = run->session.core;
	struct draft_search draft;
	uint8_t id[16];
	char kind[32];

	err->text[0] = '\0';
	if (find_draft(&run->session, &draft, text))
		return outrider_edit_resume(edit, core, draft.kind, draft.id,
					    err) == OUTRIDER_OK;
	if (!resolve_card(&run->session, NULL, text, id, kind))
		return false;
	if (strcmp(kind, "answer") == 0)
		return outrider_edit_begin(edit, core, kind, id, err) ==
		       OUTRIDER_OK;
	if (strcmp(kind, "form") == 0)
		return outrider_form_begin(edit, core, id, err) == OUTRIDER_OK;
	fprintf(stderr, "outrider: a %s is no questionnaire\n", kind);
	return false;
}

static int
say_kept(const struct run *run, const char *what, const uint8_t id[16])
{
	char text[37];

	id_text(text, id);
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "kind", what);
		json_id(&json, "id", id);
		json_close(&json, '}');
	} else {
		printf("%s %s\n", what, text);
	}
	return 0;
}

/* What isn't finished is not lost. */
static int finish(struct run *run, struct outrider_edit *edit, bool is_draft)
{
	struct outrider_err err, keep;
	uint8_t id[16];
	bool is_whole = false;

	if (!is_draft) {
		is_whole = outrider_edit_check(edit, &err) == OUTRIDER_OK;
		if (!is_whole)
			(void)session_fail(&err);
		if (!is_whole && strcmp(err.field, "address") == 0)
			fputs("outrider: --about CARD or --address TEXT says "
			      "whose it is\n",
			      stderr);
	}
	if (is_whole)
		return outrider_edit_commit(edit, id, &err) == OUTRIDER_OK
			       ? say_kept(run, "answer", id)
			       : session_fail(&err);
	if (outrider_edit_keep(edit, id, &keep) != OUTRIDER_OK)
		return session_fail(&keep);
	(void)say_kept(run, "draft", id);
	return is_draft ? 0 : 1;
}

static int fill(struct run *run, const struct fill *fill)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;

	if (!open_answer(run, &edit, run->words.at[0], &err))
		return err.text[0] ? session_fail(&err) : 1;
	if (!set_fields(run, edit, fill, &err) ||
	    !take_words(edit, &run->words, &err)) {
		outrider_edit_discard(edit);
		return err.text[0] ? session_fail(&err) : 1;
	}
	if (run->words.n == 1 && fill->about == NULL && fill->address == NULL &&
	    fill->place == NULL && !isatty(STDIN_FILENO))
		return list_questions(run, edit);
	if (run->words.n == 1 && isatty(STDIN_FILENO))
		interview(edit);
	return finish(run, edit, fill->is_draft);
}

int fill_command(const struct command *command, int argc, char **argv)
{
	struct fill how = { .about = NULL };
	const struct flag flags[] = {
		{ "--about", &how.about, NULL },
		{ "--address", &how.address, NULL },
		{ "--place", &how.place, NULL },
		{ "--draft", NULL, &how.is_draft },
	};
	struct run run;
	int code;

	if (command_begin(&run, command, flags, 4, argc, argv, &code)) {
		if (run.words.n < 1)
			code = command_usage(command);
		else
			code = fill(&run, &how);
	}
	return command_end(&run, code);
}
