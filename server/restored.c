/*
 * outriderd restored: a backup of the database was put back, and nobody serves
 * it yet. Its history gets another name, so that phones that have seen more of
 * the old one pull everything anew instead of going on from revisions that mean
 * something else by now.
 */
#include "commands.h"
#include "offline.h"

#include <stdio.h>

enum outrider_code
command_restored(int n_args, char *const *args, struct outrider_err *err)
{
	struct offline it;
	enum outrider_code code =
		offline_open(&it, CONFIG_RESTORED, n_args, args, err);

	if (code == OUTRIDER_OK)
		code = store_begin_epoch(it.store, err);
	if (code == OUTRIDER_OK)
		printf("outriderd: a new history begins; every phone will pull "
		       "everything once\n");
	offline_close(&it);
	return code;
}
