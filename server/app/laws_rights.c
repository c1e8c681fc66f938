/*
 * Laws of what gives rights: roles name kinds and fields that are there, and
 * nobody is given more than an administrator may give; programs are told apart
 * from people.
 */
#include "app/kinds.h"
#include "app/laws_rooms.h"
#include "app/org_records.h"
#include "app/parts.h"
#include "app/rights.h"
#include "model/wire.h"
#include "store/identity.h"

#include <string.h>

/* ------------------------------------------------------------------- roles */

static enum outrider_code refuse_name(struct outrider_err *err,
				      const char *list, const char *what,
				      struct bytes name)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, list, "%s \"%.*s\"",
		       what, (int)name.len, (const char *)name.at);
}

static enum outrider_code
check_grant(struct bytes grant, struct outrider_err *err)
{
	enum { GRANT_KIND = 1, GRANT_ACCESS = 2, ACCESS_WRITE = 3 };
	const struct entity *entity;
	struct wire_field name, access;

	if (!wire_find(&name, grant, GRANT_KIND))
		return laws_refuse(err, "kinds", "a grant names a kind");
	entity = schema_entity_named((const char *)name.value.at,
				     name.value.len);
	if (!entity)
		return refuse_name(err, "kinds", "there is no kind",
				   name.value);
	if (rights_are_given_by(entity) &&
	    wire_find(&access, grant, GRANT_ACCESS) &&
	    access.scalar == ACCESS_WRITE)
		return refuse_name(err, "kinds",
				   "only administrators write records of kind",
				   name.value);
	return OUTRIDER_OK;
}

static enum outrider_code
check_grants(const struct writing *w, struct outrider_err *err)
{
	struct wire_reader reader =
		wire_read(kind_value(w->row, ROLE_KINDS)->bytes);
	struct wire_field grant;

	while (wire_next(&reader, &grant) > 0) {
		enum outrider_code code = check_grant(grant.value, err);

		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

struct custom_search {
	const struct rights_name *name;
	bool is_found;
};

static bool is_it(void *user, const struct row *custom)
{
	struct custom_search *search = user;

	search->is_found = rights_name_is(search->name, custom);
	return !search->is_found;
}

static enum outrider_code find_custom(bool *found, const struct writing *w,
				      const struct rights_name *name,
				      struct outrider_err *err)
{
	struct custom_search search = { .name = name };
	enum outrider_code code = org_records_each(w->tx, KIND_CUSTOM_FIELD,
						   true, is_it, &search, err);

	*found = search.is_found;
	return code;
}

static enum outrider_code check_name(const struct writing *w, const char *list,
				     struct bytes text, bool is_hidden,
				     struct outrider_err *err)
{
	struct rights_name name;
	bool is_there = rights_read_name(&name, text);
	enum outrider_code code = OUTRIDER_OK;

	if (is_there && !name.field)
		code = find_custom(&is_there, w, &name, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!is_there)
		return refuse_name(err, list, "there is no field", text);
	if (is_hidden && name.field &&
	    !rights_may_hide(name.entity, name.field))
		return refuse_name(err, list,
				   "no record goes without its field", text);
	return OUTRIDER_OK;
}

static enum outrider_code check_names(const struct writing *w, uint32_t number,
				      const char *list, bool is_hidden,
				      struct outrider_err *err)
{
	struct wire_reader reader =
		wire_read(kind_value(w->row, number)->bytes);
	struct wire_field item;

	if (!field_set_has(&w->changed, number))
		return OUTRIDER_OK;
	while (wire_next(&reader, &item) > 0) {
		enum outrider_code code =
			check_name(w, list, item.value, is_hidden, err);

		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

enum outrider_code laws_role_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (field_set_has(&w->changed, ROLE_KINDS))
		code = check_grants(w, err);
	if (code == OUTRIDER_OK)
		code = check_names(w, ROLE_HIDDEN_FIELDS, "hidden_fields", true,
				   err);
	if (code == OUTRIDER_OK)
		code = check_names(w, ROLE_SHOWN_FIELDS, "shown_fields", false,
				   err);
	return code;
}

/* -------------------------------------------------------- people, programs */

/*
 * A token names whom it is of by the id alone: a user and a service account
 * never have the same.
 */
enum outrider_code
laws_identity_check(struct writing *w, struct outrider_err *err)
{
	const uint32_t other = w->row->entity->number == KIND_USER
				       ? KIND_SERVICE_ACCOUNT
				       : KIND_USER;
	struct row *row;
	enum outrider_code code;

	if (w->intent->op != CHANGE_CREATE)
		return OUTRIDER_OK;
	code = store_get(w->tx, &row, schema_entity(other), &w->row->id,
			 w->arena, err);
	if (code == OUTRIDER_OK)
		return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "this id is taken");
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* Whoever owns what the program makes must be there to answer for it. */
enum outrider_code
laws_service_account_check(struct writing *w, struct outrider_err *err)
{
	struct uuid owner =
		kind_reference(kind_value(w->row, SERVICE_DEFAULT_OWNER));
	struct row *user;
	enum outrider_code code = laws_identity_check(w, err);

	if (code != OUTRIDER_OK ||
	    !field_set_has(&w->changed, SERVICE_DEFAULT_OWNER))
		return code;
	code = store_get(w->tx, &user, schema_entity(KIND_USER), &owner,
			 w->arena, err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && user->deleted_us != 0))
		return laws_refuse(err, "default_owner_id",
				   "there is no such user");
	return code;
}

static bool is_active(const struct row *account)
{
	return account->deleted_us == 0 &&
	       kind_value(account, SERVICE_IS_DISABLED)->i == 0;
}

/* A program that comes back gets a new token: the old one may be anywhere. */
enum outrider_code
laws_service_account_follow(struct writing *w, struct outrider_err *err)
{
	if (!w->old || !is_active(w->old) || is_active(w->row))
		return OUTRIDER_OK;
	return identity_tokens_delete_of(w->tx, &w->row->id, NULL, err);
}

void laws_rights_changed(const struct writing *w)
{
	if (rights_are_given_by(w->row->entity))
		atomic_store(&w->app->people_rev, w->row->rev);
}
