/*
 * See test_vfs.h.
 */
#include "test_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX	32
#define SHM_REGIONS_MAX 64
#define SECTOR		512

/* A write that no sync has covered yet. */
struct pending {
	struct pending *next;
	sqlite3_int64 offset;
	size_t len;
	uint8_t bytes[];
};

struct stored_file {
	char path[512];
	bool exists;
	uint8_t *now, *durable;
	size_t now_len, durable_len;
	struct pending *pending, **last;
	void *shm[SHM_REGIONS_MAX];
	size_t shm_size;
};

struct test_disk {
	sqlite3_vfs vfs;
	char name[64];
	struct stored_file files[FILES_MAX];
	uint64_t (*dice)(void *user);
	void *user;
	uint64_t operations, cut_at;
	size_t size_limit;
	bool is_cut;
};

/* What SQLite holds of an open file. */
struct open_file {
	sqlite3_file base;
	struct test_disk *disk;
	struct stored_file *file;
	bool is_deleted_on_close;
};

static void *grown(void *at, size_t size)
{
	void *more = realloc(at, size > 0 ? size : 1);

	if (more == NULL)
		abort();
	return more;
}

/* Counts an operation; false if the power has gone. */
static bool operate(struct test_disk *disk)
{
	if (!disk->is_cut && disk->cut_at != 0 &&
	    disk->operations + 1 >= disk->cut_at)
		disk->is_cut = true;
	disk->operations++;
	return !disk->is_cut;
}

static void forget_pending(struct stored_file *file)
{
	while (file->pending != NULL) {
		struct pending *next = file->pending->next;

		free(file->pending);
		file->pending = next;
	}
	file->last = &file->pending;
}

static void
put(uint8_t **at, size_t *len, const void *bytes, size_t n, size_t offset)
{
	if (offset + n > *len) {
		*at = grown(*at, offset + n);
		memset(*at + *len, 0, offset + n - *len);
		*len = offset + n;
	}
	if (n > 0)
		memcpy(*at + offset, bytes, n);
}

/* ---------------------------------------------------------------- a file */

static int file_close(sqlite3_file *base)
{
	struct open_file *open = (struct open_file *)base;

	if (open->is_deleted_on_close)
		open->file->exists = false;
	return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int n, sqlite3_int64 offset)
{
	const struct open_file *open = (const struct open_file *)base;
	const struct stored_file *file = open->file;
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

static size_t disk_used(const struct test_disk *disk)
{
	size_t sum = 0;

	for (size_t i = 0; i < FILES_MAX; i++)
		if (disk->files[i].exists)
			sum += disk->files[i].now_len;
	return sum;
}

static int
file_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 offset)
{
	struct open_file *open = (struct open_file *)base;
	struct stored_file *file = open->file;
	struct pending *pending;

	if (open->disk->size_limit != 0 &&
	    (size_t)offset + (size_t)n > file->now_len &&
	    disk_used(open->disk) + (size_t)n > open->disk->size_limit)
		return SQLITE_FULL;
	/* The write that the cut hits may still have reached the disk. */
	if (!operate(open->disk) && open->disk->operations > open->disk->cut_at)
		return SQLITE_IOERR_WRITE;
	put(&file->now, &file->now_len, bytes, (size_t)n, (size_t)offset);
	pending = malloc(sizeof(*pending) + (size_t)n);
	if (pending == NULL)
		abort();
	pending->next = NULL;
	pending->offset = offset;
	pending->len = (size_t)n;
	memcpy(pending->bytes, bytes, (size_t)n);
	*file->last = pending;
	file->last = &pending->next;
	return open->disk->is_cut ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct open_file *open = (struct open_file *)base;
	struct stored_file *file = open->file;

	if (!operate(open->disk))
		return SQLITE_IOERR_TRUNCATE;
	/* Kept simple: a cut file's length reaches the disk at once. */
	if ((size_t)size < file->now_len)
		file->now_len = (size_t)size;
	if ((size_t)size < file->durable_len)
		file->durable_len = (size_t)size;
	return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
	struct open_file *open = (struct open_file *)base;
	struct stored_file *file = open->file;

	(void)flags;
	if (!operate(open->disk))
		return SQLITE_IOERR_FSYNC;
	file->durable = grown(file->durable, file->now_len);
	if (file->now_len > 0)
		memcpy(file->durable, file->now, file->now_len);
	file->durable_len = file->now_len;
	forget_pending(file);
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
	*size = (sqlite3_int64)((struct open_file *)base)->file->now_len;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
	(void)base;
	(void)level;
	return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
	(void)base;
	*out = 0;
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
	return SECTOR;
}

static int file_traits(sqlite3_file *base)
{
	(void)base;
	return 0;
}

/* ------------------------------------------- the WAL's index, in memory */

static void forget_shm(struct stored_file *file)
{
	for (size_t i = 0; i < SHM_REGIONS_MAX; i++) {
		free(file->shm[i]);
		file->shm[i] = NULL;
	}
}

static int shm_map(sqlite3_file *base, int region, int size, int extend,
		   void volatile **out)
{
	struct stored_file *file = ((struct open_file *)base)->file;

	*out = NULL;
	if (region >= SHM_REGIONS_MAX)
		return SQLITE_IOERR_SHMMAP;
	if (file->shm[region] == NULL && extend)
		file->shm[region] = calloc(1, (size_t)size);
	*out = file->shm[region];
	return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	(void)base;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int shm_unmap(sqlite3_file *base, int is_deleted)
{
	if (is_deleted)
		forget_shm(((struct open_file *)base)->file);
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
	.xUnlock = file_lock,
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

static struct stored_file *find(const struct test_disk *disk, const char *path)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		const struct stored_file *file = &disk->files[i];

		if (file->exists && strcmp(file->path, path) == 0)
			return (struct stored_file *)(uintptr_t)file;
	}
	return NULL;
}

static struct stored_file *create(struct test_disk *disk, const char *path)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct stored_file *file = &disk->files[i];

		if (file->exists)
			continue;
		forget_pending(file);
		forget_shm(file);
		file->now_len = file->durable_len = 0;
		file->exists = true;
		snprintf(file->path, sizeof(file->path), "%s", path);
		return file;
	}
	abort();
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base,
		     int flags, int *out_flags)
{
	struct test_disk *disk = vfs->pAppData;
	struct open_file *open = (struct open_file *)base;
	char temporary[64];

	open->base.pMethods = NULL;
	if (disk->is_cut)
		return SQLITE_CANTOPEN;
	if (path == NULL) {
		snprintf(temporary, sizeof(temporary), "temporary-%llu",
			 (unsigned long long)disk->dice(disk->user));
		path = temporary;
	}
	open->disk = disk;
	open->file = find(disk, path);
	open->is_deleted_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	if (open->file == NULL && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	if (open->file == NULL)
		open->file = create(disk, path);
	if (out_flags != NULL)
		*out_flags = flags;
	open->base.pMethods = &methods;
	return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	struct test_disk *disk = vfs->pAppData;
	struct stored_file *file = find(disk, path);

	(void)sync;
	if (!operate(disk))
		return SQLITE_IOERR_DELETE;
	if (file == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	file->exists = false;
	return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	(void)flags;
	*out = find(vfs->pAppData, path) != NULL;
	return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *path, int n, char *out)
{
	(void)vfs;
	snprintf(out, (size_t)n, "%s", path);
	return SQLITE_OK;
}

static int disk_random(sqlite3_vfs *vfs, int n, char *out)
{
	struct test_disk *disk = vfs->pAppData;

	for (int i = 0; i < n; i++)
		out[i] = (char)disk->dice(disk->user);
	return n;
}

static int disk_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int disk_time(sqlite3_vfs *vfs, double *out)
{
	(void)vfs;
	*out = 2461000.0;
	return SQLITE_OK;
}

static int disk_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	(void)n;
	(void)out;
	return 0;
}

struct test_disk *
test_disk_make(const char *name, uint64_t (*dice)(void *user), void *user)
{
	struct test_disk *disk = calloc(1, sizeof(*disk));

	if (disk == NULL)
		abort();
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	disk->dice = dice;
	disk->user = user;
	for (size_t i = 0; i < FILES_MAX; i++)
		disk->files[i].last = &disk->files[i].pending;
	disk->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = sizeof(struct open_file),
		.mxPathname = 500,
		.zName = disk->name,
		.pAppData = disk,
		.xOpen = disk_open,
		.xDelete = disk_delete,
		.xAccess = disk_access,
		.xFullPathname = disk_full_path,
		.xRandomness = disk_random,
		.xSleep = disk_sleep,
		.xCurrentTime = disk_time,
		.xGetLastError = disk_last_error,
	};
	if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK)
		abort();
	return disk;
}

void test_disk_free(struct test_disk *disk)
{
	(void)sqlite3_vfs_unregister(&disk->vfs);
	for (size_t i = 0; i < FILES_MAX; i++) {
		forget_pending(&disk->files[i]);
		forget_shm(&disk->files[i]);
		free(disk->files[i].now);
		free(disk->files[i].durable);
	}
	free(disk);
}

void test_disk_cut_after(struct test_disk *disk, uint64_t n)
{
	disk->cut_at = n == 0 ? 0 : disk->operations + n;
}

bool test_disk_is_cut(const struct test_disk *disk)
{
	return disk->is_cut;
}

/*
 * Each write since the last sync is on the disk, not there, or there up to a
 * sector's end: disks write in any order.
 */
static void settle(struct test_disk *disk, struct stored_file *file)
{
	for (struct pending *p = file->pending; p != NULL; p = p->next) {
		const uint64_t throw = disk->dice(disk->user);
		size_t len = p->len;

		if (throw % 3 == 0)
			continue;
		if (throw % 3 == 1 && len > SECTOR)
			len = (throw >> 8) % (len / SECTOR) * SECTOR;
		put(&file->durable, &file->durable_len, p->bytes, len,
		    (size_t)p->offset);
	}
	forget_pending(file);
	forget_shm(file);
	file->now = grown(file->now, file->durable_len);
	if (file->durable_len > 0)
		memcpy(file->now, file->durable, file->durable_len);
	file->now_len = file->durable_len;
}

void test_disk_power_on(struct test_disk *disk)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (disk->files[i].exists)
			settle(disk, &disk->files[i]);
	disk->is_cut = false;
	disk->cut_at = 0;
}

void test_disk_set_size(struct test_disk *disk, size_t bytes)
{
	disk->size_limit = bytes;
}

uint64_t test_disk_operations(const struct test_disk *disk)
{
	return disk->operations;
}

const uint8_t *
test_disk_file(const struct test_disk *disk, const char *path, size_t *len)
{
	const struct stored_file *file = find(disk, path);

	*len = file != NULL ? file->now_len : 0;
	return file != NULL ? file->now : NULL;
}
