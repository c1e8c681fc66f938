/*
 * See home.h.
 */
#define _DEFAULT_SOURCE /* getrandom, realpath */
#include "home.h"

#include "fail.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What a phone's platform does for an app: others read neither its files nor
 * its memory. Keys and cards in the clear must not end up in a core dump.
 */
static void keep_private(void)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* its leak check wants to attach */
	/* The limit is not asked where a program takes the dumps. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static bool find_path(struct home *home, const char *path)
{
	const char *user_home = getenv("HOME");
	int len;

	if (path == NULL)
		path = getenv("OUTRIDER_HOME");
	if (path != NULL)
		len = snprintf(home->path, sizeof(home->path), "%s", path);
	else if (user_home != NULL)
		len = snprintf(home->path, sizeof(home->path), "%s/.outrider",
			       user_home);
	else
		return false;
	snprintf(home->core_path, sizeof(home->core_path), "%s/core",
		 home->path);
	return len > 0 && (size_t)len < sizeof(home->path);
}

static int open_file(const struct home *home, const char *name, int flags)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s", home->path, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static enum outrider_code make_key(struct home *home, struct outrider_err *err)
{
	bool is_written = false;
	int file;

	if (getrandom(home->keystore, sizeof(home->keystore), 0) !=
	    (ssize_t)sizeof(home->keystore))
		return fail(err, OUTRIDER_UNAVAILABLE, "no random numbers");
	file = open_file(home, "keystore", O_WRONLY | O_CREAT | O_EXCL);
	if (file >= 0) {
		is_written =
			write(file, home->keystore, sizeof(home->keystore)) ==
				(ssize_t)sizeof(home->keystore) &&
			fsync(file) == 0;
		close(file);
	}
	if (!is_written)
		return fail(err, OUTRIDER_UNAVAILABLE,
			    "%s/keystore can't be written: %s", home->path,
			    strerror(errno));
	return OUTRIDER_OK;
}

static enum outrider_code read_key(struct home *home, struct outrider_err *err)
{
	const int file = open_file(home, "keystore", O_RDONLY);
	struct stat about;
	ssize_t len;

	if (file < 0 && errno == ENOENT)
		return make_key(home, err);
	if (file < 0)
		return fail(err, OUTRIDER_UNAVAILABLE,
			    "%s/keystore can't be read: %s", home->path,
			    strerror(errno));
	len = read(file, home->keystore, sizeof(home->keystore));
	if (fstat(file, &about) != 0)
		about.st_mode = 0777;
	close(file);
	if ((about.st_mode & 077) != 0)
		return fail(err, OUTRIDER_PERMISSION_DENIED,
			    "others may read %s/keystore: chmod 600 it",
			    home->path);
	if (len != (ssize_t)sizeof(home->keystore))
		return fail(err, OUTRIDER_DATA_LOSS,
			    "%s/keystore is not 32 bytes long", home->path);
	return OUTRIDER_OK;
}

static void read_server(struct home *home)
{
	struct lines lines;
	char path[4200];

	snprintf(path, sizeof(path), "%s/server", home->path);
	if (!lines_open(&lines, path))
		return;
	while (lines_next(&lines)) {
		char *word[2] = { lines.text, lines.text };

		if (lines_split(lines.text, '=', word, 2) < 2)
			continue;
		if (strcmp(word[0], "address") == 0)
			snprintf(home->address, sizeof(home->address), "%s",
				 word[1]);
		else if (strcmp(word[0], "tls_ca") == 0)
			snprintf(home->tls_ca, sizeof(home->tls_ca), "%s",
				 word[1]);
		else if (strcmp(word[0], "plaintext") == 0)
			home->is_plaintext = strcmp(word[1], "1") == 0;
	}
	lines_close(&lines);
}

enum outrider_code
home_open(struct home *home, const char *path, struct outrider_err *err)
{
	enum outrider_code code;

	memset(home, 0, sizeof(*home));
	keep_private();
	if (!find_path(home, path))
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "no home: give --home or set OUTRIDER_HOME");
	if (mkdir(home->path, 0700) != 0 && errno != EEXIST)
		return fail(err, OUTRIDER_UNAVAILABLE, "%s can't be made: %s",
			    home->path, strerror(errno));
	code = read_key(home, err);
	if (code != OUTRIDER_OK)
		return code;
	read_server(home);
	return fail(err, OUTRIDER_OK, "ok");
}

/* By number or as localhost: 127.example.org is somebody else. */
static bool is_loopback(const char *address)
{
	const size_t numeric = strspn(address, "0123456789.");

	return (strncmp(address, "127.", 4) == 0 && address[numeric] == ':') ||
	       strncmp(address, "localhost:", 10) == 0 ||
	       strncmp(address, "[::1]:", 6) == 0;
}

enum outrider_code home_set_server(struct home *home, const char *address,
				   const char *tls_ca, bool is_plaintext,
				   struct outrider_err *err)
{
	const char *colon = strrchr(address, ':');
	char text[4600], path[4200], real[4096];
	int file, len;
	bool is_written;

	if (colon == NULL || colon == address || colon[1] == '\0')
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "--server wants HOST:PORT, not '%s'", address);
	if (is_plaintext && !is_loopback(address))
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "--plaintext is for a server on this machine; "
			    "use TLS to reach %s",
			    address);
	if (tls_ca != NULL && realpath(tls_ca, real) == NULL)
		return fail(err, OUTRIDER_NOT_FOUND, "%s can't be read",
			    tls_ca);
	snprintf(home->address, sizeof(home->address), "%s", address);
	snprintf(home->tls_ca, sizeof(home->tls_ca), "%s",
		 tls_ca != NULL ? real : "");
	home->is_plaintext = is_plaintext;
	len = snprintf(text, sizeof(text),
		       "address=%s\ntls_ca=%s\nplaintext=%d\n", home->address,
		       home->tls_ca, is_plaintext ? 1 : 0);
	snprintf(path, sizeof(path), "%s/server", home->path);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	is_written = file >= 0 && write(file, text, (size_t)len) == len;
	if (file >= 0)
		close(file);
	if (!is_written)
		return fail(err, OUTRIDER_UNAVAILABLE, "%s can't be written",
			    path);
	return fail(err, OUTRIDER_OK, "ok");
}
