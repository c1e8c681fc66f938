/*
 * emit_ddl: a table a kind, in the words of each database. What a column is
 * called and means is the same in all; only the names of types differ.
 */
#include "emit.h"

#include <string.h>

struct dialect {
	const char *name;
	const char *uuid, *integer, *real, *text, *bytes;
	const char *behind; /* the closing bracket */
};

static const struct dialect dialects[] = {
	{
		.name = "sqlite",
		.uuid = "BLOB",
		.integer = "INTEGER",
		.real = "REAL",
		.text = "TEXT",
		.bytes = "BLOB",
		.behind = " STRICT",
	},
	{
		.name = "postgres",
		.uuid = "BYTEA",
		.integer = "BIGINT",
		.real = "DOUBLE PRECISION",
		.text = "TEXT",
		.bytes = "BYTEA",
		.behind = "",
	},
};

/*
 * A column holds the default where the value is not set, so that ordering and
 * paging never meet NULL; only ids and bytes are NULL then.
 */
static void emit_column(struct buffer *out, const struct dialect *dialect,
			const struct contract_field *field)
{
	emit(out, "\t\"\\t\\\"%s\\\" ", field->name);
	if (field->is_repeated) {
		emit(out, "%s", dialect->bytes);
		return;
	}
	switch (field->type) {
	case FIELD_STRING:
		emit(out, "%s NOT NULL DEFAULT ''", dialect->text);
		return;
	case FIELD_BYTES:
	case FIELD_MESSAGE:
		emit(out, "%s", dialect->bytes);
		return;
	case FIELD_UUID:
		emit(out, "%s", dialect->uuid);
		return;
	case FIELD_DOUBLE:
		emit(out, "%s NOT NULL DEFAULT 0", dialect->real);
		return;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
	case FIELD_TIMESTAMP:
		emit(out, "%s NOT NULL DEFAULT 0", dialect->integer);
		return;
	}
}

static void emit_table(struct buffer *out, const struct dialect *dialect,
		       const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;

	emit(out, "\t\"CREATE TABLE \\\"%s\\\" (\\n\"\n", kind->table);
	emit(out, "\t\"\\tid %s PRIMARY KEY NOT NULL,\\n\"\n", dialect->uuid);
	emit(out, "\t\"\\trev %s NOT NULL,\\n\"\n", dialect->integer);
	emit(out, "\t\"\\towner %s,\\n\"\n", dialect->uuid);
	emit(out, "\t\"\\tteam %s,\\n\"\n", dialect->uuid);
	emit(out, "\t\"\\tcreated_us %s NOT NULL,\\n\"\n", dialect->integer);
	emit(out, "\t\"\\tupdated_us %s NOT NULL,\\n\"\n", dialect->integer);
	emit(out, "\t\"\\tdeleted_us %s NOT NULL DEFAULT 0,\\n\"\n",
	     dialect->integer);
	emit(out, "\t\"\\tfrev %s NOT NULL", dialect->bytes);
	for (size_t i = kind->first_own; i < message->n_fields; i++) {
		emit(out, ",\\n\"\n");
		emit_column(out, dialect, &message->fields[i]);
	}
	emit(out, "\\n)%s\",\n", dialect->behind);
}

void emit_ddl_header(struct buffer *out)
{
	emit(out, "/* Made by crmgen: a CREATE TABLE for each of\n"
		  " * schema_entities, in that order, then NULL. */\n"
		  "#ifndef SCHEMA_DDL_H\n"
		  "#define SCHEMA_DDL_H\n\n");
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		emit(out, "extern const char *const schema_ddl_%s[];\n",
		     dialects[i].name);
	emit(out, "\n#endif\n");
}

void emit_ddl(struct buffer *out, const struct contract *c)
{
	emit(out, "/* Made by crmgen from the contract. Edit that instead. */\n"
		  "#include \"schema_ddl.h\"\n\n"
		  "#include <stddef.h>\n");
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		emit(out, "\nconst char *const schema_ddl_%s[] = {\n",
		     dialects[i].name);
		for (size_t k = 0; k < c->n_kinds; k++)
			emit_table(out, &dialects[i], &c->kinds[k]);
		emit(out, "\tNULL,\n};\n");
	}
}
