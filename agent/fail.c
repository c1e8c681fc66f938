/*
 * See fail.h.
 */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum outrider_code
fail(struct outrider_err *err, enum outrider_code code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	*err = (struct outrider_err){ .code = code };
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}
