/*
 * outriderd restored: a backup of the database was put back, and nobody serves
 * it yet. Its history gets another name, so that phones that have seen more of
 * the old one pull everything anew instead of going on from revisions that mean
 * something else by now.
 */
#include "commands.h"
#include "config.h"
#include "db_lock.h"
#include "world.h"

#include "store/backend.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

struct restored {
	struct arena arena;
	struct config config;
	struct world world;
	int lock;
	struct store *store;
};

static enum outrider_code run(struct restored *it, struct outrider_err *err)
{
	const struct store_config config = {
		.context = &it->world.context,
		.backend = &store_sqlite,
		.path = it->config.db,
	};
	enum outrider_code code;

	code = world_open(&it->world, LOG_LEVEL_WARNING, NULL, err);
	if (code == OUTRIDER_OK)
		code = db_lock(&it->lock, it->config.db, err);
	if (code == OUTRIDER_OK)
		code = store_open(&it->store, &config, err);
	if (code == OUTRIDER_OK)
		code = store_begin_epoch(it->store, err);
	if (code == OUTRIDER_OK)
		printf("outriderd: a new history begins; every phone will pull "
		       "everything once\n");
	return code;
}

enum outrider_code
command_restored(int n_args, char *const *args, struct outrider_err *err)
{
	struct restored it = { .lock = -1 };
	enum outrider_code code;

	arena_init(&it.arena, &allocator_libc, 1 << 20);
	code = config_read(&it.config, CONFIG_RESTORED, &it.arena, n_args, args,
			   err);
	if (code == OUTRIDER_OK)
		code = run(&it, err);
	store_close(it.store);
	if (it.lock >= 0)
		close(it.lock);
	arena_free(&it.arena);
	return code;
}
