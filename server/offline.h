/*
 * A database that nobody serves, for commands that look at it or change it.
 */
#ifndef SERVER_OFFLINE_H
#define SERVER_OFFLINE_H

#include "config.h"
#include "store/store.h"
#include "world.h"

struct offline {
	struct config config;
	struct world world;
	struct store *store;
	struct arena arena; /* of the configuration's texts */
	int lock;	    /* -1: not held */
};

/*
 * Reads the configuration, locks the database that it names and opens it.
 * offline_close whatever this returns. Errors: those of config_read, db_lock
 * (somebody serves it) and store_open.
 */
MODEL_MUST_USE enum outrider_code
offline_open(struct offline *it, enum config_use use, int n_args,
	     char *const *args, struct outrider_err *err);
void offline_close(struct offline *it);

#endif
