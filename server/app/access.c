/*
 * Scopes of principals and of records, and the two questions asked of them:
 * may P see R, may P write R. Nobody else compares scopes.
 */
#include "app/access.h"

#include "app/kinds.h"
#include "model/wire.h"

#include <stdlib.h>
#include <string.h>

static int compare_edges(const void *a, const void *b)
{
	return uuid_compare(&((const struct team_edge *)a)->id,
			    &((const struct team_edge *)b)->id);
}

static int compare_scopes(const void *a, const void *b)
{
	return scope_compare(a, b);
}

static struct scope organization(void)
{
	static const struct uuid zero;

	return scope_make(SCOPE_ORGANIZATION, &zero);
}

static const struct team_edge *
find_edge(const struct team_edge *edges, size_t n, const struct uuid *id)
{
	const struct team_edge key = { .id = *id };

	return bsearch(&key, edges, n, sizeof(edges[0]), compare_edges);
}

/*
 * Marks the team led (zero: the root), and those below it: a pass a level of
 * the tree. Who leads a team that is gone leads nothing.
 */
static void mark_led(bool *is_led, const struct team_edge *edges, size_t n,
		     const struct uuid *team)
{
	const struct team_edge *led = find_edge(edges, n, team);
	bool has_grown = true;

	for (size_t i = 0; i < n; i++)
		is_led[i] = uuid_is_zero(team) ? uuid_is_zero(&edges[i].parent)
					       : &edges[i] == led;
	while (has_grown) {
		has_grown = false;
		for (size_t i = 0; i < n; i++) {
			const struct team_edge *above;

			if (is_led[i])
				continue;
			above = find_edge(edges, n, &edges[i].parent);
			is_led[i] = above && is_led[above - edges];
			has_grown = has_grown || is_led[i];
		}
	}
}

enum outrider_code
access_load_scopes(struct principal *principal, struct store_conn *conn,
		   struct arena *arena, struct outrider_err *err)
{
	struct team_edge *edges = NULL;
	struct scope *scopes;
	bool *is_led;
	size_t n = 0, n_scopes = 0;
	enum outrider_code code;

	if (principal->rank >= RANK_MANAGER) {
		code = store_teams(conn, &edges, &n, arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	scopes = arena_alloc(arena, (n + 2) * sizeof(scopes[0]));
	is_led = arena_alloc(arena, n + 1);
	if (!scopes || !is_led)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "more teams than a call has memory for");
	/* Ascending by type and id: sorted as it grows. */
	scopes[n_scopes++] = organization();
	scopes[n_scopes++] = scope_make(SCOPE_USER, &principal->user);
	if (n > 0) {
		qsort(edges, n, sizeof(edges[0]), compare_edges);
		mark_led(is_led, edges, n, &principal->team);
	}
	for (size_t i = 0; i < n; i++)
		if (is_led[i] || principal->rank >= RANK_ADMINISTRATOR)
			scopes[n_scopes++] =
				scope_make(SCOPE_TEAM, &edges[i].id);
	principal->scopes = scopes;
	principal->n_scopes = n_scopes;
	return OUTRIDER_OK;
}

/* --------------------------------------------------------- a record's place */

struct scope_list {
	struct scope *out;
	size_t n;
};

static void
add_scope(struct scope_list *list, enum scope_type type, const struct uuid *id)
{
	if (list->n < ACCESS_SCOPES_MAX && !uuid_is_zero(id))
		list->out[list->n++] = scope_make(type, id);
}

static void add_participant(void *user, const struct field *field,
			    const struct uuid *target)
{
	if (field->flags & FIELD_IS_PARTICIPANT)
		add_scope(user, SCOPE_USER, target);
}

size_t
access_record_scopes(struct scope out[ACCESS_SCOPES_MAX], const struct row *row)
{
	struct scope_list list = { .out = out };
	size_t n = 0;

	if (row->entity->visibility == VISIBLE_TO_ORGANIZATION) {
		out[0] = organization();
		return 1;
	}
	add_scope(&list, SCOPE_USER, &row->owner);
	add_scope(&list, SCOPE_TEAM, &row->team);
	record_references(row, add_participant, &list);
	qsort(out, list.n, sizeof(out[0]), compare_scopes);
	for (size_t i = 0; i < list.n; i++)
		if (n == 0 || scope_compare(&out[n - 1], &out[i]) != 0)
			out[n++] = out[i];
	return n;
}

bool access_has_scope(const struct principal *principal,
		      const struct scope *scope)
{
	return bsearch(scope, principal->scopes, principal->n_scopes,
		       sizeof(*scope), compare_scopes) != NULL;
}

bool access_leads(const struct principal *principal, const struct uuid *team)
{
	const struct scope scope = scope_make(SCOPE_TEAM, team);

	return access_has_scope(principal, &scope);
}

bool access_may_see(const struct principal *principal, const struct row *row)
{
	struct scope scopes[ACCESS_SCOPES_MAX];
	size_t n = access_record_scopes(scopes, row);

	for (size_t i = 0; i < n; i++)
		if (access_has_scope(principal, &scopes[i]))
			return true;
	return false;
}

enum outrider_code
access_may_write(const struct principal *principal, const struct entity *entity,
		 const struct row *row, struct outrider_err *err)
{
	if (principal->rank == RANK_NONE ||
	    principal->rank < entity->write_rank)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "your rank may not write a %s", entity->name);
	if (!row || entity->visibility == VISIBLE_TO_ORGANIZATION)
		return OUTRIDER_OK;
	/* Who takes part sees it; changing is for owner and managers. */
	if (uuid_compare(&principal->user, &row->owner) == 0 ||
	    access_leads(principal, &row->team))
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "only its owner and their managers may change this %s",
		       entity->name);
}
