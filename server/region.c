/*
 * outriderd region: says the organisation's region, or changes it in a database
 * that nobody serves.
 */
#include "commands.h"
#include "config.h"
#include "db_lock.h"
#include "world.h"

#include "app/region.h"
#include "store/backend.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct region {
	struct arena arena;
	struct config config;
	struct world world;
	const char *wanted; /* NULL: say what it is */
	int lock;
	struct store *store;
};

static enum outrider_code say(struct region *it, struct outrider_err *err)
{
	char region[PHONE_REGION_LEN + 1];
	enum outrider_code code = region_read(region, it->store, err);

	if (code == OUTRIDER_OK)
		printf("%s\n", *region ? region : "no region");
	return code;
}

static enum outrider_code change(struct region *it, struct outrider_err *err)
{
	size_t n_changed;
	enum outrider_code code = region_change(it->store, &it->world.context,
						it->wanted, &n_changed, err);

	if (code == OUTRIDER_OK)
		printf("outriderd: the region is %s; %zu records have other "
		       "numbers now\n",
		       it->wanted, n_changed);
	return code;
}

static enum outrider_code run(struct region *it, struct outrider_err *err)
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
		code = it->wanted ? change(it, err) : say(it, err);
	return code;
}

enum outrider_code
command_region(int n_args, char *const *args, struct outrider_err *err)
{
	struct region it = { .lock = -1 };
	enum outrider_code code;

	if (n_args > 0 && strncmp(args[0], "--", 2) != 0) {
		it.wanted = args[0];
		n_args--;
		args++;
	}
	arena_init(&it.arena, &allocator_libc, 1 << 20);
	code = config_read(&it.config, CONFIG_REGION, &it.arena, n_args, args,
			   err);
	if (code == OUTRIDER_OK)
		code = run(&it, err);
	store_close(it.store);
	if (it.lock >= 0)
		close(it.lock);
	arena_free(&it.arena);
	return code;
}
