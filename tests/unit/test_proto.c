/*
 * The two generators' messages live in one program, as in the simulation, and
 * understand each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pb_decode.h>
#include <pb_encode.h>

#include "outrider/v1/auth.pb-c.h"
#include "outrider/v1/auth.pb.h"
#include "outrider/v1/sync.pb-c.h"
#include "outrider/v1/sync.pb.h"
#include "outrider/v1/visit.pb.h"

static bool
write_mutation(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
	const outrider_v1_Mutation *mutation = *arg;

	return pb_encode_tag_for_field(stream, field) &&
	       pb_encode_submessage(stream, outrider_v1_Mutation_fields,
				    mutation);
}

static void the_server_reads_a_push(void **state)
{
	outrider_v1_Mutation mutation = {
		.kind = 4,
		.id = { .size = 16, .bytes = { 1, 2, 3 } },
		.op = outrider_v1_MutationOp_MUTATION_OP_UPDATE,
		.cleared_count = 2,
		.cleared = { 10, 300 },
	};
	outrider_v1_PushRequest push = {
		.incarnation = { .size = 16, .bytes = { 9 } },
		.first_seq = 7,
		.first_hlc = UINT64_MAX,
		.mutations = { .funcs.encode = write_mutation,
			       .arg = &mutation },
	};
	uint8_t bytes[200];
	pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof(bytes));
	Outrider__V1__PushRequest *read;

	(void)state;
	assert_true(pb_encode(&out, outrider_v1_PushRequest_fields, &push));
	read = outrider__v1__push_request__unpack(NULL, out.bytes_written,
						  bytes);
	assert_non_null(read);
	assert_int_equal(read->first_seq, 7);
	assert_true(read->first_hlc == UINT64_MAX);
	assert_int_equal(read->incarnation.len, 16);
	assert_int_equal(read->n_mutations, 1);
	assert_int_equal(read->mutations[0]->kind, 4);
	assert_int_equal(read->mutations[0]->id.data[2], 3);
	assert_int_equal(read->mutations[0]->n_cleared, 2);
	assert_int_equal(read->mutations[0]->cleared[1], 300);
	outrider__v1__push_request__free_unpacked(read, NULL);
}

static void the_phone_reads_an_enrolment(void **state)
{
	Outrider__V1__EnrollDeviceResponse answer =
		OUTRIDER__V1__ENROLL_DEVICE_RESPONSE__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	outrider_v1_EnrollDeviceResponse read =
		outrider_v1_EnrollDeviceResponse_init_zero;
	char token[65], name[201];
	uint8_t bytes[600];
	pb_istream_t in;
	size_t len;

	(void)state;
	/* The longest texts that the contract allows must fit. */
	memset(token, 't', 64);
	memset(name, 'n', 200);
	token[64] = name[200] = 0;
	answer.device_token = token;
	answer.user_display_name = name;
	answer.rank = OUTRIDER__V1__RANK__RANK_MANAGER;
	time.seconds = 1790000000;
	answer.server_time = &time;
	len = outrider__v1__enroll_device_response__pack(&answer, bytes);
	in = pb_istream_from_buffer(bytes, len);
	assert_true(
		pb_decode(&in, outrider_v1_EnrollDeviceResponse_fields, &read));
	assert_string_equal(read.device_token, token);
	assert_string_equal(read.user_display_name, name);
	assert_int_equal(read.rank, outrider_v1_Rank_RANK_MANAGER);
	assert_true(read.has_server_time);
	assert_int_equal(read.server_time.seconds, 1790000000);
	/* One byte more is refused, not cut. */
	answer.device_token = name;
	len = outrider__v1__enroll_device_response__pack(&answer, bytes);
	in = pb_istream_from_buffer(bytes, len);
	assert_false(
		pb_decode(&in, outrider_v1_EnrollDeviceResponse_fields, &read));
}

/* A page of records must not need memory for the largest page. */
static void the_phones_structs_are_small(void **state)
{
	(void)state;
	assert_in_range(sizeof(outrider_v1_PullResponse), 1, 200);
	assert_in_range(sizeof(outrider_v1_Record), 1, 1400);
	assert_in_range(sizeof(outrider_v1_MutationResult), 1, 2000);
	assert_in_range(sizeof(outrider_v1_EvidenceEntry), 1, 600);
	assert_in_range(sizeof(outrider_v1_SubmitEvidenceResponse), 1, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_reads_a_push),
		cmocka_unit_test(the_phone_reads_an_enrolment),
		cmocka_unit_test(the_phones_structs_are_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
