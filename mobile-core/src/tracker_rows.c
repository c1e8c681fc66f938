/*
 * The windows' rows. Memory follows the file: what a transaction changes is
 * marked with core_touch, and a rollback reads everything anew.
 */
#include "tracker_state.h"

#include <string.h>

#include "rows.h"

/* The row of the clock; windows' numbers begin behind it. */
enum { CLOCK_ROW = 0 };

/* --------------------------------------------------------------------- rows */

static enum outrider_code put_row(struct outrider *core, uint64_t number,
				  const uint8_t *at, size_t len,
				  struct outrider_err *err)
{
	struct row_number id = row_number(number);

	return rows_put(core, REPLICA_window, id.at, sizeof(id.at), number,
			(struct bytes){ .at = at, .len = len }, err);
}

enum outrider_code
tracker_save_clock(struct outrider *core, struct outrider_err *err)
{
	uint8_t row[TRACKER_CLOCK_BYTES];

	tracker_clock_save(row, &core->tracker->clock);
	return put_row(core, CLOCK_ROW, row, sizeof(row), err);
}

enum outrider_code tracker_save_window(struct outrider *core,
				       const struct window *window,
				       struct outrider_err *err)
{
	uint8_t row[WINDOW_ROW_MAX];
	enum outrider_code code;

	code = put_row(core, window->number, row, window_save(window, row),
		       err);
	vault_memory_wipe(row, sizeof(row));
	return code;
}

enum outrider_code
tracker_drop_window(struct outrider *core, size_t i, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	struct row_number id = row_number(tracker->windows[i].number);
	enum outrider_code code;

	code = rows_delete(core, REPLICA_window, id.at, sizeof(id.at), err);
	if (code != OUTRIDER_OK)
		return code;
	window_release(&tracker->windows[i], &core->allocator);
	tracker->windows[i] = tracker->windows[--tracker->n];
	return OUTRIDER_OK;
}

enum outrider_code tracker_add_window(struct outrider *core,
				      const struct tracker_window *told,
				      struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;

	if (tracker->n == TRACKER_ROOM) {
		core_log(core, OUTRIDER_LOG_WARNING,
			 "tracker: more than %d windows", TRACKER_ROOM);
		return OUTRIDER_OK;
	}
	struct window *window = &tracker->windows[tracker->n++];
	*window = (struct window){ .number = ++tracker->last_number,
				   .plan = told->plan,
				   .told = told->plan,
				   .is_check_in = told->is_unplanned };
	return tracker_save_window(core, window, err);
}

static enum outrider_code load_row(void *user, uint64_t number,
				   struct bytes row, struct outrider_err *err)
{
	struct outrider *core = user;
	struct tracker *tracker = core->tracker;
	struct window window = { .number = number };

	if (number == CLOCK_ROW) {
		if (!tracker_clock_load(&tracker->clock, row.at, row.len))
			return err_set(err, OUTRIDER_DATA_LOSS, NULL,
				       "The tracker's clock is damaged.");
		return OUTRIDER_OK;
	}
	if (tracker->n == TRACKER_ROOM)
		return OUTRIDER_OK;
	/* The row was sealed by this phone, so it isn't damage but another
	 * program's: no reason to shut the rep out. */
	switch (window_load(&window, &core->allocator, row.at, row.len)) {
	case WINDOW_DAMAGED:
		core_log(core, OUTRIDER_LOG_ERROR,
			 "tracker: a window of another program is passed over");
		tracker->last_number = number;
		return OUTRIDER_OK;
	case WINDOW_UNSEEN:
		core_log(core, OUTRIDER_LOG_ERROR,
			 "tracker: what was seen of a window can't be read");
		break;
	case WINDOW_NO_MEMORY:
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the windows.");
	case WINDOW_LOADED:
		break;
	}
	tracker->windows[tracker->n++] = window;
	tracker->last_number = number;
	return OUTRIDER_OK;
}

static void forget(struct outrider *core)
{
	struct tracker *tracker = core->tracker;

	for (size_t i = 0; i < tracker->n; i++)
		window_release(&tracker->windows[i], &core->allocator);
	tracker->n = 0;
	evidence_forget(core, &tracker->chain);
}

enum outrider_code
tracker_reload(struct outrider *core, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code;

	if (!tracker)
		return OUTRIDER_OK;
	forget(core);
	tracker->is_stale = true;
	code = rows_each(core, REPLICA_window, 0, load_row, core, err);
	if (code == OUTRIDER_OK)
		code = evidence_load(core, &tracker->chain, err);
	if (code == OUTRIDER_OK)
		tracker_settle_progress(tracker);
	tracker->is_stale = code != OUTRIDER_OK;
	return code;
}

enum outrider_code tracker_open(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code;

	core->tracker = core->allocator.resize(core->allocator.user, NULL,
					       sizeof(*core->tracker));
	if (!core->tracker)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the tracker.");
	memset(core->tracker, 0, sizeof(*core->tracker));
	code = tracker_reload(core, err);
	if (code != OUTRIDER_OK)
		tracker_close(core);
	return code;
}

void tracker_close(struct outrider *core)
{
	if (!core->tracker)
		return;
	forget(core);
	tracker_forget_sights(core);
	(void)core->allocator.resize(core->allocator.user, core->tracker, 0);
	core->tracker = NULL;
}

struct evidence_chain *tracker_chain(const struct outrider *core)
{
	return core->tracker ? &core->tracker->chain : NULL;
}
