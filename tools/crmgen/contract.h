/*
 * What the contract says, as crmgen holds it between reading and writing: the
 * descriptor set with names resolved and our options unpacked. Everything
 * lives in the contract's arena and stays until the program ends.
 */
#ifndef CRMGEN_CONTRACT_H
#define CRMGEN_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "model/arena.h"
#include "model/schema.h"
#include "outrider/v1/options.pb-c.h"

/* Where something stands, and what is written above it. */
struct origin {
	const char *file;    /* "outrider/v1/contact.proto" */
	int line;	     /* from 1 on; 0: not known */
	const char *comment; /* without its slashes; NULL: none */
};

struct source {
	const Google__Protobuf__FileDescriptorProto *proto;
	const char *name;
	bool is_foreign;  /* google.*, grpc.*: not ours to judge */
	bool is_language; /* extends descriptor.proto: our options */
};

struct contract_enum {
	struct origin origin;
	const char *name; /* "outrider.v1.Rank" */
	const Google__Protobuf__EnumDescriptorProto *proto;
	const char **comments; /* of its values; NULL: none */
	const struct source *source;
	bool is_used; /* by a table that is written */
};

struct contract_kind;
struct contract_message;

struct contract_field {
	struct origin origin;
	const char *name;
	uint32_t number;
	const Google__Protobuf__FieldDescriptorProto *proto;
	Outrider__V1__FieldRules *rules; /* never NULL */
	bool is_repeated;
	int oneof; /* or -1 */
	enum field_type type;
	bool is_typed;			  /* type is one of the contract's */
	struct contract_message *message; /* of a message type */
	struct contract_enum *values;
	const struct contract_kind *reference;
};

struct contract_message {
	struct origin origin;
	const char *name; /* "outrider.v1.Contact" */
	const Google__Protobuf__DescriptorProto *proto;
	const struct source *source;
	struct contract_field *fields; /* ascending numbers */
	size_t n_fields;
	const struct contract_kind *kind; /* where it is one */
	bool is_used;			  /* by a kind or a method */
	bool is_on_phone;		  /* by a method that a device calls */
};

struct contract_kind {
	struct contract_message *message;
	const Outrider__V1__KindRules *rules;
	const char *name;  /* "contact" */
	const char *table; /* "contacts" */
	const char *type;  /* "Contact" */
	const char *types; /* "Contacts" */
	size_t first_own;  /* index of the first own field */
};

struct contract_method {
	struct origin origin;
	const char *path;    /* "/outrider.v1.AuthService/Login" */
	const char *service; /* "outrider.v1.AuthService" */
	const char *name;    /* "Login" */
	const Google__Protobuf__MethodDescriptorProto *proto;
	Outrider__V1__MethodRules *rules; /* never NULL */
	struct contract_message *request, *response;
	const struct contract_kind *kind; /* of a standard method */
	enum method_verb verb;
};

struct contract {
	struct arena arena;
	struct source *sources;
	size_t n_sources;
	struct contract_enum *enums;
	size_t n_enums;
	struct contract_message *messages;
	size_t n_messages;
	struct contract_kind *kinds; /* ascending numbers */
	size_t n_kinds;
	struct contract_method *methods; /* ascending paths */
	size_t n_methods;
	unsigned n_refused;
};

/* Memory that lasts; ends the program where there is none. */
void *contract_alloc(struct contract *c, size_t size);
const char *contract_text(struct contract *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Says why the contract is refused, on stderr, as
 * "FILE:LINE: SUBJECT: reason".
 */
void contract_refuse(struct contract *c, const struct origin *origin,
		     const char *subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Unpacks into the contract's arena; ends the program on damaged bytes. */
void *contract_unpack(struct contract *c,
		      const ProtobufCMessageDescriptor *descriptor,
		      struct bytes bytes);
/* Our option out of an options message, which may be NULL: never NULL. */
void *contract_option(struct contract *c,
		      const ProtobufCMessageDescriptor *descriptor,
		      const void *options);
bool contract_has_option(const void *options);

/*
 * Where the thing at path stands, by the source information. A path is how
 * descriptor.proto counts: field number, index, field number, index ...
 */
struct origin contract_origin(const struct source *source, const int32_t *path,
			      size_t n_path);

/* What a file says of itself in its first lines; NULL: nothing. */
const char *contract_head(const struct source *source);

/* Reads a FileDescriptorSet; false, and a word on stderr, if it is none. */
bool contract_load(struct contract *c, const uint8_t *bytes, size_t len);
/* Its second part: kinds, the fields' types, the methods. */
void contract_resolve(struct contract *c);

/*
 * Refuses what the tables can't state, with a line on stderr for each reason:
 * docs/schema.md has the list. Only where all three are content may the rest
 * be used.
 */
void contract_check_messages(struct contract *c);
void contract_check_kinds(struct contract *c);
void contract_check_methods(struct contract *c);

/* Sets is_used and is_on_phone of messages and enums. After the checks. */
void contract_mark(struct contract *c);

/* The values of the fields that an organisation adds: repeated CustomValue. */
bool contract_is_custom(const struct contract_field *field);

/* NULL where there is none. */
struct contract_message *
contract_message(const struct contract *c, const char *name);
const struct contract_kind *
contract_kind(const struct contract *c, const char *name);

#endif
