/*
 * What the agent prints: lines for people, JSON for programs. One object a
 * command, or one a line where a command follows something.
 */
#ifndef AGENT_OUTPUT_H
#define AGENT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON text being written to standard output. */
struct json {
	bool needs_comma;
	unsigned depth;
};

/* name is NULL inside an array. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket); /* a newline at depth 0 */
void json_text(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, double value);
void json_integer(struct json *json, const char *name, int64_t value);
void json_bool(struct json *json, const char *name, bool value);
/* RFC 3339; null for 0. */
void json_time(struct json *json, const char *name, int64_t time_us);
void json_id(struct json *json, const char *name, const uint8_t id[16]);

/* The 36-character form; and its last eight digits, as shown to people. */
void id_text(char out[37], const uint8_t id[16]);
void id_short(char out[9], const uint8_t id[16]);
/* Takes the 36-character form. */
bool id_parse(uint8_t out[16], const char *text);

/*
 * Takes the teeth out of a text that somebody else has written, in place: what
 * steers a terminal becomes question marks. Tabs and line ends stay. JSON wants
 * none of this, it writes them as escapes.
 */
void text_tame(char *text);

/* Prints text, tamed, cut or padded to that many characters, not bytes. */
void print_column(const char *text, size_t width);

#endif
