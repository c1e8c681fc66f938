/*
 * The tree of teams. Who may see what because of it is app/access.c's.
 */
#include "app/teams.h"

#include "app/kinds.h"

enum outrider_code team_root(struct uuid *out, struct store_conn *conn,
			     struct arena *arena, struct outrider_err *err)
{
	struct team_edge *edges;
	size_t n;
	enum outrider_code code = store_teams(conn, &edges, &n, arena, err);

	*out = (struct uuid){ { 0 } };
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < n; i++)
		if (uuid_is_zero(&edges[i].parent))
			*out = edges[i].id;
	return OUTRIDER_OK;
}

enum outrider_code team_of_user(struct uuid *out, struct store_conn *conn,
				const struct row *user, struct arena *arena,
				struct outrider_err *err)
{
	*out = kind_reference(kind_value(user, USER_MEMBER_OF_TEAM));
	if (!uuid_is_zero(out))
		return OUTRIDER_OK;
	return team_root(out, conn, arena, err);
}
