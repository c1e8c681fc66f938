/*
 * crud: updates of every kind: what a mask names, and what an etag guards.
 */
#include "every_kind.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What laws make of other fields, or never leave empty. */
static bool is_settled(const struct field *field)
{
	static const char *const names[] = {
		"amount_minor", "order_number",	  "claim_number",
		"quote_number", "invoice_number", "probability",
		"user_id",
	};

	if (every_is_servers(field))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field->name, names[i]) == 0)
			return true;
	return false;
}

/* Updates one field with a mask; others stay as they are. */
static void update_field(struct every_kind *t, const struct entity *entity,
			 const struct uuid *id, size_t which, bool is_clearing)
{
	const struct field *field = &entity->fields[which];
	struct record_maker m = every_maker(t);
	struct row *before = every_get_row(t, entity, id), *sent, *after;
	struct buffer record = harness_buffer(), request;
	struct bytes whole;

	harness_put_uuid(&record, FIELD_ID, id);
	if (!is_clearing)
		maker_field(&record, field, &m);
	/* Sent, but not named: must not count. */
	for (size_t i = 0; i < entity->n_fields; i++)
		if (i != which && maker_may_set(&entity->fields[i]))
			maker_field(&record, &entity->fields[i], &m);
	whole = arena_copy(&t->arena, record.at, record.len);
	sent = every_read_row(t, entity, whole);
	request = every_request(&record, field->name);
	harness_expect(every_call(t, entity, METHOD_UPDATE, &request),
		       OUTRIDER_OK);
	after = every_get_row(t, entity, id);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct row *wanted = i == which ? sent : before;

		if (every_is_servers(&entity->fields[i]))
			continue;
		/* A meeting's state falls back to PLANNED. */
		if (i == which && is_clearing && field->type == FIELD_ENUM)
			continue;
		/* What the server makes of other fields. */
		if (entity->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			continue;
		if (is_settled(&entity->fields[i]))
			continue;
		if (!value_equal(&entity->fields[i], &wanted->values[i],
				 &after->values[i]))
			fail_msg("updating %s: %s is not as it should be",
				 field->name, entity->fields[i].name);
	}
}

/* One that may stand empty while all the others are set: a team keeps its
 * parent, a choice something to choose, a pin both of its halves. */
static bool may_go_alone(const struct field *field)
{
	return !(field->flags & FIELD_IS_REQUIRED) &&
	       strcmp(field->name, "choices") != 0 &&
	       strcmp(field->name, "parent_id") != 0 &&
	       strstr(field->name, "latitude") == NULL &&
	       strstr(field->name, "longitude") == NULL;
}

static void run_update(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity);

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!maker_may_set(field))
			continue;
		update_field(t, entity, &id, i, false);
		if (may_go_alone(field)) {
			update_field(t, entity, &id, i, true);
			update_field(t, entity, &id, i, false);
		}
		arena_reset(&t->arena);
	}
}

static void a_mask_changes_what_it_names(void **state)
{
	every_kind_runs(*state, run_update);
}

static void run_bad_masks(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity);
	static const struct {
		const char *path, *field; /* NULL: the kind's own field */
	} cases[] = {
		{ "no_such_field", "update_mask.paths[0]" },
		{ "", "update_mask.paths[0]" },
		{ "\xff\xfe", "update_mask.paths[0]" },
		{ "create_time", NULL },
		{ "etag", NULL },
		{ "team_id", NULL },
		{ "id", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer record = harness_buffer(), request;
		char field[96];

		snprintf(field, sizeof(field), "%s.%s", entity->name,
			 cases[i].path);
		harness_put_uuid(&record, FIELD_ID, &id);
		request = every_request(&record, cases[i].path);
		harness_expect_violation(
			every_call(t, entity, METHOD_UPDATE, &request),
			cases[i].field ? cases[i].field : field);
	}
}

static void bad_masks_are_refused(void **state)
{
	every_kind_runs(*state, run_bad_masks);
}

/* "*" clears what is not sent; no mask leaves it. */
static void run_whole_updates(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity);
	struct row *before = every_get_row(t, entity, &id), *after;
	struct record_maker m = every_maker(t);

	for (int is_all = 0; is_all < 2; is_all++) {
		struct buffer record = harness_buffer(), request;
		struct row *sent;

		harness_put_uuid(&record, FIELD_ID, &id);
		for (size_t i = 0; i < entity->n_fields; i++) {
			const struct field *field = &entity->fields[i];

			/* What laws ask for, and every second one. */
			if (maker_may_set(field) &&
			    (i % 2 || field->flags & FIELD_IS_REQUIRED ||
			     field->type == FIELD_TIMESTAMP ||
			     field->type == FIELD_DOUBLE ||
			     strcmp(field->name, "choices") == 0 ||
			     field->reference == entity))
				maker_field(&record, field, &m);
		}
		sent = every_read_row(t, entity,
				      arena_copy(&t->arena, record.at,
						 record.len));
		request = every_request(&record, is_all ? "*" : NULL);
		harness_expect(every_call(t, entity, METHOD_UPDATE, &request),
			       OUTRIDER_OK);
		after = every_get_row(t, entity, &id);
		for (size_t i = 0; i < entity->n_fields; i++) {
			const struct field *field = &entity->fields[i];
			const struct value *wanted = &sent->values[i];

			if (every_is_servers(field))
				continue;
			if (!value_is_set(wanted) &&
			    (!is_all || !maker_may_set(field)))
				wanted = &before->values[i];
			if (is_all && field->type == FIELD_ENUM &&
			    !value_is_set(wanted))
				continue;
			if (field->flags & FIELD_IS_OUTPUT_ONLY)
				continue;
			if (is_settled(field))
				continue;
			if (!value_equal(field, wanted, &after->values[i]))
				fail_msg("%s is not as it should be",
					 field->name);
		}
	}
}

static void whole_updates(void **state)
{
	every_kind_runs(*state, run_whole_updates);
}

static void run_etags(struct every_kind *t, const struct entity *entity)
{
	struct uuid id = every_make(t, entity);
	struct buffer request = every_request_by_id(&id);
	const struct harness_reply *reply =
		every_call(t, entity, METHOD_GET, &request);
	char first[32];
	static const enum outrider_code wanted[] = {
		OUTRIDER_OK,	  /* the current one */
		OUTRIDER_ABORTED, /* stale now */
		OUTRIDER_ABORTED, /* none of ours */
	};

	harness_text(first, sizeof(first), reply->message, FIELD_ETAG);
	assert_true(first[0]);
	for (size_t i = 0; i < 3; i++) {
		struct record_maker m = every_maker(t);
		struct buffer record = harness_buffer();

		harness_put_uuid(&record, FIELD_ID, &id);
		harness_put_text(&record, FIELD_ETAG, i < 2 ? first : "bogus");
		for (size_t f = 0; f < entity->n_fields; f++)
			if (maker_may_set(&entity->fields[f]) &&
			    entity->fields[f].type == FIELD_STRING)
				maker_field(&record, &entity->fields[f], &m);
		request = every_request(&record, NULL);
		harness_expect(every_call(t, entity, METHOD_UPDATE, &request),
			       wanted[i]);
	}
	if (!every_method(entity, METHOD_DELETE))
		return;
	request = every_request_by_id(&id);
	harness_put_text(&request, 2, first);
	harness_expect(every_call(t, entity, METHOD_DELETE, &request),
		       OUTRIDER_ABORTED);
}

static void a_stale_etag_is_aborted(void **state)
{
	every_kind_runs(*state, run_etags);
}

int main(void)
{
#define FIRM(test) \
	cmocka_unit_test_setup_teardown(test, every_open, every_close)
	const struct CMUnitTest tests[] = {
		FIRM(a_mask_changes_what_it_names),
		FIRM(bad_masks_are_refused),
		FIRM(whole_updates),
		FIRM(a_stale_etag_is_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
