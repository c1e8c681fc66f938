/*
 * Places in a chain: see visits_chain.h.
 *
 *	number n, previous H(n - 1)	the next one
 *	number n, previous H(k < n - 1)	its device lost k + 1 to n - 1, and says
 *					so: both are under its signature
 *	number n, previous something	entries are kept back, or it is another
 *					chain
 *
 * A declared loss is taken where k is held: nobody but the device can sign it,
 * no number is given twice by it, and what is refused for ever is of no use to
 * anybody. It is told, as any other cut.
 */
#include "app/visits_chain.h"

#include <string.h>

static const char entries_missing[] = "entries before it are missing";
static const char begins_anew[] = "it begins anew: another first entry is held";
static const char is_fork[] = "another entry with its number is held";
static const char was_lost[] =
	"a later entry says that it was lost, and stands in its place";
static const char follows_not[] = "it doesn't follow the entry before it";

const struct chain_end *chain_view_end(const struct chain_view *view)
{
	return view->n_added > 0 ? &view->added[view->n_added - 1]
				 : &view->held;
}

static bool is_hash(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, CHAIN_HASH_LEN) == 0;
}

static const struct chain_end *
find_added(const struct chain_view *view, uint64_t number)
{
	for (size_t i = 0; i < view->n_added; i++)
		if (view->added[i].number == number)
			return &view->added[i];
	return NULL;
}

/* What stands under its number: it, another one, or nothing, in a gap. */
static enum outrider_code
compare_held(struct chain_place *out, struct store_conn *conn,
	     const struct chain_view *view, const struct chain_header *header,
	     const uint8_t *hash, struct arena *scratch,
	     struct outrider_err *err)
{
	const struct chain_end *added = find_added(view, header->number);
	struct evidence standing;
	enum outrider_code code = OUTRIDER_OK;

	if (added)
		memcpy(standing.hash, added->hash, sizeof(standing.hash));
	else
		code = evidence_get(conn, &standing, &view->device,
				    header->number, scratch, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		out->reason = was_lost;
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	out->is_held = is_hash(standing.hash, hash);
	if (out->is_held)
		return OUTRIDER_OK;
	out->is_cut = header->number == 1;
	out->reason = out->is_cut ? begins_anew : is_fork;
	return OUTRIDER_OK;
}

/* The number of the entry that it follows by its own word; *is_there: it is
 * held, and not too long ago. */
static enum outrider_code
find_followed(uint64_t *number, bool *is_there, struct store_conn *conn,
	      const struct chain_view *view, const struct chain_header *header,
	      struct arena *scratch, struct outrider_err *err)
{
	static const uint8_t none[CHAIN_HASH_LEN];
	uint64_t least = header->number > CHAIN_LOST_MAX
				 ? header->number - 1 - CHAIN_LOST_MAX
				 : 0;
	const struct evidence_query asked = {
		.device = view->device,
		.from = least > 0 ? least : 1,
		.until = view->held.number,
	};
	struct evidence *held;
	size_t n;
	enum outrider_code code;

	*number = 0;
	*is_there = least == 0 && is_hash(header->previous, none);
	for (size_t i = 0; i < view->n_added && !*is_there; i++) {
		*number = view->added[i].number;
		*is_there = *number >= least &&
			    is_hash(view->added[i].hash, header->previous);
	}
	if (*is_there || asked.from > asked.until)
		return OUTRIDER_OK;
	code = evidence_chain(conn, &held, &n, &asked, scratch, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n && !*is_there; i++) {
		*number = held[i].number;
		*is_there = is_hash(held[i].hash, header->previous);
	}
	return code;
}

enum outrider_code
chain_find_place(struct chain_place *out, struct store_conn *conn,
		 const struct chain_view *view,
		 const struct chain_header *header,
		 const uint8_t hash[CHAIN_HASH_LEN], struct arena *scratch,
		 struct outrider_err *err)
{
	const struct chain_end *end = chain_view_end(view);
	uint64_t followed;
	bool is_there;
	enum outrider_code code;

	*out = (struct chain_place){ .reason = NULL };
	if (header->number <= end->number)
		return compare_held(out, conn, view, header, hash, scratch,
				    err);
	if (header->number == end->number + 1 &&
	    is_hash(header->previous, end->hash))
		return OUTRIDER_OK;
	code = find_followed(&followed, &is_there, conn, view, header, scratch,
			     err);
	if (code != OUTRIDER_OK)
		return code;
	if (is_there) {
		out->n_lost = header->number - 1 - followed;
		return OUTRIDER_OK;
	}
	out->is_cut = header->number > end->number + 1;
	out->reason = out->is_cut ? entries_missing : follows_not;
	return OUTRIDER_OK;
}
