/*
 * questionnaire: a form's questions and what is answered to them.
 *
 * Owns how an answer is made of texts and shown as texts, and brings the form's
 * law (model/questions.h) to edits of answers. The answer is an edit like any
 * other; the calls on it are those of outrider.h.
 */
#ifndef CORE_QUESTIONNAIRE_H
#define CORE_QUESTIONNAIRE_H

#include "edit.h"
#include "model/record.h"

/*
 * What the edit makes of an answer fits its form, where it has changed and the
 * form is on this phone; otherwise the server judges. Every other kind is well.
 * Errors: INVALID_ARGUMENT, those of replica.h.
 */
MODEL_MUST_USE enum outrider_code
questionnaire_check(struct outrider_edit *edit, const struct row *now,
		    struct outrider_err *err);

#endif
