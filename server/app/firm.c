/*
 * The first two records of a firm, written by the server itself through the
 * same engine as all others. The team is there first, then somebody to own
 * it.
 */
#include "app/firm.h"

#include "app/kinds.h"
#include "app/parts.h"
#include "app/teams.h"
#include "app/write.h"
#include "store/identity.h"

#include <string.h>

#define FIRM_MEMORY (1 << 20)

struct founding {
	struct app *app;
	struct row *team, *admin, *owned; /* owned: the team with its owner */
	char encoded[PASSWORD_ENCODED_MAX];
	struct arena arena;
};

static enum outrider_code put(struct founding *f, struct store_conn *tx,
			      enum change_op op, const struct row *row,
			      struct outrider_err *err)
{
	struct write_intent intent = {
		.op = op,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;

	if (op == CHANGE_UPDATE)
		field_set_add(&intent.which, FIELD_OWNER);
	return write_record(&outcome, f->app, tx, &intent, &f->arena, err);
}

static enum outrider_code
run_founding(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct founding *f = user;
	struct uuid root;
	enum outrider_code code = team_root(&root, tx, &f->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!uuid_is_zero(&root))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "there is a firm already");
	code = put(f, tx, CHANGE_CREATE, f->team, err);
	if (code == OUTRIDER_OK)
		code = put(f, tx, CHANGE_CREATE, f->admin, err);
	if (code == OUTRIDER_OK)
		code = put(f, tx, CHANGE_UPDATE, f->owned, err);
	if (code == OUTRIDER_OK)
		code = identity_password_put(tx, &f->admin->id, f->encoded,
					     err);
	return code;
}

static struct row *make_row(struct founding *f, uint32_t kind)
{
	const struct context *context = f->app->context;
	struct row *row = row_new(&f->arena, schema_entity(kind));
	uint8_t random[10];

	if (!row)
		return NULL;
	context->random(context->user, random, sizeof(random));
	row->id = uuid_make(context->wall_us(context->user) / 1000, random);
	return row;
}

static void set_text(struct row *row, uint32_t number, const char *text)
{
	kind_value(row, number)->bytes = (struct bytes){
		.at = (const uint8_t *)text,
		.len = strlen(text),
	};
}

/* Texts must outlive f. */
static bool make_rows(struct founding *f, const struct firm *firm)
{
	f->team = make_row(f, KIND_TEAM);
	f->admin = make_row(f, KIND_USER);
	if (!f->team || !f->admin)
		return false;
	set_text(f->team, TEAM_DISPLAY_NAME, firm->display_name);
	set_text(f->admin, USER_LOGIN_NAME, firm->admin_login_name);
	set_text(f->admin, USER_DISPLAY_NAME, firm->admin_display_name);
	kind_value(f->admin, USER_RANK)->i = RANK_ADMINISTRATOR;
	kind_value(f->admin, USER_MEMBER_OF_TEAM)->bytes = (struct bytes){
		.at = f->team->id.at,
		.len = sizeof(f->team->id.at),
	};
	f->admin->owner = f->admin->id;
	f->owned = row_copy(&f->arena, f->team);
	if (f->owned)
		f->owned->owner = f->admin->id;
	return f->owned != NULL;
}

static enum outrider_code found(struct founding *f, struct store *store,
				const struct firm *firm,
				struct outrider_err *err)
{
	const struct app_config *config = &f->app->config;
	struct password_cost cost = firm->cost;
	enum outrider_code code;

	if (!make_rows(f, firm))
		return err_no_memory(err);
	if (cost.memory == 0)
		cost.memory = config->password_memory;
	if (cost.passes == 0)
		cost.passes = config->password_passes;
	code = password_hash(f->encoded, f->app->context, cost,
			     firm->admin_password, strlen(firm->admin_password),
			     err);
	if (code != OUTRIDER_OK)
		return code;
	return store_write_now(store, run_founding, f, err);
}

enum outrider_code
app_found_firm(struct uuid *team, struct uuid *admin, struct store *store,
	       const struct context *context, const struct firm *firm,
	       struct outrider_err *err)
{
	struct app_config config = { .context = context, .store = store };
	struct founding f = { .app = NULL };
	enum outrider_code code = app_open(&f.app, &config, err);

	if (code != OUTRIDER_OK)
		return code;
	arena_init(&f.arena, &allocator_libc, FIRM_MEMORY);
	code = found(&f, store, firm, err);
	if (code == OUTRIDER_OK && team)
		*team = f.team->id;
	if (code == OUTRIDER_OK && admin)
		*admin = f.admin->id;
	arena_free(&f.arena);
	app_close(f.app);
	return code;
}
