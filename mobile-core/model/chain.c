/*
 * The fixed layouts of evidence headers and receipts: see chain.h.
 */
#include "model/chain.h"

#include "model/octets.h"

#define HEADER_MAGIC	0x4f524531 /* "ORE1" */
#define STATEMENT_MAGIC 0x4f525231 /* "ORR1" */

static void put_bytes(struct octet_writer *to, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		octets_put(to, at[i], 1);
}

static void get_bytes(uint8_t *out, struct octet_reader *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)octets_get(from, 1);
}

void chain_header_write(uint8_t out[CHAIN_HEADER_LEN],
			const struct chain_header *header)
{
	struct octet_writer to = { .bytes = out, .room = CHAIN_HEADER_LEN };

	octets_put(&to, HEADER_MAGIC, 4);
	octets_put(&to, header->sig_alg, 1);
	octets_put(&to, 0, 1); /* kept for flags */
	octets_put(&to, header->number, 8);
	put_bytes(&to, header->device_id, sizeof(header->device_id));
	put_bytes(&to, header->meeting_id, sizeof(header->meeting_id));
	put_bytes(&to, header->previous, sizeof(header->previous));
	put_bytes(&to, header->content, sizeof(header->content));
	put_bytes(&to, header->boot_id, sizeof(header->boot_id));
	octets_put(&to, (uint64_t)header->wall_us, 8);
	octets_put(&to, (uint64_t)header->mono_us, 8);
	octets_put(&to, header->content_len, 4);
}

bool chain_header_read(struct chain_header *out, const uint8_t *at, size_t len)
{
	struct octet_reader from = { .next = at, .end = at + len };

	memset(out, 0, sizeof(*out));
	if (len != CHAIN_HEADER_LEN || octets_get(&from, 4) != HEADER_MAGIC)
		return false;
	out->sig_alg = (uint8_t)octets_get(&from, 1);
	if (out->sig_alg != CHAIN_ED25519 || octets_get(&from, 1) != 0)
		return false;
	out->number = octets_get(&from, 8);
	get_bytes(out->device_id, &from, sizeof(out->device_id));
	get_bytes(out->meeting_id, &from, sizeof(out->meeting_id));
	get_bytes(out->previous, &from, sizeof(out->previous));
	get_bytes(out->content, &from, sizeof(out->content));
	get_bytes(out->boot_id, &from, sizeof(out->boot_id));
	out->wall_us = (int64_t)octets_get(&from, 8);
	out->mono_us = (int64_t)octets_get(&from, 8);
	out->content_len = (uint32_t)octets_get(&from, 4);
	return !from.failed && out->number > 0;
}

void chain_statement_write(uint8_t out[CHAIN_STATEMENT_LEN],
			   const struct chain_statement *statement)
{
	struct octet_writer to = { .bytes = out, .room = CHAIN_STATEMENT_LEN };

	octets_put(&to, STATEMENT_MAGIC, 4);
	octets_put(&to, statement->flags, 1);
	octets_put(&to, 0, 1);
	put_bytes(&to, statement->device_id, sizeof(statement->device_id));
	octets_put(&to, statement->number, 8);
	put_bytes(&to, statement->head, sizeof(statement->head));
	octets_put(&to, (uint64_t)statement->at_us, 8);
}

bool chain_statement_read(struct chain_statement *out, const uint8_t *at,
			  size_t len)
{
	struct octet_reader from = { .next = at, .end = at + len };

	memset(out, 0, sizeof(*out));
	if (len != CHAIN_STATEMENT_LEN ||
	    octets_get(&from, 4) != STATEMENT_MAGIC)
		return false;
	out->flags = (uint8_t)octets_get(&from, 1);
	if (out->flags > CHAIN_DEMO_CLOCK || octets_get(&from, 1) != 0)
		return false;
	get_bytes(out->device_id, &from, sizeof(out->device_id));
	out->number = octets_get(&from, 8);
	get_bytes(out->head, &from, sizeof(out->head));
	out->at_us = (int64_t)octets_get(&from, 8);
	return !from.failed;
}
