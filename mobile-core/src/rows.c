/*
 * rows: names and seals on the way to the file and back.
 */
#include "rows.h"

#include <assert.h>
#include <string.h>

static enum vault_compartment compartment_of(enum replica_table table)
{
	static const enum vault_compartment compartments[] = {
#define ROWS_COMPARTMENT(name, number, compartment, is_ordered) \
	[number] = (compartment),
		REPLICA_TABLES(ROWS_COMPARTMENT)
#undef ROWS_COMPARTMENT
	};

	return compartments[table];
}

static enum outrider_code find_place(const struct outrider *core,
				     struct vault_place *out,
				     enum replica_table table, const void *id,
				     size_t id_len, struct outrider_err *err)
{
	*out = (struct vault_place){
		.compartment = compartment_of(table),
		.table = (uint8_t)table,
	};
	if (!vault_is_open(core->vault, out->compartment))
		return err_set(err, OUTRIDER_LOCKED, NULL,
			       "The vault is locked.");
	vault_name(core->vault, out->name, out->compartment, out->table, id,
		   id_len);
	return OUTRIDER_OK;
}

enum outrider_code rows_put(struct outrider *core, enum replica_table table,
			    const void *id, size_t id_len, uint64_t rev,
			    struct bytes plain, struct outrider_err *err)
{
	struct buffer *sealed = &core->sealed;
	struct vault_place place;
	struct replica_row row = { .rev = rev };
	enum outrider_code code;

	code = find_place(core, &place, table, id, id_len, err);
	if (code != OUTRIDER_OK)
		return code;
	place.rev = rev;
	buffer_clear(sealed);
	code = vault_seal(core->vault, sealed, &place, plain.at, plain.len,
			  err);
	if (code != OUTRIDER_OK)
		return code;
	memcpy(row.name, place.name, sizeof(row.name));
	row.sealed = (struct bytes){ .at = sealed->at, .len = sealed->len };
	return replica_put(core->replica, table, &row, err);
}

enum outrider_code rows_get(struct outrider *core, struct arena *arena,
			    struct bytes *plain, uint64_t *rev,
			    enum replica_table table, const void *id,
			    size_t id_len, struct outrider_err *err)
{
	struct buffer *sealed = &core->sealed, *open = &core->open;
	struct vault_place place;
	enum outrider_code code;

	*plain = (struct bytes){ .at = NULL, .len = 0 };
	code = find_place(core, &place, table, id, id_len, err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_clear(sealed);
	buffer_clear(open);
	code = replica_get(core->replica, &place.rev, sealed, table, place.name,
			   err);
	if (code == OUTRIDER_OK)
		code = vault_unseal(core->vault, open, &place, sealed->at,
				    sealed->len, err);
	if (code != OUTRIDER_OK)
		return code;
	if (rev != NULL)
		*rev = place.rev;
	*plain = arena_copy(arena, open->at, open->len);
	if (plain->at == NULL)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory.");
	return OUTRIDER_OK;
}

enum outrider_code rows_delete(struct outrider *core, enum replica_table table,
			       const void *id, size_t id_len,
			       struct outrider_err *err)
{
	struct vault_place place;
	enum outrider_code code;

	code = find_place(core, &place, table, id, id_len, err);
	if (code != OUTRIDER_OK)
		return code;
	return replica_delete(core->replica, table, place.name, err);
}

struct walk {
	struct outrider *core;
	enum replica_table table;
	struct buffer plain;
	rows_fn *callback;
	void *user;
	bool is_lenient;       /* passes over what doesn't open ... */
	struct buffer damaged; /* ... and keeps its names */
};

static enum outrider_code pass_over(struct walk *walk,
				    const struct replica_row *row,
				    struct outrider_err *err)
{
	err_clear(err);
	buffer_append(&walk->damaged, row->name, sizeof(row->name));
	return walk->damaged.is_full ? err_set(err, OUTRIDER_RESOURCE_EXHAUSTED,
					       NULL, "Out of memory.")
				     : OUTRIDER_OK;
}

static enum outrider_code
visit(void *user, const struct replica_row *row, struct outrider_err *err)
{
	struct walk *walk = user;
	struct vault_place place = {
		.compartment = compartment_of(walk->table),
		.table = (uint8_t)walk->table,
		.rev = row->rev,
	};
	enum outrider_code code;

	memcpy(place.name, row->name, sizeof(place.name));
	buffer_clear(&walk->plain);
	code = vault_unseal(walk->core->vault, &walk->plain, &place,
			    row->sealed.at, row->sealed.len, err);
	if (code == OUTRIDER_DATA_LOSS && walk->is_lenient)
		return pass_over(walk, row, err);
	if (code != OUTRIDER_OK)
		return code;
	return walk->callback(walk->user, row->rev,
			      (struct bytes){ .at = walk->plain.at,
					      .len = walk->plain.len },
			      err);
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

enum outrider_code rows_each_sound(struct outrider *core, size_t *n_damaged,
				   enum replica_table table, bool remove,
				   rows_fn *callback, void *user,
				   struct outrider_err *err)
{
	struct walk walk = {
		.core = core,
		.table = table,
		.callback = callback,
		.user = user,
		.is_lenient = true,
	};
	enum outrider_code code = run(&walk, 0, err);

	*n_damaged = walk.damaged.len / VAULT_NAME_LEN;
	for (size_t i = 0; code == OUTRIDER_OK && remove && i < *n_damaged; i++)
		code = replica_delete(core->replica, table,
				      walk.damaged.at + i * VAULT_NAME_LEN,
				      err);
	buffer_free(&walk.damaged);
	return code;
}

struct row_number row_number(uint64_t number)
{
	struct row_number out;

	for (size_t i = 0; i < sizeof(out.at); i++)
		out.at[i] = (uint8_t)(number >> (56 - 8 * i));
	return out;
}
