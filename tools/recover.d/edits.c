/*
 * edits: the row of mobile-core/src/outbox.c, told.
 */
#include "edits.h"

#include <string.h>
#include <time.h>

#include "model/schema.h"
#include "model/uuid.h"
#include "model/wire.h"
#include "outrider.h"

/* The row's fields. */
enum {
	EDIT_KIND = 1,
	EDIT_ID = 2,
	EDIT_OP = 3,
	EDIT_EDITED = 6,
	EDIT_FIELDS = 7,
	EDIT_CLEARED = 8,
	EDIT_PARKED = 10,
	EDIT_REASON = 13,
};

enum { TEXT_ROOM = 1 << 17 };

struct edit {
	const struct entity *entity;
	struct uuid id;
	uint64_t op;
	int64_t edited_us;
	struct bytes fields, reason;
	uint32_t cleared[256];
	size_t n_cleared;
	bool is_parked;
};

static bool take(struct edit *edit, const struct wire_field *field)
{
	switch (field->number) {
	case EDIT_KIND:
		edit->entity = schema_entity((uint32_t)field->scalar);
		break;
	case EDIT_ID:
		if (field->value.len != sizeof(edit->id.at))
			return false;
		memcpy(edit->id.at, field->value.at, sizeof(edit->id.at));
		break;
	case EDIT_OP:
		edit->op = field->scalar;
		break;
	case EDIT_EDITED:
		edit->edited_us = (int64_t)field->scalar;
		break;
	case EDIT_FIELDS:
		edit->fields = field->value;
		break;
	case EDIT_CLEARED:
		if (edit->n_cleared < 256)
			edit->cleared[edit->n_cleared++] =
				(uint32_t)field->scalar;
		break;
	case EDIT_PARKED:
		edit->is_parked = field->scalar != 0;
		break;
	case EDIT_REASON:
		edit->reason = field->value;
		break;
	default:
		break;
	}
	return true;
}

static bool read_edit(struct edit *out, const uint8_t *text, size_t len)
{
	struct wire_reader reader = wire_read((struct bytes){ text, len });
	struct wire_field field;
	int more;

	memset(out, 0, sizeof(*out));
	while ((more = wire_next(&reader, &field)) > 0)
		if (!take(out, &field))
			return false;
	return more == 0 && out->entity != NULL && out->op >= 1 && out->op <= 3;
}

/* -------------------------------------------------------------------- JSON */

static void put_text(FILE *out, const char *at, size_t len)
{
	putc('"', out);
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)at[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void put_named(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	put_text(out, text, strlen(text));
}

/* One value, or a list of them: as many as there are. */
static bool
put_field(FILE *out, const struct edit *edit, const char *name, bool is_first)
{
	static char text[TEXT_ROOM];
	const char *kind = edit->entity->name;
	size_t n = 0;

	while (outrider_card_text(text, sizeof(text), kind, edit->fields.at,
				  edit->fields.len, name, n) > 0) {
		if (n == 0)
			fprintf(out, "%s\"%s\":[", is_first ? "" : ",", name);
		else
			putc(',', out);
		put_text(out, text, strlen(text));
		n++;
		if (n > 1000)
			break;
		/* Of one value each element is the same. */
		if (outrider_card_text(text, sizeof(text), kind,
				       edit->fields.at, edit->fields.len, name,
				       1000000) > 0)
			break;
	}
	if (n > 0)
		putc(']', out);
	return n > 0;
}

static void put_fields(FILE *out, const struct edit *edit)
{
	const char *kind = edit->entity->name, *name;
	bool is_first = true;

	fputs(",\"fields\":{", out);
	for (size_t i = 0; (name = outrider_field_name(kind, i)) != NULL; i++)
		if (put_field(out, edit, name, is_first))
			is_first = false;
	fputs("},\"cleared\":[", out);
	for (size_t i = 0; i < edit->n_cleared; i++) {
		const struct field *field =
			message_field(edit->entity->message, edit->cleared[i]);

		fprintf(out, "%s\"%s\"", i > 0 ? "," : "",
			field != NULL ? field->name : "?");
	}
	putc(']', out);
}

bool edits_print(FILE *out, uint64_t seq, const uint8_t *text, size_t len)
{
	static const char *const ops[] = { "", "create", "update", "delete" };
	struct edit edit;
	char id[UUID_TEXT_LEN + 1], when[40] = "";
	time_t at;
	struct tm utc;

	if (!read_edit(&edit, text, len))
		return false;
	uuid_format(id, &edit.id);
	at = (time_t)(edit.edited_us / 1000000);
	if (gmtime_r(&at, &utc) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(out, "{\"number\":%llu", (unsigned long long)seq);
	put_named(out, "kind", edit.entity->name);
	put_named(out, "id", id);
	put_named(out, "op", ops[edit.op]);
	put_named(out, "edited", when);
	if (edit.is_parked) {
		fputs(",\"refused\":", out);
		put_text(out, (const char *)edit.reason.at, edit.reason.len);
	}
	put_fields(out, &edit);
	fputs("}\n", out);
	return true;
}
