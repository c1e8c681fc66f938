/*
 * with_whom: which fields name somebody, by kind.
 */
#include "model/with_whom.h"

#include <string.h>

static const struct with_whom {
	const char *kind, *address, *needs;
} kinds[] = {
	{ "call", "phone_number",
	  "a call is with somebody: contact_ids, lead_id or company_id names "
	  "them, or phone_number says whom to look for" },
	{ "message", "address",
	  "a message is with somebody: contact_ids, lead_id or company_id "
	  "names them, or address says whom to look for" },
	{ "answer", "address",
	  "an answer is somebody's: contact_ids, lead_id or company_id names "
	  "them, or address says whom to look for" },
};

static const char *const names[] = { "contact_ids", "lead_id", "company_id" };

static const struct with_whom *find_kind(const struct row *row)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, row->entity->name) == 0)
			return &kinds[i];
	return NULL;
}

static struct value value_named(const struct row *row, const char *name)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (strcmp(entity->fields[i].name, name) == 0)
			return row->values[i];
	return (struct value){ .i = 0 };
}

static bool is_blank(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != ' ' &&
		    (text.at[i] < '\t' || text.at[i] > '\r'))
			return false;
	return true;
}

bool with_whom_is_named(const struct row *row)
{
	if (find_kind(row) == NULL)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct value value = value_named(row, names[i]);

		if (value_is_set(&value))
			return true;
	}
	return false;
}

enum outrider_code
with_whom_check(const struct row *row, struct outrider_err *err)
{
	const struct with_whom *kind = find_kind(row);

	if (with_whom_is_named(row) ||
	    !is_blank(value_named(row, kind->address).bytes))
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, kind->address, "%s",
		       kind->needs);
}
