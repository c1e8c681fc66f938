/*
 * Handles to cards.
 */
#include "app/reach.h"

#include "app/kinds.h"
#include "store/query.h"

static bool is_card(uint32_t kind)
{
	return kind == KIND_CONTACT || kind == KIND_LEAD ||
	       kind == KIND_COMPANY;
}

/* May they see the card, and that it has this address? */
static bool
may_see(const struct principal *who, const struct row *row, uint32_t field)
{
	const struct entity *entity = row->entity;
	const struct field *by = message_field(entity->message, field);

	if (row->deleted_us != 0)
		return false;
	return !who || (by && access_knows_field(who, entity, by) &&
			access_may_see(who, row));
}

static void add(struct row **list, size_t *n, struct row *row)
{
	if (*n < REACH_MAX)
		list[(*n)++] = row;
}

static bool is_open(const struct row *lead)
{
	int64_t status = kind_value(lead, LEAD_STATUS)->i;

	return status != LEAD_STATUS_CONVERTED && status != LEAD_STATUS_LOST;
}

static void sort_open_first(struct row **leads, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i;
		     j > 0 && is_open(leads[j]) && !is_open(leads[j - 1]);
		     j--) {
			struct row *open = leads[j];

			leads[j] = leads[j - 1];
			leads[j - 1] = open;
		}
}

static void keep(struct reached *out, struct row *row)
{
	switch (row->entity->number) {
	case KIND_CONTACT:
		add(out->contacts, &out->n_contacts, row);
		return;
	case KIND_LEAD:
		add(out->leads, &out->n_leads, row);
		return;
	case KIND_COMPANY:
		add(out->companies, &out->n_companies, row);
		return;
	default:
		return;
	}
}

/*
 * Those that have the handle, by kind: cards come before calls, of which there
 * may be thousands, so that a few are read first.
 */
static enum outrider_code
find_handles(struct store_link **out, size_t *n, struct store_conn *conn,
	     const struct address *address, struct arena *arena,
	     struct outrider_err *err)
{
	static const size_t limits[] = { 16, REACH_HANDLES_MAX };
	char room[STORE_HANDLE_MAX];
	const struct bytes text = {
		.at = (const uint8_t *)room,
		.len = store_handle_normalise(room, address->type,
					      address->text),
	};
	enum outrider_code code = OUTRIDER_OK;

	*n = 0;
	for (size_t i = 0; code == OUTRIDER_OK && text.len > 0 && i < 2; i++) {
		code = store_by_handle(conn, out, n, address->type, text,
				       limits[i], arena, err);
		if (*n < limits[i] || !is_card((*out)[*n - 1].kind))
			break;
	}
	return code;
}

enum outrider_code reach_find(struct reached *out, struct store_conn *conn,
			      const struct principal *who,
			      const struct address *address,
			      struct arena *arena, struct outrider_err *err)
{
	struct store_link *found = NULL;
	size_t n = 0;
	enum outrider_code code = OUTRIDER_OK;

	*out = (struct reached){ .n_contacts = 0 };
	if (address->type != HANDLE_NONE && address->text.len > 0)
		code = find_handles(&found, &n, conn, address, arena, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		const struct store_link *link = &found[i];
		struct row *row;

		if (!is_card(link->kind))
			continue;
		code = store_get(conn, &row, schema_entity(link->kind),
				 &link->id, arena, err);
		if (code == OUTRIDER_OK && may_see(who, row, link->field))
			keep(out, row);
	}
	sort_open_first(out->leads, out->n_leads);
	return code;
}
