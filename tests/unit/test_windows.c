/*
 * A window's row: what it says of the plan and of what was told, also one that
 * an earlier program wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "windows.h"

#define START_US INT64_C(1767250800000000)

/* A meeting of an hour by the Dnipro, open, with one tick. */
static struct window open_window(void)
{
	struct window window = {
		.number = 7,
		.plan = { .start_us = START_US,
			  .end_us = START_US + INT64_C(3600000000),
			  .pin = { 504500000, 305200000 },
			  .radius_m = 100,
			  .min_dwell_s = 300 },
		.is_check_in = true,
		.is_told_late = true,
	};

	window.told = window.plan;
	assert_true(window_open(&window, &allocator_libc));
	for (int64_t s = 0; s < 60; s += 5) {
		const struct fix fix = { .time_us = START_US + s * 1000000,
					 .lat_deg = 50.45,
					 .lon_deg = 30.52,
					 .accuracy_m = 8 };
		(void)window_take_fix(&window, &fix);
	}
	assert_true(window.live->page.n_ticks > 0);
	return window;
}

/* Where in its row stands what was seen: behind the two plans. */
static size_t seen_at(const struct window *window)
{
	uint8_t plan[VISIT_PLAN_MAX_BYTES];

	return 4 + 2 * visit_plan_write(plan, &window->plan);
}

static void a_row_brings_all_back(void **state)
{
	struct window window = open_window(), back = { .number = 7 };
	uint8_t row[WINDOW_ROW_MAX], again[WINDOW_ROW_MAX];
	size_t len;

	(void)state;
	len = window_save(&window, row);
	assert_int_equal(window_load(&back, &allocator_libc, row, len),
			 WINDOW_LOADED);
	assert_true(back.is_check_in && back.is_told_late);
	assert_true(window_is_same_plan(&back.plan, &window.plan));
	assert_int_equal(window_save(&back, again), len);
	assert_memory_equal(again, row, len);
	window_release(&back, &allocator_libc);
	/* One that is cut is none, or as if it had never opened. */
	for (size_t i = 0; i < len; i++) {
		back = (struct window){ .number = 7 };
		assert_int_equal(window_load(&back, &allocator_libc, row, i),
				 i < seen_at(&window) ? WINDOW_DAMAGED
						      : WINDOW_UNSEEN);
		assert_null(back.live);
	}
	window_release(&window, &allocator_libc);
}

/* Before it was kept whether somebody had been told to be late. */
static void an_earlier_row_is_read(void **state)
{
	struct window window = open_window(), back = { .number = 7 };
	uint8_t row[WINDOW_ROW_MAX];
	size_t len;

	(void)state;
	len = window_save(&window, row);
	row[0] = 3;
	memmove(row + 3, row + 4, len - 4);
	assert_int_equal(window_load(&back, &allocator_libc, row, len - 1),
			 WINDOW_LOADED);
	assert_true(back.is_check_in);
	assert_false(back.is_told_late);
	assert_true(window_is_same_plan(&back.plan, &window.plan));
	assert_int_equal(back.live->page.n_ticks, window.live->page.n_ticks);
	window_release(&back, &allocator_libc);
	row[0] = 2;
	assert_int_equal(window_load(&back, &allocator_libc, row, len - 1),
			 WINDOW_DAMAGED);
	window_release(&window, &allocator_libc);
}

/* An app that judges otherwise was installed in the middle of a meeting: the
 * ticks are judged by the new one's detector, from the first. */
static void another_detector_takes_over(void **state)
{
	enum { PARAMETERS = 2 }; /* in the front of detector and draft */
	struct window window = open_window(), back = { .number = 7 };
	uint8_t row[WINDOW_ROW_MAX], other[WINDOW_ROW_MAX];
	size_t len, detector, draft;

	(void)state;
	len = window_save(&window, row);
	detector = seen_at(&window) + TICK_QUANTISER_BYTES + 2;
	draft = detector +
		(size_t)(row[detector - 2] << 8 | row[detector - 1]) + 2;
	assert_int_equal(row[detector + PARAMETERS], VISIT_PARAMETERS);
	assert_int_equal(row[draft + PARAMETERS], VISIT_PARAMETERS);
	memcpy(other, row, len);
	other[detector + PARAMETERS]++;
	other[draft + PARAMETERS]++;
	/* The other's state means nothing here. */
	other[detector + 100] ^= 0x55;
	assert_int_equal(window_load(&back, &allocator_libc, other, len),
			 WINDOW_LOADED);
	assert_int_equal(window_save(&back, other), len);
	assert_memory_equal(other, row, len);
	window_release(&back, &allocator_libc);
	window_release(&window, &allocator_libc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_brings_all_back),
		cmocka_unit_test(an_earlier_row_is_read),
		cmocka_unit_test(another_detector_takes_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
