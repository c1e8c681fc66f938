/*
 * questionnaire: texts to answers and back, question by question.
 */
#include "questionnaire.h"

#include <stdio.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "fields.h"
#include "form.h"
#include "model/questions.h"
#include "model/wire.h"
#include "path.h"

enum { ANSWERS_MAX = 256 * 1024 };

static const struct entity *form_kind(void)
{
	return schema_entity_named("form", 4);
}

static const struct entity *answer_kind(void)
{
	return schema_entity_named("answer", 6);
}

static uint32_t number_of(const struct entity *entity, const char *name)
{
	return message_field_named(entity->message, name, strlen(name))->number;
}

/* All occurrences of a field, tags and all, in the arena. */
static enum outrider_code take_all(struct bytes *out, struct arena *arena,
				   struct outrider *core, struct bytes fields,
				   uint32_t number, struct outrider_err *err)
{
	struct buffer all;

	buffer_init(&all, &core->allocator, CARD_FIELDS_MAX);
	path_copy(&all, fields, number);
	*out = arena_copy(arena, all.at, all.len);
	if (all.is_full)
		out->at = NULL;
	buffer_free(&all);
	return out->at == NULL ? err_no_memory(err) : OUTRIDER_OK;
}

/* The questions of a form. Errors: NOT_FOUND. */
static enum outrider_code
read_questions(struct outrider *core, struct arena *arena, struct bytes *out,
	       const struct uuid *form, struct outrider_err *err)
{
	struct shown shown;
	enum outrider_code code =
		cards_show(core, arena, &shown, form_kind()->number, form, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, "form_id",
			       "There is no such form on this phone.");
	return take_all(out, arena, core, shown.card.fields,
			number_of(form_kind(), "questions"), err);
}

/* --------------------------------------------------------------------- law */

enum outrider_code questionnaire_check(struct outrider_edit *edit,
				       const struct row *now,
				       struct outrider_err *err)
{
	uint32_t number = number_of(answer_kind(), "answers");
	struct bytes questions = { NULL, 0 };
	struct value form;
	struct uuid id;
	enum outrider_code code;

	if (edit->entity != answer_kind() ||
	    !(edit->is_new || field_set_has(&edit->touched, number)))
		return OUTRIDER_OK;
	form = *row_value(now, number_of(answer_kind(), "form_id"));
	if (form.bytes.len != sizeof(id.at))
		return OUTRIDER_OK;
	memcpy(id.at, form.bytes.at, sizeof(id.at));
	code = read_questions(edit->core, &edit->arena, &questions, &id, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	return questions_fit(questions, row_value(now, number)->bytes, err);
}

/* ---------------------------------------------------------- begin to answer */

static enum outrider_code begin(struct outrider_edit **out,
				struct outrider *core, const struct uuid *form,
				struct outrider_err *err)
{
	char id[UUID_TEXT_LEN + 1];
	struct buffer fields;
	struct bytes questions;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = read_questions(core, &core->work, &questions, form, err);
	if (code == OUTRIDER_OK)
		code = edit_open(out, core, "answer", NULL, err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&fields, &core->allocator, 4096);
	uuid_format(id, form);
	wire_put_bytes(&fields, number_of(answer_kind(), "form_id"), id,
		       UUID_TEXT_LEN);
	wire_put_timestamp(&fields, number_of(answer_kind(), "answer_time"),
			   core->now_us);
	code = fields.is_full
		       ? err_no_memory(err)
		       : edit_take(*out,
				   (struct bytes){ fields.at, fields.len },
				   err);
	buffer_free(&fields);
	if (code != OUTRIDER_OK) {
		edit_free(*out);
		*out = NULL;
	}
	return code;
}

enum outrider_code
outrider_form_begin(struct outrider_edit **out, struct outrider *core,
		    const uint8_t form_id[16], struct outrider_err *err)
{
	struct uuid form;
	enum outrider_code code = core_enter(core, err);

	*out = NULL;
	if (code != OUTRIDER_OK)
		return code;
	memcpy(form.at, form_id, sizeof(form.at));
	code = begin(out, core, &form, err);
	core_leave(core);
	return code;
}

/* The form of an answer that is edited, and what was said so far. */
static enum outrider_code
open_form(struct outrider_edit *edit, struct arena *arena,
	  struct bytes *questions, struct bytes *answers,
	  struct outrider_err *err)
{
	struct bytes text;
	struct uuid form;
	enum outrider_code code;

	if (edit->entity != answer_kind())
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "A %s is no answer to a form.",
			       edit->entity->name);
	text = fields_text(answer_kind()->message, edit->now, "form_id");
	if (!uuid_parse(&form, (const char *)text.at, text.len))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "form_id",
			       "is required");
	code = read_questions(edit->core, arena, questions, &form, err);
	if (code == OUTRIDER_OK)
		code = take_all(answers, arena, edit->core, edit->now,
				number_of(answer_kind(), "answers"), err);
	return code;
}

/* --------------------------------------------------------------- questions */

static const char *copy_text(struct arena *arena, struct bytes text)
{
	return (const char *)arena_copy(arena, text.at, text.len).at;
}

/* The texts of a repeated field; n counts them. NULL: out of memory. */
static const char *const *copy_texts(struct arena *arena, size_t *n,
				     struct bytes message, uint32_t number)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field in;
	const char **out;

	*n = 0;
	while (wire_next(&reader, &in) > 0)
		*n += in.number == number;
	out = arena_alloc(arena, (*n + 1) * sizeof(*out));
	reader = wire_read(message);
	for (size_t i = 0; out != NULL && wire_next(&reader, &in) > 0;) {
		if (in.number != number)
			continue;
		out[i] = copy_text(arena, in.value);
		if (out[i++] == NULL)
			return NULL;
	}
	return out;
}

/* 0.5 as "0.5"; yes and no as the words that answering takes. */
static const char *
number_text(struct arena *arena, struct bytes question, struct bytes given)
{
	static const struct field number = { .number = GIVEN_NUMBER,
					     .name = "number",
					     .type = FIELD_DOUBLE };
	struct wire_field in;
	struct buffer text;
	bool has_number = wire_find(&in, given, GIVEN_NUMBER) && in.scalar != 0;
	const char *out;

	if (questions_type(question) == QUESTION_YES_NO)
		return has_number ? "yes" : "no";
	if (!has_number)
		return "0";
	buffer_init(&text, &allocator_libc, FORM_SCALAR_MAX);
	form_print(&text, &number, &in);
	out = copy_text(arena, (struct bytes){ text.at, text.len });
	buffer_free(&text);
	return out;
}

/* What is answered so far, as answering takes it. */
static bool show_given(struct outrider_question *out, struct arena *arena,
		       struct bytes question, struct bytes given)
{
	const char **one = arena_alloc(arena, sizeof(*one));

	if (one == NULL)
		return false;
	out->answers = one;
	out->n_answers = 1;
	switch (questions_type(question)) {
	case QUESTION_NUMBER:
	case QUESTION_YES_NO:
	case QUESTION_RATING:
		one[0] = number_text(arena, question, given);
		return one[0] != NULL;
	case QUESTION_CHOICES_SEVERAL:
		out->answers =
			copy_texts(arena, &out->n_answers, given, GIVEN_TEXTS);
		return out->answers != NULL;
	case QUESTION_NONE:
	case QUESTION_FREE_TEXT:
	case QUESTION_CHOICE:
	case QUESTION_DATE:
		break;
	}
	one[0] = copy_text(arena, fields_find(given, GIVEN_TEXT));
	return one[0] != NULL;
}

static enum outrider_code
describe(struct outrider_question *out, struct arena *arena,
	 struct bytes question, struct bytes answers, struct outrider_err *err)
{
	struct bytes key = fields_find(question, QUESTION_KEY), given;

	*out = (struct outrider_question){
		.key = copy_text(arena, key),
		.text = copy_text(arena, fields_find(question, QUESTION_TEXT)),
		.type = (enum outrider_question_type)questions_type(question),
		.is_required = questions_is_required(question),
	};
	out->choices =
		copy_texts(arena, &out->n_choices, question, QUESTION_CHOICES);
	if (out->key == NULL || out->text == NULL || out->choices == NULL)
		return err_no_memory(err);
	if (questions_find(&given, answers, key) &&
	    !show_given(out, arena, question, given))
		return err_no_memory(err);
	return OUTRIDER_OK;
}

static enum outrider_code show(struct outrider_edit *edit,
			       outrider_question_fn *callback, void *user,
			       struct outrider_err *err)
{
	struct bytes questions = { NULL, 0 }, answers = { NULL, 0 };
	struct wire_reader reader;
	struct wire_field in;
	struct arena arena;
	enum outrider_code code;
	bool goes_on = true;

	arena_init(&arena, &edit->core->allocator, edit->core->work.ceiling);
	code = open_form(edit, &arena, &questions, &answers, err);
	if (code == OUTRIDER_OK)
		reader = wire_read(questions);
	while (code == OUTRIDER_OK && goes_on && wire_next(&reader, &in) > 0) {
		struct outrider_question question;

		code = describe(&question, &arena, in.value, answers, err);
		if (code == OUTRIDER_OK)
			goes_on = callback(user, &question);
	}
	arena_free(&arena);
	return code;
}

enum outrider_code outrider_form_questions(struct outrider_edit *edit,
					   outrider_question_fn *callback,
					   void *user, struct outrider_err *err)
{
	enum outrider_code code = edit_enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	code = show(edit, callback, user, err);
	core_leave(edit->core);
	return code;
}

/* --------------------------------------------------------------- answering */

struct words {
	const char *const *at;
	size_t n;
};

static bool is_word(const char *text, const char *a, const char *b)
{
	return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

/* The number that a text means. Errors: INVALID_ARGUMENT. */
static enum outrider_code put_number(struct buffer *out, struct bytes question,
				     const char *text, struct outrider_err *err)
{
	static const struct field number = { .number = GIVEN_NUMBER,
					     .name = "number",
					     .type = FIELD_DOUBLE };
	static const uint8_t zero[sizeof(uint64_t)];
	size_t len = out->len;
	enum outrider_code code;

	if (questions_type(question) == QUESTION_YES_NO) {
		if (is_word(text, "yes", "true"))
			text = "1";
		else if (is_word(text, "no", "false"))
			text = "0";
	}
	code = form_parse(out, &number, text, err);
	/* 0 is what stands where nothing does. */
	if (code == OUTRIDER_OK && out->len >= sizeof(uint64_t) &&
	    memcmp(out->at + out->len - sizeof(uint64_t), zero,
		   sizeof(uint64_t)) == 0)
		out->len = len;
	return code;
}

/* QuestionAnswer, in canonical form; what doesn't fit is for the law to say. */
static enum outrider_code write_given(struct buffer *out, struct bytes question,
				      const struct words *words,
				      struct outrider_err *err)
{
	struct bytes key = fields_find(question, QUESTION_KEY);

	wire_put_bytes(out, GIVEN_KEY, key.at, key.len);
	switch (questions_type(question)) {
	case QUESTION_NUMBER:
	case QUESTION_YES_NO:
	case QUESTION_RATING:
		if (words->n == 1 &&
		    put_number(out, question, words->at[0], err) == OUTRIDER_OK)
			return OUTRIDER_OK;
		err_clear(err);
		break;
	case QUESTION_CHOICES_SEVERAL:
		for (size_t i = 0; i < words->n; i++)
			wire_put_bytes(out, GIVEN_TEXTS, words->at[i],
				       strlen(words->at[i]));
		return OUTRIDER_OK;
	case QUESTION_NONE:
	case QUESTION_FREE_TEXT:
	case QUESTION_CHOICE:
	case QUESTION_DATE:
		if (words->n == 1) {
			wire_put_bytes(out, GIVEN_TEXT, words->at[0],
				       strlen(words->at[0]));
			return OUTRIDER_OK;
		}
		break;
	}
	/* In the place of another type: the law has the words for it. */
	for (size_t i = 0; i < words->n; i++)
		wire_put_bytes(out, GIVEN_TEXTS, words->at[i],
			       strlen(words->at[i]));
	return OUTRIDER_OK;
}

/* All answers with this one in its place; given.len 0: without it. */
static void replace(struct buffer *out, struct bytes answers, struct bytes key,
		    struct bytes given)
{
	uint32_t number = number_of(answer_kind(), "answers");
	struct wire_reader reader = wire_read(answers);
	struct wire_field in;
	bool is_done = given.len == 0;

	while (wire_next(&reader, &in) > 0) {
		struct bytes other = fields_find(in.value, GIVEN_KEY);

		if (other.len != key.len ||
		    (key.len > 0 && memcmp(other.at, key.at, key.len) != 0)) {
			buffer_append(out, in.whole.at, in.whole.len);
		} else if (!is_done) {
			wire_put_bytes(out, number, given.at, given.len);
			is_done = true;
		}
	}
	if (!is_done)
		wire_put_bytes(out, number, given.at, given.len);
}

/* The field "answers" becomes this; nothing: it is emptied. */
static enum outrider_code put_answers(struct outrider_edit *edit,
				      const struct buffer *answers,
				      struct outrider_err *err)
{
	struct field_set cleared = { { 0 } };

	if (answers->is_full)
		return err_no_memory(err);
	if (answers->len == 0)
		field_set_add(&cleared, number_of(answer_kind(), "answers"));
	return edit_patch(edit, (struct bytes){ answers->at, answers->len },
			  &cleared, err);
}

static enum outrider_code
answer(struct outrider_edit *edit, struct arena *arena, const char *key,
       const struct words *words, struct outrider_err *err)
{
	const struct allocator *allocator = &edit->core->allocator;
	struct bytes questions = { NULL, 0 }, answers = { NULL, 0 };
	struct bytes question, given = { NULL, 0 };
	const struct bytes name = { (const uint8_t *)key, strlen(key) };
	struct buffer one, all;
	const char *wrong = NULL;
	enum outrider_code code =
		open_form(edit, arena, &questions, &answers, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!questions_find(&question, questions, name))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, key,
			       "the form has no such question");
	buffer_init(&one, allocator, ANSWERS_MAX);
	buffer_init(&all, allocator, ANSWERS_MAX);
	if (words->n > 0)
		code = write_given(&one, question, words, err);
	if (one.is_full)
		code = err_no_memory(err);
	given = (struct bytes){ one.at, one.len };
	if (code == OUTRIDER_OK && words->n > 0)
		wrong = questions_misfit(question, given);
	if (wrong != NULL)
		code = err_set(err, OUTRIDER_INVALID_ARGUMENT, key, "%s",
			       wrong);
	if (code == OUTRIDER_OK) {
		replace(&all, answers, name, given);
		code = put_answers(edit, &all, err);
	}
	buffer_free(&one);
	buffer_free(&all);
	return code;
}

enum outrider_code outrider_form_answer(struct outrider_edit *edit,
					const char *key,
					const char *const *texts, size_t n,
					struct outrider_err *err)
{
	const struct words words = { texts, n };
	struct arena arena;
	enum outrider_code code = edit_enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	arena_init(&arena, &edit->core->allocator, edit->core->work.ceiling);
	code = answer(edit, &arena, key, &words, err);
	arena_free(&arena);
	core_leave(edit->core);
	return code;
}
