/* Bundles for tests: see bundle_maker.h. */
#include "bundle_maker.h"

#include <sodium.h>
#include <string.h>

#include "model/wire.h"

static const int64_t MIDNIGHT_US = INT64_C(1767225600000000);
static const int64_t HOUR_US = INT64_C(3600000000);

static void hash(uint8_t out[CHAIN_HASH_LEN], const uint8_t *a, size_t a_len,
		 const uint8_t *b, size_t b_len)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHAIN_HASH_LEN);
	crypto_generichash_update(&state, a, a_len);
	crypto_generichash_update(&state, b, b_len);
	crypto_generichash_final(&state, out, CHAIN_HASH_LEN);
}

static void make_key(struct maker_key *key, uint8_t byte)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, byte, sizeof(seed));
	crypto_sign_seed_keypair(key->public_key, key->secret_key, seed);
}

void maker_begin(struct maker *maker, uint8_t device_seed,
		 uint8_t organization_seed)
{
	memset(maker, 0, sizeof(*maker));
	memset(maker->device_id, 0xd0 | (device_seed & 15), 16);
	maker->name = "test phone";
	make_key(&maker->device, device_seed);
	make_key(&maker->organization, organization_seed);
}

/* Half an hour at the door, and some way there. */
static size_t
make_content(uint8_t out[EVIDENCE_MAX_BYTES], uint8_t meeting, int64_t start_us)
{
	struct visit_plan plan = {
		.start_us = start_us,
		.end_us = start_us + HOUR_US / 2,
		.pin = { 523700000, 49000000 },
		.radius_m = 100,
		.min_dwell_s = 180,
	};
	int64_t margin_us = (int64_t)VISIT_MARGIN_S * 1000000;
	struct evidence_draft draft;
	struct visit visit;
	struct visit_verdict verdict;
	struct tick_signals signals = { 0 };

	memset(plan.meeting_id, meeting, sizeof(plan.meeting_id));
	evidence_draft_begin(&draft, out, &plan, start_us - margin_us);
	visit_open(&visit, &plan, start_us - margin_us);
	for (uint32_t s = 0; s < 3600; s += 120) {
		struct tick tick = { .at_ds = s * 10, .accuracy_m = 12 };
		if (s < 840)
			tick.east_dm = (int16_t)(18000 - s * 20);
		else
			tick.north_dm = (int16_t)(s % 7 * 10);
		if (evidence_draft_append(&draft, &tick))
			visit_tick(&visit, &tick);
	}
	visit_decide(&visit, &verdict);
	evidence_draft_finish(&draft, plan.end_us + margin_us, &signals,
			      &verdict);
	return draft.len;
}

void maker_head(uint8_t out[CHAIN_HASH_LEN], const struct maker_entry *entry)
{
	hash(out, entry->header_bytes, CHAIN_HEADER_LEN, entry->signature, 64);
}

void maker_sign(struct maker *maker, size_t i)
{
	struct maker_entry *entry = &maker->entries[i];

	chain_header_write(entry->header_bytes, &entry->header);
	crypto_sign_detached(entry->signature, NULL, entry->header_bytes,
			     CHAIN_HEADER_LEN, maker->device.secret_key);
}

void maker_seal(struct maker *maker, size_t i)
{
	struct maker_entry *entry = &maker->entries[i];

	entry->header.content_len = (uint32_t)entry->content_len;
	hash(entry->header.content, entry->salt, CHAIN_SALT_LEN, entry->content,
	     entry->content_len);
	maker_sign(maker, i);
}

void maker_add_entry(struct maker *maker, uint8_t meeting)
{
	size_t i = maker->n_entries++;
	struct maker_entry *entry = &maker->entries[i];
	int64_t start_us = MIDNIGHT_US + (int64_t)(8 + i) * HOUR_US;

	*entry = (struct maker_entry){
		.header = { .sig_alg = CHAIN_ED25519,
			    .number = i + 1,
			    .wall_us = start_us + HOUR_US,
			    .mono_us = (int64_t)(1 + i) * HOUR_US },
	};
	memcpy(entry->header.device_id, maker->device_id, 16);
	memset(entry->header.meeting_id, meeting, 16);
	memset(entry->header.boot_id, 0xb0, 16);
	memset(entry->salt, 0x50 | (meeting & 15), sizeof(entry->salt));
	if (i > 0)
		maker_head(entry->header.previous, &maker->entries[i - 1]);
	entry->content_len = make_content(entry->content, meeting, start_us);
	maker_seal(maker, i);
}

void maker_add_receipt(struct maker *maker, int64_t at_s)
{
	struct maker_receipt *receipt = &maker->receipts[maker->n_receipts++];
	struct chain_statement statement = {
		.number = maker->entries[maker->n_entries - 1].header.number,
		.at_us = at_s * 1000000,
	};

	memcpy(statement.device_id, maker->device_id, 16);
	maker_head(statement.head, &maker->entries[maker->n_entries - 1]);
	chain_statement_write(receipt->statement, &statement);
	crypto_sign_detached(receipt->signature, NULL, receipt->statement,
			     CHAIN_STATEMENT_LEN,
			     maker->organization.secret_key);
}

void maker_show_only(struct maker *maker, size_t shown)
{
	for (size_t i = 0; i < maker->n_entries; i++)
		if (i != shown)
			maker->entries[i].content_len = 0;
}

static void write_entry(struct buffer *out, const struct maker_entry *entry)
{
	struct buffer part;

	buffer_init(&part, &allocator_libc, 16384);
	wire_put_bytes(&part, 1, entry->header_bytes, CHAIN_HEADER_LEN);
	wire_put_bytes(&part, 2, entry->signature, 64);
	if (entry->content_len > 0) {
		wire_put_bytes(&part, 3, entry->salt, CHAIN_SALT_LEN);
		wire_put_bytes(&part, 4, entry->content, entry->content_len);
	}
	wire_put_bytes(out, 5, part.at, part.len);
	buffer_free(&part);
}

static void
write_receipt(struct buffer *out, const struct maker_receipt *receipt)
{
	struct buffer part;

	buffer_init(&part, &allocator_libc, 1024);
	wire_put_bytes(&part, 1, receipt->statement, CHAIN_STATEMENT_LEN);
	wire_put_bytes(&part, 2, receipt->signature, 64);
	wire_put_bytes(out, 6, part.at, part.len);
	buffer_free(&part);
}

void maker_write(struct buffer *out, const struct maker *maker)
{
	wire_put_bytes(out, 1, maker->device_id, 16);
	wire_put_bytes(out, 2, maker->name, strlen(maker->name));
	wire_put_bytes(out, 3, maker->device.public_key, 32);
	wire_put_bytes(out, 4, maker->organization.public_key, 32);
	for (size_t i = 0; i < maker->n_entries; i++)
		write_entry(out, &maker->entries[i]);
	for (size_t i = 0; i < maker->n_receipts; i++)
		write_receipt(out, &maker->receipts[i]);
}
