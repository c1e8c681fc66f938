/*
 * A small table, one place for each hash of a user's identifier: who comes
 * later takes the place. Knows when what it has is stale, and no more.
 */
#include "app/people.h"

#include "app/kinds.h"
#include "app/rights.h"

#include <stdlib.h>

enum {
	PLACES = 256,
	/* Who leads more teams than fit in here is read each time. */
	PERSON_MEMORY = 64 << 10,
};

struct person {
	uint64_t rev; /* of the snapshot that it was read from; 0: free */
	struct principal is; /* in the arena; token and device are not kept */
	struct arena arena;
};

struct people {
	const _Atomic(uint64_t) *changed_rev;
	struct person places[PLACES];
};

struct people *people_open(const _Atomic(uint64_t) *changed_rev)
{
	struct people *people = calloc(1, sizeof(*people));

	if (!people)
		return NULL;
	people->changed_rev = changed_rev;
	for (size_t i = 0; i < PLACES; i++)
		arena_init(&people->places[i].arena, &allocator_libc,
			   PERSON_MEMORY);
	return people;
}

void people_close(struct people *people)
{
	if (!people)
		return;
	for (size_t i = 0; i < PLACES; i++)
		arena_free(&people->places[i].arena);
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
	       changed_rev <= rev && uuid_compare(&person->is.user, user) == 0;
}

/* Copies all but token and device; false without memory. */
static bool copy_person(struct principal *to, const struct principal *from,
			struct arena *arena)
{
	struct bytes scopes = arena_copy(
		arena, from->scopes, from->n_scopes * sizeof(from->scopes[0]));

	to->rights = rights_copy(from->rights, arena);
	if (!scopes.at || !to->rights)
		return false;
	to->user = from->user;
	to->owner = from->owner;
	to->is_service = from->is_service;
	to->rank = from->rank;
	to->team = from->team;
	to->scopes = (const struct scope *)scopes.at;
	to->n_scopes = from->n_scopes;
	return true;
}

/* Without memory it is forgotten: that costs time only. */
static void
remember(struct person *person, const struct principal *principal, uint64_t rev)
{
	person->rev = 0;
	arena_reset(&person->arena);
	if (copy_person(&person->is, principal, &person->arena))
		person->rev = rev;
}

/* Which fields say of a user, or of a service account, who they are. */
struct shape {
	uint32_t kind, rank, role, team, is_disabled;
};

/* NOT_FOUND where the record isn't there, or not active. */
static enum outrider_code
read_person(struct principal *principal, struct uuid *role, struct row **out,
	    const struct shape *shape, struct store_conn *conn,
	    struct arena *arena, struct outrider_err *err)
{
	struct row *row;
	enum outrider_code code = store_get(conn, &row,
					    schema_entity(shape->kind),
					    &principal->user, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	if (row->deleted_us != 0 || kind_value(row, shape->is_disabled)->i != 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is nobody active of that id");
	principal->owner = principal->user;
	principal->rank = kind_rank(kind_value(row, shape->rank));
	principal->team = kind_reference(kind_value(row, shape->team));
	*role = kind_reference(kind_value(row, shape->role));
	*out = row;
	return OUTRIDER_OK;
}

/* Laws see to it that no account has the id of a user (laws_rights.c). */
static enum outrider_code
read_anybody(struct principal *principal, struct uuid *role,
	     struct store_conn *conn, struct arena *arena,
	     struct outrider_err *err)
{
	static const struct shape user = {
		.kind = KIND_USER,
		.rank = USER_RANK,
		.role = USER_ROLE,
		.team = USER_MEMBER_OF_TEAM,
		.is_disabled = USER_IS_DISABLED,
	};
	static const struct shape account = {
		.kind = KIND_SERVICE_ACCOUNT,
		.rank = SERVICE_RANK,
		.role = SERVICE_ROLE,
		.team = SERVICE_MEMBER_OF_TEAM,
		.is_disabled = SERVICE_IS_DISABLED,
	};
	struct row *row = NULL;
	enum outrider_code code =
		read_person(principal, role, &row, &user, conn, arena, err);

	/* A device is a user's. */
	if (code != OUTRIDER_NOT_FOUND || row ||
	    !uuid_is_zero(&principal->device))
		return code;
	err_clear(err);
	code = read_person(principal, role, &row, &account, conn, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	principal->is_service = true;
	principal->owner =
		kind_reference(kind_value(row, SERVICE_DEFAULT_OWNER));
	return OUTRIDER_OK;
}

enum outrider_code people_load(struct principal *principal,
			       struct people *people, struct store_conn *conn,
			       uint64_t rev, struct arena *arena,
			       struct outrider_err *err)
{
	struct person *person = place_of(people, &principal->user);
	struct uuid role;
	enum outrider_code code;

	if (remembers(people, person, &principal->user, rev)) {
		if (copy_person(principal, &person->is, arena))
			return OUTRIDER_OK;
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "more teams than a call has memory for");
	}
	code = read_anybody(principal, &role, conn, arena, err);
	if (code == OUTRIDER_OK)
		code = rights_load(&principal->rights, principal->rank, &role,
				   conn, arena, err);
	if (code == OUTRIDER_OK)
		code = access_load_scopes(principal, conn, arena, err);
	if (code == OUTRIDER_OK)
		remember(person, principal, rev);
	return code;
}
