/*
 * handle: telephone numbers and e-mail addresses as the same person writes
 * them.
 *
 * Owns when two of them are the same, without knowing a country: a number with
 * "+" or "00" in front is the whole of one, any other is the part that is
 * dialled at home. Knows nothing of cards and of keys.
 */
#ifndef MODEL_HANDLE_H
#define MODEL_HANDLE_H

#include "model/arena.h"
#include "model/schema.h"

enum {
	HANDLE_TEXT_MAX = 254,
	HANDLE_DIGITS_MIN = 3,
	HANDLE_DIGITS_MAX = 20,
	HANDLE_DIGITS_SURE = 7, /* fewer are a number only as they stand */
	HANDLE_KEY_MAX = HANDLE_TEXT_MAX + 1,
};

struct handle {
	enum field_handle type; /* HANDLE_PHONE or HANDLE_EMAIL */
	bool is_whole;		/* a number with its country */
	/* Digits, without what is dialled before them ("00", "0", and the 8 of
	 * eleven digits); or the address, ASCII letters small. */
	char text[HANDLE_TEXT_MAX + 1];
	size_t len;
};

/*
 * Each false, and *out undefined, where the text is none. What follows a
 * number behind a letter, "#" or ";" (an extension) is left out.
 */
bool handle_read_phone(struct handle *out, struct bytes text);
bool handle_read_email(struct handle *out, struct bytes text);
/* The one that it is: an "@" makes the difference. */
bool handle_read(struct handle *out, struct bytes text);

/*
 * "+380 50 222 33 44" and "050 222-33-44" are the same, and so are the same
 * digits in any writing. Two whole numbers are so only if all of them is.
 */
bool handle_is_same(const struct handle *a, const struct handle *b);

/*
 * What an index finds it by: the type and the address, or the last
 * HANDLE_DIGITS_SURE digits. The same handles have the same key; the converse
 * is to be asked of handle_is_same. Returns the key's length.
 */
size_t handle_key(uint8_t key[HANDLE_KEY_MAX], const struct handle *handle);

#endif
