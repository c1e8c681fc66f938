/*
 * See test_disk.h.
 */
#include "test_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pending {
	struct pending *next;
	size_t offset, len;
	uint8_t bytes[];
};

static void *grown(void *at, size_t size)
{
	void *more = realloc(at, size > 0 ? size : 1);

	if (more == NULL)
		abort();
	return more;
}

bool disk_operate(struct test_disk *disk)
{
	if (!disk->is_cut && disk->cut_at != 0 &&
	    disk->operations + 1 >= disk->cut_at)
		disk->is_cut = true;
	disk->operations++;
	return !disk->is_cut;
}

bool disk_fails(struct test_disk *disk)
{
	if (disk->fail_n == 0 || disk->operations < disk->fail_at)
		return false;
	disk->fail_n--;
	disk->faults++;
	return true;
}

/* ------------------------------------------------------------------ files */

static void forget_pending(struct disk_file *file)
{
	while (file->pending != NULL) {
		struct pending *next = file->pending->next;

		free(file->pending);
		file->pending = next;
	}
	file->last = &file->pending;
}

void disk_forget_shm(struct disk_file *file)
{
	for (size_t i = 0; i < DISK_SHM_REGIONS_MAX; i++) {
		free(file->shm[i]);
		file->shm[i] = NULL;
	}
}

struct disk_file *disk_find(struct test_disk *disk, const char *path)
{
	for (size_t i = 0; i < DISK_FILES_MAX; i++)
		if (disk->files[i].exists &&
		    strcmp(disk->files[i].path, path) == 0)
			return &disk->files[i];
	return NULL;
}

struct disk_file *disk_create(struct test_disk *disk, const char *path)
{
	for (size_t i = 0; i < DISK_FILES_MAX; i++) {
		struct disk_file *file = &disk->files[i];

		if (file->exists)
			continue;
		forget_pending(file);
		disk_forget_shm(file);
		file->now_len = file->durable_len = 0;
		file->exists = true;
		snprintf(file->path, sizeof(file->path), "%s", path);
		return file;
	}
	abort();
}

/* Files grow by a page at a time, and often. */
static size_t with_room(size_t size)
{
	const size_t piece = (size_t)128 * 1024;

	return size + piece - size % piece;
}

static void
put(uint8_t **at, size_t *len, const void *bytes, size_t n, size_t offset)
{
	if (offset + n > *len) {
		*at = grown(*at, with_room(offset + n));
		memset(*at + *len, 0, offset + n - *len);
		*len = offset + n;
	}
	if (n > 0)
		memcpy(*at + offset, bytes, n);
}

static size_t disk_used(const struct test_disk *disk)
{
	size_t sum = 0;

	for (size_t i = 0; i < DISK_FILES_MAX; i++)
		if (disk->files[i].exists)
			sum += disk->files[i].now_len;
	return sum;
}

static void
remember(struct disk_file *file, const void *bytes, size_t n, size_t offset)
{
	struct pending *pending = malloc(sizeof(*pending) + n);

	if (pending == NULL)
		abort();
	pending->next = NULL;
	pending->offset = offset;
	pending->len = n;
	memcpy(pending->bytes, bytes, n);
	*file->last = pending;
	file->last = &pending->next;
}

int disk_write(struct test_disk *disk, struct disk_file *file,
	       const void *bytes, size_t n, size_t offset)
{
	bool fails;

	if (disk->size_limit != 0 && offset + n > file->now_len &&
	    disk_used(disk) + n > disk->size_limit) {
		disk->faults++;
		return SQLITE_FULL;
	}
	/* The write that the cut hits may still have reached the disk. */
	if (!disk_operate(disk) && disk->operations > disk->cut_at)
		return SQLITE_IOERR_WRITE;
	/* One that fails has reached it up to a sector. */
	fails = disk_fails(disk);
	if (fails)
		n = disk->dice(disk->user) % (n / DISK_SECTOR + 1) *
		    DISK_SECTOR;
	put(&file->now, &file->now_len, bytes, n, offset);
	remember(file, bytes, n, offset);
	return disk->is_cut || fails ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int disk_truncate(struct test_disk *disk, struct disk_file *file, size_t size)
{
	if (!disk_operate(disk))
		return SQLITE_IOERR_TRUNCATE;
	/* Kept simple: a cut file's length reaches the disk at once. */
	if (size < file->now_len)
		file->now_len = size;
	if (size < file->durable_len)
		file->durable_len = size;
	return SQLITE_OK;
}

/* The disk has that part of the file as it is now. */
static void copy_down(struct disk_file *file, size_t from, size_t to)
{
	if (to > file->now_len)
		to = file->now_len;
	if (from < to)
		memcpy(file->durable + from, file->now + from, to - from);
}

/* Only what was written since the last sync differs. */
static void make_durable(struct disk_file *file)
{
	file->durable = grown(file->durable, with_room(file->now_len));
	copy_down(file, file->durable_len, file->now_len);
	for (struct pending *p = file->pending; p != NULL; p = p->next)
		copy_down(file, p->offset, p->offset + p->len);
	file->durable_len = file->now_len;
	forget_pending(file);
}

int disk_sync(struct test_disk *disk, struct disk_file *file)
{
	if (!disk_operate(disk))
		return SQLITE_IOERR_FSYNC;
	if (disk_fails(disk))
		return SQLITE_IOERR_FSYNC;
	make_durable(file);
	return SQLITE_OK;
}

/* ------------------------------------------------------------------ power */

void test_disk_cut_after(struct test_disk *disk, uint64_t n)
{
	disk->cut_at = n == 0 ? 0 : disk->operations + n;
	disk->is_kill = false;
}

void test_disk_kill_after(struct test_disk *disk, uint64_t n)
{
	test_disk_cut_after(disk, n);
	disk->is_kill = true;
}

bool test_disk_is_kill(const struct test_disk *disk)
{
	return disk->is_kill;
}

void test_disk_fail_after(struct test_disk *disk, uint64_t n, uint64_t times)
{
	disk->fail_at = disk->operations + n;
	disk->fail_n = times;
}

void test_disk_spoil(struct test_disk *disk)
{
	disk->spoils = true;
}

uint64_t test_disk_faults(const struct test_disk *disk)
{
	return disk->faults;
}

bool test_disk_is_cut(const struct test_disk *disk)
{
	return disk->is_cut;
}

/* One of them: there, not there, or there up to a sector's end. */
static void settle_piece(struct test_disk *disk, struct disk_file *file,
			 const uint8_t *bytes, size_t len, size_t offset)
{
	const uint64_t throw = disk->dice(disk->user);

	if (throw % 3 == 0)
		return;
	if (throw % 3 == 1 && len > DISK_SECTOR)
		len = (throw >> 8) % (len / DISK_SECTOR) * DISK_SECTOR;
	put(&file->durable, &file->durable_len, bytes, len, offset);
}

/*
 * Of what was written since the last sync each page goes its own way: kernels
 * keep pages, and disks write them in any order.
 */
static void settle(struct test_disk *disk, struct disk_file *file)
{
	for (struct pending *p = file->pending; p != NULL; p = p->next) {
		for (size_t at = 0, n; at < p->len; at += n) {
			n = DISK_PAGE - (p->offset + at) % DISK_PAGE;
			n = n < p->len - at ? n : p->len - at;
			settle_piece(disk, file, p->bytes + at, n,
				     p->offset + at);
		}
	}
	forget_pending(file);
	disk_forget_shm(file);
	file->now = grown(file->now, with_room(file->durable_len));
	if (file->durable_len > 0)
		memcpy(file->now, file->durable, file->durable_len);
	file->now_len = file->durable_len;
}

void test_disk_power_on(struct test_disk *disk)
{
	for (size_t i = 0; i < DISK_FILES_MAX; i++) {
		if (!disk->files[i].exists)
			continue;
		if (disk->is_kill)
			disk_forget_shm(&disk->files[i]);
		else
			settle(disk, &disk->files[i]);
	}
	disk->is_cut = false;
	disk->cut_at = 0;
}

/* ---------------------------------------------------------------- backups */

struct test_backup {
	struct {
		char path[512];
		uint8_t *bytes;
		size_t len;
	} files[DISK_FILES_MAX];
	size_t n;
};

struct test_backup *test_disk_back_up(const struct test_disk *disk)
{
	struct test_backup *backup = calloc(1, sizeof(*backup));

	if (backup == NULL)
		abort();
	for (size_t i = 0; i < DISK_FILES_MAX; i++) {
		const struct disk_file *file = &disk->files[i];
		size_t at = backup->n;

		if (!file->exists)
			continue;
		memcpy(backup->files[at].path, file->path, sizeof(file->path));
		put(&backup->files[at].bytes, &backup->files[at].len, file->now,
		    file->now_len, 0);
		backup->n++;
	}
	return backup;
}

void test_disk_put_back(struct test_disk *disk,
			const struct test_backup *backup)
{
	for (size_t i = 0; i < DISK_FILES_MAX; i++)
		disk->files[i].exists = false;
	for (size_t i = 0; i < backup->n; i++) {
		struct disk_file *file =
			disk_create(disk, backup->files[i].path);

		put(&file->now, &file->now_len, backup->files[i].bytes,
		    backup->files[i].len, 0);
		put(&file->durable, &file->durable_len, backup->files[i].bytes,
		    backup->files[i].len, 0);
	}
}

void test_backup_free(struct test_backup *backup)
{
	for (size_t i = 0; backup != NULL && i < backup->n; i++)
		free(backup->files[i].bytes);
	free(backup);
}

/* ------------------------------------------------------------------- life */

struct test_disk *
test_disk_make(const char *name, uint64_t (*dice)(void *user), void *user)
{
	struct test_disk *disk = calloc(1, sizeof(*disk));

	if (disk == NULL)
		abort();
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	disk->dice = dice;
	disk->user = user;
	for (size_t i = 0; i < DISK_FILES_MAX; i++)
		disk->files[i].last = &disk->files[i].pending;
	test_vfs_register(disk);
	return disk;
}

void test_disk_free(struct test_disk *disk)
{
	(void)sqlite3_vfs_unregister(&disk->vfs);
	for (size_t i = 0; i < DISK_FILES_MAX; i++) {
		forget_pending(&disk->files[i]);
		disk_forget_shm(&disk->files[i]);
		free(disk->files[i].now);
		free(disk->files[i].durable);
	}
	free(disk);
}

void test_disk_make_default(struct test_disk *disk)
{
	if (sqlite3_vfs_register(&disk->vfs, 1) != SQLITE_OK)
		abort();
}

void test_disk_touch(struct test_disk *disk, const char *path)
{
	if (disk_find(disk, path) == NULL)
		(void)disk_create(disk, path);
}

void test_disk_set_size(struct test_disk *disk, size_t bytes)
{
	disk->size_limit = bytes;
}

void test_disk_set_room(struct test_disk *disk, size_t bytes)
{
	disk->size_limit = disk_used(disk) + bytes;
}

uint64_t test_disk_operations(const struct test_disk *disk)
{
	return disk->operations;
}

const uint8_t *
test_disk_file(const struct test_disk *disk, const char *path, size_t *len)
{
	for (size_t i = 0; i < DISK_FILES_MAX; i++) {
		const struct disk_file *file = &disk->files[i];

		if (!file->exists || strcmp(file->path, path) != 0)
			continue;
		*len = file->now_len;
		return file->now;
	}
	*len = 0;
	return NULL;
}
