/*
 * Arenas and buffers: alignment, ceilings, reuse, and memory that runs out at
 * any point.
 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"

static void memory_is_aligned_and_zeroed(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(arena.used, 0);
	for (int round = 0; round < 2; round++) {
		for (size_t size = 0; size < 600; size += 7) {
			uint8_t *at = arena_alloc(&arena, size);
			assert_non_null(at);
			assert_int_equal((uintptr_t)at % alignof(max_align_t),
					 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(at[i], 0);
			memset(at, 0xee, size);
		}
		arena_reset(&arena);
	}
	arena_free(&arena);
	assert_int_equal(arena.used, 0);
}

static void copies_end_with_a_nul(void **state)
{
	struct arena arena;
	struct bytes copy;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	memset(arena_alloc(&arena, 64), 0xee, 64);
	arena_reset(&arena);
	copy = arena_copy(&arena, "abc", 3);
	assert_int_equal(copy.len, 3);
	assert_memory_equal(copy.at, "abc", 4);
	copy = arena_copy(&arena, NULL, 0);
	assert_non_null(copy.at);
	assert_int_equal(copy.at[0], 0);
	arena_free(&arena);
}

static void the_ceiling_holds(void **state)
{
	struct failing memory;
	struct arena arena;
	size_t n = 0;

	(void)state;
	failing_start(&memory, FAILING_NEVER);
	arena_init(&arena, &memory.allocator, 50000);
	while (arena_alloc(&arena, 100))
		n++;
	assert_in_range(n, 350, 500);
	assert_true(arena.used <= arena.ceiling);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 40));
	assert_null(arena_copy(&arena, "x", 60000).at);
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 100));
	arena_free(&arena);
	assert_int_equal(memory.live, 0);
}

static void one_huge_call_does_not_stay(void **state)
{
	struct failing memory;
	struct arena arena;

	(void)state;
	failing_start(&memory, FAILING_NEVER);
	arena_init(&arena, &memory.allocator, 64 << 20);
	assert_non_null(arena_alloc(&arena, 100));
	assert_non_null(arena_alloc(&arena, 10 << 20));
	arena_reset(&arena);
	assert_int_equal(memory.live, 1);
	assert_in_range(arena.used, 100, 1 << 16);
	arena_free(&arena);
	assert_int_equal(memory.live, 0);
}

static void arena_survives_failing_memory(void **state)
{
	(void)state;
	for (size_t fail_at = 0; fail_at < 4; fail_at++) {
		struct failing memory;
		struct arena arena;
		size_t failed = 0;
		failing_start(&memory, fail_at);
		arena_init(&arena, &memory.allocator, 1 << 20);
		for (size_t i = 0; i < 40; i++)
			failed += !arena_alloc(&arena, 1000);
		assert_int_equal(failed, 1);
		arena_free(&arena);
		assert_int_equal(memory.live, 0);
	}
}

static void a_buffer_grows_up_to_its_ceiling(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, &allocator_libc, 1000);
	assert_non_null(buffer_reserve(&buffer, 0)); /* NULL is a failure */
	for (int i = 0; i < 100; i++)
		buffer_append(&buffer, "0123456789", 10);
	assert_false(buffer.is_full);
	assert_int_equal(buffer.len, 1000);
	assert_memory_equal(buffer.at + 990, "0123456789", 10);
	buffer_append(&buffer, NULL, 0);
	assert_false(buffer.is_full);
	buffer_append(&buffer, "x", 1);
	assert_true(buffer.is_full);
	assert_int_equal(buffer.len, 1000);
	buffer_clear(&buffer);
	assert_false(buffer.is_full);
	buffer_append(&buffer, "x", 1);
	assert_int_equal(buffer.len, 1);
	assert_null(buffer_reserve(&buffer, SIZE_MAX));
	buffer_free(&buffer);
	buffer_free(&buffer);
}

static void a_full_buffer_stays_full(void **state)
{
	struct failing memory;
	struct buffer buffer;

	(void)state;
	failing_start(&memory, 1);
	buffer_init(&buffer, &memory.allocator, 1 << 20);
	buffer_append(&buffer, "abc", 3);
	for (int i = 0; i < 100; i++)
		buffer_append(&buffer, "0123456789", 10);
	assert_true(buffer.is_full);
	assert_memory_equal(buffer.at, "abc0123456789", 13);
	assert_int_equal(memory.calls, 2); /* it doesn't ask again */
	buffer_free(&buffer);
	assert_int_equal(memory.live, 0);
}

static void a_list_grows_or_stays(void **state)
{
	struct failing memory;
	int *list = NULL, *more;
	size_t room = 0;

	(void)state;
	failing_start(&memory, FAILING_NEVER);
	for (size_t n = 0; n < 100; n++) {
		list = allocator_grow(&memory.allocator, list, n, &room,
				      sizeof(*list));
		assert_non_null(list);
		assert_true(room > n);
		list[n] = (int)n;
	}
	for (int n = 0; n < 100; n++)
		assert_int_equal(list[n], n);
	assert_true(memory.calls < 10);
	memory.fail_at = memory.calls;
	assert_null(allocator_grow(&memory.allocator, list, room, &room,
				   sizeof(*list)));
	more = allocator_grow(&memory.allocator, list, 99, &room,
			      sizeof(*list));
	assert_ptr_equal(more, list); /* as it was */
	assert_int_equal(list[99], 99);
	(void)memory.allocator.resize(&memory, list, 0);
	assert_int_equal(memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_and_zeroed),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(the_ceiling_holds),
		cmocka_unit_test(one_huge_call_does_not_stay),
		cmocka_unit_test(arena_survives_failing_memory),
		cmocka_unit_test(a_buffer_grows_up_to_its_ceiling),
		cmocka_unit_test(a_full_buffer_stays_full),
		cmocka_unit_test(a_list_grows_or_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
