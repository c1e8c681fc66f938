/*
 * The position and a check over it and the timeline's parameters. The check
 * finds mistakes; what may be seen is decided anew on each page.
 */
#include "app/timeline_token.h"

#include "app/parts.h"
#include "model/octets.h"

#include <sodium.h>

enum {
	POSITION_LEN = 8 + 1 + 16 + 8,
	CHECK_LEN = 16,
	TOKEN_LEN = POSITION_LEN + CHECK_LEN,
};

/* at has the position already. */
static void make_check(uint8_t check[CHECK_LEN],
		       const struct timeline *timeline,
		       const uint8_t at[POSITION_LEN])
{
	const struct timeline_target *card = &timeline->targets[0];
	const struct uuid epoch = store_epoch(timeline->call->app->store);
	const struct uuid *caller = &timeline->call->principal.user;
	uint8_t asked[1 + sizeof(timeline->asked.bits)];
	struct octet_writer to = { .bytes = asked, .room = sizeof(asked) };
	crypto_generichash_state state;

	octets_put(&to, card->entity->number, 1);
	for (size_t i = 0; i < 4; i++)
		octets_put(&to, timeline->asked.bits[i], 8);
	crypto_generichash_init(&state, epoch.at, sizeof(epoch.at), CHECK_LEN);
	crypto_generichash_update(&state, caller->at, sizeof(caller->at));
	crypto_generichash_update(&state, card->id.at, sizeof(card->id.at));
	crypto_generichash_update(&state, asked, sizeof(asked));
	crypto_generichash_update(&state, at, POSITION_LEN);
	crypto_generichash_final(&state, check, CHECK_LEN);
}

void timeline_token_write(char out[TIMELINE_TOKEN_MAX],
			  const struct timeline *timeline)
{
	const struct timeline_position *position = &timeline->position;
	uint8_t token[TOKEN_LEN];
	struct octet_writer to = { .bytes = token, .room = sizeof(token) };

	octets_put(&to, (uint64_t)position->at_us, 8);
	octets_put(&to, position->kind, 1);
	memcpy(token + to.len, position->id.at, sizeof(position->id.at));
	to.len += sizeof(position->id.at);
	octets_put(&to, position->rev, 8);
	make_check(token + to.len, timeline, token);
	sodium_bin2base64(out, TIMELINE_TOKEN_MAX, token, sizeof(token),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool timeline_token_read(struct timeline *timeline, struct bytes text)
{
	struct timeline_position *position = &timeline->position;
	uint8_t token[TOKEN_LEN], check[CHECK_LEN];
	struct octet_reader from = { .next = token, .end = token + TOKEN_LEN };
	size_t len;

	if (sodium_base642bin(token, sizeof(token), (const char *)text.at,
			      text.len, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != TOKEN_LEN)
		return false;
	make_check(check, timeline, token);
	if (memcmp(check, token + POSITION_LEN, CHECK_LEN) != 0)
		return false;
	position->at_us = octets_get_signed(&from, 8);
	position->kind = (uint32_t)octets_get(&from, 1);
	memcpy(position->id.at, from.next, sizeof(position->id.at));
	from.next += sizeof(position->id.at);
	position->rev = octets_get(&from, 8);
	return true;
}
