/*
 * Laws of deals: stages and their history, chance, margin, and what it means
 * to be closed. state is output_only: CloseDeal alone is granted it.
 */
#include "app/laws_rooms.h"
#include "app/laws_steps.h"
#include "app/selling_kinds.h"
#include "app/stages.h"
#include "model/wire.h"

/* Fields of outrider.v1.StageStep. */
enum {
	STEP_STAGE = 1,
	STEP_ENTER_TIME = 2,
	STEP_LEAVE_TIME = 3,
	STEP_USER = 4,
	STEP_MAX = 128,
};

static bool is_closed(const struct row *deal)
{
	int64_t state = deal ? kind_value(deal, DEAL_STATE)->i : 0;

	return state == DEAL_STATE_WON || state == DEAL_STATE_LOST;
}

static bool is_other(const struct writing *w, uint32_t number)
{
	const struct field *field =
		message_field(w->row->entity->message, number);

	return !w->old || !value_equal(field, kind_value(w->old, number),
				       kind_value(w->row, number));
}

/*
 * A pipeline without a stage is entered at its first one; a stage without a
 * pipeline names its own.
 */
static enum outrider_code
complete_place(struct writing *w, struct outrider_err *err)
{
	struct value *pipeline = kind_value(w->row, DEAL_PIPELINE);
	struct value *stage = kind_value(w->row, DEAL_STAGE);
	bool is_elsewhere = is_other(w, DEAL_PIPELINE);
	struct uuid id;
	struct row *found = NULL;
	enum outrider_code code = OUTRIDER_OK;

	if (value_is_set(pipeline) && is_elsewhere &&
	    (!value_is_set(stage) || !is_other(w, DEAL_STAGE))) {
		id = kind_reference(pipeline);
		code = stage_first(&found, w->tx, &id, w->arena, err);
		if (code != OUTRIDER_OK || !found)
			return code;
		return laws_set_id(stage, &found->id, w->arena, err);
	}
	if (value_is_set(pipeline) || !value_is_set(stage))
		return code;
	id = kind_reference(stage);
	code = stage_get(&found, w->tx, &id, w->arena, err);
	if (code == OUTRIDER_OK && found)
		*pipeline = *kind_value(found, STAGE_PIPELINE);
	return code;
}

static enum outrider_code
append_step(struct writing *w, struct outrider_err *err)
{
	uint8_t room[STEP_MAX];
	struct buffer step = { .at = room, .room = STEP_MAX };
	struct uuid stage = kind_reference(kind_value(w->row, DEAL_STAGE));
	struct uuid user = laws_acting_user(w);
	char text[UUID_TEXT_LEN + 1];

	step.ceiling = step.room;
	uuid_format(text, &stage);
	wire_put_bytes(&step, STEP_STAGE, text, UUID_TEXT_LEN);
	wire_put_timestamp(&step, STEP_ENTER_TIME, w->now_us);
	if (!uuid_is_zero(&user)) {
		uuid_format(text, &user);
		wire_put_bytes(&step, STEP_USER, text, UUID_TEXT_LEN);
	}
	return steps_append(w, DEAL_STAGE_HISTORY,
			    (struct bytes){ room, step.len }, STEP_LEAVE_TIME,
			    err);
}

/* Was the chance said by hand in this very write? */
static bool has_probability(const struct writing *w)
{
	if (w->intent->op == CHANGE_CREATE)
		return kind_value(w->row, DEAL_PROBABILITY)->i != 0;
	return field_set_has(&w->intent->which, DEAL_PROBABILITY) &&
	       is_other(w, DEAL_PROBABILITY);
}

static enum outrider_code
enter_stage(struct writing *w, struct outrider_err *err)
{
	struct uuid id = kind_reference(kind_value(w->row, DEAL_STAGE));
	struct row *stage;
	enum outrider_code code = stage_get(&stage, w->tx, &id, w->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!stage)
		return laws_refuse(err, "stage_id", "there is no such stage");
	if (!has_probability(w))
		*kind_value(w->row, DEAL_PROBABILITY) =
			*kind_value(stage, STAGE_PROBABILITY);
	kind_value(w->row, DEAL_STAGE_TIME)->i = w->now_us;
	return append_step(w, err);
}

/*
 * While somebody was offline the deal was closed: where it stood then, it
 * stays, and the rest of what they wrote is taken.
 */
static void keep_place(struct writing *w)
{
	static const uint32_t place[] = { DEAL_PIPELINE, DEAL_STAGE };

	if (w->intent->seq == 0 || !is_closed(w->old) || !is_closed(w->row))
		return;
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		*kind_value(w->row, place[i]) = *kind_value(w->old, place[i]);
}

static enum outrider_code
settle_margin(struct writing *w, struct outrider_err *err)
{
	int64_t amount = kind_value(w->row, DEAL_AMOUNT)->i;
	int64_t cost = kind_value(w->row, DEAL_COST)->i;

	/* What a deal costs that nobody has said is not nothing. */
	kind_value(w->row, DEAL_MARGIN)->i = 0;
	if (cost == 0)
		return OUTRIDER_OK;
	if (cost < 0 ? amount > INT64_MAX + cost : amount < INT64_MIN + cost)
		return laws_refuse(err, "cost_minor",
				   "the margin is too large");
	kind_value(w->row, DEAL_MARGIN)->i = amount - cost;
	return OUTRIDER_OK;
}

enum outrider_code laws_deal_settle(struct writing *w, struct outrider_err *err)
{
	struct value *close_time = kind_value(w->row, DEAL_CLOSE_TIME);
	enum outrider_code code;

	keep_place(w);
	code = complete_place(w, err);
	if (code == OUTRIDER_OK && is_other(w, DEAL_STAGE) &&
	    value_is_set(kind_value(w->row, DEAL_STAGE)))
		code = enter_stage(w, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!is_closed(w->row))
		close_time->i = 0;
	else if (is_other(w, DEAL_STATE))
		close_time->i = w->now_us;
	return settle_margin(w, err);
}

static bool is_same_id(const struct value *a, const struct value *b)
{
	const struct uuid x = kind_reference(a), y = kind_reference(b);

	return uuid_compare(&x, &y) == 0;
}

enum outrider_code laws_deal_check(struct writing *w, struct outrider_err *err)
{
	struct uuid id = kind_reference(kind_value(w->row, DEAL_STAGE));
	struct row *stage;
	enum outrider_code code;

	if (field_set_has(&w->intent->granted, DEAL_STATE) &&
	    !field_set_has(&w->changed, DEAL_STATE))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "state",
			       "the deal is in this state already");
	if (!field_set_has(&w->changed, DEAL_STAGE) &&
	    !field_set_has(&w->changed, DEAL_PIPELINE))
		return OUTRIDER_OK;
	if (is_closed(w->old) && is_closed(w->row))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "stage_id",
			       "a closed deal moves no more: open it again "
			       "first");
	code = stage_get(&stage, w->tx, &id, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (stage && is_same_id(kind_value(stage, STAGE_PIPELINE),
				kind_value(w->row, DEAL_PIPELINE)))
		return OUTRIDER_OK;
	return laws_refuse(err, "stage_id",
			   "the stage belongs to another pipeline");
}
