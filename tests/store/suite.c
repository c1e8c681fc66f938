/*
 * The world of the store's tests: life of a database, acts, and the
 * invariants. Looks into the database through the backend alone.
 */
#include "suite.h"

#include "model/wire.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --------------------------------------------------------------- context */

static int64_t suite_wall_us(void *user)
{
	struct suite *suite = user;

	return suite->now_us;
}

static int64_t suite_mono_us(void *user)
{
	(void)user;
	return 0;
}

uint64_t suite_random(struct suite *suite)
{
	/* splitmix64 */
	uint64_t z = suite->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void suite_random_bytes(void *user, void *out, size_t len)
{
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)suite_random(user);
}

static void suite_log(void *user, enum log_level level, const char *event,
		      const char *fields)
{
	struct suite *suite = user;

	if (level >= LOG_LEVEL_WARNING)
		atomic_fetch_add(&suite->n_logged, 1);
	if (getenv("OUTRIDER_TEST_LOG"))
		fprintf(stderr, "%s %s\n", event, fields);
}

static void suite_committed(void *user, uint64_t rev)
{
	struct suite *suite = user;

	suite->committed_rev = rev;
}

/* ------------------------------------------------------------------ life */

void suite_init(struct suite *suite, const struct store_backend *backend)
{
	const char *tmp = getenv("TMPDIR");

	memset(suite, 0, sizeof(*suite));
	suite->backend = backend;
	suite->now_us = INT64_C(1790000000000000);
	suite->random = 1;
	suite->context = (struct context){
		.user = suite,
		.wall_us = suite_wall_us,
		.mono_us = suite_mono_us,
		.random = suite_random_bytes,
		.log = suite_log,
	};
	snprintf(suite->dir, sizeof(suite->dir), "%s/outrider-store-XXXXXX",
		 tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(suite->dir));
	snprintf(suite->path, sizeof(suite->path), "%s/store.db", suite->dir);
	suite->config = (struct store_config){
		.context = &suite->context,
		.backend = backend,
		.path = suite->path,
		.on_commit = suite_committed,
		.user = suite,
	};
	arena_init(&suite->arena, &allocator_libc, (size_t)64 << 20);
}

static void open_reader(struct suite *suite)
{
	struct outrider_err err;

	assert_ok(store_open(&suite->store, &suite->config, &err), err);
	assert_ok(store_reader_open(&suite->reader, suite->store, &err), err);
}

void suite_keep_small(struct suite *suite)
{
	static const struct store_schema first = {
		.entities = schema_entities,
		.n_entities = 8,
		.version = 1,
		.size = 1,
	};

	suite->config.schema = &first;
}

void suite_open(struct suite *suite, bool is_inline)
{
	struct backend_open how = {
		.path = suite->path,
		.use = BACKEND_CREATE,
	};
	struct outrider_err err;

	suite->config.is_inline = is_inline;
	assert_int_equal(BACKEND_DONE,
			 suite->backend->open(&suite->anchor, suite->backend,
					      &how));
	assert_ok(store_create(&suite->config, &err), err);
	open_reader(suite);
}

void suite_close(struct suite *suite)
{
	store_reader_close(suite->reader);
	suite->reader = NULL;
	store_close(suite->store);
	suite->store = NULL;
}

void suite_reopen(struct suite *suite)
{
	suite_close(suite);
	open_reader(suite);
}

void suite_free(struct suite *suite)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

	if (suite->reader || suite->store)
		suite_close(suite);
	if (suite->anchor)
		suite->backend->close(suite->anchor);
	arena_free(&suite->arena);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		char path[256];
		snprintf(path, sizeof(path), "%s%s", suite->path, endings[i]);
		unlink(path);
	}
	rmdir(suite->dir);
}

int64_t suite_file_bytes(const struct suite *suite, const char *ending)
{
	char path[256];
	struct stat info;

	snprintf(path, sizeof(path), "%s%s", suite->path, ending);
	return stat(path, &info) == 0 ? (int64_t)info.st_size : 0;
}

/* --------------------------------------------------------------- records */

struct uuid suite_uuid(struct suite *suite)
{
	uint8_t random[10];

	suite_random_bytes(suite, random, sizeof(random));
	return uuid_make(suite->now_us++ / 1000, random);
}

struct scope suite_scope(unsigned n)
{
	struct uuid id = { 0 };

	id.at[14] = (uint8_t)(n >> 8);
	id.at[15] = (uint8_t)n;
	return scope_make(n ? SCOPE_USER : SCOPE_ORGANIZATION, &id);
}

struct bytes text_bytes(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

const struct entity *contact_entity(void)
{
	return schema_entity_named("contact", 7);
}

/* Numbers of contact's fields that acts write. */
enum {
	CONTACT_FAMILY_NAME = 11,
	CONTACT_COMPANY_IDS = 14,
	CONTACT_PHONES = 15,
	CONTACT_PREFERENCES = 20,
};

static void put_text(struct buffer *out, uint32_t number, const char *text)
{
	if (text[0])
		wire_put_bytes(out, number, text, strlen(text));
}

/* The fields that an act names, as bytes of a record and as a set. */
static void
act_fields(struct buffer *out, struct field_set *which, const struct act *act)
{
	if (act->name) {
		put_text(out, CONTACT_FAMILY_NAME, act->name);
		field_set_add(which, CONTACT_FAMILY_NAME);
	}
	if (act->company) {
		char text[UUID_TEXT_LEN + 1];
		uuid_format(text, act->company);
		if (!uuid_is_zero(act->company))
			put_text(out, CONTACT_COMPANY_IDS, text);
		field_set_add(which, CONTACT_COMPANY_IDS);
	}
	if (act->phone) {
		struct buffer phone;
		buffer_init(&phone, &allocator_libc, 1000);
		put_text(&phone, 1, act->phone);
		if (act->phone[0])
			wire_put_bytes(out, CONTACT_PHONES, phone.at,
				       phone.len);
		buffer_free(&phone);
		field_set_add(which, CONTACT_PHONES);
	}
	if (act->padding) {
		char *text = malloc(act->padding);
		assert_non_null(text);
		memset(text, 'p', act->padding);
		wire_put_bytes(out, CONTACT_PREFERENCES, text, act->padding);
		free(text);
		field_set_add(which, CONTACT_PREFERENCES);
	}
}

static void copy_fields(struct row *to, const struct row *from,
			const struct field_set *which)
{
	for (size_t i = 0; i < to->entity->n_fields; i++) {
		if (field_set_has(which, to->entity->fields[i].number))
			to->values[i] = from->values[i];
	}
}

enum outrider_code
act_run(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct act *act = user;
	struct store_author author = { .actor = act->owner, .at_us = 77 };
	struct store_put put = {
		.op = act->op,
		.scopes = act->scopes,
		.n_scopes = act->n_scopes,
		.author = &author,
	};
	struct row *old = NULL, *patch;
	struct arena arena;
	struct buffer bytes;
	enum outrider_code code = OUTRIDER_OK;

	act->n_runs++;
	arena_init(&arena, &allocator_libc, (size_t)16 << 20);
	buffer_init(&bytes, &allocator_libc, (size_t)4 << 20);
	if (act->op != CHANGE_CREATE)
		code = store_get(tx, &old, act->entity, &act->id, &arena, err);
	if (code != OUTRIDER_OK)
		goto done;
	if (old && act->want_old_rev)
		old->rev = act->want_old_rev;
	put.old = old;
	put.row = old ? row_copy(&arena, old) : row_new(&arena, act->entity);
	patch = row_new(&arena, act->entity);
	act_fields(&bytes, &put.changed, act);
	code = record_read(patch, NULL, &arena,
			   (struct bytes){ bytes.at, bytes.len }, err);
	if (code != OUTRIDER_OK)
		goto done;
	copy_fields(put.row, patch, &put.changed);
	put.row->id = act->id;
	if (!old) {
		put.row->owner = act->owner;
		put.row->created_us = 5;
		field_set_add(&put.changed, FIELD_OWNER);
	}
	put.row->updated_us = 6;
	if (act->op == CHANGE_DELETE)
		put.row->deleted_us = 7;
	if (act->op == CHANGE_UNDELETE)
		put.row->deleted_us = 0;
	if (act->op == CHANGE_DELETE)
		put.n_scopes = 0;
	code = store_put(tx, &put, err);
	if (code == OUTRIDER_OK)
		act->rev = put.row->rev;
	if (code == OUTRIDER_OK && act->then_fail)
		code = err_set(err, OUTRIDER_ABORTED, NULL, "as planned");
done:
	buffer_free(&bytes);
	arena_free(&arena);
	return code;
}

enum outrider_code suite_do(struct suite *suite, struct act *act)
{
	struct outrider_err err;
	enum outrider_code code =
		store_write_now(suite->store, act_run, act, &err);

	assert_int_equal(code, err.code);
	return code;
}

void assert_code_is(enum outrider_code want, enum outrider_code got,
		    const struct outrider_err *err, const char *file, int line)
{
	if (want == got)
		return;
	print_error("%s:%d: %s wanted, but %s: %s %s\n", file, line,
		    code_name(want), code_name(got), err->text, err->field);
	_fail(file, line);
}
