/*
 * bench_crm: fills a server with a firm, and measures it against the floor.
 *
 *	bench_crm load TARGET TOKEN N_COMPANIES
 *	bench_crm measure TARGET TOKEN N_COMPANIES DATABASE SQL_FOLDER
 *
 * A firm of N companies has 5 N contacts and 10 N communications. Each round
 * of a measurement makes one echo call, one bare run of the statements and one
 * real call, with the same parameters, the last two in turn first; the floor is
 * the bare run plus the echo. Prints "metric value unit" lines.
 */
#include "caller.h"
#include "firm.h"
#include "floor.h"
#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../usage.h"

#define ECHO_PATH	 "/grpc.health.v1.Health/Check"
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

enum {
	ROUNDS = 1500,
	WARM_UP = 100,
	BATCH = 500,
	BATCHES_AT_ONCE = 4,
	CREATES = 40000,
	IN_FLIGHT = 64,
	/* Names the creations of a measurement apart from the firm's. */
	SCRAP = 1 << 24,
};

struct bench {
	struct caller *caller;
	struct floor *floor;
	struct firm firm;
	size_t salt; /* moves on, so that no two rounds ask the same */
};

static const struct loaded {
	enum firm_kind kind;
	const char *path;
	size_t each; /* for one company; 0: a fixed number */
} loads[] = {
	{ FIRM_USER, "/outrider.v1.UserService/BatchCreateUsers", 0 },
	{ FIRM_COMPANY, "/outrider.v1.CompanyService/BatchCreateCompanies", 1 },
	{ FIRM_CONTACT, "/outrider.v1.ContactService/BatchCreateContacts",
	  FIRM_CONTACTS_EACH },
	{ FIRM_CALL, "/outrider.v1.CallService/BatchCreateCalls", 5 },
	{ FIRM_MESSAGE, "/outrider.v1.MessageService/BatchCreateMessages", 5 },
};

/* ----------------------------------------------------------------- loading */

struct load {
	const struct bench *bench;
	const struct loaded *what;
	size_t n, each_call;
};

/* message { N: bytes } with one field. */
static void wrap(struct buffer *out, uint32_t number, const struct buffer *in)
{
	wire_put_bytes(out, number, in->at, in->len);
}

static void write_batch(void *user, struct buffer *request, size_t turn)
{
	const struct load *load = user;
	size_t first = turn * load->each_call;
	size_t last = first + load->each_call;
	struct buffer record, create;

	buffer_init(&record, &allocator_libc, 1 << 16);
	buffer_init(&create, &allocator_libc, 1 << 16);
	for (size_t i = first; i < last && i < load->n; i++) {
		buffer_clear(&record);
		buffer_clear(&create);
		firm_write(&record, &load->bench->firm, load->what->kind, i);
		wrap(&create, 1, &record);
		wrap(request, 1, &create);
	}
	buffer_free(&record);
	buffer_free(&create);
}

static void load_all(struct bench *bench)
{
	for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
		struct load load = {
			.bench = bench,
			.what = &loads[i],
			.n = loads[i].each
				     ? loads[i].each * bench->firm.n_companies
				     : FIRM_REPS,
			.each_call = BATCH,
		};
		size_t n_calls = (load.n + BATCH - 1) / BATCH;
		double seconds = caller_run(bench->caller, loads[i].path,
					    n_calls, BATCHES_AT_ONCE,
					    write_batch, NULL, &load);
		const char *name = strrchr(loads[i].path, '/') + 1;
		printf("load_%s %.0f 1/s\n", name, (double)load.n / seconds);
		fflush(stdout);
	}
}

/* --------------------------------------------------------------- measuring */

/* One operation: its request and its bare run, out of the same number. */
struct operation {
	const char *name, *path;
	void (*write)(const struct bench *bench, struct buffer *out, size_t n);
	size_t (*bare)(const struct bench *bench, size_t n);
};

static void put_text(struct buffer *out, uint32_t number, const char *text)
{
	wire_put_bytes(out, number, text, strlen(text));
}

static void
put_id(struct buffer *out, uint32_t number, enum firm_kind kind, size_t n)
{
	struct uuid id = firm_id(kind, n);
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, &id);
	put_text(out, number, text);
}

static size_t some_contact(const struct bench *bench, size_t n)
{
	return firm_mix(n) % bench->firm.n_contacts;
}

static void write_get(const struct bench *bench, struct buffer *out, size_t n)
{
	put_id(out, 1, FIRM_CONTACT, some_contact(bench, n));
}

static size_t bare_get(const struct bench *bench, size_t n)
{
	struct uuid id = firm_id(FIRM_CONTACT, some_contact(bench, n));

	return floor_get(bench->floor, &id);
}

/* Companies of an industry, by name, from some letters on. */
static void write_list(const struct bench *bench, struct buffer *out, size_t n)
{
	char filter[160];

	(void)bench;
	snprintf(filter, sizeof(filter),
		 "industry = \"%s\" AND display_name >= \"%.3s\"",
		 firm_industry(firm_mix(n)), firm_family_name(n));
	wire_put_scalar(out, 1, 50);
	put_text(out, 4, filter);
	put_text(out, 5, "display_name");
}

static size_t bare_list(const struct bench *bench, size_t n)
{
	char from[8];

	snprintf(from, sizeof(from), "%.3s", firm_family_name(n));
	return floor_list(bench->floor, firm_industry(firm_mix(n)), from);
}

/* A family name, and the beginning of a given one. */
static void
write_search(const struct bench *bench, struct buffer *out, size_t n)
{
	size_t contact = some_contact(bench, n);
	char query[96];

	snprintf(query, sizeof(query), "%s %.3s", firm_family_name(contact),
		 firm_given_name(contact));
	put_text(out, 1, query);
}

static size_t bare_search(const struct bench *bench, size_t n)
{
	size_t contact = some_contact(bench, n);

	return floor_search(bench->floor, firm_family_name(contact),
			    firm_given_name(contact));
}

static void
write_timeline(const struct bench *bench, struct buffer *out, size_t n)
{
	put_text(out, 1, "contact");
	put_id(out, 2, FIRM_CONTACT, some_contact(bench, n));
}

static size_t bare_timeline(const struct bench *bench, size_t n)
{
	struct uuid id = firm_id(FIRM_CONTACT, some_contact(bench, n));

	return floor_timeline(bench->floor, &id);
}

static void
write_identify(const struct bench *bench, struct buffer *out, size_t n)
{
	char phone[20];

	firm_phone(phone, some_contact(bench, n));
	put_text(out, 1, phone);
}

static size_t bare_identify(const struct bench *bench, size_t n)
{
	char phone[20];

	firm_phone(phone, some_contact(bench, n));
	return floor_identify(bench->floor, phone);
}

static const struct operation operations[] = {
	{ "get", "/outrider.v1.ContactService/GetContact", write_get,
	  bare_get },
	{ "list", "/outrider.v1.CompanyService/ListCompanies", write_list,
	  bare_list },
	{ "search", "/outrider.v1.SearchService/Search", write_search,
	  bare_search },
	{ "timeline", "/outrider.v1.TimelineService/GetTimeline",
	  write_timeline, bare_timeline },
	{ "identify", "/outrider.v1.CallService/IdentifyCaller", write_identify,
	  bare_identify },
};

struct one_call {
	const struct bench *bench;
	const struct operation *operation;
	size_t n;
	double took_us;
	size_t answer_len;
};

static void write_one(void *user, struct buffer *request, size_t turn)
{
	const struct one_call *call = user;

	(void)turn;
	call->operation->write(call->bench, request, call->n);
}

static void write_nothing(void *user, struct buffer *request, size_t turn)
{
	(void)user;
	(void)request;
	(void)turn;
}

static void
read_one(void *user, struct bytes answer, double took_us, size_t turn)
{
	struct one_call *call = user;

	(void)turn;
	call->took_us = took_us;
	call->answer_len = answer.len;
}

static double time_call(struct one_call *call)
{
	caller_run(call->bench->caller, call->operation->path, 1, 1, write_one,
		   read_one, call);
	return call->took_us;
}

static double time_echo(const struct bench *bench)
{
	struct one_call call = { .bench = bench };

	caller_run(bench->caller, ECHO_PATH, 1, 1, write_nothing, read_one,
		   &call);
	return call.took_us;
}

static double time_bare(const struct one_call *call, size_t *n_rows)
{
	double begun_us = now_us();

	*n_rows += call->operation->bare(call->bench, call->n);
	return now_us() - begun_us;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at_percent(const double *sorted, size_t percent)
{
	return sorted[ROUNDS * percent / 100];
}

static void measure(struct bench *bench, const struct operation *operation)
{
	static const size_t percents[] = { 50, 99 };
	static double calls[ROUNDS], bare[ROUNDS], echo[ROUNDS];
	size_t n_rows = 0, n_bytes = 0;

	for (size_t i = 0; i < ROUNDS + WARM_UP; i++) {
		struct one_call call = { .bench = bench,
					 .operation = operation,
					 .n = bench->salt++ };
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;
		echo[at] = time_echo(bench);
		if (i % 2)
			bare[at] = time_bare(&call, &n_rows);
		calls[at] = time_call(&call);
		if (i % 2 == 0)
			bare[at] = time_bare(&call, &n_rows);
		n_bytes += call.answer_len;
	}
	qsort(calls, ROUNDS, sizeof(calls[0]), compare);
	qsort(bare, ROUNDS, sizeof(bare[0]), compare);
	qsort(echo, ROUNDS, sizeof(echo[0]), compare);
	for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
		size_t p = percents[i];
		double floor = at_percent(bare, p) + at_percent(echo, p);
		printf("%s_p%zu %.0f us\n", operation->name, p,
		       at_percent(calls, p));
		printf("%s_p%zu_bare %.0f us\n", operation->name, p,
		       at_percent(bare, p));
		printf("%s_p%zu_echo %.0f us\n", operation->name, p,
		       at_percent(echo, p));
		printf("%s_p%zu_over_floor %.2f ratio\n", operation->name, p,
		       at_percent(calls, p) / floor);
	}
	printf("%s_rows_bare %.1f rows\n", operation->name,
	       (double)n_rows / (ROUNDS + WARM_UP));
	printf("%s_answer %.0f bytes\n", operation->name,
	       (double)n_bytes / (ROUNDS + WARM_UP));
	fflush(stdout);
}

/* ------------------------------------------------------------------- pages */

struct walk {
	char token[4200];
	double took_us;
};

static void write_page(void *user, struct buffer *request, size_t turn)
{
	const struct walk *walk = user;

	(void)turn;
	wire_put_scalar(request, 1, 50);
	put_text(request, 2, walk->token);
	put_text(request, 5, "family_name");
}

static void
read_page(void *user, struct bytes answer, double took_us, size_t turn)
{
	struct wire_reader reader = wire_read(answer);
	struct walk *walk = user;
	struct wire_field field;

	(void)turn;
	walk->took_us = took_us;
	walk->token[0] = 0;
	while (wire_next(&reader, &field) > 0)
		if (field.number == 2)
			snprintf(walk->token, sizeof(walk->token), "%.*s",
				 (int)field.value.len, field.value.at);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
	return values[n / 2];
}

/* Every page of all contacts by name: the last against the first. */
static void measure_pages(struct bench *bench)
{
	size_t room = bench->firm.n_contacts / 50 + CREATES, n = 0;
	double *took = calloc(room, sizeof(took[0]));
	struct walk walk = { .token = "" };

	if (!took)
		abort();
	do {
		caller_run(bench->caller,
			   "/outrider.v1.ContactService/ListContacts", 1, 1,
			   write_page, read_page, &walk);
		took[n++] = walk.took_us;
	} while (walk.token[0] && n < room);
	/* The first few fill the caches. */
	size_t few = n / 10 > 500 ? 500 : n / 10;
	double first = median(took + few / 10, few);
	double last = median(took + n - few, few);
	printf("pages %zu pages\n", n);
	printf("page_first_p50 %.0f us\n", first);
	printf("page_last_p50 %.0f us\n", last);
	printf("page_last_over_first %.2f ratio\n", last / first);
	fflush(stdout);
	free(took);
}

/* ---------------------------------------------------------------- creating */

static void write_create(void *user, struct buffer *request, size_t turn)
{
	const struct bench *bench = user;
	struct buffer record;

	buffer_init(&record, &allocator_libc, 1 << 16);
	firm_write(&record, &bench->firm, FIRM_CONTACT,
		   SCRAP + bench->salt + turn);
	wrap(request, 1, &record);
	buffer_free(&record);
}

/* Rates with 64 under way; the floor is the lower of echoes and inserts. */
static void measure_create(struct bench *bench)
{
	double rate, echo, bare, begun_us;

	echo = CREATES / caller_run(bench->caller, ECHO_PATH, CREATES,
				    IN_FLIGHT, write_nothing, NULL, NULL);
	rate = CREATES / caller_run(bench->caller,
				    "/outrider.v1.ContactService/CreateContact",
				    CREATES, IN_FLIGHT, write_create, NULL,
				    bench);
	bench->salt += CREATES;
	begun_us = now_us();
	floor_create(bench->floor, CREATES);
	bare = CREATES / (now_us() - begun_us) * 1e6;
	printf("create_rate %.0f 1/s\n", rate);
	printf("create_echo_rate %.0f 1/s\n", echo);
	printf("create_bare_rate %.0f 1/s\n", bare);
	printf("create_over_floor %.2f ratio\n",
	       rate / (echo < bare ? echo : bare));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool is_load = argc == 5 && strcmp(argv[1], "load") == 0;
	bool is_measure = argc == 7 && strcmp(argv[1], "measure") == 0;
	struct bench bench = { .salt = 1 };
	uint64_t n_companies;

	if (usage_has_flag(argc, argv) || (!is_load && !is_measure) ||
	    !usage_number(&n_companies, argv[4], 1, UINT32_MAX))
		return usage_say(
			"usage: bench_crm load TARGET TOKEN N_COMPANIES\n"
			"       bench_crm measure TARGET TOKEN N_COMPANIES "
			"DATABASE SQL_FOLDER\n",
			usage_is_asked(argc, argv));
	bench.firm.n_companies = (size_t)n_companies;
	bench.firm.n_contacts = bench.firm.n_companies * FIRM_CONTACTS_EACH;
	bench.caller = caller_open(argv[2], argv[3]);
	if (is_load) {
		load_all(&bench);
	} else {
		bench.floor = floor_open(argv[5], argv[6]);
		for (size_t i = 0; i < ARRAY_LEN(operations); i++)
			measure(&bench, &operations[i]);
		measure_pages(&bench);
		measure_create(&bench);
		floor_close(bench.floor);
	}
	caller_close(bench.caller);
	return 0;
}
