/*
 * rpc_read: answers, by nanopb's structs and callbacks; the records of a page
 * by hand. What is given out is in range, or the whole message is refused.
 */
#include <pb_decode.h>
#include <string.h>

#include "model/utf8.h"
#include "model/wire.h"
#include "outrider/v1/auth.pb.h"
#include "outrider/v1/sync.pb.h"
#include "rpc.h"

enum {
	PAGE_ITEMS_MAX = 1000, /* scopes of a page, memberships of a record */
	RECORDS_MAX = 500,
	RESULTS_MAX = 500,
	RECORD_MEMORY_MAX = 1 << 20,
};

#define REV_MAX (UINT64_MAX >> 1) /* what the file can hold */

static enum outrider_code no_sense(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "The server's answer makes no sense.");
}

/* What a reading's callbacks share. A callback that returns false ends the
 * reading; code says why, OK: the bytes make no sense. */
struct reading {
	struct arena *arena;
	enum outrider_code code;
	struct outrider_err *err;
};

static enum outrider_code
finish_read(const struct reading *reading, bool is_read)
{
	if (is_read)
		return OUTRIDER_OK;
	return reading->code != OUTRIDER_OK ? reading->code
					    : no_sense(reading->err);
}

static bool fail_memory(struct reading *reading)
{
	reading->code = err_no_memory(reading->err);
	return false;
}

/* A field of bytes into the arena; a second one of it replaces the first. */
struct take_bytes {
	struct reading *reading;
	struct bytes out;
};

static bool
take_bytes(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	struct take_bytes *take = *arg;
	size_t len = stream->bytes_left;
	uint8_t *at = arena_alloc(take->reading->arena, len + 1);

	(void)field;
	if (at == NULL)
		return fail_memory(take->reading);
	take->out = (struct bytes){ at, len };
	return pb_read(stream, at, len);
}

/* Numbers, or fields of bytes that all have one length. */
struct take_list {
	struct reading *reading;
	struct buffer items;
	size_t n;
};

static void list_begin(struct take_list *list, struct reading *reading,
		       const struct allocator *allocator)
{
	*list = (struct take_list){ .reading = reading };
	buffer_init(&list->items, allocator,
		    (size_t)PAGE_ITEMS_MAX * CARD_SCOPE_LEN);
}

/* The items in the arena, aligned for any type. */
static const void *list_end(struct take_list *list)
{
	void *at = arena_alloc(list->reading->arena, list->items.len + 1);

	if (at == NULL)
		(void)fail_memory(list->reading);
	else if (list->items.len > 0)
		memcpy(at, list->items.at, list->items.len);
	buffer_free(&list->items);
	return at;
}

static bool
take_scope(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	struct take_list *list = *arg;
	uint8_t scope[CARD_SCOPE_LEN];

	(void)field;
	if (stream->bytes_left != sizeof(scope) ||
	    list->n++ == PAGE_ITEMS_MAX ||
	    !pb_read(stream, scope, sizeof(scope)))
		return false;
	buffer_append(&list->items, scope, sizeof(scope));
	return !list->items.is_full || fail_memory(list->reading);
}

static bool
read_cleared(struct field_set *out, const uint32_t *numbers, size_t n)
{
	*out = (struct field_set){ { 0 } };
	for (size_t i = 0; i < n; i++) {
		if (numbers[i] == 0 || numbers[i] >= 256)
			return false;
		field_set_add(out, numbers[i]);
	}
	return true;
}

/* Of a kind that this build doesn't know only the frame can be checked. */
static bool fields_are_sound(uint32_t kind, struct bytes fields)
{
	static const struct message unknown = { .name = "" };
	const struct entity *entity = schema_entity(kind);

	return cards_fields_are_sound(
		entity != NULL ? entity->message : &unknown, fields);
}

static bool is_text(const char *text)
{
	return utf8_is_valid_text(text, strlen(text));
}

/* ------------------------------------------------------------------ enrol */

enum outrider_code rpc_read_enrolled(struct rpc_enrolled *out,
				     struct bytes response,
				     struct outrider_err *err)
{
	outrider_v1_EnrollDeviceResponse in =
		outrider_v1_EnrollDeviceResponse_init_zero;
	pb_istream_t stream = pb_istream_from_buffer(response.at, response.len);

	_Static_assert(sizeof(out->token) == sizeof(in.device_token), "token");
	_Static_assert(sizeof(out->user_name) == sizeof(in.user_display_name),
		       "name");
	if (!pb_decode(&stream, outrider_v1_EnrollDeviceResponse_fields, &in) ||
	    in.device_token[0] == 0 || !is_text(in.device_token) ||
	    !is_text(in.user_display_name) ||
	    !uuid_parse(&out->user_id, in.user_id, strlen(in.user_id)) ||
	    (int)in.rank < 1 || (int)in.rank > 3 ||
	    in.organization_signing_key.size != 32 ||
	    in.organization_box_key.size != 32)
		return no_sense(err);
	memcpy(out->token, in.device_token, sizeof(out->token));
	memcpy(out->user_name, in.user_display_name, sizeof(out->user_name));
	out->rank = (uint8_t)in.rank;
	memcpy(out->organization_signing_key, in.organization_signing_key.bytes,
	       32);
	memcpy(out->organization_box_key, in.organization_box_key.bytes, 32);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- push */

struct take_results {
	struct reading *reading;
	struct rpc_result *results;
	size_t n;
	uint64_t rev; /* of the last result that has one */
};

static bool result_fill(struct rpc_result *out, struct reading *reading,
			const outrider_v1_MutationResult *in)
{
	if ((int)in->outcome < RPC_APPLIED || (int)in->outcome > RPC_REJECTED ||
	    in->rev > REV_MAX || !is_text(in->field_path) ||
	    !is_text(in->reason) ||
	    !read_cleared(&out->cleared, in->cleared, in->cleared_count) ||
	    !read_cleared(&out->asked, in->asked, in->asked_count))
		return false;
	out->outcome = (enum rpc_outcome)in->outcome;
	out->rev = in->rev;
	out->code = code_from_grpc_status(in->code);
	out->field_path = arena_copy(reading->arena, in->field_path,
				     strlen(in->field_path));
	out->reason =
		arena_copy(reading->arena, in->reason, strlen(in->reason));
	if (out->field_path.at == NULL || out->reason.at == NULL)
		return fail_memory(reading);
	return true;
}

static bool
take_result(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	outrider_v1_MutationResult in = outrider_v1_MutationResult_init_zero;
	struct take_results *take = *arg;
	struct take_bytes fields = { .reading = take->reading };
	struct rpc_result *out;

	(void)field;
	in.fields =
		(pb_callback_t){ .funcs.decode = take_bytes, .arg = &fields };
	if (take->n == RESULTS_MAX ||
	    !pb_decode(stream, outrider_v1_MutationResult_fields, &in) ||
	    !result_fill(&take->results[take->n], take->reading, &in))
		return false;
	out = &take->results[take->n++];
	out->fields = fields.out;
	if (out->outcome == RPC_REJECTED)
		return true;
	if (out->rev == 0 && take->rev > 0)
		out->rev = take->rev + 1;
	take->rev = out->rev;
	return true;
}

enum outrider_code rpc_read_pushed(struct rpc_result **out, size_t *n,
				   struct arena *arena, struct bytes response,
				   struct outrider_err *err)
{
	outrider_v1_PushResponse in = outrider_v1_PushResponse_init_zero;
	struct reading reading = { .arena = arena, .err = err };
	struct take_results take = { .reading = &reading };
	pb_istream_t stream = pb_istream_from_buffer(response.at, response.len);
	enum outrider_code code;

	*n = 0;
	take.results = arena_alloc(arena, RESULTS_MAX * sizeof(*take.results));
	*out = take.results;
	if (take.results == NULL)
		return err_no_memory(err);
	in.results =
		(pb_callback_t){ .funcs.decode = take_result, .arg = &take };
	code = finish_read(&reading,
			   pb_decode(&stream, outrider_v1_PushResponse_fields,
				     &in));
	*n = take.n;
	return code;
}

/* ------------------------------------------------------------------- pull */

static bool
count_record(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	size_t *n = *arg;

	(void)field;
	return ++*n <= RECORDS_MAX && pb_read(stream, NULL, stream->bytes_left);
}

enum outrider_code rpc_read_page(struct rpc_page *out, struct arena *arena,
				 struct bytes response,
				 struct outrider_err *err)
{
	outrider_v1_PullResponse in = outrider_v1_PullResponse_init_zero;
	struct reading reading = { .arena = arena, .err = err };
	struct take_bytes cursor = { .reading = &reading };
	struct take_list scopes, lost;
	pb_istream_t stream = pb_istream_from_buffer(response.at, response.len);
	bool is_read;

	*out = (struct rpc_page){ .response = response };
	list_begin(&scopes, &reading, arena->allocator);
	list_begin(&lost, &reading, arena->allocator);
	in.records = (pb_callback_t){ .funcs.decode = count_record,
				      .arg = &out->n_records };
	in.cursor =
		(pb_callback_t){ .funcs.decode = take_bytes, .arg = &cursor };
	in.scopes =
		(pb_callback_t){ .funcs.decode = take_scope, .arg = &scopes };
	in.lost_scopes =
		(pb_callback_t){ .funcs.decode = take_scope, .arg = &lost };
	is_read = pb_decode(&stream, outrider_v1_PullResponse_fields, &in);
	out->n_scopes = scopes.n;
	out->n_lost_scopes = lost.n;
	out->scopes = list_end(&scopes);
	out->lost_scopes = list_end(&lost);
	out->cursor = cursor.out;
	out->is_head = in.is_head;
	return finish_read(&reading, is_read && reading.code == OUTRIDER_OK);
}

/* A walk over the records of a page. */
struct take_records {
	struct reading *reading;
	const struct rpc_page *page;
	rpc_record_fn *callback;
	void *user;
};

static bool
indexes_are_in_range(const uint32_t *indexes, size_t n, size_t n_scopes)
{
	for (size_t i = 0; i < n; i++)
		if (indexes[i] >= n_scopes)
			return false;
	return true;
}

/* Numbers as they come, one by one or packed; the arena's. */
struct numbers {
	uint32_t *at;
	size_t n, room;
};

static bool
add_number(struct numbers *numbers, struct reading *reading, uint64_t number)
{
	size_t room = numbers->room > 0 ? 2 * numbers->room : 4;
	uint32_t *at = numbers->at;

	if (number > UINT32_MAX || numbers->n == PAGE_ITEMS_MAX)
		return false;
	if (numbers->n == numbers->room) {
		at = arena_alloc(reading->arena, room * sizeof(*at));
		if (at == NULL)
			return fail_memory(reading);
		if (numbers->n > 0)
			memcpy(at, numbers->at, numbers->n * sizeof(*at));
		numbers->at = at;
		numbers->room = room;
	}
	at[numbers->n++] = (uint32_t)number;
	return true;
}

static bool add_numbers(struct numbers *numbers, struct reading *reading,
			const struct wire_field *in)
{
	struct wire_reader reader = wire_read(in->value);
	uint64_t number;

	if (in->type == WIRE_VARINT)
		return add_number(numbers, reading, in->scalar);
	if (in->type != WIRE_LEN)
		return false;
	while (wire_next_packed(&reader, WIRE_VARINT, &number))
		if (!add_number(numbers, reading, number))
			return false;
	return reader.at == reader.end;
}

/* A record's envelope while it is read. */
struct envelope {
	struct numbers cleared, entered, left;
	bool has_id;
};

static bool take_bool(bool *out, const struct wire_field *in)
{
	*out = in->scalar != 0;
	return in->type == WIRE_VARINT;
}

static bool take_part(struct rpc_record *record, struct envelope *envelope,
		      struct reading *reading, const struct wire_field *in)
{
	switch (in->number) {
	case outrider_v1_Record_kind_tag:
		record->kind = (uint32_t)in->scalar;
		return in->type == WIRE_VARINT && in->scalar <= 255;
	case outrider_v1_Record_id_tag:
		envelope->has_id = in->value.len == sizeof(record->id.at);
		if (in->type != WIRE_LEN || !envelope->has_id)
			return false;
		memcpy(record->id.at, in->value.at, sizeof(record->id.at));
		return true;
	case outrider_v1_Record_rev_tag:
		record->rev = in->scalar;
		return in->type == WIRE_VARINT && in->scalar <= REV_MAX;
	case outrider_v1_Record_fields_tag:
		record->fields = in->value;
		return in->type == WIRE_LEN;
	case outrider_v1_Record_cleared_tag:
		return add_numbers(&envelope->cleared, reading, in);
	case outrider_v1_Record_entered_tag:
		return add_numbers(&envelope->entered, reading, in);
	case outrider_v1_Record_left_tag:
		return add_numbers(&envelope->left, reading, in);
	case outrider_v1_Record_is_whole_tag:
		return take_bool(&record->is_whole, in);
	case outrider_v1_Record_is_deleted_tag:
		return take_bool(&record->is_deleted, in);
	case outrider_v1_Record_is_exact_tag:
		return take_bool(&record->is_exact, in);
	default:
		return true;
	}
}

static bool
record_is_sound(const struct rpc_record *record, const struct rpc_page *page)
{
	return record->kind != 0 &&
	       (record->rev != 0 ||
		(!record->is_whole && record->fields.len == 0)) &&
	       indexes_are_in_range(record->entered, record->n_entered,
				    page->n_scopes) &&
	       indexes_are_in_range(record->left, record->n_left,
				    page->n_scopes) &&
	       fields_are_sound(record->kind, record->fields);
}

/* By hand and not by nanopb: it is the one message that comes by thousands. */
static bool envelope_read(struct rpc_record *record, struct bytes bytes,
			  const struct take_records *take)
{
	struct envelope envelope = { .has_id = false };
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	int more;

	*record = (struct rpc_record){ .kind = 0 };
	while ((more = wire_next(&reader, &in)) > 0)
		if (!take_part(record, &envelope, take->reading, &in))
			return false;
	if (more < 0 || !envelope.has_id ||
	    !read_cleared(&record->cleared, envelope.cleared.at,
			  envelope.cleared.n))
		return false;
	record->entered = envelope.entered.at;
	record->n_entered = envelope.entered.n;
	record->left = envelope.left.at;
	record->n_left = envelope.left.n;
	return record_is_sound(record, take->page);
}

static bool take_record(struct take_records *take, struct bytes bytes)
{
	struct reading *reading = take->reading;
	struct rpc_record record;

	arena_reset(reading->arena);
	if (!envelope_read(&record, bytes, take))
		return false;
	reading->code = take->callback(take->user, &record, reading->err);
	return reading->code == OUTRIDER_OK;
}

enum outrider_code
rpc_each_record(const struct rpc_page *page, const struct allocator *allocator,
		rpc_record_fn *callback, void *user, struct outrider_err *err)
{
	struct arena arena;
	struct reading reading = { .arena = &arena, .err = err };
	struct take_records take = {
		.reading = &reading,
		.page = page,
		.callback = callback,
		.user = user,
	};
	struct wire_reader reader = wire_read(page->response);
	struct wire_field in;
	bool is_read = true;
	int more = 1;

	arena_init(&arena, allocator, RECORD_MEMORY_MAX);
	while (is_read && (more = wire_next(&reader, &in)) > 0)
		if (in.number == outrider_v1_PullResponse_records_tag)
			is_read = take_record(&take, in.value);
	arena_free(&arena);
	return finish_read(&reading, is_read && more == 0);
}
