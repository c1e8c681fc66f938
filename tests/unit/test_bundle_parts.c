/*
 * GetEvidence in parts: however long the chain, each part is small, and their
 * bytes one behind the other are the bundle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#include "model/chain.h"
#include "outrider/v1/visit.pb-c.h"
#include "store/visits.h"

enum { PART_MAX = 256 << 10, HEADER_LEN = 200, SIGNATURE_LEN = 128 };

/* A chain as long as its bytes may be; what is in them nobody asks here. */
struct long_chain {
	struct uuid device, meeting, rep;
	uint64_t entries, shown;
	uint64_t receipt_each; /* of so many entries */
	uint64_t lost_from, lost_until;
};

static enum outrider_code
put_entries(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct long_chain *chain = user;
	uint8_t header[HEADER_LEN] = { 0 }, content[4096] = { 0 };
	enum outrider_code code = OUTRIDER_OK;

	for (uint64_t i = 1; i <= chain->entries && code == OUTRIDER_OK; i++) {
		struct evidence entry = {
			.device = chain->device,
			.number = i,
			.meeting = chain->meeting,
			.header = { header, HEADER_LEN },
			.signature = { header, SIGNATURE_LEN },
			.salt = { content, 16 },
			.content = { content, sizeof(content) },
		};
		struct evidence_receipt receipt = {
			.device = chain->device,
			.number = i,
			.at_us = (int64_t)i,
			.statement = { header, 128 },
			.signature = { header, 64 },
		};

		memcpy(header, &i, sizeof(i));
		if (i >= chain->lost_from && i <= chain->lost_until)
			continue;
		code = evidence_put(tx, &entry, err);
		if (code == OUTRIDER_OK && i % chain->receipt_each == 0)
			code = receipt_put(tx, &receipt, err);
	}
	const struct visit_finding finding = {
		.meeting = chain->meeting,
		.rep = chain->rep,
		.device = chain->device,
		.number = chain->shown,
		.end_us = 1,
		.word = 1,
		.certainty = 1,
	};
	return code == OUTRIDER_OK ? visit_put(tx, &finding, err) : code;
}

/* All parts; each is within its bound. */
static struct buffer
collect(struct world *w, const struct uuid *meeting, size_t *n_parts)
{
	struct fields request = fields_new();
	struct buffer whole = harness_buffer();
	enum app_progress progress;
	struct app_call *call;
	struct app_status status;
	struct bytes part;
	int woken;

	fields_id(&request, 1, meeting);
	call = harness_begin(&w->h, "VisitService/GetEvidence", w->mia.token,
			     request.bytes.at, request.bytes.len, &woken);
	*n_parts = 0;
	for (;;) {
		int asked = woken;

		progress = app_call_next(call, &part, &status);
		/* Others have their turn. */
		if (progress == APP_WAIT && woken > asked)
			continue;
		if (progress != APP_MESSAGE)
			break;
		assert_in_range(part.len, 1, PART_MAX);
		buffer_append(&whole, part.at, part.len);
		(*n_parts)++;
	}
	assert_int_equal(progress, APP_END);
	assert_int_equal(status.code, OUTRIDER_OK);
	app_call_free(call);
	fields_free(&request);
	return whole;
}

static void check(struct world *w, uint64_t entries, uint64_t shown,
		  uint64_t receipt_each, uint64_t last, size_t n_receipts)
{
	struct long_chain chain = {
		.device = w->anna.device,
		.rep = w->anna.id,
		.entries = entries,
		.shown = shown,
		.receipt_each = receipt_each,
	};
	Outrider__V1__EvidenceBundle *bundle;
	struct outrider_err err;
	struct buffer bytes;
	size_t n_parts;

	chain.meeting = world_meeting(w, &w->anna, w->h.wall_us, NULL);
	assert_int_equal(store_write_now(w->h.store, put_entries, &chain, &err),
			 OUTRIDER_OK);
	bytes = collect(w, &chain.meeting, &n_parts);
	bundle = outrider__v1__evidence_bundle__unpack(NULL, bytes.len,
						       bytes.at);
	assert_non_null(bundle);
	assert_int_equal(bundle->n_entries, last);
	assert_int_equal(bundle->n_receipts, n_receipts);
	for (uint64_t i = 0; i < last; i++) {
		const Outrider__V1__EvidenceEntry *entry = bundle->entries[i];
		uint64_t number = 0;

		memcpy(&number, entry->header.data, sizeof(number));
		assert_int_equal(number, i + 1);
		assert_int_equal(entry->content.len,
				 number == shown ? 4096 : 0);
	}
	assert_int_equal(bundle->device_id.len, 16);
	assert_memory_equal(bundle->device_signing_key.data,
			    w->anna.sign_public, 32);
	assert_int_equal(bundle->organization_signing_key.len, 32);
	assert_true(n_parts >= last / 500 && n_parts <= last / 100 + 1);
	outrider__v1__evidence_bundle__free_unpacked(bundle, NULL);
	buffer_free(&bytes);
}

/* As many as a phone may lose at once, at the beginning and within. */
static void gaps_are_stepped_over(void **state)
{
	struct world *w = *state;
	struct long_chain chain = {
		.device = w->anna.device,
		.rep = w->anna.id,
		.entries = 1300,
		.shown = 1300,
		.receipt_each = 1300,
		.lost_from = 1,
	};
	Outrider__V1__EvidenceBundle *bundle;
	struct outrider_err err;
	struct buffer bytes;
	size_t n_parts;

	chain.lost_until = 1 + 2 * CHAIN_LOST_MAX;
	chain.meeting = world_meeting(w, &w->anna, w->h.wall_us, NULL);
	assert_int_equal(store_write_now(w->h.store, put_entries, &chain, &err),
			 OUTRIDER_OK);
	bytes = collect(w, &chain.meeting, &n_parts);
	bundle = outrider__v1__evidence_bundle__unpack(NULL, bytes.len,
						       bytes.at);
	assert_non_null(bundle);
	assert_int_equal(bundle->n_entries, 1300 - chain.lost_until);
	assert_int_equal(bundle->n_receipts, 1);
	assert_int_equal(bundle->device_id.len, 16);
	outrider__v1__evidence_bundle__free_unpacked(bundle, NULL);
	buffer_free(&bytes);
}

static void long_chain_comes_in_small_parts(void **state)
{
	/* A receipt each 7 entries: the next above 2000 is at 2002. */
	check(*state, 2300, 2000, 7, 2002, 286);
}

static void chain_of_whole_parts_ends_there(void **state)
{
	check(*state, 800, 800, 1, 800, 800);
}

static void chain_without_a_receipt_ends_at_the_visit(void **state)
{
	check(*state, 10, 3, 1000, 3, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(long_chain_comes_in_small_parts),
		WITH_WORLD(gaps_are_stepped_over),
		WITH_WORLD(chain_of_whole_parts_ends_there),
		WITH_WORLD(chain_without_a_receipt_ends_at_the_visit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
