/*
 * floor: what the same work costs on SQLite itself: the statements stand as
 * files in sql/, the pragmas are the server's. A floor reads every column of
 * every row that an answer would need, and nothing else.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "model/arena.h"
#include "model/uuid.h"

#include <stddef.h>

struct floor;

/* Opens the server's database; ends the program where that fails. */
struct floor *floor_open(const char *path, const char *sql_folder);
void floor_close(struct floor *floor);

/* Each returns how many rows it read. */
size_t floor_get(struct floor *floor, const struct uuid *contact);
size_t
floor_list(struct floor *floor, const char *industry, const char *from_name);
size_t floor_search(struct floor *floor, const char *family, const char *given);
size_t floor_timeline(struct floor *floor, const struct uuid *contact);
size_t floor_identify(struct floor *floor, const char *phone);
/* Inserts n contacts that are not there, 64 a commit. */
void floor_create(struct floor *floor, size_t n);

#endif
