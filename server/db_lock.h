/*
 * One process a database.
 */
#ifndef SERVER_DB_LOCK_H
#define SERVER_DB_LOCK_H

#include "model/err.h"

/*
 * Holds the database until *out is closed, or the process ends however it
 * ends. The lock is flock(2)'s, which SQLite's own locks don't see; but closing
 * any descriptor of the file drops those: close it behind the store.
 * Errors: NOT_FOUND, UNAVAILABLE (held by another process). *out is -1 then.
 */
MODEL_MUST_USE enum outrider_code
db_lock(int *out, const char *path, struct outrider_err *err);

#endif
