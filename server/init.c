/*
 * outriderd init: a new database with its keys, a first team and a first
 * administrator, or nothing.
 */
#include "commands.h"
#include "config.h"
#include "world.h"

#include "app/firm.h"
#include "app/keys.h"
#include "app/region.h"
#include "model/utf8.h"
#include "store/backend.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PASSWORD_FILE_MAX = 4096,
	/* 16 characters out of 32: 80 bits. */
	GROUPS = 4,
	GROUP_LEN = 4,
	PASSWORD_MADE_LEN = GROUPS * (GROUP_LEN + 1) - 1,
};

struct init {
	struct arena arena;
	struct config config;
	struct world world;
	char keys_path[1024];
	char password[PASSWORD_LEN_MAX + 1];
	bool has_keys, has_db; /* made here: taken away again on failure */
};

/* Without letters and digits that are mistaken for each other. */
static void password_make(struct init *init)
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[PASSWORD_MADE_LEN];
	const struct context *context = &init->world.context;

	context->random(context->user, random, sizeof(random));
	for (size_t i = 0; i < PASSWORD_MADE_LEN; i++) {
		bool is_dash = i % (GROUP_LEN + 1) == GROUP_LEN;

		init->password[i] = is_dash ? '-' : alphabet[random[i] % 32];
	}
	sodium_memzero(random, sizeof(random));
}

/* The first line of the file, without its end. */
static enum outrider_code
password_read(struct init *init, struct outrider_err *err)
{
	const char *path = init->config.password_file, *text;
	enum outrider_code code;
	size_t len;

	code = config_read_file(&text, path, PASSWORD_FILE_MAX, &init->arena,
				err);
	if (code != OUTRIDER_OK)
		return code;
	len = strcspn(text, "\r\n");
	if (len < PASSWORD_LEN_MIN || len > PASSWORD_LEN_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "%s: a password has %d to %d bytes", path,
			       PASSWORD_LEN_MIN, PASSWORD_LEN_MAX);
	memcpy(init->password, text, len);
	sodium_memzero((void *)(uintptr_t)text, strlen(text));
	return OUTRIDER_OK;
}

/* As the contract limits the field that the text becomes. */
static enum outrider_code check_text(const char *option, const char *text,
				     const char *kind, const char *field,
				     struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	const struct field *law =
		message_field_named(entity->message, field, strlen(field));

	if (strlen(text) > law->max_bytes)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "--%s is longer than %u bytes", option,
			       (unsigned)law->max_bytes);
	if (!utf8_is_valid_text(text, strlen(text)))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "--%s is not UTF-8", option);
	return OUTRIDER_OK;
}

static enum outrider_code
check_names(const struct config *config, struct outrider_err *err)
{
	enum outrider_code code;

	code = check_text("admin", config->admin, "user", "login_name", err);
	if (code == OUTRIDER_OK)
		code = check_text("admin-name", config->admin_name, "user",
				  "display_name", err);
	if (code == OUTRIDER_OK)
		code = check_text("firm", config->firm, "team", "display_name",
				  err);
	return code;
}

static enum outrider_code prepare(struct init *init, struct outrider_err *err)
{
	struct config *config = &init->config;
	enum outrider_code code;
	int len;

	if (!config->admin)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "who is the administrator? --admin LOGIN");
	if (!config->admin_name)
		config->admin_name = config->admin;
	code = check_names(config, err);
	if (code != OUTRIDER_OK)
		return code;
	len = snprintf(init->keys_path, sizeof(init->keys_path),
		       "%s" KEYS_SUFFIX, config->db);
	if (len < 0 || (size_t)len >= sizeof(init->keys_path))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "the database's name is too long");
	if (sodium_init() < 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "the crypto library can't start");
	if (config->password_file)
		return password_read(init, err);
	password_make(init);
	return OUTRIDER_OK;
}

static enum outrider_code make_keys(struct init *init, struct outrider_err *err)
{
	struct org_keys keys;
	enum outrider_code code;

	keys_make(&keys, &init->world.context);
	code = keys_save(&keys, init->keys_path, err);
	sodium_memzero(&keys, sizeof(keys));
	init->has_keys = code == OUTRIDER_OK;
	return code;
}

static enum outrider_code make_firm(struct init *init, struct outrider_err *err)
{
	const struct store_config where = {
		.context = &init->world.context,
		.backend = &store_sqlite,
		.path = init->config.db,
	};
	const struct firm firm = {
		.display_name = init->config.firm,
		.admin_login_name = init->config.admin,
		.admin_display_name = init->config.admin_name,
		.admin_password = init->password,
	};
	struct store *store = NULL;
	size_t n_changed;
	enum outrider_code code;

	code = store_create(&where, err);
	if (code != OUTRIDER_OK)
		return code;
	init->has_db = true;
	code = store_open(&store, &where, err);
	if (code == OUTRIDER_OK)
		code = app_found_firm(NULL, NULL, store, where.context, &firm,
				      err);
	if (code == OUTRIDER_OK && init->config.region)
		code = region_change(store, where.context, init->config.region,
				     &n_changed, err);
	store_close(store);
	return code;
}

static void take_away(const struct init *init)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[1100];

	if (init->has_keys)
		unlink(init->keys_path);
	for (size_t i = 0; init->has_db && i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", init->config.db,
			 suffixes[i]);
		unlink(path);
	}
}

static void tell(const struct init *init)
{
	printf("outriderd: made %s and %s: keep the keys, they sign receipts\n",
	       init->config.db, init->keys_path);
	if (!init->config.password_file)
		printf("outriderd: %s may sign in with the password %s (shown "
		       "this once)\n",
		       init->config.admin, init->password);
}

enum outrider_code
command_init(int n_args, char *const *args, struct outrider_err *err)
{
	struct init init = { .has_keys = false };
	enum outrider_code code;

	arena_init(&init.arena, &allocator_libc, 1 << 20);
	code = config_read(&init.config, CONFIG_INIT, &init.arena, n_args, args,
			   err);
	if (code == OUTRIDER_OK)
		code = world_open(&init.world, LOG_LEVEL_WARNING, NULL, err);
	if (code == OUTRIDER_OK)
		code = prepare(&init, err);
	if (code == OUTRIDER_OK)
		code = make_keys(&init, err);
	if (code == OUTRIDER_OK)
		code = make_firm(&init, err);
	if (code == OUTRIDER_OK)
		tell(&init);
	else
		take_away(&init);
	sodium_memzero(init.password, sizeof(init.password));
	arena_free(&init.arena);
	return code;
}
