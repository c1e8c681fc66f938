/*
 * err: fills error records and answers for codes, out of the one list in the
 * public header. Knows nothing of where errors come from.
 */
#include "model/err.h"

#include "model/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct code_row {
	const char *name;
	const char *text;
	int grpc_status;
	bool is_retryable;
};

static const struct code_row rows[] = {
#define CODE_ROW(name_, grpc_, retryable_, text_) \
	[OUTRIDER_##name_] = {                    \
		.name = #name_,                   \
		.text = (text_),                  \
		.grpc_status = (grpc_),           \
		.is_retryable = (retryable_),     \
	},
	OUTRIDER_CODES(CODE_ROW)
#undef CODE_ROW
};

static const struct code_row *row_of(enum outrider_code code)
{
	size_t n = sizeof(rows) / sizeof(rows[0]);

	return &rows[(size_t)code < n ? code : OUTRIDER_UNKNOWN];
}

enum outrider_code err_set(struct outrider_err *err, enum outrider_code code,
			   const char *field, const char *format, ...)
{
	va_list args;
	int len;

	if (!err)
		return code;
	*err = (struct outrider_err){ .code = code };
	if (field)
		snprintf(err->field, sizeof(err->field), "%s", field);
	va_start(args, format);
	len = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (len >= (int)sizeof(err->text))
		err->text[utf8_whole(err->text, sizeof(err->text) - 1)] = 0;
	return code;
}

enum outrider_code err_no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "Out of memory.");
}

enum outrider_code err_call_full(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "this takes more memory than one call may");
}

void err_clear(struct outrider_err *err)
{
	if (err)
		*err = (struct outrider_err){ .code = OUTRIDER_OK };
}

const char *code_name(enum outrider_code code)
{
	return row_of(code)->name;
}

const char *code_text(enum outrider_code code)
{
	return row_of(code)->text;
}

int code_grpc_status(enum outrider_code code)
{
	return row_of(code)->grpc_status;
}

bool code_is_retryable(enum outrider_code code)
{
	return row_of(code)->is_retryable;
}

enum outrider_code code_from_grpc_status(int status)
{
	/* Our own codes stand behind those of gRPC and share their numbers. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].grpc_status == status)
			return (enum outrider_code)i;
	return OUTRIDER_UNKNOWN;
}
