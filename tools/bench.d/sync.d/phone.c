/*
 * phone: the real core on the agent's own line, told what to do on standard
 * input, one command a line; each is answered with one line of name=value.
 *
 *	bench_sync phone HOME SERVER CA-FILE COUNTERS
 *
 *	enroll CODE    unlock    sync    edit FILE    find WORDS    memory
 */
#include "parts.h"

#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char PIN[] = "2468";

struct phone {
	struct session session;
	const struct wire_count *count;
	/* Of the sync under way: the bytes and times at its stages. */
	uint64_t pushed, pulled;
	uint64_t pushed_us, pushed_bytes;
	uint64_t first_page_us;
};

static void die(const char *what, const struct outrider_err *err)
{
	fprintf(stderr, "phone: %s: %s\n", what, err ? err->text : "failed");
	exit(1);
}

static uint64_t bytes_so_far(const struct phone *phone)
{
	return atomic_load(&phone->count->up) +
	       atomic_load(&phone->count->down);
}

static void enroll(struct phone *phone, const char *code)
{
	struct outrider_err err;

	if (!session_connect(&phone->session, &err) ||
	    outrider_enroll(phone->session.core, code, "bench", PIN, &err) !=
		    OUTRIDER_OK ||
	    !session_finish(&phone->session, NULL, NULL, &err))
		die("enroll", &err);
	puts("ok=1");
}

static void unlock(struct phone *phone)
{
	const uint64_t begun = now_us();
	struct outrider_err err;

	if (outrider_unlock(phone->session.core, PIN, &err) != OUTRIDER_OK)
		die("unlock", &err);
	printf("unlock_us=%" PRIu64 "\n", now_us() - begun);
}

/* ------------------------------------------------------------------- sync */

static void look(struct phone *phone, const struct outrider_event *event)
{
	if (event->type != OUTRIDER_EVENT_SYNC_PROGRESS)
		return;
	if (event->pushed > phone->pushed) {
		phone->pushed = event->pushed;
		phone->pushed_us = now_us();
		phone->pushed_bytes = bytes_so_far(phone);
	}
	if (event->pulled > 0 && phone->pulled == 0)
		phone->first_page_us = now_us();
	phone->pulled = event->pulled;
}

/* Passes one piece of news on. */
static void hear(struct phone *phone)
{
	struct session *session = &phone->session;
	struct transport_news news;
	struct outrider_err err;
	int64_t next_us;

	switch (transport_poll(session->transport, &news, 100)) {
	case TRANSPORT_MESSAGE:
		if (outrider_received(session->core, news.id, news.message,
				      news.len, &err) != OUTRIDER_OK)
			fprintf(stderr, "phone: %s\n", err.text);
		break;
	case TRANSPORT_END:
		outrider_ended(session->core, news.id, news.grpc_status,
			       news.text);
		break;
	case TRANSPORT_NOTHING:
		if (outrider_step(session->core, &next_us, &err) != OUTRIDER_OK)
			fprintf(stderr, "phone: %s\n", err.text);
		break;
	}
}

/* As session_sync, but looking after each piece: where a push ends counts. */
static bool sync_whole(struct phone *phone)
{
	struct outrider *core = phone->session.core;
	struct outrider_event event;
	struct outrider_err err;

	if (!session_connect(&phone->session, &err) ||
	    outrider_sync(core, &err) != OUTRIDER_OK)
		die("sync", &err);
	for (;;) {
		while (outrider_next_event(core, &event)) {
			look(phone, &event);
			if (event.type == OUTRIDER_EVENT_SYNC_DONE)
				return true;
			if (event.type == OUTRIDER_EVENT_SYNC_FAILED)
				return false;
		}
		hear(phone);
	}
}

/* The line was cut where ok is 0: the caller's word to go on is awaited. */
static void run_sync(struct phone *phone)
{
	const uint64_t begun = now_us(), cpu = cpu_us();
	const uint64_t bytes = bytes_so_far(phone);
	bool is_whole;

	phone->pushed = phone->pulled = phone->pushed_us = 0;
	phone->pushed_bytes = phone->first_page_us = 0;
	is_whole = sync_whole(phone);
	printf("ok=%d wall_us=%" PRIu64 " cpu_us=%" PRIu64 " bytes=%" PRIu64,
	       is_whole, now_us() - begun, cpu_us() - cpu,
	       bytes_so_far(phone) - bytes);
	printf(" pulled=%" PRIu64 " pushed=%" PRIu64, phone->pulled,
	       phone->pushed);
	if (phone->pulled > 0)
		printf(" first_page_us=%" PRIu64, phone->first_page_us - begun);
	if (phone->pushed > 0)
		printf(" pushed_us=%" PRIu64 " pushed_bytes=%" PRIu64,
		       phone->pushed_us - begun, phone->pushed_bytes - bytes);
	putchar('\n');
}

/* ------------------------------------------------------------------ edits */

/* FILE as floor.c's cards: the id of a contact, and fields to be set. */
static void edit(struct phone *phone, const char *path)
{
	FILE *file = fopen(path, "rb");
	const uint64_t begun = now_us();
	struct outrider *core = phone->session.core;
	struct outrider_edit *edit;
	struct outrider_err err;
	uint8_t head[20], fields[4096];
	size_t n = 0;

	if (file == NULL)
		die(path, NULL);
	while (fread(head, sizeof(head), 1, file) == 1) {
		const size_t len = head[0] | (size_t)head[1] << 8;

		if (len > sizeof(fields) || fread(fields, len, 1, file) != 1)
			die(path, NULL);
		if (outrider_edit_begin(&edit, core, "contact", head + 4,
					&err) != OUTRIDER_OK ||
		    outrider_edit_fields(edit, fields, len, &err) !=
			    OUTRIDER_OK ||
		    outrider_edit_commit(edit, NULL, &err) != OUTRIDER_OK)
			die("edit", &err);
		n++;
	}
	fclose(file);
	printf("n=%zu edit_us=%" PRIu64 "\n", n, now_us() - begun);
}

/* ----------------------------------------------------------------- search */

static bool count_card(void *user, const struct outrider_card *card)
{
	size_t *n = user;

	(void)card;
	++*n;
	return true;
}

static void find(struct phone *phone, const char *words)
{
	const uint64_t begun = now_us();
	struct outrider_err err;
	size_t n = 0;

	if (outrider_card_find(phone->session.core, NULL, words, 0, count_card,
			       &n, &err) != OUTRIDER_OK)
		die("find", &err);
	printf("find_us=%" PRIu64 " n=%zu\n", now_us() - begun, n);
}

/* ----------------------------------------------------------------- memory */

static unsigned long status_kib(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[200];
	unsigned long kib = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtoul(line + strlen(name), NULL, 10);
	if (file != NULL)
		fclose(file);
	return kib;
}

/* The peak since the last time this was asked for. */
static void memory(struct phone *phone)
{
	struct outrider_status status;
	FILE *file;

	outrider_get_status(phone->session.core, &status);
	printf("peak_kib=%lu anonymous_kib=%lu files_kib=%lu cards=%" PRIu64,
	       status_kib("VmHWM:"), status_kib("RssAnon:"),
	       status_kib("RssFile:"), status.n_cards);
	printf(" is_in_swap=%d\n", status.is_search_in_swap);
	file = fopen("/proc/self/clear_refs", "w");
	if (file == NULL || fputs("5", file) < 0 || fclose(file) != 0)
		die("clear_refs", NULL);
}

static void obey(struct phone *phone, const char *line)
{
	const char *word = strchr(line, ' ');

	word = word != NULL ? word + 1 : "";
	if (strncmp(line, "enroll ", 7) == 0)
		enroll(phone, word);
	else if (strcmp(line, "unlock") == 0)
		unlock(phone);
	else if (strcmp(line, "sync") == 0)
		run_sync(phone);
	else if (strncmp(line, "edit ", 5) == 0)
		edit(phone, word);
	else if (strncmp(line, "find ", 5) == 0)
		find(phone, word);
	else if (strcmp(line, "memory") == 0)
		memory(phone);
	else
		die(line, NULL);
	fflush(stdout);
}

int phone_main(int argc, char **argv)
{
	struct options options = { .home = argc > 1 ? argv[1] : NULL };
	struct phone phone = { .count = NULL };
	struct outrider_err err;
	char line[5000];

	if (argc != 5)
		return 2;
	phone.count = wire_count_map(argv[4]);
	if (session_open(&phone.session, &options) != 0)
		return 1;
	if (home_set_server(&phone.session.home, argv[2], argv[3], false,
			    &err) != OUTRIDER_OK)
		die("server", &err);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		obey(&phone, line);
	}
	session_close(&phone.session);
	return 0;
}
