/*
 * A small table, one place for each hash of a user's identifier: who comes
 * later takes the place. Knows when what it has is stale, and no more.
 */
#include "app/people.h"

#include "app/kinds.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES = 256,
	/* Who leads more teams than this is read each time. */
	SCOPES_MAX = 1024,
};

struct person {
	struct uuid user;
	uint64_t rev; /* of the snapshot that it was read from; 0: free */
	enum rank rank;
	struct uuid team;
	struct scope *scopes;
	size_t n_scopes;
};

struct people {
	const _Atomic(uint64_t) *changed_rev;
	struct person places[PLACES];
};

struct people *people_open(const _Atomic(uint64_t) *changed_rev)
{
	struct people *people = calloc(1, sizeof(*people));

	if (people)
		people->changed_rev = changed_rev;
	return people;
}

void people_close(struct people *people)
{
	if (!people)
		return;
	for (size_t i = 0; i < PLACES; i++)
		free(people->places[i].scopes);
	free(people);
}

static struct person *place_of(struct people *people, const struct uuid *user)
{
	/* The last bytes of a UUID are random. */
	return &people->places[user->at[15] % PLACES];
}

static bool remembers(const struct people *people, const struct person *person,
		      const struct uuid *user, uint64_t rev)
{
	uint64_t changed_rev = atomic_load(people->changed_rev);

	return person->rev != 0 && changed_rev <= person->rev &&
	       changed_rev <= rev && uuid_compare(&person->user, user) == 0;
}

/* Without memory it is forgotten: that costs time only. */
static void
remember(struct person *person, const struct principal *principal, uint64_t rev)
{
	size_t size = principal->n_scopes * sizeof(person->scopes[0]);
	struct scope *scopes;

	person->rev = 0;
	if (principal->n_scopes > SCOPES_MAX)
		return;
	scopes = realloc(person->scopes, size);
	if (!scopes)
		return;
	memcpy(scopes, principal->scopes, size);
	*person = (struct person){
		.user = principal->user,
		.rev = rev,
		.rank = principal->rank,
		.team = principal->team,
		.scopes = scopes,
		.n_scopes = principal->n_scopes,
	};
}

static enum outrider_code recall(struct principal *principal,
				 const struct person *person,
				 struct arena *arena, struct outrider_err *err)
{
	struct bytes scopes =
		arena_copy(arena, person->scopes,
			   person->n_scopes * sizeof(person->scopes[0]));

	if (!scopes.at)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "more teams than a call has memory for");
	principal->rank = person->rank;
	principal->team = person->team;
	principal->scopes = (const struct scope *)scopes.at;
	principal->n_scopes = person->n_scopes;
	return OUTRIDER_OK;
}

enum outrider_code people_load(struct principal *principal,
			       struct people *people, struct store_conn *conn,
			       uint64_t rev, struct arena *arena,
			       struct outrider_err *err)
{
	struct person *person = place_of(people, &principal->user);
	struct row *user;
	enum outrider_code code;

	if (remembers(people, person, &principal->user, rev))
		return recall(principal, person, arena, err);
	code = store_get(conn, &user, schema_entity(KIND_USER),
			 &principal->user, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!kind_user_is_active(user))
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such active user");
	principal->rank = kind_user_rank(user);
	principal->team = kind_reference(kind_value(user, USER_MEMBER_OF_TEAM));
	code = access_load_scopes(principal, conn, arena, err);
	if (code == OUTRIDER_OK)
		remember(person, principal, rev);
	return code;
}
