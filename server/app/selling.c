/*
 * Named methods of leads and deals. What they write goes through the laws like
 * anything else; they grant themselves the few fields that are theirs to set.
 */
#include "app/convert.h"
#include "app/crud_parts.h"
#include "app/parts.h"
#include "app/selling_kinds.h"
#include "outrider/v1/deal.pb-c.h"
#include "outrider/v1/lead.pb-c.h"

#include <string.h>

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* An update of one deal. */
struct deal_write {
	struct write_intent intent;
	struct row *values;
};

static enum outrider_code begin_deal(struct deal_write **out,
				     struct app_call *call, const char *id,
				     const char *etag)
{
	struct deal_write *write = arena_alloc(&call->arena, sizeof(*write));
	const struct entity *entity = schema_entity(KIND_DEAL);

	*out = write;
	if (!write)
		return err_call_full(&call->err);
	write->values = row_new(&call->arena, entity);
	if (!write->values)
		return err_call_full(&call->err);
	write->intent = (struct write_intent){
		.principal = &call->principal,
		.op = CHANGE_UPDATE,
		.entity = entity,
		.values = write->values,
	};
	crud_read_etag(&write->intent, bytes_of(etag));
	return crud_read_uuid(&write->intent.id, call, bytes_of(id), "id");
}

static void set(struct deal_write *write, uint32_t number, struct value value)
{
	*kind_value(write->values, number) = value;
	field_set_add(&write->intent.which, number);
}

static enum outrider_code submit_deal(struct app_call *call,
				      struct deal_write *write,
				      const char *request_id)
{
	return crud_submit(call, &(struct crud_writes){
					 .intents = &write->intent,
					 .n_intents = 1,
					 .request_id = bytes_of(request_id),
					 .is_flat = true,
				 });
}

static enum outrider_code move_stage(struct app_call *call)
{
	const Outrider__V1__MoveStageRequest *request = call_unpack(
		call, &outrider__v1__move_stage_request__descriptor);
	struct deal_write *write;
	struct uuid stage;
	struct bytes kept;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = begin_deal(&write, call, request->id, request->etag);
	if (code == OUTRIDER_OK)
		code = crud_read_uuid(&stage, call, bytes_of(request->stage_id),
				      "stage_id");
	if (code != OUTRIDER_OK)
		return code;
	kept = arena_copy(&call->arena, stage.at, sizeof(stage.at));
	if (!kept.at)
		return err_call_full(&call->err);
	set(write, DEAL_STAGE, (struct value){ .bytes = kept });
	return submit_deal(call, write, request->request_id);
}

/* Why a deal was lost stands in lost ones only. */
static enum outrider_code close_deal(struct app_call *call)
{
	const Outrider__V1__CloseDealRequest *request = call_unpack(
		call, &outrider__v1__close_deal_request__descriptor);
	struct deal_write *write;
	struct bytes reason, comment;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	reason = bytes_of(request->lost_reason);
	comment = bytes_of(request->lost_comment);
	if (request->state == OUTRIDER__V1__DEAL_STATE__DEAL_STATE_LOST) {
		if (reason.len == 0)
			return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
				       "lost_reason",
				       "a lost deal has a reason");
	} else if (reason.len > 0 || comment.len > 0) {
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       reason.len > 0 ? "lost_reason" : "lost_comment",
			       "only a lost deal has it");
	}
	code = begin_deal(&write, call, request->id, request->etag);
	if (code != OUTRIDER_OK)
		return code;
	set(write, DEAL_STATE, (struct value){ .i = request->state });
	set(write, DEAL_LOST_REASON, (struct value){ .bytes = reason });
	set(write, DEAL_LOST_COMMENT, (struct value){ .bytes = comment });
	/* Why is a part of the act, also for a role that doesn't see it. */
	field_set_add(&write->intent.granted, DEAL_STATE);
	field_set_add(&write->intent.granted, DEAL_LOST_REASON);
	field_set_add(&write->intent.granted, DEAL_LOST_COMMENT);
	return submit_deal(call, write, request->request_id);
}

/* ------------------------------------------------------------------- leads */

static enum outrider_code convert_lead(struct app_call *call)
{
	const Outrider__V1__ConvertLeadRequest *request = call_unpack(
		call, &outrider__v1__convert_lead_request__descriptor);
	struct conversion *conversion;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = conversion_read(&conversion, call, request);
	if (code != OUTRIDER_OK)
		return code;
	return crud_submit(call,
			   &(struct crud_writes){
				   .run = conversion_run,
				   .user = conversion,
				   .request_id = bytes_of(request->request_id),
			   });
}

const struct call_handler selling_handlers[] = {
	{ "/outrider.v1.DealService/CloseDeal", close_deal },
	{ "/outrider.v1.DealService/MoveStage", move_stage },
	{ "/outrider.v1.LeadService/ConvertLead", convert_lead },
	{ NULL, NULL },
};
