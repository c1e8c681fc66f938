/*
 * The table of options, and what reads them from words and from a file.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_FILE_MAX = 64 << 10 };

enum option_type { OPTION_TEXT, OPTION_NUMBER, OPTION_SWITCH, OPTION_LEVEL };

struct option {
	const char *name;
	const char *value; /* what stands behind it; NULL: nothing */
	unsigned uses;
	enum option_type type;
	size_t at; /* in struct config */
	uint64_t min, max;
	const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct option options[] = {
	{ "db", "FILE",
	  CONFIG_INIT | CONFIG_SERVE | CONFIG_REGION | CONFIG_RESTORED,
	  OPTION_TEXT, AT(db), 0, 0,
	  "the database; its keys stand beside it in FILE.keys" },
	{ "firm", "NAME", CONFIG_INIT, OPTION_TEXT, AT(firm), 0, 0,
	  "name of the firm, which is its first team" },
	{ "admin", "LOGIN", CONFIG_INIT, OPTION_TEXT, AT(admin), 0, 0,
	  "login name of the first administrator" },
	{ "admin-name", "NAME", CONFIG_INIT, OPTION_TEXT, AT(admin_name), 0, 0,
	  "their name; otherwise the login name" },
	{ "password-file", "FILE", CONFIG_INIT, OPTION_TEXT, AT(password_file),
	  0, 0, "first line is their password; otherwise one is made up" },
	{ "region", "XX", CONFIG_INIT, OPTION_TEXT, AT(region), 0, 0,
	  "country of phone numbers without a +, such as UA" },
	{ "listen", "HOST:PORT", CONFIG_SERVE, OPTION_TEXT, AT(listen), 0, 0,
	  "where to serve; port 0 takes any and says which" },
	{ "tls-cert", "FILE", CONFIG_SERVE, OPTION_TEXT, AT(tls_cert), 0, 0,
	  "certificate chain, PEM" },
	{ "tls-key", "FILE", CONFIG_SERVE, OPTION_TEXT, AT(tls_key), 0, 0,
	  "its private key, PEM" },
	{ "tls-client-ca", "FILE", CONFIG_SERVE, OPTION_TEXT, AT(tls_client_ca),
	  0, 0, "clients must show a certificate that this one signed" },
	{ "insecure-plaintext", NULL, CONFIG_SERVE, OPTION_SWITCH,
	  AT(is_insecure_plaintext), 0, 0,
	  "serve without TLS to other machines, too" },
	{ "workers", "N", CONFIG_SERVE, OPTION_NUMBER, AT(workers), 0, 256,
	  "threads; 0 means one for each processor" },
	{ "grace-ms", "N", CONFIG_SERVE, OPTION_NUMBER, AT(grace_ms), 0,
	  3600000, "how long calls may go on after SIGTERM" },
	{ "max-message", "BYTES", CONFIG_SERVE, OPTION_NUMBER, AT(max_message),
	  1024, 64 << 20, "largest request" },
	{ "max-db", "BYTES", CONFIG_SERVE, OPTION_NUMBER, AT(max_db), 0,
	  INT64_MAX, "largest database; 0 means no ceiling" },
	{ "keep-evidence-days", "N", CONFIG_SERVE, OPTION_NUMBER,
	  AT(keep_evidence_days), 1, 36500,
	  "how long the content of evidence is kept (60)" },
	{ "keep-removed-days", "N", CONFIG_SERVE, OPTION_NUMBER,
	  AT(keep_removed_days), 1, 36500,
	  "how long phones are told of removals; then they pull anew" },
	{ "log-level", "LEVEL", CONFIG_SERVE, OPTION_LEVEL, AT(log_level), 0, 0,
	  "debug (each call), info, warning or error" },
	{ "time-zone", "NAME", CONFIG_SERVE, OPTION_TEXT, AT(time_zone), 0, 0,
	  "the organisation's, such as Europe/Kyiv: of sentences and quiet "
	  "hours; otherwise UTC" },
	{ "demo-clock", "FILE", CONFIG_SERVE, OPTION_TEXT, AT(demo_clock), 0, 0,
	  "take the time from this file; on loopback only" },
	{ "config", "FILE", CONFIG_SERVE, OPTION_TEXT, AT(config), 0, 0,
	  "options as lines `name = value`; flags win over them" },
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct config defaults = {
	.db = "outrider.db",
	.firm = "The firm",
	.listen = "127.0.0.1:7443",
	.time_zone = "UTC",
	.grace_ms = 10000,
	.max_message = 4 << 20,
	.keep_evidence_days = 60,
	.keep_removed_days = 90,
	.log_level = LOG_LEVEL_INFO,
};

static const char *const levels[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

static const struct option *
option_find(const char *name, size_t len, enum config_use use)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if ((options[i].uses & use) && strlen(options[i].name) == len &&
		    memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

/* ----------------------------------------------------------------- values */

static enum outrider_code number_set(void *at, const struct option *option,
				     const char *value,
				     struct outrider_err *err)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end || errno ||
	    number < option->min || number > option->max)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s must be a number from %llu to %llu, not "
			       "'%s'",
			       option->name, (unsigned long long)option->min,
			       (unsigned long long)option->max, value);
	*(uint64_t *)at = number;
	return OUTRIDER_OK;
}

static enum outrider_code switch_set(void *at, const struct option *option,
				     const char *value,
				     struct outrider_err *err)
{
	bool is_on = strcmp(value, "true") == 0;

	if (!is_on && strcmp(value, "false") != 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s must be true or false, not '%s'",
			       option->name, value);
	*(bool *)at = is_on;
	return OUTRIDER_OK;
}

static enum outrider_code level_set(void *at, const struct option *option,
				    const char *value, struct outrider_err *err)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i], value) != 0)
			continue;
		*(enum log_level *)at = (enum log_level)i;
		return OUTRIDER_OK;
	}
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
		       "%s must be debug, info, warning or error, not '%s'",
		       option->name, value);
}

static enum outrider_code
option_set(struct config *config, const struct option *option,
	   const char *value, struct outrider_err *err)
{
	void *at = (char *)config + option->at;

	switch (option->type) {
	case OPTION_NUMBER:
		return number_set(at, option, value, err);
	case OPTION_SWITCH:
		return switch_set(at, option, value, err);
	case OPTION_LEVEL:
		return level_set(at, option, value, err);
	case OPTION_TEXT:
		break;
	}
	if (!*value)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s has no value", option->name);
	*(const char **)at = value;
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ flags */

/* Takes "--name value", "--name=value" or "--switch"; returns words taken. */
static int flag_take(struct config *config, enum config_use use, int n_args,
		     char *const *args, struct outrider_err *err)
{
	const char *name = args[0] + 2;
	const struct option *option;
	const char *value;
	size_t len;
	int taken = 1;

	if (strncmp(args[0], "--", 2) != 0 || !*name) {
		err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			"'%s' is not an option", args[0]);
		return 0;
	}
	len = strcspn(name, "=");
	option = option_find(name, len, use);
	if (!option) {
		err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			"there is no option --%.*s", (int)len, name);
		return 0;
	}
	value = name[len] == '=' ? name + len + 1 : NULL;
	if (!value && option->type == OPTION_SWITCH)
		value = "true";
	if (!value && n_args > 1) {
		value = args[1];
		taken = 2;
	}
	if (!value) {
		err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			"--%s has no value", option->name);
		return 0;
	}
	return option_set(config, option, value, err) == OUTRIDER_OK ? taken
								     : 0;
}

static enum outrider_code flags_read(struct config *config, enum config_use use,
				     int n_args, char *const *args,
				     struct outrider_err *err)
{
	err_clear(err);
	for (int i = 0, taken; i < n_args; i += taken) {
		taken = flag_take(config, use, n_args - i, args + i, err);
		if (taken == 0)
			return err->code;
	}
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- file */

enum outrider_code config_read_file(const char **out, const char *path,
				    size_t max, struct arena *arena,
				    struct outrider_err *err)
{
	char *text = arena_alloc(arena, max + 2);
	enum outrider_code code = OUTRIDER_OK;
	size_t len = 0;
	ssize_t got = 0;
	int fd;

	*out = text;
	if (!text)
		return err_no_memory(err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL, "%s: %s", path,
			       strerror(errno));
	while (len <= max && (got = read(fd, text + len, max + 1 - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL, "%s: %s", path,
			       strerror(errno));
	else if (len > max)
		code = err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s is larger than %zu bytes", path, max);
	else if (memchr(text, '\0', len))
		code = err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s is not a text", path);
	close(fd);
	return code;
}

/* Ends the text before its last blanks, and skips the first. */
static char *trim(char *text)
{
	size_t len;

	while (isblank((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

static enum outrider_code line_read(struct config *config, enum config_use use,
				    bool is_seen[N_OPTIONS], char *line,
				    struct outrider_err *err)
{
	const struct option *option;
	const char *name;
	char *equals;

	line = trim(line);
	if (!*line || *line == '#')
		return OUTRIDER_OK;
	equals = strchr(line, '=');
	if (!equals)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "'%s' is not `name = value`", line);
	*equals = '\0';
	name = trim(line);
	option = option_find(name, strlen(name), use);
	if (!option || strcmp(name, "config") == 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "there is no option '%s'", name);
	if (is_seen[option - options])
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "'%s' stands there twice", name);
	is_seen[option - options] = true;
	return option_set(config, option, trim(equals + 1), err);
}

static enum outrider_code file_read(struct config *config, enum config_use use,
				    struct arena *arena,
				    struct outrider_err *err)
{
	const char *path = config->config, *read = NULL;
	bool is_seen[N_OPTIONS] = { false };
	struct outrider_err wrong;
	char *line, *end;
	int number = 1;
	enum outrider_code code;

	code = config_read_file(&read, path, CONFIG_FILE_MAX, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Ours to take apart: values stay where they stand. */
	line = (char *)arena_copy(arena, read, strlen(read)).at;
	if (!line)
		return err_no_memory(err);
	for (; line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		code = line_read(config, use, is_seen, line, &wrong);
		if (code != OUTRIDER_OK)
			return err_set(err, code, NULL, "%s, line %d: %s", path,
				       number, wrong.text);
	}
	return OUTRIDER_OK;
}

/* -------------------------------------------------------------------- all */

enum outrider_code config_read(struct config *config, enum config_use use,
			       struct arena *arena, int n_args,
			       char *const *args, struct outrider_err *err)
{
	enum outrider_code code;

	/* Once to find the file, and once more over what it says. */
	*config = defaults;
	code = flags_read(config, use, n_args, args, err);
	if (code != OUTRIDER_OK || !config->config)
		return code;
	code = file_read(config, use, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	return flags_read(config, use, n_args, args, err);
}

void config_print_options(enum config_use use)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];
		char left[40];

		if (!(o->uses & use))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		printf("  %-24s %s\n", left, o->help);
	}
}
