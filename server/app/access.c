/*
 * Scopes of principals and of records, and the two questions asked of them:
 * may P see R, may P write R. Nobody else compares scopes.
 */
#include "app/access.h"

#include "app/kinds.h"
#include "app/rights.h"

#include <assert.h>
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

/* Has the principal to be placed in the tree of teams? */
static bool needs_teams(const struct principal *principal, bool sees_all)
{
	return principal->rank >= RANK_MANAGER || sees_all ||
	       uuid_is_zero(&principal->team);
}

static bool
is_own_team(const struct principal *principal, const struct team_edge *edge)
{
	return uuid_is_zero(&principal->team)
		       ? uuid_is_zero(&edge->parent)
		       : uuid_compare(&edge->id, &principal->team) == 0;
}

enum outrider_code
access_load_scopes(struct principal *principal, struct store_conn *conn,
		   struct arena *arena, struct outrider_err *err)
{
	const bool leads = principal->rank >= RANK_MANAGER;
	const bool sees_all =
		principal->rank >= RANK_ADMINISTRATOR ||
		(principal->rights && principal->rights->sees_all_teams);
	struct team_edge *edges = NULL;
	struct scope *scopes;
	bool *is_led;
	size_t n = 0, n_scopes = 0;
	enum outrider_code code;

	if (needs_teams(principal, sees_all)) {
		code = store_teams(conn, &edges, &n, arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	scopes = arena_alloc(arena, (2 * n + 3) * sizeof(scopes[0]));
	is_led = arena_alloc(arena, n + 1);
	if (!scopes || !is_led)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "more teams than a call has memory for");
	/* Ascending by type and id: sorted as it grows. */
	scopes[n_scopes++] = organization();
	scopes[n_scopes++] = scope_make(SCOPE_USER, &principal->owner);
	if (n > 0) {
		qsort(edges, n, sizeof(edges[0]), compare_edges);
		mark_led(is_led, edges, n, &principal->team);
	}
	for (size_t i = 0; i < n; i++)
		if (sees_all || (leads && is_led[i]))
			scopes[n_scopes++] =
				scope_make(SCOPE_TEAM, &edges[i].id);
	if (n == 0)
		scopes[n_scopes++] = scope_make(SCOPE_SHARE, &principal->team);
	for (size_t i = 0; i < n && principal->rank < RANK_ADMINISTRATOR; i++)
		if (is_own_team(principal, &edges[i]) || (leads && is_led[i]))
			scopes[n_scopes++] =
				scope_make(SCOPE_SHARE, &edges[i].id);
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
	if (uuid_is_zero(id))
		return;
	/* The contract's limits add up to less: it is checked with them. */
	assert(list->n < ACCESS_SCOPES_MAX);
	list->out[list->n++] = scope_make(type, id);
}

static void add_participant(void *user, const struct field *field,
			    const struct uuid *target)
{
	if (!(field->flags & FIELD_IS_PARTICIPANT))
		return;
	add_scope(user,
		  field->reference->number == KIND_TEAM ? SCOPE_SHARE
							: SCOPE_USER,
		  target);
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

/* ------------------------------------------------------- kinds and fields */

static const struct kind_rights *
kind_of(const struct principal *principal, const struct entity *entity)
{
	/* Whose rights nobody made, and what the tables don't have. */
	static const struct kind_rights nothing = {
		.hidden = { { UINT64_MAX, UINT64_MAX, UINT64_MAX,
			      UINT64_MAX } },
	};
	const struct kind_rights *found =
		principal->rights ? rights_of_kind(principal->rights, entity)
				  : NULL;

	return found ? found : &nothing;
}

bool access_knows_kind(const struct principal *principal,
		       const struct entity *entity)
{
	return kind_of(principal, entity)->may_read;
}

bool access_knows_field(const struct principal *principal,
			const struct entity *entity, const struct field *field)
{
	const struct kind_rights *kind = kind_of(principal, entity);

	return kind->may_read && !field_set_has(&kind->hidden, field->number);
}

bool access_knows_record(const struct principal *principal,
			 const struct entity *entity, const struct uuid *id)
{
	return access_knows_kind(principal, entity) &&
	       !rights_hide_record(principal->rights, entity, id);
}

const struct field_set *
access_hidden(const struct principal *principal, const struct entity *entity)
{
	return &kind_of(principal, entity)->hidden;
}

/* -------------------------------------------------------------- questions */

bool access_has_scope(const struct principal *principal,
		      const struct scope *scope)
{
	return bsearch(scope, principal->scopes, principal->n_scopes,
		       sizeof(*scope), compare_scopes) != NULL;
}

/*
 * A role may see every team; what is shared with a team reaches its members
 * and those who lead it, and so tells them apart. A rep leads nothing.
 */
bool access_leads(const struct principal *principal, const struct uuid *team)
{
	const enum scope_type type = principal->rank >= RANK_ADMINISTRATOR
					     ? SCOPE_TEAM
					     : SCOPE_SHARE;
	const struct scope scope = scope_make(type, team);

	return principal->rank >= RANK_MANAGER &&
	       access_has_scope(principal, &scope);
}

bool access_may_see(const struct principal *principal, const struct row *row)
{
	struct scope scopes[ACCESS_SCOPES_MAX];
	size_t n;

	if (!access_knows_record(principal, row->entity, &row->id))
		return false;
	n = access_record_scopes(scopes, row);
	for (size_t i = 0; i < n; i++)
		if (access_has_scope(principal, &scopes[i]))
			return true;
	return false;
}

enum outrider_code
access_may_write(const struct principal *principal, const struct entity *entity,
		 const struct row *row, struct outrider_err *err)
{
	const struct kind_rights *kind = kind_of(principal, entity);

	if (!kind->may_write)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "your rank or role may not write any %s",
			       entity->name);
	if (!row || entity->visibility == VISIBLE_TO_ORGANIZATION)
		return OUTRIDER_OK;
	/* Who takes part sees it; changing is for owner and managers. */
	if (uuid_compare(&principal->owner, &row->owner) == 0 ||
	    access_leads(principal, &row->team) || kind->is_granted)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "only its owner and their managers may change this %s",
		       entity->name);
}
