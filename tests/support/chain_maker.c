/*
 * Chains of evidence for tests: see chain_maker.h.
 */
#include "chain_maker.h"

#include "app/digest.h"
#include "model/wire.h"
#include "outrider/v1/visit.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define SECOND_US INT64_C(1000000)
#define MARGIN_US (VISIT_MARGIN_S * SECOND_US)
#define FIX_US	  (15 * SECOND_US)
#define AGAIN_US  (INT64_C(2) * 3600 * SECOND_US)

/* -------------------------------------------------------------------- days */

/* Metres north of the pin at a time in seconds after the planned start. */
static double metres_away(enum day day, double at_s, double length_s)
{
	double arrive_s = 0, leave_s = 0;

	switch (day) {
	case DAY_PRESENT:
	case DAY_MADE_UP:
		arrive_s = -60;
		leave_s = length_s + 30;
		break;
	case DAY_LATE:
		arrive_s = 1000;
		leave_s = length_s + 120;
		break;
	case DAY_SHORT:
		arrive_s = 300;
		leave_s = 480;
		break;
	case DAY_NEARBY:
		return 280;
	case DAY_ELSEWHERE:
		return 6000;
	case DAY_NO_FIXES:
		return 0;
	}
	if (at_s < arrive_s)
		return (arrive_s - at_s) * 10;
	if (at_s > leave_s)
		return (at_s - leave_s) * 10;
	return 0;
}

struct window {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
};

static void add_tick(struct window *w, const struct tick *tick)
{
	if (evidence_draft_append(&w->draft, tick))
		visit_tick(&w->visit, tick);
}

/* Some metres of noise, each phone's and each second's own: no phone lies
 * still, and none errs like another one or like itself a week ago. */
static double
noise_at(const struct harness_user *user, int64_t at_us, uint64_t axis)
{
	uint64_t mixed = (uint64_t)at_us + axis;

	for (size_t i = 0; i < 8; i++)
		mixed = (mixed ^ user->device.at[8 + i]) *
			UINT64_C(0x9e3779b97f4a7c15);
	mixed ^= mixed >> 32;
	return (double)(mixed % 1000) / 100.0 - 5.0;
}

static void live_through(struct window *w, const struct harness_user *user,
			 const struct visit_plan *plan, enum day day)
{
	struct geo_plane plane;
	struct tick tick;
	double length_s = (double)(plan->end_us - plan->start_us) / 1e6;

	geo_plane_about(&plane, plan->pin);
	for (int64_t at_us = plan->start_us - MARGIN_US;
	     at_us <= plan->end_us + MARGIN_US && day != DAY_NO_FIXES;
	     at_us += FIX_US) {
		double at_s = (double)(at_us - plan->start_us) / 1e6;
		struct fix fix = {
			.time_us = at_us,
			.lat_deg = plane.lat_deg +
				   (metres_away(day, at_s, length_s) +
				    noise_at(user, at_us, 1)) /
					   plane.north_m_per_deg,
			.lon_deg = plane.lon_deg + noise_at(user, at_us, 2) /
							   plane.east_m_per_deg,
			.accuracy_m = 10,
			.is_mock = day == DAY_MADE_UP,
		};

		if (tick_quantiser_add(&w->quantiser, &tick, &fix,
				       evidence_block_ds(&w->draft)))
			add_tick(w, &tick);
	}
	if (tick_quantiser_flush(&w->quantiser, &tick))
		add_tick(w, &tick);
}

/* ----------------------------------------------------------------- entries */

void chain_begin(struct chain_maker *chain, const struct harness_user *user)
{
	*chain = (struct chain_maker){ .user = user };
}

void made_sign(struct made_entry *entry, const struct harness_user *user)
{
	const struct bytes parts[] = {
		{ entry->salt, sizeof(entry->salt) },
		{ entry->content, entry->content_len },
	};

	digest_of(entry->header.content, parts, 2);
	entry->header.content_len = (uint32_t)entry->content_len;
	chain_header_write(entry->header_bytes, &entry->header);
	crypto_sign_detached(entry->signature, NULL, entry->header_bytes,
			     CHAIN_HEADER_LEN, user->sign_secret);
}

void made_hash(uint8_t out[CHAIN_HASH_LEN], const struct made_entry *entry)
{
	const struct bytes parts[] = {
		{ entry->header_bytes, sizeof(entry->header_bytes) },
		{ entry->signature, sizeof(entry->signature) },
	};

	digest_of(out, parts, 2);
}

void chain_add(struct made_entry *out, struct chain_maker *chain,
	       const struct visit_plan *plan, enum day day)
{
	int64_t opened_us = plan->start_us - MARGIN_US;
	int64_t closed_us = plan->end_us + MARGIN_US;
	struct window w;

	memset(out, 0, sizeof(*out));
	tick_quantiser_open(&w.quantiser, plan->pin, opened_us, closed_us);
	assert_true(visit_open(&w.visit, plan, opened_us));
	assert_true(
		evidence_draft_begin(&w.draft, out->content, plan, opened_us));
	live_through(&w, chain->user, plan, day);
	visit_decide(&w.visit, &out->verdict);
	assert_true(evidence_draft_finish(&w.draft, closed_us,
					  &w.quantiser.signals, &out->verdict));
	out->content_len = w.draft.len;
	memset(out->salt, (int)(chain->number + 3), sizeof(out->salt));
	out->header = (struct chain_header){
		.sig_alg = CHAIN_ED25519,
		.number = ++chain->number,
		.wall_us = closed_us,
		.mono_us = 1,
	};
	/* Of one meeting again, and after the first was sent. */
	if (out->header.wall_us < chain->signed_us + AGAIN_US)
		out->header.wall_us = chain->signed_us + AGAIN_US;
	chain->signed_us = out->header.wall_us;
	memcpy(out->header.device_id, chain->user->device.at, 16);
	memcpy(out->header.meeting_id, plan->meeting_id, 16);
	memcpy(out->header.previous, chain->head, CHAIN_HASH_LEN);
	made_sign(out, chain->user);
	made_hash(chain->head, out);
}

/* -------------------------------------------------------------- submitting */

static void read_receipt(struct submitted *out, const struct app_harness *h,
			 const Outrider__V1__Receipt *receipt)
{
	out->has_receipt = true;
	assert_true(chain_statement_read(&out->receipt, receipt->statement.data,
					 receipt->statement.len));
	assert_int_equal(receipt->signature.len, 64);
	assert_int_equal(crypto_sign_verify_detached(receipt->signature.data,
						     receipt->statement.data,
						     receipt->statement.len,
						     h->keys.sign_public),
			 0);
}

static void put_entry(struct buffer *out, const struct made_entry *entry)
{
	struct buffer bytes = harness_buffer();

	wire_put_bytes(&bytes, 1, entry->header_bytes,
		       sizeof(entry->header_bytes));
	wire_put_bytes(&bytes, 2, entry->signature, sizeof(entry->signature));
	wire_put_bytes(&bytes, 3, entry->salt, sizeof(entry->salt));
	wire_put_bytes(&bytes, 4, entry->content, entry->content_len);
	wire_put_bytes(out, 1, bytes.at, bytes.len);
	buffer_free(&bytes);
}

struct buffer chain_request(const struct made_entry *entries, size_t n)
{
	struct buffer out = harness_buffer();

	for (size_t i = 0; i < n; i++)
		put_entry(&out, &entries[i]);
	assert_false(out.is_full);
	return out;
}

struct submitted chain_submit(struct app_harness *h,
			      const struct harness_user *user,
			      const struct made_entry *entries, size_t n)
{
	Outrider__V1__SubmitEvidenceResponse *response;
	struct buffer request = chain_request(entries, n);
	const struct harness_reply *reply =
		harness_call(h, "VisitService/SubmitEvidence",
			     user->device_token, request.at, request.len);
	struct submitted out = { .code = reply->code };

	buffer_free(&request);
	if (out.code != OUTRIDER_OK)
		return out;
	response = outrider__v1__submit_evidence_response__unpack(
		NULL, reply->message.len, reply->message.at);
	assert_non_null(response);
	out.n_results = response->n_results;
	for (size_t i = 0; i < out.n_results && i < 8; i++) {
		out.is_taken[i] = response->results[i]->is_taken;
		out.numbers[i] = response->results[i]->number;
		snprintf(out.reasons[i], sizeof(out.reasons[i]), "%s",
			 response->results[i]->reason);
	}
	if (response->receipt)
		read_receipt(&out, h, response->receipt);
	outrider__v1__submit_evidence_response__free_unpacked(response, NULL);
	return out;
}
