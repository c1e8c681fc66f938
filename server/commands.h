/*
 * What outriderd can do. Each takes the words behind its name, says what is
 * wrong in err, and leaves nothing behind then.
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include "model/err.h"

/* The keys stand beside the database under its name and this. */
#define KEYS_SUFFIX ".keys"

/* Makes a database, its keys and the first administrator. */
MODEL_MUST_USE enum outrider_code
command_init(int n_args, char *const *args, struct outrider_err *err);
/* Says the organisation's region, or changes it. */
MODEL_MUST_USE enum outrider_code
command_region(int n_args, char *const *args, struct outrider_err *err);
/* A backup was put back: tells phones so when they next call. */
MODEL_MUST_USE enum outrider_code
command_restored(int n_args, char *const *args, struct outrider_err *err);
/* Serves until SIGTERM or SIGINT; a second one ends the process at once. */
MODEL_MUST_USE enum outrider_code
command_serve(int n_args, char *const *args, struct outrider_err *err);

#endif
