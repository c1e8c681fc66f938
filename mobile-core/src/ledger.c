/*
 *	row = 1 meeting(16) page
 *	page = is_check_in(1) opened(8) closes(8) fixes(4) ticks(4)
 *	       positions(4) length(2) map
 */
#include "ledger.h"

#include <string.h>

#include "core.h"
#include "rows.h"

enum {
	ROW_FORMAT = 1,
	ROW_MAX = 1 + 16 + LEDGER_PAGE_MAX,
};

static const int64_t MINUTE_US = INT64_C(60000000);

void ledger_note_fix(struct ledger_page *page, int64_t time_us)
{
	int64_t minute = (time_us - page->opened_us) / MINUTE_US;
	size_t byte = (size_t)minute / 8;

	page->n_fixes++;
	if (minute < 0 || byte >= LEDGER_MAP_MAX)
		return;
	page->map[byte] |= (uint8_t)(1U << (minute % 8));
	if (page->map_len <= byte)
		page->map_len = (uint16_t)(byte + 1);
}

bool ledger_is_sampled(const struct ledger_page *page, size_t minute)
{
	return minute / 8 < page->map_len &&
	       page->map[minute / 8] >> (minute % 8) & 1;
}

/* -------------------------------------------------------------------- bytes */

void ledger_page_write(struct octet_writer *w, const struct ledger_page *page)
{
	octets_put(w, page->is_check_in, 1);
	octets_put(w, (uint64_t)page->opened_us, 8);
	octets_put(w, (uint64_t)page->closes_us, 8);
	octets_put(w, page->n_fixes, 4);
	octets_put(w, page->n_ticks, 4);
	octets_put(w, page->n_positions, 4);
	octets_put(w, page->map_len, 2);
	for (size_t i = 0; i < page->map_len; i++)
		octets_put(w, page->map[i], 1);
}

bool ledger_page_read(struct ledger_page *page, struct octet_reader *r)
{
	*page = (struct ledger_page){ .is_check_in = octets_get_bool(r) };
	page->opened_us = octets_get_signed(r, 8);
	page->closes_us = octets_get_signed(r, 8);
	page->n_fixes = (uint32_t)octets_get(r, 4);
	page->n_ticks = (uint32_t)octets_get(r, 4);
	page->n_positions = (uint32_t)octets_get(r, 4);
	page->map_len = (uint16_t)octets_get(r, 2);
	if (r->failed || page->map_len > LEDGER_MAP_MAX)
		return false;
	for (size_t i = 0; i < page->map_len; i++)
		page->map[i] = (uint8_t)octets_get(r, 1);
	return !r->failed;
}

/* --------------------------------------------------------------------- rows */

enum outrider_code
ledger_keep(struct outrider *core, uint64_t entry, const uint8_t meeting_id[16],
	    const struct ledger_page *page, struct outrider_err *err)
{
	uint8_t row[ROW_MAX];
	struct octet_writer w = { .bytes = row, .room = sizeof(row) };
	struct row_number id = row_number(entry);

	octets_put(&w, ROW_FORMAT, 1);
	memcpy(row + w.len, meeting_id, 16);
	w.len += 16;
	ledger_page_write(&w, page);
	return rows_put(core, REPLICA_ledger, id.at, sizeof(id.at), entry,
			(struct bytes){ .at = row, .len = w.len }, err);
}

struct walk {
	ledger_fn *callback;
	void *user;
};

static enum outrider_code
walk_row(void *user, uint64_t entry, struct bytes row, struct outrider_err *err)
{
	const struct walk *walk = user;
	struct octet_reader r = { .next = row.at + 17,
				  .end = row.at + row.len };
	struct ledger_page page;

	(void)entry;
	if (row.len < 17 || row.at[0] != ROW_FORMAT ||
	    !ledger_page_read(&page, &r) || r.next != r.end)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The ledger on this device is damaged.");
	return walk->callback(walk->user, row.at + 1, &page, err);
}

enum outrider_code ledger_each(struct outrider *core, ledger_fn *callback,
			       void *user, struct outrider_err *err)
{
	struct walk walk = { callback, user };

	return rows_each(core, REPLICA_ledger, 0, walk_row, &walk, err);
}
