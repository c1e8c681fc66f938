/*
 * Laws of questionnaires that look at other records: answers fit their form.
 * What fits is model/questions.c's, which the phone shares.
 *
 * A form may change while somebody fills it in without a network. What a phone
 * brings is good if it fits the form as it stands or as it ever stood: nobody
 * has to ask the customer again.
 */
#include "app/laws_rooms.h"
#include "app/selling_kinds.h"
#include "model/questions.h"
#include "model/wire.h"

enum { HISTORY_MAX = 100 }; /* changes of a form that are looked at */

/* All occurrences of a field in canonical bytes: they lie side by side. */
static struct bytes occurrences(struct bytes fields, uint32_t number)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;
	struct bytes out = { .at = NULL, .len = 0 };

	while (wire_next(&reader, &in) > 0) {
		if (in.number != number)
			continue;
		if (!out.at)
			out.at = in.whole.at;
		out.len += in.whole.len;
	}
	return out;
}

/* Did they fit the form at any time before? err keeps what is wrong now. */
static enum outrider_code
fit_earlier(bool *fits, struct writing *w, const struct row *form,
	    struct bytes answers, struct outrider_err *err)
{
	const struct store_history_query asked = {
		.id = form->id,
		.kind = form->entity->number,
		.limit = HISTORY_MAX,
	};
	struct outrider_err unread;
	struct change *changes;
	size_t n;
	enum outrider_code code =
		store_history(w->tx, &changes, &n, &asked, w->arena, &unread);

	*fits = false;
	if (code != OUTRIDER_OK) {
		*err = unread;
		return code;
	}
	for (size_t i = 0; i < n && !*fits; i++)
		*fits = changes[i].op == CHANGE_UPDATE &&
			field_set_has(&changes[i].changed, FORM_QUESTIONS) &&
			questions_fit(occurrences(changes[i].old_fields,
						  FORM_QUESTIONS),
				      answers, &unread) == OUTRIDER_OK;
	return OUTRIDER_OK;
}

static enum outrider_code
check_answers(struct writing *w, struct outrider_err *err)
{
	struct bytes answers = kind_value(w->row, ANSWER_ANSWERS)->bytes;
	struct uuid id = kind_reference(kind_value(w->row, ANSWER_FORM));
	struct row *form;
	bool fits = false;
	enum outrider_code code = store_get(
		w->tx, &form, schema_entity(KIND_FORM), &id, w->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	code = questions_fit(kind_value(form, FORM_QUESTIONS)->bytes, answers,
			     err);
	if (code != OUTRIDER_INVALID_ARGUMENT || w->intent->seq == 0)
		return code;
	code = fit_earlier(&fits, w, form, answers, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!fits)
		return OUTRIDER_INVALID_ARGUMENT;
	err_clear(err);
	return OUTRIDER_OK;
}

/* Whom it is of comes last: that may make a lead. */
enum outrider_code
laws_answer_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (w->intent->op == CHANGE_CREATE ||
	    field_set_has(&w->changed, ANSWER_ANSWERS))
		code = check_answers(w, err);
	return code == OUTRIDER_OK ? laws_reach_check(w, err) : code;
}
