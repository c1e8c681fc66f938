/*
 * play: sends a file of NMEA sentences to a gpsd, an epoch a datagram, faster
 * than life.
 *
 *	outrider-play HOST:PORT EPOCHS_PER_SECOND FILE
 *
 * gpsd listens with `gpsd -N -n -S PORT udp://HOST:PORT`. Knows only that an
 * epoch begins with a GGA sentence.
 */
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../usage.h"

#define EPOCH_MAX 1400 /* bytes: a datagram that no path cuts */

struct epoch {
	char text[EPOCH_MAX];
	size_t len;
};

static int open_socket(const char *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	char host[256];
	const char *colon = strrchr(address, ':');
	int to = -1;

	if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
		return -1;
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return -1;
	to = socket(found->ai_family, SOCK_DGRAM, 0);
	if (to >= 0 && connect(to, found->ai_addr, found->ai_addrlen) != 0) {
		close(to);
		to = -1;
	}
	freeaddrinfo(found);
	return to;
}

/* A lost datagram is what a GPS does, too: no error. */
static void send_epoch(int to, struct epoch *epoch, long pause_ns)
{
	const struct timespec pause = { .tv_nsec = pause_ns };

	if (epoch->len > 0) {
		(void)!write(to, epoch->text, epoch->len);
		(void)nanosleep(&pause, NULL);
	}
	epoch->len = 0;
}

static void play(int to, FILE *file, long pause_ns)
{
	struct epoch epoch = { .len = 0 };
	char line[256];

	while (fgets(line, sizeof(line), file) != NULL) {
		const size_t len = strcspn(line, "\r\n");
		const bool is_new = len > 6 && memcmp(line + 3, "GGA", 3) == 0;

		if (is_new || epoch.len + len + 2 > sizeof(epoch.text))
			send_epoch(to, &epoch, pause_ns);
		memcpy(epoch.text + epoch.len, line, len);
		memcpy(epoch.text + epoch.len + len, "\r\n", 2);
		epoch.len += len + 2;
	}
	send_epoch(to, &epoch, pause_ns);
}

int main(int argc, char **argv)
{
	uint64_t per_second;
	FILE *file;
	int to;

	if (usage_has_flag(argc, argv) || argc != 4 ||
	    !usage_number(&per_second, argv[2], 2, 1000000000))
		return usage_say("usage: outrider-play HOST:PORT "
				 "EPOCHS_PER_SECOND FILE\n",
				 usage_is_asked(argc, argv));
	to = open_socket(argv[1]);
	file = fopen(argv[3], "r");
	if (to < 0 || file == NULL) {
		fprintf(stderr, "outrider-play: %s\n",
			to < 0 ? "no such address" : "no such file");
		return 1;
	}
	play(to, file, (long)(1000000000 / per_second));
	fclose(file);
	close(to);
	return 0;
}
