/*
 * find: words to cards.
 *
 * Owns one arena of folded text, built when the cards open and wiped when they
 * close; locked in memory as far as the limit allows, and never on disk. A
 * search reads it from end to end, so there is no index that could tell
 * anything; docs/phone.md has what that costs.
 *
 * The text of an entry: words as fold.h makes them, then its phone numbers as
 * digits behind FIND_PHONE each.
 */
#ifndef CORE_FIND_H
#define CORE_FIND_H

#include "idmap.h"
#include "model/arena.h"
#include "model/err.h"
#include "model/schema.h"
#include "model/uuid.h"

enum {
	FIND_PHONE = 1,
	FIND_WORDS_MAX = 16,
	FIND_SAMPLE = 8, /* one byte in so many is counted */
};

struct find_entry {
	struct uuid id;
	uint32_t kind;	  /* 0: gone */
	uint32_t at, len; /* of its text; entries lie in its order */
};

struct find_hit {
	struct uuid id;
	uint32_t kind;
};

struct find {
	const struct allocator *allocator;
	struct buffer words, phones; /* of the card that is put in */
	uint8_t *text;
	size_t text_len, text_room, text_dead;
	struct find_entry *entries;
	size_t n, room, n_dead;
	struct idmap map;	  /* to entries */
	uint32_t commonness[256]; /* how often a byte was put in: a sample */
	bool is_unlocked; /* some of the text could not be kept from swap */
	size_t n_moves;	  /* times that the entries were moved together */
};

void find_init(struct find *find, const struct allocator *allocator);
void find_wipe(struct find *find); /* empty again */

/* Puts a card's text in, instead of what it had. Errors: RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
find_put(struct find *find, const struct entity *entity, const struct uuid *id,
	 struct bytes fields, struct outrider_err *err);
void find_remove(struct find *find, uint32_t kind, const struct uuid *id);
size_t find_count(const struct find *find);
/* Is there such a card, for those who look at it? */
bool find_has(const struct find *find, uint32_t kind, const struct uuid *id);

/*
 * The first `limit` matches of a kind (0: of any) in the order of their texts,
 * in the arena. Errors: RESOURCE_EXHAUSTED, INVALID_ARGUMENT (too many words).
 */
MODEL_MUST_USE enum outrider_code
find_search(const struct find *find, struct arena *arena, struct find_hit **out,
	    size_t *n, uint32_t kind, const char *query, size_t limit,
	    struct outrider_err *err);

#endif
