/*
 * Walks of the model (sync.pml with -DWALK), played by the real code. After
 * each event the server and both phones must stand as the model says.
 *
 *	model-replay FILE    as tests/model/walks writes it
 */
#include "actors.h"

#include "app/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/usage.h"

#define AHEAD_US INT64_C(120000000) /* longer than a walk, below the clamp */

/* Numbers of the model, and what they are here. */
enum { FIELD_0 = CONTACT_FAMILY_NAME, FIELD_1 = CONTACT_POSITION };
static const char *const field_names[2] = { "family_name", "position" };

/* A line of a walk, without its end. */
struct walk {
	char name[40];
	char **lines;
	size_t n, room;
};

struct play {
	struct cast cast;
	const struct walk *walk;
	size_t at;	     /* the line of the event under way */
	unsigned next;	     /* number of the next mutation */
	bool is_made;	     /* the card has an id */
	uint64_t n_of_event; /* so that cuts differ */
};

/* ------------------------------------------------------------------- words */

static void value_text(char out[24], unsigned number)
{
	snprintf(out, 24, "value %u", number);
}

/* 0 where it isn't one of ours. */
static unsigned value_number(const char *text)
{
	return strncmp(text, "value ", 6) == 0
		       ? (unsigned)strtoul(text + 6, NULL, 10)
		       : 0;
}

/* The numbers of a line that is of the form, with # where they are. */
static void read_numbers(const char *line, const char *form, unsigned *out)
{
	for (; *form != '\0'; form++) {
		char *end;

		if (*form != '#') {
			assert_int_equal(*line++, *form);
			continue;
		}
		*out++ = (unsigned)strtoul(line, &end, 10);
		assert_true(end != line);
		line = end;
	}
}

/* The model counts what was before the play as one revision. */
static uint64_t model_rev(const struct play *play, uint64_t rev)
{
	if (rev <= play->cast.before)
		return rev > 0;
	return rev - play->cast.before + 1;
}

static void fail_at(const struct play *play, const char *what,
		    unsigned long long wanted, unsigned long long seen)
{
	const struct walk *walk = play->walk;

	print_error("%s: what happened:\n", walk->name);
	for (size_t i = 0; i <= play->at; i++)
		if (strncmp(walk->lines[i], "event", 5) == 0)
			print_error("  %s\n", walk->lines[i]);
	fail_msg("%s: %s is %llu, and the model says %llu", walk->name, what,
		 seen, wanted);
}

static void compare(const struct play *play, const char *what,
		    unsigned long long wanted, unsigned long long seen)
{
	if (wanted != seen)
		fail_at(play, what, wanted, seen);
}

/* ----------------------------------------------------------- what is to be */

static void compare_server(struct play *play, const char *line)
{
	struct cast *cast = &play->cast;
	enum { THERE, DELETED, MINE, VALUE_0, VALUE_1, REV, NEWEST, NUMBERS };
	unsigned n[NUMBERS];
	const struct row *row = NULL;
	char text[40];

	read_numbers(
		line,
		"server there # deleted # mine # values # # rev # newest #", n);
	compare(play, "the newest revision", n[NEWEST],
		model_rev(play, harness_rev(&cast->world.h)));
	if (play->is_made)
		row = world_row(&cast->world, CONTACT, &cast->card);
	compare(play, "the record's being", n[THERE], row != NULL);
	if (row == NULL)
		return;
	compare(play, "its deletion", n[DELETED], row->deleted_us != 0);
	compare(play, "whether anna owns it", n[MINE],
		uuid_compare(&row->owner, &cast->world.anna.id) == 0);
	compare(play, "its revision", n[REV], model_rev(play, row->rev));
	world_text(text, sizeof(text), &cast->world, CONTACT, &cast->card,
		   FIELD_0);
	compare(play, "its field 0", n[VALUE_0], value_number(text));
	world_text(text, sizeof(text), &cast->world, CONTACT, &cast->card,
		   FIELD_1);
	compare(play, "its field 1", n[VALUE_1], value_number(text));
}

static void compare_card(struct play *play, struct side *side,
			 const unsigned values[2], unsigned rev, bool is_shown)
{
	struct outrider_card card;
	bool is_seen = play->is_made &&
		       outrider_card_get(side->phone.core, &card, "contact",
					 play->cast.card.at,
					 NULL) == OUTRIDER_OK;

	compare(play, "whether the phone shows it", is_shown, is_seen);
	if (!is_seen)
		return;
	compare(play, "the phone's revision of it", rev,
		model_rev(play, card.rev));
	for (size_t i = 0; i < 2; i++) {
		char text[40];

		assert_true(outrider_card_text(text, sizeof(text), "contact",
					       card.fields, card.len,
					       field_names[i], 0) >= 0);
		compare(play,
			i == 0 ? "field 0 on the phone"
			       : "field 1 on the phone",
			values[i], value_number(text));
	}
}

/* It is looked at on its way to the server. */
static void compare_cursor(struct play *play, struct side *side, unsigned head,
			   unsigned pos)
{
	struct cursor cursor;
	struct outrider_err err;
	struct arena arena;

	if (!phone_asks(&side->phone, "SyncService/Pull") || side->call)
		return;
	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(cursor_read(&cursor, &arena,
				     phone_asked(&side->phone, 1), &err),
			 OUTRIDER_OK);
	for (size_t i = 0; i < cursor.n_scopes; i++) {
		compare(play, "a head", head,
			model_rev(play, cursor.scopes[i].head));
		compare(play, "a position", pos,
			model_rev(play, cursor.scopes[i].rev));
	}
	compare(play, "whether there is a cursor", pos != 0,
		cursor.n_scopes != 0);
	arena_free(&arena);
}

static void compare_phone(struct play *play, const char *line)
{
	enum {
		NUMBER,
		SHOWN,
		VALUE_0,
		VALUE_1,
		REV,
		WAITS,
		PARKED,
		HEAD,
		POS,
		NUMBERS
	};
	unsigned n[NUMBERS];
	struct outrider_status status;
	struct side *side;

	read_numbers(line,
		     "phone # shown # values # # rev # waits # parked # head # "
		     "pos #",
		     n);
	assert_true(n[NUMBER] < 2);
	side = &play->cast.sides[n[NUMBER]];
	compare_card(play, side, &n[VALUE_0], n[REV], n[SHOWN] != 0);
	status = phone_status(&side->phone);
	compare(play, "what waits on the phone", n[WAITS], status.n_waiting);
	compare(play, "what is parked there", n[PARKED], status.n_parked);
	compare_cursor(play, side, n[HEAD], n[POS]);
}

/* ------------------------------------------------------------ what happens */

static void set_field(struct outrider_edit *edit, size_t field, unsigned number)
{
	char text[24];

	value_text(text, number);
	assert_int_equal(outrider_edit_set(edit, field_names[field], text,
					   NULL),
			 OUTRIDER_OK);
}

/* id NULL: the card is made by it. */
static void
edit_card(struct play *play, struct side *side, const uint8_t *id, unsigned set)
{
	struct outrider_edit *edit;
	uint8_t written[16];

	assert_int_equal(outrider_edit_begin(&edit, side->phone.core, "contact",
					     id, NULL),
			 OUTRIDER_OK);
	for (size_t i = 0; i < 2; i++)
		if (set >> i & 1)
			set_field(edit, i, play->next);
	assert_int_equal(outrider_edit_commit(edit, written, NULL),
			 OUTRIDER_OK);
	memcpy(play->cast.card.at, written, sizeof(written));
	play->is_made = true;
	play->next++;
}

static void on_create(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	edit_card(play, side, NULL, 3);
}

static void on_edit(struct play *play, struct side *side, unsigned set)
{
	edit_card(play, side, play->cast.card.at, set);
}

static void on_delete(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	assert_int_equal(outrider_card_delete(side->phone.core, "contact",
					      play->cast.card.at, NULL),
			 OUTRIDER_OK);
	play->next++;
}

static void on_make(struct play *play, struct side *side, unsigned set)
{
	struct fields fields = fields_new();
	char text[24];

	(void)side, (void)set;
	value_text(text, 1);
	fields_text(&fields, FIELD_0, text);
	fields_text(&fields, FIELD_1, text);
	play->cast.card = world_create(&play->cast.world, CONTACT,
				       &play->cast.world.anna, &fields);
	play->is_made = true;
	fields_free(&fields);
}

static void on_move(struct play *play, struct side *side, unsigned set)
{
	struct world *world = &play->cast.world;
	const struct row *row = world_row(world, CONTACT, &play->cast.card);
	bool is_annas = uuid_compare(&row->owner, &world->anna.id) == 0;

	(void)side, (void)set;
	world_give(world, CONTACT, &play->cast.card,
		   is_annas ? &world->ben : &world->anna);
}

static void on_touch(struct play *play, struct side *side, unsigned set)
{
	char text[40];

	(void)side, (void)set;
	play->cast.is_touched = true;
	snprintf(text, sizeof(text), "touch %llu",
		 (unsigned long long)play->n_of_event);
	world_set(&play->cast.world, CONTACT, &play->cast.other, FIELD_1, text);
}

static void on_ahead(struct play *play, struct side *side, unsigned set)
{
	(void)play, (void)set;
	if (side != NULL)
		side->ahead_us = AHEAD_US;
}

static void on_synced(struct play *play, struct side *side, unsigned set)
{
	(void)side, (void)set;
	side_sync_all(&play->cast, &play->cast.sides[0]);
	side_sync_all(&play->cast, &play->cast.sides[1]);
}

static void on_fresh(struct play *play, struct side *side, unsigned set)
{
	(void)play, (void)side, (void)set;
}

static void on_sync(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_sync(&play->cast, side);
}

static void on_push(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_push(&play->cast, side);
}

static void on_pull(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_pull(&play->cast, side);
}

static void on_page(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_page(&play->cast, side);
}

static void on_take(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_take(&play->cast, side);
}

static void on_cut(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_cut(&play->cast, side, play->n_of_event);
}

static void on_die(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_die(&play->cast, side);
}

static void on_copy(struct play *play, struct side *side, unsigned set)
{
	(void)set;
	side_copy(&play->cast, side);
}

static const struct {
	const char *name;
	void (*run)(struct play *play, struct side *side, unsigned set);
} events[] = {
	{ "ahead", on_ahead },	 { "synced", on_synced }, { "fresh", on_fresh },
	{ "make", on_make },	 { "create", on_create }, { "edit", on_edit },
	{ "delete", on_delete }, { "move", on_move },	  { "touch", on_touch },
	{ "sync", on_sync },	 { "push", on_push },	  { "answer", on_take },
	{ "pull", on_pull },	 { "page", on_page },	  { "take", on_take },
	{ "cut", on_cut },	 { "copy", on_copy },	  { "die", on_die },
};

static void run_event(struct play *play, const char *line)
{
	const char *name = line + strlen("event ");
	const size_t name_len = strcspn(name, " ");
	unsigned n[2];

	read_numbers(name + name_len, " # #", n);
	play->n_of_event++;
	cast_tick(&play->cast);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strlen(events[i].name) != name_len ||
		    memcmp(events[i].name, name, name_len) != 0)
			continue;
		events[i].run(play, n[0] < 2 ? &play->cast.sides[n[0]] : NULL,
			      n[1]);
		return;
	}
	fail_msg("the model knows of an event, and the replay doesn't: %s",
		 line);
}

/* -------------------------------------------------------------------- walks */

static void run_walk(void **state)
{
	static struct play play;
	const struct walk *walk = *state;
	bool has_ended;

	memset(&play, 0, sizeof(play));
	play.walk = walk;
	play.next = 2;
	cast_open(&play.cast);
	for (size_t i = 0; i < walk->n; i++) {
		if (strncmp(walk->lines[i], "event", 5) == 0) {
			play.at = i;
			run_event(&play, walk->lines[i]);
		} else if (strncmp(walk->lines[i], "server", 6) == 0) {
			compare_server(&play, walk->lines[i]);
		} else if (strncmp(walk->lines[i], "phone", 5) == 0) {
			compare_phone(&play, walk->lines[i]);
		}
	}
	has_ended = play.cast.sides[0].phone.call == 0 &&
		    play.cast.sides[1].phone.call == 0;
	cast_close(&play.cast);
	assert_true(has_ended);
}

static void *grown(void *at, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return at;
	*room = *room * 2 + 64;
	at = realloc(at, *room * size);
	if (at == NULL)
		abort();
	return at;
}

static size_t read_walks(struct walk **out, FILE *from)
{
	struct walk *walks = NULL;
	size_t n = 0, room = 0;
	char line[256];

	while (fgets(line, sizeof(line), from) != NULL) {
		struct walk *walk;

		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "walk ", 5) == 0) {
			walks = grown(walks, &room, n, sizeof(*walks));
			walks[n] = (struct walk){ .n = 0 };
			snprintf(walks[n].name, sizeof(walks[n].name), "%.30s",
				 line);
			n++;
			continue;
		}
		if (n == 0)
			continue;
		walk = &walks[n - 1];
		walk->lines = grown(walk->lines, &walk->room, walk->n,
				    sizeof(*walk->lines));
		walk->lines[walk->n] = strdup(line);
		if (walk->lines[walk->n++] == NULL)
			abort();
	}
	*out = walks;
	return n;
}

static void free_walks(struct walk *walks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < walks[i].n; k++)
			free(walks[i].lines[k]);
		free(walks[i].lines);
	}
	free(walks);
}

int main(int argc, char **argv)
{
	FILE *from;
	struct CMUnitTest *tests;
	struct walk *walks;
	size_t n;
	int failed;

	if (usage_has_flag(argc, argv) || argc != 2)
		return usage_say("usage: model-replay FILE\n",
				 usage_is_asked(argc, argv));
	from = fopen(argv[1], "r");
	if (from == NULL) {
		perror(argv[1]);
		return 2;
	}
	n = read_walks(&walks, from);
	fclose(from);
	tests = calloc(n + 1, sizeof(*tests));
	if (tests == NULL || n == 0) {
		fprintf(stderr, "model-replay: no walk in %s\n", argv[1]);
		free(tests);
		free_walks(walks, n);
		return 2;
	}
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = walks[i].name,
						.test_func = run_walk,
						.initial_state = &walks[i] };
	failed = _cmocka_run_group_tests("replay", tests, n, NULL, NULL);
	free(tests);
	free_walks(walks, n);
	return failed != 0;
}
