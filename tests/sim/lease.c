/*
 * See lease.h.
 */
#include "lease.h"

#include "remains.h"

#include <stdlib.h>

#define HOUR_US	 (INT64_C(3600) * 1000000)
#define LEASE_US (INT64_C(14) * 24 * HOUR_US)

static int64_t wall_us(const struct phone *phone)
{
	return phone->world->now_us + phone->skew_us;
}

static int64_t until_us(const struct phone *phone)
{
	struct outrider_status status;

	outrider_get_status(phone->core, &status);
	return status.lease_until_us;
}

enum opening lease_expects(const struct phone *phone)
{
	const struct lease *lease = &phone->who.lease;

	if (lease->is_over || wall_us(phone) >= lease->until_us)
		return OPENS_NOT;
	return lease->is_maybe_over ? OPENS_OR_NOT : OPENS;
}

static void renew(struct lease *lease, int64_t us)
{
	*lease = (struct lease){ .until_us = us, .faults = lease->faults };
}

/* A disk that failed, or a power that went, may have kept it from anything. */
static bool had_trouble(struct phone *phone)
{
	const uint64_t faults = test_disk_faults(phone->disk);
	const bool had_trouble = faults != phone->who.lease.faults ||
				 test_disk_is_cut(phone->disk);

	phone->who.lease.faults = faults;
	phone->who.lease.is_doubtful |= had_trouble;
	return had_trouble;
}

void lease_read(struct phone *phone)
{
	struct lease *lease = &phone->who.lease;
	const int64_t us = until_us(phone);
	const bool had_fault = had_trouble(phone);

	if (us != lease->until_us && !lease->is_doubtful)
		world_break(phone->world,
			    "lease: phone %u, begun anew, has one until %lld, "
			    "and had one until %lld",
			    phone->number, (long long)us,
			    (long long)lease->until_us);
	/* It may be the one before, whose end the phone had seen. */
	if (us != lease->until_us) {
		renew(lease, us);
		lease->is_maybe_over = true;
	}
	lease->is_doubtful = had_fault;
}

/* Where it is over the cards go with it, and what was known of them. */
void lease_look(struct phone *phone)
{
	if (!phone->who.is_enrolled ||
	    wall_us(phone) < phone->who.lease.until_us)
		return;
	phone->who.lease.is_maybe_over = true;
	free(phone->cursor);
	phone->cursor = NULL;
	phone->cursor_len = 0;
	check_forget(phone);
}

static void note_over(struct phone *phone)
{
	const char *what = "";
	int64_t n_cards;
	size_t n;

	phone->who.lease.is_over = true;
	phone->world->n_leases_ended++;
	world_say(phone->world, "the lease of phone %u is over", phone->number);
	n_cards = remains_count(phone, "card");
	if (n_cards != 0)
		world_break(phone->world,
			    "lease: it is over, and phone %u has %lld cards",
			    phone->number, (long long)n_cards);
	/* A log that a disk didn't let be copied waits for the next time. */
	n = phone->leased == NULL || phone->who.lease.is_doubtful
		    ? 0
		    : remains_found(phone->leased, phone, REMAINS_LEASED,
				    &what);
	if (n > 0)
		world_break(phone->world,
			    "lease: it is over, and %zu pieces of %s lie in "
			    "the files of phone %u",
			    n, what, phone->number);
}

void lease_watch(struct phone *phone, bool was_answered)
{
	struct lease *lease = &phone->who.lease;
	struct outrider_status status;
	bool had_fault;

	if (phone->core == NULL || !phone->who.is_enrolled)
		return;
	had_fault = had_trouble(phone);
	/* Where it runs on and nothing came, there is nothing to see. */
	if (!was_answered && lease_expects(phone) == OPENS)
		return;
	outrider_get_status(phone->core, &status);
	if (!status.is_enrolled)
		return; /* the event says so, presently */
	if (status.lease_until_us != lease->until_us) {
		if (!was_answered)
			world_break(phone->world,
				    "lease: phone %u renewed it by itself",
				    phone->number);
		if (status.lease_until_us != wall_us(phone) + LEASE_US)
			world_break(phone->world,
				    "lease: phone %u has one until %lld at "
				    "%lld",
				    phone->number,
				    (long long)status.lease_until_us,
				    (long long)wall_us(phone));
		renew(lease, status.lease_until_us);
	}
	if (was_answered)
		return;
	if (!lease->is_over && !had_fault && wall_us(phone) >= lease->until_us)
		note_over(phone);
	if (lease->is_over && !had_fault && status.is_unlocked)
		world_break(phone->world,
			    "lease: it is over, and the cards of phone %u are "
			    "open",
			    phone->number);
}

void lease_check_renewed(struct phone *phone)
{
	if (phone->who.is_enrolled && !phone->who.lease.is_doubtful &&
	    lease_expects(phone) == OPENS_NOT)
		world_break(phone->world,
			    "lease: phone %u has synced, and it is not renewed",
			    phone->number);
}

void rep_lose_time(struct phone *phone)
{
	struct dice *dice = &phone->world->dice;
	const int64_t skew_us = phone->skew_us;
	const bool is_short = dice_one_in(dice, 2);
	const bool is_off = dice_one_in(dice, 3);

	/* Meetings are planned a month ahead: their windows stay away. */
	if (skew_us > INT64_C(48) * HOUR_US) {
		phone->skew_us = 0;
		return;
	}
	/* An hour may be missing yet, or two days be too many. */
	phone->skew_us +=
		LEASE_US - HOUR_US + (int64_t)dice_below(dice, 48) * HOUR_US;
	world_say(phone->world, "its clock is two weeks on%s",
		  is_short ? ", for once" : "");
	remains_free(phone->leased);
	phone->leased = remains_note(phone);
	if (is_off)
		phone_stop(phone);
	if (phone->core != NULL || phone_start(phone))
		phone_listen(phone);
	remains_free(phone->leased);
	phone->leased = NULL;
	if (is_short)
		phone->skew_us = skew_us;
	else
		phone->was_fast = true;
}
