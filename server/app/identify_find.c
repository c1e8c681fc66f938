/*
 * What is found of a caller's cards: open deals, who spoke with them last, the
 * turnover of a year, the desk.
 *
 * Every step is a few reads by index with a bound: nothing here grows with the
 * firm, and with a customer only up to the bounds below.
 */
#include "app/identify_parts.h"

#include "app/call.h"
#include "app/selling_kinds.h"
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEALS_READ = 16, /* of one card, the newest */
	/* Communications of one card and kind, until one is seen. */
	LAST_READ = 8,
	PAYMENTS_AT_ONCE = 32,
	PAYMENTS_READ = 256, /* of all companies, the newest */
	CURRENCIES_MAX = 8,
	DESKS_READ = 64,
};

#define YEAR_US (INT64_C(365) * 24 * 3600 * 1000000)

enum {
	CALL_RESULT = 15,
	CALL_RESULT_ANSWERED = 1,
	MESSAGE_STATE = 17,
	MESSAGE_STATE_DRAFT = 1,
	MESSAGE_STATE_FAILED = 5,
	MEETING_CANCELLED = 3,
	DESK_MIN_TURNOVER = 11,
	DESK_CURRENCY = 12,
};

/* ------------------------------------------------------------ what is seen */

bool identify_knows(const struct identify *it, uint32_t kind, uint32_t number)
{
	const struct entity *entity = schema_entity(kind);
	const struct field *field = message_field(entity->message, number);

	return field && access_knows_field(it->who, entity, field);
}

enum outrider_code identify_get(struct row **out, struct identify *it,
				uint32_t kind, const struct uuid *id)
{
	struct outrider_err *err = &it->call->err;
	enum outrider_code code = store_get(it->conn, out, schema_entity(kind),
					    id, &it->call->arena, err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		*out = NULL;
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK &&
	    ((*out)->deleted_us != 0 || !access_may_see(it->who, *out)))
		*out = NULL;
	return code;
}

/* Of a kind, with a target; passed over where the reference is hidden. */
static enum outrider_code links_to(struct store_link **out, size_t *n,
				   struct identify *it,
				   const struct store_link_query *asked)
{
	enum outrider_code code;
	size_t n_seen = 0;

	*n = 0;
	if (!access_knows_kind(it->who, schema_entity(asked->only_kind)))
		return OUTRIDER_OK;
	code = store_links(it->conn, out, n, asked, &it->call->arena,
			   &it->call->err);
	for (size_t i = 0; code == OUTRIDER_OK && i < *n; i++)
		if (identify_knows(it, (*out)[i].kind, (*out)[i].field))
			(*out)[n_seen++] = (*out)[i];
	*n = n_seen;
	return code;
}

/* -------------------------------------------------------------------- deals */

static int compare_newest_first(const void *a, const void *b)
{
	const struct store_link *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us > y->at_us ? -1 : 1;
	return -uuid_compare(&x->id, &y->id);
}

static enum outrider_code
take_open_deals(struct identify *it, struct store_link *links, size_t n)
{
	struct identified *found = &it->found;

	qsort(links, n, sizeof(links[0]), compare_newest_first);
	for (size_t i = 0; i < n; i++) {
		struct row *deal;
		enum outrider_code code;
		int64_t state;

		/* By its company and by its contact: one deal. */
		if (i > 0 && uuid_compare(&links[i - 1].id, &links[i].id) == 0)
			continue;
		code = identify_get(&deal, it, KIND_DEAL, &links[i].id);
		if (code != OUTRIDER_OK)
			return code;
		if (!deal)
			continue;
		state = kind_value(deal, DEAL_STATE)->i;
		if (state != 0 && state != DEAL_STATE_OPEN)
			continue;
		found->has_more_deals = found->n_deals == IDENTIFY_DEALS_MAX;
		if (found->has_more_deals)
			return OUTRIDER_OK;
		found->deals[found->n_deals++] = deal;
	}
	return OUTRIDER_OK;
}

enum outrider_code identify_find_deals(struct identify *it)
{
	struct store_link all[IDENTIFY_TARGETS_MAX * DEALS_READ];
	size_t n_all = 0;

	if (!identify_knows(it, KIND_DEAL, DEAL_STATE))
		return OUTRIDER_OK;
	for (size_t i = 0; i < it->n_targets; i++) {
		const struct store_link_query asked = {
			.target = it->targets[i]->id,
			.before_us = INT64_MAX,
			.only_kind = KIND_DEAL,
			.limit = DEALS_READ,
		};
		struct store_link *links;
		size_t n;
		enum outrider_code code = links_to(&links, &n, it, &asked);

		if (code != OUTRIDER_OK)
			return code;
		if (n > 0)
			memcpy(&all[n_all], links, n * sizeof(links[0]));
		n_all += n;
	}
	return n_all > 0 ? take_open_deals(it, all, n_all) : OUTRIDER_OK;
}

/* --------------------------------------------------------------------- last */

/* A call that nobody took, and a letter that lies in the drawer, aren't. */
static bool was_held(const struct row *row)
{
	int64_t state;

	switch (row->entity->number) {
	case KIND_CALL:
		state = kind_value(row, CALL_RESULT)->i;
		return state == 0 || state == CALL_RESULT_ANSWERED;
	case KIND_MESSAGE:
		state = kind_value(row, MESSAGE_STATE)->i;
		return state != MESSAGE_STATE_DRAFT &&
		       state != MESSAGE_STATE_FAILED;
	case KIND_MEETING:
		return kind_value(row, MEETING_STATE)->i != MEETING_CANCELLED;
	default:
		return true;
	}
}

static enum outrider_code
find_last_of(struct identify *it, const struct uuid *target, uint32_t kind)
{
	const struct store_link_query asked = {
		.target = *target,
		.before_us = it->found.now_us + 1,
		.only_kind = kind,
		.limit = LAST_READ,
	};
	struct identified *found = &it->found;
	struct store_link *links;
	size_t n;
	enum outrider_code code = links_to(&links, &n, it, &asked);

	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		struct row *row;

		if (links[i].at_us <= found->last_us)
			return OUTRIDER_OK;
		code = identify_get(&row, it, kind, &links[i].id);
		if (code != OUTRIDER_OK || !row || !was_held(row))
			continue;
		found->last_us = links[i].at_us;
		found->last_user_id = row->owner;
		return OUTRIDER_OK;
	}
	return code;
}

enum outrider_code identify_find_last(struct identify *it)
{
	static const uint32_t kinds[] = { KIND_CALL, KIND_MESSAGE, KIND_MEETING,
					  KIND_ANSWER };
	struct row *user = NULL;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < it->n_targets; i++)
		for (size_t k = 0; code == OUTRIDER_OK &&
				   k < sizeof(kinds) / sizeof(kinds[0]);
		     k++)
			code = find_last_of(it, &it->targets[i]->id, kinds[k]);
	if (code == OUTRIDER_OK && it->found.last_us != 0)
		code = identify_get(&user, it, KIND_USER,
				    &it->found.last_user_id);
	it->found.last_user = user;
	return code;
}

/* ----------------------------------------------------------------- turnover */

struct turnover {
	struct {
		char code[4];
		int64_t sum;
	} at[CURRENCIES_MAX];
	size_t n, n_read;
};

static void add_payment(struct turnover *turnover, const struct row *payment)
{
	struct bytes code = kind_value(payment, PAYMENT_CURRENCY)->bytes;
	int64_t amount = kind_value(payment, PAYMENT_AMOUNT)->i;
	size_t i = 0;

	if (kind_value(payment, PAYMENT_STATE)->i != PAYMENT_STATE_RECEIVED ||
	    code.len != 3)
		return;
	while (i < turnover->n && memcmp(turnover->at[i].code, code.at, 3) != 0)
		i++;
	if (i == CURRENCIES_MAX)
		return;
	if (i == turnover->n) {
		memcpy(turnover->at[i].code, code.at, 3);
		turnover->n++;
	}
	/* A sum beyond all numbers stays what it was. */
	if (__builtin_add_overflow(turnover->at[i].sum, amount,
				   &turnover->at[i].sum))
		turnover->at[i].sum = INT64_MAX;
}

/* Of one company, the newest first, down to a year ago. */
static enum outrider_code add_payments(struct turnover *turnover,
				       struct identify *it,
				       const struct uuid *company)
{
	struct store_link_query asked = {
		.target = *company,
		.before_us = it->found.now_us + 1,
		.only_kind = KIND_PAYMENT,
		.limit = PAYMENTS_AT_ONCE,
	};
	struct store_link *links;
	size_t n = PAYMENTS_AT_ONCE;

	while (n == PAYMENTS_AT_ONCE && turnover->n_read < PAYMENTS_READ) {
		enum outrider_code code = links_to(&links, &n, it, &asked);

		for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
			struct row *payment;

			if (links[i].at_us < it->found.now_us - YEAR_US)
				return OUTRIDER_OK;
			code = identify_get(&payment, it, KIND_PAYMENT,
					    &links[i].id);
			if (code == OUTRIDER_OK && payment)
				add_payment(turnover, payment);
		}
		if (code != OUTRIDER_OK)
			return code;
		turnover->n_read += n;
		if (n > 0) {
			asked.before_us = links[n - 1].at_us;
			asked.before_kind = links[n - 1].kind;
			asked.before_id = links[n - 1].id;
		}
	}
	return OUTRIDER_OK;
}

enum outrider_code identify_find_turnover(struct identify *it)
{
	static const uint32_t needed[] = { PAYMENT_AMOUNT, PAYMENT_CURRENCY,
					   PAYMENT_STATE };
	const struct reached *who = &it->found.who;
	struct turnover turnover = { .n = 0 };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!identify_knows(it, KIND_PAYMENT, needed[i]))
			return OUTRIDER_OK;
	for (size_t i = 0; i < who->n_companies; i++) {
		enum outrider_code code =
			add_payments(&turnover, it, &who->companies[i]->id);

		if (code != OUTRIDER_OK)
			return code;
	}
	for (size_t i = 0; i < turnover.n; i++) {
		if (turnover.at[i].sum <= it->found.turnover_minor)
			continue;
		it->found.turnover_minor = turnover.at[i].sum;
		memcpy(it->found.currency, turnover.at[i].code, 4);
	}
	return OUTRIDER_OK;
}

/* --------------------------------------------------------------------- desk */

/* A desk for everybody asks for nothing, in whatever currency. */
static bool is_reached(const struct row *desk, const struct identified *found)
{
	struct bytes code = kind_value(desk, DESK_CURRENCY)->bytes;
	int64_t least = kind_value(desk, DESK_MIN_TURNOVER)->i;

	if (least <= 0)
		return true;
	return least <= found->turnover_minor && code.len == 3 &&
	       memcmp(code.at, found->currency, 3) == 0;
}

enum outrider_code identify_find_desk(struct identify *it)
{
	static const struct uuid zero;
	const struct scope all = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = schema_entity(KIND_DESK),
		.scopes = &all,
		.n_scopes = 1,
		.limit = DESKS_READ,
	};
	struct identified *found = &it->found;
	struct row **desks;
	int64_t most = -1;
	size_t n = 0;
	enum outrider_code code;

	if (!identify_knows(it, KIND_DESK, DESK_MIN_TURNOVER))
		return OUTRIDER_OK;
	code = store_list(it->conn, &desks, &n, &asked, &it->call->arena,
			  &it->call->err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		int64_t least = kind_value(desks[i], DESK_MIN_TURNOVER)->i;

		if (!is_reached(desks[i], found) || least <= most)
			continue;
		most = least > 0 ? least : 0;
		found->desk = desks[i];
	}
	return code;
}
