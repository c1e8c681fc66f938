/*
 * find: the arena of texts, and the search through it.
 *
 * The search takes the rarest byte of the longest word, looks for it with
 * memchr over the whole arena, and reads the other words only in entries
 * where that one stands.
 */
#include "find.h"

#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "model/wire.h"
#include "vault.h"

enum {
	TEXT_FIRST = 64 * 1024,
	TEXT_MAX = 1 << 30,
	ENTRY_TEXT_MAX = 64 * 1024,
	PHONE_DIGITS_MIN = 5,	    /* fewer are words like any other */
	PHONE_DIGITS_NATIONAL = 10, /* country codes and trunk zeros stand
				     * before these */
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "Out of memory.");
}

void find_init(struct find *find, const struct allocator *allocator)
{
	*find = (struct find){ .allocator = allocator };
	idmap_init(&find->map, allocator);
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
	find_init(find, allocator);
}

size_t find_count(const struct find *find)
{
	return find->n - find->n_dead;
}

/* ---------------------------------------------------------------- texts in */

static void add_message(struct buffer *words, struct buffer *phones,
			const struct message *message, struct bytes fields,
			unsigned depth)
{
	static const uint8_t mark = FIND_PHONE;
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	while (depth <= WIRE_DEPTH_MAX && wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		if (field == NULL || in.type != WIRE_LEN)
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
}

/*
 * A buffer for folded text, with all the room that it can need: what is full
 * afterwards is full by its ceiling, and not for want of memory. Folding at
 * most doubles a text (words of one letter get a space each).
 */
static bool
has_room(struct buffer *buffer, const struct allocator *allocator, size_t len)
{
	size_t room = len < ENTRY_TEXT_MAX / 2 ? 2 * len + 2 : ENTRY_TEXT_MAX;

	buffer_init(buffer, allocator, ENTRY_TEXT_MAX);
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
	struct buffer words = { .at = NULL }, phones = { .at = NULL };
	enum outrider_code code = OUTRIDER_OK;
	size_t len;

	find_remove(find, entity->number, id);
	compact(find);
	buffer_init(&phones, find->allocator, 0);
	if (!has_room(&words, find->allocator, fields.len) ||
	    !has_room(&phones, find->allocator, fields.len)) {
		code = no_memory(err);
		goto done;
	}
	/* A text over the ceiling is found by what fits: no error. */
	add_message(&words, &phones, entity->message, fields, 0);
	len = words.len + phones.len + 1;
	if (!text_grow(find, len) || !entries_grow(find) ||
	    !idmap_put(&find->map, entity->number, id, (uint32_t)find->n)) {
		code = no_memory(err);
		goto done;
	}
	find->entries[find->n++] = (struct find_entry){
		.id = *id,
		.kind = entity->number,
		.at = (uint32_t)find->text_len,
		.len = (uint32_t)len,
	};
	if (words.len > 0)
		memcpy(find->text + find->text_len, words.at, words.len);
	if (phones.len > 0)
		memcpy(find->text + find->text_len + words.len, phones.at,
		       phones.len);
	find->text[find->text_len + len - 1] = '\n';
	for (size_t i = 0; i < len; i++)
		find->commonness[find->text[find->text_len + i]]++;
	find->text_len += len;
done:
	buffer_free(&words);
	buffer_free(&phones);
	return code;
}

/* ----------------------------------------------------------------- search */

/* A word to find: at the beginning of words (it has the space in front), or
 * anywhere in a phone number. */
struct needle {
	const uint8_t *at;
	size_t len;
	bool is_phone, is_word;
};

struct query {
	struct needle needles[FIND_WORDS_MAX];
	size_t n;
	bool is_phone_alone; /* a number in any writing, and nothing else */
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(at[i]))
			return false;
	return len > 0;
}

/* "+7 (916) 123-45-67": one number, not words. Its national part finds it
 * whether it was kept with +7, 8 or 0 in front. */
static bool query_is_phone(struct query *query, struct arena *arena,
			   const struct buffer *digits, const char *text)
{
	size_t skip = 0;
	struct bytes copy;

	if (text[strspn(text, "0123456789+()-./ \t")] != 0 ||
	    digits->len < PHONE_DIGITS_MIN)
		return false;
	if (digits->len > PHONE_DIGITS_NATIONAL)
		skip = digits->len - PHONE_DIGITS_NATIONAL;
	else if (digits->at[0] == '0')
		skip = 1;
	copy = arena_copy(arena, digits->at + skip, digits->len - skip);
	if (copy.at == NULL)
		return false;
	query->n = 1;
	query->needles[0] = (struct needle){
		.at = copy.at,
		.len = copy.len,
		.is_phone = true,
	};
	return true;
}

static enum outrider_code query_words(struct query *query, struct arena *arena,
				      const struct buffer *words,
				      struct outrider_err *err)
{
	struct bytes copy = arena_copy(arena, words->at, words->len);
	size_t start = 0;

	if (copy.at == NULL)
		return no_memory(err);
	for (size_t i = 1; i <= copy.len; i++) {
		if (i < copy.len && copy.at[i] != ' ')
			continue;
		if (query->n == FIND_WORDS_MAX)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "At most %d words can be searched for.",
				       FIND_WORDS_MAX);
		query->needles[query->n++] = (struct needle){
			.at = copy.at + start,
			.len = i - start,
			.is_word = true,
			.is_phone =
				all_digits(copy.at + start + 1, i - start - 1),
		};
		start = i;
	}
	return OUTRIDER_OK;
}

static enum outrider_code
query_read(struct query *query, const struct find *find, struct arena *arena,
	   const char *text, struct outrider_err *err)
{
	struct bytes bytes = { (const uint8_t *)text, strlen(text) };
	struct buffer words, digits;
	enum outrider_code code = OUTRIDER_OK;

	query->n = 0;
	buffer_init(&words, find->allocator, ENTRY_TEXT_MAX);
	buffer_init(&digits, find->allocator, ENTRY_TEXT_MAX);
	fold_words(&words, bytes);
	fold_digits(&digits, bytes);
	if (words.is_full || digits.is_full)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or a query too long.");
	else if (!query_is_phone(query, arena, &digits, text) && words.len > 0)
		code = query_words(query, arena, &words, err);
	buffer_free(&words);
	buffer_free(&digits);
	return code;
}

/* The digits before at lead back to the mark of a phone number. */
static bool is_in_phone(const uint8_t *text, size_t at)
{
	while (at > 0 && is_digit(text[at - 1]))
		at--;
	return at > 0 && text[at - 1] == FIND_PHONE;
}

/* Where pattern stands next at or behind *from, or false. The byte at `rare`
 * is looked for first. */
static bool seek(const uint8_t *text, size_t len, size_t *from,
		 const uint8_t *pattern, size_t pattern_len, size_t rare)
{
	const uint8_t *end = text + len, *at;

	if (*from > len || pattern_len > len - *from)
		return false;
	for (at = text + *from + rare; at < end; at++) {
		size_t start;
		at = memchr(at, pattern[rare], (size_t)(end - at));
		if (at == NULL)
			return false;
		start = (size_t)(at - text) - rare;
		if (start + pattern_len > len)
			return false;
		if (memcmp(text + start, pattern, pattern_len) != 0)
			continue;
		*from = start;
		return true;
	}
	return false;
}

static bool
text_has(const uint8_t *text, size_t len, const struct needle *needle)
{
	size_t at = 0;

	if (needle->is_word && seek(text, len, &at, needle->at, needle->len, 0))
		return true;
	if (!needle->is_phone)
		return false;
	for (at = 0; seek(text, len, &at, needle->at + needle->is_word,
			  needle->len - needle->is_word, 0);
	     at++)
		if (is_in_phone(text, at))
			return true;
	return false;
}

static bool entry_matches(const struct find *find,
			  const struct find_entry *entry, uint32_t kind,
			  const struct query *query)
{
	if (entry->kind == 0 || (kind != 0 && entry->kind != kind))
		return false;
	for (size_t i = 0; i < query->n; i++)
		if (!text_has(find->text + entry->at, entry->len,
			      &query->needles[i]))
			return false;
	return true;
}

/* ---------------------------------------------------------------- matches */

struct match {
	const uint8_t *text;
	const struct find_entry *entry;
};

/* The best so far: a heap with the last of them on top, once it is full. */
struct matches {
	struct match *at;
	size_t n, limit;
};

static int compare(const void *a, const void *b)
{
	const struct match *x = a, *y = b;
	size_t len = x->entry->len < y->entry->len ? x->entry->len
						   : y->entry->len;
	int order = memcmp(x->text, y->text, len);

	return order != 0 ? order : uuid_compare(&x->entry->id, &y->entry->id);
}

static void sift_down(struct matches *matches, size_t i)
{
	struct match *at = matches->at, moving = at[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= matches->n)
			break;
		if (child + 1 < matches->n &&
		    compare(&at[child], &at[child + 1]) < 0)
			child++;
		if (compare(&moving, &at[child]) >= 0)
			break;
		at[i] = at[child];
		i = child;
	}
	at[i] = moving;
}

static void matches_add(struct matches *matches, const struct find *find,
			const struct find_entry *entry)
{
	struct match match = { find->text + entry->at, entry };

	if (matches->n < matches->limit) {
		matches->at[matches->n++] = match;
		if (matches->n < matches->limit)
			return;
		for (size_t i = matches->n / 2; i-- > 0;)
			sift_down(matches, i);
		return;
	}
	if (compare(&match, &matches->at[0]) >= 0)
		return;
	matches->at[0] = match;
	sift_down(matches, 0);
}

/* Which byte of the pattern the arena has least of. */
static size_t
rarest(const struct find *find, const uint8_t *pattern, size_t len)
{
	size_t best = 0;

	for (size_t i = 1; i < len; i++)
		if (find->commonness[pattern[i]] <
		    find->commonness[pattern[best]])
			best = i;
	return best;
}

static const struct needle *longest(const struct query *query)
{
	const struct needle *best = &query->needles[0];

	for (size_t i = 1; i < query->n; i++)
		if (query->needles[i].len > best->len)
			best = &query->needles[i];
	return best;
}

/* Jumps from place to place of one word; the others are read there. */
static void jump_through(struct matches *matches, const struct find *find,
			 uint32_t kind, const struct query *query)
{
	const struct needle *needle = longest(query);
	/* A number may stand without its space: look for the digits. */
	size_t skip = needle->is_phone && needle->is_word;
	const uint8_t *pattern = needle->at + skip;
	size_t len = needle->len - skip, at = 0, i = 0;
	size_t rare = rarest(find, pattern, len);

	while (seek(find->text, find->text_len, &at, pattern, len, rare)) {
		const struct find_entry *entry;
		while (find->entries[i].at + find->entries[i].len <= at)
			i++;
		entry = &find->entries[i];
		if (entry_matches(find, entry, kind, query))
			matches_add(matches, find, entry);
		at = entry->at + entry->len;
	}
}

enum outrider_code find_search(const struct find *find, struct arena *arena,
			       const struct find_entry ***out, size_t *n,
			       uint32_t kind, const char *query_text,
			       size_t limit, struct outrider_err *err)
{
	struct query query;
	struct matches matches = { .limit = limit };
	enum outrider_code code;

	*out = NULL;
	*n = 0;
	code = query_read(&query, find, arena, query_text, err);
	if (code != OUTRIDER_OK)
		return code;
	if (matches.limit > find_count(find))
		matches.limit = find_count(find);
	if (matches.limit == 0)
		return OUTRIDER_OK;
	matches.at = arena_alloc(arena, matches.limit * sizeof(*matches.at));
	*out = arena_alloc(arena, matches.limit * sizeof(**out));
	if (matches.at == NULL || *out == NULL)
		return no_memory(err);
	if (query.n > 0)
		jump_through(&matches, find, kind, &query);
	for (size_t i = 0; query.n == 0 && i < find->n; i++)
		if (entry_matches(find, &find->entries[i], kind, &query))
			matches_add(&matches, find, &find->entries[i]);
	qsort(matches.at, matches.n, sizeof(*matches.at), compare);
	for (size_t i = 0; i < matches.n; i++)
		(*out)[i] = matches.at[i].entry;
	*n = matches.n;
	return OUTRIDER_OK;
}
