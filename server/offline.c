/*
 * See offline.h.
 */
#include "offline.h"

#include "db_lock.h"

#include "store/backend.h"

#include <unistd.h>

enum outrider_code offline_open(struct offline *it, enum config_use use,
				int n_args, char *const *args,
				struct outrider_err *err)
{
	struct store_config config = {
		.context = &it->world.context,
		.backend = &store_sqlite,
	};
	enum outrider_code code;

	*it = (struct offline){ .lock = -1 };
	arena_init(&it->arena, &allocator_libc, 1 << 20);
	code = config_read(&it->config, use, &it->arena, n_args, args, err);
	if (code == OUTRIDER_OK)
		code = world_open(&it->world, LOG_LEVEL_WARNING, NULL, err);
	if (code == OUTRIDER_OK)
		code = db_lock(&it->lock, it->config.db, err);
	config.path = it->config.db;
	if (code == OUTRIDER_OK)
		code = store_open(&it->store, &config, err);
	return code;
}

void offline_close(struct offline *it)
{
	store_close(it->store);
	if (it->lock >= 0)
		close(it->lock);
	arena_free(&it->arena);
}
