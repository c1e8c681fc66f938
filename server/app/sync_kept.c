/*
 * What was answered to mutations, kept so that the same ones get the same
 * answers: one entry for all that a write ran, under the number of the last.
 * Owns its bytes. Knows neither what was asked nor what was answered.
 *
 * A field for each mutation: its hash, and behind that its answer.
 */
#include "app/sync_parts.h"
#include "model/wire.h"

#include <string.h>

enum {
	KEPT_ANSWER = 1, /* never renumber: it stands in databases */
	/* One write keeps so much and one answer more, which has values that
	 * a merge left standing: a record's at most (sync_record.c). */
	KEPT_BYTES = 128 << 10,
	ANSWER_BYTES = (256 + 8) << 10,
};

void sync_kept_init(struct buffer *kept)
{
	buffer_init(kept, &allocator_libc, KEPT_BYTES + ANSWER_BYTES);
}

bool sync_kept_add(struct buffer *kept, const struct sync_mutation *m)
{
	wire_put_varint(kept, KEPT_ANSWER << 3 | WIRE_LEN);
	wire_put_varint(kept, sizeof(m->hash) + m->result.len);
	buffer_append(kept, m->hash, sizeof(m->hash));
	buffer_append(kept, m->result.at, m->result.len);
	return !kept->is_full;
}

bool sync_kept_is_enough(const struct buffer *kept)
{
	return kept->len >= KEPT_BYTES;
}

static enum outrider_code damaged(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "an answer that was kept is damaged");
}

/* Reads the entry that has the number, and where its own begin. */
static enum outrider_code
read_entry(struct sync_kept_reader *reader, struct store_conn *tx,
	   const struct replay_key *key, struct arena *arena,
	   struct outrider_err *err)
{
	struct wire_field field;
	struct replay kept;
	uint64_t n = 0;
	int more;
	enum outrider_code code = replay_get(tx, &kept, key, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	reader->rest = wire_read(kept.result);
	while ((more = wire_next(&reader->rest, &field)) > 0)
		n += field.number == KEPT_ANSWER;
	if (more < 0 || n > kept.seq)
		return damaged(err);
	reader->rest = wire_read(kept.result);
	reader->next_seq = kept.seq - n + 1;
	reader->last_seq = kept.seq;
	return OUTRIDER_OK;
}

enum outrider_code sync_kept_read(struct sync_kept_reader *reader,
				  struct bytes *hash, struct bytes *answer,
				  struct store_conn *tx,
				  const struct replay_key *key,
				  struct arena *arena, struct outrider_err *err)
{
	struct wire_field field = { .number = 0 };
	enum outrider_code code = OUTRIDER_OK;

	if (key->seq < reader->next_seq || key->seq > reader->last_seq)
		code = read_entry(reader, tx, key, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (key->seq < reader->next_seq)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such answer");
	while (reader->next_seq <= key->seq) {
		if (wire_next(&reader->rest, &field) <= 0)
			return damaged(err);
		reader->next_seq += field.number == KEPT_ANSWER;
	}
	if (field.value.len < DIGEST_LEN)
		return damaged(err);
	*hash = (struct bytes){ field.value.at, DIGEST_LEN };
	*answer = (struct bytes){ field.value.at + DIGEST_LEN,
				  field.value.len - DIGEST_LEN };
	return OUTRIDER_OK;
}
