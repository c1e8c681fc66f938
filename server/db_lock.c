/*
 * The lock that keeps a second process from a database.
 */
#include "db_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum outrider_code db_lock(int *out, const char *path, struct outrider_err *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	*out = -1;
	if (fd < 0 && errno == ENOENT)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no %s: outriderd init makes one",
			       path);
	if (fd < 0)
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL, "%s: %s", path,
			       strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "%s is served by another outriderd", path);
	}
	*out = fd;
	return OUTRIDER_OK;
}
