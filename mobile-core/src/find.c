/*
 * find: the arena of texts. The search through it is find_search.c's.
 */
#include "find.h"

#include <string.h>

#include "model/fold.h"
#include "model/wire.h"
#include "vault.h"

enum {
	TEXT_FIRST = 64 * 1024,
	TEXT_MAX = 1 << 30,
	ENTRY_TEXT_MAX = 64 * 1024,
};

void find_init(struct find *find, const struct allocator *allocator)
{
	*find = (struct find){ .allocator = allocator };
	idmap_init(&find->map, allocator);
	buffer_init(&find->words, allocator, ENTRY_TEXT_MAX);
	buffer_init(&find->phones, allocator, ENTRY_TEXT_MAX);
}

void find_wipe(struct find *find)
{
	const struct allocator *allocator = find->allocator;

	vault_memory_unlock(find->text, find->text_room);
	if (find->text != NULL)
		allocator->resize(allocator->user, find->text, 0);
	if (find->entries != NULL)
		allocator->resize(allocator->user, find->entries, 0);
	idmap_free(&find->map);
	buffer_free(&find->words);
	buffer_free(&find->phones);
	find_init(find, allocator);
}

size_t find_count(const struct find *find)
{
	return find->n - find->n_dead;
}

bool find_has(const struct find *find, uint32_t kind, const struct uuid *id)
{
	return idmap_get(&find->map, kind, id) != NULL;
}

/* ---------------------------------------------------------------- texts in */

static void add_message(struct buffer *words, struct buffer *phones,
			const struct message *message, struct bytes fields,
			unsigned depth)
{
	static const uint8_t mark = FIND_PHONE;
	const struct field *field = NULL;
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	while (depth <= WIRE_DEPTH_MAX && wire_next(&reader, &in) > 0) {
		if (in.type != WIRE_LEN)
			continue;
		field = message_field_after(message, field, in.number);
		if (field == NULL)
			continue;
		if (field->type == FIELD_MESSAGE)
			add_message(words, phones, field->message, in.value,
				    depth + 1);
		if (field->type != FIELD_STRING ||
		    !(field->flags & FIELD_IS_SEARCHABLE))
			continue;
		fold_words(words, in.value);
		if (field->handle != HANDLE_PHONE)
			continue;
		buffer_append(phones, &mark, 1);
		fold_digits(phones, in.value);
	}
}

/* Makes room for len more bytes of text, in locked memory if it can be. */
static bool text_grow(struct find *find, size_t len)
{
	const struct allocator *allocator = find->allocator;
	size_t room = find->text_room > 0 ? find->text_room : TEXT_FIRST;
	uint8_t *text;

	if (len <= find->text_room - find->text_len)
		return true;
	while (room - find->text_len < len && room < TEXT_MAX)
		room *= 2;
	if (room - find->text_len < len)
		return false;
	text = allocator->resize(allocator->user, NULL, room);
	if (text == NULL)
		return false;
	find->is_unlocked = !vault_memory_lock(text, room);
	if (find->text_len > 0)
		memcpy(text, find->text, find->text_len);
	vault_memory_unlock(find->text, find->text_room);
	if (find->text != NULL)
		allocator->resize(allocator->user, find->text, 0);
	find->text = text;
	find->text_room = room;
	return true;
}

static bool entries_grow(struct find *find)
{
	size_t room = find->room > 0 ? find->room * 2 : 256;
	struct find_entry *entries;

	if (find->n < find->room)
		return true;
	if (room > UINT32_MAX / sizeof(*entries))
		return false;
	entries = find->allocator->resize(find->allocator->user, find->entries,
					  room * sizeof(*entries));
	if (entries == NULL)
		return false;
	find->entries = entries;
	find->room = room;
	return true;
}

/* Moves the living together once the dead take half of the room. */
static void compact(struct find *find)
{
	size_t text_len = 0, n = 0;

	if (find->text_dead < TEXT_FIRST ||
	    find->text_dead < find->text_len / 2)
		return;
	for (size_t i = 0; i < find->n; i++) {
		struct find_entry entry = find->entries[i];
		if (entry.kind == 0)
			continue;
		memmove(find->text + text_len, find->text + entry.at,
			entry.len);
		entry.at = (uint32_t)text_len;
		text_len += entry.len;
		/* Is there already: takes no memory. */
		(void)idmap_put(&find->map, entry.kind, &entry.id, (uint32_t)n);
		find->entries[n++] = entry;
	}
	vault_memory_wipe(find->text + text_len, find->text_len - text_len);
	find->text_len = text_len;
	find->n = n;
	find->text_dead = find->n_dead = 0;
	find->n_moves++;
}

/*
 * Empties a buffer for folded text, with all the room that it can need: what is
 * full afterwards is full by its ceiling, and not for want of memory. Folding
 * at most doubles a text (words of one letter get a space each).
 */
static bool has_room(struct buffer *buffer, size_t len)
{
	size_t room = len < ENTRY_TEXT_MAX / 2 ? 2 * len + 2 : ENTRY_TEXT_MAX;

	buffer_clear(buffer);
	return buffer_reserve(buffer, room) != NULL;
}

void find_remove(struct find *find, uint32_t kind, const struct uuid *id)
{
	const uint32_t *i = idmap_get(&find->map, kind, id);
	struct find_entry *entry;

	if (i == NULL)
		return;
	entry = &find->entries[*i];
	entry->kind = 0;
	find->text_dead += entry->len;
	find->n_dead++;
	vault_memory_wipe(find->text + entry->at, entry->len);
	idmap_remove(&find->map, kind, id);
}

enum outrider_code find_put(struct find *find, const struct entity *entity,
			    const struct uuid *id, struct bytes fields,
			    struct outrider_err *err)
{
	struct buffer *words = &find->words, *phones = &find->phones;
	size_t len;

	find_remove(find, entity->number, id);
	compact(find);
	if (!has_room(words, fields.len) || !has_room(phones, fields.len))
		return err_no_memory(err);
	/* A text over the ceiling is found by what fits: no error. */
	add_message(words, phones, entity->message, fields, 0);
	len = words->len + phones->len + 1;
	if (!text_grow(find, len) || !entries_grow(find) ||
	    !idmap_put(&find->map, entity->number, id, (uint32_t)find->n))
		return err_no_memory(err);
	find->entries[find->n++] = (struct find_entry){
		.id = *id,
		.kind = entity->number,
		.at = (uint32_t)find->text_len,
		.len = (uint32_t)len,
	};
	if (words->len > 0)
		memcpy(find->text + find->text_len, words->at, words->len);
	if (phones->len > 0)
		memcpy(find->text + find->text_len + words->len, phones->at,
		       phones->len);
	find->text[find->text_len + len - 1] = '\n';
	for (size_t i = 0; i < len; i += FIND_SAMPLE)
		find->commonness[find->text[find->text_len + i]]++;
	find->text_len += len;
	return OUTRIDER_OK;
}
