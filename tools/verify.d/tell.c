/* All times are UTC. */
#include "tell.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "model/spoof.h"
#include "model/uuid.h"

static const int64_t US_PER_S = 1000000;
static const int64_t US_PER_DS = 100000;

/* ------------------------------------------------------------------- pieces */

struct moment {
	char text[40];
};

/* The broken-down time of a moment; years that tm can't hold are zeros. */
static struct tm utc_of(int64_t us)
{
	time_t seconds = (time_t)(us / US_PER_S - (us % US_PER_S < 0));
	struct tm tm = { 0 };

	(void)gmtime_r(&seconds, &tm);
	return tm;
}

static struct moment date_time(int64_t us)
{
	struct moment moment = { "" };
	struct tm tm = utc_of(us);

	(void)strftime(moment.text, sizeof(moment.text), "%Y-%m-%d %H:%M:%S",
		       &tm);
	return moment;
}

static struct moment clock_time(int64_t us)
{
	struct moment moment = { "" };
	struct tm tm = utc_of(us);

	(void)strftime(moment.text, sizeof(moment.text), "%H:%M:%S", &tm);
	return moment;
}

static struct moment rfc3339(int64_t us)
{
	struct moment moment = { "" };
	struct tm tm = utc_of(us);

	(void)strftime(moment.text, sizeof(moment.text), "%Y-%m-%dT%H:%M:%SZ",
		       &tm);
	return moment;
}

struct id_text {
	char text[UUID_TEXT_LEN + 1];
};

static struct id_text id_of(const uint8_t id[16])
{
	struct id_text text;
	struct uuid uuid;

	memcpy(uuid.at, id, sizeof(uuid.at));
	uuid_format(text.text, &uuid);
	return text;
}

static void put_hex(FILE *out, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", at[i]);
}

/* A name from the file, as far as it is harmless on a terminal. */
static void put_name(FILE *out, struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];
		fputc(c < 0x20 || c == 0x7f || c == '"' || c == '\\' ? '?' : c,
		      out);
	}
}

static bool has_stay(const struct visit_verdict *verdict)
{
	return verdict->word == VISIT_PRESENT || verdict->word == VISIT_LATE ||
	       verdict->word == VISIT_SHORT;
}

/* ---------------------------------------------------------------- a person */

static void tell_plan(FILE *out, const struct evidence_content *content)
{
	const struct visit_plan *plan = &content->plan;

	fprintf(out, "Planned     %s to %s UTC\n            ",
		date_time(plan->start_us).text, clock_time(plan->end_us).text);
	if (plan->area.n_corners > 0)
		fprintf(out, "inside an outline of %u corners about ",
			(unsigned)plan->area.n_corners);
	else
		fprintf(out, "within %" PRIu32 " m of ", plan->radius_m);
	fprintf(out, "%.7f, %.7f, for at least %" PRIu32 " s\n",
		plan->pin.lat_e7 / 1e7, plan->pin.lon_e7 / 1e7,
		plan->min_dwell_s);
	fprintf(out, "Watched     %s to %s UTC\n",
		date_time(content->opened_us).text,
		clock_time(content->closed_us).text);
	fprintf(out,
		"            %" PRIu32 " ticks; fixes cover %u.%u %% of the "
		"planned time\n",
		content->ticks, content->verdict.coverage_permille / 10,
		content->verdict.coverage_permille % 10);
}

static void tell_span(FILE *out, const char *name, int64_t opened_us,
		      struct visit_span span)
{
	fprintf(out, "            %s %s UTC (%s to ", name,
		clock_time(opened_us + span.at_ds * US_PER_DS).text,
		clock_time(opened_us + span.lo_ds * US_PER_DS).text);
	fprintf(out, "%s)\n",
		clock_time(opened_us + span.hi_ds * US_PER_DS).text);
}

static void tell_verdict(FILE *out, const struct evidence_content *content)
{
	const struct visit_verdict *verdict = &content->verdict;

	fprintf(out, "Verdict     %s, %s; log-odds of having been there %.1f\n",
		visit_word_name(verdict->word),
		verdict->certainty == VISIT_FIRM ? "firm" : "doubtful",
		verdict->log_odds_mnat / 1000.0);
	if (!has_stay(verdict))
		return;
	tell_span(out, "arrived", content->opened_us, verdict->arrival);
	tell_span(out, "left   ", content->opened_us, verdict->departure);
	fprintf(out,
		"            stayed %" PRIu32 " s (%" PRIu32 " to %" PRIu32
		"); the bounds hold the truth in about 9 of 10 cases\n",
		verdict->dwell.at_ds / 10, verdict->dwell.lo_ds / 10,
		verdict->dwell.hi_ds / 10);
}

/* The score that anyone gets who has this entry. */
static void tell_signals(FILE *out, const struct evidence_content *content)
{
	struct spoof_finding spoof;
	const struct tick_signals *s = &content->signals;

	spoof_score(&spoof, content);
	fprintf(out, "Made up?    score %u of 1000, by this entry alone%s\n",
		spoof.score_permille,
		spoof.score_permille >= SPOOF_ASK_PERMILLE
			? ": reason to ask"
			: "; from 500 on there is reason to ask");
	for (size_t i = 0; i < SPOOF_SIGNALS; i++) {
		enum spoof_signal signal = (enum spoof_signal)i;
		char sentence[200];

		if (spoof.weight_permille[i] == 0)
			continue;
		(void)spoof_sentence(sentence, sizeof(sentence), signal,
				     content);
		fprintf(out, "            %s %u%s: %s\n",
			spoof_signal_name(signal), spoof.weight_permille[i],
			spoof_is_hard(signal) ? "" : " (not alone)", sentence);
	}
	fprintf(out,
		"            %u fixes; %u marked, %u teleports, %u frozen, "
		"%u of %u steps even,\n            %u refused; none proves "
		"anything alone\n",
		s->fixes, s->mock_fixes, s->teleports, s->frozen_fixes,
		s->even_steps, s->moving_steps, s->refused_fixes);
}

static void tell_receipt(FILE *out, const struct check *check)
{
	if (!check->has_receipt) {
		fputs("  --   no receipt covers this entry: lateness, not "
		      "suspicion\n",
		      out);
		return;
	}
	fprintf(out, "  ok   the server held this entry at %s UTC%s\n",
		date_time(check->receipt.at_us).text,
		check->receipt.flags & CHAIN_DEMO_CLOCK
			? ", by a demonstration's clock"
			: "");
}

static void tell_gaps(FILE *out, const struct check *check)
{
	if (check->n_gaps == 0)
		return;
	fprintf(out,
		"  --   the device lost %" PRIu64 " of its entries, as it says "
		"in what it signed\n       afterwards:",
		check->n_lost);
	for (size_t i = 0; i < check->n_gaps && i < CHECK_GAPS_MAX; i++)
		fprintf(out, "%s %" PRIu64 " to %" PRIu64, i ? "," : "",
			check->gaps[i].from, check->gaps[i].until);
	fputs(check->n_gaps > CHECK_GAPS_MAX ? ", and more\n" : "\n", out);
}

static void
tell_checks(FILE *out, const struct check *check, const struct bundle *bundle)
{
	fprintf(out, "\nChecked\n");
	for (size_t i = 0; i < check->n_faults && i < CHECK_FAULTS_MAX; i++)
		fprintf(out, "  BAD  %s\n", check->faults[i].text);
	if (check->n_faults > CHECK_FAULTS_MAX)
		fprintf(out, "  BAD  and %zu more\n",
			check->n_faults - CHECK_FAULTS_MAX);
	if (check->n_signed == bundle->n_entries)
		fprintf(out,
			"  ok   all %zu entries are signed by the "
			"device's key\n",
			check->n_signed);
	if (check->n_linked == bundle->n_entries)
		fprintf(out,
			"  ok   each entry follows the one before, from the "
			"first%s\n",
			check->n_gaps > 0 ? ", or says why not" : "");
	tell_gaps(out, check);
	if (check->is_content_signed)
		fputs("  ok   the content is what was signed\n", out);
	if (check->has_content && check->finding == EVIDENCE_EQUAL)
		fputs("  ok   the verdict follows from the ticks, byte for "
		      "byte\n",
		      out);
	if (check->has_content && check->finding == EVIDENCE_UNKNOWN)
		fputs("  --   the verdict is of an algorithm that this "
		      "program does not have\n",
		      out);
	if (!check->has_content && check->n_faults == 0)
		fputs("  --   the content was purged: there is no verdict to "
		      "check\n",
		      out);
	tell_receipt(out, check);
}

static void tell_meaning(FILE *out, const struct check *check)
{
	fputs("\nProven\n", out);
	if (check->outcome != CHECK_REFUTED)
		fprintf(out,
			"  Whoever holds the device's key signed this, in this "
			"order, and\n  nothing was changed or left out since%s"
			".\n",
			check->n_gaps > 0 ? ", but what\n  the device says "
					    "that it lost: that may have said "
					    "anything"
					  : "");
	if (check->outcome != CHECK_REFUTED && check->has_receipt)
		fputs("  It existed when the receipt was given, if the "
		      "organisation's clock\n  was right.\n",
		      out);
	if (check->outcome == CHECK_REFUTED)
		fputs("  Nothing: the bundle does not hold together.\n", out);
	fputs("Not proven\n"
	      "  That the GPS told the truth, that the person was with the "
	      "phone, and\n  whose the keys are: compare the fingerprints "
	      "with another source.\n",
	      out);
}

static void
tell_keys(FILE *out, const struct check *check, const struct bundle *bundle)
{
	fputs("Fingerprints\n  device        ", out);
	put_hex(out, check->device_fingerprint, CHECK_FINGERPRINT_LEN);
	if (bundle->device_name.len > 0) {
		fputs("  \"", out);
		put_name(out, bundle->device_name);
		fputs("\", a name that nobody signed", out);
	}
	fputs("\n  organisation  ", out);
	put_hex(out, check->organization_fingerprint, CHECK_FINGERPRINT_LEN);
	fputc('\n', out);
}

static const char *const OUTCOMES[] = {
	[CHECK_VERIFIED] = "VERIFIED",
	[CHECK_REFUTED] = "REFUTED",
	[CHECK_INCOMPLETE] = "INCOMPLETE",
};

void tell_person(FILE *out, const struct check *check,
		 const struct bundle *bundle)
{
	if (check->has_header) {
		fprintf(out, "Meeting     %s\n",
			id_of(check->header.meeting_id).text);
		fprintf(out, "Entry       %" PRIu64 " of device %s\n",
			check->header.number,
			id_of(check->header.device_id).text);
		fprintf(out, "Signed      %s UTC by the device's clock\n",
			date_time(check->header.wall_us).text);
	}
	if (check->has_content) {
		tell_plan(out, &check->content);
		tell_verdict(out, &check->content);
		tell_signals(out, &check->content);
	}
	tell_checks(out, check, bundle);
	tell_meaning(out, check);
	tell_keys(out, check, bundle);
	fprintf(out, "\n%s\n", OUTCOMES[check->outcome]);
}

/* --------------------------------------------------------------- a program */

static void json_span(FILE *out, const char *name, int64_t opened_us,
		      struct visit_span span)
{
	fprintf(out, ",\"%s\":{\"best\":\"%s\"", name,
		rfc3339(opened_us + span.at_ds * US_PER_DS).text);
	fprintf(out, ",\"earliest\":\"%s\"",
		rfc3339(opened_us + span.lo_ds * US_PER_DS).text);
	fprintf(out, ",\"latest\":\"%s\"}",
		rfc3339(opened_us + span.hi_ds * US_PER_DS).text);
}

/* Counts as they stand in the entry, and the score that they make. */
static void json_signals(FILE *out, const struct evidence_content *content)
{
	const struct tick_signals *s = &content->signals;
	struct spoof_finding spoof;
	const char *between = "";

	spoof_score(&spoof, content);
	fprintf(out,
		",\"signals\":{\"fixes\":%u,\"mock\":%u,\"teleports\":%u"
		",\"frozen\":%u,\"tiny\":%u,\"moving\":%u,\"even\":%u",
		s->fixes, s->mock_fixes, s->teleports, s->frozen_fixes,
		s->tiny_steps, s->moving_steps, s->even_steps);
	fprintf(out,
		",\"clock_jumps\":%u,\"clock_backs\":%u,\"refused\":%u"
		",\"against_sensors\":%u,\"failed_attestations\":%u"
		",\"gps_off_s\":%u,\"no_permission_s\":%u"
		",\"low_power_s\":%u}",
		s->clock_jumps, s->clock_backs, s->refused_fixes,
		s->against_sensors, s->failed_attestations, s->gps_off_s,
		s->no_permission_s, s->low_power_s);
	fprintf(out, ",\"spoof_score_permille\":%u,\"spoof_signals\":{",
		spoof.score_permille);
	for (size_t i = 0; i < SPOOF_SIGNALS; i++) {
		if (spoof.weight_permille[i] == 0)
			continue;
		fprintf(out, "%s\"%s\":%u", between,
			spoof_signal_name((enum spoof_signal)i),
			spoof.weight_permille[i]);
		between = ",";
	}
	fputc('}', out);
}

static void json_content(FILE *out, const struct evidence_content *content)
{
	const struct visit_plan *plan = &content->plan;
	const struct visit_verdict *verdict = &content->verdict;

	fprintf(out, ",\"planned_start\":\"%s\"", rfc3339(plan->start_us).text);
	fprintf(out, ",\"planned_end\":\"%s\"", rfc3339(plan->end_us).text);
	fprintf(out,
		",\"latitude\":%.7f,\"longitude\":%.7f,\"radius_m\":%" PRIu32
		",\"outline_corners\":%u,\"min_dwell_s\":%" PRIu32,
		plan->pin.lat_e7 / 1e7, plan->pin.lon_e7 / 1e7, plan->radius_m,
		(unsigned)plan->area.n_corners, plan->min_dwell_s);
	fprintf(out,
		",\"verdict\":\"%s\",\"certainty\":\"%s\",\"log_odds\":%.3f"
		",\"coverage\":%.3f,\"ticks\":%" PRIu32,
		visit_word_name(verdict->word),
		verdict->certainty == VISIT_FIRM ? "FIRM" : "DOUBTFUL",
		verdict->log_odds_mnat / 1000.0,
		verdict->coverage_permille / 1000.0, content->ticks);
	json_signals(out, content);
	if (!has_stay(verdict))
		return;
	json_span(out, "arrival", content->opened_us, verdict->arrival);
	json_span(out, "departure", content->opened_us, verdict->departure);
	fprintf(out, ",\"dwell_s\":%" PRIu32, verdict->dwell.at_ds / 10);
}

void tell_program(FILE *out, const struct check *check,
		  const struct bundle *bundle)
{
	fprintf(out, "{\"outcome\":\"%s\",\"faults\":[",
		OUTCOMES[check->outcome]);
	for (size_t i = 0; i < check->n_faults && i < CHECK_FAULTS_MAX; i++)
		fprintf(out, "%s\"%s\"", i ? "," : "", check->faults[i].text);
	fprintf(out,
		"],\"entries\":%zu,\"signed\":%zu,\"linked\":%zu"
		",\"receipts\":%zu,\"gaps\":%zu,\"lost\":%" PRIu64,
		bundle->n_entries, check->n_signed, check->n_linked,
		check->n_receipts, check->n_gaps, check->n_lost);
	if (check->has_header) {
		fprintf(out, ",\"meeting_id\":\"%s\"",
			id_of(check->header.meeting_id).text);
		fprintf(out, ",\"device_id\":\"%s\",\"entry_number\":%" PRIu64,
			id_of(check->header.device_id).text,
			check->header.number);
	}
	if (check->has_content)
		json_content(out, &check->content);
	fprintf(out, ",\"is_reproduced\":%s",
		check->has_content && check->finding == EVIDENCE_EQUAL
			? "true"
			: "false");
	if (check->has_receipt)
		fprintf(out, ",\"received\":\"%s\",\"is_demo_clock\":%s",
			rfc3339(check->receipt.at_us).text,
			check->receipt.flags & CHAIN_DEMO_CLOCK ? "true"
								: "false");
	fputs(",\"device_fingerprint\":\"", out);
	put_hex(out, check->device_fingerprint, CHECK_FINGERPRINT_LEN);
	fputs("\",\"organization_fingerprint\":\"", out);
	put_hex(out, check->organization_fingerprint, CHECK_FINGERPRINT_LEN);
	fputs("\"}\n", out);
}
