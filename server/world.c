/*
 * The world as the flags want it. Owns the mapping of the demonstration's
 * clock; everything else is the real context's.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t real_wall_us(void *user)
{
	const struct world *world = user;

	return world->real.wall_us(world->real.user);
}

static int64_t demo_wall_us(void *user)
{
	return atomic_load_explicit(((const struct world *)user)->demo_us,
				    memory_order_relaxed);
}

/* Deadlines are real ones in a demonstration, too. */
static int64_t mono_us(void *user)
{
	const struct world *world = user;

	return world->real.mono_us(world->real.user);
}

static void take_random(void *user, void *out, size_t len)
{
	const struct world *world = user;

	world->real.random(world->real.user, out, len);
}

static void log_from_level(void *user, enum log_level level, const char *event,
			   const char *fields)
{
	const struct world *world = user;

	if (level >= world->level)
		world->real.log(world->real.user, level, event, fields);
}

static enum outrider_code
map_clock(struct world *world, const char *path, struct outrider_err *err)
{
	struct stat st = { .st_size = 0 };
	void *at = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL, "%s: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_size == sizeof(int64_t))
		at = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s is no clock: a file of 8 bytes, the "
			       "microseconds since 1970",
			       path);
	world->demo_us = at;
	return OUTRIDER_OK;
}

enum outrider_code world_open(struct world *world, enum log_level level,
			      const char *demo_clock, struct outrider_err *err)
{
	*world = (struct world){ .level = level };
	context_init_real(&world->real);
	world->context = (struct context){
		.user = world,
		.wall_us = demo_clock ? demo_wall_us : real_wall_us,
		.mono_us = mono_us,
		.random = take_random,
		.log = log_from_level,
		.is_demo = demo_clock != NULL,
	};
	return demo_clock ? map_clock(world, demo_clock, err) : OUTRIDER_OK;
}

void world_close(struct world *world)
{
	if (world->demo_us)
		munmap((void *)(uintptr_t)world->demo_us, sizeof(int64_t));
	world->demo_us = NULL;
}
