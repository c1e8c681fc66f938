/*
 * GetEvidence: the bundle that tools/verify checks. For managers, and for the
 * rep whose visit it is. Writes nothing, proves nothing: it hands out what is
 * held.
 */
#include "app/visits_parts.h"

#include "app/keys.h"
#include "app/parts.h"

#include <string.h>

typedef Outrider__V1__EvidenceEntry Entry;
typedef Outrider__V1__Receipt Receipt;
typedef Outrider__V1__EvidenceBundle Bundle;

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "the chain is longer than a call has memory for");
}

static ProtobufCBinaryData data_of(struct bytes bytes)
{
	return (ProtobufCBinaryData){ .data = (uint8_t *)(uintptr_t)bytes.at,
				      .len = bytes.len };
}

/* Up to the entry that the last receipt names: a receipt above the visit's
 * own covers it only through the headers between. */
static enum outrider_code add_entries(Bundle *bundle, struct app_call *call,
				      const struct visit_finding *finding,
				      uint64_t until)
{
	struct evidence *held;
	Entry *entries;
	size_t n;
	enum outrider_code code;

	const struct evidence_query asked = {
		.device = finding->device,
		.from = 1,
		.until = until,
		.with_content = finding->number,
	};
	code = evidence_chain(call_conn(call), &held, &n, &asked, &call->arena,
			      &call->err);
	if (code != OUTRIDER_OK)
		return code;
	entries = arena_alloc(&call->arena, n * sizeof(entries[0]) + 1);
	bundle->entries = arena_alloc(&call->arena, n * sizeof(Entry *) + 1);
	if (!entries || !bundle->entries)
		return no_memory(&call->err);
	for (size_t i = 0; i < n; i++) {
		outrider__v1__evidence_entry__init(&entries[i]);
		entries[i].header = data_of(held[i].header);
		entries[i].signature = data_of(held[i].signature);
		entries[i].salt = data_of(held[i].salt);
		entries[i].content = data_of(held[i].content);
		bundle->entries[i] = &entries[i];
	}
	bundle->n_entries = n;
	return OUTRIDER_OK;
}

/* *until: the number that the last of them names, or the visit's own. */
static enum outrider_code add_receipts(Bundle *bundle, uint64_t *until,
				       struct app_call *call,
				       const struct visit_finding *finding)
{
	struct evidence_receipt *given;
	Receipt *receipts;
	size_t n;
	enum outrider_code code;

	*until = finding->number;
	code = receipt_list(call_conn(call), &given, &n, &finding->device, 1,
			    finding->number, &call->arena, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	/* The first above is wanted only where none names the entry itself. */
	if (n > 1 && given[n - 2].number == finding->number)
		n--;
	receipts = arena_alloc(&call->arena, n * sizeof(receipts[0]) + 1);
	bundle->receipts = arena_alloc(&call->arena, n * sizeof(Receipt *) + 1);
	if (!receipts || !bundle->receipts)
		return no_memory(&call->err);
	for (size_t i = 0; i < n; i++) {
		outrider__v1__receipt__init(&receipts[i]);
		receipts[i].statement = data_of(given[i].statement);
		receipts[i].signature = data_of(given[i].signature);
		bundle->receipts[i] = &receipts[i];
	}
	if (n > 0 && given[n - 1].number > *until)
		*until = given[n - 1].number;
	bundle->n_receipts = n;
	return OUTRIDER_OK;
}

/* Participants see the meeting, and not where a colleague was. */
static enum outrider_code
may_have(struct app_call *call, const struct uuid *rep)
{
	bool may;
	enum outrider_code code = visits_is_own_or_led(&may, call, rep);

	if (code != OUTRIDER_OK || may)
		return code;
	return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "evidence is for the rep whose visit it is and for "
		       "their managers");
}

static enum outrider_code fill(Bundle *bundle, struct app_call *call,
			       const Outrider__V1__GetEvidenceRequest *request)
{
	const struct org_keys *keys = call->app->config.keys;
	struct identity_device *device =
		arena_alloc(&call->arena, sizeof(*device));
	struct visit_finding finding;
	struct row *meeting;
	struct uuid rep;
	uint64_t until;
	enum outrider_code code;

	if (!device)
		return no_memory(&call->err);
	code = visits_find(call, &meeting, &rep, request->meeting_id,
			   request->rep_id);
	if (code == OUTRIDER_OK)
		code = may_have(call, &rep);
	if (code == OUTRIDER_OK)
		code = visit_get(call_conn(call), &finding, &meeting->id, &rep,
				 &call->err);
	if (code == OUTRIDER_OK)
		code = identity_device_get(call_conn(call), device,
					   &finding.device, &call->err);
	if (code == OUTRIDER_OK)
		code = add_receipts(bundle, &until, call, &finding);
	if (code == OUTRIDER_OK)
		code = add_entries(bundle, call, &finding, until);
	if (code != OUTRIDER_OK)
		return code;
	bundle->device_id.data = device->id.at;
	bundle->device_id.len = sizeof(device->id.at);
	bundle->device_display_name = device->display_name;
	bundle->device_signing_key.data = device->signing_key;
	bundle->device_signing_key.len = sizeof(device->signing_key);
	bundle->organization_signing_key.data =
		(uint8_t *)(uintptr_t)keys->sign_public;
	bundle->organization_signing_key.len = sizeof(keys->sign_public);
	return OUTRIDER_OK;
}

enum outrider_code visits_evidence_start(struct app_call *call)
{
	const Outrider__V1__GetEvidenceRequest *request = call_unpack(
		call, &outrider__v1__get_evidence_request__descriptor);
	Bundle bundle = OUTRIDER__V1__EVIDENCE_BUNDLE__INIT;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = fill(&bundle, call, request);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? call_reply(call, &bundle.base) : code;
}
