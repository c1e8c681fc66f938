/*
 * "Olena Koval, head of purchasing at Zernoprom, 2 open deals worth
 * 1,250.00 EUR; last with Ivan on 12 Nov." Owns the words alone.
 */
#include "app/identify_parts.h"

#include "app/kinds.h"
#include "app/money.h"
#include "app/selling_kinds.h"
#include "app/visit_sentence.h"
#include "model/sentence.h"

#include <string.h>

static struct bytes text_of(const struct row *row, uint32_t number)
{
	return kind_value(row, number)->bytes;
}

/* Values have no NUL in them, and none behind them. */
#define TEXT_ARGS(text) (int)(text).len, (const char *)(text).at

static bool say_text(struct sentence *s, const char *before, struct bytes text)
{
	if (text.len > 0)
		sentence_add(s, "%s%.*s", before, TEXT_ARGS(text));
	return text.len > 0;
}

/* ------------------------------------------------------------------- people */

static void say_contact(struct sentence *s, const struct identified *found)
{
	const struct row *contact = found->who.contacts[0];
	bool has_name, has_position;

	has_name = say_text(s, "", text_of(contact, CONTACT_GIVEN_NAME));
	has_name |= say_text(s, has_name ? " " : "",
			     text_of(contact, CONTACT_FAMILY_NAME));
	if (!has_name)
		sentence_add(s, "A contact");
	has_position = say_text(s, ", ", text_of(contact, CONTACT_POSITION));
	if (found->who.n_companies > 0)
		say_text(s, has_position ? " at " : ", ",
			 text_of(found->who.companies[0],
				 COMPANY_DISPLAY_NAME));
}

static void say_lead(struct sentence *s, const struct row *lead)
{
	if (!say_text(s, "", text_of(lead, LEAD_DISPLAY_NAME)))
		sentence_add(s, "A lead");
	say_text(s, ", ", text_of(lead, LEAD_COMPANY_NAME));
}

static void say_who(struct sentence *s, const struct identified *found)
{
	size_t n_others = 0;

	if (found->who.n_contacts > 0) {
		say_contact(s, found);
		n_others = found->who.n_contacts - 1;
	} else if (found->who.n_leads > 0) {
		say_lead(s, found->who.leads[0]);
		n_others = found->who.n_leads - 1;
	} else if (found->who.n_companies > 0) {
		if (!say_text(s, "",
			      text_of(found->who.companies[0],
				      COMPANY_DISPLAY_NAME)))
			sentence_add(s, "A company");
		n_others = found->who.n_companies - 1;
	} else {
		sentence_add(s, "%.*s is nobody known",
			     TEXT_ARGS(found->address.text));
	}
	if (n_others > 0)
		sentence_add(s, " or %zu other%s", n_others,
			     n_others > 1 ? "s" : "");
}

/* -------------------------------------------------------------------- deals */

/* The sum, where all are in one currency. */
static bool
sum_deals(int64_t *sum, char currency[4], const struct identified *found)
{
	struct bytes first = { .len = 0 };

	*sum = 0;
	for (size_t i = 0; i < found->n_deals; i++) {
		struct bytes code = text_of(found->deals[i], DEAL_CURRENCY);

		if (i == 0)
			first = code;
		if (code.len != 3 || memcmp(code.at, first.at, 3) != 0 ||
		    __builtin_add_overflow(
			    *sum, kind_value(found->deals[i], DEAL_AMOUNT)->i,
			    sum))
			return false;
	}
	if (first.len != 3 || *sum == 0)
		return false;
	memcpy(currency, first.at, 3);
	currency[3] = '\0';
	return true;
}

static void say_deals(struct sentence *s, const struct identified *found)
{
	char amount[MONEY_TEXT_LEN], currency[4];
	int64_t sum;

	if (found->n_deals == 0)
		return;
	if (found->has_more_deals) {
		sentence_add(s, ", more than %zu open deals", found->n_deals);
		return;
	}
	sentence_add(s, ", %zu open deal%s", found->n_deals,
		     found->n_deals > 1 ? "s" : "");
	if (!sum_deals(&sum, currency, found))
		return;
	money_text(amount, sum, currency);
	sentence_add(s, " worth %s", amount);
}

/* --------------------------------------------------------------------- last */

/* "12 Nov", and the year where it is another than now's. */
static void say_day(struct sentence *s, int64_t at_us, int64_t now_us)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr",
					  "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	char at[MOMENT_TEXT_LEN + 1], now[MOMENT_TEXT_LEN + 1];
	unsigned month, day;

	moment_text(at, at_us);
	moment_text(now, now_us);
	/* "2026-03-02 14:05 UTC" */
	month = (unsigned)(at[5] - '0') * 10 + (unsigned)(at[6] - '0');
	day = (unsigned)(at[8] - '0') * 10 + (unsigned)(at[9] - '0');
	if (month < 1 || month > 12)
		return;
	sentence_add(s, " on %u %s", day, months[month - 1]);
	if (memcmp(at, now, 4) != 0)
		sentence_add(s, " %.4s", at);
}

static void say_last(struct sentence *s, const struct identified *found)
{
	if (found->last_us == 0)
		return;
	sentence_add(s, "; last");
	if (found->last_user)
		say_text(s, " with ",
			 text_of(found->last_user, USER_DISPLAY_NAME));
	say_day(s, found->last_us, found->now_us);
}

void identify_sentence(char out[IDENTIFY_SENTENCE_MAX + 1],
		       const struct identified *found)
{
	struct sentence s = { .at = out, .room = IDENTIFY_SENTENCE_MAX + 1 };

	out[0] = '\0';
	say_who(&s, found);
	say_deals(&s, found);
	say_last(&s, found);
	sentence_add(&s, ".");
}
