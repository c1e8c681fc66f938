/*
 * merge_elements: ascending elements in, ascending elements out, in one pass
 * over the three sides. Knows no fields and no rows.
 */
#include "model/merge_elements.h"

#include <string.h>

#include "model/canonical.h"
#include "model/merge.h"
#include "model/wire.h"

/* Stands on an element of a canonical field: they ascend by their keys. */
struct elements {
	struct wire_reader reader;
	struct wire_field at;
	struct bytes key;
	bool is_keyed;
	bool has_one;
};

static void elements_next(struct elements *e)
{
	e->has_one = wire_next(&e->reader, &e->at) > 0;
	if (!e->has_one)
		return;
	e->key = e->is_keyed ? canonical_key(e->at.value) : e->at.value;
}

static struct elements elements_of(struct bytes occurrences, bool is_keyed)
{
	struct elements e = {
		.reader = wire_read(occurrences),
		.is_keyed = is_keyed,
	};

	elements_next(&e);
	return e;
}

/* As bytes_compare; the end sorts behind everything. */
static int elements_compare(const struct elements *a, const struct elements *b)
{
	if (!a->has_one || !b->has_one)
		return (b->has_one ? 1 : 0) - (a->has_one ? 1 : 0);
	return bytes_compare(a->key, b->key);
}

/* The three sides of one key; not there: NULL. */
struct trio {
	const struct wire_field *standing, *sent, *base;
};

typedef const struct wire_field *choose_fn(const struct merge_sides *sides,
					   const struct trio *trio,
					   struct bytes key);

static bool merge(struct bytes *out, struct arena *arena,
		  const struct merge_sides *sides, bool is_keyed,
		  choose_fn *choose)
{
	struct elements s = elements_of(sides->standing, is_keyed);
	struct elements p = elements_of(sides->sent, is_keyed);
	struct elements b = elements_of(sides->base, is_keyed);
	uint8_t *at = arena_alloc(arena, sides->standing.len + sides->sent.len);
	size_t len = 0;

	if (!at)
		return false;
	while (s.has_one || p.has_one) {
		int order = elements_compare(&s, &p);
		const struct elements *least = order <= 0 ? &s : &p;
		struct trio trio = {
			.standing = order <= 0 ? &s.at : NULL,
			.sent = order >= 0 ? &p.at : NULL,
		};
		const struct wire_field *kept;

		while (b.has_one && elements_compare(&b, least) < 0)
			elements_next(&b);
		if (b.has_one && elements_compare(&b, least) == 0)
			trio.base = &b.at;
		kept = choose(sides, &trio, least->key);
		if (kept) {
			memcpy(at + len, kept->whole.at, kept->whole.len);
			len += kept->whole.len;
		}
		if (order <= 0)
			elements_next(&s);
		if (order >= 0)
			elements_next(&p);
	}
	*out = (struct bytes){ .at = len > 0 ? at : NULL, .len = len };
	return true;
}

/* ------------------------------------------------------------------- sets */

static const struct wire_field *choose_of_set(const struct merge_sides *sides,
					      const struct trio *trio,
					      struct bytes key)
{
	(void)sides;
	(void)key;
	if (trio->base && (!trio->standing || !trio->sent))
		return NULL;
	return trio->standing ? trio->standing : trio->sent;
}

bool merge_sets(struct bytes *out, struct arena *arena,
		const struct merge_sides *sides)
{
	return merge(out, arena, sides, false, choose_of_set);
}

/* ------------------------------------------------------------------ by key */

/* Absent ones sort before all others. */
static int compare(const struct wire_field *a, const struct wire_field *b)
{
	if (!a || !b)
		return (a ? 1 : 0) - (b ? 1 : 0);
	return bytes_compare(a->value, b->value);
}

static const struct wire_field *choose_by_key(const struct merge_sides *sides,
					      const struct trio *trio,
					      struct bytes key)
{
	uint64_t hlc;

	if (compare(trio->standing, trio->base) == 0)
		return trio->sent;
	if (compare(trio->sent, trio->base) == 0 ||
	    compare(trio->sent, trio->standing) == 0)
		return trio->standing;
	hlc = sides->standing_hlc
		      ? sides->standing_hlc(sides->user, sides->field, key)
		      : 0;
	if (sides->hlc != hlc)
		return sides->hlc > hlc ? trio->sent : trio->standing;
	return compare(trio->sent, trio->standing) > 0 ? trio->sent
						       : trio->standing;
}

bool merge_keyed(struct bytes *out, struct arena *arena,
		 const struct merge_sides *sides)
{
	return merge(out, arena, sides, true, choose_by_key);
}

static struct bytes
find_keyed(struct bytes fields, uint32_t number, struct bytes key)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.number == number && in.type == WIRE_LEN &&
		    bytes_compare(canonical_key(in.value), key) == 0)
			return in.whole;
	return (struct bytes){ .at = NULL, .len = 0 };
}

bool merge_key_differs(struct bytes a, struct bytes b, uint32_t field,
		       struct bytes key)
{
	return bytes_compare(find_keyed(a, field, key),
			     find_keyed(b, field, key)) != 0;
}
