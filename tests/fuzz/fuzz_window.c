/*
 * A window's row: what is read is written back the same, and goes on working.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct window window = { .number = 1 };
	uint8_t again[WINDOW_ROW_MAX];

	if (window_load(&window, &allocator_libc, data, size) != WINDOW_LOADED)
		return 0;
	if (window_save(&window, again) != size ||
	    memcmp(again, data, size) != 0)
		abort();
	if (window.live)
		use(&window);
	window_release(&window, &allocator_libc);
	return 0;
}
