/*
 * The agent's folder: what a phone's platform would keep.
 *
 *	keystore   32 random bytes, mode 0600: stands for the platform's key
 *	           store. Who has this file opens the tracking compartment;
 *	           the cards want the PIN as well.
 *	server     where the server is: lines of "name=value"
 *	core.*     the core's own files
 */
#ifndef AGENT_HOME_H
#define AGENT_HOME_H

#include "outrider.h"

struct home {
	char path[4096];
	char core_path[4200];
	uint8_t keystore[32];
	char address[300]; /* "" before enrolment */
	char tls_ca[4096]; /* "" : the system's */
	bool is_plaintext;
};

/*
 * Opens the folder: `path`, or $OUTRIDER_HOME, or ~/.outrider; makes it and
 * the key where there are none. Errors: PERMISSION_DENIED (others may read
 * the key), UNAVAILABLE.
 */
OUTRIDER_CHECKED enum outrider_code
home_open(struct home *home, const char *path, struct outrider_err *err);

/*
 * Remembers the server. Errors: INVALID_ARGUMENT (no port; plain text to
 * another machine), UNAVAILABLE.
 */
OUTRIDER_CHECKED enum outrider_code
home_set_server(struct home *home, const char *address, const char *tls_ca,
		bool is_plaintext, struct outrider_err *err);

#endif
