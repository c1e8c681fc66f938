/*
 * Questionnaires: questions that can be answered, and answers that fit them.
 *
 * Owns the law of both, so that a phone without a network refuses in the words
 * that the server would use. It knows the messages Question and QuestionAnswer
 * (form.proto, answer.proto), and refuses to know the cards that hold them.
 */
#ifndef MODEL_QUESTIONS_H
#define MODEL_QUESTIONS_H

#include "model/arena.h"
#include "model/err.h"

/* outrider.v1.Question */
enum {
	QUESTION_KEY = 1,
	QUESTION_TEXT = 2,
	QUESTION_TYPE = 3,
	QUESTION_CHOICES = 4,
	QUESTION_IS_REQUIRED = 5,
};

/* outrider.v1.QuestionAnswer */
enum {
	GIVEN_KEY = 1,
	GIVEN_TEXT = 2,
	GIVEN_NUMBER = 3,
	GIVEN_TEXTS = 4,
};

/* outrider.v1.QuestionType */
enum question_type {
	QUESTION_NONE,
	QUESTION_FREE_TEXT,
	QUESTION_NUMBER,
	QUESTION_YES_NO,
	QUESTION_CHOICE,
	QUESTION_CHOICES_SEVERAL,
	QUESTION_DATE,
	QUESTION_RATING,
};

/*
 * All occurrences of a form's questions, or of an answer's answers, are bytes
 * of messages with their tags, sound (wire_check).
 */

/* Errors: INVALID_ARGUMENT naming "questions[2].choices". */
MODEL_MUST_USE enum outrider_code
questions_check(struct bytes questions, struct outrider_err *err);
/*
 * Every answer fits its question, and those that are required have one.
 * Errors: INVALID_ARGUMENT naming "answers[2].text", or "answers" where one is
 * missing.
 */
MODEL_MUST_USE enum outrider_code questions_fit(struct bytes questions,
						struct bytes answers,
						struct outrider_err *err);

/* Of these occurrences the message whose field 1 is key; false: none. */
bool questions_find(struct bytes *out, struct bytes all, struct bytes key);
/* NONE too where it is of a type that this program doesn't know. */
enum question_type questions_type(struct bytes question);
bool questions_is_required(struct bytes question);
/* What the question asks for that this answer isn't; NULL: it fits. */
const char *questions_misfit(struct bytes question, struct bytes given);

#endif
