/*
 * Prints what the detector says of many made-up meetings: number, word, the
 * verdict's bytes, a digest of the checkpoint and of the evidence. Any two
 * builds must print the same. Adaptive for odd numbers, every fix for even.
 *
 *     visit_vectors               400 of them
 *     visit_vectors FIRST COUNT   so many, a line with one digest a hundred;
 *                                 all but each fiftieth are short
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "meetings.h"
#include "model/evidence.h"

enum { MEETINGS = 400, BATCH = 100, WHOLE_EVERY = 50 };

static const uint64_t DIGEST_BEGIN = 0xcbf29ce484222325u;

static uint64_t digest_on(uint64_t hash, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t digest(const uint8_t *bytes, size_t len)
{
	return digest_on(DIGEST_BEGIN, bytes, len);
}

static void must(bool is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "visit_vectors: %s\n", what);
	exit(1);
}

struct watch {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
	uint8_t bytes[EVIDENCE_MAX_BYTES];
};

static void take(struct watch *watch, const struct tick *tick)
{
	if (evidence_draft_append(&watch->draft, tick))
		visit_tick(&watch->visit, tick);
}

static void print_meeting(uint64_t number, const struct watch *watch,
			  const struct visit_verdict *verdict)
{
	uint8_t bytes[VISIT_VERDICT_BYTES], state[VISIT_STATE_MAX_BYTES];
	size_t len = visit_save(&watch->visit, state);
	must(len > 0, "the checkpoint does not fit");
	visit_verdict_write(bytes, verdict);
	printf("%" PRIu64 " %s ", number, visit_word_name(verdict->word));
	for (size_t i = 0; i < sizeof(bytes); i++)
		printf("%02x", bytes[i]);
	printf(" %016" PRIx64 " %016" PRIx64 "\n", digest(state, len),
	       digest(watch->bytes, watch->draft.len));
}

/* The meeting's watch at its end, and the verdict; lent until the next. */
static const struct watch *
run_meeting(uint64_t number, bool is_short, struct visit_verdict *verdict)
{
	static struct watch watch;
	struct visit_verdict again;
	struct meeting meeting;
	struct fix fix;
	struct tick tick;
	struct evidence_content content;
	meeting_begin(&meeting, number);
	if (is_short)
		meeting_abridge(&meeting);
	int64_t closes_us = meeting.opened_us + (int64_t)86400 * 1000000;
	tick_quantiser_open(&watch.quantiser, meeting.plan.pin,
			    meeting.opened_us, closes_us);
	must(visit_open(&watch.visit, &meeting.plan, meeting.opened_us) &&
		     evidence_draft_begin(&watch.draft, watch.bytes,
					  &meeting.plan, meeting.opened_us),
	     "the plan is refused");
	int64_t due_us = 0;
	while (meeting_next(&meeting, &fix)) {
		if (number % 2 == 1 && fix.time_us < due_us)
			continue;
		if (tick_quantiser_add(&watch.quantiser, &tick, &fix,
				       evidence_block_ds(&watch.draft)))
			take(&watch, &tick);
		due_us = fix.time_us +
			 (int64_t)visit_wanted_interval_s(&watch.visit) *
				 1000000;
	}
	if (tick_quantiser_flush(&watch.quantiser, &tick))
		take(&watch, &tick);
	visit_decide(&watch.visit, verdict);
	must(evidence_draft_finish(&watch.draft, closes_us,
				   &watch.quantiser.signals, verdict),
	     "the evidence cannot be finished");
	must(evidence_content_read(&content, watch.bytes, watch.draft.len) &&
		     evidence_recompute(&content, &again) == EVIDENCE_EQUAL,
	     "the evidence does not give the verdict again");
	return &watch;
}

static uint64_t batch_digest(uint64_t first, uint64_t count)
{
	uint8_t state[VISIT_STATE_MAX_BYTES];
	struct visit_verdict verdict;
	uint64_t hash = DIGEST_BEGIN;
	for (uint64_t number = first; number < first + count; number++) {
		const struct watch *watch = run_meeting(
			number, number % WHOLE_EVERY != 0, &verdict);
		size_t len = visit_save(&watch->visit, state);
		must(len > 0, "the checkpoint does not fit");
		hash = digest_on(hash, state, len);
		/* Ends with the verdict's bytes and the signals. */
		hash = digest_on(hash, watch->bytes, watch->draft.len);
	}
	return hash;
}

static void print_batches(uint64_t first, uint64_t count)
{
	for (uint64_t done = 0; done < count; done += BATCH) {
		uint64_t left = count - done < BATCH ? count - done : BATCH;
		printf("%" PRIu64 " %016" PRIx64 "\n", first + done,
		       batch_digest(first + done, left));
		(void)fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct visit_verdict verdict;
	if (argc == 3) {
		print_batches(strtoull(argv[1], NULL, 10),
			      strtoull(argv[2], NULL, 10));
		return 0;
	}
	for (uint64_t number = 1; number <= MEETINGS; number++)
		print_meeting(number, run_meeting(number, false, &verdict),
			      &verdict);
	return 0;
}
