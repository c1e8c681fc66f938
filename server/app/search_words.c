/*
 * Words out of what was typed. Slips are tried out: each letter that known
 * words have at each place, with the rest of the word behind it, is looked up
 * among them, which costs a read of a tree for each and no index of its own.
 */
#include "app/search_words.h"

#include "model/fold.h"

#include <string.h>

enum {
	FOLDED_MAX = 4096,
	/* A word that takes part in slips. */
	LETTERS_MIN = 4,
	LETTERS_MAX = 20,
	VARIANTS_MAX = 24,
	VARIANT_WORDS_MAX = 8,
	VARIED_WORDS_MAX = 4, /* of a query; the rest is taken as typed */
	/* The index keeps lists for shorter beginnings than this. */
	LONG_LETTERS_MIN = 5,
};

/* ----------------------------------------------------------------- reading */

static bool is_number(struct bytes word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	return word.len > 0;
}

/* Each run of numbers may be one number that was parted. */
static void join_numbers(struct typed *typed)
{
	for (size_t i = 0, end; i < typed->n; i = end) {
		struct typed_word *first = &typed->words[i];
		const uint8_t *last = first->text.at;

		for (end = i; end < typed->n; end++) {
			if (!is_number(typed->words[end].text))
				break;
			last = typed->words[end].text.at +
			       typed->words[end].text.len;
		}
		/* They stand one behind the other in the folded text. */
		struct search_digits digits = search_digits_of((struct bytes){
			first->text.at, (size_t)(last - first->text.at) });
		if (end == i)
			end++;
		else if (digits.len >= SEARCH_DIGITS_MIN)
			for (size_t j = i; j < end; j++)
				typed->words[j].digits = digits;
	}
}

enum outrider_code typed_read(struct typed *out, struct bytes text,
			      struct arena *arena, struct outrider_err *err)
{
	struct buffer folded;
	struct bytes rest, word;
	bool is_full;

	out->n = 0;
	buffer_init(&folded, &allocator_libc, FOLDED_MAX);
	fold_words(&folded, text);
	rest = arena_copy(arena, folded.at, folded.len);
	is_full = folded.is_full;
	buffer_free(&folded);
	if (is_full || !rest.at)
		return err_call_full(err);
	while (search_next_word(&word, &rest)) {
		if (out->n == TYPED_WORDS_MAX)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, "query",
				       "at most %d words can be searched for",
				       TYPED_WORDS_MAX);
		out->words[out->n++] = (struct typed_word){ .text = word };
	}
	if (out->n == 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "query",
			       "type a letter or a digit at least");
	join_numbers(out);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- slips */

struct letters {
	uint32_t at[LETTERS_MAX + 1];
	size_t n;
};

static size_t letter_len(uint8_t first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The first letter of a text; 0 where there is none. */
static uint32_t letter_at(struct bytes text)
{
	size_t len = text.len > 0 ? letter_len(*text.at) : 1;
	uint32_t letter;

	if (len > text.len)
		return 0;
	letter = len == 1 ? *text.at : *text.at & (0xffU >> (len + 1));
	for (size_t i = 1; i < len; i++)
		letter = letter << 6 | (text.at[i] & 0x3f);
	return letter;
}

/* False where it is too long, or has something else than letters in it. */
static bool letters_read(struct letters *out, struct bytes word)
{
	out->n = 0;
	while (word.len > 0) {
		size_t len = letter_len(*word.at);
		uint32_t letter = letter_at(word);
		if (letter == 0 || out->n == LETTERS_MAX ||
		    (letter >= '0' && letter <= '9'))
			return false;
		out->at[out->n++] = letter;
		word.at += len;
		word.len -= len;
	}
	return true;
}

static size_t letters_write(uint8_t *out, const struct letters *letters)
{
	/* What the first of so many bytes begins with. */
	static const uint32_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = 0;

	for (size_t i = 0; i < letters->n; i++) {
		uint32_t c = letters->at[i];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		for (size_t j = n - 1; j > 0; j--, c >>= 6)
			out[len + j] = (uint8_t)(0x80 | (c & 0x3f));
		out[len] = (uint8_t)((leads[n] | c) & 0xff);
		len += n;
	}
	return len;
}

bool typed_is_long(struct bytes beginning)
{
	struct letters letters;

	return letters_read(&letters, beginning) &&
	       letters.n >= LONG_LETTERS_MIN;
}

struct slips {
	struct typed_word *word;
	struct store_conn *conn;
	struct arena *arena;
	struct outrider_err *err;
};

static bool is_known_variant(const struct typed_word *word, struct bytes text)
{
	for (size_t i = 0; i < word->n_variants; i++) {
		struct bytes known = word->variants[i].beginning;
		if (known.len <= text.len &&
		    memcmp(known.at, text.at, known.len) == 0)
			return true;
	}
	return false;
}

/* Keeps the letters as a variant, if words begin so. */
static enum outrider_code
try_letters(struct slips *slips, const struct letters *letters)
{
	struct typed_word *word = slips->word;
	uint8_t text[4 * (LETTERS_MAX + 1)];
	struct bytes beginning = { text, letters_write(text, letters) };
	struct variant variant = { .n_words = 0 };
	enum outrider_code code;

	if (word->n_variants == VARIANTS_MAX ||
	    is_known_variant(word, beginning))
		return OUTRIDER_OK;
	code = store_search_words(slips->conn, &variant.words, &variant.n_words,
				  beginning, VARIANT_WORDS_MAX + 1,
				  slips->arena, slips->err);
	if (code != OUTRIDER_OK || variant.n_words == 0)
		return code;
	variant.has_more = variant.n_words > VARIANT_WORDS_MAX;
	variant.beginning =
		arena_copy(slips->arena, beginning.at, beginning.len);
	if (!variant.beginning.at)
		return err_call_full(slips->err);
	word->variants[word->n_variants++] = variant;
	return OUTRIDER_OK;
}

/* One too many, or two in the wrong order. */
static enum outrider_code
try_own_letters(struct slips *slips, const struct letters *typed)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i + 1 < typed->n; i++) {
		struct letters other = *typed;
		other.at[i] = typed->at[i + 1];
		other.at[i + 1] = typed->at[i];
		if (other.at[i] != other.at[i + 1])
			code = try_letters(slips, &other);
	}
	for (size_t i = 0; code == OUTRIDER_OK && i < typed->n; i++) {
		struct letters other = { .n = typed->n - 1 };
		memcpy(other.at, typed->at, i * sizeof(other.at[0]));
		memcpy(other.at + i, typed->at + i + 1,
		       (typed->n - i - 1) * sizeof(other.at[0]));
		code = try_letters(slips, &other);
	}
	return code;
}

static bool
begins(const struct search_word *word, const uint8_t *beginning, size_t len)
{
	return word->len > 0 && word->len >= len &&
	       memcmp(word->at, beginning, len) == 0;
}

/* The known words behind all that begin with the first n letters and c. */
static enum outrider_code
skip_letter(struct slips *slips, struct search_word *word,
	    const struct letters *typed, size_t n, uint32_t c)
{
	struct letters next = *typed;
	uint8_t text[4 * (LETTERS_MAX + 1)];

	next.n = n + 1;
	/* No letter, but it is only compared. */
	next.at[n] = c + 1;
	return store_search_word_from(
		slips->conn, word,
		(struct bytes){ text, letters_write(text, &next) }, slips->err);
}

/*
 * Another letter in the place of the n-th, or one more before it: those that
 * known words have there behind the same beginning, and no others.
 */
static enum outrider_code
try_place(struct slips *slips, const struct letters *typed, size_t n)
{
	struct letters other = *typed;
	uint8_t beginning[4 * (LETTERS_MAX + 1)];
	struct search_word word;
	size_t len;
	enum outrider_code code;

	other.n = n;
	len = letters_write(beginning, &other);
	code = store_search_word_from(slips->conn, &word,
				      (struct bytes){ beginning, len },
				      slips->err);
	while (code == OUTRIDER_OK && begins(&word, beginning, len)) {
		struct letters found;
		const struct bytes rest = { word.at + len, word.len - len };
		/* What begins so and ends here has no letter in that place. */
		uint32_t c = letter_at(rest);
		if (c != 0 && c != typed->at[n]) {
			found = *typed;
			found.at[n] = c;
			code = try_letters(slips, &found);
			if (code != OUTRIDER_OK)
				break;
			found.n = typed->n + 1;
			memcpy(found.at + n + 1, typed->at + n,
			       (typed->n - n) * sizeof(found.at[0]));
			code = try_letters(slips, &found);
		}
		if (code == OUTRIDER_OK)
			code = skip_letter(slips, &word, typed, n, c);
	}
	return code;
}

/*
 * At each place but the last: what begins like the word without its last
 * letter was tried already.
 */
static enum outrider_code
try_other_letters(struct slips *slips, const struct letters *typed)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t n = 0; code == OUTRIDER_OK && n + 1 < typed->n; n++)
		code = try_place(slips, typed, n);
	return code;
}

enum outrider_code typed_vary(struct typed *typed, struct store_conn *conn,
			      struct arena *arena, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	size_t n_varied = 0;

	for (size_t i = 0; code == OUTRIDER_OK && i < typed->n; i++) {
		struct typed_word *word = &typed->words[i];
		struct slips slips = { word, conn, arena, err };
		struct letters letters;
		if (!letters_read(&letters, word->text) ||
		    letters.n < LETTERS_MIN || letters.n == LETTERS_MAX ||
		    n_varied++ == VARIED_WORDS_MAX)
			continue;
		word->variants = arena_alloc(
			arena, VARIANTS_MAX * sizeof(struct variant));
		if (!word->variants)
			return err_call_full(err);
		code = try_own_letters(&slips, &letters);
		if (code == OUTRIDER_OK)
			code = try_other_letters(&slips, &letters);
		word->may_slip = true;
	}
	return code;
}

static bool begins_with(struct bytes word, struct bytes beginning)
{
	return beginning.len <= word.len &&
	       memcmp(word.at, beginning.at, beginning.len) == 0;
}

/* Behind the first letter, if there is one. */
static struct bytes behind(struct bytes text)
{
	size_t len = text.len > 0 ? letter_len(*text.at) : 0;

	if (len > text.len)
		len = text.len;
	return (struct bytes){ text.at + len, text.len - len };
}

bool typed_slips(struct bytes typed, struct bytes word)
{
	size_t same = 0;

	/* The slip is where they part first, or might as well be. */
	while (same < typed.len && same < word.len &&
	       typed.at[same] == word.at[same])
		same++;
	while (same > 0 && same < typed.len && (typed.at[same] & 0xc0) == 0x80)
		same--;
	typed = (struct bytes){ typed.at + same, typed.len - same };
	word = (struct bytes){ word.at + same, word.len - same };
	const struct bytes typed_rest = behind(typed), rest = behind(word);
	if (begins_with(word, typed_rest))
		return true;
	if (word.len == 0)
		return false;
	if (begins_with(rest, typed_rest) || begins_with(rest, typed))
		return true;
	return letter_at(typed) == letter_at(rest) &&
	       letter_at(typed_rest) == letter_at(word) &&
	       begins_with(behind(rest), behind(typed_rest));
}
