/*
 * See found.h.
 */
#include "found.h"

#include "cards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ABOUT_MAX 3

/* ---------------------------------------------------------------- the list */

static bool grow(struct founds *founds)
{
	const size_t room = founds->room > 0 ? founds->room * 2 : 32;
	struct found *at = realloc(founds->at, room * sizeof(*at));

	if (at == NULL)
		return false;
	founds->at = at;
	founds->room = room;
	return true;
}

struct found *found_add(struct founds *founds, const struct outrider_card *card)
{
	struct found *found;
	uint8_t *fields = malloc(card->len + 1);

	if (fields == NULL || (founds->n == founds->room && !grow(founds))) {
		free(fields);
		founds->is_full = true;
		return NULL;
	}
	if (card->len > 0)
		memcpy(fields, card->fields, card->len);
	found = &founds->at[founds->n++];
	memset(found, 0, sizeof(*found));
	found->card = *card;
	found->card.fields = fields;
	return found;
}

bool found_text(struct founds *founds, struct found *found, const char *text)
{
	const size_t len = strlen(text);

	found->text = malloc(len + 1);
	if (found->text == NULL) {
		founds->is_full = true;
		return false;
	}
	memcpy(found->text, text, len + 1);
	return true;
}

struct span {
	struct founds *founds;
	int64_t from_us, until_us;
};

static bool keep_if_within(void *user, const struct outrider_card *card)
{
	const struct span *span = user;

	return card_time(card, "start_time") >= span->until_us ||
	       card_time(card, "end_time") <= span->from_us ||
	       found_add(span->founds, card) != NULL;
}

static int by_start(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	const int64_t left = card_time(&x->card, "start_time");
	const int64_t right = card_time(&y->card, "start_time");

	if (left != right)
		return left < right ? -1 : 1;
	return memcmp(x->card.id, y->card.id, sizeof(x->card.id));
}

enum outrider_code found_meetings(struct founds *founds,
				  struct session *session, int64_t from_us,
				  int64_t until_us, struct outrider_err *err)
{
	struct span span = { founds, from_us, until_us };
	enum outrider_code code =
		outrider_card_find(session->core, "meeting", NULL, SIZE_MAX,
				   keep_if_within, &span, err);

	if (founds->n > 0)
		qsort(founds->at, founds->n, sizeof(founds->at[0]), by_start);
	return code;
}

void found_free(struct founds *founds)
{
	for (size_t i = 0; i < founds->n; i++) {
		free((void *)(uintptr_t)founds->at[i].card.fields);
		free(founds->at[i].text);
	}
	free(founds->at);
	memset(founds, 0, sizeof(*founds));
}

int found_end(struct founds *founds)
{
	const bool is_full = founds->is_full;

	if (is_full)
		fputs("outrider: out of memory: there are more of them\n",
		      stderr);
	found_free(founds);
	return is_full ? 1 : 0;
}

/* ------------------------------------------------------------------ titles */

bool title_of(struct session *session, char *out, size_t size, const char *kind,
	      const uint8_t id[16])
{
	struct outrider_card card;

	out[0] = '\0';
	if (outrider_card_get(session->core, &card, kind, id, NULL) !=
	    OUTRIDER_OK)
		return false;
	card_title(out, size, &card);
	return true;
}

bool title_of_value(struct session *session, char *out, size_t size,
		    const char *kind, const char *field, const char *value)
{
	const char *refers_to = outrider_field_reference(kind, field);
	uint8_t id[16];

	out[0] = '\0';
	return refers_to != NULL && id_parse(id, value) &&
	       title_of(session, out, size, refers_to, id);
}

/* People, firms and deals say what a card is about; who owns it doesn't. */
static bool says_about(const char *kind, const char *field)
{
	static const char *const kinds[] = { "company", "contact", "lead",
					     "deal",	"place",   "meeting" };
	const char *refers_to = outrider_field_reference(kind, field);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (refers_to != NULL && strcmp(refers_to, kinds[i]) == 0)
			return true;
	return false;
}

void title_about(struct session *session, char *out, size_t size,
		 const struct outrider_card *card)
{
	const char *name;
	char value[64], title[200], last[200] = "";
	size_t len = 0, n = 0;

	out[0] = '\0';
	for (size_t i = 0; n < ABOUT_MAX && len + 1 < size &&
			   (name = outrider_field_name(card->kind, i)) != NULL;
	     i++) {
		if (!says_about(card->kind, name) ||
		    !card_field(value, sizeof(value), card, name, 0) ||
		    !title_of_value(session, title, sizeof(title), card->kind,
				    name, value) ||
		    strcmp(title, last) == 0)
			continue;
		/* A place is often called as its company is. */
		memcpy(last, title, sizeof(last));
		len += (size_t)snprintf(out + len, size - len, "%s%s",
					n++ > 0 ? ", " : "", title);
	}
}

void title_json(struct json *json, struct session *session,
		const struct outrider_card *card)
{
	const char *name;
	char value[64], title[400];

	json_open(json, "titles", '{');
	for (size_t i = 0; (name = outrider_field_name(card->kind, i)); i++) {
		if (outrider_field_reference(card->kind, name) == NULL)
			continue;
		for (size_t element = 0;
		     card_field(value, sizeof(value), card, name, element) &&
		     value[0];
		     element++)
			if (title_of_value(session, title, sizeof(title),
					   card->kind, name, value))
				json_text(json, value, title);
	}
	json_close(json, '}');
}

void title_of_owner(struct session *session, char *out, size_t size,
		    const struct outrider_card *card)
{
	char owner[40];
	uint8_t id[16];

	(void)card_field(owner, sizeof(owner), card, "owner_id", 0);
	if (!id_parse(id, owner) || !title_of(session, out, size, "user", id))
		snprintf(out, size, "%s", owner);
}
