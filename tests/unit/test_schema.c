/*
 * The generated tables, and the look-ups in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/record.h"
#include "model/schema.h"
#include "model/wire.h"
#include "schema_ddl.h"

static const struct entity *kind(const char *name)
{
	const struct entity *entity = schema_entity_named(name, strlen(name));

	assert_non_null(entity);
	return entity;
}

static const struct method *method(const char *path)
{
	return schema_method(path, strlen(path));
}

static void kinds_are_found(void **state)
{
	static const char *const names[] = { "user",	"team",	 "company",
					     "contact", "place", "meeting",
					     "note",	"alert" };

	(void)state;
	assert_true(schema_n_entities > 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_ptr_equal(schema_entity(i + 1), kind(names[i]));
		assert_ptr_equal(schema_entities[i], kind(names[i]));
		assert_string_equal(schema_entity(i + 1)->name, names[i]);
	}
	assert_null(schema_entity(0));
	assert_null(schema_entity(255));
	assert_null(schema_entity(UINT32_MAX));
	assert_null(schema_entity_named("contac", 6));
	assert_null(schema_entity_named("contacts", 8));
	assert_null(schema_entity_named("contact\0x", 9));
	assert_null(schema_entity_named("", 0));
	assert_string_equal(kind("company")->table, "companies");
	assert_int_equal(kind("user")->write_rank, RANK_ADMINISTRATOR);
	assert_int_equal(kind("user")->visibility, VISIBLE_TO_ORGANIZATION);
	assert_int_equal(kind("note")->visibility, VISIBLE_TO_OWNED);
	assert_true(kind("alert")->is_server_made);
}

static void every_field_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		const struct message *message = entity->message;
		uint32_t last = 0;
		assert_ptr_equal(message->entity, entity);
		assert_int_equal(entity->fields - message->fields, 7);
		assert_int_equal(entity->n_fields, message->n_fields - 7);
		for (size_t j = 0; j < message->n_fields; j++) {
			const struct field *field = &message->fields[j];
			bool is_system = j < 7;
			assert_true(field->number > last);
			last = field->number;
			assert_ptr_equal(message_field(message, field->number),
					 field);
			assert_ptr_equal(
				message_field_named(message, field->name,
						    strlen(field->name)),
				field);
			assert_int_equal(!(field->flags & FIELD_IS_SYSTEM),
					 !is_system);
			assert_int_equal(!field->column, is_system);
		}
		assert_null(message_field(message, 0));
		assert_null(message_field(message, 8));
		assert_null(message_field(message, last + 1));
		assert_null(message_field(message, UINT32_MAX));
		assert_null(message_field_named(message, "i", 1));
		assert_null(message_field_named(message, "id\0", 3));
	}
}

static void fields_say_what_the_contract_says(void **state)
{
	const struct message *meeting = kind("meeting")->message;
	const struct field *field = message_field(meeting, 14);

	(void)state;
	assert_string_equal(field->name, "pin_latitude");
	assert_int_equal(field->type, FIELD_DOUBLE);
	assert_true(field->min < -89 && field->max > 89);
	field = message_field(meeting, 20);
	assert_string_equal(field->column, "participant_ids");
	assert_int_equal(field->type, FIELD_UUID);
	assert_int_equal(field->flags, FIELD_IS_REPEATED |
					       FIELD_IS_PARTICIPANT |
					       FIELD_IS_FILTERABLE);
	assert_int_equal(field->merge, MERGE_SET);
	assert_int_equal(field->max_items, 50);
	assert_ptr_equal(field->reference, kind("user"));
	field = message_field(meeting, 11);
	assert_int_equal(field->type, FIELD_TIMESTAMP);
	assert_int_equal(field->flags, FIELD_IS_REQUIRED | FIELD_IS_FILTERABLE |
					       FIELD_IS_ORDERABLE);
	field = message_field(meeting, 21);
	assert_int_equal(field->type, FIELD_ENUM);
	assert_string_equal(field->values->values[2].name,
			    "MEETING_STATE_HELD");
	field = message_field(kind("contact")->message, 15);
	assert_int_equal(field->type, FIELD_MESSAGE);
	assert_null(field->message->entity);
	assert_int_equal(field->message->fields[0].handle, HANDLE_PHONE);
}

static int32_t named(const char *text)
{
	const struct field *field = message_field(kind("meeting")->message, 21);
	const struct enum_value *value =
		enum_value_named(field->values, text, strlen(text));

	return value ? value->number : -1;
}

static void values_go_by_their_short_names(void **state)
{
	(void)state;
	assert_int_equal(named("MEETING_STATE_HELD"), 2);
	assert_int_equal(named("HELD"), 2);
	assert_int_equal(named("held"), 2);
	assert_int_equal(named("Cancelled"), 3);
	assert_int_equal(named("meeting_state_held"), -1);
	assert_int_equal(named("HEL"), -1);
	assert_int_equal(named("HELDX"), -1);
	assert_int_equal(named("STATE_HELD"), -1);
	assert_int_equal(named(""), -1);
}

static void methods_are_found(void **state)
{
	const struct method *m;

	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++)
		assert_ptr_equal(method(schema_methods[i].path),
				 &schema_methods[i]);
	assert_null(method(""));
	assert_null(method("/"));
	assert_null(method("/outrider.v1.ContactService/GetContac"));
	assert_null(method("/outrider.v1.ContactService/GetContactt"));
	assert_null(
		schema_method("/outrider.v1.ContactService/GetContact\0", 40));
	m = method("/outrider.v1.ContactService/ListContacts");
	assert_int_equal(m->verb, METHOD_LIST);
	assert_ptr_equal(m->entity, kind("contact"));
	assert_int_equal(m->permission, PERMIT_READ);
	m = method("/outrider.v1.CompanyService/ListCompanies");
	assert_int_equal(m->verb, METHOD_LIST);
	m = method("/outrider.v1.CompanyService/UndeleteCompany");
	assert_int_equal(m->verb, METHOD_UNDELETE);
	m = method("/outrider.v1.SyncService/Pull");
	assert_int_equal(m->verb, METHOD_NAMED);
	assert_null(m->entity);
	assert_true(m->is_response_stream);
	assert_false(m->is_request_stream);
	assert_int_equal(m->permission, PERMIT_READ);
	m = method("/outrider.v1.SyncService/Push");
	assert_int_equal(m->permission, PERMIT_DEVICE);
	m = method("/outrider.v1.VisitService/GetVisit");
	assert_int_equal(m->verb, METHOD_NAMED);
	m = method("/outrider.v1.AuthService/Login");
	assert_int_equal(m->permission, PERMIT_PUBLIC);
	assert_string_equal(m->service, "outrider.v1.AuthService");
	assert_string_equal(m->name, "Login");
}

/* All that the model takes for granted of any message. */
static void check_message(const struct message *message, unsigned depth)
{
	assert_in_range(depth, 0, WIRE_DEPTH_MAX);
	assert_in_range(message->n_fields, 0, WIRE_FIELDS_MAX);
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		bool is_text = field->type == FIELD_STRING ||
			       field->type == FIELD_BYTES ||
			       field->type == FIELD_UUID;
		assert_int_equal(is_text, field->max_bytes > 0);
		assert_int_equal(field->flags & FIELD_IS_REPEATED,
				 field->max_items > 0);
		assert_int_equal(field->type == FIELD_MESSAGE,
				 field->message != NULL);
		assert_int_equal(field->type == FIELD_ENUM,
				 field->values != NULL);
		if (field->message)
			check_message(field->message, depth + 1);
	}
}

static void every_message_keeps_the_laws(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++) {
		assert_true(schema_methods[i].permission >= PERMIT_PUBLIC);
		check_message(schema_methods[i].request, 0);
		check_message(schema_methods[i].response, 0);
	}
}

static void a_table_for_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		assert_non_null(strstr(schema_ddl_sqlite[i], entity->table));
		assert_non_null(strstr(schema_ddl_postgres[i], entity->table));
		for (size_t j = 0; j < entity->n_fields; j++)
			assert_non_null(strstr(schema_ddl_sqlite[i],
					       entity->fields[j].column));
	}
	assert_null(schema_ddl_sqlite[schema_n_entities]);
	assert_null(schema_ddl_postgres[schema_n_entities]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_found),
		cmocka_unit_test(every_field_is_found),
		cmocka_unit_test(fields_say_what_the_contract_says),
		cmocka_unit_test(values_go_by_their_short_names),
		cmocka_unit_test(methods_are_found),
		cmocka_unit_test(every_message_keeps_the_laws),
		cmocka_unit_test(a_table_for_each_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
