/* The chain on this device: rows, hashes, signatures. */
#include "evidence_row.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "model/octets.h"
#include "rows.h"

enum {
	STATE_FORMAT = 1,
	STATE_LEN = 1 + 4 * 8,
	PURGE_MAX = 64, /* in one transaction */
};

static void hash(uint8_t out[CHAIN_HASH_LEN], const void *a, size_t a_len,
		 const void *b, size_t b_len)
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, CHAIN_HASH_LEN);
	(void)crypto_generichash_update(&state, a, a_len);
	(void)crypto_generichash_update(&state, b, b_len);
	(void)crypto_generichash_final(&state, out, CHAIN_HASH_LEN);
}

static struct bytes bytes_of(const uint8_t *at, size_t len)
{
	return (struct bytes){ .at = at, .len = len };
}

/* ------------------------------------------------------------------ one row */

bool evidence_row_is_whole(struct bytes row)
{
	return row.len >= EVIDENCE_SALT_AT && row.len <= EVIDENCE_ROW_MAX &&
	       row.at[0] == EVIDENCE_ROW_FORMAT;
}

bool evidence_row_is_lost(struct bytes row)
{
	return row.len == 1 && row.at[0] == EVIDENCE_ROW_LOST;
}

bool evidence_row_has_content(struct bytes row)
{
	return evidence_row_is_whole(row) && row.len > EVIDENCE_CONTENT_AT;
}

void evidence_row_head(uint8_t out[CHAIN_HASH_LEN], struct bytes row)
{
	hash(out, row.at + EVIDENCE_SIGNED_AT, EVIDENCE_SIGNED_LEN, NULL, 0);
}

enum outrider_code evidence_row_damaged(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "The evidence on this device is damaged.");
}

enum outrider_code evidence_row_get(struct outrider *core, struct bytes *row,
				    uint64_t number, struct outrider_err *err)
{
	struct row_number id = row_number(number);
	enum outrider_code code;

	code = rows_get(core, &core->work, row, NULL, REPLICA_evidence, id.at,
			sizeof(id.at), err);
	if (code == OUTRIDER_OK && !evidence_row_is_whole(*row) &&
	    !evidence_row_is_lost(*row))
		return evidence_row_damaged(err);
	return code;
}

bool evidence_is_signed(const uint8_t key[VAULT_KEY_LEN],
			struct bytes signature, struct bytes message)
{
	return signature.len == crypto_sign_BYTES &&
	       crypto_sign_verify_detached(signature.at, message.at,
					   message.len, key) == 0;
}

/* ---------------------------------------------------------------- in memory */

static bool add_note(struct outrider *core, struct evidence_chain *chain,
		     const struct evidence_note *note)
{
	struct evidence_note *notes =
		allocator_grow(&core->allocator, chain->notes, chain->n_notes,
			       &chain->room, sizeof(*notes));

	if (!notes)
		return false;
	chain->notes = notes;
	chain->notes[chain->n_notes++] = *note;
	return true;
}

void evidence_forget(struct outrider *core, struct evidence_chain *chain)
{
	if (chain->notes)
		(void)core->allocator.resize(core->allocator.user, chain->notes,
					     0);
	*chain = (struct evidence_chain){ 0 };
}

bool evidence_has_watched(const struct evidence_chain *chain,
			  const uint8_t meeting_id[16], int64_t after_us)
{
	for (size_t i = chain->n_notes; i > 0; i--)
		if (chain->notes[i - 1].closed_us > after_us &&
		    memcmp(chain->notes[i - 1].meeting_id, meeting_id, 16) == 0)
			return true;
	return false;
}

bool evidence_has_old(const struct evidence_chain *chain, int64_t before_us)
{
	for (size_t i = 0; i < chain->n_notes; i++)
		if (chain->notes[i].closed_us < before_us &&
		    chain->notes[i].number <= chain->received)
			return true;
	return false;
}

/* --------------------------------------------------------------- the server */

enum outrider_code evidence_save_state(struct outrider *core,
				       const struct evidence_chain *chain,
				       struct outrider_err *err)
{
	uint8_t row[STATE_LEN];
	struct octet_writer w = { .bytes = row, .room = sizeof(row) };
	struct row_number id = row_number(0);

	octets_put(&w, STATE_FORMAT, 1);
	octets_put(&w, chain->received, 8);
	octets_put(&w, chain->refused, 8);
	octets_put(&w, chain->refused_newest, 8);
	octets_put(&w, (uint64_t)chain->refused_us, 8);
	return rows_put(core, REPLICA_receipt, id.at, sizeof(id.at), 0,
			bytes_of(row, sizeof(row)), err);
}

/* A row of receipts; len 0: there is none. */
static enum outrider_code get_receipt(struct outrider *core, struct bytes *row,
				      uint64_t number, struct outrider_err *err)
{
	struct row_number id = row_number(number);
	enum outrider_code code;

	code = rows_get(core, &core->work, row, NULL, REPLICA_receipt, id.at,
			sizeof(id.at), err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	row->len = 0;
	return OUTRIDER_OK;
}

static enum outrider_code load_state(struct outrider *core,
				     struct evidence_chain *chain,
				     struct outrider_err *err)
{
	struct bytes row;
	enum outrider_code code = get_receipt(core, &row, 0, err);

	if (code != OUTRIDER_OK || row.len == 0)
		return code;
	if (row.len != STATE_LEN || row.at[0] != STATE_FORMAT)
		return evidence_row_damaged(err);
	struct octet_reader r = { .next = row.at + 1, .end = row.at + row.len };
	chain->received = octets_get(&r, 8);
	chain->refused = octets_get(&r, 8);
	chain->refused_newest = octets_get(&r, 8);
	chain->refused_us = octets_get_signed(&r, 8);
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------------- the file */

struct loading {
	struct outrider *core;
	struct evidence_chain *chain;
};

static enum outrider_code load_entry(void *user, uint64_t number,
				     struct bytes row, struct outrider_err *err)
{
	struct loading *loading = user;
	struct evidence_chain *chain = loading->chain;
	struct evidence_content content;
	struct evidence_note note = { .number = number };

	chain->newest = number;
	if (evidence_row_is_lost(row))
		return OUTRIDER_OK;
	if (!evidence_row_is_whole(row))
		return evidence_row_damaged(err);
	chain->newest_kept = number;
	evidence_row_head(chain->head, row);
	if (!evidence_row_has_content(row))
		return OUTRIDER_OK;
	if (!evidence_content_read(&content, row.at + EVIDENCE_CONTENT_AT,
				   row.len - EVIDENCE_CONTENT_AT))
		return evidence_row_damaged(err);
	memcpy(note.meeting_id, content.plan.meeting_id, 16);
	note.closed_us = content.closed_us;
	if (!add_note(loading->core, chain, &note))
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the evidence.");
	return OUTRIDER_OK;
}

/* The server may have vouched for the newest: then the chain goes on behind
 * that. Else it goes on behind the gap, which the server sees. */
static enum outrider_code load_head(struct outrider *core,
				    struct evidence_chain *chain,
				    struct outrider_err *err)
{
	struct chain_statement statement;
	struct bytes row;
	enum outrider_code code = get_receipt(core, &row, chain->newest, err);

	if (code != OUTRIDER_OK || row.len == 0)
		return code;
	if (row.len < CHAIN_STATEMENT_LEN ||
	    !chain_statement_read(&statement, row.at, CHAIN_STATEMENT_LEN))
		return evidence_row_damaged(err);
	memcpy(chain->head, statement.head, CHAIN_HASH_LEN);
	return OUTRIDER_OK;
}

enum outrider_code evidence_load(struct outrider *core,
				 struct evidence_chain *chain,
				 struct outrider_err *err)
{
	struct loading loading = { .core = core, .chain = chain };
	enum outrider_code code;

	evidence_forget(core, chain);
	code = rows_each(core, REPLICA_evidence, 0, load_entry, &loading, err);
	if (code == OUTRIDER_OK)
		code = load_state(core, chain, err);
	if (code == OUTRIDER_OK && chain->newest_kept < chain->newest)
		code = load_head(core, chain, err);
	return code;
}

static enum outrider_code take_number(void *user, uint64_t number,
				      struct bytes row,
				      struct outrider_err *err)
{
	(void)row, (void)err;
	*(uint64_t *)user = number;
	return OUTRIDER_OK;
}

static enum outrider_code
keep_number(struct outrider *core, uint64_t number, struct outrider_err *err)
{
	static const uint8_t lost[] = { EVIDENCE_ROW_LOST };
	struct row_number id = row_number(number);
	struct bytes row;
	enum outrider_code code;

	arena_reset(&core->work);
	code = evidence_row_get(core, &row, number, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	core_log(core, OUTRIDER_LOG_ERROR, "evidence: entry %llu was lost",
		 (unsigned long long)number);
	return rows_put(core, REPLICA_evidence, id.at, sizeof(id.at), number,
			bytes_of(lost, sizeof(lost)), err);
}

enum outrider_code
evidence_mend(struct outrider *core, uint64_t n_given, struct outrider_err *err)
{
	uint64_t newest = n_given;
	enum outrider_code code;

	code = rows_each(core, REPLICA_evidence, newest + 1, take_number,
			 &newest, err);
	if (code == OUTRIDER_OK)
		code = rows_each(core, REPLICA_receipt, newest + 1, take_number,
				 &newest, err);
	for (uint64_t i = 1; i <= newest && code == OUTRIDER_OK; i++)
		code = keep_number(core, i, err);
	return code;
}

enum outrider_code
evidence_append(struct outrider *core, struct evidence_chain *chain,
		uint64_t *number, const uint8_t meeting_id[16],
		struct bytes content, int64_t closed_us,
		struct outrider_err *err)
{
	uint8_t row[EVIDENCE_ROW_MAX];
	uint8_t *salt = row + EVIDENCE_SALT_AT;
	struct chain_header header = {
		.sig_alg = CHAIN_ED25519,
		.number = chain->newest + 1,
		.wall_us = core->now_us,
		.mono_us = core->host.mono_us(core->host.user),
		.content_len = (uint32_t)content.len,
	};
	struct evidence_note note = { .number = header.number,
				      .closed_us = closed_us };
	struct row_number id = row_number(header.number);
	enum outrider_code code;

	assert(content.len <= EVIDENCE_MAX_BYTES);
	code = core_random(core, salt, CHAIN_SALT_LEN, err);
	if (code != OUTRIDER_OK)
		return code;
	memcpy(header.device_id, core->device.id.at, 16);
	memcpy(header.meeting_id, meeting_id, 16);
	memcpy(header.previous, chain->head, CHAIN_HASH_LEN);
	hash(header.content, salt, CHAIN_SALT_LEN, content.at, content.len);
	core->host.boot_id(core->host.user, header.boot_id);

	row[0] = EVIDENCE_ROW_FORMAT;
	chain_header_write(row + EVIDENCE_SIGNED_AT, &header);
	vault_sign(core->vault, row + EVIDENCE_SIGNATURE_AT,
		   row + EVIDENCE_SIGNED_AT, CHAIN_HEADER_LEN);
	memcpy(row + EVIDENCE_CONTENT_AT, content.at, content.len);
	code = rows_put(core, REPLICA_evidence, id.at, sizeof(id.at),
			header.number,
			bytes_of(row, EVIDENCE_CONTENT_AT + content.len), err);
	if (code != OUTRIDER_OK)
		return code;
	memcpy(note.meeting_id, meeting_id, 16);
	if (!add_note(core, chain, &note))
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the evidence.");
	chain->newest = chain->newest_kept = *number = header.number;
	hash(chain->head, row + EVIDENCE_SIGNED_AT, EVIDENCE_SIGNED_LEN, NULL,
	     0);
	return OUTRIDER_OK;
}

struct walk {
	const struct evidence_chain *chain;
	evidence_fn *callback;
	void *user;
};

static enum outrider_code walk_entry(void *user, uint64_t number,
				     struct bytes row, struct outrider_err *err)
{
	const struct walk *walk = user;
	struct evidence_content content;

	if (!evidence_row_has_content(row))
		return OUTRIDER_OK;
	if (!evidence_content_read(&content, row.at + EVIDENCE_CONTENT_AT,
				   row.len - EVIDENCE_CONTENT_AT))
		return evidence_row_damaged(err);
	return walk->callback(walk->user, number,
			      number <= walk->chain->received, &content, err);
}

enum outrider_code
evidence_each(struct outrider *core, const struct evidence_chain *chain,
	      evidence_fn *callback, void *user, struct outrider_err *err)
{
	struct walk walk = { .chain = chain,
			     .callback = callback,
			     .user = user };

	/* Those before the first note are purged. */
	return rows_each(core, REPLICA_evidence,
			 chain->n_notes ? chain->notes[0].number
					: chain->newest + 1,
			 walk_entry, &walk, err);
}

static enum outrider_code
purge_entry(struct outrider *core, uint64_t number, struct outrider_err *err)
{
	struct row_number id = row_number(number);
	struct bytes row;
	enum outrider_code code = evidence_row_get(core, &row, number, err);

	if (code != OUTRIDER_OK)
		return code;
	row.len = EVIDENCE_SALT_AT;
	return rows_put(core, REPLICA_evidence, id.at, sizeof(id.at), number,
			row, err);
}

enum outrider_code evidence_purge(struct outrider *core,
				  struct evidence_chain *chain,
				  int64_t before_us, struct outrider_err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < chain->n_notes; i++) {
		const struct evidence_note *note = &chain->notes[i];

		if (note->closed_us >= before_us ||
		    note->number > chain->received || i - kept >= PURGE_MAX) {
			chain->notes[kept++] = *note;
			continue;
		}
		enum outrider_code code = purge_entry(core, note->number, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	chain->n_notes = kept;
	return OUTRIDER_OK;
}
