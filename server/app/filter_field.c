/*
 * Names in filters to fields: the kind's own, those one reference away, and
 * those that a firm added. Whatever the caller may not see is answered like
 * what doesn't exist, byte for byte: every name goes through is_known.
 */
#include "app/filter_parts.h"

#include <stdio.h>
#include <string.h>

enum { SEGMENTS_MAX = 4 };

/* "company.industry" in its pieces. */
struct segments {
	struct bytes at[SEGMENTS_MAX];
	size_t n; /* SEGMENTS_MAX: or more */
};

static bool is_known(const struct filter_reader *r, const struct entity *entity,
		     const struct field *field)
{
	return access_knows_field(r->context->principal, entity, field);
}

static bool is_fit(const struct field *field, unsigned flag)
{
	return field->flags & flag || field->number == FIELD_ID;
}

/* Visible, whatever it is fit for. */
static const struct field *find_known(const struct filter_reader *r,
				      const struct entity *entity,
				      struct bytes name)
{
	const struct field *field = message_field_named(
		entity->message, (const char *)name.at, name.len);

	return field && is_known(r, entity, field) ? field : NULL;
}

const struct field *filter_find_field(const struct filter_reader *r,
				      const struct entity *entity,
				      struct bytes name, unsigned flag)
{
	const struct field *field = find_known(r, entity, name);

	return field && is_fit(field, flag) ? field : NULL;
}

const struct field *filter_find_asked(const struct filter_reader *r,
				      const struct entity *entity,
				      struct bytes name)
{
	const struct field *field = find_known(r, entity, name);

	return field && (field->number >= FIELD_FIRST_OWN ||
			 is_fit(field, FIELD_IS_FILTERABLE))
		       ? field
		       : NULL;
}

/* -------------------------------------------------------------------- wrong */

/* Own fields in the contract's order, then those that every kind has. */
static void add_fields(struct filter_names *names,
		       const struct filter_reader *r,
		       const struct entity *entity, unsigned flag, bool is_own)
{
	const struct message *message = entity->message;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		bool is_system = field->number < FIELD_FIRST_OWN;

		if (is_system == is_own || !is_fit(field, flag) ||
		    !is_known(r, entity, field))
			continue;
		filter_names_add(names, bytes_of(field->flags & FIELD_IS_CUSTOM
							 ? "custom.KEY"
							 : field->name));
	}
}

enum outrider_code
filter_fail_field(struct filter_reader *r, const struct entity *entity,
		  struct bytes name, size_t at, unsigned flag)
{
	char head[160], shown[FILTER_SHOWN_MAX];
	struct filter_names names;
	bool is_filter = flag == FIELD_IS_FILTERABLE;
	enum outrider_code code =
		filter_names_make(&names, r, entity->message->n_fields);

	if (code != OUTRIDER_OK)
		return code;
	add_fields(&names, r, entity, flag, true);
	add_fields(&names, r, entity, flag, false);
	filter_show(shown, name);
	if (!find_known(r, entity, name))
		snprintf(head, sizeof(head), "there is no field \"%s\" in %s",
			 shown, entity->name);
	else
		snprintf(head, sizeof(head), "%s can't be %s by \"%s\"",
			 entity->name, is_filter ? "filtered" : "ordered",
			 shown);
	return filter_fail_names(r, &(struct filter_wrong){
					    .at = at,
					    .head = head,
					    .wanted = name,
					    .label = is_filter ? "Filterable"
							       : "Orderable",
					    .names = &names,
				    });
}

/* -------------------------------------------------------------------- sorts */

static const enum value_sort sorts[] = {
	[FIELD_STRING] = SORT_TEXT,    [FIELD_BYTES] = SORT_OTHER,
	[FIELD_BOOL] = SORT_BOOL,      [FIELD_INT32] = SORT_INTEGER,
	[FIELD_INT64] = SORT_INTEGER,  [FIELD_UINT32] = SORT_INTEGER,
	[FIELD_UINT64] = SORT_INTEGER, [FIELD_DOUBLE] = SORT_NUMBER,
	[FIELD_ENUM] = SORT_ENUM,      [FIELD_UUID] = SORT_REFERENCE,
	[FIELD_TIMESTAMP] = SORT_TIME, [FIELD_MESSAGE] = SORT_OTHER,
};

static enum field_handle handle_of(const struct field *field)
{
	if (field->type != FIELD_MESSAGE || !field->message)
		return field->handle;
	for (size_t i = 0; i < field->message->n_fields; i++)
		if (field->message->fields[i].handle != HANDLE_NONE)
			return field->message->fields[i].handle;
	return HANDLE_NONE;
}

static void set_sort(struct filter_field *out)
{
	const struct field *field = out->path.field;

	out->handle = handle_of(field);
	out->sort = sorts[field->type];
	if (field->flags & FIELD_IS_MONEY)
		out->sort = SORT_MONEY;
	else if (field->type == FIELD_MESSAGE && out->handle != HANDLE_NONE)
		out->sort = SORT_HANDLE;
	else if (field->number == FIELD_ID)
		out->sort = SORT_REFERENCE;
	if (field->flags & FIELD_IS_REPEATED && out->sort != SORT_TEXT &&
	    out->sort != SORT_REFERENCE && out->sort != SORT_HANDLE)
		out->sort = SORT_OTHER;
	if (!is_fit(field, FIELD_IS_FILTERABLE))
		out->sort = SORT_OTHER;
}

/* ---------------------------------------------------------------- resolving */

static struct segments split(struct bytes name)
{
	struct segments s = { .n = 0 };
	size_t begin = 0;

	for (size_t i = 0; i <= name.len && s.n < SEGMENTS_MAX; i++) {
		if (i < name.len && name.at[i] != '.')
			continue;
		s.at[s.n++] = (struct bytes){ name.at + begin, i - begin };
		begin = i + 1;
	}
	return s;
}

/* "company" is company_id, or company_ids; so are these themselves. */
static bool names_reference(const struct field *field, struct bytes name)
{
	static const char *const ends[] = { "", "_id", "_ids" };
	size_t len = strlen(field->name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (len == name.len + end &&
		    memcmp(field->name, name.at, name.len) == 0 &&
		    memcmp(field->name + name.len, ends[i], end) == 0)
			return true;
	}
	return false;
}

static const struct field *
find_reference(const struct filter_reader *r, struct bytes name)
{
	const struct entity *entity = r->context->entity;

	for (size_t i = 0; i < entity->message->n_fields; i++) {
		const struct field *field = &entity->message->fields[i];

		if (field->reference && names_reference(field, name) &&
		    is_fit(field, FIELD_IS_FILTERABLE) &&
		    is_known(r, entity, field) &&
		    access_knows_kind(r->context->principal, field->reference))
			return field;
	}
	return NULL;
}

/* Where a piece of the name stands in the text. */
static size_t place_of(const struct filter_reader *r, struct bytes piece)
{
	return (size_t)(piece.at - r->text.at);
}

static const struct field *find_custom_values(const struct filter_reader *r,
					      const struct entity *entity,
					      struct bytes name)
{
	const struct field *field =
		filter_find_field(r, entity, name, FIELD_IS_FILTERABLE);

	return field && field->flags & FIELD_IS_CUSTOM ? field : NULL;
}

static enum outrider_code
resolve_custom(struct filter_field *out, struct filter_reader *r,
	       const struct field *values, struct bytes key)
{
	const struct row *custom;
	enum outrider_code code =
		filter_find_custom(&custom, r, out->entity, key);

	if (code != OUTRIDER_OK)
		return code;
	if (!custom)
		return filter_fail_custom(r, out->entity, key,
					  place_of(r, key));
	out->path.field = values;
	filter_set_custom(out, custom);
	return OUTRIDER_OK;
}

/* A field of out->entity: "field" or "custom.KEY"; n is 1 or 2. */
static enum outrider_code resolve_in(struct filter_field *out,
				     struct filter_reader *r,
				     const struct bytes *at, size_t n)
{
	const struct field *values = find_custom_values(r, out->entity, at[0]);

	if (values && n == 2)
		return resolve_custom(out, r, values, at[1]);
	if (values)
		return filter_fail(r, place_of(r, at[0]),
				   "\"custom\" needs a key, as in custom.KEY");
	out->path.field = filter_find_asked(r, out->entity, at[0]);
	if (!out->path.field || n == 2)
		return filter_fail_field(r, out->entity, at[0],
					 place_of(r, at[0]),
					 FIELD_IS_FILTERABLE);
	set_sort(out);
	return OUTRIDER_OK;
}

/* "phones.number": what is found by its handle has no pieces. */
static enum outrider_code fail_pieces(struct filter_reader *r,
				      const struct token *name,
				      const struct bytes *first)
{
	const struct entity *entity = r->context->entity;
	const struct field *field = filter_find_asked(r, entity, *first);
	char shown[FILTER_SHOWN_MAX];

	if (!field)
		return filter_fail_field(r, entity, *first, name->at,
					 FIELD_IS_FILTERABLE);
	return filter_fail(r, name->at,
			   "\"%s\" names a piece of %s, which is filtered as a "
			   "whole",
			   filter_show(shown, name->text), field->name);
}

enum outrider_code filter_resolve(struct filter_field *out,
				  struct filter_reader *r,
				  const struct token *name)
{
	const struct entity *entity = r->context->entity;
	struct segments s = split(name->text);
	char shown[FILTER_SHOWN_MAX];

	*out = (struct filter_field){ .entity = entity, .name = *name };
	if (s.n == 1 || (s.n == 2 && find_custom_values(r, entity, s.at[0])))
		return resolve_in(out, r, s.at, s.n);
	out->path.via = find_reference(r, s.at[0]);
	if (!out->path.via)
		return fail_pieces(r, name, &s.at[0]);
	out->entity = out->path.via->reference;
	if (s.n == 2 ||
	    (s.n == 3 && find_custom_values(r, out->entity, s.at[1])))
		return resolve_in(out, r, s.at + 1, s.n - 1);
	return filter_fail(
		r, name->at,
		"\"%s\" goes too far: a filter follows one reference",
		filter_show(shown, name->text));
}
