/*
 * The files that crmgen writes, each into a buffer first.
 */
#ifndef CRMGEN_EMIT_H
#define CRMGEN_EMIT_H

#include "contract.h"

/* printf behind the end of the buffer. */
void emit(struct buffer *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* schema.c: the tables of model/schema.h. */
void emit_schema(struct buffer *out, const struct contract *c);
/* schema_ddl.h and schema_ddl.c: a table a kind, for each database. */
void emit_ddl_header(struct buffer *out);
void emit_ddl(struct buffer *out, const struct contract *c);
/* The options that nanopb reads beside one .proto file. */
void emit_nanopb(struct buffer *out, const struct contract *c,
		 const struct source *source);

/* The reference of the API in Markdown, behind docs/api.head.md. */
void emit_api(struct buffer *out, const struct contract *c);

#endif
