/*
 * The real world behind struct context: the system's clocks and random
 * source, and a log of JSON lines on standard error. Knows nothing of what is
 * logged; refuses to fail: a line that can't be written is lost.
 */
#include "context.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define FIELDS_MAX 1024
/* Six bytes for each of the fields' bytes, and the line's own part. */
#define LINE_MAX_BYTES (8 * FIELDS_MAX)

void context_log(const struct context *context, enum log_level level,
		 const char *event, const char *format, ...)
{
	char fields[FIELDS_MAX];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(fields, sizeof(fields), format, args);
	va_end(args);
	if (len < 0)
		fields[0] = '\0';
	context->log(context->user, level, event, fields);
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_wall_us(void *user)
{
	(void)user;
	return clock_us(CLOCK_REALTIME);
}

static int64_t real_mono_us(void *user)
{
	(void)user;
	return clock_us(CLOCK_MONOTONIC);
}

static void real_random(void *user, void *out, size_t len)
{
	uint8_t *at = out;

	(void)user;
	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		len -= (size_t)got;
	}
}

struct line {
	char at[LINE_MAX_BYTES];
	size_t len;
};

static void line_char(struct line *line, char c)
{
	if (line->len < sizeof(line->at))
		line->at[line->len++] = c;
}

static void line_text(struct line *line, const char *text)
{
	while (*text)
		line_char(line, *text++);
}

/* Inside of a JSON string. */
static void line_escaped(struct line *line, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\') {
			line_char(line, '\\');
			line_char(line, (char)c);
		} else if (c < 0x20) {
			line_text(line, "\\u00");
			line_char(line, hex[c >> 4]);
			line_char(line, hex[c & 15]);
		} else {
			line_char(line, (char)c);
		}
	}
}

/* A number as it may stand bare in JSON: no sign but -, no leading zero. */
static bool is_number(const char *text, size_t len)
{
	size_t sign = len > 0 && text[0] == '-';

	if (len == sign || len > 15 || (text[sign] == '0' && len > sign + 1))
		return false;
	for (size_t i = sign; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

/* Takes one key=value or key="value with spaces"; returns what is behind. */
static const char *line_field(struct line *line, const char *at)
{
	size_t key = strcspn(at, "= ");
	const char *value = at + key + (at[key] == '=');
	bool is_quoted = *value == '"';

	value += is_quoted;
	const char *closing = is_quoted ? strrchr(value, '"') : NULL;
	/* A quoted value is the last one: others' texts hold quotes. */
	size_t len = strlen(value);
	if (closing)
		len = (size_t)(closing - value);
	else if (!is_quoted)
		len = strcspn(value, " ");
	line_text(line, ",\"");
	line_escaped(line, at, key);
	line_text(line, "\":");
	bool is_bare = !is_quoted && is_number(value, len);
	if (!is_bare)
		line_char(line, '"');
	line_escaped(line, value, len);
	if (!is_bare)
		line_char(line, '"');
	return value + len + (closing != NULL);
}

static void real_log(void *user, enum log_level level, const char *event,
		     const char *fields)
{
	static const char *const names[] = {
		[LOG_LEVEL_DEBUG] = "debug",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_ERROR] = "error",
	};
	struct line line = { .len = 0 };
	struct timespec now = { 0 };
	struct tm utc = { 0 };
	char stamp[64], micros[32];

	(void)user;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(micros, sizeof(micros), ".%06ldZ", now.tv_nsec / 1000);

	line_text(&line, "{\"time\":\"");
	line_text(&line, stamp);
	line_text(&line, micros);
	line_text(&line, "\",\"level\":\"");
	line_text(&line, names[level]);
	line_text(&line, "\",\"event\":\"");
	line_escaped(&line, event, strlen(event));
	line_char(&line, '"');
	for (const char *at = fields; *at;) {
		if (*at == ' ')
			at++;
		else
			at = line_field(&line, at);
	}
	line_text(&line, "}\n");
	/* One call, so that lines of several threads don't mix. */
	ssize_t written = write(STDERR_FILENO, line.at, line.len);
	(void)written;
}

void context_init_real(struct context *context)
{
	*context = (struct context){
		.wall_us = real_wall_us,
		.mono_us = real_mono_us,
		.random = real_random,
		.log = real_log,
	};
}
