/*
 * device: one sealed row, as protobuf fields with numbers of our own, so that
 * later versions can add to it.
 */
#include "device.h"

#include <string.h>

#include "core.h"
#include "model/wire.h"
#include "rows.h"

#define SECOND_US INT64_C(1000000)

static const char ROW_ID[] = "device";

enum {
	PIN_FREE = 5,	 /* wrong ones without a wait */
	PIN_WAIT_S = 30, /* after the next; doubles with each */
	PIN_WAIT_MAX_S = 4 * 3600,
};

/* The row's fields: never renumber. */
enum slot_type {
	SLOT_BOOL,
	SLOT_U8,
	SLOT_U32,
	SLOT_U64,
	SLOT_BYTES,
	SLOT_TEXT
};

struct slot {
	enum slot_type type;
	size_t offset, room;
};

#define SLOT(type, member)                                             \
	{                                                              \
		type, offsetof(struct device, member),                 \
			sizeof(((const struct device *)NULL)->member), \
	}

static const struct slot slots[] = {
	[1] = SLOT(SLOT_BOOL, is_enrolled),
	[2] = SLOT(SLOT_BYTES, id),
	[3] = SLOT(SLOT_TEXT, code),
	[4] = SLOT(SLOT_BYTES, user_id),
	[5] = SLOT(SLOT_TEXT, user_name),
	[6] = SLOT(SLOT_U8, rank),
	[7] = SLOT(SLOT_TEXT, token),
	[8] = SLOT(SLOT_BYTES, organization_signing_key),
	[9] = SLOT(SLOT_BYTES, organization_box_key),
	[10] = SLOT(SLOT_BYTES, intake_key),
	[11] = SLOT(SLOT_BYTES, incarnation),
	[12] = SLOT(SLOT_U64, next_seq),
	[13] = SLOT(SLOT_U64, acked_seq),
	[14] = SLOT(SLOT_U64, hlc),
	[15] = SLOT(SLOT_U64, lease_until_us),
	[16] = SLOT(SLOT_U64, seen_us),
	[17] = SLOT(SLOT_U64, synced_us),
	[18] = SLOT(SLOT_U32, pin_failures),
	[19] = SLOT(SLOT_BYTES, pin_boot_id),
	[20] = SLOT(SLOT_U64, pin_mono_us),
	[21] = SLOT(SLOT_U64, pin_wall_us),
	[22] = SLOT(SLOT_U64, seq_base),
	[23] = SLOT(SLOT_U64, keys_made_us),
	[24] = SLOT(SLOT_BOOL, is_lease_ended),
	[25] = SLOT(SLOT_BOOL, is_wipe_ordered),
	[26] = SLOT(SLOT_BOOL, is_wiping),
	[27] = SLOT(SLOT_BYTES, wipe_order),
};

enum { SLOTS = sizeof(slots) / sizeof(slots[0]) };

/* Copies between a number of the slot's size and one of eight bytes. */
static uint64_t number_get(const struct slot *slot, const void *at)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint8_t u8 = 0;

	if (slot->room == sizeof(u64))
		memcpy(&u64, at, sizeof(u64));
	else if (slot->room == sizeof(u32))
		memcpy(&u32, at, sizeof(u32));
	else
		memcpy(&u8, at, sizeof(u8));
	return u64 | u32 | u8;
}

static bool number_set(const struct slot *slot, void *at, uint64_t value)
{
	uint32_t u32 = (uint32_t)value;
	uint8_t u8 = (uint8_t)value;

	if (slot->room == sizeof(value))
		memcpy(at, &value, sizeof(value));
	else if (slot->room == sizeof(u32) && u32 == value)
		memcpy(at, &u32, sizeof(u32));
	else if (slot->room == sizeof(u8) && u8 == value &&
		 (slot->type != SLOT_BOOL || value <= 1))
		memcpy(at, &u8, sizeof(u8));
	else
		return false;
	return true;
}

static bool slot_fill(struct device *device, const struct slot *slot,
		      const struct wire_field *field)
{
	uint8_t *at = (uint8_t *)device + slot->offset;

	switch (slot->type) {
	case SLOT_BOOL:
	case SLOT_U8:
	case SLOT_U32:
	case SLOT_U64:
		return field->type == WIRE_VARINT &&
		       number_set(slot, at, field->scalar);
	case SLOT_BYTES:
		if (field->type != WIRE_LEN || field->value.len != slot->room)
			return false;
		break;
	case SLOT_TEXT:
		if (field->type != WIRE_LEN || field->value.len >= slot->room)
			return false;
		break;
	}
	memset(at, 0, slot->room);
	if (field->value.len > 0)
		memcpy(at, field->value.at, field->value.len);
	return true;
}

static void slot_put(struct buffer *out, const struct device *device,
		     const struct slot *slot)
{
	const void *at = (const uint8_t *)device + slot->offset;
	uint32_t number = (uint32_t)(slot - slots);

	switch (slot->type) {
	case SLOT_BOOL:
	case SLOT_U8:
	case SLOT_U32:
	case SLOT_U64:
		wire_put_scalar(out, number, number_get(slot, at));
		break;
	case SLOT_BYTES:
		wire_put_bytes(out, number, at, slot->room);
		break;
	case SLOT_TEXT:
		wire_put_bytes(out, number, at, strlen(at));
		break;
	}
}

static bool read_row(struct device *out, struct bytes plain)
{
	struct wire_reader reader = wire_read(plain);
	struct wire_field field;
	int more;

	while ((more = wire_next(&reader, &field)) > 0)
		if (field.number < SLOTS &&
		    !slot_fill(out, &slots[field.number], &field))
			return false;
	return more == 0;
}

enum outrider_code device_load(struct outrider *core, struct outrider_err *err)
{
	struct device device = { .next_seq = 1 };
	struct bytes plain;
	enum outrider_code code;

	code = rows_get(core, &core->work, &plain, NULL, REPLICA_device, ROW_ID,
			sizeof(ROW_ID), err);
	if (code == OUTRIDER_OK && !read_row(&device, plain))
		code = err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The device's row is damaged.");
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		code = OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		core->device = device;
	vault_memory_wipe(&device, sizeof(device));
	return code;
}

enum outrider_code device_save(struct outrider *core, struct outrider_err *err)
{
	struct buffer plain;
	enum outrider_code code;

	buffer_init(&plain, &core->allocator, ROWS_MAX);
	for (size_t i = 1; i < SLOTS; i++)
		slot_put(&plain, &core->device, &slots[i]);
	if (plain.is_full)
		code = err_no_memory(err);
	else
		code = rows_put(core, REPLICA_device, ROW_ID, sizeof(ROW_ID), 0,
				(struct bytes){ plain.at, plain.len }, err);
	buffer_free(&plain);
	return code;
}

void device_renew_lease(struct outrider *core)
{
	struct device *device = &core->device;

	/* A clock that was set right again after running ahead may lower it. */
	device->seen_us = core->now_us;
	device->lease_until_us = core->now_us + DEVICE_LEASE_US;
}

int64_t device_lease_left_us(const struct outrider *core)
{
	const struct device *device = &core->device;
	int64_t now_us = core->now_us > device->seen_us ? core->now_us
							: device->seen_us;

	return device->lease_until_us - now_us;
}

bool device_lease_is_over(const struct outrider *core)
{
	return device_lease_left_us(core) <= 0;
}

static enum outrider_code
save_alone(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	return core_finish(core, device_save(core, err), err);
}

enum outrider_code
device_note_time(struct outrider *core, struct outrider_err *err)
{
	if (core->now_us <= core->device.seen_us)
		return OUTRIDER_OK;
	core->device.seen_us = core->now_us;
	return save_alone(core, err);
}

/* ------------------------------------------------------------------- PIN */

static int64_t pin_wait_us(uint32_t failures)
{
	int64_t wait_s = PIN_WAIT_S;

	if (failures < PIN_FREE)
		return 0;
	for (uint32_t i = PIN_FREE; i < failures && wait_s < PIN_WAIT_MAX_S;
	     i++)
		wait_s *= 2;
	return (wait_s < PIN_WAIT_MAX_S ? wait_s : PIN_WAIT_MAX_S) * SECOND_US;
}

/* How much of the wait is left. Within one boot by the clock that can't be
 * set; after another boot by the wall clock, where set back means anew. */
static int64_t pin_wait_left_us(struct outrider *core)
{
	const struct device *device = &core->device;
	uint8_t boot_id[16];
	int64_t passed_us;

	core->host.boot_id(core->host.user, boot_id);
	if (memcmp(boot_id, device->pin_boot_id, sizeof(boot_id)) == 0)
		passed_us = core->host.mono_us(core->host.user) -
			    device->pin_mono_us;
	else
		passed_us = core->now_us - device->pin_wall_us;
	if (passed_us < 0)
		passed_us = 0;
	return pin_wait_us(device->pin_failures) - passed_us;
}

enum outrider_code
device_pin_attempt(struct outrider *core, struct outrider_err *err)
{
	struct device *device = &core->device;
	struct device before = *device;
	int64_t left_us = pin_wait_left_us(core);
	enum outrider_code code;

	if (left_us > 0)
		return err_set(
			err, OUTRIDER_WRONG_PIN, NULL,
			"Too many wrong PINs: wait %lld seconds.",
			(long long)((left_us + SECOND_US - 1) / SECOND_US));
	device->pin_failures++;
	device->pin_mono_us = core->host.mono_us(core->host.user);
	device->pin_wall_us = core->now_us;
	core->host.boot_id(core->host.user, device->pin_boot_id);
	code = save_alone(core, err);
	if (code != OUTRIDER_OK)
		*device = before;
	return code;
}

enum outrider_code
device_pin_forget(struct outrider *core, struct outrider_err *err)
{
	core->device.pin_failures--;
	return save_alone(core, err);
}

enum outrider_code
device_pin_right(struct outrider *core, struct outrider_err *err)
{
	core->device.pin_failures = 0;
	if (core->now_us > core->device.seen_us)
		core->device.seen_us = core->now_us;
	return save_alone(core, err);
}
