/*
 * Scopes as bytes and as sets. Knows no principal and no record.
 */
#include "store/parts.h"

#include <stdlib.h>
#include <string.h>

struct scope scope_make(enum scope_type type, const struct uuid *id)
{
	struct scope scope;

	scope.at[0] = (uint8_t)type;
	memcpy(scope.at + 1, id->at, sizeof(id->at));
	return scope;
}

int scope_compare(const struct scope *a, const struct scope *b)
{
	return memcmp(a->at, b->at, SCOPE_LEN);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, SCOPE_LEN);
}

bool scope_set_init(struct scope_set *set, const struct scope *scopes, size_t n,
		    struct arena *arena)
{
	bool is_sorted = true;

	*set = (struct scope_set){ .at = scopes, .n = n };
	for (size_t i = 1; i < n; i++)
		is_sorted &= scope_compare(&scopes[i - 1], &scopes[i]) < 0;
	if (is_sorted)
		return true;
	struct scope *sorted = arena_alloc(arena, n * sizeof(*sorted));
	if (!sorted)
		return false;
	memcpy(sorted, scopes, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	set->at = sorted;
	return true;
}

bool scope_set_has(const struct scope_set *set, const uint8_t *scope)
{
	return set->n > 0 &&
	       bsearch(scope, set->at, set->n, sizeof(*set->at), compare);
}

bool scope_set_meets(const struct scope_set *set, struct bytes scopes)
{
	for (size_t i = 0; i + SCOPE_LEN <= scopes.len; i += SCOPE_LEN) {
		if (scope_set_has(set, scopes.at + i))
			return true;
	}
	return false;
}
