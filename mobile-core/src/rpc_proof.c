/*
 * rpc_proof: the messages of Compare and Repair.
 */
#include <pb_decode.h>
#include <string.h>

#include "outrider/v1/sync.pb.h"
#include "rpc.h"
#include "rpc_stream.h"

enum { SUMS_LEN = PROOF_BUCKETS * PROOF_LEN };

/* ------------------------------------------------------------------- write */

static bool put_sum(pb_ostream_t *stream, const struct rpc_scope_sum *sum)
{
	outrider_v1_ScopeSum message = outrider_v1_ScopeSum_init_zero;

	message.scope.size = sizeof(sum->scope);
	memcpy(message.scope.bytes, sum->scope, sizeof(sum->scope));
	message.sum.size = PROOF_LEN;
	proof_sum_write(message.sum.bytes, &sum->sum);
	return pb_encode_tag(stream, PB_WT_STRING,
			     outrider_v1_CompareRequest_sums_tag) &&
	       pb_encode_submessage(stream, outrider_v1_ScopeSum_fields,
				    &message);
}

enum outrider_code rpc_write_compare(struct buffer *out, struct bytes cursor,
				     const uint8_t key[PROOF_KEY_LEN],
				     const struct rpc_scope_sum *sums, size_t n,
				     struct outrider_err *err)
{
	outrider_v1_CompareRequest request =
		outrider_v1_CompareRequest_init_zero;
	pb_ostream_t stream = rpc_stream_into(out);
	bool is_written;

	request.cursor = rpc_stream_bytes(&cursor);
	request.key.size = PROOF_KEY_LEN;
	memcpy(request.key.bytes, key, PROOF_KEY_LEN);
	is_written =
		pb_encode(&stream, outrider_v1_CompareRequest_fields, &request);
	for (size_t i = 0; i < n && is_written; i++)
		is_written = put_sum(&stream, &sums[i]);
	return rpc_stream_end(is_written, err);
}

static bool put_held(pb_ostream_t *stream, const struct rpc_held *held)
{
	outrider_v1_HeldRecord message = outrider_v1_HeldRecord_init_zero;

	message.kind = held->kind;
	message.id.size = sizeof(held->id.at);
	memcpy(message.id.bytes, held->id.at, sizeof(held->id.at));
	message.entry.size = sizeof(held->entry);
	memcpy(message.entry.bytes, held->entry, sizeof(held->entry));
	return pb_encode_tag(stream, PB_WT_STRING,
			     outrider_v1_RepairRequest_held_tag) &&
	       pb_encode_submessage(stream, outrider_v1_HeldRecord_fields,
				    &message);
}

enum outrider_code rpc_write_repair(struct buffer *out,
				    const struct rpc_repair *repair,
				    struct outrider_err *err)
{
	outrider_v1_RepairRequest request = outrider_v1_RepairRequest_init_zero;
	struct bytes cursor = repair->cursor;
	pb_ostream_t stream = rpc_stream_into(out);
	bool is_written;

	request.cursor = rpc_stream_bytes(&cursor);
	request.key.size = PROOF_KEY_LEN;
	memcpy(request.key.bytes, repair->key, PROOF_KEY_LEN);
	request.scope.size = CARD_SCOPE_LEN;
	memcpy(request.scope.bytes, repair->scope, CARD_SCOPE_LEN);
	request.buckets.size = PROOF_MASK_LEN;
	memcpy(request.buckets.bytes, repair->buckets, PROOF_MASK_LEN);
	is_written =
		pb_encode(&stream, outrider_v1_RepairRequest_fields, &request);
	for (size_t i = 0; i < repair->n && is_written; i++)
		is_written = put_held(&stream, &repair->held[i]);
	return rpc_stream_end(is_written, err);
}

/* -------------------------------------------------------------------- read */

struct take_differing {
	rpc_differing_fn *callback;
	void *user;
	enum outrider_code code;
	struct outrider_err *err;
};

static bool take_sums(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	(void)field;
	return stream->bytes_left == SUMS_LEN &&
	       pb_read(stream, *arg, SUMS_LEN);
}

static bool
take_differing(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	outrider_v1_ScopeBuckets in = outrider_v1_ScopeBuckets_init_zero;
	struct take_differing *take = *arg;
	uint8_t sums[SUMS_LEN] = { 0 };

	(void)field;
	in.sums = (pb_callback_t){ .funcs.decode = take_sums, .arg = sums };
	if (!pb_decode(stream, outrider_v1_ScopeBuckets_fields, &in) ||
	    in.scope.size != CARD_SCOPE_LEN)
		return false;
	take->code =
		take->callback(take->user, in.scope.bytes, sums, take->err);
	return take->code == OUTRIDER_OK;
}

enum outrider_code rpc_read_compared(bool *is_behind, struct bytes response,
				     rpc_differing_fn *callback, void *user,
				     struct outrider_err *err)
{
	outrider_v1_CompareResponse in = outrider_v1_CompareResponse_init_zero;
	struct take_differing take = {
		.callback = callback,
		.user = user,
		.err = err,
	};
	pb_istream_t stream = pb_istream_from_buffer(response.at, response.len);
	bool is_read;

	in.differing =
		(pb_callback_t){ .funcs.decode = take_differing, .arg = &take };
	is_read = pb_decode(&stream, outrider_v1_CompareResponse_fields, &in);
	*is_behind = in.is_behind;
	if (is_read)
		return OUTRIDER_OK;
	return take.code != OUTRIDER_OK
		       ? take.code
		       : err_set(err, OUTRIDER_DATA_LOSS, NULL,
				 "The server's answer makes no sense.");
}
