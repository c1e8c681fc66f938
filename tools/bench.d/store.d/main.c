/*
 * bench_store PATH CONTACTS: fills a store and asks it, as three callers ask.
 * Prints "metric value unit" lines: the median and the slowest hundredth of
 * each question over random values, each in a snapshot of its own.
 */
#include "model/wire.h"
#include "store/backend.h"
#include "store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../usage.h"

enum {
	N_REPS = 100,
	N_TEAMS = 10,
	BATCH = 200,
	PAGE = 50,
	ROUNDS = 300,
};

#define PAGE_MEMORY ((size_t)32 << 20)

struct bench {
	struct context context;
	struct store *store;
	struct store_conn *reader;
	struct arena arena;
	const struct entity *entity;
	size_t n, n_written;
	uint64_t random;
};

static void stop_unless(enum outrider_code code, const struct outrider_err *err)
{
	if (code == OUTRIDER_OK)
		return;
	fprintf(stderr, "bench_store: %s: %s\n", code_name(code), err->text);
	exit(1);
}

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t n)
{
	n += UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static size_t draw(struct bench *bench, size_t below)
{
	return mix(bench->random++) % below;
}

/* ---------------------------------------------------------------- records */

static struct uuid id_of(uint8_t what, size_t n)
{
	uint64_t mixed = mix((uint64_t)what << 40 | n);
	uint64_t ms = UINT64_C(1700000000000) + n;
	struct uuid id;

	for (size_t i = 0; i < 6; i++)
		id.at[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.at[6] = 0x70;
	id.at[7] = what;
	for (size_t i = 8; i < 16; i++)
		id.at[i] = (uint8_t)(mixed >> 8 * (i - 8));
	return id;
}

enum { REP = 1, TEAM, COMPANY, CONTACT };

static const struct field *
field_named(const struct bench *bench, const char *name)
{
	return message_field_named(bench->entity->message, name, strlen(name));
}

static void set_bytes(struct bench *bench, struct store_put *put,
		      struct arena *arena, const char *name, const void *at,
		      size_t len)
{
	const struct field *field = field_named(bench, name);

	row_value(put->row, field->number)->bytes = arena_copy(arena, at, len);
	field_set_add(&put->changed, field->number);
}

static void set_repeated(struct bench *bench, struct store_put *put,
			 struct arena *arena, const char *name, const void *at,
			 size_t len)
{
	struct buffer bytes;

	buffer_init(&bytes, &allocator_libc, 1000);
	wire_put_bytes(&bytes, field_named(bench, name)->number, at, len);
	set_bytes(bench, put, arena, name, bytes.at, bytes.len);
	buffer_free(&bytes);
}

static void family_name_of(char out[24], size_t n)
{
	snprintf(out, 24, "%08x", (unsigned)mix(n));
}

static void
fill(struct bench *bench, struct store_put *put, struct arena *arena, size_t n)
{
	char text[UUID_TEXT_LEN + 1], phone[40];
	struct uuid company = id_of(COMPANY, n / 5);
	struct buffer message;

	put->row->id = id_of(CONTACT, n);
	put->row->owner = id_of(REP, mix(n) % N_REPS);
	put->row->team = id_of(TEAM, mix(n) % N_REPS % N_TEAMS);
	put->row->created_us = (int64_t)n;
	/* Most are changed soon after they were made. */
	put->row->updated_us = (int64_t)(n + mix(n) % 10000);
	family_name_of(text, n);
	set_bytes(bench, put, arena, "family_name", text, strlen(text));
	snprintf(text, sizeof(text), "given%u", (unsigned)(mix(n) >> 16) % 50);
	set_bytes(bench, put, arena, "given_name", text, strlen(text));
	snprintf(text, sizeof(text), "position%u",
		 (unsigned)(mix(n) >> 24) % 20);
	set_bytes(bench, put, arena, "position", text, strlen(text));
	uuid_format(text, &company);
	set_repeated(bench, put, arena, "company_ids", text, UUID_TEXT_LEN);
	snprintf(phone, sizeof(phone), "+380%09u",
		 (unsigned)(mix(n) % 1000000000));
	buffer_init(&message, &allocator_libc, 100);
	wire_put_bytes(&message, 1, phone, strlen(phone));
	set_repeated(bench, put, arena, "phones", message.at, message.len);
	buffer_free(&message);
	field_set_add(&put->changed, FIELD_OWNER);
}

static enum outrider_code
write_batch(void *user, struct store_conn *tx, struct outrider_err *err)
{
	static const struct store_author author = { .at_us = 1 };
	struct bench *bench = user;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < BATCH && code == OUTRIDER_OK; i++) {
		struct scope scopes[2];
		struct store_put put = {
			.op = CHANGE_CREATE,
			.row = row_new(&bench->arena, bench->entity),
			.scopes = scopes,
			.n_scopes = 2,
			.author = &author,
		};
		fill(bench, &put, &bench->arena, bench->n_written + i);
		scopes[0] = scope_make(SCOPE_USER, &put.row->owner);
		scopes[1] = scope_make(SCOPE_TEAM, &put.row->team);
		code = store_put(tx, &put, err);
	}
	arena_reset(&bench->arena);
	return code;
}

static int64_t now_us(const struct bench *bench)
{
	return bench->context.mono_us(bench->context.user);
}

static void load(struct bench *bench)
{
	int64_t begun_us = now_us(bench), took_us;
	clock_t begun = clock();
	struct outrider_err err;

	while (bench->n_written < bench->n) {
		stop_unless(store_write_now(bench->store, write_batch, bench,
					    &err),
			    &err);
		bench->n_written += BATCH;
	}
	took_us = now_us(bench) - begun_us;
	printf("store_create %.1f us\n",
	       (double)took_us / (double)bench->n_written);
	printf("store_create_cpu %.1f us\n", (double)(clock() - begun) * 1e6 /
						     CLOCKS_PER_SEC /
						     (double)bench->n_written);
	fflush(stdout);
}

/* -------------------------------------------------------------- questions */

/* Scopes of who sees all, a team's, their own; sorted. */
struct caller {
	const char *name;
	struct scope scopes[1 + N_REPS + N_TEAMS];
	size_t n_scopes;
	bool sees_most;
};

static void
add_scope(struct caller *caller, enum scope_type type, uint8_t what, size_t n)
{
	struct uuid id = id_of(what, n);

	caller->scopes[caller->n_scopes++] = scope_make(type, &id);
}

static void make_callers(struct caller callers[3])
{
	static const char *const names[] = { "admin", "manager", "rep" };

	for (size_t i = 0; i < 3; i++) {
		callers[i] = (struct caller){ .name = names[i],
					      .sees_most = i == 0 };
		add_scope(&callers[i], SCOPE_USER, REP, 3);
	}
	for (size_t i = 0; i < N_TEAMS; i++)
		add_scope(&callers[0], SCOPE_TEAM, TEAM, i);
	add_scope(&callers[1], SCOPE_TEAM, TEAM, 3);
}

/* What is asked: comparisons that must hold, an order, where it begins. */
struct question {
	const char *name;
	const char *fields[2];
	const char *order; /* "-": descending */
	bool is_later;	   /* somewhere in the middle */
};

static const struct question questions[] = {
	{ .name = "by_id", .is_later = true },
	{ .name = "by_name", .order = "family_name", .is_later = true },
	{ .name = "position_by_name",
	  .fields = { "position" },
	  .order = "family_name",
	  .is_later = true },
	{ .name = "owner_by_update",
	  .fields = { "owner_id" },
	  .order = "-update_time" },
	{ .name = "company_by_update",
	  .fields = { "company_ids" },
	  .order = "-update_time" },
	{ .name = "phone", .fields = { "phones" } },
	{ .name = "nothing_by_name",
	  .fields = { "position", "given_name" },
	  .order = "family_name" },
};

static void set_value(struct bench *bench, struct condition *leaf,
		      struct condition_value *value, const char *field)
{
	static char text[2][40];
	static struct uuid id[2];
	size_t n = draw(bench, bench->n);
	bool is_name = strcmp(field, "given_name") == 0;

	if (strcmp(field, "position") == 0) {
		snprintf(text[0], 40, "position%u", (unsigned)(n % 20));
		value->bytes.at = (const uint8_t *)text[0];
	} else if (is_name) {
		value->bytes = (struct bytes){ (const uint8_t *)"nobody", 6 };
	} else if (strcmp(field, "phones") == 0) {
		snprintf(text[1], 40, "+380%09u",
			 (unsigned)(mix(n) % 1000000000));
		value->bytes.at = (const uint8_t *)text[1];
	} else {
		bool is_owner = strcmp(field, "owner_id") == 0;
		id[is_owner] = is_owner ? id_of(REP, 3) : id_of(COMPANY, n / 5);
		value->bytes = (struct bytes){ id[is_owner].at, 16 };
	}
	if (value->bytes.len == 0)
		value->bytes.len = strlen((const char *)value->bytes.at);
	*leaf = (struct condition){
		.type = CONDITION_COMPARE,
		.path = { .field = field_named(bench, field) },
		.op = is_name ? CONDITION_ENDS : CONDITION_EQUAL,
		.values = value,
		.n_values = 1,
	};
}

static size_t ask(struct bench *bench, const struct question *question,
		  const struct caller *caller)
{
	struct condition all = { .type = CONDITION_ALL }, leaves[2];
	struct condition_value values[2] = { 0 }, after = { 0 };
	struct uuid after_id;
	struct outrider_err err;
	struct store_page page;
	char name[24];
	struct store_query asked = {
		.entity = bench->entity,
		.scopes = caller->scopes,
		.n_scopes = caller->n_scopes,
		.sees_most = caller->sees_most,
		.limit = PAGE,
	};

	for (size_t i = 0; i < 2 && question->fields[i]; i++) {
		set_value(bench, &leaves[i], &values[i], question->fields[i]);
		leaves[i].next = all.first;
		all.first = &leaves[i];
		asked.condition = &all;
	}
	if (question->order) {
		bool is_descending = question->order[0] == '-';
		asked.order[0].field =
			field_named(bench, question->order + is_descending);
		asked.order[0].is_descending = is_descending;
		asked.n_order = 1;
	}
	if (question->is_later) {
		size_t n = draw(bench, bench->n);
		family_name_of(name, n);
		after.bytes =
			(struct bytes){ (const uint8_t *)name, strlen(name) };
		after_id = id_of(CONTACT, n);
		asked.after = &after;
		asked.after_id = &after_id;
	}
	stop_unless(store_read_begin(bench->reader, NULL, &err), &err);
	enum outrider_code code =
		store_query(bench->reader, &page, &asked, &bench->arena, &err);
	store_read_end(bench->reader);
	if (code != OUTRIDER_RESOURCE_EXHAUSTED)
		stop_unless(code, &err);
	arena_reset(&bench->arena);
	return page.n_rows;
}

static int compare_times(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
print_times(const char *name, const char *who, int64_t *times, size_t n)
{
	qsort(times, n, sizeof(*times), compare_times);
	printf("store_%s_%s_p50 %lld us\n", name, who, (long long)times[n / 2]);
	printf("store_%s_%s_p99 %lld us\n", name, who,
	       (long long)times[n * 99 / 100]);
	fflush(stdout);
}

static void measure(struct bench *bench, const struct caller *caller)
{
	int64_t times[ROUNDS];

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		size_t n_rows = 0, n = 0;
		int64_t begun_us = now_us(bench);
		/* Slow ones are asked less often. */
		while (n < ROUNDS &&
		       (n < 10 || now_us(bench) - begun_us < 10000000)) {
			int64_t at_us = now_us(bench);
			n_rows += ask(bench, &questions[i], caller);
			times[n++] = now_us(bench) - at_us;
		}
		print_times(questions[i].name, caller->name, times, n);
		printf("store_%s_%s_rows %zu rows\n", questions[i].name,
		       caller->name, n_rows / n);
	}
}

static void measure_get(struct bench *bench)
{
	int64_t times[ROUNDS];
	struct outrider_err err;

	for (size_t i = 0; i < ROUNDS; i++) {
		struct uuid id = id_of(CONTACT, draw(bench, bench->n));
		struct row *row = NULL;
		int64_t at_us = now_us(bench);
		stop_unless(store_read_begin(bench->reader, NULL, &err), &err);
		stop_unless(store_get(bench->reader, &row, bench->entity, &id,
				      &bench->arena, &err),
			    &err);
		store_read_end(bench->reader);
		times[i] = now_us(bench) - at_us;
		arena_reset(&bench->arena);
	}
	print_times("get", "any", times, ROUNDS);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	struct caller callers[3];
	struct outrider_err err;
	uint64_t n;

	if (usage_has_flag(argc, argv) || argc != 3 ||
	    !usage_number(&n, argv[2], 1, UINT32_MAX))
		return usage_say("usage: bench_store PATH CONTACTS\n",
				 usage_is_asked(argc, argv));
	context_init_real(&bench.context);
	arena_init(&bench.arena, &allocator_libc, PAGE_MEMORY);
	bench.entity = schema_entity_named("contact", 7);
	bench.n = (size_t)n;
	struct store_config config = {
		.context = &bench.context,
		.backend = &store_sqlite,
		.path = argv[1],
		.is_inline = true,
	};
	stop_unless(store_create(&config, &err), &err);
	stop_unless(store_open(&bench.store, &config, &err), &err);
	stop_unless(store_reader_open(&bench.reader, bench.store, &err), &err);
	load(&bench);
	measure_get(&bench);
	make_callers(callers);
	for (size_t i = 0; i < 3; i++)
		measure(&bench, &callers[i]);
	store_reader_close(bench.reader);
	store_close(bench.store);
	arena_free(&bench.arena);
	return 0;
}
