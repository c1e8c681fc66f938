/*
 * load: a FileDescriptorSet into struct contract. Owns how protobuf writes
 * its descriptors down; judges nothing but that they can be read.
 */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* descriptor.proto's own field numbers, as paths to a line go by them. */
enum {
	IN_FILE_MESSAGE = 4,
	IN_FILE_ENUM = 5,
	IN_MESSAGE_FIELD = 2,
	IN_MESSAGE_NESTED = 3,
	IN_MESSAGE_ENUM = 4,
	IN_ENUM_VALUE = 2,
	PATH_MAX_STEPS = 32,
};

#define REPEATED GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED

/* Where the walk stands. */
struct walk {
	struct contract *c;
	const struct source *source;
	int32_t path[PATH_MAX_STEPS];
	size_t n_path;
};

static void walk_enter(struct walk *walk, int32_t what, size_t index)
{
	if (walk->n_path + 2 > PATH_MAX_STEPS) {
		fputs("crmgen: messages are nested too deep\n", stderr);
		exit(2);
	}
	walk->path[walk->n_path++] = what;
	walk->path[walk->n_path++] = (int32_t)index;
}

static void walk_leave(struct walk *walk)
{
	walk->n_path -= 2;
}

/* ---------------------------------------------------- first walk: names */

static void count_nested(struct contract *c,
			 const Google__Protobuf__DescriptorProto *proto,
			 size_t depth)
{
	c->n_messages++;
	c->n_enums += proto->n_enum_type;
	if (depth > PATH_MAX_STEPS)
		return; /* the walk that follows says so and ends */
	for (size_t i = 0; i < proto->n_nested_type; i++)
		count_nested(c, proto->nested_type[i], depth + 1);
}

static void add_enum(struct walk *walk, const char *scope,
		     const Google__Protobuf__EnumDescriptorProto *proto)
{
	struct contract *c = walk->c;
	const char **comments =
		contract_alloc(c, proto->n_value * sizeof(*comments));

	for (size_t i = 0; i < proto->n_value; i++) {
		walk_enter(walk, IN_ENUM_VALUE, i);
		comments[i] =
			contract_origin(walk->source, walk->path, walk->n_path)
				.comment;
		walk_leave(walk);
	}
	c->enums[c->n_enums++] = (struct contract_enum){
		.origin =
			contract_origin(walk->source, walk->path, walk->n_path),
		.name = contract_text(c, "%s.%s", scope, proto->name),
		.proto = proto,
		.comments = comments,
		.source = walk->source,
	};
}

static int compare_fields(const void *a, const void *b)
{
	const struct contract_field *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void add_fields(struct walk *walk, struct contract_message *message)
{
	struct contract *c = walk->c;
	const Google__Protobuf__DescriptorProto *proto = message->proto;

	message->n_fields = proto->n_field;
	message->fields =
		contract_alloc(c, proto->n_field * sizeof(*message->fields));
	for (size_t i = 0; i < proto->n_field; i++) {
		const Google__Protobuf__FieldDescriptorProto *field =
			proto->field[i];
		walk_enter(walk, IN_MESSAGE_FIELD, i);
		message->fields[i] = (struct contract_field){
			.origin = contract_origin(walk->source, walk->path,
						  walk->n_path),
			.name = field->name,
			.number = (uint32_t)field->number,
			.proto = field,
			.rules = contract_option(
				c, &outrider__v1__field_rules__descriptor,
				field->options),
			.is_repeated = field->label == REPEATED,
			.oneof = field->has_oneof_index ? field->oneof_index
							: -1,
		};
		walk_leave(walk);
	}
	qsort(message->fields, message->n_fields, sizeof(*message->fields),
	      compare_fields);
}

static void add_message(struct walk *walk, const char *scope,
			const Google__Protobuf__DescriptorProto *proto)
{
	struct contract *c = walk->c;
	struct contract_message *message = &c->messages[c->n_messages++];

	*message = (struct contract_message){
		.origin =
			contract_origin(walk->source, walk->path, walk->n_path),
		.name = contract_text(c, "%s.%s", scope, proto->name),
		.proto = proto,
		.source = walk->source,
	};
	add_fields(walk, message);
	for (size_t i = 0; i < proto->n_enum_type; i++) {
		walk_enter(walk, IN_MESSAGE_ENUM, i);
		add_enum(walk, message->name, proto->enum_type[i]);
		walk_leave(walk);
	}
	for (size_t i = 0; i < proto->n_nested_type; i++) {
		walk_enter(walk, IN_MESSAGE_NESTED, i);
		add_message(walk, message->name, proto->nested_type[i]);
		walk_leave(walk);
	}
}

static void add_source(struct contract *c, struct source *source)
{
	const Google__Protobuf__FileDescriptorProto *proto = source->proto;
	struct walk walk = { .c = c, .source = source };

	for (size_t i = 0; i < proto->n_enum_type; i++) {
		walk_enter(&walk, IN_FILE_ENUM, i);
		add_enum(&walk, proto->package, proto->enum_type[i]);
		walk_leave(&walk);
	}
	for (size_t i = 0; i < proto->n_message_type; i++) {
		walk_enter(&walk, IN_FILE_MESSAGE, i);
		add_message(&walk, proto->package, proto->message_type[i]);
		walk_leave(&walk);
	}
}

/* --------------------------------------------------------------- the set */

static bool is_of(const char *package, const char *owner)
{
	return strncmp(package, owner, strlen(owner)) == 0;
}

static bool open_source(struct contract *c, struct source *source,
			const Google__Protobuf__FileDescriptorProto *proto)
{
	const char *package = proto->package ? proto->package : "";

	*source = (struct source){
		.proto = proto,
		.name = proto->name,
		.is_foreign = is_of(package, "google.") ||
			      is_of(package, "grpc."),
		.is_language = proto->n_extension > 0,
	};
	c->n_enums += proto->n_enum_type;
	for (size_t i = 0; i < proto->n_message_type; i++)
		count_nested(c, proto->message_type[i], 0);
	/* protoc leaves the syntax out of proto2 files. */
	if (source->is_foreign || (package[0] != 0 && proto->syntax))
		return true;
	fprintf(stderr,
		"%s:1: a file of the contract is proto3, without groups and "
		"required fields, and has a package\n",
		proto->name);
	return false;
}

bool contract_load(struct contract *c, const uint8_t *bytes, size_t len)
{
	const Google__Protobuf__FileDescriptorSet *set = contract_unpack(
		c, &google__protobuf__file_descriptor_set__descriptor,
		(struct bytes){ .at = bytes, .len = len });

	c->n_sources = set->n_file;
	c->sources = contract_alloc(c, set->n_file * sizeof(*c->sources));
	for (size_t i = 0; i < set->n_file; i++)
		if (!open_source(c, &c->sources[i], set->file[i]))
			return false;
	c->enums = contract_alloc(c, c->n_enums * sizeof(*c->enums));
	c->messages = contract_alloc(c, c->n_messages * sizeof(*c->messages));
	c->n_enums = c->n_messages = 0;
	for (size_t i = 0; i < c->n_sources; i++)
		add_source(c, &c->sources[i]);
	contract_resolve(c);
	if (c->n_kinds > 0 && c->n_methods > 0)
		return true;
	fputs("crmgen: a contract without a kind, or without a method\n",
	      stderr);
	return false;
}
