/*
 * Any text as a filter, and as an order, of any kind. The first byte chooses
 * the kind, the second a field of it that the caller doesn't see.
 *
 * What is refused says where; what is taken keeps the limits, names nothing
 * that is hidden, and the store runs it.
 */
#include "app_harness.h"

#include "app/filter.h"
#include "model/utf8.h"
#include "model/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 8 << 20, RIGHTS_MAX = 256 };

struct fuzz {
	struct app_harness harness;
	struct store_conn *conn;
	struct arena arena;
	struct kind_rights kinds[RIGHTS_MAX];
	struct rights rights;
	struct principal principal;
	struct outrider_err err;
};

static void must(int condition)
{
	if (!condition)
		abort();
}

static void add_custom(struct fuzz *f, const char *key, unsigned type)
{
	struct buffer record = harness_buffer(), request = harness_buffer();

	harness_put_text(&record, 10, "contact");
	harness_put_text(&record, 11, key);
	harness_put_text(&record, 12, key);
	wire_put_scalar(&record, 13, type);
	harness_put_text(&record, 14, "red");
	wire_put_bytes(&request, 1, record.at, record.len);
	(void)harness_call(&f->harness, "CustomFieldService/CreateCustomField",
			   f->harness.admin_token, request.at, request.len);
	buffer_free(&record);
	buffer_free(&request);
}

static void open_firm(struct fuzz *f)
{
	static const char *const keys[] = { "text", "number", "yes", "choice",
					    "time" };

	harness_open(&f->harness);
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_custom(f, keys[i], i + 1);
	arena_init(&f->arena, &allocator_libc, MEMORY);
	must(schema_n_entities <= RIGHTS_MAX);
	for (size_t i = 0; i < schema_n_entities; i++)
		f->kinds[i].may_read = true;
	f->rights = (struct rights){ .kinds = f->kinds };
	f->principal = (struct principal){
		.user = f->harness.admin,
		.owner = f->harness.admin,
		.rank = RANK_ADMINISTRATOR,
		.rights = &f->rights,
		.team = f->harness.root,
	};
	must(store_reader_open(&f->conn, f->harness.store, &f->err) ==
	     OUTRIDER_OK);
}

/* ------------------------------------------------------------------ checks */

static void
check_refusal(const struct outrider_err *err, const char *argument, size_t len)
{
	char *end;
	unsigned long at;

	must(err->code == OUTRIDER_INVALID_ARGUMENT);
	must(strcmp(err->field, argument) == 0);
	must(strncmp(err->text, "at ", 3) == 0);
	at = strtoul(err->text + 3, &end, 10);
	must(at >= 1 && at <= len + 1 && strncmp(end, ": ", 2) == 0);
	must(utf8_is_valid_text(err->text, strlen(err->text)));
}

/* Of what isn't filterable nothing is asked but whether it is set. */
static void check_path(const struct condition *leaf,
		       const struct entity *entity, const struct field *hidden)
{
	const struct condition_path *path = &leaf->path;
	const struct field *field = path->field;

	must(field != hidden && path->via != hidden);
	must(field->flags & FIELD_IS_FILTERABLE || field->number == FIELD_ID ||
	     (leaf->op == CONDITION_IS_SET &&
	      field->number >= FIELD_FIRST_OWN));
	if (path->via)
		must(path->via->flags & FIELD_IS_FILTERABLE &&
		     message_field(entity->message, path->via->number) ==
			     path->via);
	entity = path->via ? path->via->reference : entity;
	must(message_field(entity->message, field->number) == field);
}

static size_t check_tree(const struct condition *condition,
			 const struct entity *entity,
			 const struct field *hidden, unsigned depth)
{
	size_t n = 0;

	must(depth <= QUERY_DEPTH_MAX);
	if (condition->type == CONDITION_COMPARE) {
		check_path(condition, entity, hidden);
		must((condition->op == CONDITION_IS_SET) ==
		     (condition->n_values == 0));
		must(condition->n_values <= FILTER_VALUES_MAX);
		return 1;
	}
	if (!condition->first ||
	    (condition->type == CONDITION_NOT && condition->first->next))
		abort();
	for (const struct condition *part = condition->first; part;
	     part = part->next)
		n += check_tree(part, entity, hidden, depth + 1);
	return n;
}

/* ------------------------------------------------------------------ running */

static void run(struct fuzz *f, const struct filter_context *context,
		const struct condition *condition,
		const struct query_order *order, size_t n_order)
{
	struct store_query asked = {
		.entity = context->entity,
		.scopes = f->principal.scopes,
		.n_scopes = f->principal.n_scopes,
		.condition = condition,
		.n_order = n_order,
		.limit = 1,
	};
	struct store_page page;

	memcpy(asked.order, order, n_order * sizeof(order[0]));
	must(store_query(f->conn, &page, &asked, &f->arena, &f->err) ==
	     OUTRIDER_OK);
}

static void read_both(struct fuzz *f, const struct entity *entity,
		      const struct field *hidden, struct bytes text)
{
	const struct filter_context context = {
		.entity = entity,
		.principal = &f->principal,
		.conn = f->conn,
		.arena = &f->arena,
		.now_us = f->harness.wall_us,
		.region = "UA",
	};
	struct query_order order[QUERY_ORDER_MAX] = { { .field = NULL } };
	struct condition *condition;
	size_t n;

	if (filter_read(&condition, &context, text, &f->err) == OUTRIDER_OK) {
		if (condition)
			must(check_tree(condition, entity, hidden, 1) <=
			     QUERY_TERMS_MAX);
		run(f, &context, condition, order, 0);
	} else {
		check_refusal(&f->err, "filter", text.len);
	}
	if (order_read(order, &n, &context, text, &f->err) == OUTRIDER_OK)
		run(f, &context, NULL, order, n);
	else
		check_refusal(&f->err, "order_by", text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fuzz;
	struct fuzz *f = &fuzz;
	const struct entity *entity;
	const struct field *hidden;
	struct kind_rights *rights;

	if (size < 2)
		return 0;
	if (!f->conn)
		open_firm(f);
	arena_reset(&f->arena);
	rights = &f->kinds[data[0] % schema_n_entities];
	entity = schema_entities[data[0] % schema_n_entities];
	hidden = &entity->fields[data[1] % entity->n_fields];
	field_set_add(&rights->hidden, hidden->number);
	must(store_read_begin(f->conn, NULL, &f->err) == OUTRIDER_OK);
	must(access_load_scopes(&f->principal, f->conn, &f->arena, &f->err) ==
	     OUTRIDER_OK);
	read_both(f, entity, hidden, (struct bytes){ data + 2, size - 2 });
	store_read_end(f->conn);
	field_set_remove(&rights->hidden, hidden->number);
	return 0;
}
