/*
 * A page token is a check, the last record's id, and its values of the order:
 * a row that was changed or deleted meanwhile doesn't move the place where the
 * list goes on.
 *
 * The check is over all that and the list's parameters. It finds mistakes, not
 * forgers: whoever makes a token of their own begins somewhere else in a list
 * that they may read anyway, because what may be seen is decided anew on each
 * page.
 */
#include "app/page_token.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

enum { ID_LEN = 16, CHECK_LEN = 16, HEAD_LEN = CHECK_LEN + ID_LEN };
enum { NUMBER_LEN = 8, LENGTH_LEN = 2 };

_Static_assert((HEAD_LEN + PAGE_VALUES_MAX) * 4 / 3 < PAGE_TOKEN_TEXT_MAX,
	       "a token fits its text");

/* ------------------------------------------------------------------ values */

static bool is_number(const struct field *field)
{
	return field->type != FIELD_STRING && field->type != FIELD_BYTES &&
	       field->type != FIELD_UUID && field->type != FIELD_MESSAGE;
}

static struct bytes bytes_of(const struct uuid *id)
{
	return (struct bytes){
		.at = id->at,
		.len = uuid_is_zero(id) ? 0 : sizeof(id->at),
	};
}

/* A record's value of a field that lists may have for an order. */
static struct condition_value
value_of(const struct row *row, const struct field *field)
{
	const struct value *value;

	switch (field->number) {
	case FIELD_ID:
		return (struct condition_value){ .bytes = bytes_of(&row->id) };
	case FIELD_CREATE_TIME:
		return (struct condition_value){ .i = row->created_us };
	case FIELD_UPDATE_TIME:
		return (struct condition_value){ .i = row->updated_us };
	case FIELD_DELETE_TIME:
		return (struct condition_value){ .i = row->deleted_us };
	case FIELD_OWNER:
		return (struct condition_value){ .bytes = bytes_of(
							 &row->owner) };
	case FIELD_TEAM:
		return (struct condition_value){ .bytes =
							 bytes_of(&row->team) };
	default:
		value = row_value(row, field->number);
		if (!value)
			return (struct condition_value){ .i = 0 };
		return (struct condition_value){ .i = value->i,
						 .bytes = value->bytes };
	}
}

static void put_big_endian(uint8_t *out, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

static uint64_t get_big_endian(const uint8_t *at, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	return value;
}

static bool pack_value(struct page_end *end, const struct field *field,
		       const struct condition_value *value)
{
	uint8_t *to = end->packed + end->len;
	size_t room = sizeof(end->packed) - end->len;
	size_t len = value->bytes.len;

	if (is_number(field)) {
		if (room < NUMBER_LEN)
			return false;
		put_big_endian(to, (uint64_t)value->i, NUMBER_LEN);
		end->len += NUMBER_LEN;
		return true;
	}
	if (room < LENGTH_LEN || len > room - LENGTH_LEN)
		return false;
	put_big_endian(to, len, LENGTH_LEN);
	if (len > 0)
		memcpy(to + LENGTH_LEN, value->bytes.at, len);
	end->len += LENGTH_LEN + len;
	return true;
}

/* Reads a value from *at on; false where it is none of the field's. */
static bool unpack_value(struct condition_value *out, size_t *at,
			 const struct page_end *end, const struct field *field)
{
	const uint8_t *from = end->packed + *at;
	size_t left = end->len - *at, len;

	*out = (struct condition_value){ .i = 0 };
	if (is_number(field)) {
		if (left < NUMBER_LEN)
			return false;
		out->i = (int64_t)get_big_endian(from, NUMBER_LEN);
		*at += NUMBER_LEN;
		return field->type != FIELD_DOUBLE || isfinite(out->d);
	}
	if (left < LENGTH_LEN)
		return false;
	len = (size_t)get_big_endian(from, LENGTH_LEN);
	if (len > left - LENGTH_LEN)
		return false;
	if (field->type == FIELD_UUID && len != 0 && len != ID_LEN)
		return false;
	if (len > 0)
		out->bytes = (struct bytes){ from + LENGTH_LEN, len };
	*at += LENGTH_LEN + len;
	return true;
}

static bool unpack(struct page_end *end, const struct page_list *list)
{
	size_t at = 0;

	for (size_t i = 0; i < list->n_order; i++)
		if (!unpack_value(&end->values[i], &at, end,
				  list->order[i].field))
			return false;
	return at == end->len;
}

bool page_end_set(struct page_end *out, const struct page_list *list,
		  const struct row *row)
{
	out->id = row->id;
	out->len = 0;
	for (size_t i = 0; i < list->n_order; i++) {
		const struct field *field = list->order[i].field;
		const struct condition_value value = value_of(row, field);

		if (!pack_value(out, field, &value))
			return false;
	}
	return unpack(out, list);
}

/* ------------------------------------------------------------------ tokens */

static void add_text(crypto_generichash_state *state, struct bytes text)
{
	uint8_t len[NUMBER_LEN];

	put_big_endian(len, text.len, sizeof(len));
	crypto_generichash_update(state, len, sizeof(len));
	if (text.len > 0)
		crypto_generichash_update(state, text.at, text.len);
}

static void make_check(uint8_t check[CHECK_LEN], const struct page_list *list,
		       const struct page_end *end)
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
	add_text(&state, list->filter);
	add_text(&state, list->order_by);
	crypto_generichash_update(&state, end->id.at, sizeof(end->id.at));
	crypto_generichash_update(&state, end->packed, end->len);
	crypto_generichash_final(&state, check, CHECK_LEN);
}

void page_token_write(char out[PAGE_TOKEN_TEXT_MAX],
		      const struct page_list *list, const struct page_end *end)
{
	uint8_t token[HEAD_LEN + PAGE_VALUES_MAX];

	make_check(token, list, end);
	memcpy(token + CHECK_LEN, end->id.at, ID_LEN);
	memcpy(token + HEAD_LEN, end->packed, end->len);
	sodium_bin2base64(out, PAGE_TOKEN_TEXT_MAX, token, HEAD_LEN + end->len,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool page_token_read(struct page_end *out, const struct page_list *list,
		     struct bytes text)
{
	uint8_t token[HEAD_LEN + PAGE_VALUES_MAX], check[CHECK_LEN];
	size_t len;

	if (sodium_base642bin(token, sizeof(token), (const char *)text.at,
			      text.len, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len < HEAD_LEN)
		return false;
	memcpy(out->id.at, token + CHECK_LEN, ID_LEN);
	out->len = len - HEAD_LEN;
	memcpy(out->packed, token + HEAD_LEN, out->len);
	make_check(check, list, out);
	return memcmp(check, token, CHECK_LEN) == 0 && unpack(out, list);
}
