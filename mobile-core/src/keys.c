/*
 * keys: envelopes in the keyring, each change of them one transaction.
 */
#include "keys.h"

#include <string.h>

#include "core.h"
#include "rows.h"

enum { RESEALED_AT_ONCE = 256 };

static const char *const names[VAULT_COMPARTMENTS] = {
	[VAULT_TRACKING] = "tracking",
	[VAULT_CARDS] = "cards",
};
static const char ESCROW[] = "outbox for the organisation";

#define BIT(compartment) (1U << (compartment))

static enum outrider_code
put(struct outrider *core, enum vault_compartment compartment,
    const uint8_t envelope[VAULT_ENVELOPE_LEN], struct outrider_err *err)
{
	return replica_keyring_put(core->replica, names[compartment], envelope,
				   VAULT_ENVELOPE_LEN, err);
}

static enum outrider_code open_kept(struct outrider *core,
				    enum vault_compartment compartment,
				    const char *pin, struct outrider_err *err)
{
	struct buffer kept;
	enum outrider_code code;

	buffer_init(&kept, &core->allocator, 4096);
	code = replica_keyring_get(core->replica, &kept, names[compartment],
				   err);
	if (code == OUTRIDER_OK)
		code = vault_unlock(core->vault, compartment, kept.at, kept.len,
				    pin, err);
	buffer_free(&kept);
	return code;
}

/* ---------------------------------------------------------------- opening */

/*
 * What lies there opens with nothing any more: after a wipe that was cut, all
 * of it. Where the keys went otherwise the organisation can still read unsent
 * edits in this file; they stay until somebody enrols anew.
 */
static enum outrider_code
clear_rows(struct outrider *core, struct outrider_err *err)
{
	struct buffer box;
	bool is_escrowed;
	enum outrider_code code;

	buffer_init(&box, &core->allocator, 4096);
	code = keys_escrowed(core, &box, err);
	is_escrowed = box.len > 0;
	buffer_free(&box);
	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++)
		if (rows_has_table((enum replica_table)i) &&
		    !(is_escrowed && i == REPLICA_outbox))
			code = replica_clear(core->replica,
					     (enum replica_table)i, err);
	return code;
}

enum outrider_code
keys_open_tracking(struct outrider *core, struct outrider_err *err)
{
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	enum outrider_code code = open_kept(core, VAULT_TRACKING, NULL, err);

	if (code != OUTRIDER_NOT_FOUND)
		return code;
	code = vault_create(core->vault, envelope, VAULT_TRACKING, NULL, err);
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = put(core, VAULT_TRACKING, envelope, err);
	if (code == OUTRIDER_OK)
		code = clear_rows(core, err);
	memset(&core->tallies, 0, sizeof(core->tallies));
	tally_touch(core, VAULT_TRACKING);
	code = core_finish(core, code, err);
	(void)!replica_checkpoint(core->replica, NULL);
	return code;
}

enum outrider_code keys_make_cards(struct outrider *core, const char *pin,
				   struct outrider_err *err)
{
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	enum outrider_code code =
		vault_create(core->vault, envelope, VAULT_CARDS, pin, err);

	if (code == OUTRIDER_OK)
		code = put(core, VAULT_CARDS, envelope, err);
	if (code == OUTRIDER_OK)
		code = replica_keyring_delete(core->replica, ESCROW, err);
	/* What an earlier identity left behind opens no more. */
	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++)
		if (rows_has_table((enum replica_table)i) &&
		    rows_compartment((enum replica_table)i) == VAULT_CARDS)
			code = rows_clear(core, (enum replica_table)i, err);
	core->device.keys_made_us = core->now_us;
	return code;
}

enum outrider_code keys_open_cards(struct outrider *core, const char *pin,
				   struct outrider_err *err)
{
	enum outrider_code code = open_kept(core, VAULT_CARDS, pin, err);

	if (code == OUTRIDER_NOT_FOUND || code == OUTRIDER_DATA_LOSS)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The cards' keys are lost: wipe this device "
			       "and enrol it anew.");
	return code;
}

enum outrider_code keys_escrowed(struct outrider *core, struct buffer *out,
				 struct outrider_err *err)
{
	enum outrider_code code =
		replica_keyring_get(core->replica, out, ESCROW, err);

	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

enum outrider_code
keys_drop_cards(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code =
		replica_keyring_delete(core->replica, names[VAULT_CARDS], err);

	if (code == OUTRIDER_OK)
		code = replica_keyring_delete(core->replica, ESCROW, err);
	return code == OUTRIDER_OK ? tally_drop_cards(core, err) : code;
}

enum outrider_code
keys_escrow(struct outrider *core, bool is_anew, struct outrider_err *err)
{
	struct buffer box;
	enum outrider_code code;

	buffer_init(&box, &core->allocator, 4096);
	code = replica_keyring_get(core->replica, &box, ESCROW, err);
	if (code != OUTRIDER_NOT_FOUND && (code != OUTRIDER_OK || !is_anew))
		goto done;
	err_clear(err);
	buffer_clear(&box);
	code = vault_escrow_table(core->vault, &box, VAULT_CARDS,
				  REPLICA_outbox,
				  core->device.organization_box_key, err);
	if (code == OUTRIDER_OK)
		code = replica_keyring_put(core->replica, ESCROW, box.at,
					   box.len, err);
done:
	buffer_free(&box);
	return code;
}

/* ---------------------------------------------------------------- changes */

static enum outrider_code
change_one(struct outrider *core, enum vault_compartment compartment,
	   unsigned changes, const char *pin, struct outrider_err *err)
{
	uint8_t envelope[VAULT_ENVELOPE_LEN];
	enum outrider_code code = vault_change(core->vault, envelope,
					       compartment, changes, pin, err);

	if (code == OUTRIDER_OK)
		code = put(core, compartment, envelope, err);
	if (code == OUTRIDER_OK && compartment == VAULT_CARDS)
		code = keys_escrow(core, true, err);
	/* Their own rows get the new key with it. */
	tally_touch(core, compartment);
	core->keys.table[compartment] = 0;
	memset(core->keys.name[compartment], 0, VAULT_NAME_LEN);
	return code;
}

/* Of several compartments together: all of it becomes durable, or nothing. */
static enum outrider_code change(struct outrider *core, unsigned compartments,
				 unsigned changes, const char *pin,
				 struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);
	unsigned done = 0;

	if (code != OUTRIDER_OK)
		return code;
	for (int i = 0; i < VAULT_COMPARTMENTS && code == OUTRIDER_OK; i++) {
		unsigned own = changes;

		if ((compartments & BIT(i)) == 0)
			continue;
		/* One rotation at a time; PINs are the cards' alone. */
		if (vault_has_old_key(core->vault, (enum vault_compartment)i))
			own &= ~(unsigned)VAULT_NEW_KEY;
		if (i != VAULT_CARDS)
			own &= ~(unsigned)VAULT_NEW_PIN;
		if (own == 0)
			continue;
		done |= BIT(i);
		code = change_one(core, (enum vault_compartment)i, own, pin,
				  err);
	}
	if (code == OUTRIDER_OK && changes & VAULT_NEW_KEY) {
		core_touch(core, CORE_DEVICE);
		core->device.keys_made_us = core->now_us;
		code = device_save(core, err);
	}
	code = core_finish(core, code, err);
	for (int i = 0; i < VAULT_COMPARTMENTS; i++)
		if (done & BIT(i))
			vault_change_end(core->vault, (enum vault_compartment)i,
					 code == OUTRIDER_OK);
	/* Nothing of the envelopes before in the log. */
	if (code == OUTRIDER_OK)
		(void)!replica_checkpoint(core->replica, NULL);
	return code;
}

enum outrider_code
keys_look_at_age(struct outrider *core, struct outrider_err *err)
{
	if (core->now_us - core->device.keys_made_us < KEYS_AGE_US)
		return OUTRIDER_OK;
	return change(core, BIT(VAULT_TRACKING) | BIT(VAULT_CARDS),
		      VAULT_NEW_KEY, NULL, err);
}

/* The next table of a compartment from i on, or the end. */
static int table_from(int i, enum vault_compartment compartment)
{
	while (i < REPLICA_TABLES_END &&
	       (!rows_has_table((enum replica_table)i) ||
		rows_compartment((enum replica_table)i) != compartment))
		i++;
	return i;
}

static enum outrider_code reseal_some(struct outrider *core,
				      enum vault_compartment compartment,
				      struct outrider_err *err)
{
	struct keys_work *work = &core->keys;
	uint8_t *name = work->name[compartment];
	size_t n_left = RESEALED_AT_ONCE;
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK && n_left > 0) {
		int table = table_from(work->table[compartment], compartment);
		size_t n = n_left;
		bool is_over;

		work->table[compartment] = table;
		if (table == REPLICA_TABLES_END)
			break;
		code = rows_reseal(core, (enum replica_table)table, name, &n,
				   &is_over, err);
		n_left -= n;
		if (code == OUTRIDER_OK && is_over) {
			work->table[compartment]++;
			memset(name, 0, VAULT_NAME_LEN);
		}
	}
	return code;
}

static enum outrider_code go_on(struct outrider *core,
				enum vault_compartment compartment,
				struct outrider_err *err)
{
	struct keys_work before = core->keys;
	enum outrider_code code;

	if (core->keys.table[compartment] == REPLICA_TABLES_END)
		return change(core, BIT(compartment), VAULT_DROP_OLD, NULL,
			      err);
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, reseal_some(core, compartment, err),
				   err);
	if (code != OUTRIDER_OK)
		core->keys = before;
	return code;
}

enum outrider_code
keys_step(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	*next_us = INT64_MAX;
	for (int i = 0; i < VAULT_COMPARTMENTS && code == OUTRIDER_OK; i++) {
		enum vault_compartment compartment = (enum vault_compartment)i;

		if (!vault_has_old_key(core->vault, compartment))
			continue;
		code = go_on(core, compartment, err);
		if (vault_has_old_key(core->vault, compartment))
			*next_us = core->now_us + 1;
	}
	return code;
}

/* ------------------------------------------------------------------- times */

int64_t keys_idle_left_us(const struct outrider *core)
{
	return core->used_mono_us + core->lock_after_us -
	       core->host.mono_us(core->host.user);
}

bool keys_are_idle(const struct outrider *core)
{
	return core->lock_after_us > 0 &&
	       vault_is_open(core->vault, VAULT_CARDS) &&
	       keys_idle_left_us(core) <= 0;
}

bool keys_is_leased(enum replica_table table)
{
	return table == REPLICA_card || table == REPLICA_cards_state ||
	       table == REPLICA_conflict || table == REPLICA_handle;
}

enum outrider_code
keys_end_lease(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code;

	core_lock_cards(core);
	if (core->device.is_lease_ended)
		return OUTRIDER_OK;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	core->device.is_lease_ended = true;
	code = device_save(core, err);
	for (int i = 0; i < REPLICA_TABLES_END && code == OUTRIDER_OK; i++)
		if (keys_is_leased((enum replica_table)i))
			code = replica_clear(core->replica,
					     (enum replica_table)i, err);
	code = core_finish(core, code, err);
	if (code == OUTRIDER_OK)
		(void)!replica_checkpoint(core->replica, NULL);
	return code;
}

/* ------------------------------------------------------------- outrider.h */

/* Guesses here count like those at unlocking. */
static enum outrider_code change_pin(struct outrider *core, const char *old_pin,
				     const char *new_pin,
				     struct outrider_err *err)
{
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = device_pin_attempt(core, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!vault_pin_is(core->vault, old_pin))
		return err_set(err, OUTRIDER_WRONG_PIN, NULL, "Wrong PIN.");
	code = device_pin_right(core, err);
	if (code == OUTRIDER_OK)
		code = change(core, BIT(VAULT_CARDS),
			      VAULT_NEW_PIN | VAULT_NEW_KEY, new_pin, err);
	return code;
}

enum outrider_code outrider_change_pin(struct outrider *core,
				       const char *old_pin, const char *new_pin,
				       struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = change_pin(core, old_pin, new_pin, err);
	core_leave(core);
	return code;
}

enum outrider_code
outrider_rotate_keys(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = change(core, BIT(VAULT_TRACKING) | BIT(VAULT_CARDS),
			      VAULT_NEW_KEY, NULL, err);
	core_leave(core);
	return code;
}

void outrider_set_lock_timeout(struct outrider *core, uint32_t seconds)
{
	if (core_enter(core, NULL) != OUTRIDER_OK)
		return;
	core->lock_after_us = (int64_t)seconds * 1000000;
	core_leave(core);
}
