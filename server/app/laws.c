/*
 * The laws themselves. A law that a table states holds for every kind; the
 * few of users and teams stand by number below.
 */
#include "app/laws.h"

#include "app/alerts.h"
#include "app/kinds.h"
#include "app/teams.h"

#include <stdio.h>
#include <string.h>

enum {
	TREE_DEPTH_MAX = 64,
	/* A record's references: 50 contacts, 50 participants and a few. */
	REFERENCES_MAX = 256,
	USERS_AT_ONCE = 200,
	PAGE_MEMORY = 4 << 20,
};

static enum outrider_code
refuse(struct outrider_err *err, const char *field, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field, "%s", text);
}

/* -------------------------------------------------------------- ownership */

/* The user who owns row; who founds the firm owns themself. */
static enum outrider_code
find_owner(struct row **out, struct writing *w, struct outrider_err *err)
{
	const struct row *row = w->row;
	enum outrider_code code;

	*out = w->row;
	if (row->entity->number == KIND_USER &&
	    uuid_compare(&row->owner, &row->id) == 0)
		return OUTRIDER_OK;
	code = store_get(w->tx, out, schema_entity(KIND_USER), &row->owner,
			 w->arena, err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && (*out)->deleted_us != 0))
		return refuse(err, "owner_id", "there is no such user");
	return code;
}

static enum outrider_code
may_own(const struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	bool may = false;

	if (!who || uuid_compare(&who->user, &w->row->owner) == 0)
		return OUTRIDER_OK;
	switch (who->rank) {
	case RANK_NONE:
	case RANK_REP:
		break;
	case RANK_MANAGER:
		may = access_leads(who, &w->row->team);
		break;
	case RANK_ADMINISTRATOR:
		may = true;
		break;
	}
	if (may)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, "owner_id",
		       who->rank == RANK_MANAGER
			       ? "the owner must be in a team that you lead"
			       : "you may own records only yourself");
}

enum outrider_code
laws_settle_owner(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	struct row *row = w->row, *owner;
	bool is_new = w->intent->op == CHANGE_CREATE;
	bool is_moved = !w->old || uuid_compare(&w->old->owner, &row->owner);
	enum outrider_code code;

	if (is_new && who && uuid_is_zero(&row->owner))
		row->owner = who->user;
	if (uuid_is_zero(&row->owner))
		return who ? refuse(err, "owner_id", "a record has an owner")
			   : OUTRIDER_OK;
	if (!is_moved && w->intent->op != CHANGE_UNDELETE)
		return OUTRIDER_OK;
	/* Whom an alert is about is what the server found. */
	if (who && row->entity->is_server_made && is_moved)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, "owner_id",
			       "only the server says whose %s this is",
			       row->entity->name);
	code = find_owner(&owner, w, err);
	if (code != OUTRIDER_OK)
		return code;
	code = team_of_user(&row->team, w->tx, owner, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	return is_moved ? may_own(w, err) : OUTRIDER_OK;
}

/* ------------------------------------------------------------- references */

struct reference {
	const struct field *field;
	struct uuid target;
};

struct reference_list {
	struct reference at[REFERENCES_MAX];
	size_t n;
	bool is_full;
	const struct field_set *only; /* top-level fields; NULL: all */
};

static void
collect(void *user, const struct field *field, const struct uuid *target)
{
	struct reference_list *list = user;

	if (list->n == REFERENCES_MAX) {
		list->is_full = true;
		return;
	}
	list->at[list->n++] = (struct reference){ field, *target };
}

static bool holds(const struct reference_list *list, const struct reference *r)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].field == r->field &&
		    uuid_compare(&list->at[i].target, &r->target) == 0)
			return true;
	return false;
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

	if (who) {
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
	return refuse(err, r->field->name, text);
}

/* Only what this write brings in: old ones may have gone out of sight. */
static enum outrider_code
check_references(struct writing *w, struct outrider_err *err)
{
	struct reference_list *now, *before;

	now = arena_alloc(w->arena, sizeof(*now));
	before = arena_alloc(w->arena, sizeof(*before));
	if (!now || !before)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "out of the call's memory");
	record_references(w->row, collect, now);
	if (w->old)
		record_references(w->old, collect, before);
	if (now->is_full)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "the record refers to more than %d others",
			       REFERENCES_MAX);
	for (size_t i = 0; i < now->n; i++) {
		enum outrider_code code;

		/* Owner and team were settled before. */
		if (now->at[i].field->flags & FIELD_IS_SYSTEM ||
		    holds(before, &now->at[i]))
			continue;
		code = check_target(w, &now->at[i], err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
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
			return refuse(err, field->name,
				      "it would stand above itself");
		if (depth == TREE_DEPTH_MAX)
			return refuse(err, field->name,
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
static enum outrider_code
check_trees(struct writing *w, struct outrider_err *err)
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
		return refuse(err, "login_name",
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

/* A page of users that stand, by id above after; *n: how many there were. */
static enum outrider_code
find_on_page(bool *found, size_t *n, struct uuid *after, struct writing *w,
	     fits_fn *fits, struct arena *arena, struct outrider_err *err)
{
	static const struct uuid zero;
	const struct scope org = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = schema_entity(KIND_USER),
		.scopes = &org,
		.n_scopes = 1,
		.after = *after,
		.limit = USERS_AT_ONCE,
	};
	struct row **rows;
	enum outrider_code code;

	code = store_list(w->tx, &rows, n, &asked, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < *n && !*found; i++)
		*found = fits(w, rows[i]);
	if (*n > 0)
		*after = rows[*n - 1]->id;
	return OUTRIDER_OK;
}

/* Is there a user that fits? However many: a page's memory at a time. */
static enum outrider_code find_user(bool *found, struct writing *w,
				    fits_fn *fits, struct outrider_err *err)
{
	struct uuid after = { { 0 } };
	struct arena arena;
	size_t n = USERS_AT_ONCE;
	enum outrider_code code = OUTRIDER_OK;

	*found = false;
	arena_init(&arena, &allocator_libc, PAGE_MEMORY);
	while (code == OUTRIDER_OK && !*found && n == USERS_AT_ONCE) {
		arena_reset(&arena);
		code = find_on_page(found, &n, &after, w, fits, &arena, err);
	}
	arena_free(&arena);
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
	return refuse(err, name, "there is no such team");
}

static enum outrider_code
check_user(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = check_login_name(w, err);

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
static enum outrider_code
check_team(struct writing *w, struct outrider_err *err)
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
		return refuse(err, "parent_id",
			      "the root team has no team above");
	if (!is_root && uuid_is_zero(&parent))
		return refuse(err, "parent_id",
			      "every team but the root has one above");
	if (w->intent->op == CHANGE_DELETE)
		return check_team_is_empty(w, err);
	return check_team_stands(w, TEAM_PARENT, "parent_id", err);
}

/* ----------------------------------------------------------------- alerts */

/*
 * Nobody closes what is held against themself, the last resort apart. That a
 * device was enrolled in somebody's name is the other way about: a manager may
 * have enrolled it, so its user says whether it is theirs, and not by a device.
 */
static enum outrider_code
check_alert(const struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	bool is_own;

	if (!who || who->rank >= RANK_ADMINISTRATOR)
		return OUTRIDER_OK;
	is_own = uuid_compare(&who->user, &w->row->owner) == 0;
	if (kind_value(w->row, ALERT_FIELD_TYPE)->i != ALERT_NEW_DEVICE) {
		if (!is_own)
			return OUTRIDER_OK;
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "an alert about yourself is for those above "
			       "you");
	}
	if (is_own && uuid_is_zero(&who->device))
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "an alert about a new device is for its user, signed in "
		       "by password, or an administrator");
}

enum outrider_code laws_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = check_references(w, err);

	if (code == OUTRIDER_OK)
		code = check_trees(w, err);
	if (code != OUTRIDER_OK)
		return code;
	if (w->row->entity->number == KIND_USER)
		return check_user(w, err);
	if (w->row->entity->number == KIND_TEAM)
		return check_team(w, err);
	if (w->row->entity->number == KIND_ALERT)
		return check_alert(w, err);
	return OUTRIDER_OK;
}
