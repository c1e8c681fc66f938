/*
 * See ledger.h.
 */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edit *ledger_add(struct ledger *ledger, const struct edit *edit)
{
	if (ledger->n == ledger->room) {
		ledger->room = ledger->room * 2 + 64;
		ledger->edits =
			realloc(ledger->edits, ledger->room * sizeof(*edit));
		if (ledger->edits == NULL)
			abort();
	}
	ledger->edits[ledger->n] = *edit;
	return &ledger->edits[ledger->n++];
}

struct edit *ledger_find(const struct ledger *ledger, size_t life, uint64_t seq)
{
	for (size_t i = ledger->n; i > 0; i--)
		if (ledger->edits[i - 1].seq == seq &&
		    ledger->edits[i - 1].life == life)
			return &ledger->edits[i - 1];
	return NULL;
}

void edit_set(struct edit *edit, const char *field, const char *text,
	      const char *seen)
{
	size_t i = 0;

	while (i < edit->n_values && edit->values[i].field != field)
		i++;
	if (i == EDIT_VALUES_MAX)
		abort();
	if (i == edit->n_values)
		edit->n_values++;
	edit->values[i].field = field;
	snprintf(edit->values[i].text, sizeof(edit->values[i].text), "%s",
		 text);
	snprintf(edit->values[i].seen, sizeof(edit->values[i].seen), "%s",
		 seen);
}

void ledger_free(struct ledger *ledger)
{
	free(ledger->edits);
	*ledger = (struct ledger){ .n = 0 };
}
