/*
 * tally: sums in memory, and their two rows in the keyring.
 */
#include "tally.h"

#include <string.h>

#include "core.h"
#include "model/octets.h"
#include "rows.h"

enum {
	FORMAT = 2,
	/* The same, by a program whose cards had names (replica.c). */
	FORMAT_CARDS_NAMED = 1,
	/* The place that a row is sealed to: no table has the number 0. */
	TALLY_TABLE = 0,
	ENTRY_LEN = 1 + 8 + 16, /* table, rows, sum */
	ROW_MAX = 1 + VAULT_TAG_LEN + REPLICA_TABLES_END * ENTRY_LEN,
};

static const char *const names[VAULT_COMPARTMENTS] = {
	[VAULT_TRACKING] = "tally of tracking",
	[VAULT_CARDS] = "tally of cards",
};

/* ------------------------------------------------------------------- sums */

static uint64_t number_at(const uint8_t at[8])
{
	struct octet_reader r = { .next = at, .end = at + 8 };

	return octets_get(&r, 8);
}

void tally_add(struct tally *tally, const struct outrider *core,
	       enum vault_compartment compartment,
	       const uint8_t tag[VAULT_TAG_LEN])
{
	uint8_t entry[VAULT_TAG_LEN];
	uint64_t low;

	vault_tally_entry(core->vault, entry, compartment, tag);
	low = tally->low + number_at(entry + 8);
	tally->high += number_at(entry) + (low < tally->low);
	tally->low = low;
	tally->n++;
}

static void subtract(struct tally *tally, const struct outrider *core,
		     enum vault_compartment compartment,
		     const uint8_t tag[VAULT_TAG_LEN])
{
	uint8_t entry[VAULT_TAG_LEN];
	uint64_t low;

	vault_tally_entry(core->vault, entry, compartment, tag);
	low = tally->low - number_at(entry + 8);
	tally->high -= number_at(entry) + (low > tally->low);
	tally->low = low;
	tally->n--;
}

bool tally_is(const struct tally *a, const struct tally *b)
{
	return a->high == b->high && a->low == b->low && a->n == b->n;
}

void tally_change(struct outrider *core, enum replica_table table,
		  const uint8_t *old_tag, const uint8_t *new_tag)
{
	enum vault_compartment compartment = rows_compartment(table);
	struct tally *tally = &core->tallies.now[table];

	if (old_tag != NULL)
		subtract(tally, core, compartment, old_tag);
	if (new_tag != NULL)
		tally_add(tally, core, compartment, new_tag);
	tally_touch(core, compartment);
}

void tally_set(struct outrider *core, enum replica_table table,
	       const struct tally *tally)
{
	core->tallies.now[table] = *tally;
	tally_touch(core, rows_compartment(table));
}

void tally_touch(struct outrider *core, enum vault_compartment compartment)
{
	core->tallies.changed |= 1U << compartment;
}

/* ------------------------------------------------------------------- rows */

static bool is_table(int table, enum vault_compartment compartment)
{
	return rows_has_table((enum replica_table)table) &&
	       rows_compartment((enum replica_table)table) == compartment;
}

static size_t row_write(uint8_t out[ROW_MAX], const struct tallies *tallies,
			enum vault_compartment compartment)
{
	struct octet_writer w = { .bytes = out, .room = ROW_MAX };

	octets_put(&w, FORMAT, 1);
	if (compartment == VAULT_TRACKING) {
		memcpy(out + w.len, tallies->cards_tag, VAULT_TAG_LEN);
		w.len += VAULT_TAG_LEN;
	}
	for (int i = 0; i < REPLICA_TABLES_END; i++) {
		if (!is_table(i, compartment))
			continue;
		octets_put(&w, (uint64_t)i, 1);
		octets_put(&w, tallies->now[i].n, 8);
		octets_put(&w, tallies->now[i].high, 8);
		octets_put(&w, tallies->now[i].low, 8);
	}
	return w.len;
}

/* Tables that a later program has are passed over; their rows are its own. */
static bool row_read(struct tallies *tallies, struct bytes row,
		     enum vault_compartment compartment)
{
	struct octet_reader r = { .next = row.at, .end = row.at + row.len };
	const uint64_t format = row.len > 0 ? octets_get(&r, 1) : 0;

	if (format != FORMAT && format != FORMAT_CARDS_NAMED)
		return false;
	if (compartment == VAULT_CARDS)
		tallies->are_cards_named = format == FORMAT_CARDS_NAMED;
	if (compartment == VAULT_TRACKING) {
		if (row.len < 1 + VAULT_TAG_LEN)
			return false;
		memcpy(tallies->cards_tag, r.next, VAULT_TAG_LEN);
		r.next += VAULT_TAG_LEN;
	}
	if ((size_t)(r.end - r.next) % ENTRY_LEN != 0)
		return false;
	while (r.next < r.end) {
		int table = (int)octets_get(&r, 1);
		struct tally tally = { .n = octets_get(&r, 8) };

		tally.high = octets_get(&r, 8);
		tally.low = octets_get(&r, 8);
		if (table < REPLICA_TABLES_END && is_table(table, compartment))
			tallies->now[table] = tally;
	}
	return true;
}

static void forget(struct tallies *tallies, enum vault_compartment compartment)
{
	for (int i = 0; i < REPLICA_TABLES_END; i++)
		if (is_table(i, compartment))
			tallies->now[i] = (struct tally){ .n = 0 };
	if (compartment == VAULT_CARDS)
		tallies->are_cards_named = false;
}

static const uint8_t *tag_of(const struct buffer *sealed)
{
	return sealed->at + sealed->len - VAULT_TAG_LEN;
}

/* The row that lies there opens, and CARDS' is the one that TRACKING knows. */
static enum outrider_code
take(struct outrider *core, bool *is_sound, enum vault_compartment compartment,
     const struct buffer *sealed, struct outrider_err *err)
{
	struct vault_place place = { .compartment = compartment,
				     .table = TALLY_TABLE };
	struct tallies *tallies = &core->tallies;
	struct buffer *plain = &core->open;
	enum outrider_code code;

	buffer_clear(plain);
	code = vault_unseal(core->vault, plain, &place, sealed->at, sealed->len,
			    err);
	*is_sound = code == OUTRIDER_OK &&
		    (compartment != VAULT_CARDS ||
		     memcmp(tallies->cards_tag, tag_of(sealed),
			    VAULT_TAG_LEN) == 0) &&
		    row_read(tallies, (struct bytes){ plain->at, plain->len },
			     compartment);
	if (code == OUTRIDER_DATA_LOSS) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	return code;
}

static bool no_cards_known(const struct tallies *tallies)
{
	static const uint8_t none[VAULT_TAG_LEN];

	return memcmp(tallies->cards_tag, none, VAULT_TAG_LEN) == 0;
}

enum outrider_code tally_load(struct outrider *core,
			      enum vault_compartment compartment,
			      bool *is_sound, struct outrider_err *err)
{
	struct tallies *tallies = &core->tallies;
	struct buffer *sealed = &core->sealed;
	enum outrider_code code;

	forget(tallies, compartment);
	if (compartment == VAULT_TRACKING)
		memset(tallies->cards_tag, 0, VAULT_TAG_LEN);
	buffer_clear(sealed);
	code = replica_keyring_get(core->replica, sealed, names[compartment],
				   err);
	*is_sound = true;
	if (code == OUTRIDER_OK) {
		code = take(core, is_sound, compartment, sealed, err);
	} else if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
		*is_sound = compartment == VAULT_TRACKING ||
			    no_cards_known(tallies);
	}
	if (!*is_sound)
		forget(tallies, compartment);
	/* Nobody knows which CARDS belong to it. */
	if (!*is_sound && compartment == VAULT_TRACKING)
		memset(tallies->cards_tag, 0xff, VAULT_TAG_LEN);
	tally_end(core, true);
	return code;
}

static enum outrider_code save(struct outrider *core,
			       enum vault_compartment compartment,
			       struct outrider_err *err)
{
	struct vault_place place = { .compartment = compartment,
				     .table = TALLY_TABLE };
	struct tallies *tallies = &core->tallies;
	struct buffer *sealed = &core->sealed;
	uint8_t row[ROW_MAX];
	enum outrider_code code;

	buffer_clear(sealed);
	code = vault_seal(core->vault, sealed, &place, row,
			  row_write(row, tallies, compartment), err);
	if (code != OUTRIDER_OK)
		return code;
	if (compartment == VAULT_CARDS)
		memcpy(tallies->cards_tag, tag_of(sealed), VAULT_TAG_LEN);
	return replica_keyring_put(core->replica, names[compartment],
				   sealed->at, sealed->len, err);
}

enum outrider_code
tally_drop_cards(struct outrider *core, struct outrider_err *err)
{
	forget(&core->tallies, VAULT_CARDS);
	memset(core->tallies.cards_tag, 0, VAULT_TAG_LEN);
	tally_touch(core, VAULT_TRACKING);
	return replica_keyring_delete(core->replica, names[VAULT_CARDS], err);
}

enum outrider_code tally_save(struct outrider *core, struct outrider_err *err)
{
	unsigned changed = core->tallies.changed;
	enum outrider_code code = OUTRIDER_OK;

	if (changed & 1U << VAULT_CARDS)
		code = save(core, VAULT_CARDS, err);
	if (code == OUTRIDER_OK && changed != 0)
		code = save(core, VAULT_TRACKING, err);
	return code;
}

void tally_end(struct outrider *core, bool is_committed)
{
	struct tallies *tallies = &core->tallies;

	if (is_committed) {
		memcpy(tallies->kept, tallies->now, sizeof(tallies->kept));
		memcpy(tallies->cards_tag_kept, tallies->cards_tag,
		       VAULT_TAG_LEN);
	} else {
		memcpy(tallies->now, tallies->kept, sizeof(tallies->now));
		memcpy(tallies->cards_tag, tallies->cards_tag_kept,
		       VAULT_TAG_LEN);
	}
	tallies->changed = 0;
}
