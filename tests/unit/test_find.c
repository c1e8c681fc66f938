/*
 * Search: which cards words lead to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "find.h"
#include "idmap.h"
#include "model/wire.h"

struct fixture {
	struct find find;
	struct arena arena;
};

static int setup(void **state)
{
	static struct fixture fixture;

	find_init(&fixture.find, &allocator_libc);
	arena_init(&fixture.arena, &allocator_libc, 64 << 20);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	find_wipe(&f->find);
	arena_free(&f->arena);
	return 0;
}

static struct uuid id_of(unsigned n)
{
	struct uuid id = { { 1 } };

	id.at[12] = (uint8_t)(n >> 24);
	id.at[13] = (uint8_t)(n >> 16);
	id.at[14] = (uint8_t)(n >> 8);
	id.at[15] = (uint8_t)n;
	return id;
}

static void put(struct fixture *f, unsigned n, const char *given,
		const char *family, const char *phone)
{
	const struct entity *contact = schema_entity_named("contact", 7);
	struct buffer fields, part;
	struct uuid id = id_of(n);

	buffer_init(&fields, &allocator_libc, 4096);
	buffer_init(&part, &allocator_libc, 4096);
	wire_put_bytes(&fields, 10, given, strlen(given));
	wire_put_bytes(&fields, 11, family, strlen(family));
	wire_put_bytes(&part, 1, phone, strlen(phone));
	wire_put_bytes(&fields, 15, part.at, part.len);
	assert_int_equal(find_put(&f->find, contact, &id,
				  (struct bytes){ fields.at, fields.len },
				  NULL),
			 OUTRIDER_OK);
	buffer_free(&fields);
	buffer_free(&part);
}

/* "1 3 ": the last bytes of the ids, in order. */
static const char *found(struct fixture *f, const char *query, size_t limit)
{
	static char out[400];
	struct find_hit *entries;
	size_t n, len = 0;

	assert_int_equal(find_search(&f->find, &f->arena, &entries, &n, 0,
				     query, limit, NULL),
			 OUTRIDER_OK);
	out[0] = 0;
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%u ",
					(unsigned)entries[i].id.at[15]);
	return out;
}

static void words(void **state)
{
	struct fixture *f = *state;

	put(f, 1, "Ivan", "Petrov", "+7 (916) 123-45-67");
	put(f, 2, "Пётр", "Иванов-Водкин", "8 495 7654321");
	put(f, 3, "Anna", "Ivanova", "030 12 34 567");
	assert_string_equal(found(f, "iv", 50), "3 1 "); /* in order of texts */
	assert_string_equal(found(f, "IVANO", 50), "3 ");
	assert_string_equal(found(f, "ivan petr", 50), "1 ");
	assert_string_equal(found(f, "petr ivan", 50), "1 ");
	assert_string_equal(found(f, "etrov", 50), ""); /* begins no word */
	assert_string_equal(found(f, "петр водк", 50), "2 ");
	assert_string_equal(found(f, "пётр", 50), "2 ");
	assert_string_equal(found(f, "ivan водк", 50), "");
	assert_string_equal(found(f, "", 50), "3 1 2 ");
	assert_string_equal(found(f, " , ", 50), "3 1 2 ");
	assert_string_equal(found(f, "", 2), "3 1 ");
}

static void phones(void **state)
{
	struct fixture *f = *state;

	put(f, 1, "Ivan", "Petrov", "+7 (916) 123-45-67");
	put(f, 2, "Olga", "Orlova", "8 916 123 45 68");
	put(f, 3, "Anna", "Zima", "030 12 34 567");
	assert_string_equal(found(f, "89161234567", 50), "1 ");
	assert_string_equal(found(f, "+7 916 123-45-68", 50), "2 ");
	assert_string_equal(found(f, "(916) 123", 50), "1 2 ");
	assert_string_equal(found(f, "4567", 50), "3 1 ");
	assert_string_equal(found(f, "olga 4568", 50), "2 ");
	assert_string_equal(found(f, "+49 30 1234567", 50), "");
	assert_string_equal(found(f, "0301234567", 50), "3 ");
	assert_string_equal(found(f, "123-45", 50), "3 1 2 ");
}

static void changes(void **state)
{
	struct fixture *f = *state;
	struct uuid id = id_of(1);

	put(f, 1, "Ivan", "Petrov", "1");
	put(f, 2, "Olga", "Petrova", "2");
	put(f, 1, "Ivan", "Sidorov", "1");
	assert_string_equal(found(f, "petro", 50), "2 ");
	assert_string_equal(found(f, "sidor", 50), "1 ");
	assert_int_equal(find_count(&f->find), 2);
	find_remove(&f->find, 4, &id);
	find_remove(&f->find, 4, &id);
	assert_string_equal(found(f, "sidor", 50), "");
	assert_int_equal(find_count(&f->find), 1);
	find_wipe(&f->find);
	assert_string_equal(found(f, "petro", 50), "");
	assert_int_equal(find_count(&f->find), 0);
}

/* Thousands of changes: the arena is compacted, and finds what a plain look
 * at the same texts finds. */
static void many_changes(void **state)
{
	enum { CARDS = 400, CHANGES = 30000 };
	static char names[CARDS][16];
	struct fixture *f = *state;
	uint32_t dice = 1;
	char query[8];

	memset(names, 0, sizeof(names));
	for (int i = 0; i < CHANGES; i++) {
		unsigned n = (dice = dice * 1664525 + 1013904223) >> 8;
		unsigned card = n % CARDS;
		struct uuid id = id_of(card);
		if (n / CARDS % 5 == 0) {
			find_remove(&f->find, 4, &id);
			names[card][0] = 0;
			continue;
		}
		snprintf(names[card], sizeof(names[card]), "w%u",
			 n / CARDS % 100);
		put(f, card, names[card], "common", "1");
	}
	assert_true(f->find.n < (size_t)20 * CARDS);
	for (unsigned word = 0; word < 100; word++) {
		struct find_hit *entries;
		size_t n, expected = 0;
		snprintf(query, sizeof(query), "w%u", word);
		for (int i = 0; i < CARDS; i++)
			expected += strncmp(names[i], query, strlen(query)) ==
				    0;
		assert_int_equal(find_search(&f->find, &f->arena, &entries, &n,
					     4, query, CARDS, NULL),
				 OUTRIDER_OK);
		assert_int_equal(n, expected);
		for (size_t i = 1; i < n; i++)
			assert_int_not_equal(uuid_compare(&entries[i - 1].id,
							  &entries[i].id),
					     0);
	}
}

static void limits(void **state)
{
	struct fixture *f = *state;
	struct find_hit *entries;
	size_t n;

	for (unsigned i = 0; i < 250; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%03u", 249 - i);
		put(f, i, name, "x", "1");
	}
	/* The first by text, whatever the order of their coming. */
	assert_string_equal(found(f, "x", 3), "249 248 247 ");
	assert_int_equal(find_search(&f->find, &f->arena, &entries, &n, 0,
				     "a b c d e f g h i j k l m n o p q", 50,
				     NULL),
			 OUTRIDER_INVALID_ARGUMENT);
}

static void a_map_of_ids(void **state)
{
	enum { IDS = 500, CHANGES = 20000 };
	static uint32_t values[IDS];
	struct idmap map;
	uint32_t dice = 7;
	size_t n = 0;

	(void)state;
	idmap_init(&map, &allocator_libc);
	memset(values, 0, sizeof(values));
	for (uint32_t i = 1; i < CHANGES; i++) {
		unsigned at = (dice = dice * 1664525 + 1013904223) >> 8;
		struct uuid id = id_of(at % IDS);
		bool is_in = values[at % IDS] != 0;
		if (at / IDS % 2) {
			assert_true(idmap_put(&map, 4, &id, i));
			n += !is_in;
			values[at % IDS] = i;
		} else {
			idmap_remove(&map, 4, &id);
			n -= is_in;
			values[at % IDS] = 0;
		}
		assert_int_equal(map.n, n);
	}
	for (unsigned i = 0; i < IDS; i++) {
		struct uuid id = id_of(i);
		const uint32_t *value = idmap_get(&map, 4, &id);
		assert_int_equal(value == NULL ? 0 : *value, values[i]);
		assert_null(idmap_get(&map, 5, &id));
	}
	idmap_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(phones, setup, teardown),
		cmocka_unit_test_setup_teardown(changes, setup, teardown),
		cmocka_unit_test_setup_teardown(many_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test(a_map_of_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
