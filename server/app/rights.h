/*
 * What a rank and a role come to: which kinds and fields somebody knows, and
 * which kinds they write. Questions about records are app/access.h's.
 */
#ifndef APP_RIGHTS_H
#define APP_RIGHTS_H

#include "app/access.h"

/*
 * Makes the rights of a rank and of a role (zero: none), inside a snapshot. A
 * role that was deleted holds for those who have it until they get another:
 * taking it away must not give more. Everything lives in the arena.
 * Errors: RESOURCE_EXHAUSTED, and the store's.
 */
MODEL_MUST_USE enum outrider_code
rights_load(const struct rights **out, enum rank rank, const struct uuid *role,
	    struct store_conn *conn, struct arena *arena,
	    struct outrider_err *err);

/* A copy that is whole in the arena; NULL without memory. */
const struct rights *
rights_copy(const struct rights *rights, struct arena *arena);

/* Is there nothing that somebody with b's sees or writes and a's may not? */
bool rights_cover(const struct rights *a, const struct rights *b);

/* Of a kind; NULL where the tables have none such. */
const struct kind_rights *
rights_of_kind(const struct rights *rights, const struct entity *entity);

/* Is this one of the custom fields that are hidden? */
bool rights_hide_custom(const struct rights *rights, const struct uuid *custom);
/* Is this the record of one? */
bool rights_hide_record(const struct rights *rights,
			const struct entity *entity, const struct uuid *id);

/*
 * Kinds by which rights are given: a role can't grant them, nor take them from
 * an administrator.
 */
bool rights_are_given_by(const struct entity *entity);
/* May a role hide it? Not what names a record, or what each must have. */
bool rights_may_hide(const struct entity *entity, const struct field *field);

/*
 * The kind, and the field or the key of a custom one, that a role names:
 * "contact.phones", "contact.custom.size". False where the kind or the field
 * isn't there; whether there is such a custom field is not asked.
 */
struct rights_name {
	const struct entity *entity;
	const struct field *field; /* NULL: a custom one */
	struct bytes key;
};
bool rights_read_name(struct rights_name *out, struct bytes text);
/* Does the name mean this custom field, given its record? */
bool rights_name_is(const struct rights_name *name, const struct row *custom);

#endif
