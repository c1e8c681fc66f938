/*
 * Laws of orders, payments, claims, quotes and invoices: the numbers that the
 * server gives, steps and their times, and what is still due.
 */
#include "app/laws_rooms.h"
#include "app/laws_steps.h"
#include "app/selling_kinds.h"
#include "model/wire.h"
#include "store/counter.h"
#include "store/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	STEP_STATUS = 1, /* outrider.v1.OrderStep */
	STEP_TIME = 2,
	STEP_MAX = 32,
	PAYMENTS_AT_ONCE = 200,
	PAGE_MEMORY = 4 << 20,
};

/* Amounts below this add up without coming near to where sums saturate. */
#define PLAIN_MAX (INT64_C(1) << 53)

/* ----------------------------------------------------------------- numbers */

/* "O-000123", where nobody has said another. */
static enum outrider_code give_number(struct writing *w, uint32_t field,
				      char letter, struct outrider_err *err)
{
	struct value *number = kind_value(w->row, field);
	uint64_t next;
	char text[32];
	int len;
	enum outrider_code code;

	if (value_is_set(number))
		return OUTRIDER_OK;
	/* An emptied number is the old one: numbers aren't given up. */
	if (w->old && value_is_set(kind_value(w->old, field))) {
		*number = *kind_value(w->old, field);
		return OUTRIDER_OK;
	}
	code = counter_next(w->tx, &next, w->row->entity->number, err);
	if (code != OUTRIDER_OK)
		return code;
	len = snprintf(text, sizeof(text), "%c-%06" PRIu64, letter, next);
	number->bytes = arena_copy(w->arena, text, (size_t)len);
	return number->bytes.at ? OUTRIDER_OK : err_call_full(err);
}

/* --------------------------------------------------------------------- due */

static bool is_same(const struct row *a, uint32_t a_field, const struct row *b,
		    uint32_t b_field)
{
	const struct bytes x = kind_value(a, a_field)->bytes;
	const struct bytes y = kind_value(b, b_field)->bytes;

	return x.len == y.len && (x.len == 0 || !memcmp(x.at, y.at, x.len));
}

/* Sums saturate: what nobody can owe is as good as the largest that fits. */
static int64_t add(int64_t a, int64_t b)
{
	if (b > 0 && a > INT64_MAX - b)
		return INT64_MAX;
	if (b < 0 && a < INT64_MIN - b)
		return INT64_MIN;
	return a + b;
}

static int64_t negated(int64_t a)
{
	return a == INT64_MIN ? INT64_MAX : -a;
}

/* Where a kind has what was paid for it; payments name it by `reference`. */
struct debt {
	uint32_t kind, amount, due, currency, reference;
};

static const struct debt debts[] = {
	{ KIND_ORDER, ORDER_AMOUNT, ORDER_DUE, ORDER_CURRENCY, PAYMENT_ORDER },
	{ KIND_INVOICE, INVOICE_AMOUNT, INVOICE_DUE, INVOICE_CURRENCY,
	  PAYMENT_INVOICE },
};

static bool counts(const struct row *payment, const struct row *row,
		   const struct debt *debt)
{
	return payment->deleted_us == 0 &&
	       kind_value(payment, PAYMENT_STATE)->i ==
		       PAYMENT_STATE_RECEIVED &&
	       is_same(payment, PAYMENT_CURRENCY, row, debt->currency);
}

/* A page of payments; *asked moves behind it. */
static enum outrider_code
add_page(int64_t *paid, size_t *n, struct store_link_query *asked,
	 const struct writing *w, const struct debt *debt, struct arena *page,
	 struct outrider_err *err)
{
	struct store_link *links;
	enum outrider_code code =
		store_links(w->tx, &links, n, asked, page, err);

	for (size_t i = 0; code == OUTRIDER_OK && i < *n; i++) {
		struct row *payment;

		asked->before_us = links[i].at_us;
		asked->before_kind = links[i].kind;
		asked->before_id = links[i].id;
		if (links[i].field != debt->reference)
			continue;
		code = store_get(w->tx, &payment, schema_entity(KIND_PAYMENT),
				 &links[i].id, page, err);
		if (code == OUTRIDER_OK && counts(payment, w->row, debt))
			*paid = add(*paid,
				    kind_value(payment, PAYMENT_AMOUNT)->i);
	}
	return code;
}

/* However many payments: a page's memory at a time. */
static enum outrider_code
sum_due(struct writing *w, const struct debt *debt, struct outrider_err *err)
{
	struct store_link_query asked = {
		.target = w->row->id,
		.before_us = INT64_MAX,
		.only_kind = KIND_PAYMENT,
		.limit = PAYMENTS_AT_ONCE,
	};
	struct arena page;
	int64_t paid = 0;
	size_t n = w->old ? PAYMENTS_AT_ONCE : 0; /* a new one has none */
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&page, &allocator_libc, PAGE_MEMORY);
	while (code == OUTRIDER_OK && n == PAYMENTS_AT_ONCE) {
		arena_reset(&page);
		code = add_page(&paid, &n, &asked, w, debt, &page, err);
	}
	arena_free(&page);
	kind_value(w->row, debt->due)->i =
		add(kind_value(w->row, debt->amount)->i, negated(paid));
	return code;
}

/* A payment that was written brings what is due with it: see follow(). */
static enum outrider_code
settle_due(struct writing *w, struct outrider_err *err)
{
	for (size_t i = 0; i < sizeof(debts) / sizeof(debts[0]); i++)
		if (debts[i].kind == w->row->entity->number &&
		    !field_set_has(&w->intent->granted, debts[i].due))
			return sum_due(w, &debts[i], err);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ orders */

static enum outrider_code
append_step(struct writing *w, struct outrider_err *err)
{
	int64_t status = kind_value(w->row, ORDER_STATUS)->i;
	uint8_t room[STEP_MAX];
	struct buffer step = { .at = room, .room = STEP_MAX };

	if (w->old && kind_value(w->old, ORDER_STATUS)->i == status)
		return OUTRIDER_OK;
	step.ceiling = step.room;
	wire_put_scalar(&step, STEP_STATUS, (uint64_t)status);
	wire_put_timestamp(&step, STEP_TIME, w->now_us);
	return steps_append(w, ORDER_STEPS, (struct bytes){ room, step.len }, 0,
			    err);
}

enum outrider_code
laws_order_settle(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = give_number(w, ORDER_NUMBER, 'O', err);

	if (code == OUTRIDER_OK)
		code = append_step(w, err);
	return code == OUTRIDER_OK ? settle_due(w, err) : code;
}

/* -------------------------------------------------------- quotes, invoices */

enum outrider_code
laws_quote_settle(struct writing *w, struct outrider_err *err)
{
	return give_number(w, QUOTE_NUMBER, 'Q', err);
}

/*
 * What was asked for is paid when nothing is due any more. That a payment is
 * taken back undoes it; what somebody has set by hand stays as they set it.
 */
static void settle_paid(struct writing *w)
{
	struct value *state = kind_value(w->row, INVOICE_STATE);
	bool is_due = kind_value(w->row, INVOICE_DUE)->i > 0;
	bool was_due = w->old && kind_value(w->old, INVOICE_DUE)->i > 0;

	if (!is_due && kind_value(w->row, INVOICE_AMOUNT)->i > 0 &&
	    (state->i == INVOICE_STATE_SENT ||
	     state->i == INVOICE_STATE_OVERDUE))
		state->i = INVOICE_STATE_PAID;
	else if (!w->intent->principal && is_due && !was_due &&
		 state->i == INVOICE_STATE_PAID)
		state->i = INVOICE_STATE_SENT;
}

enum outrider_code
laws_invoice_settle(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = give_number(w, INVOICE_NUMBER, 'I', err);

	if (code == OUTRIDER_OK)
		code = settle_due(w, err);
	if (code == OUTRIDER_OK)
		settle_paid(w);
	return code;
}

/* ---------------------------------------------------------------- payments */

/*
 * The server writes the record again. One that is deleted, or was sound once
 * and isn't now, is no fault of a payment's.
 */
static enum outrider_code write_again(const struct writing *w,
				      const struct write_intent *intent,
				      struct outrider_err *err)
{
	struct write_outcome outcome;
	enum outrider_code code =
		write_record(&outcome, w->app, w->tx, intent, w->arena, err);

	if (code != OUTRIDER_NOT_FOUND && code != OUTRIDER_INVALID_ARGUMENT &&
	    code != OUTRIDER_FAILED_PRECONDITION)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* What the payment is worth to a record: nothing, if it is another's. */
static int64_t
worth(const struct row *payment, const struct row *row, const struct debt *debt)
{
	struct uuid target;

	if (!payment || !counts(payment, row, debt))
		return 0;
	target = kind_reference(kind_value(payment, debt->reference));
	return uuid_compare(&target, &row->id) == 0
		       ? kind_value(payment, PAYMENT_AMOUNT)->i
		       : 0;
}

static bool is_plain(int64_t amount)
{
	return amount > -PLAIN_MAX && amount < PLAIN_MAX;
}

/*
 * What is due follows its payments. Adding them all up for each would take
 * the longer the more there are: what one changes is added to what stood,
 * unless amounts are so large that the sum may have been cut off.
 */
static enum outrider_code follow(struct writing *w, const struct debt *debt,
				 const struct uuid *id,
				 struct outrider_err *err)
{
	struct write_intent intent = {
		.op = CHANGE_UPDATE,
		.entity = schema_entity(debt->kind),
		.id = *id,
	};
	struct row *values = row_new(w->arena, intent.entity);
	struct row *row;
	int64_t amount, due, now, before;
	enum outrider_code code;

	if (!values)
		return err_call_full(err);
	intent.values = values;
	code = store_get(w->tx, &row, intent.entity, id, w->arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	amount = kind_value(row, debt->amount)->i;
	due = kind_value(row, debt->due)->i;
	now = worth(w->row, row, debt);
	before = worth(w->old, row, debt);
	if (is_plain(amount) && is_plain(due) && is_plain(now) &&
	    is_plain(before)) {
		kind_value(values, debt->due)->i = due - (now - before);
		field_set_add(&intent.which, debt->due);
		field_set_add(&intent.granted, debt->due);
	}
	return write_again(w, &intent, err);
}

enum outrider_code
laws_payment_follow(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < sizeof(debts) / sizeof(debts[0]); i++) {
		const struct debt *debt = &debts[i];
		struct uuid now =
			kind_reference(kind_value(w->row, debt->reference));
		struct uuid before = { { 0 } };

		if (w->old)
			before = kind_reference(
				kind_value(w->old, debt->reference));
		if (code == OUTRIDER_OK && !uuid_is_zero(&now))
			code = follow(w, debt, &now, err);
		if (code == OUTRIDER_OK && !uuid_is_zero(&before) &&
		    uuid_compare(&before, &now) != 0)
			code = follow(w, debt, &before, err);
	}
	return code;
}

/* ------------------------------------------------------------------ claims */

enum outrider_code
laws_claim_settle(struct writing *w, struct outrider_err *err)
{
	int64_t state = kind_value(w->row, CLAIM_STATE)->i;
	struct value *solve_time = kind_value(w->row, CLAIM_SOLVE_TIME);

	if (state != CLAIM_STATE_SOLVED && state != CLAIM_STATE_REJECTED)
		solve_time->i = 0;
	else if (solve_time->i == 0)
		solve_time->i = w->now_us;
	return give_number(w, CLAIM_NUMBER, 'C', err);
}
