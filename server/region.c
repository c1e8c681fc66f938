/*
 * outriderd region: says the organisation's region, or changes it in a database
 * that nobody serves.
 */
#include "commands.h"
#include "offline.h"

#include "app/region.h"

#include <stdio.h>
#include <string.h>

static enum outrider_code say(struct offline *it, struct outrider_err *err)
{
	char region[PHONE_REGION_LEN + 1];
	enum outrider_code code = region_read(region, it->store, err);

	if (code == OUTRIDER_OK)
		printf("%s\n", *region ? region : "no region");
	return code;
}

static enum outrider_code
change(struct offline *it, const char *wanted, struct outrider_err *err)
{
	size_t n_changed;
	enum outrider_code code = region_change(it->store, &it->world.context,
						wanted, &n_changed, err);

	if (code == OUTRIDER_OK)
		printf("outriderd: the region is %s; %zu records have other "
		       "numbers now\n",
		       wanted, n_changed);
	return code;
}

enum outrider_code
command_region(int n_args, char *const *args, struct outrider_err *err)
{
	const char *wanted = NULL; /* say what it is */
	struct offline it;
	enum outrider_code code;

	if (n_args > 0 && strncmp(args[0], "--", 2) != 0) {
		wanted = args[0];
		n_args--;
		args++;
	}
	code = offline_open(&it, CONFIG_REGION, n_args, args, err);
	if (code == OUTRIDER_OK)
		code = wanted ? change(&it, wanted, err) : say(&it, err);
	offline_close(&it);
	return code;
}
