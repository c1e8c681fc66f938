/*
 * What the contract says, as tables: made by tools/crmgen from the .proto
 * files, read by the engine on the server and by the core on the phone.
 * Everything is const and lives as long as the program.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field looks on the wire and what its value is in a row. */
enum field_type {
	FIELD_STRING,	 /* UTF-8 without NUL: bytes */
	FIELD_BYTES,	 /* bytes */
	FIELD_BOOL,	 /* integer 0 or 1 */
	FIELD_INT32,	 /* integer */
	FIELD_INT64,	 /* integer */
	FIELD_UINT32,	 /* integer */
	FIELD_UINT64,	 /* integer, reinterpreted */
	FIELD_DOUBLE,	 /* real; NaN and infinities are refused */
	FIELD_ENUM,	 /* integer; only known values */
	FIELD_UUID,	 /* string on the wire, 16 bytes in a row: references */
	FIELD_TIMESTAMP, /* google.protobuf.Timestamp: integer, us since 1970 */
	FIELD_MESSAGE,	 /* nested */
};

enum field_merge {
	MERGE_LAST_WRITER,
	MERGE_SET,
	MERGE_INSERT_ONLY,
	MERGE_SERVER,
	MERGE_ASK,
	MERGE_BY_KEY, /* repeated messages by their first field */
};

enum field_handle { HANDLE_NONE, HANDLE_PHONE, HANDLE_EMAIL, HANDLE_MESSENGER };

enum rank { RANK_NONE, RANK_REP, RANK_MANAGER, RANK_ADMINISTRATOR };

enum field_flag {
	FIELD_IS_REPEATED = 1 << 0,
	FIELD_IS_REQUIRED = 1 << 1,
	FIELD_IS_OUTPUT_ONLY = 1 << 2,
	FIELD_IS_IMMUTABLE = 1 << 3,
	FIELD_IS_FILTERABLE = 1 << 4,
	FIELD_IS_ORDERABLE = 1 << 5,
	FIELD_IS_SEARCHABLE = 1 << 6,
	FIELD_IS_PARTICIPANT = 1 << 7,
	FIELD_IS_SYSTEM = 1 << 8,  /* one of the seven that every kind has */
	FIELD_IS_INDEXED = 1 << 9, /* an index serves equality */
	FIELD_IS_MONEY = 1 << 10,  /* of the record's currency_code */
	FIELD_IS_CUSTOM = 1 << 11, /* values of fields that were added */
};

struct enum_value {
	const char *name;
	int32_t number;
};

struct enum_type {
	const char *name;
	const struct enum_value *values; /* ascending numbers */
	size_t n_values;
};

struct message;
struct entity;

struct field {
	uint32_t number;
	int oneof; /* index of its oneof, or -1 */
	const char *name;
	enum field_type type;
	unsigned flags;
	uint32_t max_bytes; /* 0: no such limit applies to the type */
	uint32_t max_items;
	double min, max; /* unchecked while both are 0 */
	enum field_merge merge;
	enum field_handle handle;
	const struct message *message;	/* FIELD_MESSAGE */
	const struct enum_type *values; /* FIELD_ENUM */
	const struct entity *reference; /* FIELD_UUID that names a record */
	enum rank read_rank;		/* below it the field isn't there */
	/*
	 * The column in the kind's table, or NULL for system fields (they have
	 * columns of their own) and outside kinds. Repeated and nested fields
	 * are one BLOB column that holds the whole encoded field, tags
	 * included, all occurrences one behind the other.
	 */
	const char *column;
};

struct message {
	const char *name;	    /* "outrider.v1.Contact" */
	const struct field *fields; /* ascending numbers */
	size_t n_fields;
	const struct entity *entity; /* where it is a kind of record, or NULL */
};

enum visibility { VISIBLE_TO_ORGANIZATION, VISIBLE_TO_OWNED };

/* System fields' numbers; own fields start at FIELD_FIRST_OWN. */
enum {
	FIELD_ID = 1,
	FIELD_ETAG = 2,
	FIELD_CREATE_TIME = 3,
	FIELD_UPDATE_TIME = 4,
	FIELD_DELETE_TIME = 5,
	FIELD_OWNER = 6,
	FIELD_TEAM = 7,
	FIELD_FIRST_OWN = 10,
};

/* A kind of record. */
struct entity {
	uint32_t number;
	const char *name;  /* "contact" */
	const char *table; /* "contacts" */
	enum visibility visibility;
	enum rank write_rank;
	bool is_server_made;
	const struct message *message;
	/*
	 * Own fields in the order of columns: fields[0..n_fields) point into
	 * message->fields from the first with number >= FIELD_FIRST_OWN on.
	 */
	const struct field *fields;
	size_t n_fields;
	/* Its time in the timelines of what it refers to; NULL: in none. */
	const struct field *timeline;
	/* What names a record to people; own fields, strings. */
	const struct field *const *title;
	size_t n_title;
	/*
	 * What a person may name, in the order of the contract: owner_id,
	 * team_id, own fields, those of nested messages as "phones.number". A
	 * Date is one.
	 */
	const char *const *paths;
	size_t n_paths;
};

enum permission {
	PERMIT_PUBLIC = 1,
	PERMIT_READ,
	PERMIT_WRITE,
	PERMIT_DEVICE,
	PERMIT_MANAGE,
	PERMIT_ADMINISTER,
};

/* What a method is; METHOD_NAMED ones have a handler of their own. */
enum method_verb {
	METHOD_NAMED,
	METHOD_CREATE,
	METHOD_GET,
	METHOD_LIST,
	METHOD_UPDATE,
	METHOD_DELETE,
	METHOD_UNDELETE,
	METHOD_BATCH_GET,
	METHOD_BATCH_CREATE,
	METHOD_BATCH_UPDATE,
};

struct method {
	const char *path; /* "/outrider.v1.ContactService/GetContact" */
	const char *service;
	const char *name; /* "GetContact" */
	enum method_verb verb;
	enum permission permission;
	const struct entity *entity; /* standard methods */
	const struct message *request, *response;
	bool is_request_stream, is_response_stream;
};

/* The generated tables (library outrider_schema): kinds by number, methods by
 * path. */
extern const struct entity *const schema_entities[];
extern const size_t schema_n_entities;
extern const struct method schema_methods[];
extern const size_t schema_n_methods;
/*
 * Differs wherever a record's bytes or columns mean something else: CRC-32 over
 * the kinds' numbers and tables and over their fields' numbers, names, types
 * and enum values, nested ones included. Limits and other laws are not in it.
 */
extern const uint32_t schema_version;
/*
 * Of two contracts, one made of the other by adding to it, the larger is the
 * newer: the length of what schema_version is made of.
 */
extern const uint32_t schema_size;

/* NULL where there is none. */
const struct entity *schema_entity(uint32_t number);
const struct entity *schema_entity_named(const char *name, size_t len);
const struct field *message_field(const struct message *m, uint32_t number);
/* The same; quick where numbers ascend, and last is what the one before gave.
 */
const struct field *message_field_after(const struct message *m,
					const struct field *last,
					uint32_t number);
const struct field *
message_field_named(const struct message *m, const char *name, size_t len);
const struct method *schema_method(const char *path, size_t len);
/* How long the prefix is that all its names have: "DEAL_STATE_". */
size_t enum_prefix_len(const struct enum_type *type);
/*
 * By its whole name, or by the name without the prefix in whatever case, as
 * people write it: "in" is CALL_DIRECTION_IN.
 */
const struct enum_value *
enum_value_named(const struct enum_type *type, const char *name, size_t len);
/* "CALL_DIRECTION_IN", or NULL. */
const char *enum_value_name(const struct enum_type *type, int64_t number);

#endif
