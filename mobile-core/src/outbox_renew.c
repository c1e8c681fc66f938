/*
 * outbox_renew: the outbox begins anew under another incarnation, with
 * everything in it.
 *
 * Numbers on the wire have no gaps and begin at 1 in each incarnation; numbers
 * on the phone only ever grow, so that what was parked keeps its own. Between
 * them lies device.seq_base.
 */
#include "core.h"
#include "files_sync.h"
#include "rows.h"

static enum outrider_code move(struct outrider *core,
			       struct outbox_entry *entry, uint64_t to,
			       struct outrider_err *err)
{
	struct row_number old = row_number(entry->seq), fresh = row_number(to);
	struct bytes plain;
	enum outrider_code code;

	if (entry->seq == to)
		return OUTRIDER_OK;
	arena_reset(&core->work);
	code = rows_get(core, &core->work, &plain, NULL, REPLICA_outbox, old.at,
			sizeof(old.at), err);
	if (code == OUTRIDER_OK)
		code = rows_delete(core, REPLICA_outbox, old.at, sizeof(old.at),
				   err);
	if (code == OUTRIDER_OK)
		code = rows_put(core, REPLICA_outbox, fresh.at,
				sizeof(fresh.at), to, plain, err);
	entry->seq = to;
	return code;
}

enum outrider_code outbox_renew(struct outrider *core, struct outrider_err *err)
{
	struct device *device = &core->device;
	struct outbox *outbox = &core->outbox;
	uint64_t next = device->acked_seq + 1;
	enum outrider_code code;

	core_touch(core, CORE_DEVICE);
	core_touch(core, CORE_CARDS);
	code = core_random(core, device->incarnation,
			   sizeof(device->incarnation), err);
	for (size_t i = 0; i < outbox->n && code == OUTRIDER_OK; i++)
		if (outbox->entries[i].seq > device->acked_seq)
			code = move(core, &outbox->entries[i], next++, err);
	if (code != OUTRIDER_OK)
		return code;
	/* What is up is known by the numbers of before. */
	files_sync_begin(core);
	device->next_seq = next;
	device->seq_base = device->acked_seq;
	return device_save(core, err);
}
