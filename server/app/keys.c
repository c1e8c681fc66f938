/*
 * The organisation's key file: a magic, a version, the two secrets, and a
 * check against a torn or edited file. Public halves are computed.
 */
#include "app/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEED_LEN = crypto_sign_SEEDBYTES,
	BOX_LEN = crypto_box_SECRETKEYBYTES,
	MAGIC_LEN = 8,
	CHECK_LEN = 16,
	CHECKED_LEN = MAGIC_LEN + SEED_LEN + BOX_LEN,
	FILE_LEN = CHECKED_LEN + CHECK_LEN,
};

/* With the version. */
#define MAGIC "ORGKEYS\1"

static void from_secrets(struct org_keys *keys, const uint8_t seed[SEED_LEN],
			 const uint8_t box_secret[BOX_LEN])
{
	crypto_sign_seed_keypair(keys->sign_public, keys->sign_secret, seed);
	memcpy(keys->box_secret, box_secret, BOX_LEN);
	crypto_scalarmult_base(keys->box_public, box_secret);
}

void keys_make(struct org_keys *keys, const struct context *context)
{
	uint8_t seed[SEED_LEN], box_secret[BOX_LEN];

	context->random(context->user, seed, sizeof(seed));
	context->random(context->user, box_secret, sizeof(box_secret));
	from_secrets(keys, seed, box_secret);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(box_secret, sizeof(box_secret));
}

static void make_check(uint8_t check[CHECK_LEN], const uint8_t file[FILE_LEN])
{
	crypto_generichash(check, CHECK_LEN, file, CHECKED_LEN, NULL, 0);
}

static bool write_all(int fd, const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

enum outrider_code keys_save(const struct org_keys *keys, const char *path,
			     struct outrider_err *err)
{
	uint8_t file[FILE_LEN];
	bool is_written;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "%s exists already", path);
	if (fd < 0)
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "%s can't be made: %s", path, strerror(errno));
	memcpy(file, MAGIC, MAGIC_LEN);
	crypto_sign_ed25519_sk_to_seed(file + MAGIC_LEN, keys->sign_secret);
	memcpy(file + MAGIC_LEN + SEED_LEN, keys->box_secret, BOX_LEN);
	make_check(file + CHECKED_LEN, file);
	is_written = write_all(fd, file, sizeof(file)) && fsync(fd) == 0;
	if (close(fd) != 0)
		is_written = false;
	sodium_memzero(file, sizeof(file));
	if (is_written)
		return OUTRIDER_OK;
	unlink(path);
	return err_set(err, OUTRIDER_UNAVAILABLE, NULL, "%s can't be written",
		       path);
}

static bool read_all(int fd, uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static enum outrider_code read_file(uint8_t file[FILE_LEN], int fd,
				    const char *path, struct outrider_err *err)
{
	uint8_t check[CHECK_LEN];
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "%s is not a file", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "%s may be read by others: chmod 600 it", path);
	if (st.st_size != FILE_LEN || !read_all(fd, file, FILE_LEN) ||
	    memcmp(file, MAGIC, MAGIC_LEN) != 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "%s is not a key file of this version", path);
	make_check(check, file);
	if (sodium_memcmp(check, file + CHECKED_LEN, CHECK_LEN) != 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL, "%s is damaged",
			       path);
	return OUTRIDER_OK;
}

enum outrider_code
keys_load(struct org_keys *keys, const char *path, struct outrider_err *err)
{
	uint8_t file[FILE_LEN];
	enum outrider_code code;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err,
			       errno == ENOENT ? OUTRIDER_NOT_FOUND
					       : OUTRIDER_UNAVAILABLE,
			       NULL, "%s can't be read: %s", path,
			       strerror(errno));
	code = read_file(file, fd, path, err);
	close(fd);
	if (code == OUTRIDER_OK)
		from_secrets(keys, file + MAGIC_LEN,
			     file + MAGIC_LEN + SEED_LEN);
	sodium_memzero(file, sizeof(file));
	return code;
}
