/*
 * emit: formatted text behind the end of a buffer.
 */
#include "emit.h"

#include <stdarg.h>
#include <stdio.h>

void emit(struct buffer *out, const char *format, ...)
{
	va_list args;
	uint8_t *at;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		out->is_full = true;
		return;
	}
	at = buffer_reserve(out, (size_t)len + 1);
	if (!at)
		return;
	va_start(args, format);
	vsnprintf((char *)at, (size_t)len + 1, format, args);
	va_end(args);
	out->len += (size_t)len;
}
