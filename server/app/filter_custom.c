/*
 * Fields that a firm added to its kinds, as filters name them: custom.KEY.
 * They are records; this finds them, and knows what their types mean.
 */
#include "app/filter_parts.h"

#include "app/kinds.h"
#include "app/rights.h"
#include "model/wire.h"

#include <stdio.h>
#include <string.h>

enum {
	KEYS_MAX = 400,
	CHOICES_MAX = 100,
};

/* What was looked up, for the next comparison with the same key. */
struct filter_custom {
	struct filter_custom *next;
	const struct entity *of;
	struct bytes key;
	const struct row *row; /* or NULL */
};

static struct condition
equals(const struct field *field, const struct condition_value *value)
{
	return (struct condition){
		.type = CONDITION_COMPARE,
		.path = { .field = field },
		.op = CONDITION_EQUAL,
		.values = value,
		.n_values = 1,
	};
}

/* Those of a kind; of one key, or of all where it is empty. */
static enum outrider_code find(struct store_page *page, struct filter_reader *r,
			       const struct entity *of, struct bytes key,
			       size_t limit)
{
	const struct filter_context *context = r->context;
	const struct entity *entity = schema_entity(KIND_CUSTOM_FIELD);
	const struct field *of_kind =
		message_field(entity->message, CUSTOM_OF_KIND);
	const struct field *named = message_field(entity->message, CUSTOM_KEY);
	const struct condition_value kind = { .bytes = bytes_of(of->name) };
	const struct condition_value wanted = { .bytes = key };
	struct condition both[] = { equals(of_kind, &kind),
				    equals(named, &wanted) };
	const struct condition all = { .type = CONDITION_ALL, .first = both };
	const struct store_query asked = {
		.entity = entity,
		.scopes = context->principal->scopes,
		.n_scopes = context->principal->n_scopes,
		.sees_most = true,
		.condition = &all,
		.limit = limit,
	};

	*page = (struct store_page){ .n_rows = 0 };
	if (!context->conn)
		return OUTRIDER_OK;
	if (key.len > 0)
		both[0].next = &both[1];
	return store_query(context->conn, page, &asked, context->arena, r->err);
}

static bool is_hidden(const struct filter_reader *r, const struct row *row)
{
	const struct rights *rights = r->context->principal->rights;

	return !rights || rights_hide_custom(rights, &row->id);
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

enum outrider_code filter_find_custom(const struct row **out,
				      struct filter_reader *r,
				      const struct entity *of, struct bytes key)
{
	struct filter_custom *known;
	struct store_page page;
	enum outrider_code code;

	*out = NULL;
	for (known = r->custom; known; known = known->next) {
		if (known->of == of && bytes_equal(known->key, key)) {
			*out = known->row;
			return OUTRIDER_OK;
		}
	}
	if (key.len == 0)
		return OUTRIDER_OK;
	code = find(&page, r, of, key, 1);
	if (code != OUTRIDER_OK)
		return code;
	known = arena_alloc(r->context->arena, sizeof(*known));
	if (!known)
		return filter_no_memory(r);
	*known = (struct filter_custom){ r->custom, of, key, NULL };
	if (page.n_rows > 0 && !is_hidden(r, page.rows[0]))
		known->row = page.rows[0];
	r->custom = known;
	*out = known->row;
	return OUTRIDER_OK;
}

enum outrider_code filter_fail_custom(struct filter_reader *r,
				      const struct entity *of, struct bytes key,
				      size_t at)
{
	char head[160], shown[FILTER_SHOWN_MAX];
	struct filter_names names;
	struct store_page page;
	enum outrider_code code =
		find(&page, r, of, (struct bytes){ .len = 0 }, KEYS_MAX);

	if (code == OUTRIDER_OK)
		code = filter_names_make(&names, r, page.n_rows);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < page.n_rows; i++)
		if (!is_hidden(r, page.rows[i]))
			filter_names_add(
				&names,
				kind_value(page.rows[i], CUSTOM_KEY)->bytes);
	snprintf(head, sizeof(head), "there is no custom field \"%s\" in %s",
		 filter_show(shown, key), of->name);
	return filter_fail_names(r, &(struct filter_wrong){
					    .at = at,
					    .head = head,
					    .wanted = key,
					    .label = "Keys",
					    .names = &names,
				    });
}

void filter_set_custom(struct filter_field *field, const struct row *custom)
{
	/* By CustomType. What a newer server would add is not comparable. */
	static const struct {
		enum value_sort sort;
		enum field_type type;
	} meanings[] = {
		{ SORT_OTHER, FIELD_STRING },  { SORT_TEXT, FIELD_STRING },
		{ SORT_NUMBER, FIELD_DOUBLE }, { SORT_BOOL, FIELD_DOUBLE },
		{ SORT_CHOICE, FIELD_STRING }, { SORT_TIME, FIELD_TIMESTAMP },
	};
	uint64_t type = (uint64_t)kind_value(custom, CUSTOM_TYPE)->i;

	if (type >= sizeof(meanings) / sizeof(meanings[0]))
		type = 0;
	field->sort = meanings[type].sort;
	field->path.custom = custom->id;
	field->path.custom_type = meanings[type].type;
	field->custom = custom;
}

enum outrider_code filter_choices(struct filter_names *out,
				  struct filter_reader *r,
				  const struct row *custom)
{
	struct wire_reader reader =
		wire_read(kind_value(custom, CUSTOM_CHOICES)->bytes);
	struct wire_field choice;
	enum outrider_code code = filter_names_make(out, r, CHOICES_MAX);

	while (code == OUTRIDER_OK && wire_next(&reader, &choice) > 0)
		filter_names_add(out, choice.value);
	return code;
}
