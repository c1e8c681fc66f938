/*
 * What a command was told: flags, and a file that says the same things under
 * the same names. Knows names, ranges and defaults; does nothing with them.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "context.h"
#include "model/arena.h"
#include "model/err.h"

/* Which command an option belongs to; options may belong to several. */
enum config_use {
	CONFIG_INIT = 1,
	CONFIG_SERVE = 2,
	CONFIG_REGION = 4,
	CONFIG_RESTORED = 8,
};

struct config {
	const char *db;
	/* init */
	const char *firm, *admin, *admin_name, *password_file, *region;
	/* serve; NULL: not given */
	const char *listen;
	const char *tls_cert, *tls_key, *tls_client_ca;
	const char *demo_clock;
	const char *time_zone;
	const char *config;
	bool is_insecure_plaintext;
	uint64_t workers; /* 0: one for each processor */
	uint64_t grace_ms;
	uint64_t max_message; /* bytes */
	uint64_t max_db;      /* bytes; 0: no ceiling */
	uint64_t keep_evidence_days;
	uint64_t keep_removed_days;
	enum log_level log_level;
};

/*
 * Defaults, then the file that --config names, then the flags. Texts live in
 * the arena or in argv.
 * Errors: INVALID_ARGUMENT, in words for whoever typed it; NOT_FOUND (the
 * file).
 */
MODEL_MUST_USE enum outrider_code
config_read(struct config *config, enum config_use use, struct arena *arena,
	    int n_args, char *const *args, struct outrider_err *err);

/* One line an option, on standard output. */
void config_print_options(enum config_use use);

/*
 * A whole small file as text with a NUL, in the arena.
 * Errors: NOT_FOUND, INVALID_ARGUMENT (larger than max, or a NUL in it).
 */
MODEL_MUST_USE enum outrider_code
config_read_file(const char **out, const char *path, size_t max,
		 struct arena *arena, struct outrider_err *err);

#endif
