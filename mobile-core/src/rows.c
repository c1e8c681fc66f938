/*
 * rows: names and seals on the way to the file and back.
 */
#include "rows.h"

#include <assert.h>
#include <string.h>

static const struct {
	bool is_there;
	enum vault_compartment compartment;
	enum replica_form form;
} tables[REPLICA_TABLES_END] = {
#define ROWS_TABLE(name, number, compartment, form) \
	[number] = { true, (compartment), (form) },
	REPLICA_TABLES(ROWS_TABLE)
#undef ROWS_TABLE
};

bool rows_has_table(enum replica_table table)
{
	return tables[table].is_there;
}

enum vault_compartment rows_compartment(enum replica_table table)
{
	return tables[table].compartment;
}

static enum outrider_code find_place(const struct outrider *core,
				     struct vault_place *out,
				     enum replica_table table, const void *id,
				     size_t id_len, struct outrider_err *err)
{
	const struct ahead_row *ahead =
		row_ahead_find(&core->ahead, (uint8_t)table, id, id_len);

	if (ahead != NULL) {
		*out = ahead->place;
		return OUTRIDER_OK;
	}
	*out = (struct vault_place){
		.compartment = rows_compartment(table),
		.table = (uint8_t)table,
	};
	if (!vault_is_open(core->vault, out->compartment))
		return err_set(err, OUTRIDER_LOCKED, NULL,
			       "The vault is locked.");
	if (tables[table].form != REPLICA_NUMBERED) {
		vault_name(core->vault, out->name, out->compartment, out->table,
			   id, id_len);
		return OUTRIDER_OK;
	}
	assert(id_len == sizeof(struct row_number));
	memcpy(out->name, id, sizeof(struct row_number));
	return OUTRIDER_OK;
}

/* What the file was last seen to hold in one place: whoever reads a row before
 * writing it spares the tally a second look. */
static void note_seen(struct outrider *core, const struct vault_place *place,
		      const uint8_t *tag)
{
	struct rows_seen *seen = &core->seen;

	seen->is_known = true;
	seen->table = place->table;
	memcpy(seen->name, place->name, VAULT_NAME_LEN);
	seen->exists = tag != NULL;
	if (tag != NULL)
		memcpy(seen->tag, tag, VAULT_TAG_LEN);
}

/* Of the row that lies there; NULL: there is none. */
static enum outrider_code
look_at_tag(struct outrider *core, const uint8_t **tag,
	    const struct vault_place *place, struct outrider_err *err)
{
	struct rows_seen *seen = &core->seen;
	uint8_t found[VAULT_TAG_LEN];
	enum outrider_code code = OUTRIDER_OK;

	if (!seen->is_known || seen->table != place->table ||
	    memcmp(seen->name, place->name, VAULT_NAME_LEN) != 0) {
		code = replica_tag(core->replica, found,
				   (enum replica_table)place->table,
				   place->name, err);
		if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
			return code;
		note_seen(core, place, code == OUTRIDER_OK ? found : NULL);
		if (code == OUTRIDER_NOT_FOUND)
			err_clear(err);
	}
	*tag = seen->exists ? seen->tag : NULL;
	return OUTRIDER_OK;
}

/* Puts what lies in core->sealed. */
static enum outrider_code
put_sealed(struct outrider *core, const struct vault_place *place,
	   const uint8_t *old_tag, struct outrider_err *err)
{
	const struct buffer *sealed = &core->sealed;
	const uint8_t *tag = sealed->at + sealed->len - VAULT_TAG_LEN;
	struct replica_row row = { .rev = place->rev,
				   .sealed = { sealed->at, sealed->len } };
	enum outrider_code code;

	memcpy(row.name, place->name, sizeof(row.name));
	code = replica_put(core->replica, (enum replica_table)place->table,
			   &row, err);
	if (code != OUTRIDER_OK)
		return code;
	tally_change(core, (enum replica_table)place->table, old_tag, tag);
	note_seen(core, place, tag);
	return OUTRIDER_OK;
}

/* is_new: nothing lies there. */
static enum outrider_code put(struct outrider *core, enum replica_table table,
			      const void *id, size_t id_len, uint64_t rev,
			      struct bytes plain, bool is_new,
			      struct outrider_err *err)
{
	struct buffer *sealed = &core->sealed;
	const uint8_t *old_tag = NULL;
	struct vault_place place;
	enum outrider_code code;

	code = find_place(core, &place, table, id, id_len, err);
	row_ahead_drop(&core->ahead, (uint8_t)table, id, id_len);
	if (code == OUTRIDER_OK && !is_new)
		code = look_at_tag(core, &old_tag, &place, err);
	if (code != OUTRIDER_OK)
		return code;
	place.rev = rev;
	buffer_clear(sealed);
	code = vault_seal(core->vault, sealed, &place, plain.at, plain.len,
			  err);
	return code == OUTRIDER_OK ? put_sealed(core, &place, old_tag, err)
				   : code;
}

enum outrider_code rows_put(struct outrider *core, enum replica_table table,
			    const void *id, size_t id_len, uint64_t rev,
			    struct bytes plain, struct outrider_err *err)
{
	return put(core, table, id, id_len, rev, plain, false, err);
}

struct buffer *rows_make(struct outrider *core)
{
	buffer_clear(&core->open);
	return &core->open;
}

static enum outrider_code
put_made(struct outrider *core, enum replica_table table, const void *id,
	 size_t id_len, uint64_t rev, bool is_new, struct outrider_err *err)
{
	const struct buffer *made = &core->open;

	if (made->is_full)
		return err_no_memory(err);
	return put(core, table, id, id_len, rev,
		   (struct bytes){ made->at, made->len }, is_new, err);
}

enum outrider_code
rows_put_made(struct outrider *core, enum replica_table table, const void *id,
	      size_t id_len, uint64_t rev, struct outrider_err *err)
{
	return put_made(core, table, id, id_len, rev, false, err);
}

enum outrider_code rows_put_new(struct outrider *core, enum replica_table table,
				const void *id, size_t id_len, uint64_t rev,
				struct outrider_err *err)
{
	return put_made(core, table, id, id_len, rev, true, err);
}

/* The row that lies there into core->open. */
static enum outrider_code open_row(struct outrider *core,
				   struct vault_place *place,
				   struct outrider_err *err)
{
	struct buffer *sealed = &core->sealed, *open = &core->open;
	enum outrider_code code;

	buffer_clear(sealed);
	buffer_clear(open);
	code = replica_get(core->replica, &place->rev, sealed,
			   (enum replica_table)place->table, place->name, err);
	if (code == OUTRIDER_NOT_FOUND)
		note_seen(core, place, NULL);
	else if (code == OUTRIDER_OK && sealed->len >= VAULT_TAG_LEN)
		note_seen(core, place,
			  sealed->at + sealed->len - VAULT_TAG_LEN);
	return code == OUTRIDER_OK ? vault_unseal(core->vault, open, place,
						  sealed->at, sealed->len, err)
				   : code;
}

enum outrider_code rows_get(struct outrider *core, struct arena *arena,
			    struct bytes *plain, uint64_t *rev,
			    enum replica_table table, const void *id,
			    size_t id_len, struct outrider_err *err)
{
	const struct ahead_row *ahead =
		row_ahead_find(&core->ahead, (uint8_t)table, id, id_len);
	struct vault_place place;
	enum outrider_code code;

	*plain = (struct bytes){ .at = NULL, .len = 0 };
	code = find_place(core, &place, table, id, id_len, err);
	if (code == OUTRIDER_OK && ahead != NULL)
		note_seen(core, &place, ahead->tag);
	else if (code == OUTRIDER_OK)
		code = open_row(core, &place, err);
	if (code != OUTRIDER_OK)
		return code;
	if (rev != NULL)
		*rev = place.rev;
	*plain = ahead != NULL
			 ? arena_copy(arena, ahead->plain, ahead->len)
			 : arena_copy(arena, core->open.at, core->open.len);
	return plain->at == NULL ? err_no_memory(err) : OUTRIDER_OK;
}

void rows_look_ahead(struct outrider *core, enum replica_table table,
		     struct row_number id)
{
	struct vault_place place;
	struct outrider_err err;

	assert(!replica_is_writing(core->replica));
	if (row_ahead_find(&core->ahead, (uint8_t)table, &id, sizeof(id)) ==
		    NULL &&
	    find_place(core, &place, table, &id, sizeof(id), &err) ==
		    OUTRIDER_OK &&
	    open_row(core, &place, &err) == OUTRIDER_OK)
		row_ahead_keep(&core->ahead, id, &place, core->seen.tag,
			       (struct bytes){ core->open.at, core->open.len });
}

static enum outrider_code remove_at(struct outrider *core,
				    const struct vault_place *place,
				    struct outrider_err *err)
{
	enum replica_table table = (enum replica_table)place->table;
	const uint8_t *tag;
	enum outrider_code code = look_at_tag(core, &tag, place, err);

	if (code != OUTRIDER_OK || tag == NULL)
		return code;
	code = replica_delete(core->replica, table, place->name, err);
	if (code != OUTRIDER_OK)
		return code;
	tally_change(core, table, tag, NULL);
	note_seen(core, place, NULL);
	return OUTRIDER_OK;
}

enum outrider_code rows_delete(struct outrider *core, enum replica_table table,
			       const void *id, size_t id_len,
			       struct outrider_err *err)
{
	struct vault_place place;
	enum outrider_code code;

	code = find_place(core, &place, table, id, id_len, err);
	row_ahead_drop(&core->ahead, (uint8_t)table, id, id_len);
	return code == OUTRIDER_OK ? remove_at(core, &place, err) : code;
}

enum outrider_code rows_clear(struct outrider *core, enum replica_table table,
			      struct outrider_err *err)
{
	static const struct tally none;

	core->seen.is_known = false;
	row_ahead_clear(&core->ahead);
	tally_set(core, table, &none);
	return replica_clear(core->replica, table, err);
}

struct walk {
	struct outrider *core;
	enum replica_table table;
	struct buffer plain;
	rows_fn *callback; /* one of the two, or none */
	rows_audit_fn *audit;
	void *user;
	bool is_lenient;       /* passes over what doesn't open ... */
	struct buffer damaged; /* ... and keeps its names */
	struct tally found;    /* the others */
};

static enum outrider_code pass_over(struct walk *walk,
				    const struct replica_row *row,
				    struct outrider_err *err)
{
	err_clear(err);
	buffer_append(&walk->damaged, row->name, sizeof(row->name));
	return walk->damaged.is_full ? err_no_memory(err) : OUTRIDER_OK;
}

static enum outrider_code show(const struct walk *walk,
			       const struct replica_row *row,
			       struct outrider_err *err)
{
	const struct bytes plain = { walk->plain.at, walk->plain.len };

	if (walk->audit != NULL)
		return walk->audit(walk->user, replica_number(row->name),
				   row->rev, plain, err);
	if (walk->callback != NULL)
		return walk->callback(walk->user, row->rev, plain, err);
	return OUTRIDER_OK;
}

static enum outrider_code
visit(void *user, const struct replica_row *row, struct outrider_err *err)
{
	struct walk *walk = user;
	struct vault_place place = {
		.compartment = rows_compartment(walk->table),
		.table = (uint8_t)walk->table,
		.rev = row->rev,
	};
	enum outrider_code code;

	memcpy(place.name, row->name, sizeof(place.name));
	buffer_clear(&walk->plain);
	code = vault_unseal(walk->core->vault, &walk->plain, &place,
			    row->sealed.at, row->sealed.len, err);
	if (code == OUTRIDER_OK)
		code = show(walk, row, err);
	if (code == OUTRIDER_DATA_LOSS && walk->is_lenient)
		return pass_over(walk, row, err);
	if (code == OUTRIDER_OK && walk->is_lenient)
		tally_add(&walk->found, walk->core, place.compartment,
			  row->sealed.at + row->sealed.len - VAULT_TAG_LEN);
	return code;
}

static enum outrider_code
run(struct walk *walk, uint64_t from_rev, struct outrider_err *err)
{
	const struct allocator *allocator = &walk->core->allocator;
	enum outrider_code code;

	buffer_init(&walk->plain, allocator, ROWS_MAX);
	buffer_init(&walk->damaged, allocator, SIZE_MAX / 4);
	code = replica_each(walk->core->replica, walk->table, from_rev, visit,
			    walk, err);
	buffer_free(&walk->plain);
	return code;
}

enum outrider_code rows_each(struct outrider *core, enum replica_table table,
			     uint64_t from_rev, rows_fn *callback, void *user,
			     struct outrider_err *err)
{
	struct walk walk = {
		.core = core,
		.table = table,
		.callback = callback,
		.user = user,
	};

	return run(&walk, from_rev, err);
}

/* Somebody who writes into the file may have set any revision. */
#define ALL_REVS ((uint64_t)INT64_MIN)

enum outrider_code rows_audit(struct outrider *core, size_t *n_damaged,
			      struct tally *found, enum replica_table table,
			      bool remove, rows_audit_fn *callback, void *user,
			      struct outrider_err *err)
{
	struct walk walk = {
		.core = core,
		.table = table,
		.audit = callback,
		.user = user,
		.is_lenient = true,
	};
	struct vault_place place = {
		.compartment = rows_compartment(table),
		.table = (uint8_t)table,
	};
	enum outrider_code code = run(&walk, ALL_REVS, err);

	row_ahead_clear(&core->ahead);
	*n_damaged = walk.damaged.len / VAULT_NAME_LEN;
	*found = walk.found;
	for (size_t i = 0; code == OUTRIDER_OK && remove && i < *n_damaged;
	     i++) {
		memcpy(place.name, walk.damaged.at + i * VAULT_NAME_LEN,
		       VAULT_NAME_LEN);
		code = remove_at(core, &place, err);
	}
	buffer_free(&walk.damaged);
	return code;
}

struct counting {
	struct outrider *core;
	struct tally *found;
	enum vault_compartment compartment;
};

static enum outrider_code
count_one(void *user, const struct replica_row *row, struct outrider_err *err)
{
	struct counting *counting = user;
	uint8_t tag[VAULT_TAG_LEN] = { 0 };

	(void)err;
	if (row->sealed.len <= VAULT_TAG_LEN && row->sealed.len > 0)
		memcpy(tag, row->sealed.at, row->sealed.len);
	tally_add(counting->found, counting->core, counting->compartment, tag);
	return OUTRIDER_OK;
}

enum outrider_code rows_count(struct outrider *core, struct tally *found,
			      enum replica_table table,
			      struct outrider_err *err)
{
	struct counting counting = {
		.core = core,
		.found = found,
		.compartment = rows_compartment(table),
	};

	*found = (struct tally){ .n = 0 };
	return replica_each_tag(core->replica, table, count_one, &counting,
				err);
}

/* --------------------------------------------------------------- resealing */

/* Rows of an older key, opened, until the walk is over: name, rev, length and
 * text of each. They are written behind it. */
struct resealing {
	struct outrider *core;
	enum replica_table table;
	uint8_t *name;
	size_t n, n_max;
	struct buffer names, plain;
};

struct old_row {
	struct vault_place place;
	size_t len;
};

static enum outrider_code
look_at_row(void *user, const struct replica_row *row, struct outrider_err *err)
{
	struct resealing *r = user;
	struct old_row old = {
		.place = { .compartment = rows_compartment(r->table),
			   .table = (uint8_t)r->table,
			   .rev = row->rev },
		.len = r->plain.len,
	};
	enum outrider_code code;

	if (r->n == r->n_max)
		return OUTRIDER_CANCELLED;
	r->n++;
	memcpy(r->name, row->name, VAULT_NAME_LEN);
	if (!vault_is_of_old_key(r->core->vault, old.place.compartment,
				 row->sealed.at, row->sealed.len))
		return OUTRIDER_OK;
	memcpy(old.place.name, row->name, VAULT_NAME_LEN);
	code = vault_unseal(r->core->vault, &r->plain, &old.place,
			    row->sealed.at, row->sealed.len, err);
	if (code == OUTRIDER_DATA_LOSS) {
		/* The next opening finds it and mends. */
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	old.len = r->plain.len - old.len;
	buffer_append(&r->names, &old, sizeof(old));
	return r->names.is_full ? err_no_memory(err) : OUTRIDER_OK;
}

static enum outrider_code
seal_again(struct outrider *core, const struct old_row *old, const uint8_t *at,
	   struct outrider_err *err)
{
	const uint8_t *old_tag;
	enum outrider_code code = look_at_tag(core, &old_tag, &old->place, err);

	buffer_clear(&core->sealed);
	if (code == OUTRIDER_OK)
		code = vault_seal(core->vault, &core->sealed, &old->place, at,
				  old->len, err);
	return code == OUTRIDER_OK ? put_sealed(core, &old->place, old_tag, err)
				   : code;
}

enum outrider_code rows_reseal(struct outrider *core, enum replica_table table,
			       uint8_t name[VAULT_NAME_LEN], size_t *n,
			       bool *is_over, struct outrider_err *err)
{
	struct resealing r = {
		.core = core, .table = table, .name = name, .n_max = *n
	};
	uint8_t from[VAULT_NAME_LEN];
	enum outrider_code code;
	struct old_row old;
	size_t at = 0;

	row_ahead_clear(&core->ahead);
	memcpy(from, name, sizeof(from));
	buffer_init(&r.names, &core->allocator, SIZE_MAX / 4);
	buffer_init(&r.plain, &core->allocator, SIZE_MAX / 4);
	code = replica_each_from(core->replica, table, from, look_at_row, &r,
				 err);
	*is_over = code == OUTRIDER_OK;
	*n = r.n;
	if (code == OUTRIDER_CANCELLED)
		code = OUTRIDER_OK;
	for (size_t i = 0; code == OUTRIDER_OK && i < r.names.len;
	     i += sizeof(old)) {
		memcpy(&old, r.names.at + i, sizeof(old));
		code = seal_again(core, &old, r.plain.at + at, err);
		at += old.len;
	}
	buffer_free(&r.names);
	buffer_free(&r.plain);
	return code;
}
