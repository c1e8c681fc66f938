/*
 * Laws that the tables state for every kind: what a record refers to is there
 * and seen by who writes, and a kind that refers to itself is a tree.
 */
#include "app/kinds.h"
#include "app/laws_rooms.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	TREE_DEPTH_MAX = 64,
	/* In one write: 500 lines, 100 people, 40 custom values, a few. */
	REFERENCES_MAX = 1024,
};

/* ------------------------------------------------------------- references */

struct reference {
	const struct field *field;
	struct uuid target;
};

struct reference_list {
	struct reference *at;
	size_t n;
};

static void
count(void *user, const struct field *field, const struct uuid *target)
{
	struct reference_list *list = user;

	(void)field;
	(void)target;
	list->n++;
}

static void
collect(void *user, const struct field *field, const struct uuid *target)
{
	struct reference_list *list = user;

	list->at[list->n++] = (struct reference){ field, *target };
}

static int compare(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;

	if (x->field != y->field)
		return (uintptr_t)x->field < (uintptr_t)y->field ? -1 : 1;
	return uuid_compare(&x->target, &y->target);
}

/*
 * Those in the fields that changed, sorted; the server's own fields apart: it
 * knows what it puts there.
 */
static enum outrider_code
collect_changed(struct reference_list *out, const struct writing *w,
		const struct row *row, struct outrider_err *err)
{
	struct row *part = row ? row_copy(w->arena, row) : NULL;

	*out = (struct reference_list){ .n = 0 };
	if (!row)
		return OUTRIDER_OK;
	if (!part)
		return err_call_full(err);
	for (size_t i = 0; i < part->entity->n_fields; i++) {
		const struct field *field = &part->entity->fields[i];

		if (field->flags & FIELD_IS_OUTPUT_ONLY ||
		    !field_set_has(&w->changed, field->number))
			part->values[i] = (struct value){ .i = 0 };
	}
	record_references(part, count, out);
	if (out->n == 0)
		return OUTRIDER_OK;
	if (out->n > REFERENCES_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "the record refers to more than %d others",
			       REFERENCES_MAX);
	out->at = arena_alloc(w->arena, out->n * sizeof(out->at[0]));
	if (!out->at)
		return err_call_full(err);
	out->n = 0;
	record_references(part, collect, out);
	qsort(out->at, out->n, sizeof(out->at[0]), compare);
	return OUTRIDER_OK;
}

/* What the caller can't see and what doesn't exist get the same answer. */
static enum outrider_code check_target(struct writing *w,
				       const struct reference *r,
				       struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	struct row *found;
	bool is_there = false;
	char text[96];
	enum outrider_code code;

	if (who && !access_knows_record(who, r->field->reference, &r->target)) {
		code = OUTRIDER_NOT_FOUND;
	} else if (who) {
		code = store_is_in_scopes(w->tx, &is_there, r->field->reference,
					  &r->target, who->scopes,
					  who->n_scopes, err);
	} else {
		code = store_get(w->tx, &found, r->field->reference, &r->target,
				 w->arena, err);
		is_there = code == OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	if (is_there)
		return OUTRIDER_OK;
	snprintf(text, sizeof(text), "there is no such %s",
		 r->field->reference->name);
	return laws_refuse(err, r->field->name, text);
}

static bool holds(const struct reference_list *list, const struct reference *r)
{
	return list->n > 0 &&
	       bsearch(r, list->at, list->n, sizeof(*r), compare);
}

/* Only what this write brings in: old ones may have gone out of sight. */
enum outrider_code
laws_check_references(struct writing *w, struct outrider_err *err)
{
	struct reference_list now, before;
	enum outrider_code code = collect_changed(&now, w, w->row, err);

	if (code == OUTRIDER_OK)
		code = collect_changed(&before, w, w->old, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < now.n; i++) {
		const struct reference *r = &now.at[i];

		if ((i == 0 || compare(r, r - 1) != 0) && !holds(&before, r))
			code = check_target(w, r, err);
	}
	return code;
}

/* ------------------------------------------------------------------ trees */

/* Walks up from row's new parent: it must not come to row. */
static enum outrider_code check_ancestors(struct writing *w,
					  const struct field *field,
					  struct outrider_err *err)
{
	const struct entity *entity = w->row->entity;
	struct uuid above = kind_reference(kind_value(w->row, field->number));
	struct row *parent;
	enum outrider_code code;

	for (int depth = 0; !uuid_is_zero(&above); depth++) {
		if (uuid_compare(&above, &w->row->id) == 0)
			return laws_refuse(err, field->name,
					   "it would stand above itself");
		if (depth == TREE_DEPTH_MAX)
			return laws_refuse(err, field->name,
					   "the tree would be too deep");
		code = store_get(w->tx, &parent, entity, &above, w->arena, err);
		if (code == OUTRIDER_NOT_FOUND)
			return OUTRIDER_OK;
		if (code != OUTRIDER_OK)
			return code;
		above = kind_reference(kind_value(parent, field->number));
	}
	return OUTRIDER_OK;
}

/* A kind that refers to itself by a single field is a tree. */
enum outrider_code laws_check_trees(struct writing *w, struct outrider_err *err)
{
	const struct entity *entity = w->row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		enum outrider_code code;

		if (field->reference != entity ||
		    field->flags & FIELD_IS_REPEATED ||
		    !field_set_has(&w->changed, field->number))
			continue;
		code = check_ancestors(w, field, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}
