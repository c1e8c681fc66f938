/*
 * See pending.h.
 */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

static bool note(void *user, const struct outrider_outgoing *mutation)
{
	struct pending_edits *edits = user;
	struct pending_edit *edit;

	if (edits->n == edits->room) {
		edits->room = edits->room * 2 + 32;
		edits->at =
			realloc(edits->at, edits->room * sizeof(*edits->at));
		if (edits->at == NULL)
			abort();
	}
	edit = &edits->at[edits->n++];
	edit->seq = mutation->seq;
	edit->is_parked = mutation->is_parked;
	memcpy(edit->id, mutation->id, sizeof(edit->id));
	return true;
}

bool pending_read(struct pending_edits *out, struct phone *phone)
{
	*out = (struct pending_edits){ .n = 0 };
	if (outrider_outbox(phone->core, note, out, NULL) == OUTRIDER_OK)
		return true;
	out->n = 0;
	out->is_unknown = true;
	return false;
}

const struct pending_edits *pending_of(struct phone *phone)
{
	if (phone->pending != NULL)
		return phone->pending;
	phone->pending = calloc(1, sizeof(*phone->pending));
	if (phone->pending == NULL)
		abort();
	(void)pending_read(phone->pending, phone);
	return phone->pending;
}

void pending_forget(struct phone *phone)
{
	if (phone->pending != NULL)
		pending_free(phone->pending);
	free(phone->pending);
	phone->pending = NULL;
}

void pending_free(struct pending_edits *edits)
{
	free(edits->at);
	*edits = (struct pending_edits){ .n = 0 };
}

static int by_seq(const void *key, const void *member)
{
	const uint64_t seq = *(const uint64_t *)key;
	const struct pending_edit *edit = member;

	return seq < edit->seq ? -1 : seq > edit->seq;
}

const struct pending_edit *
pending_find(const struct pending_edits *edits, uint64_t seq)
{
	if (edits->n == 0)
		return NULL;
	return bsearch(&seq, edits->at, edits->n, sizeof(*edits->at), by_seq);
}

bool pending_touches(const struct pending_edits *edits, const uint8_t id[16])
{
	for (size_t i = 0; i < edits->n; i++)
		if (memcmp(edits->at[i].id, id, 16) == 0)
			return true;
	return false;
}
