/*
 * questions: what a question asks for, and whether an answer is that.
 */
#include "model/questions.h"

#include "model/record.h"
#include "model/wire.h"

#include <stdio.h>
#include <string.h>

static enum outrider_code refuse_part(struct outrider_err *err,
				      const char *field, size_t i,
				      const char *part, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "%s[%zu].%s", field, i, part);
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, path, "%s", text);
}

static bool is_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

/* Is the text among the occurrences of a field of the message? */
static bool has_text(struct bytes message, uint32_t number, struct bytes text)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.number == number && is_same(in.value, text))
			return true;
	return false;
}

bool questions_find(struct bytes *out, struct bytes all, struct bytes key)
{
	struct wire_reader reader = wire_read(all);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		*out = in.value;
		if (is_same(fields_find(in.value, QUESTION_KEY), key))
			return true;
	}
	return false;
}

enum question_type questions_type(struct bytes question)
{
	struct wire_field type;

	if (!wire_find(&type, question, QUESTION_TYPE) ||
	    type.scalar > QUESTION_RATING)
		return QUESTION_NONE;
	return (enum question_type)type.scalar;
}

/* ------------------------------------------------------------------- forms */

/* How many choices; 0 too where one is empty or stands twice. */
static size_t count_choices(bool *are_sound, struct bytes question)
{
	struct wire_reader reader = wire_read(question);
	struct wire_field in;
	struct bytes before = { .at = question.at };
	size_t n = 0;

	*are_sound = true;
	while (wire_next(&reader, &in) > 0) {
		before.len = (size_t)(in.whole.at - question.at);
		if (in.number != QUESTION_CHOICES)
			continue;
		n++;
		if (in.value.len == 0 ||
		    has_text(before, QUESTION_CHOICES, in.value))
			*are_sound = false;
	}
	return n;
}

static enum outrider_code
check_question(struct bytes question, size_t i, struct outrider_err *err)
{
	enum question_type type = questions_type(question);
	bool is_choice = type == QUESTION_CHOICE ||
			 type == QUESTION_CHOICES_SEVERAL;
	bool are_sound;
	size_t n = count_choices(&are_sound, question);

	if (is_choice && n == 0)
		return refuse_part(err, "questions", i, "choices",
				   "a choice needs something to choose from");
	if (!is_choice && n > 0)
		return refuse_part(err, "questions", i, "choices",
				   "only a choice has choices");
	if (!are_sound)
		return refuse_part(err, "questions", i, "choices",
				   "choices aren't empty, and each stands "
				   "once");
	return OUTRIDER_OK;
}

enum outrider_code
questions_check(struct bytes questions, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(questions);
	struct wire_field in;
	size_t i = 0;

	for (; wire_next(&reader, &in) > 0; i++) {
		const struct bytes before = {
			.at = questions.at,
			.len = (size_t)(in.whole.at - questions.at),
		};
		struct bytes other;
		enum outrider_code code = check_question(in.value, i, err);

		if (code != OUTRIDER_OK)
			return code;
		if (questions_find(&other, before,
				   fields_find(in.value, QUESTION_KEY)))
			return refuse_part(err, "questions", i, "key",
					   "another question has this key");
	}
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------------- answers */

/* "2026-11-21" */
static bool is_date(struct bytes text)
{
	static const uint8_t days[12] = { 31, 29, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31 };
	unsigned part[3] = { 0, 0, 0 };
	size_t which = 0;

	if (text.len != 10 || text.at[4] != '-' || text.at[7] != '-')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (i == 4 || i == 7) {
			which++;
			continue;
		}
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		part[which] = part[which] * 10 + (text.at[i] - (unsigned)'0');
	}
	if (part[0] == 0 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > days[part[1] - 1])
		return false;
	return part[1] != 2 || part[2] < 29 ||
	       (part[0] % 4 == 0 && (part[0] % 100 != 0 || part[0] % 400 == 0));
}

static double number_of(struct bytes given)
{
	struct wire_field in;
	double number = 0;

	if (wire_find(&in, given, GIVEN_NUMBER))
		memcpy(&number, &in.scalar, sizeof(number));
	return number;
}

static bool is_whole_from(double number, int least, int most)
{
	for (int i = least; i <= most; i++)
		if (!(number < i) && !(number > i))
			return true;
	return false;
}

static bool are_chosen(struct bytes given, struct bytes question)
{
	struct wire_reader reader = wire_read(given);
	struct wire_field in;
	struct bytes before = { .at = given.at };

	while (wire_next(&reader, &in) > 0) {
		before.len = (size_t)(in.whole.at - given.at);
		if (in.number == GIVEN_TEXTS &&
		    (!has_text(question, QUESTION_CHOICES, in.value) ||
		     has_text(before, GIVEN_TEXTS, in.value)))
			return false;
	}
	return true;
}

/* What is said, and nothing where another type has its place. */
struct given {
	struct bytes whole, text;
	double number;
	bool has_number, has_texts;
};

static struct given given_of(struct bytes whole)
{
	struct wire_field in;

	return (struct given){
		.whole = whole,
		.text = fields_find(whole, GIVEN_TEXT),
		.number = number_of(whole),
		.has_number = wire_find(&in, whole, GIVEN_NUMBER),
		.has_texts = wire_find(&in, whole, GIVEN_TEXTS),
	};
}

/* NULL where it fits; else what the question asks for. */
static const char *misfit(const struct given *given, struct bytes question)
{
	bool is_text = !given->has_number && !given->has_texts;
	bool is_number = given->text.len == 0 && !given->has_texts;

	switch (questions_type(question)) {
	case QUESTION_NONE:
		break;
	case QUESTION_FREE_TEXT:
		return is_text ? NULL : "the question asks for text";
	case QUESTION_NUMBER:
		return is_number ? NULL : "the question asks for a number";
	case QUESTION_YES_NO:
		return is_number && is_whole_from(given->number, 0, 1)
			       ? NULL
			       : "the question asks for yes (1) or no (0), in "
				 "number";
	case QUESTION_CHOICE:
		return is_text && (given->text.len == 0 ||
				   has_text(question, QUESTION_CHOICES,
					    given->text))
			       ? NULL
			       : "the question asks for one of its choices, in "
				 "text";
	case QUESTION_CHOICES_SEVERAL:
		return given->text.len == 0 && !given->has_number &&
				       are_chosen(given->whole, question)
			       ? NULL
			       : "the question asks for some of its choices, "
				 "each once, in texts";
	case QUESTION_DATE:
		return is_text && (given->text.len == 0 || is_date(given->text))
			       ? NULL
			       : "the question asks for a date such as "
				 "2026-11-21, in text";
	case QUESTION_RATING:
		return is_number && is_whole_from(given->number, 1, 5)
			       ? NULL
			       : "the question asks for 1 to 5, in number";
	}
	return "the question is of no known type";
}

/* A 0 is a number, too; of texts there must be something. */
static bool says_something(const struct given *given, enum question_type type)
{
	return type == QUESTION_NUMBER || type == QUESTION_YES_NO ||
	       type == QUESTION_RATING || given->text.len > 0 ||
	       given->has_texts;
}

static enum outrider_code check_given(struct bytes answers,
				      struct bytes questions,
				      struct outrider_err *err)
{
	struct wire_reader reader = wire_read(answers);
	struct wire_field in;
	size_t i = 0;

	for (; wire_next(&reader, &in) > 0; i++) {
		const struct given given = given_of(in.value);
		struct bytes question;
		const char *wrong;

		if (!questions_find(&question, questions,
				    fields_find(in.value, GIVEN_KEY)))
			return refuse_part(err, "answers", i, "key",
					   "the form has no such question");
		wrong = misfit(&given, question);
		if (wrong)
			return refuse_part(err, "answers", i, "text", wrong);
	}
	return OUTRIDER_OK;
}

bool questions_is_required(struct bytes question)
{
	struct wire_field in;

	return wire_find(&in, question, QUESTION_IS_REQUIRED);
}

static enum outrider_code check_complete(struct bytes answers,
					 struct bytes questions,
					 struct outrider_err *err)
{
	struct wire_reader reader = wire_read(questions);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		struct bytes key = fields_find(in.value, QUESTION_KEY), found;
		struct given given;

		if (!questions_is_required(in.value))
			continue;
		if (questions_find(&found, answers, key)) {
			given = given_of(found);
			if (says_something(&given, questions_type(in.value)))
				continue;
		}
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "answers",
			       "the question \"%.*s\" is to be answered",
			       (int)key.len, (const char *)key.at);
	}
	return OUTRIDER_OK;
}

enum outrider_code questions_fit(struct bytes questions, struct bytes answers,
				 struct outrider_err *err)
{
	enum outrider_code code = check_given(answers, questions, err);

	return code == OUTRIDER_OK ? check_complete(answers, questions, err)
				   : code;
}

const char *questions_misfit(struct bytes question, struct bytes given)
{
	const struct given parts = given_of(given);

	return misfit(&parts, question);
}
