/* Questions written by hand. */
#include "query_ask.h"

/* Sixteen bytes each. */
const char one_user[17] = "some user's id 2";
const char one_company[17] = "a company's id 1";

const struct field *contact_field(const char *name)
{
	return message_field_named(contact_entity()->message, name,
				   strlen(name));
}

struct condition *new_condition(struct arena *arena, enum condition_type type)
{
	struct condition *made = arena_alloc(arena, sizeof(*made));

	assert_non_null(made);
	made->type = type;
	return made;
}

static void read_path(struct condition_path *out, const char *path)
{
	size_t len = strcspn(path, ".");
	const struct message *message = contact_entity()->message;

	out->field = message_field_named(message, path, len);
	if (path[len] == '.') {
		out->via = out->field;
		message = out->via->reference->message;
		path += len + 1;
		out->field = message_field_named(message, path, strlen(path));
	}
	assert_non_null(out->field);
}

struct condition *new_leaf(struct arena *arena, const char *path,
			   enum condition_op op, const char *text)
{
	struct condition *leaf = new_condition(arena, CONDITION_COMPARE);
	struct condition_value *value = arena_alloc(arena, sizeof(*value));

	assert_non_null(value);
	read_path(&leaf->path, path);
	value->bytes = text_bytes(text);
	leaf->op = op;
	leaf->values = value;
	leaf->n_values = op != CONDITION_IS_SET;
	if (leaf->path.field->flags & FIELD_IS_CUSTOM) {
		memset(leaf->path.custom.at, 7, sizeof(leaf->path.custom.at));
		leaf->path.custom_type = FIELD_STRING;
	}
	return leaf;
}

void add_part(struct condition *to, struct condition *part)
{
	part->next = to->first;
	to->first = part;
}

/* ------------------------------------------------------------------ worlds */

/* Contacts that all have one owner, and differ in names. */
enum outrider_code
ask_world_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	static const struct store_author author = { .at_us = 77 };
	struct ask_world *world = user;
	struct suite *suite = &world->suite;
	struct scope scopes[2] = { suite_scope(0), suite_scope(1) };
	uint32_t family_name = contact_field("family_name")->number;
	struct arena arena;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&arena, &allocator_libc, (size_t)64 << 20);
	for (int i = 0; i < world->n_contacts && code == OUTRIDER_OK; i++) {
		struct store_put put = {
			.op = CHANGE_CREATE,
			.row = row_new(&arena, contact_entity()),
			.scopes = scopes,
			.n_scopes = i % 100 == 0 ? 2 : 1,
			.author = &author,
		};
		char name[16];
		snprintf(name, sizeof(name), "n%04d", i);
		put.row->id = suite_uuid(suite);
		memcpy(put.row->owner.at, one_user, 16);
		put.row->created_us = put.row->updated_us = 1 + i;
		row_value(put.row, family_name)->bytes =
			arena_copy(&arena, name, strlen(name));
		field_set_add(&put.changed, FIELD_OWNER);
		field_set_add(&put.changed, family_name);
		code = store_put(tx, &put, err);
	}
	arena_free(&arena);
	return code;
}

void ask_world_open(struct ask_world *world,
		    const struct store_backend *backend, int64_t max_steps)
{
	struct suite *suite = &world->suite;
	struct outrider_err err;

	suite_init(suite, backend);
	suite->config.max_query_steps = max_steps;
	suite_open(suite, true);
	if (world->n_contacts == 0)
		world->n_contacts = ASK_CONTACTS;
	assert_ok(store_write_now(suite->store, ask_world_write, world, &err),
		  err);
	for (unsigned i = 0; i < ARRAY_LEN(world->all); i++)
		world->all[i] = suite_scope(i);
}

void ask_world_free(struct ask_world *world)
{
	suite_free(&world->suite);
}

void ask_all(struct store_query *out, const struct ask_world *world,
	     const struct condition *condition, const char *order)
{
	*out = (struct store_query){
		.entity = contact_entity(),
		.scopes = world->all,
		.n_scopes = ARRAY_LEN(world->all),
		.sees_most = true,
		.condition = condition,
		.limit = 10,
	};
	if (order)
		out->order[out->n_order++].field = contact_field(order);
}
