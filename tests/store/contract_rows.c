/*
 * Rows: what is put is what is read, each field knows its last revision, and
 * the side tables follow.
 */
#include "contract.h"
#include "suite.h"

#include "model/wire.h"

static struct act contact_act(struct suite *suite)
{
	return (struct act){
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "Kovač",
		.owner = suite_uuid(suite),
		.scopes = { suite_scope(1), suite_scope(2) },
		.n_scopes = 2,
	};
}

static struct row *
get(struct suite *suite, const struct entity *entity, const struct uuid *id)
{
	struct outrider_err err;
	struct row *row = NULL;

	assert_ok(store_read_begin(suite->reader, NULL, &err), err);
	assert_ok(store_get(suite->reader, &row, entity, id, &suite->arena,
			    &err),
		  err);
	store_read_end(suite->reader);
	return row;
}

void test_rows_create_and_get(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct act act = contact_act(suite);
	struct row *row = NULL;
	struct uuid other = suite_uuid(suite);
	uint64_t rev = 99;

	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	assert_int_equal(0, rev);
	store_read_end(suite->reader);
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(1, act.rev);
	assert_int_equal(1, suite->committed_rev);
	row = get(suite, act.entity, &act.id);
	assert_int_equal(1, row->rev);
	assert_int_equal(5, row->created_us);
	assert_int_equal(6, row->updated_us);
	assert_int_equal(0, row->deleted_us);
	assert_int_equal(1, row->frev_owner);
	assert_memory_equal(&row->id, &act.id, sizeof(act.id));
	assert_memory_equal(&row->owner, &act.owner, sizeof(act.owner));
	for (size_t i = 0; i < row->entity->n_fields; i++) {
		bool is_set = value_is_set(&row->values[i]);
		assert_int_equal(is_set ? 1 : 0, row->frev[i]);
	}
	assert_int_equal(6, row_value(row, 11)->bytes.len);
	assert_memory_equal("Kovač", row_value(row, 11)->bytes.at, 6);
	assert_code(OUTRIDER_NOT_FOUND,
		    store_get(suite->reader, &row, act.entity, &other,
			      &suite->arena, &err),
		    err);
	assert_null(row);
	suite_check(suite);
}

/* ------------------------------------------------------------ every field */

static void put_message(struct buffer *out, const struct message *message,
			unsigned from, unsigned depth);

/* A value of the field that is not its default; which: different ones. */
static void put_field(struct buffer *out, const struct field *field,
		      unsigned which, unsigned depth)
{
	char uuid[] = "01890000-0000-7000-8000-000000000000";
	struct buffer inner;
	uint64_t number = field->min > 0 ? (uint64_t)field->min : 1 + which;

	uuid[UUID_TEXT_LEN - 1] = (char)('1' + which);
	buffer_init(&inner, &allocator_libc, 10000);
	switch (field->type) {
	case FIELD_STRING:
		wire_put_bytes(out, field->number, "žx'\"", 5);
		break;
	case FIELD_BYTES:
		wire_put_bytes(out, field->number, "\0\1\2", 3);
		break;
	case FIELD_UUID:
		wire_put_bytes(out, field->number, uuid, UUID_TEXT_LEN);
		break;
	case FIELD_BOOL:
		wire_put_scalar(out, field->number, 1);
		break;
	case FIELD_ENUM:
		number = (uint64_t)field->values
				 ->values[field->values->n_values - 1]
				 .number;
		wire_put_scalar(out, field->number, number);
		break;
	case FIELD_INT64:
		wire_put_scalar(out, field->number,
				field->max > 0 ? number : (uint64_t)INT64_MIN);
		break;
	case FIELD_UINT64:
		wire_put_scalar(out, field->number,
				field->max > 0 ? number : UINT64_MAX);
		break;
	case FIELD_INT32:
	case FIELD_UINT32:
		wire_put_scalar(out, field->number, number);
		break;
	case FIELD_DOUBLE:
		wire_put_double(out, field->number, 0.1 + which);
		break;
	case FIELD_TIMESTAMP:
		wire_put_scalar(&inner, 1, 1790000000 + which);
		wire_put_scalar(&inner, 2, 123456000);
		wire_put_bytes(out, field->number, inner.at, inner.len);
		break;
	case FIELD_MESSAGE:
		if (field->message && depth < 4)
			put_message(&inner, field->message, 1, depth + 1);
		wire_put_bytes(out, field->number, inner.at, inner.len);
		break;
	}
	buffer_free(&inner);
}

static void put_message(struct buffer *out, const struct message *message,
			unsigned from, unsigned depth)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (field->number < from)
			continue;
		put_field(out, field, 0, depth);
		if (field->flags & FIELD_IS_REPEATED)
			put_field(out, field, 1, depth);
	}
}

struct full_put {
	const struct entity *entity;
	struct uuid id;
	struct arena arena;
	struct row *row;
};

static enum outrider_code
run_full_put(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct full_put *full = user;
	struct store_author author = { .at_us = 1 };
	struct scope scope = suite_scope(0);
	struct store_put put = {
		.op = CHANGE_CREATE,
		.row = full->row,
		.scopes = &scope,
		.n_scopes = 1,
		.author = &author,
	};

	for (size_t i = 0; i < full->entity->n_fields; i++)
		field_set_add(&put.changed, full->entity->fields[i].number);
	return store_put(tx, &put, err);
}

static void assert_rows_equal(const struct row *a, const struct row *b)
{
	const struct entity *entity = a->entity;
	struct buffer left, right;

	assert_int_equal(a->rev, b->rev);
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (!value_equal(&entity->fields[i], &a->values[i],
				 &b->values[i]))
			fail_msg("%s.%s is not what was put", entity->name,
				 entity->fields[i].name);
		assert_int_equal(a->frev[i], b->frev[i]);
	}
	buffer_init(&left, &allocator_libc, 1 << 20);
	buffer_init(&right, &allocator_libc, 1 << 20);
	record_write_resource(&left, a);
	record_write_resource(&right, b);
	assert_int_equal(left.len, right.len);
	assert_memory_equal(left.at, right.at, left.len);
	buffer_free(&left);
	buffer_free(&right);
}

void test_rows_every_field_of_every_kind(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;

	assert_true(schema_n_entities >= 8);
	for (size_t k = 0; k < schema_n_entities; k++) {
		struct full_put full = {
			.entity = schema_entities[k],
			.id = suite_uuid(suite),
		};
		struct buffer bytes;
		struct field_set present = { { 0 } };
		arena_init(&full.arena, &allocator_libc, 1 << 20);
		buffer_init(&bytes, &allocator_libc, 1 << 20);
		put_message(&bytes, full.entity->message, FIELD_FIRST_OWN, 0);
		full.row = row_new(&full.arena, full.entity);
		assert_ok(record_read(full.row, &present, &full.arena,
				      (struct bytes){ bytes.at, bytes.len },
				      &err),
			  err);
		full.row->id = full.id;
		full.row->created_us = full.row->updated_us = 12;
		assert_ok(store_write_now(suite->store, run_full_put, &full,
					  &err),
			  err);
		struct row *row = get(suite, full.entity, &full.id);
		for (size_t i = 0; i < full.entity->n_fields; i++) {
			if (full.entity->fields[i].oneof < 0)
				assert_true(value_is_set(&row->values[i]));
		}
		assert_rows_equal(full.row, row);
		suite_reopen(suite);
		assert_rows_equal(full.row, get(suite, full.entity, &full.id));
		buffer_free(&bytes);
		arena_free(&full.arena);
	}
}

/* --------------------------------------------------------------- changes */

void test_rows_update_stamps_what_changed(void **state)
{
	struct suite *suite = *state;
	struct act act = contact_act(suite);

	act.phone = "112";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	for (uint64_t rev = 2; rev < 40; rev++) {
		struct act update = act;
		update.op = CHANGE_UPDATE;
		update.name = rev % 2 ? "Novak" : "Horvat";
		update.phone = NULL;
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &update));
		assert_int_equal(rev, update.rev);
		struct row *row = get(suite, act.entity, &act.id);
		const struct entity *entity = row->entity;
		assert_int_equal(rev, row->rev);
		assert_int_equal(1, row->frev_owner);
		for (size_t i = 0; i < entity->n_fields; i++) {
			uint32_t number = entity->fields[i].number;
			uint64_t want = number == 11   ? rev
					: number == 15 ? 1
						       : 0;
			assert_int_equal(want, row->frev[i]);
		}
	}
	suite_check(suite);
}

void test_rows_stale_base_is_aborted(void **state)
{
	struct suite *suite = *state;
	struct act act = contact_act(suite);

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	act.op = CHANGE_UPDATE;
	act.name = "Novak";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	act.want_old_rev = 1;
	act.name = "Zajc";
	assert_int_equal(OUTRIDER_ABORTED, suite_do(suite, &act));
	assert_int_equal(2, get(suite, act.entity, &act.id)->rev);
	suite_check(suite);
}

void test_rows_same_id_already_exists(void **state)
{
	struct suite *suite = *state;
	struct act act = contact_act(suite);

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(OUTRIDER_ALREADY_EXISTS, suite_do(suite, &act));
	assert_int_equal(1, get(suite, act.entity, &act.id)->rev);
	suite_check(suite);
}

void test_rows_links_and_handles_follow(void **state)
{
	struct suite *suite = *state;
	struct uuid company = suite_uuid(suite), none = { { 0 } };
	struct act act = contact_act(suite);

	act.company = &company;
	act.phone = "+386 (1) 234-56";
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	suite_check(suite);
	assert_int_equal(1, suite_number(suite,
					 "SELECT count(*) FROM handle WHERE"
					 " type = 1 AND text = '+386123456'"));
	assert_int_equal(1,
			 suite_number(suite, "SELECT count(*) FROM link"
					     " WHERE field = 14 AND kind = 4"));
	act.op = CHANGE_UPDATE;
	act.phone = "112";
	suite_do(suite, &act);
	suite_check(suite);
	assert_int_equal(1,
			 suite_number(suite, "SELECT count(*) FROM handle WHERE"
					     " type = 1 AND text = '112'"));
	act.phone = "";
	act.company = &none;
	suite_do(suite, &act);
	suite_check(suite);
	assert_int_equal(0, suite_number(suite, "SELECT count(*) FROM handle"));
	assert_int_equal(0, suite_number(suite, "SELECT count(*) FROM link"
						" WHERE field = 14"));
}

void test_rows_big_record(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct arena small;
	struct act act = contact_act(suite);
	struct row *row = NULL;

	act.padding = 500000;
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(
		500000,
		row_value(get(suite, act.entity, &act.id), 20)->bytes.len);
	/* A caller's ceiling is an error, and the next read is well. */
	arena_init(&small, &allocator_libc, 100000);
	assert_code(OUTRIDER_RESOURCE_EXHAUSTED,
		    store_get(suite->reader, &row, act.entity, &act.id, &small,
			      &err),
		    err);
	arena_free(&small);
	assert_int_equal(1, get(suite, act.entity, &act.id)->rev);
	suite_check(suite);
}

void test_rows_some_at_once(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct act acts[3];
	struct uuid ids[STORE_GET_MOST];
	struct row *rows[STORE_GET_MOST];
	struct arena small;

	for (size_t i = 0; i < 3; i++) {
		acts[i] = contact_act(suite);
		acts[i].padding = 1000;
		assert_int_equal(OUTRIDER_OK, suite_do(suite, &acts[i]));
	}
	/* In no order, one twice, the others of nobody. */
	for (size_t i = 0; i < STORE_GET_MOST; i++)
		ids[i] = suite_uuid(suite);
	ids[0] = acts[2].id;
	ids[5] = acts[0].id;
	ids[15] = acts[2].id;
	assert_ok(store_read_begin(suite->reader, NULL, &err), err);
	assert_ok(store_get_some(suite->reader, rows, contact_entity(), ids,
				 STORE_GET_MOST, &suite->arena, &err),
		  err);
	for (size_t i = 0; i < STORE_GET_MOST; i++)
		assert_int_equal(rows[i] != NULL, i == 0 || i == 5 || i == 15);
	assert_int_equal(acts[2].rev, rows[0]->rev);
	assert_int_equal(acts[0].rev, rows[5]->rev);
	assert_ptr_equal(rows[0], rows[15]);
	/* Fewer than a statement asks for. */
	assert_ok(store_get_some(suite->reader, rows, contact_entity(),
				 &acts[1].id, 1, &suite->arena, &err),
		  err);
	assert_int_equal(acts[1].rev, rows[0]->rev);
	arena_init(&small, &allocator_libc, 4000);
	ids[1] = acts[1].id;
	assert_code(OUTRIDER_RESOURCE_EXHAUSTED,
		    store_get_some(suite->reader, rows, contact_entity(), ids,
				   STORE_GET_MOST, &small, &err),
		    err);
	arena_free(&small);
	store_read_end(suite->reader);
	suite_check(suite);
}
