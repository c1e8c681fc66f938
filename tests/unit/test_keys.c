/*
 * keys: what is saved is loaded, and nothing else is.
 */
#include "app_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

struct key_test {
	struct context context;
	uint8_t next;
	char folder[64], path[80];
	struct outrider_err err;
};

static void count_up(void *user, void *out, size_t len)
{
	struct key_test *t = user;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = t->next++;
}

static int open_folder(void **state)
{
	static struct key_test test;
	struct key_test *t = &test;

	if (sodium_init() < 0)
		return -1;
	*t = (struct key_test){ .next = 1 };
	t->context = (struct context){ .user = t, .random = count_up };
	snprintf(t->folder, sizeof(t->folder), "/tmp/test_keys.XXXXXX");
	if (!mkdtemp(t->folder))
		return -1;
	snprintf(t->path, sizeof(t->path), "%.60s/keys", t->folder);
	*state = t;
	return 0;
}

static int close_folder(void **state)
{
	struct key_test *t = *state;

	unlink(t->path);
	return rmdir(t->folder);
}

static void saved_is_loaded(void **state)
{
	struct key_test *t = *state;
	struct org_keys made, loaded;
	uint8_t signature[64], sealed[4 + crypto_box_SEALBYTES], opened[4];
	struct stat st;

	keys_make(&made, &t->context);
	assert_int_equal(keys_save(&made, t->path, &t->err), OUTRIDER_OK);
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(keys_load(&loaded, t->path, &t->err), OUTRIDER_OK);
	assert_memory_equal(&made, &loaded, sizeof(made));
	/* They work. */
	crypto_sign_detached(signature, NULL, (const uint8_t *)"word", 4,
			     loaded.sign_secret);
	assert_int_equal(crypto_sign_verify_detached(signature,
						     (const uint8_t *)"word", 4,
						     made.sign_public),
			 0);
	crypto_box_seal(sealed, (const uint8_t *)"word", 4, made.box_public);
	assert_int_equal(crypto_box_seal_open(opened, sealed, sizeof(sealed),
					      loaded.box_public,
					      loaded.box_secret),
			 0);
	assert_memory_equal(opened, "word", 4);
}

static void nothing_is_overwritten(void **state)
{
	struct key_test *t = *state;
	struct org_keys first, second, loaded;

	keys_make(&first, &t->context);
	keys_make(&second, &t->context);
	assert_memory_not_equal(&first, &second, sizeof(first));
	assert_int_equal(keys_save(&first, t->path, &t->err), OUTRIDER_OK);
	assert_int_equal(keys_save(&second, t->path, &t->err),
			 OUTRIDER_ALREADY_EXISTS);
	assert_int_equal(keys_load(&loaded, t->path, &t->err), OUTRIDER_OK);
	assert_memory_equal(&first, &loaded, sizeof(first));
}

static void others_must_not_read(void **state)
{
	static const mode_t open_modes[] = { 0640, 0604, 0620, 0602, 0610 };
	struct key_test *t = *state;
	struct org_keys keys;

	keys_make(&keys, &t->context);
	assert_int_equal(keys_save(&keys, t->path, &t->err), OUTRIDER_OK);
	for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]);
	     i++) {
		assert_int_equal(chmod(t->path, open_modes[i]), 0);
		assert_int_equal(keys_load(&keys, t->path, &t->err),
				 OUTRIDER_FAILED_PRECONDITION);
	}
	assert_int_equal(chmod(t->path, 0400), 0);
	assert_int_equal(keys_load(&keys, t->path, &t->err), OUTRIDER_OK);
}

/* One byte changed anywhere, one missing, one more. */
static void damage_is_noticed(void **state)
{
	struct key_test *t = *state;
	struct org_keys keys;
	uint8_t bytes[256];
	size_t len;
	FILE *file;

	keys_make(&keys, &t->context);
	assert_int_equal(keys_save(&keys, t->path, &t->err), OUTRIDER_OK);
	file = fopen(t->path, "rb");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes) - 1, file);
	fclose(file);
	assert_true(len > 64);
	for (size_t i = 0; i < len + 2; i++) {
		size_t n = i < len ? len : i == len ? len - 1 : len + 1;

		file = fopen(t->path, "wb");
		assert_non_null(file);
		if (i < len)
			bytes[i] ^= 1;
		assert_int_equal(fwrite(bytes, 1, n, file), n);
		if (i < len)
			bytes[i] ^= 1;
		fclose(file);
		assert_int_equal(keys_load(&keys, t->path, &t->err),
				 OUTRIDER_DATA_LOSS);
	}
}

static void what_is_missing_is_said(void **state)
{
	struct key_test *t = *state;
	struct org_keys keys;
	char path[128];

	keys_make(&keys, &t->context);
	assert_int_equal(keys_load(&keys, t->path, &t->err),
			 OUTRIDER_NOT_FOUND);
	assert_non_null(strstr(t->err.text, t->path));
	assert_int_equal(keys_load(&keys, t->folder, &t->err),
			 OUTRIDER_UNAVAILABLE);
	snprintf(path, sizeof(path), "%s/no/such", t->folder);
	assert_int_equal(keys_save(&keys, path, &t->err), OUTRIDER_UNAVAILABLE);
}

int main(void)
{
#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, open_folder, close_folder)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(saved_is_loaded),
		IN_FOLDER(nothing_is_overwritten),
		IN_FOLDER(others_must_not_read),
		IN_FOLDER(damage_is_noticed),
		IN_FOLDER(what_is_missing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
