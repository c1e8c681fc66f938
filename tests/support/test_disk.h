/*
 * What a simulated disk holds: files, and of each what was written since its
 * last sync. Owns power cuts. Knows no SQLite: the face is test_vfs.c, the
 * public part test_vfs.h.
 */
#ifndef SUPPORT_TEST_DISK_H
#define SUPPORT_TEST_DISK_H

#include "test_vfs.h"

#include <sqlite3.h>

#define DISK_FILES_MAX	     32
#define DISK_SECTOR	     512
#define DISK_PAGE	     4096
#define DISK_SHM_REGIONS_MAX 64
#define DISK_SHM_LOCKS	     8

struct pending; /* a write that no sync has covered yet */

struct disk_file {
	char path[512];
	bool exists;
	uint8_t *now, *durable;
	size_t now_len, durable_len;
	struct pending *pending, **last;
	void *shm[DISK_SHM_REGIONS_MAX];

	/* Who holds which lock; as SQLite's unix files have them. */
	unsigned n_shared;
	const void *reserved_by, *pending_by, *exclusive_by;
	unsigned shm_shared[DISK_SHM_LOCKS];
	const void *shm_exclusive[DISK_SHM_LOCKS];
};

struct test_disk {
	sqlite3_vfs vfs;
	char name[64];
	struct disk_file files[DISK_FILES_MAX];
	uint64_t (*dice)(void *user);
	void *user;
	uint64_t operations, cut_at;
	/* From which operation on so many of them fail. */
	uint64_t fail_at, fail_n;
	uint64_t faults;   /* operations that failed though the power was on */
	uint64_t n_random; /* numbers for SQLite, never the caller's dice */
	size_t size_limit;
	bool spoils; /* what lies beside a write that is cut off */
	bool is_cut;
	bool is_kill; /* what the cut ends is a process: nothing is lost */
};

/* test_vfs.c: registers the disk under its name. */
void test_vfs_register(struct test_disk *disk);

/* Counts a write or sync; false if the power has gone, or goes with it. */
bool disk_operate(struct test_disk *disk);
/* Does the operation that was just counted fail? */
bool disk_fails(struct test_disk *disk);

struct disk_file *disk_find(struct test_disk *disk, const char *path);
struct disk_file *disk_create(struct test_disk *disk, const char *path);
void disk_forget_shm(struct disk_file *file);

/* SQLite's codes. */
int disk_write(struct test_disk *disk, struct disk_file *file,
	       const void *bytes, size_t n, size_t offset);
int disk_truncate(struct test_disk *disk, struct disk_file *file, size_t size);
int disk_sync(struct test_disk *disk, struct disk_file *file);

#endif
