/*
 * outbox: mutations as sealed rows that are named and ordered by their
 * numbers, and a short list of them in memory.
 */
#include "outbox.h"

#include <string.h>

#include "core.h"
#include "model/hlc.h"
#include "model/wire.h"
#include "rows.h"

/* The row, as protobuf fields: never renumber. */
enum {
	MUTATION_KIND = 1,
	MUTATION_ID = 2,
	MUTATION_OP = 3,
	MUTATION_BASE_REV = 4,
	MUTATION_HLC = 5,
	MUTATION_EDITED = 6,
	MUTATION_FIELDS = 7,
	MUTATION_CLEARED = 8,
	MUTATION_OLD_FIELDS = 9,
	MUTATION_PARKED = 10,
	MUTATION_CODE = 11,
	MUTATION_FIELD_PATH = 12,
	MUTATION_REASON = 13,
};

/* ------------------------------------------------------------------- rows */

static enum outrider_code row_write(struct outrider *core,
				    const struct mutation *m,
				    struct outrider_err *err)
{
	struct row_number number = row_number(m->seq);
	struct buffer *plain = rows_make(core);

	wire_put_scalar(plain, MUTATION_KIND, m->kind);
	row_put_id(plain, MUTATION_ID, &m->id);
	wire_put_scalar(plain, MUTATION_OP, m->op);
	wire_put_scalar(plain, MUTATION_BASE_REV, m->base_rev);
	wire_put_scalar(plain, MUTATION_HLC, m->hlc);
	wire_put_scalar(plain, MUTATION_EDITED, (uint64_t)m->edited_us);
	wire_put_bytes(plain, MUTATION_FIELDS, m->fields.at, m->fields.len);
	row_put_set(plain, MUTATION_CLEARED, &m->cleared);
	wire_put_bytes(plain, MUTATION_OLD_FIELDS, m->old_fields.at,
		       m->old_fields.len);
	if (m->is_parked) {
		wire_put_scalar(plain, MUTATION_PARKED, 1);
		wire_put_scalar(plain, MUTATION_CODE, m->code);
		wire_put_bytes(plain, MUTATION_FIELD_PATH, m->field_path.at,
			       m->field_path.len);
		wire_put_bytes(plain, MUTATION_REASON, m->reason.at,
			       m->reason.len);
	}
	return rows_put_made(core, REPLICA_outbox, number.at, sizeof(number.at),
			     m->seq, err);
}

static bool row_take(struct mutation *m, const struct wire_field *field)
{
	switch (field->number) {
	case MUTATION_KIND:
		m->kind = (uint32_t)field->scalar;
		break;
	case MUTATION_ID:
		return row_take_id(&m->id, field);
	case MUTATION_OP:
		if (field->scalar < OUTBOX_CREATE ||
		    field->scalar > OUTBOX_DELETE)
			return false;
		m->op = (enum outbox_op)field->scalar;
		break;
	case MUTATION_BASE_REV:
		m->base_rev = field->scalar;
		break;
	case MUTATION_HLC:
		m->hlc = field->scalar;
		break;
	case MUTATION_EDITED:
		m->edited_us = (int64_t)field->scalar;
		break;
	case MUTATION_FIELDS:
		m->fields = field->value;
		break;
	case MUTATION_CLEARED:
		return row_take_number(&m->cleared, field);
	case MUTATION_OLD_FIELDS:
		m->old_fields = field->value;
		break;
	case MUTATION_PARKED:
		m->is_parked = field->scalar != 0;
		break;
	case MUTATION_CODE:
		m->code = (enum outrider_code)field->scalar;
		break;
	case MUTATION_FIELD_PATH:
		m->field_path = field->value;
		break;
	case MUTATION_REASON:
		m->reason = field->value;
		break;
	default:
		break;
	}
	return true;
}

/* Bytes are borrowed from plain. */
static enum outrider_code row_read(struct mutation *out, uint64_t seq,
				   struct bytes plain, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(plain);
	struct wire_field field;
	int more;

	*out = (struct mutation){ .seq = seq };
	while ((more = wire_next(&reader, &field)) > 0)
		if (!row_take(out, &field))
			break;
	if (more != 0 || out->op == 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "A row of the outbox is damaged.");
	return OUTRIDER_OK;
}

bool mutation_has(const struct mutation *mutation, uint32_t number)
{
	struct wire_field field;

	return field_set_has(&mutation->cleared, number) ||
	       wire_find(&field, mutation->fields, number);
}

/* --------------------------------------------------------------- the list */

static enum outrider_code list_append(struct outrider *core,
				      const struct mutation *m,
				      struct outrider_err *err)
{
	struct outbox *outbox = &core->outbox;
	struct outbox_entry *entries;

	entries = allocator_grow(&core->allocator, outbox->entries, outbox->n,
				 &outbox->room, sizeof(*entries));
	if (entries == NULL)
		return err_no_memory(err);
	outbox->entries = entries;
	entries[outbox->n++] = (struct outbox_entry){
		.seq = m->seq,
		.kind = m->kind,
		.id = m->id,
		.op = m->op,
		.is_parked = m->is_parked,
	};
	outbox->n_parked += m->is_parked;
	return OUTRIDER_OK;
}

static struct outbox_entry *list_find(struct outbox *outbox, uint64_t seq)
{
	size_t low = 0, high = outbox->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (outbox->entries[middle].seq == seq)
			return &outbox->entries[middle];
		if (outbox->entries[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static enum outrider_code
load_one(void *user, uint64_t rev, struct bytes plain, struct outrider_err *err)
{
	struct mutation mutation;
	enum outrider_code code = row_read(&mutation, rev, plain, err);

	return code == OUTRIDER_OK ? list_append(user, &mutation, err) : code;
}

enum outrider_code outbox_load(struct outrider *core, struct outrider_err *err)
{
	return rows_each(core, REPLICA_outbox, 0, load_one, core, err);
}

void outbox_clear(struct outrider *core)
{
	if (core->outbox.entries != NULL)
		core->allocator.resize(core->allocator.user,
				       core->outbox.entries, 0);
	core->outbox = (struct outbox){ .n = 0 };
}

/* ------------------------------------------------------------------- edits */

enum outrider_code outbox_append(struct outrider *core,
				 struct mutation *mutation,
				 struct outrider_err *err)
{
	struct device *device = &core->device;
	enum outrider_code code;

	core_touch(core, CORE_CARDS);
	core_touch(core, CORE_DEVICE);
	device->hlc = hlc_next(device->hlc, core->now_us);
	mutation->seq = device->next_seq++;
	mutation->hlc = device->hlc;
	mutation->edited_us = core->now_us;
	code = row_write(core, mutation, err);
	if (code == OUTRIDER_OK)
		code = device_save(core, err);
	if (code == OUTRIDER_OK)
		code = list_append(core, mutation, err);
	if (code == OUTRIDER_OK)
		code = conflicts_answered(core, mutation, err);
	return code;
}

enum outrider_code outbox_rewrite(struct outrider *core,
				  const struct mutation *m,
				  struct outrider_err *err)
{
	return row_write(core, m, err);
}

enum outrider_code outbox_read(struct outrider *core, struct arena *arena,
			       struct mutation *out, uint64_t seq,
			       struct outrider_err *err)
{
	struct row_number number = row_number(seq);
	struct bytes plain;
	enum outrider_code code;

	code = rows_get(core, arena, &plain, NULL, REPLICA_outbox, number.at,
			sizeof(number.at), err);
	return code == OUTRIDER_OK ? row_read(out, seq, plain, err) : code;
}

void outbox_look_ahead(struct outrider *core, uint64_t seq)
{
	rows_look_ahead(core, REPLICA_outbox, row_number(seq));
}

enum outrider_code
outbox_remove(struct outrider *core, uint64_t seq, struct outrider_err *err)
{
	struct row_number number = row_number(seq);
	struct outbox *outbox = &core->outbox;
	struct outbox_entry *entry = list_find(outbox, seq);
	size_t behind;

	core_touch(core, CORE_CARDS);
	if (entry != NULL) {
		outbox->n_parked -= entry->is_parked;
		behind = (size_t)(outbox->entries + outbox->n - entry) - 1;
		memmove(entry, entry + 1, behind * sizeof(*entry));
		outbox->n--;
	}
	return rows_delete(core, REPLICA_outbox, number.at, sizeof(number.at),
			   err);
}

enum outrider_code outbox_park(struct outrider *core, struct arena *arena,
			       uint64_t seq, enum outrider_code why,
			       struct bytes field_path, struct bytes reason,
			       struct outrider_err *err)
{
	struct outbox_entry *entry = list_find(&core->outbox, seq);
	struct mutation mutation;
	enum outrider_code code;

	code = outbox_read(core, arena, &mutation, seq, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_CARDS);
	mutation.is_parked = true;
	mutation.code = why;
	mutation.field_path = field_path;
	mutation.reason = reason;
	if (entry != NULL && !entry->is_parked) {
		entry->is_parked = true;
		core->outbox.n_parked++;
	}
	return row_write(core, &mutation, err);
}

const struct outbox_entry *outbox_next(const struct outrider *core, size_t *at,
				       uint32_t kind, const struct uuid *id)
{
	const struct outbox *outbox = &core->outbox;

	while (*at < outbox->n) {
		const struct outbox_entry *entry = &outbox->entries[(*at)++];
		/* Most differ in what is random, which their end is. */
		if (entry->id.at[15] == id->at[15] && entry->kind == kind &&
		    uuid_compare(&entry->id, id) == 0)
			return entry;
	}
	return NULL;
}

void outbox_counts(struct outrider *core, uint64_t *n_waiting,
		   uint64_t *n_parked)
{
	struct outrider_err err;
	uint64_t n_all;

	/* Numbers up to acked_seq were answered: what is left of them was
	 * refused. Numbers lie in the clear, so this works locked. */
	*n_waiting = *n_parked = 0;
	if (replica_count(core->replica, &n_all, REPLICA_outbox, 0, &err) ||
	    replica_count(core->replica, n_waiting, REPLICA_outbox,
			  core->device.acked_seq + 1, &err))
		return;
	*n_parked = n_all - *n_waiting;
}
