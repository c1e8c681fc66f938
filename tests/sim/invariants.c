/*
 * Invariant 1: at rest a phone shows what the server has for its user, no
 * less and no more. What a user may see is asked of the records themselves,
 * not of the feeds by which they were sent.
 */
#include "look.h"

#include "app/access.h"
#include "app/kinds.h"
#include "app/rights.h"

#include <stdlib.h>
#include <string.h>

static void
compare_fields(struct phone *phone, const struct row *row, const char *id)
{
	struct outrider_card card;
	struct outrider_err err;
	struct buffer fields;

	if (outrider_card_get(phone->core, &card, row->entity->name, row->id.at,
			      &err) != OUTRIDER_OK) {
		world_break(phone->world,
			    "1: phone %u lacks %s %s (revision %llu)",
			    phone->number, row->entity->name, id,
			    (unsigned long long)row->rev);
		return;
	}
	buffer_init(&fields, &allocator_libc, (size_t)1024 * 1024);
	record_write(&fields, row, NULL);
	/* Where the server has nothing yet, a refused card is shown. */
	if (card.rev > 0 && (card.len != fields.len ||
			     memcmp(card.fields, fields.at, fields.len) != 0))
		world_break(phone->world,
			    "1: phone %u shows %s %s otherwise than the "
			    "server (revisions %llu, %llu)",
			    phone->number, row->entity->name, id,
			    (unsigned long long)card.rev,
			    (unsigned long long)row->rev);
	buffer_free(&fields);
}

struct search {
	const uint8_t *id;
	bool is_found;
};

static bool is_it(void *user, const struct outrider_card *card)
{
	struct search *search = user;

	search->is_found |= memcmp(card->id, search->id, sizeof(card->id)) == 0;
	return !search->is_found;
}

/* By the words of the family name that is shown. */
static void check_is_found(struct phone *phone, const struct uuid *of)
{
	struct search search = { .id = of->at };
	struct outrider_card card;
	char id[UUID_TEXT_LEN + 1], name[128];

	if (outrider_card_get(phone->core, &card, "contact", of->at, NULL) !=
		    OUTRIDER_OK ||
	    outrider_card_text(name, sizeof(name), "contact", card.fields,
			       card.len, "family_name", 0) <= 0)
		return;
	if (outrider_card_find(phone->core, "contact", name, SIZE_MAX, is_it,
			       &search, NULL) == OUTRIDER_OK &&
	    search.is_found)
		return;
	uuid_format(id, of);
	world_break(phone->world, "1: phone %u doesn't find contact %s by %s",
		    phone->number, id, name);
}

static void load_principal(struct look *look, const struct phone *phone,
			   struct principal *out)
{
	struct row *user;
	struct uuid role;

	if (store_get(look->conn, &user, schema_entity(KIND_USER), &phone->user,
		      &look->arena, NULL) != OUTRIDER_OK)
		abort();
	*out = (struct principal){
		.user = phone->user,
		.owner = phone->user,
		.rank = kind_user_rank(user),
		.team = kind_reference(kind_value(user, USER_MEMBER_OF_TEAM)),
	};
	role = kind_reference(kind_value(user, USER_ROLE));
	if (rights_load(&out->rights, out->rank, &role, look->conn,
			&look->arena, NULL) != OUTRIDER_OK ||
	    access_load_scopes(out, look->conn, &look->arena, NULL) !=
		    OUTRIDER_OK)
		abort();
}

/* How many of the server's records this phone must have. */
static size_t compare_all(struct look *look, struct phone *phone)
{
	struct principal principal;
	char id[UUID_TEXT_LEN + 1];
	struct row *row;
	size_t n = 0;

	load_principal(look, phone, &principal);
	for (size_t i = 0; i < look->n_records; i++) {
		const struct look_record *record = &look->records[i];

		if (record->row->deleted_us != 0 ||
		    !access_may_see(&principal, record->row))
			continue;
		/* One of our own to hide something in. */
		if (store_get(look->conn, &row, record->entity, &record->id,
			      &look->arena, NULL) != OUTRIDER_OK ||
		    access_hide(row, &principal, &look->arena, NULL) !=
			    OUTRIDER_OK)
			abort();
		uuid_format(id, &row->id);
		compare_fields(phone, row, id);
		if (row->entity->number == KIND_CONTACT)
			check_is_found(phone, &row->id);
		n++;
	}
	return n;
}

/* A new card that the server refused is on the phone alone. */
static bool count_card(void *user, const struct outrider_card *card)
{
	size_t *n = user;

	*n += card->rev != 0 || !card->is_parked;
	return true;
}

void check_phone_equals_server(struct look *look, struct phone *phone)
{
	struct world *world = phone->world;
	const size_t n_server = compare_all(look, phone);
	size_t n_phone = 0;

	if (outrider_card_find(phone->core, NULL, NULL, SIZE_MAX, count_card,
			       &n_phone, NULL) != OUTRIDER_OK)
		world_break(world, "1: phone %u can't list its cards",
			    phone->number);
	if (n_phone != n_server)
		world_break(world,
			    "1: phone %u has %zu cards, the server %zu for it",
			    phone->number, n_phone, n_server);
	check_sealed(phone, n_server);
}
