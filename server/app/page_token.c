/*
 * A page token is the last id and a check over it and the list's parameters.
 * The check finds mistakes; what may be seen is decided anew on each page.
 */
#include "app/page_token.h"

#include <sodium.h>
#include <string.h>

enum { ID_LEN = 16, CHECK_LEN = 16, TOKEN_LEN = ID_LEN + CHECK_LEN };

static void make_check(uint8_t check[CHECK_LEN], const struct page_list *list,
		       const struct uuid *after)
{
	const uint8_t parameters[] = {
		(uint8_t)(list->kind >> 24), (uint8_t)(list->kind >> 16),
		(uint8_t)(list->kind >> 8),  (uint8_t)list->kind,
		list->with_deleted,
	};
	crypto_generichash_state state;

	crypto_generichash_init(&state, list->epoch.at, sizeof(list->epoch.at),
				CHECK_LEN);
	crypto_generichash_update(&state, list->caller.at,
				  sizeof(list->caller.at));
	crypto_generichash_update(&state, parameters, sizeof(parameters));
	crypto_generichash_update(&state, after->at, sizeof(after->at));
	crypto_generichash_final(&state, check, CHECK_LEN);
}

void page_token_write(char out[PAGE_TOKEN_TEXT_MAX],
		      const struct page_list *list, const struct uuid *after)
{
	uint8_t token[TOKEN_LEN];

	memcpy(token, after->at, ID_LEN);
	make_check(token + ID_LEN, list, after);
	sodium_bin2base64(out, PAGE_TOKEN_TEXT_MAX, token, sizeof(token),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool page_token_read(struct uuid *after, const struct page_list *list,
		     struct bytes text)
{
	uint8_t token[TOKEN_LEN], check[CHECK_LEN];
	size_t len;

	if (sodium_base642bin(token, sizeof(token), (const char *)text.at,
			      text.len, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != TOKEN_LEN)
		return false;
	memcpy(after->at, token, ID_LEN);
	make_check(check, list, after);
	return memcmp(check, token + ID_LEN, CHECK_LEN) == 0;
}
