/*
 * Orders, payments, quotes, invoices, claims: numbers, sums, steps, and what
 * is still due.
 */
#include "desk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)

#define LINES                                                  \
	"lines { quantity_milli: 2500 unit_price_minor: 199 "  \
	"tax_permille: 200 } "                                 \
	"lines { quantity_milli: 1000 unit_price_minor: 1000 " \
	"discount_permille: 100 } "

/* ----------------------------------------------------------------- numbers */

static void numbers_are_given_once(void **state)
{
	static const struct {
		const char *kind, *create, *update, *number, *first, *second;
		const char *more;
	} cases[] = {
		{ "order", "OrderService/CreateOrder",
		  "OrderService/UpdateOrder", "order_number", "O-000001",
		  "O-000002", "" },
		{ "claim", "ClaimService/CreateClaim",
		  "ClaimService/UpdateClaim", "claim_number", "C-000001",
		  "C-000002", "subject: \"late\"" },
		{ "quote", "QuoteService/CreateQuote",
		  "QuoteService/UpdateQuote", "quote_number", "Q-000001",
		  "Q-000002", "currency_code: \"EUR\"" },
		{ "invoice", "InvoiceService/CreateInvoice",
		  "InvoiceService/UpdateInvoice", "invoice_number", "I-000001",
		  "I-000002", "currency_code: \"EUR\"" },
	};
	struct desk_test *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *create = cases[i].create;
		const char *update = cases[i].update;
		const char *id;

		desk_make(t, &t->rep, create, "%s { %s }", cases[i].kind,
			  cases[i].more);
		desk_expect(t, cases[i].number, cases[i].first);
		/* A refused one takes none. */
		desk_call(
			t, &t->rep, create,
			"%s { %s "
			"owner_id: \"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\" }",
			cases[i].kind, cases[i].more);
		assert_int_not_equal(t->reply->code, OUTRIDER_OK);
		id = desk_make(t, &t->rep, create, "%s { %s %s: \"A 7\" }",
			       cases[i].kind, cases[i].more, cases[i].number);
		desk_expect(t, cases[i].number, "A 7");
		/* Emptied, it stays what it was. */
		desk_make(t, &t->rep, update,
			  "%s { id: \"%s\" } update_mask { paths: \"%s\" }",
			  cases[i].kind, id, cases[i].number);
		desk_expect(t, cases[i].number, "A 7");
		desk_make(t, &t->rep, create, "%s { %s }", cases[i].kind,
			  cases[i].more);
		desk_expect(t, cases[i].number, cases[i].second);
	}
}

/* -------------------------------------------------------------------- sums */

static void sums_follow_the_lines(void **state)
{
	struct desk_test *t = *state;

	desk_make(t, &t->rep, "OrderService/CreateOrder",
		  "order { " LINES "amount_minor: 1 due_minor: 2 }");
	desk_expect(t, "amount_minor", "1398");
	desk_expect(t, "due_minor", "1398");
	desk_make(t, &t->rep, "QuoteService/CreateQuote",
		  "quote { " LINES "currency_code: \"EUR\" }");
	desk_expect(t, "net_minor", "1398");
	desk_expect(t, "tax_minor", "100");
	desk_expect(t, "amount_minor", "1498");
	desk_expect(t, "state", "QUOTE_STATE_DRAFT");
	desk_make(t, &t->rep, "InvoiceService/CreateInvoice",
		  "invoice { " LINES "currency_code: \"EUR\" }");
	desk_expect(t, "net_minor", "1398");
	desk_expect(t, "tax_minor", "100");
	desk_expect(t, "amount_minor", "1498");
	desk_expect(t, "due_minor", "1498");
}

static void orders_tell_their_steps(void **state)
{
	struct desk_test *t = *state;
	const char *order = desk_make(t, &t->rep, "OrderService/CreateOrder",
				      "order { steps { time: 1 } }");
	char first[32], second[32];

	snprintf(first, sizeof(first), "%lld", (long long)t->harness.wall_us);
	desk_expect(t, "status", "ORDER_STATUS_ACCEPTED");
	desk_expect(t, "steps[0].status", "ORDER_STATUS_ACCEPTED");
	desk_expect(t, "steps[0].time", first);
	desk_expect(t, "steps[1].time", "");
	t->harness.wall_us += HOUR_US;
	snprintf(second, sizeof(second), "%lld", (long long)t->harness.wall_us);
	desk_make(t, &t->rep, "OrderService/UpdateOrder",
		  "order { id: \"%s\" status: SHIPPED trip: \"42\" }", order);
	desk_expect(t, "steps[0].time", first);
	desk_expect(t, "steps[1].status", "ORDER_STATUS_SHIPPED");
	desk_expect(t, "steps[1].time", second);
	desk_make(t, &t->rep, "OrderService/UpdateOrder",
		  "order { id: \"%s\" status: SHIPPED trip: \"43\" }", order);
	desk_expect(t, "steps[2].time", "");
}

static void claims_tell_when_they_were_solved(void **state)
{
	static const struct {
		const char *state;
		bool is_solved;
	} cases[] = {
		{ "OPEN", false },    { "WORKING", false }, { "SOLVED", true },
		{ "REJECTED", true }, { "WORKING", false },
	};
	struct desk_test *t = *state;
	const char *claim = desk_make(t, &t->rep, "ClaimService/CreateClaim",
				      "claim { subject: \"late\" }");
	char solved[32] = "";

	desk_expect(t, "state", "CLAIM_STATE_OPEN");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t->harness.wall_us += HOUR_US;
		desk_make(t, &t->rep, "ClaimService/UpdateClaim",
			  "claim { id: \"%s\" state: %s }", claim,
			  cases[i].state);
		/* The first time counts. */
		if (!cases[i].is_solved)
			solved[0] = 0;
		else if (!solved[0])
			snprintf(solved, sizeof(solved), "%lld",
				 (long long)t->harness.wall_us);
		desk_expect(t, "solve_time", solved);
	}
}

/* --------------------------------------------------------------------- due */

static void expect_due(struct desk_test *t, const char *kind, const char *id,
		       const char *due)
{
	char path[64];

	snprintf(path, sizeof(path), "%s",
		 strcmp(kind, "order") == 0 ? "OrderService/GetOrder"
					    : "InvoiceService/GetInvoice");
	desk_make(t, &t->rep, path, "id: \"%s\"", id);
	desk_expect(t, "due_minor", due);
}

static const char *make_order(struct desk_test *t)
{
	return desk_make(t, &t->rep, "OrderService/CreateOrder",
			 "order { currency_code: \"EUR\" lines { "
			 "quantity_milli: 1000 unit_price_minor: 1000 } }");
}

static void received_payments_count(void **state)
{
	struct desk_test *t = *state;
	const char *order = make_order(t), *second = make_order(t);
	const char *payment;

	payment = desk_make(t, &t->rep, "PaymentService/CreatePayment",
			    "payment { order_id: \"%s\" amount_minor: 300 "
			    "currency_code: \"EUR\" state: PLANNED }",
			    order);
	expect_due(t, "order", order, "1000");
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" state: RECEIVED }", payment);
	expect_due(t, "order", order, "700");
	/* In another currency it pays nothing here. */
	desk_make(t, &t->rep, "PaymentService/CreatePayment",
		  "payment { order_id: \"%s\" amount_minor: 300 "
		  "currency_code: \"USD\" state: RECEIVED }",
		  order);
	expect_due(t, "order", order, "700");
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" amount_minor: 400 }", payment);
	expect_due(t, "order", order, "600");
	/* It was for another order. */
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" order_id: \"%s\" }", payment, second);
	expect_due(t, "order", order, "1000");
	expect_due(t, "order", second, "600");
	desk_make(t, &t->rep, "PaymentService/DeletePayment", "id: \"%s\"",
		  payment);
	expect_due(t, "order", second, "1000");
	desk_make(t, &t->rep, "PaymentService/UndeletePayment", "id: \"%s\"",
		  payment);
	expect_due(t, "order", second, "600");
	/* The order changes, and what was paid stays paid. */
	desk_make(t, &t->rep, "OrderService/UpdateOrder",
		  "order { id: \"%s\" lines { quantity_milli: 1000 "
		  "unit_price_minor: 2000 } }",
		  second);
	desk_expect(t, "due_minor", "1600");
	/* Of an order that is deleted, too, a payment may be written. */
	desk_make(t, &t->rep, "OrderService/DeleteOrder", "id: \"%s\"", second);
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" amount_minor: 500 }", payment);
	desk_make(t, &t->rep, "OrderService/UndeleteOrder", "id: \"%s\"",
		  second);
	desk_expect(t, "due_minor", "1500");
}

/* More than one page of them. */
static void many_payments_are_added(void **state)
{
	struct desk_test *t = *state;
	const char *order = make_order(t);

	for (int i = 0; i < 250; i++)
		desk_make(t, &t->rep, "PaymentService/CreatePayment",
			  "payment { order_id: \"%s\" amount_minor: 2 "
			  "currency_code: \"EUR\" state: RECEIVED "
			  "payment_time: %d }",
			  order, 1 + i % 3);
	expect_due(t, "order", order, "500");
	/* All of them anew, where the order itself is written. */
	desk_make(t, &t->rep, "OrderService/UpdateOrder",
		  "order { id: \"%s\" lines { quantity_milli: 2000 "
		  "unit_price_minor: 1000 } }",
		  order);
	expect_due(t, "order", order, "1500");
}

/* Whoever may write the payment: what is due follows. */
static void a_payment_reaches_what_its_author_may_not_write(void **state)
{
	struct desk_test *t = *state;
	const char *order = make_order(t);
	char other[UUID_TEXT_LEN + 1];

	uuid_format(other, &t->other.id);
	desk_make(t, &t->rep, "OrderService/UpdateOrder",
		  "order { id: \"%s\" shared_user_ids: \"%s\" }", order, other);
	desk_make(t, &t->other, "PaymentService/CreatePayment",
		  "payment { order_id: \"%s\" amount_minor: 1 "
		  "currency_code: \"EUR\" state: RECEIVED }",
		  order);
	expect_due(t, "order", order, "999");
	/* And one to an order that they can't see is like one that isn't. */
	order = make_order(t);
	desk_call(t, &t->other, "PaymentService/CreatePayment",
		  "payment { order_id: \"%s\" amount_minor: 1 "
		  "currency_code: \"EUR\" state: RECEIVED }",
		  order);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "payment.order_id");
}

static void invoices_are_paid(void **state)
{
	struct desk_test *t = *state;
	const char *invoice =
		desk_make(t, &t->rep, "InvoiceService/CreateInvoice",
			  "invoice { currency_code: \"EUR\" lines { "
			  "quantity_milli: 1000 unit_price_minor: 1000 } }");
	const char *payment =
		desk_make(t, &t->rep, "PaymentService/CreatePayment",
			  "payment { invoice_id: \"%s\" amount_minor: 1000 "
			  "currency_code: \"EUR\" state: RECEIVED }",
			  invoice);

	/* A draft was not asked for. */
	expect_due(t, "invoice", invoice, "");
	desk_expect(t, "state", "INVOICE_STATE_DRAFT");
	desk_make(t, &t->rep, "InvoiceService/UpdateInvoice",
		  "invoice { id: \"%s\" state: SENT }", invoice);
	desk_expect(t, "state", "INVOICE_STATE_PAID");
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" state: CANCELLED }", payment);
	expect_due(t, "invoice", invoice, "1000");
	desk_expect(t, "state", "INVOICE_STATE_SENT");
	desk_make(t, &t->rep, "InvoiceService/UpdateInvoice",
		  "invoice { id: \"%s\" state: OVERDUE }", invoice);
	desk_make(t, &t->rep, "PaymentService/UpdatePayment",
		  "payment { id: \"%s\" state: RECEIVED }", payment);
	expect_due(t, "invoice", invoice, "");
	desk_expect(t, "state", "INVOICE_STATE_PAID");
	/* What is due isn't paid by being asked for. */
	desk_make(t, &t->rep, "InvoiceService/CreateInvoice",
		  "invoice { currency_code: \"EUR\" state: SENT "
		  "lines { quantity_milli: 1000 "
		  "unit_price_minor: 1 } }");
	desk_expect(t, "state", "INVOICE_STATE_SENT");
	/* What somebody says by hand stays. */
	desk_make(t, &t->rep, "InvoiceService/UpdateInvoice",
		  "invoice { id: \"%s\" state: CANCELLED }", invoice);
	desk_expect(t, "state", "INVOICE_STATE_CANCELLED");
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(numbers_are_given_once),
		DESK(sums_follow_the_lines),
		DESK(orders_tell_their_steps),
		DESK(claims_tell_when_they_were_solved),
		DESK(received_payments_count),
		DESK(many_payments_are_added),
		DESK(a_payment_reaches_what_its_author_may_not_write),
		DESK(invoices_are_paid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
