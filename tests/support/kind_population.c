/*
 * Many records of every kind: see kind_population.h.
 */
#include "kind_population.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	POPULATION_MEMORY = 64 << 20,
	CUSTOM_OF_KIND = 10,
	CUSTOM_KEY = 11,
	CUSTOM_NAME = 12,
	CUSTOM_TYPE = 13,
	CUSTOM_CHOICES = 14,
	TYPE_TEXT = 1,
	TYPE_NUMBER,
	TYPE_YES_NO,
	TYPE_CHOICE,
	TYPE_TIME,
	VALUE_FIELD = 1,
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_TIME,
	SECOND_US = 1000000,
};

static const char *const choices[] = { "red", "dark red", "blue" };

void population_custom_key(char out[32], int type)
{
	snprintf(out, 32, "shoe_%d", type);
}

/* ------------------------------------------------------------- added fields */

static const struct field *custom_of(const struct entity *entity)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].flags & FIELD_IS_CUSTOM)
			return &entity->fields[i];
	return NULL;
}

static struct uuid
add_custom(struct every_kind *t, const struct entity *entity, int type)
{
	const struct entity *custom_field =
		schema_entity_named("custom_field", strlen("custom_field"));
	struct buffer record = harness_buffer(), request;
	const struct harness_reply *reply;
	char key[32];

	population_custom_key(key, type);
	harness_put_text(&record, CUSTOM_OF_KIND, entity->name);
	harness_put_text(&record, CUSTOM_KEY, key);
	harness_put_text(&record, CUSTOM_NAME, key);
	wire_put_scalar(&record, CUSTOM_TYPE, (uint64_t)type);
	for (size_t i = 0; type == TYPE_CHOICE && i < 3; i++)
		harness_put_text(&record, CUSTOM_CHOICES, choices[i]);
	request = every_request(&record, NULL);
	reply = every_call(t, custom_field, METHOD_CREATE, &request);
	harness_expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

static void put_custom(struct buffer *record, const struct field *field,
		       const struct population *p, unsigned i)
{
	for (int type = TYPE_TEXT; type <= TYPE_TIME; type++) {
		struct buffer value = harness_buffer();
		char text[32];

		snprintf(text, sizeof(text), "Text %u", i / 2);
		harness_put_uuid(&value, VALUE_FIELD, &p->custom[type]);
		if (type == TYPE_TEXT)
			harness_put_text(&value, VALUE_TEXT, text);
		if (type == TYPE_CHOICE)
			harness_put_text(&value, VALUE_TEXT, choices[i % 3]);
		if (type == TYPE_NUMBER)
			wire_put_double(&value, VALUE_NUMBER, i / 4.0 - 2.5);
		if (type == TYPE_YES_NO)
			wire_put_double(&value, VALUE_NUMBER, 1);
		if (type == TYPE_TIME)
			wire_put_timestamp(&value, VALUE_TIME,
					   HARNESS_START_US +
						   i * INT64_C(3000000));
		if ((i + (unsigned)type) % 4 != 0)
			wire_put_bytes(record, field->number, value.at,
				       value.len);
		buffer_free(&value);
	}
}

/* ------------------------------------------------------------------ records */

struct draft {
	struct populations *p;
	const struct entity *entity;
	unsigned i; /* which one */
	struct record_maker maker;
	struct uuid (*reference)(void *user, const struct entity *entity);
	size_t n_dropped;
	bool is_whole;
};

static struct uuid refer(void *user, const struct entity *entity)
{
	struct draft *d = user;
	bool is_odd = d->i % 2;

	if (is_odd && strcmp(entity->name, "user") == 0)
		return d->p->other_user.id;
	if (is_odd && strcmp(entity->name, "team") == 0)
		return d->p->other_team;
	return d->reference(d->p->firm, entity);
}

/* The others' fields and laws of references go together: all or none. */
static void swap_targets(struct populations *p)
{
	struct uuid kept[256];

	memcpy(kept, p->firm->targets, sizeof(kept));
	memcpy(p->firm->targets, p->other_targets, sizeof(kept));
	memcpy(p->other_targets, kept, sizeof(kept));
}

static bool is_dropped(struct draft *d, const struct field *field)
{
	unsigned hash = (d->i * 31 + field->number) * 2654435761U;

	if (d->is_whole || field->flags & FIELD_IS_REQUIRED ||
	    (hash >> 16) % 3 != 0)
		return false;
	d->n_dropped++;
	return true;
}

static void draft_record(struct buffer *record, struct draft *d)
{
	const struct entity *entity = d->entity;
	const struct population *p = &d->p->of[entity->number];
	struct buffer whole = harness_buffer();

	if (d->i % 2)
		harness_put_uuid(record, FIELD_OWNER, &d->p->other_user.id);
	maker_record(&whole, entity, &d->maker);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (field->flags & FIELD_IS_CUSTOM)
			put_custom(record, field, p, d->i);
		else if (!is_dropped(d, field))
			maker_take(record, &whole, field);
	}
	buffer_free(&whole);
}

static enum outrider_code by_call(struct draft *d)
{
	struct buffer record = harness_buffer(), request;
	enum outrider_code code;

	draft_record(&record, d);
	request = every_request(&record, NULL);
	code = every_call(d->p->firm, d->entity, METHOD_CREATE, &request)->code;
	return code;
}

/* What only the server makes has values that only it sets. */
static enum outrider_code by_server(struct draft *d)
{
	struct every_kind *t = d->p->firm;
	struct buffer record = harness_buffer();
	struct outrider_err err;
	struct uuid id;
	struct row *row;

	for (size_t i = 0; i < d->entity->n_fields; i++)
		if (!(d->entity->fields[i].flags & FIELD_IS_CUSTOM) &&
		    !is_dropped(d, &d->entity->fields[i]))
			maker_field(&record, &d->entity->fields[i], &d->maker);
	row = every_read_row(t, d->entity,
			     arena_copy(&d->p->arena, record.at, record.len));
	row->owner = d->i % 2 ? d->p->other_user.id : t->harness.admin;
	buffer_free(&record);
	return every_write(t, &id, row, &err);
}

static enum outrider_code try_make(struct draft *d)
{
	d->n_dropped = 0;
	return every_method(d->entity, METHOD_CREATE) &&
			       !every_stands(d->entity)
		       ? by_call(d)
		       : by_server(d);
}

static void
make_one(struct populations *p, const struct entity *entity, unsigned i)
{
	struct draft d = { .p = p, .entity = entity, .i = i };

	d.maker = every_maker(p->firm);
	d.reference = d.maker.reference;
	d.maker.reference = refer;
	d.maker.user = &d;
	if (i % 2)
		swap_targets(p);
	p->firm->harness.wall_us += SECOND_US;
	if (try_make(&d) != OUTRIDER_OK) {
		/* Some law misses a field: then none is left out. */
		d.is_whole = true;
		p->n_whole++;
		if (try_make(&d) != OUTRIDER_OK)
			fail_msg("no %s can be made of the tables",
				 entity->name);
	}
	p->n_dropped += d.n_dropped;
	if (i % 2)
		swap_targets(p);
	arena_reset(&p->firm->arena);
}

/* -------------------------------------------------------------------- lists */

static void take_all(struct populations *p, const struct entity *entity)
{
	struct population *of = &p->of[entity->number];
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct bytes item;

	wire_put_scalar(&request, 1, 1000);
	reply = every_call(p->firm, entity, METHOD_LIST, &request);
	harness_expect(reply, OUTRIDER_OK);
	while ((item = harness_part(reply->message, 1, of->n)).at) {
		assert_true(of->n < POPULATION_MAX);
		of->items[of->n++] = arena_copy(&p->arena, item.at, item.len);
	}
	assert_int_equal(harness_part(reply->message, 2, 0).len, 0);
}

void populate(struct populations *p, struct every_kind *firm, size_t n)
{
	memset(p, 0, sizeof(*p));
	p->firm = firm;
	arena_init(&p->arena, &allocator_libc, POPULATION_MEMORY);
	p->other_team = harness_add_team(&firm->harness, "north", NULL);
	p->other_user = harness_add_user(&firm->harness, "other", RANK_REP,
					 &p->other_team);
	for (size_t k = 0; k < schema_n_entities; k++) {
		const struct entity *entity = schema_entities[k];
		struct population *of = &p->of[entity->number];

		of->entity = entity;
		if (!custom_of(entity))
			continue;
		for (int type = TYPE_TEXT; type <= TYPE_TIME; type++)
			of->custom[type] = add_custom(firm, entity, type);
	}
	for (size_t k = 0; k < schema_n_entities; k++)
		for (unsigned i = 0; i < n; i++)
			make_one(p, schema_entities[k], i);
	for (size_t k = 0; k < schema_n_entities; k++)
		take_all(p, schema_entities[k]);
}

void populations_free(struct populations *p)
{
	arena_free(&p->arena);
}
