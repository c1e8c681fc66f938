/*
 * Deals: stages, chance, sums, margin, and what it means to be closed.
 */
#include "desk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)

struct pipeline {
	const char *id, *first, *second, *third;
};

static struct pipeline make_pipeline(struct desk_test *t, const char *name)
{
	struct pipeline p;

	p.id = desk_make(t, NULL, "PipelineService/CreatePipeline",
			 "pipeline { display_name: \"%s\" }", name);
	/* Not in the order of their places. */
	p.second = desk_make(t, NULL, "StageService/CreateStage",
			     "stage { pipeline_id: \"%s\" position: 2 "
			     "display_name: \"Offer\" probability: 40 }",
			     p.id);
	p.first = desk_make(t, NULL, "StageService/CreateStage",
			    "stage { pipeline_id: \"%s\" position: 1 "
			    "display_name: \"New\" probability: 10 }",
			    p.id);
	p.third = desk_make(t, NULL, "StageService/CreateStage",
			    "stage { pipeline_id: \"%s\" position: 3 "
			    "display_name: \"Contract\" probability: 80 }",
			    p.id);
	return p;
}

static const char *
make_deal(struct desk_test *t, const struct pipeline *p, const char *more)
{
	return desk_make(t, &t->rep, "DealService/CreateDeal",
			 "deal { display_name: \"Windows\" "
			 "pipeline_id: \"%s\" %s }",
			 p->id, more);
}

static const char *wall(struct desk_test *t)
{
	static char text[2][32];
	static unsigned next;
	char *out = text[next++ % 2];

	snprintf(out, sizeof(text[0]), "%lld", (long long)t->harness.wall_us);
	return out;
}

/* ------------------------------------------------------------------ stages */

static void a_deal_begins_in_the_first_stage(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	char rep[UUID_TEXT_LEN + 1];

	uuid_format(rep, &t->rep.id);
	make_deal(t, &p, "");
	desk_expect(t, "stage_id", p.first);
	desk_expect(t, "state", "DEAL_STATE_OPEN");
	desk_expect(t, "probability", "10");
	desk_expect(t, "stage_time", wall(t));
	desk_expect(t, "stage_history[0].stage_id", p.first);
	desk_expect(t, "stage_history[0].enter_time", wall(t));
	desk_expect(t, "stage_history[0].leave_time", "");
	desk_expect(t, "stage_history[0].user_id", rep);
	desk_expect(t, "close_time", "");
	/* A stage says which pipeline it is of. */
	desk_make(t, &t->rep, "DealService/CreateDeal",
		  "deal { display_name: \"Doors\" stage_id: \"%s\" "
		  "probability: 55 }",
		  p.third);
	desk_expect(t, "pipeline_id", p.id);
	desk_expect(t, "probability", "55");
	/* Neither is too little. */
	desk_call(t, &t->rep, "DealService/CreateDeal",
		  "deal { display_name: \"Nothing\" }");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.pipeline_id");
}

static void stages_are_of_their_pipeline(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	struct pipeline q = make_pipeline(t, "Service");
	const char *deal = make_deal(t, &p, "");

	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, q.second);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "stage_id");
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" stage_id: \"%s\" }", deal, q.second);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.stage_id");
	desk_call(t, &t->rep, "DealService/CreateDeal",
		  "deal { display_name: \"x\" pipeline_id: \"%s\" "
		  "stage_id: \"%s\" }",
		  p.id, q.first);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.stage_id");
	/* Both at once, or the pipeline alone: it moves over. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" pipeline_id: \"%s\" stage_id: \"%s\" }",
		  deal, q.id, q.second);
	desk_expect(t, "probability", "40");
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" pipeline_id: \"%s\" }", deal, p.id);
	desk_expect(t, "stage_id", p.first);
	/* A stage that is gone, and one that never was, look alike. */
	desk_make(t, NULL, "StageService/DeleteStage", "id: \"%s\"", p.third);
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.third);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "stage_id");
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "stage_id");
}

static void history_tells_when_and_who(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");
	char manager[UUID_TEXT_LEN + 1];

	uuid_format(manager, &t->manager.id);
	t->harness.wall_us += HOUR_US;
	desk_make(t, &t->manager, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_expect(t, "stage_history[0].leave_time", wall(t));
	desk_expect(t, "stage_history[1].enter_time", wall(t));
	desk_expect(t, "stage_history[1].user_id", manager);
	desk_expect(t, "stage_time", wall(t));
	desk_expect(t, "probability", "40");
	/* By hand it stays so, until the next stage. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" probability: 33 }", deal);
	desk_expect(t, "probability", "33");
	desk_expect(t, "stage_history[2].stage_id", "");
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" stage_id: \"%s\" probability: 77 }", deal,
		  p.third);
	desk_expect(t, "probability", "77");
	desk_make(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.first);
	desk_expect(t, "probability", "10");
	desk_expect(t, "stage_history[3].stage_id", p.first);
}

/* The oldest steps go when there is no more room. */
static void history_has_an_end(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");
	const struct message *table;

	for (int i = 0; i < 205; i++)
		desk_make(t, &t->rep, "DealService/MoveStage",
			  "id: \"%s\" stage_id: \"%s\"", deal,
			  i % 2 ? p.first : p.second);
	table = schema_entity_named("deal", 4)->message;
	assert_int_equal(text_count(table,
				    (struct bytes){ t->kept.at, t->kept.len },
				    "stage_history"),
			 200);
	desk_expect(t, "stage_history[199].stage_id", p.second);
	desk_expect(t, "stage_history[199].leave_time", "");
}

/* --------------------------------------------------------------- MoveStage */

static void moving_is_for_those_who_may(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");
	char etag[32], other[UUID_TEXT_LEN + 1];

	snprintf(etag, sizeof(etag), "%s",
		 text_at(t->answer, (struct bytes){ t->kept.at, t->kept.len },
			 "etag"));
	/* Of another team: as if it weren't there. */
	desk_call(t, &t->other, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_expect_fault(t, OUTRIDER_NOT_FOUND, "");
	/* Shared with: seen, and not theirs to move. */
	uuid_format(other, &t->other.id);
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" shared_user_ids: \"%s\" }", deal, other);
	desk_call(t, &t->other, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_expect_fault(t, OUTRIDER_PERMISSION_DENIED, "");
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\" etag: \"%s\"", deal, p.second,
		  etag);
	desk_expect_fault(t, OUTRIDER_ABORTED, "");
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"x\" stage_id: \"%s\"", p.second);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "id");
	desk_call(t, &t->rep, "DealService/MoveStage", "id: \"%s\"", deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "stage_id");
}

static void a_request_is_done_once(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");
	struct uuid id = harness_new_uuid(&t->harness);
	char request[UUID_TEXT_LEN + 1];

	uuid_format(request, &id);
	for (int i = 0; i < 2; i++) {
		desk_make(t, &t->rep, "DealService/MoveStage",
			  "id: \"%s\" stage_id: \"%s\" request_id: \"%s\"",
			  deal, p.second, request);
		desk_expect(t, "stage_history[1].stage_id", p.second);
		t->harness.wall_us += HOUR_US;
	}
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\" request_id: \"%s\"", deal,
		  p.third, request);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "request_id");
}

/* --------------------------------------------------------------- CloseDeal */

static void a_deal_is_won_lost_and_opened_again(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");

	desk_call(t, &t->rep, "DealService/CloseDeal", "id: \"%s\" state: OPEN",
		  deal);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
	desk_call(t, &t->rep, "DealService/CloseDeal", "id: \"%s\" state: LOST",
		  deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "lost_reason");
	desk_call(t, &t->rep, "DealService/CloseDeal",
		  "id: \"%s\" state: WON lost_reason: \"price\"", deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "lost_reason");
	desk_call(t, &t->rep, "DealService/CloseDeal", "id: \"%s\"", deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "state");

	t->harness.wall_us += HOUR_US;
	desk_make(t, &t->rep, "DealService/CloseDeal",
		  "id: \"%s\" state: LOST lost_reason: \"price\" "
		  "lost_comment: \"too dear\"",
		  deal);
	desk_expect(t, "state", "DEAL_STATE_LOST");
	desk_expect(t, "lost_reason", "price");
	desk_expect(t, "lost_comment", "too dear");
	desk_expect(t, "close_time", wall(t));
	desk_call(t, &t->rep, "DealService/CloseDeal",
		  "id: \"%s\" state: LOST lost_reason: \"time\"", deal);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
	/* Closed, it moves no more, and stays closed whatever is written. */
	desk_call(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" } update_mask { paths: \"state\" }", deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.state");
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" state: OPEN description: \"x\" } "
		  "update_mask { paths: \"description\" }",
		  deal);
	desk_expect(t, "state", "DEAL_STATE_LOST");

	desk_make(t, &t->rep, "DealService/CloseDeal", "id: \"%s\" state: OPEN",
		  deal);
	desk_expect(t, "close_time", "");
	desk_expect(t, "lost_reason", "");
	desk_make(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_make(t, &t->rep, "DealService/CloseDeal", "id: \"%s\" state: WON",
		  deal);
	desk_expect(t, "state", "DEAL_STATE_WON");
	desk_call(t, &t->other, "DealService/CloseDeal",
		  "id: \"%s\" state: OPEN", deal);
	desk_expect_fault(t, OUTRIDER_NOT_FOUND, "");
}

static void nobody_creates_a_deal_closed(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");

	make_deal(t, &p,
		  "state: WON close_time: 1 stage_time: 1 "
		  "stage_history { enter_time: 1 }");
	desk_expect(t, "state", "DEAL_STATE_OPEN");
	desk_expect(t, "close_time", "");
	desk_expect(t, "stage_history[0].enter_time", wall(t));
	desk_expect(t, "stage_history[1].enter_time", "");
}

/* ------------------------------------------------------------------- money */

#define TWO_LINES                                              \
	"lines { quantity_milli: 2500 unit_price_minor: 199 "  \
	"tax_permille: 200 total_minor: 7 } "                  \
	"lines { quantity_milli: 1000 unit_price_minor: 1000 " \
	"discount_permille: 100 }"

static void lines_make_the_amount(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "amount_minor: 5 " TWO_LINES);
	char etag[32];

	desk_expect(t, "lines[0].total_minor", "498");
	desk_expect(t, "lines[1].total_minor", "900");
	desk_expect(t, "amount_minor", "1398");
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" amount_minor: 9 }", deal);
	desk_expect(t, "amount_minor", "1398");
	snprintf(etag, sizeof(etag), "%s",
		 text_at(t->answer, (struct bytes){ t->kept.at, t->kept.len },
			 "etag"));
	/* Nothing came of it, and nothing is written. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" amount_minor: 8 }", deal);
	desk_expect(t, "etag", etag);
	/* Without lines it is what somebody says. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" amount_minor: 9 } "
		  "update_mask { paths: \"lines\" paths: \"amount_minor\" }",
		  deal);
	desk_expect(t, "amount_minor", "9");
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { quantity_milli: 9000000000000 "
		  "unit_price_minor: 9000000000000 } }",
		  deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.lines[0]");
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" currency_code: \"eur\" }", deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.currency_code");
	/* Of a product that is not there. */
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { product_id: \"%s\" } }", deal,
		  deal);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.product_id");
}

static void margins_are_for_managers(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, TWO_LINES);

	/* What it costs that nobody has said is not nothing. */
	desk_make(t, &t->manager, "DealService/GetDeal", "id: \"%s\"", deal);
	desk_expect(t, "margin_minor", "");
	desk_make(t, &t->manager, "DealService/UpdateDeal",
		  "deal { id: \"%s\" cost_minor: 398 }", deal);
	desk_expect(t, "margin_minor", "1000");
	/* A rep moves it without seeing it. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { quantity_milli: 1000 "
		  "unit_price_minor: 400 } }",
		  deal);
	desk_expect(t, "amount_minor", "400");
	desk_expect(t, "margin_minor", "");
	desk_make(t, &t->rep, "DealService/MoveStage",
		  "id: \"%s\" stage_id: \"%s\"", deal, p.second);
	desk_expect(t, "cost_minor", "");
	desk_make(t, &t->rep, "DealService/CloseDeal", "id: \"%s\" state: WON",
		  deal);
	desk_expect(t, "margin_minor", "");
	desk_make(t, &t->manager, "DealService/GetDeal", "id: \"%s\"", deal);
	desk_expect(t, "margin_minor", "2");
	desk_expect(t, "cost_minor", "398");
}

/* What a role doesn't know of can't be told apart from what isn't there. */
static void products_may_be_hidden(void **state)
{
	struct desk_test *t = *state;
	struct pipeline p = make_pipeline(t, "Sales");
	const char *deal = make_deal(t, &p, "");
	const char *product = desk_make(t, NULL, "ProductService/CreateProduct",
					"product { display_name: \"Window\" }");
	const char *role = desk_make(t, NULL, "RoleService/CreateRole",
				     "role { display_name: \"Caller\" "
				     "kinds { kind: \"product\" "
				     "access: NONE } }");
	char rep[UUID_TEXT_LEN + 1];

	uuid_format(rep, &t->rep.id);
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { product_id: \"%s\" } }", deal,
		  product);
	desk_make(t, NULL, "UserService/UpdateUser",
		  "user { id: \"%s\" role_id: \"%s\" }", rep, role);
	/* What stood, stands. */
	desk_make(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { product_id: \"%s\" "
		  "quantity_milli: 1 } }",
		  deal, product);
	deal = make_deal(t, &p, "");
	desk_call(t, &t->rep, "DealService/UpdateDeal",
		  "deal { id: \"%s\" lines { product_id: \"%s\" } }", deal,
		  product);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "deal.product_id");
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(a_deal_begins_in_the_first_stage),
		DESK(stages_are_of_their_pipeline),
		DESK(history_tells_when_and_who),
		DESK(history_has_an_end),
		DESK(moving_is_for_those_who_may),
		DESK(a_request_is_done_once),
		DESK(a_deal_is_won_lost_and_opened_again),
		DESK(nobody_creates_a_deal_closed),
		DESK(lines_make_the_amount),
		DESK(margins_are_for_managers),
		DESK(products_may_be_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
