/*
 * relay: a line to the server on which bytes are counted as they pass, and
 * which can be cut.
 *
 *	bench_sync relay TARGET-PORT COUNTERS
 *
 * Prints its own port. Two threads a connection, one each way; loopback only.
 */
#define _DEFAULT_SOURCE
#include "parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16 * 1024 };

struct line {
	int phone, server;
	atomic_uint n_threads;
	struct wire_count *count;
};

struct lane {
	struct line *line;
	int from, to;
	bool is_down;
};

static struct sockaddr_in loopback(unsigned long port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port),
	};
}

/* True if the line is to be cut here; one line a wish. */
static bool is_cut(struct wire_count *count, uint64_t down)
{
	uint64_t at = atomic_load(&count->cut_at);

	return at != 0 && down >= at &&
	       atomic_compare_exchange_strong(&count->cut_at, &at, 0);
}

static bool send_all(int to, const uint8_t *at, ssize_t len)
{
	while (len > 0) {
		const ssize_t sent = send(to, at, (size_t)len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		len -= sent;
	}
	return true;
}

/* The last of both closes; what is unsent then is reset, not finished. */
static void leave(struct line *line)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	(void)shutdown(line->phone, SHUT_RD);
	(void)shutdown(line->server, SHUT_RD);
	if (atomic_fetch_sub(&line->n_threads, 1) > 1)
		return;
	(void)setsockopt(line->phone, SOL_SOCKET, SO_LINGER, &reset,
			 sizeof(reset));
	(void)setsockopt(line->server, SOL_SOCKET, SO_LINGER, &reset,
			 sizeof(reset));
	close(line->phone);
	close(line->server);
	free(line);
}

static void *carry(void *user)
{
	struct lane lane = *(struct lane *)user;
	struct wire_count *count = lane.line->count;
	_Atomic uint64_t *sum = lane.is_down ? &count->down : &count->up;
	uint8_t piece[PIECE];
	ssize_t len;

	free(user);
	while ((len = recv(lane.from, piece, sizeof(piece), 0)) > 0) {
		const uint64_t so_far =
			atomic_fetch_add(sum, (uint64_t)len) + (uint64_t)len;

		if ((lane.is_down && is_cut(count, so_far)) ||
		    !send_all(lane.to, piece, len))
			break;
	}
	leave(lane.line);
	return NULL;
}

static void start(struct line *line, bool is_down)
{
	struct lane *lane = malloc(sizeof(*lane));
	const int one = 1;
	pthread_t thread;

	if (lane == NULL)
		abort();
	*lane = (struct lane){
		.line = line,
		.from = is_down ? line->server : line->phone,
		.to = is_down ? line->phone : line->server,
		.is_down = is_down,
	};
	(void)setsockopt(lane->to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (pthread_create(&thread, NULL, carry, lane) != 0)
		abort();
	pthread_detach(thread);
}

static int listen_on(unsigned *port)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	const int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || bind(sock, (struct sockaddr *)&at, len) != 0 ||
	    listen(sock, 8) != 0 ||
	    getsockname(sock, (struct sockaddr *)&at, &len) != 0)
		return -1;
	*port = ntohs(at.sin_port);
	return sock;
}

int relay_main(int argc, char **argv)
{
	struct wire_count *count;
	struct sockaddr_in server;
	unsigned port = 0;
	int door;

	if (argc != 3)
		return 2;
	count = wire_count_map(argv[2]);
	server = loopback(strtoul(argv[1], NULL, 10));
	door = listen_on(&port);
	if (door < 0) {
		perror("relay");
		return 1;
	}
	printf("%u\n", port);
	fflush(stdout);
	for (;;) {
		struct line *line = malloc(sizeof(*line));

		if (line == NULL)
			abort();
		line->count = count;
		atomic_init(&line->n_threads, 2);
		line->phone = accept(door, NULL, NULL);
		line->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (line->phone < 0 || line->server < 0 ||
		    connect(line->server, (struct sockaddr *)&server,
			    sizeof(server)) != 0) {
			perror("relay");
			return 1;
		}
		start(line, true);
		start(line, false);
	}
}
