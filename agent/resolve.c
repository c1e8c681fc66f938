/*
 * See resolve.h.
 */
#include "resolve.h"

#include "cards.h"
#include "found.h"
#include "output.h"
#include "times.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* DIGITS_SHOWN: as id_short shows them. */
enum { DIGITS_MIN = 4, DIGITS_MAX = 32, DIGITS_SHOWN = 8 };

struct search {
	struct resolve_words words;
	struct founds founds; /* the first ones that fit */
	size_t n;	      /* all that fit */
};

/* ------------------------------------------------------------- what fits */

static void bare_digits(char out[DIGITS_MAX + 1], const char *text)
{
	size_t n = 0;

	for (; *text && n < DIGITS_MAX; text++)
		if (*text != '-')
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
	if (*text != '\0' || n < DIGITS_MIN ||
	    strspn(out, "0123456789abcdef") != n)
		out[0] = '\0';
}

void resolve_read(struct resolve_words *out, const char *text)
{
	out->text = text;
	bare_digits(out->digits, text);
}

static bool is_by_digits(const char *digits, const uint8_t id[16])
{
	const size_t len = strlen(digits);
	char text[37], whole[DIGITS_MAX + 1];

	if (len == 0)
		return false;
	id_text(text, id);
	bare_digits(whole, text);
	return strncmp(whole, digits, len) == 0 ||
	       strncmp(whole + DIGITS_MAX - DIGITS_SHOWN, digits, len) == 0 ||
	       strcmp(whole + DIGITS_MAX - len, digits) == 0;
}

bool resolve_is(const struct resolve_words *words, const uint8_t id[16],
		const char *name)
{
	return is_by_digits(words->digits, id) ||
	       strcasecmp(name, words->text) == 0;
}

static bool
is_card(const struct resolve_words *words, const struct outrider_card *card)
{
	char name[400];

	card_title(name, sizeof(name), card);
	if (resolve_is(words, card->id, name))
		return true;
	return strcmp(card->kind, "user") == 0 &&
	       card_field(name, sizeof(name), card, "login_name", 0) &&
	       strcmp(name, words->text) == 0;
}

static bool take(void *user, const struct outrider_card *card)
{
	struct search *search = user;

	search->n++;
	return search->founds.n == RESOLVE_SHOWN_MAX ||
	       found_add(&search->founds, card) != NULL;
}

static bool take_exact(void *user, const struct outrider_card *card)
{
	const struct search *search = user;

	return !is_card(&search->words, card) || take(user, card);
}

/* ---------------------------------------------------------------- telling */

/* Of two of one name, which is which: an id of version 7 begins with the
 * milliseconds at which it was made. */
static void tell_age(const struct outrider_card *card)
{
	int64_t made_ms = 0;
	char when[32];

	for (size_t i = 0; i < 6; i++)
		made_ms = made_ms << 8 | card->id[i];
	if (card->id[6] >> 4 == 7) {
		times_date_clock(when, made_ms * 1000);
		fprintf(stderr, ", made %s", when);
	}
	if (card->is_pending)
		fputs(", not sent yet", stderr);
}

/* "contact 5e30976d  Olena Koval, Zernoprom" */
static void tell_card(struct session *session, const struct outrider_card *card,
		      bool is_twin)
{
	char id[9], title[200], about[400], when[32] = "";

	id_short(id, card->id);
	card_title(title, sizeof(title), card);
	title_about(session, about, sizeof(about), card);
	if (strcmp(card->kind, "meeting") == 0)
		times_date_clock(when, card_time(card, "start_time"));
	fprintf(stderr, "%s %s  %s%s%s%s%s", card->kind, id, title,
		when[0] ? ", " : "", when, about[0] ? ", " : "", about);
	if (is_twin)
		tell_age(card);
	fputc('\n', stderr);
}

/* Has another of the founds the same name? */
static bool is_twin(const struct founds *founds, size_t i)
{
	char name[200], other[200];

	card_title(name, sizeof(name), &founds->at[i].card);
	for (size_t k = 0; k < founds->n; k++) {
		card_title(other, sizeof(other), &founds->at[k].card);
		if (k != i && strcasecmp(name, other) == 0)
			return true;
	}
	return false;
}

void resolve_tell_many(const struct resolve_words *words, size_t n)
{
	fprintf(stderr,
		"outrider: '%s' may be one of %zu; say it by its "
		"digits:\n",
		words->text, n);
}

static void tell_many(struct session *session, const struct search *search)
{
	resolve_tell_many(&search->words, search->n);
	for (size_t i = 0; i < search->founds.n; i++) {
		fputs("  ", stderr);
		tell_card(session, &search->founds.at[i].card,
			  is_twin(&search->founds, i));
	}
	if (search->n > search->founds.n)
		fprintf(stderr, "  and %zu more: outrider find\n",
			search->n - search->founds.n);
}

static void tell_none(const struct search *search, const char *kind)
{
	fprintf(stderr, "outrider: no %s here is called '%s'%s\n",
		kind != NULL ? kind : "card", search->words.text,
		search->words.digits[0] ? ", or has such digits" : "");
}

/* ---------------------------------------------------------------- resolve */

bool resolve_card(struct session *session, const char *kind, const char *text,
		  uint8_t id[16], char kind_out[32])
{
	struct search search = { .n = 0 };
	bool is_guess = false;
	struct outrider_err err;
	enum outrider_code code;

	resolve_read(&search.words, text);
	code = outrider_card_find(session->core, kind, NULL, SIZE_MAX,
				  take_exact, &search, &err);
	if (code == OUTRIDER_OK && search.n == 0 && text[0] != '\0') {
		is_guess = true;
		code = outrider_card_find(session->core, kind, text, SIZE_MAX,
					  take, &search, &err);
	}
	if (code != OUTRIDER_OK)
		(void)session_fail(&err);
	else if (search.n == 0)
		tell_none(&search, kind);
	else if (search.n > 1)
		tell_many(session, &search);
	if (code == OUTRIDER_OK && search.n == 1 && search.founds.n == 1) {
		const struct outrider_card *card = &search.founds.at[0].card;

		memcpy(id, card->id, 16);
		snprintf(kind_out, 32, "%s", card->kind);
		if (is_guess) {
			fprintf(stderr, "outrider: '%s' is ", text);
			tell_card(session, card, false);
		}
		return found_end(&search.founds) == 0;
	}
	(void)found_end(&search.founds);
	return false;
}

bool resolve_id(struct session *session, const char *kind, const char *text,
		char id_out[37])
{
	char found_kind[32];
	uint8_t id[16];

	if (!resolve_card(session, kind, text, id, found_kind))
		return false;
	id_text(id_out, id);
	return true;
}
