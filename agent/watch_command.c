/*
 * watch: stays with the server, syncs whenever it says that there is something
 * new, and prints what came.
 */
#define _DEFAULT_SOURCE /* sigaction */
#include "command.h"
#include "output.h"
#include "times.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { POLL_MS = 500, COUNT_MAX = 1000000 };

static volatile sig_atomic_t is_over;

static void on_signal(int signal)
{
	(void)signal;
	is_over = 1;
}

struct watching {
	struct run *run;
	long n_left; /* syncs that brought something; -1: no end */
	uint64_t merged, asked, parked;
	bool is_cut; /* the last sync didn't get through, and it was said */
};

static void
print_news(struct watching *watching, const struct outrider_event *event)
{
	char when[32];

	times_date_clock(when, session_now_us(&watching->run->session));
	printf("%s  %llu card%s came, %llu edit%s went", when,
	       (unsigned long long)event->pulled, event->pulled == 1 ? "" : "s",
	       (unsigned long long)event->pushed,
	       event->pushed == 1 ? "" : "s");
	if (watching->merged > 0)
		printf(", %llu lost to somebody else's change",
		       (unsigned long long)watching->merged);
	if (watching->asked > 0)
		printf(", %llu wait for your answer",
		       (unsigned long long)watching->asked);
	if (watching->parked > 0)
		printf(", %llu refused", (unsigned long long)watching->parked);
	putchar('\n');
}

static void
json_news(struct watching *watching, const struct outrider_event *event)
{
	struct json json = { false };

	json_open(&json, NULL, '{');
	json_time(&json, "time", session_now_us(&watching->run->session));
	json_integer(&json, "pulled", (int64_t)event->pulled);
	json_integer(&json, "pushed", (int64_t)event->pushed);
	json_integer(&json, "merged", (int64_t)watching->merged);
	json_integer(&json, "asked", (int64_t)watching->asked);
	json_integer(&json, "parked", (int64_t)watching->parked);
	json_close(&json, '}');
}

static void
synced(struct watching *watching, const struct outrider_event *event)
{
	watching->is_cut = false;
	if (event->pulled + event->pushed == 0)
		return;
	if (watching->run->options.is_json)
		json_news(watching, event);
	else
		print_news(watching, event);
	fflush(stdout);
	watching->merged = watching->asked = watching->parked = 0;
	if (watching->n_left > 0)
		watching->n_left--;
}

/* Once, until a sync gets through again: the core tries on by itself. */
static void
tell_failure(struct watching *watching, const struct outrider_event *event)
{
	struct outrider_err err;

	if (watching->is_cut)
		return;
	watching->is_cut = true;
	session_fail_call(&watching->run->session, &err, event->code,
			  event->text);
	fprintf(stderr, "outrider: %s; it is tried on\n", err.text);
}

static void hear(struct watching *watching, const struct outrider_event *event)
{
	if (event->type == OUTRIDER_EVENT_SYNC_DONE)
		synced(watching, event);
	else if (event->type == OUTRIDER_EVENT_MERGED && event->text[0])
		watching->merged++;
	else if (event->type == OUTRIDER_EVENT_ASKED)
		watching->asked++;
	else if (event->type == OUTRIDER_EVENT_PARKED)
		watching->parked++;
	else if (event->type == OUTRIDER_EVENT_LOCKED)
		is_over = 1;
	else if (event->type == OUTRIDER_EVENT_SYNC_FAILED)
		tell_failure(watching, event);
	else if (event->type == OUTRIDER_EVENT_OUTBOX_RENEWED)
		fprintf(stderr, "outrider: %s\n", event->text);
}

static int stay(struct watching *watching)
{
	struct session *session = &watching->run->session;
	struct outrider_event event;
	struct outrider_err err;

	if (!session_connect(session, &err) ||
	    outrider_watch(session->core, true, &err) != OUTRIDER_OK ||
	    outrider_sync(session->core, &err) != OUTRIDER_OK)
		return session_fail(&err);
	while (!is_over && watching->n_left != 0) {
		session_pump(session, POLL_MS, NULL);
		while (watching->n_left != 0 &&
		       session_next_event(session, &event))
			hear(watching, &event);
	}
	return 0;
}

int watch_command(const struct command *command, int argc, char **argv)
{
	const char *count_text = NULL;
	const struct flag flags[] = { { "--count", &count_text, NULL } };
	struct sigaction action = { .sa_handler = on_signal };
	struct watching watching = { .n_left = -1 };
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	watching.run = &run;
	if (run.words.n != 0 ||
	    (count_text != NULL &&
	     !options_number(&watching.n_left, count_text, 1, COUNT_MAX)))
		return command_end(&run, command_usage(command));
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	return command_end(&run, stay(&watching));
}
