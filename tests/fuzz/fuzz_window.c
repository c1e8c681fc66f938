/*
 * A window's row: what is read, be it an earlier program's, is written as this
 * one has it, is that again when it is read, and goes on working.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct window *window)
{
	struct visit_verdict verdict;
	int64_t closed_us = window_closes_us(window);
	struct fix fix = { .time_us = closed_us - 1000000,
			   .lat_deg = 1.0,
			   .lon_deg = 2.0,
			   .accuracy_m = 5.0 };

	window_note(window, TICK_NOTE_CLOCK_JUMP);
	window_set_trouble(window, TICK_TROUBLE_LOW_POWER, closed_us - 5000000);
	(void)window_take_fix(window, &fix);
	window_judge(window, &verdict);
	window_finish(window, &closed_us, &verdict);
}

/* Writes and reads it once more: that must change nothing. */
static void write_again(const struct window *window)
{
	struct window back = { .number = 1 };
	uint8_t once[WINDOW_ROW_MAX], twice[WINDOW_ROW_MAX];
	size_t len = window_save(window, once);

	if (window_load(&back, &allocator_libc, once, len) != WINDOW_LOADED ||
	    window_save(&back, twice) != len || memcmp(once, twice, len) != 0)
		abort();
	window_release(&back, &allocator_libc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct window window = { .number = 1 };
	enum window_loaded loaded =
		window_load(&window, &allocator_libc, data, size);

	if (loaded != WINDOW_LOADED && loaded != WINDOW_UNSEEN)
		return 0;
	write_again(&window);
	if (window.live)
		use(&window);
	window_release(&window, &allocator_libc);
	return 0;
}
