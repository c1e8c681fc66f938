/*
 * What the server takes from the world: time, random numbers and a log. They
 * come in here so that a simulation or a demonstration can bring its own.
 * Nothing else in the server calls a clock or a random source.
 */
#ifndef SERVER_CONTEXT_H
#define SERVER_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
};

struct context {
	void *user;
	/* Microseconds since 1970; may jump. */
	int64_t (*wall_us)(void *user);
	/* Microseconds; never goes back. Deadlines are in it. */
	int64_t (*mono_us)(void *user);
	/* Strong random bytes; ends the process rather than fail. */
	void (*random)(void *user, void *out, size_t len);
	/*
	 * One structured line: event is a short constant such as
	 * "store.commit_failed", fields is "key=value key=value" text without
	 * personal data (ids, codes and counts are fine).
	 */
	void (*log)(void *user, enum log_level level, const char *event,
		    const char *fields);
	/* The clock is a demonstration's: said in every receipt. */
	bool is_demo;
};

/* log with a format; the line is cut at 1 KiB. */
void context_log(const struct context *context, enum log_level level,
		 const char *event, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The real clock, getrandom(2) and JSON lines on standard error. */
void context_init_real(struct context *context);

#endif
