/*
 * rpc_write: requests, by nanopb's structs, into a buffer.
 */
#include <string.h>

#include "outrider/v1/auth.pb.h"
#include "outrider/v1/sync.pb.h"
#include "rpc.h"
#include "rpc_stream.h"

enum { MUTATION_EXTRA = 64 }; /* of a mutation beside its fields */

enum outrider_code
rpc_write_enroll(struct buffer *out, const char *code,
		 const struct uuid *device_id, const char *device_name,
		 const uint8_t signing_key[32], struct outrider_err *err)
{
	outrider_v1_EnrollDeviceRequest request =
		outrider_v1_EnrollDeviceRequest_init_zero;
	pb_ostream_t stream = rpc_stream_into(out);

	if (strlen(code) >= sizeof(request.code) ||
	    strlen(device_name) >= sizeof(request.display_name))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "The code or the device's name is too long.");
	memcpy(request.code, code, strlen(code));
	memcpy(request.display_name, device_name, strlen(device_name));
	request.device_id.size = sizeof(device_id->at);
	memcpy(request.device_id.bytes, device_id->at, sizeof(device_id->at));
	request.signing_key.size = 32;
	memcpy(request.signing_key.bytes, signing_key, 32);
	return rpc_stream_end(pb_encode(&stream,
					outrider_v1_EnrollDeviceRequest_fields,
					&request),
			      err);
}

size_t rpc_mutation_bound(const struct mutation *mutation)
{
	size_t bound = MUTATION_EXTRA + mutation->fields.len;

	for (uint32_t i = field_set_next(&mutation->cleared, 0);
	     i < FIELD_SET_END; i = field_set_next(&mutation->cleared, i + 1))
		bound += 2;
	return bound;
}

static bool put_mutation(pb_ostream_t *stream, const struct mutation *mutation,
			 const struct mutation *before, uint64_t min_base_rev)
{
	outrider_v1_Mutation message = outrider_v1_Mutation_init_zero;
	struct bytes fields = mutation->fields;

	message.kind = mutation->kind;
	message.id.size = sizeof(mutation->id.at);
	memcpy(message.id.bytes, mutation->id.at, sizeof(mutation->id.at));
	message.op = (outrider_v1_MutationOp)mutation->op;
	message.base_rev_offset = mutation->base_rev - min_base_rev;
	message.hlc_step = mutation->hlc - before->hlc;
	message.fields = rpc_stream_bytes(&fields);
	for (uint32_t i = field_set_next(&mutation->cleared, 1);
	     i < FIELD_SET_END; i = field_set_next(&mutation->cleared, i + 1))
		message.cleared[message.cleared_count++] = i;
	return pb_encode_tag(stream, PB_WT_STRING,
			     outrider_v1_PushRequest_mutations_tag) &&
	       pb_encode_submessage(stream, outrider_v1_Mutation_fields,
				    &message);
}

enum outrider_code rpc_write_push(struct buffer *out,
				  const struct rpc_push *push,
				  struct outrider_err *err)
{
	outrider_v1_PushRequest request = outrider_v1_PushRequest_init_zero;
	pb_ostream_t stream = rpc_stream_into(out);
	bool is_written;

	request.incarnation.size = 16;
	memcpy(request.incarnation.bytes, push->incarnation, 16);
	request.acked_seq = push->acked_seq - push->seq_base;
	request.first_seq = request.acked_seq + 1;
	if (push->n > 0) {
		request.first_seq = push->mutations[0].seq - push->seq_base;
		request.min_base_rev = push->mutations[0].base_rev;
		request.first_hlc = push->mutations[0].hlc;
	}
	for (size_t i = 1; i < push->n; i++)
		if (push->mutations[i].base_rev < request.min_base_rev)
			request.min_base_rev = push->mutations[i].base_rev;
	is_written =
		pb_encode(&stream, outrider_v1_PushRequest_fields, &request);
	for (size_t i = 0; i < push->n && is_written; i++)
		is_written = put_mutation(&stream, &push->mutations[i],
					  &push->mutations[i > 0 ? i - 1 : 0],
					  request.min_base_rev);
	return rpc_stream_end(is_written, err);
}

enum outrider_code rpc_write_pull(struct buffer *out, struct bytes cursor,
				  const uint8_t incarnation[16],
				  uint64_t acked_seq, struct outrider_err *err)
{
	outrider_v1_PullRequest request = outrider_v1_PullRequest_init_zero;
	pb_ostream_t stream = rpc_stream_into(out);

	request.cursor = rpc_stream_bytes(&cursor);
	request.incarnation.size = 16;
	memcpy(request.incarnation.bytes, incarnation, 16);
	request.acked_seq = acked_seq;
	return rpc_stream_end(pb_encode(&stream, outrider_v1_PullRequest_fields,
					&request),
			      err);
}
