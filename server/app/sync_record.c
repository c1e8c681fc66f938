/*
 * What a page says of one record: whole or as a delta, entered, left or
 * deleted (docs/formats/sync.md, "Pull").
 *
 * Owns the rule that a phone is sent what it lacks and never less. Pages and
 * the order of records are sync_pull.c's.
 */
#include "app/kinds.h"
#include "app/sync_parts.h"

#include "model/record.h"

#include <string.h>

typedef Outrider__V1__Record Record;

enum {
	FIELDS_FIRST = 1000, /* room for nearly any record */
	FIELDS_MAX = 256 << 10,
};

/* What is known of the record, and of what the phone has of it. */
struct standing {
	struct row *row;
	const struct feed_entry *entries; /* in the caller's scopes */
	size_t n_entries;
	bool is_visible;
	bool is_held;  /* the phone has it... */
	uint64_t base; /* ...as of here: what is above it is sent */
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "a record needs more memory than a call has");
}

/* -------------------------------------------------------------- own writes */

/*
 * Asks of a revision whether this phone wrote it, whether it stands as it was
 * sent, and whether the phone knows: into phone->is_own.
 */
static enum outrider_code
look_up_own(struct sync_phone *phone, uint64_t rev, struct outrider_err *err)
{
	struct change change;
	const struct store_author *by = &change.author;
	enum outrider_code code;

	if (rev == phone->own_rev)
		return OUTRIDER_OK;
	phone->own_rev = rev;
	phone->is_own = false;
	if (phone->acked_seq == 0)
		return OUTRIDER_OK;
	code = store_change(phone->conn, &change, rev, &phone->scratch, err);
	if (code == OUTRIDER_NOT_FOUND) {
		/* History that was forgotten is nobody's own. */
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	phone->own_op = change.op;
	phone->own_settled = change.settled;
	phone->is_own =
		by->is_verbatim && by->seq > 0 && by->seq <= phone->acked_seq &&
		uuid_compare(&by->device, &phone->principal->device) == 0 &&
		uuid_compare(&by->incarnation, &phone->incarnation) == 0;
	return OUTRIDER_OK;
}

/*
 * The phone made this record itself, knows that it stands, and has held it
 * since: it came by its creation into a scope that the phone has followed for
 * longer than that, so no page and no lost scope has taken it away meanwhile.
 */
static enum outrider_code look_for_creation(struct sync_phone *phone,
					    struct standing *standing,
					    struct outrider_err *err)
{
	for (size_t i = 0; i < standing->n_entries; i++) {
		const struct feed_entry *entry = &standing->entries[i];
		enum outrider_code code;

		if (entry->op != FEED_PRESENT ||
		    phone->at.scopes[entry->scope].head == 0)
			continue;
		code = look_up_own(phone, entry->entered_rev, err);
		if (code != OUTRIDER_OK)
			return code;
		if (phone->is_own && phone->own_op == CHANGE_CREATE)
			standing->is_held = true;
	}
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- standing */

/* Where the record lies among the caller's scopes, by their place in `at`. */
static size_t places_of(size_t out[ACCESS_SCOPES_MAX], const struct cursor *at,
			const struct row *row)
{
	struct scope scopes[ACCESS_SCOPES_MAX];
	size_t n_scopes = 0, n = 0;

	if (row->deleted_us == 0)
		n_scopes = access_record_scopes(scopes, row);
	for (size_t i = 0; i < n_scopes; i++) {
		const struct cursor_scope *found = cursor_find(at, &scopes[i]);

		if (found)
			out[n++] = (size_t)(found - at->scopes);
	}
	return n;
}

/*
 * The record's entries where it lies now. Those that came up side by side may
 * be all there are; others lie where a scope has passed this revision.
 */
static enum outrider_code
find_entries(struct sync_phone *phone, struct standing *standing,
	     const struct feed_entry *group, size_t n, struct outrider_err *err)
{
	size_t places[ACCESS_SCOPES_MAX];
	struct scope scopes[ACCESS_SCOPES_MAX];
	size_t n_places = places_of(places, &phone->at, standing->row);
	size_t n_present = 0;
	struct feed_entry *found;
	enum outrider_code code;

	for (size_t i = 0; i < n; i++)
		n_present += group[i].op == FEED_PRESENT;
	standing->entries = group;
	standing->n_entries = n;
	if (n_present == n_places)
		return OUTRIDER_OK;
	for (size_t i = 0; i < n_places; i++)
		scopes[i] = phone->at.scopes[places[i]].scope;
	const struct store_feed_query asked = {
		.id = group->id,
		.kind = group->kind,
		.scopes = scopes,
		.n_scopes = n_places,
	};
	code = store_feed_of(phone->conn, &found, &standing->n_entries, &asked,
			     &phone->scratch, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < standing->n_entries; i++)
		found[i].scope = places[found[i].scope];
	standing->entries = found;
	return code;
}

static enum outrider_code
look_at(struct sync_phone *phone, struct standing *out,
	const struct feed_entry *group, size_t n, struct outrider_err *err)
{
	enum outrider_code code;

	*out = (struct standing){ .base = 0 };
	code = sync_phone_row(phone, &out->row, group->kind, &group->id, err);
	if (code == OUTRIDER_OK)
		code = find_entries(phone, out, group, n, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < out->n_entries; i++) {
		const struct feed_entry *entry = &out->entries[i];
		uint64_t head = phone->at.scopes[entry->scope].head;

		if (entry->op != FEED_PRESENT)
			continue;
		out->is_visible = true;
		if (entry->entered_rev > head)
			continue;
		out->is_held = true;
		if (head > out->base)
			out->base = head;
	}
	if (out->is_visible && !out->is_held)
		return look_for_creation(phone, out, err);
	return OUTRIDER_OK;
}

/*
 * Does the phone have, or may it have, what this entry takes away? In a scope
 * that it has nothing of, what had gone before the pull began was never there,
 * unless the phone made the record itself. An entry tells only of its last
 * stay, so its entered_rev proves nothing here.
 */
static bool
is_worth_telling(const struct sync_phone *phone, const struct feed_entry *entry)
{
	return !phone->at.scopes[entry->scope].is_new ||
	       entry->rev > phone->begun_rev || phone->acked_seq > 0;
}

/* ------------------------------------------------------------------ fields */

/* Adds the field if it is news to the phone. */
static enum outrider_code
consider(struct sync_phone *phone, struct field_set *which,
	 const struct standing *standing, uint32_t number, uint64_t frev,
	 struct outrider_err *err)
{
	if (standing->is_held) {
		enum outrider_code code;

		if (frev <= standing->base)
			return OUTRIDER_OK;
		code = look_up_own(phone, frev, err);
		if (code != OUTRIDER_OK ||
		    (phone->is_own &&
		     !field_set_has(&phone->own_settled, number)))
			return code;
	}
	field_set_add(which, number);
	return OUTRIDER_OK;
}

static enum outrider_code
choose_fields(struct sync_phone *phone, struct field_set *which,
	      const struct row *row, const struct standing *standing,
	      struct outrider_err *err)
{
	const struct entity *entity = row->entity;
	/* The kind itself is known to the caller: it is described. */
	const struct field_set *hidden =
		access_hidden(phone->principal, entity);

	*which = (struct field_set){ { 0 } };
	for (size_t i = 0; i < entity->n_fields; i++) {
		enum outrider_code code = OUTRIDER_OK;

		if (!field_set_has(hidden, entity->fields[i].number))
			code = consider(phone, which, standing,
					entity->fields[i].number, row->frev[i],
					err);
		if (code != OUTRIDER_OK)
			return code;
	}
	/* Settled by the server, whoever wrote: never the phone's own. */
	if (!standing->is_held || row->frev_owner > standing->base) {
		field_set_add(which, FIELD_OWNER);
		field_set_add(which, FIELD_TEAM);
	}
	return OUTRIDER_OK;
}

/* Has the phone written in the record since it got it from a pull? */
static enum outrider_code has_written(bool *out, const struct sync_phone *phone,
				      const struct standing *standing,
				      struct arena *arena,
				      struct outrider_err *err)
{
	/* Any incarnation of its outbox: none is zero. */
	const struct store_device_query asked = {
		.id = standing->row->id,
		.kind = standing->row->entity->number,
		.above_rev = standing->base,
		.device = phone->principal->device,
	};
	struct change change;
	enum outrider_code code = store_change_of_device(phone->conn, &change,
							 &asked, arena, err);

	*out = code == OUTRIDER_OK;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/*
 * Rights that come and go between two pulls leave the view as it was. What was
 * pushed meanwhile, and the answers, may have put on the phone what is hidden:
 * all such fields are emptied there, whichever it was. Of the custom values one
 * that was written blindly may be what stands: that changed nothing here.
 */
static enum outrider_code
choose_hidden(struct sync_phone *phone, struct field_set *which,
	      const struct standing *standing, struct outrider_err *err)
{
	const struct row *row = standing->row;
	const struct field_set *hidden =
		access_hidden(phone->principal, row->entity);
	const struct rights *rights = phone->principal->rights;
	const struct value *custom = row_value(row, FIELD_CUSTOM);
	bool hides_custom = custom && rights && rights->n_hidden_custom > 0 &&
			    (access_hides_custom(row, phone->principal) ||
			     row->frev[custom - row->values] > standing->base);
	bool has = false;
	enum outrider_code code;

	if (!standing->is_held || phone->acked_seq == 0 ||
	    (field_set_is_empty(hidden) && !hides_custom))
		return OUTRIDER_OK;
	code = has_written(&has, phone, standing, &phone->scratch, err);
	if (code != OUTRIDER_OK || !has)
		return code;
	for (size_t i = 0; i < row->entity->n_fields; i++)
		if (field_set_has(hidden, row->entity->fields[i].number))
			field_set_add(which, row->entity->fields[i].number);
	if (hides_custom)
		field_set_add(which, FIELD_CUSTOM);
	return OUTRIDER_OK;
}

static void list_cleared(Record *record, const struct row *row,
			 const struct field_set *which)
{
	const struct entity *entity = row->entity;
	uint32_t *out = record->cleared;
	size_t n = 0;

	if (field_set_has(which, FIELD_OWNER) && uuid_is_zero(&row->owner))
		out[n++] = FIELD_OWNER;
	if (field_set_has(which, FIELD_TEAM) && uuid_is_zero(&row->team))
		out[n++] = FIELD_TEAM;
	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(which, entity->fields[i].number) &&
		    !value_is_set(&row->values[i]))
			out[n++] = entity->fields[i].number;
	record->n_cleared = n;
}

static bool copy_fields(Record *record, const struct row *row,
			const struct field_set *which, struct arena *arena)
{
	struct buffer fields;
	bool is_copied;

	buffer_init(&fields, &allocator_libc, FIELDS_MAX);
	(void)buffer_reserve(&fields, FIELDS_FIRST);
	record_write(&fields, row, which);
	record->fields.len = fields.len;
	record->fields.data =
		(uint8_t *)arena_copy(arena, fields.at, fields.len).at;
	is_copied = !fields.is_full && record->fields.data;
	buffer_free(&fields);
	return is_copied;
}

static enum outrider_code write_fields(Record *record, struct sync_phone *phone,
				       const struct standing *standing,
				       struct arena *arena,
				       struct outrider_err *err)
{
	const struct row *row = standing->row;
	struct field_set which;
	enum outrider_code code;

	code = choose_fields(phone, &which, row, standing, err);
	if (code == OUTRIDER_OK)
		code = choose_hidden(phone, &which, standing, err);
	if (code == OUTRIDER_OK)
		code = access_hide(standing->row, phone->principal,
				   &phone->scratch, err);
	if (code != OUTRIDER_OK)
		return code;
	record->rev = row->rev;
	record->is_whole = !standing->is_held;
	if (!copy_fields(record, row, &which, arena))
		return no_memory(err);
	if (record->is_whole)
		return OUTRIDER_OK;
	record->cleared = arena_alloc(arena, (row->entity->n_fields + 2) *
						     sizeof(uint32_t));
	if (!record->cleared)
		return no_memory(err);
	list_cleared(record, row, &which);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------- memberships */

static enum outrider_code
write_memberships(Record *record, const struct sync_phone *phone,
		  const struct standing *standing,
		  const struct feed_entry *group, size_t n, struct arena *arena,
		  struct outrider_err *err)
{
	size_t most = standing->n_entries + n;
	uint32_t *entered = arena_alloc(arena, most * sizeof(entered[0]) + 1);
	uint32_t *left = entered ? entered + standing->n_entries : NULL;

	if (!entered)
		return no_memory(err);
	for (size_t i = 0; i < standing->n_entries; i++) {
		const struct feed_entry *entry = &standing->entries[i];

		if (entry->op == FEED_PRESENT &&
		    entry->entered_rev > phone->at.scopes[entry->scope].head)
			entered[record->n_entered++] = (uint32_t)entry->scope;
	}
	for (size_t i = 0; i < n; i++)
		if (group[i].op == FEED_LEFT &&
		    is_worth_telling(phone, &group[i]))
			left[record->n_left++] = (uint32_t)group[i].scope;
	record->entered = entered;
	record->left = left;
	return OUTRIDER_OK;
}

static enum outrider_code
name_record(Record *record, uint32_t kind, const struct uuid *id,
	    struct arena *arena, struct outrider_err *err)
{
	outrider__v1__record__init(record);
	record->kind = kind;
	record->id.len = sizeof(id->at);
	record->id.data = arena_alloc(arena, sizeof(id->at));
	if (!record->id.data)
		return no_memory(err);
	memcpy(record->id.data, id->at, sizeof(id->at));
	return OUTRIDER_OK;
}

enum outrider_code sync_record_describe(Record *out, bool *is_news,
					struct sync_phone *phone,
					const struct feed_entry *group,
					size_t n, struct outrider_err *err)
{
	struct arena *arena = &phone->scratch;
	struct standing standing;
	bool is_deleted = false;
	enum outrider_code code;

	*is_news = false;
	for (size_t i = 0; i < n; i++) {
		*is_news = *is_news || group[i].op == FEED_PRESENT ||
			   is_worth_telling(phone, &group[i]);
		is_deleted = is_deleted || group[i].op == FEED_DELETED;
	}
	if (!*is_news)
		return OUTRIDER_OK;
	if (!schema_entity(group->kind))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "a record is of a kind that nobody knows");
	*is_news = access_knows_record(phone->principal,
				       schema_entity(group->kind), &group->id);
	if (!*is_news)
		return OUTRIDER_OK;
	arena_reset(arena);
	code = name_record(out, group->kind, &group->id, arena, err);
	out->rev = group->rev;
	if (code == OUTRIDER_OK)
		code = look_at(phone, &standing, group, n, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!standing.is_visible && is_deleted) {
		out->is_deleted = true;
		return OUTRIDER_OK;
	}
	if (standing.is_visible) {
		code = write_fields(out, phone, &standing, arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return write_memberships(out, phone, &standing, group, n, arena, err);
}

/* -------------------------------------------------------------------- exact */

/* Every scope of the caller's in which the record lies, by its place. */
static enum outrider_code
list_memberships(Record *record, struct sync_phone *phone,
		 const struct row *row, struct arena *arena,
		 struct outrider_err *err)
{
	size_t places[ACCESS_SCOPES_MAX];
	struct scope scopes[ACCESS_SCOPES_MAX];
	const struct store_feed_query asked = {
		.id = row->id,
		.kind = row->entity->number,
		.scopes = scopes,
		.n_scopes = places_of(places, &phone->at, row),
	};
	struct feed_entry *found;
	size_t n = 0;
	enum outrider_code code;

	for (size_t i = 0; i < asked.n_scopes; i++)
		scopes[i] = phone->at.scopes[places[i]].scope;
	record->entered =
		arena_alloc(arena, asked.n_scopes * sizeof(uint32_t) + 1);
	if (!record->entered)
		return no_memory(err);
	code = store_feed_of(phone->conn, &found, &n, &asked, &phone->scratch,
			     err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
		if (found[i].op == FEED_PRESENT)
			record->entered[record->n_entered++] =
				(uint32_t)places[found[i].scope];
	return code;
}

static enum outrider_code
tell_gone(Record *record, const struct sync_phone *phone,
	  const struct scope *asked, struct arena *arena,
	  struct outrider_err *err)
{
	const struct cursor_scope *at = asked ? cursor_find(&phone->at, asked)
					      : NULL;

	if (!at)
		return OUTRIDER_OK;
	record->left = arena_alloc(arena, sizeof(record->left[0]));
	if (!record->left)
		return no_memory(err);
	record->left[record->n_left++] = (uint32_t)(at - phone->at.scopes);
	return OUTRIDER_OK;
}

enum outrider_code sync_record_exact(Record *out, struct sync_phone *phone,
				     const struct sync_exact *exact,
				     struct arena *arena,
				     struct outrider_err *err)
{
	const struct principal *who = phone->principal;
	const struct row *row = exact->row;
	bool was_seen = false;
	enum outrider_code code;

	code = name_record(out, exact->kind, &exact->id, arena, err);
	out->is_exact = true;
	if (code == OUTRIDER_OK && row && row->deleted_us == 0)
		code = list_memberships(out, phone, row, arena, err);
	else if (code == OUTRIDER_OK && row)
		code = store_is_in_scopes(phone->conn, &was_seen, row->entity,
					  &row->id, who->scopes, who->n_scopes,
					  err);
	if (code != OUTRIDER_OK)
		return code;
	out->is_deleted = was_seen;
	if (!row || out->n_entered == 0)
		return was_seen ? OUTRIDER_OK
				: tell_gone(out, phone, exact->asked, arena,
					    err);
	out->rev = row->rev;
	out->is_whole = true;
	out->fields.len = exact->fields.len;
	out->fields.data = (uint8_t *)arena_copy(arena, exact->fields.at,
						 exact->fields.len)
				   .at;
	return out->fields.data ? OUTRIDER_OK : no_memory(err);
}
