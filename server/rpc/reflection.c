/*
 * grpc.reflection.v1 (and v1alpha, whose messages are the same): says what
 * the contract is, out of the descriptor set that is part of the program.
 * Each answer carries the one file that was asked for; clients ask for what
 * it imports by name.
 */
#include "rpc/parts.h"

#include "model/wire.h"

#include <string.h>

/* ---------------------------------------------------------- descriptor set */

/* Field numbers of google/protobuf/descriptor.proto. */
enum {
	SET_FILE = 1,
	ANY_NAME = 1, /* of each descriptor below */
	FILE_PACKAGE = 2,
	FILE_EXTENSION = 7,
	MESSAGE_NESTED = 3,
	MESSAGE_EXTENSION = 6,
	FILE_MESSAGE = 4,
	FIELD_EXTENDEE = 2,
	FIELD_NUMBER = 3,
};

enum container { IN_NOTHING, IN_FILE, IN_MESSAGE, IN_ENUM, IN_SERVICE };

/* What a container declares, and what that contains in its turn. */
static const struct declaration {
	enum container in;
	uint32_t field;
	enum container is;
} declarations[] = {
	{ IN_FILE, FILE_MESSAGE, IN_MESSAGE },
	{ IN_FILE, 5, IN_ENUM },
	{ IN_FILE, 6, IN_SERVICE },
	{ IN_FILE, FILE_EXTENSION, IN_NOTHING },
	{ IN_MESSAGE, 2, IN_NOTHING }, /* fields */
	{ IN_MESSAGE, MESSAGE_NESTED, IN_MESSAGE },
	{ IN_MESSAGE, 4, IN_ENUM },
	{ IN_MESSAGE, MESSAGE_EXTENSION, IN_NOTHING },
	{ IN_MESSAGE, 8, IN_NOTHING }, /* oneofs */
	{ IN_ENUM, 2, IN_NOTHING },    /* values */
	{ IN_SERVICE, 2, IN_NOTHING }, /* methods */
};

static const struct declaration *
declaration_of(enum container in, uint32_t field)
{
	size_t n = sizeof(declarations) / sizeof(declarations[0]);

	for (size_t i = 0; i < n; i++)
		if (declarations[i].in == in && declarations[i].field == field)
			return &declarations[i];
	return NULL;
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* The first bytes field of this number; empty if there is none. */
static struct bytes find_bytes(struct bytes descriptor, uint32_t number)
{
	struct wire_reader reader = wire_read(descriptor);
	struct wire_field field;

	while (wire_next(&reader, &field) > 0)
		if (field.number == number && field.type == WIRE_LEN)
			return field.value;
	return (struct bytes){ .at = (const uint8_t *)"" };
}

static uint64_t find_scalar(struct bytes descriptor, uint32_t number)
{
	struct wire_reader reader = wire_read(descriptor);
	struct wire_field field;

	while (wire_next(&reader, &field) > 0)
		if (field.number == number && field.type == WIRE_VARINT)
			return field.scalar;
	return 0;
}

/* Takes "head." off; false where the name doesn't begin so. */
static bool take_head(struct bytes *name, struct bytes head)
{
	if (name->len <= head.len || name->at[head.len] != '.' ||
	    memcmp(name->at, head.at, head.len) != 0)
		return false;
	name->at += head.len + 1;
	name->len -= head.len + 1;
	return true;
}

/*
 * Is the (relative) symbol declared in there? Each step down takes a part of
 * the symbol off, except into an enum, whose values belong to its parent.
 */
static bool
declares(struct bytes descriptor, enum container kind, struct bytes symbol)
{
	struct wire_reader reader = wire_read(descriptor);
	const struct declaration *found;
	struct wire_field field;

	while (wire_next(&reader, &field) > 0) {
		struct bytes rest = symbol;
		struct bytes name;

		found = declaration_of(kind, field.number);
		if (!found || field.type != WIRE_LEN)
			continue;
		name = find_bytes(field.value, ANY_NAME);
		if (bytes_equal(name, symbol))
			return true;
		if (found->is == IN_ENUM &&
		    declares(field.value, IN_ENUM, symbol))
			return true;
		if (found->is != IN_NOTHING && take_head(&rest, name) &&
		    declares(field.value, found->is, rest))
			return true;
	}
	return false;
}

static bool in_file(struct bytes file, struct bytes symbol)
{
	struct bytes package = find_bytes(file, FILE_PACKAGE);

	if (package.len > 0 && !take_head(&symbol, package))
		return false;
	return declares(file, IN_FILE, symbol);
}

/* An extension of a type; number 0 in the wish: any. */
struct extension {
	struct bytes type; /* "google.protobuf.FieldOptions" */
	uint64_t number;
};

static bool extends(struct bytes field, const struct extension *wanted)
{
	struct bytes type = find_bytes(field, FIELD_EXTENDEE);

	if (type.len == 0 || type.at[0] != '.')
		return false;
	type.at++, type.len--;
	return bytes_equal(type, wanted->type) &&
	       (wanted->number == 0 ||
		wanted->number == find_scalar(field, FIELD_NUMBER));
}

/*
 * Appends the numbers of the extensions in there that fit, packed; true if
 * there was any. Nested messages too: as deep as our own files are.
 */
static bool put_extensions(struct bytes descriptor, enum container kind,
			   const struct extension *wanted, struct buffer *out)
{
	struct wire_reader reader = wire_read(descriptor);
	uint32_t extension = FILE_EXTENSION, nested = FILE_MESSAGE;
	struct wire_field field;
	bool is_found = false;

	if (kind == IN_MESSAGE) {
		extension = MESSAGE_EXTENSION;
		nested = MESSAGE_NESTED;
	}
	while (wire_next(&reader, &field) > 0) {
		if (field.type != WIRE_LEN)
			continue;
		if (field.number == extension && extends(field.value, wanted)) {
			wire_put_varint(out,
					find_scalar(field.value, FIELD_NUMBER));
			is_found = true;
		} else if (field.number == nested) {
			is_found |= put_extensions(field.value, IN_MESSAGE,
						   wanted, out);
		}
	}
	return is_found;
}

/* ---------------------------------------------------------------- protocol */

enum {
	ASK_FILE = 3,
	ASK_SYMBOL = 4,
	ASK_EXTENSION = 5,
	ASK_EXTENSION_NUMBERS = 6,
	ASK_SERVICES = 7,

	EXTENSION_TYPE = 1,
	EXTENSION_NUMBER = 2,

	ANSWER_HOST = 1,
	ANSWER_REQUEST = 2,
	ANSWER_FILE = 4,
	ANSWER_EXTENSION_NUMBERS = 5,
	ANSWER_SERVICES = 6,
	ANSWER_ERROR = 7,
};

#define REQUEST_MAX (16u << 10)
#define ANSWER_MAX  (1u << 20)

struct reflection {
	struct arena arena; /* holds this, too */
	struct buffer part; /* of an answer */
	struct buffer answer;
	bool has_answer, is_last;
	enum outrider_code code;
};

static void
put_error(struct buffer *out, enum outrider_code code, const char *text)
{
	wire_put_scalar(out, 1, (uint64_t)code_grpc_status(code));
	wire_put_bytes(out, 2, text, strlen(text));
}

static void put_services(struct reflection *r)
{
	const char *name;

	for (size_t i = 0; (name = rpc_service_name(i)); i++) {
		struct buffer service;

		buffer_init(&service, &allocator_libc, 256);
		wire_put_bytes(&service, 1, name, strlen(name));
		wire_put_bytes(&r->part, 1, service.at, service.len);
		r->part.is_full |= service.is_full;
		buffer_free(&service);
	}
}

/* Each returns whether it found what was asked for, in r->part. */
static bool put_file(struct reflection *r, uint32_t ask, struct bytes wish)
{
	struct wire_reader reader = wire_read((struct bytes){
		.at = rpc_descriptors, .len = rpc_descriptors_len });
	struct extension extension = {
		.type = find_bytes(wish, EXTENSION_TYPE),
		.number = find_scalar(wish, EXTENSION_NUMBER),
	};
	struct wire_field file;
	bool fits = false;

	while (!fits && wire_next(&reader, &file) > 0) {
		if (ask == ASK_FILE) {
			fits = bytes_equal(find_bytes(file.value, ANY_NAME),
					   wish);
		} else if (ask == ASK_SYMBOL) {
			fits = in_file(file.value, wish);
		} else {
			fits = extension.number > 0 &&
			       put_extensions(file.value, IN_FILE, &extension,
					      &r->part);
			buffer_clear(&r->part);
		}
	}
	if (fits)
		wire_put_bytes(&r->part, 1, file.value.at, file.value.len);
	return fits;
}

static bool put_extension_numbers(struct reflection *r, struct bytes type)
{
	struct wire_reader reader = wire_read((struct bytes){
		.at = rpc_descriptors, .len = rpc_descriptors_len });
	const struct extension any = { .type = type };
	struct buffer numbers;
	struct wire_field file;
	bool is_found = false;

	buffer_init(&numbers, &allocator_libc, 4096);
	while (wire_next(&reader, &file) > 0) {
		is_found |= in_file(file.value, type);
		(void)put_extensions(file.value, IN_FILE, &any, &numbers);
	}
	wire_put_bytes(&r->part, 1, type.at, type.len);
	if (numbers.len > 0)
		wire_put_bytes(&r->part, 2, numbers.at, numbers.len);
	buffer_free(&numbers);
	return is_found;
}

/* Fills r->part; which field of the response it is. */
static uint32_t put_part(struct reflection *r, uint32_t ask, struct bytes wish)
{
	buffer_clear(&r->part);
	switch (ask) {
	case ASK_FILE:
	case ASK_SYMBOL:
	case ASK_EXTENSION:
		if (put_file(r, ask, wish))
			return ANSWER_FILE;
		break;
	case ASK_EXTENSION_NUMBERS:
		if (put_extension_numbers(r, wish))
			return ANSWER_EXTENSION_NUMBERS;
		break;
	case ASK_SERVICES:
		put_services(r);
		return ANSWER_SERVICES;
	default:
		put_error(&r->part, OUTRIDER_UNIMPLEMENTED,
			  "not a question that this server knows");
		return ANSWER_ERROR;
	}
	buffer_clear(&r->part);
	put_error(&r->part, OUTRIDER_NOT_FOUND, "not in this contract");
	return ANSWER_ERROR;
}

static enum outrider_code
answer_make(struct reflection *r, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct bytes host = { .at = NULL }, wish = { .at = NULL };
	struct wire_field field;
	uint32_t ask = 0, part;
	int found;

	if (message.len > REQUEST_MAX)
		return OUTRIDER_RESOURCE_EXHAUSTED;
	while ((found = wire_next(&reader, &field)) > 0) {
		if (field.type != WIRE_LEN)
			continue;
		if (field.number == 1) {
			host = field.value;
		} else {
			ask = field.number;
			wish = field.value;
		}
	}
	if (found < 0)
		return OUTRIDER_INVALID_ARGUMENT;
	part = put_part(r, ask, wish);
	buffer_clear(&r->answer);
	if (host.len > 0)
		wire_put_bytes(&r->answer, ANSWER_HOST, host.at, host.len);
	wire_put_bytes(&r->answer, ANSWER_REQUEST, message.at, message.len);
	wire_put_bytes(&r->answer, part, r->part.at, r->part.len);
	return r->part.is_full || r->answer.is_full
		       ? OUTRIDER_RESOURCE_EXHAUSTED
		       : OUTRIDER_OK;
}

static void *
reflection_begin(struct rpc_worker *worker, const struct app_request *request)
{
	struct arena arena;
	struct reflection *r;

	(void)worker;
	(void)request;
	arena_init(&arena, &allocator_libc, 8 << 10);
	r = arena_alloc(&arena, sizeof(*r));
	if (!r)
		return NULL;
	r->arena = arena;
	buffer_init(&r->part, &allocator_libc, ANSWER_MAX);
	buffer_init(&r->answer, &allocator_libc, ANSWER_MAX);
	return r;
}

static enum rpc_progress
reflection_next(void *state, struct bytes *message, struct app_status *status)
{
	struct reflection *r = state;

	if (r->has_answer) {
		r->has_answer = false;
		*message = (struct bytes){ .at = r->answer.at,
					   .len = r->answer.len };
		return RPC_MESSAGE;
	}
	if (!r->is_last)
		return RPC_READ;
	*status = (struct app_status){
		.code = r->code,
		.grpc_status = code_grpc_status(r->code),
		.text = r->code ? "not a reflection request" : "",
	};
	return RPC_END;
}

static void reflection_receive(void *state, const struct bytes *message)
{
	struct reflection *r = state;

	if (message) {
		r->code = answer_make(r, *message);
		r->has_answer = !r->code;
	}
	r->is_last = !message || r->code;
}

static void reflection_free(void *state)
{
	struct reflection *r = state;
	struct arena arena = r->arena;

	buffer_free(&r->part);
	buffer_free(&r->answer);
	arena_free(&arena);
}

const struct rpc_source rpc_reflection = {
	.begin = reflection_begin,
	.next = reflection_next,
	.receive = reflection_receive,
	.free = reflection_free,
};
