/*
 * The chain on its way to the server: SubmitEvidence, as the contract has it
 * (visit.proto), and what comes back.
 */
#include "evidence_row.h"

#include <assert.h>
#include <string.h>

#include "events.h"
#include "model/utf8.h"
#include "model/wire.h"
#include "rows.h"
#include "tracker.h"

enum {
	REQUEST_ENTRIES = 50,
	REQUEST_BYTES = 200 * 1024,
	REASON_MAX = 200,
};

/* Field numbers. */
enum { ENTRIES = 1 };
enum { HEADER = 1, SIGNATURE = 2, SALT = 3, CONTENT = 4 };
enum { RESULTS = 1, RECEIPT = 2 };
enum { RESULT_NUMBER = 1, RESULT_IS_TAKEN = 2, RESULT_REASON = 3 };
enum { STATEMENT = 1, RECEIPT_SIGNATURE = 2 };

/* After a refusal the same is not offered again so soon. */
static const int64_t REFUSED_REST_US = INT64_C(6) * 3600 * 1000000;

/* ------------------------------------------------------------------ sending */

struct request {
	struct buffer *out;
	struct buffer entry;
	unsigned n;
};

static enum outrider_code add_entry(void *user, uint64_t number,
				    struct bytes row, struct outrider_err *err)
{
	struct request *request = user;
	struct buffer *entry = &request->entry;

	(void)number;
	if (evidence_row_is_lost(row))
		return OUTRIDER_OK;
	if (!evidence_row_is_whole(row))
		return evidence_row_damaged(err);
	buffer_clear(entry);
	wire_put_bytes(entry, HEADER, row.at + EVIDENCE_SIGNED_AT,
		       CHAIN_HEADER_LEN);
	wire_put_bytes(entry, SIGNATURE, row.at + EVIDENCE_SIGNATURE_AT,
		       VAULT_SIGNATURE_LEN);
	if (evidence_row_has_content(row)) {
		wire_put_bytes(entry, SALT, row.at + EVIDENCE_SALT_AT,
			       CHAIN_SALT_LEN);
		wire_put_bytes(entry, CONTENT, row.at + EVIDENCE_CONTENT_AT,
			       row.len - EVIDENCE_CONTENT_AT);
	}
	if (request->n == REQUEST_ENTRIES ||
	    (request->n > 0 && request->out->len + entry->len > REQUEST_BYTES))
		return OUTRIDER_CANCELLED;
	request->n++;
	wire_put_bytes(request->out, ENTRIES, entry->at, entry->len);
	if (entry->is_full || request->out->is_full)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the evidence.");
	return OUTRIDER_OK;
}

/* A refusal is told once more when there is news, and now and then. */
static bool
is_resting(const struct outrider *core, const struct evidence_chain *chain)
{
	return chain->refused > 0 && chain->newest == chain->refused_newest &&
	       core->now_us >= chain->refused_us &&
	       core->now_us - chain->refused_us < REFUSED_REST_US;
}

/*
 * The first to be offered; behind the newest: none. Where the newest was lost
 * the server may hold it: the last that it holds for certain is offered once
 * more, and its receipt tells.
 */
static uint64_t first_to_offer(const struct evidence_chain *chain)
{
	const bool is_purged = chain->n_notes == 0 ||
			       chain->notes[chain->n_notes - 1].number !=
				       chain->newest_kept;

	if (chain->newest > chain->received && !is_purged &&
	    chain->newest_kept == chain->received)
		return chain->received;
	return chain->received + 1;
}

enum outrider_code evidence_request(struct outrider *core,
				    struct buffer *request_out,
				    struct outrider_err *err)
{
	const struct evidence_chain *chain = tracker_chain(core);
	struct request request = { .out = request_out };
	enum outrider_code code;
	uint64_t first;

	if (!chain || is_resting(core, chain))
		return OUTRIDER_OK;
	first = first_to_offer(chain);
	if (first > chain->newest_kept)
		return OUTRIDER_OK;
	buffer_init(&request.entry, &core->allocator, EVIDENCE_ROW_MAX + 64);
	code = rows_each(core, REPLICA_evidence, first, add_entry, &request,
			 err);
	buffer_free(&request.entry);
	if (code == OUTRIDER_CANCELLED) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	return code;
}

/* ---------------------------------------------------------------- answering */

struct answer {
	struct bytes statement, signature; /* at NULL: no receipt */
	uint64_t refused;		   /* the first one; 0: none */
	struct bytes reason;		   /* the server's */
	bool is_fork; /* the server holds another chain of this device */
};

static bool read_result(struct answer *answer, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;
	uint64_t number = 0;
	bool is_taken = false;
	struct bytes reason = { 0 };
	int more;

	while ((more = wire_next(&reader, &field)) > 0) {
		if (field.number == RESULT_NUMBER && field.type == WIRE_VARINT)
			number = field.scalar;
		else if (field.number == RESULT_IS_TAKEN &&
			 field.type == WIRE_VARINT)
			is_taken = field.scalar != 0;
		else if (field.number == RESULT_REASON &&
			 field.type == WIRE_LEN)
			reason = field.value;
	}
	if (!is_taken && answer->refused == 0) {
		answer->refused = number;
		answer->reason = reason;
	}
	return more == 0 && number > 0;
}

static bool read_receipt(struct answer *answer, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;
	int more;

	while ((more = wire_next(&reader, &field)) > 0) {
		if (field.type != WIRE_LEN)
			continue;
		if (field.number == STATEMENT)
			answer->statement = field.value;
		else if (field.number == RECEIPT_SIGNATURE)
			answer->signature = field.value;
	}
	return more == 0;
}

static bool read_answer(struct answer *answer, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;
	bool is_well = true;
	int more;

	while (is_well && (more = wire_next(&reader, &field)) != 0) {
		if (more < 0)
			return false;
		if (field.type != WIRE_LEN)
			continue;
		if (field.number == RESULTS)
			is_well = read_result(answer, field.value);
		else if (field.number == RECEIPT)
			is_well = read_receipt(answer, field.value);
	}
	return is_well;
}

/* The organisation's word about this device, or DATA_LOSS. A word about
 * another chain is true, and no error of the sync: it is shown. One about an
 * entry that was lost here is believed. */
static enum outrider_code
check_receipt(struct outrider *core, struct chain_statement *out,
	      struct answer *answer, struct outrider_err *err)
{
	uint8_t head[CHAIN_HASH_LEN];
	struct bytes row;
	enum outrider_code code;

	if (!evidence_is_signed(core->device.organization_signing_key,
				answer->signature, answer->statement) ||
	    !chain_statement_read(out, answer->statement.at,
				  answer->statement.len))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The receipt is not the organisation's.");
	if (memcmp(out->device_id, core->device.id.at, 16) != 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The receipt is for another device.");
	code = evidence_row_get(core, &row, out->number, err);
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	if (code == OUTRIDER_OK && evidence_row_is_lost(row))
		return OUTRIDER_OK;
	if (code == OUTRIDER_OK)
		evidence_row_head(head, row);
	answer->is_fork = code == OUTRIDER_NOT_FOUND ||
			  memcmp(head, out->head, CHAIN_HASH_LEN) != 0;
	err_clear(err);
	return OUTRIDER_OK;
}

/* Receipts are kept whole, so that the device can show them. */
static enum outrider_code save_receipt(struct outrider *core, uint64_t number,
				       const struct answer *answer,
				       struct outrider_err *err)
{
	uint8_t row[CHAIN_STATEMENT_LEN + VAULT_SIGNATURE_LEN];
	struct row_number id = row_number(number);

	assert(answer->statement.at && answer->signature.at);
	memcpy(row, answer->statement.at, CHAIN_STATEMENT_LEN);
	memcpy(row + CHAIN_STATEMENT_LEN, answer->signature.at,
	       VAULT_SIGNATURE_LEN);
	return rows_put(core, REPLICA_receipt, id.at, sizeof(id.at), number,
			(struct bytes){ .at = row, .len = sizeof(row) }, err);
}

/* A receipt below what was received: the server came back from a copy. What
 * it lost is offered anew. */
static enum outrider_code
take_answer(struct outrider *core, struct evidence_chain *chain,
	    const struct answer *answer, const struct chain_statement *receipt,
	    struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	core_touch(core, CORE_TRACKER);
	if (receipt->number > 0 && !answer->is_fork) {
		chain->received = receipt->number;
		if (receipt->number == chain->newest)
			memcpy(chain->head, receipt->head, CHAIN_HASH_LEN);
		code = save_receipt(core, receipt->number, answer, err);
	}
	chain->refused = answer->refused;
	chain->refused_newest = answer->refused ? chain->newest : 0;
	chain->refused_us = answer->refused ? core->now_us : 0;
	if (code == OUTRIDER_OK)
		code = evidence_save_state(core, chain, err);
	return code;
}

/* The server's words, as far as they can be shown. */
static void tell_refused(struct outrider *core, const struct answer *answer)
{
	static const char FORK[] = "it holds other evidence of this device";
	const char *at = (const char *)answer->reason.at;
	size_t len = answer->reason.len;

	if (len > REASON_MAX || !utf8_is_valid_text(at, len))
		len = 0;
	if (answer->is_fork) {
		at = FORK;
		len = sizeof(FORK) - 1;
	}
	core_log(core, OUTRIDER_LOG_WARNING, "evidence: entry refused");
	events_push(&core->events, OUTRIDER_EVENT_EVIDENCE_REFUSED, NULL,
		    OUTRIDER_FAILED_PRECONDITION,
		    "The server did not take evidence %llu: %.*s",
		    (unsigned long long)answer->refused, (int)len,
		    len ? at : "");
}

enum outrider_code evidence_answered(struct outrider *core, bool *goes_on,
				     const uint8_t *response, size_t len,
				     struct outrider_err *err)
{
	struct evidence_chain *chain = tracker_chain(core);
	struct answer answer = { 0 };
	struct chain_statement statement = { 0 };
	enum outrider_code code;

	*goes_on = false;
	if (!chain ||
	    !read_answer(&answer, (struct bytes){ .at = response, .len = len }))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's answer makes no sense.");
	if (answer.statement.len > 0) {
		code = check_receipt(core, &statement, &answer, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	if (answer.is_fork && answer.refused == 0)
		answer.refused = chain->received + 1;
	uint64_t before = chain->received;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = take_answer(core, chain, &answer, &statement, err);
	code = core_finish(core, code, err);
	if (code != OUTRIDER_OK)
		return code;
	if (answer.refused > 0)
		tell_refused(core, &answer);
	if (statement.number > 0 && !(statement.flags & CHAIN_DEMO_CLOCK))
		tracker_hear_time(core, statement.at_us);
	*goes_on = answer.refused == 0 && chain->received > before &&
		   chain->received < chain->newest;
	return OUTRIDER_OK;
}

void evidence_counts(const struct outrider *core, uint64_t *n_waiting,
		     uint64_t *newest)
{
	const struct evidence_chain *chain = tracker_chain(core);

	*newest = chain ? chain->newest : 0;
	*n_waiting = chain && chain->newest_kept > chain->received
			     ? chain->newest_kept - chain->received
			     : 0;
}
