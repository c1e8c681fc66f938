/* The records of a model of questions, and random questions over them. */
#include "query_model.h"

#include "model/wire.h"

/* Small pools, so that conditions meet records. */
static const char *const texts[] = {
	"",
	"a",
	"A",
	"ab",
	"aB",
	"b",
	"abc",
	"a%c",
	"a_c",
	"a\\c",
	"%",
	"_",
	"\xc3\xa4",
	"\xc3\xa4z",
	"Aab",
	"zab",
	"\xd0\xaf",
	"a\xf4\x8f\xbf\xbf",
	"\xf4\x8f\xbf\xbf",
	"ac",
};
static const char *const phones[] = {
	"+380 67 1", "+380671", "067 1", "+38067", "+3801", "12",
};
static const char *const addresses[] = { "A@x.y", "a@x.y", "b@x.y", "ab@x" };
static const int64_t times[] = { 0, 0, -5, 1, 2, 3, 1000, 1001, 5000000 };
static const double reals[] = { 0, -2.5, -1, 0.25, 1, 1.5, 7 };

static const char *const kind_names[MODEL_KINDS] = {
	[MODEL_USER] = "user",	     [MODEL_COMPANY] = "company",
	[MODEL_CONTACT] = "contact", [MODEL_DEAL] = "deal",
	[MODEL_CALL] = "call",	     [MODEL_TASK] = "task",
};

size_t model_random(struct model *model, size_t n)
{
	return suite_random(model->suite) % n;
}

static struct bytes
one_of(struct model *model, const char *const *pool, size_t n)
{
	return text_bytes(pool[model_random(model, n)]);
}

void model_init(struct model *model, struct suite *suite)
{
	*model = (struct model){ .suite = suite, .one_in_hot = 4 };
	arena_init(&model->arena, &allocator_libc, (size_t)1 << 30);
	for (size_t i = 0; i < MODEL_KINDS; i++) {
		model->kinds[i].entity = schema_entity_named(
			kind_names[i], strlen(kind_names[i]));
		assert_non_null(model->kinds[i].entity);
	}
	for (size_t i = 0; i < ARRAY_LEN(model->custom); i++)
		model->custom[i] = suite_uuid(suite);
}

void model_free(struct model *model)
{
	for (size_t i = 0; i < MODEL_KINDS; i++)
		free(model->kinds[i].records);
	arena_free(&model->arena);
}

/* ----------------------------------------------------------------- values */

/* A record of the kind, or nobody's id; zero at times. */
static struct uuid
random_target(struct model *model, const struct entity *entity)
{
	struct uuid none = { { 0 } };

	/* An id of no kind: of some record. */
	if (!entity)
		entity = model->kinds[model_random(model, MODEL_KINDS)].entity;
	for (size_t i = 0; i < MODEL_KINDS; i++) {
		const struct model_kind *kind = &model->kinds[i];
		if (kind->entity != entity || kind->n == 0)
			continue;
		if (model_random(model, 6) == 0)
			return none;
		size_t at = model_random(model, model->one_in_hot) == 0
				    ? model_random(model, kind->n)
				    : 0;
		return kind->records[at].row->id;
	}
	none.at[15] = (uint8_t)model_random(model, 3);
	return none;
}

static struct condition_value
random_value(struct model *model, const struct field *field,
	     enum field_type type, struct arena *arena)
{
	struct condition_value value = { 0 };
	struct uuid id;

	switch (type) {
	case FIELD_STRING:
		value.bytes = one_of(model, texts, ARRAY_LEN(texts));
		break;
	case FIELD_DOUBLE:
		value.d = reals[model_random(model, ARRAY_LEN(reals))];
		break;
	case FIELD_BOOL:
		value.i = (int64_t)model_random(model, 2);
		break;
	case FIELD_TIMESTAMP:
		value.i = times[model_random(model, ARRAY_LEN(times))];
		break;
	case FIELD_UUID:
		id = random_target(model, field->reference);
		if (!uuid_is_zero(&id))
			value.bytes = arena_copy(arena, id.at, sizeof(id.at));
		break;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
		value.i = (int64_t)model_random(model, 6) - 1;
		break;
	case FIELD_BYTES:
	case FIELD_MESSAGE:
		break;
	}
	return value;
}

/* ---------------------------------------------------------------- records */

static void put_text(struct buffer *out, uint32_t number, struct bytes text)
{
	if (text.len > 0)
		wire_put_bytes(out, number, text.at, text.len);
}

static void put_custom(struct model *model, struct buffer *out, size_t which)
{
	struct buffer time;
	char id[UUID_TEXT_LEN + 1];

	buffer_init(&time, &allocator_libc, 100);
	uuid_format(id, &model->custom[which]);
	put_text(out, 1, text_bytes(id));
	double number = reals[model_random(model, ARRAY_LEN(reals))];
	if (which == 0)
		put_text(out, 2,
			 text_bytes(
				 texts[model_random(model, ARRAY_LEN(texts))]));
	else if (which == 1 && (number < 0 || number > 0))
		wire_put_double(out, 3, number);
	else if (which == 2) {
		wire_put_scalar(&time, 1, model_random(model, 4));
		wire_put_bytes(out, 4, time.at, time.len);
	}
	buffer_free(&time);
}

/* A message that the model knows; others stay empty. */
static void
put_message(struct model *model, struct buffer *out, const struct field *field)
{
	const char *name = strrchr(field->message->name, '.') + 1;

	if (strcmp(name, "Phone") == 0) {
		put_text(out, 1, one_of(model, phones, ARRAY_LEN(phones)));
		if (model_random(model, 2) == 0)
			put_text(out, 3, text_bytes("+38067"));
	} else if (strcmp(name, "Email") == 0) {
		put_text(out, 1,
			 one_of(model, addresses, ARRAY_LEN(addresses)));
	}
}

static void put_element(struct model *model, struct buffer *out,
			const struct field *field, size_t i)
{
	struct condition_value value;
	struct buffer message;
	char text[UUID_TEXT_LEN + 1];
	struct uuid id;

	if (field->type == FIELD_STRING) {
		value = random_value(model, field, FIELD_STRING, &model->arena);
		put_text(out, field->number, value.bytes);
	} else if (field->type == FIELD_UUID) {
		id = random_target(model, field->reference);
		if (uuid_is_zero(&id))
			return;
		uuid_format(text, &id);
		put_text(out, field->number, text_bytes(text));
	} else if (field->type == FIELD_MESSAGE) {
		buffer_init(&message, &allocator_libc, 10000);
		if (field->flags & FIELD_IS_CUSTOM)
			put_custom(model, &message, i);
		else
			put_message(model, &message, field);
		if (message.len > 0)
			wire_put_bytes(out, field->number, message.at,
				       message.len);
		buffer_free(&message);
	}
}

static void fill_repeated(struct model *model, struct value *value,
			  const struct field *field)
{
	struct buffer bytes;
	size_t n = field->flags & FIELD_IS_REPEATED ? 3 : 1;

	buffer_init(&bytes, &allocator_libc, 100000);
	for (size_t i = 0; i < n; i++) {
		if (model_random(model, 2) == 0)
			put_element(model, &bytes, field, i);
	}
	if (bytes.len > 0)
		value->bytes = arena_copy(&model->arena, bytes.at, bytes.len);
	buffer_free(&bytes);
}

static void
fill(struct model *model, struct row *row, struct field_set *changed)
{
	for (size_t i = 0; i < row->entity->n_fields; i++) {
		const struct field *field = &row->entity->fields[i];
		struct value *value = &row->values[i];
		struct condition_value random;
		char name[UUID_TEXT_LEN + 1];
		/* Of a record that stands, most stay as they are. */
		if (row->rev > 0 && model_random(model, 4) > 0)
			continue;
		field_set_add(changed, field->number);
		*value = (struct value){ 0 };
		if (field->flags & FIELD_IS_REPEATED ||
		    field->type == FIELD_MESSAGE) {
			fill_repeated(model, value, field);
			continue;
		}
		if (strcmp(field->name, "login_name") == 0) {
			uuid_format(name, &row->id);
			value->bytes =
				arena_copy(&model->arena, name, UUID_TEXT_LEN);
			continue;
		}
		random = random_value(model, field, field->type, &model->arena);
		/* Laws see to it that a time that is required is set. */
		if (field->type == FIELD_TIMESTAMP && random.i == 0 &&
		    field->flags & FIELD_IS_REQUIRED)
			random.i = 4;
		value->bytes = random.bytes;
		if (field->type == FIELD_DOUBLE)
			value->d = random.d;
		else if (random.bytes.len == 0)
			value->i = random.i;
	}
}

static int compare_scopes(const void *a, const void *b)
{
	return scope_compare(a, b);
}

static void random_scopes(struct model *model, struct model_record *record)
{
	record->n_scopes = 0;
	for (unsigned i = 0; i < MODEL_SCOPES && record->n_scopes < 4; i++) {
		if (model_random(model, 4) == 0)
			record->scopes[record->n_scopes++] = suite_scope(i);
	}
	qsort(record->scopes, record->n_scopes, sizeof(struct scope),
	      compare_scopes);
}

/* Many records, one closure. */
struct writing {
	struct model *model;
	struct store_put *puts;
	size_t n;
};

static enum outrider_code
write_all(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct writing *writing = user;

	for (size_t i = 0; i < writing->n; i++) {
		enum outrider_code code = store_put(tx, &writing->puts[i], err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

static const struct store_author author = { .at_us = 77 };

static void write_puts(struct model *model, struct store_put *puts, size_t n)
{
	struct writing writing = { model, puts, n };
	struct outrider_err err;

	assert_ok(store_write_now(model->suite->store, write_all, &writing,
				  &err),
		  err);
}

static struct uuid some_user(struct model *model)
{
	const struct entity *users = model->kinds[MODEL_USER].entity;

	return random_target(model, users);
}

void model_add(struct model *model, size_t kind, size_t n)
{
	struct model_kind *k = &model->kinds[kind];
	struct store_put puts[20];

	k->records = realloc(k->records, (k->n + n) * sizeof(*k->records));
	assert_non_null(k->records);
	for (size_t i = 0; i < n;) {
		size_t room = 0;
		for (; room < ARRAY_LEN(puts) && i < n; room++, i++) {
			struct model_record *record = &k->records[k->n];
			*record = (struct model_record){ 0 };
			record->row = row_new(&model->arena, k->entity);
			record->row->id = suite_uuid(model->suite);
			record->row->owner = some_user(model);
			record->row->created_us =
				1 + (int64_t)model_random(model, 50);
			record->row->updated_us =
				1 + (int64_t)model_random(model, 50);
			random_scopes(model, record);
			puts[room] = (struct store_put){
				.op = CHANGE_CREATE,
				.row = record->row,
				.scopes = record->scopes,
				.n_scopes = record->n_scopes,
				.author = &author,
			};
			field_set_add(&puts[room].changed, FIELD_OWNER);
			fill(model, record->row, &puts[room].changed);
			k->n++;
		}
		write_puts(model, puts, room);
	}
}

void model_change(struct model *model, size_t kind)
{
	struct model_kind *k = &model->kinds[kind];
	struct model_record *record = &k->records[model_random(model, k->n)];
	struct row *row = row_copy(&model->arena, record->row);
	struct store_put put = {
		.old = record->row,
		.row = row,
		.op = CHANGE_UPDATE,
		.author = &author,
		.scopes = record->scopes,
	};

	row->owner = some_user(model);
	row->updated_us = 1 + (int64_t)model_random(model, 60);
	field_set_add(&put.changed, FIELD_OWNER);
	fill(model, row, &put.changed);
	bool to_delete = model_random(model, 4) == 0;
	if (row->deleted_us) {
		put.op = CHANGE_UNDELETE;
		row->deleted_us = 0;
	} else if (to_delete) {
		put.op = CHANGE_DELETE;
		row->deleted_us = 9;
	}
	/* A deleted one keeps the scopes where it lay. */
	if (!row->deleted_us) {
		random_scopes(model, record);
		put.n_scopes = record->n_scopes;
	}
	write_puts(model, &put, 1);
	record->row = row;
}

/* -------------------------------------------------------------- questions */

static const enum condition_op text_ops[] = {
	CONDITION_EQUAL,      CONDITION_UNEQUAL, CONDITION_LESS,
	CONDITION_LESS_EQUAL, CONDITION_GREATER, CONDITION_GREATER_EQUAL,
	CONDITION_IN,	      CONDITION_IS_SET,	 CONDITION_BEGINS,
	CONDITION_CONTAINS,   CONDITION_ENDS,
};
#define N_NUMBER_OPS 8 /* of these */

static const enum condition_op element_ops[] = {
	CONDITION_EQUAL,  CONDITION_IN,	      CONDITION_IS_SET,
	CONDITION_BEGINS, CONDITION_CONTAINS, CONDITION_ENDS,
};
#define N_HANDLE_OPS	4
#define N_REFERENCE_OPS 3

static const enum condition_op id_ops[] = {
	CONDITION_EQUAL,
	CONDITION_UNEQUAL,
	CONDITION_IN,
	CONDITION_IS_SET,
};

static enum condition_op
random_op(struct model *model, const struct field *field, enum field_type type)
{
	size_t n = ARRAY_LEN(element_ops);

	if (field->flags & FIELD_IS_REPEATED &&
	    !(field->flags & FIELD_IS_CUSTOM)) {
		if (field->type == FIELD_MESSAGE)
			n = N_HANDLE_OPS;
		else if (field->type == FIELD_UUID)
			n = N_REFERENCE_OPS;
		return element_ops[model_random(model, n)];
	}
	if (type == FIELD_UUID)
		return id_ops[model_random(model, ARRAY_LEN(id_ops))];
	n = type == FIELD_STRING ? ARRAY_LEN(text_ops) : N_NUMBER_OPS;
	return text_ops[model_random(model, n)];
}

static const struct field *
random_field(struct model *model, const struct entity *entity, unsigned flag)
{
	const struct message *message = entity->message;

	for (;;) {
		size_t i = model_random(model, message->n_fields);
		const struct field *field = &message->fields[i];
		bool has_handles = field->type == FIELD_MESSAGE &&
				   field->flags & FIELD_IS_REPEATED;
		if (field->flags & flag &&
		    (field->type != FIELD_MESSAGE || has_handles))
			return field;
	}
}

/* One of the model's kinds, by a reference that may be filtered; NULL. */
static const struct field *
random_via(struct model *model, const struct entity *entity)
{
	for (size_t tries = 0; tries < 20; tries++) {
		const struct field *field =
			random_field(model, entity, FIELD_IS_FILTERABLE);
		for (size_t i = 0; i < MODEL_KINDS; i++) {
			if (field->type == FIELD_UUID && field->reference &&
			    field->reference == model->kinds[i].entity)
				return field;
		}
	}
	return NULL;
}

static struct condition_value
random_handle(struct model *model, const struct field *field)
{
	static const char *const numbers[] = { "+380671", "0671", "+38067",
					       "12", "+380" };
	static const char *const names[] = { "a@x.y", "b@x.y", "a" };
	bool is_phone = strstr(field->message->name, "Phone");

	return (struct condition_value){
		.bytes = is_phone ? one_of(model, numbers, ARRAY_LEN(numbers))
				  : one_of(model, names, ARRAY_LEN(names)),
	};
}

static struct condition *random_leaf(struct model *model,
				     const struct entity *entity,
				     struct arena *arena)
{
	struct condition *leaf = arena_alloc(arena, sizeof(*leaf));
	struct condition_value *values =
		arena_alloc(arena, 3 * sizeof(*values));
	const struct field *via =
		model_random(model, 4) == 0 ? random_via(model, entity) : NULL;
	const struct field *field = random_field(
		model, via ? via->reference : entity, FIELD_IS_FILTERABLE);
	enum field_type type = field->type;

	assert_true(leaf && values);
	leaf->type = CONDITION_COMPARE;
	leaf->path = (struct condition_path){ .via = via, .field = field };
	if (field->flags & FIELD_IS_CUSTOM) {
		static const enum field_type types[] = {
			FIELD_STRING,
			FIELD_DOUBLE,
			FIELD_TIMESTAMP,
		};
		size_t which = model_random(model, 3);
		leaf->path.custom = model->custom[which];
		leaf->path.custom_type = type = types[which];
	}
	leaf->op = random_op(model, field, type);
	leaf->values = values;
	leaf->n_values = 1;
	if (leaf->op == CONDITION_IN)
		leaf->n_values = model_random(model, 4);
	if (leaf->op == CONDITION_IS_SET)
		leaf->n_values = 0;
	for (size_t i = 0; i < leaf->n_values; i++) {
		values[i] = type == FIELD_MESSAGE
				    ? random_handle(model, field)
				    : random_value(model, field, type, arena);
		/* Of a list of references "none" is no element. */
		while (type == FIELD_UUID && field->flags & FIELD_IS_REPEATED &&
		       values[i].bytes.len == 0) {
			struct uuid nobody = { { 7 } };
			values[i].bytes = arena_copy(arena, nobody.at, 16);
		}
	}
	return leaf;
}

/* A record that one of the model's is referred to by. */
static struct condition *random_link(struct model *model,
				     const struct entity *entity,
				     struct arena *arena)
{
	struct condition *leaf = random_leaf(model, entity, arena);
	struct condition_value *value = arena_alloc(arena, sizeof(*value));
	const struct field *via = random_via(model, entity);

	assert_non_null(value);
	if (!via)
		return leaf;
	leaf->path = (struct condition_path){ .field = via };
	leaf->op = CONDITION_EQUAL;
	leaf->values = value;
	leaf->n_values = 1;
	*value = random_value(model, via, FIELD_UUID, arena);
	if (value->bytes.len == 0)
		leaf->op = CONDITION_IS_SET;
	return leaf;
}

static struct condition *random_tree(struct model *model,
				     const struct entity *entity,
				     struct arena *arena, unsigned depth)
{
	if (depth == 0 || model_random(model, 3) == 0)
		return random_leaf(model, entity, arena);
	struct condition *tree = arena_alloc(arena, sizeof(*tree));
	assert_non_null(tree);
	static const enum condition_type types[] = {
		CONDITION_ALL, CONDITION_ALL, CONDITION_ANY, CONDITION_NOT
	};
	tree->type = types[model_random(model, ARRAY_LEN(types))];
	size_t n = tree->type == CONDITION_NOT ? 1 : model_random(model, 4);
	for (size_t i = 0; i < n; i++) {
		struct condition *part =
			random_tree(model, entity, arena, depth - 1);
		part->next = tree->first;
		tree->first = part;
	}
	return tree;
}

struct condition *
model_condition(struct model *model, size_t kind, struct arena *arena)
{
	if (model_random(model, 8) == 0)
		return NULL;
	if (model_random(model, 8) == 0)
		return random_link(model, model->kinds[kind].entity, arena);
	return random_tree(model, model->kinds[kind].entity, arena,
			   (unsigned)model_random(model, 4));
}

size_t
model_order(struct model *model, struct query_order *out, size_t kind, size_t n)
{
	const struct entity *entity = model->kinds[kind].entity;

	n = model_random(model, n + 1);
	for (size_t i = 0; i < n; i++) {
		bool is_id = model_random(model, 5) == 0;
		out[i].field =
			is_id ? message_field(entity->message, FIELD_ID)
			      : random_field(model, entity, FIELD_IS_ORDERABLE);
		out[i].is_descending = model_random(model, 2) == 0;
	}
	return n;
}

/* ------------------------------------------------------------------ saying */

static const char *const op_names[] = {
	[CONDITION_EQUAL] = "=",       [CONDITION_UNEQUAL] = "!=",
	[CONDITION_LESS] = "<",	       [CONDITION_LESS_EQUAL] = "<=",
	[CONDITION_GREATER] = ">",     [CONDITION_GREATER_EQUAL] = ">=",
	[CONDITION_IN] = "in",	       [CONDITION_CONTAINS] = "contains",
	[CONDITION_BEGINS] = "begins", [CONDITION_ENDS] = "ends",
	[CONDITION_IS_SET] = "is set",
};

static void print_leaf(const struct condition *leaf)
{
	if (leaf->path.via)
		print_error("%s.", leaf->path.via->name);
	print_error("%s %s", leaf->path.field->name, op_names[leaf->op]);
	for (size_t i = 0; i < leaf->n_values; i++) {
		const struct condition_value *value = &leaf->values[i];
		if (value->bytes.len == 16)
			print_error(" ..%02x%02x", value->bytes.at[14],
				    value->bytes.at[15]);
		else if (value->bytes.len > 0)
			print_error(" '%.*s'", (int)value->bytes.len,
				    (const char *)value->bytes.at);
		else
			print_error(" %lld/%g", (long long)value->i, value->d);
	}
}

static void print_tree(const struct condition *condition)
{
	static const char *const names[] = {
		[CONDITION_ALL] = "all(",
		[CONDITION_ANY] = "any(",
		[CONDITION_NOT] = "not(",
	};

	if (condition->type == CONDITION_COMPARE) {
		print_leaf(condition);
		return;
	}
	print_error("%s", names[condition->type]);
	for (const struct condition *part = condition->first; part;
	     part = part->next) {
		print_tree(part);
		print_error("%s", part->next ? ", " : "");
	}
	print_error(")");
}

void model_print(const struct store_query *asked)
{
	print_error("%s, %zu scopes%s%s%s, limit %zu: ", asked->entity->name,
		    asked->n_scopes, asked->sees_most ? ", sees most" : "",
		    asked->with_deleted ? ", with deleted" : "",
		    asked->after_id ? ", a later page" : "", asked->limit);
	if (asked->condition)
		print_tree(asked->condition);
	for (size_t i = 0; i < asked->n_order; i++)
		print_error("%s%s%s", i ? ", " : " by ",
			    asked->order[i].field->name,
			    asked->order[i].is_descending ? " desc" : "");
	print_error("\n");
}
