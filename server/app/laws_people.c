/*
 * Laws of users and teams: names that are given once, one root of the tree,
 * and what must not be lost: the last administrator, a team in use.
 */
#include "app/kinds.h"
#include "app/laws_rooms.h"
#include "app/moves.h"
#include "app/org_records.h"
#include "app/parts.h"
#include "app/teams.h"
#include "store/identity.h"

/* ------------------------------------------------------------------ users */

struct range {
	uint32_t first, last;
};

static bool is_within(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Control and format characters. */
static bool is_unseen(uint32_t c)
{
	static const struct range unseen[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	};

	return is_within(c, unseen, sizeof(unseen) / sizeof(unseen[0]));
}

static bool is_space(uint32_t c)
{
	static const struct range spaces[] = {
		{ 0x0020, 0x0020 }, { 0x00a0, 0x00a0 }, { 0x1680, 0x1680 },
		{ 0x2000, 0x200a }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
		{ 0x3000, 0x3000 },
	};

	return is_within(c, spaces, sizeof(spaces) / sizeof(spaces[0]));
}

/* The character at *i, which moves behind it. Text is valid UTF-8 here. */
static uint32_t next_character(struct bytes text, size_t *i)
{
	uint32_t c = text.at[(*i)++];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

	if (more > 0)
		c &= 0xffU >> (more + 2);
	for (; more > 0 && *i < text.len; more--)
		c = c << 6 | (text.at[(*i)++] & 0x3f);
	return c;
}

/* Nothing in it that a reader would not see. Look-alike letters pass. */
static bool is_as_it_looks(struct bytes name)
{
	uint32_t c = 0;

	for (size_t i = 0; i < name.len;) {
		bool is_first = i == 0;

		c = next_character(name, &i);
		if (is_unseen(c) || (is_first && is_space(c)))
			return false;
	}
	return !is_space(c);
}

static enum outrider_code
check_login_name(struct writing *w, struct outrider_err *err)
{
	const struct value *name = kind_value(w->row, USER_LOGIN_NAME);
	struct row *other;
	enum outrider_code code;

	if (!field_set_has(&w->changed, USER_LOGIN_NAME) &&
	    w->intent->op != CHANGE_UNDELETE)
		return OUTRIDER_OK;
	if (field_set_has(&w->changed, USER_LOGIN_NAME) &&
	    !is_as_it_looks(name->bytes))
		return laws_refuse(
			err, "login_name",
			"a login name has no unseen characters, and no "
			"spaces at its ends");
	code = store_user_by_login(w->tx, &other, (const char *)name->bytes.at,
				   name->bytes.len, w->arena, err);
	if (code == OUTRIDER_NOT_FOUND)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK || uuid_compare(&other->id, &w->row->id) == 0)
		return code;
	return err_set(err, OUTRIDER_ALREADY_EXISTS, "login_name",
		       "somebody has this login name already");
}

static bool is_active_administrator(const struct row *user)
{
	return user && kind_user_is_active(user) &&
	       kind_user_rank(user) == RANK_ADMINISTRATOR;
}

typedef bool fits_fn(const struct writing *w, const struct row *user);

struct user_search {
	const struct writing *w;
	fits_fn *fits;
	bool is_found;
};

static bool look_at_user(void *user, const struct row *row)
{
	struct user_search *search = user;

	search->is_found = search->fits(search->w, row);
	return !search->is_found;
}

/* Is there a user that stands and fits? */
static enum outrider_code find_user(bool *found, const struct writing *w,
				    fits_fn *fits, struct outrider_err *err)
{
	struct user_search search = { .w = w, .fits = fits };
	enum outrider_code code = org_records_each(w->tx, KIND_USER, false,
						   look_at_user, &search, err);

	*found = search.is_found;
	return code;
}

static bool
is_another_administrator(const struct writing *w, const struct row *user)
{
	return uuid_compare(&user->id, &w->row->id) != 0 &&
	       is_active_administrator(user);
}

/* Somebody must be left who can put things right. */
static enum outrider_code
check_administrators(struct writing *w, struct outrider_err *err)
{
	bool found;
	enum outrider_code code;

	if (!is_active_administrator(w->old) || is_active_administrator(w->row))
		return OUTRIDER_OK;
	code = find_user(&found, w, is_another_administrator, err);
	if (code != OUTRIDER_OK || found)
		return code;
	return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
		       "this is the last active administrator");
}

/* The team that row comes into must stand, and so when row comes back. */
static enum outrider_code check_team_stands(struct writing *w, uint32_t number,
					    const char *name,
					    struct outrider_err *err)
{
	struct uuid id = kind_reference(kind_value(w->row, number));
	bool is_back = w->intent->op == CHANGE_UNDELETE;
	struct row *team;
	enum outrider_code code;

	if (uuid_is_zero(&id) ||
	    (!is_back && !field_set_has(&w->changed, number)))
		return OUTRIDER_OK;
	code = store_get(w->tx, &team, schema_entity(KIND_TEAM), &id, w->arena,
			 err);
	if (code != OUTRIDER_NOT_FOUND &&
	    (code != OUTRIDER_OK || team->deleted_us == 0))
		return code;
	if (is_back)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, name,
			       "its team is deleted: undelete that first");
	return laws_refuse(err, name, "there is no such team");
}

enum outrider_code laws_user_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = laws_identity_check(w, err);

	if (code == OUTRIDER_OK)
		code = check_login_name(w, err);
	if (code == OUTRIDER_OK)
		code = check_administrators(w, err);
	if (code == OUTRIDER_OK)
		code = check_team_stands(w, USER_MEMBER_OF_TEAM,
					 "member_of_team_id", err);
	return code;
}

/* ------------------------------------------------------------------ teams */

static bool is_member(const struct writing *w, const struct row *user)
{
	struct uuid team =
		kind_reference(kind_value(user, USER_MEMBER_OF_TEAM));

	return uuid_compare(&team, &w->row->id) == 0;
}

static enum outrider_code
check_team_is_empty(struct writing *w, struct outrider_err *err)
{
	struct team_edge *edges;
	size_t n;
	bool found;
	enum outrider_code code = store_teams(w->tx, &edges, &n, w->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < n; i++)
		if (uuid_compare(&edges[i].parent, &w->row->id) == 0)
			return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
				       "there are teams below this one");
	code = find_user(&found, w, is_member, err);
	if (code != OUTRIDER_OK || !found)
		return code;
	return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
		       "the team still has members");
}

/* One root, made when the firm was founded; every other has a parent. */
enum outrider_code laws_team_check(struct writing *w, struct outrider_err *err)
{
	struct uuid parent = kind_reference(kind_value(w->row, TEAM_PARENT));
	struct uuid root;
	bool is_root;
	enum outrider_code code = team_root(&root, w->tx, w->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	is_root = uuid_is_zero(&root) || uuid_compare(&root, &w->row->id) == 0;
	if (is_root && w->intent->op == CHANGE_DELETE)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "the root team stays");
	if (is_root && !uuid_is_zero(&parent))
		return laws_refuse(err, "parent_id",
				   "the root team has no team above");
	if (!is_root && uuid_is_zero(&parent))
		return laws_refuse(err, "parent_id",
				   "every team but the root has one above");
	if (w->intent->op == CHANGE_DELETE)
		return check_team_is_empty(w, err);
	return check_team_stands(w, TEAM_PARENT, "parent_id", err);
}

/* A new team that names none above it stands below the root. */
enum outrider_code laws_team_settle(struct writing *w, struct outrider_err *err)
{
	struct value *parent;
	struct uuid root;
	enum outrider_code code;

	if (w->intent->op != CHANGE_CREATE)
		return OUTRIDER_OK;
	parent = kind_value(w->row, TEAM_PARENT);
	if (value_is_set(parent))
		return OUTRIDER_OK;
	code = team_root(&root, w->tx, w->arena, err);
	if (code != OUTRIDER_OK || uuid_is_zero(&root))
		return code;
	parent->bytes = arena_copy(w->arena, root.at, sizeof(root.at));
	if (!parent->bytes.at)
		return err_call_full(err);
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------- what follows */

/*
 * Who comes back signs in anew: no session waits for them. Their devices do
 * wait: a vault is enrolled once, and what it has not sent would be lost.
 */
static enum outrider_code
forget_sessions(const struct writing *w, struct outrider_err *err)
{
	if (!kind_user_is_active(w->old) || kind_user_is_active(w->row))
		return OUTRIDER_OK;
	return identity_tokens_delete_of(w->tx, &w->row->id, NULL, err);
}

/* Who leaves is signed out, and who works in another team takes their records
 * along. */
enum outrider_code laws_user_follow(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code;

	if (!w->old)
		return OUTRIDER_OK;
	code = forget_sessions(w, err);
	if (code != OUTRIDER_OK ||
	    !field_set_has(&w->changed, USER_MEMBER_OF_TEAM))
		return code;
	return moves_add(w->app->moves, w->tx, &w->row->id, err);
}
