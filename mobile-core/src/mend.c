/*
 * mend: tables against their tallies.
 */
#include "mend.h"

#include "cards.h"
#include "core.h"
#include "evidence.h"
#include "files.h"
#include "pull.h"
#include "rows.h"

enum {
	/* After the count of wrong PINs was put back: as after this many. */
	PIN_FAILURES_AT_LEAST = 5,
};

#define BIT(table) (1U << (table))
/* Nothing of the cards hangs on these. */
#define APART (BIT(REPLICA_piece) | BIT(REPLICA_content) | BIT(REPLICA_draft))

static bool is_among(int table, enum vault_compartment compartment)
{
	return rows_has_table((enum replica_table)table) &&
	       rows_compartment((enum replica_table)table) == compartment;
}

/*
 * These are opened row by row. The others are told by their tags: whoever reads
 * one of their rows finds out whether it opens.
 */
static bool is_opened(int table)
{
	return table == REPLICA_outbox || table == REPLICA_cards_state ||
	       rows_compartment((enum replica_table)table) == VAULT_TRACKING;
}

static enum outrider_code look_at(struct outrider *core, unsigned *differing,
				  int table, struct outrider_err *err)
{
	struct tally found;
	size_t n_damaged = 0;
	enum outrider_code code;

	if (is_opened(table))
		code = rows_audit(core, &n_damaged, &found,
				  (enum replica_table)table, false, NULL, NULL,
				  err);
	else
		code = rows_count(core, &found, (enum replica_table)table, err);
	if (code == OUTRIDER_OK &&
	    (n_damaged > 0 || !tally_is(&found, &core->tallies.now[table])))
		*differing |= BIT(table);
	return code;
}

/* They were emptied while their tallies were locked. */
static void expect_none_leased(struct outrider *core)
{
	for (int i = 0; i < REPLICA_TABLES_END; i++)
		if (is_among(i, VAULT_CARDS) &&
		    keys_is_leased((enum replica_table)i))
			core->tallies.now[i] = (struct tally){ .n = 0 };
}

/* Tables whose rows aren't those that their tally counts. */
static enum outrider_code look(struct outrider *core, unsigned *differing,
			       enum vault_compartment compartment,
			       struct outrider_err *err)
{
	enum outrider_code code;
	bool is_sound;

	*differing = 0;
	code = tally_load(core, compartment, &is_sound, err);
	if (compartment == VAULT_CARDS && core->device.is_lease_ended)
		expect_none_leased(core);
	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++) {
		if (!is_among(i, compartment))
			continue;
		code = replica_check(core->replica, (enum replica_table)i, err);
		if (code != OUTRIDER_OK)
			break;
		if (!is_sound)
			*differing |= BIT(i);
		else if (i != REPLICA_card)
			code = look_at(core, differing, i, err);
	}
	return code;
}

/* Keeps what opens, and counts that from now on. */
static enum outrider_code
keep_sound(struct outrider *core, int table, struct outrider_err *err)
{
	struct tally found;
	size_t n_damaged;
	enum outrider_code code;

	code = replica_tidy(core->replica, (enum replica_table)table, err);
	if (code == OUTRIDER_OK && table == REPLICA_card)
		code = cards_keep_sound(core, &n_damaged, &found, err);
	else if (code == OUTRIDER_OK)
		code = rows_audit(core, &n_damaged, &found,
				  (enum replica_table)table, true, NULL, NULL,
				  err);
	if (code != OUTRIDER_OK)
		return code;
	core_log(core, OUTRIDER_LOG_ERROR,
		 "vault: table %d was changed from outside; %zu of its rows "
		 "don't open",
		 table, n_damaged);
	tally_set(core, (enum replica_table)table, &found);
	return OUTRIDER_OK;
}

static enum outrider_code keep_sound_of(struct outrider *core,
					unsigned differing,
					struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++)
		if (differing & BIT(i))
			code = keep_sound(core, i, err);
	return code;
}

/* ------------------------------------------------------------------- file */

static bool is_own(enum replica_table table)
{
	return !keys_is_leased(table) && table != REPLICA_piece;
}

enum outrider_code mend_file(struct outrider *core, struct outrider_err *err)
{
	core_log(core, OUTRIDER_LOG_ERROR, "vault: the file is damaged");
	core->seen.is_known = false;
	return replica_salvage(core->replica, is_own, err);
}

/* --------------------------------------------------------------- tracking */

static enum outrider_code keep_tracking(struct outrider *core,
					unsigned differing,
					struct outrider_err *err)
{
	/* Each number that was given has had a row. */
	const uint64_t n_given = core->tallies.now[REPLICA_evidence].n;
	enum outrider_code code = keep_sound_of(core, differing, err);

	if (code == OUTRIDER_OK && differing & BIT(REPLICA_evidence))
		code = evidence_mend(core, n_given, err);
	return code;
}

enum outrider_code
mend_tracking(struct outrider *core, struct outrider_err *err)
{
	unsigned differing;
	enum outrider_code code = look(core, &differing, VAULT_TRACKING, err);

	core->is_device_mended = differing & BIT(REPLICA_device);
	if (code != OUTRIDER_OK || differing == 0)
		return code;
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, keep_tracking(core, differing, err),
				   err);
	if (code == OUTRIDER_OK)
		events_push(&core->events, OUTRIDER_EVENT_VAULT_DAMAGED, NULL,
			    OUTRIDER_DATA_LOSS,
			    "The phone's file was changed or damaged: %s%s%s%s",
			    differing & BIT(REPLICA_device)
				    ? "who it belongs to; "
				    : "",
			    differing & BIT(REPLICA_evidence)
				    ? "evidence of meetings; "
				    : "",
			    differing & BIT(REPLICA_ledger)
				    ? "the ledger of what was sampled; "
				    : "",
			    "windows of meetings follow from the cards.");
	return code;
}

/*
 * Another row of the device's: its counters may be older than they were. The
 * outbox's rows correct its number (mend_before_cards), the server the rest; a
 * count of wrong PINs that was put back gains nothing.
 */
enum outrider_code mend_device(struct outrider *core, struct outrider_err *err)
{
	struct device *device = &core->device;
	enum outrider_code code;

	if (!core->is_device_mended)
		return OUTRIDER_OK;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	if (device->pin_failures < PIN_FAILURES_AT_LEAST)
		device->pin_failures = PIN_FAILURES_AT_LEAST;
	device->pin_mono_us = core->host.mono_us(core->host.user);
	device->pin_wall_us = core->now_us;
	core->host.boot_id(core->host.user, device->pin_boot_id);
	return core_finish(core, device_save(core, err), err);
}

/* ------------------------------------------------------------------ outbox */

/* Numbers between what was answered and what was given; each of them waits in
 * a row, or is lost. */
static uint64_t count_lost(struct outrider *core)
{
	const struct outbox *outbox = &core->outbox;
	struct device *device = &core->device;
	uint64_t n_waiting = 0;

	for (size_t i = 0; i < outbox->n; i++)
		n_waiting += outbox->entries[i].seq > device->acked_seq;
	return device->next_seq - 1 - device->acked_seq - n_waiting;
}

/*
 * What is at hand with a number that was answered, and isn't parked, is an
 * older row: of an edit that the server took, or of one that it refused. A
 * person decides.
 */
static enum outrider_code
park_answered(struct outrider *core, struct outrider_err *err)
{
	static const char reason[] =
		"The phone's file was damaged: see whether this edit is in "
		"force.";
	const struct outbox *outbox = &core->outbox;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < outbox->n && code == OUTRIDER_OK; i++) {
		const struct outbox_entry *entry = &outbox->entries[i];

		if (entry->is_parked || entry->seq > core->device.acked_seq)
			continue;
		arena_reset(&core->work);
		code = outbox_park(core, &core->work, entry->seq,
				   OUTRIDER_DATA_LOSS,
				   (struct bytes){ NULL, 0 },
				   (struct bytes){ (const uint8_t *)reason,
						   sizeof(reason) - 1 },
				   err);
	}
	return code;
}

static enum outrider_code
mend_outbox(struct outrider *core, uint64_t *n_lost, struct outrider_err *err)
{
	const struct outbox *outbox = &core->outbox;
	struct device *device = &core->device;
	enum outrider_code code;

	core_touch(core, CORE_DEVICE);
	core_touch(core, CORE_CARDS);
	outbox_clear(core);
	code = outbox_load(core, err);
	if (code != OUTRIDER_OK)
		return code;
	if (outbox->n > 0 &&
	    outbox->entries[outbox->n - 1].seq >= device->next_seq)
		device->next_seq = outbox->entries[outbox->n - 1].seq + 1;
	*n_lost = count_lost(core);
	code = park_answered(core, err);
	/* A gap in the numbers can't be sent: they begin anew. */
	if (code == OUTRIDER_OK && *n_lost > 0)
		code = outbox_renew(core, err);
	return code == OUTRIDER_OK ? device_save(core, err) : code;
}

/* ------------------------------------------------------------------- cards */

static enum outrider_code mend_apart(struct outrider *core, unsigned differing,
				     uint64_t *n_lost, struct outrider_err *err)
{
	enum outrider_code code = keep_sound_of(core, differing, err);

	if (code == OUTRIDER_OK && differing & BIT(REPLICA_outbox))
		code = mend_outbox(core, n_lost, err);
	return code;
}

enum outrider_code mend_before_cards(struct outrider *core, struct mend *mend,
				     struct outrider_err *err)
{
	uint64_t n_lost = 0;
	unsigned apart;
	enum outrider_code code =
		look(core, &mend->differing, VAULT_CARDS, err);

	apart = mend->differing & ~BIT(REPLICA_card);
	if (code != OUTRIDER_OK || apart == 0)
		return code;
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, mend_apart(core, apart, &n_lost, err),
				   err);
	if (code == OUTRIDER_OK && n_lost > 0)
		events_lost(&core->events, n_lost);
	return code;
}

/*
 * Cards of an earlier form went when the file was opened. Only a program of
 * then has written such a tally: who empties the table of a file of today, or
 * says that it is an older one, has damaged it.
 */
static bool are_cards_renewed(const struct outrider *core)
{
	return core->tallies.are_cards_named && core->n_damaged == 0 &&
	       core->cards_found.n == 0;
}

enum outrider_code
mend_cards(struct outrider *core, struct mend *mend, struct outrider_err *err)
{
	bool is_renewed = false;
	enum outrider_code code = OUTRIDER_OK;

	if (core->n_damaged > 0 ||
	    !tally_is(&core->cards_found, &core->tallies.now[REPLICA_card])) {
		is_renewed = are_cards_renewed(core);
		if (!is_renewed)
			mend->differing |= BIT(REPLICA_card);
	}
	if (mend->differing == 0 && !is_renewed && !core->device.is_lease_ended)
		return OUTRIDER_OK;
	if (mend->differing & BIT(REPLICA_card))
		code = keep_sound_of(core, BIT(REPLICA_card), err);
	if (is_renewed) {
		core_log(core, OUTRIDER_LOG_INFO,
			 "vault: the cards of an earlier version come again "
			 "with the next sync");
		tally_set(core, REPLICA_card, &core->cards_found);
	}
	/* What isn't in the cards any more is still in their index. */
	if (code == OUTRIDER_OK)
		code = handles_forget(core, err);
	if (code == OUTRIDER_OK && mend->differing & APART)
		code = files_mend(core, err);
	if (code == OUTRIDER_OK && (mend->differing & ~APART || is_renewed))
		code = pull_begin_anew(core, err);
	if (code != OUTRIDER_OK || !core->device.is_lease_ended)
		return code;
	core_touch(core, CORE_DEVICE);
	core->device.is_lease_ended = false;
	tally_touch(core, VAULT_CARDS);
	return device_save(core, err);
}
