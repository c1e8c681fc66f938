/*
 * Merging: each policy, and that the order in which concurrent writes arrive
 * makes no difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "model/hlc.h"
#include "model/merge.h"
#include "wire_parts.h"

enum { BASE = 10, LATER = 20 }; /* revisions */

/* A kind with a field of each policy, and a choice. */
enum { LAST = 10, SET, INSERT, SERVER, ASK, NUMBER, THIS, THAT, KEYED };
static const struct message message;
static const struct field parts[] = {
	{ .number = 1, .name = "key", .type = FIELD_STRING, .oneof = -1 },
	{ .number = 2, .name = "text", .type = FIELD_STRING, .oneof = -1 },
};
static const struct message part = {
	.name = "part",
	.fields = parts,
	.n_fields = 2,
};
static const struct field fields[] = {
	{ .number = 1, .name = "id", .type = FIELD_UUID, .oneof = -1 },
	{ .number = 6, .name = "owner_id", .type = FIELD_UUID, .oneof = -1 },
	{ .number = LAST,
	  .name = "last",
	  .type = FIELD_STRING,
	  .merge = MERGE_LAST_WRITER,
	  .oneof = -1 },
	{ .number = SET,
	  .name = "set",
	  .type = FIELD_STRING,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 100,
	  .merge = MERGE_SET,
	  .oneof = -1 },
	{ .number = INSERT,
	  .name = "insert",
	  .type = FIELD_STRING,
	  .merge = MERGE_INSERT_ONLY,
	  .oneof = -1 },
	{ .number = SERVER,
	  .name = "server",
	  .type = FIELD_STRING,
	  .merge = MERGE_SERVER,
	  .oneof = -1 },
	{ .number = ASK,
	  .name = "ask",
	  .type = FIELD_INT64,
	  .merge = MERGE_ASK,
	  .oneof = -1 },
	{ .number = NUMBER,
	  .name = "number",
	  .type = FIELD_INT32,
	  .merge = MERGE_LAST_WRITER,
	  .oneof = -1 },
	{ .number = THIS, .name = "this", .type = FIELD_INT32, .oneof = 0 },
	{ .number = THAT, .name = "that", .type = FIELD_INT32, .oneof = 0 },
	{ .number = KEYED,
	  .name = "keyed",
	  .type = FIELD_MESSAGE,
	  .message = &part,
	  .flags = FIELD_IS_REPEATED,
	  .max_items = 100,
	  .merge = MERGE_BY_KEY,
	  .oneof = -1 },
};
static const struct entity kind = {
	.number = 1,
	.name = "kind",
	.message = &message,
	.fields = fields + 2,
	.n_fields = 9,
};
static const struct message message = {
	.name = "kind",
	.fields = fields,
	.n_fields = 11,
	.entity = &kind,
};

/* A store of one record: what merge_apply needs of a server. */
struct world {
	struct arena arena;
	struct row *row;
	uint64_t rev;
	uint64_t clocks[32]; /* of the write that stands, by field number */
	uint64_t key_clocks[256]; /* the same by the letter of a key */
	uint64_t log[16];	  /* clocks of the writes above BASE */
	struct field_set changed, lost;
};

static uint64_t standing_hlc(void *user, uint32_t field)
{
	const struct world *world = user;

	return world->clocks[field];
}

static uint64_t key_hlc(void *user, uint32_t field, struct bytes key)
{
	const struct world *world = user;

	assert_int_equal(field, KEYED);
	assert_int_equal(key.len, 1);
	return world->key_clocks[key.at[0]];
}

static void world_start(struct world *world)
{
	*world = (struct world){ .rev = BASE };
	arena_init(&world->arena, &allocator_libc, 1 << 22);
	world->row = row_new(&world->arena, &kind);
	for (size_t i = 0; i < kind.n_fields; i++)
		world->row->frev[i] = BASE;
}

static struct value text(const char *literal)
{
	return (struct value){
		.bytes = { .at = (const uint8_t *)literal,
			   .len = strlen(literal) },
	};
}

/* A set's canonical bytes out of single letters, in any order. */
static struct value set_of(struct world *world, const char *letters)
{
	struct row *row = row_new(&world->arena, &kind);
	struct buffer bytes = new_buffer();

	for (; *letters; letters++)
		wire_put_bytes(&bytes, SET, letters, 1);
	assert_int_equal(record_read(row, NULL, &world->arena, bytes_of(&bytes),
				     NULL),
			 OUTRIDER_OK);
	buffer_free(&bytes);
	return *row_value(row, SET);
}

static const char *letters_of(const struct value *value)
{
	static char letters[100];
	struct wire_reader reader = wire_read(value->bytes);
	struct wire_field in;
	size_t n = 0;

	while (wire_next(&reader, &in) > 0)
		letters[n++] = (char)in.value.at[0];
	letters[n] = 0;
	return letters;
}

/* Messages out of pairs of letters, a key and a text: "a1b2", in any order. */
static struct value keyed_of(struct world *world, const char *pairs)
{
	struct row *row = row_new(&world->arena, &kind);
	struct buffer bytes = new_buffer();

	for (; *pairs; pairs += 2) {
		uint8_t one[] = { 0x0a, 1, (uint8_t)pairs[0],
				  0x12, 1, (uint8_t)pairs[1] };

		wire_put_bytes(&bytes, KEYED, one, sizeof(one));
	}
	assert_int_equal(record_read(row, NULL, &world->arena, bytes_of(&bytes),
				     NULL),
			 OUTRIDER_OK);
	buffer_free(&bytes);
	return *row_value(row, KEYED);
}

static const char *pairs_of(const struct value *value)
{
	static char pairs[100];
	struct wire_reader reader = wire_read(value->bytes);
	struct wire_field in;
	size_t n = 0;

	while (wire_next(&reader, &in) > 0) {
		pairs[n++] = (char)in.value.at[2];
		pairs[n++] = (char)in.value.at[5];
	}
	pairs[n] = 0;
	return pairs;
}

/* As the server finds it out of its log: who changed a key last. */
static void note_keys(struct world *world, struct bytes before, uint64_t hlc)
{
	struct bytes now = row_value(world->row, KEYED)->bytes;

	for (unsigned c = 'a'; c <= 'z'; c++) {
		const uint8_t letter = (uint8_t)c;

		if (merge_key_differs(before, now, KEYED,
				      (struct bytes){ &letter, 1 }))
			world->key_clocks[c] = hlc;
	}
}

struct write {
	uint32_t field;
	struct value value;
	uint64_t base_rev, hlc;
	const struct row *base;
};

/* The clock that the server gives a write: above all that its author saw. */
static uint64_t lifted(const struct world *world, const struct write *write)
{
	uint64_t seen = 0;

	for (uint64_t rev = BASE; rev < write->base_rev && rev < world->rev;
	     rev++)
		if (world->log[rev - BASE] > seen)
			seen = world->log[rev - BASE];
	return hlc_lift(write->hlc, seen);
}

static void apply(struct world *world, const struct write *write)
{
	struct row *values = row_new(&world->arena, &kind);
	struct merge_patch patch = {
		.values = values,
		.base_rev = write->base_rev,
		.hlc = lifted(world, write),
		.base = write->base,
		.key_hlc = key_hlc,
	};
	struct bytes before = row_value(world->row, KEYED)->bytes;

	*row_value(values, write->field) = write->value;
	field_set_add(&patch.which, write->field);
	assert_int_equal(merge_apply(world->row, &world->changed, &world->lost,
				     &world->arena, &patch, standing_hlc, world,
				     NULL),
			 OUTRIDER_OK);
	note_keys(world, before, patch.hlc);
	world->log[world->rev++ - BASE] = patch.hlc;
	for (size_t i = 0; i < kind.n_fields; i++) {
		uint32_t number = kind.fields[i].number;
		if (!field_set_has(&world->changed, number))
			continue;
		world->clocks[number] = patch.hlc;
		world->row->frev[i] = world->rev;
	}
}

/* A field that another write has changed at the clock 100, since BASE. */
static void
world_conflicted(struct world *world, uint32_t field, struct value standing)
{
	world_start(world);
	world->rev = LATER;
	*row_value(world->row, field) = standing;
	world->row->frev[field - LAST] = LATER;
	world->clocks[field] = 100;
}

enum outcome { SAME = 0, CHANGED = 1, LOST = 2 };

static void expect_write(struct world *world, const struct write *write,
			 const char *result, unsigned outcome)
{
	const struct value *value = row_value(world->row, write->field);

	apply(world, write);
	assert_int_equal(value->bytes.len, strlen(result));
	assert_memory_equal(value->bytes.at, result, strlen(result));
	assert_int_equal(field_set_has(&world->changed, write->field),
			 !!(outcome & CHANGED));
	assert_int_equal(field_set_has(&world->lost, write->field),
			 !!(outcome & LOST));
	arena_free(&world->arena);
}

/* ---------------------------------------------------------------- policies */

static void what_the_author_saw_may_be_changed(void **state)
{
	static const uint32_t all[] = { LAST, INSERT, SERVER };
	struct world world;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct write write = { .field = all[i],
				       .value = text("new"),
				       .base_rev = LATER };
		world_conflicted(&world, all[i], text("old"));
		expect_write(&world, &write, "new", CHANGED);
	}
}

static void the_last_writer_wins(void **state)
{
	struct write write = { .field = LAST,
			       .value = text("new"),
			       .base_rev = BASE,
			       .hlc = 101 };
	struct world world;

	(void)state;
	world_conflicted(&world, LAST, text("old"));
	expect_write(&world, &write, "new", CHANGED);
	write.hlc = 99;
	world_conflicted(&world, LAST, text("old"));
	expect_write(&world, &write, "old", LOST);
	/* An emptied field is a write like another. */
	write.value = text("");
	write.hlc = 101;
	world_conflicted(&world, LAST, text("old"));
	expect_write(&world, &write, "", CHANGED);
}

static void a_tie_is_decided_by_value(void **state)
{
	struct write write = {
		.field = LAST, .value = text("b"), .base_rev = BASE, .hlc = 100
	};
	struct world world;

	(void)state;
	world_conflicted(&world, LAST, text("a"));
	expect_write(&world, &write, "b", CHANGED);
	world_conflicted(&world, LAST, text("c"));
	expect_write(&world, &write, "c", LOST);
	world_conflicted(&world, LAST, text("b"));
	expect_write(&world, &write, "b", SAME);
}

static void the_same_value_is_no_conflict(void **state)
{
	struct write write = { .field = SERVER,
			       .value = text("old"),
			       .base_rev = BASE,
			       .hlc = 1 };
	struct world world;

	(void)state;
	world_conflicted(&world, SERVER, text("old"));
	expect_write(&world, &write, "old", SAME);
	/* Written again later, it has the later clock. */
	write.field = LAST;
	write.hlc = 200;
	world_conflicted(&world, LAST, text("old"));
	apply(&world, &write);
	assert_int_equal(world.clocks[LAST], 200);
	arena_free(&world.arena);
}

static void the_first_value_stays(void **state)
{
	struct write write = { .field = INSERT,
			       .value = text("new"),
			       .base_rev = BASE,
			       .hlc = 200 };
	struct world world;

	(void)state;
	world_conflicted(&world, INSERT, text("old"));
	expect_write(&world, &write, "old", LOST);
	world_conflicted(&world, INSERT, text(""));
	expect_write(&world, &write, "new", CHANGED);
}

static void the_servers_value_stays(void **state)
{
	struct write write = { .field = SERVER,
			       .value = text("new"),
			       .base_rev = BASE,
			       .hlc = 200 };
	struct world world;

	(void)state;
	world_conflicted(&world, SERVER, text("old"));
	expect_write(&world, &write, "old", LOST);
	write.field = ASK;
	write.value = (struct value){ .i = 5 };
	world_conflicted(&world, ASK, (struct value){ .i = 4 });
	apply(&world, &write);
	assert_int_equal(row_value(world.row, ASK)->i, 4);
	assert_true(field_set_has(&world.lost, ASK));
	arena_free(&world.arena);
}

static void a_choice_stays_one(void **state)
{
	struct world world;
	struct write write = {
		.field = THAT, .value = { .i = 2 }, .base_rev = BASE, .hlc = 101
	};

	(void)state;
	world_conflicted(&world, THIS, (struct value){ .i = 1 });
	world.row->frev[THAT - LAST] = LATER;
	world.clocks[THAT] = 100;
	apply(&world, &write);
	assert_int_equal(row_value(world.row, THIS)->i, 0);
	assert_int_equal(row_value(world.row, THAT)->i, 2);
	assert_true(field_set_has(&world.changed, THIS));
	assert_true(field_set_has(&world.changed, THAT));
	write.field = THIS;
	write.value.i = 9;
	write.hlc = 100;
	apply(&world, &write);
	assert_int_equal(row_value(world.row, THIS)->i, 0);
	assert_int_equal(row_value(world.row, THAT)->i, 2);
	assert_true(field_set_has(&world.lost, THIS));
	arena_free(&world.arena);
}

static void owners_are_the_servers(void **state)
{
	struct world world;
	struct row *values;
	struct merge_patch patch = { .base_rev = BASE, .hlc = 999 };

	(void)state;
	world_start(&world);
	values = row_new(&world.arena, &kind);
	patch.values = values;
	values->owner.at[0] = 1;
	field_set_add(&patch.which, FIELD_OWNER);
	world.row->frev_owner = LATER;
	assert_int_equal(merge_apply(world.row, &world.changed, &world.lost,
				     &world.arena, &patch, standing_hlc, &world,
				     NULL),
			 OUTRIDER_OK);
	assert_int_equal(world.row->owner.at[0], 0);
	assert_true(field_set_has(&world.lost, FIELD_OWNER));
	assert_true(field_set_is_empty(&world.changed));
	patch.base_rev = LATER;
	assert_int_equal(merge_apply(world.row, &world.changed, &world.lost,
				     &world.arena, &patch, standing_hlc, &world,
				     NULL),
			 OUTRIDER_OK);
	assert_int_equal(world.row->owner.at[0], 1);
	assert_true(field_set_has(&world.changed, FIELD_OWNER));
	assert_true(field_set_is_empty(&world.lost));
	/* Fields that the patch doesn't name are left alone. */
	patch.which = (struct field_set){ { 0 } };
	values->owner.at[0] = 7;
	assert_int_equal(merge_apply(world.row, &world.changed, &world.lost,
				     &world.arena, &patch, standing_hlc, &world,
				     NULL),
			 OUTRIDER_OK);
	assert_int_equal(world.row->owner.at[0], 1);
	arena_free(&world.arena);
}

/* -------------------------------------------------------------------- sets */

static void expect_set(const char *base, const char *standing, const char *sent,
		       const char *result, unsigned outcome)
{
	struct world world;
	struct row *base_row;
	struct write write = { .field = SET, .base_rev = BASE, .hlc = 1 };

	world_start(&world);
	world.rev = LATER;
	*row_value(world.row, SET) = set_of(&world, standing);
	world.row->frev[SET - LAST] = LATER;
	world.clocks[SET] = 100;
	write.value = set_of(&world, sent);
	if (base) {
		base_row = row_new(&world.arena, &kind);
		*row_value(base_row, SET) = set_of(&world, base);
		write.base = base_row;
	}
	apply(&world, &write);
	assert_string_equal(letters_of(row_value(world.row, SET)), result);
	assert_int_equal(field_set_has(&world.changed, SET),
			 !!(outcome & CHANGED));
	assert_int_equal(field_set_has(&world.lost, SET), !!(outcome & LOST));
	arena_free(&world.arena);
}

static void sets_add_and_remove(void **state)
{
	(void)state;
	expect_set("abc", "abc", "ab", "ab", CHANGED);
	expect_set("abc", "abcd", "ab", "abd", CHANGED | LOST);
	expect_set("abc", "bc", "abcx", "bcx", CHANGED | LOST);
	expect_set("abc", "", "abcx", "x", CHANGED | LOST);
	expect_set("", "ac", "b", "abc", CHANGED | LOST);
	expect_set("abc", "ab", "bc", "b", CHANGED | LOST);
	expect_set("abc", "abd", "abcd", "abd", LOST);
	expect_set("abc", "x", "", "x", LOST);
	expect_set("abc", "abc", "", "", CHANGED);
	/* Without the base: what either has. */
	expect_set(NULL, "abd", "ac", "abcd", CHANGED | LOST);
	expect_set(NULL, "ab", "cab", "abc", CHANGED);
}

static void sets_have_one_form(void **state)
{
	struct world world;
	struct value a, b;

	(void)state;
	world_start(&world);
	a = set_of(&world, "cabacab");
	b = set_of(&world, "abc");
	assert_true(value_equal(&fields[3], &a, &b));
	assert_string_equal(letters_of(&a), "abc");
	arena_free(&world.arena);
}

/* -------------------------------------------------------------------- keys */

static void expect_keyed(const char *base, const char *standing,
			 const char *sent, uint64_t hlc, const char *result,
			 unsigned outcome)
{
	struct world world;
	struct row *base_row;
	struct write write = { .field = KEYED, .base_rev = BASE, .hlc = hlc };

	world_start(&world);
	world.rev = LATER;
	*row_value(world.row, KEYED) = keyed_of(&world, standing);
	world.row->frev[KEYED - LAST] = LATER;
	world.clocks[KEYED] = 1000;
	memset(world.key_clocks, 0, sizeof(world.key_clocks));
	for (unsigned c = 'a'; c <= 'z'; c++)
		world.key_clocks[c] = 100;
	write.value = keyed_of(&world, sent);
	if (base) {
		base_row = row_new(&world.arena, &kind);
		*row_value(base_row, KEYED) = keyed_of(&world, base);
		write.base = base_row;
	}
	apply(&world, &write);
	assert_string_equal(pairs_of(row_value(world.row, KEYED)), result);
	assert_int_equal(field_set_has(&world.changed, KEYED),
			 !!(outcome & CHANGED));
	assert_int_equal(field_set_has(&world.lost, KEYED), !!(outcome & LOST));
	arena_free(&world.arena);
}

static void each_key_is_a_value_of_its_own(void **state)
{
	static const struct {
		const char *base, *standing, *sent;
		uint64_t hlc;
		const char *result;
		unsigned outcome;
	} cases[] = {
		/* What one side changed, added or took away. */
		{ "a1b1", "a1b1", "a2b1", 1, "a2b1", CHANGED },
		{ "a1b1", "a1b2", "a2b1", 1, "a2b2", CHANGED | LOST },
		{ "a1b1", "a1b1c1", "a1b1d1", 1, "a1b1c1d1", CHANGED | LOST },
		{ "a1b1", "b1", "a1b2", 1, "b2", CHANGED | LOST },
		{ "a1b1", "a1b2", "b1", 1, "b2", CHANGED | LOST },
		{ "a1b1", "a1", "b1", 1, "", CHANGED | LOST },
		/* Both: the later stands, of equals the greater. */
		{ "a1", "a2", "a3", 101, "a3", CHANGED },
		{ "a1", "a2", "a3", 99, "a2", LOST },
		{ "a1", "a2", "a3", 100, "a3", CHANGED },
		{ "a1", "a4", "a3", 100, "a4", LOST },
		{ "", "a2", "a3", 99, "a2", LOST },
		/* A message taken away was written, too. */
		{ "a1", "a2", "", 101, "", CHANGED },
		{ "a1", "a2", "", 99, "a2", LOST },
		{ "a1", "", "a3", 101, "a3", CHANGED },
		{ "a1", "", "a3", 99, "", LOST },
		/* Without the base: what either has. */
		{ NULL, "a1b2", "b3c1", 101, "a1b3c1", CHANGED | LOST },
		{ NULL, "a1b2", "b3c1", 99, "a1b2c1", CHANGED | LOST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_keyed(cases[i].base, cases[i].standing, cases[i].sent,
			     cases[i].hlc, cases[i].result, cases[i].outcome);
}

static void a_key_stands_once(void **state)
{
	struct world world;
	struct value value;

	(void)state;
	world_start(&world);
	value = keyed_of(&world, "b1a1b3a2b2");
	assert_string_equal(pairs_of(&value), "a2b2");
	arena_free(&world.arena);
}

/* ------------------------------------------------------------------- order */

#define N_WRITES 4

/* The next order of the numbers, by rank; false after the last. */
static bool next_order(size_t order[N_WRITES])
{
	size_t i = N_WRITES - 1, j = N_WRITES - 1, kept;

	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] < order[i - 1])
		j--;
	kept = order[i - 1], order[i - 1] = order[j], order[j] = kept;
	for (j = N_WRITES - 1; i < j; i++, j--)
		kept = order[i], order[i] = order[j], order[j] = kept;
	return true;
}

/*
 * Of a1b1c1, one changed and maybe one added. No two say the same of a key:
 * where they do, only the first is remembered to have said it.
 */
static struct value random_keyed(struct world *base, uint64_t *seed, size_t i)
{
	static const char texts[] = "23456789ABCDEFGHIJKLMNOPQRSTUVWX";
	char pairs[] = "a1b1c1d0";

	pairs[random_next(seed) % 3 * 2 + 1] =
		texts[random_next(seed) % 8 * 4 + i];
	if (random_next(seed) % 2 == 0)
		pairs[6] = 0;
	else
		pairs[7] = texts[random_next(seed) % 8 * 4 + i];
	return keyed_of(base, pairs);
}

static struct write random_write(struct world *base, uint64_t *seed, size_t i)
{
	static const char *const texts[] = { "", "a", "b", "c" };
	static const char *const sets[] = { "", "a", "ab", "bc", "cd", "abd" };
	struct write write = {
		.base_rev = BASE,
		.hlc = random_next(seed) % 4,
		.base = base->row,
	};

	switch (random_next(seed) % 4) {
	case 3:
		write.field = KEYED;
		write.value = random_keyed(base, seed, i);
		break;
	case 0:
		write.field = LAST;
		write.value = text(texts[random_next(seed) % 4]);
		break;
	case 1:
		write.field = NUMBER;
		write.value.i = (int64_t)(random_next(seed) % 4);
		break;
	default:
		write.field = SET;
		write.value = set_of(base, sets[random_next(seed) % 6]);
	}
	return write;
}

/* What stands after the writes arrived in this order. */
static void outcome_of(char *out, size_t size, const struct write *writes,
		       const size_t *order)
{
	struct world world;

	world_start(&world);
	*row_value(world.row, LAST) = text("a");
	*row_value(world.row, SET) = set_of(&world, "abc");
	*row_value(world.row, KEYED) = keyed_of(&world, "a1b1c1");
	for (size_t i = 0; i < N_WRITES; i++)
		apply(&world, &writes[order[i]]);
	snprintf(out, size, "%.*s %s %s %d clocks %d %d",
		 (int)row_value(world.row, LAST)->bytes.len,
		 (const char *)row_value(world.row, LAST)->bytes.at,
		 letters_of(row_value(world.row, SET)),
		 pairs_of(row_value(world.row, KEYED)),
		 (int)row_value(world.row, NUMBER)->i, (int)world.clocks[LAST],
		 (int)world.clocks[NUMBER]);
	arena_free(&world.arena);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct write writes[N_WRITES];
		size_t order[N_WRITES] = { 0, 1, 2, 3 };
		char first[200], other[200];
		struct world base;
		world_start(&base);
		*row_value(base.row, SET) = set_of(&base, "abc");
		*row_value(base.row, KEYED) = keyed_of(&base, "a1b1c1");
		for (size_t i = 0; i < N_WRITES; i++)
			writes[i] = random_write(&base, &seed, i);
		outcome_of(first, sizeof(first), writes, order);
		while (next_order(order)) {
			outcome_of(other, sizeof(other), writes, order);
			assert_string_equal(first, other);
		}
		arena_free(&base.arena);
	}
}

/* A write that saw another counts as later, whatever its author's clock. */
static void a_slow_clock_does_not_lose_what_it_saw(void **state)
{
	const struct write a = { LAST, text("a1"), BASE, 10, NULL };
	const struct write c = { LAST, text("c1"), BASE, 9, NULL };
	struct write b = { LAST, text("b1"), 0, 8, NULL };
	struct world world;

	(void)state;
	for (int is_last = 0; is_last < 2; is_last++) {
		world_start(&world);
		apply(&world, &a);
		b.base_rev = world.rev;
		if (is_last)
			apply(&world, &c);
		apply(&world, &b);
		if (!is_last)
			apply(&world, &c);
		assert_memory_equal(row_value(world.row, LAST)->bytes.at, "b1",
				    2);
		arena_free(&world.arena);
	}
}

static void memory_may_run_out(void **state)
{
	struct world world;
	struct row *values;
	struct arena tight;
	struct merge_patch patch = { .base_rev = BASE };
	struct outrider_err err;

	(void)state;
	world_start(&world);
	*row_value(world.row, SET) = set_of(&world, "abc");
	world.row->frev[SET - LAST] = LATER;
	values = row_new(&world.arena, &kind);
	*row_value(values, SET) = set_of(&world, "abd");
	patch.values = values;
	field_set_add(&patch.which, SET);
	arena_init(&tight, &allocator_libc, 10);
	assert_int_equal(merge_apply(world.row, &world.changed, &world.lost,
				     &tight, &patch, standing_hlc, &world,
				     &err),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	arena_free(&tight);
	arena_free(&world.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_author_saw_may_be_changed),
		cmocka_unit_test(the_last_writer_wins),
		cmocka_unit_test(a_tie_is_decided_by_value),
		cmocka_unit_test(the_same_value_is_no_conflict),
		cmocka_unit_test(the_first_value_stays),
		cmocka_unit_test(the_servers_value_stays),
		cmocka_unit_test(a_choice_stays_one),
		cmocka_unit_test(owners_are_the_servers),
		cmocka_unit_test(sets_add_and_remove),
		cmocka_unit_test(sets_have_one_form),
		cmocka_unit_test(each_key_is_a_value_of_its_own),
		cmocka_unit_test(a_key_stands_once),
		cmocka_unit_test(the_order_of_arrival_does_not_matter),
		cmocka_unit_test(a_slow_clock_does_not_lose_what_it_saw),
		cmocka_unit_test(memory_may_run_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
