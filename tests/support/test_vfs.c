/*
 * SQLite's face of a simulated disk: files, locks, the WAL's index in memory.
 * Owns nothing that outlives an open file; what the disk holds is
 * test_disk.c's.
 */
#include "test_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What SQLite holds of an open file. */
struct open_file {
	sqlite3_file base;
	struct test_disk *disk;
	struct disk_file *file;
	bool is_deleted_on_close;
	int level; /* of its lock */
	/* Its locks of the WAL's index, a bit each. */
	unsigned shm_shared, shm_exclusive;
};

/* ------------------------------------------------------------------ bytes */

static int file_read(sqlite3_file *base, void *out, int n, sqlite3_int64 offset)
{
	const struct open_file *open = (const struct open_file *)base;
	const struct disk_file *file = open->file;
	const size_t from = (size_t)offset;
	size_t have = 0;

	if (open->disk->is_cut)
		return SQLITE_IOERR_READ;
	if (from < file->now_len)
		have = file->now_len - from;
	if (have > (size_t)n)
		have = (size_t)n;
	if (have > 0)
		memcpy(out, file->now + from, have);
	memset((uint8_t *)out + have, 0, (size_t)n - have);
	return have == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
file_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 offset)
{
	struct open_file *open = (struct open_file *)base;

	return disk_write(open->disk, open->file, bytes, (size_t)n,
			  (size_t)offset);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct open_file *open = (struct open_file *)base;

	return disk_truncate(open->disk, open->file, (size_t)size);
}

static int file_sync(sqlite3_file *base, int flags)
{
	struct open_file *open = (struct open_file *)base;

	(void)flags;
	return disk_sync(open->disk, open->file);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
	*size = (sqlite3_int64)((struct open_file *)base)->file->now_len;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
	(void)base;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base)
{
	(void)base;
	return DISK_SECTOR;
}

/* As SQLite takes real disks, unless told otherwise: a write that is cut off
 * spoils nothing beside itself. */
static int file_traits(sqlite3_file *base)
{
	const struct open_file *open = (struct open_file *)base;

	return open->disk->spoils ? 0 : SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ------------------------------------------------------------------ locks */

static bool is_others(const void *holder, const struct open_file *me)
{
	return holder != NULL && holder != me;
}

static int lock_exclusively(struct open_file *open)
{
	struct disk_file *file = open->file;

	if (is_others(file->reserved_by, open) ||
	    is_others(file->pending_by, open))
		return SQLITE_BUSY;
	file->pending_by = open;
	open->level = SQLITE_LOCK_PENDING;
	if (file->n_shared > 1)
		return SQLITE_BUSY;
	file->exclusive_by = open;
	open->level = SQLITE_LOCK_EXCLUSIVE;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
	struct open_file *open = (struct open_file *)base;
	struct disk_file *file = open->file;

	if (level <= open->level)
		return SQLITE_OK;
	if (level == SQLITE_LOCK_EXCLUSIVE)
		return lock_exclusively(open);
	if (level == SQLITE_LOCK_SHARED &&
	    (is_others(file->pending_by, open) ||
	     is_others(file->exclusive_by, open)))
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_RESERVED && is_others(file->reserved_by, open))
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_SHARED)
		file->n_shared++;
	else
		file->reserved_by = open;
	open->level = level;
	return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level)
{
	struct open_file *open = (struct open_file *)base;
	struct disk_file *file = open->file;

	if (level >= open->level)
		return SQLITE_OK;
	if (file->reserved_by == open)
		file->reserved_by = NULL;
	if (file->pending_by == open)
		file->pending_by = NULL;
	if (file->exclusive_by == open)
		file->exclusive_by = NULL;
	if (level == SQLITE_LOCK_NONE)
		file->n_shared--;
	open->level = level;
	return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
	*out = ((struct open_file *)base)->file->reserved_by != NULL;
	return SQLITE_OK;
}

/* ------------------------------------------- the WAL's index, in memory */

static int shm_map(sqlite3_file *base, int region, int size, int extend,
		   void volatile **out)
{
	struct disk_file *file = ((struct open_file *)base)->file;

	*out = NULL;
	if (region >= DISK_SHM_REGIONS_MAX)
		return SQLITE_IOERR_SHMMAP;
	if (file->shm[region] == NULL && extend)
		file->shm[region] = calloc(1, (size_t)size);
	*out = file->shm[region];
	return SQLITE_OK;
}

static void shm_release(struct open_file *open, unsigned which)
{
	for (unsigned i = 0; i < DISK_SHM_LOCKS; i++) {
		const unsigned bit = 1U << i;

		if (!(which & bit))
			continue;
		if (open->shm_shared & bit)
			open->file->shm_shared[i]--;
		if (open->shm_exclusive & bit)
			open->file->shm_exclusive[i] = NULL;
		open->shm_shared &= ~bit;
		open->shm_exclusive &= ~bit;
	}
}

static bool
shm_is_free(const struct open_file *open, unsigned i, bool is_exclusive)
{
	const struct disk_file *file = open->file;
	unsigned n_others = file->shm_shared[i];

	if (open->shm_shared & 1U << i)
		n_others--;
	return !is_others(file->shm_exclusive[i], open) &&
	       (!is_exclusive || n_others == 0);
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	struct open_file *open = (struct open_file *)base;
	const bool is_exclusive = flags & SQLITE_SHM_EXCLUSIVE;
	const unsigned first = (unsigned)offset, end = first + (unsigned)n;
	const unsigned which = ((1U << n) - 1) << offset;

	if (flags & SQLITE_SHM_UNLOCK) {
		shm_release(open, which);
		return SQLITE_OK;
	}
	for (unsigned i = first; i < end; i++)
		if (!shm_is_free(open, i, is_exclusive))
			return SQLITE_BUSY;
	for (unsigned i = first; i < end; i++) {
		if (is_exclusive)
			open->file->shm_exclusive[i] = open;
		else if (!(open->shm_shared & 1U << i))
			open->file->shm_shared[i]++;
	}
	if (is_exclusive)
		open->shm_exclusive |= which;
	else
		open->shm_shared |= which;
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int shm_unmap(sqlite3_file *base, int is_deleted)
{
	struct open_file *open = (struct open_file *)base;

	shm_release(open, ~0U);
	if (is_deleted)
		disk_forget_shm(open->file);
	return SQLITE_OK;
}

static int file_close(sqlite3_file *base)
{
	struct open_file *open = (struct open_file *)base;

	shm_release(open, ~0U);
	(void)file_unlock(base, SQLITE_LOCK_NONE);
	if (open->is_deleted_on_close)
		open->file->exists = false;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* ---------------------------------------------------------------- a disk */

/* Different at each call, the same in each run. */
static uint64_t next_random(struct test_disk *disk)
{
	uint64_t z = ++disk->n_random * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 31;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base,
		    int flags, int *out_flags)
{
	struct test_disk *disk = vfs->pAppData;
	struct open_file *open = (struct open_file *)base;
	char temporary[64];

	memset(open, 0, sizeof(*open));
	if (disk->is_cut)
		return SQLITE_CANTOPEN;
	if (path == NULL) {
		snprintf(temporary, sizeof(temporary), "temporary-%llu",
			 (unsigned long long)next_random(disk));
		path = temporary;
	}
	open->disk = disk;
	open->file = disk_find(disk, path);
	open->is_deleted_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	if (open->file == NULL && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	if (open->file == NULL)
		open->file = disk_create(disk, path);
	if (out_flags != NULL)
		*out_flags = flags;
	open->base.pMethods = &methods;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	struct test_disk *disk = vfs->pAppData;
	struct disk_file *file = disk_find(disk, path);

	(void)sync;
	if (!disk_operate(disk))
		return SQLITE_IOERR_DELETE;
	if (file == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	file->exists = false;
	return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	(void)flags;
	*out = disk_find(vfs->pAppData, path) != NULL;
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int n, char *out)
{
	(void)vfs;
	snprintf(out, (size_t)n, "%s", path);
	return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
	for (int i = 0; i < n; i++)
		out[i] = (char)next_random(vfs->pAppData);
	return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
	(void)vfs;
	*out = 2461000.0;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	(void)n;
	(void)out;
	return 0;
}

void test_vfs_register(struct test_disk *disk)
{
	disk->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = sizeof(struct open_file),
		.mxPathname = 500,
		.zName = disk->name,
		.pAppData = disk,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK)
		abort();
}
