/*
 * A phone of any processor: liboutrider behind two pipes. Commands come a line
 * at a time on standard input and are answered on standard output; calls go to
 * a relay (foreign_relay.c) over descriptor 3, in frames whose numbers are
 * big-endian.
 *
 *	foreign_phone FOLDER
 *
 * Owns no network and no test: foreign_core says what is to happen.
 */
#include "foreign_frames.h"
#include "outrider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define LINE_FD	   3
#define PIN	   "2468"
#define SHOWN_MOST 100000

static struct outrider *core;
static bool is_calling; /* a call is under way */

/* ------------------------------------------------------------------ hooks */

static int64_t clock_us(clockid_t which)
{
	struct timespec now;

	if (clock_gettime(which, &now) != 0)
		abort();
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t wall_us(void *user)
{
	(void)user;
	return clock_us(CLOCK_REALTIME);
}

static int64_t mono_us(void *user)
{
	(void)user;
	return clock_us(CLOCK_MONOTONIC);
}

static void boot_id(void *user, uint8_t out[16])
{
	(void)user;
	memset(out, 0xb0, 16);
}

static int random_bytes(void *user, void *out, size_t len)
{
	uint8_t *at = out;

	(void)user;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static void send_call(void *user, uint64_t call, const char *method,
		      const char *token, const uint8_t *request, size_t len)
{
	static struct frame frame; /* too large for a stack */

	(void)user;
	is_calling = true;
	frame_begin(&frame, FRAME_CALL, call);
	frame_put_text(&frame, method);
	frame_put_text(&frame, token != NULL ? token : "");
	frame_put(&frame, request, len);
	frame_write(LINE_FD, &frame);
}

static void cancel_call(void *user, uint64_t call)
{
	static struct frame frame;

	(void)user;
	is_calling = false;
	frame_begin(&frame, FRAME_CANCEL, call);
	frame_write(LINE_FD, &frame);
}

/* ---------------------------------------------------------------- commands */

static void answer(enum outrider_code code, const struct outrider_err *err)
{
	if (code == OUTRIDER_OK)
		printf("ok\n");
	else
		printf("error %s\n", err->text);
	fflush(stdout);
}

static void hear(const struct frame *frame)
{
	if (frame->kind == FRAME_MESSAGE) {
		(void)!outrider_received(core, frame->call, frame->body,
					 frame->len, NULL);
	} else if (frame->kind == FRAME_END) {
		is_calling = false;
		outrider_ended(core, frame->call, (int)frame->status,
			       (const char *)frame->body);
	}
}

/* Until the core has said how it ended, and its call is over. */
static void
wait_for(enum outrider_event_type good, enum outrider_event_type bad)
{
	static struct frame frame;
	struct outrider_event event, last = { .type = OUTRIDER_EVENT_NONE };

	for (;;) {
		while (outrider_next_event(core, &event))
			if (event.type == good || event.type == bad)
				last = event;
		if (last.type != OUTRIDER_EVENT_NONE && !is_calling)
			break;
		if (!frame_read(LINE_FD, &frame))
			exit(3);
		hear(&frame);
	}
	if (last.type == good)
		printf("ok\n");
	else
		printf("error %s\n", last.text);
	fflush(stdout);
}

static bool show(void *user, const struct outrider_card *card)
{
	(void)user;
	printf("card %s ", card->kind);
	for (size_t i = 0; i < sizeof(card->id); i++)
		printf("%02x", card->id[i]);
	printf(" %llu ", (unsigned long long)card->rev);
	for (size_t i = 0; i < card->len; i++)
		printf("%02x", card->fields[i]);
	printf("\n");
	return true;
}

static void parse_id(uint8_t out[16], const char *hex)
{
	for (size_t i = 0; i < 16; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

/* id "-": a new contact. */
static void edit(const char *id, const char *field, const char *value)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;
	uint8_t bytes[16];
	enum outrider_code code;

	parse_id(bytes, id[0] == '-' ? "" : id);
	code = outrider_edit_begin(&edit, core, "contact",
				   id[0] == '-' ? NULL : bytes, &err);
	if (code == OUTRIDER_OK)
		code = outrider_edit_set(edit, field, value, &err);
	if (code == OUTRIDER_OK)
		code = outrider_edit_commit(edit, NULL, &err);
	answer(code, &err);
}

static void drop(const char *id)
{
	struct outrider_err err;
	uint8_t bytes[16];

	parse_id(bytes, id);
	answer(outrider_card_delete(core, "contact", bytes, &err), &err);
}

static void run(char *words[4])
{
	struct outrider_err err = { .text = "no such command" };
	struct outrider_status status;
	enum outrider_code code = OUTRIDER_INVALID_ARGUMENT;

	if (strcmp(words[0], "enroll") == 0) {
		code = outrider_enroll(core, words[1], "a phone", PIN, &err);
		if (code == OUTRIDER_OK) {
			wait_for(OUTRIDER_EVENT_ENROLLED,
				 OUTRIDER_EVENT_ENROLL_FAILED);
			return;
		}
	} else if (strcmp(words[0], "unlock") == 0) {
		code = outrider_unlock(core, PIN, &err);
	} else if (strcmp(words[0], "sync") == 0) {
		code = outrider_sync(core, &err);
		if (code == OUTRIDER_OK) {
			wait_for(OUTRIDER_EVENT_SYNC_DONE,
				 OUTRIDER_EVENT_SYNC_FAILED);
			return;
		}
	} else if (strcmp(words[0], "edit") == 0) {
		edit(words[1], words[2], words[3]);
		return;
	} else if (strcmp(words[0], "delete") == 0) {
		drop(words[1]);
		return;
	} else if (strcmp(words[0], "show") == 0) {
		code = outrider_card_find(core, NULL, NULL, SHOWN_MOST, show,
					  NULL, &err);
	} else if (strcmp(words[0], "status") == 0) {
		outrider_get_status(core, &status);
		printf("waiting %llu parked %llu\n",
		       (unsigned long long)status.n_waiting,
		       (unsigned long long)status.n_parked);
		code = OUTRIDER_OK;
	}
	answer(code, &err);
}

int main(int argc, char **argv)
{
	static const struct outrider_host host = {
		.size = sizeof(host),
		.wall_us = wall_us,
		.mono_us = mono_us,
		.boot_id = boot_id,
		.random = random_bytes,
		.send = send_call,
		.cancel = cancel_call,
	};
	uint8_t secret[32];
	struct outrider_err err;
	char path[300], line[600];

	if (argc != 2)
		return 2;
	memset(secret, 0x5e, sizeof(secret));
	snprintf(path, sizeof(path), "%s/core", argv[1]);
	if (outrider_open(&core, &host, path, NULL, secret, &err) !=
	    OUTRIDER_OK) {
		fprintf(stderr, "foreign_phone: %s\n", err.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *words[4] = { line, line, line, line };
		size_t n = 1;

		line[strcspn(line, "\n")] = 0;
		/* The last word goes to the end of the line. */
		for (char *at = line; *at != 0 && n < 4; at++) {
			if (*at != ' ')
				continue;
			*at = 0;
			words[n++] = at + 1;
		}
		run(words);
	}
	outrider_close(core);
	return 0;
}
