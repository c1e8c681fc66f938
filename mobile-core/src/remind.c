/*
 * remind: birthdays and promises in the order in which they come. Owns the
 * questions; what they read is upcoming.h's.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "fields.h"
#include "model/calendar.h"
#include "upcoming.h"

enum { DAYS_MAX = 366 };

/* One that is to be told. */
struct reminder {
	int64_t order; /* days or microseconds; those without come last */
	const struct upcoming_item *item;
};

struct reminders {
	struct reminder *at;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	const struct reminder *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return uuid_compare(&x->item->id, &y->item->id);
}

static enum outrider_code
begin(struct outrider *core, struct reminders *out, struct outrider_err *err)
{
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	out->n = 0;
	out->at = arena_alloc(&core->work,
			      (core->upcoming.items.n + 1) * sizeof(*out->at));
	return out->at != NULL ? OUTRIDER_OK : err_no_memory(err);
}

static void sort(struct reminders *reminders)
{
	qsort(reminders->at, reminders->n, sizeof(*reminders->at), compare);
}

/* ---------------------------------------------------------------- birthdays */

/* The day of this year on which it is kept: who was born on 29 February keeps
 * it on 1 March in other years, never before it. */
static int64_t day_of(const struct upcoming_item *item, int64_t year,
		      int64_t *month_out, int64_t *day_out)
{
	*month_out = item->month;
	*day_out = item->day;
	if (item->day > calendar_days_of_month(year, item->month)) {
		*month_out = item->month + 1;
		*day_out = 1;
	}
	return calendar_days(year, *month_out, *day_out);
}

/* The first one from today on. */
static struct outrider_birthday next_birthday(const struct upcoming_item *item,
					      int64_t today_year, int64_t today)
{
	struct outrider_birthday out = { .card = NULL };
	int64_t year = today_year, month, day, days;

	days = day_of(item, year, &month, &day);
	if (days < today)
		days = day_of(item, ++year, &month, &day);
	out.date = (struct outrider_date){ (int)year, (int)month, (int)day };
	out.in_days = (int)(days - today);
	if (item->year != 0 && item->year < year)
		out.turns = (int)(year - item->year);
	return out;
}

static bool date_is_real(struct outrider_date date)
{
	return date.year >= 1 && date.year <= 9998 && date.month >= 1 &&
	       date.month <= 12 && date.day >= 1 &&
	       date.day <= calendar_days_of_month(date.year, date.month);
}

static enum outrider_code tell_birthday(struct outrider *core, bool *goes_on,
					struct outrider_birthday birthday,
					const struct upcoming_item *item,
					outrider_birthday_fn *callback,
					void *user, struct outrider_err *err)
{
	struct outrider_card card;
	struct shown shown;
	enum outrider_code code;

	arena_reset(&core->lent);
	code = cards_show(core, &core->lent, &shown, item->kind, &item->id,
			  err);
	if (code != OUTRIDER_OK || !shown.exists)
		return code;
	cards_describe(&card, schema_entity(item->kind), &shown);
	birthday.card = &card;
	*goes_on = callback(user, &birthday);
	return OUTRIDER_OK;
}

static enum outrider_code
list_birthdays(struct outrider *core, struct outrider_date date,
	       unsigned n_days, outrider_birthday_fn *callback, void *user,
	       struct outrider_err *err)
{
	const struct upcoming_item *items = core->upcoming.items.at;
	struct reminders found;
	bool goes_on = true;
	int64_t today;
	enum outrider_code code = begin(core, &found, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!date_is_real(date) || n_days < 1 || n_days > DAYS_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "A day that there is, and 1 to %d days.",
			       DAYS_MAX);
	today = calendar_days(date.year, date.month, date.day);
	for (size_t i = 0; i < core->upcoming.items.n; i++) {
		int in_days;
		if (items[i].type != UPCOMING_BIRTHDAY)
			continue;
		in_days = next_birthday(&items[i], date.year, today).in_days;
		if (in_days < (int)n_days)
			found.at[found.n++] =
				(struct reminder){ in_days, &items[i] };
	}
	sort(&found);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < found.n; i++)
		code = tell_birthday(core, &goes_on,
				     next_birthday(found.at[i].item, date.year,
						   today),
				     found.at[i].item, callback, user, err);
	return code;
}

enum outrider_code
outrider_birthdays(struct outrider *core, struct outrider_date today,
		   unsigned n_days, outrider_birthday_fn *callback, void *user,
		   struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = list_birthdays(core, today, n_days, callback, user, err);
	core_leave(core);
	return code;
}

/* ----------------------------------------------------------------- promises */

/* Open tasks that are due before until, or whenever; next steps in between. */
static bool
is_due(const struct upcoming_item *item, int64_t from_us, int64_t until_us)
{
	if (item->type == UPCOMING_TASK)
		return item->due_us < until_us;
	return item->type == UPCOMING_STEP && item->due_us >= from_us &&
	       item->due_us < until_us;
}

static enum outrider_code tell_promise(struct outrider *core, bool *goes_on,
				       const struct upcoming_item *item,
				       outrider_promise_fn *callback,
				       void *user, struct outrider_err *err)
{
	const struct message *message = schema_entity(item->kind)->message;
	struct outrider_card card;
	struct outrider_promise promise = {
		.card = &card,
		.due_us = item->due_us,
		.is_overdue = item->due_us != 0 && item->due_us < core->now_us,
	};
	struct shown shown;
	struct bytes text;
	enum outrider_code code;

	arena_reset(&core->lent);
	code = cards_show(core, &core->lent, &shown, item->kind, &item->id,
			  err);
	if (code != OUTRIDER_OK || !shown.exists)
		return code;
	cards_describe(&card, schema_entity(item->kind), &shown);
	text = fields_text(message, shown.card.fields,
			   item->type == UPCOMING_TASK ? "subject"
						       : "next_step");
	text = arena_copy(&core->lent, text.at, text.len); /* NUL behind it */
	if (text.at == NULL)
		return err_no_memory(err);
	promise.text = (const char *)text.at;
	*goes_on = callback(user, &promise);
	return OUTRIDER_OK;
}

static enum outrider_code list_promises(struct outrider *core, int64_t from_us,
					int64_t until_us,
					outrider_promise_fn *callback,
					void *user, struct outrider_err *err)
{
	const struct upcoming_item *items = core->upcoming.items.at;
	struct reminders found;
	bool goes_on = true;
	enum outrider_code code = begin(core, &found, err);

	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < core->upcoming.items.n; i++)
		if (is_due(&items[i], from_us, until_us))
			found.at[found.n++] = (struct reminder){
				items[i].due_us != 0 ? items[i].due_us
						     : INT64_MAX,
				&items[i],
			};
	sort(&found);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < found.n; i++)
		code = tell_promise(core, &goes_on, found.at[i].item, callback,
				    user, err);
	return code;
}

enum outrider_code outrider_promises(struct outrider *core, int64_t from_us,
				     int64_t until_us,
				     outrider_promise_fn *callback, void *user,
				     struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = list_promises(core, from_us, until_us, callback, user, err);
	core_leave(core);
	return code;
}
