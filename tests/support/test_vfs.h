/*
 * A disk in memory that can lose its power: a SQLite VFS for simulations.
 *
 * What was written since a file's last sync is lost in a power cut, or kept
 * in part, or torn, as the caller's dice decide. After the cut every call
 * fails until test_disk_power_on(). SQLite's random numbers are the same in
 * each run. Locks work, so that many connections may share a file.
 *
 * Threads: one. Files belong to one disk; each disk is a VFS of its own name.
 */
#ifndef SUPPORT_TEST_VFS_H
#define SUPPORT_TEST_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_disk;

/* Registers a VFS under that name. dice gives 64 random bits. */
struct test_disk *
test_disk_make(const char *name, uint64_t (*dice)(void *user), void *user);
/* Unregisters; nothing may be open. */
void test_disk_free(struct test_disk *disk);

/* Serves those who open files without naming a VFS. */
void test_disk_make_default(struct test_disk *disk);
/* Makes an empty file, as somebody does who opens it by other ways first. */
void test_disk_touch(struct test_disk *disk, const char *path);

/* The power goes at the n-th write or sync from now (1: the next); 0: never. */
void test_disk_cut_after(struct test_disk *disk, uint64_t n);
/* As a cut, of a process: what it has written stays. */
void test_disk_kill_after(struct test_disk *disk, uint64_t n);
/* Is it, or was it last, a kill and not a cut? */
bool test_disk_is_kill(const struct test_disk *disk);
bool test_disk_is_cut(const struct test_disk *disk);
/* The n-th write or sync from now and those after it, so many times, fail: of
 * what they wrote the first sectors may be there. 0 times: none. */
void test_disk_fail_after(struct test_disk *disk, uint64_t n, uint64_t times);
/* It says of itself that a write which is cut off may spoil what lies beside
 * it: SQLite writes otherwise then. */
void test_disk_spoil(struct test_disk *disk);
/* How many failed, for this or for want of room, while the power was on. */
uint64_t test_disk_faults(const struct test_disk *disk);
/* Every file becomes what a disk might hold after such a cut. */
void test_disk_power_on(struct test_disk *disk);
/* Writes fail with SQLITE_FULL while the files hold more; 0: no limit. */
void test_disk_set_size(struct test_disk *disk, size_t bytes);
/* As much as they hold now, and so much more. */
void test_disk_set_room(struct test_disk *disk, size_t bytes);

/* A copy of its files as they stand; nothing is open. test_disk_put_back makes
 * them stand like that again, as often as one likes. */
struct test_backup;
struct test_backup *test_disk_back_up(const struct test_disk *disk);
void test_disk_put_back(struct test_disk *disk,
			const struct test_backup *backup);
void test_backup_free(struct test_backup *backup); /* NULL is fine */

/* Writes and syncs so far. */
uint64_t test_disk_operations(const struct test_disk *disk);
/* The bytes of a file as they stand, or NULL. */
const uint8_t *
test_disk_file(const struct test_disk *disk, const char *path, size_t *len);

#endif
