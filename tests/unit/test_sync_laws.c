/*
 * Laws and phones: what the server settles of a pushed record reaches the
 * phone, what it settles is no conflict of the author with themself, and what
 * was done offline isn't refused because the world moved on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world_text.h"

enum {
	COMPANY_KIND = 3,
	LEAD = 9,
	DEAL = 13,
	ORDER = 16,
	CALL_KIND = 21,
	ANSWER_KIND = 24,
};
static void sync_up(struct model_phone *p)
{
	model_push_all(p);
	model_pull_all(p);
	model_check(p);
}

static const char *text_of(const struct uuid *id)
{
	static char texts[8][UUID_TEXT_LEN + 1];
	static unsigned next;
	char *out = texts[next++ % 8];

	uuid_format(out, id);
	return out;
}

static const char *said(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static const char *said(const char *format, ...)
{
	static char texts[4][1024];
	static unsigned next;
	char *out = texts[next++ % 4];
	va_list args;

	va_start(args, format);
	vsnprintf(out, sizeof(texts[0]), format, args);
	va_end(args);
	return out;
}

/* ------------------------------------------------------------------- money */

/* Made, and made again before the first word of the server. */
static void own_lines_are_no_conflict(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t second;

	model_pull_all(&anna);
	world_say(&anna, MODEL_CREATE, ORDER, &id,
		  "lines { quantity_milli: 1000 unit_price_minor: 100 }");
	second = world_say(
		&anna, MODEL_UPDATE, ORDER, &id,
		"lines { quantity_milli: 2000 unit_price_minor: 100 }");
	world_say(&anna, MODEL_UPDATE, ORDER, &id, "order_number: \"A 1\"");
	sync_up(&anna);
	model_came_out(&anna, second, MODEL_APPLIED, 0);
	world_stands(w, ORDER, &id, "lines[0].total_minor", "200");
	world_stands(w, ORDER, &id, "amount_minor", "200");
	world_stands(w, ORDER, &id, "order_number", "A 1");
	world_stands(w, ORDER, &id, "steps[0].status", "ORDER_STATUS_ACCEPTED");
	/* With the answer lost on the road it is the same. */
	world_say(&anna, MODEL_UPDATE, ORDER, &id,
		  "lines { quantity_milli: 3000 unit_price_minor: 100 }");
	assert_int_equal(model_push(&anna, 1, true), OUTRIDER_OK);
	world_say(&anna, MODEL_UPDATE, ORDER, &id,
		  "lines { quantity_milli: 4000 unit_price_minor: 100 }");
	sync_up(&anna);
	world_stands(w, ORDER, &id, "amount_minor", "400");
	model_close(&anna);
}

/* Somebody else's lines stay, and the author is asked. */
static void foreign_lines_are_a_conflict(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t seq;

	world_say(&anna, MODEL_CREATE, ORDER, &id,
		  "lines { quantity_milli: 1000 unit_price_minor: 100 }");
	sync_up(&anna);
	seq = world_say(&anna, MODEL_UPDATE, ORDER, &id,
			"lines { quantity_milli: 2000 unit_price_minor: 100 }");
	world_desk(w, "OrderService/UpdateOrder",
		   said("order { id: \"%s\" lines { quantity_milli: 7000 "
			"unit_price_minor: 100 } }",
			text_of(&id)));
	sync_up(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	world_stands(w, ORDER, &id, "amount_minor", "700");
	model_close(&anna);
}

/* The lines decide what the amount is; the author is told. */
static void an_amount_beside_lines_is_told(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid pipeline =
		world_desk(w, "PipelineService/CreatePipeline",
			   "pipeline { display_name: \"Sales\" }");
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t seq, more;

	world_desk(w, "StageService/CreateStage",
		   said("stage { pipeline_id: \"%s\" display_name: \"New\" "
			"probability: 20 }",
			text_of(&pipeline)));
	model_pull_all(&anna);
	seq = world_say(
		&anna, MODEL_CREATE, DEAL, &id,
		said("display_name: \"x\" pipeline_id: \"%s\" "
		     "amount_minor: 5 "
		     "lines { quantity_milli: 1000 unit_price_minor: 7 }",
		     text_of(&pipeline)));
	more = world_say(&anna, MODEL_UPDATE, DEAL, &id,
			 "probability: 60 "
			 "lines { quantity_milli: 2000 unit_price_minor: 7 }");
	sync_up(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	model_came_out(&anna, more, MODEL_APPLIED, 0);
	world_stands(w, DEAL, &id, "amount_minor", "14");
	world_stands(w, DEAL, &id, "probability", "60");
	model_close(&anna);
}

/* ------------------------------------------------- the world has moved on */

static void what_was_closed_meanwhile_stays(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid pipeline =
		world_desk(w, "PipelineService/CreatePipeline",
			   "pipeline { display_name: \"Sales\" }");
	struct uuid stages[2], id = harness_new_uuid(&w->h);
	uint64_t seq;

	for (int i = 0; i < 2; i++)
		stages[i] =
			world_desk(w, "StageService/CreateStage",
				   said("stage { pipeline_id: \"%s\" "
					"display_name: \"x\" position: %d }",
					text_of(&pipeline), i));
	world_say(
		&anna, MODEL_CREATE, DEAL, &id,
		said("display_name: \"x\" pipeline_id: \"%s\" stage_id: \"%s\"",
		     text_of(&pipeline), text_of(&stages[0])));
	sync_up(&anna);
	seq = world_say(&anna, MODEL_UPDATE, DEAL, &id,
			said("stage_id: \"%s\" description: \"seen them\"",
			     text_of(&stages[1])));
	world_desk(w, "DealService/CloseDeal",
		   said("id: \"%s\" state: WON", text_of(&id)));
	sync_up(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	world_stands(w, DEAL, &id, "stage_id", text_of(&stages[0]));
	world_stands(w, DEAL, &id, "description", "seen them");
	world_stands(w, DEAL, &id, "state", "DEAL_STATE_WON");
	model_close(&anna);
}

static void what_was_converted_meanwhile_stays(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	uint64_t seq;

	world_say(&anna, MODEL_CREATE, LEAD, &id, "display_name: \"Koval\"");
	sync_up(&anna);
	world_desk(w, "LeadService/ConvertLead",
		   said("id: \"%s\"", text_of(&id)));
	/* Later, and without knowing. */
	world_tick(w);
	seq = world_say(&anna, MODEL_UPDATE, LEAD, &id,
			"status: WORKING wish: \"doors\"");
	sync_up(&anna);
	model_came_out(&anna, seq, MODEL_MERGED, 0);
	world_stands(w, LEAD, &id, "status", "LEAD_STATUS_CONVERTED");
	world_stands(w, LEAD, &id, "wish", "doors");
	model_close(&anna);
}

/* What fitted the form when it was filled in is taken; other things aren't. */
static void an_answer_to_an_older_form_is_taken(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid form =
		world_desk(w, "FormService/CreateForm",
			   "form { display_name: \"Fair\" questions { "
			   "key: \"size\" text: \"How many?\" "
			   "type: NUMBER is_required: true } }");
	struct uuid good = harness_new_uuid(&w->h),
		    bad = harness_new_uuid(&w->h),
		    contact = world_contact(w, &w->anna, "Koval");
	uint64_t taken, refused;

	model_pull_all(&anna);
	taken = world_say(
		&anna, MODEL_CREATE, ANSWER_KIND, &good,
		said("form_id: \"%s\" contact_ids: \"%s\" answer_time: 1 "
		     "answers { key: \"size\" number: 7 }",
		     text_of(&form), text_of(&contact)));
	refused = world_say(&anna, MODEL_CREATE, ANSWER_KIND, &bad,
			    said("form_id: \"%s\" contact_ids: \"%s\" "
				 "answer_time: 1 "
				 "answers { key: \"colour\" text: \"red\" }",
				 text_of(&form), text_of(&contact)));
	world_desk(w, "FormService/UpdateForm",
		   said("form { id: \"%s\" questions { key: \"where\" "
			"text: \"Where?\" type: TEXT } }",
			text_of(&form)));
	model_push_all(&anna);
	model_pull_all(&anna);
	model_came_out(&anna, taken, MODEL_APPLIED, 0);
	assert_int_equal(model_mutation(&anna, refused)->outcome,
			 MODEL_REJECTED);
	assert_string_equal(model_mutation(&anna, refused)->field_path,
			    "answers[0].key");
	world_stands(w, ANSWER_KIND, &good, "answers[0].number", "7");
	model_close(&anna);
}

/*
 * The server linked who was called; the author, who hasn't heard of it, adds a
 * second person and takes away nobody.
 */
static void what_the_server_put_into_a_set_stays(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid called = world_desk(w, "ContactService/CreateContact",
					said("contact { family_name: \"Koval\" "
					     "owner_id: \"%s\" phones { "
					     "number: \"+380671234567\" } }",
					     text_of(&w->anna.id)));
	struct uuid second = world_contact(w, &w->anna, "Novak");
	struct uuid id = harness_new_uuid(&w->h);
	char both[2 * UUID_TEXT_LEN + 2];

	model_pull_all(&anna);
	world_say(&anna, MODEL_CREATE, CALL_KIND, &id,
		  "direction: OUT phone_number: \"+380 67 123 45 67\" "
		  "start_time: 1");
	world_say(&anna, MODEL_UPDATE, CALL_KIND, &id,
		  said("contact_ids: \"%s\"", text_of(&second)));
	sync_up(&anna);
	snprintf(both, sizeof(both), "%s %s",
		 text_of(uuid_compare(&called, &second) < 0 ? &called
							    : &second),
		 text_of(uuid_compare(&called, &second) < 0 ? &second
							    : &called));
	both[UUID_TEXT_LEN] = 0;
	world_stands(w, CALL_KIND, &id, "contact_ids[0]", both);
	world_stands(w, CALL_KIND, &id, "contact_ids[1]",
		     both + UUID_TEXT_LEN + 1);
	model_close(&anna);
}

/* ------------------------------------------------------------ added fields */

static void added_fields_merge_by_key(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = harness_new_uuid(&w->h), added[3];

	for (int i = 0; i < 3; i++, world_tick(w))
		added[i] =
			world_desk(w, "CustomFieldService/CreateCustomField",
				   said("custom_field { of_kind: \"company\" "
					"key: \"k%d\" display_name: \"K\" "
					"type: TEXT }",
					i));
	model_pull_all(&anna);
	world_say(
		&anna, MODEL_CREATE, COMPANY_KIND, &id,
		said("display_name: \"Acme\" custom { custom_field_id: \"%s\" "
		     "text: \"old\" }",
		     text_of(&added[0])));
	sync_up(&anna);
	model_pull_all(&mia);
	world_say(&anna, MODEL_UPDATE, COMPANY_KIND, &id,
		  said("custom { custom_field_id: \"%s\" text: \"old\" } "
		       "custom { custom_field_id: \"%s\" text: \"anna\" }",
		       text_of(&added[0]), text_of(&added[1])));
	world_say(&mia, MODEL_UPDATE, COMPANY_KIND, &id,
		  said("custom { custom_field_id: \"%s\" text: \"new\" } "
		       "custom { custom_field_id: \"%s\" text: \"mia\" }",
		       text_of(&added[0]), text_of(&added[2])));
	sync_up(&anna);
	sync_up(&mia);
	sync_up(&anna);
	/* In the order of their keys, which is that of their making. */
	world_stands(w, COMPANY_KIND, &id, "custom[0].text", "new");
	world_stands(w, COMPANY_KIND, &id, "custom[1].text", "anna");
	world_stands(w, COMPANY_KIND, &id, "custom[2].text", "mia");
	model_close(&anna);
	model_close(&mia);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(own_lines_are_no_conflict),
		WITH_WORLD(foreign_lines_are_a_conflict),
		WITH_WORLD(an_amount_beside_lines_is_told),
		WITH_WORLD(what_was_closed_meanwhile_stays),
		WITH_WORLD(what_was_converted_meanwhile_stays),
		WITH_WORLD(an_answer_to_an_older_form_is_taken),
		WITH_WORLD(what_the_server_put_into_a_set_stays),
		WITH_WORLD(added_fields_merge_by_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
