/*
 * GetEvidence: the bundle that tools/verify checks. For managers, and for the
 * rep whose visit it is. Writes nothing, proves nothing: it hands out what is
 * held, in parts whose bytes, one behind the other, are one message.
 */
#include "app/visits_parts.h"

#include "app/keys.h"
#include "app/parts.h"

#include <string.h>

typedef Outrider__V1__EvidenceEntry Entry;
typedef Outrider__V1__Receipt Receipt;
typedef Outrider__V1__EvidenceBundle Bundle;

/*
 * Entries, and receipts, of one part: at most 256 KiB with the longest headers
 * and signatures that are taken, and the one content.
 */
enum { ITEMS_MAX = 400 };

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

/*
 * The parts of one export. A chain grows at its end only, so each part may
 * have a snapshot of its own: where the bundle ends was settled at the start.
 */
struct export
{
	Bundle front; /* the first part's own */
	struct identity_device device;
	uint64_t shown; /* the visit's entry, the one with content */
	/* What is next; all up to `last` belong to the bundle. */
	uint64_t next_entry, next_receipt, last;
};

static enum outrider_code add_entries(Bundle *part, struct app_call *call)
{
	struct export *export = call->state;
	uint64_t until = export->next_entry + ITEMS_MAX - 1;
	struct evidence *held;
	Entry *entries;
	size_t n;
	enum outrider_code code;

	if (until > export->last)
		until = export->last;
	const struct evidence_query asked = {
		.device = export->device.id,
		.from = export->next_entry,
		.until = until,
		.with_content = export->shown,
	};
	code = evidence_chain(call_conn(call), &held, &n, &asked, &call->page,
			      &call->err);
	if (code != OUTRIDER_OK)
		return code;
	entries = arena_alloc(&call->page, n * sizeof(entries[0]) + 1);
	part->entries = arena_alloc(&call->page, n * sizeof(Entry *) + 1);
	if (!entries || !part->entries)
		return no_memory(&call->err);
	for (size_t i = 0; i < n; i++) {
		outrider__v1__evidence_entry__init(&entries[i]);
		entries[i].header = data_of(held[i].header);
		entries[i].signature = data_of(held[i].signature);
		entries[i].salt = data_of(held[i].salt);
		entries[i].content = data_of(held[i].content);
		part->entries[i] = &entries[i];
	}
	part->n_entries = n;
	export->next_entry = until + 1;
	return OUTRIDER_OK;
}

static enum outrider_code add_receipts(Bundle *part, struct app_call *call)
{
	struct export *export = call->state;
	const struct receipt_query asked = {
		.device = export->device.id,
		.from = export->next_receipt,
		.until = export->last,
		.limit = ITEMS_MAX,
	};
	struct evidence_receipt *given;
	Receipt *receipts;
	size_t n;
	enum outrider_code code;

	code = receipt_list(call_conn(call), &given, &n, &asked, &call->page,
			    &call->err);
	if (code != OUTRIDER_OK)
		return code;
	receipts = arena_alloc(&call->page, n * sizeof(receipts[0]) + 1);
	part->receipts = arena_alloc(&call->page, n * sizeof(Receipt *) + 1);
	if (!receipts || !part->receipts)
		return no_memory(&call->err);
	for (size_t i = 0; i < n; i++) {
		outrider__v1__receipt__init(&receipts[i]);
		receipts[i].statement = data_of(given[i].statement);
		receipts[i].signature = data_of(given[i].signature);
		part->receipts[i] = &receipts[i];
	}
	part->n_receipts = n;
	export->next_receipt = n < ITEMS_MAX ? export->last + 1
					     : given[n - 1].number + 1;
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

/* A receipt above the visit's own entry covers it only through the headers
 * between: the bundle goes on up to the entry that the first one names. */
static enum outrider_code
find_end(struct app_call *call, const struct visit_finding *finding)
{
	struct export *export = call->state;
	const struct receipt_query asked = {
		.device = finding->device,
		.from = finding->number,
		.until = INT64_MAX,
		.limit = 1,
	};
	struct evidence_receipt *given;
	size_t n;
	enum outrider_code code = receipt_list(
		call_conn(call), &given, &n, &asked, &call->arena, &call->err);

	export->shown = finding->number;
	export->last = n > 0 ? given[0].number : finding->number;
	export->next_entry = 1;
	export->next_receipt = 1;
	return code;
}

static void fill_front(struct export *export, const struct org_keys *keys)
{
	struct identity_device *device = &export->device;
	Bundle *front = &export->front;

	outrider__v1__evidence_bundle__init(front);
	front->device_id.data = device->id.at;
	front->device_id.len = sizeof(device->id.at);
	front->device_display_name = device->display_name;
	front->device_signing_key.data = device->signing_key;
	front->device_signing_key.len = sizeof(device->signing_key);
	front->organization_signing_key.data =
		(uint8_t *)(uintptr_t)keys->sign_public;
	front->organization_signing_key.len = sizeof(keys->sign_public);
}

static enum outrider_code
prepare(struct app_call *call, const Outrider__V1__GetEvidenceRequest *request)
{
	struct export *export = call->state;
	struct visit_finding finding;
	struct row *meeting;
	struct uuid rep;
	enum outrider_code code;

	code = visits_find(call, &meeting, &rep, request->meeting_id,
			   request->rep_id);
	if (code == OUTRIDER_OK)
		code = may_have(call, &rep);
	if (code == OUTRIDER_OK)
		code = visit_get(call_conn(call), &finding, &meeting->id, &rep,
				 &call->err);
	if (code == OUTRIDER_OK)
		code = identity_device_get(call_conn(call), &export->device,
					   &finding.device, &call->err);
	if (code == OUTRIDER_OK)
		code = find_end(call, &finding);
	if (code == OUTRIDER_OK)
		fill_front(export, call->app->config.keys);
	return code;
}

static enum outrider_code fill_part(Bundle *part, struct app_call *call)
{
	struct export *export = call->state;
	enum outrider_code code = OUTRIDER_OK;

	if (export->next_entry <= export->last)
		code = add_entries(part, call);
	if (code == OUTRIDER_OK && export->next_entry > export->last)
		code = add_receipts(part, call);
	return code;
}

static enum app_progress next_part(struct app_call *call)
{
	struct export *export = call->state;
	Bundle part = OUTRIDER__V1__EVIDENCE_BUNDLE__INIT;
	enum outrider_code code;

	if (export->next_receipt > export->last)
		return APP_END;
	if (export->next_entry == 1)
		part = export->front;
	if (store_read_begin(call_conn(call), NULL, &call->err) != OUTRIDER_OK)
		return APP_END;
	code = fill_part(&part, call);
	store_read_end(call_conn(call));
	/* Numbers that the device lost: a gap may be longer than a part. */
	if (code == OUTRIDER_OK && part.device_id.len == 0 &&
	    part.n_entries + part.n_receipts == 0 &&
	    export->next_receipt <= export->last)
		return call_yield(call);
	if (code == OUTRIDER_OK)
		code = call_reply(call, &part.base);
	return code == OUTRIDER_OK ? APP_MESSAGE : APP_END;
}

enum outrider_code visits_evidence_start(struct app_call *call)
{
	const Outrider__V1__GetEvidenceRequest *request = call_unpack(
		call, &outrider__v1__get_evidence_request__descriptor);
	enum outrider_code code;

	call->state = arena_alloc(&call->arena, sizeof(struct export));
	if (!request)
		return call->err.code;
	if (!call->state)
		return no_memory(&call->err);
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = prepare(call, request);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK)
		call->next = next_part;
	return code;
}
