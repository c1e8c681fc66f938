/*
 * The firm of the tests: see sync_world.h.
 */
#include "sync_world.h"

#include "app/complete.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/write.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HAND_MEMORY (8 << 20)

static void check(enum outrider_code code, const struct outrider_err *err)
{
	if (code != OUTRIDER_OK)
		fail_msg("%s: %s %s", code_name(code), err->field, err->text);
}

void world_open(struct world *w)
{
	harness_open(&w->h);
	w->north = harness_add_team(&w->h, "North", NULL);
	w->south = harness_add_team(&w->h, "South", NULL);
	w->mia = harness_add_user(&w->h, "mia", RANK_MANAGER, &w->north);
	w->anna = harness_add_user(&w->h, "anna", RANK_REP, &w->north);
	w->ben = harness_add_user(&w->h, "ben", RANK_REP, &w->north);
	w->carl = harness_add_user(&w->h, "carl", RANK_REP, &w->south);
}

void world_close(struct world *w)
{
	harness_close(&w->h);
}

int world_setup(void **state)
{
	static struct world world;

	world_open(&world);
	*state = &world;
	return 0;
}

int world_teardown(void **state)
{
	world_close(*state);
	return 0;
}

struct model_phone world_phone(struct world *w, const struct harness_user *user)
{
	struct model_phone phone;

	model_open(&phone, &w->h, user);
	return phone;
}

void world_small_pages(struct world *w, size_t records)
{
	w->h.config.page_records = records;
	harness_restart(&w->h);
}

uint64_t world_edit(struct model_phone *p, enum model_op op,
		    const struct uuid *id, uint32_t field, const char *text)
{
	struct fields fields = fields_new();
	uint64_t seq;

	fields_text(&fields, field, text);
	world_tick((struct world *)p->h);
	seq = model_edit(p, op, CONTACT, id, fields_bytes(&fields), NULL, 0);
	fields_free(&fields);
	return seq;
}

void world_tick(struct world *w)
{
	w->h.wall_us += 1000000;
	w->h.mono_us += 1000000;
}

/* ------------------------------------------------------------------ fields */

struct fields fields_new(void)
{
	return (struct fields){ .bytes = harness_buffer() };
}

void fields_text(struct fields *f, uint32_t number, const char *text)
{
	harness_put_text(&f->bytes, number, text);
}

void fields_id(struct fields *f, uint32_t number, const struct uuid *id)
{
	harness_put_uuid(&f->bytes, number, id);
}

void fields_number(struct fields *f, uint32_t number, uint64_t value)
{
	wire_put_scalar(&f->bytes, number, value);
}

void fields_double(struct fields *f, uint32_t number, double value)
{
	wire_put_double(&f->bytes, number, value);
}

void fields_time(struct fields *f, uint32_t number, int64_t us)
{
	wire_put_timestamp(&f->bytes, number, us);
}

struct bytes fields_bytes(const struct fields *f)
{
	return (struct bytes){ f->bytes.at, f->bytes.len };
}

void fields_free(struct fields *f)
{
	buffer_free(&f->bytes);
}

/* -------------------------------------------------------------------- hand */

struct hand {
	struct app *app;
	struct write_intent intent;
	struct arena arena;
};

static enum outrider_code
run_hand(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct hand *hand = user;
	struct write_outcome outcome;

	return write_record(&outcome, hand->app, tx, &hand->intent,
			    &hand->arena, err);
}

static enum outrider_code try_with(struct world *w, struct outrider_err *err,
				   int op, uint32_t kind, const struct uuid *id,
				   const struct fields *fields,
				   const uint32_t *cleared, size_t n_cleared)
{
	struct hand hand = {
		.app = w->h.app,
		.intent = { .op = (enum change_op)op,
			    .entity = schema_entity(kind),
			    .id = *id },
	};
	struct row *values;
	enum outrider_code code;

	world_tick(w);
	arena_init(&hand.arena, &allocator_libc, HAND_MEMORY);
	values = row_new(&hand.arena, hand.intent.entity);
	assert_non_null(values);
	if (fields)
		check(record_read(values, &hand.intent.which, &hand.arena,
				  fields_bytes(fields), err),
		      err);
	for (size_t i = 0; i < n_cleared; i++)
		field_set_add(&hand.intent.which, cleared[i]);
	hand.intent.values = values;
	check(complete_record(&hand.intent, w->h.app, &hand.arena, err), err);
	code = store_write_now(w->h.store, run_hand, &hand, err);
	arena_free(&hand.arena);
	return code;
}

enum outrider_code world_try(struct world *w, int op, uint32_t kind,
			     const struct uuid *id, const struct fields *fields,
			     const uint32_t *cleared, size_t n_cleared)
{
	struct outrider_err err;

	return try_with(w, &err, op, kind, id, fields, cleared, n_cleared);
}

static void must(struct world *w, int op, uint32_t kind, const struct uuid *id,
		 const struct fields *fields, const uint32_t *cleared,
		 size_t n_cleared)
{
	struct outrider_err err;

	check(try_with(w, &err, op, kind, id, fields, cleared, n_cleared),
	      &err);
}

struct uuid world_create(struct world *w, uint32_t kind,
			 const struct harness_user *owner,
			 const struct fields *fields)
{
	struct uuid id = harness_new_uuid(&w->h);
	struct fields all = fields_new();

	fields_id(&all, FIELD_OWNER, &owner->id);
	buffer_append(&all.bytes, fields->bytes.at, fields->bytes.len);
	must(w, CHANGE_CREATE, kind, &id, &all, NULL, 0);
	fields_free(&all);
	return id;
}

struct uuid world_contact(struct world *w, const struct harness_user *owner,
			  const char *family_name)
{
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, CONTACT_FAMILY_NAME, family_name);
	id = world_create(w, CONTACT, owner, &fields);
	fields_free(&fields);
	return id;
}

struct uuid world_meeting(struct world *w, const struct harness_user *owner,
			  int64_t start_us,
			  const struct harness_user *participant)
{
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, MEETING_SUBJECT, "Spring offer");
	fields_time(&fields, MEETING_START, start_us);
	fields_time(&fields, MEETING_END, start_us + 1800 * INT64_C(1000000));
	fields_double(&fields, MEETING_LATITUDE, 50.1);
	fields_double(&fields, MEETING_LONGITUDE, 14.4);
	if (participant)
		fields_id(&fields, MEETING_PARTICIPANTS, &participant->id);
	id = world_create(w, MEETING, owner, &fields);
	fields_free(&fields);
	return id;
}

void world_set(struct world *w, uint32_t kind, const struct uuid *id,
	       uint32_t field, const char *text)
{
	struct fields fields = fields_new();

	fields_text(&fields, field, text);
	must(w, CHANGE_UPDATE, kind, id, &fields, NULL, 0);
	fields_free(&fields);
}

void world_clear(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field)
{
	must(w, CHANGE_UPDATE, kind, id, NULL, &field, 1);
}

void world_give(struct world *w, uint32_t kind, const struct uuid *id,
		const struct harness_user *owner)
{
	struct fields fields = fields_new();

	fields_id(&fields, FIELD_OWNER, &owner->id);
	must(w, CHANGE_UPDATE, kind, id, &fields, NULL, 0);
	fields_free(&fields);
}

void world_delete(struct world *w, uint32_t kind, const struct uuid *id)
{
	must(w, CHANGE_DELETE, kind, id, NULL, NULL, 0);
}

void world_undelete(struct world *w, uint32_t kind, const struct uuid *id)
{
	must(w, CHANGE_UNDELETE, kind, id, NULL, NULL, 0);
}

void world_move(struct world *w, struct harness_user *user,
		const struct uuid *team)
{
	struct fields fields = fields_new();

	fields_id(&fields, USER_TEAM, team);
	must(w, CHANGE_UPDATE, USER, &user->id, &fields, NULL, 0);
	fields_free(&fields);
	user->team = *team;
}

/* ----------------------------------------------------------------- looking */

const struct row *
world_row(struct world *w, uint32_t kind, const struct uuid *id)
{
	static struct arena arena;
	struct store_conn *conn;
	struct outrider_err err;
	struct row *row = NULL;
	enum outrider_code code;

	arena_free(&arena);
	arena_init(&arena, &allocator_libc, HAND_MEMORY);
	check(store_reader_open(&conn, w->h.store, &err), &err);
	check(store_read_begin(conn, NULL, &err), &err);
	code = store_get(conn, &row, schema_entity(kind), id, &arena, &err);
	store_read_end(conn);
	store_reader_close(conn);
	return code == OUTRIDER_OK ? row : NULL;
}

void world_text(char *out, size_t size, struct world *w, uint32_t kind,
		const struct uuid *id, uint32_t field)
{
	const struct row *row = world_row(w, kind, id);
	const struct value *value;

	assert_non_null(row);
	value = kind_value(row, field);
	snprintf(out, size, "%.*s", (int)value->bytes.len,
		 value->bytes.at ? (const char *)value->bytes.at : "");
}
