/*
 * find: words to cards.
 *
 * Owns one arena of folded text, built when the cards open and wiped when they
 * close; locked in memory as far as the limit allows, and never on disk. A
 * search reads it from end to end: a hundred thousand entries take about a
 * millisecond, and there is no index that could tell anything.
 *
 * Folded: small letters, no diacritics, ё as е, ligatures as their letters;
 * anything else but letters and digits parts words.
 */
#ifndef CORE_FIND_H
#define CORE_FIND_H

#include "model/arena.h"
#include "model/err.h"
#include "model/schema.h"
#include "model/uuid.h"

struct find_entry {
	struct uuid id;
	uint32_t kind;	  /* 0: gone */
	uint32_t at, len; /* of its text */
};

struct find {
	const struct allocator *allocator;
	char *text;
	size_t text_len, text_room;
	size_t text_dead; /* of entries that are gone */
	struct find_entry *entries;
	size_t n, room;
	size_t n_dead;
	uint32_t *slots; /* hash of id to entry + 1; a power of two of them */
	size_t n_slots;
	bool is_locked; /* in memory */
};

void find_init(struct find *find, const struct allocator *allocator);
void find_wipe(struct find *find); /* empty again */

/* Puts a card's text in, instead of what it had. Errors: RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
find_put(struct find *find, const struct entity *entity, const struct uuid *id,
	 struct bytes fields, struct outrider_err *err);
void find_remove(struct find *find, uint32_t kind, const struct uuid *id);
bool find_has(const struct find *find, uint32_t kind, const struct uuid *id);
size_t find_count(const struct find *find);

/*
 * The best `limit` matches of kind (0: all) in the order of their texts.
 * *out lives in the arena. Errors: RESOURCE_EXHAUSTED, INVALID_ARGUMENT (a
 * query of too many words).
 */
MODEL_MUST_USE enum outrider_code
find_search(const struct find *find, struct arena *arena,
	    const struct find_entry ***out, size_t *n, uint32_t kind,
	    const char *query, size_t limit, struct outrider_err *err);

#endif
