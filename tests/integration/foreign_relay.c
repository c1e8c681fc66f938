/*
 * The line of a phone of any processor: starts it, and passes its calls on to
 * a server by the agent's own transport.
 *
 *	foreign_relay ADDRESS PROGRAM [ARGUMENT...]
 *
 * The program has the relay at descriptor 3 and standard input and output for
 * itself. Without TLS: both ends are one machine's.
 */
#include "foreign_frames.h"
#include "transport.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LINE_FD	    3
#define LONGEST_MS  2
#define DEADLINE_MS 60000

static struct frame frame; /* too large for a stack */

static void pass_down(int fd, const struct transport_news *news, bool is_end)
{
	frame_begin(&frame, is_end ? FRAME_END : FRAME_MESSAGE, news->id);
	frame.status = (uint32_t)news->grpc_status;
	if (is_end)
		frame_put_text(&frame, news->text != NULL ? news->text : "");
	else
		frame_put(&frame, news->message, news->len);
	frame_write(fd, &frame);
}

static void pass_up(struct transport *transport)
{
	const char *method = (const char *)frame.body;
	const char *token = method + strlen(method) + 1;
	const uint8_t *request = (const uint8_t *)token + strlen(token) + 1;

	if (frame.kind == FRAME_CANCEL)
		transport_cancel(transport, frame.call);
	else
		transport_start(transport, frame.call, method,
				token[0] ? token : NULL, request,
				(size_t)(frame.body + frame.len - request),
				DEADLINE_MS);
}

/* Until the phone hangs up. */
static void relay(struct transport *transport, int fd)
{
	struct pollfd line = { .fd = fd, .events = POLLIN };
	struct transport_news news;

	for (;;) {
		switch (transport_poll(transport, &news, LONGEST_MS)) {
		case TRANSPORT_MESSAGE:
			pass_down(fd, &news, false);
			break;
		case TRANSPORT_END:
			pass_down(fd, &news, true);
			break;
		case TRANSPORT_NOTHING:
			break;
		}
		if (poll(&line, 1, LONGEST_MS) <= 0)
			continue;
		if (!frame_read(fd, &frame))
			return;
		pass_up(transport);
	}
}

int main(int argc, char **argv)
{
	struct transport_config config = { .is_plaintext = true };
	struct transport *transport;
	struct outrider_err err;
	int ends[2], status;
	pid_t child;

	if (argc < 3 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return 2;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		if (ends[1] != LINE_FD) {
			if (dup2(ends[1], LINE_FD) < 0)
				_exit(127);
			close(ends[1]);
		}
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	close(ends[1]);
	config.address = argv[1];
	if (transport_open(&transport, &config, &err) != OUTRIDER_OK)
		return 1;
	relay(transport, ends[0]);
	transport_close(transport);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}
